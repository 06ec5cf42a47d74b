"""The views the bot has opened: modals on a person's screen, what was entered in them, and Home tabs."""

from __future__ import annotations

import copy
import json
import secrets
from typing import Any

from bot.local import elements
from bot.local.channels import passes
from bot.local.elements import Settings, with_ids
from bot.local.people import APP, BOT_ID, TEAM
from bot.local.refusals import Refused, check_view
from bot.local.workspace import Workspace

View = dict[str, Any]
STACK = 3  # modals one above the other


class Views:
    """Every person's modals (the last is on top) and Home tab."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._set: dict[str, Settings] = {}  # view id -> what its reader has entered so far
        self._origins: dict[str, str | None] = {}  # view id -> the channel it was opened from

    # --- what the bot does --------------------------------------------------------------------------------

    def open(self, user: str, view: Any, *, push: bool = False, origin: str | None = None) -> View:
        """Show a modal to a person, above the ones that are there (`push`) or instead of them."""
        check_view(view)
        with self._workspace.changed:
            stack = self.modals.setdefault(user, [])
            if push and len(stack) >= STACK:
                raise Refused("push_limit_reached")
            kept = stack if push else []
            made = _made(view, f"V0{secrets.token_hex(5).upper()}")
            self._unique(made["external_id"])
            made["root_view_id"] = kept[0]["id"] if kept else made["id"]
            made["previous_view_id"] = kept[-1]["id"] if kept else None
            self._origins[made["id"]] = origin or (self._origins[kept[-1]["id"]] if kept else None)
            self._forget(stack[len(kept) :])
            self.modals[user] = [*kept, made]
            self._set[made["id"]] = self._current(user, made)
            self._tell(user)
            return copy.deepcopy(made)

    def update(self, view: Any, view_id: Any, external_id: Any = None, view_hash: Any = None) -> View:
        """Replace a modal that is open; what was entered under an id it still has stays."""
        check_view(view)
        with self._workspace.changed:
            for user, stack in self.modals.items():
                for n, old in enumerate(stack):
                    if old["id"] == view_id or (external_id and old["external_id"] == external_id):
                        if view_hash and view_hash != old["hash"]:
                            raise Refused("hash_conflict")
                        links = {key: old[key] for key in ("root_view_id", "previous_view_id")}
                        stack[n] = _made(view, old["id"]) | links
                        entered = elements.kept(stack[n]["blocks"], self._set[old["id"]])
                        self._set[old["id"]] = self._current(user, stack[n]) | entered
                        self._tell(user)
                        return copy.deepcopy(stack[n])
        raise Refused("not_found")

    def publish(self, user: str, view: Any, view_hash: Any) -> View:
        """Replace a person's Home tab."""
        check_view(view, kinds=("home",))
        with self._workspace.changed:
            old = self.homes.get(user)
            if view_hash and old and view_hash != old["hash"]:
                raise Refused("hash_conflict")
            made = _made(view, old["id"] if old else f"V0{secrets.token_hex(5).upper()}")
            made |= {"root_view_id": made["id"], "previous_view_id": None}
            self.homes[user] = made
            self._set[made["id"]] = elements.kept(made["blocks"], self._set.get(made["id"], {}))
            self._tell(user)
            return copy.deepcopy(made)

    # --- what a person does -------------------------------------------------------------------------------

    def shown(self, user: str, view_id: str | None = None) -> View:
        """A person's Home tab or the modal on top, by its id (none: the modal); LookupError if not on screen."""
        stack, home = self.modals.get(user, []), self.homes.get(user)
        if home is not None and home["id"] == view_id:
            return copy.deepcopy(home)
        if stack and view_id in (None, stack[-1]["id"]):
            return copy.deepcopy(stack[-1])
        raise LookupError(f"{user} sees no view {view_id}; on top is: {stack[-1]['id'] if stack else 'no modal'}")

    def enter(self, view: View, settings: Settings) -> View:
        """Take down what a person has entered; the view with its `state`. LookupError for an unknown option."""
        with self._workspace.changed:
            entered = self._set[view["id"]] | settings
            state = elements.state(view["blocks"], entered)
            self._set[view["id"]] = entered
            return view | {"state": state}

    def close(self, user: str, view_id: str | None, *, everything: bool = False) -> list[View]:
        """Take a modal (none: the top one) and what lies above it off the screen, or all; top first."""
        with self._workspace.changed:
            stack = self.modals.get(user, [])
            ids = [view["id"] for view in stack]
            if not stack or view_id not in (None, *ids):
                raise LookupError(f"{user} has no view {view_id or ''} open; there is: {', '.join(ids) or 'none'}")
            first = 0 if everything else len(stack) - 1 if view_id is None else ids.index(view_id)
            gone = [view | {"state": elements.state(view["blocks"], self._set[view["id"]])} for view in stack[first:]]
            self._forget(stack[first:])
            self.modals[user] = stack[:first]
            self._tell(user)
            return gone[::-1]

    def origin(self, view_id: str) -> str | None:
        """The channel a modal was opened from."""
        return self._origins.get(view_id)

    def screen(self, user: str) -> dict[str, Any]:
        """What the page shows: the modals with what was entered in each, and the Home tab."""
        with self._workspace.changed:
            stack = copy.deepcopy(self.modals.get(user, []))
            entered = [[[*key, value] for key, value in self._set[view["id"]].items()] for view in stack]
            return {"modals": stack, "entered": entered, "home": copy.deepcopy(self.homes.get(user))}

    def _current(self, user: str, view: View) -> Settings:
        # `default_to_current_conversation`: where the person was when the modal opened, if it is on offer.
        channel = self._workspace.channels.get(self._origins[view["id"]] or "")
        found: Settings = {}
        for block, element in elements.inputs(view["blocks"]):
            kind = elements.PICKED.get(element["type"], "")
            if not element.get("default_to_current_conversation") or "conversation" not in kind:
                continue
            if channel is None or user not in channel.people or element.get(f"initial_{kind}"):
                continue
            if passes(channel, element.get("filter")):
                many = element["type"].startswith("multi_")
                found[block["block_id"], element["action_id"]] = [channel.id] if many else channel.id
        return found

    def _unique(self, external_id: str) -> None:
        open_ones = [view["external_id"] for stack in self.modals.values() for view in stack]
        if external_id and external_id in open_ones:
            raise Refused("duplicate_external_id")

    def _forget(self, views: list[View]) -> None:
        for view in views:
            del self._set[view["id"]], self._origins[view["id"]]

    def _tell(self, user: str) -> None:
        self._workspace.tell(kind="views", user=user, **self.screen(user))


def _made(view: View, view_id: str) -> View:
    made: View = {**dict.fromkeys(("title", "submit", "close")), "clear_on_close": False, "notify_on_close": False}
    made |= dict.fromkeys(("callback_id", "private_metadata", "external_id"), "") | json.loads(json.dumps(view))
    made |= {"id": view_id, "team_id": TEAM, "bot_id": BOT_ID, "app_id": APP, "app_installed_team_id": TEAM}
    made["hash"] = f"{secrets.randbelow(10**10):010d}.{secrets.token_hex(4)}"
    made["blocks"] = with_ids(made["blocks"])
    made["state"] = {"values": {}}
    return made

"""The views the bot has opened: the modal on a person's screen, what was entered in it, and Home tabs."""

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


class Views:
    """Every person's modal and Home tab."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.modals: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self._set: dict[str, Settings] = {}  # view id -> what its reader has entered so far
        self._origins: dict[str, str | None] = {}  # view id -> the channel it was opened from

    # --- what the bot does --------------------------------------------------------------------------------

    def open(self, user: str, view: Any, origin: str | None = None) -> View:
        """Show a modal to a person, instead of one that is there; `origin` is the channel they look at."""
        check_view(view)
        with self._workspace.changed:
            old = self.modals.pop(user, None)
            made = _made(view, f"V0{secrets.token_hex(5).upper()}")
            self._origins[made["id"]] = origin or (self._origins[old["id"]] if old else None)
            self._forget(old)
            self.modals[user] = made
            self._set[made["id"]] = self._current(user, made)
            self._tell(user)
            return copy.deepcopy(made)

    def update(self, view: Any, view_id: Any) -> View:
        """Replace a modal that is open; what was entered under an id it still has stays."""
        check_view(view)
        with self._workspace.changed:
            for user, old in self.modals.items():
                if old["id"] == view_id:
                    now = self.modals[user] = _made(view, view_id)
                    entered = elements.kept(now["blocks"], self._set[view_id])
                    self._set[view_id] = self._current(user, now) | entered
                    self._tell(user)
                    return copy.deepcopy(now)
        raise Refused("not_found")

    def publish(self, user: str, view: Any, view_hash: Any) -> View:
        """Replace a person's Home tab."""
        check_view(view, "home")
        with self._workspace.changed:
            old = self.homes.get(user)
            if view_hash and old and view_hash != old["hash"]:
                raise Refused("hash_conflict")
            made = self.homes[user] = _made(view, old["id"] if old else f"V0{secrets.token_hex(5).upper()}")
            self._set[made["id"]] = elements.kept(made["blocks"], self._set.get(made["id"], {}))
            self._tell(user)
            return copy.deepcopy(made)

    # --- what a person does -------------------------------------------------------------------------------

    def shown(self, user: str, view_id: str | None = None) -> View:
        """A person's Home tab or modal by its id (none: the modal); LookupError if it is not on their screen."""
        modal, home = self.modals.get(user), self.homes.get(user)
        if home is not None and home["id"] == view_id:
            return copy.deepcopy(home)
        if modal is not None and view_id in (None, modal["id"]):
            return copy.deepcopy(modal)
        raise LookupError(f"{user} sees no view {view_id or ''}; there is: {modal['id'] if modal else 'no modal'}")

    def enter(self, view: View, settings: Settings) -> View:
        """Take down what a person has entered; the view with its `state`. LookupError for an unknown option."""
        with self._workspace.changed:
            entered = self._set[view["id"]] | settings
            state = elements.state(view["blocks"], entered)
            self._set[view["id"]] = entered
            return view | {"state": state}

    def close(self, user: str, view_id: str | None = None) -> None:
        """Take a person's modal off the screen."""
        with self._workspace.changed:
            modal = self.modals.get(user)
            if modal is None or view_id not in (None, modal["id"]):
                raise LookupError(f"{user} has no view {view_id or ''} open")
            self._forget(self.modals.pop(user))
            self._tell(user)

    def origin(self, view_id: str) -> str | None:
        """The channel a modal was opened from."""
        return self._origins.get(view_id)

    def screen(self, user: str) -> dict[str, Any]:
        """What the page shows: the modal with what was entered in it, and the Home tab."""
        with self._workspace.changed:
            modal = copy.deepcopy(self.modals.get(user))
            entered = [[*key, value] for key, value in self._set[modal["id"]].items()] if modal else []
            return {"modal": modal, "entered": entered, "home": copy.deepcopy(self.homes.get(user))}

    def _current(self, user: str, view: View) -> Settings:
        # `default_to_current_conversation`: where the person was when the modal opened, if it is on offer.
        channel = self._workspace.channels.get(self._origins[view["id"]] or "")
        found: Settings = {}
        for block, element in elements.inputs(view["blocks"]):
            if not element.get("default_to_current_conversation"):
                continue
            if channel is not None and user in channel.people and passes(channel, element.get("filter")):
                found[block["block_id"], element["action_id"]] = channel.id
        return found

    def _forget(self, view: View | None) -> None:
        if view is not None:
            del self._set[view["id"]], self._origins[view["id"]]

    def _tell(self, user: str) -> None:
        self._workspace.tell(kind="views", user=user, **self.screen(user))


def _made(view: View, view_id: str) -> View:
    made: View = {**dict.fromkeys(("title", "submit", "close")), "clear_on_close": False, "notify_on_close": False}
    made |= dict.fromkeys(("callback_id", "private_metadata", "external_id"), "") | json.loads(json.dumps(view))
    made |= {"id": view_id, "team_id": TEAM, "bot_id": BOT_ID, "app_id": APP, "app_installed_team_id": TEAM}
    made["hash"] = f"{secrets.randbelow(10**10):010d}.{secrets.token_hex(4)}"
    made |= {"root_view_id": view_id, "previous_view_id": None}
    made["blocks"] = with_ids(made["blocks"])
    made["state"] = {"values": {}}
    return made

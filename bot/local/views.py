"""The views the bot has opened: modals on a person's screen, and their Home tabs."""

from __future__ import annotations

import copy
import json
import secrets
from typing import Any

from bot.local.elements import with_ids
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

    def open(self, user: str, view: Any, *, push: bool = False) -> View:
        """Show a modal to a person, above the ones that are there (`push`) or instead of them."""
        check_view(view)
        with self._workspace.changed:
            stack = self.modals.setdefault(user, [])
            if push and len(stack) >= STACK:
                raise Refused("push_limit_reached")
            below = stack[-1] if push and stack else None
            made = _made(view, f"V0{secrets.token_hex(5).upper()}")
            made["root_view_id"] = below["root_view_id"] if below else made["id"]
            made["previous_view_id"] = below["id"] if below else None
            self.modals[user] = [*stack, made] if push else [made]
            self._workspace.tell(kind="view", user=user)
            return copy.deepcopy(made)

    def update(self, view: Any, view_id: Any, external_id: Any, view_hash: Any) -> View:
        """Replace a modal that is open."""
        check_view(view)
        with self._workspace.changed:
            for user, stack in self.modals.items():
                for n, old in enumerate(stack):
                    if old["id"] == view_id or (external_id and old.get("external_id") == external_id):
                        if view_hash and view_hash != old["hash"]:
                            raise Refused("hash_conflict")
                        kept = {key: old[key] for key in ("root_view_id", "previous_view_id")}
                        stack[n] = _made(view, old["id"]) | kept
                        self._workspace.tell(kind="view", user=user)
                        return copy.deepcopy(stack[n])
        raise Refused("not_found")

    def publish(self, user: str, view: Any, view_hash: Any) -> View:
        """Replace a person's Home tab."""
        check_view(view, kinds=("home",))
        with self._workspace.changed:
            old = self.homes.get(user)
            if view_hash and old and view_hash != old["hash"]:
                raise Refused("hash_conflict")
            self.homes[user] = _made(view, old["id"] if old else f"V0{secrets.token_hex(5).upper()}")
            self._workspace.tell(kind="view", user=user)
            return copy.deepcopy(self.homes[user])

    def close(self, user: str, view_id: str) -> View:
        """Take a modal, and what lies above it, off a person's screen."""
        with self._workspace.changed:
            stack = self.modals.get(user, [])
            for n, view in enumerate(stack):
                if view["id"] == view_id:
                    del stack[n:]
                    self._workspace.tell(kind="view", user=user)
                    return view
        raise LookupError(f"{user} has no view {view_id} open")


def _made(view: View, view_id: str) -> View:
    made = json.loads(json.dumps(view))
    made |= {"id": view_id, "team_id": TEAM, "bot_id": BOT_ID, "app_id": APP, "app_installed_team_id": TEAM}
    made["hash"] = f"{secrets.randbelow(10**10):010d}.{secrets.token_hex(4)}"
    made["blocks"] = with_ids(made["blocks"])
    made.setdefault("callback_id", "")
    made.setdefault("private_metadata", "")
    made["state"] = {"values": {}}
    return made  # type: ignore[no-any-return]

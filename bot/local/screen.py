"""What one person's page shows: every place they are in, their modals and their Home tab; and what changes on it."""

from __future__ import annotations

from typing import Any

from bot.local.acts import Offered
from bot.local.people import BOT_NAME, BOT_USER, PEOPLE
from bot.local.views import Views
from bot.local.workspace import Change, Workspace


class Screen:
    """The workspace as one person sees it."""

    def __init__(self, workspace: Workspace, views: Views, offered: Offered) -> None:
        self._workspace = workspace
        self._views = views
        self._offered = offered

    def state(self, user: str) -> dict[str, Any]:
        """Everything at once. What only one person sees is not in it: Slack keeps no ephemeral message either."""
        workspace = self._workspace
        with workspace.changed:
            mine = [channel for channel in workspace.channels.values() if user in channel.people]
            return {
                "kind": "state",
                "me": user,
                "bot": {"id": BOT_USER, "name": BOT_NAME, "up": workspace.bot_up},
                "people": [{"id": p.id, "name": p.real_name, "dm": p.dm} for p in PEOPLE.values()],
                "channels": [channel.shown for channel in mine],
                "rooms": {channel.id: self._room(channel.id) for channel in mine},
                "shortcuts": _named(self._offered.shortcuts),
                "message_shortcuts": _named(self._offered.message_shortcuts),
                **self._views.screen(user),
            }

    def home(self, user: str) -> dict[str, Any] | None:
        """What the Home tab shows."""
        home: dict[str, Any] | None = self._views.screen(user)["home"]
        return home

    def concerns(self, user: str, change: Change) -> bool:
        """Whether a change is one on this person's page."""
        channel = self._workspace.channels.get(change.get("channel", ""))
        return change.get("user", user) == user and (channel is None or user in channel.people)

    def _room(self, channel: str) -> dict[str, Any]:
        workspace = self._workspace
        return {
            "messages": workspace.messages(channel),
            "prompts": workspace.prompts.get(channel, {"title": "", "prompts": []}),
            "troubles": {ts: words for (where, ts), words in workspace.troubles.items() if where == channel},
        }


def _named(shortcuts: Any) -> list[dict[str, str]]:
    return [{"callback_id": callback_id, "name": name} for callback_id, name in shortcuts.items()]

"""The channels: who is in them, what kind they are, and who may post there. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.local.people import OWNERS, PEOPLE
from bot.local.refusals import Refused


@dataclass(frozen=True)
class Channel:
    """A place to talk. The flags can be changed while the workspace runs: `LocalSlack.arrange`."""

    id: str
    name: str
    people: frozenset[str] = frozenset(PEOPLE)
    bot_is_member: bool = True
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_restricted: bool = False  # only some may post, and the bot is not among them

    def but(self, **flags: bool) -> Channel:
        """The same channel with other flags."""
        known = {"bot_is_member", "is_private", "is_archived", "is_ext_shared", "is_restricted"}
        if set(flags) - known:
            raise TypeError(f"no such flag: {', '.join(set(flags) - known)}; known: {', '.join(sorted(known))}")
        return replace(self, **flags)  # type: ignore[arg-type]

    @property
    def is_im(self) -> bool:
        """Whether it is somebody's direct conversation with the bot."""
        return self.id in OWNERS

    @property
    def kind(self) -> str:
        """What a conversation menu's `include` calls it."""
        return "im" if self.is_im else "private" if self.is_private else "public"

    @property
    def named(self) -> str:
        """The name a payload gives it: Slack does not tell the names of private places."""
        return "privategroup" if self.is_private else self.name

    @property
    def info(self) -> dict[str, Any]:
        """What `conversations.info` says."""
        if self.is_im:
            return {"id": self.id, "is_im": True, "is_channel": False, "user": OWNERS[self.id], **self._flags}
        channel = {"id": self.id, "name": self.name, "name_normalized": self.name, "is_im": False, "is_channel": True}
        return channel | {"is_group": self.is_private, "is_private": self.is_private, **self._flags}

    @property
    def shown(self) -> dict[str, Any]:
        """What the page needs to know."""
        flags = {"bot_is_member": self.bot_is_member, "is_restricted": self.is_restricted}
        return {"id": self.id, "name": self.name, "kind": self.kind, **self._flags, **flags}

    @property
    def _flags(self) -> dict[str, bool]:
        return {
            "is_archived": self.is_archived,
            "is_member": self.bot_is_member,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
        }


def all_channels() -> dict[str, Channel]:
    """The channels a new workspace has, by id; one of each kind a bot can meet."""
    channels = [
        *(Channel(person.dm, "directmessage", frozenset({person.id})) for person in PEOPLE.values()),
        Channel("C0GENERAL", "general"),
        Channel("C0ROUTER", "proj-router", is_private=True),
        Channel("C0ELSEWHERE", "elsewhere", bot_is_member=False),
        Channel("C0ARCHIVE", "archive", bot_is_member=False, is_archived=True),
        Channel("C0PARTNERS", "partners", frozenset({"U0ADA"}), is_ext_shared=True),
    ]
    return {channel.id: channel for channel in channels}


def seen_by_bot(channel: Channel) -> None:
    """Refuse what the bot asks about a private channel it is not in: for the bot there is no such channel."""
    if channel.is_private and not channel.bot_is_member:
        raise Refused("channel_not_found")


def may_post(channel: Channel) -> None:
    """Refuse what Slack would not let the bot post here."""
    seen_by_bot(channel)
    if channel.is_archived:
        raise Refused("is_archived")
    if not channel.bot_is_member:
        raise Refused("not_in_channel")
    if channel.is_restricted:
        raise Refused("restricted_action")


def passes(channel: Channel, wanted: dict[str, Any] | None) -> bool:
    """Whether a conversation menu with this `filter` offers a channel."""
    wanted = wanted or {}
    if wanted.get("exclude_bot_users") and channel.is_im:
        return False
    return channel.kind in (wanted.get("include") or ("im", "private", "public"))

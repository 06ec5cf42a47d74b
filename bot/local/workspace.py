"""The state of the workspace: who is there, which channels, and what was said in them. No network in here."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.local.archive import Archive
from bot.local.channels import all_channels
from bot.local.elements import with_ids
from bot.local.faults import Faults
from bot.local.people import APP, BOT_ID, BOT_USER, PEOPLE, TEAM
from bot.local.refusals import Refused
from bot.local.tickets import Tickets

Message = dict[str, Any]
Change = dict[str, Any]  # {"kind": …, "channel": …, …}, as the page receives it

LOG_LENGTH = 5_000


@dataclass(frozen=True)
class Call:
    """One Web API call as it came in, and what it was told. `response` is None when the line was cut."""

    method: str
    args: dict[str, Any]
    response: dict[str, Any] | None
    status: int = 200
    at: float = 0.0
    """When it was answered, Unix seconds."""


@dataclass(frozen=True)
class Delivery:
    """One thing that was brought to the bot: the attempts it took and the last status (0: nobody there)."""

    kind: str
    payload: dict[str, Any]
    attempts: int
    status: int
    body: dict[str, Any]


class Workspace:
    """Everything there is, behind one lock; `changed` is notified on every change."""

    def __init__(
        self,
        path: str | Path | None = None,
        team: str = TEAM,
        enterprise: str = "",
        name: str = "Local workspace",
    ) -> None:
        self.team, self.enterprise, self.name = team, enterprise, name
        self.changed = threading.Condition()
        self.faults = Faults()
        self.tickets = Tickets()
        self.calls: deque[Call] = deque(maxlen=LOG_LENGTH)
        self.deliveries: deque[Delivery] = deque(maxlen=LOG_LENGTH)
        self.feeds: list[Callable[[Change], None]] = []
        self.channels = all_channels()
        self.scopes: frozenset[str] = frozenset()  # what the bot was granted
        self.inactive = False  # the bot was taken out, or its token was taken back
        self.prompts: dict[str, dict[str, Any]] = {}
        self.troubles: dict[tuple[str, str], str] = {}
        self.ephemerals: dict[str, list[Message]] = {user: [] for user in PEOPLE}
        self.bot_up: bool | None = None
        self._messages: dict[str, dict[str, Message]] = {channel: {} for channel in self.channels}
        self._files: dict[str, tuple[str, bytes]] = {}
        self.clock: Callable[[], float] = time.time
        self.org_wide = False  # whether the token is that of a whole organisation
        self._said: dict[tuple[str, str], str] = {}  # (channel, client_msg_id) -> ts
        self._last_ts = 0
        self._archive = Archive(path) if path is not None else None
        if self._archive is not None:
            for channel, message in self._archive.messages():
                self._messages.setdefault(channel, {})[message["ts"]] = message
                if key := message.get("client_msg_id"):
                    self._said[channel, key] = message["ts"]
                self._last_ts = max(self._last_ts, int(message["ts"].replace(".", "")))
            self._files = {file_id: (name, body) for file_id, name, body in self._archive.files()}

    # --- telling others -----------------------------------------------------------------------------------

    def tell(self, **change: Any) -> None:
        """Wake whoever waits, and pass the change on to the pages."""
        with self.changed:
            self.changed.notify_all()
            for feed in self.feeds:
                feed(change)

    def log(self, entry: Call | Delivery) -> None:
        """Write down a Web API call or a delivery."""
        with self.changed:
            if isinstance(entry, Call):
                self.calls.append(replace(entry, at=self.clock()))
            else:
                self.deliveries.append(entry)
            self.changed.notify_all()

    # --- reading ------------------------------------------------------------------------------------------

    def channel_of(self, name: Any) -> str:
        """The channel an id, a person's id or a #name stands for."""
        if name in self.channels:
            return str(name)
        if name in PEOPLE:
            return PEOPLE[name].dm
        for channel in self.channels.values():
            if not channel.is_im and name in (channel.name, f"#{channel.name}"):
                return channel.id
        raise Refused("channel_not_found")

    def arrange(self, channel: str, **flags: bool) -> None:
        """Change what a channel is, and tell the pages."""
        with self.changed:
            now = self.channels[channel] = self.channels[channel].but(**flags)
            self.tell(kind="channel", channel=channel, now=now.shown)

    def message(self, channel: str, ts: Any) -> Message:
        """A copy of one message."""
        with self.changed:
            return copy.deepcopy(self._found(channel, ts))

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Copies of a channel's messages, or of one thread's (its root first), in the order of their `ts`."""
        with self.changed:
            kept: Iterable[Message] = self._messages[channel].values()
            if thread_ts is not None:
                kept = (m for m in kept if thread_ts in (m["ts"], m.get("thread_ts")))
            return copy.deepcopy(sorted(kept, key=lambda m: str(m["ts"])))

    def next_ts(self) -> str:
        """A `ts` nobody has had yet."""
        with self.changed:
            self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # --- writing ------------------------------------------------------------------------------------------

    def post(
        self,
        channel: str,
        author: str,
        text: str,
        *,
        blocks: list[dict[str, Any]] | None = None,
        thread_ts: str | None = None,
        client_msg_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        files: list[dict[str, Any]] | None = None,
    ) -> tuple[Message, bool]:
        """Add a message. Returns a copy of it, and False if this `client_msg_id` had been posted before."""
        with self.changed:
            if client_msg_id and (ts := self._said.get((channel, client_msg_id))):
                return self.message(channel, ts), False
            root = self._thread(channel, thread_ts) if thread_ts else None
            message: Message = {"type": "message", "user": author, "text": text, "team": self.team}
            if author == BOT_USER:
                message |= {"bot_id": BOT_ID, "app_id": APP}
            message["ts"] = self.next_ts()
            if blocks:
                message["blocks"] = with_ids(blocks)
            if root is not None:
                message |= {"thread_ts": root["ts"], "parent_user_id": root.get("user")}
            if client_msg_id:
                message["client_msg_id"] = client_msg_id
                self._said[channel, client_msg_id] = message["ts"]
            if metadata:
                message["metadata"] = metadata
            if files:
                message |= {"subtype": "file_share", "files": files, "upload": False}
            self._keep(channel, message)
            if root is not None:
                root["thread_ts"] = root["ts"]
                root["reply_count"] = root.get("reply_count", 0) + 1
                root["latest_reply"] = message["ts"]
                self._keep(channel, root)
            return copy.deepcopy(message), True

    def edit(
        self,
        channel: str,
        ts: Any,
        editor: str,
        text: str,
        *,
        blocks: list[dict[str, Any]] | None = None,
    ) -> tuple[Message, Message]:
        """Replace what a message says (no `blocks`: they are gone). Returns it as it is and as it was."""
        with self.changed:
            message = self._found(channel, ts)
            if message["user"] != editor:
                raise Refused("cant_update_message")
            before = copy.deepcopy(message)
            message["text"] = text
            message.pop("blocks", None)
            if blocks:
                message["blocks"] = with_ids(blocks)
            message["edited"] = {"user": editor, "ts": self.next_ts()}
            self.troubles.pop((channel, message["ts"]), None)
            self._keep(channel, message)
            return copy.deepcopy(message), before

    def delete(self, channel: str, ts: Any, who: str) -> Message | None:
        """Remove a message. The root of a thread with replies leaves a gravestone, which is returned."""
        with self.changed:
            message = self._found(channel, ts)
            if message["user"] != who:
                raise Refused("cant_delete_message")
            if message.get("reply_count"):
                stone = {key: message[key] for key in ("ts", "thread_ts", "reply_count", "latest_reply")}
                stone |= {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
                stone["text"] = "This message was deleted."
                self._keep(channel, stone)
                return copy.deepcopy(stone)
            del self._messages[channel][message["ts"]]
            if self._archive is not None:
                self._archive.drop(channel, message["ts"])
            root = self._messages[channel].get(message.get("thread_ts", ""))
            if root is not None:
                root["reply_count"] -= 1
                self._keep(channel, root)
            self.tell(kind="gone", channel=channel, ts=message["ts"])
            return None

    def whisper(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: list[dict[str, Any]] | None = None,
        thread_ts: str | None = None,
        ts: str | None = None,
        author: str = BOT_USER,
    ) -> Message:
        """Show a message to one person only; with the `ts` of an earlier one, in its place. Never archived."""
        with self.changed:
            message: Message = {"type": "message", "user": author, "text": text}
            if author == BOT_USER:
                message["bot_id"] = BOT_ID
            message |= {"ts": ts or self.next_ts(), "channel": channel, "is_ephemeral": True}
            if blocks:
                message["blocks"] = with_ids(blocks)
            if thread_ts:
                message["thread_ts"] = thread_ts
            others = [other for other in self.ephemerals[user] if other["ts"] != message["ts"]]
            self.ephemerals[user] = sorted([*others, message], key=lambda m: str(m["ts"]))
            self.tell(kind="ephemeral", channel=channel, user=user, message=copy.deepcopy(message))
            return copy.deepcopy(message)

    def keep_file(self, file_id: str, name: str, body: bytes) -> None:
        """Keep what the bot has uploaded."""
        with self.changed:
            self._files[file_id] = (name, body)
            if self._archive is not None:
                self._archive.put_file(file_id, name, body)

    def file(self, file_id: str) -> tuple[str, bytes]:
        """The name and the contents of a file."""
        with self.changed:
            if file_id not in self._files:
                raise Refused("file_not_found")
            return self._files[file_id]

    def trouble(self, channel: str, ts: str, words: str) -> None:
        """Mark a message with what went wrong with it; no words: all is well again."""
        with self.changed:
            had = self.troubles.pop((channel, ts), None)
            if words:
                self.troubles[channel, ts] = words
            if words or had:
                self.tell(kind="trouble", channel=channel, ts=ts, words=words)

    def close(self) -> None:
        """Close the file, if there is one."""
        with self.changed:
            if self._archive is not None:
                self._archive.close()
                self._archive = None

    def _found(self, channel: str, ts: Any) -> Message:
        message = self._messages[channel].get(str(ts))
        if message is None or message.get("subtype") == "tombstone":
            raise Refused("message_not_found")
        return message

    def _thread(self, channel: str, thread_ts: str) -> Message:
        message = self._messages[channel].get(str(thread_ts))
        if message is None:
            raise Refused("thread_not_found")
        return self._messages[channel].get(message.get("thread_ts", ""), message)

    def _keep(self, channel: str, message: Message) -> None:
        self._messages[channel][message["ts"]] = message
        if self._archive is not None:
            self._archive.put(channel, message)
        self.tell(kind="message", channel=channel, message=copy.deepcopy(message))

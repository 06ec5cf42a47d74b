"""Things handed out once and good for a short while: trigger ids, response addresses, socket tickets."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.local.refusals import Refused

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5
KEPT = 500  # of each kind; the oldest go first


@dataclass
class Trigger:
    """Permission to open one view, for the person who has just clicked or typed a command, and where."""

    user: str
    at: float
    channel: str | None = None
    used: bool = False


@dataclass
class Response:
    """An address to answer an interaction at: where it came from, and how often it was used."""

    channel: str
    user: str
    at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Tickets:
    """All tickets of a workspace. The caller holds the workspace's lock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, Response] = {}
        self._sockets: set[str] = set()

    def trigger(self, user: str, channel: str | None = None) -> str:
        """A new trigger id, for somebody who is looking at this channel."""
        key = f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**10):010d}.{secrets.token_hex(16)}"
        self._triggers[key] = Trigger(user, self._clock(), channel)
        _forget(self._triggers)
        return key

    def use_trigger(self, key: object) -> Trigger:
        """Spend a trigger id; whose it was."""
        trigger = self._triggers.get(key) if isinstance(key, str) else None
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock() - trigger.at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def response(self, channel: str, user: str, message_ts: str | None = None, thread_ts: str | None = None) -> str:
        """The secret last part of a new response address."""
        key = secrets.token_urlsafe(18)
        self._responses[key] = Response(channel, user, self._clock(), message_ts, thread_ts)
        _forget(self._responses)
        return key

    def use_response(self, key: str) -> Response:
        """Count one use of a response address; where it leads."""
        response = self._responses.get(key)
        if response is None:
            raise Refused("invalid_url")
        if response.uses >= RESPONSE_USES or self._clock() - response.at > RESPONSE_SECONDS:
            raise Refused("used_url" if response.uses >= RESPONSE_USES else "expired_url")
        response.uses += 1
        return response

    def socket(self) -> str:
        """A ticket for one websocket connection."""
        key = secrets.token_urlsafe(18)
        self._sockets.add(key)
        return key

    def use_socket(self, key: str) -> bool:
        """Spend a websocket ticket; whether it was one."""
        if key not in self._sockets:
            return False
        self._sockets.discard(key)
        return True


def _forget(kept: dict[str, Trigger] | dict[str, Response]) -> None:
    while len(kept) > KEPT:
        del kept[next(iter(kept))]

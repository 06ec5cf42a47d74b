"""Tokens that Slack refuses: who is spoken to with one waits until Slack takes it again, everybody else goes on."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field

from bot.delivery.clock import Clock
from bot.delivery.sending import NotYet, Refused, Sender, TokenRefused
from bot.delivery.workspaces import Workspaces
from bot.store.workspaces import Installed

log = logging.getLogger(__name__)

_HOUR = 3600.0
_TRIED_AFTER_SECONDS = (60.0, 300.0, 1800.0, _HOUR)
"""After so long a refused token is tried again, at last every hour."""


@dataclass(slots=True)
class _Mute:
    code: str
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Muted:
    """Asked from any thread, changed in the loop that sends. Its length is how many tokens Slack refuses."""

    def __init__(self, sender: Sender, workspaces: Workspaces, clock: Clock) -> None:
        self._sender, self._workspaces, self._clock = sender, workspaces, clock
        self._mutes: dict[tuple[str, str], _Mute] = {}

    def __len__(self) -> int:
        return len(self._mutes)

    def why(self, whose: Installed) -> str:
        """What Slack says of its token, empty when that is good."""
        mute = self._mutes.get(whose.key)
        return mute.code if mute else ""

    async def over(self, whose: Installed) -> None:
        """Until its token is taken again, or there is another one."""
        if mute := self._mutes.get(whose.key):
            await mute.over.wait()

    def refused(self, whose: Installed, code: str) -> bool:
        """Stop saying anything with this token, unless there is another one by now; returns whether that is news, and
        ``until_good`` is to be waited for."""
        if whose.key in self._mutes or self._workspaces.by_key(whose.key) != whose:
            return False
        log.error("Slack refuses the bot token%s (%s): nothing is sent until it takes it again", self._of(whose), code)
        self._mutes[whose.key] = _Mute(code)
        return True

    async def until_good(self, key: tuple[str, str]) -> None:
        """Ask now and then whether Slack takes the token again; then all goes on by itself."""
        mute = self._mutes.get(key)
        for n in range(1_000_000):
            await self._clock.sleep(_TRIED_AFTER_SECONDS[min(n, len(_TRIED_AFTER_SECONDS) - 1)])
            whose = self._workspaces.by_key(key)
            if whose is None or mute is None or mute.over.is_set():
                break
            with suppress(NotYet, Refused, TokenRefused):
                await self._sender.call("auth.test", {}, whose.token)
                log.info("Slack takes the bot token%s again: sending goes on", self._of(whose))
                break
        if mute and not mute.over.is_set():
            self.lift([key])

    def lift(self, keys: list[tuple[str, str]]) -> None:
        """These have a token that is good, or none any more."""
        for key in keys:
            if mute := self._mutes.pop(key, None):
                mute.over.set()

    def _of(self, whose: Installed) -> str:
        return f" of {whose.id}" if self._workspaces.many else ""

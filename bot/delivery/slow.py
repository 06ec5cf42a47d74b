"""Whoever waits for more than a minute hears that Slack is slow, and reads it no more once it is not."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bot.delivery.clock import Clock
from bot.delivery.lane import Lane
from bot.delivery.sending import NotYet, Refused, Sender, TokenRefused
from bot.delivery.workspaces import Workspaces
from bot.messages import DECORATION, OutgoingMessage

TOLD_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 15.0


class Slow:
    """``words`` are what they hear; ``beside`` starts what is done meanwhile."""

    def __init__(
        self,
        words: str,
        sender: Sender,
        workspaces: Workspaces,
        clock: Clock,
        beside: Callable[[Coroutine[Any, Any, None]], Any],
    ) -> None:
        self._words, self._beside = words, beside
        self._sender, self._workspaces, self._clock = sender, workspaces, clock

    async def tell(self, lane: Lane) -> None:
        """Tell everybody who waits in a lane for so long, until nobody asks for it any more."""
        while True:
            waiting = [one for one in lane.waited_for() if one.person not in lane.told]
            now = self._clock.time()
            for outgoing in waiting:
                if now >= outgoing.at + TOLD_SECONDS and outgoing.person not in lane.told:
                    lane.told[outgoing.person] = ("", "")
                    self._beside(self._tell_one(outgoing, lane))
            soonest = min((one.at + TOLD_SECONDS for one in waiting), default=now)
            await self._clock.sleep(soonest - now if soonest > now else _LOOK_AGAIN_SECONDS)

    async def _tell_one(self, outgoing: OutgoingMessage, lane: Lane) -> None:
        args = {name: outgoing.args[name] for name in ("channel", "thread_ts") if name in outgoing.args}
        whose = self._workspaces.of(outgoing.team, outgoing.enterprise)
        token = whose.token if whose else ""
        try:
            if not str(args.get("channel")).startswith("D"):
                opened = await self._sender.call("conversations.open", {"users": outgoing.person}, token)
                args = {"channel": opened["channel"]["id"]}
            try:
                posted = await self._sender.call("chat.postMessage", args | {"text": self._words}, token)
            except NotYet as not_yet:
                if not_yet.maybe:
                    return  # they may have read it; better than twice
                # It may be just this method that is limited. This note vanishes by itself.
                note = args | {"text": self._words, "user": outgoing.person}
                await self._sender.call("chat.postEphemeral", note, token)
                return
        except (NotYet, Refused, TokenRefused, KeyError) as error:
            if not (isinstance(error, NotYet) and error.maybe):
                lane.told.pop(outgoing.person, None)
            return
        where = str(args["channel"]), str(posted.get("ts") or "")
        if outgoing.person in lane.told:
            lane.told[outgoing.person] = where
        else:  # what they waited for came first
            with suppress(NotYet, Refused, TokenRefused):
                await self._sender.call("chat.delete", {"channel": where[0], "ts": where[1]}, token)


def taken_back(outgoing: OutgoingMessage, lane: Lane) -> list[OutgoingMessage]:
    """What was waited for is there: nobody needs to read any more that Slack is slow."""
    channel, ts = lane.told.pop(outgoing.person, ("", ""))
    args, beside = {"channel": channel, "ts": ts}, f"{DECORATION}{outgoing.lane}"
    note = OutgoingMessage(
        "chat.delete", args, beside, person=outgoing.person, team=outgoing.team, enterprise=outgoing.enterprise
    )
    return [note] if ts else []

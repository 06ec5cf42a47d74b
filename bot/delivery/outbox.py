"""What is still to be said to Slack, and the one asyncio thread that says it.

Rows are written in the turn's transaction and deleted once Slack has taken them; after a crash they are read again.
A lane (a channel or a person) is said in order, each row until the end that ``bot.messages.ENDS`` gives it.
"""

import asyncio
import logging
import random
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.delivery.clock import Clock
from bot.delivery.sending import Attempts, InDoubt, NotThere, NotYet, Refused, Sender, Sent, TokenRefused
from bot.delivery.telemetry import Metrics
from bot.messages import DECORATION, IN_DOUBT, Outcome, OutgoingMessage, stamp, unix
from bot.store import queue, refusals
from bot.store.checks import card_stands
from bot.store.database import Closed, Connection, Store, Unwritten, set_aside

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.answering.client import ModelClient

log = logging.getLogger(__name__)

MAX_WAITING = 5_000
TOLD_SECONDS = 60.0
"""After so long whoever waits is told that Slack is slow."""
_CLOSING_SECONDS = 5.0
_HOUR = 3600.0
_TOKEN_SECONDS = (60.0, 300.0, 1800.0, _HOUR)
"""After so long a refused token is tried again, at last every hour."""
_LOOK_AGAIN_SECONDS = 15.0
_FRESH_SECONDS = 1.0

After = Callable[[Connection, OutgoingMessage, Outcome], list[OutgoingMessage]]


# ---- saying them


@dataclass(slots=True)
class _Lane:
    waiting: deque[OutgoingMessage] = field(default_factory=deque)
    now: OutgoingMessage | None = None
    """What is being said."""
    cards: dict[str, str] = field(default_factory=dict)
    """Session -> ts of its live card: newer than what the turns that wait here saw."""
    told: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Who was told that Slack is slow, and where that stands."""
    task: "asyncio.Task[None] | None" = None


class Outbox:
    """Says what was committed. ``push`` may be called from any thread. ``slow`` are the words for whoever waits for
    more than a minute."""

    def __init__(
        self,
        store: Store,
        client: "AsyncWebClient",
        clock: Clock,
        *,
        model: "ModelClient | None" = None,
        slow: str = "",
        metrics: Metrics | None = None,
    ) -> None:
        self._store, self._client, self._clock, self._model, self._slow = store, client, clock, model, slow
        self._sender = Sender(client, clock, model, self._mark, self._stands, self._refusing, metrics or Metrics())
        self._after: After = _nothing_after
        self._hourly: Callable[[], None]
        self._stopped: set[str] = set()
        self._gone: set[str] = set()
        self._lanes: dict[str, _Lane] = {}
        self._beside: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        self._refusal = ""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._token_good = asyncio.Event()
        self._token_good.set()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self, after: After, team: str, hourly: Callable[[], None]) -> None:
        """Start saying for a workspace, first what an earlier process left unsaid; ``after`` is the turn that hears
        outcomes. That its token is good means that it has the bot, whatever it said before."""
        self._after, self._hourly = after, hourly
        self._thread.start()

        def begin(conn: Connection) -> list[OutgoingMessage]:
            self._sender.refused[team] = refusals.last(conn, team)
            return queue.left_over(conn, team, self._clock.time())

        self._store.turn(begin, self.push)

    def forget(self, checks: list[str]) -> None:
        """Say nothing more about checks that were deleted: not what waits, nor what Slack has made us repeat."""
        self._gone |= set(checks)

    def stop_team(self, team: str) -> None:
        """Say nothing more to a workspace that let go of the bot; its rows stay."""
        self._stopped.add(team)

    @property
    def waiting(self) -> int:
        """How much is still to be said."""
        return self._waiting

    @property
    def full(self) -> bool:
        """Whether so much waits that new turns should be turned away until Slack takes it."""
        return self._waiting > MAX_WAITING

    def cut_off(self, team: str) -> tuple[str, ...]:
        """Why nothing can be said to this workspace until somebody mends it, as a code and its facts; empty when it
        can."""
        if self._refusal:
            return ("token_refused", self._refusal)
        return ("removed",) if team in self._stopped else ()

    def fault(self, team: str) -> str | None:
        """The same, or why nothing can be said for now."""
        match self.cut_off(team):
            case "token_refused", refusal:
                return f"Slack refuses the bot token ({refusal})"
            case ("removed",):
                return "the workspace has removed the bot"
        return "too much waits to be said to Slack" if self.full else None

    def oldest_seconds(self, patience: float) -> float | None:
        """How long the oldest thing that somebody waits for has waited; ``None`` when the loop does not turn within
        ``patience``."""

        async def look() -> float:
            waited = [outgoing.at for lane in self._lanes.values() for outgoing in _people_wait_for(lane)]
            return max(0.0, self._clock.time() - min(waited, default=self._clock.time()))

        asking = look()
        try:
            return asyncio.run_coroutine_threadsafe(asking, self._loop).result(patience)
        except (TimeoutError, RuntimeError):
            asking.close()
            return None

    def push(self, to_send: list[OutgoingMessage]) -> None:
        """Say these, in order, after their commit."""
        if not to_send:
            return
        now = stamp(self._clock.time())
        due = [outgoing for outgoing in to_send if outgoing.due <= now]
        with self._lock:
            self._waiting += len(due)
        later = [outgoing for outgoing in to_send if outgoing.due > now]
        self._soon(lambda: self._enqueue(due, later))

    def close(self, seconds: float = _CLOSING_SECONDS + 5) -> None:
        """Say what waits for a few seconds, then stop; the rest stays in the table for the next start."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(seconds)
        elif not self._loop.is_closed():
            self._loop.close()

    # ---- the loop

    def _soon(self, call: Callable[[], None]) -> None:
        """Have the loop do something. It is woken once for all it has not come to: a waking costs the writer as much
        as a row."""
        with self._lock:
            self._calls.append(call)
            awake = len(self._calls) > 1
        if not awake:
            with suppress(RuntimeError):  # the loop is closed: what waits stays in the table for the next start
                self._loop.call_soon_threadsafe(self._called)

    def _called(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, []
        for call in calls:
            call()

    async def _written(self, turn: "Future[Any]") -> Any:
        """The result of a turn that was handed in."""
        done = self._loop.create_future()

        def written() -> None:
            if not done.cancelled():
                done.set_result(None)

        turn.add_done_callback(lambda _: self._soon(written))
        await done
        return turn.result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        while late := asyncio.all_tasks(self._loop):  # what was handed in while it ended stays for the next start
            for task in late:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*late, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        import aiohttp

        async with aiohttp.ClientSession() as session:
            self._client.session = session
            hours = self._loop.create_task(self._each_hour())
            await self._stop.wait()
            hours.cancel()
            if self._model:
                await self._model.close()  # first: nobody waits for words at a stop
            try:
                async with asyncio.timeout(_CLOSING_SECONDS):
                    while tasks := self._tasks():
                        await asyncio.wait(tasks)
            except TimeoutError:
                log.info("%d rows stay unsaid until the next start", self._waiting)
            left = [hours, *self._beside, *self._tasks()]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _each_hour(self) -> None:
        while True:
            with suppress(Closed):
                self._hourly()
            await self._clock.sleep(_HOUR)

    def _tasks(self) -> "list[asyncio.Task[None]]":
        return [lane.task for lane in self._lanes.values() if lane.task]

    def _aside(self, work: "Any") -> "asyncio.Task[None]":
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    def _enqueue(self, due: list[OutgoingMessage], later: list[OutgoingMessage]) -> None:
        for outgoing in later:
            self._aside(self._later(outgoing))
        for outgoing in due:
            lane = self._lanes.setdefault(outgoing.lane, _Lane())
            lane.waiting.append(outgoing)
            if lane.task is None:
                lane.task = self._loop.create_task(self._drain(outgoing.lane, lane))

    async def _later(self, outgoing: OutgoingMessage) -> None:
        """Wake up when it is due (an hour at most at a time: clocks move), and say it if its row still stands."""
        await self._clock.sleep(min(_HOUR, max(0.1, unix(outgoing.due) - self._clock.time())))

        def stands(conn: Connection) -> list[OutgoingMessage]:
            return [outgoing] if queue.stands(conn, outgoing.id) else []

        with suppress(Closed):
            self._store.hand_in(stands, self.push)

    async def _drain(self, name: str, lane: _Lane) -> None:
        while lane.waiting:
            lane.now = lane.waiting.popleft()
            try:
                await self._say(lane.now, lane)
            finally:
                lane.now = None
                with self._lock:
                    self._waiting -= 1
        # Nothing waits between the look at the empty lane and this: a message that comes now makes a new one.
        self._lanes.pop(name, None)

    async def _say(self, outgoing: OutgoingMessage, lane: _Lane) -> None:
        telling: list[asyncio.Task[None]] = []
        try:
            taken = await self._until_taken(outgoing, lane, telling)
        except Closed:
            return  # closed meanwhile: it stays for the next start
        except Exception as error:  # noqa: BLE001 - one message must not stop its lane
            frames = "".join(traceback.format_tb(error.__traceback__))
            what = (outgoing.method, outgoing.id, type(error).__name__, frames)
            log.error("could not say %s (outbox row %d, %s)\n%s", *what)  # noqa: TRY400
            taken = Sent(), "unforeseen"
        finally:
            for task in telling:
                task.cancel()
        if taken is None:
            return
        sent, refusal = taken
        if refusal and refusal not in ("check_deleted", "too_late", IN_DOUBT):
            # Where a turn hears of it, somebody is told what became of it.
            heard_of = outgoing.on_result is not None and outgoing.method != "card"
            told = (logging.INFO, "") if heard_of else (logging.WARNING, "; dropped")
            log.log(told[0], "Slack refused %s with %s%s", outgoing.method, refusal, told[1])
        if sent.place:
            lane.cards[outgoing.session] = sent.place["card"]
        await self._settle(outgoing, sent, refusal, self._take_back(outgoing, lane))

    async def _until_taken(
        self, outgoing: OutgoingMessage, lane: _Lane, telling: "list[asyncio.Task[None]]"
    ) -> tuple[Sent, str] | None:
        """Try until Slack has taken it, refuses it for good, or its end has come: what came of it and the error.
        ``None`` when nothing is to be noted: the workspace is gone, its row was taken back, or what waits says it as
        well."""
        tried, tries, end = Attempts(unsure=outgoing.unsure), 0, outgoing.end
        while True:
            await self._token_good.wait()
            if outgoing.team in self._stopped or (not tried.unsure and _folded(outgoing, lane)):
                return None
            if outgoing.about in self._gone:
                return Sent(), "check_deleted"
            if self._clock.time() > outgoing.until:
                return Sent(), "too_late"
            try:
                # What has waited may have been taken back meanwhile.
                if self._clock.time() > outgoing.at + _FRESH_SECONDS and not await self._stands(outgoing):
                    return None
                return await self._sender.send(outgoing, tried, lane.cards.get(outgoing.session, outgoing.card_ts)), ""
            except NotThere:
                continue
            except TokenRefused as refused:
                self._token_refused(str(refused))
                continue
            except Refused as refused:
                return Sent(), refused.code
            except InDoubt:
                return Sent(), IN_DOUBT
            except NotYet as error:
                why, asked_for = str(error), error.wait
            tries += 1
            wait = end.waits[min(tries, len(end.waits)) - 1] * (0.5 + random.random())  # noqa: S311 - no secret
            wait = max(wait, asked_for)
            if (end.tries and tries >= end.tries) or self._clock.time() + wait > outgoing.until:
                log.info("Slack did not take %s (%s); it is given up", outgoing.method, why)
                return Sent(), "too_late"
            log.info("Slack did not take %s (%s); again in %.1f s", outgoing.method, why, wait)
            if not telling and self._slow:
                telling.append(self._aside(self._tell(lane)))
            await self._clock.sleep(wait)

    def _token_refused(self, code: str) -> None:
        if not self._refusal:
            log.error("Slack refuses the bot token (%s): nothing is sent until it takes it again", code)
            self._refusal = code
            self._token_good.clear()
            self._aside(self._until_token_good())

    async def _until_token_good(self) -> None:
        """Ask now and then whether Slack takes the token again; then all goes on by itself."""
        for n in range(1_000_000):
            await self._clock.sleep(_TOKEN_SECONDS[min(n, len(_TOKEN_SECONDS) - 1)])
            with suppress(NotYet, Refused, TokenRefused):
                await self._sender.call("auth.test", {})
                break
        log.info("Slack takes the bot token again: sending goes on")
        self._refusal = ""
        self._token_good.set()

    # ---- what somebody waits for takes long

    async def _tell(self, lane: _Lane) -> None:
        """Tell everybody who waits in a lane for more than a minute that Slack is slow, where they wait."""
        while True:
            waiting = [one for one in _people_wait_for(lane) if one.person not in lane.told]
            now = self._clock.time()
            for outgoing in waiting:
                if now >= outgoing.at + TOLD_SECONDS and outgoing.person not in lane.told:
                    lane.told[outgoing.person] = ("", "")
                    self._aside(self._tell_one(outgoing, lane))
            soonest = min((one.at + TOLD_SECONDS for one in waiting), default=now)
            await self._clock.sleep(soonest - now if soonest > now else _LOOK_AGAIN_SECONDS)

    async def _tell_one(self, outgoing: OutgoingMessage, lane: _Lane) -> None:
        args = {name: outgoing.args[name] for name in ("channel", "thread_ts") if name in outgoing.args}
        try:
            if not str(args.get("channel")).startswith("D"):
                opened = await self._sender.call("conversations.open", {"users": outgoing.person})
                args = {"channel": opened["channel"]["id"]}
            try:
                posted = await self._sender.call("chat.postMessage", args | {"text": self._slow})
            except NotYet as not_yet:
                if not_yet.maybe:
                    return  # they may have read it; better than twice
                # It may be just this method that is limited. This note vanishes by itself.
                await self._sender.call("chat.postEphemeral", args | {"text": self._slow, "user": outgoing.person})
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
                await self._sender.call("chat.delete", {"channel": where[0], "ts": where[1]})

    def _take_back(self, outgoing: OutgoingMessage, lane: _Lane) -> list[OutgoingMessage]:
        """What was waited for is there: nobody needs to read any more that Slack is slow."""
        channel, ts = lane.told.pop(outgoing.person, ("", ""))
        args, beside = {"channel": channel, "ts": ts}, f"{DECORATION}{outgoing.lane}"
        return [OutgoingMessage("chat.delete", args, beside, person=outgoing.person, team=outgoing.team)] if ts else []

    # ---- what came of it

    async def _settle(self, outgoing: OutgoingMessage, sent: Sent, error: str, beside: list[OutgoingMessage]) -> None:
        """Forget what was said, in one transaction with what its outcome leads to and what is to be done beside it."""

        def forget(conn: Connection) -> list[OutgoingMessage]:
            now, more = self._clock.time(), list[OutgoingMessage]()
            # First: what hears of it sees what is left.
            if error == IN_DOUBT and outgoing.asked:
                queue.asked_about(conn, outgoing.id)
            else:
                queue.over(conn, (outgoing.id, *outgoing.instead_of))
            with set_aside(conn) as fell:
                if sent.place:
                    # Of a check that was handed over meanwhile the card stands in the DM of who had it.
                    card_stands(conn, outgoing.session, outgoing.team, outgoing.lane, sent.place)
                if outgoing.on_result:
                    more = self._after(conn, outgoing, Outcome(sent.answer, error))
                more = [queue.write(conn, one, now) for one in [*more, *sent.beside, *beside]]
            for fault in fell:
                queue.could_not_be_noted(outgoing.id, fault)
                more = []
            return more

        while True:
            try:
                await self._written(self._store.hand_in(forget, self.push, no_hurry=True))
            except Unwritten as fault:
                log.warning("what was said could not be noted (%s); trying again", fault)
                await self._clock.sleep(1)
            except Closed:
                return  # looked for at the next start
            else:
                return

    async def _mark(self, outgoing: OutgoingMessage) -> None:
        """Note in its row that it may be there from now on, before it is posted."""
        await self._row(lambda conn: queue.tried(conn, outgoing.id))

    async def _stands(self, outgoing: OutgoingMessage) -> bool:
        """Whether its row is still there: a question to the model that was taken back is not asked."""
        return bool(await self._row(lambda conn: queue.stands(conn, outgoing.id)))

    async def _refusing(self, outgoing: OutgoingMessage) -> None:
        """Note that a workspace refuses new blocks. The message is said: where this fails, the next one finds out."""
        with suppress(NotYet, Closed):
            await self._row(lambda conn: refusals.refused(conn, outgoing.enterprise, outgoing.team, self._clock.time()))

    async def _row(self, work: Callable[[Connection], Any]) -> Any:
        """Something with a row; a file that is locked for the moment is a reason to try again."""
        try:
            return await self._written(self._store.hand_in(work))
        except Unwritten as error:
            raise NotYet(str(error)) from None


def _folded(outgoing: OutgoingMessage, lane: _Lane) -> bool:
    """Whether a newer card of the same check waits behind this one: then that one says both. It stands below what it
    replaces if either would, and cuts the card above down to the lines of both."""
    if outgoing.method != "card":
        return False
    for place, newer in enumerate(lane.waiting):
        if newer.method == "card" and newer.session == outgoing.session:
            lines = dict.fromkeys(line for line in (outgoing.collapse, newer.collapse) if line)
            lane.waiting[place] = replace(
                newer,
                below=outgoing.below or newer.below,
                collapse="\n".join(lines),
                card_ts=newer.card_ts or outgoing.card_ts,
                on_result=newer.on_result or outgoing.on_result,
                instead_of=(*outgoing.instead_of, outgoing.id, *newer.instead_of),
                unsure=newer.unsure,
            )
            return True
    return False


def _people_wait_for(lane: _Lane) -> list[OutgoingMessage]:
    """What is said or waits in a lane and has somebody who waits for it; a reminder surprises."""
    said = [lane.now] if lane.now else []
    return [one for one in (*said, *lane.waiting) if one.end.waited_for and one.person and not one.due]


def _nothing_after(_conn: Connection, _outgoing: OutgoingMessage, _outcome: Outcome) -> list[OutgoingMessage]:
    return []

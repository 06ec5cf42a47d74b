"""What is still to be said to Slack, and the one asyncio thread that says it.

Rows are written in the turn's transaction and deleted once Slack has taken them; after a crash they are read again.
A lane (a channel or a person) is said in order, each row until the end that ``bot.messages.ENDS`` gives it.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bot.delivery import priority
from bot.delivery.clock import Clock
from bot.delivery.lane import Lane
from bot.delivery.muted import Muted
from bot.delivery.sending import Attempts, InDoubt, NotThere, NotYet, Refused, Sender, Sent, TokenRefused
from bot.delivery.slow import Slow, taken_back
from bot.delivery.telemetry import Metrics
from bot.delivery.workspaces import Workspaces
from bot.messages import DECORATION, IN_DOUBT, Outcome, OutgoingMessage, frames, stamp, unix
from bot.store import installations, lanes, queue, refusals
from bot.store.checks import card_stands
from bot.store.database import Closed, Connection, Store, Unwritten, set_aside
from bot.store.workspaces import Installed

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.answering.client import ModelClient

log = logging.getLogger(__name__)

MAX_WAITING = 5_000
_CLOSING_SECONDS = 5.0
_HOUR = 3600.0
_FRESH_SECONDS = 1.0
_DRAWN_AFTER_SECONDS = 0.005
"""Drawing a report takes some six milliseconds, in which nobody else thinks: what it answers is acknowledged first."""
_DRAWN_WITHIN_SECONDS = 1.0
"""So long a card, or what nobody waits for, gives way to acknowledgements; a newer card that comes says both."""
_WATCH_SECONDS = 5.0
"""So often a process looks for lanes that another has left; a sixth of how long one is held (bot/store/lanes.py)."""
_UNDER_WAY_SECONDS = 3.0
"""So long what a dead process had sent may be on its way: looked for sooner it would be said twice, or a card that is
late stand in the place of a newer one."""

After = Callable[[Connection, OutgoingMessage, Outcome], list[OutgoingMessage]]


class Outbox:
    """Says what was committed. ``push`` may be called from any thread. ``slow`` are the words for whoever waits for
    more than a minute, ``workspaces`` whom anything is said to, and with which token. ``picture`` gives a message from
    the table what it is drawn by."""

    def __init__(
        self,
        store: Store,
        client: "AsyncWebClient",
        clock: Clock,
        *,
        model: "ModelClient | None" = None,
        slow: str = "",
        metrics: Metrics | None = None,
        workspaces: Workspaces | None = None,
    ) -> None:
        self._store, self._client, self._clock, self._model = store, client, clock, model
        self._sender = Sender(client, clock, model, self._mark, self._stands, self._refusing, metrics or Metrics())
        self.picture: Callable[[Connection, OutgoingMessage], OutgoingMessage] = _as_it_is
        self._after: After = _nothing_after
        self._hourly: Callable[[], None]
        self._workspaces = workspaces or Workspaces()
        self._muted = Muted(self._sender, self._workspaces, clock)
        self._slow = Slow(slow, self._sender, self._workspaces, clock, self._aside) if slow else None
        self._gone: set[str] = set()
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._beside: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []
        self._to_acknowledge = 0
        self._pause: asyncio.Task[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self, after: After, hourly: Callable[[], None]) -> None:
        """Start saying, first what an earlier process left unsaid; ``after`` is the turn that hears outcomes. That a
        workspace has a good token means that it has the bot, whatever it said before."""
        self._after, self._hourly = after, hourly
        self._thread.start()
        self.begin_for(self._workspaces.all)

    def begin_for(self, installed: list[Installed]) -> None:
        """These have the bot (again): what was left unsaid is said."""
        self.try_again(installed)

        def begin(conn: Connection) -> list[OutgoingMessage]:
            teams = {one.team for one in installed if one.team}
            if any(not one.team for one in installed):
                waits = {team: self._workspaces.of(team, enterprise) for enterprise, team in queue.whose(conn)}
                teams |= {team for team, one in waits.items() if one in installed}
            found = list[OutgoingMessage]()
            for team in sorted(teams):
                installations.back(conn, team)
                self._sender.refused[team] = refusals.last(conn, team)
                if not self._store.shared:  # there a lane is taken first: another process may be saying it
                    found += queue.left_over(conn, team, self._clock.time())
            return [self.picture(conn, one) for one in found]

        self._store.turn(begin, self._push_again)

    def try_again(self, installed: list[Installed]) -> None:
        """These have a new token: what waits for Slack to take the old one waits no longer."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._muted.lift, [one.key for one in installed])

    def forget(self, checks: list[str]) -> None:
        """Say nothing more about checks that were deleted: not what waits, nor what Slack has made us repeat."""
        self._gone |= set(checks)

    def stop_team(self, team: str) -> None:
        """Say nothing more to a workspace that let go of the bot; its rows stay."""
        self._workspaces.let_go(team)

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
        one = self._workspaces.of(team)
        if one is None:
            return ("removed",)
        why = self._muted.why(one)
        return ("token_refused", why) if why else ()

    def fault(self, team: str = "") -> str | None:
        """The same of the one workspace there is, or why nothing can be said for now."""
        match self.cut_off(team) if team else ():
            case "token_refused", refusal:
                return f"Slack refuses the bot token ({refusal})"
            case ("removed",):
                return "the workspace has removed the bot"
        return "too much waits to be said to Slack" if self.full else None

    @property
    def muted(self) -> int:
        """How many tokens Slack refuses just now."""
        return len(self._muted)

    def oldest_seconds(self, patience: float) -> float | None:
        """How long the oldest thing that somebody waits for has waited; ``None`` when the loop does not turn within
        ``patience``."""

        async def look() -> float:
            waited = [outgoing.at for lane in self._lanes.values() for outgoing in lane.waited_for()]
            return max(0.0, self._clock.time() - min(waited, default=self._clock.time()))

        asking = look()
        try:
            return asyncio.run_coroutine_threadsafe(asking, self._loop).result(patience)
        except (TimeoutError, RuntimeError):
            asking.close()
            return None

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """While somebody waits inside, cards and decoration give way: an acknowledgement has three seconds to come."""
        with self._lock:
            self._to_acknowledge += 1
        try:
            yield
        finally:
            with self._lock:
                self._to_acknowledge -= 1

    def push(self, to_send: list[OutgoingMessage]) -> None:
        """Say these, in order, after their commit."""
        if not to_send:
            return
        now = stamp(self._clock.time())
        due = [outgoing for outgoing in to_send if outgoing.due <= now]
        later = [outgoing for outgoing in to_send if outgoing.due > now]
        if self._store.shared:
            self._soon(lambda: self._wake_for(due, later))
            return
        with self._lock:
            self._waiting += len(due)
        self._soon(lambda: self._enqueue(due, later))

    def _push_again(self, to_send: list[OutgoingMessage]) -> None:
        """Say these, but for what waits already: a workspace may have had the bot again before all of it was let go."""
        waiting = {one.id for lane in list(self._lanes.values()) for one in (lane.now, *list(lane.waiting)) if one}
        self.push([outgoing for outgoing in to_send if outgoing.id not in waiting])

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
        priority.give_way()
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
            watches = [self._loop.create_task(self._each_hour())]
            if self._store.shared:
                watches.append(self._loop.create_task(self._watch()))
            await self._stop.wait()
            watches[0].cancel()
            if self._model:
                await self._model.close()  # first: nobody waits for words at a stop
            try:
                async with asyncio.timeout(_CLOSING_SECONDS):
                    while tasks := self._tasks():
                        await asyncio.wait(tasks)
            except TimeoutError:
                log.info("%d rows stay unsaid until the next start", self._waiting)
            left = [*watches, *self._beside, *self._tasks()]
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
            name = (outgoing.team, outgoing.lane)
            lane = self._lanes.setdefault(name, Lane())
            lane.waiting.append(outgoing)
            if lane.task is None:
                lane.task = self._loop.create_task(self._drain(name, lane))

    async def _later(self, outgoing: OutgoingMessage) -> None:
        """Wake up when it is due (an hour at most at a time: clocks move), and say it if its row still stands."""
        await self._clock.sleep(min(_HOUR, max(0.1, unix(outgoing.due) - self._clock.time())))

        def stands(conn: Connection) -> list[OutgoingMessage]:
            return [outgoing] if queue.stands(conn, outgoing.id) else []

        with suppress(Closed):
            self._store.hand_in(stands, self.push)

    async def _drain(self, name: tuple[str, str], lane: Lane) -> None:
        await self._say_all(lane)
        # Nothing waits between the look at the empty lane and this: a message that comes now makes a new one.
        self._lanes.pop(name, None)

    async def _say_all(self, lane: Lane) -> None:
        while lane.waiting:
            lane.now = lane.waiting.popleft()
            try:
                await self._say(lane.now, lane)
            finally:
                lane.now = None
                with self._lock:
                    self._waiting -= 1

    # ---- where several processes say things

    def _wake_for(self, due: list[OutgoingMessage], later: list[OutgoingMessage]) -> None:
        self._wake({(one.team, one.lane) for one in due})
        for outgoing in later:
            self._aside(self._wake_when_due(outgoing))

    async def _wake_when_due(self, outgoing: OutgoingMessage) -> None:
        """Sooner than the watch would find it, where that is soon."""
        seconds = unix(outgoing.due) - self._clock.time()
        if seconds < _HOUR:
            await self._clock.sleep(max(0.1, seconds))
            self._wake({(outgoing.team, outgoing.lane)})

    def _wake(self, names: set[tuple[str, str]]) -> None:
        for name in names:
            lane = self._lanes.setdefault(name, Lane())
            lane.again = True
            if lane.task is None:
                lane.task = self._loop.create_task(self._share(name, lane))

    async def _share(self, name: tuple[str, str], lane: Lane) -> None:
        """Say what waits in a lane, if nobody else does, and let go of it when nothing does."""
        a_dead_ones = False

        def take(conn: Connection) -> list[OutgoingMessage]:
            nonlocal a_dead_ones
            has_it = self._workspaces.of(name[0])
            if not has_it:  # of a workspace that only another process has heard the organisation stands in what waits
                has_it = self._workspaces.of(name[0], queue.organisation(conn, name[0]))
            says = has_it is not None and not self._muted.why(has_it)  # else one with another token may
            taken = says and lanes.take(conn, *name, self._store.holder)
            if taken is False:
                return []
            a_dead_ones = taken is None
            found = queue.of_lane(conn, *name, self._clock.time(), inherited=a_dead_ones)
            if not found:
                lanes.let_go(conn, *name, self._store.holder)
            return [self.picture(conn, one) for one in found]

        try:
            while lane.again:
                lane.again = False
                # Nobody tells of what another process has put there: it looks until there is nothing.
                while found := await self._row(take):
                    with self._lock:
                        self._waiting += len(found)
                    lane.waiting.extend(found)
                    if a_dead_ones:
                        await asyncio.sleep(_UNDER_WAY_SECONDS)
                    await self._say_all(lane)
        except (NotYet, Closed):
            pass  # looked at again in a few seconds
        finally:
            with self._lock:
                self._waiting -= len(lane.waiting)
            self._lanes.pop(name, None)

    async def _watch(self) -> None:
        """Hold on to the lanes, take those that a dead process has left and what has become due, give up those that
        somebody else has taken: this process was away for too long."""
        while True:
            with suppress(NotYet, Closed):
                await asyncio.to_thread(self._store.live)
                mine = await self._row(self._hold_on)
                for name in self._lanes.keys() - mine:
                    if (lane := self._lanes[name]).waiting and lane.task:
                        lane.task.cancel()
                await self._row(lanes.sweep)
                free = await self._row(lambda conn: lanes.nobodys(conn, stamp(self._clock.time())))
                self._wake(free | (mine - self._lanes.keys()))  # the latter: held, and the look for more failed
            await asyncio.sleep(_WATCH_SECONDS)

    def _hold_on(self, conn: Connection) -> set[tuple[str, str]]:
        """The lanes that are this process's. Where Slack refuses the token it knows, another may have a new one."""
        for team, lane in list(self._lanes):
            if "token_refused" in self.cut_off(team):
                lanes.let_go(conn, team, lane, self._store.holder)
        return lanes.renew(conn, self._store.holder)

    async def _say(self, outgoing: OutgoingMessage, lane: Lane) -> None:
        telling: list[asyncio.Task[None]] = []
        if outgoing.draw or outgoing.lane.startswith(DECORATION):
            await self._nobody_waits()
        try:
            taken = await self._until_taken(outgoing, lane, telling)
        except Closed:
            return  # closed meanwhile: it stays for the next start
        except Exception as error:  # noqa: BLE001 - one message must not stop its lane
            what = (outgoing.method, outgoing.id, type(error).__name__, frames(error))
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
        await self._settle(outgoing, sent, refusal, taken_back(outgoing, lane))

    async def _nobody_waits(self) -> None:
        """A moment later, or once what came meanwhile is acknowledged."""
        until = self._loop.time() + _DRAWN_WITHIN_SECONDS
        while True:
            # All lanes look together: hundreds that each looked for themselves would be all that is done.
            self._pause = self._pause or self._aside(self._moment())
            await asyncio.shield(self._pause)
            if not self._to_acknowledge or self._loop.time() >= until:
                return

    async def _moment(self) -> None:
        await asyncio.sleep(_DRAWN_AFTER_SECONDS)
        self._pause = None

    async def _until_taken(
        self, outgoing: OutgoingMessage, lane: Lane, telling: "list[asyncio.Task[None]]"
    ) -> tuple[Sent, str] | None:
        """Try until Slack has taken it, refuses it for good, or its end has come: what came of it and the error.
        ``None`` when nothing is to be noted: the workspace is gone, its row was taken back, or what waits says it as
        well."""
        tried, tries, end = Attempts(unsure=outgoing.unsure), 0, outgoing.end
        while True:
            whose = self._workspaces.of(outgoing.team, outgoing.enterprise)
            if whose and self._muted.why(whose):
                await self._muted.over(whose)
                continue
            if whose is None or (not tried.unsure and lane.folds(outgoing)):
                return None
            tried.token = whose.token
            if outgoing.about in self._gone:
                return Sent(), "check_deleted"
            if self._clock.time() > outgoing.until:
                return Sent(), "too_late"
            try:
                # What has waited may have been taken back meanwhile.
                old = self._store.shared or self._clock.time() > outgoing.at + _FRESH_SECONDS
                if old and not await self._stands(outgoing):
                    return None
                outgoing = outgoing.drawn()
                return await self._sender.send(outgoing, tried, lane.cards.get(outgoing.session, outgoing.card_ts)), ""
            except NotThere:
                continue
            except TokenRefused as refused:
                if self._muted.refused(whose, str(refused)):
                    self._aside(self._muted.until_good(whose.key))
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
                telling.append(self._aside(self._slow.tell(lane)))
            await self._clock.sleep(wait)

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
            if sent.place:
                # Of a check that was handed over meanwhile the card stands in the DM of who had it.
                new = sent.place["thread"] != outgoing.args.get("thread_ts")
                card_stands(conn, outgoing.session, outgoing.team, outgoing.lane, sent.place, new_thread=new)
            if not (outgoing.on_result or sent.beside or beside):
                return more
            with set_aside(conn) as fell:
                if outgoing.on_result:
                    more = self._after(conn, outgoing, Outcome(sent.answer, error))
                more = [queue.write(conn, one, now) for one in [*more, *sent.beside, *beside]]
            for fault in fell:
                queue.could_not_be_noted(outgoing.id, fault)
                more = []
            return more

        while True:
            try:
                whose = f"{outgoing.team}:{outgoing.person}" if outgoing.person else ""
                await self._written(self._store.hand_in(forget, self.push, whose=whose, no_hurry=True))
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
        its = (outgoing.team, outgoing.lane, self._store.holder)
        stands = lambda conn: queue.stands(conn, outgoing.id) and (not self._store.shared or lanes.is_its(conn, *its))  # noqa: E731
        return bool(await self._row(stands))

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


def _as_it_is(_conn: Connection, outgoing: OutgoingMessage) -> OutgoingMessage:
    return outgoing


def _nothing_after(_conn: Connection, _outgoing: OutgoingMessage, _outcome: Outcome) -> list[OutgoingMessage]:
    return []

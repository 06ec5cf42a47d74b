"""One turn: one write transaction around what is done with what was heard; the ack comes after its commit."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from threading import local
from time import monotonic, perf_counter
from typing import Any

from bot.delivery.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.telemetry import TURNS, Metrics, request_id
from bot.messages import Outcome, OutgoingMessage, Request, stamp
from bot.store import deliveries, retention
from bot.store.checks import Damaged
from bot.store.database import Connection, Late, Result, Store
from bot.store.queue import write
from bot.store.retention import DAY_SECONDS

log = logging.getLogger(__name__)


PATIENCE_SECONDS = 2.0
"""What Slack sent is begun within so long, or refused: Slack waits for three, and repeats an event itself."""
RETRY_SECONDS = 5
"""So soon it may come again."""
_UNTIL: ContextVar[float] = ContextVar("until", default=inf)


@contextmanager
def waited(seconds: float) -> Iterator[None]:
    """What is done inside is for a delivery that has waited so long already. (Bolt stands between who knows that and
    the turn, and hands on nothing but the payload.)"""
    token = _UNTIL.set(monotonic() + PATIENCE_SECONDS - seconds)
    try:
        yield
    finally:
        _UNTIL.reset(token)


Handler = Callable[[Connection, OutgoingMessage, Any, Outcome], list[OutgoingMessage]]
"""The turn that hears what Slack made of a message: what the message carries for it is of the kind it is listed for."""


class Busy(Exception):
    """So much waits to be said that a new turn would only wait too."""


def note_damage(damaged: Damaged) -> None:
    """Whoever runs the bot reads of it; whoever turned to the check is told by whoever calls this."""
    log.error("check %s can't be read (%s): it is set aside", damaged.check_id, damaged)


class Turns:
    """Runs turns, and what others have told it that a turn leads to.

    ``result_handlers`` are the turns that hear what Slack made of a message, by the kind of what it carries;
    ``changed`` follows on a changed check, ``decided`` on a new decision, ``afterwards`` on every turn, ``each_hour``
    on the look for what is old.
    ``damaged`` tells somebody that their check can't be read, where processes share it perhaps only by this one.
    """

    def __init__(
        self, store: Store, outbox: Outbox, *, keep_days: int = 365, clock: Clock, metrics: Metrics | None = None
    ) -> None:
        self._store, self._outbox, self.metrics = store, outbox, metrics or Metrics()
        self.result_handlers: dict[str, Handler] = {}
        self.changed: list[Callable[[Connection, Request], list[OutgoingMessage]]] = []
        self.decided: list[Callable[[Connection, Request], list[OutgoingMessage]]] = []
        self.each_hour: list[Callable[[Connection], list[OutgoingMessage]]] = []
        self._this = local()  # of the turn that this thread runs
        self.damaged: Callable[[Request, bool], OutgoingMessage]
        self.afterwards: list[Callable[[Connection, Request], list[OutgoingMessage]]] = []
        self._keep_days, self._clock, self._swept = keep_days, clock, ""

    def take(self, request: Request, work: Callable[[Connection], list[OutgoingMessage]]) -> None:
        """Run ``work`` once for this delivery in a write transaction, and say what it returns after the commit.

        Raises:
            Busy: too much waits to be said. Late: it has waited too long. StoreError: nothing was written.
        """
        begun, result = perf_counter(), "failed"
        try:
            if self._outbox.full:
                result = "busy"
                raise Busy("what is to be said to Slack has piled up; try again in a moment")
            result = self._take(request, work)
        except Late:
            result = "late"
            raise
        finally:
            if result in ("busy", "late"):
                self.metrics.refused({"busy": "outbox", "late": "writer"}[result])
            seconds = perf_counter() - begun
            self.metrics.count("turns", result)
            self.metrics.took("turn_seconds", seconds)
            if TURNS.isEnabledFor(logging.INFO):
                what = {"request": request_id(request.team, request.key), "team": request.team, "result": result}
                TURNS.info("turn", extra=what | {"turn_ms": round(seconds * 1000, 1)})

    def _take(self, request: Request, work: Callable[[Connection], list[OutgoingMessage]]) -> str:
        """How it ended, where it was written."""

        def once(conn: Connection) -> list[OutgoingMessage]:
            now, self._this.silenced = self.now(), []
            if now[:13] != self._swept:
                self._sweep(conn, now)
            if not self.first(conn, request.team, request.key):
                return []
            to_send = work(conn)
            told = {request.user, *(outgoing.to for outgoing in to_send if outgoing.to)}
            to_send += [last for user in sorted(told) for last in self._afterwards(conn, request._replace(user=user))]
            return [self.write(conn, outgoing) for outgoing in to_send]

        def said(conn: Connection) -> tuple[list[OutgoingMessage], list[str]]:
            return once(conn), self._this.silenced

        def after_commit(done: tuple[list[OutgoingMessage], list[str]]) -> None:
            self._outbox.forget(done[1])
            self._outbox.push(done[0])

        try:
            with self._outbox.acknowledging():
                self._store.turn(said, after_commit, whose=f"{request.team}:{request.user}", until=_UNTIL.get())
        except Damaged as damaged:
            self._set_aside(damaged, request)
            return "damaged"
        return "written"

    def _set_aside(self, damaged: Damaged, request: Request) -> None:
        """A check can't be read: it stays as it is, for a backup to mend, and whoever turned to it is told."""
        note_damage(damaged)
        self._store.turn(lambda conn: [self.write(conn, self.damaged(request, self._store.shared))], self._outbox.push)

    @property
    def shared(self) -> bool:
        """Whether other processes, perhaps of another release, write what is kept."""
        return self._store.shared

    def first(self, conn: Connection, team: str, key: str) -> bool:
        """Whether this is the first time, within a day; from now on it is not."""
        return deliveries.first(conn, f"{team}:{key}", self.now())

    def undo_first(self, conn: Connection, team: str, key: str) -> None:
        """What was the first time did not come to anything: the next one is."""
        deliveries.forget(conn, f"{team}:{key}")

    def _sweep(self, conn: Connection, now: str) -> None:
        """Once an hour: what is too old goes."""
        gone = retention.sweep(conn, self._clock.time(), self._keep_days)
        if gone:
            self.scrub(conn)
            log.info("deleted %d checks that nobody had touched for %d days", gone, self._keep_days)
        self._swept = now[:13]

    def sweep(self) -> None:
        """Forget what is old though nobody says anything; may be done as often as one likes."""

        def look(conn: Connection) -> list[OutgoingMessage]:
            self._sweep(conn, self.now())
            return [self.write(conn, outgoing) for look in self.each_hour for outgoing in look(conn)]

        self._store.hand_in(look, self._outbox.push)

    def say_no_more(self, checks: list[str]) -> None:
        """Keep what still waits about these checks from being said, once this turn is committed."""
        self._this.silenced += checks

    def scrub(self, conn: Connection) -> None:
        """What this turn deletes leaves no trace in the file, soon after it."""
        self._store.scrub(conn)

    def _afterwards(self, conn: Connection, request: Request) -> list[OutgoingMessage]:
        return [outgoing for follows in self.afterwards for outgoing in follows(conn, request)]

    def now(self) -> str:
        """The time as rows carry it."""
        return stamp(self._clock.time())

    def later(self, days: float) -> str:
        """So many days from now, as rows carry it."""
        return stamp(self._clock.time() + days * DAY_SECONDS)

    def write(self, conn: Connection, outgoing: OutgoingMessage) -> OutgoingMessage:
        """Put a message into the outbox before the turn is over: what is drawn in the same turn shows it."""
        return write(conn, outgoing, self._clock.time())

    def reading(self, work: Callable[[Connection], Result], request: Request | None = None) -> Result:
        """Read something outside a turn, for whoever asks.

        Raises:
            Damaged: it can't be read, and they were told.
        """
        try:
            return self._store.turn(work)
        except Damaged as damaged:
            if request:
                self._set_aside(damaged, request)
            raise

    def after(self, conn: Connection, outgoing: OutgoingMessage, outcome: Outcome) -> list[OutgoingMessage]:
        """The turn that hears what Slack made of a message."""
        told = outgoing.on_result
        hears = told and self.result_handlers.get(told.kind)  # none: of a start with a model, and this one has none
        more = hears(conn, outgoing, told, outcome) if hears else []
        return [*more, *(self._afterwards(conn, Request.of(outgoing)) if told and told.user else ())]

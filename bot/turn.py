"""One turn: one write transaction around what is done with what was heard; the ack comes after its commit."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.heard import Heard
from bot.outbox import After, Outbox, Outcome, Saying, stamp, write
from bot.store import Result, Store

DAY_SECONDS = 86_400


class Busy(Exception):
    """So much waits to be said that a new turn would only wait too."""


class Turns:
    """Runs turns, and what others have told it that a turn leads to.

    ``outcomes`` are the turns that hear what Slack made of a saying, by the name it carries in ``after``; ``changed``
    follows on a changed check, ``afterwards`` on every turn.
    """

    def __init__(
        self, store: Store, outbox: Outbox, *, keep_days: int = 365, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._outbox = store, outbox
        self.outcomes: dict[str, After] = {}
        self.changed: list[Callable[[sqlite3.Connection, Heard], list[Saying]]] = []
        self.afterwards: list[Callable[[sqlite3.Connection, Heard], list[Saying]]] = []
        self._keep_days, self._clock, self._swept = keep_days, clock, ""

    def take(self, heard: Heard, work: Callable[[sqlite3.Connection], list[Saying]]) -> None:
        """Run ``work`` once for this delivery in a write transaction, and say what it returns after the commit.

        Raises:
            Busy: too much waits to be said. sqlite3.Error, StoreError: nothing was written.
        """
        if self._outbox.full:
            raise Busy("what is to be said to Slack has piled up; try again in a moment")

        def once(conn: sqlite3.Connection) -> list[Saying]:
            now = self.now()
            if now[:13] != self._swept:
                self._sweep(conn, now)
            if not self.first(conn, heard.team, heard.key):
                return []
            sayings = work(conn)
            told = {heard.user, *(saying.to for saying in sayings if saying.to)}
            sayings += [last for user in sorted(told) for last in self._afterwards(conn, replace(heard, user=user))]
            return [write(conn, saying, now) for saying in sayings]

        self._store.turn(once, self._outbox.push)

    def first(self, conn: sqlite3.Connection, team: str, key: str) -> bool:
        """Whether this is the first time, within a day; from now on it is not."""
        row = (f"{team}:{key}", self.now())
        return bool(conn.execute("INSERT OR IGNORE INTO seen (key, at) VALUES (?, ?)", row).rowcount)

    def undo_first(self, conn: sqlite3.Connection, team: str, key: str) -> None:
        """What was the first time did not come to anything: the next one is."""
        conn.execute("DELETE FROM seen WHERE key=?", (f"{team}:{key}",))

    def _sweep(self, conn: sqlite3.Connection, now: str) -> None:
        """Once an hour: checks nobody has touched for as long as they are kept, and the keys of deliveries older
        than a day, of which Slack repeats none."""
        kept = (("seen", "at", 1), ("calls", "day", 2), ("sessions", "changed_at", self._keep_days))
        for table, column, days in kept:
            before = stamp(lambda days=days: self._clock() - days * DAY_SECONDS)  # type: ignore[misc]
            gone = conn.execute(f"DELETE FROM {table} WHERE {column} < ?", (before,)).rowcount  # noqa: S608 - ours
            if gone and table == "sessions":
                self.scrub(conn)
        self._swept = now[:13]

    def sweep(self) -> None:
        """Forget what is old though nobody says anything; may be done as often as one likes."""
        self._store.hand_in(lambda conn: self._sweep(conn, self.now()))

    def say_no_more(self, checks: list[str]) -> None:
        """Keep what still waits about these checks from being said."""
        self._outbox.forget(checks)

    def scrub(self, conn: sqlite3.Connection) -> None:
        """What this turn deletes leaves no trace in the file, soon after it."""
        self._store.scrub(conn)

    def _afterwards(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        return [saying for follows in self.afterwards for saying in follows(conn, heard)]

    def now(self) -> str:
        """The time as rows carry it."""
        return stamp(self._clock)

    def later(self, days: float) -> str:
        """So many days from now, as rows carry it."""
        return stamp(lambda: self._clock() + days * DAY_SECONDS)

    def until(self, seconds: float) -> float:
        """So many seconds from now, as ``Saying.until`` has it."""
        return self._clock() + seconds

    def look(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Read something outside a turn."""
        return self.reading(lambda conn: conn.execute(query, values).fetchall())

    def reading(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """The same for more than one look."""
        return self._store.turn(work)

    def after(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """The turn that hears what Slack made of a saying."""
        hears = self.outcomes.get(saying.after)  # none: of a start with a model, and this one has none
        more = hears(conn, saying, outcome) if hears else []
        heard = Heard("", saying.team, str(saying.context.get("user")), "", enterprise=saying.enterprise)
        return [*more, *self._afterwards(conn, heard)]

"""The same store on PostgreSQL, for as many processes as one likes: each turn is a transaction of its own.

What a single writer gives on SQLite, PostgreSQL has to be asked for. A person's turns keep their order by a lock that
is theirs; what else two turns do to one row is seen by REPEATABLE READ and run again, as a turn may be.

The lock is the session's and not the transaction's: a transaction sees the state of its first statement, and where
that is the wait for the lock, what it has waited for is not in it.
"""

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.store import lanes
from bot.store.database import Closed, Late, Result, StoreError, Unwritten, Work
from bot.store.database import Connection as Contract
from bot.store.dialect import AGAIN, Connection, Row, code, reason, rows, shown
from bot.store.layout import migrate

log = logging.getLogger(__name__)

CONNECTIONS = 8
"""So many a process has for turns; one more says that it lives."""
_PATIENCE = 2.0  # seconds for a connection, and for a lock, where whoever waits has no time of their own
_DOING = (
    0.8  # seconds: what was begun in time and is not done after so long is undone, since Slack then brings it again
)
_TRIES = 12
_FRESH = 5.0  # seconds a write that succeeded is proof enough


class Store:
    """Owns the connections. ``turn`` may be called from any thread; turns of one person (``whose``) run one after the
    other, on whatever machine.

    Raises:
        StoreError: it can't be reached, may not be written, or a newer release wrote it.
    """

    shared = True

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self.name = shown(url)
        self.holder = str(secrets.randbelow(2**31))
        """What this process is called where several share what is to be said (bot/store/lanes.py)."""
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            url, min_size=1, max_size=connections, timeout=_PATIENCE, open=False, configure=_configured,
            kwargs={"autocommit": True, "row_factory": rows, "application_name": "finetune-advisor"},
        )  # fmt: skip
        self._closed, self._written = False, 0.0
        self._connections: dict[int, Connection] = {}
        self._beside = ThreadPoolExecutor(max_workers=connections, thread_name_prefix="store")
        try:
            with psycopg.connect(url, autocommit=True, row_factory=rows, connect_timeout=10) as conn:
                migrate(conn, self.name)
            self._pool.open(wait=True, timeout=10)
            self._url, self._life = url, _alive(url, self.holder)
        except (psycopg.Error, PoolTimeout) as error:
            self._pool.close()
            raise StoreError(f"{self.name}: {reason(error)}") from None

    def turn(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
    ) -> Result:
        """As the contract has it. Turns that are nobody's run beside each other; ``Unwritten`` is raised as well when
        somebody else was always quicker, ``Late`` also when what was begun took too long and was undone."""
        if self._closed:
            raise Closed("the database is closed")
        try:
            with self._pool.connection(timeout=_left(until)) as raw, _in_order(raw, whose, until):
                _in_time(until)
                result = self._until_committed(raw, work, until)
                if then:
                    then(result)
                return result
        except (psycopg.Error, PoolTimeout) as error:
            if until < inf and isinstance(error, PoolTimeout | errors.LockNotAvailable):
                raise _late() from None
            raise Unwritten(code(error), passing=True) from error

    def hand_in(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
        no_hurry: bool = False,  # commits are shared on a file alone
    ) -> "Future[Result]":
        """The same without waiting."""
        if self._closed:
            raise Closed("the database is closed")
        try:
            return self._beside.submit(self.turn, work, then, whose=whose, until=until)
        except RuntimeError:
            raise Closed("the database is closed") from None

    def _until_committed(self, raw: "psycopg.Connection[Row]", work: Work[Result], until: float) -> Result:
        conn = self._connections.setdefault(id(raw), Connection(raw))
        if conn._conn is not raw:  # noqa: SLF001 - a new one in the place of one that was closed
            conn = self._connections[id(raw)] = Connection(raw)
        for tries in range(_TRIES):
            raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                result = work(conn)
                _in_time(until + _DOING)
                raw.execute("COMMIT")
            except BaseException as error:
                conn.seen.clear()
                if not raw.closed:
                    raw.execute("ROLLBACK")
                if not isinstance(error, AGAIN) or tries == _TRIES - 1:
                    raise
                time.sleep(random.uniform(0, 0.002 * 2 ** min(tries, 5)))  # noqa: S311 - no secret
            else:
                return result
        raise AssertionError("the last try returns or raises")

    def pulse(self, now: str, patience: float) -> None:
        """Write a byte, to see whether that is still possible; once in a few seconds is enough.

        Raises:
            StoreError: it can't be written, or does not answer within ``patience``.
        """
        if time.monotonic() < self._written + _FRESH:
            return
        write = "INSERT INTO pulse VALUES (1, :at) ON CONFLICT (one) DO UPDATE SET at=excluded.at"
        try:
            self.hand_in(lambda conn: conn.execute(write, {"at": now}).rowcount).result(patience)
        except TimeoutError:
            raise StoreError("PostgreSQL does not answer") from None
        except Unwritten as error:
            raise StoreError(f"PostgreSQL refuses it ({error})") from None
        self._written = time.monotonic()

    def live(self) -> None:
        """See that it is known to be alive: the connection that says so may have been cut off."""
        try:
            self._life.execute("SELECT 1")
        except psycopg.Error:
            with suppress(psycopg.Error):
                self._life = _alive(self._url, self.holder)

    def scrub(self, conn: Contract) -> None:
        """Called inside a turn that deletes. PostgreSQL keeps a deleted row until it is vacuumed, which it does by
        itself; backups and the write-ahead log are its operator's (docs/deploy.md)."""
        conn.seen.clear()

    def close(self) -> None:
        """Finish what was handed in, then let go of the connections."""
        self._beside.shutdown(wait=True)
        self._closed = True
        self._pool.close()
        with suppress(psycopg.Error):  # before the server notices that the connection is gone
            self._life.execute("SELECT pg_advisory_unlock_all()")
        self._life.close()


def _left(until: float) -> float:
    """So many seconds may still be waited."""
    return max(0.001, min(_PATIENCE, until - time.monotonic()))


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise _late()


def _late() -> Late:
    return Late("it waited too long and nothing of it is written; try again in a moment")


@contextmanager
def _in_order(raw: "psycopg.Connection[Row]", whose: str, until: float) -> Iterator[None]:
    """One turn of a person at a time, whatever machine it is on. A machine that dies lets go with its connection."""
    if not whose:
        yield
        return
    row = {"whose": whose, "left": f"{1000 * _left(until):.0f}ms", "all": f"{1000 * _PATIENCE:.0f}ms"}
    raw.execute(
        "SELECT set_config('lock_timeout', %(left)s, false), pg_advisory_lock(hashtextextended(%(whose)s, 0))", row
    )
    try:
        yield
    finally:
        if not raw.closed:
            raw.execute(
                "SELECT set_config('lock_timeout', %(all)s, false), pg_advisory_unlock(hashtextextended(%(whose)s, 0))",
                row,
            )


def _alive(url: str, holder: str) -> "psycopg.Connection[Any]":
    """A connection that is a process's life: the server lets go of its lock when the process dies."""
    life = psycopg.connect(url, autocommit=True, connect_timeout=10, keepalives_idle=5, keepalives_interval=2)
    _asked_after(life)
    life.execute(sql.SQL("SELECT pg_advisory_lock({}, {})").format(lanes.LIVES, int(holder)))
    return life


def _asked_after(raw: "psycopg.Connection[Any]") -> None:
    """What a machine held that vanished is free soon: the server asks after whoever is silent for ten seconds."""
    for name, value in (("idle", 10), ("interval", 5), ("count", 3)):
        raw.execute(sql.SQL("SET {} = {}").format(sql.Identifier(f"tcp_keepalives_{name}"), value))


def _configured(raw: "psycopg.Connection[Row]") -> None:
    raw.execute(sql.SQL("SET lock_timeout = {}").format(int(_PATIENCE * 1000)))
    raw.execute("SET idle_in_transaction_session_timeout = '30s'")
    raw.execute("SET jit = off")  # it takes a second of the server's to compile what takes a millisecond
    _asked_after(raw)

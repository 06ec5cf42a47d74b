"""The same store on PostgreSQL, for as many processes as one likes: each turn is a transaction of its own.

What a single writer gives on SQLite, PostgreSQL has to be asked for. A person's turns keep their order by a lock that
is theirs; what else two turns do to one row is seen by REPEATABLE READ and run again, as a turn may be.

The lock is the session's and not the transaction's: a transaction sees the state of its first statement, and where
that is the wait for the lock, what it has waited for is not in it.
"""

import logging
import random
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from math import inf
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.store import lanes
from bot.store.database import Closed, Late, Newer, Result, StoreError, Unwritten, Work
from bot.store.database import Connection as Contract
from bot.store.schema import MIGRATIONS

log = logging.getLogger(__name__)

_CONNECTIONS = 8
_PATIENCE = 2.0  # seconds for a connection, and for a lock: within the three that Slack waits
_TRIES = 12
_REMEMBERED = 128  # checks a connection; a long one takes some 100 KB
_FRESH = 5.0  # seconds a write that succeeded is proof enough
_MIGRATING = 7_306_524_911  # the key of the lock that a migration takes: any number, the same in every release
_AGAIN = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,  # a log entry that somebody else wrote first: what the turn read is old
    errors.ForeignKeyViolation,  # its check was deleted meanwhile
)


class Row(tuple[Any, ...]):
    """Cells by place or by name, as sqlite3.Row has them."""

    __slots__ = ()
    names: tuple[str, ...]

    def __getitem__(self, which: Any) -> Any:
        return super().__getitem__(self.names.index(which) if isinstance(which, str) else which)

    def keys(self) -> tuple[str, ...]:
        return self.names


def _rows(cursor: Any) -> Callable[[Iterable[Any]], Row]:
    return _kind(tuple(column.name for column in cursor.description or ()))


@cache
def _kind(names: tuple[str, ...]) -> type[Row]:
    return type("Row", (Row,), {"__slots__": (), "names": names})


class Connection:
    """What a turn reads and writes through; the same calls as the other engine's."""

    def __init__(self, conn: "psycopg.Connection[Row]") -> None:
        self._conn = conn
        self.seen: OrderedDict[str, Any] = OrderedDict()
        """What was read by id. Logs only grow, so that what somebody else wrote is the rest of it."""

    def execute(self, query: str, values: Mapping[str, Any] | None = None) -> "psycopg.Cursor[Row]":
        return self._conn.execute(translated(query), _as_kept(values or {}))

    def executemany(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        for values in rows:
            self.execute(query, values)

    def remember(self, key: str, value: Any) -> None:
        """Keep something that was read; of too many the one nobody asked for longest goes."""
        self.seen[key] = value
        self.seen.move_to_end(key)
        if len(self.seen) > _REMEMBERED:
            self.seen.popitem(last=False)

    @property
    def in_transaction(self) -> bool:
        return self._conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    @staticmethod
    def passing(error: BaseException) -> bool:
        """Whether it may go well when the turn is run again."""
        return isinstance(error, (psycopg.OperationalError, *_AGAIN))


_TOKENS = re.compile(r"'[^']*'|::|:([a-z_]\w*)|%")


@cache
def translated(query: str) -> str:
    """A query of ours, its parameters named as psycopg names them and bytes of a text asked for as PostgreSQL has
    them."""

    def one(found: "re.Match[str]") -> str:
        if found[1]:
            return f"%({found[1]})s"
        return found[0].replace("%", "%%")

    query = _TOKENS.sub(one, query)
    query = re.sub(r"AS '(\w+)'", r'AS "\1"', query)
    return re.sub(r"CAST\(([\w.\"]+) AS BLOB\)", r"convert_to(CAST(\1 AS TEXT), 'UTF8')", query)


def _as_kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}


class Store:
    """Owns the connections. ``turn`` may be called from any thread; turns of one person (``whose``) run one after the
    other, on whatever machine.

    Raises:
        StoreError: it can't be reached, may not be written, or a newer release wrote it.
    """

    shared = True

    def __init__(self, url: str, connections: int = _CONNECTIONS) -> None:
        self.name = shown(url)
        self.holder = str(secrets.randbelow(2**31))
        """What this process is called where several share what is to be said (bot/store/lanes.py)."""
        self._pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            url, min_size=1, max_size=connections, timeout=_PATIENCE, open=False, configure=_configured,
            kwargs={"autocommit": True, "row_factory": _rows, "application_name": "finetune-advisor"},
        )  # fmt: skip
        self._closed, self._written = False, 0.0
        self._connections: dict[int, Connection] = {}
        self._beside = ThreadPoolExecutor(max_workers=connections, thread_name_prefix="store")
        try:
            with psycopg.connect(url, autocommit=True, row_factory=_rows, connect_timeout=10) as conn:
                _migrate(conn, self.name)
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
        """Run ``work`` in a transaction and return its result once that is committed; ``then`` gets it before the next
        turn of the same person begins. ``work`` may be run again. It is begun ``until`` then (on the monotonic clock),
        or not at all.

        Raises:
            Closed: the store is closed. Late: it was not begun. Unwritten: the database failed,
                or somebody else was always quicker.
            whatever else ``work`` raises, with its writes undone.
        """
        if self._closed:
            raise Closed("the database is closed")
        try:
            with self._pool.connection(timeout=_PATIENCE) as raw, _in_order(raw, whose):
                if time.monotonic() > until:
                    raise Late("it waited too long and was not begun; try again in a moment")
                result = self._until_committed(raw, work)
                if then:
                    then(result)
                return result
        except (psycopg.Error, PoolTimeout) as error:
            raise Unwritten(_code(error), passing=True) from error

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

    def _until_committed(self, raw: "psycopg.Connection[Row]", work: Work[Result]) -> Result:
        conn = self._connections.setdefault(id(raw), Connection(raw))
        if conn._conn is not raw:  # noqa: SLF001 - a new one in the place of one that was closed
            conn = self._connections[id(raw)] = Connection(raw)
        for tries in range(_TRIES):
            raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                result = work(cast("Contract", conn))
                raw.execute("COMMIT")
            except BaseException as error:
                conn.seen.clear()
                if not raw.closed:
                    raw.execute("ROLLBACK")
                if not isinstance(error, _AGAIN) or tries == _TRIES - 1:
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
        self._life.close()


@contextmanager
def _in_order(raw: "psycopg.Connection[Row]", whose: str) -> Iterator[None]:
    """One turn of a person at a time, whatever machine it is on. A machine that dies lets go with its connection."""
    if not whose:
        yield
        return
    key = {"whose": whose}
    raw.execute("SELECT pg_advisory_lock(hashtextextended(%(whose)s, 0))", key)
    try:
        yield
    finally:
        if not raw.closed:
            raw.execute("SELECT pg_advisory_unlock(hashtextextended(%(whose)s, 0))", key)


def _alive(url: str, holder: str) -> "psycopg.Connection[Any]":
    """A connection that is a process's life: the server lets go of its lock when the process dies."""
    life = psycopg.connect(url, autocommit=True, connect_timeout=10, keepalives_idle=5, keepalives_interval=2)
    life.execute(sql.SQL("SELECT pg_advisory_lock({}, {})").format(lanes.LIVES, int(holder)))
    return life


def _configured(raw: "psycopg.Connection[Row]") -> None:
    raw.execute(sql.SQL("SET lock_timeout = {}").format(int(_PATIENCE * 1000)))
    raw.execute("SET idle_in_transaction_session_timeout = '30s'")


def shown(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return f"postgresql://{parts.hostname or 'localhost'}{f':{parts.port}' if parts.port else ''}{parts.path}"


def reason(error: Exception) -> str:
    """What is wrong with it, and the mend; nothing of an address or a row is in it."""
    said = str(error)  # a connection that fails has no code, only words
    return next((mend for words, mend in _MENDS.items() if re.search(words, said)), f"failed ({_code(error)}).")


_MENDS = {
    r'database ".*" does not exist': "there is no such database: create it, or mend the name in DATABASE_URL.",
    r'role ".*" does not exist|password|authentication': "it does not take the user or password of DATABASE_URL.",
    r"permission denied": "this user may not make or write its tables: GRANT CREATE, USAGE ON SCHEMA public to it.",
    r"connection|timeout|resolve|address": "can't be reached. Is it running, and is DATABASE_URL right?",
}


def _code(error: Exception) -> str:
    """The engine's code alone: its words can quote what was written."""
    return getattr(error, "sqlstate", None) or type(error).__name__


# ---- the layout


class _Layout:
    """The migrations' connection: what they say to SQLite is said as PostgreSQL has it."""

    def __init__(self, conn: "psycopg.Connection[Row]") -> None:
        self._conn = Connection(conn)

    def execute(self, query: str, values: Mapping[str, Any] | None = None) -> Any:
        return self._conn.execute(_layout(query), values)


@cache
def _layout(query: str) -> str:
    """Texts are compared by their bytes, as in SQLite: stamps and ids are, and no locale may order them otherwise."""
    if not re.match(r"\s*(CREATE|ALTER) TABLE", query):
        return query
    query = re.sub(r"--[^\n]*", "", query)
    query = re.sub(r"\)\s*STRICT(, WITHOUT ROWID)?\s*$", ")", query)
    query = query.replace("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', re.sub(r"\bINTEGER\b", "BIGINT", query))


def _migrate(conn: "psycopg.Connection[Row]", name: str) -> None:
    """Bring the layout up to date. Of two machines that start at once the second waits and finds it done."""
    with conn.transaction():
        conn.execute(sql.SQL("SELECT pg_advisory_xact_lock({})").format(_MIGRATING))
        conn.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, at TIMESTAMPTZ DEFAULT now())")
        done = {row["name"] for row in conn.execute("SELECT name FROM migrations")}
        if newer := done - {migration.__name__ for migration in (*MIGRATIONS, p001_lanes)}:
            raise Newer(f"{name}: was written by a newer release ({', '.join(sorted(newer))}). Update the bot.")
        for migration in (*MIGRATIONS, p001_lanes):
            if migration.__name__ not in done:
                migration(_Layout(conn))
                conn.execute("INSERT INTO migrations (name) VALUES (%s)", (migration.__name__,))


def p001_lanes(db: Any) -> None:
    """Who says what waits in a lane, and until when that holds."""
    db.execute(
        "CREATE TABLE lanes (team TEXT NOT NULL, lane TEXT NOT NULL, holder TEXT NOT NULL,"
        " until DOUBLE PRECISION NOT NULL, PRIMARY KEY (team, lane))"
    )

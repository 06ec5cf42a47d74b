"""A PostgreSQL database as a whole: its layout, who is at work on it, and whether what is kept is what was written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from bot.store import lanes, queue, sums
from bot.store.database import Newer, StoreError
from bot.store.dialect import Connection, Row, as_layout, reason, rows, shown
from bot.store.schema import MIGRATIONS

_MIGRATING = 7_306_524_911  # the key of the lock that a migration takes: any number, the same in every release


@contextmanager
def looked_at(url: str) -> Iterator[Connection]:
    """The database, to read what is in it as it is at one moment.

    Raises:
        StoreError: it can't be read.
    """
    try:
        with psycopg.connect(url, autocommit=True, row_factory=rows, connect_timeout=10) as conn:
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield Connection(conn)
    except psycopg.Error as error:
        raise StoreError(f"{shown(url)}: {reason(error)}") from None


def release(conn: Connection, name: str) -> str:
    """Which layout it has: the last migration done; empty for a database with nothing in it.

    Raises:
        Newer: a newer release wrote it.
    """
    ((there,),) = conn.execute("SELECT to_regclass('migrations')")
    if not there:
        return ""
    done = {row["name"] for row in conn.execute("SELECT name FROM migrations")}
    _not_newer(done, name)
    return max(done & {migration.__name__ for migration in MIGRATIONS}, default="")


def bots(conn: Connection) -> int:
    """How many processes are at work on it."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype='advisory' AND granted AND classid=:lives"
    ((n,),) = conn.execute(query, {"lives": lanes.LIVES})
    return int(n)


def connections(conn: Connection) -> tuple[int, int]:
    """How many connections the server has open, and how many it takes."""
    query = "SELECT sum(numbackends), current_setting('max_connections') FROM pg_stat_database"
    ((there, most),) = conn.execute(query)
    return int(there), int(most)


def faults(conn: Connection) -> Iterator[str]:
    """What is damaged in a database of this release, a line each, none with a word of anybody in it. Of its files the
    server's own tools know."""
    yield from sums.faults(conn)
    yield from queue.faults(conn)


# ---- the layout


def _not_newer(done: set[str], name: str) -> None:
    if newer := done - {migration.__name__ for migration in (*MIGRATIONS, p001_lanes)}:
        raise Newer(f"{name}: was written by a newer release ({', '.join(sorted(newer))}). Update the bot.")


class _Layout:
    """The migrations' connection: what they say to SQLite is said as PostgreSQL has it."""

    def __init__(self, conn: "psycopg.Connection[Row]") -> None:
        self._conn = Connection(conn)

    def execute(self, query: str, values: Mapping[str, Any] | None = None) -> Any:
        return self._conn.execute(as_layout(query), values)


def migrate(conn: "psycopg.Connection[Row]", name: str) -> None:
    """Bring the layout up to date. Of two machines that start at once the second waits and finds it done."""
    with conn.transaction():
        conn.execute(sql.SQL("SELECT pg_advisory_xact_lock({})").format(_MIGRATING))
        conn.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, at TIMESTAMPTZ DEFAULT now())")
        done = {row["name"] for row in conn.execute("SELECT name FROM migrations")}
        _not_newer(done, name)
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

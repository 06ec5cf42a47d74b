"""Everything that is kept: one SQLite file, one writer thread, one transaction a turn.

A turn is a function of the connection. Turns are committed in the order they arrive, in groups; each group is one
``BEGIN IMMEDIATE`` transaction, each turn in it a savepoint, and the caller returns only after the commit.
"""

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]

log = logging.getLogger(__name__)

_BUSY_MS = 2000  # Slack waits three seconds for an answer; another process may hold the file this long
_GROUP = 64
_WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


class StoreError(Exception):
    """The database cannot be used; the message says why and what to do."""


class Store:
    """Owns the file. ``turn`` may be called from any thread.

    Raises:
        StoreError: the file is damaged, not a database, not writable, or written by a newer release.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="store", daemon=True)
        self._thread.start()
        opened.result()

    def turn(self, work: Work[Result]) -> Result:
        """Run ``work`` in a write transaction and return its result once that is on disk.

        ``work`` may be run again, so it does nothing but read and write through the connection it is given.

        Raises:
            whatever ``work`` raises, with its writes undone; sqlite3.Error when the commit failed.
        """
        done: Future[Result] = Future()
        self._queue.put((work, done))
        return done.result()

    def close(self) -> None:
        """Commit what was handed in, then let go of the file."""
        self._queue.put(None)
        self._thread.join()

    # ---- the writer thread

    def _run(self, opened: "Future[None]") -> None:
        try:
            connection = _open(self.path)
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        running = True
        while running:
            group = [self._queue.get()]
            while len(group) < _GROUP and not self._queue.empty():
                group.append(self._queue.get())
            running = None not in group
            _commit(connection, [item for item in group if item is not None])
        connection.close()


def _commit(connection: sqlite3.Connection, group: list[tuple[Work[Any], Future[Any]]]) -> None:
    results: list[tuple[Future[Any], Any, BaseException | None]] = []
    failure: BaseException | None = None
    try:
        if group:
            connection.execute("BEGIN IMMEDIATE")
        for work, done in group:
            results.append((done, *_one(connection, work)))
            if not connection.in_transaction:  # SQLite drops the whole group on a full disk
                raise results[-1][2] or sqlite3.OperationalError("the transaction was dropped")
        if group:
            connection.execute("COMMIT")
    except BaseException as error:
        failure = error
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    settled = {id(done) for done, _, _ in results}
    results += [(done, None, failure) for _, done in group if id(done) not in settled]
    for done, result, error in results:
        if failure or error:
            done.set_exception(error or failure or RuntimeError)
        else:
            done.set_result(result)


def _one(connection: sqlite3.Connection, work: Work[Any]) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT turn")
    try:
        result = work(connection)
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO turn")
            connection.execute("RELEASE turn")
        return None, error
    connection.execute("RELEASE turn")
    return result, None


# ---- opening


def _open(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made by us with narrow rights before SQLite would make it with the umask's.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        for pragma in (f"busy_timeout={_BUSY_MS}", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version_info)}")
        connection.execute("PRAGMA synchronous=FULL")
        _check(connection, path)
        _migrate(connection, path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}. Give ADVISOR_DB a file this user may write.") from None
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}. Restore a backup or move the file away and start again.") from None
    return connection


def journal_mode(version: tuple[int, ...]) -> str:
    """WAL only where SQLite's WAL-reset bug is fixed (3.51.3, 3.50.7, 3.44.6); elsewhere it can lose a commit."""
    return "WAL" if any(version[:2] == ok[:2] and version >= ok for ok in _WAL_FIXED) or version >= (3, 52) else "TRUNCATE"


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size > 512 * 1024 * 1024:
        return  # a full check of a very large file would hold up the start for minutes
    problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    if problems != ["ok"]:
        raise StoreError(f"{path}: is damaged ({problems[0]}). Restore a backup, or move the file away.")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    # Imported here: only a start needs it, and it costs as much as Bolt's half.
    import sqlite_utils

    migrations = sqlite_utils.Migrations("advisor")
    for migration in _MIGRATIONS:
        migrations()(migration)
    db = sqlite_utils.Database(connection)
    newer = {done.name for done in migrations.applied(db)} - {migration.__name__ for migration in _MIGRATIONS}
    if newer:
        raise StoreError(f"{path}: was written by a newer release ({', '.join(sorted(newer))}). Update the bot.")
    migrations.apply(db)


def m001_checks(db: Any) -> None:
    """The first layout: a check, its log, its reports; what was heard and what is still to be said."""
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)


_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,              -- 128 random bits
    enterprise TEXT NOT NULL,         -- "" outside Enterprise Grid
    team TEXT NOT NULL,
    owner TEXT NOT NULL,
    channel TEXT NOT NULL,            -- where its card is; "" until the DM of a check we open is known
    thread_ts TEXT NOT NULL,          -- likewise
    card_ts TEXT NOT NULL,            -- the live card, "" before it is posted
    heard_ts TEXT NOT NULL,           -- the owner's latest message in the thread
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE threads (                -- every thread a check has been in leads to it
    team TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread_ts TEXT NOT NULL,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    PRIMARY KEY (team, channel, thread_ts)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_owner ON sessions (team, owner, changed_at);
CREATE TABLE answers (                -- a check's log, append-only
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    verb TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,              -- JSON; money and rates are strings
    text TEXT NOT NULL,
    ts TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (session, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE reports (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,         -- of the log it was computed from
    rules_version TEXT NOT NULL,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL,               -- JSON
    at TEXT NOT NULL,
    PRIMARY KEY (session, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (                   -- deliveries already handled; kept for a day
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (                 -- what is still to be said to Slack
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    enterprise TEXT NOT NULL,
    team TEXT NOT NULL,
    lane TEXT NOT NULL,               -- a channel or person: said in order
    session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    said TEXT NOT NULL,               -- JSON of bot.outbox.Saying
    at TEXT NOT NULL
) STRICT
"""

_MIGRATIONS = (m001_checks,)

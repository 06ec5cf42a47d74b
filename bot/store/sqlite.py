"""Everything that is kept in one SQLite file: one writer thread, one transaction a turn.

Turns are committed in the order they arrive, in groups; each group is one
``BEGIN IMMEDIATE`` transaction, each turn in it a savepoint, and the caller returns only after the commit.

What is deleted is overwritten in its transaction, but not the copies that pages keep of rows they once rearranged. To
be rid of those the whole file is rewritten, in a moment when nobody waits; a mark in the file says that it is owed.
"""

import logging
import os
import queue
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.store.database import Closed, Late, Newer, Result, StoreError, Unwritten
from bot.store.database import Connection as Contract
from bot.store.schema import MIGRATIONS

if TYPE_CHECKING:
    import sqlite3 as sqlite3  # noqa: PLC0414 - for tests, which open the same file
else:
    try:  # a newer SQLite than Python's, where there is a wheel; sqlite-utils takes it too
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

log = logging.getLogger(__name__)


class Connection(sqlite3.Connection):
    """What a turn reads and writes through."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seen: OrderedDict[str, Any] = OrderedDict()
        """What was read by id. It holds as long as nothing is undone or scrubbed and nobody else writes."""
        self.only_writer = True
        self.data_version = 0
        """By which it is found out that somebody else did."""
        self.commit_waits = True
        """For readers; only without a WAL."""

    def wait(self, ms: int) -> None:
        """How long SQLite itself waits for another process."""
        self.execute(f"PRAGMA busy_timeout={ms}")

    @staticmethod
    def passing(error: BaseException) -> bool:
        """Whether it may go well when the turn is run again: a lock, a full disk."""
        return isinstance(error, sqlite3.OperationalError) and _code(error) != "SQLITE_ERROR"

    @staticmethod
    def is_no_text(error: BaseException) -> bool:
        """Whether a column holds bytes that are no text; there is no code for it, and the message quotes them."""
        return isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode")

    def remember(self, key: str, value: Any) -> None:
        """Keep something that was read; of too many the one nobody asked for longest goes."""
        self.seen[key] = value
        self.seen.move_to_end(key)
        if len(self.seen) > _REMEMBERED:
            self.seen.popitem(last=False)


Work = Callable[[Connection], Result]

_BUSY_MS = 1200  # for BEGIN and again for COMMIT: together within the three seconds Slack waits
_GROUP = 64
_REMEMBERED = 512  # checks; a long one takes some 100 KB
_NO_HURRY = 0.01  # seconds in which what can wait may be written along with something else
_SHORT = 0.25  # seconds a rewriting goes on though somebody waits
_FRESH = 5.0  # seconds a write that succeeded is proof enough
_QUIET = 2.0  # seconds without a turn before it is tried again
_PATIENCE = 600.0  # seconds after which it is done whoever waits, and tried again after a failure
_WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


class Store:
    """Owns the file. ``turn`` may be called from any thread.

    Raises:
        StoreError: the file is damaged, not a database, not writable, or written by a newer release.
    """

    shared, holder = False, ""
    """Whether other processes write it and say what is in its outbox, and what this one is called among them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[_Turn | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._owed, self._owed_since, self._quiet = False, 0.0, 0.0
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="store", daemon=True)
        self._thread.start()
        opened.result()
        self._inode, self._written = path.stat().st_ino, 0.0

    def turn(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
    ) -> Result:
        """As the contract has it. All turns are in order here, whosever they are, and ``then`` is called in the order
        of the commits, on the writer's thread."""
        return self.hand_in(work, then, until=until).result()

    def hand_in(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
        no_hurry: bool = False,
    ) -> "Future[Result]":
        """The same without waiting. With ``no_hurry`` it waits a moment for a turn whose commit it can share."""
        turn = _Turn(work, then, until=until, no_hurry=no_hurry)
        with self._door:
            if self._closed:
                raise Closed("the database is closed")
            self._queue.put(turn)
        return turn.done

    def pulse(self, now: str, patience: float) -> None:
        """Write a byte, to see whether that is still possible; once in a few seconds is enough.

        Raises:
            StoreError: the file is gone, the writer does not answer within ``patience``, or it can't be written.
        """
        if time.monotonic() < self._written + _FRESH:
            return
        try:
            there = self.path.stat().st_ino
        except OSError:
            there = 0
        if there != self._inode:
            raise StoreError(f"{self.path.name} is not the file it was opened as")
        row = {"at": now}
        write = "INSERT INTO pulse VALUES (1, :at) ON CONFLICT (one) DO UPDATE SET at=excluded.at"
        try:
            self.hand_in(lambda conn: conn.execute(write, row).rowcount).result(patience)
        except TimeoutError:
            raise StoreError("the writer does not answer") from None
        self._written = time.monotonic()

    def live(self) -> None:
        """Nobody else asks whether this process is alive."""

    def scrub(self, conn: Contract) -> None:
        """Called inside a turn: soon after its commit what it deleted leaves no trace in the file or its journal. That
        is once nobody waits, after ten minutes or a restart at the latest, and before ``close`` returns."""
        conn.execute("PRAGMA user_version=1")
        conn.seen.clear()
        self._owe()

    def close(self) -> None:
        """Commit what was handed in, then let go of the file."""
        with self._door:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    # ---- the writer thread

    def _run(self, opened: "Future[None]") -> None:
        try:
            connection = _open(self.path)
        except BaseException as error:  # noqa: BLE001 - who waits for the start raises it
            opened.set_exception(error)
            return
        if connection.execute("PRAGMA user_version").fetchone()[0]:
            self._owe()
        opened.set_result(None)
        running = True
        while running:
            group = self._group(connection)
            failure = _commit(connection, [turn for turn in group if turn])
            if failure and _is_busy(failure):
                # Who came while we waited for the other process has waited as well: nobody waits twice.
                late = self._waiting()
                for turn in late:
                    if turn:
                        turn.done.set_exception(_told(failure))
                group += late
            running = None not in group
        if self._owed:
            self._rewrite(connection, patient=False)
        connection.close()

    def _group(self, connection: Connection) -> "list[_Turn | None]":
        """What is committed together next. A commit waits for the disk, which costs more than what is in it."""
        group = [self._next(connection), *self._waiting(_GROUP - 1)]
        until = time.monotonic() + _NO_HURRY
        while all(turn and turn.no_hurry for turn in group) and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                group += [self._queue.get(timeout=left), *self._waiting(_GROUP - 1)]
        return group

    def _next(self, connection: Connection) -> "_Turn | None":
        """The next piece of work; what is owed is done while there is none."""
        while self._owed:
            patient = time.monotonic() < self._owed_since + _PATIENCE
            if patient:
                with suppress(queue.Empty):
                    return self._queue.get(timeout=self._quiet)
            self._rewrite(connection, patient=patient)
        return self._queue.get()

    def _owe(self) -> None:
        if not self._owed:
            self._owed, self._owed_since, self._quiet = True, time.monotonic(), 0.0

    def _rewrite(self, connection: Connection, *, patient: bool) -> None:
        """Rewrite the file; a patient one gives way to a turn that comes while it gathers what to write."""
        until = time.monotonic() + _SHORT
        gives_way = lambda: patient and time.monotonic() > until and not self._queue.empty()  # noqa: E731
        connection.set_progress_handler(gives_way, 1_000)
        connection.wait(_BUSY_MS)
        try:
            connection.execute("VACUUM")
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise sqlite3.OperationalError("another process reads it")
            connection.execute("PRAGMA user_version=0")
            self._owed = False
        except sqlite3.Error as error:
            self._quiet = _QUIET
            if _code(error) != "SQLITE_INTERRUPT":
                log.warning("traces of deleted rows may still be in the file (%s); it is tried again", error)
                self._owed_since, self._quiet = time.monotonic(), _PATIENCE
        finally:
            connection.set_progress_handler(None, 0)
            connection.wait(_BUSY_MS if connection.commit_waits else 0)

    def _waiting(self, most: int = 1_000_000) -> "list[_Turn | None]":
        found: list[_Turn | None] = []
        while len(found) < most and not self._queue.empty():
            found.append(self._queue.get())
        return found


class _Turn:
    """One piece of work on its way through the writer."""

    def __init__(self, work: Work[Any], then: Callable[[Any], None] | None, *, until: float, no_hurry: bool) -> None:
        self.work, self.then, self.until, self.no_hurry = work, then, until, no_hurry
        self.done: Future[Any] = Future()
        self.done.set_running_or_notify_cancel()  # who waits may give up; the turn is run all the same
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, connection: Connection, *, alone: bool) -> None:
        """One of several has a savepoint of its own; ``alone`` the transaction is it."""
        if time.monotonic() > self.until:
            self.error = Late("it waited too long and was not begun; try again in a moment")
            return
        if not alone:
            connection.execute("SAVEPOINT turn")
        try:
            self.result = self.work(connection)
        except BaseException as error:
            self.error = error
            connection.seen.clear()
            if alone:
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK TO turn")
        if not connection.in_transaction:  # SQLite drops the whole group on a full disk
            raise self.error or sqlite3.OperationalError("the transaction was dropped")
        if not alone:
            connection.execute("RELEASE turn")

    def settle(self) -> None:
        if self.error:
            self.done.set_exception(_told(self.error))
            return
        if self.then:
            self.then(self.result)
        self.done.set_result(self.result)


def _commit(connection: Connection, group: list[_Turn]) -> BaseException | None:
    """Run a group in one transaction and tell each how it went; what failed them all, if something did."""
    failure: BaseException | None = None
    if group:
        try:
            _begin(connection)
            for turn in group:
                turn.run(connection, alone=len(group) == 1)
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - all who handed one in raise it
            failure = error
            connection.seen.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    for turn in group:
        turn.error = turn.error or failure
        turn.settle()
    return failure


def _begin(connection: Connection) -> None:
    # SQLite's own wait sleeps up to 100 ms at a time: beside two busy writers a third would go without.
    if connection.commit_waits:
        connection.wait(0)
    until = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.001, 0.008))  # noqa: S311 - no secret
    if connection.commit_waits:
        connection.wait(_BUSY_MS)
    written = connection.execute("PRAGMA data_version").fetchone()[0]
    if written != connection.data_version:  # by somebody else
        connection.seen.clear()
        connection.data_version = written


def _told(error: BaseException) -> BaseException:
    """What whoever waits for a turn hears of its failure."""
    if not isinstance(error, sqlite3.Error):
        return error
    unwritten = Unwritten(_code(error) or type(error).__name__, passing=Connection.passing(error))
    unwritten.__cause__ = error
    return unwritten


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and _code(error) in ("SQLITE_BUSY", "SQLITE_LOCKED")


def _code(error: BaseException) -> str:
    """The primary result code; Python's own errors carry none."""
    name = getattr(error, "sqlite_errorname", None) or ""
    return "_".join(name.split("_")[:2])


# ---- opening


def _open(path: Path) -> Connection:
    connection: Connection | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by us with narrow rights before SQLite would make it with the umask's.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Connection)
        connection.row_factory = sqlite3.Row
        for pragma in (f"busy_timeout={_BUSY_MS}", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _check(connection, path)
        journal = journal_mode(sqlite3.sqlite_version_info)
        connection.execute(f"PRAGMA journal_mode={journal}").fetchall()
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection, path)
        connection.commit_waits = journal != "WAL"
        connection.wait(_BUSY_MS if connection.commit_waits else 0)
    except (OSError, *UNREADABLE, StoreError) as error:
        if connection:
            connection.close()
        if isinstance(error, OSError):
            raise StoreError(f"{path}: {error.strerror}. Give ADVISOR_DB a file this user may write.") from None
        if isinstance(error, UNREADABLE):
            raise StoreError(f"{path}: {reason(error)}") from None
        raise
    return connection


UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: the latter when SQLite has a name in its message that is no text."""


def reason(error: BaseException) -> str:
    """What is wrong with the file, and the mend."""
    no_text = isinstance(error, UnicodeDecodeError) or Connection.is_no_text(error)
    what = "a cell is no text" if no_text else str(error)  # that message would quote the cell
    return f"{what}. {_MENDS.get(_code(error), _MENDS['SQLITE_CORRUPT'])}"


_MENDS = {
    "SQLITE_BUSY": "Another process holds it: wait for that one or stop it, then start again.",
    "SQLITE_READONLY": "Give ADVISOR_DB a file this user may write.",
    "SQLITE_CANTOPEN": "Give ADVISOR_DB a file this user may write.",
    "SQLITE_FULL": "Make room on the disk, then start again.",
    "SQLITE_CORRUPT": "Restore a backup, or move the file away and start again.",
}


def journal_mode(version: tuple[int, ...]) -> str:
    """WAL only where SQLite's WAL-reset bug is fixed (3.51.3, 3.50.7, 3.44.6); elsewhere it can lose a commit."""
    fixed = version >= (3, 52) or any(version[:2] == ok[:2] and version >= ok for ok in _WAL_FIXED)
    return "WAL" if fixed else "TRUNCATE"


def _check(connection: Connection, path: Path) -> None:
    if path.stat().st_size > 512 * 1024 * 1024:
        return  # a full check of a very large file would hold up the start for minutes
    for problem in problems(connection, most=3):
        raise StoreError(f"{path}: is damaged ({problem}). {_MENDS['SQLITE_CORRUPT']}")


def problems(connection: "sqlite3.Connection", most: int) -> Iterator[str]:
    """What is wrong with how the file is made. SQLite names what it looks at, and a damaged name may be no text."""
    connection.text_factory = bytes
    try:
        found = [line.decode(errors="replace") for (line,) in connection.execute(f"PRAGMA integrity_check({most})")]
    finally:
        connection.text_factory = str
    yield from (line.splitlines()[-1] for line in found if line != "ok")


def _migrate(connection: Connection, path: Path) -> None:
    # Imported here: only a start needs it, and it costs as much as Bolt's half.
    import sqlite_utils

    migrations = sqlite_utils.Migrations("advisor")
    for migration in MIGRATIONS:
        migrations()(migration)
    # Of two processes that start at once the second waits here and finds everything done.
    _begin(connection)
    db = sqlite_utils.Database(connection)
    newer = {done.name for done in migrations.applied(db)} - {migration.__name__ for migration in MIGRATIONS}
    if newer:
        raise Newer(f"{path}: was written by a newer release ({', '.join(sorted(newer))}). Update the bot.")
    migrations.apply(db)
    connection.execute("COMMIT")

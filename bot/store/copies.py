"""The file as a whole: looked through, copied while a bot writes it, and put back. For the operator's commands."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from bot.store import queue, sums
from bot.store.database import Newer, StoreError
from bot.store.schema import MIGRATIONS
from bot.store.sqlite import UNREADABLE, problems, reason, sqlite3

_SIDE = ("-wal", "-journal", "-shm")


def release(path: Path) -> str:
    """Which layout the file has: the last migration done; empty for a file with nothing in it.

    Raises:
        StoreError: it is no database of ours, or a newer release wrote it.
    """
    with _reading(path) as conn:
        if not conn.execute("SELECT 1 FROM sqlite_master").fetchone():
            return ""
        try:
            done = {name for (name,) in conn.execute("SELECT name FROM _sqlite_migrations")}
        except sqlite3.OperationalError:
            raise StoreError(f"{path}: is a database, but not of this bot.") from None
    if newer := done - {migration.__name__ for migration in MIGRATIONS}:
        raise Newer(f"{path}: was written by a newer release ({', '.join(sorted(newer))}). Update the bot.")
    return max(done, default="")


def faults(path: Path) -> Iterator[str]:
    """What is damaged, a line each, none with a word of anybody in it.

    Raises:
        StoreError: it can't be read at all, or a newer release wrote it.
    """
    layout = release(path)
    with _reading(path) as conn:
        yield from (f"the file: {line}" for line in problems(conn, most=100))
        for table, _, parent, _ in conn.execute("PRAGMA foreign_key_check"):
            yield f"{table}: a row belongs to nothing in {parent}"
        if layout >= "m008":
            yield from sums.faults(conn)
        yield from _no_text(conn)
        if layout:
            yield from queue.faults(conn)


def copy(source: Path, target: Path) -> None:
    """A copy of the file as it is at one moment, whoever writes it meanwhile; it is whole or not there.

    Raises:
        StoreError: the source can't be read. FileExistsError: the target is there.
    """
    with (
        new(target) as partial,
        _reading(source) as conn,
        closing(sqlite3.connect(partial, isolation_level=None)) as copied,
    ):
        conn.backup(copied)  # in one step: in several it would begin anew with each commit of a busy bot


@contextmanager
def new(target: Path) -> Iterator[Path]:
    """What is written in the block becomes the file, unless something is raised; it is whole or not there.

    Raises:
        FileExistsError: there is one.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already: name another file")
    partial = target.with_name(f"{target.name}.partial")
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield partial
        with closing(sqlite3.connect(partial, isolation_level=None)) as copied:
            copied.execute("PRAGMA journal_mode=DELETE").fetchall()  # it stands alone, also on a disk one can't write
        _to_disk(partial)
        os.link(partial, target)
    finally:
        partial.unlink()


def put_back(copied: Path, path: Path, aside: str) -> Path | None:
    """Make a copy the file; what was there is kept beside it, its name ending in ``aside``, and returned. At no moment
    is there no file. Only for who has claimed it."""
    with closing(sqlite3.connect(copied, isolation_level=None)) as conn:
        columns = {row[1] for row in conn.execute("PRAGMA table_info(outbox)")}
        if "doubt" in columns:  # what waited then may have been said since: it is looked for first
            conn.execute("UPDATE outbox SET doubt=1 WHERE doubt=0")
    _to_disk(copied)
    kept = path.with_name(path.name + aside)
    there = path.exists()
    if there:
        with suppress(StoreError), _reading(path) as conn:  # one that is damaged is kept as it is
            conn.execute("PRAGMA journal_mode=DELETE").fetchall()  # what stands in its journal is folded in
        os.link(path, kept)
    for side in _SIDE:  # the journal of another file would be played into this one
        journal = path.with_name(path.name + side)
        if side != "-shm" and journal.exists() and journal.stat().st_size:
            journal.replace(kept.with_name(kept.name + side))
        journal.unlink(missing_ok=True)
    copied.replace(path)
    _to_disk(path.parent)
    return kept if there else None


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file for reading, opened as a writer would: of one in WAL mode a mere reader may see nothing."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None)) as conn:
            conn.execute("PRAGMA trusted_schema=OFF")
            yield conn
    except UNREADABLE as error:
        raise StoreError(f"{path}: {reason(error)}") from None


def _no_text(conn: sqlite3.Connection) -> Iterator[str]:
    """Cells that should be text and are not; a row that can't be read ends the look at its table."""
    tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in sorted(tables):
        columns = [row[1] for row in conn.execute(f'PRAGMA table_info("{table}")') if row[2] == "TEXT"]
        if not columns:
            continue
        cells = ", ".join(f'CAST("{name}" AS BLOB)' for name in columns)
        broken = 0
        for row in conn.execute(f'SELECT {cells} FROM "{table}"'):  # noqa: S608 - names of the file's own
            broken += any(_is_no_text(cell) for cell in row if cell is not None)
        if broken:
            yield f"{table}: {broken} row{'s hold' if broken > 1 else ' holds'} what is no text"


def _is_no_text(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in cell


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

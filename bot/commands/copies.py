"""``verify``, ``backup``, ``restore`` and ``copy``: what is kept as a whole."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.done import DONE, FOUND, WRONG, Say
from bot.store import copies
from bot.store.claim import claimed
from bot.store.database import Newer, StoreError
from bot.store.engines import with_driver
from bot.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from bot.store.transfer import Table

_MOST_SHOWN = 50


def verify(db: Path, url: str | None, say: Say) -> int:
    """Whether what is kept is what was written. A running bot is not disturbed."""
    if url:
        return _verify_shared(url, say)
    if not db.exists():
        say(f"{db}: there is no such file")
        return WRONG
    found = _faults(copies.faults(db), say)
    if not found:
        say(f"{db}: all that is kept is what was written")
        return DONE
    say(f"{found} found. What is whole goes on; `python -m bot restore FILE` puts a backup in its place.")
    return FOUND


def _verify_shared(url: str, say: Say) -> int:
    with_driver()
    from bot.store import layout
    from bot.store.dialect import shown

    with layout.looked_at(url) as conn:
        if layout.release(conn, shown(url)) < MIGRATIONS[-1].__name__:
            say(f"{shown(url)}: there is nothing of this release in it yet; a start of the bot brings it up")
            return FOUND
        found = _faults(layout.faults(conn), say)
    if not found:
        say(f"{shown(url)}: all that is kept is what was written (of the server's own files `pg_amcheck` knows)")
        return DONE
    say(f"{found} found. What is whole goes on; `pg_restore` brings back a backup.")
    return FOUND


def _faults(faults: Iterator[str], say: Say) -> int:
    found = 0
    try:
        for fault in faults:
            found += 1
            if found <= _MOST_SHOWN:
                say(fault)
    except StoreError as error:
        say(str(error))
        found += 1
    if found > _MOST_SHOWN:
        say(f"and {found - _MOST_SHOWN} more")
    return found


def backup(db: Path, target: Path, say: Say) -> int:
    """A whole copy, made while the bot runs, looked through before it counts."""
    if not db.exists():
        say(f"{db}: there is no such file")
        return WRONG
    try:
        copies.copy(db, target)
    except FileExistsError as error:
        say(str(error))
        return WRONG
    if _faults(copies.faults(target), say):
        say(f"{target} is a true copy of a damaged file: keep the older ones")
        return FOUND
    size = target.stat().st_size
    say(f"{target}: {size:,} bytes, looked through. It holds what people wrote: keep it as the file itself.")
    return DONE


def restore(source: Path, db: Path, say: Say) -> int:
    """A backup takes the place of the file; what was there is kept beside it."""
    if not source.exists():
        say(f"{source}: there is no such file")
        return WRONG
    copied = db.with_name(f"{db.name}.restoring")
    with claimed(db):
        copied.unlink(missing_ok=True)
        try:
            if not copies.release(source):
                say(f"{source}: there is nothing in it")
                return FOUND
            copies.copy(source, copied)
            whole = not _faults(copies.faults(copied), say)
        except Newer:
            raise
        except StoreError as error:
            say(str(error))
            whole = False
        if not whole:
            copied.unlink(missing_ok=True)
            say(f"{source} is damaged: nothing was changed")
            return FOUND
        kept = copies.put_back(copied, db, f".replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    aside = f" What was there is {kept.name} beside it: delete it in time." if kept else ""
    say(f"{db} is what {source} was.{aside}")
    return DONE


def copy(source: Path, url: str, say: Say) -> int:
    """All that is kept goes into a PostgreSQL database, and is compared there. The file stays as it is."""
    with_driver()
    from bot.store.transfer import transfer

    if not source.exists():
        say(f"{source}: there is no such file")
        return WRONG
    with claimed(source):
        return _compared(lambda: transfer(source, url), "DATABASE_URL; keep the file", say)


def bring_back(url: str, target: Path, say: Say) -> int:
    """The other way: into a file that is not there yet. The database stays as it is."""
    with_driver()
    from bot.store.transfer import bring_back

    try:
        return _compared(lambda: bring_back(url, target), f"ADVISOR_DB={target}; keep the database", say)
    except FileExistsError as error:
        say(str(error))
        return WRONG


def _compared(bring: "Callable[[], list[Table]]", then: str, say: Say) -> int:
    from bot.store.transfer import NotWhole

    try:
        tables = bring()
    except NotWhole as wrong:
        _tell(wrong.tables, say)
        say(
            f"Not all came as it was ({wrong}), so nothing of it is kept there. Does the server change what is written?"
        )
        return FOUND
    _tell(tables, say)
    say(f"All of it is there. Start the bot with {then} until you are sure.")
    return DONE


def _tell(tables: "list[Table]", say: Say) -> None:
    for table in tables:
        what = "the same" if table.alike else f"NOT the same: {table.there:,} arrived"
        say(f"{table.name}: {table.rows:,} {'row' if table.rows == 1 else 'rows'}, {what}")

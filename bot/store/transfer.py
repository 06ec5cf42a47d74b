"""All that is kept, from a file to a PostgreSQL database or back, and whether it came whole."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from bot.store import copies, sums
from bot.store.database import StoreError
from bot.store.dialect import reason, shown
from bot.store.layout import bots, looked_at, release
from bot.store.postgres import Store
from bot.store.schema import MIGRATIONS
from bot.store.sqlite import Store as File
from bot.store.sqlite import sqlite3

_TAKEN_AT_ONCE = 1_000  # rows
_OF_THE_MACHINE = ("pulse",)  # what says nothing about anybody; it is written anew


class Table(NamedTuple):
    """A table on both sides: how many rows, and a sum of their cells in whatever order."""

    name: str
    rows: int
    there: int
    alike: bool


class NotWhole(Exception):
    """What arrived is not what was there, and nothing of it is kept."""

    def __init__(self, tables: list[Table]) -> None:
        super().__init__(", ".join(table.name for table in tables if not table.alike))
        self.tables = tables


def transfer(source: Path, url: str) -> list[Table]:
    """Copy a file, as it is at one moment, into a database that is empty. All of it comes, or nothing.

    Raises:
        StoreError: one of them can't be used, or there is something in the database already.
        NotWhole: it came otherwise.
    """
    Store(url, connections=1).close()  # with the layout of this release
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "copied.db"
        copies.copy(source, copied)
        File(copied).close()  # likewise
        try:
            with (
                closing(sqlite3.connect(copied, isolation_level=None)) as file,
                psycopg.connect(url) as there,
            ):
                names = _tables(file)
                for name in names:
                    held = there.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name)))
                    if held.fetchone():
                        raise StoreError(f"{shown(url)}: there is something in {name}. Name an empty database.")
                tables = _whole([_copied(name, file, there) for name in names])
                there.execute(
                    "SELECT setval(pg_get_serial_sequence('outbox', 'id'), coalesce(max(id), 0) + 1, false) FROM outbox"
                )
                there.execute("UPDATE outbox SET doubt=1 WHERE doubt=0")  # the file's bot may have said it meanwhile
        except psycopg.Error as error:
            raise StoreError(f"{shown(url)}: {reason(error)}") from None
    return tables


def bring_back(url: str, target: Path) -> list[Table]:
    """Copy a database on which no bot runs into a file that is not there yet. All of it comes, or there is no file.

    Raises:
        StoreError: one of them can't be used. FileExistsError: the file is there. NotWhole: it came otherwise.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already: name another file")
    with looked_at(url) as there:
        if at_work := bots(there):
            raise StoreError(f"{shown(url)}: {at_work} {'bot runs' if at_work == 1 else 'bots run'} on it. Stop first.")
        if release(there, shown(url)) < MIGRATIONS[-1].__name__:
            raise StoreError(f"{shown(url)}: there is nothing of this release in it.")
    try:
        with copies.new(target) as partial, psycopg.connect(url) as served:
            File(partial).close()  # with the layout of this release
            served.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            with closing(sqlite3.connect(partial, isolation_level=None)) as file:
                file.execute("BEGIN")
                tables = _whole([_brought(name, file, served) for name in _tables(file)])
                file.execute("UPDATE outbox SET doubt=1 WHERE doubt=0")  # as above
                file.execute("COMMIT")
    except psycopg.Error as error:
        raise StoreError(f"{shown(url)}: {reason(error)}") from None
    return tables


def _whole(tables: list[Table]) -> list[Table]:
    if not all(table.alike for table in tables):
        raise NotWhole(tables)
    return tables


def _brought(name: str, file: Any, served: "psycopg.Connection[Any]") -> Table:
    columns = _columns(name, file)
    values = ", ".join(f":{column}" for column in columns)
    write = f'INSERT INTO "{name}" ({_listed(columns)}) VALUES ({values})'  # noqa: S608 - names of the file's own
    for row in _served(name, columns, served):
        file.execute(write, dict(zip(columns, row, strict=True)))
    before = _sum(_served(name, columns, served))
    after = _sum(file.execute(f'SELECT {_listed(columns)} FROM "{name}"'))  # noqa: S608 - likewise
    return Table(name, before[0], after[0], before == after)


def _columns(name: str, file: Any) -> list[str]:
    return [row[1] for row in file.execute(f'PRAGMA table_info("{name}")')]


def _listed(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _served(name: str, columns: list[str], served: "psycopg.Connection[Any]") -> Iterator[Any]:
    """The rows of a table on the server, some at a time."""
    with served.cursor(name="copied") as cursor:
        cursor.itersize = _TAKEN_AT_ONCE
        yield from cursor.execute(
            sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(name))
        )


def _tables(file: Any) -> list[str]:
    """All that hold something of ours, each behind those its rows belong to."""
    query = "SELECT name FROM sqlite_master WHERE type='table' AND substr(name, 1, 7) NOT IN ('sqlite_', '_sqlite')"
    names = {name for (name,) in file.execute(query)} - {*_OF_THE_MACHINE}
    parents = {name: {row[2] for row in file.execute(f'PRAGMA foreign_key_list("{name}")')} for name in names}
    return list(TopologicalSorter({name: sorted(parents[name]) for name in sorted(names)}).static_order())


def _copied(name: str, file: Any, there: "psycopg.Connection[Any]") -> Table:
    columns = _columns(name, file)
    query = f'SELECT {_listed(columns)} FROM "{name}"'  # noqa: S608 - names of the file's own
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with there.cursor() as cursor, cursor.copy(into) as copying:
        for row in file.execute(query):
            if any(isinstance(cell, str) and "\0" in cell for cell in row):
                raise StoreError(f"{name}: a row holds what is no text; `python -m bot verify` counts them.")
            copying.write_row(row)
    before = _sum(file.execute(query))
    after = _sum(_served(name, columns, there))
    return Table(name, before[0], after[0], before == after)


def _sum(rows: Iterable[Any]) -> tuple[int, int]:
    """How many rows there are, and their sums added up: in one order or another it is the same."""
    count = total = 0
    for row in rows:
        count += 1
        total = (total + int(sums.of(*("" if cell is None else cell for cell in row)), 16)) % 2**64
    return count, total

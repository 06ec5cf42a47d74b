"""A sum beside each log entry and report, by which damage that still reads well is noticed.

It is of the bytes of all other cells of the row, its key too, so that a row that was moved is noticed as well. It is no
signature: whoever can write the file can write the sum.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

COLUMNS = {
    "answers": ("session", "n", "verb", "field", "value", "text", "ts", "at"),
    "reports": ("session", "version", "rules_version", "verdict", "body", "at"),
}
"""Table -> what a row's sum is of, its key first. The order is for ever."""


def of(*cells: str | int) -> str:
    """The sum of a row's cells, in their order: of each its length in bytes, and those."""
    whole = "".join([f"{len(text)}:{text}" for text in map(str, cells)])
    if whole.isascii():  # as most are, in half the time
        return _sum(whole.encode())
    return of_bytes([str(cell).encode("utf-8", "surrogatepass") for cell in cells])


def of_bytes(cells: Sequence[bytes]) -> str:
    """The same of cells as the bytes they are."""
    return _sum(b"".join([b"%d:%s" % (len(cell), cell) for cell in cells]))


def _sum(whole: bytes) -> str:
    return hashlib.blake2b(whole, digest_size=8).hexdigest()


def fill(conn: Any) -> None:
    """Give rows of before their sum: what is in the file today is taken to be what was written."""
    for table, columns in COLUMNS.items():
        key, number = columns[:2]
        write = f"UPDATE {table} SET sum=:sum WHERE {key}=:key AND {number}=:n"  # noqa: S608 - names of ours
        for cells, _ in list(_rows(conn, table, "WHERE sum=''")):
            conn.execute(write, {"sum": of_bytes(cells), "key": cells[0].decode(), "n": int(cells[1])})


def wrong(conn: Any) -> Iterator[tuple[str, str, int]]:
    """Table, check and number of each row that is not what was written, and of each gap in a log."""
    before = ("", -1)
    for table in COLUMNS:
        for cells, kept in _rows(conn, table, ""):
            check, n = cells[0].decode(errors="replace"), int(cells[1])
            if of_bytes(cells) != kept:
                yield table, check, n
            elif table == "answers" and n != (before[1] + 1 if check == before[0] else 0):
                yield table, check, n - 1
            before = (check, n)


def faults(conn: Any) -> Iterator[str]:
    """The same as lines."""
    for table, check, n in wrong(conn):
        yield f"{table}: {n} of check {check!a} is not what was written"


def _rows(conn: Any, table: str, where: str) -> Iterator[tuple[list[bytes], str]]:
    """Cells as the bytes they are: what is damaged may be no text any more."""
    columns = COLUMNS[table]
    cells = ", ".join(f"CAST({name} AS BLOB)" for name in (*columns, "sum"))
    found = conn.execute(f"SELECT {cells} FROM {table} {where} ORDER BY {columns[0]}, {columns[1]}")  # noqa: S608 - ours
    for row in found:
        yield list(row)[:-1], bytes(row[len(columns)]).decode(errors="replace")

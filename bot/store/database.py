"""What a store is, whichever engine keeps it, and how it fails.

A turn is a function of the connection. Two engines keep what turns write, an SQLite file (bot/store/sqlite.py) and a
PostgreSQL database (bot/store/postgres.py); whoever has a store knows no more of it than stands here.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from math import inf
from typing import Any, Protocol, TypeVar


class Row(Protocol):
    """Cells by place or by name."""

    def __getitem__(self, which: Any, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> Iterable[str]: ...


class Rows(Protocol):
    """What a query has found."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    @property
    def rowcount(self) -> int: ...


class Connection(Protocol):
    """What the functions of this package take. To everybody else it is a thing to be handed on. SQL is what both
    engines speak, its parameters named (tests/test_sql.py)."""

    seen: OrderedDict[str, Any]
    """What was read by id, for the next turn."""
    only_writer: bool
    """Whether nobody else writes what was ``seen``: then it need not be read again."""

    def execute(self, query: str, values: Mapping[str, Any] = ..., /) -> Rows: ...
    def executemany(self, query: str, rows: Iterable[Mapping[str, Any]], /) -> Rows: ...
    def remember(self, key: str, value: Any) -> None:
        """Keep something that was read; of too many the one nobody asked for longest goes."""

    @staticmethod
    def passing(error: BaseException) -> bool:
        """Whether it may go well when the turn is run again."""

    @staticmethod
    def is_no_text(error: BaseException) -> bool:
        """Whether a column held bytes that are no text."""


Result = TypeVar("Result")
Work = Callable[[Connection], Result]


class Store(Protocol):
    """Runs turns. Its methods may be called from any thread."""

    shared: bool
    """Whether other processes write it and say what is in its outbox."""
    holder: str
    """What this process is called among them."""

    def turn(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
    ) -> Result:
        """Run ``work`` in a write transaction and return its result once that is on disk. It is begun ``until`` then
        (on the monotonic clock), or not at all.

        ``work`` may be run again, so it does nothing but read and write through the connection it is given. ``then``
        gets the result right after the commit, before the next turn of the same person (``whose``) begins: it must be
        quick and must not raise.

        Raises:
            Closed: the store is closed. Late: it was not begun. Unwritten: the engine failed.
            whatever else ``work`` raises, with its writes undone.
        """

    def hand_in(
        self,
        work: Work[Result],
        then: Callable[[Result], None] | None = None,
        *,
        whose: str = "",
        until: float = inf,
        no_hurry: bool = False,
    ) -> "Future[Result]":
        """The same without waiting. With ``no_hurry`` it may wait a moment for a turn whose commit it can share."""

    def pulse(self, now: str, patience: float) -> None:
        """Write a byte, to see whether that is still possible; once in a few seconds is enough.

        Raises:
            StoreError: it is not, or not within ``patience``.
        """

    def live(self) -> None:
        """See that the others know that this process is alive."""

    def scrub(self, conn: Connection) -> None:
        """Called inside a turn that deletes: what it deleted leaves no trace, as far as the engine can see to it."""

    def close(self) -> None:
        """Commit what was handed in, then let go."""


class StoreError(Exception):
    """The database cannot be used; the message says why and what to do."""


class Newer(StoreError):
    """A newer release wrote it."""


class Closed(StoreError):
    """It was let go of: nothing is written any more."""


class Late(StoreError):
    """It waited so long for its turn that it was not run."""


class Unwritten(StoreError):
    """A turn failed in the database and was undone. The message is the engine's code alone: its words can quote what
    could not be read. ``passing``: the reason may be gone when it is run again, a lock or a full disk."""

    def __init__(self, code: str, *, passing: bool) -> None:
        super().__init__(code)
        self.passing = passing


@contextmanager
def set_aside(connection: Connection) -> Iterator[list[Exception]]:
    """A part of a turn that may fail alone: then its writes are undone, what it raised is in the list, and the turn
    goes on. What may be gone when the turn is run again fails all of it."""
    fell = list[Exception]()
    connection.execute("SAVEPOINT part")
    try:
        yield fell
    except Exception as error:
        if connection.passing(error):
            raise
        connection.seen.clear()
        connection.execute("ROLLBACK TO part")
        fell.append(error)
    connection.execute("RELEASE part")

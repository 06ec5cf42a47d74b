"""One bot a database: whoever holds the file beside it is the one, and whoever comes second is told who.

Taken by the processes that talk to Slack, not by the operator's commands, which may run beside them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows has another kind of lock, and nobody has asked for it yet
    flock = None  # type: ignore[assignment]


class Claimed(OSError):
    """Another process is the bot of this database; the message names it and says what to do."""


@contextmanager
def claimed(db: Path) -> Iterator[None]:
    """Be the bot of this database until the end of the block, or of the process, however that comes.

    Raises:
        Claimed: another process is.
    """
    db.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(db.with_name(f"{db.name}.pid"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if flock is not None:
            try:
                flock(held, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                pid = os.read(held, 20).decode(errors="replace").strip() or "unknown"
                raise Claimed(
                    f"Process {pid} is the bot of {db} already, and two would say everything twice."
                    " Stop it, or give this one a file of its own in ADVISOR_DB."
                ) from None
        os.truncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(held)

"""Which thread goes first where several want the interpreter: Linux's priorities, a thread at a time."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")
_ASKS = "import os; os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)); os.setpriority(os.PRIO_PROCESS, 0, 10)"


def give_way() -> None:
    """From here on this thread goes behind the others of the process, where the system lets it say so.

    Whoever writes lets go of the interpreter at each statement. A thread that is woken then would run first: beside a
    card that was drawn, an acknowledgement took four times as long.
    """
    if sys.platform != "linux" or not _allowed():  # elsewhere a thread has no priority of its own
        return
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _allowed() -> bool:
    """Whether asking is harmless: a filter of system calls may end whoever asks, as an earlier unit of ours would.
    Where there is a filter, a process of its own asks first."""
    with suppress(OSError):
        if "Seccomp:\t2" not in _STATUS.read_text(encoding="ascii", errors="replace"):
            return True
    with suppress(OSError, subprocess.SubprocessError):  # that none can be started must not end the thread either
        command = [sys.executable, "-I", "-S", "-c", _ASKS]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=5).returncode == 0  # noqa: S603 - ours
    return False

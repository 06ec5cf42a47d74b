"""How the process is told to end, and how it ends.

A signal that comes between the interpreter's last look and the main thread's going to sleep on a lock wakes nobody:
Python runs its handler when the lock is had, which may be never. A byte in a socket is still there when it is read.
"""

import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_RETURNED = 0


class Shutdown:
    """SIGTERM and Ctrl-C, never missed. Made in the main thread.

    Nothing is raised into the middle of whatever runs: a lock that was just taken would stay taken. During the start a
    signal ends the process on the spot, as safe as a kill at any other moment; from ``ready`` on ``wait`` hears it.
    """

    def __init__(self) -> None:
        self._starting = True
        self._ear, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)  # gets each signal's number as a byte
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._told)

    def ready(self) -> None:
        """The start is over."""
        self._starting = False

    def wait(self) -> None:
        """Until the process is told to end, or what was run ``beside`` it has returned."""
        while self._ear.recv(1)[0] not in (_RETURNED, *_SIGNALS):
            pass

    def beside(self, work: Callable[[], None]) -> "Future[None]":
        """Run ``work`` in a thread of its own."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                work()
                done.set_result(None)
            except BaseException as error:  # noqa: BLE001 - who waits raises it
                done.set_exception(error)
            with suppress(BlockingIOError):  # then it was rung often enough
                self._bell.send(bytes([_RETURNED]))

        threading.Thread(target=run, name="beside", daemon=True).start()
        return done

    def _told(self, _signal: int, _frame: FrameType | None) -> None:
        if self._starting:
            os._exit(0)


def leave(run: Callable[[], int]) -> NoReturn:
    """Run and end the process with the status returned (1 and a traceback when it raises), waiting for no thread: what
    is ours is closed by then, and a library's may listen to a line that says nothing more."""
    try:
        status = run()
    except BaseException:  # noqa: BLE001 - said, and told by the exit status
        traceback.print_exc()
        status = 1
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(status)

"""The HTTP server: waitress, and what it leaves to a proxy in front: deadlines for whoever sends slowly, bounds for
whoever holds on to much.

Nobody is turned away at the door. When there are too many, or they hold too much, those go who have kept the server
waiting longest: a request of Slack's is there whole within milliseconds and is never among them.
All of this happens in the one thread that polls the sockets.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from wsgiref.types import WSGIApplication

from waitress.adjustments import Adjustments  # type: ignore[import-untyped]  # ships no types
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import ThreadedTaskDispatcher, WSGITask  # type: ignore[import-untyped]

from bot.slack.gate import CAME, CROWDED, MAX_BODY

HEAD_SECONDS, BODY_SECONDS = 5.0, 10.0
"""So long a request's headers and then its body may take to arrive, however steadily they drip."""
MOST_CONNECTIONS, MOST_A_PEER = 500, 250
MOST_HELD = 16 * 1024 * 1024
"""Bytes of requests that are not answered yet."""
MOST_WAITING = 400
"""So many requests may wait for a thread: what is done in some two seconds. Who comes later is told so at once."""
_AT_ONCE = 64


class _Task(WSGITask):  # type: ignore[misc]
    """One request."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[CAME], environ[CROWDED] = self.channel.came, self.channel.crowded
        return environ


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Requests wait for a thread in the order they came; one that is too many is next, since refusing costs nothing."""

    def add_task(self, task: "_Channel") -> None:
        with self.lock:
            task.crowded = len(self.queue) >= MOST_WAITING
            (self.queue.appendleft if task.crowded else self.queue.append)(task)
            self.queue_cv.notify()


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    task_class = _Task
    came = 0.0
    """When the last of its request came."""
    crowded = False

    def __init__(self, server: "_Server", sock: socket.socket, addr: Any, *args: Any, **more: Any) -> None:
        self.peer = str(addr[0])
        self.waits_since, self.heard, self.in_body = server.clock(), False, False
        self.held = 0  # bytes
        super().__init__(server, sock, addr, *args, **more)
        server.make_room(self.peer)

    @property
    def waits(self) -> bool:
        """Whether it waits for the client, and not the client for us."""
        return not (self.requests or self.total_outbufs_len or self.will_close)

    def overdue(self, now: float) -> bool:
        """Whether the client should have said more by now. One that has said all of a request may say nothing."""
        late = now > self.waits_since + (BODY_SECONDS if self.in_body else HEAD_SECONDS)
        return late and self.waits and not (self.heard and self.request is None)

    def received(self, data: bytes) -> Any:
        before, self.heard, self.came = self.request, True, self.server.clock()
        done = super().received(data)
        in_body = self.request is not None and self.request.headers_finished
        if self.request is not before or in_body != self.in_body:
            self.waits_since, self.in_body = self.server.clock(), in_body
        self.hold(self.held + len(data))
        self.server.make_space()
        return done

    def readable(self) -> bool:
        """Asked before each look at the sockets."""
        if self.held and self.request is None and not self.requests:  # all it said is answered
            self.waits_since = self.server.clock()
            self.hold(0)
        return bool(super().readable())

    def del_channel(self, *args: Any) -> None:
        self.hold(0)
        super().del_channel(*args)

    def hold(self, held: int) -> None:
        self.server.held += held - self.held
        self.held = held


class _Server(TcpWSGIServer):  # type: ignore[misc]
    channel_class = _Channel
    held = 0
    """Bytes in all."""

    def __init__(self, clock: Callable[[], float], *args: Any) -> None:
        self.clock = clock
        super().__init__(*args)

    def handle_accept(self) -> None:
        """All who wait at the door, and not one a round: a round looks at every connection."""
        for _ in range(_AT_ONCE):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                return

    def maintenance(self, now: float) -> None:
        """Once a second; those who are silent between two requests, or take no answer, are waitress' own."""
        super().maintenance(now)
        now = self.clock()
        for one in self._open():
            one.will_close = one.will_close or one.overdue(now)

    def make_room(self, peer: str) -> None:
        """Somebody came in. Who waits for us is not counted: when we are slow, that is not the clients' doing."""
        if len(self.active_channels) <= MOST_A_PEER:
            return  # the usual case costs nothing
        waiting = [one.peer for one in self._open() if one.waits]
        if waiting.count(peer) > MOST_A_PEER:
            self.let_go(peer)
        elif len(waiting) > MOST_CONNECTIONS:
            self.let_go()

    def make_space(self) -> None:
        """Somebody sent more."""
        while self.held > MOST_HELD and self.let_go(holding=True):
            pass

    def let_go(self, peer: str = "", *, holding: bool = False) -> bool:
        """Of those we wait for (of a peer; who hold something) the one we have waited for longest; whether there is
        one."""
        waiting = [one for one in self._open() if one.waits and peer in ("", one.peer) and one.held >= holding]
        if not waiting:
            return False
        last = min(waiting, key=lambda one: one.waits_since)
        # Closed by the loop on its next round: its number must not be somebody else's before this one is over.
        last.will_close = True
        last.hold(0)
        return True

    def _open(self) -> list[_Channel]:
        return [one for one in self.active_channels.values() if not one.will_close]


class Server:
    """A bound server: ``port`` is the real one, ``run()`` serves until some thread calls ``close()``."""

    def __init__(self, app: WSGIApplication, host: str, port: int, threads: int, clock: Callable[[], float]) -> None:
        # Not left to waitress: a busy port raises before a thread runs, and a name never means two sockets.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=1024)
        self.port: int = listener.getsockname()[1]
        self._sockets: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._running = self._closed = False
        dispatcher = _Dispatcher()
        dispatcher.set_thread_count(threads)
        settings = Adjustments(
            sockets=[listener],
            threads=threads,
            ident="finetune-advisor",
            channel_timeout=30,
            cleanup_interval=1,
            connection_limit=2 * MOST_CONNECTIONS,  # never reached: see above
            asyncore_use_poll=True,  # select() fails above descriptor 1023
            max_request_header_size=32 * 1024,
            max_request_body_size=MAX_BODY + 64 * 1024,  # counts the chunk headers too; the gate is exact
            inbuf_overflow=2 * MAX_BODY,  # no files for bodies: what is held is bounded here
        )
        self._waitress = _Server(
            clock, app, self._sockets, True, listener, dispatcher, settings,
            (listener.family, listener.type, listener.proto, listener.getsockname()), False,
        )  # fmt: skip

    def run(self) -> None:
        """Serve in this thread until ``close()``, or until SystemExit or KeyboardInterrupt rises in it."""
        with self._lock:
            self._running = not self._closed
        try:
            self._waitress.run()
        finally:
            with self._lock:
                self._running, self._closed = False, True
            self._stop()

    def close(self) -> None:
        """Take no new requests, give running ones ten seconds, close the sockets. Harmless when repeated."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._running:
                # The thread that polls the sockets must be the one to close them.
                with suppress(OSError):  # it has ended by itself meanwhile, and closed what wakes it
                    self._waitress.trigger.pull_trigger(self._stop)
                    return
        self._stop()

    def _stop(self) -> None:
        self._waitress.task_dispatcher.shutdown(timeout=10)
        for one in list(self._sockets.values()):
            one.close()


def serve(
    app: WSGIApplication, host: str, port: int, threads: int = 16, clock: Callable[[], float] = time.monotonic
) -> Server:
    """Bind ``app`` to ``host`` and ``port`` (0 takes a free one) under waitress; OSError if that fails."""
    return Server(app, host, port, threads, clock)

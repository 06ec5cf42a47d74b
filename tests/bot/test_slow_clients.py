"""Whoever sends slowly or holds on to much keeps nobody else waiting: deadlines and bounds of ``bot/slack/server.py``.

The deadlines' clock is the test's; the server looks at it once a second.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bot.slack.server import BODY_SECONDS, HEAD_SECONDS, MOST_A_PEER, MOST_CONNECTIONS, Server, serve

HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"


class Served:
    """A server whose clock is moved, and connections to it."""

    def __init__(self, ends: ExitStack) -> None:
        self.ahead, self._ends = 0.0, ends
        self.inside, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.server: Server = serve(self._app, "127.0.0.1", 0, clock=lambda: time.monotonic() + self.ahead)

    def _app(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.inside.set()
        assert self.go_on.wait(60)
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    def dial(self, *parts: bytes) -> socket.socket:
        line = self._ends.enter_context(socket.create_connection(("127.0.0.1", self.server.port), timeout=60))
        for part in parts:
            line.sendall(part)
        return line

    def seconds_for_others(self) -> float:
        """How long a stranger's whole request takes."""
        begun = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert heard(line).endswith(b"ok")
        return time.perf_counter() - begun


def heard(line: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    said = b""
    while piece := line.recv(4096):
        said += piece
    return said


def answered(line: socket.socket) -> bool:
    said = b""
    while not said.endswith(b"ok") and (piece := line.recv(4096)):
        said += piece
    return b" 200 " in said


@contextmanager
def running(ends: ExitStack) -> Iterator[Served]:
    served = Served(ends)
    thread = threading.Thread(target=served.server.run)
    thread.start()
    try:
        yield served
    finally:
        served.go_on.set()
        ends.close()
        served.server.close()
        thread.join()


@pytest.fixture
def served() -> Iterator[Served]:
    with ExitStack() as ends, running(ends) as made:
        yield made


def test_headers_have_their_deadline_however_steadily_they_drip(served: Served) -> None:
    line = served.dial(HEAD)
    for byte in b"X-Slow":
        line.sendall(bytes([byte]))
        served.ahead += HEAD_SECONDS / 4
    assert heard(line) == b""


def test_one_who_says_nothing_at_all_has_the_same(served: Served) -> None:
    line = served.dial()
    served.ahead += HEAD_SECONDS + 0.1
    assert heard(line) == b""


def test_a_body_has_its_own_deadline_from_the_end_of_the_headers_on(served: Served) -> None:
    late, in_time = (served.dial(HEAD + b"Content-Length: 4\r\n\r\n") for _ in range(2))
    served.seconds_for_others()  # by now the server has read what was there
    served.ahead += BODY_SECONDS - 2
    late.sendall(b"ab")
    in_time.sendall(b"abcd")
    assert answered(in_time)
    served.ahead += 3
    assert heard(late) == b""


def test_what_takes_us_long_is_not_the_client_s_fault(served: Served) -> None:
    served.go_on.clear()
    line = served.dial(HEAD + b"Content-Length: 2\r\n\r\nab")
    assert served.inside.wait(60)
    served.ahead += 10 * BODY_SECONDS
    quiet = served.dial()
    assert heard(quiet) == b"", "the deadlines were looked at meanwhile"
    served.go_on.set()
    assert answered(line)


def test_a_line_between_two_requests_is_left_open(served: Served) -> None:
    line = served.dial(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answered(line)
    quiet = served.dial()
    served.ahead += HEAD_SECONDS + 1
    assert heard(quiet) == b"", "the deadlines were looked at meanwhile"
    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answered(line)


def test_600_dripping_connections_keep_nobody_waiting(served: Served) -> None:
    """More than there is room for: those go who keep us waiting longest, and never who came with a whole request."""
    dripping = [served.dial(HEAD) for _ in range(600)]
    waits = list[float]()
    for n in range(20):
        for line in dripping[n * 30 : n * 30 + 30]:
            line.setblocking(False)
            try:
                line.send(b"X")
            except OSError:
                dripping.append(served.dial(HEAD))
        waits.append(served.seconds_for_others())
    assert max(waits) < HEAD_SECONDS, "for none of their deadlines"
    assert len(served.server._waitress.active_channels) <= min(MOST_A_PEER, MOST_CONNECTIONS) + 1


def test_400_half_bodies_take_no_50_mb(served: Served) -> None:
    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    before = peak = resident()
    half = HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 500_000
    taken = 0
    for _ in range(400):
        try:
            served.dial(half)
            taken += 1
        except ConnectionError:  # it was hung up on while it sent
            pass
        peak = max(peak, resident())
    assert taken > 200
    assert peak - before < 50, f"{peak - before:.0f} MB"
    served.seconds_for_others()
    whole = served.dial(HEAD + b"Content-Length: 900000\r\n\r\n" + b"x" * 900_000)
    assert answered(whole), "one that is whole has its room"

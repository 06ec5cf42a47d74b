"""Overload is refused, not queued: what can't be begun in time is told to come again, and nothing of it is done."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bot.delivery import turn
from bot.delivery.turn import PATIENCE_SECONDS, RETRY_SECONDS
from bot.slack import server as under
from bot.slack.gate import CAME, CROWDED, EVENTS, front
from bot.slack.server import serve
from bot.store.database import Connection, Late
from bot.store.sqlite import Store
from tests.bot.conftest import ADA, Workspace
from tests.bot.test_http import EVENT, JSON, SECRET, WELL, call, dumped, environ, signature


@pytest.fixture(autouse=True)
def _patient() -> None:
    """No more than Slack is."""


class TestTheWriter:
    """What waits for the writer past its time is not begun."""

    def test_a_turn_past_its_time_is_refused_and_not_run(self, tmp_path: Path) -> None:
        store, held, ran = Store(tmp_path / "a.db"), threading.Event(), list[str]()

        def work(name: str) -> Callable[[Connection], None]:
            return lambda _: ran.append(name)

        holding = store.hand_in(lambda _: held.wait(20))
        late = store.hand_in(work("late"), until=time.monotonic())
        in_time = store.hand_in(work("in time"), until=time.monotonic() + 60)
        patient = store.hand_in(work("patient"))
        held.set()
        assert holding.result(20)
        with pytest.raises(Late):
            late.result(20)
        in_time.result(20)
        patient.result(20)
        assert ran == ["in time", "patient"]
        store.close()

    def test_nothing_of_it_is_done_and_it_counts_when_slack_brings_it_again(
        self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over_http.open()
        over_http.quiet()
        tables = ("SELECT * FROM seen", "SELECT * FROM answers", "SELECT * FROM outbox")
        before = [over_http.rows(table) for table in tables]
        event = over_http.first_said() | {"event_id": "EvLate"}
        event["event"] = event["event"] | {"ts": "1999999999.000100", "text": "our tone of voice"}
        with monkeypatch.context() as now:
            now.setattr(turn, "PATIENCE_SECONDS", 0.0)  # so the time is up when the writer comes to it
            assert over_http.slack.deliver(event).status == 503
        assert [over_http.rows(table) for table in tables] == before
        assert b'refused_total{where="writer"} 1.0' in over_http.bot.metrics.page(over_http.bot.gauges())
        assert over_http.slack.deliver(event, retry=(1, "http_error")).status == 200
        assert len(over_http.rows("SELECT * FROM seen")) == len(before[0]) + 1

    def test_a_command_that_is_late_gets_words(self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Slack repeats no command."""
        monkeypatch.setattr(turn, "PATIENCE_SECONDS", 0.0)
        assert "again in a moment" in over_http.slack.command(ADA, "/finetune", "start")["text"]
        assert over_http.rows("SELECT id FROM sessions") == []

    def test_whoever_is_refused_is_told_when_to_come_again(
        self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turn, "PATIENCE_SECONDS", 0.0)
        told = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": "EvLate", "event": _said("hello")}
        body = json.dumps(told).encode()
        stamp = str(int(time.time()))
        headers = {"Content-Type": JSON, "X-Slack-Request-Timestamp": stamp}
        headers["X-Slack-Signature"] = _signed(over_http.slack.signing_secret, stamp, body)
        with closing(HTTPConnection(urlsplit(over_http.address).netloc, timeout=20)) as line:
            line.request("POST", EVENTS, body, headers)
            answer = line.getresponse()
            assert (answer.status, answer.headers["Retry-After"]) == (503, str(RETRY_SECONDS))
            answer.read()


def _said(text: str) -> dict[str, Any]:
    return {"type": "message", "channel_type": "im", "channel": "D0ADA", "user": ADA, "text": text, "ts": "1.2"}


def _signed(secret: str, stamp: str, body: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


class TestTheFront:
    """What waits for a thread past its time, and what is one too many, is not even read."""

    def test_a_request_that_has_waited_too_long_reaches_nobody(self) -> None:
        seen = list[WSGIEnvironment]()

        def bolt(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
            seen.append(environ)
            start("200 OK", [])
            return []

        app = front(bolt, SECRET, WELL, clock=lambda: 100.0)
        request = environ(dumped(EVENT))
        came = {CAME: 100.0 - PATIENCE_SECONDS, CROWDED: False}
        assert call(app, dict(request) | came)[0] == 200
        assert call(app, environ(dumped(EVENT)) | came | {CAME: 99.9 - PATIENCE_SECONDS})[0] == 503
        assert call(app, environ(dumped(EVENT)) | came | {CROWDED: True})[0] == 503
        assert len(seen) == 1

    def test_while_all_threads_are_held_those_who_wait_too_long_are_refused(self) -> None:
        with busy() as (held, line):
            first = line()
            held.inside()
            second = line()
            held.waiting(1)
            held.ahead = PATIENCE_SECONDS + 1
            held.go_on.set()
            assert (status(first), status(second)) == (200, 503)
        assert held.ran == 1

    def test_one_too_many_is_refused_before_those_who_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(under, "MOST_WAITING", 2)
        with busy() as (held, line):
            first = line()
            held.inside()
            lines = [line()]
            held.waiting(1)
            lines.append(line())
            held.waiting(2)
            lines.append(line())
            held.waiting(3)
            held.go_on.set()
            assert [status(each) for each in (first, *lines)] == [200, 200, 200, 503]
        assert held.order == ["200 OK", "503 Service Unavailable", "200 OK", "200 OK"]


class Held:
    """An application behind the gate on a server with one thread, which a test holds."""

    def __init__(self) -> None:
        self.ahead, self.ran, self.order = 0.0, 0, list[str]()
        self.go_on, self._inside = threading.Event(), threading.Event()
        self._gate = front(self._bolt, SECRET, WELL, clock=self.clock)
        self.server = serve(self._watched, "127.0.0.1", 0, threads=1, clock=self.clock)

    def clock(self) -> float:
        return time.monotonic() + self.ahead

    def inside(self) -> None:
        assert self._inside.wait(20)

    def waiting(self, how_many: int) -> None:
        """Until so many wait for the thread."""
        until = time.monotonic() + 20
        while len(self.server._waitress.task_dispatcher.queue) < how_many:
            assert time.monotonic() < until

    def _bolt(self, _: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        self.ran += 1
        self._inside.set()
        assert self.go_on.wait(20)
        start("200 OK", [("Content-Length", "0")])
        return []

    def _watched(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        def noted(status: str, *args: Any) -> Any:
            self.order.append(status)
            return start(status, *args)

        return self._gate(environ, noted)


@contextmanager
def busy() -> Iterator[tuple[Held, Callable[[], socket.socket]]]:
    held = Held()
    thread = threading.Thread(target=held.server.run)
    thread.start()

    def line() -> socket.socket:
        """A signed event, on its way."""
        body, stamp = dumped(EVENT), str(int(time.time()))
        head = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {JSON}\r\n"
        head += f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: {signature(stamp, body)}\r\n"
        made = ends.enter_context(socket.create_connection(("127.0.0.1", held.server.port), timeout=20))
        made.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return made

    with ExitStack() as ends:
        try:
            yield held, line
        finally:
            held.go_on.set()
            ends.close()
            held.server.close()
            thread.join()


def status(line: socket.socket) -> int:
    said = b""
    while piece := line.recv(4096):
        said += piece
    return int(said.split(b" ", 2)[1])

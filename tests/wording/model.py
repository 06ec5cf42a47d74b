"""A model's API on loopback that does what a test tells it to: honest, hostile, slow or broken."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Behave = Callable[["Exchange"], None]


class Exchange:
    """One request and the line to answer it on."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Body, let_go: threading.Event) -> None:
        self.handler, self.body, self.let_go = handler, body, let_go

    @property
    def ids(self) -> list[str]:
        """What the answer may name: sentences to word, or to choose from."""
        shape = json.dumps(self.body["output_config"]["format"]["schema"])
        found = re.search(r'"(?:enum": \[([^\]]*)\]|const": ("[^"]*"))', shape)
        assert found
        return list(json.loads(f"[{found[1] or found[2]}]"))

    @property
    def briefs(self) -> dict[str, str]:
        """What is to be worded, by id."""
        lines = self.body["messages"][0]["content"].splitlines()
        return {line.partition(" [")[0]: line.partition("]: ")[2] for line in lines}

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.handler.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | named).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def say(self, text: str, stop_reason: str = "end_turn") -> None:
        """A whole message with this text."""
        content = [{"type": "text", "text": text}] if text else []
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": self.body["model"], "content": content,
            "stop_reason": stop_reason, "stop_sequence": None, "usage": {"input_tokens": 900, "output_tokens": 90},
        }  # fmt: skip
        self.send(200, json.dumps(message).encode())

    def word(self, sentences: dict[str, str]) -> None:
        self.say(json.dumps({"sentences": [{"id": id, "text": text} for id, text in sentences.items()]}))

    def choose(self, *ids: str) -> None:
        self.say(json.dumps({"ids": ids}))

    def refuse(self, status: int, code: str, **headers: str) -> None:
        error = {"type": "error", "error": {"type": code, "message": f"{code}: {CANARY}"}, "request_id": "req_1"}
        self.send(status, json.dumps(error).encode(), **headers)


CANARY = "zebra-canary-7"
"""Stands in whatever a hostile or broken model says: it must never reach a log or a person."""


class ScriptedModel:
    """The server. ``behave`` answers each request; ``requests`` are the bodies it got."""

    def __init__(self) -> None:
        self.behave: Behave = honest
        self.requests: list[Body] = []
        self.let_go = threading.Event()
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                model.requests.append(body)
                with suppress(OSError):
                    model.behave(Exchange(self, body, model.let_go))

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    @contextmanager
    def up(self) -> Iterator["ScriptedModel"]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.let_go.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


# ---- good behaviour


def honest(exchange: Exchange) -> None:
    """Words each sentence as it is given, or chooses the first sentence there is."""
    if "Below are all sentences" in exchange.body["system"]:
        exchange.choose(exchange.ids[0])
    else:
        exchange.word(exchange.briefs)


# ---- bad behaviour: each ends in our own words


def _status(status: int, code: str, **headers: str) -> Behave:
    return lambda exchange: exchange.refuse(status, code, **headers)


def _drip(exchange: Exchange) -> None:
    """A byte now and then: no read ever times out."""
    exchange.handler.send_response(200)
    exchange.handler.send_header("Content-Type", "application/json")
    exchange.handler.send_header("Content-Length", "1000")
    exchange.handler.end_headers()
    while not exchange.let_go.wait(0.05):
        exchange.handler.wfile.write(b" ")
        exchange.handler.wfile.flush()


def hang(exchange: Exchange) -> None:
    """Takes the question and says nothing."""
    exchange.let_go.wait(60)


def _cut(exchange: Exchange) -> None:
    """The line is cut in the middle of the answer."""
    exchange.handler.send_response(200)
    exchange.handler.send_header("Content-Type", "application/json")
    exchange.handler.send_header("Content-Length", "5000")
    exchange.handler.end_headers()
    exchange.handler.wfile.write(b'{"id": "msg_1", "type": "mess')
    exchange.handler.close_connection = True
    exchange.handler.wfile.flush()
    exchange.handler.connection.close()


def _truncated(exchange: Exchange) -> None:
    first = exchange.ids[0]
    exchange.say(f'{{"sentences": [{{"id": "{first}", "text": "{CANARY}')


def _worded(text: str) -> Behave:
    return lambda exchange: exchange.word(dict.fromkeys(exchange.ids, text))


def garbage(exchange: Exchange) -> None:
    exchange.say(f"Sure! Here you go: {CANARY}")


def hostile(exchange: Exchange) -> None:
    """Everything at once, in sentences that name the right reasons."""
    bad = f"Ignore the gates and start the full run today, {CANARY} <!channel> https://evil.example 99 %."
    exchange.word(dict.fromkeys(exchange.ids, bad))


FAULTS: dict[str, Behave] = {
    "bad key": _status(401, "authentication_error"),
    "unpaid": _status(402, "billing_error"),
    "unknown model": _status(404, "not_found_error"),
    "limited": _status(429, "rate_limit_error", retry_after="7"),
    "broken": _status(500, "api_error"),
    "bad gateway": lambda exchange: exchange.send(502, f"<html>{CANARY}</html>".encode(), "text/html"),
    "unavailable": _status(503, "api_error"),
    "overloaded": _status(529, "overloaded_error"),
    "drip": _drip,
    "hang": hang,
    "page": lambda exchange: exchange.send(200, f"<html>{CANARY}</html>".encode(), "text/html"),
    "no json": garbage,
    "truncated json": _truncated,
    "wrong json": lambda exchange: exchange.say(json.dumps({"verdict": CANARY})),
    "a list": lambda exchange: exchange.say(json.dumps([CANARY])),
    "broken envelope": lambda exchange: exchange.send(200, b'{"id": "msg_1", "type": '),
    "refusal": lambda exchange: exchange.say("", stop_reason="refusal"),
    "max_tokens": lambda exchange: exchange.say('{"sentences": [', stop_reason="max_tokens"),
    "wrong ids": lambda exchange: exchange.word({"gate_9": CANARY}),
    "an id twice": lambda exchange: exchange.say(
        json.dumps({"sentences": [{"id": exchange.ids[0], "text": CANARY}] * 2})
    ),
    "empty": lambda exchange: exchange.say(""),
    "huge": lambda exchange: exchange.say(json.dumps({"sentences": [{"id": exchange.ids[0], "text": "x" * 100_000}]})),
    "cut": _cut,
}
"""What gives nothing to use, whatever was asked."""

UNFIT: dict[str, Behave] = {
    "missing ids": lambda exchange: exchange.word({}),
    "hostile": hostile,
    "other language": _worded("Der Evalsatz ist zu klein, darum lohnt sich das Training noch nicht."),
    "other script": _worded("Набор для оценки слишком мал."),
    "empty sentences": _worded(""),
    "long sentences": _worded("The eval set is what counts, " * 40 + "."),
}
"""A proper answer of which no sentence may stand."""


def slow(exchange: Exchange) -> None:
    """An honest answer, later than anybody waits for."""
    if not exchange.let_go.wait(1.0):
        honest(exchange)

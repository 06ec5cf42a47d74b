"""What passes the front door: only what Slack signed, of bounded size, in a shape Bolt can take."""

import copy
import hashlib
import hmac
import json
import logging
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus, urlencode
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

from bot.delivery.telemetry import READ, Metrics
from bot.slack.gate import EVENTS, MAX_BODY, MAX_DEPTH, front
from bot.slack.health import LIVES as HEALTH
from bot.slack.health import NUMBERS, READY, Health
from bot.slack.server import Server, serve

SECRET = "0123456789abcdef0123456789abcdef"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
EVENT: dict[str, Any] = {
    "token": "t",
    "team_id": "T1",
    "api_app_id": "A1",
    "type": "event_callback",
    "event_id": "Ev1",
    "event_time": 1700000000,
    "authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": "U0", "is_bot": True}],
    "is_ext_shared_channel": False,
    "event": {
        "type": "message",
        "channel_type": "im",
        "channel": "D1",
        "user": "U1",
        "text": "1.2k a month 🙂",
        "ts": "1700000000.000100",
        "thread_ts": "1700000000.000001",
        "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": "1.2k"}]}],
    },
}
ACTION: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ann", "team_id": "T1"},
    "api_app_id": "A1",
    "container": {"type": "message", "message_ts": "1.1", "channel_id": "D1"},
    "trigger_id": "1.2.3",
    "team": {"id": "T1", "domain": "d"},
    "enterprise": None,
    "is_enterprise_install": False,
    "channel": {"id": "D1", "name": "directmessage"},
    "message": {"type": "message", "user": "U0", "ts": "1.1", "text": "card", "team": "T1", "blocks": []},
    "state": {"values": {}},
    "response_url": "https://hooks.slack.example/actions/1",
    "actions": [
        {
            "action_id": "answer:measured:yes",
            "block_id": "b1",
            "text": {"type": "plain_text", "text": "Yes", "emoji": True},
            "value": "v1",
            "type": "button",
            "action_ts": "1.2",
        }
    ],
}
VIEW: dict[str, Any] = {
    "type": "view_submission",
    "team": {"id": "T1", "domain": "d"},
    "user": {"id": "U1", "name": "ann", "team_id": "T1"},
    "trigger_id": "1.2.3",
    "view": {
        "id": "V1",
        "team_id": "T1",
        "type": "modal",
        "blocks": [],
        "private_metadata": "",
        "callback_id": "share",
        "state": {"values": {"b": {"a": {"type": "plain_text_input", "value": "x"}}}},
        "hash": "1.h",
        "title": {"type": "plain_text", "text": "Share"},
        "app_installed_team_id": "T1",
    },
    "response_urls": [],
}
SHORTCUT: dict[str, Any] = {
    "type": "shortcut",
    "callback_id": "start_check",
    "trigger_id": "1.2.3",
    "action_ts": "1.2",
    "team": {"id": "T1", "domain": "d"},
    "user": {"id": "U1", "username": "ann", "team_id": "T1"},
}
SUGGESTION: dict[str, Any] = {
    "type": "block_suggestion",
    "action_id": "pick",
    "block_id": "b",
    "value": "li",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
}
COMMAND = {
    "token": "t",
    "team_id": "T1",
    "team_domain": "d",
    "channel_id": "C1",
    "user_id": "U1",
    "command": "/finetune",
    "text": "start",
    "response_url": "https://hooks.slack.example/commands/1",
    "trigger_id": "1.2.3",
}
INTERACTIONS = (ACTION, VIEW, VIEW | {"type": "view_closed"}, SHORTCUT, SUGGESTION)


def health(alive: str | None = None, ready: str | None = None) -> Health:
    return Health(lambda: alive, lambda: ready, Metrics(), lambda: dict.fromkeys(READ, 0.0))


WELL = health()


def dumped(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def form(value: object) -> bytes:
    return urlencode({"payload": dumped(value).decode()}).encode()


def signature(timestamp: str, body: bytes, secret: str = SECRET) -> str:
    base = b"v0:" + timestamp.encode("latin-1") + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def environ(
    body: bytes = b"",
    content_type: str = JSON,
    *,
    signed: bool = True,
    age: int = 0,
    change: Mapping[str, str] = MappingProxyType({}),
    secret: str = SECRET,
) -> WSGIEnvironment:
    """A request as a WSGI server hands it over; ``change`` overrides, and an empty value removes."""
    timestamp = str(int(time.time()) - age)
    made = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": EVENTS,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
        "HTTP_X_SLACK_SIGNATURE": signature(timestamp, body, secret) if signed else "v0=" + "0" * 64,
    } | dict(change)
    return {name: value for name, value in made.items() if value} | {"wsgi.input": BytesIO(body)}


def call(app: WSGIApplication, request: WSGIEnvironment) -> tuple[int, str]:
    answers: list[int] = []

    def start_response(status: str, _headers: object, _exc_info: object = None) -> Callable[[bytes], object]:
        answers.append(int(status.split(maxsplit=1)[0]))
        return lambda _: None

    body = b"".join(app(request, start_response))
    assert len(answers) == 1
    return answers[0], body.decode()


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def bolt(heard: list[str]) -> WSGIApplication:
    """A real Bolt with a listener of every kind and every matcher that looks into a body."""
    app = App(
        signing_secret=SECRET,
        token_verification_enabled=False,
        authorize=lambda **_: AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_user_id="U0", bot_id="B0", bot_token="xoxb-0"
        ),
        process_before_response=True,
    )
    anything = re.compile("")

    def listener(ack: Callable[[], object], payload: dict[str, Any], body: dict[str, Any]) -> None:
        ack()
        heard.append(f"{body.get('type') or body['command']}: {payload.get('text', '')}")

    app.event({"type": "message", "subtype": (re.compile("changed"), "file_share")})(listener)
    app.message(re.compile("1.2k"))(listener)
    app.event(anything)(listener)
    app.function(anything)(listener)
    app.action({"action_id": re.compile("^answer:"), "block_id": anything})(listener)
    app.action(anything)(listener)
    app.command(anything)(listener)
    app.shortcut(anything)(listener)
    app.view(anything)(listener)
    app.view_closed(anything)(listener)
    app.options(anything)(listener)
    return SlackRequestHandler(app)


@pytest.fixture
def door(bolt: WSGIApplication) -> WSGIApplication:
    return front(bolt, SECRET, WELL)


def recorder(seen: list[WSGIEnvironment]) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        seen.append(environ)
        start_response("200 OK", [])
        return [b"recorded"]

    return app


# --- what passes ----------------------------------------------------------------------------------


def test_a_signed_event_reaches_its_listener(door: WSGIApplication, heard: list[str]) -> None:
    """JSON with or without a charset; the header's case does not matter."""
    for content_type in (JSON, JSON + "; charset=utf-8", "Application/JSON"):
        assert call(door, environ(dumped(EVENT), content_type)) == (200, "")
    assert heard == ["event_callback: 1.2k a month 🙂"] * 3


@pytest.mark.parametrize("payload", INTERACTIONS, ids=lambda payload: str(payload["type"]))
def test_a_signed_interaction_reaches_its_listener(
    door: WSGIApplication, heard: list[str], payload: dict[str, Any]
) -> None:
    """Buttons, submitted and closed views, shortcuts and option lists, with the fields Slack sends."""
    assert call(door, environ(form(payload), FORM))[0] == 200
    assert [line.split(":")[0] for line in heard] == [payload["type"]]


def test_a_signed_slash_command_reaches_its_listener(door: WSGIApplication, heard: list[str]) -> None:
    """The charset parameter is allowed here too."""
    assert call(door, environ(urlencode(COMMAND).encode(), FORM + ";charset=UTF-8"))[0] == 200
    assert heard == ["/finetune: start"]


def test_a_slash_command_may_say_payload(door: WSGIApplication, bolt: WSGIApplication, heard: list[str]) -> None:
    """Bolt alone loses such a command, because it looks for the word anywhere in the form."""
    body = urlencode(COMMAND | {"text": "how big may a payload be"}).encode()
    call(bolt, environ(body, FORM))
    assert heard == []
    assert call(door, environ(body, FORM))[0] == 200
    assert heard == ["/finetune: how big may a payload be"]


def test_url_verification_is_answered_when_signed(door: WSGIApplication) -> None:
    """Slack's first request to a new address; unsigned it is refused like anything else."""
    body = dumped({"type": "url_verification", "token": "t", "challenge": "c0ffee"})
    status, answer = call(door, environ(body))
    assert (status, json.loads(answer)) == (200, {"challenge": "c0ffee"})
    assert call(door, environ(body, signed=False))[0] == 401


def test_ssl_check_is_answered_only_when_signed(door: WSGIApplication, bolt: WSGIApplication) -> None:
    """Bolt alone answers it to anybody."""
    assert call(bolt, environ(b"ssl_check=1&token=t", FORM, signed=False))[0] == 200
    assert call(door, environ(b"ssl_check=1&token=t", FORM, signed=False))[0] == 401
    assert call(door, environ(b"ssl_check=1&token=t", FORM))[0] == 200


def test_only_the_signed_request_and_the_retry_headers_reach_bolt() -> None:
    """No signature covers a header, and one of them would make Bolt run a lazy listener by name."""
    seen: list[WSGIEnvironment] = []
    door = front(recorder(seen), SECRET, WELL)
    body = dumped(EVENT)
    change = {
        "QUERY_STRING": "a=1",
        "HTTP_X_SLACK_BOLT_LAZY_ONLY": "1",
        "HTTP_COOKIE": "c",
        "HTTP_X_SLACK_RETRY_NUM": "1",
        "HTTP_X_SLACK_RETRY_REASON": "<script>",
    }
    assert call(door, environ(body, change=change)) == (200, "recorded")
    assert sorted(name for name in seen[0] if name.startswith("HTTP_")) == [
        "HTTP_X_SLACK_REQUEST_TIMESTAMP",
        "HTTP_X_SLACK_RETRY_NUM",
        "HTTP_X_SLACK_SIGNATURE",
    ]
    assert seen[0]["QUERY_STRING"] == ""
    assert seen[0]["wsgi.input"].read() == body


def test_a_view_deeper_in_brackets_inside_its_texts_passes(door: WSGIApplication) -> None:
    """Only the structure counts against the depth, not what people write."""
    event = EVENT | {"event": EVENT["event"] | {"text": '[{"' * 500 + "\\"}}
    assert call(door, environ(dumped(event)))[0] == 200


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "status"), [(301, 401), (300, 200), (0, 200), (-300, 200), (-301, 401)])
def test_a_request_is_good_for_five_minutes_either_way(age: int, status: int) -> None:
    """Also the future: a clock that is ahead would stretch the time for a replay."""
    clock = int(time.time())
    door = front(recorder([]), SECRET, WELL, lambda: float(clock))
    timestamp, body = str(clock - age), dumped(EVENT)
    signed = {"HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp, "HTTP_X_SLACK_SIGNATURE": signature(timestamp, body)}
    assert call(door, environ(body, change=signed))[0] == status


def test_a_replay_older_than_five_minutes_is_refused(door: WSGIApplication, heard: list[str]) -> None:
    """The signature still fits; the time does not."""
    assert call(door, environ(dumped(EVENT), age=301))[0] == 401
    assert heard == []


DEEP = b"[" * 100_000
FINDINGS = {
    "cut off": (b'{"a":', JSON),
    "deep list": (DEEP, JSON),
    "deep object": (b'{"a":' + DEEP, JSON),
    "just too deep": (b'{"type":"event_callback","a":' + b"[" * 64 + b"]" * 64 + b"}", JSON),
    "huge int": (b'{"a":' + b"9" * 5000 + b"}", JSON),
    "int of 26 digits": (b'{"type":"event_callback","a":' + b"9" * 26 + b"}", JSON),
    "NaN": (b'{"a":NaN}', JSON),
    "infinite": (b'{"a":1e999}', JSON),
    "not UTF-8": (b'{"a":"\xff"}', JSON),
    "half a surrogate pair": (dumped(EVENT | {"token": "\ud83d"}), JSON),
    "a list": (b"[1]", JSON),
    "a string": (b'"x"', JSON),
    "empty JSON": (b"", JSON),
    "payload null": (b"payload=null", FORM),
    "payload empty": (b"payload=", FORM),
    "payload a list": (b"payload=[1]", FORM),
    "payload deep": (b"payload=" + DEEP, FORM),
    "payload not UTF-8": (b"payload=%FF", FORM),
    "payload with an escaped name": (b"%70ayload=" + quote_plus(dumped(ACTION)).encode(), FORM),
    "payload without type": (form({"actions": []}), FORM),
    "payload an event": (form(EVENT), FORM),
    "type a list": (form({"type": ["block_actions"]}), FORM),
    "type unknown": (dumped(EVENT | {"type": "mystery"}), JSON),
    "event a string": (dumped(EVENT | {"event": "type"}), JSON),
    "event null": (dumped(EVENT | {"event": None}), JSON),
    "event type a number": (dumped(EVENT | {"event": {"type": 1}}), JSON),
    "event missing": (dumped({"type": "event_callback"}), JSON),
    "authorizations a string": (dumped(EVENT | {"authorizations": "x"}), JSON),
    "team a number": (dumped(EVENT | {"team": 5}), JSON),
    "user a list": (form(ACTION | {"user": ["id"]}), FORM),
    "response_urls null": (form(VIEW | {"response_urls": None}), FORM),
    "no actions": (form(ACTION | {"actions": []}), FORM),
    "an action without id": (form(ACTION | {"actions": [{}]}), FORM),
    "a view without type": (form(VIEW | {"view": {"callback_id": "x"}}), FORM),
    "a command with an event": (urlencode(COMMAND | {"event": "type"}).encode(), FORM),
    "a command with a type": (urlencode(COMMAND | {"type": "event_callback"}).encode(), FORM),
    "a form of nothing": (b"a=1", FORM),
    "101 fields": (urlencode(COMMAND).encode() + b"&a=1" * 101, FORM),
    "JSON called a form": (dumped(EVENT), FORM),
    "a form called JSON": (urlencode(COMMAND).encode(), JSON),
    "JSON called text": (dumped(EVENT), "text/plain"),
    "no content type": (dumped(EVENT), ""),
}


@pytest.mark.parametrize(("body", "content_type"), FINDINGS.values(), ids=FINDINGS.keys())
def test_a_body_bolt_cannot_take_is_refused(
    door: WSGIApplication, heard: list[str], body: bytes, content_type: str
) -> None:
    """Signed it is a bad request; unsigned nobody looks at it."""
    assert call(door, environ(body, content_type))[0] == 400
    assert call(door, environ(body, content_type, signed=False))[0] == 401
    assert heard == []


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("CONTENT_LENGTH", "", 411),
        ("CONTENT_LENGTH", "abc", 400),
        ("CONTENT_LENGTH", "-1", 400),
        ("CONTENT_LENGTH", "+1", 400),
        ("CONTENT_LENGTH", "1_0", 400),
        ("CONTENT_LENGTH", "²", 400),
        ("CONTENT_LENGTH", "5\n", 400),
        ("CONTENT_LENGTH", str(MAX_BODY + 1), 413),
        ("CONTENT_LENGTH", "9" * 5000, 413),
        ("CONTENT_LENGTH", str(MAX_BODY), 400),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "", 401),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "abc", 401),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "nan", 401),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "1e9", 401),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "٣" * 10, 401),
        ("HTTP_X_SLACK_REQUEST_TIMESTAMP", "9" * 5000, 401),
        ("HTTP_X_SLACK_SIGNATURE", "", 401),
        ("HTTP_X_SLACK_SIGNATURE", "v0=", 401),
        ("HTTP_X_SLACK_SIGNATURE", "v0=" + "é" * 64, 401),
        ("HTTP_X_SLACK_SIGNATURE", "v1=" + "0" * 64, 401),
        ("HTTP_X_SLACK_SIGNATURE", "v0=" + "0" * 64 + "\n", 401),
    ],
)
def test_a_malformed_header_is_refused(door: WSGIApplication, header: str, value: str, status: int) -> None:
    """Digits are ASCII digits, and a length that cannot be true is not read for."""
    assert call(door, environ(dumped(EVENT), change={header: value}))[0] == status


def test_a_body_of_the_greatest_size_passes_and_one_byte_more_does_not() -> None:
    """The limit is inclusive and exact."""
    door = front(recorder([]), SECRET, WELL)
    room = MAX_BODY - len(dumped(EVENT | {"pad": ""}))
    assert call(door, environ(dumped(EVENT | {"pad": "x" * room})))[0] == 200
    assert call(door, environ(dumped(EVENT | {"pad": "x" * (room + 1)})))[0] == 413


def test_the_greatest_depth_passes() -> None:
    """The limit is inclusive: the object itself is the first level."""
    door = front(recorder([]), SECRET, WELL)
    rest = MAX_DEPTH - 1
    body = dumped(EVENT)[:-1] + b',"x":' + b"[" * rest + b"]" * rest + b"}"
    assert call(door, environ(body))[0] == 200


def test_a_wrong_signature_logs_one_line_and_nothing_of_the_body(
    door: WSGIApplication, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt alone would write the whole body into the log."""
    caplog.set_level(logging.DEBUG)
    status, answer = call(door, environ(dumped(EVENT | {"text": "canary-4711"}), signed=False))
    assert status == 401
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "refused a request: 401, the signature does not match")
    ]
    assert "canary" not in caplog.text + answer


def test_a_refusal_repeats_nothing_of_the_request(door: WSGIApplication, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the answer nor the log quotes a stranger."""
    caplog.set_level(logging.DEBUG)
    for body, content_type in ((b'{"canary', JSON), (b"canary=1", FORM), (b"payload=canary", FORM), (b"", "canary")):
        status, answer = call(door, environ(body, content_type))
        assert status == 400
        assert "canary" not in caplog.text + answer


def test_a_fault_of_ours_is_a_500_whose_id_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The place is logged; the exception's text is not, because it can quote a person."""

    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        raise KeyError("canary-4711")

    status, answer = call(front(broken, SECRET, WELL), environ(dumped(EVENT)))
    assert status == 500
    assert f"incident {answer.split()[-1]}: KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert "canary" not in answer
    assert "KeyError: 'canary" not in caplog.text
    assert "1.2k" not in caplog.text + answer


def test_health_is_ok_or_says_what_is_wrong(bolt: WSGIApplication) -> None:
    """200 or 503, without a signature."""
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": HEALTH}
    assert call(front(bolt, SECRET, WELL), environ(change=request)) == (200, "ok")
    assert call(front(bolt, SECRET, health(alive="the disk is full")), environ(change=request)) == (
        503,
        "the disk is full",
    )
    request["PATH_INFO"] = READY
    assert call(front(bolt, SECRET, health(ready="no token")), environ(change=request)) == (
        503,
        "no token",
    )


@pytest.mark.parametrize("path", [HEALTH, READY, NUMBERS, EVENTS, "/"])
def test_every_answer_says_that_it_is_plain_text_and_how_long(door: WSGIApplication, path: str) -> None:
    """A browser that gets here draws nothing."""
    said: dict[str, str] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        said.update(headers)
        return lambda _: None

    body = b"".join(door(environ(change={"REQUEST_METHOD": "GET", "PATH_INFO": path}), start))
    assert said["Content-Type"].startswith("text/plain; ")
    assert said["Content-Type"].endswith("charset=utf-8")
    assert int(said["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", EVENTS, 405),
        ("PUT", EVENTS, 405),
        ("POST", HEALTH, 405),
        ("POST", "/", 404),
        ("GET", "/slack/install", 404),
        ("POST", EVENTS + "/", 404),
        ("POST", "/\xff\x00", 404),
    ],
)
def test_there_is_nothing_else(door: WSGIApplication, method: str, path: str, status: int) -> None:
    """A good signature opens no other path and no other method."""
    assert call(door, environ(dumped(EVENT), change={"REQUEST_METHOD": method, "PATH_INFO": path}))[0] == status


# --- ten thousand hostile requests ----------------------------------------------------------------

NASTY: list[Any] = [
    None, True, 0, -1, 10**24, 1.5, "", "x", "type", "\x00", "\ud800", "1.2k", [], [None], ["type"], [[]], [{}],
    {}, {"id": 5}, {"id": None}, {"type": "message"}, {"type": []}, {"callback_id": 1}, [{"enterprise_id": []}],
]  # fmt: skip
FIELDS = (
    "type event event_id team team_id enterprise enterprise_id user user_id channel channel_id authorizations view"
    " actions action_id block_id callback_id command subtype text thread_ts ts bot_id message previous_message item"
    " assistant_thread function function_data function_execution_id response_url response_urls challenge ssl_check"
    " is_ext_shared_channel is_enterprise_install workflow_step tab channel_type inputs payload bot_access_token"
)
KINDS = (
    "message app_mention app_home_opened assistant_thread_started assistant_thread_context_changed function_executed"
    " workflow_step_execute app_uninstalled tokens_revoked member_joined_channel reaction_added"
)
BASES: list[Any] = [EVENT, {"type": "url_verification", "challenge": "c"}, {"type": "app_rate_limited"}, COMMAND]
BASES += INTERACTIONS
SNIPPETS = (b"{", b"[", b'"', b"\\", b"\xff", b"\x00", b"%", b"%00", b"&", b"=", b"payload=", b"9" * 400, b"NaN", b"\n")
HEADERS = {
    "CONTENT_LENGTH": ("", "abc", "-1", "0", "5", "99999999", "9" * 5000, "1e3", " 7"),
    "CONTENT_TYPE": ("", "text/plain", "application/json, text/html", "application/jsonp", ";", "multipart/form-data"),
    "HTTP_X_SLACK_REQUEST_TIMESTAMP": ("", "abc", "nan", "-5", "0", "9" * 5000, "1.5", "²"),
    "HTTP_X_SLACK_SIGNATURE": ("", "v0=", "é", "v0=" + "g" * 64, "\x00", "v0=" + "0" * 64),
    "HTTP_X_SLACK_RETRY_NUM": ("x", "-1", "é", "9" * 5000),
    "HTTP_X_SLACK_BOLT_LAZY_ONLY": ("1",),
    "HTTP_X_SLACK_BOLT_LAZY_FUNCTION_NAME": ("listener",),
    "REQUEST_METHOD": ("GET", "HEAD", "", "\x00"),
    "PATH_INFO": ("", "/", "//slack/events", "/slack/events/../..", HEALTH),
    "QUERY_STRING": ("a=%FF", "&" * 2000),
    "SERVER_PROTOCOL": ("", "SPDY"),
}


def holders(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from holders(inner)


def hostile(rng: random.Random, bases: Sequence[Any] = BASES, secret: str = SECRET) -> WSGIEnvironment:
    """A good request with something wrong in its values, its bytes or its headers; most are signed as they stand."""
    value = json.loads(dumped(rng.choice(bases)))
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        holder = rng.choice(list(holders(value)))
        names = list(holder) if holder and rng.random() < 0.5 else FIELDS.split()
        nasty = rng.choice((*NASTY, *KINDS.split()) if rng.random() < 0.7 else NASTY)
        holder[rng.choice(names)] = copy.deepcopy(nasty)
        if isinstance(value.get("event"), dict) and rng.random() < 0.2:
            value["event"]["type"] = rng.choice(KINDS.split())
        if rng.random() < 0.05 and holder:
            del holder[rng.choice(list(holder))]
    if "command" in value and rng.random() < 0.8:
        fields = {key: str(inner).encode(errors="replace") for key, inner in value.items()}
        body, content_type = urlencode(fields).encode(), FORM
    elif value.get("type") in ("event_callback", "url_verification", "app_rate_limited") or rng.random() < 0.05:
        body, content_type = dumped(value), JSON
    else:
        body, content_type = form(value), FORM
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        at = rng.randrange(len(body) + 1)
        cut = at + rng.choice((0, 0, 1, 5, 10_000))
        body = body[:at] + rng.choice((b"", *SNIPPETS, bytes((rng.randrange(256),)))) + body[cut:]
    if rng.random() < 0.02:
        body = rng.choice((b"[", b'{"a":', b'"', b"%5B")) * 20_000
    if rng.random() < 0.05:
        content_type = rng.choice((JSON, FORM, "APPLICATION/JSON;x=y"))
    request = environ(body, content_type, signed=rng.random() < 0.85, secret=secret)
    for _ in range(rng.choice((0, 0, 0, 1))):
        name = rng.choice(list(HEADERS))
        request[name] = rng.choice(HEADERS[name])
    return request


def test_ten_thousand_hostile_requests_raise_nothing_and_give_no_5xx(
    door: WSGIApplication, caplog: pytest.LogCaptureFixture
) -> None:
    """Signed or not, by strangers or by Slack itself; and the generator reaches the inside of Bolt often."""
    caplog.set_level(logging.CRITICAL)
    for name in logging.root.manager.loggerDict:
        if name.startswith(("slack_bolt", "bot")):
            caplog.set_level(logging.CRITICAL, name)
    rng = random.Random(20261122)
    counts: dict[int, int] = {}
    for number in range(10_000):
        request = hostile(rng)
        status, answer = call(door, request)
        assert status < 500, (number, answer, request["wsgi.input"].getvalue()[:2000])
        counts[status] = counts.get(status, 0) + 1
    assert counts[200] > 1000
    assert counts[400] > 1000
    assert counts[401] > 1000


# --- under waitress, over sockets -----------------------------------------------------------------


@contextmanager
def serving(app: WSGIApplication) -> Iterator[Server]:
    server = serve(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(60)
        assert not thread.is_alive()


def exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts and read to the end; the server may hang up before everything is sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        answer = b""
        with suppress(ConnectionError):
            for part in parts:
                client.sendall(part)
        with suppress(ConnectionError):
            while piece := client.recv(65536):
                answer += piece
        return answer


def head(*headers: str, version: str = "1.1", body: bytes = b"") -> bytes:
    timestamp = str(int(time.time()))
    lines = (
        f"POST {EVENTS} HTTP/{version}",
        "Host: x",
        "Connection: close",
        f"Content-Type: {JSON}",
        f"X-Slack-Request-Timestamp: {timestamp}",
        f"X-Slack-Signature: {signature(timestamp, body)}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode()


def test_over_a_socket_a_signed_event_passes_with_a_length_and_in_chunks(
    door: WSGIApplication, heard: list[str]
) -> None:
    """``waitress`` joins the chunks and sets the length, so the gate sees a plain request."""
    body = dumped(EVENT)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:100], body[100:])) + b"0\r\n\r\n"
    with serving(door) as server:
        with_length = exchange(server.port, head(f"Content-Length: {len(body)}", body=body), body)
        in_chunks = exchange(server.port, head("Transfer-Encoding: chunked", body=body), chunks)
    assert with_length.startswith(b"HTTP/1.1 200 ")
    assert in_chunks.startswith(b"HTTP/1.1 200 ")
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("request_head", "body", "status"),
    [
        (head(f"Content-Length: {MAX_BODY + 1}"), b"x" * (MAX_BODY + 1), b"413"),
        (head("Content-Length: 50000000"), b"", b"413"),
        (head("Content-Length: -5"), b"", b"400"),
        (head("Content-Length: abc"), b"", b"400"),
        (head("Content-Length: 5", "Content-Length: 6"), b"", b"400"),
        (head(), b"", b"411"),
        (head("Transfer-Encoding: chunked", version="1.0"), b"", b"411"),
        (head("Transfer-Encoding: chunked"), b"zz\r\n", b"400"),
        (head("Transfer-Encoding: chunked"), b"200000\r\n" + b"x" * (MAX_BODY + 64 * 1024 - 8), b"413"),
        (head("X-Long: " + "x" * 40_000), b"", b"431"),
    ],
    ids=["one over", "50 MB said", "negative", "letters", "two", "missing", "1.0 chunks", "no chunk", "chunks", "head"],
)
def test_over_a_socket_a_false_length_is_refused(
    door: WSGIApplication, request_head: bytes, body: bytes, status: bytes
) -> None:
    """By waitress or by the gate, and the server goes on serving."""
    with serving(door) as server:
        assert exchange(server.port, request_head, body).split(b" ")[1] == status
        health = exchange(server.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert health.startswith(b"HTTP/1.1 200 ")
    assert health.endswith(b"\r\n\r\nok")
    assert b"waitress" not in health


def test_a_length_of_thousands_of_digits_costs_only_its_own_connection(door: WSGIApplication) -> None:
    """``waitress`` fails on it by itself and hangs up; nobody else notices."""
    with serving(door) as server:
        assert exchange(server.port, head("Content-Length: " + "9" * 5000)) == b""
        assert exchange(server.port, b"GET /healthz HTTP/1.0\r\n\r\n").endswith(b"ok")


def test_closing_lets_a_running_request_finish() -> None:
    """A deploy loses no answer that is being written down."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        inside.set()
        assert go_on.wait(60)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    with serving(slow) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert inside.wait(60)
            server.close()
            go_on.set()
            answer = b""
            while piece := client.recv(4096):
                answer += piece
        assert answer.endswith(b"done")


def test_a_busy_port_is_an_os_error_and_leaves_no_thread_behind() -> None:
    """The caller can say which port it is; the program can end."""
    server = serve(recorder([]), "127.0.0.1", 0)
    try:
        before = threading.active_count()
        with pytest.raises(OSError, match="in use"):
            serve(recorder([]), "127.0.0.1", server.port)
        assert threading.active_count() == before
    finally:
        server.close()
        server.close()
    server.run()  # of a closed server there is nothing to run

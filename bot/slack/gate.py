"""The front door of HTTP mode: what is not Slack's, or not in a shape Bolt can take, stops here.

Bolt parses a body before it checks the signature, so a stranger could make it raise. Here the order is: size,
header syntax, HMAC over the raw bytes, strict shape; only then a fresh request goes to Bolt's WSGI handler.
"""

import hashlib
import hmac
import json
import logging
import math
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from types import NoneType
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from advisor.pattern import pattern
from bot.delivery.turn import PATIENCE_SECONDS, RETRY_SECONDS, waited
from bot.messages import frames
from bot.slack.health import Health, answer

EVENTS = "/slack/events"
CAME, CROWDED = "advisor.came", "advisor.crowded"
"""What the server adds to a request: when it was there whole, on its clock, and whether too many waited then."""
MAX_BODY = 1024 * 1024
MAX_AGE_S = 300
MAX_DEPTH = 64
MAX_DIGITS = 25
MAX_FIELDS = 100

log = logging.getLogger(__name__)


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class _Counted:
    """One log line for the first refused request, and one a minute for those that follow: a flood fills no disk."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._lock = now, threading.Lock()
        self._said_at, self._since = 0.0, 0

    def refused(self, why: str) -> None:
        with self._lock:
            self._since += 1
            if self._now() < self._said_at + 60:
                return
            more = f" (and {self._since - 1} before it, since the last such line)" if self._since > 1 else ""
            log.info("refused a request: %s%s", why, more)
            self._said_at, self._since = self._now(), 0


def front(
    bolt_wsgi: WSGIApplication,
    signing_secret: str,
    health: Health,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
    pages: Mapping[str, WSGIApplication] | None = None,
) -> WSGIApplication:
    """Put the gate before Bolt's WSGI handler (``bolt_wsgi``, at its default path). ``pages`` are for browsers, by
    their path.

    ``now`` is the clock in Unix seconds, ``clock`` the server's. A good ``POST /slack/events`` gives Bolt's answer,
    all else what ``health`` says, or 400, 401, 405, 411 or 413 and a reason; 503 when it came to the front too late
    to be acknowledged in time, or when too many wait: then it is not even read.
    Never raises: a fault of ours is a 500 whose id stands in the log, and Slack delivers an event again.
    """
    key, counted = signing_secret.encode(), _Counted(now)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun = time.perf_counter()

        def start(status: str, *args: Any) -> Any:
            if environ.get("PATH_INFO") == EVENTS:
                health.metrics.acked(int(status[:3]), time.perf_counter() - begun)
            return start_response(status, *args)

        try:
            if page := (pages or {}).get(environ.get("PATH_INFO", "")):
                return page(environ, start)
            if environ.get("PATH_INFO") != EVENTS:
                return health(environ, start)
            if environ.get("REQUEST_METHOD") != "POST":
                return answer(start, 405, f"{EVENTS} takes POST", ("Allow", "POST"))
            since = clock() - environ.get(CAME, clock())
            if environ.get(CROWDED) or since > PATIENCE_SECONDS:
                health.metrics.refused("door" if environ.get(CROWDED) else "front")
                return answer(start, 503, "too much waits here", ("Retry-After", str(RETRY_SECONDS)))
            with waited(since):
                return bolt_wsgi(_admitted(environ, key, now()), start)
        except _Refused as refused:
            counted.refused(f"{refused.status}, {refused.reason}")
            return answer(start, refused.status, refused.reason)
        except Exception as error:  # noqa: BLE001 - an answer comes in any case
            incident = uuid.uuid4().hex[:12]
            log.error("incident %s: %s\n%s", incident, type(error).__name__, frames(error))  # noqa: TRY400  see there
            return answer(start, 500, f"something went wrong here, incident {incident}")

    return app


# --- the gate -------------------------------------------------------------------------------------

# Of all headers only these reach Bolt: the signature covers none, and x-slack-bolt-lazy-only would steer it.
_PASSED = {
    "HTTP_X_SLACK_RETRY_NUM": pattern(r"[0-9]{1,3}"),
    "HTTP_X_SLACK_RETRY_REASON": pattern(r"[a-z_]{1,40}"),
}


def _admitted(environ: WSGIEnvironment, key: bytes, now: float) -> WSGIEnvironment:
    """Return the request Bolt may see, or raise _Refused."""
    length = _length(environ.get("CONTENT_LENGTH") or "")
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or not re.fullmatch(r"v0=[0-9a-f]{64}", signature):
        raise _Refused(401, "the signature headers are missing or malformed")
    if abs(now - int(timestamp)) > MAX_AGE_S:
        raise _Refused(401, "the timestamp is more than five minutes off; check the clock of this machine")
    body = environ["wsgi.input"].read(length)
    if len(body) != length:
        raise _Refused(400, "the body is shorter than its Content-Length")
    if not hmac.compare_digest(_sign(key, timestamp, body), signature):
        raise _Refused(401, "the signature does not match")

    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _Refused(400, "the body is not UTF-8") from None
    if content_type == "application/json" and text.startswith("{"):
        _check(_parsed(text), _EVENT_TYPES)
    elif content_type == "application/x-www-form-urlencoded" and not text.startswith("{"):
        if not _check_form(text) and b"payload" in body:
            # Bolt takes a form with this word anywhere in it for an interaction, and so loses a slash command
            # that mentions it. The same form, spelt so that the word stands nowhere, and signed again.
            body = body.replace(b"payload", b"%70ayload")
            signature = _sign(key, timestamp, body)
    else:
        raise _Refused(400, "the content type is not ours or does not agree with the body")

    passed = {name: environ[name] for name, form in _PASSED.items() if form.fullmatch(environ.get(name, ""))}
    return {name: value for name, value in environ.items() if not name.startswith("HTTP_")} | {
        "QUERY_STRING": "",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
        "HTTP_X_SLACK_SIGNATURE": signature,
        "wsgi.input": BytesIO(body),
        **passed,
    }


def _length(given: str) -> int:
    if not given:
        raise _Refused(411, "a Content-Length is needed")
    if not re.fullmatch(r"[0-9]+", given):
        raise _Refused(400, "the Content-Length is not a number")
    # Lengths of thousands of digits would make int() itself raise.
    if len(given.lstrip("0")) > 7 or int(given[-7:]) > MAX_BODY:
        raise _Refused(413, f"a body may have {MAX_BODY} bytes")
    return int(given[-7:])


def _sign(key: bytes, timestamp: str, body: bytes) -> str:
    return "v0=" + hmac.new(key, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


# --- the shape: everything Bolt indexes into without looking --------------------------------------

# The closing quote is optional so that an unclosed string costs one scan and not one for each quote in it.
_STRING_OR_BRACKET = pattern(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def _parsed(text: str) -> dict[str, Any]:
    """Parse a JSON object whose depth and numbers are bounded, so that a second parser takes it too."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > MAX_DEPTH:
            raise _Refused(400, f"the JSON is more than {MAX_DEPTH} deep")
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_number)
        if re.search(r"\\u[dD][89a-fA-F]", text):  # half of a pair is JSON, but no text: it cannot be stored
            json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        raise _Refused(400, "the JSON does not parse") from None
    if not isinstance(value, dict):
        raise _Refused(400, "the JSON is not an object")
    return value


def _number(text: str) -> int | float:
    if len(text.lstrip("-")) > MAX_DIGITS or not math.isfinite(float(text)):
        raise ValueError
    return int(text) if text.lstrip("-").isdecimal() else float(text)


def _check_form(text: str) -> bool:
    """True for an interaction (a ``payload``), False for a slash command; everything else is refused."""
    try:
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError:
        raise _Refused(400, f"the form is not UTF-8 or has more than {MAX_FIELDS} fields") from None
    if "payload" in fields:
        if "payload=" not in text:  # spelt with escapes: we would see a payload and Bolt a command
            raise _Refused(400, "the payload's name is escaped")
        _check(_parsed(fields["payload"]), _INTERACTION_TYPES)
        return True
    if "type" in fields or not (fields.get("command", "").startswith("/") or fields.get("ssl_check") == "1"):
        raise _Refused(400, "the form is neither a slash command nor an interaction")
    _check_shape(fields)
    return False


# By type: where the text stands that a listener is found by, as (holder, field).
_EVENT_TYPES = {
    "event_callback": ("event", "type"),
    "url_verification": ("", "challenge"),
    "app_rate_limited": ("", "type"),
}
_INTERACTION_TYPES = {
    "block_actions": ("actions", "action_id"),
    "block_suggestion": ("", "action_id"),
    "message_action": ("", "callback_id"),
    "shortcut": ("", "callback_id"),
    "view_closed": ("view", "callback_id"),
    "view_submission": ("view", "callback_id"),
}


def _check(body: dict[str, Any], types: dict[str, tuple[str, str]]) -> None:
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in types:
        raise _Refused(400, "the type is not one we know here")
    _check_shape(body)
    place, name = types[kind]
    found = body.get(place) if place else body
    holders = found if isinstance(found, list) else [found or {}]
    good = bool(holders) and all(holder.get(name) is not None for holder in holders)
    if place == "view":  # of a legacy "workflow_step" view Bolt expects more
        good = good and body["view"].get("type") == "modal"
    if not good or (place == "event" and not _event_is_good(body["event"])):
        raise _Refused(400, f"this is not a whole {kind}")


def _event_is_good(event: dict[str, Any]) -> bool:
    if event["type"].startswith("assistant_thread_"):
        thread = event.get("assistant_thread") or {}
        return thread.get("channel_id") is not None and thread.get("thread_ts") is not None
    # A button's text is an object, so this field is checked here and not with the others.
    text_is_text = isinstance(event.get("text", ""), str)
    return text_is_text and (event["type"] != "message" or isinstance(event.get("channel"), str))


_SHAPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("type", "subtype", "callback_id", "action_id", "block_id", "command"), (str, NoneType)),
    **dict.fromkeys(("id", "team_id", "enterprise_id", "user_id", "channel_id", "bot_id"), (str, NoneType)),
    **dict.fromkeys(("ts", "thread_ts", "action_ts", "event_id", "trigger_id", "hash"), (str, NoneType)),
    **dict.fromkeys(("user_team", "response_url", "challenge"), (str, NoneType)),
    **dict.fromkeys(("enterprise", "team", "user", "channel"), (str, dict, NoneType)),
    **dict.fromkeys(("event", "view", "function"), (dict,)),  # Bolt takes no null here
    **dict.fromkeys(("message", "previous_message", "item"), (dict, NoneType)),
    **dict.fromkeys(("assistant_thread", "function_data"), (dict, NoneType)),
    **dict.fromkeys(("authorizations", "actions"), (list, NoneType)),
    "response_urls": (list,),  # nor here
}


def _check_shape(holder: dict[str, Any]) -> None:
    for name in holder.keys() & _SHAPES.keys():
        value = holder[name]
        inner = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        if not isinstance(value, _SHAPES[name]) or not all(isinstance(one, dict) for one in inner):
            raise _Refused(400, f"the field {name} has the wrong shape")
        for one in inner:
            _check_shape(one)

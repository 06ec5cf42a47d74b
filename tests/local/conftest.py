"""A running local workspace, and small bots to stand on the other side of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import waitress  # type: ignore[import-untyped]
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from waitress import wasyncore

from bot.local import LocalSlack
from bot.local.tickets import Tickets
from tests.slack.schema import watched


@pytest.fixture(autouse=True)
def _as_slack_describes_it(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the workspace takes of the bot is taken by the schemas and by Slack's SDK too (tests/slack)."""
    with watched(monkeypatch):
        yield


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(retry_waits=(0, 0, 0), ack_timeout=60) as running:
        yield running


@pytest.fixture
def client(slack: LocalSlack) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def app(slack: LocalSlack, client: WebClient) -> App:
    def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=slack.team_id,
            bot_token=slack.bot_token,
            bot_id=slack.bot_id,
            bot_user_id=slack.bot_user_id,
        )

    return App(
        client=client,
        signing_secret=slack.signing_secret,
        authorize=authorize,
        process_before_response=True,
        token_verification_enabled=False,
    )


def hang_up(slack: LocalSlack, handler: SocketModeHandler) -> None:
    """End a Socket Mode connection from Slack's side: the SDK's own close waits 3 s for a quiet socket."""
    handler.client.auto_reconnect_enabled = handler.client.default_auto_reconnect_enabled = False
    slack.stop()
    handler.client.closed = True
    handler.client.message_queue.put(None)  # its reader looks up once a second, and now
    try:
        handler.close()
    except AttributeError:  # the SDK's own thread closed the socket between its check and its close
        handler.close()


@pytest.fixture
def socket(slack: LocalSlack) -> Iterator[Callable[[App], None]]:
    """Connect a Bolt app to the workspace in Socket Mode."""
    handlers: list[SocketModeHandler] = []

    def connect(app: App) -> None:
        handler = SocketModeHandler(app, slack.app_token, ping_interval=1)
        handlers.append(handler)
        handler.connect()
        slack.wait_for(lambda: slack.workspace.bot_up)

    yield connect
    slack.wait_idle()
    for handler in handlers:
        hang_up(slack, handler)


@pytest.fixture
def http(slack: LocalSlack) -> Iterator[Callable[[App], None]]:
    """Put a Bolt app behind the workspace as a web server."""
    ends: list[Callable[[], None]] = []

    def listen(app: App) -> None:
        server: Any = waitress.create_server(SlackRequestHandler(app), host="127.0.0.1", port=0, threads=4)
        thread = threading.Thread(target=server.run)
        thread.start()
        slack.bot_url = f"http://127.0.0.1:{server.effective_port}/slack/events"

        def end() -> None:
            # Closing from this thread would pull the sockets away under the server's select(); and the server
            # must not do it, woken by something else, between what is left for it and the pull.
            with server.trigger.lock:
                server.trigger.thunks.append(lambda: wasyncore.close_all(server._map, ignore_all=True))
                server.trigger._physical_pull()
            thread.join()
            server.task_dispatcher.shutdown()

        ends.append(end)

    yield listen
    slack.wait_idle()
    for end in ends:
        end()


@pytest.fixture(params=["http", "socket"])
def serve(request: pytest.FixtureRequest) -> Callable[[App], None]:
    """Put a Bolt app behind the workspace, once as a web server and once in Socket Mode."""
    connect: Callable[[App], None] = request.getfixturevalue(request.param)
    return connect


class Inbox:
    """A bare web server that keeps every request and answers with the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.arrived = threading.Condition()
        self.requests: list[tuple[dict[str, str], str]] = []
        self.statuses: list[int] = []
        self.body: tuple[str, str] = ("", "text/plain")
        self.bodies: list[tuple[str, str]] = []
        self.hold: threading.Event | None = None
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with inbox.arrived:
                    inbox.requests.append(({k.lower(): v for k, v in self.headers.items()}, text))
                    inbox.arrived.notify_all()
                if inbox.hold is not None:
                    inbox.hold.wait(60)
                body, kind = inbox.bodies.pop(0) if inbox.bodies else inbox.body
                self.send_response(inbox.statuses.pop(0) if inbox.statuses else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # a caller that has stopped waiting is part of the test

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/slack/events"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(text) for _, text in self.requests]

    @property
    def last(self) -> dict[str, Any]:
        """What the last interaction or command carried; an event that came after it is none."""
        forms = [text for headers, text in self.requests if "json" not in headers["content-type"]]
        fields = {key: values[0] for key, values in parse_qs(forms[-1]).items()}
        return json.loads(fields["payload"]) if "payload" in fields else fields

    def interactions(self, kind: str) -> list[dict[str, Any]]:
        """All interactions of a kind, in order."""
        forms = [parse_qs(text) for headers, text in self.requests if "json" not in headers["content-type"]]
        return [sent for form in forms if (sent := json.loads(form["payload"][0]))["type"] == kind]

    def answer(self, **body: Any) -> None:
        """What the next request is answered with."""
        self.bodies.append((json.dumps(body), "application/json"))

    def wait_for(self, requests: int) -> None:
        """Wait until this many have come in."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= requests, 60)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def new_inbox() -> type[Inbox]:
    return Inbox


@pytest.fixture
def inbox(slack: LocalSlack) -> Iterator[Inbox]:
    kept = Inbox()
    slack.bot_url = kept.url
    yield kept
    slack.wait_idle()
    kept.close()


Show = Callable[..., dict[str, Any]]


@pytest.fixture
def show(slack: LocalSlack, client: WebClient, inbox: Inbox) -> Show:
    """Let the bot show somebody a modal, as the answer to a shortcut; time does not pass meanwhile."""
    slack.workspace.tickets = Tickets(clock=lambda: 0.0)

    def shown(view: dict[str, Any], user: str = "U0ADA", channel: str | None = None) -> dict[str, Any]:
        assert slack.shortcut(user, "start_check", channel) == 200
        opened = client.views_open(trigger_id=inbox.last["trigger_id"], view=view)
        return opened["view"]

    return shown


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def entry(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    element = {"action_id": f"{block_id}_in", **element}
    return {"type": "input", "block_id": block_id, "label": plain(block_id.title()), "element": element, **more}


@pytest.fixture
def form() -> dict[str, Any]:
    """A modal with one of each input, and elements to use."""

    def options(*values: str) -> list[dict[str, Any]]:
        return [{"value": value, "text": plain(value.title())} for value in values]

    where = {"type": "conversations_select", "default_to_current_conversation": True}
    where["filter"] = {"include": ["public", "private"]}
    return {
        "type": "modal",
        "callback_id": "share",
        "title": plain("Share"),
        "submit": plain("Send"),
        "close": plain("Not now"),
        "private_metadata": "decision 7",
        "blocks": [
            {"type": "section", "block_id": "about", "text": {"type": "mrkdwn", "text": "*Run a trial*"}},
            entry("where", where, hint=plain("Where people will see it")),
            entry("title", {"type": "plain_text_input", "initial_value": "Our tone", "max_length": 20}),
            entry("note", {"type": "plain_text_input", "multiline": True}, optional=True),
            entry("parts", {"type": "checkboxes", "options": options("money", "steps")}, optional=True),
            entry("who", {"type": "users_select"}, optional=True),
            {
                "type": "actions",
                "block_id": "more",
                "elements": [
                    {"type": "button", "action_id": "preview", "text": plain("Preview"), "value": "p"},
                    {"type": "static_select", "action_id": "currency", "options": options("usd", "eur")},
                    {
                        "type": "radio_buttons",
                        "action_id": "how",
                        "options": options("card", "line"),
                        "initial_option": options("card")[0],
                    },
                ],
            },
        ],
    }


@pytest.fixture
def card() -> list[dict[str, Any]]:
    """One of each element a person can use in a message."""

    def option(value: str) -> dict[str, Any]:
        return {"value": value, "text": {"type": "plain_text", "text": value.upper()}}

    def button(action_id: str, **more: Any) -> dict[str, Any]:
        return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Go"}, **more}

    return [
        {
            "type": "section",
            "block_id": "ask",
            "text": {"type": "mrkdwn", "text": "*How many?*"},
        },
        {
            "type": "actions",
            "block_id": "answers",
            "elements": [
                button("yes", value="y", style="primary"),
                button("no", value="n"),
                {"type": "static_select", "action_id": "pick", "options": [option("few"), option("many")]},
                {
                    "type": "radio_buttons",
                    "action_id": "one",
                    "options": [option("a"), option("b")],
                    "initial_option": option("b"),
                },
                {"type": "overflow", "action_id": "more", "options": [option("restart")]},
            ],
        },
    ]

"""The only wiring: who is handed what."""

import logging
import os
import sqlite3
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass
from wsgiref.types import WSGIApplication

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltError, BoltUnhandledRequestError
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from advisor import load_rules
from bot.conversation import Conversation
from bot.decisions import Decisions
from bot.drawing import Drawing
from bot.explaining import Explaining
from bot.export import Export
from bot.feedback import Feedback
from bot.handover import Handover
from bot.home import Home
from bot.http import front
from bot.leaving import Leaving
from bot.outbox import TOKEN_DEAD, Outbox
from bot.phrasing import DEFAULT_MODEL, Phrasing
from bot.posted import Posted
from bot.quick import Calculator
from bot.reminders import Reminders
from bot.settings import Settings, WordingMode
from bot.sharing import Sharing
from bot.slack import Rooms, listen
from bot.speech import Speech
from bot.store import Store, StoreError
from bot.turn import Busy, Turns
from bot.wording import Wording

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

_HANG_UP_SECONDS = 5.0
Client = TypeVar("Client", WebClient, "AsyncWebClient")


class CannotStart(Exception):
    """Slack cannot be reached or does not accept a token; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot's parts."""

    settings: Settings
    app: App
    store: Store
    outbox: Outbox
    turns: Turns
    rooms: Rooms
    phrasing: Phrasing | None

    def wsgi(self) -> WSGIApplication:
        """The bot behind its front door, for HTTP mode."""
        return front(SlackRequestHandler(self.app), self.settings.signing_secret or "", healthy=self.fault)

    def connect(self) -> Callable[[], None]:
        """Connect for Socket Mode; what is returned ends it.

        Raises:
            CannotStart: Slack refuses the app token or cannot be reached.
        """
        # One at a time keeps a person's messages in order; a turn takes milliseconds.
        handler = SocketModeHandler(self.app, self.settings.app_token, concurrency=1)
        handler.client.proxy = self.app.client.proxy
        try:
            handler.connect()  # type: ignore[no-untyped-call]
        except (SlackApiError, OSError) as error:
            raise _cannot_start(error, "SLACK_APP_TOKEN", "xapp-…, Basic Information", self.settings.api_url) from None

        def hang_up() -> None:
            # By itself the SDK would cut the line under a listener that has still to acknowledge.
            client = handler.client
            client.closed, client.auto_reconnect_enabled = True, False
            client.message_processor.shutdown()  # type: ignore[no-untyped-call]
            client.message_workers.shutdown()
            # When Slack hangs up at the same moment, the SDK closes a socket that its own thread has just let go of.
            with suppress(AttributeError):
                handler.close()  # type: ignore[no-untyped-call]

        def end() -> None:
            # Once in a while the SDK waits for a line that says nothing more; a stop does not wait with it.
            hanging_up = threading.Thread(target=hang_up, name="hang-up", daemon=True)
            hanging_up.start()
            hanging_up.join(_HANG_UP_SECONDS)

        return end

    def ready(self) -> None:
        """Wait for what is loaded beside the start: no turn is to share the interpreter with it."""
        from bot import examples

        examples.load()
        if self.phrasing:
            self.phrasing.ready()

    def fault(self) -> str | None:
        """What keeps the bot from its work, for ``/healthz``; ``None`` when all is well."""
        try:
            self.store.turn(lambda conn: conn.execute("SELECT 1").fetchone())
        except (sqlite3.Error, StoreError) as error:
            return f"the database cannot be written ({type(error).__name__})"
        return self.outbox.fault

    def close(self) -> None:
        """Say what waits, then let go of the file."""
        self.outbox.close()
        self.store.close()


def build(settings: Settings) -> Bot:
    """Wire a bot for these settings and start saying what an earlier process left unsaid.

    Raises:
        CannotStart: Slack refuses the token or cannot be reached.
        bot.store.StoreError: the database cannot be used.
    """
    # Bolt reads SLACK_* from the environment by itself, and a client id and secret there would make it build an
    # OAuth flow with files of its own. What it may know is handed to it here.
    for name in [variable for variable in os.environ if variable.startswith("SLACK_")]:
        del os.environ[name]
    from slack_sdk.web.async_client import AsyncWebClient  # here and not above: see bot/outbox.py

    me = _who_am_i(settings)
    rules = load_rules()
    model = (settings.model or DEFAULT_MODEL) if settings.wording != "off" else ""
    wording = Wording(rules, model, prose=settings.wording == "prose")
    store = Store(settings.db)
    phrasing = None
    if settings.anthropic_api_key and model:
        phrasing = Phrasing(settings.anthropic_api_key, model, wording, base_url=settings.anthropic_base_url)
        phrasing.load()
    client = AsyncWebClient(token=settings.bot_token, base_url=settings.api_url, retry_handlers=[])
    outbox = Outbox(store, _direct(client), model=phrasing)
    turns = Turns(store, outbox, keep_days=settings.retention_days)
    app = App(
        client=_direct(WebClient(base_url=settings.api_url, retry_handlers=[])),
        authorize=lambda **_: me,
        signing_secret=settings.signing_secret or "",
        request_verification_enabled=settings.mode != "socket",
        before_authorize=_only_our_workspace(me),
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("bolt"),
    )
    app.error(_report_error)
    scopes = frozenset(me.bot_scopes or ())
    rooms = furnish(
        turns, outbox, wording, scopes, keep_days=settings.retention_days, mode=settings.wording,
        model=phrasing.model if phrasing else "",
    )  # fmt: skip
    listen(app, rooms)
    outbox.start(turns.after, me.team_id or "", hourly=turns.sweep)
    return Bot(settings, app, store, outbox, turns, rooms, phrasing)


def furnish(
    turns: Turns,
    outbox: Outbox,
    wording: Wording,
    scopes: frozenset[str],
    *,
    keep_days: int,
    mode: WordingMode = "off",
    model: str = "",
) -> Rooms:
    """The rooms, each handed what it needs. ``scopes`` are those Slack granted, optional ones may be missing; without
    a ``model`` nothing is asked of one."""
    speech = Speech(turns, wording)
    drawing = Drawing(speech, keep_days, prose=bool(model) and mode == "prose")
    conversation = Conversation(turns, speech, drawing)
    decisions = Decisions(turns, speech)
    posted = Posted(turns, speech, drawing, decisions)
    reminders = Reminders(turns, speech, drawing, decisions)
    if model:
        Explaining(turns, speech, drawing, mode, model)
    return Rooms(
        conversation=conversation,
        decisions=decisions,
        sharing=Sharing(turns, speech, drawing, decisions),
        posted=posted,
        handover=Handover(turns, speech, conversation, decisions, posted, reminders),
        reminders=reminders,
        export=Export(turns, speech, conversation, decisions, scopes),
        feedback=Feedback(turns, speech, decisions),
        home=Home(turns, speech, keep_days, model=bool(model)),
        calculator=Calculator(turns, speech, conversation),
        leaving=Leaving(turns, outbox),
    )


def _who_am_i(settings: Settings) -> AuthorizeResult:
    """Ask Slack once who the token is; no request after this asks again."""
    client = _direct(WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10))
    try:
        said = client.auth_test()
    except (SlackApiError, OSError) as error:
        raise _cannot_start(error, "SLACK_BOT_TOKEN", "xoxb-…, OAuth & Permissions", settings.api_url) from None
    return AuthorizeResult(
        enterprise_id=said.get("enterprise_id"),
        team_id=said["team_id"],
        bot_token=settings.bot_token,
        bot_id=said.get("bot_id"),
        bot_user_id=said["user_id"],
        bot_scopes=str(said.headers.get("x-oauth-scopes") or ""),
    )


def _cannot_start(error: SlackApiError | OSError, name: str, source: str, url: str) -> CannotStart:
    said = str(error.response.get("error")) if isinstance(error, SlackApiError) else ""
    if said in TOKEN_DEAD or said == "not_allowed_token_type":
        mend = f"Copy the token again ({source}); reinstall the app if it was revoked."
        return CannotStart(f"Slack does not accept {name} ({said}). {mend}")
    # What stands for a code may be the HTML of somebody's proxy.
    why = said if said.isidentifier() else str(error) if isinstance(error, OSError) else "that is no answer of Slack's"
    return CannotStart(f"Slack cannot be reached at {url} ({why}). Check the network, then start again.")


def _direct(client: Client) -> Client:
    """The SDK takes a proxy from the environment and never asks what it is not meant for."""
    if not _needs_proxy(urlsplit(client.base_url).hostname or ""):
        client.proxy = None
    return client


def _needs_proxy(host: str) -> bool:
    if host in ("127.0.0.1", "localhost", "::1"):
        for name in ("no_proxy", "NO_PROXY"):
            os.environ[name] = ",".join({*filter(None, os.environ.get(name, "").split(",")), host})
    return not proxy_bypass(host)


def _only_our_workspace(me: AuthorizeResult) -> Callable[..., BoltResponse]:
    """Turn away other workspaces before Bolt answers them by itself."""

    def check(context: BoltContext, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        if context.team_id not in (None, me.team_id) and req.body.get("type") != "url_verification":
            log.info("turned away a request for another workspace")
            return BoltResponse(status=403, body="This bot is installed in another workspace.")
        return next()

    return check


def _report_error(error: Exception) -> BoltResponse:
    """The one handler for what a listener raises: logged, and not acknowledged. Slack then delivers an event again,
    and shows the person who clicked that it did not work."""
    if isinstance(error, BoltUnhandledRequestError):
        # An event we never asked for, of a manifest that was changed, is taken: Slack would send it three times more.
        event = (error.body or {}).get("type") == "event_callback"
        return BoltResponse(status=200 if event else 404, body="" if event else "There is nothing here for that.")
    if isinstance(error, Busy | BoltError | StoreError | sqlite3.OperationalError):
        log.warning("turned away: %s", error)
    else:
        # Frames and type only: the text of an exception can quote what a person wrote.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("a turn failed and was undone (%s)\n%s", type(error).__name__, frames)
    return BoltResponse(status=503, body="Could not write that down just now. Please try again in a moment.")

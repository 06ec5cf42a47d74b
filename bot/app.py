"""The only wiring: who is handed what."""

import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass
from wsgiref.types import WSGIApplication

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltError, BoltUnhandledRequestError
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.slack_response import SlackResponse

from advisor import load_rules
from bot.answering.client import DEFAULT_MODEL, ModelClient
from bot.calculator import Calculator
from bot.check.conversation import Conversation
from bot.check.live_card import LiveCard
from bot.check.rewording import Rewording
from bot.decision.export import Export
from bot.decision.feedback import Feedback
from bot.decision.handover import Handover
from bot.decision.lookup import Lookup
from bot.decision.reminders import Reminders
from bot.decision.revise import Revise
from bot.decision.share import Share
from bot.delivery.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.replies import Replies
from bot.delivery.sending import FINAL, TOKEN_DEAD
from bot.delivery.turn import Busy, Handler, Turns
from bot.home import Home
from bot.operator import Operator
from bot.render.wording import Wording
from bot.settings import Settings, WordingMode
from bot.slack.gate import front
from bot.slack.listeners import Handlers, register
from bot.store.database import Store, StoreError

log = logging.getLogger(__name__)

REQUIRED_SCOPES = {"app_mentions:read", "chat:write", "commands", "im:history", "im:write"}
"""Without these nothing works; the manifest asks for them, and a test compares the two."""

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

_START_SECONDS = 300.0
_START_WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
_ALIVE_SECONDS = 2.0  # so long a health check waits for the writer and for the loop that sends
_OLD_SECONDS = 300.0  # what is older and still unsaid makes the bot unready
Client = TypeVar("Client", WebClient, "AsyncWebClient")


class CannotStart(Exception):
    """Slack does not accept a token, or not what the bot needs; the message says what to do."""


class SlackAway(CannotStart):
    """Slack could not be reached for as long as a start waits for it."""


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot's parts."""

    settings: Settings
    app: App
    store: Store
    outbox: Outbox
    turns: Turns
    handlers: Handlers
    phrasing: ModelClient | None
    team: str
    clock: Clock

    def wsgi(self) -> WSGIApplication:
        """The bot behind its front door, for HTTP mode."""
        return front(
            SlackRequestHandler(self.app), self.settings.signing_secret or "", alive=self.alive, ready=self.fault
        )

    def connect(self) -> Callable[[], None]:
        """Connect for Socket Mode; what is returned ends it.

        Raises:
            CannotStart: Slack refuses the app token or cannot be reached.
        """
        from slack_sdk.web.async_client import AsyncWebClient  # here and not above: see bot/delivery/sending.py

        from bot.slack.socket import connect

        settings = self.settings
        ask = _direct(WebClient(base_url=settings.api_url, timeout=10, retry_handlers=[]))
        source = "xapp-…, Basic Information"
        token = settings.app_token or ""
        said = _asked(
            settings, self.clock, "SLACK_APP_TOKEN", source, lambda: ask.apps_connections_open(app_token=token)
        )
        client = _direct(AsyncWebClient(base_url=settings.api_url, timeout=10, retry_handlers=[]))
        return connect(self.app, token, str(said["url"]), client)

    def ready(self) -> None:
        """Wait for what is loaded beside the start: no turn is to share the interpreter with it."""
        from bot.answering import index

        index.load()
        if self.phrasing:
            self.phrasing.ready()

    def alive(self) -> str | None:
        """What keeps this process from working, for ``/healthz``; ``None`` when all is well."""
        try:
            self.store.pulse(self.turns.now(), _ALIVE_SECONDS)
        except StoreError as error:
            return f"the database cannot be written ({error})"
        if self.outbox.oldest_seconds(_ALIVE_SECONDS) is None:
            return "the loop that sends does not turn"
        return None

    def fault(self) -> str | None:
        """What keeps the bot from its work, for ``/readyz``; ``None`` when all is well."""
        oldest = self.outbox.oldest_seconds(_ALIVE_SECONDS) or 0.0
        late = f"something has waited for {oldest:,.0f} seconds to be said to Slack" if oldest > _OLD_SECONDS else None
        return self.alive() or self.outbox.fault(self.team) or late

    def close(self) -> None:
        """Say what waits, then let go of the file."""
        self.outbox.close()
        self.store.close()


def build(settings: Settings, clock: Clock | None = None) -> Bot:
    """Wire a bot for these settings and start saying what an earlier process left unsaid.

    Raises:
        CannotStart: Slack refuses the token or cannot be reached.
        bot.store.StoreError: the database cannot be used.
    """
    # Bolt reads SLACK_* from the environment by itself, and a client id and secret there would make it build an
    # OAuth flow with files of its own. What it may know is handed to it here.
    for name in [variable for variable in os.environ if variable.startswith("SLACK_")]:
        del os.environ[name]
    for name in ("slack_sdk", "bolt"):  # below INFO they quote what people wrote, whatever level was asked for
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))
    from slack_sdk.web.async_client import AsyncWebClient  # here and not above: see bot/delivery/sending.py

    clock = clock or Clock()
    me = _who_am_i(settings, clock)
    rules = load_rules()
    model = (settings.model or DEFAULT_MODEL) if settings.wording != "off" else ""
    wording = Wording(rules, model, prose=settings.wording == "prose")
    store = Store(settings.db)
    phrasing = None
    if settings.anthropic_api_key and model:
        phrasing = ModelClient(settings.anthropic_api_key, model, wording, base_url=settings.anthropic_base_url)
        phrasing.load()
    client = AsyncWebClient(token=settings.bot_token, base_url=settings.api_url, retry_handlers=[])
    slow = str(wording.say("chrome", "slow"))
    outbox = Outbox(store, _direct(client), clock, model=phrasing, slow=slow)
    turns = Turns(store, outbox, keep_days=settings.retention_days, clock=clock)
    scopes = frozenset(me.bot_scopes or ())
    handlers = make_handlers(
        turns, outbox, wording, scopes, keep_days=settings.retention_days, mode=settings.wording,
        model=phrasing.model if phrasing else "",
    )  # fmt: skip
    app = App(
        client=_direct(WebClient(base_url=settings.api_url, retry_handlers=[])),
        authorize=lambda **_: me,
        signing_secret=settings.signing_secret or "",
        request_verification_enabled=settings.mode != "socket",
        before_authorize=_only_our_workspace(me, handlers.conversation.outsider),
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("bolt"),
    )
    app.error(_report_error)
    register(app, handlers)
    outbox.start(turns.after, me.team_id or "", hourly=turns.sweep)
    return Bot(settings, app, store, outbox, turns, handlers, phrasing, me.team_id or "", clock)


def make_handlers(
    turns: Turns,
    outbox: Outbox,
    wording: Wording,
    scopes: frozenset[str],
    *,
    keep_days: int,
    mode: WordingMode = "off",
    model: str = "",
) -> Handlers:
    """The rooms, each handed what it needs. ``scopes`` are those Slack granted, optional ones may be missing; without
    a ``model`` nothing is asked of one."""
    replies = Replies(turns, wording)
    live_card = LiveCard(replies, keep_days, prose=bool(model) and mode == "prose")
    conversation = Conversation(turns, replies, live_card, outbox.cut_off)
    lookup = Lookup(turns, replies)
    revise = Revise(turns, replies, live_card, lookup)
    reminders = Reminders(turns, replies, live_card, lookup)
    handlers = Handlers(
        conversation=conversation,
        lookup=lookup,
        share=Share(turns, replies, live_card, lookup),
        revise=revise,
        handover=Handover(turns, replies, conversation, lookup, revise, reminders),
        reminders=reminders,
        export=Export(turns, replies, conversation, lookup, scopes),
        feedback=Feedback(turns, replies, lookup),
        home=Home(turns, replies, keep_days, model=bool(model)),
        calculator=Calculator(turns, replies, conversation, lookup),
        operator=Operator(turns, outbox),
    )
    turns.result_handlers |= _result_handlers(handlers, replies)
    if model:
        explaining = Rewording(turns, replies, live_card, model)
        turns.result_handlers |= {"followed": explaining.followed, "selected": explaining.selected}
        turns.result_handlers |= {"worded": explaining.worded}
        if mode == "prose":
            turns.result_handlers |= {"decided": explaining.decided}
    return handlers


def _result_handlers(handlers: Handlers, replies: Replies) -> dict[str, Handler]:
    """Kind of what a message carries (bot/messages.py) -> the turn that hears what Slack made of it."""
    return {
        "opened": replies.opened,
        "responded": replies.responded,
        "offered": handlers.handover.offered,
        "share_checked": handlers.share.checked,
        "shared": handlers.share.shared,
        "linked": handlers.share.linked,
        "home_due": handlers.home.draw,
        "published": handlers.home.published,
        "exported": handlers.export.exported,
        "costs_checked": handlers.revise.costs_checked,
        "drawn": handlers.revise.drawn,
        "roi_checked": handlers.calculator.checked,
        "roi_posted": handlers.calculator.posted,
        "reminded": handlers.reminders.reminded,
    }


def _who_am_i(settings: Settings, clock: Clock) -> AuthorizeResult:
    """Ask Slack once who the token is; no request after this asks again."""
    client = _direct(WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10, retry_handlers=[]))
    said = _asked(settings, clock, "SLACK_BOT_TOKEN", "xoxb-…, OAuth & Permissions", client.auth_test)
    if said.get("is_enterprise_install"):
        raise CannotStart(
            "SLACK_BOT_TOKEN is that of an installation for a whole organisation. This release works for one"
            " workspace: install the app in one (Settings, Install App), and copy that token."
        )
    granted = str(said.headers.get("x-oauth-scopes") or "")
    missing = sorted(REQUIRED_SCOPES - set(granted.replace(" ", "").split(","))) if granted else []
    if missing:
        raise CannotStart(
            f"The bot token lacks {', '.join(missing)}. Add what is missing under OAuth & Permissions (or copy"
            " manifest.yml again), then reinstall the app and copy the token."
        )
    return AuthorizeResult(
        enterprise_id=said.get("enterprise_id"),
        team_id=said["team_id"],
        bot_token=settings.bot_token,
        bot_id=said.get("bot_id"),
        bot_user_id=said["user_id"],
        bot_scopes=granted,
    )


def _asked(settings: Settings, clock: Clock, name: str, source: str, ask: Callable[[], SlackResponse]) -> SlackResponse:
    """The answer to what a start must know. A Slack that is away or busy is waited for, a refusal is not.

    Raises:
        CannotStart: Slack refuses. SlackAway: it did not answer for five minutes.
    """
    began = clock.time()
    for n in range(1_000_000):
        wait = _START_WAITS[min(n, len(_START_WAITS) - 1)]
        try:
            return ask()
        except SlackApiError as error:
            code, status = str(error.response.get("error") or ""), error.response.status_code
            if code in TOKEN_DEAD | FINAL:
                mend = f"Copy the token again ({source}); reinstall the app if it was revoked."
                raise CannotStart(f"Slack does not accept {name} ({code}). {mend}") from None
            # What stands for a code may be the HTML of somebody's proxy.
            why = code if code.isidentifier() else f"status {status}, that is no answer of Slack's"
            asked_for = str(error.response.headers.get("Retry-After") or "")
            wait = max(wait, float(asked_for) if asked_for.isdecimal() else 0.0)
        except (OSError, HTTPException) as error:
            why = str(error) or type(error).__name__
        if clock.time() + wait > began + _START_SECONDS:
            raise SlackAway(
                f"Slack cannot be reached at {settings.api_url} ({why}). Check the network, then start again."
            )
        log.warning("Slack cannot be reached at %s (%s); again in %.0f s", settings.api_url, why, wait)
        clock.pause(wait)
    raise AssertionError


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


def _only_our_workspace(
    me: AuthorizeResult, outsider: Callable[[dict[str, Any], str], None]
) -> Callable[..., BoltResponse]:
    """Turn away other workspaces before Bolt answers them by itself. A colleague of another company who presses
    something in a channel both share is told, and does not see Slack's bare warning sign."""

    def check(context: BoltContext, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        if context.team_id in (None, me.team_id) or req.body.get("type") == "url_verification":
            return next()
        log.info("turned away a request for another workspace")
        if req.body.get("type") in ("block_actions", "view_submission", "shortcut", "message_action"):
            outsider(req.body, me.team_id or "")
            return BoltResponse(status=200)
        return BoltResponse(status=403, body="This bot is installed in another workspace.")

    return check


def _report_error(error: Exception) -> BoltResponse:
    """The one handler for what a listener raises: logged, and not acknowledged. Slack then delivers an event again,
    and shows the person who clicked that it did not work."""
    if isinstance(error, BoltUnhandledRequestError):
        # An event we never asked for, of a manifest that was changed, is taken: Slack would send it three times more.
        event = (error.body or {}).get("type") == "event_callback"
        return BoltResponse(status=200 if event else 404, body="" if event else "There is nothing here for that.")
    if isinstance(error, Busy | BoltError | StoreError) and getattr(error, "passing", True):
        log.warning("turned away: %s", error)
    else:
        # Frames and type only: the text of an exception can quote what a person wrote.
        frames = "".join(traceback.format_tb((error.__cause__ or error).__traceback__))
        log.error("a turn failed and was undone (%s)\n%s", type(error).__name__, frames)
    return BoltResponse(status=503, body="Could not write that down just now. Please try again in a moment.")

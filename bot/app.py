"""The only wiring: who is handed what."""

import logging
import math
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from wsgiref.types import WSGIApplication

from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from advisor import load_rules
from bot.answering.client import DEFAULT_MODEL, ModelClient
from bot.calculator import Calculator
from bot.check.conversation import Conversation, Prices
from bot.check.form import Form
from bot.check.live_card import LiveCard
from bot.check.rewording import Rewording
from bot.decision.export import Export
from bot.decision.feedback import Feedback
from bot.decision.handover import Handover
from bot.decision.lookup import Lookup
from bot.decision.readers import Readers
from bot.decision.reminders import Reminders
from bot.decision.revise import Revise
from bot.decision.share import Share
from bot.delivery.clock import Clock
from bot.delivery.membership import Membership
from bot.delivery.outbox import Outbox
from bot.delivery.replies import Replies
from bot.delivery.telemetry import Metrics
from bot.delivery.turn import Handler, Turns
from bot.delivery.workspaces import Workspaces
from bot.home.deletion import Deletion
from bot.home.tab import Home
from bot.quotes import Quotes
from bot.render.wording import Wording
from bot.settings import Settings, WordingMode
from bot.slack.gate import front
from bot.slack.health import Health
from bot.slack.leaving import Operator
from bot.slack.listeners import Handlers, register
from bot.slack.workspace import (
    asked,
    direct,
    from_memory,
    not_allowed,
    only_allowed,
    only_installed,
    only_our_workspace,
    report_error,
    who_am_i,
)  # fmt: skip
from bot.store.database import Store, StoreError
from bot.store.engines import opened
from bot.store.workspaces import Installed

if TYPE_CHECKING:
    from bot.slack.installations import Installations

log = logging.getLogger(__name__)

_ALIVE_SECONDS = 2.0  # so long a health check waits for the writer and for the loop that sends
_OLD_SECONDS = 300.0  # what is older and still unsaid makes the bot unready


class Bot(NamedTuple):
    """A running bot's parts. ``team`` is empty and ``installations`` is there where many workspaces have it."""

    settings: Settings
    app: App
    store: Store
    outbox: Outbox
    turns: Turns
    handlers: Handlers
    phrasing: ModelClient | None
    team: str
    clock: Clock
    metrics: Metrics
    quotes: Quotes
    wording: Wording
    workspaces: Workspaces
    installations: "Installations | None" = None

    def wsgi(self) -> WSGIApplication:
        """The bot behind its front door, for HTTP mode."""
        bolt, secret = SlackRequestHandler(self.app), self.settings.signing_secret or ""
        return front(bolt, secret, self.health(), pages=self._pages())

    def _pages(self) -> Mapping[str, WSGIApplication]:
        if self.installations is None:
            return {}
        from bot.slack.install import pages  # of use where many workspaces are

        def page(code: str, **facts: str) -> str:
            return self.wording.document("install.html.j2", code=code, **facts)

        return pages(self.settings, self.installations, _asking(self.settings), page)

    def health(self) -> Health:
        """What it says of itself, for every mode."""
        return Health(self.alive, self.fault, self.metrics, self.gauges)

    def gauges(self) -> dict[str, float]:
        """What is read off at the moment somebody asks."""
        oldest = self.outbox.oldest_seconds(_ALIVE_SECONDS)
        return {
            "outbox_waiting": self.outbox.waiting,
            "outbox_oldest_seconds": math.nan if oldest is None else oldest,
            "ready": float(self.fault() is None),
        } | (self._of_many() if self.installations else {})

    def _of_many(self) -> dict[str, float]:
        unread = self.installations.unread if self.installations else 0
        return {
            "workspaces": len(self.workspaces.all),
            "workspaces_muted": self.outbox.muted,
            "workspaces_to_reinstall": unread,
        }

    def connect(self) -> Callable[[], None]:
        """Connect for Socket Mode; what is returned ends it.

        Raises:
            CannotStart: Slack refuses the app token or cannot be reached.
        """
        from slack_sdk.web.async_client import AsyncWebClient  # here and not above: see bot/delivery/sending.py

        from bot.slack.socket import connect

        settings = self.settings
        ask = direct(WebClient(base_url=settings.api_url, timeout=10, retry_handlers=[]))
        source = "xapp-…, Basic Information"
        token = settings.app_token or ""
        said = asked(
            settings, self.clock, "SLACK_APP_TOKEN", source, lambda: ask.apps_connections_open(app_token=token)
        )
        client = direct(AsyncWebClient(base_url=settings.api_url, timeout=10, retry_handlers=[]))
        return connect(self.app, token, str(said["url"]), client, self.metrics)

    def ready(self) -> None:
        """Wait for what is loaded beside the start: no turn is to share the interpreter with it."""
        import advisor.beyond  # noqa: F401 - what every report is drawn with
        from advisor.reading.opening import mentioned
        from bot.answering import index

        mentioned("What an opening is read by takes half a second to compile, and is not to be done in a turn.")
        index.load()
        if self.phrasing:
            self.phrasing.ready()

    def go_on(self) -> None:
        """Load what is not needed before somebody says it: a start does not wait for it."""
        self.quotes.load()

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
        if self.installations:
            self.installations.close()
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
    me = None if settings.mode == "workspaces" else who_am_i(settings, clock)
    rules = load_rules()
    model = (settings.model or DEFAULT_MODEL) if settings.wording != "off" else ""
    wording = Wording(rules, model, prose=settings.wording == "prose", rules_url=settings.rules_url)
    store = opened(settings.db, settings.database_url)
    phrasing = None
    if settings.anthropic_api_key and model:
        phrasing = ModelClient(settings.anthropic_api_key, model, wording, base_url=settings.anthropic_base_url)
        phrasing.load()
    client = AsyncWebClient(base_url=settings.api_url, retry_handlers=[])
    slow = str(wording.say("chrome", "slow"))
    metrics = Metrics()
    workspaces = Workspaces([me] if me else [], many=me is None)
    installations = None if me else _installations(settings, store, workspaces, clock)
    outbox = Outbox(
        store, direct(client), clock, model=phrasing, slow=slow, metrics=metrics, workspaces=workspaces
    )  # fmt: skip
    turns = Turns(store, outbox, keep_days=settings.retention_days, clock=clock, metrics=metrics)
    quotes = Quotes(clock)
    handlers = make_handlers(
        turns, outbox, wording, workspaces.scopes, keep_days=settings.retention_days, mode=settings.wording,
        model=phrasing.model if phrasing else "", prices=quotes.today,
    )  # fmt: skip
    app = App(
        client=direct(WebClient(base_url=settings.api_url, retry_handlers=[])),
        authorize=from_memory,
        signing_secret=settings.signing_secret or "",
        request_verification_enabled=settings.mode != "socket",
        before_authorize=_door(me, workspaces, installations, handlers, settings),
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        raise_error_for_unhandled_request=True,
        logger=logging.getLogger("bolt"),
    )
    app.error(report_error)
    if settings.allow:
        conversation = handlers.conversation
        told = partial(not_allowed, conversation)
        app.use(only_allowed(settings.allow, conversation.has_check, told, conversation.no_entry))
    register(app, handlers)
    outbox.start(turns.after, hourly=turns.sweep)
    if installations:
        handlers.operator.removed = partial(installations.removed, turns)
        installations.start(outbox)
    team = me.team if me else ""
    return Bot(
        settings, app, store, outbox, turns, handlers, phrasing, team, clock, metrics, quotes, wording, workspaces,
        installations,
    )  # fmt: skip


_ALONE_SECONDS, _SHARED_SECONDS = 60.0, 1.0
"""So often it is looked whether somebody else has changed who has the bot: beside an SQLite file that is an operator's
command alone."""


def _installations(settings: Settings, store: Store, workspaces: Workspaces, clock: Clock) -> "Installations":
    from bot.slack.installations import Installations  # of use where many workspaces are

    seconds = _SHARED_SECONDS if store.shared else _ALONE_SECONDS
    return Installations(settings, store, workspaces, _asking(settings), clock, seconds)


def _asking(settings: Settings) -> WebClient:
    """For what is asked with a client's id and secret, outside of a turn."""
    return direct(WebClient(base_url=settings.api_url, timeout=10, retry_handlers=[]))


def _door(
    me: Installed | None,
    workspaces: Workspaces,
    installations: "Installations | None",
    handlers: Handlers,
    settings: Settings,
) -> Callable[..., BoltResponse]:
    """Who turns away what is not ours."""
    conversation = handlers.conversation
    if me:
        return only_our_workspace(me, conversation.outsider)
    assert installations  # noqa: S101 - one of both is there
    again = partial(conversation.reinstall, f"{settings.public_url}slack/install")
    return only_installed(workspaces, installations.look, conversation.outsider, again)


def make_handlers(
    turns: Turns,
    outbox: Outbox,
    wording: Wording,
    scopes: Callable[[str], frozenset[str]],
    *,
    keep_days: int,
    mode: WordingMode = "off",
    model: str = "",
    prices: Prices = lambda: None,
) -> Handlers:
    """The rooms, each handed what it needs. ``scopes`` are those Slack granted a workspace, optional ones may be
    missing; without a ``model`` nothing is asked of one, without ``prices`` no model has one."""
    replies = Replies(turns, wording)
    prose = bool(model) and mode == "prose"
    live_card = LiveCard(replies, keep_days, turns.now, prose=prose, shared=turns.shared)
    conversation = Conversation(turns, replies, live_card, outbox.cut_off, prices)
    membership = Membership(turns, replies)
    lookup = Lookup(turns, replies, membership)
    revise = Revise(turns, replies, live_card, lookup)
    reminders = Reminders(turns, replies, live_card, lookup)
    home = Home(turns, replies, membership, keep_days, model=bool(model))
    handlers = Handlers(
        conversation=conversation,
        form=Form(turns, replies, conversation, prices),
        lookup=lookup,
        share=Share(turns, replies, live_card, lookup),
        revise=revise,
        handover=Handover(turns, replies, conversation, lookup, revise, reminders),
        reminders=reminders,
        export=Export(turns, replies, conversation, lookup, scopes),
        feedback=Feedback(turns, replies, lookup),
        home=home,
        deletion=Deletion(turns, replies, home),
        calculator=Calculator(turns, replies, conversation, lookup, prices),
        operator=Operator(turns, outbox),
        readers=Readers(turns, replies, conversation, lookup, revise),
    )
    outbox.picture = live_card.picture
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
        "goes_on": replies.stands,
        "pointed": replies.pointed,
        "offered": handlers.handover.offered,
        "offer_noted": handlers.handover.noted,
        "share_checked": handlers.share.checked,
        "shared": handlers.share.shared,
        "linked": handlers.share.linked,
        "home_due": handlers.home.draw,
        "home_in": handlers.home.looked,
        "listing": handlers.lookup.looked,
        "published": handlers.home.published,
        "exported": handlers.export.exported,
        "costs_checked": handlers.revise.costs_checked,
        "drawn": handlers.revise.drawn,
        "asked": handlers.readers.looked,
        "taken_down": handlers.readers.taken_down,
        "withdrawn": handlers.deletion.withdrawn,
        "roi_checked": handlers.calculator.checked,
        "roi_posted": handlers.calculator.posted,
        "reminded": handlers.reminders.reminded,
    }

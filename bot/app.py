"""The only wiring: who is handed what."""

import logging
import os
from dataclasses import dataclass

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltError
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from advisor import load_rules
from bot.outbox import Outbox
from bot.settings import Settings
from bot.slack import listen
from bot.store import Store
from bot.turn import Busy, Turns
from bot.wording import Wording

log = logging.getLogger(__name__)


class CannotStart(Exception):
    """Slack cannot be reached or does not accept the token; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot's parts."""

    app: App
    store: Store
    outbox: Outbox
    turns: Turns

    def fault(self) -> str | None:
        """What keeps the bot from its work, for ``/healthz``; ``None`` when all is well."""
        if self.outbox.full:
            return "too much waits to be said to Slack"
        try:
            self.store.turn(lambda conn: conn.execute("SELECT 1").fetchone())
        except Exception as error:  # whatever it is, the probe wants the reason
            return f"the database cannot be written ({type(error).__name__})"
        return None

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
    for name in [name for name in os.environ if name.startswith("SLACK_")]:
        del os.environ[name]
    me = _who_am_i(settings)
    rules = load_rules()
    store = Store(settings.db)
    outbox = Outbox(store, settings.bot_token or "", settings.api_url)
    turns = Turns(store, outbox, rules, Wording(rules))
    client = WebClient(base_url=settings.api_url, retry_handlers=[])
    app = App(
        client=client,
        authorize=lambda **_: me,
        signing_secret=settings.signing_secret or "",
        request_verification_enabled=settings.mode != "socket",
        before_authorize=_only_our_workspace(me),
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        logger=logging.getLogger("bolt"),
    )
    app.error(_report_error)
    listen(app, turns)
    turns.forget_seen()
    outbox.start()
    return Bot(app, store, outbox, turns)


def _who_am_i(settings: Settings) -> AuthorizeResult:
    """Ask Slack once who the token is; no request after this asks again."""
    try:
        said = WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10).auth_test()
    except SlackApiError as error:
        raise CannotStart(
            f"Slack does not accept SLACK_BOT_TOKEN ({error.response.get('error')}). Copy the bot token (xoxb-…) from"
            " the app's 'OAuth & Permissions' page; reinstall the app if it was revoked."
        ) from None
    except OSError as error:
        raise CannotStart(f"Slack cannot be reached at {settings.api_url} ({error}). Check the network.") from None
    return AuthorizeResult(
        enterprise_id=said.get("enterprise_id"),
        team_id=said["team_id"],
        bot_token=settings.bot_token,
        bot_id=said.get("bot_id"),
        bot_user_id=said["user_id"],
    )


def _only_our_workspace(me: AuthorizeResult):  # type: ignore[no-untyped-def]
    """Turn away other workspaces before Bolt answers them by itself."""

    def check(context: BoltContext, req: BoltRequest, next):  # type: ignore[no-untyped-def]  # noqa: A002
        if context.team_id not in (None, me.team_id) and req.body.get("type") != "url_verification":
            log.info("turned away a request for another workspace")
            return BoltResponse(status=403, body="This bot is installed in another workspace.")
        return next()

    return check


def _report_error(error: Exception) -> BoltResponse:
    """The one handler for what a listener raises: logged, and not acknowledged. Slack then delivers an event again,
    and shows the person who clicked that it did not work."""
    if isinstance(error, Busy | BoltError):
        log.warning("turned away: %s", error)
    else:
        log.error("a turn failed and was undone", exc_info=error)
    return BoltResponse(status=503, body="Could not write that down just now. Please try again in a moment.")

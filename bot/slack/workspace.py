"""The workspace the bot is in, as a start asks Slack for it, and whose requests it takes."""

import logging
import os
import traceback
from collections.abc import Callable
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context import BoltContext
from slack_bolt.error import BoltError, BoltUnhandledRequestError
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.slack_response import SlackResponse

from bot.delivery.clock import Clock
from bot.delivery.sending import FINAL, TOKEN_DEAD
from bot.delivery.turn import RETRY_SECONDS, Busy
from bot.settings import Settings
from bot.store.checks import Damaged
from bot.store.database import Late, StoreError

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

REQUIRED_SCOPES = {"app_mentions:read", "chat:write", "commands", "im:history", "im:write"}
"""Without these nothing works; the manifest asks for them, and a test compares the two."""

_START_SECONDS = 300.0
_START_WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
Client = TypeVar("Client", WebClient, "AsyncWebClient")


class CannotStart(Exception):
    """Slack does not accept a token, or not what the bot needs; the message says what to do."""


class SlackAway(CannotStart):
    """Slack could not be reached for as long as a start waits for it."""


def who_am_i(settings: Settings, clock: Clock) -> AuthorizeResult:
    """Ask Slack once who the token is; no request after this asks again."""
    client = direct(WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10, retry_handlers=[]))
    said = asked(settings, clock, "SLACK_BOT_TOKEN", "xoxb-…, OAuth & Permissions", client.auth_test)
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


def always(me: AuthorizeResult) -> Callable[..., AuthorizeResult]:
    """Who the bot is, for each request, without asking Slack."""
    return lambda **_: me


def asked(settings: Settings, clock: Clock, name: str, source: str, ask: Callable[[], SlackResponse]) -> SlackResponse:
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


def direct(client: Client) -> Client:
    """The SDK takes a proxy from the environment and never asks what it is not meant for."""
    if not _needs_proxy(urlsplit(client.base_url).hostname or ""):
        client.proxy = None
    return client


def _needs_proxy(host: str) -> bool:
    if host in ("127.0.0.1", "localhost", "::1"):
        for name in ("no_proxy", "NO_PROXY"):
            os.environ[name] = ",".join({*filter(None, os.environ.get(name, "").split(",")), host})
    return not proxy_bypass(host)


def only_our_workspace(
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


def report_error(error: Exception) -> BoltResponse:
    """The one handler for what a listener raises: logged, and not acknowledged. Slack then delivers an event again,
    and shows the person who clicked that it did not work."""
    if isinstance(error, BoltUnhandledRequestError):
        # An event we never asked for, of a manifest that was changed, is taken: Slack would send it three times more.
        event = (error.body or {}).get("type") == "event_callback"
        return BoltResponse(status=200 if event else 404, body="" if event else "There is nothing here for that.")
    if isinstance(error, Damaged):  # they were told, and the log has a line of it
        return BoltResponse(status=503, body="What was kept of this can't be read any more.")
    if isinstance(error, Busy | Late):
        pass  # counted, and told once a minute (bot/delivery/telemetry.py)
    elif isinstance(error, BoltError | StoreError) and getattr(error, "passing", True):
        log.warning("turned away: %s", error)
    else:
        # Frames and type only: the text of an exception can quote what a person wrote.
        frames = "".join(traceback.format_tb((error.__cause__ or error).__traceback__))
        log.error("a turn failed and was undone (%s)\n%s", type(error).__name__, frames)
    return BoltResponse(
        status=503,
        body="Could not write that down just now. Please try again in a moment.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )

"""The workspace the bot is in, as a start asks Slack for it, and whose requests it takes, of one or of many."""

import logging
import os
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

from bot.check.conversation import Conversation
from bot.delivery.clock import Clock
from bot.delivery.sending import FINAL, TOKEN_DEAD
from bot.delivery.turn import RETRY_SECONDS, Busy
from bot.delivery.workspaces import Workspaces
from bot.messages import Request, frames
from bot.settings import Settings
from bot.slack.payloads import clicker, from_a_bot, heard, inner, whose
from bot.store.checks import Damaged
from bot.store.database import Late, StoreError
from bot.store.workspaces import Installed

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

REQUIRED_SCOPES = {"app_mentions:read", "chat:write", "commands", "im:history", "im:write"}
"""Without these nothing works; the manifest asks for them, and a test compares the two."""
ASKED_SCOPES = REQUIRED_SCOPES | {"assistant:write", "channels:read", "groups:read", "files:write"}
"""What an installation asks for; which of it may be left out stands in the manifest, and Slack reads it there."""

_START_SECONDS = 300.0
_START_WAITS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
Client = TypeVar("Client", WebClient, "AsyncWebClient")


class CannotStart(Exception):
    """Slack does not accept a token, or not what the bot needs; the message says what to do."""


class SlackAway(CannotStart):
    """Slack could not be reached for as long as a start waits for it."""


def who_am_i(settings: Settings, clock: Clock) -> Installed:
    """Ask Slack once who the token is; no request after this asks again."""
    client = direct(WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10, retry_handlers=[]))
    said = asked(settings, clock, "SLACK_BOT_TOKEN", "xoxb-…, OAuth & Permissions", client.auth_test)
    if said.get("is_enterprise_install"):
        raise CannotStart(
            "SLACK_BOT_TOKEN is that of an installation for a whole organisation. One that is given works for one"
            " workspace: install the app in one (Settings, Install App), and copy that token; or let whole"
            " organisations add it by themselves (docs/deploy.md, Many workspaces)."
        )
    granted = str(said.headers.get("x-oauth-scopes") or "")
    scopes = frozenset(filter(None, granted.replace(" ", "").split(",")))
    missing = sorted(REQUIRED_SCOPES - scopes) if granted else []
    if missing:
        raise CannotStart(
            f"The bot token lacks {', '.join(missing)}. Add what is missing under OAuth & Permissions (or copy"
            " manifest.yml again), then reinstall the app and copy the token."
        )
    return Installed(
        enterprise=said.get("enterprise_id") or "", team=str(said["team_id"]), token=settings.bot_token or "",
        bot_user=str(said["user_id"]), bot=str(said.get("bot_id") or ""), scopes=scopes,
    )  # fmt: skip


_INSTALLED = "installed"
"""Where a request carries whose token it is answered with."""


def from_memory(context: BoltContext) -> AuthorizeResult:
    """Who the bot is for this request, without asking Slack; who turned others away has looked it up."""
    one: Installed = context[_INSTALLED]
    return AuthorizeResult(
        enterprise_id=one.enterprise or None, team_id=context.team_id, bot_token=one.token, bot_id=one.bot or None,
        bot_user_id=one.bot_user, bot_scopes=sorted(one.scopes),
    )  # fmt: skip


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


Told = Callable[[dict[str, Any], str], None]
"""Tells somebody of another company who pressed something; takes the body and the workspace it stands in."""
_PRESSED = ("block_actions", "view_submission", "shortcut", "message_action")
_ENDS = ("app_uninstalled", "tokens_revoked")


def only_our_workspace(me: Installed, outsider: Told) -> Callable[..., BoltResponse]:
    """Turn away other workspaces before Bolt answers them by itself. A colleague of another company who presses
    something in a channel both share is told, and does not see Slack's bare warning sign."""

    def check(context: BoltContext, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        if context.team_id in (None, me.team) or req.body.get("type") == "url_verification":
            context[_INSTALLED] = me
            return next()
        log.info("turned away a request for another workspace")
        if req.body.get("type") in _PRESSED:
            outsider(req.body, me.team)
            return BoltResponse(status=200)
        return BoltResponse(status=403, body="This bot is installed in another workspace.")

    return check


def only_installed(
    workspaces: Workspaces, look: Callable[[], None], outsider: Told, reinstall: Callable[[], dict[str, Any]]
) -> Callable[..., BoltResponse]:
    """The same for many workspaces. Whose request it is is looked up here once; ``look`` sees whether another machine
    knows more. Events of whoever has not the bot (any more) are taken, since Slack would send them three times more,
    and lead to nothing; a command's acknowledgement needs no token and says how to have the bot again."""

    def check(context: BoltContext, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        body = req.body
        if body.get("type") == "url_verification" or "ssl_check" in body:
            return next()
        team, enterprise = whose(body, context)
        # A goodbye to a whole organisation names no workspace, or any.
        whole = context.is_enterprise_install and inner(body, "event").get("type") in _ENDS
        one = workspaces.by_key((enterprise, "")) if whole else workspaces.of(team, enterprise)
        if one is None:
            look()
            one = workspaces.by_key((enterprise, "")) if whole else workspaces.of(team, enterprise)
        if one:
            context[_INSTALLED] = one
            context["team_id"], context["enterprise_id"] = "" if whole else team, enterprise
            return next()
        log.info("turned away a request of %s, which has not the bot", team or enterprise or "nobody")
        if body.get("type") in _PRESSED:
            # What is pressed in a shared channel stands in the workspace whose message it is.
            ours = str(inner(body, "message").get("team") or "")
            if workspaces.of(ours):
                outsider(body, ours)
            return BoltResponse(status=200)
        if "command" in body:
            return BoltResponse(status=200, body=reinstall())
        return BoltResponse(status=200 if body.get("type") == "event_callback" else 403)

    return check


def only_allowed(
    allow: frozenset[str],
    has_check: Callable[[Request], bool],
    told: Callable[[dict[str, Any], BoltContext], None],
    said: Callable[[], dict[str, Any]],
) -> Callable[..., BoltResponse]:
    """Who is not among the people, workspaces and channels that may use the bot is ``told`` so, to them alone: a
    command in its acknowledgement, as ``said``. Where channels are named, whoever has a check began it there, and goes
    on with it in the DM."""

    def check(context: BoltContext, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        body, event = req.body, inner(req.body, "event")
        if body.get("type") == "url_verification" or "ssl_check" in body or event.get("type") in _ENDS:
            return next()
        team, user, channel = str(context.team_id), str(context.user_id), str(context.channel_id)
        if allow & {str(context.enterprise_id), team, f"{team}/{user}", f"{team}/{channel}"}:
            return next()
        by_channel = any(one.startswith((f"{team}/C", f"{team}/G")) for one in allow)
        if by_channel and has_check(Request("", team, user, channel)):
            return next()
        if "command" in body:
            return BoltResponse(status=200, body=said())
        if not event or (event.get("type") in ("message", "app_mention") and not _nobody_said(event, context)):
            told(body, context)
        return BoltResponse(status=200)

    return check


def not_allowed(conversation: Conversation, body: dict[str, Any], context: BoltContext) -> None:
    """What such a person did, as a request."""
    event = inner(body, "event")
    if event:
        conversation.not_allowed(heard(body, event, context))
        return
    action = next(iter(body.get("actions") or ()), {"action_id": str(body.get("callback_id"))})
    request = clicker(body, action)
    conversation.not_allowed(request if action.get("action_ts") else request._replace(key=request.trigger_id))


def _nobody_said(event: dict[str, Any], context: BoltContext) -> bool:
    """A bot's message, an edit, or what is said to others in a channel."""
    said_to_us = event.get("channel_type") == "im" or event.get("type") == "app_mention"
    return from_a_bot(event, context) or bool(event.get("subtype")) or not said_to_us


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
        log.error("a turn failed and was undone (%s)\n%s", type(error).__name__, frames(error.__cause__ or error))
    return BoltResponse(
        status=503,
        body="Could not write that down just now. Please try again in a moment.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )

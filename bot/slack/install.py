"""The two pages of an installation: the one it begins on, and the one Slack sends people back to. Bolt's OAuth flow
does the steps between; what it keeps and what it shows is ours."""

import logging
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from slack_bolt.error import BoltError
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_flow import OAuthFlow
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.installation_store import Installation, InstallationStore
from slack_sdk.oauth.state_store import OAuthStateStore

from bot.settings import Settings
from bot.slack.health import answer
from bot.slack.installations import Installations
from bot.slack.workspace import ASKED_SCOPES, REQUIRED_SCOPES
from bot.store.database import StoreError
from bot.store.seal import STATE_SECONDS
from bot.store.workspaces import Installed

log = logging.getLogger(__name__)

INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
_AT_ONCE = 4
"""So many may wait for Slack at once: the others of the server's threads are for what people do in Slack."""
_HEADERS = [
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
Page = Callable[..., str]
"""Draws the page of an outcome: its code, and facts by name."""


def pages(
    settings: Settings, installations: Installations, client: WebClient, page: Page
) -> dict[str, WSGIApplication]:
    """Path -> what answers there."""
    flow = _Flow(settings, installations, client, page)
    free = threading.BoundedSemaphore(_AT_ONCE)

    def redirected(request: BoltRequest) -> BoltResponse:
        if not free.acquire(blocking=False):
            return _shown(page("busy", again=INSTALL), 503)
        try:
            return flow.handle_callback(request)
        except StoreError as error:
            log.error("nobody can add the bot: the database cannot be written (%s)", error)  # noqa: TRY400
            return _shown(page("away", again=INSTALL), 503)
        finally:
            free.release()

    return {INSTALL: _served(flow.handle_installation), REDIRECT: _served(redirected)}


def _served(handle: Callable[[BoltRequest], BoltResponse]) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") != "GET":
            return answer(start, 405, "this page takes GET", ("Allow", "GET"))
        cookie = environ.get("HTTP_COOKIE", "")
        headers: Any = {"cookie": [cookie]} if cookie else {}
        query = environ.get("QUERY_STRING", "")
        response = handle(BoltRequest(body="", query=query, headers=headers))
        body = response.body.encode()
        given = [(name, value) for name, values in response.headers.items() for value in values]
        status = f"{response.status} {HTTPStatus(response.status).phrase}"
        start(status, [*given, *_HEADERS, ("Content-Length", str(len(body)))])
        return [body]

    return app


class _Unwanted(BoltError):
    """It is not kept; the message is the code of the page that says why."""

    def __init__(self, code: str, missing: Iterable[str] = ()) -> None:
        super().__init__(code)
        self.missing = ", ".join(sorted(missing))


class _Flow(OAuthFlow):
    """Bolt's, with pages and patience of ours, and a log without codes."""

    def __init__(self, settings: Settings, installations: Installations, client: WebClient, page: Page) -> None:
        self._now, self._page, self._slack = installations.now, page, client.base_url.removesuffix("api/")
        chosen = OAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=sorted(ASKED_SCOPES),
            user_scopes=[],
            redirect_uri=f"{settings.public_url.rstrip('/')}{REDIRECT}",
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            callback_options=CallbackOptions(success=self._succeeded, failure=self._failed),
            authorization_url=f"{self._slack}oauth/v2/authorize",
            installation_store=_Kept(settings.allow, installations),
            state_store=_States(installations),
            state_expiration_seconds=STATE_SECONDS,
        )
        chosen.state_utils = _Cookie(secure=settings.public_url.startswith("https:"))
        super().__init__(client=client, logger=log, settings=chosen)

    def build_authorize_url(self, state: str, request: BoltRequest) -> str:
        team = (request.query.get("team") or [""])[0]
        wanted = team if re.fullmatch(r"T[A-Z0-9]{1,20}", team) else None
        return self.settings.authorize_url_generator.generate(state=state, team=wanted)

    def build_install_page_html(self, url: str, request: BoltRequest) -> str:
        return self._page("install", url=url)

    def run_installation(self, code: str) -> Installation | None:
        """Bolt's own puts the code into the log."""
        try:
            said = self.client.oauth_v2_access(
                code=code, client_id=self.settings.client_id, client_secret=self.settings.client_secret,
                redirect_uri=self.settings.redirect_uri,
            )  # fmt: skip
            token = str(said["access_token"])
            whole, team = said.get("is_enterprise_install") is True, said.get("team") or {}
            enterprise, lasts = said.get("enterprise") or {}, said.get("expires_in")
            expires = int(self._now() + lasts) if lasts else None
            return Installation(
                app_id=said.get("app_id"), enterprise_id=enterprise.get("id"), enterprise_name=enterprise.get("name"),
                team_id=team.get("id"), team_name=team.get("name"), is_enterprise_install=whole, bot_token=token,
                bot_id=self.client.auth_test(token=token).get("bot_id"), bot_user_id=said.get("bot_user_id"),
                bot_scopes=said.get("scope") or "", bot_refresh_token=said.get("refresh_token"),
                bot_token_expires_at=expires, user_id=str((said.get("authed_user") or {}).get("id")),
            )  # fmt: skip
        except SlackApiError as error:
            data = error.response.data
            why = str(data.get("error")) if isinstance(data, dict) else f"status {error.response.status_code}"
        except (OSError, HTTPException, KeyError, ValueError) as error:
            why = type(error).__name__
        log.warning("an installation was not finished: %s", why)
        return None

    def _succeeded(self, args: SuccessArgs) -> BoltResponse:
        one = args.installation
        app, name = one.app_id or "", one.team_name or one.enterprise_name or ""
        if one.is_enterprise_install:
            url = f"https://app.slack.com/manage/{one.enterprise_id}/integrations/profile/{app}/workspaces/add"
            return _shown(self._page("done_whole", where=name, url=url))
        url = f"{self._slack}app_redirect?app={quote(app)}&team={quote(one.team_id or '')}"
        return _shown(self._page("done", where=name, url=url))

    def _failed(self, args: FailureArgs) -> BoltResponse:
        code, missing = _PAGE_OF.get(args.reason, "failed"), ""
        if isinstance(args.error, _Unwanted):
            code, missing = str(args.error), args.error.missing
        if code == "failed":
            # What Slack sends back in a query is anybody's words.
            said = args.reason if re.fullmatch(r"[a-z_]{1,60}", args.reason) else "?"
            log.info("an installation was not finished: %s", said)
        return _shown(self._page(code, again=INSTALL, missing=missing), 200 if code == "cancelled" else 400)


_PAGE_OF = {"access_denied": "cancelled", "invalid_state": "late", "invalid_browser": "late"}


def _shown(html: str, status: int = 200) -> BoltResponse:
    return BoltResponse(status=status, body=html, headers={"Content-Type": "text/html; charset=utf-8"})


class _Cookie(OAuthStateUtils):
    """Ties a state to the browser that was given it."""

    def __init__(self, *, secure: bool) -> None:
        super().__init__(expiration_seconds=STATE_SECONDS)
        self._secure = "; Secure" if secure else ""

    def build_set_cookie_for_new_state(self, state: str) -> str:
        age = f"Max-Age={self.expiration_seconds}"
        return f"{self.cookie_name}={state}; HttpOnly; SameSite=Lax; Path=/slack/; {age}{self._secure}"


class _States(OAuthStateStore):
    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    @property
    def logger(self) -> logging.Logger:
        return log

    def issue(self, *_args: Any, **_more: Any) -> str:
        return self._installations.issue(secrets.token_urlsafe(16))

    def consume(self, state: str) -> bool:
        return self._installations.spend(state)


class _Kept(InstallationStore):
    """Takes what Slack gives; what stands in the file has its own owner."""

    def __init__(self, allow: frozenset[str], installations: Installations) -> None:
        self._allow, self._installations = allow, installations

    @property
    def logger(self) -> logging.Logger:
        return log

    def save(self, installation: Installation) -> None:
        whole = installation.is_enterprise_install
        one = Installed(
            enterprise=installation.enterprise_id or "", team="" if whole else installation.team_id or "",
            token=installation.bot_token or "", bot_user=installation.bot_user_id or "",
            bot=installation.bot_id or "", scopes=frozenset(installation.bot_scopes or ()),
            name=(installation.enterprise_name if whole else installation.team_name) or "",
            refresh=installation.bot_refresh_token or "", expires=float(installation.bot_token_expires_at or 0),
        )  # fmt: skip
        if not (one.id and one.token):
            raise _Unwanted("failed")
        if self._allow and not {one.enterprise, one.team} & {allowed.partition("/")[0] for allowed in self._allow}:
            raise _Unwanted("not_allowed")
        if missing := REQUIRED_SCOPES - one.scopes:
            raise _Unwanted("scopes", missing)
        try:
            self._installations.install(one)
        except StoreError as error:
            log.error("%s installed the bot, and it could not be written (%s)", one.id, error)  # noqa: TRY400
            raise _Unwanted("not_kept") from None

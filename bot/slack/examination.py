"""What a look at one's own installation asks Slack: who the token is, what it may do, what time it is, and whether the
cards would be taken. Each is asked once; nobody waits for a Slack that is away."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.settings import Settings
from bot.slack.workspace import direct

MOST_SKEW_SECONDS = 300
"""Slack's signatures are refused beyond."""


class Unasked(Exception):
    """Slack refuses or can't be reached; the message is its code or what failed. ``again`` is in how many seconds it
    may be asked again, 0 when that is of no use."""

    def __init__(self, why: str, again: float = 0.0) -> None:
        super().__init__(why)
        self.again = again


class Token(NamedTuple):
    """Whose the bot token is, and what Slack says beside."""

    team: str
    scopes: frozenset[str]
    skew_seconds: float | None
    """How far this machine's clock is ahead of Slack's."""


class Examination:
    """Asks with the tokens of these settings. ``now`` is the clock in Unix seconds."""

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings, self._now = settings, now
        self._client = direct(
            WebClient(token=settings.bot_token, base_url=settings.api_url, timeout=10, retry_handlers=[])
        )

    def bot_token(self) -> Token:
        said, headers = self._ask(self._client.auth_test)
        granted = str(headers.get("x-oauth-scopes") or "")
        date = str(headers.get("date") or "")
        skew = self._now() - parsedate_to_datetime(date).timestamp() if date else None
        return Token(str(said["team_id"]), frozenset(filter(None, granted.replace(" ", "").split(","))), skew)

    def app_token(self) -> None:
        token = self._settings.app_token or ""
        self._ask(lambda: self._client.apps_connections_open(app_token=token))

    def card(self, payload: dict[str, Any]) -> str:
        """What Slack finds wrong with a card; empty when it would take it."""
        try:
            self._ask(lambda: self._client.api_call("blocks.validate", json=payload))
        except _Invalid as invalid:
            return str(invalid)
        return ""

    def _ask(self, ask: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
        try:
            response = ask()
        except SlackApiError as error:
            data = error.response.data if isinstance(error.response.data, dict) else {}
            code = str(data.get("error") or f"status {error.response.status_code}")
            if code in ("invalid_blocks", "invalid_message", "invalid_view"):
                raise _Invalid(_faults(data) or code) from None
            asked_for = str(error.response.headers.get("Retry-After") or "")
            raise Unasked(code, float(asked_for) if asked_for.isdecimal() else 0.0) from None
        except (OSError, HTTPException) as error:
            raise Unasked(str(error) or type(error).__name__) from None
        return response.data, {name.lower(): value for name, value in dict(response.headers).items()}


class _Invalid(Unasked):
    """Slack would not take it."""


def _faults(data: dict[str, Any]) -> str:
    found = [f"{one.get('pointer')}: {one.get('message')}" for one in data.get("errors") or () if isinstance(one, dict)]
    return "; ".join(found[:3])

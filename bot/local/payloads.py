"""The events Slack sends to an app, as dicts. Pure but for random ids."""

from __future__ import annotations

import html
import secrets
import time
from typing import Any

from bot.local.channels import Channel
from bot.local.people import APP, BOT_USER, PEOPLE, TEAM

Payload = dict[str, Any]
Message = dict[str, Any]
VERIFICATION_TOKEN = "local"  # noqa: S105 - Slack's deprecated field; signatures and tokens are what counts


def event(inner: Payload, *, is_ext_shared: bool = False) -> Payload:
    """The envelope of the Events API around one event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": is_ext_shared,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def addressed(payload: Payload, team: str, enterprise: str, *, whole: bool) -> Payload:
    """A payload as another workspace's, or that of an organisation (``whole``: which has the app as such)."""
    if team == TEAM and not enterprise:
        return payload
    made: Payload = _with_team(payload, team)
    if not enterprise:
        return made
    if made.get("type") == "event_callback":
        one = made["authorizations"][0] | {"enterprise_id": enterprise, "is_enterprise_install": whole}
        # Slack's own example of an installation for an organisation has no team in it.
        made["authorizations"] = [one | ({"team_id": None} if whole else {})]
        return made | {"enterprise_id": enterprise, "context_enterprise_id": enterprise}
    made |= {"is_enterprise_install": ("true" if whole else "false") if "command" in made else whole}
    if "command" in made:
        return made | {"enterprise_id": enterprise, "enterprise_name": "An organisation"}
    made["team"] = made["team"] | {"enterprise_id": enterprise, "enterprise_name": "An organisation"}
    return made | {"enterprise": {"id": enterprise, "name": "An organisation"}}


def _with_team(value: Any, team: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_team(inner, team) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_team(inner, team) for inner in value]
    return team if value == TEAM else value


def message(channel: str, said: Message) -> Payload:
    """A message in a direct conversation (message.im)."""
    return event({**_with_rich_text(said), "channel": channel, "channel_type": "im", "event_ts": said["ts"]})


def mention(channel: Channel, said: Message) -> Payload:
    """A message in a channel that names the bot."""
    inner = {**_with_rich_text(said), "type": "app_mention", "channel": channel.id, "event_ts": said["ts"]}
    return event(inner, is_ext_shared=channel.is_ext_shared)


def changed(channel: str, now: Message, before: Message, ts: str) -> Payload:
    """A message was edited, or its root became a gravestone."""
    inner = {"type": "message", "subtype": "message_changed", "message": now, "previous_message": before}
    return event({**inner, **_hidden(channel, ts)})


def deleted(channel: str, before: Message, ts: str) -> Payload:
    """A message was deleted."""
    inner = {"type": "message", "subtype": "message_deleted", "previous_message": before}
    return event({**inner, "deleted_ts": before["ts"], **_hidden(channel, ts)})


def opened(user: str, tab: str, ts: str, view: Payload | None = None) -> Payload:
    """A person has opened the app's Home tab (`view` is what it shows) or Messages tab."""
    inner = {"type": "app_home_opened", "user": user, "channel": PEOPLE[user].dm, "tab": tab, "event_ts": ts}
    return event(inner if view is None else {**inner, "view": view})


def uninstalled() -> Payload:
    """The app was taken out of the workspace."""
    return event({"type": "app_uninstalled", "event_ts": f"{time.time():.6f}"})


def revoked() -> Payload:
    """The bot's token was taken back."""
    tokens = {"oauth": [], "bot": [BOT_USER]}
    return event({"type": "tokens_revoked", "tokens": tokens, "event_ts": f"{time.time():.6f}"})


def kind_of(payload: Payload) -> str:
    """The envelope type of a payload in Socket Mode."""
    if payload.get("type") == "event_callback":
        return "events_api"
    return "slash_commands" if "command" in payload else "interactive"


def _hidden(channel: str, ts: str) -> Payload:
    return {"hidden": True, "channel": channel, "channel_type": "im", "ts": ts, "event_ts": ts}


def _with_rich_text(said: Message) -> Payload:
    if "blocks" in said:
        return {**said}
    text = {"type": "text", "text": html.unescape(said["text"])}
    section = {"type": "rich_text_section", "elements": [text]}
    return {**said, "blocks": [{"type": "rich_text", "block_id": "typed", "elements": [section]}]}

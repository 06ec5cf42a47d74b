"""What Slack sends to an app, as dicts: events, clicks, commands. Pure but for random ids."""

from __future__ import annotations

import html
import re
import secrets
import time
from typing import Any

from bot.local.people import APP, BOT_USER, CHANNELS, DOMAIN, OWNERS, PEOPLE, TEAM

Payload = dict[str, Any]
Message = dict[str, Any]
VERIFICATION_TOKEN = "local"  # noqa: S105 - Slack's deprecated field; signatures and tokens are what counts

HOST = re.compile(r"\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|co|edu|gov|app|de|uk|eu))(/[^\s<>|]*)?", re.I)
URL = re.compile(r"https?://[^\s<>|]+", re.I)
KNOWN = re.compile(r"<(?:@U0BOT|@U0ADA|@U0LIN|#C0GENERAL)(?:\|[^<>]*)?>")


def as_sent(text: str) -> str:
    """Typed text as Slack passes it on: `& < >` escaped, addresses linked, mentions of known people kept."""
    parts, last = [], 0
    for known in KNOWN.finditer(text):
        parts += [_linked(html.escape(text[last : known.start()], quote=False)), known.group()]
        last = known.end()
    return "".join([*parts, _linked(html.escape(text[last:], quote=False))])


def _linked(escaped: str) -> str:
    def host(match: re.Match[str]) -> str:
        return f"<http://{match.group()}|{match.group()}>"

    parts, last = [], 0
    for url in URL.finditer(escaped):
        parts += [HOST.sub(host, escaped[last : url.start()]), f"<{url.group()}>"]
        last = url.end()
    return "".join([*parts, HOST.sub(host, escaped[last:])])


def event(inner: Payload) -> Payload:
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
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


def message(channel: str, said: Message) -> Payload:
    """A message in a direct conversation (message.im)."""
    return event({**_with_rich_text(said), "channel": channel, "channel_type": "im", "event_ts": said["ts"]})


def mention(channel: str, said: Message) -> Payload:
    """A message in a channel that names the bot."""
    inner = _with_rich_text(said)
    return event({**inner, "type": "app_mention", "channel": channel, "event_ts": said["ts"]})


def changed(channel: str, now: Message, before: Message, ts: str) -> Payload:
    """A message was edited, or its root became a gravestone."""
    inner = {"type": "message", "subtype": "message_changed", "message": now, "previous_message": before}
    return event({**inner, **_hidden(channel, ts)})


def deleted(channel: str, before: Message, ts: str) -> Payload:
    """A message was deleted."""
    inner = {"type": "message", "subtype": "message_deleted", "previous_message": before}
    return event({**inner, "deleted_ts": before["ts"], **_hidden(channel, ts)})


def opened(user: str, tab: str, ts: str) -> Payload:
    """A person has opened the app's Home or Messages tab."""
    inner = {"type": "app_home_opened", "user": user, "channel": PEOPLE[user].dm, "tab": tab, "event_ts": ts}
    return event(inner)


def click(
    user: str,
    channel: str,
    clicked: Message,
    action: Payload,
    state: Payload,
    trigger_id: str,
    response_url: str,
) -> Payload:
    """A person has used a button, select, … of a message (block_actions)."""
    ephemeral = clicked.get("is_ephemeral", False)
    container = {
        "type": "message",
        "message_ts": clicked["ts"],
        "channel_id": channel,
        "is_ephemeral": ephemeral,
    }
    if "thread_ts" in clicked:
        container["thread_ts"] = clicked["thread_ts"]
    payload = {
        "type": "block_actions",
        "user": _user(user),
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "container": container,
        "trigger_id": trigger_id,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": CHANNELS[channel]},
        "state": state,
        "response_url": response_url,
        "actions": [action],
    }
    if not ephemeral:  # Slack keeps no copy of an ephemeral message to send along
        payload["message"] = clicked
    return payload


def command(user: str, channel: str, name: str, text: str, trigger_id: str, response_url: str) -> dict[str, str]:
    """A slash command, as the fields of its form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel,
        "channel_name": CHANNELS[channel],
        "user_id": user,
        "user_name": PEOPLE[user].name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def kind_of(payload: Payload) -> str:
    """The envelope type of a payload in Socket Mode."""
    if payload.get("type") == "event_callback":
        return "events_api"
    return "slash_commands" if "command" in payload else "interactive"


def is_dm(channel: str) -> bool:
    """Whether a channel is somebody's direct conversation with the bot."""
    return channel in OWNERS


def _user(user: str) -> Payload:
    person = PEOPLE[user]
    return {"id": user, "username": person.name, "name": person.name, "team_id": TEAM}


def _hidden(channel: str, ts: str) -> Payload:
    return {"hidden": True, "channel": channel, "channel_type": "im", "ts": ts, "event_ts": ts}


def _with_rich_text(said: Message) -> Payload:
    if "blocks" in said:
        return {**said}
    text = {"type": "text", "text": html.unescape(said["text"])}
    section = {"type": "rich_text_section", "elements": [text]}
    return {**said, "blocks": [{"type": "rich_text", "block_id": "typed", "elements": [section]}]}

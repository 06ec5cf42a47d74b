"""What Slack sends to an app when a person uses something of it: clicks, forms, shortcuts, commands. Pure."""

from __future__ import annotations

from typing import Any

from bot.local.channels import Channel
from bot.local.payloads import VERIFICATION_TOKEN
from bot.local.people import APP, DOMAIN, PEOPLE, TEAM

Payload = dict[str, Any]


def click(
    user: str,
    channel: Channel,
    clicked: Payload,
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
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if "thread_ts" in clicked:
        container["thread_ts"] = clicked["thread_ts"]
    payload = _by(user, "block_actions") | {
        "container": container,
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": channel.named},
        "state": state,
        "response_url": response_url,
        "actions": [action],
    }
    if not ephemeral:  # Slack keeps no copy of an ephemeral message to send along
        payload["message"] = clicked
    return payload


def click_in_view(user: str, view: Payload, action: Payload, trigger_id: str) -> Payload:
    """A person has used an element of a modal or of their Home tab (block_actions)."""
    container = {"type": "view", "view_id": view["id"]}
    more = {"container": container, "trigger_id": trigger_id, "view": view, "actions": [action]}
    return _by(user, "block_actions") | more


def submission(user: str, view: Payload, trigger_id: str) -> Payload:
    """A person has sent a modal off (view_submission)."""
    return _by(user, "view_submission") | {"trigger_id": trigger_id, "view": view, "response_urls": []}


def shortcut(user: str, callback_id: str, action_ts: str, trigger_id: str) -> Payload:
    """A person has chosen a global shortcut."""
    return _by(user, "shortcut") | {"callback_id": callback_id, "action_ts": action_ts, "trigger_id": trigger_id}


def message_shortcut(
    user: str, callback_id: str, channel: Channel, message: Payload, action_ts: str, trigger_id: str, response_url: str
) -> Payload:
    """A person has chosen a shortcut on a message (message_action)."""
    return _by(user, "message_action") | {
        "callback_id": callback_id,
        "action_ts": action_ts,
        "trigger_id": trigger_id,
        "response_url": response_url,
        "channel": {"id": channel.id, "name": channel.named},
        "message_ts": message["ts"],
        "message": message,
    }


def command(user: str, channel: Channel, name: str, text: str, trigger_id: str, response_url: str) -> dict[str, str]:
    """A slash command, as the fields of its form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.named,
        "user_id": user,
        "user_name": PEOPLE[user].name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _by(user: str, kind: str) -> Payload:
    person = PEOPLE[user]
    return {
        "type": kind,
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": TEAM},
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }

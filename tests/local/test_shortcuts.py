"""Shortcuts: the global one, the one on messages, and what they carry."""

from __future__ import annotations

import pytest
from slack_sdk import WebClient

from bot.local import LocalSlack
from tests.local.conftest import Inbox


def test_a_global_shortcut_carries_a_trigger_and_no_channel(slack: LocalSlack, inbox: Inbox) -> None:
    assert slack.shortcut("U0ADA", "start_check") == 200
    sent = inbox.last
    assert (sent["type"], sent["callback_id"], sent["user"]["id"]) == ("shortcut", "start_check", "U0ADA")
    assert sent["trigger_id"]
    assert float(sent["action_ts"]) > 0
    assert {"channel", "message", "response_url"}.isdisjoint(sent)


def test_a_message_shortcut_carries_the_message_also_where_the_bot_is_no_member(
    slack: LocalSlack, inbox: Inbox
) -> None:
    ts = slack.say("U0LIN", "Let us tune on 5k tickets", channel="#elsewhere")
    assert slack.message_shortcut("U0ADA", "check_message", "#elsewhere", ts) == 200
    sent = inbox.last
    assert (sent["type"], sent["callback_id"], sent["message_ts"]) == ("message_action", "check_message", ts)
    assert sent["channel"] == {"id": "C0ELSEWHERE", "name": "elsewhere"}
    assert (sent["message"]["text"], sent["message"]["user"]) == ("Let us tune on 5k tickets", "U0LIN")
    assert sent["response_url"].startswith(slack.url)


def test_a_message_shortcut_in_a_conversation_with_the_bot_works_too(
    slack: LocalSlack, client: WebClient, inbox: Inbox
) -> None:
    ts = client.chat_postMessage(channel="D0ADA", text="my own words")["ts"]
    slack.wait_idle()
    slack.message_shortcut("U0ADA", "check_message", "D0ADA", ts)
    assert inbox.last["message"]["bot_id"] == "B0BOT"
    assert inbox.last["channel"]["name"] == "directmessage"


def test_only_shortcuts_the_app_has_can_be_chosen_and_a_failure_is_told(slack: LocalSlack, inbox: Inbox) -> None:
    with pytest.raises(LookupError, match="start_check"):
        slack.shortcut("U0ADA", "other")
    with pytest.raises(LookupError, match="check_message"):
        slack.message_shortcut("U0ADA", "other", "#general", slack.say("U0ADA", "x", channel="#general"))
    inbox.statuses = [500]
    assert slack.shortcut("U0ADA", "start_check") == 500

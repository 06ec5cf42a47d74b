"""Channels of every kind: who hears what, who may post where, and what is told about them."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import LocalSlack
from bot.local.refusals import Refused
from tests.local.conftest import Inbox


def error(client: WebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    ("channel", "flags"),
    [
        ("C0GENERAL", {"is_member": True, "is_private": False, "is_archived": False, "is_ext_shared": False}),
        ("C0ROUTER", {"is_member": True, "is_private": True, "is_archived": False, "is_ext_shared": False}),
        ("C0ELSEWHERE", {"is_member": False, "is_private": False, "is_archived": False, "is_ext_shared": False}),
        ("C0ARCHIVE", {"is_member": False, "is_private": False, "is_archived": True, "is_ext_shared": False}),
        ("C0PARTNERS", {"is_member": True, "is_private": False, "is_archived": False, "is_ext_shared": True}),
    ],
)
def test_the_bot_is_told_what_kind_of_channel_it_is(client: WebClient, channel: str, flags: dict[str, bool]) -> None:
    info = client.conversations_info(channel=channel)["channel"]
    assert {key: info[key] for key in flags} == flags


def test_without_a_scope_the_bot_is_told_nothing(slack: LocalSlack, client: WebClient) -> None:
    slack.scopes = slack.scopes - {"groups:read"}
    assert error(client, "conversations.info", channel="C0ROUTER") == "missing_scope"
    assert client.conversations_info(channel="C0GENERAL")["ok"]


@pytest.mark.parametrize(("user", "both"), [("U0ADA", ["C0GENERAL", "C0PARTNERS"]), ("U0LIN", ["C0GENERAL"])])
def test_the_bot_is_told_page_by_page_in_which_public_channels_it_is_with_somebody(
    slack: LocalSlack, client: WebClient, user: str, both: list[str]
) -> None:
    found, cursor = list[str](), ""
    while True:
        page = client.users_conversations(user=user, types="public_channel", limit=200, cursor=cursor)
        found += [channel["id"] for channel in page["channels"]]
        if not (cursor := page["response_metadata"]["next_cursor"]):
            break
    assert found == both
    assert error(client, "users.conversations", user=user, types="im") == "invalid_types"
    assert error(client, "users.conversations", user="U0NOBODY") == "user_not_found"
    slack.scopes = slack.scopes - {"channels:read"}
    assert error(client, "users.conversations", user=user) == "missing_scope"


@pytest.mark.parametrize(
    ("channel", "posted", "whispered"),
    [
        ("#general", "", ""),
        ("#proj-router", "", ""),
        ("#partners", "", ""),
        ("#elsewhere", "not_in_channel", "not_in_channel"),
        ("#archive", "is_archived", "is_archived"),
        ("#nowhere", "channel_not_found", "channel_not_found"),
    ],
)
def test_the_bot_posts_where_it_may(client: WebClient, channel: str, posted: str, whispered: str) -> None:
    for method, code in (("chat.postMessage", posted), ("chat.postEphemeral", whispered)):
        args = {"channel": channel, "text": "x"} | ({"user": "U0ADA"} if method == "chat.postEphemeral" else {})
        if code:
            assert error(client, method, **args) == code
        else:
            assert client.api_call(method, json=args)["ok"]


def test_an_ephemeral_reaches_only_somebody_who_is_there(slack: LocalSlack, client: WebClient) -> None:
    assert error(client, "chat.postEphemeral", channel="C0PARTNERS", user="U0LIN", text="x") == "user_not_in_channel"
    client.chat_postEphemeral(channel="C0PARTNERS", user="U0ADA", text="psst")
    assert [(m["channel"], m["text"]) for m in slack.ephemerals("U0ADA")] == [("C0PARTNERS", "psst")]


def test_an_administrator_changes_what_a_channel_is(slack: LocalSlack, client: WebClient) -> None:
    slack.arrange("#elsewhere", bot_is_member=True)
    ts = client.chat_postMessage(channel="#elsewhere", text="now I may")["ts"]
    slack.arrange("#elsewhere", is_restricted=True)
    assert error(client, "chat.postMessage", channel="#elsewhere", text="x") == "restricted_action"
    slack.arrange("#elsewhere", is_archived=True)
    assert error(client, "chat.update", channel="C0ELSEWHERE", ts=ts, text="x") == "is_archived"
    slack.arrange("#elsewhere", is_archived=False, is_private=True, bot_is_member=False)
    assert error(client, "conversations.info", channel="C0ELSEWHERE") == "channel_not_found"
    assert error(client, "chat.postMessage", channel="C0ELSEWHERE", text="x") == "channel_not_found"
    with pytest.raises(TypeError, match="known: bot_is_member"):
        slack.arrange("#elsewhere", is_loud=True)


def test_a_mention_is_heard_only_where_the_bot_is_a_member(slack: LocalSlack, inbox: Inbox) -> None:
    slack.say("U0ADA", "@finetune-advisor should we?", channel="#elsewhere")
    slack.say("U0ADA", "@finetune-advisor should we?", channel="#partners")
    slack.wait_idle()
    (heard,) = inbox.events
    assert (heard["event"]["type"], heard["event"]["channel"]) == ("app_mention", "C0PARTNERS")
    assert heard["event"]["text"] == "<@U0BOT> should we?"
    assert heard["is_ext_shared_channel"] is True


def test_an_invitation_typed_into_a_channel_brings_the_bot_in(slack: LocalSlack, inbox: Inbox) -> None:
    slack.command("U0ADA", "/invite", "@finetune-advisor", "#elsewhere")
    slack.mention("U0ADA", "#elsewhere", "hello")
    slack.wait_idle()
    assert [event["event"]["type"] for event in inbox.events] == ["app_mention"]
    with pytest.raises(LookupError, match="Only the bot"):
        slack.command("U0ADA", "/invite", "@lin", "#elsewhere")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ask @Lin in #proj-router.", "ask <@U0LIN> in <#C0ROUTER|proj-router>."),
        ("mail lin@lin.dev, see /@ada and #generally", "mail lin@<http://lin.dev|lin.dev>, see /@ada and #generally"),
        ("<@U0BOT> & @finetune-advisors", "<@U0BOT> &amp; @finetune-advisors"),
    ],
)
def test_names_of_people_and_channels_become_mentions(slack: LocalSlack, typed: str, sent: str) -> None:
    slack.say("U0ADA", typed, channel="#general")
    assert slack.messages("#general")[0]["text"] == sent


def test_a_command_says_where_it_was_typed_and_names_who_is_in_it(slack: LocalSlack, inbox: Inbox) -> None:
    slack.command("U0ADA", "/finetune", "share #general with @lin", "#proj-router")
    assert (inbox.last["channel_id"], inbox.last["channel_name"]) == ("C0ROUTER", "privategroup")
    assert inbox.last["text"] == "share <#C0GENERAL|general> with <@U0LIN|lin>"


def test_a_response_address_posts_where_the_bot_is_no_member(slack: LocalSlack, inbox: Inbox) -> None:
    slack.command("U0ADA", "/finetune", "roi", "#elsewhere")
    body = json.dumps({"text": "for all", "response_type": "in_channel"}).encode()
    with urlopen(Request(inbox.last["response_url"], body, {"Content-Type": "application/json"}), timeout=10):  # noqa: S310
        pass
    assert [(m["text"], m["bot_id"]) for m in slack.messages("#elsewhere")] == [("for all", "B0BOT")]


def test_nobody_writes_into_an_archived_channel_or_one_they_are_not_in(slack: LocalSlack) -> None:
    with pytest.raises(Refused, match="is_archived"):
        slack.say("U0ADA", "x", channel="#archive")
    with pytest.raises(LookupError, match="U0LIN is not in #partners"):
        slack.say("U0LIN", "x", channel="#partners")


def test_a_permalink_leads_to_the_message_also_inside_a_thread(slack: LocalSlack, client: WebClient) -> None:
    root = slack.say("U0ADA", "root", channel="#general")
    reply = slack.say("U0LIN", "reply", thread_ts=root, channel="#general")
    links = [client.chat_getPermalink(channel="C0GENERAL", message_ts=ts)["permalink"] for ts in (root, reply)]
    assert links == [f"{slack.url}#C0GENERAL/{root}", f"{slack.url}#C0GENERAL/{root}/{reply}"]

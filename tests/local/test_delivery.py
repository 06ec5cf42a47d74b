"""How things reach the bot over HTTP: signed, in Slack's shapes, and again when they were not taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from bot.local import LocalSlack, NotAcknowledged
from tests.local.conftest import Inbox

Card = list[dict[str, Any]]


def form(inbox: Inbox, n: int = -1) -> dict[str, Any]:
    fields = {key: values[0] for key, values in parse_qs(inbox.requests[n][1]).items()}
    return json.loads(fields["payload"]) if "payload" in fields else fields


def shown(slack: LocalSlack, client: WebClient, card: Card, thread_ts: str | None = None) -> str:
    ts = str(client.chat_postMessage(channel="D0ADA", text="card", blocks=card, thread_ts=thread_ts)["ts"])
    slack.wait_idle()
    return ts


def test_a_request_is_signed_as_slack_signs(slack: LocalSlack, inbox: Inbox) -> None:
    slack.say("U0ADA", "hello")
    slack.wait_idle()
    headers, body = inbox.requests[0]
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)


def test_a_typed_message_comes_as_a_message_event(slack: LocalSlack, inbox: Inbox) -> None:
    root = slack.say("U0ADA", "hello")
    slack.wait_idle()
    reply = slack.say("U0ADA", "again", thread_ts=root)
    slack.wait_idle()
    first, second = (body["event"] for body in inbox.events)
    assert (first["type"], first["user"], first["text"], first["ts"]) == ("message", "U0ADA", "hello", root)
    assert (first["channel"], first["channel_type"]) == ("D0ADA", "im")
    assert "thread_ts" not in first
    assert (second["thread_ts"], second["ts"]) == (root, reply)
    assert inbox.events[0]["authorizations"][0]["user_id"] == "U0BOT"


def test_typed_text_is_escaped_and_linked_as_slack_does_it(slack: LocalSlack) -> None:
    slack.say("U0ADA", "a < b & c > d, see example.com/x or https://example.org/?a=1&b=2 <@U0BOT> 1.2k e.g.")
    assert slack.messages("D0ADA")[0]["text"] == (
        "a &lt; b &amp; c &gt; d, see <http://example.com/x|example.com/x>"
        " or <https://example.org/?a=1&amp;b=2> <@U0BOT> 1.2k e.g."
    )


def test_a_message_typed_twice_with_one_id_is_delivered_once(slack: LocalSlack, inbox: Inbox) -> None:
    first = slack.say("U0ADA", "x", client_msg_id="same")
    assert slack.say("U0ADA", "x", client_msg_id="same") == first
    slack.wait_idle()
    assert len(inbox.requests) == 1


def test_only_a_mention_is_heard_in_a_channel(slack: LocalSlack, inbox: Inbox) -> None:
    slack.say("U0ADA", "not for the bot", channel="C0GENERAL")
    ts = slack.mention("U0ADA", "C0GENERAL", "should we?")
    slack.wait_idle()
    (body,) = inbox.events
    assert (body["event"]["type"], body["event"]["ts"], body["event"]["text"]) == (
        "app_mention",
        ts,
        "<@U0BOT> should we?",
    )


def test_edits_and_deletions_are_told_with_what_was_there_before(slack: LocalSlack, inbox: Inbox) -> None:
    ts = slack.say("U0ADA", "800")
    slack.wait_idle()
    slack.edit("U0ADA", ts, "900")
    slack.wait_idle()
    slack.delete("U0ADA", ts)
    slack.wait_idle()
    _, changed, deleted = (body["event"] for body in inbox.events)
    assert changed["subtype"] == "message_changed"
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("900", "800")
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert slack.messages("D0ADA") == []


def test_a_deleted_root_with_replies_leaves_a_gravestone(slack: LocalSlack, inbox: Inbox) -> None:
    root = slack.say("U0ADA", "start")
    slack.say("U0ADA", "more", thread_ts=root)
    slack.wait_idle()
    slack.delete("U0ADA", root)
    slack.wait_idle()
    event = inbox.events[-1]["event"]
    assert (event["subtype"], event["message"]["subtype"]) == ("message_changed", "tombstone")
    assert [m["text"] for m in slack.messages("D0ADA", root)] == ["This message was deleted.", "more"]


def test_the_bot_hears_its_own_messages_as_in_slack(slack: LocalSlack, client: WebClient, inbox: Inbox) -> None:
    client.chat_postMessage(channel="D0ADA", text="I said")
    slack.wait_idle()
    assert inbox.events[0]["event"]["bot_id"] == "B0BOT"


def test_own_events_can_be_switched_off() -> None:
    with LocalSlack(own_events=False) as slack:
        WebClient(token=slack.bot_token, base_url=slack.api_url).chat_postMessage(channel="D0ADA", text="x")
        slack.wait_idle()
        assert slack.deliveries() == []


def test_opening_the_conversation_is_told(slack: LocalSlack, inbox: Inbox) -> None:
    slack.open("U0LIN")
    slack.wait_idle()
    event = inbox.events[0]["event"]
    assert (event["type"], event["tab"], event["channel"]) == ("app_home_opened", "messages", "D0LIN")


# --- again ------------------------------------------------------------------------------------------------


def test_an_event_that_fails_comes_again_with_the_reason(slack: LocalSlack, inbox: Inbox) -> None:
    inbox.statuses = [500, 404, 200]
    slack.say("U0ADA", "hello")
    slack.wait_idle()
    retries = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h, _ in inbox.requests]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({body["event_id"] for body in inbox.events}) == 1
    assert [(d.attempts, d.status) for d in slack.deliveries()] == [(3, 200)]


def test_an_event_is_given_up_after_three_retries_and_marked(slack: LocalSlack, inbox: Inbox) -> None:
    inbox.statuses = [500] * 9
    ts = slack.say("U0ADA", "hello")
    slack.wait_idle()
    assert len(inbox.requests) == 4
    assert "answered with an error (500)" in (slack.trouble("D0ADA", ts) or "")


def test_an_event_to_nobody_is_marked_as_not_received() -> None:
    with LocalSlack(retry_waits=()) as slack:
        ts = slack.say("U0ADA", "hello")
        slack.wait_idle()
        assert "not connected" in (slack.trouble("D0ADA", ts) or "")


def test_an_event_that_is_not_taken_in_time_comes_again(new_inbox: Callable[[], Inbox]) -> None:
    with LocalSlack(retry_waits=(0,), ack_timeout=60) as slack:
        inbox, hold = new_inbox(), threading.Event()
        try:
            inbox.hold = hold
            slack.bot_url = inbox.url
            slack.say("U0ADA", "hello")
            for attempt in (1, 2):
                inbox.wait_for(attempt)
                slack.give_up()
            slack.wait_idle()
            assert [(d.attempts, d.status) for d in slack.deliveries()] == [(2, 408)]
            assert inbox.requests[1][0]["x-slack-retry-reason"] == "http_timeout"
        finally:
            hold.set()
            inbox.close()


def test_a_click_that_fails_is_marked_and_not_sent_again(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card
) -> None:
    ts = shown(slack, client, card)
    inbox.requests.clear()
    inbox.statuses = [500]
    assert slack.click("U0ADA", ts, "yes") == 500
    assert len(inbox.requests) == 1
    assert "Press the button again" in (slack.trouble("D0ADA", ts) or "")
    assert slack.click("U0ADA", ts, "yes") == 200
    assert slack.trouble("D0ADA", ts) is None


def test_a_click_on_a_bot_that_is_away_says_so(slack: LocalSlack, client: WebClient, card: Card) -> None:
    ts = client.chat_postMessage(channel="D0ADA", text="card", blocks=card)["ts"]
    assert slack.click("U0ADA", ts, "yes") == 0
    assert "not connected" in (slack.trouble("D0ADA", ts) or "")


# --- clicks -----------------------------------------------------------------------------------------------


def test_a_click_carries_what_slack_sends(slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card) -> None:
    root = slack.say("U0ADA", "start")
    ts = shown(slack, client, card, root)
    assert slack.click("U0ADA", ts, "yes") == 200
    payload = form(inbox)
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0LOCAL"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "D0ADA",
        "is_ephemeral": False,
        "thread_ts": root,
    }
    assert (payload["message"]["ts"], payload["channel"]["id"], payload["team"]["id"]) == (ts, "D0ADA", "T0LOCAL")
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["type"], action["value"]) == (
        "yes",
        "answers",
        "button",
        "y",
    )
    assert float(action["action_ts"]) > float(ts)
    assert payload["trigger_id"]
    assert payload["response_url"].startswith(slack.url)


@pytest.mark.parametrize(
    ("action_id", "option"),
    [
        ("pick", "many"),
        ("more", "restart"),
        ("one", "a"),
    ],
)
def test_a_choice_carries_the_option_that_was_taken(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card, action_id: str, option: str
) -> None:
    ts = shown(slack, client, card)
    slack.click("U0ADA", ts, action_id, option=option)
    assert form(inbox)["actions"][0]["selected_option"]["value"] == option


def test_a_click_carries_the_state_of_every_input(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card
) -> None:
    ts = shown(slack, client, card)
    slack.click("U0ADA", ts, "yes", settings={("answers", "pick"): "few"})
    values = form(inbox)["state"]["values"]["answers"]
    assert values["pick"]["selected_option"]["value"] == "few"
    assert values["one"]["selected_option"]["value"] == "b"


@pytest.mark.parametrize(("action_id", "option"), [("nothing", None), ("pick", "none of them")])
def test_nobody_can_use_what_is_not_there(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card, action_id: str, option: Any
) -> None:
    ts = shown(slack, client, card)
    with pytest.raises(LookupError, match="there is"):
        slack.click("U0ADA", ts, action_id, option=option)


def test_a_click_opens_a_modal_once(slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card) -> None:
    slack.click("U0ADA", shown(slack, client, card), "yes")
    trigger = form(inbox)["trigger_id"]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": card[:1]}
    opened = client.views_open(trigger_id=trigger, view=view)["view"]
    assert [v["id"] for v in slack.modals("U0ADA")] == [opened["id"]]
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=trigger, view=view)
    changed = client.views_update(view_id=opened["id"], view=view)["view"]
    assert slack.modals("U0ADA")[0]["hash"] == changed["hash"] != opened["hash"]


# --- response addresses -----------------------------------------------------------------------------------


def respond(url: str, **body: Any) -> str:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


def test_a_response_address_whispers_and_replaces(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card
) -> None:
    ts = shown(slack, client, card)
    slack.click("U0ADA", ts, "yes")
    url = form(inbox)["response_url"]
    assert respond(url, text="psst") == "ok"
    assert [m["text"] for m in slack.ephemerals("U0ADA")] == ["psst"]
    respond(url, text="everybody", response_type="in_channel")
    assert slack.messages("D0ADA")[-1]["text"] == "everybody"
    respond(url, text="instead", replace_original=True)
    assert slack.messages("D0ADA")[0]["text"] == "instead"


def test_an_ephemeral_can_be_clicked_and_replaced(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: Card
) -> None:
    ts = client.chat_postEphemeral(channel="D0ADA", user="U0ADA", text="menu", blocks=card)["message_ts"]
    slack.click("U0ADA", ts, "yes")
    payload = form(inbox)
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    respond(payload["response_url"], text="chosen", replace_original=True)
    assert [(m["ts"], m["text"]) for m in slack.ephemerals("U0ADA")] == [(ts, "chosen")]


# --- commands ---------------------------------------------------------------------------------------------


def test_a_command_comes_as_a_form(slack: LocalSlack, inbox: Inbox) -> None:
    assert slack.command("U0ADA", "/finetune", "help me") == {}
    fields = form(inbox)
    assert (fields["command"], fields["text"], fields["user_id"], fields["channel_id"]) == (
        "/finetune",
        "help me",
        "U0ADA",
        "D0ADA",
    )
    assert fields["trigger_id"]
    assert fields["response_url"]


def test_a_command_nobody_takes_is_told_to_the_caller(slack: LocalSlack, inbox: Inbox) -> None:
    inbox.statuses = [500]
    with pytest.raises(NotAcknowledged, match="500"):
        slack.command("U0ADA", "/finetune", "help")
    assert "Type the command again" in slack.ephemerals("U0ADA")[0]["text"]


def test_a_command_the_app_does_not_have_cannot_be_typed(slack: LocalSlack) -> None:
    with pytest.raises(LookupError, match="/finetune"):
        slack.command("U0ADA", "/other")


def test_an_acknowledgement_for_everybody_is_posted(slack: LocalSlack, inbox: Inbox) -> None:
    inbox.body = (json.dumps({"text": "all", "response_type": "in_channel"}), "application/json")
    slack.command("U0ADA", "/finetune")
    assert [m["text"] for m in slack.messages("D0ADA")] == ["all"]
    assert slack.ephemerals("U0ADA") == []


def test_an_acknowledgement_slack_would_refuse_is_shown_as_refused(slack: LocalSlack, inbox: Inbox) -> None:
    inbox.body = (json.dumps({"text": "x", "blocks": [{"type": "no"}]}), "application/json")
    slack.command("U0ADA", "/finetune")
    assert "invalid_blocks" in slack.ephemerals("U0ADA")[0]["text"]


# --- raw --------------------------------------------------------------------------------------------------


def test_anything_can_be_delivered_raw_with_a_forged_signature(slack: LocalSlack, inbox: Inbox) -> None:
    answer = slack.deliver({"type": "view_submission", "view": {}}, secret="forged", timestamp=1)
    headers, body = inbox.requests[0]
    assert answer.status == 200
    assert headers["x-slack-request-timestamp"] == "1"
    assert json.loads(parse_qs(body)["payload"][0])["type"] == "view_submission"
    slack.deliver({"type": "event_callback", "event": {}}, retry=(2, "http_timeout"))
    assert inbox.requests[1][0]["x-slack-retry-num"] == "2"

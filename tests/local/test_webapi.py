"""The Web API, called through Slack's own client."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, Literal

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import Fault, LocalSlack
from bot.local.refusals import Refused
from bot.local.tickets import Tickets

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
HOME = {"type": "home", "blocks": [SECTION]}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Numbers"}, "blocks": [SECTION]}


def error(caught: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(caught.value.response["error"])


def test_a_right_token_learns_who_the_bot_is(client: WebClient) -> None:
    who = client.auth_test()
    assert (who["team_id"], who["user_id"], who["bot_id"]) == ("T0LOCAL", "U0BOT", "B0BOT")
    assert "chat:write" in who.headers["x-oauth-scopes"]


@pytest.mark.parametrize(("token", "code"), [("xoxb-wrong", "invalid_auth"), (None, "not_authed")])
def test_a_wrong_token_is_refused(slack: LocalSlack, token: str | None, code: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        WebClient(token=token, base_url=slack.api_url).chat_postMessage(channel="D0ADA", text="x")
    assert error(caught) == code
    assert slack.messages("D0ADA") == []


def test_an_app_token_opens_no_messages_and_a_bot_token_no_socket(slack: LocalSlack, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        client.apps_connections_open(app_token=slack.bot_token)
    assert client.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://127.0.0.1:")


def test_a_posted_message_is_there_with_ids_for_its_blocks(slack: LocalSlack, client: WebClient) -> None:
    posted = client.chat_postMessage(channel="U0ADA", text="hello", blocks=[SECTION, SECTION])
    (message,) = slack.messages("D0ADA")
    assert posted["channel"] == "D0ADA"
    assert re.fullmatch(r"\d{10}\.\d{6}", posted["ts"])
    assert (message["text"], message["bot_id"], message["ts"]) == ("hello", "B0BOT", posted["ts"])
    assert len({block["block_id"] for block in message["blocks"]}) == 2


def test_a_form_and_a_json_body_say_the_same(slack: LocalSlack, client: WebClient) -> None:
    client.chat_postMessage(channel="D0ADA", text="json", blocks=[SECTION])
    client.api_call("chat.postMessage", data={"channel": "D0ADA", "text": "form", "blocks": json.dumps([SECTION])})
    as_json, as_form = slack.messages("D0ADA")
    assert as_json["blocks"] == as_form["blocks"]


def test_timestamps_only_grow(client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel="D0ADA", text=str(n))["ts"] for n in range(20)]
    assert stamps == sorted(set(stamps))


def test_a_client_msg_id_keeps_nothing_from_being_posted_twice(slack: LocalSlack, client: WebClient) -> None:
    for _ in range(2):
        client.chat_postMessage(channel="D0ADA", text="one", client_msg_id="k")
    assert len(slack.messages("D0ADA")) == 2


def test_the_bot_reads_back_its_own_conversations_with_their_metadata_and_no_channel(
    slack: LocalSlack, client: WebClient
) -> None:
    metadata = {"event_type": "post", "event_payload": {"key": "k"}}
    root = slack.say("U0ADA", "start")
    said = client.chat_postMessage(channel="D0ADA", text="answer", thread_ts=root, metadata=metadata)
    found = client.conversations_replies(channel="D0ADA", ts=root, include_all_metadata=True)["messages"]
    assert [(m["text"], m.get("metadata")) for m in found] == [("start", None), ("answer", metadata)]
    assert "metadata" not in str(client.conversations_replies(channel="D0ADA", ts=root)["messages"])
    later = client.conversations_history(channel="D0ADA", oldest=said["ts"])["messages"]
    assert [m["text"] for m in later] == ["start"], "a root with newer replies, and no reply"
    with pytest.raises(SlackApiError, match="missing_scope"):
        client.conversations_history(channel="C0GENERAL")


def test_a_reply_counts_at_its_root(slack: LocalSlack, client: WebClient) -> None:
    root = slack.say("U0ADA", "start")
    reply = client.chat_postMessage(channel="D0ADA", text="answer", thread_ts=root)
    client.chat_postMessage(channel="D0ADA", text="a reply to a reply is one to the root", thread_ts=reply["ts"])
    assert [m["text"][:6] for m in slack.messages("D0ADA", root)] == ["start", "answer", "a repl"]
    assert slack.messages("D0ADA", root)[0]["reply_count"] == 2
    assert {m["thread_ts"] for m in slack.messages("D0ADA", root)} == {root}


def test_an_update_without_blocks_drops_them(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="D0ADA", text="card", blocks=[SECTION])["ts"]
    client.chat_update(channel="D0ADA", ts=ts, text="line")
    (message,) = slack.messages("D0ADA")
    assert message["text"] == "line"
    assert "blocks" not in message
    assert message["edited"]["user"] == "U0BOT"


def test_an_update_keeps_metadata(slack: LocalSlack, client: WebClient) -> None:
    meta = {"event_type": "check", "event_payload": {"id": "1"}}
    ts = client.chat_postMessage(channel="D0ADA", text="card", metadata=meta)["ts"]
    client.chat_update(channel="D0ADA", ts=ts, text="line")
    assert slack.messages("D0ADA")[0]["metadata"] == meta


@pytest.mark.parametrize(
    ("method", "args", "code"),
    [
        ("chat.postMessage", {"channel": "D0NOBODY", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "D0ADA"}, "no_text"),
        ("chat.postMessage", {"channel": "D0ADA", "blocks": [SECTION]}, "no_text"),
        ("chat.postMessage", {"channel": "D0ADA", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ("chat.postMessage", {"channel": "D0ADA", "text": "x", "blocks": [{"type": "no"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "D0ADA", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ("chat.update", {"channel": "D0ADA", "ts": "1.000001", "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "D0ADA", "ts": "1.000001", "text": "x" * 4001}, "msg_too_long"),
        ("chat.delete", {"channel": "D0ADA", "ts": "1.000001"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "D0ADA", "user": "U0LIN", "text": "x"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "D0ADA", "user": "U0NOBODY", "text": "x"}, "user_not_found"),
        ("views.open", {"trigger_id": "1.2.x", "view": MODAL}, "invalid_trigger_id"),
        ("views.update", {"view_id": "V0", "view": MODAL}, "not_found"),
        ("views.publish", {"user_id": "U0ADA", "view": MODAL}, "invalid_arguments"),
    ],
)
def test_a_bad_call_is_answered_with_slacks_word_for_it(
    client: WebClient, method: str, args: dict[str, Any], code: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    assert error(caught) == code
    assert caught.value.response.status_code == 200


def test_the_bot_cannot_change_what_a_person_said(slack: LocalSlack, client: WebClient) -> None:
    ts = slack.say("U0ADA", "mine")
    with pytest.raises(SlackApiError) as update:
        client.chat_update(channel="D0ADA", ts=ts, text="x")
    with pytest.raises(SlackApiError) as delete:
        client.chat_delete(channel="D0ADA", ts=ts)
    assert (error(update), error(delete)) == ("cant_update_message", "cant_delete_message")


def test_a_deleted_message_is_gone(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="D0ADA", text="x")["ts"]
    client.chat_delete(channel="D0ADA", ts=ts)
    assert slack.messages("D0ADA") == []


def test_an_ephemeral_is_seen_by_one_person_and_cannot_be_updated(slack: LocalSlack, client: WebClient) -> None:
    ts = client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="psst")["message_ts"]
    assert [m["text"] for m in slack.ephemerals("U0ADA")] == ["psst"]
    assert slack.ephemerals("U0LIN") == slack.messages("C0GENERAL") == []
    with pytest.raises(SlackApiError) as caught:
        client.chat_update(channel="C0GENERAL", ts=ts, text="x")
    assert error(caught) == "message_not_found"


def test_the_bot_finds_its_way_around(slack: LocalSlack, client: WebClient) -> None:
    ts = slack.say("U0LIN", "hello")
    assert client.conversations_open(users="U0LIN")["channel"]["id"] == "D0LIN"
    assert client.conversations_info(channel="C0GENERAL")["channel"]["name"] == "general"
    assert client.conversations_info(channel="D0LIN")["channel"]["is_im"] is True
    link = client.chat_getPermalink(channel="D0LIN", message_ts=ts)["permalink"]
    assert link == f"{slack.url}#D0LIN/{ts}"


def test_a_home_tab_is_published_and_guarded_by_its_hash(slack: LocalSlack, client: WebClient) -> None:
    first = client.views_publish(user_id="U0ADA", view=HOME)["view"]
    second = client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])["view"]
    assert slack.home("U0ADA") == second
    with pytest.raises(SlackApiError) as caught:
        client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])
    assert error(caught) == "hash_conflict"


def test_a_trigger_opens_one_view_within_three_seconds() -> None:
    now = [0.0]
    tickets = Tickets(clock=lambda: now[0])
    used, late = tickets.trigger("U0ADA"), tickets.trigger("U0ADA")
    assert tickets.use_trigger(used).user == "U0ADA"
    with pytest.raises(Refused, match="exchanged_trigger_id"):
        tickets.use_trigger(used)
    now[0] = 3.1
    with pytest.raises(Refused, match="expired_trigger_id"):
        tickets.use_trigger(late)


def test_a_response_address_is_good_for_five_answers_and_half_an_hour() -> None:
    now = [0.0]
    tickets = Tickets(clock=lambda: now[0])
    key, late = tickets.response("D0ADA", "U0ADA"), tickets.response("D0ADA", "U0ADA")
    for _ in range(5):
        tickets.use_response(key)
    with pytest.raises(Refused, match="used_url"):
        tickets.use_response(key)
    now[0] = 1801.0
    with pytest.raises(Refused, match="expired_url"):
        tickets.use_response(late)


def test_prompts_are_kept(slack: LocalSlack, client: WebClient) -> None:
    prompts = [{"title": "Help", "message": "help"}]
    client.assistant_threads_setSuggestedPrompts(channel_id="D0ADA", prompts=prompts, title="Try")
    assert slack.workspace.prompts["D0ADA"] == {"title": "Try", "prompts": prompts}


def test_every_call_is_logged_without_its_token(slack: LocalSlack, client: WebClient) -> None:
    client.chat_postMessage(channel="D0ADA", text="x")
    (call,) = slack.calls("chat.postMessage")
    assert call.args == {"channel": "D0ADA", "text": "x"}
    assert call.response is not None
    assert call.response["ok"] is True
    assert slack.bot_token not in repr(slack.calls())


# --- faults -----------------------------------------------------------------------------------------------


def test_a_scripted_error_hits_the_next_calls_and_then_no_more(slack: LocalSlack, client: WebClient) -> None:
    slack.faults.add("chat.postMessage", {"error": "invalid_blocks"}, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            client.chat_postMessage(channel="D0ADA", text="x")
    client.chat_postMessage(channel="D0ADA", text="x")
    assert len(slack.messages("D0ADA")) == 1


def test_a_rate_limit_says_when_to_come_back(slack: LocalSlack, client: WebClient) -> None:
    slack.faults.add("*", {"status": 429, "retry_after": 7})
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="D0ADA", text="x")
    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert caught.value.response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("fault", [{"status": 500}, {"html": True}, {"status": 502, "html": True}])
def test_a_broken_answer_is_no_json(slack: LocalSlack, client: WebClient, fault: Fault) -> None:
    slack.faults.add("chat.postMessage", fault)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="D0ADA", text="x")
    assert caught.value.response.status_code == fault.get("status", 503)
    assert slack.messages("D0ADA") == []


@pytest.mark.parametrize(("when", "posted"), [("before", 0), ("after", 1)])
def test_a_cut_connection_comes_before_or_after_the_effect(
    slack: LocalSlack, client: WebClient, when: Literal["before", "after"], posted: int
) -> None:
    slack.faults.add("chat.postMessage", {"reset": when})
    with pytest.raises((ConnectionError, RemoteDisconnected)):
        client.chat_postMessage(channel="D0ADA", text="x")
    assert len(slack.messages("D0ADA")) == posted


def test_a_delayed_call_waits_as_long_as_it_was_told_before_it_does_anything(
    slack: LocalSlack, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[tuple[float, int]] = []

    async def pause(seconds: float) -> None:
        waits.append((seconds, len(slack.messages("D0ADA"))))

    monkeypatch.setattr("bot.local.server.pause", pause)
    slack.faults.add("chat.postMessage", {"delay": 30})
    client.chat_postMessage(channel="D0ADA", text="x")
    assert waits == [(30, 0)]
    assert len(slack.messages("D0ADA")) == 1


def test_a_misspelt_fault_is_refused(slack: LocalSlack) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        slack.faults.add("chat.update", {"errror": "x"})  # type: ignore[typeddict-unknown-key]


# --- who may ask ------------------------------------------------------------------------------------------


def ask(slack: LocalSlack, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", int(slack.url.rsplit(":", 1)[1].strip("/")), timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body="{}" if method == "POST" else None, headers=named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/api.local/state?as=U0ADA", "/api/auth.test", "/assets/page.js"])
def test_another_host_name_is_shown_nothing(slack: LocalSlack, path: str) -> None:
    assert ask(slack, path)[0] == 200
    assert ask(slack, path, Host="localhost:1")[0] == 200
    for name in ("rebound.example", "rebound.example:80", "127.0.0.1.rebound.example", "[::2]:80"):
        assert ask(slack, path, Host=name)[0] == 403


def test_another_site_cannot_act_for_a_person(slack: LocalSlack) -> None:
    assert ask(slack, "/api.local/say", "POST")[0] == 403
    assert ask(slack, "/api.local/say", "POST", X_Local_Page="1", Origin="http://evil.example")[0] == 403


def test_only_the_pages_own_files_are_served(slack: LocalSlack) -> None:
    for name in ("page.css", "page.js", "room.js", "side.js", "blocks.js", "messages.js", "mrkdwn.js"):
        assert ask(slack, f"/assets/{name}")[0] == 200
    for name in ("server.py", "..%2f__init__.py", "archive.py"):
        assert ask(slack, f"/assets/{name}")[0] == 404

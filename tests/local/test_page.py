"""What the page is told and what it may do, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.local import LocalSlack
from tests.local.conftest import Inbox, Show

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


def connection(slack: LocalSlack) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", int(slack.url.rsplit(":", 1)[1].strip("/")), timeout=10)


def post(slack: LocalSlack, path: str, **body: Any) -> dict[str, Any]:
    link = connection(slack)
    try:
        headers = {"X-Local-Page": "1", "Content-Type": "application/json"}
        link.request("POST", f"/api.local/{path}", json.dumps({"as": "U0ADA", **body}), headers)
        return json.loads(link.getresponse().read())
    finally:
        link.close()


@contextmanager
def following(slack: LocalSlack, user: str = "U0ADA") -> Iterator[Iterator[dict[str, Any]]]:
    link = connection(slack)
    link.request("GET", f"/api.local/changes?as={user}")
    answer = link.getresponse()

    def changes(lines: HTTPResponse) -> Iterator[dict[str, Any]]:
        for line in lines:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    try:
        yield changes(answer)
    finally:
        answer.close()
        link.close()


def test_a_page_gets_everything_first_and_then_each_change(slack: LocalSlack, client: WebClient) -> None:
    root = slack.say("U0ADA", "before")
    with following(slack) as changes:
        first = next(changes)
        assert (first["kind"], first["me"]) == ("state", "U0ADA")
        assert [m["text"] for m in first["rooms"]["D0ADA"]["messages"]] == ["before"]
        client.chat_postMessage(channel="D0ADA", text="live", thread_ts=root)
        told = next(c for c in changes if c["kind"] == "message" and c["message"].get("bot_id"))
        assert told["message"]["text"] == "live"


def test_a_page_hears_nothing_of_the_other_person(slack: LocalSlack, client: WebClient) -> None:
    with following(slack, "U0LIN") as changes:
        next(changes)
        slack.say("U0ADA", "private")
        client.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text="psst")
        client.chat_postMessage(channel="D0LIN", text="for lin")
        told = next(c for c in changes if c["kind"] in ("message", "ephemeral"))
        assert told["message"]["text"] == "for lin"


def test_a_page_hears_of_the_channels_its_reader_is_in(slack: LocalSlack) -> None:
    with following(slack, "U0LIN") as changes:
        state = next(changes)
        assert [c["name"] for c in state["channels"] if c["kind"] != "im"] == [
            "general",
            "proj-router",
            "elsewhere",
            "archive",
        ]
        assert set(state["rooms"]) == {c["id"] for c in state["channels"]}
        slack.say("U0ADA", "between us", channel="#partners")
        slack.arrange("#elsewhere", bot_is_member=True)
        slack.say("U0ADA", "for all", channel="#general")
        channel, told = next(changes), next(changes)
        assert (channel["kind"], channel["now"]["bot_is_member"]) == ("channel", True)
        assert (told["channel"], told["message"]["text"]) == ("C0GENERAL", "for all")


def test_a_page_is_told_of_views_and_what_is_entered_in_them(
    slack: LocalSlack, client: WebClient, inbox: Inbox, show: Show, form: dict[str, Any]
) -> None:
    with following(slack) as changes:
        assert (next(changes)["modal"], client.views_publish(user_id="U0LIN", view=HOME)["ok"]) == (None, True)
        opened = show(form, channel="#general")
        told = next(changes)
        assert (told["kind"], told["home"], told["modal"]["id"]) == ("views", None, opened["id"])
        assert told["entered"] == [["where", "where_in", "C0GENERAL"]]


def test_a_form_is_sent_off_by_the_page_and_faults_come_back_in_words(
    slack: LocalSlack, inbox: Inbox, show: Show, form: dict[str, Any]
) -> None:
    view_id = show(form, channel="#general")["id"]

    def submit(title: str) -> dict[str, Any]:
        state = [{"block_id": "title", "action_id": "title_in", "value": title}]
        return post(slack, "submit", view_id=view_id, state=state)

    assert submit("") == {"ok": False, "errors": {"title": "Please fill this in."}}
    inbox.answer(response_action="errors", errors={"title": "Taken."})
    assert submit("x") == {"ok": False, "errors": {"title": "Taken."}}
    inbox.answer(response_action="dance")
    assert "does not emulate the response_action 'dance'" in submit("x")["say"]
    inbox.statuses = [500]
    assert "Send it again" in submit("x")["say"]
    assert post(slack, "use", view_id=view_id, action_id="preview") == {"ok": True, "status": 200}
    assert submit("x") == {"ok": True, "status": 200}
    assert "no view" in post(slack, "close", view_id=view_id)["say"]


def test_a_shortcut_nobody_takes_is_told_in_words(slack: LocalSlack) -> None:
    ts = slack.say("U0ADA", "x", channel="#general")
    for body in ({"callback_id": "start_check"}, {"callback_id": "check_message", "channel": "C0GENERAL", "ts": ts}):
        assert post(slack, "shortcut", **body)["say"] == "The bot is not connected. Choose it again when it is."


def test_the_stream_ends_when_the_workspace_stops() -> None:
    slack = LocalSlack().start()
    with following(slack) as changes:
        next(changes)
        slack.stop()
        assert list(changes) == []


def test_a_page_can_say_change_and_delete(slack: LocalSlack) -> None:
    ts = post(slack, "say", text=" hello ", client_msg_id="one")["ts"]
    assert post(slack, "say", text=" hello ", client_msg_id="one")["ts"] == ts
    assert post(slack, "say", text="more", thread_ts=ts)["ok"] is True
    assert post(slack, "edit", ts=ts, text="changed")["ok"] is True
    assert [m["text"] for m in slack.messages("D0ADA")] == ["changed", "more"]
    assert post(slack, "delete", ts=ts)["ok"] is True


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("say", {"text": "  "}, "nothing to send"),
        ("say", {"text": "x", "thread_ts": "1.000001"}, "Start a new one"),
        ("click", {"ts": "1.000001", "action_id": "a"}, "Reload the page"),
        ("command", {"command": "/nope"}, "Known: /finetune"),
        ("say", {"as": "U0NOBODY", "text": "x"}, "no such person"),
        ("say", {"channel": "C0ARCHIVE", "text": "x"}, "archived"),
        ("say", {"as": "U0LIN", "channel": "C0PARTNERS", "text": "x"}, "not in #partners"),
        ("use", {"view_id": "V0", "action_id": "a"}, "sees no view"),
        ("shortcut", {"callback_id": "other"}, "there is: start_check"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(slack: LocalSlack, path: str, body: Any, words: str) -> None:
    answer = post(slack, path, **body)
    assert answer["ok"] is False
    assert words in answer["say"]


def test_a_click_and_a_command_from_the_page_reach_the_bot(
    slack: LocalSlack, client: WebClient, inbox: Inbox, card: list[dict[str, Any]]
) -> None:
    ts = client.chat_postMessage(channel="D0ADA", text="card", blocks=card)["ts"]
    state = [{"block_id": "answers", "action_id": "pick", "value": "few"}]
    clicked = post(slack, "click", ts=ts, block_id="answers", action_id="yes", state=state)
    assert clicked == {"ok": True, "status": 200}
    assert post(slack, "command", command="/finetune", text="help")["ok"] is True
    kinds = [d.kind for d in slack.deliveries() if d.kind != "events_api"]
    assert kinds == ["interactive", "slash_commands"]
    values = slack.deliveries("interactive")[0].payload["state"]["values"]
    assert values["answers"]["pick"]["selected_option"]["value"] == "few"


def test_a_page_knows_from_the_start_that_the_bot_is_away(slack: LocalSlack) -> None:
    slack.bot_url = "http://127.0.0.1:9/slack/events"
    with following(slack) as changes:
        assert next(changes)["bot"]["up"] is False


def test_the_page_may_load_nothing_from_elsewhere(slack: LocalSlack) -> None:
    link = connection(slack)
    link.request("GET", "/")
    answer = link.getresponse()
    policy = answer.headers["Content-Security-Policy"]
    page = answer.read().decode()
    link.close()
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http://" not in page
    assert "https://" not in page

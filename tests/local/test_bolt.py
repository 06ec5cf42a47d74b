"""A real Bolt app on the other side, behind HTTP and behind Socket Mode: the same things happen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.local import LocalSlack

Serve = Callable[[App], None]


@pytest.fixture
def echo(app: App, client: WebClient, card: list[dict[str, Any]]) -> App:
    """Answers every message in its thread with a card, and says on the card what was used."""

    @app.message("")
    def answer(message: dict[str, Any]) -> None:
        root = message.get("thread_ts") or message["ts"]
        client.chat_postMessage(channel=message["channel"], thread_ts=root, text=message["text"], blocks=card)

    @app.action("yes")
    def used(ack: Callable[[], Any], body: dict[str, Any], action: dict[str, Any]) -> None:
        client.chat_update(channel=body["channel"]["id"], ts=body["container"]["message_ts"], text=action["value"])
        ack()

    @app.command("/finetune")
    def command(ack: Callable[..., Any], command: dict[str, Any]) -> None:
        if command["text"] == "blocks":
            ack(text="menu", blocks=card)
        else:
            ack(f"you typed {command['text']}")

    @app.event("app_home_opened")
    def opened(event: dict[str, Any]) -> None:
        client.assistant_threads_setSuggestedPrompts(
            channel_id=event["channel"], prompts=[{"title": "Help", "message": "help"}]
        )

    return app


def test_a_typed_message_is_answered_in_its_thread(slack: LocalSlack, echo: App, serve: Serve) -> None:
    serve(echo)
    ts = slack.say("U0ADA", "hello")
    root, answer = slack.wait_for(lambda: (both := slack.messages("D0ADA", ts))[1:] and both)
    assert (root["reply_count"], answer["text"], answer["thread_ts"]) == (1, "hello", ts)


def test_a_click_changes_the_card(slack: LocalSlack, echo: App, serve: Serve) -> None:
    serve(echo)
    root = slack.say("U0ADA", "hello")
    card = slack.wait_for(lambda: slack.messages("D0ADA", root)[1:])[0]
    assert slack.click("U0ADA", card["ts"], "yes") == 200
    assert slack.messages("D0ADA", root)[1]["text"] == "y"


def test_a_click_nobody_listens_to_fails_visibly(
    slack: LocalSlack, client: WebClient, echo: App, serve: Serve, card: list[dict[str, Any]]
) -> None:
    @echo.middleware
    def runs_out(body: dict[str, Any], next: Callable[[], Any]) -> None:
        next()
        if body["type"] == "block_actions":
            slack.give_up()

    serve(echo)
    ts = client.chat_postMessage(channel="D0ADA", text="card", blocks=card)["ts"]
    # Over HTTP the 404 may be seen; in Socket Mode it is not acknowledged, and the time runs out.
    assert slack.click("U0ADA", ts, "no") in (404, 408)
    assert slack.trouble("D0ADA", ts)


def test_a_command_is_answered_in_its_acknowledgement(slack: LocalSlack, echo: App, serve: Serve) -> None:
    serve(echo)
    assert slack.command("U0ADA", "/finetune", "help") == {"text": "you typed help"}
    assert slack.command("U0ADA", "/finetune", "blocks")["text"] == "menu"
    assert [m["text"] for m in slack.ephemerals("U0ADA")] == ["you typed help", "menu"]
    assert slack.ephemerals("U0LIN") == []


def test_opening_the_conversation_brings_prompts(slack: LocalSlack, echo: App, serve: Serve) -> None:
    serve(echo)
    slack.open("U0ADA")
    prompts = slack.wait_for(lambda: slack.workspace.prompts.get("D0ADA"))
    assert prompts["prompts"] == [{"title": "Help", "message": "help"}]


def test_an_event_whose_listener_fails_is_delivered_again(slack: LocalSlack, app: App, serve: Serve) -> None:
    seen: list[str | None] = []

    @app.middleware
    def fails_once(req: Any, next: Callable[[], Any]) -> None:
        seen.append((req.headers.get("x-slack-retry-num") or [None])[0])
        if len(seen) == 1:
            slack.give_up()
            raise RuntimeError("the first time")
        next()

    @app.error
    def quiet() -> None:
        pass

    @app.message("")
    def listener() -> None:
        pass

    serve(app)
    slack.say("U0ADA", "hello")
    slack.wait_idle()
    assert seen[-1] == "1"
    assert [(d.attempts, d.status) for d in slack.deliveries("events_api")] == [(2, 200)]


def test_two_people_are_kept_apart(slack: LocalSlack, echo: App, serve: Serve) -> None:
    serve(echo)
    ada, lin = slack.say("U0ADA", "from ada"), slack.say("U0LIN", "from lin")
    slack.wait_for(lambda: slack.messages("D0ADA", ada)[1:] and slack.messages("D0LIN", lin)[1:])
    assert {m["text"] for m in slack.messages("D0ADA")} == {"from ada"}
    assert {m["text"] for m in slack.messages("D0LIN")} == {"from lin"}
    with pytest.raises(LookupError, match="somebody else"):
        slack.say("U0LIN", "peeking", channel="D0ADA")


def test_a_mention_in_a_channel_arrives(slack: LocalSlack, app: App, serve: Serve) -> None:
    heard: list[str] = []
    app.event("app_mention")(lambda event: heard.append(event["text"]))
    serve(app)
    slack.mention("U0LIN", "C0GENERAL", "should we?")
    slack.wait_idle()
    assert heard == ["<@U0BOT> should we?"]


def test_a_refreshed_socket_comes_back_and_goes_on(slack: LocalSlack, echo: App, socket: Serve) -> None:
    socket(echo)
    slack.refresh_sockets()
    slack.wait_for(lambda: len(slack.calls("apps.connections.open")) == 2 and slack.workspace.bot_up)
    ts = slack.say("U0ADA", "still there?")
    assert slack.wait_for(lambda: slack.messages("D0ADA", ts)[1:])


def test_an_unacknowledged_envelope_is_sent_again(slack: LocalSlack, app: App, socket: Serve) -> None:
    release, seen = threading.Event(), []

    @app.middleware
    def slow_once(req: Any, next: Callable[[], Any]) -> None:
        seen.append(req.headers.get("x-slack-retry-num"))
        if len(seen) == 1:
            slack.give_up()
            release.wait(60)
        next()

    app.message("")(lambda: None)
    socket(app)
    try:
        slack.say("U0ADA", "hello")
        slack.wait_for(lambda: slack.deliveries("events_api"))
        assert [(d.attempts, d.status) for d in slack.deliveries("events_api")] == [(2, 200)]
    finally:
        release.set()

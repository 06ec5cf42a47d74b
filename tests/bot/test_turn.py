"""One turn is one transaction: all of it or none of it, and what is old is forgotten."""

from collections.abc import Callable
from typing import Any

import pytest

from advisor.conversation import Clicked
from bot.check.conversation import Conversation
from bot.messages import Request
from bot.store.queue import write
from bot.store.retention import DAY_SECONDS
from bot.store.sqlite import sqlite3
from tests.bot.conftest import Workspace

ADA = "U0ADA"


def test_a_failing_turn_writes_nothing_not_even_that_it_was_seen(
    over_http: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = over_http.open()
    over_http.quiet()
    before = over_http.rows("SELECT * FROM answers"), over_http.rows("SELECT * FROM seen")

    def fail(*_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("bot.delivery.turn.write", fail)
    assert over_http.slack.click(ADA, talk.card["ts"], "answer:goal:pick", option="classification") == 503
    assert (over_http.rows("SELECT * FROM answers"), over_http.rows("SELECT * FROM seen")) == before
    assert "error (503)" in (over_http.slack.trouble("D0ADA", talk.card["ts"]) or "")
    monkeypatch.undo()
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried", "the button still works"


def test_an_event_whose_turn_failed_counts_when_it_is_brought_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []

    def fail_twice(*args: Any) -> Any:
        if len(failed) < 2:
            failed.append(1)
            if workspace.transport == "socket":  # what is not acknowledged there is only known by waiting
                workspace.slack.give_up()
            raise ValueError("not now")
        return write(*args)

    monkeypatch.setattr("bot.delivery.turn.write", fail_twice)
    talk = workspace.open()
    workspace.quiet()
    assert talk.pending == "goal"
    by_key = {d.payload["event_id"]: d.attempts for d in workspace.slack.deliveries("events_api")}
    assert by_key[workspace.first_said()["event_id"]] == 3
    assert len(workspace.rows("SELECT id FROM sessions")) == 1


def test_a_file_somebody_else_holds_is_told_in_time_and_nothing_is_half_written(over_http: Workspace) -> None:
    talk = over_http.open()
    over_http.quiet()
    before = over_http.rows("SELECT * FROM answers")
    other = sqlite3.connect(over_http.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert over_http.slack.click(ADA, talk.card["ts"], "answer:goal:pick", option="classification") == 503
    assert "again in a moment" in over_http.slack.command(ADA, "/finetune", "start")["text"]
    assert over_http.slack.command(ADA, "/finetune", "help")["text"]
    assert "cannot be written" in (over_http.bot.fault() or "")
    other.close()
    assert over_http.rows("SELECT * FROM answers") == before
    assert over_http.bot.fault() is None
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried"


class TestForgetting:
    def start(self, conversation: Conversation, key: str) -> None:
        conversation.start(Request(key=key, team="T0LOCAL", user=ADA, channel="D0ADA"))

    def test_a_delivery_is_remembered_for_a_day(
        self, over_http: Workspace, conversation: Conversation, clock: list[float]
    ) -> None:
        self.start(conversation, "first")
        clock[0] += DAY_SECONDS - 3600
        self.start(conversation, "first")
        assert len(over_http.rows("SELECT id FROM sessions")) == 1
        clock[0] += 2 * 3600
        self.start(conversation, "second")
        assert over_http.rows("SELECT key FROM seen") == [("T0LOCAL:second",)]

    def test_a_check_is_kept_as_long_as_was_asked_and_its_card_then_says_so(
        self, over_http: Workspace, conversation: Conversation, days_pass: Callable[[int], None]
    ) -> None:
        self.start(conversation, "first")
        over_http.quiet()
        card = over_http.slack.messages("D0ADA")[-1]
        days_pass(32)
        conversation.strayed(Request(key="any", team="T0LOCAL", user="U0LIN", channel="D0LIN"))
        assert over_http.rows("SELECT id FROM sessions UNION SELECT session FROM answers") == []
        assert over_http.slack.click(ADA, card["ts"], "session:help") == 200
        over_http.quiet()
        assert "not kept" in over_http.slack.ephemerals(ADA)[-1]["text"]

    def test_a_check_in_use_is_not_forgotten(
        self, over_http: Workspace, conversation: Conversation, clock: list[float]
    ) -> None:
        self.start(conversation, "first")
        [(check,)] = over_http.rows("SELECT id FROM sessions")
        for n in range(3):
            clock[0] += 20 * DAY_SECONDS
            heard = Request(key=str(n), team="T0LOCAL", user=ADA, channel="D0ADA")
            conversation.clicked(heard, Clicked(verb="help"), "1.0", check)
        assert over_http.rows("SELECT id FROM sessions") == [(check,)]

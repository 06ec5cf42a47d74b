"""What was committed is said, in order, whatever Slack does meanwhile."""

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from bot.outbox import MAX_WAITING, Saying, write

ADA, DM = "U0ADA", "D0ADA"
Pressable = Callable[[dict[str, Any]], dict[str, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of the retry policy become a turn of the loop; what was asked for is kept in its log line."""
    import asyncio

    import bot.outbox

    sleep = asyncio.sleep
    monkeypatch.setattr(bot.outbox.asyncio, "sleep", lambda _: sleep(0))


def post(text: str, lane: str = ADA, channel: str = DM) -> Saying:
    return Saying("chat.postMessage", {"channel": channel, "text": text}, lane, team="T0LOCAL")


def say(workspace: Any, *sayings: Saying) -> None:
    def work(conn: sqlite3.Connection) -> list[Saying]:
        return [write(conn, saying, "2026-01-01T00:00:00Z") for saying in sayings]

    workspace.bot.store.turn(work, workspace.bot.outbox.push)
    workspace.quiet()


def texts(workspace: Any) -> list[str]:
    return [message["text"] for message in workspace.slack.messages(DM)]


FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 7},
    "500": {"status": 500},
    "503 in HTML": {"status": 503, "html": True},
    "200 in HTML": {"status": 200, "html": True},
    "200 with nothing in it": {"status": 200},
    "ratelimited": {"error": "ratelimited"},
    "internal_error": {"error": "internal_error"},
    "cut before": {"reset": "before"},
    "cut after": {"reset": "after"},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_post_gets_through_once_and_in_order_after(over_http: Any, fault: Any) -> None:
    over_http.slack.faults.add("chat.postMessage", fault, times=3)
    say(over_http, post("one"), post("two"), post("three"))
    assert texts(over_http) == ["one", "two", "three"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_card_gets_through_whatever_goes_wrong_with_any_call(over_http: Any, fault: Any) -> None:
    over_http.slack.faults.add("*", fault, times=2)
    talk = over_http.open()
    for question in ("prompt_tried", "rag_tried"):
        over_http.slack.faults.add("*", fault, times=2)
        talk.up_to(question)
    over_http.quiet()
    assert len(talk.said_by_bot()) == 1
    assert talk.type("not needed").pending == "failure_cause"


def test_the_wait_slack_asks_for_is_kept(over_http: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.outbox")
    over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 77})
    say(over_http, post("patience"))
    assert "again in 77.0 s" in caplog.text


def test_a_call_that_never_ends_is_given_up_and_made_again(over_http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.CALL_SECONDS", 0.3)
    over_http.slack.faults.add("chat.postMessage", {"delay": 1.5})
    say(over_http, post("slow"), post("next"))
    assert texts(over_http) == ["slow", "next"]


def test_one_persons_slow_slack_holds_up_nobody_else(over_http: Any) -> None:
    over_http.slack.faults.add("chat.postMessage", {"delay": 4.0})

    def work(conn: sqlite3.Connection) -> list[Saying]:
        return [write(conn, each, "now") for each in (post("his"), post("hers", "U0LIN", "D0LIN"))]

    def there() -> list[str]:
        return [message["text"] for dm in (DM, "D0LIN") for message in over_http.slack.messages(dm)]

    over_http.bot.store.turn(work, over_http.bot.outbox.push)
    assert len(over_http.slack.wait_for(there)) == 1, "whoever met the delay still waits"
    over_http.quiet()
    assert there() == ["his", "hers"]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
def test_blocks_slack_refuses_are_sent_once_more_in_basic_ones(over_http: Any, code: str, pressable: Pressable) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": code})
    talk = over_http.open()
    over_http.quiet()
    assert "answer:goal:unknown" in pressable(talk.card)
    assert "radio_buttons" not in str(talk.card)
    assert len(over_http.slack.calls("chat.postMessage")) == 2
    assert talk.type("classification").pending == "prompt_tried"


def test_blocks_refused_twice_are_dropped_and_the_lane_goes_on(
    over_http: Any, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": "invalid_blocks"}, times=2)
    over_http.slack.say(ADA, "help")
    over_http.quiet()
    say(over_http, post("next"))
    assert texts(over_http) == ["help", "next"]
    assert caplog.text.count("dropped") == 1


@pytest.mark.parametrize(
    "code",
    ["channel_not_found", "not_in_channel", "is_archived", "restricted_action", "user_disabled", "missing_scope"],
)
def test_what_can_never_be_said_is_dropped_with_one_line(
    over_http: Any, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": code})
    say(over_http, post("lost"), post("kept"))
    assert texts(over_http) == ["kept"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert code in caplog.text
    assert over_http.rows("SELECT * FROM outbox") == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_card_that_is_gone_is_posted_anew_and_lives_on_there(over_http: Any, code: str) -> None:
    talk = over_http.open()
    over_http.slack.faults.add("chat.update", {"error": code})
    talk.click("answer:goal:pick", "classification")
    assert len(talk.said_by_bot()) == 2
    over_http.quiet()
    talk.click("answer:prompt_tried:yes")
    assert talk.pending == "rag_tried"
    assert len(talk.said_by_bot()) == 2


def test_a_thread_that_is_gone_moves_the_card_to_the_top_where_the_check_goes_on(over_http: Any) -> None:
    talk = over_http.open()
    over_http.slack.faults.add("chat.postMessage", {"error": "thread_not_found"})
    over_http.slack.say(ADA, "classification", thread_ts=talk.root)
    over_http.quiet()
    top = over_http.slack.messages(DM)[-1]
    assert "thread_ts" not in top
    moved = over_http.talk(ADA, top["ts"])
    assert moved.pending == "prompt_tried"
    assert moved.type("yes").pending == "rag_tried"
    assert len(over_http.rows("SELECT id FROM sessions")) == 1


def test_a_dead_token_stops_sending_and_keeps_what_is_unsaid(over_http: Any, caplog: pytest.LogCaptureFixture) -> None:
    over_http.slack.faults.add("*", {"error": "token_revoked"}, times=50)
    say_later = [post(f"{n}", f"lane{n % 3}") for n in range(9)]
    over_http.bot.store.turn(lambda conn: [write(conn, each, "now") for each in say_later], over_http.bot.outbox.push)
    over_http.slack.wait_for(lambda: over_http.slack.calls("chat.postMessage"))
    over_http.bot.outbox.close()
    assert len(over_http.slack.calls("chat.postMessage")) <= 3, "one call a lane at most"
    assert len(over_http.rows("SELECT id FROM outbox")) == 9
    assert "token_revoked" in over_http.bot.fault()
    assert caplog.text.count("refuses the bot token") == 1
    over_http.slack.faults.clear()
    over_http.restart()
    over_http.quiet()
    assert sorted(texts(over_http)) == [str(n) for n in range(9)]


def test_what_an_earlier_process_left_is_said_at_the_start_where_the_card_is_now(over_http: Any) -> None:
    talk = over_http.open().up_to("eval_pairs")
    over_http.quiet()
    over_http.bot.outbox.close()
    for text in ("1.2k", "82%", "90%"):
        over_http.slack.say(ADA, text, thread_ts=talk.root)
        over_http.slack.wait_idle()
    assert len(over_http.rows("SELECT id FROM outbox")) == 3
    over_http.restart()
    over_http.quiet()
    assert talk.pending == "large_model_meets_target"
    live = [m for m in talk.said_by_bot() if any(b["type"] == "actions" for b in m["blocks"])]
    assert len(live) == 1, "the cards above are cut down to a line"


def test_a_row_said_but_not_yet_crossed_off_is_not_posted_twice(over_http: Any) -> None:
    rows: list[Any] = []

    def work(conn: sqlite3.Connection) -> list[Saying]:
        said = [write(conn, post("once"), "now")]
        rows.extend(tuple(row) for row in conn.execute("SELECT * FROM outbox"))
        return said

    over_http.bot.store.turn(work, over_http.bot.outbox.push)
    over_http.quiet()
    again = "INSERT INTO outbox VALUES (?,?,?,?,?,?,?,?)"
    over_http.bot.store.turn(lambda conn: conn.executemany(again, rows).rowcount)
    over_http.restart()
    over_http.quiet()
    assert texts(over_http) == ["once"]


def test_a_new_database_in_an_old_workspace_is_not_taken_for_the_old_one(over_http: Any) -> None:
    over_http.open("First life")
    over_http.quiet()
    over_http.stop()
    over_http.db.unlink()
    over_http.start()
    assert over_http.open("Second life").type("classification").pending == "prompt_tried"


def test_a_row_of_another_release_is_still_said(over_http: Any) -> None:
    said = '{"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "old"}, "lane": "x", "gone_since": 1}'
    over_http.bot.store.turn(
        lambda conn: conn.execute("INSERT INTO outbox VALUES (1,'','T0LOCAL','x',NULL,?,'then','')", (said,)).rowcount
    )
    over_http.restart()
    over_http.quiet()
    assert texts(over_http) == ["old"]


def test_a_lock_on_the_file_after_the_post_delays_the_note_and_loses_nothing(over_http: Any) -> None:
    over_http.slack.faults.add("chat.postMessage", {"delay": 0.5})
    talk_root = over_http.slack.say(ADA, "our idea")
    over_http.slack.wait_idle()
    other = sqlite3.connect(over_http.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    talk = over_http.talk(ADA, talk_root)
    over_http.slack.wait_for(lambda: talk.card)
    with pytest.raises(sqlite3.OperationalError):  # as long as one turn waits, so long has the note waited
        over_http.bot.store.turn(lambda conn: None)
    other.close()
    over_http.quiet()
    assert over_http.rows("SELECT card_ts FROM sessions") == [(talk.card["ts"],)]


def test_too_much_unsaid_turns_new_turns_away_until_it_is_said(over_http: Any) -> None:
    talk = over_http.open()
    over_http.quiet()
    over_http.bot.outbox._waiting += MAX_WAITING + 1
    assert over_http.slack.click(ADA, talk.card["ts"], "answer:goal:pick", option="classification") == 503
    assert "waits to be said" in over_http.bot.fault()
    assert "again in a moment" in over_http.slack.command(ADA, "/finetune", "start")["text"]
    assert over_http.rows("SELECT n FROM answers WHERE verb='answer'") == []
    over_http.bot.outbox._waiting -= MAX_WAITING + 1
    assert over_http.bot.fault() is None
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried"

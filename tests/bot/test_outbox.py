"""What was committed is said, in order, whatever Slack does meanwhile."""

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.outbox import MAX_WAITING
from bot.local import Fault
from bot.messages import Exported, OutgoingMessage, restored
from bot.store.database import Connection, Unwritten
from bot.store.queue import write
from bot.store.sqlite import sqlite3
from tests.bot.conftest import HandClock, Pressable, Words, Workspace

ADA, DM = "U0ADA", "D0ADA"


@pytest.fixture(autouse=True)
def _no_long_waits(over_http: Workspace) -> Iterator[None]:
    """The waits of the retry policy pass at once, on the outbox's clock."""
    over_http.hurry()
    yield
    over_http.hurry(on=False)


def post(text: str, lane: str = ADA, channel: str = DM) -> OutgoingMessage:
    return OutgoingMessage("chat.postMessage", {"channel": channel, "text": text}, lane, team="T0LOCAL")


def say(workspace: Workspace, *sayings: OutgoingMessage) -> None:
    def work(conn: Connection) -> list[OutgoingMessage]:
        return [write(conn, saying, workspace.clock.time()) for saying in sayings]

    workspace.bot.store.turn(work, workspace.bot.outbox.push)
    workspace.quiet()


def put(workspace: Workspace, said: str, lane: str = "x", due: str = "") -> None:
    """A row as a process has left it."""
    row = {"lane": lane, "said": said, "due": due}
    insert = (
        "INSERT INTO outbox (enterprise, team, lane, said, at, due)"
        " VALUES ('', 'T0LOCAL', :lane, :said, '2026-01-01T00:00:00Z', :due)"
    )
    workspace.bot.store.turn(lambda conn: conn.execute(insert, row).rowcount)


def texts(workspace: Workspace) -> list[str]:
    return [message["text"] for message in workspace.slack.messages(DM)]


FAULTS: dict[str, Fault] = {
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
def test_a_post_gets_through_once_and_in_order_after(over_http: Workspace, fault: Fault) -> None:
    over_http.slack.faults.add("chat.postMessage", fault, times=3)
    say(over_http, post("one"), post("two"), post("three"))
    assert texts(over_http) == ["one", "two", "three"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_card_gets_through_whatever_goes_wrong_with_any_call(over_http: Workspace, fault: Fault) -> None:
    over_http.slack.faults.add("*", fault, times=2)
    talk = over_http.open()
    for question in ("prompt_tried", "rag_tried"):
        over_http.slack.faults.add("*", fault, times=2)
        talk.up_to(question)
    over_http.quiet()
    assert len(talk.said_by_bot()) == 1
    assert talk.type("not needed").pending == "failure_cause"


def test_the_wait_slack_asks_for_is_kept(over_http: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.delivery.outbox")
    over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 77})
    say(over_http, post("patience"))
    assert "again in 77.0 s" in caplog.text


def test_a_call_that_never_ends_is_given_up_and_made_again(
    over_http: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.sending.CALL_SECONDS", 0.3)
    over_http.slack.faults.add("chat.postMessage", {"hang": True})
    say(over_http, post("slow"), post("next"))
    assert texts(over_http) == ["slow", "next"]


def test_one_persons_slow_slack_holds_up_nobody_else(over_http: Workspace) -> None:
    over_http.hurry(on=False)
    answered = threading.Event()
    over_http.slack.faults.add("chat.postMessage", {"until": answered})

    def work(conn: Connection) -> list[OutgoingMessage]:
        return [write(conn, each, over_http.clock.time()) for each in (post("his"), post("hers", "U0LIN", "D0LIN"))]

    def there() -> list[str]:
        return [message["text"] for dm in (DM, "D0LIN") for message in over_http.slack.messages(dm)]

    over_http.bot.store.turn(work, over_http.bot.outbox.push)
    assert len(over_http.slack.wait_for(there)) == 1, "whoever met the delay still waits"
    answered.set()
    over_http.quiet()
    assert there() == ["his", "hers"]


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
def test_blocks_slack_refuses_are_sent_once_more_in_basic_ones(
    over_http: Workspace, code: str, pressable: Pressable
) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": code})
    talk = over_http.open()
    over_http.quiet()
    assert "answer:goal:unknown" in pressable(talk.card)
    assert "radio_buttons" not in str(talk.card)
    assert len(over_http.slack.calls("chat.postMessage")) == 2
    assert talk.type("classification").pending == "prompt_tried"


def test_blocks_refused_twice_are_said_in_words_alone_and_the_check_goes_on(over_http: Workspace) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": "invalid_blocks"}, times=2)
    root = over_http.slack.say(ADA, "Our support tone")
    over_http.quiet()
    (said,) = over_http.slack.messages(DM, root)[1:]
    assert "blocks" not in said
    assert "What should the model do better?" in said["text"], "the question itself"
    over_http.slack.say(ADA, "classification", thread_ts=root)
    over_http.quiet()
    assert over_http.talk(ADA, root).pending == "prompt_tried"


def test_a_card_slack_will_not_have_in_any_form_holds_up_nothing(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": "invalid_blocks"}, times=4)
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
    over_http: Workspace, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("chat.postMessage", {"error": code})
    say(over_http, post("lost"), post("kept"))
    assert texts(over_http) == ["kept"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert code in caplog.text
    assert over_http.rows("SELECT * FROM outbox") == []


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_card_that_is_gone_is_posted_anew_and_lives_on_there(over_http: Workspace, code: str) -> None:
    talk = over_http.open()
    over_http.slack.faults.add("chat.update", {"error": code})
    talk.click("answer:goal:pick", "classification")
    assert len(talk.said_by_bot()) == 2
    over_http.quiet()
    talk.click("answer:prompt_tried:yes")
    assert talk.pending == "rag_tried"
    assert len(talk.said_by_bot()) == 2


def test_a_thread_that_is_gone_moves_the_card_to_the_top_where_the_check_goes_on(over_http: Workspace) -> None:
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


def test_a_dead_token_stops_sending_and_keeps_what_is_unsaid(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("*", {"error": "token_revoked"}, times=50)
    say_later = [post(f"{n}", f"lane{n % 3}") for n in range(9)]
    over_http.bot.store.turn(
        lambda conn: [write(conn, each, over_http.clock.time()) for each in say_later], over_http.bot.outbox.push
    )
    over_http.slack.wait_for(lambda: over_http.slack.calls("chat.postMessage"))
    assert "token_revoked" in (over_http.bot.fault() or "")
    over_http.bot.outbox.close()
    assert len(over_http.slack.calls("chat.postMessage")) <= 3, "one call a lane at most"
    assert len(over_http.rows("SELECT id FROM outbox")) == 9
    assert caplog.text.count("refuses the bot token") == 1
    over_http.slack.faults.clear()
    over_http.restart()
    over_http.quiet()
    assert sorted(texts(over_http)) == [str(n) for n in range(9)]


def test_what_an_earlier_process_left_is_said_at_the_start_where_the_card_is_now(over_http: Workspace) -> None:
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


def test_a_row_said_but_not_yet_crossed_off_is_not_posted_twice(over_http: Workspace) -> None:
    rows: list[Any] = []

    def work(conn: Connection) -> list[OutgoingMessage]:
        said = [write(conn, post("once"), over_http.clock.time())]
        rows.extend(tuple(row) for row in conn.execute("SELECT * FROM outbox"))
        return said

    over_http.bot.store.turn(work, over_http.bot.outbox.push)
    over_http.quiet()
    again = "INSERT INTO outbox VALUES (?,?,?,?,?,?,?,?,?,?)"
    over_http.bot.store.turn(lambda conn: conn.executemany(again, rows).rowcount)
    over_http.restart()
    over_http.quiet()
    assert texts(over_http) == ["once"]


def test_a_new_database_in_an_old_workspace_is_not_taken_for_the_old_one(over_http: Workspace) -> None:
    over_http.open("First life")
    over_http.quiet()
    over_http.stop()
    over_http.db.unlink()
    over_http.start()
    assert over_http.open("Second life").type("classification").pending == "prompt_tried"


def test_a_row_of_another_release_is_still_said(over_http: Workspace) -> None:
    said = '{"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "old"}, "lane": "x", "gone_since": 1}'
    put(over_http, said)
    over_http.restart()
    over_http.quiet()
    assert texts(over_http) == ["old"]


def test_a_lock_on_the_file_after_the_post_delays_the_note_and_loses_nothing(over_http: Workspace) -> None:
    over_http.hurry(on=False)
    answered = threading.Event()
    over_http.slack.faults.add("chat.postMessage", {"until": answered})
    talk_root = over_http.slack.say(ADA, "our idea")
    over_http.slack.wait_idle()
    other = sqlite3.connect(over_http.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answered.set()
    talk = over_http.talk(ADA, talk_root)
    over_http.slack.wait_for(lambda: talk.card)
    with pytest.raises(Unwritten):  # as long as one turn waits, so long has the note waited
        over_http.bot.store.turn(lambda _: None)
    other.close()

    def unlocked() -> bool:  # what came while the writer waited for the other one fails with it
        with suppress(Unwritten):
            return bool(over_http.rows("SELECT 1"))
        return False

    over_http.wait_for(unlocked)
    over_http.quiet()
    assert over_http.rows("SELECT card_ts FROM sessions") == [(talk.card["ts"],)]


def test_too_much_unsaid_turns_new_turns_away_until_it_is_said(over_http: Workspace) -> None:
    talk = over_http.open()
    over_http.quiet()
    over_http.bot.outbox._waiting += MAX_WAITING + 1
    assert over_http.slack.click(ADA, talk.card["ts"], "answer:goal:pick", option="classification") == 503
    assert "waits to be said" in (over_http.bot.fault() or "")
    assert "again in a moment" in over_http.slack.command(ADA, "/finetune", "start")["text"]
    assert over_http.rows("SELECT n FROM answers WHERE verb='answer'") == []
    over_http.bot.outbox._waiting -= MAX_WAITING + 1
    assert over_http.bot.fault() is None
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried"


# ---- what is stored

RELEASED: list[dict[str, str]] = json.loads((Path(__file__).parent / "outbox_1.json").read_text(encoding="utf-8"))
"""A row of every kind the first release has written."""


@pytest.mark.parametrize("row", RELEASED, ids=lambda row: json.loads(row["said"])["after"] or "plain")
def test_a_row_of_every_kind_the_first_release_wrote_is_read_with_all_it_carries(row: dict[str, str]) -> None:
    old = json.loads(row["said"])
    saying = restored(row["said"], id=1)
    assert (saying.method, saying.args, saying.lane, saying.due) == (
        old["method"],
        old["args"],
        old["lane"],
        old["due"],
    )
    kept = saying.on_result.model_dump(mode="json") if saying.on_result else {"kind": ""}
    assert kept["kind"] == old["after"]
    if old["after"]:
        assert {name: kept[name] for name in old["context"] if name in kept and name != "title"} == {
            name: value for name, value in old["context"].items() if name in kept and name != "title"
        }
    assert restored(saying.stored(), id=1) == saying, "written anew it is the same row"


def test_rows_of_the_first_release_are_all_taken_up_and_each_is_said_once(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    for row in RELEASED:
        put(over_http, row["said"], lane=row["lane"], due=row["due"] and "2026-01-02T00:00:00Z")
    over_http.restart()
    over_http.quiet()
    assert "could not be noted" not in caplog.text
    assert over_http.rows("SELECT id FROM outbox WHERE doubt < 2") == []
    said = over_http.slack.messages("C0GENERAL")
    over_http.restart()
    over_http.quiet()
    assert over_http.slack.messages("C0GENERAL") == said


UNREADABLE = {
    "no JSON": "{",
    "another shape": "[1]",
    "no method": '{"args": {}, "lane": "x"}',
    "a kind of a later release": '{"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "new"},'
    ' "lane": "x", "on_result": {"kind": "sung"}}',
    "what it carries is cut off": '{"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "new"},'
    ' "lane": "x", "after": "reminded", "context": {"user": "U0ADA"}}',
}


@pytest.mark.parametrize("said", UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_gone_with_one_line_and_holds_up_nothing(
    over_http: Workspace, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(over_http, said)
    put(over_http, post("next").stored())
    over_http.restart()
    over_http.quiet()
    assert texts(over_http) == ["next"]
    assert caplog.text.count("could not be noted") == 1
    assert over_http.rows("SELECT id FROM outbox") == []


def test_a_message_whose_outcome_cannot_be_noted_is_never_said_again(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> list[OutgoingMessage]:
        raise KeyError(over_http.slack.messages(DM)[0]["text"])

    over_http.bot.turns.result_handlers["exported"] = broken
    told = Exported(user=ADA, check="", version=1)
    say(over_http, replace(post("once quoted"), on_result=told), post("next"))
    for _ in range(2):
        over_http.restart()
        over_http.quiet()
    assert texts(over_http) == ["once quoted", "next"]
    assert caplog.text.count("sent, could not be noted (KeyError)") == 1
    assert "quoted" not in caplog.text


# ---- said once


@pytest.mark.parametrize("looking", [{}, {"status": 429, "retry_after": 9}, {"hang": True}, {"status": 500}])
@pytest.mark.parametrize("fault", [{"reset": "after"}, {"reset": "before"}, {"status": 502}, {"error": "fatal_error"}])
def test_a_post_whose_answer_was_lost_is_looked_for_and_stands_once(
    over_http: Workspace, fault: Fault, looking: Fault
) -> None:
    """In a thread of the DM and at its top level; that Slack is busy when asked only means later."""
    if looking:
        for method in ("conversations.history", "conversations.replies"):
            over_http.slack.faults.add(method, looking, times=2)
    over_http.slack.faults.add("chat.postMessage", fault)
    talk = over_http.open()
    over_http.quiet()
    over_http.slack.faults.add("chat.postMessage", fault)
    say(over_http, post("at top level"))
    assert len(talk.said_by_bot()) == 1
    assert texts(over_http).count("at top level") == 1
    assert over_http.rows("SELECT card_ts FROM sessions") == [(talk.card["ts"],)]
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried"


def test_where_the_bot_may_not_look_a_lost_post_is_said_again(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    over_http.slack.faults.add("conversations.history", {"error": "missing_scope"})
    over_http.slack.faults.add("chat.postMessage", {"reset": "before"})
    say(over_http, post("here"))
    assert texts(over_http) == ["here"]
    assert "can't look whether" in caplog.text


def test_what_slack_does_not_know_the_end_of_is_tried_until_it_is_taken(over_http: Workspace) -> None:
    for code in ("rate_limited", "message_limit_exceeded", "team_added_to_org", "org_login_required", "a_new_one"):
        over_http.slack.faults.add("chat.postMessage", {"error": code}, times=2)
    say(over_http, post("patience"))
    assert texts(over_http) == ["patience"]


def test_eight_answers_pasted_at_once_are_one_card_with_their_lines_above_it(
    over_http: Workspace, words: Words
) -> None:
    over_http.hurry(on=False)  # what is slow here answers all the same
    talk = over_http.open().up_to("measured_pass_rate")
    over_http.quiet()
    before = len(over_http.slack.calls("chat.postMessage"))
    answered = threading.Event()
    over_http.slack.faults.add("chat.postMessage", {"until": answered})
    for text in ("82 %", "90%", "yes", "no", "1M", "$0.03", "0.001"):
        over_http.slack.say(ADA, text, thread_ts=talk.root)
        over_http.slack.wait_idle()
    answered.set()
    over_http.quiet()
    assert talk.pending == "pass_rate_without_tuning"
    posted = len(over_http.slack.calls("chat.postMessage")) - before
    assert posted in (1, 2), "the last for all the others, and the first if it was on its way"
    lines = "\n".join(words(message) for message in talk.said_by_bot())
    for line in ("82", "90", "larger, dearer model", "1,000,000", "$0.03", "$0.001"):
        assert line in lines, f"{line} is read back"
    live = [m for m in talk.said_by_bot() if any(b["type"] == "actions" for b in m["blocks"])]
    assert len(live) == 1


# ---- said in time


def test_who_waits_for_a_minute_is_told_and_the_hour_slack_asks_for_is_kept(over_http: Workspace) -> None:
    over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 3600})
    began = over_http.clock.time()
    say(over_http, replace(post("at last"), person=ADA))
    calls = over_http.slack.calls("chat.postMessage")
    slow = next(call for call in calls if "Slack is slow" in call.args["text"])
    assert 60 <= slow.at - began < 90
    assert slow.args["channel"] == DM
    assert calls[-1].at - began >= 3600, "not before Slack's hour is over"
    over_http.quiet()
    assert texts(over_http) == ["at last"], "and nobody reads any more that Slack is slow"


def test_one_who_waits_behind_somebody_elses_post_is_told_as_well(over_http: Workspace) -> None:
    over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 600})
    hers, his = post("hers", "C0GENERAL", "C0GENERAL"), post("his", "C0GENERAL", "C0GENERAL")
    say(over_http, replace(hers, person="U0LIN"), replace(his, person=ADA))
    slow = [call.args["channel"] for call in over_http.slack.calls("chat.postMessage") if "slow" in call.args["text"]]
    assert sorted(slow) == [DM, "D0LIN"]


def test_only_the_method_that_is_limited_is_left_alone(over_http: Workspace) -> None:
    """Where no message can be posted the note is one that only they see."""
    over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 600}, times=2)
    say(over_http, replace(post("at last"), person=ADA))
    assert ["Slack is slow" in m["text"] for m in over_http.slack.ephemerals(ADA)] == [True]


def test_a_dead_token_is_tried_again_and_sending_resumes_by_itself(over_http: Workspace) -> None:
    over_http.hurry(on=False)
    over_http.slack.faults.add("chat.postMessage", {"error": "invalid_auth"})
    over_http.slack.faults.add("auth.test", {"error": "invalid_auth"}, times=3)
    rows = [post("first"), post("second")]

    def work(conn: Connection) -> list[OutgoingMessage]:
        return [write(conn, each, over_http.clock.time()) for each in rows]

    over_http.bot.store.turn(work, over_http.bot.outbox.push)
    over_http.wait_for(lambda: over_http.bot.outbox.cut_off("T0LOCAL"))
    said = over_http.slack.command(ADA, "/finetune", "start")["text"]
    assert "I can't write messages here just now" in said
    assert "DM" not in said
    asked = len(over_http.slack.calls("auth.test"))

    def asked_again(times: int) -> bool:
        return len(over_http.slack.calls("auth.test")) == asked + times

    for n, seconds in enumerate((60, 300, 1800), 1):
        over_http.wait_for(lambda: over_http.clock.sleeping("until_good"))
        over_http.clock.move(seconds)
        over_http.wait_for(partial(asked_again, n))
        assert texts(over_http) == []
    over_http.wait_for(lambda: over_http.clock.sleeping("until_good"))
    over_http.clock.move(3600)
    over_http.quiet()
    assert texts(over_http) == ["first", "second"]
    assert over_http.bot.fault() is None
    assert "waiting in our DM" in over_http.slack.command(ADA, "/finetune", "start")["text"]


@pytest.mark.parametrize("later", range(6))
def test_who_sleeps_on_the_tests_clock_ends_when_told_though_its_time_has_just_come(later: int) -> None:
    """Else a stop right after the clock was moved waits ten seconds for a loop that sleeps on."""

    async def for_ever(clock: HandClock) -> None:
        while True:
            await clock.sleep(3600)

    async def ended() -> bool:
        clock = HandClock()
        task = asyncio.create_task(for_ever(clock))
        await asyncio.sleep(0)
        clock.move(3601)
        for _ in range(later):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=60)
        return task.cancelled()

    assert asyncio.run(ended())

"""Deciding again: reminded on the day that was asked for, once, and asked only what may have changed."""

import time
from typing import Any

import pytest

from bot.messages import stamp, unix
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import Decide, Decided, HandClock, Pressable, Words, Workspace

ADA, LIN = "U0ADA", "U0LIN"
DAY = 86_400


@pytest.fixture
def clock(over_http: Workspace) -> HandClock:
    """The time of the bot, which a test moves."""
    return over_http.clock


@pytest.fixture
def check(over_http: Workspace, decided: Decide) -> Decided:
    """A decided check, on a bot whose clock can be moved."""
    return decided(over_http)


def reminders(check: Decided) -> list[dict[str, Any]]:
    return [m for m in check.slack.messages("D0ADA") if "You asked me to remind you" in m["text"]]


def due_in(check: Decided, clock: HandClock) -> list[int]:
    """In how many days the reminders that wait are due."""
    rows = check.workspace.rows("SELECT due FROM outbox WHERE due != ''")
    return [round((unix(due) - clock.time()) / DAY) for (due,) in rows]


def pass_days(check: Decided, clock: HandClock, days: float) -> None:
    """The bot comes up again that much later."""
    clock.move(days * DAY)
    check.workspace.restart()
    until = time.monotonic() + 120
    while any(due <= stamp(clock.time()) for (due,) in check.workspace.rows("SELECT due FROM outbox")):
        assert time.monotonic() < until


@pytest.mark.parametrize(("when", "days"), [("30", 30), ("90", 90), ("quarterly", 91)])
def test_a_reminder_is_shown_with_its_date_and_comes_on_that_day(
    check: Decided, clock: HandClock, words: Words, pressable: Pressable, when: str, days: int
) -> None:
    check.press("report:remind", when)
    assert due_in(check, clock) == [days]
    day = time.strftime("%-d %b %Y", time.gmtime(clock.time() + days * DAY))
    assert f"I will remind you on {day}." in check.told
    assert f"reminded to decide again on {day}" in words(check.card)
    pass_days(check, clock, days - 1)
    assert reminders(check) == []
    pass_days(check, clock, 1.1)
    (said,) = reminders(check)
    assert "Our support tone" in said["text"]
    assert "record:again" in pressable(said)


def test_a_quarterly_reminder_comes_each_quarter_and_another_one_once(
    check: Decided, clock: HandClock, words: Words
) -> None:
    check.press("report:remind", "30")
    pass_days(check, clock, 31)
    assert due_in(check, clock) == []
    assert "reminded" not in words(check.card)
    check.press("report:remind", "quarterly")
    pass_days(check, clock, 92)
    pass_days(check, clock, 92)
    assert len(reminders(check)) == 3
    assert due_in(check, clock) == [91]


def test_there_is_one_reminder_a_check_and_it_can_be_cancelled(
    check: Decided, clock: HandClock, words: Words, pressable: Pressable
) -> None:
    check.press("report:remind", "30")
    check.press("report:remind", "90")
    assert due_in(check, clock) == [90]
    check.press("report:forget_reminder")
    assert due_in(check, clock) == []
    assert "reminded" not in words(check.card)
    assert "report:forget_reminder" not in pressable(check.card)
    pass_days(check, clock, 100)
    assert reminders(check) == []


def test_it_moves_when_the_decision_is_revised_and_the_card_says_so(
    check: Decided, clock: HandClock, words: Words
) -> None:
    check.press("report:remind", "30")
    clock.move(10 * DAY)
    check.change("eval pairs", "1,300")
    assert due_in(check, clock) == [30]
    assert time.strftime("%-d %b %Y", time.gmtime(clock.time() + 30 * DAY)) in words(check.card)
    pass_days(check, clock, 25)
    assert reminders(check) == []
    pass_days(check, clock, 6)
    assert len(reminders(check)) == 1


def test_looking_at_the_report_does_not_move_it(check: Decided, clock: HandClock) -> None:
    check.press("report:remind", "30")
    clock.move(10 * DAY)
    check.type("checklist")
    assert due_in(check, clock) == [20]


def test_it_goes_with_the_check(check: Decided, clock: HandClock) -> None:
    check.press("report:remind", "30")
    check.workspace.bot.store.turn(lambda conn: conn.execute("DELETE FROM sessions"))
    pass_days(check, clock, 40)
    assert reminders(check) == []


def test_somebody_who_cannot_be_written_to_is_not_reminded_again(check: Decided, clock: HandClock) -> None:
    check.press("report:remind", "quarterly")
    check.slack.faults.add("conversations.open", {"error": "user_disabled"})
    pass_days(check, clock, 92)
    assert due_in(check, clock) == []


def test_deciding_again_asks_only_what_may_have_changed_and_still_keeps_each_answer(
    clock: HandClock, over_http: Workspace, decided: Decide, pressable: Pressable
) -> None:
    # $30 a call reads as a slip of the unit and "the team" as no name: kept, they are not read again.
    check = decided(over_http, usd_per_call_now="30", usd_per_call_after="1.234567", retrain_owner="the team")
    check.press("report:remind", "30")
    pass_days(check, clock, 31)
    (said,) = reminders(check)
    over_http.slack.click(ADA, said["ts"], "record:again", "D0ADA")
    check.settle()
    before = over_http.rows("SELECT body FROM reports")
    asked = []
    while still := [a for a in pressable(over_http.slack.messages("D0ADA")[-1]) if a.endswith(":still")]:
        last = over_http.slack.messages("D0ADA")[-1]
        asked.append(still[0].split(":")[1])
        assert pressable(last)[still[0]]["text"]["text"].startswith("Still ")
        over_http.slack.click(ADA, last["ts"], still[0], "D0ADA")
        check.settle()
    assert asked == [
        "eval_pairs", "calls_per_year", "usd_per_call_now", "usd_per_call_after", "pass_rate_without_tuning",
        "usd_per_label", "hosting_usd_per_month", "retrain_owner",
    ]  # fmt: skip
    assert over_http.rows("SELECT body FROM reports") == before * 2
    assert "report:share" in pressable(over_http.slack.messages("D0ADA")[-1])


def test_a_decision_confirmed_is_decided_anew_and_says_that_nothing_changed(
    check: Decided, clock: HandClock, words: Words
) -> None:
    check.share()
    clock.move(40 * DAY)
    check.change("eval pairs", str(PAIRS + 200))
    check.press("report:update")
    assert "decided once more with the same answers" in words(check.record())
    assert time.strftime("decided %-d %b %Y", time.gmtime(clock.time())) in words(check.record())

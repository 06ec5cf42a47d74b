"""Those who read a record in a channel ask about it, follow it, see it differently; its owner takes it down."""

import re
from typing import Any

import pytest

from bot.local import LocalSlack
from tests.bot.conftest import Decide, Decided, Words, Workspace

ADA, LIN = "U0ADA", "U0LIN"
MONEY = re.compile(r"\$\d|\d(?:\.\d+)?x\b|1,000,000|1M|\d calls")


def press(check: Decided, record: dict[str, Any], action_id: str, user: str = LIN, option: str | None = None) -> None:
    assert check.slack.click(user, record["ts"], action_id, "C0GENERAL", option=option) == 200
    check.settle()


def more(check: Decided, record: dict[str, Any], what: str, user: str = LIN) -> None:
    """Pick something behind *More*."""
    menu = next(e for b in record["blocks"] for e in b.get("elements", ()) if e.get("action_id") == "record:more")
    (value,) = (each["value"] for each in menu["options"] if each["value"].startswith(what))
    press(check, record, "record:more", user, value)


def whispered(slack: LocalSlack, user: str, words: Words) -> str:
    return words(slack.ephemerals(user)[-1])


class TestAsking:
    def test_a_question_about_a_record_is_answered_from_it_to_who_asked(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:ask")
        assert check.slack.submit(LIN, {"line": "what does gate 2 say?"}) == {}
        check.settle()
        said = whispered(check.slack, LIN, words)
        assert "eval pairs" in said
        assert "what does gate 2 say?" in said
        assert check.slack.ephemerals(LIN)[-1]["channel"] == "C0GENERAL"

    @pytest.mark.parametrize(
        "question",
        [
            "what does it cost?",
            "how much would we save",
            "why gate 3",
            "what is the break-even?",
            "what does gate 3 say?",
        ],
    )
    def test_of_a_record_without_cost_figures_no_question_draws_any(
        self, over_http: Workspace, decided: Decide, words: Words, question: str
    ) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:ask")
        check.slack.submit(LIN, {"line": question})
        check.settle()
        assert not MONEY.search(whispered(check.slack, LIN, words).replace("\N{NO-BREAK SPACE}", " "))

    def test_with_its_figures_they_are_told(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        press(check, check.share("C0GENERAL", "costs"), "record:ask")
        check.slack.submit(LIN, {"line": "how much would we save?"})
        check.settle()
        assert "$" in whispered(check.slack, LIN, words)

    def test_a_mention_in_its_thread_is_answered_there_for_all(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        check.slack.mention(LIN, "C0GENERAL", "who owns the retraining?", record["ts"])
        over_http.quiet()
        said = check.slack.messages("C0GENERAL", record["ts"])[-1]
        assert "owns the retraining" in words(said)
        assert "session:start" not in str(said), "no check is begun for a question"

    def test_what_it_can_t_tell_is_said(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:ask")
        check.slack.submit(LIN, {"line": "zzz qqq"})
        check.settle()
        assert "ada" in whispered(check.slack, LIN, words)

    def test_what_may_be_meant_is_told_as_such(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:ask")
        check.slack.submit(LIN, {"line": "hm and the labels thing, some people or what"})
        check.settle()
        assert "not sure" in whispered(check.slack, LIN, words)


class TestFollowing:
    def test_who_follows_is_told_in_a_dm_once_a_day_and_not_after_pressing_again(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        press(check, record, "record:follow")
        assert "You follow" in whispered(check.slack, LIN, words)

        def told() -> list[str]:
            return [words(m) for m in check.slack.messages("D0LIN") if "which you follow" in m["text"]]

        for pairs, times in (("900", 1), ("1200", 1)):
            check.change("eval pairs", pairs)
            check.press("report:update")
            assert len(told()) == times, "at most once a day"
        over_http.clock.move(86_401)
        check.change("eval pairs", "800")
        check.press("report:update")
        assert len(told()) == 2
        assert "build the eval set first" in told()[0]
        press(check, check.record(), "record:follow")
        assert "don't follow" in whispered(check.slack, LIN, words)
        over_http.clock.move(2 * 86_400)
        check.change("eval pairs", "1500")
        check.press("report:update")
        assert len(told()) == 2

    def test_it_goes_with_delete_my_data(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:follow")
        assert over_http.rows("SELECT person FROM readers") == [(LIN,)]
        root = check.slack.say(LIN, "delete my data")
        (sure,) = check.slack.wait_for(lambda: check.slack.messages("D0LIN", root)[1:])
        check.slack.click(LIN, sure["ts"], "home:forget")
        check.settle()
        assert over_http.rows("SELECT person FROM readers") == []


class TestSeeingItDifferently:
    def test_one_line_reaches_the_owner_is_counted_and_shown_to_nobody_else(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        more(check, record, "differ")
        check.slack.submit(LIN, {"line": "our pairs are too easy"})
        check.settle()
        assert "our pairs are too easy" in check.told
        assert "lin" in check.told
        assert "nobody else" in whispered(check.slack, LIN, words)
        assert "too easy" not in str(check.slack.messages("C0GENERAL"))
        more(check, record, "differ", ADA)
        check.slack.submit(ADA, {"line": "me too"})
        check.settle()
        assert "2 people" in check.told


class TestTakingDown:
    def test_its_owner_takes_it_down_at_once_and_after_a_minute_it_is_gone(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        more(check, record, "take_down", ADA)
        (left,) = [m for m in check.slack.messages("C0GENERAL") if m.get("bot_id")]
        assert "took this record down" in words(left)
        assert "Our support tone" not in str(left)
        over_http.clock.move(61)
        over_http.wait_for(lambda: not over_http.rows("SELECT 1 FROM shares"))
        over_http.quiet()
        assert not [m for m in check.slack.messages("C0GENERAL") if m.get("bot_id")]

    def test_within_the_minute_it_can_be_put_back(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        more(check, check.share(), "take_down", ADA)
        note = check.slack.ephemerals(ADA)[-1]
        assert check.slack.click(ADA, note["ts"], "record:keep", "C0GENERAL") == 200
        check.settle()
        assert "Our support tone" in words(check.record())
        over_http.clock.move(61)
        over_http.wait_for(lambda: not over_http.rows("SELECT 1 FROM outbox WHERE due != ''"))
        over_http.quiet()
        assert "Our support tone" in words(check.record())

    def test_nobody_else_can(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        more(check, check.share(), "take_down")
        assert "Only ada" in whispered(check.slack, LIN, words)
        assert "Our support tone" in words(check.record())

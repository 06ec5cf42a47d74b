"""Those who read a record in a channel ask about it, follow it, see it differently; its owner takes it down."""

import re
from typing import Any

import pytest

from bot.local import LocalSlack
from tests.bot.conftest import Decide, Decided, Pressable, Words, Workspace

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


def done(check: Decided) -> None:
    """Wait until all that is due was said; what can be undone for a minute may go on waiting."""
    check.slack.wait_idle()
    check.settle()


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
    def test_who_follows_is_told_in_a_dm_once_a_day_until_they_unfollow_there(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
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
        dm = check.slack.messages("D0LIN")[-1]
        assert check.slack.click(LIN, dm["ts"], "record:unfollow", "D0LIN") == 200
        check.settle()
        assert "don't follow" in words(check.slack.messages("D0LIN")[-1])
        assert not pressable(check.slack.messages("D0LIN")[-1]), "what was acted on has no button"
        over_http.clock.move(2 * 86_400)
        check.change("eval pairs", "1500")
        check.press("report:update")
        assert len(told()) == 1, "the first one: no third came, and the second says what became of it"

    def test_pressed_again_it_goes_on_and_says_how_to_end_it(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        """A record is the same for all who read it: its button can't say who follows, and must not end it unasked."""
        check = decided(over_http)
        record = check.share()
        for said in ("You follow", "already"):
            press(check, record, "record:follow")
            note = check.slack.ephemerals(LIN)[-1]
            assert said in words(note)
            assert "record:unfollow" in pressable(note)
            assert over_http.rows("SELECT person FROM readers WHERE follows=1") == [(LIN,)]
        assert check.slack.click(LIN, note["ts"], "record:unfollow", "C0GENERAL") == 200
        check.settle()
        assert "don't follow" in whispered(check.slack, LIN, words)
        assert over_http.rows("SELECT person FROM readers WHERE follows=1") == []
        press(check, record, "record:follow")
        assert "already" not in whispered(check.slack, LIN, words)

    def test_somebody_else_s_press_ends_nothing_and_names_no_record(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        press(check, check.share(), "record:follow")
        note = check.slack.ephemerals(LIN)[-1]
        assert check.slack.click(LIN, note["ts"], "record:unfollow", "C0GENERAL") == 200
        press(check, check.record(), "record:follow")
        seen = check.slack.deliveries("interactive")[-2].payload
        theirs = seen | {"user": seen["user"] | {"id": ADA}, "actions": [seen["actions"][0] | {"action_ts": "1.5"}]}
        assert check.slack.deliver(theirs).status == 200
        check.settle()
        assert over_http.rows("SELECT person FROM readers WHERE follows=1") == [(LIN,)]

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


class TestWhoReadsAlong:
    """What is said in a thread stays when somebody of another company comes to read it: it has no figures, whatever
    the record has. Who asks alone is told them after a look."""

    QUESTIONS = ("how much would we save?", "what does it cost?", "what does gate 3 say?")

    def asked(self, check: Decided, record: dict[str, Any], question: str) -> str:
        check.slack.mention(LIN, "C0GENERAL", question, record["ts"])
        check.workspace.quiet()
        return str(check.slack.messages("C0GENERAL", record["ts"])[-1]).replace("\N{NO-BREAK SPACE}", " ")

    @pytest.mark.parametrize("question", QUESTIONS)
    @pytest.mark.parametrize("flags", [{}, {"is_ext_shared": True}, {"is_private": True}])
    def test_in_a_record_s_thread_no_mention_draws_a_figure(
        self, over_http: Workspace, decided: Decide, question: str, flags: dict[str, bool]
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", "costs")
        over_http.slack.arrange("C0GENERAL", **flags)
        said = self.asked(check, record, question)
        assert not MONEY.search(said)
        assert "tells them to you alone" in said

    def test_asked_alone_where_another_company_reads_along_by_now_no_figure_is_told_and_none_stays(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", "costs")
        press(check, record, "record:ask")
        over_http.slack.arrange("C0GENERAL", is_ext_shared=True)
        check.slack.submit(LIN, {"line": "how much would we save?"})
        over_http.quiet()
        assert not MONEY.search(whispered(check.slack, LIN, words).replace("\N{NO-BREAK SPACE}", " "))
        assert "$" not in words(check.record()), "they are taken out of the record too"
        assert "took the cost figures out" in check.told
        assert "Owner ada" in words(check.record())

    def test_see_how_it_was_decided_takes_them_out_as_well(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", "costs")
        over_http.slack.arrange("C0GENERAL", is_ext_shared=True)
        press(check, record, "record:how")
        over_http.quiet()
        assert "$" not in words(check.record())
        assert "$" not in whispered(check.slack, LIN, words)

    def test_where_slack_does_not_let_us_look_that_is_the_reason_given(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", "costs")
        press(check, record, "record:ask")
        over_http.slack.faults.add("conversations.info", {"error": "missing_scope"})
        check.slack.submit(LIN, {"line": "how much would we save?"})
        over_http.quiet()
        told = whispered(check.slack, LIN, words)
        assert "did not let me see" in told
        assert not MONEY.search(told.replace("\N{NO-BREAK SPACE}", " "))
        assert "$" in words(check.record()), "no answer takes nothing out"

    def test_from_a_record_whose_figures_were_taken_out_none_is_told_any_more(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", "costs")
        over_http.slack.arrange("C0GENERAL", is_ext_shared=True)
        press(check, record, "record:how")
        over_http.quiet()
        over_http.slack.arrange("C0GENERAL", is_ext_shared=False)
        press(check, record, "record:ask")
        check.slack.submit(LIN, {"line": "how much would we save?"})
        over_http.quiet()
        assert not MONEY.search(whispered(check.slack, LIN, words).replace("\N{NO-BREAK SPACE}", " "))


class TestWhileItIsTakenDown:
    """In the minute in which it can be put back, a record tells nothing."""

    @pytest.fixture
    def down(self, over_http: Workspace, decided: Decide) -> tuple[Decided, dict[str, Any]]:
        check = decided(over_http)
        record = check.share()
        more(check, record, "take_down", ADA)
        return check, record

    def test_its_thread_answers_no_mention(self, down: tuple[Decided, dict[str, Any]], words: Words) -> None:
        check, record = down
        check.slack.mention(LIN, "C0GENERAL", "who owns the retraining?", record["ts"])
        done(check)
        said = words(check.slack.messages("C0GENERAL", record["ts"])[-1])
        assert "Okafor" not in said
        assert said == "ada took this record down."

    @pytest.mark.parametrize("what", ["record:ask", "record:follow", "record:how"])
    def test_a_press_that_was_on_its_way_is_told_so(
        self, over_http: Workspace, decided: Decide, words: Words, what: str
    ) -> None:
        check = decided(over_http)
        record = check.share()
        press(check, record, what)
        if what == "record:ask":
            check.slack.close_view(LIN)
        seen = next(
            d.payload for d in reversed(check.slack.deliveries("interactive")) if d.payload["type"] == "block_actions"
        )
        more(check, record, "take_down", ADA)
        assert check.slack.deliver(seen | {"actions": [seen["actions"][0] | {"action_ts": "9.1"}]}).ok
        done(check)
        assert whispered(check.slack, LIN, words) == "ada took this record down."
        assert check.slack.modals(LIN) == []

    @pytest.mark.parametrize("dialog", ["record:ask", "differ"])
    def test_a_dialog_that_was_open_is_told_so(
        self, over_http: Workspace, decided: Decide, words: Words, dialog: str
    ) -> None:
        check = decided(over_http)
        record = check.share()
        more(check, record, dialog) if dialog == "differ" else press(check, record, dialog)
        more(check, record, "take_down", ADA)
        assert check.slack.submit(LIN, {"line": "who owns the retraining?"}) == {}
        done(check)
        assert whispered(check.slack, LIN, words) == "ada took this record down."
        assert over_http.rows("SELECT * FROM readers") == []

    def test_an_update_does_not_bring_it_back(self, down: tuple[Decided, dict[str, Any]], words: Words) -> None:
        check, _ = down
        check.change("eval pairs", "900")
        check.press("report:update")
        done(check)
        (left,) = [m for m in check.slack.messages("C0GENERAL") if m.get("bot_id")]
        assert words(left) == "ada took this record down."
        assert "not posted anywhere" in check.told or "not posted anywhere" in str(check.slack.messages("D0ADA"))

    def test_nor_does_a_handover(self, down: tuple[Decided, dict[str, Any]], words: Words) -> None:
        check, _ = down
        check.press("report:hand_over")
        check.slack.submit(ADA, {"person": LIN})
        check.settle()
        check.slack.click(LIN, check.slack.messages("D0LIN")[-1]["ts"], "record:accept", "D0LIN")
        done(check)
        (left,) = [m for m in check.slack.messages("C0GENERAL") if m.get("bot_id")]
        assert words(left) == "ada took this record down."

    def test_a_thread_whose_record_went_with_its_check_tells_nothing_of_it(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        over_http.rows("DELETE FROM sessions")
        check.slack.mention(LIN, "C0GENERAL", "who owns the retraining?", record["ts"])
        over_http.quiet()
        assert "Okafor" not in words(check.slack.messages("C0GENERAL", record["ts"])[-1])


class TestTurned:
    """A posted verdict never becomes another one behind its readers' backs."""

    def test_it_is_said_in_the_thread_and_to_followers_and_the_record_says_what_it_was(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share()
        press(check, record, "record:follow")
        check.change("eval pairs", "300")
        assert "Yes, start small" in words(check.record()), "nothing changes in a channel by itself"
        check.press("report:update")
        over_http.quiet()
        said = [words(m) for m in check.slack.messages("C0GENERAL", record["ts"])[1:]]
        assert len(said) == 1
        assert "Yes, start small" in said[0]
        assert "is now" in said[0]
        assert any("which you follow" in m["text"] for m in check.slack.messages("D0LIN"))
        now = words(check.record())
        assert "revised on" in now
        assert "verdict:" in now

    @pytest.mark.parametrize("way", ["put back", "handed over"])
    def test_neither_put_back_nor_handed_over_does_a_record_show_another_version(
        self, over_http: Workspace, decided: Decide, words: Words, way: str
    ) -> None:
        check = decided(over_http)
        record = check.share()
        check.change("eval pairs", "300")
        if way == "put back":
            more(check, record, "take_down", ADA)
            note = check.slack.ephemerals(ADA)[-1]
            assert check.slack.click(ADA, note["ts"], "record:keep", "C0GENERAL") == 200
        else:
            check.press("report:hand_over")
            check.slack.submit(ADA, {"person": LIN})
            check.settle()
            check.slack.click(LIN, check.slack.messages("D0LIN")[-1]["ts"], "record:accept", "D0LIN")
        done(check)
        assert "Yes, start small" in words(check.record())
        assert check.slack.messages("C0GENERAL", record["ts"])[1:] == []

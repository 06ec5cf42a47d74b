"""The form: a gate's questions in a dialog, the next gate when it is sent; and a report's numbers with others tried."""

import json
import re
from typing import Any

from advisor import Answers, load_rules
from advisor.model import FIELDS
from bot.check.comparison import LONGEST, comparison, tried_in
from bot.render import blockkit
from bot.render.view import Actions, Button
from bot.render.wording import Wording
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import ANSWERS, DECIDED, Decide, Decided, Talk, Words, Workspace, buttons

ADA, LIN, DM = "U0ADA", "U0LIN", "D0ADA"
GATE_1 = {field: ANSWERS[field] for field in list(ANSWERS)[:8]}


def form(talk: Talk) -> dict[str, Any]:
    """Press "Fill in a form" on the live card; the dialog that opens."""
    assert talk.slack.click(talk.user, talk.card["ts"], "session:form", talk.channel) == 200
    return dict(talk.slack.wait_for(lambda: talk.slack.modals(talk.user))[-1])


def lines(view: dict[str, Any]) -> dict[str, str]:
    """The lines of a dialog: block id -> what stands in it."""
    inputs = [(block["block_id"], block["element"]) for block in view["blocks"] if block["type"] == "input"]
    return {name: one.get("initial_value") or one.get("initial_option", {}).get("value", "") for name, one in inputs}


def send(talk: Talk, **typed: str | None) -> dict[str, Any]:
    """Send the dialog with this typed in its lines; what the bot answers."""
    answer = talk.slack.submit(talk.user, typed)
    talk.workspace.quiet()
    return answer


def log(workspace: Workspace) -> list[tuple[Any, ...]]:
    return workspace.rows("SELECT verb, field, value, text FROM answers ORDER BY session, n")


class TestTheForm:
    def test_a_whole_check_is_filled_in_within_four_dialogs(self, workspace: Workspace) -> None:
        talk = workspace.open()
        seen = [form(talk)]
        while view := talk.slack.modals(ADA):
            assert view[-1]["callback_id"] == "form"
            seen += [view[-1]] if view[-1]["title"] != seen[-1]["title"] else []
            send(talk, **{field: ANSWERS.get(field, "") for field in lines(view[-1])})
        assert [view["title"]["text"] for view in seen] == [f"Gate {number} of 4" for number in (1, 2, 3, 4)]
        assert talk.pending == ""
        assert "Yes, start small: run a trial" in talk.text
        assert "3.67x" in talk.text
        assert len(talk.said_by_bot()) == 1, "the card is edited in place"

    def test_what_is_sent_are_answers_in_the_words_that_were_typed(self, workspace: Workspace) -> None:
        talk = workspace.open()
        form(talk)
        drawn = len(talk.slack.calls("chat.update"))
        assert send(talk, **GATE_1)["response_action"] == "update"
        assert [(field, text) for _, field, _, text in log(workspace)[1:]] == list(GATE_1.items())
        assert len(talk.slack.calls("chat.update")) == drawn + 1, "the card is drawn once"
        assert talk.pending == "eval_overlaps_training"
        assert f'"{ANSWERS["eval_pairs"]}" as *{PAIRS + 200:,}* eval pairs' in talk.text

    def test_known_answers_stand_there_as_they_would_be_typed_and_what_does_not_apply_is_left_out(
        self, workspace: Workspace
    ) -> None:
        talk = workspace.open()
        assert "tool_use_tried" in lines(form(talk))
        talk.slack.close_view(ADA)
        talk.up_to("measured_pass_rate")
        shown = lines(form(talk))
        assert "tool_use_tried" not in shown
        assert shown["goal"] == "company_voice"
        assert (shown["prompt_tried"], shown["eval_pairs"]) == ("yes", f"{PAIRS + 200:,}")
        assert shown["measured_pass_rate"] == ""
        before = log(workspace)
        send(talk, measured_pass_rate="82 %")
        assert log(workspace)[len(before) :] == [("answer", "measured_pass_rate", '"0.82"', "82 %")]

    def test_what_cannot_be_read_is_told_at_its_line_and_nothing_is_taken(self, workspace: Workspace) -> None:
        talk = workspace.open()
        form(talk)
        before = log(workspace)
        wrong = {"measured_pass_rate": "purple", "eval_pairs": "500-700"}
        told = send(talk, goal="company_voice", target_pass_rate="90%", **wrong)
        assert told["response_action"] == "errors"
        assert told["errors"].keys() == wrong.keys()
        assert '"500-700" is a range (500 to 700). Which figure shall I count with?' in told["errors"]["eval_pairs"]
        assert re.search(r"Perhaps 500\b.* or 700\?$", told["errors"]["eval_pairs"]), "what was seen is offered"
        assert '"purple"' in told["errors"]["measured_pass_rate"]
        assert log(workspace) == before
        assert send(talk, **GATE_1)["response_action"] == "update"

    def test_a_price_that_is_asked_about_can_be_left_to_the_card(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("usd_per_call_now")
        assert "calls_per_year" in lines(form(talk))
        told = send(talk, usd_per_call_now="$30")
        assert "leave this line empty" in told["errors"]["usd_per_call_now"]
        send(talk, usd_per_call_now="", usd_per_call_after="$0.001")
        talk.slack.close_view(ADA, everything=True)
        assert talk.pending == "usd_per_call_now"
        talk.type("$30").click("answer:usd_per_call_now:confirm")
        assert ("answer", "usd_per_call_now", '"30"', "$30") in log(over_http)

    def test_an_empty_line_leaves_its_question_open(self, workspace: Workspace) -> None:
        talk = workspace.open()
        form(talk)
        assert send(talk, **GATE_1 | {"failure_cause": ""})["response_action"] == "update"
        assert talk.pending == "failure_cause"
        talk.slack.close_view(ADA)
        assert talk.answer("tone").pending == "eval_overlaps_training"

    def test_an_answer_stays_when_its_line_is_emptied(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("measured_pass_rate")
        form(talk)
        before = log(over_http)
        send(talk, eval_pairs=None)
        assert log(over_http) == before
        assert lines(form(talk)) != {}

    def test_not_knowing_is_an_answer(self, over_http: Workspace) -> None:
        talk = over_http.open()
        form(talk)
        send(talk, goal="unknown")
        assert ("answer", "goal", '"unknown"', "unknown") in log(over_http)

    def test_a_gate_that_blocks_leads_to_the_report(self, workspace: Workspace) -> None:
        talk = workspace.open()
        form(talk)
        assert send(talk, goal="classification", prompt_tried="no") == {}
        assert talk.slack.modals(ADA) == []
        assert talk.pending == ""
        assert "report:rest" in json.dumps(talk.card)

    def test_whoever_owns_it_may_say_me(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("retrain_owner")
        form(talk)
        assert send(talk, retrain_owner="me") == {}
        assert log(over_http)[-1] == ("answer", "retrain_owner", f'"<@{ADA}>"', f"<@{ADA}>")
        talk.type("change retraining owner")
        assert lines(form(talk))["retrain_owner"] == "me"
        before = len(log(over_http))
        send(talk)
        assert log(over_http)[before:] == [("answer", "retrain_owner", f'"<@{ADA}>"', "")], "what was asked stays so"
        assert talk.pending == ""

    def test_the_plan_and_the_trial_have_a_page_each(self, over_http: Workspace) -> None:
        talk = over_http.open().until_report().type("check our plan")
        view = form(talk)
        assert view["title"]["text"] == "Your plan"
        assert send(talk, labelers="2", label_guidelines="yes") == {}
        talk.slack.say(ADA, "poc results", thread_ts=talk.root)
        talk.slack.wait_for(lambda: talk.pending == "poc_training_examples")
        assert form(talk)["title"]["text"] == "Your trial's result"
        send(talk, poc_training_examples="300", poc_baseline_pass_rate="82%", poc_tuned_pass_rate="91%")
        assert "+9 points" in talk.type("report").text


PLAN = [row.id for row in load_rules().questions if row.asked_for == "plan"]


def plan(check: Decided) -> dict[str, Any]:
    """Press "Check our plan" on the report; the dialog that opens."""
    check.press("report:plan")
    return dict(check.slack.wait_for(lambda: check.slack.modals(check.user))[-1])


class TestThePlan:
    def test_all_of_it_is_one_form_that_says_how_much_it_is(
        self, workspace: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(workspace)
        before = check.card["ts"]
        view = plan(check)
        assert list(lines(view)) == PLAN
        assert f"*{len(PLAN)} questions, about 2 minutes*" in words(view)
        assert "Leave blank what you don't know." in words(view)
        assert "asked afterwards" not in words(view), "nothing of the plan is"
        assert check.slack.submit(ADA, {"label_budget": "yes", "labelers": "3", "base_kind": "instruct"}) == {}
        check.settle()
        assert [row[1:3] for row in log(workspace)[-3:]] == [
            ("label_budget", "true"), ("labelers", "3"), ("base_kind", '"instruct"'),
        ]  # fmt: skip
        assert "Yes, start small: run a trial" in words(check.card), "the report stands, in its place"
        assert check.card["ts"] == before
        (fold,) = [b for b in check.card["blocks"] if b["type"] == "container" and "plan" in b["title"]["text"]]
        assert not fold["default_collapsed"], "what was just answered is in sight"
        assert f"3 of {len(PLAN)} questions about the plan are answered" in json.dumps(fold)

    def test_opened_again_it_has_the_answers_there_are_and_counts_them(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        plan(check)
        check.slack.submit(ADA, {"label_budget": "no", "labelers": "3", "poc_run": "unknown"})
        check.settle()
        view = plan(check)
        assert "3 answered" in words(view)
        shown = lines(view)
        assert (shown["label_budget"], shown["labelers"], shown["poc_run"]) == ("no", "3", "unknown")
        before = log(over_http)
        check.slack.submit(ADA, {})
        assert log(over_http) == before

    def test_a_fault_stands_at_its_line(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        plan(check)
        before = log(over_http)
        told = check.slack.submit(ADA, {"labelers": "plenty", "label_noise": "300 %", "label_budget": "yes"})
        assert told["errors"].keys() == {"labelers", "label_noise"}
        assert log(over_http) == before

    def test_typed_it_goes_one_by_one_with_a_count_and_the_form_at_hand(self, over_http: Workspace) -> None:
        talk = over_http.open().until_report().type("check our plan")
        assert f"question 1 of {len(PLAN)}" in talk.text
        talk.answer("80%")
        assert f"question 2 of {len(PLAN)}" in talk.text
        assert list(lines(form(talk))) == PLAN


class TestMeanwhile:
    """What happens to a form while it is open."""

    def test_a_form_that_the_check_has_moved_past_says_so_and_keeps_what_was_typed(
        self, workspace: Workspace, words: Words
    ) -> None:
        talk = workspace.open().up_to("prompt_tried")
        form(talk)
        talk.click("answer:prompt_tried:yes")
        before = log(workspace)
        told = send(talk, prompt_tried="no", eval_pairs="300")
        assert told["response_action"] == "update"
        view = talk.slack.modals(ADA)[-1]
        assert "Your answers have changed since this form was opened" in words(view)
        assert (lines(view)["prompt_tried"], lines(view)["eval_pairs"]) == ("no", "300")
        assert log(workspace) == before
        send(talk, prompt_tried="yes")
        assert log(workspace)[len(before) :] == [("answer", "eval_pairs", "300", "300")]

    def test_words_that_changed_nothing_do_not_make_it_stale(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("eval_pairs")
        form(talk)
        talk.type("lots")
        assert "moved" not in json.dumps(send(talk, eval_pairs="300"))
        assert ("answer", "eval_pairs", "300", "300") in log(over_http)

    def test_sent_twice_it_counts_once_and_leads_on_both_times(self, over_http: Workspace) -> None:
        talk = over_http.open()
        form(talk)
        first = send(talk, **GATE_1)
        before = log(over_http)
        sent = over_http.slack.deliveries("interactive")[-1].payload
        again = over_http.slack.deliver(sent)
        assert again.body["view"]["title"] == first["view"]["title"]
        assert log(over_http) == before

    def test_of_a_check_that_is_gone_it_says_so(self, over_http: Workspace, words: Words) -> None:
        talk = over_http.open()
        form(talk)
        over_http.bot.store.turn(lambda conn: conn.execute("DELETE FROM sessions"))
        assert send(talk, goal="classification")["response_action"] == "update"
        assert "Not found" in words(talk.slack.modals(ADA)[-1])

    def test_an_old_card_opens_none_once_the_report_stands(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("prompt_tried")
        over_http.quiet()
        card = talk.card
        talk.answer("no")
        pressed = {"type": "button", "action_id": "session:form", "block_id": card["blocks"][-1]["block_id"]}
        seen = over_http.slack.deliveries("interactive")[-1].payload
        assert over_http.slack.deliver(seen | {"actions": [pressed | {"action_ts": "9.1"}]}).ok
        over_http.quiet()
        assert over_http.slack.modals(ADA) == []
        assert "moved on" in over_http.slack.ephemerals(ADA)[-1]["text"]

    def test_a_stopped_check_goes_on_when_its_form_is_sent(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("eval_pairs")
        form(talk)
        talk.type("cancel")
        send(talk, eval_pairs="620", measured_pass_rate="82 %")
        assert talk.pending == "target_pass_rate"


def tried(check: Decided, value: str = "") -> dict[str, Any]:
    """Press "Try other numbers" on the report, or on the message with this; the dialog that opens."""
    message = next(m for m in reversed(check.slack.messages(check.channel)) if "report:try" in buttons(m) and (
        value in json.dumps(m)))  # fmt: skip
    assert check.slack.click(check.user, message["ts"], "report:try", check.channel) == 200
    return dict(check.slack.wait_for(lambda: check.slack.modals(check.user))[-1])


def _pressable(message: dict[str, Any]) -> list[str]:
    return [e.get("action_id", "") for b in message.get("blocks", []) for e in b.get("elements", [])]


def compared(check: Decided, **typed: str) -> dict[str, Any]:
    """Send other numbers; the message that compares them."""
    assert check.slack.submit(check.user, typed) == {}
    check.settle()
    return [m for m in check.slack.messages(check.channel) if "session:keep" in _pressable(m)][-1]


class TestOtherNumbers:
    def test_both_verdicts_stand_side_by_side_and_nothing_is_changed(
        self, workspace: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(workspace)
        before, card = log(workspace), check.card["blocks"]
        view = tried(check)
        assert view["title"]["text"] == "Try other numbers"
        shown = lines(view)
        assert {FIELDS[field].kind for field in shown} == {"count", "rate", "money"}
        assert (shown["calls_per_year"], shown["usd_per_call_now"]) == ("1,000,000", "$0.03")
        message = compared(check, calls_per_year="10k", eval_pairs="400")
        fields = [f["text"] for block in message["blocks"] for f in block.get("fields", [])]
        assert "Yes, start small: run a trial" in fields[0]
        assert "ROI 3.67x" in fields[0]
        assert "⛔ gate 2 blocked, ⛔ gate 3 blocked" in fields[1]
        assert "calls a year: 1,000,000 → *10,000*" in words(message)
        assert message["thread_ts"] == check.root
        assert (log(workspace), check.card["blocks"]) == (before, card)

    def test_kept_they_are_answers_as_typed_and_undone_the_answers_before_are_back(
        self, workspace: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(workspace)
        tried(check)
        message = compared(check, calls_per_year="2M", hosting_usd_per_month="$3")
        before = log(workspace)
        check.press_told("session:keep")
        assert log(workspace)[len(before) :] == [
            ("answer", "calls_per_year", "2000000", "2M"), ("answer", "hosting_usd_per_month", '"3"', "$3"),
        ]  # fmt: skip
        assert words(check.card).startswith("Still *Yes, start small* · ")
        assert "calls a year: 1,000,000 → 2,000,000" in words(check.card)
        (now,) = [m for m in check.slack.messages(DM) if m["ts"] == message["ts"]]
        assert "Kept as your answers" in words(now)
        assert [verb for verb in _pressable(now) if verb] == ["session:undo"]
        check.press_told("session:undo")
        (now,) = [m for m in check.slack.messages(DM) if m["ts"] == message["ts"]]
        assert "calls a year: 2,000,000 → *1,000,000*" in words(now)
        assert [verb for verb in _pressable(now) if verb] == []
        assert "3.67x" in words(check.card)
        assert "Undone: the answers before are back." in words(check.card)
        assert [row[:3] for row in log(workspace)[-2:]] == [
            ("undo", "calls_per_year", "1000000"), ("undo", "hosting_usd_per_month", '"0"'),
        ]  # fmt: skip

    def test_a_number_that_was_not_answered_before_is_not_answered_again(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, usd_per_failure="$2")
        check.press_told("session:keep")
        check.press_told("session:undo")
        assert "$2 → *not answered*" in check.told
        assert check.workspace.rows("SELECT value FROM answers WHERE verb='undo'") == [("null",)]

    def test_what_they_leave_to_be_asked_is_told_before_and_asked_once_they_are_kept(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        tried(check)
        told = "One more question can still turn this verdict: *other savings*."
        assert told in words(compared(check, calls_per_year="10k"))
        root = check.root
        check.press_told("session:keep")
        assert told in check.told
        assert "answer:other_savings_usd_per_year:unknown" in json.dumps(check.slack.messages(DM, root))

    def test_numbers_that_are_the_answers_are_no_others(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        first = next(iter(lines(tried(check))))
        told = check.slack.submit(ADA, {"calls_per_year": "1M"})
        assert told["errors"] == {first: "These are your answers as they stand. Change at least one number."}
        assert "number in" in check.slack.submit(ADA, {"calls_per_year": "lots"})["errors"]["calls_per_year"]

    def test_they_can_be_tried_on_from_there(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, calls_per_year="2M")
        view = tried(check, "2M")
        assert lines(view)["calls_per_year"] == "2M"
        assert "2,000,000" in json.dumps(compared(check))

    def test_kept_after_the_answers_changed_they_are_compared_once_more_first(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, calls_per_year="2M")
        check.change("training cost", "$900")
        before = log(over_http)
        check.press_told("session:keep")
        message = next(m for m in check.slack.messages(DM) if "session:keep" in _pressable(m))
        assert "so nothing was kept" in words(message)
        assert log(over_http) == before
        check.press_told("session:keep")
        assert log(over_http)[-1] == ("answer", "calls_per_year", "2000000", "2M")

    def test_pressed_twice_they_are_kept_once(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, calls_per_year="2M")
        check.press_told("session:keep")
        kept = log(over_http)
        sent = over_http.slack.deliveries("interactive")[-1].payload
        twice = sent | {"actions": [sent["actions"][0] | {"action_ts": "9.1"}]}
        assert over_http.slack.deliver(twice).ok
        over_http.quiet()
        assert log(over_http) == kept
        assert "Kept as your answers" in check.told

    def test_what_was_answered_once_more_since_is_not_undone(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, calls_per_year="2M")
        check.press_told("session:keep")
        check.change("calls a year", "3M")
        before = log(over_http)
        check.press_told("session:undo")
        assert "nothing left to undo" in json.dumps(check.slack.messages(DM))
        assert log(over_http) == before

    def test_other_numbers_than_those_of_an_open_form_are_told(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        tried(check)
        check.change("training cost", "$900")
        assert check.slack.submit(ADA, {"calls_per_year": "2M"})["response_action"] == "update"
        view = check.slack.modals(ADA)[-1]
        assert (lines(view)["calls_per_year"], lines(view)["training_usd"]) == ("2M", "$900")

    def test_nobody_tries_keeps_or_undoes_on_somebody_elses_check(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        tried(check)
        compared(check, calls_per_year="2M")
        check.press_told("session:keep")
        before = log(over_http)
        check.press_told("session:undo")
        undone = log(over_http)
        presses = [d.payload for d in over_http.slack.deliveries("interactive") if d.payload["type"] == "block_actions"]
        for n, payload in enumerate(presses):
            forged = payload | {"user": payload["user"] | {"id": LIN}, "response_url": ""}
            forged |= {"actions": [payload["actions"][0] | {"action_ts": f"9.{n:06d}"}]}
            assert over_http.slack.deliver(forged).ok
        over_http.quiet()
        assert log(over_http) == undone != before
        assert over_http.slack.modals(LIN) == []


def test_all_numbers_at_their_longest_fit_a_buttons_value() -> None:
    wording = Wording(load_rules())
    answers = Answers.model_validate(DECIDED | {"usd_per_failure": "1", "other_savings_usd_per_year": "1"})
    fields = [field for field, asked in FIELDS.items() if asked.kind in ("count", "rate", "money")]
    shown = [field for field in fields if {2, 3} & set(wording.rules.question(field).gates)]
    typed = dict.fromkeys(shown, "9" * LONGEST)
    view = comparison(answers, answers, typed, wording)
    assert blockkit.message(view)
    (buttons,) = [part.elements for part in view.parts if isinstance(part, Actions)]
    (value,) = {button.value for button in buttons if isinstance(button, Button)}
    assert tried_in(value) == typed


def test_a_report_without_numbers_offers_none_to_try(over_http: Workspace) -> None:
    talk = over_http.open().up_to("goal")
    assert "report:try" not in buttons(talk.answer("live_facts").card)
    assert "report:change" in _pressable(talk.card)

"""The form, a page at a time: what stands on it, where it leads, what it makes of a check; and how that is undone."""

import random
from typing import Any

import pytest

from advisor import Answers, Rules, Session, decide, load_rules, read, step
from advisor.asking import FIGURES, as_typed, lines_of, page_after, page_of
from advisor.conversation import Clicked, Filled, Reply, Typed, Undone, current, opening
from advisor.model import FIELDS
from advisor.session import Kept, state_of, stored
from tests.advisor.strategies import PASSING, boundary_values, changed, given

TOLD: dict[str, Any] = {**PASSING, "pass_rate_without_tuning": "0.8"}
"""Every gate passed, and nothing left that could undo it."""
GATES = [row.id for row in load_rules().questions if row.asked_for == "gates"]


def page(name: str, told: dict[str, Any], rules: Rules) -> list[str]:
    return list(lines_of(name, decide(changed(told), rules), rules))


def session_of(told: dict[str, Any]) -> Session:
    session = opening("Should we fine-tune our help desk?")
    for field, value in given(changed(told)).items():
        session = session.plus("answer", field=field, value=stored(value))
    return session


def fill(session: Session, rules: Rules, **typed: str) -> tuple[Session, Reply]:
    return step(session, Filled(values=typed), rules)


def follows(name: str, session: Session, rules: Rules) -> str:
    state = state_of(session, rules)
    return page_after(name, state, decide(state.answers, rules), rules)


def new(before: Session, after: Session) -> list[tuple[Any, ...]]:
    return [(entry.verb, entry.field, entry.value, entry.text) for entry in after.entries[before.version :]]


# ---- what stands on a page


def test_at_the_beginning_each_question_of_the_gates_stands_on_one_page_in_the_order_it_is_asked(rules: Rules) -> None:
    assert [field for gate in "1234" for field in page(gate, {}, rules)] == GATES


def test_whatever_is_known_no_question_stands_on_two_pages(rules: Rules) -> None:
    dice = random.Random(3)
    for _ in range(200):
        told = {field: dice.choice(boundary_values(field)) for field in dice.sample(GATES, dice.randrange(len(GATES)))}
        report = decide(changed(told), rules)
        shown = [field for gate in "1234" for field in lines_of(gate, report, rules)]
        assert len(shown) == len(set(shown)), told
        assert set(shown) <= set(GATES)
        assert next_stands(report, rules, shown), told


def next_stands(report: Any, rules: Rules, shown: list[str]) -> bool:
    """Whether what would be asked next can be filled in."""
    pending = current(session_of(given(report.answers)), rules).pending
    return pending not in GATES or pending in shown


@pytest.mark.parametrize(
    ("name", "told", "field", "stands"),
    [
        ("1", {}, "tool_use_tried", True),
        ("1", {"goal": "structured_output"}, "tool_use_tried", True),
        ("1", {"goal": "company_voice"}, "tool_use_tried", False),
        ("3", {"training_pairs": 10, "labeled_pairs": 10}, "usd_per_label", False),
        ("3", {"training_pairs": 10, "labeled_pairs": 9}, "usd_per_label", True),
        ("3", {}, "usd_per_failure", True),
        ("3", PASSING, "usd_per_failure", False),
        ("3", {**PASSING, "usd_per_failure": "2"}, "usd_per_failure", True),
        (FIGURES, PASSING, "usd_per_failure", True),
        ("poc", {**PASSING, "pass_rate_without_tuning": "0.9"}, "quality_parity", False),
        ("poc", {**PASSING, "pass_rate_without_tuning": None}, "quality_parity", True),
        ("poc", {}, "quality_parity", False),
    ],
)
def test_what_does_not_apply_by_what_is_known_is_left_out(
    rules: Rules, name: str, told: dict[str, Any], field: str, stands: bool
) -> None:
    told = {name: value for name, value in told.items() if value is not None}
    assert (field in page(name, told, rules)) is stands


def test_the_numbers_to_try_are_those_of_gates_2_and_3(rules: Rules) -> None:
    shown = page(FIGURES, {}, rules)
    assert {FIELDS[field].kind for field in shown} == {"count", "rate", "money"}
    assert {"eval_pairs", "calls_per_year", "hosting_usd_per_month"} < set(shown)
    assert not {"poc_gained", "labelers", "retrain_owner"} & set(shown)


@pytest.mark.parametrize("field", FIELDS)
def test_an_answer_stands_there_as_it_would_be_typed_and_reads_back(rules: Rules, field: str) -> None:
    """An option as its button, the rest as it is shown."""
    row = rules.question(field)
    assert as_typed(row, Answers()) == ""
    for value in boundary_values(field):
        answers = Answers.model_validate({field: value})
        told, text = getattr(answers, field), as_typed(row, answers)
        by_label = {option.label: option.id for option in row.options}
        assert by_label.get(text) == told or read(field, text, confirmed=True).value == told, (value, text)


# ---- what a page makes of a check


def test_what_is_sent_are_answers_in_the_words_that_were_typed(rules: Rules) -> None:
    before = opening("x")
    after, reply = fill(before, rules, goal="routing", prompt_tried="", eval_pairs=" 1.2k ")
    assert new(before, after) == [
        ("answer", "goal", "classification", "routing"), ("answer", "eval_pairs", 1200, "1.2k"),
    ]  # fmt: skip
    assert [note.code for note in reply.notes] == ["read", "read"]


def test_what_cannot_be_read_is_noted_by_its_field(rules: Rules) -> None:
    _, reply = fill(opening("x"), rules, goal="purple", eval_pairs="620")
    assert [(note.code, note.field) for note in reply.notes] == [("misread", "goal"), ("read", "eval_pairs")]


def test_what_stands_there_is_not_answered_once_more(rules: Rules) -> None:
    before = session_of(PASSING)
    shown = lines_of("3", decide(changed(PASSING), rules), rules)
    assert fill(before, rules, **shown)[0] == before
    assert fill(before, rules, calls_per_year="1000k")[0] == before, "nor the same in other words"


def test_unless_it_is_asked_again(rules: Rules) -> None:
    changing = session_of(TOLD).plus("ask", field="calls_per_year")
    after, reply = fill(changing, rules, calls_per_year="1,000,000")
    assert new(changing, after) == [("answer", "calls_per_year", 1_000_000, "")]
    assert reply.face == "report"
    again, reply = step(session_of(TOLD), Clicked(verb="again"), rules)
    name = page_of(reply.pending, reply.report, rules)
    while name:
        again, reply = fill(again, rules, **lines_of(name, reply.report, rules))
        name = follows(name, again, rules)
    assert (reply.face, state_of(again, rules).again) == ("report", [])


def test_a_stopped_check_goes_on_with_what_is_sent(rules: Rules) -> None:
    stopped = opening("x").plus("cancel")
    assert fill(stopped, rules, goal="routing")[1].pending == "prompt_tried"


def test_it_leaves_a_decision_of_an_earlier_edition_and_says_so(rules: Rules) -> None:
    report = decide(changed(PASSING), rules).model_copy(update={"rules_version": "1.0"})
    session = session_of(PASSING)
    kept = Session(entries=session.entries, kept=Kept(version=session.version, report=report))
    _, reply = fill(kept, rules, calls_per_year="2M")
    assert [(note.code, note.text) for note in reply.notes] == [("read", "2M"), ("edition", "1.0")]
    assert fill(kept, rules, calls_per_year="")[1].notes == ()


# ---- where it leads


def test_a_whole_check_takes_four_pages_at_most(rules: Rules) -> None:
    session, name, seen = opening("x"), "1", list[str]()
    while name:
        seen.append(name)
        shown = lines_of(name, decide(state_of(session, rules).answers, rules), rules)
        answers = changed(TOLD)
        session, reply = fill(session, rules, **{field: as_typed(rules.question(field), answers) for field in shown})
        name = follows(name, session, rules)
    assert seen == ["1", "2", "3", "4"]
    assert reply.face == "report"


def test_a_gate_that_blocks_ends_it_unless_the_rest_is_wanted(rules: Rules) -> None:
    blocked = session_of({"prompt_tried": False})
    assert follows("1", blocked, rules) == ""
    assert follows("1", blocked.plus("rest"), rules) == "2"


def test_what_was_left_empty_does_not_hold_it_up(rules: Rules) -> None:
    assert [follows(gate, opening("x"), rules) for gate in "1234"] == ["2", "3", "4", ""]


@pytest.mark.parametrize("verb", ["report", "cancel"])
def test_it_goes_no_further_where_the_questions_have_stopped(rules: Rules, verb: Any) -> None:
    assert follows("1", opening("x").plus(verb), rules) == ""


@pytest.mark.parametrize("name", ["poc", "plan", FIGURES])
def test_other_pages_stand_alone(rules: Rules, name: str) -> None:
    assert follows(name, opening("x"), rules) == ""


def test_a_question_of_the_plan_stands_on_its_page(rules: Rules) -> None:
    asked = step(session_of(PASSING), Clicked(verb="plan"), rules)[1]
    assert page_of(asked.pending, asked.report, rules) == "plan"
    assert asked.pending in page("plan", PASSING, rules)


# ---- undone


def test_undone_the_answers_before_are_back_and_those_there_were_not_are_gone(rules: Rules) -> None:
    before = session_of(PASSING)
    filled, _ = fill(before, rules, calls_per_year="2M", usd_per_failure="$2")
    undone, reply = step(filled, Undone(since=before.version, upto=filled.version), rules)
    assert reply.report == current(before, rules).report
    assert [note.code for note in reply.notes] == ["undone"]
    assert new(filled, undone) == [("undo", "calls_per_year", 1_000_000, ""), ("undo", "usd_per_failure", None, "")]


def test_what_was_answered_once_more_since_stays(rules: Rules) -> None:
    before = session_of(PASSING)
    filled, _ = fill(before, rules, calls_per_year="2M", training_usd="$900")
    later, _ = fill(filled, rules, calls_per_year="3M")
    undone, _ = step(later, Undone(since=before.version, upto=filled.version), rules)
    assert new(later, undone) == [("undo", "training_usd", "500", "")]


@pytest.mark.parametrize("between", ["undo", "restart"])
def test_with_nothing_left_to_undo_nothing_is_changed(rules: Rules, between: str) -> None:
    before = session_of(PASSING)
    filled, _ = fill(before, rules, calls_per_year="2M")
    event = Undone(since=before.version, upto=filled.version)
    once = filled.plus("restart") if between == "restart" else step(filled, event, rules)[0]
    twice, reply = step(once, event, rules)
    assert twice == once
    assert [note.code for note in reply.notes] == ["moved_on"]


def test_an_answer_that_was_undone_is_asked_for_in_its_turn(rules: Rules) -> None:
    before = opening("x")
    filled, _ = fill(before, rules, goal="routing", prompt_tried="yes")
    asked, _ = step(filled, Typed(text="back"), rules)
    _, reply = step(asked, Undone(since=before.version, upto=filled.version), rules)
    assert reply.pending == "goal"
    assert reply.report.answers == Answers()

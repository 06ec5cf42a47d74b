"""Deciding again: the old figures stay, and only what may have changed is asked once more."""

from advisor import load_rules
from advisor.conversation import Clicked, Typed, current, opening, step
from advisor.session import Session, state_of
from tests.advisor.strategies import PAIRS

RULES = load_rules()
CHANGES = [row.id for row in RULES.questions if row.changes]
GIVEN = {
    "goal": "smaller_model", "prompt_tried": True, "rag_tried": "yes", "failure_cause": "format", "eval_pairs": PAIRS,
    "measured_pass_rate": "0.8", "target_pass_rate": "0.9", "large_model_meets_target": True,
    "eval_overlaps_training": False, "calls_per_year": 1_000_000, "usd_per_call_now": "0.03",
    "usd_per_call_after": "0.001", "pass_rate_without_tuning": "0.9", "training_pairs": 5000,
    "labeled_pairs": 0, "usd_per_label": "1",
    "training_usd": "500", "upkeep_usd_per_month": "200", "hosting_usd_per_month": "0", "retrain_pipeline": True,
    "retrain_budget": True, "retrain_owner": "R. Okafor",
}  # fmt: skip


def decided() -> Session:
    session = opening("Route our tickets")
    for field, value in GIVEN.items():
        session = session.plus("answer", field=field, value=value)
    assert current(session, RULES).face == "report"
    return session


def test_only_what_may_have_changed_is_asked_once_more_and_then_the_report_stands_again() -> None:
    session, reply = step(decided(), Clicked(verb="again"), RULES)
    asked = []
    while reply.face == "question":
        asked.append(reply.pending)
        session, reply = step(session, Typed(text=str(GIVEN[reply.pending])), RULES)
    assert asked == CHANGES
    assert reply.face == "report"


def test_a_changed_figure_changes_the_verdict_and_the_rest_is_kept() -> None:
    session, reply = step(decided(), Typed(text="decide again"), RULES)
    while reply.face == "question":
        text = "100k" if reply.pending == "calls_per_year" else str(GIVEN.get(reply.pending, "0"))
        session, reply = step(session, Typed(text=text), RULES)
    assert reply.report.verdict.kind == "remodel_the_math"
    assert reply.report.answers.goal == "smaller_model"


def test_starting_over_ends_the_second_look() -> None:
    session, _ = step(decided(), Clicked(verb="again"), RULES)
    session, reply = step(session, Clicked(verb="restart"), RULES)
    assert state_of(session, RULES).again == []
    assert reply.pending == "goal"


def test_what_was_never_answered_is_not_asked_again() -> None:
    _, reply = step(opening("x"), Clicked(verb="again"), RULES)
    assert reply.pending == "goal"


def test_a_description_taken_from_a_message_can_be_dropped() -> None:
    _, reply = step(opening("Somebody's long proposal"), Clicked(verb="drop"), RULES)
    assert (reply.title, reply.description) == ("", "")
    assert [note.code for note in reply.notes] == ["dropped"]


def test_still_keeps_an_answer_exactly_whatever_its_words_would_read_as() -> None:
    session, reply = step(decided(), Clicked(verb="again"), RULES)
    before = reply.report.answers
    session, reply = step(session, Clicked(verb="answer", field=reply.pending, option="still"), RULES)
    assert reply.report.answers == before
    assert [note.code for note in reply.notes] == ["read"]
    assert reply.pending == CHANGES[1]

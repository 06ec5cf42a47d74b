"""Which question comes next: in gate order, only what can still change the outcome."""

from collections.abc import Iterator
from typing import Literal

from advisor.advice import decide
from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.report import Report
from advisor.roi import BEHAVIOUR_CAUSES, COST_INPUTS, SAVINGS_INPUTS, savings
from advisor.rulebook import Rules
from advisor.session import State

Offer = Literal["continue", "rest", "plan", "poc", "change"]


def pending_question(state: State, rules: Rules) -> str:
    """The field (or ``title``, ``description``) being asked about, empty when the report stands."""
    if state.ended:
        return ""
    if state.asked:
        return state.asked
    if state.paused:
        return ""
    answers = state.answers
    if state.track != "gates":
        for row in rules.questions:
            if row.asked_for == state.track and getattr(answers, row.id) is None and _worth_asking(row.id, answers):
                return row.id
    return next_question(answers, rules, rest=state.rest) or ""


def next_question(answers: Answers, rules: Rules, *, rest: bool = False) -> str | None:
    """The next question in gate order that can still change the outcome; ``None`` when there is none, or when the
    gate being asked is blocked (unless the person wants to answer the ``rest`` anyway)."""
    report = decide(answers, rules)
    for gate in report.gates:
        for row in rules.questions:
            open_here = row.asked_for == "gates" and gate.number in row.gates and getattr(answers, row.id) is None
            if open_here and row.applies(answers) and _can_move(gate.number, row.id, answers, report):
                return row.id
        if gate.status == "blocked" and not rest:
            return None
    return None


def _worth_asking(field: str, answers: Answers) -> bool:
    """Outside the gates: quality parity needs a dearer model being replaced (§5)."""
    if field != "quality_parity":
        return True
    now, after = answers.known("usd_per_call_now"), answers.known("usd_per_call_after")
    return now is not None and after is not None and now > after


def _can_move(gate: int, field: str, answers: Answers, report: Report) -> bool:
    """Whether an answer to this field can still move this gate or its figures. The other place to change when a
    gate starts to read a field; a test holds both against every combination of answers."""
    blocked = report.gates[gate - 1].status == "blocked"
    if gate == 1:
        return not blocked and _can_move_gate_1(field, answers)
    if gate == 3:
        return _can_move_gate_3(field, answers, report)
    return not blocked


def _can_move_gate_1(field: str, answers: Answers) -> bool:
    if field == "measured_pass_rate":
        return bool(answers.known("eval_pairs"))
    if field == "target_pass_rate":
        return bool(answers.known("eval_pairs")) and answers.known("measured_pass_rate") is not None
    if field == "large_model_meets_target":
        steady = ("goal", "prompt_tried", "rag_tried", "failure_cause", "eval_pairs", "target_pass_rate")
        return bool(answers.known("eval_pairs")) and all(answers.known(name) is not None for name in steady)
    return True


def _can_move_gate_3(field: str, answers: Answers, report: Report) -> bool:
    gate, roi = report.gates[2], report.roi
    saved = savings(answers)
    if any(getattr(answers, name) == UNKNOWN for name in SAVINGS_INPUTS):
        return False
    if field in SAVINGS_INPUTS:
        return True
    # More savings matter only while the year does not pay safely without them.
    short = (saved is not None and saved <= 0) or (roi is not None and roi.band in ("no", "thin"))
    if field == "other_savings_usd_per_year":
        return short
    measured, target = answers.known("measured_pass_rate"), answers.known("target_pass_rate")
    gap = measured is not None and target is not None and target > measured
    behaviour = answers.failure_cause in BEHAVIOUR_CAUSES and answers.large_model_meets_target is not True
    if field in ("usd_per_failure", "large_model_meets_target"):
        return short and gap and behaviour
    if field == "failure_cause":
        return short and gap
    if field in ("measured_pass_rate", "target_pass_rate"):
        return short and behaviour and bool(answers.known("eval_pairs"))
    # What is left are the costs: one that is not known leaves the year open whatever the others are.
    if any(getattr(answers, name) == UNKNOWN for name in COST_INPUTS):
        return False
    if field == "hosting_usd_per_month":
        return gate.status != "blocked"
    return gate.status != "blocked" or gate.reason == "does_not_pay"


def gate_asked(pending: str, answers: Answers, rules: Rules, report: Report) -> int | None:
    """The gate a pending question is asked for: the first of its gates it can still move, else its first."""
    if pending not in FIELDS:
        return None
    row = rules.question(pending)
    movable = (gate for gate in row.gates if getattr(answers, pending) is None)
    return next(
        (gate for gate in movable if row.asked_for == "gates" and _can_move(gate, pending, answers, report)),
        row.gates[0] if row.gates and row.asked_for == "gates" else None,
    )


def offers(state: State, answers: Answers, rules: Rules, report: Report) -> Iterator[Offer]:
    """What a report can lead to."""
    upcoming = next_question(answers, rules, rest=state.rest)
    if state.paused and upcoming:
        yield "continue"
    elif not state.rest and upcoming is None and next_question(answers, rules, rest=True):
        yield "rest"
    if report.verdict.kind in ("run_poc", "scale_up", "revisit_approach"):
        yield "poc"
    plan = (row.id for row in rules.questions if row.asked_for == "plan")
    if answers.goal != "live_facts" and any(getattr(answers, field) is None for field in plan):
        yield "plan"
    if state.values:
        yield "change"

"""Which question comes next: in gate order, only what can still change the outcome."""

from collections.abc import Iterator
from typing import Literal

from advisor.gates import waiting
from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.poc import trial_question
from advisor.report import Report
from advisor.roi import (
    COST_INPUTS,
    FEWER_FAILURES,
    SAVINGS_INPUTS,
    all_known,
    pays_only_through_fewer_failures,
    savings,
)
from advisor.rulebook import Rules
from advisor.session import State

Offer = Literal["continue", "rest", "plan", "poc", "change"]
_RATES = ("measured_pass_rate", "target_pass_rate")


def pending_question(state: State, report: Report, rules: Rules) -> str:
    """The field (or ``title``, ``description``) being asked about, empty when the report stands."""
    if state.ended:
        return ""
    if state.asked:
        return state.asked
    if state.paused:
        return ""
    if state.again:
        return state.again[0]
    aside = None
    if state.track == "poc":
        aside = trial_question(report.answers, rules)
    elif state.track == "plan":
        aside = next(_of_the_plan(report.answers, rules), None)
    return aside or next_question(report, rules, rest=state.rest) or ""


def _of_the_plan(answers: Answers, rules: Rules) -> Iterator[str]:
    return (row.id for row in rules.questions if row.asked_for == "plan" and getattr(answers, row.id) is None)


def next_question(report: Report, rules: Rules, *, rest: bool = False) -> str | None:
    """The next question in gate order that can still change the outcome; ``None`` when there is none, or when the
    gate being asked is blocked (unless the person wants to answer the ``rest`` anyway)."""
    answers = report.answers
    unasked = [row for row in rules.questions if row.asked_for == "gates" and getattr(answers, row.id) is None]
    for gate in report.gates:
        for row in unasked:
            if gate.number in row.gates and row.applies(answers) and _can_move(gate.number, row.id, report):
                return row.id
        if gate.status == "blocked" and not rest:
            return None
    return None


def _can_move(gate: int, field: str, report: Report) -> bool:
    """Whether an answer to this field can still move this gate or its figures. The other place to change when a
    gate starts to read a field; a test holds both against every combination of answers."""
    if gate == 1:
        return _can_move_gate_1(field, report)
    if gate == 3:
        return _can_move_gate_3(field, report)
    return report.gates[gate - 1].status != "blocked"


def _can_move_gate_1(field: str, report: Report) -> bool:
    gate, answers = report.gates[0], report.answers
    if gate.status == "blocked":
        return False
    if field == "measured_pass_rate":
        return bool(answers.known("eval_pairs"))
    if field == "target_pass_rate":
        return bool(answers.known("eval_pairs")) and answers.known("measured_pass_rate") is not None
    if field == "large_model_meets_target":
        return gate.reason in ("ceiling_behaviour", "no_named_ceiling")
    return True


def _can_move_gate_3(field: str, report: Report) -> bool:
    gate, answers = report.gates[2], report.answers
    if gate.reason == "quality_not_equal" or any(getattr(answers, name) == UNKNOWN for name in SAVINGS_INPUTS):
        return False
    if field in SAVINGS_INPUTS:
        return True
    saved, band = savings(answers), report.roi.band if report.roi else None
    # More savings matter only while the year does not pay safely without them.
    short = saved is not None and (saved <= 0 or band in ("no", "thin"))
    if field == "other_savings_usd_per_year":
        return short
    if field == "usd_per_failure":
        return short and waiting(answers) and all_known(answers, ("failure_cause", *_RATES))
    if field in FEWER_FAILURES and gate.status == "passed":
        return field == "large_model_meets_target" and pays_only_through_fewer_failures(answers)
    if field in _RATES:
        # An answer moves nothing while the other rate is not known, and nothing passes on an empty set.
        measurable = answers.eval_pairs != 0 and UNKNOWN not in (answers.measured_pass_rate, answers.target_pass_rate)
        return measurable and short and waiting(answers)
    if field in FEWER_FAILURES:
        return short and waiting(answers)
    # What is left are the costs: one that is not known leaves the year open whatever the others are.
    if any(getattr(answers, name) == UNKNOWN for name in COST_INPUTS):
        return False
    return gate.status != "blocked" or (field == "labeled_pairs" and gate.reason == "does_not_pay")


def gate_asked(pending: str, report: Report, rules: Rules) -> int | None:
    """The gate a pending question is asked for: the first of its gates it can still move, else its first."""
    if pending not in FIELDS or rules.question(pending).asked_for != "gates":
        return None
    gates = rules.question(pending).gates
    unasked = getattr(report.answers, pending) is None
    return next((gate for gate in gates if unasked and _can_move(gate, pending, report)), gates[0])


def offers(state: State, report: Report, rules: Rules) -> Iterator[Offer]:
    """What a report can lead to."""
    upcoming = next_question(report, rules, rest=state.rest)
    if state.paused and upcoming:
        yield "continue"
    elif not state.rest and upcoming is None and next_question(report, rules, rest=True):
        yield "rest"
    if report.verdict.kind in ("run_poc", "scale_up", "revisit_approach"):
        yield "poc"
    if report.answers.goal != "live_facts" and any(_of_the_plan(report.answers, rules)):
        yield "plan"
    if state.values:
        yield "change"

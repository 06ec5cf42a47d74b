"""Which question comes next: in gate order, only what can still change the outcome. And which stand together on a page
of the form, for those who would rather see them at once."""

from collections.abc import Iterator
from typing import Literal

from advisor.figures import show
from advisor.gates import waiting
from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.poc import asks_parity, has_result, trial_question
from advisor.report import Standing
from advisor.roi import (
    SAVINGS_INPUTS,
    all_labelled,
    cost_inputs,
    costs,
    pays_only_through_fewer_failures,
    rate_gain,
    rate_with_tuning,
    rate_without_tuning,
    replaces_dearer,
    savings,
)
from advisor.rulebook import Question, Rules
from advisor.session import State

Offer = Literal["continue", "rest", "plan", "poc", "change"]
_RATES = ("measured_pass_rate", "target_pass_rate")


def pending_question(state: State, report: Standing, rules: Rules) -> str:
    """The field (or ``title``, ``description``) being asked about, empty when the report stands."""
    if state.ended:
        return ""
    if state.asked:
        return state.asked
    if state.paused or state.decided:
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


def next_question(report: Standing, rules: Rules, *, rest: bool = False) -> str | None:
    """The next question in gate order that can still change the outcome; ``None`` when there is none, or when the
    gate being asked is blocked (unless the person wants to answer the ``rest`` anyway)."""
    return next((field for _, field in _upcoming(report, rules, rest=rest)), None)


def _upcoming(report: Standing, rules: Rules, *, rest: bool) -> Iterator[tuple[int, str]]:
    """Gate and question of all that would be asked if none of it were answered, up to a gate that blocks."""
    answers = report.answers
    unasked = [row for row in rules.questions if row.asked_for == "gates" and getattr(answers, row.id) is None]
    for gate in report.gates:
        for row in unasked:
            if gate.number in row.gates and row.applies(answers) and _can_move(gate.number, row.id, report):
                yield gate.number, row.id
        if gate.status == "blocked" and not rest:
            return


def _can_move(gate: int, field: str, report: Standing) -> bool:
    """Whether an answer to this field can still move this gate or its figures. The other place to change when a
    gate starts to read a field; a test holds both against every combination of answers."""
    if gate == 1:
        return _can_move_gate_1(field, report)
    if gate == 3:
        return _can_move_gate_3(field, report)
    return report.gates[gate - 1].status != "blocked"


def _can_move_gate_1(field: str, report: Standing) -> bool:
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


_FAILURES = ("failure_cause", "large_model_meets_target", "usd_per_failure", "pass_rate_without_tuning", *_RATES)


def _can_move_gate_3(field: str, report: Standing) -> bool:
    gate, answers = report.gates[2], report.answers
    if gate.reason == "quality_not_equal":
        # It opens when the rates tell otherwise, or when the loss gets its price.
        told = answers.known("pass_rate_without_tuning") is not None
        return field == ("usd_per_failure" if told else "pass_rate_without_tuning")
    if any(getattr(answers, name) == UNKNOWN for name in SAVINGS_INPUTS):
        return False
    if field in SAVINGS_INPUTS:
        return True
    saved, band = savings(answers), report.roi.band if report.roi else None
    # More savings matter only while the year does not pay safely without them.
    short = saved is not None and (saved <= 0 or band in ("no", "thin"))
    if field == "other_savings_usd_per_year":
        return short or (saved is not None and not waiting(answers) and costs(answers) > saved)
    if field in _FAILURES:
        return _failures_can_turn(field, report, short=short)
    # What is left are the costs: one that is not known leaves the year open whatever the others are. A label's price
    # is no longer needed once all are labelled.
    needed = set(cost_inputs(answers)) - ({"usd_per_label"} if field == "labeled_pairs" else set())
    if any(getattr(answers, name) == UNKNOWN for name in needed) or (field == "usd_per_label" and field not in needed):
        return False
    return gate.status != "blocked" or (field == "labeled_pairs" and gate.reason == "does_not_pay")


def _failures_can_turn(field: str, report: Standing, *, short: bool) -> bool:
    """Whether this answer about failures can still turn the year: fewer of them make one ``short`` of savings pay, more
    of them eat what it saves, and a trial's saving counts only at a quality that is shown or priced."""
    gate, answers = report.gates[2], report.answers
    if gate.status == "passed" and field == "large_model_meets_target":
        return pays_only_through_fewer_failures(answers)
    gain = rate_gain(answers)
    rises = short and waiting(answers)
    falls = (
        savings(answers) is not None
        and gate.status != "blocked"
        and answers.calls_per_year != 0
        and answers.usd_per_failure not in (0, UNKNOWN)
        and (gain is None or gain < 0)
        and answers.known(rate_with_tuning(answers)) != 1
    )
    if field == "usd_per_failure":
        return rises or (falls and gain is not None)
    rises = rises and gate.status != "passed"
    if field in ("failure_cause", "large_model_meets_target"):
        return rises
    # No rate can be asked for on an empty set, and one that is not known leaves the other nothing to say.
    rates = _rates_to_ask(answers)
    if field not in rates or answers.eval_pairs == 0 or UNKNOWN in (getattr(answers, rate) for rate in rates):
        return False
    return rises or falls or (has_result(answers) and replaces_dearer(answers))


def _rates_to_ask(answers: Answers) -> tuple[str, str]:
    """The fields that bring the two rates. Where nobody knows the untuned model's own, that of what would run does."""
    without = rate_without_tuning(answers)
    if answers.measured_pass_rate == UNKNOWN:
        without = "pass_rate_without_tuning"
    return rate_with_tuning(answers), without


def gate_asked(pending: str, report: Standing, rules: Rules) -> int | None:
    """The gate a pending question is asked for: the first of its gates it can still move, else its first."""
    if pending not in FIELDS or rules.question(pending).asked_for != "gates":
        return None
    gates = rules.question(pending).gates
    unasked = getattr(report.answers, pending) is None
    return next((gate for gate in gates if unasked and _can_move(gate, pending, report)), gates[0])


def offers(state: State, report: Standing, rules: Rules) -> Iterator[Offer]:
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


# ---- the form: questions a page at a time

FIGURES = "figures"
"""The page of the numbers that gates 2 and 3 stand on, to be tried."""
PLAN = "plan"
"""The page of what is asked after the verdict, on request."""


def page_of(field: str, report: Standing, rules: Rules) -> str:
    """The page of the form that a question stands on: its gate's number, else what it is asked for."""
    return str(gate_asked(field, report, rules) or rules.question(field).asked_for)


def page_after(page: str, state: State, report: Standing, rules: Rules) -> str:
    """The page that follows: the next gate's with something left to ask. Empty when there is none, or when a gate on
    the way blocks."""
    if not page.isdigit() or state.paused or state.ended:
        return ""
    if state.again:
        ahead = [page_of(field, report, rules) for field in state.again]
    else:
        upcoming = _upcoming(report, rules, rest=state.rest)
        ahead = [str(gate) for gate, field in upcoming if page_of(field, report, rules) == str(gate)]
    return next((other for other in ahead if other > page), "")


def lines_of(page: str, report: Standing, rules: Rules) -> dict[str, str]:
    """The lines of a page in order: field -> its answer as it would be typed, empty for none. A question that does not
    apply, by what is known, is left out; a number to be tried is not, since the others are tried as well."""
    if page == FIGURES:
        rows = [row for row in rules.questions if row.asked_for == "gates" and _is_figure(row)]
    else:
        on_it = (row for row in rules.questions if page_of(row.id, report, rules) == page)
        rows = [row for row in on_it if not _ruled_out(row, report)]
    return {row.id: as_typed(row, report.answers) for row in rows}


def as_typed(row: Question, answers: Answers) -> str:
    """An answer as a person would type it; empty when there is none."""
    value = getattr(answers, row.id)
    if value is None:
        return ""
    return next((option.label for option in row.options if option.id == value), show(row.id, value))


def _is_figure(row: Question) -> bool:
    return bool({2, 3} & set(row.gates)) and row.kind in ("count", "rate", "money")


def _ruled_out(row: Question, report: Standing) -> bool:
    """Whether a question does not apply whatever else is answered on its page."""
    answers = report.answers
    if any(getattr(answers, field) not in (None, *allowed) for field, allowed in row.ask_if.items()):
        return True
    if row.id == "quality_parity":
        return not asks_parity(answers)
    if getattr(answers, row.id) is not None:
        return False
    if row.id == "usd_per_label" and all_labelled(answers):
        return True
    # Once the year can be computed it tells which of these can still turn it; before that any of them may.
    return report.roi is not None and row.gates == (3,) and not _can_move(3, row.id, report)

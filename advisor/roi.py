"""One year of money (§5): what tuning costs, what it saves, when it pays.

Exact rationals inside, rounded once on the way out (28 significant digits, half-even).
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from advisor.model import Answers, decimal
from advisor.report import Roi, RoiLines
from advisor.rulebook import Rules

COST_INPUTS = ("training_pairs", "usd_per_label", "training_usd", "upkeep_usd_per_month")
SAVINGS_INPUTS = ("calls_per_year", "usd_per_call_now", "usd_per_call_after")
FEWER_FAILURES = ("failure_cause", "measured_pass_rate", "target_pass_rate", "large_model_meets_target")
OPTIONAL_LINES = ("hosting_usd_per_month", "labeled_pairs", "usd_per_failure", "other_savings_usd_per_year")
BEHAVIOUR_CAUSES = frozenset({"citation", "tone", "format", "classification", "safety_policy"})


def _fraction(answers: Answers, field: str) -> Fraction:
    return Fraction(answers.known(field) or 0)


def all_known(answers: Answers, fields: tuple[str, ...]) -> bool:
    return all(answers.known(field) is not None for field in fields)


def _saved_per_call(answers: Answers) -> Fraction:
    return _fraction(answers, "usd_per_call_now") - _fraction(answers, "usd_per_call_after")


def _fewer_failures_per_call(answers: Answers) -> Fraction:
    """USD a call that reaching the target is worth. A model that already reaches it elsewhere makes the failures
    avoidable without tuning, so they are then no saving of tuning's."""
    if answers.failure_cause not in BEHAVIOUR_CAUSES or answers.large_model_meets_target is True:
        return Fraction(0)
    if not all_known(answers, ("usd_per_failure", "target_pass_rate", "measured_pass_rate")):
        return Fraction(0)
    gap = _fraction(answers, "target_pass_rate") - _fraction(answers, "measured_pass_rate")
    return _fraction(answers, "usd_per_failure") * max(gap, Fraction(0))


def savings(answers: Answers) -> Fraction | None:
    """USD a year, or ``None`` while the calls or a price are not known."""
    if not all_known(answers, SAVINGS_INPUTS):
        return None
    per_call = _saved_per_call(answers) + _fewer_failures_per_call(answers)
    return per_call * _fraction(answers, "calls_per_year") + _fraction(answers, "other_savings_usd_per_year")


def _cost_lines(answers: Answers) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    to_label = max(0, answers.known("training_pairs") - (answers.known("labeled_pairs") or 0))
    return (
        to_label * _fraction(answers, "usd_per_label"),
        _fraction(answers, "training_usd"),
        12 * _fraction(answers, "upkeep_usd_per_month"),
        12 * _fraction(answers, "hosting_usd_per_month"),
    )


def pays_only_through_fewer_failures(answers: Answers) -> bool:
    """Whether taking the avoided failures away would leave savings at or below cost (inputs all known)."""
    total = savings(answers)
    fewer = _fewer_failures_per_call(answers) * answers.known("calls_per_year")
    return fewer > 0 and total is not None and total - fewer <= sum(_cost_lines(answers))


def usd_per_failure_needed(answers: Answers) -> Decimal | None:
    """The price of one failing output, USD, above which the year pays; ``None`` while an input is missing, and when
    that price is known and something else keeps the year open."""
    inputs = (*COST_INPUTS, *SAVINGS_INPUTS, "target_pass_rate", "measured_pass_rate")
    if answers.known("usd_per_failure") is not None or not all_known(answers, inputs):
        return None
    gap = _fraction(answers, "target_pass_rate") - _fraction(answers, "measured_pass_rate")
    avoided = gap * answers.known("calls_per_year")
    if avoided <= 0:
        return None
    without = _saved_per_call(answers) * answers.known("calls_per_year")
    short = sum(_cost_lines(answers)) - without - _fraction(answers, "other_savings_usd_per_year")
    return decimal(short / avoided)


def roi(answers: Answers, rules: Rules) -> Roi | None:
    """The year's return, or ``None`` while one of gate 3's inputs is not known. Counts as 0, and says so, what was
    not known of hosting, labelled pairs, the price of a failure and other savings (§5)."""
    total = savings(answers)
    if total is None or not all_known(answers, COST_INPUTS):
        return None
    labelling, training, upkeep, hosting = _cost_lines(answers)
    cost = labelling + training + upkeep + hosting
    calls = answers.known("calls_per_year")
    other = _fraction(answers, "other_savings_usd_per_year")
    saved, fewer = _saved_per_call(answers), _fewer_failures_per_call(answers)
    per_call = saved + fewer
    safe = Fraction(rules.roi.safe_from_ratio)
    monthly = (total - upkeep - hosting) / 12
    return Roi(
        cost_usd=decimal(cost),
        savings_usd=decimal(total),
        ratio=decimal(total / cost) if cost else None,
        net_usd=decimal(total - cost),
        net_roi=decimal((total - cost) / cost) if cost else None,
        band=("no" if total <= cost else "safe" if total >= safe * cost else "thin") if cost else None,
        break_even_calls=max(0, floor((cost - other) / per_call) + 1) if per_call > 0 else None,
        safe_calls=max(0, ceil((safe * cost - other) / per_call)) if per_call > 0 else None,
        payback_months=decimal((labelling + training) / monthly) if monthly > 0 else None,
        hosting_headroom_usd_per_month=decimal((total - cost + hosting) / 12),
        counted_as_zero=tuple(field for field in OPTIONAL_LINES if answers.known(field) is None),
        lines=RoiLines(
            labelling_usd=decimal(labelling),
            training_usd=decimal(training),
            upkeep_usd=decimal(upkeep),
            hosting_usd=decimal(hosting),
            api_savings_usd=decimal(saved * calls),
            fewer_failures_usd=decimal(fewer * calls),
            other_savings_usd=decimal(other),
        ),
    )

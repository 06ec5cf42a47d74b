"""One year of money (§5): what tuning costs, what it saves, when it pays.

Exact rationals inside, rounded once on the way out (28 significant digits, half-even).
"""

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import NamedTuple

from advisor.model import Answers, decimal
from advisor.poc import has_result
from advisor.report import Band, Roi, RoiLines
from advisor.rulebook import Rules

PRICES = ("usd_per_call_now", "usd_per_call_after")
SAVINGS_INPUTS = ("calls_per_year", *PRICES)
COST_INPUTS = ("training_pairs", "usd_per_label", "training_usd", "upkeep_usd_per_month")
OPTIONAL_LINES = ("hosting_usd_per_month", "labeled_pairs", "usd_per_failure", "other_savings_usd_per_year")
FIRST_YEAR = ("engineering_usd", "go_live_months")
"""What the chapter's year leaves out: it is reckoned beside it."""
RANGED = (
    *SAVINGS_INPUTS, *COST_INPUTS, *OPTIONAL_LINES,
    "target_pass_rate", "poc_tuned_pass_rate", "measured_pass_rate", "pass_rate_without_tuning",
)  # fmt: skip
"""The fields whose range the year can feel."""
BEHAVIOUR_CAUSES = frozenset({"citation", "tone", "format", "classification", "safety_policy"})


EXACT = Context(prec=500, traps=[Inexact])
"""For sums and products, which have to be exact: an answer has 60 digits at most, a product of three of them with what
is added to it some 200. A quotient may never end, and is a fraction. Decimals are ten times as quick as those, and a
report asks a hundred times whether the year pays."""
_NOTHING = Decimal(0)
_YEAR = Decimal(12)
"""Months."""


@lru_cache(maxsize=4096)
def _exact(value: Decimal | int) -> Fraction:
    return Fraction(value)


def _fraction(answers: Answers, field: str) -> Fraction:
    """The field's value; what is not known is nothing."""
    return _exact(answers.known(field) or 0)


def all_known(answers: Answers, fields: tuple[str, ...]) -> bool:
    known = answers.known
    for field in fields:  # noqa: SIM110 - a generator costs more than what it looks at
        if known(field) is None:
            return False
    return True


def all_labelled(answers: Answers) -> bool:
    """Whether nothing is left to label, so that no price of a label is needed."""
    planned, labelled = answers.known("training_pairs"), answers.known("labeled_pairs")
    return planned is not None and labelled is not None and planned <= labelled


_LABELLED_INPUTS = tuple(field for field in COST_INPUTS if field != "usd_per_label")


def cost_inputs(answers: Answers) -> tuple[str, ...]:
    """The fields without which the year's cost is not known."""
    return _LABELLED_INPUTS if all_labelled(answers) else COST_INPUTS


def replaces_dearer(answers: Answers) -> bool:
    """Whether both prices are known and a call costs less after tuning: a dearer model is then replaced."""
    return all_known(answers, PRICES) and bool(answers.known("usd_per_call_now") > answers.known("usd_per_call_after"))


def rate_with_tuning(answers: Answers) -> str:
    """The field that holds the tuned model's pass rate: the trial's once there is a result, else the target."""
    return "poc_tuned_pass_rate" if has_result(answers) else "target_pass_rate"


def rate_without_tuning(answers: Answers) -> str:
    """The field that holds the pass rate of what would run without tuning. The untuned model's own rate stands in for
    it, unless a dearer model is replaced or one is known to reach the target: then that one would run (D20)."""
    if answers.known("pass_rate_without_tuning") is not None or replaces_dearer(answers):
        return "pass_rate_without_tuning"
    return "pass_rate_without_tuning" if answers.large_model_meets_target is True else "measured_pass_rate"


def rate_gain(answers: Answers) -> Decimal | None:
    """How much more passes on the tuned model than on what would run without it, a share of all calls and signed;
    ``None`` while one of the two rates is not known."""
    tuned, otherwise = answers.known(rate_with_tuning(answers)), answers.known(rate_without_tuning(answers))
    return None if tuned is None or otherwise is None else EXACT.subtract(tuned, otherwise)


def loses_quality(answers: Answers) -> bool | None:
    """Whether the tuned model is worse than the dearer one it replaces; ``None`` when neither the rates nor an answer
    tell (§5)."""
    gain, parity = rate_gain(answers), answers.known("quality_parity")
    if answers.known("pass_rate_without_tuning") is not None:
        return None if gain is None else gain < 0
    return None if parity is None else not parity


def loss_is_priced(answers: Answers) -> bool:
    """Whether a loss of quality has its price in the sum: then it need not block (D18)."""
    return rate_gain(answers) is not None and bool(answers.known("usd_per_failure"))


def _saved_per_call(answers: Answers) -> Fraction:
    now, after = (answers.known(price) or 0 for price in PRICES)
    return _exact(EXACT.subtract(now, after))


def failures_saved_per_call(answers: Answers) -> Fraction:
    """USD a call, signed: failures are counted against what would run without tuning, as the calls are. More failures
    always cost; fewer are tuning's doing only where it is for how the model answers."""
    return _exact(_fewer_failures(answers))


def _fewer_failures(answers: Answers) -> Decimal:
    gain, usd = rate_gain(answers), answers.known("usd_per_failure")
    if gain is None or not usd or (gain > 0 and answers.failure_cause not in BEHAVIOUR_CAUSES):
        return _NOTHING
    return EXACT.multiply(usd, gain)


def saved_by_a_call(answers: Answers) -> Fraction:
    """USD: what one more call saves or, below 0, loses; calls and prices known."""
    return _saved_per_call(answers) + failures_saved_per_call(answers)


def savings(answers: Answers) -> Fraction | None:
    """USD a year, or ``None`` while the calls or a price are not known."""
    saved = _savings(answers)
    return None if saved is None else _exact(saved)


def _savings(answers: Answers) -> Decimal | None:
    calls, now, after = map(answers.known, SAVINGS_INPUTS)
    if calls is None or now is None or after is None:
        return None
    per_call = EXACT.add(EXACT.subtract(now, after), _fewer_failures(answers))
    return EXACT.fma(per_call, calls, answers.known("other_savings_usd_per_year") or 0)


_COSTS = (*COST_INPUTS, "labeled_pairs", "hosting_usd_per_month")


def _lines(answers: Answers) -> list[Decimal | int]:
    """The lines of the year's cost; what is not known of it counts as nothing."""
    planned, usd_per_label, training, upkeep, labelled, hosting = [value or 0 for value in map(answers.known, _COSTS)]
    labelling = EXACT.multiply(usd_per_label, max(0, planned - labelled))
    return [labelling, training, EXACT.multiply(upkeep, _YEAR), EXACT.multiply(hosting, _YEAR)]


def costs(answers: Answers) -> Fraction:
    """USD in the year; what is not known of it counts as nothing."""
    return _exact(_costs(answers))


def _costs(answers: Answers) -> Decimal:
    labelling, training, upkeep, hosting = _lines(answers)
    return EXACT.add(EXACT.add(labelling, training), EXACT.add(upkeep, hosting))


def left_over(answers: Answers, ratio: Decimal | int) -> Decimal | None:
    """USD: what the year saves beyond so many times its cost, as far as that is known; ``None`` while the calls or a
    price are not."""
    saved = _savings(answers)
    return None if saved is None else EXACT.subtract(saved, EXACT.multiply(ratio, _costs(answers)))


def break_even_calls(answers: Answers) -> int | None:
    """The least whole number of calls with savings above cost; ``None`` when a call saves nothing (gate 3's inputs are
    known)."""
    per_call = saved_by_a_call(answers)
    short = costs(answers) - _fraction(answers, "other_savings_usd_per_year")
    return max(0, floor(short / per_call) + 1) if per_call > 0 else None


def pays(answers: Answers) -> bool | None:
    """Whether the year saves more than it costs; ``None`` while an input is not known."""
    left = left_over(answers, 1)
    return left > 0 if left is not None and all_known(answers, cost_inputs(answers)) else None


def pays_only_through_fewer_failures(answers: Answers) -> bool:
    """Whether taking the avoided failures away would leave savings at or below cost (inputs all known)."""
    total = savings(answers)
    fewer = failures_saved_per_call(answers) * _fraction(answers, "calls_per_year")
    return fewer > 0 and total is not None and total - fewer <= costs(answers)


def usd_per_failure_needed(answers: Answers) -> Decimal | None:
    """The price of one failing output, USD, above which the year pays; ``None`` while an input or a rate is missing,
    when tuning avoids no failure, and when that price is known and something else keeps the year open."""
    inputs = (*cost_inputs(answers), *SAVINGS_INPUTS)
    if answers.known("usd_per_failure") is not None or not all_known(answers, inputs):
        return None
    calls = _fraction(answers, "calls_per_year")
    avoided = _exact(rate_gain(answers) or 0) * calls
    if avoided <= 0:
        return None
    without = _saved_per_call(answers) * calls
    short = costs(answers) - without - _fraction(answers, "other_savings_usd_per_year")
    return decimal(short / avoided)


def band_of(saved: Fraction, cost: Fraction, rules: Rules) -> Band | None:
    """Whether a year pays, and safely; ``None`` where it costs nothing."""
    safe = Fraction(rules.roi.safe_from_ratio)
    return ("no" if saved <= cost else "safe" if saved >= safe * cost else "thin") if cost else None


def roi(answers: Answers, rules: Rules) -> Roi | None:
    """The year's return, or ``None`` while one of gate 3's inputs is not known. Counts as 0, and says so, what was
    not known of hosting, labelled pairs, the price of a failure and other savings (§5)."""
    total = savings(answers)
    if total is None or not all_known(answers, cost_inputs(answers)):
        return None
    labelling, training, upkeep, hosting = map(_exact, _lines(answers))
    cost = costs(answers)
    calls = answers.known("calls_per_year")
    other = _fraction(answers, "other_savings_usd_per_year")
    saved, fewer = _saved_per_call(answers), failures_saved_per_call(answers)
    per_call = saved + fewer
    safe = Fraction(rules.roi.safe_from_ratio)
    monthly = (total - upkeep - hosting) / 12
    return Roi(
        cost_usd=decimal(cost),
        savings_usd=decimal(total),
        ratio=decimal(total / cost) if cost else None,
        net_usd=decimal(total - cost),
        net_roi=decimal((total - cost) / cost) if cost else None,
        band=band_of(total, cost, rules),
        break_even_calls=break_even_calls(answers),
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


class Months(NamedTuple):
    """What was spent and saved by the end of each month, USD, from month 0 to 12."""

    costs_usd: tuple[Decimal, ...]
    savings_usd: tuple[Decimal, ...]


def by_month(roi: Roi) -> Months:
    """The year month by month: labels and training come first, all else in equal parts (§5)."""
    lines = roi.lines
    once = Fraction(lines.labelling_usd) + Fraction(lines.training_usd)
    monthly = (Fraction(lines.upkeep_usd) + Fraction(lines.hosting_usd)) / 12
    saved = Fraction(roi.savings_usd) / 12
    months = range(13)
    return Months(
        tuple(decimal(once + month * monthly) for month in months), tuple(decimal(month * saved) for month in months)
    )

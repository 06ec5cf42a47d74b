"""Where a condition can change as one number does and the other answers stay: at the few levels it is compared with,
and where the year breaks even. Numbers are told in whole units.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from advisor.beyond.conditions import PAYS
from advisor.gates import eval_pairs_needed
from advisor.model import FIELDS, Answers
from advisor.roi import EXACT, left_over
from advisor.rulebook import Rules

MOST = 10**12

_PLACES = {"call": -6, "failure": -4}
"""Decimal places of the unit of money by what it is for; the others are told in cents."""


@cache
def unit(field: str) -> Decimal:
    """The step in which a number is told: one of a count, a tenth of a percent, a cent; a millionth of a dollar for a
    call, a hundredth of a cent for a failure."""
    asked = FIELDS[field]
    return Decimal(1).scaleb({"count": 0, "rate": -3}.get(asked.kind, _PLACES.get(asked.per, -2)))


def is_number(field: str) -> bool:
    return FIELDS[field].kind in ("count", "rate", "money")


def lowest(field: str) -> int:
    return 1 if field == "training_pairs" else 0


def highest(field: str) -> int:
    return 1 if FIELDS[field].kind == "rate" else MOST


def typed(field: str, value: Any) -> Any:
    """The value as ``Answers`` holds it."""
    kind = FIELDS[field].kind
    return Decimal(value) if kind in ("rate", "money") else int(value) if kind == "count" else value


_LEVELS: Mapping[str, tuple[str, ...]] = {
    "measured_pass_rate": ("target_pass_rate",),
    "target_pass_rate": ("measured_pass_rate", "poc_tuned_pass_rate"),
    "poc_tuned_pass_rate": ("target_pass_rate", "poc_baseline_pass_rate"),
    "poc_baseline_pass_rate": ("poc_tuned_pass_rate",),
}
"""Field -> the answers that gate 1 and the trial compare it with."""

_BENDS: Mapping[str, tuple[str, ...]] = {
    "measured_pass_rate": ("target_pass_rate", "poc_tuned_pass_rate"),
    "target_pass_rate": ("measured_pass_rate", "pass_rate_without_tuning"),
    "poc_tuned_pass_rate": ("measured_pass_rate", "pass_rate_without_tuning"),
    "pass_rate_without_tuning": ("target_pass_rate", "poc_tuned_pass_rate"),
    "usd_per_call_now": ("usd_per_call_after",),
    "usd_per_call_after": ("usd_per_call_now",),
    "training_pairs": ("labeled_pairs",),
    "labeled_pairs": ("training_pairs",),
}
"""Field -> the answers at which what the year saves, or costs, stops being the same straight line."""


def critical(field: str, answers: Answers, rules: Rules) -> set[Fraction]:
    """All places where a condition can change as this number does and the other answers stay."""
    levels = {_exact(level) for level in _told(_LEVELS, field, answers)}
    points = _exact(rules.poc.points) / 100
    if field == "poc_tuned_pass_rate":
        levels |= {level + points for level in levels}
    elif field == "poc_baseline_pass_rate":
        levels |= {level - points for level in levels}
    elif field == "eval_pairs":
        levels = {_exact(eval_pairs_needed(rules))}
    elif field == "poc_training_examples":
        levels = {_exact(rules.poc.examples_min)}
    low, high = _exact(lowest(field)), _exact(highest(field))
    return {low, high, *(level for level in levels if low <= level <= high), *_bends_and_roots(field, answers)}


def turning_points(field: str, answers: Answers, ratio: Decimal | int) -> list[Fraction]:
    """Where savings are just so many times the cost as this number changes and the other answers stay, in order.

    Args:
        field: A number that gate 3 reads.
        answers: All of gate 3's inputs are known.
        ratio: Savings over cost, above 0.

    Returns:
        Values of the field; none where it never gets there.
    """
    return sorted(set().union(*(_root(field, answers, ratio, *piece) for piece in pairwise(_pieces(field, answers)))))


def _bends_and_roots(field: str, answers: Answers) -> set[Fraction]:
    # Where a failure has no price, no rate is money: then they only bend what is level.
    if field not in PAYS.reads:
        return set()
    bends = _pieces(field, answers)
    level = FIELDS[field].kind == "rate" and not answers.known("usd_per_failure")
    roots = [] if level else [_root(field, answers, 1, *piece) for piece in pairwise(bends)]
    return {_exact(bend) for bend in bends}.union(*roots)


def _pieces(field: str, answers: Answers) -> list[Decimal | int]:
    """The ends of the straight lines, in order."""
    low, high = lowest(field), highest(field)
    return sorted({low, high, *(level for level in _told(_BENDS, field, answers) if low <= level <= high)})


def _told(others: Mapping[str, tuple[str, ...]], field: str, answers: Answers) -> set[Decimal | int]:
    return {known for other in others.get(field, ()) if (known := answers.known(other)) is not None}


def _root(field: str, answers: Answers, ratio: Decimal | int, low: Decimal | int, high: Decimal | int) -> set[Fraction]:
    """Between two bends what is saved, less the cost times the ratio, is a straight line: where it crosses nothing."""
    # Any two places do; a quarter of the way ends as a decimal, which an answer has to be.
    step = min(_ONE, EXACT.multiply(EXACT.subtract(high, low), _QUARTER))
    near, far = (answers.model_copy(update={field: EXACT.fma(step, part, low)}) for part in (1, 2))
    one, other = left_over(near, ratio), left_over(far, ratio)
    if one is None or other is None or one == other:
        return set()
    root = _exact(low) + _exact(step) * (1 + Fraction(one) / Fraction(EXACT.subtract(one, other)))
    return {root} if low <= root <= high else set()


_ONE, _QUARTER = Decimal(1), Decimal("0.25")


@lru_cache(maxsize=256)
def _exact(number: Decimal | int) -> Fraction:
    return Fraction(number)


def around(field: str, level: Fraction) -> Iterator[Any]:
    """The whole units at a level and next to it."""
    step, low, high = unit(field), lowest(field), highest(field)
    below = level.numerator * _a_unit(step) // level.denominator
    for units in range(below - 1, below + 2):
        value = units * step
        if low <= value <= high:
            yield typed(field, value)


@cache
def _a_unit(step: Decimal) -> int:
    """How many units are one."""
    return int(1 / step)

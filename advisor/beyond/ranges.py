"""What ranges do to the year: how far the ratio can go, whether that changes the verdict, and what drives it.

Somebody who says "5k to 8k" gets an answer (an end or the middle) that the gates read, and keeps the range beside it.
Savings and costs share no answer, so their own bounds give the ratio's; each is monotone in all its inputs but those
that are multiplied by a difference which may change its sign, of which all corners are looked at. Nothing is drawn by
chance.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import exp, log, sqrt
from typing import Any, Literal, NamedTuple

from advisor.beyond.estimates import NORMAL, estimate
from advisor.beyond.levels import turning_points, typed
from advisor.model import Answers, Exact, Frozen, decimal
from advisor.roi import (
    BEHAVIOUR_CAUSES,
    PRICES,
    RANGED,
    all_known,
    cost_inputs,
    costs,
    rate_with_tuning,
    rate_without_tuning,
    replaces_dearer,
    savings,
)
from advisor.rulebook import Rules

Given = Mapping[str, tuple[Decimal | int, Decimal | int]]
"""Field -> the low and the high end that were told."""


class Bar(Frozen):
    """One driver: the ratio with this answer at its low and at its high end, the others as answered. ``crosses``: the
    ratios in between that turn something; ``even_at`` and ``safe_at`` are the values of this answer at which the year
    breaks even and is safe."""

    field: str
    low: Exact
    high: Exact
    ratio_at_low: Exact
    ratio_at_high: Exact
    crosses: tuple[Exact, ...]
    even_at: tuple[Exact, ...]
    safe_at: tuple[Exact, ...]


class Spread(Frozen):
    """How likely what is, were every range a smooth hump (PERT) around its answer, and savings and costs log-normal:
    percentiles of the ratio (``None`` where savings may be none at all), the chances that the year pays, and that it is
    safe, and what it would be worth, in USD, to know the truth before deciding."""

    p5: Exact | None
    p50: Exact | None
    p95: Exact | None
    pays: Exact
    safe: Exact
    worth_knowing_usd: Exact


class Ranges(Frozen):
    """``low_ratio`` and ``high_ratio`` are exact bounds (``None`` where the cost may be 0); ``robust``: whatever the
    truth is in the ranges, the year pays or does not, and is safe or is not. Else ``bars``, the widest first, and
    ``spread`` say what drives it and how likely it is."""

    low_ratio: Exact | None
    high_ratio: Exact | None
    low_net_usd: Exact
    high_net_usd: Exact
    robust: bool
    cautions: tuple[Literal["not_robust"], ...]
    bars: tuple[Bar, ...]
    spread: Spread | None


def ranges(answers: Answers, given: Given, rules: Rules) -> Ranges | None:
    """What the ranges do to the year's ratio.

    Args:
        answers: All of gate 3's inputs; each value that has a range is in it.
        given: The ranges; one that does not hold its answer (any more) counts for nothing.
        rules: The edition; a year is safe from ``rules.roi.safe_from_ratio`` on.

    Returns:
        ``None`` while an input is not known, or without a range that counts.

    Raises:
        ValueError: a low end above the high one.
    """
    spans = {
        field: (typed(field, given[field][0]), typed(field, given[field][1]))
        for field in RANGED
        if field in given and _holds(given[field], answers.known(field))
    }
    if not spans or savings(answers) is None or not all_known(answers, cost_inputs(answers)):
        return None
    saved, cost = _savings_bounds(answers, spans), _cost_bounds(answers, spans)
    safe = Fraction(rules.roi.safe_from_ratio)
    pays = {saved[0] > cost[1], saved[1] > cost[0]}
    is_safe = {saved[0] >= safe * cost[1], saved[1] >= safe * cost[0]}
    robust = len(pays) == len(is_safe) == 1
    return Ranges(
        low_ratio=_ratio(saved[0], cost[1] if saved[0] > 0 else cost[0]),
        high_ratio=_ratio(saved[1], cost[0] if saved[1] > 0 else cost[1]),
        low_net_usd=decimal(saved[0] - cost[1]),
        high_net_usd=decimal(saved[1] - cost[0]),
        robust=robust,
        cautions=() if robust else ("not_robust",),
        bars=() if robust else _tornado(answers, spans, rules.roi.safe_from_ratio),
        spread=None if robust else _spread(answers, spans, saved[0], safe),
    )


def _holds(span: tuple[Decimal | int, Decimal | int], value: Any) -> bool:
    if span[0] > span[1]:
        raise ValueError("ranges: give the low end first")
    return value is not None and span[0] <= value <= span[1]


def _ratio(saved: Fraction, cost: Fraction) -> Decimal | None:
    return decimal(saved / cost) if cost else None


# ---- exact bounds


def _ends(spans: Given, **directions: int) -> dict[str, Any]:
    """Each field that has a range at its low end (0) or its high one (1)."""
    return {field: spans[field][end] for field, end in directions.items() if field in spans}


def _cost_bounds(answers: Answers, spans: Given) -> tuple[Fraction, Fraction]:
    rising = ("training_pairs", "usd_per_label", "training_usd", "upkeep_usd_per_month", "hosting_usd_per_month")
    low, high = (
        costs(answers.model_copy(update=_ends(spans, **dict.fromkeys(rising, end), labeled_pairs=1 - end)))
        for end in (0, 1)
    )
    return low, high


def _savings_bounds(answers: Answers, spans: Given) -> tuple[Fraction, Fraction]:
    low = [told for corner in _corners(answers, spans, 0) if (told := savings(corner)) is not None]
    high = [told for corner in _corners(answers, spans, 1) if (told := savings(corner)) is not None]
    if (level := _level_prices(answers, spans)) is not None:
        # At level prices the untuned model's rate is that of what would run; for a hair less nobody knows a rate, and
        # failures count for nothing (D20).
        even = answers.model_copy(update=dict.fromkeys(PRICES, level))
        high += [told for corner in _corners(even, spans, 1, PRICES) if (told := savings(corner)) is not None]
        least = answers.model_copy(update=_ends(spans, other_savings_usd_per_year=0))
        low.append(Fraction(least.known("other_savings_usd_per_year") or 0))
    return min(low), max(high)


def _corners(answers: Answers, spans: Given, end: int, kept: tuple[str, ...] = ()) -> Iterator[Answers]:
    """The corners that may have the least savings, or the most: each input at its worse or better end, and both ends of
    what is multiplied by a difference."""
    told = {**_ends(spans, usd_per_call_now=end, usd_per_call_after=1 - end, other_savings_usd_per_year=end)}
    told |= _ends(spans, **{rate_with_tuning(answers): end, "measured_pass_rate": 1 - end})
    told |= _ends(spans, pass_rate_without_tuning=1 - end)
    told = {field: value for field, value in told.items() if field not in kept}
    either = [field for field in ("calls_per_year", "usd_per_failure") if field in spans]
    for values in product(*(spans[field] for field in either)):
        yield answers.model_copy(update={**told, **dict(zip(either, values, strict=True))})


def _level_prices(answers: Answers, spans: Given) -> Decimal | int | None:
    """A price both models may have, where another rate stands for what runs without tuning on either side of it."""
    low, high = (
        answers.model_copy(update=_ends(spans, usd_per_call_now=end, usd_per_call_after=1 - end)) for end in (0, 1)
    )
    if replaces_dearer(low) == replaces_dearer(high) or rate_without_tuning(low) == rate_without_tuning(high):
        return None
    lowest = [spans[price][0] if price in spans else answers.known(price) for price in PRICES]
    return max(lowest)


# ---- what drives it


def _tornado(answers: Answers, spans: Given, safe: Decimal) -> tuple[Bar, ...]:
    bars = []
    for field, span in spans.items():
        ends = [_at(answers.model_copy(update={field: end})) for end in span]
        if None in ends or ends[0] == ends[1]:
            continue
        low, high = sorted(end for end in ends if end is not None)
        bars.append((
            high - low,
            Bar(
                field=field,
                low=Decimal(span[0]),
                high=Decimal(span[1]),
                ratio_at_low=decimal(ends[0] or Fraction(0)),
                ratio_at_high=decimal(ends[1] or Fraction(0)),
                crosses=tuple(level for level in (Decimal(1), safe) if low <= level <= high),
                even_at=tuple(map(decimal, turning_points(field, answers, 1))),
                safe_at=tuple(map(decimal, turning_points(field, answers, safe))),
            ),
        ))  # fmt: skip
    return tuple(bar for _, bar in sorted(bars, key=lambda one: -one[0]))


def _at(answers: Answers) -> Fraction | None:
    saved, cost = savings(answers), costs(answers)
    return saved / cost if saved is not None and cost else None


# ---- how likely it is


class _Moments(NamedTuple):
    """Mean and variance."""

    mean: float
    variance: float

    def plus(self, other: "_Moments", times: float = 1) -> "_Moments":
        return _Moments(self.mean + times * other.mean, self.variance + times * times * other.variance)

    def by(self, other: "_Moments") -> "_Moments":
        both = (self.variance + self.mean**2) * (other.variance + other.mean**2)
        return _Moments(self.mean * other.mean, max(0.0, both - (self.mean * other.mean) ** 2))


def _spread(answers: Answers, spans: Given, least: Fraction, safe: Fraction) -> Spread:
    saved, cost = _saved(answers, spans), _cost(answers, spans)
    net = saved.plus(cost, -1)
    worth = estimate(value_of_knowing(net.mean, sqrt(net.variance)))
    if least <= 0 or cost.mean <= 0:
        # No logarithm of what may be nothing: what is left over is taken to be normal.
        pays, is_safe = (_above(saved.plus(cost, -level)) for level in (1.0, float(safe)))
        chances = {"pays": estimate(pays), "safe": estimate(is_safe)}
        return Spread(p5=None, p50=None, p95=None, **chances, worth_knowing_usd=worth)
    above, below = _logarithm(saved), _logarithm(cost)
    ratio = above.plus(below, -1)
    percentiles = [exp(ratio.mean + NORMAL.inv_cdf(share) * sqrt(ratio.variance)) for share in (0.05, 0.5, 0.95)]
    pays, is_safe = (_above(_Moments(ratio.mean - log(level), ratio.variance)) for level in (1.0, float(safe)))
    low, middle, high = map(estimate, percentiles)
    return Spread(
        p5=low, p50=middle, p95=high, pays=estimate(pays), safe=estimate(is_safe), worth_knowing_usd=worth
    )  # fmt: skip


def value_of_knowing(mean: float, deviation: float) -> float:
    """What knowing a net benefit before deciding is worth at most, when it is normal (EVPI).

    Args:
        mean: USD; the decision without knowing follows its sign.
        deviation: Its standard deviation, USD, at least 0.

    Returns:
        USD: (5000, 8000) gives 1295.4, and what is certain nothing.
    """
    if not deviation:
        return 0.0
    far = abs(mean) / deviation
    return deviation * (NORMAL.pdf(far) - far * (1 - NORMAL.cdf(far)))


def _above(moments: _Moments) -> float:
    """The chance of more than nothing."""
    if not moments.variance:
        return float(moments.mean > 0)
    return NORMAL.cdf(moments.mean / sqrt(moments.variance))


def _logarithm(moments: _Moments) -> _Moments:
    """Of what is log-normal with this mean and variance (Fenton-Wilkinson)."""
    variance = log(1 + moments.variance / moments.mean**2)
    return _Moments(log(moments.mean) - variance / 2, variance)


def _pert(answers: Answers, spans: Given, field: str) -> _Moments:
    """The answer is the likeliest value; what is not known is nothing."""
    mode = float(answers.known(field) or 0)
    low, high = map(float, spans.get(field, (mode, mode)))
    mean = (low + 4 * mode + high) / 6
    return _Moments(mean, (mean - low) * (high - mean) / 7)


def _saved(answers: Answers, spans: Given) -> _Moments:
    def pert(field: str) -> _Moments:
        return _pert(answers, spans, field)

    per_call = pert("usd_per_call_now").plus(pert("usd_per_call_after"), -1)
    rates = rate_with_tuning(answers), rate_without_tuning(answers)
    if all_known(answers, rates):
        gain = pert(rates[0]).plus(pert(rates[1]), -1)
        if gain.mean < 0 or answers.failure_cause in BEHAVIOUR_CAUSES:
            per_call = per_call.plus(gain.by(pert("usd_per_failure")))
    return per_call.by(pert("calls_per_year")).plus(pert("other_savings_usd_per_year"))


def _cost(answers: Answers, spans: Given) -> _Moments:
    def pert(field: str) -> _Moments:
        return _pert(answers, spans, field)

    to_label = pert("training_pairs").plus(pert("labeled_pairs"), -1)
    labelling = to_label.by(pert("usd_per_label")) if to_label.mean > 0 else _Moments(0, 0)
    cost = labelling.plus(pert("training_usd"))
    return cost.plus(pert("upkeep_usd_per_month"), 12).plus(pert("hosting_usd_per_month"), 12)

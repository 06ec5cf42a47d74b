"""How far a trial can be trusted (§5), and what an eval set can see.

A trial compares two models on the same items. Of ``items`` the tuned model alone got ``gained`` right and the baseline
alone ``lost``; the others say nothing about which is better. One statistic decides, the interval of Tango (1998) around
the gain (gained - lost) / items; McNemar's test in its mid-p form stands beside it. Every function here works on plain
numbers: rates and gains are fractions, counts whole, and ``ValueError`` says what was out of range.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil, comb, exp, lgamma, log, log1p, sqrt
from typing import Literal

from advisor.beyond.estimates import NORMAL, estimate, two_sided
from advisor.model import Answers, Exact, Frozen, decimal
from advisor.poc import decision, is_cost_project
from advisor.report import Decision
from advisor.rulebook import Rules

_EXACT_UP_TO = 10_000
"""Disagreements up to which McNemar's test sums binomial terms; beyond, the normal curve is within 2e-5 of them."""

Evidence = Literal["signal", "small_gain", "no_signal", "regression", "inconclusive"]


# ---- one rate


def wilson(rate: float, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval around a pass rate (Wilson 1927, JASA 22:209).

    Args:
        rate: Share that passed, 0 to 1.
        items: How many were judged, at least 1.
        confidence: Above 0 and below 1.

    Returns:
        Lower and upper bound, fractions from 0 to 1 around the rate.

    Raises:
        ValueError: a rate outside 0 to 1, or no items.
    """
    _check(0 <= rate <= 1, "rate: give a fraction from 0 to 1")
    _check(items >= 1, "items: give at least 1")
    z2 = two_sided(confidence) ** 2
    centre = (rate + z2 / (2 * items)) / (1 + z2 / items)
    half = sqrt(z2 * (rate * (1 - rate) / items + z2 / (4 * items * items))) / (1 + z2 / items)
    return (max(0.0, centre - half) if rate else 0.0), (min(1.0, centre + half) if rate < 1 else 1.0)


def unseen_failures(items: int, confidence: float = 0.95) -> float:
    """The share of failures that may still be there when none was seen (one-sided; the "rule of three").

    Args:
        items: How many were judged, at least 1.
        confidence: Above 0 and below 1.

    Returns:
        A fraction: 100 items without a failure leave room for 0.0295.

    Raises:
        ValueError: no items.
    """
    _check(items >= 1, "items: give at least 1")
    return float(1 - (1 - confidence) ** (1 / items))


# ---- two models on the same items


def mcnemar_exact(gained: int, lost: int) -> float:
    """Two-sided p-value that both models are equally good (McNemar 1947, Psychometrika 12:153; binomial).

    Args:
        gained: Items only the tuned model got right, at least 0.
        lost: Items only the baseline got right, at least 0.

    Returns:
        A probability; 1 when there is no difference.

    Raises:
        ValueError: a negative count.
    """
    return min(1.0, 2 * _tails(gained, lost)[0])


def mcnemar_midp(gained: int, lost: int) -> float:
    """The same, half of the observed table counted (Fagerland, Lydersen, Laake 2013, BMC MRM 13:91): the exact test
    is too careful, this one keeps its 5 % in practice.

    Args and raises as ``mcnemar_exact``.

    Returns:
        A probability; 1 when there is no difference.
    """
    if gained == lost:
        return 1.0
    tail, there = _tails(gained, lost)
    return 2 * tail - there


def _tails(gained: int, lost: int) -> tuple[float, float]:
    """P(at most the smaller count) and P(just that) of a fair coin."""
    _check(min(gained, lost) >= 0, "gained, lost: give counts of 0 or more")
    n, k = gained + lost, min(gained, lost)
    if n > _EXACT_UP_TO:
        # Half of the observed table is added here and taken away by mid-p: the curve is mid-p's.
        there = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2))
        return NORMAL.cdf((k - n / 2) / sqrt(n / 4)) + there / 2, there
    there = comb(n, k) / 2**n
    tail, term = 0.0, there
    while term > tail * 1e-17:
        tail, term, k = tail + term, term * k / (n - k + 1), k - 1
    return tail, there


def tango(gained: int, lost: int, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval around the gain of one model over another on the same items (Tango 1998, Stat Med 17:891).

    It holds 0 just when McNemar's chi-square does not reject, so that interval and test never contradict each other.

    Args:
        gained: Items only the tuned model got right, at least 0.
        lost: Items only the baseline got right, at least 0.
        items: All items judged, at least 1 and at least gained + lost.
        confidence: Above 0 and below 1.

    Returns:
        Lower and upper bound of (gained - lost) / items, fractions from -1 to 1.

    Raises:
        ValueError: counts that do not fit.
    """
    _check(min(gained, lost) >= 0, "gained, lost: give counts of 0 or more")
    _check(items >= max(1, gained + lost), "items: give at least 1, and no fewer than gained + lost")
    z, gain = two_sided(confidence), (gained - lost) / items

    def distance(delta: float) -> float:
        """Of the counts from a gain of delta, in standard errors there (times their size), less z of them."""
        b = -gained - lost + (2 * items - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        alone = (sqrt(max(0.0, b * b - 8 * items * c)) - b) / (4 * items)
        spread = sqrt(max(0.0, items * (2 * alone + delta * (1 - delta))))
        return abs(gained - lost - items * delta) - z * spread

    return _edge(distance, -1.0, gain), _edge(distance, 1.0, gain)


def _edge(distance: Callable[[float], float], outside: float, inside: float) -> float:
    """Where a distance, above 0 outside, gets there; as near as floats go."""
    if distance(outside) <= 0:
        return outside
    while (middle := (outside + inside) / 2) not in (outside, inside):
        if distance(middle) > 0:
            outside = middle
        else:
            inside = middle
    return inside


# ---- how many items it takes


def pairs_needed(gain: float, discordance: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Items on which a true gain shows, both models judged on the same ones (Connor 1987, Biometrics 43:207).

    Args:
        gain: The true difference of the pass rates, above 0, at most the discordance.
        discordance: Share of items on which the two models differ, at most 1.
        power: The chance to see it, above 0 and below 1.
        confidence: Above 0 and below 1.

    Returns:
        A whole number of items.

    Raises:
        ValueError: no gain, or more gain than disagreement.
    """
    _check(0 < gain <= discordance <= 1, "gain: give more than 0, and no more than the discordance, at most 1")
    z, beta = two_sided(confidence), NORMAL.inv_cdf(power)
    return ceil(((z * sqrt(discordance) + beta * sqrt(discordance - gain * gain)) / gain) ** 2)


def items_needed_apart(rate: float, other: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Items *for each model* on which a difference shows, when each is judged on items of its own.

    Args:
        rate: The one pass rate, 0 to 1.
        other: The other, 0 to 1.
        power: The chance to see it, above 0 and below 1.
        confidence: Above 0 and below 1.

    Returns:
        A whole number of items, two to four times ``pairs_needed``.

    Raises:
        ValueError: rates outside 0 to 1, or equal.
    """
    _check(0 <= min(rate, other) < max(rate, other) <= 1, "rate, other: give two different fractions from 0 to 1")
    return ceil(_apart(rate, other, power, confidence))


def _apart(rate: float, other: float, power: float, confidence: float) -> float:
    mean, z, beta = (rate + other) / 2, two_sided(confidence), NORMAL.inv_cdf(power)
    both = z * sqrt(2 * mean * (1 - mean)) + beta * sqrt(rate * (1 - rate) + other * (1 - other))
    return (both / (rate - other)) ** 2


def pairs_not_worse(margin: float, discordance: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Items on which a model that is as good can be shown to be worse by less than a margin.

    Args:
        margin: The loss that does not matter, a fraction above 0.
        discordance: Share of items on which the two models differ, above 0, at most 1.
        power: The chance to show it, above 0 and below 1.
        confidence: Above 0 and below 1.

    Returns:
        A whole number of items.

    Raises:
        ValueError: no margin, or no discordance.
    """
    _check(margin > 0, "margin: give more than 0")
    _check(0 < discordance <= 1, "discordance: give a fraction above 0")
    return ceil((two_sided(confidence) + NORMAL.inv_cdf(power)) ** 2 * discordance / margin**2)


def detectable_gain(items: int, discordance: float, power: float = 0.8, confidence: float = 0.95) -> float | None:
    """The smallest gain that so many items can see, both models judged on the same ones: ``pairs_needed`` turned round.

    Args:
        items: At least 1.
        discordance: Share of items on which the two models differ, above 0, at most 1.
        power: The chance to see it, at least one half and below 1.
        confidence: Above 0 and below 1.

    Returns:
        A fraction; ``None`` when even a gain on every item they differ on would not be seen.

    Raises:
        ValueError: no items, or no discordance.
    """
    _check(items >= 1, "items: give at least 1")
    _check(0 < discordance <= 1, "discordance: give a fraction above 0")
    z2, b2 = two_sided(confidence) ** 2, NORMAL.inv_cdf(power) ** 2
    half = items * discordance * z2
    gain = (sqrt(half) + sqrt(max(0.0, half - (items + b2) * (z2 - b2) * discordance))) / (items + b2)
    return gain if gain <= discordance else None


def detectable_gain_apart(items: int, rate: float, power: float = 0.8, confidence: float = 0.95) -> float | None:
    """The smallest gain over a pass rate that so many items *for each model* can see.

    Args:
        items: At least 1.
        rate: The lower pass rate, 0 to 1.
        power: The chance to see it, at least one half and below 1.
        confidence: Above 0 and below 1.

    Returns:
        A fraction; ``None`` when even a rate of 1 would not be told from this one.

    Raises:
        ValueError: no items, or a rate outside 0 to 1.
    """
    _check(items >= 1, "items: give at least 1")
    _check(0 <= rate <= 1, "rate: give a fraction from 0 to 1")
    room = 1 - rate
    if not room or _apart(rate, 1, power, confidence) > items:
        return None
    return _edge(lambda gain: items - _apart(rate, rate + gain, power, confidence), room, 0.0)


def power_of(items: int, gain: float, discordance: float, confidence: float = 0.95, *, mid_p: bool = True) -> float:
    """The chance that McNemar's test shows a true gain, and as a gain: every table weighed.

    Args:
        items: Judged by both models, at least 1.
        gain: The true difference of the pass rates, from 0 (then half of the test's level) to the discordance.
        discordance: Share of items on which the two models differ, above 0, at most 1.
        confidence: One less the level of the test; above 0 and below 1.
        mid_p: Whether the test is mid-p or exact.

    Returns:
        A probability, exact but for tables rarer than 1e-12.

    Raises:
        ValueError: no items, or rates that do not fit.
    """
    _check(items >= 1, "items: give at least 1")
    _check(0 <= gain <= discordance <= 1 and discordance > 0, "gain: give 0 or more, at most the discordance")
    test = mcnemar_midp if mid_p else mcnemar_exact
    losing = (discordance - gain) / (2 * discordance)
    level, total, rejected = 1 - confidence, 0.0, -1
    for differ in range(items + 1):
        # Where one more disagreement is added, the smaller count that still rejects grows by one at most.
        while 2 * (rejected + 1) < differ and test(differ - rejected - 1, rejected + 1) <= level:
            rejected += 1
        weight = _binomial(items, differ, discordance)
        if rejected >= 0 and weight > 1e-12:
            total += weight * sum(_binomial(differ, k, losing) for k in range(rejected + 1))
    return total


def _binomial(n: int, k: int, share: float) -> float:
    """P(k of n) when each has this share."""
    if share in (0, 1):
        return float(k == n * share)
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(share) + (n - k) * log1p(-share))


# ---- what the answers show


class NotWorse(Frozen):
    """Whether the trial shows that the tuned model is worse by less than a margin, in percentage points;
    ``pairs_needed`` is how many items a model that is as good would take to show it, given while it is not shown."""

    margin_points: Exact
    shown: bool
    pairs_needed: int | None


class Trial(Frozen):
    """What the trial's counts show, beside what the chapter's five points say (``chapter``: the decision of
    ``report.poc``). Gains are percentage points; ``exact_p`` and ``mid_p`` are McNemar's. ``strong``: the whole
    interval is at or above the chapter's points. ``pairs_needed`` and ``pairs_more`` are given while it is
    inconclusive. ``not_worse`` is for projects that replace a larger model."""

    gain_points: Exact
    low_points: Exact
    high_points: Exact
    exact_p: Exact
    mid_p: Exact
    discordance: Exact
    verdict: Evidence
    strong: bool
    pairs_needed: int | None
    pairs_more: int | None
    chapter: Decision | None
    not_worse: NotWorse | None


def verdict_of(gained: int, lost: int, items: int, points: Decimal, confidence: float = 0.95) -> tuple[Evidence, bool]:
    """What a trial's counts say about a gain of so many percentage points; one statistic decides, Tango's interval.

    Args:
        gained: Items only the tuned model got right, at least 0.
        lost: Items only the baseline got right, at least 0.
        items: All items judged, at least 1 and at least gained + lost.
        points: The gain that is asked for, percentage points.
        confidence: Above 0 and below 1.

    Returns:
        The verdict, and whether it is a strong one: all of the interval at or above the points.

    Raises:
        ValueError: counts that do not fit.
    """
    low, high = tango(gained, lost, items, confidence)
    wanted = Fraction(points) / 100
    if high < 0:
        return "regression", False
    if low > 0:
        enough = Fraction(gained - lost, items) >= wanted
        return "signal" if enough else "small_gain", low >= wanted
    return "no_signal" if high < wanted else "inconclusive", False


def trial(answers: Answers, rules: Rules) -> Trial | None:
    """What the trial's counts show, or ``None`` unless it was run and items, gained and lost are known and fit."""
    items, gained, lost = (answers.known(field) for field in ("poc_eval_items", "poc_gained", "poc_lost"))
    if answers.poc_run is not True or not items or None in (gained, lost) or gained + lost > items:
        return None
    sure = float(rules.evidence.confidence)
    low, high = tango(gained, lost, items, sure)
    verdict, strong = verdict_of(gained, lost, items, rules.poc.points, sure)
    needed = _pairs_to_decide(gained, lost, items, rules) if verdict == "inconclusive" else None
    return Trial(
        gain_points=decimal(Fraction(100 * (gained - lost), items)),
        low_points=estimate(100 * low),
        high_points=estimate(100 * high),
        exact_p=estimate(mcnemar_exact(gained, lost)),
        mid_p=estimate(mcnemar_midp(gained, lost)),
        discordance=decimal(Fraction(gained + lost, items)),
        verdict=verdict,
        strong=strong,
        pairs_needed=needed,
        pairs_more=None if needed is None else needed - items,
        chapter=decision(answers, rules),
        not_worse=_not_worse(low, gained + lost, items, rules) if is_cost_project(answers) else None,
    )


def _pairs_to_decide(gained: int, lost: int, items: int, rules: Rules) -> int:
    """Pairs that see the chapter's points at the disagreement there was; where as many have not sufficed, pairs on
    which the interval is no wider than they are."""
    gain, sure = float(rules.poc.points) / 100, float(rules.evidence.confidence)
    discordance = max((gained + lost) / items, gain)
    needed = pairs_needed(gain, discordance, float(rules.evidence.power), sure)
    return needed if needed > items else max(items + 1, ceil(discordance * (2 * two_sided(sure) / gain) ** 2))


def _not_worse(low: float, differ: int, items: int, rules: Rules) -> NotWorse:
    margin, shown = rules.evidence.margin_points, low > -float(rules.evidence.margin_points) / 100
    # Two models that never differed are taken to differ on one of the items.
    discordance = max(1, differ) / items
    sure, power = float(rules.evidence.confidence), float(rules.evidence.power)
    needed = pairs_not_worse(float(margin) / 100, discordance, power, sure)
    return NotWorse(margin_points=margin, shown=shown, pairs_needed=None if shown else needed)


class Miss(Frozen):
    """Whether the measured pass rate misses the target by more than chance does on so many pairs (gate 1). Rates are
    fractions, ``low`` and ``high`` the interval around the measured one."""

    low: Exact
    high: Exact
    not_beyond_noise: bool


class Seen(Frozen):
    """What the eval set can see when two models differ on this share of it: the smallest gain, in percentage points
    (``None``: not even one on all of them), and how many pairs would see the chapter's."""

    discordance: Exact
    gain_points: Exact | None
    pairs_needed: int


class EvalPower(Frozen):
    """What an eval set of so many pairs can tell. ``half_width_points`` is how far the measured pass rate may be off,
    either way; ``miss`` is given while the target is known and not reached."""

    pairs: int
    half_width_points: Exact | None
    miss: Miss | None
    seen: tuple[Seen, ...]


def eval_power(answers: Answers, rules: Rules) -> EvalPower | None:
    """What the eval set can see, or ``None`` while there is none."""
    pairs, measured, target = map(answers.known, ("eval_pairs", "measured_pass_rate", "target_pass_rate"))
    if not pairs:
        return None
    figures, gain = rules.evidence, float(rules.poc.points) / 100
    sure, power = float(figures.confidence), float(figures.power)
    low, high = (0.0, 1.0) if measured is None else wilson(float(measured), pairs, sure)
    missed = measured is not None and target is not None and measured < target
    noise = Miss(low=estimate(low), high=estimate(high), not_beyond_noise=high >= (target or 0)) if missed else None
    seen = []
    for discordance in figures.discordances:
        share = float(discordance)
        smallest = detectable_gain(pairs, share, power, sure)
        seen.append(
            Seen(
                discordance=discordance,
                gain_points=None if smallest is None else estimate(100 * smallest),
                pairs_needed=pairs_needed(gain, max(share, gain), power, sure),
            )
        )
    half = None if measured is None else estimate(100 * (high - low) / 2)
    return EvalPower(pairs=pairs, half_width_points=half, miss=noise, seen=tuple(seen))


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

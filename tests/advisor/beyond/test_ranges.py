"""Ranges: the worked example, 10,000 samples inside the bounds, and what is robust."""

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from advisor import Answers, Rules
from advisor.beyond.ranges import Given, Ranges, ranges, value_of_knowing
from advisor.model import FIELDS
from advisor.roi import RANGED, costs, savings
from tests.advisor.beyond.situations import situations
from tests.advisor.strategies import PASSING, changed

MODES: dict[str, Any] = {
    "training_pairs": 5_000, "usd_per_label": "1.5", "training_usd": "500", "upkeep_usd_per_month": "200",
    "usd_per_call_now": "0.030", "usd_per_call_after": "0.001", "calls_per_year": 1_000_000,
}  # fmt: skip
SPANS: Given = {
    "training_pairs": (4_000, 8_000),
    "usd_per_label": (Decimal(1), Decimal(5)),
    "training_usd": (Decimal(300), Decimal(2_000)),
    "upkeep_usd_per_month": (Decimal(150), Decimal(600)),
    "usd_per_call_now": (Decimal("0.025"), Decimal("0.035")),
    "usd_per_call_after": (Decimal("0.0008"), Decimal("0.004")),
    "calls_per_year": (600_000, 1_500_000),
}
WORKED = changed({**PASSING, **MODES, "failure_cause": "other", "large_model_meets_target": True})


def found(rules: Rules, answers: Answers = WORKED, spans: Given = SPANS) -> Ranges:
    one = ranges(answers, spans, rules)
    assert one
    return one


def test_the_worked_example_s_corners(rules: Rules) -> None:
    """$12,600 saved at worst for $49,200, $51,300 at best for $6,100: .26 to 8.41."""
    one = found(rules)
    assert one.low_ratio is not None
    assert one.high_ratio is not None
    assert [round(one.low_ratio, 2), round(one.high_ratio, 2)] == [Decimal("0.26"), Decimal("8.41")]
    assert (one.low_net_usd, one.high_net_usd) == (Decimal(-36_600), Decimal(45_200))
    assert (one.robust, one.cautions) == (False, ("not_robust",))


@pytest.mark.parametrize(
    ("field", "swing", "safe_at", "places"),
    [
        ("usd_per_label", "2.63", "3.287", 3),
        ("calls_per_year", "2.51", "537931", 0),
        ("training_pairs", "1.31", "10956", 0),
        ("upkeep_usd_per_month", "1.05", None, 0),
        ("usd_per_call_now", "0.96", None, 0),
    ],
)
def test_the_worked_example_s_drivers(rules: Rules, field: str, swing: str, safe_at: str | None, places: int) -> None:
    (bar,) = (bar for bar in found(rules).bars if bar.field == field)
    assert round(abs(bar.ratio_at_high - bar.ratio_at_low), 2) == Decimal(swing)
    if safe_at:
        assert [round(value, places) for value in bar.safe_at] == [Decimal(safe_at)]


def test_the_widest_driver_stands_first(rules: Rules) -> None:
    one = found(rules)
    swings = [abs(bar.ratio_at_high - bar.ratio_at_low) for bar in one.bars]
    assert swings == sorted(swings, reverse=True)
    assert [bar.field for bar in one.bars][:3] == ["usd_per_label", "calls_per_year", "training_pairs"]
    (label,) = (bar for bar in one.bars if bar.field == "usd_per_label")
    assert label.crosses == (Decimal("1.5"),)


def test_the_worked_example_s_spread_is_the_reference(rules: Rules) -> None:
    spread = found(rules).spread
    assert spread
    told = [spread.p5, spread.p50, spread.p95, spread.pays, spread.safe]
    assert [round(value, 3) for value in told if value is not None] == [
        Decimal("1.206"), Decimal("2.042"), Decimal("3.456"), Decimal("0.987"), Decimal("0.832"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "deviation", "worth"),
    [(5_000, 8_000, 1295.4), (21_100, 9_000, 28.9), (-1_000, 5_000, 1534.5), (1_000, 0, 0)],
)
def test_what_knowing_is_worth_is_the_reference(mean: float, deviation: float, worth: float) -> None:
    assert value_of_knowing(mean, deviation) == pytest.approx(worth, abs=0.06)


def test_the_closed_form_is_what_a_simulation_finds(rules: Rules) -> None:
    """20,000 draws of the same humps by a fixed die; the closed form is within 2.5 points of them."""
    dice, pays, safe = random.Random(4), 0, 0
    for _ in range(20_000):
        draw = {field: hump(dice, span, float(MODES[field])) for field, span in SPANS.items()}
        saved = (draw["usd_per_call_now"] - draw["usd_per_call_after"]) * draw["calls_per_year"]
        cost = draw["training_pairs"] * draw["usd_per_label"] + draw["training_usd"] + 12 * draw["upkeep_usd_per_month"]
        pays += saved > cost
        safe += saved >= 1.5 * cost
    spread = found(rules).spread
    assert spread
    assert pays / 20_000 == pytest.approx(float(spread.pays), abs=0.025)
    assert safe / 20_000 == pytest.approx(float(spread.safe), abs=0.025)


def hump(dice: random.Random, span: tuple[Decimal | int, Decimal | int], mode: float) -> float:
    low, high = map(float, span)
    alpha, beta = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    return low + (high - low) * dice.betavariate(alpha, beta)


def spanned(answers: Answers, dice: random.Random) -> dict[str, Any]:
    """A range around each answer the year can feel, or around some."""
    spans: dict[str, Any] = {}
    for field in RANGED:
        value = answers.known(field)
        if value is None or dice.random() < 0.3:
            continue
        low, high = value * dice.choice([0, 1, 50, 100]) / 100, value * dice.choice([100, 101, 200, 1000]) / 100
        if FIELDS[field].kind == "count":
            spans[field] = (max(int(low), field == "training_pairs") if value else 0, max(int(high), value))
        else:
            spans[field] = (low, min(high, Decimal(1)) if FIELDS[field].kind == "rate" else high)
    return spans


def drawn(answers: Answers, spans: Given, dice: random.Random) -> Answers:
    told: dict[str, Any] = {}
    for field, (low, high) in spans.items():
        if FIELDS[field].kind == "count":
            told[field] = dice.choice([low, high, dice.randint(int(low), int(high))])
        else:
            part = dice.choice([Decimal(0), Decimal(1), Decimal(dice.randrange(1001)) / 1000])
            told[field] = low + (high - low) * part
    if {"usd_per_call_now", "usd_per_call_after"} <= told.keys() and dice.random() < 0.3:
        level = told["usd_per_call_now"]
        low, high = spans["usd_per_call_after"]
        told["usd_per_call_after"] = min(max(level, low), high)
    return answers.model_copy(update=told)


def rounding(number: Decimal) -> Fraction:
    """Of 28 digits."""
    return abs(Fraction(number)) / 10**27


@pytest.mark.parametrize("seed", range(8))
def test_no_sample_leaves_the_bounds(rules: Rules, seed: int) -> None:
    """10,000 of them in all, half of them corners; what is robust is robust in every one."""
    seen = 0
    for answers, dice in situations(40 + seed, 400):
        spans = spanned(answers, dice)
        one = ranges(answers, spans, rules)
        if one is None:
            continue
        for _ in range(25):
            sample = drawn(answers, spans, dice)
            saved, cost = savings(sample), costs(sample)
            assert saved is not None
            seen += 1
            assert Fraction(one.low_net_usd) - 1 <= saved - cost <= Fraction(one.high_net_usd) + 1
            if cost and one.low_ratio is not None:
                assert saved / cost >= Fraction(one.low_ratio) - rounding(one.low_ratio)
            if cost and one.high_ratio is not None:
                assert saved / cost <= Fraction(one.high_ratio) + rounding(one.high_ratio)
            if one.robust:
                middle = savings(answers) or Fraction(0)
                assert (saved > cost) == (middle > costs(answers))
    assert seen >= 10_000 / 8


def test_what_pays_at_both_ends_is_robust(rules: Rules) -> None:
    """Labels at $1 to $1.50 are safe either way; nothing more is said."""
    one = found(
        rules,
        changed(PASSING, ("failure_cause", "other"), ("large_model_meets_target", True)),
        {"usd_per_label": (1, Decimal("1.5"))},
    )
    assert (one.robust, one.cautions, one.bars, one.spread) == (True, (), (), None)


def test_where_nothing_may_be_saved_the_chances_are_still_told(rules: Rules) -> None:
    """A tuned call that may cost more than today's: no logarithm, no percentiles."""
    answers = changed(PASSING, ("failure_cause", "other"), ("large_model_meets_target", True))
    one = found(rules, answers, {"usd_per_call_after": (Decimal(0), Decimal("0.04"))})
    assert one.low_ratio is not None
    assert one.low_ratio < 0
    assert one.spread
    assert one.spread.p50 is None
    assert 0 < one.spread.safe < one.spread.pays < 1


def test_a_cost_that_may_be_nothing_bounds_no_ratio(rules: Rules) -> None:
    free = changed(PASSING, ("usd_per_label", "0"), ("training_usd", "0"), ("upkeep_usd_per_month", "0"))
    one = found(rules, free, {"calls_per_year": (0, 2_000_000)})
    assert (one.low_ratio, one.high_ratio, one.robust) == (None, None, False)
    assert one.bars == ()
    assert one.spread


def test_a_loss_of_quality_and_a_price_for_it_count(rules: Rules) -> None:
    answers = changed(PASSING, ("pass_rate_without_tuning", "0.92"), ("usd_per_failure", "0.5"))
    one = found(
        rules,
        answers,
        {"usd_per_failure": (Decimal("0.1"), Decimal(2)), "target_pass_rate": (Decimal("0.88"), Decimal("0.95"))},
    )
    assert not one.robust
    assert {bar.field for bar in one.bars} == {"usd_per_failure", "target_pass_rate"}


def test_a_range_that_its_answer_has_left_counts_for_nothing(rules: Rules) -> None:
    assert ranges(WORKED, {"calls_per_year": (1, 2)}, rules) is None
    assert ranges(WORKED, {"eval_pairs": (1, 2_000)}, rules) is None
    assert ranges(changed(PASSING, ("training_usd", None)), SPANS, rules) is None
    assert ranges(changed(PASSING, ("calls_per_year", None)), SPANS, rules) is None
    with pytest.raises(ValueError, match="low end first"):
        ranges(WORKED, {"calls_per_year": (2, 1)}, rules)


def test_a_range_without_width_is_robust(rules: Rules) -> None:
    one = found(rules, spans={"training_usd": (Decimal(500), Decimal(500))})
    assert one.robust


def test_what_is_most_likely_all_labelled_costs_nothing_to_label(rules: Rules) -> None:
    """Twice the labels that are planned are there, or none: it is thought to pay for sure, and does not at one end."""
    answers = changed(PASSING, ("calls_per_year", 200_000), ("labeled_pairs", 10_000), ("failure_cause", "other"))
    one = found(rules, answers, {"labeled_pairs": (0, 10_000)})
    assert not one.robust
    assert one.spread
    assert (one.spread.pays, one.spread.safe) == (Decimal(1), Decimal(1))


def test_a_price_that_may_reach_the_other_one_steps_there(rules: Rules) -> None:
    """Fewer failures count while no dearer model is replaced; for a hair more nobody knows a rate (D20)."""
    answers = changed(PASSING, ("usd_per_call_now", "0.001"), ("failure_cause", "tone"), ("usd_per_failure", "1"))
    one = found(rules, answers, {"usd_per_call_now": (Decimal("0.001"), Decimal("0.002"))})
    assert (one.low_net_usd, one.high_net_usd) == (Decimal(-7_900), Decimal(92_100))


def test_the_same_ranges_give_the_same_bytes(rules: Rules) -> None:
    assert found(rules).model_dump_json() == found(rules).model_dump_json()

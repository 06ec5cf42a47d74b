"""What one could do instead of tuning, by the prices of 2026-11-22."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from advisor import Rules
from advisor.beyond.rivals import Quotes, Rival, hit_rate, hosting_usd_per_month, rivals
from advisor.model import Month
from advisor.prices import usd_per_call
from tests.advisor.beyond.quotes import month, quote
from tests.advisor.strategies import PASSING, changed

TODAY = date(2026, 11, 29)
OPUS = quote("claude-opus-5-5")
QUOTES = Quotes(now=OPUS, cheaper=(quote("claude-sonnet-5-5"), quote("claude-haiku-5-5")))
"""4,500 tokens in, of which every call begins with the same 3,500, and 600 out."""


def table(rules: Rules, quotes: Quotes = QUOTES, **change: Any) -> dict[tuple[str, str], Rival]:
    found = rivals(changed(PASSING, *change.items()), quotes, TODAY, rules)
    assert found
    return {(row.id, row.model): row for row in found.rows}


@pytest.mark.parametrize(
    ("way", "a_call", "a_year", "saved", "ratio", "break_even"),
    [
        (("as_is", "claude-opus-5-5"), "0.0300", 30_000, 29_000, "3.67", 272_414),
        (("cached", "claude-opus-5-5"), "0.0167", 16_701, 15_701, "1.99", 503_145),
        (("batch", "claude-opus-5-5"), "0.0150", 15_000, 14_000, "1.77", 564_286),
        (("cached_batch", "claude-opus-5-5"), "0.00835", 8_351, 7_351, "0.93", 1_074_740),  # breaks even at …739.2
        (("cheaper_cached", "claude-sonnet-5-5"), "0.00835", 8_351, 7_351, "0.93", 1_074_740),
        (("cheaper_cached", "claude-haiku-5-5"), "0.000435", 435, -565, "-0.07", None),
    ],
)
def test_the_chapter_s_sum_against_honest_rivals(
    rules: Rules, way: tuple[str, str], a_call: str, a_year: int, saved: int, ratio: str, break_even: int | None
) -> None:
    row = table(rules)[way]
    assert row.usd_per_call is not None
    assert row.usd_per_call == pytest.approx(Decimal(a_call), abs=Decimal("0.000002"))
    assert round(row.usd_per_year) == a_year
    assert row.saved_by_tuning_usd is not None
    assert round(row.saved_by_tuning_usd) == saved
    assert row.ratio is not None
    assert round(row.ratio, 2) == Decimal(ratio)
    assert row.break_even_calls == break_even


def test_what_needs_no_training_and_costs_less_is_tested_first(rules: Rules) -> None:
    """Tuning costs $7,900 and its calls $1,000 in the year."""
    found = rivals(changed(PASSING), QUOTES, TODAY, rules)
    assert found
    assert found.cautions == ("cheaper_untuned",)
    assert found.test_first == (
        ("cheaper_cached", "claude-haiku-5-5"),
        ("cheaper", "claude-haiku-5-5"),
        ("cached_batch", "claude-opus-5-5"),
        ("cheaper_cached", "claude-sonnet-5-5"),
    )


def test_a_rival_that_fails_the_eval_is_none(rules: Rules) -> None:
    told = QUOTES.model_copy(
        update={"failing": ("claude-haiku-5-5", "claude-sonnet-5-5"), "passing": ("claude-opus-5-5",)}
    )
    found = rivals(changed(PASSING), told, TODAY, rules)
    assert found
    assert found.test_first == (("cached_batch", "claude-opus-5-5"),)
    assert {row.model: row.passes for row in found.rows if row.model} == {
        "claude-opus-5-5": True, "claude-sonnet-5-5": False, "claude-haiku-5-5": False,
    }  # fmt: skip


def test_where_nothing_untrained_is_cheaper_nothing_is_said(rules: Rules) -> None:
    found = rivals(changed(PASSING), Quotes(now=OPUS.model_copy(update={"cached_tokens": 0})), TODAY, rules)
    assert found
    assert (found.cautions, found.test_first) == ((), ())
    assert {row.id for row in found.rows} == {"as_is", "batch", "tuned"}


@pytest.mark.parametrize(
    ("calls", "seconds", "hits"),
    [(100_000, 300, "0.614"), (1_000_000, 300, "0.9999"), (100_000, 3600, "1.000"), (0, 300, "0")],
)
def test_the_hit_rate_follows_from_the_volume(calls: int, seconds: int, hits: str) -> None:
    places = len(hits.partition(".")[2])
    assert round(hit_rate(calls, seconds), places) == Decimal(hits)


def test_a_price_that_doubles_in_december_counts_for_the_months_that_pay_it(rules: Rules) -> None:
    """gemini-4-argon, asked on 2026-11-22: one month at $0.015 a call and eleven at $0.030."""
    before, then = month("2", "10", "0.1"), month("4", "20", "0.2")
    argon = quote("gemini-4-argon", 2_500, 1_000, 0, months=(before, *[then] * 11))
    assert usd_per_call(argon) == Fraction("0.02875")
    assert table(rules, Quotes(now=argon))["as_is", "gemini-4-argon"].usd_per_year == 28_750


@pytest.mark.parametrize(
    "way", ["as_is", "cached", "batch", "cached_batch", "cheaper", "cheaper_cached", "tuned", "tuned_hosted"]
)
def test_what_a_call_costs_never_rises_with_the_volume(rules: Rules, way: str) -> None:
    quotes = QUOTES.model_copy(update={"machine_usd_per_hour": Decimal(7)})
    before: dict[str, Decimal] = {}
    for calls in (1, 10, 500, 20_000, 100_000, 300_000, 10**6, 10**8, 10**12):
        rows = [row for (id, _), row in table(rules, quotes, calls_per_year=calls).items() if id == way]
        assert rows
        for row in rows:
            assert row.usd_per_call is not None
            assert row.usd_per_call <= before.get(row.model, row.usd_per_call)
            before[row.model] = row.usd_per_call


def test_a_machine_by_the_hour_runs_day_and_night(rules: Rules) -> None:
    """One H100 at $7: with it for hosting the chapter's year falls to 0.419."""
    assert hosting_usd_per_month(Decimal(7)) == 5_110
    found = rivals(changed(PASSING, ("hosting_usd_per_month", "5110")), Quotes(), TODAY, rules)
    assert found
    assert found.first_year
    assert found.first_year.ratio is not None
    assert round(found.first_year.ratio, 3) == Decimal("0.419")
    hosted = table(rules, Quotes(machine_usd_per_hour=Decimal(7), machines=2))["tuned_hosted", ""]
    assert (hosted.usd_per_year, hosted.usd_per_call) == (Decimal(122_640), Decimal("0.12264"))
    idle = table(rules, Quotes(machine_usd_per_hour=Decimal(7)), calls_per_year=0)["tuned_hosted", ""]
    assert (idle.usd_per_year, idle.usd_per_call) == (Decimal(61_320), None)


def test_a_year_that_begins_late_saves_for_the_rest_of_it(rules: Rules) -> None:
    """Live after three months, and $10,000 of people's work before: 21,750 saved for 17,900."""
    told = changed(PASSING, ("engineering_usd", "10000"), ("go_live_months", 3))
    found = rivals(told, Quotes(), TODAY, rules)
    assert found
    year = found.first_year
    assert year
    assert [year.savings_usd, year.cost_usd, year.net_usd] == [Decimal(21_750), Decimal(17_900), Decimal(3_850)]
    assert year.counted_as_zero == ()
    unknown = rivals(changed(PASSING), Quotes(), TODAY, rules)
    assert unknown
    assert unknown.first_year
    assert unknown.first_year.counted_as_zero == ("engineering_usd", "go_live_months")
    assert unknown.first_year.ratio is not None
    assert round(unknown.first_year.ratio, 4) == Decimal("3.6709")


def test_a_year_has_twelve_months(rules: Rules) -> None:
    with pytest.raises(ValidationError):
        changed(PASSING, ("go_live_months", 13))
    with pytest.raises(ValidationError):
        quote("x", months=(month("1", "1"),) * 11)


def test_a_year_that_costs_nothing_has_no_ratio(rules: Rules) -> None:
    free = changed(PASSING, ("usd_per_label", "0"), ("training_usd", "0"), ("upkeep_usd_per_month", "0"))
    found = rivals(free, Quotes(), TODAY, rules)
    assert found
    assert found.first_year
    assert found.first_year.ratio is None


def test_a_shorter_prompt_is_a_line_of_its_own(rules: Rules) -> None:
    """4,000 tokens fewer on haiku, at $0.10 a million, a million times."""
    tuned = quote("claude-haiku-5-5", 500, 600, 0)
    found = rivals(changed(PASSING), Quotes(now=OPUS, after=tuned), TODAY, rules)
    assert found
    assert found.shorter_prompt_usd == 400
    row = {row.id: row for row in found.rows}["tuned"]
    assert (row.model, row.usd_per_call) == ("claude-haiku-5-5", Decimal("0.00035"))


def test_what_has_no_price_stands_in_no_row(rules: Rules) -> None:
    plain = Month(input=Decimal("0.000004"), output=Decimal("0.00002"))
    assert {id for id, _ in table(rules, Quotes(now=quote("x", months=(plain,) * 12)))} == {"as_is", "tuned"}
    no_cache_price = quote("gpt-4.1-mini")
    missed = usd_per_call(no_cache_price, Decimal(0))
    assert missed == usd_per_call(no_cache_price)  # a miss costs what any input does
    free = quote("y", months=(month("0", "0", "0"),) * 12)
    assert usd_per_call(free, batch=True) == 0


@pytest.mark.parametrize("change", [{"calls_per_year": None}, {"calls_per_year": "unknown"}])
def test_without_calls_there_is_no_year(rules: Rules, change: dict[str, Any]) -> None:
    assert rivals(changed(PASSING, *change.items()), QUOTES, TODAY, rules) is None


def test_without_prices_there_are_no_rivals(rules: Rules) -> None:
    assert rivals(changed({"calls_per_year": 1_000_000}), Quotes(), TODAY, rules) is None
    found = rivals(changed({"calls_per_year": 1_000_000}), QUOTES, TODAY, rules)
    assert found
    assert {row.ratio for row in found.rows} == {None}
    assert (found.first_year, found.test_first) == (None, ())
    unpriced = rivals(changed(PASSING, ("training_usd", None)), QUOTES, TODAY, rules)
    assert unpriced
    assert unpriced.test_first == ()


def test_a_rate_told_of_the_dearer_model_is_not_that_of_another(rules: Rules) -> None:
    """With a price for failures, caching the same model keeps its rate, a cheaper model has one nobody told."""
    rows = table(rules, pass_rate_without_tuning="0.92", usd_per_failure="0.1", failure_cause="tone")
    assert rows["cached", "claude-opus-5-5"].saved_by_tuning_usd == pytest.approx(Decimal("13701.2"), abs=Decimal(1))
    assert rows["cheaper_cached", "claude-sonnet-5-5"].saved_by_tuning_usd == pytest.approx(
        Decimal(7351), abs=Decimal(1)
    )


def test_old_prices_say_so(rules: Rules) -> None:
    """From the sixty-first day on."""
    for days, old in ((7, False), (rules.evidence.quote_days, False), (rules.evidence.quote_days + 1, True)):
        found = rivals(changed(PASSING), QUOTES, OPUS.day + timedelta(days), rules)
        assert found
        assert {(one.version, one.old) for one in found.priced_by} == {("genai-prices 0.2.3", old)}
        assert [one.model for one in found.priced_by] == ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]

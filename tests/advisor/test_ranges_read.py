"""Ranges as people write them: each spelling has the same ends, whatever the field, and what is no range has none."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import Answers
from advisor.model import FIELDS
from advisor.reading import read
from advisor.reading.line import quick
from advisor.reading.opening import mentioned
from advisor.reading.what_if import at_both_ends
from advisor.roi import RANGED
from advisor.rulebook import rules_in
from tests.advisor.strategies import PASSING, changed

_COUNTS = [field for field in RANGED if FIELDS[field].kind == "count"]
_SUMS = [field for field in RANGED if FIELDS[field].kind == "money" and FIELDS[field].per != "call"]
_RATES = [field for field in RANGED if FIELDS[field].kind == "rate"]
_BETWEEN = ["-", " - ", "–", " – ", "—", " to ", " TO ", "..", " or ", " until "]
_AROUND = ["±", " ± ", " +/- ", " +- ", " plus or minus ", ", plus or minus ", " give or take ", " (± "]
_HEDGES = ["", "", "about ", "around ", "between ", "from ", "somewhere between ", "probably ", "~"]


def joined(hedge: str, low: str, high: str, between: str) -> str:
    """The two ends as one text; after "between" stands an "and"."""
    between = " and " if hedge.endswith("between ") else between
    return f"{hedge}{low}{between}{high}"


def reads(field: str, text: str, low: Fraction, high: Fraction) -> None:
    """It is asked about, its ends are those, and each of what is offered lies between them."""
    one = read(field, text)
    assert one.value is None, text
    assert one.ends is not None, text
    assert tuple(map(Fraction, one.ends)) == (low, high), text
    offered = [Fraction(Decimal(read(field, each).value)) for each in one.candidates]  # type: ignore[arg-type]
    assert (offered[0], offered[-1]) == (low, high), text
    assert offered == sorted(offered), text


@given(
    st.sampled_from(_COUNTS), st.integers(2, 400), st.integers(1, 400), st.sampled_from(["", "k", "k", " thousand"]),
    st.booleans(), st.sampled_from(_BETWEEN), st.sampled_from(_HEDGES),
)  # fmt: skip
def test_a_count_between_two(
    field: str, low: int, more: int, scale: str, last_only: bool, between: str, hedge: str
) -> None:
    """Of "5-8k" both are thousands; a scale on both ends, or on the last alone."""
    high, size = low + more, 1000 if scale else 1
    if more / low > 50 or (hedge == "~" and between == "-") or (not scale and 2015 <= low <= 2039):
        return
    first = f"{low:,}" if last_only else f"{low:,}{scale}"
    reads(field, joined(hedge, first, f"{high:,}{scale}", between), Fraction(low * size), Fraction(high * size))


@given(
    st.sampled_from(_COUNTS), st.integers(1, 900), st.sampled_from(["k", "M"]), st.integers(1, 99),
    st.sampled_from(_AROUND), st.sampled_from(["%", " %", " percent"]), st.sampled_from(["", "about ", "~"]),
)  # fmt: skip
def test_a_count_give_or_take_a_share(
    field: str, middle: int, scale: str, share: int, around: str, percent: str, hedge: str
) -> None:
    """1M ± 30 %: a share of the figure, in both directions."""
    size = middle * {"k": 1000, "M": 10**6}[scale]
    text = f"{hedge}{middle}{scale}{around}{share}{percent}{')' * ('(' in around)}"
    reads(field, text, Fraction(size * (100 - share), 100), Fraction(size * (100 + share), 100))


@given(
    st.sampled_from(_SUMS), st.integers(2, 90), st.integers(1, 90), st.sampled_from(["$_", "$_", "_", "_ dollars"]),
    st.sampled_from(["$_", "_"]), st.sampled_from(_BETWEEN), st.sampled_from(_HEDGES),
)  # fmt: skip
def test_a_sum_between_two(field: str, low: int, more: int, one: str, other: str, between: str, hedge: str) -> None:
    """The sign on one end or on both."""
    if hedge == "~" and between == "-":
        return
    signed = one if one != "_ dollars" else "_"
    text = joined(hedge, signed.replace("_", str(low)), other.replace("_", str(low + more)), between)
    reads(
        field,
        text + (" dollars" if one == "_ dollars" and "$" not in text else ""),
        Fraction(low),
        Fraction(low + more),
    )


@given(st.sampled_from(_RATES), st.integers(2, 98), st.integers(1, 97), st.sampled_from(_BETWEEN), st.booleans())
def test_a_rate_between_two_is_in_percent(field: str, low: int, more: int, between: str, signed: bool) -> None:
    """So is "80-85" where a share is asked for."""
    high = min(low + more, 99)
    if high == low:
        return
    reads(field, f"{low}{between}{high}{' %' * signed}", Fraction(low, 100), Fraction(high, 100))


@given(st.sampled_from(_RATES), st.integers(20, 80), st.integers(1, 19), st.booleans())
def test_what_a_rate_may_be_off_by_is_points(field: str, middle: int, off: int, signed: bool) -> None:
    """As "80 ± 2 %" so "80 % ± 2" is 78 to 82."""
    text = f"{middle} % ± {off}" if signed else f"{middle} ± {off} %"
    reads(field, text, Fraction(middle - off, 100), Fraction(middle + off, 100))


@given(st.sampled_from([*_COUNTS, *_SUMS]), st.integers(1, 900), st.integers(1, 900), st.integers(1, 900))
def test_a_figure_with_its_range_is_taken(field: str, low: int, more: int, most: int) -> None:
    middle, high = low + more, low + more + most
    if high > low * 100:
        return
    for text in (
        f"{middle} ({low}-{high})",
        f"{middle}, between {low} and {high}",
        f"{low} to {high}, likely {middle}",
    ):
        one = read(field, text)
        if any(2015 <= each <= 2039 for each in (low, middle, high)):
            continue  # a year
        assert one.value == middle, text
        assert one.ends == (low, high), text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("training_pairs", "2024-2025"), ("training_pairs", "2026-11-29"), ("training_pairs", "8k-5k"),
        ("training_pairs", "-5 to 8"), ("training_pairs", "5k and 8k"), ("usd_per_label", "$5-1"),
        ("usd_per_label", "$3"), ("calls_per_year", "1M ± 200 %"), ("calls_per_year", "call 555-1234-777"),
        ("usd_per_call_now", "claude-3-5"), ("measured_pass_rate", "10-20 of 400, 3-4 of 90"),
        ("retrain_owner", "5-8"), ("calls_per_year", "9:00-17:00"), ("training_pairs", "step 2 of 5-6, 3-4"),
    ],
)  # fmt: skip
def test_what_is_no_range_has_no_ends(field: str, text: str) -> None:
    """Dates, versions, ends the wrong way round or below nothing, two figures."""
    assert read(field, text).ends is None


def test_a_period_and_a_size_come_along() -> None:
    assert read("upkeep_usd_per_month", "$2.4k-3.6k a year").ends == (200, 300)
    assert read("calls_per_year", "1-2k a day").ends == (365_000, 730_000)
    assert read("usd_per_call_now", "$20-30 per 1,000 calls").ends == (Decimal("0.02"), Decimal("0.03"))
    assert read("usd_per_label", "50 cents to $2").ends == (Decimal("0.5"), 2)


def test_an_opening_puts_the_middle_forward_and_works_nothing_out_of_a_range() -> None:
    """A bill over so many calls is no range of a price; years, telephones and pages are nobody's."""
    told = {
        one.field: (one.value, one.ends)
        for one in mentioned(
            "We do about 700k-1.3M calls a year. We plan 5k-8k training pairs at $1-5 per label. Call 555-1234."
            " Since 2024-2025 it is pages 5-8, with 800-900 eval pairs."
        )
    }
    assert told == {
        "calls_per_year": (1_000_000, (700_000, 1_300_000)),
        "training_pairs": (6_500, (5_000, 8_000)),
        "usd_per_label": (3, (1, 5)),
    }


def test_a_line_is_settled_range_by_range_and_stays_a_line() -> None:
    """The figure pressed takes the place of the range, with the range behind it; all else is as it was."""
    rules = rules_in()
    found = quick("700k-1.3M calls/yr, $0.03 -> $0.001, 5k-8k labels at $1-5, gpu $500, £1 = $1.27, £200-300/mo", rules)
    for place in (1, 0, -1, 1):
        assert found.asked
        assert found.asked.reading
        found = quick(found.settled(found.asked.reading.candidates[place]), rules)
    assert found.asked is None
    assert not found.problems
    assert found.ranges == {
        "calls_per_year": (700_000, 1_300_000), "training_pairs": (5_000, 8_000), "usd_per_label": (1, 5),
        "upkeep_usd_per_month": (254, 381),
    }  # fmt: skip
    told = {field: found.answers.known(field) for field in found.ranges}
    assert told == {
        "calls_per_year": 1_000_000, "training_pairs": 5_000, "usd_per_label": 5,
        "upkeep_usd_per_month": Decimal("317.5"),
    }  # fmt: skip
    assert found.rates == {"GBP": Decimal("1.27")}


def test_a_supposed_range_is_two_suppositions() -> None:
    answers = changed(PASSING)
    ends = at_both_ends("what if we had 700k to 1.3M calls a year?", answers)
    assert [then.calls_per_year for then in ends] == [700_000, 1_300_000]
    assert [then.calls_per_year for then in at_both_ends("what if we had 2M calls a year?", answers)] == [2_000_000]
    assert at_both_ends("what if?", Answers()) == ()

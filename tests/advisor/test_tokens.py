"""A price by tokens is the exact price of one call, or a problem."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.reading import read

CALL = "4,500 in 600 out at $4/$20 per M"
TYPED = "4,500 600 4.500 1e9 in out input output tokens tok at @ $4 $20 $4/$20 €4 per / M k million token and , + . - x"
FIELD = "usd_per_call_now"
TOKENS = st.integers(0, 10**6)
PRICES = st.decimals(0, 100, places=4)
PERS = [("M", 10**6), ("1k", 1000), ("million", 10**6)]
FORMS = [
    "{tin} in {tout} out at ${pin}/${pout} per {per}",
    "{tin:,} in, {tout:,} out at ${pin}/${pout} per {per} tokens",
    "{tin} input tokens + {tout} output tokens @ ${pin} in / ${pout} out per {per}",
    "{tin} in and {tout} out at ${pin}/{per} in, ${pout}/{per} out",
]


@given(TOKENS, TOKENS, PRICES, PRICES, st.sampled_from(FORMS), st.sampled_from(PERS))
def test_the_price_is_exact(tin: int, tout: int, pin: Decimal, pout: Decimal, form: str, per: tuple[str, int]) -> None:
    text = form.format(tin=tin, tout=tout, pin=f"{pin:f}", pout=f"{pout:f}", per=per[0])
    found = read(FIELD, text, confirmed=True)
    assert isinstance(found.value, Decimal)
    assert Fraction(found.value) == (tin * Fraction(pin) + tout * Fraction(pout)) / per[1]
    assert found.shown.startswith("$")


@given(st.one_of(st.text(), st.lists(st.sampled_from(TYPED.split(" ")), max_size=20).map(" ".join)))
def test_any_text_is_a_price_a_problem_or_something_else(text: str) -> None:
    found = read(FIELD, text)
    assert (found.value is None) != (found.problem is None)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        (CALL, "0.03"),
        (CALL.upper() + ".", "0.03"),
        ("4.5k in 600 out for 4/20 per 1,000,000 tokens", "0.03"),
        ("4500 in 600 out at $0.004/$0.02 per 1,000 tokens", "0.03"),
        ("4500 in 600 out at $0.000004/$0.00002 per token", "0.03"),
        ("4500 in / 600 out x $4/$20 /Mtok", "0.03"),
        ("4500 in, 600 out, $20 out and $4 in per million", "0.03"),
        ("600 out, 4500 in, $4 in / $20 out per M", "0.03"),
        ("4,500 prompt tokens and 600 completion tokens at $4/$20 per 1M", "0.03"),
        ("$4/Mtok in, $20/Mtok out, 4.5k in 600 out", "0.03"),
        ("4,500 tokens in at $4 per million and 600 out at $20 per million", "0.03"),
        ("0 in 0 out at $4/$20 per M", "0"),
        ("1 in 0 out at $0.0000001/$0 per token", "0.0000001"),
    ],
)
def test_ways_to_say_it(text: str, price: str) -> None:
    found = read(FIELD, text)
    assert found.value == Decimal(price)
    assert found.shown == f"${price}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("4500 in 600 out at $4/$20", "per_token"),
        ("4500 in 600 out at $4/M / $20/k", "per_token"),
        ("4.500 in 600 out at $4/$20 per M", "per_token"),
        ("4500 in 600 out at $4,5/$20 per M", "per_token"),
        ("999999999999 in 600 out at $99/$20 per token", "out_of_range"),
        (f"1 in 0 out at $0.{'0' * 60}1/$0 per token", "out_of_range"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_a_problem(text: str, problem: str) -> None:
    found = read(FIELD, text)
    assert found.problem == problem


@pytest.mark.parametrize("text", ["600 out 4500 in at $4/$20 per M", CALL + " " * 300 + "x", "4500 in at $4 per M"])
def test_what_may_be_something_else_is_not_taken(text: str) -> None:
    assert read(FIELD, text).problem


def test_only_a_call_is_priced_by_its_tokens() -> None:
    assert read("usd_per_label", CALL).problem

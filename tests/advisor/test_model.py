"""Answers hold exactly what the contract says a person can answer."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from advisor import Answers
from advisor.model import FIELDS, decimal, plain
from tests.advisor.strategies import answers, boundary_values

SAMPLES: Mapping[str, list[Any]] = {field: boundary_values(field) for field in FIELDS}


def test_every_field_is_optional_and_starts_as_not_asked() -> None:
    assert set(Answers().model_dump().values()) == {None}


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_takes_unknown_and_its_boundary_values(field: str) -> None:
    """Three states: absent, "unknown", a value; known() gives the value alone."""
    assert Answers(**{field: "unknown"}).known(field) is None
    for value in SAMPLES[field]:
        assert Answers(**{field: value}).known(field) is not None


@pytest.mark.parametrize("field", [name for name in sorted(FIELDS) if FIELDS[name].kind in ("count", "rate", "money")])
@pytest.mark.parametrize(
    "wrong", [-1, "NaN", float("nan"), float("inf"), "-Infinity", 10**12 + 1, True, "many", [], 0.5j]
)
def test_a_number_that_is_none_or_out_of_range_is_refused_by_name(field: str, wrong: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        Answers(**{field: wrong})


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("prompt_tried", 1),
        ("prompt_tried", "yes"),
        ("eval_pairs", 620.0),
        ("eval_pairs", "620"),
        ("training_pairs", 0),
        ("measured_pass_rate", "1.0001"),
        ("goal", "world_peace"),
        ("retrain_owner", "x" * 201),
        ("usd_per_label", "1e-61"),
        ("usd_per_label", "1." + "1" * 60),
        ("not_a_field", 1),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(field: str, wrong: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        Answers(**{field: wrong})


def test_money_and_rates_are_exact() -> None:
    given_answers = Answers(usd_per_call_now=0.1, measured_pass_rate="0.10")
    assert given_answers.usd_per_call_now == Decimal("0.1")
    assert given_answers.model_dump(mode="json")["measured_pass_rate"] == "0.1"


def test_minus_zero_is_zero() -> None:
    assert Answers(usd_per_label="-0.0").model_dump(mode="json")["usd_per_label"] == "0"


def test_an_owner_of_blanks_is_nobody() -> None:
    assert Answers(retrain_owner="  ").retrain_owner == ""


def test_answers_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Answers().goal = "other"  # type: ignore[misc]  # so say the types too


@given(answers())
def test_answers_come_back_from_json_as_they_went(held: Answers) -> None:
    assert Answers.model_validate_json(held.model_dump_json()) == held


@pytest.mark.parametrize(
    ("number", "text"),
    [("5E+3", "5000"), ("1.50", "1.5"), ("100", "100"), ("0.000", "0"), ("1E-7", "0.0000001"), ("-2.0", "-2")],
)
def test_decimals_are_written_plain(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_a_computed_number_has_at_most_28_digits_and_rounds_half_even() -> None:
    assert plain(decimal(Fraction(1, 3))) == "0." + "3" * 28
    assert plain(decimal(Fraction(10**28 + 5, 10**28))) == "1"
    assert plain(decimal(Fraction(10**28 + 15, 10**28))) == "1." + "0" * 26 + "2"
    assert plain(decimal(Fraction(-29_000, 7_900))) == "-3.670886075949367088607594937"

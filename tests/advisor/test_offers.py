"""What nobody could take is offered: the meant value stands among at most three buttons."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from advisor.model import FIELDS, UNKNOWN, Answers, Reading
from advisor.reading import read

HERE = Path(__file__).parent
ROWS: list[dict[str, Any]] = json.loads((HERE / "offers.json").read_text(encoding="utf-8"))
TYPED: list[dict[str, Any]] = [
    row
    for row in json.loads((HERE.parent / "understanding" / "answers.json").read_text(encoding="utf-8"))
    if FIELDS[row["field"]].kind in ("count", "rate", "money")
]


def _read(row: dict[str, Any]) -> Reading:
    known = {
        field: int(value) if FIELDS[field].kind == "count" else value for field, value in row.get("known", {}).items()
    }
    return read(row["field"], row["text"], known=Answers.model_validate(known))


def _same(value: object, meant: object) -> bool:
    if UNKNOWN in (value, meant):
        return value == meant
    number = Fraction(str(meant))
    return abs(Fraction(str(value)) - number) <= abs(number) / 200


def _outcome(row: dict[str, Any]) -> str:
    found, meant = _read(row), row.get("means")
    right = row.get("among", []) if meant is None else [meant]
    if found.value is not None:
        return "taken" if any(_same(found.value, each) for each in right) else "wrong"
    offered = [read(row["field"], text, confirmed=True).value for text in found.candidates]
    if any(_same(value, each) for value in offered for each in right):
        return "offered"
    return "refused" if right else "asked"


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['field']}: {row['text']!r}" for row in ROWS])
def test_what_is_meant_is_taken_or_offered(row: dict[str, Any]) -> None:
    assert _outcome(row) in ("taken", "offered")


def test_no_typed_number_is_read_as_another() -> None:
    assert [row for row in TYPED if _outcome(row) == "wrong"] == []


def test_at_most_one_typed_number_in_twenty_is_refused() -> None:
    refused = [row for row in TYPED if _outcome(row) == "refused"]
    assert len(refused) <= len(TYPED) / 20, refused


@pytest.mark.parametrize(
    ("field", "text", "also"),
    [
        ("measured_pass_rate", "82 % of 620 pairs", {"eval_pairs": 620}),
        ("measured_pass_rate", "82%, our target is 90", {"target_pass_rate": 0.9}),
        ("calls_per_year", "12k calls a month, 40 cents a label", {"usd_per_label": 0.4}),
        ("hosting_usd_per_month", "hosting is 300, upkeep costs 100", {"upkeep_usd_per_month": 100}),
        ("eval_pairs", "our eval set has 300, training set 2,000", {"training_pairs": 2000}),
        ("eval_pairs", "300 or 310", {}),
        ("eval_pairs", "our eval set has 300, training set 0", {}),
        ("usd_per_call_now", "$0.02", {}),
    ],
)
def test_what_a_text_gives_to_another_field_by_name_comes_along(field: str, text: str, also: dict[str, float]) -> None:
    found = dict(read(field, text).also)
    assert {name: float(str(reading.value)) for name, reading in found.items()} == also

"""The situations of ``tests/cases/beyond.toml``, worked by hand there."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from advisor import Answers, Rules
from advisor.beyond import Quote, Quotes, beyond
from tests.advisor.beyond.quotes import quote
from tests.advisor.strategies import PASSING, TRIAL, changed

FILE = Path(__file__).parents[2] / "cases" / "beyond.toml"
WORKED: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["beyond"]
TODAY = date(2026, 11, 29)


def quoted(text: str) -> Quote:
    model, *tokens = text.split()
    return quote(model, *map(int, tokens))


def quotes_of(told: Mapping[str, Any]) -> Quotes:
    made = {key: quoted(told[key]) for key in ("now", "after") if key in told}
    rest = {key: value for key, value in told.items() if key not in ("now", "after", "cheaper")}
    if "machine_usd_per_hour" in rest:
        rest["machine_usd_per_hour"] = Decimal(rest["machine_usd_per_hour"])
    for key in ("passing", "failing"):
        rest[key] = tuple(rest.get(key, ()))
    return Quotes(**made, **rest, cheaper=tuple(map(quoted, told.get("cheaper", ()))))


def answers_of(case: Mapping[str, Any]) -> Answers:
    told: dict[str, Any] = {**PASSING, "failure_cause": "other", "large_model_meets_target": True}
    if "trial" in case:
        gained, lost, items = case["trial"]
        tuned = Decimal("0.8") + Decimal(gained - lost) / items
        told |= {**TRIAL, "failure_cause": "tone", "large_model_meets_target": False}
        told |= {"poc_tuned_pass_rate": str(tuned), "poc_eval_items": items, "poc_gained": gained, "poc_lost": lost}
    return changed({**told, **case.get("answers", {})})


def found(part: Any, path: str) -> Any:
    """A figure by its dotted path; a row of a list by its id, its field or its place."""
    for key in path.split("."):
        if isinstance(part, list):
            named = [row for row in part if isinstance(row, dict) and key in (row.get("id"), row.get("field"))]
            part = named[0] if named else part[int(key)]
        else:
            part = part[key]
    return part


@pytest.mark.parametrize("case", WORKED, ids=[case["title"] for case in WORKED])
def test_what_was_worked_by_hand_is_what_is_computed(rules: Rules, case: dict[str, Any]) -> None:
    spans = {field: (Decimal(low), Decimal(high)) for field, (low, high) in case.get("ranges", {}).items()}
    told = beyond(answers_of(case), spans, quotes_of(case.get("quotes", {})), TODAY, rules).model_dump(mode="json")
    for path, wanted in case["figures"].items():
        value = found(told, path)
        try:
            places = len(str(Decimal(wanted)).partition(".")[2])
        except (ArithmeticError, TypeError):
            assert value == (None if wanted == "none" else wanted), path
        else:
            assert round(Decimal(value), places) == Decimal(wanted), path


def test_there_are_twenty_four() -> None:
    assert len(WORKED) == 24

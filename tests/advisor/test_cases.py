"""Situations told in plain English (``tests/cases``) and what they have to lead to."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from advisor import Rules, decide
from tests.advisor.strategies import PASSING, changed

FOLDER = Path(__file__).parent.parent / "cases"
CASES = [case for path in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(path.read_text("utf-8"))["case"]]


def at(report: Any, path: str) -> Any:
    """The figure at a dotted path; ``""`` stands for null, which TOML does not have."""
    for key in path.split("."):
        report = report[int(key)] if isinstance(report, list) else report[key]
    return "" if report is None else report


def rounded(found: Any, wanted: Any) -> Any:
    """A figure to the places the case gives it to."""
    if isinstance(found, str) and isinstance(wanted, str) and wanted[-1:].isdigit():
        return str(Decimal(found).quantize(Decimal(wanted)))
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_situation_leads_to_its_verdict(rules: Rules, case: dict[str, Any]) -> None:
    start = {"passing": PASSING, None: {}}[case.get("base")]
    report = decide(changed(start, *case["answers"].items()), rules).model_dump(mode="json")
    assert report["verdict"]["kind"] == case["verdict"]
    assert [f"{gate['status']} {gate['reason']}" for gate in report["gates"]] == case["gates"]
    assert report["next_steps"][0]["id"] == case["first_step"]
    for path, wanted in case.get("figures", {}).items():
        assert rounded(at(report, path), wanted) == wanted, path


def test_every_case_is_told_in_a_title_and_a_sentence() -> None:
    assert len(CASES) >= 30
    assert len({case["title"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert case["situation"].endswith(".")
        assert set(case) <= {"title", "situation", "base", "answers", "verdict", "gates", "first_step", "figures"}

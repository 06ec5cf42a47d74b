"""Situations told in plain English (``tests/cases``) and what they have to lead to."""

from decimal import Decimal
from typing import Any

import pytest

from advisor import Rules, decide
from tests.advisor.cases import CASES, answers_of, codes, shown


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
    report = decide(answers_of(case), rules).model_dump(mode="json")
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


def test_every_code_of_a_report_has_a_case_that_shows_it(rules: Rules) -> None:
    """Verdicts, reasons, cautions, warnings, pitfalls and steps; none is left to the luck of a draw."""
    seen = {code for case in CASES for code in shown(decide(answers_of(case), rules))}
    idle = [
        f'no case shows {code}: add one to tests/cases ({file}), e.g. [[case]] with base = "passing", the answers that '
        f"lead to it, and {line}"
        for code, file, line in codes(rules)
        if code not in seen
    ]
    assert not idle, "\n".join(idle)
    assert seen == {code for code, _, _ in codes(rules)}, "list it in tests/advisor/cases.py"

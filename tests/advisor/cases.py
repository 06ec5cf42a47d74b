"""Situations told in plain English (``tests/cases``), and the codes of a report that they show."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from advisor import Answers, Report, Rules
from advisor.report import Caution, PitfallId, PocCaution, VerdictKind, Warning_
from tests.advisor.strategies import PASSING, changed

FOLDER = Path(__file__).parents[1] / "cases"
CASES: list[dict[str, Any]] = [
    case for path in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(path.read_text("utf-8")).get("case", [])
]


def answers_of(case: Mapping[str, Any]) -> Answers:
    """The answers of a case: its own, over those of its base."""
    return changed({"passing": PASSING, None: {}}[case.get("base")], *case["answers"].items())


def shown(report: Report) -> Iterator[str]:
    """Every code this report carries."""
    yield f"verdict {report.verdict.kind}"
    for gate in report.gates:
        yield f"reason {gate.number} {gate.reason}"
        yield from (f"caution {code}" for code in gate.cautions)
    yield from (f"caution {code}" for code in (report.poc.cautions if report.poc else ()))
    yield from (f"warning {code}" for code in report.checklist.warnings)
    yield from (f"pitfall {pitfall.id}" for pitfall in report.pitfalls.triggered)
    yield from (f"step {step.id}" for step in report.next_steps)


_FILES: Mapping[int | str, str] = {
    1: "prompt_and_retrieval.toml", 2: "eval_set.toml", 3: "money.toml", 4: "staff_and_trial.toml",
    "poc": "staff_and_trial.toml",
}  # fmt: skip
_ITS_GATE = "the file of its gate"


def codes(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Every code a report can carry, written as in ``shown``; the file its case belongs in, and the line of it that
    names the code."""
    for kind in get_args(VerdictKind):
        yield f"verdict {kind}", _ITS_GATE, f'verdict = "{kind}"'
    for gate in rules.gates:
        for reason in gate.reason:
            yield (
                f"reason {gate.number} {reason.code}",
                _FILES[gate.number],
                f'"{reason.status} {reason.code}" in gates',
            )
    for code in get_args(Caution):
        yield f"caution {code}", _ITS_GATE, f'figures = {{ "gates.2.cautions" = ["{code}"] }}'
    for code in get_args(PocCaution):
        yield f"caution {code}", _FILES["poc"], f'figures = {{ "poc.cautions" = ["{code}"] }}'
    for code in get_args(Warning_):
        yield f"warning {code}", _FILES[1], f'figures = {{ "checklist.warnings" = ["{code}"] }}'
    for code in get_args(PitfallId):
        yield f"pitfall {code}", "pitfalls.toml", f'figures = {{ "pitfalls.triggered.0.id" = "{code}" }}'
    for step in rules.steps:
        yield f"step {step.id}", _FILES[step.gate], f'first_step = "{step.id}"'

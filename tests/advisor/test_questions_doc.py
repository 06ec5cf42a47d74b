"""docs/questions.md tells every question in the order it is asked, and when."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from advisor import Rules
from advisor.model import FIELDS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_questions", DOCS / "build_questions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_fresh(script: ModuleType, rules: Rules) -> None:
    written = (DOCS / "questions.md").read_text(encoding="utf-8")
    assert written == script.questions(rules), "docs/questions.md is stale: run `python docs/build_questions.py`"


def test_the_page_has_every_question_once_in_order(script: ModuleType, rules: Rules) -> None:
    asked = [row.id for part in script.PARTS for row in rules.questions if row.asked_for == part]
    assert re.findall(r"^\*\*.+\*\* `(\w+)`", script.questions(rules), re.MULTILINE) == asked
    assert set(asked) == set(FIELDS)


def test_what_is_said_about_when_is_said_about_questions(script: ModuleType) -> None:
    assert set(script.WHEN) <= set(FIELDS)


def test_the_diagram_names_every_question_of_the_gates(script: ModuleType, rules: Rules) -> None:
    diagram = script.questions(rules).split("```mermaid\n")[1].split("```")[0]
    assert all(re.search(rf"\b{row.id}\b", diagram) for row in rules.questions if row.asked_for == "gates")

"""Every sentence has a named witness: a case in ``tests/cases`` that makes us say it, or the test that hears it said.

Cases of reports are run through the report card and everything that can be answered about it, those of ``said.toml``
through a conversation. What neither can show (channels, other people, Slack in trouble) stands in ``witnesses.toml``.
"""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from advisor import Report, decide, load_rules, step
from advisor.conversation import Attached, Clicked, Edited, Reply, Typed, current
from bot.answering.sentences import bank, reasons, worded
from bot.check.card import Cards
from bot.render.rules import page
from bot.render.wording import Wording
from tests.advisor.cases import CASES, FOLDER, answers_of
from tests.advisor.strategies import given
from tests.conftest import WITNESSES
from tests.prices import PRICES
from tests.test_words import SAY, called, check_of, macros, unused

RULES = load_rules()
SAID: list[dict[str, Any]] = tomllib.loads((FOLDER / "said.toml").read_text(encoding="utf-8"))["said"]
FAMILIES = sorted(path.stem for path in SAY.glob("*.j2") if macros(path.stem))
ROOT = Path(__file__).resolve().parent.parent
_EVENTS: dict[str, type[Typed | Clicked | Edited | Attached]] = {
    "typed": Typed, "clicked": Clicked, "edited": Edited, "attached": Attached,
}  # fmt: skip


def replies(case: dict[str, Any]) -> list[Reply]:
    """What stands before the first event of a conversation, and after each."""
    session = check_of(given(answers_of({"answers": {}} | case)))
    if "asked" in case:
        session = session.plus("ask", field=case["asked"])
    found = [current(session, RULES)]
    for heard in case["hears"]:
        ((kind, told),) = ({"typed": {"text": heard}} if isinstance(heard, str) else heard).items()
        session, reply = step(session, _EVENTS[kind](**told), RULES, PRICES)
        found.append(reply)
    return found


@pytest.mark.parametrize("case", SAID, ids=[case["title"] for case in SAID])
def test_a_conversation_leads_to_what_is_said(case: dict[str, Any]) -> None:
    last = replies(case)[-1]
    assert [note.code for note in last.notes] == case["notes"]
    problems = [note.reading.problem for note in last.notes if note.reading and note.reading.problem]
    assert problems == ([case["problem"]] if "problem" in case else [])


def _tell(report: Report) -> None:
    """All that can be said about a report: its card with everything unfolded, answers to questions, a model's words."""
    wording = Wording(RULES)
    asked = check_of(given(report.answers))
    for command in ("report", "checklist"):
        Cards(wording).view(step(asked, Typed(text=command), RULES)[1])
    bank(report, wording)
    worded({reason.id: reason.brief for reason in reasons(report, wording) if reason.brief}, report, wording)


def test_every_sentence_has_a_case_or_a_test_that_says_it(sentences_said: set[tuple[str, str]]) -> None:
    for case in CASES:
        _tell(decide(answers_of(case), RULES))
    page(Wording(RULES))
    cards = Cards(Wording(RULES))
    for case in SAID:
        for reply in replies(case):
            cards.view(reply)
            cards.collapsed(reply)
    shown = frozenset(sentences_said)
    sworn = {(family, code) for family, rows in WITNESSES.items() for code in rows}
    sayable = {(family, code) for family in FAMILIES for code in macros(family) - called(family) - unused(family)}
    silent = [
        f"no case shows {family}.{code}: add one to {_case_of(family)}; or name a test in which it is said in "
        f'tests/cases/witnesses.toml, e.g. [{family}] {code} = "tests/bot/….py::test_…"'
        for family, code in sorted(sayable - shown - sworn)
    ]
    assert not silent, "\n".join(silent)
    idle = sorted(f"{family}.{code}" for family, code in sworn & shown)
    assert not idle, f"cases show these, which need no row in tests/cases/witnesses.toml: {', '.join(idle)}"
    gone = sorted(f"{family}.{code}" for family, code in sworn - sayable)
    assert not gone, f"no such words; take these rows out of tests/cases/witnesses.toml: {', '.join(gone)}"


def _case_of(family: str) -> str:
    if family in ("verdicts", "reasons", "cautions", "pitfalls", "steps", "operations", "checklist", "slots"):
        return "tests/cases, e.g. a [[case]] with the answers that lead to it"
    return "tests/cases/said.toml, e.g. [[said]] with what is typed"


@cache
def _tests(path: str) -> frozenset[str]:
    """The tests of a file, as pytest names them, without parameters."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    inner = [(f"{node.name}::", node.body) for node in tree.body if isinstance(node, ast.ClassDef)]
    return frozenset(
        f"{path}::{place}{node.name}"
        for place, body in [("", tree.body), *inner]
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("family", WITNESSES)
def test_the_tests_that_are_named_as_witnesses_exist(family: str) -> None:
    """Whether they say the sentence is looked at whenever they run (``tests/conftest.py``)."""
    gone = set()
    for test in WITNESSES[family].values():
        name, _, words = test.removesuffix("]").partition("[")
        path = name.split("::")[0]
        if name not in _tests(path) or words not in (ROOT / path).read_text(encoding="utf-8"):
            gone.add(test)
    assert not gone, f"no such test; mend [{family}] in tests/cases/witnesses.toml: {', '.join(sorted(gone))}"

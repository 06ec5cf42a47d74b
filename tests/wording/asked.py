"""The questions of followups.toml and how they are answered; ``python -m tests.wording`` prints the count."""

import tomllib
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from advisor import Answers, Report, decide, load_rules
from advisor.reading.what_if import suppose
from bot.answering.search import find
from bot.answering.sentences import Sentence, bank
from bot.render.wording import Wording
from tests.advisor.strategies import PAIRS

RULES = load_rules()
WORDING = Wording(RULES)
CASES = tomllib.loads((Path(__file__).parent / "followups.toml").read_text(encoding="utf-8"))
ASKED: list[dict[str, Any]] = CASES["asked"]
SETS = list(dict.fromkeys(case["set"] for case in ASKED))
REPORTS: dict[str, dict[str, Any]] = {
    name: told | ({"eval_pairs": PAIRS + 200} if told.get("eval_pairs") == "enough" else {})
    for name, told in CASES["reports"].items()
}


@cache
def report(name: str) -> Report:
    return decide(Answers(**REPORTS[name]), RULES)


@cache
def known(name: str) -> dict[str, Sentence]:
    return bank(report(name), WORDING)


@cache
def came(name: str) -> Counter[str]:
    """How the questions of a set are answered: right, unknown (we said so), other (neither right nor misleading),
    misleading; "perhaps" before it when the answer began with our doubt."""
    return Counter(_judged(case) for case in ASKED if case["set"] == name)


def _judged(case: dict[str, Any]) -> str:
    asked = report(case["report"])
    if then := suppose(case["question"], asked.answers):
        wanted = {field: Decimal(value) for field, value in case.get("supposes", {}).items()}
        changed = {name: value for name, value in then if value != getattr(asked.answers, name)}
        return "right" if changed == wanted else "misleading"
    found = find(case["question"], asked, known(case["report"]))
    ids = [one.id for one in found.sentences]
    doubt = "perhaps " if ids and not found.sure else ""
    if set(ids[:2]) & set(case["expect"]) or (not ids and not case["expect"]):
        return f"{doubt}right"
    if not ids:
        return "unknown"
    bad = any(ids[0] == id or (id.endswith("*") and ids[0].startswith(id[:-1])) for id in case["misleading"])
    return f"{doubt}{'misleading' if bad else 'other'}"

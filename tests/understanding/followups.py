"""How well questions about a report are understood: ``python -m tests.understanding.followups``, with ``-v`` each one
that is not right.

Right is an answer whose intent is among those the question asks (``followups_intents.toml``), also where we say that we
are not sure and guess it; misleading is one that is sure and not among them.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.reading.what_if import suppose
from bot.answering.intents import NOTHING
from bot.answering.search import find
from tests.wording.asked import known, report

HERE = Path(__file__).parent
REPORTS: dict[str, str] = {
    row["text"]: row["report"] for row in json.loads((HERE / "followups.json").read_text("utf-8"))
}
ASKED: list[dict[str, Any]] = tomllib.loads((HERE / "followups_intents.toml").read_text("utf-8"))["asked"]
LATER: list[dict[str, Any]] = json.loads((HERE / "followups_later.json").read_text("utf-8"))
"""Two times fifty that came later, each judged once before anything was changed on its account."""


def judged(text: str, name: str, intents: list[str], supposes: dict[str, str] | None = None) -> tuple[str, str]:
    """right, offered (among the questions to press), unknown, other or misleading; and what was understood."""
    asked = report(name)
    if then := suppose(text, asked.answers):
        changed = {field: str(value) for field, value in then if value != getattr(asked.answers, field)}
        return "right" if changed == supposes else "misleading", f"computed with {changed}"
    found = find(text, asked, known(name))
    understood = f"{', '.join(found.intents) or NOTHING} {found.doubt}".strip()
    if not found.intents:
        return "right" if NOTHING in intents else "unknown", understood
    if found.sure:
        return "right" if set(found.intents) & set(intents) else "misleading", understood
    if found.intents[0] in intents:
        return "right", understood
    return "offered" if set(found.intents) & set(intents) else "other", understood


def each(asked: list[dict[str, Any]] = ASKED) -> Iterator[tuple[str, str, str]]:
    for row in asked:
        name = row.get("report") or REPORTS[row["text"]]
        came, understood = judged(row["text"], name, row["intents"], row.get("supposes"))
        yield row["text"], came, understood


def line(counts: Counter[str]) -> str:
    """The figures in one line."""
    kinds = ("right", "misleading", "offered", "other", "unknown")
    share = 100 * counts["right"] / counts.total()
    told = ", ".join(f"{counts[kind]} {kind}" for kind in kinds)
    return f"follow-up questions: {told}; of {counts.total()} right {share:.0f} %"


if __name__ == "__main__":
    for asked in (ASKED, LATER):
        rows = list(each(asked))
        if "-v" in sys.argv:
            print("\n".join(f"{came}: {text}\n    {understood}" for text, came, understood in rows if came != "right"))
        print(line(Counter(came for _, came, _ in rows)))

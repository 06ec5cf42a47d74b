"""How much of what people type is understood: the open half of the material, judged field by field.

    python -m tests.understanding.judge

An item is *right* (taken as its value, or asked about where nobody can know one), *offered* (its value is among what is
offered: of options among the two that stand above the list), *refused* (no value, and nothing offered that it means) or
*wrong* (another value is taken).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from advisor import Answers, load_rules, read
from advisor.model import FIELDS, UNKNOWN
from bot.answering.options import nearest

FOLDER = Path(__file__).parent
_FIRST = 2  # of the options offered: as many stand above the list
_LISTED = 3  # options that stand as buttons anyway
_NUMBERS = ("count", "rate", "money")
_ROUNDED = 200
"""A number is right to this part of it: "two thirds" is 66.7 %."""

Outcome = Literal["right", "offered", "refused", "wrong"]
Item = Mapping[str, Any]


def items(name: str) -> list[Item]:
    """The open half of a kind of material."""
    rows: list[Item] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def outcome(item: Item, *, card: bool = False) -> Outcome:
    """What comes of an item; with the ``card`` also what that offers by meaning, where the reader offers nothing."""
    field, text = item["field"], item["text"]
    number = FIELDS[field].kind in _NUMBERS
    found = read(field, text, known=_known(item))
    meant = item["among"] if "among" in item else [item["means"]]
    if found.value is not None:
        said = meant if number else [item["means"]]
        return "right" if any(one is not None and _same(found.value, one, number) for one in said) else "wrong"
    if meant in ([None], ["open"]):
        return "right"
    offers = [read(field, each, confirmed=True).value for each in found.candidates]
    row = load_rules().question(field)
    if card and len(row.options) > _LISTED and not found.shown:
        offers = list(nearest(row, text, tuple(map(str, offers))))
    offers = offers[:_FIRST] if row.options else offers
    return "offered" if any(_same(offer, one, number) for offer in offers for one in meant) else "refused"


def _known(item: Item) -> Answers:
    told = item.get("known", {})
    counts = {field for field in told if FIELDS[field].kind == "count"}
    return Answers.model_validate({field: int(told[field]) if field in counts else told[field] for field in told})


def _same(value: Any, meant: Any, number: bool) -> bool:
    if not number or UNKNOWN in (value, meant):
        return isinstance(value, bool) == isinstance(meant, bool) and bool(value == meant)
    exact = Fraction(str(meant))
    return abs(Fraction(str(value)) - exact) <= abs(exact) / _ROUNDED


def judged(rows: Iterable[Item], *, card: bool = False) -> dict[str, Counter[str]]:
    """The outcomes of items by field, and of all of them under ``all``."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        result = outcome(row, card=card)
        counts[row["field"]][result] += 1
        counts["all"][result] += 1
    return dict(counts)


def main() -> None:
    for name in ("phrases", "answers"):
        print(f"{name:28} right  offered  refused  wrong")
        for field, counts in judged(items(name), card=True).items():
            row = "  ".join(f"{counts[each]:5}" for each in ("right", "offered", "refused", "wrong"))
            print(f"  {field:26} {row}")


if __name__ == "__main__":
    main()

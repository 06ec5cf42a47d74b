"""How much of what people type is understood: the open half of the material, judged field by field.

    python -m tests.understanding.judge

An item is *right* (taken as its value), *offered* (its value is among the two that stand first), *refused* (no value,
and nothing offered that it means) or *wrong* (another value is taken). Who judges other fields adds them to ``JUDGED``.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Literal

from advisor import Answers, load_rules, read
from advisor.model import FIELDS
from bot.answering.options import nearest

FOLDER = Path(__file__).parent
JUDGED = ("choice", "yes_no")
"""Kinds of fields that are judged."""
_FIRST = 2  # of what is offered: as many stand above the list

_LISTED = 3  # options that stand as buttons anyway

Outcome = Literal["right", "offered", "refused", "wrong"]
Item = Mapping[str, Any]


def items(name: str) -> list[Item]:
    """The open half of a kind of material, fields of a judged kind only."""
    rows: list[Item] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [row for row in rows if FIELDS[row["field"]].kind in JUDGED]


def outcome(item: Item, *, card: bool = False) -> Outcome:
    """What comes of an item; with the ``card`` also what that offers by meaning, where the reader offers nothing."""
    field, text = item["field"], item["text"]
    known: Any = (
        {"known": Answers.model_validate(item.get("known", {}))} if "known" in signature(read).parameters else {}
    )
    found = read(field, text, **known)
    meant = item["among"] if "among" in item else [item["means"]]
    if found.value is not None:
        return "right" if item["means"] is not None and _same(found.value, item["means"]) else "wrong"
    offers = [read(field, each).value for each in found.candidates]
    row = load_rules().question(field)
    if card and len(row.options) > _LISTED and not found.shown:
        offers = list(nearest(row, text, tuple(map(str, offers))))
    offers = offers[:_FIRST]
    return "offered" if any(_same(offer, one) for offer in offers for one in meant) else "refused"


def _same(value: Any, meant: Any) -> bool:
    return isinstance(value, bool) == isinstance(meant, bool) and bool(value == meant)


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

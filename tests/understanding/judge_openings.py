"""How much of what openings say is put forward, and how much of what is put forward is false.

``python -m tests.understanding.judge_openings [file ...]`` prints both, and with ``-v`` what was missed or false.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.model import FIELDS, Value
from advisor.reading.opening import mentioned

HERE = Path(__file__).parent
FILES = tuple(HERE / f"openings{part}.json" for part in ("", "_shaped", "_kept", "_later", "_fresh"))


@dataclass
class Judged:
    """Lines put forward that are right, not judged and false, and what was said and not put forward."""

    right: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return len(self.right) / max(1, len(self.right) + len(self.missed))

    @property
    def falsehood(self) -> float:
        return len(self.false) / max(1, len(self.right) + len(self.may) + len(self.false))


def is_same(name: str, value: Value, meant: Any) -> bool:
    if FIELDS[name].kind in ("count", "rate", "money") and "unknown" not in (value, meant):
        return round(Decimal(value), 6) == round(Decimal(str(meant)), 6)
    return value == meant


def judged(openings: Iterable[Mapping[str, Any]]) -> Judged:
    """The lines of some openings against what a careful reader found in them."""
    result = Judged()
    for place, opening in enumerate(openings):
        left = dict(opening["says"])
        for one in mentioned(opening["text"]):
            told = f"{place} {one.field} = {one.shown} from “{one.words}”"
            if one.field in left and is_same(one.field, one.value, left[one.field]):
                result.right.append(told)
                del left[one.field]
            elif one.field in opening["may"]:
                result.may.append(told)
            else:
                result.false.append(told)
        result.missed += [f"{place} {name} = {value}" for name, value in left.items()]
    return result


def main(words: list[str]) -> None:
    for path in [Path(word) for word in words if word != "-v"] or FILES:
        result = judged(json.loads(path.read_text(encoding="utf-8")))
        lines = len(result.right) + len(result.may) + len(result.false)
        print(
            f"{path.name}: {len(result.right)} of {len(result.right) + len(result.missed)} said are put forward "
            f"({result.recall:.0%}); {len(result.false)} of {lines} lines false ({result.falsehood:.1%})"
        )
        if "-v" in words:
            print(*(f"  false: {told}" for told in result.false), sep="\n")
            print(*(f"  missed: {told}" for told in result.missed), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])

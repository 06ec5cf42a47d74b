"""The words people use, as they stand in the rules: of a yes-or-no question those that answer it by themselves.

Of its own beside the rulebook, whose loader checks with the reader that its examples read cleanly.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """What a yes-or-no question asks about, and the words that answer it by themselves."""

    asks: Literal["deed", "fact"] = "deed"
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


def words_of(field: str) -> Words:
    """The words of a field's question; those of no yes-or-no question are none."""
    return _questions().get(field, Words())


@cache
def _questions() -> Mapping[str, Words]:
    rows = tomllib.loads((files("advisor") / "rules" / "questions.toml").read_text(encoding="utf-8"))["question"]
    return {
        row["id"]: Words(row["asks"], tuple(row.get("yes", ())), tuple(row.get("no", ())))
        for row in rows
        if "asks" in row
    }

"""What a report can be asked: the intents of ``intents.toml``, each with the sentences that answer it, and the words by
which a question names one.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from advisor.loader import load_rules

NOTHING = "nothing"
"""What an example is of that a report does not speak of."""
_OWN = "unweighed_"
_ABOUT = 3  # sentences of an answer that say what it is about


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(_Strict):
    """An intent as it stands in ``intents.toml``, whose head explains the parts."""

    id: str
    asks: str
    answer: tuple[str, ...]
    names: tuple[str, ...] = ()
    each: Literal["question", ""] = ""
    called: dict[str, str] = {}
    also: dict[str, tuple[str, ...]] = {}


class Named(_Strict):
    """Words for a thing, and what stands in the ids of what is about it."""

    words: tuple[str, ...]
    ids: tuple[str, ...]


class _File(_Strict):
    intent: tuple[Row, ...]
    named: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing that can be asked. ``names`` says whether it has words of its own."""

    id: str
    row: str
    asks: str
    answer: tuple[str, ...]
    names: bool

    def about(self, named: Named) -> bool:
        return any(part in id for part in named.ids for id in (self.id, *self.answer[:_ABOUT]))


@cache
def _file() -> _File:
    return _File(**tomllib.loads((files("bot.answering") / "intents.toml").read_text(encoding="utf-8")))


@cache
def intents() -> dict[str, Intent]:
    """Every intent by its id: one that is asked of many things is one for each, "step.train_poc"."""
    shorts = {question.id: question.short for question in load_rules().questions}
    return {intent.id: intent for row in _file().intent for intent in _of(row, shorts)}


def _of(row: Row, shorts: dict[str, str]) -> Iterator[Intent]:
    called = shorts if row.each else row.called
    if not called:
        yield Intent(row.id, row.id, row.asks, row.answer, bool(row.names))
    for one, name in called.items():
        answer = (*(id.format(one) for id in row.answer), *row.also.get(one, ()))
        yield Intent(f"{row.id}.{one}", row.id, row.asks.format(name), answer, bool(row.names))


def unweighed() -> list[str]:
    """The sentences about what the rules do not weigh: an intent has one of its own."""
    return [id for row in _file().intent for id in row.answer if id.startswith(_OWN)]


# ---- what a question names


def rows_named(words: list[str]) -> Counter[str]:
    """The intents' rows of which a question has words, and how many."""
    whole, begun = _lookup(tuple((row.id, row.names) for row in _file().intent))
    return Counter(row for word in _with_pairs(words) for row in _hits(word, whole, begun))


def things_named(words: list[str]) -> list[Named]:
    """What the report is about of which a question has words."""
    whole, begun = _lookup(tuple((str(number), named.words) for number, named in enumerate(_file().named)))
    hit = {int(number) for word in _with_pairs(words) for number in _hits(word, whole, begun)}
    return [_file().named[number] for number in sorted(hit)]


_Table = tuple[dict[str, set[str]], dict[str, set[str]]]


@cache
def _lookup(names: tuple[tuple[str, tuple[str, ...]], ...]) -> _Table:
    """Whole words and beginnings of words, each with whom it names."""
    whole: dict[str, set[str]] = defaultdict(set)
    begun: dict[str, set[str]] = defaultdict(set)
    for id, words in names:
        for word in words:
            (begun if word.endswith("*") else whole)[word.rstrip("*")].add(id)
    return dict(whole), dict(begun)


def _hits(word: str, whole: dict[str, set[str]], begun: dict[str, set[str]]) -> set[str]:
    found = set(whole.get(word, ()))
    for end in range(2, len(word) + 1):
        found |= begun.get(word[:end], set())
    return found


def _with_pairs(words: Iterable[str]) -> set[str]:
    listed = list(words)
    return {*listed, *(f"{one}-{next}" for one, next in pairwise(listed))}

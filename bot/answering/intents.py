"""What a report can be asked: the intents of ``intents.toml``, each with the sentences that answer it, and the words by
which a question names one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from advisor.loader import load_rules
from advisor.pattern import pattern

NOTHING = "nothing"
"""What an example is of that a report does not speak of."""
_OWN = "unweighed_"
_Name = TypeVar("_Name")
_NONE: Mapping[str, Any] = MappingProxyType({})
_ABOUT = 3  # sentences of an answer that say what it is about
_WORD, _MOST_WORDS = pattern(r"[a-z0-9]+(?:[-/][a-z0-9]+)*"), 120


class Row(NamedTuple):
    """An intent as it stands in ``intents.toml``, whose head explains the parts."""

    id: str
    asks: str
    answer: Sequence[str]
    names: Sequence[str] = ()
    each: Literal["question", ""] = ""
    called: Mapping[str, str] = _NONE
    also: Mapping[str, Sequence[str]] = _NONE


class Named(NamedTuple):
    """Words for a thing, and what stands in the ids of what is about it."""

    words: Sequence[str]
    ids: Sequence[str]


class _File(NamedTuple):
    intents: tuple[Row, ...]
    named: tuple[Named, ...]


class Intent(NamedTuple):
    """One thing that can be asked; ``row`` is the row's id, which many may share."""

    id: str
    row: str
    asks: str
    answer: tuple[str, ...]
    names: tuple[str, ...]

    def about(self, named: Named) -> bool:
        return any(part in id for part in named.ids for id in (self.id, *self.answer[:_ABOUT]))


@cache
def _file() -> _File:
    import tomllib

    read = tomllib.loads(Path(__file__).with_name("intents.toml").read_text(encoding="utf-8"))
    return _File(tuple(Row(**row) for row in read["intent"]), tuple(Named(**row) for row in read["named"]))


@cache
def intents() -> dict[str, Intent]:
    """Every intent by its id: one that is asked of many things is one for each, "step.train_poc"."""
    shorts = {question.id: question.short for question in load_rules().questions}
    return {intent.id: intent for row in _file().intents for intent in _of(row, shorts)}


def _of(row: Row, shorts: dict[str, str]) -> Iterator[Intent]:
    called = shorts if row.each else row.called
    if not called:
        yield Intent(row.id, row.id, row.asks, tuple(row.answer), tuple(row.names))
    for one, name in called.items():
        answer = (*(id.format(one) for id in row.answer), *row.also.get(one, ()))
        names = tuple(word.format(one) for word in row.names)
        yield Intent(f"{row.id}.{one}", row.id, row.asks.format(name), answer, names)


def unweighed() -> list[str]:
    """The sentences about what the rules do not weigh: an intent has one of its own."""
    return [id for row in _file().intents for id in row.answer if id.startswith(_OWN)]


# ---- what a question names


def intents_named(question: str) -> Counter[str]:
    """The intents of which a question has words, and how many."""
    table = _intents_by_word()
    return Counter(id for word in _words(question) for id in table.get(word, ()))


def things_named(question: str) -> list[Named]:
    """What a report is about of which a question has words."""
    table = _things_by_word()
    numbers = {number for word in _words(question) for number in table.get(word, ())}
    return [_file().named[number] for number in sorted(numbers)]


@cache
def _intents_by_word() -> dict[str, set[str]]:
    return _table((intent.id, intent.names) for intent in intents().values())


@cache
def _things_by_word() -> dict[str, set[int]]:
    return _table((number, named.words) for number, named in enumerate(_file().named))


def _table(names: Iterable[tuple[_Name, Sequence[str]]]) -> dict[str, set[_Name]]:
    named: dict[str, set[_Name]] = defaultdict(set)
    for name, words in names:
        for word in words:
            named[word].add(name)
    return dict(named)


def _words(question: str) -> set[str]:
    """The words of a question, each two in a row, and the beginnings of each word."""
    words = _WORD.findall(question.casefold())[:_MOST_WORDS]
    begun = (f"{word[:end]}*" for word in words for end in range(2, len(word) + 1))
    return {*words, *begun, *(f"{one}-{other}" for one, other in pairwise(words))}

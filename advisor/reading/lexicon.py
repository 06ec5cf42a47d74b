"""The words people use, as they stand in the rules: of a yes-or-no question those that answer it by themselves, and
those around numbers."""

import re
from collections.abc import Mapping
from functools import cache

from advisor.model import FIELDS
from advisor.rulebook import Question, rules_in, words_in


def row_of(field: str) -> Question:
    """The question of a field, with the words its row has for yes, no and each option."""
    return _rows()[field]


@cache
def _rows() -> Mapping[str, Question]:
    return {row.id: row for row in rules_in().questions}


@cache
def phrase(name: str) -> re.Pattern[str]:
    """The pattern of a name in ``rules/words.toml``."""
    return re.compile(_text(words_in().phrases[name]))


def _text(pieces: tuple[str, ...]) -> str:
    """Pieces as one pattern; "<rag>" in them is the pattern of that name."""
    return re.sub(r"(?<!\()(?<!\?)<(\w+)>", lambda found: _text(words_in().phrases[found[1]]), "".join(pieces))


@cache
def elsewhere(field: str) -> re.Pattern[str]:
    """Words beside a number that make it another field's, or one no question asks for."""
    kind = FIELDS[field].kind
    groups = {field, {"rate": "rates", "money": "money"}.get(kind, "counts")}
    found = [_text(row.words) for row in words_in().elsewhere if groups & set(row.fields)]
    return re.compile("|".join(f"(?:{each})" for each in found))


@cache
def names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each field that has a name of its own, and that name."""
    return tuple((field, re.compile(_text(words))) for field, words in words_in().named.items())


@cache
def mark_of(word: str) -> str:
    """What a single word stands for; ``?`` for one that no table knows."""
    return _marks().get(word, "?")


@cache
def _marks() -> Mapping[str, str]:
    marks = {word: mark for mark, words in words_in().marks.items() for word in words.split()}
    return marks | {sign: sign for signs in words_in().signs.values() for sign in signs.split()}


@cache
def spelled() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What stands for a phrase of several words before each word is a mark."""
    return tuple((re.compile(_text(row.words)), row.stands) for row in words_in().spelled)

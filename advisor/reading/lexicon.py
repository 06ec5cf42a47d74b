"""The words people use, as they stand in the rules: names of options, words of yes and no, hedges."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from advisor.model import FIELDS
from advisor.pattern import pattern
from advisor.rulebook import Question, Supposed, rules_in, words_in

_ENDING = pattern(r"(?<=\w{3})(?:ings?|ed|ly|es?|s)$|(?<=\w{4})ions?$")
_TOKEN = pattern(r"[^\W_]+|[,;:()?!–—]|\.(?!\d)|(?<= )-+(?= )")
_NOT = pattern(r"n't\b")
_NOT_ONLY = pattern(r"\bnot (?:only|just|merely)\b")
MARKS = frozenset((*",.;:()?!–—-", "--"))
_REACH = 4  # tokens that may stand between the words of one entry
_DOUBLE = pattern(r"([b-df-hj-np-tv-z])\1$")


@lru_cache(4096)
def stem(word: str) -> str:
    """A word without its ending, so that "labelled" and "labels" are one."""
    if len(word) <= 3:
        return word
    cut = _DOUBLE.sub(r"\1", _ENDING.sub("", word))
    if cut == "not":  # notes, notion
        return word
    return cut[:-1] + "i" if cut.endswith("y") else cut


def bare(text: str) -> str:
    """A text as whole answers are compared."""
    return " ".join(re.split(r"[\W_]+", text.casefold())).strip()


def words(text: str) -> list[str]:
    """The words of a lower-case text and its marks."""
    plain = _NOT.sub(" not", text.replace("cannot", "can not").replace("can't", "can not"))
    return _TOKEN.findall(_NOT_ONLY.sub("", plain))


def stems(text: str) -> list[str]:
    """The same, each word without its ending."""
    return [stem(each) for each in words(text)]


class Entry(NamedTuple):
    """Words that stand for a meaning, found by the longest of them; ``sure`` when they name it."""

    meaning: str
    sure: bool
    others: tuple[str, ...]
    reach: int
    """Tokens that may stand between them."""
    denies: bool
    """Whether they have a "not" before something."""


class Lexicon(NamedTuple):
    """A field's words. ``meanings`` has each by how it is shown; ``named`` are labels and words as whole answers;
    ``single`` one-word entries, for slips of the finger."""

    meanings: Mapping[str, str]
    named: Mapping[str, str]
    entries: Mapping[str, tuple[Entry, ...]]
    single: Mapping[str, tuple[str, ...]]


def row_of(field: str) -> Question:
    """The question of a field, with the words its row has for yes, no and each option."""
    return _rows()[field]


@cache
def manner(name: Literal["denials", "praise"]) -> frozenset[str]:
    """The stems of words that deny or praise, whatever the question."""
    return frozenset(map(stem, getattr(rules_in().manner, name)))


def unknown_in(text: str) -> bool:
    """Whether a text begins with not knowing and claims nothing after it."""
    return bool(phrase("unknown_first").match(text)) and not phrase("claims").search(text)


@cache
def lexicon_of(field: str) -> Lexicon:
    options = row_of(field).options
    named = {bare(text): option.id for option in options for text in (*option.words, option.label)}
    entries: dict[tuple[frozenset[str], int, bool], dict[str, bool]] = defaultdict(dict)
    for meaning, sure, text in _told(row_of(field)):
        spelled = [word for word in words(text.casefold()) if word not in MARKS]
        telling = [word for word in spelled if word not in rules_in().manner.little]
        # "In the field" is more than its one telling word: it stands together.
        whole = len(telling) > 1 or len(spelled) == 1
        key = frozenset(map(stem, telling if whole else spelled)), _REACH if whole else 1, "not" in spelled[:-1]
        entries[key][meaning] = entries[key].get(meaning, False) or sure
    index: dict[str, list[Entry]] = defaultdict(list)
    for (all_of, reach, denies), found in entries.items():
        longest = max(sorted(all_of), key=len)
        others = tuple(sorted(all_of - {longest}))
        for meaning, sure in found.items():
            # Words of two meanings name neither.
            index[longest].append(Entry(meaning, sure and len(found) == 1, others, reach, denies))
    single = {next(iter(all_of)): tuple(found) for (all_of, *_), found in entries.items() if len(all_of) == 1}
    meanings = {bare(option.id): option.id for option in options}
    return Lexicon(meanings, named, {key: tuple(found) for key, found in index.items()}, single)


def _told(row: Question) -> Iterator[tuple[str, bool, str]]:
    """Each meaning, whether the words name it, and the words."""
    for option in row.options:
        for text in (option.label, *option.words):
            yield option.id, text.casefold() not in option.near, text
        for text in option.near:
            yield option.id, False, text
    for meaning, whole, anywhere in (("yes", row.yes, row.says_yes), ("no", row.no, row.says_no)):
        yield from ((meaning, text in anywhere, text) for text in (*whole, *anywhere))
    if row.asks == "deed":
        for text in rules_in().manner.to_come:
            yield "no", True, text


@cache
def _rows() -> Mapping[str, Question]:
    return {row.id: row for row in rules_in().questions}


# ---- the words around numbers


@cache
def phrase(name: str) -> re.Pattern[str]:
    """The pattern of a name in ``rules/words.toml``."""
    return re.compile(_text(words_in().phrases[name]))


def _text(pieces: tuple[str, ...]) -> str:
    """Pieces as one pattern; "<rag>" in them is the pattern of that name, "<:call>" any word of that mark."""
    return re.sub(r"(?<!\?P)<(:?\w+)>", _meant, "".join(pieces))


def _meant(found: re.Match[str]) -> str:
    table = words_in()
    return f"(?:{'|'.join(table.marks[found[1]].split())})" if found[1][0] == ":" else _text(table.phrases[found[1]])


@cache
def elsewhere(field: str) -> re.Pattern[str]:
    """Words beside a number that make it another field's, or one no question asks for."""
    found = [_text(row.words) for row in words_in().elsewhere if _groups(field) & set(row.fields)]
    return re.compile("|".join(f"(?:{each})" for each in found))


def _groups(field: str) -> set[str]:
    return {field, "all", {"rate": "rates", "money": "money"}.get(FIELDS[field].kind, "counts")}


@cache
def beside(field: str, mark: str) -> str:
    """What a mark is beside a number of a field: nothing where it says nothing new."""
    own = words_in().own.get(mark)
    if own is None:
        return mark
    return "" if field not in own.but and _groups(field) & set(own.of) else own.stands


@cache
def names() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each field that has a name of its own, and that name."""
    return tuple((field, re.compile(_text(words))) for field, words in words_in().named.items())


@cache
def supposed() -> tuple[tuple[Supposed, re.Pattern[str]], ...]:
    """What names a field in a question that supposes other answers."""
    named = (Supposed(words=words, fields=(field,)) for field, words in words_in().named.items())
    return tuple((row, re.compile(_text(row.words))) for row in (*words_in().supposed, *named))


@cache
def called() -> re.Pattern[str]:
    """How fields are called where none was asked for; each is a group of its own."""
    named, more = words_in().named, words_in().called
    words = {field: (*named.get(field, ()), *("|",) * (field in named), *more[field]) for field in more}
    groups = "|".join(f"(?P<{field}>{_text(text)})" for field, text in {**named, **words}.items())
    return re.compile(rf"(?<![^\W\d_])(?:{groups})(?![^\W_])(?!_)")


@lru_cache(maxsize=4096)
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

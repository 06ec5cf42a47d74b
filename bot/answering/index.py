"""Questions as people ask them, each with its intent, and which of them a new one is like.

Two likenesses are mixed: of spelling, by the runs of letters that two questions share (it sees through a slip of the
finger and knows every name), and of meaning, by what their words mean ("exam" and "eval set" are near). The examples
stand in ``examples.tsv``; what words mean in ``words.tsv``, which docs/build_words.py writes.
"""

import re
from array import array
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from advisor.pattern import pattern
from bot.answering.intents import intents

_RUNS = (3, 5)  # letters: short ones bridge an ending or a slip of the finger, longer ones tell words apart
_MEANING = 0.45  # of a likeness; the rest is spelling

_DROPPED = pattern(
    r"\b(?:a|an|the|is|are|do|does|did|we|i|you|it|this|that|to|of|in|on|for|and|or|be|so|our|us|my|your|me|with|if)\b"
)
_WORD = pattern(r"[a-z][a-z'-]*|\d+(?:\.\d+)?")
_LETTERS = pattern(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class _Examples:
    intents: list[str]
    stands: "dict[str, array[int]]"
    """In which examples a run of letters stands; a million numbers, so no objects."""
    telling: dict[str, float]
    """What it says that two questions share a run: the rarer, the more (inverse document frequency, counted once and
    not for each of the two: chance likeness of rare words would outweigh the sentence). Of an unknown run under ""."""
    lengths: NDArray[np.float32]
    """Of each example, by its runs."""
    meanings: NDArray[np.float32]
    """Of each example, a row."""


def alike(question: str, most: int) -> list[tuple[float, str]]:
    """The intents of the examples most like a question, the likest first, with their likeness (1 is the same)."""
    likeness, known = likenesses(question), _examples()
    likest = np.argsort(-likeness, kind="stable")[:most]
    return [(float(likeness[number]), known.intents[number]) for number in likest]


def likenesses(question: str) -> NDArray[np.float32]:
    """How alike a question is to each example."""
    known = _examples()
    shared = np.zeros(len(known.intents), dtype=np.float32)
    runs = set(_runs(question))
    for run in runs & known.stands.keys():
        shared[np.frombuffer(known.stands[run], np.uint16)] += known.telling[run]
    length = sqrt(sum(known.telling.get(run, known.telling[""]) for run in runs)) or 1.0
    spelling, meant = shared / (length * known.lengths), known.meanings @ meaning(question)
    likeness: NDArray[np.float32] = (1 - _MEANING) * spelling + _MEANING * meant
    return likeness


def load() -> None:
    """Read the examples, which takes a second or two: before the first question, not in its turn."""
    _examples()


def lines() -> Iterator[tuple[str, str]]:
    """The examples as they are written: the intent of one, and the question."""
    for line in _rows("examples.tsv"):
        intent, question = line.split("\t")
        yield intent, question


@cache
def _examples() -> _Examples:
    # Each intent's own question is an example of it, and the first of those that are the same: it stands on buttons.
    asked = [*((intent.id, intent.asks) for intent in intents().values()), *lines()]
    stands: dict[str, array[int]] = defaultdict(lambda: array("H"))
    for number, (_, question) in enumerate(asked):
        for run in set(_runs(question)):
            stands[run].append(number)
    often = {run: len(numbers) for run, numbers in stands.items()} | {"": 0}
    telling = {run: log(1 + len(asked) / (count + 0.5)) for run, count in often.items()}
    told = np.zeros(len(asked), dtype=np.float32)
    for run, numbers in stands.items():
        told[np.frombuffer(numbers, np.uint16)] += telling[run]
    return _Examples(
        intents=[intent for intent, _ in asked],
        stands=dict(stands),
        telling=telling,
        lengths=np.sqrt(np.where(told, told, 1)),
        meanings=np.stack([meaning(question) for _, question in asked]),
    )


def _rows(name: str) -> Iterator[str]:
    text = (files("bot.answering") / name).read_text(encoding="utf-8")
    return (line for line in text.rstrip("\n").split("\n") if not line.startswith("# "))


def _runs(question: str) -> Iterator[str]:
    text = f" {' '.join(_WORD.findall(_DROPPED.sub(' ', _plain(question))))} "
    return (text[start : start + length] for length in _RUNS for start in range(len(text) - length + 1))


def meaning(question: str) -> NDArray[np.float32]:
    """Where the sum of what its words mean points: of length 1, or 0 where no word is known."""
    place, means = words()
    total: NDArray[np.float32] = means[[place[word] for word in spelled(question) if word in place]].sum(0)
    return total / (float(np.linalg.norm(total)) or 1.0)


@cache
def words() -> tuple[dict[str, int], NDArray[np.float32]]:
    """What words mean: the row of each, and the rows."""
    rows = [line.split("\t") for line in _rows("words.tsv")]
    means = np.stack([np.frombuffer(b64decode(told), dtype=np.int8) for _, told in rows]).astype(np.float32)
    return {word: number for number, (word, _) in enumerate(rows)}, means


def spelled(question: str) -> list[str]:
    """The words of a question as ``words.tsv`` spells them."""
    return _LETTERS.findall(_plain(question))


def _plain(question: str) -> str:
    text = question.casefold().replace("’", "'")
    text = re.sub(r"\b(what|who|where|how|that|it|there|why)'s\b", r"\1 is", text)
    text = re.sub(r"'(?:d|ll|ve|re|m)\b", "", text)
    text = re.sub(r"n't\b", " not", text).replace("cannot", "can not")
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)

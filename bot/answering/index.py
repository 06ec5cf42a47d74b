"""Questions as people ask them, each with its intent, and which of them a new one is like.

Two likenesses are mixed: of spelling, by the runs of letters that two questions share (it sees through a slip of the
finger and knows every name), and of meaning, by what their words mean ("exam" and "eval set" are near). The examples
stand in ``examples.tsv``; what words mean in ``words.tsv``, which docs/build_words.py writes. Beside it, what each word
of a question, and two in a row, say for an intent: how much more often they stand in its examples than elsewhere. There
an intent of ten examples counts as much as one of hundreds.
"""

import re
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.pattern import pattern
from bot.answering.intents import intents

_RUNS = (3, 5)  # letters: short ones bridge an ending or a slip of the finger, longer ones tell words apart
_NUMBER_BITS = 16  # of an example's number; five letters and it are a number of 64 bits
_MEANING = 0.45  # of a likeness; the rest is spelling
_BEGUN = 6  # letters of a word that count
_DOUBTED = 5  # examples' worth of doubt that a word stands in an intent's as often as it happens to
_AGAINST, _FOR, _PAIR = -1, 5, 0.5  # what one word can say, and two in a row beside it
_STEM = pattern(r"[a-z0-9]+")

_DROPPED = pattern(
    r"\b(?:a|an|the|is|are|do|does|did|we|i|you|it|this|that|to|of|in|on|for|and|or|be|so|our|us|my|your|me|with|if)\b"
)
_WORD = pattern(r"[a-z][a-z'-]*|\d+(?:\.\d+)?")
_LETTERS = pattern(r"[a-z]+")


class _Examples(NamedTuple):
    intents: list[str]
    runs: NDArray[np.int64]
    """Every run of letters that stands in one, as a number, in order."""
    begins: NDArray[np.intp]
    """Where in ``stands`` those of each run begin, and where the last ones end."""
    stands: NDArray[np.uint16]
    """In which examples each run stands: a million numbers, so no objects."""
    telling: NDArray[np.float64]
    """What it says that two questions share a run: the rarer, the more (inverse document frequency, counted once and
    not for each of the two: chance likeness of rare words would outweigh the sentence). Of an unknown run at last."""
    lengths: NDArray[np.float32]
    """Of each example, by its runs."""
    meanings: NDArray[np.float32]
    """Of each example, a row."""


class _Words(NamedTuple):
    intents: list[str]
    absent: NDArray[np.float32]
    """What a word says for each intent in none of whose examples it stands: the less, the more examples it has."""
    present: dict[str, tuple[list[int], list[float]]]
    """Which intents' examples a word stands in, and what it says for each of them."""


def alike(question: str, most: int) -> list[tuple[float, str]]:
    """The intents of the examples most like a question, the likest first, with their likeness (1 is the same)."""
    likeness, known = likenesses(question), _examples()
    likest = np.argsort(-likeness, kind="stable")[:most]
    return [(float(likeness[number]), known.intents[number]) for number in likest]


def likenesses(question: str) -> NDArray[np.float32]:
    """How alike a question is to each example."""
    known = _examples()
    shared = np.zeros(len(known.intents), dtype=np.float32)
    runs = _runs([question]) >> _NUMBER_BITS
    at = np.searchsorted(known.runs, runs)
    at[known.runs[at - (at == len(known.runs))] != runs] = len(known.runs)  # unknown
    for run in at[at < len(known.runs)]:
        shared[known.stands[known.begins[run] : known.begins[run + 1]]] += known.telling[run]
    length = sqrt(known.telling[at].sum()) or 1.0
    spelling, meant = shared / (length * known.lengths), known.meanings @ meaning(question)
    likeness: NDArray[np.float32] = (1 - _MEANING) * spelling + _MEANING * meant
    return likeness


def by_words(question: str) -> dict[str, float]:
    """What the words of a question say for each intent; 1 for the one they say most for."""
    known = _words_of_intents()
    told = [known.present[word] for word in set(_stems(question)) if word in known.present]
    says = known.absent * len(told)
    for places, more in told:
        says[places] += more
    most = float(says.max())
    return {known.intents[place]: float(says[place]) / most for place in np.flatnonzero(says > 0)} if most > 0 else {}


def load() -> None:
    """Read the examples, which takes most of a second: before the first question, not in its turn."""
    _examples()
    _words_of_intents()


def lines() -> Iterator[tuple[str, str]]:
    """The examples as they are written: the intent of one, and the question."""
    for line in _rows("examples.tsv"):
        intent, question = line.split("\t")
        yield intent, question


@cache
def _asked() -> list[tuple[str, str]]:
    """Each intent's own question is an example of it, and the first of those that are the same: it is on buttons."""
    return [*((intent.id, intent.asks) for intent in intents().values()), *lines()]


@cache
def _words_of_intents() -> _Words:
    stands: dict[str, dict[str, int]] = defaultdict(dict)
    examples = Counter(intent for intent, _ in _asked())
    for intent, question in _asked():
        for word in set(_stems(question)):
            stands[word][intent] = stands[word].get(intent, 0) + 1
    ids = list(examples)
    place = {intent: number for number, intent in enumerate(ids)}
    absent = [max(log(_DOUBTED / (often + _DOUBTED)), _AGAINST) for often in examples.values()]
    present = {}
    for word, where in stands.items():
        total = sum(where.values())
        if " " in word and total == 1:  # two in a row, once: chance
            continue
        share, weight = total / len(_asked()), _PAIR if " " in word else 1.0
        places, says = [place[intent] for intent in where], []
        for intent, count in where.items():
            rate = (count + _DOUBTED * share) / (examples[intent] + _DOUBTED)
            says.append(weight * min(max(log(rate / share), _AGAINST), _FOR) - absent[place[intent]])
        present[word] = places, says
    return _Words(ids, np.array(absent, dtype=np.float32), present)


def _stems(question: str) -> Iterator[str]:
    """The beginnings of words, and of each two in a row."""
    stems = [_stem(word) for word in _STEM.findall(_plain(question))]
    yield from stems
    yield from (" ".join(two) for two in pairwise(stems))


def _stem(word: str) -> str:
    return word[:_BEGUN] if len(word) >= _BEGUN else word.rstrip("s") or word


@cache
def _examples() -> _Examples:
    asked = _asked()
    found = _runs([question for _, question in asked])
    stands = (found & (1 << _NUMBER_BITS) - 1).astype(np.uint16)
    runs, begins, often = np.unique(found >> _NUMBER_BITS, return_index=True, return_counts=True)
    telling = np.log(1 + len(asked) / (np.append(often, 0) + 0.5))
    told = np.bincount(stands, np.repeat(telling[:-1], often), len(asked)).astype(np.float32)
    return _Examples(
        intents=[intent for intent, _ in asked],
        runs=runs,
        begins=np.append(begins, len(stands)),
        stands=stands,
        telling=telling,
        lengths=np.sqrt(np.where(told, told, 1)),
        meanings=np.stack([meaning(question) for _, question in asked]),
    )


def _rows(name: str) -> Iterator[str]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return (line for line in text.rstrip("\n").split("\n") if not line.startswith("# "))


def _runs(questions: list[str]) -> NDArray[np.int64]:
    """The runs of letters in each of some questions, once each and in order: a byte a letter, and behind them, in the
    last bits, which question it is."""
    texts = [f" {' '.join(_WORD.findall(_DROPPED.sub(' ', _plain(question))))} ".encode() for question in questions]
    letters = np.frombuffer(b"".join(texts), np.uint8).astype(np.int64)
    numbers = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    found = []
    for length in _RUNS:
        starts = np.flatnonzero(numbers[: 1 - length] == numbers[length - 1 :])  # none goes on into the next question
        run = numbers[starts]
        for place in range(length):
            run = run | letters[starts + place] << 8 * (length - 1 - place) + _NUMBER_BITS
        found.append(run)
    ordered = np.sort(np.concatenate(found))
    return ordered[np.diff(ordered, prepend=-1) > 0]  # np.unique hashes a million numbers, for a second


def meaning(question: str) -> NDArray[np.float32]:
    """Where the sum of what its words mean points: of length 1, or 0 where no word is known."""
    place, means = words()
    total: NDArray[np.float32] = means[[place[word] for word in spelled(question) if word in place]].sum(0)
    return total / (float(np.linalg.norm(total)) or 1.0)


def meanings(texts: Iterable[str]) -> NDArray[np.float32]:
    """The same of several texts, a row each."""
    return np.stack([meaning(text) for text in texts])


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
    if "'" in text:  # most have none, and thousands are read at a start
        text = re.sub(r"\b(what|who|where|how|that|it|there|why)'s\b", r"\1 is", text)
        text = re.sub(r"'(?:d|ll|ve|re|m)\b", "", text)
        text = re.sub(r"n't\b", " not", text)
    text = text.replace("cannot", "can not")
    return re.sub(r"(?<=\d),(?=\d{3})", "", text) if "," in text else text

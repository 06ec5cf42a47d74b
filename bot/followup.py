"""A question in a person's own words -> the sentences of the bank that answer it, without a model.

Questions as people ask them stand in ``bot/followup.toml``, each with what answers it. A new one is compared with all
of them by the runs of letters they share; those most alike vote for their answers. Where nothing is alike, or what is
alike has no answer, nothing is found: saying "I don't know" beats saying the wrong thing.
"""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import log, sqrt

from advisor.report import Report
from bot.bank import Sentence

MOST = 4
"""Sentences in an answer."""
_RUNS = (3, 5)  # letters: short ones bridge an ending or a slip of the finger, longer ones tell words apart
_ALIKE, _THE_SAME = 0.2, 0.97  # likeness, a cosine: the least that counts, and an example word for word
_VOTERS, _SHARPNESS = 8, 2  # a question twice as alike has four times the vote
_LATER = 0.6  # what an example's next answer counts for, against the one before it
_QUOTED = 1  # what a sentence with a quoted figure gets, against the vote of the question most alike
_SURE = 0.3  # of all votes, and of likeness: then the first answer is most likely what was asked for
_GUESSES = 2  # sentences where we are not sure
_ENOUGH = 0.35  # of the first one's votes, for another sentence to be said with it

_DROPPED = re.compile(
    r"\b(?:a|an|the|is|are|do|does|did|we|i|you|it|this|that|to|of|in|on|for|and|or|be|so|our|us|my|your|me|with|if)\b"
)
_WORD = re.compile(r"[a-z][a-z'-]*|\d+(?:\.\d+)?")

LIKELY = ("why", "change", "much", "long", "poc")
"""Questions to offer when one was not understood; their words are ``likely_…`` in prompts/say/bank.j2."""


def likely(report: Report) -> tuple[str, ...]:
    """Three of them that this report can answer."""
    return ("why", "change", "much" if report.roi else "poc" if report.data_plan is None else "long")


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question, the most telling first, and whether we are ``sure`` that it was what was asked."""

    sentences: tuple[Sentence, ...]
    sure: bool


def find(question: str, report: Report, bank: Mapping[str, Sentence]) -> Found:
    """The sentences that answer the question; none when we don't know."""
    alike = _alike(question)
    if not alike or alike[0][0] < _ALIKE:
        return Found((), sure=False)
    if alike[0][0] >= _THE_SAME:
        alike = alike[:1]
    votes: Counter[str] = Counter()
    for likeness, answers in alike:
        for place, id in enumerate(_of_report(answers, report, list(bank)) if answers else [""]):
            if not id or id in bank:
                votes[id] += likeness**_SHARPNESS * _LATER**place  # type: ignore[assignment]  # counts of a fraction
    for id in _with_figures(question, bank):
        votes[id] += alike[0][0] ** _SHARPNESS * _QUOTED  # type: ignore[assignment]
    first, most = votes.most_common(1)[0]
    if not first:
        return Found((), sure=False)
    best = [bank[id] for id, count in votes.most_common() if id and count >= _ENOUGH * most]
    agreed = most / sum(likeness**_SHARPNESS for likeness, _ in alike)
    sure = min(agreed, alike[0][0]) >= _SURE
    return Found(tuple(best[: MOST if sure else _GUESSES]), sure)


# ---- what is most alike

_Example = tuple[str, ...]
"""What answers a question, the best first; nothing for one that a report says nothing about."""


@cache
def _examples() -> tuple[list[_Example], dict[str, float], dict[str, list[tuple[int, float]]]]:
    """The examples' answers, how telling each run of letters is, and in which examples it stands with what weight."""
    groups = tomllib.loads((files("bot") / "followup.toml").read_text(encoding="utf-8"))["asked"]
    asked = [(line, tuple(group["answers"])) for group in groups for line in group["questions"].strip().splitlines()]
    texts = [_runs(question) for question, _ in asked]
    stands = Counter(run for runs in texts for run in runs)
    telling = {run: _telling(count, len(texts)) for run, count in stands.items()}
    postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, runs in enumerate(texts):
        length = _length(runs, telling)
        for run in runs:
            postings[run].append((number, telling[run] / length))
    return [answers for _, answers in asked], telling, dict(postings)


def load() -> None:
    """Read the examples, which takes a quarter of a second: before the first question, not in its turn."""
    _examples()


def _alike(question: str) -> list[tuple[float, _Example]]:
    """The examples most like a question, with their likeness from 0 to 1."""
    answers, telling, postings = _examples()
    runs = _runs(question)
    likeness: Counter[int] = Counter()
    for run in runs:
        for number, weight in postings.get(run, ()):
            likeness[number] += telling[run] * weight  # type: ignore[assignment]  # a Counter of floats
    length = _length(runs, telling | dict.fromkeys(runs - telling.keys(), _telling(0, len(answers))))
    return [(count / length, answers[number]) for number, count in likeness.most_common(_VOTERS)]


def _runs(question: str) -> set[str]:
    text = f" {' '.join(_WORD.findall(_DROPPED.sub(' ', _plain(question))))} "
    return {text[start : start + length] for length in _RUNS for start in range(len(text) - length + 1)}


def _telling(count: int, of: int) -> float:
    """What a run says that stands in so many of the examples: the rarer, the more (the root of its inverse document
    frequency; undamped, chance likeness of rare words outweighs the sentence)."""
    return sqrt(log(1 + of / (count + 0.5)))


def _length(runs: set[str], telling: Mapping[str, float]) -> float:
    return sqrt(sum(telling[run] ** 2 for run in runs)) or 1.0


def _plain(question: str) -> str:
    text = question.casefold().replace("’", "'")
    text = re.sub(r"\b(what|who|where|how|that|it|there|why)'s\b", r"\1 is", text)
    text = re.sub(r"'(?:d|ll|ve|re|m)\b", "", text)
    text = re.sub(r"n't\b", " not", text).replace("cannot", "can not")
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


# ---- what an example's answer is for this report


def _of_report(answers: _Example, report: Report, ids: list[str]) -> Iterator[str]:
    """The ids an example names, its words for any report's put into those this one has, in the order of the card."""
    steps = [id for id in ids if id.startswith("step_")][:2]
    against = [*[id for id in ids if id.startswith(("caution_", "pitfall_"))][: MOST - 1], "pitfalls_unchecked"]
    for id in answers:
        match id:
            case "deciding":
                yield from _deciding(report)
            case "steps":
                yield from steps
            case "turning" if report.verdict.hold:
                volume = ["money_break_even"] if report.verdict.blocked_at == 3 else []
                yield from [*steps, *volume, *_deciding(report)]
            case "turning":  # a yes hangs on these
                yield from ["money_break_even", "money_zero", *against]
            case "against":
                yield from against
            case _:
                yield id


def _deciding(report: Report) -> list[str]:
    numbers = [report.verdict.blocked_at] if report.verdict.blocked_at else report.verdict.open_gates or (1, 2, 3, 4)
    return [f"gate_{number}" for number in numbers]


# ---- a figure quoted from the report

_FIGURE = re.compile(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?(?![\w])")
_SCALE = {"k": 1_000, "m": 1_000_000}
_TOLD = ("money_", "poc", "caution_", "data_plan", "labelling", "said_", "gate_", "step_")


def _figures(text: str) -> set[Decimal]:
    """Numbers of two digits or more, written out: "7.9k" -> 7900."""
    found = _FIGURE.findall(text)
    numbers = (Decimal(digits.replace(",", "").rstrip(".")) * _SCALE.get(unit, 1) for digits, unit in found)
    return {number for number in numbers if number >= 10 or number % 1}


def _with_figures(question: str, bank: Mapping[str, Sentence]) -> list[str]:
    quoted = _figures(question.casefold())
    told = (one for one in bank.values() if quoted and one.id.startswith(_TOLD))
    return [one.id for one in told if quoted & _figures(one.text.casefold())]

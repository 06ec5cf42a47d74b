"""A question in a person's own words -> the sentences of the bank that answer it, without a model.

The examples most like a question (``bot/answering/index.py``) vote for their answers. Where nothing is alike, or what
is alike has no answer, nothing is found: saying "I don't know" beats saying the wrong thing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from advisor.reading.what_if import numbers, supposes
from advisor.report import Report
from bot.answering.sentences import Sentence

MOST = 4
"""Sentences in an answer."""
_ALIKE, _THE_SAME = 0.46, 0.97  # the least likeness that counts, and an example word for word
_VOTERS, _SHARPNESS = 16, 4  # a question twice as alike has sixteen times the vote
_LATER = 0.6  # what an example's next answer counts for, against the one before it
_QUOTED = 0.5  # what a sentence with a quoted figure gets, against the vote of the question most alike
_SURE = 0.22  # the share of votes for the first answer, less those for none, times the best likeness
_GUESSES = 2  # sentences where we are not sure
_ENOUGH = 0.35  # of the first one's votes, for another sentence to be said with it

LIKELY = ("why", "change", "much", "long", "poc")
"""Questions to offer when one was not understood; their words are ``likely_…`` in prompts/say/bank.j2."""


def likely(report: Report) -> tuple[str, ...]:
    """Three of them that this report can answer."""
    return ("why", "change", "much" if report.roi else "poc" if report.data_plan is None else "long")


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question, the most telling first, and the ``doubt`` there is whether it was what was asked: a code
    of prompts/say/bank.j2."""

    sentences: tuple[Sentence, ...]
    doubt: Literal["", "perhaps", "unsure", "not_computed"] = ""

    @property
    def sure(self) -> bool:
        return not self.doubt


def find(question: str, report: Report, bank: Mapping[str, Sentence]) -> Found:
    """The sentences that answer the question; none when we don't know."""
    from bot.answering.index import alike  # brings numpy, a third of all the bot imports: not before it is needed

    likest = alike(question, _VOTERS)
    same = likest[0][0] >= _THE_SAME
    found = _voted(likest, question, report, bank)
    if not same and supposes(question, {number for _, told in _numbers(bank) for number in told}):
        # Nobody computed it: how to do so oneself, and a guess at what it is about.
        guesses = [one for one in found.sentences if one.id != "change_it"][: _GUESSES - 1]
        return Found((bank["change_it"], *guesses), "not_computed")
    if same and found.sure and not _there(likest[0][1], report, bank):  # known, and not of this report
        return Found(found.sentences[:_GUESSES], "perhaps")
    return found


def _voted(
    likest: list[tuple[float, tuple[str, ...]]], question: str, report: Report, bank: Mapping[str, Sentence]
) -> Found:
    voters = [(likeness, ids) for likeness, answers in likest if (ids := _there(answers, report, bank))]
    if not voters or voters[0][0] < _ALIKE:
        return Found((), "unsure")
    if voters[0][0] >= _THE_SAME:
        voters, likest = voters[:1], likest[:1]
    votes: Counter[str] = Counter()
    for likeness, ids in voters:
        for place, id in ids:
            votes[id] += likeness**_SHARPNESS * _LATER**place  # type: ignore[assignment]  # counts of a fraction
    for id in _with_numbers(question, bank):
        votes[id] += voters[0][0] ** _SHARPNESS * _QUOTED  # type: ignore[assignment]
    first, most = votes.most_common(1)[0]
    if not first:
        return Found((), "unsure")
    best = [bank[id] for id, count in votes.most_common() if id and count >= _ENOUGH * most]
    agreed = (most - votes[""]) / sum(likeness**_SHARPNESS for likeness, _ in likest)
    if agreed * voters[0][0] < _SURE:
        return Found(tuple(best[:_GUESSES]), "perhaps")
    return Found(tuple(best[:MOST]))


# ---- what an example's answer is for this report


def _there(answers: tuple[str, ...], report: Report, bank: Mapping[str, Sentence]) -> list[tuple[int, str]]:
    """What an example's answers are here, each with its place among them; "" for one that has none."""
    ids = enumerate(_of_report(answers, report, list(bank)) if answers else [""])
    return [(place, id) for place, id in ids if not id or id in bank]


def _of_report(answers: tuple[str, ...], report: Report, ids: list[str]) -> Iterator[str]:
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
    blocked, still_open = report.verdict.blocked_at, report.verdict.open_gates
    if report.poc and not blocked and not still_open:
        return ["poc"]
    return [f"gate_{number}" for number in ([blocked] if blocked else still_open or (1, 2, 3, 4))]


# ---- a number quoted from the report

_TELL = ("money_", "poc", "caution_", "data_plan", "labelling", "said_", "gate_", "step_")


def _with_numbers(question: str, bank: Mapping[str, Sentence]) -> list[str]:
    """The sentences with a number of the question."""
    quoted = numbers(question)
    return [id for id, told in _numbers(bank) if quoted & told] if quoted else []


def _numbers(bank: Mapping[str, Sentence]) -> Iterator[tuple[str, set[Decimal]]]:
    """The numbers of each sentence that has any of its own, but for small ones, which stand anywhere."""
    telling = (one for one in bank.values() if one.id.startswith(_TELL))
    return ((one.id, {number for number in numbers(one.text) if number >= 10 or number % 1}) for one in telling)

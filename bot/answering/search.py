"""A question in a person's own words -> what it asks, and the sentences of the bank that answer that; without a model.

The examples most like a question (``bot/answering/index.py``) speak for their intents (``bot/answering/intents.toml``).
We are sure only where one is well ahead of the next, and in it is what the question names; else it is a guess, with the
two likeliest questions to press. Where nothing is alike nothing is found: saying "I don't know" beats saying the wrong
thing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from advisor.pattern import pattern
from advisor.reading.what_if import numbers, supposes
from advisor.report import Report
from bot.answering.intents import NOTHING, Intent, intents, intents_named, things_named
from bot.answering.sentences import Sentence

MOST = 4
"""Sentences in an answer."""
_ALIKE, _THE_SAME = 0.38, 0.97  # the least likeness that counts, and an example word for word
_LIKEST = 300  # examples that are looked at
_OF_ONE, _LESS = 4, 0.6  # the likest examples of an intent that speak for it, each for less than the one before
_VOTERS, _VOTE = 24, 0.4  # the likest of all vote; their vote against the likeness of an intent's own examples
_SHARPNESS = 5  # a question twice as alike has 32 times the say
_NAMED, _QUOTED = 0.35, 0.3  # for an intent that is named, whose sentence has a figure of the question
_ELSEWHERE = 0.6  # of its say, for an intent whose own sentence is not in this report, or beside which another is named
_SURE_LIKENESS, _SURE_LEAD = 0.5, 0.3
_GUESSES = 2  # sentences where we are not sure
_PARTS, _PART_WORDS = 2, 3

OFFERED = ("why", "change", "much", "long", "poc")
"""Intents to offer when a question was not understood."""


def likely(report: Report) -> tuple[str, ...]:
    """Three of them that this report can answer."""
    return ("why", "change", "much" if report.roi else "poc" if report.data_plan is None else "long")


@dataclass(frozen=True, slots=True)
class Found:
    """What answers a question, the most telling first, and the ``doubt`` there is whether it was what was asked: a code
    of prompts/say/bank.j2. ``intents`` are what it may have asked, the likeliest first."""

    sentences: tuple[Sentence, ...]
    doubt: Literal["", "perhaps", "unsure", "not_computed"] = ""
    intents: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        return not self.doubt


def find(question: str, report: Report, bank: Mapping[str, Sentence]) -> Found:
    """The sentences that answer the question; none when we don't know."""
    whole = _found(question, report, bank)
    if not whole.same and supposes(question, {number for _, told in _numbers(bank) for number in told}):
        # Nobody computed it: how to do so oneself, and a guess at what it is about.
        guesses = [one for one in whole.found.sentences if one.id != "change_it"][: _GUESSES - 1]
        return Found((bank["change_it"], *guesses), "not_computed", whole.found.intents)
    if whole.same:
        return whole.found
    return _two(question, report, bank) or whole.found


@dataclass(frozen=True, slots=True)
class _Read:
    found: Found
    same: bool = False
    """Whether an example is the same word for word."""


def _found(question: str, report: Report, bank: Mapping[str, Sentence]) -> _Read:
    from bot.answering.index import alike  # brings numpy, a third of all the bot imports: not before it is needed

    likest = alike(question, _LIKEST)
    likeness, first = likest[0]
    if likeness >= _THE_SAME:
        there = _there(intents()[first], report, bank) if first != NOTHING else []
        if there or first == NOTHING:
            return _Read(Found(tuple(there[:MOST]), "" if there else "unsure", (first,) if there else ()), same=True)
    says = _says(question, likest, report, bank)
    order = [id for id, _ in says.most_common()]
    if likeness < _ALIKE or order[0] == NOTHING:
        return _Read(Found((), "unsure"))
    known = [id for id in order if id != NOTHING]
    best, own = known[0], max(like for like, id in likest if id == known[0])
    lead = 1 - (says[order[1]] if len(order) > 1 else 0) / says[best]
    if own >= _SURE_LIKENESS and lead >= _SURE_LEAD and _agrees(question, intents()[best]):
        return _Read(Found(tuple(_there(intents()[best], report, bank)[:MOST]), "", (best,)))
    return _Read(Found(_guessed(says, report, bank), "perhaps", tuple(known[:2])))


def _says(question: str, likest: list[tuple[float, str]], report: Report, bank: Mapping[str, Sentence]) -> Counter[str]:
    """How much speaks for each intent that this report can answer; 1 is as much as examples can say."""
    own: dict[str, list[float]] = defaultdict(list)
    votes: Counter[str] = Counter()
    for place, (likeness, id) in enumerate(likest):
        say = max(likeness, 0.0) ** _SHARPNESS
        if place < _VOTERS:
            votes[id] += say  # type: ignore[assignment]  # counts of a fraction
        if len(own[id]) < _OF_ONE:
            own[id].append(say * _LESS ** len(own[id]))
    most_own, most_votes = max(map(sum, own.values())) or 1.0, max(votes.values()) or 1.0
    named = intents_named(question)
    among = {intents()[id].row for id in named if intents()[id].row != id}
    quoted = {id for id, told in _numbers(bank) if told & numbers(question)}
    says: Counter[str] = Counter()
    for id, told in own.items():
        say = (1 - _VOTE) * sum(told) / most_own + _VOTE * votes[id] / most_votes
        if id != NOTHING:
            intent = intents()[id]
            there = _there(intent, report, bank)
            if not there:
                continue
            say += _NAMED * (1 - 0.5 ** named[id])
            if not _is_whole(intent, bank) or (intent.row in among and not named[id]):
                say *= _ELSEWHERE
            say += _QUOTED * (there[0].id in quoted)
        says[id] = say  # type: ignore[assignment]
    return says


def _agrees(question: str, intent: Intent) -> bool:
    """Whether what the question names is in what it seems to ask."""
    if intent.names and intent.id == intent.row:
        return intent.id in intents_named(question)
    things = things_named(question)
    return not things or any(intent.about(thing) for thing in things)


def _guessed(says: Counter[str], report: Report, bank: Mapping[str, Sentence]) -> tuple[Sentence, ...]:
    """The sentences that most of what may have been asked would be answered with."""
    votes: Counter[str] = Counter()
    for id, say in says.most_common(8):
        for place, one in enumerate(_there(intents()[id], report, bank) if id != NOTHING else ()):
            votes[one.id] += say * say * 0.5**place  # type: ignore[assignment]
    return tuple(bank[id] for id, _ in votes.most_common(_GUESSES))


# ---- two questions in one message

_BREAK = pattern(
    r"\?+|\n+|;|\bq\d\b[:.)]?|(?:,|\band\b|\+) (?:also|and)\b| \+ "
    r"|,? \band (?=(?:how|what|who|when|which|can|do|is|are) )"
)


def _two(question: str, report: Report, bank: Mapping[str, Sentence]) -> Found | None:
    """The answers to both questions of one message, where we are sure of both."""
    parts = [part for part in _BREAK.split(question[:600]) if len(part.split()) >= _PART_WORDS]
    if len(parts) != _PARTS:
        return None
    one, other = (_found(part, report, bank).found for part in parts)
    if not (one.sure and other.sure) or one.intents == other.intents:
        return None
    both = dict.fromkeys((*one.sentences[:_GUESSES], *other.sentences[:_GUESSES]))
    return Found(tuple(both), "", one.intents + other.intents)


# ---- what an intent's answer is for this report


def _there(intent: Intent, report: Report, bank: Mapping[str, Sentence]) -> list[Sentence]:
    """The sentences that answer it here, the best first."""
    return [bank[id] for id in dict.fromkeys(_of_report(intent.answer, report, list(bank))) if id in bank]


_ANY = ("deciding", "steps", "turning", "against")


def _is_whole(intent: Intent, bank: Mapping[str, Sentence]) -> bool:
    """Whether its first sentence is there, and not only what would stand beside it."""
    return intent.answer[0] in _ANY or intent.answer[0] in bank


def _of_report(answers: tuple[str, ...], report: Report, ids: list[str]) -> Iterator[str]:
    """The ids of an answer, its words for any report's put into those this one has, in the order of the card."""
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


def _numbers(bank: Mapping[str, Sentence]) -> Iterator[tuple[str, set[Decimal]]]:
    """The numbers of each sentence that has any of its own, but for small ones, which stand anywhere."""
    telling = (one for one in bank.values() if one.id.startswith(_TELL))
    return ((one.id, {number for number in numbers(one.text) if number >= 10 or number % 1}) for one in telling)

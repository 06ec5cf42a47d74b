"""A question in a person's own words -> what it asks, and the sentences of the bank that answer that; without a model.

The examples most like a question (``bot/answering/index.py``) speak for their intents (``bot/answering/intents.toml``).
We are sure only where one is well ahead of the next that would be answered otherwise, and in it is what the question
names; else it is a guess, with the two likeliest questions to press. Where nothing is alike nothing is found: saying "I
don't know" beats saying the wrong thing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from advisor.pattern import pattern
from advisor.reading.what_if import numbers, supposes
from advisor.report import Report
from bot.answering.intents import NOTHING, Intent, intents, intents_named, things_named
from bot.answering.sentences import Sentence, section_id

MOST = 4
"""Sentences in an answer."""
_ALIKE, _THE_SAME = 0.38, 0.97  # the least likeness that counts, and an example word for word
_LIKEST = 300  # examples that are looked at
_OF_ONE, _LESS = 4, 0.6  # the likest examples of an intent that speak for it, each for less than the one before
_VOTERS, _VOTE = 24, 0.3  # the likest of all vote; their vote against the likeness of an intent's own examples
_SHARPNESS = 5  # a question twice as alike has 32 times the say
_WORDS = 0.8  # what a question's words say for an intent, against that
_NAMED, _QUOTED = 0.5, 0.3  # for an intent that is named, whose sentence has a figure of the question
_ELSEWHERE = 0.6  # of its say, for an intent whose own sentence is not in this report, or beside which another is named
_SURE_LIKENESS, _VERY_ALIKE, _SURE_LEAD = 0.5, 0.55, 0.3
_LIKE, _APART = 0.45, 0.5  # or less alike, and so far ahead that nothing else can be meant
_NEAREST, _MANY, _TWO = 5, 3, 2  # of the likest examples, how many are of what we are sure of
_GUESSES = 2  # sentences, and questions to press, where we are not sure
_GUESSED_FROM, _LATER = 8, 0.5  # the likeliest intents; what an answer's next sentence counts for
_PARTS, _PART_WORDS = 2, 3
_LONGEST = 600
"""Characters of a question that are looked at: no example has more than 250."""


def likely(report: Report) -> tuple[str, ...]:
    """Three intents to offer when a question was not understood, that this report can answer."""
    return ("why", "change", "much" if report.roi else "poc" if report.data_plan is None else "long")


class Found(NamedTuple):
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
    here, question = _Here.of(report, bank), question[:_LONGEST]
    if sections := _by_section(question, bank) or _by_source(question, report, bank):
        return Found(sections)
    found, same = _found(question, here)
    if same:
        return found
    if supposes(question, {number for numbers in here.numbers.values() for number in numbers}):
        # Nobody computed it: how to do so oneself, and a guess at what it is about.
        guesses = [one for one in found.sentences if one.id != "change_it"][: _GUESSES - 1]
        return Found((bank["change_it"], *guesses), "not_computed", found.intents)
    return _two(question, here, whole=found)


_SECTION = pattern(
    r"(?:§ ?|\bsect(?:ion|\.)? ?)(?P<number>\d)(?: ?[.,(/]? ?(?:(?P<part>[1-8])(?!\d)|(?P<circled>[①-⑧])))?"
)


def _by_section(question: str, bank: Mapping[str, Sentence]) -> tuple[Sentence, ...]:
    """What a section that is named decides, and what of this report stands on it."""
    named = _SECTION.search(question.casefold())
    if not named:
        return ()
    part = named["circled"] or ("①②③④⑤⑥⑦⑧"[int(named["part"]) - 1] if named["part"] else "")
    cite = f"§{named['number']} {part}".strip()
    rule = bank.get(section_id(cite)) or bank.get(section_id(cite[:2]))
    on_it = [one for one in bank.values() if cite in one.sections and one.id.startswith(("gate_", "caution_", "poc"))]
    return (rule, *on_it)[:MOST] if rule else ()


_SOURCE = pattern(
    r"(?:(?:and|but|ok|so|hm+)[, ]+)*(?:"
    r"(?:from )?where(?:'s|s|\u2019s| (?:do|does|did|is|are))?(?: you (?:get|take|have|got))?"
    r" (?:that|this|these|those|it|they|the|your)(?: (?:numbers?|figures?|verdict|claim|reason|answer|threshold))?"
    r"(?: (?:come|comes|coming|taken|derived))?(?: from)?"
    r"|(?:according to|says|said|says that|based on) (?:who|whom|what)|who (?:says|said)(?: so| that| this| it)?"
    r"|(?:what(?:'s|s| is| are) )?(?:the |your |its )?(?:sources?|citation|reference|evidence)"
    r"(?: (?:for|of) (?:that|this|it))?(?:,? please)?"
    r"|what(?:'s|s| is) (?:that|this|it) based on|citation needed)[ ?!.]*"
)


def _by_source(question: str, report: Report, bank: Mapping[str, Sentence]) -> tuple[Sentence, ...]:
    """Where what the report says comes from: the rules of what decides it, each with what it found here."""
    if not _SOURCE.fullmatch(" ".join(question.casefold().split())):
        return ()
    told = [bank[id] for id in _deciding(report)[:_GUESSES]]
    rules = ((bank.get(section_id(one.sections[0])), one) for one in told)
    return (*tuple(one for pair in rules for one in pair if one)[: MOST - 1], bank["sources"])


def _found(question: str, here: "_Here") -> tuple[Found, bool]:
    """What answers it, and whether an example is the same word for word."""
    from bot.answering.index import alike, by_words  # brings numpy: not before it is needed

    likest = alike(question, _LIKEST)
    likeness, first = likest[0]
    if likeness >= _THE_SAME:
        if first == NOTHING:
            return Found((), "unsure"), True
        if there := here.answer(intents()[first]):
            return Found(there[:MOST], "", (first,)), True
    words = by_words(question)
    says = _says(question, likest, words, here)
    order = [id for id, _ in says.most_common()]
    if likeness < _ALIKE or not order or order[0] == NOTHING:
        return Found((), "unsure"), False
    best, *others = order
    own = max((likeness for likeness, id in likest if id == best), default=0.0)
    begins = here.answer(intents()[best])[:1]
    # What begins with the same sentence is no other answer.
    rivals = (says[id] for id in others if id == NOTHING or here.answer(intents()[id])[:1] != begins)
    lead = 1 - next(rivals, 0) / says[best]
    seconds = sum(id == best for _, id in likest[:_NEAREST])
    # One example may be alike by chance: others have to say the same, and the words by themselves.
    seconded = seconds >= _MANY or (seconds >= _TWO and own >= _VERY_ALIKE)
    sure = (seconded and own >= _SURE_LIKENESS and lead >= _SURE_LEAD) or (own >= _LIKE and lead >= _APART)
    if sure and words.get(best) == 1 and _agrees(question, intents()[best]):
        return Found(here.answer(intents()[best])[:MOST], "", (best,)), False
    guesses = tuple(id for id in order if id != NOTHING)[:_GUESSES]
    return Found(_guessed(says, here), "perhaps", guesses), False


def _says(question: str, likest: list[tuple[float, str]], words: Mapping[str, float], here: "_Here") -> Counter[str]:
    """How much speaks for each intent that this report can answer; 1 is as much as examples can say."""
    own: dict[str, list[float]] = defaultdict(list)
    votes: dict[str, float] = defaultdict(float)
    for place, (likeness, id) in enumerate(likest):
        say = max(likeness, 0.0) ** _SHARPNESS
        if place < _VOTERS:
            votes[id] += say
        if len(own[id]) < _OF_ONE:
            own[id].append(say * _LESS ** len(own[id]))
    most_own, most_votes = max(map(sum, own.values())) or 1.0, max(votes.values()) or 1.0
    named, figures = intents_named(question), numbers(question)
    among = {intents()[id].row for id in named if intents()[id].row != id}
    says: Counter[str] = Counter()
    for id in own.keys() | words.keys():
        say = (1 - _VOTE) * sum(own.get(id, ())) / most_own + _VOTE * votes.get(id, 0) / most_votes
        say += _WORDS * words.get(id, 0)
        if id != NOTHING:
            intent = intents()[id]
            there = here.answer(intent)
            if not there:
                continue
            say += _NAMED * (1 - 0.5 ** named[id])
            if not here.has_first(intent) or (intent.row in among and not named[id]):
                say *= _ELSEWHERE
            say += _QUOTED * bool(here.numbers.get(there[0].id, set()) & figures)
        says[id] = say  # type: ignore[assignment]  # counts of a fraction
    return says


def _agrees(question: str, intent: Intent) -> bool:
    """Whether what the question names is in what it seems to ask."""
    if intent.names and intent.id == intent.row:
        return intent.id in intents_named(question)
    things = things_named(question)
    return not things or any(intent.about(thing) for thing in things)


def _guessed(says: Counter[str], here: "_Here") -> tuple[Sentence, ...]:
    """The sentences that most of what may have been asked would be answered with."""
    votes: Counter[Sentence] = Counter()
    for id, say in says.most_common(_GUESSED_FROM):
        for place, one in enumerate(here.answer(intents()[id]) if id != NOTHING else ()):
            votes[one] += say * say * _LATER**place  # type: ignore[assignment]  # counts of a fraction
    return tuple(sentence for sentence, _ in votes.most_common(_GUESSES))


# ---- two questions in one message

_BREAK = pattern(
    r"\?+|\n+|;|\bq\d\b[:.)]?|(?:,|\band\b|\+) (?:also|and)\b| \+ "
    r"|,? \band (?=(?:how|what|who|when|which|can|do|is|are) )"
)


def _two(question: str, here: "_Here", *, whole: Found) -> Found:
    """The answers to both questions of one message where we are sure of both; where we are not, and not of the
    ``whole`` either, what each of them may have asked."""
    parts = [part for part in _BREAK.split(question) if len(part.split()) >= _PART_WORDS]
    if len(parts) != _PARTS:
        return whole
    one, other = (_found(part, here)[0] for part in parts)
    sure = one.sure and other.sure
    if not (one.intents and other.intents) or one.intents[0] == other.intents[0] or (whole.sure and not sure):
        return whole
    both = dict.fromkeys((*one.sentences[:_GUESSES], *other.sentences[:_GUESSES]))
    if sure:
        return Found(tuple(both), "", one.intents + other.intents)
    guesses = dict.fromkeys((*one.sentences[:1], *other.sentences[:1]))
    return Found(tuple(guesses), "perhaps", (one.intents[0], other.intents[0]))


# ---- what an intent's answer is for this report

_TELL = ("money_", "poc", "caution_", "data_plan", "labelling", "said_", "gate_", "step_")
"""Sentences whose numbers people quote."""


class _Here(NamedTuple):
    """A report's sentences, what the words for any report's stand for in it, those that only tell that nothing was
    said, and the numbers of each sentence that has any of its own, but for small ones, which stand anywhere."""

    bank: Mapping[str, Sentence]
    words: Mapping[str, Sequence[str]]
    unsaid: frozenset[str]
    numbers: Mapping[str, set[Decimal]]

    @classmethod
    def of(cls, report: Report, bank: Mapping[str, Sentence]) -> "_Here":
        telling = (one for one in bank.values() if one.id.startswith(_TELL))
        told = {one.id: {number for number in numbers(one.text) if number >= 10 or number % 1} for one in telling}
        unsaid = frozenset(f"said_{field}" for field, value in report.answers if value is None)
        return cls(bank, _words(report, list(bank)), unsaid, told)

    def answer(self, intent: Intent) -> tuple[Sentence, ...]:
        """The sentences that answer it here, the best first."""
        ids = (here for id in intent.answer for here in self.words.get(id, (id,)))
        return tuple(self.bank[id] for id in dict.fromkeys(ids) if id in self.bank)

    def has_first(self, intent: Intent) -> bool:
        """Whether its first sentence is there and says something, and not only what would stand beside it."""
        first = intent.answer[0]
        return first in self.words or (first in self.bank and first not in self.unsaid)


def _words(report: Report, ids: list[str]) -> dict[str, Sequence[str]]:
    """What stands for another sentence in every report, as the ids of this one's, in the order of the card."""
    steps = [id for id in ids if id.startswith("step_")][:2]
    against = [*[id for id in ids if id.startswith(("caution_", "pitfall_"))][: MOST - 1], "pitfalls_unchecked"]
    deciding = _deciding(report)
    volume = ["money_break_even"] if report.verdict.blocked_at == 3 else []
    hangs_on = ["money_break_even", "money_zero", *against]  # a yes
    turning = [*steps, *volume, *deciding] if report.verdict.hold else hangs_on
    return {"deciding": deciding, "steps": steps, "turning": turning, "against": against}


def _deciding(report: Report) -> list[str]:
    blocked, still_open = report.verdict.blocked_at, report.verdict.open_gates
    if report.poc and not blocked and not still_open:
        return ["poc"]
    return [f"gate_{number}" for number in ([blocked] if blocked else still_open or (1, 2, 3, 4))]

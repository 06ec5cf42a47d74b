"""What a text mentions: each quantity with its unit, what it is per, and what it counts; from there what each can mean
for a field. Nothing here takes a value: who reads an answer offers these, and a person presses one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

from advisor.model import FIELDS, Answers
from advisor.pattern import pattern
from advisor.reading.marks import GLUED, PERIODS, elsewhere, mark_of
from advisor.reading.tokens import Numeral, placed

HOURS = {"hour": 8760, "minute": 525_600, "second": 31_536_000}
"""How many of each a year has, day and night."""
A_YEAR: Mapping[str, int] = PERIODS | HOURS

_NEXT_TO = frozenset({"-", "to", "or", "and", "through", "maybe", "perhaps", "until", "til", "till"})
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10, "hundredth": 100}
_PARTS |= {f"{part}s": size for part, size in _PARTS.items()}
_SCALES = {"hundred": 100, "thousand": 1000, "k": 1000, "million": 10**6, "m": 10**6, "billion": 10**9}
_FILLERS = frozenset({
    "now", "before", "after", "or", "and", "when", "if", "because", "who", "from", "according", "including", "as",
    "right", "thanks", "sorry", "tbh", "lol", "w", "so", "then", "since", "call", "honestly", "surely", "total", "via",
})  # fmt: skip
"""Words that may follow a number and name nothing it counts."""
_EACH = frozenset({"per", "/", "a", "an", "each", "every", "apiece", "for", "p"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: its ``values`` (of a range its ends and the middle), its ``unit``: "$", "%" or "" for a count, the
    ``noun`` it counts, and per how ``many`` of which ``nouns`` or periods it is. It stands from ``start`` to ``end`` in
    the text."""

    values: tuple[Fraction, ...]
    unit: str
    start: int
    end: int
    noun: str = ""
    per: tuple[str, ...] = ()
    many: Fraction = Fraction(1)
    strange: bool = False  # it counts something no table knows

    def period(self) -> str:
        return next((each for each in self.per if each in A_YEAR), "")

    def thing(self) -> str:
        return next((each for each in self.per if each not in A_YEAR), "")


def quantities(text: str) -> list[Quantity]:
    """The quantities of a tidied lower-case text, in order."""
    return list(_Scan(text).all())


class _Scan:
    """Reads quantities off the tokens of a text, from left to right."""

    def __init__(self, text: str) -> None:
        self.words, self.numbers, self.spans = placed(text, GLUED)
        self.at, self.left = 0, list(self.numbers)

    def word(self, offset: int = 0) -> str:
        place = self.at + offset
        return self.words[place] if 0 <= place < len(self.words) else ""

    def mark(self, offset: int = 0) -> str:
        return mark_of(self.word(offset))

    def all(self) -> Iterator[Quantity]:
        while self.at < len(self.words):
            begun = self.at
            values, share = self._values()
            if not values:
                self.at = begun + 1
                continue
            yield self._with_unit(begun, values, share=share)

    # ---- the number

    def _number(self) -> tuple[Fraction, ...]:
        """The number here, if there is one; moves behind it."""
        if self.word() == "N":
            self.at += 1
            return self.left.pop(0).values
        return ()

    def _part(self) -> Fraction | None:
        """A fraction in words: "half", "two thirds", "a quarter million"."""
        skip = 1 if self.word() in ("a", "an", "one") or (self.word() == "N" and self.word(1) in _PARTS) else 0
        part = _PARTS.get(self.word(skip))
        if part is None or (self.word(skip) == "quarter" and self.word(skip + 1) not in ("of", *_SCALES) and skip == 0):
            return None
        many = self.left.pop(0).values[0] if skip and self.word() == "N" else Fraction(1)
        self.at += skip + 1
        return many / part

    def _values(self) -> tuple[tuple[Fraction, ...], bool]:
        """The values here, and whether they are a share of something."""
        dollar = 1 if self.mark() == "$" else 0
        self.at += dollar
        if not dollar and (part := self._part()) is not None:
            if scale := _SCALES.get(self.word()):
                self.at += 1
                return (part * scale,), False
            return (part,), True
        first = self._number()
        if not first:
            return (), False
        if self.mark() in ("of", "per", "/") or self.word() in ("in", "out", "from"):
            skip = 2 if self.word() == "out" else 1
            skip += self.word(skip) in ("the", "our", "those", "them")
            whole = self.left[0].values[0] if self.word(skip) == "N" else None
            if not dollar and whole and first[0] <= whole and whole.denominator == 1 and self.word() != "/":
                self.at += skip + 1
                self.left.pop(0)
                return tuple(each / whole for each in first), True
        return self._range(first), False

    def _range(self, first: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """A range's ends and middle, where the next number is its other end."""
        skip = 0
        while self.mark(skip) in ("$", "%", "¢", ",", "(", "@day", "@month") or self.word(skip) in (",", "("):
            skip += 1
        joined = skip
        while self.word(joined) in _NEXT_TO or self.mark(joined) in ("+/-", "-"):
            joined += 1
        spread = "+/-" in (self.mark(offset) for offset in range(skip, joined))
        signs = joined
        while self.mark(signs) == "$":
            signs += 1
        if joined == skip or self.word(signs) != "N" or (self.word(skip) == "and" and self.word(-2) != "between"):
            return first
        numeral = self.left.pop(0)
        self.at += signs + 1
        low, high = _ends(first[0], numeral)
        if spread:
            share = self.mark() == "%"
            width = low * high / 100 if share else high
            return (low - width, low, low + width)
        return (low, (low + high) / 2, high) if low < high else (high, low)

    # ---- its unit, and what it is per

    def _with_unit(self, begun: int, values: tuple[Fraction, ...], *, share: bool) -> Quantity:
        unit, start = "%" if share else "", begun
        if any(self.words[place] and mark_of(self.words[place]) == "$" for place in range(begun, self.at)):
            unit = "$"
        if begun and mark_of(self.words[begun - 1]) == "$":
            unit, start = "$", begun - 1
        if share and self.word() == "of" and self.word(1) in ("a", "the") and mark_of(self.word(2)) in ("¢", "$"):
            cents = mark_of(self.word(2)) == "¢"
            self.at += 3
            unit, values = "$", tuple(each / 100 if cents else each for each in values)
        match self.mark():
            case "$":
                unit = "$"
                self.at += 1
            case "¢":
                unit, values = "$", tuple(each / 100 for each in values)
                self.at += 1
            case "%":
                unit, values = "%", tuple(each / 100 for each in values)
                self.at += 1
            case "€":
                unit = "€"
                self.at += 1
        if begun and mark_of(self.words[begun - 1]) == "€":
            unit, start = "€", begun - 1
        noun = self._noun()
        per, many = list[str](), Fraction(1)
        while found := self._per():
            each, size = found
            per.append(each)
            many *= size
        end = self.spans[min(self.at, len(self.words)) - 1][1]
        where = (self.spans[start][0], end)
        strange = not noun and self._is_strange()
        return Quantity(values, unit, *where, noun, tuple(per), many, strange=strange)

    def _is_strange(self) -> bool:
        """Whether the next word is one no table knows, behind a number or a "per"."""
        ahead = 1 if self.word() in _EACH - {"a", "for"} else 0
        return self.mark(ahead) == "?" and self.word(ahead).isalpha() and self.word(ahead) not in _FILLERS

    def _noun(self) -> str:
        """What is counted, when the next words say it; up to two words may stand before the noun."""
        for ahead in range(3):
            mark = self.mark(ahead)
            if mark.startswith(":"):
                self.at += ahead + 1
                while self.mark().startswith(":"):
                    self.at += 1
                return mark[1:]
            if mark not in ("?", "", "*eval", "*train", "*labelled", "hand", "*hand") or not self.word(ahead).isalpha():
                return ""
        return ""

    def _per(self) -> tuple[str, Fraction] | None:
        """What each is, and how many of them: "per 1,000 calls", "a day", "monthly", "/h"."""
        skip = 0
        while self.word(skip) in _EACH:
            skip += 1
        if self.word(skip) == "N" and skip and self.word(skip - 1) in ("per", "/", "every", "for", "each"):
            noun = self.mark(skip + 1)
            size = self.left[0].values[0]
            if noun.startswith(":") or self.word(skip + 1) not in A_YEAR:
                self.left.pop(0)
                self.at += skip + (2 if noun.startswith(":") else 1)
                return noun[1:] if noun.startswith(":") else "call", size or Fraction(1)
        mark, word = self.mark(skip), self.word(skip)
        if mark in ("@day", "@week", "@month", "@quarter", "@year"):
            self.at += skip + 1
            return mark[1:], Fraction(1)
        if mark == "@hour":
            self.at += skip + 1
            return _hour(word), Fraction(1)
        if skip and mark.startswith(":"):
            self.at += skip + 1
            return mark[1:], Fraction(1)
        if skip and word in ("each", "apiece", "pop", "piece"):
            self.at += skip + 1
            return "each", Fraction(1)
        return None


def _hour(word: str) -> str:
    return (
        "minute"
        if word in ("minute", "min", "rpm", "qpm")
        else "second"
        if word[:1] in "srqt" and word != "h"
        else "hour"
    )


def _ends(low: Fraction, numeral: Numeral) -> tuple[Fraction, Fraction]:
    """The 5 of "5-6k" is in thousands too."""
    high = numeral.values[0]
    if numeral.scale > 1 and low < high / numeral.scale:
        low *= numeral.scale
    return low, high


# ---- what a field may be by them


_FAILS = pattern(r"\b(?:fail\w*|wrong\w*|miss\w*|broken?|breaks?|errors?|incorrect\w*|bad|garbage|junk|rejected)\b")
_THINGS: Mapping[str, frozenset[str]] = {
    "call": frozenset({"call", "ask", "label"}),
    "label": frozenset({"label", "ask"}),
    "failure": frozenset({"failure"}),
}
"""What a field is per -> the nouns that may stand for it. A ticket, a document, a mail is often one call."""
_COUNTED = {"calls_per_year": frozenset({"", "call", "ask", "label"}), "labelers": frozenset({"", "person"})}
"""What a field counts; of the others pairs, examples and questions."""
_TIMES = pattern(r" [x*×] ")
_FOR_EACH = pattern(r"\beach\b|\bper\b")
# What makes a number another one, or somebody else's: where one of these stands nothing is offered.
_OTHERWISE = pattern(
    r"\b(?:plus|minus|less|fewer|more|better|worse|than|but|not?|never|without|except|unless|used to|since|until|only|"
    r"expect\w*|hop(?:e|ing)\w*|would|could|once|half|twice|double\w*|batch(?:es)?|points?|pts|drop\w*|adds?|brings?|"
    r"f1|bleu|rouge\w*|kappa|loss|perplexity|thumbs?|disagree\w*|spot|net|altogether|combined|merged|users?|seats?|"
    r"[kmgt]b|epochs?|steps?|gpus? for|of the|of our|of those|of them|were|was|temperature|v\d|stars?|judge|top|whole|"
    r"buck fifty|comes on top)\b|n't\b|\+"
)
_AT_TIMES = pattern(
    r"\b(?:peak\w*|office|business|working|weekdays?|weekends?|night\w*|max\w*|seasonal\w*|sometimes|times a|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|\d days|days a|weeks|quarter's|24/7|gpu|guy|person|hour for|"
    r"retrain\w*|every quarter)\b"
)
# Of a share of what is bad, words that may turn it round; of a trial's gains and losses, of how many passed at all.
_TURNED: Mapping[str, re.Pattern[str]] = {
    "label_noise": pattern(r"\b(?:right|correct\w*|good|held|pass\w*|clean|accura\w*|agree\w*|ok(?:ay)?|fine)\b"),
    "synthetic_share": pattern(r"\b(?:real|human\w*|wrote|written by (?!a model)|experts?|organic|original|natural)\b"),
    "poc_gained": pattern(r"\b(?:right|correct|total|passed|in all|files)\b"),
    "poc_lost": pattern(r"\b(?:right|correct|total|passed|in all|files)\b"),
}


def meant(field: str, text: str, known: Answers) -> list[Fraction]:
    """What a tidied lower-case text may mean for a field of numbers, in its own unit, the likeliest first: nothing
    unless one quantity is all there is, or several make one."""
    if otherwise(field, text):
        return []
    found = quantities(text)
    if any(one.unit == "€" or one.strange for one in found):
        return []
    kind = FIELDS[field].kind
    if kind == "rate":
        values = list(_shares(field, text, found)) if len(found) == 1 else []
    elif kind == "money":
        values = list(_money(field, found, known))
    else:
        values = [value for value in _counts(field, text, found, known) if value.denominator == 1]
    return list(dict.fromkeys(value for value in values if value >= 0))


def otherwise(field: str, text: str) -> bool:
    """Whether a text has a word that makes its number another one, or somebody else's."""
    turned = _TURNED.get(field)
    strange = _OTHERWISE.search(text) or (turned and turned.search(text)) or elsewhere(field, text)
    return bool(strange or (FIELDS[field].per and _AT_TIMES.search(text)))


def _shares(field: str, text: str, found: list[Quantity]) -> Iterator[Fraction]:
    (one,) = found
    if one.unit == "$" or one.per or (one.noun and one.unit != "%"):
        return
    values = one.values if one.unit == "%" else tuple(each if each <= 1 else each / 100 for each in one.values)
    if all(value <= 1 for value in values):
        failing = field not in ("label_noise", "synthetic_share") and _FAILS.search(text)
        yield from (1 - value for value in values) if failing else values


def _money(field: str, found: list[Quantity], known: Answers) -> Iterator[Fraction]:
    asked, dollars = FIELDS[field], [one for one in found if one.unit == "$"]
    tokens = [one for one in found if one.noun == "token" or "token" in one.per]
    if tokens:
        yield from _by_tokens(tokens, found)
        return
    if not dollars and len(found) == 1:  # the question says dollars, so a bare number may be some
        dollars = [replace(one, unit="$") for one in found if one.unit == "" and one.noun == ""]
    if len(dollars) == 1:
        others = [each for each in found if each is not dollars[0] and each.unit != "$"]
        yield from _priced(dollars[0], asked.per or "once", _THINGS.get(asked.per or "", frozenset()), others, known)


def _priced(
    one: Quantity, per: str, things: frozenset[str], others: list[Quantity], known: Answers
) -> Iterator[Fraction]:
    """A sum of dollars as what the field asks for; ``others`` are all the other quantities of the text."""
    values = tuple(value / one.many for value in one.values)
    period, thing = one.period(), one.thing()
    if per in PERIODS or per == "once":
        hours = [each for each in others if any(of in HOURS for of in each.per) and not each.noun]
        if thing or len(hours) < len(others) or (period and per == "once" and not hours):
            return
        if hours and period in HOURS:  # "$1.70/h, 720 h": so many hours a month, or once
            yield from (value * prod((_hours(each, per) for each in hours), start=Fraction(1)) for value in values)
        elif not others:
            scale = Fraction(A_YEAR[period], PERIODS[per]) if period else Fraction(1)
            yield from (value * scale for value in values)
        return
    if (thing and thing not in things and thing != "each") or len(others) > 1:
        return
    if period and not others:
        volume = known.calls_per_year if per == "call" else None
        if isinstance(volume, int) and volume:
            yield from (value * A_YEAR[period] / volume for value in values)
    elif period and (of := others[0]).noun in things and of.period() and not of.thing():
        yield from (value * A_YEAR[period] / (of.values[0] * A_YEAR[of.period()]) for value in values if of.values[0])
    elif not period and not thing and one.many == 1 and others and others[0].noun in things and not others[0].per:
        yield from (value / others[0].values[0] for value in values if others[0].values[0])
    elif not period and not others:
        yield from values


def _hours(one: Quantity, per: str) -> Fraction:
    """So many hours as one month's, one year's or all."""
    period = next((each for each in one.per if each in PERIODS), "")
    scale = Fraction(PERIODS[period], PERIODS[per]) if period and per in PERIODS else Fraction(1)
    return one.values[0] * scale


def _by_tokens(tokens: list[Quantity], found: list[Quantity]) -> Iterator[Fraction]:
    """Tokens in and out and one price or two, in either order."""
    prices = [one for one in found if one.unit == "$" or "token" in one.per]
    counts = [one for one in tokens if one.unit == "" and one not in prices]
    if len(counts) in (1, 2) and len(prices) in (1, len(counts)):
        amounts = {one.many for one in prices if one.many > 1}
        size = amounts.pop() if len(amounts) == 1 else Fraction(0)
        if size:
            pairs = zip(counts, prices * (len(counts) // len(prices)), strict=True)
            yield sum((count.values[0] * price.values[0] / size for count, price in pairs), Fraction(0))


def _counts(field: str, text: str, found: list[Quantity], known: Answers) -> Iterator[Fraction]:
    asked = FIELDS[field]
    fits = _COUNTED.get(field, frozenset({"", "label", "ask"}))
    if len(found) == 2 and all(one.unit == "" for one in found) and (_TIMES.search(text) or _FOR_EACH.search(text)):
        periods = [one.period() for one in found if one.period()]
        if len(periods) <= 1 and bool(periods) == bool(asked.per):
            scale = Fraction(A_YEAR[periods[0]]) if periods else Fraction(1)
            yield found[0].values[0] * found[1].values[0] * scale
    elif len(found) == 1:
        (one,) = found
        period, share = one.period(), one.unit == "%"
        if share and field == "labeled_pairs" and isinstance(known.training_pairs, int):
            yield from (Fraction(round(value * known.training_pairs)) for value in one.values)
        elif one.unit == "" and one.noun in fits and not one.thing() and (not period or asked.per):
            yield from (value * (A_YEAR[period] if period else 1) for value in one.values)

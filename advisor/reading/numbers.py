"""Counts, money and rates: taken when a text is one quantity that fits the field and nothing is left over; else a
problem, with what the quantity may be.

What stands outside the quantities is a line of marks, each quantity "N": "at least 500 pairs" is "> N".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN, Problem, Value, decimal, plain
from advisor.pattern import pattern
from advisor.reading.lexicon import beside, mark_of, phrase
from advisor.reading.mentions import by_tokens, turns
from advisor.reading.quantities import (
    A_YEAR,
    DEAREST_CALL,
    PERIODS,
    Quantity,
    Said,
    Word,
    likeliest,
    quantities,
    spelled_out,
)
from advisor.reading.tokens import CODE, Numeral

_SURE: Mapping[str, frozenset[str]] = {
    key: frozenset(nouns.split())
    for key, nouns in (
        ("call", "call ask"), ("label", "label ask"), ("failure", "failure"),
        ("calls_per_year", "call ask"), ("labelers", "person"), ("count", "label ask"),
    )
}  # fmt: skip
"""What a field counts or is per -> the nouns that surely are that."""
_IN_ONE = frozenset(
    [
        "N",
        "$",
        "¢",
        "%",
        "€",
        "per",
        "each",
        "a",
        "/",
        "of",
        "in",
        "for",
        "(",
        ")",
        "-",
        "to",
        "or",
        "and",
        "between",
        "+/-",
    ]
) | {""}
_BESIDE_TOKENS = frozenset({"input", "x", "@", "&"})
_FRACTIONS = frozenset({"half", "third", "thirds", "quarter", "quarters"})
"""Parts that people use for a number; a tenth is asked about."""

_OFFERED = ("range_given", "bound_given", "ambiguous", "two_numbers")
"""Problems of a quantity whose unit is known."""

_TURNED = {
    "label_noise": {"pass", "not", "hand"},
    "synthetic_share": {"pass", "fail", "not", "hand", ":failure", ":person"},
}
_TURNED[""] = {"fail", "not", "none", "made"}

_PER_RATE = frozenset({"call", "ask", "label", "failure", "person"})
"""What every share may be of."""

# On the line of marks.
_BOUND = pattern(r">|(?<=N) \+(?! (?:\$ )?N)")
_STRANGE = pattern(rf"^(?:\?|not\b|no\b|none\b)|\? (?:\$ )?N|{CODE}|vague")
_LOOSE = pattern(r"(?<!\S)(?:[()$]|of|in|for|a(?= )|(?:per|/|each)(?= (?:[:@].*N|@))|(?<=N )-(?= [:@]))(?!\S)")
_BESIDE_RATE = pattern(
    r"(?<!\S)(?:pass|rate|fail|made|hand|not|none|per(?= :)|and|:(?:label|ask|call|failure|person))(?!\S)"
)
_NO_COUNT = pattern(r"none(?: :\w+)?|no(?: (?::call|:ask|:label|:person))+")
_NOT_ANY = pattern(r"not(?: (?::call|:ask|:label|:person))*")
_NO_SHARE = {"label_noise": "no (?:fail|:failure)(?: :label)?", "synthetic_share": "no made(?: :label)?"}
# On the marks of one quantity.
_PART_OF = pattern(r"N(?: (?:%|pass|fail|:label|:ask|:call))* (?:of|in|/|per) ")
_SIZE = pattern(r"(?:of|in|/|per|each|for|every) (?:the )?N")


_ONE = ("call", "label", "failure")


def number(field: str, text: str, confirmed: bool) -> Said:
    """Read a tidied lower-case text for a field of numbers."""
    said = _Text.of(field, _counted_out(text) if FIELDS[field].of else text)
    if said.is_nothing():
        return _valued(field, Fraction(0), confirmed)
    if (price := said.by_tokens()) is not None:
        return _valued(field, price, confirmed)
    if said.kind == "rate" and said.tight == "none" and not phrase("not_yet").search(text):
        return Said(problem="ambiguous", candidates=("0%", UNKNOWN))
    unit = said.unit()
    problem = next(said.problems(unit, confirmed), None)
    if problem is None and isinstance(unit, Fraction):
        return _valued(field, said.one.values[0] * unit, confirmed)
    texts = said.offers(unit, problem) if isinstance(unit, Fraction) and problem in _OFFERED else ()
    if said.guesses() and problem == "range_given" and len(texts) == 3 and isinstance(unit, Fraction):
        taken = _valued(field, said.one.values[1] * unit, confirmed)  # "6k (5k-8k)" says which of them
        return taken._replace(candidates=taken.candidates or texts)
    shown = ""
    if problem == "range_given" and texts:
        shown = f"{re.sub('[ %].*', '', texts[0])} to {texts[-1].replace('%', ' %')}"
    if said.kind == "rate" and unit == "ambiguous" and said.found and said.one.values[0] == 1:
        shown = "1 % or 100 %"  # a hundred times apart: no button for either
    return Said(problem=problem, candidates=texts[:3], shown=shown)


def _counted_out(text: str) -> str:
    """A time in words as a number of months: "half a year"."""
    for name, months in (("a_month", 1), ("a_quarter", 3), ("half_a_year", 6), ("three_quarters", 9), ("a_year", 12)):
        text = phrase(name).sub(written("go_live_months", Fraction(months)), text)
    return text


class _Text(NamedTuple):
    """A text as a field sees it: the line of marks, its quantities, and the words of the first."""

    field: str
    text: str
    line: str
    found: tuple[Quantity, ...]
    words: tuple[Word, ...]

    @classmethod
    def of(cls, field: str, text: str) -> "_Text":
        """A word that is no part of what a quantity says ("1,200 real pairs") stands behind it."""
        asked = FIELDS[field].kind == "rate"
        found = tuple(one.as_rate() if asked else one for one in likeliest(quantities(text)))
        inside, marks, behind, at = list[Word](), list[str](), list[str](), -1
        for word in spelled_out(text):
            mark = mark_of(word.text)
            if at + 1 < len(found) and word.end > found[at + 1].start:
                at += 1
                marks += [*["$"] * (mark == "$"), "?" if found[at].noun == "×" else "N"]
            if at < 0 or word.start >= found[at].end:
                marks.append(mark)
            elif mark not in _IN_ONE and mark[:1] not in "@:" and word.text not in _FRACTIONS:
                behind.append(mark)
            if found and found[0].start < word.end <= found[0].end:
                inside.append(word)
        line = " ".join(filter(None, (beside(field, mark) for mark in marks + behind)))
        return cls(field, text, line, found, tuple(inside))

    @property
    def kind(self) -> str:
        return FIELDS[self.field].kind

    @property
    def one(self) -> Quantity:
        return self.found[0]

    @property
    def form(self) -> str:
        return " ".join(mark_of(word.text) for word in self.words)

    @property
    def tight(self) -> str:
        """The line without what may stand anywhere."""
        return " ".join(_LOOSE.sub("", self.line).split())

    def is_nothing(self) -> bool:
        """No cost, no calls, no wrong labels."""
        if self.kind == "money":
            return phrase("free").fullmatch(self.text) is not None
        if FIELDS[self.field].of:
            return phrase("at_once").fullmatch(self.text) is not None
        if self.kind == "rate":
            none = self.tight == "none" and not phrase("not_yet").search(self.text)
            return self.field in _NO_SHARE and bool(none or re.fullmatch(_NO_SHARE[self.field], self.tight))
        not_any = _NOT_ANY.fullmatch(self.tight) and re.search(r"\bany\b", self.text)
        nobody = self.field == "labelers" and self.tight == "nobody"
        return bool(not_any or nobody or _NO_COUNT.fullmatch(self.tight))

    def in_and_out(self) -> bool:
        """Whether a text has two counts and two prices; "4/20 per M" are two of them."""
        two = len(self.found) + any(one.whole for one in self.found) == 4
        return two and FIELDS[self.field].per == "call" and bool(phrase("input").search(self.text))

    def by_tokens(self) -> Fraction | None:
        """The price of a call from its tokens in and out and the price of each, and nothing else."""
        if not self.in_and_out() or self.text.endswith("?"):
            return None
        words = spelled_out(self.text)
        strange = {word.text for word in words if mark_of(word.text) in ("?", "vague", "not", ">", CODE)}
        sure = strange <= _BESIDE_TOKENS and all(len(word.numeral.values) == 1 for word in words if word.numeral)
        prices = list(by_tokens(self.text, list(self.found))) if sure else []
        return prices[0] if len(prices) == 1 else None

    def guesses(self) -> bool:
        """Whether a range comes with its likeliest value, and nothing takes it back."""
        if not self.found or not self.one.guessed:
            return False
        return not (_BOUND.search(self.line) or self.left() or self.turned() or self.text.endswith("?"))

    # ---- the unit

    def sure(self) -> frozenset[str]:
        asked = FIELDS[self.field]
        return _SURE.get(self.field) or _SURE.get(asked.per) or _SURE.get(asked.kind) or frozenset()

    def unit(self) -> Fraction | Problem:
        """What a value is multiplied by to be in the unit of the field, or what is wrong with its unit."""
        if not self.found:
            return "ambiguous"
        one, asked = self.one, FIELDS[self.field]
        if asked.kind == "rate":
            return self._share()
        if asked.of:
            return self._span()
        times, things = self.times(), set(one.per) - set(A_YEAR) - {"each"}
        counts = asked.kind == "count"
        wrong: Problem = "not_a_number" if counts else "ambiguous"
        if one.unit == "%" or (counts and (one.unit or things or "$" in self.line)):
            return "not_a_number"
        if one.noun and not counts:
            return "needs_period" if one.noun in A_YEAR and not one.per and asked.per in PERIODS else "ambiguous"
        strange = ({one.noun, *re.findall(":(\\w+)", self.form)} - {""} if counts else things) - self.sure()
        if strange:
            return "ambiguous" if counts and one.noun[:1] == "~" and not one.per else wrong
        if one.whole or ("for N" in self.form and not things) or ("each" in one.per and counts):
            return "two_numbers"
        if "each" in one.per and (one.many > 1 or asked.per not in ("call", "label", "failure")):
            return "ambiguous"
        if times and (asked.per not in PERIODS or len(times) > 1):
            return wrong
        if times - set(PERIODS) or (times and one.many > 1):
            return "ambiguous" if "other" in self.text else "needs_period"
        return (Fraction(PERIODS[times.pop()], PERIODS[asked.per]) if times else 1) / one.many

    def times(self) -> set[str]:
        """The periods it is per, also one that stands before it: "monthly $300"."""
        return set(self.one.per) & set(A_YEAR) or set(re.findall("@(\\w+)", self.line)) & set(A_YEAR)

    def _span(self) -> Fraction | Problem:
        """A time is counted in months: "6 weeks" are between one and two."""
        one = self.one
        spans = {one.noun, *one.per} - {""}
        if one.unit or one.whole or one.many > 1 or len(spans) > 1 or not spans <= set(PERIODS):
            return "not_a_number"
        return Fraction(PERIODS["month"], PERIODS[spans.pop()]) if spans else Fraction(1)

    def _share(self) -> Fraction | Problem:
        one = self.one
        if self.field in _NO_SHARE and "pass rate" in self.line:
            return "not_a_number"
        if one.per and any(word.numeral and not word.numeral.values[0] for word in self.words[1:]):
            return "out_of_range"
        if set(one.per) - _PER_RATE or one.noun == "token" or re.search("[@$¢€]", self.line + one.unit):
            return "not_a_number"
        if one.unit == "%":
            return "not_a_number" if "%" in self.form and "N" not in self.form else Fraction(1)
        if one.whole:
            whole = one.noun[:1] != "~" and (not one.noun or _PART_OF.match(self.form))
            return ("not_a_number" if one.values[0].denominator > 1 else 1 / one.whole) if whole else "two_numbers"
        if one.noun or one.per or one.values[-1] == 1 or re.search(":(?!failure)", self.line):
            return "ambiguous"
        return Fraction(1, 100 if one.values[-1] > 1 else 1)

    # ---- what is wrong, and what may be meant

    def problems(self, unit: Fraction | Problem, confirmed: bool) -> Iterator[Problem]:
        """What keeps the value from being taken, the gravest first."""
        line, form, money = self.line, self.form, self.kind == "money"
        units = {unit for one in self.found for unit in (one.unit, one.noun, *one.per)}
        if "N" not in line.split():
            yield "not_a_number"
        if money and ("€" in line or "€" in units):
            yield "other_currency"
        if money and (":token" in line or "token" in units or self.in_and_out()):
            yield "per_token"
        if _STRANGE.search(self.tight) or (self.kind == "count" and len(units & set(A_YEAR)) > 1):
            yield "not_a_number"
        if not self.found:
            yield "ambiguous"
        one = self.one
        if isinstance(unit, str) and unit in ("not_a_number", "needs_period", "out_of_range"):
            yield unit
        unclear = "@odd" in form or bool(re.search("@(?:odd|hour|weekday)", line))
        unclear = unclear or ("total" in line and self.kind == "count")
        if FIELDS[self.field].per in PERIODS and unclear:
            yield "needs_period"
        ranges = any(len(each.values) > 1 for each in self.found)
        if ranges and self.tight.startswith("- "):
            yield "out_of_range"
        if ranges and "~" not in "".join(word.text for word in self.words):
            yield "range_given"
        if _BOUND.search(line):
            yield "bound_given"
        if ranges:
            yield "two_numbers"
        if self.several() or line.startswith("+ "):
            yield "ambiguous"
        told = 1 + ranges + one.guessed + len(_SIZE.findall(form))
        if line.count("N") > 1 or form.count("N") > told:
            yield "two_numbers"
        if isinstance(unit, str):
            yield unit
        if self.left() or self.for_all():
            yield "ambiguous"
        if self.tight.startswith("- "):
            yield "out_of_range"
        others = [word.numeral for word in self.words if word.numeral][1:]
        parts = "/" in form and one.values[0] + one.whole == 100 and one.values[0] <= one.whole
        if self.turned() or parts or any(len(each.values) > 1 or not each.values[0] for each in others):
            yield "ambiguous"
        if FIELDS[self.field].of and isinstance(unit, Fraction) and (one.values[0] * unit).denominator > 1:
            yield "ambiguous"  # weeks, or half a month: what it is in whole months is pressed
        if self.text.endswith("?") and not confirmed:  # a guess put as a question is offered, not taken
            yield "ambiguous"

    def left(self) -> list[str]:
        """The marks that are neither the quantity nor named by it."""
        core = re.sub("^[+-] ", "", self.tight)
        core = _BESIDE_RATE.sub("", core) if self.kind == "rate" else core
        counted = {f":{noun}" for noun in self.sure()} if self.kind == "count" else set[str]()
        times = {f"@{each}" for each in self.times()} if FIELDS[self.field].per in PERIODS else set[str]()
        ranged = {"between"} if len(self.one.values) > 1 else set[str]()
        return [mark for mark in core.split() if mark not in counted | times | ranged | {">", "N"}]

    def for_all(self) -> bool:
        """Whether a sum is what all of them cost, where the price of one is asked: "$4k for all of them"."""
        return FIELDS[self.field].per in _ONE and not self.one.per and bool(phrase("for_all").search(self.text))

    def turned(self) -> bool:
        """Whether a rate may be the share of the other kind: of what fails, for a pass rate."""
        other = turns(self.field).search(self.text) or _TURNED.get(self.field, _TURNED[""]) & set(self.line.split())
        return self.kind == "rate" and bool(other)

    def several(self) -> Numeral | None:
        """The numeral of the quantity when it can be read in several ways, which a share with a point cannot."""
        first = next((word.numeral for word in self.words if word.numeral), None)
        if first is None or len(self.one.values) > 1 or (self.kind == "rate" and first.dotted):
            return None
        return first if len(first.values) > 1 else None

    def readings(self) -> tuple[Fraction, ...]:
        """The values the quantity may have."""
        first = self.several()
        if first is None:
            return self.one.values
        values = [value * self.one.values[0] / first.values[0] for value in first.values]
        values = [value for value in values if self.kind != "count" or value.denominator == 1]
        # A comma that groups nothing is a decimal one; where a point may be either, nobody knows.
        return tuple(values if not _lost(values) else [] if first.dotted else values[:1])

    def offers(self, unit: Fraction, problem: Problem) -> tuple[str, ...]:
        """The values of the quantity as texts in its own unit; none where the unit is lost."""
        if FIELDS[self.field].of:
            return ()  # what it is in whole months its mentions say
        values = list(self.readings())
        if self.kind == "count":
            values = [Fraction(round(each)) for each in values] if self.one.points else values
            values = [each for each in values if (each * unit).denominator == 1]
        unsigned = {"money": "$", "rate": "%"}.get(self.kind, "") != self.one.unit
        lost = self.left() and (set(self.left()) != {"?"} or unsigned or self.turned() or _lost(values))
        if lost or self.for_all() or len(self.found) > 1 or self.line.count("N") > 1:
            return ()
        if self.turned():
            values = [*values, 1 / unit - values[0]] if problem == "ambiguous" and values[0] * unit <= 1 else []
            values = values if any(values[:1]) else values[::-1]  # who has none wrong has them all right
        return tuple(self._text(value, unit) for value in values)

    def _text(self, value: Fraction, unit: Fraction) -> str:
        one = self.one
        if self.kind == "rate":
            return written(self.field, value * unit)
        signs = {mark_of(word.text) for word in self.words}
        cents = self.kind == "money" and "¢" in signs and "$" not in signs
        per = next((f" a {each}" for each in one.per if each in PERIODS), "")
        if one.many > 1:
            per = f" per {_comma(decimal(one.many))} {one.per[0]}s".replace(" asks", " queries")
        text = _comma(decimal(value * 100 if cents else value))
        return (f"{text} cents" if cents else _dollars(text) if self.kind == "money" else text) + per


def _dollars(text: str) -> str:
    return f"${text}{'0' * (len(text.partition('.')[2]) == 1)}"


def _lost(values: Sequence[Fraction]) -> bool:
    """Whether readings lie a hundred or a thousand times apart: then it is the unit that is not known."""
    return any(more / less in (100, 1000) for less in values for more in values if less)


def _comma(number: Decimal) -> str:
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    # Three digits behind a point could be thousands to whoever reads the button, and to us.
    return text + "0" if len(text.partition(".")[2]) == 3 and not text.startswith("0.") else text


_TEN, _MILLION = 10, 10**6


def written(field: str, value: Fraction) -> str:
    """A value as a text that reads to it, to six digits; from ten dollars on nobody counts parts of a cent."""
    kind = FIELDS[field].kind
    if kind == "count":
        return show(field, decimal(value)) if FIELDS[field].of else _comma(decimal(value))
    short = Decimal(f"{decimal(value * 100 if kind == 'rate' else value):.6g}")
    if kind == "rate":
        return f"{_comma(short)}%"
    return _dollars(_comma(round(short, 2) if _TEN <= short < _MILLION else short))


def _rounded(number: Fraction) -> Decimal:
    """Half-even to at most 28 significant digits and at most 24 decimal places."""
    places = min(24, 28 - len(str(int(number))))
    return Decimal(plain(Decimal(round(number * 10**places)).scaleb(-places)))


def _valued(field: str, number: Fraction, confirmed: bool) -> Said:
    asked = FIELDS[field]
    if number > (1 if asked.kind == "rate" else asked.most):
        return Said(problem="out_of_range")
    value: Value = int(number) if asked.kind == "count" else _rounded(number)
    if value != number if asked.kind == "count" else number and not value:
        return Said(problem="out_of_range")
    if field == "training_pairs" and number < 1:
        return Said(problem="out_of_range")
    if asked.per == "call" and asked.kind == "money" and number > DEAREST_CALL and not confirmed:
        return Said(problem="unit_slip")  # in cents, per thousand calls: a hundred or a thousand times off is no offer
    return Said(value=value, shown=show(field, value))

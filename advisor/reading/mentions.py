"""What the quantities of a text can mean for a field: alone, or several composed by their units.

"2 GPUs at $1.70/h, 720 hours" are dollars because hours cancel; "annotators are $20/h and do 40 an hour" are dollars a
label. Nothing here takes a value: who reads an answer offers these, and a person presses one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor
from typing import NamedTuple

from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.reading.lexicon import elsewhere, names, phrase
from advisor.reading.quantities import A_YEAR, PERIODS, Quantity, likeliest, quantities

MOST_OFFERED = 3
_MOST_COMPOSED = 5  # quantities; each may multiply or divide
_MOST_MENTIONED = 8  # quantities; a text of more is no answer
_PLAIN_DOLLARS = 20  # a sum below it may well be a price by itself
_WORKDAYS = Fraction(5, 7)
_NEAR = Fraction(1, 5)  # of a month: eight weeks are two

_MACHINES = frozenset({"~gpu", "~machine", "~box", "~instance", "~replica", "~endpoint", "~node", "person", "~run"})
"""What may multiply a price by the hour or month without being named in it: "2 GPUs at $2/h"."""
_FITS: Mapping[str, frozenset[str]] = {
    "call": frozenset({"call", "ask", "label"}),
    "label": frozenset({"label", "ask"}),
    "failure": frozenset({"failure", "label"}),
}
"""What a field is per -> the nouns that may stand for it. A ticket, a document, a mail is often one call."""
_NOT_COUNTED = frozenset(
    {"person", "token", "time", "$", "failure", "×", "~epoch", "~step", "~point", "~gpu", "~star", "~seed"}
)
_NOT_PEOPLE = frozenset({"label", "call", "ask", "failure", "token", "$", "each", "×", "~point"})
_WHOLE: Mapping[str, str] = {
    "labeled_pairs": "training_pairs", "synthetic_share": "training_pairs", "label_noise": "labeled_pairs",
    "poc_eval_items": "eval_pairs", "poc_gained": "poc_eval_items", "poc_lost": "poc_eval_items",
    "poc_baseline_pass_rate": "poc_eval_items", "poc_tuned_pass_rate": "poc_eval_items",
    "measured_pass_rate": "eval_pairs", "pass_rate_without_tuning": "eval_pairs", "prompt_pass_rate": "eval_pairs",
}  # fmt: skip
"""What "half of them" and "410 pass" are a part of, where it was answered."""
_BASE: Mapping[str, str] = {
    "poc_tuned_pass_rate": "poc_baseline_pass_rate", "target_pass_rate": "measured_pass_rate",
    "prompt_pass_rate": "measured_pass_rate", "pass_rate_without_tuning": "measured_pass_rate",
    "poc_baseline_pass_rate": "measured_pass_rate", "usd_per_call_after": "usd_per_call_now",
}  # fmt: skip
"""What "5 points above" and "a third of today's" start from."""
_TENS = ("", "", "twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")


def meant(field: str, text: str, known: Answers) -> list[Fraction]:
    """What a tidied lower-case text may mean for a field of numbers, in its own unit, the likeliest first; nothing
    when more than three things may be meant."""
    kind = FIELDS[field].kind
    found = [one.as_rate() if kind == "rate" else one for one in likeliest(quantities(text))]
    if len(found) > _MOST_MENTIONED or (kind != "money" and phrase("not_one").search(text)):
        return []
    found = _corrected(text, [one for one in found if not _is_aside(field, text, one, found)])
    if len(found) == 1 and FIELDS[field].per in PERIODS and not found[0].period():
        on = phrase("on_days").match(text, found[0].end)
        if on and not on[1]:  # "300 at weekends" may be of each weekend or of each of its days
            return []
        found = [found[0]._replace(per=("weekday",))] if on else found
    if {"day", "weekday"} <= {name for one in found for name in (one.noun, *one.per)}:  # "250 days, 300 each weekday"
        same = {"weekday": "day"}
        found = [
            one._replace(noun=same.get(one.noun, one.noun), per=tuple(same.get(each, each) for each in one.per))
            for one in found
        ]
    meaning = _Meaning(field, text, known)
    if kind == "rate":
        values = list(meaning.rates(found))
    elif kind == "money":
        values = list(meaning.sums(found))
    else:
        values = [value for value in meaning.counts(found) if value.denominator == 1]
    values = list(dict.fromkeys(value for value in values if value >= 0))
    # A range, and figures that comment on it; two figures, and what they make together.
    several = [one for one in found if len(one.values) > 1]
    most = MOST_OFFERED if several == found[:1] or len(found) == 2 else len(values)
    return values[:most] if len(values[:most]) <= MOST_OFFERED else []


def named(field: str, text: str, known: Answers) -> Iterator[tuple[str, Fraction]]:
    """The figures of a text that it gives to other fields by name, and the whole of a rate: "82 % of 620 pairs"."""
    found = quantities(text)
    wholes = {one.whole for one in found if one.unit == "%" and one.whole}
    if field in _WHOLE and FIELDS[field].kind == "rate" and len(wholes) == 1:
        yield _WHOLE[field], wholes.pop()
    for one in found if 1 < len(found) <= _MOST_MENTIONED else ():
        clause = _clause(text, one)
        fields = [other for other, name in names() if other != field and name.search(clause)]
        values = meant(fields[0], clause, known) if len(fields) == 1 else []
        if len(values) == 1:
            yield fields[0], values[0]


def figures(field: str, text: str, *, aside: bool) -> bool:
    """Whether a text has a quantity that may be an answer: not only times, and not only nothing; ``aside`` also those
    of other fields."""
    found = [one for one in quantities(text) if any(one.values) and one.noun not in A_YEAR]
    found = [one for one in found if len(found) > _MOST_MENTIONED or aside or not _is_aside(field, text, one, found)]
    return not phrase("not_one").search(text) and any(one.unit or text[one.start : one.end] != "one" for one in found)


def turns(field: str) -> re.Pattern[str]:
    """Words of what a rate is not a share of: of what fails, for a pass rate."""
    return phrase({"label_noise": "passes", "synthetic_share": "real"}.get(field, "fails"))


def _keeps(field: str) -> re.Pattern[str]:
    return phrase({"label_noise": "fails", "synthetic_share": "made"}.get(field, "passes"))


def _clause(text: str, one: Quantity) -> str:
    begins = [match.end() for match in phrase("clause").finditer(text, 0, one.start)]
    ends = phrase("clause").search(text, one.end)
    return text[begins[-1] if begins else 0 : ends.start() if ends else len(text)].strip()


def _is_aside(field: str, text: str, one: Quantity, found: Sequence[Quantity]) -> bool:
    """Whether a word beside a quantity gives it to another field, or to nobody's question."""
    clause = text if len(found) == 1 and " but " in text else _clause(text, one)
    if one.noun == "~point" or " minus " in clause or " except " in clause:
        return False
    share = field == "usd_per_call_after" and any(each.unit == "%" for each in found)
    return not share and elsewhere(field).search(clause) is not None


def _corrected(text: str, found: list[Quantity]) -> list[Quantity]:
    """Without what a text takes back: "90k monthly, no sorry, 19k" is 19k monthly."""
    back = [match.start() for match in phrase("taken_back").finditer(text)]
    before = [one for one in found if back and one.end <= back[-1]]
    last = found[-1] if len(before) == len(found) - 1 and found[len(before) :] else None
    if not before or last is None:
        return found
    first = before[-1]
    unsaid = last._replace(unit=last.unit or first.unit, noun=last.noun or first.noun)
    return [unsaid if last.per else unsaid._replace(per=first.per, many=first.many)]


# ---- quantities composed by their units


def _units(one: Quantity) -> tuple[Counter[str], Fraction]:
    """The units of a quantity with their exponents, time as one of them in years, and what brings it there."""
    units, scale = Counter[str](), Fraction(1) / one.many
    thing = "$" if one.unit == "$" else "" if one.unit == "%" or one.noun == "×" else one.noun or f"#{one.start}"
    for name, power in ((thing, 1), *((each, -1) for each in one.per)):
        if name in A_YEAR:
            scale *= Fraction(A_YEAR[name]) ** -power
        units["time" if name in A_YEAR else name] += power
    del units[""]
    return units, scale


def _composed(field: str, found: Sequence[Quantity]) -> tuple[Fraction, ...]:
    """What quantities give together, multiplied or divided, in the unit of the field; nothing when they do not."""
    asked, parts, powers = FIELDS[field], [(one, *_units(one)) for one in found], powers_of(field, found)
    if not powers:
        return ()
    values, time = [Fraction(1)], 0
    for power, (one, units, scale) in zip(powers, parts, strict=True):
        several = one.values if len(values) == 1 else one.values[:1]
        values = [value * (each * scale) ** power for each in several for value in values]
        time += power * units["time"]
    size = PERIODS[asked.per] if asked.kind == "money" and asked.per in PERIODS and time else 1
    return tuple(value / size for value in values)


def powers_of(field: str, found: Sequence[Quantity]) -> tuple[int, ...]:
    """Which quantities multiply (1) and which divide (-1) so that they are in the unit of the field; empty when none
    of it is."""
    parts = [(one, _units(one)[0]) for one in found]
    for signs in product((1, -1), repeat=len(parts)):
        powers = signs[::-1]
        units = Counter[str]()
        for power, (_, own) in zip(powers, parts, strict=True):
            for name, exponent in own.items():
                units[name] += power * exponent
        inverted = [one for power, one in zip(powers, found, strict=True) if power < 0]
        if all(one.unit != "%" and all(one.values) for one in inverted) and _is_asked(field, units, found):
            return powers
    return ()


def _is_asked(field: str, units: Mapping[str, int], found: Sequence[Quantity]) -> bool:
    """Whether units are those a field asks for; what is "each" is of whatever else is counted."""
    asked, left = FIELDS[field], Counter({name: power for name, power in units.items() if power})
    fits, money = _FITS.get(asked.per, frozenset()), asked.kind == "money"
    if left["each"] < 0:
        name = next((name for name, power in left.items() if power > 0 and name not in ("$", "time")), "")
        if money and not name and not fits:
            return False
        left["each"] += 1
        left[name or asked.per] -= 1
    # Each of two who does so much a day for so much a day: what one label costs is not twice as much.
    apiece = fits and sum("each" in one.per for one in found) > 1
    if money and not apiece and any(one.unit == "$" and one.period() for one in found):
        for name in _MACHINES & {name for name, power in left.items() if power == -1 or (power == 1 < len(found))}:
            left[name] = 0
    if left.pop("time", 0) not in ((0, -1) if asked.per in PERIODS else (0,)):
        return False
    hours = [A_YEAR[one.noun] for one in found if one.noun in A_YEAR and one.period()]
    paid = [A_YEAR[one.period()] for one in found if one.unit == "$" and one.period()]
    if money and hours and len(found) > 1 and max(paid, default=0) < min(hours):  # "$85/h" and "8 hours a month"
        return False
    if money and left.pop("$", 0) != 1:
        return False
    rest = {name: power for name, power in left.items() if power}
    if money:
        return len(rest) < 2 and all(power == -1 and fits and (n in fits or n[0] == "#") for n, power in rest.items())
    plainly = {"label", "ask"} & {one.noun for one in found} and asked.per not in PERIODS and len(found) > 1
    counted = (power == 1 and _is_counted(field, n) and not (plainly and n[0] == "~") for n, power in rest.items())
    return len(rest) == 1 and all(counted)


def _is_counted(field: str, name: str) -> bool:
    if field == "labelers":
        return name not in _NOT_PEOPLE
    return name not in _NOT_COUNTED or (name == "failure" and field in ("poc_gained", "poc_lost"))


def by_tokens(text: str, found: Sequence[Quantity]) -> Iterator[Fraction]:
    """Tokens in and out and one price or two, in either order."""
    parts = list[Quantity]()
    for one in found:
        if 0 < one.whole < 1000 and one.many > 1:  # "4/20 per M"
            parts += (one._replace(whole=Fraction(0), values=(value,)) for value in (one.values[0], one.whole))
        else:
            parts.append(one._replace(many=one.whole) if one.whole >= 1000 and not one.unit else one)
    prices = [one for one in parts if one.unit == "$" or (not one.unit and (one.many >= 1000 or "token" in one.per))]
    counts = [one for one in parts if not one.unit and one not in prices]
    counts = [one for one in counts if one.noun in ("", "token") or phrase("output").search(text, one.start, one.end)]
    sizes = {one.many for one in prices if one.many > 1 or "token" in one.per}
    if len(sizes) != 1 or len(counts) not in (1, 2) or len(prices) not in (1, len(counts)):
        return
    first, second = (_label(text, some[0], parts) for some in (counts, prices))
    if len(prices) == 2 and first and second and first != second:
        prices.reverse()
    orders = [prices * (len(counts) // len(prices))]
    if len(prices) == 2 and first == "out" and not second:
        orders.append(prices[::-1])
    for order in orders:
        pairs = zip(counts, order, strict=True)
        value = sum((count.values[0] * price.values[0] for count, price in pairs), Fraction(0)) / max(sizes)
        yield value
        yield from (value * one.values[0] for one in parts if one.noun == "~epoch" and not phrase("total").search(text))


def _label(text: str, one: Quantity, found: Sequence[Quantity]) -> str:
    """Whether a quantity is of input or output, by what stands between it and the next."""
    after = min((other.start for other in found if other.start >= one.end), default=len(text))
    behind = text[one.end : after]
    return "in" if phrase("input").search(behind) else "out" if phrase("output").search(behind) else ""


def _in_months(span: Quantity) -> Iterator[Fraction]:
    """Whole months: the nearest, or those on both sides."""
    a_year = PERIODS.get(span.noun or span.period(), PERIODS["month"])
    for value in span.values:
        months = value * PERIODS["month"] / a_year
        near = abs(months - round(months)) < _NEAR
        yield from (Fraction(each) for each in ((round(months),) if near else (floor(months), ceil(months))))


# ---- what a field makes of them


class _Meaning(NamedTuple):
    field: str
    text: str
    known: Answers

    @property
    def per(self) -> str:
        return FIELDS[self.field].per

    @property
    def whole(self) -> Fraction:
        """How many there are of what the field is a part of, where it was answered; else 0."""
        whole = getattr(self.known, _WHOLE.get(self.field, ""), None)
        return Fraction(whole if isinstance(whole, int) else 0)

    @property
    def base(self) -> Fraction | None:
        """What the field is told relative to, where it was answered."""
        base = getattr(self.known, _BASE.get(self.field, ""), None)
        return None if base in (None, UNKNOWN) else Fraction(base)

    def says(self, name: str) -> bool:
        return phrase(name).search(self.text) is not None

    def then(self, name: str, one: Quantity) -> bool:
        """Whether words of that name come behind a quantity."""
        return phrase(name).match(self.text, one.end) is not None

    def on_weekdays(self, found: Sequence[Quantity], *periods: str) -> bool:
        """Whether what is told by the day is told of five days in seven."""
        daily = any(one.period() in periods for one in found)
        return daily and self.says("weekdays") and not self.says("weekends")

    def together(self, found: Sequence[Quantity]) -> Iterator[Fraction]:
        """What the quantities mean together, of as many of them as it takes; else each by itself, their sum, and what
        is left when one is taken off."""
        field, kind = self.field, FIELDS[self.field].kind
        for size in range(len(found) if len(found) <= _MOST_COMPOSED else 0, 1, -1):
            for some in combinations(found, size):
                if values := _composed(field, some):
                    rest = [value for one in found if one not in some for value in _composed(field, [one])]
                    plain = [one for one in some if one.unit == "$" and not one.per]
                    if len(values) == len(rest) == 1 and self.says("sum"):
                        yield values[0] + rest[0]
                    if self.per == "call" and plain and max(plain[0].values) <= _PLAIN_DOLLARS:
                        yield from plain[0].values
                    yield from (*values, *rest)
                    return
        if len(found) == 2 and self.says("each_of") and all(one.unit != "%" for one in found):
            nouns, money = {one.noun for one in found}, kind == "money"
            if not money and {"label", "ask"} & nouns and any(noun[:1] == "~" for noun in nouns):
                return
            apiece = not nouns & set(A_YEAR) and (self.per not in _FITS if money else any(nouns))
            apiece = apiece and not all({*A_YEAR, "each"} & set(one.per) for one in found)
            if apiece and sum(one.unit == "$" for one in found) == money:
                first, second = (one.values[0] * _units(one)[1] for one in found)
                yield first * second
        single = [values for one in found if (values := _composed(field, [one]))]
        values = tuple(value for each in single for value in each)
        several = len(single) == len(values) > 1
        if several and self.says("plus"):
            yield sum(values, Fraction(0))
        yield from values
        if several and len(values) == 2 and self.says("less"):
            yield abs(values[0] - values[1])
        if several and self.says("sum"):
            yield sum(values, Fraction(0))
        if len(single) == 1 and self.says("double"):
            yield from (value * 2 for value in values)

    def counts(self, found: Sequence[Quantity]) -> Iterator[Fraction]:
        per, whole = self.per, self.whole
        if per and self.says("hourly") and any(one.period() in ("hour", "minute", "second") for one in found):
            return
        counted = [one for one in found if not one.unit]
        if FIELDS[self.field].of:
            if len(counted) == 1 and (counted[0].noun or counted[0].period() or "month") in PERIODS:
                yield from _in_months(counted[0])
            return
        shares = [one for one in found if one.unit == "%"]
        dollars = [one for one in found if one.unit == "$"]
        if per and len(dollars) == len(found) == 2:  # a bill and a price
            monthly = phrase("monthly").search(self.text)
            bill = [one._replace(per=("month",)) if not one.per and monthly else one for one in dollars]
            yield from _composed(self.field, bill)
            return
        parts = [one for one in counted if one.whole or whole]
        if parts and self.says("all_but"):
            yield from ((parts[0].whole or whole) - value for value in parts[0].values)
            return
        if shares:
            yield from self._shares_of(shares, counted)
            return
        if not per and not any(one.period() and one.noun not in A_YEAR for one in counted):
            counted = [one for one in counted if one.noun not in A_YEAR]
        if not per and len(counted) == 2 and phrase("times").search(self.text[counted[0].end : counted[1].start]):
            yield counted[0].values[0] * counted[1].values[0]
            return
        if len(counted) == 1:
            if not per:
                counted = [counted[0]._replace(per=tuple(each for each in counted[0].per if each != "each"))]
            one = counted[0]
            me = self.says("me") and self.says("sum") and (one.noun in ("person", "") or one.noun[0] == "~")
            named = one.noun and self.says("and_somebody")
            if self.field == "labelers" and (me or named or self.says("and_one")):
                yield one.values[0] + 1
            elif me and one.noun and self.says("with_me"):
                return
        counted = self._within_a_year(counted) if per else counted
        often = [one for one in counted if one.noun in ("×", "~time") and one.period()]
        if len(often) == 1 and len(counted) == 2:  # "40 people, 10 times a day"
            other = counted[counted[0] is often[0]]
            if not other.per and other.noun and other.noun not in A_YEAR:
                yield other.values[0] * often[0].values[0] * _units(often[0])[1]
                return
        if per and not any(one.noun == "day" for one in counted) and self.on_weekdays(counted, "day"):
            yield from (Fraction(round(value * _WORKDAYS)) for value in self.together(counted))
        else:
            yield from self.together(counted)

    @staticmethod
    def _within_a_year(counted: list[Quantity]) -> list[Quantity]:
        """15 times a week in 46 weeks are 690 times a year; a week or two of it would be something else."""
        for span in counted:
            many, unit = span.values[0], PERIODS.get(span.noun, 0)
            paced = [one for one in counted if one.period() == span.noun and one is not span]
            if len(paced) == 1 and unit / 2 <= many <= unit and set(span.per) <= {"year"}:
                a_year = paced[0]._replace(per=("year",), values=tuple(value * many for value in paced[0].values))
                return [a_year if one is paced[0] else one for one in counted if one is not span]
        return counted

    def _shares_of(self, shares: Sequence[Quantity], counted: Sequence[Quantity]) -> Iterator[Fraction]:
        """Parts of a whole that the text or an earlier answer says: "half of the 5,000"."""
        of = next((one.whole for one in shares if one.whole), self.whole)
        if of:
            yield from (Fraction(round(value * of)) for value in shares[0].values)
        else:
            wholes = [one for one in counted if not one.per]
            yield from (value for one in wholes for value in one.values)
            yield from (Fraction(round(shares[0].values[0] * one.values[0])) for one in wholes)

    def sums(self, found: Sequence[Quantity]) -> Iterator[Fraction]:
        per = self.per
        fits = _FITS.get(per, frozenset())
        tokens = any(one.noun == "token" or "token" in one.per for one in found)
        if any(one.unit == "$" and set(one.per) & fits and one.many == 1 for one in found):
            found = [one for one in found if one.noun != "token"]
        elif tokens or (self.says("input") and self.says("output")):
            values = tuple(by_tokens(self.text, found))
            yield from values
            if values or tokens or any(one.many >= 1000 and one.unit == "$" for one in found):
                return
        found = [self._part(one) for one in self._in_dollars(found)]
        people = [one for one in found if one.unit == "%" and self.says("of_a_person")]
        alone = len(found) == 1 and self.field in _BASE and (self.says("today") or self.says("cheaper"))
        shares = [one for one in found if alone or one.whole or self.then("part_next", one)]
        found = [one for one in found if one.unit in ("$", "") or one in shares]
        dollars = [one for one in found if one.unit == "$"]
        if not dollars:
            if self.base is not None and len(found) == 1 and found[0].unit == "%":
                off = self.says("cheaper")
                yield from ((1 - value if off else value) * self.base for value in found[0].values)
            return
        hours = len(found) == 2 and found[0].noun in ("hour", "minute") and found[1].unit == "$" and not found[1].per
        if hours and " at " in self.text[found[0].end : found[1].start]:  # "10 hours a week of review at $30"
            found = [found[0], found[1]._replace(per=("hour",))]
        if per in PERIODS and len(people) == len(dollars) == 1:  # "half an FTE, they cost 64k a year"
            found = [people[0]._replace(per=()), *dollars]
        if per == "label" and len(found) == 1 and self.says("for_all"):
            if not isinstance(self.known.training_pairs, int):
                return
            found = [*found, Quantity((Fraction(self.known.training_pairs),), "", 0, 0, "label")]
        if per in ("call", "label") and len(found) == 2 and len(dollars) == 1:
            other = found[found[0] is dollars[0]]
            if dollars[0].period() in PERIODS and not other.period() and other.noun in fits:
                found = [dollars[0]._replace(per=()), other]
        calls = self.known.calls_per_year
        if per == "call" and len(found) == 1 and set(found[0].per) & set(PERIODS) and isinstance(calls, int):
            found = [*found, Quantity((Fraction(calls),), "", 0, 0, "call", ("year",))]
        if per in PERIODS and self.says("total"):
            found = [one for one in found if one.unit == "$"]
        workdays = _WORKDAYS if per in PERIODS and self.on_weekdays(found, "day", "hour", "minute") else 1
        yield from (value * workdays for value in self.together(found))

    def _in_dollars(self, found: Sequence[Quantity]) -> Iterator[Quantity]:
        """The question says dollars, so a bare number may be some; beside a sum it may be one of the same kind."""
        dollars = [one for one in found if one.unit == "$"]
        cents = 100 if dollars and ("cent" in self.text or "¢" in self.text) else 1
        for one in found:
            bare = not one.unit and not one.noun and not one.whole
            bare = bare and (bool(one.period()) or not (self.then("of_them", one) or self.then("strange_next", one)))
            later = self.per in PERIODS and set(one.per) <= set(PERIODS) and dollars and one.start > dollars[0].start
            if not bare or len({(each.per, each.many) for each in dollars}) > 1 or (dollars and one.per and not later):
                yield one
            elif dollars:
                values = tuple(value / cents for value in one.values)
                yield one._replace(values=values, unit="$", per=one.per or dollars[0].per, many=dollars[0].many)
            else:
                yield one._replace(unit="$")

    @staticmethod
    def _part(one: Quantity) -> Quantity:
        if one.unit or not one.whole or max(one.values) > one.whole:
            return one
        return one._replace(unit="%", values=tuple(value / one.whole for value in one.values))

    def rates(self, found: Sequence[Quantity]) -> Iterator[Fraction]:
        field = self.field
        if field != "synthetic_share" and self.says("several" if field == "target_pass_rate" else "unsettled"):
            return
        if decade := phrase("decade").search(self.text):
            ten = int(decade[2] or _TENS.index(decade[3])) * 10
            first = {"low": 1, "early": 1, "mid": 4}.get(decade[1], 7)
            digits = (first, first + 1, first + 2) if decade[1] else (0, 5, 9)
            yield from (Fraction(ten + each, 100) for each in digits)
            return
        if len(found) == 1 and phrase("all_of").match(self.text):
            yield from self._turned(self.text, (Fraction(1),))
            return
        if phrase("halves").match(self.text):
            yield Fraction(1, 2)
            return
        points = [one for one in found if one.noun == "~point"]
        if points and field == "poc_baseline_pass_rate":
            found = quantities(self.text)
        found = [one for one in found if one.unit != "$" and not one.per and one.noun != "~point"]
        if points and (self.says("up") or self.says("down")):
            yield from self._moved(points[0], found)
        elif len(found) == 1 and found[0].unit == "%" and field != "synthetic_share" and self.says("relative"):
            if self.base is not None:
                yield from (self.base + found[0].values[0], self.base * (1 + found[0].values[0]))
        else:
            yield from self._shares(found)

    def _moved(self, point: Quantity, found: Sequence[Quantity]) -> Iterator[Fraction]:
        """A rate told as points above or below another: "7 points up"."""
        shares = [value for one in found for value in self._as_share(one)[:1]]
        shares += [self.base] if self.base is not None else []
        change = point.values[0] / (1 if point.unit == "%" else 100)
        before = self.says("down") or self.field == "poc_baseline_pass_rate"
        for share in shares[:1]:
            yield from (share - change, share + change) if before else (share + change, share)

    def _shares(self, found: Sequence[Quantity]) -> Iterator[Fraction]:
        field, whole = self.field, self.whole
        counts = [one for one in found if not one.unit and not one.whole and one.values[0].denominator == 1]
        counts = [one for one in counts if one.noun not in _NOT_COUNTED - {"failure", "person"}]
        only = len(counts) == len(found)
        if field == "synthetic_share" and len(found) == 1 and only and self.says("for_each"):
            yield counts[0].values[0] / (counts[0].values[0] + 1)
            return
        if len(found) == 1 and found[0].whole and found[0].values[0] + found[0].whole == 100:  # "60/40"
            yield from (found[0].values[0] / 100, found[0].whole / 100)
            return
        unsigned = not any(one.unit == "%" or one.whole for one in found)
        if unsigned and len(counts) == 2:
            values = tuple(self._two(counts, only=only))
            yield from values
            if values or self._is_share_made(counts):
                return
        if len(found) == 1 and only and self.says("right_count"):
            return
        if unsigned and len(counts) == 1 and whole >= counts[0].values[0] > 1:
            yield from self._turned(self.text, (counts[0].values[0] / whole,))
            if counts[0].values[0] > 100 or counts[0].noun or field in ("synthetic_share", "label_noise"):
                return
        for one in found:
            values = self._as_share(one)
            if len(found) == len(values) == 1 and self.says("a_bit_more"):
                values = (values[0], values[0] * Fraction(21, 20), values[0] * Fraction(6, 5))
            if values and all(value <= 1 for value in values):
                yield from self._turned(_clause(self.text, one), values)

    def _is_share_made(self, counts: Sequence[Quantity]) -> bool:
        plain = not max(counts, key=lambda one: one.values[0]).noun
        return self.field == "synthetic_share" and self.says("real") and self.says("made") and plain

    def _two(self, counts: Sequence[Quantity], *, only: bool) -> Iterator[Fraction]:
        """Two counts as a share: "162 passed, 38 failed", "600 synthetic of 2,000"."""
        small, big = sorted(counts, key=lambda one: one.values[0])
        part, of = small.values[0], big.values[0]
        if only and self.then("pass_next", counts[0]) and self.then("fail_next", counts[1]):
            share = counts[0].values[0] / max(part + of, Fraction(1))
            yield 1 - share if self.field == "label_noise" else share
        elif self._is_share_made(counts):
            clauses = ((one, _clause(self.text, one)) for one in counts)
            made = [
                one for one, clause in clauses if phrase("made").search(clause) or not phrase("real").search(clause)
            ]
            yield from (one.values[0] / (part + of) for one in made[:1])
        elif of and (of > 100 or small.noun or big.noun or self.says("part_of")) and not self.says("versus"):
            yield from self._turned(self.text if small.noun else _clause(self.text, small), (part / of,))

    def _as_share(self, one: Quantity) -> tuple[Fraction, ...]:
        if one.unit == "%":
            return one.values
        if one.whole:
            whole = all(value.denominator == 1 for value in one.values)  # "4.5/5" are stars
            return tuple(value / one.whole for value in one.values) if whole else ()
        if one.noun or one.values[0] == 1 or self.then("no_percent", one):
            return ()
        return tuple(value if value <= 1 else value / 100 for value in one.values)

    def _turned(self, clause: str, values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """A share of what fails is turned round for a pass rate; one of what is right, for a share of what is wrong."""
        keeps = _keeps(self.field).search(clause)
        if not turns(self.field).search(clause) or (self.field == "synthetic_share" and keeps):
            return values
        other = tuple(1 - value for value in values)
        return (*other, *values) if keeps and len(values) == 1 else other

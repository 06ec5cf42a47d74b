"""How a sum was worked out of what was typed: "1 H100 at $7/h" is "$7 x 24 x 365 / 12" a month.

It is shown when the sum is offered, and kept with the answer. What :mod:`advisor.reading.mentions` composes by units is
written out here, and only where it comes to the same sum.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import prod

from advisor.model import FIELDS, Answers, decimal
from advisor.reading.lexicon import phrase
from advisor.reading.mentions import powers_of
from advisor.reading.numbers import written
from advisor.reading.quantities import A_YEAR, PERIODS, Quantity, quantities
from advisor.reading.tokens import LONGEST, tidy

_MOST = 4  # quantities of a sum that one still follows
_DAY, _WEEKDAYS = (365,), (260,)
_IN_A_YEAR: Mapping[str, tuple[int, ...]] = {
    "second": (60, 60, 24, *_DAY), "minute": (60, 24, *_DAY), "hour": (24, *_DAY), "day": _DAY, "weekday": _WEEKDAYS,
    **{period: (many,) for period, many in PERIODS.items() if period != "day"},
}  # fmt: skip
"""A period -> how often a year has it, as people multiply it out."""


def derivation(field: str, text: str, value: object, known: Answers) -> str:
    """How a text comes to a sum: "$240 / 200". Empty where it says the sum itself, or where one can't follow it."""
    if FIELDS[field].kind != "money" or not isinstance(value, Decimal) or len(text) > LONGEST:
        return ""
    text = tidy(text).lower()
    found = quantities(text)
    if FIELDS[field].per == "call" and isinstance(known.calls_per_year, int):
        found = (*found, Quantity((Fraction(known.calls_per_year),), "", 0, 0, "call", ("year",)))
    weekdays = bool(phrase("weekdays").search(text))
    for size in range(min(len(found), _MOST), 0, -1):
        for some in combinations(found, size):
            for times, over in _sums(field, some, weekdays=weekdays):
                comes_to = Fraction(prod(map(_number, times))) / prod(map(_number, over), start=Fraction(1))
                if len(times) + len(over) > 1 and written(field, comes_to) == written(field, Fraction(value)):
                    return " ".join(_written(times, over))
    return ""


_Part = Quantity | int


def _number(part: _Part) -> Fraction:
    return Fraction(part) if isinstance(part, int) else part.values[0]


def _sums(field: str, some: Sequence[Quantity], *, weekdays: bool) -> Iterator[tuple[list[_Part], list[_Part]]]:
    """What is multiplied and what that is divided by, the dollars first; with and without weekdays alone."""
    powers = powers_of(field, some)
    if not powers or any(len(one.values) > 1 for one in some):
        return
    times: list[_Part] = [one for one, power in zip(some, powers, strict=True) if power > 0]
    over: list[_Part] = [one for one, power in zip(some, powers, strict=True) if power < 0]
    times.sort(key=lambda part: not (isinstance(part, Quantity) and part.unit == "$"))
    per, left = FIELDS[field].per, Counter[int]()
    spans = Counter[str]()
    for one, power in zip(some, powers, strict=True):
        spans[one.noun] += power * (one.noun in A_YEAR)
        for each in one.per:
            spans[each] -= power * (each in A_YEAR)
        if one.many != 1:
            left[int(one.many)] -= power
    if per in PERIODS and any(spans.values()):
        spans[per] += 1
    for span, power in spans.items():
        for many in _IN_A_YEAR.get(span, ()):
            left[many] -= power
    for many, power in sorted(left.items()):
        (times if power > 0 else over).extend([many] * abs(power) if many != 1 else [])
    yield [part for part in times if _number(part) != 1 or part is times[0]], over
    if weekdays:
        yield [*times, 5], [*over, 7]


def _written(times: list[_Part], over: list[_Part]) -> Iterator[str]:
    for place, part in enumerate(times):
        yield from ("x",) * bool(place)
        yield _figure(part)
    for part in over:
        yield "/"
        yield _figure(part)


def _figure(part: _Part) -> str:
    if isinstance(part, int):
        return f"{part:,}"
    number = f"{decimal(part.values[0]):,f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    if part.unit != "$":
        return number
    return f"${number}0" if len(number.partition(".")[2]) == 1 else f"${number}"

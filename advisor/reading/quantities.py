"""Counts, money and rates: a line of marks with its numbers, as one value or as a problem to ask about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from advisor.figures import show
from advisor.model import FIELDS, Problem, Value, decimal, plain
from advisor.pattern import pattern
from advisor.reading.call_price import usd_per_call
from advisor.reading.marks import PERIODS, marks
from advisor.reading.tokens import CODE, Numeral

MOST = 10**12
"""The largest count, and the largest sum in dollars."""

DEAREST_CALL = 5
"""Dollars. A call above it is more often a price per thousand calls, or cents."""

DEAREST_LABEL = 100
"""Dollars. "5k labels at $5,000" is more often what all of them cost together."""


@dataclass(frozen=True, slots=True)
class Said:
    value: Value | None = None
    problem: Problem | None = None
    shown: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """What a number is multiplied by, and how a number of this unit is written."""

    factor: Fraction = Fraction(1)
    before: str = ""
    after: str = ""
    times: int = 1
    flips: bool = False

    def text(self, number: Fraction) -> str:
        text = _comma(decimal(number * self.times))
        text += "0" if self.before and len(text.partition(".")[2]) == 1 else ""
        return f"{self.before}{text}{self.after}"


def _comma(number: Decimal) -> str:
    text = f"{number:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    # Three digits behind a point could be thousands to whoever reads the button, and to us.
    return text + "0" if len(text.partition(".")[2]) == 3 and not text.startswith("0.") else text


def written(field: str, value: Fraction) -> str:
    """A value as a text that reads to it, to six digits."""
    kind = FIELDS[field].kind
    if kind == "count":
        return _comma(decimal(value))
    short = Decimal(f"{decimal(value * 100 if kind == 'rate' else value):.6g}")
    return f"{_comma(short)}%" if kind == "rate" else _Unit(before="$").text(Fraction(short))


_UnitOf = Callable[[str, str, list[Fraction]], _Unit | Problem]
"""(field, marks with one quantity, its numbers) -> the unit, or what is wrong with the words around the number."""

_AMOUNT = r"(?:\$ )?N(?: [%$¢])?"
_RANGE = pattern(
    rf"between (?P<low>{_AMOUNT}) and (?P<high>{_AMOUNT})|"
    rf"{_AMOUNT}(?: :\w+| @\w+)? (?:-|to|or|\+/-) (?P<last>{_AMOUNT})"
)
_BOUND = pattern(r">|(?<=N) \+(?! N)|(?<=N [$¢%]) \+(?! N)")
_NEGATIVE = pattern(r"^((?:\$ )?)- (?=(?:\$ )?N)")
_STRANGE = pattern(rf"^(?:\?|not\b|no\b|none\b)|\? (?:{_AMOUNT})|{CODE}|vague")


def _ends(low: Numeral, high: Numeral, spread: bool) -> list[Fraction]:
    """The ends of a range, of a spread also its middle; the 5 of "5-6k" is in thousands too."""
    first, last = low.values[0], high.values[0]
    if spread:
        return [first - last, first, first + last]
    if low.scale == 1 and high.scale > 1 and first < last / high.scale:
        first *= high.scale
    elif high.scale == 1 and low.scale > 1 and last < first:
        last *= low.scale
    return [first, last]


def _shape(
    line: str, numerals: list[Numeral], share: bool
) -> tuple[str, list[Numeral], list[Fraction], Problem | None]:
    """The line as if it held one quantity, its numerals, every value that quantity may have, and why it has several."""
    if span := _RANGE.search(line):
        at = line[: span.start()].count("N")
        ends = _ends(numerals[at], numerals[at + 1], "+/-" in span[0])
        # "$0.01-0.03", "70% to 80%": the sign may stand at either end.
        quantity = ("$ " if "$ N" in span[0] else "") + (span["high"] or span["last"]).removeprefix("$ ")
        line = line[: span.start()] + quantity + line[span.end() :]
        return (
            line,
            [*numerals[:at], Numeral((ends[-1],)), *numerals[at + 2 :]],
            ends,
            "range_given" if ends[0] < ends[-1] else "two_numbers",
        )
    first = numerals[0]
    values = list(first.values[:1] if share and first.dotted else first.values)
    if _BOUND.search(line):
        return " ".join(_BOUND.sub("", line).split()), numerals, values, "bound_given"
    return line, numerals, values, "ambiguous" if len(values) > 1 else None


def _quantity(field: str, text: str, unit_of: _UnitOf, confirmed: bool) -> Said:
    kind = FIELDS[field].kind
    line, numerals = marks(field, text)
    if not numerals:
        return Said(problem="not_a_number")
    if kind == "money" and ("€" in line or ":token" in line):
        return Said(problem="other_currency" if "€" in line else "per_token")
    line, numerals, values, problem = _shape(line, numerals, kind == "rate")
    line, negative = _NEGATIVE.subn(r"\1", line)
    if _STRANGE.search(line):
        return Said(problem="not_a_number")
    numbers = [numeral.values[0] for numeral in numerals]
    if line.startswith("+ "):
        line, problem = line[2:], problem or "ambiguous"
    unit = unit_of(field, line, numbers)
    if not isinstance(unit, _Unit):
        problem = problem if problem and unit in ("ambiguous", "two_numbers") else unit
        one = problem != "two_numbers"
        return Said(problem=problem, candidates=_whole(field, line, numbers, values, unit_of) if one else ())
    if negative:
        return Said(problem="out_of_range")
    if any(len(numeral.values) > 1 for numeral in numerals[1:]):
        return Said(problem="ambiguous")
    if unit.flips:
        whole = 1 / unit.factor
        halves = [values[0], whole - values[0]] if not problem and values[0] <= whole else []
        return Said(problem=problem or "ambiguous", candidates=tuple(unit.text(each) for each in halves))
    if problem:
        if problem == "two_numbers":
            return Said(problem=problem)
        if problem == "ambiguous":
            values = _likely(values, numerals[0], whole=kind == "count")
        if problem == "range_given" and len(values) == 2:
            middle = (values[0] + values[1]) / 2
            fits = kind != "count" or (middle * unit.factor).denominator == 1
            values = [values[0], middle, values[1]] if fits else values
        texts = tuple(unit.text(value) for value in values)
        shown = (
            f"{texts[0].removesuffix(unit.after)} to {texts[-1].replace('%', ' %')}" if problem == "range_given" else ""
        )
        return Said(problem=problem, shown=shown, candidates=texts)
    if text.endswith("?") and not confirmed:  # a guess put as a question is offered, not taken
        return Said(problem="ambiguous", candidates=(unit.text(values[0]),))
    return _valued(field, values[0] * unit.factor, confirmed)


_SIGNED = {"money": pattern("[$¢]"), "rate": pattern("%"), "count": pattern("")}
"""Kind -> the sign a quantity has to carry for its unit to be known beside words that are not."""


def _whole(field: str, line: str, numbers: list[Fraction], values: list[Fraction], unit_of: _UnitOf) -> tuple[str, ...]:
    """What to offer of a quantity among words nobody knows: the whole of it, number and unit. Nothing where the unit is
    lost (a sign is missing, an unknown word stands where a unit would) or where there is another number."""
    kind = FIELDS[field].kind
    known = " ".join(word for word in line.split() if word != "?")
    unit = unit_of(field, known, numbers)
    if known == line or not isinstance(unit, _Unit) or unit.flips or _lost(values):
        return ()
    return tuple(unit.text(value) for value in values) if _SIGNED[kind].search(known) else ()


def _likely(values: list[Fraction], numeral: Numeral, *, whole: bool) -> list[Fraction]:
    """The readings of a numeral to offer. A comma that groups nothing is a decimal one; where a point may be either,
    nobody knows, and what lies a thousand times off is no offer."""
    values = [value for value in values if not whole or value.denominator == 1]
    return values if not _lost(values) else [] if numeral.dotted else values[:1]


def _lost(values: list[Fraction]) -> bool:
    """Whether readings lie a hundred or a thousand times apart: then it is the unit that is not known."""
    return any(more / less in (100, 1000) for less in values for more in values if less)


def _rounded(number: Fraction) -> Decimal:
    """Half-even to at most 28 significant digits and at most 24 decimal places."""
    places = min(24, 28 - len(str(int(number))))
    return Decimal(plain(Decimal(round(number * 10**places)).scaleb(-places)))


def _valued(field: str, number: Fraction, confirmed: bool) -> Said:
    asked = FIELDS[field]
    if number > (1 if asked.kind == "rate" else MOST):
        return Said(problem="out_of_range")
    value: int | Decimal
    if asked.kind == "count":
        if number.denominator != 1 or (field == "training_pairs" and number < 1):
            return Said(problem="out_of_range")
        value = int(number)
    else:
        value = _rounded(number)
        if number and not value:
            return Said(problem="out_of_range")
    if asked.per == "call" and asked.kind == "money" and number > DEAREST_CALL and not confirmed:
        return Said(problem="unit_slip")  # in cents, per thousand calls: a hundred or a thousand times off is no offer
    return Said(value, shown=show(field, value))


# --- the kinds of number --------------------------------------------------------------------------------------------

_MONEY_FITS = {"call": {"call", "ask"}, "label": {"label", "ask"}, "failure": {"failure"}}
_COUNT_FITS = {"calls_per_year": {"call", "ask"}, "labelers": {"person"}}
_AGAINST = {
    "label_noise": pattern(r"\b(?:pass|not|hand)\b"),
    "synthetic_share": pattern(r"\b(?:not|fail|pass|hand)\b|:person|:failure"),
}
_AGAINST_PASS = pattern(r"\b(?:fail|not|none|made)\b|:failure")
_BESIDE_RATE = pattern(
    r"(?:^| )(?:pass|rate|fail|made|hand|not|none|per(?= :)|and|:(?:label|ask|call|failure|person))(?= |$)"
)
_MONEY = pattern(r"(?:@\w+ )?(\$ )?N( [$¢])?(?: (each)| per (N )?:(\w+))?(?: @(\w+))?")
_FREE = pattern(
    r"(?:it's |its |it is |totally |completely |basically )*(?:free(?: of charge)?|none|nothing|nil|"
    r"no (?:extra |additional |further )?(?:costs?|charge|fees?|money))(?: (?:at all|really))*[.!]*"
)
_NO_COUNT = pattern(r"none(?: :\w+)?|no(?: (?::call|:ask|:label|:person))+")
_NOT_ANY = pattern(r"not(?: (?::call|:ask|:label|:person))*")
_A_COIN = pattern(
    r"(?:(?<=^)|(?<=than )|(?<=under )|(?<=about )|(?<=around )|(?<=~))(half )?an? (?=(?:cent|dollar|buck)\b)"
)
_NO_SHARE = {"label_noise": "no (?:fail|:failure)(?: :label)?", "synthetic_share": "no made(?: :label)?"}
_FRACTIONS = (
    (pattern(r"(?<!and )\b(?:one |a )?(?<!and a )half\b(?! ?-? ?(?:a\b|%))"), "1/2"),
    (pattern(r"\b(?:one|a) third\b"), "1/3"),
    (pattern(r"\b(?:one|a) quarter\b"), "1/4"),
    (pattern(r"\btwo[ -]thirds\b"), "2/3"),
    (pattern(r"\bthree[ -]quarters\b"), "3/4"),
)


def _period(field: str, line: str) -> Fraction | Problem | None:
    """What a number of the line's period is worth in the field's own; None without a period."""
    asked, found = FIELDS[field], set(re.findall(r"@(\w+)", line))
    if not found:
        return None
    wrong: Problem = "not_a_number" if asked.kind == "count" else "ambiguous"
    if asked.per not in PERIODS or (len(found) > 1 and not found & {"hour", "odd"}):
        return wrong
    if found & {"hour", "odd"} or "per N @" in line:
        return "needs_period"
    return Fraction(PERIODS[found.pop()], PERIODS[asked.per])


def _count_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    if "total" in line and FIELDS[field].per:
        return "needs_period"
    things = set(re.findall(r":(\w+)", line))
    period = _period(field, line)
    if re.search(r"[$¢€%]", line) or re.search(r"\bper [:?]", line) or isinstance(period, str):
        return period if isinstance(period, str) else "not_a_number"
    if things - _COUNT_FITS.get(field, {"label", "ask"}):
        return "not_a_number"
    if len(numbers) > 1:
        return "two_numbers"
    if re.sub(r"[:@]\w+", "", line).split() != ["N"]:
        return "ambiguous"
    after = f" a {re.findall('@(.*?)(?: |$)', line)[0]}" if period else ""
    return _Unit(period or Fraction(1), after=after)


def _money_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    period = _period(field, line)
    if "%" in line or period == "needs_period":
        return "not_a_number" if "%" in line else "needs_period"
    match = _MONEY.fullmatch(line)
    if match is None:
        return "two_numbers" if len(numbers) > 1 and "per N" not in line else "ambiguous"
    dollar, sign, each, many, thing, name = match.groups()
    fits = _MONEY_FITS.get(FIELDS[field].per, set())
    cents = sign == " ¢"
    many_things = numbers[1] if many else Fraction(1)
    if (
        isinstance(period, str)
        or (each and not fits)
        or (thing and thing not in fits)
        or (dollar and cents)
        or not many_things
    ):
        return "ambiguous"
    after = f" per {_comma(decimal(many_things))} {thing}s" if many else f" a {name}" if name else ""
    factor = (period or Fraction(1)) / many_things / (100 if cents else 1)
    return _Unit(factor, "" if cents else "$", (" cents" if cents else "") + after.replace(" asks", " queries"))


def _rate_unit(field: str, line: str, numbers: list[Fraction]) -> _Unit | Problem:
    if re.search(r"[$¢€@]|:token", line):
        return "not_a_number"
    if field in _AGAINST and "pass rate" in line:
        return "not_a_number"
    flips = _AGAINST.get(field, _AGAINST_PASS).search(line) is not None
    core = " ".join(_BESIDE_RATE.sub("", line).split()).removeprefix("of ")
    if core in ("N %", "N % of N"):
        return _Unit(Fraction(1, 100), after="%", flips=flips)
    if core in ("N of N", "N per N"):
        if not numbers[1] or numbers[0].denominator > 1 or numbers[1].denominator > 1:
            return "not_a_number" if numbers[1] else "out_of_range"
        return _Unit(1 / numbers[1], after=f" of {_comma(decimal(numbers[1]))}", flips=flips)
    if len(numbers) > 1:
        return "two_numbers"
    if core != "N" or re.search(r":(?!failure)", line) or numbers[0] == 1:
        return "ambiguous"
    if numbers[0] > 1:
        return _Unit(Fraction(1, 100), after="%", flips=flips)
    return _Unit(Fraction(1), after="%", times=100, flips=flips)


def count(field: str, text: str, confirmed: bool) -> Said:
    line = marks(field, text)[0]
    nobody = field == "labelers" and line == "nobody"
    if nobody or _NO_COUNT.fullmatch(line) or (_NOT_ANY.fullmatch(line) and re.search(r"\bany\b", text)):
        return _valued(field, Fraction(0), confirmed)
    return _quantity(field, text, _count_unit, confirmed)


def money(field: str, text: str, confirmed: bool) -> Said:
    if _FREE.fullmatch(text):
        return _valued(field, Fraction(0), confirmed)
    if FIELDS[field].per == "call" and (priced := usd_per_call(text)):
        if isinstance(priced.value, Decimal):
            return _valued(field, Fraction(priced.value), confirmed)
        return Said(problem=priced.problem)
    text = _A_COIN.sub(lambda match: "0.5 " if match[1] else "1 ", text)
    return _quantity(field, text, _money_unit, confirmed)


def rate(field: str, text: str, confirmed: bool) -> Said:
    for words, fraction in _FRACTIONS:
        text = words.sub(fraction, text)
    line = marks(field, text)[0]
    if re.fullmatch(r"50 ?/ ?50", text):
        return Said(problem="ambiguous", candidates=("100%", "50%"))
    if line == "N" and re.fullmatch(r"\W*1\W*", text):
        return Said(problem="ambiguous", shown="1 % or 100 %")  # a hundred times apart: no button for either
    if line == "none" and re.search(r"\b(?:yet|so far|to date)\b", text):
        return Said(problem="not_a_number")  # nothing was measured, which is no rate
    if line == "none" and field not in _AGAINST:
        return Said(problem="ambiguous", candidates=("0%", "unknown"))
    if line == "none" or re.fullmatch(_NO_SHARE.get(field, "none"), line):
        return _valued(field, Fraction(0), confirmed)
    return _quantity(field, text, _rate_unit, confirmed)

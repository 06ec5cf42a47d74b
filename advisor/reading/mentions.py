"""What the quantities of a text can mean for a field: alone, or several composed by their units.

"2 GPUs at $1.70/h, 720 hours" are dollars because hours cancel; "annotators are $20/h and do 40 an hour" are dollars a
label. Nothing here takes a value: who reads an answer offers these, and a person presses one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.reading.lexicon import elsewhere, names, phrase
from advisor.reading.quantities import A_YEAR, PERIODS, Quantity, quantities

MOST_OFFERED = 3
_MOST_COMPOSED = 5  # quantities; each may multiply or divide
_MOST_MENTIONED = 8  # quantities; a text of more is no answer
_PLAIN_DOLLARS = 20  # a sum below it may well be a price by itself

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
    found = list(quantities(text))
    if len(found) > _MOST_MENTIONED or (phrase("not_one").search(text) and kind != "money"):
        return []
    found = [one for one in found if not _is_aside(field, text, one, found)]
    if any(one.unit == "€" for one in found):
        return []
    if kind == "rate":
        values = list(_rates(field, text, found, known))
    elif kind == "money":
        values = list(_sums(field, text, found, known))
    else:
        values = [value for value in _counts(field, text, found, known) if value.denominator == 1]
    values = list(dict.fromkeys(value for value in values if value >= 0))
    # A range, and figures that comment on it; two figures, and what they make together.
    several = [one for one in found if len(one.values) > 1]
    if len(values) > MOST_OFFERED and (several == found[:1] or len(found) == 2):
        values = values[:MOST_OFFERED]
    return values if len(values) <= MOST_OFFERED else []


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


def _clause(text: str, one: Quantity) -> str:
    begins = [match.end() for match in phrase("clause").finditer(text, 0, one.start)]
    ends = phrase("clause").search(text, one.end)
    return text[begins[-1] if begins else 0 : ends.start() if ends else len(text)].strip()


def _is_aside(field: str, text: str, one: Quantity, found: list[Quantity]) -> bool:
    """Whether a word beside a quantity gives it to another field, or to nobody's question."""
    clause = text if len(found) == 1 and " but " in text else _clause(text, one)
    if " minus " in clause or " except " in clause or one.noun == "~point":
        return False
    share = field == "usd_per_call_after" and any(each.unit == "%" for each in found)
    return not share and elsewhere(field).search(clause) is not None


# ---- money and counts: composed by their units


def _units(one: Quantity) -> tuple[dict[str, int], Fraction]:
    """The units of a quantity with their exponents, time as one of them in years, and what brings it there."""
    units, scale = dict[str, int](), Fraction(1) / one.many
    ups = ["$"] if one.unit == "$" else [] if one.unit == "%" or one.noun == "×" else [one.noun or f"#{one.start}"]
    for name, power in [(name, 1) for name in ups] + [(name, -1) for name in one.per]:
        if name in A_YEAR:
            scale *= Fraction(A_YEAR[name]) ** -power
        unit = "time" if name in A_YEAR else name
        units[unit] = units.get(unit, 0) + power
    return units, scale


def _composed(field: str, found: Sequence[Quantity]) -> tuple[Fraction, ...]:
    """What quantities give together, multiplied or divided, in the unit of the field; nothing when they do not."""
    parts = [(one, *_units(one)) for one in found]
    asked = FIELDS[field]
    for signs in range(2 ** len(parts)):
        exponents = [-1 if signs >> place & 1 else 1 for place in range(len(parts))]
        units: dict[str, int] = {}
        for exponent, (_, own, _) in zip(exponents, parts, strict=True):
            for name, power in own.items():
                units[name] = units.get(name, 0) + exponent * power
        powers = zip(exponents, parts, strict=True)
        if any(exponent < 0 and (one.unit == "%" or not all(one.values)) for exponent, (one, _, _) in powers):
            continue
        if _is_asked(field, units, found):
            values = [Fraction(1)]
            for exponent, (one, _, scale) in zip(exponents, parts, strict=True):
                several = one.values if len(values) == 1 else one.values[:1]
                values = [value * (each * scale) ** exponent for each in several for value in values]
            size = PERIODS[asked.per] if asked.kind == "money" and asked.per in PERIODS and units.get("time") else 1
            return tuple(value / size for value in values)
    return ()


def _is_asked(field: str, units: Mapping[str, int], found: Sequence[Quantity]) -> bool:
    """Whether units are those a field asks for; what is "each" is of whatever else is counted."""
    asked, left = FIELDS[field], {name: power for name, power in units.items() if power}
    fits = _FITS.get(asked.per, frozenset())
    if left.get("each", 0) < 0:
        name = next((name for name, power in left.items() if power > 0 and name not in ("$", "time")), "")
        if not name and asked.kind == "money" and not fits:
            return False
        left["each"] += 1
        left[name or asked.per] = left.get(name or asked.per, 0) - 1
    if asked.kind == "money" and any(one.unit == "$" and one.period() for one in found):
        several = len(found) > 1
        left = {
            name: power
            for name, power in left.items()
            if name not in _MACHINES or power not in (1, -1) or (power > 0 and not several)
        }
    left = {name: power for name, power in left.items() if power}
    time = left.pop("time", 0)
    if time not in ((0, -1) if asked.per in PERIODS else (0,)):
        return False
    hours = [one for one in found if one.noun in A_YEAR and one.period()]
    if (
        hours
        and len(found) > 1
        and not any(one.unit == "$" and _is_shorter(one.period(), hours) for one in found)
        and asked.kind == "money"
    ):
        return False
    if asked.kind == "money":
        dollars = left.pop("$", 0)
        return dollars == 1 and (
            not left
            or (len(left) == 1 and all(p == -1 and (n in fits or (fits and n[0] == "#")) for n, p in left.items()))
        )
    plainly = {"label", "ask"} & {one.noun for one in found} and asked.per not in PERIODS and len(found) > 1
    return len(left) == 1 and all(
        power == 1 and _is_counted(field, name) and not (plainly and name[0] == "~") for name, power in left.items()
    )


def _is_shorter(period: str, hours: Sequence[Quantity]) -> bool:
    """Whether a price is by the period that is counted: "$85/h" and "8 hours a month"."""
    return bool(period) and any(A_YEAR[period] >= A_YEAR[one.noun] for one in hours)


def _is_counted(field: str, name: str) -> bool:
    if field == "labelers":
        return name not in ("label", "call", "ask", "failure", "token", "$", "each", "×", "~point")
    return name not in _NOT_COUNTED or (name == "failure" and field in ("poc_gained", "poc_lost"))


def _together(field: str, text: str, found: list[Quantity]) -> Iterator[Fraction]:
    """What the quantities mean together, of as many of them as it takes; else each by itself, their sum, and what is
    left when one is taken off."""
    if len(found) <= _MOST_COMPOSED:
        for chosen in sorted(range(2 ** len(found)), key=lambda bits: (-bits.bit_count(), bits)):
            if chosen.bit_count() > 1:
                some = [one for place, one in enumerate(found) if chosen >> place & 1]
                if values := _composed(field, some):
                    rest = [value for one in found if one not in some for value in _composed(field, [one])]
                    alone = [
                        one for one in some if one.unit == "$" and not one.per and max(one.values) <= _PLAIN_DOLLARS
                    ]
                    if len(values) == len(rest) == 1 and phrase("sum").search(text):
                        yield values[0] + rest[0]
                    if FIELDS[field].per == "call" and alone:
                        yield from alone[0].values
                    yield from values
                    yield from rest
                    return
    if len(found) == 2 and phrase("each_of").search(text) and not any(one.unit == "%" for one in found):
        first, second = found
        scale = _units(first)[1] * _units(second)[1]
        nouns = {one.noun for one in found}
        if FIELDS[field].kind == "count" and {"label", "ask"} & nouns and any(noun[:1] == "~" for noun in nouns):
            return
        money = FIELDS[field].kind == "money"
        apiece = not nouns & set(A_YEAR) and (FIELDS[field].per not in _FITS if money else any(nouns))
        if apiece and sum(one.unit == "$" for one in found) == money:
            yield first.values[0] * second.values[0] * scale
    single = [values for one in found if (values := _composed(field, [one]))]
    values = tuple(value for each in single for value in each)
    if len(single) == len(values) > 1 and phrase("plus").search(text):
        yield sum(values, Fraction(0))
    yield from values
    if len(single) == len(values) == 2 and phrase("less").search(text):
        yield abs(values[0] - values[1])
    if len(single) == len(values) > 1 and phrase("sum").search(text):
        yield sum(values, Fraction(0))
    if len(single) == 1 and phrase("double").search(text):
        yield from (value * 2 for value in values)


def _counts(field: str, text: str, found: list[Quantity], known: Answers) -> Iterator[Fraction]:
    per = FIELDS[field].per
    whole = getattr(known, _WHOLE.get(field, ""), None)
    if per and any(one.period() in ("hour", "minute", "second") for one in found) and phrase("hourly").search(text):
        return
    counted = [one for one in found if one.unit == ""]
    shares = [one for one in found if one.unit == "%"]
    for one in counted:
        of = one.whole or (Fraction(whole) if isinstance(whole, int) else Fraction(0))
        if of and phrase("all_but").search(text):
            yield from (of - value for value in one.values)
            return
    if shares:
        of = next(
            (one.whole for one in shares if one.whole), Fraction(whole) if isinstance(whole, int) else Fraction(0)
        )
        if of:
            yield from (Fraction(round(value * of)) for one in shares[:1] for value in one.values)
            return
        if any("%" in text[one.start : one.end] for one in shares) and not counted:
            return
        counted = [one for one in counted if not one.per]
        yield from (value for one in counted for value in one.values)
        yield from (Fraction(round(share.values[0] * one.values[0])) for share in shares[:1] for one in counted)
        return
    if not per and not any(one.period() and one.noun not in A_YEAR for one in counted):
        counted = [one for one in counted if one.noun not in A_YEAR]
    if len(counted) == 2 and phrase("times").search(text[counted[0].end : counted[1].start]) and not per:
        yield counted[0].values[0] * counted[1].values[0]
        return
    if len(counted) == 1 and not per:
        counted = [replace(one, per=tuple(each for each in one.per if each != "each")) for one in counted]
    if (
        phrase("me").search(text)
        and phrase("sum").search(text)
        and len(counted) == 1
        and counted[0].noun in ("person", "", *_strange(counted))
    ):
        if field == "labelers":
            yield counted[0].values[0] + 1
        elif counted[0].noun and phrase("with_me").search(text):
            return
    if field == "labelers" and len(counted) == 1 and phrase("and_one").search(text):
        yield counted[0].values[0] + 1
    values = _together(field, text, counted)
    weekdays = (
        Fraction(5, 7)
        if per
        and phrase("weekdays").search(text)
        and not phrase("weekends").search(text)
        and any(one.period() == "day" for one in counted)
        else 1
    )
    yield from (Fraction(round(value * weekdays)) if weekdays != 1 else value for value in values)


def _strange(found: list[Quantity]) -> list[str]:
    return [one.noun for one in found if one.noun[:1] == "~"]


def _sums(field: str, text: str, found: list[Quantity], known: Answers) -> Iterator[Fraction]:
    per = FIELDS[field].per
    fits = _FITS.get(per, frozenset())
    tokens = any(one.noun == "token" or "token" in one.per for one in found)
    direct = any(one.unit == "$" and set(one.per) & fits and one.many == 1 for one in found)
    if direct:
        found = [one for one in found if one.noun != "token"]
    elif tokens or (phrase("input").search(text) and phrase("output").search(text)):
        values = tuple(by_tokens(text, found))
        yield from values
        if values or tokens or any(one.many >= 1000 and one.unit == "$" for one in found):
            return
    dollars = [one for one in found if one.unit == "$"]
    if not dollars:  # the question says dollars, so a bare number may be some
        found = [replace(one, unit="$") if _is_bare(one, text) else one for one in found]
    elif len({(one.per, one.many) for one in dollars}) == 1:
        cents = "cent" in text or "¢" in text
        found = [
            _like(one, dollars[0], cents=cents)
            if _is_bare(one, text)
            and (not one.per or (per in PERIODS and set(one.per) <= set(PERIODS) and one.start > dollars[0].start))
            else one
            for one in found
        ]
    found = [
        replace(one, unit="%", values=tuple(value / one.whole for value in one.values))
        if one.unit == "" and one.whole and max(one.values) <= one.whole
        else one
        for one in found
    ]
    alone = len(found) == 1 and _BASE.get(field) and (phrase("today").search(text) or phrase("cheaper").search(text))
    found = [one for one in found if one.unit in ("$", "") or alone or _is_part(text, one)]
    dollars = [one for one in found if one.unit == "$"]
    if len(found) == 2 and found[0].noun in ("hour", "minute") and found[1].unit == "$" and not found[1].per:
        paid = " at " in text[found[0].end : found[1].start]  # "10 hours a week of review at $30"
        found = [found[0], replace(found[1], per=("hour",))] if paid else found
    base = getattr(known, _BASE.get(field, ""), None)
    if not dollars:
        if base not in (None, UNKNOWN) and len(found) == 1 and found[0].unit == "%":
            off = phrase("cheaper").search(text)
            yield from ((1 - value if off else value) * Fraction(base) for value in found[0].values)
        return
    if per == "label" and phrase("total").search(text) and len(found) == 1:
        if not isinstance(known.training_pairs, int):
            return
        found = [*found, Quantity((Fraction(known.training_pairs),), "", 0, 0, "label")]
    if per in ("call", "label") and len(found) == 2 and len(dollars) == 1:
        other = next(one for one in found if one is not dollars[0])
        if dollars[0].period() in PERIODS and not other.period() and other.noun in fits:
            found = [replace(dollars[0], per=()), other]
    if per == "call" and len(found) == 1 and set(found[0].per) & set(PERIODS) and isinstance(known.calls_per_year, int):
        found = [*found, Quantity((Fraction(known.calls_per_year),), "", 0, 0, "call", ("year",))]
    if phrase("total").search(text) and per in PERIODS:
        found = [one for one in found if one.unit == "$"]
    together = _together(field, text, found)
    weekdays = Fraction(5, 7) if per in PERIODS and phrase("weekdays").search(text) and len(found) > 1 else Fraction(1)
    yield from (value * weekdays for value in together)


def _is_bare(one: Quantity, text: str) -> bool:
    """A number without a unit, and none in the next word: "one sysadmin day" is no sum."""
    if one.unit == "" and not one.noun and not one.whole and one.period():
        return True
    return (
        one.unit == ""
        and not one.noun
        and not one.whole
        and not phrase("of_them").match(text, one.end)
        and not phrase("strange_next").match(text, one.end)
    )


def _like(one: Quantity, other: Quantity, *, cents: bool) -> Quantity:
    values = tuple(value / 100 for value in one.values) if cents else one.values
    return replace(one, values=values, unit="$", per=one.per or other.per, many=other.many)


def _is_part(text: str, one: Quantity) -> bool:
    """Whether a share multiplies what follows: "half of the $15k"."""
    return bool(one.whole) or bool(phrase("part_next").match(text, one.end))


def by_tokens(text: str, found: list[Quantity]) -> Iterator[Fraction]:
    """Tokens in and out and one price or two, in either order."""
    found = [replace(one, many=one.whole) if one.whole >= 1000 and not one.unit else one for one in found]
    found = [
        part
        for one in found
        for part in (
            (replace(one, whole=Fraction(0)), replace(one, whole=Fraction(0), values=(one.whole,)))
            if 0 < one.whole < 1000 and one.many > 1
            else (one,)
        )
    ]  # "4/20 per M"
    prices = [one for one in found if one.unit == "$" or (one.unit == "" and (one.many >= 1000 or "token" in one.per))]
    counts = [
        one
        for one in found
        if one.unit == ""
        and one not in prices
        and (one.noun in ("", "token") or phrase("output").search(text[one.start : one.end]))
    ]
    sizes = {one.many for one in prices if one.many > 1 or "token" in one.per}
    if len(sizes) != 1 or len(counts) not in (1, 2) or len(prices) not in (1, len(counts)):
        return
    labels = [[_label(text, one, found) for one in some] for some in (counts, prices)]
    if len(prices) == 2 and labels[0][0] and labels[1][0] and labels[0][0] != labels[1][0]:
        prices.reverse()
    orders = [prices * (len(counts) // len(prices))]
    if len(prices) == 2 and labels[0][0] == "out" and not labels[1][0]:
        orders.append(prices[::-1])
    size = sizes.pop()
    for order in orders:
        pairs = zip(counts, order, strict=True)
        value = sum((count.values[0] * price.values[0] for count, price in pairs), Fraction(0)) / size
        yield value
        yield from (value * one.values[0] for one in found if one.noun == "~epoch" and not phrase("total").search(text))


def _label(text: str, one: Quantity, found: list[Quantity]) -> str:
    """Whether a quantity is of input or output, by what stands between it and the next."""
    after = min((other.start for other in found if other.start >= one.end), default=len(text))
    behind = text[one.end : after]
    return "in" if phrase("input").search(behind) else "out" if phrase("output").search(behind) else ""


# ---- rates


def _rates(field: str, text: str, found: list[Quantity], known: Answers) -> Iterator[Fraction]:
    base = getattr(known, _BASE.get(field, ""), None)
    unsettled = "several" if field == "target_pass_rate" else "unsettled"
    if field != "synthetic_share" and phrase(unsettled).search(text):
        return
    if decade := phrase("decade").search(text):
        ten = int(decade[2] or _TENS.index(decade[3])) * 10
        first = {"low": 1, "early": 1, "mid": 4}.get(decade[1], 7)
        yield from (Fraction(ten + each, 100) for each in ((first, first + 1, first + 2) if decade[1] else (0, 5, 9)))
        return
    if phrase("all_of").match(text) and len(found) == 1:
        yield from _turned(field, text, (Fraction(1),))
        return
    if phrase("halves").match(text):
        yield Fraction(1, 2)
        return
    points = [one for one in found if one.noun == "~point"]
    if points and field == "poc_baseline_pass_rate":
        found = list(quantities(text))
    found = [one for one in found if one.unit != "$" and not one.per and one.noun != "~point"]
    moved = phrase("up").search(text) or phrase("down").search(text)
    if points and moved:
        shares = [value for one in found for value in _as_share(one, text)[:1]]
        if not shares and base not in (None, UNKNOWN):
            shares = [Fraction(base)]
        for share in shares[:1]:
            change = points[0].values[0] / (1 if points[0].unit == "%" else 100)
            up, down = share + change, share - change
            yield from (down, up) if phrase("down").search(text) or field == "poc_baseline_pass_rate" else (up, share)
        return
    relative = len(found) == 1 and found[0].unit == "%" and phrase("relative").search(text)
    if relative and field != "synthetic_share":
        if base not in (None, UNKNOWN):
            yield from (Fraction(base) + found[0].values[0], Fraction(base) * (1 + found[0].values[0]))
        return
    counts = [
        one
        for one in found
        if one.unit == ""
        and not one.whole
        and one.values[0].denominator == 1
        and one.noun not in _NOT_COUNTED - {"failure", "person"}
    ]
    if field == "synthetic_share" and len(counts) == 1 and len(found) == 1 and phrase("for_each").search(text):
        yield counts[0].values[0] / (counts[0].values[0] + 1)
        return
    if len(found) == 1 and found[0].whole and found[0].values[0] + found[0].whole == 100:  # "60/40"
        yield from (found[0].values[0] / 100, found[0].whole / 100)
        return
    if (
        len(counts) == len(found) == 2
        and phrase("pass_next").match(text, counts[0].end)
        and phrase("fail_next").match(text, counts[1].end)
    ):
        share = counts[0].values[0] / max(counts[0].values[0] + counts[1].values[0], Fraction(1))
        yield 1 - share if field == "label_noise" else share
        return
    if not any(one.unit == "%" or one.whole for one in found) and len(counts) == 2:
        (small, big) = sorted(counts, key=lambda one: one.values[0])
        part, of = small.values[0], big.values[0]
        if field == "synthetic_share" and phrase("real").search(text) and phrase("made").search(text) and not big.noun:
            made = [
                one.values[0]
                for one in counts
                if phrase("made").search(_clause(text, one)) or not phrase("real").search(_clause(text, one))
            ]
            yield from (value / (part + of) for value in made[:1])
            return
        if (
            of
            and (of > 100 or any(one.noun for one in counts) or phrase("part_of").search(text))
            and not phrase("versus").search(text)
        ):
            yield from _turned(field, text if small.noun else f"{_clause(text, small)}", (part / of,))
            return
    if len(counts) == len(found) == 1 and phrase("right_count").search(text):
        return
    whole = getattr(known, _WHOLE.get(field, ""), None)
    if (
        not any(one.unit == "%" or one.whole for one in found)
        and len(counts) == 1
        and isinstance(whole, int)
        and whole >= counts[0].values[0] > 1
    ):
        yield from _turned(field, text, (counts[0].values[0] / whole,))
        if counts[0].values[0] > 100 or counts[0].noun or field in ("synthetic_share", "label_noise"):
            return
    for one in found:
        values = _as_share(one, text)
        if len(found) == 1 and phrase("a_bit_more").search(text) and len(values) == 1:
            values = (values[0], values[0] * Fraction(21, 20), values[0] * Fraction(6, 5))
        if values and all(value <= 1 for value in values):
            yield from _turned(field, _clause(text, one), values)


def _as_share(one: Quantity, text: str) -> tuple[Fraction, ...]:
    if one.unit == "%":
        return one.values
    if one.whole:
        whole = all(value.denominator == 1 for value in one.values)  # "4.5/5" are stars
        return tuple(value / one.whole for value in one.values) if whole else ()
    if one.noun or one.values[0] == 1 or phrase("no_percent").match(text, one.end):
        return ()
    return tuple(value if value <= 1 else value / 100 for value in one.values)


def turns(field: str) -> re.Pattern[str]:
    """Words of what a rate is not a share of: of what fails, for a pass rate."""
    return phrase({"label_noise": "passes", "synthetic_share": "real"}.get(field, "fails"))


def _turned(field: str, clause: str, values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """A share of what fails is turned round for a pass rate; one of what is right, for a share of what is wrong."""
    if field == "synthetic_share":
        return (
            tuple(1 - value for value in values)
            if phrase("real").search(clause) and not phrase("made").search(clause)
            else values
        )
    turns, keeps = (
        (phrase("passes"), phrase("fails")) if field == "label_noise" else (phrase("fails"), phrase("passes"))
    )
    if turns.search(clause):
        other = tuple(1 - value for value in values)
        return (*other, *values) if keeps.search(clause) and len(values) == 1 else other
    return values

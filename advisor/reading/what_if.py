"""What if: a question that supposes other answers -> those answers, to decide on once more.

"what if we had 2M calls a year?", "and with labels at 40 cents?", "double the traffic", "if somebody owned retraining".
The figures are the scanner's, each belongs to the name nearest to it (``[[supposed]]`` in ``rules/words.toml``) and is
read like an answer. Every word of the question has to be one of a figure, a name or those that change nothing: what is
not understood whole supposes nothing.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from pydantic import ValidationError

from advisor.model import FIELDS, UNKNOWN, Answers, Kind, Value, decimal
from advisor.pattern import pattern
from advisor.reading.lexicon import phrase, supposed
from advisor.reading.marks import PERIODS
from advisor.reading.quantities import DEAREST_LABEL
from advisor.reading.read import read
from advisor.reading.scan import Quantity, quantities
from advisor.reading.tokens import LONGEST, tidy

_NUMBER = pattern(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?(?![\w])")
_NEAR = 30  # characters between a figure and its name


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure and where it stands: ``said`` to be read as an answer, or a ``factor`` of the answer given; with a
    ``sign`` it is added to that, or taken from it."""

    start: int
    end: int
    kinds: tuple[Kind, ...]
    said: str = ""
    factor: Fraction | None = None
    sign: int = 0
    period: str = ""


@dataclass(frozen=True, slots=True)
class _Name:
    """Where a name stands, the fields it can mean, and what it says of them by itself ("rag had been tried")."""

    start: int
    end: int
    fields: tuple[str, ...]
    says: str


def suppose(question: str, answers: Answers) -> Answers | None:
    """The answers with what a question supposes in their place.

    Args:
        question: What was typed. Any text is fine.
        answers: What is known; relative figures ("double the traffic") are taken from it.

    Returns:
        ``None`` when the question supposes nothing new, or not all of it is understood.
    """
    text = tidy(question[: LONGEST + 1]).casefold().rstrip("?!. ")
    if len(question) > LONGEST or not phrase("supposes").search(text) or phrase("asks_else").search(text):
        return None
    for name, stands in (("told_ahead", ""), ("nothing_in_dollars", "$0"), ("apiece", "each")):
        text = phrase(name).sub(stands, text)
    new = _without_old(text)
    if new is None:
        return None
    text, names = new, _names(new)
    figures, found = list(_figures(text)), dict[str, Value]()
    for figure in figures:
        field, value = _meant(figure, names, answers, text)
        if value is None or field in found:
            return None
        found[field] = value
    for name in names:
        if name.says and (value := read(name.fields[0], name.says).value) is not None:
            found.setdefault(name.fields[0], value)
    if not found or not _whole(text, figures, names, found):
        return None
    try:
        then = Answers.model_validate({**dict(answers), **found})
    except ValidationError:  # doubled, a figure can leave its range
        return None
    return then if then != answers else None


def supposes(question: str, told: Collection[Decimal] = ()) -> bool:
    """Whether a question looks as if it supposed other figures than those it was ``told``, understood or not."""
    text = phrase("no_figure").sub(" ", tidy(question[:LONGEST]).casefold()).rstrip("?!. ")
    other = phrase("many_times").search(text) or numbers(text) - set(told)
    return bool(other and phrase("surely_supposes").search(text)) and not phrase("asks_else").search(text)


def numbers(text: str) -> set[Decimal]:
    """The numbers of a text, written out: "7.9k" is 7900."""
    scale = {"k": 1_000, "m": 1_000_000}
    found = _NUMBER.findall(text.casefold())
    return {Decimal(digits.replace(",", "").rstrip(".")) * scale.get(unit, 1) for digits, unit in found}


def _without_old(text: str) -> str | None:
    """The text without the figures that are told only to be replaced; nothing where their unit is not the new one's:
    "20k instead of the 10k a month" may be a year's."""
    found = quantities(text)
    for place, old in reversed(list(enumerate(found))):
        before = phrase("old_before").search(text, 0, old.start)
        if not before:
            continue
        if len(old.values) > 1:  # "from 20 to 50 cents"
            first, new = text[old.start : old.end].rsplit(" to ", 1) if " to " in text[old.start : old.end] else ("", "")
            if not new or set(phrase("unit_sign").findall(first)) - set(phrase("unit_sign").findall(new)):
                return None
            text = f"{text[: before.start()]} to {new}{text[old.end :]}"
            continue
        other = found[place - 1] if place else found[-1]
        period = old.period() and not other.period()
        if (period and (before["the"] or other.end < before.start() - 1)) or (old.unit and not other.unit):
            return None
        again = f" per {old.period()}" if period else " "
        text = f"{text[: before.start()].rstrip()}{again}{text[old.end :]}"
    return text


def _figures(text: str) -> Iterator[_Figure]:
    taken = []
    for match in phrase("many_times").finditer(text):
        taken.append(match.span())
        worth = next(name for name in ("half", "two", "three", "ten", "times") if match[name])
        times = {"half": Fraction(1, 2), "two": Fraction(2), "three": Fraction(3), "ten": Fraction(10)}.get(worth)
        times = times or Fraction(match["times"])
        yield _Figure(*match.span(), _relative(text, *match.span()), factor=1 / times if match["fewer"] and times else times)
    for one in quantities(text):
        if all(one.end <= start or end <= one.start for start, end in taken):
            yield _figure(one, text)


def _figure(one: Quantity, text: str) -> _Figure:
    said = text[one.start : one.end]
    end = one.end
    for sign, name in ((1, "more"), (-1, "less")):
        if phrase(f"{name}_before").search(text, 0, one.start):
            break
        if match := phrase(f"{name}_after").match(text, one.end):
            end = match.end()
            break
        if (shorter := phrase(f"{name}_inside").sub(" ", said)) != said:
            said = shorter
            break
    else:
        sign = 0
    percent = "%" in said or "percent" in said
    if one.unit == "%" and (sign or not percent):
        factor = 1 + sign * one.values[0] if sign else one.values[0]
        return _Figure(one.start, end, _relative(text, one.start, end), factor=factor)
    kinds: tuple[Kind, ...] = ("count", "rate", "money")
    if one.unit or one.per[:1] == ("each",) or "label" in one.per:
        kinds = {"%": ("rate",), "€": ()}.get(one.unit, ("money",))
    return _Figure(one.start, end, kinds, said, None, sign, one.period())


def _relative(text: str, start: int, end: int) -> tuple[Kind, ...]:
    """What may be so many times as much; of what is cheaper, the price."""
    before, after = phrase("other_clause").split(text[:start])[-1], phrase("other_clause").split(text[end:])[0]
    return ("money",) if phrase("of_price").search(before + text[start:end] + after) else ("count", "money")


def _names(text: str) -> list[_Name]:
    """Where a field is named, the longest name first; a name inside a longer one does not count."""
    found = [_Name(*match.span(), row.fields, row.says) for row, words in supposed() for match in words.finditer(text)]
    kept = list[_Name]()
    for one in sorted(found, key=lambda name: name.start - name.end):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return kept


def _meant(figure: _Figure, names: list[_Name], answers: Answers, text: str) -> tuple[str, Value | None]:
    """The one field a figure can be meant for, and its value there; no value when there is none, or several."""

    def away(name: _Name) -> int:
        between = text[figure.end : name.start] or text[name.end : figure.start]
        return len(between) + (_NEAR if phrase("other_clause").search(between) else 0)

    fitting = [replace(name, fields=_fitting(figure, name)) for name in names]
    fitting = [name for name in fitting if name.fields and not name.says]
    # "9 cents a call": what the figure is for, of which there may be two; a name beside it tells which.
    own = {field for one in fitting if figure.start <= one.start < figure.end for field in one.fields}
    for name in sorted((one for one in fitting if away(one)), key=away):
        if away(name) > _NEAR and len(fitting) > 1:
            break
        if not own or own & set(name.fields):
            fields = tuple(field for field in name.fields if not own or field in own)
            # "4 GPUs" is no price, "GPUs at 400" is.
            bare = figure.kinds == ("count", "rate", "money") and name.start > figure.start
            return _one(fields, figure, answers, text, bare=bare)
    return _one(tuple(own), figure, answers, text)


def _fitting(figure: _Figure, name: _Name) -> tuple[str, ...]:
    fields = tuple(field for field in name.fields if FIELDS[field].kind in figure.kinds)
    if len(fields) > 1 and figure.kinds == ("money",):  # the tuned model's price, and what it costs a month
        return tuple(field for field in fields if (FIELDS[field].per in PERIODS) == bool(figure.period))
    return fields


def _one(
    fields: tuple[str, ...], figure: _Figure, answers: Answers, text: str, *, bare: bool = False
) -> tuple[str, Value | None]:
    """A bare number is a count sooner than a sum, and what was answered is meant sooner than what was not."""
    counts = tuple(field for field in fields if FIELDS[field].kind == "count")
    known = tuple(field for field in counts or fields if answers.known(field) is not None)
    fits = known if len(counts or fields) > 1 else counts or fields
    if len(fits) != 1 or (bare and FIELDS[fits[0]].kind == "money"):
        return "", None
    return fits[0], _value(fits[0], figure, answers, text)


def _value(field: str, figure: _Figure, answers: Answers, text: str) -> Value | None:
    """The figure as the field's value, what is relative taken from the answer given; ``None`` when it is not one."""
    known, kind, factor = answers.known(field), FIELDS[field].kind, figure.factor
    value = None if factor is not None else read(field, figure.said).value
    # "10x cheaper" than what? How many failures, or how dear? A rate that is needed is a target. By how much?
    if (
        (field == "usd_per_call_after" and factor is not None)
        or (field == "usd_per_failure" and figure.kinds[0] != "money")
        or (field == "measured_pass_rate" and phrase("needs").search(text))
        or (factor is None and value in (None, UNKNOWN))
        or (factor is None and not figure.sign and phrase("by_before").search(text, 0, figure.start))
    ):
        return None
    if factor is None and not figure.sign:
        dear = field == "usd_per_label" and Fraction(str(value)) >= DEAREST_LABEL
        return None if dear and not phrase("each_label").search(figure.said) else value
    if known is None or kind == "rate":
        return None
    number = Fraction(known) * factor if factor is not None else Fraction(known) + figure.sign * Fraction(str(value))
    return round(number) if kind == "count" else decimal(number)


def _whole(text: str, figures: list[_Figure], names: list[_Name], found: dict[str, Value]) -> bool:
    """Whether nothing is left over: no name of what is not supposed, no word that might change what is meant."""
    spans = [(one.start, one.end, "#") for one in figures]
    for name in names:
        if not any(begin <= name.start < stop for begin, stop, _ in spans):
            if not set(name.fields) & found.keys():
                return False
            spans.append((name.start, name.end, "@"))
    for start, end, mark in sorted(spans, reverse=True):
        text = f"{text[:start]} {mark} {text[end:]}"
    text = phrase("changes_nothing").sub(" ", " ".join(text.split()))
    return all(phrase("neutral").fullmatch(word) for word in re.findall(r"[^\s,.;:?!()]+", text))

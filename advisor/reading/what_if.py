"""What if: a question that supposes other answers -> those answers, to decide on once more.

"what if we had 2M calls a year?", "and with labels at 40 cents?", "double the traffic", "if somebody owned retraining".
The figures are the scanner's, each belongs to the name nearest to it (``[[supposed]]`` in ``rules/words.toml``) and is
read like an answer. Every word of the question has to be one of a figure, a name or those that change nothing: what is
not understood whole supposes nothing.
"""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from pydantic import ValidationError

from advisor.model import FIELDS, UNKNOWN, Answers, Value, decimal
from advisor.pattern import pattern
from advisor.reading.lexicon import phrase, supposed
from advisor.reading.quantities import A_YEAR, DEAREST_LABEL, PERIODS, Quantity, quantities
from advisor.reading.read import read
from advisor.reading.tokens import LONGEST, tidy
from advisor.rulebook import Supposed

_NUMBER = pattern(r"(?<![\w.])\$?(\d[\d,]*(?:\.\d+)?)\s?(k|m)?(?![\w])")
_NEAR = 30  # characters between a figure and its name
_MOST = 6  # figures
_TIMES = {"half": Fraction(1, 2), "two": Fraction(2), "three": Fraction(3), "ten": Fraction(10)}
_SPELLED = {"told_ahead": "", "corrected": "is ", "from_to": "to ", "in_dollars": "$0", "apiece": "each"}
"""Names of phrases -> what stands for them, one after the other."""
_WHEN = {"today": "_now", "once_tuned": "_after"}
_KINDS = {"": ("count", "rate", "money"), "%": ("rate",), "$": ("money",)}


class _Figure(NamedTuple):
    """A figure and where it stands: ``said`` to be read as an answer, with a ``sign`` to be added to what was answered
    or taken from it; or a ``factor`` of that."""

    start: int
    end: int
    said: str
    kinds: tuple[str, ...]
    factor: Fraction | None = None
    sign: int = 0
    unit: str = ""
    period: str = ""
    things: bool = False
    old: str = ""


_Name = tuple[int, int, Supposed]
"""Where a name stands, the fields it can mean, and what it says of them by itself ("rag had been tried")."""


def suppose(question: str, answers: Answers, *, high: bool = False) -> Answers | None:
    """The answers with what a question supposes in their place.

    Args:
        question: What was typed. Any text is fine.
        answers: What is known; relative figures ("double the traffic") are taken from it.
        high: Of a range its high end is taken, not its low one.

    Returns:
        ``None`` when the question supposes nothing new, or not all of it is understood.
    """
    text = tidy(question[: LONGEST + 1]).casefold().rstrip("?!. ")
    for name, stands in _SPELLED.items():
        text = phrase(name).sub(stands, text)
    if len(question) > LONGEST or phrase("asks_else").search(text):
        return None
    text, figures = _figures(text)
    names = _names(text)
    said = [row for _, _, row in names if row.says and phrase("supposes").search(text)]
    told = [(row.fields[0], read(row.fields[0], row.says, confirmed=True).value) for row in said]
    told += [_meant(figure, names, answers, text, -1 if high else 0) for figure in figures]
    found = {field: value for field, value in told if value is not None}
    if not found or len(found) < len(told) or not _whole(text, figures, names, found):
        return None
    try:
        then = Answers.model_validate({**dict(answers), **found})
    except ValidationError:  # doubled, a figure can leave its range
        return None
    return then if then != answers else None


def at_both_ends(question: str, answers: Answers) -> tuple[Answers, ...]:
    """What a question supposes: one thing, or the two ends of its range."""
    found = (suppose(question, answers, high=high) for high in (False, True))
    return tuple(dict.fromkeys(then for then in found if then))


def supposes(question: str, told: Collection[Decimal] = ()) -> bool:
    """Whether a question looks as if it supposed other figures than those it was ``told``, understood or not."""
    text = phrase("no_figure").sub(" ", tidy(question[:LONGEST]).casefold()).rstrip("?!. ")
    relative = phrase("many_times").search(text)
    surely = phrase("surely_supposes").search(text) and (relative or quantities(text))
    perhaps = phrase("perhaps_supposes").search(text) and (relative or numbers(text) - set(told))
    return bool(surely or perhaps) and not phrase("asks_else").search(text)


def numbers(text: str) -> set[Decimal]:
    """The numbers of a text, written out: "7.9k" is 7900."""
    scale = {"k": 1_000, "m": 1_000_000}
    found = _NUMBER.findall(text.casefold())
    return {Decimal(digits.replace(",", "").rstrip(".")) * scale.get(unit, 1) for digits, unit in found}


def _figures(text: str) -> tuple[str, list[_Figure]]:
    """The figures of a text, and the text without those that are told only to be replaced ("rather than 10k")."""
    figures = list[_Figure]()
    for match in phrase("many_times").finditer(text):
        times = _TIMES.get(str(match.lastgroup)) or Fraction(match[str(match.lastgroup)])
        fewer = phrase("fewer").match(text, match.end())
        after = fewer or phrase("as_much").match(text, match.end())
        start, end = match.start(), after.end() if after else match.end()
        kinds = _relative(text, start, end)
        figures.append(_Figure(start, end, match[0], kinds, 1 / times if fewer and times else times))
    times_told = list(figures)
    for one in quantities(text) if len(quantities(text)) <= _MOST else ():
        said = text[one.start : one.end]
        if any(other.start < one.end and one.start < other.end for other in times_told) or phrase("single").match(said):
            continue
        figure, old = _figure(one, text), phrase("old_before").search(text, 0, one.start)
        if old is None:
            figures.append(figure)
            continue
        new = figures.pop() if figures else figure
        another = figure.period not in ("", new.period)
        # "20k instead of the 10k a month" may be a year's.
        if new is figure or figure.unit not in ("", new.unit) or (another and (old["the"] or new.period)):
            return text, []
        said = f"{new.said} per {figure.period}" if another else new.said
        figures.append(new._replace(said=said, period=figure.period or new.period, old=figure.said))
        text = text[: old.start()] + " " * (one.end - old.start()) + text[one.end :]
    return text, figures


def _figure(one: Quantity, text: str) -> _Figure:
    said, end, sign = text[one.start : one.end], one.end, 0
    for way, name in ((1, "more"), (-1, "less")):
        after, shorter = phrase(f"{name}_after").match(text, end), phrase(f"{name}_inside").sub(" ", said)
        if after or shorter != said or phrase(f"{name}_before").search(text, 0, one.start):
            said, end, sign = shorter, after.end() if after else end, way
    if one.unit == "%" and (sign or not phrase("percent").search(said)):  # "half the calls", "5 % less"
        factor = 1 + sign * one.values[0] if sign else one.values[0]
        return _Figure(one.start, end, said, _relative(text, one.start, end), factor)
    kinds = (
        _KINDS["$"]
        if {"each", "label"} & {*one.per} or (one.per == ("call",) and not one.noun)
        else _KINDS.get(one.unit, ())
    )
    things = not {one.noun, *one.per} <= {"", "each", "person", *A_YEAR}
    return _Figure(one.start, end, said, kinds, None, sign, one.unit, one.period(), things)


def _relative(text: str, start: int, end: int) -> tuple[str, ...]:
    """What may be so many times as much; of what is cheaper, the price."""
    before, after = phrase("other_clause").split(text[:start])[-1], phrase("other_clause").split(text[start:])[0]
    return ("money",) if phrase("of_price").search(before + after) else ("count", "money")


def _names(text: str) -> list[_Name]:
    """Where a field is named, the longest name first; a name inside a longer one does not count."""
    found = [(*match.span(), row) for row, words in supposed() for match in words.finditer(text)]
    kept = list[_Name]()
    for start, end, row in sorted(found, key=lambda name: name[0] - name[1]):
        if all(end <= other or after <= start for other, after, _ in kept):
            kept.append((start, end, row))
    return kept


def _meant(figure: _Figure, names: list[_Name], answers: Answers, text: str, end: int) -> tuple[str, Value | None]:
    """The one field a figure can be meant for, and its value there; no value when there is none, or several."""

    def away(name: _Name) -> int:
        between = text[figure.end : name[0]] or text[name[1] : figure.start]
        return len(between) + (_NEAR if phrase("other_clause").search(between) else 0)

    fitting = sorted((name for name in names if _fitting(figure, name[2])), key=away)
    fields = _fitting(figure, fitting[0][2]) if fitting and (len(fitting) == 1 or away(fitting[0]) <= _NEAR) else []
    for name in fitting[1:]:  # "9 cents a call" may be two; a name beside it tells which
        both = {*fields} & {*_fitting(figure, name[2])}
        fields = [field for field in fields if not both or away(name) > _NEAR or field in both]
    known = [field for field in FIELDS if answers.known(field) is not None]
    if not fitting and (figure.things or figure.old):  # "500 invocations a day"; or what it replaces tells
        kinds = [field for field in known if FIELDS[field].kind in figure.kinds]
        fields = [field for field in kinds if figure.things and read(field, figure.said).value is not None]
        fields = fields or [field for field in kinds if read(field, figure.old).value == getattr(answers, field)]
    # A bare number is a count sooner than a sum, and what was answered is meant sooner than what was not.
    counts = [field for field in fields if FIELDS[field].kind == "count"] or fields
    fits = [field for field in counts if len(counts) == 1 or field in known]
    for when, ending in _WHEN.items() if len(fits) > 1 else ():
        fits = [field for field in fits if not phrase(when).search(text) or field.endswith(ending)]
    # "4 GPUs" is no price, "GPUs at 400" is.
    bare = fitting and figure.kinds == _KINDS[""] and fitting[0][0] > figure.start
    if len(fits) != 1 or (bare and FIELDS[fits[0]].kind == "money"):
        return "", None
    return fits[0], _value(fits[0], figure, answers, text, end)


def _fitting(figure: _Figure, row: Supposed) -> list[str]:
    fields = [field for field in row.fields if FIELDS[field].kind in figure.kinds and not row.says]
    if len(fields) > 1 and figure.kinds == _KINDS["$"]:  # the tuned model's price, and what it costs a month
        return [field for field in fields if (FIELDS[field].per in PERIODS) == bool(figure.period)]
    return fields


def _value(field: str, figure: _Figure, answers: Answers, text: str, end: int) -> Value | None:
    """The figure as the field's value, of a range an ``end``, what is relative taken from the answer given; ``None``
    when it is not one."""
    known, kind, factor = answers.known(field), FIELDS[field].kind, figure.factor
    reading = read(field, figure.said)
    value = known if factor is not None else reading.ends[end] if reading.ends else reading.value
    # "10x cheaper" than what? How many failures, or how dear? A rate that is needed is a target. By how much?
    if (
        value in (None, UNKNOWN)
        or (field == "usd_per_call_after" and factor is not None)
        or (field == "usd_per_failure" and figure.kinds == _KINDS[""])
        or (field == "measured_pass_rate" and phrase("needs").search(text))
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


def _whole(text: str, figures: list[_Figure], names: list[_Name], found: Mapping[str, Value]) -> bool:
    """Whether nothing is left over: no name of what is not supposed, no word that might change what is meant."""
    spans, left = [], list(names)
    for one in figures:  # "2,000 pairs are already labelled" is one
        inside = [name for name in left if one.start <= name[0] < one.end]
        left = [name for name in left if name not in inside]
        spans.append(
            (
                one.start,
                max(one.end, *(end for _, end, _ in inside), 0),
                "×" if phrase("many_times").match(one.said) else "#",
            )
        )
    for start, end, mark in sorted([*spans, *((start, end, "@") for start, end, _ in left)], reverse=True):
        text = f"{text[:start]} {mark} {text[end:]}"
    text = " ".join(text.split())
    if phrase("unclear").search(text):  # "2 for $1"
        return False
    text = phrase("changes_nothing").sub(" ", text)
    return all({*row.fields} & found.keys() for _, _, row in left) and all(
        phrase("neutral").fullmatch(word) for word in re.findall(r"[^\s,.;:?!()]+", text)
    )

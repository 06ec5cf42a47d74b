"""Every noun, unit, period and name of a field reads alike in an answer, the quick line, an opening and a what-if.

The ways to say it are drawn from the lexicon (``advisor/rules/words.toml``): a word that is added there is asked of all
four. What one of them does not read yet stands under its name in ``matrix_open.json``, which only gets shorter;
``python -m tests.advisor.test_matrix`` writes it anew.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from advisor import Answers, load_rules
from advisor.model import FIELDS, Reading
from advisor.reading import read
from advisor.reading.line import INPUTS, OPTIONAL, quick
from advisor.reading.opening import mentioned
from advisor.reading.what_if import suppose
from advisor.rulebook import words_in

OPEN = Path(__file__).parent / "matrix_open.json"
A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
KNOWN = Answers.model_validate(
    {"eval_pairs": 500, "training_pairs": 4000, "labeled_pairs": 100, "calls_per_year": 1_000_000, "labelers": 2}
    | {"usd_per_label": "1.1", "training_usd": "700", "upkeep_usd_per_month": "200", "hosting_usd_per_month": "90"}
    | {"usd_per_call_now": "0.03", "usd_per_call_after": "0.002", "usd_per_failure": "0.5", "target_pass_rate": "0.92"}
)
"""What a what-if changes: nothing of it is said by any of the ways below."""


@dataclass(frozen=True)
class Way:
    """A way to say what a field is, and how it is put in an opening and a what-if."""

    field: str
    said: str
    value: int | str
    told: str = "We have {}."
    supposed: str = "what if we had {}?"


PAID = ("We pay {}.", "what if we paid {}?")
PLANNED = ("We plan to use {}.", "what if we had {}?")


def marked(mark: str) -> list[str]:
    return words_in().marks[mark].split()


def plurals(mark: str) -> list[str]:
    """The nouns of a mark in the plural, or as they are where it has none."""
    nouns = marked(mark)
    return [
        noun for noun in nouns if f"{noun}s" not in nouns and not (noun.endswith("y") and f"{noun[:-1]}ies" in nouns)
    ]


def singulars(mark: str) -> list[str]:
    nouns = marked(mark)
    return [noun for noun in nouns if noun.removesuffix("s") not in nouns or not noun.endswith("s")]


def spelt(pattern: str) -> list[str]:
    """Every text a small pattern matches; what may stand often stands once."""
    return [" ".join(text.split()) for text in _spelt(parser.parse(pattern))]


def _spelt(parts: Any) -> list[str]:
    texts = [""]
    for kind, what in parts:
        match kind:
            case sre.LITERAL:
                more = [chr(what)]
            case sre.SUBPATTERN:
                more = _spelt(what[-1])
            case sre.BRANCH:
                more = [text for branch in what[1] for text in _spelt(branch)]
            case sre.MAX_REPEAT:
                more = [""] * (what[0] == 0) + _spelt(what[2])
            case sre.IN:
                more = [chr(each) for each_kind, each in what if each_kind is sre.LITERAL]
            case sre.ANY:
                more = ["'"]
            case _:
                more = [""]  # the edge of a word
        texts = [text + each for text in texts for each in more]
    return texts


def names(field: str) -> list[str]:
    return spelt("".join(words_in().named[field]))


def ways() -> Iterator[Way]:
    yield from nouns()
    yield from periods()
    yield from units()
    yield from named()


OF_SOMETHING_ELSE = {"labels", "annotations", "answers", "outputs", "data", "sets", "datasets"}
"""Nouns that count no pairs beside "eval" or "training": 620 eval sets are many eval sets."""


def nouns() -> Iterator[Way]:
    for noun in (*plurals(":call"), *plurals(":ask"), "tickets", "documents", "emails", "conversations"):
        yield Way("calls_per_year", f"40k {noun} a month", 480_000, "We get {}.")
    for noun in plurals(":label"):
        if noun not in OF_SOMETHING_ELSE:
            yield Way("eval_pairs", f"620 eval {noun}", 620)
            yield Way("training_pairs", f"5,000 training {noun}", 5000, *PLANNED)
    for noun in ("annotators", "labelers", "labellers"):
        yield Way("labelers", f"3 {noun}", 3)
    for noun in singulars(":failure"):
        yield Way("usd_per_failure", f"$4 per {noun}", "4", "It costs us {}.", "what if it cost {}?")
    for noun in plurals(":token"):
        if noun[0] == "t":
            price = f"2,000 {noun} in and 400 {noun} out at $2.50/$10 per million"
            yield Way("usd_per_call_now", price, "0.009", "Today it is {}.", "what if today's call was {}?")


def periods() -> Iterator[Way]:
    for period, often in A_YEAR.items():
        for word in singulars(f"@{period}"):
            after = [word] if word.endswith("ly") else [f"per {word}", f"/{word}"] if word != "annual" else []
            for each in after:
                calls = f"40k calls {each}".replace(" /", "/")
                yield Way("calls_per_year", calls, 40_000 * often, "We get {}.")
        if period != "day":
            for word in (f"a {period}", f"per {period}"):
                sum_ = Decimal(1200) * often / 12
                yield Way("upkeep_usd_per_month", f"upkeep is $1,200 {word}", str(sum_), "{}.", "what if {}?")


def units() -> Iterator[Way]:
    for unit in marked("$"):
        yield Way("usd_per_label", f"{'$2' if unit == '$' else f'2 {unit}'} a label", "2", *PAID)
    for unit in marked("¢"):
        yield Way("usd_per_label", f"40 {unit} a label", "0.4", *PAID)
    for unit in marked("%"):
        yield Way("target_pass_rate", f"our target is 90 {unit}", "0.9", "{}.", "what if {}?")


def named() -> Iterator[Way]:
    for field, number, how in (
        ("eval_pairs", 620, ()),
        ("training_pairs", 5000, PLANNED),
        ("labeled_pairs", 300, ()),
    ):
        for name in names(field):
            if name.endswith("set"):
                yield Way(field, f"{name} of {number:,}", number, *(how or ("We have a {}.", "what if we had a {}?")))
            elif not name.endswith("sets") and f"{name}s" not in names(field) and name.count("already") < 2:
                yield Way(field, f"{number:,} {name}", number, *how)
    for name in names("usd_per_label"):
        yield Way("usd_per_label", f"$2 {name}", "2", *PAID)
    for name in names("calls_per_year"):
        yield Way("calls_per_year", f"40k {name}", 40_000 * A_YEAR[name.split()[-1]], "We get {}.")
    for field, figure, value in (
        ("target_pass_rate", "90 %", "0.9"),
        ("hosting_usd_per_month", "$300 a month", "300"),
        ("upkeep_usd_per_month", "$300 a month", "300"),
        ("training_usd", "$800", "800"),
    ):
        for name in names(field):
            yield Way(field, f"{name}{' is' if name == 'our target' else ''} {figure}", value, "{}.", "what if {}?")


def answered(way: Way) -> Any:
    return _meant(way.field, read(way.field, way.said))


def in_line(way: Way) -> Any:
    said = f"now {way.said}" if way.field == "usd_per_call_now" else way.said  # a line has two prices of a call
    pieces = quick(said, load_rules()).pieces
    found = {piece.field: _meant(piece.field, piece.reading) for piece in pieces if piece.field and piece.reading}
    return found.get(way.field)


def _meant(field: str, reading: Reading) -> Any:
    """What is taken, or the one thing that is offered: "tickets" may be calls."""
    one = reading.candidates[0] if len(reading.candidates) == 1 else ""
    return read(field, one).value if one else reading.value


def opened(way: Way) -> Any:
    said = way.told.format(way.said)
    found = {one.field: one.value for one in mentioned(f"Should we tune? {said[0].upper()}{said[1:]}")}
    return found.get(way.field)


def supposed(way: Way) -> Any:
    then = suppose(way.supposed.format(way.said), KNOWN)
    changed = {field: value for field, value in then or () if value != getattr(KNOWN, field)}
    return changed.get(way.field) if len(changed) == 1 else None


CONSUMERS: Mapping[str, Callable[[Way], Any]] = {
    "read": answered,
    "line": in_line,
    "opening": opened,
    "what_if": supposed,
}
WAYS = {(way.field, way.said): way for way in ways()}


def understood(consumer: str, way: Way) -> bool:
    value = CONSUMERS[consumer](way)
    kind = FIELDS[way.field].kind
    exact = value is not None and not isinstance(value, str)
    return exact and (value == way.value if kind == "count" else Decimal(value) == Decimal(way.value))


def cases() -> Iterator[Any]:
    still: Mapping[str, list[str]] = json.loads(OPEN.read_text(encoding="utf-8"))
    for consumer in CONSUMERS:
        for way in WAYS.values():
            if consumer == "line" and way.field not in (*INPUTS, *OPTIONAL):
                continue
            name = f"{way.field}: {way.said}"
            open_ = pytest.mark.xfail(strict=True, reason=f"{consumer} does not read it yet")
            yield pytest.param(consumer, way, id=f"{consumer}: {name}", marks=open_ if name in still[consumer] else ())


@pytest.mark.parametrize(("consumer", "way"), list(cases()))
def test_it_is_read_alike_wherever_it_is_said(consumer: str, way: Way) -> None:
    assert understood(consumer, way), f"{CONSUMERS[consumer](way)!r} instead of {way.value}"


if __name__ == "__main__":
    found: dict[str, list[str]] = {consumer: [] for consumer in CONSUMERS}
    for case in cases():
        consumer, way = case.values
        if not understood(consumer, way):
            found[consumer].append(f"{way.field}: {way.said}")
    OPEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(", ".join(f"{consumer} {len(some)}" for consumer, some in found.items()), "of", len(WAYS), "are not read")

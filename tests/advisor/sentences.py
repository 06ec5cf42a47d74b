"""Sentences as people type them, each with what it means, drawn from templates in ``tests/sentences``.

The templates were written without a look at the reader. A row of ``yes_no.json`` lists the readings a careful colleague
would accept, none of them when one would ask back; a row of ``numbers.json`` gives each spelling of ``{n}`` its exact
meaning in the field's unit, or, as a pair, a span within which something may be offered and nothing taken.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from advisor import Reading, read
from advisor.model import UNKNOWN

_FOLDER = Path(__file__).parents[1] / "sentences"
YES_NO: dict[str, list[dict[str, Any]]] = json.loads((_FOLDER / "yes_no.json").read_text(encoding="utf-8"))
NUMBERS: dict[str, list[dict[str, Any]]] = json.loads((_FOLDER / "numbers.json").read_text(encoding="utf-8"))
_BEFORE = ("", "", "", "well, ", "Hi, ", "hmm, ", "ok so ", "honestly, ", "I think ", "probably ")
_AFTER = ("", "", "", ".", "!", " tbh", " I think", " thanks", " for now", ", sorry")
_SLIPS = (Fraction(1, 1000), Fraction(1, 100), Fraction(100), Fraction(1000))


@dataclass(frozen=True)
class Sentence:
    """A text typed for a field. ``means`` are the readings that are right (none: to be asked back); of a number also
    the ``span`` in which an offer has to lie."""

    field: str
    text: str
    means: tuple[Any, ...]
    span: tuple[Fraction, Fraction] | None
    plain: bool


def drawn(count: int, seed: int, rows: slice = slice(None)) -> Iterator[Sentence]:
    """So many sentences: every template in turn, from a random one on, with what people put around an answer."""
    dice = random.Random(seed)
    templates = [(field, row) for table in (YES_NO, NUMBERS) for field in table for row in table[field][rows]]
    dice.shuffle(templates)
    for number in range(count):
        field, row = templates[number % len(templates)]
        said = dice.choice(sorted(row["values"])) if "values" in row else ""
        text = row["text"].replace("{n}", said)
        if row["plain"]:
            text = dice.choice([text, text, text.lower(), text.rstrip(".") + ".", text + "!"])
        else:
            text = dice.choice(_BEFORE) + text + (dice.choice(_AFTER) if text[-1:] not in ".!?" else "")
        yield Sentence(field, text, *_meaning(field, row, said), plain=row["plain"])


def _meaning(field: str, row: dict[str, Any], said: str) -> tuple[tuple[Any, ...], tuple[Fraction, Fraction] | None]:
    if field in YES_NO:
        return tuple({"yes": True, "no": False, "unknown": UNKNOWN}[word] for word in row["means"]), None
    meant = row["values"][said] if said else row["means"]
    if isinstance(meant, list):
        return (), (Fraction(meant[0]), Fraction(meant[1]))
    if meant in (UNKNOWN, "open"):
        return ((UNKNOWN,) if meant == UNKNOWN else ()), None
    return (Fraction(meant),), (Fraction(meant), Fraction(meant))


def fault(sentence: Sentence, found: Reading | None = None) -> str:
    """How the reader contradicts what a sentence means: ``"read"`` (another value), ``"slip"`` (a button a hundred or a
    thousand times off), ``"offered"`` (buttons, and none of them meant); empty when it does not."""
    found = found or read(sentence.field, sentence.text)
    if found.value is not None:
        return "" if any(_same(found.value, meant) for meant in sentence.means) else "read"
    if sentence.field in YES_NO or not found.candidates:
        return ""
    values = [read(sentence.field, text, confirmed=True).value for text in found.candidates]
    offers = [Fraction(str(value)) for value in values if value != UNKNOWN]
    if sentence.span is None:
        return "offered" if sentence.means == () else ""
    low, high = sentence.span
    if any(_near(offer, end * slip) for offer in offers for end in (low, high) for slip in _SLIPS if end):
        return "slip"
    return "" if any(low * Fraction(99, 100) <= offer <= high * Fraction(101, 100) for offer in offers) else "offered"


def _same(value: Any, meant: Any) -> bool:
    if isinstance(meant, bool) or UNKNOWN in (meant, value):
        return bool(value == meant) and isinstance(value, bool) == isinstance(meant, bool)
    return _near(Fraction(str(value)), meant)


def _near(one: Fraction, other: Fraction) -> bool:
    """The same but for rounding: counts to the next whole one, the rest to six digits."""
    return abs(one - other) <= max(abs(other) / 10**5, Fraction(1, 10**12)) or (other > 100 and abs(one - other) <= 1)

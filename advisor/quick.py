"""The quick calculation: one line of what engineers know, any order, into the year's money (§5).

``1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo``. Every piece is read by the same reader as an
answer; nothing is filled in silently. What is missing is named, and the chapter's example stands in only when asked.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from advisor.model import FIELDS, Answers, Frozen, Reading
from advisor.reading import read
from advisor.report import Roi
from advisor.roi import COST_INPUTS, SAVINGS_INPUTS, roi
from advisor.rulebook import Rules
from advisor.tokens import usd_per_call

INPUTS = (*SAVINGS_INPUTS, *COST_INPUTS)
OPTIONAL = ("labeled_pairs", "hosting_usd_per_month", "other_savings_usd_per_year")
LONGEST = 2000
_MOST_PIECES = 40

# The chapter's own example (§5); used for a field only when the person asks for it.
EXAMPLE = {
    "calls_per_year": "1,000,000",
    "usd_per_call_now": "$0.03",
    "usd_per_call_after": "$0.001",
    "training_pairs": "5,000",
    "usd_per_label": "$1",
    "training_usd": "$500",
    "upkeep_usd_per_month": "$200",
}

_NAMES = {
    "calls_per_year": "calls_per_year calls volume requests traffic calls/yr calls/year",
    "usd_per_call_now": "usd_per_call_now now before base current opus old untuned price_now",
    "usd_per_call_after": "usd_per_call_after after tuned then new later price_after",
    "training_pairs": "training_pairs pairs examples labels samples",
    "labeled_pairs": "labeled_pairs labeled labelled already",
    "usd_per_label": "usd_per_label label price_per_label per_label label_price",
    "training_usd": "training_usd training gpu train compute finetune fine-tune",
    "upkeep_usd_per_month": "upkeep_usd_per_month upkeep maintenance retraining eval ops",
    "hosting_usd_per_month": "hosting_usd_per_month hosting host endpoint serving",
    "other_savings_usd_per_year": "other_savings_usd_per_year other_savings savings other",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}

_AMOUNT = r"(?:[$€£]\s*|usd\s*)?\.?\d[\d.,_']*\s*(?:k|m|b|thousand|million|cents?|¢|c)?"
_ARROW = re.compile(rf"(?P<now>.+?)\s*(?:->|→|⇒|=>|-->|—>)\s*(?P<after>.+)", re.IGNORECASE)  # noqa: F541
_LABELS = re.compile(
    rf"(?P<pairs>{_AMOUNT})\s*(?P<done>already\s+)?(?:labell?ed\s+)?(?:labels?|pairs?|examples?|samples?)"
    rf"\s*(?:at|@|for|x|×|,)?\s*(?P<price>{_AMOUNT})\s*(?:each|a\s+label|/\s*label|per\s+label|a\s+pair|/\s*pair)?",
    re.IGNORECASE,
)
_KEYED = re.compile(r"(?P<key>[A-Za-z_/-]+(?:[ ][A-Za-z_]+)?)\s*[:=]\s*(?P<value>.+)", re.DOTALL)
_WORDS = re.compile(r"[a-z_/-]+", re.IGNORECASE)
_PER_TOKENS = re.compile(
    r"(?:per|/|a)\s*(?:1\s*)?(?:m(?:illion)?|mtok|k|1k|thousand)\b(?:\s*tok(?:en)?s?)?\s*$", re.IGNORECASE
)
_NO_PER = re.compile(
    rf"\bout(?:put)?(?:\s+tokens?)?\s*(?:at|@|for)\s*{_AMOUNT}\s*/\s*{_AMOUNT}\s*$", re.IGNORECASE
)
_CALLS = re.compile(r"\b(?:calls?|req(?:uest)?s?|queries|inferences|completions)\b", re.IGNORECASE)
_ALREADY = re.compile(r"\balready\b|\blabell?ed\b|\bhave\b", re.IGNORECASE)
_MONTHLY = re.compile(r"(?:/|\bper\b|\ba\b|\beach\b)\s*mo(?:nth|s)?\b|\bmonthly\b", re.IGNORECASE)
_PER_LABEL = re.compile(r"(?:/|\bper\b|\ba\b)\s*(?:label|pair|example)\b|\beach\b", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥₹¢]|\b(?:usd|dollars?|cents?|eur|euros?|gbp)\b", re.IGNORECASE)


class Piece(Frozen):
    """One piece of the line: its text and place (1 is the first), the field it was taken for, the words that were
    read for it and how."""

    text: str
    place: int
    words: str = ""
    field: str = ""
    reading: Reading | None = None
    problem: Literal["", "unknown_piece", "twice", "unread"] = ""


class WhatIf(Frozen):
    """One change to the line and the ratio it gives; ``None`` when the cost is then 0."""

    change: Literal["half_calls", "double_calls", "label_price"]
    value: int | Decimal
    ratio: Decimal | None


class Quick(Frozen):
    """The quick calculation: what was read, what is missing, what was taken from the example, and the money."""

    pieces: tuple[Piece, ...]
    answers: Answers
    missing: tuple[str, ...]
    from_example: tuple[str, ...]
    roi: Roi | None
    what_if: tuple[WhatIf, ...]

    @property
    def problems(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.problem)


def quick(line: str, rules: Rules, *, example: bool = False) -> Quick:
    """Read a line and compute the year. With ``example`` the chapter's figures stand in for what is missing; every
    field they stand in for is named in ``from_example``."""
    pieces = tuple(_read_all(line[:LONGEST]))
    given = {piece.field: piece.reading.value for piece in pieces if piece.reading and not piece.problem}
    missing = tuple(field for field in INPUTS if given.get(field) in (None, "unknown"))
    borrowed = missing if example else ()
    values = given | {field: read(field, EXAMPLE[field]).value for field in borrowed}
    answers = Answers.model_validate(values)
    blocked = any(piece.problem for piece in pieces)
    money = None if blocked else roi(answers, rules)
    return Quick(
        pieces=pieces,
        answers=answers,
        missing=() if example else missing,
        from_example=borrowed,
        roi=money,
        what_if=tuple(_what_if(answers, rules)) if money else (),
    )


def _what_if(answers: Answers, rules: Rules) -> Iterator[WhatIf]:
    calls = answers.known("calls_per_year")
    for change, value in (("half_calls", calls // 2), ("double_calls", calls * 2)):
        changed = roi(answers.model_copy(update={"calls_per_year": value}), rules)
        yield WhatIf.model_validate({"change": change, "value": value, "ratio": changed and changed.ratio})
    for price in (1, 3, 5):
        changed = roi(answers.model_copy(update={"usd_per_label": Decimal(price)}), rules)
        yield WhatIf(change="label_price", value=Decimal(price), ratio=changed and changed.ratio)


# ---- reading the line


def _read_all(line: str) -> Iterator[Piece]:
    taken: set[str] = set()
    for place, text in enumerate(_split(line)[:_MOST_PIECES], start=1):
        for field, words in _fields_of(text) or [("", text)]:
            if not field:
                yield Piece(text=text, place=place, problem="unknown_piece")
                continue
            reading = read(field, words)
            twice = field in taken
            taken.add(field)
            problem: Literal["", "twice", "unread"] = "unread" if reading.problem else "twice" if twice else ""
            yield Piece(text=text, place=place, words=words, field=field, reading=reading, problem=problem)


def _split(line: str) -> list[str]:
    """Pieces end at a line break, a semicolon, or a comma that is not inside a number or a token price."""
    found: list[str] = []
    for part in re.split(r"[\n;]+|,(?!\d{3}(?!\d))", line):
        text = part.strip(" .\t")
        before = found[-1] if found else ""
        # "4,500 in, 600 out at $4/$20 per M": the comma belongs to the price of a call.
        if before and re.search(r"\b(?:in|input)(?: tokens?)?$", before) and re.search(r"\bout", text):
            found[-1] = f"{before} {text}"
        elif text:
            found += _keys(text)
    # A second price by tokens is meant per the same number of tokens as the first.
    per = next((match[0] for text in found if (match := _PER_TOKENS.search(text))), "")
    return [f"{text} {per}" if per and _NO_PER.search(text) else text for text in found]


def _keys(text: str) -> list[str]:
    """Several "key=value" without commas between them."""
    starts = [match.start() for match in re.finditer(r"(?:^|(?<=\s))[A-Za-z_]+\s*=", text)]
    if len(starts) < 2:
        return [text]
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _fields_of(text: str) -> list[tuple[str, str]]:
    """The fields a piece speaks of, each with its words; empty when nothing tells."""
    if keyed := _KEYED.fullmatch(text):
        field = _FIELD_OF.get(keyed["key"].strip().casefold().replace(" ", "_"))
        return [(field, keyed["value"].strip())] if field else []
    if arrow := _ARROW.fullmatch(text):
        return [
            ("usd_per_call_now", _without_name(arrow["now"])),
            ("usd_per_call_after", _without_name(arrow["after"])),
        ]
    bare = _without_name(text)
    if usd_per_call(bare) is not None:
        first = text.split()[0].casefold().rstrip(":")
        field = _FIELD_OF.get(first, "")
        return [(field, bare)] if field.startswith("usd_per_call") else []
    if (labels := _LABELS.fullmatch(text)) and _MONEY.search(labels["price"]):
        return [("training_pairs", labels["pairs"]), ("usd_per_label", labels["price"])]
    field = _named(text)
    return [(field, bare)] if field else []


def _named(text: str) -> str:
    """The field the words of a piece name."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    if _CALLS.search(text) and not _MONEY.search(text):
        return "calls_per_year"
    named = [field for word in words if (field := _FIELD_OF.get(word)) and FIELDS[field].kind == "money"]
    if _MONEY.search(text):
        if named:
            return named[0] if len(set(named)) == 1 else ""
        if _PER_LABEL.search(text):
            return "usd_per_label"
        # A monthly sum without a name is upkeep, as in the chapter's sum; the echo says so.
        return "upkeep_usd_per_month" if _MONTHLY.search(text) else ""
    if _ALREADY.search(text):
        return "labeled_pairs"
    if any(word in _NAMES["training_pairs"].split() for word in words):
        return "training_pairs"
    return named[0] if len(set(named)) == 1 else ""


def _without_name(text: str) -> str:
    """The piece without the word in front that names its field: "gpu $500" -> "$500"."""
    words = text.split()
    drop = 0
    while drop < len(words) - 1 and words[drop].casefold().strip(":") in _LEADING:
        drop += 1
    return " ".join(words[drop:])


_LEADING = {name for field, names in _NAMES.items() for name in names.split() if FIELDS[field].kind == "money"} | {
    "a", "call", "costs", "cost", "price", "the", "from", "is", "at",
}  # fmt: skip

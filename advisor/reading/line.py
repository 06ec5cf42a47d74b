"""The quick calculation: one line of what engineers know, any order, into the year's money (§5).

``1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo``. What a piece calls itself, or what its unit can
only mean, says which field it is; its figure is read by the same reader as an answer. Nothing is filled in silently:
what no word tells is asked about, what is missing is named, and the chapter's example stands in only when asked.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN, Answers, Ends, Frozen, Quote, Reading, plain
from advisor.pattern import pattern
from advisor.prices import PriceList
from advisor.reading.by_model import about_models, by_model, joined, speaks
from advisor.reading.currency import currency_in, in_dollars, stated
from advisor.reading.lexicon import called, mark_of, phrase
from advisor.reading.quantities import A_YEAR, DEAREST_CALL, DEAREST_LABEL, Quantity, quantities
from advisor.reading.read import read
from advisor.reading.tokens import tidy
from advisor.report import Roi
from advisor.roi import COST_INPUTS, FIRST_YEAR, PRICES, SAVINGS_INPUTS, cost_inputs, roi
from advisor.rulebook import Rules

INPUTS = (*SAVINGS_INPUTS, *COST_INPUTS)
OPTIONAL = ("labeled_pairs", "hosting_usd_per_month", "other_savings_usd_per_year", *FIRST_YEAR)
LONGEST = 1900
_LONGEST_PIECE = 300
MOST_PIECES = 40

Trouble = Literal["", "unknown_piece", "which_price", "twice", "two_rates", "unread", "too_long"]


class Piece(Frozen):
    """One piece of the line: its text and place (1 is the first), the field it was taken for, the words that were
    read for it and how."""

    text: str
    place: int
    words: str = ""
    field: str = ""
    reading: Reading | None = None
    problem: Trouble = ""

    @property
    def currency(self) -> str:
        """The other currency it speaks of."""
        return currency_in(self.text)


class WhatIf(Frozen):
    """One change to the line and the ratio it gives; ``None`` when the cost is then 0."""

    change: Literal["half_calls", "double_calls", "label_price"]
    value: int | Decimal
    ratio: Decimal | None


class Quick(Frozen):
    """The quick calculation: what was read, what is missing, what was taken from the example, and the money.
    ``rates`` are dollars for one of another currency, as a piece stated them."""

    pieces: tuple[Piece, ...]
    answers: Answers
    missing: tuple[str, ...]
    from_example: tuple[str, ...]
    roi: Roi | None
    what_if: tuple[WhatIf, ...]
    rates: Mapping[str, Decimal] = {}

    @property
    def problems(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.problem)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not given and counts as nothing, in the year and beside it."""
        beside = (field for field in FIRST_YEAR if self.answers.known(field) is None)
        return (*self.roi.counted_as_zero, *beside) if self.roi else ()

    @property
    def ranges(self) -> dict[str, Ends]:
        """The ranges that figures were given with, by field."""
        read_so = ((piece.field, piece.reading.ends) for piece in self.pieces if piece.reading and not piece.problem)
        return {field: ends for field, ends in read_so if ends}

    @property
    def asked(self) -> Piece | None:
        """The first range of which it is not known what to count with."""
        return next((piece for piece in self.problems if piece.reading and piece.reading.ends), None)

    def settled(self, text: str) -> str:
        """The line once more, with one of the candidates of the range that is asked about, and that range behind it."""
        told = dict[str, None]()
        for piece in self.pieces:
            words = f"{piece.field}={piece.words}" if piece.field else piece.text
            if piece is self.asked and piece.reading and piece.reading.ends:
                value = read(piece.field, text).value
                low, high = (show(piece.field, end) for end in piece.reading.ends)
                words = f"{piece.field}={show(piece.field, value)} ({low} to {high})" if value is not None else words
            told[words] = None
        rates = (f"1 {code} = {plain(rate)} USD" for code, rate in self.rates.items())
        return "; ".join([*told, *rates])

    @property
    def quotes(self) -> dict[str, Quote]:
        """The calls that prices of a call come from, by field."""
        return {piece.field: piece.reading.quote for piece in self.pieces if piece.reading and piece.reading.quote}


def quick(line: str, rules: Rules, *, example: bool = False, prices: PriceList | None = None) -> Quick:
    """Read a line and compute the year. With ``example`` the chapter's figures stand in for what is missing; every
    field they stand in for is named in ``from_example``. A piece with a problem means no money at all. Models and their
    tokens are read by ``prices``."""
    split = list(_texts(line)) if len(line) <= LONGEST else []
    texts = (joined(split, prices) if prices else split)[: MOST_PIECES + 1]
    said = [stated(text) for text in texts]
    pieces = tuple(_pieces(texts, said, prices))
    if len(line) > LONGEST:  # cut off, "$1000" would be "$10"
        pieces = (Piece(text=f"{tidy(line[:60])}…", place=1, problem="too_long"),)
    given = {piece.field: piece.reading.value for piece in pieces if piece.reading and not piece.problem}
    needed = (*SAVINGS_INPUTS, *cost_inputs(Answers.model_validate(given)))
    missing = tuple(field for field in needed if given.get(field) in (None, UNKNOWN))
    unclear = {piece.field for piece in pieces if piece.problem}
    # What was said unclearly is asked about, not replaced.
    borrowed = tuple(field for field in missing if field not in unclear) if example else ()
    answers = Answers.model_validate(given | {field: getattr(rules.example, field) for field in borrowed})
    money = None if unclear else roi(answers, rules)
    return Quick(
        pieces=pieces,
        answers=answers,
        missing=tuple(field for field in missing if field not in borrowed),
        from_example=borrowed,
        roi=money,
        what_if=tuple(_what_if(answers, rules)) if money else (),
        rates=dict(filter(None, said)),
    )


def picks(found: Quick) -> Iterator[tuple[str, str]]:
    """What the first piece that could not be read may have meant: how it is shown, and the line with it instead."""
    unread = next((piece for piece in found.problems if piece.problem == "unread" and piece.reading), None)
    if unread is None or unread.reading is None:
        return
    here = [piece for piece in found.pieces if piece.place == unread.place]
    texts = {piece.place: piece.text for piece in found.pieces}

    def line(text: str) -> str:
        return "; ".join(text if place == unread.place else other for place, other in texts.items())

    name = unread.reading.shown if unread.reading.problem == "which_model" else ""
    for id, shown in unread.reading.models if name else ():
        text = unread.text.casefold()
        first, at, rest = text.rpartition(name) if unread.field == PRICES[1] else text.partition(name)
        yield shown, line(f"{first}{id}{rest}" if at else f"{unread.field}={id}")
    for text in unread.reading.candidates:
        if text != UNKNOWN:
            yield text, line("; ".join(f"{one.field}={text if one is unread else one.words}" for one in here))


def _what_if(answers: Answers, rules: Rules) -> Iterator[WhatIf]:
    calls = answers.known("calls_per_year")
    low, high = map(Decimal, (rules.labelling.usd_low, rules.labelling.usd_high))
    changes = [("half_calls", "calls_per_year", calls // 2), ("double_calls", "calls_per_year", calls * 2)]
    changes += [("label_price", "usd_per_label", price) for price in (low, (low + high) / 2, high)]
    for change, field, value in changes:
        changed = roi(answers.model_copy(update={field: value}), rules)
        yield WhatIf(change=change, value=value, ratio=changed.ratio if changed else None)


# ---- the line into pieces

_IDS = "|".join((*INPUTS, *OPTIONAL))
_SPACED_ID = pattern(rf"\b(?:{_IDS.replace('_', ' ')})(?=[\"']? ?[:=])")
_KEYED = pattern(rf"({_IDS})[\"']? ?[:=] ?[\"']?(.*)")
_KEY = pattern(r"(?<!\S)[^\W\d]\w*\s?[=:](?!>)")

Found = list[tuple[str, str, Reading]]
"""Fields a piece speaks of, each with the words read for it."""


def _texts(line: str) -> Iterator[str]:
    """The pieces' texts: they end at a line break, a tab, a semicolon or a comma after which no piece goes on."""
    rows = [row for row in re.split(r"[\n\r\t\x0b\x0c\u2028\u2029]+", line) if row.strip(" `")]
    for row in rows:
        text = _SPACED_ID.sub(lambda match: match[0].replace(" ", "_"), tidy(row))
        text = re.sub(r"^[-*•] (?=\S)", "", text) if len(rows) > 1 else text.removeprefix("• ")
        held = phrase("goes_on").sub(lambda match: f"{match[0][:-1]}\n", text)
        for part in re.split(r"[;|،؛•·,]", held):
            # What surrounds a piece is cut; a point in front belongs to its number.
            bare = part.replace("\n", ",").strip(" `\"'{}[]").rstrip(".").strip()
            keys = [match.start() for match in _KEY.finditer(bare)]
            keys = keys if keys[:1] == [0] and not stated(bare) else [0]  # "key=value key=value"
            yield from filter(None, (bare[i:j].strip() for i, j in zip(keys, [*keys[1:], None], strict=True)))


def _pieces(
    texts: list[str], said: list[tuple[str, Decimal] | None], models: PriceList | None = None
) -> Iterator[Piece]:
    rates, codes = dict(filter(None, said)), Counter(rate[0] for rate in said if rate)
    found: list[Found | Trouble] = [
        _fields_of(in_dollars(text, rates).casefold()) if not rate else "two_rates" if codes[rate[0]] > 1 else []
        for text, rate in zip(texts[:MOST_PIECES], said, strict=False)
    ]
    by_models = _by_models(texts[: len(found)], models) if models else {}
    found = [by_models.get(place, some) for place, some in enumerate(found)]
    readings = _across([one for some in found if isinstance(some, list) for one in some])
    times, rest = Counter(field for field, _, _ in readings), iter(readings)
    for place, (text, some) in enumerate(zip(texts, found, strict=False), start=1):
        if isinstance(some, str):
            yield Piece(text=text, place=place, problem=some)
            continue
        for field, words, reading in (next(rest) for _ in some):
            problem: Trouble = "twice" if times[field] > 1 else "unread" if reading.problem else ""
            if reading.problem == "other_currency" and currency_in(words) in rates:
                reading = Reading(problem="ambiguous")  # noqa: PLW2901 - its rate is known: its number can't be read
            yield Piece(text=text, place=place, words=words, field=field, reading=reading, problem=problem)
    if len(texts) > MOST_PIECES:
        yield Piece(text=texts[MOST_PIECES], place=MOST_PIECES + 1, problem="too_long")


def _across(found: Found) -> Found:
    """What figures of a line say about each other, whatever their order. Beside a price in cents or per thousand, a
    bare number may be either: "3 cents -> 0.1"; a price by tokens that does not say how many is meant as the other one;
    and what is not read may mean something by what is known."""
    prices = {words: quantities(words) for field, words, _ in found if field in PRICES}
    single = {words: own[0] for words, own in prices.items() if len(own) == 1}
    cents = [words for words in single if "¢" in map(mark_of, re.findall(r"¢|[^\W\d_]+", words))]
    many = [words for words, one in single.items() if one.many > 1]
    good = {words: (field, reading.value) for field, words, reading in found if not reading.problem}
    tokens = [one for words in good.keys() & prices.keys() - single.keys() for one in prices[words]]
    by = {one.many for one in tokens if one.unit == "$" and {"each", "token"} & set(one.per)}
    lent = f" per {int(min(by)):,} tokens" if len(by) == 1 else ""
    known = Answers.model_validate(dict(good.values()))

    def told(field: str, words: str, reading: Reading) -> Reading:
        if about_models(reading):
            return reading
        one = single.get(words) if field in PRICES else None
        if one and not one.per and words not in cents and (many or (cents and not one.unit)):
            return Reading(problem="ambiguous")
        more = lent if reading.problem == "per_token" else ""
        again = read(field, words + more, known=known) if reading.problem else reading
        return again if bool(more) != bool(again.problem) else reading

    return [(field, words, told(field, words, reading)) for field, words, reading in found]


# ---- a piece into fields


def _by_models(texts: list[str], prices: PriceList) -> dict[int, Found | Trouble]:
    """The pieces that name a model, by their place; a price of both says what the tokens of the other are."""
    found, quotes = dict[int, Found | Trouble](), dict[str, Quote]()
    for place, text in enumerate(texts):
        low, keyed = text.casefold(), _KEYED.fullmatch(text.casefold())
        named = any(speaks(side, prices) for side in phrase("arrow").split(low))
        if not named or (keyed and keyed[1] not in PRICES):
            continue
        names = {field: name for field, name in _names(low).items() if field in PRICES}
        both = len(phrase("arrow").split(low)) == len(PRICES)
        field = keyed[1] if keyed else PRICES[0] if both else next(iter(names)) if len(names) == 1 else ""
        words = keyed[2] if keyed else low.replace(names[field], " ", 1) if field in names else low
        reading = by_model(field or PRICES[0], words.strip(" :=,"), prices, beside=quotes)
        if reading is None or not (about_models(reading) and (field or reading.quote)):
            continue
        sides = [side.strip(" :=,") for side in phrase("arrow").split(words)]
        read_so = [(field, sides[0], reading.model_copy(update={"also": ()}))]
        read_so += ((other, sides[-1], more) for other, more in reading.also)
        quotes |= {name: each.quote for name, _, each in read_so if each.quote}
        found[place] = read_so if field else "which_price"
    return found


def _fields_of(text: str, *, whole: bool = True) -> Found | Trouble:
    """What a piece says; ``whole`` is false for a part of one, which must then say it by itself."""
    if len(text) > _LONGEST_PIECE:
        return "unknown_piece"
    if keyed := _KEYED.fullmatch(text):
        return [_read(keyed[1], keyed[2])]
    found = _pair(text) or _labels(text) or _single(text, whole)
    if isinstance(found, list) and not any(reading.problem for _, _, reading in found):
        return found
    for connector in ("with", "at"):
        texts = phrase(connector).split(text)
        parts = [_fields_of(part, whole=False) for part in texts] if len(texts) > 1 else []
        good = [one for part in parts if isinstance(part, list) for one in part if not one[2].problem]
        if parts and len(good) == sum(map(len, parts)):
            return good
    return found


def _names(text: str) -> dict[str, str]:
    return {match.lastgroup: match[0] for match in called().finditer(text) if match.lastgroup}


def _read(field: str, text: str, name: str = "") -> tuple[str, str, Reading]:
    """Read a piece without its ``name`` (of the field, unless it is another's), which stays where it is what a number
    is counted by ("$1 per label"), and without words in front that say nothing."""
    keep, name = phrase("per_item").match, name or field
    cut = called().sub(lambda match: " " if match.lastgroup == name and not keep(match[0]) else match[0], text)
    cut = re.sub(r"^\W*?(?:- )?(?=[-+~<>≥≤($€£¥₹¢.\d]|[^\W\d_])", "", " ".join(cut.split()), count=1)
    words = cut.strip(" :=,") or text
    if field == "calls_per_year" and read(field, words).value != UNKNOWN:
        words = text  # the name is the unit
    front = words[: next((one.start for one in quantities(words)), 0)]
    words = words[len(front) :] if FIELDS[field].kind == "money" and _says_nothing(front, field) else words
    return field, words, read(field, words)


def _says_nothing(front: str, field: str) -> bool:
    """Whether words in front of a sum leave it what the field asks for."""
    nothing = {"", "$", *((":call", ":ask", "per", "a", "each") if FIELDS[field].per == "call" else ())}
    return bool(re.fullmatch("[a-z :/,=]*", front)) and set(map(mark_of, re.findall("[a-z]+", front))) <= nothing


def _sums(text: str) -> list[Quantity]:
    return [one for one in quantities(text) if one.unit in ("$", "€")]


def _is_each(sums: list[Quantity]) -> bool:
    return any("label" in one.per or ("each" in one.per and one.many == 1) for one in sums)


def _pair(text: str) -> Found:
    """Two prices an arrow or "from … to …" puts in order."""
    sides = phrase("arrow").split(text)
    worded = phrase("down_to").fullmatch(text) if len(sides) == 1 else None
    if worded and _says_nothing(worded["lead"] or "", PRICES[0]):
        sides = [worded["now"] or worded["lead"] + worded["low"], worded["after"] or worded["high"]]
    if len(sides) != len(PRICES) or " for " in text:
        return []
    found = [_read(field, side) for field, side in zip(PRICES, sides, strict=True)]
    fits = (
        not set(_names(side)) - {field, "calls_per_year"} and (quantities(side) or reading.value == 0)
        for (field, _, reading), side in zip(found, sides, strict=True)
    )
    return found if all(fits) else []


def _labels(text: str) -> Found:
    """A number of labels and the price of one: "5k labels at $1", "$1/label x 5k"."""
    parts = phrase("priced").split(text)
    if len(parts) != 2 or bool(_sums(parts[0])) == bool(_sums(parts[1])) or phrase("lump").search(text):
        return []
    price, pairs = parts if _sums(parts[0]) else reversed(parts)
    names, each = set(_names(text)) - {"usd_per_label"}, _is_each(_sums(price))
    if not (names or each) or names - {"training_pairs"} or (re.search(" for |, ", text) and not each):
        return []
    cost = _read("usd_per_label", price, "training_pairs")
    if isinstance(cost[2].value, Decimal) and cost[2].value >= DEAREST_LABEL and not each:
        cost = (*cost[:2], Reading(problem="ambiguous"))
    if not quantities(pairs):
        return [cost] if names else []
    return [_read("training_pairs", pairs), cost]


def _single(text: str, whole: bool) -> Found | Trouble:
    """The one field a piece names, or can only mean by its unit."""
    names, figures, sums = _names(text), quantities(text), _sums(text)
    a_call = bool(sums) and bool(names.pop("calls_per_year", ""))  # "$30 per 1k calls"
    if len(names) > 1 and not sums:
        names = {field: name for field, name in names.items() if not phrase("today_too").fullmatch(name)}
    if set(names) == {"labeled_pairs", "training_pairs"}:
        del names["training_pairs"]
    if not names:
        two = len(figures) == 2 and all(one.unit == "$" and max(one.values) <= DEAREST_CALL for one in figures)
        by_tokens = any(one.unit == "$" and one.many > 1 for one in figures)
        return "which_price" if a_call or two or by_tokens else _unnamed(text, figures) if whole else "unknown_piece"
    field, name = names.popitem()
    if names or field not in (*INPUTS, *OPTIONAL):
        return "unknown_piece"
    if field == "training_pairs" and _is_each(sums):
        return [_read("usd_per_label", text, field)]
    bare = FIELDS[field].kind == "money" and figures and not sums
    counted = field == "training_usd" and bare and text.index(name) > figures[0].start  # "8 gpus"
    total = field == "usd_per_label" and phrase("lump").search(text)  # "label budget $5k"
    if counted or total or (bare and phrase("needs_sign").fullmatch(name)):
        return "unknown_piece"
    told = _read(field, text)
    also = told[2].also if not told[2].problem else ()
    return [told, *((other, text, more) for other, more in also if other in (*INPUTS, *OPTIONAL))]


def _unnamed(text: str, figures: tuple[Quantity, ...]) -> Found | Trouble:
    """What a piece without a name can only mean: a monthly sum is upkeep, as in the chapter's sum, and what comes by
    the day are calls; the echo says so."""
    one = figures[0] if len(figures) == 1 else None
    if one is None or re.search(r"\w", text[: one.start] + text[one.end :]):
        return "unknown_piece"
    if one.unit and one.per == ("month",):
        return [_read("upkeep_usd_per_month", text)]
    often = one.period() and phrase("by_the").search(text)  # "8 week" is none
    if one.unit or not often or not (one.noun or A_YEAR[one.period()] > A_YEAR["month"]):
        return "unknown_piece"
    found = _read("calls_per_year", text)
    return [found] if found[2].problem in (None, "needs_period") or found[2].candidates else "unknown_piece"

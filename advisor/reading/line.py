"""The quick calculation: one line of what engineers know, any order, into the year's money (§5).

``1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo``. The words of a piece say which field it is (the
table below); its figure is read by the same reader as an answer. Nothing is filled in silently: what no word tells is
asked about, what is missing is named, and the chapter's example stands in only when asked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from advisor.model import FIELDS, UNKNOWN, Answers, Frozen, Reading
from advisor.pattern import pattern
from advisor.reading.call_price import PER, usd_per_call
from advisor.reading.quantities import DEAREST_LABEL
from advisor.reading.read import read
from advisor.reading.tokens import tidy
from advisor.report import Roi
from advisor.roi import COST_INPUTS, PRICES, SAVINGS_INPUTS, cost_inputs, roi
from advisor.rulebook import Rules

INPUTS = (*SAVINGS_INPUTS, *COST_INPUTS)
OPTIONAL = ("labeled_pairs", "hosting_usd_per_month", "other_savings_usd_per_year")
LONGEST = 1900
_LONGEST_PIECE = 300
MOST_PIECES = 40

Trouble = Literal["", "unknown_piece", "which_price", "twice", "unread", "too_long"]


class Piece(Frozen):
    """One piece of the line: its text and place (1 is the first), the field it was taken for, the words that were
    read for it and how."""

    text: str
    place: int
    words: str = ""
    field: str = ""
    reading: Reading | None = None
    problem: Trouble = ""


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
    field they stand in for is named in ``from_example``. A piece with a problem means no money at all."""
    pieces = tuple(_pieces(line))
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
    )


def _what_if(answers: Answers, rules: Rules) -> Iterator[WhatIf]:
    def ratio(field: str, value: int | Decimal) -> Decimal | None:
        changed = roi(answers.model_copy(update={field: value}), rules)
        return changed.ratio if changed else None

    calls = answers.known("calls_per_year")
    yield WhatIf(change="half_calls", value=calls // 2, ratio=ratio("calls_per_year", calls // 2))
    yield WhatIf(change="double_calls", value=calls * 2, ratio=ratio("calls_per_year", calls * 2))
    low, high = map(Decimal, (rules.labelling.usd_low, rules.labelling.usd_high))
    for price in (low, (low + high) / 2, high):
        yield WhatIf(change="label_price", value=price, ratio=ratio("usd_per_label", price))


# ---- the tables: which words name a field

_TUNING = "(?:fine[- ]?)?tuning"
_ITEM = "(?:label|pair|example|sample|annotation)"
_NAMES = (
    ("usd_per_call_now", rf"(?:before|without|no) {_TUNING}|untuned(?: model)?|base(?:line)? model|price now|"
                         "before|now|currently|current|today|old|existing"),
    ("usd_per_call_after", rf"(?:after|with) {_TUNING}|(?:fine[- ]?)?tuned(?: model)?|price after|after|"
                           "later|new|then"),
    ("labeled_pairs", rf"(?:already )?labell?ed(?: {_ITEM}s)?(?: already)?"
                      rf"|{_ITEM}s (?:already(?: labell?ed)?|done|finished)|already"),
    ("usd_per_label", rf"(?:price|cost) (?:of a|for a|per|a) {_ITEM}|label (?:price|cost)|"
                      rf"(?:per|a|an|each|/) ?{_ITEM}|(?<![\dk] )label"),
    ("hosting_usd_per_month", "gpu hosting|hosting|host|endpoint|serving"),
    ("upkeep_usd_per_month", "upkeep|maintenance|re-?training|monitoring|evals?|ops"),
    ("other_savings_usd_per_year", "other savings|savings"),
    ("training_pairs", rf"training (?:{_ITEM}s|data)|{_ITEM}s|(?<=[\dk] )label"),
    ("training_usd", rf"{_TUNING}|fine-?tune|training|train|gpus?|compute|lora|sft"),
    ("calls_per_year", "(?:api )?calls?|requests?|reqs?|queries|inferences?|completions?|volume|traffic|"
                       "[rqt]ps|rpm|qpm|rph"),
)  # fmt: skip
_NAMED = pattern(rf"(?<![^\W\d_])(?:{'|'.join(f'(?P<{field}>{names})' for field, names in _NAMES)})(?![^\W_])(?!_)")
_IDS = "|".join((*INPUTS, *OPTIONAL))
_SPACED_ID = pattern(rf"\b(?:{_IDS.replace('_', ' ')})(?=[\"']? ?[:=])")
# Behind these a bare number may be something else ("training 500", "lora 16", "base model 3"): they need a $ sign.
_NEEDS_SIGN = pattern(
    rf"{_TUNING}|train(?:ing)?|gpus|compute|lora|sft|label|evals?|ops|new|then|host|endpoint|serving|.* model|{_ITEM}s"
)
_MONEY = pattern(r"[$€£¥₹¢]|(?<![^\W\d_])(?:usd|dollars?|bucks?|cents?|ct|c|eur|euros?|gbp)(?![^\W_])")
# What may stand around a price beside its field's own name and still be only that price.
_PRICE_WORDS = """a an the per each call calls request requests req query at cost costs price priced is it we pay
    from go goes drop drops model api usd us dollar dollars cent cents c ct k m thousand million buck bucks
    about roughly e"""
_AROUND = frozenset(_PRICE_WORDS.split())
_TODAY = ("now", "currently", "current", "today")
_MONTHLY = pattern(r"\$ ?[\d.,]+k? ?(?:(?:/|per|a|each|every) ?)?(?:mo|months?|monthly)")
_TOTAL = pattern(r"\b(?:total|budget|bill|overall|altogether|all|spen[dt]|paid|together)\b")
_EACH = pattern(rf"(?:/|\bper\b|\ba\b|\bfor each\b) ?{_ITEM}\b|\beach\b|\bapiece\b")
_ARROW = pattern(r"\s*(?:(?<![-=<])[-=]+>|[→⇒⟶➡➔]|:arrow_right:|:arrow right:)\s*")
_FROM_TO = pattern(r"(?P<lead>[^\d$]*)\bfrom (?P<low>.+?) (?:down )?to (?P<high>.+)|(?P<now>.+?) down to (?P<after>.+)")
_TOKENS_IN, _TOKENS_OUT = pattern(r"\b(?:in|input)\b"), pattern(r"\b(?:out|output)\b")
_STRONG = pattern(r" (?:and|with|plus|vs\.?|versus) | ?[&+] ?")
# "hosting $2k/mo for 1M calls" is no number of calls a year: "for" parts only labels from their price.
_PRICED = pattern(r" (?:at|for|x|×|\*) | ?@ ?|, ")
_WEAK = pattern(r" at | ?@ ?")
_PER_CALL = pattern(r"\b(?:calls?|requests?|req|query|queries|inference)\b")
_VERSUS = pattern(r"[$\d. ¢]+c?(?:ents?)?vs\.?[$\d. ¢]+c?(?:ents?)?")
_CENTS = pattern(r"¢|(?<![^\W\d_])c(?:t|ents?)?(?![^\W_])")
_PER_MANY = pattern(r"(?:per|/|for) ?(?:[\d.,]*\d|k|thousand|million)")
_DOLLARS = pattern(r"[~ ]*(?P<sign>\$|us\$|usd)? ?[\d.,]+ ?(?:usd|dollars?|\$)?")

Found = list[tuple[str, str, Reading]]
"""Fields a piece speaks of, each with the words read for it."""


# ---- the line into pieces


def _pieces(line: str) -> Iterator[Piece]:
    if len(line) > LONGEST:
        # Cut off, "$1000" would be "$10".
        yield Piece(text=f"{tidy(line[:60])}…", place=1, problem="too_long")
        return
    texts = _texts(line)
    found = [_fields_of(text) for text in texts[:MOST_PIECES]]
    readings = _same_unit([one for some in found if isinstance(some, list) for one in some])
    times = Counter(field for field, _, _ in readings)
    rest = iter(readings)
    for place, (text, some) in enumerate(zip(texts, found, strict=False), start=1):
        if isinstance(some, str):
            yield Piece(text=text, place=place, problem=some)
            continue
        for field, words, reading in (next(rest) for _ in some):
            problem: Trouble = "twice" if times[field] > 1 else "unread" if reading.problem else ""
            yield Piece(text=text, place=place, words=words, field=field, reading=reading, problem=problem)
    if len(texts) > MOST_PIECES:
        yield Piece(text=texts[MOST_PIECES], place=MOST_PIECES + 1, problem="too_long")


def _texts(line: str) -> list[str]:
    """The pieces' texts: they end at a line break, a tab, a semicolon or a comma that belongs to nothing else."""
    rows = [row for row in re.split(r"[\n\r\t\x0b\x0c\u2028\u2029]+", line) if row.strip(" `")]
    found: list[str] = []
    for row in rows:
        text = _SPACED_ID.sub(lambda match: match[0].replace(" ", "_"), tidy(row))
        text = re.sub(r"^[-*•] (?=\S)", "", text) if len(rows) > 1 else text.removeprefix("• ")
        start = 0
        for match in re.finditer(r"[;|،؛•·]|,", text):
            if match[0] != "," or not _belongs(text[start : match.start()], text[match.end() :]):
                found += _keys(_bare(text[start : match.start()]))
                start = match.end()
        found += _keys(_bare(text[start:]))
    texts = [text for text in found if text]
    # A price by tokens that does not say how many is meant as the other one in the line.
    found_pers = (re.search(rf"{PER}(?: tok\w*)?$", text, re.IGNORECASE) for text in texts)
    pers = {match[0] for match in found_pers if match}
    per = pers.pop() if len(pers) == 1 else ""
    return [f"{text}{per}" if per and _lacks_only(text, per) else text for text in texts]


def _lacks_only(text: str, per: str) -> bool:
    """Whether a price by tokens is complete but for the number of tokens."""
    sums = [usd_per_call(_from_figure(each)) for each in (text, text + per)]
    return None not in sums and [one.problem for one in sums if one] == ["per_token", None]


# What stands before and after a comma that ends no piece: inside a number, between token counts or their prices, and
# "5k labels, $1 each".
_BELONGS = tuple(
    (pattern(rf"(?:{before})$"), pattern(after))
    for before, after in (
        (r"\d", r"\d| 0\d\d(?!\d)"),
        (r"\b(?:in|input)(?: tok\w*)?", r"[^,;]*\bout"),
        (r"\bout(?:put)?(?: tok\w*)?", r" ?(?:at |@ ?)?\$? ?[\d.]+ ?[/i]"),
        (rf"\b{_ITEM}s", r" [^,;]*\b(?:each|apiece)\b"),
    )
)


def _belongs(before: str, after: str) -> bool:
    return any(left.search(before) and right.match(after) for left, right in _BELONGS)


def _bare(text: str) -> str:
    """Without what surrounds a piece; a point in front belongs to its number."""
    return text.strip(" `\"'{}[]").rstrip(".").strip()


def _keys(text: str) -> list[str]:
    """Several "key=value" without commas between them."""
    starts = [match.start() for match in re.finditer(r"(?<!\S)[^\W\d]\w*\s?[=:](?!>)", text)]
    if len(starts) < 2 or starts[0]:
        return [text]
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


# ---- a piece into fields


def _fields_of(text: str, *, whole: bool = True) -> Found | Trouble:
    """What a piece says; ``whole`` is false for a part of one, which must then say it by itself."""
    low = text.casefold()
    if len(low) > _LONGEST_PIECE:
        return "unknown_piece"
    if keyed := re.fullmatch(rf"({_IDS})[\"']? ?[:=] ?[\"']?(.*)", low):
        return [_read(keyed[1], keyed[2])]
    found = _by_tokens(low) or _pair(low) or _labels(low) or _single(low, whole)
    if isinstance(found, list) and not any(reading.problem for _, _, reading in found):
        return found
    for connector in (_STRONG, _WEAK):
        texts = connector.split(text)
        parts = [_fields_of(part, whole=False) for part in texts] if len(texts) > 1 else []
        good = [one for part in parts if isinstance(part, list) for one in part if not one[2].problem]
        if parts and len(good) == sum(map(len, parts)):
            return good
    return "which_price" if _VERSUS.fullmatch(low) else found


def _read(field: str, words: str) -> tuple[str, str, Reading]:
    return field, words, read(field, words)


def _from_figure(text: str) -> str:
    """The text from its first figure or sign of money on."""
    start = re.search(r"[-~<>≥≤]?\s?(?:us)?[$€£¥₹]|[-~<>≥≤]?\.?\d", text)
    return text[start.start() :] if start else text


def _names_in(text: str) -> dict[str, str]:
    return {match.lastgroup: match[0] for match in _NAMED.finditer(text) if match.lastgroup}


def _by_tokens(text: str) -> Found:
    """A price by tokens and whose it is; the arrow is for :func:`_pair`."""
    if _ARROW.search(text) or not (_TOKENS_IN.search(text) and _TOKENS_OUT.search(text)):
        return []
    front = text[: text.index(_from_figure(text))]
    named = [field for field in _names_in(front) if field in PRICES]
    words = _from_figure(text)
    return [_read(named[0], words)] if len(named) == 1 and usd_per_call(words) and _only(front, named[0]) else []


def _pair(text: str) -> Found:
    """Two prices an arrow or "from … to …" puts in order."""
    sides = _ARROW.split(text)
    if len(sides) == 1 and (worded := _FROM_TO.fullmatch(text)) and not _names_in(worded["lead"] or ""):
        sides = [worded["now"] or worded["lead"] + worded["low"], worded["after"] or worded["high"]]
    if len(sides) != 2:
        return []
    found: Found = []
    for field, side in zip(PRICES, sides, strict=True):
        words = _from_figure(side)
        tokens = usd_per_call(words)
        if not (_only(side[: len(side) - len(words)] if tokens else side, field) and re.search(r"\d", words)):
            return []
        found.append(_read(field, _without_names(words, field)))
    return found


def _only(text: str, field: str) -> bool:
    """Whether a text has no letters but those of the field's name and of a price."""
    rest = _NAMED.sub(lambda match: " " if match.lastgroup == field else match[0], text)
    return all(word in _AROUND for word in re.findall(r"[^\W\d_]+", rest))


def _labels(text: str) -> Found:
    """A number of labels and the price of one: "5k labels at $1", "$1/label x 5k"."""
    parts = _PRICED.split(text)
    money = [bool(_MONEY.search(part)) for part in parts]
    if len(parts) != 2 or sum(money) != 1:
        return []
    price, pairs = (parts[0], parts[1]) if money[0] else (parts[1], parts[0])
    names = set(_names_in(text)) - {"usd_per_label"}
    each = _EACH.search(price)
    if (names and names != {"training_pairs"}) or not (names or each) or _TOTAL.search(text):
        return []
    if re.search(r" for |, ", text) and not each:
        return []
    cost = _read("usd_per_label", _without_names(price, "training_pairs"))
    if isinstance(cost[2].value, Decimal) and cost[2].value >= DEAREST_LABEL and not each:
        cost = (*cost[:2], Reading(problem="ambiguous"))
    if not re.search(r"\d|[^\W\d_]{3,} (?:hundred|thousand|million)", pairs):
        return [cost] if names else []
    return [_read("training_pairs", _without_names(pairs, "training_pairs")), cost]


def _single(text: str, whole: bool) -> Found | Trouble:
    """The one field the words of a piece name."""
    names, money = _names_in(text), bool(_MONEY.search(text))
    per_call = money and _PER_CALL.search(text) and not _ARROW.search(text)
    if money:
        names.pop("calls_per_year", None)  # "$30 per 1k calls"
    else:
        names = {field: name for field, name in names.items() if len(names) == 1 or name not in _TODAY}
    if set(names) == {"labeled_pairs", "training_pairs"}:
        del names["training_pairs"]
    if len(names) != 1:
        if per_call and not names and re.search(r"\d", text):
            return "which_price"
        monthly = whole and not names and _MONTHLY.fullmatch(text)
        # A monthly sum without a name is upkeep, as in the chapter's sum; the echo says so.
        return [_read("upkeep_usd_per_month", text)] if monthly else "unknown_piece"
    field, name = names.popitem()
    if money and field == "training_pairs" and _EACH.search(text):
        return [_read("usd_per_label", _without_names(text, field))]
    bare = FIELDS[field].kind == "money" and not money and re.search(r"\d", text)
    if bare and (_NEEDS_SIGN.fullmatch(name) or re.match(r"\W*\d.*\bgpu", text)):
        return "unknown_piece"
    if field == "usd_per_label" and _TOTAL.search(text):
        return "unknown_piece"  # "label budget $5k"
    words = _without_names(text, field)
    if field == "calls_per_year" and read(field, words).value != UNKNOWN:
        words = text  # "7 rps": the name is the unit
    return [_read(field, words)]


def _without_names(text: str, field: str) -> str:
    """The words to read: without the field's own name, unless it is what a number is counted by ("$1 per label")."""
    keep = rf"(?:per|a|an|each|/) ?{_ITEM}"
    cut = _NAMED.sub(lambda match: " " if match.lastgroup == field and not re.match(keep, match[0]) else match[0], text)
    cut = re.sub(r"^\W*?(?:- )?(?=[-+~<>≥≤($€£¥₹¢.\d]|[^\W\d_])", "", " ".join(cut.split()), count=1)
    return cut.strip(" :=,") or text


# ---- across pieces


def _same_unit(found: Found) -> Found:
    """With one price in cents or per thousand, a bare number for another may be either: "3 cents -> 0.1". All prices of
    the line are looked at, also one that is given twice, so that their order changes nothing."""
    prices = {words for field, words, _ in found if field in PRICES and not usd_per_call(words)}
    doubtful = set()
    for words in prices:
        bare = _DOLLARS.fullmatch(words)
        others = prices - {words}
        cents = not (bare and bare["sign"]) and any(map(_CENTS.search, others))
        if bare and (cents or any(map(_PER_MANY.search, others))):
            doubtful.add(words)
    unclear = Reading(problem="ambiguous")
    return [
        (field, words, unclear if field in PRICES and words in doubtful else reading) for field, words, reading in found
    ]

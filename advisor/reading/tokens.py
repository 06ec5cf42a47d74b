"""Numbers inside typed text: Slack markup undone, every way of writing a number made a :class:`Numeral`.

Nothing here knows what a question asks; :mod:`advisor.reading` does.
"""

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from advisor.pattern import pattern

LONGEST = 300
"""Characters after which a text is no number, option or name; also what keeps every regex here cheap."""

_UNITS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SMALL = _UNITS | _TEENS | _TENS

_BEGIN = frozenset((*_SMALL, "a", "an", "half"))
"""Words that a number can begin with."""

_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "mln": 10**6, "b": 10**9, "bn": 10**9, "cr": 10**7}
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "grand": 10**3, "lakh": 10**5, "lac": 10**5, "million": 10**6,
    "mill": 10**6, "crore": 10**7, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SCALES |= {f"{word}s": scale for word, scale in _SCALES.items() if word != "grand"}
_ANY_SCALE = SCALES = _LETTERS | _SCALES

# "mm" is a million to a banker and a slip of the finger to everybody else; "mil" is a thousand or a million.
_TWO_SCALES = {"mm": (10**6, 10**3), "mil": (10**6, 10**3)}

_VULGAR = {"½": ".5", "¼": ".25", "¾": ".75"}
_QUOTES = str.maketrans("‘’‛′´“”„‟″‐‑‒–—―−﹣", "'" * 5 + '"' * 5 + "-" * 8)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


class Numeral(NamedTuple):
    """One number of a text. More than one of ``values`` means its writing allows several readings.

    ``scale`` is what "k" or "million" multiplied it by, 1 without: the 5 of "5-6k" borrows it. ``dotted`` marks
    "1.200", which only a share (never above a hundred) can tell from 1,200; ``comma`` marks "1,200".
    """

    values: tuple[Fraction, ...]
    scale: int = 1
    dotted: bool = False
    comma: bool = False

    def times(self, scale: int) -> "Numeral":
        """The same number, ``scale`` times as large."""
        # "1,200k" is 1,200 thousand or, written with a decimal comma, 1.2 thousand.
        values = (*self.values, self.values[0] / 1000) if self.comma else self.values
        return Numeral(tuple(value * scale for value in values), self.scale * scale, self.dotted)


def _flat(char: str) -> str:
    # NFKC makes "10⁶" 106 and "2⅓" 21/3: a raised or stacked digit becomes a sign no number may hold.
    if unicodedata.category(char) == "No" and unicodedata.decomposition(char)[:4] in ("<sup", "<sub", "<fra"):
        return "^"
    if unicodedata.category(char) in ("Cf", "Cs") or char == "\ufe0f":
        return ""
    return char


def _link(match: "re.Match[str]") -> str:
    target, label = match[1], match[2]
    if target[0] == "@":
        return f"<{target}>"
    if target[0] == "#":
        return f"#{label}"
    if label is not None:
        return label
    return f"@{target[1:]}" if target[0] == "!" else target.removeprefix("tel:").removeprefix("mailto:")


_STRUCK = pattern(r"(?<![\w~])(~~?)(?=[^\s~])[^~]*(?<=[^\s~])\1(?![\w~])")
_STYLED = pattern(r"(?<!\w)([*_]|`+)(?=\S)([^*_`]*|[^*`]*)(?<=\S)\1(?!\w)")


@lru_cache(maxsize=16)  # one answer is looked at from several sides
def tidy(text: str) -> str:
    """Text as it was meant: Slack's markup, typographic signs, odd digits and spaces undone. Case is kept."""
    text = re.sub(r"<([@#!][^<>|]*|[a-z]+:[^<>|]*)(?:\|([^<>]*))?>", _link, text)
    text = re.sub(r"&(?:lt|gt|amp);", lambda match: _ENTITIES[match[0]], text)
    text = re.sub(r"(?<![\d.,])(\d*) ?([½¼¾])", lambda match: (match[1] or "0") + _VULGAR[match[2]], text)
    text = text.translate(_QUOTES)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", "".join(map(_flat, text))).translate(_QUOTES)
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    text = re.sub(r"(?<=[^\W\d_])_(?=[^\W\d_])", " ", _STRUCK.sub(" ", text))
    for _ in range(3):
        text = _STYLED.sub(r"\2", text)
    return " ".join(text.split())


# --- one written numeral ---------------------------------------------------------------------------------------

_GROUPED = {
    ",": pattern(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d\d)+,\d{3}"),
    ".": pattern(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    "'": pattern(r"[1-9]\d{0,2}(?:'\d{3})+"),
    "_": pattern(r"[1-9]\d{0,2}(?:_\d{3})+"),
    " ": pattern(r"[1-9]\d{0,2}(?: \d{3})+"),
}


def _whole(text: str) -> Fraction | None:
    marks = {char for char in text if not char.isdigit()}
    if not marks:
        return Fraction(int(text or "0"))
    mark = marks.pop()
    if marks or not _GROUPED[mark].fullmatch(text):
        return None
    return Fraction(int(text.replace(mark, "")))


def _decimal(whole: str, part: str) -> Fraction | None:
    value = _whole(whole)
    return None if value is None or not part.isdigit() else value + Fraction(int(part), 10 ** len(part))


def _written(text: str) -> Numeral | None:
    """A numeral of digits and separators, ``None`` when its separators make no sense ("1.2.3")."""
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        whole, part = text.rsplit("." if text.rfind(".") > text.rfind(",") else ",", 1)
        value = _decimal(whole, part)
        return value if value is None else Numeral((value,))
    if dots + commas != 1:
        value = _whole(text)
        return value if value is None else Numeral((value,))
    mark = "." if dots else ","
    whole, part = text.split(mark)
    value, grouped = _decimal(whole, part), _GROUPED[mark].fullmatch(text)
    if value is None:
        return None
    if mark == "." and not grouped:
        return Numeral((value,))
    joined = Fraction(int(text.replace(mark, ""))) if text.replace(mark, "").isdigit() else value
    if mark == "," and grouped:
        return Numeral((joined,), comma=True)
    return Numeral((value, joined), dotted=mark == ".")


# --- the scanner -----------------------------------------------------------------------------------------------

_SCALED = f"(?:{'|'.join(_SCALES)})"  # "2 thousand-3 thousand"
_WORD = r"[^\W\d_]+(?:'[^\W\d_]+)*"
_TOKEN = pattern(
    rf"""
      (?P<date> \d+(?:-\d+){{2,}} | \d+(?:/\d+){{2,}} | \d+:\d+[:\d]* | (?!{_SCALED}-){_WORD}-(?=\d)[\w.-]* )
    | (?P<number> (?: [1-9]\d{{0,2}}(?:\ \d{{3}})+(?!\d)(?:[.,]\d+)? | \d+(?:[.,'_]\d+)* | (?<![\d.])\.\d+ ) )
      (?P<power> e[+-]?\d+ )? (?: (?=x\ ?[a-z]+\d) | (?P<glued> [^\W\d_]* ) (?P<junk> \w* ) )
    | (?P<coin> \b(?:ca|au?|hk|nz|sg?|c|r|mx|nt)\$ )
    | (?P<word> {_WORD} ) (?P<tail> [\d_][\w.]* )?
    | (?P<ish> -ish\b )
    | (?P<sign> \.\.+ | [<>]=? | \+/- | \S )
    """,
    re.VERBOSE,
)
_AFTER_WORD = pattern(r"(?:usd|us|eur|gbp|inr|rs|cad|aud|chf)")


def _power(text: str | None) -> int | None:
    """The exponent's worth; ``None`` when it is beyond anything counted here (never worked out)."""
    if not text:
        return 0
    exponent = int(text[1:]) if len(text) < 6 else 99
    return exponent if abs(exponent) <= 40 else None


# "300 500" is one grouped number or two; "250 000" and "1 500" are one.
_TWO_OR_ONE = pattern(r"\d{3} [1-9]\d\d")
HUGE = Numeral((Fraction(10**60),))
Token = str | Numeral
CODE = "\N{NO ENTRY}"
"""The token of anything with digits that is no number: a date, a version, "H100"."""


def _number(match: "re.Match[str]", units: frozenset[str]) -> list[Token]:
    numeral, power, glued = _written(match["number"]), _power(match["power"]), match["glued"] or ""
    if numeral is None or match["junk"] or (match["power"] and glued in _ANY_SCALE):
        return [CODE]
    if power is None:
        return [HUGE]
    if _TWO_OR_ONE.fullmatch(match["number"]):
        numeral = Numeral((*numeral.values, Fraction(match["number"][:3])))
    if power:
        numeral = Numeral(tuple(value * Fraction(10) ** power for value in numeral.values))
    if glued in _TWO_SCALES:
        return [Numeral(tuple(numeral.values[0] * scale for scale in _TWO_SCALES[glued]), _TWO_SCALES[glued][0])]
    if glued in _ANY_SCALE:
        return [numeral.times(_ANY_SCALE[glued])]
    return [numeral, glued] if glued in units else [numeral] if not glued else [CODE]


def _tokens(text: str, units: frozenset[str], at: int = 0) -> Iterator[tuple[Token, int, int]]:
    """Each token with where it stands; what touches a number stands where the number does."""
    for match in _TOKEN.finditer(text):
        found: list[Token] = [CODE]
        if match["number"]:
            found = _number(match, units)
        elif match["word"] and match["tail"]:
            # "usd5" is money; "gpt5" and "q3" are no numbers.
            if _AFTER_WORD.fullmatch(match["word"]):
                yield match["word"], at + match.start(), at + match.end("word")
                yield from _tokens(match["tail"], units, at + match.start("tail"))
                continue
        elif not match["date"]:
            found = [match["coin"] or match["word"] or ("ish" if match["ish"] else match["sign"])]
        for token in found:
            yield token, at + match.start(), at + match.end()


# --- number words ----------------------------------------------------------------------------------------------


class _Words:
    """Reads number phrases off a token list: "two thousand five hundred", "half a million", "2.5 million"."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.at = tokens, 0

    def ahead(self, offset: int = 0) -> Token:
        place = self.at + offset
        return self.tokens[place] if place < len(self.tokens) else ""

    def _is_scale(self, offset: int) -> bool:
        return self.ahead(offset) in _SCALES or self.ahead(offset) in _TWO_SCALES

    def _small(self) -> Numeral | None:
        """A first part: digits, a word below a hundred, the "a" of "a million", the "half" of "half a million"."""
        token = self.ahead()
        if isinstance(token, Numeral):
            self.at += 1
            return token
        if token in _SMALL:
            self.at += 1
            value = Fraction(_SMALL[token])
            if token in _TENS:
                skip = 1 if self.ahead() == "-" else 0
                unit = self.ahead(skip)
                if isinstance(unit, str) and _UNITS.get(unit):
                    self.at += skip + 1
                    value += _UNITS[unit]
            return self._point(Numeral((value,)))
        if token in ("a", "an") and self._is_scale(1):
            self.at += 1
            return Numeral((Fraction(1),))
        if self.ahead() == "half":
            skip = 2 if self.ahead(1) in ("a", "-") else 1
            if self._is_scale(skip):
                self.at += skip
                return Numeral((Fraction(1, 2),))
        return None

    def _point(self, numeral: Numeral) -> Numeral:
        value, place = numeral.values[0], Fraction(1, 10)
        if self.ahead() == "point" and self.ahead(1) in _UNITS:
            self.at += 1
            while (digit := self.ahead()) in _UNITS:
                value, place = value + place * _UNITS[str(digit)], place / 10
                self.at += 1
        return Numeral((value,))

    def _and_a_half(self) -> bool:
        found = [self.ahead(0), self.ahead(1), self.ahead(2)] == ["and", "a", "half"]
        self.at += 3 if found else 0
        return found

    def _part(self) -> Numeral | None:
        worded = isinstance(self.ahead(), str)
        numeral = self._small()
        if numeral is None:
            return None
        if self._and_a_half():
            numeral = Numeral(tuple(value + Fraction(1, 2) for value in numeral.values))
        last = 1
        while True:
            skip = 1 if self.ahead() == "-" and self._is_scale(1) else 0
            scale = self.ahead(skip)
            # The b of 'five "b"' is more often a letter.
            if not isinstance(scale, str) or scale not in _ANY_SCALE | _TWO_SCALES or (worded and scale == "b"):
                return numeral
            # "one hundred two hundred" are two numbers, not 102 hundreds.
            if _ANY_SCALE.get(scale, 10**6) <= last:
                return numeral
            last = _ANY_SCALE.get(scale, 10**6)
            self.at += skip + 1
            if scale in _TWO_SCALES:
                return Numeral(tuple(numeral.values[0] * each for each in _TWO_SCALES[scale]), 10**6)
            numeral = numeral.times(_ANY_SCALE[scale])
            if self._and_a_half():
                numeral = Numeral(tuple(value + Fraction(_ANY_SCALE[scale], 2) for value in numeral.values), 1)
            elif worded and scale == "hundred":
                numeral = self._tail(numeral, 100)

    def _tail(self, numeral: Numeral, below: int) -> Numeral:
        """Add what follows a scale and is smaller than it: the "five hundred" of "two thousand five hundred"."""
        start = self.at
        joined = self.ahead() == "and"
        self.at += 1 if joined else 0
        digits = isinstance(self.ahead(), Numeral)
        rest = self._part() if below > 100 else self._small()
        if rest is None or rest.values[0] >= below or len(rest.values) > 1 or (joined and digits):
            self.at = start
            return numeral
        return Numeral(tuple(value + rest.values[0] for value in numeral.values), numeral.scale)

    def phrase(self) -> Numeral | None:
        """The number starting here, if one does; moves behind it."""
        worded = isinstance(self.ahead(), str)
        numeral = self._part()
        while numeral is not None and numeral.scale >= 1000 and (worded or self.tokens[self.at - 1] in _SCALES):
            start = self.at
            numeral = self._tail(numeral, numeral.scale)
            if self.at == start:
                break
            numeral = Numeral(numeral.values, 1)
        return numeral


def placed(text: str, units: frozenset[str]) -> tuple[list[str], list[Numeral], list[tuple[int, int]]]:
    """Split tidied lower-case text into tokens, each number one ``"N"``; the numbers in order; and where each token
    begins and ends in the text. ``units`` are the words that may touch a number ("100rps", "5usd")."""
    tokens = list(_tokens(text, units))
    reader, words, numbers, spans = _Words([token for token, _, _ in tokens]), list[str](), list[Numeral](), []
    while reader.at < len(reader.tokens):
        begun, token = reader.at, reader.ahead()
        # "per thousand", "/k": one of them.
        one = token in _ANY_SCALE and words and words[-1] in ("per", "/", "every")
        numeral = Numeral((Fraction(_ANY_SCALE[str(token)]),)) if one else None
        if not one and (token in _BEGIN or isinstance(token, Numeral)):
            numeral = reader.phrase()
        reader.at = max(reader.at, begun + 1)
        if numeral is not None:
            numbers.append(numeral)
        words.append(str(token) if numeral is None else "N")
        spans.append((tokens[begun][1], tokens[reader.at - 1][2]))
    return words, numbers, spans

"""Text as quantities: each number with its unit, what it counts and what it is per.

Every word becomes one letter, and the grammar stands in a few patterns over letters: "$20 per 1,000 calls" is "$NpNn".
"100 users x 20 questions a week each" are two quantities; what they make together is for
:mod:`advisor.reading.mentions`.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from advisor.model import Problem, Value
from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of, phrase, spelled
from advisor.reading.tokens import CODE, SCALES, Numeral, placed
from advisor.rulebook import words_in

MOST = 10**12
"""The largest count, and the largest sum in dollars."""

DEAREST_CALL = 5
"""Dollars. A call above it is more often a price per thousand calls, or cents."""

DEAREST_LABEL = 100
"""Dollars. "5k labels at $5,000" is more often what all of them cost together."""

PERIODS: Mapping[str, int] = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many of each a year has."""

A_YEAR: Mapping[str, int] = {**PERIODS, "weekday": 260, "hour": 8760, "minute": 525_600, "second": 31_536_000}
"""The same of weekdays, and of shorter ones day and night."""

GLUED = frozenset(
    [
        "usd",
        "us",
        "eur",
        "euro",
        "euros",
        "gbp",
        "inr",
        "c",
        "ct",
        "cts",
        "cent",
        "cents",
        "bucks",
        "pct",
        "percent",
        "rps",
        "qps",
        "tps",
        "rpm",
        "ish",
        "h",
        "hr",
        "hrs",
        "min",
        "mins",
    ]
)
"""Words that may touch a number: "20rps"."""

_PART = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_PART |= {
    "fourth": 4, "ninth": 9, "twelfth": 12, "fifteenth": 15, "twentieth": 20, "fiftieth": 50, "hundredth": 100,
    "thousandth": 1000,
}  # fmt: skip
_PART |= {f"{part}s": size for part, size in _PART.items()} | {"halves": 2}
_COIN = {"dollar": 100, "buck": 100, "cent": 1, "penny": 1, "nickel": 5, "dime": 10}
_VAGUE = {"couple": (2,), "pair": (2,), "few": (2, 3, 4)}
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_ADVERBS = {"nightly": "day", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"}
_ADVERBS |= {"yearly": "year", "annual": "year", "annually": "year"}
_TABLES = ((_PART, "H"), (SCALES, "S"), (_TIMES, "1"))
_MARKS = {"$": "$", "¢": "c", "%": "%", "€": "E", "@hour": "h", "@odd": "O", ":token": "T", "+/-": "±"}
_NOUNLIKE = ("?", "vague", "pass", "*eval", "*train")

# Patterns over letters. Capitals and signs: N a number, I the word "one", Y a number that is a name or a date, H a part
# ("half"), S a scale, C a coin, V "few", 1 "once", D a period, h an hour, A their adverbs, n a noun that has a mark, T
# tokens, G a code, u and w words that have none, u of them plural. The others are [letters] in words.toml.
_IDLE = pattern(r"[^$EaeIN1tVnHQSpA.;+,&(-]*")
_FEW = pattern(r"(?P<article>[at]?)[Vn](?P<of>o?)(?P<scale>[SN]?)")
_ONCE = pattern(r"1(?=[ape/DhA])")
_ONE_EVERY = pattern(r"a(?=ne[NI][Dh])")
_OF_A_DAY = pattern(r"(?P<half>H)?a(?=[Dh][ap/e]+D)")
_ONE_COIN = pattern(r"[aI][Cc$](?:&[aI](?P<part>[HQ]))?(?:j(?P<other>N)(?![nTDhA]))?")
_SHARE = pattern(r"(?P<many>[NI]-?|(?:[ae]-?)?)(?P<part>H(?!-?q|[a]D)|(?<!e)Q)")
_TO = pattern(r"(?:[$c%E(,/Dh])*(?P<join>[j&b±~-]+)\$*(?=[NI])")
_COINED = pattern(r"(?:o[aI]|a)[c$%](?!N)")
_SKIPPED = pattern(r"[uwvgkx*]{0,2}?(?P<noun>[nT])n*")
_STRANGE = pattern(r"(?P<code>x?G(?!h))|(?P<points>P)|u|w(?=[pe/A])|wu")
_WHOLE = pattern(r"[oip/][tme]?N(?![%$cDhAkr])")
_EACH = pattern(r"(?:[kri](?=[p/])|i(?:[aIe]|t(?=h)))?[pefat/]*")
_MACHINE = pattern(r"(?:-|[gG]-?)(?=[Dh])")
_PRICE = pattern(r"[ox@](?=\$N|N[$c])")


class Said(NamedTuple):
    """A reading in the making."""

    value: Value | None = None
    problem: Problem | None = None
    shown: str = ""
    candidates: tuple[str, ...] = ()


class Word(NamedTuple):
    """A word as it is to be read, a number as "N" with its ``numeral``, and where it stands in the text."""

    text: str
    start: int
    end: int
    numeral: Numeral | None = None


class Quantity(NamedTuple):
    """One quantity: its ``values`` (of a range its ends and the middle), its ``unit`` ("$", "%", "€", ""), the
    ``noun`` it counts, per how ``many`` of which nouns or periods it is, and of how many it is a part (``whole``).
    It stands from ``start`` to ``end`` in the text. ``points`` are its values where it is a rate: of "80 ± 2 %" the
    percents are points, of "1M ± 30 %" a share. A range may have its likeliest value ``guessed``: "6k (5k-8k)"."""

    values: tuple[Fraction, ...]
    unit: str
    start: int
    end: int
    noun: str = ""
    per: tuple[str, ...] = ()
    many: Fraction = Fraction(1)
    whole: Fraction = Fraction(0)
    points: tuple[Fraction, ...] = ()
    guessed: bool = False

    def as_rate(self) -> "Quantity":
        """The same where a share is asked for."""
        return self._replace(values=self.points, points=()) if self.points else self

    def period(self) -> str:
        return next((each for each in self.per if each in A_YEAR), "")


@lru_cache(maxsize=64)
def spelled_out(text: str) -> tuple[Word, ...]:
    """The words of a tidied lower-case text, phrases of several as the one that stands for them."""
    words, numbers, spans = placed(text, GLUED)
    left = iter(numbers)
    found = [Word(word, *span, next(left) if word == "N" else None) for word, span in zip(words, spans, strict=True)]
    line = " ".join(words)
    for several, stands in spelled():
        kept, at, behind = list[Word](), 0, 0
        for match in several.finditer(line):
            first = at + line.count(" ", behind, match.start())
            kept += found[at:first]
            at, behind = first + len(match[0].split()), match.end() - match[0].endswith(" ")
            kept += (Word(word, found[first].start, found[at - 1].end) for word in stands.split())
            behind += line[behind : behind + 1] == " "
        if behind:
            found = [*kept, *found[at:]]
            line = " ".join(word.text for word in found)
    return tuple(found)


@lru_cache(maxsize=64)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a tidied lower-case text, in order."""
    return tuple(_Scan(spelled_out(text), text).all())


def likeliest(found: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """A value and the range around it as that range, with the value in the place of its middle: "6k (5k-8k)"."""
    if len(found) != 2 or sorted(len(one.values) for one in found) != [1, 3]:
        return found
    one, span = sorted(found, key=lambda each: len(each.values))
    if {one.unit, span.unit} == {"", "%"}:  # "90 % (85-95)"
        one, span = (each if each.unit else _in_percent(each) for each in (one, span))
    both = ((one.unit, span.unit), (one.noun, span.noun), (one.per, span.per))
    value, low, high = one.values[0], span.values[0], span.values[-1]
    if one.whole or not low <= value <= high or any(mine and its and mine != its for mine, its in both):
        return found
    unit, noun, per = one.unit or span.unit, one.noun or span.noun, one.per or span.per
    told = span._replace(values=(low, value, high), unit=unit, noun=noun, per=per, many=max(one.many, span.many))
    return (told._replace(start=found[0].start, end=found[1].end, guessed=True),)


def _in_percent(one: Quantity) -> Quantity:
    return one._replace(values=tuple(value / 100 for value in one.values))


@cache
def _letters() -> Mapping[str, str]:
    said = {word: letter for letter, words in words_in().letters.items() for word in words.split()}
    return {word: letter for table, letter in _TABLES for word in table} | said


@lru_cache(maxsize=4096)
def _letter(word: str) -> str:
    """The letter of a word that is no number."""
    mark = mark_of(word)
    if word.endswith("'s") and _letter(word[:-2]) in "DhAQ":
        return _letter(word[:-2])
    if word in _letters() or word == CODE:
        return _letters().get(word, "G")
    if mark in _MARKS:
        return _MARKS[mark]
    if mark[:1] in ("@", ":") and mark[1:]:
        return "D" if mark[0] == "@" else "n"
    if not word.isalpha():
        return word if len(word) == 1 else "!"
    if mark in _NOUNLIKE and len(word) > 2 and word.endswith("s") and not word.endswith("ss"):
        return "u"
    return "w" if mark == "?" else "*" if mark[0:1] == "*" else "v"


class _Scan:
    """Reads quantities off the letters of a text, from left to right."""

    def __init__(self, words: Sequence[Word], text: str) -> None:
        self.words, self.text = words, text
        self.letters = "".join("N" if word.numeral else _letter(word.text) for word in words)
        named = {at for at, word in enumerate(words) if word.numeral and self._is_name(at, word.numeral)}
        ones = {at for at, word in enumerate(words) if word.numeral and text[word.start : word.end] == "one"}
        letters = ("Y" if at in named else "I" if at in ones else letter for at, letter in enumerate(self.letters))
        self.letters = "".join(letters)
        self.at, self.found, self.open = 0, list[Quantity](), False
        self.points: tuple[Fraction, ...] = ()
        self.ahead: tuple[str, Fraction] | None = None  # what the next quantity is per: "per 1,000 calls it's $12"

    def word(self, offset: int = 0) -> str:
        place = self.at + offset
        return self.words[place].text if 0 <= place < len(self.words) else ""

    def letter(self, offset: int = 0) -> str:
        place = self.at + offset
        return self.letters[place] if 0 <= place < len(self.words) else " "

    def numeral(self, offset: int = 0) -> Numeral:
        return self.words[self.at + offset].numeral or Numeral((Fraction(SCALES.get(self.word(offset), 1)),))

    def take(self, grammar: re.Pattern[str]) -> re.Match[str] | None:
        """Moves behind what a pattern matches here."""
        match = grammar.match(self.letters, self.at)
        self.at = match.end() if match else self.at
        return match

    def all(self) -> list[Quantity]:
        while self.at < len(self.words):
            self.take(_IDLE)
            begun = self.at
            if self.letter() in ".;+,&(-":
                self.ahead, self.open = None, False
            while self.letter() in "$E":
                self.at += 1
            if values := self._values():
                one = self._with_unit(begun, *values)
                if one.unit != "bytes":
                    self.found.append(one)
                    self.open = not one.per
            else:
                self.at = begun
                self._look_ahead()
        return self.found

    def _look_ahead(self) -> None:
        """Passes over a word that is part of no quantity; "every quarter" and "per 1,000 calls" wait for the next."""
        word, begun = self.word().removesuffix("'s"), self.at
        if self.letter() in "pe" and word != "/":
            if found := self._per("", Fraction(2), whole=True):
                if self.open and found[0] in A_YEAR and self.found[-1].unit in ("$", ""):
                    self.found[-1] = self.found[-1]._replace(per=(found[0],), many=found[1])
                else:
                    self.ahead = found
        elif word in _ADVERBS:
            self.ahead = _ADVERBS[word], Fraction(1)
        self.at = max(self.at, begun + 1)

    # ---- the number

    def _is_name(self, at: int, numeral: Numeral) -> bool:
        """Whether a number is a year, a day, a version: "in 2025", "3 May", "llama 3"."""
        self.at = at
        value, before, after, then = numeral.values[0], self.word(-1), self.word(1), self.letter(1)
        worded, counts = self.text[self.words[at].start].isalpha(), then in "nTDhAO"
        # "10²", "point five", "one hundred two hundred", "Fr. 0.02": no number of ours.
        if after in ("^", "hundred", "thousand") or before in ("point", "fr") or self.word(-2) == "fr":
            return True
        if worded and value < 10 and after and phrase("these").fullmatch(before):
            return self.word(-2) not in ("of", "per") and not (value == 1 and counts)
        if worded and value == 1 and (after == "for" or phrase("itself").fullmatch(before)):
            return not counts
        if 2015 <= value <= 2039 and value.denominator == numeral.scale == 1 and not numeral.comma and not worded:
            return (not counts and then not in "$%c" and self.letter(-1) not in "$/") or _is_month(before)
        if "24/7" in self.text[max(self.words[at].start - 3, 0) : self.words[at].end + 2]:
            return True
        if numeral.scale == 10**9 and value < 10**12:  # "7b"
            return not counts and then not in "ap/"
        if value <= 31 and (_is_month(after) or _is_month(before)) and then not in "%p":
            return after != "may" or self.word(2) not in ("be", "have", "not")
        return bool(value < 10 and phrase("model").fullmatch(before))

    def _values(self) -> tuple[tuple[Fraction, ...], str] | None:
        """The values here, and what they are by themselves: a "share", a "coin" (in dollars), or plain."""
        begun, before = self.at, self.word(-1)
        match = _FEW.match(self.letters, self.at)
        if match and (name := self.words[match.start() + len(match["article"])].text) in _VAGUE:
            self.at = match.end()
            scale = self.numeral(-1).values[0] if match["scale"] else 1
            if scale >= 12 or (match["article"] and (name == "couple" or (name == "pair" and match["of"]))):
                return tuple(Fraction(each * scale) for each in _VAGUE[name]), ""
            self.at = begun
            return None
        if self.take(_ONCE):
            return (Fraction(_TIMES[self.word(-1)]),), "times"
        if self.take(_ONE_EVERY):  # "a call every 2 minutes"
            return (Fraction(1),), ""
        if match := self.take(_OF_A_DAY):  # "half a day a week", "an hour per month"
            return (Fraction(1, _PART[self.words[begun].text]) if match["half"] else Fraction(1),), "span"
        if before != "of" and self.word(1) in _COIN and (match := self.take(_ONE_COIN)):
            value = Fraction(_COIN[self.words[begun + 1].text], 100)
            value += value / _PART[self.words[match.start("part")].text] if match["part"] else 0
            if match["other"]:
                other = value * self.numeral(-1).values[0]
                return (value, (value + other) / 2, other), "coin"
            return (value,), "coin"
        if self.word() in ("hundred", "thousand") and before not in ("few", "several", "per", "/", "N"):
            self.at += 1
            return (Fraction(SCALES[self.word(-1)]),), ""
        if (part := self._part()) is not None:
            parts = [part]
            if self.letter() in "j-" and self.word() != "and":
                self.at += 1
                last = self._part()
                self.at -= last is None
                parts += [] if last is None else [(part + last) / 2, last]
            if self.letter() != "S":
                return tuple(parts), "share"
            self.at += 1
            return tuple(each * SCALES[self.word(-1)] for each in parts), ""
        if self.letter() not in "NI":
            return None
        values = self._range()
        if self.letter() == "H" and self.word() not in ("half", "third"):
            self.at += 1
            return tuple(each / _PART[self.word(-1)] for each in values), "share"
        return values, ""

    def _part(self) -> Fraction | None:
        """A part in words: "half", "two thirds", "a quarter million"."""
        begun, before = self.at, self.word(-1)
        match = None if before == "other" else self.take(_SHARE)
        if match is None:
            return None
        many = self.words[begun].numeral
        odd = many and (len(many.values) > 1 or many.values[0].denominator > 1 or not many.values[0])
        part = Fraction(many.values[0] if many else 1) / _PART.get(self.word(-1), 1)
        alone = self.letter(-1) == "Q" and not match["many"] and self.letter() not in "oS"
        span = self.letter(-1) == "Q" and self.letter() != "o" and phrase("within").fullmatch(before)  # "in 2 quarters"
        if alone or odd or part >= 1 or span:
            self.at = begun
            return None
        return part

    def _range(self) -> tuple[Fraction, ...]:
        """The number, or a range's ends and middle where the next number is its other end."""
        first, begun, self.points = self.numeral(), self.at, ()
        between = self.word(-1) == "between" or (self.letter(-1) == "$" and self.word(-2) == "between")
        self.at += 1
        match = self.take(_TO)
        if match and ("&" not in match["join"] or between):
            low, high, by = *_ends(first, self.numeral()), self.numeral().values[0]
            self.at += 1
            if "±" in match["join"] and self.letter() == "%" and "%" not in match[0] and by < 100:
                self.at += 1
                part, middle = by / 100, first.values[0]
                by = part if middle <= 1 else by
                self.points = (middle - by, middle, middle + by)
                return (middle - middle * part, middle, middle + middle * part)
            if "±" in match["join"] and high < low:
                return (low - high, low, low + high)
            if "c" in match[0] and "$" in match[0]:  # "50 cents to $2"
                low /= 100
            if low < high and (high <= low * 100 or not low) and "±" not in match["join"]:
                return (low, (low + high) / 2, high)
        self.at = begun + 1
        return first.values[:1]

    # ---- its unit, what it counts, and what it is per

    def _with_unit(self, begun: int, values: tuple[Fraction, ...], kind: str) -> Quantity:
        start = begun - 1 if begun and self.letters[begun - 1] in "$E" else begun
        if kind == "share":
            self.take(_COINED)  # "half a cent"
        signs = self.letters[start : self.at]
        points, self.points = self.points, ()
        if points:
            signs = signs.replace("%", "")
        cents = kind != "coin" and "$" not in signs and "c" in signs + self.letter()
        while self.letter() in "$%E" or (self.letter() == "c" and cents):
            if "%" in signs + self.letter() and {*signs, self.letter()} & {*"$Ec"}:  # "3% dollars"
                break
            signs += self.letter()
            self.at += 1
        unit = next((sign for sign in "E$%" if sign in signs or (sign == "$" and (cents or kind == "coin"))), "")
        unit = {"E": "€", "": "%" if kind == "share" else ""}.get(unit, unit)
        if cents or ("%" in signs and unit == "%"):
            values = tuple(value / 100 for value in values)
        spelled = unit == "$" and not cents and self.word(-1).isalpha() and self.letter(-1) in "$C"
        if spelled and self.letter() == "N" and 5 <= self.numeral().values[0] < 100:  # "three dollars fifty"
            values = (values[0] + self.numeral().values[0] / 100,)
            self.at += 1
        if self.letter() == "B":
            unit = "bytes"
        ahead, self.ahead = self.ahead, None
        noun, whole = self._noun() if kind != "span" else self._span(), Fraction(0)
        if noun[:1] == "~" and self.letter() == "o" and self.letter(1) == "N":  # "5 batches of 100"
            self.ahead = noun, Fraction(1)
        elif unit in ("", "%"):
            passed = not noun and mark_of(self.word()) in ("pass", "fail") and self.letter(1) == "o"
            self.at += passed
            whole = self._whole(values[0] if unit == "" else Fraction(0))
            self.at -= passed and not whole
            noun = noun or (self._noun() if whole else "")
        noun = "×" if kind == "times" else noun
        per, many = list[str](), Fraction(1)
        while many == 1:
            if set(per) & set(A_YEAR) and (self.letter() == "f" or mark_of(self.word()) == "@weekday"):
                break
            found = self._per(unit or noun, values[0])
            if found is None:
                break
            if found[0][0] == "+":
                noun = found[0][1:]
            else:
                per.append(found[0])
                many *= found[1]
        if unit == "" and per and not noun and self.word().isalpha():  # "80k monthly active users"
            noun = self._noun()
        if not per and ahead and unit != "%":
            per, many = [ahead[0]], ahead[1]
        if _PRICE.match(self.letters, self.at):
            self.ahead = (noun or "each", Fraction(1)) if noun not in ("×", "token") else None
        if values[0] == 1 and not noun and per and unit == "" and self.word().isalpha():
            noun = "×"
        end = self.words[min(self.at, len(self.words)) - 1].end
        return Quantity(values, unit, self.words[start].start, end, noun, tuple(per), many, whole, points)

    def _span(self) -> str:
        """The time that a part is of: the day of "half a day a week"."""
        self.at += 1
        return _period(self.word(-1))

    def _whole(self, part: Fraction) -> Fraction:
        """How many it is a part of: the 400 of "58 out of 400", "3 in 10", "410/500"."""
        begun = self.at
        if self.take(_WHOLE):
            numeral = self.numeral(-1)
            value = numeral.values[0]
            year = 2015 <= value <= 2039 and not numeral.comma and self.letter() not in "nT"
            sure = value >= part or self.word(-2) == "/"
            if value and value.denominator == 1 and sure and not year:
                return value
        self.at = begun
        return Fraction(0)

    def _noun(self) -> str:
        """What is counted, when the next words say it; up to two words may stand before the noun."""
        if match := self.take(_SKIPPED):
            return mark_of(self.words[match.start("noun")].text)[1:]
        match = self.take(_STRANGE)
        if match is None:
            return ""
        return "~gpu" if match["code"] else "~point" if match["points"] else _stem(self.word(-1))

    def _per(self, unit: str, value: Fraction, *, whole: bool = False) -> tuple[str, Fraction] | None:
        """What each is, and how many of them: "per 1,000 calls", "a day", "monthly", "/h"; a "+" marks what is counted
        ("720 hours")."""
        begun = self.at
        idle = 0
        while not whole and self.word(idle)[:1].isalpha() and not mark_of(self.word(idle)):  # "$2 on average per label"
            idle += 1
        self.at += idle if self.letter(idle) in "pe" else 0
        start = self.at
        each = self.take(_EACH)
        last = self.letter(-1) if each and each[0] else ""
        machine = self.letters[self.at : self.at + 3]
        if _MACHINE.match(machine) and (last or "h" in machine):  # "8 H100 hours", "$2 per GPU-month"
            self.take(_MACHINE)
        counted = not last or (self.letter(-1) in "gG-" and last not in "p/")
        found = self._each(last, unit, value, alone=counted and not whole)
        if found is None and self.words[start:] and phrase("one_each").fullmatch(self.words[start].text):
            self.at, found = start + 1, ("each", Fraction(1))
        self.at = begun if found is None else self.at
        return found

    def _each(self, last: str, unit: str, value: Fraction, *, alone: bool) -> tuple[str, Fraction] | None:
        self.at += self.letter() == "*" and self.letter(1) in "nT"  # "per annotated item"
        letter, word = self.letter(), self.word().removesuffix("'s")
        if letter in "NI" and last in ("p", "e", "f", "/") and not (self.letter(1) in "rk" and self.letter(-2) in "ik"):
            return self._sized(last)
        if word == "other" and last == "e" and self.letter(1) in "Dh":
            self.at += 2
            return _period(self.word(-1)), Fraction(2)
        self.at += 1
        if letter in "DhAQ" or word in _ADVERBS:
            if (not last and unit == "%") or (word == "second" and last not in ("p", "a", "e")):
                return None
            counted = alone and letter in "DhQ" and unit not in ("$", "%") and not (word in PERIODS and value > 1)
            return f"{'+' * counted}{_period(word)}", Fraction(1)
        mark = mark_of(word)
        if last and last != "t" and mark[:1] == ":":
            size = {"m": 10**6, "k": 1000}.get(word[0], 1) if letter == "T" else 1
            return mark[1:], Fraction(size)
        if last in ("p", "e", "a") and letter == "l":
            return "day" if phrase("part_of_day").fullmatch(word) else "week", Fraction(1)
        if last and letter in "qO":  # of "each sprint" nobody knows how many a year has
            return "each", Fraction(1)
        strange = mark in ("?", "vague", "*train") and word.isalpha() and letter in "uwv*gH"
        if last in ("p", "e") and strange and (len(word) > 1 or self.word(-2) == "/"):
            return _stem(word), Fraction(1)
        return None

    def _sized(self, last: str) -> tuple[str, Fraction] | None:
        """What a sized "per" is of: "per 1,000 calls", "/ 2 days"; of whatever is counted when nothing says it."""
        size, then = self.numeral().values[0] or Fraction(1), self.letter(1)
        if then in "DhA" and last != "f":
            self.at += 2
            return _period(self.word(-1)), size
        if then in "$%cDhAO":
            return None
        self.at += 1
        noun = "" if self.letter() in "pefat/" else self._noun()
        if not noun and self.letter() == "w":
            self.at += 1
            noun = _stem(self.word(-1))
        return noun or "each", size


def _is_month(word: str) -> bool:
    return phrase("month").fullmatch(word) is not None


def _period(word: str) -> str:
    mark = mark_of(word)
    if mark != "@hour":
        return _ADVERBS.get(word, mark[1:])
    return "minute" if phrase("minute").match(word) else "second" if phrase("second").match(word) else "hour"


def _stem(word: str) -> str:
    """The singular of a noun no table knows; "~" tells it from those that one knows."""
    if word.endswith("ies"):
        return f"~{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches")):
        return f"~{word[:-2]}"
    return f"~{word[:-1]}" if word[-1:] == "s" and word[-2:] != "ss" else f"~{word}"


def _ends(low: Numeral, high: Numeral) -> tuple[Fraction, Fraction]:
    """The ends of a range; the 5 of "5-6k" and the 6 of "5k-6" are in thousands too."""
    first, last = low.values[0], high.values[0]
    if low.scale == 1 and high.scale > 1 and first < last and first * high.scale <= last:
        first *= high.scale
    elif high.scale == 1 and low.scale > 1 and last < first:
        last *= low.scale
    return first, last

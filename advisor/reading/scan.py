"""Tokens as quantities: each number with its unit, what it counts and what it is per.

"100 users x 20 questions a week each" are two; what they make together is for :mod:`advisor.reading.mentions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of
from advisor.reading.marks import GLUED, PERIODS
from advisor.reading.tokens import CODE, Numeral, placed

A_YEAR: Mapping[str, int] = PERIODS | {"hour": 8760, "minute": 525_600, "second": 31_536_000}
"""How many of each a year has, day and night."""

_NEXT_TO = frozenset({"-", "to", "or", "and", "through", "maybe", "perhaps", "until", "til", "till", "..", "~", "vs"})
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "tenth": 10}
_PARTS |= {"hundredth": 100, "thousandth": 1000} | {"twentieth": 20}
_PARTS |= {f"{part}s": size for part, size in _PARTS.items()} | {"halves": 2}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "grand": 1000, "k": 1000, "million": 10**6}
_SCALES |= {"m": 10**6, "billion": 10**9}
_COINS = {"dollar": 100, "buck": 100, "cent": 1, "penny": 1, "nickel": 5, "dime": 10}
_VAGUE = {"couple": (2,), "pair": (2,), "few": (2, 3, 4)}
_ENDS = frozenset({".", ";", "+", ",", "and", "plus", "but", "(", "-"})
_BYTES = frozenset(["kb", "mb", "gb", "tb", "bytes"])
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_EACH = frozenset({"per", "/", "a", "an", "each", "every", "apiece", "for", "p", "the"})
_ADVERBS = frozenset(
    [
        "daily",
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
        "annually",
        "annual",
        "hourly",
        "annum",
        "nightly",
        "rps",
        "qps",
        "tps",
        "rpm",
        "rph",
        "qpm",
    ]
)
_MODELS = pattern(
    r"(?:gpt|o|llama|claude|sonnet|opus|haiku|gemini|qwen|mistral|phi|mixtral|gemma|v|version|prompt|run|seed|gate|tier"
    r"|top|pass@|step|q|level|sprint|release|temperature|temp|n)"
)
_FILLERS = frozenset({
    "now", "before", "after", "or", "and", "when", "if", "because", "who", "from", "according", "including", "as",
    "right", "thanks", "sorry", "tbh", "lol", "w", "so", "then", "since", "call", "honestly", "surely", "total", "via",
    "is", "are", "was", "were", "of", "in", "on", "at", "the", "that", "which", "than", "with", "for", "to", "by",
    "this", "but", "would", "today", "where", "while", "plus", "minus", "more", "less", "others", "yes", "his",
})  # fmt: skip
"""Words that may follow a number and name nothing it counts."""
_WEEKDAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
_DAYPARTS = frozenset(["night", "morning", "evening"])
_ADVERB_PERIODS = {"nightly": "day", "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"}
_ADVERB_PERIODS |= {"yearly": "year", "annual": "year", "annually": "year"}
_BEGIN = _ENDS.union(("N", "$", "usd", "a", "an", "the", "one", "every", "each", "per", "hundred", "thousand"))
_BEGIN = _BEGIN.union(_VAGUE, _TIMES, _PARTS, _ADVERB_PERIODS, (f"{word}'s" for word in _ADVERB_PERIODS))
"""Words a quantity, or what it is per, can begin with; any other is passed over."""
_ITSELF = frozenset(
    [
        "the",
        "this",
        "that",
        "which",
        "no",
        "any",
        "each",
        "every",
        "single",
        "another",
        "other",
        "last",
        "first",
        "exact",
        "tuned",
        "small",
        "big",
        "large",
        "base",
        "new",
        "not",
        "nope",
        "old",
        "same",
        "right",
        "wrong",
        "good",
        "bad",
        "cheap",
        "right",
        "this",
        "untuned",
        "only",
        "frontier",
        "second",
    ]
)
"""Words before "one" that make it no number."""
_MONTHS = pattern(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|tember|ober)?"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: its ``values`` (of a range its ends and the middle), its ``unit`` ("$", "%", "€", ""), the
    ``noun`` it counts, per how ``many`` of which nouns or periods it is, and of how many it is a part (``whole``).
    It stands from ``start`` to ``end`` in the text."""

    values: tuple[Fraction, ...]
    unit: str
    start: int
    end: int
    noun: str = ""
    per: tuple[str, ...] = ()
    many: Fraction = Fraction(1)
    whole: Fraction = Fraction(0)

    def period(self) -> str:
        return next((each for each in self.per if each in A_YEAR), "")


@lru_cache(maxsize=64)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a tidied lower-case text, in order."""
    scan = _Scan(text)
    scan.all()
    return tuple(scan.found)


class _Scan:
    """Reads quantities off the tokens of a text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words, numbers, self.spans = placed(text, GLUED)
        self.at, self.left = 0, list(reversed(numbers))
        self.found, self.open = list[Quantity](), False
        self.ahead: tuple[str, Fraction] | None = None  # what the next quantity is per: "per 1,000 calls it's $12"

    def word(self, offset: int = 0) -> str:
        place = self.at + offset
        return self.words[place] if 0 <= place < len(self.words) else ""

    def mark(self, offset: int = 0) -> str:
        return mark_of(self.word(offset))

    def all(self) -> None:
        while self.at < len(self.words):
            begun = self.at
            if self.words[begun] not in _BEGIN:
                self.at += 1
                continue
            if self.word() in _ENDS:
                self.ahead, self.open = None, False
            values, kind = self._values()
            if values:
                one = self._with_unit(begun, values, kind)
                if one.unit != "bytes":
                    self.found.append(one)
                    self.open = not one.per
            elif self.word() == "N":  # a date, a version: its number is passed over
                self.left.pop()
                self.at += 1
            else:
                self.at = max(begun, self.at - 1) if self.word() != "N" else begun
                self._look_ahead()

    def _look_ahead(self) -> None:
        """Passes over a word that is part of no quantity; "every quarter" and "per 1,000 calls" wait for the next."""
        word, begun = self.word().removesuffix("'s"), self.at
        if word in ("per", "each", "every"):
            self.at += 1
            if self.word() in _WEEKDAYS or self.word() in _DAYPARTS:
                self.ahead = ("week" if self.word() in _WEEKDAYS else "day"), Fraction(1)
            else:
                self.at = begun
                found = self._per("", (Fraction(2),), whole=True)
                if found and self.open and found[0] in A_YEAR and self.found[-1].unit in ("$", ""):
                    self.found[-1] = replace(self.found[-1], per=(found[0],), many=found[1])
                else:
                    self.ahead = found or self.ahead
        elif word in _ADVERB_PERIODS:
            self.ahead = _ADVERB_PERIODS[word], Fraction(1)
        self.at = max(self.at, begun + 1)

    # ---- the number

    def _number(self) -> Numeral:
        self.at += 1
        return self.left.pop()

    def _names_something(self) -> bool:
        """Whether the number here is a year, a day, a version: "in 2025", "3 May", "llama 3"."""
        numeral = self.left[-1]
        value, before, after = numeral.values[0], self.word(-1), self.word(1)
        worded = self.text[self.spans[self.at][0]].isalpha()
        # "10²", "point five", "one hundred two hundred", "Fr. 0.02": no number of ours.
        if after == "^" or before in ("point", "fr") or after in ("hundred", "thousand") or self.word(-2) == "fr":
            return True
        if worded and value == 1 and (before in _ITSELF or after == "for") and not self.mark(1).startswith((":", "@")):
            return True
        if worded and value < 10 and before in ("the", "these", "those", "both") and before != "of":
            return self.word(-2) not in ("of", "per")
        if 2015 <= value <= 2039 and numeral.scale == 1 and not numeral.comma and value.denominator == 1 and not worded:
            return (not self.mark(1).startswith((":", "@", "$", "%", "¢")) and self.mark(-1) not in ("$", "/")) or (
                _MONTHS.fullmatch(before) is not None
            )
        if value == 24 and after == "/" and self.word(2) == "N" and self.left[-2].values[0] == 7:
            del self.left[-2]
            self.words[self.at + 2] = "always"
            return True
        if (
            numeral.scale == 10**9
            and value < 10**12
            and not self.mark(1).startswith((":", "@"))
            and after not in ("a", "per", "/")
        ):
            return True
        if value <= 31 and (_MONTHS.fullmatch(after) or _MONTHS.fullmatch(before)) and after not in ("%", "per"):
            return after != "may" or self.word(2) not in ("be", "have", "not")
        return bool(value < 10 and _MODELS.fullmatch(before))

    def _part(self) -> Fraction | None:
        """A fraction in words: "half", "two thirds", "a quarter million"."""
        many, skip = Fraction(1), 0
        if self.word(-1) == "other" or (self.word() == "the" and self.word(1) == "other"):
            return None
        if self.word() == "N" and self.word(1) in _PARTS:
            many, skip = self.left[-1].values[0], 1
        elif self.word() in ("a", "an", "one", "every", "each"):
            skip = 1
        if self.word(skip) == "-":
            skip += 1
        part = _PARTS.get(self.word(skip))
        if part is None or (part == 4 and skip == 0 and self.word(1) not in ("of", *_SCALES)):
            return None
        if (self.word(skip) == "half" and self.word(skip + 1) in ("time", "day", "hour", "way")) or self.word(
            skip
        ) == "second":
            return None
        if part == 4 and self.word() in ("every", "each"):
            return None
        if self.word(skip) == "half" and self.word(skip + 1) in ("a", "an") and self.mark(skip + 2).startswith("@"):
            return None
        if many >= part:
            return None
        if self.word() == "N":
            self.left.pop()
        self.at += skip + 1
        return many / part

    def _values(self) -> tuple[tuple[Fraction, ...], str]:
        """The values here, and what they are by themselves: a "share", a "coin" (in dollars), or plain."""
        while self.word() in ("$", "usd"):
            self.at += 1
        vague = 1 if self.word() in ("a", "the") else 0
        if several := _VAGUE.get(self.word(vague)):
            begun = self.at
            of = self.word(vague + 1) == "of"
            name = self.word(vague)
            self.at += vague + 1 + of
            scale = self._scale()
            if scale > 1 or (name == "couple" and vague) or (name == "pair" and of and vague):
                return tuple(Fraction(each * scale) for each in several), ""
            self.at = begun
            return (), ""
        if self.word() in _TIMES and (
            self.word(1) in ("a", "per", "each", "every", "/") or self.mark(1).startswith("@")
        ):
            self.at += 1
            return (Fraction(_TIMES[self.words[self.at - 1]]),), "times"
        if self.word() in ("a", "an", "one") and self.word(1) in _COINS and self.word(-1) != "of":
            self.at += 2
            value = Fraction(_COINS[self.words[self.at - 1]], 100)
            if self.word() == "and" and self.word(1) in ("a", "one") and self.word(2) in _PARTS:
                self.at += 3
                value += value / _PARTS[self.words[self.at - 1]]
            if self.word() == "or" and self.word(1) == "N" and not self.mark(2).startswith((":", "@")):
                self.at += 1
                other = value * self._number().values[0]
                return (value, (value + other) / 2, other), "coin"
            return (value,), "coin"
        if self.word() in ("hundred", "thousand") and self.word(-1) not in ("few", "several", "per", "/", "N"):
            self.at += 1
            return (Fraction(_SCALES[self.words[self.at - 1]]),), ""
        if (part := self._part()) is not None:
            parts = [part]
            if self.word() in _NEXT_TO and self.word() != "and":
                self.at += 1
                last = self._part()
                self.at -= last is None
                parts += [(part + last) / 2, last] if last is not None else []
            if self.word() in _SCALES:
                scale = self._scale()
                return tuple(each * scale for each in parts), ""
            return tuple(parts), "share"
        if self.word() != "N" or self._names_something():
            return (), ""
        first = self._number()
        values = self._range(first)
        if self.word() in _PARTS and self.word() not in ("quarter", "half", "third"):
            self.at += 1
            return tuple(each / _PARTS[self.words[self.at - 1]] for each in values), "share"
        return values, ""

    def _scale(self) -> int:
        if self.word() in _SCALES:
            self.at += 1
            return _SCALES[self.words[self.at - 1]]
        if self.word() == "N" and self.left[-1].values[0] in (100, 1000, 10**6):
            return int(self._number().values[0])
        return 1

    def _range(self, first: Numeral) -> tuple[Fraction, ...]:
        """A range's ends and middle, where the next number is its other end."""
        skip = 0
        while self.mark(skip) in ("$", "%", "¢", "(", "@day", "@month", "@week") or self.word(skip) in (",", "(", "/"):
            skip += 1
        joined = skip
        while self.word(joined) in _NEXT_TO or self.mark(joined) == "+/-":
            joined += 1
        spread = "+/-" in (self.mark(offset) for offset in range(skip, joined))
        signs = joined
        while self.mark(signs) == "$":
            signs += 1
        between = self.word(-2) == "between" or (self.mark(-2) == "$" and self.word(-3) == "between")
        if joined == skip or self.word(signs) != "N" or (self.word(skip) == "and" and not between):
            return first.values[:1]
        low, high = _ends(first, self.left[-1])
        if not spread and (low >= high or low * 100 < high):
            return first.values[:1]
        self.at += signs
        self._number()
        if spread:
            return (low - high, low, low + high)
        return (low, (low + high) / 2, high)

    # ---- its unit, and what it is per

    def _with_unit(self, begun: int, values: tuple[Fraction, ...], kind: str) -> Quantity:
        unit, whole = "%" if kind == "share" else "$" if kind == "coin" else "", Fraction(0)
        # Of "a cent" the value is in dollars already.
        inside = {mark_of(word) for word in self.words[max(begun - 1, 0) : self.at]} if kind != "coin" else {"$"}
        start = begun - 1 if begun and mark_of(self.words[begun - 1]) in ("$", "€") else begun
        if (
            kind == "share"
            and self.word() in ("of", "a")
            and self.word(1 - (self.word() == "a")) in ("a", "one")
            and self.mark(2 - (self.word() == "a")) in ("¢", "$", "%")
            and self.word(3 - (self.word() == "a")) != "N"
        ):
            self.at -= self.word() == "a"
            unit = "%" if self.mark(2) == "%" else "$"
            values = tuple(each / 100 if self.mark(2) in ("¢", "%") else each for each in values)
            self.at += 3
        elif kind == "share" and self.mark() == "¢":
            values, unit = tuple(each / 100 for each in values), "$"
            self.at += 1
        elif kind == "share" and self.mark() == "%":
            values = tuple(each / 100 for each in values)
            self.at += 1
        else:
            cents = self.mark() == "¢" or ("¢" in inside and self.mark() != "$")
            percent = self.mark() == "%" or "%" in inside
            if self.word() == "us" and self.mark(1) == "¢":
                self.at, cents = self.at + 1, True
            if self.mark() == "€" or "€" in inside:
                unit = "€"
            elif "$" in inside or self.mark() == "$" or cents:
                unit = "$"
            elif percent:
                unit = "%"
            if cents or (percent and unit == "%"):
                values = tuple(each / 100 for each in values)
            while self.mark() in ("$", "¢", "%", "€"):
                self.at += 1
            if (
                unit == "$"
                and not cents
                and self.word() == "N"
                and 5 <= self.left[-1].values[0] < 100
                and self.mark(1) != "$"
                and self.mark(-1) == "$"
                and self.word(-1) != "$"
            ):
                values = (values[0] + self._number().values[0] / 100,)  # "three dollars fifty"
        if self.word() in _BYTES:
            unit = "bytes"
        ahead, self.ahead = self.ahead, None
        noun = self._noun()
        if noun.startswith("~") and self.word() == "of" and self.word(1) == "N":  # "5 batches of 100"
            self.ahead = noun, Fraction(1)
        elif unit in ("", "%"):
            passed = self.mark() in ("pass", "fail") and self.word(1) in ("of", "out") and not noun
            self.at += passed
            whole = self._whole(values[0] if unit == "" else Fraction(0))
            self.at -= passed and not whole
        if not noun and whole:
            noun = self._noun()
        if kind == "times":
            noun = "×"
        per, many = list[str](), Fraction(1)
        while found := self._per(unit or noun, values):
            each, size = found
            if each.startswith("+"):
                noun = each[1:]
                continue
            per.append(each)
            many *= size
        if unit == "" and per and not noun and self.word().isalpha():  # "80k monthly active users"
            noun = self._noun()
        if not per and ahead and unit != "%":
            per, many = [ahead[0]], ahead[1]
        if (
            self.word() in ("of", "at", "x", "*", "@")
            and self.mark(1) in ("$", "N")
            and "$" in (self.mark(1), self.mark(2))
        ) or (self.word() in ("of", "at", "x", "*", "@") and self.word(1) == "N" and self.mark(2) in ("$", "¢")):
            self.ahead = (noun or "each", Fraction(1)) if noun != "×" else None
        if noun in A_YEAR and self.word() in ("at", "x", "*", "@", "×") and self.word(1) == "N":
            self.ahead = noun, Fraction(1)
        if values == (Fraction(1),) and noun == "" and per and unit == "" and self.word().isalpha():
            noun = "×"
        end = self.spans[min(self.at, len(self.words)) - 1][1]
        return Quantity(values, unit, self.spans[start][0], end, noun, tuple(per), many, whole)

    def _whole(self, part: Fraction) -> Fraction:
        """How many it is a part of: the 400 of "58 out of 400", "3 in 10", "410/500"."""
        skip = (
            2
            if self.word() == "out" and self.word(1) == "of"
            else 1
            if self.word() in ("of", "in", "from", "/", "per")
            else 0
        )
        if not skip:
            return Fraction(0)
        skip += self.word(skip) in ("the", "our", "those", "them", "all", "every", "these")
        if self.word(skip) != "N" or self.mark(skip + 1) in ("%", "$", "¢") or self.word(skip + 1) in A_YEAR:
            return Fraction(0)
        whole = self.left[-1].values[0]
        year = 2015 <= whole <= 2039 and not self.left[-1].comma and not self.mark(skip + 1).startswith(":")
        if whole.denominator > 1 or not whole or year or (whole < part and self.word() != "/"):
            return Fraction(0)
        self.at += skip + 1
        self.left.pop()
        return whole

    def _noun(self) -> str:
        """What is counted, when the next words say it; up to two words may stand before the noun."""
        for ahead in range(3):
            mark = self.mark(ahead)
            if self.word(ahead) in ("human", "expert", "gpu", "ai"):
                mark = "?"
            if self.word(ahead) in _BYTES:
                return ""
            if mark.startswith(":"):
                self.at += ahead + 1
                while self.mark().startswith(":") and self.mark() != ":token":
                    self.at += 1
                return mark[1:]
            times = self.word() in ("x", "*", "×")
            if self.word(times) == CODE and self.mark(times + 1) != "@hour" and ahead == 0:
                self.at += 1 + times
                return "~gpu"
            if (
                self.word(ahead) == "N"
                or not self.word(ahead).isalpha()
                or (mark[:1] in "@$¢%€>-" and mark)
                or self.word(ahead) in (_EACH | _FILLERS)
            ):
                break
        word = self.word()
        if word in ("pts", "pp", "points", "point"):
            self.at += 1
            return "~point"
        strange = (
            word.isalpha() and word not in _FILLERS | _EACH and self.mark() in ("?", "vague", "pass", "*eval", "*train")
        )
        if strange and len(word) > 2 and word.endswith("s") and not word.endswith("ss"):
            self.at += 1
            return _stem(word)
        if (
            strange
            and self.mark() == "?"
            and (self.word(1) in _EACH - {"a", "the", "for"} or self.word(1) in _ADVERB_PERIODS)
        ):
            self.at += 1
            return _stem(word)
        if (
            strange
            and self.mark() == "?"
            and self.word(1).endswith("s")
            and self.mark(1) == "?"
            and self.word(1) not in _FILLERS
        ):
            self.at += 2
            return _stem(self.words[self.at - 1])
        return ""

    def _per(self, unit: str, values: tuple[Fraction, ...], *, whole: bool = False) -> tuple[str, Fraction] | None:
        """What each is, and how many of them: "per 1,000 calls", "a day", "monthly", "/h"; a "+" marks what is counted
        ("720 hours")."""
        skip = 1 if self.word() in ("in", "out", "input", "output") and self.word(1) in ("per", "/") else 0
        if self.word() == "in" and self.word(1) in ("a", "an", "one", "that", "every", "each"):
            skip = 2
        while self.word(skip) in _EACH:
            skip += 1
        if self.word(skip) in ("gpu", "engineer", "-", CODE):  # "8 H100 hours", "40 GPU-hours", "$2 per GPU-month"
            dash = self.word(skip) != "-" and self.word(skip + 1) == "-"
            hours = self.mark(skip + 1 + dash)
            skip += 1 + dash if hours == "@hour" or (skip and hours in ("@day", "@month")) else 0
        last = self.word(skip - 1) if skip else ""
        if self.word(skip) == "N" and last in ("per", "/", "every", "for", "each"):
            noun, size = self.mark(skip + 1), self.left[-1].values[0]
            if noun.startswith("@") and last != "for" and self.word(skip + 1):
                self.left.pop()
                self.at += skip + 2
                return _period(noun, self.words[self.at - 1]), size or Fraction(1)
            if (noun.startswith(":") or not noun.startswith("@")) and noun not in ("$", "%", "¢"):
                self.left.pop()
                self.at += skip + 1
                thing = self._noun() if self.word() not in _EACH else ""
                if not thing and self.word().isalpha() and self.mark() == "?" and self.word() not in _FILLERS:
                    self.at += 1
                    thing = _stem(self.words[self.at - 1])
                return thing or "each", size or Fraction(1)
        word = self.word(skip).removesuffix("'s")
        mark = mark_of(word) if word not in _ADVERB_PERIODS else f"@{_ADVERB_PERIODS[word]}"
        if word == "second" and last not in ("per", "/", "a", "every", "gpu", "-"):
            return None
        if word == "other" and mark_of(self.word(skip + 1)).startswith("@") and last == "every":
            self.at += skip + 2
            return _period(self.mark(-1), self.word(-1)), Fraction(2)
        if mark.startswith("@") and mark != "@odd":
            period = _period(mark, word)
            self.at += skip + 1
            alone = (
                (skip == 0 or self.words[self.at - 2] in ("gpu", "engineer", "-", CODE))
                and not whole
                and unit not in ("$", "%")
            )
            counted = alone and word not in _ADVERBS | set(_ADVERB_PERIODS) and not (word in PERIODS and values[0] != 1)
            return (f"+{period}" if counted else period), Fraction(1)
        if skip and last != "the" and mark.startswith(":"):
            self.at += skip + 1
            return mark[1:], Fraction(1)
        if skip and (word in ("pop", "piece", "time") or self.word() in ("each", "apiece")):
            self.at += skip + (word in ("pop", "piece", "time"))
            return "each", Fraction(1)
        if (
            last in ("per", "/", "every", "each")
            and word.isalpha()
            and mark in ("?", "vague", "*train")
            and (len(word) > 1 or last == "/")
            and (word not in ("one", "of", "other", "single"))
        ):
            self.at += skip + 1
            return _stem(word), Fraction(1)
        return None


def _period(mark: str, word: str) -> str:
    if mark != "@hour":
        return mark[1:]
    return (
        "minute"
        if word.startswith("min") or word in ("rpm", "qpm")
        else ("second" if word.startswith(("s", "rps", "qps", "tps")) else "hour")
    )


def _stem(word: str) -> str:
    """The singular of a noun no table knows; "~" tells it from those that one knows."""
    if word.endswith("ies"):
        return f"~{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches")):
        return f"~{word[:-2]}"
    return f"~{word[:-1]}" if word[-1:] == "s" and word[-2:] != "ss" else f"~{word}"


def _ends(low: Numeral, high: Numeral) -> tuple[Fraction, Fraction]:
    """The 5 of "5-6k" is in thousands too."""
    first, last = low.values[0], high.values[0]
    if high.scale > 1 and first < last / high.scale * 2 and first < last:
        first *= high.scale if low.scale == 1 and first * high.scale <= last else 1
    return first, last

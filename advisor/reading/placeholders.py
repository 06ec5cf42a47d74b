"""A text as a line of words in which every quantity is a placeholder, so that a frame can be written for it.

"~$0.005/call, 95% of our 400 docs" is ``"$0 per call , %1 of #2 docs ."``: ``#`` a count, ``$`` dollars, ``%`` a share,
``&`` so many of so many, ``~`` what is no value in dollars (a vague one, euros); a period is ``@month``, a bound ``<``
when it may be more and ``≤`` when it may not, a range its middle. What is a quantity, and where it ends, is said by
:func:`advisor.reading.quantities.quantities`.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of
from advisor.reading.quantities import GLUED, PERIODS, Quantity, quantities
from advisor.reading.tokens import placed, tidy
from advisor.rulebook import frames_in

LOOKED_AT = 4000
"""Characters of a text that are read; also what keeps every frame cheap."""
_DIGITS, _MOST = pattern(r"\d+"), 250
_RUNS = pattern(r"([^\w\s.])\1{2,}")
_SHORT = pattern(r"(?i)\b(i\.e|e\.g|approx|vs|incl|ca|acc|resp|est|avg)\.")
_SIZE = pattern(r"\d+(?:\.\d+)?b\b")
_AMBIGUOUS = pattern(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?!\d)|\d{3} [1-9]\d\d(?!\d)|(?:\d ?|\b)(?:mm|mil)\b")
_CENTS = pattern(r"¢|(?:\b|(?<=\d))c(?:ts?|ents?)?\b")
_QUOTATION = pattern(r'"([^"¶]*)"')
_NEXT = pattern(r"(?<=[\dkm]) (?=\$\d)")  # "40k $0.01": the sign is the next one's
_OURS = pattern(
    r"\b(?:our|my|(?:board|team|project|internal|steering|planning) (?:paper|memo|minutes|slides?|deck|doc))\b"
    r"(?! (?:vendor|supplier|consultant|competitor|agency|provider|rival))(?:[^.\"]|\.(?= ?\d)){0,90}$"
)
_HEADED = pattern(r"(?<=¶ )((?!yes|no)[a-z]{4,}(?: [a-z]+)?)\.(?= \w)")
_QUOTED, _HEADING = 6, 6
"""Words: of more a quotation is somebody else's, and what stands before a question mark is a question."""
_WORD = pattern(
    r"(?P<year>p\.a\b\.?)|(?P<word>[^\W_]*\d(?:\w|[.,](?=\w))*|[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<arrow>[-=]>)|(?P<sign>[<>]=|\S)"
)
_OF_NUMBERS = ("$", "¢", "%", "€", "vague")
_SIGNS = dict(zip("!¶,;():=→/+&<>≤≥❝", [*"..,,,,::→", "per", "and", "and", *'≤<≤<"'], strict=True))


class Figure(NamedTuple):
    """A placeholder's ``value`` in dollars, as a share or a count of a ``noun``; of "58 of 90" the ``whole`` is 90.
    ``worded`` are those without a digit: "half". Of a range it is the middle, between its ``ends``."""

    kind: str
    value: Fraction
    whole: Fraction = Fraction(0)
    worth: Fraction = Fraction(1)  # of a cent 1/100
    noun: str = ""
    worded: bool = False
    ends: tuple[Fraction, ...] = ()


@dataclass(slots=True)
class Line:
    """The ``text`` of words and placeholders, the ``figures`` behind these, and where each word stood in ``source``."""

    source: str
    figures: list[Figure] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source the words from ``start`` to ``end`` of the text stood."""
        first, last = (max(0, bisect_right(self.starts, at) - 1) for at in (start, max(start, end - 1)))
        return self.spans[first][0], self.spans[last][1]

    def begins(self, at: int) -> int:
        """Where the sentence of a place begins."""
        place = bisect_right(self.ends, at)
        return self.ends[place - 1] if place else 0

    def sentence(self, at: int) -> str:
        return self.text[self.begins(at) : self.ends[bisect_right(self.ends, at)]]

    def add(self, word: str | Figure, start: int, end: int) -> None:
        if isinstance(word, Figure):
            self.figures.append(word)
            word = f"{word.kind}{len(self.figures) - 1}"
        self.words.append(word)
        self.spans.append((start, end))

    def drop(self) -> int:
        """Takes the last word back; where it stood."""
        self.words.pop()
        return self.spans.pop()[0]

    def last(self, back: int = 1) -> str:
        return self.words[-back] if len(self.words) >= back else ""


@cache
def listed(name: str) -> frozenset[str]:
    """Words of a list in ``rules/frames.toml``."""
    return frozenset(frames_in().line[name].split(", "))


def line_of(text: str) -> Line:
    """The first 4,000 characters of a text as a line, of a table fewer."""
    numbers = [match.start() for match in _DIGITS.finditer(text, 0, LOOKED_AT)]
    text = text[: numbers[_MOST] if len(numbers) > _MOST else LOOKED_AT]
    source = tidy(_SHORT.sub(r"\1", _RUNS.sub(r"\1\1", text)).replace("\n", " ¶ "))
    low = source.lower()
    if len(low) != len(source):  # "İ" is two letters when small
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in source)
    low = _HEADED.sub(r"\1:", low)
    low = _NEXT.sub("¦", _QUOTATION.sub(_unquoted, low).replace(" per cent", " percent "))
    line, place = Line(source.replace("¶", " ")), 1
    _add(line, low, 0, len(low))
    line.add(".", len(low), len(low))
    line.text = " " + " ".join(line.words)
    for word in line.words:
        line.starts.append(place)
        place += len(word) + 1
        if word in (".", "?"):
            line.ends.append(place - 1)
    return line


def _unquoted(quotation: re.Match[str]) -> str:
    """A long quotation is one sign: somebody else's, if it is not said to be ours. Of others only the marks go."""
    inside, start = quotation[1], quotation.start()
    ours = len(inside.split()) <= _QUOTED or _OURS.search(quotation.string, max(0, start - 120), start)
    return f" {inside} " if ours else f"❝{' ' * (len(inside) + 1)}"


def _add(line: Line, low: str, at: int, end: int) -> None:
    begun = at
    for one in quantities(low[begun:end]):
        _add_words(line, low, at, one.start + begun)
        at = _add_figure(line, low, begun, one)
    _add_words(line, low, at, end)


# ---- words and signs


def _add_words(line: Line, low: str, begin: int, end: int) -> None:
    for match in _WORD.finditer(low, begin, end):
        if word := match["word"]:
            mark, start = mark_of(word), match.start()
            if mark[:1] == "@" and mark != "@odd":
                if line.last() in ("a", "an", "per", "each", "every"):
                    start, word = line.drop(), mark
                elif word.endswith(("ly", "annual")):
                    word = mark
                word = "@odd" if word == "@hour" and match["word"][0] != "h" else word
            line.add(word, start, match.end())
        elif match["year"] or match["arrow"]:
            line.add("@year" if match["year"] else "→", *match.span())
        else:
            _add_sign(line, low, match.start(), end)


def _add_sign(line: Line, low: str, start: int, end: int) -> None:
    sign, after = low[start], low[start + 1 : start + 9]
    if sign == "." and (after[:1].strip() or line.last() in ("dr", "prof", "mr", "mrs", "ms")):
        pass
    elif sign == "-" and low[start - 1 : start].isspace() and line.last() not in ("", "."):
        answer = start + 2 >= end or (after.split() or [""])[0].strip(",.") in listed("replies")
        line.add(":" if answer else ",", start, start + 1)
    elif sign == "/" and line.last() == "w":
        line.words[-1] = "with"
    elif sign in ".?":
        line.add(":" if sign == "?" and _is_heading(line, after.strip()) else sign, start, start + 1)
    elif sign in _SIGNS:
        line.add(_SIGNS[sign], start, start + 1)


def _is_heading(line: Line, after: str) -> bool:
    """Whether what stands before a question mark is answered behind it: "Few-shot? Yes, five"."""
    words = line.words[-_HEADING - 1 :]
    heading = words[max((place for place, word in enumerate(words) if word in (".", "?", ",", ":")), default=-1) + 1 :]
    return 0 < len(heading) <= _HEADING and heading[0] not in listed("asking") and after[:1] not in ("", *"¶?!.")


# ---- quantities


def _add_figure(line: Line, low: str, begun: int, one: Quantity) -> int:
    """One quantity as placeholders; where to read on."""
    start, end = one.start + begun, one.end + begun
    at = start + _upto(low[start:end]) if one.noun or one.per else end
    raw, behind = low[start:at], low[at : at + 2]
    if (raw in ("one", "zero") and not one.unit) or one.noun == "×" or _SIZE.match(raw):  # "twice", "an 8b"
        _add_words(line, low, start, at)
        return at
    if line.last() in ("", ".") and raw.isdigit() and behind in (". ", ") "):
        return at + 1  # "1. Collect ..."
    begin = _unhedged(line, start)
    more = behind[:1] == "+" and not behind[1:].isdigit()
    many = Fraction(1) if " for " in low[at:end] else one.many  # a bill "for 8,000 calls" is no price of one
    for each in _told(one, raw, many, vague=more, moving=line.last() in ("from", "→")):
        line.add(_alike(line, each) if isinstance(each, Figure) else each, begin, at)
    if many != one.many:
        _add(line, low, at, end)
        return end
    if many == 1:
        return at + more
    for per in one.per:
        for word in (f"@{per}",) if per in PERIODS else ("per", per.lstrip("~")):
            line.add(word, at, end)
    return end


def _told(one: Quantity, raw: str, many: Fraction, *, vague: bool, moving: bool) -> tuple[str | Figure, ...]:
    """A quantity as placeholders: two where it is a share of so many, or the ends of a way."""
    ends = len(one.values) > 1 and (moving or " vs " in raw)
    spans = len(one.values) > 1 and not ends
    vague = vague or (spans and not any(map(str.isdigit, raw))) or (one.noun == "~point" and one.unit == "%")
    vague = vague or (one.unit != "%" and _AMBIGUOUS.search(raw) is not None) or raw == "50/50"
    worth = Fraction(1, 100) if _CENTS.search(raw) else Fraction(1)
    kind = "~" if vague else one.unit.replace("€", "~") or "#"
    worded = not any(map(str.isdigit, raw.split(" of ", maxsplit=1)[0]))
    first, last = (
        Figure(kind, value / many, worth=worth, noun=one.noun, worded=worded)
        for value in (one.values[0], one.values[-1])
    )
    if spans and not vague and not one.whole:
        told = tuple(value / many for value in one.values)
        return (first._replace(value=told[1], ends=(told[0], told[-1])),)
    if ends or vague or not one.whole:
        return (first, "vs" if " vs " in raw else "to", last) if ends else (first,)
    words = raw.split()
    inside = [word for word in words if mark_of(word).startswith((":", "pass", "fail"))]  # "58 pass of 90"
    whole = Figure("#", one.whole)
    if one.unit and worded:
        return (whole._replace(value=first.value * one.whole, noun=one.noun),)  # "a quarter of a million"
    if one.unit or words[0] == "one":
        return (first if one.unit else "one", *inside, "of", whole)
    if {"in", "from", "per"} & set(words):  # of "1 in 30" nobody counted the thirty
        return (Figure("%", first.value / one.whole), *inside)
    return (Figure("&", first.value / one.whole, one.whole), *inside)


def _upto(text: str) -> int:
    """Where in a quantity's text the number ends, with its unit and its whole, before what it counts or is per."""
    words, _, spans = placed(text, GLUED)
    per = next((at for at, word in enumerate(words) if at and word in ("per", "for")), len(words))
    places = [at for at, word in enumerate(words[:per]) if word == "N" or mark_of(word) in _OF_NUMBERS]
    return spans[places[-1]][1] if places else len(text)


def _unhedged(line: Line, start: int) -> int:
    """Takes "about" back and makes a bound of "at least" and "under"; where the quantity begins."""
    while line.last() in listed("hedges"):
        line.drop()
    if line.last() == "us":
        start = line.drop()
    for name, sign in (("bounds", "<"), ("ceilings", "≤")):
        two = f"{line.last(2)} {line.last()}" in listed(name)
        if two:
            line.drop()
        if two or line.last() in listed(name):
            line.words[-1] = sign
    return start


def _alike(line: Line, figure: Figure) -> Figure:
    """The two ends of "from 3 cents to 0.1" are in one unit."""
    other = line.last(2)
    if not other[1:].isdigit() or not (line.last() == "→" or (line.last() == "to" and line.last(3) == "from")):
        return figure
    before = line.figures[int(other[1:])]
    if before.kind == "#" and figure.kind in ("$", "%"):
        mended = figure._replace(value=before.value * figure.worth, ends=())
        line.figures[int(other[1:])], line.words[-2] = mended, mended.kind + other[1:]
    elif figure.kind == "#" and before.kind in ("$", "%"):
        return before._replace(value=figure.value * before.worth, ends=())
    return figure

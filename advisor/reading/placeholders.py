"""A text as a line of words in which every quantity is a placeholder, so that a frame can be written for it.

"~$0.005/call, 95% of our 400 docs" is ``"$0 per call , %1 of #2 docs ."``: ``#`` a count, ``$`` dollars, ``%`` a share,
``&`` so many of so many, ``~`` what is no single value in dollars (a range, euros); a period is ``@month``, a bound
``<``. What is a quantity, and where it ends, is said by :func:`advisor.reading.scan.quantities`.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from fractions import Fraction

from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of
from advisor.reading.marks import PERIODS
from advisor.reading.scan import Quantity, quantities
from advisor.reading.tokens import tidy

LOOKED_AT = 4000
"""Characters of a text that are read; also what keeps every frame cheap."""

_RUNS = pattern(r"([^\w\s.])\1{2,}")
_SHORT = pattern(r"(?i)\b(i\.e|e\.g|approx|vs|incl|ca|acc|resp|est|avg)\.")
_SIZE = pattern(r"\d+(?:\.\d+)?b\b")
_AMBIGUOUS = pattern(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?!\d)|\d{3} [1-9]\d\d(?!\d)|\d ?(?:mm|mil)(?!\w)")
_CENTS = pattern(r"¢|(?<![^\W\d_])(?:cents?|c|ct|cts|penn\w+)(?![^\W\d_])")
_QUOTATION = pattern(r'"([^"¶]*)"')
_QUOTED = 6
"""Words between two quotation marks from which they are somebody else's."""
_INTRODUCED, _OURS = 60, pattern(r"\b(?:our|my)\b[^.\"]*$")
"""Characters before a quotation that may say "from our planning doc:"."""
_WORD = pattern(
    r"(?P<year>p\.a\b\.?)|(?P<word>[^\W_]*\d(?:\w|[.,](?=\w))*|[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<arrow>[-=]>)|(?P<sign>\S)"
)
_HEDGES = frozenset("around about roughly approximately approx circa ca some say maybe perhaps est only just".split())
_BOUNDS = frozenset(
    "over,under,above,below,nearly,almost,exceeding,more than,less than,fewer than,at least,at most,up to".split(",")
)
_EACH = frozenset("a an per each every".split())
_HOURS = frozenset("hour hours hourly hr hrs h".split())
_SIGNS = dict(zip("!¶,;():=→/+&<>≤≥❝", [*"..,,,,::→", "per", "and", "and", *'<<<<"'], strict=True))
_REPLIES = frozenset("yes no not none done tried never yep nope nobody".split())
"""What may follow a dash as an answer: "retrieval - not needed"."""
_HEADING = 6
"""Words that may be a heading rather than a question."""
_ASKING = frozenset(
    "should can is are do does did what how why which who when where would could will shall am has have was were any may "
    "isn't aren't doesn't don't wouldn't couldn't shouldn't if whats what's hows how's and or so".split()
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A placeholder's ``value`` in dollars, as a share or a count; of "58 of 90" the ``whole`` is 90, of "40k a month"
    the ``period`` month."""

    kind: str
    value: Fraction
    whole: Fraction = Fraction(0)
    period: str = ""
    worth: Fraction = Fraction(1)  # of a cent 1/100


@dataclass(slots=True)
class Line:
    """The ``text`` of words and placeholders, the ``figures`` behind these, and where each word stood in ``source``."""

    source: str
    figures: list[Figure] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    text: str = ""
    starts: list[int] = field(default_factory=list)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source the words from ``start`` to ``end`` of the text stood."""
        first, last = (max(0, bisect_right(self.starts, at) - 1) for at in (start, max(start, end - 1)))
        return self.spans[first][0], self.spans[last][1]

    def add(self, word: str, start: int, end: int) -> None:
        self.words.append(word)
        self.spans.append((start, end))

    def drop(self) -> int:
        """Takes the last word back; where it stood."""
        self.words.pop()
        return self.spans.pop()[0]

    def last(self, back: int = 1) -> str:
        return self.words[-back] if len(self.words) >= back else ""


def line_of(text: str) -> Line:
    """The first 4,000 characters of a text as a line."""
    source = tidy(_SHORT.sub(r"\1", _RUNS.sub(r"\1\1", text[:LOOKED_AT])).replace("\n", " ¶ "))
    low = source.lower()
    if len(low) != len(source):  # "İ" is two letters when small
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in source)
    low = _QUOTATION.sub(_unquoted, low).replace(" per cent", " percent ")
    line = Line(source.replace("¶", " "))
    _add(line, low, 0, len(low))
    line.add(".", len(low), len(low))
    line.text = " " + " ".join(line.words)
    place = 1
    for word in line.words:
        line.starts.append(place)
        place += len(word) + 1
    return line


def _unquoted(quotation: re.Match[str]) -> str:
    """A long quotation is one sign: somebody else's, if it is not said to be ours. Of others only the marks go."""
    inside, before = quotation[1], quotation.string[max(0, quotation.start() - _INTRODUCED) : quotation.start()]
    ours = len(inside.split()) <= _QUOTED or _OURS.search(before)
    return f" {inside} " if ours else f"❝{' ' * (len(inside) + 1)}"


def _add(line: Line, low: str, at: int, end: int) -> None:
    begun = at
    for one in quantities(low[begun:end]):
        one = replace(one, start=one.start + begun, upto=one.upto + begun, end=one.end + begun)
        if one.start >= at:
            _add_words(line, low, at, one.start)
            at = _add_figure(line, low, one)
    _add_words(line, low, at, end)


# ---- words and signs


def _add_words(line: Line, low: str, begin: int, end: int) -> None:
    for match in _WORD.finditer(low, begin, end):
        if match["word"]:
            _add_word(line, match["word"], *match.span())
        elif match["year"] or match["arrow"]:
            line.add("@year" if match["year"] else "→", *match.span())
        else:
            _add_sign(line, low, match.start(), end)


def _add_word(line: Line, word: str, start: int, end: int) -> None:
    mark = mark_of(word)
    if mark.startswith("@") and mark != "@odd":
        if line.last() in _EACH:
            start = line.drop()
        elif not word.endswith(("ly", "annual")):
            mark = word
        line.add("@odd" if mark == "@hour" and word not in _HOURS else mark, start, end)
    else:
        line.add(word, start, end)


def _add_sign(line: Line, low: str, start: int, end: int) -> None:
    sign, after = low[start], low[start + 1 : start + 2]
    if sign == ".":
        if not after or after.isspace():
            line.add(".", start, start + 1)
    elif sign == "-" and low[start - 1 : start].isspace() and line.last() not in ("", "."):
        answer = low[start + 1 : start + 9].split()
        line.add(":" if start + 2 >= end or (answer and answer[0].strip(",.") in _REPLIES) else ",", start, start + 1)
    elif sign == "/" and line.last() == "w":
        line.words[-1] = "with"
    elif sign == "?":
        line.add(":" if _is_heading(line, low[start + 1 : start + 3].strip()) else "?", start, start + 1)
    elif sign in _SIGNS:
        line.add(_SIGNS[sign], start, start + 1)


def _is_heading(line: Line, after: str) -> bool:
    """Whether what stands before a question mark is answered behind it: "Few-shot? Yes, five"."""
    words = line.words[-_HEADING - 1 :]
    heading = words[max((place for place, word in enumerate(words) if word in (".", "?", ",", ":")), default=-1) + 1 :]
    return 0 < len(heading) <= _HEADING and heading[0] not in _ASKING and after[:1] not in ("", "¶", "?", "!", ".")


# ---- quantities


def _add_figure(line: Line, low: str, one: Quantity) -> int:
    """One quantity as a placeholder, or two where it is a whole or the end of a way; where to read on."""
    raw, at = low[one.start : one.upto], one.upto
    named = raw == "one" and not one.unit or (raw == "zero" and low[at + 1 :].startswith("shot"))
    if named or one.noun == "×" or _SIZE.match(raw):  # "one of them", "twice", "an 8b"
        _add_words(line, low, one.start, at)
        return at
    if line.last() in ("", ".") and raw.isdigit() and low[at : at + 1] in (".", ")") and low[at + 1 : at + 2] == " ":
        return at + 1  # "1. Collect ..."
    moving = line.last() in ("from", "→")
    start = _unhedged(line, one.start)
    many = Fraction(1) if " for " in low[at : one.end] else one.many  # a bill "for 8,000 calls" is no price of one
    worth = Fraction(1, 100) if _CENTS.search(raw) else Fraction(1)
    figure = Figure(one.unit.replace("€", "~") or "#", one.values[0] / many, period=one.period(), worth=worth)
    more = low[at : at + 1] == "+" and not low[at + 1 : at + 2].isdigit()
    ends = len(one.values) > 1 and (moving or " vs " in raw)
    if more or (one.noun == "~point" and one.unit) or (len(one.values) > 1 and not ends) or _is_two(one, raw):
        figure = replace(figure, kind="~")
    if ends:
        _put(line, figure, start, at)
        line.add("vs" if " vs " in raw else "to", start, at)
        figure = replace(figure, value=one.values[-1] / many)
    if one.whole and figure.kind == "#":
        figure = _so_many(line, figure, one, raw, start)
    _put(line, _alike(line, figure), start, at)
    for word in raw.split() if one.whole else ():
        if mark_of(word).startswith((":", "pass", "fail")):
            line.add(word, start, at)
    if one.whole and one.unit:
        line.add("of", start, at)
        _put(line, Figure("#", one.whole), start, at)
    if many != one.many:
        _add(line, low, at, one.end)
        return one.end
    if many == 1:
        return at + more
    for each in one.per:
        line.add("@" + each if each in PERIODS else "per", start, one.end)
        if each not in PERIODS:
            line.add(each.lstrip("~"), start, one.end)
    return one.end


def _is_two(one: Quantity, raw: str) -> bool:
    """Whether its writing allows two values: "1.200", "5 mm"."""
    return one.unit != "%" and _AMBIGUOUS.search(raw) is not None


def _so_many(line: Line, part: Figure, one: Quantity, raw: str, start: int) -> Figure:
    """So "58 of 90", "58/90"; of "1 in 30" nobody counted the thirty."""
    if raw.startswith("one "):
        line.add("one", start, one.upto)
        line.add("of", start, one.upto)
        return Figure("#", one.whole)
    if {"in", "from", "per"} & set(raw.split()):
        return replace(part, kind="%", value=part.value / one.whole)
    return replace(part, kind="&", value=part.value / one.whole, whole=one.whole)


def _unhedged(line: Line, start: int) -> int:
    """Takes "about" back and makes a bound of "at least"; where the quantity begins."""
    while line.last() in _HEDGES:
        line.drop()
    if line.last() == "us":
        start = line.drop()
    if f"{line.last(2)} {line.last()}" in _BOUNDS:
        first = line.drop() and line.drop()
        line.add("<", first, start)
    elif line.last() in _BOUNDS:
        line.words[-1] = "<"
    return start


def _alike(line: Line, figure: Figure) -> Figure:
    """The two ends of "from 3 cents to 0.1" are in one unit."""
    other = line.last(2)
    if not other[1:].isdigit() or not (line.last() == "→" or (line.last() == "to" and line.last(3) == "from")):
        return figure
    before = line.figures[int(other[1:])]
    if before.kind == "#" and figure.kind in ("$", "%"):
        mended = replace(figure, value=before.value * figure.worth)
        line.figures[int(other[1:])], line.words[-2] = mended, mended.kind + other[1:]
    elif figure.kind == "#" and before.kind in ("$", "%"):
        return replace(before, value=figure.value * before.worth)
    return figure


def _put(line: Line, figure: Figure, start: int, end: int) -> None:
    line.add(f"{figure.kind}{len(line.figures)}", start, end)
    line.figures.append(figure)

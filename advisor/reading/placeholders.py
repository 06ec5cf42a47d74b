"""A text as a line of words in which every number is a placeholder, so that a frame can be written for it.

"~$0.005/call, 95% of our 400 docs" is ``"$0 per call , %1 of our #2 docs ."``: ``#`` a count, ``$`` dollars, ``%`` a
share, ``&`` so many of so many, ``~`` what is no single value in dollars (a range, euros); a period is ``@month``, a
bound ``<``.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of
from advisor.reading.quantities import GLUED
from advisor.reading.tokens import CODE, placed, tidy

LOOKED_AT = 4000
"""Characters of a text that are read; also what keeps every frame cheap."""

_RUNS = pattern(r"([^\w\s.])\1{2,}")
_SHORT = pattern(r"(?i)\b(i\.e|e\.g|approx|vs|incl|ca|acc|resp|est|avg)\.")
_SIZE = pattern(r"\d+(?:\.\d+)?b")
_VERSION = pattern(r"\d(?:\.\d+)?")
_NAMES = frozenset(
    [
        "gpt",
        "llama",
        "claude",
        "gemini",
        "qwen",
        "phi",
        "mistral",
        "sonnet",
        "opus",
        "haiku",
        "gemma",
        "version",
        "step",
        "gate",
        "chapter",
        "section",
        "top",
        "q",
        "v",
    ]
)
"""Words behind which a number is a name."""
_HEDGES = frozenset(
    [
        "around",
        "about",
        "roughly",
        "approximately",
        "approx",
        "circa",
        "ca",
        "some",
        "say",
        "maybe",
        "perhaps",
        "~",
        "≈",
        "est",
        "only",
        "just",
    ]
)
_BOUNDS = frozenset(["over", "under", "above", "below", "nearly", "almost", "exceeding", "<", ">", "≤", "≥"])
_BOUNDS_OF_TWO = frozenset(
    {("more", "than"), ("less", "than"), ("fewer", "than"), ("at", "least"), ("at", "most"), ("up", "to")}
)
_EACH = frozenset({"a", "an", "per", "each", "every", "/"})
_HOURS = frozenset({"hour", "hours", "hourly", "hr", "hrs", "h"})
_SIGNS = {
    "!": ".", "?": "?", "¶": ".", ",": ",", ";": ",", "(": ",", ")": ",", ":": ":", "=": ":", "→": "→", "/": "per",
    "+": "and", "&": "and", "$": "$",
}  # fmt: skip
_OURS = frozenset({"the", "our", "those", "these", "all", "my"})
_REPLIES = frozenset(["yes", "no", "not", "none", "done", "tried", "never", "N", "$", "yep", "nope", "nobody"])
"""What may follow a dash as an answer: "retrieval - not needed"."""
_HEADING = 6
"""Words that may be a heading rather than a question."""
_ASKING = frozenset(
    [
        "should",
        "can",
        "is",
        "are",
        "do",
        "does",
        "did",
        "what",
        "how",
        "why",
        "which",
        "who",
        "when",
        "where",
        "would",
        "could",
        "will",
        "shall",
        "am",
        "has",
        "have",
        "was",
        "were",
        "any",
        "may",
        "isn't",
        "aren't",
        "doesn't",
        "don't",
        "wouldn't",
        "couldn't",
        "shouldn't",
        "if",
        "whats",
        "what's",
        "hows",
        "how's",
        "and",
        "or",
        "so",
    ]
)
_QUOTED = 6
"""Tokens between two quotation marks from which they are somebody else's words."""


@dataclass(frozen=True, slots=True)
class Figure:
    kind: str
    value: Fraction
    whole: Fraction = Fraction(0)  # of "58 of 90" the 90
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

    def add(self, word: str, start: int, end: int) -> None:
        self.words.append(word)
        self.spans.append((start, end))

    def close(self) -> "Line":
        self.add(".", len(self.source), len(self.source))
        self.text = " " + " ".join(self.words)
        at = 1
        for word in self.words:
            self.starts.append(at)
            at += len(word) + 1
        return self

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source the words from ``start`` to ``end`` of the text stood."""
        first, last = (max(0, bisect_right(self.starts, at) - 1) for at in (start, max(start, end - 1)))
        return self.spans[first][0], self.spans[last][1]


def line_of(text: str) -> Line:
    """The first 4,000 characters of a text as a line."""
    text = _SHORT.sub(r"\1", _RUNS.sub(r"\1\1", text[:LOOKED_AT]))
    return _Writer(tidy(text.replace("\n", " ¶ "))).line()


class _Writer:
    """Writes the line, from left to right."""

    def __init__(self, source: str) -> None:
        self.low = source.lower()
        if len(self.low) != len(source):  # "İ" is two letters when small
            self.low = "".join(char.lower() if len(char.lower()) == 1 else char for char in source)
        self.tokens, self.numbers, self.places = placed(self.low, GLUED)
        self.out, self.at, self.numeral, self.closing = Line(source.replace("¶", " ")), 0, 0, -1

    def token(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def raw(self, ahead: int = 0) -> str:
        return self.low[slice(*self.places[self.at + ahead])]

    def touches(self, ahead: int = 0) -> bool:
        """Whether nothing stands between this token and the one before it."""
        place = self.at + ahead
        return 0 < place < len(self.tokens) and self.places[place][0] == self.places[place - 1][1]

    def before(self, back: int = 1) -> str:
        return self.out.words[-back] if len(self.out.words) >= back else ""

    def emit(self, word: str, skip: int = 1) -> None:
        """One word for the next ``skip`` tokens."""
        self.out.add(word, self.places[self.at][0], self.places[self.at + skip - 1][1])
        self.at += skip

    def line(self) -> Line:
        while self.at < len(self.tokens):
            if self.token() == "N":
                self._number()
            elif self.token() == CODE:
                self._name()
            elif self.token().isalpha() or "'" in self.token()[1:]:
                self._word()
            else:
                self._sign()
        return self.out.close()

    # ---- words and signs

    def _name(self) -> None:
        """So "gpt-4.1", "Llama-3.1-8B-Instruct": words; a point behind it ends the sentence."""
        start, end = self.places[self.at]
        for part in self.raw().rstrip(".").split("-"):
            self.out.add(part or "-", start, end)
        if self.raw().endswith("."):
            self.out.add(".", end, end)
        self.at += 1

    def _word(self) -> None:
        word, mark = self.token(), mark_of(self.token())
        ahead = 1 + (self.token(1) == "$")
        if word in _HEDGES and self.token(ahead) == "N":
            self.at += 1
        elif word in _BOUNDS and self.token(ahead) == "N":
            self.emit("<")
        elif (word, self.token(1)) in _BOUNDS_OF_TWO:
            self.emit("<", 2)
        elif word == "p" and self.token(1) == "." and self.token(2) == "a":
            self.emit("@year", 3 + (self.token(3) == "."))
        elif mark in ("$", "¢") and self.before() in ("a", "an") and mark_of(word.removesuffix("s")) == mark:
            self._coin(mark)
        elif mark == "$" and self.token(1) == "N":
            self.emit("$")
        elif mark == "€" and self.token(1) == "N":
            self.emit("€")
        elif mark.startswith("@") and mark != "@odd" and word.endswith(("ly", "annual")):
            self.emit(_period(mark, word))
        elif word in _EACH and self._period_ahead():
            self.emit(_period(mark_of(self.token(1)), self.token(1)), 2)
        else:
            self.emit(word)

    def _period_ahead(self) -> bool:
        mark = mark_of(self.token(1))
        return mark.startswith("@") and mark != "@odd"

    def _coin(self, mark: str) -> None:
        """So "a cent", "half a cent"."""
        half = self.before(2) == "half"
        start = self.out.spans[-2 if half else -1][0]
        for _ in range(2 if half else 1):
            self.out.words.pop()
            self.out.spans.pop()
        worth = Fraction(1, 100) if mark == "¢" else Fraction(1)
        self._figure(Figure("$", worth / (2 if half else 1), worth=worth), start, self.places[self.at][1])
        self.at += 1

    def _sign(self) -> None:
        sign, (start, end) = self.token(), self.places[self.at]
        if sign == '"':
            self._quotation()
        elif sign == "." and (end == len(self.low) or self.low[end].isspace()):
            self.emit(".")
        elif sign in _BOUNDS and self.token(1) in ("N", "$"):
            self.emit("<")
        elif sign in ("-", "=") and self.token(1) == ">":
            self.emit("→", 2)
        elif sign == "-" and start and self.low[start - 1].isspace() and self.before() not in ("", "."):
            self.emit(":" if self.token(1) in _REPLIES else ",")
        elif sign == "/" and self._period_ahead():
            self.emit(_period(mark_of(self.token(1)), self.token(1)), 2)
        elif sign == "/" and self.before() == "w":
            self.out.words[-1] = "with"
            self.at += 1
        elif sign == "?" and self._is_heading():
            self.emit(":")
        elif sign in _SIGNS:
            self.emit(_SIGNS[sign])
        elif mark_of(sign) == "€":
            self.emit("€")
        else:
            self.at += 1

    def _is_heading(self) -> bool:
        """Whether what stands before a question mark is answered behind it: "Few-shot? Yes, five"."""
        words = self.out.words[-_HEADING - 1 :]
        begun = max((place for place, word in enumerate(words) if word in (".", "?", ",", ":")), default=-1) + 1
        heading = words[begun:]
        ends = self.token(1) in ("", "¶", "?", "!", ".")
        return 0 < len(heading) <= _HEADING and heading[0] not in _ASKING and not ends

    def _quotation(self) -> None:
        """A long quotation is one word: somebody else's. Of a short one only the marks go."""
        end = self.closing
        if self.at > end:
            rest = range(self.at + 1, len(self.tokens))
            end = next((place for place in rest if self.tokens[place] in ('"', "¶")), self.at)
            end = end if self.tokens[end] == '"' else self.at
            self.closing = end
        if self.at < end and end - self.at > _QUOTED:
            self.out.add('"', self.places[self.at][0], self.places[end][1])
            self.numeral += self.tokens[self.at : end].count("N")
            self.at = end
        self.at += 1

    # ---- numbers

    def _number(self) -> None:
        raw = self.raw()
        if raw == "one" or self._is_name(raw):
            self.numeral += 1
            self.emit(raw)
            return
        if self.before() in ("", ".") and self.token(1) in (".", ")") and raw.isdigit():
            self.numeral += 1  # "1. Collect ..."
            self.at += 2
            return
        start = self.places[self.at][0]
        kind, value = "#", self._value()
        if self.before() in ("$", "€"):
            kind = "$" if self.out.words.pop() == "$" else "~"
            start = self.out.spans.pop()[0]
            if self.before() == "us" and self.out.spans[-1][1] == start:
                self.out.words.pop()
                start = self.out.spans.pop()[0]
        figure = self._with_unit(kind, value)
        if figure.kind == "#":
            figure = self._of(figure)
        moving = self.before() in ("from", "→")
        if not moving and self._range():
            figure = Figure("~", figure.value)
        self._alike(figure, start)

    def _is_name(self, raw: str) -> bool:
        """Of "8b", "gpt 4", "zero-shot" the number is no figure."""
        if raw == "zero" and "shot" in (self.token(1), self.token(2)):
            return True
        unit = mark_of(self.token(1)) in ("$", "¢", "%", "€", "/")
        return bool(_SIZE.fullmatch(raw) or (self.before() in _NAMES and _VERSION.fullmatch(raw) and not unit))

    def _value(self) -> Fraction | None:
        values = self.numbers[self.numeral].values
        self.numeral += 1
        self.at += 1
        return values[0] if len(values) == 1 else None

    def _with_unit(self, kind: str, value: Fraction | None) -> Figure:
        mark, worth = mark_of(self.token()), Fraction(1)
        if mark == "$" and not (self.token(1) == "N" and self.touches(1)):
            kind, self.at = ("$" if kind == "#" else kind), self.at + 1
        elif mark == "¢":
            kind, worth, self.at = "$", Fraction(1, 100), self.at + 1
        elif mark == "%" or (self.token() == "per" and self.token(1) == "cent"):
            kind, worth, self.at = "%", Fraction(1, 100), self.at + (1 if mark == "%" else 2)
            if self.token() in ("point", "points", "pts", "pp"):
                kind = "~"
        elif mark == "€" or (self.token() == "+" and self.touches() and self.token(1) != "N"):
            kind, self.at = "~", self.at + 1
        if value is None:
            return Figure("~", Fraction(0))
        return Figure(kind, value * worth, worth=worth)

    def _of(self, part: Figure) -> Figure:
        """So "58 of 90", "58/90"; of "1 in 30" nobody counted the thirty."""
        skip = 2 if (self.token(), self.token(1)) == ("out", "of") else 1
        if self.token() not in ("of", "in", "out") and not (self.token() == "/" and self.touches() and self.touches(1)):
            return part
        skip += self.token(skip) in _OURS
        if self.token(skip) != "N" or mark_of(self.token(skip + 1)) in ("$", "¢", "%", "€"):
            return part
        whole = self.numbers[self.numeral].values[0]
        if not whole > 1 or part.value > whole or {part.value.denominator, whole.denominator} != {1}:
            return part
        kind = "%" if self.token() == "in" else "&"
        self.numeral += 1
        self.at += skip + 1
        return Figure(kind, part.value / whole, Fraction(0) if kind == "%" else whole)

    def _range(self) -> bool:
        """Whether another end follows ("10-15k", "30 to 50 cents"); moves behind it."""
        joins = ("-", "to", "or", "and") if self.before() == "between" else ("-", "to", "or")
        skip = 1 + (self.token(1) == "$")
        if self.token() not in joins or self.token(skip) != "N" or _SIZE.fullmatch(self.raw(skip)):
            return False
        self.at += skip
        self._with_unit("#", self._value())
        return True

    def _alike(self, figure: Figure, start: int) -> None:
        """The two ends of "from 3 cents to 0.1" are in one unit."""
        other = self.out.words[-2] if len(self.out.words) > 1 else ""
        if (self.before() == "→" or (self.before() == "to" and self.before(3) == "from")) and other[1:].isdigit():
            before = self.out.figures[int(other[1:])]
            if before.kind == "#" and figure.kind in ("$", "%"):
                self.out.figures[int(other[1:])] = Figure(figure.kind, before.value * figure.worth, worth=figure.worth)
                self.out.words[-2] = figure.kind + other[1:]
            elif figure.kind == "#" and before.kind in ("$", "%"):
                figure = Figure(before.kind, figure.value * before.worth, worth=before.worth)
        self._figure(figure, start, self.places[self.at - 1][1])

    def _figure(self, figure: Figure, start: int, end: int) -> None:
        self.out.add(f"{figure.kind}{len(self.out.figures)}", start, end)
        self.out.figures.append(figure)


def _period(mark: str, word: str) -> str:
    return mark if mark != "@hour" else "@hour" if word in _HOURS else "@odd"

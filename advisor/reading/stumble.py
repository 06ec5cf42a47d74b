"""What a refusal can truly say of a text: the figures that were seen, and the word it stumbled over."""

from typing import NamedTuple

from advisor.model import FIELDS
from advisor.pattern import pattern
from advisor.reading.lexicon import mark_of, phrase, spelled
from advisor.reading.quantities import quantities
from advisor.reading.tokens import LONGEST, tidy
from advisor.rulebook import rules_in

_SEEN = 3  # figures that are named
_WORD = pattern(r"\b[^\W\d_]+(?:'[^\W\d_]+)?\b")
_LEAVES_OPEN = {"yes_no": ("doubt",), "choice": ("hedged",), "name": ("unsure_who", "group")}


class Stumble(NamedTuple):
    """``figures`` and ``word`` as they were typed; ``long`` for a text that is longer than any answer that is read."""

    figures: tuple[str, ...] = ()
    word: str = ""
    long: bool = False


def stumble(field: str, text: str) -> Stumble:
    """What a text typed for a field has that can be named when it is asked about again."""
    said = tidy(text) if len(text) <= LONGEST else ""
    if len(text) > LONGEST or len(said) > LONGEST:
        return Stumble(long=True)
    low = said.lower()
    said = said if len(said) == len(low) else low
    if names := _LEAVES_OPEN.get(FIELDS[field].kind):
        found = next(filter(None, ([*phrase(name).finditer(low)] for name in names)), [])
        words = [said[slice(*one.span())] for one in found if one[0].isalpha()]
        return Stumble(word=max(reversed(words), key=lambda word: not _is_little(word.lower()), default=""))
    spans = [(one.start, one.end) for one in quantities(low) if low[one.start : one.end] != "one"]
    start, end = _unknown(low, spans[0][0]) if spans else (0, 0)
    # "12 widgets" is seen as 12, "$5 per widget" as $5.
    seen = (
        phrase("hanging").sub("", said[first:start], count=1) if first < start < last else said[first:last]
        for first, last in spans
    )
    return Stumble(tuple(dict.fromkeys(each.strip() for each in seen))[:_SEEN], said[start:end])


def _unknown(text: str, figure: int) -> tuple[int, int]:
    """Where the first word after a figure stands that no table has, else one before it; least of all one that says
    nothing by itself."""
    plain = text
    for each, _ in spelled():
        plain = each.sub(lambda found: " " * len(found[0]), plain)
    words = [each.span() for each in _WORD.finditer(plain) if mark_of(each[0]) == "?" and not quantities(each[0])]
    return min(words, key=lambda span: (_is_little(text[slice(*span)]), span[0] < figure, span), default=(0, 0))


def _is_little(word: str) -> bool:
    """Whether a word joins or softens."""
    return word in rules_in().manner.little or any(phrase(name).match(f"{word} ") for name in ("clause", "aside"))

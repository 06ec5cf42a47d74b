"""Yes and no, read whole: a word of the question's own, or a leading yes or no that stands alone, not contradicted.

The beginning of a sentence is never an answer: "it is worse" begins like one. A question's row has its own words of yes
and no, ``rules/words.toml`` everybody's. The row says as well whether it asks about a deed or a fact: not having
checked is no for a deed ("have you measured it?") and not known for a fact ("is it so?").
"""

from typing import Literal

from advisor.figures import show
from advisor.model import FIELDS, UNKNOWN
from advisor.pattern import pattern
from advisor.reading.choices import choose, hits, unknowing
from advisor.reading.lexicon import phrase, row_of, stems, unknown_in, words
from advisor.reading.quantities import Said

_EDGE = " .!,;\"'()"
_TONE = pattern("[\U0001f3fb-\U0001f3ff]|:skin-tone-\\d:")
_FIGURE = pattern(r"(?<![\w.-])\d[\d.,]*")
_LONG, _SHORT = 14, 3  # tokens: what is longer tells a story that may end otherwise; what is short adds little


def yes_no(field: str, text: str) -> Said:
    """What a tidied lower-case text says to a yes-or-no question; the likelier answer is offered first."""
    value = agrees(field, text)
    if value is not None:
        return Said(value, shown=show(field, value))
    meant = [hit.meaning for hit in hits(field, stems(text)) if not hit.denied]
    likely = meant.count("yes") >= meant.count("no") if meant else not _starts_with(False, text)
    both = ("yes", "no") if likely else ("no", "yes")
    return Said(problem="not_an_option", candidates=(UNKNOWN, *both) if phrase("gone").search(text) else both)


def choice(field: str, text: str) -> Said:
    """What it says to a question with options, where "yes" and "no" may be two of them."""
    found = choose(field, text)
    if found.problem and not found.candidates and _unchecked_in(text):
        return Said(UNKNOWN, shown=show(field, UNKNOWN))
    if "yes" not in FIELDS[field].options:
        return found
    other = found.value in set(FIELDS[field].options) - {"yes", "no"}
    if other and not phrase("doubt").search(text) and not _starts_with(True, text):
        return found
    said = None if other else agrees(field, text)
    if said is not None:
        value = said if said == UNKNOWN else "yes" if said else "no"
        return Said(value, shown=show(field, value))
    first = found.candidates or (show(field, found.value or ""),)
    every = (show(field, option) for option in FIELDS[field].options)
    return Said(problem="not_an_option", candidates=tuple(dict.fromkeys((*first, *every))))


def agrees(field: str, text: str) -> bool | Literal["unknown"] | None:
    """Yes, no, that nobody knows; ``None`` when a text says neither, both, or something in between."""
    said = phrase("aside").sub("", _TONE.sub("", text).strip(_EDGE), count=1)
    fact = row_of(field).asks == "fact"
    if phrase("unchecked").fullmatch(said) or (fact and _unchecked_in(said, "unchecked_first")):
        # Whether somebody checked is what a deed's question asks; of a fact it says that nobody knows.
        return UNKNOWN if fact else False
    whole = _whole(field, said)
    if whole is not None:
        return whole
    if _nobody_knows(field, said):
        return UNKNOWN
    head = phrase("head").fullmatch(said)
    answer = _whole(field, head[1]) if head and not phrase("tone_yes").fullmatch(head[1]) else None
    if answer is None or not head:
        return _by_words(field, said)
    rest = head[2].strip(_EDGE)
    told = _by_words(field, rest)
    if told is not None:
        return told if told is answer else None
    # Two figures behind a yes compare something, and may compare it the other way round.
    if phrase("hedge" if answer else "doubt").search(rest) or len(_FIGURE.findall(rest)) > 1:
        return None
    found = hits(field, stems(rest))
    leaning = set[str]() if any(hit.denied for hit in found) else {hit.meaning for hit in found}
    if leaning == {"no" if answer else "yes"} or (fact and phrase("unchecked").search(rest)):
        return None
    turned = any(_whole(field, part.strip()) is (not answer) for part in phrase("part").split(rest))
    denied = answer and leaning != {"yes"} and phrase("denied").search(rest)
    return None if turned or denied else answer


def _by_words(field: str, said: str) -> bool | None:
    """What the words of the row say wherever they stand, where nothing around them turns, hedges or doubts them."""
    found = hits(field, stems(said))
    meant = {hit.meaning for hit in found if not hit.denied}
    if len(meant) != 1 or not any(hit.sure for hit in found if not hit.denied):
        return None
    answer = meant == {"yes"}
    told = frozenset().union(*(hit.places for hit in found))
    spelled = words(said)
    around = " ".join(word for place, word in enumerate(spelled) if place not in told)
    first = None if 0 in told else phrase("first_word").match(said)
    if (first and answer is bool(first[1])) or phrase("doubt").search(around) or len(spelled) > _LONG:
        return None
    behind = around[first.end() :] if first else around
    turned = phrase("hedge").search(behind) or phrase("denied").search(behind) or any(hit.denied for hit in found)
    if answer and turned:
        return None
    # A part of some length that none of the words explains may say anything.
    parts = [part.strip() for part in phrase("part").split(said)]
    unsaid = any(len(words(part)) > _SHORT and not hits(field, stems(part)) for part in parts)
    return None if unsaid or any(_nobody_knows(field, part) for part in parts) else answer


def _whole(field: str, said: str) -> bool | None:
    """What a whole text says that is nothing but words of yes or no."""
    row = row_of(field)
    fact = row.asks == "fact"
    if phrase("no").fullmatch(said):
        # "Not yet" to whether a fact holds may say that it does not, or that nobody has looked.
        return None if fact and phrase("did_not").fullmatch(said) else False
    # "Measured" says that somebody looked, not what was found.
    looked = fact and phrase("looked").search(said) and said not in row.yes
    if phrase("yes").fullmatch(said) and not looked:
        return True
    both = phrase("twice").fullmatch(said)
    if (
        both
        and not (fact and phrase("unchecked").fullmatch(both[2]))
        and phrase("no" if both[1] else "yes").fullmatch(both[2])
    ):
        return not both[1]
    bare = said
    while (less := phrase("around").sub("", bare).strip()) != bare:
        bare = less
    return next((word in row.yes for word in (said, bare) if word in row.yes or word in row.no), None)


def _nobody_knows(field: str, said: str) -> bool:
    """Whether it begins with not knowing, in words that are not the row's own: "can't tell them apart"."""
    first = unknowing(field, said, "unknown_first") if unknown_in(said) else None
    return first is not None and _whole(field, said[first.end() :].strip(_EDGE)) is None


def _unchecked_in(text: str, how: str = "unchecked") -> bool:
    """Whether a text says that nobody has looked, and claims nothing else."""
    return bool(phrase(how).match(text)) and not phrase("claims").search(text)


def _starts_with(yes: bool, text: str) -> bool:
    first = phrase("first_word").match(text)
    return first is not None and bool(first[1]) is not yes

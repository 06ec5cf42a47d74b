"""Options by the words people have for them: taken, offered, or asked.

Words stand in the rows (``rules/questions.toml``) and are compared by their stems, near each other and in any order: an
option is *taken* when exactly one is named and nothing hedges it; what is only like one, or names two, is *offered*.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from advisor.figures import show
from advisor.model import UNKNOWN
from advisor.reading.lexicon import MARKS, Entry, bare, lexicon_of, manner, phrase, stems, unknown_in, words
from advisor.reading.quantities import Said

_REACH = 3  # tokens that may stand between "not" and what it denies
_LONG = 14  # words of a text in which a single word says too little
_OFFERED = 3
_SLIPPED, _LETTERS = 5, 7  # letters: of a shorter word a slip makes another one; a longer one can have two


class Hit(NamedTuple):
    """Words of a meaning that were found, and where; ``sure`` when they name it, ``denied`` when a "not" does."""

    meaning: str
    sure: bool
    places: frozenset[int]
    denied: bool = False


def hits(field: str, said: Sequence[str]) -> list[Hit]:
    """What a text's tokens name of a field's meanings; of two entries the one that says more."""
    index = lexicon_of(field).entries
    entries = ((entry, place) for place, word in enumerate(said) for entry in index.get(word, ()))
    found = {hit for entry, place in entries if (hit := _at(entry, place, said))}
    most = [hit for hit in found if not any(hit.places < other.places for other in found)]
    used = frozenset().union(*(hit.places for hit in most))
    marks = [place for place, word in enumerate(said) if word in manner("denials") and place not in used]
    return [_weighed(hit, said, marks) for hit in sorted(most, key=lambda hit: (min(hit.places), hit.meaning))]


def _at(entry: Entry, place: int, said: Sequence[str]) -> Hit | None:
    """An entry whose rarest word stands at a place: the others must be near."""
    reach = entry.reach + len(entry.others)
    around = range(max(0, place - reach), min(len(said), place + reach + 1))
    places = {place}
    for word in entry.others:
        near = [at for at in around if said[at] == word and at not in places]
        if not near:
            return None
        places.add(min(near, key=lambda at: abs(at - place)))
    first, last = min(places), max(places)
    together = last - first <= reach and not MARKS.intersection(said[first:last])
    # "It does not answer" is something else than "the answer is not".
    together = together and not (entry.denies and said[last] == "not")
    return Hit(entry.meaning, entry.sure, frozenset(places)) if together else None


def _weighed(hit: Hit, said: Sequence[str], denials: Iterable[int]) -> Hit:
    """A hit denied by a "not" before it, or made less sure by praise after it ("the format is fine")."""
    first, last = min(hit.places), max(hit.places)
    denied = any(0 < first - at <= _REACH and not MARKS.intersection(said[at:first]) for at in denials)
    praised = any(said[at] in manner("praise") for at in range(last + 1, min(len(said), last + _REACH)))
    return Hit(hit.meaning, hit.sure and not praised, hit.places, denied)


def named(field: str, text: str) -> str:
    """The option whose label or word a whole text is, as typed on its card; else the text."""
    return lexicon_of(field).named.get(bare(text), text)


def choose(field: str, text: str) -> Said:
    """What a tidied lower-case text says to a question with options."""
    lexicon = lexicon_of(field)
    if value := lexicon.meanings.get(bare(text)):
        return Said(value, shown=show(field, value))
    said = stems(text)
    first = unknowing(field, text, "dunno_first")
    behind = len(words(first[0])) if first else 0
    found = [hit for hit in hits(field, said) if max(hit.places) >= behind] or _slips(field, said)
    if (not found and unknown_in(text)) or (first and _apart_from(field, text[first.end() :])):
        return Said(UNKNOWN, shown=show(field, UNKNOWN))
    meant = [hit for hit in found if not hit.denied]
    if meant and not _apart(said, found):
        meant = found
    meanings = {hit.meaning for hit in meant}
    agreed = len(meanings) == 1 and len({hit.places for hit in meant}) > 1  # two hints at one
    sure = meanings if agreed else {hit.meaning for hit in meant if hit.sure}
    if len(sure) == 1 and not first and not _open(said, text, meant, *sure):
        (value,) = sure
        return Said(value, shown=show(field, value))
    likely = sorted(found, key=lambda hit: (hit.denied, not hit.sure, -len(hit.places)))
    options = list(dict.fromkeys(hit.meaning for hit in likely))
    if len(lexicon.meanings) <= _OFFERED:
        options = list(dict.fromkeys((*options, *lexicon.meanings.values())))
    offered = tuple(show(field, option) for option in options[:_OFFERED])
    seen = ", ".join(each for each, option in zip(offered, options, strict=False) if option in sure)
    return Said(problem="not_an_option", shown=seen, candidates=offered)


def unknowing(field: str, text: str, how: str) -> re.Match[str] | None:
    """The words of not knowing that a text begins with, where the row's own don't go on: "can't tell them apart"."""
    first = phrase(how).match(text)
    length = len(words(first[0])) if first else 0
    return None if any(min(hit.places) < length <= max(hit.places) for hit in hits(field, stems(text))) else first


def _apart_from(field: str, rest: str) -> bool:
    """Whether what follows "I don't know" is a sentence of its own that guesses nothing: "ask the search team"."""
    guessed = phrase("claims").search(rest) or phrase("hedged").search(rest) or bare(rest) in lexicon_of(field).named
    return not guessed and not rest.lstrip()[:1].isalnum()


def _apart(said: Sequence[str], found: Sequence[Hit]) -> bool:
    """Whether what is denied stands apart from what is not ("not the tone, it's facts")."""
    meant = [min(hit.places) for hit in found if not hit.denied]
    denied = [min(hit.places) for hit in found if hit.denied]
    ends = [place for place, word in enumerate(said) if word in MARKS or word == "but"]
    pairs = [sorted((one, other)) for one in denied for other in meant]
    return all(any(first < end < second for end in ends) for first, second in pairs)


def _open(said: Sequence[str], text: str, meant: Sequence[Hit], value: str) -> bool:
    """Whether something in the text keeps it from being settled: a hedge, something else beside an "or", a lone word
    against two hints at another meaning, or among many words."""
    told = {place for hit in meant for place in hit.places}
    if phrase("hedged").search(" ".join(word for place, word in enumerate(words(text)) if place not in told)):
        return True
    mine = sorted({place for hit in meant if hit.meaning == value for place in hit.places})
    if any(word == "or" and not mine[0] <= place <= mine[-1] for place, word in enumerate(said)):
        return True
    against = [hit for hit in meant if hit.meaning != value]
    return len(mine) == 1 and (len(against) > 1 or len(said) >= _LONG)


def _slips(field: str, said: Sequence[str]) -> list[Hit]:
    """Words of the field with a slip of the finger: never sure."""
    from rapidfuzz import process  # only for what nothing is known of: not before it is needed
    from rapidfuzz.distance import OSA

    lexicon = lexicon_of(field)
    found = []
    for place, word in enumerate(said):
        if len(word) < _SLIPPED:
            continue
        most = 1 + (len(word) > _LETTERS)
        near = process.extractOne(word, lexicon.single.keys(), scorer=OSA.distance, score_cutoff=most)
        if near:
            found += [Hit(meaning, sure=False, places=frozenset({place})) for meaning in lexicon.single[near[0]]]
    return found

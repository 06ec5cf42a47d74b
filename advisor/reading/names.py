"""The name of one person: a group, a role, a doubt or plain words are asked about."""

import re

from advisor.figures import show
from advisor.model import UNKNOWN
from advisor.reading.lexicon import mark_of, phrase, unknown_in
from advisor.reading.quantities import Said

LONGEST_NAME = 200
_WORDS = 6  # of the longest name
_BETWEEN = r"\s*(?:,? (?:and|or|und) |[&/+;])\s*"
_BEHIND = r" ?[(,?]| (?:from|on|in|owns|is|will|would|does|did|has|leads|runs|takes) |'s "
"""Where a name ends and something about it begins."""


def name(field: str, text: str, confirmed: bool) -> Said:
    """What a tidied text says to a question for a person; ``confirmed`` takes a group as typed."""
    said, low = text.strip(" ,;!\"'"), text.lower().strip(" .,;!\"'")
    if phrase("nobody").fullmatch(low):
        return Said("", shown=show(field, ""))
    if len(said) > LONGEST_NAME or phrase("no_name").fullmatch(low) or not any(char.isalpha() for char in said):
        return Said(problem="not_a_name")
    people = phrase("person").findall(said)
    if confirmed or said in people:
        return Said(said, shown=show(field, said))
    several = tuple(filter(None, re.split(_BETWEEN, said)))
    words = said.split()
    strange = phrase("group").search(low) or phrase("unsure_who").search(low) or len(words) > _WORDS
    # "In progress" is written small, and so may be a name of several words: as one it is offered.
    small = [word for word in words if word[0].islower() and not phrase("particle").fullmatch(word)]
    if not strange and len(several) == 1 and (not small or len(words) == 1):
        return Said(said, shown=show(field, said))
    first = re.split(_BEHIND, said)[0]
    if small and not strange and all(mark_of(word) == "?" for word in small):
        first = " ".join(word.title() if word in small else word for word in first.split())
    offers = several if len(several) > 1 else (first,)
    if unknown_in(low):
        offers = (UNKNOWN,)
    elif nobody := phrase("nobody").search(low):
        offers = (*(offers if nobody.start() else ()), "nobody")
    return Said(problem="not_a_name", candidates=tuple(people) or offers)

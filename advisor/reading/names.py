"""The name of one person: a group, a role or a doubt is asked about."""

import re

from advisor.figures import show
from advisor.model import UNKNOWN
from advisor.reading.lexicon import phrase, unknown_in
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
    strange = phrase("group").search(low) or phrase("unsure_who").search(low) or len(said.split()) > _WORDS
    if not strange and len(several) == 1:
        return Said(said, shown=show(field, said))
    if nobody := phrase("nobody").search(low):
        several = several if nobody.start() else ()
    offers = (UNKNOWN,) if unknown_in(low) else several if len(several) != 1 else (re.split(_BEHIND, said)[0],)
    return Said(problem="not_a_name", candidates=tuple(people) or (*offers, *(("nobody",) if nobody else ())))

"""What a whole message surely says: an opening, a proposal, a pasted paragraph. It is put before the person, who says
what of it counts."""

from dataclasses import dataclass
from functools import lru_cache

from advisor.figures import show
from advisor.model import Value
from advisor.pattern import pattern
from advisor.reading.read import read


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A field with its value, as people read it, and the ``words`` it came from, at most 75 characters."""

    field: str
    value: Value
    shown: str
    words: str


_FRAMES = (
    ("eval_pairs", pattern(r"\b(\d[\d,]*k?) (?:eval|test|gold) (?:pairs|questions|cases)\b")),
    ("target_pass_rate", pattern(r"\bship at (\d+ ?%)")),
    ("measured_pass_rate", pattern(r"\bpass(?:es)? (\d+ ?%)")),
)


@lru_cache(maxsize=256)
def mentioned(text: str) -> tuple[Mentioned, ...]:
    """What a whole message surely says, at most one value a field, in the order of the questions."""
    found = []
    for field, frame in _FRAMES:
        if match := frame.search(text[:4000].lower()):
            reading = read(field, match[1])
            if reading.value is not None:
                found.append(Mentioned(field, reading.value, show(field, reading.value), match[0][:75]))
    return tuple(found)

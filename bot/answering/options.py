"""Which options of a question a text is nearest to by meaning, where the reader knows none of its words."""

from functools import cache
from typing import Any

from advisor.rulebook import Choice, Question

_NEAR = 0.55
"""Likeness (1 is the same) below which nothing is offered."""
_MOST = 2
_HINT = 0.1  # what a word of an option adds to its likeness where several are hinted at; the only one stands first


def nearest(row: Question, text: str, hinted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The ids of at most two options, the nearest first: of those at which a word of the text ``hinted``, and those
    near enough by meaning."""
    from bot.answering.index import meaning  # brings numpy: not before it is needed

    said = meaning(text)
    bonus = _HINT if len(hinted) > 1 else 1
    likeness = {option.id: _likeness(option, said) + bonus * (option.id in hinted) for option in row.options}
    near = [option for option in likeness if option in hinted or likeness[option] >= _NEAR]
    return tuple(sorted(near, key=lambda option: -likeness[option])[:_MOST])


def _likeness(option: Choice, said: Any) -> float:
    return float((_meanings(option) @ said).max())


@cache
def _meanings(option: Choice) -> Any:
    from bot.answering.index import meanings

    return meanings((option.label, option.hint, *option.words, *option.near))

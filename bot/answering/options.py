"""Which options of a question a text is nearest to by meaning, where the reader knows none of its words."""

from functools import cache
from typing import Any

from advisor.rulebook import Choice, Question

_NEAR = 0.55
"""Likeness (1 is the same) below which nothing is offered."""
_MOST = 2
_TELLING = 3  # words of an option that speak for it: the likest


def nearest(row: Question, text: str) -> tuple[str, ...]:
    """The ids of at most two options, the nearest first; none where nothing is near."""
    from bot.answering.index import meaning  # brings numpy: not before it is needed

    said = meaning(text)
    likeness = {option.id: _likeness(option, said) for option in row.options}
    ranked = sorted(likeness, key=lambda option: -likeness[option])
    return tuple(option for option in ranked[:_MOST] if likeness[option] >= _NEAR)


def _likeness(option: Choice, said: Any) -> float:
    likest = sorted((float(said @ meant) for meant in _meanings(option)), reverse=True)[:_TELLING]
    return sum(likest) / len(likest)


@cache
def _meanings(option: Choice) -> list[Any]:
    from bot.answering.index import meaning

    return [meaning(text) for text in (option.label, option.hint, *option.words, *option.near)]

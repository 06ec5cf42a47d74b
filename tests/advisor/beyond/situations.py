"""Situations by a fixed die: answers a few changes away from every gate passed."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from advisor import Answers
from advisor.model import FIELDS, UNKNOWN
from tests.advisor.strategies import STARTS, TRIAL, boundary_values, changed

_STARTS = (*STARTS, {**STARTS[1], **TRIAL, "goal": "smaller_model", "poc_training_examples": 60})


def situations(seed: int, count: int) -> Iterator[tuple[Answers, random.Random]]:
    """So many, each with a die of its own to go on with."""
    for place in range(count):
        dice = random.Random(1_000_000 * seed + place)
        more = [(field, some_value(field, dice)) for field in dice.choices(list(FIELDS), k=dice.randrange(7))]
        yield changed(dice.choice(_STARTS), *more), dice


def some_value(field: str, dice: random.Random) -> Any:
    """Not asked, unknown, or a value, mostly one that the rules turn on."""
    return dice.choice([None, UNKNOWN, *known_values(field, dice)])


def known_values(field: str, dice: random.Random) -> list[Any]:
    """The boundaries of a field and, for a number, some values in between."""
    kind, values = FIELDS[field].kind, boundary_values(field)
    if kind == "count":
        more = [dice.randrange(1, 10 ** dice.randrange(1, 8)) for _ in range(3)]
        return [*values, *(value for value in more if value <= FIELDS[field].most)]
    if kind == "rate":
        return [Decimal(value) for value in (*values, *(Decimal(dice.randrange(1001)) / 1000 for _ in range(3)))]
    if kind == "money":
        return [Decimal(value) for value in (*values, *(Decimal(dice.randrange(10**6)) / 100 for _ in range(3)))]
    return values

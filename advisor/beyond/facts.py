"""What vendors offer, what people weigh beside the rules, and who thinks otherwise: dated, sourced, beside the gates.

The rows are data (``advisor/rules/availability.toml``); here is which of them have a place beside these answers.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from advisor.model import Answers, Frozen
from advisor.poc import has_result
from advisor.rulebook import MotiveRow, OpinionRow, Rules, VendorRow, availability_in


class Offer(Frozen):
    """What is known about tuning a model. ``vendor`` is ``None`` where nothing is; ``days_left`` counts to its end and
    is negative after it; ``old``: looked up longer ago than such facts last."""

    model: str
    vendor: VendorRow | None
    days_left: int | None
    old: bool


def availability(models: Iterable[str], today: date, rules: Rules) -> tuple[Offer, ...]:
    """Who lets whom tune these models.

    Args:
        models: Ids or names of models, as they were named.
        today: The day it is asked.
        rules: ``rules.evidence.fact_days`` is how long such facts last.

    Returns:
        One offer a model, in the order they were named, each once.
    """
    return tuple(_offer(model, today, rules) for model in dict.fromkeys(models))


def _offer(model: str, today: date, rules: Rules) -> Offer:
    name = model.lower().replace(" ", "-").rpartition("/")[2] if "accounts/" not in model else model
    rows = {start: row for row in availability_in().vendor for start in row.names if name.startswith(start)}
    if not rows:
        return Offer(model=model, vendor=None, days_left=None, old=False)
    row = rows[max(rows, key=len)]
    left = None if row.until is None else (date.fromisoformat(row.until) - today).days
    age = (today - date.fromisoformat(row.day)).days
    return Offer(model=model, vendor=row, days_left=left, old=age > rules.evidence.fact_days)


def motives(mentioned: Iterable[str]) -> tuple[MotiveRow, ...]:
    """The reasons to tune that somebody gave and no rule weighs, by their ids, in the file's order."""
    ids = set(mentioned)
    return tuple(row for row in availability_in().motive if row.id in ids)


def second_opinions(answers: Answers) -> tuple[OpinionRow, ...]:
    """Where published guidance differs from the chapter on what was answered."""
    about: dict[Literal["eval_set", "trial", "money"], bool] = {
        "eval_set": answers.known("eval_pairs") is not None,
        "trial": has_result(answers),
        "money": answers.known("usd_per_call_now") is not None,
    }
    return tuple(row for row in availability_in().opinion if about[row.about])

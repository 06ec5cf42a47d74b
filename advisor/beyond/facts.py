"""What vendors offer, what people weigh beside the rules, and who thinks otherwise: dated, sourced, beside the gates.

The rows are data (``advisor/rules/availability.toml``); here is which of them have a place beside these answers.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Literal

from advisor.model import Answers, Frozen
from advisor.pattern import pattern
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


# ---- what was written


_LONGEST = 4_000  # of a text that is looked at
_CLAUSE = pattern(r"[.;!?\n]+\s|,\s|\n|\b(?:but|though|however|whereas)\b")
_VERSION = (
    r"(?:[ -](?:v?\d[\w.]*|mini|nano|micro|small|medium|large|lite|flash|pro|turbo|opus|sonnet|haiku|premier)\b)*"
)
_LIKE_A_MODEL = pattern(
    r"\b(?:tun\w+|train\w*|host\w*) (?:an? |the |our )?([a-z][a-z.]*-?\d[\w.-]*\w|[a-z]+-\d[\w.-]*)"
)


def motives_in(*texts: str) -> tuple[str, ...]:
    """The reasons to tune that a person wrote and no rule weighs, as ids in the file's order; what is put away in the
    same breath ("latency is fine") was not given."""
    facts, found = availability_in(), set[str]()
    for text in texts:
        for clause in _CLAUSE.split(text[:_LONGEST].casefold().replace("\u2019", "'")):
            if not _any_of(facts.denied).search(clause):
                found |= {row.id for row in facts.motive if _any_of(row.words).search(clause)}
    return tuple(row.id for row in facts.motive if row.id in found)


def models_in(*texts: str) -> tuple[str, ...]:
    """The models and vendors that are named in running text, as they are written there, in order, each once."""
    said = tuple(word for row in availability_in().vendor for word in row.said)
    named = (found[0] for text in texts for found in _named(said).finditer(text[:_LONGEST]))
    return tuple({name.casefold().replace(" ", "-"): name for name in named}.values())


def asked_of_vendors(question: str) -> tuple[str, ...]:
    """The models whose vendors a question is about ("can we fine-tune gpt-4.1?"), all that can be tuned where it asks
    which ones can; none when it asks something else."""
    facts, text = availability_in(), question[:_LONGEST]
    if not _any_of(facts.asked).search(text.casefold()):
        return ()
    said = tuple(word for row in facts.vendor for word in row.said)
    names = tuple(word for row in facts.vendor for word in row.names if word.capitalize() not in said)
    named = dict.fromkeys(found[0] for found in _named((*said, *names)).finditer(text))
    if not named:
        named = dict.fromkeys(found[1] for found in _LIKE_A_MODEL.finditer(text.casefold()))
    if not named and all(_any_of(words).search(text.casefold()) for words in (facts.which, facts.among)):
        return tuple(row.names[0] for row in facts.vendor if row.tuning == "open")
    return tuple(named)


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_as_pattern, words))})(?![\w-])")


@cache
def _named(words: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(words, key=len, reverse=True)
    either = "|".join(_as_pattern(word) for word in longest if word == word.casefold())
    capital = "|".join(_as_pattern(word) for word in longest if word != word.casefold())
    return re.compile(rf"(?<![\w-])(?:(?i:{either})|{capital})(?!\w)(?i:{_VERSION})")


def _as_pattern(words: str) -> str:
    """Words with what stands for any ending (*) or any number (#), however they are parted."""
    parts = (re.escape(part).replace(r"\*", r"[\w.:/-]*").replace(r"\#", r"\d[\w.]*") for part in words.split())
    return r"[\s-]+".join(parts)

"""``python -m bot prices MODEL [IN OUT]``: what is known of a model's prices; nothing is kept and nothing asked."""

from collections.abc import Iterator
from datetime import UTC, datetime

from advisor import load_rules
from advisor.pattern import pattern
from advisor.prices import Priced, PriceList, twelve
from advisor.reading.by_model import models_like, nearest_names
from bot.commands.done import DONE, FOUND, Say
from bot.quotes import on
from bot.render.wording import Wording


def prices(words: list[str], say: Say) -> int | None:
    """Say what is known of a model's prices; ``None`` where the words are no question for one."""
    told = _priced(words, on(datetime.now(UTC).date()), Wording(load_rules()))
    if told is None:
        return None
    known, lines = told
    for line in lines:
        say(line)
    return DONE if known else FOUND


_COUNT = pattern(r"(\d[\d,]*)(k?)")


def _priced(words: list[str], prices: PriceList, wording: Wording) -> tuple[bool, list[str]] | None:
    """What is known of a model's prices, and whether it is known; ``None`` where the words are no model with or without
    two numbers of tokens. A name that may be several tells of each."""
    models, tokens = models_like(" ".join(words), prices), list[int]()
    if not models and len(words) > 2 and len(tokens := [*_counts(words[-2:])]) == 2:
        words = words[:-2]
        models = models_like(" ".join(words), prices)
    name = " ".join(words)
    if not words or name.startswith("-") or (not models and (len(tokens) == 1 or _COUNT.fullmatch(words[-1]))):
        return None
    if not models:
        near = nearest_names(name, prices)
        return False, [wording.plainly("prices", "unknown", name, prices, near)]
    return True, [line for model in models for line in _lines(model, tokens, prices, wording)]


def _counts(words: list[str]) -> Iterator[int]:
    for word in words:
        if found := _COUNT.fullmatch(word):
            yield int(found[1].replace(",", "")) * (1000 if found[2] else 1)


def _lines(model: Priced, tokens: list[int], prices: PriceList, wording: Wording) -> Iterator[str]:
    yield wording.plainly("prices", "head", model, prices)
    before = None
    for at, tiers in zip(twelve(prices.day), model.months, strict=True):
        for above, month in tiers if tiers != before else ():
            yield "  " + wording.plainly("prices", "rates", month, above, at if before else None)
        before = tiers
    if tokens:
        yield "  " + wording.plainly("prices", "derivation", prices.quote(model, *tokens)).replace("*", "")

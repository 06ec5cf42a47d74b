"""What models cost, from genai-prices: the data that came with the package, handed on as plain data.

It is never updated while the bot runs: the same words would then give other figures on the same day. Prices know days
ahead (some double with the year), so each is looked up for a day, never for "now".
"""

import logging
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from advisor.model import Month
from advisor.prices import Priced, PriceList, Tiers, twelve
from advisor.reading.by_model import known
from bot.delivery.clock import Clock

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

log = logging.getLogger(__name__)

DATED = {"0.2.3": date(2026, 11, 9)}
"""Edition of genai-prices -> the newest day its prices are of: a wheel has none of its own. A new edition gets a row
(docs/tasks/update_prices.md)."""

MAKERS = {
    "anthropic": ("claude",),
    "aws": ("amazon.nova", "nova", "titan"),
    "cohere": ("command", "c4ai"),
    "deepseek": ("deepseek",),
    "google": ("gemini", "gemma"),
    "meta": ("muse",),
    "minimax": ("minimax",),
    "mistral": (
        "codestral", "devstral", "magistral", "ministral", "mistral", "mixtral", "pixtral", "voxtral", "open-mi",
    ),
    "moonshotai": ("kimi", "moonshot"),
    "openai": ("chatgpt", "codex", "ft:", "gpt", "o1", "o3", "o4"),
    "x-ai": ("grok",),
    "zai": ("glm",),
}  # fmt: skip
"""Who sells models of their own -> how their names begin. "Opus 5.5" is then Anthropic's, though others sell it."""

RESELLERS = ("openrouter", "quicksilverpro", "github-copilot", "cursor", "huggingface_", "openai-decisions", "typesafe")
"""Who sells on what hosts sell, at prices of their own: left out, a thousand models that have their makers' names."""

_MILLION = 1_000_000
_PATIENCE_SECONDS = 1.0
_NOON = time(12, tzinfo=UTC)  # where a price depends on the hour of the day


class Quotes:
    """The prices of today, made once a day beside the turns: none of them waits for more than a moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock, self._first = clock, Lock(), Event()
        self._list: PriceList | None = None
        self._making: Thread | None = None
        self._waited_for = 0.0

    def load(self) -> None:
        """Begin to make them in a thread: the data is 30,000 lines, and takes half a second."""
        with self._lock:
            if self._making is None:
                self._waited_for = monotonic() + _PATIENCE_SECONDS
                self._making = Thread(target=self._make, name="prices", daemon=True)
                self._making.start()

    def today(self) -> PriceList | None:
        """The list of this day, or of the day before while it is made. Right after a start it is waited for, a second
        in all: what Slack brings again then should find it, and on a slow machine nobody is held up for long."""
        if self._list is None or self._list.day != self._day():
            self.load()
        if self._list is None:
            self._first.wait(max(0.0, self._waited_for - monotonic()))
        return self._list

    def _day(self) -> date:
        return datetime.fromtimestamp(self._clock.time(), UTC).date()

    def _make(self) -> None:
        made = on(self._day())
        known(made)
        self._list, self._making = made, None
        self._first.set()


@lru_cache(maxsize=2)
def on(day: date) -> PriceList:
    """The prices from a day on, of every model that is paid by tokens in and out."""
    from importlib.metadata import version

    from genai_prices.data import providers  # 30,000 lines: whoever needs them pays for them

    models, moments = [], [datetime.combine(each, _NOON) for each in twelve(day)]
    for provider in providers:
        maker = MAKERS.get(provider.id, ())
        for model in () if provider.id.startswith(RESELLERS) else provider.models:
            months = _months(model, moments)
            if months:
                own = bool(maker) and model.id.lower().startswith(maker)
                name = model.id if (model.name or "").islower() else model.name or model.id
                models.append(Priced(model.id, name, provider.name, own, months))
    edition = version("genai-prices")
    return PriceList(version=edition, dated=DATED.get(edition), day=day, models=tuple(models))


def _months(model: "ModelInfo", moments: list[datetime]) -> tuple[Tiers, ...]:
    """Twelve months of a model's prices; those that stay the same are one object. Empty where a token has none."""
    moves = isinstance(model.prices, list) or any(each.constraint for each in model.price_variants or ())
    found: list[Tiers] = []
    before: tuple[ModelPrice, ModelPrice] | None = None
    for at in moments if moves else moments[:1]:
        plain = model.get_prices(at)
        prices = plain, model.get_prices(at, {"processing": "batch"}) if model.price_variants else plain
        if prices[0].input_mtok is None or prices[0].output_mtok is None:
            return ()
        found.append(found[-1] if prices == before else _tiers(*prices))
        before = prices
    return tuple(found if moves else found * len(moments))


def _tiers(plain: "ModelPrice", batch: "ModelPrice") -> Tiers:
    batches = batch != plain
    told = {
        "input": plain.input_mtok,
        "output": plain.output_mtok,
        "cache_read": plain.cache_read_mtok,
        "cache_write": plain.cache_write_mtok,
        "batch_input": batch.input_mtok if batches else None,
        "batch_output": batch.output_mtok if batches else None,
    }
    # Above each of these many tokens of a prompt another price counts, for all of them.
    starts = sorted({-1, *(tier.start for price in told.values() for tier in getattr(price, "tiers", ()))})
    return tuple((start, Month(**{what: _usd(price, start) for what, price in told.items()})) for start in starts)


def _usd(price: object, above: int) -> Decimal | None:
    """USD a token in prompts of more tokens than that."""
    if price is None or isinstance(price, Decimal):
        return None if price is None else price / _MILLION
    tiers = [tier.price for tier in getattr(price, "tiers", ()) if tier.start <= above]
    return Decimal([getattr(price, "base", 0), *tiers][-1]) / _MILLION

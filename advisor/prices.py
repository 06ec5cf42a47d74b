"""What models cost, as data that is handed in, and what a call costs by it.

The list is of one day (``bot/quotes.py`` makes it): the prices of the twelve months from then on, since a year is
their mean. Nothing here knows where they come from.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from advisor.model import Month, Quote

Tiers = tuple[tuple[int, Month], ...]
"""A month's prices, each for prompts of more than so many tokens, ascending; the first is for all."""


class Priced(NamedTuple):
    """A model with its prices. It is its provider's ``own``, or hosted by one; ``months`` are twelve."""

    id: str
    name: str
    provider: str
    own: bool
    months: tuple[Tiers, ...]


@dataclass(frozen=True, eq=False)
class PriceList:
    """The prices of a ``day``, by the edition ``version`` of the data, which are of the day ``dated``, if that is
    known."""

    version: str
    dated: date | None
    day: date
    models: tuple[Priced, ...]

    def quote(
        self, model: Priced, input_tokens: int, output_tokens: int, cached_tokens: int = 0, *, caches: bool = False
    ) -> Quote:
        """A call of a model by its tokens."""
        return Quote(
            model=model.id,
            name=model.name,
            provider=model.provider,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cached_tokens=cached_tokens,
            caches=caches,
            months=tuple(next(m for above, m in tiers[::-1] if input_tokens > above) for tiers in model.months),
            version=self.version,
            dated=self.dated,
            day=self.day,
        )


def next_cheaper(quote: Quote, current: Collection[str], prices: PriceList) -> Quote | None:
    """The same call of the dearest of its maker's ``current`` models that costs less."""
    usd = usd_today(quote)
    calls = [
        prices.quote(model, quote.input_tokens, quote.output_tokens, quote.cached_tokens, caches=quote.caches)
        for model in prices.models
        if model.own and model.provider == quote.provider and model.id in current
    ]
    priced = [(cost, call.model, call) for call in calls if (cost := usd_today(call)) is not None]
    return max((one for one in priced if usd is not None and one[0] < usd), default=(0, "", None))[2]


def usd_per_call(quote: Quote, hits: Decimal | None = None, *, batch: bool = False) -> Fraction | None:
    """What a call costs, the mean of the quote's twelve months, exact.

    Args:
        quote: The call's tokens and prices.
        hits: The share of calls whose prompt is found in the cache, 0 to 1; ``None`` without a cache.
        batch: Whether calls go in batches; the discount stacks with the cache.

    Returns:
        USD, or ``None`` where the model has no such price.
    """
    # A price mostly stays for many months: each is reckoned once.
    total, before, usd = Fraction(0), None, None
    for month in quote.months:
        if month is not before:
            before, usd = month, _of_month(quote, month, hits, batch)
        if usd is None:
            return None
        total += usd
    return total / len(quote.months)


def _of_month(quote: Quote, month: Month, hits: Decimal | None, batch: bool) -> Fraction | None:
    into, out = Fraction(month.input), Fraction(month.output)
    cached = 0 if hits is None else min(quote.cached_tokens, quote.input_tokens)
    usd = (quote.input_tokens - cached) * into
    if hits is not None:
        if month.cache_read is None or not cached:
            return None
        write = into if month.cache_write is None else Fraction(month.cache_write)
        usd += cached * (Fraction(hits) * Fraction(month.cache_read) + (1 - Fraction(hits)) * write)
    if not batch:
        return usd + quote.output_tokens * out
    if month.batch_input is None or month.batch_output is None:
        return None
    # The whole prompt's discount is that of its plain tokens.
    discount = Fraction(month.batch_input) / into if into else Fraction(0)
    return usd * discount + quote.output_tokens * Fraction(month.batch_output)


def usd_today(quote: Quote) -> Fraction | None:
    """What a call costs as it is made today: with what it reads from a cache found there each time."""
    return usd_per_call(quote, Decimal(1) if quote.caches else None)


def steps(quote: Quote) -> Iterator[tuple[date, Fraction]]:
    """The days on which a call's price changes within the year, with what it costs from then on, USD."""
    before = None
    for day, month in zip(twelve(quote.day), quote.months, strict=True):
        usd = usd_today(quote.model_copy(update={"months": (month,)}))
        if usd is not None and before not in (None, usd):
            yield day, usd
        before = usd


def twelve(day: date) -> tuple[date, ...]:
    """The same day of twelve months, or the last of those that have none."""
    months = ((day.year + (day.month - 1 + n) // 12, (day.month - 1 + n) % 12 + 1) for n in range(12))
    return tuple(date(year, month, min(day.day, _days(year, month))) for year, month in months)


def _days(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days

"""What one could do instead of tuning, a year of it in dollars: caching, batches, a cheaper model untuned, and the
tuned model by the call or by the hour.

Prices are handed in as :class:`Quote`, so that the same answers give the same figures when a price list moves. A year
is the mean of twelve months, because prices may change within it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp
from typing import Annotated, Literal

from pydantic import Field

from advisor.model import Answers, Exact, Frozen, Quote, decimal
from advisor.prices import usd_per_call, usd_today
from advisor.report import Band
from advisor.roi import FIRST_YEAR, all_known, band_of, break_even_calls, cost_inputs, costs, savings
from advisor.rulebook import Rules

YEAR_SECONDS = 31_536_000
YEAR_HOURS = 8_760
YEAR_MONTHS = 12

_Usd = Annotated[Exact, Field(ge=0)]

RivalId = Literal[
    "as_is", "cached", "batch", "cached_batch", "cheaper", "cheaper_cached", "tuned", "tuned_hosted",
]  # fmt: skip


class Quotes(Frozen):
    """The prices a check has: of the model that would run without tuning, of the tuned one, of cheaper current models,
    and of a machine by the hour. ``passing`` and ``failing`` are models of which the person says whether they pass
    their eval, untuned."""

    now: Quote | None = None
    after: Quote | None = None
    cheaper: tuple[Quote, ...] = ()
    passing: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    machine_usd_per_hour: _Usd | None = None
    machines: Annotated[int, Field(ge=1)] = 1


class Rival(Frozen):
    """One way to answer a year's calls. ``usd_per_call`` is ``None`` when there are none; ``ratio`` and
    ``break_even_calls`` are tuning's against it (savings over cost; at the hit rate of today's volume), given once
    tuning's costs are known. ``passes``: what the person says of this model on their eval."""

    id: RivalId
    model: str
    usd_per_call: Exact | None
    usd_per_year: Exact
    hit_rate: Exact | None = None
    saved_by_tuning_usd: Exact | None = None
    ratio: Exact | None = None
    break_even_calls: int | None = None
    passes: bool | None = None


class PricedBy(Frozen):
    """Where a model's prices come from, and the day of them; ``old``: longer ago than they are taken for today's."""

    model: str
    version: str
    day: date
    old: bool


class FirstYear(Frozen):
    """The year with what the chapter leaves out: people's work before it starts, and savings that count from the month
    it goes live."""

    cost_usd: Exact
    savings_usd: Exact
    ratio: Exact | None
    band: Band | None
    net_usd: Exact
    engineering_usd: Exact
    go_live_months: int
    counted_as_zero: tuple[str, ...]


class Rivals(Frozen):
    """``test_first``: the models and ways that need no training and cost less than tuning does, the cheapest first, but
    those that fail; then ``cautions`` holds ``cheaper_untuned``. ``shorter_prompt_usd`` is what the tuned model's
    shorter prompt saves in the year, at its own price."""

    rows: tuple[Rival, ...]
    cautions: tuple[Literal["cheaper_untuned"], ...]
    test_first: tuple[tuple[RivalId, str], ...]
    shorter_prompt_usd: Exact | None
    first_year: FirstYear | None
    priced_by: tuple[PricedBy, ...]


# ---- prices


def hit_rate(calls_per_year: int, cache_seconds: int) -> Decimal:
    """How often a prompt's beginning is still in the cache, when calls come by chance: 1 - exp(-rate x lifetime).

    Args:
        calls_per_year: At least 0.
        cache_seconds: How long the cache keeps it after its last use, above 0.

    Returns:
        A share from 0 to 1 to nine decimals: 100,000 calls and 300 s give 0.614.
    """
    return Decimal(f"{1 - exp(-calls_per_year * cache_seconds / YEAR_SECONDS):.9f}")


def hosting_usd_per_month(usd_per_hour: Decimal, machines: int = 1) -> Decimal:
    """What machines cost that run day and night, as an answer to ``hosting_usd_per_month``.

    Args:
        usd_per_hour: Of one machine, at least 0.
        machines: At least 1.

    Returns:
        USD a month, a twelfth of 8,760 hours: $7 an hour is $5,110.
    """
    return decimal(Fraction(usd_per_hour) * machines * YEAR_HOURS / 12)


# ---- the table


def rivals(
    answers: Answers,
    quotes: Quotes,
    today: date,
    rules: Rules,
) -> Rivals | None:
    """A year of calls each way, side by side, beside tuning.

    Args:
        answers: ``calls_per_year`` and, without quotes, the two prices of a call.
        quotes: The prices of the models.
        today: The day it is asked.
        rules: The edition.

    Returns:
        ``None`` while the calls are not known, or nothing has a price.
    """
    calls = answers.known("calls_per_year")
    if calls is None:
        return None
    priced = _priced(answers, quotes)
    rows = tuple(_row(priced, quotes, *way) for way in _ways(priced, quotes, calls))
    year = first_year(priced, rules)
    if not rows and year is None:
        return None
    first = _test_first(rows, year) if calls else ()
    return Rivals(
        rows=rows,
        cautions=("cheaper_untuned",) if first else (),
        test_first=first,
        shorter_prompt_usd=_shorter_prompt(quotes, calls),
        first_year=year,
        priced_by=tuple(
            PricedBy(
                model=quote.model,
                version=quote.version,
                day=quote.dated or quote.day,
                old=(today - (quote.dated or quote.day)).days > rules.evidence.quote_days,
            )
            for quote in (quotes.now, quotes.after, *quotes.cheaper)
            if quote is not None
        ),
    )


def _priced(answers: Answers, quotes: Quotes) -> Answers:
    """The answers with the prices of the quotes where there are some."""
    told = {}
    for field, quote in (("usd_per_call_now", quotes.now), ("usd_per_call_after", quotes.after)):
        usd = None if quote is None else usd_today(quote)
        if usd is not None:
            told[field] = decimal(usd)
    return answers.model_copy(update=told)


_Way = tuple[RivalId, str, Fraction | None, Fraction, Decimal | None]
"""What it is, the model, USD a call and a year, and how often its cache hits."""


def _ways(priced: Answers, quotes: Quotes, calls: int) -> Iterator[_Way]:
    now, after = priced.known("usd_per_call_now"), priced.known("usd_per_call_after")
    if now is not None:
        yield _by_call("as_is", quotes.now.model if quotes.now else "", Fraction(now), calls)
    for quote in (*filter(None, (quotes.now,)), *quotes.cheaper):
        dear, hits = quote is quotes.now, hit_rate(calls, quote.cache_seconds)
        ways: list[tuple[RivalId, Fraction | None, Decimal | None]] = [
            ("cached" if dear else "cheaper_cached", usd_per_call(quote, hits), hits)
        ]
        if dear:
            ways += [("batch", usd_per_call(quote, batch=True), None)]
            ways += [("cached_batch", usd_per_call(quote, hits, batch=True), hits)]
        else:
            ways.insert(0, ("cheaper", usd_per_call(quote), None))
        for id, usd, found in ways:
            if usd is not None:
                yield _by_call(id, quote.model, usd, calls, found)
    model = quotes.after.model if quotes.after else ""
    if after is not None:
        yield _by_call("tuned", model, Fraction(after), calls)
    if quotes.machine_usd_per_hour is not None:
        year = Fraction(quotes.machine_usd_per_hour) * quotes.machines * YEAR_HOURS
        yield "tuned_hosted", model, year / calls if calls else None, year, None


def _by_call(id: RivalId, model: str, usd: Fraction, calls: int, hits: Decimal | None = None) -> _Way:
    return id, model, usd, usd * calls, hits


def _row(
    priced: Answers, quotes: Quotes,
    id: RivalId, model: str, usd: Fraction | None, year: Fraction, hits: Decimal | None,
) -> Rival:  # fmt: skip
    """A way, and what tuning is worth against it: the same sum with this price in the place of today's."""
    against = None
    if id not in ("tuned", "tuned_hosted") and usd is not None and all_known(priced, cost_inputs(priced)):
        told: dict[str, Decimal | None] = {"usd_per_call_now": decimal(usd)}
        if id.startswith("cheaper"):
            told["pass_rate_without_tuning"] = None  # it was told of another model
        against = priced.model_copy(update=told)
    saved, cost = None if against is None else savings(against), costs(priced)
    return Rival(
        id=id,
        model=model,
        usd_per_call=None if usd is None else decimal(usd),
        usd_per_year=decimal(year),
        hit_rate=hits,
        saved_by_tuning_usd=None if saved is None else decimal(saved),
        ratio=None if saved is None or not cost else decimal(saved / cost),
        break_even_calls=None if saved is None or against is None else break_even_calls(against),
        passes=None if id in ("tuned", "tuned_hosted") else _passes(model, quotes),
    )


def _passes(model: str, quotes: Quotes) -> bool | None:
    return True if model in quotes.passing else False if model in quotes.failing else None


def _test_first(rows: tuple[Rival, ...], year: FirstYear | None) -> tuple[tuple[RivalId, str], ...]:
    """The untrained ways that cost less in the year than calls of the tuned model and all that tuning costs, cheapest
    first."""
    tuned = next((row for row in rows if row.id == "tuned"), None)
    if tuned is None or year is None:
        return ()
    limit = tuned.usd_per_year + year.cost_usd
    cheaper = [
        row for row in rows
        if row.id not in ("as_is", "tuned", "tuned_hosted") and row.passes is not False and row.usd_per_year < limit
    ]  # fmt: skip
    return tuple((row.id, row.model) for row in sorted(cheaper, key=lambda row: row.usd_per_year))


def _shorter_prompt(quotes: Quotes, calls: int) -> Decimal | None:
    if quotes.now is None or quotes.after is None:
        return None
    fewer = max(0, quotes.now.input_tokens - quotes.after.input_tokens)
    price = sum((Fraction(month.input) for month in quotes.after.months), Fraction(0)) / len(quotes.after.months)
    return decimal(fewer * price * calls)


def first_year(answers: Answers, rules: Rules) -> FirstYear | None:
    """The year with people's work in its cost, and with savings for the months in which it answers calls; ``None``
    while the year is not known. What is not known of the two counts as 0."""
    saved = savings(answers)
    if saved is None or not all_known(answers, cost_inputs(answers)):
        return None
    engineering, months = (Fraction(answers.known(field) or 0) for field in FIRST_YEAR)
    cost, saved = costs(answers) + engineering, saved * (YEAR_MONTHS - months) / YEAR_MONTHS
    return FirstYear(
        cost_usd=decimal(cost),
        savings_usd=decimal(saved),
        ratio=decimal(saved / cost) if cost else None,
        band=band_of(saved, cost, rules),
        net_usd=decimal(saved - cost),
        engineering_usd=decimal(engineering),
        go_live_months=int(months),
        counted_as_zero=tuple(field for field in FIRST_YEAR if answers.known(field) is None),
    )

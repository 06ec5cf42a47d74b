"""Prices of 2026-11-22, USD a million tokens, as quotes."""

from datetime import date
from decimal import Decimal
from typing import Any

from advisor.model import Month, Quote

_LIST = {
    "claude-opus-5-5": ("4", "20", "0.2", "5"),
    "claude-sonnet-5-5": ("2", "10", "0.1", "2.5"),
    "claude-haiku-5-5": ("0.1", "0.5", "0.01", "0.125"),
    "gpt-4.1-mini": ("0.4", "1.6", "0.1", None),
}
"""In, out, cache read, cache write; a batch costs half."""


def a_token(usd: str | None) -> Decimal | None:
    return None if usd is None else Decimal(usd) / 1_000_000


def month(into: str, out: str, read: str | None = None, write: str | None = None) -> Month:
    prices: dict[str, Any] = {"input": a_token(into), "output": a_token(out)}
    half = {"batch_input": Decimal(into) / 2_000_000, "batch_output": Decimal(out) / 2_000_000}
    return Month(**prices, cache_read=a_token(read), cache_write=a_token(write), **half)


def quote(model: str, into: int = 4_500, out: int = 600, cached: int = 3_500, **more: Any) -> Quote:
    """A call of a model, the same all year."""
    told: dict[str, Any] = {
        "model": model, "input_tokens": into, "output_tokens": out, "cached_tokens": cached,
        "version": "genai-prices 0.2.3", "day": date(2026, 11, 22),
    }  # fmt: skip
    if "months" not in more:
        told["months"] = (month(*_LIST[model]),) * 12
    return Quote(**told, **more)

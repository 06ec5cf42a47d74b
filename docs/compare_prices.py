"""Compare the prices we ship with litellm's table, by another hand: ``make prices``, or a wheel or a JSON file of its.

It is no dependency (169 MB installed, and it fetches its table when it is imported): the table is read out of the
wheel. Not in CI, for a new price of a vendor is no fault of a change here. Exit status 1 when a price differs.
"""

import json
import sys
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.prices import PriceList
from bot.quotes import on

TABLE = "litellm/model_prices_and_context_window_backup.json"
PROVIDERS = {"anthropic": "Anthropic", "openai": "OpenAI"}
"""Whose models both have under the same ids."""

RATES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
}


def table_in(path: Path) -> Mapping[str, Any]:
    """Litellm's table, out of its wheel or as a file."""
    if path.suffix != ".whl":
        return dict(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    with zipfile.ZipFile(path) as wheel:
        return dict(json.loads(wheel.read(TABLE), parse_float=Decimal))


def differences(prices: PriceList, table: Mapping[str, Any]) -> tuple[int, list[str]]:
    """How many prices were compared, and those that differ."""
    compared, found = 0, list[str]()
    for model in prices.models:
        row = table.get(model.id)
        if not model.own or row is None or PROVIDERS.get(row.get("litellm_provider")) != model.provider:
            continue
        for ours, theirs in RATES.items():
            one, other = getattr(model.months[0][0][1], ours), row.get(theirs)
            if one is not None and other is not None:
                compared += 1
                if one != Decimal(other):
                    found.append(f"{model.id} {ours}: {one * 10**6} here, {Decimal(other) * 10**6} there ($/million)")
    return compared, found


def main() -> int:
    """Print what differs."""
    if len(sys.argv) != 2:
        print("Usage: python docs/compare_prices.py WHEEL|JSON", file=sys.stderr)
        return 2
    prices = on(datetime.now(UTC).date())
    compared, found = differences(prices, table_in(Path(sys.argv[1])))
    print(*found, f"{compared} prices compared, {len(found)} differ (genai-prices {prices.version})", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

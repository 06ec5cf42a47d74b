"""A rate is what somebody says it is, from either side; an amount is none."""

from decimal import Decimal

import pytest

from advisor.reading.currency import currency_in, rate_in


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1.27", "1.27"),
        ("1.27.", "1.27"),
        ("£1 = $1.27", "1.27"),
        ("£2 = $2.54", "1.27"),
        ("it's $1.27", "1.27"),
        ("$1.27 per pound", "1.27"),
        ("1 USD is 0.8 GBP", "1.25"),
        ("$4 = £2", "2"),
        ("rate: £1 = $1.27 today", "1.27"),
        ("300", None),
        ("5.01", None),
        ("5", "5"),
        ("€1 = $1.08", None),
        ("no idea", None),
        ("£1 -> $1.27", None),
    ],
)
def test_a_rate_is_dollars_for_one_of_the_currency_asked_about(text: str, rate: str | None) -> None:
    assert rate_in(text, "GBP") == (Decimal(rate) if rate else None)


def test_a_text_speaks_of_one_other_currency_or_of_none() -> None:
    assert [currency_in(text) for text in ("£300", "300 Euros", "$300", "£1 or €1", "300 pounds sterling")] == [
        "GBP", "EUR", "", "", "GBP",
    ]  # fmt: skip

"""Two models side by side, as the quick line writes them."""

import pytest

from advisor.reading.versus import as_prices


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (
            "opus 5.5 vs haiku 5.5, 4,500 in 600 out, 1M calls/yr",
            "opus 5.5, 4,500 in 600 out -> haiku 5.5, 1M calls/yr",
        ),
        ("opus 5.5 VS. haiku 5.5 4.5k in 600 out, 1M calls", "opus 5.5, 4.5k in 600 out -> haiku 5.5, 1M calls"),
        (
            "gpt-4.1-mini versus nova lite, 2k/300, 40k calls a day",
            "gpt-4.1-mini, 2k/300 -> nova lite, 40k calls a day",
        ),
        ("opus 5.5 4,500 in 600 out or haiku 5.5 5k in, 9 out", "opus 5.5 4,500 in 600 out -> haiku 5.5 5k in, 9 out"),
        ("opus 5.5 -> haiku 5.5; 2k in; 300 out", "opus 5.5, 2k in, 300 out -> haiku 5.5"),
        ("opus 5.5, 1M calls/yr", "opus 5.5, 1M calls/yr"),
        ("", ""),
    ],
)
def test_the_tokens_stand_beside_the_first_model_and_an_arrow_before_the_other(typed: str, read: str) -> None:
    assert as_prices(typed) == read


def test_a_line_of_any_length_is_read() -> None:
    assert as_prices("a vs b, " * 5_000).startswith("a -> b, a")

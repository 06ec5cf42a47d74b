"""A refusal names what was seen: the figures as they were typed, and the word nobody knows."""

import pytest

from advisor.reading.stumble import Stumble, stumble
from advisor.reading.tokens import LONGEST


@pytest.mark.parametrize(
    ("field", "text", "seen"),
    [
        ("eval_pairs", "12 Widgets", Stumble(("12",), "Widgets")),
        ("eval_pairs", "12 widgets, 15 gizmos, 20 foos, 4", Stumble(("12", "15 gizmos", "20 foos"), "widgets")),
        ("training_usd", "foo 5 and bar 6", Stumble(("5", "6"), "bar")),
        ("usd_per_call_now", "$5 per Zorkmid", Stumble(("$5",), "Zorkmid")),
        ("usd_per_call_now", "$5/zorkmid", Stumble(("$5",), "zorkmid")),
        ("usd_per_label", "$5 for each zorkmid", Stumble(("$5",), "zorkmid")),
        ("usd_per_label", "$5 per 1,000 zorkmids", Stumble(("$5 per 1,000",), "zorkmids")),
        ("eval_pairs", "300 a zorkmid", Stumble(("300",), "zorkmid")),
        ("calls_per_year", "300 each weekend", Stumble(("300 each weekend",))),
        ("eval_pairs", "blue", Stumble()),
        ("prompt_tried", "Maybe, I guess", Stumble(word="guess")),
        ("prompt_tried", "yes", Stumble()),
        ("goal", "Perhaps the tone", Stumble(word="Perhaps")),
        ("retrain_owner", "the Platform Team", Stumble(word="Team")),
        ("retrain_owner", "Probably Ada", Stumble(word="Probably")),
        ("eval_pairs", "x" * LONGEST, Stumble()),
        ("eval_pairs", "x" * (LONGEST + 1), Stumble(long=True)),
        ("goal", "x" * (LONGEST + 1), Stumble(long=True)),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_refusal_names_the_figures_and_the_word_it_stumbled_over(field: str, text: str, seen: Stumble) -> None:
    assert stumble(field, text) == seen

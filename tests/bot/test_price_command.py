"""``python -m bot prices``: what is known of a model's prices."""

import sys
from collections.abc import Callable

import pytest

from bot import __main__ as bot
from bot import quotes
from tests.prices import PRICES

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command on a day; what it prints, and where it complains."""
    monkeypatch.setattr(quotes.Quotes, "today", lambda _: PRICES)

    def do(*words: str, status: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["bot", "prices", *words])
        assert bot.run() == status
        said = capsys.readouterr()
        return said.out, said.err

    return do


def test_what_is_known_is_printed(run: Run) -> None:
    assert run("opus", "5.5")[0].splitlines() == [
        "Claude Opus 5.5 (Anthropic, claude-opus-5-5), list price of 9 Nov 2026, genai-prices 0.2.3",
        "  $4 in, $20 out, $0.2 read from the cache, $5 written to it, in batches $2 in and $10 out: "
        "US dollars for a million tokens",
    ]


def test_a_call_is_worked_out(run: Run) -> None:
    assert "4,500 in, 600 out -> $0.03 a call" in run("claude-opus-5-5", "4,500", "600")[0]
    assert "120,000 in, 500 out -> $0.06125 a call" in run("haiku", "5.5", "120k", "500")[0]


def test_what_changes_within_the_year_and_with_length_is_printed(run: Run) -> None:
    assert "  from December 2026: $4 in, $20 out" in run("gemini-4-argon")[0]
    assert "  with more than 100,000 in: $0.5 in" in run("haiku", "5.5")[0]


def test_a_name_of_several_tells_of_each(run: Run) -> None:
    assert len([line for line in run("haiku")[0].splitlines() if not line.startswith(" ")]) == 4


def test_a_model_nobody_sells_has_none(run: Run) -> None:
    assert run("gpt-7", status=1) == (
        'No price is known for "gpt-7" (genai-prices 0.2.3). The nearest names are gpt-4, GPT-5, gpt-4.1.\n', "",
    )  # fmt: skip
    assert run("frobnicator", "2k", "300", status=1)[0] == 'No price is known for "frobnicator" (genai-prices 0.2.3).\n'


@pytest.mark.parametrize("words", [(), ("opus-5.5", "4500"), ("--help",), ("opus", "5.5", "1", "2", "3")])
def test_anything_else_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, status=2)[1].startswith("Usage: python -m bot")

"""What vendors offer, what the rules don't weigh, who thinks otherwise."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from advisor import RuleError, Rules
from advisor.beyond.facts import availability, motives, second_opinions
from advisor.rulebook import availability_in
from tests.advisor.strategies import PASSING, TRIAL, changed

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("model", "vendor", "tuning", "days"),
    [
        ("claude-opus-5-5", "anthropic", "none", None),
        ("Haiku 5.5", "anthropic", "none", None),
        ("anthropic.claude-3-haiku-20240307", "claude_3_haiku_on_bedrock", "closed", -80),
        ("openai/gpt-4.1-mini", "openai", "closing", 38),
        ("gpt-oss-120b", "open_weights", "open", None),
        ("gemini-3.8-flash", "google", "open", None),
        ("amazon.nova-lite-v1", "amazon_nova", "open", None),
        ("accounts/fireworks/models/x", "fireworks", "open", None),
        ("Qwen 4 8B", "open_weights", "open", None),
    ],
)
def test_who_lets_whom_tune_what(rules: Rules, model: str, vendor: str, tuning: str, days: int | None) -> None:
    (offer,) = availability([model, model], TODAY, rules)
    assert offer.vendor
    assert (offer.model, offer.vendor.id, offer.vendor.tuning, offer.days_left) == (model, vendor, tuning, days)


def test_what_is_not_known_is_not_made_up(rules: Rules) -> None:
    (offer,) = availability(["grok-5"], TODAY, rules)
    assert (offer.vendor, offer.days_left, offer.old) == (None, None, False)


def test_a_fact_ages(rules: Rules) -> None:
    """From the ninety-first day on."""
    day = date.fromisoformat(availability(["mistral"], TODAY, rules)[0].vendor.day)  # type: ignore[union-attr]
    for days, old in ((rules.evidence.fact_days, False), (rules.evidence.fact_days + 1, True)):
        assert availability(["mistral"], day + timedelta(days), rules)[0].old is old


def test_motives_are_those_that_were_mentioned() -> None:
    assert [row.id for row in motives(["vendor_end", "latency", "the_weather"])] == ["latency", "vendor_end"]


def test_second_opinions_are_about_what_was_answered() -> None:
    def about(*more: tuple[str, object]) -> set[str]:
        return {row.about for row in second_opinions(changed({}, *more))}

    assert about() == set()
    assert about(("eval_pairs", 10)) == {"eval_set"}
    assert about(*PASSING.items()) == {"eval_set", "money"}
    assert about(*PASSING.items(), *TRIAL.items()) == {"eval_set", "money", "trial"}


def test_a_row_that_stands_twice_is_refused(tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "advisor" / "rules" / "availability.toml"
    text = source.read_text("utf-8")
    (tmp_path / "availability.toml").write_text(text.replace('names = ["mistral"', 'names = ["gemini"'), "utf-8")
    with pytest.raises(RuleError, match=r"vendor\.names \(gemini\): stands twice"):
        availability_in(tmp_path)

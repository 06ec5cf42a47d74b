"""What vendors offer, what the rules don't weigh, who thinks otherwise."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from advisor import RuleError, Rules
from advisor.beyond.facts import (
    asked_of_vendors,
    availability,
    models_in,
    motives,
    motives_in,
    second_opinions,
)
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


# ---- what was written


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ("Answers are too slow for voice", ("latency",)),
        ("no, too slow for voice", ("latency",)),
        ("latency is fine, data may not leave our house", ("data_in_house",)),
        ("It must run on-prem. Also GPT-4.1 is being retired", ("data_in_house", "vendor_end")),
        ("our prompt is long but speed doesn\u2019t matter", ("prompt_length",)),
        ("No latency problem; privacy is not an issue", ()),
        ("We label letters of the claims department", ()),
    ],
)
def test_motives_are_read_from_what_was_written_and_not_where_they_are_put_away(
    written: str, ids: tuple[str, ...]
) -> None:
    assert motives_in(written) == ids


@pytest.mark.parametrize(
    ("written", "models"),
    [
        ("We call GPT-4.1 mini and claude-opus-5-5", ("GPT-4.1 mini", "claude-opus-5-5")),
        ("Claude 3 Haiku on Bedrock, later opus 5.5", ("Claude 3 Haiku", "Bedrock", "opus 5.5")),
        ("gpt-4.1 today, and GPT-4.1 in a year", ("GPT-4.1",)),
        ("llama 4 70b or phi-4, on Together", ("llama 4 70b", "phi-4", "Together")),
        ("We work together on Amazon reviews and Google Docs", ()),
    ],
)
def test_models_are_those_that_are_named_and_no_other_word(written: str, models: tuple[str, ...]) -> None:
    assert models_in(written) == models


@pytest.mark.parametrize(
    ("question", "models"),
    [
        ("can we fine-tune gpt-4.1?", ("gpt-4.1",)),
        ("Can we tune grok-4?", ("grok-4",)),
        ("does google offer tuning", ("google",)),
        ("how long until OpenAI's tuning is switched off?", ("OpenAI",)),
        ("should we train it together?", ()),
        ("what does gpt-4.1 cost?", ()),
        ("why fine-tuning?", ()),
        ("who owns the retraining?", ()),
    ],
)
def test_a_question_about_vendors_names_what_it_is_about(question: str, models: tuple[str, ...]) -> None:
    assert asked_of_vendors(question) == models


def test_a_question_for_all_vendors_is_about_those_that_can_be_tuned(rules: Rules) -> None:
    named = asked_of_vendors("Which vendors still let us fine-tune?")
    assert {offer.vendor.id for offer in availability(named, TODAY, rules) if offer.vendor} == {
        row.id for row in availability_in().vendor if row.tuning == "open"
    }


def test_every_way_to_say_a_vendor_is_found_and_tells_its_row(rules: Rules) -> None:
    """With some number behind it where any may stand."""
    for row in availability_in().vendor:
        for said in row.said:
            (model,) = models_in(f"We have {said.replace('*', '-1').replace('#', '4')}, as told.")
            (offer,) = availability([model], TODAY, rules)
            assert offer.vendor, said
            assert offer.vendor.id == row.id, said

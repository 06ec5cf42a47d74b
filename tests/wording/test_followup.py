"""Questions in people's own words, answered from the bank without a model."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Answers, Report, decide, load_rules
from bot.bank import Sentence, bank
from bot.followup import _ANSWERS, _WORDS, LIKELY, MOST, find, likely
from bot.wording import Wording
from tests.advisor.strategies import answers

RULES = load_rules()
WORDING = Wording(RULES)
CASES = tomllib.loads((Path(__file__).parent / "followups.toml").read_text(encoding="utf-8"))
ASKED = CASES["asked"]


@cache
def report(name: str) -> Report:
    return decide(Answers(**CASES["reports"][name]), RULES)


@cache
def known(name: str) -> dict[str, Sentence]:
    return bank(report(name), WORDING)


def answered(case: dict[str, Any]) -> list[str]:
    return [sentence.id for sentence in find(case["question"], report(case["report"]), known(case["report"]))]


def right(case: dict[str, Any]) -> bool:
    ids = answered(case)
    return any(id in case["expect"] for id in ids[:2]) if case["expect"] else not ids


def misleads(case: dict[str, Any]) -> bool:
    first = answered(case)[:1]
    return any(
        id == bad or (bad.endswith("*") and id.startswith(bad[:-1])) for id in first for bad in case["misleading"]
    )


def test_of_more_than_a_hundred_questions_five_in_six_are_answered_right() -> None:
    assert len(ASKED) >= 60
    wrong = [case["question"] for case in ASKED if not right(case)]
    assert len(wrong) <= len(ASKED) / 6, wrong


def test_no_answer_begins_with_something_misleading() -> None:
    assert [case["question"] for case in ASKED if misleads(case)] == []


@pytest.mark.parametrize(
    "question", ["what about gemini?", "why is our CEO angry", "who won the match", "lovely weather, isn't it?", "42"]
)
def test_what_the_report_says_nothing_about_is_not_answered(question: str) -> None:
    assert find(question, report("eval_first"), known("eval_first")) == []


@pytest.mark.parametrize("code", LIKELY)
def test_the_questions_we_offer_are_answered(code: str) -> None:
    """Pressed, a question goes the same way as a typed one."""
    question = WORDING.plainly("bank", f"likely_{code}")
    assert all(find(question, report(name), known(name)) for name in CASES["reports"] if code in likely(report(name)))


@settings(max_examples=150)
@given(answers())
def test_whatever_the_report_the_offered_questions_have_answers_and_the_bank_is_fit_to_be_read(given: Answers) -> None:
    """Three offers, each with an answer; every sentence whole, with its section or about the bot, no code in it."""
    made = decide(given, RULES)
    sentences = bank(made, WORDING)
    for code in likely(made):
        assert 1 <= len(find(WORDING.plainly("bank", f"likely_{code}"), made, sentences)) <= MOST
    for id, sentence in sentences.items():
        assert sentence.text.rstrip("*_) ").endswith((".", "?", "…", '"')), sentence
        assert "_" not in sentence.text.replace("_(", "").replace(")_", ""), sentence
        assert sentence.cite or id.startswith(("said_", "sources", "approach")) or id in ALWAYS, id


ALWAYS = {"change_it", "who_decides", "certain", "privacy", "share", "export", "remind"}


@given(st.text(max_size=300))
def test_any_text_at_all_is_looked_up_without_an_error(text: str) -> None:
    assert len(find(text, report("eval_first"), known("eval_first"))) <= MOST


def test_every_topic_has_an_answer_and_every_answer_a_topic() -> None:
    assert set(_WORDS["topics"]) == set(_ANSWERS)


def test_a_figure_quoted_from_the_report_leads_to_where_it_stands() -> None:
    def first(question: str) -> str:
        return find(question, report("does_not_pay"), known("does_not_pay"))[0].id

    assert first("where does the $2,900 come from?") == "money_savings"
    assert first("132 months, how come") == "money_payback"
    assert first("7.9k seems steep") == "money_cost"

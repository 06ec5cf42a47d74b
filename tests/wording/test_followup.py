"""Questions in people's own words, answered from the bank without a model."""

import tomllib
from collections import Counter
from importlib.resources import files
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Answers, decide, load_rules
from advisor.report import Caution, PitfallId, PocCaution, Warning_
from bot.bank import bank
from bot.followup import LIKELY, MOST, find, likely
from bot.wording import Wording
from tests.advisor.strategies import answers
from tests.wording.asked import ASKED, REPORTS, judged, known, report

RULES = load_rules()
WORDING = Wording(RULES)
EXAMPLES = tomllib.loads((files("bot") / "followup.toml").read_text(encoding="utf-8"))["asked"]


def test_of_questions_no_example_was_made_from_three_in_four_are_answered_right() -> None:
    """What is answered as if we were sure is misleading in one of fifty at most."""
    came = Counter(judged(case) for case in ASKED)
    assert len(ASKED) >= 200
    assert came["right"] + came["perhaps right"] >= 0.75 * len(ASKED), came
    assert came["misleading"] <= 0.02 * len(ASKED), came


def test_no_question_that_is_asked_here_is_an_example() -> None:
    told = {line.casefold() for group in EXAMPLES for line in group["questions"].splitlines()}
    assert [case["question"] for case in ASKED if case["question"].casefold() in told] == []


def test_every_example_stands_once_and_names_sentences_there_are() -> None:
    lines = [line.casefold() for group in EXAMPLES for line in group["questions"].strip().splitlines()]
    assert [line for line, times in Counter(lines).items() if times > 1] == []
    there = {"deciding", "steps", "turning", "against"} | {id for name in REPORTS for id in known(name)}
    there |= {f"caution_{code}" for kind in (Caution, PocCaution) for code in get_args(kind)}
    there |= {f"pitfall_{code}" for code in get_args(PitfallId)} | {f"warning_{code}" for code in get_args(Warning_)}
    there |= {f"step_{step.id}" for step in RULES.steps}
    assert {id for group in EXAMPLES for id in group["answers"]} - there == set()


@pytest.mark.parametrize("row", RULES.questions, ids=lambda row: row.id)
def test_what_is_asked_can_be_asked_back_by_its_name(row) -> None:  # type: ignore[no-untyped-def]
    found = find(f"why do you ask about {row.short}?", report("run_a_trial"), known("run_a_trial"))
    assert f"why_{row.id}" in [one.id for one in found.sentences]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_gate_can_be_asked_about_by_its_number(number: int) -> None:
    assert find(f"why gate {number}?", report("run_a_trial"), known("run_a_trial")).sentences[0].id == f"gate_{number}"


@pytest.mark.parametrize(
    "question", ["what about gemini?", "why is our CEO angry", "who won the match", "lovely weather, isn't it?", "42"]
)
def test_what_the_report_says_nothing_about_is_not_answered_as_if_we_were_sure(question: str) -> None:
    assert not find(question, report("eval_first"), known("eval_first")).sure


@settings(max_examples=150)
@given(answers())
def test_whatever_the_report_the_offered_questions_have_answers_and_the_bank_is_fit_to_be_read(given: Answers) -> None:
    """Three offers, each surely answered; every sentence whole, with its section or about the bot, no code in it."""
    made = decide(given, RULES)
    sentences = bank(made, WORDING)
    for code in likely(made):
        found = find(WORDING.plainly("bank", f"likely_{code}"), made, sentences)
        assert found.sure
        assert 1 <= len(found.sentences) <= MOST
    for id, sentence in sentences.items():
        assert sentence.text.rstrip("*_) ").endswith((".", "?", "…", '"')), sentence
        assert "_" not in sentence.text.replace("_(", "").replace(")_", ""), sentence
        assert sentence.cite or id.startswith(("said_", "sources", "approach")) or id in ALWAYS, id


ALWAYS = {"change_it", "who_decides", "certain", "privacy", "share", "export", "remind"}


@pytest.mark.parametrize(
    ("code", "id"),
    [("why", "verdict"), ("change", "step_reach_the_volume"), ("much", "money_savings"), ("poc", "term_poc"),
     ("long", "labelling")],
)  # fmt: skip
def test_the_questions_we_offer_are_answered_by_what_they_ask_for(code: str, id: str) -> None:
    question = WORDING.plainly("bank", f"likely_{code}")
    assert code in LIKELY
    assert find(question, report("does_not_pay"), known("does_not_pay")).sentences[0].id == id


@given(st.text(max_size=300))
def test_any_text_at_all_is_looked_up_without_an_error(text: str) -> None:
    assert len(find(text, report("eval_first"), known("eval_first")).sentences) <= MOST


def test_a_figure_quoted_from_the_report_leads_to_where_it_stands() -> None:
    def said(question: str) -> list[str]:
        return [one.id for one in find(question, report("does_not_pay"), known("does_not_pay")).sentences[:2]]

    assert "money_savings" in said("where does the $2,900 come from?")
    assert "money_payback" in said("132 months, how come")
    assert "money_cost" in said("7.9k seems steep")

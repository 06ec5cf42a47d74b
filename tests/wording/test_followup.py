"""Questions in people's own words, answered from the bank without a model."""

import re
from collections import Counter
from operator import mul
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor import Answers, decide, load_rules
from advisor.report import Caution, PitfallId, PocCaution, Warning_
from advisor.rulebook import Question
from bot.answering.index import alike, lines, meaning, spelled, words
from bot.answering.intents import NOTHING, intents, things_named, unweighed
from bot.answering.search import MOST, find, likely
from bot.answering.sentences import bank
from bot.render.wording import Wording
from tests.advisor.strategies import answers
from tests.wording.__main__ import questions
from tests.wording.asked import ASKED, REPORTS, SETS, came, known, report

RULES = load_rules()
WORDING = Wording(RULES)
EXAMPLES = list(lines())


def test_of_questions_none_of_which_is_an_example_five_in_six_are_answered_right() -> None:
    """What misleads says that we are not sure, but for one in fifty. The figures are those of docs/wording.md."""
    answered = sum(map(came, SETS), Counter[str]())
    assert answered.total() >= 600
    assert answered["right"] + answered["perhaps right"] >= answered.total() * 5 / 6, answered
    assert answered["misleading"] <= answered.total() / 50, answered
    page = (Path(__file__).parents[2] / "docs" / "wording.md").read_text(encoding="utf-8")
    assert [line for line in questions() if line not in page] == []


def test_of_sixty_questions_nobody_looked_at_before_fifty_are_answered_right_and_none_misleads() -> None:
    """What may mislead says that we are not sure."""
    answered = came("tenth")
    assert answered.total() == 60
    assert answered["right"] + answered["perhaps right"] >= 50, answered
    assert answered["misleading"] == 0, answered


def test_no_question_that_is_asked_here_is_an_example() -> None:
    """Nor is one as the look-up reads it: an example but for its case, its marks or its small words."""
    assert [case["question"] for case in ASKED if alike(case["question"], 1)[0][0] >= 0.97] == []


def test_no_two_examples_are_the_same_and_each_is_of_an_intent_there_is() -> None:
    asked = [" ".join(re.findall(r"\w+", question.casefold())) for _, question in EXAMPLES]
    assert [question for question, times in Counter(asked).items() if times > 1] == []
    assert {intent for intent, _ in EXAMPLES} - intents().keys() == {NOTHING}
    assert len(EXAMPLES) + len(intents()) < 1 << 16, "the index has sixteen bits for the number of an example"


def test_every_intent_is_answered_by_sentences_there_are_and_asks_what_fits_on_a_button() -> None:
    there = {"deciding", "steps", "turning", "against"} | {id for name in REPORTS for id in known(name)}
    there |= {f"caution_{code}" for kind in (Caution, PocCaution) for code in get_args(kind)}
    there |= {f"pitfall_{code}" for code in get_args(PitfallId)} | {f"warning_{code}" for code in get_args(Warning_)}
    there |= {f"step_{step.id}" for step in RULES.steps}
    assert {id for intent in intents().values() for id in intent.answer} - there == set()
    assert 60 <= len({intent.row for intent in intents().values()}) <= 105
    assert [
        intent.asks for intent in intents().values() if not intent.asks.endswith("?") or len(intent.asks) > 75
    ] == []


def test_every_word_that_names_something_names_what_an_intent_is_about() -> None:
    for thing in things_named(" ".join(word for word in known("run_a_trial"))):
        assert any(intent.about(thing) for intent in intents().values()), thing


def test_an_example_word_for_word_is_the_likest() -> None:
    (likeness, intent), *_ = alike("what is an eval set?", 3)
    assert likeness == pytest.approx(1)
    assert intent == "term.eval_set"


@pytest.mark.parametrize("id", intents())
def test_what_an_intent_asks_is_answered_by_it(id: str) -> None:
    """Its button leads to its own sentences, in every report that has one of them."""
    for name in REPORTS:
        if intents()[id].answer[0] in known(name):
            found = find(intents()[id].asks, report(name), known(name))
            assert found.sure
            assert found.intents == (id,)
            assert found.sentences[0].id == intents()[id].answer[0]


@pytest.mark.parametrize(
    ("asked", "means_it", "looks_it"),
    [
        ("is it too pricey", "is it too expensive", "is it too prickly"),
        ("is the exam big enough", "is the test large enough", "is the exact bit enough"),
    ],
)
def test_what_means_the_same_is_nearer_than_what_is_spelled_alike(asked: str, means_it: str, looks_it: str) -> None:
    assert meant_alike(asked, means_it) > meant_alike(asked, looks_it)


def meant_alike(one: str, other: str) -> float:
    return sum(map(mul, meaning(one), meaning(other)))


def test_a_word_means_sixty_four_numbers_and_the_words_of_the_examples_are_known() -> None:
    place, means = words()
    assert means.shape == (len(place), 64)
    told = [word for _, question in EXAMPLES for word in spelled(question)]
    assert sum(word in place for word in told) / len(told) > 0.99


@pytest.mark.parametrize("row", RULES.questions, ids=lambda row: row.id)
def test_what_is_asked_can_be_asked_back_by_its_name(row: Question) -> None:
    found = find(f"why do you ask about {row.short}?", report("run_a_trial"), known("run_a_trial"))
    assert f"why_{row.id}" in [one.id for one in found.sentences]


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("what's §1 ③?", "section_s1-3"),
        ("what is §1.3", "section_s1-3"),
        ("What does section 5 say?", "section_s5"),
        ("(§2 ②)?", "section_s2-2"),
        ("where can i read §6", "section_s6"),
        ("§3 ④", "section_s3"),
    ],
)
def test_a_section_is_answered_by_what_it_decides(asked: str, leads_to: str) -> None:
    answer = find(asked, report("eval_first"), known("eval_first"))
    assert answer.sure
    assert answer.sentences[0].id == leads_to


@pytest.mark.parametrize(
    "asked",
    [
        "where does that come from?", "where's that number from?", "Says who?", "source?", "sources, please",
        "what's that based on?", "and where did you get that from?", "citation needed", "What is your source for that?",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("name", "rule"), [("eval_first", "section_s1-2"), ("does_not_pay", "section_s1-3")])
def test_who_asks_where_it_comes_from_is_told_the_rule_that_decided(asked: str, name: str, rule: str) -> None:
    """And what it found here."""
    answer = find(asked, report(name), known(name))
    assert answer.sure
    assert [one.id for one in answer.sentences] == [rule, f"gate_{rule[-1]}", "sources"]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_gate_can_be_asked_about_by_its_number(number: int) -> None:
    assert find(f"why gate {number}?", report("run_a_trial"), known("run_a_trial")).sentences[0].id == f"gate_{number}"


@pytest.mark.parametrize(
    "question", ["what about gemini?", "why is our CEO angry", "who won the match", "lovely weather, isn't it?", "42"]
)
def test_what_the_report_says_nothing_about_is_not_answered_as_if_we_were_sure(question: str) -> None:
    assert not find(question, report("eval_first"), known("eval_first")).sure


@settings(max_examples=150, deadline=None)
@given(answers())
def test_whatever_the_report_the_offered_questions_have_answers_and_the_bank_is_fit_to_be_read(given: Answers) -> None:
    """Three offers, each surely answered; every sentence whole, with its section or about the bot, no code in it."""
    made = decide(given, RULES)
    sentences = bank(made, WORDING)
    for code in likely(made):
        found = find(intents()[code].asks, made, sentences)
        assert found.sure
        assert 1 <= len(found.sentences) <= MOST
    for id, sentence in sentences.items():
        assert sentence.text.rstrip("*_) ").endswith((".", "?", "…", '"')), sentence
        assert "_" not in sentence.text.replace("_(", "").replace(")_", ""), sentence
        assert sentence.cite or id.startswith(("said_", "sources", "approach")) or id in ALWAYS, id


ALWAYS = {"change_it", "who_decides", "certain", "privacy", "share", "export", "remind", "hand_over", *unweighed()}


@pytest.mark.parametrize(
    ("code", "id"),
    [("why", "verdict"), ("change", "step_reach_the_volume"), ("much", "money_savings"), ("poc", "term_poc"),
     ("long", "labelling")],
)  # fmt: skip
def test_the_questions_we_offer_are_answered_by_what_they_ask_for(code: str, id: str) -> None:
    question = intents()[code].asks
    assert find(question, report("does_not_pay"), known("does_not_pay")).sentences[0].id == id


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_looked_up_without_an_error(text: str) -> None:
    assert len(find(text, report("eval_first"), known("eval_first")).sentences) <= MOST


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EXAMPLES), st.sampled_from(sorted(REPORTS)))
def test_an_example_is_answered_by_its_own_answer_in_a_report_that_has_it(example: tuple[str, str], name: str) -> None:
    intent, question = example
    found = find(question, report(name), known(name))
    if intent != NOTHING and intents()[intent].answer[0] in known(name) and found.doubt != "not_computed":
        assert intents()[intent].answer[0] in [one.id for one in found.sentences]
    assert len(found.sentences) <= MOST


@pytest.mark.parametrize("name", REPORTS)
def test_a_short_why_not_is_answered_without_a_doubt(name: str) -> None:
    found = find("why not?", report(name), known(name))
    assert found.sure
    assert found.sentences[0].id == "verdict"


def test_a_figure_quoted_from_the_report_leads_to_where_it_stands() -> None:
    def said(question: str) -> list[str]:
        return [one.id for one in find(question, report("does_not_pay"), known("does_not_pay")).sentences[:2]]

    assert "money_savings" in said("where does the $2,900 come from?")
    assert "money_payback" in said("132 months, how come")
    assert "money_cost" in said("7.9k seems steep")

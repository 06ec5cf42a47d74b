"""Options by the words people have for them: one named is taken, one only like it or two are offered."""

import re
from pathlib import Path
from typing import Any

import pytest

from advisor import Rules, read
from advisor.model import FIELDS, UNKNOWN
from advisor.reading.choices import named
from tests.advisor.test_rulebook import fault, folder  # noqa: F401 - a fixture
from tests.understanding.judge import items, judged


def test_every_word_of_an_option_is_read_as_it_but_for_those_that_only_hint_at_it(rules: Rules) -> None:
    for row in rules.questions:
        for option in row.options:
            for word in set(option.words) - set(option.near):
                assert read(row.id, word).value == option.id, f"{row.id}: {word!r}"


def test_every_word_of_yes_and_no_is_read_as_it(rules: Rules) -> None:
    for row in rules.questions:
        for answer, words in ((True, (*row.yes, *row.says_yes)), (False, (*row.no, *row.says_no))):
            for word in words:
                assert read(row.id, word).value is answer, f"{row.id}: {word!r}"


def test_a_label_or_word_typed_on_its_card_is_its_option(rules: Rules) -> None:
    for row in rules.questions:
        for option in row.options:
            for text in (option.label, *option.words):
                assert named(row.id, f" {text.upper()}. ") == option.id


def test_what_is_no_label_stays_as_it_was_typed() -> None:
    assert named("goal", "Make it nicer") == "Make it nicer"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("goal", "ticket routing", "classification"),
        ("goal", "we'd classify tickets", "classification"),
        ("goal", "reduce cost and nothing else, the same quality", "smaller_model"),
        ("goal", "medical chatbot", "domain_chat"),  # two hints at one
        ("failure_cause", "it hallucinates", "facts"),
        ("failure_cause", "invalid json", "format"),
        ("failure_cause", "too formal", "tone"),
        ("failure_cause", "not the tone, it's facts", "facts"),
        ("failure_cause", "it isn't the tone but the wrong label", "classification"),
        ("failure_cause", "invalid or truncated json", "format"),
        ("failure_cause", "not only the tone", "tone"),
        ("failure_cause", "not tone, facts", "facts"),
        ("failure_cause", "tone good, facts wrong", "facts"),
        ("failure_cause", "the answer is not right", "facts"),
        ("rag_tried", "pgvector with hybrid search", "yes"),
        ("rag_tried", "no, not needed: everything is in the input", "not_needed"),
        ("rag_tried", "no retrieval", "no"),
        ("rag_tried", "I don't know, ask the search team", UNKNOWN),
        ("base_kind", "raw pretrained, not chat", "base"),
        ("base_kind", "haven't picked", UNKNOWN),
        # not knowing outweighs a word of what follows
        ("failure_cause", "I don't know, ask the search team", UNKNOWN),
        ("failure_cause", "no idea, our format people would know", UNKNOWN),
        ("failure_cause", "honestly, no idea - the docs team has the numbers", UNKNOWN),
        ("failure_cause", "don't know yet; format owners are on leave", UNKNOWN),
        ("failure_cause", "not sure. the search team may know", UNKNOWN),
        ("failure_cause", "can't tell the articles apart", "classification"),
        ("goal", "no idea, ticket routing people know", UNKNOWN),
    ],
)
def test_one_that_is_named_is_taken(field: str, text: str, value: str) -> None:
    assert read(field, text).value == value


@pytest.mark.parametrize(
    ("field", "text", "first"),
    [
        ("failure_cause", "mostly the tone", ["tone"]),  # a hedge
        ("failure_cause", "the tone?", ["tone"]),
        ("failure_cause", "idk, facts", ["facts"]),  # a guess after not knowing
        ("failure_cause", "I don't know but facts are wrong", ["facts"]),
        ("failure_cause", "I don't know which facts are wrong", ["facts"]),
        ("failure_cause", "no idea, could be tone", ["tone"]),
        ("failure_cause", "tone and format", ["tone", "format"]),
        ("failure_cause", "tone or something", ["tone"]),
        ("failure_cause", "the format is fine, it picks something", ["format"]),  # praised
        (
            "failure_cause",
            "it invents prices that aren't in the table tone",
            ["facts", "tone"],
        ),  # nothing sets them apart
        ("failure_cause", "not the tone", ["tone"]),
        ("goal", "clasification", ["classification"]),  # a slip of the finger
        ("goal", "a doctor and a nurse and json", ["structured output", "domain chat"]),  # one word against two
        ("rag_tried", "no, we looked at pinecone", ["yes"]),
        ("rag_tried", "not needed, but nice", ["not needed"]),
        ("base_kind", "both", []),
    ],
)
def test_what_is_hedged_or_one_of_two_is_offered(field: str, text: str, first: list[str]) -> None:
    found = read(field, text)
    assert (found.value, found.problem) == (None, "not_an_option")
    assert list(found.candidates[: len(first)]) == first


def test_one_word_of_many_says_too_little() -> None:
    text = "my boss came up with it last summer and likes json a lot as far as anybody here can see"
    assert read("goal", text).candidates[0] == "structured output"
    assert read("goal", text).value is None


@pytest.mark.parametrize("text", ["purple", "zz", "none"])
def test_what_is_like_none_is_asked(text: str) -> None:
    found = read("goal", text)
    assert (found.problem, found.candidates) == ("not_an_option", ())


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("prompt_tried", "no, we only have a one-line system prompt tbh", False),
        ("tool_use_tried", "we're on function calling since january", True),
        ("poc_run", "next week", False),
        ("agreement_checked", "yes kappa .78", True),
        ("agreement_checked", "no kappa", False),
        ("retrain_budget", "nothing allocated", False),
        ("checkpoints_versioned", "No idea how the managed service keeps them", UNKNOWN),
        ("large_model_meets_target", "Not checked yet, planned for next week", UNKNOWN),
        ("quality_parity", "can't tell them apart", True),
        ("label_guidelines", "documented - in the wiki", True),
        ("eval_overlaps_training", "no clue, separate team", UNKNOWN),
        ("quality_parity", "not sure; the slower one was below target says Tom", UNKNOWN),
        ("eval_overlaps_training", "idk, leaks", None),
        ("eval_overlaps_training", "no idea, they are disjoint", None),
        # a clause that says nothing we know, a story, two figures, a bare word against what follows it
        ("base_choice_documented", "there's an ADR, which somebody deleted in spring", None),
        ("retrain_pipeline", "Airflow " + "and so on " * 9, None),
        ("large_model_meets_target", "no, 92 against 90", None),
        ("poc_run", "no we ran one", None),
        ("large_model_meets_target", "no, we never measured", None),  # not checked is not known
        ("tool_use_tried", "not without function calling", None),
        ("tool_use_tried", "no function calling, no json schema, but strict mode", None),
        ("checkpoints_versioned", "mlflow, no clue", None),
        ("agreement_checked", "kappa, will do", None),
        ("prompt_tried", "sure, why not", None),
    ],
)
def test_yes_and_no_in_words_of_ones_own(field: str, text: str, value: Any) -> None:
    assert read(field, text).value is value or read(field, text).value == value


def test_the_likelier_answer_is_offered_first() -> None:
    assert read("retrain_pipeline", "somewhat manual").candidates == ("no", "yes")
    assert read("retrain_pipeline", "no but soon").candidates == ("no", "yes")
    assert read("retrain_pipeline", "purple").candidates == ("yes", "no")


def test_of_the_open_material_nothing_is_read_wrongly() -> None:
    """`python -m tests.understanding.judge` prints how much of it is understood."""
    for name in ("phrases", "answers"):
        assert {field for field, counts in judged(items(name), card=True).items() if counts["wrong"]} == set()


def test_a_hint_that_names_another_option_is_told(folder: Path) -> None:  # noqa: F811 - the fixture
    told = fault(folder, "questions", "brand voice, ", "brand voice, wiki, ")
    assert re.search(r"question \(goal\).options: 'wiki' stands for two of them", told)


def test_every_field_with_options_has_words_for_each(rules: Rules) -> None:
    for row in rules.questions:
        if FIELDS[row.id].kind == "choice":
            assert all(option.words for option in row.options)

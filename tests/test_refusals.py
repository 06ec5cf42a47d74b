"""A refusal is a true sentence: it names the figures it saw and the word it stumbled over."""

import re

import pytest

from advisor import load_rules, read
from advisor.model import FIELDS
from advisor.reading.lexicon import mark_of
from advisor.reading.quantities import quantities
from advisor.reading.tokens import LONGEST, tidy
from bot.render.wording import Wording
from tests.advisor.sentences import drawn

WORDING = Wording(load_rules())


def refusal(field: str, text: str) -> str:
    found = read(field, text)
    assert found.problem, f"{text!r} is read as {found.value!r}"
    said = WORDING.plainly("problems", found.problem, text, found, WORDING.row(field))
    return " ".join(said.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        (
            "eval_pairs",
            "about 12 widgets",
            'I see *12* in "about 12 widgets", but I don\'t know what "widgets" says about it.',
        ),
        ("eval_pairs", "lots", 'I can\'t find a number in "lots". I count eval pairs.'),
        (
            "eval_pairs",
            "see sheet v2",
            'I can\'t find a number in "see sheet v2" that answers this. I count eval pairs.',
        ),
        (
            "poc_lost",
            "only 2, luckily",
            'I see *2* in "only 2, luckily", but I don\'t know what "luckily" says about it.',
        ),
        ("usd_per_label", "1.250", 'I am not sure how to read "1.250".'),
        ("usd_per_label", "$0.02 + tax", 'I see *$0.02* in "$0.02 + tax", but I don\'t know what "tax" says about it.'),
        ("measured_pass_rate", "1", '"1" can be read in more than one way (1 % or 100 %).'),
        ("eval_pairs", "5 and 7", '"5 and 7" has more than one number, and I don\'t know which one you mean.'),
        ("labelers", "2.5", '"2.5" is outside what this can be: a whole number, from zero to 1,000,000,000,000.'),
        (
            "training_usd",
            "$25 per million tokens",
            '"$25 per million tokens" speaks of tokens. I need *training cost* in dollars.',
        ),
        (
            "upkeep_usd_per_month",
            "5 hours",
            'I can\'t count "5 hours" up to a month. I need *upkeep a month* in dollars.',
        ),
        (
            "usd_per_call_now",
            "$6 per call",
            '"$6 per call" for a single call is a lot. If it is the price of 1,000 calls, say "$6 per 1,000 calls".',
        ),
        ("prompt_tried", "mostly", 'I can\'t tell whether "mostly" is a yes or a no: "mostly" leaves it open.'),
        (
            "retrain_owner",
            "the team",
            'I can\'t tell whether "the team" is one person, because of "team". '
            "Retraining that everybody owns tends not to happen; who would do it?",
        ),
        (
            "retrain_owner",
            "Anna and Bob",
            '"Anna and Bob" names more than one. Retraining that everybody owns tends not to happen; who would do it?',
        ),
        ("base_kind", "both", 'I can\'t match "both" to one answer.'),
    ],
)
def test_a_refusal_says_what_was_seen_and_what_was_not_understood(field: str, text: str, said: str) -> None:
    assert refusal(field, text) == said


@pytest.mark.parametrize("field", ["eval_pairs", "usd_per_label", "measured_pass_rate"])
def test_an_essay_is_asked_to_be_shorter(field: str) -> None:
    """It may well have a number."""
    assert refusal(field, "we counted 620 of them " * 20).startswith("That is more than I read as one answer")


def test_no_refusal_of_ten_thousand_sentences_says_what_is_not_so() -> None:
    untrue = list[str]()
    for one in drawn(10_000, seed=9):
        if read(one.field, one.text).problem is None:
            continue
        said, low = refusal(one.field, one.text), tidy(one.text).lower()
        if len(low) > LONGEST:
            continue
        figures = [low[each.start : each.end] for each in quantities(low)]
        word = re.search(r"I don't know what \"(\w+)\" says", said)
        if FIELDS[one.field].kind in ("count", "rate", "money") and not (
            ("find a number" not in said or not set(figures) - {"one"})
            and ("that answers this" in said or "find a number" not in said or not re.search(r"\d", one.text))
            and ("more than one number" not in said or len(figures) > 1)
            and (word is None or (mark_of(word[1].lower()) == "?" and word[1] in tidy(one.text)))
        ):
            untrue.append(f"{one.field}: {said}")
    assert untrue == []

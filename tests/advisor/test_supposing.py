"""A question that supposes other figures is read as those figures, and as nothing else."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.model import FIELDS, Answers
from advisor.supposing import suppose
from tests.advisor.strategies import answers

KNOWN = Answers(
    eval_pairs=620, measured_pass_rate=Decimal("0.82"), target_pass_rate=Decimal("0.9"), calls_per_year=100_000,
    usd_per_call_now=Decimal("0.03"), usd_per_call_after=Decimal("0.001"), training_pairs=5_000, labelers=2,
    usd_per_label=Decimal(1), training_usd=Decimal(500), upkeep_usd_per_month=Decimal(200),
)  # fmt: skip


def supposed(question: str, known: Answers = KNOWN) -> dict[str, Any] | None:
    """What would be other, by field."""
    then = suppose(question, known)
    return then and {field: value for field in FIELDS if (value := getattr(then, field)) != getattr(known, field)}


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("what if we had 2M calls a year?", {"calls_per_year": 2_000_000}),
        ("what about 50k calls a month", {"calls_per_year": 600_000}),
        ("would it pay with 3 million requests per year", {"calls_per_year": 3_000_000}),
        ("Double the traffic?", {"calls_per_year": 200_000}),
        ("what happens if calls drop by 30%", {"calls_per_year": 70_000}),
        ("what if volume falls by half", {"calls_per_year": 50_000}),
        ("what if it was 10x the volume", {"calls_per_year": 1_000_000}),
        ("if we get 20 percent more requests", {"calls_per_year": 120_000}),
        ("and with labels at 40 cents?", {"usd_per_label": Decimal("0.4")}),
        ("what if labels were 20% cheaper", {"usd_per_label": Decimal("0.8")}),
        ("And if we only label 1,500 pairs instead of 5k?", {"training_pairs": 1_500}),
        ("would half the labels do?", {"training_pairs": 2_500}),
        ("what if we had 1,000 eval pairs", {"eval_pairs": 1_000}),
        ("what if we get 1,200 test questions by friday", {"eval_pairs": 1_200}),
        ("what if the target were 85%", {"target_pass_rate": Decimal("0.85")}),
        ("what if accuracy is 86 %", {"measured_pass_rate": Decimal("0.86")}),
        ("suppose hosting is $1k a month", {"hosting_usd_per_month": Decimal(1_000)}),
        ("say gpu is 3k", {"training_usd": Decimal(3_000)}),
        ("what if a tuned call costs half a cent", {"usd_per_call_after": Decimal("0.005")}),
        ("with 4 labelers?", {"labelers": 4}),
        ("say the team hands us another 500 eval pairs", {"eval_pairs": 1_120}),
        ("what if we label 2,000 fewer pairs", {"training_pairs": 3_000}),
        ("what if we pay $1 more per label", {"usd_per_label": Decimal(2)}),
        ("if we reach 91% with the new prompt?", {"measured_pass_rate": Decimal("0.91")}),
        ("labels at 2.50 each?", {"usd_per_label": Decimal("2.5")}),
        ("hm, what if the current model costs us 9 cents a call and not 3", {"usd_per_call_now": Decimal("0.09")}),
        ("we may lose a customer, so 30% less traffic. still ok?", {"calls_per_year": 70_000}),
        (
            "suppose labels run us $4 a pair and upkeep is 600 a month",
            {"usd_per_label": Decimal(4), "upkeep_usd_per_month": Decimal(600)},
        ),
        (
            "what if we do 2M calls and pay $0.50 per label",
            {"calls_per_year": 2_000_000, "usd_per_label": Decimal("0.5")},
        ),
    ],
)
def test_figures_are_supposed_for_the_field_named_nearest(question: str, figures: dict[str, Any]) -> None:
    assert supposed(question) == figures


@pytest.mark.parametrize(
    "question",
    [
        "why do we need 1000 eval pairs",  # asks for a reason
        "how do we get to 1,000 eval pairs?",  # and for a way
        "is 620 eval pairs enough?",  # what is known already
        "what if we had 1000 pairs",  # of which kind?
        "what if a call costs 1 cent",  # before or after?
        "what if we wait 2 months",  # nothing that is asked
        "and if the gain is only 2 points, do we just add more data?",
        "what if we had 2M calls in 3 months and labels",  # a figure is left over
        "what if hosting doubles",  # nobody said what it costs
        "what if hosting costs $100 more",  # nor here
        "what if we had 6,000 fewer training pairs",  # less than none
        "what if 140% of the eval set passes",  # no such share
        "what if we had 2M calls or 3M calls",  # one field, two figures
        "what if nobody owns the retraining",
    ],
)
def test_what_is_not_understood_whole_supposes_nothing(question: str) -> None:
    assert suppose(question, KNOWN) is None


def test_a_name_with_two_meanings_is_the_one_that_was_answered() -> None:
    assert supposed("what if we had 1000 pairs", Answers(eval_pairs=620)) == {"eval_pairs": 1_000}
    assert supposed("what if a call costs 1 cent", Answers(usd_per_call_now=Decimal("0.03"))) == {
        "usd_per_call_now": Decimal("0.01")
    }


@given(st.text(max_size=400), answers())
def test_any_text_is_fine_and_only_figures_change(question: str, known: Answers) -> None:
    then = suppose(f"what if {question}", known)
    changed = [field for field in FIELDS if then and getattr(then, field) != getattr(known, field)]
    assert all(FIELDS[field].kind in ("count", "rate", "money") for field in changed)
    assert then is None or changed

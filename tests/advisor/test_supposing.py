"""A question that supposes other figures is read as those figures, and as nothing else."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.model import FIELDS, Answers
from advisor.reading.read import read
from advisor.reading.what_if import numbers, suppose, supposes
from tests.advisor.strategies import answers

KNOWN = Answers(
    eval_pairs=620, measured_pass_rate=Decimal("0.82"), target_pass_rate=Decimal("0.9"), calls_per_year=100_000,
    usd_per_call_now=Decimal("0.03"), usd_per_call_after=Decimal("0.001"), training_pairs=5_000, labelers=2,
    usd_per_label=Decimal(1), training_usd=Decimal(500), upkeep_usd_per_month=Decimal(200),
)  # fmt: skip


def supposed(question: str, known: Answers = KNOWN) -> dict[str, Any] | None:
    """What would be other, by field."""
    then = suppose(question, known)
    if then is None:
        return None
    return {field: value for field in FIELDS if (value := getattr(then, field)) != getattr(known, field)}


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
        ("calls x 10, same prices", {"calls_per_year": 1_000_000}),
        ("volume x3 with the same costs?", {"calls_per_year": 300_000}),
        ("usage times 5, rest unchanged", {"calls_per_year": 500_000}),
        ("can we go to 20k labels now", {"training_pairs": 20_000}),
        ("labels for 20 cents, otherwise as it is", {"usd_per_label": Decimal("0.2")}),
        ("worst case: half the traffic", {"calls_per_year": 50_000}),
        ("what if traffic goes x5 and labels stay at a dollar", {"calls_per_year": 500_000}),
        ("if the tuned one was self hosted for 0 per call?", {"usd_per_call_after": Decimal(0)}),
        ("and if I squeeze labels to 30 ct", {"usd_per_label": Decimal("0.3")}),
        ("say the team hands us another 500 eval pairs", {"eval_pairs": 1_120}),
        ("what if we label 2,000 fewer pairs", {"training_pairs": 3_000}),
        ("what if we pay $1 more per label", {"usd_per_label": Decimal(2)}),
        ("if we reach 91%?", {"measured_pass_rate": Decimal("0.91")}),
        ("labels at 2.50 each?", {"usd_per_label": Decimal("2.5")}),
        ("hm, what if the current model costs us 9 cents a call and not 3", {"usd_per_call_now": Decimal("0.09")}),
        ("30% less traffic. still ok?", {"calls_per_year": 70_000}),
        ("what if we lose half our traffic", {"calls_per_year": 50_000}),
        ("what if we lose 20k calls a year", {"calls_per_year": 80_000}),
        ("what if we had 3 times fewer calls", {"calls_per_year": 33_333}),
        ("what if calls grow by 100k", {"calls_per_year": 200_000}),
        (
            "what if only half the calls and hosting costs 1000 a month?",
            {"calls_per_year": 50_000, "hosting_usd_per_month": Decimal(1_000)},
        ),
        ("and if the big model gets 5x cheaper?", {"usd_per_call_now": Decimal("0.006")}),
        ("what if the big model drops by 1 cent", {"usd_per_call_now": Decimal("0.02")}),
        ("what if labels get 20 cents cheaper", {"usd_per_label": Decimal("0.8")}),
        ("what if upkeep rose by $100", {"upkeep_usd_per_month": Decimal(300)}),
        ("what if upkeep was $50 lower", {"upkeep_usd_per_month": Decimal(150)}),
        (
            "suppose labels run us $4 a pair and upkeep is 600 a month",
            {"usd_per_label": Decimal(4), "upkeep_usd_per_month": Decimal(600)},
        ),
        ("labels at $4 a pair rather than the $1. does it still fly?", {"usd_per_label": Decimal(4)}),
        ("labels for 20 cents a pop, still ok?", {"usd_per_label": Decimal("0.2")}),
        ("and if the bar gets bumped up to 95%?", {"target_pass_rate": Decimal("0.95")}),
        ("half the traffic. does your answer survive that?", {"calls_per_year": 50_000}),
        ("hypothetically: we only label 1,000 pairs. better?", {"training_pairs": 1_000}),
        (
            "suppose hosting is 2.5k a month, how does that change the math",
            {"hosting_usd_per_month": Decimal(2_500)},
        ),
        (
            "let's assume 2 bucks per annotation. where does that leave us?",
            {"usd_per_label": Decimal(2)},
        ),
        (
            "what if we do 2M calls and pay $0.50 per label",
            {"calls_per_year": 2_000_000, "usd_per_label": Decimal("0.5")},
        ),
        ("what if hosting is $6,000 annually", {"hosting_usd_per_month": Decimal(500)}),
        ("what if we had 1e6 calls", {"calls_per_year": 1_000_000}),
        ("what if we had 2 lakh calls", {"calls_per_year": 200_000}),
        ("what if labels are 40c", {"usd_per_label": Decimal("0.4")}),
        ("20k calls rather than 10k a month?", {"calls_per_year": 240_000}),
        ("what if traffic comes down by 5 %", {"calls_per_year": 95_000}),
        ("if the tuned model cost nothing to host", {"hosting_usd_per_month": Decimal(0)}),
        ("suppose we get to 90 %", {"measured_pass_rate": Decimal("0.9")}),
        ("with 1,000 eval pairs?", {"eval_pairs": 1_000}),
        ("if we had somebody who owns retraining", {"retrain_owner": "somebody"}),
        ("what if rag had been tried", {"rag_tried": "yes"}),
    ],
)
def test_figures_are_supposed_for_the_field_named_nearest(question: str, figures: dict[str, Any]) -> None:
    assert supposed(question) == figures


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("upkeep at 200 is way too low, more like 1,100 a month", {"upkeep_usd_per_month": Decimal(1_100)}),
        ("Suppose marketing's plan works out and we hit half a million calls. redo the math?",
         {"calls_per_year": 500_000}),
        ("if we mend search and get to 92 what do you say then?", {"measured_pass_rate": Decimal("0.92")}),
        ("if the prompt gets us to 90%", {"measured_pass_rate": Decimal("0.9")}),
        ("what if rag reaches 95%", {"measured_pass_rate": Decimal("0.95")}),
        ("what if the regulator forces 95?", {"target_pass_rate": Decimal("0.95")}),
        ("can we go if we ship at 80%?", {"target_pass_rate": Decimal("0.8")}),
        ("what if labels stop at 3000, budget reasons", {"training_pairs": 3_000}),
        ("traffic goes from 100k to 250k, still no?", {"calls_per_year": 250_000}),
        ("what if labels go from 20 cents to 50 cents", {"usd_per_label": Decimal("0.5")}),
        ("what if volume comes down by a third", {"calls_per_year": 66_667}),
        ("double the calls and half the label price", {"calls_per_year": 200_000, "usd_per_label": Decimal("0.5")}),
        ("what if traffic grows 10x", {"calls_per_year": 1_000_000}),
        ("what if our traffic is 10 times higher", {"calls_per_year": 1_000_000}),
        ("suppose the vendor cuts prices by half", {"usd_per_call_now": Decimal("0.015")}),
        ("what if a request costs 2 cents now", {"usd_per_call_now": Decimal("0.02")}),
        ("if the tuned one needs a dedicated endpoint at 900 a month", {"hosting_usd_per_month": Decimal(900)}),
        ("let's say 1m calls, labels at 50c and hosting 300/month",
         {"calls_per_year": 1_000_000, "usd_per_label": Decimal("0.5"), "hosting_usd_per_month": Decimal(300)}),
        ("what if one failure costs us 20 dollars", {"usd_per_failure": Decimal(20)}),
        ("what if 2,000 pairs are already labelled", {"labeled_pairs": 2_000}),
        ("and 500k calls?", {"calls_per_year": 500_000}),
        ("labels at 40 cents and 2M calls?", {"usd_per_label": Decimal("0.4"), "calls_per_year": 2_000_000}),
        ("and hosting of 100 dollars a month?", {"hosting_usd_per_month": Decimal(100)}),
        ("lower the bar to 80 %, then what", {"target_pass_rate": Decimal("0.8")}),
    ],
)  # fmt: skip
def test_people_suppose_in_many_ways(question: str, figures: dict[str, Any]) -> None:
    assert supposed(question) == figures


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("what if retraining had an owner", {"retrain_owner": "somebody"}),
        ("if we find an owner for retraining, does it flip", {"retrain_owner": "somebody"}),
        ("what if we get budget for retraining", {"retrain_budget": True}),
        ("what if we had a retraining pipeline", {"retrain_pipeline": True}),
        ("if we deduped the eval set", {"eval_overlaps_training": False}),
        ("what if a larger model reached the target", {"large_model_meets_target": True}),
        ("what if retraining had a budget and somebody owned retraining",
         {"retrain_budget": True, "retrain_owner": "somebody"}),
        ("what did I say for retrieval tried?", None),
        ("what if somebody else owns the retraining", None),
        ("what if we never retrain", None),
        ("what if there is no budget for retraining", None),
        ("what if we don't have an owner", None),
    ],
)  # fmt: skip
def test_what_is_yes_or_no_can_be_supposed_to_be_so(question: str, changed: dict[str, Any] | None) -> None:
    assert supposed(question) == changed


@pytest.mark.parametrize("noun", ["calls", "requests", "queries", "inferences", "invocations", "completions", "hits"])
@pytest.mark.parametrize("period", ["a day", "per week", "a month", "per quarter", "a year", "daily", "/month"])
@pytest.mark.parametrize("frame", ["what if we had {}", "and with {}?", "say it's {}. still ok?", "{} instead of 90k?"])
def test_a_figure_with_its_unit_is_read_as_an_answer_is(frame: str, noun: str, period: str) -> None:
    said = f"20k {noun} {period}"
    assert supposed(frame.format(said)) == {"calls_per_year": read("calls_per_year", said).value}


@pytest.mark.parametrize(
    "said", ["40 cents", "40c", "$0.4", "$.40", "0.40 dollars", "forty cents", "40¢", "40 cents each", "40 ct a pop"]
)
def test_a_price_is_read_in_all_its_spellings(said: str) -> None:
    assert supposed(f"what if labels are {said}") == {"usd_per_label": Decimal("0.4")}


def test_what_is_replaced_names_what_replaces_it() -> None:
    """And lends it its period; "the 10k a month" is a thing by itself."""
    known = Answers(calls_per_year=120_000, labelers=2)
    assert supposed("20k rather than 10k a month", known) == {"calls_per_year": 240_000}
    assert supposed("20k instead of the 10k a month", known) is None
    assert supposed("20k rather than 11k a month", known) is None


NOT_UNDERSTOOD = """
legal says we need 95% accuracy
what if we need 95% accuracy
calls are not 1,000 a day but 5,000
what if labels go from 20 cents to 50
what if traffic is 20k instead of the 10k a month
sales calls are 50k, deal breaker?
2,000 labels are done. better?
could the team get 2,000 labels done
what if every 10 labels cost $3
what if our own server costs $20k
what if wrong answers drop to 500
what if the tuned model is 10x cheaper
what if the tuned one is 2
calls x 0.03
labels x 40 cents
labels x 2 dollars
what if calls x 2.5
300 pairs x 12
what about your 1,000 eval pairs
what if 20k calls came back
what if labels are half of what we assumed
what if we increase the eval set by 380
what if the pass rate climbs by 5%
what if legal bumps the bar up by 5%
what if upkeep moves by $50
what if we bring calls down by 20k
sales bring calls up by 20k, still ok?
what if the pass rate is 5% better
what if upkeep is $50 better
what if half of the labels are better
what if half of the calls survive
what if hosting is not $500
what if calls are not 2M a year
where would 1,000 eval pairs leave us
what if finance wants 90 instead of 5k
what if the boss asks about 2M users
what if we move to 4 boxes
why do we need 1000 eval pairs
how do we get to 1,000 eval pairs?
where would the 1,000 eval pairs come from?
what would 1,000 eval pairs cost us?
how long would 1,000 eval pairs take?
would you say 1,000 eval pairs is a hard rule?
is 620 eval pairs enough?
I had 700 eval pairs last year
didn't I say we had 700 eval pairs?
what if we had 1000 pairs
what if a call costs 1 cent
what if we wait 2 months
and if the gain is only 2 points, do we just add more data?
what if we had 2M calls in 3 months and labels
what if we had 2M calls or 3M calls
what if hosting doubles
what if hosting costs $100 more
what if we had 6,000 fewer training pairs
what if 140% of the eval set passes
what if nobody owns the retraining
what if the tuned model scores 95%
what if fine-tuning gets us to 95%
what if the larger model reaches 95%
what would unblock gate 2, the eval set?
would gate 2 pass with a better eval set?
could we do step 1 (the eval set) next week?
what if labels get done in week 2
what if the eval set is ready by Q3 2027
what if we have 1000 eval pairs by 2027
would H1 2026 traffic change this
what if the eval set is ready on 1st of May
what if labels arrive on May 12
what if we use GPT-4 for labels
what if labels cost €2
what if labels cost 2 euros
what if gpu is 3k€
what if hosting is 500 kr a month
what if accuracy drops 5 points
what if accuracy improves by 5%
what if traffic drops 90%
lower the target by 5, does it flip?
what if caching saves 300k calls
what if hosting is $2/hr
what if upkeep is $7,200 over three years
100k calls next month, still ok?
what if calls take 2 seconds
what if each call uses 2k tokens
what if 300 users are making calls
what if annotation takes 5 minutes per pair
what if we host on 4 GPUs
what if upkeep is 0.5 FTE
what if we have 2 calls on Friday
would we break even in 6 months with this traffic
how many calls would be needed for 2x ROI
would we still get 3.67x with fewer calls?
could the $29,000 savings go to labels?
what if we stop paying $300 upkeep
what if we don't get 1000 eval pairs
what if accuracy never gets above 85%
what if labels cost less than $2
what if only 18% don't pass
would it help to double-check the eval set
should we double check the labels, would that help
what if traffic comes in the second half of the year
what if half of the calls fail
what if 30% more calls fail
what if we train on 4x H100 GPUs
what if labelling costs $40k
what if the labels cost us $5,000 in total
what if we have 50 mistakes a day
what if both labels and calls double
what if we had 2M calls but a third are spam
what if we had no eval set but 2M calls
what if the tuned model only saves 1 cent per call
what if we had 3 labels per pair
what if 500 labels are included
what if we redo 1,000 labels
what if each request makes 3 calls
what if each call needs 2 requests
what if 3 people use it
what if we label 1,000 pairs again
traffic drops 10x, still ok?
what if traffic falls by 3x
what if traffic drops a third
what if calls grow a third
what if nothing happens to labels
what if we are free to label
what if the annotators are free
you say 1,000 eval pairs, is that a must?
does it have to be 1,000 eval pairs
do you have 1,000 eval pairs
did we say 700 pairs
what is the price of 2,000 labels
what if prompt calls double
how much is 2,000 labels
what if we have 2 evals a week
what if 2M calls fail
what if calls cost us 2 hours
what if labels cost us 5 minutes each
what if the target is 5 points lower
what if the target is 2% lower
what if accuracy is 2% higher
what if 90% of calls are spam
what if 90% of the traffic is spam
what if we get 90% of the calls
what if 2 labelers get $20 an hour
what if labels are $20 an hour
what if labelers cost $20 an hour
what if hosting is $5 per GPU
what if we had 20 calls per user
what if we have 100 users with 20 calls a day
what if each user makes 20 calls a day
what if calls have 3k tokens
if labels at 40 cents are bad
what if tuned calls double
what if the big model has 2M calls
what if half the pairs are in training
what if half the eval set is labels
what if 20 of the 620 pairs are wrong
what if 300 of the calls are free
what if labels for 300 pairs are free
what if the first 500 labels are free
what if the eval set and the training set are 2,000 together
what if we use 500 eval pairs for training
what if 500 training pairs come from the eval set
what if we take 200 eval pairs out
we use 200 pairs for the trial
what if upkeep is 200 in total
what if hosting is $500 for 3 months
what if a call is 2 cents in and 3 cents out
what if calls are 10% of that
what if the pass rate is 82 now and 90 after
what if we have 5 evals and 3 labelers
what if 1 in 10 calls fails
what if we save 1 cent a call
what if labels cost as much as calls
what if labels cost twice as much as calls
what if we had as many calls as labels
what if the bar is 5 points over what we have
what if $300 is the upkeep of two models
what if we get 2M calls or more
what if we get at most 2M calls
what if we get 2M calls, maybe 3M
what if calls are around 2M
what if labels are 2 for $1
what if labels were 2 instead of $1
what if we add 2 labelers and lose 1
what if we have somebody who owns retraining and nobody for labels
what if retraining had an owner but no budget
what if rag had been tried and failed
what if we had no owner
""".strip().splitlines()


@pytest.mark.parametrize("question", NOT_UNDERSTOOD)
def test_what_is_not_understood_whole_supposes_nothing(question: str) -> None:
    """Nothing new, for another reason, of an unknown unit, in two ways, or with a word that may turn it round."""
    assert suppose(question, KNOWN) is None


def test_the_numbers_of_a_text_are_written_out() -> None:
    assert numbers("7.9k a year of 2M, 1,200 and 3.") == {7_900, 2_000_000, 1_200, 3}


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


@pytest.mark.parametrize(
    ("question", "so"),
    [
        ("suppose we pull another 400 out of the archive so we sit at 1020. does that unblock us", True),
        ("what if traffic doubles after the launch in spring, does that save us?", True),
        ("say we scrape together another 280 and land on 900, is that close enough?", True),
        ("could my people get going on annotation, they're free until the 15th", False),
        ("the checklist is at 4/10, how's that a yes", False),
        ("it's 4/10 where 7 is supposed to be the minimum", False),
        ("what about gpt-4o?", False),
        ("would llama 3 work?", False),
        ("what about section 5?", False),
        ("would it work for Polish too? half of our customers write it", False),
        ("would gate 2 be enough", False),
        ("why would 1,000 be needed", False),
        ("what if nobody owns the retraining", False),
        ("what if upkeep moves by $50", True),
        ("what if the failure cost is a million", True),
        ("if labels cost between 20 and 50 cents", True),
        ("do you know if finance has 50 cents", False),
    ],
)
def test_other_figures_are_told_from_a_question_with_a_figure_in_it(question: str, so: bool) -> None:
    assert supposes(question) is so

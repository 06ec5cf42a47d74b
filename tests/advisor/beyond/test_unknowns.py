"""What to find out next."""

import pytest

from advisor import Rules, decide
from advisor.beyond.unknowns import find_out_next
from tests.advisor.beyond.situations import situations
from tests.advisor.strategies import PASSING, TRIAL, changed


@pytest.mark.parametrize(
    ("field", "settling", "answers", "how"),
    [
        ("retrain_owner", 2, 2, "ask_who_retrains"),
        ("retrain_budget", 2, 2, "ask_who_retrains"),
        ("eval_pairs", 2, 2, "measure_and_split"),
        ("measured_pass_rate", 2, 2, "measure_and_split"),
        ("prompt_tried", 2, 2, "answer_gate_1"),
        # $21,600 of $29,000 is left for training; above it the year could still pay for fewer failures.
        ("training_usd", 1, 2, "price_the_year"),
    ],
)
def test_the_only_unknown_settles_what_it_can(rules: Rules, field: str, settling: int, answers: int, how: str) -> None:
    one = find_out_next(changed(PASSING, (field, None)), rules)
    assert one
    assert (one.field, one.settling, one.answers, one.how) == (field, settling, answers, how)


def test_an_answer_that_only_one_value_of_settles_yields_to_one_that_two_do(rules: Rules) -> None:
    """Without a budget nothing goes ahead; with one the owner is still not known."""
    one = find_out_next(changed({**PASSING, **TRIAL}, ("training_usd", None), ("retrain_budget", None)), rules)
    assert one
    assert (one.field, one.settling, one.answers) == ("retrain_budget", 1, 2)


def test_nothing_is_to_be_found_out_once_the_verdict_is_settled(rules: Rules) -> None:
    assert find_out_next(changed(PASSING), rules) is None
    assert find_out_next(changed(PASSING, ("retrain_budget", False), ("prompt_tried", None)), rules) is None


def test_a_large_model_is_tried_where_the_failures_have_no_name(rules: Rules) -> None:
    one = find_out_next(changed(PASSING, ("failure_cause", "other"), ("large_model_meets_target", None)), rules)
    assert one
    assert (one.field, one.how) == ("large_model_meets_target", "try_a_larger_model")


def test_what_settles_is_what_decide_settles(rules: Rules) -> None:
    """For every unknown that is named; and one is named just while nothing is decided."""
    for answers, _ in situations(3, 400):
        one = find_out_next(answers, rules)
        report = decide(answers, rules)
        missing = [field for gate in report.gates for field in gate.missing]
        assert (one is not None) == (report.verdict.kind == "not_decided" and bool(missing))
        if one:
            assert one.field in missing
            assert 0 <= one.settling <= one.answers
            assert one.how in {step.id for step in rules.steps}

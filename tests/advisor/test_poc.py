"""A trial says go from five points more, on at least a hundred examples, and warns where its numbers do not fit."""

from decimal import Decimal
from typing import Any

import pytest

from advisor import Rules
from advisor.poc import poc, trial_question
from tests.advisor.strategies import COUNTS, PASSING, TRIAL, changed


def result(rules: Rules, **changes: Any) -> dict[str, Any] | None:
    found = poc(changed(TRIAL, *changes.items()), rules)
    return found.model_dump(mode="json") if found else None


@pytest.mark.parametrize(
    ("changes", "delta", "decision"),
    [
        ({}, "5", "go"),
        ({"poc_tuned_pass_rate": "0.849"}, "4.9", "no_go"),
        ({"poc_tuned_pass_rate": "0.8499999999999999999999999999999"}, "5", "no_go"),
        ({"poc_tuned_pass_rate": "0.81"}, "1", "no_go"),
        ({"poc_tuned_pass_rate": "0.7"}, "-10", "no_go"),
        ({"poc_training_examples": 100}, "5", "go"),
        ({"poc_training_examples": 99}, "5", "too_small"),
        ({"poc_training_examples": 99, "poc_tuned_pass_rate": "0.8"}, "0", "too_small"),
        ({"poc_training_examples": "unknown"}, "5", "go"),
    ],
)
def test_five_points_on_a_hundred_examples_mean_go(
    rules: Rules, changes: dict[str, Any], delta: str, decision: str
) -> None:
    """4.9 / 5.0 points; compared before rounding."""
    worse = ["poc_worse"] if delta.startswith("-") else []
    assert result(rules, **changes) == {"delta_points": delta, "decision": decision, "cautions": worse}


@pytest.mark.parametrize("project", [{"goal": "smaller_model"}, {"large_model_meets_target": True}])
@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({"target_pass_rate": "0.82", "poc_tuned_pass_rate": "0.82"}, "go"),
        ({"target_pass_rate": "0.8", "poc_tuned_pass_rate": "0.8"}, "go"),
        ({"target_pass_rate": "0.79", "poc_tuned_pass_rate": "0.799"}, "no_go"),
        ({"target_pass_rate": "0.83", "poc_tuned_pass_rate": "0.82"}, "no_go"),
        ({"target_pass_rate": "0.95", "poc_tuned_pass_rate": "0.85"}, "go"),
        ({"target_pass_rate": "unknown", "poc_tuned_pass_rate": "0.82"}, "no_go"),
        ({"target_pass_rate": "0.82", "poc_tuned_pass_rate": "0.82", "poc_training_examples": 99}, "too_small"),
    ],
)
def test_a_cost_project_also_goes_on_from_its_ship_bar(
    rules: Rules, project: dict[str, Any], changes: dict[str, Any], decision: str
) -> None:
    """D19: at or above it, and not below the baseline; any other project still wants five points."""
    found, other = result(rules, **project, **changes), result(rules, **changes)
    assert found is not None
    assert other is not None
    assert found["decision"] == decision
    five = Decimal(other["delta_points"]) >= 5
    assert other["decision"] == ("too_small" if decision == "too_small" else "go" if five else "no_go")


@pytest.mark.parametrize(
    "changes",
    [
        {"poc_run": None},
        {"poc_run": False},
        {"poc_run": "unknown"},
        {"poc_baseline_pass_rate": "unknown"},
        {"poc_tuned_pass_rate": None},
    ],
)
def test_without_a_run_and_both_rates_there_is_no_result(rules: Rules, changes: dict[str, Any]) -> None:
    assert result(rules, **changes) is None


@pytest.mark.parametrize(
    ("changes", "cautions"),
    [
        ({"target_pass_rate": "0.85"}, []),
        ({"target_pass_rate": "0.86"}, ["poc_below_target"]),
        ({"poc_baseline_pass_rate": "0.95", "poc_tuned_pass_rate": "0.99"}, []),
        ({"poc_baseline_pass_rate": "0.951", "poc_tuned_pass_rate": "0.99"}, ["poc_little_headroom"]),
        ({"measured_pass_rate": "0.78"}, []),
        ({"measured_pass_rate": "0.82"}, []),
        ({"measured_pass_rate": "0.7799"}, ["poc_baseline_differs"]),
        ({"measured_pass_rate": "0.8201"}, ["poc_baseline_differs"]),
        ({"poc_eval_items": 1000, "poc_gained": 90, "poc_lost": 40}, []),
        ({"poc_eval_items": 1000, "poc_gained": 90, "poc_lost": 35}, []),
        ({"poc_eval_items": 1000, "poc_gained": 90, "poc_lost": 34}, ["poc_counts_disagree"]),
        ({"poc_eval_items": 1000, "poc_gained": 90}, []),
        ({"poc_eval_items": 1000, "poc_lost": 90}, []),
        ({"poc_eval_items": 0, "poc_gained": 90, "poc_lost": 0}, []),
    ],
)
def test_a_result_says_where_its_numbers_do_not_fit(rules: Rules, changes: dict[str, Any], cautions: list[str]) -> None:
    found = result(rules, **changes)
    assert found is not None
    assert found["cautions"] == cautions


def asked_of_a_trial(rules: Rules, start: dict[str, Any], told: dict[str, Any]) -> list[str]:
    """The trial's questions in order, each answered as told or as not known."""
    held, asked = {**start, "poc_run": True}, []
    while field := trial_question(changed(held), rules):
        asked.append(field)
        held[field] = told.get(field, "unknown")
    return asked


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (TRIAL, [*list(TRIAL)[1:], "poc_eval_items"]),
        ({**TRIAL, **COUNTS}, [*list(TRIAL)[1:], *COUNTS]),
        ({**TRIAL, "poc_eval_items": 0}, [*list(TRIAL)[1:], "poc_eval_items"]),
        ({**TRIAL, "poc_eval_items": 9}, [*list(TRIAL)[1:], "poc_eval_items", "poc_gained"]),
        ({}, ["poc_training_examples", "poc_baseline_pass_rate"]),
        ({"poc_baseline_pass_rate": "0.8"}, list(TRIAL)[1:]),
    ],
)
def test_a_trial_is_asked_only_what_its_report_can_turn_on(
    rules: Rules, told: dict[str, Any], asked: list[str]
) -> None:
    assert asked_of_a_trial(rules, {}, told) == asked


def test_quality_is_asked_about_only_where_a_dearer_model_is_replaced(rules: Rules) -> None:
    dearer, told = dict(PASSING), {**TRIAL, **COUNTS}
    assert "quality_parity" not in asked_of_a_trial(rules, dearer | {"pass_rate_without_tuning": "0.9"}, told)
    assert asked_of_a_trial(rules, dearer | {"pass_rate_without_tuning": "unknown"}, told)[-1] == "quality_parity"
    assert asked_of_a_trial(rules, dearer, told)[-1] == "quality_parity"
    assert "quality_parity" not in asked_of_a_trial(rules, dearer | {"usd_per_call_now": "0.001"}, told)
    assert "quality_parity" not in asked_of_a_trial(rules, dearer | {"usd_per_call_now": "unknown"}, told)
    assert "quality_parity" not in asked_of_a_trial(rules, dearer, {**TRIAL, "poc_tuned_pass_rate": "unknown"})

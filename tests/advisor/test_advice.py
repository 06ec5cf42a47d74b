"""The verdict follows the gates, and everything else the chapter says follows from the same answers."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import Answers, Report, Rules, decide
from advisor.report import PitfallId
from tests.advisor import strategies
from tests.advisor.strategies import PAIRS, PASSING, TRIAL, answers, changed


def report(rules: Rules, start: Mapping[str, Any] = PASSING, **changes: Any) -> Report:
    return decide(changed(start, *changes.items()), rules)


def steps(found: Report) -> list[str]:
    return [step.id for step in found.next_steps]


# ---- the verdict

BLOCKS: Mapping[int, dict[str, Any]] = {
    1: {"prompt_tried": False},
    2: {"eval_pairs": PAIRS - 1},
    3: {"calls_per_year": 0},
    4: {"retrain_owner": ""},
}
KINDS = {1: "stay_with_prompt_rag", 2: "build_eval_first", 3: "remodel_the_math", 4: "use_api_and_prompt"}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_first_blocked_gate_decides(rules: Rules, number: int) -> None:
    """Whatever stands open before it and whatever is blocked after it."""
    later = {field: value for gate in range(number, 5) for field, value in BLOCKS[gate].items()}
    opened: dict[int, dict[str, Any]] = {
        1: {},
        2: {"prompt_tried": None},
        3: {"eval_pairs": None},
        4: {"usd_per_label": "unknown"},
    }
    earlier_open = opened[number]
    verdict = report(rules, **later, **earlier_open).verdict
    assert (verdict.kind, verdict.hold, verdict.blocked_at) == (KINDS[number], True, number)
    assert verdict.method is None
    if earlier_open:
        assert any(gate < number for gate in verdict.open_gates)


@pytest.mark.parametrize(
    ("changes", "kind", "hold"),
    [
        ({}, "run_poc", False),
        (TRIAL, "scale_up", False),
        (TRIAL | {"poc_tuned_pass_rate": "0.849"}, "revisit_approach", True),
        (TRIAL | {"poc_training_examples": 99}, "run_poc", False),
        (TRIAL | {"poc_run": False}, "run_poc", False),
        (TRIAL | {"retrain_owner": "unknown"}, "not_decided", True),
        ({"usd_per_label": None}, "not_decided", True),
    ],
)
def test_with_nothing_blocked_an_open_gate_waits_and_then_the_trial_decides(
    rules: Rules, changes: dict[str, Any], kind: str, hold: bool
) -> None:
    verdict = report(rules, **changes).verdict
    assert (verdict.kind, verdict.hold, verdict.blocked_at) == (kind, hold, None)


@pytest.mark.parametrize("nothing", [{}, {"goal": "unknown"}, dict.fromkeys(Answers.model_fields, "unknown")])
def test_knowing_nothing_is_not_decided(rules: Rules, nothing: dict[str, Any]) -> None:
    """Every field absent; everything unknown."""
    found = report(rules, nothing)
    assert (found.verdict.kind, found.verdict.hold, found.verdict.open_gates) == ("not_decided", True, (1, 2, 3, 4))
    assert steps(found)[0] == "measure_and_split"
    assert found.roi is None
    assert found.checklist.literal == 0


@pytest.mark.parametrize(
    ("changes", "method"),
    [
        ({}, "sft"),
        ({"goal": "refusal_policy"}, "dpo"),
        ({"failure_cause": "safety_policy"}, "dpo"),
        (TRIAL | {"goal": "refusal_policy"}, "dpo"),
        (TRIAL | {"poc_tuned_pass_rate": "0.8"}, "sft"),
    ],
)
def test_policy_is_a_case_for_dpo_and_everything_else_for_sft(
    rules: Rules, changes: dict[str, Any], method: str
) -> None:
    assert report(rules, **changes).verdict.method == method


# ---- next steps


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, ["take_poc_examples", "train_poc", "judge_poc"]),
        ({"hosting_usd_per_month": None}, ["take_poc_examples", "train_poc", "judge_poc", "price_hosting"]),
        (TRIAL | {"poc_training_examples": 99}, ["rerun_poc", "train_poc", "judge_poc"]),
        (TRIAL, ["label_the_rest", "keep_eval_apart", "check_after_training", "schedule_retraining"]),
        (TRIAL | {"labeled_pairs": 5000}, ["keep_eval_apart", "check_after_training", "schedule_retraining"]),
        (TRIAL | {"poc_tuned_pass_rate": "0.81"}, ["study_the_errors", "fix_data_and_rerun", "change_or_stop"]),
        ({"goal": "live_facts", "eval_pairs": None}, ["answer_from_live_sources", "measure_and_split"]),
        ({"measured_pass_rate": "0.9", "retrain_owner": ""}, ["ship_what_you_have", "keep_measuring"]),
        ({"measured_pass_rate": "0.9", "goal": "smaller_model"}, ["switch_to_small_model", "keep_measuring"]),
        ({"failure_cause": "facts"}, ["fix_retrieval", "measure_and_split"]),
        ({"failure_cause": "facts", "rag_tried": "no"}, ["build_retrieval", "measure_and_split"]),
        (
            {"prompt_tried": False, "eval_pairs": 10, "calls_per_year": 0, "retrain_budget": None},
            ["write_the_prompt", "measure_and_split", "collect_eval_pairs", "find_the_saving", "ask_who_retrains"],
        ),
        ({"failure_cause": "other"}, ["name_the_failures"]),
        ({"failure_cause": "other", "large_model_meets_target": None}, ["name_the_failures", "try_a_larger_model"]),
        ({"eval_pairs": 0, "measured_pass_rate": None}, ["collect_eval_pairs", "measure_and_split"]),
        ({"eval_pairs": None}, ["measure_and_split", "answer_gate_1", "count_eval_pairs"]),
        ({"eval_overlaps_training": True}, ["split_eval_from_training"]),
        (TRIAL | {"eval_overlaps_training": None}, ["check_overlap"]),
        (TRIAL | {"quality_parity": False}, ["close_the_quality_gap", "try_cheaper_rivals"]),
        ({"calls_per_year": 0}, ["find_the_saving", "try_cheaper_rivals"]),
        ({"usd_per_call_now": "0", "usd_per_failure": "0"}, ["find_the_saving"]),
        (
            {"calls_per_year": 1000, "large_model_meets_target": True},
            ["reach_the_volume", "cut_the_cost", "try_cheaper_rivals"],
        ),
        (
            {"calls_per_year": 0, "usd_per_call_now": "0.001", "other_savings_usd_per_year": "1"},
            ["cut_the_cost", "try_cheaper_rivals"],
        ),
        ({"calls_per_year": 1000, "pass_rate_without_tuning": "0.8"}, ["price_a_failure"]),
        ({"calls_per_year": 1000}, ["price_the_year"]),
        ({"calls_per_year": 1000, "failure_cause": None}, ["answer_gate_1", "price_the_year"]),
        ({"retrain_owner": ""}, ["staff_retraining", "use_the_api_meanwhile"]),
        ({"retrain_owner": None}, ["ask_who_retrains"]),
    ],
)
def test_the_first_step_unblocks_what_decided(rules: Rules, changes: dict[str, Any], wanted: list[str]) -> None:
    assert steps(report(rules, **changes)) == wanted


@pytest.mark.parametrize(
    ("changes", "step", "values"),
    [
        (
            {"eval_pairs": PAIRS - 380},
            "collect_eval_pairs",
            {"eval_pairs": PAIRS - 380, "eval_pairs_more": 380, "eval_pairs_needed": PAIRS},
        ),
        (
            {"calls_per_year": 100_000, "large_model_meets_target": True},
            "reach_the_volume",
            {"calls_per_year": 100_000, "break_even_calls": 272_414, "safe_calls": 408_621, "calls_more": 172_414},
        ),
        (
            {},
            "judge_poc",
            {"measured_pass_rate": "0.8", "poc_pass_rate_wanted": "0.85", "poc_points": "5", "eval_pairs": PAIRS},
        ),
        (
            {"measured_pass_rate": "0.96", "target_pass_rate": "0.99"},
            "judge_poc",
            {"measured_pass_rate": "0.96", "poc_points": "5", "eval_pairs": PAIRS},
        ),
        ({}, "train_poc", {"lora_rank": 8, "method": "sft"}),
        (
            {"calls_per_year": 1000, "pass_rate_without_tuning": "0.8"},
            "price_a_failure",
            {"usd_per_failure_needed": "78.71"},
        ),
        (
            {"retrain_owner": "", "retrain_budget": False},
            "staff_retraining",
            {"lacking": ["retrain_budget", "retrain_owner"]},
        ),
        ({"eval_pairs": None, "measured_pass_rate": "0.6"}, "measure_and_split", {"measured_pass_rate": "0.6"}),
    ],
)
def test_steps_carry_their_numbers(rules: Rules, changes: dict[str, Any], step: str, values: dict[str, Any]) -> None:
    found = report(rules, **changes).model_dump(mode="json")["next_steps"]
    assert next(one["values"] for one in found if one["id"] == step) == values


@given(held=answers())
def test_there_are_one_to_five_steps_and_the_first_is_the_deciding_gates(rules: Rules, held: Answers) -> None:
    found = decide(held, rules)
    assert 1 <= len(found.next_steps) <= 5
    assert len(set(steps(found))) == len(found.next_steps)
    open_first = next(iter(found.verdict.open_gates), None)
    deciding = found.verdict.blocked_at or open_first
    if deciding:
        gate = found.gates[deciding - 1]
        assert found.next_steps[0].id in rules.gate(deciding).row(gate.reason).steps
    else:
        assert "poc" in {step.gate for step in found.next_steps}


@given(held=answers())
def test_a_failed_trial_never_leads_to_more_labels(rules: Rules, held: Answers) -> None:
    found = decide(held.model_copy(update={"poc_run": True}), rules)
    if found.verdict.kind == "revisit_approach":
        worse = ["keep_what_runs"] if found.poc and found.poc.delta_points < 0 else []
        assert steps(found) == [*worse, "study_the_errors", "fix_data_and_rerun", "change_or_stop"]


def test_another_gate_gets_a_step_only_once_somebody_was_asked_about_it(rules: Rules) -> None:
    """Homework for a gate nobody was asked about can wait; "I don't know" is an answer to work on."""
    blocked = {"goal": "other", "prompt_tried": False}
    assert steps(report(rules, blocked)) == ["write_the_prompt", "measure_and_split"]
    assert steps(report(rules, blocked, retrain_owner="unknown"))[-1] == "ask_who_retrains"
    assert steps(report(rules, blocked, retrain_pipeline=True))[-1] == "ask_who_retrains"


# ---- approaches


@pytest.mark.parametrize(
    ("goal", "first", "then"),
    [
        ("company_voice", ("prompt",), ("sft",)),
        ("internal_knowledge", ("rag",), ("sft",)),
        ("classification", ("prompt",), ("sft",)),
        ("structured_output", ("prompt", "tool_use"), ("sft",)),
        ("refusal_policy", ("dpo",), ()),
        ("live_facts", ("rag", "tool_use"), ("never",)),
        ("smaller_model", ("prompt",), ("sft",)),
        ("domain_chat", ("prompt",), ("rag", "sft")),
        ("other", ("prompt",), ("rag", "sft")),
        ("unknown", ("prompt",), ("rag", "sft")),
    ],
)
def test_each_goal_has_what_to_try_first_and_then(rules: Rules, goal: str, first: Any, then: Any) -> None:
    approach = report(rules, {"goal": goal}).approach
    assert (approach.first_try, approach.then) == (first, then)
    assert approach.goal == (None if goal == "unknown" else goal)


# ---- the readiness checklist


@pytest.mark.parametrize(
    ("item", "changes", "answer"),
    [
        ("q1", {"eval_pairs": PAIRS}, "yes"),
        ("q1", {"eval_pairs": PAIRS - 1}, "no"),
        ("q1", {"eval_pairs": "unknown"}, "unknown"),
        ("q2", {"prompt_pass_rate": "0.7"}, "yes"),
        ("q2", {"prompt_pass_rate": "0.7001", "measured_pass_rate": "0.1", "rag_tried": "no"}, "no"),
        ("q2", {"measured_pass_rate": "0.7", "rag_tried": "no"}, "yes"),
        ("q2", {"measured_pass_rate": "0.71", "rag_tried": "not_needed"}, "no"),
        ("q2", {"measured_pass_rate": "0.7", "rag_tried": "yes"}, "unknown"),
        ("q2", {"measured_pass_rate": "0.7"}, "unknown"),
        ("q3", {"rag_tried": "yes"}, "yes"),
        ("q3", {"rag_tried": "not_needed"}, "no"),
        ("q3", {}, "unknown"),
        ("q4", {"failure_cause": "tone"}, "yes"),
        ("q4", {"failure_cause": "format"}, "yes"),
        ("q4", {"failure_cause": "classification"}, "yes"),
        ("q4", {"failure_cause": "citation"}, "no"),
        ("q5", {"failure_cause": "facts"}, "yes"),
        ("q5", {"failure_cause": "tone"}, "no"),
        ("q5", {"failure_cause": "unknown"}, "unknown"),
        ("q6", {"labeled_pairs": 1000, "label_budget": True}, "yes"),
        ("q6", {"labeled_pairs": 999}, "no"),
        ("q6", {"label_budget": False}, "no"),
        ("q6", {"labeled_pairs": 1000}, "unknown"),
        ("q7", {"goal": "smaller_model"}, "yes"),
        ("q7", {"large_model_meets_target": True}, "yes"),
        ("q7", {"goal": "other", "large_model_meets_target": False}, "no"),
        ("q7", {"goal": "other"}, "unknown"),
        ("q8", {"goal": "refusal_policy"}, "yes"),
        ("q8", {"failure_cause": "safety_policy"}, "yes"),
        ("q8", {"goal": "other", "failure_cause": "tone"}, "no"),
        ("q8", {"goal": "other"}, "unknown"),
        ("q9", {"retrain_pipeline": True, "retrain_owner": "Ada"}, "yes"),
        ("q9", {"retrain_owner": ""}, "no"),
        ("q9", {"retrain_pipeline": True}, "unknown"),
        ("q10", TRIAL, "yes"),
        ("q10", TRIAL | {"poc_tuned_pass_rate": "0.849"}, "no"),
        ("q10", TRIAL | {"poc_training_examples": 99}, "no"),
        ("q10", {"poc_run": False}, "no"),
        ("q10", {"poc_run": True}, "unknown"),
        ("q10", {"poc_baseline_pass_rate": "0.8", "poc_tuned_pass_rate": "0.9"}, "unknown"),
    ],
)
def test_each_line_of_the_checklist_is_derived(rules: Rules, item: str, changes: dict[str, Any], answer: str) -> None:
    items: dict[str, str] = {one.id: one.answer for one in report(rules, {}, **changes).checklist.items}
    assert items[item] == answer


SEVEN = PASSING | TRIAL | {"prompt_pass_rate": "0.5", "large_model_meets_target": True}
"""Q1 to Q4, Q7, Q9 and Q10."""


@pytest.mark.parametrize(
    ("changes", "literal", "label", "warnings"),
    [
        ({}, 7, "explore", ()),
        ({"prompt_pass_rate": "0.71"}, 6, "not_yet", ()),
        (
            {"failure_cause": "facts", "labeled_pairs": 1000, "label_budget": True, "goal": "refusal_policy"},
            9,
            "not_yet",
            ("q5_vetoes",),
        ),
        ({"poc_run": False}, 6, "not_yet", ("q10_pending",)),
        ({"rag_tried": "not_needed"}, 6, "not_yet", ("q3_not_needed",)),
        ({"rag_tried": "not_needed", "poc_run": None}, 5, "not_yet", ("q10_pending", "q3_not_needed")),
    ],
)
def test_seven_yeses_explore_unless_facts_are_the_cause(
    rules: Rules, changes: dict[str, Any], literal: int, label: str, warnings: tuple[str, ...]
) -> None:
    checklist = report(rules, SEVEN, **changes).checklist
    assert (checklist.literal, checklist.label, checklist.warnings) == (literal, label, warnings)
    assert checklist.of == 10


@given(held=answers())
def test_the_checklist_never_decides(rules: Rules, held: Answers) -> None:
    """Fields only the checklist reads move no gate and no verdict."""
    found = decide(held, rules)
    other = decide(held.model_copy(update={"prompt_pass_rate": None, "label_budget": None}), rules)
    assert (other.gates, other.verdict, other.roi) == (found.gates, found.verdict, found.roi)


# ---- the data plan


@pytest.mark.parametrize(
    ("changes", "task", "standing"),
    [
        ({"goal": "classification", "training_pairs": 499}, "classification", "below_minimum"),
        ({"goal": "classification", "training_pairs": 500}, "classification", "minimum"),
        ({"goal": "classification", "training_pairs": 1999}, "classification", "minimum"),
        ({"goal": "classification", "training_pairs": 2000}, "classification", "recommended"),
        ({"goal": "classification", "training_pairs": 4999}, "classification", "recommended"),
        ({"goal": "classification", "training_pairs": 5000}, "classification", "good"),
        ({"goal": "company_voice", "training_pairs": 1000}, "tone_style", "minimum"),
        ({"goal": "internal_knowledge", "training_pairs": 4999}, "domain_chat", "below_minimum"),
        ({"goal": "domain_chat", "training_pairs": 100_000}, "domain_chat", "good"),
        ({"goal": "refusal_policy", "training_pairs": 5000}, "dpo", "recommended"),
        ({"goal": "classification", "failure_cause": "safety_policy", "training_pairs": 500}, "dpo", "below_minimum"),
        ({"goal": "structured_output", "training_pairs": 4999}, None, "below_minimum"),
        ({"goal": "other", "training_pairs": 5000}, None, "recommended"),
        ({"training_pairs": 1_000_000}, None, "recommended"),
        ({"goal": "classification", "training_pairs": "unknown"}, "classification", "unknown"),
    ],
)
def test_the_task_decides_how_much_data_is_enough(
    rules: Rules, changes: dict[str, Any], task: str | None, standing: str
) -> None:
    plan = report(rules, {}, **changes).data_plan
    assert plan is not None
    assert (plan.task, plan.standing) == (task, standing)
    assert (plan.minimum is None) == (plan.good is None) == (task is None)
    assert task or plan.recommended == 5000


@pytest.mark.parametrize(
    ("changes", "days", "usd"),
    [
        ({"training_pairs": 5000}, 100, (5000, 25_000)),
        ({"training_pairs": 5001}, 101, (5001, 25_005)),
        ({"training_pairs": 5000, "labeled_pairs": 5000}, 0, (0, 0)),
        ({"training_pairs": 5000, "labeled_pairs": 6000}, 0, (0, 0)),
        ({"training_pairs": 5000, "labelers": 3}, 34, (5000, 25_000)),
        ({"training_pairs": 5000, "labelers": 0}, 100, (5000, 25_000)),
        ({}, None, (None, None)),
    ],
)
def test_labelling_takes_a_day_for_each_fifty_pairs_a_person(
    rules: Rules, changes: dict[str, Any], days: int | None, usd: tuple[int | None, int | None]
) -> None:
    plan = report(rules, {}, **changes).data_plan
    assert plan is not None
    assert (plan.labelling_days, (plan.usd_low, plan.usd_high)) == (days, usd)


def test_live_facts_have_no_data_plan(rules: Rules) -> None:
    assert report(rules, goal="live_facts").data_plan is None


# ---- pitfalls


@pytest.mark.parametrize(
    ("pitfall", "shown", "clear", "open_"),
    [
        ("skipping_rag", {"rag_tried": "no"}, {"rag_tried": "not_needed"}, {}),
        ("underestimating_labels", {"usd_per_label": "0.99"}, None, {"usd_per_label": "1"}),
        ("underestimating_labels", {"label_budget": False}, None, {"label_budget": True}),
        (
            "underestimating_labels",
            {"training_pairs": 5001},
            {"training_pairs": 5000, "usd_per_label": "1", "label_budget": True},
            {"training_pairs": 5000},
        ),
        ("train_once", {"retrain_budget": False}, dict.fromkeys(BLOCKS), {"retrain_budget": True}),
        ("no_eval_set", {"eval_pairs": 0}, {"eval_pairs": 1}, {}),
        ("facts_by_tuning", {"failure_cause": "facts"}, {"failure_cause": "tone", "goal": "other"}, {"goal": "other"}),
        ("facts_by_tuning", {"goal": "live_facts"}, None, {"failure_cause": "tone"}),
        ("base_model", {"base_kind": "base"}, {"base_kind": "instruct"}, {}),
        ("skipping_poc", {"labeled_pairs": 501, "poc_run": False}, {"labeled_pairs": 500}, {"labeled_pairs": 501}),
        ("skipping_poc", {"labeled_pairs": 501, "poc_run": False}, {"poc_run": True}, {"poc_run": False}),
        ("loss_only", {"domain_metric": False}, {"domain_metric": True}, {"domain_metric": "unknown"}),
        ("one_labeler", {"labelers": 1}, {"labelers": 2}, {}),
        ("all_synthetic", {"synthetic_share": "0.9"}, {"synthetic_share": "0.89"}, {}),
        ("noisy_labels", {"label_noise": "0.05"}, {"label_noise": "0.049"}, {}),
        ("leak", {"eval_overlaps_training": True}, {"eval_overlaps_training": False}, {}),
    ],
)
def test_a_pitfall_shows_is_clear_or_was_not_checked(
    rules: Rules, pitfall: str, shown: dict[str, Any], clear: dict[str, Any] | None, open_: dict[str, Any]
) -> None:
    def found(told: dict[str, Any]) -> str:
        pitfalls = report(rules, {}, **told).pitfalls
        return "shown" if pitfall in {one.id for one in pitfalls.triggered} else (
            "open" if pitfall in pitfalls.unchecked else "clear"
        )  # fmt: skip

    if pitfall == "train_once":
        clear = {field: PASSING[field] for field in ("retrain_pipeline", "retrain_budget", "retrain_owner")}
    assert found(shown) == "shown"
    assert found(open_) == "open"
    assert clear is None or found(clear) == "clear"


def test_nothing_is_said_about_pitfalls_nobody_asked_about(rules: Rules) -> None:
    pitfalls = report(rules, {}).pitfalls
    assert pitfalls.triggered == ()
    assert pitfalls.unchecked == get_args(PitfallId)


# ---- operations


@pytest.mark.parametrize(
    ("line", "done", "open_", "unknown"),
    [
        ("gates_documented", PASSING, {}, None),
        (
            "eval_before_labels",
            {"eval_pairs": PAIRS},
            {"eval_pairs": PAIRS - 1, "labeled_pairs": 1},
            {"eval_pairs": PAIRS - 1},
        ),
        ("eval_before_labels", {"eval_pairs": PAIRS, "labeled_pairs": 9}, None, {"eval_pairs": 9, "labeled_pairs": 0}),
        ("eval_before_labels", {"eval_pairs": PAIRS}, None, {"labeled_pairs": 0}),
        ("poc_signal", TRIAL, {"poc_run": False}, {"poc_run": True}),
        ("poc_signal", TRIAL, TRIAL | {"poc_training_examples": 99}, {}),
        ("roi_positive", PASSING, PASSING | {"calls_per_year": 0}, {}),
        ("no_overlap", {"eval_overlaps_training": False}, {"eval_overlaps_training": True}, {}),
        (
            "labelling_quality",
            {"labelers": 2, "label_guidelines": True, "agreement_checked": True},
            {"labelers": 1},
            {"labelers": 2, "label_guidelines": True},
        ),
        ("retraining_staffed", PASSING, {"retrain_owner": ""}, {"retrain_owner": "Ada"}),
        ("base_choice", {"base_choice_documented": True}, {"base_choice_documented": False}, {"base_kind": "base"}),
        (
            "post_training_checks",
            {"domain_metric": True, "safety_regression_checked": True},
            {"safety_regression_checked": False},
            {"domain_metric": True},
        ),
        ("checkpoints", {"checkpoints_versioned": True}, {"checkpoints_versioned": False}, {}),
    ],
)
def test_each_line_of_operations_is_done_open_or_unknown(
    rules: Rules, line: str, done: dict[str, Any], open_: dict[str, Any] | None, unknown: dict[str, Any] | None
) -> None:
    for told, status in ((done, "done"), (open_, "open"), (unknown, "unknown")):
        if told is not None:
            stands: dict[str, str] = {one.id: one.status for one in report(rules, told).operations}
            assert stands[line] == status


# ---- what holds for all answers


@given(held=answers())
def test_every_report_comes_back_from_json_as_it_went(rules: Rules, held: Answers) -> None:
    found = decide(held, rules)
    text = found.model_dump_json()
    assert Report.model_validate_json(text).model_dump_json() == text


def _numbers(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [number for value in part.values() for number in _numbers(value)]
    return [number for value in part for number in _numbers(value)] if isinstance(part, list) else [part]


@given(held=answers())
def test_no_number_leaves_as_a_float_and_computed_ones_have_at_most_28_digits(rules: Rules, held: Answers) -> None:
    dumped = json.loads(decide(held, rules).model_dump_json())
    assert not any(isinstance(number, float) for number in _numbers(dumped))
    money = dumped["roi"] or {"lines": {}}
    computed = [text for text in _numbers(money) if isinstance(text, str) and text[-1].isdigit()]
    for text in computed:
        assert "E" not in text
        assert not ("." in text and text.endswith("0"))
        assert len(Decimal(text).as_tuple().digits) <= 28 or text.endswith("0")


@given(held=answers(), seed=st.integers(0, 99))
def test_the_order_of_answers_is_irrelevant(rules: Rules, held: Answers, seed: int) -> None:
    told = list(strategies.given(held).items())
    random.Random(seed).shuffle(told)
    assert decide(Answers(**dict(told)), rules) == decide(held, rules)


def test_the_door_has_the_keys_other_programs_read(rules: Rules) -> None:
    dumped = report(rules, SEVEN).model_dump(mode="json")
    assert set(dumped["verdict"]) == {"kind", "hold", "blocked_at", "open_gates", "method"}
    gate = {"number", "id", "status", "reason", "threshold", "values", "missing", "lacking", "cautions", "cite"}
    only_3 = {"usd_per_failure_needed", "known_costs_usd", "known_savings_usd"}
    assert [set(one) - only_3 for one in dumped["gates"]] == [gate] * 4
    assert ["usd_per_failure_needed" in one for one in dumped["gates"]] == [False, False, True, False]
    assert [one["id"] for one in dumped["gates"]] == ["prompt_rag_exhausted", "eval_set", "roi", "retraining"]
    assert set(dumped["poc"]) == {"delta_points", "decision", "cautions"}
    assert set(dumped["approach"]) == {"goal", "first_try", "then"}
    assert set(dumped["checklist"]) == {"literal", "of", "label", "items", "warnings"}
    assert [one["id"] for one in dumped["checklist"]["items"]] == [f"q{number}" for number in range(1, 11)]
    assert set(dumped["data_plan"]) == {
        "task", "minimum", "recommended", "good", "planned", "standing", "labelling_days", "usd_low", "usd_high",
    }  # fmt: skip
    assert set(dumped["pitfalls"]) == {"triggered", "unchecked"}
    assert set(dumped["operations"][0]) == {"id", "status"}
    assert set(dumped["next_steps"][0]) == {"id", "gate", "cite", "values"}
    assert dumped["rules_version"] == rules.version

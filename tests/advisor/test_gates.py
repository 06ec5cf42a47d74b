"""Each gate passes only on what is known, and blocks for the first reason that holds."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import Answers, Rules, decide
from advisor.gates import GATE_1, GATE_3, GATE_4, retrieval_exhausted, volume_row
from advisor.model import FIELDS, UNKNOWN
from advisor.report import Gate, Report
from advisor.roi import COST_INPUTS, OPTIONAL_LINES, SAVINGS_INPUTS
from tests.advisor import strategies
from tests.advisor.strategies import PAIRS, PASSING, TRIAL, answers, changed

_RATES = ("pass_rate_without_tuning", "measured_pass_rate", "target_pass_rate")
_TRIAL = ("poc_run", "poc_training_examples", "poc_baseline_pass_rate", "poc_tuned_pass_rate")
FAILURES = (
    "failure_cause", "measured_pass_rate", "target_pass_rate", "large_model_meets_target", "pass_rate_without_tuning",
)  # fmt: skip
READS: Mapping[int, frozenset[str]] = {
    1: frozenset(GATE_1),
    2: frozenset({"eval_pairs", "eval_overlaps_training", *_TRIAL}),
    3: frozenset({*GATE_3, *FAILURES, "hosting_usd_per_month", "quality_parity", *_TRIAL}),
    4: frozenset(GATE_4),
}
"""Gate number -> every field it can read."""


def gate(number: int, rules: Rules, start: dict[str, Any] = PASSING, **changes: Any) -> Gate:
    return decide(changed(start, *changes.items()), rules).gates[number - 1]


def told(result: Gate) -> tuple[str, str]:
    return result.status, result.reason


@pytest.fixture
def measured() -> dict[str, Any]:
    """Gate 1 alone, passed for behaviour."""
    return {field: PASSING[field] for field in GATE_1} | {"large_model_meets_target": None}


# ---- gate 1: prompt and retrieval are exhausted


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, "passed", "ceiling_behaviour"),
        ({"large_model_meets_target": False}, "passed", "ceiling_behaviour"),
        ({"large_model_meets_target": True}, "passed", "ceiling_cost"),
        ({"failure_cause": "other", "large_model_meets_target": True}, "passed", "ceiling_cost"),
        ({"failure_cause": "other"}, "unproven", "no_named_ceiling"),
        ({"failure_cause": "other", "large_model_meets_target": False}, "unproven", "no_named_ceiling"),
        ({"failure_cause": "citation"}, "passed", "ceiling_behaviour"),
        ({"failure_cause": "format"}, "passed", "ceiling_behaviour"),
        ({"failure_cause": "classification"}, "passed", "ceiling_behaviour"),
        ({"failure_cause": "safety_policy"}, "passed", "ceiling_behaviour"),
        ({"goal": "live_facts"}, "blocked", "live_facts"),
        ({"goal": "live_facts", "measured_pass_rate": "0.9"}, "blocked", "live_facts"),
        ({"measured_pass_rate": "0.9"}, "blocked", "target_met"),
        ({"measured_pass_rate": "0.8999"}, "passed", "ceiling_behaviour"),
        ({"measured_pass_rate": "0.9", "goal": "smaller_model"}, "blocked", "small_model_suffices"),
        ({"measured_pass_rate": "0.9", "large_model_meets_target": True}, "blocked", "small_model_suffices"),
        ({"measured_pass_rate": "0.9", "large_model_meets_target": UNKNOWN}, "blocked", "target_met"),
        ({"measured_pass_rate": "0.9", "failure_cause": "facts"}, "blocked", "target_met"),
        ({"measured_pass_rate": "0.9", "eval_pairs": 0}, "unproven", "not_measured"),
        ({"measured_pass_rate": "0.9", "eval_pairs": UNKNOWN}, "unproven", "not_measured"),
        ({"failure_cause": "facts"}, "blocked", "facts_fix_retrieval"),
        ({"failure_cause": "facts", "rag_tried": "no"}, "blocked", "facts_need_rag"),
        ({"failure_cause": "facts", "rag_tried": "not_needed"}, "blocked", "facts_need_rag"),
        ({"failure_cause": "facts", "rag_tried": UNKNOWN}, "blocked", "facts_need_rag"),
        ({"failure_cause": "facts", "prompt_tried": False}, "blocked", "facts_fix_retrieval"),
        ({"prompt_tried": False, "rag_tried": "no"}, "blocked", "prompt_not_tried"),
        ({"goal": "structured_output", "tool_use_tried": False, "rag_tried": "no"}, "blocked", "tool_use_not_tried"),
        ({"goal": "structured_output", "tool_use_tried": None}, "unproven", "unknown_inputs"),
        ({"goal": "structured_output"}, "passed", "ceiling_behaviour"),
        ({"tool_use_tried": False}, "passed", "ceiling_behaviour"),
        ({"rag_tried": "no"}, "blocked", "rag_not_tried"),
        ({"rag_tried": "not_needed"}, "passed", "ceiling_behaviour"),
        ({"rag_tried": "not_needed", "goal": "internal_knowledge"}, "blocked", "rag_not_tried"),
        ({"rag_tried": "not_needed", "goal": "domain_chat"}, "blocked", "rag_not_tried"),
        ({"rag_tried": "not_needed", "failure_cause": "citation"}, "blocked", "rag_not_tried"),
        ({"measured_pass_rate": None}, "unproven", "not_measured"),
        ({"target_pass_rate": UNKNOWN}, "unproven", "not_measured"),
        ({"goal": UNKNOWN}, "unproven", "unknown_inputs"),
        ({"prompt_tried": UNKNOWN}, "unproven", "unknown_inputs"),
        ({"rag_tried": None}, "unproven", "unknown_inputs"),
        ({"failure_cause": UNKNOWN, "large_model_meets_target": True}, "unproven", "unknown_inputs"),
    ],
)
def test_gate_1_gives_the_first_reason_that_holds(
    rules: Rules, measured: dict[str, Any], changes: dict[str, Any], status: str, reason: str
) -> None:
    assert told(gate(1, rules, measured, **changes)) == (status, reason)


def test_gate_1_names_everything_that_keeps_it_open(rules: Rules) -> None:
    untouched = gate(1, rules, {})
    assert untouched.missing == (
        "goal", "prompt_tried", "rag_tried", "failure_cause", "eval_pairs", "measured_pass_rate", "target_pass_rate",
    )  # fmt: skip
    assert gate(1, rules, goal="structured_output", tool_use_tried=UNKNOWN).missing == ("tool_use_tried",)
    format_open = gate(1, rules, goal="structured_output", prompt_tried=UNKNOWN, failure_cause=UNKNOWN)
    assert format_open.missing == ("prompt_tried", "failure_cause")
    assert gate(1, rules, failure_cause="other", large_model_meets_target=None).missing == ("large_model_meets_target",)
    assert gate(1, rules, failure_cause="other").missing == ()


def test_gate_1_compares_with_the_target_the_person_gave(rules: Rules) -> None:
    assert gate(1, rules).model_dump(mode="json")["threshold"] == "0.9"
    assert gate(1, rules, target_pass_rate=None).threshold is None


@pytest.mark.parametrize(
    ("changes", "small"),
    [
        ({"eval_pairs": PAIRS - 1}, True),
        ({"eval_pairs": PAIRS}, False),
        ({"eval_pairs": PAIRS - 1, "measured_pass_rate": "0.9"}, True),
        ({"eval_pairs": PAIRS - 1, "measured_pass_rate": "0.9", "goal": "smaller_model"}, True),
        ({"eval_pairs": PAIRS - 1, "large_model_meets_target": True}, True),
        ({"eval_pairs": PAIRS - 1, "failure_cause": "other"}, True),
        ({"eval_pairs": PAIRS - 1, "failure_cause": "facts"}, False),
        ({"eval_pairs": PAIRS - 1, "prompt_tried": UNKNOWN}, False),
    ],
)
def test_gate_1_says_when_a_rate_decides_on_fewer_pairs_than_gate_2_wants(
    rules: Rules, changes: dict[str, Any], small: bool
) -> None:
    assert gate(1, rules, **changes).cautions == (("small_eval",) if small else ())


def test_retrieval_is_exhausted_where_it_was_tried_or_nothing_asks_for_it() -> None:
    """And it is not known to be while nobody said whether it was tried."""
    for tried, exhausted in (("yes", True), ("no", False), ("not_needed", True), (UNKNOWN, None), (None, None)):
        assert retrieval_exhausted(changed(PASSING, ("rag_tried", tried))) is exhausted, tried


# ---- gate 2: the eval set is solid


@pytest.mark.parametrize(
    ("changes", "status", "reason", "cautions"),
    [
        ({"eval_pairs": PAIRS - 1}, "blocked", "too_few_pairs", ()),
        (
            {"eval_pairs": PAIRS - 1, "eval_overlaps_training": True},
            "blocked",
            "too_few_pairs",
            ("leaks_into_training",),
        ),
        ({"eval_pairs": PAIRS}, "passed", "enough_pairs", ()),
        ({"eval_overlaps_training": True}, "blocked", "leaks_into_training", ()),
        ({"eval_overlaps_training": True, "eval_pairs": UNKNOWN}, "blocked", "leaks_into_training", ()),
        ({"eval_pairs": UNKNOWN}, "unproven", "unknown_inputs", ()),
        ({"eval_pairs": None, "eval_overlaps_training": None}, "unproven", "unknown_inputs", ()),
        ({"eval_overlaps_training": UNKNOWN}, "passed", "enough_pairs", ("overlap_unchecked",)),
        ({"eval_overlaps_training": UNKNOWN, **TRIAL}, "unproven", "overlap_unchecked", ()),
        (TRIAL, "passed", "enough_pairs", ()),
    ],
)
def test_gate_2_wants_a_thousand_pairs_apart_from_training(
    rules: Rules, changes: dict[str, Any], status: str, reason: str, cautions: tuple[str, ...]
) -> None:
    result = gate(2, rules, **changes)
    assert (*told(result), result.cautions) == (status, reason, cautions)
    assert result.threshold == PAIRS


def test_gate_2_names_what_keeps_it_open(rules: Rules) -> None:
    assert gate(2, rules, {}).missing == ("eval_pairs",)
    assert gate(2, rules, eval_overlaps_training=None, **TRIAL).missing == ("eval_overlaps_training",)
    both = gate(2, rules, eval_overlaps_training=None, eval_pairs=None, **TRIAL)
    assert both.missing == ("eval_pairs", "eval_overlaps_training")


# ---- gate 3: the year pays

WAITING = {"usd_per_call_now": "0.001", "usd_per_failure": None}
"""No saving a call, but fewer failures could still pay."""


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, "passed", "pays"),
        ({"calls_per_year": 272_413, "usd_per_failure": "0"}, "blocked", "does_not_pay"),
        ({"calls_per_year": 272_414, "usd_per_failure": "0"}, "passed", "pays"),
        ({"calls_per_year": 272_413}, "unproven", "unknown_inputs"),
        ({"calls_per_year": 272_413, "large_model_meets_target": True}, "blocked", "does_not_pay"),
        ({"calls_per_year": 272_413, "failure_cause": "other"}, "blocked", "does_not_pay"),
        ({"calls_per_year": 272_413, "failure_cause": "facts"}, "blocked", "does_not_pay"),
        ({"calls_per_year": 272_413, "pass_rate_without_tuning": "0.9"}, "blocked", "does_not_pay"),
        ({"calls_per_year": 0}, "blocked", "no_savings"),
        ({"calls_per_year": 0, "failure_cause": UNKNOWN}, "blocked", "no_savings"),
        ({"usd_per_call_now": "0.001", "usd_per_failure": "0"}, "blocked", "no_savings"),
        ({"usd_per_call_now": "0", "usd_per_failure": "0"}, "blocked", "no_savings"),
        ({"usd_per_call_now": "0", "usd_per_failure": "0", "upkeep_usd_per_month": None}, "blocked", "no_savings"),
        (WAITING, "unproven", "unknown_inputs"),
        (WAITING | {"large_model_meets_target": UNKNOWN}, "unproven", "unknown_inputs"),
        (WAITING | {"large_model_meets_target": True}, "blocked", "no_savings"),
        (WAITING | {"failure_cause": "other"}, "blocked", "no_savings"),
        (WAITING | {"failure_cause": UNKNOWN, "usd_per_failure": "9"}, "unproven", "unknown_inputs"),
        (WAITING | {"target_pass_rate": None, "usd_per_failure": "9"}, "unproven", "unknown_inputs"),
        (WAITING | {"usd_per_failure": "0.079"}, "blocked", "does_not_pay"),
        (WAITING | {"usd_per_failure": "0.0790001"}, "passed", "pays"),
        ({"calls_per_year": UNKNOWN}, "unproven", "unknown_inputs"),
        ({"training_pairs": None}, "unproven", "unknown_inputs"),
        ({"other_savings_usd_per_year": "7900", "calls_per_year": 0}, "blocked", "does_not_pay"),
        ({"other_savings_usd_per_year": "7900.01", "calls_per_year": 0}, "passed", "pays"),
        (TRIAL | {"quality_parity": False}, "blocked", "quality_not_equal"),
        (TRIAL | {"quality_parity": UNKNOWN}, "passed", "pays"),
        (TRIAL | {"quality_parity": False, "poc_tuned_pass_rate": "0.849"}, "passed", "pays"),
        (TRIAL | {"quality_parity": False, "poc_training_examples": 99}, "passed", "pays"),
        (TRIAL | {"quality_parity": False, "usd_per_call_now": "0.001", "usd_per_failure": "5"}, "passed", "pays"),
        ({"quality_parity": False}, "passed", "pays"),
    ],
)
def test_gate_3_gives_the_first_reason_that_holds(
    rules: Rules, changes: dict[str, Any], status: str, reason: str
) -> None:
    assert told(gate(3, rules, **changes)) == (status, reason)


@pytest.mark.parametrize(
    ("savings", "band", "reason", "caution"),
    [
        ("9999", "no", "does_not_pay", False),
        ("10000", "no", "does_not_pay", False),
        ("10001", "thin", "pays", True),
        ("14999", "thin", "pays", True),
        ("15000", "safe", "pays", False),
        ("10000.00000000000000000000000000000001", "thin", "pays", True),
        ("14999.99999999999999999999999999999999", "thin", "pays", True),
    ],
)
def test_gate_3_compares_before_it_rounds(rules: Rules, savings: str, band: str, reason: str, caution: bool) -> None:
    """Ratios 0.9999, 1, 1.0001, 1.4999, 1.5, and two that round to 1 and to 1.5."""
    report = decide(
        changed(
            PASSING,
            ("calls_per_year", 0),
            ("other_savings_usd_per_year", savings),
            ("training_usd", "2600"),
        ),
        rules,
    )
    assert report.roi is not None
    assert report.roi.band == band
    assert report.gates[2].reason == reason
    assert ("thin_margin" in report.gates[2].cautions) == caution


@pytest.mark.parametrize(
    ("changes", "caution"),
    [
        ({"hosting_usd_per_month": UNKNOWN}, "hosting_unpriced"),
        ({}, "parity_unproven"),
        (
            {"usd_per_call_now": "0.001", "usd_per_failure": "0.5", "large_model_meets_target": None},
            "large_model_unchecked",
        ),
        ({"training_usd": "0", "upkeep_usd_per_month": "0", "usd_per_label": "0"}, "cost_is_zero"),
        ({"training_pairs": 999}, "below_minimum_volume"),
        ({"goal": "refusal_policy", "training_pairs": 999}, "below_minimum_volume"),
        ({"goal": "other", "failure_cause": "safety_policy", "training_pairs": 999}, "below_minimum_volume"),
    ],
)
def test_gate_3_says_what_a_passed_year_rests_on(rules: Rules, changes: dict[str, Any], caution: str) -> None:
    assert caution in gate(3, rules, **changes).cautions


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"hosting_usd_per_month": "0"}, "hosting_unpriced"),
        ({"quality_parity": True}, "parity_unproven"),
        ({"usd_per_call_now": "0.001", "usd_per_failure": "0.5"}, "parity_unproven"),
        ({"large_model_meets_target": None, "usd_per_failure": "0.5"}, "large_model_unchecked"),
        ({"training_pairs": 1000}, "below_minimum_volume"),
        ({"goal": "other", "training_pairs": 1}, "below_minimum_volume"),
        ({"goal": "live_facts", "failure_cause": "safety_policy", "training_pairs": 1}, "below_minimum_volume"),
        ({"calls_per_year": 0, "hosting_usd_per_month": None}, "hosting_unpriced"),
    ],
)
def test_gate_3_does_not_warn_of_what_is_settled(rules: Rules, changes: dict[str, Any], absent: str) -> None:
    assert absent not in gate(3, rules, **changes).cautions


def test_an_open_gate_3_names_what_would_settle_it(rules: Rules) -> None:
    def of(**changes: Any) -> dict[str, Any]:
        return gate(3, rules, **changes).model_dump(mode="json")

    assert of(**WAITING)["missing"] == ["usd_per_failure"]
    assert of(**WAITING)["usd_per_failure_needed"] == "0.079"
    without_upkeep = of(**WAITING, upkeep_usd_per_month=None)
    assert without_upkeep["missing"] == ["upkeep_usd_per_month", "usd_per_failure"]
    assert without_upkeep["usd_per_failure_needed"] is None
    cause_open = of(**WAITING | {"usd_per_failure": "1", "failure_cause": None})
    assert (cause_open["missing"], cause_open["usd_per_failure_needed"]) == (["failure_cause"], None)
    assert of(**WAITING | {"target_pass_rate": None})["usd_per_failure_needed"] is None
    assert set(gate(3, rules, {}).missing) == {*COST_INPUTS, *SAVINGS_INPUTS}
    assert gate(3, rules).model_dump()["usd_per_failure_needed"] is None


def test_gate_3_reads_the_failures_only_once_calls_and_prices_are_known(rules: Rules) -> None:
    same, dearer = gate(3, rules, usd_per_call_now="0.001"), gate(3, rules, pass_rate_without_tuning="0.8")
    assert set(FAILURES) - {"pass_rate_without_tuning"} <= set(same.values)
    assert set(FAILURES) & set(dearer.values) == set(FAILURES) - {"measured_pass_rate"}
    trial = gate(3, rules, PASSING | TRIAL)
    assert ("poc_tuned_pass_rate" in trial.values, "target_pass_rate" in trial.values) == (True, False)
    assert not set(FAILURES) & set(gate(3, rules, calls_per_year=None).values)


def test_an_open_gate_3_says_when_its_known_costs_exceed_all_that_can_be_saved(rules: Rules) -> None:
    """It stays open all the same: a cost that is not known is not told yet."""
    told: dict[str, Any] = {"calls_per_year": 100_000, "usd_per_failure": "0", "other_savings_usd_per_year": "0",
            "upkeep_usd_per_month": UNKNOWN}  # fmt: skip
    found = gate(3, rules, **told).model_dump(mode="json")
    assert (found["status"], found["cautions"]) == ("unproven", ["costs_exceed_known_savings"])
    assert (found["known_costs_usd"], found["known_savings_usd"]) == ("5500", "2900")
    just_reached = {"training_usd": "0", "usd_per_label": "0.58"}
    for still_open in (
        {"other_savings_usd_per_year": None}, {"usd_per_failure": None}, {"calls_per_year": 189_656}, just_reached,
    ):  # fmt: skip
        other = gate(3, rules, **told | still_open).model_dump(mode="json")
        assert "costs_exceed_known_savings" not in other["cautions"]
        assert other["status"] == "unproven"
        assert (other["known_costs_usd"], other["known_savings_usd"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "reason", "caution"),
    [
        ({"pass_rate_without_tuning": "0.85"}, "pays", ""),
        ({"pass_rate_without_tuning": "0.86"}, "quality_not_equal", ""),
        ({"pass_rate_without_tuning": "0.86", "usd_per_failure": "0"}, "quality_not_equal", ""),
        ({"pass_rate_without_tuning": "0.86", "usd_per_failure": UNKNOWN}, "quality_not_equal", ""),
        ({"pass_rate_without_tuning": "0.86", "usd_per_failure": "0.1"}, "pays", "quality_priced"),
        ({"pass_rate_without_tuning": "0.86", "usd_per_failure": "5"}, "no_savings", ""),
        ({"pass_rate_without_tuning": "0.86", "quality_parity": True}, "quality_not_equal", ""),
        ({"pass_rate_without_tuning": "0.8", "quality_parity": False}, "pays", ""),
        ({"quality_parity": False, "usd_per_failure": "0.1"}, "quality_not_equal", ""),
        ({"quality_parity": True, "usd_per_failure": "0.1"}, "pays", "failures_uncounted"),
        ({}, "pays", "parity_unproven"),
    ],
)
def test_a_loss_of_quality_blocks_until_it_has_a_price(
    rules: Rules, changes: dict[str, Any], reason: str, caution: str
) -> None:
    """D18; the rates say more than the answer to whether it is as good."""
    found = gate(3, rules, PASSING | TRIAL, **changes)
    assert (found.reason, found.cautions) == (reason, (caution,) if caution else ())


# ---- gate 4: retraining is staffed


@pytest.mark.parametrize(
    ("changes", "status", "lacking", "missing"),
    [
        ({}, "passed", (), ()),
        ({"retrain_pipeline": False}, "blocked", ("retrain_pipeline",), ()),
        ({"retrain_owner": "", "retrain_budget": False}, "blocked", ("retrain_budget", "retrain_owner"), ()),
        ({"retrain_owner": "", "retrain_budget": UNKNOWN}, "blocked", ("retrain_owner",), ()),
        ({"retrain_owner": UNKNOWN}, "unproven", (), ("retrain_owner",)),
        ({"retrain_budget": None, "retrain_pipeline": UNKNOWN}, "unproven", (), ("retrain_pipeline", "retrain_budget")),
    ],
)
def test_gate_4_wants_pipeline_budget_and_an_owner(
    rules: Rules, changes: dict[str, Any], status: str, lacking: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    result = gate(4, rules, **changes)
    assert (result.status, result.lacking, result.missing) == (status, lacking, missing)


def test_a_team_as_owner_passes_and_is_said_to_be_no_name(rules: Rules) -> None:
    result = gate(4, rules, retrain_owner="the platform team")
    assert (result.status, result.cautions) == ("passed", ("owner_not_named",))
    assert gate(4, rules).cautions == ()


def test_live_facts_have_no_data_volume(rules: Rules) -> None:
    assert volume_row(Answers(goal="live_facts", failure_cause="safety_policy"), rules) is None


# ---- what holds for all answers


def not_knowing(held: Answers, *fields: str) -> Answers:
    return held.model_copy(update=dict.fromkeys(fields, UNKNOWN))


def computed(report: Report) -> dict[str, Any]:
    """The report without the answers, and without steps: homework is given only for gates somebody asked about."""
    return report.model_dump(exclude={"answers", "next_steps"})


@given(held=answers())
def test_unknown_and_not_asked_are_computed_alike(rules: Rules, held: Answers) -> None:
    absent = Answers(**{f: v for f, v in strategies.given(held).items() if v != UNKNOWN})
    assert computed(decide(held, rules)) == computed(decide(absent, rules))


@given(held=answers(), field=st.sampled_from(sorted(FIELDS)))
def test_not_knowing_an_answer_blocks_no_gate(rules: Rules, held: Answers, field: str) -> None:
    """Except what the cost model counts as 0 when not known, and a rate or trial another figure then stands in for."""
    before, report = decide(held, rules), decide(not_knowing(held, field), rules)
    for was, now in zip(before.gates, report.gates, strict=True):
        if now.status == "blocked" and was.status != "blocked":
            assert now.number == 3
            assert field in OPTIONAL_LINES or field in (*_RATES, *_TRIAL, "large_model_meets_target")


@given(held=answers(), more=strategies.changes)
def test_a_gate_hangs_on_nothing_it_does_not_read(rules: Rules, held: Answers, more: list[tuple[str, Any]]) -> None:
    """So a blocked gate is never unblocked by an answer it does not read."""
    before = decide(held, rules)
    for result in before.gates:
        others = [(field, value) for field, value in more if field not in READS[result.number]]
        after = decide(changed(strategies.given(held), *others), rules).gates[result.number - 1]
        assert (after.status, after.reason, after.missing) == (result.status, result.reason, result.missing)
        assert set(result.values) <= READS[result.number]


@given(held=answers())
def test_an_open_gate_is_blocked_or_passed_by_nothing_it_calls_known(rules: Rules, held: Answers) -> None:
    """What is missing is exactly not known, and a decided gate misses nothing."""
    for result in decide(held, rules).gates:
        assert all(held.known(field) is None for field in result.missing)
        assert result.status == "unproven" or not result.missing

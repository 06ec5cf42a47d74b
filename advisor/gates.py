"""The four gates (§1). Four functions, one a gate; nothing else decides a gate.

Each is a first-match table. A gate passes only on what is known: absent and unknown answers leave it unproven.
Reasons' status, section and steps stand in ``rules/gates.toml``.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from advisor.model import Answers, decimal
from advisor.poc import decision, has_result
from advisor.reading import read
from advisor.report import Caution, Gate, Reason, Roi, RoiGate
from advisor.roi import (
    BEHAVIOUR_CAUSES,
    COST_INPUTS,
    SAVINGS_INPUTS,
    all_known,
    cost_inputs,
    costs,
    loses_quality,
    loss_is_priced,
    pays_only_through_fewer_failures,
    rate_gain,
    rate_with_tuning,
    rate_without_tuning,
    replaces_dearer,
    savings,
    usd_per_failure_needed,
)
from advisor.rulebook import Rules

GATE_1 = (
    "goal", "prompt_tried", "tool_use_tried", "rag_tried", "failure_cause", "eval_pairs", "measured_pass_rate",
    "target_pass_rate", "large_model_meets_target",
)  # fmt: skip
GATE_3 = (*SAVINGS_INPUTS, "usd_per_failure", "other_savings_usd_per_year", *COST_INPUTS, "labeled_pairs")
GATE_4 = ("retrain_pipeline", "retrain_budget", "retrain_owner")
_EXCEEDED: tuple[Caution, ...] = ("costs_exceed_known_savings",)
_NEEDS_OUTSIDE_FACTS = ("internal_knowledge", "domain_chat")


def gate_1(answers: Answers, rules: Rules) -> Gate:
    """Are prompt and retrieval exhausted? (§1 ①, §2, §3)"""
    goal, cause, pairs = answers.known("goal"), answers.known("failure_cause"), answers.known("eval_pairs")
    misses = misses_target(answers)
    steady: tuple[str, ...] = ("goal", "prompt_tried", "rag_tried", "failure_cause")
    if goal == "structured_output":
        steady += ("tool_use_tried",)
    missing: list[str] = []
    reason: Reason
    if goal == "live_facts":
        reason = "live_facts"
    elif misses is False:
        large_suffices = goal == "smaller_model" or answers.large_model_meets_target is True
        reason = "small_model_suffices" if large_suffices else "target_met"
    elif cause == "facts":
        reason = "facts_fix_retrieval" if answers.rag_tried == "yes" else "facts_need_rag"
    elif answers.prompt_tried is False:
        reason = "prompt_not_tried"
    elif tool_use_exhausted(answers) is False:
        reason = "tool_use_not_tried"
    elif retrieval_exhausted(answers) is False:
        reason = "rag_not_tried"
    elif misses is None:
        reason = "not_measured"
        missing = _not_known(answers, (*steady, "eval_pairs", "measured_pass_rate", "target_pass_rate"))
    elif not all_known(answers, steady):
        reason, missing = "unknown_inputs", _not_known(answers, steady)
    elif answers.large_model_meets_target is True:
        reason = "ceiling_cost"
    elif cause in BEHAVIOUR_CAUSES:
        reason = "ceiling_behaviour"
    else:
        reason, missing = "no_named_ceiling", _not_known(answers, ("large_model_meets_target",))
    by_rate = ("target_met", "small_model_suffices", "ceiling_cost", "ceiling_behaviour", "no_named_ceiling")
    small = reason in by_rate and pairs < eval_pairs_needed(rules)
    cautions: tuple[Caution, ...] = ("small_eval",) if small else ()
    return Gate(
        **_row(1, reason, answers, rules, GATE_1, missing, cautions) | {"threshold": answers.known("target_pass_rate")}
    )


def misses_target(answers: Answers) -> bool | None:
    """Whether the measured pass rate stays under the target; ``None`` while a rate or the eval set is not there."""
    measured, target = answers.known("measured_pass_rate"), answers.known("target_pass_rate")
    if measured is None or target is None or not answers.known("eval_pairs"):
        return None
    return bool(measured < target)


def tool_use_exhausted(answers: Answers) -> bool | None:
    """Whether schema-bound output was tried, or is not what this is about (§3)."""
    return True if answers.goal != "structured_output" else answers.known("tool_use_tried")


def retrieval_exhausted(answers: Answers) -> bool | None:
    """Whether retrieval was tried, or is not needed by what is wanted and what fails (§3, §6)."""
    if answers.rag_tried == "not_needed":
        return answers.goal not in _NEEDS_OUTSIDE_FACTS and answers.failure_cause != "citation"
    return {"yes": True, "no": False}.get(answers.known("rag_tried"))


def gate_2(answers: Answers, rules: Rules) -> Gate:
    """Is the eval set solid? (§1 ②; "1K+" is read as at least 1,000)"""
    pairs, overlaps = answers.known("eval_pairs"), answers.known("eval_overlaps_training")
    unchecked = ["eval_overlaps_training"] if overlaps is None and has_result(answers) else []
    missing: list[str] = []
    cautions: tuple[Caution, ...] = ()
    reason: Reason
    if pairs is not None and pairs < eval_pairs_needed(rules):
        reason = "too_few_pairs"
        cautions = ("leaks_into_training",) if overlaps else ()
    elif overlaps:
        reason = "leaks_into_training"
    elif pairs is None:
        reason, missing = "unknown_inputs", ["eval_pairs", *unchecked]
    elif unchecked:
        reason, missing = "overlap_unchecked", unchecked
    else:
        reason = "enough_pairs"
        cautions = ("overlap_unchecked",) if overlaps is None else ()
    read_fields = ("eval_pairs", "eval_overlaps_training")
    return Gate(**_row(2, reason, answers, rules, read_fields, missing, cautions))


def waiting(answers: Answers) -> bool:
    """Whether fewer failures could still make the year pay, and the answers cannot tell yet (§5, added line)."""
    cause, gain = answers.known("failure_cause"), rate_gain(answers)
    avoidable = answers.large_model_meets_target is True and answers.known(rate_without_tuning(answers)) is None
    return (
        (cause is None or cause in BEHAVIOUR_CAUSES)
        and not avoidable
        and (gain is None or gain > 0)
        and answers.known("usd_per_failure") != 0
        and answers.known("calls_per_year") != 0
        and bool(_waited_for(answers))
    )


def _waited_for(answers: Answers) -> list[str]:
    rates = rate_without_tuning(answers), rate_with_tuning(answers)
    return _not_known(answers, ("usd_per_failure", "failure_cause", *rates))


def costs_exceed(answers: Answers) -> bool:
    """Whether the costs known by now exceed all that can be saved: calls, prices and other savings are known, and no
    open answer about failures can add to them."""
    saved = savings(answers)
    settled = answers.known("other_savings_usd_per_year") is not None and not waiting(answers)
    return saved is not None and settled and costs(answers) > saved


def gate_3(answers: Answers, rules: Rules, roi: Roi | None) -> RoiGate:
    """Does the year pay? (§1 ③, §5)"""
    saved = savings(answers)
    unprofitable = saved is not None and saved <= 0
    # The band was compared before rounding; the report's own figures are rounded.
    pays = roi is not None and not unprofitable and roi.band != "no"
    missing: list[str] = []
    cautions: list[Caution] = []
    needed: Decimal | None = None
    reason: Reason
    if quality_blocks(answers, rules):
        reason = "quality_not_equal"
    elif unprofitable and not waiting(answers):
        reason = "no_savings"
    elif roi is None:
        reason, missing = "unknown_inputs", _not_known(answers, (*cost_inputs(answers), *SAVINGS_INPUTS))
        missing += _waited_for(answers) if unprofitable else []
    elif not pays and waiting(answers):
        reason, missing, needed = "unknown_inputs", _waited_for(answers), usd_per_failure_needed(answers)
    elif not pays:
        reason = "does_not_pay"
    else:
        reason, cautions = "pays", _gate_3_cautions(answers, rules, roi)
    exceeded = reason == "unknown_inputs" and costs_exceed(answers)
    # What failures are worth is read only once calls and prices are known.
    rates = (rate_without_tuning(answers), rate_with_tuning(answers))
    failures = ("failure_cause", "large_model_meets_target", *rates) if saved is not None else ()
    read_fields = (*GATE_3, "hosting_usd_per_month", "quality_parity", *failures)
    row = _row(3, reason, answers, rules, read_fields, missing, (*cautions, *_EXCEEDED) if exceeded else (*cautions,))
    return RoiGate(
        **row,
        usd_per_failure_needed=needed,
        known_costs_usd=decimal(costs(answers)) if exceeded else None,
        known_savings_usd=decimal(saved) if exceeded and saved is not None else None,
    )


def quality_blocks(answers: Answers, rules: Rules) -> bool:
    """Whether a trial that says go is worse than the dearer model it replaces, and the loss has no price (D18)."""
    unpriced_loss = loses_quality(answers) is True and not loss_is_priced(answers)
    return unpriced_loss and replaces_dearer(answers) and decision(answers, rules) == "go"


def _gate_3_cautions(answers: Answers, rules: Rules, roi: Roi) -> list[Caution]:
    volume, cheaper, loses = volume_row(answers, rules), replaces_dearer(answers), loses_quality(answers)
    by_rates = answers.known("pass_rate_without_tuning") is not None
    # A target is a wish: that rates are equal is shown by a trial, that they are not needs none.
    shown = loses is False and (not by_rates or has_result(answers))
    priced = cheaper and by_rates and loses is True and loss_is_priced(answers)
    uncounted = bool(answers.known("usd_per_failure")) and answers.known(rate_without_tuning(answers)) is None
    held: list[tuple[bool, Caution]] = [
        (roi.band == "thin", "thin_margin"),
        (answers.known("hosting_usd_per_month") is None, "hosting_unpriced"),
        (priced, "quality_priced"),
        (cheaper and not priced and not shown, "parity_unproven"),
        (uncounted, "failures_uncounted"),
        (
            answers.known("large_model_meets_target") is None and pays_only_through_fewer_failures(answers),
            "large_model_unchecked",
        ),
        (roi.cost_usd == 0, "cost_is_zero"),
        (volume is not None and answers.known("training_pairs") < volume.minimum, "below_minimum_volume"),
    ]
    return [code for holds, code in held if holds]


@lru_cache(maxsize=64)  # the same owner is looked at with each further answer
def _is_a_name(owner: str) -> bool:
    return read("retrain_owner", owner).problem != "not_a_name"


def gate_4(answers: Answers, rules: Rules) -> Gate:
    """Is retraining staffed? (§1 ④)"""
    lacking = [field for field in GATE_4 if answers.known(field) in (False, "")]
    missing = _not_known(answers, GATE_4)
    reason: Reason = "not_staffed" if lacking else "unknown_inputs" if missing else "staffed"
    owner = answers.known("retrain_owner")
    # A group can be confirmed as the owner; the gate then says that nobody is named.
    unnamed = bool(owner) and not _is_a_name(owner)
    cautions: tuple[Caution, ...] = ("owner_not_named",) if unnamed else ()
    row = _row(4, reason, answers, rules, GATE_4, [] if lacking else missing, cautions)
    return Gate(**row, lacking=tuple(lacking))


def volume_row(answers: Answers, rules: Rules) -> Any:
    """The row of the data volume table for this task (§5), or ``None`` when no row fits."""
    goal = answers.known("goal")
    if answers.failure_cause == "safety_policy" and goal != "live_facts":
        goal = "refusal_policy"
    return next((row for row in rules.volumes.volume if goal in row.goals), None)


def eval_pairs_needed(rules: Rules) -> int:
    return rules.gate(2).threshold or 0


def _not_known(answers: Answers, fields: tuple[str, ...]) -> list[str]:
    return [field for field in fields if answers.known(field) is None]


def _row(
    number: int,
    reason: Reason,
    answers: Answers,
    rules: Rules,
    read_fields: tuple[str, ...],
    missing: list[str],
    cautions: tuple[Caution, ...],
) -> dict[str, Any]:
    gate = rules.gate(number)
    row = gate.row(reason)
    return {
        "number": number,
        "id": gate.id,
        "status": row.status,
        "reason": reason,
        "threshold": gate.threshold,
        "values": {field: value for field in read_fields if (value := answers.known(field)) is not None},
        "missing": tuple(missing),
        "cautions": cautions,
        "cite": row.cite,
    }

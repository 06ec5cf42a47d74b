"""What the typed report costs: `decide` against the same report built as dicts by plain functions.

pytest tests/benchmarks/test_decide.py -p no:xdist --benchmark-enable -s
"""

import json
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from timeit import repeat
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from advisor import Answers, decide, load_rules
from advisor.model import FIELDS, decimal

RULES = load_rules()
FULL: dict[str, Any] = {
    "goal": "company_voice", "prompt_tried": True, "tool_use_tried": True, "rag_tried": "yes", "failure_cause": "tone",
    "measured_pass_rate": Decimal("0.82"), "target_pass_rate": Decimal("0.9"), "large_model_meets_target": True,
    "prompt_pass_rate": Decimal("0.6"), "eval_pairs": 1200, "eval_overlaps_training": False, "training_pairs": 5000,
    "labeled_pairs": 600, "label_budget": True, "usd_per_label": Decimal(1), "training_usd": Decimal(500),
    "upkeep_usd_per_month": Decimal(200), "hosting_usd_per_month": Decimal(10), "calls_per_year": 10**6,
    "usd_per_call_now": Decimal("0.03"), "usd_per_call_after": Decimal("0.001"),
    "pass_rate_without_tuning": Decimal("0.9"),
    "usd_per_failure": Decimal("0.1"),
    "other_savings_usd_per_year": Decimal(50), "retrain_pipeline": True, "retrain_budget": True,
    "retrain_owner": "R. Okafor", "poc_run": True, "poc_training_examples": 300,
    "poc_baseline_pass_rate": Decimal("0.82"), "poc_tuned_pass_rate": Decimal("0.88"), "poc_eval_items": 1200,
    "poc_gained": 100, "poc_lost": 28, "quality_parity": True, "labelers": 2, "label_guidelines": True,
    "agreement_checked": True, "domain_metric": True, "safety_regression_checked": True,
    "checkpoints_versioned": True, "base_choice_documented": True, "base_kind": "instruct",
    "synthetic_share": Decimal("0.2"), "label_noise": Decimal("0.03"),
}  # fmt: skip
BEHAVIOUR = ("citation", "tone", "format", "classification", "safety_policy")
GATE_VALUES = (
    ("goal", "prompt_tried", "tool_use_tried", "rag_tried", "failure_cause", "eval_pairs", "measured_pass_rate",
     "target_pass_rate", "large_model_meets_target"),
    ("eval_pairs", "eval_overlaps_training"),
    ("calls_per_year", "usd_per_call_now", "usd_per_call_after", "usd_per_failure", "other_savings_usd_per_year",
     "training_pairs", "usd_per_label", "training_usd", "upkeep_usd_per_month", "labeled_pairs",
     "hosting_usd_per_month", "quality_parity", "failure_cause", "large_model_meets_target",
     "pass_rate_without_tuning", "poc_tuned_pass_rate"),
    ("retrain_pipeline", "retrain_budget", "retrain_owner"),
)  # fmt: skip


# ---- the same report by plain functions on a dict; every question is answered, which leaves the unknowns out


def plain_report(a: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    money = plain_roi(a, rules)
    trial = plain_poc(a, rules)
    gates = plain_gates(a, rules, money, trial)
    blocked = next((gate["number"] for gate in gates if gate["status"] == "blocked"), None)
    if blocked:
        kinds = ("stay_with_prompt_rag", "build_eval_first", "remodel_the_math", "use_api_and_prompt")
        kind = kinds[blocked - 1]
    elif trial["decision"] == "too_small":
        kind = "run_poc"
    else:
        kind = "scale_up" if trial["decision"] == "go" else "revisit_approach"
    policy = a["goal"] == "refusal_policy" or a["failure_cause"] == "safety_policy"
    method = ("dpo" if policy else "sft") if kind in ("run_poc", "scale_up", "revisit_approach") else None
    plan = plain_plan(a, rules)
    approach = rules["goals"][a["goal"]]
    verdict = rules["verdicts"][kind]
    return {
        "answers": a,
        "verdict": {
            "kind": kind,
            "hold": verdict["hold"],
            "blocked_at": blocked,
            "open_gates": (),
            "method": method,
        },
        "gates": gates,
        "roi": money,
        "poc": trial,
        "approach": {"goal": a["goal"], "first_try": approach["first_try"], "then": approach["then"]},
        "checklist": plain_checklist(a, rules, trial),
        "data_plan": plan,
        "pitfalls": plain_pitfalls(a, rules, gates, plan),
        "operations": plain_operations(a, rules, gates, trial),
        "next_steps": plain_steps(a, rules, gates, verdict, money, trial, plan),
        "rules_version": rules["version"],
    }


def plain_roi(a: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    f = Fraction
    labelling = max(0, a["training_pairs"] - a["labeled_pairs"]) * f(a["usd_per_label"])
    training, upkeep = f(a["training_usd"]), 12 * f(a["upkeep_usd_per_month"])
    hosting, other = 12 * f(a["hosting_usd_per_month"]), f(a["other_savings_usd_per_year"])
    cost = labelling + training + upkeep + hosting
    saved, fewer = f(a["usd_per_call_now"]) - f(a["usd_per_call_after"]), f(0)
    gain = f(a["poc_tuned_pass_rate"]) - f(a["pass_rate_without_tuning"])
    if gain < 0 or a["failure_cause"] in BEHAVIOUR:
        fewer = f(a["usd_per_failure"]) * gain
    per_call, calls = saved + fewer, a["calls_per_year"]
    total = per_call * calls + other
    safe = f(rules["roi"]["safe_from_ratio"])
    monthly = (total - upkeep - hosting) / 12
    return {
        "cost_usd": decimal(cost),
        "savings_usd": decimal(total),
        "ratio": decimal(total / cost) if cost else None,
        "net_usd": decimal(total - cost),
        "net_roi": decimal((total - cost) / cost) if cost else None,
        "band": ("no" if total <= cost else "safe" if total >= safe * cost else "thin") if cost else None,
        "break_even_calls": max(0, floor((cost - other) / per_call) + 1) if per_call > 0 else None,
        "safe_calls": max(0, ceil((safe * cost - other) / per_call)) if per_call > 0 else None,
        "payback_months": decimal((labelling + training) / monthly) if monthly > 0 else None,
        "hosting_headroom_usd_per_month": decimal((total - cost + hosting) / 12),
        "counted_as_zero": (),
        "lines": {
            "labelling_usd": decimal(labelling),
            "training_usd": decimal(training),
            "upkeep_usd": decimal(upkeep),
            "hosting_usd": decimal(hosting),
            "api_savings_usd": decimal(saved * calls),
            "fewer_failures_usd": decimal(fewer * calls),
            "other_savings_usd": decimal(other),
        },
    }


def plain_poc(a: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    limits, baseline, tuned = rules["poc"], a["poc_baseline_pass_rate"], a["poc_tuned_pass_rate"]
    delta = 100 * (Fraction(tuned) - Fraction(baseline))
    small = a["poc_training_examples"] < limits["examples_min"]
    counted = Fraction(100 * (a["poc_gained"] - a["poc_lost"]), a["poc_eval_items"])
    differs = 100 * abs(Fraction(baseline) - Fraction(a["measured_pass_rate"]))
    held = {
        "poc_below_target": tuned < a["target_pass_rate"],
        "poc_little_headroom": baseline > 1 - limits["points"] / 100,
        "poc_baseline_differs": differs > Fraction(limits["baseline_differs_points"]),
        "poc_worse": delta < 0,
        "poc_counts_disagree": abs(counted - delta) > Fraction(limits["counts_differ_points"]),
    }
    cost_project = a["goal"] == "smaller_model" or a["large_model_meets_target"]
    go = delta >= Fraction(limits["points"]) or (cost_project and tuned >= a["target_pass_rate"] and delta >= 0)
    return {
        "delta_points": decimal(delta),
        "decision": "too_small" if small else "go" if go else "no_go",
        "cautions": tuple(code for code, holds in held.items() if holds),
    }


def plain_gates(
    a: dict[str, Any], rules: dict[str, Any], money: dict[str, Any], trial: dict[str, Any]
) -> tuple[dict[str, Any], ...]:
    needed = rules["gates"][1]["threshold"]
    reaches = a["measured_pass_rate"] >= a["target_pass_rate"]
    if reaches:
        first = "small_model_suffices" if a["large_model_meets_target"] else "target_met"
    elif a["failure_cause"] == "facts":
        first = "facts_fix_retrieval"
    elif not a["prompt_tried"]:
        first = "prompt_not_tried"
    elif a["rag_tried"] == "no":
        first = "rag_not_tried"
    elif a["large_model_meets_target"]:
        first = "ceiling_cost"
    else:
        first = "ceiling_behaviour" if a["failure_cause"] in BEHAVIOUR else "no_named_ceiling"
    second = "too_few_pairs" if a["eval_pairs"] < needed else "enough_pairs"
    if second == "enough_pairs" and a["eval_overlaps_training"]:
        second = "leaks_into_training"
    cheaper = a["usd_per_call_now"] > a["usd_per_call_after"]
    loses, priced = a["poc_tuned_pass_rate"] < a["pass_rate_without_tuning"], a["usd_per_failure"] > 0
    if trial["decision"] == "go" and cheaper and loses and not priced:
        third = "quality_not_equal"
    elif money["savings_usd"] <= 0:
        third = "no_savings"
    else:
        third = "does_not_pay" if money["band"] == "no" else "pays"
    volume = rules["volume_by_goal"].get(a["goal"])
    held = {
        "thin_margin": money["band"] == "thin",
        "quality_priced": cheaper and loses and priced,
        "parity_unproven": cheaper and loses and not priced,
        "cost_is_zero": money["cost_usd"] == 0,
        "below_minimum_volume": volume is not None and a["training_pairs"] < volume["minimum"],
    }
    lacking = tuple(field for field in GATE_VALUES[3] if a[field] in (False, ""))
    small = a["eval_pairs"] < needed and first not in ("facts_fix_retrieval", "prompt_not_tried", "rag_not_tried")
    cautions = (
        ("small_eval",) if small else (),
        ("leaks_into_training",) if second == "too_few_pairs" and a["eval_overlaps_training"] else (),
        tuple(code for code, holds in held.items() if holds) if third == "pays" else (),
        (),
    )
    gates = []
    for n, reason in enumerate((first, second, third, "not_staffed" if lacking else "staffed")):
        gate = rules["gates"][n]
        row = gate["rows"][reason]
        made = {
            "number": n + 1,
            "id": gate["id"],
            "status": row["status"],
            "reason": reason,
            "threshold": a["target_pass_rate"] if n == 0 else gate["threshold"],
            "values": {field: a[field] for field in GATE_VALUES[n]},
            "missing": (),
            "lacking": lacking if n == 3 else (),
            "cautions": cautions[n],
            "cite": row["cite"],
        }
        only_3 = {"usd_per_failure_needed": None, "known_costs_usd": None, "known_savings_usd": None}
        gates.append(made | only_3 if n == 2 else made)
    return tuple(gates)


def plain_checklist(a: dict[str, Any], rules: dict[str, Any], trial: dict[str, Any]) -> dict[str, Any]:
    limits, cause = rules["checklist"], a["failure_cause"]
    values = {
        "q1": a["eval_pairs"] >= rules["gates"][1]["threshold"],
        "q2": 1 - Fraction(a["prompt_pass_rate"]) >= Fraction(limits["fails_from"]),
        "q3": a["rag_tried"] == "yes",
        "q4": cause in ("tone", "format", "classification"),
        "q5": cause == "facts",
        "q6": a["labeled_pairs"] >= limits["labeled_pairs_from"] and a["label_budget"],
        "q7": a["goal"] == "smaller_model" or a["large_model_meets_target"],
        "q8": a["goal"] == "refusal_policy" or cause == "safety_policy",
        "q9": a["retrain_pipeline"] and a["retrain_owner"] != "",
        "q10": a["poc_run"] and trial["decision"] == "go",
    }
    literal = sum(values.values())
    return {
        "literal": literal,
        "of": 10,
        "label": "explore" if literal >= limits["explore_from"] and not values["q5"] else "not_yet",
        "items": tuple({"id": row["id"], "answer": "yes" if values[row["id"]] else "no"} for row in limits["item"]),
        "warnings": ("q5_vetoes",) if values["q5"] else (),
    }


def plain_plan(a: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    row, planned = rules["volume_by_goal"].get(a["goal"]), a["training_pairs"]
    recommended = row["recommended"] if row else rules["volumes"]["baseline"]
    to_label = max(0, planned - a["labeled_pairs"])
    a_day = rules["labelling"]["pairs_per_labeler_day"] * max(1, a["labelers"] or 1)
    if row and planned < row["minimum"]:
        standing = "below_minimum"
    elif planned < recommended:
        standing = "minimum" if row else "below_minimum"
    else:
        standing = "good" if row and planned >= row["good"] else "recommended"
    return {
        "task": row["task"] if row else None,
        "minimum": row["minimum"] if row else None,
        "recommended": recommended,
        "good": row["good"] if row else None,
        "planned": planned,
        "standing": standing,
        "labelling_days": ceil(Fraction(to_label, a_day)),
        "usd_low": to_label * rules["labelling"]["usd_low"],
        "usd_high": to_label * rules["labelling"]["usd_high"],
    }


def plain_pitfalls(
    a: dict[str, Any], rules: dict[str, Any], gates: tuple[dict[str, Any], ...], plan: dict[str, Any]
) -> dict[str, Any]:
    limits = rules["pitfalls"]
    long = plan["labelling_days"] > limits["long_labelling_days"]
    shown = {
        "skipping_rag": a["rag_tried"] == "no",
        "underestimating_labels": a["usd_per_label"] < rules["labelling"]["usd_low"] or not a["label_budget"] or long,
        "train_once": gates[3]["status"] == "blocked",
        "no_eval_set": a["eval_pairs"] == 0,
        "facts_by_tuning": a["failure_cause"] == "facts",
        "base_model": a["base_kind"] == "base",
        "skipping_poc": a["labeled_pairs"] > limits["labels_before_poc"] and not a["poc_run"],
        "loss_only": not a["domain_metric"],
        "one_labeler": a["labelers"] == 1,
        "all_synthetic": a["synthetic_share"] >= limits["all_synthetic_from"],
        "noisy_labels": a["label_noise"] >= limits["noisy_from"],
        "leak": a["eval_overlaps_training"],
    }
    rows = limits["pitfall"]
    return {
        "triggered": tuple({"id": row["id"], "cite": row["cite"]} for row in rows if shown[row["id"]]),
        "unchecked": (),
    }


def plain_operations(
    a: dict[str, Any], rules: dict[str, Any], gates: tuple[dict[str, Any], ...], trial: dict[str, Any]
) -> tuple[dict[str, Any], ...]:
    enough = a["eval_pairs"] >= rules["gates"][1]["threshold"]
    checked = a["domain_metric"] and a["safety_regression_checked"]
    done = {
        "gates_documented": True,
        "eval_before_labels": True if enough else False if a["labeled_pairs"] else None,
        "poc_signal": a["poc_run"] and trial["decision"] == "go",
        "roi_positive": gates[2]["status"] == "passed",
        "no_overlap": not a["eval_overlaps_training"],
        "labelling_quality": a["labelers"] >= 2 and a["label_guidelines"] and a["agreement_checked"],
        "retraining_staffed": gates[3]["status"] == "passed",
        "base_choice": a["base_choice_documented"],
        "post_training_checks": checked,
        "checkpoints": a["checkpoints_versioned"],
    }
    names = {True: "done", False: "open", None: "unknown"}
    return tuple({"id": row["id"], "status": names[done[row["id"]]]} for row in rules["operations"])


def plain_steps(
    a: dict[str, Any],
    rules: dict[str, Any],
    gates: tuple[dict[str, Any], ...],
    verdict: dict[str, Any],
    money: dict[str, Any],
    trial: dict[str, Any],
    plan: dict[str, Any],
) -> tuple[dict[str, Any], ...]:
    limits, needed = rules["poc"], rules["gates"][1]["threshold"]
    facts = {
        "eval_pairs_needed": needed,
        "eval_pairs_more": None if a["eval_pairs"] >= needed else needed - a["eval_pairs"],
        "lacking": gates[3]["lacking"],
        "break_even_calls": money["break_even_calls"],
        "safe_calls": money["safe_calls"],
        "calls_more": None
        if money["break_even_calls"] is None
        else max(0, money["break_even_calls"] - a["calls_per_year"]),
        "cost_usd": money["cost_usd"],
        "savings_usd": money["savings_usd"],
        "labelling_usd": money["lines"]["labelling_usd"],
        "hosting_headroom_usd_per_month": money["hosting_headroom_usd_per_month"],
        "poc_examples_min": limits["examples_min"],
        "poc_examples_max": limits["examples_max"],
        "poc_points": limits["points"],
        "lora_rank": limits["lora_rank"],
        "poc_pass_rate_wanted": decimal(Fraction(a["measured_pass_rate"]) + Fraction(limits["points"]) / 100),
        "poc_delta_points": trial["delta_points"],
        "ship_pass_rate": a["target_pass_rate"] if a["large_model_meets_target"] else None,
        "saved_by_calls": a["usd_per_call_now"] >= a["usd_per_call_after"] and money["break_even_calls"] is not None,
        "pairs_to_label": max(0, a["training_pairs"] - a["labeled_pairs"]),
        "recommended_pairs": plan["recommended"],
        "labelling_days": plan["labelling_days"],
    }
    spare = {"price_hosting", "answer_gate_1", "price_a_failure", "try_a_larger_model", "take_poc_examples"}
    if facts["pairs_to_label"] == 0:
        spare.add("label_the_rest")
    if a["usd_per_call_now"] == 0:
        spare.add("try_cheaper_rivals")
    if money["break_even_calls"] is None:
        spare.add("reach_the_volume")
    wanted = [step for step in verdict["steps"] if step not in spare]
    for place, gate in enumerate(gate for gate in gates if gate["status"] == "blocked"):
        row = rules["gates"][gate["number"] - 1]["rows"][gate["reason"]]
        steps = [step for step in row["steps"] if step not in spare]
        wanted += steps if place == 0 else steps[:1]
        if row["final"]:
            break
    made = []
    for name in list(dict.fromkeys(wanted))[:5]:
        row = rules["steps"][name]
        values = {key: facts[key] if key in facts else a.get(key) for key in row["values"]}
        values = {key: value for key, value in values.items() if value is not None}
        made.append({"id": name, "gate": row["gate"], "cite": row["cite"], "values": values})
    return tuple(made)


def plain_rules() -> dict[str, Any]:
    rules: dict[str, Any] = RULES.model_dump()
    for gate, dumped in zip(RULES.gates, rules["gates"], strict=True):
        names = [name for name, value in dumped.items() if isinstance(value, tuple) and value and "code" in value[0]]
        dumped["rows"] = {row["code"]: row for row in dumped[names[0]]}
        assert gate.id == dumped["id"]
    rules["goals"] = {row["id"]: row for row in rules["goals"]}
    rules["verdicts"] = {row["kind"]: row for row in rules["verdicts"]}
    rules["steps"] = {row["id"]: row for row in rules["steps"]}
    rules["volume_by_goal"] = {goal: row for row in rules["volumes"]["volume"] for goal in row["goals"]}
    return rules


PLAIN_RULES = plain_rules()
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "target met": {"measured_pass_rate": Decimal("0.95")},
    "too few pairs": {"eval_pairs": 300},
    "does not pay": {"calls_per_year": 1000},
    "not staffed": {"retrain_budget": False, "labelers": 1},
    "facts": {"failure_cause": "facts", "goal": "other"},
    "nothing to gain": {"poc_tuned_pass_rate": Decimal("0.83"), "poc_gained": 40},
}


def same(left: Any, right: Any) -> bool:
    return json.dumps(left, default=str, sort_keys=True) == json.dumps(right, default=str, sort_keys=True)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_both_build_the_same_report(change: dict[str, Any]) -> None:
    answers = FULL | change
    typed = decide(Answers(**answers), RULES).model_dump()
    plain = plain_report(dict.fromkeys(FIELDS) | answers, PLAIN_RULES)
    assert {key for key in typed if not same(typed[key], plain[key])} == set()
    assert list(typed) == list(plain)


def test_the_typed_report_costs_at_most_five_times_the_plain_one(
    benchmark: BenchmarkFixture, request: pytest.FixtureRequest
) -> None:
    answers = Answers(**FULL)
    benchmark(decide, answers, RULES)
    if not request.config.getoption("--benchmark-enable"):
        return
    typed = min(repeat(lambda: decide(answers, RULES), number=100, repeat=15))
    plain = min(repeat(lambda: plain_report(FULL, PLAIN_RULES), number=100, repeat=15))
    print(f"\ntyped {typed * 10_000:.0f} us, plain {plain * 10_000:.0f} us, {typed / plain:.2f}x")
    assert typed <= 5 * plain

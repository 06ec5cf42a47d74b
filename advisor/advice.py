"""Answers in, report out: the verdict's hit policy (§1, §5) and everything else the chapter says, from the same
answers.

Pure and total: ``decide`` raises on no valid ``Answers``.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Any, Literal, cast

from advisor.gates import gate_1, gate_2, gate_3, gate_4, volume_row
from advisor.model import Answers, decimal
from advisor.poc import is_cost_project, poc
from advisor.report import (
    Approach,
    Checklist,
    ChecklistId,
    ChecklistItem,
    DataPlan,
    Fact,
    Figure,
    Gate,
    Operation,
    OperationId,
    Pitfall,
    PitfallId,
    Pitfalls,
    Poc,
    Report,
    RoiGate,
    Standing,
    Step,
    Ternary,
    Verdict,
    VerdictKind,
    Warning_,
)
from advisor.roi import PRICES, all_known, all_labelled, roi, saved_by_a_call
from advisor.rulebook import Rules

Gates = tuple[Gate, Gate, RoiGate, Gate]
Maybe = bool | None
"""Kleene's third value: ``None`` is not known."""

_BLOCKED_AT: dict[int, VerdictKind] = {
    1: "stay_with_prompt_rag",
    2: "build_eval_first",
    3: "remodel_the_math",
    4: "use_api_and_prompt",
}
_MAX_STEPS = 5


def decide(answers: Answers, rules: Rules) -> Report:
    """The whole report for these answers under these rules. Deterministic, and defined for every ``Answers``."""
    return in_full(stand(answers, rules), rules)


def stand(answers: Answers, rules: Rules) -> Standing:
    """What of the report decides: half the work, and all that a question needs."""
    money, trial = roi(answers, rules), poc(answers, rules)
    gates = (gate_1(answers, rules), gate_2(answers, rules), gate_3(answers, rules, money), gate_4(answers, rules))
    verdict = _verdict(answers, rules, gates, trial)
    return Standing(answers=answers, verdict=verdict, gates=gates, roi=money, poc=trial)


def in_full(standing: Standing, rules: Rules) -> Report:
    """The rest of it, where one stands by the same rules."""
    answers, gates, trial = standing.answers, standing.gates, standing.poc
    plan = _data_plan(answers, rules)
    return Report(
        **dict(standing),
        approach=_approach(answers, rules),
        checklist=_checklist(answers, rules, trial),
        data_plan=plan,
        pitfalls=_pitfalls(answers, rules, gates, plan),
        operations=tuple(_operations(answers, rules, gates, trial)),
        next_steps=_next_steps(standing, rules, plan),
        rules_version=rules.version,
    )


def _verdict(answers: Answers, rules: Rules, gates: Gates, trial: Poc | None) -> Verdict:
    """First match: a blocked gate, an open gate, the trial (§1, §5). What gate 1 vetoes yields to no ratio."""
    blocked = next((gate.number for gate in gates if gate.status == "blocked"), None)
    open_gates = tuple(gate.number for gate in gates if gate.status == "unproven")
    kind: VerdictKind
    if blocked is not None:
        kind = _BLOCKED_AT[blocked]
    elif open_gates:
        kind = "not_decided"
    elif trial is None or trial.decision == "too_small":
        kind = "run_poc"
    else:
        kind = "scale_up" if trial.decision == "go" else "revisit_approach"
    method: Literal["sft", "dpo"] | None = None
    if kind in ("run_poc", "scale_up", "revisit_approach"):
        method = "dpo" if _is_policy(answers) else "sft"
    hold = rules.verdict(kind).hold
    return Verdict(kind=kind, hold=hold, blocked_at=blocked, open_gates=open_gates, method=method)


def _is_policy(answers: Answers) -> bool:
    return answers.goal == "refusal_policy" or answers.failure_cause == "safety_policy"


def _approach(answers: Answers, rules: Rules) -> Approach:
    goal = answers.known("goal")
    row = next(row for row in rules.goals if row.id == (goal or "other"))
    return Approach(goal=goal, first_try=row.first_try, then=row.then)


def _any(*terms: Maybe) -> Maybe:
    return True if True in terms else None if None in terms else False


def _all(*terms: Maybe) -> Maybe:
    return False if False in terms else None if None in terms else True


def _is(known: Any, *wanted: Any) -> Maybe:
    return None if known is None else known in wanted


def _at_least(known: Any, limit: Any) -> Maybe:
    return None if known is None else known >= limit


def _poc_signal(answers: Answers, trial: Poc | None) -> Maybe:
    return _all(_is(answers.known("poc_run"), True), None if trial is None else trial.decision == "go")


def _ternary(value: Maybe) -> Ternary:
    return "unknown" if value is None else "yes" if value else "no"


def _checklist(answers: Answers, rules: Rules, trial: Poc | None) -> Checklist:
    """The ten readiness questions (§4), derived; the count never overrules a gate."""
    known = answers.known
    goal, cause = known("goal"), known("failure_cause")
    alone = known("prompt_pass_rate")
    if alone is None and answers.rag_tried in ("no", "not_needed"):
        alone = known("measured_pass_rate")
    owner = known("retrain_owner")
    values: dict[ChecklistId, Maybe] = {
        "q1": _at_least(known("eval_pairs"), rules.gate(2).threshold),
        "q2": None if alone is None else 1 - Fraction(alone) >= Fraction(rules.checklist.fails_from),
        "q3": _is(known("rag_tried"), "yes"),
        "q4": _is(cause, "tone", "format", "classification"),
        "q5": _is(cause, "facts"),
        "q6": _all(
            _at_least(known("labeled_pairs"), rules.checklist.labeled_pairs_from), _is(known("label_budget"), True)
        ),
        "q7": _any(_is(goal, "smaller_model"), _is(known("large_model_meets_target"), True)),
        "q8": _any(_is(goal, "refusal_policy"), _is(cause, "safety_policy")),
        "q9": _all(_is(known("retrain_pipeline"), True), None if owner is None else owner != ""),
        "q10": _poc_signal(answers, trial),
    }
    literal = sum(value is True for value in values.values())
    explore = literal >= rules.checklist.explore_from and values["q5"] is not True
    held: list[tuple[bool, Warning_]] = [
        (values["q5"] is True, "q5_vetoes"),
        (trial is None, "q10_pending"),
        (known("rag_tried") == "not_needed", "q3_not_needed"),
    ]
    return Checklist(
        literal=literal,
        label="explore" if explore else "not_yet",
        items=tuple(ChecklistItem(id=row.id, answer=_ternary(values[row.id])) for row in rules.checklist.item),
        warnings=tuple(code for holds, code in held if holds),
    )


def _data_plan(answers: Answers, rules: Rules) -> DataPlan | None:
    """How much data this task wants (§5); none where tuning is never the answer."""
    if answers.goal == "live_facts":
        return None
    row = volume_row(answers, rules)
    planned, labeled = answers.known("training_pairs"), answers.known("labeled_pairs") or 0
    recommended = row.recommended if row else rules.volumes.baseline
    to_label = None if planned is None else max(0, planned - labeled)
    a_day = rules.labelling.pairs_per_labeler_day * max(1, answers.known("labelers") or 1)
    standing: Literal["unknown", "below_minimum", "minimum", "recommended", "good"]
    if planned is None:
        standing = "unknown"
    elif row and planned < row.minimum:
        standing = "below_minimum"
    elif planned < recommended:
        # Without a row the baseline is both what is recommended and the least: less is noise (§5).
        standing = "minimum" if row else "below_minimum"
    else:
        standing = "good" if row and planned >= row.good else "recommended"
    return DataPlan(
        task=row.task if row else None,
        minimum=row.minimum if row else None,
        recommended=recommended,
        good=row.good if row else None,
        planned=planned,
        standing=standing,
        labelling_days=None if to_label is None else ceil(Fraction(to_label, a_day)),
        usd_low=None if to_label is None else to_label * rules.labelling.usd_low,
        usd_high=None if to_label is None else to_label * rules.labelling.usd_high,
    )


def _pitfalls(answers: Answers, rules: Rules, gates: Gates, plan: DataPlan | None) -> Pitfalls:
    """The pitfalls of §5 and §6 the answers show; one that nobody asked about is unchecked, not absent."""
    known, limits = answers.known, rules.pitfalls
    days = None if plan is None else plan.labelling_days
    price = known("usd_per_label")
    labeled = known("labeled_pairs")
    shown: dict[PitfallId, Maybe] = {
        "skipping_rag": _is(known("rag_tried"), "no"),
        "underestimating_labels": not all_labelled(answers)
        and _any(
            None if price is None else price < rules.labelling.usd_low,
            _is(known("label_budget"), False),
            None if days is None else days > limits.long_labelling_days,
        ),
        "train_once": {"blocked": True, "unproven": None, "passed": False}[gates[3].status],
        "no_eval_set": _is(known("eval_pairs"), 0),
        "facts_by_tuning": _any(_is(known("failure_cause"), "facts"), _is(known("goal"), "live_facts")),
        "base_model": _is(known("base_kind"), "base"),
        "skipping_poc": _all(
            None if labeled is None else labeled > limits.labels_before_poc, _is(known("poc_run"), False)
        ),
        "loss_only": _is(known("domain_metric"), False),
        "one_labeler": _is(known("labelers"), 1),
        "all_synthetic": _at_least(known("synthetic_share"), limits.all_synthetic_from),
        "noisy_labels": _at_least(known("label_noise"), limits.noisy_from),
        "leak": _is(known("eval_overlaps_training"), True),
    }
    rows = limits.pitfall
    return Pitfalls(
        triggered=tuple(Pitfall(id=row.id, cite=row.cite) for row in rows if shown[row.id] is True),
        unchecked=tuple(row.id for row in rows if shown[row.id] is None),
    )


def _operations(answers: Answers, rules: Rules, gates: Gates, trial: Poc | None) -> Iterator[Operation]:
    """The operations checklist (§7)."""
    known = answers.known
    by_status: dict[str, Maybe] = {"passed": True, "blocked": False, "unproven": None}
    enough = _at_least(known("eval_pairs"), rules.gate(2).threshold)
    overlaps = known("eval_overlaps_training")
    done: dict[OperationId, Maybe] = {
        "gates_documented": all(gate.status != "unproven" for gate in gates),
        # Too small a set is late only once labels exist; before that nothing is done and nothing is lost.
        "eval_before_labels": None if enough is False and not known("labeled_pairs") else enough,
        "poc_signal": _poc_signal(answers, trial),
        "roi_positive": by_status[gates[2].status],
        "no_overlap": None if overlaps is None else not overlaps,
        "labelling_quality": _all(
            _at_least(known("labelers"), 2), _is(known("label_guidelines"), True), _is(known("agreement_checked"), True)
        ),
        "retraining_staffed": by_status[gates[3].status],
        "base_choice": _is(known("base_choice_documented"), True),
        "post_training_checks": _all(_is(known("domain_metric"), True), _is(known("safety_regression_checked"), True)),
        "checkpoints": _is(known("checkpoints_versioned"), True),
    }
    names: dict[Maybe, Literal["done", "open", "unknown"]] = {True: "done", False: "open", None: "unknown"}
    for row in rules.operations:
        yield Operation(id=row.id, status=names[done[row.id]])


def _next_steps(standing: Standing, rules: Rules, plan: DataPlan | None) -> tuple[Step, ...]:
    """One to five steps: the deciding gate's, then the first of every other gate that was looked at and stands
    in the way, unless the deciding reason is final (tuning is never, or no longer, the answer)."""
    facts = _facts(standing, rules, plan)
    answers, verdict, gates, trial = standing.answers, standing.verdict, standing.gates, standing.poc
    wanted: list[str] = []
    if verdict.kind == "run_poc" and trial is not None:
        wanted.append("rerun_poc")
    if verdict.kind == "revisit_approach" and trial is not None and trial.delta_points < 0:
        wanted.append("keep_what_runs")
    wanted += (step for step in rules.verdict(verdict.kind).steps if _worth_saying(step, answers, facts))
    in_the_way = [gate for gate in gates if gate.status == "blocked"] + [g for g in gates if g.status == "unproven"]
    for place, gate in enumerate(in_the_way):
        if place and _untouched(gate, answers):
            continue
        row = rules.gate(gate.number).row(gate.reason)
        steps = [step for step in row.steps if _worth_saying(step, answers, facts)]
        wanted += steps if place == 0 else steps[:1]
        if row.final:
            break
    rows = [rules.step(step) for step in list(dict.fromkeys(wanted))[:_MAX_STEPS]]
    return tuple(
        Step(
            id=row.id,
            gate=row.gate,
            cite=row.cite,
            values={
                name: fact
                for name in row.values
                if (fact := facts[name] if name in facts else answers.known(name)) is not None
            },
        )
        for row in rows
    )


def _untouched(gate: Gate, answers: Answers) -> bool:
    """Whether nobody was asked about a gate: another one decides, and homework for this one can wait."""
    return not gate.values and all(getattr(answers, field) is None for field in gate.missing)


def _dearer_after(answers: Answers) -> bool:
    return all_known(answers, PRICES) and answers.known("usd_per_call_after") > answers.known("usd_per_call_now")


def _worth_saying(step: str, answers: Answers, facts: dict[str, Any]) -> bool:
    """Some steps have nothing to say for some answers: an answered question, a priced host, a finished trial."""
    worth: dict[str, bool] = {
        "answer_gate_1": bool(facts["missing_gate_1"]),
        "try_a_larger_model": answers.known("large_model_meets_target") is None,
        "price_the_year": facts["missing_gate_3"] != ("usd_per_failure",),
        "price_a_failure": facts["usd_per_failure_needed"] is not None,
        "price_hosting": answers.known("hosting_usd_per_month") is None,
        "take_poc_examples": answers.known("poc_training_examples") is None,
        "label_the_rest": facts["pairs_to_label"] != 0,
        "try_cheaper_rivals": answers.known("usd_per_call_now") != 0,
        # More calls of a kind that gets dearer is no advice, whatever else they save.
        "reach_the_volume": facts["break_even_calls"] is not None and not _dearer_after(answers),
    }
    return worth.get(step, True)


def _facts(standing: Standing, rules: Rules, plan: DataPlan | None) -> dict[str, Fact | None]:
    """What steps can name beside the answers themselves. ``steps.toml`` selects, this computes."""
    answers, gates, money, trial = standing.answers, standing.gates, standing.roi, standing.poc
    known = answers.known
    needed = rules.gate(2).threshold or 0
    pairs, planned, calls = known("eval_pairs"), known("training_pairs"), known("calls_per_year")
    measured = known("measured_pass_rate")
    wanted = None if measured is None else Fraction(measured) + Fraction(rules.poc.points) / 100
    break_even = money.break_even_calls if money else None
    computed: dict[Figure, Fact | None] = {
        "eval_pairs_needed": needed,
        "eval_pairs_more": None if pairs is None or pairs >= needed else needed - pairs,
        "missing_gate_1": gates[0].missing,
        "missing_gate_3": gates[2].missing,
        "missing_gate_4": gates[3].missing,
        "usd_per_failure_needed": gates[2].usd_per_failure_needed,
        "lacking": gates[3].lacking,
        "break_even_calls": break_even,
        "safe_calls": money.safe_calls if money else None,
        "calls_more": None if break_even is None else max(0, break_even - cast("int", calls)),
        "cost_usd": money.cost_usd if money else None,
        "savings_usd": money.savings_usd if money else None,
        "labelling_usd": money.lines.labelling_usd if money else None,
        "hosting_headroom_usd_per_month": money.hosting_headroom_usd_per_month if money else None,
        "poc_examples_min": rules.poc.examples_min,
        "poc_examples_max": rules.poc.examples_max,
        "poc_points": rules.poc.points,
        "lora_rank": rules.poc.lora_rank,
        "method": standing.verdict.method,
        "poc_pass_rate_wanted": None if wanted is None or wanted > 1 else decimal(wanted),
        "poc_delta_points": trial.delta_points if trial else None,
        "ship_pass_rate": known("target_pass_rate") if is_cost_project(answers) else None,
        "saved_by_calls": all_known(answers, PRICES) and not _dearer_after(answers) and saved_by_a_call(answers) > 0,
        "pairs_to_label": None if planned is None else max(0, planned - (known("labeled_pairs") or 0)),
        "recommended_pairs": plan.recommended if plan else None,
        "labelling_days": plan.labelling_days if plan else None,
    }
    facts: dict[str, Fact | None] = {}
    facts.update(computed.items())
    return facts

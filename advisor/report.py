"""What the core computes: the report and its parts, as frozen models of codes and numbers.

No sentence stands here; every code has its words in ``prompts/say``. ``Report.model_dump(mode="json")`` is the
contract other programs read: decimals leave as plain strings of at most 28 significant digits.
"""

from typing import Literal

from advisor.model import Answers, Exact, Frozen

Status = Literal["passed", "blocked", "unproven"]
GateId = Literal["prompt_rag_exhausted", "eval_set", "roi", "retraining"]
Reason = Literal[
    "live_facts", "target_met", "small_model_suffices", "facts_need_rag", "facts_fix_retrieval", "prompt_not_tried",
    "tool_use_not_tried", "rag_not_tried", "not_measured", "unknown_inputs", "no_named_ceiling", "ceiling_cost",
    "ceiling_behaviour",
    "too_few_pairs", "leaks_into_training", "overlap_unchecked", "enough_pairs",
    "quality_not_equal", "no_savings", "does_not_pay", "pays",
    "not_staffed", "staffed",
]  # fmt: skip
Caution = Literal[
    "small_eval", "leaks_into_training", "overlap_unchecked", "thin_margin", "hosting_unpriced", "parity_unproven",
    "large_model_unchecked", "cost_is_zero", "below_minimum_volume", "owner_not_named", "quality_priced",
    "failures_uncounted", "costs_exceed_known_savings",
]  # fmt: skip
PocCaution = Literal[
    "poc_below_target", "poc_little_headroom", "poc_baseline_differs", "poc_worse", "poc_counts_disagree",
]  # fmt: skip
Band = Literal["no", "thin", "safe"]
Decision = Literal["go", "no_go", "too_small"]
VerdictKind = Literal[
    "stay_with_prompt_rag", "build_eval_first", "remodel_the_math", "use_api_and_prompt", "not_decided",
    "run_poc", "scale_up", "revisit_approach",
]  # fmt: skip
Warning_ = Literal["q5_vetoes", "q10_pending", "q3_not_needed"]
Ternary = Literal["yes", "no", "unknown"]
ChecklistId = Literal["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"]
PitfallId = Literal[
    "skipping_rag", "underestimating_labels", "train_once", "no_eval_set", "facts_by_tuning", "base_model",
    "skipping_poc", "loss_only", "one_labeler", "all_synthetic", "noisy_labels", "leak",
]  # fmt: skip
OperationId = Literal[
    "gates_documented", "eval_before_labels", "poc_signal", "roi_positive", "no_overlap", "labelling_quality",
    "retraining_staffed", "base_choice", "post_training_checks", "checkpoints",
]  # fmt: skip
Approach_ = Literal["prompt", "tool_use", "rag", "sft", "dpo", "never"]
Figure = Literal[
    "eval_pairs_needed", "eval_pairs_more", "missing_gate_1", "missing_gate_3", "missing_gate_4",
    "usd_per_failure_needed", "lacking", "break_even_calls", "safe_calls", "calls_more", "cost_usd", "savings_usd",
    "labelling_usd", "hosting_headroom_usd_per_month", "poc_examples_min", "poc_examples_max", "poc_points",
    "lora_rank", "method", "poc_pass_rate_wanted", "poc_delta_points", "ship_pass_rate", "pairs_to_label",
    "recommended_pairs", "labelling_days", "saved_by_calls",
]  # fmt: skip
"""What a step can name beside the answers themselves."""
Fact = bool | int | Exact | str | tuple[str, ...]


class Gate(Frozen):
    """One gate's result. ``missing``: fields whose absence or unknown keeps it open; ``lacking``: what it asks for
    and was told is not there (gate 4)."""

    number: Literal[1, 2, 3, 4]
    id: GateId
    status: Status
    reason: Reason
    threshold: int | Exact | None
    values: dict[str, bool | int | Exact | str]
    missing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    cite: str


class RoiGate(Gate):
    """Gate 3; ``usd_per_failure_needed`` is the price of one failing output above which the year pays, in USD,
    given while only that price can still settle the gate. ``known_costs_usd`` and ``known_savings_usd`` (a year, USD)
    are given while the gate is open and the costs known by then exceed all that the known answers allow to be saved."""

    usd_per_failure_needed: Exact | None = None
    known_costs_usd: Exact | None = None
    known_savings_usd: Exact | None = None


class RoiLines(Frozen):
    """The lines of the one-year cost model, USD a year (§5; hosting, failures and other savings are added)."""

    labelling_usd: Exact
    training_usd: Exact
    upkeep_usd: Exact
    hosting_usd: Exact
    api_savings_usd: Exact
    fewer_failures_usd: Exact
    other_savings_usd: Exact


class Roi(Frozen):
    """One year's return (§5). ``ratio`` is savings over cost (what the chapter calls ROI), ``net_roi`` is
    net over cost; both, and ``band``, are ``None`` when the cost is 0."""

    cost_usd: Exact
    savings_usd: Exact
    ratio: Exact | None
    net_usd: Exact
    net_roi: Exact | None
    band: Band | None
    break_even_calls: int | None
    safe_calls: int | None
    payback_months: Exact | None
    hosting_headroom_usd_per_month: Exact
    counted_as_zero: tuple[str, ...]
    lines: RoiLines


class Poc(Frozen):
    """The trial run's result (§5): the gain in percentage points over the untuned baseline, and what it says."""

    delta_points: Exact
    decision: Decision
    cautions: tuple[PocCaution, ...]


class Verdict(Frozen):
    """``hold`` is true unless the answer is to run the PoC or to scale up. ``blocked_at`` is the gate that
    decided; ``open_gates`` the unproven ones."""

    kind: VerdictKind
    hold: bool
    blocked_at: Literal[1, 2, 3, 4] | None
    open_gates: tuple[int, ...]
    method: Literal["sft", "dpo"] | None


class Approach(Frozen):
    """Which approach to try first for this goal, and then (§3)."""

    goal: str | None
    first_try: tuple[Approach_, ...]
    then: tuple[Approach_, ...]


class ChecklistItem(Frozen):
    """One of the ten readiness questions (§4), derived from the answers."""

    id: ChecklistId
    answer: Ternary


class Checklist(Frozen):
    """The readiness checklist (§4): ``literal`` counts the yeses of ten; it never decides against the gates."""

    literal: int
    of: Literal[10] = 10
    label: Literal["explore", "not_yet"]
    items: tuple[ChecklistItem, ...]
    warnings: tuple[Warning_, ...]


class DataPlan(Frozen):
    """How many training pairs this task wants (§5) and what labelling them takes. Pairs are counts, days are
    working days, USD are the price range of bought-in labels."""

    task: str | None
    minimum: int | None
    recommended: int
    good: int | None
    planned: int | None
    standing: Literal["unknown", "below_minimum", "minimum", "recommended", "good"]
    labelling_days: int | None
    usd_low: int | None
    usd_high: int | None


class Pitfall(Frozen):
    id: PitfallId
    cite: str


class Pitfalls(Frozen):
    """Which pitfalls (§5, §6) the answers show, and which nobody asked about."""

    triggered: tuple[Pitfall, ...]
    unchecked: tuple[PitfallId, ...]


class Operation(Frozen):
    """One line of the operations checklist (§7)."""

    id: OperationId
    status: Literal["done", "open", "unknown"]


class Step(Frozen):
    """One next step; ``gate`` is the gate it moves, or ``"poc"``; ``values`` are the numbers its words use."""

    id: str
    gate: Literal[1, 2, 3, 4, "poc"]
    cite: str
    values: dict[str, Fact]


class Standing(Frozen):
    """Where answers stand: the four gates, the year and the trial, and the verdict they lead to. A question needs no
    more."""

    answers: Answers
    verdict: Verdict
    gates: tuple[Gate, Gate, RoiGate, Gate]
    roi: Roi | None
    poc: Poc | None


class Report(Standing):
    """Everything the answers say (chapter 32), computed by rules alone."""

    approach: Approach
    checklist: Checklist
    data_plan: DataPlan | None
    pitfalls: Pitfalls
    operations: tuple[Operation, ...]
    next_steps: tuple[Step, ...]
    rules_version: str

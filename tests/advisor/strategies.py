"""Valid answers, biased to the boundaries of the rules so that gates are passed and missed by a hair."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from advisor import Answers, load_rules
from advisor.model import FIELDS, UNKNOWN, Asked

MOST = 10**12
RULES = load_rules()
PAIRS = RULES.gate(2).threshold or 0
"""The fewest eval pairs that pass gate 2."""

PASSING: dict[str, Any] = {
    "goal": "company_voice",
    "prompt_tried": True,
    "tool_use_tried": True,
    "rag_tried": "yes",
    "failure_cause": "tone",
    "measured_pass_rate": "0.8",
    "target_pass_rate": "0.9",
    "large_model_meets_target": False,
    "eval_pairs": PAIRS,
    "eval_overlaps_training": False,
    "labeled_pairs": 0,
    "hosting_usd_per_month": "0",
    "retrain_pipeline": True,
    "retrain_budget": True,
    "retrain_owner": "Ada Lovelace",
    **RULES.example.model_dump(mode="json", exclude={"cite"}),
}
"""The chapter's worked example with every gate passed."""

TRIAL: dict[str, Any] = {
    "poc_run": True,
    "poc_training_examples": RULES.poc.examples_min,
    "poc_baseline_pass_rate": "0.8",
    "poc_tuned_pass_rate": str(Decimal("0.8") + RULES.poc.points / 100),
}
"""A trial run that just says go."""

COUNTS: dict[str, Any] = {"poc_eval_items": 1000, "poc_gained": 90, "poc_lost": 40}
"""And the items it was judged on, which say the same."""

_RATES = ["0", "0.5", "0.69", "0.7", "0.78", "0.8", "0.849", "0.85", "0.9", "0.95", "0.951", "1"]
_BY_KIND: Mapping[str, list[Any]] = {
    "yes_no": [True, False],
    "count": [0, 1, PAIRS - 1, PAIRS, MOST],
    "rate": _RATES,
    "money": ["0", "0.001", "1", "200", str(MOST)],
}
_OWN: Mapping[str, list[Any]] = {
    "training_pairs": [1, 499, 500, 999, 1000, 5000, 20_000, MOST],
    "labeled_pairs": [0, 500, 501, 1000, 5000, MOST],
    "calls_per_year": [0, 1, 100_000, 272_413, 272_414, 408_620, 408_621, 1_000_000, MOST],
    "usd_per_call_now": ["0", "0.001", "0.03", "5"],
    "usd_per_call_after": ["0", "0.001", "0.03", "5"],
    "usd_per_failure": ["0", "0.01", "0.079", "0.5", "5", "1000"],
    "pass_rate_without_tuning": ["0.7", "0.8", "0.85", "0.875", "0.9", "0.95", "1"],
    "poc_training_examples": [0, 99, 100, 500],
    "poc_eval_items": [0, 100, 1000],
    "poc_gained": [0, 10, 90],
    "poc_lost": [0, 5, 40],
    "labelers": [0, 1, 2, 3],
    "go_live_months": [0, 1, 3, 11, 12],
    "synthetic_share": ["0", "0.89", "0.9", "1"],
    "label_noise": ["0", "0.049", "0.05", "1"],
    "retrain_owner": ["", "Ada Lovelace", "the platform team"],
}


def boundary_values(field: str) -> list[Any]:
    """Known values around everything this field is compared with."""
    asked = FIELDS[field]
    return list(_OWN.get(field) or asked.options or _BY_KIND[asked.kind])


def _any_value(field: str, asked: Asked) -> st.SearchStrategy[Any]:
    if asked.kind == "count":
        return st.integers(1 if field == "training_pairs" else 0, asked.most)
    if asked.kind == "rate":
        return st.decimals(0, 1, places=4)
    if asked.kind == "money":
        return st.decimals(0, MOST, places=6)
    return st.sampled_from(boundary_values(field))


_CHANGES = [(field, value) for field in FIELDS for value in (None, UNKNOWN, *boundary_values(field))]
STARTS: tuple[Mapping[str, Any], ...] = (
    {},
    PASSING,
    {**PASSING, "goal": "structured_output"},
    {**PASSING, "failure_cause": "other", "large_model_meets_target": None},
    {**PASSING, **TRIAL, **COUNTS},
    {**PASSING, "usd_per_call_now": "0.001", "usd_per_failure": "0.5", "large_model_meets_target": None},
    {**PASSING, "usd_per_label": "0", "training_usd": "0", "upkeep_usd_per_month": "0"},
    {**PASSING, **TRIAL, "poc_tuned_pass_rate": "0.78", "pass_rate_without_tuning": "0.8", "usd_per_failure": "0.01"},
    {
        **PASSING,
        "upkeep_usd_per_month": UNKNOWN,
        "calls_per_year": 100_000,
        "usd_per_failure": "0",
        "other_savings_usd_per_year": "0",
    },
)
"""Nothing; and every gate passed: for the price, for a format, with failures of no
one kind, with a trial, for behaviour alone, for nothing, with a loss of quality; and costs that no saving reaches."""

changes = st.lists(
    st.one_of(
        st.sampled_from(_CHANGES),
        st.sampled_from(sorted(FIELDS)).flatmap(
            lambda field: st.tuples(st.just(field), _any_value(field, FIELDS[field]))
        ),
    ),
    max_size=12,
)
"""Changes to answers, one field each."""


def changed(start: Mapping[str, Any], *more: tuple[str, Any]) -> Answers:
    """The answers ``start`` with fields set anew; ``None`` takes one out."""
    return Answers(**{field: value for field, value in {**start, **dict(more)}.items() if value is not None})


def given(answers: Answers) -> dict[str, Any]:
    """The answers as a dict without what was not asked."""
    return {field: value for field in FIELDS if (value := getattr(answers, field)) is not None}


def answers() -> st.SearchStrategy[Answers]:
    """All valid answers; most of them a few changes away from every gate passed."""
    return st.builds(lambda start, more: changed(start, *more), st.sampled_from(STARTS), changes)

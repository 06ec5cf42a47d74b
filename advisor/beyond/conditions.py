"""What has to hold for tuning to go ahead, one condition at a time.

A gate passes just when its conditions hold, and nothing is on hold just when all of them do (a test compares them with
``decide``). The predicates are the gates' own; this table only says which answers each of them reads.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from advisor.gates import (
    eval_pairs_needed,
    misses_target,
    quality_blocks,
    retrieval_exhausted,
    tool_use_exhausted,
)
from advisor.model import Answers
from advisor.poc import decision, has_result
from advisor.roi import BEHAVIOUR_CAUSES, COST_INPUTS, OPTIONAL_LINES, PRICES, SAVINGS_INPUTS, all_labelled, pays
from advisor.rulebook import Rules

RESULT = ("poc_run", "poc_baseline_pass_rate", "poc_tuned_pass_rate")
"""What a trial's result takes."""
TRIAL = (*RESULT, "poc_training_examples")
FAILURES = (
    "failure_cause", "large_model_meets_target", "pass_rate_without_tuning", "measured_pass_rate", "target_pass_rate",
)  # fmt: skip
"""What tells, beside a trial, how many failures tuning avoids."""
_COST_PROJECT = ("target_pass_rate", "goal", "large_model_meets_target")


class Condition(NamedTuple):
    """Something that has to hold; it reads these answers and no others. ``of_result``: it holds without a trial's."""

    gate: Literal[1, 2, 3, 4, "poc"]
    reads: tuple[str, ...]
    holds: Callable[[Answers, Rules], bool]
    of_result: bool = False


def _enough_pairs(answers: Answers, rules: Rules) -> bool:
    return (answers.known("eval_pairs") or 0) >= eval_pairs_needed(rules)


def _kept_apart(answers: Answers, rules: Rules) -> bool:
    overlaps = answers.known("eval_overlaps_training")
    return overlaps is False or (overlaps is None and not has_result(answers))


def _has_ceiling(answers: Answers, rules: Rules) -> bool:
    return answers.large_model_meets_target is True or answers.failure_cause in BEHAVIOUR_CAUSES


def _told(field: str) -> Condition:
    return Condition(3, (field,), lambda answers, _: answers.known(field) is not None)


def _label_priced(answers: Answers, rules: Rules) -> bool:
    return answers.known("usd_per_label") is not None or all_labelled(answers)


PAYS = Condition(
    3,
    (*SAVINGS_INPUTS, *COST_INPUTS, *OPTIONAL_LINES, *FAILURES, *RESULT),
    lambda answers, _: pays(answers) is not False,
)
CONDITIONS: tuple[Condition, ...] = (
    Condition(1, ("goal",), lambda answers, _: answers.known("goal") not in (None, "live_facts")),
    Condition(1, ("prompt_tried",), lambda answers, _: answers.prompt_tried is True),
    Condition(1, ("goal", "tool_use_tried"), lambda answers, _: tool_use_exhausted(answers) is True),
    Condition(1, ("goal", "rag_tried", "failure_cause"), lambda answers, _: retrieval_exhausted(answers) is True),
    Condition(1, ("failure_cause",), lambda answers, _: answers.known("failure_cause") not in (None, "facts")),
    Condition(1, ("large_model_meets_target", "failure_cause"), _has_ceiling),
    Condition(
        1, ("measured_pass_rate", "target_pass_rate", "eval_pairs"), lambda answers, _: misses_target(answers) is True
    ),
    Condition(2, ("eval_pairs",), _enough_pairs),
    Condition(2, ("eval_overlaps_training", *RESULT), _kept_apart),
    Condition(4, ("retrain_pipeline",), lambda answers, _: answers.retrain_pipeline is True),
    Condition(4, ("retrain_budget",), lambda answers, _: answers.retrain_budget is True),
    Condition(4, ("retrain_owner",), lambda answers, _: bool(answers.known("retrain_owner"))),
    *(_told(field) for field in (*SAVINGS_INPUTS, *COST_INPUTS) if field != "usd_per_label"),
    Condition(3, ("usd_per_label", "training_pairs", "labeled_pairs"), _label_priced),
    Condition(
        "poc",
        (*TRIAL, *_COST_PROJECT),
        lambda answers, rules: decision(answers, rules) != "no_go",
        of_result=True,
    ),
    Condition(
        3,
        (*TRIAL, *_COST_PROJECT, *PRICES, "pass_rate_without_tuning", "usd_per_failure", "quality_parity"),
        lambda answers, rules: not quality_blocks(answers, rules),
        of_result=True,
    ),
    PAYS,
)
"""What few answers settle first, what takes most of them last."""

READ_BY: Mapping[str, frozenset[int]] = {
    field: frozenset(place for place, one in enumerate(CONDITIONS) if field in one.reads)
    for condition in CONDITIONS
    for field in condition.reads
}
"""Field -> the places of the conditions that read it."""


def failing(
    answers: Answers, rules: Rules, among: frozenset[int] | None = None, *, any_will_do: bool = False
) -> frozenset[int]:
    """The places of the conditions that do not hold, of all or ``among`` these; or of the first that does not."""
    fell = list[int]()
    for place in range(len(CONDITIONS)) if among is None else sorted(among):
        if not CONDITIONS[place].holds(answers, rules):
            fell.append(place)
            if any_will_do:
                break
    return frozenset(fell)


def at_least(places: frozenset[int]) -> int:
    """How many answers it takes at least to mend these: as many as there are conditions that share none."""
    count, read = 0, set[str]()
    for place in sorted(places):
        if read.isdisjoint(CONDITIONS[place].reads):
            count += 1
            read.update(CONDITIONS[place].reads)
    return count

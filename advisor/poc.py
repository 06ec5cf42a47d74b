"""The trial run (§5): what a small LoRA run's two pass rates say."""

from collections.abc import Iterator
from fractions import Fraction

from advisor.model import Answers, decimal
from advisor.report import Decision, Poc, PocCaution
from advisor.rulebook import Rules


def has_result(answers: Answers) -> bool:
    """Whether a trial was run and both its pass rates are known."""
    rates = answers.known("poc_baseline_pass_rate"), answers.known("poc_tuned_pass_rate")
    return answers.poc_run is True and None not in rates


def is_cost_project(answers: Answers) -> bool:
    """Whether a smaller model is to do what a larger one can: reaching the ship bar is then enough (D19)."""
    return answers.goal == "smaller_model" or answers.large_model_meets_target is True


def delta_points(answers: Answers) -> Fraction:
    """The gain over the untuned baseline in percentage points (there is a result)."""
    return 100 * (Fraction(answers.known("poc_tuned_pass_rate")) - Fraction(answers.known("poc_baseline_pass_rate")))


def decision(answers: Answers, rules: Rules) -> Decision | None:
    """What the trial says, or ``None`` without a result. One on fewer than 100 examples is ``too_small`` to decide. A
    cost project goes on from the ship bar as well, unless it fell below its baseline."""
    if not has_result(answers):
        return None
    examples = answers.known("poc_training_examples")
    if examples is not None and examples < rules.poc.examples_min:
        return "too_small"
    delta, target = delta_points(answers), answers.known("target_pass_rate")
    ships = is_cost_project(answers) and target is not None and answers.known("poc_tuned_pass_rate") >= target
    return "go" if delta >= Fraction(rules.poc.points) or (ships and delta >= 0) else "no_go"


def poc(answers: Answers, rules: Rules) -> Poc | None:
    """The trial's result, or ``None`` unless it was run and both pass rates are known."""
    said = decision(answers, rules)
    if said is None:
        return None
    delta = delta_points(answers)
    return Poc(delta_points=decimal(delta), decision=said, cautions=tuple(_cautions(answers, rules, delta)))


def asks_parity(answers: Answers) -> bool:
    """Whether somebody has to say if the tuned model is as good: only where it replaces a dearer one (§5) and no pass
    rate tells."""
    now, after = answers.known("usd_per_call_now"), answers.known("usd_per_call_after")
    told_by_rates = answers.known("pass_rate_without_tuning") is not None
    return now is not None and after is not None and now > after and not told_by_rates


def trial_question(answers: Answers, rules: Rules) -> str | None:
    """The next question about the trial that its report can still turn on, or ``None``."""
    known = answers.known
    result = has_result(answers)
    worth_asking = {
        "poc_tuned_pass_rate": known("poc_baseline_pass_rate") is not None,
        "poc_eval_items": result,
        "poc_gained": result and bool(known("poc_eval_items")),
        "poc_lost": result and bool(known("poc_eval_items")) and known("poc_gained") is not None,
        "quality_parity": result and asks_parity(answers),
    }
    rows = (row.id for row in rules.questions if row.asked_for == "poc" and getattr(answers, row.id) is None)
    return next((field for field in rows if worth_asking.get(field, True)), None)


def _cautions(answers: Answers, rules: Rules, delta: Fraction) -> Iterator[PocCaution]:
    baseline, tuned = answers.known("poc_baseline_pass_rate"), answers.known("poc_tuned_pass_rate")
    measured, target = answers.known("measured_pass_rate"), answers.known("target_pass_rate")
    if target is not None and tuned < target:
        yield "poc_below_target"
    if baseline > rules.poc.little_headroom_above:
        yield "poc_little_headroom"
    if measured is not None and 100 * abs(Fraction(baseline) - Fraction(measured)) > Fraction(
        rules.poc.baseline_differs_points
    ):
        yield "poc_baseline_differs"
    if delta < 0:
        yield "poc_worse"
    items, gained, lost = (answers.known(field) for field in ("poc_eval_items", "poc_gained", "poc_lost"))
    if (
        items
        and gained is not None
        and lost is not None
        and abs(Fraction(100 * (gained - lost), items) - delta) > Fraction(rules.poc.counts_differ_points)
    ):
        yield "poc_counts_disagree"

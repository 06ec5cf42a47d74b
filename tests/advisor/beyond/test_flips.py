"""What would turn a verdict: by 5,000 situations, and by cases worked by hand."""

from decimal import Decimal

import pytest

from advisor import Answers, Rules, decide
from advisor.beyond.conditions import CONDITIONS, READ_BY, failing
from advisor.beyond.flips import Change, Flip, flips
from advisor.beyond.levels import unit
from advisor.model import FIELDS
from tests.advisor.beyond.situations import known_values, situations
from tests.advisor.strategies import MOST, PASSING, TRIAL, changed

CHUNKS = range(40)
"""The 5,000 situations in as many parts, so that they run side by side."""


def told(answers: Answers, *changes: Change) -> Answers:
    return answers.model_copy(update={change.field: change.value for change in changes})


@pytest.mark.parametrize("seed", CHUNKS)
def test_the_conditions_are_the_gates(rules: Rules, seed: int) -> None:
    """A gate passes just when its conditions hold, and nothing is on hold just when all do."""
    for answers, _ in situations(seed, 125):
        report, left = decide(answers, rules), failing(answers, rules)
        assert report.verdict.hold == bool(left)
        for gate in report.gates:
            assert (gate.status == "passed") == (gate.number not in {CONDITIONS[place].gate for place in left})


def test_a_condition_reads_what_it_says_and_nothing_else(rules: Rules) -> None:
    for answers, dice in situations(1, 200):
        for field in FIELDS:
            again = answers.model_copy(update={field: dice.choice(known_values(field, dice))})
            assert failing(again, rules) ^ failing(answers, rules) <= READ_BY.get(field, frozenset())


@pytest.mark.parametrize("seed", CHUNKS)
def test_each_set_turns_the_verdict_and_no_part_of_it_does(rules: Rules, seed: int) -> None:
    """125 situations: the verdict turns with the whole set, stands without any one of its changes, and stands while
    any of its numbers is a unit nearer to what was answered; and no change that turns it by itself is missing. The
    last set of each is asked of ``decide``."""
    for answers, dice in situations(100 + seed, 125):
        was = not failing(answers, rules)
        found = flips(answers, rules)
        sets = [{change.field for change in flip.changes} for flip in found]
        for flip, fields in zip(found, sets, strict=True):
            assert 1 <= len(flip.changes) == len(fields) <= 3
            assert not any(other < fields for other in sets)
            assert bool(failing(told(answers, *flip.changes), rules)) is was
            for change in flip.changes:
                others = [other for other in flip.changes if other is not change]
                assert bool(failing(told(answers, *others), rules)) is not was
                for nearer in one_unit_back(change, answers):
                    assert bool(failing(told(answers, *others, nearer), rules)) is not was
                for option in change.options:
                    also = change.model_copy(update={"value": option})
                    assert bool(failing(told(answers, *others, also), rules)) is was
        if found:
            assert decide(told(answers, *found[-1].changes), rules).verdict.hold is was
        alone = {field for fields in sets if len(fields) == 1 for field in fields}
        for field in FIELDS.keys() - alone:
            for value in known_values(field, dice):
                assert bool(failing(answers.model_copy(update={field: value}), rules)) is not was, (field, value)
        for _ in range(40):
            some = {field: dice.choice(known_values(field, dice)) for field in dice.sample(list(READ_BY), 3)}
            if bool(failing(answers.model_copy(update=some), rules)) is was:
                assert any(fields <= some.keys() for fields in sets), some


def one_unit_back(change: Change, answers: Answers) -> list[Change]:
    """The same change a unit less, where that is between what was answered and it."""
    if change.bound == "exactly":
        return []
    step, was = unit(change.field), answers.known(change.field)
    value = change.value - step if change.bound == "at_least" else change.value + step  # type: ignore[operator]
    low, high = int(change.field == "training_pairs"), 1 if FIELDS[change.field].kind == "rate" else MOST
    if not low <= value <= high or (was is not None and (value <= was) == (change.bound == "at_least")):
        return []
    return [change.model_copy(update={"value": int(value) if FIELDS[change.field].kind == "count" else value})]


def test_no_pair_is_missing(rules: Rules) -> None:
    """Every pair of values at the rules' boundaries, for a few situations: what turns the verdict holds a set."""
    for answers, dice in situations(7, 8):
        was, fields = bool(failing(answers, rules)), sorted(READ_BY)
        sets = [{change.field for change in flip.changes} for flip in flips(answers, rules)]
        for place, one in enumerate(fields):
            for other in fields[place + 1 :]:
                if any(found <= {one, other} for found in sets):
                    continue
                for value in known_values(one, dice):
                    first = answers.model_copy(update={one: value})
                    for more in known_values(other, dice):
                        assert bool(failing(first.model_copy(update={other: more}), rules)) is was, (
                            one,
                            value,
                            other,
                            more,
                        )


# ---- worked by hand


def short(found: tuple[Flip, ...]) -> list[list[str]]:
    return [[f"{change.field} {change.bound} {change.value}" for change in flip.changes] for flip in found]


def test_too_few_pairs_nobody_and_no_pipeline_is_one_set_of_three(rules: Rules) -> None:
    answers = changed(PASSING, ("eval_pairs", 620), ("retrain_pipeline", False), ("retrain_owner", ""))
    assert short(flips(answers, rules)) == [
        ["eval_pairs at_least 1000", "retrain_pipeline exactly True", "retrain_owner exactly named"]
    ]


def test_what_takes_four_changes_is_not_listed(rules: Rules) -> None:
    answers = changed(
        PASSING, ("eval_pairs", 620), ("retrain_pipeline", False), ("retrain_owner", ""), ("prompt_tried", False)
    )
    assert flips(answers, rules) == ()
    assert flips(Answers(), rules) == ()


def test_a_year_that_does_not_pay_says_what_each_number_has_to_be(rules: Rules) -> None:
    """Exercise 3: 100,000 calls at $0.029 saved bring $2,900, and the year costs $7,900."""
    answers = changed(
        PASSING, ("calls_per_year", 100_000), ("large_model_meets_target", True), ("failure_cause", "other")
    )
    alone = [line for line in short(flips(answers, rules)) if len(line) == 1]
    assert alone == [
        ["calls_per_year at_least 272414"],
        # 100,000 x ($0.080000 - $0.001) = $7,900 would break even to the cent.
        ["usd_per_call_now at_least 0.080001"],
        ["other_savings_usd_per_year at_least 5000.01"],
    ]


def test_costs_that_do_not_suffice_alone_stand_in_pairs(rules: Rules) -> None:
    """Of $2,900 saved, training at nothing and labels at nine cents leave $50 for the run: 450 + 49.99 + 2,400."""
    answers = changed(
        PASSING, ("calls_per_year", 100_000), ("large_model_meets_target", True), ("failure_cause", "other")
    )
    pairs = [line for line in short(flips(answers, rules)) if len(line) == 2]
    assert ["usd_per_label at_most 0.09", "training_usd at_most 49.99"] in pairs
    assert ["training_pairs at_most 2399", "upkeep_usd_per_month at_most 0.08"] in pairs


def test_a_go_says_what_would_undo_it(rules: Rules) -> None:
    answers = changed(PASSING, ("large_model_meets_target", True), ("failure_cause", "other"))
    undone = {
        flip.changes[0].field: str(flip.changes[0].value) for flip in flips(answers, rules) if len(flip.changes) == 1
    }
    assert undone["calls_per_year"] == "272413"
    assert undone["usd_per_call_now"] == "0.008900"
    assert undone["usd_per_label"] == "5.22"
    assert undone["hosting_usd_per_month"] == "1758.34"
    assert undone["eval_pairs"] == "999"
    assert undone["retrain_owner"] == ""
    assert undone["measured_pass_rate"] == "0.900"
    triples = [short((flip,))[0] for flip in flips(answers, rules) if len(flip.changes) == 3]
    assert triples == [
        ["poc_run exactly True", "poc_baseline_pass_rate at_least 0.000", "poc_tuned_pass_rate at_most 0.049"]
    ]


def test_options_of_a_choice_are_all_listed(rules: Rules) -> None:
    (only,) = flips(changed(PASSING, ("failure_cause", "facts")), rules)
    assert only.changes[0].options == ("citation", "tone", "format", "classification", "safety_policy")


def test_a_trial_that_gained_too_little_says_how_much_it_lacks(rules: Rules) -> None:
    answers = changed({**PASSING, **TRIAL, "poc_tuned_pass_rate": "0.81"})
    found = {flip.changes[0].field: flip.changes[0].value for flip in flips(answers, rules) if len(flip.changes) == 1}
    assert found == {
        "poc_run": False,
        "poc_training_examples": 99,
        "poc_baseline_pass_rate": Decimal("0.760"),
        "poc_tuned_pass_rate": Decimal("0.850"),
    }


def test_a_target_between_two_rates_that_nobody_tells_so_finely_is_the_one(rules: Rules) -> None:
    """More than 87.22 % and at most 87.25 %: no tenth of a percent lies there."""
    answers = changed(
        {
            **PASSING,
            **TRIAL,
            "goal": "smaller_model",
            "measured_pass_rate": "0.8722",
            "poc_baseline_pass_rate": "0.8722",
        },
        ("poc_tuned_pass_rate", "0.8725"),
    )
    alone = {flip.changes[0].field: flip.changes[0].value for flip in flips(answers, rules) if len(flip.changes) == 1}
    assert alone["target_pass_rate"] == Decimal("0.8725")


@pytest.mark.parametrize(
    ("field", "step"),
    [("eval_pairs", "1"), ("target_pass_rate", "0.001"), ("training_usd", "0.01"), ("usd_per_call_now", "0.000001"),
     ("usd_per_failure", "0.0001")],
)  # fmt: skip
def test_numbers_move_in_the_units_people_tell(field: str, step: str) -> None:
    assert unit(field) == Decimal(step)


def test_the_same_answers_give_the_same_bytes(rules: Rules) -> None:
    """Whatever was asked about before."""
    for answers, _ in situations(5, 50):
        once, again = flips(answers, rules), flips(Answers(**answers.model_dump(exclude_none=True)), rules)
        assert [one.model_dump_json() for one in once] == [one.model_dump_json() for one in again]

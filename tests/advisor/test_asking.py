"""Questions come in gate order; each can still change the report, and none that could was left out."""

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from advisor import Answers, Report, Rules, decide, load_rules
from advisor.asking import gate_asked, next_question, offers, pending_question
from advisor.gates import gate_1, gate_2, gate_3, gate_4
from advisor.model import FIELDS, UNKNOWN
from advisor.report import Gate
from advisor.roi import rate_without_tuning, roi
from advisor.session import State
from tests.advisor import strategies
from tests.advisor.strategies import PAIRS, PASSING, TRIAL, boundary_values, changed

GATE_1: Mapping[str, tuple[Any, ...]] = {
    "goal": ("live_facts", "structured_output", "smaller_model", "internal_knowledge", "other", UNKNOWN),
    "prompt_tried": (True, False, UNKNOWN),
    "tool_use_tried": (True, False, UNKNOWN),
    "rag_tried": ("yes", "no", "not_needed", UNKNOWN),
    "failure_cause": ("facts", "citation", "tone", "other", UNKNOWN),
    "eval_pairs": (0, PAIRS, UNKNOWN),
    "measured_pass_rate": ("0.8", UNKNOWN),
    "target_pass_rate": ("0.8", "0.9", UNKNOWN),
    "large_model_meets_target": (True, False, UNKNOWN),
}
"""The values gate 1 tells apart."""


RATES = ("measured_pass_rate", "target_pass_rate", "pass_rate_without_tuning")
TOLD: dict[str, Any] = {**PASSING, "pass_rate_without_tuning": "0.8"}
"""Every gate passed, and nothing left that could undo it."""


def upcoming(rules: Rules, told: Mapping[str, Any], *, rest: bool = False) -> str | None:
    return next_question(decide(changed(told), rules), rules, rest=rest)


def status_of(rules: Rules, told: Mapping[str, Any], upto: int = 4) -> list[str]:
    """The first gates' status, without the rest of the report: it is asked for thousands of times."""
    held = changed(told)
    gates: list[Callable[[], Gate]] = [
        lambda: gate_1(held, rules),
        lambda: gate_2(held, rules),
        lambda: gate_3(held, rules, roi(held, rules)),
        lambda: gate_4(held, rules),
    ]
    return [gate().status for gate in gates[:upto]]


def seen(report: Report) -> dict[str, Any]:
    """A report without the echo of the answers."""
    told = report.model_dump(exclude={"answers"})
    for gate in told["gates"]:
        del gate["values"]
    return told


# ---- gate 1, every path


@pytest.fixture(scope="module")
def gate_1_paths(rules: Rules) -> list[tuple[dict[str, Any], str]]:
    """Every way to answer gate 1 with the values it tells apart, and the question asked there ("" at the end)."""
    found: list[tuple[dict[str, Any], str]] = []
    to_go: list[dict[str, Any]] = [{}]
    while to_go:
        told = to_go.pop()
        field = upcoming(rules, told)
        asked = field if field in GATE_1 else ""
        found.append((told, asked or ""))
        to_go += [{**told, asked: value} for value in GATE_1[asked]] if asked else []
    return found


def test_gate_1_asks_nothing_twice_and_nothing_past_its_block(
    rules: Rules, gate_1_paths: list[tuple[dict[str, Any], str]]
) -> None:
    for told, asked in gate_1_paths:
        assert asked not in told
        if asked:
            assert status_of(rules, told, 1) != ["blocked"]
            assert list(told) == [field for field in GATE_1 if field in told]


def test_gate_1_leaves_out_no_question_that_could_change_it(
    rules: Rules, gate_1_paths: list[tuple[dict[str, Any], str]]
) -> None:
    """Where it stops asking, no answer to what is left changes its status, in any combination of three."""
    ends = [told for told, asked in gate_1_paths if not asked]
    dice = random.Random(1)
    assert len(ends) > 500
    for told in dice.sample(ends, 400):
        left = [field for field in GATE_1 if field not in told]
        for fields in {tuple(dice.sample(left, min(3, len(left)))) for _ in range(2)}:
            for values in dice.sample(list(product(*(GATE_1[field] for field in fields))), 3 if fields else 1):
                more = told | dict(zip(fields, values, strict=True))
                assert status_of(rules, more, 1) == status_of(rules, told, 1), (told, more)


def test_every_question_of_gate_1_can_still_change_the_report(
    rules: Rules, gate_1_paths: list[tuple[dict[str, Any], str]]
) -> None:
    asked_at = [(told, asked) for told, asked in gate_1_paths if asked]
    for told, asked in random.Random(2).sample(asked_at, 150):
        reports = [seen(decide(changed(told, (asked, value)), rules)) for value in GATE_1[asked]]
        assert any(other != reports[0] for other in reports[1:]), (told, asked)


# ---- whole conversations, many of them


def answered(rules: Rules, dice: random.Random, *, rest: bool = False, known: float = 0.7) -> dict[str, Any]:
    """A conversation from nothing to a report, answered at random with a leaning to what passes."""
    told: dict[str, Any] = {}
    while field := upcoming(rules, told, rest=rest):
        assert field not in told
        roll = dice.random()
        likely = PASSING[field] if field in PASSING else dice.choice(boundary_values(field))
        told[field] = likely if roll < known else dice.choice([UNKNOWN, *boundary_values(field)])
        assert len(told) < 27
    return told


def shown(rules: Rules, told: dict[str, Any]) -> int:
    """How many gates the conversation went through: to the first block, else all."""
    return decide(changed(told), rules).verdict.blocked_at or 4


def stands_in(answers: Answers) -> bool:
    """Whether a rate that is there stands for the one of what would run without tuning: the untuned model's own, or
    that of a larger one which is said to reach the target. It is then not asked for, though another could be told."""
    untuned = rate_without_tuning(answers) == "measured_pass_rate" and answers.known("measured_pass_rate") is not None
    return untuned or answers.large_model_meets_target is True


def refilled(rules: Rules, dice: random.Random, told: dict[str, Any], upto: int) -> Iterator[dict[str, Any]]:
    """The same answers with gate questions that were not asked answered too."""
    rows = [row for row in rules.questions if row.asked_for == "gates" and row.id not in told]
    left = [row.id for row in rows if min(row.gates) <= upto]
    if stands_in(changed(told)):
        left = [field for field in left if field != "pass_rate_without_tuning"]
    for field in left:
        for value in (boundary_values(field)[0], boundary_values(field)[-1], UNKNOWN):
            yield told | {field: value}
    for _ in range(6 if left else 0):
        picked = dice.sample(left, dice.randint(1, len(left)))
        yield told | {field: dice.choice(boundary_values(field)) for field in picked}


@pytest.mark.parametrize("seed", range(4))
def test_no_question_that_was_not_asked_could_have_changed_a_gate(rules: Rules, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(25):
        told = answered(rules, dice, known=dice.choice([0.5, 0.8, 0.95]))
        upto = shown(rules, told)
        before = status_of(rules, told, upto)
        for more in refilled(rules, dice, told, upto):
            assert status_of(rules, more, upto) == before, (told, more)


@pytest.mark.parametrize("seed", range(2))
def test_answering_the_rest_leaves_no_gate_that_could_change(rules: Rules, seed: int) -> None:
    """Only rates on an eval set of no pairs are not asked for."""
    dice = random.Random(seed)
    for _ in range(15):
        told = answered(rules, dice, rest=True)
        before = status_of(rules, told)
        for more in refilled(rules, dice, told, 4):
            if more.get("eval_pairs") != 0:
                assert status_of(rules, more) == before, (told, more)


@pytest.mark.parametrize("seed", range(2))
def test_every_question_can_still_change_the_report(rules: Rules, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(15):
        told = answered(rules, dice, rest=dice.random() < 0.5)
        fields = list(told)
        for place in range(0, len(fields), 3):
            before, field = {name: told[name] for name in fields[:place]}, fields[place]
            reports = [seen(decide(changed(before, (field, value)), rules)) for value in boundary_values(field)]
            reports.append(seen(decide(changed(before, (field, UNKNOWN)), rules)))
            if field in RATES:  # what a rate turns, it turns together with the price of a failure and the other rate
                pairs = product(boundary_values(field), ("0.7", "0.9", "1"), ("0.01", "1000"))
                more = [
                    [
                        (field, rate),
                        *((name, other) for name in RATES if before.get(name) is None and name != field),
                        ("usd_per_failure", price),
                    ]
                    for rate, other, price in pairs
                ]
                reports += [seen(decide(changed(before, *answers), rules)) for answers in more]
            assert any(other != reports[0] for other in reports[1:]), (before, field)


def test_the_gates_are_asked_in_order_and_a_block_ends_the_asking(rules: Rules) -> None:
    dice = random.Random(7)
    for _ in range(25):
        told: dict[str, Any] = {}
        gate = 1
        while field := upcoming(rules, told):
            report = decide(changed(told), rules)
            asked_for = gate_asked(field, report, rules)
            assert asked_for is not None
            assert asked_for >= gate
            assert all(one.status != "blocked" for one in report.gates[: asked_for - 1])
            gate = asked_for
            told[field] = (
                PASSING[field]
                if dice.random() < 0.9 and field in PASSING
                else dice.choice([UNKNOWN, *boundary_values(field)])
            )


# ---- single turns


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({}, "goal"),
        ({"goal": "live_facts"}, None),
        ({"goal": "structured_output", "prompt_tried": True}, "tool_use_tried"),
        ({"goal": "other", "prompt_tried": True}, "rag_tried"),
        ({"goal": "other", "prompt_tried": True, "rag_tried": "yes", "failure_cause": "facts"}, None),
        (TOLD | {"eval_pairs": UNKNOWN, "measured_pass_rate": None, "usd_per_call_now": UNKNOWN}, None),
        (PASSING | {"eval_pairs": UNKNOWN, "measured_pass_rate": None, "usd_per_call_now": "0"}, "measured_pass_rate"),
        (TOLD | {"eval_pairs": UNKNOWN, "measured_pass_rate": UNKNOWN, "target_pass_rate": None}, "target_pass_rate"),
        (PASSING, "pass_rate_without_tuning"),
        (PASSING | {"usd_per_failure": "0"}, None),
        (PASSING | {"usd_per_call_after": "0.03", "usd_per_failure": "0.5"}, None),
        (TOLD | {"pass_rate_without_tuning": "0.95"}, "usd_per_failure"),
        (TOLD | {"pass_rate_without_tuning": UNKNOWN}, None),
        (TOLD | {"labeled_pairs": 5000, "usd_per_label": None, "training_usd": None}, "training_usd"),
        (TOLD | {"pass_rate_without_tuning": "0.9", "training_usd": "90000", "upkeep_usd_per_month": None},
         "other_savings_usd_per_year"),
        (TOLD | {"calls_per_year": 1000}, "usd_per_failure"),
        (TOLD | {"calls_per_year": 300_000}, "usd_per_failure"),
        (TOLD | {"calls_per_year": 300_000, "usd_per_failure": UNKNOWN}, "other_savings_usd_per_year"),
        (TOLD | {"calls_per_year": 408_621}, None),
        (TOLD | {"calls_per_year": 0, "upkeep_usd_per_month": None}, "other_savings_usd_per_year"),
        (TOLD | {"calls_per_year": UNKNOWN, "upkeep_usd_per_month": None}, None),
        (TOLD | {"training_usd": UNKNOWN, "upkeep_usd_per_month": None}, None),
        (TOLD | {"hosting_usd_per_month": None}, "hosting_usd_per_month"),
        (PASSING | {"calls_per_year": 1000, "large_model_meets_target": True, "labeled_pairs": None,
                    "other_savings_usd_per_year": "0"}, "labeled_pairs"),
        (PASSING | TRIAL | {"quality_parity": False, "labeled_pairs": None}, "pass_rate_without_tuning"),
        (TOLD | TRIAL | {"pass_rate_without_tuning": "0.9", "labeled_pairs": None}, "usd_per_failure"),
        (TOLD | TRIAL | {"pass_rate_without_tuning": "0.9", "usd_per_failure": UNKNOWN}, None),
    ],
)  # fmt: skip
def test_the_next_question_is_the_first_that_can_still_move_its_gate(
    rules: Rules, told: Mapping[str, Any], asked: str | None
) -> None:
    assert upcoming(rules, told) == asked


def test_a_larger_model_is_asked_about_where_the_year_pays_only_through_fewer_failures(rules: Rules) -> None:
    """Gate 1 may be open for another reason; for gate 3 the answer still decides."""
    told = {**TOLD, "prompt_tried": UNKNOWN, "large_model_meets_target": None, "usd_per_call_now": "0.001"}
    assert upcoming(rules, told | {"usd_per_failure": "0.5"}) == "large_model_meets_target"
    assert upcoming(rules, told) == "large_model_meets_target"
    assert upcoming(rules, {**told, "usd_per_call_now": "0.03"}) is None


def test_the_rest_is_asked_past_a_block_on_request(rules: Rules) -> None:
    told = {"goal": "other", "prompt_tried": False}
    assert upcoming(rules, told) is None
    assert upcoming(rules, told, rest=True) == "eval_pairs"


# ---- where a conversation stands


def standing(rules: Rules, **parts: Any) -> str:
    state = State(**parts)
    return pending_question(state, decide(state.answers, rules), rules)


@pytest.mark.parametrize(
    ("parts", "asked"),
    [
        ({}, "goal"),
        ({"ended": True, "asked": "goal"}, ""),
        ({"asked": "title"}, "title"),
        ({"asked": "goal", "paused": True}, "goal"),
        ({"paused": True}, ""),
        ({"track": "poc", "values": {"poc_run": True}}, "poc_training_examples"),
        ({"track": "plan"}, next(row.id for row in load_rules().questions if row.asked_for == "plan")),
        ({"track": "plan", "values": dict.fromkeys(FIELDS, UNKNOWN)}, ""),
        ({"track": "poc", "values": {**TRIAL, "poc_eval_items": UNKNOWN}}, "goal"),
    ],
)
def test_the_pending_question_is_derived_from_where_the_log_leads(
    rules: Rules, parts: dict[str, Any], asked: str
) -> None:
    assert standing(rules, **parts) == asked


@pytest.mark.parametrize(
    ("told", "parts", "offered"),
    [
        ({}, {"paused": True}, ["continue", "plan"]),
        ({"goal": "live_facts"}, {}, ["rest", "change"]),
        ({"goal": "live_facts"}, {"rest": True}, ["change"]),
        ({"prompt_tried": False, "goal": "other"}, {}, ["plan", "change"]),
        ({"failure_cause": "facts", "goal": "other"}, {"paused": True}, ["rest", "plan", "change"]),
        (PASSING, {}, ["poc", "plan", "change"]),
        (PASSING | dict.fromkeys(FIELDS.keys() - PASSING.keys(), UNKNOWN), {}, ["poc", "change"]),
        (PASSING | {"retrain_owner": ""}, {}, ["plan", "change"]),
    ],
)
def test_a_report_offers_what_it_can_lead_to(
    rules: Rules, told: dict[str, Any], parts: dict[str, Any], offered: list[str]
) -> None:
    state = State(values=dict(told), **parts)
    found = list(offers(state, decide(state.answers, rules), rules))
    assert found == (["rest", *offered] if "prompt_tried" in told and told["prompt_tried"] is False else offered)


def test_a_question_of_a_plan_or_a_trial_belongs_to_no_gate(rules: Rules) -> None:
    report = decide(Answers(), rules)
    assert gate_asked("labelers", report, rules) is None
    assert gate_asked("quality_parity", report, rules) is None
    assert gate_asked("title", report, rules) is None


def test_a_question_asked_again_belongs_to_its_first_gate(rules: Rules) -> None:
    report = decide(changed(PASSING), rules)
    assert gate_asked("failure_cause", report, rules) == 1
    assert gate_asked("hosting_usd_per_month", report, rules) == 3


def test_every_gate_question_can_be_asked(rules: Rules) -> None:
    dice = random.Random(3)
    asked = {field for _ in range(40) for field in answered(rules, dice, rest=dice.random() < 0.3)}
    assert asked == {row.id for row in rules.questions if row.asked_for == "gates"}
    assert asked <= set(strategies.given(changed(dict.fromkeys(asked, UNKNOWN))))

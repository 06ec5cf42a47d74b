"""What to find out next: of all that is not known, the answer that most often settles the verdict."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

from advisor.beyond.conditions import CONDITIONS, READ_BY, failing
from advisor.beyond.levels import critical, is_number, typed
from advisor.gates import gate_1, gate_2, gate_3, gate_4
from advisor.model import FIELDS, Answers, Frozen, decimal
from advisor.report import Gate
from advisor.roi import COST_INPUTS, SAVINGS_INPUTS, roi
from advisor.rulebook import Rules

_MEASURED = ("measured_pass_rate", "target_pass_rate", "eval_pairs", *SAVINGS_INPUTS, *COST_INPUTS)
"""What the first step of an open gate brings; the rest is asked for by its last."""


class FindOut(Frozen):
    """The unknown to find out next. ``settling`` of its ``answers`` (a number's are the stretches between the levels
    at which something changes) block a gate or pass all; ``how`` is the step that finds it out."""

    field: str
    gate: Literal[1, 2, 3, 4]
    settling: int
    answers: int
    how: str


def find_out_next(answers: Answers, rules: Rules) -> FindOut | None:
    """Which unknown most often settles the verdict, and how to find it out.

    Args:
        answers: What was answered.
        rules: The edition that decides.

    Returns:
        Of the answers that keep a gate open the one most of whose values settle the verdict, the earliest asked among
        equals; ``None`` when the verdict is settled.
    """
    gates = [_gate(number, answers, rules) for number in _GATES] if failing(answers, rules) else []
    if any(gate.status == "blocked" for gate in gates):
        return None
    best: FindOut | None = None
    for gate in gates:
        for field in gate.missing:
            values = list(_values(field, answers, rules))
            settled = [_settles(answers.model_copy(update={field: value}), field, rules, gates) for value in values]
            steps = rules.gate(gate.number).row(gate.reason).steps
            how = steps[0] if field in _MEASURED else steps[-1]
            one = FindOut(field=field, gate=gate.number, settling=sum(settled), answers=len(values), how=how)
            if best is None or one.settling * best.answers > best.settling * one.answers:
                best = one
    return best


def _values(field: str, answers: Answers, rules: Rules) -> Iterator[Any]:
    """One of each kind of answer."""
    asked = FIELDS[field]
    if is_number(field):
        for low, high in pairwise(sorted(critical(field, answers, rules))):
            yield typed(field, decimal((low + high) / 2))
    else:
        yield from {"choice": asked.options, "yes_no": (True, False), "name": ("named", "")}[asked.kind]


def _settles(answers: Answers, field: str, rules: Rules, gates: list[Gate]) -> bool:
    """Whether a gate is blocked then, or all are passed; gates that do not read the answer stay as they are."""
    touched = {CONDITIONS[place].gate for place in READ_BY[field]}
    statuses = [(_gate(gate.number, answers, rules) if gate.number in touched else gate).status for gate in gates]
    return "blocked" in statuses or "unproven" not in statuses


_GATES: tuple[Literal[1, 2, 3, 4], ...] = (1, 2, 3, 4)


def _gate(number: int, answers: Answers, rules: Rules) -> Gate:
    if number == 3:
        return gate_3(answers, rules, roi(answers, rules))
    return {1: gate_1, 2: gate_2, 4: gate_4}[number](answers, rules)

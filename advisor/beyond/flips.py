"""What would turn the verdict: the smallest sets of answers that, told otherwise, start what is on hold or stop what
goes ahead.

A set is minimal when no smaller part of it could turn the verdict, whatever its values. Sets are found from the
conditions that stand in the way (:mod:`advisor.beyond.conditions`): only answers that a failing one reads can mend it,
and for each answer one or two values are the best, or the worst, that it can be (``_ENDS``). Then each number goes back
towards what was answered as far as the verdict lets it, to one of the few places where a condition can change at all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, cast

from advisor.beyond.conditions import (
    CONDITIONS,
    FAILURES,
    PAYS,
    READ_BY,
    RESULT,
    TRIAL,
    Condition,
    at_least,
    failing,
)
from advisor.beyond.levels import MOST, around, critical, highest, is_number, lowest, typed, unit
from advisor.model import FIELDS, Answers, Exact, Frozen
from advisor.rulebook import Rules

_MOST_CHANGES = 3
NAMED = "named"
"""Stands for any name."""


class Change(Frozen):
    """One answer told otherwise. A number turns the verdict at ``value``; a unit nearer to what was answered, on the
    other side of ``bound``, it stands. ``options``: all options of a choice that turn it."""

    field: str
    value: bool | int | Exact | str
    bound: Literal["exactly", "at_least", "at_most"]
    options: tuple[str, ...] = ()


class Flip(Frozen):
    """Answers that turn the verdict together: each is needed, and none has to move further."""

    changes: tuple[Change, ...]


def flips(answers: Answers, rules: Rules) -> tuple[Flip, ...]:
    """All minimal sets of at most three answers that would turn the verdict, the smallest first.

    Args:
        answers: What was answered.
        rules: The edition that decides.

    Returns:
        On a hold the sets that would let tuning go ahead; else those that would stop it. Numbers are whole units
        (``unit``). Nothing when it would take more than three.
    """
    search = _Search(answers, rules)
    found = sorted(search.minimal().items(), key=lambda one: (len(one[0]), sorted(map(_place, one[0]))))
    return tuple(Flip(changes=tuple(search.nearest(state))) for _, state in found)


_ORDER = {field: place for place, field in enumerate(FIELDS)}


def _place(field: str) -> int:
    return _ORDER[field]


# ---- how far each answer can go


def _just(field: str, other: str, step: int) -> Callable[[Answers, Rules], list[Any]]:
    """A unit above or below another price, and level with it."""

    def values(answers: Answers, rules: Rules) -> list[Any]:
        level = answers.known(other)
        return [] if level is None else [_within(field, level), _within(field, level + step * unit(field))]

    return values


def _otherwise(field: str) -> Callable[[Answers, Rules], list[Any]]:
    """What only a yes says something of: no is as good as nothing."""
    return lambda answers, _: [getattr(answers, field) is not True]


def _within(field: str, value: Any) -> Any:
    return min(max(value, lowest(field)), highest(field))


def _examples(answers: Answers, rules: Rules) -> list[Any]:
    return [rules.poc.examples_min - 1, rules.poc.examples_min]


def _tuned(answers: Answers, rules: Rules) -> list[Any]:
    tuned = answers.known("poc_tuned_pass_rate")
    return [1] if tuned is None else [1, tuned]


_EITHER_WAY = (
    "usd_per_failure", "calls_per_year", "usd_per_call_now", "usd_per_call_after", "target_pass_rate",
)  # fmt: skip
"""Numbers of which more may be better or worse, as the others are; the first two decide how far those can go back."""

_Ends = list[Any] | Callable[[Answers, Rules], list[Any]]
_YES: tuple[_Ends, _Ends] = ([True], [False])
_COST: tuple[_Ends, _Ends] = ([0], [MOST])
_ENDS: Mapping[str, tuple[_Ends, ...]] = {
    "goal": (["smaller_model"], ["live_facts"]),
    "prompt_tried": _YES,
    "tool_use_tried": _YES,
    "rag_tried": (["yes"], ["no"]),
    "failure_cause": (["tone"], ["facts"]),
    "measured_pass_rate": ([0], [1]),
    "target_pass_rate": (_tuned, [0]),
    "large_model_meets_target": (_otherwise("large_model_meets_target"), _otherwise("large_model_meets_target")),
    "eval_pairs": ([MOST], [0]),
    "eval_overlaps_training": ([False], [True]),
    "training_pairs": ([1], [MOST]),
    "labeled_pairs": ([MOST], [0]),
    "usd_per_label": _COST,
    "training_usd": _COST,
    "upkeep_usd_per_month": _COST,
    "hosting_usd_per_month": _COST,
    "calls_per_year": ([MOST, 0], [0, MOST]),
    # Level with each other, no dearer model is replaced: another rate then stands for what runs without tuning (D20).
    "usd_per_call_now": ([MOST], [0]),
    "usd_per_call_after": ([0], [MOST]),
    "pass_rate_without_tuning": ([0], [1]),
    "usd_per_failure": ([MOST, unit("usd_per_failure"), 0], [0, MOST]),
    "other_savings_usd_per_year": ([MOST], [0]),
    "retrain_pipeline": _YES,
    "retrain_budget": _YES,
    "retrain_owner": ([NAMED], [""]),
    "poc_run": (_otherwise("poc_run"), _otherwise("poc_run")),
    "poc_training_examples": (_examples, _examples),
    "poc_baseline_pass_rate": ([0], [1]),
    "poc_tuned_pass_rate": ([1], [0]),
    "quality_parity": _YES,
}
"""Field -> the values that are the best for going ahead, and for a hold: if any value turns the verdict, together with
the best of the other answers, one of these does."""

_ALSO: Mapping[str, Callable[[Answers, Rules], list[Any]]] = {
    "usd_per_call_now": _just("usd_per_call_now", "usd_per_call_after", 1),
    "usd_per_call_after": _just("usd_per_call_after", "usd_per_call_now", -1),
}


_FIXED: Mapping[tuple[str, bool], list[Any]] = {
    (field, bool(to_hold)): [typed(field, value) for value in ends[to_hold]]  # type: ignore[union-attr]
    for field, ends in _ENDS.items()
    for to_hold in (0, 1)
    if field not in _ALSO and not callable(ends[to_hold])
}


def _ends(field: str, answers: Answers, rules: Rules, *, to_hold: bool) -> list[Any]:
    if (field, to_hold) in _FIXED:
        return _FIXED[field, to_hold]
    ends = _ENDS[field][to_hold]
    values = ends(answers, rules) if callable(ends) else list(ends)
    values += _ALSO[field](answers, rules) if field in _ALSO else []
    return [typed(field, value) for value in dict.fromkeys(values)]


# ---- the search


class _Told:
    """Answers told otherwise, as a search tries them by the hundred: nothing is checked, and ``None`` is also what was
    asked and is not known. To what only reads them they are ``Answers``."""

    __slots__ = ("__dict__", "known")

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__, self.known = values, values.get

    @classmethod
    def of(cls, answers: Answers) -> Answers:
        return cast("Answers", cls({field: answers.known(field) for field in FIELDS}))

    def model_copy(self, update: Mapping[str, Any]) -> "_Told":
        return _Told({**self.__dict__, **update})


class _State(NamedTuple):
    """The answers with some told otherwise, and the conditions that fail then: one of them at least."""

    answers: Answers
    values: Mapping[str, Any]
    failing: frozenset[int]


class _Path(NamedTuple):
    """A state, and for which condition its last change was made: its place, and the answer's in what it reads."""

    state: _State
    place: int
    column: int


def _counts(field: str, condition: Condition, answers: Answers, left: int) -> bool:
    """Whether the condition can notice this answer at all with so many further changes: a trial counts once all of its
    result is there, and rates count for money once a failure has a price."""
    if field in TRIAL or condition.of_result:
        told = [answers.known(part) for part in RESULT if part != field]
        return sum([one is None or one is False for one in told]) <= left
    return left > 0 or field not in FAILURES or condition is not PAYS or bool(answers.known("usd_per_failure"))


class _Search:
    """One situation: which sets turn it, and how little of each does."""

    def __init__(self, answers: Answers, rules: Rules) -> None:
        self._rules = rules
        self._start = _State(_Told.of(answers), {}, failing(answers, rules))
        self._to_hold = not self._start.failing
        self._alone: set[str] = set()
        self._several: list[frozenset[str]] = []
        self._told_before: dict[frozenset[tuple[str, Any]], _State] = {}

    def _tell(self, state: _State, field: str, value: Any) -> _State:
        values = {**state.values, field: value}
        key = frozenset(values.items())
        if key not in self._told_before:
            told, again = state.answers.model_copy(update={field: value}), READ_BY[field]
            # To a hold any will do: of a minimal set each condition that fails reads all of its answers.
            left = (state.failing - again) | failing(told, self._rules, again, any_will_do=self._to_hold)
            self._told_before[key] = _State(told, values, left)
        return self._told_before[key]

    def _turns(self, state: _State) -> bool:
        return bool(state.failing) == self._to_hold

    def minimal(self) -> dict[frozenset[str], _State]:
        """The minimal sets of fields, each with values that turn the verdict."""
        found: dict[frozenset[str], _State] = {}
        if at_least(self._start.failing) > _MOST_CHANGES:
            return found
        # To a hold one condition that fails is enough, whichever it is; to go ahead every one has to hold.
        ways = range(len(CONDITIONS)) if self._to_hold else (None,)
        paths: dict[int | None, list[_Path]] = {way: [_Path(self._start, -1, -1)] for way in ways}
        for left in reversed(range(_MOST_CHANGES)):
            for way in ways:
                paths[way] = [one for path in paths[way] for one in self._further(path, way, left)]
                for path in paths[way]:
                    fields = frozenset(path.state.values)
                    if self._turns(path.state) and fields not in found:
                        found[fields] = path.state
                        # Told at once: what does it need not be tried for the other ways.
                        if len(fields) == 1:
                            self._alone |= fields
                        else:
                            self._several.append(fields)
            for way in ways:
                paths[way] = [path for path in paths[way] if self._alone.isdisjoint(path.state.values)]
                paths[way] = [path for path in paths[way] if not self._turns(path.state)]
        return found

    def _further(self, path: _Path, way: int | None, left: int) -> Iterator[_Path]:
        """One change on: of what the condition reads that is to fail, or of what the first that fails does."""
        state = path.state
        place = min(state.failing) if way is None else way
        condition = CONDITIONS[place]
        for column, field in enumerate(condition.reads):
            if field in self._alone or field in state.values or (place == path.place and column < path.column):
                continue  # the last: that set is reached in the other order
            if _counts(field, condition, state.answers, left) and not self._has_a_part({*state.values, field}):
                for value in _ends(field, state.answers, self._rules, to_hold=self._to_hold):
                    if value != state.answers.known(field) and (left or self._may_turn(state, field, value, place)):
                        told = self._tell(state, field, value)
                        if self._to_hold or at_least(told.failing) <= left:
                            yield _Path(told, place, column)

    def _has_a_part(self, fields: set[str]) -> bool:
        """Whether some of these would do."""
        for smaller in self._several:  # noqa: SIM110 - a generator costs more than what it looks at
            if smaller <= fields:
                return True
        return False

    def _may_turn(self, state: _State, field: str, value: Any, place: int) -> bool:
        """Whether this last change does it for the condition it is for; the others are not looked at."""
        told = state.answers.model_copy(update={field: value})
        return CONDITIONS[place].holds(told, self._rules) is not self._to_hold

    def nearest(self, state: _State) -> Iterator[Change]:
        """The changes of a set, each number as near to what was answered as the others let it."""
        starts = {field: self._from(field, state.values[field]) for field in state.values if is_number(field)}
        for field in sorted(starts, key=lambda field: (field not in _EITHER_WAY[:2], _place(field))):
            state = self._back(state, field, starts[field])
        for field in sorted(state.values, key=_place):
            yield self._change(state, field, starts.get(field))

    def _from(self, field: str, end: Any) -> Any:
        """What was answered; where nothing was, the end that is further away, so that as little as may be is asked."""
        was, low, high = self._start.answers.known(field), lowest(field), highest(field)
        return was if was is not None else low if 2 * end > high else high

    def _back(self, state: _State, field: str, start: Any) -> _State:
        end = state.values[field]
        values = {near for level in critical(field, state.answers, self._rules) for near in around(field, level)}
        if field not in _EITHER_WAY:
            low, high = sorted((start, end))
            values = {value for value in values if low <= value <= high}
        nearest = sorted({*values, end}, key=lambda value: abs(value - start))
        told = (self._tell(state, field, value) for value in nearest)
        return next(one for one in told if self._turns(one))

    def _change(self, state: _State, field: str, start: Any) -> Change:
        value = state.values[field]
        if start is not None:
            upwards = value > start or value == lowest(field)
            return Change(field=field, value=value, bound="at_least" if upwards else "at_most")
        was = self._start.answers.known(field)
        told = {option: self._tell(state, field, option) for option in FIELDS[field].options if option != was}
        turning = tuple(option for option, one in told.items() if self._turns(one))
        return Change(field=field, value=value, bound="exactly", options=turning)

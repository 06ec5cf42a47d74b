"""The rules as data: the schema of ``rules/*.toml``, the loader, and what must hold between the files.

The loader is the validator. What is wrong with a rule file is one message that names the file, the key and the mend.
"""

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, TypeAdapter, ValidationError

from advisor.model import FIELDS, Answers, Frozen, Kind
from advisor.reading import read
from advisor.report import GateId, Reason, Status, VerdictKind

Cite = Annotated[str, Field(pattern=r"^§[1-8]( [①-⑧])?(, §[1-8]( [①-⑧])?)*$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=1, max_length=300)]
GateNumber = Literal[1, 2, 3, 4]


Schema = TypeVar("Schema", bound=Frozen)


class RuleError(ValueError):
    """A rule file that cannot be used; the message names file, key and mend."""


class Choice(Frozen):
    id: str
    label: Annotated[str, Field(min_length=1, max_length=75)]
    hint: Annotated[str, Field(max_length=75)]


class Question(Frozen):
    """One question. ``gates`` read it; it is asked with the first of them that it can still move."""

    id: str
    asked_for: Annotated[Literal["gates", "poc", "plan"], Field(alias="for")]
    gates: tuple[GateNumber, ...]
    short: Annotated[str, Field(max_length=40)]
    ask: Sentence
    why: Sentence
    example: Sentence
    cite: Cite
    added: bool = False
    unit: str = ""
    options: tuple[Choice, ...] = ()
    typical: tuple[str, ...] = ()
    ask_if: Annotated[dict[str, tuple[str | bool, ...]], Field(default_factory=dict)]

    @property
    def kind(self) -> Kind:
        return FIELDS[self.id].kind

    def applies(self, answers: Answers) -> bool:
        """Whether ``ask_if`` holds: equality and membership only."""
        return all(getattr(answers, field) in allowed for field, allowed in self.ask_if.items())


class ReasonRow(Frozen):
    code: Reason
    status: Status
    cite: Cite
    steps: tuple[Code, ...]


class GateRow(Frozen):
    number: GateNumber
    id: GateId
    cite: Cite
    threshold: int | None = None
    reason: tuple[ReasonRow, ...]

    def row(self, code: Reason) -> ReasonRow:
        return next(row for row in self.reason if row.code == code)


class VerdictRow(Frozen):
    kind: VerdictKind
    hold: bool
    cite: Cite
    steps: tuple[Code, ...]


class StepRow(Frozen):
    id: Code
    gate: GateNumber | Literal["poc"]
    cite: Cite
    values: tuple[Code, ...]


class RoiFigures(Frozen):
    safe_from_ratio: Decimal
    cite: Cite


class LabellingFigures(Frozen):
    usd_low: int
    usd_high: int
    pairs_per_labeler_day: Annotated[int, Field(ge=1)]
    cite: Cite


class PocFigures(Frozen):
    examples_min: int
    examples_max: int
    points: Decimal
    lora_rank: int
    little_headroom_above: Decimal
    baseline_differs_points: Decimal
    counts_differ_points: Decimal
    cite: Cite


class ApproachRow(Frozen):
    id: Literal["prompt", "rag", "sft", "dpo"]
    strong: tuple[Code, ...]
    weak: tuple[Code, ...]
    cost: Literal["$", "$$", "$$$", "$$$$"]
    time: Literal["minutes", "days", "weeks", "months"]
    cite: Cite


class GoalRow(Frozen):
    id: str
    first_try: tuple[Code, ...]
    then: tuple[Code, ...]
    cite: Cite


class VolumeRow(Frozen):
    task: Code
    goals: tuple[str, ...]
    minimum: int
    recommended: int
    good: int
    cite: Cite


class ReadsRow(Frozen):
    """A checklist item or a pitfall and the answers it is computed from."""

    id: Code
    reads: tuple[str, ...]
    cite: Cite


class OperationRow(Frozen):
    id: Code
    cite: Cite


class Departure(Frozen):
    """Where the chapter cannot be followed to the letter."""

    id: Annotated[str, Field(pattern=r"^D\d+$")]
    cite: Cite
    says: Sentence
    we_do: Sentence
    why: Sentence


class _Edition(Frozen):
    version: str
    source: str
    cite: Cite


class _Questions(Frozen):
    question: tuple[Question, ...]


class _Gates(Frozen):
    gate: tuple[GateRow, GateRow, GateRow, GateRow]
    verdict: tuple[VerdictRow, ...]


class _Steps(Frozen):
    step: tuple[StepRow, ...]


class _Figures(Frozen):
    roi: RoiFigures
    labelling: LabellingFigures
    poc: PocFigures


class _Approaches(Frozen):
    approach: tuple[ApproachRow, ...]
    goal: tuple[GoalRow, ...]


class Volumes(Frozen):
    baseline: int
    volume: tuple[VolumeRow, ...]


class ChecklistRules(Frozen):
    explore_from: int
    fails_from: Decimal
    labeled_pairs_from: int
    cite: Cite
    item: tuple[ReadsRow, ...]


class PitfallRules(Frozen):
    all_synthetic_from: Decimal
    noisy_from: Decimal
    labels_before_poc: int
    long_labelling_days: int
    cite: Cite
    pitfall: tuple[ReadsRow, ...]


class _Operations(Frozen):
    operation: tuple[OperationRow, ...]


class _Departures(Frozen):
    departure: tuple[Departure, ...]


class Rules(Frozen):
    """All rules of one edition, loaded and checked."""

    version: str
    source: str
    questions: tuple[Question, ...]
    gates: tuple[GateRow, GateRow, GateRow, GateRow]
    verdicts: tuple[VerdictRow, ...]
    steps: tuple[StepRow, ...]
    roi: RoiFigures
    labelling: LabellingFigures
    poc: PocFigures
    approaches: tuple[ApproachRow, ...]
    goals: tuple[GoalRow, ...]
    volumes: Volumes
    checklist: ChecklistRules
    pitfalls: PitfallRules
    operations: tuple[OperationRow, ...]
    departures: tuple[Departure, ...]

    def question(self, field: str) -> Question:
        return next(row for row in self.questions if row.id == field)

    def gate(self, number: int) -> GateRow:
        return self.gates[number - 1]

    def step(self, step_id: str) -> StepRow:
        return next(row for row in self.steps if row.id == step_id)


REASONS: dict[int, tuple[Reason, ...]] = {
    1: (
        "live_facts", "target_met", "small_model_suffices", "facts_need_rag", "facts_fix_retrieval",
        "prompt_not_tried", "tool_use_not_tried", "rag_not_tried", "not_measured", "unknown_inputs",
        "no_named_ceiling", "ceiling_cost", "ceiling_behaviour",
    ),
    2: ("too_few_pairs", "leaks_into_training", "unknown_inputs", "overlap_unchecked", "enough_pairs"),
    3: ("quality_not_equal", "no_savings", "unknown_inputs", "does_not_pay", "pays"),
    4: ("not_staffed", "unknown_inputs", "staffed"),
}  # fmt: skip
"""Gate number -> the reasons it can give; advisor/gates.py owns when each holds."""


def load_rules(folder: Path | None = None) -> Rules:
    """Load the rules that ship with the package, or those in ``folder``.

    Raises:
        RuleError: a file is missing, malformed, or disagrees with another; the message names file, key and mend.
    """
    return _shipped() if folder is None else _load(folder)


@cache
def _shipped() -> Rules:
    return _load(Path(str(files("advisor") / "rules")))


def _load(folder: Path) -> Rules:
    edition = _file(folder, "edition", _Edition)
    gates = _file(folder, "gates", _Gates)
    figures = _file(folder, "roi", _Figures)
    approaches = _file(folder, "approaches", _Approaches)
    rules = Rules(
        version=edition.version,
        source=edition.source,
        questions=_file(folder, "questions", _Questions).question,
        gates=gates.gate,
        verdicts=gates.verdict,
        steps=_file(folder, "steps", _Steps).step,
        roi=figures.roi,
        labelling=figures.labelling,
        poc=figures.poc,
        approaches=approaches.approach,
        goals=approaches.goal,
        volumes=_file(folder, "volumes", Volumes),
        checklist=_file(folder, "checklist", ChecklistRules),
        pitfalls=_file(folder, "pitfalls", PitfallRules),
        operations=_file(folder, "operations", _Operations).operation,
        departures=_file(folder, "departures", _Departures).departure,
    )
    _check_questions(rules)
    _check_codes(rules)
    return rules


def _file(folder: Path, name: str, schema: type[Schema]) -> Schema:
    path = folder / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"rules/{name}.toml: is missing. Put it back from the package.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"rules/{name}.toml: is not TOML ({error}). Mend that line.") from None
    try:
        return TypeAdapter(schema).validate_python(data)
    except ValidationError as error:
        raise RuleError("\n".join(_fault(name, data, fault) for fault in error.errors())) from None


def _fault(name: str, data: Any, fault: Any) -> str:
    key, place = "", data
    for part in fault["loc"]:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
        place = place[part] if isinstance(part, int) and isinstance(place, list) else _under(place, part)
        if isinstance(part, int) and isinstance(place, dict) and "id" in place:
            key += f" ({place['id']})"
    mend = {
        "missing": "Add the key.",
        "extra_forbidden": "Remove the key or mend its spelling.",
    }.get(fault["type"], f"{fault['msg']}.")
    return f"rules/{name}.toml: {key}: {mend}"


def _under(place: Any, part: Any) -> Any:
    return place.get(part) if isinstance(place, dict) else None


def _same(file: str, key: str, found: list[str], wanted: tuple[str, ...] | set[str]) -> None:
    """Ids in a file must be exactly the wanted ones, each once."""
    for twice in sorted({one for one in found if found.count(one) > 1}):
        raise RuleError(f"rules/{file}.toml: {key} ({twice}): stands twice. Keep one row.")
    for extra in sorted(set(found) - set(wanted)):
        raise RuleError(f"rules/{file}.toml: {key} ({extra}): nothing reads it. Remove the row or mend the id.")
    for gone in sorted(set(wanted) - set(found)):
        raise RuleError(f"rules/{file}.toml: {key} ({gone}): has no row. Add one.")


def _check_questions(rules: Rules) -> None:
    _same("questions", "question", [row.id for row in rules.questions], set(FIELDS))
    earlier: set[str] = set()
    for row in rules.questions:
        place = f"rules/questions.toml: question ({row.id})"
        ids, wanted = [option.id for option in row.options], FIELDS[row.id].options
        if wanted or ids:
            _same("questions", f"question ({row.id}).options", ids, wanted)
        for text in (*row.typical, *(() if row.kind in ("count", "rate", "money") else (row.example,))):
            if read(row.id, text).problem:
                raise RuleError(f"{place}: {text!r} does not read cleanly. Write it as a person would answer.")
        if row.kind in ("count", "rate", "money") and len(row.typical) != 3:
            raise RuleError(f"{place}.typical: three answers are offered as buttons. Give three.")
        for field in row.ask_if:
            if field not in earlier:
                raise RuleError(f"{place}.ask_if.{field}: is not asked before it. Name an earlier question.")
        earlier.add(row.id)


def _check_codes(rules: Rules) -> None:
    for number, gate in enumerate(rules.gates, start=1):
        if gate.number != number:
            raise RuleError(f"rules/gates.toml: gate[{number}].number: is {gate.number}. Keep the gates in order.")
        _same("gates", f"gate[{number}].reason", [row.code for row in gate.reason], REASONS[number])
    _same("gates", "verdict", [row.kind for row in rules.verdicts], get_args(VerdictKind))
    _same("approaches", "goal", [row.id for row in rules.goals], FIELDS["goal"].options)
    used = {step for gate in rules.gates for row in gate.reason for step in row.steps}
    used |= {step for row in rules.verdicts for step in row.steps} | {"rerun_poc"}
    _same("steps", "step", [row.id for row in rules.steps], used)
    for file, rows in (("checklist", rules.checklist.item), ("pitfalls", rules.pitfalls.pitfall)):
        for row in rows:
            for field in set(row.reads) - set(FIELDS):
                raise RuleError(f"rules/{file}.toml: ({row.id}).reads: there is no field {field!r}. Mend its spelling.")

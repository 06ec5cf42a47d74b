"""The rules as data: the schema of ``rules/*.toml``, the loader, and what must hold between the files.

The loader is the validator. What is wrong with a rule file is one message that names the file, the key and the mend.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from advisor.figures import filled
from advisor.model import FIELDS, Answers, Frozen, Goal, Kind
from advisor.report import (
    Approach_,
    ChecklistId,
    Figure,
    GateId,
    OperationId,
    PitfallId,
    Reason,
    Status,
    VerdictKind,
)

_FOLDER = Path(__file__).with_name("rules")
Cite = Annotated[str, Field(pattern=r"^§[1-8]( [①-⑧])?(, §[1-8]( [①-⑧])?)*$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=1, max_length=300)]
GateNumber = Literal[1, 2, 3, 4]


Schema = TypeVar("Schema", bound=Frozen)


class RuleError(ValueError):
    """A rule file that cannot be used; the message names file, key and mend."""


Plain = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 '-]*$")]


def _listed(told: Any) -> Any:
    """Words written as one text with commas, which is quicker to load and easier to read than a list of texts."""
    words = [" ".join(each.split()) for each in told.split(",")] if isinstance(told, str) else told
    return tuple(words) if isinstance(words, list) else words


WordList = Annotated[tuple[Plain, ...], BeforeValidator(_listed)]


class Choice(Frozen):
    id: str
    label: Annotated[str, Field(min_length=1, max_length=75)]
    hint: Annotated[str, Field(max_length=75)]
    words: WordList = ()
    near: WordList = ()


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
    changes: bool = False
    unit: str = ""
    options: tuple[Choice, ...] = ()
    typical: tuple[str, ...] = ()
    same_as: str = ""
    asks: Literal["", "deed", "fact"] = ""
    yes: WordList = ()
    no: WordList = ()
    says_yes: WordList = ()
    says_no: WordList = ()
    ask_if: Annotated[dict[str, tuple[str | bool, ...]], Field(default_factory=dict)]

    @property
    def kind(self) -> Kind:
        return FIELDS[self.id].kind

    def applies(self, answers: Answers) -> bool:
        """Whether ``ask_if`` holds: equality and membership only."""
        return all(getattr(answers, field) in allowed for field, allowed in self.ask_if.items())


class Manner(Frozen):
    """How people say things, whatever the question."""

    little: WordList
    denials: WordList
    praise: WordList
    to_come: WordList


class ReasonRow(Frozen):
    code: Reason
    status: Status
    cite: Cite
    steps: tuple[Code, ...]
    final: bool = False
    """Tuning is never, or no longer, the answer: nothing else is worth doing for it."""


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
    gate: Literal[1, 2, 3, 4, "poc"]
    cite: Cite
    values: tuple[Code, ...]


class RoiFigures(Frozen):
    safe_from_ratio: Decimal
    cite: Cite


class Example(Frozen):
    """The chapter's own sum: a figure for each of gate 3's inputs."""

    calls_per_year: int
    usd_per_call_now: Decimal
    usd_per_call_after: Decimal
    training_pairs: int
    usd_per_label: Decimal
    training_usd: Decimal
    upkeep_usd_per_month: Decimal
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
    baseline_differs_points: Decimal
    counts_differ_points: Decimal
    cite: Cite

    @property
    def little_headroom_above(self) -> Decimal:
        """A baseline from which so many points can't be gained any more."""
        return 1 - self.points / 100


_Share = Annotated[Decimal, Field(gt=0, lt=1)]


class EvidenceFigures(Frozen):
    """How sure an estimate has to be and how old a fact may get (advisor/beyond); no gate reads them."""

    confidence: _Share
    power: Annotated[Decimal, Field(ge=Decimal("0.5"), lt=1)]
    discordances: tuple[_Share, ...]
    margin_points: Annotated[Decimal, Field(gt=0)]
    quote_days: int
    fact_days: int


class ApproachRow(Frozen):
    id: Literal["prompt", "rag", "sft", "dpo"]
    strong: tuple[Code, ...]
    weak: tuple[Code, ...]
    cost: Literal["$", "$$", "$$$", "$$$$"]
    time: Literal["minutes", "days", "weeks", "months"]
    cite: Cite


class GoalRow(Frozen):
    id: Goal
    first_try: tuple[Approach_, ...]
    then: tuple[Approach_, ...]
    cite: Cite


class VolumeRow(Frozen):
    task: Code
    goals: tuple[Goal, ...]
    minimum: int
    recommended: int
    good: int
    cite: Cite


class ItemRow(Frozen):
    """A checklist item and the answers it is computed from."""

    id: ChecklistId
    reads: tuple[str, ...]
    cite: Cite


class PitfallRow(Frozen):
    """A pitfall and the answers it is computed from."""

    id: PitfallId
    reads: tuple[str, ...]
    cite: Cite


class OperationRow(Frozen):
    id: OperationId
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
    manner: Manner
    question: tuple[Question, ...]


class _Gates(Frozen):
    gate: tuple[GateRow, GateRow, GateRow, GateRow]
    verdict: tuple[VerdictRow, ...]


class _Steps(Frozen):
    failing_answers: int
    step: tuple[StepRow, ...]


class _Figures(Frozen):
    roi: RoiFigures
    example: Example
    labelling: LabellingFigures
    poc: PocFigures
    evidence: EvidenceFigures


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
    item: tuple[ItemRow, ...]


class PitfallRules(Frozen):
    all_synthetic_from: Decimal
    noisy_from: Decimal
    labels_before_poc: int
    long_labelling_days: int
    cite: Cite
    pitfall: tuple[PitfallRow, ...]


class _Operations(Frozen):
    operation: tuple[OperationRow, ...]


class _Departures(Frozen):
    departure: tuple[Departure, ...]


class Rules(Frozen):
    """All rules of one edition, loaded and checked."""

    version: str
    source: str
    questions: tuple[Question, ...]
    manner: Manner
    gates: tuple[GateRow, GateRow, GateRow, GateRow]
    verdicts: tuple[VerdictRow, ...]
    failing_answers: int
    """As many are looked at by hand to see what they share."""
    steps: tuple[StepRow, ...]
    roi: RoiFigures
    example: Example
    labelling: LabellingFigures
    poc: PocFigures
    evidence: EvidenceFigures
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

    def verdict(self, kind: str) -> VerdictRow:
        return next(row for row in self.verdicts if row.kind == kind)

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

THRESHOLDS = {1: None, 3: 1, 4: 3}
"""Gate number -> what its threshold has to say: gate 1 takes the person's target, a year pays above 1, retraining
takes all 3. Gate 2's is the rule file's."""


def rules_in(folder: Path | None = None) -> Rules:
    """The rules that ship with the package, or those in ``folder``; ``advisor.load_rules`` also has their examples
    read.

    Raises:
        RuleError: a file is missing, malformed, or disagrees with another; the message names file, key and mend.
    """
    return _shipped() if folder is None else _load(folder)


@cache
def _shipped() -> Rules:
    return _load(_FOLDER)


class _Elsewhere(Frozen):
    words: tuple[str, ...]
    fields: tuple[str, ...]


class _Own(Frozen):
    of: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    stands: str = "other"


class Supposed(Frozen):
    words: tuple[str, ...]
    fields: tuple[str, ...]
    says: str = ""


class _Spelled(Frozen):
    words: tuple[str, ...]
    stands: str


class Words(Frozen):
    """The words around numbers; a pattern is what its pieces say one after the other."""

    phrases: dict[str, tuple[str, ...]]
    elsewhere: tuple[_Elsewhere, ...]
    named: dict[str, tuple[str, ...]]
    called: dict[str, tuple[str, ...]]
    letters: dict[str, str]
    signs: dict[str, str]
    marks: dict[str, str]
    own: dict[str, _Own]
    spelled: tuple[_Spelled, ...]
    supposed: tuple[Supposed, ...]


@cache
def words_in() -> Words:
    """The words that ship with the package, read when the first answer is."""
    return _file(_FOLDER, "words", Words)


def _load(folder: Path) -> Rules:
    edition = _file(folder, "edition", _Edition)
    gates = _file(folder, "gates", _Gates)
    _check_thresholds(gates.gate)
    figures = _file(folder, "roi", _Figures)
    approaches = _file(folder, "approaches", _Approaches)
    steps = _file(folder, "steps", _Steps)
    volumes = _file(folder, "volumes", Volumes)
    checklist = _file(folder, "checklist", ChecklistRules)
    pitfalls = _file(folder, "pitfalls", PitfallRules)
    owners = {f"gate_{row.number}": row for row in gates.gate} | dict(figures)
    owners |= {"volumes": volumes, "checklist": checklist, "pitfalls": pitfalls}
    questions = _file(folder, "questions", _Questions, owners)
    rules = Rules(
        version=edition.version,
        source=edition.source,
        questions=questions.question,
        manner=questions.manner,
        gates=gates.gate,
        verdicts=gates.verdict,
        failing_answers=steps.failing_answers,
        steps=steps.step,
        roi=figures.roi,
        example=figures.example,
        labelling=figures.labelling,
        poc=figures.poc,
        evidence=figures.evidence,
        approaches=approaches.approach,
        goals=approaches.goal,
        volumes=volumes,
        checklist=checklist,
        pitfalls=pitfalls,
        operations=_file(folder, "operations", _Operations).operation,
        departures=_file(folder, "departures", _Departures, owners).departure,
    )
    _check_questions(rules)
    _check_codes(rules)
    return rules


def _file(folder: Path, name: str, schema: type[Schema], owners: Mapping[str, Any] | None = None) -> Schema:
    """One file; with ``owners`` the sentences in it show their figures."""
    import tomllib  # here, since not whoever imports the rules reads them

    path = folder / f"{name}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"rules/{name}.toml: is missing. Put it back from the package.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"rules/{name}.toml: is not TOML ({error}). Mend that line.") from None
    try:
        data = data if owners is None else _filled(data, owners)
    except LookupError as error:
        raise RuleError(f"rules/{name}.toml: {error.args[0]}: no rule has that figure. Mend its spelling.") from None
    try:
        # As JSON: strict about types there, and yet an array is a tuple and a decimal a string.
        return TypeAdapter(schema).validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        raise RuleError("\n".join(_fault(name, data, fault) for fault in error.errors())) from None


def _filled(data: Any, owners: Mapping[str, Any]) -> Any:
    if isinstance(data, dict):
        return {key: _filled(part, owners) for key, part in data.items()}
    if isinstance(data, list):
        return [_filled(part, owners) for part in data]
    return filled(data, owners) if isinstance(data, str) else data


_NAMES = ("id", "code", "kind", "task")
"""What a row may be called by."""


def _fault(name: str, data: Any, fault: Any) -> str:
    """One fault by the path a person would follow: ``gate[2] (eval_set).reason[1] (too_few_pairs).status``."""
    key, place = "", data
    for part in fault["loc"]:
        if isinstance(part, int):
            key += f"[{part + 1}]"
            place = place[part] if part < len(place) else None
            names = [place[name] for name in _NAMES if name in place] if isinstance(place, dict) else []
            key += f" ({names[0]})" if names else ""
        elif isinstance(place, dict):
            key += f".{part}" if key else part
            place = place.get(part)
        # Whatever comes below a plain value names a member of a union, not a key.
    mend = {
        "missing": "Add the key.",
        "extra_forbidden": "Remove the key or mend its spelling.",
    }.get(fault["type"], f"{fault['msg']}.")
    return f"rules/{name}.toml: {key}: {mend}"


def _once(file: str, key: str, found: list[str]) -> None:
    for twice in sorted({one for one in found if found.count(one) > 1}):
        raise RuleError(f"rules/{file}.toml: {key} ({twice}): stands twice. Keep one.")


def _same(file: str, key: str, found: list[str], wanted: Iterable[str]) -> None:
    """Ids in a file must be exactly the wanted ones, each once."""
    _once(file, key, found)
    for extra in sorted(set(found) - set(wanted)):
        raise RuleError(f"rules/{file}.toml: {key} ({extra}): nothing reads it. Remove the row or mend the id.")
    for gone in sorted(set(wanted) - set(found)):
        raise RuleError(f"rules/{file}.toml: {key} ({gone}): has no row. Add one.")


def _check_questions(rules: Rules) -> None:
    _same("questions", "question", [row.id for row in rules.questions], FIELDS)
    _once("questions", "question.short", [row.short.casefold() for row in rules.questions])
    earlier: set[str] = set()
    for row in rules.questions:
        place = f"rules/questions.toml: question ({row.id})"
        _same(
            "questions", f"question ({row.id}).options", [option.id for option in row.options], FIELDS[row.id].options
        )
        _once("questions", f"question ({row.id}).options", [option.label.casefold() for option in row.options])
        if row.asked_for == "gates" and not row.gates:
            raise RuleError(f"{place}.gates: is empty, so it would never be asked. Name the gates that read it.")
        named = [{option.label.casefold(), *option.words} for option in row.options]
        words = [word for option in row.options for word in (option.label.casefold(), *option.words)]
        words += {word for own, option in zip(named, row.options, strict=True) for word in set(option.near) - own}
        if twice := [word for word, often in Counter(words).items() if often > 1]:
            raise RuleError(f"{place}.options: {twice[0]!r} stands for two of them. Keep it with one.")
        if row.same_as and FIELDS.get(row.same_as) != FIELDS[row.id]:
            raise RuleError(f"{place}.same_as: {row.same_as!r} is no field of the same kind. Mend its spelling.")
        if (row.kind == "yes_no") != bool(row.asks):
            raise RuleError(f"{place}.asks: says whether a yes-or-no question is about a deed or a fact. Mend it.")
        if both := set(row.yes) & set(row.no):
            raise RuleError(f"{place}.yes: {min(both)!r} is a word of no as well. Keep it with one.")
        if row.kind in ("count", "rate", "money") and len(row.typical) != 3:
            raise RuleError(f"{place}.typical: three answers are offered as buttons. Give three.")
        if row.kind in ("count", "rate", "money") and not row.unit:
            raise RuleError(f"{place}.unit: is empty. Say what one is of.")
        for field, allowed in row.ask_if.items():
            if field not in earlier:
                raise RuleError(f"{place}.ask_if.{field}: is not asked before it. Name an earlier question.")
            for value in set(allowed) - set(FIELDS[field].options or (True, False)):
                raise RuleError(f"{place}.ask_if.{field}: {value!r} is none of its answers. Mend its spelling.")
        earlier.add(row.id)


def _check_thresholds(gates: Iterable[GateRow]) -> None:
    """Before any sentence shows one."""
    for number, gate in enumerate(gates, start=1):
        if gate.number != number:
            raise RuleError(f"rules/gates.toml: gate[{number}].number: is {gate.number}. Keep the gates in order.")
        fixed = THRESHOLDS.get(number, gate.threshold)
        if gate.threshold != fixed or (number == 2 and not fixed):
            raise RuleError(f"rules/gates.toml: gate[{number}].threshold: gates.py compares with {fixed}. Put it back.")


def _check_codes(rules: Rules) -> None:
    for number, gate in enumerate(rules.gates, start=1):
        _same("gates", f"gate[{number}].reason", [row.code for row in gate.reason], REASONS[number])
        for row in gate.reason:
            if (row.status == "passed") == bool(row.steps):
                wanted = "none: nothing is left to do" if row.steps else "what unblocks it"
                raise RuleError(f"rules/gates.toml: gate[{number}].reason ({row.code}).steps: Write {wanted}.")
    _same("gates", "verdict", [row.kind for row in rules.verdicts], get_args(VerdictKind))
    for kind in ("run_poc", "scale_up", "revisit_approach"):
        if not rules.verdict(kind).steps:
            raise RuleError(f"rules/gates.toml: verdict ({kind}).steps: is empty and no gate has any. Add one.")
    _same("approaches", "approach", [row.id for row in rules.approaches], ("prompt", "rag", "sft", "dpo"))
    _same("approaches", "goal", [row.id for row in rules.goals], get_args(Goal))
    _once("volumes", "volume.goals", [goal for volume in rules.volumes.volume for goal in volume.goals])
    _same("checklist", "item", [item.id for item in rules.checklist.item], get_args(ChecklistId))
    _same("pitfalls", "pitfall", [pitfall.id for pitfall in rules.pitfalls.pitfall], get_args(PitfallId))
    _same("operations", "operation", [operation.id for operation in rules.operations], get_args(OperationId))
    _once("departures", "departure", [departure.id for departure in rules.departures])
    used = {step for gate in rules.gates for row in gate.reason for step in row.steps}
    used |= {step for verdict in rules.verdicts for step in verdict.steps} | {"rerun_poc", "keep_what_runs"}
    _same("steps", "step", [step.id for step in rules.steps], used)
    named = [("steps", step.id, "values", step.values, {*FIELDS, *get_args(Figure)}) for step in rules.steps]
    named += [("checklist", item.id, "reads", item.reads, set(FIELDS)) for item in rules.checklist.item]
    named += [("pitfalls", pitfall.id, "reads", pitfall.reads, set(FIELDS)) for pitfall in rules.pitfalls.pitfall]
    for file, code, key, names, there in named:
        for name in sorted(set(names) - there):
            raise RuleError(f"rules/{file}.toml: ({code}).{key}: there is no {name!r}. Mend its spelling.")


# ---- what a whole message says


class Frame(Frozen):
    """Patterns over a text's words and placeholders: ``says`` is what such a phrase says of a field; without it the
    placeholders name the fields they answer, or several make one of ``field``; or what stands there, from the first
    placeholder on, is ``read`` as an answer to ``field`` is."""

    find: tuple[Annotated[str, Field(min_length=1)], ...]
    says: Mapping[str, str] = {}
    field: str = ""
    asked: bool = False
    last: bool = False
    read: bool = False
    near: tuple[str, ...] = ()


class Frames(Frozen):
    words: Mapping[str, str]
    line: Mapping[str, str] = {}
    sentences: Mapping[str, str] = {}
    frame: tuple[Frame, ...]


@cache
def frames_in(folder: Path | None = None) -> Frames:
    """How openings are read; apart from the other rules, as only whole messages need them.

    Raises:
        RuleError: the file is missing, malformed or names no field; the message names key and mend.
    """
    frames = _file(folder or _FOLDER, "frames", Frames)
    for place, frame in enumerate(frames.frame, start=1):
        for strange in {*frame.says, frame.field} - {"", *FIELDS}:
            raise RuleError(f"rules/frames.toml: frame[{place}]: there is no field {strange!r}. Mend its spelling.")
    return frames


# ---- what vendors offer, what people weigh, who thinks otherwise


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]
FullDay = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class VendorRow(Frozen):
    """Who lets whom tune what; ``until`` is the day it ends. ``current`` are the models of its own that it sells today,
    as ids of the price list."""

    id: Code
    names: tuple[Sentence, ...]
    said: tuple[Sentence, ...]
    tuning: Literal["open", "closing", "closed", "none"]
    until: FullDay | None = None
    hosting: Literal["by_call", "by_hour"] | None = None
    current: tuple[Sentence, ...] = ()
    says: Sentence
    source: Sentence
    day: FullDay
    official: bool


class MotiveRow(Frozen):
    """A reason to tune that no rule weighs, and what to look at for it."""

    id: Code
    words: tuple[Sentence, ...]
    says: Sentence
    look_at: Sentence


class OpinionRow(Frozen):
    """Where published guidance differs from the chapter."""

    id: Code
    about: Literal["eval_set", "trial", "money"]
    cite: Cite
    says: Sentence
    source: Sentence
    day: Day


class Availability(Frozen):
    asked: tuple[Sentence, ...]
    which: tuple[Sentence, ...]
    among: tuple[Sentence, ...]
    denied: tuple[Sentence, ...]
    vendor: tuple[VendorRow, ...]
    motive: tuple[MotiveRow, ...]
    opinion: tuple[OpinionRow, ...]


@cache
def availability_in(folder: Path | None = None) -> Availability:
    """Apart from the other rules, as no verdict needs them.

    Raises:
        RuleError: the file is missing, malformed or names something twice; the message names key and mend.
    """
    facts = _file(folder or _FOLDER, "availability", Availability)
    _once("availability", "vendor", [row.id for row in facts.vendor])
    _once("availability", "vendor.names", [name for row in facts.vendor for name in row.names])
    _once("availability", "motive", [row.id for row in facts.motive])
    _once("availability", "opinion", [row.id for row in facts.opinion])
    return facts

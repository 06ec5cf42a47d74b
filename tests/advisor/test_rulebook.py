"""The loader is the validator: what is wrong with a rule file is told by file, key and mend."""

import shutil
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from advisor import Answers, RuleError, Rules, load_rules
from advisor.advice import decide
from advisor.figures import filled
from advisor.model import FIELDS
from advisor.report import Figure
from tests.advisor.strategies import PAIRS

SHIPPED = Path(str(files("advisor") / "rules"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def fault(folder: Path, file: str, old: str, new: str) -> str:
    """The loader's message after one edit of one file."""
    path = folder / f"{file}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleError) as told:
        load_rules(folder)
    return str(told.value)


def test_the_shipped_rules_load_once() -> None:
    assert load_rules() is load_rules()


def test_a_folder_of_rules_loads_like_the_shipped_ones(folder: Path) -> None:
    assert load_rules(folder) == load_rules()


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "volumes.toml").unlink()
    with pytest.raises(RuleError, match=r"rules/volumes\.toml: is missing\. Put it back"):
        load_rules(folder)


def test_a_file_that_is_not_text_is_named(folder: Path) -> None:
    (folder / "volumes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RuleError, match=r"rules/volumes\.toml: is not TOML"):
        load_rules(folder)


FIRST_GATE = 'id = "prompt_rag_exhausted"\ncite = "§1 ①"'


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("volumes", "baseline = 5000", "baseline 5000", "rules/volumes.toml: is not TOML (Expected '=' after a key"),
        ("volumes", "baseline = 5000", "base_line = 5000", "rules/volumes.toml: baseline: Add the key."),
        ("volumes", "baseline = 5000", "base_line = 5000", "rules/volumes.toml: base_line: Remove the key or mend"),
        (
            "volumes",
            "baseline = 5000",
            "baseline = true",
            "rules/volumes.toml: baseline: Input should be a valid integer.",
        ),
        (
            "volumes",
            "baseline = 5000",
            "baseline = 2026-01-01",
            "rules/volumes.toml: baseline: Input should be a valid int",
        ),
        (
            "volumes",
            "minimum = 500",
            'minimum = "500"',
            "volume[1] (classification).minimum: Input should be a valid int",
        ),
        ("volumes", '"classification"]', '"clasification"]', "volume[1] (classification).goals[1]: Input should be"),
        (
            "gates",
            'status = "blocked"',
            'status = "closed"',
            "gate[1] (prompt_rag_exhausted).reason[1] (live_facts).status:",
        ),
        (
            "gates",
            'code = "pays"',
            'code = "pay"',
            "rules/gates.toml: gate[3] (roi).reason[5] (pay).code: Input should be",
        ),
        (
            "gates",
            "hold = true",
            'hold = "yes"',
            "verdict[1] (stay_with_prompt_rag).hold: Input should be a valid boolean.",
        ),
        (
            "gates",
            FIRST_GATE,
            FIRST_GATE + "\nthreshold = true",
            "gate[1] (prompt_rag_exhausted).threshold: Input should be",
        ),
        (
            "steps",
            'gate = "poc"',
            'gate = "trial"',
            "step[27] (take_poc_examples).gate: Input should be 1, 2, 3, 4 or 'poc'.",
        ),
        ("steps", 'cite = "§3"', 'cite = "page 3"', "step[1] (answer_from_live_sources).cite: String should match"),
        (
            "questions",
            'ask_if = { goal = ["structured_output"] }',
            "ask_if = { goal = [3] }",
            "(tool_use_tried).ask_if.goal[1]:",
        ),
        ("departures", 'id = "D2"', 'id = "two"', "rules/departures.toml: departure[2] (two).id: String should match"),
    ],
)
def test_a_key_of_the_wrong_shape_is_told_by_its_path(folder: Path, file: str, old: str, new: str, told: str) -> None:
    assert told in fault(folder, file, old, new)


def test_a_missing_gate_is_told(folder: Path) -> None:
    path = folder / "gates.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[[gate]]\nnumber = 4")] + text[text.index("# What a verdict adds") :])
    with pytest.raises(RuleError, match=r"rules/gates\.toml: gate\[4\]: Add the key\."):
        load_rules(folder)


_QUESTIONS = (SHIPPED / "questions.toml").read_text(encoding="utf-8").split("[[question.options]]")
RETRIEVAL = next("[[question.options]]" + row for row in _QUESTIONS if 'label = "Not yet"' in row)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "questions",
            'id = "label_noise"',
            'id = "label_niose"',
            "question (label_niose): nothing reads it. Remove the row",
        ),
        ("questions", 'id = "label_noise"', 'id = "labelers"', "question (labelers): stands twice. Keep one."),
        ("questions", 'short = "wrong labels"', 'short = "eval pairs"', "question.short (eval pairs): stands twice."),
        ("questions", RETRIEVAL, RETRIEVAL.replace('"no"', '"nope"'), "(rag_tried).options (nope): nothing reads it."),
        ("questions", RETRIEVAL, "", "question (rag_tried).options (no): has no row. Add one."),
        (
            "questions",
            RETRIEVAL,
            RETRIEVAL.replace("Not yet", "yes"),
            "question (rag_tried).options (yes): stands twice.",
        ),
        (
            "questions",
            "gates = [2]",
            "gates = []",
            "(eval_overlaps_training).gates: is empty, so it would never be asked.",
        ),
        (
            "questions",
            '["60%", "80%", "90%"]',
            '["60%", "80%", "lots"]',
            "(measured_pass_rate): 'lots' does not read cleanly.",
        ),
        ("questions", '["60%", "80%", "90%"]', '["60%"]', "(measured_pass_rate).typical: three answers are offered"),
        ("questions", 'unit = "eval pairs"', 'unit = ""', "question (eval_pairs).unit: is empty. Say what one is of."),
        (
            "questions",
            'example = "R. Okafor"',
            'example = "the team"',
            "(retrain_owner): 'the team' does not read cleanly.",
        ),
        ("questions", "ask_if = { goal =", "ask_if = { labelers =", "ask_if.labelers: is not asked before it."),
        ("questions", '["structured_output"] }', '["json"] }', "ask_if.goal: 'json' is none of its answers."),
        (
            "questions",
            'ask_if = { goal = ["structured_output"] }',
            "ask_if = { prompt_tried = ['yes'] }",
            "'yes' is none of its",
        ),
        ("gates", "number = 1", "number = 2", "rules/gates.toml: gate[1].number: is 2. Keep the gates in order."),
        ("gates", "threshold = 1\n", "threshold = 2\n", "gate[3].threshold: gates.py compares with 1. Put it back."),
        ("gates", f"threshold = {PAIRS}\n", "", "rules/gates.toml: gate[2].threshold: gates.py compares with"),
        (
            "gates",
            'code = "no_savings"',
            'code = "staffed"',
            "rules/gates.toml: gate[3].reason (staffed): nothing reads it.",
        ),
        (
            "gates",
            'steps = ["check_overlap"]',
            "steps = []",
            "gate[2].reason (overlap_unchecked).steps: Write what unblocks",
        ),
        (
            "gates",
            'code = "pays"\nstatus = "passed"',
            'code = "pays"\nstatus = "blocked"',
            "gate[3].reason (pays).steps: Write what",
        ),
        (
            "gates",
            'code = "no_savings"\nstatus = "blocked"',
            'code = "no_savings"\nstatus = "passed"',
            "Write none: nothing is left",
        ),
        (
            "gates",
            'kind = "run_poc"',
            'kind = "scale_up"',
            "rules/gates.toml: verdict (scale_up): stands twice. Keep one.",
        ),
        (
            "gates",
            'steps = ["study_the_errors", "fix_data_and_rerun", "change_or_stop"]',
            "steps = []",
            "verdict (revisit_approach).steps:",
        ),
        ("gates", '"check_overlap"', '"chek_overlap"', "rules/steps.toml: step (check_overlap): nothing reads it."),
        (
            "steps",
            'id = "check_overlap"',
            'id = "price_hosting"',
            "rules/steps.toml: step (price_hosting): stands twice.",
        ),
        (
            "steps",
            '"eval_pairs_more"',
            '"eval_pairs_mroe"',
            "(keep_measuring).values: there is no 'eval_pairs_mroe'. Mend",
        ),
        ("checklist", 'id = "q9"', 'id = "q8"', "rules/checklist.toml: item (q8): stands twice."),
        (
            "checklist",
            '"label_budget"',
            '"labelbudget"',
            "rules/checklist.toml: (q6).reads: there is no 'labelbudget'.",
        ),
        ("pitfalls", 'id = "leak"', 'id = "one_labeler"', "rules/pitfalls.toml: pitfall (one_labeler): stands twice."),
        ("pitfalls", '"rag_tried"', '"rag"', "rules/pitfalls.toml: (skipping_rag).reads: there is no 'rag'."),
        (
            "operations",
            'id = "checkpoints"',
            'id = "no_overlap"',
            "rules/operations.toml: operation (no_overlap): stands twice.",
        ),
        ("approaches", 'id = "rag"', 'id = "dpo"', "rules/approaches.toml: approach (dpo): stands twice."),
        ("approaches", 'id = "domain_chat"', 'id = "other"', "rules/approaches.toml: goal (other): stands twice."),
        (
            "volumes",
            '["classification"]',
            '["company_voice"]',
            "rules/volumes.toml: volume.goals (company_voice): stands twice.",
        ),
        ("questions", "brand voice, ", "voice, ", "question (goal).options: 'voice' stands for two of them."),
        ("departures", 'id = "D2"', 'id = "D1"', "rules/departures.toml: departure (D1): stands twice."),
    ],
)
def test_files_that_disagree_are_told(folder: Path, file: str, old: str, new: str, told: str) -> None:
    assert told in fault(folder, file, old, new)


def test_every_fault_of_a_file_is_told_at_once(folder: Path) -> None:
    told = fault(folder, "roi", "usd_low = 1 ", 'usd_least = "1" ')
    assert len(told.splitlines()) == 2


# ---- the shipped rules


def test_only_running_a_trial_and_scaling_up_are_no_hold(rules: Rules) -> None:
    assert {row.kind for row in rules.verdicts if not row.hold} == {"run_poc", "scale_up"}


@pytest.mark.parametrize("written", ["{poc.point}", "{trial.points}", "{poc.points:roman}", "{poc.cite}", "{poc}"])
def test_a_sentence_shows_only_figures_that_there_are(folder: Path, written: str) -> None:
    told = fault(folder, "questions", "{poc.points}", written)
    assert told == f"rules/questions.toml: {written}: no rule has that figure. Mend its spelling."


def test_a_sentence_shows_a_figure_as_people_write_it() -> None:
    rows = {
        "poc": load_rules().poc.model_copy(update={"points": Decimal("2.50"), "lora_rank": 13, "examples_max": 1500})
    }
    assert filled("{poc.points}, {poc.points:usd}, {poc.points:words}", rows) == "2.5, $2.50, 2.5"
    assert filled("{poc.lora_rank:Words}, {poc.examples_max}, {poc.examples_max:short}", rows) == "13, 1,500, 1.5k"


def test_a_raised_threshold_moves_the_gate(folder: Path) -> None:
    """The figures are data: a rule file of one's own is followed."""
    path = folder / "gates.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(f"threshold = {PAIRS}", f"threshold = {2 * PAIRS}"), encoding="utf-8"
    )
    gate = decide(Answers(eval_pairs=2 * PAIRS - 1, eval_overlaps_training=False), load_rules(folder)).gates[1]
    assert (gate.reason, gate.threshold) == ("too_few_pairs", 2 * PAIRS)


def test_policy_has_a_row_of_the_volume_table(rules: Rules) -> None:
    assert [row.task for row in rules.volumes.volume if "refusal_policy" in row.goals] == ["dpo"]
    assert all(row.minimum < row.recommended < row.good for row in rules.volumes.volume)


def test_every_departure_is_there(rules: Rules) -> None:
    assert [row.id for row in rules.departures] == [f"D{number}" for number in range(1, 21)]


def test_every_figure_a_step_could_name_is_named_by_one(rules: Rules) -> None:
    named = {name for row in rules.steps for name in row.values}
    assert set(get_args(Figure)) <= named
    assert named <= {*FIELDS, *get_args(Figure)}


def test_the_reason_final_is_for_where_tuning_is_not_the_answer(rules: Rules) -> None:
    final = {row.code for gate in rules.gates for row in gate.reason if row.final}
    assert final == {"live_facts", "target_met", "small_model_suffices"}

"""A record says no more than its owner allows, whatever was answered; and what is exported comes back the same."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from advisor import decide, load_rules
from advisor.model import FIELDS, UNKNOWN, Answers
from bot.decision import document, record
from bot.decision.document import NotADecision
from bot.decision.record import Decision
from bot.render import blockkit
from bot.render.changes import MONEY_FIELDS
from bot.render.texts import SECTION
from bot.render.view import Facts, Folded, Header, Part, Small, Text, View, escape
from bot.render.wording import Wording
from tests.advisor.cases import CASES, answers_of
from tests.advisor.strategies import PAIRS

RULES = load_rules()
WORDING = Wording(RULES)
GOOD: dict[str, Any] = {
    "goal": "company_voice", "prompt_tried": True, "rag_tried": "yes", "failure_cause": "tone", "eval_pairs": PAIRS,
    "measured_pass_rate": Decimal("0.82"), "target_pass_rate": Decimal("0.9"), "large_model_meets_target": True,
    "eval_overlaps_training": False, "calls_per_year": 7_654_321, "usd_per_call_now": Decimal("0.03"),
    "usd_per_call_after": Decimal("0.001"), "pass_rate_without_tuning": Decimal("0.85"), "training_pairs": 5000,
    "labeled_pairs": 0, "usd_per_label": Decimal(1),
    "training_usd": Decimal(500), "upkeep_usd_per_month": Decimal(200), "hosting_usd_per_month": Decimal(0),
    "retrain_pipeline": True, "retrain_budget": True, "retrain_owner": "R. Okafor",
}  # fmt: skip
COSTS = re.compile(r"\$|\d(?:\.\d+)?x\b|7,654,321|7654321|\d calls|\d more than now")
EXACT = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

_money = st.one_of(
    st.sampled_from(["0", "0.0005", "0.03", "1", "1.25", "30", "1758.33"]).map(Decimal),
    st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False, allow_infinity=False),
)
_KINDS: dict[str, st.SearchStrategy[Any]] = {
    "yes_no": st.booleans(),
    "count": st.one_of(st.sampled_from([1, 99, 380, 1000, 5000]), st.integers(1, 10**12)),
    "rate": st.decimals(min_value=0, max_value=1, places=4, allow_nan=False, allow_infinity=False),
    "money": _money,
    "name": st.text(max_size=60).filter(str.strip),
}


def value(field: str) -> st.SearchStrategy[Any]:
    kind = FIELDS[field]
    known = st.sampled_from(kind.options) if kind.kind == "choice" else _KINDS[kind.kind]
    known = st.integers(0, kind.most) if kind.of else known
    return known if kind.kind == "name" else st.one_of(known, known, known, st.just(UNKNOWN), st.none())


@st.composite
def answered(draw: st.DrawFn) -> Answers:
    """Answers of a good project with a few changed, or any mixture."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=7))
    start: dict[str, Any] = draw(st.sampled_from([GOOD, GOOD, {}]))
    return Answers(**start | {name: draw(value(name)) for name in (names if start else sorted(FIELDS))})


def decision(answers: Answers, **parts: Any) -> Decision:
    given_parts = {"title": "Our support tone", "description": "Our support tone"} | parts
    return Decision(
        id="1" * 32, number=2, owner="U0ADA", owner_name="ada", report=decide(answers, RULES),
        decided_at="2026-11-23T10:00:00Z", version=7, **given_parts,
    )  # fmt: skip


def words(view: View) -> Iterator[str]:
    yield view.summary
    yield from _words(view.parts)


def _words(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Header | Text | Small):
            yield part.text
        elif isinstance(part, Facts):
            yield from (text for row in part.rows for text in row)
        elif isinstance(part, Folded):
            yield part.title
            yield from _words(part.parts)


@EXACT
@given(answered(), answered())
@example(Answers(**GOOD | {"calls_per_year": 100}), Answers())  # its next step is about money
def test_without_its_cost_flag_no_view_of_a_decision_has_money_volume_or_ratio(now: Answers, then: Answers) -> None:
    quiet = {"retrain_owner": "R. Okafor"}  # what a person types themselves is theirs
    now, then = (Answers(**given_answers.model_dump() | quiet) for given_answers in (now, then))
    shown = decision(now)
    views = [record.record(shown, WORDING, before=decide(then, RULES)), record.how(shown, WORDING)]
    said = [text for view in views for text in words(view)]
    said += [document.markdown(shown, WORDING), document.as_json(shown), document.beside_json(shown, WORDING)]
    for text in said:
        assert not COSTS.search(text), text


JARGON = re.compile(rf"rules \\d|=\"|notify|can be shown|{'|'.join(field for field in FIELDS if '_' in field)}")


def test_in_every_case_a_record_is_plain_to_who_was_not_there() -> None:
    for case in CASES:
        report = decide(answers_of(case), RULES)
        for costs in (False, True):
            shown = decision(report.answers, costs=costs)._replace(number=1)
            view = record.record(shown, WORDING)
            said = "\n".join(words(view))
            assert not JARGON.search(said), (case["title"], said)
            assert "version 1" not in said, "there is no other"
            steps = re.findall(r"^\d\. (.+?) _\(", said, re.MULTILINE)
            assert len(set(steps)) == len(steps), (case["title"], steps)
            secret = [gate.number for gate in report.gates if gate.values and not set(gate.values) - set(MONEY_FIELDS)]
            kept = [int(number) for number in re.findall(r"Gate (\d) looked at cost figures, which ada keeps", said)]
            assert kept == ([] if costs else secret), (case["title"], said)


def test_each_step_with_figures_can_be_said_without_them() -> None:
    secret = [row.id for row in RULES.steps if any("usd" in name or "calls" in name for name in row.values)]
    assert secret
    for step in secret:
        assert not COSTS.search(str(WORDING.say("record", f"quiet_{step}", {})))


def test_a_gate_told_nothing_but_costs_says_that_its_owner_keeps_them() -> None:
    told = decision(Answers(usd_per_call_now=Decimal("0.03")))
    assert "Gate 3 looked at cost figures, which ada keeps." in "\n".join(words(record.record(told, WORDING)))
    nothing = "\n".join(words(record.record(decision(Answers(eval_pairs=UNKNOWN)), WORDING)))
    assert "looked at cost" not in nothing


def test_a_note_stands_below_the_verdict_and_says_when_it_was_written_for_an_earlier_one() -> None:
    """It may have agreed with what was decided then."""
    once = decision(Answers(), note="Agreed with the leads.")
    told = list(words(record.record(once, WORDING)))
    assert told.index(str(WORDING.headline(once.report))) < told.index("&gt; Agreed with the leads.")
    revised = list(
        words(record.record(decision(Answers(), note="Agreed.", revised_at="2026-11-20T09:00:00Z"), WORDING))
    )
    assert "_Noted when it was first posted:_\n&gt; Agreed." in revised


def test_gates_nobody_was_asked_about_stand_in_one_line() -> None:
    said = "\n".join(words(record.record(decision(Answers(goal="live_facts")), WORDING)))
    assert "⬜ Open · gates 2, 3 and 4: not asked, since the verdict does not need them." in said


@EXACT
@given(answered(), st.text(max_size=60), st.text(max_size=1000))
def test_what_is_exported_comes_back_as_the_same_answers(answers: Answers, title: str, description: str) -> None:
    text = document.as_json(decision(answers, title=title, description=description, costs=True))
    assert document.answers_of(text)[1] == answers


@EXACT
@given(answered(), st.text(max_size=60))
def test_what_is_copied_from_the_message_comes_back_as_the_same_answers(answers: Answers, title: str) -> None:
    text = document.as_json(decision(answers, title=title, costs=True))
    pieces = blockkit.fenced(escape(text))
    assert all(len(piece) <= SECTION for piece in pieces)
    copied = "\n".join(unescape(piece.removeprefix("```").removesuffix("```")) for piece in pieces)
    kept = document.answers_of(copied)[1]
    assert replace_name(kept) == replace_name(answers)


def replace_name(answers: Answers) -> Answers:
    """What is not seen in a name does not survive being shown."""
    return answers.model_copy(update={"retrain_owner": None})


def test_an_export_of_all_answers_fits_the_field_it_is_pasted_into() -> None:
    longest: dict[str, Any] = {
        name: Decimal("1234567.123456") if FIELDS[name].kind == "money" else None for name in FIELDS
    }
    longest |= {name: min(123_456_789, FIELDS[name].most) for name in FIELDS if FIELDS[name].kind == "count"}
    longest |= {name: Decimal("0.123456") for name in FIELDS if FIELDS[name].kind == "rate"}
    longest |= {name: False for name in FIELDS if FIELDS[name].kind == "yes_no"}
    longest |= {name: max(FIELDS[name].options, key=len) for name in FIELDS if FIELDS[name].kind == "choice"}
    answers = Answers(**longest | {"retrain_owner": "A. Very-Longname of the Platform Team"})
    text = document.as_json(decision(answers, title="t" * 60, description="d" * 1000, costs=True))
    assert len(text) <= blockkit.INPUT


@EXACT
@given(answered(), st.text(max_size=60), st.booleans())
def test_the_front_matter_is_yaml_that_says_what_was_decided(answers: Answers, title: str, costs: bool) -> None:
    text = document.markdown(decision(answers, title=title, costs=costs), WORDING)
    _, matter, body = text.split("---\n", 2)
    front = yaml.safe_load(matter)
    report = decide(answers, RULES)
    assert front["status"] == ("on hold" if report.verdict.hold else "accepted")
    assert str(front["date"]) == "2026-11-23"
    assert (front["owner"], front["verdict"]) == ("ada", report.verdict.kind)
    assert front["gates"] == {gate.id: gate.status for gate in report.gates}
    assert front["rules_version"] == report.rules_version
    assert all("Chapter 32" in source for source in front["sources"])
    assert ("calls a year" in (front["figures"] or {})) == (costs and answers.calls_per_year is not None)
    for section in ("## Context", "## Decision", "## Gates", "## Figures", "## Next steps", "## Sources"):
        assert section in body


@given(st.text(max_size=200))
def test_whatever_is_typed_a_record_pings_nobody(typed: str) -> None:
    pings = f"<!channel> <@U0LIN> {typed}"
    shown = decision(Answers(**GOOD | {"retrain_owner": pings[:200]}), title=pings, note=pings)
    shown = shown._replace(owner_name=pings, costs=True)
    for view in (record.record(shown, WORDING, before=decide(Answers(), RULES)), record.how(shown, WORDING)):
        assert not re.search(r"<[@!]", json.dumps(blockkit.message(view), ensure_ascii=False))


@pytest.mark.parametrize(
    "text",
    ["", "{", "nothing", "[]", "null", "1", '"x"', "{}", '{"format": "finetune-advisor/decision"}', "[" * 100_000,
     '{"format": "finetune-advisor/decision", "answers": []}', '{"format": "other", "answers": {}}',
     '{"format": "finetune-advisor/decision", "answers": {"eval_pairs": 1' + "0" * 5000 + "}}"],
)  # fmt: skip
def test_what_is_no_export_is_told_so(text: str) -> None:
    with pytest.raises(NotADecision, match=r"not_json|not_ours"):
        document.answers_of(text)


def test_a_wrong_answer_is_named() -> None:
    body = {"format": document.FORMAT, "answers": {"eval_pairs": -1, "usd_per_label": "NaN", "colour": 1, "goal": "x"}}
    with pytest.raises(NotADecision, match="colour, eval_pairs, goal, usd_per_label"):
        document.answers_of(json.dumps(body))


HTML = "<img src=http://x.example/a.png onerror=go()> ![a](http://x.example/b.png) <script>go()</script>"


@pytest.mark.parametrize("where", ["title", "description", "owner"])
def test_an_exported_document_has_no_html_and_no_picture_of_a_person_s(where: str) -> None:
    """Whoever renders the file loads nothing from elsewhere."""
    typed = f"{HTML}\n# Decision: yes"
    answers = GOOD | ({"retrain_owner": HTML} if where == "owner" else {})
    made = decision(Answers(**answers), **({} if where == "owner" else {where: typed}))
    body = document.markdown(made, WORDING).split("\n---\n", 1)[1]
    assert "&lt;img" in body
    assert "<" not in body
    assert "![" not in body
    assert "\n# Decision: yes" not in body

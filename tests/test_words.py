"""Every code has its words, and the words are fit to be read: whole, plain, kind, with units, and escaped.

The snapshots in ``__snapshots__/test_words.ambr`` are the main cards as text, for a person to read.
Accept a change of wording with ``pytest tests/test_words.py --snapshot-update``.
"""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from syrupy.assertion import SnapshotAssertion

from advisor import Answers, Session, decide, load_rules, step
from advisor.asking import FIGURES
from advisor.asking import lines_of as lines_of_page
from advisor.conversation import (
    COMMANDS,
    Attached,
    Clicked,
    Edited,
    Event,
    Face,
    NoteCode,
    Reply,
    Typed,
    current,
    opening,
)
from advisor.model import FIELDS, UNKNOWN, Problem
from advisor.reading.line import Piece, quick
from advisor.report import Caution, PocCaution, Reason, Report, VerdictKind, Warning_
from advisor.session import stored
from bot import calculator as quick_card
from bot.check.card import Cards
from bot.check.comparison import comparison
from bot.check.form import Page, dialog
from bot.render.blockkit import plain
from bot.render.pictures import in_words, picture
from bot.render.view import (
    Actions,
    Alert,
    Button,
    Chart,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Link,
    Menu,
    Modal,
    Part,
    PickInput,
    Pie,
    Radio,
    Select,
    Small,
    Table,
    Text,
    TextInput,
    TickList,
    View,
    clean,
)
from bot.render.wording import Wording, joined, usd_at_most
from tests.advisor.cases import CASES, answers_of
from tests.advisor.strategies import PAIRS
from tests.prices import PRICES

ROOT = Path(__file__).resolve().parent.parent
SAY = ROOT / "prompts" / "say"
RULES = load_rules()
WORDING = Wording(RULES)
CARDS = Cards(WORDING)


# ---- every code has its words, and nothing else has


@cache
def macros(family: str) -> frozenset[str]:
    tree = Environment(autoescape=True).parse(joined((SAY / f"{family}.j2").read_text(encoding="utf-8")))
    return frozenset(macro.name for macro in tree.find_all(nodes.Macro))


def _headlines() -> set[str]:
    """A hold at a gate is told by the reason that blocked it; the other verdicts by their own name."""
    at_a_gate = {"stay_with_prompt_rag", "build_eval_first", "remodel_the_math", "use_api_and_prompt"}
    blocking = {row.code for gate in RULES.gates for row in gate.reason if row.status == "blocked"}
    return (set(get_args(VerdictKind)) - at_a_gate) | blocking | {"lead"}


FAMILIES = {
    "verdicts": _headlines(),
    "reasons": set(get_args(Reason)),
    "cautions": {*get_args(Caution), *get_args(PocCaution), *get_args(Warning_)},
    "pitfalls": {row.id for row in RULES.pitfalls.pitfall},
    "operations": {row.id for row in RULES.operations},
    "checklist": {row.id for row in RULES.checklist.item},
    "steps": {row.id for row in RULES.steps},
    "problems": set(get_args(Problem)),
    "notes": set(get_args(NoteCode)),
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_code_has_its_words(family: str) -> None:
    """A code without a macro would be an error in somebody's face."""
    missing = FAMILIES[family] - macros(family)
    assert not missing, f"say these in prompts/say/{family}.j2: {', '.join(sorted(missing))}"


QUICK_PROBLEMS = {code for code in get_args(Piece.model_fields["problem"].annotation) if code}


def test_every_problem_of_the_quick_calculation_has_its_words() -> None:
    """What a piece of the line can be wrong about."""
    assert macros("quick") >= QUICK_PROBLEMS


def _strings(path: Path) -> Iterator[str]:
    """The string constants of a module; an f-string as a pattern, its holes as ``*``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in node.values)


def called(family: str) -> set[str]:
    """The macros a template calls itself."""
    tree = Environment(autoescape=True).parse(joined((SAY / f"{family}.j2").read_text(encoding="utf-8")))
    return {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}


@cache
def _named() -> list[re.Pattern[str]]:
    """What the bot's code names, as patterns; one that is all hole would match everything."""
    holes = re.compile(r"(\\w\+)+")
    texts = {text for path in (ROOT / "bot").rglob("*.py") for text in _strings(path) if not holes.fullmatch(text)}
    return [re.compile(text) for text in texts]


def unused(family: str) -> set[str]:
    """Macros that nothing refers to: no code of the core, and no name where cards are laid out."""
    codes = FAMILIES | {"quick": QUICK_PROBLEMS}
    idle = macros(family) - called(family) - codes.get(family, set())
    return {macro for macro in idle if family in FAMILIES or not any(name.fullmatch(macro) for name in _named())}


@pytest.mark.parametrize("family", sorted(path.stem for path in SAY.glob("*.j2")))
def test_no_words_without_a_code(family: str) -> None:
    """A macro nobody can reach is a sentence nobody reviews."""
    idle = unused(family)
    assert not idle, f"unused: nothing refers to {', '.join(sorted(idle))} in prompts/say/{family}.j2"


@pytest.mark.parametrize("face", sorted(set(get_args(Face)) - {"question", "report"}))
def test_every_face_has_its_summary(face: str) -> None:
    """A screen reader says the summary instead of the card."""
    assert f"{face}_summary" in macros("cards")


# ---- the sentences of a few hundred reports

# Passes all four gates; the reports below change a few of its answers at a time, so that no gate hides the others.
GOOD: dict[str, Any] = {
    "goal": "company_voice", "prompt_tried": True, "rag_tried": "yes", "failure_cause": "tone",
    "eval_pairs": PAIRS + 200, "measured_pass_rate": Decimal("0.82"), "target_pass_rate": Decimal("0.9"),
    "large_model_meets_target": True, "eval_overlaps_training": False, "calls_per_year": 1_000_000,
    "usd_per_call_now": Decimal("0.03"),
    "usd_per_call_after": Decimal("0.001"), "pass_rate_without_tuning": Decimal("0.85"), "training_pairs": 5000,
    "labeled_pairs": 0, "usd_per_label": Decimal(1),
    "training_usd": Decimal(500), "upkeep_usd_per_month": Decimal(200), "hosting_usd_per_month": Decimal(0),
    "retrain_pipeline": True, "retrain_budget": True, "retrain_owner": "R. Okafor",
}  # fmt: skip
TRIAL: dict[str, Any] = {
    "poc_run": True, "poc_training_examples": 200, "poc_baseline_pass_rate": Decimal("0.82"),
    "poc_tuned_pass_rate": Decimal("0.88"), "poc_eval_items": 1200, "poc_gained": 100, "poc_lost": 28,
    "quality_parity": True,
}  # fmt: skip

_COUNTS = st.sampled_from([0, 1, 2, 99, 100, 380, 620, 999, 1000, 1200, 5000, 272_413, 1_000_000, 10**12])
_RATES = st.sampled_from(["0", "0.004", "0.05", "0.3", "0.6", "0.82", "0.825", "0.87", "0.9", "0.96", "1"]).map(Decimal)
_MONEY = st.sampled_from(["0", "0.0005", "0.001", "0.03", "0.5", "1", "1.25", "3", "200", "1758.33", "1e9"]).map(
    Decimal
)


def _values(name: str) -> st.SearchStrategy[Any]:
    kind = FIELDS[name]
    known: st.SearchStrategy[Any] = {
        "choice": st.sampled_from(kind.options or ("",)),
        "yes_no": st.booleans(),
        "count": st.integers(0, kind.most) if kind.of else _COUNTS.filter(lambda n: n > 0 or name != "training_pairs"),
        "rate": _RATES,
        "money": _MONEY,
        "name": st.sampled_from(["", "the team", "R. Okafor"]),
    }[kind.kind]
    return st.one_of(known, known, st.just(UNKNOWN), st.none())


@st.composite
def answered(draw: st.DrawFn) -> dict[str, Any]:
    """Answers of a project: a good one with a few answers changed, or any mixture at all."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, max_size=6))
    start: dict[str, Any] = draw(st.sampled_from([GOOD, GOOD | TRIAL, GOOD | TRIAL, {}]))
    return start | {name: draw(_values(name)) for name in (names if start else sorted(FIELDS))}


def check_of(answers: dict[str, Any], text: str = "Tune a small model for our support tone?") -> Session:
    session = opening(text)
    for name, value in answers.items():
        if value is not None:
            session = session.plus("answer", field=name, value=stored(value))
    return session


def report_of(answers: dict[str, Any], text: str = "Tune a small model for our support tone?") -> Reply:
    return current(check_of(answers, text).plus("report"), RULES)


def sentences(report: Report) -> Iterator[tuple[str, str, str]]:
    """(family, code, sentence) for everything a report says by code, whether or not its card shows it."""
    deciding = report.gates[report.verdict.blocked_at - 1].reason if report.verdict.blocked_at else report.verdict.kind
    yield "verdicts", deciding, WORDING.say("verdicts", deciding, report)
    yield "verdicts", "lead", WORDING.say("verdicts", "lead", report)
    for gate in report.gates:
        yield "reasons", gate.reason, WORDING.say("reasons", gate.reason, gate, gate.values, report)
        for code in gate.cautions:
            yield "cautions", code, WORDING.say("cautions", code, report)
    for beside in (*(report.poc.cautions if report.poc else ()), *report.checklist.warnings):
        yield "cautions", beside, WORDING.say("cautions", beside, report)
    for pitfall in report.pitfalls.triggered:
        yield "pitfalls", pitfall.id, WORDING.say("pitfalls", pitfall.id, report)
    for following in report.next_steps:
        yield "steps", following.id, WORDING.say("steps", following.id, following.values)


# A number stands with what it counts: a sign before it, or a thing, a unit or a "to" and its unit behind it.
_NUMBER = re.compile(r"(?<![\w.,§$])[+−]?(?:\d[\d,]*(?:\.\d+)?)(?![\w.,]*\d)")
_UNIT = re.compile(
    r"(?:x\b| %| (?:more )?(?:eval |training |labelled )?pairs?\b| points?\b| (?:working )?days?\b| months?\b"
    r"| (?:more )?calls?\b| (?:real )?examples\b| items\b| answers?\b| failing answers\b| of (?:the )?\d| of four\b"
    r"| (?:gained|lost)\b| (?:to|and|from|of) \S| more\b| a (?:call|month|year|label|day)\b| in all\b| or more\b)"
)
_UNIT_BEFORE = re.compile(
    r"(?:[Gg]ates? (?:\d and |\d, )*|Point |r = |rules |least of |to |of |or |than the |from |pairs to |run on )$"
)


def unlabelled(sentence: str) -> list[str]:
    """Numbers that stand alone."""
    text = sentence.replace("*", "").replace("_", "").replace("\N{NO-BREAK SPACE}", " ")
    return [
        m[0]
        for m in _NUMBER.finditer(text)
        if not _UNIT.match(text, m.end()) and not _UNIT_BEFORE.search(text[: m.start()])
    ]


_CODE = re.compile(r"[A-Za-z0-9]_[A-Za-z0-9]")
_LEAKS = re.compile(r"\b(?:None|unknown|True|False|Undefined|Fraction|Decimal|nan|inf)\b|\{\{|\}\}|\{%|&#|E\+")
_SLIPS = re.compile(
    r"  |\s[.,;:?!](?:\s|$)|\.\.(?!\.)|,\.|\(\s|\s\)|\ba (?:[aeio])"
    r"|(?:^|[^\d.,])1 (?:pairs|examples|months|points|days|checks)\b"
)
_SCOLDING = re.compile(
    r"\b(?:cannot|must not|must|forbidden|failed|fail|failure to|wrong decision|you should have|should have"
    r"|bad idea|mistake|rejected|denied|refused|not allowed|stupid|obviously|simply|just)\b",
    re.IGNORECASE,
)


def faults(family: str, sentence: str) -> list[str]:
    found = []
    if not sentence:
        found.append("is empty")
    if _CODE.search(sentence):
        found.append("shows a code")
    if leak := _LEAKS.search(sentence):
        found.append(f"leaks {leak[0]!r}")
    if slip := _SLIPS.search(sentence):
        found.append(f"has a slip at {slip[0]!r}")
    ends = sentence.rstrip("*_)").endswith((".", "?", "!"))
    if family == "verdicts headline" and ends:
        found.append("is a headline and ends like a sentence")
    if family != "verdicts headline" and not ends:
        found.append("does not end")
    if sentence and not re.match(r'["*$+−\d(A-Z]', sentence):
        found.append("does not begin with a capital")
    if alone := unlabelled(sentence):
        found.append(f"has numbers without a unit: {', '.join(alone)}")
    return found


def _check(report: Report) -> Iterator[str]:
    for family, code, sentence in sentences(report):
        kind = "verdicts headline" if family == "verdicts" and code != "lead" else family
        for fault in faults(kind, str(sentence)):
            yield f"{family}.{code} {fault}: {sentence}"
        kind_words = family in ("verdicts", "reasons", "steps") and report.verdict.hold
        if kind_words and (harsh := _SCOLDING.search(str(sentence))):
            yield f"{family}.{code} scolds with {harsh[0]!r}: {sentence}"


@settings(max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(answered())
def test_every_sentence_of_a_few_hundred_reports_is_fit_to_be_read(answers: dict[str, Any]) -> None:
    """Whole, plain, with units, without codes."""
    wrong = set(_check(report_of(answers).report))
    assert not wrong, "mend these in prompts/say:\n" + "\n".join(sorted(wrong))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_every_sentence_of_a_case_is_fit_to_be_read(case: dict[str, Any]) -> None:
    """The cases show every code, so every sentence for one is looked at here."""
    wrong = set(_check(decide(answers_of(case), RULES)))
    assert not wrong, "mend these in prompts/say:\n" + "\n".join(sorted(wrong))


def lines_of(view: View) -> Iterator[str]:
    """What a card says in mrkdwn, line by line."""
    yield view.summary
    for part in unfolded(view.parts):
        if isinstance(part, Text | Small | Alert):
            yield from part.text.split("\n")
        elif isinstance(part, Facts):
            yield from (text for row in part.rows for text in row)


def unfolded(parts: tuple[Part, ...]) -> Iterator[Part]:
    """The parts, those that are folded after what they are folded in."""
    for part in parts:
        yield part
        if isinstance(part, Folded):
            yield from unfolded(part.parts)


def plain_of(view: View) -> Iterator[str]:
    """What a card says in plain text: headings, pictures, and all that can be clicked."""
    for part in unfolded(view.parts):
        if isinstance(part, Header):
            yield part.text
        elif isinstance(part, Folded):
            yield from (text for text in (part.title, part.note) if text)
        elif isinstance(part, Chart | Pie):
            yield part.title
            if isinstance(part, Chart):
                yield from (*part.categories, *(series.name for series in part.series), *filter(None, (part.x, part.y)))
            else:
                yield from (label for label, _ in part.shares)
        elif isinstance(part, Table):
            yield from (cell for row in (part.head, *part.rows) for cell in row)
        elif isinstance(part, Feedback):
            yield from (text for option in (part.good, part.bad) for text in (option.text, option.description) if text)
        elif isinstance(part, Actions):
            for element in part.elements:
                if isinstance(element, Button | Link):
                    yield element.text
                else:
                    yield from (
                        text for option in element.options for text in (option.text, option.description) if text
                    )


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    answered(), st.sampled_from(["report", "checklist", "review", "change", "back", "rest", "plan", "poc", "cancel"])
)
def test_every_card_reads_well(answers: dict[str, Any], said: str) -> None:
    """Whatever was answered, no card shows a code, a Python value or two spaces, on any of its faces."""
    _, reply = step(check_of(answers), Typed(text=said), RULES)
    view = CARDS.view(reply)
    for line in (*lines_of(view), *plain_of(view)):
        assert line.strip(), f"an empty line on the {reply.face} card"
        assert not _CODE.search(line), line
        assert not _LEAKS.search(line), line
        assert not _SLIPS.search(line), line


def test_the_words_of_the_checklist_are_labels_and_those_of_operations_sentences() -> None:
    """Both stand behind a mark and a colon; what is to be in place is said whole."""
    for family, ends in (("checklist", False), ("operations", True)):
        for code in FAMILIES[family]:
            label = str(WORDING.say(family, code))
            assert label, code
            assert label.endswith(".") is ends, label
            assert not _SLIPS.search(label), label
            assert not unlabelled(label), label


def test_every_problem_says_what_would_work() -> None:
    """A reading that failed quotes the words and ends with an example, for each kind of question."""
    typed = {
        "not_a_number": ("eval_pairs", "many"), "two_numbers": ("eval_pairs", "5 and 7"),
        "range_given": ("eval_pairs", "500-700"), "bound_given": ("eval_pairs", "over 500"),
        "ambiguous": ("usd_per_label", "1.250"), "other_currency": ("usd_per_label", "2 euros"),
        "per_token": ("usd_per_call_now", "$3 per million tokens"), "unit_slip": ("usd_per_call_now", "$30"),
        "needs_period": ("calls_per_year", "3 per second"), "out_of_range": ("measured_pass_rate", "140%"),
        "not_a_name": ("retrain_owner", "the team"), "not_an_option": ("goal", "purple"),
        "which_model": ("usd_per_call_now", "haiku"), "unknown_model": ("usd_per_call_now", "gpt-7"),
        "needs_model": ("usd_per_call_now", "2k in, 300 out"), "needs_tokens": ("usd_per_call_now", "opus 5.5"),
        "more_cached": ("usd_per_call_now", "opus 5.5, 2k in, 300 out, 3k cached"),
        "no_cache_price": ("usd_per_call_now", "gpt-4, 2k in, 300 out, 1k cached"),
    }  # fmt: skip
    assert set(typed) == FAMILIES["problems"]
    wrong = []
    for problem, (field, text) in typed.items():
        session = check_of({field: None}).plus("ask", field=field)
        _, reply = step(session, Typed(text=text), RULES, PRICES)
        note = reply.notes[0]
        if note.reading is None or note.reading.problem != problem:
            wrong.append(f"{field} {text!r} is read as {note.reading}, not as {problem}")
            continue
        sentence = str(WORDING.say("notes", "misread", note, RULES.question(field), reply.report))
        if (
            "For example:" not in sentence
            or _LEAKS.search(sentence)
            or _CODE.search(sentence)
            or _SLIPS.search(sentence)
        ):
            wrong.append(f"{problem}: {sentence}")
        if problem != "per_token" and text not in sentence:
            wrong.append(f"{problem} does not quote what was typed: {sentence}")
    assert not wrong, "\n".join(wrong)


# ---- what a person typed stays theirs

HOSTILE = "<!channel> & <@U0LIN> <https://x.example|click> *b* {{ 7*7 }} {% raw %} \u202e&lt;&amp;\u200b <script>"


def _unescaped(text: str) -> str:
    """The first place where Slack would see markup of somebody else's making, or empty."""
    found = re.search(r"[<>]|&(?!(?:amp|lt|gt);)|[\u202e\u200b]", text)
    return text[max(0, found.start() - 20) : found.end() + 20] if found else ""


@pytest.mark.parametrize("said", [*sorted(set(COMMANDS.values())), "purple <!here>"])
@pytest.mark.parametrize(
    "answers", [{}, {"goal": "classification"}, GOOD, GOOD | {"eval_pairs": 10}], ids=["none", "one", "all", "held"]
)
def test_hostile_text_is_escaped_on_every_card(said: str, answers: dict[str, Any]) -> None:
    """Title, description and owner come from a person; nothing in them is a mention, a link or a template."""
    owner = {"retrain_owner": "<!channel> & <@U1> R. Okafor"} if "retrain_owner" in answers else {}
    session = check_of(answers | owner, HOSTILE).plus("title", text=HOSTILE)
    event = Clicked(verb=said) if said in set(COMMANDS.values()) else Typed(text=said)
    _, reply = step(session, event, RULES)
    view = CARDS.view(reply)
    for line in (*lines_of(view), CARDS.collapsed(reply)):
        assert not _unescaped(line), f"not escaped: {_unescaped(line)}"
        assert "49" not in line, f"a template ran what was typed: {line}"


@pytest.mark.parametrize(
    ("field", "text"), [("retrain_owner", "<!channel>"), ("eval_pairs", "<@U1> & co"), ("goal", "<http://x|y>")]
)
def test_hostile_answers_are_escaped_where_they_are_quoted(field: str, text: str) -> None:
    """What could not be read, what was changed and what came late is quoted back, escaped."""
    asked = check_of({}).plus("ask", field=field)
    _, misread = step(asked, Typed(text=text), RULES)
    _, late = step(asked, Typed(text=text, late=True), RULES)
    given_before = asked.plus("answer", field=field, value=UNKNOWN, ts="7")
    _, edited = step(given_before, Edited(text=text, ts="7"), RULES)
    for reply in (misread, late, edited):
        for line in (*lines_of(CARDS.view(reply)), CARDS.collapsed(reply)):
            assert not _unescaped(line), f"not escaped: {_unescaped(line)}"


def test_what_is_said_around_a_check_is_escaped() -> None:
    """A slash command's word is quoted back to its author."""
    assert not _unescaped(str(WORDING.say("chrome", "command_unknown", HOSTILE)))


# ---- the main cards, to be read


def card(view: View) -> str:
    """A card as text: one line a block, further lines of a block indented."""
    return "\n".join((f"says: {view.summary}", *_drawn(view.parts))).replace("\N{NO-BREAK SPACE}", " ")


def dialog_card(modal: Modal) -> str:
    """A dialog likewise: an input with its hint, and what stands in it."""
    return "\n".join((f"# {modal.title}", *_drawn(modal.parts), f"[{modal.submit}]")).replace("\N{NO-BREAK SPACE}", " ")


def _drawn(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        match part:
            case Header():
                yield f"# {part.text}"
            case Text():
                yield clean(part.text).replace("\n", "\n    ")
            case Small():
                yield f"({part.text})"
            case Divider():
                yield "----"
            case Facts():
                yield from (f"{label} | {value}".replace("\n", " / ") for label, value in part.rows)
            case PickInput():
                picked = next((option.text for option in part.options if option.value == part.chosen), "")
                yield f"{part.label} ({' · '.join(option.text for option in part.options)})\n    [{picked}]"
            case TextInput():
                yield f"{part.label} ({part.hint})\n    [{part.value}]"
            case Alert():
                yield f"! {part.text}"
            case Folded():
                yield f"> {part.title} ({part.note})" if part.note else f"> {part.title}"
                yield from ("    " + line.replace("\n", "\n    ") for line in _drawn(part.parts))
            case Chart() | Pie() | Table():
                yield plain(in_words(picture(part))).replace("\n", "\n    ")
            case Feedback():
                yield f"[{part.good.text}] [{part.bad.text}]"
            case Actions():
                yield " ".join(_control(element) for element in part.elements)


def _control(element: Button | Link | Radio | Select | TickList | Menu) -> str:
    match element:
        case TickList():
            ticked = (("x" if option.value in element.chosen else " ", option) for option in element.options)
            return "\n".join(f"[{mark}] {option.text} ({option.description})" for mark, option in ticked)
        case Button() | Link():
            return f"[{element.text}]"
        case Menu():
            return "\n    ".join(["[...]", *(option.text for option in element.options)])
        case Radio():
            return "\n    ".join(
                ["choose:", *(f"( ) {o.text}{f': {o.description}' if o.description else ''}" for o in element.options)]
            )
        case Select():
            return "\n    ".join(
                [
                    f"[{element.placeholder} v]",
                    *(f"{o.text}{f' ({o.description})' if o.description else ''}" for o in element.options),
                ]
            )


def asked_about(field: str, answers: dict[str, Any] | None = None) -> Session:
    return check_of(answers or {"goal": "company_voice"}).plus("ask", field=field)


def after(session: Session, text: str) -> str:
    return card(CARDS.view(step(session, Typed(text=text), RULES)[1]))


QUESTIONS = {
    "choice of nine": "goal", "choice of three": "rag_tried", "yes or no": "prompt_tried", "count": "eval_pairs",
    "rate": "measured_pass_rate", "money": "usd_per_call_now", "name": "retrain_owner",
    "of the trial": "poc_tuned_pass_rate",
    "of the plan": "labelers",
}  # fmt: skip


def test_card_first_question(snapshot: SnapshotAssertion) -> None:
    """The first card: a question at once, no "begin"."""
    assert card(CARDS.view(current(opening("Should we fine-tune for our support tone?"), RULES))) == snapshot


@pytest.mark.parametrize("name", QUESTIONS)
def test_card_question(name: str, snapshot: SnapshotAssertion) -> None:
    """One card for each kind of question."""
    assert card(CARDS.view(current(asked_about(QUESTIONS[name]), RULES))) == snapshot


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("eval_pairs", "500-700"),
        ("usd_per_call_now", "$30"),
        ("retrain_owner", "the platform team"),
        ("goal", "make it nicer"),
    ],
    ids=["a range", "a unit slip", "a group", "no option"],
)
def test_card_misread(field: str, text: str, snapshot: SnapshotAssertion) -> None:
    """What could not be read is asked again, with what was understood and an example."""
    assert after(asked_about(field), text) == snapshot


def test_card_after(snapshot: SnapshotAssertion) -> None:
    """An answer, not knowing, and the two words that ask back."""
    for text in ("1.2k", "I don't know", "why", "help"):
        asked = asked_about("eval_pairs", {"goal": "company_voice", "prompt_tried": True})
        assert after(asked, text) == snapshot(name=text)


def test_card_blocked_ahead(snapshot: SnapshotAssertion) -> None:
    """A gate further on is blocked already: the report can be had early."""
    answers = {name: GOOD[name] for name in ("goal", "prompt_tried", "rag_tried", "failure_cause")} | {
        "eval_pairs": 620
    }
    assert card(CARDS.view(current(check_of(answers), RULES))) == snapshot


VERDICTS: dict[VerdictKind, dict[str, Any]] = {
    "stay_with_prompt_rag": {
        "goal": "internal_knowledge", "prompt_tried": True, "rag_tried": "no", "failure_cause": "facts",
    },
    "build_eval_first": {
        **{n: GOOD[n] for n in ("goal", "prompt_tried", "rag_tried", "failure_cause", "measured_pass_rate")},
        "target_pass_rate": GOOD["target_pass_rate"],
        "eval_pairs": 620, "large_model_meets_target": UNKNOWN,
    },
    "remodel_the_math": GOOD | {"calls_per_year": 100_000, "pass_rate_without_tuning": Decimal("0.9")},
    "use_api_and_prompt": GOOD | {"retrain_pipeline": False, "retrain_owner": ""},
    "not_decided": GOOD | {"measured_pass_rate": UNKNOWN, "upkeep_usd_per_month": UNKNOWN, "target_pass_rate": None},
    "run_poc": GOOD,
    "scale_up": GOOD | TRIAL | {"hosting_usd_per_month": None},
    "revisit_approach": GOOD | TRIAL | {"poc_tuned_pass_rate": Decimal("0.83"), "poc_gained": 30, "poc_lost": 18},
}  # fmt: skip


def test_there_is_a_report_to_read_for_every_verdict() -> None:
    """The snapshots below show all of them."""
    assert set(VERDICTS) == set(get_args(VerdictKind))


def test_card_report(snapshot: SnapshotAssertion) -> None:
    """One whole report for each verdict."""
    for kind, answers in VERDICTS.items():
        reply = report_of(answers)
        assert reply.report.verdict.kind == kind
        assert card(CARDS.view(reply)) == snapshot(name=kind)


def test_card_report_with_plan_and_checklist(snapshot: SnapshotAssertion) -> None:
    """The longest report: plan, operations and the checklist unfolded."""
    plan = {"labelers": 1, "label_guidelines": True, "label_noise": Decimal("0.06"), "base_kind": "instruct"}
    reply = step(check_of(GOOD | plan), Typed(text="checklist"), RULES)[1]
    assert card(CARDS.view(reply)) == snapshot


@pytest.mark.parametrize("text", ["review", "change", "cancel", "start over", "rename"])
def test_card_of_the_check_itself(text: str, snapshot: SnapshotAssertion) -> None:
    """Review, change, ended, started over, renaming."""
    answers = {name: GOOD[name] for name in ("goal", "prompt_tried", "usd_per_call_now", "retrain_owner")}
    answers["eval_pairs"] = 1200
    assert after(check_of(answers), text) == snapshot


@pytest.mark.parametrize(
    "line",
    [
        "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo",
        "1M calls/yr, $0.03 -> $0.001",
        "blue, 5-7k labels",
        "",
    ],
    ids=["all of it", "half of it", "not readable", "nothing"],
)
def test_card_quick(line: str, snapshot: SnapshotAssertion) -> None:
    """The quick calculation: worked out, with figures missing, with pieces that could not be read, empty."""
    assert card(quick_card.card(quick(line, RULES), line, WORDING)) == snapshot


@pytest.mark.parametrize("page", ["1", "3", "poc", FIGURES])
def test_card_form(page: str, snapshot: SnapshotAssertion) -> None:
    """A gate's questions in a dialog, some of them answered; the trial's; the numbers to try others."""
    told = GOOD if page in (FIGURES, "poc") else {name: GOOD[name] for name in ("goal", "eval_pairs", "calls_per_year")}
    report = decide(Answers.model_validate(told), RULES)
    assert dialog_card(dialog(Page("c", 3, page), lines_of_page(page, report, RULES), WORDING)) == snapshot


@pytest.mark.parametrize("calls", ["2M", "10k"])
def test_card_comparison(calls: str, snapshot: SnapshotAssertion) -> None:
    """Two verdicts side by side, with what reads differently and what is still to be asked."""
    number = {"2M": 2_000_000, "10k": 10_000}[calls]
    before, then = (Answers.model_validate(GOOD | more) for more in ({}, {"calls_per_year": number}))
    assert card(comparison(before, then, {"calls_per_year": calls}, WORDING)) == snapshot


def test_card_late_edited_and_attached(snapshot: SnapshotAssertion) -> None:
    """Three things that happen in a thread without being an answer."""
    session = asked_about("eval_pairs", {"goal": "company_voice"}).plus("answer", field="eval_pairs", value=620, ts="7")
    events: list[Event] = [Typed(text="1,200", late=True), Edited(text="900", ts="7"), Attached()]
    assert "\n\n".join(card(CARDS.view(step(session, event, RULES)[1])) for event in events) == snapshot


def test_a_limit_is_rounded_down_so_that_it_holds_as_it_is_written() -> None:
    assert [usd_at_most(Decimal(text)) for text in ("2141.67", "99.999", "0.005", "100")] == [
        "$2,141", "$99.99", "$0", "$100",
    ]  # fmt: skip


@pytest.mark.parametrize(("savings", "closes"), [(2_899, False), (2_900, True), (7_000, True)])
def test_cheaper_labels_are_said_not_to_close_a_gap_where_free_ones_would_not(savings: int, closes: bool) -> None:
    values = {"cost_usd": Decimal(7_900), "labelling_usd": Decimal(5_000), "savings_usd": Decimal(savings)}
    said = str(WORDING.say("steps", "cut_the_cost", values))
    assert ("don't close that gap" in said) is not closes

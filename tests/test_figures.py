"""A number has one owner: a threshold stands in ``advisor/rules`` and in no sentence.

``make check`` runs what reads the templates and the rule files; the rest raises every figure of the rules and looks at
what is said then.
"""

import random
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jinja2 import Environment, nodes

from advisor import Report, Rules, decide, load_rules
from advisor.figures import in_words
from advisor.model import FIELDS, UNKNOWN
from advisor.reading.line import Piece, quick
from bot.answering.sentences import bank
from bot.render.wording import Wording, joined, times
from tests.advisor.strategies import PASSING, STARTS, TRIAL, boundary_values, changed

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "advisor" / "rules"
SAY = ROOT / "prompts" / "say"

ALLOWED: Mapping[str, str] = {
    r"§\d": "a section of the chapter",
    r"[Cc]hapter 32": "the chapter",
    r"[Gg]ates? \d(?:(?:, | and )\d)*": "a gate by its number",
    r"\bof 4\b": "there are four gates: the types of advisor/report.py say so",
    r"Point (?:3|10)\b": "a question of the checklist by its number",
    r"Question 5\b": "the same",
    r"\$0(?![.\d])": "nothing",
    r"\b1 (?:in dollars|= )": "one of a currency",
    r"\b0 when you pay\b": "the same",
    r"\b(?:by|of) twelve\b": "the months of a year",
    r"ratio of exactly 1\b": "what a year costs: advisor/gates.py compares savings with it, the loader keeps it",
    r"\b1x breaks even\b": "the same",
    r"\b(?:30 or )?90 days\b": "reminders that can be chosen: bot/decision/reminders.py",
    r"\bin 30 days\b": "the same",
    r'"1\.2k", "82 %", "\$0\.03"': "ways to type a figure",
    r"\b2M calls\b": "a question to type",
    r"\b50 cents\b": "the same",
    r"now 4,500 in 600 out at \$4/\$20 per M": "tokens and their prices, to type",
    r"\b1,000 calls\b": "what a price may be of",
    r"opus 5\.5 vs haiku 5\.5, 4,500 in 600 out, 1M calls/yr": "a comparison to type",
    r"\babout five (?:worked )?examples\b": "a habit of prompting; nothing is compared with it",
    r"\ba hundred times the data\b": "an order of magnitude; nothing is compared with it",
    r"\b(?:in a|of each) hundred\b": "a share in words",
    r"On 100 items": "a small set, for instance",
    r"\b3\.67x here is 267 % there": "the chapter's own sum: computed below",
    r"All eight are": "pitfalls of §6; with those of §5 the types of advisor/report.py list them",
    r"\b(?:0 months|1 months?)\b": "singular and plural",
}
"""What may stand as a number in a sentence -> why it is no figure of the rules."""

_WORDS = {in_words(number): Decimal(number) for number in range(5, 13)}
_NUMBER = re.compile(rf"\d[\d,]*(?:\.\d+)?|\b(?:{'|'.join(_WORDS)}|fifty|hundred|thousand)\b", re.IGNORECASE)
_ALLOWED = re.compile("|".join(ALLOWED))


def spelled(text: str) -> list[str]:
    """The numbers of a text, in digits and, from five on, in words, without the allowed ones."""
    return _NUMBER.findall(_ALLOWED.sub(" ", text.replace("\N{NO-BREAK SPACE}", " ")))


# ---- what stands in the files (`make check` runs these)


def _in_templates() -> Iterator[tuple[str, str]]:
    """(place, text) for all that the templates print of themselves: no comment, no figure put in."""
    for path in sorted(SAY.glob("*.j2")):
        for node in Environment(autoescape=True).parse(joined(path.read_text(encoding="utf-8"))).find_all(nodes.Node):
            if isinstance(node, nodes.TemplateData) or (isinstance(node, nodes.Const) and isinstance(node.value, str)):
                text = node.data if isinstance(node, nodes.TemplateData) else node.value
                if not text.endswith(".j2"):
                    yield f"prompts/say/{path.name}:{node.lineno}", text


_SENTENCES = ("ask", "why", "we_do")  # `says` tells what stands in the chapter, an example what a person types


def _in_rules() -> Iterator[tuple[str, str]]:
    """(place, text) for the sentences of the rule files, the figures of the rules taken out."""
    for name in ("questions", "departures"):
        for rows in tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")).values():
            for row in rows if isinstance(rows, list) else ():
                for key in _SENTENCES:
                    yield f"advisor/rules/{name}.toml ({row['id']}).{key}", re.sub(r"\{[^}]*\}", "", row.get(key, ""))


def test_no_sentence_holds_a_number_of_its_own() -> None:
    """It would stay when the rule moves."""
    found = [
        f"{place}: {', '.join(held)}" for place, text in (*_in_templates(), *_in_rules()) if (held := spelled(text))
    ]
    assert not found, "print these from the rules, or allow them with a reason in ALLOWED:\n" + "\n".join(found)


def test_no_template_compares_with_a_number_of_its_own() -> None:
    """Only with nothing at all."""
    found = list[str]()
    for path in sorted(SAY.glob("*.j2")):
        tree = Environment(autoescape=True).parse(joined(path.read_text(encoding="utf-8")))
        found += (
            f"prompts/say/{path.name}:{node.lineno}: {node.expr.value}"
            for node in tree.find_all(nodes.Operand)
            if node.op in ("gt", "gteq", "lt", "lteq") and isinstance(node.expr, nodes.Const) and node.expr.value
        )
    assert not found, "compare with the rules instead:\n" + "\n".join(found)


def test_each_allowed_number_stands_somewhere() -> None:
    texts = [text for _, text in (*_in_templates(), *_in_rules())]
    idle = [pattern for pattern in ALLOWED if not any(re.search(pattern, text) for text in texts)]
    assert not idle, f"nothing says these any more; take them out of ALLOWED: {idle}"


def test_what_a_departure_tells_of_the_example_is_its_sum() -> None:
    rules = load_rules()
    ratio = quick("", rules, example=True).roi.ratio  # type: ignore[union-attr]
    (why,) = (row.why for row in rules.departures if row.id == "D5")
    assert f"{times(ratio)} here is {100 * (ratio - 1):.0f} % there" in why  # type: ignore[arg-type,operator]


# ---- what is said when a rule moves


@dataclass(frozen=True)
class Figure:
    """A number of a rule file: where it stands, and what the chapter makes it."""

    file: str
    line: int
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.file}.toml:{self.line + 1} {self.key}"

    def moved(self, place: int, further: int = 0) -> str:
        """Another value, unmistakable by its ``place`` among the figures; a little ``further`` it decides the same."""
        value, more = Decimal(self.value), Decimal(_PRIMES[place] + further)
        if "." in self.value:
            return str(value + more.scaleb(-5))
        if value < 100:
            return str(value + more.scaleb(-2)) if self.quoted else str(value + 700 + more)
        return str(value + more)

    @property
    def quoted(self) -> bool:
        return '"' in _lines(self.file)[self.line].split("#")[0]


_ROW = re.compile(r'(?P<key>\w+) = "?(?P<value>\d+(?:\.\d+)?)"?\s*(?:#.*)?')
_NO_FIGURE = {"number", "gate", "version", "example"}
_KEPT = {("gates", "1"), ("gates", "3")}  # the loader refuses any other
_PRIMES = [n for n in range(13, 410) if all(n % d for d in range(2, 20) if d < n)]


@cache
def _lines(file: str) -> list[str]:
    return (FOLDER / f"{file}.toml").read_text(encoding="utf-8").splitlines()


FIGURES = [
    Figure(path.stem, number, row["key"], row["value"])
    for path in sorted(FOLDER.glob("*.toml"))
    for number, line in enumerate(_lines(path.stem))
    if (row := _ROW.fullmatch(line)) and row["key"] not in _NO_FIGURE and (path.stem, row["value"]) not in _KEPT
]


def rules_with(values: Mapping[Figure, str]) -> Rules:
    """The rules loaded from files in which these figures are others."""
    with TemporaryDirectory() as folder:
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        for file in {figure.file for figure in values}:
            lines = list(_lines(file))
            for figure, value in values.items():
                if figure.file == file:
                    lines[figure.line] = lines[figure.line].replace(figure.value, value, 1)
            (Path(folder) / f"{file}.toml").write_text("\n".join(lines), encoding="utf-8")
        return load_rules(Path(folder))


def shown(figure: Figure, value: str = "") -> Decimal:
    """A figure, or another value of it, as a sentence shows it: a share as percent."""
    number = Decimal(value or figure.value)
    return number if number >= 1 or "usd" in figure.key else 100 * number


@cache
def numbers(text: str) -> set[Decimal]:
    return {
        _WORDS.get(word.lower()) or Decimal(word.replace(",", ""))
        for word in spelled(text)
        if word[:1].isdigit() or word.lower() in _WORDS
    }


@dataclass
class World:
    """One edition of the rules and what is said by it."""

    rules: Rules

    def __post_init__(self) -> None:
        self.wording = Wording(self.rules)

    def reports(self) -> list[Report]:
        """300 of them, their answers the same for any rules."""
        return [decide(changed(*told), self.rules) for told in _told()]

    def about(self, report: Report) -> Iterator[tuple[str, str]]:
        """(what it is, the sentence) for all that is said of a report."""
        w, gates = self.wording, report.gates
        yield "headline", w.headline(report)
        yield "lead", w.lead(report)
        for gate in gates:
            yield f"reasons.{gate.reason}", w.say("reasons", gate.reason, gate, gate.values, report)
        cautions = [code for gate in gates for code in gate.cautions]
        for beside in (*cautions, *(report.poc.cautions if report.poc else ()), *report.checklist.warnings):
            yield f"cautions.{beside}", w.say("cautions", beside, report)
        for pitfall in report.pitfalls.triggered:
            yield f"pitfalls.{pitfall.id}", w.say("pitfalls", pitfall.id, report)
        for step in report.next_steps:
            yield f"steps.{step.id}", w.say("steps", step.id, step.values)
        if report.roi:
            yield from ((f"cards.money_{part}", line) for part, line in w.money(report).items())
            yield from ((f"quick.{part}", w.say("quick", part, report)) for part in ("ratio", "break_even"))
        if report.poc:
            yield "cards.poc", w.say("cards", "poc", report)
            yield "bank.poc", w.say("bank", "poc", report)
        if report.data_plan:
            yield "cards.plan", w.say("cards", "plan", report.data_plan)
            yield "bank.labelling", w.say("bank", "labelling", report.data_plan)
        for code in ("checklist_short", "checklist_head"):
            yield f"cards.{code}", w.say("cards", code, report)
        yield "bank.checklist", w.say("bank", "checklist", report)

    def always(self) -> Iterator[tuple[str, str]]:
        """What is said whatever was answered."""
        nothing = decide(changed({}), self.rules)
        for id, sentence in bank(nothing, self.wording).items():
            if id.startswith(("term_", "why_", "operation_", "poc_none", "labelling")):
                yield id, sentence.text
        for departure in self.rules.departures:
            yield departure.id, f"{departure.we_do} {departure.why}"
        for row in self.rules.questions:
            yield f"question {row.id}", row.ask
            if row.asked_for == "gates" and row.id in type(self.rules.example).model_fields:
                yield f"example of {row.id}", row.example.partition(", or ")[0]
        for item in self.rules.checklist.item:
            yield f"checklist.{item.id}", self.wording.say("checklist", item.id)
        yield "steps.to_find_out", " ".join(self.wording.say("steps", "to_find_out", field) for field in FIELDS)
        yield "chrome.command_help", self.wording.say("chrome", "command_help")
        yield "quick.how", self.wording.say("quick", "how")
        for problem in ("unknown_piece", "which_price", "too_long"):
            yield f"quick.{problem}", self.wording.say("quick", problem, Piece(text="blue", place=11), None)


@cache
def _told() -> list[tuple[Any, ...]]:
    """Starts and changes to them, the same every time; they pass or miss a gate by far, so that a moved figure leaves
    it as it was. Each field has a die of its own: one that is new changes nothing about the others."""
    rules = load_rules()
    pairs = rules.gate(2).threshold or 0
    starts = (
        *STARTS,
        {**PASSING, "goal": "classification"},
        {**PASSING, **TRIAL, "poc_baseline_pass_rate": "0.97"},
        {**PASSING, "poc_run": False, "labeled_pairs": 3 * rules.pitfalls.labels_before_poc},
    )
    told = []
    for place in range(300):
        start, dice = starts[place % len(starts)], random.Random(place)
        by_far = {
            "eval_pairs": dice.choice([3 * pairs, 3 * pairs, pairs // 3]),
            "poc_training_examples": dice.choice([3, 3, 1]) * rules.poc.examples_min,
            "poc_tuned_pass_rate": "0.87",
        }
        told.append((start, *((field, value) for field, value in by_far.items() if field in start), *_changes(place)))
    return told


def _changes(place: int) -> Iterator[tuple[str, Any]]:
    """To about four fields."""
    for field in FIELDS:
        dice = random.Random(f"{place} {field}")
        if dice.random() < 0.08:
            yield field, dice.choice([None, UNKNOWN, *boundary_values(field)])


@cache
def moved() -> World:
    """Every figure of the rules is another one than the chapter's, and no two are the same."""
    return World(rules_with({figure: figure.moved(place) for place, figure in enumerate(FIGURES)}))


@cache
def said() -> tuple[list[Report], list[dict[str, str]]]:
    """The reports of that world, and what is said of each; first what is said whatever was answered."""
    reports = moved().reports()
    return reports, [dict(moved().always()), *(dict(moved().about(report)) for report in reports)]


def held(part: Any) -> Iterator[Decimal]:
    """Every number of a report, shares as percent too."""
    if isinstance(part, Mapping):
        for inner in part.values():
            yield from held(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from held(inner)
    elif isinstance(part, int | Decimal):
        size = abs(Decimal(part))
        yield from (size, *(round(size, places) for places in range(3)))
        if size <= 1:
            yield 100 * size


def test_no_sentence_shows_a_figure_that_the_rules_have_left() -> None:
    """What it shows is the report's, or the rules' as they are now."""
    chapter = set(map(shown, FIGURES)) - {Decimal(1)}
    reports, texts = said()
    old: dict[str, str] = {}
    for report, told in zip((None, *reports), texts, strict=True):
        explained = set(held(report.model_dump())) if report else set()
        for code, text in told.items():
            for number in (numbers(text) & chapter) - explained:
                old[f"{code} {number}"] = str(text)
    assert not old, "still there:\n" + "\n".join(f"{code}: {text}" for code, text in old.items())


def test_every_sentence_that_shows_a_figure_is_looked_at() -> None:
    """The others below prove nothing about one that no report says."""
    known = {code for told in said()[1] for code in told}
    shows = re.compile(r"\brules\.|threshold|poc_points|poc_examples")
    for family in ("reasons", "cautions", "pitfalls", "steps"):
        text = joined((SAY / f"{family}.j2").read_text(encoding="utf-8"))
        macros = re.findall(r"{% macro (\w+)\((.*?){% endmacro", text, re.DOTALL)
        missed = [code for code, body in macros if shows.search(body) and f"{family}.{code}" not in known]
        assert not missed, f"no report says these of {family}.j2; change _told so that one does: {missed}"


COMPUTED: Mapping[str, frozenset[str]] = {
    "safe_from_ratio": frozenset({"steps.reach_the_volume"}),
    "usd_low": frozenset({"cards.plan", "bank.labelling", "pitfalls.underestimating_labels"}),
    "usd_high": frozenset({"cards.plan", "bank.labelling", "pitfalls.underestimating_labels"}),
    "pairs_per_labeler_day": frozenset({"cards.plan", "steps.label_the_rest"}),
}
"""Figure -> what is computed from it, and so moves with it without showing it."""

SILENT = frozenset({
    "baseline_differs_points", "counts_differ_points", "all_synthetic_from",
    "labels_before_poc", "long_labelling_days", "confidence", "power", "margin_points", "quote_days", "fact_days",
})  # fmt: skip
"""What decides and is never named; nor is the row of the volume table that no goal picks."""


def silent(figure: Figure) -> bool:
    return figure.key in SILENT or "goals = []" in _lines(figure.file)[figure.line - 3 : figure.line]


def turn(report: Report) -> tuple[Any, ...]:
    """What a report decides: two that agree in it differ in nothing but figures."""
    gates = [(gate.reason, gate.cautions, gate.missing) for gate in report.gates]
    trial = report.poc and (report.poc.decision, report.poc.cautions)
    plan = report.data_plan and report.data_plan.standing
    checklist = (report.checklist.items, report.checklist.warnings)
    steps = [step.id for step in report.next_steps]
    return gates, trial, plan, checklist, steps, report.pitfalls, report.roi and report.roi.band


@pytest.mark.parametrize("figure", FIGURES, ids=str)
def test_what_shows_a_figure_moves_with_it_and_nothing_else_does(figure: Figure) -> None:
    values = {one: one.moved(place, further=2 * (one is figure)) for place, one in enumerate(FIGURES)}
    was, now = shown(figure, figure.moved(FIGURES.index(figure))), shown(figure, values[figure])
    world, (before, texts) = World(rules_with(values)), said()
    reports = world.reports()
    agree = [place for place, report in enumerate(reports) if turn(report) == turn(before[place])]
    assert len(agree) > 250, "too few of them are decided as before"
    pairs = [(texts[0], dict(world.always()))]
    pairs += [(texts[place + 1], dict(world.about(reports[place]))) for place in agree]
    shows, wrong = False, {}
    for told, then in pairs:
        for code, text in told.items():
            if was in numbers(text):
                shows = True
                if now not in numbers(then[code]) or was in numbers(then[code]):
                    wrong[f"{code} stays"] = then[code]
            elif then[code] != text and code not in COMPUTED.get(figure.key, ()):
                wrong[f"{code} changes"] = f"{text} -> {then[code]}"
    assert not wrong, "\n".join(f"{code}: {text}" for code, text in wrong.items())
    assert shows is not silent(figure), "said nowhere" if not shows else "not silent any more"

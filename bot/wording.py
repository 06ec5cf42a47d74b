"""Replies into cards: which parts a card has and in what order. Every sentence stands in ``prompts/say``.

Pure but for reading the templates once. Text a person typed is escaped on its way through Jinja (``finalize``), so
no template can forget it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from html import unescape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from advisor.conversation import STILL, Note, Reply
from advisor.model import FIELDS, UNKNOWN, plain
from advisor.reading import show
from advisor.report import Gate, Report
from advisor.rulebook import Question, Rules
from bot.view import (
    Actions,
    Button,
    Confirm,
    Divider,
    Header,
    Option,
    Part,
    Radio,
    Select,
    Small,
    Text,
    View,
    clean,
    escape,
)

_FAMILIES = (
    "reasons", "verdicts", "cautions", "pitfalls", "operations", "checklist", "steps", "problems", "notes", "cards",
    "chrome", "quick", "record", "home",
)  # fmt: skip
_PERSON = re.compile(r"<@[UW][A-Z0-9]{2,20}>")
_SPACES = re.compile(r"[^\S\n]+")
_TOGETHER = re.compile(r"(?<=\d) (?=%|[①-⑧])")  # "87 %" and "§1 ②" stay on one line
_NUMBER_WORDS = ("none", "one", "two", "three", "four")
STATUS = {"passed": "✅ Passed", "blocked": "⛔ Blocked", "unproven": "⬜ Open"}
_MARK = {"done": "✅ done", "open": "⬜ open", "unknown": "❔ not known"}


@dataclass(frozen=True, slots=True)
class Around:
    """What a report is surrounded by: whether a channel's thread asked for it, how often it is posted and whether
    those records are outdated, and when it is decided again (ISO 8601, empty for never)."""

    origin: bool = False
    posted: int = 0
    outdated: bool = False
    again_at: str = ""
    versions: int = 1
    keep_days: int = 365


class Wording:
    """Finds the words for codes and lays cards out."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        env = Environment(
            loader=FileSystemLoader(str(files("prompts") / "say")),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_safe,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.globals |= {
            "show": show,
            "label": label,
            "usd": usd,
            "count": count,
            "times": times,
            "points": points,
            "days": days,
            "months": months,
            "words": lambda number: _NUMBER_WORDS[number],
            "fields": self._fields,
            "lacking": self._fields,
            "gates": gates_named,
            "method": lambda report: (report.verdict.method or "").upper(),
            "earlier_open": _earlier_open,
            "reason": lambda gate, report: self.say("reasons", gate.reason, gate, gate.values, report),
            "echo": self._echo,
            "problem": self._problem,
            "reading_problem": lambda reading, text, row: self.say("problems", reading.problem, text, reading, row),
            "departure_rows": rules.departures,
            "source": rules.source,
            "date": day,
        }
        env.filters |= {"yaml": _yaml, "channels": _channels}
        self._env = env
        self._modules = {name: env.get_template(f"{name}.j2").module for name in _FAMILIES}

    def say(self, family: str, code: str, *facts: Any) -> Markup:
        """The sentence for a code, its numbers filled in, escaped for mrkdwn.

        Raises:
            AttributeError: no words stand for the code; a test keeps that from happening.
        """
        macro: Callable[..., str] = getattr(self._modules[family], code)
        text = _SPACES.sub(" ", str(macro(*facts))).strip()
        return Markup(_TOGETHER.sub("\u00a0", text))  # noqa: S704 - the template escaped every fact

    def plainly(self, family: str, code: str, *facts: Any) -> str:
        """The same where Slack takes plain text: nothing escaped."""
        return unescape(str(self.say(family, code, *facts)))

    def document(self, name: str, **facts: Any) -> str:
        """A whole plain-text document; nothing in it is escaped for Slack."""
        text = self._env.overlay(autoescape=False, finalize=str).get_template(name).render(**facts)
        return text.strip() + "\n"

    def lead(self, report: Report) -> Markup:
        """The sentence below the headline."""
        return self.say("verdicts", "lead", report)

    # ---- cards

    def view(self, reply: Reply, around: Around | None = None) -> View:
        """The card for a reply; its summary is what a screen reader or a notification says."""
        body: Iterable[Part] = {
            "question": self._question,
            "text": self._text_question,
            "report": self._report,
            "review": self._review,
            "change": self._change,
            "ended": self._ended,
        }[reply.face](reply)
        notes = [part for note in reply.notes for part in self._note(note, reply)]
        after = self._desk(around) if around and reply.face == "report" else ()
        return View(parts=(*notes, *body, *after), summary=self._summary(reply))

    def collapsed(self, reply: Reply) -> str:
        """What is left of the card above once a new one stands below it: one line, no buttons."""
        said = next((note for note in reply.notes if note.code == "read"), None)
        if said is None:
            return str(self.say("cards", "moved_below"))
        return str(self.say("cards", "answered", self._row(said.field), said.reading))

    def _summary(self, reply: Reply) -> str:
        said = [str(self._note_text(note, reply)) for note in reply.notes]
        if reply.face == "question":
            said.append(str(self.say("cards", "asked", self._row(reply.pending), reply)))
        elif reply.face == "report":
            said.append(f"{self.headline(reply.report)}. {self.say('verdicts', 'lead', reply.report)}")
        else:
            said.append(str(self.say("cards", f"{reply.face}_summary", reply)))
        return " ".join(said)

    # ---- a question

    def _question(self, reply: Reply) -> Iterator[Part]:
        row = self._row(reply.pending)
        yield Header(self.plainly("cards", "question_head", row, reply, self._place(row, reply)))
        yield Text(str(self.say("cards", "question", row, reply)))
        for number in reply.blocked_ahead:
            yield Text(str(self.say("cards", "blocked_ahead", reply.report.gates[number - 1], reply.report)))
        elements = list(self._choices(row, reply))
        if elements:
            yield Actions(tuple(elements))
        yield Actions(tuple(self._controls(row, reply)))
        yield Small(str(self.say("cards", "question_foot", row, reply)))

    def _place(self, row: Question, reply: Reply) -> str:
        if reply.gate is None:
            return "track_" + row.asked_for
        return self.rules.gate(reply.gate).id

    def _choices(self, row: Question, reply: Reply) -> Iterator[Button | Radio]:
        def answer(text: str, option: str, style: Any = "") -> Button:
            return Button(text, f"answer:{row.id}:{option}", style=style)

        if row.kind == "yes_no":
            yield answer("Yes", "yes")
            yield answer("No", "no")
        elif row.options and len(row.options) <= 3:
            yield from (answer(option.label, option.id) for option in row.options)
        elif row.options:
            options = tuple(Option(option.label, option.id, option.hint) for option in row.options)
            yield Radio(f"answer:{row.id}:pick", options)
        elif row.kind == "name":
            yield answer("Nobody yet", "nobody")
        value = getattr(reply.report.answers, row.id)
        if value is not None and not row.options and row.kind != "yes_no" and value not in ("", UNKNOWN):
            yield answer(f"Still {show(row.id, value)}", STILL)
        yield from (
            answer(text, text) for text in self._suggestions(row, reply) if text not in ("nobody", "yes", "no")
        )

    def _suggestions(self, row: Question, reply: Reply) -> tuple[str, ...]:
        """Readings the words allow; after two failures three typical answers."""
        misread = next((note for note in reply.notes if note.code == "misread" and note.field == row.id), None)
        candidates = misread.reading.candidates if misread and misread.reading and not row.options else ()
        typical = row.typical if reply.struggling else ()
        return tuple(dict.fromkeys((*candidates, *typical)))

    def _controls(self, row: Question, reply: Reply) -> Iterator[Button]:
        yield Button("I don't know", f"answer:{row.id}:unknown")
        if reply.can_go_back:
            yield Button("Back", "session:back", label="Back to the previous question")
        yield Button("Why we ask", "session:why")
        if reply.blocked_ahead:
            yield Button("See the report now", "session:report", style="primary")
        if reply.can_go_back:
            yield Button("Review answers", "session:review")
        yield Button("Help", "session:help")

    def _text_question(self, reply: Reply) -> Iterator[Part]:
        yield Header(self.plainly("cards", f"ask_{reply.pending}", reply))
        yield Text(str(self.say("cards", f"now_{reply.pending}", reply)))
        yield Actions((Button("Keep it as it is", "session:continue"),))

    # ---- the report

    def headline(self, report: Report) -> Markup:
        """The verdict in one plain line."""
        code = report.verdict.kind
        if report.verdict.blocked_at:
            return self.say("verdicts", report.gates[report.verdict.blocked_at - 1].reason, report)
        return self.say("verdicts", code, report)

    def _report(self, reply: Reply) -> Iterator[Part]:
        report = reply.report
        yield Header(unescape(str(self.headline(report))))
        yield Text(lines(self.say("verdicts", "lead", report), *self._approach(report)))
        yield Divider()
        for gate in report.gates:
            if not _untouched(gate, report):
                yield Text(str(self._gate(gate, report)))
        untouched = [gate for gate in report.gates if _untouched(gate, report)]
        if untouched:
            cites = ", ".join(dict.fromkeys(gate.cite for gate in untouched))
            numbers = [gate.number for gate in untouched]
            yield Text(str(self.say("cards", "unasked", numbers, cites, "rest" in reply.offers)))
        if report.roi:
            yield Divider()
            yield Text(lines(self.say("cards", "money_head"), *self.money(report)))
        if report.poc:
            yield Text(lines(self.say("cards", "poc_head"), self.say("cards", "poc", report)))
        against = [self.say("cautions", code, report) for gate in report.gates for code in gate.cautions]
        against += [self.say("cautions", code, report) for code in (report.poc.cautions if report.poc else ())]
        against += [
            Markup("{} ({})").format(self.say("pitfalls", pitfall.id, report), pitfall.cite)
            for pitfall in report.pitfalls.triggered
        ]
        if _checklist_matters(report):
            against.append(self.say("cards", "checklist_short", report))
        if against:
            yield Text(lines(self.say("cards", "against_head"), *(f"• {line}" for line in against)))
        yield Divider()
        steps = (
            f"{place}. {self.say('steps', step.id, step.values)} _({step.cite})_"
            for place, step in enumerate(report.next_steps, start=1)
        )
        yield Text(lines(self.say("cards", "steps_head"), *steps))
        yield from self._plan(report)
        still_open = list(self._open(report))
        if still_open:
            yield Text(lines(self.say("cards", "open_head"), *still_open))
        if reply.checklist_open:
            yield Text(lines(self.say("cards", "checklist_head", report), *self._checklist(report)))
        yield Actions(tuple(self._report_buttons(reply)))
        yield Small(str(self.say("cards", "sources", reply, self.rules)))

    def _approach(self, report: Report) -> Iterator[str]:
        if report.approach.goal:
            row = self._row("goal")
            yield str(self.say("cards", "approach", label(row, report.approach.goal), report.approach))

    def _gate(self, gate: Gate, report: Report) -> Markup:
        sentence = self.say("reasons", gate.reason, gate, gate.values, report)
        return self.say("cards", "gate", gate, STATUS[gate.status], sentence)

    def _open(self, report: Report) -> Iterator[str]:
        """What was asked and is not known, gate by gate."""
        for gate in report.gates:
            asked = _asked_in_vain(gate, report)
            if asked:
                yield f"• {self.say('cards', 'gate_open', gate, asked)}"
        if report.pitfalls.unchecked and report.data_plan:
            yield f"• {self.say('cards', 'pitfalls_unchecked', report.pitfalls)}"

    def money(self, report: Report) -> Iterator[str]:
        """The lines of the year's money."""
        for part in ("ratio", "savings", "cost", "break_even", "payback", "zero"):
            line = str(self.say("cards", f"money_{part}", report))
            if line:
                yield line

    def _plan(self, report: Report) -> Iterator[Part]:
        """Data plan and operations, when there is something to do now or somebody asked for the plan."""
        plan_fields = (row.id for row in self.rules.questions if row.asked_for == "plan" and row.id != "poc_run")
        if report.verdict.hold and all(getattr(report.answers, field) is None for field in plan_fields):
            return
        if report.data_plan:
            yield Text(lines(self.say("cards", "plan_head"), self.say("cards", "plan", report.data_plan)))
        rows = (f"{_MARK[line.status]}: {self.say('operations', line.id)}" for line in report.operations)
        yield Text(lines(self.say("cards", "operations_head"), *rows))

    def _checklist(self, report: Report) -> Iterator[str]:
        marks = {"yes": "✅ yes", "no": "⬜ no", "unknown": "❔ not known"}
        for number, item in enumerate(report.checklist.items, start=1):
            yield f"{number}. {marks[item.answer]}: {self.say('checklist', item.id)}"
        yield from (str(self.say("cautions", code, report)) for code in report.checklist.warnings)

    def _report_buttons(self, reply: Reply) -> Iterator[Button]:
        texts = {
            "continue": ("Continue the questions", "session:continue"),
            "rest": ("Answer the rest anyway", "report:rest"),
            "poc": ("I have PoC results", "report:poc"),
            "plan": ("Check our plan", "report:plan"),
            "change": ("Change an answer", "report:change"),
        }
        for place, offer in enumerate(reply.offers):
            text, action_id = texts[offer]
            yield Button(text, action_id, style="primary" if place == 0 and offer != "change" else "")
        if not reply.checklist_open:
            yield Button("Show the checklist", "report:checklist")
        yield _start_over()

    def _desk(self, around: Around) -> Iterator[Part]:
        """What can be done with a decision among people, and what is arranged already."""
        buttons = [Button("Share", "report:share")]
        if around.origin:
            buttons.append(Button("Post it in the thread you came from", "report:post_back"))
        if around.outdated:
            buttons.insert(0, Button("Update the posted records", "report:update", style="primary"))
        buttons += [Button("Export", "report:export"), Button("Hand over", "report:hand_over")]
        if around.versions > 1:
            buttons.append(Button("Earlier versions", "report:versions"))
        yield Actions(tuple(buttons))
        later = tuple(Option(self.plainly("cards", f"again_{code}"), code) for code in ("30", "90", "quarterly"))
        remind: list[Button | Select] = [Select("report:remind", "Remind me to decide again", later)]
        if around.again_at:
            remind.append(Button("Cancel the reminder", "report:forget_reminder"))
        remind += [Button("Helpful", "feedback:up"), Button("Not helpful", "feedback:down")]
        yield Actions(tuple(remind))
        yield Small(str(self.say("cards", "desk", around)))

    # ---- the other faces

    def _review(self, reply: Reply) -> Iterator[Part]:
        yield Header(self.plainly("cards", "review_head", reply))
        yield Text(str(self.say("cards", "review_title", reply)))
        for gate in self.rules.gates:
            rows = [r for r in self.rules.questions if r.asked_for == "gates" and r.gates[0] == gate.number]
            given = list(self._answered(rows, reply))
            if given:
                yield Text(lines(self.say("cards", "review_gate", gate), *given))
        rest = [r for r in self.rules.questions if r.asked_for != "gates"]
        given = list(self._answered(rest, reply))
        if given:
            yield Text(lines(self.say("cards", "review_plan"), *given))
        yield from self._change(reply, head=False)

    def _answered(self, rows: Iterable[Question], reply: Reply) -> Iterator[str]:
        for row in rows:
            value = getattr(reply.report.answers, row.id)
            if value is not None:
                yield f"• {self.say('cards', 'review_line', row, value)}"

    def _change(self, reply: Reply, *, head: bool = True) -> Iterator[Part]:
        if head:
            yield Header(self.plainly("cards", "change_head", reply))
            yield Text(str(self.say("cards", "change", reply)))
        answers = reply.report.answers
        options = [
            Option(row.short, row.id, f"now: {label(row, value)}")
            for row in self.rules.questions
            if (value := getattr(answers, row.id)) is not None
        ]
        options += [Option("the title", "title", reply.title), Option("the description", "description")]
        yield Actions((Select("session:edit", "Change an answer", tuple(options)),))
        go_on = Button("Back to the question", "session:continue")
        if not reply.pending:  # "continue" would leave an early report for the questions
            go_on = Button("Back to the report", "session:report")
        yield Actions((go_on, Button("Stop for now", "session:cancel"), _start_over()))

    def _ended(self, reply: Reply) -> Iterator[Part]:
        yield Header(self.plainly("cards", "ended_head", reply))
        yield Text(str(self.say("cards", "ended", reply)))
        go_on = Button("Go on", "session:continue", style="primary")
        yield Actions((go_on, Button("Review answers", "session:review")))

    # ---- notes above a card

    def _note(self, note: Note, reply: Reply) -> Iterator[Part]:
        brought = self._answered(self.rules.questions, reply) if note.code == "brought" else ()
        yield Text(lines(self._note_text(note, reply), *brought))
        confirmable = note.code in ("use_edit", "late") or (
            note.code == "misread" and note.reading and note.reading.problem in ("unit_slip", "not_a_name")
        )
        if confirmable and note.text:
            code = note.reading.problem if note.code == "misread" and note.reading else note.code
            label = self.plainly("cards", f"confirm_{code}", note)
            yield Actions((Button(label, f"answer:{note.field}:confirm"),))
        if note.code == "taken":
            yield Actions((Button("Drop it", "session:drop"),))
        if note.code == "restarted":
            yield Actions((Button("Bring them back", "session:restore"),))

    def _note_text(self, note: Note, reply: Reply) -> Markup:
        return self.say("notes", note.code, note, self._row(note.field), reply.report)

    def _problem(self, note: Note, row: Question) -> Markup:
        problem = note.reading.problem if note.reading else None
        return self.say("problems", problem or "not_an_option", note.text, note.reading, row)

    def _echo(self, note: Note, row: Question) -> Markup:
        return self.say("cards", "echo", note, row)

    def _row(self, field: str) -> Any:
        return self.rules.question(field) if field in FIELDS else None

    def _fields(self, names: Iterable[str]) -> Markup:
        return Markup(escape(_listed([self.rules.question(name).short for name in names])))  # noqa: S704 - escaped


def day(stamp: str) -> str:
    """A date for people: "2026-11-23T10:00:00Z" -> "23 Nov 2026"."""
    return f"{date.fromisoformat(stamp[:10]):%-d %b %Y}"


def _channels(places: str | list[str]) -> Markup:
    """Channels and links of ours, kept as Slack marks them: they come from Slack, never from a person."""
    text = places if isinstance(places, str) else ", ".join(places)
    return Markup(text if re.fullmatch(r"(?:(?:<#[A-Z0-9]+>|https?://[^\s<>|]+)(?:, )?)*", text) else escape(text))  # noqa: S704


def _yaml(text: str) -> str:
    return json.dumps(" ".join(clean(text).split()), ensure_ascii=False)


def _start_over() -> Button:
    sure = Confirm("Start over?", "Your answers are set aside and can be brought back.", "Start over", "Keep them")
    return Button("Start over", "session:restart", confirm=sure)


def _safe(value: Any) -> Any:
    """What a template prints: escaped for Slack unless it is a sentence of ours already. A person named by mention
    stays one, in the DM of whoever named them; records in channels take it out again."""
    if hasattr(value, "__html__") or (isinstance(value, str) and _PERSON.fullmatch(value)):
        return Markup(value)  # noqa: S704 - ours, or nothing but an id
    return Markup(escape(str(value)))  # noqa: S704 - escaped here


def _untouched(gate: Gate, report: Report) -> bool:
    """Whether a gate was left out because another one decides."""
    asked = gate.values or _asked_in_vain(gate, report)
    return gate.status == "unproven" and not asked and report.verdict.blocked_at is not None


def _asked_in_vain(gate: Gate, report: Report) -> list[str]:
    return [field for field in gate.missing if getattr(report.answers, field) == UNKNOWN]


def label(row: Question, value: Any) -> str:
    """A value as the question's buttons name it, else as it is shown."""
    return next((option.label for option in row.options if option.id == value), show(row.id, value))


def lines(*sentences: object) -> str:
    """Sentences below one another."""
    return "\n".join(str(sentence) for sentence in sentences)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _earlier_open(report: Report) -> list[int]:
    blocked = report.verdict.blocked_at or 0
    return [number for number in report.verdict.open_gates if number < blocked]


def gates_named(numbers: list[int]) -> str:
    """Gate numbers in words: [1] -> "gate 1", [1, 2] -> "gates 1 and 2"."""
    return ("gate " if len(numbers) == 1 else "gates ") + _listed([str(number) for number in numbers])


def _checklist_matters(report: Report) -> bool:
    """Only when neither a pending trial nor retrieval that is not needed explains the shortfall (§4)."""
    explained = {"q10_pending", "q3_not_needed"} & set(report.checklist.warnings)
    return report.checklist.label == "not_yet" and not explained


def usd(amount: Decimal | int) -> str:
    """US dollars: whole from $100, cents below, up to six significant digits under a dollar; minus sign before."""
    amount = Decimal(amount)
    size = abs(amount)
    if size >= 100 or size == size.to_integral_value():
        text = f"{size.quantize(Decimal(1), ROUND_HALF_EVEN):,}"
    elif size >= 1:
        text = f"{size.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"
    else:
        text = plain(Decimal(f"{size:.6g}"))
    return f"{'−' if amount < 0 else ''}${text}"


def count(number: int | Decimal) -> str:
    """A whole number with thousands separators."""
    return f"{int(number):,}"


def times(ratio: Decimal) -> str:
    """A ratio as "3.67x"; more digits where two would round it to or across 0, 1 or 1.5, so that it never contradicts
    a gate."""
    sign = "−" if ratio < 0 else ""
    for places in ("0.01", "0.0001", "0.00000001"):
        rounded = ratio.quantize(Decimal(places), ROUND_HALF_EVEN)
        if all((rounded > line) == (ratio > line) and (rounded >= line) == (ratio >= line) for line in _LINES):
            return f"{sign}{plain(abs(rounded))}x"
    return f"{sign}{plain(abs(ratio))}x"


_LINES = (Decimal(0), Decimal(1), Decimal("1.5"))


def points(delta: Decimal) -> str:
    """Percentage points with their sign: "+4.9 points"."""
    rounded = delta.quantize(Decimal("0.01"), ROUND_HALF_EVEN) if (delta < 5) == (round(delta, 2) < 5) else delta
    sign = "+" if delta > 0 else "−" if delta < 0 else ""
    return f"{sign}{plain(abs(rounded))} {'point' if abs(rounded) == 1 else 'points'}"


def days(number: int) -> str:
    """Working days."""
    return f"{number:,} working day{'' if number == 1 else 's'}"


def months(number: Decimal) -> str:
    """Months, to one place."""
    text = plain(number.quantize(Decimal("0.1"), ROUND_HALF_EVEN))
    return f"{text} month{'' if text == '1' else 's'}"

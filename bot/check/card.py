"""Cards: which parts a card has and in what order. Every sentence stands in ``prompts/say``."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html import unescape
from typing import NamedTuple

from markupsafe import Markup

from advisor.advice import decide
from advisor.asking import FIGURES, lines_of
from advisor.conversation import SAID, STILL, Note, Reply
from advisor.model import UNKNOWN, Answers, Reading, plain
from advisor.reading import read, show
from advisor.reading.what_if import at_both_ends
from advisor.report import Gate, Report
from advisor.roi import FIRST_YEAR
from advisor.rulebook import Question
from bot.answering.intents import intents
from bot.answering.options import nearest
from bot.answering.search import MOST, Found, find, likely
from bot.answering.sentences import bank, cautions, moved, plan_asked
from bot.check import menus
from bot.check.beyond import Beside, asked_vendors, first_year_said, found, named, not_robust, opinions, sourced
from bot.check.pictures import beside as seen_beside
from bot.check.pictures import pictures
from bot.render.changes import changes, tells_figures
from bot.render.view import (
    Actions,
    Button,
    Confirm,
    Divider,
    Feedback,
    Folded,
    Header,
    Menu,
    Option,
    Part,
    Radio,
    Select,
    Small,
    Style,
    Text,
    TickList,
    View,
)
from bot.render.wording import MARK, STATUS, Wording, asked_in_vain, label, lines, tasks, untouched


class ReportContext(NamedTuple):
    """What a report is surrounded by: whether a channel's thread asked for it, how often it is posted and whether
    those records are outdated, when it is decided again (ISO 8601, empty for never), and its reasons as a model
    worded them (none without one), or ``partly`` in our own words still; and the report ``before`` this version of it,
    if there was one. ``decided_at`` (ISO 8601) is when this version was: prices and what vendors offer age from then.
    """

    origin: bool = False
    posted: int = 0
    outdated: bool = False
    again_at: str = ""
    versions: int = 1
    keep_days: int = 365
    worded: tuple[Markup, ...] = ()
    worded_by: str = ""
    partly: bool = False
    before: Report | None = None
    decided_at: str = ""


Told = list[tuple[Note, Markup]]
"""The notes of a card in words: they stand on it, and in its summary."""
_CHANGES = 6
_NAMES = {
    "count_eval_pairs": "eval_pairs", "check_overlap": "eval_overlaps_training", "price_a_failure": "usd_per_failure",
    "price_hosting": "hosting_usd_per_month", "name_the_failures": "failure_cause",
    "try_a_larger_model": "large_model_meets_target",
}  # fmt: skip
"""The field that a step finds out."""
_BOXES = 10
_FEW = 3  # options that stand as buttons; more are a list
_LIKELY = 2  # of them above the list
_AGAINST = "q5"  # a yes to this point of the checklist speaks against tuning
_BUTTONED = 5  # models a name may mean; more are a list
_STEPS, _BUTTONS, _CONTROLS = 3, 3, 4  # in sight


class Cards:
    """Lays replies out."""

    def __init__(self, wording: Wording) -> None:
        self._wording, self._rules = wording, wording.rules
        self._say, self._plainly, self._press = wording.say, wording.plainly, wording.press

    def view(self, reply: Reply, around: ReportContext | None = None) -> View:
        """The card for a reply; its summary is what a screen reader or a notification says."""
        before = around.before if around and reply.face == "report" else None
        changed = self._changed(before, reply.report) if before else ""
        beside = self._beside_it(reply, around) if reply.face == "report" else None
        told = [(note, self._note_text(note, reply)) for note in _to_say(reply, changed)]
        faces: dict[str, Callable[[Reply], Iterable[Part]]] = {
            "question": self._question,
            "text": self._text_question,
            "report": partial(self._report, around=around, changed=changed, told=told, beside=beside),
            "review": self._review,
            "change": self._change,
            "ended": self._ended,
        }
        notes = () if reply.face == "report" else self._notes(reply, told)  # there the verdict stands first
        return View(parts=(*notes, *faces[reply.face](reply)), summary=self._summary(reply, changed, told, beside))

    def _changed(self, before: Report, report: Report) -> str:
        """What the last move has changed, in one line, the verdict first; empty where it changed nothing."""
        was, now = self._wording.headline(before), self._wording.headline(report)
        # The last ones are always shown: gates and ROI.
        told = list(changes(before, report, self._wording, costs=True, verdict=False))
        more = [str(self._say("cards", "changed_more", len(told) - _CHANGES))] if len(told) > _CHANGES + 1 else []
        shown = told[-_CHANGES:] if more else told
        return str(self._say("cards", "changed", was, now, " · ".join([*shown, *more]))) if told else ""

    def collapsed(self, reply: Reply, before: Reply | None = None) -> str:
        """What is left of the card that showed ``before`` once one with the ``reply`` stands below it: one line, no
        buttons. A question stands there with its answer, as it would in a conversation."""
        before = before or reply
        said = next((note for note in reply.notes if note.code == "read"), None)
        if said:
            return str(self._say("cards", "answered", self._wording.row(said.field), said.reading))
        if before.face == "question":
            return str(self._say("cards", "not_answered", self._wording.row(before.pending)))
        if before.face == "report":
            return str(self._say("cards", "stood", self._wording.headline(before.report)))
        return str(self._say("cards", f"{before.face}_summary", before))

    def _summary(self, reply: Reply, changed: str, told: Told, beside: Beside | None) -> str:
        said = [
            str(self._say("cards", "departures_summary") if note.code == "departures" else text) for note, text in told
        ]
        if reply.face == "question":
            if reply.mentioned:
                said.append(str(self._say("cards", "mentioned_summary", reply.mentioned)))
            said += (
                str(self._say("cards", "blocked_ahead", reply.standing.gates[number - 1], reply.standing))
                for number in reply.blocked_ahead
            )
            said.append(str(self._say("cards", "asked", self._wording.row(reply.pending), reply)))
        elif reply.face == "report":
            report = reply.report
            headline = f"{self._wording.headline(report)}."
            said = [
                *([f"{changed}."] if changed else []),
                headline,
                *self._next(report),
                str(self._say("verdicts", "lead", report)),
                *(beside.over_ranges()[:1] if beside else ()),
                *said,
            ]
            if reply.checklist_open:
                said.insert(1, str(self._say("cards", "checklist_head", report)))
        else:
            said.append(str(self._say("cards", f"{reply.face}_summary", reply)))
        return " ".join(said)

    def _next(self, report: Report) -> Iterator[str]:
        """The first thing to do, for who hears the card and sees none of it."""
        for step in report.next_steps[:1]:
            yield str(self._say("cards", "next_summary", self._say("steps", step.id, step.values)))

    # ---- a question

    def _question(self, reply: Reply) -> Iterator[Part]:
        row = self._wording.row(reply.pending)
        if not reply.answered and all(note.code == "taken" for note in reply.notes):
            yield Text(str(self._say("cards", "welcome", reply)))
        yield from self._mentioned(reply)
        yield Header(self._plainly("cards", "question_head", row, reply, self._place(row, reply)))
        yield Text(str(self._say("cards", "question", row, reply)))
        for number in reply.blocked_ahead:
            yield Text(str(self._say("cards", "blocked_ahead", reply.standing.gates[number - 1], reply.standing)))
        likely = self._likely(row, reply) if len(row.options) > _FEW else ()
        if likely:
            chosen = (option for code in likely for option in row.options if option.id == code)
            yield Actions(tuple(Button(option.label, f"answer:{row.id}:{option.id}") for option in chosen))
        elements = list(self._choices(row, reply))
        if elements:
            yield Actions(tuple(elements))
        yield Actions((self._unknown(row, reply), *self._controls(reply)))
        yield Small(str(self._say("cards", "question_foot", row, reply)))

    def _mentioned(self, reply: Reply) -> Iterator[Part]:
        """What the person's own words say, as lines to tick; ten boxes are what Slack takes in one list."""
        if not reply.mentioned:
            return
        yield Text(str(self._say("cards", "mentioned_head", reply)))
        options = []
        for one in reply.mentioned:
            line = self._plainly("cards", "mentioned_line", self._wording.row(one.field), one)
            options.append(Option(line, one.field, self._plainly("cards", "mentioned_words", one)))
        for number, some in enumerate(_by(tuple(options), _BOXES), start=1):
            action_id = "session:mentioned" + (f":{number}" if number > 1 else "")
            yield Actions((TickList(action_id, some, tuple(option.value for option in some)),))
        yield Actions((Button(self._press("use"), "session:use", style="primary"),))
        yield Divider()

    def _place(self, row: Question, reply: Reply) -> str:
        if reply.gate is None:
            return "track_" + row.asked_for
        return self._rules.gate(reply.gate).id

    def _choices(self, row: Question, reply: Reply) -> Iterator[Button | Radio | Select]:
        """The answers to press; the one there is already says so."""
        value = getattr(reply.standing.answers, row.id)
        given = {True: "yes", False: "no", "": "nobody"}.get(value, value) if row.kind != "choice" else value

        def answer(text: str, option: str) -> Button:
            stands = value is not None and option == given
            return Button(self._press("still", text) if stands else text, f"answer:{row.id}:{option}")

        if row.kind == "yes_no":
            both = [answer(self._press("yes"), "yes"), answer(self._press("no"), "no")]
            yield from both[::-1] if self._candidates(row, reply)[:1] == ("no",) else both
        elif row.options and len(row.options) <= _FEW:
            likely = self._likely(row, reply)
            options = sorted(row.options, key=lambda option: option.id not in likely[:1])
            yield from (answer(option.label, option.id) for option in options)
        elif row.options:
            listed = tuple(Option(option.label, option.id, option.hint) for option in row.options)
            chosen = str(value or "")
            yield Radio(f"answer:{row.id}:pick", listed, chosen)
            # What is chosen already can't be chosen: Slack tells of changes only.
            still = (option.label for option in row.options if option.id == chosen)
            yield from (Button(self._press("still", text), f"answer:{row.id}:{STILL}") for text in still)
        elif row.kind == "name":
            yield answer(self._press("nobody"), "nobody")
        misread = self._misread(row, reply)
        models = misread.models if misread else ()
        if len(models) > _BUTTONED:
            listed = tuple(Option(name, id) for id, name in models)
            yield Select(f"answer:{row.id}:pick", self._press("which_model"), listed)
        else:
            yield from (answer(name, id) for id, name in models)
        if value not in (None, "", UNKNOWN) and not row.options and row.kind != "yes_no":
            yield Button(self._press("still", show(row.id, value)), f"answer:{row.id}:{STILL}")
        if row.same_as and (rate := reply.standing.answers.known(row.same_as)) is not None:
            text = self._plainly("cards", "same_as", self._wording.row(row.same_as), rate)
            yield answer(text, f"{plain(100 * rate)}%")
        for place, text in enumerate(self._suggestions(row, reply)):
            if text == "nobody":
                continue
            if row.kind == "name":  # a person's words: they travel as a value, ids are ours alone
                yield Button(text, f"answer:{row.id}:{SAID}{place}", text)
            elif row.kind != "yes_no":  # which has its buttons: yes, no, and not known below
                yield answer(self._end(misread, text), text)

    def _end(self, misread: Reading | None, text: str) -> str:
        """Which end of a range a figure is, or that it lies between them."""
        ends = misread.candidates if misread and misread.ends else ()
        if text not in ends:
            return text
        return self._press("lower_end" if text == ends[0] else "upper_end" if text == ends[-1] else "middle", text)

    def _suggestions(self, row: Question, reply: Reply) -> tuple[str, ...]:
        """Readings the words allow; after two failures three typical answers."""
        candidates = self._candidates(row, reply) if not row.options else ()
        typical = row.typical if reply.struggling else ()
        return tuple(dict.fromkeys((*candidates, *typical)))

    def _candidates(self, row: Question, reply: Reply) -> tuple[str, ...]:
        """What the words just typed may have meant, the likeliest first."""
        misread = self._misread(row, reply)
        return misread.candidates if misread else ()

    def _misread(self, row: Question, reply: Reply) -> Reading | None:
        """How the words just typed were read that are no answer."""
        return next((note.reading for note in reply.notes if note.code == "misread" and note.field == row.id), None)

    def _likely(self, row: Question, reply: Reply) -> tuple[str, ...]:
        """The options that the words just typed may have meant, the likeliest first: those that the reader saw named,
        else the nearest of those it hints at and by meaning."""
        misread = next((note for note in reply.notes if note.code == "misread" and note.field == row.id), None)
        offered = tuple(str(read(row.id, text).value) for text in self._candidates(row, reply))
        if misread is None or len(row.options) <= _FEW or (misread.reading and misread.reading.shown):
            return offered[:_LIKELY]
        return nearest(row, misread.text, offered)

    def _unknown(self, row: Question, reply: Reply) -> Button:
        still = getattr(reply.standing.answers, row.id) == UNKNOWN
        return Button(self._press("still_unknown" if still else "unknown"), f"answer:{row.id}:unknown")

    def _controls(self, reply: Reply) -> Iterator[Button | Menu]:
        """What can be pressed beside the answers: four at most, what is rarely pressed behind three dots."""
        acts = [("form", "session:form"), ("why", "session:why"), ("help", "session:help")]
        if reply.can_go_back:
            acts = [("back", "session:back"), *acts[:2], ("review", "session:review"), *acts[2:]]
        if reply.blocked_ahead:
            acts = [("report_now", "session:report"), *acts]
        room = _CONTROLS - self._in_notes(reply) - bool(reply.mentioned)
        in_sight = acts if len(acts) <= room else acts[: room - 1]
        for code, action_id in in_sight:
            style: Style = "primary" if code == "report_now" and not reply.mentioned else ""
            label = self._press("back_one") if code == "back" else ""
            yield Button(self._press(code), action_id, style=style, label=label)
        if later := acts[len(in_sight) :]:
            yield Menu("session:more", self._press("more"), tuple(Option(self._press(code), id) for code, id in later))

    def _text_question(self, reply: Reply) -> Iterator[Part]:
        yield Header(self._plainly("cards", f"ask_{reply.pending}", reply))
        yield Text(str(self._say("cards", f"now_{reply.pending}", reply)))
        yield Actions((Button(self._press("keep"), "session:continue"),))

    # ---- the report

    def _report(
        self, reply: Reply, around: ReportContext | None, changed: str, told: Told, beside: Beside | None
    ) -> Iterator[Part]:
        """The verdict, why, what to do and the money; the rest is folded, and what is rarely pressed stands behind
        *More*."""
        report = reply.report
        if changed:
            yield Text(changed)
        yield Header(unescape(str(self._wording.headline(report))))
        yield Text(str(self._say("verdicts", "lead", report)))
        yield Small(str(self._say("cards", "progress", report)))
        yield from self._notes(reply, told)
        if reply.today:
            was, now = self._wording.headline(report), self._wording.headline(reply.today)
            yield Text(str(self._say("cards", "edition", reply, was, now)))
        steps = [
            f"{place}. {self._say('steps', step.id, step.values)} _({self._wording.cited(step.cite)})_"
            for place, step in enumerate(report.next_steps, start=1)
        ]
        yield Text(lines(self._say("cards", "steps_head"), *steps[:_STEPS]))
        money = self._wording.money(report) if report.roi else {}
        if money:
            yield Text(lines(self._say("cards", "money_head"), money["ratio"]))
        if report.poc:
            shown = beside.evidence() if beside else []
            yield Text(lines(self._say("cards", "poc_head"), self._say("cards", "poc", report), *shown))
        yield from beside.in_sight() if beside else ()
        yield from pictures(report, self._wording)
        if beside:
            yield from seen_beside(report, beside.found, named(reply.quotes), self._wording)
            yield from beside.what_would_turn_it()
        yield from self._folded(reply, steps[_STEPS:], money, beside, around)
        yield from self._acts(reply, around)
        if around:
            yield from self._beside(around)

    def _beside_it(self, reply: Reply, around: ReportContext | None) -> Beside | None:
        """What stands beside a report that these rules decided: of another edition's they know nothing."""
        if reply.today:
            return None
        day = around.decided_at if around else ""
        beside = found(
            reply.report, reply.written, reply.quotes, day, self._rules, reply.ranges, derivations=reply.derivations
        )
        return Beside(reply.report, beside, reply.quotes, self._wording, decided=bool(around))

    def _folded(
        self,
        reply: Reply,
        more_steps: list[str],
        money: dict[str, str],
        beside: Beside | None,
        around: ReportContext | None,
    ) -> Iterator[Part]:
        """What stands behind the first screen, each part under its title."""
        report = reply.report
        gates: list[Part] = [
            Text(str(self._gate(gate, report))) for gate in report.gates if not untouched(gate, report)
        ]
        left_out = [gate for gate in report.gates if untouched(gate, report)]
        if left_out:
            cites = self._wording.cited(", ".join(dict.fromkeys(gate.cite for gate in left_out)))
            numbers = [gate.number for gate in left_out]
            gates.append(Text(str(self._say("cards", "unasked", numbers, cites, "rest" in reply.offers))))
        gates += (Text(line) for line in self._approach(report))
        yield from self._fold("why", gates)
        day = around.decided_at if around else ""
        sources = sourced(report, reply.quotes, reply.derivations, day, self._wording)
        year = beside.year() if beside else []
        yield from self._fold("money", [Text(lines(*money.values(), *year, *sources))] if money else [])
        against = [self._cited("cautions", code, report, cite) for code, cite in cautions(report, self._rules)]
        if beside and beside.found.ranges and not beside.found.ranges.robust:
            against.append(not_robust(beside.found.ranges, self._wording))
        against += [self._cited("pitfalls", pitfall.id, report, pitfall.cite) for pitfall in report.pitfalls.triggered]
        if _checklist_matters(report):
            against.append(self._say("cards", "checklist_short", report))
        yield from self._fold("against", [Text(lines(*(f"• {line}" for line in against)))] if against else [])
        plan: list[Part] = [Text(lines(self._say("cards", "more_steps"), *more_steps))] if more_steps else []
        if still_open := list(self._open(report)):
            plan.append(Text(lines(self._say("cards", "open_head"), *still_open)))
        plan += self._plan(report)
        plan.append(Text(lines(self._say("cards", "checklist_head", report), *self._checklist(report))))
        just = any(note.code == "read" and self._wording.row(note.field).asked_for == "plan" for note in reply.notes)
        yield from self._fold("plan", plan, opened=reply.checklist_open or just)
        yield from beside.folds() if beside else ()
        yield from self._fold("sources", [Text(str(self._say("cards", "sources", reply, self._rules)))])

    def _fold(self, code: str, parts: list[Part], *, opened: bool = False) -> Iterator[Part]:
        if parts:
            yield Folded(self._plainly("cards", f"fold_{code}"), tuple(parts), opened=opened)

    def _approach(self, report: Report) -> Iterator[str]:
        if report.approach.goal:
            row = self._wording.row("goal")
            approach = self._say("cards", "approach", label(row, report.approach.goal), report.approach)
            yield f"{approach} _({self._wording.cited('§3')})_"

    def _gate(self, gate: Gate, report: Report) -> Markup:
        sentence = self._say("reasons", gate.reason, gate, gate.values, report)
        return self._say("cards", "gate", gate, STATUS[gate.status], sentence)

    def _open(self, report: Report) -> Iterator[str]:
        """What was asked and is not known, each thing once: here, unless a step names it."""
        unknown = dict.fromkeys(field for gate in report.gates for field in asked_in_vain(gate, report))
        named = {_NAMES.get(step.id) for step in report.next_steps}
        asked = (step.values.get(f"missing_gate_{step.gate}") for step in report.next_steps)
        named |= {field for missing in asked if isinstance(missing, tuple) for field in tasks(missing)}
        if unknown:
            beside = [field for field in unknown if field not in named]
            yield f"• {self._say('cards', 'not_known', report, beside)}"
        if report.pitfalls.unchecked and report.data_plan:
            yield f"• {self._say('cards', 'pitfalls_unchecked', report.pitfalls, plan_asked(report, self._rules))}"

    def _plan(self, report: Report) -> Iterator[Part]:
        """Data plan and operations, when there is something to do now or somebody asked for the plan."""
        asked = [row.id for row in self._rules.questions if row.asked_for == "plan"]
        told = [field for field in asked if getattr(report.answers, field) is not None]
        if report.verdict.hold and not {*told} - {"poc_run"}:
            return
        if told:
            yield Text(str(self._say("cards", "plan_told", len(told), len(asked))))
        if report.data_plan:
            yield Text(lines(self._say("cards", "plan_head"), self._say("cards", "plan", report.data_plan)))
        rows = (f"{MARK[line.status]}: {self._say('operations', line.id)}" for line in report.operations)
        yield Text(lines(self._say("cards", "operations_head"), *rows))

    def _checklist(self, report: Report) -> Iterator[str]:
        points = list(enumerate(report.checklist.items, start=1))
        for number, item in points:
            if item.answer != "unknown":
                mark = self._say("cards", "point_mark", item.answer, item.id == _AGAINST)
                yield f"{number}. {mark}: {self._say('checklist', item.id)}"
        not_known = [self._say("checklist", item.id) for _, item in points if item.answer == "unknown"]
        if not_known:
            yield str(self._say("cards", "points_unknown", not_known, len(points)))
        yield from (str(self._cited("cautions", code, report, "§4")) for code in report.checklist.warnings)

    # ---- what can be done with it

    def _acts(self, reply: Reply, around: ReportContext | None) -> Iterator[Part]:
        """One primary button, at most two more, and the rest behind *More*, in the order of what comes next."""
        acts = list(self._in_order(reply, around))
        in_sight = max(1, _BUTTONS - self._in_notes(reply))
        buttons = [
            Button(self._press(code), action_id, style="primary" if place == 0 else "", confirm=self._sure(code, reply))
            for place, (code, action_id) in enumerate(acts[:in_sight])
        ]
        later = tuple(Option(self._press(code), action_id) for code, action_id in acts[in_sight:])
        yield Actions((*buttons, Select("report:more", self._press("more"), later)))

    def _in_order(self, reply: Reply, around: ReportContext | None) -> Iterator[tuple[str, str]]:
        """Words of buttons and their action ids, the likeliest first."""
        offered = {offer: f"session:{offer}" if offer == "continue" else f"report:{offer}" for offer in reply.offers}
        first = [code for code in ("continue", "poc") if code in offered and (code != "poc" or not reply.report.poc)]
        if reply.today:
            yield "again", "report:again"
        if around and around.outdated:
            yield "update", "report:update"
        yield from ((code, offered.pop(code)) for code in first)
        if not first and reply.report.verdict.kind == "not_decided" and "change" in offered:
            yield "change", offered.pop("change")  # what was not known is what it waits for
        if around:
            if around.origin:
                yield "post_back", "report:post_back"
            yield "share", "report:share"
        if "change" in offered:
            yield "change", offered.pop("change")
        yield from offered.items()
        if any(lines_of(FIGURES, reply.today or reply.report, self._rules).values()):
            yield "try", "report:try"
        if around:
            yield "export", "report:export"
            yield "hand_over", "report:hand_over"
            yield from ((f"remind_{code}", f"report:remind:{code}") for code in ("30", "90", "quarterly"))
            if around.again_at:
                yield "forget_reminder", "report:forget_reminder"
            if around.versions > 1:
                yield "versions", "report:versions"
        yield "start_over", "session:restart"

    def _sure(self, code: str, reply: Reply) -> Confirm | None:
        """It posts at once, without a dialog that could warn of figures in its title."""
        if code != "post_back" or not tells_figures(reply.title):
            return None
        return Confirm(*self._press("sure_post_back", self._plainly("record", "figures_back")).split("\n"))

    def _beside(self, around: ReportContext) -> Iterator[Part]:
        """What people think of it, what is arranged already, and its reasons in other words."""
        good, bad = (
            Option(self._press(code), f"feedback:{way}") for code, way in (("helpful", "up"), ("not_helpful", "down"))
        )
        yield Feedback("feedback:thumb", good, bad)
        yield Small(str(self._say("cards", "desk", around)))
        if around.worded:
            worded = Text(lines(*(f"• {line}" for line in around.worded)))
            by = Small(str(self._say("cards", "worded_by", around.worded_by, around.partly)))
            yield from self._fold("worded", [worded, by])

    # ---- a question back

    def answer(
        self,
        report: Report,
        question: str,
        chosen: tuple[str, ...] = (),
        model: str = "",
        pending: str = "",
        today: str = "",
    ) -> View:
        """What answers a question about a report: what our examples find, or what ``model`` has ``chosen`` by id; where
        a question of ours is ``pending``, at least why that one is asked. What vendors offer is told as of ``today``.
        """
        vendors = [] if chosen else asked_vendors(question, today, self._wording)
        parts = tuple(self._of_vendors(vendors) if vendors else self._answer(report, question, chosen, model, pending))
        return View(parts, lines(*(part.text for part in parts if isinstance(part, Text))))

    def _answer(
        self, report: Report, question: str, chosen: tuple[str, ...] = (), model: str = "", pending: str = ""
    ) -> Iterator[Part]:
        supposed = () if chosen else at_both_ends(question, report.answers)
        if supposed:
            for then in supposed:
                yield from self._supposed(report, then)
            return
        known = bank(report, self._wording)
        picked = tuple(known[id] for id in chosen if id in known)
        found = Found(picked) if picked else find(question, report, known)
        if pending and found.doubt in ("perhaps", "unsure"):
            yield Text(lines(self._say("bank", "unsure_here"), known[f"why_{pending}"].said))
            return
        told = Text(str(self._say("bank", found.doubt, question))) if found.doubt else None
        if told and found.doubt != "perhaps":
            yield told
        if found.sentences:
            yield Text(lines(*(sentence.said for sentence in found.sentences)))
            yield Small(str(self._say("bank", "chosen_by", model)))
        if told and found.doubt == "perhaps":  # the sentence asked for most likely stands there already
            yield told
        if found.doubt and not pending:
            asks = found.intents if found.doubt == "perhaps" else likely(report)
            yield Actions(tuple(Button(intents()[id].asks, f"ask:{id}") for id in asks))

    def _of_vendors(self, told: list[str]) -> Iterator[Part]:
        yield Text(lines(*(f"• {line}" for line in told) if len(told) > 1 else told))
        yield Small(str(self._say("beyond", "asked_vendors")))

    def _supposed(self, report: Report, answers: Answers) -> Iterator[Part]:
        """What other figures would make of the report; it stays as it is."""
        then = decide(answers, self._rules)
        rows = [row for row in self._rules.questions if getattr(answers, row.id) != getattr(report.answers, row.id)]
        figures = [self._say("bank", "supposed", row, getattr(answers, row.id), report) for row in rows]
        both = Markup(" and ").join(figures)
        verdict = self._say("bank", "then", both, self._wording.headline(report), self._wording.headline(then))
        sentences = [one.said for one in moved(report, then, self._wording)[:MOST]]
        if any(row.id in FIRST_YEAR for row in rows):
            sentences += self._first_year(answers)
        yield Text(lines(verdict, *sentences))
        yield Small(str(self._say("bank", "only_supposed", rows[0])))

    def _first_year(self, answers: Answers) -> list[str]:
        from advisor.beyond.rivals import first_year

        year = first_year(answers, self._rules)
        return [first_year_said(year, self._wording)] if year else []

    # ---- the other faces

    def _review(self, reply: Reply) -> Iterator[Part]:
        yield Header(self._plainly("cards", "review_head", reply))
        yield Text(str(self._say("cards", "review_title", reply)))
        for gate in self._rules.gates:
            rows = [r for r in self._rules.questions if r.asked_for == "gates" and r.gates[0] == gate.number]
            given = list(self._answered(rows, reply))
            if given:
                yield Text(lines(self._say("cards", "review_gate", gate), *given))
        rest = [r for r in self._rules.questions if r.asked_for != "gates"]
        given = list(self._answered(rest, reply))
        if given:
            yield Text(lines(self._say("cards", "review_plan"), *given))
        yield from self._change(reply, head=False)

    def _answered(self, rows: Iterable[Question], reply: Reply) -> Iterator[str]:
        for row in rows:
            value = getattr(reply.standing.answers, row.id)
            if value is not None:
                yield f"• {self._say('cards', 'review_line', row, value, reply.ranges.get(row.id))}"

    def _change(self, reply: Reply, *, head: bool = True) -> Iterator[Part]:
        if head:
            yield Header(self._plainly("cards", "change_head", reply))
            yield Text(str(self._say("cards", "change", reply)))
        answers = reply.standing.answers
        options = [
            Option(self._press("with_answer", row.short, label(row, value)), row.id)
            for row in self._rules.questions
            if (value := getattr(answers, row.id)) is not None
        ]
        title = self._wording.titled(reply)
        options.append(Option(self._press("with_answer", self._press("the_title"), title), "title"))
        options.append(Option(self._press("the_description"), "description"))
        yield Actions((Select("session:edit", self._press("change"), tuple(options)),))
        go_on = Button(self._press("to_question"), "session:continue")
        if not reply.pending:  # "continue" would leave an early report for the questions
            go_on = Button(self._press("to_report"), "session:report")
        yield Actions((go_on, Button(self._press("stop"), "session:cancel"), self._start_over()))

    def _ended(self, reply: Reply) -> Iterator[Part]:
        yield Header(self._plainly("cards", "ended_head", reply))
        yield Text(str(self._say("cards", "ended", reply)))
        go_on = Button(self._press("go_on"), "session:continue", style="primary")
        yield Actions((go_on, Button(self._press("review"), "session:review")))

    # ---- notes: above a card, and below the verdict of a report

    def _notes(self, reply: Reply, told: Told) -> Iterator[Part]:
        read = [text for note, text in told if note.code == "read"]
        if read and reply.face == "report":  # it was read back where it was asked: here it is small print
            yield Small(" ".join(map(str, read)))
        elif len(read) > 1:  # a form's answers stand together
            yield Text(lines(*read))
        for note, text in told:
            if note.code != "read" or (len(read) == 1 and reply.face != "report"):
                yield from self._note(note, text, reply)

    def _note(self, note: Note, text: Markup, reply: Reply) -> Iterator[Part]:
        more: Iterable[str] = self._answered(self._rules.questions, reply) if note.code == "brought" else ()
        if note.code == "opinions":
            more = (f"• {line}" for line in opinions(reply.report, self._wording))
        yield Text(lines(text, *more))
        if note.code == "help":
            yield menus.words_that_work(self._wording)
        if buttons := tuple(self._note_buttons(note, reply)):
            yield Actions(buttons)

    def _note_buttons(self, note: Note, reply: Reply) -> Iterator[Button]:
        confirmable = note.code in ("use_edit", "late") or (
            note.code == "misread" and note.reading and note.reading.problem in ("unit_slip", "not_a_name")
        )
        if confirmable and note.text:
            code = note.reading.problem if note.code == "misread" and note.reading else note.code
            label = self._plainly("cards", f"confirm_{code}", note)
            yield Button(label, f"answer:{note.field}:confirm")
        if note.code == "taken":
            yield Button(self._press("drop"), "session:drop")
        if note.code == "used":
            yield Button(self._press("undo"), "session:undo", str(note.since))
        if note.code == "restarted":
            yield Button(self._press("restore"), "session:restore")

    def _in_notes(self, reply: Reply) -> int:
        """How many buttons the notes bring: so many fewer stand in sight beside them."""
        return sum(1 for note in reply.notes for _ in self._note_buttons(note, reply))

    def _start_over(self) -> Button:
        sure = Confirm(*self._press("sure_start_over").split("\n"))
        return Button(self._press("start_over"), "session:restart", confirm=sure)

    def _cited(self, family: str, code: str, report: Report, cite: str) -> Markup:
        return Markup("{} ({})").format(self._say(family, code, report), self._wording.cited(cite))

    def _note_text(self, note: Note, reply: Reply) -> Markup:
        row = self._wording.row(note.field)
        unread = note.code == "misread" and len(row.options) > _FEW
        if unread and (near := self._likely(row, reply)):
            return self._say("problems", "not_an_option", note.text, note.reading, row, near)
        return self._say("notes", note.code, note, self._wording.row(note.field), reply.standing)


def _to_say(reply: Reply, changed: str) -> list[Note]:
    """The notes, but for answers that the line on what has ``changed`` tells already."""
    return [note for note in reply.notes if not (changed and note.code == "read")]


def _by(options: tuple[Option, ...], most: int) -> list[tuple[Option, ...]]:
    return [options[start : start + most] for start in range(0, len(options), most)]


def _checklist_matters(report: Report) -> bool:
    """Only when neither a pending trial nor retrieval that is not needed explains the shortfall (§4)."""
    explained = {"q10_pending", "q3_not_needed"} & set(report.checklist.warnings)
    return report.checklist.label == "not_yet" and not explained

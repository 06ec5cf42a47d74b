"""Decisions: what is posted into a channel, shown behind it, taken along as a file and brought back.

Pure: the turns and the store are elsewhere. A decision is one version of a check's report and never changes; with
``costs`` off no figure of money or volume leaves it, whatever view it is reached through.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from advisor.model import UNKNOWN, Answers, Quote
from advisor.report import Gate, Report
from bot.check.beyond import Beside, found
from bot.render.blockkit import plain
from bot.render.changes import MONEY_FIELDS, changes
from bot.render.view import Actions, Button, Folded, Header, Menu, Option, Part, Small, Text, View, clean
from bot.render.wording import STATUS, Wording, lines, untouched

FORMAT = "finetune-advisor/decision"
_MONEY_GATE = 3
_DESCRIBED = 300  # of the description in an export: the whole fits the field it is pasted into


@dataclass(frozen=True, slots=True)
class Decision:
    """One version of a check, as it was decided. Dates are UTC, ISO 8601; ``number`` counts versions from 1,
    ``version`` is that of the log it was computed from. The owner stands in it by name, not as a mention: a mention in
    a channel would notify them. The fields ``from_opening`` were taken from a text its owner wrote, ``written`` is what
    they said in whole sentences, ``quotes`` are the calls that prices come from."""

    id: str
    number: int
    owner: str
    owner_name: str
    title: str
    description: str
    report: Report
    decided_at: str
    revised_at: str = ""
    note: str = ""
    costs: bool = False
    again_at: str = ""
    version: int = 0
    from_opening: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    quotes: Mapping[str, Quote] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """How many questions it was decided from, those nobody could answer included."""
        return sum(value is not None for _, value in self.report.answers)

    @property
    def not_known(self) -> int:
        return sum(value == UNKNOWN for _, value in self.report.answers)


class NotADecision(ValueError):
    """A text that cannot be imported: what is wrong with it as a code of ``prompts/say/record.j2``, and its facts."""

    def __init__(self, code: str, *facts: str) -> None:
        super().__init__(": ".join((code, *facts)))
        self.code, self.facts = code, facts


def record(decision: Decision, wording: Wording, *, before: Report | None = None, buttons: bool = True) -> View:
    """The compact record that is posted; ``before`` is the version it replaces."""
    report, say = decision.report, wording.say
    parts: list[Part] = [Header(_quiet(wording.plainly("record", "head", decision)))]
    if decision.note:
        parts.append(Text(lines(*(say("record", "note", line) for line in decision.note.splitlines()))))
    headline = str(wording.headline(report))
    parts.append(Text(lines(f"*{headline}*", say("record", "who", decision))))
    parts.append(Text(lines(*(gate_line(gate, decision, wording) for gate in report.gates))))
    parts += _figures(decision, wording)
    parts.append(Text(lines(say("record", "steps_head"), *_steps(decision, wording, most=3))))
    if before is not None:
        changed = list(changes(before, report, wording, costs=decision.costs))
        changed = changed or [str(say("record", "changed_nothing"))]
        parts.append(Text(lines(say("record", "changed_head"), *(f"• {line}" for line in changed))))
    parts.append(Small(lines(say("record", "again", decision), say("record", "foot"))))
    parts.append(Folded(wording.press("how"), tuple(_behind(decision, wording))))
    if buttons:
        more = tuple(
            Option(wording.press(code), f"{code}:{decision.id}") for code in ("differ", "start_own", "take_down")
        )
        ask = Button(wording.press("ask"), "record:ask", decision.id)
        follow = Button(wording.press("follow"), "record:follow", decision.id)
        parts.append(Actions((ask, follow, Menu("record:more", wording.press("more"), more))))
    return _view(parts, str(say("record", "summary", decision, headline)))


def _quiet(text: str) -> str:
    """Plain text that names people without a sign that would notify them, however it is read."""
    return re.sub(r"<([@!#][^<>]*)>", r"\1", text)


def _view(parts: list[Part], summary: str) -> View:
    return without_mentions(View(tuple(parts), summary))


def without_mentions(view: View) -> View:
    """The view without mentions: an owner given as one is not notified by every record and every edit of it."""
    return View(tuple(map(_quietly, view.parts)), _quiet(view.summary))


def _quietly(part: Part) -> Part:
    match part:
        case Text() | Small():
            return replace(part, text=_quiet(part.text))
        case Folded():
            return replace(part, parts=tuple(map(_quietly, part.parts)))
    return part


def gate_line(gate: Gate, decision: Decision, wording: Wording) -> str:
    """One gate, its status and why in one sentence."""
    name, why = wording.say("cards", "gate_name", gate.id), _why(gate, decision, wording)
    return str(wording.say("record", "gate", gate, STATUS[gate.status], name, why))


def _why(gate: Gate, decision: Decision, wording: Wording) -> str:
    """One sentence why; that of the year's money without its figures where these are left out."""
    if untouched(gate, decision.report):
        return ""
    if gate.number == _MONEY_GATE and not decision.costs:
        return str(wording.say("rules", f"reason_{gate.number}_{gate.reason}"))
    return str(wording.say("reasons", gate.reason, gate, gate.values, decision.report))


def _figures(decision: Decision, wording: Wording) -> Iterator[Part]:
    """The trial where there is one, and the year's money where its figures may be shown."""
    if decision.report.poc:
        yield Text(lines(wording.say("cards", "poc_head"), wording.say("cards", "poc", decision.report)))
    if decision.costs and decision.report.roi:
        money = wording.money(decision.report)
        yield Text(lines(*(money[part] for part in ("ratio", "savings", "cost") if part in money)))


def _steps(decision: Decision, wording: Wording, most: int = 5) -> Iterator[str]:
    for place, step in enumerate(decision.report.next_steps[:most], start=1):
        hidden = not decision.costs and any("usd" in name or "calls" in name for name in step.values)
        words = wording.say("record", "step_hidden", step) if hidden else wording.say("steps", step.id, step.values)
        yield f"{place}. {words} _({wording.cited(step.cite)})_"


def how(decision: Decision, wording: Wording) -> View:
    """How it was decided, for anybody who can see the record: gates, values read, sources, who answered."""
    report = decision.report
    parts: list[Part] = [Header(_quiet(wording.plainly("record", "how_head", decision)))]
    parts.append(Text(lines(f"*{wording.headline(report)}*", wording.say("record", "how_who", decision))))
    parts += _figures(decision, wording)
    parts += _behind(decision, wording, whys=True)
    return _view(parts, str(wording.say("record", "how_head", decision)))


def _behind(decision: Decision, wording: Wording, *, whys: bool = False) -> Iterator[Part]:
    """What each gate read, with ``whys`` also what it made of it."""
    for gate in decision.report.gates:
        values = _values(gate, decision, wording)
        said = [gate_line(gate, decision, wording), values] if whys else [values]
        if any(said):
            yield Text(lines(*filter(None, said)))
    if not decision.costs:
        yield Small(str(wording.say("record", "how_costs", decision)))


def _values(gate: Gate, decision: Decision, wording: Wording) -> str:
    shown = [
        str(wording.say("record", "value", wording.rules.question(field), value, field in decision.from_opening))
        for field, value in gate.values.items()
        if decision.costs or field not in MONEY_FIELDS
    ]
    if not shown:
        return "" if untouched(gate, decision.report) else str(wording.say("record", "no_values", gate, decision))
    return str(wording.say("record", "gate_values", gate, "; ".join(shown)))


# ---- taken along and brought back


def tells_costs(decision: Decision) -> bool:
    """Whether there are cost figures among its answers."""
    answers = decision.report.answers
    return any(answers.known(field) is not None for field in MONEY_FIELDS)


def markdown(decision: Decision, wording: Wording) -> str:
    """The decision as an architecture decision record in Markdown, with front matter."""
    report = decision.report
    rows = wording.rules.questions
    figures = [
        (row.short, wording.plainly("record", "figure", row, value, row.id in decision.from_opening))
        for row in rows
        if (value := getattr(report.answers, row.id)) is not None and (decision.costs or row.id not in MONEY_FIELDS)
    ]
    if decision.costs and report.roi:
        figures += [("the year", plain(line)) for line in wording.money(report).values()]
    return wording.document(
        "adr.md.j2",
        d=decision,
        status="superseded" if decision.revised_at else "on hold" if report.verdict.hold else "accepted",
        headline=plain(str(wording.headline(report))),
        lead=plain(str(wording.lead(report))) if decision.costs or report.verdict.blocked_at != 3 else "",
        gates=[plain(gate_line(gate, decision, wording)) for gate in report.gates],
        figures=figures,
        sources=[f"{wording.rules.source}, {cite}" for cite in dict.fromkeys(gate.cite for gate in report.gates)],
        steps=[plain(line.partition(" ")[2]) for line in _steps(decision, wording)],
        beside=_told_beside(decision, wording),
        source=wording.rules.source,
    )


def _beside(decision: Decision, wording: Wording) -> Beside | None:
    """What stands beside the verdict; without its costs only what has none, and nothing beside another edition's."""
    if decision.report.rules_version != wording.rules.version:
        return None
    beside = found(decision.report, decision.written, decision.quotes, decision.decided_at, wording.rules)
    if not decision.costs:
        beside = beside.model_copy(update={"rivals": None, "ranges": None, "flips": ()})
    return Beside(decision.report, beside, decision.quotes, wording)


def _told_beside(decision: Decision, wording: Wording) -> dict[str, list[str]]:
    """The same in words, by its titles."""
    beside = _beside(decision, wording)
    if beside is None:
        return {}
    turning = beside.turning() if decision.costs else []
    hold = decision.report.verdict.hold
    told = {
        wording.plainly("beyond", "fold_change", hold): turning,
        wording.plainly("beyond", "fold_sure"): [*beside.evidence(), *beside.sure()],
        wording.plainly("beyond", "fold_rivals"): beside.rivals(),
        wording.plainly("beyond", "fold_unweighed"): beside.unweighed(),
    }
    return {title: [plain(line) for line in said] for title, said in told.items() if said}


def as_json(decision: Decision) -> str:
    """The decision as JSON that ``answers_of`` reads back; money and volumes only with ``costs``."""
    kept = {
        field: value
        for field, value in decision.report.answers.model_dump(mode="json", exclude_none=True).items()
        if decision.costs or field not in MONEY_FIELDS
    }
    body: dict[str, Any] = {
        "format": FORMAT,
        "title": decision.title,
        "description": decision.description[:_DESCRIBED],
        "owner": decision.owner_name,
        "decided_at": decision.decided_at,
        "rules_version": decision.report.rules_version,
        "answers": kept,
        "sources": {field: "opening" for field in decision.from_opening if field in kept},
        "verdict": decision.report.verdict.model_dump(mode="json"),
    }
    if decision.costs and decision.report.roi:
        body["roi"] = decision.report.roi.model_dump(mode="json", include={"ratio", "net_usd"})
    return _json(body)


def beside_json(decision: Decision, wording: Wording) -> str:
    """What stands beside the verdict as JSON, apart from what is brought back: that has to fit the field it is pasted
    into. Empty where there is none."""
    beside = _beside(decision, wording)
    if beside is None:
        return ""
    shown = beside.found.model_copy(update={"flips": beside.nearest()})
    return _json({key: part for key, part in shown.model_dump(mode="json", exclude_none=True).items() if part})


def _json(body: dict[str, Any]) -> str:
    # A backtick would end the code block this may be copied from.
    return json.dumps(body, indent=1, ensure_ascii=False).replace("`", "\\u0060")


def answers_of(text: str) -> tuple[str, Answers]:
    """The title and the answers of an exported decision.

    Raises:
        NotADecision: the text is no JSON of ours, or an answer in it is out of range; the message names it.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise NotADecision("not_json") from None
    if not isinstance(body, dict) or body.get("format") != FORMAT or not isinstance(body.get("answers"), dict):
        raise NotADecision("not_ours")
    try:
        return clean(str(body.get("title") or ""))[:200], Answers.model_validate(body["answers"])
    except ValidationError as error:
        names = clean(", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()})))[:300]
        raise NotADecision("not_answers", names) from None

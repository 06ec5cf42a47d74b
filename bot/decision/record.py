"""Decisions: what is posted into a channel, shown behind it, taken along as a file and brought back.

Pure: the turns and the store are elsewhere. A decision is one version of a check's report and never changes; with
``costs`` off no figure of money or volume leaves it, whatever view it is reached through.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from advisor.model import Answers
from advisor.report import Gate, Report
from bot.render.blockkit import plain
from bot.render.changes import MONEY_FIELDS, changes
from bot.render.view import Actions, Button, Header, Part, Small, Text, View, clean
from bot.render.wording import STATUS, Wording, lines

FORMAT = "finetune-advisor/decision"
_DESCRIBED = 300  # of the description in an export: the whole fits the field it is pasted into


@dataclass(frozen=True, slots=True)
class Decision:
    """One version of a check, as it was decided. Dates are UTC, ISO 8601; ``number`` counts versions from 1,
    ``version`` is that of the log it was computed from. The owner stands in it by name, not as a mention: a mention in
    a channel would notify them. The fields ``from_opening`` were taken from a text its owner wrote."""

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
    parts.append(Text(lines(*(_gate_line(gate, wording) for gate in report.gates))))
    if decision.costs and report.roi:
        parts.append(Text(lines(*list(wording.money(report).values())[:2])))
    parts.append(Text(lines(say("record", "steps_head"), *_steps(decision, wording, most=3))))
    if before is not None:
        changed = list(changes(before, report, wording, costs=decision.costs))
        changed = changed or [str(say("record", "changed_nothing"))]
        parts.append(Text(lines(say("record", "changed_head"), *(f"• {line}" for line in changed))))
    parts.append(Small(lines(say("record", "again", decision), say("record", "foot"))))
    if buttons:
        parts.append(
            Actions(
                (
                    Button(wording.press("how"), "record:how", decision.id),
                    Button(wording.press("start_own"), "session:start"),
                )
            )
        )
    return _view(parts, str(say("record", "summary", decision, headline)))


def _quiet(text: str) -> str:
    """Plain text that names people without a sign that would notify them, however it is read."""
    return re.sub(r"<([@!#][^<>]*)>", r"\1", text)


def _view(parts: list[Part], summary: str) -> View:
    """The view without mentions: an owner given as one is not notified by every record and every edit of it."""
    told = (replace(part, text=_quiet(part.text)) if isinstance(part, Text) else part for part in parts)
    return View(tuple(told), _quiet(summary))


def _gate_line(gate: Gate, wording: Wording) -> str:
    return str(wording.say("record", "gate", gate, STATUS[gate.status], wording.say("cards", "gate_name", gate.id)))


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
    parts += (Text(lines(_gate_line(gate, wording), _values(gate, decision, wording))) for gate in report.gates)
    if decision.costs and report.roi:
        parts.append(Text(lines(*list(wording.money(report).values())[:2])))
    if not decision.costs:
        parts.append(Small(str(wording.say("record", "how_costs", decision))))
    return _view(parts, str(wording.say("record", "how_head", decision)))


def _values(gate: Gate, decision: Decision, wording: Wording) -> str:
    shown = [
        str(wording.say("record", "value", wording.rules.question(field), value, field in decision.from_opening))
        for field, value in gate.values.items()
        if decision.costs or field not in MONEY_FIELDS
    ]
    if not shown:
        return str(wording.say("record", "no_values", gate))
    return str(wording.say("record", "gate_values", gate, "; ".join(shown)))


# ---- taken along and brought back


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
        gates=[plain(_gate_line(gate, wording)) for gate in report.gates],
        figures=figures,
        sources=[f"{wording.rules.source}, {cite}" for cite in dict.fromkeys(gate.cite for gate in report.gates)],
        steps=[plain(line.partition(" ")[2]) for line in _steps(decision, wording)],
        source=wording.rules.source,
    )


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

"""Decisions: what is posted into a channel, and shown behind it.

Pure: the turns and the store are elsewhere. A decision is one version of a check's report and never changes; with
``costs`` off no figure of money or volume leaves it, whatever view it is reached through.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from types import MappingProxyType
from typing import Any, NamedTuple

from advisor.model import UNKNOWN, Ends, Quote
from advisor.report import Gate, Report
from bot.check.beyond import over_ranges, sourced
from bot.check.pictures import pictures
from bot.render.changes import MONEY_FIELDS, changes
from bot.render.view import Actions, Button, Folded, Header, Menu, Option, Part, Small, Text, View
from bot.render.wording import STATUS, Wording, lines, untouched
from bot.store.checks import Said
from bot.store.decisions import Hand

_MONEY_GATE = 3
_NONE: Mapping[str, Any] = MappingProxyType({})


class Decision(NamedTuple):
    """One version of a check, as it was decided. Dates are UTC, ISO 8601; ``number`` counts versions from 1,
    ``version`` is that of the log it was computed from. The owner stands in it by name, not as a mention: a mention in
    a channel would notify them. The fields ``from_opening`` were taken from a text its owner wrote; ``said`` is how
    each answer came, ``written`` what they wrote in whole sentences, ``quotes`` the calls that prices come from,
    ``derivations`` how answers were worked out, ``ranges`` those that they were given with. Only its owner can answer;
    ``hands`` are those it was in before."""

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
    said: Mapping[str, Said] = _NONE
    written: tuple[str, ...] = ()
    quotes: Mapping[str, Quote] = _NONE
    derivations: Mapping[str, str] = _NONE
    ranges: Mapping[str, Ends] = _NONE
    hands: tuple[Hand, ...] = ()

    def by(self, name: str) -> str:
        """Who gave an answer; empty where that is not known."""
        entry = self.said[name].n if name in self.said else 0  # taken from what it was opened with
        return next((hand.name for hand in self.hands if entry < hand.before), self.owner_name)

    @property
    def by_whom(self) -> tuple[str, ...]:
        """Who gave its answers, in the order of the questions; with an empty name where that is not known of some."""
        return tuple(dict.fromkeys(self.by(name) for name, value in self.report.answers if value is not None))

    @property
    def answered(self) -> int:
        """How many questions it was decided from, those nobody could answer included."""
        return sum(value is not None for _, value in self.report.answers)

    @property
    def not_known(self) -> int:
        return sum(value == UNKNOWN for _, value in self.report.answers)


def record(decision: Decision, wording: Wording, *, before: Report | None = None, buttons: bool = True) -> View:
    """The compact record that is posted; ``before`` is the version it replaces."""
    report, say = decision.report, wording.say
    headline = str(wording.headline(report))
    parts: list[Part] = [Header(_quiet(unescape(headline)))]
    parts.append(Text(lines(say("record", "about", decision), say("record", "who", decision))))
    if decision.note:
        older = [say("record", "note_before")] if decision.revised_at else []
        parts.append(Text(lines(*older, *(say("record", "note", line) for line in decision.note.splitlines()))))
    parts.append(Text(lines(*gates_of(decision, wording))))
    parts += _figures(decision, wording)
    parts += pictures(report, wording, costs=decision.costs, by_month=False)
    parts.append(Text(lines(say("record", "steps_head"), *steps_of(decision, wording, most=3))))
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
            return part._replace(text=_quiet(part.text))
        case Folded():
            return part._replace(parts=tuple(map(_quietly, part.parts)))
    return part


def gates_of(decision: Decision, wording: Wording) -> Iterator[str]:
    """Each gate with its status and why in one sentence, and in one line those nobody was asked about."""
    unasked = [gate for gate in decision.report.gates if untouched(gate, decision.report)]
    yield from (gate_line(gate, decision, wording) for gate in decision.report.gates if gate not in unasked)
    if unasked:
        yield str(wording.say("record", "unasked", [gate.number for gate in unasked]))


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
    """The trial where there is one, the year's money where its figures may be shown, and whether ranges can turn it."""
    if decision.report.poc:
        yield Text(lines(wording.say("cards", "poc_head"), wording.say("cards", "poc", decision.report)))
    if decision.costs and decision.report.roi:
        money = wording.money(decision.report)
        yield Text(lines(*(money[part] for part in ("ratio", "savings", "cost") if part in money)))
        told = sourced(decision.report, decision.quotes, decision.derivations, decision.decided_at, wording)
        if told:
            yield Small(lines(*told))
    if decision.report.rules_version == wording.rules.version:
        yield from map(Text, over_ranges(decision.report.answers, decision.ranges, wording, costs=decision.costs))


def steps_of(decision: Decision, wording: Wording, most: int = 5) -> Iterator[str]:
    for place, step in enumerate(decision.report.next_steps[:most], start=1):
        hidden = not decision.costs and any("usd" in name or "calls" in name for name in step.values)
        words = wording.say("record" if hidden else "steps", f"quiet_{step.id}" if hidden else step.id, step.values)
        yield f"{place}. {words} _({wording.cited(step.cite)})_"


def how(decision: Decision, wording: Wording) -> View:
    """How it was decided, for anybody who can see the record: gates, values read, sources, who answered."""
    report = decision.report
    parts: list[Part] = [Header(_quiet(wording.plainly("record", "how_head", decision)))]
    parts.append(Text(lines(f"*{wording.headline(report)}*", wording.say("record", "how_who", decision))))
    parts.append(Text(lines(*gates_of(decision, wording))))
    parts += _figures(decision, wording)
    parts += _behind(decision, wording)
    return _view(parts, str(wording.say("record", "how_head", decision)))


def _behind(decision: Decision, wording: Wording) -> Iterator[Part]:
    """What each gate looked at."""
    read = [said for gate in decision.report.gates if (said := _values(gate, decision, wording))]
    if read:
        yield Text(lines(*read))
    if not decision.costs:
        yield Small(str(wording.say("record", "how_costs", decision)))


def _values(gate: Gate, decision: Decision, wording: Wording) -> str:
    opening, ranges, row = decision.from_opening, decision.ranges, wording.rules.question
    shown = [
        str(wording.say("record", "value", row(field), value, field in opening, ranges.get(field)))
        for field, value in gate.values.items()
        if decision.costs or field not in MONEY_FIELDS
    ]
    if not shown:  # nothing was told, or nothing but what stays with the owner
        return str(wording.say("record", "no_values", gate, decision)) if gate.values else ""
    return str(wording.say("record", "gate_values", gate, "; ".join(shown)))

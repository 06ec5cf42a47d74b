"""What can be said about a report: every sentence of ours that is true of it, with its source; and its reasons, with
their figures as placeholders, for a model to say in other words.

Pure. ``bot/answering/search.py`` finds sentences here for a question, a model may pick some by id, and neither writes
any.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup

from advisor.model import UNKNOWN
from advisor.pattern import pattern
from advisor.report import Gate, Report
from advisor.rulebook import Rules
from bot.answering.intents import unweighed
from bot.answering.verify import fault, tidy
from bot.render.rules import SECTIONS, section
from bot.render.wording import MARK, STATUS, Wording, anchor_of, label, untouched

MOST_REASONS = 8
_SLOT = pattern(r"\{\{(\w+)\}\}")
_TRIAL = "§5"
_CHECKLIST = "§4"
_OPERATIONS = "§7"
_OUR_OWN = ("change_it", "who_decides", "certain", "privacy", "share", "export", "hand_over", "remind")
_TERMS = {
    "term_eval_set": "§1 ②", "term_rag": "§3", "term_prompt": "§3", "term_sft": "§3", "term_dpo": "§3",
    "term_lora": "§5", "term_poc": "§5", "term_roi": "§5", "term_break_even": "§5", "term_overlap": "§5",
    "term_instruct": "§6", "term_points": "§5",
}  # fmt: skip


class Sentence(NamedTuple):
    """One true thing about a report, in mrkdwn; ``cite`` is its section, empty where it is about the bot."""

    id: str
    text: str
    cite: str
    sections: tuple[str, ...] = ()
    """The sections of ``cite``, which may be links."""

    @property
    def said(self) -> str:
        return f"{self.text} _({self.cite})_" if self.cite else self.text


class Reason(NamedTuple):
    """One thing a report stands on: our sentence for it, and the same with placeholders for a model, empty where it
    stays ours. ``status`` is the gate's (passed, blocked, unproven), or what it is beside a gate: caution, pitfall."""

    id: str
    status: str
    said: str
    brief: str


# ---- the bank


def bank(report: Report, wording: Wording) -> dict[str, Sentence]:
    """Every sentence there is for this report, by id, in the order of the card."""
    return {
        one.id: one._replace(cite=str(wording.cited(one.cite)), sections=tuple(one.cite.split(", ")))
        for one in _sentences(report, wording)
    }


def section_id(cite: str) -> str:
    """The sentence that says what a section decides."""
    return f"section_{anchor_of(cite)}"


def _sentences(report: Report, wording: Wording) -> Iterator[Sentence]:
    def own(code: str, *facts: Any, cite: str = "", id: str = "") -> Sentence:
        return Sentence(id or code, str(wording.say("bank", code, *facts)), cite)

    rules, say = wording.rules, wording.say
    deciding = report.gates[report.verdict.blocked_at - 1].cite if report.verdict.blocked_at else "§1"
    yield own("verdict", wording.headline(report), wording.lead(report), cite=deciding)
    for gate in report.gates:
        name = say("cards", "place_name", gate.id)
        if untouched(gate, report):
            yield own("gate_unasked", gate, name, cite=gate.cite, id=f"gate_{gate.number}")
            continue
        sentence = say("reasons", gate.reason, gate, gate.values, report)
        yield own("gate", gate, STATUS[gate.status], name, sentence, cite=gate.cite, id=f"gate_{gate.number}")
    yield from _beside(report, wording)
    for number, step in enumerate(report.next_steps, start=1):
        yield own("step", number, say("steps", step.id, step.values), cite=step.cite, id=f"step_{step.id}")
    if not report.verdict.hold:
        yield own("go_on", report, cite="§1")
    yield from _money(report, wording)
    yield own("poc", report, cite=_TRIAL) if report.poc else own("poc_none", cite=_TRIAL)
    if report.approach.goal:
        goal = label(rules.question("goal"), report.approach.goal)
        yield Sentence("approach", str(say("cards", "approach", goal, report.approach)), "§3")
    for row in rules.approaches:
        yield own("approach", row.id, row, cite=row.cite, id=f"approach_{row.id}")
    if report.data_plan:
        yield Sentence("data_plan", str(say("cards", "plan", report.data_plan)), "§5")
        yield own("labelling", report.data_plan, cite="§5, §6")
    for line in report.operations:
        sentence = say("operations", line.id)
        yield own("operation", MARK[line.status], sentence, cite=_OPERATIONS, id=f"operation_{line.id}")
    yield own("checklist", report, cite=_CHECKLIST)
    yield own("owner", report, cite="§1 ④")
    yield own("labelers", report, cite="§5")
    yield own("sources", report)
    yield from (own(code, report) for code in _OUR_OWN)
    for departure in rules.departures:
        yield own("departure", departure, cite=departure.cite, id=f"departure_{departure.id}")
    yield from _answers(report, wording)
    yield from (own(code, cite=cite) for code, cite in _TERMS.items())
    for cite in SECTIONS:
        yield own("section", section(wording, cite), cite=cite, id=section_id(cite))
    yield from (own(code, report) for code in unweighed())


def _beside(report: Report, wording: Wording) -> Iterator[Sentence]:
    """What stands beside the gates: cautions, pitfalls, the checklist's warnings."""
    for code, cite in cautions(report, wording.rules):
        yield Sentence(f"caution_{code}", str(wording.say("cautions", code, report)), cite)
    for pitfall in report.pitfalls.triggered:
        yield Sentence(f"pitfall_{pitfall.id}", str(wording.say("pitfalls", pitfall.id, report)), pitfall.cite)
    if report.pitfalls.unchecked and report.data_plan:
        said = wording.say("cards", "pitfalls_unchecked", report.pitfalls, plan_asked(report, wording.rules))
        yield Sentence("pitfalls_unchecked", str(said), "§5, §6")
    for warning in report.checklist.warnings:
        yield Sentence(f"warning_{warning}", str(wording.say("cautions", warning, report)), _CHECKLIST)


def _money(report: Report, wording: Wording) -> Iterator[Sentence]:
    if report.roi is None:
        yield Sentence("money_open", str(wording.say("bank", "money_open", report.gates[2])), "§5")
        return
    for part, line in wording.money(report).items():
        yield Sentence(f"money_{part}", line, "§5")


def _answers(report: Report, wording: Wording) -> Iterator[Sentence]:
    """For each question why it is asked, and what was answered."""
    for row in wording.rules.questions:
        yield Sentence(f"why_{row.id}", str(wording.say("bank", "asked_why", row)), row.cite)
        value = getattr(report.answers, row.id)
        code = "not_asked" if value is None else "not_known" if value == UNKNOWN else "your_answer"
        facts = {"your_answer": (row, value), "not_asked": (row, report), "not_known": (row,)}[code]
        yield Sentence(f"said_{row.id}", str(wording.say("bank", code, *facts)), "")


_MOVED = ("gate_", "money_ratio", "money_payback", "money_break_even", "labelling", "data_plan")


def moved(before: Report, after: Report, wording: Wording) -> list[Sentence]:
    """What other answers would make of a report: the gates, the money and the labelling that read differently then."""
    was, now = bank(before, wording), bank(after, wording)
    return [one for start in _MOVED for id, one in now.items() if id.startswith(start) and one != was.get(id)]


def without_names(report: Report) -> Report:
    """The report with nothing in it that a person typed freely: the owner's name is the one such answer."""
    name, body = report.answers.retrain_owner, report.model_dump()
    if name in (None, "", UNKNOWN):
        return report

    def rid(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: "the owner" if key == "retrain_owner" else rid(inner) for key, inner in part.items()}
        return [rid(inner) for inner in part] if isinstance(part, list | tuple) else part

    return Report.model_validate(rid(body))


# ---- reasons, for a model to word


def plan_asked(report: Report, rules: Rules) -> bool:
    """Whether all about data and operations was asked."""
    return all(getattr(report.answers, row.id) is not None for row in rules.questions if row.asked_for == "plan")


def cautions(report: Report, rules: Rules) -> Iterator[tuple[str, str]]:
    """What stands beside the gates and the trial without deciding them: code and section."""
    for gate in report.gates:
        yield from ((code, rules.gate(gate.number).cite) for code in gate.cautions)
    if report.poc:
        yield from ((code, "§5") for code in report.poc.cautions)


def reasons(report: Report, wording: Wording) -> list[Reason]:
    """What the verdict stands on, at most eight: gates that were looked at, then what stands beside them."""

    def reason(id: str, status: str, family: str, code: str, gate: Gate | None = None) -> Reason:
        facts = (gate, gate.values, report) if gate else (report,)
        brief = wording.brief(f"{family}_{code}", gate, report)
        return Reason(id, status, str(wording.say(family, code, *facts)), brief)

    gates = (gate for gate in report.gates if not untouched(gate, report))
    found = [reason(f"gate_{gate.number}", gate.status, "reasons", gate.reason, gate) for gate in gates]
    found += [reason(f"caution_{code}", "caution", "cautions", code) for code, _ in cautions(report, wording.rules)]
    found += [reason(f"pitfall_{one.id}", "pitfall", "pitfalls", one.id) for one in report.pitfalls.triggered]
    return found[:MOST_REASONS]


def kept(written: dict[str, str], report: Report, wording: Wording) -> dict[str, str]:
    """Of a model's sentences, by reason, those that may stand, tidied; their placeholders are still open."""
    briefs = {reason.id: reason.brief for reason in reasons(report, wording) if reason.brief}
    tidied = {id: tidy(text) for id, text in written.items() if id in briefs}
    return {id: text for id, text in tidied.items() if fault(text, briefs[id]) is None}


def worded(sentences: dict[str, str], report: Report, wording: Wording) -> list[Markup]:
    """The reasons in a model's words with the figures put in; our own sentence where there is none of the model's."""
    return [
        _filled(sentences[reason.id], report, wording) if reason.id in sentences else Markup(reason.said)  # noqa: S704
        for reason in reasons(report, wording)
    ]


def _filled(text: str, report: Report, wording: Wording) -> Markup:
    pieces = _SLOT.split(text)  # text, name, text, name, …
    filled = [wording.say("slots", piece, report) if place % 2 else piece for place, piece in enumerate(pieces)]
    return Markup("").join(filled)

"""A decision as a document: Markdown for a repository, and JSON that comes back as a check. Pure."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from advisor.model import FIELDS, Answers, Ends, Quote, decimal
from advisor.pattern import pattern
from advisor.prices import usd_today
from advisor.roi import PRICES, RANGED
from advisor.session import stored
from bot.check.beyond import Beside, found, sourced
from bot.check.pictures import charts
from bot.decision.record import Decision, gates_of, steps_of
from bot.render.blockkit import INPUT, plain
from bot.render.changes import MONEY_FIELDS
from bot.render.pictures import drawn, in_mermaid, in_words, picture
from bot.render.view import clean
from bot.render.wording import Wording

FORMAT = "finetune-advisor/decision"
_DESCRIBED = 300  # of the description in an export: the whole fits the field it is pasted into
_QUIET = ("pairs", "trial")  # pictures without money


class NotADecision(ValueError):
    """A text that cannot be imported: what is wrong with it as a code of ``prompts/say/record.j2``, and its facts."""

    def __init__(self, code: str, *facts: str) -> None:
        super().__init__(": ".join((code, *facts)))
        self.code, self.facts = code, facts


def tells_costs(decision: Decision) -> bool:
    """Whether there are cost figures among its answers."""
    answers = decision.report.answers
    return any(answers.known(field) is not None for field in MONEY_FIELDS)


def _came(name: str, decision: Decision) -> tuple[str, str, str]:
    """How an answer came, as a code; when; and in which words. Empty where that is not known."""
    said = decision.said.get(name)
    if said is None:
        return ("message" if name in decision.from_opening else "", "", "")
    if said.verb == "use":
        return "message", said.at, said.text
    if said.ts:
        return "typed", said.at, said.text
    picked = FIELDS[name].kind in ("choice", "yes_no")
    return ("brought" if said.begun else "picked" if picked else "filled"), said.at, ""


def _named(name: str, decision: Decision) -> str:
    """Who gave an answer, where it has to be said: it was not its owner, or of some it is not known."""
    by = decision.by(name)
    return "" if by == decision.owner_name and "" not in decision.by_whom else by


def _pictures(decision: Decision, wording: Wording) -> Iterator[tuple[str, str]]:
    """Each picture as Mermaid, and what it says in words."""
    for name, chart in charts(decision.report, wording).items():
        block = picture(chart)
        if drawn(block) and (decision.costs or name in _QUIET):
            yield in_mermaid(block), plain(in_words(block))


def markdown(decision: Decision, wording: Wording) -> str:
    """The decision as an architecture decision record in Markdown, with front matter."""
    report = decision.report
    told = [
        (row, value)
        for row in wording.rules.questions
        if (value := getattr(report.answers, row.id)) is not None and (decision.costs or row.id not in MONEY_FIELDS)
    ]
    return wording.document(
        "adr.md.j2",
        d=decision,
        status="superseded" if decision.revised_at else "on hold" if report.verdict.hold else "accepted",
        headline=plain(str(wording.headline(report))),
        lead=plain(str(wording.lead(report))) if decision.costs or report.verdict.blocked_at != 3 else "",
        gates=[plain(line) for line in gates_of(decision, wording)],
        figures=[
            (row.short, wording.plainly("record", "figure", row, value, False, decision.ranges.get(row.id)))
            for row, value in told
        ],
        answers=[
            (
                row.short,
                wording.plainly(
                    "record",
                    "figure_said",
                    row,
                    value,
                    decision.ranges.get(row.id),
                    *_came(row.id, decision),
                    _named(row.id, decision),
                ),
            )
            for row, value in told
        ],
        trial=[plain(str(wording.say("cards", "poc", report)))] if report.poc else [],
        year=[plain(line) for line in _year(decision, wording)] if decision.costs and report.roi else [],
        pictures=list(_pictures(decision, wording)),
        by_whom=wording.plainly("record", "by_whom", decision),
        sources=[f"{wording.rules.source}, {cite}" for cite in dict.fromkeys(gate.cite for gate in report.gates)],
        steps=[plain(line.partition(" ")[2]) for line in steps_of(decision, wording)],
        beside=_told_beside(decision, wording),
        source=wording.rules.source,
    )


def _year(decision: Decision, wording: Wording) -> list[str]:
    """The year's money, with what the chapter leaves out and where sums come from."""
    beside = _beside(decision, wording)
    said = list(wording.money(decision.report).values()) + (beside.year() if beside else [])
    return said + sourced(decision.report, decision.quotes, decision.derivations, decision.decided_at, wording)


def _beside(decision: Decision, wording: Wording) -> Beside | None:
    """What stands beside the verdict; without its costs only what has none, and nothing beside another edition's."""
    if decision.report.rules_version != wording.rules.version:
        return None
    beside = found(
        decision.report, decision.written, decision.quotes, decision.decided_at, wording.rules, decision.ranges,
        derivations=decision.derivations,
    )  # fmt: skip
    if not decision.costs:
        beside = beside.model_copy(update={"rivals": None, "ranges": None, "flips": ()})
    return Beside(decision.report, beside, decision.quotes, wording)


def _told_beside(decision: Decision, wording: Wording) -> dict[str, list[str]]:
    """The same in words, by its titles."""
    beside = _beside(decision, wording)
    if beside is None:
        return {}
    hold = decision.report.verdict.hold
    told = {
        wording.plainly("beyond", "fold_change", hold): beside.turning() if decision.costs else [],
        wording.plainly("beyond", "fold_sure"): [*beside.evidence(), *beside.sure()],
        wording.plainly("beyond", "fold_rivals"): beside.rivals(),
        wording.plainly("beyond", "fold_unweighed"): beside.unweighed(),
    }
    return {title: [plain(line) for line in said] for title, said in told.items() if said}


def beside_json(decision: Decision, wording: Wording) -> str:
    """What stands beside the verdict as JSON, apart from what is brought back: that has to fit the field it is pasted
    into. Empty where there is none."""
    beside = _beside(decision, wording)
    if beside is None:
        return ""
    shown = beside.found.model_copy(update={"flips": beside.nearest()})
    return _dumped({key: part for key, part in shown.model_dump(mode="json", exclude_none=True).items() if part})


def as_json(decision: Decision) -> str:
    """The decision as JSON that ``answers_of`` reads back; money and volumes only with ``costs``."""
    kept = {
        field: value
        for field, value in decision.report.answers.model_dump(mode="json", exclude_none=True).items()
        if decision.costs or field not in MONEY_FIELDS
    }
    report = decision.report
    body: dict[str, Any] = {
        "format": FORMAT,
        "title": decision.title,
        "description": decision.description[:_DESCRIBED],
        "owner": decision.owner_name,
        "decided_at": decision.decided_at,
        "rules_version": report.rules_version,
        "answers": kept,
        "verdict": report.verdict.model_dump(mode="json"),
        "gates": {str(gate.number): f"{gate.status}: {gate.reason}" for gate in report.gates},
    }
    if decision.costs and report.roi:
        body["roi"] = report.roi.model_dump(mode="json", include={"ratio", "net_usd", "cost_usd", "savings_usd"})
    if report.poc:
        body["trial"] = report.poc.model_dump(mode="json", include={"decision", "delta_points"})
    sources: dict[str, str] = {}
    for name in kept:
        how, at, _ = _came(name, decision)
        by = _named(name, decision)
        came = " ".join(filter(None, (how, at[:10], by and f"by {by}")))
        if came:
            sources[came] = f"{sources.get(came, '')} {name}".strip()
    if ranges := {field: [stored(end) for end in ends] for field, ends in decision.ranges.items() if field in kept}:
        body["ranges"] = ranges
    where = _where_from(decision) if decision.costs else {}
    # What it is decided from comes back in any case; where that came from, as far as it fits.
    whole = (_dumped(body | more) for more in ({"sources": sources} | where, where, {"sources": sources}))
    return next((text for text in whole if len(text) <= INPUT), _dumped(body))


def _where_from(decision: Decision) -> dict[str, Any]:
    """Models, tokens and price data behind prices of a call, and how other sums were worked out."""
    quotes = {field: quote.model_dump(mode="json", exclude_defaults=True) for field, quote in decision.quotes.items()}
    told = {"prices": quotes, "worked_out": dict(decision.derivations)}
    return {name: part for name, part in told.items() if part}


def _dumped(body: dict[str, Any]) -> str:
    # A backtick would end the code block this may be copied from.
    return json.dumps(body, indent=1, ensure_ascii=False).replace("`", "\\u0060")


class Brought(NamedTuple):
    """What an exported decision brings: its answers, the ranges they were given with, and where sums of them come
    from."""

    title: str
    answers: Answers
    ranges: dict[str, Ends]
    quotes: dict[str, Quote]
    derivations: dict[str, str]


def answers_of(text: str) -> Brought:
    """The title and the answers of an exported decision, and where its sums come from.

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
        answers = Answers.model_validate(body["answers"])
        ranges = _ranges_in(body.get("ranges"), answers)
    except ValidationError as error:
        names = clean(", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()})))[:300]
        raise NotADecision("not_answers", names) from None
    return Brought(clean(str(body.get("title") or ""))[:200], answers, ranges, *_brought(body, answers))


_HOW = pattern(r"\$?[\d,.]+(?: [x/] \$?[\d,.]+)+")


def _brought(body: dict[str, Any], answers: Answers) -> tuple[dict[str, Quote], dict[str, str]]:
    """Where sums came from, so far as it still says the same: what was changed by hand is an answer like any other."""
    try:
        quotes = TypeAdapter(dict[str, Quote]).validate_python(body.get("prices") or {})
        how = TypeAdapter(dict[str, str]).validate_python(body.get("worked_out") or {})
    except ValidationError:
        return {}, {}
    priced = {
        field: quote
        for field, quote in quotes.items()
        if field in PRICES and (usd := usd_today(quote)) is not None and decimal(usd) == answers.known(field)
    }
    return priced, {field: text[:_DESCRIBED] for field, text in how.items() if field in FIELDS and _HOW.fullmatch(text)}


def _ranges_in(told: Any, answers: Answers) -> dict[str, Ends]:
    """The ranges that hold their answers; a text may have been written by hand.

    Raises:
        ValidationError: an end is no value of its field.
    """
    found = dict[str, Ends]()
    for field, ends in told.items() if isinstance(told, dict) else ():
        if field in RANGED and isinstance(ends, list) and len(ends) == 2:
            low, high = (Answers.model_validate({field: end}).known(field) for end in ends)
            value = answers.known(field)
            if None not in (low, high, value) and low <= value <= high:
                found[field] = (low, high)
    return found

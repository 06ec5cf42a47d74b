"""Costs that people say in their own units: machines by the hour, days of work, models and tokens, the month it goes
live. What is worked out says how, where it is offered and from then on."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from advisor import Answers, load_rules
from advisor.advice import decide
from advisor.conversation import Clicked, Typed, current, opening, step
from advisor.session import Session, stored
from bot.check.beyond import Beside, found
from bot.decision import document
from bot.decision.record import Decision
from bot.render.wording import Wording
from tests.advisor.beyond.test_worked import WORKED, answers_of
from tests.advisor.beyond.test_worked import found as figure
from tests.bot.conftest import ANSWERS, Words, Workspace, buttons
from tests.bot.test_calculator import asked
from tests.prices import PRICES

ADA = "U0ADA"
RULES = load_rules()
WORDING = Wording(RULES)
HOSTING = "hosting_usd_per_month"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prices of one day, whatever day it is."""
    from bot import quotes

    monkeypatch.setattr(quotes.Quotes, "today", lambda _: PRICES)


# ---- the situations of tests/cases/beyond.toml, said by a person

_MACHINES = {
    "A machine at $7 an hour, as hosting": ("1 H100 at $7/h 24x7", "$7 x 24 x 365 / 12"),
    "Two machines at $2.50 an hour, at 10M calls": ("2 A100s at $2.50/h", "$2.50 x 2 x 24 x 365 / 12"),
}
_SAID = WORKED[:6] + WORKED[-4:]


def _begun(case: dict[str, Any]) -> Session:
    """A check with the answers of a case, but for what is typed."""
    session = opening("A tuned model for our tone", PRICES)
    for field, value in answers_of(case):
        if value is not None:
            session = session.plus("answer", field=field, value=stored(value))
    return session


def _typed(case: dict[str, Any]) -> list[tuple[str, str]]:
    quotes, answers = case.get("quotes", {}), case.get("answers", {})
    said = []
    for key, field in (("now", "usd_per_call_now"), ("after", "usd_per_call_after")):
        if key in quotes:
            model, into, out, cached = quotes[key].split()
            said.append((field, f"{model}, {into} in, {out} out" + (f", {cached} cached" if cached != "0" else "")))
    if case["title"] in _MACHINES:
        said.append((HOSTING, _MACHINES[case["title"]][0]))
    if "engineering_usd" in answers:
        said.append(("engineering_usd", f"two engineers, ${answers['engineering_usd']} once"))
    if "go_live_months" in answers:
        said.append(("go_live_months", f"live in {answers['go_live_months']} months"))
    return said


@pytest.mark.parametrize("case", _SAID, ids=[case["title"] for case in _SAID])
def test_a_worked_situation_can_be_said(case: dict[str, Any]) -> None:
    """Six by their models and tokens, four with machines, people's work and the month it goes live: the same figures
    come out of what is typed and pressed."""
    session = _begun(case)
    for field, text in _typed(case):
        session = session.plus("answer", field=field, value="0.01" if field.startswith("usd_per_call") else 1)
        session, _ = step(session, Clicked(verb="edit", field=field), RULES, PRICES)
        session, reply = step(session, Typed(text=text), RULES, PRICES)
        note = reply.notes[-1]
        if note.code == "misread":
            assert note.reading
            (offered,) = note.reading.candidates
            session, reply = step(session, Clicked(verb="answer", field=field, option=offered), RULES, PRICES)
        assert reply.notes[-1].code == "read", text
    reply = current(session, RULES)
    if case["title"] in _MACHINES:
        assert reply.derivations == {HOSTING: _MACHINES[case["title"]][1]}
    told = found(reply.report, (), reply.quotes, "2026-11-29", RULES, {}, derivations=reply.derivations)
    shown = told.model_dump(mode="json")
    cached = any(quote.caches for quote in reply.quotes.values())
    for path, wanted in case["figures"].items():
        if "as_is" in path and cached:  # who says that tokens are cached pays for them so today
            continue
        places = len(str(Decimal(wanted)).partition(".")[2]) if wanted[0].isdigit() else 0
        value = figure(shown, path)
        assert value == wanted or round(Decimal(value), places) == Decimal(wanted), path
    said = "\n".join([*(one := Beside(reply.report, told, reply.quotes, WORDING)).year(), *one.rivals()])
    for line in case["says"]:
        assert line in said or "claude-" in line or "gpt-" in line, "models are called as people call them"


def test_the_next_cheaper_model_of_its_maker_is_a_rival_and_says_so() -> None:
    """Opus 5.5 with its prompt in the cache: Sonnet 5.5 with a cache comes to $8,350, as caching and batches do."""
    session = _begun({}).plus("answer", field="usd_per_call_now", value="0.01")
    session, _ = step(session, Clicked(verb="edit", field="usd_per_call_now"), RULES, PRICES)
    session, reply = step(session, Typed(text="Opus 5.5, 4,500 in, 600 out, 3,500 cached"), RULES, PRICES)
    told = found(reply.report, (), reply.quotes, "2026-11-29", RULES, {})
    assert told.rivals
    sonnet = {row.id: row for row in told.rivals.rows if row.model == "claude-sonnet-5-5"}
    assert round(sonnet["cheaper_cached"].usd_per_year) == 8_351
    assert round(sonnet["cheaper"].usd_per_year) == 15_000
    one = Beside(reply.report, told, reply.quotes, WORDING)
    said = "\n".join(str(part) for fold in one.folds() for part in fold.parts)
    assert "Claude Sonnet 5.5: of the models that Anthropic sells today the next cheaper one" in said
    assert "of the calls find their prompt in the cache" in said
    gone = {
        field: quote.model_copy(
            update={"cheaper": quote.cheaper and quote.cheaper.model_copy(update={"model": "gone"})}
        )
        for field, quote in reply.quotes.items()
    }
    later = Beside(reply.report, found(reply.report, (), gone, "2027-11-29", RULES, {}), gone, WORDING)
    assert "sells today" not in str([*later.folds()]), "a price is kept for longer than its model is sold"


def test_the_log_of_a_price_says_the_same_when_prices_move() -> None:
    session, reply = step(_begun({}), Clicked(verb="edit", field="usd_per_call_now"), RULES, PRICES)
    session, reply = step(session, Typed(text="Opus 5.5, 4500 in, 600 out"), RULES, PRICES)
    dearer = replace(PRICES, models=())
    assert current(Session(entries=session.entries), RULES).quotes == reply.quotes
    assert step(session, Typed(text="report"), RULES, dearer)[1].quotes == reply.quotes


def test_a_year_that_ends_otherwise_with_what_the_chapter_leaves_out_is_in_sight() -> None:
    """29,000 x 4/12 for 7,900 + 10,000: the verdict stays, and the card says what it stands on."""
    more = {"answers": {"engineering_usd": "10000", "go_live_months": 8}}
    report = decide(answers_of(more), RULES)
    assert report == decide(answers_of({}), RULES).model_copy(update={"answers": report.answers}), "no gate reads them"
    told = found(report, (), {}, "2026-11-29", RULES, {})
    one = Beside(report, told, {}, WORDING)
    assert "*Beside the chapter's sum:* Counted with $10,000 of people's work" in "\n".join(map(str, one.in_sight()))
    plain = Beside(
        decide(answers_of({}), RULES), found(decide(answers_of({}), RULES), (), {}, "", RULES, {}), {}, WORDING
    )
    assert "Beside the chapter's sum" not in "\n".join(map(str, plain.in_sight()))
    assert plain.year() == ["*Not counted*, since not given: people's work and time until it goes live."]


# ---- among people


def test_an_opening_gives_machines_people_and_models(workspace: Workspace) -> None:
    talk = workspace.open(
        "We pay Opus 5.5, 4,500 in, 600 out, 3,500 cached; want haiku 5.5. Serving on 1 H100 at $7/h 24x7. "
        "Two engineers for a month, about $30k. Live in 4 months."
    )
    said = json.dumps(talk.card["blocks"], ensure_ascii=False)
    for line in (
        "hosting a month: $5,110 ($7 x 24 x 365 / 12)", "people's work: $30,000", "time until it goes live: 4 months",
        "price of a call without tuning: $0.0167 (Claude Opus 5.5)",
        "price of a call on the tuned model: $0.000435 (Claude Haiku 5.5)",
    ):  # fmt: skip
        assert line in said
    talk.click("session:use")
    workspace.quiet()
    kept = workspace.rows("SELECT verb, field FROM answers WHERE verb IN ('quote', 'derive') ORDER BY n")
    assert [tuple(row) for row in kept] == [
        ("derive", HOSTING), ("quote", "usd_per_call_now"), ("quote", "cheaper"), ("quote", "usd_per_call_after"),
    ]  # fmt: skip
    talk.click("session:undo")
    assert "the answers before are back" in talk.text
    assert "$5,110 ($7 x 24 x 365 / 12)" in json.dumps(talk.card["blocks"], ensure_ascii=False), "it is offered again"


def test_a_machine_by_the_hour_and_days_of_work_are_worked_out_and_say_how(workspace: Workspace) -> None:
    answers = ANSWERS | {"other_savings_usd_per_year": "$0"}
    talk = workspace.open().up_to("usd_per_label", answers)
    talk.type("labeller 200 pairs a day at $240/day")
    assert "as $240 / 200 = *$1.20*" in talk.text
    talk.type("yes")
    assert "*$1.20*" in talk.text
    talk.up_to("upkeep_usd_per_month", answers)
    talk.type("2 days a month at $800/day")
    assert "$800 x 2 = *$1,600*" in talk.text
    talk.click("answer:upkeep_usd_per_month:$1,600")
    talk.up_to(HOSTING, answers)
    talk.type("1 H100 at $7/h 24x7")
    assert "$7 x 24 x 365 / 12 = *$5,110* hosting a month. Is that right?" in talk.text
    talk.click(f"answer:{HOSTING}:$5,110")
    assert "($7 x 24 x 365 / 12)" in talk.text
    talk.until_report(answers)
    for line in ("$240 / 200 = *$1.20*", "$800 x 2 = *$1,600*", "$7 x 24 x 365 / 12 = *$5,110* hosting a month"):
        assert line in talk.text, "the report's money says how it was worked out"


def test_a_line_that_may_mean_several_things_is_settled_by_a_press(workspace: Workspace, words: Words) -> None:
    line = (
        "1M calls/yr, opus, 4,500 in 600 out -> haiku 5.5, 5k labels at $1, gpu $500, hosting 1 H100 at $7/h, $200/mo"
    )
    card = asked(workspace, line)
    assert [button for button in buttons(card) if button.startswith("roi:pick")] == [f"roi:pick:{n}" for n in range(5)]
    workspace.slack.click(ADA, card["ts"], "roi:pick:0", channel="C0GENERAL")
    settled = workspace.slack.wait_for(
        lambda: next((m for m in workspace.slack.ephemerals(ADA) if "Which one?" not in words(m)), None)
    )
    assert settled["ts"] == card["ts"], "the answer changes in place"
    assert "$7 x 24 x 365 / 12 = *$5,110*" in words(settled)
    workspace.slack.click(ADA, card["ts"], "roi:pick:0", channel="C0GENERAL")
    assert workspace.slack.wait_for(lambda: [m for m in workspace.slack.ephemerals(ADA) if "0.42x" in words(m)])


# ---- taken along


def test_an_export_brings_prices_and_derivations_back() -> None:
    session = opening("Our tone", PRICES)
    for field, text in (("usd_per_call_now", "Opus 5.5, 4500 in, 600 out"), (HOSTING, "1 H100 at $7/h")):
        session = session.plus("answer", field=field, value="1").plus("ask", field=field)
        session, reply = step(session, Typed(text=text), RULES, PRICES)
        if reply.notes[-1].code == "misread":
            session, reply = step(session, Typed(text="yes"), RULES, PRICES)
    answers = Answers.model_validate({**dict(answers_of({})), **session_values(session)})
    kept = Decision(
        id="d", number=1, owner="U0ADA", owner_name="ada", title="Our tone", description="", costs=True,
        report=decide(answers, RULES), decided_at="2027-03-01T10:00:00Z",
        quotes=reply.quotes, derivations=reply.derivations,
    )  # fmt: skip
    brought = document.answers_of(document.as_json(kept))
    alone = {field: quote.model_copy(update={"cheaper": None}) for field, quote in reply.quotes.items()}
    assert (brought.answers, brought.quotes) == (answers, alone), "the next cheaper one is looked up anew"
    assert brought.derivations == {HOSTING: "$7 x 24 x 365 / 12"}
    other = json.loads(document.as_json(kept)) | {"worked_out": {HOSTING: "<b>free</b>"}}
    other["answers"]["usd_per_call_now"] = "0.5"
    changed = document.answers_of(json.dumps(other))
    assert (changed.quotes, changed.derivations) == ({}, {}), "what was changed by hand is an answer like any other"
    said = document.markdown(kept, WORDING)
    assert "Claude Opus 5.5" in said
    assert "days old" in said, "a price list of November is old in March"
    assert "$7 x 24 x 365 / 12 = " in said
    assert "4,500 in" not in document.markdown(kept._replace(costs=False), WORDING)
    assert "prices" not in json.loads(document.as_json(kept._replace(costs=False)))


def session_values(session: Session) -> dict[str, Any]:
    return {field: value for field, value in current(session, RULES).report.answers if value is not None}


def test_a_day_is_a_day(workspace: Workspace) -> None:
    """The plan asks for both, and what it has no answer for is listed."""
    assert date(2026, 11, 22) == PRICES.day
    talk = workspace.open().until_report()
    assert "*Not counted*, since not given: people's work and time until it goes live." in talk.text

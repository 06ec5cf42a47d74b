"""What stands beside a report is seen: what would turn it, how sure it is, rivals, what is not weighed."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from advisor import Answers, Session, decide, step
from advisor.beyond import Quotes, beyond
from advisor.conversation import Reply, Typed, current
from bot.check.beyond import Beside, asked_vendors, found
from bot.check.card import ReportContext
from bot.check.pictures import beside as seen_beside
from bot.check.pictures import pictures
from bot.render.blockkit import message
from bot.render.view import Actions, Chart, Folded, Text
from tests.advisor.beyond.quotes import quote
from tests.advisor.beyond.test_worked import TODAY, WORKED, answers_of, quotes_of
from tests.bot.conftest import Decide, Words, Workspace, text_of
from tests.prices import PRICES
from tests.test_words import CARDS, GOOD, RULES, TRIAL, WORDING, answered, card, check_of, faults, report_of

DAY = "2026-11-29T09:00:00Z"
WROTE = "Our GPT-4.1 is too slow, and data may not leave the house."


def beside(
    answers: Answers, quotes: Quotes | None = None, spans: Mapping[str, Any] | None = None, **more: Any
) -> Beside:
    findings = beyond(answers, spans or {}, quotes or Quotes(), TODAY, RULES, **more)
    return Beside(decide(answers, RULES), findings, {}, WORDING)


def texts(parts: Any) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Text):
            yield from part.text.split("\n")
        elif isinstance(part, Folded):
            yield from texts(part.parts)


def all_lines(one: Beside) -> list[str]:
    folded = [*one.what_would_turn_it(), *one.folds()]
    return [*texts(one.in_sight()), *one.year(), *one.evidence(), *texts(folded), *one.rivals()]


# ---- the situations that were worked by hand


@pytest.mark.parametrize("case", WORKED, ids=[case["title"] for case in WORKED])
def test_a_worked_situation_says_what_was_found(case: dict[str, Any]) -> None:
    spans = {field: (Decimal(low), Decimal(high)) for field, (low, high) in case.get("ranges", {}).items()}
    said = "\n".join(all_lines(beside(answers_of(case), quotes_of(case.get("quotes", {})), spans)))
    for line in case["says"]:
        assert line in said


def test_all_there_may_be_beside_a_report_is_said() -> None:
    """Ranges and what moves the year, rivals, the shorter prompt, the year with what the chapter leaves out."""
    one = beside(
        Answers.model_validate({**GOOD, "engineering_usd": "5000", "go_live_months": 2}),
        Quotes(now=quote("claude-opus-5-5"), after=quote("claude-haiku-5-5", 1_500)),
        {"usd_per_label": (1, 9)},
    )
    said = "\n".join(all_lines(one))
    for part in (
        "*Not robust:*", "with a chance of", "Price of a label from $1 to $9: ROI from 3.67x", "The shorter prompt",
        "claude-opus-5-5 in batches, where answers can wait: $15,000 a year, $0.015 a call; ROI of tuning against it",
        "Counted with $5,000 of people's work and savings for 10 months",
    ):  # fmt: skip
        assert part in said


# ---- every sentence

_QUOTES = (
    Quotes(),
    Quotes(
        now=quote("claude-opus-5-5"), after=quote("claude-haiku-5-5", 1_500), cheaper=(quote("claude-sonnet-5-5"),),
    ),
    Quotes(
        now=quote("claude-opus-5-5"), cheaper=(quote("claude-haiku-5-5"), quote("gpt-4.1-mini")),
        passing=("gpt-4.1-mini",), failing=("claude-haiku-5-5",), machine_usd_per_hour=Decimal(7),
    ),
)  # fmt: skip
_SPANS = {"calls_per_year": (0, 10**12), "usd_per_label": (Decimal("0.5"), Decimal(4)), "training_pairs": (1, 9_000)}


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(answered(), st.sampled_from(_QUOTES), st.booleans())
def test_every_sentence_beside_a_few_hundred_reports_is_fit_to_be_read(
    answers: dict[str, Any], quotes: Quotes, ranged: bool
) -> None:
    """Whole, plain, with units, without codes."""
    told = report_of(answers).report.answers
    motives = ("latency", "data_in_house", "vendor_end", "prompt_length")
    one = beside(told, quotes, _SPANS if ranged else {}, mentioned=motives, named=("grok-5", "gpt-4.1"))
    wrong = []
    for line in all_lines(one):
        plainly = re.sub(r" _\(.*\)_$", "", line).removeprefix("• ")  # a source is no sentence
        wrong += [f"{fault}: {line}" for fault in faults("beyond", plainly) if not _a_name(fault, plainly)]
    assert not wrong, "\n".join(wrong)


def _a_name(fault: str, line: str) -> bool:
    """Models are called what they are called."""
    return fault.startswith(("has numbers", "does not begin")) and bool(re.search(r"opus|haiku|sonnet|gpt|grok", line))


def test_what_would_turn_a_hold_is_a_task_and_its_nearest_value() -> None:
    """On a hold the first of them is in sight, and three at most stand in the fold."""
    few = beside(Answers.model_validate(GOOD | {"eval_pairs": 620}))
    line = "With 380 more eval pairs, gate 2 passes, and with it all four."
    assert list(texts(few.in_sight())) == [f"*What would change it:* {line}"]
    assert few.turning() == [line]
    staffed = beside(Answers.model_validate(GOOD | {"retrain_pipeline": False, "retrain_owner": ""}))
    assert staffed.flips() == [
        "With a retraining pipeline and an owner for the retraining, by name, gate 4 passes, and with it all four."
    ]


def test_what_would_undo_a_yes_is_a_line_for_each_way_it_would_end() -> None:
    good = GOOD | {"pass_rate_without_tuning": None, "usd_per_failure": Decimal(0)}
    said = beside(Answers.model_validate(good)).flips()
    assert len(said) == 3
    assert any(line.endswith("the year would no longer pay.") for line in said)
    assert list(texts(beside(Answers.model_validate(good)).in_sight())) == []


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(answered())
def test_what_is_said_to_turn_a_verdict_turns_it(answers: dict[str, Any]) -> None:
    """Three at most, all of them among those that were found."""
    one = beside(report_of(answers).report.answers)
    report = decide(report_of(answers).report.answers, RULES)
    assert len(one.nearest()) <= 3
    for flip in one.nearest():
        assert flip in one.found.flips
        then = report.answers.model_copy(update={change.field: change.value for change in flip.changes})
        assert decide(then, RULES).verdict.hold is not report.verdict.hold


def test_a_miss_that_may_be_chance_is_in_sight() -> None:
    """89 % of 1,200 pairs can stand for 87.1 to 90.6 %, and 90 % is what they ship at."""
    one = beside(Answers.model_validate(GOOD | {"measured_pass_rate": Decimal("0.89")}))
    (line,) = texts(one.in_sight())
    assert line == (
        "The miss may be chance: 89\N{NO-BREAK SPACE}% on 1,200 eval pairs can stand for 87.1\N{NO-BREAK SPACE}% to "
        "90.6\N{NO-BREAK SPACE}%, and you ship at 90\N{NO-BREAK SPACE}%."
    )
    assert not any("may be chance" in line for line in texts(beside(Answers.model_validate(GOOD)).in_sight()))


def test_a_second_opinion_before_anything_was_answered_is_none() -> None:
    """Typed in the middle of the questions it is heard too."""
    _, reply = step(check_of({}), Typed(text="second opinion"), RULES)
    assert "We know of none on what was answered so far" in card(CARDS.view(reply))


# ---- on the card


def priced() -> Reply:
    """A check by models and tokens."""
    wanted = {name: value for name, value in GOOD.items() if not name.startswith("usd_per_call")}
    session: Session = check_of(wanted, WROTE)
    for field, text in (
        ("usd_per_call_now", "Opus 5.5, 4,500 in, 600 out, 3,500 cached"),
        ("usd_per_call_after", "haiku 5.5, 4,500 in 600 out"),
    ):
        session, _ = step(session.plus("ask", field=field), Typed(text=text), RULES, PRICES)
    return current(session.plus("report"), RULES)


def test_card_priced(snapshot: SnapshotAssertion) -> None:
    """A whole report by models and tokens, with what was written beside the questions."""
    assert card(CARDS.view(priced(), ReportContext(decided_at=DAY))) == snapshot


def test_card_of_a_trial_that_counts_do_not_bear_out(snapshot: SnapshotAssertion) -> None:
    """The chapter says go, a hundred pairs say too little."""
    counts = {"poc_tuned_pass_rate": Decimal("0.87"), "poc_eval_items": 100, "poc_gained": 10, "poc_lost": 5}
    assert card(CARDS.view(report_of(GOOD | TRIAL | counts))) == snapshot


def test_the_small_model_untuned_is_judged_by_what_was_measured() -> None:
    """It stays short of the target, so that it is no rival to test first; today's model passes. Of the next cheaper
    model of today's maker nobody said anything."""
    reply = priced()
    told = found(reply.report, reply.written, reply.quotes, DAY, RULES, {}).rivals
    assert told
    assert {(row.id, row.passes) for row in told.rows} == {
        ("as_is", True), ("cached", True), ("batch", True), ("cached_batch", True), ("cheaper", False),
        ("cheaper_cached", False), ("cheaper", None), ("cheaper_cached", None), ("tuned", None),
    }  # fmt: skip
    assert told.test_first[0] == ("cached_batch", "claude-opus-5-5")


def test_the_same_report_is_drawn_the_same_a_year_later() -> None:
    """Prices are those that were kept, and everything ages from the day it was decided."""
    reply = priced()
    was = CARDS.view(reply, ReportContext(decided_at=DAY))
    assert CARDS.view(reply, ReportContext(decided_at=DAY)) == was
    old = card(CARDS.view(reply, ReportContext(decided_at="2027-11-29T09:00:00Z")))
    assert "older than 60 days" in old
    assert "older than 90 days, so look again" in old
    assert "older than" not in card(was)


def test_beside_a_decision_of_other_rules_nothing_is_said() -> None:
    reply = priced()
    of_old = reply.model_copy(update={"today": reply.report})
    titles = [part.title for part in CARDS.view(of_old).parts if isinstance(part, Folded)]
    assert "What would undo it" not in titles
    assert "What else would do it" not in titles


@settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(answered())
def test_a_card_has_two_charts_and_one_table_at_most(answers: dict[str, Any]) -> None:
    sent = message(CARDS.view(report_of(answers, WROTE)), "k")["blocks"]
    of = [block["type"] for block in sent]
    of += [child["type"] for block in sent if block["type"] == "container" for child in block["child_blocks"]]
    assert of.count("data_visualization") <= 2
    assert of.count("table") <= 1


# ---- pictures, worked out once more


def charts(
    answers: dict[str, Any], quotes: Quotes | None = None, spans: Mapping[str, Any] | None = None
) -> dict[str, Chart]:
    told = Answers.model_validate(answers)
    findings = beyond(told, spans or {}, quotes or Quotes(), TODAY, RULES)
    report = decide(told, RULES)
    both = (*pictures(report, WORDING), *seen_beside(report, findings, {}, WORDING))
    drawn = {chart.title: chart for chart in both}
    assert len(drawn) <= 2
    return drawn


def test_the_lines_of_a_year_that_does_not_pay_meet_where_it_breaks_even() -> None:
    """A call saves 2.9 cents: $7,900 is 272,413.8 calls."""
    (chart,) = charts(GOOD | {"calls_per_year": 100_000}).values()
    assert chart.title == "Where the year breaks even"
    assert chart.categories == ("0", "100k now", "272k even", "409k", "545k")
    costs, savings = (series.values for series in chart.series)
    assert costs == (7_900,) * 5
    calls = (0, 100_000, 272_414, 408_621, 544_828)
    assert savings == tuple(round(many * Decimal("0.029")) for many in calls)
    assert savings[2] == costs[2]


def test_a_trial_is_drawn_with_its_interval_and_what_is_wanted() -> None:
    counts = {"poc_tuned_pass_rate": Decimal("0.87"), "poc_eval_items": 100, "poc_gained": 10, "poc_lost": 5}
    chart = charts(GOOD | TRIAL | counts)["The trial's gain, and how sure it is"]
    assert dict(zip(chart.categories, chart.series[0].values, strict=True)) == {
        "at least": Decimal("-2.9"), "measured": 5, "at most": Decimal("13.3"), "wanted": RULES.poc.points,
    }  # fmt: skip


def test_rivals_are_drawn_where_one_is_cheaper_the_tuned_model_with_all_it_costs() -> None:
    """Today's way, the two to test first, and tuning."""
    drawn = charts(GOOD, Quotes(now=quote("claude-opus-5-5")))["A year of calls, each way"]
    assert drawn.categories == ("as it is", "cached, batch", "tuned, all in")
    assert drawn.series[0].values == (30_000, 8_351, 1_000 + 7_900)


def test_what_moves_the_year_is_drawn_only_where_ranges_turn_something() -> None:
    """Labels at $1 to $5 are 3.67x to 1.04x; at $1 to $1.50 nothing turns."""
    drawn = charts(GOOD, spans={"usd_per_label": (1, 5)})["What moves the year most"]
    assert [series.values for series in drawn.series] == [(Decimal("3.67"),), (Decimal("1.04"),)]
    assert "What moves the year most" not in charts(GOOD, spans={"usd_per_label": (1, Decimal("1.5"))})


# ---- vendors, second opinions, the file


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("can we fine-tune gpt-4.1?", "*gpt-4.1*: OpenAI takes no new fine-tuning users"),
        ("Does Anthropic let us tune Haiku 5.5?", "Anthropic's API has no fine-tuning."),
        ("can we tune grok-4?", "*grok-4*: whether it can be tuned is not known here. Ask its vendor."),
        ("which vendors still let us fine-tune?", "Gemini is tuned on Google's agent platform"),
    ],
)
def test_a_question_about_vendors_is_answered_by_what_is_known_of_them(question: str, said: str) -> None:
    reply = report_of(GOOD)
    assert said in CARDS.answer(reply.report, question, today=DAY).summary


def test_what_was_looked_up_long_ago_says_so_and_an_end_says_how_far_it_is() -> None:
    (soon,) = asked_vendors("can we fine-tune gpt-4.1?", DAY, WORDING)
    assert "That day is 6 Jan 2027: 38 days from now." in soon
    assert "look again" not in soon
    (late,) = asked_vendors("can we fine-tune gpt-4.1?", "2027-03-01", WORDING)
    assert "That day is 6 Jan 2027 and has passed." in late
    assert "older than 90 days, so look again" in late


@pytest.mark.parametrize("question", ["what if we had 2M calls?", "why fine-tuning?", "who owns the retraining?"])
def test_other_questions_are_not_about_vendors(question: str) -> None:
    assert asked_vendors(question, DAY, WORDING) == []


def test_a_second_opinion_is_given_on_request(over_http: Workspace, decided: Decide, words: Words) -> None:
    """Typed, or pressed in a fold: one line each with source and date; it moves nothing."""
    check = decided(over_http, title=WROTE)
    before = over_http.rows("SELECT version, body FROM reports")
    for act in (lambda: check.press("report:opinions"), lambda: check.type("second opinion")):
        act()
        said = words(check.card)
        assert "*Second opinions:*" in said
        assert "Wilson 1927, JASA 22:209; Bowyer et al., arXiv 2503.01747, 2025-03" in said
    assert over_http.rows("SELECT version, body FROM reports") == before


def test_before_a_model_can_t_be_tuned_any_more_one_can_be_reminded(over_http: Workspace, decided: Decide) -> None:
    """In 30 days of 38 it is; a model that has no such day has no such button."""
    report = report_of(GOOD).report
    for name, ids in (("gpt-4.1", ["report:remind:30"]), ("gemini", [])):
        findings = beyond(report.answers, {}, Quotes(), TODAY, RULES, named=(name,))
        folded = [*Beside(report, findings, {}, WORDING, decided=True).folds()][-1]
        pressed = [element.action_id for part in folded.parts if isinstance(part, Actions) for element in part.elements]
        assert pressed == ids
    check = decided(over_http, title=WROTE)
    check.press("report:remind:30")
    assert "You are reminded to decide again on" in text_of(check.card)


def test_a_person_asks_about_a_vendor_in_the_thread(over_http: Workspace, decided: Decide) -> None:
    check = decided(over_http)
    check.type("can we fine-tune gpt-4.1?")
    assert "OpenAI takes no new fine-tuning users" in check.told


def test_the_file_that_is_taken_along_holds_what_is_shown(over_http: Workspace, decided: Decide) -> None:
    check = decided(over_http, title=WROTE)
    check.press("report:export")
    files = over_http.slack.messages("D0ADA")[-1]["files"]
    kept = {each["name"]: over_http.slack.file(each["id"]).decode() for each in files}
    assert "## What would undo it" in kept["decision.md"]
    assert "## What these rules don't weigh" in kept["decision.md"]
    told = json.loads(kept["beyond.json"])
    assert len(told["flips"]) == 3
    assert {motive["id"] for motive in told["motives"]} == {"latency", "data_in_house"}
    assert told["availability"][0]["vendor"]["id"] == "openai"


# ---- two models in one line

LINE = "opus 5.5 vs haiku 5.5, 4,500 in 600 out, 1M calls/yr"


def told_by_command(workspace: Workspace, line: str) -> dict[str, Any]:
    workspace.slack.command("U0ADA", "/finetune", f"compare {line}", channel="C0GENERAL")
    said: dict[str, Any] = workspace.slack.wait_for(lambda: workspace.slack.ephemerals("U0ADA"))[-1]
    return said


def test_two_models_stand_side_by_side_and_a_full_check_takes_them_along(over_http: Workspace, words: Words) -> None:
    card = told_by_command(over_http, LINE)
    said = words(card)
    assert "*Claude Opus 5.5* as it is costs $30,000 a year, *Claude Haiku 5.5* $750." in said
    (cells,) = [block["rows"] for block in card["blocks"] if block["type"] == "table"]
    assert [[cell["text"] for cell in row] for row in cells] == [
        ["What you would do", "A call", "A year"],
        ["Claude Opus 5.5 as it is", "$0.03", "$30,000"],
        ["Claude Opus 5.5 in batches, where answers can wait", "$0.015", "$15,000"],
        ["Claude Haiku 5.5 untuned", "$0.00075", "$750"],
    ]
    assert over_http.slack.click("U0ADA", card["ts"], "roi:check", channel="C0GENERAL") == 200
    over_http.until("SELECT 1 FROM answers WHERE verb='quote' AND field='usd_per_call_after'")


def test_what_is_no_comparison_is_told_how_to_be_one(over_http: Workspace, words: Words) -> None:
    assert f"`/finetune compare {LINE}`" in words(told_by_command(over_http, "opus 5.5"))

"""Ranges among people: typed, pressed, shown, changed, undone, filled in, posted, taken along and brought back."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from advisor import load_rules
from advisor.model import FIELDS
from advisor.roi import RANGED as RANGED_FIELDS
from advisor.session import Entry, Session, state_of
from tests.advisor.beyond.test_worked import WORKED, answers_of
from tests.bot.conftest import Decide, Talk, Words, Workspace, buttons, text_of
from tests.bot.test_calculator import asked
from tests.bot.test_export import exported
from tests.bot.test_form import form, send
from tests.bot.test_mentioned import boxes
from tests.test_words import WORDING

ADA = "U0ADA"
CALLS = "calls_per_year"
RANGED = [case for case in WORKED if "ranges" in case]


def kept(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The log's ranges, each with the answer before it."""
    workspace.quiet()
    rows = workspace.rows("SELECT verb, field, json_extract(value, '$') FROM answers ORDER BY session, n")
    return [
        (field, given[2], value)
        for given, (verb, field, value) in pairwise(rows)
        if verb == "range" and given[1] == field
    ]


def labels(talk: Talk) -> dict[str, str]:
    found = buttons(talk.card)
    return {id: button["text"]["text"] for id, button in found.items() if id.startswith("answer:")}


# ---- typed, asked once, pressed


def test_a_range_is_asked_about_once_and_kept_beside_the_answer(workspace: Workspace) -> None:
    talk = workspace.open().up_to("training_pairs")
    talk.type("5k-8k")
    assert '"5k-8k" is a range (5,000 to 8,000). Which figure shall I count with?' in talk.text
    assert "I keep the range beside it" in talk.text
    ids = ("5,000", "6,500", "8,000")
    shown = [labels(talk)[f"answer:training_pairs:{text}"] for text in ids]
    assert shown == ["Lower end: 5,000", "Middle: 6,500", "Upper end: 8,000"]
    talk.click("answer:training_pairs:8,000")
    assert talk.pending == "labeled_pairs"
    assert "*8,000* training pairs (5,000–8,000)" in talk.text
    assert kept(workspace) == [("training_pairs", 8_000, "5000..8000")]


@pytest.mark.parametrize(
    ("field", "typed", "pressed", "log"),
    [
        (CALLS, "1M ± 30 %", "1,000,000", (CALLS, 1_000_000, "700000..1300000")),
        (CALLS, "about 1M, plus or minus 20%", "800,000", (CALLS, 800_000, "800000..1200000")),
        (CALLS, "1-2k a day", "1,500 a day", (CALLS, 547_500, "365000..730000")),
        ("usd_per_label", "$1 to $5", "$3", ("usd_per_label", "3", "1..5")),
        ("usd_per_label", "50 cents to $2", "$0.50", ("usd_per_label", "0.5", "0.5..2")),
        ("measured_pass_rate", "80-85", "82.5%", ("measured_pass_rate", "0.825", "0.8..0.85")),
    ],
)
def test_each_spelling_leads_to_the_same_log(
    over_http: Workspace, field: str, typed: str, pressed: str, log: tuple[Any, ...]
) -> None:
    talk = over_http.open().up_to(field)
    talk.type(typed).click(f"answer:{field}:{pressed}")
    assert kept(over_http) == [log]


def test_a_figure_inside_the_range_may_be_typed_and_one_outside_drops_it(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    talk.type("700k to 1.3M").type("900k")
    assert kept(over_http) == [(CALLS, 900_000, "700000..1300000")]
    talk.type("change calls a year").type("600k-800k").type("2M")
    assert kept(over_http) == [(CALLS, 900_000, "700000..1300000")], "2M lies in none"
    talk.type("my answers")
    assert "calls a year: *2,000,000*" in talk.text
    assert "2,000,000* (" not in talk.text


def test_what_is_said_with_its_range_is_not_asked_about(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    talk.type("1M (700k-1.3M)")
    assert kept(over_http) == [(CALLS, 1_000_000, "700000..1300000")]
    assert "(700,000–1,300,000)" in talk.text
    talk.type("my answers")
    assert "calls a year: *1,000,000* (700,000–1,300,000)" in talk.text


def test_a_question_the_year_does_not_stand_on_keeps_no_range_and_says_so(over_http: Workspace) -> None:
    talk = over_http.open().up_to("eval_pairs")
    talk.type("500-700")
    assert "Only that one counts here." in talk.text
    talk.click("answer:eval_pairs:600")
    assert kept(over_http) == []


@pytest.mark.parametrize("typed", ["2024-2025", "2026-11-29", "8k-5k", "$5-1", "-5 to 8"])
def test_a_date_ends_that_are_reversed_and_less_than_nothing_are_no_range(over_http: Workspace, typed: str) -> None:
    field = "usd_per_label" if "$" in typed else "training_pairs"
    talk = over_http.open().up_to(field)
    talk.type(typed)
    assert talk.pending == field
    assert "is a range" not in talk.text
    assert not any("end:" in text for text in labels(talk).values())


# ---- the answer changes, and the range with it


def test_still_the_same_keeps_it_and_another_answer_drops_it(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    talk.type("1M ± 30 %").click(f"answer:{CALLS}:1,000,000")
    talk.type("change calls a year").click(f"answer:{CALLS}:still")
    assert ranges_of(over_http) == {CALLS: (700_000, 1_300_000)}
    talk.type("change calls a year").type("1M")
    assert ranges_of(over_http) == {}


def test_it_is_set_aside_and_comes_back_with_its_answer(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    talk.type("1M ± 30 %").click(f"answer:{CALLS}:1,000,000")
    talk.type("start over")
    assert ranges_of(over_http) == {}
    talk.type("bring them back")
    assert ranges_of(over_http) == {CALLS: (700_000, 1_300_000)}
    over_http.restart()
    assert ranges_of(over_http) == {CALLS: (700_000, 1_300_000)}, "the log says so"


def test_other_numbers_kept_and_undone_bring_it_back(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    talk.type("1M ± 30 %").click(f"answer:{CALLS}:1,000,000")
    talk.until_report()
    before = ranges_of(over_http)
    assert before == {CALLS: (700_000, 1_300_000)}
    assert talk.slack.click(ADA, talk.card["ts"], "report:try", talk.channel) == 200
    over_http.slack.wait_for(lambda: over_http.slack.modals(ADA))
    send(talk, **{CALLS: "3M"})
    talk.slack.click(ADA, with_button(talk, "session:keep")["ts"], "session:keep", talk.channel)
    assert ranges_of(over_http) == {}
    talk.slack.click(ADA, with_button(talk, "session:undo")["ts"], "session:undo", talk.channel)
    assert ranges_of(over_http) == before


def with_button(talk: Talk, action_id: str) -> dict[str, Any]:
    return next(one for one in talk.said_by_bot()[::-1] if action_id in buttons(one))


def ranges_of(workspace: Workspace) -> dict[str, Any]:
    """Those of the last check, as its log has them."""
    workspace.quiet()
    rows = workspace.rows(
        "SELECT verb, field, value, text, ts FROM answers WHERE session="
        "(SELECT id FROM sessions ORDER BY rowid DESC LIMIT 1) ORDER BY n"
    )
    entries = (Entry(verb=v, field=f, value=json.loads(value), text=t, ts=ts) for v, f, value, t, ts in rows)
    return state_of(Session(entries=tuple(entries)), load_rules()).ranges


# ---- forms, openings, the quick line


def test_a_form_asks_for_both_at_once_and_takes_them(over_http: Workspace) -> None:
    talk = over_http.open().up_to(CALLS)
    form(talk)
    refused = send(talk, **{CALLS: "700k-1.3M"})
    said = refused["errors"][CALLS]
    assert "is a range (700,000 to 1,300,000)" in said
    both = said.partition("Say both at once: ")[2]
    assert both == "1,000,000 (700,000–1,300,000)"
    send(talk, **{CALLS: both})
    assert kept(over_http) == [(CALLS, 1_000_000, "700000..1300000")]


def test_of_a_range_in_an_opening_the_middle_is_put_forward_and_nothing_counts_unseen(workspace: Workspace) -> None:
    talk = workspace.open("Should we tune? About 700k-1.3M calls a year; 5k-8k training pairs.")
    (list_of,) = boxes(talk.card).values()
    lines = {option["value"]: option["text"]["text"] for option in list_of["options"]}
    assert lines == {
        CALLS: "calls a year: 1,000,000, the middle of 700,000 to 1,300,000",
        "training_pairs": "training pairs planned: 6,500, the middle of 5,000 to 8,000",
    }
    assert kept(workspace) == []
    talk.click("session:use")
    assert "Taken from your words: 2 answers" in talk.text
    assert kept(workspace) == [
        (CALLS, 1_000_000, "700000..1300000"), ("training_pairs", 6_500, "5000..8000"),
    ]  # fmt: skip
    talk.click("session:undo")
    assert "Undone" in talk.text
    assert ranges_of(workspace) == {}


def test_the_quick_line_asks_once_a_range_and_a_full_check_takes_them_along(workspace: Workspace, words: Words) -> None:
    card = asked(workspace, "1M ± 30% calls/yr, $0.03 -> $0.001, 5k labels at $1-5, gpu 500, upkeep 200/mo")
    assert "is a range (700,000 to 1,300,000 a year)" in words(card)
    for place, label in ((1, "Middle: 1,000,000 a year"), (0, "Lower end: $1")):
        found = buttons(card)[f"roi:range:{place}"]
        assert found["text"]["text"] == label
        workspace.slack.click(ADA, card["ts"], f"roi:range:{place}", channel="C0GENERAL")
        workspace.quiet()
        card = workspace.slack.ephemerals(ADA)[-1]
    assert "*3.67x*" in words(card)
    assert "*1,000,000* calls a year (700,000–1,300,000)" in words(card)
    assert "*Not robust:* within your ranges the answer on money can turn: ROI lies from 0.73x to 4.77x." in words(card)
    workspace.slack.click(ADA, card["ts"], "roi:check", channel="C0GENERAL")
    assert kept(workspace) == [
        ("usd_per_label", "1", "1..5"), (CALLS, 1_000_000, "700000..1300000"),
    ]  # fmt: skip


def test_a_supposed_range_is_answered_at_both_its_ends(over_http: Workspace, decided: Decide) -> None:
    one = decided(over_http)
    one.type("what if we had 100k-300k calls a year?")
    said = one.told
    assert "100,000" in said
    assert "300,000" in said


# ---- on the card, in the record, in what is taken along


def typed(case: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is typed for each field of a worked situation that has a range."""
    for field, (low, high) in case["ranges"].items():
        sign = "$" if FIELDS[field].kind == "money" else ""
        yield field, f"{sign}{answers_of(case).known(field)} ({sign}{low} to {sign}{high})"


@pytest.mark.parametrize("case", RANGED, ids=[case["title"] for case in RANGED])
def test_a_worked_situation_is_played(over_http: Workspace, decided: Decide, case: dict[str, Any]) -> None:
    one = decided(over_http, **answers_of({}).model_dump(mode="json", exclude_none=True))
    talk = over_http.talk(ADA, one.root)
    for field, text in typed(case):
        one.change(field.replace("_", " "), text)
    card = talk.type("report").card if talk.pending else talk.card
    said = text_of(card)
    for line in case.get("says", ()):
        assert line in said
    robust = case["figures"]["ranges.robust"]
    assert ("Gate 3 read the answers alone" in said) is not robust
    assert ("What moves the year most" in json.dumps(card["blocks"])) is not robust
    assert ("the year pays with a chance of" in said) is not robust
    assert "within your ranges" in one.card["text"], "who hears the card is told as well"


def test_a_record_says_it_without_money_too(over_http: Workspace, decided: Decide) -> None:
    one = decided(over_http)
    one.change("price of a label", "$1 ($1-5)")
    plain = text_of(one.share())
    assert "within the ranges they were given with, the answer on money can turn." in plain
    assert "$5" not in plain
    with_costs = text_of(one.share("C0ROUTER", "costs"))
    assert "can turn (ROI lies from " in with_costs
    assert "$1 ($1–$5)" in with_costs


def test_it_goes_into_the_files_and_comes_back(over_http: Workspace, decided: Decide) -> None:
    one = decided(over_http)
    one.change("price of a label", "$1 ($1-5)")
    files = exported(one)
    assert "$1 ($1–$5)" in files["decision.md"]
    assert "Not robust:" in files["decision.md"]
    assert json.loads(files["beyond.json"])["ranges"]["cautions"] == ["not_robust"]
    assert json.loads(files["decision.json"])["ranges"] == {"usd_per_label": ["1", "5"]}
    again = brought(over_http, files["decision.json"])
    assert again == {"usd_per_label": (1, 5)}


def brought(workspace: Workspace, text: str) -> dict[str, Any]:
    """The ranges of a check that begins with an exported decision."""
    workspace.slack.command(ADA, "/finetune", "import")
    workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
    assert workspace.slack.submit(ADA, {"json": text}) == {}
    return ranges_of(workspace)


def test_what_drives_the_year_has_names_that_fit_on_a_telephone() -> None:
    names = [WORDING.plainly("beyond", "driver", field) for field in RANGED_FIELDS]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 10

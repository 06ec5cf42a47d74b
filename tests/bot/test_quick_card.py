"""The quick card as an engineer in a hurry reads it: every line of its text."""

# ruff: noqa: E501 - the lines of a card as they stand

import re

import pytest

from advisor import load_rules
from advisor.reading.line import INPUTS, LONGEST, OPTIONAL, Quick, quick
from bot.calculator import card, dialog
from bot.render.view import Actions, Button, Chart, Header, Small, Text, TextInput, View
from bot.render.wording import Wording

RULES = load_rules()
WORDING = Wording(RULES)
CHAPTER = "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
MARK = "_(with the chapter's figures)_"


def shown(line: str, *, example: bool = False) -> list[str]:
    return text_of(card(quick(line, RULES, example=example), line, WORDING))


def text_of(view: View) -> list[str]:
    parts = (part.text for part in view.parts if isinstance(part, Header | Text | Small))
    return [line for text in parts for line in text.split("\n")]


def buttons(view: View) -> list[Button]:
    return [b for part in view.parts if isinstance(part, Actions) for b in part.elements if isinstance(b, Button)]


def test_all_of_it() -> None:
    assert shown(CHAPTER) == [
        "Quick ROI",
        "ROI *3.67x* (savings / cost), net *$21,100* a year. It pays with a safe margin, 1.5x or more.",
        "*Cost* $7,900 in the year: labelling $5,000 · training $500 · upkeep $2,400",
        "*Savings* $29,000 a year: 1,000,000 calls x ($0.03 − $0.001) = $29,000",
        "*Net* $29,000 − $7,900 = $21,100",
        "*Break-even* 272,414 calls a year; safe (1.5x) from 408,621",
        "*Payback* 2.5 months",
        "*Hosting* the year survives up to $1,758 a month",
        "Counted as zero, since not given: hosting a month, already labelled, cost of one failing answer, other savings, people's work and time until it goes live.",
        "*What if* half the calls: *1.84x* · twice the calls: *7.34x* · labels at $1: *3.67x* · labels at $3: *1.62x* · labels at $5: *1.04x*",
        "*Read as*",
        '• *1,000,000* calls a year, from "1M calls/yr"',
        "• *$0.03* a call without tuning",
        "• *$0.001* a call on the tuned model",
        '• *5,000* training pairs, from "5k labels at $1"',
        "• *$1* a label",
        "• *$500* for training, once",
        '• *$200* upkeep a month, from "$200/mo"',
        "It counts only for a model as good as today's, or with what gets worse priced in. The year's money is one gate of "
        "four. _(§5)_",
    ]  # fmt: skip


def test_what_was_typed_into_the_dialog_is_quoted_without_our_names() -> None:
    """It is posted into channels: "calls_per_year=1M" is nothing a person said."""
    said = shown("calls_per_year=1M; usd_per_call_now=3 cents; usd_per_call_after=$0.001; training_pairs = 5k")
    assert '• *1,000,000* calls a year, from "1M"' in said
    assert '• *$0.03* a call without tuning, from "3 cents"' in said
    assert not re.search(r"[a-z]_[a-z]|=", "\n".join(line for line in said if line.startswith("•")))


def test_its_picture_has_the_year_s_two_sums_and_none_that_are_not_theirs() -> None:
    found = quick(CHAPTER, RULES)
    (chart,) = [part for part in card(found, CHAPTER, WORDING, drawn=True).parts if isinstance(part, Chart)]
    assert found.roi
    assert [series.values for series in chart.series] == [(round(found.roi.cost_usd), round(found.roi.savings_usd))]
    line = "1M calls/yr, $0.03 -> $0.001"
    assert not [
        p for p in card(quick(line, RULES, example=True), line, WORDING, drawn=True).parts if isinstance(p, Chart)
    ]


def test_figures_of_the_chapter_are_marked_in_every_line_they_touch() -> None:
    found = shown(
        "1M calls/yr, now 4,500 in 600 out at $4/$20 per M, after 4,500 in 600 out at $0.10/$0.50", example=True
    )
    assert [line for line in found if MARK in line] == [
        f"ROI *3.7x* (savings / cost), net *$21,350* a year. It pays with a safe margin, 1.5x or more. {MARK}",
        f"*Cost* $7,900 in the year: labelling $5,000 · training $500 · upkeep $2,400 {MARK}",
        f"*Net* $29,250 − $7,900 = $21,350 {MARK}",
        f"*Break-even* 270,086 calls a year; safe (1.5x) from 405,129 {MARK}",
        f"*Payback* 2.5 months {MARK}",
        f"*Hosting* the year survives up to $1,779 a month {MARK}",
        f"*What if* {MARK} half the calls: *1.85x* · twice the calls: *7.41x* · labels at $1: *3.7x* · labels at $3: *1.63x* · labels at $5: *1.05x*",
    ]  # fmt: skip
    assert "*Savings* $29,250 a year: 1,000,000 calls x ($0.03 − $0.00075) = $29,250" in found
    assert '• *$0.03* a call without tuning, from "now 4,500 in 600 out at $4/$20 per M"' in found
    assert "• *$1* a label: the chapter's example, not yours" in found


def test_one_borrowed_figure_marks_what_it_touches_and_no_more() -> None:
    found = shown("$0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo", example=True)
    marked = [line.split()[0] for line in found if MARK in line]
    assert marked == ["ROI", "*Savings*", "*Net*", "*Payback*", "*Hosting*", "*What"]
    view = card(quick("1M calls", RULES, example=True), "", WORDING)
    assert "with the chapter's figures for price of a call without tuning" in view.summary


@pytest.mark.parametrize("line", [CHAPTER, "1M calls", ""])
def test_own_figures_are_never_marked(line: str) -> None:
    assert not [each for each in shown(line) if "chapter's" in each]


def test_what_could_not_be_read_is_quoted_with_its_place_and_an_example() -> None:
    line = "blue, 5-7k labels, $0.03 vs $0.001, gpu $5, gpu $6"
    found = shown(line)
    assert found[1:6] == [
        'Piece 1, "blue": I can\'t tell what it stands for. Put commas between figures and say it like "1M calls/yr", "$0.03 -&gt; $0.001", "5k labels at $1", "gpu $500" or "upkeep $200/mo".',
        'Piece 2, "5-7k labels" (training pairs planned): "5-7k" is a range (5,000 to 7,000). Which figure shall I count with? I keep the range beside it, to show what it does to the year. For example: 5k',
        'Piece 3, "$0.03 vs $0.001": which price is before tuning and which after? Say "now $0.03, after $0.001" or "$0.03 -&gt; $0.001".',
        'Piece 4, "gpu $5": training cost is given twice. Keep one of them.',
        'Piece 5, "gpu $6": training cost is given twice. Keep one of them.',
    ]  # fmt: skip
    assert card(quick(line, RULES), line, WORDING).summary == "I could not read all of that line."


def test_what_is_missing_is_named() -> None:
    found = shown("1M calls/yr, $0.03 -> $0.001, gpu $500, $200/mo")
    assert found[1] == "*Still needed:* training pairs planned and price of a label."
    assert "Give me what you know in one line" in shown("")[2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("100k calls, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo", "ROI *0.37x* (savings / cost), net *−$5,000* a year. It does not earn back what it costs."),
        ("300k calls, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo", "ROI *1.1x* (savings / cost), net *$800* a year. It pays, with a thin margin; 1.5x is safe."),
        ("1M calls, 2 -> 1, 5k labels at $0, gpu 0, upkeep 0", "The cost is $0, so there is no ratio; net *$1,000,000* a year."),
        ("1M calls, 2 -> 1, 5k labels at $0, gpu 0, upkeep 0", "*Break-even* 1 call a year; safe (1.5x) from 0"),
        ("1M calls, 2 -> 1, 5k labels at $0, gpu 0, upkeep 0", "*Payback* at once"),
        ("1M calls, 1 -> 1, 5k labels at $1, gpu 0, upkeep 0", "*Break-even* never: no call saves anything."),
        ("1M calls, 1 -> 1, 5k labels at $1, gpu 0, upkeep 0", "*Payback* never, within these numbers"),
        (CHAPTER + ", hosting $100/mo, other savings $1k", "*Cost* $9,100 in the year: labelling $5,000 · training $500 · upkeep $2,400 · hosting $1,200"),
        (CHAPTER + ", other savings $1k", "*Savings* $30,000 a year: 1,000,000 calls x ($0.03 − $0.001) = $29,000 · other $1,000"),
        ("1M calls, 2 -> 1, 12k labels at $1, gpu 0, upkeep $82333.33", "*Payback* 12 months"),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
def test_a_line_of_the_money(line: str, said: str) -> None:
    assert said in shown(line)


def test_nothing_survives_no_hosting_and_a_month_is_one_month() -> None:
    assert not [
        line for line in shown("1 call, 1 -> 1, 5k labels at $1, gpu 0, upkeep 0") if line.startswith("*Hosting*")
    ]
    assert "*Payback* 1 month" in shown("12 calls, 1 -> 0, 1 label at $1, gpu 0, upkeep 0")


def test_the_buttons_carry_the_line_as_it_was_typed() -> None:
    view = card(quick(CHAPTER, RULES), CHAPTER, WORDING)
    assert [(b.text, b.action_id, b.value) for b in buttons(view)] == [
        ("Adjust", "roi:adjust", f"line|{CHAPTER}"),
        ("Post here", "roi:post", f"line|{CHAPTER}"),
        ("Start a full check", "roi:check", f"line|{CHAPTER}"),
    ]
    some = card(quick("1M calls", RULES), "1M calls", WORDING)
    assert [b.action_id for b in buttons(some)] == ["roi:example", "roi:adjust", "roi:check"]
    lent = card(quick("1M calls", RULES, example=True), "1M calls", WORDING)
    assert {b.value for b in buttons(lent)} == {"example|1M calls"}


def test_a_line_too_long_is_not_carried_cut_off() -> None:
    line = "gpu $500, " * LONGEST
    view = card(quick(line, RULES), line, WORDING)
    assert [(b.action_id, b.value) for b in buttons(view)] == [("roi:adjust", "line|")]
    assert any(text.startswith('From "gpu $500') for text in text_of(view))


def test_a_posted_card_names_who_worked_it_out_and_has_no_buttons() -> None:
    view = card(quick(CHAPTER, RULES), CHAPTER, WORDING, buttons=False, by="ada")
    assert text_of(view)[1] == "ada worked this out with the quick calculation:"
    assert not buttons(view)


@pytest.mark.parametrize("line", ["<!channel> & <@U1>", "gpu <b>$5", "{{ 7 }}", "*x* `y` <https://a.b|c>"])
def test_what_a_person_typed_pings_nobody(line: str) -> None:
    text = "\n".join(shown(line))
    assert not re.search(r"<[!@#a-z]", text)


def test_the_dialog_has_a_line_a_figure_filled_in_as_typed() -> None:
    found: Quick = quick("1M calls/yr, $0.03 -> $0.001, gpu $5-6", RULES)
    modal = dialog(found, WORDING, "C1")
    typed = {part.name: part.value for part in modal.parts if isinstance(part, TextInput)}
    assert tuple(typed) == (*INPUTS, *OPTIONAL)
    assert (typed["calls_per_year"], typed["usd_per_call_now"], typed["training_usd"]) == (
        "1m calls/yr",
        "$0.03",
        "$5-6",
    )
    assert typed["usd_per_label"] == ""
    assert modal.metadata == "C1"
    assert len(modal.title) <= 24


def test_sums_in_another_currency_are_echoed_with_their_rate_and_in_dollars() -> None:
    found = shown("£1 = $1.27, £18,000 a month, gpu £500")
    assert "• *£1 = $1.27*: by this I read the sums in GBP" in found
    assert '• *$22,860* upkeep a month, from "£18,000 a month"' in found
    assert '• *$635* for training, once, from "gpu £500"' in found
    assert "• *£1 = $1.26582*: by this I read the sums in GBP" in shown("$1 = £0.79, gpu £500")


def test_without_a_rate_it_is_the_rate_that_is_asked_for() -> None:
    (said,) = [line for line in shown("gpu £500, £0.03 -> £0.001") if line.startswith("Piece")]
    assert "What is £1 in dollars?" in said
    assert '"£1 = $..."' in said


def test_what_a_piece_may_mean_is_offered() -> None:
    (said,) = [line for line in shown("40k tickets a day") if line.startswith("Piece")]
    assert said.endswith('Perhaps "14,600,000"?')


def test_the_dialog_keeps_the_rate() -> None:
    modal = dialog(quick("£1 = $1.27, gpu £500", RULES), WORDING, "")
    typed = {part.name: part.value for part in modal.parts if isinstance(part, TextInput)}
    assert (typed["training_usd"], typed["rates"]) == ("$635", "1 GBP = 1.27 USD")


def test_a_rate_given_twice_is_asked_about() -> None:
    found = shown("£1 = $1.27, £1 = $1.30")
    assert found[1] == 'Piece 1, "£1 = $1.27": the rate of GBP is given twice. Keep one of them.'

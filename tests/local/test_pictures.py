"""Charts, tables, what is folded, thumbs and alerts on the page: seen, read aloud, and used with the keyboard."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from slack_sdk import WebClient

from bot.local import LocalSlack
from bot.render import blockkit, fallback
from bot.render.pictures import gist, in_words
from bot.render.view import (
    Actions,
    Alert,
    Button,
    Chart,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Link,
    Menu,
    Modal,
    Option,
    Pie,
    Series,
    Small,
    Table,
    Text,
    TextInput,
    View,
)
from tests.browser.conftest import BEYOND, axe
from tests.browser.test_looks import AS_BEFORE, ENLARGE, FAINT

pytestmark = pytest.mark.browser

Inbox = Any
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS") or Path(__file__).parents[2] / "screenshots")

MONEY = Chart(
    "bar",
    "Costs against savings",
    ("Today's model", "Tuned model", "Smaller model"),
    (Series("Costs", (30_000, Decimal("4875.5"), 12_000)), Series("Savings", (0, Decimal("25124.5"), -3_000))),
    y="USD a year",
)
YEAR = Chart(
    "line",
    "The first year, month by month",
    tuple(map(str, range(1, 13))),
    (
        Series("Spent", tuple(range(9_000, 13_800, 400))),
        Series("Saved", tuple(range(1_500, 19_500, 1_500))),
        Series("Threshold", (10_000,) * 12),
    ),
    "Month",
    "USD",
)
FAILS = Pie("What fails, of 40 cases", (("Tone or style", 24), ("Facts", 9), ("Format", 5), ("Other", 2)))
SIX = Chart("bar", "Six of them", tuple("ABCDEFG"), tuple(Series(f"Kind {n}", (n,) * 7) for n in range(1, 7)))
DETAIL = Folded(
    "The money in detail",
    (
        Text("Figures are a year's, at *1,000,000* calls."),
        Table(("Year", "Costs", "Why"), (("1", "$14,000", "training and labels are paid"), ("2", "$4,800", "")), (1,)),
        Small("From the quick line."),
    ),
    "two years",
)
GATES = Folded(
    "Why: the four gates",
    (Facts((("Problem", "passed"), ("Data", "passed"))), Divider(), Actions((Button("Ask", "report:ask", "about"),))),
    opened=True,
)
RATED = Feedback(
    "report:rated", Option("👍 Helpful", "up", "This helped"), Option("👎 Not helpful", "down", "It did not")
)
PRESSED = Actions(
    (
        Button("I have trial results", "report:trial", style="primary"),
        Link("The rule", "report:rule", "https://rules.example/#gate-3", "The rule of gate 3"),
        Menu("report:more", "More", (Option("Export", "export"), Option("Start over", "restart"))),
    )
)
CARD = View((Header("Yes, run a trial"), MONEY, YEAR, DETAIL, GATES, PRESSED, RATED), "Yes, run a trial")
SECOND = View((Header("What fails"), FAILS, SIX), "What fails")
LEVELS: tuple[Alert, ...] = (
    Alert("This makes *gate 2* be decided again.", "warning"),
    Alert("Nothing is posted.", "info"),
    Alert("Saved.", "success"),
    Alert("That is no number.", "error"),
)
DIALOG = Modal("Change an answer", (*LEVELS, TextInput("t", "Eval pairs", "300"), GATES), "c", "Save")


@pytest.fixture
def page(slack: LocalSlack, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    page, trouble = context.new_page(), list[str]()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.goto(f"{slack.url}#D0ADA")
    yield page
    context.close()
    assert trouble == []


def post(client: WebClient, view: View, key: str = "k") -> dict[str, Any]:
    message = blockkit.message(view, key)
    client.chat_postMessage(channel="D0ADA", **message)
    return message


def told(inbox: Inbox, many: int) -> list[dict[str, Any]]:
    """The presses the bot was told of, once there are so many."""
    with inbox.arrived:
        assert inbox.arrived.wait_for(lambda: len(inbox.interactions("block_actions")) >= many, 60)
    return list(inbox.interactions("block_actions"))


def unfold(page: Page, title: str) -> Locator:
    made = page.locator("details.folded").filter(has_text=title)
    if made.get_attribute("open") is None:
        made.locator("summary").first.click()
    return made


def test_a_chart_is_named_by_its_title_and_described_by_every_number_in_it(client: WebClient, page: Page) -> None:
    """What a screen reader says of the picture; the message's text has what it comes to."""
    for view in (CARD, SECOND):
        post(client, view)
    for part in (MONEY, YEAR, FAILS, SIX):
        picture = page.get_by_role("img", name=part.title)
        expect(picture).to_be_visible()
        (block,) = (b for b in blockkit.message(View((part,), "s"))["blocks"] if b["type"] == "data_visualization")
        words = picture.locator("desc").text_content() or ""
        for line in in_words(block).split("\n")[1:]:
            assert line in words
        assert blockkit.plain(gist(block)) in blockkit.message(View((part,), "s"))["text"]


def test_a_chart_has_a_bar_a_mark_or_a_slice_for_each_of_its_numbers(client: WebClient, page: Page) -> None:
    for view in (CARD, SECOND):
        post(client, view)
    for part, mark, many in (
        (MONEY, "rect[y]", 6),
        (YEAR, "path.mark", 36),
        (FAILS, "path.slice", 4),
        (SIX, "rect[y]", 42),
    ):
        expect(page.get_by_role("img", name=part.title).locator(mark)).to_have_count(many)
    for words in ("USD a year", "Today's model", "Month", "12"):
        expect(page.locator("svg text").get_by_text(words, exact=True).first).to_be_visible()
    expect(page.locator(".legend li").get_by_text("Tone or style: 24 (60 %)")).to_be_visible()


def test_no_two_series_look_alike_without_their_colours(client: WebClient, page: Page) -> None:
    """Bars and slices have patterns, lines have dashes and marks."""
    for view in (CARD, SECOND):
        post(client, view)
    bars = page.get_by_role("img", name=SIX.title)
    expect(bars.locator("pattern")).to_have_count(6)
    assert (
        len(set(bars.locator("pattern").evaluate_all("all => all.map((n) => n.querySelector('path')?.outerHTML)"))) == 6
    )
    lines = page.get_by_role("img", name=YEAR.title)
    dashes = lines.locator("path.line").evaluate_all("all => all.map((n) => n.getAttribute('stroke-dasharray'))")
    marks = lines.locator("g").evaluate_all("all => all.map((n) => n.querySelector('.mark').getAttribute('d'))")
    assert len(set(dashes)) == len(set(marks)) == 3


def test_what_is_folded_opens_with_the_keyboard_and_stays_open_when_the_card_is_drawn_anew(
    slack: LocalSlack, client: WebClient, page: Page
) -> None:
    posted = client.chat_postMessage(channel="D0ADA", **blockkit.message(CARD, "1"))
    table = page.get_by_role("table")
    expect(page.get_by_role("button", name="Ask")).to_be_visible()
    expect(table).to_be_hidden()
    summary = page.locator("summary").filter(has_text=DETAIL.title)
    summary.focus()
    summary.press("Enter")
    expect(table).to_be_visible()
    client.chat_update(channel="D0ADA", ts=posted["ts"], **blockkit.message(CARD, "2"))
    expect(page.locator("[data-block-id='2.0']")).to_be_visible()
    expect(table).to_be_visible()
    expect(page.locator("summary").filter(has_text=DETAIL.title)).to_be_focused()


def test_a_table_has_its_heads_its_figures_on_the_right_and_a_dash_for_nothing(client: WebClient, page: Page) -> None:
    post(client, CARD)
    unfold(page, DETAIL.title)
    assert page.get_by_role("columnheader").all_text_contents() == ["Year", "Costs", "Why"]
    expect(page.get_by_role("cell", name="$4,800")).to_have_css("text-align", "right")
    expect(page.get_by_role("row").last.get_by_role("cell").last).to_have_text("–")


def test_a_button_in_a_folded_part_and_one_in_a_menu_and_a_thumb_reach_the_bot(
    slack: LocalSlack, client: WebClient, page: Page, inbox: Inbox
) -> None:
    slack.bot_url = inbox.url
    for key in "abc":  # one press a card: each waits for its answer
        post(client, CARD, key)
    cards = page.locator("#list article")
    cards.nth(0).get_by_role("button", name="Ask").click()
    told(inbox, 1)
    cards.nth(1).get_by_role("button", name="It did not").click()
    told(inbox, 2)
    menu = cards.nth(2).locator("summary[aria-label='More actions']")
    menu.focus()
    menu.press("Enter")
    cards.nth(2).get_by_role("button", name="Start over").press("Enter")
    pressed = [one["actions"][0] for one in told(inbox, 3)]
    assert [one["action_id"] for one in pressed] == ["report:ask", "report:rated", "report:more"]
    assert [one["block_id"] for one in pressed] == ["a.4.2", "b.6", "c.5"]
    assert (pressed[0]["value"], pressed[1]["value"]) == ("about", "down")
    assert pressed[2]["selected_option"]["value"] == "restart"


def test_a_link_opens_its_page_and_the_bot_is_told(
    slack: LocalSlack, client: WebClient, page: Page, inbox: Inbox
) -> None:
    slack.bot_url = inbox.url
    page.context.route("https://rules.example/**", lambda route: route.fulfill(body="the rule"))
    post(client, CARD)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="The rule of gate 3").click()
    assert opened.value.url == "https://rules.example/#gate-3"
    assert told(inbox, 1)[0]["actions"][0]["url"] == "https://rules.example/#gate-3"


def test_an_alert_is_read_out_and_says_in_words_what_its_colour_says(inbox: Inbox, page: Page, show: Any) -> None:
    inbox.wait_for(1)  # that the page was opened: what comes after is the command that opens the dialog
    show(blockkit.modal(DIALOG))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_have_text(["⚠This makes gate 2 be decided again.", "✕That is no number."])
    expect(dialog.locator("[role=status].alert")).to_have_text(["ℹNothing is posted.", "✓Saved."])


@pytest.mark.parametrize("width", [1280, 420])
def test_every_part_fits_can_be_read_and_has_nothing_that_axe_finds(
    inbox: Inbox, client: WebClient, page: Page, show: Any, width: int
) -> None:
    """Light and dark, with letters half as large again, and the same without the new blocks."""
    inbox.wait_for(1)
    page.set_viewport_size({"width": width, "height": 900})
    message = post(client, CARD)
    post(client, SECOND)
    client.chat_postMessage(channel="D0ADA", **message | {"blocks": fallback.known(message["blocks"])})
    expect(page.locator("figure svg text").first).to_be_visible()
    unfold(page, DETAIL.title)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for opened in ("card", "dialog"):
        if opened == "dialog":
            show(blockkit.modal(DIALOG))
            expect(page.get_by_role("dialog")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(BEYOND) + page.evaluate(FAINT) == []
            assert axe(page) == []
            tall = 900 if opened == "dialog" else 4_000
            page.set_viewport_size({"width": width, "height": tall})
            page.screenshot(path=SCREENSHOTS / f"parts-{opened}-{width}-{scheme}.png", animations="disabled")
            page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(ENLARGE)
        page.evaluate(DRAWN)
        assert page.evaluate(BEYOND) == []
        page.evaluate(AS_BEFORE)
        page.evaluate(DRAWN)


def test_a_chart_is_drawn_again_for_a_narrower_window(client: WebClient, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    post(client, View((YEAR,), "s"))
    named = page.locator("figure svg text").filter(has_text=re.compile(r"^\d{1,2}$"))
    expect(named.filter(has_text=re.compile(r"^(2|12)$"))).to_have_count(2)
    page.set_viewport_size({"width": 320, "height": 900})
    expect(named.filter(has_text=re.compile(r"^2$"))).to_have_count(0)


DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"

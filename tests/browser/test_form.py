"""The form in a real browser: a whole check in at most four dialogs; other numbers, kept and undone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import SCREENSHOTS, Beyond, Desk, HomePage

pytestmark = pytest.mark.browser

MOST_DIALOGS = 4
LINES = "input, select"


def look(ada: HomePage, name: str, beyond: Beyond) -> None:
    """Keep what a dialog looks like, and see that nothing of it sticks out."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    width = ada.page.evaluate("() => innerWidth")
    ada.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-light.png", animations="disabled")
    assert beyond(ada.page) == []


def fill(dialog: Locator, answers: dict[str, str]) -> None:
    """Type or pick what is known in the lines of a dialog; the rest stays as it is."""
    for line in dialog.locator(LINES).all():
        field = str(line.evaluate("node => node.dataset.action ?? node.name"))
        if field in answers and line.evaluate("node => node.matches('select')"):
            line.select_option(label=answers[field])
        elif field in answers:
            line.fill(answers[field])


@pytest.mark.parametrize("width", [1280, 420])
def test_a_whole_check_is_filled_in_within_four_dialogs(
    desk: Desk, trial: dict[str, str], beyond: Beyond, width: int
) -> None:
    ada = desk(width=width)
    ada.open("We want to fine-tune Haiku so our support answers keep our tone")
    ada.shoot(f"form-button-{width}-light")
    ada.press("Fill in a form")
    dialog, dialogs = ada.page.locator("#modal"), 0
    title = dialog.get_by_role("heading", name=re.compile(r"^Gate \d of 4$"))
    expect(title).to_be_visible()
    while dialog.is_visible():
        dialogs += 1
        assert dialogs <= MOST_DIALOGS
        gate = title.inner_text()
        expect(dialog.locator(LINES).first).to_be_focused()
        fill(dialog, trial)
        look(ada, f"form-{gate[5]}", beyond)
        dialog.get_by_role("button", name="Send", exact=True).click()
        expect(dialog.get_by_role("heading", name=gate)).to_be_hidden()
    ada.expect_report("Yes, start small: run a trial")
    expect(ada.card.get_by_text("✅ Passed")).to_have_count(4)
    ada.shoot(f"form-report-{width}-light")


@pytest.mark.parametrize("width", [1280, 420])
def test_a_line_that_cannot_be_read_says_so_where_it_stands(
    desk: Desk, trial: dict[str, str], beyond: Beyond, width: int
) -> None:
    ada = desk(width=width)
    ada.open("Is a tuned model worth it?")
    ada.press("Fill in a form")
    dialog = ada.page.locator("#modal")
    expect(dialog.get_by_role("heading", name="Gate 1 of 4")).to_be_visible()
    fill(dialog, trial | {"eval_pairs": "500-700"})
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_text("is a range")).to_be_visible()
    look(ada, "form-error", beyond)
    dialog.get_by_role("textbox", name=re.compile("How many distinct")).fill("1.2k")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_role("heading", name="Gate 2 of 4")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 420])
def test_other_numbers_are_tried_kept_and_undone(desk: Desk, trial: dict[str, str], beyond: Beyond, width: int) -> None:
    ada = desk(width=width)
    ada.open("We want to fine-tune Haiku so our support answers keep our tone")
    ada.answer_all(trial)
    ada.pick("Try other numbers")
    dialog = ada.page.locator("#modal")
    expect(dialog.get_by_role("heading", name="Try other numbers")).to_be_visible()
    look(ada, "try", beyond)
    dialog.get_by_role("textbox", name=re.compile("How many distinct")).fill("400")
    dialog.get_by_role("textbox", name=re.compile("How many calls")).fill("2M")
    dialog.get_by_role("button", name="Compare").click()
    said = ada.page.locator("#list article").last
    expect(said).to_contain_text("Not yet: build the eval set first")
    expect(said).to_contain_text("ROI 7.34x")
    ada.shoot(f"compared-{width}-light")
    said.get_by_role("button", name="Keep these numbers").click()
    expect(said).to_contain_text("Kept as your answers")
    ada.shoot(f"kept-{width}-light")
    expect(ada.page.get_by_role("heading", name="Not yet: build the eval set first")).to_be_visible()
    said.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Undone")
    expect(said.get_by_role("button", name="Undo")).to_have_count(0)
    ada.shoot(f"undone-{width}-light")
    expect(ada.page.get_by_role("heading", name="Yes, start small: run a trial")).to_be_visible()

"""A decision among people, in a real browser: the dialog, the posted record, what is behind it, Home, the quick ROI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, Desk

pytestmark = pytest.mark.browser


def test_a_decision_is_shared_seen_from_behind_and_listed_at_home(desk: Desk, trial: dict[str, str]) -> None:
    ada = desk()
    ada.open("We want to fine-tune Haiku so our support answers keep our tone")
    ada.answer_all(trial)
    ada.press("Share")
    dialog = ada.page.locator("#modal")
    expect(dialog.get_by_text("This is what will be posted")).to_be_visible()
    expect(dialog).not_to_contain_text("$29,000")
    ada.page.screenshot(path=shots() / "share-dialog-1280-light.png")
    dialog.get_by_role("combobox").first.select_option(label="#general")
    dialog.get_by_role("button", name="Post it").click()
    expect(dialog).to_be_hidden()

    lin = desk("D0LIN")
    lin.page.locator("#channels").get_by_text("general").click()
    record = lin.page.locator("#list article").last
    expect(record.get_by_role("heading", name=re.compile("^(Yes|Not|No|Pause|Keep)"))).to_be_visible()
    expect(record).not_to_contain_text("$")
    record.get_by_text("See how it was decided").click()
    expect(record.get_by_text(re.compile("Gate 2 looked at"))).to_be_visible()
    expect(lin.page.locator("#list")).not_to_contain_text("$29,000")
    lin.shoot("record-1280-light")

    ada.page.locator("#tabs").get_by_text("Home").click()
    home = ada.page.locator("#home")
    expect(home.get_by_text("Your decisions")).to_be_visible()
    expect(home.get_by_role("button", name="Delete my data")).to_be_visible()
    ada.page.screenshot(path=shots() / "home-1280-light.png", full_page=True)


def test_a_quick_roi_is_worked_out_adjusted_in_a_dialog_and_taken_into_a_check(desk: Desk) -> None:
    ada = desk(width=420)
    ada.box.fill("/finetune roi 1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo")
    ada.box.press("Enter")
    answer = ada.page.locator("#list article").last
    expect(answer).to_contain_text("3.67x")
    ada.shoot("quick-420-light")
    answer.get_by_role("button", name="Adjust").click()
    dialog = ada.page.locator("#modal")
    field = dialog.get_by_role("textbox", name=re.compile("How many calls"))
    field.fill("a lot")
    dialog.get_by_role("button", name="Work it out").click()
    expect(dialog).to_contain_text("For example")
    ada.page.screenshot(path=shots() / "quick-dialog-420-light.png")
    field.fill("100k")
    dialog.get_by_role("button", name="Work it out").click()
    expect(dialog).to_contain_text("0.37x")
    dialog.get_by_role("button", name=re.compile("Start a full check")).click()
    dialog.get_by_role("button", name=re.compile("Close")).first.click()
    ada.page.goto(ada.page.url.split("#")[0] + "#D0ADA")
    expect(ada.page.locator("#threads button").first).to_contain_text("Taken over as your answers")


def shots() -> Path:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS

"""What one does is seen: one's own words and their answers are on the screen, and everything can be used there."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Desk, HomePage

IN_VIEW = """(node) => {
  const [box, room] = [node.getBoundingClientRect(), document.getElementById("scroll").getBoundingClientRect()];
  return box.top < room.bottom - 20 && box.bottom > room.top + 20;
}"""


def seen(found: Locator) -> None:
    """It is there and on the screen, in whole or in part."""
    expect(found).to_be_visible()
    found.page.wait_for_function(f"(node) => ({IN_VIEW})(node)", arg=found.element_handle())


WHOLE = """(node) => {
  const [box, room] = [node.getBoundingClientRect(), document.getElementById("scroll").getBoundingClientRect()];
  return box.top >= room.top && box.bottom <= room.bottom;
}"""


def whole(found: Locator) -> None:
    """All of it is on the screen."""
    expect(found).to_be_visible()
    found.page.wait_for_function(f"(node) => ({WHOLE})(node)", arg=found.element_handle())


def message(desk: HomePage, words: str | re.Pattern[str]) -> Locator:
    return desk.page.locator("#list > li").filter(has_text=words).last


@pytest.fixture
def reported(desk: Desk, trial: dict[str, str]) -> Desk:
    """A person in front of a report that is taller than the screen."""

    def sit_down(width: int = 1280, height: int = 800) -> HomePage:
        ada = desk(width=width, height=height)
        ada.open("Is a tuned model worth it for our tone?")
        ada.answer_all(trial)
        ada.expect_report("Yes, start small: run a trial")
        return ada

    return sit_down


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (420, 800)])
def test_a_question_below_a_tall_report_and_its_answer_are_scrolled_to(reported: Desk, width: int, height: int) -> None:
    ada = reported(width, height)
    ada.send("why gate 3?")
    seen(message(ada, "why gate 3?"))
    seen(message(ada, re.compile("found by the words you used")))
    ada.shoot(f"follow-up-{width}")


def test_a_share_from_a_tall_report_is_told_on_the_screen(reported: Desk) -> None:
    ada = reported()
    ada.press("Share")
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.select_option(label="#general")
    dialog.get_by_role("button", name="Post it").click()
    seen(message(ada, re.compile("Posted in")))
    ada.shoot("shared-1280")


def test_a_button_waits_no_longer_once_its_dialog_is_open(reported: Desk) -> None:
    ada = reported()
    ada.press("Share")
    expect(ada.page.get_by_role("dialog")).to_be_visible()
    expect(ada.page.locator('#list [aria-busy="true"]')).to_have_count(0)


def test_a_check_is_handed_over_by_mouse_from_one_to_the_other(reported: Desk, desk: Desk) -> None:
    ada, lin = reported(), desk("D0LIN")
    ada.pick("Hand over")
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option(label="Lin")
    dialog.get_by_role("button", name=re.compile("Ask|Offer|Hand")).click()
    seen(message(ada, re.compile("asked", re.IGNORECASE)))
    lin.page.get_by_role("navigation", name="Conversations").get_by_role("button").first.click()
    accept = lin.page.get_by_role("button", name=re.compile("Take it|Accept"))
    seen(accept)
    accept.click()
    seen(message(ada, re.compile("[Ll]in took over")))
    lin.shoot("handed-over-1280")


@pytest.mark.parametrize(("width", "height", "last"), [(1280, 800, "money"), (420, 800, "tasks")])
def test_the_first_screen_of_a_report_says_what_matters(reported: Desk, width: int, height: int, last: str) -> None:
    """Nobody has scrolled since the last answer: verdict to money on a desk, verdict and tasks in a hand."""
    card = reported(width, height).card
    whole(card.get_by_role("heading", name="Yes, start small: run a trial"))
    whole(card.get_by_text("Do next"))
    for task in card.locator("ol").first.get_by_role("listitem").all():
        whole(task)
    if last == "money":
        whole(card.get_by_text(re.compile(r"\$[\d,]+")).first)


def test_an_answer_in_two_messages_is_read_from_its_first(desk: Desk) -> None:
    """A question in the middle of a question: its answer, and then the question again."""
    ada = desk(width=420, height=560)
    ada.open("Should we tune a small model?")
    ada.send("what is an eval set?")
    again = ada.page.locator("#list > li").last
    expect(again.locator('[data-action="answer:goal:unknown"]')).to_have_count(1)
    seen(message(ada, "what is an eval set?"))
    seen(ada.page.locator("#list > li").nth(-2))


def test_boxes_are_ticked_one_after_the_other_and_used_at_once(desk: Desk) -> None:
    """Nothing answers a tick, so nothing waits for an answer."""
    ada = desk()
    ada.open("Our prompt has five examples in it, retrieval is not needed, and most failures are about tone.")
    boxes = ada.card.get_by_role("checkbox")
    expect(boxes.nth(2)).to_be_checked()
    for place in (0, 1):
        boxes.nth(place).uncheck()
    ada.press("Use these")
    expect(ada.card.get_by_text("Taken from your words: 1 answer", exact=False)).to_be_visible()


def test_a_press_in_a_channel_waits_no_longer_once_it_is_answered_elsewhere(reported: Desk) -> None:
    ada = reported()
    ada.press("Share")
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.select_option(label="#general")
    dialog.get_by_role("button", name="Post it").click()
    seen(message(ada, re.compile("Posted in")))
    ada.page.get_by_role("navigation", name="Channels").get_by_role("button", name="general").click()
    record = ada.page.locator("#list > li").filter(has_text="See how it was decided").last
    record.locator("summary[aria-label='More actions']").click()
    ada.page.evaluate("() => { window.setTimeout = () => 0; }")  # it never gets tired of waiting for an answer
    record.get_by_role("button", name="Start my own").click()
    conversations = ada.page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    expect(conversations).to_have_count(2)
    expect(ada.page.locator('#list [aria-busy="true"]')).to_have_count(0)


def test_fifty_conversations_scroll_by_themselves_and_collide_with_nothing(desk: Desk) -> None:
    ada = desk(width=1280, height=800)
    made = ada.page.evaluate("""() => {
      const list = document.getElementById("threads");
      const one = document.createElement("li");
      one.innerHTML = "<button>A conversation</button>";
      for (let n = 0; n < 50; n++) list.append(one.cloneNode(true));
      const box = (id) => document.getElementById(id).getBoundingClientRect();
      const [channels, fresh, threads] = [box("channels"), box("new"), box("threads")];
      const five = document.getElementById("channels");
      return [list.scrollHeight > list.clientHeight, channels.bottom <= fresh.top, fresh.bottom <= threads.top,
              threads.bottom <= innerHeight, five.scrollHeight <= five.clientHeight];
    }""")
    assert made == [True, True, True, True, True]

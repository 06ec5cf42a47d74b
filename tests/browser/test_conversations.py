"""Whole conversations in a real browser: by mouse, by keyboard, for two people, through a crash, with hostile words."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Beyond, Bot, Desk

pytestmark = pytest.mark.browser

MOST_MOVES = 25
MOST_TABS = 60
HOSTILE = "<script>alert(1)</script> <!channel> *bold* & </b> <img src=x onerror=alert(2)>"
UNLIKE = "<script>zyx(1)</script> *qux* & </b> <img src=x onerror=zyx(2)>"
"""The same for a question no answer is near to, so that it is quoted."""
ENDLESS = "W" * 5_000


# --- by mouse ---------------------------------------------------------------------------------------------


def test_clicks_alone_lead_to_a_hold(desk: Desk) -> None:
    ada = desk()
    ada.page.get_by_role("button", name="New conversation").click()
    ada.page.get_by_role("button", name="Should we fine-tune?").click()
    ada.expect_question("goal")
    ada.press("Answer from our documents")
    ada.expect_question("prompt_tried")
    ada.press("Yes")
    ada.expect_question("rag_tried")
    ada.press("Not yet")
    ada.expect_report(re.compile("retrieval", re.IGNORECASE))
    expect(ada.card.get_by_text("⛔ Blocked")).to_have_count(1)
    ada.shoot("hold-1280-light")


def test_a_trial_is_advised_in_under_25_moves(desk: Desk, trial: dict[str, str]) -> None:
    ada = desk()
    ada.open("We want to fine-tune Haiku so our support answers keep our tone")
    ada.answer_all(trial)
    ada.expect_report("Yes, start small: run a trial")
    expect(ada.card.get_by_text("✅ Passed")).to_have_count(4)
    assert ada.moves < MOST_MOVES
    ada.shoot("trial-1280-light")


def test_the_report_follows_an_answer_that_is_changed(desk: Desk, trial: dict[str, str]) -> None:
    ada = desk()
    ada.open("Is a tuned model worth it?")
    ada.answer_all(trial)
    ada.press("Change an answer")
    ada.card.get_by_role("combobox", name="Change an answer").select_option("calls_per_year")
    ada.expect_question("calls_per_year")
    ada.answer("1000")
    ada.answer_all({})  # what few calls make worth asking
    ada.expect_report(re.compile("does not pay|save nothing"))
    expect(ada.card.get_by_text(re.compile("^⛔ Blocked ·"))).to_have_count(1)


def test_starting_over_can_be_undone(desk: Desk) -> None:
    ada = desk()
    ada.open("Is a tuned model worth it?")
    ada.press("Answer with live facts")
    ada.expect_report()
    ada.pick("Start over")
    ada.expect_question("goal")
    ada.press("Bring them back")
    ada.expect_report()


PARAGRAPH = """\
Should we tune a small model so that our support replies keep our brand voice? Most failures are about tone. A
careful prompt with five examples is in use, and retrieval is not needed. Our eval set has 1,200 pairs, none of
them in the training data. 82 % of them pass today and we ship at 90 %; a larger model reaches 90 %. We make 1M
calls a year at 3 cents a call. A tuned model would cost $0.001 per call. We plan 5,000 training pairs, none are
labelled yet, and a label costs $1. Training costs about $500, upkeep $200 a month, hosting $100 a month. There
is a retraining pipeline, the retraining budget is approved, and Rima Okafor owns the retraining. A failing
answer costs us about $2; there are no other savings."""


def test_one_pasted_paragraph_and_six_moves_at_most_make_a_report(desk: Desk) -> None:
    ada = desk()
    ada.open(PARAGRAPH.replace("\n", " "))
    ada.shoot("paragraph-1280-light")
    ada.press("Use these")
    ada.expect_question("measured_pass_rate")
    ada.answer("82 %")
    ada.expect_report()
    assert ada.moves <= 6


# --- two people -------------------------------------------------------------------------------------------

# Looks at everything the page ever holds, also what is gone a moment later.
WATCH = """(word) => {
  const look = () => { window.leaked ||= document.documentElement.outerHTML.includes(word) };
  const all = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, all);
}"""


def test_what_one_person_sees_never_shows_to_the_other(desk: Desk) -> None:
    ada, lin = desk(), desk("D0LIN")
    lin.page.evaluate(WATCH, "zanzibar")
    ada.page.evaluate(WATCH, "quagmire")
    ada.open("Tune a model on zanzibar tickets?")
    lin.open("Tune a model on quagmire tickets?")
    ada.press("Answer in our voice")
    ada.expect_question("prompt_tried")
    lin.expect_question("goal")
    lin.press("Sort or label text")
    lin.expect_question("prompt_tried")
    lin.pick("Review answers")
    expect(lin.card.get_by_text("Sort or label text").first).to_be_visible()
    ada.pick("Review answers")
    expect(ada.card.get_by_text("Answer in our voice").first).to_be_visible()
    expect(lin.page.locator("#threads button")).to_have_count(1)
    for one, word in ((ada, "quagmire"), (lin, "zanzibar")):
        assert not one.page.evaluate("window.leaked")
        assert word not in one.page.content()


def test_becoming_the_other_person_leaves_nothing_of_the_first_on_the_page(desk: Desk) -> None:
    ada = desk()
    ada.open("Tune a model on zanzibar tickets?")
    ada.page.get_by_text("Lin", exact=True).click()
    expect(ada.page.locator("#no-threads")).to_be_visible()
    expect(ada.page.locator("#list article")).to_have_count(0)
    assert "zanzibar" not in ada.page.content()
    ada.page.get_by_text("Ada", exact=True).click()
    ada.page.locator("#threads button").click()
    ada.expect_question("goal")


# --- by keyboard ------------------------------------------------------------------------------------------

FOCUSED = """() => {
  const at = document.activeElement;
  const box = at?.getBoundingClientRect();
  return {
    lost: !at || at === document.body || !box.width || !box.height,
    id: at?.id ?? "", action: at?.dataset?.action ?? "", option: at?.dataset?.option ?? "",
    words: (at?.getAttribute("aria-label") ?? at?.textContent ?? "").trim(),
    ring: getComputedStyle(at ?? document.body).outlineStyle !== "none" || at?.id === "box",
  };
}"""


class Keys:
    """A person without a mouse. Wherever the focus is, it must be somewhere and be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> dict[str, Any]:
        self.page.keyboard.press(key)
        return self.where()

    def where(self) -> dict[str, Any]:
        at: dict[str, Any] = self.page.evaluate(FOCUSED)
        assert not at["lost"], "the focus is lost"
        assert at["ring"], f"the focus cannot be seen: {at}"
        return at

    def go(self, key: str, **wanted: str) -> None:
        """Press Tab or Shift+Tab until the focus is on what has these facts."""
        seen = []
        for _ in range(MOST_TABS):
            at = self.press(key)
            if all(at[name] == value for name, value in wanted.items()):
                return
            seen.append(at["id"] or at["action"] or at["words"][:20])
        raise AssertionError(f"{key} never came to {wanted}; it came by {seen}")


def test_the_first_questions_can_be_answered_by_keyboard_alone(desk: Desk) -> None:
    ada = desk()
    keys = Keys(ada.page)
    assert keys.where()["id"] == "box"
    ada.page.keyboard.type("Should our routing run on a tuned model?")
    keys.press("Enter")
    ada.expect_question("goal")
    assert keys.where()["id"] == "box"

    # Arrows look at the choices; nothing is answered before Enter.
    keys.go("Shift+Tab", action="answer:goal:pick")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    expect(ada.card.get_by_text("Press Enter to choose this.")).to_be_visible()
    keys.go("ArrowDown", option="classification")
    ada.expect_question("goal")
    keys.press("Enter")
    ada.expect_question("prompt_tried")

    keys.where()
    keys.go("Tab", action="answer:prompt_tried:yes")
    keys.press("Space")
    ada.expect_question("rag_tried")
    keys.where()
    keys.go("Tab", action="session:why")
    keys.press("Enter")
    expect(ada.card.get_by_text("Why we ask:")).to_be_visible()
    assert keys.where()["action"] == "session:why"
    keys.go("Shift+Tab", action="answer:rag_tried:not_needed")
    keys.press("Enter")
    ada.expect_question("failure_cause")

    keys.where()
    keys.go("Tab", action="session:back")
    keys.press("Space")
    ada.expect_question("rag_tried")
    keys.where()
    keys.go("Shift+Tab", action="answer:rag_tried:not_needed")
    keys.press("Space")
    ada.expect_question("failure_cause")
    keys.where()
    keys.go("Tab", action="answer:failure_cause:pick")
    keys.go("ArrowDown", option="format")
    keys.press("Enter")
    ada.expect_question("eval_pairs")

    keys.where()
    keys.go("Tab", id="box")
    ada.page.keyboard.type("1,200")
    keys.press("Enter")
    ada.expect_question("measured_pass_rate")
    assert keys.where()["id"] == "box"
    keys.go("Shift+Tab", action="answer:measured_pass_rate:unknown")
    keys.press("Enter")
    expect(ada.asks("measured_pass_rate")).to_have_count(0)
    keys.where()


def test_the_people_and_the_conversations_can_be_reached_by_keyboard(desk: Desk) -> None:
    ada = desk(width=420)
    keys = Keys(ada.page)
    ada.open("Is it worth it?")
    keys.go("Shift+Tab", id="menu")
    keys.press("Enter")
    expect(ada.page.locator("#side")).to_be_visible()
    expect(ada.page.get_by_role("radio", name="Ada")).to_be_focused()
    ada.shoot("side-420-light")
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("#side")).to_be_hidden()
    assert keys.where()["id"] == "menu"


# --- through a crash --------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 on this system")
def test_after_a_kill_the_page_comes_back_by_itself_and_answers_count(bot: Bot, desk: Desk) -> None:
    ada = desk()
    ada.open("Tune for routing?")
    ada.press("Sort or label text")
    ada.expect_question("prompt_tried")
    assert bot.end(signal.SIGKILL) == -signal.SIGKILL
    banner = ada.page.locator("#banner")
    expect(banner).to_contain_text("not answering")
    ada.page.get_by_label("Reply in this conversation").fill("yes")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("alert")).to_contain_text("not answering")
    expect(ada.box).to_have_value("yes")
    ada.shoot("down-1280-light")

    bot.start()
    expect(banner).to_be_hidden()
    expect(ada.page.locator("#presence-words")).to_have_text("finetune-advisor is connected")
    ada.expect_question("prompt_tried")
    ada.press("Yes")
    ada.expect_question("rag_tried")
    expect(ada.card).to_contain_text("careful prompt tried: yes")
    ada.box.fill("not needed")
    ada.box.press("Enter")
    ada.expect_question("failure_cause")
    expect(ada.card).to_contain_text("retrieval tried: Not needed")


# --- hostile words ----------------------------------------------------------------------------------------


def test_hostile_words_are_shown_as_words_and_nothing_runs(desk: Desk) -> None:
    ada = desk()  # whatever would run opens a dialog, and the desk counts a dialog as trouble
    ada.open(HOSTILE)
    said = ada.page.locator("#list article").first.locator(".body")
    expect(said).to_have_text(HOSTILE.replace("*bold*", "bold"))
    expect(ada.page.locator("#title")).to_contain_text("<script>alert(1)</script>")
    ada.press("Answer with live facts")
    ada.expect_report()
    ada.send("review")
    expect(ada.card.get_by_role("heading", name="Your answers so far")).to_be_visible()
    expect(ada.card.get_by_text("<script>alert(1)</script>").first).to_be_visible()
    assert "&lt;" not in ada.page.locator("#list").inner_text()
    expect(ada.page.locator("#list .mention")).to_have_count(0)
    expect(ada.page.locator("#list :is(script, img, b)")).to_have_count(0)
    ada.send(HOSTILE)
    ada.send(UNLIKE)
    expect(ada.card.get_by_text("I don't know what to say")).to_contain_text(UNLIKE.replace("*qux*", "qux"))
    ada.shoot("hostile-1280-light")


@pytest.mark.parametrize("width", [420, 1280])
def test_a_word_without_an_end_stays_inside_the_page(desk: Desk, width: int, beyond: Beyond) -> None:
    ada = desk(width=width)
    ada.open(ENDLESS)
    expect(ada.page.locator("#list article").first.locator(".body")).to_have_text(ENDLESS)
    ada.press("Answer with live facts")
    ada.expect_report()
    assert beyond(ada.page) == []
    ada.send("review")
    expect(ada.card.get_by_role("heading", name="Your answers so far")).to_be_visible()
    assert beyond(ada.page) == []
    ada.shoot(f"endless-{width}-light")


# --- a cost project, typed ----------------------------------------------------------------------------------

COST_PROJECT = {
    "goal": "cheaper model", "prompt_tried": "yes, with five examples", "rag_tried": "not needed",
    "failure_cause": "mixed", "eval_pairs": "2,000", "measured_pass_rate": "90%", "target_pass_rate": "97.5%",
    "large_model_meets_target": "yes: GPT-5 does 99.2", "eval_overlaps_training": "no, held out",
    "calls_per_year": "500k a month", "usd_per_call_now": "3 cents", "usd_per_call_after": "$0.002",
    "pass_rate_without_tuning": "99.2%", "usd_per_failure": "1.78 cents", "other_savings_usd_per_year": "0",
    "training_pairs": "3000", "labeled_pairs": "2000", "usd_per_label": "50 cents", "training_usd": "$1,000",
    "upkeep_usd_per_month": "1k", "hosting_usd_per_month": "800", "retrain_pipeline": "yes", "retrain_budget": "yes",
    "retrain_owner": "R. Okafor", "poc_training_examples": "300", "poc_baseline_pass_rate": "94.8%",
    "poc_tuned_pass_rate": "97.8%", "poc_eval_items": "2000", "poc_gained": "90", "poc_lost": "30",
}  # fmt: skip


def test_a_cost_project_with_a_trial_is_typed_to_its_verdict(desk: Desk) -> None:
    """A trial at the ship bar, 1.4 points under the dearer model, whose loss is priced in the sum."""
    ada = desk()
    ada.open("Can a small tuned model do what GPT-5 does for our tickets?")
    while field := ada.asked:
        ada.send(COST_PROJECT[field])
        expect(ada.asks(field)).to_have_count(0)
    ada.expect_report("Yes, start small: run a trial")
    ada.shoot("cost-project-1280-light")
    ada.press("I have trial results")
    ada.expect_question("poc_training_examples")
    while field := ada.asked:
        ada.send(COST_PROJECT[field])
        expect(ada.asks(field)).to_have_count(0)
    ada.expect_report("Yes: fine-tune at full scale")
    expect(ada.card.get_by_text("97.8 % in the trial against 99.2 %")).to_have_count(1)
    ada.shoot("cost-project-with-trial-1280-light")

"""What every kind of card looks like, wide and narrow, light and dark, with larger words; and what it is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Beyond, Desk, HomePage, axe

pytestmark = pytest.mark.browser

# Every text with its own colour on what is really behind it, as WCAG 2 counts: 4.5 to 1, large words 3 to 1.
FAINT = """() => {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!/[\\p{L}\\p{N}]/u.test(texts.currentNode.data)) continue;
    if (!node.checkVisibility({ visibilityProperty: true })) continue;
    if (node.closest("#box-label, .sr, noscript, option, [aria-busy=true]:is(button, summary)")) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    const [a, b] = [light(over(rgba(style.color), ground)), light(ground)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(2)}: ${texts.currentNode.data.trim().slice(0, 40)}`);
  }
  return found;
}"""

# A root of one and a half times its size, as with a reader's 24 px where browsers begin with 16.
ENLARGE = """() => {
  const root = document.documentElement;
  root.style.fontSize = `${parseFloat(getComputedStyle(root).fontSize) * 1.5}px`;
}"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Charts are drawn anew for another size of letters, with the next frame."""
AS_BEFORE = "() => document.documentElement.style.removeProperty('font-size')"
LETTER = "() => parseFloat(getComputedStyle(document.getElementById('hint')).fontSize)"


def walk(ada: HomePage, trial: dict[str, str]) -> Iterator[str]:
    """Through every kind of card; gives the name of each while it is on the page."""
    yield "greeting"
    ada.open("We want to fine-tune Haiku so that our support answers keep our tone")
    yield "question"
    ada.answer_all(trial, until="eval_pairs")
    for words, told in (("lots", "find a number"), ("between 5 and 9k", "is a range")):
        ada.send(words)
        expect(ada.card.get_by_text(told)).to_be_visible()
    yield "misread"
    ada.send("help")
    expect(ada.card.get_by_text("Words that work")).to_be_visible()
    yield "help"
    ada.answer_all(trial, until="retrain_pipeline")
    ada.pick("Review answers")
    expect(ada.card.get_by_role("heading", name="Your answers so far")).to_be_visible()
    yield "review"
    ada.press("Back to the question")
    ada.expect_question("retrain_pipeline")
    ada.answer_all(trial)
    ada.press("Change an answer")
    expect(ada.card.get_by_role("heading", name="Change an answer")).to_be_visible()
    yield "change"
    ada.press("Back to the report")
    ada.send("checklist")
    expect(ada.card.get_by_text("Readiness checklist:")).to_be_visible()
    yield "report"


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 420])
def test_every_card_fits_the_page_and_every_word_can_be_read(
    desk: Desk, trial: dict[str, str], beyond: Beyond, width: int
) -> None:
    ada = desk(width=width)
    wrong: dict[str, list[str]] = {}
    for card in walk(ada, trial):
        for scheme in ("light", "dark"):
            ada.page.emulate_media(color_scheme=scheme)
            wrong[f"{card}, {scheme}"] = beyond(ada.page) + ada.page.evaluate(FAINT) + axe(ada.page)
            ada.shoot(f"{card}-{width}-{scheme}")
        ada.page.emulate_media(color_scheme="light")
        before = ada.page.evaluate(LETTER)
        ada.page.evaluate(ENLARGE)
        assert ada.page.evaluate(LETTER) == pytest.approx(1.5 * before)
        ada.page.evaluate(DRAWN)
        wrong[f"{card}, large"] = beyond(ada.page)
        ada.shoot(f"{card}-{width}-large")
        ada.page.evaluate(AS_BEFORE)
    assert {card: what for card, what in wrong.items() if what} == {}


# --- what things are called -------------------------------------------------------------------------------

CONTROLS = {"button", "textbox", "radio", "checkbox", "combobox", "listbox", "link", "option", "DisclosureTriangle"}


def named(page: Page) -> tuple[list[str], list[str]]:
    """The names of the controls and of the headings, as Chromium gives them to a screen reader."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    seen = [node for node in nodes if not node.get("ignored")]

    def names(roles: set[str]) -> list[str]:
        return [node.get("name", {}).get("value", "").strip() for node in seen if node["role"]["value"] in roles]

    return names(CONTROLS), names({"heading"})


@pytest.mark.slow
def test_every_control_has_a_name_and_every_card_a_heading(desk: Desk, trial: dict[str, str]) -> None:
    ada = desk()
    for card in walk(ada, trial):
        controls, headings = named(ada.page)
        assert len(controls) > 3, card
        assert all(controls), f"{card}: a control has no name among {controls}"
        assert len(headings) > 2, card
        assert all(headings), card
        if card != "greeting":
            expect(ada.card.get_by_role("heading")).to_have_count(1)


def test_what_the_bot_says_is_announced(desk: Desk) -> None:
    ada = desk()
    expect(ada.live).to_have_attribute("aria-live", "polite")
    expect(ada.live).to_be_empty()
    ada.open("Should we tune?")
    ada.press("Answer in our voice")
    expect(ada.live).to_contain_text("Have you tried a careful prompt")
    ada.send("yes")
    expect(ada.live).to_contain_text("Have you tried retrieval")
    ada.send("perhaps on a Tuesday")
    expect(ada.live).to_contain_text("I can't match")
    ada.press("Not yet")
    expect(ada.asks("rag_tried")).to_have_count(0)
    expect(ada.live).not_to_contain_text("I can't match")

"""The page in a real browser: modals, the Home tab, channels, shortcuts and files, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from slack_bolt import App
from slack_sdk import WebClient

from bot.local import LocalSlack

pytestmark = pytest.mark.browser

TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll("main, main *, dialog[open] *")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth
        && !node.matches(".sr, label, #title, #box") && getComputedStyle(node).overflowX !== "hidden"
        && getComputedStyle(node).display !== "inline")
    .map((node) => `${node.tagName}.${node.className}: ${node.scrollWidth} in ${node.clientWidth}`)"""

OUTSIDE = """() => {
    const at = document.activeElement;
    return at.matches("#modal, #modal *, body") ? "" : at.outerHTML.slice(0, 200);
}"""


@pytest.fixture
def look(browser: Browser, slack: LocalSlack, bot: App) -> Iterator[Callable[..., Page]]:
    """Opens pages; in the end none has met a script error, or been refused something by its policy."""
    trouble: list[str] = []
    contexts = []

    def open_at(place: str = "D0ADA", width: int = 1280, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce", **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.goto(f"{slack.url}#{place}")
        expect(page.locator("#people input")).to_have_count(2)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def bot(app: App, client: WebClient, http: Callable[[App], None], form: dict[str, Any]) -> App:
    """Opens its form wherever it is asked to, and does with it what the title says."""

    def show(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=form)
        ack()

    for listen in (app.shortcut("start_check"), app.shortcut("check_message"), app.action("start")):
        listen(show)

    @app.view("share")
    def sent(ack: Callable[..., Any], view: dict[str, Any]) -> None:
        values = {block: next(iter(actions.values())) for block, actions in view["state"]["values"].items()}
        match values["title"]["value"]:
            case "taken":
                ack(response_action="errors", errors={"title": "That title is taken.", "where": "Not there."})
            case "again":
                ack(response_action="update", view={**form, "title": {"type": "plain_text", "text": "Again"}})
            case title:
                ack()
                client.chat_postMessage(channel=values["where"]["selected_conversation"], text=f"Shared: {title}")

    @app.action("preview")
    def preview(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        more = {"type": "section", "text": {"type": "mrkdwn", "text": "Previewed."}}
        client.views_update(view_id=body["view"]["id"], view={**form, "blocks": [*form["blocks"], more]})
        ack()

    @app.event("app_home_opened")
    def home(event: dict[str, Any]) -> None:
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=home_view("Nothing open"))

    @app.event("app_mention")
    def mentioned(event: dict[str, Any]) -> None:
        client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="I heard you")

    @app.command("/finetune")
    def command(ack: Callable[..., Any]) -> None:
        ack("Only for you")

    @app.message("")
    def quiet() -> None:
        pass

    http(app)
    return app


def home_view(words: str) -> dict[str, Any]:
    button = {"type": "button", "action_id": "start", "text": {"type": "plain_text", "text": "Start a check"}}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": words}}
    return {"type": "home", "blocks": [section, {"type": "actions", "elements": [button]}]}


def modal(page: Page, title: str = "Share") -> Locator:
    return page.get_by_role("dialog", name=title)


# --- modals -----------------------------------------------------------------------------------------------


def test_a_modal_is_filled_in_by_keyboard_alone_and_gives_the_focus_back(
    slack: LocalSlack, look: Callable[..., Page]
) -> None:
    page = look("C0GENERAL")
    page.locator("#shortcuts-button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(modal(page)).to_be_visible()
    expect(modal(page).get_by_label("Where")).to_be_focused()
    for _ in range(16):  # round and round inside; the browser's own bar may be on the way
        page.keyboard.press("Tab")
        assert page.evaluate(OUTSIDE) == ""
    modal(page).get_by_label("Title").fill("taken")
    page.keyboard.press("Enter")
    expect(modal(page).get_by_role("alert")).to_have_text("2 fields need a change.")
    where = modal(page).get_by_label("Where")
    expect(where).to_be_focused()
    expect(where).to_have_attribute("aria-invalid", "true")
    expect(where).to_have_accessible_description("Where people will see it Not there.")
    page.keyboard.press("Escape")
    expect(modal(page)).to_be_hidden()
    expect(page.locator("#shortcuts-button")).to_be_focused()
    assert slack.modals("U0ADA") == []


def test_a_modal_that_opens_right_after_another_is_not_closed_with_it(look: Callable[..., Page]) -> None:
    """A browser tells that a dialog was closed a little later, when the next one may stand in it."""
    closed = look("C0GENERAL").evaluate("""async () => {
      const { paintModal } = await import("/assets/views.js");
      const closed = [];
      const does = { close: (view) => closed.push(view.id) };
      const view = { hash: "1", title: { text: "Share" }, blocks: [], type: "modal" };
      const paint = (now) => paintModal(now, [], { settings: new Map() }, does);
      const told = new Promise((done) => document.getElementById("modal").addEventListener("close", done));
      paint({ ...view, id: "first" });
      paint(null);
      paint({ ...view, id: "second" });
      await told;
      return closed;
    }""")
    assert closed == []


def test_every_input_of_a_modal_reaches_the_bot(slack: LocalSlack, look: Callable[..., Page]) -> None:
    page = look("C0GENERAL")
    page.locator("#shortcuts-button").click()
    page.get_by_role("button", name="Should we fine-tune?").click()
    shown = modal(page)
    offered = shown.get_by_label("Where").locator("option:not([hidden])")
    expect(offered).to_have_text(["#general", "#proj-router", "#elsewhere", "#partners"])
    expect(shown.get_by_label("Title")).to_have_value("Our tone")
    expect(shown.get_by_label("Title")).to_have_attribute("aria-required", "true")
    shown.get_by_label("Title").fill("A longer title")
    expect(shown.get_by_text("characters left")).to_be_hidden()
    shown.get_by_label("Note (optional)").fill("Two\nlines")
    shown.get_by_label("Steps").check()
    shown.get_by_label("Who (optional)").select_option(label="Lin")
    shown.get_by_role("button", name="Preview").click()  # the view is drawn anew, and nothing is lost
    expect(shown.get_by_text("Previewed.")).to_be_visible()
    expect(shown.get_by_role("button", name="Preview")).to_be_focused()
    shown.get_by_role("button", name="Send", exact=True).click()
    expect(shown).to_be_hidden()
    expect(page.locator("#list").get_by_text("Shared: A longer title")).to_be_visible()
    sent = next(d.payload for d in slack.deliveries("interactive") if d.payload["type"] == "view_submission")
    values = {block: next(iter(actions.values())) for block, actions in sent["view"]["state"]["values"].items()}
    assert values["where"]["selected_conversation"] == "C0GENERAL"
    assert values["note"]["value"] == "Two\nlines"
    assert [option["value"] for option in values["parts"]["selected_options"]] == ["steps"]
    assert values["who"]["selected_user"] == "U0LIN"


def test_a_modal_is_drawn_anew_and_keeps_what_was_typed(look: Callable[..., Page]) -> None:
    page = look("C0GENERAL", width=420)
    page.locator("#shortcuts-button").click()
    page.get_by_role("button", name="Should we fine-tune?").click()
    modal(page).get_by_label("Title").fill("again")
    page.keyboard.press("Enter")
    expect(modal(page, "Again")).to_be_visible()
    expect(modal(page, "Again").get_by_label("Title")).to_have_value("again")
    assert page.evaluate(TOO_WIDE) == []
    modal(page, "Again").get_by_role("button", name="Not now").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_form_that_is_incomplete_or_unanswered_says_so(slack: LocalSlack, look: Callable[..., Page]) -> None:
    page = look()
    page.locator("#shortcuts-button").click()
    page.get_by_role("button", name="Should we fine-tune?").click()
    shown = modal(page)
    shown.get_by_role("button", name="Send", exact=True).click()
    expect(shown.get_by_text("Please choose something.")).to_be_visible()
    expect(shown.get_by_role("alert")).to_have_text("One field needs a change.")
    shown.get_by_label("Where").select_option(label="#partners")
    slack.bot_url = None
    shown.get_by_role("button", name="Send", exact=True).click()
    expect(shown.get_by_role("alert")).to_contain_text("not connected")
    shown.get_by_role("button", name="Close without sending").click()
    expect(shown).to_be_hidden()


# --- Home -------------------------------------------------------------------------------------------------


def test_the_home_tab_is_filled_when_it_is_opened_and_stays_live(
    slack: LocalSlack, client: WebClient, look: Callable[..., Page]
) -> None:
    page = look(width=420)
    page.get_by_role("button", name="Home", exact=True).click()
    home = page.get_by_role("region", name="Home tab")
    expect(home.get_by_text("Nothing open")).to_be_visible()
    client.views_publish(user_id="U0ADA", view=home_view("One check is open"))
    expect(home.get_by_text("One check is open")).to_be_visible()
    client.views_publish(user_id="U0LIN", view=home_view("For Lin only"))
    assert page.evaluate(TOO_WIDE) == []
    home.get_by_role("button", name="Start a check").click()
    expect(modal(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(home.get_by_role("button", name="Start a check")).to_be_focused()
    page.get_by_role("button", name="Messages", exact=True).click()
    expect(page.locator("#box")).to_be_visible()
    told = ["messages", "home", "messages"]
    slack.wait_for(lambda: [d.payload["event"]["tab"] for d in slack.deliveries("events_api")] == told)
    assert "For Lin only" not in page.content()


# --- channels ---------------------------------------------------------------------------------------------


def test_a_mention_is_answered_in_a_thread_that_opens_and_leads_back(look: Callable[..., Page]) -> None:
    page = look(color_scheme="dark")
    page.get_by_role("button", name="# general").click()
    page.get_by_label("Message #general").fill("@finetune-advisor should we?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="1 reply").click()
    expect(page.locator("#list").get_by_text("I heard you")).to_be_visible()
    page.get_by_label("Reply in this thread").fill("Thanks")
    page.keyboard.press("Enter")
    expect(page.locator("#list").get_by_text("Thanks")).to_be_visible()
    page.get_by_role("button", name="‹ #general").click()
    expect(page.get_by_role("button", name="2 replies")).to_be_visible()


def test_what_only_one_person_sees_is_shown_where_it_was_sent_and_gone_after_a_reload(
    look: Callable[..., Page],
) -> None:
    page = look("C0ELSEWHERE", width=420)
    page.locator("#box").fill("/finetune help")
    page.keyboard.press("Enter")
    whisper = page.locator("#list").get_by_text("Only for you")
    expect(whisper).to_be_visible()
    assert page.evaluate(TOO_WIDE) == []
    page.goto(page.url.replace("C0ELSEWHERE", "C0GENERAL"))
    expect(page.locator("#title")).to_have_text("#general")
    expect(whisper).to_be_hidden()
    page.goto(page.url.replace("C0GENERAL", "C0ELSEWHERE"))
    expect(whisper).to_be_visible()
    page.reload()
    expect(page.locator("#title")).to_have_text("#elsewhere")
    expect(whisper).to_be_hidden()


def test_an_archived_channel_can_be_read_and_an_invitation_is_seen(
    slack: LocalSlack, look: Callable[..., Page]
) -> None:
    page = look("C0ARCHIVE")
    expect(page.get_by_text("This channel is archived.")).to_be_visible()
    expect(page.locator("#box")).to_be_hidden()
    slack.arrange("#archive", is_archived=False)
    expect(page.locator("#box")).to_be_visible()
    expect(page.locator("#hint")).to_contain_text("/invite @finetune-advisor")
    page.locator("#box").fill("/invite @finetune-advisor")
    page.keyboard.press("Enter")
    expect(page.locator("#hint")).to_contain_text("Write @finetune-advisor")


def test_the_other_person_sees_the_same_channel_and_not_the_ones_they_are_not_in(
    slack: LocalSlack, look: Callable[..., Page]
) -> None:
    slack.say("U0ADA", "Hello Lin", channel="#general")
    page = look("C0GENERAL")
    expect(page.locator("#list").get_by_text("Hello Lin")).to_be_visible()
    page.get_by_text("Lin", exact=True).click()
    expect(page.get_by_role("radio", name="Lin")).to_be_checked()
    expect(page.locator("#list").get_by_text("Hello Lin")).to_be_visible()
    expect(page.get_by_role("button", name="# partners")).to_have_count(0)
    page.locator("#box").fill("Hello Ada")
    page.keyboard.press("Enter")
    slack.wait_for(lambda: [m["user"] for m in slack.messages("#general")] == ["U0ADA", "U0LIN"])


def test_a_permalink_opens_the_thread_at_its_message(
    slack: LocalSlack, client: WebClient, look: Callable[..., Page]
) -> None:
    root = slack.say("U0ADA", "A question", channel="#general")
    replies = [slack.say("U0LIN", f"Reply {n}", thread_ts=root, channel="#general") for n in range(30)]
    link = client.chat_getPermalink(channel="C0GENERAL", message_ts=replies[3])["permalink"]
    client.chat_postMessage(channel="D0ADA", text=f"See <{link}|the reply>")
    page = look()
    page.get_by_role("link", name="the reply").click()
    aimed = page.locator("#list .aimed")
    expect(aimed).to_contain_text("Reply 3")
    expect(aimed).to_be_in_viewport()
    expect(aimed.locator("article")).to_be_focused()
    assert len(page.context.pages) == 1


# --- what one sees ----------------------------------------------------------------------------------------


def test_who_has_scrolled_up_is_told_of_new_messages_and_goes_there_with_a_press(
    slack: LocalSlack, client: WebClient, look: Callable[..., Page]
) -> None:
    """What comes by itself pulls nobody away from what they read; at the end it is followed."""
    root = slack.say("U0ADA", "A question")
    for n in range(30):
        client.chat_postMessage(channel="D0ADA", thread_ts=root, text=f"Reply {n}")
    page = look(f"D0ADA/{root}")
    replies, marker = page.locator("#list > li"), page.get_by_role("button", name="New messages")
    client.chat_postMessage(channel="D0ADA", thread_ts=root, text="Followed")
    expect(replies.filter(has_text="Followed")).to_be_in_viewport()
    expect(marker).to_be_hidden()
    page.locator("#scroll").hover()
    page.mouse.wheel(0, -20_000)
    page.wait_for_function("() => document.getElementById('scroll').scrollTop === 0")
    client.chat_postMessage(channel="D0ADA", thread_ts=root, text="By itself")
    expect(marker).to_be_visible()
    expect(replies.first).to_be_in_viewport()
    marker.click()
    expect(replies.filter(has_text="By itself")).to_be_in_viewport()
    expect(marker).to_be_hidden()


# --- the rest ---------------------------------------------------------------------------------------------


def test_a_messages_menu_checks_the_proposal(slack: LocalSlack, look: Callable[..., Page]) -> None:
    slack.say("U0LIN", "Let us tune it", channel="#elsewhere")
    page = look("C0ELSEWHERE", width=420)
    article = page.locator("#list article")
    article.locator("summary[aria-label='Message actions']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(TOO_WIDE) == []
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Check this proposal")).to_be_focused()
    page.keyboard.press("Enter")
    expect(modal(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(article.locator("summary")).to_be_focused()
    sent = slack.deliveries("interactive")[0].payload
    assert (sent["type"], sent["message"]["text"]) == ("message_action", "Let us tune it")


def test_a_file_is_a_link_that_downloads(slack: LocalSlack, client: WebClient, look: Callable[..., Page]) -> None:
    root = slack.say("U0ADA", "export")
    client.files_upload_v2(
        channel="D0ADA", thread_ts=root, content="# Report", filename="report.md", title="The report"
    )
    page = look(f"D0ADA/{root}", width=420)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("The report")).click()
    assert download.value.suggested_filename == "report.md"
    assert download.value.path().read_text() == "# Report"
    assert page.evaluate(TOO_WIDE) == []

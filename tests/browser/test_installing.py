"""Adding the bot to two workspaces and an organisation, as somebody with a browser does it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot import settings
from bot.app import build
from bot.local import LocalSlack
from bot.slack.server import serve
from tests.browser.conftest import BEYOND, SCREENSHOTS, axe

pytestmark = pytest.mark.browser
Visit = Callable[[], Page]


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack() as running:
        running.another("T0OTHER", "Other Ltd")
        running.another("T0NORTH", "North", enterprise="E0ORG")
        yield running


@pytest.fixture
def address(slack: LocalSlack, tmp_path: Path) -> Iterator[str]:
    """A bot that whoever likes adds."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    environ = {
        "SLACK_CLIENT_ID": slack.app.client_id, "SLACK_CLIENT_SECRET": slack.app.client_secret,
        "SLACK_SIGNING_SECRET": slack.signing_secret, "ADVISOR_SECRET_KEY": settings.new_key(), "PUBLIC_URL": url,
        "SLACK_API_URL": slack.api_url, "ADVISOR_DB": str(tmp_path / "advisor.db"),
    }  # fmt: skip
    bot = build(settings.load(environ))
    bot.ready()
    server = serve(bot.wsgi(), "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    slack.bot_url = f"{url}/slack/events"
    yield url
    server.close()
    thread.join()
    bot.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 420, "height": 800}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def looked_at(page: Page, name: str) -> None:
    """Nothing sticks out, and axe finds nothing."""
    assert [*page.evaluate(BEYOND), *axe(page)] == []
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"installing-{name}.png")


def add(page: Page, address: str, where: str, *, answer: str = "Allow") -> None:
    page.goto(f"{address}/slack/install")
    page.get_by_role("link", name="Add to Slack").click()
    page.locator(f"input[value={where}]").check()
    page.get_by_role("button", name=answer).click()


def test_two_workspaces_and_an_organisation_add_it_and_one_removes_it_and_comes_back(
    slack: LocalSlack, address: str, page: Page
) -> None:
    page.goto(f"{address}/slack/install")
    looked_at(page, "asked")
    for where, named in (("T0LOCAL", "Local workspace"), ("T0OTHER", "Other Ltd"), ("E0ORG", "North")):
        add(page, address, where)
        expect(page.get_by_role("heading")).to_have_text(f"Added to {named}.")
        looked_at(page, f"added-{where}")
    other = next(one for one in slack._others if one.team_id == "T0OTHER")
    other.uninstall()
    other.wait_idle()
    add(page, address, "T0OTHER", answer="Cancel")
    expect(page.get_by_role("heading")).to_have_text("Nothing was added.")
    looked_at(page, "cancelled")
    add(page, address, "T0OTHER")
    expect(page.get_by_role("heading")).to_have_text("Added to Other Ltd.")
    other.say("U0ADA", "We want a classifier")
    other.wait_for(lambda: any(message.get("bot_id") for message in other.messages("D0ADA")))
    page.goto(other.url)
    expect(page).to_have_title("New conversation · Other Ltd")
    looked_at(page, "back")


def test_a_token_that_is_taken_back_ends_one_workspace_until_it_is_added_again(
    slack: LocalSlack, address: str, page: Page
) -> None:
    other = next(one for one in slack._others if one.team_id == "T0OTHER")
    for where in ("T0LOCAL", "T0OTHER"):
        add(page, address, where)
        expect(page.get_by_role("heading")).to_contain_text("Added to")
    roots = {one: one.say("U0ADA", "We want a classifier") for one in (slack, other)}

    def asked(one: LocalSlack, question: str) -> bool:
        return any(f"answer:{question}" in str(message) for message in one.messages("D0ADA"))

    for one in roots:
        one.wait_for(lambda one=one: asked(one, "goal"))  # type: ignore[misc]
    other.revoke()
    other.wait_idle()
    for one, root in roots.items():
        one.say("U0ADA", "company voice", thread_ts=root)
    slack.wait_for(lambda: asked(slack, "prompt_tried"))
    other.wait_idle()
    assert not asked(other, "prompt_tried")

    def look(name: str) -> None:
        page.set_viewport_size({"width": 1100, "height": 800})
        page.goto(other.url)
        page.get_by_text("We want a classifier").first.click()
        looked_at(page, name)

    look("taken-back")
    add(page, address, "T0OTHER")
    expect(page.get_by_role("heading")).to_have_text("Added to Other Ltd.")
    other.say("U0ADA", "company voice", thread_ts=roots[other])
    other.wait_for(lambda: asked(other, "prompt_tried"))
    look("taken-back-added")


def test_a_page_that_is_loaded_twice_says_what_became_of_it(slack: LocalSlack, address: str, page: Page) -> None:
    add(page, address, "T0LOCAL")
    expect(page.get_by_role("heading")).to_have_text("Added to Local workspace.")
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("This can't be finished any more.")
    looked_at(page, "twice")
    page.get_by_role("link", name="Begin again").click()
    expect(page.get_by_role("link", name="Add to Slack")).to_be_visible()

"""The page draws every block and element the bot can send: each part a view can have."""

from collections.abc import Iterator
from typing import get_args

import pytest
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient

from bot.local import LocalSlack
from bot.render import blockkit
from bot.render.view import (
    Actions,
    Button,
    ChannelInput,
    Divider,
    Facts,
    Header,
    Modal,
    Option,
    Part,
    PersonInput,
    Radio,
    Select,
    Small,
    Text,
    TextInput,
    Ticks,
    View,
)

OPTIONS = (Option("One", "one", "the first"), Option("Two", "two"))
ELEMENTS: tuple[Button | Select | Radio, ...] = (
    Button("Press", "report:press", "v", "primary"),
    Select("report:more", "More", OPTIONS, "one"),
    Radio("answer:goal:pick", OPTIONS, "two"),
)
SHOWN: tuple[Part, ...] = (
    Header("A head"), Text("Some words"), Small("small words"), Facts((("a", "1"), ("b", "2"))), Divider(),
    Actions(ELEMENTS),
)  # fmt: skip
INPUTS: tuple[Part, ...] = (
    TextInput("t", "Text", lines=True), ChannelInput("c", "Channel"), PersonInput("p", "Person"),
    Ticks("k", "Ticks", OPTIONS, live=True),
)  # fmt: skip


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack() as running:
        yield running


def test_there_is_a_witness_of_every_part_and_element() -> None:
    assert {type(part) for part in (*SHOWN, *INPUTS)} == set(get_args(Part))
    assert {type(element) for element in ELEMENTS} == set(get_args(Actions.__annotations__["elements"].__args__[0]))


def test_each_is_drawn_and_none_is_replaced_by_a_placeholder(slack: LocalSlack, browser: Browser) -> None:
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    page = browser.new_page()
    page.goto(f"{slack.url}#D0ADA")
    shown = blockkit.message(View(SHOWN, "All there is"))
    for said in (shown, shown | {"blocks": blockkit.basic(shown["blocks"])}):
        client.chat_postMessage(channel="D0ADA", **said)
    expect(page.get_by_role("button", name="Press")).to_have_count(2)
    modal = blockkit.modal(Modal("All inputs", (*SHOWN, *INPUTS), "all", "Send"))
    with slack.workspace.changed:
        trigger = slack.workspace.tickets.trigger("U0ADA", "D0ADA")
    client.views_open(trigger_id=trigger, view=modal)
    dialog = page.get_by_role("dialog")
    for label in ("Text", "Channel", "Person"):
        expect(dialog.get_by_label(label).first).to_be_visible()
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    client.views_publish(user_id="U0ADA", view=blockkit.home(View(SHOWN, "Home")))
    drawn = page.locator("body").inner_text()
    assert "This page does not draw it" not in drawn
    page.close()


def test_what_the_bot_never_sends_says_so_on_the_page(slack: LocalSlack, browser: Browser) -> None:
    """The words the test above looks for are those the page would say."""
    page = browser.new_page()
    page.goto(f"{slack.url}#D0ADA")
    WebClient(slack.bot_token, base_url=slack.api_url).chat_postMessage(
        channel="D0ADA", text="x", blocks=[{"type": "actions", "elements": [{"type": "datepicker", "action_id": "d"}]}]
    )
    expect(page.get_by_text("This page does not draw it")).to_be_visible()
    page.close()

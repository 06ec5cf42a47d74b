"""What the workspace emulates is what the bot sends, and what it is about to send; the rest is refused, and loudly."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import LocalSlack, kit
from bot.local.scopes import GRANTED
from bot.local.webapi import METHODS
from bot.render import blockkit, fallback
from bot.render.view import (
    Actions,
    Button,
    ChannelInput,
    Confirm,
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
    TickList,
    Ticks,
    View,
)

Inbox = Any
BOT = Path(__file__).parents[2] / "bot"
LOCAL = BOT / "local"

LATER = {
    "a card whose details are folded": "block container",
    "the money as a picture and as a table": """
        block data_visualization; block data_table; block table; table.block_id; table.rows; table.column_settings;
        cell.text; cell.value""",
    "a warning in a dialog": "block alert",
    "a decision among others": "block card; block carousel",
    "feedback in one element, below the card": """
        block context_actions; context_actions.block_id; context_actions.elements;
        context_actions > feedback_buttons; feedback_buttons.action_id; feedback_buttons.positive_button;
        feedback_buttons.negative_button; feedback.text; feedback.value; feedback.accessibility_label;
        context_actions > icon_button; icon_button.action_id; icon_button.icon; icon_button.text; icon_button.value""",
    "what is rarely pressed, behind one button": "actions > overflow; overflow.action_id; overflow.options",
    "a button that leads to where it goes on": "button.url",
}
"""Emulated and not sent yet: what the next cards will have -> what for. Once it is sent it goes from here."""

OPTIONS = (Option("One", "one", "the first"), Option("Two", "two", "the second"))
ELEMENTS: tuple[Button | Select | Radio | TickList, ...] = (
    Button("Press", "report:press", "v", "primary", "Press this", Confirm("Sure?", "It is gone then.", "Yes", "No")),
    Select("report:more", "More", OPTIONS, "one"),
    Radio("answer:goal:pick", OPTIONS, "two"),
    TickList("session:mentioned", OPTIONS, ("one",)),
)
SHOWN: tuple[Part, ...] = (
    Header("A head"), Text("Some words"), Small("small words"), Facts((("a", "1"), ("b", "2"))), Divider(),
    Actions(ELEMENTS),
)  # fmt: skip
INPUTS: tuple[Part, ...] = (
    TextInput("t", "Text", "typed", "A hint", optional=True, lines=True, longest=200, edition="2"),
    ChannelInput("c", "Channel", "A hint"), PersonInput("p", "Person"),
    Ticks("k", "Ticks", OPTIONS, ("one",), live=True),
)  # fmt: skip
MESSAGE = blockkit.message(View(SHOWN, "All there is"))
MODAL = blockkit.modal(Modal("All inputs", (*SHOWN, *INPUTS), "all", "Send", "Not now", "an id"))
HOME = blockkit.home(View(SHOWN, "Home"))


def text(words: str = "x") -> dict[str, Any]:
    return {"type": "mrkdwn", "text": words}


def actions(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": [element]}


def plain(words: str = "x") -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


# --- what is sent ------------------------------------------------------------------------------------------


def test_there_is_a_witness_of_every_part_in_full() -> None:
    assert {type(part) for part in (*SHOWN, *INPUTS)} == set(get_args(Part))
    assert {type(element) for element in ELEMENTS} == set(get_args(Actions.__annotations__["elements"].__args__[0]))
    for part in (*SHOWN, *INPUTS, *ELEMENTS, *OPTIONS):
        unset = [field.name for field in fields(part) if getattr(part, field.name) == field.default]
        assert not unset, f"{type(part).__name__}: give the witness {unset}"


def sent() -> set[str]:
    """The names of all that the bot's cards and dialogs are made of."""
    found = set()
    for view in (MODAL, HOME):
        found |= {f"{view['type']} view.{name}" for name in view.keys() - {"type"}}
    for block in (*MESSAGE["blocks"], *MODAL["blocks"], *HOME["blocks"]):
        found |= {f"block {block['type']}", *named(block)}
        inside = [*block.get("elements", []), *([block["element"]] if "element" in block else [])]
        found |= {f"{block['type']} > {element['type']}" for element in inside}
        for element in inside:
            found |= set(named(element))
            for option in element.get("options", []):
                found |= set(named(option, "option"))
            for name in ("confirm", "filter"):
                found |= set(named(element.get(name, {}), name))
    for text in texts([MESSAGE, MODAL, HOME]):
        found |= set(named(text))
    return found


def emulated() -> set[str]:
    """The names of all that the workspace takes."""
    found = {f"{kind} view.{name}" for kind, names in kit.VIEWS.items() for name in names}
    found |= {f"block {kind}" for kind in kit.BLOCKS.keys() | kit.UNREAD}
    found |= {f"{block} > {element}" for block, elements in kit.WITHIN.items() for element in elements}
    for table in (kit.BLOCKS, kit.ELEMENTS, kit.TEXTS, kit.OBJECTS):
        found |= {f"{kind}.{name}" for kind, names in table.items() for name in names}
    return found


def named(thing: dict[str, Any], kind: str = "") -> Iterator[str]:
    return (f"{kind or thing['type']}.{name}" for name in thing.keys() - {"type"})


def texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") in kit.TEXTS:
            yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else []:
        yield from texts(inner)


def later() -> set[str]:
    return {name.strip() for names in LATER.values() for name in re.sub(r"\s+", " ", names).split(";")}


def test_every_block_element_and_field_emulated_is_sent_or_about_to_be() -> None:
    idle = emulated() - sent() - later()
    assert not idle, f"nobody sends {sorted(idle)}: take it out of bot/local/kit.py, or say in LATER what it is for"
    assert not later() - emulated(), "what is not emulated is no exception"
    assert not later() & sent(), "what is sent by now is no exception any more"


def test_every_card_and_dialog_of_the_bot_is_taken(slack: LocalSlack, client: WebClient, show: Any) -> None:
    client.chat_postMessage(channel="D0ADA", **MESSAGE)
    client.chat_postMessage(channel="D0ADA", **MESSAGE | {"blocks": fallback.basic(MESSAGE["blocks"])})
    client.views_publish(user_id="U0ADA", view=HOME)
    show(MODAL)
    assert slack.modals("U0ADA")


def test_the_page_draws_what_is_emulated_and_no_more() -> None:
    for file, table in (("blocks.js", kit.BLOCKS), ("controls.js", kit.ELEMENTS)):
        drawn = re.findall(r'case "(\w+)":', (LOCAL / file).read_text("utf-8"))
        assert sorted(drawn) == sorted(table), file


@pytest.mark.browser
def test_each_is_drawn_and_none_is_replaced_by_a_placeholder(
    slack: LocalSlack, client: WebClient, show: Any, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{slack.url}#D0ADA")
    for said in (MESSAGE, MESSAGE | {"blocks": fallback.basic(MESSAGE["blocks"])}):
        client.chat_postMessage(channel="D0ADA", **said)
    expect(page.get_by_role("button", name="Press")).to_have_count(2)
    show(MODAL)
    dialog = page.get_by_role("dialog")
    for label in ("Text", "Channel", "Person"):
        expect(dialog.get_by_label(label).first).to_be_visible()
    expect(dialog.get_by_role("checkbox")).to_have_count(4)
    client.views_publish(user_id="U0ADA", view=HOME)
    assert "This page does not draw it" not in page.locator("body").inner_text()
    page.close()


@pytest.mark.browser
def test_what_is_about_to_be_sent_is_drawn_or_says_that_it_is_not(
    slack: LocalSlack, client: WebClient, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{slack.url}#D0ADA")
    menu = {"type": "overflow", "action_id": "a", "options": PICK["options"]}
    good, bad = {"text": plain("Good"), "value": "up"}, {"text": plain("Bad"), "value": "down"}
    rated = {"type": "feedback_buttons", "action_id": "b", "positive_button": good, "negative_button": bad}
    gone = {"type": "icon_button", "action_id": "c", "icon": "trash", "text": plain("Take it away")}
    cells = [[{"type": "raw_text", "text": "Year"}], [{"type": "raw_number", "value": 7}]]
    drawn = [
        {"type": "table", "rows": cells}, actions(menu), {"type": "context_actions", "elements": [rated, gone]},
        {"type": "container", "title": plain("Why"), "child_blocks": []},
    ]  # fmt: skip
    client.chat_postMessage(channel="D0ADA", text="x", blocks=drawn)
    expect(page.get_by_role("columnheader")).to_have_text("Year")
    expect(page.get_by_role("cell")).to_have_text("7")
    for name in ("Good", "Bad", "Take it away"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    expect(page.locator("summary[aria-label='More actions']")).to_be_visible()
    expect(page.get_by_text("A “container” block. This page does not draw it; Slack does.")).to_be_visible()
    page.close()


def test_the_bot_is_granted_what_its_manifest_asks_for() -> None:
    asked = yaml.safe_load((BOT.parent / "manifest.yml").read_text("utf-8"))["oauth_config"]["scopes"]
    assert {*asked["bot"], *asked["bot_optional"]} == GRANTED


@cache
def sources() -> list[ast.AST]:
    """Everything the bot is written in, but for the workspace."""
    files = [path for path in BOT.rglob("*.py") if LOCAL not in path.parents]
    return [node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def constants(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def test_every_method_emulated_is_called_and_every_one_called_is_emulated() -> None:
    calls = [node for node in sources() if isinstance(node, ast.Call)]
    named = {name for call in calls for argument in call.args[:1] for name in constants(argument)}
    method = re.compile(rf"(?:{'|'.join({name.split('.')[0] for name in METHODS})})(?:\.[a-z][A-Za-z]*)+")
    called = {name for name in named if method.fullmatch(name)}
    by_the_client = {call.func.attr.replace("_", ".") for call in calls if isinstance(call.func, ast.Attribute)}
    assert called | by_the_client & METHODS.keys() == METHODS.keys()


def test_every_argument_and_answer_emulated_has_its_name_in_the_bot() -> None:
    said = {n.value for n in sources() if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    known = {argument for _, arguments in METHODS.values() for argument in arguments} | kit.ANSWERS
    assert known - said == set()


def test_every_answer_to_a_form_emulated_is_given() -> None:
    dicts = [node for node in sources() if isinstance(node, ast.Dict)]
    pairs = [pair for node in dicts for pair in zip(node.keys, node.values, strict=True)]
    given = {
        value.value
        for key, value in pairs
        if isinstance(key, ast.Constant) and key.value == "response_action" and isinstance(value, ast.Constant)
    }
    assert given == set(re.findall(r'case "(\w+)":', (LOCAL / "dialogs.py").read_text("utf-8")))


# --- what is refused ---------------------------------------------------------------------------------------


ENTRY: dict[str, Any] = {"type": "input", "label": plain(), "element": {"type": "users_select"}}
BUTTON: dict[str, Any] = {"type": "button", "text": plain(), "action_id": "a"}
PICK: dict[str, Any] = {"type": "static_select", "action_id": "a", "options": [{"text": plain(), "value": "v"}]}
STRANGE_BLOCKS: dict[str, dict[str, Any]] = {
    "the block 'video'": {"type": "video"},
    "the block 'rich_text'": {"type": "rich_text", "elements": []},
    "the block 'input' in a message": ENTRY,
    "'accessory' of the block 'section'": {"type": "section", "text": text(), "accessory": BUTTON},
    "the element 'datepicker' in a block 'actions'": actions({"type": "datepicker", "action_id": "a"}),
    "the element 'image' in a block 'context'": {"type": "context", "elements": [{"type": "image", "alt_text": "x"}]},
    "'option_groups' of the element 'static_select'": actions({**PICK, "option_groups": []}),
    "'style' of a confirm dialog": actions({**BUTTON, "confirm": {"title": plain(), "style": "danger"}}),
    "'emoji' of a text": {"type": "header", "text": plain() | {"emoji": True}},
    "a text of the type 'plain_text'": {"type": "section", "text": plain()},
    "a cell of the type 'rich_text'": {"type": "table", "rows": [[{"type": "rich_text", "elements": []}]]},
}


@pytest.mark.parametrize("what", STRANGE_BLOCKS)
def test_a_block_or_element_nobody_emulates_is_refused_by_its_name_and_logged(
    slack: LocalSlack, client: WebClient, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="D0ADA", text="x", blocks=[STRANGE_BLOCKS[what]])
    assert caught.value.response["error"] == "invalid_blocks"
    loudly(caught, caplog, what)
    assert slack.messages("D0ADA") == []


STRANGE_VIEWS: dict[str, dict[str, Any]] = {
    "'notify_on_close' of a modal view": {"notify_on_close": True},
    "the block 'context_actions' in a modal": {"blocks": [{"type": "context_actions", "elements": []}]},
    "the element 'number_input' in a block 'input'": {"blocks": [{**ENTRY, "element": {"type": "number_input"}}]},
    "'exclude_external_shared_channels' of a filter": {
        "blocks": [
            {**ENTRY, "element": {"type": "conversations_select", "filter": {"exclude_external_shared_channels": True}}}
        ]
    },
}


@pytest.mark.parametrize("what", STRANGE_VIEWS)
def test_a_view_with_something_nobody_emulates_is_refused_by_its_name_and_logged(
    slack: LocalSlack, show: Any, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    base = {"type": "modal", "title": plain(), "submit": plain(), "blocks": [{"type": "divider"}]}
    with pytest.raises(SlackApiError) as caught:
        show(base | STRANGE_VIEWS[what])
    assert caught.value.response["error"] == "invalid_arguments"
    loudly(caught, caplog, what)
    assert slack.modals("U0ADA") == []


@pytest.mark.parametrize(
    ("method", "args", "code", "what"),
    [
        ("users.info", {"user": "U0ADA"}, "unknown_method", "the method users.info"),
        ("chat.shout", {}, "unknown_method", "the method chat.shout"),
        (
            "chat.postMessage",
            {"channel": "D0ADA", "text": "x", "reply_broadcast": True},
            "invalid_arguments",
            "'reply_broadcast' of chat.postMessage",
        ),
    ],
)
def test_a_method_or_argument_nobody_emulates_is_refused_by_its_name_and_logged(
    slack: LocalSlack, client: WebClient, caplog: pytest.LogCaptureFixture, method: str, args: Any, code: str, what: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    assert caught.value.response["error"] == code
    loudly(caught, caplog, what)
    assert slack.messages("D0ADA") == []


def test_an_answer_with_something_nobody_emulates_is_refused_and_logged(
    slack: LocalSlack, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.answer(text="x", attachments=[])
    slack.command("U0ADA", "/finetune")
    assert "invalid_payload" in slack.ephemerals("U0ADA")[0]["text"]
    body = json.dumps({"text": "x", "delete_original": True}).encode()
    with pytest.raises(HTTPError, match="400") as refused:
        urlopen(Request(inbox.last["response_url"], body, {"Content-Type": "application/json"}), timeout=10)  # noqa: S310
    refused.value.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    for name in ("attachments", "delete_original"):
        assert f"does not emulate '{name}' of an answer" in caplog.text


def loudly(caught: pytest.ExceptionInfo[SlackApiError], caplog: pytest.LogCaptureFixture, what: str) -> None:
    words = f"the local workspace does not emulate {what}"
    assert any(words in said for said in caught.value.response["response_metadata"]["messages"])
    assert any(words in record.getMessage() and record.levelno == logging.WARNING for record in caplog.records)

"""What the workspace emulates is what the bot sends; the rest is refused, and loudly."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterable, Iterator
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
    Alert,
    Button,
    ChannelInput,
    Chart,
    Confirm,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Link,
    Menu,
    Modal,
    Option,
    Part,
    PersonInput,
    PickInput,
    Pie,
    Radio,
    Select,
    Series,
    Small,
    Table,
    Text,
    TextInput,
    TickList,
    Ticks,
    View,
)

Inbox = Any
BOT = Path(__file__).parents[2] / "bot"
LOCAL = BOT / "local"

OPTIONS = (Option("One", "one", "the first"), Option("Two", "two", "the second"))
ELEMENTS: tuple[Button | Link | Select | Radio | TickList | Menu, ...] = (
    Button("Press", "report:press", "v", "danger", "Press this", Confirm("Sure?", "It is gone then.", "Yes", "No")),
    Select("report:more", "More", OPTIONS, "one"),
    Radio("answer:goal:pick", OPTIONS, "two"),
    TickList("session:mentioned", OPTIONS, ("one",)),
    Link("Read on", "report:rule", "https://rules.example/#3", "Read on about gate 3"),
    Menu("report:rare", "More", OPTIONS),
)
SHOWN: tuple[Part, ...] = (
    Header("A head"), Text("Some words"), Small("small words"), Facts((("a", "1"), ("b", "2"))), Divider(),
    Actions(ELEMENTS),
    Chart("bar", "Costs against savings", ("Today", "Tuned"), (Series("Costs", (30_000, 4_875)),), "Model", "USD"),
    Pie("What fails", (("Tone", 3), ("Facts", 1))),
    Folded("In detail", (Table(("Year", "Costs"), (("1", "$2"),), (1,)), Text("Words")), "a year", opened=True),
    Feedback("report:rated", Option("Good", "up", "This helps"), Option("Bad", "down", "This does not help")),
    Alert("Nothing is lost by it", "warning"),
)  # fmt: skip
INPUTS: tuple[Part, ...] = (
    TextInput("t", "Text", "typed", "A hint", optional=True, lines=True, longest=200, edition="2"),
    PickInput("o", "Option", OPTIONS, "two", "A hint", "2"),
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
    shown = [inner for part in SHOWN for inner in (part, *getattr(part, "parts", ()))]
    assert {type(part) for part in (*shown, *INPUTS)} == set(get_args(Part))
    assert {type(element) for element in ELEMENTS} == set(get_args(Actions.__annotations__["elements"].__args__[0]))
    for part in (*shown, *INPUTS, *ELEMENTS, *OPTIONS):
        unset = [name for name, default in part._field_defaults.items() if getattr(part, name) == default]
        assert not unset, f"{type(part).__name__}: give the witness {unset}"


def sent() -> set[str]:
    """The names of all that the bot's cards and dialogs are made of."""
    found = set()
    for view in (MODAL, HOME):
        found |= {f"{view['type']} view.{name}" for name in view.keys() - {"type"}}
    for block in every((*MESSAGE["blocks"], *MODAL["blocks"], *HOME["blocks"])):
        found |= {f"block {block['type']}", *named(block)}
        inside = [*block.get("elements", []), *([block["element"]] if "element" in block else [])]
        found |= {f"{block['type']} > {element['type']}" for element in inside}
        for element in inside:
            found |= set(named(element))
            for option in element.get("options", []):
                found |= set(named(option, "option"))
            for name in ("confirm", "filter"):
                found |= set(named(element.get(name, {}), name))
            for name in ("positive_button", "negative_button"):
                found |= set(named(element.get(name, {}), "feedback"))
        for cell in (cell for row in block.get("rows", []) for cell in row):
            found |= {f"cell {cell['type']}", *named(cell, "cell")}
        for column in block.get("column_settings", []):
            found |= set(named(column, "column"))
        if chart := block.get("chart"):
            found |= {f"chart {chart['type']}.{name}" for name in chart.keys() - {"type"}}
            found |= set(named(chart.get("axis_config", {}), "axes"))
            for series in chart.get("series", []):
                found |= set(named(series, "series"))
            for point in (
                *chart.get("segments", []),
                *(point for one in chart.get("series", []) for point in one["data"]),
            ):
                found |= set(named(point, "point"))
    for text in texts([MESSAGE, MODAL, HOME]):
        found |= set(named(text))
    return found


def emulated() -> set[str]:
    """The names of all that the workspace takes."""
    found = {f"{kind} view.{name}" for kind, names in kit.VIEWS.items() for name in names}
    found |= {f"block {kind}" for kind in kit.BLOCKS}
    found |= {f"cell {kind}" for kind in kit.CELLS}
    found |= {f"chart {kind}.{name}" for kind, names in kit.CHARTS.items() if kind in DRAWN for name in names}
    found |= {f"{block} > {element}" for block, elements in kit.WITHIN.items() for element in elements}
    for table in (kit.BLOCKS, kit.ELEMENTS, kit.TEXTS, kit.OBJECTS):
        found |= {f"{kind}.{name}" for kind, names in table.items() for name in names}
    return found


DRAWN = {"bar", "pie"}
"""Of lines no witness is needed: they are bars of another type."""


def every(blocks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        yield block
        yield from every(block.get("child_blocks", []))


def named(thing: dict[str, Any], kind: str = "") -> Iterator[str]:
    return (f"{kind or thing['type']}.{name}" for name in thing.keys() - {"type"})


def texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") in kit.TEXTS:
            yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else []:
        yield from texts(inner)


def test_every_block_element_and_field_emulated_is_sent() -> None:
    idle = emulated() - sent()
    assert not idle, f"nobody sends {sorted(idle)}: take it out of bot/local/kit.py"


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
    expect(page.get_by_role("img", name="Costs against savings")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Costs")).to_be_visible()
    expect(page.get_by_role("button", name="This helps")).to_have_count(2)
    expect(page.locator("summary[aria-label='More actions']")).to_be_visible()
    show(MODAL)
    dialog = page.get_by_role("dialog")
    for label in ("Text", "Channel", "Person"):
        expect(dialog.get_by_label(label).first).to_be_visible()
    expect(dialog.get_by_role("checkbox")).to_have_count(4)
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing is lost by it")
    client.views_publish(user_id="U0ADA", view=HOME)
    assert "This page does not draw it" not in page.locator("body").inner_text()
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
    "'colour' of a confirm dialog": actions({**BUTTON, "confirm": {"title": plain(), "colour": "red"}}),
    "the block 'markdown'": {"type": "markdown", "text": "x"},
    "the block 'alert' in a message": {"type": "alert", "text": text()},
    "the block 'context_actions' in a container": {
        "type": "container",
        "title": plain(),
        "child_blocks": [{"type": "context_actions", "elements": []}],
    },
    "the block 'data_visualization' in a container": {
        "type": "container",
        "title": plain(),
        "child_blocks": [{"type": "data_visualization", "title": "x", "chart": {"type": "pie", "segments": []}}],
    },
    "a chart of the type 'area'": {"type": "data_visualization", "title": "x", "chart": {"type": "area"}},
    "the element 'icon_button' in a block 'context_actions'": {
        "type": "context_actions",
        "elements": [{"type": "icon_button"}],
    },
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

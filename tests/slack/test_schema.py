"""The schema takes all that the bot can send, and sees what is wrong with what it must not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.render import fallback
from tests.local.test_emulated import HOME, MESSAGE, MODAL
from tests.slack.schema import CHART, TYPES, by_schema, faults, faults_of_view

Blocks = list[dict[str, Any]]


def test_every_part_of_a_card_a_dialog_and_home_is_as_slack_describes_it() -> None:
    """Also without the new blocks, and in basic ones."""
    for blocks in (MESSAGE["blocks"], fallback.known(MESSAGE["blocks"]), fallback.basic(MESSAGE["blocks"])):
        assert faults(blocks) == []
    assert faults_of_view(MODAL) == faults_of_view(HOME) == []


def test_the_schema_says_where_it_comes_from() -> None:
    assert re.search(r"@slack/types \d+\.\d+\.\d+ .*registry\.npmjs\.org", TYPES["$comment"])
    assert "docs.slack.dev" in CHART["$comment"]


def one(blocks: Blocks, kind: str) -> dict[str, Any]:
    return next(block for block in blocks if block["type"] == kind)


def element(blocks: Blocks, kind: str) -> dict[str, Any]:
    every = [element for block in blocks for element in block.get("elements", [])]
    return next(element for element in every if element["type"] == kind)


def chart(blocks: Blocks, kind: str) -> dict[str, Any]:
    return next(block["chart"] for block in blocks if block.get("chart", {}).get("type") == kind)


PLANTED: dict[str, Callable[[Blocks], object]] = {
    "an unknown block": lambda all_: all_.append({"type": "paragraph"}),
    "an unknown field": lambda all_: one(all_, "header").update(level=2),
    "a header without its text": lambda all_: one(all_, "header").pop("text"),
    "a header in mrkdwn": lambda all_: one(all_, "header")["text"].update(type="mrkdwn"),
    "a header of 151 characters": lambda all_: one(all_, "header")["text"].update(text="x" * 151),
    "an empty text": lambda all_: one(all_, "section")["text"].update(text=""),
    "a text of 3,001 characters": lambda all_: one(all_, "section")["text"].update(text="x" * 3_001),
    "a field of 2,001 characters": lambda all_: all_.append(
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2_001}]}
    ),
    "eleven elements in a context": lambda all_: one(all_, "context").update(
        elements=one(all_, "context")["elements"] * 11
    ),
    "a button in a context": lambda all_: one(all_, "context")["elements"].append(element(all_, "button")),
    "twenty-six elements in one block": lambda all_: one(all_, "actions").update(
        elements=[{**element(all_, "button"), "action_id": f"a{n}"} for n in range(26)]
    ),
    "an action_id twice in a block": lambda all_: one(all_, "actions")["elements"].append(element(all_, "button")),
    "a block_id twice": lambda all_: all_.append({"type": "divider", "block_id": all_[0]["block_id"]}),
    "a block_id of 256 characters": lambda all_: all_[0].update(block_id="b" * 256),
    "a button's style that is none": lambda all_: element(all_, "button").update(style="green"),
    "a button's text of 76 characters": lambda all_: element(all_, "button")["text"].update(text="x" * 76),
    "a button's value that is a number": lambda all_: element(all_, "button").update(value=1),
    "a confirm without its text": lambda all_: element(all_, "button")["confirm"].pop("text"),
    "an option's value of 151 characters": lambda all_: element(all_, "static_select")["options"][0].update(
        value="v" * 151
    ),
    "eleven radio buttons": lambda all_: element(all_, "radio_buttons").update(
        options=element(all_, "radio_buttons")["options"] * 6
    ),
    "six options in a menu": lambda all_: element(all_, "overflow").update(
        options=element(all_, "overflow")["options"] * 3
    ),
    "a select in feedback": lambda all_: one(all_, "context_actions")["elements"].append(
        element(all_, "static_select")
    ),
    "a thumb without its value": lambda all_: element(all_, "feedback_buttons")["positive_button"].pop("value"),
    "eleven blocks in a container": lambda all_: one(all_, "container").update(child_blocks=[{"type": "divider"}] * 11),
    "a container in a container": lambda all_: one(all_, "container")["child_blocks"].append(
        copy.deepcopy(one(all_, "container"))
    ),
    "a chart in a container": lambda all_: one(all_, "container")["child_blocks"].append(
        one(all_, "data_visualization")
    ),
    "a container without a title": lambda all_: one(all_, "container").pop("title"),
    "a table of 101 rows": lambda all_: one(one(all_, "container")["child_blocks"], "table").update(
        rows=[[{"type": "raw_text", "text": "x"}]] * 101
    ),
    "an empty cell": lambda all_: one(one(all_, "container")["child_blocks"], "table")["rows"][0][0].update(text=""),
    "a second table": lambda all_: all_.append({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}),
    "a third chart": lambda all_: all_.append({**one(all_, "data_visualization"), "block_id": "third"}),
    "a chart's title of 51 characters": lambda all_: one(all_, "data_visualization").update(title="x" * 51),
    "a label of 21 characters": lambda all_: chart(all_, "pie")["segments"][0].update(label="x" * 21),
    "a negative share": lambda all_: chart(all_, "pie")["segments"][0].update(value=-1),
    "seven shares": lambda all_: chart(all_, "pie").update(segments=[{"label": "x", "value": 1}] * 7),
    "seven series": lambda all_: chart(all_, "bar").update(series=chart(all_, "bar")["series"] * 7),
    "a point more than there are categories": lambda all_: chart(all_, "bar")["series"][0]["data"].append(
        {"label": "x", "value": 1}
    ),
    "a value in words": lambda all_: chart(all_, "bar")["series"][0]["data"][0].update(value="1k"),
    "a value that is no number": lambda all_: chart(all_, "bar")["series"][0]["data"][0].update(value=float("nan")),
    "axes without categories": lambda all_: chart(all_, "bar")["axis_config"].pop("categories"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str) -> None:
    blocks = copy.deepcopy(MESSAGE["blocks"])
    PLANTED[fault](blocks)
    assert faults(blocks)


def test_twenty_and_more_of_them_are_found_by_the_schemas_alone() -> None:
    """Not by what stands beside them in Python, nor by the SDK."""
    found = set()
    for name, plant in PLANTED.items():
        blocks = copy.deepcopy(MESSAGE["blocks"])
        plant(blocks)
        if any(by_schema(block) for block in blocks):
            found.add(name)
    assert len(found) >= 20
    unseen = {"an action_id twice in a block", "a block_id twice", "six options in a menu", "a second table"}
    unseen |= {
        "a third chart",
        "a point more than there are categories",
        "a value that is no number",
        "a container without a title",
    }
    assert PLANTED.keys() - found == unseen


PLANTED_IN_A_VIEW: dict[str, Callable[[dict[str, Any]], object]] = {
    "a title of 25 characters": lambda view: view["title"].update(text="x" * 25),
    "metadata of 3,001 characters": lambda view: view.update(private_metadata="x" * 3_001),
    "an alert's level that is none": lambda view: one(view["blocks"], "alert").update(level="loud"),
    "an input without a label": lambda view: one(view["blocks"], "input").pop("label"),
    "no title": lambda view: view.pop("title"),
}


@pytest.mark.parametrize("fault", PLANTED_IN_A_VIEW)
def test_a_fault_planted_in_a_dialog_is_found(fault: str) -> None:
    view = copy.deepcopy(MODAL)
    PLANTED_IN_A_VIEW[fault](view)
    assert faults_of_view(view)

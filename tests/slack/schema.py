"""Whether blocks are what Slack's own types say they are, and charts what its reference says.

`types.json` is made from @slack/types (docs/build_slack_schema.py), `chart.json` by hand. What a schema can't say
stands here: that two things are equal, and how many there are in all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, Option

from bot.local import refusals
from bot.local.elements import every

HERE = Path(__file__).parent
TYPES: dict[str, Any] = json.loads((HERE / "types.json").read_text("utf-8"))
CHART: dict[str, Any] = json.loads((HERE / "chart.json").read_text("utf-8"))
KINDS = {
    TYPES["definitions"][name]["properties"]["type"]["const"]: name
    for one in TYPES["definitions"]["KnownBlock"]["anyOf"]
    if "properties" in TYPES["definitions"][name := one["$ref"].rpartition("/")[2]]
}
"""The `type` of a block -> its definition. (Images are a union, and none of ours.)"""
VIEWS = {"modal": "ModalView", "home": "HomeView"}
MOST = {"data_visualization": 2, "table": 1}


@cache
def validator() -> Callable[[dict[str, Any]], None]:
    """Takes {kind: thing}: compiled, since the whole suite goes through it."""
    kinds = {kind: {"$ref": f"#/definitions/{name}"} for kind, name in (KINDS | VIEWS).items()}
    return fastjsonschema.compile(
        {"$schema": TYPES["$schema"], "properties": kinds, "definitions": TYPES["definitions"]}
    )


@cache
def chart_validator() -> Callable[[dict[str, Any]], None]:
    return fastjsonschema.compile(CHART)


def _refused(validate: Callable[[dict[str, Any]], None], thing: dict[str, Any]) -> Iterator[str]:
    try:
        validate(thing)
    except fastjsonschema.JsonSchemaValueException as refused:
        yield str(refused.message)


def faults(blocks: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the blocks of a message or view."""
    found = [f"{block['type']}: {fault}" for block in blocks for fault in _of_block(block)]
    all_there = list(every(blocks))
    for kind, most in MOST.items():
        if sum(block["type"] == kind for block in all_there) > most:
            found.append(f"more than {most} of {kind}")
    names = [block["block_id"] for block in all_there if "block_id" in block]
    found += [f"block_id {name!r} twice" for name in {name for name in names if names.count(name) > 1}]
    return found


def faults_of_view(view: dict[str, Any]) -> list[str]:
    """What is wrong with a modal or a Home tab."""
    return [*_refused(validator(), {view["type"]: view}), *faults(view["blocks"])]


def by_schema(block: dict[str, Any]) -> list[str]:
    """What the schemas alone say of a block."""
    kind = block["type"]
    if kind == "data_visualization":
        return list(_refused(chart_validator(), block))
    return list(_refused(validator(), {kind: block})) if kind in KINDS else ["no such block"]


def _of_block(block: dict[str, Any]) -> Iterator[str]:
    if found := by_schema(block):
        yield from found
    elif block["type"] == "data_visualization":
        yield from _of_chart(block["chart"])
    else:
        for inner in every([block]):
            ids = [element["action_id"] for element in inner.get("elements", []) if "action_id" in element]
            if len(set(ids)) < len(ids):
                yield "an action_id twice"
        yield from _of_sdk(block)


def _of_chart(chart: dict[str, Any]) -> Iterator[str]:
    series = chart.get("series", [])
    for one in series:
        if [point["label"] for point in one["data"]] != chart["axis_config"]["categories"]:
            yield f"the points of {one['name']!r} are not those of the categories"
    points = [*chart.get("segments", []), *(point for one in series for point in one["data"])]
    if not all(math.isfinite(point["value"]) for point in points):
        yield "a number that is none"


def _of_sdk(block: dict[str, Any]) -> Iterator[str]:
    """What the validators of Slack's Python SDK say; options they leave as they are when these come as dicts."""
    try:
        for inner in every([block]):
            parsed = Block.parse(inner)
            assert parsed is not None, inner["type"]
            parsed.to_dict()
            for element in [*inner.get("elements", []), inner.get("element") or {}]:
                for option in Option.parse_all(element.get("options")) or []:
                    option.to_dict()
    except SlackObjectFormationError as error:
        yield f"SDK: {error}"


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the local workspace takes meanwhile has no fault."""
    found: list[str] = []
    check = refusals._blocks

    def checked(blocks: list[Any], most: int, at: str, surface: str, seen: set[str] | None = None) -> Iterator[str]:
        refused = list(check(blocks, most, at, surface, seen))
        if not refused and seen is None:
            found.extend(faults(blocks))
        yield from refused

    monkeypatch.setattr(refusals, "_blocks", checked)
    yield
    assert found == []

"""The interactive elements inside blocks: naming them, finding one, reading what they are set to. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from bot.local import kit

Block = dict[str, Any]
Element = dict[str, Any]


STATEFUL = kit.ELEMENTS.keys() - {"button", "overflow", "feedback_buttons"}
PICKED = {"conversations_select": "selected_conversation", "users_select": "selected_user"}
Settings = dict[tuple[str, str], Any]  # (block_id, action_id) -> what a person has set


def with_ids(blocks: list[Block]) -> list[Block]:
    """A copy of blocks in which every block and every element has an id, as Slack makes them up."""
    blocks = copy.deepcopy(blocks)
    taken = {block.get("block_id") for block in every(blocks)}
    names = (name for n in range(10_000) if (name := f"b{n:03d}") not in taken)
    for block in every(blocks):
        block.setdefault("block_id", next(names))
        for n, element in enumerate(_elements(block)):
            if element.get("type") in kit.ELEMENTS:
                element.setdefault("action_id", f"a{n:03d}")
    return blocks


def every(blocks: list[Block]) -> Iterator[Block]:
    """All blocks, those that are folded in others included."""
    for block in blocks:
        yield block
        yield from every(block.get("child_blocks", []))


def find(blocks: list[Block], action_id: str, block_id: str | None = None) -> tuple[Block, Element]:
    """The element with this id and its block; LookupError if a person could not see it."""
    for block in every(blocks):
        if block_id is None or block.get("block_id") == block_id:
            for element in _elements(block):
                if element.get("action_id") == action_id:
                    return block, element
    there = [e["action_id"] for block in every(blocks) for e in _elements(block) if "action_id" in e]
    raise LookupError(f"no {action_id!r} here; there is: {', '.join(there) or 'nothing to click'}")


def action(block: Block, element: Element, option: Any, action_ts: str) -> dict[str, Any]:
    """One entry of a block_actions payload's `actions`: this element, used with this option (or typed value)."""
    used: dict[str, Any] = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts,
    }
    match element["type"]:
        case "button":
            used |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        case "feedback_buttons":
            kinds = [element[key] for key in ("positive_button", "negative_button") if key in element]
            used |= {key: v for kind in kinds if kind["value"] == option for key, v in kind.items()}
            if "value" not in used:
                raise LookupError(f"no feedback {option!r}; there is: {[k['value'] for k in kinds]}")
        case "overflow":
            used["selected_option"] = _option(element, option)
        case _:
            used |= _setting(element, option)
    return used


def state(blocks: list[Block], settings: Settings) -> dict[str, Any]:
    """`state.values` of a message or view: what every input is set to; `settings` holds what a person changed."""
    values: dict[str, dict[str, Any]] = {}
    for block, element in inputs(blocks):
        key = (block["block_id"], element["action_id"])
        now = _setting(element, settings[key]) if key in settings else _initial(element)
        values.setdefault(key[0], {})[key[1]] = {"type": element["type"], **now}
    return {"values": values}


def inputs(blocks: list[Block]) -> Iterator[tuple[Block, Element]]:
    """Everything a person can set, with its block."""
    for block in every(blocks):
        for element in _elements(block):
            if element.get("type") in STATEFUL:
                yield block, element


def kept(blocks: list[Block], settings: Settings) -> Settings:
    """What of a person's settings still means something in these blocks."""
    still: Settings = {}
    for block, element in inputs(blocks):
        key = (block["block_id"], element["action_id"])
        if key in settings:
            with suppress(LookupError):
                _setting(element, settings[key])
                still[key] = settings[key]
    return still


def _elements(block: Block) -> Iterator[Element]:
    for element in (*block.get("elements", []), block.get("element")):
        if isinstance(element, dict):
            yield element


def _setting(element: Element, option: Any) -> dict[str, Any]:
    match element["type"]:
        case "static_select" | "radio_buttons":
            return {"selected_option": _option(element, option) if option else None}
        case "checkboxes":
            chosen = [option] if isinstance(option, str) else (option or [])
            return {"selected_options": [_option(element, value) for value in chosen]}
        case kind:
            return {PICKED.get(kind, "value"): option or None}


def _initial(element: Element) -> dict[str, Any]:
    match element["type"]:
        case "static_select" | "radio_buttons":
            return {"selected_option": element.get("initial_option")}
        case "checkboxes":
            return {"selected_options": element.get("initial_options", [])}
        case kind:
            return {PICKED.get(kind, "value"): element.get("initial_value")}


def _option(element: Element, value: Any) -> dict[str, Any]:
    options: list[dict[str, Any]] = element["options"]
    for option in options:
        if option["value"] == value:
            return option
    raise LookupError(f"no option {value!r}; there is: {', '.join(str(o['value']) for o in options)}")

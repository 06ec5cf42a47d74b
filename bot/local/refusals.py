"""What is refused, and what to call it: what Slack refuses of messages, blocks and views, and what nobody here
emulates.

The numbers are Slack's documented ones (two are measured, and marked). Where Slack's own words for a refusal
are not known, ours say which limit was passed and where, as a JSON pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.local import kit, pictures
from bot.local.limits import (
    MARKED,
    PLAIN,
    fault,
    foreign,
    items_of,
    length_of,
    longest,
    one_of,
    only_fields,
    text_object,
)

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
POST_TEXT = 40_000
UPDATE_TEXT = 4_000  # stricter than for a post
BLOCK_TEXT = 13_000  # all blocks of a message together; measured by others at about 13,200, undocumented
VIEW_BYTES = 250_000
METADATA_BYTES = 2_000  # Slack's own number is not known; ours is on the careful side

FALLBACK = (
    "[ERROR] blocks need a `text` beside them: screen readers and notifications read it instead [json-pointer:/text]"
)


MANY = {"actions": 25, "context": 10, "context_actions": 5}
MOST = {"table": 1, "data_visualization": 2}
"""So many of them a message, what is folded included."""
LEVELS = frozenset({"default", "info", "warning", "error", "success"})


class Refused(Exception):
    """The call is answered `{"ok": false, "error": code}`, with the details Slack would name."""

    def __init__(self, code: str, *details: str, **more: Any) -> None:
        super().__init__(code, *details)
        self.code = code
        self.details = details
        self.more = more

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        answer: dict[str, Any] = {"ok": False, "error": self.code, **self.more}
        if self.details:
            answer["response_metadata"] = {"messages": list(self.details)}
        return answer


def check_message(text: Any, blocks: Any, metadata: Any = None, *, most_text: int = POST_TEXT) -> None:
    """Refuse a message Slack would refuse, and (our own policy) blocks without a `text` beside them."""
    if not isinstance(text or "", str):
        raise Refused("invalid_arguments", fault("must be a string", "/text"))
    if len(text or "") > most_text:
        raise Refused("msg_too_long", fault(f"must be less than {most_text + 1} characters", "/text"))
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format", fault("must be a list", "/blocks"))
    if not (text or "").strip():
        raise Refused("no_text", *([FALLBACK] if blocks else []))
    if blocks:
        if faults := list(_blocks(blocks, BLOCKS_IN_MESSAGE, "/blocks", "message")):
            raise Refused("invalid_blocks", *faults)
        if _length(blocks) > BLOCK_TEXT:
            raise Refused("msg_blocks_too_long", fault(f"no more than {BLOCK_TEXT} characters in all", "/blocks"))
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise Refused("invalid_metadata_format")
    if metadata and len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")


def check_answer(body: dict[str, Any]) -> None:
    """Refuse an answer to a command or a press with something in it that is not emulated."""
    if faults := list(only_fields(body, kit.ANSWERS, "", "an answer")):
        raise Refused("invalid_payload", *faults)


def check_view(view: Any, kind: str = "modal") -> None:
    """Refuse a view Slack would refuse."""
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", fault("missing required field: view", ""))
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    if faults := list(_view(view, kind)):
        raise Refused("invalid_arguments", *faults)


def _view(view: dict[str, Any], kind: str) -> Iterator[str]:
    if view.get("type") != kind:
        yield fault(f"unsupported type: {view.get('type')}", "/view/type")
        return
    yield from only_fields(view, kit.VIEWS[kind], "/view", f"a {kind} view")
    blocks = view.get("blocks")
    if kind == "modal":
        yield from text_object(view.get("title"), "/view/title", 24)
        has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or [])
        if has_input and "submit" not in view:
            yield fault("a view with an input block needs a submit", "/view")
        for part in ("submit", "close"):
            if view.get(part) is not None:
                yield from text_object(view[part], f"/view/{part}", 24)
    yield from longest(view, "/view", private_metadata=3000, callback_id=255)
    if not isinstance(blocks, list) or not blocks:
        yield fault("missing required field: blocks", "/view")
    else:
        yield from _blocks(blocks, BLOCKS_IN_VIEW, "/view/blocks", kind)


def _blocks(blocks: list[Any], most: int, at: str, surface: str, seen: set[str] | None = None) -> Iterator[str]:
    """What is wrong with blocks; `seen` are the names of those around them."""
    if len(blocks) > most:
        yield fault(f"no more than {most} items allowed", at)
    if seen is None:
        seen = set()
        for kind, few in MOST.items():
            if _count(blocks, kind) > few:
                yield fault(f"no more than {few} blocks of the type {kind}", at)
    for n, block in enumerate(blocks):
        here = f"{at}/{n}"
        if not isinstance(block, dict):
            yield fault("must be an object", here)
            continue
        name = block.get("block_id")
        if isinstance(name, str):
            yield from length_of(name, f"{here}/block_id", 255)
            if name in seen:
                yield fault(f"`block_id` is used twice: {name}", f"{here}/block_id")
            seen.add(name)
        yield from _block(block, here, surface, seen)


def _count(blocks: Any, kind: str) -> int:
    there = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return sum((block.get("type") == kind) + _count(block.get("child_blocks"), kind) for block in there)


def _block(block: dict[str, Any], at: str, surface: str, seen: set[str]) -> Iterator[str]:
    kind = str(block.get("type"))
    if kind not in kit.BLOCKS:
        yield foreign(f"the block {kind!r}", f"{at}/type")
        return
    if kind in _ELSEWHERE[surface]:
        yield foreign(f"the block {kind!r} in a {surface}", f"{at}/type")
    yield from only_fields(block, kit.BLOCKS[kind], at, f"the block {kind!r}")
    match kind:
        case "section":
            fields = block.get("fields")
            if block.get("text") is None and not fields:
                yield fault("missing required field: text or fields", at)
            if block.get("text") is not None:
                yield from text_object(block["text"], f"{at}/text", 3000, MARKED)
            if fields is not None:
                yield from items_of(fields, f"{at}/fields", 10)
                for n, field in enumerate(fields if isinstance(fields, list) else []):
                    yield from text_object(field, f"{at}/fields/{n}", 2000, MARKED)
        case "header":
            yield from text_object(block.get("text"), f"{at}/text", 150)
        case "actions" | "context" | "context_actions":
            elements = block.get("elements")
            yield from items_of(elements, f"{at}/elements", MANY[kind])
            used: set[str] = set()
            for n, element in enumerate(elements if isinstance(elements, list) else []):
                yield from _element(element, f"{at}/elements/{n}", kind)
                name = element.get("action_id") if isinstance(element, dict) else None
                if name is not None and name in used:
                    yield fault(f"`action_id` is used twice: {name}", f"{at}/elements/{n}/action_id")
                used.add(str(name))
        case "input":
            yield from text_object(block.get("label"), f"{at}/label", 2000)
            if block.get("hint") is not None:
                yield from text_object(block["hint"], f"{at}/hint", 2000)
            yield from _element(block.get("element"), f"{at}/element", kind)
        case "table":
            yield from pictures.of_table(block.get("rows"), f"{at}/rows")
            columns = block.get("column_settings") or []
            yield from items_of([0, *columns], f"{at}/column_settings", 21)
            for n, column in enumerate(columns):
                here = f"{at}/column_settings/{n}"
                yield from only_fields(column, kit.OBJECTS["column"], here, "a column")
                yield from one_of(column.get("align", "left"), ("left", "center", "right"), f"{here}/align")
        case "container":
            yield from _container(block, at, surface, seen)
        case "data_visualization":
            yield from length_of(block.get("title"), f"{at}/title", 50, least=1)
            yield from pictures.of_chart(block.get("chart"), f"{at}/chart")
        case "alert":
            yield from text_object(block.get("text"), f"{at}/text", 200, PLAIN | MARKED)
            yield from one_of(block.get("level", "default"), LEVELS, f"{at}/level")


_ELSEWHERE = {
    "message": kit.MODAL_ONLY,
    "modal": kit.MESSAGE_ONLY,
    "home": kit.MODAL_ONLY | kit.MESSAGE_ONLY,
    "container": kit.BLOCKS.keys() - kit.FOLDED,
}
"""Surface -> the blocks it does not take."""


def _container(block: dict[str, Any], at: str, surface: str, seen: set[str]) -> Iterator[str]:
    yield from text_object(block.get("title"), f"{at}/title", 150)
    if block.get("subtitle") is not None:
        yield from text_object(block["subtitle"], f"{at}/subtitle", 150, PLAIN | MARKED)
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        yield fault("only what is collapsible can be collapsed", f"{at}/default_collapsed")
    children = block.get("child_blocks")
    yield from items_of(children, f"{at}/child_blocks", 10)
    if isinstance(children, list):
        yield from _blocks(children, 10, f"{at}/child_blocks", "container", seen)
        if surface != "message" and _count(children, "table"):
            yield foreign(f"the block 'table' in a {surface}", f"{at}/child_blocks")


def _element(element: Any, at: str, block: str) -> Iterator[str]:
    if not isinstance(element, dict):
        yield fault("missing required field: element", at)
        return
    kind = str(element.get("type"))
    if kind not in kit.WITHIN[block]:
        yield foreign(f"the element {kind!r} in a block {block!r}", f"{at}/type")
        return
    if kind in kit.TEXTS:
        yield from text_object(element, at, 3000, MARKED)
        return
    yield from only_fields(element, kit.ELEMENTS[kind], at, f"the element {kind!r}")
    yield from longest(element, at, action_id=255, accessibility_label=75)
    if element.get("placeholder") is not None:
        yield from text_object(element["placeholder"], f"{at}/placeholder", 150)
    match kind:
        case "button":
            yield from text_object(element.get("text"), f"{at}/text", 75)
            yield from longest(element, at, value=2000, url=3000)
            yield from one_of(element.get("style", "primary"), ("primary", "danger"), f"{at}/style")
            if element.get("confirm") is not None:
                yield from _confirm(element["confirm"], f"{at}/confirm")
        case "static_select":
            yield from _options(element, at, 100)
        case "radio_buttons" | "checkboxes":
            yield from _options(element, at, 10)
        case "overflow":
            yield from _options(element, at, 5)
        case "plain_text_input":
            if not 0 <= int(element.get("max_length") or 0) <= 3000:
                yield fault("must be between 0 and 3000", f"{at}/max_length")
            yield from longest(element, at, initial_value=3000)
        case "conversations_select":
            yield from only_fields(element.get("filter") or {}, kit.OBJECTS["filter"], f"{at}/filter", "a filter")
        case "feedback_buttons":
            for part in ("positive_button", "negative_button"):
                button = element.get(part) or {}
                yield from only_fields(button, kit.OBJECTS["feedback"], f"{at}/{part}", "a feedback button")
                yield from text_object(button.get("text"), f"{at}/{part}/text", 75)
                yield from longest(button, f"{at}/{part}", value=2000, accessibility_label=75)


def _options(element: dict[str, Any], at: str, most: int) -> Iterator[str]:
    options = element.get("options")
    yield from items_of(options, f"{at}/options", most)
    offered = options if isinstance(options, list) else []
    for n, option in enumerate(offered):
        here = f"{at}/options/{n}"
        yield from only_fields(option, kit.OBJECTS["option"], here, "an option")
        yield from text_object(option.get("text"), f"{here}/text", 75)
        yield from length_of(option.get("value"), f"{here}/value", 150, least=1)
        if option.get("description") is not None:
            yield from text_object(option["description"], f"{here}/description", 75)
    if element.get("initial_option") is not None and element["initial_option"] not in offered:
        yield fault("must be exactly one of the options", f"{at}/initial_option")
    if any(option not in offered for option in element.get("initial_options") or []):
        yield fault("must be among the options", f"{at}/initial_options")


def _confirm(confirm: dict[str, Any], at: str) -> Iterator[str]:
    yield from only_fields(confirm, kit.OBJECTS["confirm"], at, "a confirm dialog")
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if confirm.get(part) is not None:
            yield from text_object(confirm[part], f"{at}/{part}", most)
    yield from one_of(confirm.get("style", "primary"), ("primary", "danger"), f"{at}/style")


def _length(blocks: Any) -> int:
    if isinstance(blocks, dict):
        own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
        return own + sum(_length(value) for value in blocks.values())
    return sum(_length(item) for item in blocks) if isinstance(blocks, list) else 0

"""What is refused, and what to call it: what Slack refuses of messages, blocks and views, and what nobody here
emulates. Pure, but that the latter is logged: the bot may quietly do without what was refused.

The numbers are Slack's documented ones (two are measured, and marked). Where Slack's own words for a refusal
are not known, ours say which limit was passed and where, as a JSON pointer.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Collection, Iterator
from typing import Any

from bot.local import kit

log = logging.getLogger(__name__)

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
POST_TEXT = 40_000
UPDATE_TEXT = 4_000  # stricter than for a post
BLOCK_TEXT = 13_000  # all blocks of a message together; measured by others at about 13,200, undocumented
SECTION = 3_000
VIEW_BYTES = 250_000
METADATA_BYTES = 2_000  # Slack's own number is not known; ours is on the careful side

FALLBACK = (
    "[ERROR] blocks need a `text` beside them: screen readers and notifications read it instead [json-pointer:/text]"
)


PLAIN = frozenset({"plain_text"})
MARKED = frozenset({"mrkdwn"})
MANY = {"actions": 25, "context": 10, "context_actions": 5}
MOST = {"table": 1, "data_visualization": 2}
"""So many of them a message, what is folded included."""
LEVELS = frozenset({"default", "info", "warning", "error", "success"})


class Refused(Exception):
    """The call is answered `{"ok": false, "error": code}`, with the details Slack would name."""

    def __init__(self, code: str, *details: str, **more: str) -> None:
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


def foreign(what: str, where: str = "") -> str:
    """The words for what the bot is not known to send, which the log says as well."""
    words = f"the local workspace does not emulate {what}"
    log.warning("%s; it was refused%s", words, where and f" at {where}")
    return _said(words, where)


def check_message(text: Any, blocks: Any, metadata: Any = None, *, most_text: int = POST_TEXT) -> None:
    """Refuse a message Slack would refuse, and (our own policy) blocks without a `text` beside them."""
    if not isinstance(text or "", str):
        raise Refused("invalid_arguments", _said("must be a string", "/text"))
    if len(text or "") > most_text:
        raise Refused("msg_too_long", _said(f"must be less than {most_text + 1} characters", "/text"))
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format", _said("must be a list", "/blocks"))
    if not (text or "").strip():
        raise Refused("no_text", *([FALLBACK] if blocks else []))
    if blocks:
        if faults := list(_blocks(blocks, BLOCKS_IN_MESSAGE, "/blocks", "message")):
            raise Refused("invalid_blocks", *faults)
        if _length(blocks) > BLOCK_TEXT:
            raise Refused("msg_blocks_too_long", _said(f"no more than {BLOCK_TEXT} characters in all", "/blocks"))
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise Refused("invalid_metadata_format")
    if metadata and len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")


def check_answer(body: dict[str, Any]) -> None:
    """Refuse an answer to a command or a press with something in it that is not emulated."""
    if faults := list(_fields(body, kit.ANSWERS, "", "an answer")):
        raise Refused("invalid_payload", *faults)


def check_view(view: Any, kind: str = "modal") -> None:
    """Refuse a view Slack would refuse."""
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", _said("missing required field: view", ""))
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    if faults := list(_view(view, kind)):
        raise Refused("invalid_arguments", *faults)


def _view(view: dict[str, Any], kind: str) -> Iterator[str]:
    if view.get("type") != kind:
        yield _said(f"unsupported type: {view.get('type')}", "/view/type")
        return
    yield from _fields(view, kit.VIEWS[kind], "/view", f"a {kind} view")
    blocks = view.get("blocks")
    if kind == "modal":
        yield from _text(view.get("title"), "/view/title", 24)
        has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or [])
        if has_input and "submit" not in view:
            yield _said("a view with an input block needs a submit", "/view")
        for part in ("submit", "close"):
            if view.get(part) is not None:
                yield from _text(view[part], f"/view/{part}", 24)
    yield from _longest(view, "/view", private_metadata=3000, callback_id=255)
    if not isinstance(blocks, list) or not blocks:
        yield _said("missing required field: blocks", "/view")
    else:
        yield from _blocks(blocks, BLOCKS_IN_VIEW, "/view/blocks", kind)


def _blocks(blocks: list[Any], most: int, at: str, surface: str, seen: set[str] | None = None) -> Iterator[str]:
    """What is wrong with blocks; `seen` are the names of those around them."""
    if len(blocks) > most:
        yield _said(f"no more than {most} items allowed", at)
    if seen is None:
        seen = set()
        for kind, few in MOST.items():
            if _count(blocks, kind) > few:
                yield _said(f"no more than {few} blocks of the type {kind}", at)
    for n, block in enumerate(blocks):
        here = f"{at}/{n}"
        if not isinstance(block, dict):
            yield _said("must be an object", here)
            continue
        name = block.get("block_id")
        if isinstance(name, str):
            yield from _length_of(name, f"{here}/block_id", 255)
            if name in seen:
                yield _said(f"`block_id` is used twice: {name}", f"{here}/block_id")
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
    yield from _fields(block, kit.BLOCKS[kind], at, f"the block {kind!r}")
    match kind:
        case "section":
            fields = block.get("fields")
            if block.get("text") is None and not fields:
                yield _said("missing required field: text or fields", at)
            if block.get("text") is not None:
                yield from _text(block["text"], f"{at}/text", 3000, MARKED)
            if fields is not None:
                yield from _list(fields, f"{at}/fields", 10)
                for n, field in enumerate(fields if isinstance(fields, list) else []):
                    yield from _text(field, f"{at}/fields/{n}", 2000, MARKED)
        case "header":
            yield from _text(block.get("text"), f"{at}/text", 150)
        case "actions" | "context" | "context_actions":
            elements = block.get("elements")
            yield from _list(elements, f"{at}/elements", MANY[kind])
            used: set[str] = set()
            for n, element in enumerate(elements if isinstance(elements, list) else []):
                yield from _element(element, f"{at}/elements/{n}", kind)
                name = element.get("action_id") if isinstance(element, dict) else None
                if name is not None and name in used:
                    yield _said(f"`action_id` is used twice: {name}", f"{at}/elements/{n}/action_id")
                used.add(str(name))
        case "input":
            yield from _text(block.get("label"), f"{at}/label", 2000)
            if block.get("hint") is not None:
                yield from _text(block["hint"], f"{at}/hint", 2000)
            yield from _element(block.get("element"), f"{at}/element", kind)
        case "table":
            yield from _table(block.get("rows"), f"{at}/rows")
            columns = block.get("column_settings") or []
            yield from _list([0, *columns], f"{at}/column_settings", 21)
            for n, column in enumerate(columns):
                here = f"{at}/column_settings/{n}"
                yield from _fields(column, kit.OBJECTS["column"], here, "a column")
                yield from _one_of(column.get("align", "left"), ("left", "center", "right"), f"{here}/align")
        case "container":
            yield from _container(block, at, surface, seen)
        case "data_visualization":
            yield from _length_of(block.get("title"), f"{at}/title", 50, least=1)
            yield from _chart(block.get("chart"), f"{at}/chart")
        case "alert":
            yield from _text(block.get("text"), f"{at}/text", 200, PLAIN | MARKED)
            yield from _one_of(block.get("level", "default"), LEVELS, f"{at}/level")


_ELSEWHERE = {
    "message": kit.MODAL_ONLY,
    "modal": kit.MESSAGE_ONLY,
    "home": kit.MODAL_ONLY | kit.MESSAGE_ONLY,
    "container": kit.BLOCKS.keys() - kit.FOLDED,
}
"""Surface -> the blocks it does not take."""


def _container(block: dict[str, Any], at: str, surface: str, seen: set[str]) -> Iterator[str]:
    yield from _text(block.get("title"), f"{at}/title", 150)
    if block.get("subtitle") is not None:
        yield from _text(block["subtitle"], f"{at}/subtitle", 150, PLAIN | MARKED)
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        yield _said("only what is collapsible can be collapsed", f"{at}/default_collapsed")
    children = block.get("child_blocks")
    yield from _list(children, f"{at}/child_blocks", 10)
    if isinstance(children, list):
        yield from _blocks(children, 10, f"{at}/child_blocks", "container", seen)
        if surface != "message" and _count(children, "table"):
            yield foreign(f"the block 'table' in a {surface}", f"{at}/child_blocks")


def _chart(chart: Any, at: str) -> Iterator[str]:
    kind = chart.get("type") if isinstance(chart, dict) else chart
    if not isinstance(kind, str) or kind not in kit.CHARTS:
        yield foreign(f"a chart of the type {kind!r}", f"{at}/type")
        return
    yield from _fields(chart, kit.CHARTS[kind], at, f"a {kind} chart")
    if kind == "pie":
        yield from _points(chart.get("segments"), f"{at}/segments", 6)
        points = chart.get("segments")
        if isinstance(points, list) and any(isinstance(p, dict) and _negative(p.get("value")) for p in points):
            yield _said("must not be negative", f"{at}/segments")
        return
    axes = chart.get("axis_config")
    yield from _fields(axes if isinstance(axes, dict) else {}, kit.OBJECTS["axes"], f"{at}/axis_config", "the axes")
    categories = axes.get("categories") if isinstance(axes, dict) else None
    yield from _list(categories, f"{at}/axis_config/categories", 20)
    for n, category in enumerate(categories if isinstance(categories, list) else []):
        yield from _length_of(category, f"{at}/axis_config/categories/{n}", 20, least=1)
    for name in ("x_label", "y_label"):
        yield from _length_of((axes or {}).get(name, "x"), f"{at}/axis_config/{name}", 50, least=1)
    series = chart.get("series")
    yield from _list(series, f"{at}/series", 6)
    for n, one in enumerate(series if isinstance(series, list) else []):
        here = f"{at}/series/{n}"
        yield from _fields(one, kit.OBJECTS["series"], here, "a series")
        yield from _length_of(one.get("name"), f"{here}/name", 20, least=1)
        yield from _points(one.get("data"), f"{here}/data", 20)
        if [p.get("label") for p in one.get("data") or [] if isinstance(p, dict)] != categories:
            yield _said("must have one point for each category, of the same label", f"{here}/data")


def _points(points: Any, at: str, most: int) -> Iterator[str]:
    yield from _list(points, at, most)
    for n, point in enumerate(points if isinstance(points, list) else []):
        here = f"{at}/{n}"
        if not isinstance(point, dict):
            yield _said("must be an object", here)
            continue
        yield from _fields(point, kit.OBJECTS["point"], here, "a point")
        yield from _length_of(point.get("label"), f"{here}/label", 20, least=1)
        value = point.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield _said("must be a finite number", f"{here}/value")


def _negative(value: Any) -> bool:
    return isinstance(value, int | float) and value < 0


def _table(rows: Any, at: str) -> Iterator[str]:
    yield from _list(rows, at, 100)
    width = len(rows[0]) if isinstance(rows, list) and rows and isinstance(rows[0], list) else 0
    for n, row in enumerate(rows if isinstance(rows, list) else []):
        yield from _list(row, f"{at}/{n}", 20)
        if isinstance(row, list) and len(row) != width:
            yield _said("must be as long as the first row", f"{at}/{n}")
        for m, cell in enumerate(row if isinstance(row, list) else []):
            here = f"{at}/{n}/{m}"
            if not isinstance(cell, dict) or cell.get("type") not in kit.CELLS:
                yield foreign(f"a cell of the type {cell.get('type') if isinstance(cell, dict) else cell!r}", here)
            else:
                yield from _fields(cell, kit.OBJECTS["cell"], here, "a cell")
                yield from _length_of(cell.get("text"), f"{here}/text", SECTION, least=1)


def _element(element: Any, at: str, block: str) -> Iterator[str]:
    if not isinstance(element, dict):
        yield _said("missing required field: element", at)
        return
    kind = str(element.get("type"))
    if kind not in kit.WITHIN[block]:
        yield foreign(f"the element {kind!r} in a block {block!r}", f"{at}/type")
        return
    if kind in kit.TEXTS:
        yield from _text(element, at, 3000, MARKED)
        return
    yield from _fields(element, kit.ELEMENTS[kind], at, f"the element {kind!r}")
    yield from _longest(element, at, action_id=255, accessibility_label=75)
    if element.get("placeholder") is not None:
        yield from _text(element["placeholder"], f"{at}/placeholder", 150)
    match kind:
        case "button":
            yield from _text(element.get("text"), f"{at}/text", 75)
            yield from _longest(element, at, value=2000, url=3000)
            yield from _one_of(element.get("style", "primary"), ("primary", "danger"), f"{at}/style")
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
                yield _said("must be between 0 and 3000", f"{at}/max_length")
            yield from _longest(element, at, initial_value=3000)
        case "conversations_select":
            yield from _fields(element.get("filter") or {}, kit.OBJECTS["filter"], f"{at}/filter", "a filter")
        case "feedback_buttons":
            for part in ("positive_button", "negative_button"):
                button = element.get(part) or {}
                yield from _fields(button, kit.OBJECTS["feedback"], f"{at}/{part}", "a feedback button")
                yield from _text(button.get("text"), f"{at}/{part}/text", 75)
                yield from _longest(button, f"{at}/{part}", value=2000, accessibility_label=75)


def _options(element: dict[str, Any], at: str, most: int) -> Iterator[str]:
    options = element.get("options")
    yield from _list(options, f"{at}/options", most)
    offered = options if isinstance(options, list) else []
    for n, option in enumerate(offered):
        here = f"{at}/options/{n}"
        yield from _fields(option, kit.OBJECTS["option"], here, "an option")
        yield from _text(option.get("text"), f"{here}/text", 75)
        yield from _length_of(option.get("value"), f"{here}/value", 150, least=1)
        if option.get("description") is not None:
            yield from _text(option["description"], f"{here}/description", 75)
    if element.get("initial_option") is not None and element["initial_option"] not in offered:
        yield _said("must be exactly one of the options", f"{at}/initial_option")
    if any(option not in offered for option in element.get("initial_options") or []):
        yield _said("must be among the options", f"{at}/initial_options")


def _confirm(confirm: dict[str, Any], at: str) -> Iterator[str]:
    yield from _fields(confirm, kit.OBJECTS["confirm"], at, "a confirm dialog")
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if confirm.get(part) is not None:
            yield from _text(confirm[part], f"{at}/{part}", most)


def _text(text: Any, at: str, most: int, kinds: frozenset[str] = PLAIN) -> Iterator[str]:
    if not isinstance(text, dict):
        yield _said("missing required field: a text object", at)
    elif text.get("type") not in kinds:
        yield foreign(f"a text of the type {text.get('type')!r}", f"{at}/type")
    else:
        yield from _fields(text, kit.TEXTS[text["type"]], at, "a text")
        yield from _length_of(text.get("text"), f"{at}/text", most, least=1)


def _fields(thing: dict[str, Any], known: frozenset[str], at: str, what: str) -> Iterator[str]:
    for name in sorted(thing.keys() - known - {"type"}):
        yield foreign(f"{name!r} of {what}", f"{at}/{name}")


def _one_of(value: Any, known: Collection[str], at: str) -> Iterator[str]:
    if value not in known:
        yield _said(f"no such value: {value}", at)


def _list(items: Any, at: str, most: int) -> Iterator[str]:
    if not isinstance(items, list) or not items:
        yield _said("must have at least 1 item", at)
    elif len(items) > most:
        yield _said(f"no more than {most} items allowed", at)


def _longest(thing: dict[str, Any], at: str, **limits: int) -> Iterator[str]:
    for key, most in limits.items():
        if thing.get(key) is not None:
            yield from _length_of(thing[key], f"{at}/{key}", most)


def _length_of(text: Any, at: str, most: int, *, least: int = 0) -> Iterator[str]:
    if not isinstance(text, str):
        yield _said("must be a string", at)
    elif len(text) < least:
        yield _said(f"must be more than {least - 1} characters", at)
    elif len(text) > most:
        yield _said(f"must be less than {most + 1} characters", at)


def _length(blocks: Any) -> int:
    if isinstance(blocks, dict):
        own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
        return own + sum(_length(value) for value in blocks.values())
    return sum(_length(item) for item in blocks) if isinstance(blocks, list) else 0


def _said(what: str, where: str) -> str:
    return f"[ERROR] {what} [json-pointer:{where}]"

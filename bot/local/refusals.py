"""What Slack refuses, and what to call it: the limits of messages, blocks and views. Pure.

The numbers are Slack's documented ones (two are measured, and marked). Where Slack's own words for a refusal
are not known, ours say which limit was passed and where, as a JSON pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
POST_TEXT = 40_000
UPDATE_TEXT = 4_000  # stricter than for a post
BLOCK_TEXT = 13_000  # all blocks of a message together; measured by others at about 13,200, undocumented
MARKDOWN_TEXT = 12_000  # all markdown blocks of a message together
VIEW_BYTES = 250_000
METADATA_BYTES = 2_000  # Slack's own number is not known; ours is on the careful side

FALLBACK = (
    "[ERROR] blocks need a `text` beside them: screen readers and notifications read it instead [json-pointer:/text]"
)


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


PLAIN = frozenset({"plain_text"})
ANY_TEXT = frozenset({"plain_text", "mrkdwn"})
SELECTS = frozenset({"static_select", "multi_static_select"})
PICKERS = _words(
    "users_select conversations_select channels_select external_select multi_users_select"
    " multi_conversations_select multi_channels_select multi_external_select datepicker timepicker"
    " datetimepicker"
)
CHOICES = frozenset({"radio_buttons", "checkboxes"})
TYPED = _words("plain_text_input number_input email_text_input url_text_input rich_text_input file_input")
IN_ACTIONS = SELECTS | PICKERS | CHOICES | {"button", "overflow", "workflow_button"} | {"plain_text_input"}
ELEMENTS = {
    "section": IN_ACTIONS | {"image"},
    "actions": IN_ACTIONS,
    "input": SELECTS | PICKERS | CHOICES | TYPED,
    "context": ANY_TEXT | {"image"},
    "context_actions": frozenset({"feedback_buttons", "icon_button"}),
}
MANY = {"actions": 25, "context": 10, "context_actions": 5}
MESSAGE_ONLY = frozenset({"markdown", "context_actions", "table", "plan", "task_card", "card", "carousel"})
OPAQUE = _words(  # known, passed on unread: nobody here builds them
    "table rich_text video alert card carousel container plan task_card data_table data_visualization"
    " file call auth_provider"
)


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


def check_message(
    text: Any, blocks: Any, metadata: Any = None, *, most_text: int = POST_TEXT, any_text: bool = False
) -> None:
    """Refuse a message Slack would refuse, and (our own policy) blocks without a `text` beside them."""
    if not isinstance(text or "", str):
        raise Refused("invalid_arguments", _said("must be a string", "/text"))
    if len(text or "") > most_text:
        raise Refused("msg_too_long", _said(f"must be less than {most_text + 1} characters", "/text"))
    if blocks is not None and not isinstance(blocks, list):
        raise Refused("invalid_blocks_format", _said("must be a list", "/blocks"))
    if not (text or "").strip() and not any_text:
        raise Refused("no_text", *([FALLBACK] if blocks else []))
    if blocks:
        if faults := list(_blocks(blocks, BLOCKS_IN_MESSAGE, "/blocks", in_view=False)):
            raise Refused("invalid_blocks", *faults)
        if _length(blocks) > BLOCK_TEXT:
            raise Refused("msg_blocks_too_long", _said(f"no more than {BLOCK_TEXT} characters in all", "/blocks"))
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= set(metadata)):
        raise Refused("invalid_metadata_format")
    if metadata and len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")


def check_view(view: Any, *, kinds: tuple[str, ...] = ("modal",)) -> None:
    """Refuse a view Slack would refuse."""
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", _said("missing required field: view", ""))
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    if faults := list(_view(view, kinds)):
        raise Refused("invalid_arguments", *faults)


def _view(view: dict[str, Any], kinds: tuple[str, ...]) -> Iterator[str]:
    if view.get("type") not in kinds:
        yield _said(f"unsupported type: {view.get('type')}", "/view/type")
        return
    blocks = view.get("blocks")
    if view["type"] == "modal":
        yield from _text(view.get("title"), "/view/title", 24, PLAIN)
        has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or [])
        if has_input and "submit" not in view:
            yield _said("a view with an input block needs a submit", "/view")
        for part in ("submit", "close"):
            if view.get(part) is not None:
                yield from _text(view[part], f"/view/{part}", 24, PLAIN)
    else:
        for part in ("submit", "close"):
            if view.get(part) is not None:
                yield _said("not allowed in a Home tab", f"/view/{part}")
    yield from _longest(view, "/view", private_metadata=3000, callback_id=255, external_id=255)
    if not isinstance(blocks, list) or not blocks:
        yield _said("missing required field: blocks", "/view")
    else:
        yield from _blocks(blocks, BLOCKS_IN_VIEW, "/view/blocks", in_view=True)


def _blocks(blocks: list[Any], most: int, at: str, *, in_view: bool) -> Iterator[str]:
    if len(blocks) > most:
        yield _said(f"no more than {most} items allowed", at)
    seen: set[str] = set()
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
        yield from _block(block, here, in_view=in_view)
    markdown = [b for b in blocks if isinstance(b, dict) and b.get("type") == "markdown"]
    if sum(len(str(b.get("text", ""))) for b in markdown) > MARKDOWN_TEXT:
        yield _said(f"markdown must be less than {MARKDOWN_TEXT + 1} characters in all", at)


def _block(block: dict[str, Any], at: str, *, in_view: bool) -> Iterator[str]:
    kind = block.get("type")
    if in_view and kind in MESSAGE_ONLY:
        yield _said(f"not allowed in a view: {kind}", f"{at}/type")
    match kind:
        case "section":
            fields = block.get("fields")
            if block.get("text") is None and not fields:
                yield _said("missing required field: text or fields", at)
            if block.get("text") is not None:
                yield from _text(block["text"], f"{at}/text", 3000)
            if fields is not None:
                yield from _list(fields, f"{at}/fields", 10)
                for n, field in enumerate(fields if isinstance(fields, list) else []):
                    yield from _text(field, f"{at}/fields/{n}", 2000)
            if block.get("accessory") is not None:
                yield from _element(block["accessory"], f"{at}/accessory", ELEMENTS["section"])
        case "header":
            yield from _text(block.get("text"), f"{at}/text", 150, PLAIN)
        case "actions" | "context" | "context_actions":
            elements = block.get("elements")
            yield from _list(elements, f"{at}/elements", MANY[kind])
            seen: set[str] = set()
            for n, element in enumerate(elements if isinstance(elements, list) else []):
                yield from _element(element, f"{at}/elements/{n}", ELEMENTS[kind])
                name = element.get("action_id") if isinstance(element, dict) else None
                if name is not None and name in seen:
                    yield _said(f"`action_id` is used twice: {name}", f"{at}/elements/{n}/action_id")
                seen.add(str(name))
        case "input":
            yield from _text(block.get("label"), f"{at}/label", 2000, PLAIN)
            if block.get("hint") is not None:
                yield from _text(block["hint"], f"{at}/hint", 2000, PLAIN)
            yield from _element(block.get("element"), f"{at}/element", ELEMENTS["input"])
        case "image":
            yield from _image(block, at)
            if block.get("title") is not None:
                yield from _text(block["title"], f"{at}/title", 2000, PLAIN)
        case "markdown":
            yield from _length_of(block.get("text"), f"{at}/text", MARKDOWN_TEXT, least=1)
        case "divider":
            return
        case _ if kind not in OPAQUE:
            yield _said(f"unsupported type: {kind}", f"{at}/type")


def _element(element: Any, at: str, allowed: frozenset[str]) -> Iterator[str]:
    if not isinstance(element, dict):
        yield _said("missing required field: element", at)
        return
    kind = element.get("type")
    if kind not in allowed:
        yield _said(f"unsupported type: {kind}", f"{at}/type")
        return
    yield from _longest(element, at, action_id=255, accessibility_label=75)
    if element.get("placeholder") is not None:
        yield from _text(element["placeholder"], f"{at}/placeholder", 150, PLAIN)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{at}/confirm")
    match kind:
        case "mrkdwn" | "plain_text":
            yield from _text(element, at, 3000)
        case "image":
            yield from _image(element, at)
        case "button":
            yield from _text(element.get("text"), f"{at}/text", 75, PLAIN)
            yield from _longest(element, at, value=2000, url=3000)
            if element.get("style", "primary") not in ("primary", "danger"):
                yield _said(f"no such style: {element['style']}", f"{at}/style")
        case "static_select" | "multi_static_select":
            yield from _select(element, at)
        case "radio_buttons" | "checkboxes":
            yield from _options(element.get("options"), f"{at}/options", 10, ANY_TEXT)
        case "overflow":
            yield from _options(element.get("options"), f"{at}/options", 5)
        case "plain_text_input":
            for bound in ("min_length", "max_length"):
                if not 0 <= int(element.get(bound) or 0) <= 3000:
                    yield _said("must be between 0 and 3000", f"{at}/{bound}")
            yield from _longest(element, at, initial_value=3000)
        case "feedback_buttons":
            for part in ("positive_button", "negative_button"):
                button = element.get(part) or {}
                yield from _text(button.get("text"), f"{at}/{part}/text", 75, PLAIN)
                yield from _longest(button, f"{at}/{part}", value=2000, accessibility_label=75)
    yield from _initials(element, at)


def _select(element: dict[str, Any], at: str) -> Iterator[str]:
    options, groups = element.get("options"), element.get("option_groups")
    if (options is None) == (groups is None):
        yield _said("needs either options or option_groups", at)
    elif options is not None:
        yield from _options(options, f"{at}/options", 100)
    else:
        yield from _list(groups, f"{at}/option_groups", 100)
        for n, group in enumerate(groups if isinstance(groups, list) else []):
            yield from _text(group.get("label"), f"{at}/option_groups/{n}/label", 75, PLAIN)
            yield from _options(group.get("options"), f"{at}/option_groups/{n}/options", 100)


def _options(options: Any, at: str, most: int, kinds: frozenset[str] = PLAIN) -> Iterator[str]:
    yield from _list(options, at, most)
    for n, option in enumerate(options if isinstance(options, list) else []):
        yield from _text(option.get("text"), f"{at}/{n}/text", 75, kinds)
        yield from _length_of(option.get("value"), f"{at}/{n}/value", 150, least=1)
        if option.get("description") is not None:
            yield from _text(option["description"], f"{at}/{n}/description", 75, kinds)


def _initials(element: dict[str, Any], at: str) -> Iterator[str]:
    groups = [element, *(element.get("option_groups") or [])]
    offered = [o for group in groups for o in group.get("options") or []]
    if element.get("initial_option") is not None and element["initial_option"] not in offered:
        yield _said("must be exactly one of the options", f"{at}/initial_option")
    if any(option not in offered for option in element.get("initial_options") or []):
        yield _said("must be among the options", f"{at}/initial_options")


def _confirm(confirm: dict[str, Any], at: str) -> Iterator[str]:
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if confirm.get(part) is not None:
            yield from _text(confirm[part], f"{at}/{part}", most, ANY_TEXT if part == "text" else PLAIN)


def _image(image: dict[str, Any], at: str) -> Iterator[str]:
    if not image.get("slack_file"):
        yield from _length_of(image.get("image_url"), f"{at}/image_url", 3000, least=1)
    yield from _length_of(image.get("alt_text"), f"{at}/alt_text", 2000, least=1)


def _text(text: Any, at: str, most: int, kinds: frozenset[str] = ANY_TEXT) -> Iterator[str]:
    if not isinstance(text, dict):
        yield _said("missing required field: a text object", at)
    elif text.get("type") not in kinds:
        yield _said(f"unsupported type: {text.get('type')}", f"{at}/type")
    else:
        yield from _length_of(text.get("text"), f"{at}/text", most, least=1)


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

"""What the workspace refuses is what Slack's own SDK validators refuse, at the limit and one beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.views import View

from bot.local.refusals import Refused, check_message, check_view
from tests.slack.schema import faults

Built = dict[str, Any]


def plain(n: int) -> Built:
    return {"type": "plain_text", "text": "x" * n}


def mrkdwn(n: int) -> Built:
    return {"type": "mrkdwn", "text": "x" * n}


def option(text: int = 1, value: int = 1, name: str = "", **more: Any) -> Built:
    return {"text": plain(text), "value": name or "v" * value, **more}


def options(n: int, **more: Any) -> list[Built]:
    return [option(name=f"v{i}", **more) for i in range(n)]


def button(**more: Any) -> Built:
    return {"type": "button", "action_id": "a", "text": plain(1), **more}


def section(n: int = 1, **more: Any) -> Built:
    return {"type": "section", "text": mrkdwn(n), **more}


def actions(*elements: Built) -> Built:
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> Built:
    return {"type": "static_select", "action_id": "a", **more}


def entry(label: int = 1, element: Built | None = None, **more: Any) -> Built:
    typed = {"type": "plain_text_input", "action_id": "a"}
    return {"type": "input", "label": plain(label), "element": element or typed, **more}


def ticks(**more: Any) -> Built:
    return entry(element={"type": "checkboxes", "action_id": "a", **more})


def confirm(**more: Any) -> Built:
    asked = {"title": plain(1), "text": plain(1), "confirm": plain(1), "deny": plain(1), **more}
    return actions(button(confirm=asked))


def folded(**more: Any) -> Built:
    return {"type": "container", "title": plain(1), "child_blocks": [section()], "is_collapsible": True, **more}


def table(rows: int = 1, columns: int = 1, **more: Any) -> Built:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows, **more}


def points(n: int = 1, label: int = 1, value: Any = 1) -> list[Built]:
    return [{"label": chr(65 + i).rjust(label, "x"), "value": value} for i in range(n)]


def pie(segments: list[Built], title: int = 1) -> Built:
    return {"type": "data_visualization", "title": "x" * title, "chart": {"type": "pie", "segments": segments}}


def bars(data: list[Built] | None = None, series: int = 1, name: int = 1, **axes: Any) -> Built:
    data = data or points()
    every = [{"name": "x" * name, "data": data}] * series
    axes = {"categories": [point["label"] for point in data], **axes}
    return {"type": "data_visualization", "title": "x", "chart": {"type": "bar", "series": every, "axis_config": axes}}


# name: (largest that is fine, a block of this size)
LIMITS: dict[str, tuple[int, Callable[[int], Built]]] = {
    "section text": (3000, section),
    "section fields": (10, lambda n: {"type": "section", "fields": [mrkdwn(1)] * n}),
    "header text": (150, lambda n: {"type": "header", "text": plain(n)}),
    "block_id": (255, lambda n: section(block_id="b" * n)),
    "context elements": (10, lambda n: {"type": "context", "elements": [mrkdwn(1)] * n}),
    "actions elements": (25, lambda n: actions(*(button(action_id=f"a{i}") for i in range(n)))),
    "button text": (75, lambda n: actions(button(text=plain(n)))),
    "button value": (2000, lambda n: actions(button(value="v" * n))),
    "button url": (3000, lambda n: actions(button(url="https://x.example/".ljust(n, "x")))),
    "button accessibility_label": (75, lambda n: actions(button(accessibility_label="x" * n))),
    "action_id": (255, lambda n: actions(button(action_id="a" * n))),
    "select action_id": (255, lambda n: actions(select(options=options(1), action_id="a" * n))),
    "select options": (100, lambda n: actions(select(options=options(n)))),
    "select placeholder": (150, lambda n: actions(select(options=options(1), placeholder=plain(n)))),
    "option text": (75, lambda n: actions(select(options=[option(text=n)]))),
    "option value": (150, lambda n: actions(select(options=[option(value=n)]))),
    "overflow options": (5, lambda n: actions({"type": "overflow", "action_id": "a", "options": options(n)})),
    "radio option value": (
        150,
        lambda n: actions({"type": "radio_buttons", "action_id": "a", "options": [option(value=n)]}),
    ),
    "confirm title": (100, lambda n: confirm(title=plain(n))),
    "confirm text": (300, lambda n: confirm(text=plain(n))),
    "confirm yes": (30, lambda n: confirm(confirm=plain(n))),
    "confirm no": (30, lambda n: confirm(deny=plain(n))),
    "feedback button text": (
        75,
        lambda n: {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "a",
                    "positive_button": {"text": plain(n), "value": "up"},
                    "negative_button": {"text": plain(1), "value": "down"},
                }
            ],
        },
    ),
    "container title": (150, lambda n: folded(title=plain(n))),
    "container subtitle": (150, lambda n: folded(subtitle=plain(n))),
    "container child_blocks": (10, lambda n: folded(child_blocks=[section() for _ in range(n)])),
}


# The same for what only a modal may hold.
FORM_LIMITS: dict[str, tuple[int, Callable[[int], Built]]] = {
    "input label": (2000, entry),
    "input hint": (2000, lambda n: entry(hint=plain(n))),
    "checkbox option text": (75, lambda n: ticks(options=[option(text=n)])),
}


def sdk_takes(block: Built) -> bool:
    try:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.to_dict()
        for element in [*block.get("elements", []), block.get("element") or {}]:
            # The SDK keeps options that come as dicts as they are, so they are validated one by one.
            for one in Option.parse_all(element.get("options")) or []:
                one.to_dict()
    except SlackObjectFormationError:
        return False
    return True


def we_take(*blocks: Built) -> bool:
    try:
        check_message("fallback", list(blocks))
    except Refused as refused:
        return refused.code != "invalid_blocks"
    return True


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_lies_where_the_sdk_puts_it(name: str) -> None:
    most, build = LIMITS[name]
    assert (sdk_takes(build(most)), we_take(build(most))) == (True, True)
    assert (sdk_takes(build(most + 1)), we_take(build(most + 1))) == (False, False)


@pytest.mark.parametrize("name", FORM_LIMITS)
def test_a_limit_of_an_input_lies_where_the_sdk_puts_it(name: str) -> None:
    most, build = FORM_LIMITS[name]
    form = {"type": "modal", "title": plain(1), "submit": plain(1)}
    assert sdk_takes(build(most))
    check_view(form | {"blocks": [build(most)]})
    assert not sdk_takes(build(most + 1))
    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(form | {"blocks": [build(most + 1)]})


# What the SDK does not check, or has no class for: as the reference has it, and the schemas of tests/slack.
PICTURE_LIMITS: dict[str, tuple[int, Callable[[int], Built]]] = {
    "table rows": (100, table),
    "table columns": (20, lambda n: table(1, n)),
    "table column_settings": (20, lambda n: table(1, 1, column_settings=[{"align": "left"}] * n)),
    "chart title": (50, lambda n: pie(points(), title=n)),
    "shares": (6, lambda n: pie(points(n))),
    "label": (20, lambda n: pie(points(1, label=n))),
    "series": (6, lambda n: bars(series=n)),
    "series name": (20, lambda n: bars(name=n)),
    "points": (20, lambda n: bars(points(n))),
    "axis": (50, lambda n: bars(x_label="x" * n)),
}


@pytest.mark.parametrize("name", PICTURE_LIMITS)
def test_a_limit_of_a_table_or_chart_lies_where_the_schemas_put_it(name: str) -> None:
    most, build = PICTURE_LIMITS[name]
    assert (faults([build(most)]), we_take(build(most))) == ([], True)
    assert faults([build(most + 1)])
    assert not we_take(build(most + 1))


def test_an_alert_has_200_characters_and_stands_in_a_dialog() -> None:
    form: Built = {"type": "modal", "title": plain(1)}
    check_view(form | {"blocks": [{"type": "alert", "text": mrkdwn(200), "level": "info"}]})
    for wrong in ({"text": mrkdwn(201)}, {"text": mrkdwn(1), "level": "loud"}):
        with pytest.raises(Refused, match="invalid_arguments"):
            check_view(form | {"blocks": [{"type": "alert", **wrong}]})


VIEW_LIMITS: dict[str, tuple[int, Callable[[int], Built]]] = {
    "title": (24, lambda n: {"title": plain(n)}),
    "submit": (24, lambda n: {"submit": plain(n)}),
    "close": (24, lambda n: {"close": plain(n)}),
    "private_metadata": (3000, lambda n: {"private_metadata": "x" * n}),
    "callback_id": (255, lambda n: {"callback_id": "x" * n}),
    "blocks": (100, lambda n: {"blocks": [section() for _ in range(n)]}),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_limit_of_a_view_lies_where_the_sdk_puts_it(name: str) -> None:
    most, build = VIEW_LIMITS[name]
    base: Built = {"type": "modal", "title": plain(1), "blocks": [section()]}
    View(**(base | build(most))).to_dict()
    check_view(base | build(most))
    with pytest.raises(SlackObjectFormationError):
        View(**(base | build(most + 1))).to_dict()
    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(base | build(most + 1))


# What Slack refuses and the SDK lets pass.
WRONG: dict[str, tuple[list[Built], str]] = {
    "51 blocks": ([section() for _ in range(51)], "/blocks"),
    "a field of 2,001": ([{"type": "section", "fields": [mrkdwn(2001)]}], "/blocks/0/fields/0/text"),
    "an action_id twice in a block": ([actions(button(), button())], "/blocks/0/elements/1/action_id"),
    "a block_id twice": ([section(block_id="b"), section(block_id="b")], "/blocks/1/block_id"),
    "empty text": ([section(0)], "/blocks/0/text/text"),
    "an unknown block": ([{"type": "paragraph"}], "/blocks/0/type"),
    "a button in a context": ([{"type": "context", "elements": [button()]}], "/blocks/0/elements/0/type"),
    "mrkdwn on a button": ([actions(button(text=mrkdwn(1)))], "/blocks/0/elements/0/text/type"),
    "an unknown style": ([actions(button(style="green"))], "/blocks/0/elements/0/style"),
    "an unknown style of a confirm": ([confirm(style="green")], "/blocks/0/elements/0/confirm/style"),
    "a section with nothing in it": ([{"type": "section"}], "/blocks/0"),
    "an initial option that is not offered": (
        [actions(select(options=options(2), initial_option=option(name="other")))],
        "/blocks/0/elements/0/initial_option",
    ),
    "an option description of 76": (
        [actions(select(options=[option(description=plain(76))]))],
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "a second table": ([table(), table()], "/blocks"),
    "a table in a container beside another": ([table(), folded(child_blocks=[table()])], "/blocks"),
    "a third chart": ([pie(points())] * 3, "/blocks"),
    "a row that is shorter": (
        [table() | {"rows": [*table(1, 2)["rows"], *table(1, 1)["rows"]]}],
        "/blocks/0/rows/1",
    ),
    "an empty cell": ([table() | {"rows": [[{"type": "raw_text", "text": ""}]]}], "/blocks/0/rows/0/0/text"),
    "a share below nothing": ([pie(points(value=-1))], "/blocks/0/chart/segments"),
    "a number in words": ([bars(points(value="1"))], "/blocks/0/chart/series/0/data/0/value"),
    "a number that is none": ([bars(points(value=float("inf")))], "/blocks/0/chart/series/0/data/0/value"),
    "a point without a category": ([bars(points(2), categories=["A"])], "/blocks/0/chart/series/0/data"),
    "an id twice, once in a container": (
        [section(block_id="b"), folded(child_blocks=[section(block_id="b")])],
        "/blocks/1/child_blocks/0/block_id",
    ),
    "a folded part that can't be opened": (
        [folded(is_collapsible=False, default_collapsed=True)],
        "/blocks/0/default_collapsed",
    ),
    "no block at all": ([{}], "/blocks/0/type"),
    "no object": (["text"], "/blocks/0"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", WRONG)
def test_a_refusal_points_at_what_is_wrong(name: str) -> None:
    blocks, pointer = WRONG[name]
    with pytest.raises(Refused) as refused:
        check_message("fallback", blocks)
    assert refused.value.code == "invalid_blocks"
    assert any(f"[json-pointer:{pointer}]" in detail for detail in refused.value.details), refused.value.details


def test_the_pointer_comes_with_the_limit() -> None:
    with pytest.raises(Refused) as refused:
        check_message("fallback", [section(3001)])
    assert refused.value.body() == {
        "ok": False,
        "error": "invalid_blocks",
        "response_metadata": {
            "messages": ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
        },
    }


@pytest.mark.parametrize(
    ("text", "blocks", "most", "code"),
    [
        (None, None, 40_000, "no_text"),
        ("  ", None, 40_000, "no_text"),
        (None, [section()], 40_000, "no_text"),
        ("x" * 40_001, None, 40_000, "msg_too_long"),
        ("x" * 4_001, None, 4_000, "msg_too_long"),
        ("x", [section(2600) for _ in range(5)] + [section()], 40_000, "msg_blocks_too_long"),
        ("x", "[{}]", 40_000, "invalid_blocks_format"),
    ],
)
def test_a_message_that_is_too_much_or_too_little_is_refused(text: Any, blocks: Any, most: int, code: str) -> None:
    with pytest.raises(Refused, match=f"^[(]'{code}'|^{code}$"):
        check_message(text, blocks, most_text=most)


def test_the_longest_message_is_taken() -> None:
    check_message("x" * 40_000, [section(2600) for _ in range(5)])


def test_blocks_without_a_fallback_are_told_what_is_missing() -> None:
    with pytest.raises(Refused) as refused:
        check_message("", [section()])
    assert "screen readers" in refused.value.details[0]


def test_a_modal_with_an_input_needs_a_submit() -> None:
    view = {"type": "modal", "title": plain(1), "blocks": [entry()]}
    with pytest.raises(Refused, match="needs a submit"):
        check_view(view)
    check_view({**view, "submit": plain(1)})


def test_a_home_tab_has_no_submit() -> None:
    with pytest.raises(Refused, match="'submit' of a home view"):
        check_view({"type": "home", "blocks": [section()], "submit": plain(1)}, "home")


def test_a_view_of_more_than_250_kb_is_too_large() -> None:
    with pytest.raises(Refused, match="view_too_large"):
        check_view({"type": "modal", "title": plain(1), "blocks": [section(3000) for _ in range(90)]})

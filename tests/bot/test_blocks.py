"""Whatever a card holds, the message made of it is one Slack takes; and no more of it is cut than must be."""

import json
import math
import re
from decimal import Decimal
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.render.blockkit import CUT, PICK, message, plain
from bot.render.fallback import NEW, TYPED, basic, known
from bot.render.view import (
    Actions,
    Alert,
    Button,
    Chart,
    Confirm,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Link,
    Menu,
    Option,
    Part,
    Pie,
    Radio,
    Select,
    Series,
    Small,
    Style,
    Table,
    Text,
    View,
    escape,
)
from tests.slack.schema import faults

# The strict reader: Slack's limits, written down a second time


def characters(node: Any) -> int:
    """All that can be read in the blocks."""
    if isinstance(node, list):
        return sum(map(characters, node))
    if not isinstance(node, dict):
        return 0
    if node.get("type") in ("plain_text", "mrkdwn", "raw_text"):
        return len(node["text"])
    return sum(map(characters, node.values()))


def check_text(node: dict[str, Any], kind: str, most: int) -> None:
    assert node["type"] == kind
    assert set(node) == ({"type", "text", "verbatim"} if kind == "mrkdwn" else {"type", "text"})
    text = node["text"]
    assert 1 <= len(text) <= most
    assert text.strip()
    if kind == "plain_text":
        assert "\n" not in text
    else:
        assert node["verbatim"] is True


def check_option(option: dict[str, Any]) -> None:
    assert {"text", "value"} <= set(option) <= {"text", "value", "description"}
    check_text(option["text"], "plain_text", 75)
    assert 1 <= len(option["value"]) <= 150
    if "description" in option:
        check_text(option["description"], "plain_text", 75)


def check_element(element: dict[str, Any]) -> None:
    assert 1 <= len(element["action_id"]) <= 255
    match element["type"]:
        case "button":
            allowed = {"type", "text", "action_id", "value", "style", "accessibility_label", "confirm", "url"}
            assert 1 <= len(element.get("url", "u")) <= 3_000
            assert set(element) <= allowed
            check_text(element["text"], "plain_text", 75)
            assert 1 <= len(element.get("value", "v")) <= 2_000
            assert 1 <= len(element.get("accessibility_label", "l")) <= 75
            assert element.get("style", "primary") in ("primary", "danger")
            if confirm := element.get("confirm"):
                for name, most in {"title": 100, "text": 300, "confirm": 30, "deny": 30}.items():
                    check_text(confirm[name], "plain_text", most)
                style = {"style": "danger"} if element.get("style") == "danger" else {}
                assert {name: confirm[name] for name in confirm.keys() - {"title", "text", "confirm", "deny"}} == style
        case "static_select" | "radio_buttons" as kind:
            assert set(element) <= {"type", "action_id", "options", "placeholder", "initial_option"}
            assert 1 <= len(element["options"]) <= (100 if kind == "static_select" else 10)
            for option in element["options"]:
                check_option(option)
            assert element.get("initial_option", element["options"][0]) in element["options"]
            if kind == "static_select":
                check_text(element["placeholder"], "plain_text", 150)
            else:
                assert "placeholder" not in element
        case "overflow":
            assert set(element) == {"type", "action_id", "options"}
            assert 1 <= len(element["options"]) <= 5
            for option in element["options"]:
                check_option(option)
        case "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                assert {"text", "value"} <= set(element[side]) <= {"text", "value", "accessibility_label"}
                check_text(element[side]["text"], "plain_text", 75)
                assert 1 <= len(element[side].get("accessibility_label", "l")) <= 75
        case other:
            pytest.fail(f"no such element: {other}")


FOLDED = ("section", "context", "divider", "header", "actions", "table")


def check_chart(block: dict[str, Any]) -> None:
    chart = block["chart"]
    assert set(block) <= {"type", "block_id", "title", "chart"}
    assert 1 <= len(block["title"]) <= 50
    if chart["type"] == "pie":
        assert set(chart) == {"type", "segments"}
        assert 1 <= len(chart["segments"]) <= 6
        points = chart["segments"]
        assert all(point["value"] >= 0 for point in points)
    else:
        assert chart["type"] in ("bar", "line")
        assert set(chart) == {"type", "series", "axis_config"}
        categories = chart["axis_config"]["categories"]
        assert set(chart["axis_config"]) <= {"categories", "x_label", "y_label"}
        assert all(1 <= len(chart["axis_config"].get(axis, "a")) <= 50 for axis in ("x_label", "y_label"))
        assert 1 <= len(categories) <= 20
        assert len(set(categories)) == len(categories)
        assert 1 <= len(chart["series"]) <= 6
        assert len({series["name"] for series in chart["series"]}) == len(chart["series"])
        for series in chart["series"]:
            assert 1 <= len(series["name"]) <= 20
            assert [point["label"] for point in series["data"]] == categories
        points = [point for series in chart["series"] for point in series["data"]]
    for point in points:
        assert set(point) == {"label", "value"}
        assert 1 <= len(point["label"]) <= 20
        assert isinstance(point["value"], int | float)
        assert math.isfinite(point["value"])


def check_block(block: dict[str, Any]) -> None:
    match block["type"]:
        case "header":
            check_text(block["text"], "plain_text", 150)
        case "divider":
            assert set(block) <= {"type", "block_id"}
        case "section":
            assert ("text" in block) != ("fields" in block)
            if "text" in block:
                check_text(block["text"], "mrkdwn", 3_000)
            assert 1 <= len(block.get("fields", [0])) <= 10
            for field in block.get("fields", []):
                check_text(field, "mrkdwn", 2_000)
        case "context":
            assert 1 <= len(block["elements"]) <= 10
            for text in block["elements"]:
                check_text(text, "mrkdwn", 2_000)
        case "actions":
            assert 1 <= len(block["elements"]) <= 25
            for element in block["elements"]:
                check_element(element)
            ids = [element["action_id"] for element in block["elements"]]
            assert len(set(ids)) == len(ids)
            assert sum(element.get("style") == "primary" for element in block["elements"]) <= 1
        case "container":
            check_text(block["title"], "plain_text", 150)
            check_text(block.get("subtitle", block["title"]), "plain_text", 150)
            assert 1 <= len(block["child_blocks"]) <= 10
            for child in block["child_blocks"]:
                assert child["type"] in FOLDED
                check_block(child)
        case "table":
            width = len(block["rows"][0])
            assert 1 <= len(block["rows"]) <= 100
            assert 1 <= width <= 20
            assert all(len(row) == width for row in block["rows"])
            assert all(cell["text"] for row in block["rows"] for cell in row)
            assert len(block["column_settings"]) == width
        case "data_visualization":
            check_chart(block)
        case "context_actions":
            assert 1 <= len(block["elements"]) <= 5
            for element in block["elements"]:
                check_element(element)
        case other:
            pytest.fail(f"no such block: {other}")


def every(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for block in blocks for one in (block, *every(block.get("child_blocks", [])))]


def check_blocks(blocks: list[dict[str, Any]]) -> None:
    assert len(every(blocks)) <= 50
    assert characters(blocks) <= 12_000
    of = [block["type"] for block in every(blocks)]
    assert of.count("data_visualization") <= 2
    assert of.count("table") <= 1
    for block in blocks:
        check_block(block)
        if block["type"] != "data_visualization":  # the SDK has no class for it
            parsed = Block.parse(block)
            assert parsed is not None
            assert parsed.to_dict() == block  # validates, and knows every key of it
    json.dumps(blocks, ensure_ascii=False, allow_nan=False).encode()


def check(sent: dict[str, Any]) -> None:
    assert set(sent) == {"text", "blocks"}
    assert 1 <= len(sent["text"]) <= 3_900
    assert sent["text"].strip()
    assert not LIVE.search(sent["text"])
    sent["text"].encode()
    ids = [block["block_id"] for block in every(sent["blocks"])]
    assert len(set(ids)) == len(ids)
    assert all(1 <= len(one) <= 255 for one in ids)
    check_blocks(sent["blocks"])
    assert faults(sent["blocks"]) == []
    for less in (known, basic):
        check_blocks(less(sent["blocks"]))
        assert not {block["type"] for block in less(sent["blocks"])} & NEW


LIVE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")


def texts(sent: dict[str, Any]) -> list[str]:
    """Every mrkdwn text, in reading order."""
    out = []
    for block in every(sent["blocks"]):
        if block["type"] in ("section", "context"):
            nodes = [block["text"]] if "text" in block else block.get("fields") or block["elements"]
            out += [node["text"] for node in nodes]
    return out


def kinds(sent: dict[str, Any]) -> list[str]:
    return [block["type"] for block in sent["blocks"]]


def send(*parts: Part, summary: str = "A card.") -> dict[str, Any]:
    sent = message(View(parts, summary), "k")
    check(sent)
    return sent


# Hostile cards

PIECES = [
    *(
        "<!channel>",
        "<!here|x>",
        "<@U1>",
        "<https://x.test/?a=1&amp;b=2|a link>",
        "<",
        "<" * 3_000,
        "&",
        "&amp;",
        "&lt;",
    ),
    *(
        "a.b",
        "Done. ",
        "\n",
        "\n\n",
        " ",
        "*bold* ",
        "_it_ ",
        "```code```",
        "> ",
        "。",
        "word",
        "x" * 700,
        "é",
        "漢" * 40,
    ),
    *(
        "שלום",
        "\u202e",
        "\u200b",
        "\u200d",
        "👩‍💻",
        "🏳️‍🌈",
        "\x00",
        "\t",
        "\r\n",
        "\ud83d",
        "\u2028",
        "\u00a0",
        "e\u0301",
    ),
]
SHORT = st.one_of(
    st.text(alphabet=st.characters(), max_size=40), st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
)
LONG = st.builds(
    lambda pieces, n, end: ("".join(pieces) * n)[:15_000] + end,
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5),
    st.sampled_from([7, 100, 3_000]),
    SHORT,
)
HOSTILE = st.one_of(SHORT, SHORT, LONG)
SAFE = HOSTILE.map(escape)
OPTIONS = st.builds(
    lambda text, note, n: tuple(Option(f"{text}{i}", f"o{i}", note) for i in range(n)),
    HOSTILE,
    SHORT,
    st.sampled_from([1, 2, 10, 11, 99, 100, 101]),
)
CHOSEN = st.sampled_from(["", "o0", "o10", "o99", "o100", "other"])
BUTTON = st.builds(
    Button,
    HOSTILE,
    st.just("id"),
    st.sampled_from(["", "v", "v" * 2_000]),
    st.sampled_from(get_args(Style)),
    HOSTILE,
    st.none() | st.builds(Confirm, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
)
ELEMENT = st.one_of(
    BUTTON,
    BUTTON,
    st.builds(Link, HOSTILE, st.just("id"), st.just("https://x.test/"), HOSTILE),
    st.builds(Menu, st.just("id"), HOSTILE, OPTIONS),
    st.builds(Select, st.just("id"), HOSTILE, OPTIONS, CHOSEN),
    st.builds(Radio, st.just("id"), OPTIONS, CHOSEN),
)


def numbered(elements: list[Button | Link | Select | Radio | Menu]) -> Actions:
    made: list[Button | Link | Select | Radio | Menu] = []
    for i, element in enumerate(elements):
        made.append(element._replace(action_id=f"answer:{i}"))
    return Actions(tuple(made))


NUMBER = st.one_of(
    st.integers(-(10**6), 10**6),
    st.decimals(-1000, 1000),
    st.sampled_from([Decimal(x) for x in ("NaN", "1e400", "1e-9")]),
)


def charts(
    kind: Literal["bar", "line"], shape: tuple[int, int], title: str, names: list[str], numbers: list[Any]
) -> Chart:
    many, long = shape
    series = tuple(
        Series(names[i % len(names)], tuple(numbers[(i + j) % len(numbers)] for j in range(long))) for i in range(many)
    )
    return Chart(kind, title, tuple(names[j % len(names)] for j in range(long)), series, title, names[0])


def tables(shape: tuple[int, int], words: list[str]) -> Table:
    wide, long = shape
    rows = [tuple(words[(i + j) % len(words)] for j in range(wide)) for i in range(long + 1)]
    return Table(rows[0], tuple(rows[1:]), (wide - 1,))


SHAPES = st.sampled_from([(1, 1), (2, 3), (6, 20), (7, 2), (2, 21), (20, 33)])
PICTURE = st.one_of(
    st.builds(
        charts,
        st.sampled_from(["bar", "line"]),
        SHAPES,
        SHORT,
        st.lists(SHORT, min_size=1, max_size=9),
        st.lists(NUMBER, min_size=1, max_size=5),
    ),
    st.builds(Pie, SHORT, st.lists(st.tuples(SHORT, NUMBER), max_size=8).map(tuple)),
    st.builds(tables, SHAPES, st.lists(SHORT, min_size=1, max_size=3)),
)
THUMB = st.builds(Option, HOSTILE, st.sampled_from(["y", "n"]), HOSTILE)


def parts(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[Part]]:
    plain: st.SearchStrategy[Part] = st.one_of(
        st.builds(Text, words),
        st.builds(Small, words),
        st.builds(Facts, st.lists(st.tuples(words, words), max_size=12).map(tuple)),
        st.builds(Header, HOSTILE),
        st.just(Divider()),
        st.lists(ELEMENT, max_size=4).map(numbered),
        PICTURE,
        st.builds(Feedback, st.just("id"), THUMB, THUMB),
        st.builds(Alert, words, st.just("info")),
    )
    folded = st.builds(Folded, HOSTILE, st.lists(plain, max_size=4).map(tuple), SHORT)
    twice = st.builds(Folded, SHORT, st.lists(folded, max_size=2).map(tuple))
    return st.lists(st.one_of(plain, plain, folded, twice), max_size=12)


@given(parts(HOSTILE), HOSTILE, SHORT)
def test_slack_takes_every_card_even_one_nobody_escaped(made: list[Part], summary: str, key: str) -> None:
    check(message(View(tuple(made), summary), key.encode(errors="ignore").decode()))


@given(parts(SAFE), SAFE)
def test_no_mention_link_or_half_entity_comes_out_of_escaped_text(made: list[Part], summary: str) -> None:
    sent = message(View(tuple(made), summary))
    check(sent)
    assert not [text for text in texts(sent) if LIVE.search(text)]


@given(parts(SHORT.map(escape)), st.sampled_from([3, 20]))
def test_what_can_be_clicked_and_every_heading_stay_in_the_longest_card(made: list[Part], times: int) -> None:
    soft = [part for part in made if isinstance(part, Text | Small | Facts | Divider | Chart | Pie | Table)]
    fixed = [part for part in made if isinstance(part, Actions | Header)][:6]
    sent = message(View((*soft * times, *fixed, *soft * times), "s"))
    check(sent)
    alone = message(View(tuple(fixed), "s"))
    for kind in ("actions", "header"):
        assert kinds(sent).count(kind) == kinds(alone).count(kind)
    assert ids(sent) == ids(alone)


def ids(sent: dict[str, Any]) -> list[str]:
    clickable = [block["elements"] for block in sent["blocks"] if block["type"] == "actions"]
    return [element["action_id"] for elements in clickable for element in elements]


@pytest.mark.parametrize("piece", PIECES)
def test_slack_takes_a_hundred_thousand_characters_of_anything(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    for words in (text, escape(text)):
        every = Actions((Button(words, "a", confirm=Confirm(words, words, words, words)),))
        send(Header(words), Text(words), Small(words), Facts(((words, words),)), every, summary=words)


TOKEN = re.compile(r"<https://x\.test/[^<>|]*\|[^<>|]*>|&(?:amp|lt|gt);")
LINKED = st.lists(
    st.one_of(
        st.integers(0, 1_950).map(lambda n: f"<https://x.test/?a&amp;b|{'li nk. ' * (n // 7)}>"),
        st.sampled_from(["&amp;", "&lt;", "&gt;"]).flatmap(lambda e: st.integers(1, 900).map(lambda n: e * n)),
        st.sampled_from([" ", "\n", "\n\n", ". ", "w" * 999, "some words "]),
    ),
    max_size=30,
).map("".join)


@given(LINKED, st.sampled_from([Text, Small, lambda text: Facts((("l", text),))]))
def test_a_link_or_entity_is_whole_or_gone(text: str, kind: Any) -> None:
    for shown in texts(send(kind(text))):
        assert not re.search("[<>&]", TOKEN.sub("", shown))


def test_a_link_too_long_for_any_block_is_ordinary_text() -> None:
    link = f"<https://x.test|{'a' * 1_983}>"
    assert (len(link), texts(send(Small("b " + link)))) == (2_000, ["b", link])
    longer = f"<https://x.test|{'a' * 1_984}>"
    assert texts(send(Small("b " + longer)))[0] == ("b " + longer)[:2_000]
    assert texts(send(Small(longer * 3)))[0] == longer[:2_000]


@given(st.lists(st.sampled_from(["word", "A sentence.", "&amp;", "\n", "\n\n", "x" * 80]), max_size=400))
def test_a_long_text_runs_on_without_losing_a_word(words: list[str]) -> None:
    text = " ".join(words)[:11_900]
    for part in (Text(text), Small(text)):
        assert " ".join(texts(send(part))).split() == text.split()


# At each limit and one over it


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a" * 2_000 + "\n\n" + "b" * 900 + "\n", "c" * 600),
        ("a" * 2_000 + "\n" + "b. " * 300, "c" * 600),
        ("a" * 2_000 + ". " + "b " * 400, "c" * 600),
        ("a" * 2_990 + " ", "c" * 600),
        ("漢" * 2_000 + "。", "字" * 2_000),
    ],
)
def test_a_text_is_cut_at_a_paragraph_before_a_line_before_a_sentence_before_a_word(before: str, after: str) -> None:
    first = texts(send(Text(before + after)))[0]
    mark = next(mark for mark in ("\n\n", "\n", ". ", "。", " ") if mark in before)
    assert first == before[: before.rindex(mark) + len(mark.rstrip())].rstrip()


def test_a_section_holds_three_thousand_characters_and_not_one_more() -> None:
    assert texts(send(Text("a" * 3_000))) == ["a" * 3_000]
    assert texts(send(Text("a" * 3_001))) == ["a" * 3_000, "a"]


def test_small_print_over_two_thousand_characters_goes_on_in_a_further_element() -> None:
    assert kinds(send(Small("a" * 2_000))) == kinds(send(Small("a" * 2_001))) == ["context"]
    assert texts(send(Small("a" * 2_001))) == ["a" * 2_000, "a"]


def test_the_eleventh_fact_goes_into_a_further_section() -> None:
    assert kinds(send(Facts((("l", "v"),) * 10))) == ["section"]
    assert kinds(send(Facts((("l", "v"),) * 11))) == ["section"] * 2


def test_a_fact_is_a_bold_label_over_its_value() -> None:
    rows = (("Data", "1,200"), ("", "alone"), ("Empty", ""), ("", " "), ("*", "v" * 2_001))
    assert texts(send(Facts(rows))) == ["*Data*\n1,200", "alone", "*Empty*", "***\n" + "v" * 1_995 + "…"]


def test_a_twenty_sixth_button_goes_into_a_further_block() -> None:
    buttons = [Button(str(i), f"a{i}") for i in range(26)]
    assert kinds(send(Actions(tuple(buttons[:25])))) == ["actions"]
    assert kinds(send(Actions(tuple(buttons)))) == ["actions"] * 2


def test_a_heading_is_one_line_of_at_most_150_characters() -> None:
    for text, shown in [("a\n b", "a b"), ("a" * 150, "a" * 150), ("a" * 151, "a" * 149 + "…")]:
        assert send(Header(text))["blocks"][0]["text"]["text"] == shown


def test_labels_are_cut_with_an_ellipsis_and_never_empty() -> None:
    button = Button("b" * 76, "a", label="l" * 76, confirm=Confirm("t" * 101, "x" * 301, "y" * 31, "\u200b"))
    select = Select("s", "p" * 151, (Option("o" * 76, "v" * 150, "d" * 76), Option("", "w")))
    made, chosen = send(Actions((button, select)))["blocks"][0]["elements"]
    assert (made["text"]["text"], made["accessibility_label"]) == ("b" * 74 + "…", "l" * 74 + "…")
    assert {name: text["text"] for name, text in made["confirm"].items()} == {
        "title": "t" * 99 + "…",
        "text": "x" * 299 + "…",
        "confirm": "y" * 29 + "…",
        "deny": "…",
    }
    assert chosen["placeholder"]["text"] == "p" * 149 + "…"
    assert [option["text"]["text"] for option in chosen["options"]] == ["o" * 74 + "…", "…"]
    assert chosen["options"][0]["description"]["text"] == "d" * 74 + "…"


def test_what_is_empty_is_left_out() -> None:
    blank = (Text(" \n"), Small("\u200b"), Facts(()), Facts((("", ""),)), Header("\n"), Actions(()))
    assert send(*blank)["blocks"] == []
    button = send(Actions((Button("b", "a", label="\u200b"),)))["blocks"][0]["elements"][0]
    assert set(button) == {"type", "text", "action_id"}


def test_a_card_of_exactly_twelve_thousand_characters_or_fifty_blocks_is_left_alone() -> None:
    assert texts(send(*[Text("a" * 3_000)] * 4)) == ["a" * 3_000] * 4
    assert kinds(send(*(Text("a"), Divider()) * 25)) == ["section", "divider"] * 25
    buttons = Actions(tuple(Button(str(i), f"a{i}") for i in range(25)))  # could hold far more than they do
    assert texts(send(buttons, *[Text("a" * 2_000)] * 5)) == ["a" * 2_000] * 5


# Over the budget


def test_the_longest_text_is_shortened_first_and_the_last_line_says_so() -> None:
    sent = send(Header("h"), Text("short"), Text("A long one. " * 5_000), Facts((("Cost", "$12"),)), Small("end"))
    shown = texts(sent)
    assert shown[0] == "short"
    assert shown[-3:] == ["*Cost*\n$12", "end", CUT]
    assert shown[-4].endswith("one.…")
    assert characters(sent["blocks"]) > 11_950


def test_texts_of_one_length_are_shortened_alike() -> None:
    *shown, last = texts(send(*[Text("word " * 600)] * 4, Small("word " * 600)))
    lengths = [sum(map(len, shown[:4])) // 4, *map(len, shown[:4]), sum(map(len, shown[4:]))]
    assert last == CUT
    assert max(lengths) - min(lengths) <= 5
    assert min(lengths) > 2_390


def test_over_fifty_blocks_neighbouring_texts_are_joined_and_dividers_left_out_before_a_word_is_lost() -> None:
    sent = send(*(Text("one"), Divider(), Text("two")) * 20, Small("end"))
    assert kinds(sent) == ["section", "context"]
    assert texts(sent) == ["\n\n".join(["one", "two"] * 20), "end"]


def test_the_last_of_too_many_blocks_go_and_the_buttons_below_stay() -> None:
    sent = send(*(Text("one"), Small("two")) * 40, Actions((Button("b", "a"),)))
    assert kinds(sent) == ["section", "context"] * 24 + ["actions", "context"]
    assert texts(sent)[-1] == CUT


def test_ten_thousand_lines_are_a_readable_beginning_and_not_ten_thousand_dots() -> None:
    assert "line 1\n\nline 2" in texts(send(*[Text(f"line {i}") for i in range(10_000)]))[0]
    assert texts(send(Facts(tuple((f"l{i}", "v" * 9) for i in range(10_000)))))[0] == "*l0*\n" + "v" * 9
    assert texts(send(*[part for i in range(5_000) for part in (Text(f"line {i}"), Small("s"))]))[0] == "line 0"


def test_a_split_that_makes_too_many_blocks_costs_the_last_of_them() -> None:
    sent = send(Actions(tuple(Button("b", f"a{i}") for i in range(25 * 45))), *(Text("a" * 5_000), Small("b")) * 3)
    assert kinds(sent).count("actions") == 45
    assert len(sent["blocks"]) == 50
    assert texts(sent)[-1] == CUT


def test_the_last_line_has_a_block_even_when_the_rest_would_take_all_fifty() -> None:
    sent = send(Actions(tuple(Button("b", f"a{i}") for i in range(25 * 46))), Text("a" * 20_000))
    assert kinds(sent) == ["actions"] * 46 + ["section"] * 3 + ["context"]
    assert texts(sent)[-1] == CUT


def test_fifty_blocks_of_headings_leave_no_room_even_for_the_last_line() -> None:
    assert kinds(send(*[Header("h")] * 50, Text("a"))) == ["header"] * 50


def test_labels_give_way_to_text_only_beyond_nine_thousand_characters() -> None:
    options = tuple(Option("o" * 75, f"v{i}", "d" * 75) for i in range(100))
    lists = Actions((Select("one", "p", options), Select("two", "p", options, "v99")))
    sent = send(Text("The question."), Text("t" * 5_000), lists)
    assert texts(sent)[0] == "The question."
    assert texts(sent)[-1] == CUT
    assert 8_000 < characters(sent["blocks"][-2]) <= 9_000
    asks = [Button("b" * 75, f"a{i}", confirm=Confirm("t" * 100, "x" * 300, "y" * 30, "n" * 30)) for i in range(25)]
    assert texts(send(Actions(tuple(asks)))) == [CUT]
    alone = send(lists)
    assert 11_000 < characters(alone["blocks"][0]) < 12_000
    assert texts(alone) == [CUT]


@pytest.mark.parametrize(
    "wrong",
    [
        Actions((Button("a", "same"), Button("b", "same"))),
        Actions((Button("a", ""),)),
        Actions((Button("a", "i" * 256),)),
        Actions((Button("a", "i", "v" * 2_001),)),
        Actions((Select("a", "p", ()),)),
        Actions((Radio("a", (Option("o", "v" * 151),)),)),
        Actions((Radio("a", (Option("o", ""),)),)),
    ],
)
def test_what_cannot_be_cut_without_meaning_something_else_is_an_error(wrong: Actions) -> None:
    with pytest.raises(ValueError, match=r"action_id|id or value|no options"):
        message(View((wrong,), "s"))


def test_more_headings_or_labels_than_a_message_holds_is_an_error() -> None:
    with pytest.raises(ValueError, match="51 blocks"):
        message(View((Header("h"),) * 51, "s"))
    options = tuple(Option("oo", f"v{i}") for i in range(100))
    lists = Actions(tuple(Select(f"s{i}", "p", options) for i in range(120)))
    with pytest.raises(ValueError, match="12120 labels"):
        message(View((lists,), "s"))


# Choices and buttons


def test_the_yes_to_what_destroys_is_drawn_as_a_danger_and_no_other() -> None:
    """Without a style Slack draws it in green."""
    sure = Confirm("Sure?", "It is gone then.", "Yes", "No")
    styles: tuple[Style, ...] = ("danger", "", "primary")
    made = send(Actions(tuple(Button("b", f"a{i}", style=style, confirm=sure) for i, style in enumerate(styles))))
    asked = [element["confirm"] for element in made["blocks"][0]["elements"]]
    assert [confirm.get("style", "") for confirm in asked] == ["danger", "", ""]


def test_only_the_first_primary_button_keeps_its_style() -> None:
    styles: list[Style] = ["", "primary", "danger", "primary", "danger"]
    made = send(Actions(tuple(Button("b", f"a{i}", style=style) for i, style in enumerate(styles))))
    assert [e.get("style", "") for e in made["blocks"][0]["elements"]] == ["", "primary", "danger", "", "danger"]


def test_ten_options_are_radio_buttons_and_eleven_a_list() -> None:
    options = tuple(Option(str(i), f"v{i}") for i in range(11))
    few, many = send(Actions((Radio("few", options[:10], "v3"), Radio("many", options, "v3"))))["blocks"][0]["elements"]
    assert (few["type"], many["type"]) == ("radio_buttons", "static_select")
    assert few["initial_option"] == many["initial_option"] == few["options"][3]
    assert many["placeholder"]["text"] == PICK


def test_of_a_hundred_and_one_options_the_chosen_one_is_kept() -> None:
    options = tuple(Option(str(i), f"v{i}") for i in range(101))
    for chosen, last in [("", "v99"), ("v5", "v99"), ("v100", "v100"), ("gone", "v99")]:
        element = send(Actions((Select("s", "p", options, chosen),)))["blocks"][0]["elements"][0]
        assert len(element["options"]) == 100
        assert element["options"][-1]["value"] == last
        assert element.get("initial_option", {"value": chosen})["value"] == chosen


def test_block_ids_are_the_key_and_the_place() -> None:
    sent = message(View((Text("a"), Divider(), Text("b")), "s"), "card:7")
    assert [block["block_id"] for block in sent["blocks"]] == ["card:7.0", "card:7.1", "card:7.2"]
    assert message(View((Text("a"),), "s"))["blocks"][0]["block_id"] == "0.0"
    check(message(View((Text("a"),) * 50, "s"), "k" * 300))


def test_no_bare_word_in_a_text_becomes_a_mention() -> None:
    sent = send(Text("@here"), Small("#general"), Facts((("a", "@U1"),)))
    assert '"verbatim": false' not in json.dumps(sent)
    assert json.dumps(sent).count('"verbatim": true') == 3


# The fallback


@pytest.mark.parametrize(
    ("mrkdwn", "words"),
    [
        ("Gate 1 of 4", "Gate 1 of 4"),
        ("*Not yet*: _two_ ~old~ `gaps`", "Not yet: two old gaps"),
        ("*_both_*", "both"),
        ("eval_pairs and gold_set, 2*3*4, ~500 to ~5k", "eval_pairs and gold_set, 2*3*4, ~500 to ~5k"),
        ("<https://x.test|the guide>, <https://x.test>", "the guide, https://x.test"),
        ("<!channel> <@U1> <#C1|data> <!date^1^{date}|today>", "channel U1 data today"),
        ("> quoted\n> twice", "quoted\ntwice"),
        ("&lt;!channel&gt; &amp; <", "&lt;!channel&gt; &amp; &lt;"),
        ("a & b > c", "a &amp; b &gt; c"),
        ("```\nx = 1\n```", "x = 1"),
        ("\u200b\u202e \n", ""),
    ],
)
def test_plain_text_is_the_words_without_the_markup(mrkdwn: str, words: str) -> None:
    assert plain(mrkdwn) == words


@given(HOSTILE)
def test_nothing_in_plain_text_pings_anyone(text: str) -> None:
    assert not LIVE.search(plain(text))


def test_the_fallback_is_the_summary_or_else_the_first_words_of_the_card() -> None:
    assert send(Text("t"), summary="*Verdict*: <!here> no")["text"] == "Verdict: here no"
    assert send(Divider(), Text("\u200b"), Header("h"), Text("t"), summary=" ")["text"] == "h"
    assert send(summary="")["text"] == "…"
    assert send(summary="&amp;" * 2_000)["text"] == "&amp;" * 779 + "…"


# The second try


def test_the_second_try_keeps_text_and_buttons_and_says_how_else_to_answer() -> None:
    choice = Radio("r", (Option("o", "v"),))
    sent = send(
        Header("h"), Text("t"), Facts((("a", "b"),)), Actions((Button("b", "x"), choice)), Divider(), Small("s")
    )
    again = basic([*sent["blocks"], {"type": "table", "rows": []}, *send(Actions((choice,)))["blocks"]])
    assert [block["type"] for block in again] == [*kinds(sent)[:4], "context", "divider", "context"]
    assert [element["type"] for element in again[3]["elements"]] == ["button"]
    assert again[4]["elements"][0]["text"] == TYPED


def test_the_second_try_drops_images_accessories_and_what_they_leave_empty() -> None:
    text = {"type": "mrkdwn", "text": "t"}
    image = {"type": "image", "image_url": "https://x.test", "alt_text": "a"}
    assert basic(
        [
            {"type": "section", "block_id": "1", "text": text, "accessory": image, "expand": True},
            {"type": "section", "block_id": "2", "accessory": image},
            {"type": "context", "block_id": "3", "elements": [image, text]},
            {"type": "context", "block_id": "4", "elements": [image]},
        ]
    ) == [
        {"type": "section", "block_id": "1", "text": text},
        {"type": "context", "block_id": "3", "elements": [text]},
    ]


def test_the_second_try_leaves_the_message_it_was_given_as_it_was() -> None:
    blocks = send(Text("t"), Actions((Button("b", "x"), Radio("r", (Option("o", "v"),)))))["blocks"]
    before = json.dumps(blocks)
    basic(blocks)
    assert json.dumps(blocks) == before


def test_the_hint_of_the_second_try_is_the_first_to_go_where_there_is_no_room() -> None:
    mixed = Actions((Button("b", "x"), Radio("r", (Option("o", "v"),))))
    full = send(*[Divider()] * 49, mixed)["blocks"]
    assert [block["type"] for block in basic(full)] == ["divider"] * 49 + ["actions"]
    long = send(*[Text("a" * 2_999)] * 4, mixed)["blocks"]
    assert [block["type"] for block in basic(long)] == ["section"] * 4 + ["actions"]

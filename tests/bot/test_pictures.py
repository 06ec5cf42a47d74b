"""Pictures, folded parts and menus as Slack takes them; what it would not take is there in words."""

import json
from decimal import Decimal
from typing import Any

import pytest

from bot.render.blockkit import home, message, modal, plain
from bot.render.fallback import basic, known
from bot.render.view import (
    Actions,
    Alert,
    Button,
    Chart,
    Divider,
    Feedback,
    Folded,
    Link,
    Menu,
    Modal,
    Option,
    Part,
    Pie,
    Series,
    Table,
    Text,
    TextInput,
    View,
)
from tests.slack.schema import faults

MONEY = Chart("bar", "Costs", ("Today", "Tuned"), (Series("Model", (30_000, Decimal("4875.50"))),), y="USD a year")
FAILS = Pie("What fails", (("Tone", 3), ("Facts & figures", 1)))
YEARS = Table(("Year", "Costs", "Why"), (("1", "$14,000", "labels"), ("2", "$4,800", "")), (1,))
RATED = Feedback("report:rated", Option("Good", "up", "This helped"), Option("Bad", "down"))


def send(*parts: Part, summary: str = "A card.") -> dict[str, Any]:
    sent = message(View(parts, summary), "k")
    for blocks in (sent["blocks"], known(sent["blocks"]), basic(sent["blocks"])):
        assert faults(blocks) == []
    return sent


def kinds(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["type"] for block in blocks]


def words(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section"]


def test_what_a_picture_says_stands_in_the_message_s_text_below_its_summary() -> None:
    sent = send(MONEY, FAILS, summary="*Not yet*: costs")
    assert kinds(sent["blocks"]) == ["data_visualization"] * 2
    assert sent["text"].split("\n") == [
        "Not yet: costs",
        "Costs (USD a year)",
        "Model: Today = 30,000; Tuned = 4,875.5",
        "What fails",
        "Tone = 3; Facts &amp; figures = 1",
    ]


def test_a_long_summary_gives_way_to_what_the_picture_says() -> None:
    sent = send(MONEY, summary="word " * 1_000)
    assert sent["text"].endswith("Tuned = 4,875.5")
    assert len(sent["text"]) <= 3_900


def test_the_words_are_those_of_the_block_and_so_can_t_say_anything_else() -> None:
    (block,) = send(MONEY)["blocks"]
    block["chart"]["series"][0]["data"][0]["value"] = 31_000
    assert "Today = 31,000" in words(known([block]))[0]


def test_a_third_chart_is_words_and_so_is_one_that_is_folded_or_in_a_dialog_or_on_home() -> None:
    told = "*What fails*\nTone = 3; Facts &amp; figures = 1"
    sent = send(MONEY, FAILS, FAILS)
    assert (kinds(sent["blocks"])[2], words(sent["blocks"])) == ("section", [told])
    (folded,) = send(Folded("Why", (FAILS,)))["blocks"]
    assert words(folded["child_blocks"]) == [told]
    assert words(modal(Modal("t", (FAILS,), "c"))["blocks"]) == [told]
    assert words(home(View((FAILS,), "s"))["blocks"]) == [told]


@pytest.mark.parametrize(
    "undrawn",
    [
        Chart("bar", "c", ("a",), tuple(Series(str(n), (n,)) for n in range(7))),
        Chart("line", "c", tuple(map(str, range(21))), (Series("s", tuple(range(21))),)),
        Chart("bar", "c", ("a", "b"), (Series("s", (1, Decimal("NaN"))),)),
        Chart("bar", "c", ("a",), (Series("s", (10**15,)),)),
        Chart("bar", "c", (), ()),
        Pie("c", tuple((str(n), n) for n in range(7))),
        Pie("c", (("a", 2), ("b", -1))),
        Pie("c", (("a", 0),)),
    ],
)
def test_a_chart_that_slack_would_refuse_is_words_with_every_number_in_them(undrawn: Chart | Pie) -> None:
    (block,) = send(undrawn)["blocks"]
    assert block["type"] == "section"
    values = (
        [v for s in undrawn.series for v in s.values] if isinstance(undrawn, Chart) else [v for _, v in undrawn.shares]
    )
    for value in values:
        finite = Decimal(value).is_finite() and value < 10**15
        assert f"= {value:,}" in block["text"]["text"] if finite else "= –" in block["text"]["text"]


def test_categories_that_are_cut_stay_different() -> None:
    long = "a category whose name is long"
    (block,) = send(Chart("bar", "c", (long, f"{long} too", ""), (Series("s", (1, 2, 3)),)))["blocks"]
    categories = block["chart"]["axis_config"]["categories"]
    assert categories == ["a category whose…", "a category whose… 2", "…"]
    assert [point["label"] for point in block["chart"]["series"][0]["data"]] == categories


def test_a_series_has_a_value_for_each_category_and_a_table_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match=r"zip\(\)"):
        send(Chart("bar", "c", ("a", "b"), (Series("s", (1,)),)))
    for wrong in (Table(("a", "b"), (("1",),)), Table((), ()), Table(tuple("x" * 21), ())):
        with pytest.raises(ValueError, match="columns"):
            send(wrong)


def test_a_table_has_its_figures_on_the_right_and_where_it_is_not_known_a_line_a_row() -> None:
    (block,) = send(YEARS)["blocks"]
    assert [column["align"] for column in block["column_settings"]] == ["left", "right", "left"]
    assert words(known([block])) == ["*1*: Costs $14,000, Why labels\n*2*: Costs $4,800, Why –"]


def test_a_second_table_is_lines_wherever_the_first_one_stands() -> None:
    for first in (YEARS, Folded("In detail", (YEARS,))):
        assert words(send(first, YEARS)["blocks"]) == ["*1*: Costs $14,000, Why labels\n*2*: Costs $4,800, Why –"]


def test_of_too_many_rows_the_last_says_that_there_are_more() -> None:
    (block,) = send(Table(("n",), tuple((str(n),) for n in range(200))))["blocks"]
    assert len(block["rows"]) == 100
    assert [row[0]["text"] for row in (block["rows"][0], block["rows"][-2], block["rows"][-1])] == ["n", "97", "…"]


def test_what_is_folded_is_closed_until_it_is_pressed_unless_it_says_otherwise() -> None:
    closed, opened = send(Folded("Why", (Text("t"),), "a note"), Folded("How", (Text("t"),), opened=True))["blocks"]
    assert (closed["is_collapsible"], closed["default_collapsed"], opened["default_collapsed"]) == (True, True, False)
    assert closed["subtitle"]["text"] == "a note"
    assert [block["block_id"] for block in (closed, *closed["child_blocks"])] == ["k.0", "k.0.0"]


def test_more_than_ten_folded_blocks_go_on_in_a_further_container() -> None:
    blocks = send(Folded("Why", (Text("t"), Divider()) * 11, "a note"))["blocks"]
    assert [(block["title"]["text"], len(block["child_blocks"])) for block in blocks] == [
        ("Why", 10),
        ("Why (2)", 10),
        ("Why (3)", 2),
    ]


def test_what_is_folded_in_what_is_folded_stands_there_under_its_title() -> None:
    (block,) = send(Folded("Why", (Folded("Gate 3", (Text("t"), Actions((Button("b", "a"),)))),)))["blocks"]
    assert kinds(block["child_blocks"]) == ["header", "section", "actions"]


def test_nothing_folded_leaves_nothing_and_no_input_is_folded() -> None:
    assert send(Folded("Why", (Text(" "),)))["blocks"] == []
    with pytest.raises(ValueError, match="nobody would fill it in"):
        modal(Modal("t", (Folded("Why", (TextInput("n", "l"),)),), "c", "Send"))


def test_without_new_blocks_what_was_folded_stands_under_a_heading_and_can_be_pressed() -> None:
    blocks = known(send(Folded("Why", (Text("t"), Actions((Button("b", "a", "v"),))), "a note"))["blocks"])
    assert kinds(blocks) == ["header", "context", "section", "actions"]
    assert blocks[3]["elements"][0]["value"] == "v"


def test_thumbs_become_two_buttons_of_the_same_id_and_value() -> None:
    """Each in a block of its own, whose name begins as the card's do: by it the check is found."""
    blocks = known(send(RATED)["blocks"])
    assert [block["block_id"] for block in blocks] == ["k.0.0", "k.0.1"]
    thumbs = [block["elements"][0] for block in blocks]
    assert [(one["type"], one["action_id"], one["value"]) for one in thumbs] == [
        ("button", "report:rated", "up"),
        ("button", "report:rated", "down"),
    ]
    assert thumbs[0]["accessibility_label"] == "This helped"
    assert kinds(home(View((RATED,), "s"))["blocks"]) == ["actions"] * 2


def test_an_alert_is_a_text_in_a_message_and_what_is_too_long_for_it_goes_on_below() -> None:
    assert kinds(send(Alert("Mind this.", "warning"))["blocks"]) == ["section"]
    alert, rest = modal(Modal("t", (Alert("Mind this. " * 30, "warning"),), "c"))["blocks"]
    assert (alert["type"], alert["level"], rest["type"]) == ("alert", "warning", "section")
    assert f"{alert['text']['text']} {rest['text']['text']}".split() == ("Mind this. " * 30).split()


def test_five_things_are_a_menu_and_six_a_list() -> None:
    options = tuple(Option(f"o{n}", f"v{n}") for n in range(6))
    few, many = send(Actions((Menu("few", "More", options[:5]), Menu("many", "More", options))))["blocks"][0][
        "elements"
    ]
    assert (few["type"], many["type"], many["placeholder"]["text"]) == ("overflow", "static_select", "More")


def test_a_link_is_a_button_to_a_page_and_to_nothing_else() -> None:
    (button,) = send(Actions((Link("The rule", "report:rule", "https://rules.example/#3", "Gate 3"),)))["blocks"][0][
        "elements"
    ]
    assert (button["url"], button["accessibility_label"]) == ("https://rules.example/#3", "Gate 3")
    for url in ("javascript:alert(1)", "", "https://x.test/" + "x" * 3_000):
        with pytest.raises(ValueError, match=r"address|characters"):
            send(Actions((Link("l", "a", url),)))


def test_over_fifty_blocks_what_is_folded_gives_way_first_and_pictures_and_buttons_stay() -> None:
    sent = send(
        MONEY,
        *[Text("top")] * 2,
        Folded("Why", (Text("t"), Actions((Button("b", "a"),))) * 30),
        Actions((Button("b", "a"),)),
    )
    assert kinds(sent["blocks"])[0] == "data_visualization"
    assert kinds(sent["blocks"]).count("section") >= 1
    assert (
        sum(kinds(block["child_blocks"]).count("actions") for block in sent["blocks"] if "child_blocks" in block) == 30
    )
    assert len(known(sent["blocks"])) <= 50


def test_a_message_can_be_kept_as_json_and_said_later() -> None:
    sent = send(MONEY, FAILS, YEARS, RATED)
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent
    assert plain(sent["text"]) == sent["text"]

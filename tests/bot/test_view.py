"""What a person typed, made safe: nothing of it is markup, nothing of it is hidden, nothing visible is lost."""

import json
import re
from typing import get_args
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import view
from bot.render.view import Button, Text, View, clean, escape

ANYTHING = st.text(alphabet=st.characters())  # lone surrogates too
PIECES = [
    *("<!channel>", "<@U1>", "<https://x.test|y>", "&amp;", "&", "&lt", "\t", "\r\n", "\n", " ", "\x00", "é", "א"),
    *("\u202e", "\u200d", "\u200b", "\ufeff", "\u00a0", "\U000e0067", "\ud83d", "👩‍💻", "❤️‍🔥"),
]
HOSTILE = st.one_of(
    ANYTHING,
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
)


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(HOSTILE)
def test_an_escaped_text_holds_no_markup_of_slacks(text: str) -> None:
    safe = escape(text)
    assert "<" not in safe
    assert ">" not in safe
    assert "&" not in re.sub(r"&(?:amp|lt|gt);", "", safe)


@given(HOSTILE)
def test_escaping_changes_no_character_that_can_be_seen(text: str) -> None:
    spaced = text.replace("\t", " ")
    seen = [c for c in spaced if category(c)[0] != "C"]
    assert [c for c in unescape(escape(text)) if c not in "\n\u200d"] == seen


@given(HOSTILE)
def test_nothing_hidden_is_left_but_newlines_and_the_joiners_of_emoji(text: str) -> None:
    cleaned = clean(text)
    assert {c for c in cleaned if category(c)[0] == "C"} <= {"\n", "\u200d"}
    assert not re.search(r"[a-z0-9 \n]\u200d|\u200d[a-z0-9 \n]|^\u200d|\u200d$", cleaned)


@given(HOSTILE)
def test_cleaning_twice_is_cleaning_once_and_never_lengthens(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert len(clean(text)) <= len(text)


@given(HOSTILE)
def test_an_escaped_text_can_be_sent_as_utf8_json(text: str) -> None:
    assert json.loads(json.dumps(escape(text), ensure_ascii=False).encode()) == escape(text)


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("&amp;", "&amp;amp;"),
        ("*bold* _stays_ ~as~ `typed`", "*bold* _stays_ ~as~ `typed`"),
        ("a\tb\r\nc\rd\ne", "a b\nc\nd\ne"),
        ("\u202eevil\u202c", "evil"),
        ("a\u200db \u200d👩\u200d", "ab 👩"),
        ("👩‍💻 👩🏽‍💻 ❤️‍🔥 🏳️‍🌈 🙂‍↔️", "👩‍💻 👩🏽‍💻 ❤️‍🔥 🏳️‍🌈 🙂‍↔️"),
        ("\ud83d\ude00", ""),
        ("1\u00a0200 €", "1\u00a0200 €"),
        ("", ""),
    ],
)
def test_a_typed_text_becomes_exactly_this(typed: str, safe: str) -> None:
    assert escape(typed) == safe


@pytest.mark.parametrize("unit", ["<", "&", "\u200b", "\ud800", "x\u202e", "👩‍"])
def test_a_hundred_thousand_characters_are_escaped_like_one(unit: str) -> None:
    assert escape(unit * 100_000).replace("\u200d", "") == escape(unit).replace("\u200d", "") * 100_000


def test_every_part_of_a_card_is_a_value_that_cannot_change() -> None:
    assert all(issubclass(kind, tuple) for kind in get_args(view.Part))
    assert {View((Text("a"),), "a"), View((Text("a"),), "a")} == {View((Text("a"),), "a")}
    with pytest.raises(AttributeError):
        Text("a").text = "b"  # type: ignore[misc]


def test_a_button_needs_only_its_text_and_action() -> None:
    button = Button("Yes", "answer:measured:yes")
    assert (button.value, button.style, button.label, button.confirm) == ("", "", "", None)
    assert Button._fields[:2] == ("text", "action_id")

"""The page's colours, as WCAG 2 counts contrast: what is read or tells series apart has 4.5 to 1, edges have 3 to 1."""

from __future__ import annotations

import re
from itertools import chain, product
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "bot" / "local" / "page.css").read_text(encoding="utf-8")
LIGHT, DARK = re.findall(r":root \{(.*?)\n *\}", CSS, re.DOTALL)
SERIES = [f"series-{n}" for n in range(6)]
GROUNDS = ("paper", "paper-2")
READ = [
    *product(("ink", "ink-2", "link", "bad"), (*GROUNDS, "hover")),
    *product(SERIES, GROUNDS),
    ("mark-ink", "mark"), ("warn-ink", "warn"), ("bad", "bad-2"), ("ink", "bad-2"),
    ("go-ink", "go"), ("go-ink", "go-2"),
    *product(("side-ink", "side-ink-2"), ("side", "side-2")), ("side-ink", "side-3"),
]  # fmt: skip
SEEN = [("edge", "paper"), ("edge", "paper-2"), ("focus", "paper"), ("bad", "paper")]


def colours(theme: str) -> dict[str, str]:
    """The names and colours of a theme; what the dark one leaves out is as in the light one."""
    light = dict(re.findall(r"--([\w-]+): (#\w{6})", LIGHT))
    return light | dict(re.findall(r"--([\w-]+): (#\w{6})", DARK)) if theme == "dark" else light


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_series_stand_out_from_what_is_behind_them(theme: str) -> None:
    named = colours(theme)
    pairs = chain(((pair, 4.5) for pair in READ), ((pair, 3.0) for pair in SEEN))
    ratios = {pair: (round(contrast(named[pair[0]], named[pair[1]]), 2), least) for pair, least in pairs}
    assert {pair: told for pair, told in ratios.items() if told[0] < told[1]} == {}


def test_series_are_told_apart_by_more_than_their_colour() -> None:
    """Each has a dash, a mark and a pattern of its own."""
    source = (Path(__file__).parents[2] / "bot" / "local" / "charts.js").read_text(encoding="utf-8")
    for name in ("DASHES", "MARKS", "PATTERNS"):
        listed = re.findall(r'"([^"]*)"', re.search(rf"const {name} = \[(.*?)\];", source, re.DOTALL)[1])  # type: ignore[index]
        assert len(listed) == len(set(listed)) == len(SERIES), name

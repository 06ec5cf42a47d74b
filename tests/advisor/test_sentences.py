"""Ten thousand sentences as people type them: none is read as something else than it means, no button is off."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import read
from advisor.model import FIELDS
from tests.advisor.sentences import NUMBERS, YES_NO, Sentence, drawn, fault

KINDS = {"yes_no": YES_NO, "number": NUMBERS}


@pytest.mark.parametrize(
    ("file", "rows", "kinds", "least"),
    [("yes_no.json", YES_NO, ("yes_no",), 60), ("numbers.json", NUMBERS, ("count", "rate", "money"), 40)],
)
def test_there_are_sixty_templates_a_yes_or_no_field_and_forty_a_number_field(
    file: str, rows: dict[str, list[dict[str, Any]]], kinds: tuple[str, ...], least: int
) -> None:
    wanted = {field for field, asked in FIELDS.items() if asked.kind in kinds}
    enough = {field for field, found in rows.items() if len({row["text"] for row in found}) >= least}
    assert not wanted - enough, f"write {least} templates in tests/sentences/{file} for {', '.join(wanted - enough)}"
    assert enough == wanted


@pytest.fixture(scope="module")
def ten_thousand() -> list[Sentence]:
    return list(drawn(10_000, seed=9))


def test_no_reading_and_no_button_contradicts_what_a_sentence_means(ten_thousand: list[Sentence]) -> None:
    faults = {(fault(one), one.field, one.text): one.means for one in ten_thousand if fault(one)}
    assert faults == {}


def test_of_plain_answers_at_most_three_in_a_hundred_are_asked_back(ten_thousand: list[Sentence]) -> None:
    """A bare yes or no, a number with its unit."""
    plain = Counter(read(one.field, one.text).problem is None for one in ten_thousand if one.plain)
    assert plain.total() >= 900
    assert plain[False] <= plain.total() * 3 / 100


@given(st.integers(0, 2**32))
def test_nor_do_others_drawn_from_the_same_templates(seed: int) -> None:
    assert [(one.field, one.text) for one in drawn(20, seed) if fault(one)] == []

"""docs/speed.md is what the bench of this tree would write: its rows, their goals and bounds, its commands."""

import re

import pytest

from tests.benchmarks.bench import GROUPS, PAGE, PROFILES, QUICK, ROWS, WHOLE, Measured, Row, page


def test_the_page_has_the_rows_the_bench_knows() -> None:
    found = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| \*\*[\d.,]+", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found == [(row.what, row.shown(row.goal), row.shown(row.bound)) for row in ROWS]


def test_the_page_has_the_commands_the_bench_knows() -> None:
    found = re.findall(r"^- `python -m tests\.benchmarks\.bench (\w+)`$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert found == list(dict.fromkeys(row.group for row in ROWS))
    assert set(found) == set(GROUPS)


def test_every_row_that_misses_its_bound_has_a_profile_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    assert text.count("Profile of ") == text.count("```") / 2
    assert ("**missed**" in text) == ("Profile of " in text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_goal_is_beyond_its_bound(row: Row) -> None:
    assert row.within(row.goal, row.bound)
    assert row.profiled in PROFILES
    assert row.group in GROUPS


def test_a_miss_is_named_and_has_its_profile() -> None:
    found = {row.id: Measured([row.goal]) for row in ROWS} | {"import": Measured([9.0, 2.0, 3.0], "beside")}
    told = page(found, {"import": "where it goes"}, ["two cores"])
    assert "**3.00x** (2.00–9.00); beside | **missed** |" in told
    assert told.count("missed") == 1
    assert "where it goes" in told


def test_a_quick_run_measures_all_a_whole_one_does() -> None:
    assert QUICK.seconds.keys() == WHOLE.seconds.keys()
    assert WHOLE.rounds == 5

"""Whatever goes wrong with any one call of six journeys, they end as without it, or their people are told."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot.local import LocalSlack
from tests.bot.conftest import Hands
from tests.bot.journeys import FAULTS, JOURNEYS, end_of, journey_without_faults

NewSlack = Callable[[], LocalSlack]


@pytest.fixture
def new_slack() -> Iterator[NewSlack]:
    """Workspaces, one after the other."""
    running: list[LocalSlack] = []

    def make() -> LocalSlack:
        for old in running:
            old.stop()
        running[:] = [Hands().start()]
        return running[0]

    yield make
    for last in running:
        last.stop()


@cache
def without_faults(journey: str) -> tuple[list[tuple[str, int]], Counter[Any]]:
    """Played once for all faults."""
    with Hands() as slack, TemporaryDirectory() as folder:
        return journey_without_faults(journey, slack, Path(folder) / "well.db")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_each_call_of_a_journey_may_go_wrong(journey: str, fault: str, new_slack: NewSlack, tmp_path: Path) -> None:
    calls, well = without_faults(journey)
    assert calls
    wrong: Counter[str] = Counter()
    for n, (method, nth) in enumerate(calls):
        try:
            end_of(journey, FAULTS[fault], method, nth, new_slack(), tmp_path / f"{n}.db", well)
        except (AssertionError, TimeoutError, LookupError, IndexError) as error:
            wrong[f"{method} {nth + 1}: {error}"] += 1
    assert not wrong

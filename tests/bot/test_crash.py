"""Killed at any moment, the bot has lost no answer it acknowledged and says nothing twice."""

import random
from pathlib import Path
from typing import Any

import pytest

from bot.local import LocalSlack
from tests.bot.conftest import Hands, RunBot
from tests.bot.killed import killed_under_load

KILLS = 20


@pytest.fixture
def slack() -> Any:
    # It brings what people type until somebody is there: on a busy machine a start takes half a minute.
    with Hands(retry_waits=(0.2,) * 3_000) as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_kills_under_load_lose_no_acknowledged_answer(
    slack: LocalSlack, run_bot: RunBot, tmp_path: Path
) -> None:
    owed = killed_under_load(slack, run_bot, tmp_path / "advisor.db", random.Random(7), lambda kills: kills == KILLS)
    assert owed.acknowledged > KILLS
    assert (owed.lost, owed.doubled) == ([], [])
    assert owed.unsaid == 0
    assert owed.unasked == 0, "no post without something it answers"
    assert owed.whole
    assert owed.status == 0

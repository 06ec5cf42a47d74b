"""A process that has many conversations stays as it was when it was warm, and loses none. `make soak` has 20,000."""

from pathlib import Path

import pytest

from bot.local import LocalSlack
from tests.bot.conftest import RunBot
from tests.bot.long_life import lived
from tests.ports import free_port


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_memory_handles_journal_and_queue_stay_as_they_were(slack: LocalSlack, run_bot: RunBot, tmp_path: Path) -> None:
    life = lived(slack, run_bot, free_port(), tmp_path / "advisor.db", lambda had: had >= 200, warm=5)
    assert (life.lost, life.doubled) == ([], [])
    assert life.grown == []
    assert set(life.acks) == {"200"}
    assert "Idea " not in life.output

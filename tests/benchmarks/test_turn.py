"""What one turn costs from Slack's payload to the acknowledgement, on a real file and with no network.

pytest tests/benchmarks/test_turn.py -p no:xdist --benchmark-enable -s
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from slack_bolt import BoltRequest

from bot import settings
from bot.app import Bot, build
from bot.local import LocalSlack


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    with LocalSlack(own_events=False) as slack:
        environ = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        environ |= {"SLACK_API_URL": slack.api_url, "ADVISOR_DB": str(tmp_path / "advisor.db")}
        built = build(settings.load(environ))
        yield built
        built.close()


def test_a_typed_answer(bot: Bot, benchmark: BenchmarkFixture) -> None:
    numbers = count(1_800_000_000)

    def event(text: str, **more: Any) -> BoltRequest:
        n = next(numbers)
        said = {"type": "message", "channel_type": "im", "channel": "D0ADA", "user": "U0ADA", "text": text}
        body = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": f"Ev{n}"}
        return BoltRequest(mode="socket_mode", body=body | {"event": said | {"ts": f"{n}.0"} | more})

    opening = event("our tone")
    assert bot.app.dispatch(opening).status == 200
    root = opening.body["event"]["ts"]
    answers = ("classification", "back")
    turn = count()

    def answer() -> int:
        return bot.app.dispatch(event(answers[next(turn) % 2], thread_ts=root)).status

    assert benchmark.pedantic(answer, rounds=40, iterations=1) == 200

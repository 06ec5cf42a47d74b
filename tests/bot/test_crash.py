"""Killed at any moment, the bot has lost no answer it acknowledged and says nothing twice."""

import random
import re
import signal
import socket
import threading
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.local import LocalSlack
from bot.store.database import sqlite3
from tests.bot.conftest import Hands, Process, RunBot
from tests.ports import free_port

KILLS = 20
PEOPLE = {"U0ADA": "D0ADA", "U0LIN": "D0LIN"}


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
    port = free_port()
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret, "HOST": "127.0.0.1",
        "SLACK_API_URL": slack.api_url, "PORT": str(port), "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
    acknowledged: Counter[str] = Counter()
    mine: dict[str, list[str]] = {}
    over = threading.Event()
    file = tmp_path / "advisor.db"
    dice = random.Random(7)

    def person(user: str) -> None:
        """Presses "I don't know" and types an answer in turn, one thing at a time, and counts what was taken."""
        root = slack.say(user, f"The idea of {user}")
        said = mine[user] = [root]
        while not over.is_set():
            cards = [m for m in slack.messages(PEOPLE[user], root) if "action_id" in str(m.get("blocks"))]
            asked = re.search(r"answer:(\w+):unknown", str(cards[-1])) if cards else None
            if asked:
                with suppress(LookupError):  # the card went on between the look and the click
                    acknowledged[user] += slack.click(user, cards[-1]["ts"], asked[0], PEOPLE[user]) == 200
            elif cards and cards[-1]["ts"] > said[-1]:
                said.append(slack.say(user, "start over", thread_ts=root))
            over.wait(0.02)

    def watch() -> Process:
        process = run_bot(**environ)
        slack.wait_for(lambda: up(port), timeout=120)
        return process

    def more_than(before: int) -> bool:
        return sum(acknowledged.values()) > before + dice.randrange(6)

    people = [threading.Thread(target=person, args=(user,)) for user in PEOPLE]
    process = watch()
    for thread in people:
        thread.start()
    for _ in range(KILLS):
        slack.wait_for(partial(more_than, sum(acknowledged.values())), timeout=120)
        process.end(signal.SIGKILL)
        process = watch()
    over.set()
    for thread in people:
        thread.join()
    slack.wait_idle(120)
    slack.wait_for(lambda: unsaid(file) == 0, timeout=120)  # a stop leaves it seconds, which may be too few here
    assert process.end(signal.SIGTERM) == 0
    assert unsaid(file) == 0
    kept = sqlite3.connect(file)
    keys = [key.split(":") for (key,) in kept.execute("SELECT key FROM seen")]
    clicks = Counter(user for _, user, *rest in keys if rest)
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(kept.execute("SELECT DISTINCT owner FROM sessions")) == [("U0ADA",), ("U0LIN",)]
    kept.close()
    assert all(clicks[user] >= acknowledged[user] > 0 for user in PEOPLE), (clicks, acknowledged)
    messages = [message for dm in PEOPLE.values() for message in slack.messages(dm)]
    posts = Counter(message["metadata"]["event_payload"]["key"] for message in messages if message.get("bot_id"))
    assert [key for key, count in posts.items() if count > 1] == []
    assert len(posts) <= sum(map(len, mine.values())), "no post without something it answers"


def unsaid(file: Path) -> int:
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
    finally:
        connection.close()


def up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Several processes on one PostgreSQL database: killed at any moment, they lose no answer that was acknowledged, keep
a person's order and say nothing twice that anybody could have known of."""

import asyncio
import os
import random
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.local import LocalSlack
from tests.bot.conftest import Hands, Process, RunBot
from tests.bot.postgres import cluster, database

KILLS = int(os.environ.get("REPLICA_KILLS", "6"))
REPLICAS = 4
PEOPLE = ("U0ADA", "U0LIN")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def slack() -> Any:
    with Hands(retry_waits=(0.2,) * 60) as running:
        yield running


class Balancer:
    """One address in front of several: each connection goes to the next one that listens."""

    def __init__(self, ports: list[int]) -> None:
        self._ports, self._next = ports, 0
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        self._server.close()
        passing = asyncio.all_tasks(self._loop)
        for task in passing:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*passing, return_exceptions=True))
        self._loop.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._ports:
            self._next += 1
            with suppress(OSError):
                port = self._ports[self._next % len(self._ports)]
                inner, outer = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(_pump(reader, outer), _pump(inner, writer), return_exceptions=True)
                return
        writer.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@contextmanager
def balanced(ports: list[int]) -> Iterator[int]:
    balancer = Balancer(ports)
    try:
        yield balancer.port
    finally:
        balancer.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_replicas_that_are_killed_under_load_lose_no_acknowledged_answer(
    server: str, slack: LocalSlack, run_bot: RunBot, tmp_path: Path
) -> None:
    url, dice, over = database(server, "killed"), random.Random(7), threading.Event()
    ports = [free() for _ in range(REPLICAS)]
    acknowledged: Counter[str] = Counter()
    started: Counter[str] = Counter()

    def start(port: int) -> Process:
        process = run_bot(
            SLACK_BOT_TOKEN=slack.bot_token, SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_API_URL=slack.api_url,
            HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING", DATABASE_URL=url, ADVISOR_DB="",
        )  # fmt: skip
        slack.wait_for(lambda: up(port), timeout=60)
        return process

    def person(user: str) -> None:
        """Presses "I don't know" or starts over, one thing at a time, and counts what was taken."""
        dm = f"D{user[1:]}"
        root = slack.say(user, f"The idea of {user}")
        last = root
        started[user] += 1
        while not over.is_set():
            cards = [m for m in slack.messages(dm, root) if "action_id" in str(m.get("blocks"))]
            asked = re.search(r"answer:(\w+):unknown", str(cards[-1])) if cards else None
            if asked:
                with suppress(LookupError):  # the card went on between the look and the click
                    acknowledged[user] += slack.click(user, cards[-1]["ts"], asked[0], dm) == 200
            elif cards and cards[-1]["ts"] > last:
                last = slack.say(user, "start over", thread_ts=root)
                started[user] += 1
            over.wait(0.02)

    replicas = {port: start(port) for port in ports}
    with balanced(ports) as port:
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        people = [threading.Thread(target=person, args=(user,)) for user in PEOPLE]
        for thread in people:
            thread.start()
        for _ in range(KILLS):
            before = sum(acknowledged.values()) + dice.randrange(6)
            slack.wait_for(partial(lambda most: sum(acknowledged.values()) > most, before), timeout=90)
            victim = dice.choice(ports)
            replicas[victim].end(signal.SIGKILL)
            replicas[victim] = start(victim)
        over.set()
        for thread in people:
            thread.join()
        slack.wait_idle(60)
        with psycopg.connect(url, autocommit=True) as conn:
            slack.wait_for(lambda: _one(conn, "SELECT count(*) FROM outbox") == 0, timeout=60)
            kept: Counter[str] = Counter(dict(conn.execute(CLICKS).fetchall()))
            assert _one(conn, "SELECT count(*) FROM sessions") == len(PEOPLE)
    assert [process.end(signal.SIGTERM) for process in replicas.values()] == [0] * REPLICAS
    assert all(kept[user] >= acknowledged[user] > 0 for user in PEOPLE), (kept, acknowledged)
    messages = [message for user in PEOPLE for message in slack.messages(f"D{user[1:]}")]
    posts = Counter(message["metadata"]["event_payload"]["key"] for message in messages if message.get("bot_id"))
    assert [key for key, count in posts.items() if count > 1] == []
    answered = sum(started.values()) + sum(acknowledged.values())  # a press on a card that nobody knows of yet moves it
    assert len(posts) <= answered, "no post without something it answers"


CLICKS = "SELECT split_part(key, ':', 2), count(*) FROM seen WHERE split_part(key, ':', 3) != '' GROUP BY 1"
"""Person -> how much they pressed that was taken: its key is team:user:…"""


def _one(conn: "psycopg.Connection[Any]", query: str) -> Any:
    return (conn.execute(query).fetchone() or (None,))[0]


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""Several processes on one PostgreSQL database: killed at any moment, they lose no answer that was acknowledged, keep
a person's order and say nothing twice that anybody could have known of."""

import asyncio
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from bot.local import LocalSlack
from bot.store.layout import faults, looked_at
from tests.bot.conftest import Hands, Process, RunBot
from tests.bot.postgres import cluster, database
from tests.bot.test_workspaces import OTHER, Many
from tests.ports import free_port

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


class People:
    """They press "I don't know" or start over, one thing at a time each, until it is over; what was taken is counted,
    and how long each waited for what they see."""

    def __init__(self, slack: LocalSlack, users: Collection[str] = PEOPLE) -> None:
        self.slack, self.users, self.over = slack, users, threading.Event()
        self.acknowledged: Counter[str] = Counter()
        self.started: Counter[str] = Counter()
        self.waited = dict.fromkeys(users, 0.0)
        """The longest that an acknowledged answer waited for its card, in seconds."""
        self._threads = [threading.Thread(target=self._go_on, args=(user,)) for user in users]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def taken(self) -> int:
        return sum(self.acknowledged.values())

    def wait_for_more(self, more: int) -> None:
        before = self.taken()
        self.slack.wait_for(lambda: self.taken() > before + more, timeout=90)

    def _go_on(self, user: str) -> None:
        dm, answered = f"D{user[1:]}", None
        root = last = self.slack.say(user, f"The idea of {user}")
        self.started[user] += 1
        while not self.over.is_set():
            cards = [m for m in self.slack.messages(dm, root) if "action_id" in str(m.get("blocks"))]
            asked = re.search(r"answer:(\w+):unknown", str(cards[-1])) if cards else None
            if answered:
                at, card = answered
                self.waited[user] = max(self.waited[user], time.monotonic() - at)
                if str(cards[-1:]) != card:
                    answered = None
            if asked:
                with suppress(LookupError):  # the card went on between the look and the click
                    taken = self.slack.click(user, cards[-1]["ts"], asked[0], dm) == 200
                    self.acknowledged[user] += taken
                    if taken and not answered:
                        answered = time.monotonic(), str(cards[-1:])
            elif cards and cards[-1]["ts"] > last:
                last = self.slack.say(user, "start over", thread_ts=root)
                self.started[user] += 1
            self.over.wait(0.02)

    def are_owed_nothing(self, url: str) -> None:
        """Once all is quiet: what was acknowledged is kept, nothing stands twice, and nobody's order was mixed up."""
        self.slack.wait_idle(60)
        with psycopg.connect(url, autocommit=True) as conn:
            self.slack.wait_for(lambda: _one(conn, "SELECT count(*) FROM outbox") == 0, timeout=60)
            kept: Counter[str] = Counter(dict(conn.execute(CLICKS).fetchall()))
            assert _one(conn, "SELECT count(*) FROM sessions") == len(PEOPLE)
        assert all(kept[user] >= self.acknowledged[user] > 0 for user in self.users), (kept, self.acknowledged)
        with looked_at(url) as database:
            assert list(faults(database)) == [], "no gap in a log, nothing that is not what was written"
        messages = [message for user in self.users for message in self.slack.messages(f"D{user[1:]}")]
        posts = Counter(message["metadata"]["event_payload"]["key"] for message in messages if message.get("bot_id"))
        assert [key for key, count in posts.items() if count > 1] == [], "a DM can be looked into: nothing twice"
        answered = sum(self.started.values()) + self.taken()  # a press on a card that nobody knows of yet moves it
        assert len(posts) <= answered, "no post without something it answers"
        for check, versions in self._versions().items():
            assert versions == sorted(versions), f"{check} went back"

    def _versions(self) -> dict[str, list[int]]:
        """Check -> the versions of its log that its card showed, one after the other."""
        shown: dict[str, list[int]] = defaultdict(list)
        for call in self.slack.calls():
            if call.method in ("chat.postMessage", "chat.update") and (call.response or {}).get("ok"):
                for check, version in re.findall(r"'block_id': '([0-9a-f]{32})-(\d+)-", str(call.args))[:1]:
                    shown[check].append(int(version))
        assert shown
        return shown


def start(run_bot: RunBot, slack: LocalSlack, url: str, port: int, module: str = "bot") -> Process:
    process = run_bot(
        module, SLACK_BOT_TOKEN=slack.bot_token, SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_API_URL=slack.api_url,
        HOST="127.0.0.1", PORT=str(port), LOG_LEVEL="WARNING", DATABASE_URL=url, ADVISOR_DB="",
    )  # fmt: skip
    slack.wait_for(lambda: up(port), timeout=60)
    return process


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_replicas_that_are_killed_under_load_lose_no_acknowledged_answer(
    server: str, slack: LocalSlack, run_bot: RunBot
) -> None:
    url, dice = database(server, "killed"), random.Random(7)
    ports = [free_port() for _ in range(REPLICAS)]
    replicas = {port: start(run_bot, slack, url, port) for port in ports}
    with balanced(ports) as port:
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        with People(slack) as people:
            for _ in range(KILLS):
                people.wait_for_more(dice.randrange(6))
                victim = dice.choice(ports)
                replicas[victim].end(signal.SIGKILL)
                replicas[victim] = start(run_bot, slack, url, victim)
            people.wait_for_more(0)
        people.are_owed_nothing(url)
    assert max(people.waited.values()) < LANES_GO_ON_SECONDS, people.waited
    assert [process.end(signal.SIGTERM) for process in replicas.values()] == [0] * REPLICAS


LANES_GO_ON_SECONDS = 40.0


@pytest.mark.slow
def test_what_a_dead_replica_had_on_its_way_is_looked_for_once_it_can_be_there(
    server: str, slack: LocalSlack, run_bot: RunBot
) -> None:
    """Another takes its lane within a moment, and Slack may not be done with what it was sent."""
    url, ports = database(server, "under_way"), [free_port(), free_port()]
    one, other = [start(run_bot, slack, url, port) for port in ports]
    slack.bot_url = f"http://127.0.0.1:{ports[0]}/slack/events"
    there = threading.Event()
    slack.faults.add("chat.postMessage", {"until": there})
    with psycopg.connect(url, autocommit=True) as conn:
        slack.say("U0ADA", "Quokka")
        slack.wait_for(lambda: not slack.faults._queues["chat.postMessage"])
        dead = _one(conn, "SELECT holder FROM lanes")
        one.end(signal.SIGKILL)
        slack.bot_url = f"http://127.0.0.1:{ports[1]}/slack/events"
        slack.say("U0ADA", "Nudibranch")
        slack.wait_for(lambda: _one(conn, "SELECT holder FROM lanes") not in (dead, None))
        there.set()
        slack.wait_for(lambda: _one(conn, "SELECT count(*) FROM outbox") == 0)
    said = [message["metadata"]["event_payload"]["key"] for message in slack.messages("D0ADA") if message.get("bot_id")]
    assert len(said) == len(set(said)) == 2
    assert other.end(signal.SIGTERM) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_replica_works_beside_one_of_a_later_release_until_that_one_is_left_alone(
    server: str, slack: LocalSlack, run_bot: RunBot
) -> None:
    """What only the later one can read it leaves to it, and whoever brings it such a check is told; then it goes on."""
    url, ada = database(server, "released"), "U0ADA"
    ports = [free_port(), free_port()]
    addresses = [f"http://127.0.0.1:{port}/slack/events" for port in ports]

    this = start(run_bot, slack, url, ports[0])
    with balanced(ports) as port:
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        with People(slack, ["U0LIN"]) as people:
            people.wait_for_more(20)
            later = start(run_bot, slack, url, ports[1], "tests.bot.later")
            people.wait_for_more(20)
            slack.bot_url = addresses[1]
            root = slack.say(ada, "Quokka in its own words")
            slack.wait_for(lambda: "answer:goal:unknown" in str(slack.messages("D0ADA")[-1]))
            slack.say(ada, "rename", thread_ts=root)
            slack.say(ada, "Nudibranch", thread_ts=root)
            slack.wait_for(lambda: "Nudibranch" in str(slack.messages("D0ADA")))
            people.wait_for_more(5)
            slack.bot_url = addresses[0]
            slack.say(ada, "company voice", thread_ts=root)
            slack.wait_for(lambda: "in the middle of an update" in str(slack.ephemerals(ada)))
            people.wait_for_more(5)
            slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
            people.wait_for_more(20)
            assert this.end(signal.SIGTERM) == 0
            people.wait_for_more(20)
            slack.say(ada, "company voice", thread_ts=root)
            slack.wait_for(lambda: "answer:prompt_tried" in str(slack.messages("D0ADA")))
        people.are_owed_nothing(url)
    assert "Traceback" not in this.output
    assert later.end(signal.SIGTERM) == 0
    assert "Traceback" not in later.output


CLICKS = "SELECT split_part(key, ':', 2), count(*) FROM seen WHERE split_part(key, ':', 3) != '' GROUP BY 1"
"""Person -> how much they pressed that was taken: its key is team:user:…"""


def _one(conn: "psycopg.Connection[Any]", query: str) -> Any:
    return (conn.execute(query).fetchone() or (None,))[0]


def up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# ---- who lets go of the bot


def told(port: int, page: str) -> tuple[int, str]:
    """What a replica says of itself."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as http:
        http.request("GET", page)
        said = http.getresponse()
        return said.status, said.read().decode()


def waits(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as conn:
        return int(_one(conn, "SELECT count(*) FROM outbox"))


def calls_taken(slack: LocalSlack) -> int:
    return sum(bool((call.response or {}).get("ok")) for call in slack.calls())


@pytest.mark.slow
@pytest.mark.parametrize("goodbye", ["uninstall", "revoke"])
def test_a_goodbye_that_one_replica_hears_silences_all_until_they_are_started_again(
    server: str, slack: LocalSlack, run_bot: RunBot, goodbye: str
) -> None:
    """With one token: who hears of it says nothing more, the others nothing once Slack refuses it. What people did
    meanwhile is kept, and said by the first that is started again; one that was not holds up nobody."""
    url, ports = database(server, goodbye), [free_port(), free_port()]
    replicas = [start(run_bot, slack, url, port) for port in ports]
    one, other = [f"http://127.0.0.1:{port}/slack/events" for port in ports]

    def at(address: str, user: str, said: str, thread: str = "") -> str:
        slack.bot_url = address
        return slack.say(user, said, **({"thread_ts": thread} if thread else {}))

    def asks(user: str, question: str) -> None:
        slack.wait_for(lambda: f"answer:{question}:unknown" in str(slack.messages(f"D{user[1:]}")[-1]), timeout=30)

    roots = {user: at(one, user, "The quokka project") for user in PEOPLE}
    for user in PEOPLE:
        asks(user, "goal")
    slack.wait_for(lambda: waits(url) == 0)

    slack.bot_url = one
    getattr(slack, goodbye)()
    slack.wait_idle()
    assert told(ports[0], "/readyz") == (503, "the workspace has removed the bot")
    before = calls_taken(slack)
    at(one, "U0ADA", "company voice", roots["U0ADA"])
    at(other, "U0LIN", "company voice", roots["U0LIN"])
    slack.wait_for(lambda: told(ports[1], "/readyz") == (503, "Slack refuses the bot token (account_inactive)"))
    slack.wait_idle()
    assert waits(url) == 2
    assert calls_taken(slack) == before

    assert replicas[0].end(signal.SIGTERM) == 0
    slack.workspace.inactive = False  # added again; the token that the other one has would be an old one
    start(run_bot, slack, url, ports[0])
    for user in PEOPLE:
        asks(user, "prompt_tried")
    slack.wait_for(lambda: waits(url) == 0)
    assert told(ports[0], "/readyz") == (200, "ok")
    assert replicas[1].end(signal.SIGTERM) == 0
    start(run_bot, slack, url, ports[1])
    assert told(ports[1], "/readyz") == (200, "ok")
    at(other, "U0ADA", "yes", roots["U0ADA"])
    asks("U0ADA", "rag_tried")


@pytest.mark.slow
@pytest.mark.parametrize("goodbye", ["uninstall", "revoke"])
def test_of_many_workspaces_one_lets_go_at_one_replica_and_comes_back_at_another(
    server: str, run_bot: RunBot, goodbye: str, tmp_path: Path
) -> None:
    """Within a second the others know it; nobody is started again, and the other workspace notices nothing."""
    url, ports = database(server, f"many_{goodbye}"), [free_port(), free_port()]
    with Hands(retry_waits=(0.2,) * 60) as slack:
        many = Many(slack, tmp_path / "none.db", DATABASE_URL=url, ADVISOR_DB="")
        for local in (slack, many.other, many.north):
            local.workspace.clock = time.time  # the bots' own
        for port in ports:
            run_bot(**many.given(), HOST="127.0.0.1", PORT=str(port))
        slack.wait_for(lambda: all(up(port) for port in ports), timeout=60)
        one, other = [f"http://127.0.0.1:{port}" for port in ports]

        def at(address: str, local: LocalSlack, said: str, thread: str = "") -> str:
            local.bot_url = f"{address}/slack/events"
            return local.say("U0ADA", said, **({"thread_ts": thread} if thread else {}))

        def asks(local: LocalSlack, question: str) -> None:
            local.wait_for(lambda: f"answer:{question}:unknown" in str(local.messages("D0ADA")[-1]), timeout=30)

        def know(count: int) -> None:
            number = re.compile(rf"^finetune_advisor_workspaces {count}\.0$", re.MULTILINE)
            slack.wait_for(lambda: all(number.search(told(port, "/metrics")[1]) for port in ports), timeout=30)

        many.address = one
        assert [many.install(team)[0] for team in ("T0LOCAL", OTHER)] == [200, 200]
        know(2)
        ours, theirs = at(other, slack, "Ours"), at(other, many.other, "Theirs")
        asks(slack, "goal")
        asks(many.other, "goal")
        slack.wait_for(lambda: waits(url) == 0)

        many.other.bot_url = f"{one}/slack/events"
        getattr(many.other, goodbye)()
        know(1)
        before = len(many.other.calls())
        for address in (one, other):
            at(address, many.other, "company voice", theirs)
        at(one, slack, "company voice", ours)
        asks(slack, "prompt_tried")
        many.other.wait_idle()
        assert len(many.other.calls()) == before
        assert [told(port, "/readyz")[0] for port in ports] == [200, 200]

        many.address = other
        assert many.install(OTHER)[0] == 200
        know(2)
        at(one, many.other, "company voice", theirs)
        asks(many.other, "prompt_tried")

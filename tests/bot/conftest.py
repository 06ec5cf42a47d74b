"""A loopback Slack with the real bot behind it, over either transport, and people who use it."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from advisor import load_rules
from advisor.figures import short
from bot import settings
from bot.app import Bot, build
from bot.check.conversation import Conversation
from bot.check.live_card import LiveCard
from bot.delivery.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.local import LocalSlack
from bot.local.tickets import Tickets
from bot.render.wording import Wording
from bot.slack.server import serve
from bot.store import sums
from tests.advisor.strategies import PAIRS
from tests.slack.schema import watched

ADA, LIN = "U0ADA", "U0LIN"
ROOT = Path(__file__).resolve().parents[2]
ANSWERS = {
    "goal": "company_voice", "prompt_tried": "yes", "rag_tried": "not_needed", "failure_cause": "tone",
    "eval_pairs": short(PAIRS + 200), "measured_pass_rate": "82 %", "target_pass_rate": "90%",
    "large_model_meets_target": "yes", "eval_overlaps_training": "no", "calls_per_year": "1M",
    "usd_per_call_now": "$0.03",
    "usd_per_call_after": "0.001", "pass_rate_without_tuning": "90%", "training_pairs": "5k",
    "labeled_pairs": "0", "usd_per_label": "$1",
    "training_usd": "500", "upkeep_usd_per_month": "200", "hosting_usd_per_month": "$0", "retrain_pipeline": "yes",
    "retrain_budget": "yes", "retrain_owner": "R. Okafor",
}  # fmt: skip
"""Question -> what a person types to be told to run a trial. 1M calls save $29,000 and cost $7,900: 3.67x."""

LINES = {
    "R. Okafor": "Priya Natarajan", ANSWERS["eval_pairs"]: f"{PAIRS + 777:,}", "$0.03": "$0.07", "500": "613",
    "200": "219", "5k": "4,404",
}  # fmt: skip
"""What the second person says instead; none of these is ever said by the first."""


@pytest.fixture(autouse=True)
def _as_slack_describes_it(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the workspace takes of the bot is taken by the schemas and by Slack's SDK too (tests/slack)."""
    with watched(monkeypatch):
        yield


class Talk:
    """One check as its owner sees it: a thread in a DM."""

    def __init__(self, workspace: "Workspace", user: str, root: str) -> None:
        self.workspace, self.slack, self.user, self.root = workspace, workspace.slack, user, root
        self.channel = f"D{user[1:]}"
        self.moves = 0

    def messages(self) -> list[dict[str, Any]]:
        return self.slack.messages(self.channel, self.root)

    def said_by_bot(self) -> list[dict[str, Any]]:
        return [message for message in self.messages() if message.get("bot_id")]

    @property
    def card(self) -> dict[str, Any]:
        """The live card: the last one with something to press."""
        return next((m for m in reversed(self.said_by_bot()) if buttons(m)), {})

    @property
    def pending(self) -> str:
        """The question asked, read off the card; empty when none is."""
        found = [re.fullmatch(r"answer:(\w+):unknown", action_id) for action_id in buttons(self.card)]
        return next((match[1] for match in found if match), "")

    @property
    def text(self) -> str:
        return text_of(self.card)

    def type(self, text: str) -> "Talk":
        """Type in the thread and wait for the card that answers."""
        self._then(lambda: self.slack.say(self.user, text, thread_ts=self.root))
        return self

    def click(self, action_id: str, option: str | None = None, card: dict[str, Any] | None = None) -> "Talk":
        """Press on the live card (or on one seen earlier) and wait for the card that answers."""
        ts = (card or self.card)["ts"]
        self._then(lambda: self._pressed(ts, action_id, option))
        return self

    def answer(self, value: str) -> "Talk":
        """Click if the card has it to click, else type."""
        action_id = f"answer:{self.pending}:{value}"
        if action_id in buttons(self.card):
            return self.click(action_id)
        if f"answer:{self.pending}:pick" in buttons(self.card):
            return self.click(f"answer:{self.pending}:pick", value)
        return self.type(value)

    def until_report(self, answers: dict[str, str] = ANSWERS, *, typed: bool = False) -> "Talk":
        """Answer what is asked until the report stands; what ``answers`` lack is not known."""
        while question := self.pending:
            value = answers.get(question, "unknown")
            (self.type if typed else self.answer)("I don't know" if typed and value == "unknown" else value)
            assert self.pending != question, f"{value!r} did not answer {question}: {self.text}"
        return self

    def up_to(self, question: str, answers: dict[str, str] = ANSWERS) -> "Talk":
        while self.pending != question:
            self.answer(answers[self.pending])
        return self

    def _pressed(self, ts: str, action_id: str, option: str | None) -> None:
        if self.workspace.transport == "socket":  # a client that reconnects, as it may at any time, hears no press
            self.slack.wait_for(lambda: self.slack.workspace.bot_up)
        assert self.slack.click(self.user, ts, action_id, self.channel, option=option) == 200

    def _then(self, act: Callable[[], Any]) -> None:
        before = _ids(self.card)
        act()
        self.moves += 1
        self.slack.wait_for(lambda: _ids(self.card) not in (before, []))


_TO_SAY = "SELECT id FROM outbox WHERE (due='' OR session IS NULL) AND doubt < 2"
"""All but reminders, and what somebody is asked about."""


class HandClock(Clock):
    """Time that passes by waiting alone: it stands still while somebody works, so that nothing is late because a
    machine is busy. It goes on with who has slept, or is moved by a test: what waits until then wakes at once."""

    def __init__(self) -> None:
        self._now, self._lock = time.time(), threading.Lock()
        self._asleep: dict[asyncio.Task[Any], tuple[float, asyncio.Event]] = {}
        self._calls: dict[asyncio.Task[Any], tuple[float, asyncio.Timeout]] = {}
        self._begun: dict[asyncio.Task[Any], float] = {}

    def time(self) -> float:
        return self._now

    def pause(self, seconds: float) -> None:
        self.move(seconds)

    async def sleep(self, seconds: float) -> None:
        task, woken = asyncio.current_task(), asyncio.Event()
        assert task
        with self._lock:
            due = self._now + seconds
            self._asleep[task] = (due, woken)
        try:
            async with asyncio.timeout(seconds):  # asyncio.wait_for forgets that it was cancelled, in Python 3.11
                await woken.wait()
        except TimeoutError:
            self._passed(due)
        finally:
            self._asleep.pop(task, None)

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task
        due = self._now + seconds
        try:
            async with asyncio.timeout(seconds) as call:
                self._begun[task] = time.monotonic()  # first: who finds the call looks for this
                self._calls[task] = (due, call)
                try:
                    yield
                finally:
                    self._calls.pop(task, None)
        except TimeoutError:
            self._passed(due)
            raise

    def _passed(self, due: float) -> None:
        with self._lock:
            self._now = max(self._now, due)

    def move(self, seconds: float) -> None:
        """So much time passes: what waits until then goes on, calls that take longer are given up."""
        with self._lock:
            now = self._now = self._now + seconds
            for task, (due, woken) in list(self._asleep.items()):
                if due <= now:
                    with suppress(RuntimeError):  # of a bot that has stopped meanwhile
                        task.get_loop().call_soon_threadsafe(woken.set)
            for task, (due, call) in list(self._calls.items()):
                if due <= now:
                    with suppress(RuntimeError):
                        task.get_loop().call_soon_threadsafe(_give_up, call)

    def sleeping(self, what: str) -> bool:
        """Whether a coroutine of this name waits."""
        return any(_doing(task) == what for task in list(self._asleep))

    def next_try(self, outbox: Outbox, hanging: int, most: float = 4000.0) -> float | None:
        """In how many seconds something is tried again, when there is nothing to do until then."""
        lanes = [lane.task for lane in list(outbox._lanes.values())]
        telling = [task for task in list(outbox._beside) if _doing(task) == "tell"]
        calls, asleep = dict(self._calls), dict(self._asleep)
        # A slow machine answers late; only what Slack leaves hanging is waited for in vain.
        if len(calls) > hanging or any(self._begun[task] > time.monotonic() - 0.3 for task in calls):
            return None
        if calls:  # nobody answers them any more
            return max(0.0, min(due for due, _ in calls.values()) - self.time())
        if not lanes or any(task not in asleep for task in (*lanes, *telling)):
            return None
        soonest = min(asleep[task][0] for task in (*lanes, *telling) if task) - self.time()
        return max(0.0, soonest) if soonest < most else None


def _give_up(call: asyncio.Timeout) -> None:
    with suppress(RuntimeError):  # it was answered meanwhile
        call.reschedule(asyncio.get_running_loop().time())


def _doing(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__name__", "")


def owed(path: Path) -> bool:
    """Whether a file of the store is marked to be rewritten, from its bytes and its log's: a connection to ask would be
    in the way of just that."""
    first, log = path.read_bytes()[:100], path.with_name(f"{path.name}-wal")
    frames = log.read_bytes() if log.exists() else b""
    step = 24 + int.from_bytes(frames[8:12])
    for at in range(32, len(frames), step):
        if int.from_bytes(frames[at : at + 4]) == 1 and frames[at + 8 : at + 16] == frames[16:24]:
            first = frames[at + 24 : at + 124]
    return any(first[60:64])


class Workspace:
    """LocalSlack, and a bot on a real database file that can be stopped and started."""

    def __init__(self, slack: LocalSlack, db: Path, transport: str, **environ: str) -> None:
        self.slack, self.db, self.transport, self.environ = slack, db, transport, environ
        self.clock = HandClock()
        slack.workspace.clock = self.clock.time
        slack.workspace.tickets = Tickets(clock=lambda: 0.0)  # three seconds are little on a busy machine
        self.bot: Bot
        self.address: str  # of the bot over HTTP
        self._ends = ExitStack()
        self._over = threading.Event()
        self._hurrying: threading.Thread | None = None

    def start(self) -> "Workspace":
        environ = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            **_kept_in(self.db),
            "HOST": "127.0.0.1",
            **self.environ,
        }
        socket = self.transport == "socket"
        if socket:
            environ["SLACK_APP_TOKEN"] = self.slack.app_token
        else:
            environ["SLACK_SIGNING_SECRET"] = self.slack.signing_secret
        self.bot = build(replace(settings.load(environ), port=0), self.clock)
        self.bot.ready()
        self.bot.go_on()
        assert self.bot.quotes._first.wait(300)  # on a slow machine no turn would wait so long
        self._ends.callback(self.bot.close)
        if socket:
            self._ends.callback(self.bot.connect())
            self.slack.wait_for(lambda: self.slack.workspace.bot_up)
        else:
            self._listen()
        return self

    def _listen(self) -> None:
        server = serve(self.bot.wsgi(), "127.0.0.1", 0)
        thread = threading.Thread(target=server.run)
        thread.start()
        self._ends.callback(thread.join)
        self._ends.callback(server.close)
        self.address = f"http://127.0.0.1:{server.port}"
        self.slack.bot_url = f"{self.address}/slack/events"

    def stop(self) -> None:
        self._ends.close()

    def hurry(self, *, on: bool = True) -> None:
        """From now on nothing waits to be tried again: its time comes as soon as there is nothing else to do."""
        if on and self._hurrying is None:
            self._over.clear()
            self._hurrying = threading.Thread(target=self._pass_time, name="hurry", daemon=True)
            self._hurrying.start()
        elif not on and self._hurrying is not None:
            self._over.set()
            self._hurrying.join()  # it asks the workspace, which may be stopped next
            self._hurrying = None

    def _pass_time(self) -> None:
        while not self._over.wait(0.002):
            seconds = self.clock.next_try(self.bot.outbox, self.slack.hanging)
            if seconds is not None:
                self.clock.move(seconds + 0.001)

    def impatient(self) -> None:
        """From now on an acknowledgement is not waited for: in Socket Mode nothing else tells what is not taken."""
        if self.transport == "socket":
            self.slack._server.courier._ack_timeout = 0.3

    def restart(self) -> None:
        self.slack.wait_idle()
        self.stop()
        self.start()

    def open(self, text: str = "We want our support answers in our own tone", user: str = ADA) -> Talk:
        """A person writes at the top level of the DM; their check."""
        talk = Talk(self, user, self.slack.say(user, text))
        self.slack.wait_for(lambda: talk.card)
        return talk

    def talk(self, user: str, root: str) -> Talk:
        return Talk(self, user, root)

    def quiet(self) -> None:
        """Wait until everything said was heard, and everything to be said but reminders was said and noted."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            self.slack.wait_idle()
            if not self.rows(_TO_SAY):
                self.slack.wait_idle()
                if not self.rows(_TO_SAY):
                    return
            elif self.bot.store.shared:
                self.clock.move(0.01)  # nobody sleeps until a row's time: it is looked for now and then
            self._pause()
        raise TimeoutError("there is always something left to say")

    def until(self, query: str) -> None:
        """Wait until the database has a row for this."""
        self.wait_for(lambda: self.rows(query))

    def wait_for(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds that nobody tells of."""
        until = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < until, "it never holds"
            self._pause()

    def _pause(self) -> None:
        """Between two looks: who waits leaves the interpreter to whom it waits for."""
        with self.slack.workspace.changed:
            self.slack.workspace.changed.wait(0.005)

    def scrubbed(self) -> None:
        """Wait until what was deleted should have left no trace in the file."""
        self.wait_for(lambda: not owed(self.db))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.bot.store.turn(lambda conn: [tuple(row) for row in conn.execute(query)])

    def columns(self) -> dict[str, set[str]]:
        """Table -> its columns, of all that the database has."""
        query = (
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema='public'"
            if self.bot.store.shared
            else "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type='table'"
            " AND substr(t.name, 1, 7) != 'sqlite_'"
        )
        found: dict[str, set[str]] = {}
        for table, column in self.rows(query):
            found.setdefault(table, set()).add(column)
        return found

    def first_said(self, words: str = "") -> dict[str, Any]:
        """The first message of a person with these words, as it was brought to the bot."""
        self.slack.wait_idle()
        events = (delivery.payload for delivery in self.slack.deliveries("events_api"))
        by_people = (e for e in events if e["event"]["type"] == "message" and e["event"].get("user") != "U0BOT")
        return next(e for e in by_people if words in e["event"].get("text", ""))

    def home(self, user: str) -> dict[str, Any]:
        """The Home tab of a person who has one."""
        view = self.slack.home(user)
        assert view
        return view

    def refused(self) -> list[Any]:
        """The calls of the bot that Slack did not take."""
        return [call for call in self.slack.calls() if not (call.response or {}).get("ok")]


def _kept_in(db: Path) -> dict[str, str]:
    """Where a test's bot keeps things: a file, or a database of its own on the server of ``TEST_POSTGRES``."""
    if not (server := os.environ.get("TEST_POSTGRES")):
        return {"ADVISOR_DB": str(db)}
    import psycopg

    name = f"t{zlib.crc32(str(db).encode()):08x}{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as conn, suppress(psycopg.errors.DuplicateDatabase):
        conn.execute(f"CREATE DATABASE {name}")
    return {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}


ON_A_FILE = pytest.mark.skipif("TEST_POSTGRES" in os.environ, reason="it looks into the file, or moves its time alone")


def decisions(workspace: Workspace, user: str, word: str = "") -> dict[str, Any]:
    """What ``/finetune decisions [word]`` says to them alone: at once, or when Slack was asked where they are."""
    slack, before = workspace.slack, len(workspace.slack.ephemerals(user))
    answer = slack.command(user, "/finetune", f"decisions {word}".strip(), channel="C0ELSEWHERE")
    if answer:
        assert answer["response_type"] == "ephemeral"
        return answer
    slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
    workspace.quiet()
    return slack.ephemerals(user)[-1]


def as_written(conn: Any) -> None:
    """What a test has put into the logs and reports by hand counts as what was written."""
    for table in sums.COLUMNS:
        conn.execute(f"UPDATE {table} SET sum=''")  # noqa: S608 - ours
    sums.fill(conn)


def blocks_of(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message's blocks, the folded ones too."""
    for block in message.get("blocks", []):
        yield block
        yield from block.get("child_blocks", [])


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """action_id -> element of everything one can press; what can be picked behind *More* under what it stands for."""
    elements = [e for block in blocks_of(message) for e in block.get("elements", [])]
    found = {e["action_id"]: e for e in elements if "action_id" in e}
    behind = {option: found[menu] for menu in MENUS if menu in found for option in _picks(found[menu])}
    thumbs = found.get("feedback:thumb", {})
    return found | behind | {thumbs[side]["value"]: thumbs for side in _THUMBS if side in thumbs}


MENUS = ("report:more", "session:more", "record:more")
_THUMBS = ("positive_button", "negative_button")


def _picks(menu: dict[str, Any]) -> Iterator[str]:
    """What a menu's options stand for: "report:export", "record:differ"."""
    for option in menu["options"]:
        value = str(option["value"])
        yield value if menu["action_id"] != "record:more" else f"record:{value.partition(':')[0]}"


class Hands(LocalSlack):
    """The workspace, in which a person finds what stands behind *More* as well, and below a card the thumbs. It is
    patient: that a bot is in time is measured (tests/benchmarks), and on a busy machine no test's truth."""

    def __init__(self, retry_waits: tuple[float, ...] = (0, 0, 0), **more: Any) -> None:
        super().__init__(retry_waits=retry_waits, **{"ack_timeout": 60.0, **more})

    def click(self, user: str, message_ts: str | None = None, action_id: str = "", *more: Any, **others: Any) -> int:
        channel = more[0] if more else others.get("channel")
        option = more[1] if len(more) > 1 else others.get("option")
        places = [channel] if channel else [f"D{user[1:]}"]
        messages = [m for place in places for m in self.messages(place)] if message_ts else []
        message = next((m for m in messages if m["ts"] == message_ts), {})
        there = buttons(message)
        element = there.get(f"{action_id}:{option}") or there.get(action_id) or {}
        held = element.get("action_id", action_id)
        if held in MENUS and action_id not in MENUS:
            picks = zip(_picks(element), element["options"], strict=True)
            wanted = {action_id, f"{action_id}:{option}"}
            value = next(each["value"] for pick, each in picks if pick in wanted)
            return super().click(user, message_ts, held, channel, value)
        if held == "feedback:thumb" and action_id != held:
            return super().click(user, message_ts, held, channel, action_id)
        if action_id == "record:how" and "record:ask" in buttons(message):
            return self._earlier_button(user, message, channel, action_id)
        return super().click(user, message_ts, action_id, *more, **others)

    def _earlier_button(self, user: str, message: dict[str, Any], channel: str | None, action_id: str) -> int:
        """A press on a button that records of an earlier release have."""
        super().click(user, message["ts"], "record:ask", channel)
        self.wait_idle()
        with suppress(TimeoutError, LookupError):  # a record that is gone opens none
            self.wait_for(lambda: self.modals(user), 2)
            self.close_view(user)
        seen = self.deliveries("interactive")[-1].payload
        if seen["type"] != "block_actions":
            seen = self.deliveries("interactive")[-2].payload
        action = seen["actions"][0] | {"action_id": action_id, "action_ts": f"{time.time():.6f}"}
        return self.deliver(seen | {"actions": [action]}).status


def text_of(message: dict[str, Any]) -> str:
    """All words of a message's blocks, the folded ones too."""
    parts = []
    for block in blocks_of(message):
        parts.append(_words(block))
        if block["type"] == "context":
            parts += [element.get("text", "") for element in block["elements"]]
    return "\n".join(parts)


def _words(block: dict[str, Any]) -> str:
    words = block.get("text") or block.get("title") or ""
    return words if isinstance(words, str) else str(words["text"])


def _ids(message: dict[str, Any]) -> list[str]:
    return [block["block_id"] for block in message.get("blocks", [])]


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with Hands() as running:
        yield running


@pytest.fixture(params=["http", "socket"])
def workspace(request: pytest.FixtureRequest, slack: LocalSlack, tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(slack, tmp_path / "advisor.db", request.param)
    made.start()
    yield made
    made.quiet()
    slack.stop()  # first, since Socket Mode waits for its server's goodbye
    made.stop()
    assert made.refused() == [], "Slack took every call"


@pytest.fixture
def over_http(slack: LocalSlack, tmp_path: Path) -> Iterator[Workspace]:
    """The same where the transport makes no difference."""
    made = Workspace(slack, tmp_path / "advisor.db", "http")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def over_http_with(slack: LocalSlack, tmp_path: Path) -> Iterator[Callable[..., Workspace]]:
    """The same with more in the environment."""
    ends = ExitStack()

    def make(**environ: str) -> Workspace:
        made = Workspace(slack, tmp_path / "advisor.db", "http", **environ).start()
        ends.callback(made.stop)
        return made

    with ends:
        yield make


Pressable = Callable[[dict[str, Any]], dict[str, dict[str, Any]]]
Words = Callable[[dict[str, Any]], str]


@pytest.fixture
def pressable() -> Pressable:
    return buttons


@pytest.fixture
def words() -> Words:
    return text_of


@pytest.fixture
def answers() -> dict[str, str]:
    return dict(ANSWERS)


class Process:
    """``python -m bot`` as its own process, or another module; its output is kept."""

    def __init__(self, environ: dict[str, str], cwd: Path, module: str = "bot") -> None:
        self.lines: list[str] = []
        self._said = threading.Condition()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", module], env=environ, cwd=cwd, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self.lines.append("")
            self._said.notify_all()

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """The first line that matches; fails with all output when the process ends without one."""
        deadline = time.monotonic() + seconds
        with self._said:
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found
                if (self.lines[-1:] == [""] and self.popen.poll() is not None) or time.monotonic() > deadline:
                    raise AssertionError(f"no {pattern!r} in:\n" + "\n".join(self.lines))
                self._said.wait(0.5)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def end(self, signal: int | None = None) -> int:
        """Send a signal, or just wait; the exit status."""
        if signal is not None and self.popen.poll() is None:
            self.popen.send_signal(signal)
        status = self.popen.wait(120)
        self._reader.join()
        assert self.popen.stdout
        self.popen.stdout.close()
        return status


RunBot = Callable[..., Process]


@contextmanager
def bots(folder: Path) -> Iterator[RunBot]:
    """Start ``python -m bot`` with exactly these variables (and a database in ``folder`` unless given)."""
    started: list[Process] = []

    def run(module: str = "bot", /, **environ: str) -> Process:
        bare = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "CI": "1", "PYTHONUNBUFFERED": "1"}
        bare |= {"ADVISOR_DB": str(folder / "advisor.db"), "PYTHONPATH": str(ROOT)}
        started.append(Process(bare | environ, folder, module))
        return started[-1]

    try:
        yield run
    finally:
        for process in started:
            process.end(9)


@pytest.fixture
def run_bot(tmp_path: Path) -> Iterator[RunBot]:
    with bots(tmp_path) as run:
        yield run


AtOnce = Callable[..., list[Any]]


@pytest.fixture
def at_once() -> AtOnce:
    """Do something n times, in as many threads or one after the other; what each returned."""

    def do(work: Callable[[int], Any], times: int, *, parallel: bool = True) -> list[Any]:
        if not parallel:
            return [work(n) for n in range(times)]
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(work, range(times)))

    return do


Fetch = Callable[[str], tuple[int, str]]


@pytest.fixture
def fetch() -> Fetch:
    """GET an address of this machine: status and body."""

    def get(address: str) -> tuple[int, str]:
        parts = urlsplit(address)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    return get


DECIDED = {
    "goal": "company_voice", "prompt_tried": True, "rag_tried": "not_needed", "failure_cause": "tone",
    "eval_pairs": PAIRS + 200, "measured_pass_rate": "0.82", "target_pass_rate": "0.9",
    "large_model_meets_target": True, "eval_overlaps_training": False, "calls_per_year": 1_000_000,
    "usd_per_call_now": "0.03",
    "usd_per_call_after": "0.001", "pass_rate_without_tuning": "0.9", "training_pairs": 5000,
    "labeled_pairs": 0, "usd_per_label": "1",
    "training_usd": "500", "upkeep_usd_per_month": "200", "hosting_usd_per_month": "0", "retrain_pipeline": True,
    "retrain_budget": True, "retrain_owner": "R. Okafor",
}  # fmt: skip
"""The answers of ``ANSWERS`` as an exported decision has them."""


class Decided:
    """A check that was decided (brought in as an exported decision), and what its owner does with it."""

    def __init__(self, workspace: Workspace, user: str, title: str, answers: dict[str, Any]) -> None:
        self.workspace, self.slack, self.user, self.channel = workspace, workspace.slack, user, f"D{user[1:]}"
        text = json.dumps({"format": "finetune-advisor/decision", "title": title, "answers": answers})
        self.slack.command(user, "/finetune", "import")
        there = {*workspace.rows("SELECT id FROM sessions")}
        self.slack.wait_for(lambda: self.slack.modals(user))
        assert self.slack.submit(user, {"json": text}) == {}
        self.settle()
        ((self.id,),) = {*workspace.rows("SELECT id FROM sessions")} - there

    def settle(self) -> None:
        """Wait until everything was heard, and all that is due said and noted; a reminder may go on waiting."""
        self.slack.wait_idle()
        self.workspace.wait_for(lambda: not self.workspace.rows("SELECT 1 FROM outbox WHERE due='' AND doubt < 2"))

    @property
    def card(self) -> dict[str, Any]:
        """Its report, as the owner has it in the DM."""
        return [m for m in self.slack.messages(self.channel) if "report:share" in buttons(m)][-1]

    @property
    def root(self) -> str:
        return str(self.card.get("thread_ts") or self.card["ts"])

    @property
    def told(self) -> str:
        """What the bot said last in the owner's DM."""
        return text_of([m for m in self.slack.messages(self.channel) if m.get("bot_id")][-1])

    def press(self, action_id: str, option: str | None = None) -> None:
        """Press something on its card."""
        assert self.slack.click(self.user, self.card["ts"], action_id, self.channel, option=option) == 200
        self.settle()

    def type(self, text: str) -> None:
        """Type in its thread."""
        self.slack.say(self.user, text, thread_ts=self.root)
        self.slack.wait_idle()
        self.settle()

    def press_told(self, action_id: str) -> None:
        """Press something on the last message with it in the owner's DM."""
        message = [m for m in self.slack.messages(self.channel) if action_id in buttons(m)][-1]
        assert self.slack.click(self.user, message["ts"], action_id, self.channel) == 200
        self.settle()

    def share(self, channel: str = "C0GENERAL", *ticked: str, note: str = "") -> dict[str, Any]:
        """Share it in a channel; the record that was posted, empty when none was."""
        self.press("report:share")
        assert self.slack.submit(self.user, {"channel": channel, "options": list(ticked), "note": note}) == {}
        self.settle()
        return self.record(channel)

    def record(self, channel: str = "C0GENERAL") -> dict[str, Any]:
        """The record posted last in a channel."""
        said = [m for m in self.slack.messages(channel) if m.get("bot_id")]
        posted = [message for message in said if "was decided again" not in message["text"]]
        return posted[-1] if posted else {}

    def change(self, what: str, value: str) -> None:
        """Change an answer by typing."""
        root = self.root
        for text in (f"change {what}", value):
            self.slack.say(self.user, text, thread_ts=root)
            self.slack.wait_idle()
            self.settle()


Decide = Callable[..., Decided]


@pytest.fixture
def decided() -> Decide:
    def bring(workspace: Workspace, user: str = ADA, title: str = "Our support tone", **changes: Any) -> Decided:
        return Decided(workspace, user, title, DECIDED | changes)

    return bring


@pytest.fixture
def clock() -> list[float]:
    """The time of ``turns``, Unix seconds; a test moves it."""
    return [1_800_000_000.0]


@pytest.fixture
def turns(over_http: Workspace, clock: list[float]) -> Turns:
    """Turns on the workspace's own database and outbox that keep a check for 30 days of this clock."""
    return Turns(over_http.bot.store, over_http.bot.outbox, keep_days=30, clock=Standing(clock))


class Standing(Clock):
    """The time a test has written down."""

    def __init__(self, now: list[float]) -> None:
        self._now = now

    def time(self) -> float:
        return self._now[0]


@pytest.fixture
def days_pass(turns: Turns, clock: list[float]) -> Callable[[int], None]:
    """So many days on which the bot runs, and looks for what is too old."""

    def live(days: int) -> None:
        for _ in range(days):
            clock[0] += 86_400
            turns.sweep()
            turns.reading(lambda _: None)  # it has looked before the next day comes

    return live


@pytest.fixture
def conversation(turns: Turns) -> Conversation:
    """What can be said to the bot in those ``turns``."""
    replies = Replies(turns, Wording(load_rules()))
    return Conversation(turns, replies, LiveCard(replies, 30, turns.now), lambda _team: ())

"""The bot and the floor as two processes on one core, measured in turn by people on the other."""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.slack.health import NUMBERS
from tests.benchmarks.people import SECRET, People, Slack, Told
from tests.benchmarks.profiled import shares
from tests.ports import free_port

FLOOR = "no-op"
PEOPLE, AT_ONCE = 200, 100
SERVER_CORE, LOAD_CORE = 0, 1
_START_SECONDS, _DRAIN_SECONDS = 120, 60


class Process:
    """A server on its core, or on some; what it says is thrown away once it is ready."""

    def __init__(
        self,
        command: list[str],
        environ: dict[str, str],
        port: int,
        cores: Collection[int] = (SERVER_CORE,),
        tree: Path | None = None,
    ) -> None:
        self.port = port
        with on_cores(*cores):
            whole = [sys.executable, "-m", *command]
            self._process = subprocess.Popen(
                whole, cwd=tree, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        self._said = list[str]()

    def wait_until_ready(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._said.append(line)
            if re.search(r"\bready\b", line):  # and not "already in use"
                threading.Thread(target=self._listen, daemon=True).start()
                return
        raise SystemExit(f"a server did not start:\n{''.join(self._said[-20:])}")

    def _listen(self) -> None:
        assert self._process.stdout
        for _ in self._process.stdout:
            pass

    def cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def waiting(self) -> int:
        """What the bot has still to say."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request("GET", NUMBERS)
            page = line.getresponse().read().decode()
        found = next(line for line in page.splitlines() if line.startswith("finetune_advisor_outbox_waiting "))
        return int(float(found.split()[1]))

    def signal(self, which: int) -> None:
        self._process.send_signal(which)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """What is started here runs on these alone, and so do its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def bot(
    slack: Slack, *command: str, url: str = "", cores: Collection[int] = (SERVER_CORE,), tree: Path | None = None
) -> AsyncIterator[Process]:
    """A bot over HTTP whose Slack this is, on a file of its own or the database at ``url``; of another checkout."""
    port = free_port()
    with TemporaryDirectory() as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "ADVISOR_"))}
        environ |= {"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_SIGNING_SECRET": SECRET, "LOG_LEVEL": "INFO"}
        environ |= {"SLACK_API_URL": f"http://127.0.0.1:{slack.port}/api/", "HOST": "127.0.0.1"}
        environ |= {"PORT": str(port)} | ({"DATABASE_URL": url} if url else {"ADVISOR_DB": f"{folder}/advisor.db"})
        environ |= {"PYTHONPATH": str(tree)} if tree else {}
        async with _started(Process(list(command) or ["bot"], environ, port, cores, tree)) as process:
            yield process


@asynccontextmanager
async def _started(process: Process) -> AsyncIterator[Process]:
    try:
        async with asyncio.timeout(_START_SECONDS):
            await asyncio.to_thread(process.wait_until_ready)
        yield process
    finally:
        await asyncio.to_thread(process.stop)


async def quiet(slack: Slack, process: Process) -> None:
    """Until nothing is left to say."""
    async with asyncio.timeout(_DRAIN_SECONDS):
        while slack.busy or await asyncio.to_thread(process.waiting):  # noqa: ASYNC110 - another process' doing
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.2)


class Both:
    """The two, each with its people."""

    def __init__(self, slack: Slack, processes: dict[str, Process], random_: random.Random) -> None:
        self._slack, self.processes, self._random = slack, processes, random_
        self._people = {name: People(process.port) for name, process in processes.items()}

    async def begin(self) -> None:
        for people in self._people.values():
            await people.begin(PEOPLE, self._random)
        await self._quiet()

    async def _quiet(self) -> None:
        for name, process in self.processes.items():
            if name != FLOOR:
                await quiet(self._slack, process)

    async def rounds(self, rate: float, seconds: float, how_many: int) -> dict[str, list[tuple[Told, float]]]:
        """In turn, at so many a second (0: as many as it takes): what came of it, and the server's CPU seconds."""
        found: dict[str, list[tuple[Told, float]]] = {name: [] for name in self.processes}
        for _ in range(how_many):
            for name, process in self.processes.items():
                before, people = process.cpu_seconds(), self._people[name]
                if rate:
                    told = await people.open_loop(rate, seconds, self._random)
                else:
                    told = await people.closed_loop(AT_ONCE, seconds)
                await self._quiet()
                found[name].append((told, process.cpu_seconds() - before))
        return found


@asynccontextmanager
async def both() -> AsyncIterator[Both]:
    slack = Slack()
    await slack.start()
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}
    async with (
        _started(Process(["tests.benchmarks.noop", str(port)], environ, port)) as floor,
        bot(slack) as ours,
    ):
        made = Both(slack, {FLOOR: floor, "bot": ours}, random.Random(2026))
        await made.begin()
        yield made


async def memory(conversations: int) -> tuple[float, float]:
    """MB of the bot after a tenth of so many conversations and after all of them; Slack answers at once."""
    slack = Slack(delay=0.0)
    await slack.start()
    async with bot(slack) as process:
        people, found = People(process.port), []
        for how_many in (conversations // 10, conversations - conversations // 10):
            await people.conversations(how_many, AT_ONCE, turns=2)
            await quiet(slack, process)
            found.append(process.memory_mb())
    return found[0], found[1]


async def profile(seconds: float) -> str:
    """Where a turn's CPU time goes at 50 a second: counting costs as much again."""
    slack = Slack()
    await slack.start()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "profile.json"
        async with bot(slack, "tests.benchmarks.profiled", str(file)) as process:
            random_ = random.Random(2026)
            people = People(process.port)
            await people.begin(PEOPLE // 4, random_)
            await quiet(slack, process)
            process.signal(signal.SIGUSR1)
            told = await people.open_loop(50, seconds, random_)
            await quiet(slack, process)
            process.signal(signal.SIGUSR2)
            await asyncio.sleep(2)
        before, after = json.loads(file.read_text())
    return shares(before, after, max(1, told.taken))


def run(work: Any) -> Any:
    """A coroutine, with this process on the load's core and its collector out of the way."""
    import gc

    os.sched_setaffinity(0, {LOAD_CORE})
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        return asyncio.run(work)
    finally:
        gc.enable()

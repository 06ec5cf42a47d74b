"""One process that has thousands of conversations, and what it weighs after so many."""

import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bot.local import LocalSlack
from bot.store.sqlite import sqlite3
from tests.bot.conftest import Process, RunBot

PEOPLE = {"U0ADA": "D0ADA", "U0LIN": "D0LIN"}
ANSWERS = ("classification", "yes", "not needed", "tone", "1,200", "why not now?")
AT_ONCE = 20
"""Conversations of a batch; after it the workspace forgets what was said, which is not what is weighed."""
WARM = 15
"""Batches after which what a process loads and keeps is there."""
MORE_MB = 16.0
"""So much it may grow by from then on: what it remembers is bounded, its allocator's rounding is not nothing."""
MORE_HANDLES = 4
JOURNAL_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Weight:
    """Of a process and its file, once nobody says anything."""

    mb: float
    handles: int
    journal_bytes: int
    queue: int


@dataclass(frozen=True)
class Lived:
    """A life from its start to SIGTERM."""

    conversations: int
    turns: int
    acks: Counter[str]
    """Status -> how many."""
    warm: Weight
    last: Weight
    most_journal_bytes: int
    lost: list[str]
    doubled: list[str]
    status: int
    output: str

    @property
    def grown(self) -> list[str]:
        """In what it did not stay as it was."""
        wrong = list[str]()
        if self.last.mb > self.warm.mb + MORE_MB:
            wrong.append(f"grew from {self.warm.mb:.0f} to {self.last.mb:.0f} MB")
        if self.last.handles > self.warm.handles + MORE_HANDLES:
            wrong.append(f"holds {self.last.handles} files, {self.warm.handles} before")
        if self.most_journal_bytes > JOURNAL_BYTES:
            wrong.append(f"a journal of {self.most_journal_bytes:,} bytes")
        if self.last.queue:
            wrong.append(f"{self.last.queue} rows to be said")
        if self.status:
            wrong.append(f"status {self.status} at SIGTERM")
        return wrong


def lived(
    slack: LocalSlack, run_bot: RunBot, port: int, file: Path, enough: Callable[[int], bool], *, warm: int = WARM
) -> Lived:
    """Have conversations of a few answers each until there are ``enough``."""
    process = run_bot(
        SLACK_BOT_TOKEN=slack.bot_token, SLACK_SIGNING_SECRET=slack.signing_secret, SLACK_API_URL=slack.api_url,
        HOST="127.0.0.1", PORT=str(port), ADVISOR_DB=str(file), LOG_LEVEL="INFO",
    )  # fmt: skip
    process.wait_for("ready: ")
    slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
    lost, doubled, weights, had, journal = list[str](), list[str](), list[Weight](), 0, 0
    while not enough(had) or len(weights) < warm:
        said = [(user, slack.say(user, f"Idea {had + n}")) for n in range(AT_ONCE // len(PEOPLE)) for user in PEOPLE]
        slack.wait_idle(120)
        for text in ANSWERS:
            for user, root in said:
                slack.say(user, text, thread_ts=root)
            slack.wait_idle(120)
            journal = max(journal, weighed(process, file).journal_bytes)
        had += len(said)
        _until_said(file)
        lost += _unheard(slack, file, had)
        doubled += _forgotten(slack)
        weights.append(weighed(process, file))
    until = time.monotonic() + 30  # a connection to Slack that nobody uses any more stands for half of that
    while weights[-1].handles > weights[warm - 1].handles + MORE_HANDLES and time.monotonic() < until:
        time.sleep(0.2)
        weights[-1] = weighed(process, file)
    page = _numbers(port)
    counted = re.findall(r'^finetune_advisor_(\w+)_total\{\w+="(\w+)"\} (\d+)', page, re.MULTILINE)
    status = process.end(15)
    return Lived(
        conversations=had,
        turns=sum(int(n) for name, _, n in counted if name == "turns"),
        acks=Counter({what: int(n) for name, what, n in counted if name == "acks"}),
        warm=weights[warm - 1],
        last=weights[-1],
        most_journal_bytes=journal,
        lost=lost,
        doubled=doubled,
        status=status,
        output=process.output,
    )


def weighed(process: Process, file: Path) -> Weight:
    there = Path(f"/proc/{process.popen.pid}")
    kb = re.search(r"VmRSS:\s+(\d+)", (there / "status").read_text())
    assert kb
    journals = [file.with_name(f"{file.name}{end}") for end in ("-wal", "-journal")]
    return Weight(
        mb=int(kb[1]) / 1024,
        handles=len(list((there / "fd").iterdir())),
        journal_bytes=sum(one.stat().st_size for one in journals if one.exists()),
        queue=_count(file, "SELECT count(*) FROM outbox"),
    )


def _count(file: Path, query: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute(query).fetchone()[0])


def _until_said(file: Path) -> None:
    until = time.monotonic() + 120
    while _count(file, "SELECT count(*) FROM outbox"):
        assert time.monotonic() < until, "there is always something left to say"
        time.sleep(0.02)


def _unheard(slack: LocalSlack, file: Path, had: int) -> list[str]:
    """What was taken and is not in the file; what was not taken would carry a mark."""
    marks = [f"{dm} {ts}: {words}" for (dm, ts), words in slack.workspace.troubles.items()]
    checks = _count(file, "SELECT count(*) FROM sessions")
    heard = _count(file, "SELECT count(*) FROM seen WHERE key LIKE 'T0LOCAL:U0%'")
    less = checks != had or heard != had * (1 + len(ANSWERS))
    return marks + ([f"{had} conversations, {checks} checks, {heard} messages"] if less else [])


def _forgotten(slack: LocalSlack) -> list[str]:
    """What stands twice; then the workspace forgets it all."""
    said = [m for dm in PEOPLE.values() for m in slack.messages(dm) if m.get("bot_id")]
    keys = Counter(m["metadata"]["event_payload"]["key"] for m in said if "metadata" in m)
    for dm in PEOPLE.values():
        slack.workspace._messages[dm].clear()
    slack.workspace._said.clear()
    return [key for key, times in keys.items() if times > 1]


def _numbers(port: int) -> str:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()

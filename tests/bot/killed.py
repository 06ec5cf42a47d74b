"""A bot of its own process, killed again and again while two people use it; and what it owes them in the end."""

import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.local import LocalSlack
from bot.store.sqlite import sqlite3
from tests.bot.conftest import Process, RunBot
from tests.ports import free_port

PEOPLE = {"U0ADA": "D0ADA", "U0LIN": "D0LIN"}
TEAM = "T0LOCAL"


@dataclass(frozen=True)
class Owed:
    """What came of so many kills."""

    kills: int
    turns: int
    acknowledged: int
    lost: list[str]
    """What was acknowledged and is not in the file."""
    doubled: list[str]
    """Keys of what stands more than once."""
    unsaid: int
    unasked: int
    """Posts more than there was something to answer."""
    whole: bool
    """The file, as SQLite looks through it."""
    status: int
    """Of the end of the last process, which was asked to."""


def killed_under_load(
    slack: LocalSlack, run_bot: RunBot, file: Path, dice: random.Random, enough: Callable[[int], bool]
) -> Owed:
    """Until there are ``enough`` kills, each after a few more acknowledged presses."""
    port = free_port()
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret, "HOST": "127.0.0.1",
        "SLACK_API_URL": slack.api_url, "PORT": str(port), "LOG_LEVEL": "INFO", "ADVISOR_DB": str(file),
    }  # fmt: skip
    slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
    pressed: Counter[str] = Counter()
    said: dict[str, list[str]] = {}
    over = threading.Event()

    def person(user: str) -> None:
        """Presses "I don't know" and types an answer in turn, one thing at a time, and counts what was taken."""
        root = slack.say(user, f"The idea of {user}")
        mine = said[user] = [root]
        while not over.is_set():
            cards = [m for m in slack.messages(PEOPLE[user], root) if "action_id" in str(m.get("blocks"))]
            asked = re.search(r"answer:(\w+):unknown", str(cards[-1])) if cards else None
            if asked:
                with suppress(LookupError):  # the card went on between the look and the click
                    pressed[user] += slack.click(user, cards[-1]["ts"], asked[0], PEOPLE[user]) == 200
            elif cards and cards[-1]["ts"] > mine[-1]:
                mine.append(slack.say(user, "start over", thread_ts=root))
            over.wait(0.02)

    def watch() -> Process:
        process = run_bot(**environ)
        process.wait_for("ready: ")
        return process

    def more_than(before: int) -> bool:
        return sum(pressed.values()) > before + dice.randrange(6)

    people = [threading.Thread(target=person, args=(user,)) for user in PEOPLE]
    process, kills = watch(), 0
    for thread in people:
        thread.start()
    try:
        while not enough(kills):
            slack.wait_for(partial(more_than, sum(pressed.values())), timeout=120)
            process.end(signal.SIGKILL)
            process, kills = watch(), kills + 1
    finally:
        over.set()
    for thread in people:
        thread.join()
    slack.wait_idle(120)
    until = time.monotonic() + 120  # a stop leaves it seconds, which may be too few; what is left then is counted
    while unsaid(file) and time.monotonic() < until:
        time.sleep(0.05)
    status = process.end(signal.SIGTERM)

    with closing(sqlite3.connect(file)) as kept:
        keys = [key for (key,) in kept.execute("SELECT key FROM seen")]
        whole = kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        owners = {owner for (owner,) in kept.execute("SELECT owner FROM sessions")}
    heard = {":".join(key.split(":")[:4]) for key in keys}
    taken_words = {
        f"{TEAM}:{user}:{PEOPLE[user]}:{ts}" for user, all_ts in said.items() for ts in all_ts
        if not slack.trouble(PEOPLE[user], ts)
    }  # fmt: skip
    clicks = Counter(key.split(":")[1] for key in keys if ":answer:" in key)
    lost = sorted(taken_words - heard) + [user for user in PEOPLE if user not in owners]
    lost += [f"a press of {user}" for user in PEOPLE for _ in range(pressed[user] - clicks[user])]
    messages = [m for dm in PEOPLE.values() for m in slack.messages(dm) if m.get("bot_id")]
    posts = Counter(m["metadata"]["event_payload"]["key"] for m in messages)
    return Owed(
        kills=kills,
        turns=len(keys),
        acknowledged=sum(pressed.values()) + len(taken_words),
        lost=lost,
        doubled=[key for key, times in posts.items() if times > 1],
        unsaid=unsaid(file),
        unasked=max(0, len(posts) - sum(map(len, said.values()))),
        whole=whole,
        status=status,
    )


def unsaid(file: Path) -> int:
    """How much is still to be said."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])

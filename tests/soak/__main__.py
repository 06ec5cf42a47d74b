"""``python -m tests.soak MINUTES``: kill -9 under load, hostile requests, hostile texts, the state machine and a long
life in turn, and what came of each. Ends with status 1 when something is wrong.

``--seed N`` plays the same once more, as far as threads let it; ``--write`` puts the table into docs/reliability.md.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bot.conftest import Hands, Process, bots
from tests.bot.killed import killed_under_load
from tests.bot.long_life import lived
from tests.bot.machine import Conversations
from tests.conftest import pytest_configure
from tests.ports import free_port
from tests.slack.schema import watched
from tests.soak import hostile

CONVERSATIONS = 20_000
"""After so many a life is long enough, whatever time is left."""
TRIALS_A_SEED, STEPS = 5, 80

Over = Callable[[], bool]


@dataclass
class Row:
    """A line of the table; ``None`` where a trial does not look at that."""

    did: str
    seconds: float = 0.0
    turns: int | None = None
    acknowledged: int | None = None
    lost: int | None = None
    doubled: int | None = None
    faults: int | None = None
    """500 and the like; a refusal of overload (503) is none."""
    refused: int | None = None
    canaries: int | None = None
    rss: str = ""
    handles: str = ""
    journal: str = ""
    queue: int | None = None
    wrong: list[str] = field(default_factory=list)

    def judged(self) -> "Row":
        """Whatever is counted and has to be nothing is."""
        for name in ("lost", "doubled", "faults", "canaries", "queue"):
            if getattr(self, name):
                self.wrong.append(f"{name}: {getattr(self, name)}")
        return self


def kills(folder: Path, dice: random.Random, over: Over) -> Row:
    processes: list[Process] = []
    with Hands(retry_waits=(0.2,) * 3_000) as slack, bots(folder) as run:

        def kept(**environ: str) -> Process:
            processes.append(run(**environ))
            return processes[-1]

        owed = killed_under_load(slack, kept, folder / "killed.db", dice, lambda _: over())
        statuses = Counter(each.status for each in slack.deliveries())
    row = Row(
        f"kill -9 under load, {owed.kills:,} times", turns=owed.turns, acknowledged=owed.acknowledged,
        lost=len(owed.lost), doubled=len(owed.doubled), faults=statuses[500], refused=statuses[503],
        canaries=sum(process.output.count("The idea of") for process in processes), queue=owed.unsaid,
    )  # fmt: skip
    row.wrong += [] if owed.whole else ["the file is damaged"]
    row.wrong += [f"status {owed.status} at SIGTERM"] if owed.status else []
    row.wrong += [f"{owed.unasked} posts nobody asked for"] if owed.unasked else []
    return row


def attacked(did: str, came: hostile.Attacked) -> Row:
    five = sum(n for status, n in came.statuses.items() if status >= 500 and status != 503)
    row = Row(
        did, turns=came.turns, acknowledged=came.statuses[200], faults=five, refused=came.statuses[503],
        canaries=came.in_logs + came.in_file + came.shown, queue=came.queue,
    )  # fmt: skip
    row.wrong += [f"{came.refused_calls} calls that Slack did not take"] if came.refused_calls else []
    return row


def hostile_requests(folder: Path, dice: random.Random, over: Over) -> Row:
    came = hostile.requests(folder, dice, over)
    return attacked(f"hostile requests, {came.statuses.total():,}", came)


def hostile_texts(folder: Path, dice: random.Random, over: Over) -> Row:
    came = hostile.texts(folder, dice, over)
    return attacked(f"hostile texts, {came.statuses.total():,} deliveries", came)


def machine(_folder: Path, dice: random.Random, over: Over) -> Row:
    row, Conversations.counted = Row(""), Counter()
    played = settings(
        derandomize=False, database=None, deadline=None, max_examples=TRIALS_A_SEED, stateful_step_count=STEPS,
        phases=(Phase.explicit, Phase.generate),
    )  # fmt: skip
    while not over() and not row.wrong:
        chosen = dice.randrange(2**32)
        with pytest.MonkeyPatch.context() as patch, watched(patch):
            try:
                run_state_machine_as_test(seed(chosen)(Conversations), settings=played)
            except Exception as error:  # noqa: BLE001 - told with the seed that shows it again
                row.wrong.append(f"with seed {chosen}: {error!r}\n" + "\n".join(getattr(error, "__notes__", ())))
    counted = Conversations.counted
    row.did = f"the state machine, {counted['steps']:,} steps, {counted['ends']:,} ends of a process"
    row.turns, row.acknowledged = counted["turns"], counted["acknowledged"]
    row.lost = row.doubled = row.canaries = row.queue = 0  # else it had ended
    row.faults, row.refused = counted["500"], counted["503"]
    return row


def long_life(folder: Path, _dice: random.Random, over: Over) -> Row:
    with Hands(retry_waits=(0.2,) * 3_000) as slack, bots(folder) as run:
        life = lived(slack, run, free_port(), folder / "life.db", lambda had: had >= CONVERSATIONS or over())
    row = Row(
        f"long life, {life.conversations:,} conversations", turns=life.turns, acknowledged=life.acks["200"],
        lost=len(life.lost), doubled=len(life.doubled), refused=life.acks["503"],
        faults=sum(n for status, n in life.acks.items() if status >= "500" and status != "503"),
        canaries=life.output.count("Idea "), rss=f"{life.warm.mb:.0f} to {life.last.mb:.0f} MB",
        handles=f"{life.warm.handles} to {life.last.handles}", queue=life.last.queue,
        journal=f"{life.most_journal_bytes / 2**20:.1f} MB",
    )  # fmt: skip
    row.wrong += life.grown
    return row


TRIALS = (kills, hostile_requests, hostile_texts, machine, long_life)
COLUMNS = (
    "turns",
    "acknowledged",
    "lost",
    "doubled",
    "faults",
    "refused",
    "canaries",
    "rss",
    "handles",
    "journal",
    "queue",
)
HEADS = (
    "turns",
    "acknowledged",
    "lost",
    "doubled",
    "500s",
    "refused 503",
    "canaries",
    "memory",
    "handles",
    "journal",
    "queue",
)


def table(rows: list[Row]) -> str:
    """As a page has it."""
    lines = ["| trial | time | " + " | ".join(HEADS) + " |", "|---" * (2 + len(HEADS)) + "|"]
    for row in rows:
        cells = [getattr(row, name) for name in COLUMNS]
        shown = ["–" if cell in (None, "") else f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells]
        lines.append(f"| {row.did} | {row.seconds / 60:.1f} min | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def a_day(rows: list[Row]) -> str:
    """What that would be."""
    seconds = sum(row.seconds for row in rows)
    turns, acknowledged = (
        sum(getattr(row, name) or 0 for row in rows) * 86_400 / seconds for name in ("turns", "acknowledged")
    )
    return (
        f"At this pace a day is {turns:,.0f} turns and {acknowledged:,.0f} acknowledged deliveries"
        f" ({seconds / 60:.0f} minutes were played)."
    )


def _past(until: float) -> bool:
    return time.monotonic() > until


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.soak")
    asked.add_argument("minutes", type=float, nargs="?", default=10.0)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    asked.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    given = asked.parse_args()
    dice = random.Random(given.seed)
    for name in [variable for variable in os.environ if variable.startswith(("SLACK_", "ADVISOR_", "ANTHROPIC_"))]:
        del os.environ[name]
    pytest_configure()  # templates are compiled once for all bots of this process
    print(f"{given.minutes:g} minutes, seed {given.seed}", flush=True)
    rows, begun = list[Row](), time.monotonic()
    for n, trial in enumerate(TRIALS):
        started = time.monotonic()
        until = started + (begun + given.minutes * 60 - started) / (len(TRIALS) - n)
        with tempfile.TemporaryDirectory() as folder:
            row = trial(Path(folder), dice, partial(_past, until)).judged()
        row.seconds = time.monotonic() - started
        rows.append(row)
        print(f"{row.did}: {'; '.join(row.wrong) or 'well'} ({row.seconds:.0f} s)", flush=True)
    told = f"{table(rows)}\n\n{a_day(rows)}"
    print(f"\n{told}")
    if given.write:
        sys.path.append(str(Path(__file__).resolve().parents[2] / "docs"))
        from build_reliability import with_long_run

        when = f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f}"
        with_long_run(f"`make soak MINUTES={given.minutes:g}`, {when}:\n\n{told}")
    return int(any(row.wrong for row in rows))


if __name__ == "__main__":
    sys.exit(main())

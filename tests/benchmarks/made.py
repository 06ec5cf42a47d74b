"""What a message and a start cost, against what they are made of; and where the time of either goes."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from pstats import Stats
from statistics import median
from tempfile import TemporaryFile
from timeit import repeat

from bot.render.blockkit import message
from tests.benchmarks.test_import import BASE, BOT, KEEPS_BYTECODE, seconds
from tests.benchmarks.test_message import as_report, report_by_hand, report_rendered

_TIMES, _TOLD = 200, 14


def messages(rounds: int) -> list[tuple[float, float]]:
    """By hand and through our parts, microseconds, in turn."""

    def through_view() -> object:
        return message(as_report(*report_rendered()), "s1:4")

    def by_hand() -> object:
        return report_by_hand(report_rendered)

    works: tuple[Callable[[], object], ...] = (by_hand, through_view)
    return [tuple(_least(work) for work in works) for _ in range(rounds)]  # type: ignore[misc]


def _least(work: Callable[[], object]) -> float:
    return min(repeat(work, number=_TIMES, repeat=3, timer=time.process_time)) / _TIMES * 1e6


def imports(rounds: int) -> list[tuple[float, float]]:
    """What the bot stands on and the bot, CPU seconds, in turn; the first of each writes the bytecode."""
    seconds(BASE), seconds(BOT)
    return [(seconds(BASE), seconds(BOT)) for _ in range(rounds)]


def import_times() -> str:
    """The modules whose import takes longest, with what each imports first."""
    command = [sys.executable, "-X", "importtime", "-c", BOT]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=KEEPS_BYTECODE).stderr
    rows = [re.match(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(.*)", line) for line in said.splitlines()]
    found = sorted(((int(row[2]), int(row[1]), row[4]) for row in rows if row), reverse=True)
    return "\n".join(f"{whole / 1000:6.0f} ms {own / 1000:6.1f} ms itself  {name}" for whole, own, name in found[:24])


def profiled(work: Callable[[], object], within: str) -> str:
    """Where the time of one function goes, by what it calls."""
    profile = Profile()
    original = threading.Thread.run

    def counted(thread: threading.Thread) -> None:
        profile.enable()
        original(thread)

    threading.Thread.run = counted  # type: ignore[method-assign,assignment]  # the writer is one
    try:
        profile.enable()
        work()
    finally:
        profile.disable()
        threading.Thread.run = original  # type: ignore[method-assign]
    told = io.StringIO()
    Stats(profile, stream=told).sort_stats("cumtime").print_stats(r"/(bot|advisor)/|built-in|method", _TOLD)
    lines = [line for line in told.getvalue().splitlines() if re.match(r"\s+\d", line) or "ncalls" in line]
    here = str(Path(__file__).resolve().parents[2]) + "/"
    return "\n".join(line.replace(here, "") for line in lines)


def durable_ms() -> float:
    """A write that is on disk: what a commit waits for."""
    with TemporaryFile(buffering=0) as file:
        took = []
        for _ in range(30):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    return 1000 * median(took)

"""The bot with a clock on every thread: which function its CPU time goes to, written as JSON when it stops.

``python -m tests.benchmarks.profiled FILE`` runs the bot as ``python -m bot`` does; what comes between SIGUSR1 and
SIGUSR2 is counted. It is CPU time of the thread and not time by the clock: who waits for the interpreter or the disk
is not charged. The counting itself costs about as much again, so that only shares are told.
"""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from cProfile import Profile
from pathlib import Path
from typing import Any

from bot.__main__ import run
from bot.shutdown import leave

HERE = str(Path(__file__).resolve().parents[2]) + "/"
CALLED = {
    "store": "the writer", "outbox": "the loop that sends", "waitress": "the threads that take requests",
    "beside": "the thread that polls the sockets", "MainThread": "the main thread",
}  # fmt: skip
_TOLD, _TOLD_OWN = 18, 5
_profiles: list[tuple[str, Profile]] = []


def _run(thread: threading.Thread, original: Any = threading.Thread.run) -> None:
    profile = Profile(time.thread_time)
    _profiles.append((_name(thread), profile))
    profile.enable()
    try:
        original(thread)
    finally:
        profile.disable()


def _name(thread: threading.Thread) -> str:
    return thread.name.rstrip("0123456789").rstrip("-_")


def told() -> dict[str, Any]:
    """Kind of thread -> its CPU seconds by the kernel, user and system, and function -> seconds within it, of all
    functions of ours, and own seconds of what is not."""
    found: dict[str, Any] = {"cpu": _cpu(), "inside": {}, "own": {}}
    for name, profile in _profiles:
        inside, own = found["inside"].setdefault(name, Counter()), found["own"].setdefault(name, Counter())
        for entry in profile.getstats():
            code = entry.code
            if isinstance(code, str):
                own[code] += entry.inlinetime
                continue
            path = code.co_filename
            if path.startswith(HERE):
                module = path.removeprefix(HERE).removesuffix(".py").replace("/", ".")
                inside[f"{module}.{code.co_qualname}"] += entry.totaltime
                own[f"{module}.{code.co_qualname}"] += entry.inlinetime
            else:
                package = path.split("site-packages/")[-1].removeprefix(f"{Path(os.__file__).parent}/")
                own[f"({package.removesuffix('.py')}.{code.co_qualname})"] += entry.inlinetime
    return found


def _cpu() -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for thread in threading.enumerate():
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rsplit(")", 1)[1].split()
        user, system = found.get(_name(thread), [0.0, 0.0])
        found[_name(thread)] = [user + int(stat[11]) / tick, system + int(stat[12]) / tick]
    return found


def shares(before: dict[str, Any], after: dict[str, Any], turns: int) -> str:
    """As a page shows it: CPU time a turn of each kind of thread by the kernel's account, and what it goes to."""
    said = []
    cpu = {name: [now - was for now, was in zip(both, before["cpu"].get(name, (0, 0)), strict=True)]
           for name, both in after["cpu"].items()}  # fmt: skip
    whole = sum(map(sum, cpu.values())) or 1.0
    for name, (user, system) in sorted(cpu.items(), key=lambda row: -sum(row[1])):
        if user + system < 0.02 * whole:
            continue
        said.append(f"{CALLED.get(name, name)}: {100 * (user + system) / whole:.0f} % of the CPU time")
        inside, own = (Counter(after[kind].get(name, {})) for kind in ("inside", "own"))
        inside.subtract(Counter(before["inside"].get(name, {})))
        own.subtract(Counter(before["own"].get(name, {})))
        thread = sum(own.values()) or 1.0
        for function, seconds in inside.most_common(_TOLD):
            if seconds > 0.03 * thread:
                said.append(f"  {100 * seconds / thread:3.0f} % within {function}")
        for function, seconds in own.most_common(_TOLD_OWN):
            said.append(f"  {100 * seconds / thread:3.0f} % in {function} itself")
    return "\n".join([f"of {turns} turns, counted", *said])


def main(file: Path) -> None:
    before = dict[str, Any]()
    signal.signal(signal.SIGUSR1, lambda *_: before.update(told()))
    signal.signal(signal.SIGUSR2, lambda *_: file.write_text(json.dumps([before, told()])))
    threading.Thread.run = _run  # type: ignore[method-assign,assignment]
    del sys.argv[1:]
    leave(run)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

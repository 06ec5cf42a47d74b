"""``make bench``: how quick the bot is, against what it stands on in the same run, and docs/speed.md.

``python -m tests.benchmarks.bench [--quick] [group ...]``; only a whole run that is not quick writes the page. It wants
Linux, two cores and nobody else on them.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from textwrap import fill

from bot.store.sqlite import journal_mode, sqlite3
from tests.benchmarks import kept, made, served
from tests.benchmarks.people import script

PAGE = Path(__file__).resolve().parents[2] / "docs" / "speed.md"
SEVERAL = "\n## Several processes on PostgreSQL\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page. A value within ``bound`` is good enough, within ``goal`` what is wanted; ``least``: it may
    not be below instead of above. ``profiled`` says whose profile explains a miss."""

    id: str
    group: str
    what: str
    goal: float
    bound: float
    unit: str = "x"
    least: bool = False
    profiled: str = "server"

    @property
    def command(self) -> str:
        return f"python -m tests.benchmarks.bench {self.group}"

    def shown(self, value: float) -> str:
        sign = "at least" if self.least else "at most"
        return "0" if value == 0 else f"{sign} {value:g}{_UNITS[self.unit]}"

    def within(self, value: float, limit: float) -> bool:
        return value >= limit if self.least else value <= limit


_UNITS = {"x": "x", "ms": " ms", "": ""}
ROWS = (
    Row("ack_20", "ack", "99 % of acknowledgements at 20 messages a second, against the no-op", 1.5, 2),
    Row("ack_100", "ack", "the same at 100 a second", 1.5, 2.5),
    Row("ack_400", "ack", "the same at 400 a second", 1.5, 3),
    Row("failed_400", "ack", "failures at 400 a second (not those refused in time)", 0, 0, ""),
    Row("turns", "turns", "acknowledged messages a second when 100 people type on at once, each a committed turn,"
        " against the no-op", 0.60, 0.35, least=True),
    Row("cpu", "ack", "CPU of the whole process for a typed answer at 100 a second, all that is said to Slack included",
        1.0, 1.8, "ms"),
    Row("load", "store", "a check read from the file, against the same statements by hand", 1.1, 1.3, profiled="load"),
    Row("save", "store", "a step of a check written, the commit left out, against the same by hand", 1.1, 1.3,
        profiled="save"),
    Row("load_many", "large", "a check read among a million, against among a thousand", 2, 3, profiled="load"),
    Row("save_many", "large", "a step written among a million, the commit left out, against among a thousand", 3, 5,
        profiled="save"),
    Row("list_many", "large", "a person's checks listed among a million, against among a thousand", 2, 3,
        profiled="load"),
    Row("message", "message", "a message built from its parts, against dicts written by hand", 1.3, 2,
        profiled="message"),
    Row("import", "import", "the import of the bot, against Bolt, pydantic, jinja2 and sqlite3", 1.25, 1.5,
        profiled="import"),
    Row("memory", "memory", "memory after 20,000 conversations, against after 2,000", 1.05, 1.15),
)  # fmt: skip


@dataclass(slots=True)
class Measured:
    """The values of all rounds, and what stands beside them."""

    values: list[float]
    beside: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    def told(self, row: Row) -> str:
        unit = _UNITS[row.unit]
        spread = f" ({min(self.values):.2f}–{max(self.values):.2f})" if len(self.values) > 1 and row.unit else ""
        return f"**{self.value:.{0 if not row.unit else 2}f}{unit}**{spread}" + (
            f"; {self.beside}" if self.beside else ""
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done."""

    rounds: int
    seconds: dict[float, float] = field(default_factory=dict)
    """Messages a second (0: as many as it takes) -> for so long."""
    checks: int = 1_000_000
    conversations: int = 20_000
    profile_seconds: float = 12


WHOLE = Scale(5, {20: 10, 100: 8, 400: 8, 0: 6})
QUICK = Scale(2, {20: 5, 100: 4, 400: 4, 0: 4}, checks=50_000, conversations=1_000, profile_seconds=5)


# ---- the groups


def ack(scale: Scale) -> dict[str, Measured]:
    async def work() -> dict[str, Measured]:
        found = dict[str, Measured]()
        async with served.both() as pair:
            for rate in (20, 100, 400):
                rounds = await pair.rounds(rate, scale.seconds[rate], scale.rounds)
                floor, ours = ([told for told, _ in rounds[name]] for name in ("no-op", "bot"))
                halves = [f"{median(t.ms(0.5) for t in told):.1f} / {median(t.ms(0.99) for t in told):.1f}"
                          for told in (floor, ours)]  # fmt: skip
                ratios = [each.ms(0.99) / least.ms(0.99) for least, each in zip(floor, ours, strict=True)]
                found[f"ack_{rate}"] = Measured(ratios, f"p50 / p99 in ms: {halves[0]}, bot {halves[1]}")
                if rate == 100:
                    cpu = [1000 * seconds / max(1, told.taken) for told, seconds in rounds["bot"]]
                    least = median(1000 * seconds / max(1, told.taken) for told, seconds in rounds["no-op"])
                    found["cpu"] = Measured(cpu, f"no-op {least:.2f} ms")
                if rate == 400:
                    taken, refused = (sum(getattr(t, name) for t in ours) for name in ("taken", "refused"))
                    late = sum(told.late for told in ours)
                    beside = f"{late} of them taken after 3 s; {taken} taken, {refused} refused; "
                    beside += f"no-op {sum(t.failed for t in floor)} failures"
                    found["failed_400"] = Measured([float(sum(t.failed for t in ours))], beside)
        return found

    return served.run(work())


def turns(scale: Scale) -> dict[str, Measured]:
    async def work() -> dict[str, Measured]:
        async with served.both() as pair:
            rounds = await pair.rounds(0, scale.seconds[0], scale.rounds)
        floor, ours = ([told.taken / told.seconds for told, _ in rounds[name]] for name in ("no-op", "bot"))
        ratios = [each / least for least, each in zip(floor, ours, strict=True)]
        return {"turns": Measured(ratios, f"no-op {median(floor):,.0f}/s, bot {median(ours):,.0f}/s")}

    return served.run(work())


def _of_pairs(pairs: list[tuple[float, float]], unit: str, names: tuple[str, str]) -> Measured:
    least, ours = (median(each) for each in zip(*pairs, strict=True))
    beside = f"{names[0]} {least:,.3g} {unit}, {names[1]} {ours:,.3g} {unit}"
    return Measured([own / floor for floor, own in pairs], beside)


def store(scale: Scale) -> dict[str, Measured]:
    pairs = kept.against_sql(3 * scale.rounds)
    return {name: _of_pairs(each, "µs", ("by hand", "bot")) for name, each in pairs.items()}


def large(scale: Scale) -> dict[str, Measured]:
    pairs = kept.among_many(scale.rounds, scale.checks)
    return {f"{name}_many": _of_pairs(each, "µs", ("1,000", f"{scale.checks:,}")) for name, each in pairs.items()}


def message(scale: Scale) -> dict[str, Measured]:
    return {"message": _of_pairs(made.messages(3 * scale.rounds), "µs", ("by hand", "bot"))}


def import_(scale: Scale) -> dict[str, Measured]:
    return {"import": _of_pairs(made.imports(scale.rounds + 2), "s", ("what it stands on", "bot"))}


def memory(scale: Scale) -> dict[str, Measured]:
    early, late = served.run(served.memory(scale.conversations))
    beside = f"{early:.0f} MB after {scale.conversations // 10:,}, {late:.0f} MB after {scale.conversations:,}"
    return {"memory": Measured([late / early], beside)}


GROUPS: dict[str, Callable[[Scale], dict[str, Measured]]] = {
    "ack": ack, "turns": turns, "store": store, "large": large, "message": message, "import": import_, "memory": memory,
}  # fmt: skip
PROFILES: dict[str, Callable[[Scale], str]] = {
    "server": lambda scale: str(served.run(served.profile(scale.profile_seconds))),
    "load": lambda _: made.profiled(lambda: kept.against_sql(3), "_load"),
    "save": lambda _: made.profiled(lambda: kept.against_sql(3), "_save"),
    "message": lambda _: made.profiled(lambda: made.messages(3), "through_view"),
    "import": lambda _: made.import_times(),
}


# ---- the page

ABOUT = (
    "Written by `make bench`, which measures the bot against what it stands on, in turn in the same run: a Bolt app"
    " that does nothing on the same server, the same SQL by hand, the same dicts by hand. Server and load have a"
    " core each; Slack takes 100 ms for a call. People type whole checks of {messages} messages, from the first"
    " words to the report, at times drawn at random with a fixed seed; an acknowledgement counts from when its"
    " message was due. Each value is the median of its rounds, with the least and the greatest behind it. A *bound*"
    " is to be kept, a *goal* is where it should go. Only ratios of one run say anything of the code: a busy machine"
    " makes every figure worse, and the tails most."
)


def page(found: dict[str, Measured], profiles: dict[str, str], machine: list[str]) -> str:
    lines = [
        "# Speed",
        "",
        *fill(ABOUT.format(messages=len(script())), 118).splitlines(),
        "",
        "| what | goal | bound | measured | |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        value = found[row.id]
        limits = f"{row.shown(row.goal)} | {row.shown(row.bound)}"
        lines.append(f"| {row.what} | {limits} | {value.told(row)} | {_verdict(row, value)} |")
    lines += ["", "One group alone, printed and not written:", ""]
    lines += [f"- `{command}`" for command in dict.fromkeys(row.command for row in ROWS)]
    lines += ["", "## The machine", "", *(f"- {line}" for line in machine)]
    missed = [row for row in ROWS if not row.within(found[row.id].value, row.bound)]
    lines += ["", "## What misses its bound, and where its time goes", ""]
    lines += [f"- {row.what}: {found[row.id].value:.2f}{_UNITS[row.unit]}" for row in missed] or ["Nothing does."]
    for name, profile in profiles.items():
        lines += ["", f"Profile of {_PROFILED[name]}:", "", "```", profile, "```"]
    return "\n".join(lines) + "\n"


_PROFILED = {
    "server": "the bot at 50 messages a second",
    "load": "reading a check",
    "save": "writing a step",
    "message": "building a message",
    "import": "the import",
}


def _verdict(row: Row, measured: Measured) -> str:
    if row.within(measured.value, row.goal):
        return "goal"
    return "bound" if row.within(measured.value, row.bound) else "**missed**"


def machine(load_before: tuple[float, ...]) -> list[str]:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    loads = " and ".join(", ".join(f"{each:.2f}" for each in loads) for loads in (load_before, os.getloadavg()))
    journal = journal_mode(sqlite3.sqlite_version_info)
    return [
        f"{os.cpu_count()} cores, {model}, {platform.system()}; 4 KB are on disk in {made.durable_ms():.2f} ms",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} with a {journal} journal",
        f"load average before and after (1, 5, 15 minutes): {loads}",
        f"{datetime.now(UTC):%Y-%m-%d}",
    ]


def of_several() -> tuple[str, str]:
    """What stands on the page: of one process, and below it of several, which tests/benchmarks/replicas.py measures."""
    one, heading, several = PAGE.read_text(encoding="utf-8").partition(SEVERAL)
    return one, heading + several


def write(one: str, several: str) -> None:
    PAGE.write_text(one.rstrip() + "\n" + several, encoding="utf-8")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; nothing is written")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="all when none is named")
    given = parser.parse_args(words)
    if sys.platform != "linux" or (os.cpu_count() or 1) < 2:
        parser.error("this needs Linux and two cores: one for the server, one for those who type")
    scale, load = QUICK if given.quick else WHOLE, os.getloadavg()
    found: dict[str, Measured] = {}
    for name in given.groups or GROUPS:
        begun = time.monotonic()
        found |= GROUPS[name](scale)
        for row in ROWS:
            if row.group == name and row.id in found:
                print(f"{row.id:11} {_verdict(row, found[row.id]):10} {found[row.id].told(row)}", flush=True)
        print(f"  {name} took {time.monotonic() - begun:.0f} s", flush=True)
    missed = [row for row in ROWS if row.id in found and not row.within(found[row.id].value, row.bound)]
    profiles = {name: PROFILES[name](scale) for name in dict.fromkeys(row.profiled for row in missed)}
    told = machine(load)
    if given.groups or given.quick:
        print("\n".join([*told, *profiles.values()]))
    else:
        write(page(found, profiles, told), of_several()[1])
        print(f"wrote {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

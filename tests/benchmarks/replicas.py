"""How much several processes on PostgreSQL take, beside one on a file, in one run.

``python -m tests.benchmarks.replicas [--rate 20] [--seconds 20] [--rounds 3] [--write]`` prints a table, and with
``--write`` puts it into docs/speed.md: acknowledged turns a second of people who type on at once, acknowledgements
at so many messages a second, and below it what tests/benchmarks/simulate.py says of the same. The load has one core,
and
all others are for the bots and the server together: only where there are more of them than bots does another bot bring
anything. The server waits for its disk.
"""

import argparse
import asyncio
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.benchmarks import bench, served, simulate
from tests.benchmarks.people import People, Slack, Told
from tests.bot.postgres import cluster, database

PEOPLE = 60
REPLICAS = (0, 1, 2, 4)
"""None is a bot on a file."""

Found = tuple[Told, Told, float]
"""At a rate, as many as it takes, and the bots' CPU ms a turn at the rate."""


async def measured(url: str, replicas: int, cores: set[int], rate: float, seconds: float) -> Found:
    """One setting: started, filled, loaded twice, ended."""
    slack, random_ = Slack(), random.Random(2026)
    await slack.start()
    async with AsyncExitStack() as running:
        processes = [
            await running.enter_async_context(served.bot(slack, url=url, cores=cores)) for _ in range(max(1, replicas))
        ]
        people = People(*(process.port for process in processes))

        async def quiet() -> None:
            for process in processes:
                await served.quiet(slack, process)

        await people.begin(PEOPLE, random_)
        await quiet()
        before = sum(process.cpu_seconds() for process in processes)
        paced = await people.open_loop(rate, seconds, random_)
        await quiet()
        cpu = sum(process.cpu_seconds() for process in processes) - before
        flat_out = await people.closed_loop(PEOPLE, seconds)
        await quiet()
        people.hang_up()
    return paced, flat_out, 1000 * cpu / max(1, paced.taken)


def rounds(server: str, cores: set[int], given: argparse.Namespace) -> Iterator[tuple[int, Found]]:
    """Each setting in turn, on a database of its own."""
    for n in range(given.rounds):
        for replicas in REPLICAS:
            url = database(server, f"bench_{n}_{replicas}") if replicas else ""
            work = measured(url, replicas, cores, given.rate, given.seconds)
            yield replicas, asyncio.run(work)


def table(found: dict[int, list[Found]], rate: float) -> Iterator[str]:
    """The medians, as Markdown."""
    at_rate = f"acknowledged at {rate:g} a second: p50 / p99"
    yield f"| bots | acknowledged turns a second | {at_rate} | CPU of all bots a turn | failed |"
    yield "|---|---|---|---|---|"
    for replicas, ran in found.items():
        name = f"{replicas} on PostgreSQL" if replicas else "1 on a file"
        turns = median(flat_out.taken / flat_out.seconds for _, flat_out, _ in ran)
        p50, p99 = (median(paced.ms(share) for paced, _, _ in ran) for share in (0.5, 0.99))
        failed = sum(told.failed for paced, flat_out, _ in ran for told in (paced, flat_out))
        cpu = median(cpu for _, _, cpu in ran)
        yield f"| {name} | {turns:,.0f} | {p50:,.1f} / {p99:,.1f} ms | {cpu:.1f} ms | {failed} |"


def main() -> None:
    asked = argparse.ArgumentParser(description="Several processes on PostgreSQL, beside one on a file")
    asked.add_argument("--rate", type=float, default=20, help="messages a second")
    asked.add_argument("--seconds", type=float, default=20, help="of each load")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--write", action="store_true", help="into docs/speed.md, below what `make bench` writes")
    given = asked.parse_args()
    every = os.sched_getaffinity(0)
    cores = every - {served.LOAD_CORE}
    found: dict[int, list[Found]] = {replicas: [] for replicas in REPLICAS}
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        served.on_cores(*cores),
        cluster(Path(folder), durable=True) as server,
        served.on_cores(served.LOAD_CORE),
    ):
        for replicas, one in rounds(server, cores, given):
            found[replicas].append(one)
    lines = list(told(found, given.rate, given.seconds, cores))
    print(*lines, sep="\n")
    if given.write:
        bench.write(bench.of_several()[0], "\n".join([bench.SEVERAL, *lines, ""]))


def told(found: dict[int, list[Found]], rate: float, seconds: float, cores: set[int]) -> Iterator[str]:
    """The section of docs/speed.md, without its heading."""
    yield "Written by `python -m tests.benchmarks.replicas --write`: all in turn in one run, each value the median of"
    yield f"its rounds ({len(found[0])} of {seconds:g} s). The server waits for its disk as the file does."
    yield ""
    yield from table(found, rate)
    yield ""
    shared = f"{len(cores)} {'core' if len(cores) == 1 else 'cores'} for bots and server together, one for the load"
    load = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    yield f"{shared}; load average {load}; {datetime.now(UTC):%Y-%m-%d}."
    cpu = median(cpu for _, _, cpu in found[1]) / 1000
    yield ""
    yield f"`tests.benchmarks.simulate` says of it, with {1000 * cpu:.1f} ms a turn, a third of them for what is said:"
    yield ""
    for replicas in REPLICAS[1:]:
        dice = random.Random(7)
        service = simulate.Service(replicas, turn=cpu * 2 / 3, call=cpu / 3)
        moves = simulate.arrivals(rate, PEOPLE, seconds, dice)
        yield f"- {replicas}: {simulate.run(service, moves, seconds, dice)}"


if __name__ == "__main__":
    main()

"""Whether the bot got slower: this tree's beside one of another commit, on a file each, in turn in one run.

``python -m tests.benchmarks.before TREE [--seconds 8] [--rounds 5] [--rates 20 100]``, where TREE is a checkout of that
commit (`git worktree add /tmp/before v0.1`). Both run with the packages of this environment, on the same core, with the
same people.
"""

import argparse
import asyncio
import random
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from tests.benchmarks import served
from tests.benchmarks.people import Slack, Told

RATES = (20.0, 100.0, 400.0, 0.0)
"""Messages a second; 0 is as many as it takes."""

Found = dict[str, list[tuple[Told, float]]]


async def measured(before: Path, seconds: float, rounds: int, rates: Iterable[float]) -> dict[float, Found]:
    slack = Slack()
    await slack.start()
    async with AsyncExitStack() as running:
        bots = {
            "before": await running.enter_async_context(served.bot(slack, tree=before)),
            "now": await running.enter_async_context(served.bot(slack)),
        }
        pair = served.Both(slack, bots, random.Random(2026))
        await pair.begin()
        return {rate: await pair.rounds(rate, seconds, rounds) for rate in rates}


def table(found: dict[float, Found]) -> Iterator[str]:
    yield "| messages a second | bot | p50 / p99 | taken a second | CPU a turn | refused | failed |"
    yield "|---|---|---|---|---|---|---|"
    for rate, bots in found.items():
        for name, ran in bots.items():
            p50, p99 = (median(told.ms(share) for told, _ in ran) for share in (0.5, 0.99))
            taken = median(told.taken / told.seconds for told, _ in ran)
            cpu = median(1000 * seconds / max(1, told.taken) for told, seconds in ran)
            refused, failed = (sum(getattr(told, what) for told, _ in ran) for what in ("refused", "failed"))
            asked = f"{rate:g}" if rate else "flat out"
            yield f"| {asked} | {name} | {p50:.1f} / {p99:.1f} ms | {taken:.0f} | {cpu:.2f} ms | {refused} | {failed} |"


def main() -> None:
    asked = argparse.ArgumentParser(description="This tree's bot beside one of another commit")
    asked.add_argument("tree", type=Path, help="a checkout of that commit")
    asked.add_argument("--seconds", type=float, default=8, help="of each load")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--rates", type=float, nargs="+", default=RATES, help="messages a second; 0 for all it takes")
    given = asked.parse_args()
    with served.on_cores(served.LOAD_CORE):
        found = asyncio.run(measured(given.tree.resolve(), given.seconds, given.rounds, given.rates))
    print(*table(found), sep="\n")


if __name__ == "__main__":
    main()

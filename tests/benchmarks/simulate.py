"""What so many workspaces would need: a queue in a few lines, told with what was measured (docs/speed.md).

People arrive by themselves (Poisson), each move is a turn on one replica and leads to one call to Slack; a person's
calls follow one another, a channel takes a post a second, a call takes Slack its time and the replica a little of its
own. What comes out is how long people wait and how busy the machines are. It knows no night, no retries and no
garbage; tests/benchmarks/replicas.py sets it beside a run of the bot itself.

    python -m tests.benchmarks.simulate --workspaces 1000 --replicas 2
"""

import argparse
import heapq
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from statistics import quantiles

SECONDS_A_DAY, BUSY_HOUR_SHARE = 86_400, 0.2
"""A fifth of a day's work falls into its busiest hour, as of people in one time zone."""


@dataclass(frozen=True)
class Service:
    """Seconds of a replica's processor a turn and a call, of the database a commit, of Slack a call."""

    replicas: int
    turn: float = 0.0024
    call: float = 0.0012
    commit: float = 0.0008
    slack: float = 0.1
    a_second: float = 1.0  # posts into a channel


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it, in seconds and shares."""

    turns: int
    ack_p50: float
    ack_p99: float
    card_p50: float
    card_p99: float
    busy: float
    database_busy: float
    waiting: int

    def __str__(self) -> str:
        return (
            f"{self.turns:,} turns · acknowledged in {self.ack_p50 * 1000:,.1f} ms"
            f" (99 %: {self.ack_p99 * 1000:,.1f} ms) · on the page in {self.card_p50:,.2f} s"
            f" (99 %: {self.card_p99:,.2f} s) · replicas busy {self.busy:.0%},"
            f" database {self.database_busy:.0%} · waiting at the end {self.waiting:,}"
        )


def arrivals(a_second: float, people: int, seconds: float, dice: random.Random) -> Iterator[tuple[float, int]]:
    """When somebody makes a move, and who."""
    at = dice.expovariate(a_second)
    while at < seconds:
        yield at, dice.randrange(people)
        at += dice.expovariate(a_second)


def run(service: Service, moves: Iterator[tuple[float, int]], seconds: float, dice: random.Random) -> Seen:
    """Each move through a replica, the database, and the lane of its person."""
    free = [0.0] * service.replicas  # when each replica's processor is
    lanes: dict[int, float] = defaultdict(float)
    database, order = 0.0, count()
    busy, database_busy, acks, cards = 0.0, 0.0, list[float](), list[float]()
    # What is to be done next, in the order of time: a move that arrives, or a call whose lane is free.
    events: list[tuple[float, int, str, float, int]] = [(at, next(order), "move", at, who) for at, who in moves]
    heapq.heapify(events)
    waiting = 0
    while events:
        now, _, what, begun, who = heapq.heappop(events)
        replica = min(range(service.replicas), key=free.__getitem__)
        need = (service.turn if what == "move" else service.call) * dice.uniform(0.7, 1.3)
        start = max(now, free[replica])
        free[replica] = start + need
        busy += need
        if what == "call":
            done = free[replica] + service.slack * dice.uniform(0.8, 1.4)
            lanes[who] = max(lanes[who], done, start + 1 / service.a_second)
            cards.append(done - begun)
            waiting += done > seconds
            continue
        database = max(database, free[replica]) + service.commit
        database_busy += service.commit
        acks.append(database - begun)
        at = max(database, lanes[who])
        lanes[who] = at + service.slack
        heapq.heappush(events, (at, next(order), "call", begun, who))
    span = max(seconds, *free)
    return Seen(
        len(acks), *_of(acks), *_of(cards), busy / (span * service.replicas), database_busy / span, waiting,
    )  # fmt: skip


def _of(times: list[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return cuts[49], cuts[98]


def busiest_hour(workspaces: int, people: int, moves: int) -> float:
    """Moves a second in the busiest hour, of so many workspaces with so many active people a day and moves each."""
    return workspaces * people * moves * BUSY_HOUR_SHARE / 3_600


def main() -> None:
    asked = argparse.ArgumentParser(description="What so many workspaces would need")
    asked.add_argument("--workspaces", type=int, default=1_000)
    asked.add_argument("--people", type=int, default=5, help="who use it on a day, a workspace")
    asked.add_argument("--moves", type=int, default=40, help="of each: a check takes about thirty")
    asked.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4])
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--slack", type=float, default=0.1, help="seconds a call")
    asked.add_argument("--turn", type=float, default=Service.turn * 1000, help="milliseconds of processor")
    asked.add_argument("--call", type=float, default=Service.call * 1000, help="milliseconds of processor")
    asked.add_argument("--a-second", type=float, help="moves a second, instead of the busiest hour's")
    given = asked.parse_args()
    rate = given.a_second or busiest_hour(given.workspaces, given.people, given.moves)
    print(f"{rate:,.1f} moves a second, of {given.workspaces * given.people:,} people")
    for replicas in given.replicas:
        dice = random.Random(7)
        service = Service(replicas, turn=given.turn / 1000, call=given.call / 1000, slack=given.slack)
        moves = arrivals(rate, given.workspaces * given.people, given.seconds, dice)
        print(f"{replicas} {'replica' if replicas == 1 else 'replicas'}: {run(service, moves, given.seconds, dice)}")


if __name__ == "__main__":
    main()

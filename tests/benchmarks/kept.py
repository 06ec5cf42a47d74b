"""What a check costs to read and to write: against the same statements by hand, and among a million others."""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor.session import Entry, Session
from bot.messages import Request
from bot.store import sums
from bot.store.checks import Check, check_by_id, go_on, listed
from bot.store.sqlite import Connection, Store

TEAM, AT, EACH = "T0BENCH", "2026-11-29T08:00:00Z", 20
"""So many checks has a person."""
_TIMES = 300
_LOG = (
    ("describe", "", None, "our tone of voice is off in 30 % of the answers"),
    ("answer", "goal", "company_voice", "company voice"),
    ("answer", "prompt_tried", True, "yes"),
    ("answer", "eval_pairs", 1200, "1,200"),
)


def fill(store: Store, how_many: int) -> None:
    """So many checks, each with a log."""

    def work(conn: Connection) -> None:
        conn.executemany(
            "INSERT INTO sessions (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at,"
            " changed_at) VALUES (?, '', ?, ?, ?, ?, ?, '', ?, ?)",
            ((_id(n), TEAM, _owner(n), f"D{n // EACH}", f"{n}.1", f"{n}.2", AT, AT) for n in range(how_many)),
        )
        conn.executemany("INSERT INTO threads VALUES (?, ?, ?, ?)", (
            (TEAM, f"D{n // EACH}", f"{n}.1", _id(n)) for n in range(how_many)))  # fmt: skip
        conn.executemany(
            "INSERT INTO answers (session, n, verb, field, value, text, ts, at, sum)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row for n in range(how_many) for row in _log(_id(n))),
        )
        conn.seen.clear()

    store.turn(work)


def _log(check_id: str) -> Iterator[tuple[str | int | bytes, ...]]:
    for n, (verb, field, value, text) in enumerate(_LOG):
        cells = (check_id, n, verb, field, json.dumps(value), text, "", AT)
        yield (*cells, sums.of(*cells))


def _id(n: int) -> str:
    return f"{n * 2_654_435_761 % 2**64:016x}{n:016x}"  # scattered, as random ids are


def _owner(n: int) -> str:
    return f"U{n // EACH}"


def _of(n: int) -> Request:
    return Request(key="", team=TEAM, user=_owner(n), channel=f"D{n // EACH}", ts="9.9")


def _load(conn: Connection, n: int) -> Check:
    conn.seen.clear()
    found = check_by_id(conn, TEAM, _id(n))
    assert found
    return found


def _load_by_hand(conn: Connection, n: int) -> object:
    which = {"team": TEAM, "id": _id(n)}
    row = conn.execute("SELECT * FROM sessions WHERE team=:team AND id=:id", which).fetchone()
    last = "SELECT version, rules_version, body FROM reports WHERE session=:id ORDER BY version DESC LIMIT 1"
    assert conn.execute(last, which).fetchone() is None
    query = "SELECT verb, field, value, text, ts FROM answers WHERE session=:id ORDER BY n"
    log = [(*rest, json.loads(value), text, ts) for *rest, value, text, ts in conn.execute(query, which)]
    return tuple(row), log


def _after(check: Check) -> Session:
    return check.session.and_then(Entry(verb="answer", field="rag_tried", value="yes", text="yes", ts="9.9"))


def _save(conn: Connection, check: Check, after: Session) -> None:
    go_on(conn, _of(0), check, after, AT)


def _save_by_hand(conn: Connection, check: Check, _: Session) -> None:
    row = {"session": check.id, "n": check.session.version, "verb": "answer", "field": "rag_tried", "value": '"yes"'}
    conn.execute(
        "INSERT INTO answers (session, n, verb, field, value, text, ts, at, sum)"
        " VALUES (:session, :n, :verb, :field, :value, 'yes', '9.9', :at, '')",
        row | {"at": AT},
    )
    conn.execute(
        "UPDATE sessions SET channel=:channel, thread_ts=:thread, card_ts=:card, heard_ts='9.9', changed_at=:at"
        " WHERE id=:session",
        {"channel": check.channel, "thread": check.thread_ts, "card": check.card_ts, "at": AT, "session": check.id},
    )


def _list(conn: Connection, n: int) -> None:
    assert len(listed(conn, _of(n))) == EACH


Work = Callable[[Connection, list[int]], float]


class _Undone(Exception):
    pass


def _timed(store: Store, how_many: int, work: Work, random_: random.Random) -> float:
    """Microseconds of the writer's CPU time each, of some in one transaction that is undone."""
    picked = random_.sample(range(how_many), _TIMES)
    took = 0.0

    def turn(conn: Connection) -> None:
        nonlocal took
        took = work(conn, picked)
        raise _Undone

    try:
        store.turn(turn)
    except _Undone:
        return took / _TIMES * 1e6
    raise AssertionError


def _loads(how: Callable[[Connection, int], object]) -> Work:
    def work(conn: Connection, picked: list[int]) -> float:
        begun = time.thread_time()
        for n in picked:
            how(conn, n)
        return time.thread_time() - begun

    return work


def _saves(how: Callable[[Connection, Check, Session], None]) -> Work:
    def work(conn: Connection, picked: list[int]) -> float:
        steps = [(check, _after(check)) for check in (_load(conn, n) for n in picked)]
        begun = time.thread_time()
        for check, after in steps:
            how(conn, check, after)
        return time.thread_time() - begun

    return work


Pairs = list[tuple[float, float]]


def against_sql(rounds: int) -> dict[str, Pairs]:
    """By hand and ours, microseconds, in turn."""
    works = {"load": (_loads(_load_by_hand), _loads(_load)), "save": (_saves(_save_by_hand), _saves(_save))}
    random_ = random.Random(2026)
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "advisor.db")
        fill(store, 1000)
        found = {
            name: [tuple(_timed(store, 1000, work, random_) for work in pair) for _ in range(rounds)]
            for name, pair in works.items()
        }
        store.close()
    return found  # type: ignore[return-value]


def among_many(rounds: int, many: int) -> dict[str, Pairs]:
    """Among a thousand checks and among so many, microseconds, in turn."""
    works = {"load": _loads(_load), "save": _saves(_save), "list": _loads(_list)}
    random_ = random.Random(2026)
    with TemporaryDirectory() as folder:
        few, lot = Store(Path(folder) / "few.db"), Store(Path(folder) / "many.db")
        fill(few, 1000)
        fill(lot, many)
        found = {
            name: [tuple(_timed(s, n, work, random_) for s, n in ((few, 1000), (lot, many))) for _ in range(rounds)]
            for name, work in works.items()
        }
        few.close()
        lot.close()
    return found  # type: ignore[return-value]

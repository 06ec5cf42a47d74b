"""What is kept is kept alike on both engines: an SQLite file, and a PostgreSQL database that several write."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from advisor.session import Entry, Session
from bot.commands import run as command
from bot.messages import OutgoingMessage, Request, stamp
from bot.store import checks, deliveries, lanes, layout, queue, sums, transfer, usage
from bot.store.database import Closed, Connection, Late, Newer, Store, StoreError, Unwritten, set_aside
from bot.store.dialect import translated
from bot.store.postgres import Store as Shared
from bot.store.schema import MIGRATIONS
from bot.store.sqlite import Store as File
from tests.bot.conftest import Hands, Workspace
from tests.bot.journeys import JOURNEYS, journey_without_faults
from tests.bot.later import m999_later
from tests.bot.postgres import cluster, database

AT = "2026-11-29T04:00:00Z"
ADA = Request("k", "T0LOCAL", "U0ADA", "D0ADA", ts="1.1")
ENGINES = ("sqlite", "postgres")
Open = Callable[[], Store]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def new_database(server: str, request: pytest.FixtureRequest) -> Callable[[], str]:
    names = iter(range(100))
    return lambda: database(server, f"{abs(hash(request.node.nodeid)):x}_{next(names)}")


@pytest.fixture(params=ENGINES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store each time it is called."""
    if request.param == "sqlite":
        return lambda: File(tmp_path / "advisor.db")
    url = request.getfixturevalue("new_database")()
    return lambda: Shared(url)


@pytest.fixture
def store(open_store: Open) -> Iterator[Store]:
    with closing(open_store()) as opened:
        yield opened


def said(store: Store, query: str) -> list[tuple[Any, ...]]:
    return store.turn(lambda conn: [tuple(row) for row in conn.execute(query)])


def test_what_a_turn_writes_is_there_for_whoever_opens_it_next(open_store: Open) -> None:
    with closing(open_store()) as store:
        store.turn(lambda conn: deliveries.first(conn, "a", AT))
    with closing(open_store()) as store:
        assert said(store, "SELECT key, at FROM seen") == [("a", AT)]


def test_a_turn_that_fails_leaves_nothing_and_says_why(store: Store) -> None:
    def fail(conn: Connection) -> None:
        deliveries.first(conn, "b", AT)
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        store.turn(fail)
    assert said(store, "SELECT * FROM seen") == []


def test_the_engines_own_words_are_never_told(store: Store) -> None:
    """They can quote what somebody wrote."""
    with pytest.raises(Unwritten) as told:
        store.turn(lambda conn: conn.execute("SELECT quokka FROM seen"))
    assert "quokka" not in str(told.value)


def test_a_part_that_fails_is_undone_alone(store: Store) -> None:
    def work(conn: Connection) -> int:
        deliveries.first(conn, "whole", AT)
        with set_aside(conn) as fell:
            deliveries.first(conn, "part", AT)
            raise LookupError
        return len(fell)

    assert store.turn(work) == 1
    assert said(store, "SELECT key FROM seen") == [("whole",)]


def test_a_part_whose_statement_fails_is_undone_alone(store: Store) -> None:
    def work(conn: Connection) -> int:
        deliveries.first(conn, "whole", AT)
        with set_aside(conn) as fell:
            conn.execute("SELECT nothing_there FROM seen")
        return len(fell)

    assert store.turn(work) == 1
    assert said(store, "SELECT key FROM seen") == [("whole",)]


def test_of_many_at_once_one_is_the_first(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: store.turn(lambda conn: deliveries.first(conn, "k", AT)), range(40)))
    assert sum(first) == 1


def test_nothing_that_many_count_at_once_is_lost(store: Store) -> None:
    def count(n: int) -> None:
        store.turn(lambda conn: usage.count(conn, AT[:10], "T", f"U{n % 3}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(120)))
    assert store.turn(lambda conn: usage.asked_on(conn, AT[:10], "T", "U1")) == (120, 120, 40)


def test_two_who_write_one_log_both_stand_in_it(store: Store) -> None:
    """As when a check is handed over while its owner types: the second reads what the first wrote, and goes on."""
    check = store.turn(lambda conn: checks.begin(conn, ADA, "ours", AT, channel="D0ADA", thread_ts="1.1"))

    def write(n: int) -> None:
        def work(conn: Connection) -> None:
            before = checks.log_of(conn, check.id)
            entry = Entry(verb="answer", field="eval_pairs", value=n, text=str(n), ts=f"{n}.1")
            checks.append(conn, check.id, before, before.and_then(entry), AT)

        store.turn(work)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
    log = store.turn(lambda conn: checks.log_of(conn, check.id))
    assert {entry.value for entry in log.entries if entry.verb == "answer"} == set(range(60))
    assert len(log.entries) == check.session.version + 60
    assert store.turn(lambda conn: list(sums.wrong(conn))) == []


def test_a_persons_turns_and_what_follows_on_them_are_one_after_the_other(store: Store) -> None:
    """What they lead to is handed on in the order of the commits, whichever machine it was."""
    heard, inside, most = list[int](), 0, 0
    lock = threading.Lock()

    def turn(n: int) -> None:
        def work(conn: Connection) -> int:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            (place,) = conn.execute("SELECT count(*) FROM seen").fetchone()
            deliveries.first(conn, f"{n}", AT)
            with lock:
                inside -= 1
            return int(place)

        store.turn(work, heard.append, whose="T:U0ADA")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn, range(40)))
    assert heard == list(range(40))
    assert most == 1


@pytest.mark.parametrize("waits_for", ["the same person's turn", "a connection"])
def test_a_turn_that_can_t_be_begun_in_time_is_told_so_in_time(new_database: Callable[[], str], waits_for: str) -> None:
    """A second behind it nobody waits for the answer any more; who has no time of their own waits as ever."""
    url, held, over = new_database(), threading.Event(), threading.Event()

    def holds(_conn: Connection) -> None:
        held.set()
        assert over.wait(30)

    connections, whose = (1, "") if waits_for == "a connection" else (4, "T:U")
    with closing(Shared(url, connections)) as store, ThreadPoolExecutor(1) as beside:
        first = beside.submit(store.turn, holds, whose=whose)
        assert held.wait(30)
        begun = time.monotonic()
        with pytest.raises(Late):
            store.turn(lambda conn: deliveries.first(conn, "late", AT), whose=whose, until=begun + 0.3)
        assert time.monotonic() < begun + 1.5
        with pytest.raises(Unwritten, match=r"PoolTimeout|55P03"):
            store.turn(lambda conn: deliveries.first(conn, "late", AT), whose=whose)
        over.set()
        first.result(30)
        assert store.turn(lambda conn: deliveries.first(conn, "late", AT), whose=whose, until=time.monotonic() + 2)
        assert said(store, "SHOW lock_timeout") == [("2s",)], "what others wait is as it was"


def test_a_turn_that_is_not_done_in_time_is_undone(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent it has given up by then and sends it again: it counts then, and the row it waited for is free."""
    with closing(Shared(new_database())) as store:
        late = lambda conn: deliveries.first(conn, "late", AT)  # noqa: E731
        with monkeypatch.context() as slow:
            slow.setattr("bot.store.postgres._DOING", -10.0)
            with pytest.raises(Late):
                store.turn(late, whose="T:U", until=time.monotonic() + 5)
            assert said(store, "SELECT count(*) FROM seen") == [(0,)]
        assert store.turn(late, whose="T:U", until=time.monotonic() + 5) is True


def test_of_the_lanes_that_are_held_on_to_only_old_ones_are_written_anew(new_database: Callable[[], str]) -> None:
    """Others are let go of all the time, and two turns that write one row are one turn that begins anew."""
    until = "SELECT lane, until FROM lanes ORDER BY lane"
    with closing(Shared(new_database())) as store:
        for lane in ("new", "old"):
            assert store.turn(lambda conn, lane=lane: lanes.take(conn, "T", lane, store.holder))  # type: ignore[misc]
        store.turn(lambda conn: conn.execute("UPDATE lanes SET until=until - 15 WHERE lane='old'").rowcount)
        before = dict(said(store, until))
        assert store.turn(lambda conn: lanes.renew(conn, store.holder)) == {("T", "new"), ("T", "old")}
        after = dict(said(store, until))
    assert after["new"] == before["new"]
    assert after["old"] >= before["old"] + 15


def test_no_query_is_compiled(new_database: Callable[[], str]) -> None:
    """PostgreSQL took a second of a core for it, once a process in five seconds, while turns waited."""
    with closing(Shared(new_database())) as store:
        assert said(store, "SHOW jit") == [("off",)]


def test_texts_are_in_the_order_of_their_bytes(store: Store) -> None:
    """Stamps, timestamps of Slack's and ids are compared by SQL; a locale would put some elsewhere."""
    keys = ["a", "B", "-1", "2026-11-29T04:00:00Z", "2026-11-29T04:00", "_", "é", "Z", "10.1", "9.9", ""]
    for key in keys:
        store.turn(lambda conn, key=key: deliveries.first(conn, key, AT))  # type: ignore[misc]
    assert [key for (key,) in said(store, "SELECT key FROM seen ORDER BY key")] == sorted(keys, key=str.encode)


def test_a_closed_store_takes_nothing_more(open_store: Open) -> None:
    store = open_store()
    store.close()
    with pytest.raises(Closed):
        store.turn(lambda _: None)
    with pytest.raises(Closed):
        store.hand_in(lambda _: None)


def test_what_was_handed_in_before_it_closed_is_written(open_store: Open) -> None:
    store = open_store()
    done = [store.hand_in(lambda conn, n=n: deliveries.first(conn, f"{n}", AT)) for n in range(30)]  # type: ignore[misc]
    store.close()
    assert all(one.result(0) for one in done)


def test_what_a_newer_release_wrote_is_refused(open_store: Open) -> None:
    with closing(open_store()) as store:
        table = "migrations (name)" if isinstance(store, Shared) else "_sqlite_migrations (migration_set, name)"
        values = "('m999_later')" if isinstance(store, Shared) else "('advisor', 'm999_later')"
        store.turn(lambda conn: conn.execute(f"INSERT INTO {table} VALUES {values}").rowcount)  # noqa: S608
    with pytest.raises(Newer, match="m999_later"):
        open_store()


def test_many_that_open_it_at_once_lay_it_out_once(open_store: Open) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(), range(4)))
    for store in stores:
        assert said(store, "SELECT count(*) FROM sessions") == [(0,)]
        store.close()


# ---- whole journeys


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_ends_alike_on_both(
    journey: str, new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played(name: str) -> Any:
        with Hands(retry_waits=(0, 0, 0)) as slack:
            return journey_without_faults(journey, slack, tmp_path / name)[1]

    on_a_file = played("file.db")
    monkeypatch.setenv("TEST_POSTGRES", new_database())
    assert played("server.db") == on_a_file


# ---- from one to the other


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A file with checks in it, and something that is still to be said."""
    path = tmp_path / "full.db"
    with closing(File(path)) as store:
        for n in range(30):
            request = Request(f"k{n}", "T0LOCAL", "U0ADA", "D0ADA", ts=f"{n}.1")
            store.turn(lambda conn, r=request: checks.begin(conn, r, "é 🙂 'x'", AT, channel="D0ADA", thread_ts=r.ts))  # type: ignore[misc]
        waits = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "x"}, "U0ADA", team="T0LOCAL")
        store.turn(lambda conn: queue.write(conn, waits, 1_800_000_000.0))
    return path


def copied(*words: str | Path) -> tuple[int, str]:
    lines: list[str] = []
    status = command(["copy", *map(str, words)], {}, lines.append, lines.append)
    return status, "\n".join(lines)


def test_a_copy_is_compared_row_by_row_and_goes_on_where_the_file_was(
    full: Path, new_database: Callable[[], str]
) -> None:
    url = new_database()
    status, told = copied(f"sqlite:{full}", url)
    assert status == 0, told
    assert "sessions: 30 rows, the same" in told
    with closing(Shared(url)) as store:
        assert store.turn(lambda conn: list(sums.wrong(conn))) == []
        (waits,) = store.turn(lambda conn: queue.of_lane(conn, "T0LOCAL", "U0ADA", 1_900_000_000.0, inherited=True))
        assert waits.unsure  # the bot of the file may have said it
        written = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "y"}, "U0ADA", team="T0LOCAL")
        assert store.turn(lambda conn: queue.write(conn, written, 1_900_000_000.0)).id > waits.id


def kept_in(path: Path) -> dict[str, set[Any]]:
    with closing(File(path)) as store:
        names = said(store, "SELECT name FROM sqlite_master WHERE type='table' AND substr(name, 1, 7) != 'sqlite_'")
        ours = [name for (name,) in names if not name.startswith("_") and name != "pulse"]
        return {name: set(said(store, f"SELECT * FROM {name}")) for name in ours}  # noqa: S608 - ours


def test_a_copy_comes_back_as_it_went(full: Path, new_database: Callable[[], str], tmp_path: Path) -> None:
    """But for what waited, which either may have said; and what is written next comes after all of it."""
    url, back = new_database(), tmp_path / "back.db"
    assert copied(full, url)[0] == 0
    status, told = copied(url, f"sqlite:{back}")
    assert status == 0, told
    assert "sessions: 30 rows, the same" in told
    assert back.stat().st_mode & 0o777 == 0o600
    before, after = kept_in(full), kept_in(back)
    waited = before.pop("outbox")
    assert [row[:8] for row in after.pop("outbox")] == [row[:8] for row in waited]
    assert after == before
    with closing(File(back)) as store:
        written = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "y"}, "U0ADA", team="T0LOCAL")
        first = min(int(row[0]) for row in waited)
        assert store.turn(lambda conn: queue.write(conn, written, 1_900_000_000.0)).id > first
        assert list(tmp_path.glob("*.partial*")) == []


@pytest.mark.parametrize("what", ["NULL", 'jsonb_populate_record(NEW, \'{"text": "another"}\')'], ids=["count", "sum"])
def test_what_arrives_otherwise_is_told_with_status_1_and_not_kept(
    full: Path, new_database: Callable[[], str], what: str
) -> None:
    """A server may do with a row what it was told to before."""
    url = new_database()
    Shared(url).close()
    with psycopg.connect(url) as conn:
        conn.execute(
            f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN {what}; END $$;"
            "CREATE TRIGGER spoil BEFORE INSERT ON answers FOR EACH ROW EXECUTE FUNCTION spoil()"
        )
    status, told = copied(full, url)
    assert (status, "answers: 30 rows, NOT the same" in told, "sessions: 30 rows, the same" in told) == (1, True, True)
    with closing(Shared(url)) as store:
        assert said(store, "SELECT count(*) FROM sessions") == [(0,)]


def test_what_comes_back_otherwise_is_told_with_status_1_and_leaves_no_file(
    full: Path, new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, back = new_database(), tmp_path / "back.db"
    assert copied(full, url)[0] == 0
    sums_that_differ = count()
    monkeypatch.setattr(transfer, "_sum", lambda rows: (len(list(rows)), next(sums_that_differ)))
    status, told = copied(url, back)
    assert (status, "sessions: 30 rows, NOT the same" in told, back.exists()) == (1, True, False)
    assert list(tmp_path.glob("*partial*")) == []


def test_nothing_comes_back_over_a_file_or_while_a_bot_runs(
    full: Path, new_database: Callable[[], str], tmp_path: Path
) -> None:
    url, back = new_database(), tmp_path / "back.db"
    status, told = copied(url, back)
    assert (status, "nothing of this release" in told, back.exists()) == (2, True, False)
    with closing(Shared(url)):
        status, told = copied(url, back)
        assert (status, "1 bot runs on it" in told, back.exists()) == (2, True, False)
    status, told = copied(url, full)
    assert (status, "is there already" in told) == (2, True)


def test_a_copy_into_something_that_is_not_empty_is_refused(full: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    assert copied(full, url)[0] == 0
    status, told = copied(full, url)
    assert (status, "Name an empty database" in told) == (2, True)


def test_a_copy_says_what_is_wrong_with_an_address_and_shows_no_password(full: Path) -> None:
    status, told = copied(full, "postgresql://ada:quokka@127.0.0.1:1/advisor")
    assert status == 2
    assert "can't be reached" in told
    assert "quokka" not in told


def test_a_password_is_never_shown(server: str) -> None:
    with pytest.raises(StoreError) as told:
        Shared(server.replace("advisor@", "advisor:quokka@").replace("/postgres", "/nowhere"))
    assert "quokka" not in str(told.value)
    assert "there is no such database" in str(told.value)


def test_what_is_quoted_in_a_query_is_left_alone() -> None:
    assert translated("SELECT ':x', a::text FROM t WHERE b LIKE 'model:%' AND c=:c") == (
        "SELECT ':x', a::text FROM t WHERE b LIKE 'model:%%' AND c=%(c)s"
    )


def test_of_a_log_that_grew_elsewhere_the_rest_is_read(new_database: Callable[[], str]) -> None:
    """Two machines, one check: neither trusts what it has read before."""
    url = new_database()
    with closing(Shared(url, connections=1)) as one, closing(Shared(url, connections=1)) as other:
        check = one.turn(lambda conn: checks.begin(conn, ADA, "ours", AT, channel="D0ADA", thread_ts="1.1"))

        def write(conn: Connection) -> Session:
            before = checks.log_of(conn, check.id)
            after = before.and_then(Entry(verb="describe", text="more"))
            checks.append(conn, check.id, before, after, AT)
            return after

        for store in (one, other, one, other):
            written = store.turn(write)
            assert {s.turn(lambda conn: checks.log_of(conn, check.id).version) for s in (one, other)} == {
                written.version
            }


# ---- what an operator asks for


@pytest.fixture
def asked(new_database: Callable[[], str]) -> Callable[..., tuple[int, str]]:
    """Asks for something of one database, which is empty before."""
    environ = {"DATABASE_URL": new_database()}

    def ask(*words: str) -> tuple[int, str]:
        lines: list[str] = []
        status = command(list(words), environ, lines.append, lines.append)
        return status, "\n".join(lines)

    ask.url = environ["DATABASE_URL"]  # type: ignore[attr-defined]
    return ask


def begun(store: Store) -> str:
    return store.turn(lambda conn: checks.begin(conn, ADA, "ours", AT, channel="D0ADA", thread_ts="1.1")).id


def test_an_operator_s_commands_are_of_the_database_that_is_named(asked: Any) -> None:
    with closing(Shared(asked.url)) as store:
        check = begun(store)
        assert asked("stats")[1].startswith("checks begun: 1\n")
        status, told = asked("verify")
        assert (status, "all that is kept is what was written" in told) == (0, True)
        assert "would be deleted" in asked("purge", "T0LOCAL", "--dry-run")[1]
        store.turn(lambda conn: conn.execute("UPDATE answers SET text='theirs'").rowcount)
        status, told = asked("verify")
        assert status == 1
        assert f"answers: 0 of check b'{check}'" in told or f"answers: 0 of check '{check}'" in told
        assert asked("purge", "T0LOCAL")[0] == 0
        assert said(store, "SELECT count(*) FROM sessions") == [(0,)]


@pytest.mark.parametrize("what", ["backup", "restore"])
def test_what_is_for_a_file_alone_names_what_is_for_the_database(asked: Any, what: str) -> None:
    status, told = asked(what, "kept.db")
    assert status == 2
    assert "pg_dump" in told


def test_doctor_says_who_runs_on_the_database_and_whether_it_is_whole(asked: Any) -> None:
    """It changes nothing: a database with nothing in it has nothing in it afterwards."""
    for _ in range(2):
        assert "is there and empty; the first start fills it" in asked("doctor")[1]
    with closing(Shared(asked.url)) as store, closing(Shared(asked.url)):
        begun(store)
        told = asked("doctor")[1]
        assert "ok     bot: 2 run on this database" in told
        assert "is whole" in told
        store.turn(lambda conn: conn.execute("UPDATE answers SET text='theirs'").rowcount)
        assert "is not what was written" in asked("doctor")[1]
    assert "none runs on this database" in asked("doctor")[1]


def test_doctor_names_a_database_that_is_not_there_without_its_password() -> None:
    lines: list[str] = []
    url = "postgresql://ada:quokka@127.0.0.1:1/advisor"
    assert command(["doctor"], {"DATABASE_URL": url}, lines.append, lines.append) == 1
    assert "wrong  database: postgresql://127.0.0.1:1/advisor: can't be reached." in "\n".join(lines)
    assert "quokka" not in str(lines)


# ---- lanes, and two releases


def test_what_a_dead_process_held_is_forgotten_once_nothing_waits_in_it(new_database: Callable[[], str]) -> None:
    """A lane is named after somebody; one in which something waits is still known to have been a dead one's."""
    url = new_database()
    waits = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "x"}, "D0ADA", team="T0LOCAL")
    with closing(Shared(url)) as dead:
        dead.turn(lambda conn: queue.write(conn, waits, 1_800_000_000.0))
        for lane in ("D0ADA", "D0LIN"):
            assert dead.turn(lambda conn, lane=lane: lanes.take(conn, "T0LOCAL", lane, dead.holder))  # type: ignore[misc]
        dead.turn(lanes.sweep)
        assert said(dead, "SELECT count(*) FROM lanes") == [(2,)]
    with closing(Shared(url)) as living:
        living.turn(lanes.sweep)
        assert said(living, "SELECT lane FROM lanes") == [("D0ADA",)]
        assert living.turn(lambda conn: lanes.take(conn, "T0LOCAL", "D0ADA", living.holder)) is None


def test_what_waits_in_a_lane_that_is_held_and_was_lost_sight_of_is_said(
    new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the look for more fails, on a busy or absent server, the lane stays this process's and nobody else says
    what is in it."""
    monkeypatch.setenv("TEST_POSTGRES", new_database())
    with Hands() as slack:
        workspace = Workspace(slack, tmp_path / "advisor.db", "http").start()
        note = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "kept"}, "U0ADA", team="T0LOCAL")

        def left(conn: Connection) -> None:
            lanes.take(conn, "T0LOCAL", "U0ADA", workspace.bot.store.holder)
            queue.write(conn, note, workspace.clock.time())

        workspace.bot.store.turn(left)
        slack.wait_for(lambda: [one["text"] for one in slack.messages("D0ADA")] == ["kept"], timeout=30)
        workspace.stop()


def test_a_replica_of_before_goes_on_while_a_newer_one_has_expanded_the_layout(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs beside it until it is replaced; started anew it is refused, since it can't know what else is new. What
    it asks often the server has prepared, and a column that is new makes that another question."""
    url = new_database()
    waits = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "x"}, "D0ADA", team="T0LOCAL")
    with closing(Shared(url, connections=1)) as before:
        check = begun(before)
        before.turn(lambda conn: queue.write(conn, waits, 1_800_000_000.0))

        def lane() -> int:
            found = before.turn(lambda conn: queue.of_lane(conn, "T0LOCAL", "D0ADA", 1_900_000_000.0, inherited=False))
            return len(found)

        assert [lane() for _ in range(20)] == [1] * 20
        with monkeypatch.context() as released:
            released.setattr(layout, "MIGRATIONS", (*MIGRATIONS, m999_later))
            with closing(Shared(url)) as after:
                grown = after.turn(lambda conn: conn.execute("UPDATE sessions SET colour='red'").rowcount)
                assert grown == 1
                log = before.turn(lambda conn: checks.log_of(conn, check))
                more = log.and_then(Entry(verb="describe", text="more"))
                before.turn(lambda conn: checks.append(conn, check, log, more, AT))
                assert after.turn(lambda conn: checks.log_of(conn, check)) == more
                assert begun(before) != check
                assert lane() == 1
                assert said(after, "SELECT colour FROM sessions ORDER BY colour") == [("",), ("red",)]
        with pytest.raises(Newer, match="m999_later"):
            Shared(url)


def test_what_only_a_newer_release_can_read_is_left_for_it_with_what_comes_behind_it(
    new_database: Callable[[], str],
) -> None:
    """A replica of before may hold the lane; what nobody has taken in an hour is damaged, and holds up nothing more."""
    now, write = 1_800_000_000.0, "UPDATE outbox SET said=:said WHERE id=:id"

    def texts(store: Store, at: float) -> list[str]:
        found = store.turn(lambda conn: queue.of_lane(conn, "T0LOCAL", "D0ADA", at, inherited=False))
        return [outgoing.args["text"] for outgoing in found]

    with closing(Shared(new_database())) as store:
        for text in ("one", "two", "three"):
            waits = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": text}, "D0ADA", team="T0LOCAL")
            row = store.turn(lambda conn, waits=waits: queue.write(conn, waits, now))  # type: ignore[misc]
            if text == "two":
                later = row.stored().replace('"on_result": null', '"on_result": {"kind": "of_a_later_release"}')
                put = {"said": later, "id": row.id}
                store.turn(lambda conn, put=put: conn.execute(write, put).rowcount)  # type: ignore[misc]
        assert texts(store, now + 60) == ["one"]
        assert said(store, "SELECT count(*) FROM outbox") == [(3,)]
        assert texts(store, now + 3_700) == ["one", "three"]
        assert said(store, "SELECT count(*) FROM outbox") == [(2,)]


def test_a_replica_that_starts_leaves_what_only_a_newer_release_can_read(
    new_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every release has a new layout: then one of before may be started beside it again."""
    monkeypatch.setenv("TEST_POSTGRES", new_database())
    with Hands() as slack:
        workspace = Workspace(slack, tmp_path / "advisor.db", "http").start()
        row = f"'', 'T0LOCAL', 'D0ADA', 'of a later release', '{stamp(workspace.clock.time())}', '', ''"
        columns = "enterprise, team, lane, said, at, due, person"
        workspace.rows(f"INSERT INTO outbox ({columns}) VALUES ({row}) RETURNING id")  # noqa: S608 - ours
        slack.wait_idle()
        workspace.stop()
        workspace.start()
        assert workspace.rows("SELECT said FROM outbox") == [("of a later release",)]
        workspace.stop()

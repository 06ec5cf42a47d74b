"""The file: what is handed in is kept whole or not at all, and a file that cannot be used says so."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from bot.store.database import StoreError, Unwritten, set_aside
from bot.store.sqlite import Connection, Store, journal_mode, sqlite3
from tests.bot.conftest import owed


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "advisor.db")
    yield opened
    opened.close()


def note(key: str) -> Callable[[Connection], str]:
    def work(conn: Connection) -> str:
        conn.execute("INSERT INTO seen VALUES (?, '2026-01-01T00:00:00Z')", (key,))
        return key

    return work


def kept(store: Store) -> set[str]:
    return store.turn(lambda conn: {key for (key,) in conn.execute("SELECT key FROM seen")})


class Held:
    """Another process's hold on the file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        self.connection.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        self.connection.close()


def one_group(store: Store, *works: Callable[[Connection], Any]) -> "list[Future[Any]]":
    """Hand these in while the writer is busy, so that it commits them together."""
    begun, go = threading.Event(), threading.Event()

    def block(_: sqlite3.Connection) -> None:
        begun.set()
        go.wait()

    store.hand_in(block)
    begun.wait()
    done = [store.hand_in(work) for work in works]
    go.set()
    return done


def test_what_a_turn_writes_is_on_disk_when_it_returns(store: Store) -> None:
    store.turn(note("a"))
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT key FROM seen").fetchall() == [("a",)]
    other.close()


def test_a_failing_turn_is_undone_and_its_neighbours_are_not(store: Store) -> None:
    def fail(conn: Connection) -> None:
        note("b")(conn)
        raise LookupError("no such thing")

    first, second, third = one_group(store, note("a"), fail, note("c"))
    assert (first.result(), third.result()) == ("a", "c")
    with pytest.raises(LookupError):
        second.result()
    assert kept(store) == {"a", "c"}


def test_a_dropped_transaction_fails_every_turn_in_it(store: Store) -> None:
    def drop(conn: Connection) -> None:
        conn.execute("ROLLBACK")  # what SQLite does by itself on a full disk

    done = one_group(store, note("a"), drop, note("c"))
    for future in done:
        with pytest.raises(Unwritten):
            future.result()
    assert kept(store) == set()
    assert store.turn(note("d")) == "d"


def test_a_full_disk_keeps_everything_that_was_acknowledged(store: Store) -> None:
    store.turn(lambda conn: conn.execute("PRAGMA max_page_count = 60").fetchall())
    said: list[str] = []
    for n in range(2_000):
        try:
            said.append(store.turn(note(f"{n}-" + "x" * 2_000)))
        except Unwritten:
            break
    assert 10 < len(said) < 2_000
    assert kept(store) == set(said)
    store.turn(lambda conn: conn.execute("PRAGMA max_page_count = 1000").fetchall())
    assert store.turn(note("room again"))


def test_what_follows_a_commit_happens_in_the_order_of_the_commits(store: Store) -> None:
    seen: list[int] = []

    def order(conn: Connection) -> int:
        place = int(conn.execute("SELECT count(*) FROM seen").fetchone()[0])
        note(str(place))(conn)
        return place

    threads = [threading.Thread(target=lambda: [store.turn(order, seen.append) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(200))


def test_four_processes_lose_no_update(tmp_path: Path) -> None:
    stores = [Store(tmp_path / "advisor.db") for _ in range(4)]

    def add(conn: Connection) -> None:
        (count,) = conn.execute("SELECT count(*) FROM seen").fetchone()
        note(str(count))(conn)

    threads = [threading.Thread(target=lambda one=one: [one.turn(add) for _ in range(50)]) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(stores[0])) == 200
    for one in stores:
        one.close()


def test_a_locked_file_is_told_in_seconds_and_nobody_waits_twice(store: Store) -> None:
    held = Held(store.path)
    done: list[float] = []
    began = time.monotonic()

    def wait(future: "Future[Any]") -> None:
        with pytest.raises(Unwritten, match=r"SQLITE_(BUSY|LOCKED)"):
            future.result()
        done.append(time.monotonic() - began)

    for future in [store.hand_in(note(str(n))) for n in range(100)]:
        wait(future)
    assert max(done) < 30, "a hundred that wait one after the other take minutes"
    held.let_go()
    assert store.turn(note("later"))
    assert kept(store) == {"later"}


def test_a_reader_that_stays_makes_the_commit_fail_in_time(store: Store) -> None:
    if journal_mode(sqlite3.sqlite_version_info) == "WAL":
        pytest.skip("with WAL readers stand in nobody's way")
    store.turn(note("a"))
    reader = sqlite3.connect(store.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM seen").fetchall()
    began = time.monotonic()
    with pytest.raises(Unwritten, match=r"SQLITE_(BUSY|LOCKED)"):
        store.turn(note("b"))
    assert time.monotonic() - began < 30
    reader.close()
    assert store.turn(note("c"))
    assert kept(store) == {"a", "c"}


def test_a_closed_store_takes_nothing_and_has_kept_what_came_before(tmp_path: Path) -> None:
    store = Store(tmp_path / "advisor.db")
    future = store.hand_in(note("a"))
    store.close()
    assert future.result() == "a"
    with pytest.raises(StoreError, match="closed"):
        store.turn(note("b"))


class TestRemembered:
    """What was read once is not read again, as long as nobody could have changed it."""

    def test_what_a_turn_read_is_known_to_the_next(self, store: Store) -> None:
        store.turn(lambda conn: conn.remember("a", 1))
        assert store.turn(lambda conn: conn.seen.get("a")) == 1

    def test_nothing_is_once_a_turn_was_undone(self, store: Store) -> None:
        def fail(conn: Connection) -> None:
            conn.remember("a", 1)
            raise LookupError

        with pytest.raises(LookupError):
            store.turn(fail)
        assert not store.turn(lambda conn: conn.seen)

    def test_nothing_is_once_part_of_a_turn_was_undone(self, store: Store) -> None:
        def part(conn: Connection) -> bool:
            with set_aside(conn):
                conn.remember("a", 1)
                raise LookupError
            return bool(conn.seen)

        assert not store.turn(part)

    def test_nothing_is_once_somebody_else_wrote(self, store: Store) -> None:
        store.turn(lambda conn: conn.remember("a", 1))
        with sqlite3.connect(store.path) as other:
            other.execute("INSERT INTO seen VALUES ('b', '2026-01-01T00:00:00Z')")
        other.close()
        assert not store.turn(lambda conn: conn.seen)

    def test_nothing_is_of_what_is_to_leave_no_trace(self, store: Store) -> None:
        store.turn(lambda conn: conn.remember("a", 1))
        store.turn(store.scrub)
        assert not store.turn(lambda conn: conn.seen)

    def test_of_too_many_those_asked_for_last_are(self, store: Store) -> None:
        store.turn(lambda conn: [conn.remember(str(n), n) for n in range(1000)])
        known = store.turn(lambda conn: list(conn.seen))
        assert known == [str(n) for n in range(1000 - len(known), 1000)]
        assert len(known) == 512


class TestScrub:
    """What was deleted leaves no byte behind, and nobody waits for that."""

    def fill(self, store: Store, rows: int = 2_000) -> None:
        """Two kinds of rows, in an order and of lengths that make pages split and rearrange them."""
        kinds = ("zibeline", "keeper00")
        made = [(hashlib.sha256(str(n).encode()).hexdigest(), kinds[n % 2] * (1 + 7 * n % 60)) for n in range(rows)]
        store.turn(lambda conn: conn.executemany("INSERT INTO seen VALUES (?, ?)", made).rowcount)

    def delete(self, conn: Connection) -> None:
        conn.execute("DELETE FROM seen WHERE at LIKE 'zibeline%'")

    def delete_and_scrub(self, store: Store) -> Callable[[Connection], None]:
        return lambda conn: (self.delete(conn), store.scrub(conn))[1]

    def traces(self, path: Path) -> int:
        return sum(file.read_bytes().count(b"zibeline") for file in path.parent.glob(f"{path.name}*"))

    def until_scrubbed(self, path: Path) -> None:
        until = time.monotonic() + 120
        while owed(path):
            assert time.monotonic() < until

    def test_a_deletion_alone_leaves_traces_and_soon_after_there_are_none(self, store: Store) -> None:
        self.fill(store)
        store.turn(self.delete)
        assert self.traces(store.path), "they are there to be found"
        store.turn(store.scrub)
        self.until_scrubbed(store.path)
        assert self.traces(store.path) == 0
        assert len(kept(store)) == 1_000

    def test_a_turn_that_fails_deletes_and_owes_nothing(self, store: Store) -> None:
        def fail(conn: Connection) -> None:
            self.delete_and_scrub(store)(conn)
            raise LookupError

        self.fill(store)
        with pytest.raises(LookupError):
            store.turn(fail)
        assert not owed(store.path)
        assert len(kept(store)) == 2_000

    def test_before_close_returns_there_are_none(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "advisor.db")
        self.fill(store)
        store.turn(self.delete_and_scrub(store))
        store.close()
        assert self.traces(store.path) == 0

    def test_what_could_not_be_done_is_told_and_done_at_the_next_start(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = Store(tmp_path / "advisor.db")
        self.fill(store)
        reader = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)

        def hold(_: None) -> None:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM seen").fetchall()

        store.turn(self.delete_and_scrub(store), hold)
        store.close()
        assert "traces of deleted rows may still be in the file" in caplog.text
        assert self.traces(store.path)
        reader.close()
        again = Store(store.path)
        self.until_scrubbed(store.path)
        assert self.traces(store.path) == 0
        again.close()

    def test_it_gives_way_to_turns_and_is_done_when_they_stop(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.sqlite._SHORT", 0.0)
        monkeypatch.setattr("bot.store.sqlite._QUIET", 3.0)
        self.fill(store, 50_000)
        store.turn(self.delete_and_scrub(store))
        for n in range(300):
            store.turn(note(str(n)))
        assert owed(store.path)
        self.until_scrubbed(store.path)
        assert self.traces(store.path) == 0
        assert len(kept(store)) == 25_300

    def test_it_is_done_whoever_waits_once_patience_is_over(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.sqlite._SHORT", 0.0)
        monkeypatch.setattr("bot.store.sqlite._PATIENCE", 0.3)
        self.fill(store, 30_000)
        store.turn(self.delete_and_scrub(store))
        until = time.monotonic() + 120
        while owed(store.path):
            store.turn(lambda conn: conn.execute("SELECT 1").fetchone())
            assert time.monotonic() < until
        assert self.traces(store.path) == 0


class TestOpening:
    def test_the_file_is_for_its_owner_only(self, store: Store) -> None:
        assert store.path.stat().st_mode & 0o777 == 0o600

    def test_the_connection_is_set_for_durability(self, store: Store) -> None:
        names = ("synchronous", "foreign_keys", "secure_delete", "trusted_schema")

        def pragmas(conn: Connection) -> list[int]:
            return [conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

        assert store.turn(pragmas) == [2, 1, 1, 0]

    @pytest.mark.parametrize(
        ("version", "mode"),
        [
            ((3, 40, 1), "TRUNCATE"), ((3, 44, 5), "TRUNCATE"), ((3, 44, 6), "WAL"), ((3, 45, 0), "TRUNCATE"),
            ((3, 50, 6), "TRUNCATE"), ((3, 50, 7), "WAL"), ((3, 51, 2), "TRUNCATE"), ((3, 51, 3), "WAL"),
            ((3, 52, 0), "WAL"), ((4, 0, 0), "WAL"),
        ],
    )  # fmt: skip
    def test_wal_is_used_only_where_its_reset_bug_is_fixed(self, version: tuple[int, ...], mode: str) -> None:
        assert journal_mode(version) == mode

    def test_one_sqlite_library_is_in_the_process(self) -> None:
        assert sqlite_utils.db.sqlite3 is sqlite3  # type: ignore[attr-defined]  # what it took

    def test_opening_again_finds_what_was_kept(self, tmp_path: Path) -> None:
        first = Store(tmp_path / "advisor.db")
        first.turn(note("a"))
        first.close()
        second = Store(tmp_path / "advisor.db")
        assert kept(second) == {"a"}
        second.close()

    def test_processes_that_start_at_once_make_one_layout(self, tmp_path: Path) -> None:
        opened: list[Store] = []
        threads = [threading.Thread(target=lambda: opened.append(Store(tmp_path / "advisor.db"))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(opened) == 6
        for store in opened:
            store.close()

    def test_a_file_of_a_newer_release_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "advisor.db"
        Store(path).close()
        with sqlite3.connect(path) as other:
            row = {"migration_set": "advisor", "name": "m999_x", "applied_at": ""}
            sqlite_utils.Database(other).table("_sqlite_migrations").insert(row)
        other.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match=r"newer release \(m999_x\). Update the bot"):
            Store(path)
        assert path.read_bytes() == before

    def test_an_interrupted_migration_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.schema._SCHEMA", "CREATE TABLE half (x) STRICT;\nCREATE nonsense")
        with pytest.raises(StoreError):
            Store(tmp_path / "advisor.db")
        monkeypatch.undo()
        store = Store(tmp_path / "advisor.db")
        half = "SELECT name FROM sqlite_master WHERE name='half'"
        assert store.turn(lambda conn: conn.execute(half).fetchall()) == []
        store.close()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda _: b"this is no database, whatever its name" * 100,
            lambda good: good[:4096] + b"\x00" * 4096 + good[8192:],
            lambda good: good[: len(good) // 2],
        ],
        ids=["text", "a lost page", "half of it"],
    )
    def test_a_damaged_file_is_refused_with_what_to_do(self, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
        path = tmp_path / "advisor.db"
        store = Store(path)
        for n in range(50):
            store.turn(note(str(n)))
        store.close()
        path.write_bytes(spoil(path.read_bytes()))
        with pytest.raises(StoreError, match="Restore a backup, or move the file away"):
            Store(path)

    def test_a_locked_file_is_not_called_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "advisor.db"
        Store(path).close()
        held = Held(path)
        with pytest.raises(StoreError, match="Another process holds it"):
            Store(path)
        held.let_go()
        Store(path).close()

    def test_a_place_that_cannot_be_written_is_named_with_the_mend(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="ADVISOR_DB"):
            Store(tmp_path / "file" / "advisor.db")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_without_rights_is_named_with_the_mend(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(StoreError, match="ADVISOR_DB"):
            Store(tmp_path / "advisor.db")


class TestLayout:
    def test_money_and_rates_are_text_and_every_table_is_strict(self, store: Store) -> None:
        def tables(conn: Connection) -> list[str]:
            found = conn.execute("SELECT sql FROM sqlite_master WHERE type='table' AND name NOT LIKE '%sqlite%'")
            return [sql for (sql,) in found]

        made = store.turn(tables)
        assert len(made) == 21
        assert all("STRICT" in sql and "REAL" not in sql for sql in made)

    def test_a_forgotten_check_takes_all_it_had_along(self, store: Store) -> None:
        def fill(conn: Connection) -> None:
            conn.execute(
                "INSERT INTO sessions (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at,"
                " changed_at) VALUES ('s','','T','U','D','1','2','1','then','then')"
            )
            conn.execute("INSERT INTO threads VALUES ('T','D','1','s')")
            conn.execute(
                "INSERT INTO handovers (id, team, session, owner, offered_to, at) VALUES ('h','T','s','U','V','then')"
            )
            conn.execute("INSERT INTO feedback VALUES ('s',1,'T:U',1,'words','then')")
            conn.execute(
                "INSERT INTO shares (id, enterprise, team, session, version, channel, ts, title, private, costs,"
                " note, owner_name, answered_by, posted_at, updated_at)"
                " VALUES ('r','','T','s',1,'C','1','words',0,0,'words','u','u','then','')"
            )
            conn.execute("INSERT INTO answers VALUES ('s',0,'describe','','null','words','1','then','')")
            conn.execute("INSERT INTO reports VALUES ('s',1,'1','hold','{}','then','')")
            conn.execute("INSERT INTO outbox VALUES (1,'','T','U','s','{}','then','','U',0)")

        def left(conn: Connection) -> int:
            conn.execute("DELETE FROM sessions")
            names = ("threads", "answers", "reports", "outbox", "handovers", "feedback", "shares")
            return sum(conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)  # noqa: S608

        store.turn(fill)
        assert store.turn(left) == 0
        store.close()
        assert b"words" not in store.path.read_bytes(), "deleted bytes are overwritten"
        store.close = lambda: None  # type: ignore[method-assign]

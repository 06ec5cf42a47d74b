"""A backup is whole and made while a bot writes; a restore puts it in the place of whatever is there, or nothing."""

import shutil
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from advisor.session import Entry, Session
from bot.commands import run as command
from bot.messages import OutgoingMessage, Request
from bot.store import checks, queue
from bot.store.claim import claimed
from bot.store.sqlite import Store, sqlite3

AT = "2026-11-29T04:00:00Z"
ADA = Request("k", "T0LOCAL", "U0ADA", "D0ADA")


def asked(db: Path, *words: str | Path) -> tuple[int, str]:
    said: list[str] = []
    status = command([str(word) for word in words], {"ADVISOR_DB": str(db)}, said.append, said.append)
    return status, "\n".join(said)


def kept(db: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(db)) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        return {name: conn.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}  # noqa: S608


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"advisor.db-journal"}  # empty, as TRUNCATE leaves it


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A file with a check in it."""
    path = tmp_path / "advisor.db"
    with closing(Store(path)) as store:
        store.turn(lambda conn: checks.begin(conn, ADA, "The quokka project", AT, channel="D0ADA", thread_ts="1.1"))
    return path


def entry(n: int) -> Entry:
    return Entry(verb="answer", field="eval_pairs", value=n, text=f"{n:,}", ts=f"{n}.0")


def test_a_restore_of_a_backup_made_under_load_equals_the_source(db: Path, tmp_path: Path) -> None:
    """Four people write as fast as they can. The copy is one moment of theirs: of each log all that was acknowledged
    before it was begun, and then nothing that came later without what came before."""
    store, enough = Store(db), threading.Event()
    begun = [
        store.turn(lambda conn: checks.begin(conn, ADA, "under load", AT, channel="D", thread_ts="")) for _ in range(4)
    ]
    acknowledged = [0] * 4

    def write(who: int) -> None:
        log = begun[who].session
        while not enough.is_set() and len(log.entries) < 2000:
            before, log = log, Session(entries=(*log.entries, entry(len(log.entries))))
            store.turn(partial(checks.append, check_id=begun[who].id, before=before, after=log, at=AT))
            acknowledged[who] = len(log.entries)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    while min(acknowledged) < 20:
        assert any(writer.is_alive() for writer in writers)
    before = list(acknowledged)
    status, said = asked(db, "backup", tmp_path / "saved.db")
    enough.set()
    for writer in writers:
        writer.join()
    store.close()
    assert status == 0, said
    source = kept(db)
    assert asked(db, "restore", tmp_path / "saved.db")[0] == 0
    restored = kept(db)
    for who, check in enumerate(begun):
        log = [row for row in restored["answers"] if row[0] == check.id]
        assert before[who] <= len(log) <= acknowledged[who] + 1
        assert log == [row for row in source["answers"] if row[0] == check.id][: len(log)]
    assert {name: rows for name, rows in restored.items() if name != "answers"} == {
        name: rows for name, rows in source.items() if name != "answers"
    }
    Store(db).close()


def test_a_backup_is_as_private_as_the_file_and_takes_nobody_s_place(db: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    assert saved.stat().st_mode & 0o777 == 0o600
    assert kept(saved) == kept(db)
    before = saved.read_bytes()
    status, said = asked(db, "backup", saved)
    assert (status, "is there already" in said) == (2, True)
    assert saved.read_bytes() == before
    assert files(tmp_path) == {"advisor.db", "saved.db"}


def test_what_was_there_is_kept_beside_what_was_restored(db: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    with closing(Store(db)) as store:
        store.turn(lambda conn: checks.begin(conn, ADA, "a later one", AT, channel="D0ADA", thread_ts="2.2"))
    later = kept(db)
    status, said = asked(db, "restore", saved)
    assert status == 0
    (aside,) = tmp_path.glob("advisor.db.replaced-*")
    assert aside.name in said
    assert kept(aside) == later
    assert kept(db) == kept(saved)


@pytest.mark.parametrize("spoiled", ["text", "cut", "row", "newer", "empty", "other"])
def test_what_is_no_whole_backup_of_this_release_or_an_earlier_one_is_refused(
    db: Path, tmp_path: Path, spoiled: str
) -> None:
    """And nothing is changed."""
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    with closing(sqlite3.connect(saved, isolation_level=None)) as conn:
        if spoiled == "row":
            conn.execute("UPDATE answers SET text='The other project'")
        elif spoiled == "newer":
            conn.execute("UPDATE _sqlite_migrations SET name='m999_x' WHERE name='m001_checks'")
        elif spoiled == "other":
            conn.execute("DROP TABLE _sqlite_migrations")
    if spoiled == "text":
        saved.write_bytes(b"not a database at all" * 500)
    elif spoiled in ("cut", "empty"):
        saved.write_bytes(saved.read_bytes()[: 9000 if spoiled == "cut" else 0])
    before = db.read_bytes()
    status, said = asked(db, "restore", saved)
    assert status == (2 if spoiled == "newer" else 1), said
    assert "quokka" not in said
    assert db.read_bytes() == before
    assert files(tmp_path) == {"advisor.db", "advisor.db.pid", "saved.db"}


def test_beside_a_running_bot_nothing_is_restored(db: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    before = db.read_bytes()
    with claimed(db):
        status, said = asked(db, "restore", saved)
    assert (status, "is the bot of" in said) == (2, True)
    assert db.read_bytes() == before


@pytest.mark.parametrize("there", ["nothing", "text", "nothing in it"])
def test_a_backup_takes_the_place_of_what_cannot_be_used(db: Path, tmp_path: Path, there: str) -> None:
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    whole = kept(db)
    if there == "nothing":
        db.unlink()
    else:
        db.write_bytes(b"no database" * 900 if there == "text" else b"")
    assert asked(db, "restore", saved)[0] == 0
    assert kept(db) == whole
    assert len(list(tmp_path.glob("advisor.db.replaced-*"))) == (there != "nothing")


def test_the_journal_of_the_file_that_was_there_is_not_played_into_the_restored_one(db: Path, tmp_path: Path) -> None:
    """A bot that was killed leaves its write-ahead log; the file that was there keeps what is in it."""
    saved, killed = tmp_path / "saved.db", tmp_path / "killed" / "advisor.db"
    assert asked(db, "backup", saved)[0] == 0
    killed.parent.mkdir()
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode=WAL").fetchall()
        conn.execute("INSERT INTO seen VALUES ('only in the journal', '')")
        for side in ("", "-wal"):
            shutil.copy(f"{db}{side}", f"{killed}{side}")
    assert asked(killed, "restore", saved)[0] == 0
    assert kept(killed)["seen"] == []
    (aside,) = killed.parent.glob("advisor.db.replaced-*")
    assert kept(aside)["seen"] == [("only in the journal", "")]


def test_what_waited_in_a_backup_counts_as_maybe_said(db: Path, tmp_path: Path) -> None:
    """The bot looks for it before it says it again."""
    with closing(Store(db)) as store:
        late = OutgoingMessage("chat.postMessage", {"channel": "D0ADA", "text": "late"}, "D0ADA", team="T0LOCAL")
        store.turn(lambda conn: queue.write(conn, late, 1_800_000_000.0))
    saved = tmp_path / "saved.db"
    assert asked(db, "backup", saved)[0] == 0
    assert asked(db, "restore", saved)[0] == 0
    assert [row[-1] for row in kept(saved)["outbox"]] == [0]
    assert [row[-1] for row in kept(db)["outbox"]] == [1]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    db = tmp_path / "none.db"
    for words in (("verify",), ("backup", tmp_path / "saved.db"), ("restore", tmp_path / "saved.db")):
        assert asked(db, *words)[0] == 2
    assert list(tmp_path.iterdir()) == []

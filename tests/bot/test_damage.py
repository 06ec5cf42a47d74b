"""What is damaged in the file is noticed, in whatever way it was damaged; ``python -m bot verify`` says where."""

import random
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.commands import run as command
from bot.store import checks, sums
from bot.store.database import StoreError
from bot.store.sqlite import Store, sqlite3

RELEASED = Path(__file__).parent / "release_0_2.sql"
CHECKS = 30


def verified(db: Path) -> tuple[int, list[str]]:
    said: list[str] = []
    return command(["verify"], {"ADVISOR_DB": str(db)}, said.append, said.append), said


def opened(db: Path) -> sqlite3.Connection:
    return sqlite3.connect(db, isolation_level=None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of an earlier release with one decided check, opened by this one, and copies of the check."""
    db = tmp_path_factory.mktemp("whole") / "advisor.db"
    with opened(db) as conn:
        conn.executescript(RELEASED.read_text(encoding="utf-8"))
    conn.close()
    Store(db).close()
    with opened(db) as conn:
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.execute("BEGIN")
        (first,) = conn.execute("SELECT session FROM reports").fetchone()
        for n in range(CHECKS):
            for table, key in (("sessions", "id"), ("answers", "session"), ("reports", "session")):
                columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
                cells = ", ".join("?" if name == key else "''" if name == "sum" else name for name in columns)
                conn.execute(f"INSERT INTO {table} SELECT {cells} FROM {table} WHERE {key}=?", (f"{n:032x}", first))  # noqa: S608
        sums.fill(conn)
        conn.execute("COMMIT")
    conn.close()
    return db


def cells(data: bytes) -> Iterator[range]:
    """Where in the file rows are: the cells of leaf pages, and the pages long rows go on in."""
    size = struct.unpack(">H", data[16:18])[0]
    for start in range(0, len(data), size):
        head = start + (100 if start == 0 else 0)
        kind, count = data[head], struct.unpack(">H", data[head + 3 : head + 5])[0]
        if kind in (0x0A, 0x0D):
            places = sorted(struct.unpack(f">{count}H", data[head + 8 : head + 8 + 2 * count]))
            yield from (range(start + a, start + b) for a, b in pairwise([*places, size]))
        elif kind == 0 and start:
            yield range(start + 4, start + size)


KINDS: dict[str, Callable[[random.Random, bytes, int], bytes]] = {
    "noise": lambda rng, _, n: rng.randbytes(n),
    "nothing": lambda _rng, _, n: bytes(n),
    "letters": lambda rng, _, n: bytes(rng.choices(b'abcdefghij0123456789 ",:', k=n)),
    "of elsewhere": lambda rng, data, n: data[(at := rng.randrange(len(data) - n)) : at + n],
}


def noticed_by(db: Path) -> str:
    try:
        Store(db).close()
    except StoreError:
        return "the start"
    return "verify" if verified(db)[0] == 1 else ""


@pytest.mark.parametrize("name", [b"answers", b"outbox", b"sessions", b"CREATE", b"index"])
def test_a_name_in_the_file_that_is_no_text_any_more_is_called_damage(whole: Path, tmp_path: Path, name: bytes) -> None:
    db = tmp_path / "hurt.db"
    db.write_bytes(whole.read_bytes().replace(name, name[:2] + b"\xeb" + name[3:]))
    with pytest.raises(StoreError, match="Restore a backup"):
        Store(db).close()
    assert verified(db)[0] != 0


def test_of_sixty_damages_of_64_bytes_where_rows_are_nearly_all_are_noticed(whole: Path, tmp_path: Path) -> None:
    """A start alone notices those that hurt the file's structure; sums notice what was hurt in logs and reports,
    whatever it reads like. What goes unnoticed hurt rows without a sum, in a way that still reads."""
    rng, data = random.Random(20261129), whole.read_bytes()
    spans = [span for span in cells(data) if len(span) >= 16]
    noticed: Counter[str] = Counter()
    for n in range(60):
        span = rng.choices(spans, [len(span) for span in spans])[0]
        at = rng.randrange(span.start, span.stop)
        kind = list(KINDS)[n % len(KINDS)]
        db = tmp_path / f"{n}.db"
        hurt = KINDS[kind](rng, data, min(64, len(data) - at))
        db.write_bytes(data[:at] + hurt + data[at + len(hurt) :])
        noticed[noticed_by(db)] += 1
    print(dict(noticed))
    assert noticed[""] <= 3, noticed
    assert noticed["verify"] > 15, "most hurt nothing of the structure"


def hurts(db: Path, statement: str) -> None:
    with opened(db) as conn:
        conn.execute("PRAGMA foreign_keys=OFF")
        assert conn.execute(statement).rowcount
    conn.close()


@pytest.fixture
def db(whole: Path, tmp_path: Path) -> Path:
    """A file of one's own."""
    copy = tmp_path / "advisor.db"
    copy.write_bytes(whole.read_bytes())
    return copy


def test_a_whole_file_is_whole(db: Path) -> None:
    assert verified(db) == (0, [f"{db}: all that is kept is what was written"])


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE answers SET value='1300' WHERE field='eval_pairs' AND session='{id}'", "answers: 8 of"),
        ("UPDATE answers SET text='12' WHERE n=3 AND session='{id}'", "answers: 3 of"),
        ("UPDATE reports SET body=replace(body, '1200', '1300') WHERE session='{id}'", "reports: "),
        ("UPDATE reports SET verdict='go' WHERE session='{id}'", "reports: "),
        ("DELETE FROM answers WHERE n=4 AND session='{id}'", "answers: 4 of"),
        ("DELETE FROM answers WHERE n=0 AND session='{id}'", "answers: 0 of"),
        ("UPDATE answers SET sum='' WHERE n=2 AND session='{id}'", "answers: 2 of"),
        ("UPDATE answers SET n=99 WHERE n=22 AND session='{id}'", "answers: 99 of"),
        ("UPDATE sessions SET owner=CAST(x'ff41' AS TEXT) WHERE id='{id}'", "sessions: 1 row holds"),
        ("UPDATE outbox SET said='{{' WHERE id=(SELECT min(id) FROM outbox)", "outbox: row "),
    ],
)
def test_what_reads_well_and_is_not_what_was_written_is_found(db: Path, statement: str, where: str) -> None:
    """Where it is is told, and nothing of it."""
    hurts(db, statement.format(id=f"{7:032x}"))
    status, said = verified(db)
    assert status == 1
    assert [line for line in said[:-1] if line.startswith(where)] == said[:-1]
    assert "Okafor" not in str(said)


def test_a_check_whose_log_was_changed_is_not_read_and_the_others_are(db: Path) -> None:
    hurts(db, f"UPDATE answers SET value='1300' WHERE field='eval_pairs' AND session='{7:032x}'")  # noqa: S608
    store = Store(db)
    with pytest.raises(checks.Damaged, match=r"^answers 8$"):
        store.turn(lambda conn: checks.log_of(conn, f"{7:032x}"))
    assert store.turn(lambda conn: checks.log_of(conn, f"{8:032x}")).version == 23
    store.close()


def test_rows_of_an_earlier_release_have_their_sum_from_the_first_start_on(tmp_path: Path) -> None:
    """None without one is ever trusted, so there is no row to be looked at later."""
    db = tmp_path / "old.db"
    with opened(db) as conn:
        conn.executescript(RELEASED.read_text(encoding="utf-8"))
    conn.close()
    assert verified(db)[0] == 0, "of before nothing is known, and nothing is said"
    Store(db).close()
    with opened(db) as conn:
        for table in sums.COLUMNS:
            assert conn.execute(f"SELECT min(length(sum)), max(length(sum)) FROM {table}").fetchone() == (16, 16)  # noqa: S608
    conn.close()
    assert verified(db)[0] == 0

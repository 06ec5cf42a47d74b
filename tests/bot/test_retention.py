"""What is somebody's goes whole: a canary is planted in every column of every table, and none is found afterwards."""

from typing import Any

import pytest

from bot.messages import Request
from bot.store import retention
from bot.store.database import Connection
from tests.bot.conftest import Workspace

TEAM, PERSON, CANARY = "T0LOCAL", "U0ADA", "canary-in-a-coal-mine"
NOBODYS = {"looks", "gaps", "pulse"}
"""Tables with nothing of anybody in them: when the bot looked, and whether the file can be written."""


def plant(conn: Connection) -> list[str]:
    """A row of the person in every table, the canary in every column that can have one; returns the tables."""
    tables = [
        name
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name='sessions' DESC")
        if not name.startswith(("sqlite_", "_"))
    ]
    conn.execute("PRAGMA defer_foreign_keys=ON")
    for table in tables:
        row: dict[str, Any] = {}
        for column in conn.execute(f"PRAGMA table_info({table})"):
            name = column["name"]
            row[name] = 7 if column["type"] == "INTEGER" else f"{CANARY} {table} {name}"
        told = {"team": TEAM, "owner": PERSON, "offered_to": PERSON, "one": 1}
        told |= {"person": f"{TEAM}:{PERSON}" if table == "feedback" else PERSON, "key": f"{TEAM}:{PERSON}:{CANARY}"}
        row |= {name: value for name, value in told.items() if name in row}
        row |= {"day": "2026-01-01"} if table == "calls" else {}  # stays, as nobody's
        row |= {"session": f"{CANARY} sessions id"} if "session" in row else {}
        row |= {"share": f"{CANARY} shares id"} if "share" in row else {}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        if table not in NOBODYS:
            conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)  # noqa: S608 - names of the schema
    return tables


@pytest.fixture
def planted(over_http: Workspace) -> Workspace:
    tables = over_http.bot.store.turn(plant)
    assert set(tables) > NOBODYS
    return over_http


def left(workspace: Workspace) -> list[str]:
    """Where the canary still is, and whether a byte of it is in the file."""

    def look(conn: Connection) -> list[str]:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        rows = [(table, row) for table in tables for row in conn.execute(f"SELECT * FROM {table}")]  # noqa: S608
        return [table for table, row in rows if CANARY in str(tuple(row))]

    found: list[str] = workspace.bot.store.turn(look)
    workspace.stop()
    return found + (["bytes"] if CANARY.encode() in workspace.db.read_bytes() else [])


def test_by_their_own_word(planted: Workspace) -> None:
    planted.bot.store.turn(lambda conn: conn.execute("DELETE FROM installations").rowcount)  # that is the workspace's
    planted.bot.store.turn(lambda conn: conn.execute("DELETE FROM refusals").rowcount)  # and that
    planted.bot.store.turn(lambda conn: conn.execute("DELETE FROM tokens").rowcount)  # and that
    planted.bot.handlers.deletion.forget(Request("once", TEAM, PERSON, ""))
    planted.quiet()
    assert left(planted) == []


def test_with_their_workspace(planted: Workspace) -> None:
    def purge(conn: Connection) -> None:
        retention.workspace(conn, TEAM)
        planted.bot.store.scrub(conn)

    planted.bot.store.turn(purge)
    assert left(planted) == []

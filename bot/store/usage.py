"""How often a model was asked, by UTC day, and what it made of a report's reasons."""

import sqlite3


def asked_on(conn: sqlite3.Connection, day: str, team: str, person: str) -> tuple[int, int, int]:
    """How often it was asked that day: by all, by the workspace, by the person."""
    query = (
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE team=:team), 0),"
        " coalesce(sum(n) FILTER (WHERE team=:team AND person=:person), 0) FROM calls WHERE day=:day"
    )
    row = conn.execute(query, {"day": day, "team": team, "person": person}).fetchone()
    return int(row[0]), int(row[1]), int(row[2])


def count(conn: sqlite3.Connection, day: str, team: str, person: str) -> None:
    """It is asked once more."""
    conn.execute(
        "INSERT INTO calls (day, team, person, n) VALUES (:day, :team, :person, 1)"
        " ON CONFLICT (day, team, person) DO UPDATE SET n = calls.n + 1",
        {"day": day, "team": team, "person": person},
    )


def give_back(conn: sqlite3.Connection, day: str, team: str, person: str) -> None:
    """What was counted was not asked after all."""
    which = {"day": day, "team": team, "person": person}
    conn.execute("UPDATE calls SET n = n - 1 WHERE day=:day AND team=:team AND person=:person AND n > 0", which)


def make_nobodys(conn: sqlite3.Connection, team: str, person: str) -> None:
    """What a person asked stays counted, as nobody's: a budget is not won back by deleting."""
    who = {"team": team, "person": person}
    conn.execute(
        "INSERT INTO calls (day, team, person, n)"
        " SELECT day, team, '', n FROM calls WHERE team=:team AND person=:person"
        " ON CONFLICT (day, team, person) DO UPDATE SET n = calls.n + excluded.n",
        who,
    )
    conn.execute("DELETE FROM calls WHERE team=:team AND person=:person", who)


def wording_is_off(conn: sqlite3.Connection, team: str, person: str) -> bool:
    """Whether a person wants no model."""
    query = "SELECT 1 FROM people WHERE team=:team AND person=:person AND wording=0"
    return conn.execute(query, {"team": team, "person": person}).fetchone() is not None

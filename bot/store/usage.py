"""How often a model was asked, by UTC day, and what it made of a report's reasons."""

import json
from typing import NamedTuple

from bot.store.database import Connection


def asked_on(conn: Connection, day: str, team: str, person: str) -> tuple[int, int, int]:
    """How often it was asked that day: by all, by the workspace, by the person."""
    query = (
        "SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE team=:team), 0),"
        " coalesce(sum(n) FILTER (WHERE team=:team AND person=:person), 0) FROM calls WHERE day=:day"
    )
    row = conn.execute(query, {"day": day, "team": team, "person": person}).fetchone()
    return int(row[0]), int(row[1]), int(row[2])


def count(conn: Connection, day: str, team: str, person: str) -> None:
    """It is asked once more."""
    conn.execute(
        "INSERT INTO calls (day, team, person, n) VALUES (:day, :team, :person, 1)"
        " ON CONFLICT (day, team, person) DO UPDATE SET n = calls.n + 1",
        {"day": day, "team": team, "person": person},
    )


def give_back(conn: Connection, day: str, team: str, person: str) -> None:
    """What was counted was not asked after all."""
    which = {"day": day, "team": team, "person": person}
    conn.execute("UPDATE calls SET n = n - 1 WHERE day=:day AND team=:team AND person=:person AND n > 0", which)


def make_nobodys(conn: Connection, team: str, person: str) -> None:
    """What a person asked stays counted, as nobody's: a budget is not won back by deleting."""
    who = {"team": team, "person": person}
    conn.execute(
        "INSERT INTO calls (day, team, person, n)"
        " SELECT day, team, '', n FROM calls WHERE team=:team AND person=:person"
        " ON CONFLICT (day, team, person) DO UPDATE SET n = calls.n + excluded.n",
        who,
    )
    conn.execute("DELETE FROM calls WHERE team=:team AND person=:person", who)


class Words(NamedTuple):
    """A report's reasons as a model put them: reason -> sentence, its placeholders still open. No fact is taken from
    here."""

    model: str
    sentences: dict[str, str]


def words_of(conn: Connection, check_id: str, version: int) -> Words | None:
    query = "SELECT model, sentences FROM wordings WHERE session=:check AND version=:version AND kept > 0"
    row = conn.execute(query, {"check": check_id, "version": version}).fetchone()
    return Words(row["model"], json.loads(row["sentences"])) if row else None


def keep_words(
    conn: Connection, check_id: str, version: int, words: Words, *, prompt: str, asked: int, kept: int
) -> None:
    """What it made of a report: of so many sentences it was ``asked`` for so many were ``kept``."""
    conn.execute(
        "INSERT INTO wordings (session, version, model, prompt, asked, kept, sentences)"
        " VALUES (:check, :version, :model, :prompt, :asked, :kept, :sentences)"
        " ON CONFLICT (session, version) DO UPDATE SET model=excluded.model, prompt=excluded.prompt,"
        " asked=excluded.asked, kept=excluded.kept, sentences=excluded.sentences",
        {
            "check": check_id, "version": version, "model": words.model, "prompt": prompt, "asked": asked, "kept": kept,
            "sentences": json.dumps(words.sentences),
        },
    )  # fmt: skip


def wording_is_off(conn: Connection, team: str, person: str) -> bool:
    """Whether a person wants no model."""
    query = "SELECT 1 FROM people WHERE team=:team AND person=:person AND wording=0"
    return conn.execute(query, {"team": team, "person": person}).fetchone() is not None

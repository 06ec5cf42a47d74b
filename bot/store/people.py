"""Who has opened Home, what they set, and in which channels with records they are."""

from typing import NamedTuple

from bot.messages import Request
from bot.store.database import Connection


class Person(NamedTuple):
    """``page`` of Home counts from 0; ``hash`` is that of the tab as Slack has it."""

    page: int
    hash: str
    reminders: bool
    wording: bool


def person(conn: Connection, team: str, user: str) -> Person | None:
    """``None`` for who has not opened Home."""
    query = "SELECT page, hash, reminders, wording FROM people WHERE team=:team AND person=:user"
    row = conn.execute(query, {"team": team, "user": user}).fetchone()
    return Person(row["page"], row["hash"], bool(row["reminders"]), bool(row["wording"])) if row else None


def opened_home(conn: Connection, request: Request, at: str) -> None:
    _set(conn, request, "at", at, at)


def turn_to(conn: Connection, request: Request, at: str, page: int) -> None:
    """Home shows this page."""
    _set(conn, request, "page", page, at)


def want_reminders(conn: Connection, request: Request, at: str, *, on: bool) -> None:
    _set(conn, request, "reminders", int(on), at)


def want_wording(conn: Connection, request: Request, at: str, *, on: bool) -> None:
    """Whether a model may word things for this person."""
    _set(conn, request, "wording", int(on), at)


def _set(conn: Connection, request: Request, column: str, value: int | str, at: str) -> None:
    """One column of a person's row, which is made when there is none."""
    who = {"enterprise": request.enterprise, "team": request.team, "user": request.user, "at": at}
    insert = "INSERT INTO people (enterprise, team, person, at) VALUES (:enterprise, :team, :user, :at)"
    conn.execute(f"{insert} ON CONFLICT DO NOTHING", who)
    query = f"UPDATE people SET {column}=:value WHERE team=:team AND person=:user"  # noqa: S608 - a name of ours
    conn.execute(query, {"value": value, "team": request.team, "user": request.user})


def published(conn: Connection, team: str, user: str, new_hash: str) -> None:
    """Slack has the tab under this hash."""
    query = "UPDATE people SET hash=:hash WHERE team=:team AND person=:user"
    conn.execute(query, {"team": team, "user": user, "hash": new_hash})


def is_in(conn: Connection, team: str, user: str, channels: set[str], at: str) -> bool:
    """They are in these channels and in no others with records; returns whether that is not what was known."""
    who = {"team": team, "user": user}
    query = "SELECT channel FROM memberships WHERE team=:team AND person=:user"
    known = {row["channel"] for row in conn.execute(query, who).fetchall()}
    conn.execute("DELETE FROM memberships WHERE team=:team AND person=:user", who)
    rows = [who | {"channel": channel, "at": at} for channel in sorted(channels)]
    query = "INSERT INTO memberships (team, person, channel, at) VALUES (:team, :user, :channel, :at)"
    conn.executemany(query, rows)
    return known != channels

"""Workspaces that refused new blocks, which reach them one after the other, and when."""

from bot.messages import stamp, unix
from bot.store.database import Connection


def refused(conn: Connection, enterprise: str, team: str, now: float) -> None:
    """Once more, or for the first time."""
    row = {"enterprise": enterprise, "team": team, "at": stamp(now)}
    insert = "INSERT INTO refusals (enterprise, team, at) VALUES (:enterprise, :team, :at)"
    conn.execute(f"{insert} ON CONFLICT (team) DO UPDATE SET at=excluded.at", row)


def last(conn: Connection, team: str) -> float:
    """When it last did (Unix seconds); 0 for one that never has."""
    row = conn.execute("SELECT at FROM refusals WHERE team=:team", {"team": team}).fetchone()
    return unix(row["at"]) if row else 0.0

"""Workspaces that let go of the bot, until it is started for them again or they are purged."""

from bot.store.database import Connection


def let_go(conn: Connection, enterprise: str, team: str, at: str) -> None:
    row = {"enterprise": enterprise, "team": team, "at": at}
    insert = "INSERT INTO installations (enterprise, team, stopped_at) VALUES (:enterprise, :team, :at)"
    conn.execute(f"{insert} ON CONFLICT DO NOTHING", row)


def back(conn: Connection, team: str) -> None:
    """It is started for this one again."""
    conn.execute("DELETE FROM installations WHERE team=:team", {"team": team})


def how_many_let_go(conn: Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM installations").fetchone()[0])

"""What of Slack's was handled already, so that nothing has its effect twice; kept for a day."""

from bot.store.database import Connection


def first(conn: Connection, key: str, at: str) -> bool:
    """Whether a delivery comes for the first time; from now on it does not."""
    row = {"key": key, "at": at}
    return bool(conn.execute("INSERT INTO seen (key, at) VALUES (:key, :at) ON CONFLICT DO NOTHING", row).rowcount)


def forget(conn: Connection, key: str) -> None:
    """What came did not come to anything: the next time is the first."""
    conn.execute("DELETE FROM seen WHERE key=:key", {"key": key})


def how_many(conn: Connection, beginning: str) -> int:
    """How many with this beginning came within a day."""
    which = {"length": len(beginning), "beginning": beginning}
    query = "SELECT count(*) FROM seen WHERE substr(key, 1, :length)=:beginning"
    return int(conn.execute(query, which).fetchone()[0])

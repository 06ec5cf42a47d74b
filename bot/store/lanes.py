"""Lanes where several processes say things: whoever holds one says what waits in it, in order.

On PostgreSQL alone. The clock is the database's: machines' differ. Nobody has to be told of what is written: whoever
writes it takes the lane if it is free, and its holder looks once more before letting go. A holder is known by a lock
that its process keeps as long as it lives, so that what a dead one has left goes on within seconds; the time it holds a
lane for is for the one that was cut off and does not know.
"""

from bot.store.database import Connection

LEASE_SECONDS = 30
_OLD_SECONDS = LEASE_SECONDS * 2 // 3
"""A lane that has no more than this left is renewed."""
LIVES = 7_306
"""The first half of the key of the lock that is a process's life; the other half is the holder."""
_NOW = "extract(epoch FROM clock_timestamp())"
_DEAD = (
    "NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"  # noqa: S608 - ours
    f" AND classid = {LIVES} AND objid = CAST(lanes.holder AS bigint) AND objsubid = 2)"
)
_FREE = f"(until < {_NOW} OR {_DEAD})"


def take(conn: Connection, team: str, lane: str, holder: str) -> bool | None:
    """Whether the lane is the holder's now; ``None``: it is, and whoever had it before has died with it."""
    was = conn.execute("SELECT holder FROM lanes WHERE team=:team AND lane=:lane", {"team": team, "lane": lane})
    before = was.fetchone()
    row = {"team": team, "lane": lane, "holder": holder}
    taken = conn.execute(
        f"INSERT INTO lanes (team, lane, holder, until) VALUES (:team, :lane, :holder, {_NOW} + {LEASE_SECONDS})"  # noqa: S608 - ours
        f" ON CONFLICT (team, lane) DO UPDATE SET holder=excluded.holder, until=excluded.until"
        f" WHERE lanes.holder=excluded.holder OR {_FREE.replace('until', 'lanes.until')}",
        row,
    )
    if not taken.rowcount:
        return False
    return None if before and before["holder"] != holder else True


def let_go(conn: Connection, team: str, lane: str, holder: str) -> None:
    """Nothing waits in it any more."""
    row = {"team": team, "lane": lane, "holder": holder}
    conn.execute("DELETE FROM lanes WHERE team=:team AND lane=:lane AND holder=:holder", row)


def renew(conn: Connection, holder: str) -> set[tuple[str, str]]:
    """Hold on to the lanes that are the holder's; returns them. What it took a moment ago is left alone: it may be
    letting go of that just now, and of two turns that write one row one begins anew."""
    which = {"holder": holder}
    hold_on = (
        f"UPDATE lanes SET until={_NOW} + {LEASE_SECONDS} WHERE holder=:holder AND until < {_NOW} + {_OLD_SECONDS}"  # noqa: S608 - ours
    )
    conn.execute(hold_on, which)
    rows = conn.execute("SELECT team, lane FROM lanes WHERE holder=:holder", which)
    return {(row["team"], row["lane"]) for row in rows.fetchall()}


def sweep(conn: Connection) -> None:
    """What a dead process held and nothing waits in any more: a lane is named after somebody. One in which something
    waits stays, since whoever takes it has to know that it was a dead one's."""
    conn.execute(
        f"DELETE FROM lanes WHERE {_FREE} AND NOT EXISTS"  # noqa: S608 - ours
        " (SELECT 1 FROM outbox WHERE outbox.team = lanes.team AND outbox.lane = lanes.lane)"
    )


def nobodys(conn: Connection, now: str) -> set[tuple[str, str]]:
    """Lanes in which something is due and that nobody holds."""
    rows = conn.execute(
        "SELECT DISTINCT team, lane FROM outbox WHERE due <= :now AND doubt < 2 AND NOT EXISTS (SELECT 1 FROM lanes"  # noqa: S608 - ours
        f" WHERE lanes.team = outbox.team AND lanes.lane = outbox.lane AND NOT {_FREE})",
        {"now": now},
    )
    return {(row["team"], row["lane"]) for row in rows.fetchall()}


def is_its(conn: Connection, team: str, lane: str, holder: str) -> bool:
    """Whether the lane is still the holder's."""
    row = {"team": team, "lane": lane, "holder": holder}
    query = f"SELECT 1 FROM lanes WHERE team=:team AND lane=:lane AND holder=:holder AND until > {_NOW}"  # noqa: S608
    return conn.execute(query, row).fetchone() is not None

"""What is somebody's, and how it goes: by their own word, with their workspace, or with time.

``OF_A_TEAM`` and ``person`` name every table there is something of somebody in; what belongs to a check goes with it.
"""

import logging

from bot.messages import stamp, unix
from bot.store import queue, usage, workspaces
from bot.store.database import Connection, Row

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400
_UNSEEN_SECONDS = 2 * DAY_SECONDS  # looks are an hour apart; a weekend's stop is no leap of the clock
_MOST_SWEPT = 500
_ASKED_DAYS = 30  # so long somebody may say whether a post is there
OF_A_TEAM = (
    "outbox", "handovers", "readers", "shares", "threads", "sessions", "people", "memberships", "calls",
    "installations", "refusals", "tokens",
)  # fmt: skip
_KEPT_DAYS = (("seen", "at", 1), ("refusals", "at", 1), ("memberships", "at", 1), ("calls", "day", 2))
_KEYED_BY_TEAM = (("feedback", "person"), ("seen", "key"))


# ---- by their own word


def checks_of(conn: Connection, team: str, owner: str, check_id: str = "") -> int:
    """All of a person's checks go, or that one, with all that belongs to them; returns how many."""
    which = {"team": team, "owner": owner, "id": check_id}
    return conn.execute("DELETE FROM sessions WHERE team=:team AND owner=:owner AND :id IN ('', id)", which).rowcount


def person(conn: Connection, team: str, user: str, this_delivery: str) -> bool:
    """All that is kept of a person beside their checks goes; returns whether they had opened Home. ``this_delivery``
    stays, so that the click that asked for it counts once."""
    who = {"team": team, "user": user, "whole": f"{team}:{user}", "beginning": f"{team}:{user}:", "this": this_delivery}
    opened = conn.execute("DELETE FROM people WHERE team=:team AND person=:user", who).rowcount
    conn.execute("DELETE FROM feedback WHERE person=:whole", who)
    for table in ("readers", "memberships"):
        conn.execute(f"DELETE FROM {table} WHERE team=:team AND person=:user", who)  # noqa: S608 - names of ours
    _nobodys_hands(conn, who)
    usage.make_nobodys(conn, team, user)
    # What waits to be said quotes answers, and so do the names of buttons that were pressed.
    queue.drop_of(conn, team, user)
    keys = "DELETE FROM seen WHERE substr(key, 1, length(:beginning))=:beginning AND key != :this"
    conn.execute(keys, who)
    return bool(opened)


def _nobodys_hands(conn: Connection, who: dict[str, str]) -> None:
    """Checks they gave away are somebody else's: that some answers are an earlier owner's stays, and not whose."""
    given = "SELECT session, owner_name FROM handovers WHERE team=:team AND owner=:user AND became='accepted'"
    named = f"UPDATE shares SET answered_by='' WHERE (session, answered_by) IN ({given})"  # noqa: S608 - ours
    conn.execute(named, who)
    accepted = "WHERE team=:team AND became='accepted'"
    conn.execute(f"UPDATE handovers SET owner='', owner_name='', note_ts='' {accepted} AND owner=:user", who)  # noqa: S608
    conn.execute(f"UPDATE handovers SET offered_to='', channel='', ts='' {accepted} AND offered_to=:user", who)  # noqa: S608
    conn.execute("DELETE FROM handovers WHERE team=:team AND :user IN (owner, offered_to)", who)


# ---- with their workspace


def teams(conn: Connection) -> list[str]:
    """The workspaces of which anything is kept."""
    found = " UNION ".join(f"SELECT team FROM {table} WHERE team != ''" for table in OF_A_TEAM)  # noqa: S608 - names of ours
    return [team for (team,) in conn.execute(f"{found} ORDER BY team")]


def workspace(conn: Connection, team: str) -> dict[str, int]:
    """Everything of a workspace goes; returns how many rows of each table."""
    gone, which = {}, {"team": team, "beginning": f"{team}:"}
    for table, column in _KEYED_BY_TEAM:
        query = f"DELETE FROM {table} WHERE substr({column}, 1, length(:beginning))=:beginning"  # noqa: S608 - ours
        gone[table] = conn.execute(query, which).rowcount
    for table in OF_A_TEAM:
        gone[table] = conn.execute(f"DELETE FROM {table} WHERE team=:team", which).rowcount  # noqa: S608 - names of ours
    if gone["tokens"]:
        workspaces.changed(conn)
    return gone


# ---- with time


def sweep(conn: Connection, now: float, keep_days: int) -> int:
    """Checks nobody has touched for as long as they are kept, settings of people who have none, and what is of use for
    a day or two; returns how many checks went."""
    for table, column, days in _KEPT_DAYS:
        query = f"DELETE FROM {table} WHERE {column} < :before"  # noqa: S608 - names of ours
        conn.execute(query, {"before": _ago(now, days)})
    conn.execute("DELETE FROM outbox WHERE doubt=2 AND at < :before", {"before": _ago(now, _ASKED_DAYS)})
    _note_gap(conn, stamp(now))
    without = "NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.team = people.team AND owner = person)"
    people = f"SELECT team, person, at FROM people WHERE at < :before AND {without}"  # noqa: S608 - ours
    gone = [{"team": row["team"], "person": row["person"]} for row in _lived_out(conn, people, now, keep_days)]
    conn.executemany("DELETE FROM people WHERE team=:team AND person=:person", gone)
    checks = "SELECT id, changed_at AS at FROM sessions WHERE changed_at < :before ORDER BY changed_at"
    old = [{"id": row["id"]} for row in _lived_out(conn, checks, now, keep_days)][:_MOST_SWEPT]
    conn.executemany("DELETE FROM sessions WHERE id=:id", old)
    return len(old)


def _note_gap(conn: Connection, now: str) -> None:
    """Time in which nobody looked was not lived: the bot was off, or the clock was set. It must not age anything, or a
    clock set ahead would delete all there is."""
    looked = "SELECT at FROM looks UNION ALL SELECT max(changed_at) FROM sessions"
    last = next((at for (at,) in conn.execute(looked) if at), now)  # of a file that was never looked at: its newest
    gap = unix(now) - unix(last)
    if gap > _UNSEEN_SECONDS:
        row = {"now": now, "seconds": int(gap)}
        conn.execute("INSERT INTO gaps (ended_at, seconds) VALUES (:now, :seconds) ON CONFLICT DO NOTHING", row)
        log.warning("the last look for what is too old is %d days ago; that time ages nothing", gap // DAY_SECONDS)
    look = "INSERT INTO looks (one, at) VALUES (1, :now) ON CONFLICT (one) DO UPDATE SET at=excluded.at"
    conn.execute(look, {"now": now})


def _lived_out(conn: Connection, query: str, now: float, keep_days: int) -> list[Row]:
    """What was last touched longer ago than things are kept, a day of grace included, by the time that was lived
    since."""
    days = keep_days + 1
    gaps = conn.execute("SELECT ended_at, seconds FROM gaps").fetchall()

    def lived(at: str) -> bool:
        since = unix(at)
        spans = ((unix(gap["ended_at"]) - since, gap["seconds"]) for gap in gaps)
        not_lived: float = sum(min(span, seconds) for span, seconds in spans if span > 0)
        return since + not_lived < now - days * DAY_SECONDS

    found = conn.execute(query, {"before": _ago(now, days)}).fetchall()
    return [row for row in found if lived(row["at"])]


def _ago(now: float, days: float) -> str:
    return stamp(now - days * DAY_SECONDS)

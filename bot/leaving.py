"""When a workspace lets go of the bot, and what the operator can do about what is kept."""

import logging
import sqlite3
from collections.abc import Iterator

from bot.outbox import Outbox, Saying
from bot.store import Store
from bot.turn import Heard, Turns

log = logging.getLogger(__name__)


class Leaving:
    """``app_uninstalled`` and ``tokens_revoked``, in any order and as often as they come."""

    def __init__(self, turns: Turns, outbox: Outbox) -> None:
        self._turns, self._outbox = turns, outbox

    def left(self, heard: Heard) -> None:
        """Stop saying anything to the workspace; its data is the operator's and stays."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            conn.execute(
                "INSERT OR IGNORE INTO installations (enterprise, team, stopped_at) VALUES (?,?,?)",
                (heard.enterprise, heard.team, self._turns.now()),
            )
            return []

        self._turns.take(heard, work)
        self._outbox.stop_team(heard.team)
        log.warning(
            "workspace %s let go of the bot; its data stays until `python -m bot purge %s`", heard.team, heard.team
        )


def purge(store: Store, team: str) -> dict[str, int]:
    """Delete everything of a workspace; returns how many rows of each table went."""

    def work(conn: sqlite3.Connection) -> dict[str, int]:
        gone = {}
        conn.execute("DELETE FROM feedback WHERE person LIKE ? || ':%'", (team,))
        for table in ("sessions", "outbox", "people", "shares", "handovers", "installations", "threads"):
            gone[table] = conn.execute(f"DELETE FROM {table} WHERE team=?", (team,)).rowcount  # noqa: S608 - names of ours
        gone["seen"] = conn.execute("DELETE FROM seen WHERE key LIKE ? || ':%'", (team,)).rowcount
        return gone

    return store.turn(work)


def stats(store: Store) -> Iterator[str]:
    """What the operator may know: counts alone, no names and no words."""

    def work(conn: sqlite3.Connection) -> list[str]:
        begun = conn.execute("SELECT count(*) FROM sessions").fetchone()[0]
        finished = conn.execute("SELECT count(DISTINCT session) FROM reports").fetchone()[0]
        lines = [f"checks begun: {begun}", f"checks with a report: {finished}"]
        verdicts = (
            "SELECT verdict, count(*) AS n FROM reports r"
            " WHERE version=(SELECT max(version) FROM reports WHERE session=r.session)"
            " GROUP BY verdict ORDER BY n DESC, verdict"
        )
        for row in conn.execute(verdicts):
            lines.append(f"verdict {row['verdict']}: {row['n']}")
        dropped = (
            "SELECT field, count(*) AS n FROM answers a"
            " WHERE verb='answer' AND session NOT IN (SELECT session FROM reports)"
            " AND n=(SELECT max(n) FROM answers WHERE session=a.session AND verb='answer')"
            " GROUP BY field ORDER BY n DESC, field"
        )
        for row in conn.execute(dropped):
            lines.append(f"left off after {row['field']}: {row['n']}")
        for row in conn.execute("SELECT good, count(*) AS n FROM feedback GROUP BY good ORDER BY good DESC"):
            lines.append(f"found {'helpful' if row['good'] else 'not helpful'}: {row['n']}")
        return lines

    yield from store.turn(work)

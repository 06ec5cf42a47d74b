"""When a workspace lets go of the bot, and what the operator can do about what is kept."""

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator

from advisor.conversation import current
from advisor.rulebook import Rules
from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.store import retention
from bot.store.checks import log_of
from bot.store.database import Store

log = logging.getLogger(__name__)


class Operator:
    """``app_uninstalled`` and ``tokens_revoked``, in any order and as often as they come."""

    def __init__(self, turns: Turns, outbox: Outbox) -> None:
        self._turns, self._outbox = turns, outbox

    def left(self, request: Request) -> None:
        """Stop saying anything to the workspace; its data is the operator's and stays."""

        def work(conn: sqlite3.Connection) -> list[OutgoingMessage]:
            conn.execute(
                "INSERT INTO installations (enterprise, team, stopped_at) VALUES (:enterprise, :team, :now)"
                " ON CONFLICT DO NOTHING",
                {"enterprise": request.enterprise, "team": request.team, "now": self._turns.now()},
            )
            return []

        self._turns.take(request, work)
        self._outbox.stop_team(request.team)
        log.warning(
            "workspace %s let go of the bot; its data stays until `python -m bot purge %s`", request.team, request.team
        )


def teams(store: Store) -> list[str]:
    """The workspaces of which anything is kept."""
    return store.turn(retention.teams)


def purge(store: Store, team: str) -> dict[str, int]:
    """Delete everything of a workspace; returns how many rows of each table went."""

    def work(conn: sqlite3.Connection) -> dict[str, int]:
        gone = retention.workspace(conn, team)
        store.scrub(conn)
        return gone

    return store.turn(work)


def stats(store: Store, rules: Rules) -> Iterator[str]:
    """What the operator may know: counts alone, no names and no words."""

    def work(conn: sqlite3.Connection) -> list[str]:
        begun = conn.execute("SELECT count(*) FROM sessions").fetchone()[0]
        verdicts = conn.execute(
            "SELECT verdict, count(*) AS n FROM reports r"
            " WHERE version=(SELECT max(version) FROM reports WHERE session=r.session)"
            " GROUP BY verdict ORDER BY n DESC, verdict"
        ).fetchall()
        lines = [f"checks begun: {begun}", f"checks with a report: {sum(row['n'] for row in verdicts)}"]
        lines += [f"verdict {row['verdict']}: {row['n']}" for row in verdicts]
        unfinished = conn.execute("SELECT id FROM sessions WHERE id NOT IN (SELECT session FROM reports)").fetchall()
        asked = Counter(current(log_of(conn, row["id"]), rules).pending for row in unfinished)
        lines += [f"left off at {field}: {n}" for field, n in sorted(asked.items(), key=lambda one: (-one[1], one[0]))]
        for row in conn.execute("SELECT good, count(*) AS n FROM feedback GROUP BY good ORDER BY good DESC"):
            lines.append(f"found {'helpful' if row['good'] else 'not helpful'}: {row['n']}")
        left = conn.execute("SELECT count(*) FROM installations").fetchone()[0]
        return [*lines, f"workspaces that let go of the bot and are not purged: {left}"]

    yield from store.turn(work)

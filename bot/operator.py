"""When a workspace lets go of the bot, and what the operator can do about what is kept."""

import logging
from collections import Counter
from collections.abc import Iterator

from advisor.conversation import current
from advisor.rulebook import Rules
from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.store import checks, decisions, installations, retention
from bot.store.database import Connection, Store

log = logging.getLogger(__name__)


class Operator:
    """``app_uninstalled`` and ``tokens_revoked``, in any order and as often as they come."""

    def __init__(self, turns: Turns, outbox: Outbox) -> None:
        self._turns, self._outbox = turns, outbox

    def left(self, request: Request) -> None:
        """Stop saying anything to the workspace; its data is the operator's and stays."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            installations.let_go(conn, request.enterprise, request.team, self._turns.now())
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

    def work(conn: Connection) -> dict[str, int]:
        gone = retention.workspace(conn, team)
        store.scrub(conn)
        return gone

    return store.turn(work)


def stats(store: Store, rules: Rules) -> Iterator[str]:
    """What the operator may know: counts alone, no names and no words."""

    def work(conn: Connection) -> list[str]:
        unfinished, decided = list(checks.logs_without_report(conn)), checks.verdicts(conn)
        done = sum(decided.values())
        lines = [f"checks begun: {len(unfinished) + done}", f"checks with a report: {done}"]
        lines += [f"verdict {verdict}: {n}" for verdict, n in decided.items()]
        asked = Counter(current(log, rules).pending for log in unfinished)
        lines += [f"left off at {field}: {n}" for field, n in sorted(asked.items(), key=lambda one: (-one[1], one[0]))]
        lines += [f"found {'helpful' if good else 'not helpful'}: {n}" for good, n in decisions.thumbs(conn).items()]
        left = installations.how_many_let_go(conn)
        return [*lines, f"workspaces that let go of the bot and are not purged: {left}"]

    yield from store.turn(work)

"""When a workspace lets go of the bot."""

import logging
from collections.abc import Callable

from bot.delivery.outbox import Outbox
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.store import installations
from bot.store.database import Connection

log = logging.getLogger(__name__)


class Operator:
    """``app_uninstalled`` and ``tokens_revoked``, in any order and as often as they come. ``removed`` is what else is
    done where many workspaces have the bot."""

    def __init__(self, turns: Turns, outbox: Outbox) -> None:
        self._turns, self._outbox = turns, outbox
        self.removed: Callable[[Request, float], None] | None = None

    def left(self, request: Request, at: float = 0.0) -> None:
        """Stop saying anything to the workspace; its data is the operator's and stays. ``at`` is when it let go,
        in Unix seconds, 0 where that is not known."""
        if self.removed:
            self.removed(request, at)
            return

        def work(conn: Connection) -> list[OutgoingMessage]:
            installations.let_go(conn, request.enterprise, request.team, self._turns.now())
            return []

        self._turns.take(request, work)
        self._outbox.stop_team(request.team)
        log.warning(
            "workspace %s let go of the bot; its data stays until `python -m bot purge %s`", request.team, request.team
        )

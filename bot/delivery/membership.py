"""In which channels with other people's records a person is: they are told of no others.

A guest may see nothing but their own channels, and without ``users:read``, which the bot does not ask for, it can't
tell a guest from a member. So this holds for everybody. What Slack says is kept for a day.
"""

from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import InChannels, Outcome, OutgoingMessage, Request
from bot.store import people
from bot.store.database import Connection
from bot.store.decisions import open_channels

_A_PAGE, _MOST_PAGES = 200, 20  # Slack gives as few as it likes, and a cursor


class Membership:
    """Asks, page by page."""

    def __init__(self, turns: Turns, replies: Replies) -> None:
        self._turns, self._replies = turns, replies

    def ask(self, request: Request, told: InChannels, lane: str, cursor: str = "") -> OutgoingMessage:
        """The question, from the first page on."""
        args = {"user": request.user, "team_id": request.team, "types": "public_channel", "limit": _A_PAGE}
        args |= {"cursor": cursor} if cursor else {}
        return self._replies.outgoing("users.conversations", args, request, lane=lane, on_result=told)

    def heard(
        self, conn: Connection, outgoing: OutgoingMessage, told: InChannels, outcome: Outcome
    ) -> tuple[list[OutgoingMessage], bool]:
        """What is still to be asked, and whether more or less is known than before. A refusal is no answer."""
        if outcome.error:
            return [], False
        request = Request.of(outgoing)
        found = {*told.found, *(str(channel["id"]) for channel in outcome.said.get("channels") or ())}
        found &= open_channels(conn, request.team, request.user)
        cursor = str((outcome.said.get("response_metadata") or {}).get("next_cursor") or "")
        if cursor and told.page < _MOST_PAGES:
            further = told.model_copy(update={"found": tuple(sorted(found)), "page": told.page + 1})
            return [self.ask(request, further, outgoing.lane, cursor)], False
        return [], people.is_in(conn, request.team, request.user, found, self._turns.now())

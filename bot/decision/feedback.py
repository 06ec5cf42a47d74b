"""What people thought of a report."""

from bot.decision.lookup import Lookup, opened_at, place_of
from bot.decision.record import Decision
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.render.view import Modal, TextInput, clean
from bot.store.database import Connection
from bot.store.decisions import rate

_LONGEST = 500


class Feedback:
    """Keeps a thumb and, when it is down, a line."""

    def __init__(self, turns: Turns, replies: Replies, lookup: Lookup) -> None:
        self._turns, self._replies, self._wording, self._lookup = turns, replies, replies.wording, lookup

    def rate(self, request: Request, check_id: str, good: bool) -> None:
        """Keep what a person thought of a report, the last word a version; a thumbs-down asks one optional line."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            self._rated(conn, request, decision, good, "")
            if good:
                return [self._lookup.whisper(request, "thanks")]
            field = TextInput("note", self._wording.plainly("record", "feedback_note"), optional=True, longest=_LONGEST)
            title, send = self._wording.plainly("record", "feedback_title"), self._wording.press("send")
            dialog = Modal(title, (field,), "feedback", send, metadata=place_of(request, check_id))
            return [self._replies.open_view(request, dialog)]

        self._lookup.take(request, check_id, work)

    def why_not(self, request: Request, about: str, note: str) -> None:
        """The line after a thumbs-down was sent, perhaps an empty one: thanked for where the thumb was pressed."""
        there, check_id = opened_at(request, about)

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            self._rated(conn, request, decision, False, note)
            if not there.channel:
                return [self._lookup.note(conn, request, decision.id, "thanks")]
            return [self._lookup.whisper(there, "thanks")]

        self._lookup.take(there, check_id, work)

    def _rated(self, conn: Connection, request: Request, decision: Decision, good: bool, note: str) -> None:
        person, line = f"{request.team}:{request.user}", clean(note)[:_LONGEST]
        rate(conn, decision.id, decision.version, person, good=good, note=line, at=self._turns.now())

"""What people thought of a report."""

import sqlite3

from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.render.view import Modal, TextInput, View, clean

_LONGEST = 500


class Feedback:
    """Keeps a thumb and, when it is down, a line."""

    def __init__(self, turns: Turns, replies: Replies, decisions: Lookup) -> None:
        self._turns, self._replies, self._wording, self._lookup = turns, replies, replies.wording, decisions

    def rate(self, request: Request, check_id: str, good: bool) -> None:
        """Keep what a person thought of a report, the last word a version; a thumbs-down asks one optional line."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[OutgoingMessage]:
            self._rated(conn, request, decision, good, "")
            if good:
                return [self._replies.ephemeral_view(request, View.of(str(self._wording.say("record", "thanks"))))]
            field = TextInput("note", self._wording.plainly("record", "feedback_note"), optional=True, longest=_LONGEST)
            title = self._wording.plainly("record", "feedback_title")
            return [self._replies.open_view(request, Modal(title, (field,), "feedback", "Send", metadata=check_id))]

        self._lookup.take(request, check_id, work)

    def why_not(self, request: Request, check_id: str, note: str) -> None:
        """The line after a thumbs-down was sent, perhaps an empty one."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[OutgoingMessage]:
            self._rated(conn, request, decision, False, note)
            return [self._lookup.note(conn, request, decision.id, "thanks")]

        self._lookup.take(request, check_id, work)

    def _rated(self, conn: sqlite3.Connection, request: Request, decision: Decision, good: bool, note: str) -> None:
        # Pressed again, a thumbs-down keeps the line that was written for it.
        conn.execute(
            "INSERT INTO feedback (session, version, person, good, note, at) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (session, version, person) DO UPDATE SET good=excluded.good, at=excluded.at,"
            " note=CASE WHEN excluded.note='' AND excluded.good=good THEN note ELSE excluded.note END",
            (
                decision.id, decision.version, f"{request.team}:{request.user}", int(good), clean(note)[:_LONGEST],
                self._turns.now(),
            ),
        )  # fmt: skip

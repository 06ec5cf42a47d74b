"""What people thought of a report."""

import sqlite3

from bot.decision.lookup import Decisions
from bot.decision.record import Decision
from bot.delivery.replies import Speech
from bot.delivery.turn import Turns
from bot.messages import Heard, Saying
from bot.render.view import Modal, TextInput, View, clean

_LONGEST = 500


class Feedback:
    """Keeps a thumb and, when it is down, a line."""

    def __init__(self, turns: Turns, speech: Speech, decisions: Decisions) -> None:
        self._turns, self._speech, self._wording, self._decisions = turns, speech, speech.wording, decisions

    def rate(self, heard: Heard, check_id: str, good: bool) -> None:
        """Keep what a person thought of a report, the last word a version; a thumbs-down asks one optional line."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self._rated(conn, heard, decision, good, "")
            if good:
                return [self._speech.ephemeral_view(heard, View.of(str(self._wording.say("record", "thanks"))))]
            field = TextInput("note", self._wording.plainly("record", "feedback_note"), optional=True, longest=_LONGEST)
            title = self._wording.plainly("record", "feedback_title")
            return [self._speech.open_view(heard, Modal(title, (field,), "feedback", "Send", metadata=check_id))]

        self._decisions.take(heard, check_id, work)

    def why_not(self, heard: Heard, check_id: str, note: str) -> None:
        """The line after a thumbs-down was sent, perhaps an empty one."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self._rated(conn, heard, decision, False, note)
            return [self._decisions.note(conn, heard, decision.id, "thanks")]

        self._decisions.take(heard, check_id, work)

    def _rated(self, conn: sqlite3.Connection, heard: Heard, decision: Decision, good: bool, note: str) -> None:
        # Pressed again, a thumbs-down keeps the line that was written for it.
        conn.execute(
            "INSERT INTO feedback (session, version, person, good, note, at) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (session, version, person) DO UPDATE SET good=excluded.good, at=excluded.at,"
            " note=CASE WHEN excluded.note='' AND excluded.good=good THEN note ELSE excluded.note END",
            (
                decision.id, decision.version, f"{heard.team}:{heard.user}", int(good), clean(note)[:_LONGEST],
                self._turns.now(),
            ),
        )  # fmt: skip

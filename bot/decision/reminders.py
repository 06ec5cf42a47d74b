"""Reminders to decide again: rows of the outbox that are not due yet, one a check."""

import sqlite3

from bot.check.live_card import Drawing
from bot.decision.lookup import Decisions
from bot.decision.record import Decision
from bot.delivery.outbox import row_of
from bot.delivery.replies import Speech
from bot.delivery.turn import Turns
from bot.messages import Heard, Outcome, Reminded, Saying
from bot.render import blockkit
from bot.render.view import Actions, Button, Text, View

REMINDERS = {"30": 30, "90": 90, "quarterly": 91}
"""When to decide again -> days."""


class Reminders:
    """Arranges reminders, and moves them with the decision."""

    def __init__(self, turns: Turns, speech: Speech, drawing: Drawing, decisions: Decisions) -> None:
        self._turns, self._speech, self._wording = turns, speech, speech.wording
        self._drawing, self._decisions = drawing, decisions
        turns.changed.append(self._revised)

    def remind(self, heard: Heard, check_id: str, when: str) -> None:
        """Remind the owner to decide again in 30 or 90 days, or each quarter; one reminder a check."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            if when not in REMINDERS:
                return [self._speech.ephemeral(heard, "stale")]
            self.take_out(conn, check_id)
            due = self._turns.later(REMINDERS[when])
            reminder = self.arrange(conn, heard, decision, due, when)
            said = self._decisions.note(conn, heard, check_id, "reminded", due)
            return [reminder, said, *self._drawing.redraw(conn, heard, check_id)]

        self._decisions.take(heard, check_id, work)

    def forget(self, heard: Heard, check_id: str) -> None:
        """Take the reminder back."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self.take_out(conn, check_id)
            said = self._decisions.note(conn, heard, check_id, "unreminded")
            return [said, *self._drawing.redraw(conn, heard, check_id)]

        self._decisions.take(heard, check_id, work)

    def reminded(self, conn: sqlite3.Connection, saying: Saying, told: Reminded, outcome: Outcome) -> list[Saying]:
        """A reminder was said: the next one is arranged if it comes each quarter, and the card shows it."""
        heard, check_id = Heard.of(saying), told.check
        decision = self._decisions.own(conn, heard, check_id)
        if decision is None or outcome.error:
            return []
        when, sayings = told.when, list[Saying]()
        if when == "quarterly":
            sayings.append(self.arrange(conn, heard, decision, self._turns.later(REMINDERS[when]), when))
        return sayings + self._drawing.redraw(conn, heard, check_id)

    def _revised(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """A decision that was revised since its reminder was arranged is decided again that much later."""
        rows = conn.execute(
            "SELECT outbox.session FROM outbox JOIN sessions ON sessions.id = outbox.session WHERE due != ''"
            " AND sessions.team=? AND sessions.owner=? AND outbox.at <"
            " (SELECT max(at) FROM reports WHERE reports.session = outbox.session)",
            (heard.team, heard.user),
        ).fetchall()
        moved = []
        for row in rows:
            decision = self._decisions.own(conn, heard, row["session"])
            if decision is None:
                continue
            for when, _ in self.take_out(conn, row["session"]):
                moved.append(self.arrange(conn, heard, decision, self._turns.later(REMINDERS[when]), when))
        return moved

    def arrange(self, conn: sqlite3.Connection, heard: Heard, decision: Decision, due: str, when: str) -> Saying:
        """A reminder on that day, written down at once: what is drawn in the same turn shows its date."""
        text = str(self._wording.say("record", "reminder", decision.title, due, decision.decided_at))
        buttons = (Button("Decide again", "record:again", decision.id, "primary"),)
        on_result = Reminded(user=heard.user, name=heard.name, check=decision.id, when=when)
        reminder = self._speech.saying(
            "chat.postMessage", blockkit.message(View((Text(text), Actions(buttons)), text)), heard, lane=heard.user,
            to=heard.user, session=decision.id, due=due, on_result=on_result,
        )  # fmt: skip
        return self._turns.write(conn, reminder)

    def take_out(self, conn: sqlite3.Connection, check_id: str) -> list[tuple[str, str]]:
        """Take a check's reminder out; returns how often and when it was due."""
        its = {"check": check_id}
        rows = conn.execute("SELECT * FROM outbox WHERE session=:check AND due != ''", its).fetchall()
        conn.execute("DELETE FROM outbox WHERE session=:check AND due != ''", its)
        arranged = [(row_of(row).on_result, row["due"]) for row in rows]
        return [(told.when, due) for told, due in arranged if isinstance(told, Reminded)]

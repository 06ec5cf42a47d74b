"""Reminders to decide again: rows of the outbox that are not due yet, one a check."""

from bot.check.live_card import LiveCard
from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Outcome, OutgoingMessage, Reminded, Request
from bot.render import blockkit
from bot.render.view import Actions, Button, Text, View
from bot.store import queue
from bot.store.database import Connection

REMINDERS = {"30": 30, "90": 90, "quarterly": 91}
"""When to decide again -> days."""


class Reminders:
    """Arranges reminders, and moves them with the decision."""

    def __init__(self, turns: Turns, replies: Replies, live_card: LiveCard, lookup: Lookup) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._live_card, self._lookup = live_card, lookup
        turns.decided.append(self._revised)

    def remind(self, request: Request, check_id: str, when: str) -> None:
        """Remind the owner to decide again in 30 or 90 days, or each quarter; one reminder a check."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            if when not in REMINDERS:
                return [self._replies.ephemeral(request, "stale")]
            self.take_out(conn, check_id)
            due = self._turns.later(REMINDERS[when])
            reminder = self.arrange(conn, request, decision, due, when)
            said = self._lookup.note(conn, request, check_id, "reminded", due)
            return [reminder, said, *self._live_card.redraw(conn, request, check_id)]

        self._lookup.take(request, check_id, work)

    def forget(self, request: Request, check_id: str) -> None:
        """Take the reminder back."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            self.take_out(conn, check_id)
            said = self._lookup.note(conn, request, check_id, "unreminded")
            return [said, *self._live_card.redraw(conn, request, check_id)]

        self._lookup.take(request, check_id, work)

    def reminded(
        self, conn: Connection, outgoing: OutgoingMessage, told: Reminded, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """A reminder was said: the next one is arranged if it comes each quarter, and the card shows it."""
        request, check_id = Request.of(outgoing), told.check
        decision = self._lookup.own(conn, request, check_id)
        if decision is None or outcome.error:
            return []
        when, to_send = told.when, list[OutgoingMessage]()
        if when == "quarterly":
            to_send.append(self.arrange(conn, request, decision, self._turns.later(REMINDERS[when]), when))
        return to_send + self._live_card.redraw(conn, request, check_id)

    def _revised(self, conn: Connection, request: Request) -> list[OutgoingMessage]:
        """A decision that was revised since its reminder was arranged is decided again that much later."""
        moved = []
        for check_id in queue.reminded_too_early(conn, request.team, request.user):
            decision = self._lookup.own(conn, request, check_id)
            if decision is None:
                continue
            for when, _ in self.take_out(conn, check_id):
                moved.append(self.arrange(conn, request, decision, self._turns.later(REMINDERS[when]), when))
        return moved

    def arrange(self, conn: Connection, request: Request, decision: Decision, due: str, when: str) -> OutgoingMessage:
        """A reminder on that day, written down at once: what is drawn in the same turn shows its date."""
        text = str(self._wording.say("record", "reminder", decision.title, due, decision.decided_at))
        buttons = (Button(self._wording.press("again"), "record:again", decision.id, "primary"),)
        on_result = Reminded(user=request.user, name=request.name, check=decision.id, when=when)
        reminder = self._replies.outgoing(
            "chat.postMessage", blockkit.message(View((Text(text), Actions(buttons)), text)), request,
            lane=request.user, to=request.user, session=decision.id, due=due, on_result=on_result,
        )  # fmt: skip
        return self._turns.write(conn, reminder)

    def take_out(self, conn: Connection, check_id: str) -> list[tuple[str, str]]:
        """Take a check's reminder out; returns how often and when it was due."""
        taken = queue.take_reminders(conn, check_id)
        return [(one.on_result.when, one.due) for one in taken if isinstance(one.on_result, Reminded)]

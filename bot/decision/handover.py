"""A check handed over: offered by its owner, theirs who accepts it."""

import secrets
from dataclasses import replace
from typing import Any

from bot.check.conversation import Conversation
from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.decision.reminders import Reminders
from bot.decision.revise import Revise
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Offered, Outcome, OutgoingMessage, Request
from bot.render import blockkit
from bot.render.view import Actions, Button, Modal, PersonInput, Small, Text, View
from bot.store import decisions, deliveries
from bot.store.checks import Check, any_check, give_to, state, versions_of
from bot.store.database import Connection
from bot.store.decisions import Offer

_OFFERS_A_DAY = 10


class Handover:
    """Offers a check, and moves it with all that goes with it."""

    def __init__(
        self,
        turns: Turns,
        replies: Replies,
        conversation: Conversation,
        lookup: Lookup,
        revise: Revise,
        reminders: Reminders,
    ) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._conversation, self._lookup, self._revise, self._reminders = conversation, lookup, revise, reminders

    def ask(self, request: Request, check_id: str) -> None:
        """Open the dialog that asks who takes a check over."""
        person = PersonInput("person", self._wording.plainly("record", "handover_to"))
        title = self._wording.plainly("record", "handover_title")
        dialog = Modal(title, (person,), "hand_over", self._wording.press("ask_them"), metadata=check_id)
        self._lookup.take(request, check_id, lambda *_: [self._replies.open_view(request, dialog)])

    def offer(self, request: Request, check_id: str, to: str) -> dict[str, Any]:
        """Offer a check to somebody else, whose it is once they accept; returns what closes the dialog, or the error
        at its field."""
        if to in ("", request.user):
            message = self._wording.plainly("record", "handover_self" if to else "handover_nobody")
            return {"response_action": "errors", "errors": {"person": message}}

        if not self._turns.reading(lambda conn: self._may_offer(conn, request), request):
            return {
                "response_action": "errors",
                "errors": {"person": self._wording.plainly("record", "handover_enough")},
            }

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            offer = secrets.token_hex(16)
            self._turns.first(conn, request.team, f"{request.user}:offer:{offer}")  # counts for a day
            decisions.keep_offer(conn, Offer(offer, request.team, check_id, request.user, to), self._turns.now())
            asked = str(self._wording.say("record", "handover_offer", decision, request.name))
            buttons = (
                Button(self._wording.press("accept"), "record:accept", offer, "primary"),
                Button(self._wording.press("decline"), "record:decline", offer),
            )
            asking = self._replies.direct(request, to, View((Text(asked), Actions(buttons)), asked))
            return [
                replace(asking, on_result=Offered(user=request.user, name=request.name, check=check_id, offer=offer))
            ]

        self._lookup.take(request, check_id, work)
        return {}

    def _may_offer(self, conn: Connection, request: Request) -> bool:
        """Each offer is a message in somebody's DM: so many a day are enough."""
        return deliveries.how_many(conn, f"{request.team}:{request.user}:offer:") < _OFFERS_A_DAY

    def offered(
        self, conn: Connection, outgoing: OutgoingMessage, told: Offered, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The offer was sent, or could not be."""
        request = Request.of(outgoing)
        if not decisions.offer_by_id(conn, told.offer):
            return []  # answered before we heard that it was sent: the answer has told them
        if outcome.error:
            decisions.drop_offer(conn, told.offer)
        code = "handover_unsent" if outcome.error else "handover_sent"
        title = state(any_check(conn, request.team, told.check), self._wording.rules).title
        return [self._lookup.note(conn, request, told.check, code, title)]

    def answer(self, request: Request, offer: str, *, accept: bool) -> None:
        """The other person said yes or no."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            asked = decisions.offer_by_id(conn, offer)
            mine = asked is not None and (asked.team, asked.offered_to) == (request.team, request.user)
            check = any_check(conn, request.team, asked.check) if asked and mine else None
            if asked is None or check is None or check.owner != asked.owner:
                over = self._replies.resolve(request, str(self._wording.say("record", "handover_over")))
                return [self._replies.ephemeral(request, "not_found"), *over]
            title = state(check, self._wording.rules).title
            code = "handover_accepted" if accept else "handover_declined"
            told = View.of(str(self._wording.say("record", code, request.name, title)))
            over = self._replies.resolve(
                request, str(self._wording.say("record", "handover_taken" if accept else "handover_left", title))
            )
            said = [self._replies.direct(request, check.owner, told), *over]
            if not accept:
                decisions.drop_offer(conn, offer)
                return said
            return [*said, *self._take_over(conn, request, check, told)]

        self._turns.take(request, work)

    def _take_over(self, conn: Connection, request: Request, check: Check, told: View) -> list[OutgoingMessage]:
        """The check is theirs from now on: its card, its reminder, and the name in its records. The records still show
        the version they showed: only the owner's own word brings another one into a channel."""
        to_send = []
        if check.card_ts:
            args = blockkit.message(View((Small(told.summary),), told.summary), key=secrets.token_hex(3))
            args |= {"channel": check.channel, "ts": check.card_ts}
            to_send.append(self._replies.outgoing("chat.update", args, request, lane=check.owner))
        give_to(conn, check.id, request.user)
        decisions.now_of(conn, check.id, request.name)
        theirs = any_check(conn, request.team, check.id)
        for when, due in self._reminders.take_out(conn, check.id):
            decision = self._lookup.at(conn, theirs, max(versions_of(conn, check.id)), request.name)
            to_send.append(self._reminders.arrange(conn, request, decision, due, when))
        for posted in decisions.records_of(conn, check.id):
            then = self._lookup.at(conn, theirs, posted.version, request.name)
            to_send += self._revise.draw(conn, request, posted, then)
        return to_send + self._conversation.show_again(conn, request, check.id)

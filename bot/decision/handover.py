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
from bot.messages import Offered, OfferNoted, Outcome, OutgoingMessage, Request
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
            # One offer of a check stands at a time: whoever was asked before can't accept any more.
            taken_back = self._take_back(conn, request, check_id, decision.title)
            offer = secrets.token_hex(16)
            self._turns.first(conn, request.team, f"{request.user}:offer:{offer}")  # counts for a day
            made = Offer(offer, request.team, check_id, request.user, to, owner_name=request.name)
            decisions.keep_offer(conn, made, self._turns.now())
            asked = str(self._wording.say("record", "handover_offer", decision, request.name))
            buttons = (
                Button(self._wording.press("accept"), "record:accept", offer, "primary"),
                Button(self._wording.press("decline"), "record:decline", offer),
            )
            asking = self._replies.direct(request, to, View((Text(asked), Actions(buttons)), asked))
            told = Offered(user=request.user, name=request.name, check=check_id, offer=offer)
            return [*taken_back, replace(asking, on_result=told)]

        self._lookup.take(request, check_id, work)
        return {}

    def _may_offer(self, conn: Connection, request: Request) -> bool:
        """Each offer is a message in somebody's DM: so many a day are enough."""
        return deliveries.how_many(conn, f"{request.team}:{request.user}:offer:") < _OFFERS_A_DAY

    def offered(
        self, conn: Connection, outgoing: OutgoingMessage, told: Offered, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The offer was sent, or could not be."""
        request, said = Request.of(outgoing), outcome.said
        offer = decisions.offer_by_id(conn, told.offer)
        if offer is None:
            return []  # its check was deleted
        title = self._wording.titled(state(any_check(conn, request.team, told.check), self._wording.rules))
        if outcome.error:
            decisions.drop_offer(conn, told.offer)
            code = "handover_external" if outcome.error == "external" else "handover_unsent"
            return [] if offer.became else [self._lookup.note(conn, request, told.check, code, title)]
        decisions.offer_stands(conn, told.offer, str(said.get("channel") or ""), str(said.get("ts") or ""))
        if offer.became == "withdrawn":  # before we heard that it was sent
            stands = decisions.offer_by_id(conn, told.offer)
            return self._resolved(request, stands, "handover_withdrawn", request.name, title) if stands else []
        if offer.became:
            return []  # answered before we heard that it was sent: the answer has told them
        text = str(self._wording.say("record", "handover_sent", title))
        back = Button(self._wording.press("withdraw"), "record:withdraw", told.offer)
        note = self._replies.to_owner(conn, request, told.check, View((Text(text), Actions((back,))), text))
        noted = OfferNoted(user=request.user, name=request.name, check=told.check, offer=told.offer)
        return [replace(note, on_result=noted)]

    def noted(
        self, conn: Connection, outgoing: OutgoingMessage, told: OfferNoted, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Its owner was told, and can take it back there until it is answered."""
        decisions.offer_noted(conn, told.offer, str(outcome.said.get("ts") or ""))
        return []

    def withdraw(self, request: Request, offer: str) -> None:
        """Its owner takes an offer back."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            asked = decisions.offer_by_id(conn, offer)
            if asked is None or (asked.team, asked.owner) != (request.team, request.user):
                return [self._replies.ephemeral(request, "not_found")]
            if asked.became:  # what became of it was told when it did
                return []
            title = self._wording.titled(state(any_check(conn, request.team, asked.check), self._wording.rules))
            back = self._take_back(conn, request, asked.check, title)
            return [*back, *self._replies.resolve(request, str(self._wording.say("record", "handover_back", title)))]

        self._turns.take(request, work)

    def _take_back(self, conn: Connection, request: Request, check_id: str, title: str) -> list[OutgoingMessage]:
        """The offers of a check that stand do not any more: said where they were made."""
        said = list[OutgoingMessage]()
        for one in decisions.offers_of(conn, check_id):
            decisions.offer_became(conn, one.id, "withdrawn", self._turns.now())
            said += self._resolved(request, one, "handover_withdrawn", request.name, title)
            said += self._note_resolved(conn, request, one, "handover_back", title)
        return said

    def _resolved(self, request: Request, offer: Offer, code: str, *facts: str) -> list[OutgoingMessage]:
        """The offer as it was made, with what became of it in place of its buttons."""
        there = request._replace(user=offer.offered_to)
        view = View.of(str(self._wording.say("record", code, *facts)))
        return self._replies.redrawn(there, offer.channel, offer.ts, view)

    def _note_resolved(
        self, conn: Connection, request: Request, offer: Offer, code: str, *facts: str
    ) -> list[OutgoingMessage]:
        """The same on its owner's side."""
        channel = any_check(conn, offer.team, offer.check).channel
        view = View.of(str(self._wording.say("record", code, *facts)))
        return self._replies.redrawn(request._replace(user=offer.owner), channel, offer.note_ts, view)

    def answer(self, request: Request, offer: str, *, accept: bool) -> None:
        """The other person said yes or no. What became of it is said on both sides, in place of the buttons."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            asked = decisions.offer_by_id(conn, offer)
            if asked is None or (asked.team, asked.offered_to) != (request.team, request.user):
                over = self._replies.resolve(request, str(self._wording.say("record", "handover_over")))
                return [self._replies.ephemeral(request, "not_found"), *over]
            check = any_check(conn, request.team, asked.check)
            title = self._wording.titled(state(check, self._wording.rules))
            if asked.became or check.owner != asked.owner:
                return [self._lookup.whisper(request, f"handover_was_{asked.became or 'withdrawn'}", title)]
            what = "accepted" if accept else "declined"
            decisions.offer_became(conn, offer, what, self._turns.now(), check.session.version)
            code = "handover_accepted" if accept else "handover_declined"
            links = [one.link for one in decisions.records_of(conn, asked.check) if one.link]
            facts = (request.name, title, links[-1] if links else "")
            said = [
                *self._note_resolved(conn, request, asked, f"{code}_it", request.name, title),
                self._lookup.note(conn, request, asked.check, code, *facts),
            ]
            if not accept:
                left = str(self._wording.say("record", "handover_left", title))
                return [*said, *self._replies.resolve(request, left)]
            moved = self._take_over(conn, request, check)
            return [*said, *moved, self._replies.goes_on(request, check.id, "handover_taken", resolved=True)]

        self._turns.take(request, work)

    def _take_over(self, conn: Connection, request: Request, check: Check) -> list[OutgoingMessage]:
        """The check is theirs from now on: its card, its reminder, and the name in its records. The records still show
        the version they showed: only the owner's own word brings another one into a channel."""
        to_send = []
        if check.card_ts:
            over = str(self._wording.say("record", "handover_card", request.name))
            owner, view = request._replace(user=check.owner), View((Small(over),), over)
            to_send += self._replies.redrawn(owner, check.channel, check.card_ts, view, secrets.token_hex(3))
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

"""What a model adds to a report: its reasons in other words below the card, and a better choice of our sentences for a
question. Both come after the card or the answer stands, in place, labelled; without them nothing is missing.
"""

from typing import Any
from zlib import crc32

from advisor.conversation import Note, asked_in
from advisor.pattern import pattern
from bot.answering import sentences
from bot.answering.client import RESTING
from bot.check.live_card import LiveCard
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Decided, Followed, OnResult, Outcome, OutgoingMessage, Request, Selected, Worded
from bot.render import blockkit
from bot.store import usage
from bot.store.checks import check_by_id, own_check, state
from bot.store.database import Connection

PERSON_A_DAY, WORKSPACE_A_DAY, ALL_A_DAY = 40, 400, 2_000
"""How often a model is asked at most, by UTC day; counted in the database with the turn that asks."""
_LANES = 8  # so many questions to the model at a time
_QUESTION = 500
_NAMED = pattern(r"<[@#!][^<>]{0,200}>|#[CG][A-Z0-9]{6,}")  # ids of people and channels are nobody else's business


class Rewording:
    """Asks the model when that is allowed and affordable, and puts in place what it gave."""

    def __init__(self, turns: Turns, replies: Replies, live_card: LiveCard, model: str) -> None:
        self._turns, self._replies, self._live_card, self._model = turns, replies, live_card, model
        self._wording, self._rules = replies.wording, replies.wording.rules

    # ---- the reasons in other words

    def decided(
        self, conn: Connection, outgoing: OutgoingMessage, told: Decided, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """A new report stands: its reasons go to the model, as sentences with their figures left out."""
        request = Request.of(outgoing)
        check = own_check(conn, request, told.check)
        if check is None or outcome.error:
            return []
        report = state(check, self._rules, told.version).report
        reasons = [[one.id, one.status, one.brief] for one in sentences.reasons(report, self._wording) if one.brief]
        if not reasons:
            return []
        worded = Worded(**told.model_dump(exclude={"kind"}), day=self._day)
        return self._ask(conn, request, {"task": "prose", "reasons": reasons}, worded)

    def worded(
        self, conn: Connection, outgoing: OutgoingMessage, told: Worded, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Keep those sentences that may stand, and draw the card with them if it is still the one before the person."""
        check_id, version = told.check, told.version
        self._give_back(conn, outgoing, told.day, outcome)
        check = check_by_id(conn, outgoing.team, check_id)
        request = Request.of(outgoing)._replace(
            user=check.owner if check else ""
        )  # it may have been handed over meanwhile
        if check is None or self._off(conn, request) or "sentences" not in outcome.said:
            return []
        report = state(check, self._rules, version).report
        kept = sentences.kept(outcome.said["sentences"], report, self._wording)
        asked = sum(bool(one.brief) for one in sentences.reasons(report, self._wording))
        words, prompt = usage.Words(self._model, kept), outcome.said["prompt"]
        usage.keep_words(conn, check_id, version, words, prompt=prompt, asked=asked, kept=len(kept))
        notes = tuple(Note.model_validate(note) for note in told.notes)
        return self._live_card.redraw(conn, request, check_id, notes, over=told.drawn) if kept else []

    # ---- a question in a person's own words

    def followed(
        self, conn: Connection, outgoing: OutgoingMessage, told: Followed, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Our own answer stands: the model may choose better from the same bank."""
        request = Request.of(outgoing)
        check = own_check(conn, request, told.check)
        if check is None or outcome.error:
            return []
        report = sentences.without_names(state(check, self._rules, told.version).report)
        ours = {one.id: blockkit.plain(one.text) for one in sentences.bank(report, self._wording).values()}
        args = {
            "task": "select",
            "question": _NAMED.sub("somebody", asked_in(told.question))[:_QUESTION],
            "bank": ours,
        }
        place = {"channel": str(outcome.said["channel"]), "ts": str(outcome.said["ts"])}
        selected = Selected(**told.model_dump(exclude={"kind"}), **place, day=self._day)
        return self._ask(conn, request, args, selected)

    def selected(
        self, conn: Connection, outgoing: OutgoingMessage, told: Selected, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The model's choice takes the place of ours; an empty one changes nothing."""
        request = Request.of(outgoing)
        check, ids = own_check(conn, request, told.check), outcome.said.get("ids")
        self._give_back(conn, outgoing, told.day, outcome)
        if check is None or not ids or self._off(conn, request):
            return []
        reply = state(check, self._rules, told.version)
        message = self._live_card.answer(check, reply, told.question, chosen=tuple(ids), model=self._model)
        place = {"channel": told.channel, "ts": told.ts}
        return [self._replies.outgoing("chat.update", message | place, request, lane=request.user)]

    # ---- whether to ask at all

    def _ask(
        self, conn: Connection, request: Request, args: dict[str, Any], on_result: OnResult
    ) -> list[OutgoingMessage]:
        if not self._spend(conn, request):
            return []
        lane = f"model:{crc32(request.user.encode()) % _LANES}"
        return [self._replies.outgoing("model", args, request, lane=lane, on_result=on_result)]

    def _spend(self, conn: Connection, request: Request) -> bool:
        """Count one question to the model, unless the person has it off or a day's budget is spent."""
        spent = usage.asked_on(conn, self._day, request.team, request.user)
        most = (ALL_A_DAY, WORKSPACE_A_DAY, PERSON_A_DAY)
        if self._off(conn, request) or any(n >= limit for n, limit in zip(spent, most, strict=True)):
            return False
        usage.count(conn, self._day, request.team, request.user)
        return True

    def _off(self, conn: Connection, request: Request) -> bool:
        """Whether the person wants no model; asked again when it has answered."""
        return usage.wording_is_off(conn, request.team, request.user)

    @property
    def _day(self) -> str:
        return self._turns.now()[:10]

    def _give_back(self, conn: Connection, outgoing: OutgoingMessage, day: str, outcome: Outcome) -> None:
        """What was counted and then not asked does not count."""
        if outcome.error or outcome.said.get("fault", "" if outcome.said else RESTING) == RESTING:
            usage.give_back(conn, day, outgoing.team, outgoing.person)

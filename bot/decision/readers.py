"""What people do who read a record in a channel: ask about it, follow it, see it differently; and its owner takes it
down again."""

import re
from collections.abc import Iterator

from bot.answering.search import find
from bot.answering.sentences import Sentence, bank
from bot.check.conversation import Conversation, without_mentions
from bot.decision import record
from bot.decision.lookup import Lookup, opened_at, place_of
from bot.decision.record import Decision
from bot.decision.revise import Revise
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import Asked, Outcome, OutgoingMessage, Request, TakenDown, stamp, unix
from bot.render import blockkit
from bot.render.view import Actions, Button, Modal, Part, Small, Text, TextInput, View, clean
from bot.store import decisions
from bot.store.checks import any_check, own_check
from bot.store.database import Connection
from bot.store.decisions import Record

_LONGEST = 500
_UNDONE_SECONDS = 60
_MONEY_GATE = "gate_3"
_OF_THE_DECISION = (
    "verdict", "gate_", "step_", "poc", "money_", "caution_", "pitfall_", "approach", "data_plan", "labelling", "owner",
    "checklist", "operation_", "section_", "term_", "departure_", "who_decides", "sources", "certain", "unweighed_",
)  # fmt: skip
"""How the sentences begin that are for whoever reads a record; the others speak to the owner of the check."""


class Readers:
    """Answers those who read a record, and keeps who follows it."""

    def __init__(
        self, turns: Turns, replies: Replies, conversation: Conversation, lookup: Lookup, revise: Revise
    ) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._conversation, self._lookup, self._revise = conversation, lookup, revise
        revise.changed.append(self._tell)

    # ---- ask about this

    def ask(self, request: Request, share_id: str) -> None:
        """Open the dialog for a question about a record."""
        self._dialog(request, share_id, "record_question", "ask_title", "ask_label", "ask")

    def answer(self, request: Request, about: str, question: str) -> None:
        """The question was sent: it is answered to whoever asked, where they asked it; of a record with figures after
        a look who reads there."""
        there, share_id = opened_at(request, about)

        def work(conn: Connection, share: Record) -> list[OutgoingMessage]:
            if not share.costs:
                return [self._replies.ephemeral_view(there, self._said(conn, share, question))]
            asked = Asked(
                user=request.user, name=request.name, share=share.id, channel=there.channel, thread=there.thread_ts,
                question=question[:_LONGEST],
            )  # fmt: skip
            args = {"channel": share.channel}
            return [self._replies.outgoing("conversations.info", args, request, lane=share.channel, on_result=asked)]

        self._lookup.posted(there, share_id, work)

    def looked(
        self, conn: Connection, outgoing: OutgoingMessage, asked: Asked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know who reads the channel in which somebody asked about a record with figures, or were not told."""
        share, edited = self._revise.looked(conn, outgoing, asked.share, outcome)
        if share is None:
            return []
        there = Request.of(outgoing)._replace(channel=asked.channel, thread_ts=asked.thread)
        foot = ("unseen",) if outcome.error else ()
        return [*edited, self._replies.ephemeral_view(there, self._said(conn, share, asked.question, *foot))]

    def mentioned(self, request: Request) -> None:
        """The bot was mentioned in a channel: in a record's thread a question about it is answered there, for all.
        Without figures, whatever the record has: who reads a thread can change, and what was said in it stays."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            question = without_mentions(request.text)
            share = decisions.record_at(conn, request.team, request.channel, request.thread_ts)
            if share is not None and share.down_at:
                gone = str(self._wording.say("record", "taken_down", share.owner_name))
                return [self._replies.post(request, View.of(gone))]
            if share is None or not question:
                return self._conversation.mentioned(request)
            foot = ("ask_alone",) if share.costs else ()
            return [self._replies.post(request, self._said(conn, share._replace(costs=False), question, *foot))]

        self._turns.take(request, work)

    def _said(self, conn: Connection, share: Record, question: str, *foot: str) -> View:
        """What the record's own sentences answer; without cost figures unless the record has them. ``foot`` says why
        none are told that stand in it."""
        decision = self._shown(conn, share)
        known = {one.id: one for one in self._known(decision) if one.id.startswith(_OF_THE_DECISION)}
        found = find(question, decision.report, known)
        asked = Text(str(self._wording.say("record", "asked", question[:_LONGEST])))
        below = tuple(Small(str(self._wording.say("record", code))) for code in foot)
        if not found.sentences:
            said = str(self._wording.say("record", "no_answer", decision))
            return View((asked, Text(said), *below), said)
        doubt = (Text(str(self._wording.say("record", "perhaps"))),) if found.doubt else ()
        told = "\n".join(one.said for one in found.sentences)
        parts: tuple[Part, ...] = (
            asked,
            *doubt,
            Text(told),
            Small(str(self._wording.say("record", "asked_of", decision))),
            *below,
        )
        return record.without_mentions(View(parts, told))

    def _known(self, decision: Decision) -> Iterator[Sentence]:
        """The sentences of a decision; without costs none that has a figure of money, volume or what it returns."""
        report = decision.report
        hidden = [report.answers.known("calls_per_year")]
        hidden += [report.roi.break_even_calls, report.roi.safe_calls] if report.roi else []
        figures = "|".join(re.escape(f"{number:,}") for number in hidden if number)
        tells = re.compile(rf"\$|\d(?:\.\d+)?x\b{figures and f'|(?:{figures})'}")
        for one in bank(report, self._wording).values():
            if decision.costs or not tells.search(one.text):
                yield one
            elif one.id == _MONEY_GATE:
                yield one._replace(text=record.gate_line(report.gates[2], decision, self._wording))

    def _shown(self, conn: Connection, share: Record) -> Decision:
        check = any_check(conn, share.team, share.check)
        decision = self._lookup.at(conn, check, share.version, share.owner_name)
        return decision._replace(title=share.title, costs=share.costs)

    # ---- follow

    def follow(self, request: Request, share_id: str) -> None:
        """From now on a DM tells this person when the decision changes. The record is the same for all who read it, so
        that what ends it stands in what only they see."""

        def work(conn: Connection, share: Record) -> list[OutgoingMessage]:
            began = decisions.follow(conn, share.id, request.team, request.user)
            said = str(self._wording.say("record", "followed" if began else "follows_already", share.title))
            return [self._replies.ephemeral_view(request, self._with_unfollow(said, share))]

        self._lookup.posted(request, share_id, work)

    def unfollow(self, request: Request, share_id: str) -> None:
        """No DM tells them any more. It is pressed where they were told, and that may be their DM: what they follow is
        theirs to end wherever they are."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            followed = decisions.unfollow(conn, share_id, request.team, request.user)
            share = decisions.record_by_id(conn, share_id) if followed else None
            facts = (share.title, share.link) if share else ("", "")
            return self._replies.resolve(request, str(self._wording.say("record", "unfollowed", *facts)))

        self._turns.take(request, work)

    def _with_unfollow(self, said: str, share: Record) -> View:
        label = self._wording.press("unfollow_that", share.title)
        button = Button(self._wording.press("unfollow"), "record:unfollow", share.id, label=label)
        return View((Text(said), Actions((button,))), said)

    def _tell(self, conn: Connection, request: Request, share: Record, was: str, now: str) -> list[OutgoingMessage]:
        """Those who follow a record are told that it shows another version, at most once a day."""
        before, at = self._turns.later(-1), self._turns.now()
        said = str(self._wording.say("record", "follower_told", share.title, was, now, share.link))
        told = self._with_unfollow(said, share)
        people = decisions.followers(conn, share.id, before, at)
        return [self._replies.direct(request, person, told) for person in people]

    # ---- see it differently

    def differ(self, request: Request, share_id: str) -> None:
        """Open the dialog for one line to the owner."""
        self._dialog(request, share_id, "record_differs", "differ_title", "differ_label", "send")

    def differs(self, request: Request, about: str, why: str) -> None:
        """The line was sent: its owner reads it, and how many see it so; nobody else does."""
        there, share_id = opened_at(request, about)

        def work(conn: Connection, share: Record) -> list[OutgoingMessage]:
            many = decisions.differ(conn, share.id, request.team, request.user)
            line = clean(why).strip()[:_LONGEST]
            told = View.of(str(self._wording.say("record", "differs", share, request.name, line, many)))
            return [
                self._replies.to_owner(conn, request, share.check, told),
                self._lookup.whisper(there, "differ_sent", share.owner_name),
            ]

        self._lookup.posted(there, share_id, work)

    # ---- take it down

    def take_down(self, request: Request, share_id: str) -> None:
        """Its owner takes the record out of the channel: at once it says nothing any more, and after a minute in which
        that can be undone it is deleted."""

        def work(conn: Connection, share: Record) -> list[OutgoingMessage]:
            if own_check(conn, request, share.check) is None:
                return [self._lookup.whisper(request, "not_yours", share.owner_name)]
            decisions.down(conn, share.id, self._turns.now())
            gone = str(self._wording.say("record", "taken_down", share.owner_name))
            args = blockkit.message(View.of(gone), key="down") | {"channel": share.channel, "ts": request.message_ts}
            button = Button(self._wording.press("undo"), "record:keep", share.id)
            said = str(self._wording.say("record", "down_for_now"))
            due = stamp(unix(self._turns.now()) + _UNDONE_SECONDS)
            told = TakenDown(user=request.user, name=request.name, share=share.id)
            return [
                self._replies.outgoing("chat.update", args, request, lane=share.channel),
                self._replies.ephemeral_view(request, View((Text(said), Actions((button,))), said)),
                self._replies.outgoing("", {}, request, lane=share.channel, due=due, on_result=told),
            ]

        self._lookup.posted(request, share_id, work)

    def keep(self, request: Request, share_id: str) -> None:
        """The minute is not over: the record stands as it stood."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            share = decisions.record_in(conn, request.team, request.channel, share_id)
            if share is None:
                return self._replies.resolve(request, str(self._wording.say("record", "down_for_good")))
            if own_check(conn, request, share.check) is None:
                return self._replies.resolve(request, str(self._wording.say("record", "not_yours", share.owner_name)))
            decisions.down(conn, share.id, "")
            said = self._replies.resolve(request, str(self._wording.say("record", "kept")))
            return [*self._revise.draw(conn, request, share._replace(down_at=""), self._shown(conn, share)), *said]

        self._turns.take(request, work)

    def taken_down(
        self, conn: Connection, outgoing: OutgoingMessage, told: TakenDown, _outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The minute is over: the record is deleted, unless it was kept or taken down once more."""
        share = decisions.record_by_id(conn, told.share)
        if share is None or not share.down_at or unix(share.down_at) + _UNDONE_SECONDS > unix(outgoing.due):
            return []
        decisions.drop_record(conn, share.id)
        args = {"channel": share.channel, "ts": share.ts}
        return [self._replies.outgoing("chat.delete", args, Request.of(outgoing), lane=share.channel)]

    # ---- all of them

    def _dialog(self, request: Request, share_id: str, name: str, title: str, label: str, send: str) -> None:
        def work(_conn: Connection, _share: Record) -> list[OutgoingMessage]:
            say = self._wording.plainly
            field = TextInput("line", say("record", label), lines=True, longest=_LONGEST)
            about = place_of(request, share_id)
            dialog = Modal(say("record", title), (field,), name, self._wording.press(send), metadata=about)
            return [self._replies.open_view(request, dialog)]

        self._lookup.posted(request, share_id, work)

"""Records that are posted: kept true when their owner says so, and what is behind them for whoever can see them."""

import secrets
from collections.abc import Callable
from typing import Any

from bot.check.live_card import LiveCard
from bot.decision import record
from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.decision.share import everybody_reads, outside
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import CostsChecked, Drawn, Outcome, OutgoingMessage, Request, Turned
from bot.render import blockkit
from bot.render.view import Small, View
from bot.store import decisions
from bot.store.checks import any_check, own_check, report_of, state
from bot.store.database import Connection
from bot.store.decisions import Record

Changed = Callable[[Connection, Request, Record, str, str], list[OutgoingMessage]]
"""What follows when a record shows another version: the record, its headline before and now."""
_DELETED = {"message_not_found", "channel_not_found"}
_LOOKED_AT_ONCE = 50


class Revise:
    """Edits posted records in place, and shows how they were decided."""

    def __init__(self, turns: Turns, replies: Replies, live_card: LiveCard, lookup: Lookup) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._live_card, self._lookup = live_card, lookup
        turns.each_hour.append(self._look_again)
        self.changed: list[Changed] = []

    def update(self, request: Request, check_id: str) -> None:
        """Edit every posted record of a check to its latest version, marked and with what changed."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            posted = [one for one in decisions.records_of(conn, check_id) if not one.down_at]
            if not posted:
                return [
                    self._lookup.note(conn, request, check_id, "nowhere"),
                    *self._live_card.redraw(conn, request, check_id),
                ]
            return [outgoing for one in posted for outgoing in self.draw(conn, request, one, decision, told=True)]

        self._lookup.take(request, check_id, work)

    def how(self, request: Request, share_id: str) -> None:
        """Show whoever can see the record how it was decided; its cost flag holds here too."""

        def work(conn: Connection, share: Record) -> list[OutgoingMessage]:
            return [self._look_first(request, share) if share.costs else self._behind(conn, request, share)]

        self._lookup.posted(request, share_id, work)

    def draw(
        self, conn: Connection, request: Request, share: Record, decision: Decision, *, told: bool = False
    ) -> list[OutgoingMessage]:
        """Edit a posted record in place, after a look at its channel when figures stand in it. One that was taken down
        stays down."""
        if share.down_at:
            return []
        if not share.ts:
            unplaced = self._lookup.note(conn, request, share.check, "unplaced", share.channel)
            return [unplaced] if told else []
        if share.costs:
            return [self._look_first(request, share, version=decision.version, told=told)]
        return [self._edit(conn, request, share, decision, told=told)]

    def _look_first(
        self,
        request: Request,
        share: Record,
        *,
        version: int | None = None,
        told: bool = False,
        watched: bool = False,
    ) -> OutgoingMessage:
        """A channel can have come to be read by another company since figures were posted there."""
        on_result = CostsChecked(
            user=request.user, name=request.name, share=share.id, channel=request.channel, thread=request.within,
            version=version, told=told, watched=watched,
        )  # fmt: skip
        args = {"channel": share.channel}
        return self._replies.outgoing("conversations.info", args, request, lane=share.channel, on_result=on_result)

    def costs_checked(
        self, conn: Connection, outgoing: OutgoingMessage, asked: CostsChecked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know who reads the channel of a record, or were not told."""
        request = Request.of(outgoing)._replace(channel=asked.channel, thread_ts=asked.thread)
        if asked.version is None:
            share, edited = self.looked(conn, outgoing, asked.share, outcome)
            return [*edited, self._behind(conn, request, share, unseen=bool(outcome.error))] if share else []
        share = decisions.record_by_id(conn, asked.share)
        if share is None or share.down_at:
            return []
        tells_too_much = self._noted(conn, share, outcome)
        share = share._replace(costs=share.costs and not tells_too_much)
        if outcome.error:  # a refusal to look is no answer: nothing is edited on it
            if own_check(conn, request, share.check) is None or not asked.told:
                return []
            return [self._lookup.note(conn, request, share.check, "not_seen", share.channel, share.link)]
        if asked.watched and not tells_too_much:
            return []
        check = any_check(conn, outgoing.team, share.check)
        decision = self._lookup.at(conn, check, asked.version, asked.name)
        return [self._edit(conn, request, share, decision, told=asked.told, watched=asked.watched)]

    def looked(
        self, conn: Connection, outgoing: OutgoingMessage, share_id: str, outcome: Outcome
    ) -> tuple[Record | None, list[OutgoingMessage]]:
        """A record as it may be told of after a look who reads its channel. Where another company does, its figures
        are taken out of it; a refusal to look is no answer: then they are not told, and stay where they are."""
        share = decisions.record_by_id(conn, share_id)
        if share is None or share.down_at:
            return None, []
        bare, tells_too_much = share._replace(costs=False), self._noted(conn, share, outcome)
        if outcome.error or not share.costs:
            return bare, []
        if not tells_too_much:
            return share, []
        check = any_check(conn, outgoing.team, share.check)
        owner = Request("", share.team, check.owner, "", enterprise=share.enterprise, name=share.owner_name)
        decision = self._lookup.at(conn, check, share.version, share.owner_name)
        return bare, [self._edit(conn, owner, bare, decision, told=False, watched=True)]

    def _noted(self, conn: Connection, share: Record, outcome: Outcome) -> bool:
        """Keep what a look at a record's channel has shown; returns whether its figures must go from there."""
        # A channel that is private by now is not there for us, unless we are in it.
        if outcome.error in ("", "channel_not_found") and not everybody_reads(outcome):
            decisions.not_public(conn, share.id)
        tells_too_much = share.costs and outside(outcome) and not outcome.error
        if tells_too_much:
            decisions.without_costs(conn, share.id)
        return tells_too_much

    def _edit(
        self,
        conn: Connection,
        request: Request,
        share: Record,
        decision: Decision,
        *,
        told: bool,
        watched: bool = False,
    ) -> OutgoingMessage:
        """Edit a posted record; a version it has not shown yet makes it a revised one."""
        drawn: dict[str, Any] = {
            "version": decision.version,
            "replaced": share.replaced,
            "updated_at": share.updated_at,
        }
        drawn["answered_by"] = share.answered_by
        # A title that was changed for the record stays; else it is called what the check is called.
        check = any_check(conn, request.team, share.check)
        own = share.title != self._wording.titled(state(check, self._wording.rules, share.version))
        drawn["title"] = share.title if own else decision.title
        if decision.version != share.version:
            drawn |= {"replaced": share.version, "updated_at": self._turns.now(), "answered_by": request.name}
        shown = decision._replace(
            id=share.id, title=drawn["title"], note=share.note, costs=share.costs, revised_at=drawn["updated_at"]
        )
        before = report_of(conn, share.check, drawn["replaced"]) if drawn["replaced"] else None
        view = record.record(shown, self._wording, before=before)
        args = blockkit.message(view, key=f"r{decision.number}-{secrets.token_hex(3)}")
        args |= {"channel": share.channel, "ts": share.ts}
        on_result = Drawn(
            **drawn, share=share.id, check=share.check, channel=share.channel, told=told, watched=watched,
            link=share.link, user=request.user, name=request.name,
        )  # fmt: skip
        return self._replies.outgoing("chat.update", args, request, lane=share.channel, on_result=on_result)

    def drawn(
        self, conn: Connection, outgoing: OutgoingMessage, drawn: Drawn, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """A record was edited, or could not be: only now is it noted what it shows."""
        request = Request.of(outgoing)
        turned = [] if outcome.error else self._turned(conn, request, drawn)
        deleted = outcome.error in _DELETED
        if deleted:
            decisions.drop_record(conn, drawn.share)
        elif not outcome.error and (stands := decisions.record_by_id(conn, drawn.share)):
            now = drawn.model_dump(include={"version", "replaced", "updated_at", "title", "answered_by"})
            decisions.revised(conn, stands._replace(owner_name=drawn.name, **now))
        if own_check(conn, request, drawn.check) is None or not (drawn.told or drawn.watched or outcome.error):
            return turned
        code = "figures_removed" if drawn.watched else "updated"
        code = "deleted_there" if deleted else "not_updated" if outcome.error else code
        said = self._lookup.note(conn, request, drawn.check, code, drawn.channel, drawn.link)
        return [*turned, said, *self._live_card.redraw(conn, request, drawn.check)]

    def _turned(self, conn: Connection, request: Request, drawn: Drawn) -> list[OutgoingMessage]:
        """A verdict that became another one is also said in the record's thread: who has read it is not left with the
        old one by a silent edit."""
        share = decisions.record_by_id(conn, drawn.share)
        if share is None or share.down_at or share.version == drawn.version:
            return []
        was, now = (
            str(self._wording.headline(report_of(conn, drawn.check, version)))
            for version in (share.version, drawn.version)
        )
        told = [one for changed in self.changed for one in changed(conn, request, share, was, now)]
        if was == now:
            return told
        args = blockkit.message(View.of(str(self._wording.say("record", "turned", drawn.title, was, now))))
        args |= {"channel": drawn.channel, "thread_ts": share.ts}
        turned = Turned(user=request.user, name=request.name, check=drawn.check)
        said = self._replies.outgoing(
            "chat.postMessage", args, request, lane=drawn.channel, only_there=True, on_result=turned
        )
        return [said, *told]

    def _look_again(self, conn: Connection) -> list[OutgoingMessage]:
        """Once a day at each record with figures, or shown to the whole workspace: others can have come to read its
        channel, and some not any more."""
        to_send = []
        for share, user in decisions.to_look_at(conn, self._turns.later(-1), self._turns.now(), _LOOKED_AT_ONCE):
            owner = Request("", share.team, user, "", enterprise=share.enterprise, name=share.owner_name)
            to_send.append(self._look_first(owner, share, version=share.version, watched=True))
        return to_send

    def _behind(self, conn: Connection, request: Request, share: Record, *, unseen: bool = False) -> OutgoingMessage:
        check = any_check(conn, request.team, share.check)
        decision = self._lookup.at(conn, check, share.version, share.answered_by or share.owner_name)
        view = record.how(decision._replace(title=share.title, costs=share.costs), self._wording)
        why = (Small(str(self._wording.say("record", "unseen"))),) if unseen else ()
        return self._replies.ephemeral_view(request, view._replace(parts=(*view.parts, *why)))

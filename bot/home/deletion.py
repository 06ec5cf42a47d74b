"""A check deleted, or all there is of a person: what goes with it is gone from Slack too, as far as Slack lets us."""

from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.home.desk import RECORDS_TOO, delete_all
from bot.home.tab import Home
from bot.messages import Outcome, OutgoingMessage, Request, Withdrawn
from bot.render import blockkit
from bot.render.view import Actions, Button, Modal, Small, Text, View
from bot.store import checks, decisions, retention
from bot.store.checks import own_check, state
from bot.store.database import Connection
from bot.store.decisions import Record


class Deletion:
    """Asks first, and says what stays."""

    def __init__(self, turns: Turns, replies: Replies, home: Home) -> None:
        self._turns, self._replies, self._wording, self._home = turns, replies, replies.wording, home

    def ask_to_delete(self, request: Request, check_id: str) -> None:
        """Open the dialog that asks whether one check of one's own is to go."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            if check is None:
                return [self._replies.ephemeral(request, "not_found")]
            title = self._wording.titled(state(check, self._wording.rules))
            posted = _channels_of([record for record in decisions.records_of(conn, check_id) if record.ts])
            return [self._replies.open_view(request, self._sure(title, check_id, posted))]

        self._turns.take(request, work)

    def _sure(self, title: str, check_id: str, posted: list[str]) -> Modal:
        """No submit: Slack draws it in green."""
        asked, means, yes, no = self._wording.press("sure_delete").split("\n")
        name = self._wording.press("delete_that", title)
        button = Button(yes, "home:delete", f"{RECORDS_TOO}:{check_id}", style="danger", label=name)
        parts = (Text(str(self._wording.say("home", "to_delete", title, means, posted))), Actions((button,)))
        return Modal(asked, parts, "delete", close=no)

    def delete(self, request: Request, value: str, dialog: str = "") -> None:
        """Delete one check of one's own, with its answers, reports and records."""
        said, _, check_id = value.rpartition(":")

        def work(conn: Connection) -> list[OutgoingMessage]:
            mine = own_check(conn, request, check_id) is not None
            deleted = self._delete(conn, request, check_id, records=said == RECORDS_TOO) if mine else []
            if not dialog:
                return deleted or [self._replies.ephemeral(request, "not_found")]
            told = self._wording.say("home", "gone") if mine else self._wording.say("chrome", "not_found")
            over = Modal(self._wording.press("delete"), (Text(str(told)),), "delete")
            return [self._replies.update_view(request, dialog, over), *deleted]

        self._turns.take(request, work)

    def ask_to_forget(self, request: Request) -> None:
        """The words "delete my data": what that means, and the button that does it."""
        told = str(self._wording.say("home", "deleting"))
        self._turns.take(
            request,
            lambda _: [self._replies.post(request, View((Text(told), Actions((delete_all(self._wording),))), told))],
        )

    def forget(self, request: Request, value: str = "") -> None:
        """Delete all that is kept of a person, say what stays, and confirm."""
        team, user = request.team, request.user

        def work(conn: Connection) -> list[OutgoingMessage]:
            to_send = self._delete(conn, request, records=value == RECORDS_TOO)
            to_send += self._replies.resolve(request, str(self._wording.say("home", "forgotten")))
            opened = retention.person(conn, team, user, f"{team}:{request.key}")
            return to_send + ([self._home.first_day(conn, request)] if opened else [])

        self._turns.take(request, work)

    def _delete(
        self, conn: Connection, request: Request, check_id: str = "", *, records: bool
    ) -> list[OutgoingMessage]:
        """Delete the person's check, or all of them. Their ``records`` go too: once the check is gone nobody could take
        them down any more."""
        mine = checks.listed(conn, request, check_id)
        posted = [record for check in mine for record in decisions.records_of(conn, check.id)]
        going = [record for record in posted if records and record.ts]
        staying = [record.link or f"<#{record.channel}>" for record in posted if record not in going]
        gone = str(self._wording.say("home", "gone"))
        to_send = [
            self._replies.outgoing(
                "chat.update",
                blockkit.message(View((Small(gone),), gone)) | {"channel": check.channel, "ts": check.card_ts},
                request,
                lane=request.user,
            )
            for check in mine
            if check.card_ts
        ]
        over = View.of(str(self._wording.say("record", "handover_over")))
        for offer in (offer for check in mine for offer in decisions.offers_of(conn, check.id)):
            there = request._replace(user=offer.offered_to)
            to_send += self._replies.redrawn(there, offer.channel, offer.ts, over)
        self._turns.say_no_more([check.id for check in mine])
        deleted = retention.checks_of(conn, request.team, request.user, check_id)
        self._turns.scrub(conn)
        to_send += [self._withdraw(request, record) for record in going]
        said = str(self._wording.say("home", "deleted", deleted))
        parts = [Text(said)]
        if going:
            parts.append(Text(str(self._wording.say("home", "withdrawing", _channels_of(going)))))
        if staying:
            parts.append(Text(str(self._wording.say("home", "deleted_posts", staying))))
        return [*to_send, self._replies.direct(request, request.user, View(tuple(parts), said))]

    def _withdraw(self, request: Request, record: Record) -> OutgoingMessage:
        args = {"channel": record.channel, "ts": record.ts}
        told = Withdrawn(user=request.user, name=request.name, link=record.link, **args)
        return self._replies.outgoing("chat.delete", args, request, lane=record.channel, on_result=told)

    def withdrawn(
        self, conn: Connection, outgoing: OutgoingMessage, told: Withdrawn, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Where a message may not be deleted its words can still go from it; where that is refused too, whoever wanted
        it is told."""
        if outcome.error in ("", "message_not_found"):
            return []
        request = Request.of(outgoing)
        if outgoing.method == "chat.delete":
            left = View.of(str(self._wording.say("home", "withdrawn")))
            args = blockkit.message(left, key="down") | {"channel": told.channel, "ts": told.ts}
            return [self._replies.outgoing("chat.update", args, request, lane=told.channel, on_result=told)]
        said = self._wording.say("home", "deleted_posts", [told.link or f"<#{told.channel}>"])
        return [self._replies.direct(request, request.user, View.of(str(said)))]


def _channels_of(records: list[Record]) -> list[str]:
    """Where they stand, as Slack names channels."""
    return [f"<#{channel}>" for channel in dict.fromkeys(record.channel for record in records)]

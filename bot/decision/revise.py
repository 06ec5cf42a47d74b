"""Records that are posted: kept true when their owner says so, and what is behind them for whoever can see them."""

import secrets
import sqlite3
from dataclasses import replace
from typing import Any

from bot.check.live_card import LiveCard
from bot.decision import record
from bot.decision.lookup import Lookup
from bot.decision.record import Decision
from bot.decision.share import outside
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import CostsChecked, Drawn, Outcome, OutgoingMessage, Request, Turned
from bot.render import blockkit
from bot.render.view import View
from bot.store.checks import any_check, own_check, report_of, state

_DELETED = {"message_not_found", "channel_not_found"}


class Revise:
    """Edits posted records in place, and shows how they were decided."""

    def __init__(self, turns: Turns, replies: Replies, live_card: LiveCard, decisions: Lookup) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._live_card, self._lookup = live_card, decisions
        turns.each_hour.append(self._look_again)

    def update(self, request: Request, check_id: str) -> None:
        """Edit every posted record of a check to its latest version, marked and with what changed."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[OutgoingMessage]:
            shares = conn.execute("SELECT * FROM shares WHERE session=?", (check_id,)).fetchall()
            if not shares:
                return [
                    self._lookup.note(conn, request, check_id, "nowhere"),
                    *self._live_card.redraw(conn, request, check_id),
                ]
            return [outgoing for share in shares for outgoing in self.draw(conn, request, share, decision, told=True)]

        self._lookup.take(request, check_id, work)

    def how(self, request: Request, share_id: str) -> None:
        """Show whoever can see the record how it was decided; its cost flag holds here too."""

        def work(conn: sqlite3.Connection) -> list[OutgoingMessage]:
            share = conn.execute(
                "SELECT * FROM shares WHERE id=? AND team=? AND channel=?",
                (share_id, request.team, request.channel),
            ).fetchone()
            if share is None:
                return [self._replies.ephemeral(request, "not_found")]
            if not share["ts"]:  # the answer to its post was lost, and its owner said that it is there
                placed = {"ts": request.message_ts, "id": share_id}
                conn.execute("UPDATE shares SET ts=:ts WHERE id=:id", placed)
            if share["costs"]:
                return [self._look_first(request, share)]
            return [self._behind(conn, request, share, costs=False)]

        self._turns.take(request, work)

    def draw(
        self, conn: sqlite3.Connection, request: Request, share: sqlite3.Row, decision: Decision, *, told: bool = False
    ) -> list[OutgoingMessage]:
        """Edit a posted record in place, after a look at its channel when figures stand in it."""
        if not share["ts"]:
            unplaced = self._lookup.note(conn, request, share["session"], "unplaced", share["channel"])
            return [unplaced] if told else []
        if share["costs"]:
            return [self._look_first(request, share, version=decision.version, told=told)]
        return [self._edit(conn, request, share, decision, told=told)]

    def _look_first(
        self,
        request: Request,
        share: sqlite3.Row,
        *,
        version: int | None = None,
        told: bool = False,
        watched: bool = False,
    ) -> OutgoingMessage:
        """A channel can have come to be read by another company since figures were posted there."""
        on_result = CostsChecked(
            user=request.user, name=request.name, share=share["id"], channel=request.channel, thread=request.within,
            version=version, told=told, watched=watched,
        )  # fmt: skip
        args = {"channel": share["channel"]}
        return self._replies.outgoing("conversations.info", args, request, lane=share["channel"], on_result=on_result)

    def costs_checked(
        self, conn: sqlite3.Connection, outgoing: OutgoingMessage, asked: CostsChecked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know who reads the channel of a record with figures, or were not told."""
        open_to_others = outside(outcome) and not outcome.error
        if open_to_others:
            conn.execute("UPDATE shares SET costs=0 WHERE id=?", (asked.share,))
        share = conn.execute("SELECT * FROM shares WHERE id=?", (asked.share,)).fetchone()
        if share is None:
            return []
        request = replace(Request.of(outgoing), channel=asked.channel, thread_ts=asked.thread)
        # A refusal to look is no answer: nothing is edited on it, and nothing with figures is shown.
        if asked.version is None:
            return [self._behind(conn, request, share, costs=bool(share["costs"]) and not outcome.error)]
        if outcome.error:
            if own_check(conn, request, share["session"]) is None or not asked.told:
                return []
            return [self._lookup.note(conn, request, share["session"], "not_seen", share["channel"], share["link"])]
        if asked.watched and not open_to_others:
            return []
        check = any_check(conn, outgoing.team, share["session"])
        decision = self._lookup.at(conn, check, asked.version, asked.name)
        return [self._edit(conn, request, share, decision, told=asked.told, watched=asked.watched)]

    def _edit(
        self,
        conn: sqlite3.Connection,
        request: Request,
        share: sqlite3.Row,
        decision: Decision,
        *,
        told: bool,
        watched: bool = False,
    ) -> OutgoingMessage:
        """Edit a posted record; a version it has not shown yet makes it a revised one."""
        drawn: dict[str, Any] = {
            "version": decision.version,
            "replaced": share["replaced"],
            "updated_at": share["updated_at"],
        }
        drawn["answered_by"] = share["answered_by"]
        # A title that was changed for the record stays; else it is called what the check is called.
        check = any_check(conn, request.team, share["session"])
        own = share["title"] != state(check, self._wording.rules, share["version"]).title
        drawn["title"] = share["title"] if own else decision.title
        if decision.version != share["version"]:
            drawn |= {"replaced": share["version"], "updated_at": self._turns.now(), "answered_by": request.name}
        shown = replace(
            decision, id=share["id"], title=drawn["title"], note=share["note"], costs=bool(share["costs"]),
            revised_at=drawn["updated_at"],
        )  # fmt: skip
        before = report_of(conn, share["session"], drawn["replaced"]) if drawn["replaced"] else None
        view = record.record(shown, self._wording, before=before)
        args = blockkit.message(view, key=f"r{decision.number}-{secrets.token_hex(3)}")
        args |= {"channel": share["channel"], "ts": share["ts"]}
        on_result = Drawn(
            **drawn, share=share["id"], check=share["session"], channel=share["channel"], told=told, watched=watched,
            link=share["link"], user=request.user, name=request.name,
        )  # fmt: skip
        return self._replies.outgoing("chat.update", args, request, lane=share["channel"], on_result=on_result)

    def drawn(
        self, conn: sqlite3.Connection, outgoing: OutgoingMessage, drawn: Drawn, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """A record was edited, or could not be: only now is it noted what it shows."""
        request = Request.of(outgoing)
        turned = [] if outcome.error else self._turned(conn, request, drawn)
        if outcome.error in _DELETED:
            conn.execute("DELETE FROM shares WHERE id=?", (drawn.share,))
        elif not outcome.error:
            conn.execute(
                "UPDATE shares SET version=:version, replaced=:replaced, updated_at=:updated_at, title=:title,"
                " owner_name=:name, answered_by=:answered_by WHERE id=:share",
                drawn.model_dump(),
            )
        if own_check(conn, request, drawn.check) is None or not (drawn.told or drawn.watched or outcome.error):
            return turned
        code = "not_updated" if outcome.error else "figures_removed" if drawn.watched else "updated"
        said = self._lookup.note(conn, request, drawn.check, code, drawn.channel, drawn.link)
        return [*turned, said, *self._live_card.redraw(conn, request, drawn.check)]

    def _turned(self, conn: sqlite3.Connection, request: Request, drawn: Drawn) -> list[OutgoingMessage]:
        """A verdict that became another one is also said in the record's thread: who has read it is not left with the
        old one by a silent edit."""
        query = "SELECT version, ts FROM shares WHERE id=:share"
        share = conn.execute(query, {"share": drawn.share}).fetchone()
        if share is None or share["version"] == drawn.version:
            return []
        was, now = (
            self._wording.headline(report_of(conn, drawn.check, version))
            for version in (share["version"], drawn.version)
        )
        if was == now:
            return []
        args = blockkit.message(View.of(str(self._wording.say("record", "turned", drawn.title, was, now))))
        args |= {"channel": drawn.channel, "thread_ts": share["ts"]}
        told = Turned(user=request.user, name=request.name, check=drawn.check)
        return [
            self._replies.outgoing(
                "chat.postMessage", args, request, lane=drawn.channel, only_there=True, on_result=told
            )
        ]

    def _look_again(self, conn: sqlite3.Connection) -> list[OutgoingMessage]:
        """Once a day at each record with figures: its channel can have come to be read by another company."""
        day = {"before": self._turns.later(-1), "now": self._turns.now()}
        rows = conn.execute(
            "SELECT shares.*, owner FROM shares JOIN sessions ON sessions.id = shares.session"
            " WHERE costs=1 AND ts != '' AND looked_at < :before"
            " AND shares.team NOT IN (SELECT team FROM installations) ORDER BY looked_at LIMIT 50",
            day,
        ).fetchall()
        to_send = []
        for share in rows:
            conn.execute("UPDATE shares SET looked_at=:now WHERE id=:id", day | {"id": share["id"]})
            owner = Request(
                "", share["team"], share["owner"], "", enterprise=share["enterprise"], name=share["owner_name"]
            )
            to_send.append(self._look_first(owner, share, version=share["version"], watched=True))
        return to_send

    def _behind(
        self, conn: sqlite3.Connection, request: Request, share: sqlite3.Row, *, costs: bool
    ) -> OutgoingMessage:
        check = any_check(conn, request.team, share["session"])
        decision = self._lookup.at(conn, check, share["version"], share["answered_by"])
        shown = replace(decision, title=share["title"], costs=costs)
        return self._replies.ephemeral_view(request, record.how(shown, self._wording))

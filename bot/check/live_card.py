"""A check as Slack shows it: its one live card, and the answers to questions about its report."""

import json
import re
import secrets
import sqlite3
from typing import Any
from zlib import crc32

from advisor.conversation import Note, Reply
from advisor.report import Report
from bot.answering.sentences import kept, worded
from bot.check.card import Cards, ReportContext
from bot.delivery.replies import Replies
from bot.messages import Decided, OutgoingMessage, Request
from bot.render import blockkit
from bot.store import queue
from bot.store.checks import Check, own_check, state


class LiveCard:
    """Draws checks, with what surrounds a report."""

    def __init__(self, replies: Replies, keep_days: int, *, prose: bool = False) -> None:
        self._replies, self._wording, self._keep_days, self._prose = replies, replies.wording, keep_days, prose
        self._cards = Cards(replies.wording)

    def card(
        self,
        conn: sqlite3.Connection,
        request: Request,
        check: Check,
        reply: Reply,
        *,
        below: bool,
        moved: bool = False,
        told: bool = False,
    ) -> OutgoingMessage:
        """The card as it is to be shown; when it is ``told``, whoever words its reasons hears that it stands."""
        around = self._around(conn, request, check.id, reply) if reply.face == "report" else None
        key = card_key(check.id, reply.version)
        shown = _showing(reply)
        conn.execute("UPDATE sessions SET drawn=? WHERE id=?", (shown, check.id))
        message = blockkit.message(self._cards.view(reply, around), key=key)
        to = "" if check.channel else check.owner  # then its DM is opened first
        args = message | ({"channel": check.channel} if check.channel else {})
        args |= {"thread_ts": check.thread_ts} if check.thread_ts else {}
        return self._replies.outgoing(
            "card", args, request, lane=check.owner, session=check.id,
            card_ts=check.card_ts, below=below, collapse="" if moved else self._cards.collapsed(reply), to=to,
            on_result=_decided(request, check.id, reply, shown) if told else None,
        )  # fmt: skip

    def _around(self, conn: sqlite3.Connection, request: Request, check_id: str, reply: Reply) -> ReportContext:
        """What surrounds a report: where it was asked for, where it is posted, when it is decided again, and what a
        model made of its reasons."""
        origin = conn.execute("SELECT origin_channel FROM sessions WHERE id=?", (check_id,)).fetchone()
        posted = conn.execute("SELECT version FROM shares WHERE session=?", (check_id,)).fetchall()
        decided = conn.execute("SELECT max(version), count(*) FROM reports WHERE session=?", (check_id,)).fetchone()
        query = (
            "SELECT model, sentences FROM wordings WHERE session=? AND version=? AND kept > 0"
            " AND NOT EXISTS (SELECT 1 FROM people WHERE team=? AND person=? AND wording=0)"
        )
        who = request.team, request.user
        said = conn.execute(query, (check_id, decided[0], *who)).fetchone() if self._prose else None
        # Checked once more: it may be of an earlier release, whose placeholders were others.
        stand = kept(json.loads(said["sentences"]), reply.report, self._wording) if said else {}
        words = tuple(worded(stand, reply.report, self._wording)) if stand else ()
        query = "SELECT body FROM reports WHERE session=? ORDER BY version DESC LIMIT 1 OFFSET 1"
        earlier = conn.execute(query, (check_id,)).fetchone()
        return ReportContext(
            origin=bool(origin and origin["origin_channel"]),
            posted=len(posted),
            outdated=any(row["version"] < decided[0] for row in posted),
            again_at=queue.remind_at(conn, check_id),
            versions=decided[1],
            keep_days=self._keep_days,
            worded=words,
            worded_by=said["model"] if said and words else "",
            partly=len(stand) < len(words),
            before=Report.model_validate_json(earlier["body"]) if earlier else None,
        )

    def redraw(
        self,
        conn: sqlite3.Connection,
        request: Request,
        check_id: str,
        notes: tuple[Note, ...] = (),
        *,
        drawn: str = "",
    ) -> list[OutgoingMessage]:
        """Draw a check's card as it stands, in place, with these notes above it; given what a card ``drawn`` before
        showed, only while the person has just that before them."""
        check = own_check(conn, request, check_id)
        if check is None or not check.thread_ts or (drawn and drawn != self._drawn(conn, check_id)):
            return []
        reply = state(check, self._wording.rules).model_copy(update={"notes": notes})
        return [self.card(conn, request, check, reply, below=False)]

    def _drawn(self, conn: sqlite3.Connection, check_id: str) -> str:
        return str(conn.execute("SELECT drawn FROM sessions WHERE id=?", (check_id,)).fetchone()[0])

    def answer(
        self, check: Check, reply: Reply, question: str, *, chosen: tuple[str, ...] = (), model: str = ""
    ) -> dict[str, Any]:
        """The message that answers a question: sentences our examples find, or those that ``model`` has ``chosen``."""
        pending = reply.pending if reply.face == "question" else ""
        view = self._cards.answer(reply.report, question, chosen, model, pending)
        return blockkit.message(view, key=card_key(check.id, reply.version))


def _showing(reply: Reply) -> str:
    """What a card lets one read, in short: that an answer was read is no reason to leave it as it is."""
    notes = [note.code for note in reply.notes if note.code not in ("read", "brought")]
    report = crc32(reply.report.model_dump_json().encode())
    return " ".join([reply.face, str(report), str(reply.checklist_open), *notes])


def _decided(request: Request, check_id: str, reply: Reply, shown: str) -> Decided:
    notes = tuple(note.model_dump(mode="json") for note in reply.notes)
    return Decided(
        user=request.user, name=request.name, check=check_id, version=reply.version, notes=notes, drawn=shown
    )


def card_key(check_id: str, version: int) -> str:
    """What a card's block ids begin with: its check, the version of the log it was drawn from, and a nonce, since
    Slack wants new block ids with every update."""
    return f"{check_id}-{version}-{secrets.token_hex(3)}"


def card_of(block_id: str) -> tuple[str, int | None]:
    """The check and the version a clicked block was drawn from; empty and ``None`` for blocks that name none."""
    found = re.match(r"([0-9a-f]{32})-(\d{1,9})-", block_id)
    return (found[1], int(found[2])) if found else ("", None)

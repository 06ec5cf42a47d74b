"""A check as Slack shows it: its one live card, and the answers to questions about its report."""

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from zlib import crc32

from advisor.conversation import Face, Note, Reply
from advisor.model import Frozen
from bot.answering.sentences import kept, worded
from bot.check.card import Cards, ReportContext
from bot.delivery.replies import Replies
from bot.delivery.turn import note_damage
from bot.messages import Decided, OutgoingMessage, Request, frames
from bot.render import blockkit
from bot.render.view import View
from bot.store import decisions, queue, usage
from bot.store.checks import Check, Damaged, check_by_id, drawn, own_check, report_of, state, versions_of, when_decided
from bot.store.database import Connection

log = logging.getLogger(__name__)


class LiveCard:
    """Draws checks, with what surrounds a report. What can't be read may be a newer release's where processes have it
    ``shared``."""

    def __init__(
        self, replies: Replies, keep_days: int, now: Callable[[], str], *, prose: bool = False, shared: bool = False
    ) -> None:
        self._now, self._shared = now, shared
        self._replies, self._wording, self._keep_days, self._prose = replies, replies.wording, keep_days, prose
        self._cards = Cards(replies.wording)

    def card(
        self,
        conn: Connection,
        request: Request,
        check: Check,
        reply: Reply,
        *,
        below: bool,
        moved: bool = False,
        told: bool = False,
    ) -> OutgoingMessage:
        """The card as it is to be shown; when it is ``told``, whoever words its reasons hears that it stands."""
        around = self._around(conn, request, check, reply) if reply.face == "report" else None
        left = self._cards.collapsed(reply, state(check, self._wording.rules)) if below and not moved else ""
        shown = _showing(reply)
        if shown != check.drawn:
            drawn(conn, check.id, shown)
        to = "" if check.channel else check.owner  # then its DM is opened first
        # The title is what an earlier release makes of a card that this one has left.
        args = {"text": blockkit.plain(reply.title)} | ({"channel": check.channel} if check.channel else {})
        args |= {"thread_ts": check.thread_ts} if check.thread_ts else {}
        return self._replies.outgoing(
            "card", args, request, lane=check.owner, session=check.id,
            card_ts=check.card_ts, below=below, collapse=left, to=to,
            shows=_Shows.of(reply).model_dump_json(), draw=partial(self._draw, check.id, reply, around),
            on_result=_decided(request, check.id, reply, shown) if told else None,
        )  # fmt: skip

    def _draw(self, check_id: str, reply: Reply, around: ReportContext | None) -> dict[str, Any]:
        """Its text and its blocks. Nobody can press anything to get out of a fault here: it is told in words."""
        try:
            view = self._cards.view(reply, around)
        except Exception as error:  # noqa: BLE001 - the answer is kept, whatever its card is
            view = self._undrawn(check_id, error, self._wording.titled(reply))
        return blockkit.message(view, key=card_key(check_id, reply.version))

    def _undrawn(self, check_id: str, error: Exception, title: str) -> View:
        log.error("the card of check %s can't be drawn (%s)\n%s", check_id, type(error).__name__, frames(error))
        return View.of(str(self._wording.say("chrome", "undrawn", title)))

    def picture(self, conn: Connection, outgoing: OutgoingMessage) -> OutgoingMessage:
        """A card that another process has left, with what draws it; any other message as it is."""
        try:
            check = check_by_id(conn, outgoing.team, outgoing.session) if outgoing.shows else None
            if check is None:
                return outgoing
            shows = _Shows.model_validate_json(outgoing.shows)
            reply = state(check, self._wording.rules, shows.version).model_copy(update=dict(shows))
            around = self._around(conn, Request.of(outgoing), check, reply) if reply.face == "report" else None
        except Damaged as damaged:
            note_damage(damaged)
            said = blockkit.message(View.of(str(self._wording.say("chrome", "damaged", self._shared))))
            return replace(outgoing, draw=lambda: said)
        except ValueError as error:  # a newer release shows more
            said = blockkit.message(self._undrawn(outgoing.session, error, outgoing.args["text"]))
            return replace(outgoing, draw=lambda: said)
        return replace(outgoing, draw=partial(self._draw, check.id, reply, around))

    def _around(self, conn: Connection, request: Request, check: Check, reply: Reply) -> ReportContext:
        """What surrounds a report: where it was asked for, where it is posted, when it is decided again, and what a
        model made of its reasons."""
        posted = decisions.records_of(conn, check.id)
        versions = sorted(versions_of(conn, check.id))
        wanted = self._prose and not usage.wording_is_off(conn, request.team, request.user)
        said = usage.words_of(conn, check.id, versions[-1]) if wanted and versions else None
        # Checked once more: it may be of an earlier release, whose placeholders were others.
        stand = kept(said.sentences, reply.report, self._wording) if said else {}
        words = tuple(worded(stand, reply.report, self._wording)) if stand else ()
        return ReportContext(
            origin=bool(check.origin_channel),
            posted=len(posted),
            outdated=any(record.version < versions[-1] for record in posted),
            again_at=queue.remind_at(conn, check.id),
            versions=len(versions),
            keep_days=self._keep_days,
            worded=words,
            worded_by=said.model if said and words else "",
            partly=len(stand) < len(words),
            before=report_of(conn, check.id, versions[-2]) if versions[1:] and versions[-1] == reply.version else None,
            decided_at=when_decided(conn, check.id, versions[-1]) if versions else self._now(),
        )

    def redraw(
        self,
        conn: Connection,
        request: Request,
        check_id: str,
        notes: tuple[Note, ...] = (),
        *,
        over: str = "",
    ) -> list[OutgoingMessage]:
        """Draw a check's card as it stands, in place, with these notes above it; given what the card showed that it is
        drawn ``over``, only while the person has just that before them."""
        check = own_check(conn, request, check_id)
        if check is None or not check.thread_ts or (over and over != check.drawn):
            return []
        reply = state(check, self._wording.rules).model_copy(update={"notes": notes})
        return [self.card(conn, request, check, reply, below=False)]

    def answer(
        self, check: Check, reply: Reply, question: str, *, chosen: tuple[str, ...] = (), model: str = ""
    ) -> dict[str, Any]:
        """The message that answers a question: sentences our examples find, or those that ``model`` has ``chosen``."""
        pending = reply.pending if reply.face == "question" else ""
        view = self._cards.answer(reply.report, question, chosen, model, pending, self._now())
        return blockkit.message(view, key=card_key(check.id, reply.version))


class _Shows(Frozen):
    """What tells a card apart from the one of its version at which nothing happened."""

    version: int
    face: Face
    checklist_open: bool
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, reply: Reply) -> "_Shows":
        return cls(version=reply.version, face=reply.face, checklist_open=reply.checklist_open, notes=reply.notes)


def _showing(reply: Reply) -> str:
    """What a card lets one read, in short: that an answer was read is no reason to leave it as it is."""
    if reply.face != "report":  # nothing is worded anew there
        return reply.face
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

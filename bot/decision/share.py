"""A decision shared: shown in a dialog as it would be posted, and posted into the channel its owner picks.

Whether we may post there is for Slack to say first: a message whose outcome is the next turn.
"""

import hashlib
import json
import secrets
from typing import Any

from bot.check.live_card import LiveCard
from bot.decision import record
from bot.decision.lookup import Lookup, named
from bot.decision.record import Decision
from bot.decision.title import is_stock
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import IN_DOUBT, Linked, Outcome, OutgoingMessage, Request, ShareChecked, Shared, Wanted
from bot.render import blockkit
from bot.render.changes import tells_figures
from bot.render.view import (
    Actions,
    Button,
    ChannelInput,
    Header,
    Modal,
    Option,
    Part,
    Small,
    Text,
    TextInput,
    Ticks,
    View,
    clean,
)  # fmt: skip
from bot.store import decisions, queue
from bot.store.checks import any_check, is_there
from bot.store.database import Connection
from bot.store.decisions import Record

_REFUSED = {
    "not_in_channel": "not_in_channel",
    "channel_not_found": "not_in_channel",
    "is_archived": "is_archived",
    "restricted_action": "read_only",
    "restricted_action_read_only_channel": "read_only",
    "restricted_action_thread_only_channel": "read_only",
    "restricted_action_non_threadable_channel": "thread_locked",
    "restricted_action_thread_locked": "thread_locked",
    "thread_locked": "thread_locked",
    "thread_not_found": "thread_locked",
    "cannot_reply_to_message": "thread_locked",
}
_NOTE, _TITLE = 500, 80


class Share:
    """Posts a decision as a record."""

    def __init__(self, turns: Turns, replies: Replies, live_card: LiveCard, lookup: Lookup) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._live_card, self._lookup = live_card, lookup

    def ask(self, request: Request, check_id: str) -> None:
        """Open the dialog that shows exactly what would be posted."""

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            return [self._replies.open_view(request, self._dialog(decision, ()))]

        self._lookup.take(request, check_id, work)

    def preview(self, request: Request, metadata: str, values: dict[str, Any], view_id: str) -> None:
        """Draw the open dialog anew once something was ticked: the record changes with it."""
        check_id, version, _ = _shown(metadata)

        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            dialog = self._dialog(_worded(decision, values), tuple(values.get("options") or ()))
            return [self._replies.update_view(request, view_id, dialog)]

        self._lookup.take(request, check_id, work, version)

    def _dialog(self, decision: Decision, ticked: tuple[str, ...], *, back: bool = False) -> Modal:
        """What would be posted, and where; ``back`` goes to the thread that asked, and only its title is open."""

        def say(code: str) -> str:
            return self._wording.plainly("record", code)

        options = (
            Option(say("share_costs"), "costs", say("share_costs_hint")),
            Option(say("share_external"), "external", say("share_external_hint")),
        )
        shown = decision._replace(costs="costs" in ticked and "external" not in ticked)
        warning = "" if shown.costs else self._figures("figures", decision.title, decision.note)
        name = TextInput("title", say("share_name"), decision.title, optional=True, longest=_TITLE)
        if is_stock(decision.title):  # nobody in the channel would know what was decided
            name = name._replace(value="", hint=say("share_name_hint"), optional=False)
            shown = shown._replace(title=say("share_untitled"))
        wished: tuple[Part, ...] = (
            ChannelInput("channel", say("share_channel")),
            name,
            Ticks("options", say("share_options"), options, ticked, live=True),
            TextInput("note", say("share_note"), optional=True, lines=True, longest=_NOTE),
        )
        parts: tuple[Part, ...] = (
            *((name,) if back else wished),
            *((Text(warning),) if warning else ()),
            Text(str(self._wording.say("record", "share_preview"))),
            *record.record(shown, self._wording, buttons=False).parts,
        )
        # What was shown is what is posted, and of what was warned about nobody is warned again.
        metadata = f"{decision.id}:{decision.version}:{_words_of(decision) if warning else ''}"
        to = "share_back" if back else "share"
        return Modal(say("share_title"), parts, to, submit=self._wording.press("post"), metadata=metadata)

    def _figures(self, code: str, title: str, note: str) -> str:
        """A warning of figures in a person's own words; empty when there are none."""
        found = tells_figures(title), tells_figures(note)
        return str(self._wording.say("record", code, *found)) if any(found) else ""

    def submit(self, request: Request, metadata: str, values: dict[str, Any], *, back: bool = False) -> dict[str, Any]:
        """The dialog was sent; returns what closes it, the errors at its fields, or the dialog again with a warning
        of figures in words that were typed since it was drawn."""
        options, channel = values.get("options") or [], str(values.get("channel") or "")
        if not channel and not back:
            return {"response_action": "errors", "errors": {"channel": self._wording.plainly("record", "no_channel")}}
        if "costs" in options and "external" in options:
            message = self._wording.plainly("record", "external_no_costs")
            return {"response_action": "errors", "errors": {"options": message}}
        check_id, version, warned = _shown(metadata)
        decision = self._turns.reading(lambda conn: self._lookup.own(conn, request, check_id, version), request)
        told = _worded(decision, values) if decision else None
        if told and is_stock(told.title):
            message = self._wording.plainly("record", "share_name_hint")
            return {"response_action": "errors", "errors": {"title": message}}
        figures = told and "costs" not in options and self._figures("figures", told.title, told.note)
        if told and figures and _words_of(told) != warned:
            return {"response_action": "update", "view": blockkit.modal(self._dialog(told, tuple(options), back=back))}
        if back:
            self._take_back(request, check_id, version, told.title if told else "")
            return {}
        wanted = ShareChecked(
            user=request.user, name=request.name, check=check_id, version=version, channel=channel,
            costs="costs" in options, external="external" in options, title=told.title if told else "",
            note=told.note if told else "", share=secrets.token_hex(16),
        )  # fmt: skip
        self._want(request, wanted)
        return {}

    def post_back(self, request: Request, check_id: str) -> None:
        """Post into the thread the check was asked for in, without cost figures."""
        self._take_back(request, check_id)

    def _take_back(self, request: Request, check_id: str, version: int | None = None, title: str = "") -> None:
        def work(conn: Connection, decision: Decision) -> list[OutgoingMessage]:
            check = any_check(conn, request.team, check_id)
            if not check.origin_channel:
                return [self._replies.ephemeral(request, "no_thread")]
            if is_stock(title or decision.title):
                return [self._replies.open_view(request, self._dialog(decision, (), back=True))]
            wanted = ShareChecked(
                user=request.user, name=request.name, check=check_id, version=decision.version,
                channel=check.origin_channel, thread=check.origin_thread, costs=False, external=False, title=title,
                note="", share=_record_id(check_id, f"back to the thread, version {decision.version}"),
            )  # fmt: skip
            return self._post_once(conn, request, wanted)

        self._lookup.take(request, check_id, work, version)

    def post_outside(self, request: Request, value: str) -> None:
        """The second confirmation for a channel that other companies read; never with cost figures."""
        try:
            given = json.loads(value)
            wanted = ShareChecked(
                user=request.user, name=request.name, check=str(given["check"]), version=int(given["version"]),
                channel=str(given["channel"]), thread=str(given["thread"]), note=str(given["note"]),
                title=str(given["title"]), costs=False, external=True,
                share=_record_id(str(given["check"]), str(given["nonce"])), pressed=request.message_ts,
            )  # fmt: skip
        except (ValueError, TypeError, KeyError):  # not a button of ours: no check is found
            self._lookup.take(request, "", lambda *_: [])
            return
        self._want(request, wanted)

    def _want(self, request: Request, wanted: ShareChecked) -> None:
        self._lookup.take(request, wanted.check, lambda conn, _: self._post_once(conn, request, wanted), wanted.version)

    def _post_once(self, conn: Connection, request: Request, wanted: ShareChecked) -> list[OutgoingMessage]:
        """A second click on the same button finds the record on its way, and is silent, or posted, and is told."""
        if posted := decisions.record_by_id(conn, wanted.share):
            return [self._lookup.note(conn, request, wanted.check, "already_shared", posted.channel, posted.link)]
        if queue.mentions(conn, wanted.check, wanted.share):  # 128 random bits
            return []
        args = {"channel": wanted.channel}
        return [self._replies.outgoing("conversations.info", args, request, lane=wanted.channel, on_result=wanted)]

    def checked(
        self, conn: Connection, outgoing: OutgoingMessage, wanted: ShareChecked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know what kind of channel it is; one we may not look at counts as read by others."""
        request = Request.of(outgoing)
        channel = outcome.said.get("channel") or {}
        if outcome.error in ("channel_not_found", "not_in_channel") or channel.get("is_archived"):
            return self._explain(
                conn, request, wanted, "is_archived" if channel.get("is_archived") else "not_in_channel"
            )
        others_read = outside(outcome)
        decision = self._lookup.own(conn, request, wanted.check, wanted.version)
        if decision is None:
            return []
        if others_read and not wanted.external:
            told = _as_wanted(decision, wanted)
            code = "external_unconfirmed" if channel else "kind_unknown"
            return [self._confirm_outside(conn, request, wanted, told, code)]
        costs = wanted.costs and not others_read
        shown = _as_wanted(decision, wanted)._replace(id=wanted.share, costs=costs)
        args = blockkit.message(record.record(shown, self._wording)) | {"channel": wanted.channel}
        args |= {"thread_ts": wanted.thread} if wanted.thread else {}
        private = bool(channel.get("is_private", True))
        known = wanted.model_dump(exclude={"kind"}) | {"title": shown.title, "costs": costs, "private": private}
        known["public"] = everybody_reads(outcome)
        return [
            self._replies.outgoing(
                "chat.postMessage", args, request, lane=wanted.channel, only_there=True, on_result=Shared(**known)
            )
        ]

    def shared(
        self, conn: Connection, outgoing: OutgoingMessage, wanted: Shared, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The record was posted, or could not be, or nobody knows."""
        request = Request.of(outgoing)
        stands = is_there(conn, outgoing.team, wanted.check)
        if outcome.error == IN_DOUBT and stands:
            return [self._lookup.doubt(conn, request, outgoing, wanted.check, wanted.channel, wanted.title)]
        if outcome.error:
            return self._explain(conn, request, wanted, _REFUSED.get(outcome.error, "refused"))
        if not stands:
            # Deleted while it was being posted: what is deleted does not stay posted behind its owner's back.
            args = {"channel": wanted.channel, "ts": str(outcome.said["ts"])}
            return [self._replies.outgoing("chat.delete", args, request, lane=wanted.channel)]
        ts = str(outcome.said["ts"])
        posted = Record(
            id=wanted.share, enterprise=outgoing.enterprise, team=outgoing.team, check=wanted.check,
            version=wanted.version, channel=wanted.channel, ts=ts, title=wanted.title, private=wanted.private,
            public=wanted.public, costs=wanted.costs, note=wanted.note, owner_name=wanted.name, answered_by=wanted.name,
            posted_at=self._turns.now(),
        )  # fmt: skip
        decisions.keep_record(conn, posted)
        args = {"channel": wanted.channel, "message_ts": ts}
        linked = Linked(**wanted.model_dump(exclude={"kind", "private", "public"}))
        if not ts:  # its owner says that it is there; where, a click on it will tell
            return self.linked(conn, outgoing, linked, outcome)
        return [self._replies.beside("chat.getPermalink", args, request, on_result=linked)]

    def linked(
        self, conn: Connection, outgoing: OutgoingMessage, wanted: Linked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We have the record's address, or do without."""
        request = Request.of(outgoing)
        link = str(outcome.said.get("permalink") or "")
        decisions.linked(conn, wanted.share, link)
        said = self._lookup.note(conn, request, wanted.check, "shared", wanted.channel, link)
        if wanted.pressed:  # only now: what could not be posted can be pressed again
            done = View.of(str(self._wording.say("record", "posted_outside", wanted.channel, link)))
            in_dm = any_check(conn, outgoing.team, wanted.check).channel
            return [
                *self._replies.redrawn(request, in_dm, wanted.pressed, done),
                said,
                *self._live_card.redraw(conn, request, wanted.check),
            ]
        return [said, *self._live_card.redraw(conn, request, wanted.check)]

    def _explain(self, conn: Connection, request: Request, wanted: Wanted, code: str) -> list[OutgoingMessage]:
        """Why it could not be posted, the way out, and the text to copy."""
        decision = self._lookup.own(conn, request, wanted.check, wanted.version)
        if decision is None:
            return []
        why = str(self._wording.say("record", code, wanted.channel))
        shown = _as_wanted(decision, wanted)._replace(costs=wanted.costs)
        parts = record.record(shown, self._wording, buttons=False).parts
        copy = "\n".join(blockkit.plain(part.text) for part in parts if isinstance(part, Text | Small | Header))
        view = View((Text(why), *map(Text, blockkit.fenced(copy))), why)
        return [self._replies.to_owner(conn, request, wanted.check, view)]

    def _confirm_outside(
        self, conn: Connection, request: Request, wanted: Wanted, decision: Decision, code: str
    ) -> OutgoingMessage:
        why = str(self._wording.say("record", code, wanted.channel))
        warning = self._figures("figures_outside", decision.title, decision.note)
        kept = wanted.model_dump(include={"check", "version", "channel", "thread", "title", "note"})
        value = json.dumps(kept | {"nonce": secrets.token_hex(8)}, ensure_ascii=False)
        button = Button(self._wording.press("post_outside"), "record:outside", value)
        parts = (Text(why), *((Text(warning),) if warning else ()), Actions((button,)))
        return self._replies.to_owner(conn, request, wanted.check, View(parts, why))


def _shown(metadata: str) -> tuple[str, int, str]:
    """What a share dialog showed: the check, its version, and the words it warned of, if any."""
    place, _, warned = metadata.rpartition(":") if metadata.count(":") > 1 else (metadata, "", "")
    return *named(place), warned


def _worded(decision: Decision, values: dict[str, Any]) -> Decision:
    """A decision with the words its owner typed into the share dialog; no title is that of the check."""
    title = " ".join(clean(str(values.get("title") or "")).split())[:_TITLE]
    note = clean(str(values.get("note") or "")).strip()[:_NOTE]
    return decision._replace(title=title or decision.title, note=note)


def _as_wanted(decision: Decision, wanted: Wanted) -> Decision:
    return decision._replace(title=wanted.title or decision.title, note=wanted.note)


def _words_of(decision: Decision) -> str:
    """The title and note that look as if they had figures in them, in short."""
    told = [words for words in (decision.title, decision.note) if tells_figures(words)]
    return hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()[:8]


def _record_id(check_id: str, wish: str) -> str:
    """The id of the record that one wish to post leads to, however often it is heard."""
    return hashlib.sha256(f"{check_id}:{wish}".encode(errors="replace")).hexdigest()[:32]


def outside(outcome: Outcome) -> bool:
    """Whether another company may read the channel; one whose kind we may not see counts as such."""
    channel = outcome.said.get("channel") or {}
    return bool(not channel or channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def everybody_reads(outcome: Outcome) -> bool:
    """Whether the whole workspace is known to read the channel, and nobody else."""
    channel = outcome.said.get("channel") or {}
    return channel.get("is_private") is False and not outside(outcome)

"""Decisions among people: posted into a channel, kept true, shown from behind, handed over, taken along.

Every act is a turn; what has to ask Slack first (may we post there?) is a saying whose outcome is the next turn.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from advisor.report import Report
from bot import blocks, records
from bot.outbox import Outcome, Saying, write
from bot.records import Decision, NotADecision
from bot.turn import Check, Heard, Turns
from bot.view import (
    Actions,
    Button,
    ChannelInput,
    Modal,
    Option,
    Part,
    PersonInput,
    Small,
    Text,
    TextInput,
    Ticks,
    View,
    clean,
    escape,
)

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
_DELETED = {"message_not_found", "channel_not_found"}
_NOTE, _TITLE = 500, 80
_SHOWN = 20
REMINDERS = {"30": 30, "90": 90, "quarterly": 91}
"""When to decide again -> days."""


class Sharing:
    """What can be done with a decision. ``scopes`` are those Slack granted; optional ones may be missing."""

    def __init__(self, turns: Turns, scopes: frozenset[str]) -> None:
        self._turns, self._wording, self._scopes = turns, turns.wording, scopes
        turns.outcomes |= {"share_checked": self._checked, "shared": self._shared, "linked": self._linked}
        turns.outcomes |= {"drawn": self._drawn, "offered": self._offered, "exported": self._exported}
        turns.outcomes |= {"reminded": self._reminded, "costs_checked": self._costs_checked}
        turns.changed.append(self._revised)

    # ---- posting

    def ask(self, heard: Heard, check_id: str) -> None:
        """Open the dialog that shows exactly what would be posted."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            return [self._turns.open_view(heard, self._dialog(decision, ()))]

        self._with(heard, check_id, work)

    def preview(self, heard: Heard, metadata: str, values: dict[str, Any], view_id: str) -> None:
        """Draw the open dialog anew once something was ticked: the record changes with it."""
        check_id, version, _ = _shown(metadata)

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            view = blocks.modal(self._dialog(_worded(decision, values), tuple(values.get("options") or ())))
            return [self._turns.saying("views.update", {"view_id": view_id, "view": view}, heard, lane=_dialogs(heard))]

        self._with(heard, check_id, work, version)

    def _dialog(self, decision: Decision, ticked: tuple[str, ...]) -> Modal:
        def say(code: str) -> str:
            return self._wording.plainly("record", code)

        options = (
            Option(say("share_costs"), "costs", say("share_costs_hint")),
            Option(say("share_external"), "external", say("share_external_hint")),
        )
        shown = replace(decision, costs="costs" in ticked and "external" not in ticked)
        warning = "" if shown.costs else self._figures("figures", decision.title, decision.note)
        parts: tuple[Part, ...] = (
            ChannelInput("channel", say("share_channel")),
            TextInput("title", say("share_name"), decision.title, optional=True, longest=_TITLE),
            Ticks("options", say("share_options"), options, ticked, live=True),
            TextInput("note", say("share_note"), optional=True, lines=True, longest=_NOTE),
            *((Text(warning),) if warning else ()),
            Text(str(self._wording.say("record", "share_preview"))),
            *records.record(shown, self._wording, buttons=False).parts,
        )
        # What was shown is what is posted, and of what was warned about nobody is warned again.
        metadata = f"{decision.id}:{decision.version}:{_words_of(decision) if warning else ''}"
        return Modal(say("share_title"), parts, "share", submit="Post it", metadata=metadata)

    def _figures(self, code: str, title: str, note: str) -> str:
        """A warning of figures in a person's own words; empty when there are none."""
        found = records.tells_figures(title), records.tells_figures(note)
        return str(self._wording.say("record", code, *found)) if any(found) else ""

    def submit(self, heard: Heard, metadata: str, values: dict[str, Any]) -> dict[str, Any]:
        """The dialog was sent; returns what closes it, the errors at its fields, or the dialog again with a warning
        of figures in words that were typed since it was drawn."""
        options, channel = values.get("options") or [], str(values.get("channel") or "")
        if not channel:
            return {"response_action": "errors", "errors": {"channel": self._wording.plainly("record", "no_channel")}}
        if "costs" in options and "external" in options:
            message = self._wording.plainly("record", "external_no_costs")
            return {"response_action": "errors", "errors": {"options": message}}
        check_id, version, warned = _shown(metadata)
        decision = self._turns.reading(lambda conn: self._decision(conn, heard, check_id, version))
        told = _worded(decision, values) if decision else None
        figures = told and "costs" not in options and self._figures("figures", told.title, told.note)
        if told and figures and _words_of(told) != warned:
            return {"response_action": "update", "view": blocks.modal(self._dialog(told, tuple(options)))}
        wanted = {
            "check": check_id,
            "version": version,
            "channel": channel,
            "costs": "costs" in options,
            "external": "external" in options,
            "title": told.title if told else "",
            "note": told.note if told else "",
            "share": secrets.token_hex(16),
        }
        self._want(heard, wanted)
        return {}

    def post_back(self, heard: Heard, check_id: str) -> None:
        """Post into the thread the check was asked for in, without cost figures."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            row = conn.execute("SELECT origin_channel, origin_thread FROM sessions WHERE id=?", (check_id,)).fetchone()
            if not row["origin_channel"]:
                return [self._turns.ephemeral(heard, "not_found")]
            wanted = {"check": check_id, "version": decision.version, "channel": row["origin_channel"]}
            wanted |= {"thread": row["origin_thread"], "costs": False, "external": False, "title": "", "note": ""}
            wanted["share"] = _record_id(check_id, f"back to the thread, version {decision.version}")
            return self._post_once(conn, heard, wanted)

        self._with(heard, check_id, work)

    def post_outside(self, heard: Heard, value: str) -> None:
        """The second confirmation for a channel that other companies read; never with cost figures."""
        wanted: dict[str, Any] = {"check": "", "version": None, "costs": False, "external": True}
        try:
            given = json.loads(value)
            wanted |= {"check": str(given["check"]), "version": int(given["version"])}
            wanted |= {"channel": str(given["channel"]), "thread": str(given["thread"]), "note": str(given["note"])}
            wanted |= {"title": str(given["title"]), "share": _record_id(wanted["check"], str(given["nonce"]))}
        except (ValueError, TypeError, KeyError):
            wanted["check"] = ""  # not a button of ours: no check is found
        self._want(heard, wanted)

    def _want(self, heard: Heard, wanted: dict[str, Any]) -> None:
        self._with(heard, wanted["check"], lambda conn, _: self._post_once(conn, heard, wanted), wanted["version"])

    def _post_once(self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any]) -> list[Saying]:
        """A second click on the same button finds the record on its way, and is silent, or posted, and is told."""
        posted = conn.execute("SELECT channel, link FROM shares WHERE id=?", (wanted["share"],)).fetchone()
        if posted:
            return [self._note(conn, heard, wanted["check"], "already_shared", posted["channel"], posted["link"])]
        on_its_way = "SELECT 1 FROM outbox WHERE session=? AND json_extract(said, '$.context.share')=?"
        if conn.execute(on_its_way, (wanted["check"], wanted["share"])).fetchone():
            return []
        return [self._kind_of_channel(heard, wanted)]

    def _kind_of_channel(self, heard: Heard, wanted: dict[str, Any]) -> Saying:
        context = wanted | {"user": heard.user, "name": heard.name}
        return self._turns.saying(
            "conversations.info", {"channel": wanted["channel"]}, heard, lane=wanted["channel"],
            after="share_checked", context=context,
        )  # fmt: skip

    def _checked(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """We know what kind of channel it is; one we may not look at counts as read by others."""
        wanted, heard = saying.context, _of(saying)
        channel = outcome.said.get("channel") or {}
        if outcome.error in ("channel_not_found", "not_in_channel") or channel.get("is_archived"):
            return self._explain(conn, heard, wanted, "is_archived" if channel.get("is_archived") else "not_in_channel")
        others_read = outside(outcome)
        decision = self._decision(conn, heard, wanted["check"], wanted["version"])
        if decision is None:
            return []
        if others_read and not wanted["external"]:
            told = _as_wanted(decision, wanted)
            code = "external_unconfirmed" if channel else "kind_unknown"
            return [self._confirm_outside(conn, heard, wanted, told, code)]
        costs = wanted["costs"] and not others_read
        shown = replace(_as_wanted(decision, wanted), id=wanted["share"], costs=costs)
        args = blocks.message(records.record(shown, self._wording)) | {"channel": wanted["channel"]}
        args |= {"thread_ts": wanted["thread"]} if wanted.get("thread") else {}
        private = bool(channel.get("is_private", True))
        context = wanted | {"title": shown.title, "costs": costs, "private": private}
        return [
            self._turns.saying(
                "chat.postMessage", args, heard, lane=wanted["channel"], after="shared", context=context
            )
        ]  # fmt: skip

    def _shared(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        wanted, heard = saying.context, _of(saying)
        if outcome.error:
            return self._explain(conn, heard, wanted, _REFUSED.get(outcome.error, "refused"))
        if not conn.execute("SELECT 1 FROM sessions WHERE team=? AND id=?", (saying.team, wanted["check"])).fetchone():
            # Deleted while it was being posted: what is deleted does not stay posted behind its owner's back.
            args = {"channel": wanted["channel"], "ts": str(outcome.said["ts"])}
            return [self._turns.saying("chat.delete", args, heard, lane=wanted["channel"])]
        ts = str(outcome.said["ts"])
        conn.execute(
            "INSERT OR IGNORE INTO shares (id, enterprise, team, session, version, channel, ts, title, private, costs,"
            " note, owner_name, answered_by, posted_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,'')",
            (
                wanted["share"], saying.enterprise, saying.team, wanted["check"], wanted["version"], wanted["channel"],
                ts, wanted["title"], int(wanted["private"]), int(wanted["costs"]), wanted["note"], wanted["name"],
                wanted["name"], self._turns.now(),
            ),
        )  # fmt: skip
        args = {"channel": wanted["channel"], "message_ts": ts}
        return [self._turns.saying("chat.getPermalink", args, heard, lane=heard.user, after="linked", context=wanted)]

    def _linked(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        wanted, heard = saying.context, _of(saying)
        link = str(outcome.said.get("permalink") or "")
        conn.execute("UPDATE shares SET link=? WHERE id=?", (link, wanted["share"]))
        said = self._note(conn, heard, wanted["check"], "shared", wanted["channel"], link)
        return [said, *self._turns.redraw(conn, heard, wanted["check"])]

    def _explain(self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any], code: str) -> list[Saying]:
        """Why it could not be posted, the way out, and the text to copy."""
        decision = self._decision(conn, heard, wanted["check"], wanted["version"])
        if decision is None:
            return []
        why = str(self._wording.say("record", code, wanted["channel"]))
        shown = replace(_as_wanted(decision, wanted), costs=wanted["costs"])
        parts = records.record(shown, self._wording, buttons=False).parts
        copy = "\n".join(blocks.plain(part.text) for part in parts if hasattr(part, "text"))
        view = View((Text(why), *map(Text, blocks.fenced(copy))), why)
        return [self._turns.to_owner(conn, heard, wanted["check"], view)]

    def _confirm_outside(
        self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any], decision: Decision, code: str
    ) -> Saying:
        why = str(self._wording.say("record", code, wanted["channel"]))
        warning = self._figures("figures_outside", decision.title, decision.note)
        kept = {name: wanted.get(name) or "" for name in ("check", "version", "channel", "thread", "title", "note")}
        value = json.dumps(kept | {"nonce": secrets.token_hex(8)}, ensure_ascii=False)
        button = Button("Post it there, without cost figures", "record:outside", value)
        parts = (Text(why), *((Text(warning),) if warning else ()), Actions((button,)))
        return self._turns.to_owner(conn, heard, wanted["check"], View(parts, why))

    # ---- kept true

    def update(self, heard: Heard, check_id: str) -> None:
        """Edit every posted record of a check to its latest version, marked and with what changed."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            shares = conn.execute("SELECT * FROM shares WHERE session=?", (check_id,)).fetchall()
            if not shares:
                return [self._note(conn, heard, check_id, "nowhere"), *self._turns.redraw(conn, heard, check_id)]
            return [self._draw(conn, heard, share, decision, told=True) for share in shares]

        self._with(heard, check_id, work)

    def _draw(
        self, conn: sqlite3.Connection, heard: Heard, share: sqlite3.Row, decision: Decision, *, told: bool = False
    ) -> Saying:
        """Edit a posted record in place, after a look at its channel when figures stand in it."""
        if share["costs"]:
            return self._look_first(heard, share, {"version": decision.version, "told": told})
        return self._edit(conn, heard, share, decision, told=told)

    def _look_first(self, heard: Heard, share: sqlite3.Row, more: dict[str, Any]) -> Saying:
        """A channel can have come to be read by another company since figures were posted there."""
        context = more | {"share": share["id"], "user": heard.user, "name": heard.name}
        context |= {"channel": heard.channel, "thread": heard.thread_ts}
        return self._turns.saying(
            "conversations.info", {"channel": share["channel"]}, heard, lane=share["channel"],
            after="costs_checked", context=context,
        )  # fmt: skip

    def _costs_checked(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        asked = saying.context
        if outside(outcome):
            conn.execute("UPDATE shares SET costs=0 WHERE id=?", (asked["share"],))
        share = conn.execute("SELECT * FROM shares WHERE id=?", (asked["share"],)).fetchone()
        if share is None:
            return []
        heard = replace(_of(saying), channel=asked["channel"], thread_ts=asked["thread"])
        if "version" not in asked:
            return [self._behind(conn, heard, share)]
        check = self._turns.any_check(conn, saying.team, share["session"])
        decision = self._decision_at(conn, check, asked["version"], asked["name"])
        return [self._edit(conn, heard, share, decision, told=asked["told"])]

    def _edit(
        self, conn: sqlite3.Connection, heard: Heard, share: sqlite3.Row, decision: Decision, *, told: bool
    ) -> Saying:
        """Edit a posted record; a version it has not shown yet makes it a revised one."""
        drawn = {"version": decision.version, "replaced": share["replaced"], "updated_at": share["updated_at"]}
        drawn["answered_by"] = share["answered_by"]
        # A title that was changed for the record stays; else it is called what the check is called.
        check = self._turns.any_check(conn, heard.team, share["session"])
        own = share["title"] != self._turns.state(check, share["version"]).title
        drawn["title"] = share["title"] if own else decision.title
        if decision.version != share["version"]:
            drawn |= {"replaced": share["version"], "updated_at": self._turns.now(), "answered_by": heard.name}
        shown = replace(
            decision, id=share["id"], title=drawn["title"], note=share["note"], costs=bool(share["costs"]),
            revised_at=drawn["updated_at"],
        )  # fmt: skip
        before = _report(conn, share["session"], drawn["replaced"]) if drawn["replaced"] else None
        view = records.record(shown, self._wording, before=before)
        args = blocks.message(view, key=f"r{decision.number}-{secrets.token_hex(3)}")
        args |= {"channel": share["channel"], "ts": share["ts"]}
        context = drawn | {"share": share["id"], "check": share["session"], "channel": share["channel"], "told": told}
        context |= {"link": share["link"], "user": heard.user, "name": heard.name}
        return self._turns.saying("chat.update", args, heard, lane=share["channel"], after="drawn", context=context)

    def _drawn(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """A record was edited, or could not be: only now is it noted what it shows."""
        drawn, heard = saying.context, _of(saying)
        if outcome.error in _DELETED:
            conn.execute("DELETE FROM shares WHERE id=?", (drawn["share"],))
        elif not outcome.error:
            conn.execute(
                "UPDATE shares SET version=:version, replaced=:replaced, updated_at=:updated_at, title=:title,"
                " owner_name=:name, answered_by=:answered_by WHERE id=:share",
                {key: value for key, value in drawn.items() if key != "told"},
            )
        if self._turns.own(conn, heard, drawn["check"]) is None or not (drawn["told"] or outcome.error):
            return []
        code = "not_updated" if outcome.error else "updated"
        said = self._note(conn, heard, drawn["check"], code, drawn["channel"], drawn["link"])
        return [said, *self._turns.redraw(conn, heard, drawn["check"])]

    def how(self, heard: Heard, share_id: str) -> None:
        """Show whoever can see the record how it was decided; its cost flag holds here too."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            share = conn.execute(
                "SELECT * FROM shares WHERE id=? AND team=? AND channel=?",
                (share_id, heard.team, heard.channel),
            ).fetchone()
            if share is None:
                return [self._turns.ephemeral(heard, "not_found")]
            return [self._look_first(heard, share, {}) if share["costs"] else self._behind(conn, heard, share)]

        self._turns.take(heard, work)

    def _behind(self, conn: sqlite3.Connection, heard: Heard, share: sqlite3.Row) -> Saying:
        check = self._turns.any_check(conn, heard.team, share["session"])
        decision = self._decision_at(conn, check, share["version"], share["answered_by"])
        shown = replace(decision, title=share["title"], costs=bool(share["costs"]))
        return self._turns.ephemeral_view(heard, records.how(shown, self._wording))

    def versions(self, heard: Heard, check_id: str) -> None:
        """All versions of one's own decision, each to be read as it was."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            check = self._turns.any_check(conn, heard.team, check_id)
            numbers = sorted(_versions(conn, check_id), reverse=True)
            parts: list[Part] = []
            for place, number in enumerate(numbers[:_SHOWN]):
                shown = self._decision_at(conn, check, number, heard.name)
                line = str(self._wording.say("record", "version", shown, self._wording.headline(shown.report)))
                button = Button("Read it", f"record:version:{place}", f"{check_id}:{number}")
                parts += [Text(line), Actions((button,))]
            head = str(self._wording.say("record", "versions", len(numbers)))
            return [self._turns.to_owner(conn, heard, check_id, View((Text(head), *parts), head))]

        self._with(heard, check_id, work)

    def version(self, heard: Heard, value: str) -> None:
        """One earlier version of one's own decision, with its figures."""
        check_id, number = _named(value)

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            shown = replace(decision, costs=True)
            return [self._turns.ephemeral_view(heard, records.how(shown, self._wording))]

        self._with(heard, check_id, work, number)

    # ---- handed over

    def ask_hand_over(self, heard: Heard, check_id: str) -> None:
        """Open the dialog that asks who takes a check over."""
        person = PersonInput("person", self._wording.plainly("record", "handover_to"))
        title = self._wording.plainly("record", "handover_title")
        dialog = Modal(title, (person,), "hand_over", "Ask them", metadata=check_id)
        self._with(heard, check_id, lambda *_: [self._turns.open_view(heard, dialog)])

    def hand_over(self, heard: Heard, check_id: str, to: str) -> dict[str, Any]:
        """Offer a check to somebody else, whose it is once they accept; returns what closes the dialog, or the error
        at its field."""
        if to in ("", heard.user):
            message = self._wording.plainly("record", "handover_self" if to else "handover_nobody")
            return {"response_action": "errors", "errors": {"person": message}}

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            offer = secrets.token_hex(16)
            conn.execute(
                "INSERT INTO handovers (id, team, session, owner, offered_to, at) VALUES (?,?,?,?,?,?)",
                (offer, heard.team, check_id, heard.user, to, self._turns.now()),
            )
            asked = str(self._wording.say("record", "handover_offer", decision, heard.name))
            buttons = (
                Button("Accept", "record:accept", offer, "primary"),
                Button("No, thanks", "record:decline", offer),
            )
            asking = self._turns.direct(heard, to, View((Text(asked), Actions(buttons)), asked))
            context = {"user": heard.user, "name": heard.name, "check": check_id, "offer": offer}
            return [replace(asking, after="offered", context=context)]

        self._with(heard, check_id, work)
        return {}

    def _offered(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        heard, code = _of(saying), "handover_unsent" if outcome.error else "handover_sent"
        if outcome.error:
            conn.execute("DELETE FROM handovers WHERE id=?", (saying.context["offer"],))
        return [self._note(conn, heard, saying.context["check"], code)]

    def answer_handover(self, heard: Heard, offer: str, *, accept: bool) -> None:
        """The other person said yes or no."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            row = conn.execute(
                "SELECT * FROM handovers WHERE id=? AND team=? AND offered_to=?", (offer, heard.team, heard.user)
            ).fetchone()
            check = self._turns.any_check(conn, heard.team, row["session"]) if row else None
            if check is None or check.owner != row["owner"]:
                return [self._turns.ephemeral(heard, "not_found")]
            code = "handover_accepted" if accept else "handover_declined"
            told = _line(str(self._wording.say("record", code, heard.name)))
            said = self._turns.direct(heard, check.owner, told)
            if not accept:
                conn.execute("DELETE FROM handovers WHERE id=?", (offer,))
                return [said]
            return [said, *self._take_over(conn, heard, check, told)]

        self._turns.take(heard, work)

    def _take_over(self, conn: sqlite3.Connection, heard: Heard, check: Check, told: View) -> list[Saying]:
        """The check is theirs from now on: its card, its reminder, and the name in its records. The records still show
        the version they showed: only the owner's own word brings another one into a channel."""
        sayings = []
        if check.card_ts:
            args = blocks.message(View((Small(told.summary),), told.summary), key=secrets.token_hex(3))
            args |= {"channel": check.channel, "ts": check.card_ts}
            sayings.append(self._turns.saying("chat.update", args, heard, lane=check.owner))
        place = "owner=?, channel='', thread_ts='', card_ts='', heard_ts=''"
        conn.execute(f"UPDATE sessions SET {place} WHERE id=?", (heard.user, check.id))  # noqa: S608 - ours
        conn.execute("UPDATE shares SET owner_name=? WHERE session=?", (heard.name, check.id))
        for table in ("threads", "handovers"):
            conn.execute(f"DELETE FROM {table} WHERE session=?", (check.id,))  # noqa: S608 - names of ours
        theirs = self._turns.any_check(conn, heard.team, check.id)
        for when, due in self._take_reminders(conn, check.id):
            decision = self._decision_at(conn, theirs, max(_versions(conn, check.id)), heard.name)
            sayings.append(self._remind_on(conn, heard, decision, due, when))
        for share in conn.execute("SELECT * FROM shares WHERE session=?", (check.id,)).fetchall():
            sayings.append(
                self._draw(conn, heard, share, self._decision_at(conn, theirs, share["version"], heard.name))
            )
        return sayings + self._turns.show_again(conn, heard, check.id)

    # ---- taken along and brought back

    def export(self, heard: Heard, check_id: str) -> None:
        """The decision as Markdown and JSON: a file where that is allowed, else text in the thread."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            check = self._turns.any_check(conn, heard.team, check_id)
            if "files:write" not in self._scopes or not check.thread_ts:
                return self._as_text(conn, heard, decision)
            args = {"files": self._files(decision), "initial_comment": self._wording.plainly("record", "export")}
            args |= {"channel_id": check.channel, "thread_ts": check.thread_ts}
            context = {"user": heard.user, "name": heard.name, "check": check_id, "version": decision.version}
            return [self._turns.saying("upload", args, heard, lane=check.owner, after="exported", context=context)]

        self._with(heard, check_id, work)

    def _exported(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """Files that could not be handed over are said as text."""
        heard, kept = _of(saying), saying.context
        decision = self._decision(conn, heard, kept["check"], kept["version"]) if outcome.error else None
        return self._as_text(conn, heard, decision) if decision else []

    def _files(self, decision: Decision) -> dict[str, str]:
        whole = replace(decision, costs=True)
        return {"decision.md": records.markdown(whole, self._wording), "decision.json": records.as_json(whole)}

    def _as_text(self, conn: sqlite3.Connection, heard: Heard, decision: Decision) -> list[Saying]:
        said = str(self._wording.say("record", "export"))
        views = [
            View((Text(said), *map(Text, blocks.fenced(escape(text)))), said) for text in self._files(decision).values()
        ]
        return [self._turns.to_owner(conn, heard, decision.id, view) for view in views]

    def ask_import(self, heard: Heard) -> None:
        """Open the dialog an exported decision is pasted into."""
        label, hint = self._wording.plainly("record", "import_json"), self._wording.plainly("record", "import_hint")
        title = self._wording.plainly("record", "import_title")
        dialog = Modal(title, (TextInput("json", label, hint=hint, lines=True),), "import", "Start a check")
        self._turns.take(heard, lambda _: [self._turns.open_view(heard, dialog)])

    def bring(self, heard: Heard, text: str) -> dict[str, Any]:
        """Start a check from an exported decision; returns what closes the dialog, or the error at its field."""
        try:
            title, answers = records.answers_of(text)
        except NotADecision as error:
            return {"response_action": "errors", "errors": {"json": str(error)}}
        self._turns.take(heard, lambda conn: self._turns.start_with(conn, heard, title, answers))
        return {}

    # ---- decided again, and what people thought of it

    def remind(self, heard: Heard, check_id: str, when: str) -> None:
        """Remind the owner to decide again in 30 or 90 days, or each quarter; one reminder a check."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            if when not in REMINDERS:
                return [self._turns.ephemeral(heard, "stale")]
            self._take_reminders(conn, check_id)
            due = self._turns.later(REMINDERS[when])
            reminder = self._remind_on(conn, heard, decision, due, when)
            said = self._note(conn, heard, check_id, "reminded", due)
            return [reminder, said, *self._turns.redraw(conn, heard, check_id)]

        self._with(heard, check_id, work)

    def forget_reminder(self, heard: Heard, check_id: str) -> None:
        """Take the reminder back."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self._take_reminders(conn, check_id)
            said = self._note(conn, heard, check_id, "unreminded")
            return [said, *self._turns.redraw(conn, heard, check_id)]

        self._with(heard, check_id, work)

    def _remind_on(self, conn: sqlite3.Connection, heard: Heard, decision: Decision, due: str, when: str) -> Saying:
        """A reminder on that day, written down at once: what is drawn in the same turn shows its date."""
        text = str(self._wording.say("record", "reminder", decision.title, due, decision.decided_at))
        buttons = (Button("Decide again", "record:again", decision.id, "primary"),)
        context = {"user": heard.user, "name": heard.name, "check": decision.id, "when": when}
        reminder = self._turns.saying(
            "chat.postMessage", blocks.message(View((Text(text), Actions(buttons)), text)), heard, lane=heard.user,
            to=heard.user, session=decision.id, due=due, after="reminded", context=context,
        )  # fmt: skip
        return write(conn, reminder, self._turns.now())

    def _take_reminders(self, conn: sqlite3.Connection, check_id: str) -> list[tuple[str, str]]:
        """Take a check's reminder out; returns how often and when it was due."""
        rows = conn.execute("SELECT said, due FROM outbox WHERE session=? AND due != ''", (check_id,)).fetchall()
        conn.execute("DELETE FROM outbox WHERE session=? AND due != ''", (check_id,))
        return [(json.loads(row["said"])["context"]["when"], row["due"]) for row in rows]

    def _reminded(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """A reminder was said: the next one is arranged if it comes each quarter, and the card shows it."""
        heard, check_id = _of(saying), saying.context["check"]
        decision = self._decision(conn, heard, check_id)
        if decision is None or outcome.error:
            return []
        when, sayings = saying.context["when"], []
        if when == "quarterly":
            sayings.append(self._remind_on(conn, heard, decision, self._turns.later(REMINDERS[when]), when))
        return sayings + self._turns.redraw(conn, heard, check_id)

    def _revised(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """A decision that was revised since its reminder was arranged is decided again that much later."""
        rows = conn.execute(
            "SELECT outbox.session FROM outbox JOIN sessions ON sessions.id = outbox.session WHERE due != ''"
            " AND sessions.team=? AND sessions.owner=? AND outbox.at <"
            " (SELECT max(at) FROM reports WHERE reports.session = outbox.session)",
            (heard.team, heard.user),
        ).fetchall()
        moved = []
        for row in rows:
            decision = self._decision(conn, heard, row["session"])
            if decision is None:
                continue
            for when, _ in self._take_reminders(conn, row["session"]):
                moved.append(self._remind_on(conn, heard, decision, self._turns.later(REMINDERS[when]), when))
        return moved

    def rate(self, heard: Heard, check_id: str, good: bool) -> None:
        """Keep what a person thought of a report, the last word a version; a thumbs-down asks one optional line."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self._rated(conn, heard, decision, good, "")
            if good:
                return [self._turns.ephemeral_view(heard, _line(str(self._wording.say("record", "thanks"))))]
            field = TextInput("note", self._wording.plainly("record", "feedback_note"), optional=True, longest=_NOTE)
            title = self._wording.plainly("record", "feedback_title")
            return [self._turns.open_view(heard, Modal(title, (field,), "feedback", "Send", metadata=check_id))]

        self._with(heard, check_id, work)

    def why_not(self, heard: Heard, check_id: str, note: str) -> None:
        """The line after a thumbs-down was sent, perhaps an empty one."""

        def work(conn: sqlite3.Connection, decision: Decision) -> list[Saying]:
            self._rated(conn, heard, decision, False, note)
            return [self._turns.ephemeral_view(heard, _line(str(self._wording.say("record", "thanks"))))]

        self._with(heard, check_id, work)

    def _rated(self, conn: sqlite3.Connection, heard: Heard, decision: Decision, good: bool, note: str) -> None:
        # Pressed again, a thumbs-down keeps the line that was written for it.
        conn.execute(
            "INSERT INTO feedback (session, version, person, good, note, at) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET good=excluded.good, at=excluded.at,"
            " note=CASE WHEN excluded.note='' AND excluded.good=good THEN note ELSE excluded.note END",
            (
                decision.id, decision.version, f"{heard.team}:{heard.user}", int(good), clean(note)[:_NOTE],
                self._turns.now(),
            ),
        )  # fmt: skip

    def listed(self, heard: Heard, word: str) -> View:
        """The decisions posted where everybody can read them (and one's own), newest first; with a word only those
        whose title or verdict has it."""
        rows = self._turns.look(
            "SELECT shares.title, shares.link, max(shares.posted_at) AS at, reports.body"
            " FROM shares JOIN reports"
            " ON reports.session = shares.session AND reports.version = shares.version"
            " JOIN sessions ON sessions.id = shares.session"
            " WHERE shares.team=? AND (shares.private=0 OR sessions.owner=?)"
            " GROUP BY shares.session ORDER BY at DESC LIMIT 200",
            heard.team,
            heard.user,
        )
        found = []
        for row in rows:
            title = row["title"]
            headline = self._wording.headline(Report.model_validate_json(row["body"]))
            if word.casefold() in f"{title} {headline}".casefold():
                found.append(
                    str(self._wording.say("record", "decisions_line", title, headline, row["at"], row["link"]))
                )
        if not found:
            return _line(str(self._wording.say("record", "decisions_none", word)))
        head = str(self._wording.say("record", "decisions_head", word))
        return View((Text("\n".join([head, *(f"• {line}" for line in found[:_SHOWN])])),), head)

    # ---- looking up

    def _with(
        self,
        heard: Heard,
        check_id: str,
        work: Callable[[sqlite3.Connection, Decision], list[Saying]],
        version: int | None = None,
    ) -> None:
        """A turn on one's own decision; anybody else's, and one that is not there, reads "not found"."""

        def found(conn: sqlite3.Connection) -> list[Saying]:
            decision = self._decision(conn, heard, check_id, version)
            return [self._turns.ephemeral(heard, "not_found")] if decision is None else work(conn, decision)

        self._turns.take(heard, found)

    def _decision(
        self, conn: sqlite3.Connection, heard: Heard, check_id: str, version: int | None = None
    ) -> Decision | None:
        """A version (the last one) of the person's own check; ``None`` when it is not theirs or not decided."""
        check, versions = self._turns.own(conn, heard, check_id), _versions(conn, check_id)
        wanted = max(versions, default=None) if version is None else version
        if check is None or wanted is None or wanted not in versions:
            return None
        return self._decision_at(conn, check, wanted, heard.name)

    def _decision_at(self, conn: sqlite3.Connection, check: Check, version: int, name: str) -> Decision:
        """A version of a check as it was decided; its number counts the versions up to it."""
        row = conn.execute(
            "SELECT body, at, (SELECT count(*) FROM reports WHERE session=:id AND version<=:version) AS number"
            " FROM reports WHERE session=:id AND version=:version",
            {"id": check.id, "version": version},
        ).fetchone()
        then = self._turns.state(check, version)
        due = conn.execute("SELECT min(due) FROM outbox WHERE session=? AND due != ''", (check.id,)).fetchone()[0]
        return Decision(
            id=check.id, number=row["number"], owner=check.owner, owner_name=name, title=then.title,
            description=then.description, report=Report.model_validate_json(row["body"]), decided_at=row["at"],
            version=version, again_at=due or "",
        )  # fmt: skip

    def _note(self, conn: sqlite3.Connection, heard: Heard, check_id: str, code: str, *facts: str) -> Saying:
        """A line in the check's thread."""
        return self._turns.to_owner(conn, heard, check_id, _line(str(self._wording.say("record", code, *facts))))


def _line(text: str) -> View:
    return View((Text(text),), text)


def _dialogs(heard: Heard) -> str:
    return f"view:{heard.user}"


def _named(value: str) -> tuple[str, int]:
    """A check and a version, as "id:7"; no version is -1, which none has."""
    check_id, _, number = value.partition(":")
    return check_id, int(number) if number.isdecimal() else -1


def _shown(metadata: str) -> tuple[str, int, str]:
    """What a share dialog showed: the check, its version, and the words it warned of, if any."""
    place, _, warned = metadata.rpartition(":") if metadata.count(":") > 1 else (metadata, "", "")
    return *_named(place), warned


def _worded(decision: Decision, values: dict[str, Any]) -> Decision:
    """A decision with the words its owner typed into the share dialog; no title is that of the check."""
    title = " ".join(clean(str(values.get("title") or "")).split())[:_TITLE]
    note = clean(str(values.get("note") or "")).strip()[:_NOTE]
    return replace(decision, title=title or decision.title, note=note)


def _as_wanted(decision: Decision, wanted: dict[str, Any]) -> Decision:
    return replace(decision, title=wanted.get("title") or decision.title, note=wanted["note"])


def _words_of(decision: Decision) -> str:
    """The title and note that look as if they had figures in them, in short."""
    told = [words for words in (decision.title, decision.note) if records.tells_figures(words)]
    return hashlib.sha256("\n".join(told).encode(errors="replace")).hexdigest()[:8]


def _record_id(check_id: str, wish: str) -> str:
    """The id of the record that one wish to post leads to, however often it is heard."""
    return hashlib.sha256(f"{check_id}:{wish}".encode(errors="replace")).hexdigest()[:32]


def outside(outcome: Outcome) -> bool:
    """Whether another company may read the channel; one whose kind we may not see counts as such."""
    channel = outcome.said.get("channel") or {}
    return bool(not channel or channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def _of(saying: Saying) -> Heard:
    """Whose turn a saying's outcome goes on."""
    wanted = saying.context
    return Heard(
        key="", team=saying.team, enterprise=saying.enterprise, user=wanted["user"], channel="", name=wanted["name"]
    )


def _versions(conn: sqlite3.Connection, check_id: str) -> set[int]:
    return {row[0] for row in conn.execute("SELECT version FROM reports WHERE session=?", (check_id,))}


def _report(conn: sqlite3.Connection, check_id: str, version: int) -> Report:
    row = conn.execute("SELECT body FROM reports WHERE session=? AND version=?", (check_id, version)).fetchone()
    return Report.model_validate_json(row["body"])

"""Decisions among people: posted into a channel, kept true, shown from behind, handed over, taken along.

Every act is a turn; what has to ask Slack first (may we post there?) is a saying whose outcome is the next turn.
"""

import json
import secrets
import sqlite3
from dataclasses import replace
from typing import Any

from advisor.report import Report
from bot import blocks, records
from bot.outbox import Outcome, Saying
from bot.records import Decision, NotADecision
from bot.turn import Check, Heard, Turns
from bot.view import Actions, Button, ChannelInput, Modal, Option, Part, PersonInput, Text, TextInput, Ticks, View

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
}
_NOTE = 500
_SHOWN = 20
REMINDERS = {"30": 30, "90": 90, "quarterly": 91}
"""When to decide again -> days."""


class Sharing:
    """What can be done with a decision. ``scopes`` are those Slack granted; optional ones may be missing."""

    def __init__(self, turns: Turns, scopes: frozenset[str]) -> None:
        self._turns, self._wording, self._scopes = turns, turns.wording, scopes
        turns.outcomes |= {"share_checked": self._checked, "shared": self._shared, "linked": self._linked}
        turns.outcomes["reminded"] = self._reminded
        turns.changed.append(self._revised)

    # ---- posting

    def ask(self, heard: Heard, check_id: str) -> None:
        """Open the dialog that shows exactly what would be posted."""
        self._turns.take(heard, lambda conn: self._ask(conn, heard, check_id))

    def _ask(self, conn: sqlite3.Connection, heard: Heard, check_id: str) -> list[Saying]:
        decision = self._decision(conn, heard, check_id)
        if decision is None:
            return [self._turns.ephemeral(heard, "stale")]
        return [self._turns.open_view(heard, self._dialog(decision))]

    def _dialog(self, decision: Decision) -> Modal:
        def say(code: str) -> str:
            return self._wording.plainly("record", code)

        options = (
            Option(say("share_costs"), "costs", say("share_costs_hint")),
            Option(say("share_external"), "external", say("share_external_hint")),
        )
        preview = records.record(decision, self._wording, buttons=False)
        parts: tuple[Part, ...] = (
            ChannelInput("channel", say("share_channel")),
            Ticks("options", say("share_options"), options),
            TextInput("note", say("share_note"), optional=True, lines=True, longest=_NOTE),
            Text(str(self._wording.say("record", "share_preview"))),
            *preview.parts,
        )
        return Modal(say("share_title"), parts, "share", submit="Post it", metadata=decision.id)

    def submit(self, heard: Heard, check_id: str, values: dict[str, Any]) -> dict[str, Any]:
        """The dialog was sent; returns what closes it, or the errors at its fields."""
        options = values.get("options") or []
        if "costs" in options and "external" in options:
            message = self._wording.plainly("record", "external_no_costs")
            return {"response_action": "errors", "errors": {"options": message}}
        wanted = {
            "check": check_id,
            "channel": values["channel"],
            "costs": "costs" in options,
            "external": "external" in options,
            "note": str(values.get("note") or "")[:_NOTE],
        }
        self._turns.take(heard, lambda conn: self._wanted(conn, heard, wanted))
        return {}

    def post_back(self, heard: Heard, check_id: str) -> None:
        """Post into the thread the check was asked for in, without cost figures."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            row = conn.execute(
                "SELECT origin_channel, origin_thread FROM sessions WHERE id=? AND team=? AND owner=?",
                (check_id, heard.team, heard.user),
            ).fetchone()
            if row is None or not row["origin_channel"]:
                return [self._turns.ephemeral(heard, "stale")]
            wanted = {"check": check_id, "channel": row["origin_channel"], "thread": row["origin_thread"]}
            return self._wanted(conn, heard, wanted | {"costs": False, "external": False, "note": ""})

        self._turns.take(heard, work)

    def post_outside(self, heard: Heard, wanted: str) -> None:
        """The second confirmation for a channel that other companies read; never with cost figures."""
        given = json.loads(wanted)
        given |= {"costs": False, "external": True}
        self._turns.take(heard, lambda conn: self._wanted(conn, heard, given))

    def _wanted(self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any]) -> list[Saying]:
        if self._decision(conn, heard, wanted["check"]) is None:
            return [self._turns.ephemeral(heard, "stale")]
        wanted |= {"user": heard.user, "name": heard.name}
        return [
            self._turns.saying(
                "conversations.info", {"channel": wanted["channel"]}, heard, lane=wanted["channel"],
                after="share_checked", context=wanted,
            )
        ]  # fmt: skip

    def _checked(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """We know (or, without the scope, could not ask) what kind of channel it is."""
        wanted, heard = saying.context, _of(saying)
        channel = outcome.said.get("channel") or {}
        if outcome.error in ("channel_not_found", "not_in_channel") or channel.get("is_archived"):
            return self._explain(conn, heard, wanted, "is_archived" if channel.get("is_archived") else "not_in_channel")
        outside = bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))
        if outside and not wanted["external"]:
            return [self._confirm_outside(conn, heard, wanted)]
        decision = self._decision(conn, heard, wanted["check"])
        if decision is None:
            return []
        costs = wanted["costs"] and not outside
        share_id = secrets.token_hex(16)
        shown = replace(decision, id=share_id, note=wanted["note"], costs=costs)
        args = blocks.message(records.record(shown, self._wording)) | {"channel": wanted["channel"]}
        args |= {"thread_ts": wanted["thread"]} if wanted.get("thread") else {}
        private = bool(channel.get("is_private", True))  # unknown, without the scope, counts as private
        context = wanted | {"share": share_id, "version": decision.version, "costs": costs, "private": private}
        return [
            self._turns.saying(
                "chat.postMessage", args, heard, lane=wanted["channel"], after="shared", context=context
            )
        ]  # fmt: skip

    def _shared(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        wanted, heard = saying.context, _of(saying)
        if outcome.error:
            return self._explain(conn, heard, wanted, _REFUSED.get(outcome.error, "not_in_channel"))
        ts = str(outcome.said["ts"])
        conn.execute(
            "INSERT OR IGNORE INTO shares (id, enterprise, team, session, version, channel, ts, private, costs, note,"
            " owner_name, posted_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,'')",
            (
                wanted["share"], saying.enterprise, saying.team, wanted["check"], wanted["version"], wanted["channel"],
                ts, int(wanted["private"]), int(wanted["costs"]), wanted["note"], wanted["name"], self._turns.now(),
            ),
        )  # fmt: skip
        args = {"channel": wanted["channel"], "message_ts": ts}
        return [self._turns.saying("chat.getPermalink", args, heard, lane=heard.user, after="linked", context=wanted)]

    def _linked(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        link = str(outcome.said.get("permalink") or "")
        conn.execute("UPDATE shares SET link=? WHERE id=?", (link, saying.context["share"]))
        said = self._wording.say("record", "shared", saying.context["channel"], link)
        return [self._turns.to_owner(conn, _of(saying), saying.context["check"], View((Text(str(said)),), str(said)))]

    def _explain(self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any], code: str) -> list[Saying]:
        """Why it could not be posted, the way out, and the text to copy."""
        decision = self._decision(conn, heard, wanted["check"])
        if decision is None:
            return []
        why = str(self._wording.say("record", code, wanted["channel"]))
        shown = records.record(
            replace(decision, note=wanted["note"], costs=wanted["costs"]), self._wording, buttons=False
        )
        copy = "\n".join(blocks.plain(part.text) for part in shown.parts if hasattr(part, "text"))
        return [self._turns.to_owner(conn, heard, wanted["check"], View((Text(why), Text(f"```{copy}```")), why))]

    def _confirm_outside(self, conn: sqlite3.Connection, heard: Heard, wanted: dict[str, Any]) -> Saying:
        why = str(self._wording.say("record", "external_unconfirmed", wanted["channel"]))
        kept = {name: wanted[name] for name in ("check", "channel", "thread", "note") if name in wanted}
        button = Button("Post it there, without cost figures", "record:outside", json.dumps(kept))
        return self._turns.to_owner(conn, heard, wanted["check"], View((Text(why), Actions((button,))), why))

    # ---- kept true

    def update(self, heard: Heard, check_id: str) -> None:
        """Edit every posted record of a check to its latest version, marked and with what changed."""
        self._turns.take(heard, lambda conn: self._update(conn, heard, check_id))

    def _update(self, conn: sqlite3.Connection, heard: Heard, check_id: str) -> list[Saying]:
        decision = self._decision(conn, heard, check_id)
        if decision is None:
            return [self._turns.ephemeral(heard, "stale")]
        now = self._turns.now()
        sayings = []
        for share in conn.execute("SELECT * FROM shares WHERE session=?", (check_id,)).fetchall():
            before = _report(conn, check_id, share["version"])
            shown = replace(
                decision, id=share["id"], note=share["note"], costs=bool(share["costs"]), revised_at=now,
                owner_name=heard.name or share["owner_name"],
            )  # fmt: skip
            view = records.record(shown, self._wording, before=before)
            args = blocks.message(view, key=f"r{decision.number}-{secrets.token_hex(3)}")
            args |= {"channel": share["channel"], "ts": share["ts"]}
            sayings.append(self._turns.saying("chat.update", args, heard, lane=share["channel"]))
            conn.execute(
                "UPDATE shares SET version=?, updated_at=?, owner_name=? WHERE id=?",
                (decision.version, now, shown.owner_name, share["id"]),
            )
        said = str(self._wording.say("record", "updated", len(sayings)))
        return [*sayings, self._turns.to_owner(conn, heard, check_id, View((Text(said),), said))]

    def how(self, heard: Heard, share_id: str) -> None:
        """Show whoever can see the record how it was decided; its cost flag holds here too."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            share = conn.execute(
                "SELECT * FROM shares WHERE id=? AND team=? AND channel=?",
                (share_id, heard.team, heard.channel),
            ).fetchone()
            if share is None:
                return [self._turns.ephemeral(heard, "not_found")]
            check = self._turns.any_check(conn, heard.team, share["session"])
            decision = self._decision_at(conn, check, share["version"], share["owner_name"])
            shown = replace(decision, costs=bool(share["costs"]))
            return [self._turns.ephemeral_view(heard, records.how(shown, self._wording))]

        self._turns.take(heard, work)

    def versions(self, heard: Heard, check_id: str) -> None:
        """All versions of one's own decision, each to be read as it was."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            check = self._turns.own(conn, heard, check_id)
            rows = conn.execute(
                "SELECT version FROM reports WHERE session=? ORDER BY version DESC", (check_id,)
            ).fetchall()
            if check is None or not rows:
                return [self._turns.ephemeral(heard, "stale")]
            parts: list[Part] = []
            for place, row in enumerate(rows[:_SHOWN]):
                shown = self._decision_at(conn, check, row["version"], heard.name)
                line = str(self._wording.say("record", "version", shown, self._wording.headline(shown.report)))
                button = Button("Read it", f"record:version:{place}", f"{check_id}:{row['version']}")
                parts += [Text(line), Actions((button,))]
            head = str(self._wording.say("record", "versions", len(rows)))
            return [self._turns.to_owner(conn, heard, check_id, View((Text(head), *parts), head))]

        self._turns.take(heard, work)

    def version(self, heard: Heard, value: str) -> None:
        """One earlier version of one's own decision, with its figures."""
        check_id, _, number = value.partition(":")

        def work(conn: sqlite3.Connection) -> list[Saying]:
            check = self._turns.own(conn, heard, check_id)
            known = conn.execute(
                "SELECT 1 FROM reports WHERE session=? AND version=?", (check_id, int(number or 0))
            ).fetchone()
            if check is None or known is None:
                return [self._turns.ephemeral(heard, "not_found")]
            shown = replace(self._decision_at(conn, check, int(number), heard.name), costs=True)
            return [self._turns.ephemeral_view(heard, records.how(shown, self._wording))]

        self._turns.take(heard, work)

    # ---- handed over

    def hand_over(self, heard: Heard, check_id: str, to: str) -> None:
        """Offer a check to somebody else; it is theirs once they accept."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            decision = self._decision(conn, heard, check_id, any_state=True)
            if decision is None or to == heard.user:
                return [self._turns.ephemeral(heard, "stale")]
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
            told = str(self._wording.say("record", "handover_sent", to))
            return [
                self._turns.direct(heard, to, View((Text(asked), Actions(buttons)), asked)),
                self._turns.to_owner(conn, heard, check_id, View((Text(told),), told)),
            ]

        self._turns.take(heard, work)

    def answer_handover(self, heard: Heard, offer: str, *, accept: bool) -> None:
        """The other person said yes or no."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            row = conn.execute(
                "SELECT * FROM handovers WHERE id=? AND team=? AND offered_to=?", (offer, heard.team, heard.user)
            ).fetchone()
            if row is None:
                return [self._turns.ephemeral(heard, "not_found")]
            conn.execute("DELETE FROM handovers WHERE id=?", (offer,))
            code = "handover_accepted" if accept else "handover_declined"
            told = str(self._wording.say("record", code, heard.name))
            sayings = [self._turns.direct(heard, row["owner"], View((Text(told),), told))]
            owned = (
                conn.execute(
                    "UPDATE sessions SET owner=?, channel='', thread_ts='', card_ts='' WHERE id=? AND owner=?",
                    (heard.user, row["session"], row["owner"]),
                ).rowcount
                if accept
                else 0
            )
            if owned:
                conn.execute("DELETE FROM threads WHERE session=?", (row["session"],))
                conn.execute("UPDATE shares SET owner_name=? WHERE session=?", (heard.name, row["session"]))
                sayings += self._turns.show_again(conn, heard, row["session"])
                sayings += self._update(conn, heard, row["session"])[:-1]
            return sayings

        self._turns.take(heard, work)

    # ---- taken along and brought back

    def export(self, heard: Heard, check_id: str) -> None:
        """The decision as Markdown and JSON: a file where that is allowed, else text in the thread."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            decision = self._decision(conn, heard, check_id)
            if decision is None:
                return [self._turns.ephemeral(heard, "stale")]
            whole = replace(decision, costs=True)
            check = self._turns.own(conn, heard, check_id)
            if "files:write" in self._scopes and check and check.thread_ts:
                files = {"decision.md": records.markdown(whole, self._wording), "decision.json": records.as_json(whole)}
                place = {"channel_id": check.channel, "thread_ts": check.thread_ts}
                said = self._wording.plainly("record", "export")
                args = {"files": files, "initial_comment": said} | place
                return [self._turns.saying("upload", args, heard, lane=check.owner)]
            texts = (records.markdown(whole, self._wording), records.as_json(whole))
            said = str(self._wording.say("record", "export"))
            parts = [Text(said)] + [Text(f"```{blocks.plain(text)}```") for text in texts]
            return [self._turns.to_owner(conn, heard, check_id, View(tuple(parts), said))]

        self._turns.take(heard, work)

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

        def work(conn: sqlite3.Connection) -> list[Saying]:
            decision = self._decision(conn, heard, check_id)
            if decision is None or when not in REMINDERS:
                return [self._turns.ephemeral(heard, "stale")]
            conn.execute("DELETE FROM outbox WHERE session=? AND due != ''", (check_id,))
            due = self._turns.later(REMINDERS[when])
            told = str(self._wording.say("record", "reminded", due))
            said = self._turns.to_owner(conn, heard, check_id, View((Text(told),), told))
            return [self._reminder(heard, decision, due, when), said, *self._turns.redraw(conn, heard, check_id)]

        self._turns.take(heard, work)

    def _reminder(self, heard: Heard, decision: Decision, due: str, when: str) -> Saying:
        text = str(self._wording.say("record", "reminder", decision.title, due, decision.decided_at))
        buttons = (Button("Decide again", "record:again", decision.id, "primary"),)
        context = {"user": heard.user, "name": heard.name, "check": decision.id, "when": when}
        return self._turns.saying(
            "chat.postMessage", blocks.message(View((Text(text), Actions(buttons)), text)), heard, lane=heard.user,
            to=heard.user, session=decision.id, due=due, after="reminded", context=context,
        )  # fmt: skip

    def _reminded(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """A quarterly reminder was said: the next one is arranged."""
        if saying.context["when"] != "quarterly":
            return []
        heard = _of(saying)
        decision = self._decision(conn, heard, saying.context["check"])
        if decision is None:
            return []
        return [self._reminder(heard, decision, self._turns.later(REMINDERS["quarterly"]), "quarterly")]

    def _revised(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """A decision that was revised since its reminder was arranged is decided again that much later."""
        moved = []
        rows = conn.execute(
            "SELECT outbox.id, said, outbox.session FROM outbox JOIN sessions ON sessions.id = outbox.session"
            " WHERE due != ''"
            " AND sessions.team=? AND sessions.owner=? AND outbox.at <"
            " (SELECT max(at) FROM reports WHERE reports.session = outbox.session)",
            (heard.team, heard.user),
        ).fetchall()
        for row in rows:
            context = json.loads(row["said"])["context"]
            decision = self._decision(conn, heard, row["session"])
            if decision is not None:
                conn.execute("DELETE FROM outbox WHERE id=?", (row["id"],))
                due = self._turns.later(REMINDERS[context["when"]])
                moved.append(self._reminder(replace(heard, name=context["name"]), decision, due, context["when"]))
        return moved

    def forget_reminder(self, heard: Heard, check_id: str) -> None:
        """Take the reminder back."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            if self._turns.own(conn, heard, check_id) is None:
                return [self._turns.ephemeral(heard, "stale")]
            conn.execute("DELETE FROM outbox WHERE session=? AND due != ''", (check_id,))
            told = str(self._wording.say("record", "unreminded"))
            said = self._turns.to_owner(conn, heard, check_id, View((Text(told),), told))
            return [said, *self._turns.redraw(conn, heard, check_id)]

        self._turns.take(heard, work)

    def rate(self, heard: Heard, check_id: str, good: bool, note: str = "") -> None:
        """Keep what a person thought of a report, the last word a version; a thumbs-down asks one optional line."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            if self._turns.own(conn, heard, check_id) is None:
                return [self._turns.ephemeral(heard, "stale")]
            conn.execute(
                "INSERT INTO feedback (session, version, person, good, note, at)"
                " SELECT ?, max(version), ?, ?, ?, ? FROM reports WHERE session=?"
                " ON CONFLICT DO UPDATE SET good=excluded.good, note=excluded.note, at=excluded.at",
                (check_id, f"{heard.team}:{heard.user}", int(good), note[:_NOTE], self._turns.now(), check_id),
            )
            if not good and heard.trigger_id and not note:
                field = TextInput(
                    "note", self._wording.plainly("record", "feedback_note"), optional=True, longest=_NOTE
                )
                title = self._wording.plainly("record", "feedback_title")
                return [self._turns.open_view(heard, Modal(title, (field,), "feedback", "Send", metadata=check_id))]
            return [self._turns.ephemeral_view(heard, _line(self._wording.say("record", "thanks")))]

        self._turns.take(heard, work)

    # ---- dialogs without a card of their own

    def ask_hand_over(self, heard: Heard, check_id: str) -> None:
        """Open the dialog that asks who takes a check over."""
        person = PersonInput("person", self._wording.plainly("record", "handover_to"))
        title = self._wording.plainly("record", "handover_title")
        dialog = Modal(title, (person,), "hand_over", "Ask them", metadata=check_id)
        self._turns.take(heard, lambda _: [self._turns.open_view(heard, dialog)])

    def ask_import(self, heard: Heard) -> None:
        """Open the dialog an exported decision is pasted into."""
        label, hint = self._wording.plainly("record", "import_json"), self._wording.plainly("record", "import_hint")
        title = self._wording.plainly("record", "import_title")
        dialog = Modal(title, (TextInput("json", label, hint=hint, lines=True),), "import", "Start a check")
        self._turns.take(heard, lambda _: [self._turns.open_view(heard, dialog)])

    def listed(self, heard: Heard, word: str) -> View:
        """The decisions posted where everybody can read them (and one's own), newest first; with a word only those
        whose title or verdict has it."""
        rows = self._turns.look(
            "SELECT shares.session, shares.link, max(shares.posted_at) AS at, reports.body FROM shares JOIN reports"
            " ON reports.session = shares.session AND reports.version = shares.version"
            " JOIN sessions ON sessions.id = shares.session"
            " WHERE shares.team=? AND (shares.private=0 OR sessions.owner=?)"
            " GROUP BY shares.session ORDER BY at DESC LIMIT 200",
            heard.team,
            heard.user,
        )
        found = []
        for row in rows:
            title = self._turns.title_of(heard.team, row["session"])
            headline = str(self._wording.headline(Report.model_validate_json(row["body"])))
            if word.casefold() in f"{title} {headline}".casefold():
                found.append(
                    str(self._wording.say("record", "decisions_line", title, headline, row["at"], row["link"]))
                )
        if not found:
            return _line(self._wording.say("record", "decisions_none", word))
        head = str(self._wording.say("record", "decisions_head", word))
        return View((Text("\n".join([head, *(f"• {line}" for line in found[:_SHOWN])])),), head)

    # ---- looking up

    def _decision(
        self, conn: sqlite3.Connection, heard: Heard, check_id: str, *, any_state: bool = False
    ) -> Decision | None:
        """The person's own check as it was last decided; ``None`` when it is not theirs or not decided."""
        check: Check | None = self._turns.own(conn, heard, check_id)
        row = conn.execute("SELECT max(version) FROM reports WHERE session=?", (check_id,)).fetchone()
        if check is None or (row[0] is None and not any_state):
            return None
        if row[0] is None:
            reply = self._turns.state(check)
            return Decision(check_id, 0, heard.user, heard.name, reply.title, reply.description, reply.report, "")
        return self._decision_at(conn, check, row[0], heard.name)

    def _decision_at(self, conn: sqlite3.Connection, check: Check, version: int, name: str) -> Decision:
        """A version of a check as it was decided; its number counts the versions up to it."""
        row = conn.execute(
            "SELECT body, at, (SELECT count(*) FROM reports WHERE session=:id AND version<=:version) AS number"
            " FROM reports WHERE session=:id AND version=:version",
            {"id": check.id, "version": version},
        ).fetchone()
        reply = self._turns.state(check)
        return Decision(
            id=check.id, number=row["number"], owner=check.owner, owner_name=name, title=reply.title,
            description=reply.description, report=Report.model_validate_json(row["body"]), decided_at=row["at"],
            version=version, again_at=self._due(conn, check.id),
        )  # fmt: skip

    def _due(self, conn: sqlite3.Connection, check_id: str) -> str:
        row = conn.execute("SELECT min(due) FROM outbox WHERE session=? AND due != ''", (check_id,)).fetchone()
        return str(row[0] or "")


def _line(text: str) -> View:
    return View((Text(str(text)),), str(text))


def _of(saying: Saying) -> Heard:
    """Whose turn a saying's outcome goes on."""
    wanted = saying.context
    return Heard(
        key="", team=saying.team, enterprise=saying.enterprise, user=wanted["user"], channel="", name=wanted["name"]
    )


def _report(conn: sqlite3.Connection, check_id: str, version: int) -> Report:
    row = conn.execute("SELECT body FROM reports WHERE session=? AND version=?", (check_id, version)).fetchone()
    return Report.model_validate_json(row["body"])

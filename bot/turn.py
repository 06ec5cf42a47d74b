"""One turn: hear, look up, decide, write down, say. Each is one write transaction; the ack comes after its commit."""

import json
import logging
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from advisor.conversation import (
    Attached,
    Clicked,
    Command,
    Edited,
    Event,
    Note,
    Reply,
    Typed,
    command,
    current,
    opening,
    step,
)
from advisor.model import FIELDS, Answers
from advisor.reading import read, show
from advisor.rulebook import Rules
from advisor.session import Entry, Session, stored
from advisor.supposing import suppose
from bot import blocks
from bot.bank import worded
from bot.cards import Around, Cards
from bot.followup import LIKELY
from bot.outbox import After, Outbox, Outcome, Saying, stamp, write
from bot.store import Result, Store, StoreError
from bot.view import Actions, Button, Modal, Text, View
from bot.wording import Wording

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400
VIEW_SECONDS = 3.0
_SMALL_TALK = {
    "hi", "hello", "hey", "ok", "okay", "ok thanks", "thanks", "thank you", "lol", "test", "yes", "no", "delete",
    "cool", "great", "good morning", "hi there", "hello there",
}  # fmt: skip
_START = {"start", "new", "new check", "start a check", "new conversation"}
_MAX_OPEN_SHOWN = 5
_TOLD = {"answer", "title", "describe"}  # what makes another decision of a log


class Busy(Exception):
    """So much waits to be said that a new turn would only wait too."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who said what where, from a signed payload. ``thread_ts`` is the root of the thread, ``ts`` the message's own
    (empty for a click); ``key`` tells a repeated delivery; ``name`` is the person's handle where the payload has it."""

    key: str
    team: str
    user: str
    channel: str
    enterprise: str = ""
    ts: str = ""
    thread_ts: str = ""
    text: str = ""
    name: str = ""
    trigger_id: str = ""
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A session's row and its log."""

    id: str
    owner: str
    channel: str
    thread_ts: str
    card_ts: str
    heard_ts: str
    session: Session


class Turns:
    """What the bot does with what it hears."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        rules: Rules,
        wording: Wording,
        *,
        keep_days: int = 365,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._outbox, self.rules, self.wording = store, outbox, rules, wording
        self._cards = Cards(wording)
        self.outcomes: dict[str, After] = {"opened": self._opened}
        self.decided: list[Callable[[sqlite3.Connection, Heard, str, Reply], list[Saying]]] = []
        self.changed: list[Callable[[sqlite3.Connection, Heard], list[Saying]]] = []
        self.afterwards: list[Callable[[sqlite3.Connection, Heard], list[Saying]]] = []
        self._keep_days, self._clock, self._swept = keep_days, clock, ""

    # ---- what can be heard

    def message(self, heard: Heard) -> None:
        """A person's message in the DM: an answer in a thread, an opening or a command at top level."""
        if heard.thread_ts:
            self.take(heard, lambda conn: self._in_thread(conn, heard, Typed(text=heard.text, ts=heard.ts)))
        else:
            self.take(heard, lambda conn: self._top_level(conn, heard))

    def attached(self, heard: Heard) -> None:
        """A file, a voice clip, an empty message."""
        if heard.thread_ts:
            self.take(heard, lambda conn: self._in_thread(conn, heard, Attached()))
        else:
            self.take(heard, lambda conn: [self.post(heard, self._menu("dm_help"))])

    def edited(self, heard: Heard) -> None:
        """A message that reads differently now: asked about, never silently recomputed."""
        in_thread = replace(heard, thread_ts=heard.thread_ts or heard.ts)
        self.take(heard, lambda conn: self._in_thread(conn, in_thread, Edited(text=heard.text, ts=heard.ts)))

    def clicked(self, heard: Heard, event: Clicked, card_ts: str, check_id: str) -> None:
        """A button or a choice on a check's card."""
        self.take(heard, lambda conn: self._on_card(conn, heard, event, card_ts, check_id))

    def start(self, heard: Heard, text: str = "", *, from_mention: bool = False, taken: bool = False) -> None:
        """Start a check in the person's DM, wherever they asked for it; after a mention it knows the thread. A text
        ``taken`` from somebody's message is shown, and can be dropped."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            sayings = self._start_in_dm(conn, heard, text, taken=taken)
            if from_mention:
                conn.execute(
                    "UPDATE sessions SET origin_channel=?, origin_thread=? WHERE id=?",
                    (heard.channel, heard.thread_ts, sayings[0].session),
                )
            return [*sayings, *self._ripples(conn, heard)]

        self.take(heard, work)

    def resume(self, heard: Heard, check_id: str = "") -> None:
        """Bring a check to the bottom of the DM: the one named, else the last."""
        self.take(heard, lambda conn: self._resume(conn, heard, Clicked(verb="continue"), check_id))

    def act(self, heard: Heard, verb: Command, check_id: str) -> None:
        """A command for a check that is not on its card: it goes on in the person's DM."""
        event = Clicked(verb=verb)
        self.take(heard, lambda conn: self._resume(conn, replace(heard, ts="", thread_ts=""), event, check_id))

    def mentioned(self, heard: Heard) -> None:
        """A mention in a channel: one answer in the thread with a way to the DM."""
        self.take(heard, lambda conn: [self._mention_answer(heard)])

    def opened(self, heard: Heard) -> None:
        """The DM was opened: offer what one can begin with."""
        self.take(heard, lambda conn: [self._prompts(conn, heard)])

    def strayed(self, heard: Heard) -> None:
        """A click on something that is not there any more."""
        self.take(heard, lambda conn: [self.ephemeral(heard, "stale")])

    def command(self, heard: Heard, more: Mapping[str, Callable[[Heard, str], dict[str, Any]]]) -> dict[str, Any]:
        """``/finetune …``; returns the body of the ack, seen by the caller only. ``more`` are words that others
        answer."""
        word, _, rest = heard.text.strip().partition(" ")
        word, _, line = word.partition("\n")
        try:
            match word.casefold():
                case known if known in more:
                    return more[known](heard, f"{line} {rest}".strip())
                case "start" | "new":
                    self.start(heard, rest)
                    return self._ack("command_started")
                case "resume" | "continue":
                    if not self.look("SELECT 1 FROM sessions WHERE team=? AND owner=?", heard.team, heard.user):
                        return self._ack("nothing_to_resume", menu=True)
                    self.resume(heard)
                    return self._ack("command_resumed")
                case "" | "help" as said:
                    return self._ack("command_help" if said else "command_menu", menu=True)
                case _:
                    return self._ack("command_unknown", heard.text.strip()[:100], menu=True)
        except (Busy, StoreError, sqlite3.Error) as error:
            # Slack repeats no command; words are better than its own error.
            log.warning("a command was turned away (%s)", type(error).__name__)
            return self._ack("busy")

    # ---- the transaction around all of them

    def take(self, heard: Heard, work: Callable[[sqlite3.Connection], list[Saying]]) -> None:
        """Run ``work`` once for this delivery in a write transaction, and say what it returns after the commit.

        Raises:
            Busy: too much waits to be said. sqlite3.Error, StoreError: nothing was written.
        """
        if self._outbox.full:
            raise Busy("what is to be said to Slack has piled up; try again in a moment")

        def once(conn: sqlite3.Connection) -> list[Saying]:
            now = self.now()
            if now[:13] != self._swept:
                self._sweep(conn, now)
            if not self.first(conn, heard.team, heard.key):
                return []
            sayings = work(conn)
            told = {heard.user, *(saying.to for saying in sayings if saying.to)}
            sayings += [last for user in sorted(told) for last in self._afterwards(conn, replace(heard, user=user))]
            return [write(conn, saying, now) for saying in sayings]

        self._store.turn(once, self._outbox.push)

    def first(self, conn: sqlite3.Connection, team: str, key: str) -> bool:
        """Whether this is the first time, within a day; from now on it is not."""
        row = (f"{team}:{key}", self.now())
        return bool(conn.execute("INSERT OR IGNORE INTO seen (key, at) VALUES (?, ?)", row).rowcount)

    def undo_first(self, conn: sqlite3.Connection, team: str, key: str) -> None:
        """What was the first time did not come to anything: the next one is."""
        conn.execute("DELETE FROM seen WHERE key=?", (f"{team}:{key}",))

    def _sweep(self, conn: sqlite3.Connection, now: str) -> None:
        """Once an hour: checks nobody has touched for as long as they are kept, and the keys of deliveries older
        than a day, of which Slack repeats none."""
        kept = (("seen", "at", 1), ("calls", "day", 2), ("sessions", "changed_at", self._keep_days))
        for table, column, days in kept:
            before = stamp(lambda days=days: self._clock() - days * DAY_SECONDS)  # type: ignore[misc]
            gone = conn.execute(f"DELETE FROM {table} WHERE {column} < ?", (before,)).rowcount  # noqa: S608 - ours
            if gone and table == "sessions":
                self.scrub(conn)
        self._swept = now[:13]

    def sweep(self) -> None:
        """Forget what is old though nobody says anything; may be done as often as one likes."""
        self._store.hand_in(lambda conn: self._sweep(conn, self.now()))

    def say_no_more(self, checks: list[str]) -> None:
        """Keep what still waits about these checks from being said."""
        self._outbox.forget(checks)

    def scrub(self, conn: sqlite3.Connection) -> None:
        """What this turn deletes leaves no trace in the file, soon after it."""
        self._store.scrub(conn)

    def _afterwards(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        return [saying for follows in self.afterwards for saying in follows(conn, heard)]

    def now(self) -> str:
        """The time as rows carry it."""
        return stamp(self._clock)

    def later(self, days: float) -> str:
        """So many days from now, as rows carry it."""
        return stamp(lambda: self._clock() + days * DAY_SECONDS)

    def look(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Read something outside a turn."""
        return self.reading(lambda conn: conn.execute(query, values).fetchall())

    def reading(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """The same for more than one look."""
        return self._store.turn(work)

    def after(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """The turn that hears what Slack made of a saying."""
        more = self.outcomes[saying.after](conn, saying, outcome)
        heard = Heard("", saying.team, str(saying.context.get("user")), "", enterprise=saying.enterprise)
        return [*more, *self._afterwards(conn, heard)]

    # ---- in a check's thread

    def _in_thread(self, conn: sqlite3.Connection, heard: Heard, event: Event) -> list[Saying]:
        check = _in_thread(conn, heard.team, heard.channel, heard.thread_ts)
        if check is None:
            return self._top_level(conn, heard) if isinstance(event, Typed) else []
        if check.owner != heard.user:
            return [self.ephemeral(heard, "not_yours", check.owner)]
        if isinstance(event, Typed):
            late = bool(heard.ts) and heard.ts < max(check.card_ts, check.heard_ts)
            event = event.model_copy(update={"late": late})
        here = replace(check, channel=heard.channel, thread_ts=heard.thread_ts)
        return self._advance(conn, heard, here, event, below=True)

    def _on_card(
        self, conn: sqlite3.Connection, heard: Heard, event: Clicked, card_ts: str, check_id: str
    ) -> list[Saying]:
        # The card names its check, so that a click is understood even before we have noted where the card went;
        # whose it is comes from the row and the signed payload alone.
        thread_ts = heard.thread_ts or card_ts
        check = _by_id(conn, heard.team, check_id) or _in_thread(conn, heard.team, heard.channel, thread_ts)
        if check is None:
            return [self.ephemeral(heard, "stale")]
        if check.owner != heard.user:
            return [self.ephemeral(heard, "not_yours", check.owner)]
        here = replace(check, channel=heard.channel, thread_ts=thread_ts)
        # Typed since the card was posted: the card to draw belongs below those words.
        return self._advance(conn, heard, here, event, below=check.heard_ts > card_ts)

    def _advance(
        self, conn: sqlite3.Connection, heard: Heard, check: Check, event: Event, *, below: bool, moved: bool = False
    ) -> list[Saying]:
        """One step of a check that is (or from now on will be) where ``check`` says."""
        session, reply = step(check.session, event, self.rules)
        if isinstance(event, Edited | Attached) and not reply.notes:
            return []
        now = self.now()
        _append(conn, check.id, check.session, session, now)
        conn.execute(
            "UPDATE sessions SET channel=?, thread_ts=?, card_ts=?, heard_ts=?, changed_at=? WHERE id=?",
            (check.channel, check.thread_ts, check.card_ts, max(check.heard_ts, heard.ts), now, check.id),
        )
        more = self._keep_report(conn, heard, check.id, session, reply)
        more += self._ripples(conn, heard)  # before the card, which shows where a reminder has moved to
        asked = next((note.text for note in reply.notes if note.code == "asked"), "")
        if asked and reply.face == "report":
            return [self._answered(heard, replace(check, session=session), reply, asked), *more]
        return [self._card(conn, heard, check, reply, below=below, moved=moved), *more]

    def _keep_report(
        self, conn: sqlite3.Connection, heard: Heard, check_id: str, session: Session, reply: Reply
    ) -> list[Saying]:
        """A decision that stands is a version, kept for good; looking at it again makes no other one. Returns what a
        new one leads to."""
        if reply.face != "report":
            return []
        report = reply.report
        query = "SELECT version, body FROM reports WHERE session=? ORDER BY version DESC LIMIT 1"
        last, body = conn.execute(query, (check_id,)).fetchone(), report.model_dump_json()
        if last and last["body"] == body and not any(e.verb in _TOLD for e in session.entries[last["version"] :]):
            return []
        conn.execute(
            "INSERT OR IGNORE INTO reports (session, version, rules_version, verdict, body, at) VALUES (?,?,?,?,?,?)",
            (check_id, reply.version, report.rules_version, report.verdict.kind, body, self.now()),
        )
        return [saying for follows in self.decided for saying in follows(conn, heard, check_id, reply)]

    def asked(self, heard: Heard, check_id: str, code: str) -> None:
        """One of the questions we offered was pressed."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            check = self.own(conn, heard, check_id)
            if check is None or code not in LIKELY:
                return [self.ephemeral(heard, "stale")]
            question = self.wording.plainly("bank", f"likely_{code}")
            answered = self._answered(heard, check, self.state(check), question)
            return [replace(answered, after="")]  # our own question: no model finds a better answer

        self.take(heard, work)

    def _answered(self, heard: Heard, check: Check, reply: Reply, question: str) -> Saying:
        """The answer to a question about a report, in the thread it was asked in. The outcome is told to who may
        choose better."""
        args = self.answer(check, reply, question) | {"channel": heard.channel}
        args |= {"thread_ts": heard.thread_ts or heard.ts} if heard.thread_ts or heard.ts else {}
        context = {"check": check.id, "version": reply.version, "question": question}
        context |= {"user": heard.user, "name": heard.name}
        # What is computed needs no better choice.
        computed = suppose(question, reply.report.answers) is not None
        after = "followed" if "followed" in self.outcomes and not computed else ""
        return self.saying("chat.postMessage", args, heard, lane=_lane(heard), after=after, context=context)

    def answer(
        self, check: Check, reply: Reply, question: str, *, chosen: tuple[str, ...] = (), model: str = ""
    ) -> dict[str, Any]:
        """The message that answers a question: sentences found by our table, or those that ``model`` has ``chosen``."""
        view = self._cards.answer(reply.report, question, chosen, model)
        return blocks.message(view, key=card_key(check.id, reply.version))

    def _ripples(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """What a changed check means elsewhere: the Home tab, a reminder."""
        return [saying for ripple in self.changed for saying in ripple(conn, heard)]

    # ---- at the top level of the DM

    def _top_level(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        named = command(heard.text)
        if named == "help":
            return [self.post(heard, self._menu("dm_help"))]
        if heard.text.strip().casefold() in _START:
            return self._open(conn, heard, "")
        if named:
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts))
        if self._may_answer(conn, heard):
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts, late=True))
        if heard.text.casefold().strip(" .!?") in _SMALL_TALK:
            return [self.post(heard, self._menu("dm_help"))]
        return self._open(conn, heard, heard.text)

    def _may_answer(self, conn: sqlite3.Connection, heard: Heard) -> bool:
        """Whether these words answer what the person's last check asks: then we ask which was meant, not guess."""
        for check in _mine(conn, heard, most=1):
            reply = current(check.session, self.rules)
            if reply.face == "question" and FIELDS[reply.pending].kind != "name":
                return read(reply.pending, heard.text).value is not None
        return False

    def _open(self, conn: sqlite3.Connection, heard: Heard, text: str) -> list[Saying]:
        """A new check whose thread is that of the message it was opened with."""
        check = self._new(conn, heard, channel=heard.channel, thread_ts=heard.thread_ts or heard.ts, text=text)
        card = self._card(conn, heard, check, current(check.session, self.rules), below=True)
        return [card, *self._ripples(conn, heard)]

    def _start_in_dm(self, conn: sqlite3.Connection, heard: Heard, text: str, *, taken: bool = False) -> list[Saying]:
        """A new check we open: its card is the root of its thread, posted to a DM we may have to open first."""
        check = self._new(conn, heard, channel="", thread_ts="", text=text)
        reply = current(check.session, self.rules)
        if taken:
            reply = reply.model_copy(update={"notes": (Note(code="taken", text=reply.description),)})
        return [self._card(conn, heard, check, reply, below=True)]

    def _new(self, conn: sqlite3.Connection, heard: Heard, *, channel: str, thread_ts: str, text: str) -> Check:
        now, check_id = self.now(), secrets.token_hex(16)
        conn.execute(
            "INSERT INTO sessions"
            " (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at, changed_at)"
            " VALUES (?,?,?,?,?,?,'',?,?,?)",
            (check_id, heard.enterprise, heard.team, heard.user, channel, thread_ts, heard.ts, now, now),
        )
        if thread_ts:
            _leads_to(conn, heard.team, channel, thread_ts, check_id)
        session = opening(_without_mentions(text) or str(self.wording.say("chrome", "untitled")))
        session = Session(entries=tuple(e.model_copy(update={"ts": heard.ts}) for e in session.entries))
        _append(conn, check_id, Session(), session, now)
        return Check(check_id, heard.user, channel, thread_ts, "", heard.ts, session)

    def _resume(self, conn: sqlite3.Connection, heard: Heard, event: Event, check_id: str = "") -> list[Saying]:
        """The last check, or the one named, goes on in the thread (or DM) this was asked in."""
        mine = _mine(conn, heard, check_id, most=1 + _MAX_OPEN_SHOWN)
        if not mine and check_id:
            return [self.ephemeral(heard, "not_found")]
        if not mine:
            return [self.post(heard, self._menu("nothing_to_resume"))] if heard.ts else [self._dm_note(heard)]
        check, *others = mine
        # The card moves to where the person is now; the old one is cut down to a pointer.
        channel, thread = (heard.channel, heard.thread_ts or heard.ts) if heard.ts else ("", "")
        if thread:
            _leads_to(conn, heard.team, channel, thread, check.id)
        sayings = []
        if check.card_ts:
            line = str(self.wording.say("chrome", "moved_thread"))
            part = {"type": "context", "elements": [{"type": "mrkdwn", "text": line}]}
            args = {"channel": check.channel, "ts": check.card_ts, "text": blocks.plain(line), "blocks": [part]}
            sayings.append(self.saying("chat.update", args, heard, lane=check.owner))
        here = replace(check, channel=channel, thread_ts=thread, card_ts="")
        sayings += self._advance(conn, heard, here, event, below=True, moved=True)
        if others and thread and not check_id and command(heard.text) == "continue":
            sayings.append(self.post(heard, self._others(conn, heard, others)))
        return sayings

    # ---- saying

    def saying(self, method: str, args: dict[str, Any], heard: Heard, *, lane: str, **more: Any) -> Saying:
        return Saying(method, args, lane, enterprise=heard.enterprise, team=heard.team, **more)

    def _card(
        self, conn: sqlite3.Connection, heard: Heard, check: Check, reply: Reply, *, below: bool, moved: bool = False
    ) -> Saying:
        around = self._around(conn, check.id, reply) if reply.face == "report" else None
        message = blocks.message(self._cards.view(reply, around), key=card_key(check.id, reply.version))
        to = "" if check.channel else check.owner  # then its DM is opened first
        args = message | ({"channel": check.channel} if check.channel else {})
        args |= {"thread_ts": check.thread_ts} if check.thread_ts else {}
        return self.saying(
            "card", args, heard, lane=check.owner, session=check.id,
            card_ts=check.card_ts, below=below, collapse="" if moved else self._cards.collapsed(reply), to=to,
        )  # fmt: skip

    def _around(self, conn: sqlite3.Connection, check_id: str, reply: Reply) -> Around:
        """What surrounds a report: where it was asked for, where it is posted, when it is decided again, and what a
        model made of its reasons."""
        origin = conn.execute("SELECT origin_channel FROM sessions WHERE id=?", (check_id,)).fetchone()
        posted = conn.execute("SELECT version FROM shares WHERE session=?", (check_id,)).fetchall()
        decided = conn.execute("SELECT max(version), count(*) FROM reports WHERE session=?", (check_id,)).fetchone()
        due = conn.execute("SELECT min(due) FROM outbox WHERE session=? AND due != ''", (check_id,)).fetchone()[0]
        put = "SELECT model, sentences FROM wordings WHERE session=? AND version=? AND kept > 0"
        said = conn.execute(put, (check_id, decided[0])).fetchone()
        return Around(
            origin=bool(origin and origin["origin_channel"]),
            posted=len(posted),
            outdated=any(row["version"] < decided[0] for row in posted),
            again_at=due or "",
            versions=decided[1],
            keep_days=self._keep_days,
            worded=tuple(worded(json.loads(said["sentences"]), reply.report, self.wording)) if said else (),
            worded_by=said["model"] if said else "",
        )

    def post(self, heard: Heard, view: View) -> Saying:
        """A message where the person is, in the thread they are in."""
        args = blocks.message(view) | {"channel": heard.channel}
        args |= {"thread_ts": heard.thread_ts or heard.ts} if heard.thread_ts or heard.ts else {}
        return self.saying("chat.postMessage", args, heard, lane=_lane(heard))

    def _dm_note(self, heard: Heard) -> Saying:
        args = blocks.message(self._menu("nothing_to_resume")) | {"channel": heard.user}
        return self.saying("chat.postMessage", args, heard, lane=heard.user)

    def ephemeral(self, heard: Heard, code: str, *facts: Any) -> Saying:
        """A short note that only this person sees, where they are."""
        text = str(self.wording.say("chrome", code, *facts))
        parts: tuple[Any, ...] = (Text(text),)
        if code == "stale":
            parts += (Actions((Button("Show my current check", "session:resume"),)),)
        return self.ephemeral_view(heard, View(parts, text))

    def ephemeral_view(self, heard: Heard, view: View) -> Saying:
        """The same with a whole view. In a modal or on Home there is no channel: then it goes to the DM."""
        if not heard.channel:
            return self.direct(heard, heard.user, view)
        args = blocks.message(view) | {"channel": heard.channel, "user": heard.user}
        args |= {"thread_ts": heard.thread_ts} if heard.thread_ts else {}
        return self.saying("chat.postEphemeral", args, heard, lane=_lane(heard))

    def direct(self, heard: Heard, to: str, view: View) -> Saying:
        """A message in a person's DM."""
        return self.saying("chat.postMessage", blocks.message(view), heard, lane=to, to=to)

    def open_view(self, heard: Heard, dialog: Modal) -> Saying:
        """A dialog; Slack takes it for three seconds after the click."""
        args = {"trigger_id": heard.trigger_id, "view": blocks.modal(dialog)}
        context = {"user": heard.user, "channel": heard.channel, "thread": heard.thread_ts, "url": heard.response_url}
        return self.saying(
            "views.open", args, heard, lane=f"view:{heard.user}", until=self._clock() + VIEW_SECONDS,
            after="opened", context=context,
        )  # fmt: skip

    def _opened(self, _conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """A dialog that did not open is told, where there is nothing else to see of the click."""
        if not outcome.error:
            return []
        asked, text = saying.context, str(self.wording.say("chrome", "not_opened"))
        heard = Heard("", saying.team, asked["user"], asked["channel"], saying.enterprise, thread_ts=asked["thread"])
        if asked["url"]:  # works where the bot is no member
            body = blocks.message(View((Text(text),), text)) | {"response_type": "ephemeral", "replace_original": False}
            return [self.saying("response_url", {"url": asked["url"], "body": body}, heard, lane=heard.user)]
        return [self.ephemeral(heard, "not_opened")]

    def to_owner(self, conn: sqlite3.Connection, heard: Heard, check_id: str, view: View) -> Saying:
        """A message in the thread of a check, or in its owner's DM while it has none."""
        check = _by_id(conn, heard.team, check_id)
        if check is None or not check.thread_ts:
            return self.direct(heard, check.owner if check else heard.user, view)
        args = blocks.message(view) | {"channel": check.channel, "thread_ts": check.thread_ts}
        return self.saying("chat.postMessage", args, heard, lane=check.owner)

    # ---- what other acts on a check need

    def own(self, conn: sqlite3.Connection, heard: Heard, check_id: str) -> Check | None:
        """The check, if it is this person's; a foreign or unknown id is the same ``None``."""
        found = _mine(conn, heard, check_id, most=1) if check_id else []
        return found[0] if found else None

    def any_check(self, conn: sqlite3.Connection, team: str, check_id: str) -> Check:
        """A check of the workspace, whoever asks: only for what its owner has posted."""
        return _checks(conn, "SELECT * FROM sessions WHERE team=? AND id=?", team, check_id)[0]

    def state(self, check: Check, version: int | None = None) -> Reply:
        """Where a check stands, or stood in a version of its log."""
        return current(Session(entries=check.session.entries[:version]), self.rules)

    def redraw(
        self, conn: sqlite3.Connection, heard: Heard, check_id: str, notes: tuple[Note, ...] = ()
    ) -> list[Saying]:
        """Draw a check's card as it stands, in place, with these notes above it."""
        check = self.own(conn, heard, check_id)
        if check is None or not check.thread_ts:
            return []
        reply = self.state(check).model_copy(update={"notes": notes})
        return [self._card(conn, heard, check, reply, below=False)]

    def show_again(self, conn: sqlite3.Connection, heard: Heard, check_id: str) -> list[Saying]:
        """Draw a check's card anew in its owner's DM, as the root of a new thread."""
        return self._resume(conn, replace(heard, ts="", thread_ts=""), Clicked(verb="continue"), check_id)

    def start_with(self, conn: sqlite3.Connection, heard: Heard, title: str, answers: Answers) -> list[Saying]:
        """A new check in the person's DM that begins with these answers."""
        check = self._new(conn, replace(heard, ts=""), channel="", thread_ts="", text=title)
        session = check.session
        for field in FIELDS:
            value = getattr(answers, field)
            if value is not None:
                session = session.plus("answer", field=field, value=stored(value), text=show(field, value))
        _append(conn, check.id, check.session, session, self.now())
        reply = current(session, self.rules)
        reply = reply.model_copy(update={"notes": (Note(code="brought"),)})
        more = self._keep_report(conn, heard, check.id, session, reply)
        card = self._card(conn, heard, replace(check, session=session), reply, below=True)
        return [card, *more, *self._ripples(conn, heard)]

    def _mention_answer(self, heard: Heard) -> Saying:
        text = _without_mentions(heard.text)
        sentence = str(self.wording.say("chrome", "mention"))
        button = Button("Answer in a DM", "session:start:mention", value=text[:1000], style="primary")
        return self.post(heard, View((Text(sentence), Actions((button,))), sentence))

    def _prompts(self, conn: sqlite3.Connection, heard: Heard) -> Saying:
        codes = ["prompt_start", *(["prompt_resume"] if _latest(conn, heard) else []), "prompt_roi", "prompt_help"]
        prompts = [
            dict(zip(("title", "message"), self.wording.plainly("chrome", code).split(" | "), strict=True))
            for code in codes
        ]
        return self.saying(
            "assistant.threads.setSuggestedPrompts",
            {"channel_id": heard.channel, "prompts": prompts},
            heard,
            lane=heard.user,
        )

    def _menu(self, code: str, *facts: Any) -> View:
        text = str(self.wording.say("chrome", code, *facts))
        buttons = (
            Button("Start a check", "session:start", style="primary"),
            Button("Resume my last check", "session:resume"),
            Button("Quick ROI", "roi:open"),
        )
        return View((Text(text), Actions(buttons)), text)

    def _others(self, conn: sqlite3.Connection, heard: Heard, shown: list[Check]) -> View:
        owned = conn.execute("SELECT count(*) FROM sessions WHERE team=? AND owner=?", (heard.team, heard.user))
        text = str(self.wording.say("chrome", "others", owned.fetchone()[0] - 1))
        buttons = tuple(
            Button(f"Resume: {current(c.session, self.rules).title}", f"session:resume:{n}", c.id)
            for n, c in enumerate(shown)
        )
        return View((Text(text), Actions(buttons)), text)

    def _ack(self, code: str, *facts: Any, menu: bool = False) -> dict[str, Any]:
        text = str(self.wording.say("chrome", code, *facts))
        view = self._menu(code, *facts) if menu else View((Text(text),), text)
        return blocks.message(view) | {"response_type": "ephemeral"}


# ---- reading and writing a check


def _lane(heard: Heard) -> str:
    """What is said in a person's DM keeps one order, wherever it was asked for; a channel has its own."""
    return heard.user if heard.channel.startswith("D") else heard.channel


def card_key(check_id: str, version: int) -> str:
    """What a card's block ids begin with: its check, the version of the log it was drawn from, and a nonce, since
    Slack wants new block ids with every update."""
    return f"{check_id}-{version}-{secrets.token_hex(3)}"


def card_of(block_id: str) -> tuple[str, int | None]:
    """The check and the version a clicked block was drawn from; empty and ``None`` for blocks that name none."""
    found = re.match(r"([0-9a-f]{32})-(\d{1,9})-", block_id)
    return (found[1], int(found[2])) if found else ("", None)


def _checks(conn: sqlite3.Connection, query: str, *values: str | int) -> list[Check]:
    return [
        Check(
            row["id"], row["owner"], row["channel"], row["thread_ts"], row["card_ts"], row["heard_ts"],
            log_of(conn, row["id"]),
        )
        for row in conn.execute(query, values).fetchall()
    ]  # fmt: skip


def _by_id(conn: sqlite3.Connection, team: str, check_id: str) -> Check | None:
    found = _checks(conn, "SELECT * FROM sessions WHERE team=? AND id=?", team, check_id)
    return found[0] if found else None


def _mine(conn: sqlite3.Connection, heard: Heard, check_id: str = "", *, most: int) -> list[Check]:
    """The person's checks, the last one first; with an id only that one."""
    query = (
        "SELECT * FROM sessions WHERE team=? AND owner=? AND ? IN ('', id) ORDER BY changed_at DESC, rowid DESC LIMIT ?"
    )
    return _checks(conn, query, heard.team, heard.user, check_id, most)


def _in_thread(conn: sqlite3.Connection, team: str, channel: str, thread_ts: str) -> Check | None:
    query = (
        "SELECT sessions.* FROM sessions JOIN threads ON threads.session = sessions.id"
        " WHERE threads.team=? AND threads.channel=? AND threads.thread_ts=?"
    )
    found = _checks(conn, query, team, channel, thread_ts)
    return found[0] if found else None


def _leads_to(conn: sqlite3.Connection, team: str, channel: str, thread_ts: str, check_id: str) -> None:
    conn.execute("INSERT OR REPLACE INTO threads VALUES (?,?,?,?)", (team, channel, thread_ts, check_id))


def _latest(conn: sqlite3.Connection, heard: Heard) -> bool:
    found = conn.execute("SELECT 1 FROM sessions WHERE team=? AND owner=? LIMIT 1", (heard.team, heard.user))
    return found.fetchone() is not None


def log_of(conn: sqlite3.Connection, check_id: str) -> Session:
    """A check's log."""
    rows = conn.execute("SELECT verb, field, value, text, ts FROM answers WHERE session=? ORDER BY n", (check_id,))
    return Session(
        entries=tuple(
            Entry(verb=verb, field=field, value=json.loads(value), text=text, ts=ts)
            for verb, field, value, text, ts in rows
        )
    )


def _append(conn: sqlite3.Connection, check_id: str, before: Session, after: Session, at: str) -> None:
    conn.executemany(
        "INSERT INTO answers (session, n, verb, field, value, text, ts, at) VALUES (?,?,?,?,?,?,?,?)",
        [
            (check_id, n, entry.verb, entry.field, json.dumps(entry.value), entry.text, entry.ts, at)
            for n, entry in enumerate(after.entries)
            if n >= before.version
        ],
    )


_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")


def _without_mentions(text: str) -> str:
    return " ".join(_MENTION.sub(" ", text).split())

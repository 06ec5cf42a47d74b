"""One turn: hear, look up, decide, write down, say. Each is one write transaction; the ack comes after its commit."""

import json
import logging
import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from advisor.conversation import Attached, Clicked, Edited, Event, Reply, Typed, command, current, opening, step
from advisor.model import FIELDS
from advisor.reading import read
from advisor.rulebook import Rules
from advisor.session import Entry, Session
from bot import blocks
from bot.outbox import Outbox, Saying, stamp, write
from bot.store import Store, StoreError
from bot.view import Actions, Button, Text, View
from bot.wording import Wording

log = logging.getLogger(__name__)

DAY_SECONDS = 86_400
_START = {"start", "new", "new check", "start a check", "new conversation"}
_MAX_OPEN_SHOWN = 5


class Busy(Exception):
    """So much waits to be said that a new turn would only wait too."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who said what where, from a signed payload. ``thread_ts`` is the root of the thread, ``ts`` the message's own
    (empty for a click); ``key`` tells a repeated delivery."""

    key: str
    team: str
    user: str
    channel: str
    enterprise: str = ""
    ts: str = ""
    thread_ts: str = ""
    text: str = ""


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
        self._store, self._outbox, self._rules, self._wording = store, outbox, rules, wording
        self._keep_days, self._clock, self._swept = keep_days, clock, ""

    # ---- what can be heard

    def message(self, heard: Heard) -> None:
        """A person's message in the DM: an answer in a thread, an opening or a command at top level."""
        if heard.thread_ts:
            self._turn(heard, lambda conn: self._in_thread(conn, heard, Typed(text=heard.text, ts=heard.ts)))
        else:
            self._turn(heard, lambda conn: self._top_level(conn, heard))

    def attached(self, heard: Heard) -> None:
        """A file, a voice clip, an empty message."""
        if heard.thread_ts:
            self._turn(heard, lambda conn: self._in_thread(conn, heard, Attached()))
        else:
            self._turn(heard, lambda conn: [self._post(heard, self._menu("dm_help"))])

    def edited(self, heard: Heard) -> None:
        """A message that reads differently now: asked about, never silently recomputed."""
        in_thread = replace(heard, thread_ts=heard.thread_ts or heard.ts)
        self._turn(heard, lambda conn: self._in_thread(conn, in_thread, Edited(text=heard.text, ts=heard.ts)))

    def clicked(self, heard: Heard, event: Clicked, card_ts: str, check_id: str) -> None:
        """A button or a choice on a check's card."""
        self._turn(heard, lambda conn: self._on_card(conn, heard, event, card_ts, check_id))

    def start(self, heard: Heard, text: str = "") -> None:
        """Start a check in the person's DM, wherever they asked for it."""
        self._turn(heard, lambda conn: self._start_in_dm(conn, heard, text))

    def resume(self, heard: Heard, check_id: str = "") -> None:
        """Bring a check to the bottom of the DM: the one named, else the last."""
        self._turn(heard, lambda conn: self._resume(conn, heard, Clicked(verb="continue"), check_id))

    def mentioned(self, heard: Heard) -> None:
        """A mention in a channel: one answer in the thread with a way to the DM."""
        self._turn(heard, lambda conn: [self._mention_answer(heard)])

    def opened(self, heard: Heard) -> None:
        """The DM was opened: offer what one can begin with."""
        self._turn(heard, lambda conn: [self._prompts(conn, heard)])

    def strayed(self, heard: Heard) -> None:
        """A click on something that is not there any more."""
        self._turn(heard, lambda conn: [self._ephemeral(heard, "stale")])

    def command(self, heard: Heard) -> dict[str, Any]:
        """``/finetune …``; returns the body of the ack, seen by the caller only."""
        word, _, rest = heard.text.strip().partition(" ")
        try:
            match word.casefold():
                case "start" | "new":
                    self.start(heard, rest)
                    return self._ack("command_started")
                case "resume" | "continue":
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

    def _turn(self, heard: Heard, work: Callable[[sqlite3.Connection], list[Saying]]) -> None:
        if self._outbox.full:
            raise Busy("what is to be said to Slack has piled up; try again in a moment")

        def once(conn: sqlite3.Connection) -> list[Saying]:
            now = self._now()
            if now[:13] != self._swept:
                self._sweep(conn, now)
            fresh = conn.execute(
                "INSERT OR IGNORE INTO seen (key, at) VALUES (?, ?)", (f"{heard.team}:{heard.key}", now)
            ).rowcount
            if not fresh:
                return []
            return [write(conn, saying, now) for saying in work(conn)]

        self._store.turn(once, self._outbox.push)

    def _sweep(self, conn: sqlite3.Connection, now: str) -> None:
        """Once an hour: checks nobody has touched for as long as they are kept, and the keys of deliveries older
        than a day, of which Slack repeats none."""
        for table, column, days in (("seen", "at", 1), ("sessions", "changed_at", self._keep_days)):
            before = stamp(lambda days=days: self._clock() - days * DAY_SECONDS)  # type: ignore[misc]
            conn.execute(f"DELETE FROM {table} WHERE {column} < ?", (before,))  # noqa: S608 - names of ours
        self._swept = now[:13]

    def _now(self) -> str:
        return stamp(self._clock)

    # ---- in a check's thread

    def _in_thread(self, conn: sqlite3.Connection, heard: Heard, event: Event) -> list[Saying]:
        check = _in_thread(conn, heard.team, heard.channel, heard.thread_ts)
        if check is None:
            return self._top_level(conn, heard) if isinstance(event, Typed) else []
        if check.owner != heard.user:
            return [self._ephemeral(heard, "not_yours", check.owner)]
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
            return [self._ephemeral(heard, "stale")]
        if check.owner != heard.user:
            return [self._ephemeral(heard, "not_yours", check.owner)]
        here = replace(check, channel=heard.channel, thread_ts=thread_ts)
        # Typed since the card was posted: the card to draw belongs below those words.
        return self._advance(conn, heard, here, event, below=check.heard_ts > card_ts)

    def _advance(
        self, conn: sqlite3.Connection, heard: Heard, check: Check, event: Event, *, below: bool, moved: bool = False
    ) -> list[Saying]:
        """One step of a check that is (or from now on will be) where ``check`` says."""
        session, reply = step(check.session, event, self._rules)
        if isinstance(event, Edited | Attached) and not reply.notes:
            return []
        now = self._now()
        _append(conn, check.id, check.session, session, now)
        conn.execute(
            "UPDATE sessions SET channel=?, thread_ts=?, card_ts=?, heard_ts=?, changed_at=? WHERE id=?",
            (check.channel, check.thread_ts, check.card_ts, max(check.heard_ts, heard.ts), now, check.id),
        )
        self._keep_report(conn, check.id, reply, now)
        return [self._card(heard, check, reply, below=below, moved=moved)]

    def _keep_report(self, conn: sqlite3.Connection, check_id: str, reply: Reply, now: str) -> None:
        if reply.face == "report":
            report = reply.report
            conn.execute(
                "INSERT OR IGNORE INTO reports (session, version, rules_version, verdict, body, at)"
                " VALUES (?,?,?,?,?,?)",
                (check_id, reply.version, report.rules_version, report.verdict.kind, report.model_dump_json(), now),
            )

    # ---- at the top level of the DM

    def _top_level(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        named = command(heard.text)
        if named == "help":
            return [self._post(heard, self._menu("dm_help"))]
        if heard.text.strip().casefold() in _START:
            return self._open(conn, heard, "")
        if named:
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts))
        if self._may_answer(conn, heard):
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts, late=True))
        return self._open(conn, heard, heard.text)

    def _may_answer(self, conn: sqlite3.Connection, heard: Heard) -> bool:
        """Whether these words answer what the person's last check asks: then we ask which was meant, not guess."""
        for check in _mine(conn, heard, most=1):
            reply = current(check.session, self._rules)
            if reply.face == "question" and FIELDS[reply.pending].kind != "name":
                return read(reply.pending, heard.text).value is not None
        return False

    def _open(self, conn: sqlite3.Connection, heard: Heard, text: str) -> list[Saying]:
        """A new check whose thread is that of the message it was opened with."""
        check = self._new(conn, heard, channel=heard.channel, thread_ts=heard.thread_ts or heard.ts, text=text)
        return [self._card(heard, check, current(check.session, self._rules), below=True)]

    def _start_in_dm(self, conn: sqlite3.Connection, heard: Heard, text: str) -> list[Saying]:
        """A new check we open: its card is the root of its thread, posted to a DM we may have to open first."""
        check = self._new(conn, heard, channel="", thread_ts="", text=text)
        return [self._card(heard, check, current(check.session, self._rules), below=True)]

    def _new(self, conn: sqlite3.Connection, heard: Heard, *, channel: str, thread_ts: str, text: str) -> Check:
        now, check_id = self._now(), secrets.token_hex(16)
        conn.execute(
            "INSERT INTO sessions"
            " (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at, changed_at)"
            " VALUES (?,?,?,?,?,?,'',?,?,?)",
            (check_id, heard.enterprise, heard.team, heard.user, channel, thread_ts, heard.ts, now, now),
        )
        if thread_ts:
            _leads_to(conn, heard.team, channel, thread_ts, check_id)
        session = opening(_without_mentions(text) or str(self._wording.say("chrome", "untitled")))
        session = Session(entries=tuple(e.model_copy(update={"ts": heard.ts}) for e in session.entries))
        _append(conn, check_id, Session(), session, now)
        return Check(check_id, heard.user, channel, thread_ts, "", heard.ts, session)

    def _resume(self, conn: sqlite3.Connection, heard: Heard, event: Event, check_id: str = "") -> list[Saying]:
        """The last check, or the one named, goes on in the thread (or DM) this was asked in."""
        mine = _mine(conn, heard, check_id, most=1 + _MAX_OPEN_SHOWN)
        if not mine:
            return [self._post(heard, self._menu("nothing_to_resume"))] if heard.ts else [self._dm_note(heard)]
        check, *others = mine
        # The card moves to where the person is now; the old one is cut down to a pointer.
        channel, thread = (heard.channel, heard.thread_ts or heard.ts) if heard.ts else ("", "")
        if thread:
            _leads_to(conn, heard.team, channel, thread, check.id)
        sayings = []
        if check.card_ts:
            line = str(self._wording.say("chrome", "moved_thread"))
            part = {"type": "context", "elements": [{"type": "mrkdwn", "text": line}]}
            args = {"channel": check.channel, "ts": check.card_ts, "text": blocks.plain(line), "blocks": [part]}
            sayings.append(self._saying("chat.update", args, heard, lane=check.owner))
        here = replace(check, channel=channel, thread_ts=thread, card_ts="")
        sayings += self._advance(conn, heard, here, event, below=True, moved=True)
        if others and thread and not check_id and command(heard.text) == "continue":
            sayings.append(self._post(heard, self._others(conn, heard, others)))
        return sayings

    # ---- saying

    def _saying(self, method: str, args: dict[str, Any], heard: Heard, *, lane: str, **more: Any) -> Saying:
        return Saying(method, args, lane, enterprise=heard.enterprise, team=heard.team, **more)

    def _card(self, heard: Heard, check: Check, reply: Reply, *, below: bool, moved: bool = False) -> Saying:
        message = blocks.message(self._wording.view(reply), key=card_key(check.id, reply.version))
        to = "" if check.channel else check.owner  # then its DM is opened first
        args = message | ({"channel": check.channel} if check.channel else {})
        args |= {"thread_ts": check.thread_ts} if check.thread_ts else {}
        return self._saying(
            "card", args, heard, lane=check.owner, session=check.id,
            card_ts=check.card_ts, below=below, collapse="" if moved else self._wording.collapsed(reply), to=to,
        )  # fmt: skip

    def _post(self, heard: Heard, view: View) -> Saying:
        args = blocks.message(view) | {"channel": heard.channel}
        args |= {"thread_ts": heard.thread_ts or heard.ts} if heard.thread_ts or heard.ts else {}
        return self._saying("chat.postMessage", args, heard, lane=_lane(heard))

    def _dm_note(self, heard: Heard) -> Saying:
        args = blocks.message(self._menu("nothing_to_resume")) | {"channel": heard.user}
        return self._saying("chat.postMessage", args, heard, lane=heard.user)

    def _ephemeral(self, heard: Heard, code: str, *facts: Any) -> Saying:
        text = str(self._wording.say("chrome", code, *facts))
        parts: tuple[Any, ...] = (Text(text),)
        if code == "stale":
            parts += (Actions((Button("Show my current check", "session:resume"),)),)
        args = blocks.message(View(parts, text)) | {"channel": heard.channel, "user": heard.user}
        args |= {"thread_ts": heard.thread_ts} if heard.thread_ts else {}
        return self._saying("chat.postEphemeral", args, heard, lane=_lane(heard))

    def _mention_answer(self, heard: Heard) -> Saying:
        text = _without_mentions(heard.text)
        sentence = str(self._wording.say("chrome", "mention"))
        button = Button("Answer in a DM", "session:start", value=text[:1000], style="primary")
        return self._post(heard, View((Text(sentence), Actions((button,))), sentence))

    def _prompts(self, conn: sqlite3.Connection, heard: Heard) -> Saying:
        codes = ["prompt_start", *(["prompt_resume"] if _latest(conn, heard) else []), "prompt_help"]
        prompts = [
            dict(zip(("title", "message"), self._wording.plainly("chrome", code).split(" | "), strict=True))
            for code in codes
        ]
        return self._saying(
            "assistant.threads.setSuggestedPrompts",
            {"channel_id": heard.channel, "prompts": prompts},
            heard,
            lane=heard.user,
        )

    def _menu(self, code: str, *facts: Any) -> View:
        text = str(self._wording.say("chrome", code, *facts))
        buttons = (
            Button("Start a check", "session:start", style="primary"),
            Button("Resume my last check", "session:resume"),
        )
        return View((Text(text), Actions(buttons)), text)

    def _others(self, conn: sqlite3.Connection, heard: Heard, shown: list[Check]) -> View:
        owned = conn.execute("SELECT count(*) FROM sessions WHERE team=? AND owner=?", (heard.team, heard.user))
        text = str(self._wording.say("chrome", "others", owned.fetchone()[0] - 1))
        buttons = tuple(
            Button(f"Resume: {current(c.session, self._rules).title}", f"session:resume:{n}", c.id)
            for n, c in enumerate(shown)
        )
        return View((Text(text), Actions(buttons)), text)

    def _ack(self, code: str, *facts: Any, menu: bool = False) -> dict[str, Any]:
        text = str(self._wording.say("chrome", code, *facts))
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
            _log_of(conn, row["id"]),
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


def _log_of(conn: sqlite3.Connection, check_id: str) -> Session:
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

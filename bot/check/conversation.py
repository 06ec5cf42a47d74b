"""What a person and the bot say to each other about a check: hear, look up, decide, write down, say."""

import logging
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
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
    asked_in,
    command,
    current,
    step,
)
from advisor.model import FIELDS, Answers
from advisor.reading import read, show
from advisor.session import Session, stored
from advisor.supposing import suppose
from bot.answering.search import LIKELY
from bot.check import menus
from bot.check.live_card import Drawing
from bot.delivery.replies import Speech
from bot.delivery.turn import Busy, Turns
from bot.messages import Followed, Heard, Saying
from bot.render import blockkit
from bot.render.view import View
from bot.store.checks import (
    Check,
    append,
    begin,
    check_by_id,
    check_in_thread,
    go_on,
    has_one,
    how_many,
    keep_origin,
    keep_report,
    leads_to,
    own_check,
    own_checks,
    state,
)
from bot.store.database import StoreError

log = logging.getLogger(__name__)

_SMALL_TALK = {
    "hi", "hello", "hey", "ok", "okay", "ok thanks", "thanks", "thank you", "thx", "thanks a lot", "many thanks", "lol",
    "test", "yes", "no", "delete", "cool", "great", "nice", "perfect", "good morning", "hi there", "hello there",
}  # fmt: skip
_ME = {"me", "myself", "i do", "i will", "i am", "that's me", "that would be me", "i own it", "i will own it"}
_START = {"start", "new", "new check", "start a check", "new conversation"}
_MAX_OPEN_SHOWN = 5


class Conversation:
    """The conversation in a person's DM, in a check's thread and on its card."""

    def __init__(self, turns: Turns, speech: Speech, drawing: Drawing, cut_off: Callable[[str], str | None]) -> None:
        """``cut_off`` is why nothing can be said to a workspace, if so."""
        self._turns, self._speech, self._drawing, self._cut_off = turns, speech, drawing, cut_off
        self._wording, self._rules = speech.wording, speech.wording.rules

    # ---- what can be heard

    def message(self, heard: Heard) -> None:
        """A person's message in the DM: an answer in a thread, an opening or a command at top level."""
        if heard.thread_ts:
            self._turns.take(heard, lambda conn: self._in_thread(conn, heard, Typed(text=heard.text, ts=heard.ts)))
        else:
            self._turns.take(heard, lambda conn: self._top_level(conn, heard))

    def attached(self, heard: Heard) -> None:
        """A file, a voice clip, an empty message."""
        if heard.thread_ts:
            self._turns.take(heard, lambda conn: self._in_thread(conn, heard, Attached()))
        else:
            self._turns.take(heard, lambda conn: [self._speech.post(heard, menus.menu(self._wording, "dm_help"))])

    def edited(self, heard: Heard) -> None:
        """A message that reads differently now: asked about, never silently recomputed."""
        in_thread = replace(heard, thread_ts=heard.thread_ts or heard.ts)
        self._turns.take(heard, lambda conn: self._in_thread(conn, in_thread, Edited(text=heard.text, ts=heard.ts)))

    def clicked(self, heard: Heard, event: Clicked, card_ts: str, check_id: str) -> None:
        """A button or a choice on a check's card."""
        self._turns.take(heard, lambda conn: self._on_card(conn, heard, event, card_ts, check_id))

    def asked(self, heard: Heard, check_id: str, code: str) -> None:
        """One of the questions we offered was pressed."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            check = own_check(conn, heard, check_id)
            if check is None or code not in LIKELY:
                return [self._speech.ephemeral(heard, "stale")]
            question = self._wording.plainly("bank", f"likely_{code}")
            answered = self._answered(heard, check, state(check, self._rules), question)
            return [replace(answered, on_result=None)]  # our own question: no model finds a better answer

        self._turns.take(heard, work)

    def start(self, heard: Heard, text: str = "", *, from_mention: bool = False, taken: bool = False) -> None:
        """Start a check in the person's DM, wherever they asked for it; after a mention it knows the thread. A text
        ``taken`` from somebody's message is shown, and can be dropped."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            sayings = self._start_in_dm(conn, heard, text, taken=taken)
            if from_mention:
                keep_origin(conn, heard, sayings[0].session)
            return [*sayings, *self._ripples(conn, heard)]

        self._turns.take(heard, work)

    def resume(self, heard: Heard, check_id: str = "") -> None:
        """Bring a check to the bottom of the DM: the one named, else the last."""
        self._turns.take(heard, lambda conn: self._resume(conn, heard, Clicked(verb="continue"), check_id))

    def act(self, heard: Heard, verb: Command, check_id: str) -> None:
        """A command for a check that is not on its card: it goes on in the person's DM."""
        event = Clicked(verb=verb)
        self._turns.take(heard, lambda conn: self._resume(conn, replace(heard, ts="", thread_ts=""), event, check_id))

    def mentioned(self, heard: Heard) -> None:
        """A mention in a channel: one answer in the thread with a way to the DM."""
        view = menus.mention(self._wording, _without_mentions(heard.text))
        self._turns.take(heard, lambda _: [self._speech.post(heard, view)])

    def opened(self, heard: Heard) -> None:
        """The DM was opened: offer what one can begin with."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            prompts = menus.prompts(self._wording, resume=has_one(conn, heard))
            args = {"channel_id": heard.channel, "prompts": prompts}
            return [self._speech.beside("assistant.threads.setSuggestedPrompts", args, heard)]

        self._turns.take(heard, work)

    def strayed(self, heard: Heard) -> None:
        """A click on something that is not there any more."""
        self._turns.take(heard, lambda conn: [self._speech.ephemeral(heard, "stale")])

    def outsider(self, body: dict[str, Any], team: str) -> None:
        """Somebody of another company pressed something: told to them alone, nothing of ours is shown or changed."""
        user, url = body.get("user"), body.get("response_url")
        if not isinstance(user, dict) or not isinstance(url, str):
            return
        heard = Heard(str(body.get("trigger_id")), team, str(user.get("id")), "", response_url=url)
        told = View.of(str(self._wording.say("chrome", "outsider")))
        self._turns.take(heard, lambda _: [replace(self._speech.respond(heard, told), on_result=None)])

    def command(self, heard: Heard, more: Mapping[str, Callable[[Heard, str], dict[str, Any]]]) -> dict[str, Any]:
        """``/finetune …``; returns the body of the ack, seen by the caller only. ``more`` are words that others
        answer."""
        word, _, rest = heard.text.strip().partition(" ")
        word, _, line = word.partition("\n")
        try:
            match word.casefold():
                case "start" | "new" | "resume" | "continue" | "import" if why := self._cut_off(heard.team):
                    return self._ack("cut_off", why)  # an acknowledgement gets through all the same
                case known if known in more:
                    return more[known](heard, f"{line} {rest}".strip())
                case "start" | "new":
                    self.start(heard, rest)
                    return self._ack("command_started")
                case "resume" | "continue":
                    if not self._turns.reading(lambda conn: has_one(conn, heard)):
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

    def _ack(self, code: str, *facts: Any, menu: bool = False) -> dict[str, Any]:
        text = str(self._wording.say("chrome", code, *facts))
        view = menus.menu(self._wording, code, *facts) if menu else View.of(text)
        return blockkit.message(view) | {"response_type": "ephemeral"}

    # ---- in a check's thread

    def _in_thread(self, conn: sqlite3.Connection, heard: Heard, event: Event) -> list[Saying]:
        check = check_in_thread(conn, heard.team, heard.channel, heard.thread_ts)
        if check is None:
            return self._top_level(conn, heard) if isinstance(event, Typed) else []
        if check.owner != heard.user:
            return [self._speech.ephemeral(heard, "not_yours", check.owner)]
        if isinstance(event, Typed) and _folded(event.text) in _ME and self._asks_a_name(check):
            event = event.model_copy(update={"text": f"<@{heard.user}>"})
        if isinstance(event, Typed):
            late = bool(heard.ts) and heard.ts < max(check.card_ts, check.heard_ts)
            event = event.model_copy(update={"late": late})
        here = replace(check, channel=heard.channel, thread_ts=heard.thread_ts)
        return self._advance(conn, heard, here, event, below=True)

    def _asks_a_name(self, check: Check) -> bool:
        pending = state(check, self._rules).pending
        return pending in FIELDS and FIELDS[pending].kind == "name"

    def _on_card(
        self, conn: sqlite3.Connection, heard: Heard, event: Clicked, card_ts: str, check_id: str
    ) -> list[Saying]:
        # The card names its check, so that a click is understood even before we have noted where the card went;
        # whose it is comes from the row and the signed payload alone.
        thread_ts = heard.thread_ts or card_ts
        check = check_by_id(conn, heard.team, check_id) or check_in_thread(conn, heard.team, heard.channel, thread_ts)
        if check is None:
            return [self._speech.ephemeral(heard, "stale")]
        if check.owner != heard.user:
            return [self._speech.ephemeral(heard, "not_yours", check.owner)]
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
        go_on(conn, heard, check, session, self._turns.now())
        told = self._keep_report(conn, check.id, session, reply)
        more = self._ripples(conn, heard)  # before the card, which shows where a reminder has moved to
        asked = next((note.text for note in reply.notes if note.code == "asked"), "")
        if asked and reply.face == "report" and _folded(asked) in _SMALL_TALK:
            return [self._speech.post(heard, View.of(str(self._wording.say("chrome", "small_talk")))), *more]
        if asked:
            answer = self._answered(heard, replace(check, session=session), reply, asked)
            if reply.face == "report":
                return [answer, *more]
            # The answer stays; the question it was asked in the middle of comes again below it.
            again = reply.model_copy(update={"notes": ()})
            return [replace(answer, on_result=None), self._drawing.card(conn, heard, check, again, below=below), *more]
        return [self._drawing.card(conn, heard, check, reply, below=below, moved=moved, told=told), *more]

    def _keep_report(self, conn: sqlite3.Connection, check_id: str, session: Session, reply: Reply) -> bool:
        """Keep a decision that stands; returns whether somebody hears of the card that shows a new version of it."""
        new = reply.face == "report" and keep_report(conn, check_id, session, reply, self._turns.now())
        return new and "decided" in self._turns.handlers

    def _answered(self, heard: Heard, check: Check, reply: Reply, question: str) -> Saying:
        """The answer to a question about a report, in the thread it was asked in. The outcome is told to who may
        choose better."""
        args = self._drawing.answer(check, reply, question) | {"channel": heard.channel}
        args |= {"thread_ts": heard.thread_ts or heard.ts} if heard.thread_ts or heard.ts else {}
        # Only a question may reach a model, and what is computed needs no better choice.
        better = asked_in(question) and suppose(question, reply.report.answers) is None
        followed = Followed(user=heard.user, name=heard.name, check=check.id, version=reply.version, question=question)
        told = followed if better and "followed" in self._turns.handlers else None
        return self._speech.saying("chat.postMessage", args, heard, lane=heard.lane, on_result=told)

    def _ripples(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """What a changed check means elsewhere: the Home tab, a reminder."""
        return [saying for ripple in self._turns.changed for saying in ripple(conn, heard)]

    # ---- at the top level of the DM

    def _top_level(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        named = command(heard.text)
        if named == "help":
            return [self._speech.post(heard, menus.menu(self._wording, "dm_help"))]
        if heard.text.strip().casefold() in _START:
            return self._open(conn, heard, "")
        if named:
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts))
        if self._may_answer(conn, heard):
            return self._resume(conn, heard, Typed(text=heard.text, ts=heard.ts, late=True))
        if _folded(heard.text) in _SMALL_TALK:
            return [self._speech.post(heard, menus.menu(self._wording, "dm_help"))]
        return self._open(conn, heard, heard.text)

    def _may_answer(self, conn: sqlite3.Connection, heard: Heard) -> bool:
        """Whether these words answer what the person's last check asks: then we ask which was meant, not guess."""
        for check in own_checks(conn, heard, most=1):
            reply = state(check, self._rules)
            if reply.face == "question" and FIELDS[reply.pending].kind != "name":
                return read(reply.pending, heard.text).value is not None
        return False

    def _open(self, conn: sqlite3.Connection, heard: Heard, text: str) -> list[Saying]:
        """A new check whose thread is that of the message it was opened with."""
        check = self._new(conn, heard, channel=heard.channel, thread_ts=heard.thread_ts or heard.ts, text=text)
        card = self._drawing.card(conn, heard, check, state(check, self._rules), below=True)
        return [card, *self._ripples(conn, heard)]

    def _start_in_dm(self, conn: sqlite3.Connection, heard: Heard, text: str, *, taken: bool = False) -> list[Saying]:
        """A new check we open: its card is the root of its thread, posted to a DM we may have to open first."""
        check = self._new(conn, heard, channel="", thread_ts="", text=text)
        reply = state(check, self._rules)
        if taken:
            reply = reply.model_copy(update={"notes": (Note(code="taken", text=reply.description),)})
        return [self._drawing.card(conn, heard, check, reply, below=True)]

    def _new(self, conn: sqlite3.Connection, heard: Heard, *, channel: str, thread_ts: str, text: str) -> Check:
        title = _without_mentions(text) or str(self._wording.say("chrome", "untitled"))
        return begin(conn, heard, title, self._turns.now(), channel=channel, thread_ts=thread_ts)

    def _resume(self, conn: sqlite3.Connection, heard: Heard, event: Event, check_id: str = "") -> list[Saying]:
        """The last check, or the one named, goes on in the thread (or DM) this was asked in."""
        mine = own_checks(conn, heard, check_id, most=1 + _MAX_OPEN_SHOWN)
        if not mine and check_id:
            return [self._speech.ephemeral(heard, "not_found")]
        if not mine:
            menu = menus.menu(self._wording, "nothing_to_resume")
            return [self._speech.post(heard, menu) if heard.ts else self._dm_note(heard, menu)]
        check, *others = mine
        # The card moves to where the person is now; the old one is cut down to a pointer.
        channel, thread = (heard.channel, heard.thread_ts or heard.ts) if heard.ts else ("", "")
        if thread:
            leads_to(conn, heard.team, channel, thread, check.id)
        sayings = []
        if check.card_ts:
            line = str(self._wording.say("chrome", "moved_thread"))
            part = {"type": "context", "elements": [{"type": "mrkdwn", "text": line}]}
            args = {"channel": check.channel, "ts": check.card_ts, "text": blockkit.plain(line), "blocks": [part]}
            sayings.append(self._speech.beside("chat.update", args, heard))
        here = replace(check, channel=channel, thread_ts=thread, card_ts="")
        sayings += self._advance(conn, heard, here, event, below=True, moved=True)
        if others and thread and not check_id and command(heard.text) == "continue":
            view = menus.others(self._wording, how_many(conn, heard) - 1, others)
            sayings.append(self._speech.post(heard, view))
        return sayings

    def _dm_note(self, heard: Heard, view: View) -> Saying:
        return self._speech.direct(heard, heard.user, view)

    # ---- what other acts on a check lead to

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
        append(conn, check.id, check.session, session, self._turns.now())
        reply = current(session, self._rules)
        reply = reply.model_copy(update={"notes": (Note(code="brought"),)})
        told = self._keep_report(conn, check.id, session, reply)
        card = self._drawing.card(conn, heard, replace(check, session=session), reply, below=True, told=told)
        return [card, *self._ripples(conn, heard)]


_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]{0,200})?>")  # bounded: a long text of openings is not read anew for each


def _folded(text: str) -> str:
    return text.casefold().strip(" .!?")


def _without_mentions(text: str) -> str:
    return " ".join(_MENTION.sub(" ", text).split())

"""What a person and the bot say to each other about a check: hear, look up, decide, write down, say."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from advisor.conversation import (
    Attached,
    Clicked,
    Command,
    Edited,
    Event,
    Filled,
    Note,
    Reply,
    Typed,
    Undone,
    asked_in,
    command,
    current,
    folded,
    step,
)
from advisor.model import FIELDS, Answers, Ends, Quote
from advisor.pattern import pattern
from advisor.prices import PriceList
from advisor.reading import show
from advisor.reading.currency import read_by
from advisor.reading.what_if import at_both_ends
from advisor.session import Session, quoted, spanned, stored
from bot.answering.intents import intents
from bot.check import menus
from bot.check.beyond import asked_vendors
from bot.check.live_card import LiveCard
from bot.delivery.replies import Replies
from bot.delivery.turn import Busy, Turns
from bot.messages import Followed, OutgoingMessage, Request
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
    is_there,
    keep_origin,
    keep_report,
    leads_to,
    own_check,
    own_checks,
    state,
)
from bot.store.database import Connection, StoreError
from bot.store.decisions import handed_over

log = logging.getLogger(__name__)

_SMALL_TALK = {
    "hi", "hello", "hey", "ok", "okay", "ok thanks", "thanks", "thank you", "thx", "thanks a lot", "many thanks", "lol",
    "test", "yes", "no", "delete", "cool", "great", "nice", "perfect", "good morning", "hi there", "hello there",
}  # fmt: skip
_NONE: Mapping[str, Any] = {}
_ME = {"me", "myself", "i do", "i will", "i am", "that's me", "that would be me", "i own it", "i will own it"}
_START = {"start", "new", "new check", "start a check", "new conversation"}
_MAX_OPEN_SHOWN = 5

Prices = Callable[[], PriceList | None]
"""Where the prices of today are; ``None`` where nobody has any."""


class Conversation:
    """The conversation in a person's DM, in a check's thread and on its card."""

    def __init__(
        self,
        turns: Turns,
        replies: Replies,
        live_card: LiveCard,
        cut_off: Callable[[str], tuple[str, ...]],
        prices: Prices = lambda: None,
    ) -> None:
        """``cut_off`` is why nothing can be said to a workspace, as a code and its facts; ``prices`` are today's."""
        self._turns, self._replies, self._live_card, self._cut_off = turns, replies, live_card, cut_off
        self._prices = prices
        self._wording, self._rules = replies.wording, replies.wording.rules

    # ---- what can be heard

    def message(self, request: Request) -> None:
        """A person's message in the DM: an answer in a thread, an opening or a command at top level."""
        if request.thread_ts:
            self._turns.take(
                request, lambda conn: self._in_thread(conn, request, Typed(text=request.text, ts=request.ts))
            )
        else:
            self._turns.take(request, lambda conn: self._top_level(conn, request))

    def attached(self, request: Request) -> None:
        """A file, a voice clip, an empty message."""
        if request.thread_ts:
            self._turns.take(request, lambda conn: self._in_thread(conn, request, Attached()))
        else:
            self._turns.take(request, lambda _: [self._replies.post(request, menus.menu(self._wording, "dm_help"))])

    def edited(self, request: Request) -> None:
        """A message that reads differently now: asked about, never silently recomputed."""
        in_thread = request._replace(thread_ts=request.thread_ts or request.ts)
        self._turns.take(
            request, lambda conn: self._in_thread(conn, in_thread, Edited(text=request.text, ts=request.ts))
        )

    def clicked(self, request: Request, event: Clicked, card_ts: str, check_id: str) -> None:
        """A button or a choice on a check's card."""
        self._turns.take(request, lambda conn: self._on_card(conn, request, event, card_ts, check_id))

    def asked(self, request: Request, check_id: str, code: str) -> None:
        """One of the questions we offered was pressed."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            if check is None or code not in intents():
                return [self._replies.ephemeral(request, self.why_not(conn, request, check_id))]
            answered = self._answered(request, check, state(check, self._rules), intents()[code].asks)
            return [replace(answered, on_result=None)]  # our own question: no model finds a better answer

        self._turns.take(request, work)

    def start(
        self,
        request: Request,
        text: str = "",
        *,
        taken: bool = False,
        once: bool = False,
        mentioned: str | None = None,
        code: str = "goes_on",
    ) -> None:
        """Start a check in the person's DM, wherever they asked for it, and tell them there, by ``code``, where it is.
        A text ``taken`` from somebody's message is shown, and can be dropped. Offered ``once``, what was pressed is
        resolved. After a mention the check knows the thread; ``mentioned`` is by whom."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            theirs = mentioned == request.user
            if (once or theirs) and not self._turns.first(
                conn, request.team, f"{request.user}:once:{request.message_ts}"
            ):
                return []  # pressed twice
            card = self._start_in_dm(conn, request, text, taken=taken)
            if mentioned is not None:
                keep_origin(conn, request, card.session)
            told = [self._replies.goes_on(request, card.session, code, resolved=once)]
            if theirs:
                told += self._replies.resolve(request, str(self._wording.say("chrome", "mention_taken", request.name)))
            return [card, *told, *self._ripples(conn, request)]

        self._turns.take(request, work)

    def resume(self, request: Request, check_id: str = "", *, once: bool = False, code: str = "goes_on") -> None:
        """Bring a check to the bottom of the DM: the one named, else the last."""
        self._brought(request, "continue", check_id, once, code)

    def act(self, request: Request, verb: Command, check_id: str, *, once: bool = False) -> None:
        """A command for a check that is not on its card: it goes on in the person's DM."""
        self._brought(request, verb, check_id, once, "goes_on")

    def _brought(self, request: Request, verb: Command, check_id: str, once: bool, code: str) -> None:
        """A check goes on at the bottom of the DM: who wanted it is told, where they pressed, where that is."""
        event = Clicked(verb=verb)

        def work(conn: Connection) -> list[OutgoingMessage]:
            to_send = self._resume(conn, request._replace(ts="", thread_ts=""), event, check_id, asked=request)
            brought = [one.session for one in to_send if one.method == "card"]
            return to_send + [self._replies.goes_on(request, one, code, resolved=once) for one in brought]

        self._turns.take(request, work)

    def mentioned(self, request: Request) -> list[OutgoingMessage]:
        """A mention in a channel: one answer in the thread with a way to the DM."""
        said = without_mentions(request.text)
        return [self._replies.post(request, menus.mention(self._wording, said, request.user))]

    def opened(self, request: Request) -> None:
        """The DM was opened: offer what one can begin with."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            prompts = menus.prompts(self._wording, resume=has_one(conn, request))
            args = {"channel_id": request.channel, "prompts": prompts}
            return [self._replies.beside("assistant.threads.setSuggestedPrompts", args, request)]

        self._turns.take(request, work)

    def strayed(self, request: Request) -> None:
        """A click on something that is not there any more."""
        self._turns.take(request, lambda _: [self._replies.ephemeral(request, "stale")])

    def outsider(self, body: dict[str, Any], team: str) -> None:
        """Somebody of another company pressed something: told to them alone, nothing of ours is shown or changed."""
        user, url = body.get("user"), body.get("response_url")
        if not isinstance(user, dict) or not isinstance(url, str):
            return
        request = Request(str(body.get("trigger_id")), team, str(user.get("id")), "", response_url=url)
        told = View.of(str(self._wording.say("chrome", "outsider")))
        self._turns.take(request, lambda _: [replace(self._replies.respond(request, told), on_result=None)])

    def has_check(self, request: Request) -> bool:
        """Whether this person has one."""
        return self._turns.reading(lambda conn: has_one(conn, request))

    def not_allowed(self, request: Request) -> None:
        """Somebody who may not use the bot: told to them alone, and nothing is kept of what they said."""
        told = View.of(str(self._wording.say("chrome", "not_allowed")))
        if request.response_url:  # the bot may be no member there
            said = replace(self._replies.respond(request, told), on_result=None)
        else:
            said = self._replies.ephemeral(request, "not_allowed")
        self._turns.take(request, lambda _: [said])

    def no_entry(self) -> dict[str, Any]:
        """The same, as the ack of a command."""
        return self._ack("not_allowed")

    def reinstall(self, url: str) -> dict[str, Any]:
        """The ack of a command where there is no token to speak with."""
        return self._ack("reinstall", url)

    def command(
        self, request: Request, more: Mapping[str, Callable[[Request, str], dict[str, Any] | None]]
    ) -> dict[str, Any]:
        """``/finetune …``; returns the body of the ack, seen by the caller only. ``more`` are words that others
        answer."""
        word, _, rest = request.text.strip().partition(" ")
        word, _, line = word.partition("\n")
        try:
            match word.casefold():
                case "start" | "new" | "resume" | "continue" | "import" if why := self._cut_off(request.team):
                    return self._ack("cut_off", *why)  # an acknowledgement gets through all the same
                case known if known in more:
                    return more[known](request, f"{line} {rest}".strip()) or {}
                case "start" | "new":
                    self.start(request, rest, code="here")
                    return self._ack("command_started")
                case "resume" | "continue":
                    if not self.has_check(request):
                        return self._ack("nothing_to_resume", menu=True)
                    self.resume(request, code="here")
                    return self._ack("command_resumed")
                case "" | "help" as said:
                    return self._ack("command_help" if said else "command_menu", menu=True)
                case _:
                    return self._ack("command_unknown", request.text.strip()[:100], menu=True)
        except (Busy, StoreError) as error:
            # Slack repeats no command; words are better than its own error.
            log.warning("a command was turned away (%s)", type(error).__name__)
            return self._ack("busy")

    def _ack(self, code: str, *facts: Any, menu: bool = False) -> dict[str, Any]:
        text = str(self._wording.say("chrome", code, *facts))
        view = menus.menu(self._wording, code, *facts) if menu else View.of(text)
        return blockkit.message(view) | {"response_type": "ephemeral"}

    # ---- in a check's thread

    def _in_thread(self, conn: Connection, request: Request, event: Event) -> list[OutgoingMessage]:
        check = check_in_thread(conn, request.team, request.channel, request.thread_ts)
        if check is None:
            return self._top_level(conn, request) if isinstance(event, Typed) else []
        if check.owner != request.user:
            return [self._replies.ephemeral(request, self.why_not(conn, request, check.id))]
        if isinstance(event, Typed) and self._asks_a_name(check):
            event = event.model_copy(update={"text": oneself(event.text, request.user)})
        if isinstance(event, Typed):
            late = bool(request.ts) and request.ts < max(check.card_ts, check.heard_ts)
            event = event.model_copy(update={"late": late})
        here = check._replace(channel=request.channel, thread_ts=request.thread_ts)
        return self._advance(conn, request, here, event, below=True)

    def _asks_a_name(self, check: Check) -> bool:
        pending = state(check, self._rules).pending
        return pending in FIELDS and FIELDS[pending].kind == "name"

    def _on_card(
        self, conn: Connection, request: Request, event: Clicked, card_ts: str, check_id: str
    ) -> list[OutgoingMessage]:
        # The card names its check, so that a click is understood even before we have noted where the card went;
        # whose it is comes from the row and the signed payload alone.
        thread_ts = request.thread_ts or card_ts
        check = check_by_id(conn, request.team, check_id) or check_in_thread(
            conn, request.team, request.channel, thread_ts
        )
        if check is None or check.owner != request.user:
            return [self._replies.ephemeral(request, self.why_not(conn, request, check.id if check else check_id))]
        here = check._replace(channel=request.channel, thread_ts=thread_ts)
        # Typed since the card was posted: the card to draw belongs below those words.
        return self._advance(conn, request, here, event, below=check.heard_ts > card_ts)

    def why_not(self, conn: Connection, request: Request, check_id: str) -> str:
        """Why a press on a card does nothing: the code of what is told."""
        if check_id and not is_there(conn, request.team, check_id):
            return "gone"
        if check_id and own_check(conn, request, check_id) is None:
            return "handed_over" if handed_over(conn, check_id, request.user) else "not_yours"
        return "stale"

    def _advance(
        self,
        conn: Connection,
        request: Request,
        check: Check,
        event: Event,
        *,
        below: bool,
        moved: bool = False,
    ) -> list[OutgoingMessage]:
        """One step of a check that is (or from now on will be) where ``check`` says."""
        session, reply = step(check.session, event, self._rules, self._prices())
        if isinstance(event, Edited | Attached) and not reply.notes:
            return []
        go_on(conn, request, check, session, self._turns.now())
        decided = self._keep_report(conn, check.id, session, reply)
        # Before the card, which shows where a reminder has moved to.
        more = self._ripples(conn, request, decided=decided)
        asked = next((note.text for note in reply.notes if note.code == "asked"), "")
        if asked and reply.face == "report" and folded(asked) in _SMALL_TALK:
            return [self._replies.post(request, View.of(str(self._wording.say("chrome", "small_talk")))), *more]
        if asked:
            answer = self._answered(request, check._replace(session=session), reply, asked)
            if reply.face == "report":
                return [answer, *more]
            # The answer stays; the question it was asked in the middle of comes again below it.
            again = reply.model_copy(update={"notes": ()})
            return [
                replace(answer, on_result=None),
                self._live_card.card(conn, request, check, again, below=below),
                *more,
            ]
        told = decided and self._is_heard_of()
        return [self._live_card.card(conn, request, check, reply, below=below, moved=moved, told=told), *more]

    def _keep_report(self, conn: Connection, check_id: str, session: Session, reply: Reply) -> bool:
        """Keep a decision that stands; returns whether it is a new one."""
        new = reply.face == "report" and keep_report(conn, check_id, session, reply, self._turns.now())
        if new:
            self._turns.metrics.count("reports", reply.report.verdict.kind)
        return new

    def _is_heard_of(self) -> bool:
        """Whether somebody hears of the card that shows a new decision."""
        return "decided" in self._turns.result_handlers

    def _answered(self, request: Request, check: Check, reply: Reply, question: str) -> OutgoingMessage:
        """The answer to a question about a report, in the thread it was asked in. The outcome is told to who may
        choose better."""
        args = self._live_card.answer(check, reply, question) | {"channel": request.channel}
        args |= {"thread_ts": request.thread_ts or request.ts} if request.thread_ts or request.ts else {}
        # Only a question may reach a model, and what is computed needs no better choice.
        computed = at_both_ends(question, reply.report.answers) or asked_vendors(question, "", self._wording)
        better = asked_in(question) and not computed
        followed = Followed(
            user=request.user, name=request.name, check=check.id, version=reply.version, question=question
        )
        told = followed if better and "followed" in self._turns.result_handlers else None
        return self._replies.outgoing("chat.postMessage", args, request, lane=request.lane, on_result=told)

    def _ripples(self, conn: Connection, request: Request, *, decided: bool = False) -> list[OutgoingMessage]:
        """What a changed check means elsewhere: the Home tab; a reminder, where it is ``decided`` anew."""
        follow = [*self._turns.changed, *(self._turns.decided if decided else ())]
        return [outgoing for ripple in follow for outgoing in ripple(conn, request)]

    # ---- at the top level of the DM

    def _top_level(self, conn: Connection, request: Request) -> list[OutgoingMessage]:
        named = command(request.text)
        if named == "help":
            return [self._replies.post(request, menus.menu(self._wording, "dm_help"))]
        if request.text.strip().casefold() in _START:
            return self._open(conn, request, "")
        if named:
            return self._resume(conn, request, Typed(text=request.text, ts=request.ts))
        if self._may_answer(conn, request):
            return self._resume(conn, request, Typed(text=request.text, ts=request.ts, late=True))
        if folded(request.text) in _SMALL_TALK:
            return [self._replies.post(request, menus.menu(self._wording, "dm_help"))]
        if request.under_ours:  # what is said under a note of ours may be meant for it
            known = has_one(conn, request)
            return [self._replies.post(request, menus.begin(self._wording, "no_check", request.text, resume=known))]
        return self._open(conn, request, request.text)

    def _may_answer(self, conn: Connection, request: Request) -> bool:
        """Whether these words answer what the person's last check asks: then we ask which was meant, not guess."""
        for check in own_checks(conn, request, most=1):
            reply = state(check, self._rules)
            if reply.face == "question" and FIELDS[reply.pending].kind != "name":
                return read_by({}, reply.pending, request.text, prices=self._prices()).value is not None
        return False

    def _open(self, conn: Connection, request: Request, text: str) -> list[OutgoingMessage]:
        """A new check whose thread is that of the message it was opened with."""
        check = self._new(conn, request, channel=request.channel, thread_ts=request.thread_ts or request.ts, text=text)
        card = self._live_card.card(conn, request, check, state(check, self._rules), below=True)
        return [card, *self._ripples(conn, request)]

    def _start_in_dm(self, conn: Connection, request: Request, text: str, *, taken: bool = False) -> OutgoingMessage:
        """A new check we open: its card is the root of its thread, posted to a DM we may have to open first."""
        check = self._new(conn, request, channel="", thread_ts="", text=text)
        reply = state(check, self._rules)
        if taken:
            reply = reply.model_copy(update={"notes": (Note(code="taken", text=reply.description),)})
        return self._live_card.card(conn, request, check, reply, below=True)

    def _new(self, conn: Connection, request: Request, *, channel: str, thread_ts: str, text: str) -> Check:
        title = without_mentions(text) or str(self._wording.say("chrome", "untitled"))
        now, prices = self._turns.now(), self._prices()
        return begin(conn, request, title, now, channel=channel, thread_ts=thread_ts, prices=prices)

    def _resume(
        self, conn: Connection, request: Request, event: Event, check_id: str = "", asked: Request | None = None
    ) -> list[OutgoingMessage]:
        """The last check, or the one named, goes on in the thread (or DM) this was asked in. What can't is told where
        it was ``asked``."""
        mine = own_checks(conn, request, check_id, most=1 + _MAX_OPEN_SHOWN)
        if not mine and check_id:
            over = handed_over(conn, check_id, request.user)
            return [self._replies.ephemeral(asked or request, "handed_over" if over else "not_found")]
        if not mine:
            begin = menus.begin(self._wording, "nothing_to_resume")
            return [
                self._replies.post(request, begin)
                if request.ts
                else self._replies.ephemeral_view(asked or request, begin)
            ]
        check, *others = mine
        # The card moves to where the person is now; the old one is cut down to a pointer.
        channel, thread = (request.channel, request.thread_ts or request.ts) if request.ts else ("", "")
        if thread:
            leads_to(conn, request.team, channel, thread, check.id)
        to_send = []
        if check.card_ts:
            line = str(self._wording.say("chrome", "moved_thread"))
            part = {"type": "context", "elements": [{"type": "mrkdwn", "text": line}]}
            args = {"channel": check.channel, "ts": check.card_ts, "text": blockkit.plain(line), "blocks": [part]}
            to_send.append(self._replies.beside("chat.update", args, request))
        here = check._replace(channel=channel, thread_ts=thread, card_ts="")
        to_send += self._advance(conn, request, here, event, below=True, moved=True)
        if others and thread and not check_id and command(request.text) == "continue":
            view = menus.others(self._wording, how_many(conn, request) - 1, others)
            to_send.append(self._replies.post(request, view))
        return to_send

    # ---- what other acts on a check lead to

    def advance(
        self, conn: Connection, request: Request, check: Check, event: Filled | Undone
    ) -> list[OutgoingMessage]:
        """A step taken beside the card: the check stays where it is."""
        return self._advance(conn, request, check, event, below=check.heard_ts > check.card_ts)

    def show_again(self, conn: Connection, request: Request, check_id: str) -> list[OutgoingMessage]:
        """Draw a check's card anew in its owner's DM, as the root of a new thread."""
        return self._resume(conn, request._replace(ts="", thread_ts=""), Clicked(verb="continue"), check_id)

    def start_with(
        self,
        conn: Connection,
        request: Request,
        title: str,
        answers: Answers,
        *,
        rates: Mapping[str, Decimal] = _NONE,
        quotes: Mapping[str, Quote] = _NONE,
        ranges: Mapping[str, Ends] = _NONE,
        derivations: Mapping[str, str] = _NONE,
    ) -> list[OutgoingMessage]:
        """A new check in the person's DM that begins with these answers, with the ``ranges`` they were given with and
        the ``quotes`` that prices of a call come from and how other sums were worked out, and reads other currencies by
        these rates."""
        check = self._new(conn, request._replace(ts=""), channel="", thread_ts="", text=title)
        session = check.session
        for currency, rate in rates.items():
            session = session.plus("rate", field=currency, value=stored(rate))
        for field in FIELDS:
            value = getattr(answers, field)
            if value is not None:
                session = session.plus("answer", field=field, value=stored(value), text=show(field, value))
            if field in ranges:
                session = session.plus("range", field=field, value=spanned(ranges[field]))
            if field in quotes:
                session = session.and_then(*quoted(field, quotes[field], self._prices()))
            elif field in derivations:
                session = session.plus("derive", field=field, value=derivations[field])
        append(conn, check.id, check.session, session, self._turns.now())
        reply = current(session, self._rules)
        reply = reply.model_copy(update={"notes": (Note(code="brought"),)})
        decided = self._keep_report(conn, check.id, session, reply)
        told = decided and self._is_heard_of()
        card = self._live_card.card(conn, request, check._replace(session=session), reply, below=True, told=told)
        return [card, *self._ripples(conn, request, decided=decided)]


def oneself(text: str, user: str) -> str:
    """Who says "me" where a name is asked for, by mention."""
    return f"<@{user}>" if folded(text) in _ME else text


_MENTION = pattern(r"<@[A-Z0-9]+(?:\|[^<>]{0,200})?>")  # bounded: a long text of openings is not read anew for each


def without_mentions(text: str) -> str:
    """What was written, but for whom it was written to."""
    return "\n".join(" ".join(line.split()) for line in _MENTION.sub(" ", text).splitlines()).strip()

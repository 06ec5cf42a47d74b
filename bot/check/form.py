"""The form: a check's questions a page at a time in a dialog, and a report's numbers with others tried in their place.

Nothing is stored before a page is sent, or before numbers that were tried are kept: those travel in the button's value,
as they were typed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from advisor.advice import decide
from advisor.asking import FIGURES, PLAN, lines_of, page_after, page_of
from advisor.conversation import Filled, Reply, Undone, current, step
from advisor.model import FIELDS, UNKNOWN, Answers
from advisor.report import Report
from advisor.rulebook import Question
from advisor.session import Session, state_of
from bot.check.comparison import LONGEST, comparison, kept, tried_in, undone
from bot.check.conversation import Conversation, Prices, oneself
from bot.check.live_card import card_key
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import OutgoingMessage, Request
from bot.render import blockkit
from bot.render.view import Modal, Option, Part, PickInput, Small, Text, TextInput, clean
from bot.render.wording import Wording
from bot.store.checks import Check, own_check
from bot.store.database import Connection

_LONGEST = 200  # as much as a name may have
_SECONDS = 10  # a line takes about so long
NOTHING: Mapping[str, str] = {}
Body = dict[str, Any]
"""What the ack of a dialog says."""


class Page(NamedTuple):
    """One page of a check's form, of a version of its log."""

    check_id: str
    version: int
    name: str

    @classmethod
    def of(cls, about: str) -> "Page":
        """As the dialog's metadata has it; what is not a page of ours names no check."""
        check_id, _, rest = about.partition(":")
        version, _, name = rest.partition(":")
        return cls(check_id, int(version), name) if version.isdecimal() and name else cls("", 0, "")

    @property
    def about(self) -> str:
        return f"{self.check_id}:{self.version}:{self.name}"


class Sent(NamedTuple):
    """A page that was sent: its check, what the log would be with it, and the ack's body where it is not taken."""

    check: Check
    typed: dict[str, str]
    after: Session
    refused: Body | None


def dialog(page: Page, filled: Mapping[str, str], wording: Wording, *, again: bool = False) -> Modal:
    """A page with its lines as they are to stand there; ``again`` when the answers have changed since it was opened."""
    trying, rules = page.name == FIGURES, wording.rules
    parts: list[Part] = [Text(str(wording.say("form", "moved")))] if again else []
    if page.name.isdigit():
        parts.append(Text(str(wording.say("form", "head", rules.gate(int(page.name))))))
    if trying:
        parts.append(Small(str(wording.say("form", "how_to_try"))))
    else:
        told = sum(map(bool, filled.values()))
        minutes = max(1, round(len(filled) * _SECONDS / 60))
        parts.append(Text(str(wording.say("form", "count", len(filled), told, minutes))))
        parts.append(Small(str(wording.say("form", "how", page.name, told))))
    # An input drawn anew would keep what stood in it before: another edition of it does not.
    edition = str(page.version) if again else ""
    longest = LONGEST if trying else _LONGEST
    parts += [_line(rules.question(field), text, wording, longest, edition) for field, text in filled.items()]
    submit = wording.press("compare" if trying else "send")
    return Modal(wording.plainly("form", "title", page.name), tuple(parts), "form", submit, metadata=page.about)


def _line(row: Question, text: str, wording: Wording, longest: int, edition: str) -> TextInput | PickInput:
    """A question as a line of a page: what has few answers is picked, not typed."""
    if row.options:
        options = [Option(option.label, option.id, option.hint) for option in row.options]
    elif row.kind == "yes_no":
        options = [Option(wording.press(code), code) for code in ("yes", "no")]
    else:
        hint = wording.plainly("form", "hint", row)
        return TextInput(row.id, row.ask, text, hint, optional=True, longest=longest, edition=edition)
    options.append(Option(wording.press("unknown"), UNKNOWN))
    chosen = next((o.value for o in options if text in (o.text, o.value)), UNKNOWN if text else "")
    return PickInput(row.id, row.ask, tuple(options), chosen, edition=edition)


class Form:
    """Opens pages, takes what was sent, and lets numbers be tried, kept and undone."""

    def __init__(
        self, turns: Turns, replies: Replies, conversation: Conversation, prices: Prices = lambda: None
    ) -> None:
        self._turns, self._replies, self._conversation, self._prices = turns, replies, conversation, prices
        self._wording, self._rules = replies.wording, replies.wording.rules

    # ---- a page is opened

    def ask(self, request: Request, check_id: str) -> None:
        """Open the page with the question that is asked."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            pending = current(check.session, self._rules).pending if check else ""
            if check is None or pending not in FIELDS:
                return [self._replies.ephemeral(request, self._conversation.why_not(conn, request, check_id))]
            page = Page(check.id, check.session.version, page_of(pending, self._report(check.session), self._rules))
            return [self._replies.open_view(request, self._drawn(request, check.session, page))]

        self._turns.take(request, work)

    def ask_plan(self, request: Request, check_id: str) -> None:
        """Open the page with all that is asked of the plan."""
        self._open(request, check_id, PLAN)

    def try_others(self, request: Request, check_id: str, value: str) -> None:
        """Open the page of the report's numbers, with those filled in that were tried before."""
        self._open(request, check_id, FIGURES, tried_in(value))

    def _open(self, request: Request, check_id: str, name: str, typed: Mapping[str, str] = NOTHING) -> None:
        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            if check is None:
                return [self._replies.ephemeral(request, self._conversation.why_not(conn, request, check_id))]
            page = Page(check.id, check.session.version, name)
            return [self._replies.open_view(request, self._drawn(request, check.session, page, typed))]

        self._turns.take(request, work)

    def _drawn(
        self, request: Request, session: Session, page: Page, typed: Mapping[str, str] = NOTHING, *, again: bool = False
    ) -> Modal:
        """A page filled in with the answers there are, or with what was ``typed`` in their place."""
        shown = self._lines(session, page)
        filled = shown | {field: text for field, text in typed.items() if field in shown}
        own = {field: "me" for field, text in filled.items() if text == f"<@{request.user}>"}
        return dialog(page, filled | own, self._wording, again=again)

    def _lines(self, session: Session, page: Page) -> dict[str, str]:
        return lines_of(page.name, self._report(session), self._rules)

    def _answers(self, session: Session) -> Answers:
        return state_of(session, self._rules).answers

    def _both(self, before: Session, after: Session) -> tuple[Answers, Answers]:
        return self._answers(before), self._answers(after)

    def _report(self, session: Session) -> Report:
        return decide(self._answers(session), self._rules)

    # ---- a page is sent

    def submit(self, request: Request, about: str, values: Mapping[str, Any]) -> Body:
        """A page was sent: errors at its lines, the next page, or nothing, which closes it; numbers that were tried are
        compared in the check's thread."""
        page = Page.of(about)

        def look(conn: Connection) -> Sent | None:
            return self._look(conn, request, page, values)

        def work(conn: Connection) -> list[OutgoingMessage]:
            sent = look(conn)
            return self._take(conn, request, page, sent) if sent and not sent.refused else []

        sent = self._turns.reading(look, request)
        if sent and not sent.refused:
            # All pages of a form are one view to Slack. What comes in between is looked for once more.
            self._turns.take(request._replace(key=f"{request.key}:{page.name}:{page.version}"), work)
            sent = self._turns.reading(look, request)
        if sent is None:
            gone = Text(str(self._wording.say("chrome", "not_found")))
            return _update(Modal(self._wording.plainly("form", "title", page.name or FIGURES), (gone,), "form_gone"))
        return sent.refused or self._next(request, sent.check.session, page)

    def _look(self, conn: Connection, request: Request, page: Page, values: Mapping[str, Any]) -> Sent | None:
        """What a page would make of its check; ``None`` where that is gone, or not theirs."""
        check = own_check(conn, request, page.check_id)
        if check is None:
            return None
        shown = self._lines(check.session.upto(page.version), page)
        typed = {field: self._typed(request, page, field, values.get(field)) for field in shown}
        after, reply = step(check.session, Filled(values=typed), self._rules, self._prices())
        refused: Body | None = None
        if after != check.session and shown != self._lines(check.session, page):
            new = {field: text for field, text in typed.items() if text and text != shown[field]}
            now = page._replace(version=check.session.version)
            refused = _update(self._drawn(request, check.session, now, new, again=True))
        elif errors := dict(self._errors(reply)):
            refused = {"response_action": "errors", "errors": errors}
        elif page.name == FIGURES and not _tried(check.session, after):
            error = self._wording.plainly("form", "nothing_tried")
            refused = {"response_action": "errors", "errors": {next(iter(shown)): error}}
        return Sent(check, typed, after, refused)

    def _errors(self, reply: Reply) -> Iterator[tuple[str, str]]:
        for note in reply.notes:
            if note.code == "misread":
                row = self._rules.question(note.field)
                yield note.field, self._wording.plainly("form", "at_field", note.reading, note.text, row)

    def _typed(self, request: Request, page: Page, field: str, value: Any) -> str:
        text = " ".join(clean(str(value or "")).split())[: LONGEST if page.name == FIGURES else _LONGEST]
        return oneself(text, request.user) if FIELDS[field].kind == "name" else text

    def _take(self, conn: Connection, request: Request, page: Page, sent: Sent) -> list[OutgoingMessage]:
        if page.name == FIGURES:
            before, key = sent.check.session, card_key(sent.check.id, sent.check.session.version)
            view = comparison(*self._both(before, sent.after), _tried(before, sent.after), self._wording)
            return [self._replies.to_owner(conn, request, sent.check.id, view, key=key)]
        if sent.after == sent.check.session:
            return []
        return self._conversation.advance(conn, request, sent.check, Filled(values=sent.typed))

    def _next(self, request: Request, session: Session, page: Page) -> Body:
        following = page_after(page.name, state_of(session, self._rules), self._report(session), self._rules)
        if not following:
            return {}
        return _update(self._drawn(request, session, Page(page.check_id, session.version, following)))

    # ---- other numbers

    def keep(self, request: Request, check_id: str, version: int | None, value: str) -> None:
        """The numbers that were tried are answers from now on, unless the answers they were compared with have
        changed: then they are compared once more."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            if check is None or version is None:
                return [self._replies.ephemeral(request, self._conversation.why_not(conn, request, check_id))]
            before, filled = check.session, Filled(values=tried_in(value))
            after, _ = step(before, filled, self._rules, self._prices())
            tried = _tried(before, after)
            if not tried:  # pressed twice
                return []
            if self._answers(before) != self._answers(before.upto(version)):
                view = comparison(*self._both(before, after), tried, self._wording, again=True)
                return self._replies.in_place(request, view, card_key(check.id, before.version))
            view = kept(*self._both(before, after), tried, self._wording, before.version)
            key = card_key(check.id, after.version)
            return [
                *self._replies.in_place(request, view, key),
                *self._conversation.advance(conn, request, check, filled),
            ]

        self._turns.take(request, work)

    def undo(self, request: Request, check_id: str, version: int | None, value: str) -> None:
        """What was kept is as it was before."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            check = own_check(conn, request, check_id)
            if check is None or version is None or not value.isdecimal():
                return [self._replies.ephemeral(request, self._conversation.why_not(conn, request, check_id))]
            before, event = check.session, Undone(since=int(value), upto=version)
            after, _ = step(before, event, self._rules)
            if request.message_ts == check.card_ts:  # the card itself says so, and what it was about stands there again
                return self._conversation.advance(conn, request, check, event)
            if after == before:
                return self._replies.resolve(request, str(self._wording.say("form", "nothing_left")))
            fields = [entry.field for entry in after.entries[before.version :]]
            return [
                *self._replies.in_place(request, undone(*self._both(before, after), fields, self._wording)),
                *self._conversation.advance(conn, request, check, event),
            ]

        self._turns.take(request, work)


def _tried(before: Session, after: Session) -> dict[str, str]:
    """The answers that came to a log with other numbers, as they were typed."""
    return {
        entry.field: entry.text for entry in after.entries[before.version :] if entry.verb == "answer" and entry.text
    }


def _update(view: Modal) -> Body:
    return {"response_action": "update", "view": blockkit.modal(view)}

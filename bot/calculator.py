"""The quick calculation: as a card, as a dialog, and what people do with it."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from advisor.model import Quote, plain
from advisor.reading import show
from advisor.reading.currency import read_by
from advisor.reading.line import INPUTS, LONGEST, OPTIONAL, Quick, picks, quick
from advisor.reading.versus import as_prices
from advisor.roi import COST_INPUTS, PRICES, SAVINGS_INPUTS
from advisor.rulebook import Rules
from bot.check.beyond import first_year_said
from bot.check.conversation import Conversation, Prices
from bot.check.pictures import costs_against_savings
from bot.check.side_by_side import side_by_side
from bot.decision.lookup import Lookup
from bot.decision.share import outside
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import IN_DOUBT, Outcome, OutgoingMessage, Request, RoiChecked, RoiPosted
from bot.render import blockkit
from bot.render.view import Actions, Button, Divider, Header, Modal, Part, Small, Text, TextInput, View
from bot.render.wording import Wording, lines
from bot.store.database import Connection

if TYPE_CHECKING:
    from advisor.beyond.ranges import Ranges

_TYPED = 150  # in a field of the dialog: all of them together fit into a button's value
_PICKED = 5  # buttons of what a piece may have meant
_RATES = "rates"  # the dialog's line for the rates of other currencies
_UNSEEN = {"missing_scope": "unseen_scope"}
# Line of the answer -> the inputs it stands on: one of them from the example, and the line says so.
_MONEY = {
    "ratio": INPUTS,
    "cost": COST_INPUTS,
    "savings": SAVINGS_INPUTS,
    "net": INPUTS,
    "break_even": (*PRICES, *COST_INPUTS),
    "payback": INPUTS,
    "hosting": INPUTS,
    "zero": (),
}


def card(
    found: Quick,
    line: str,
    wording: Wording,
    *,
    buttons: bool = True,
    others: bool = True,
    by: str = "",
    drawn: bool = False,
) -> View:
    """The money first, then what was read, or what is missing or unclear; ``line`` is what it was worked out from.

    ``others`` says whether anybody else is there to show it to. ``by`` is the handle of the person who posts it; a
    mention would notify them. ``drawn`` has a picture, if all figures in it are theirs.
    """
    parts = list(_parts(found, wording, drawn=drawn))
    if by:
        parts.insert(1, Text(str(wording.say("quick", "posted", by))))
    if buttons:
        parts.append(Actions(tuple(_buttons(found, wording, line, others))))
    return View(tuple(parts), str(wording.say("quick", "summary", found)))


def _parts(found: Quick, wording: Wording, *, drawn: bool) -> Iterator[Part]:
    yield Header(wording.plainly("quick", "head"))
    owed = set[str]()
    for piece in found.problems:
        if piece.reading and piece.reading.problem == "other_currency":
            if piece.currency in owed:
                continue  # a rate is asked for once
            owed.add(piece.currency)
        row = wording.rules.question(piece.field) if piece.field else None
        yield Text(str(wording.say("quick", piece.problem, piece, row)))
    if found.missing and not found.problems:
        yield Text(str(wording.say("quick", "missing", found.missing)))
    if found.roi:
        yield Text(lines(*_money(found, wording)))
        if found.ranges and (spread := over(found, wording.rules)):
            yield Text(str(wording.say("beyond", "ranges", spread)))
        changes = (str(wording.say("quick", "what_if", one.change, one.value, one.ratio)) for one in found.what_if)
        mark = _mark(found, INPUTS, wording)
        if drawn and not found.from_example:
            yield costs_against_savings(found.roi, wording)
        yield Text(f"{wording.say('quick', 'what_if_head')}{mark} {' · '.join(changes)}")
        yield Divider()
    read = list(_read(found, wording))
    if read:
        yield Text(lines(wording.say("quick", "read_head"), *(f"• {each}" for each in read)))
    if not found.pieces:
        yield Text(str(wording.say("quick", "how")))
    yield Small(str(wording.say("quick", "quality")))


def over(found: Quick, rules: Rules) -> "Ranges | None":
    """What the ranges in a line do to its year."""
    from advisor.beyond.ranges import ranges  # a start does not pay for it

    return ranges(found.answers, found.ranges, rules)


def _money(found: Quick, wording: Wording) -> Iterator[str]:
    for part, inputs in _MONEY.items():
        said = str(wording.say("quick", part, found))
        if said:
            yield f"{said}{_mark(found, inputs, wording)}"
        if part == "net" and (beside := _first_year(found, wording)):
            yield f"{beside}{_mark(found, inputs, wording)}"


def _first_year(found: Quick, wording: Wording) -> str:
    """The year with what the chapter leaves out, where the line has some of it."""
    from advisor.beyond.rivals import first_year

    year = first_year(found.answers, wording.rules)
    return first_year_said(year, wording) if year else ""


def _mark(found: Quick, inputs: tuple[str, ...], wording: Wording) -> str:
    return f" {wording.say('quick', 'mark')}" if set(inputs) & set(found.from_example) else ""


def _read(found: Quick, wording: Wording) -> Iterator[str]:
    for code, rate in found.rates.items():
        yield str(wording.say("quick", "rate", code, f"{rate:.6g}"))
    for piece in found.pieces:
        if not piece.problem:
            yield str(wording.say("quick", "piece", piece, wording.rules.question(piece.field)))
            if piece.reading and piece.reading.quote:
                yield str(wording.say("prices", "derivation", piece.reading.quote))
    for field in found.from_example:
        value = show(field, getattr(found.answers, field))
        yield str(wording.say("quick", "example", wording.rules.question(field), value))


def _buttons(found: Quick, wording: Wording, line: str, others: bool) -> Iterator[Button]:
    # The line itself travels in the value: it is the person's own words, read again when it comes back. Cut off it
    # would say something else.
    kept = line if len(line) <= LONGEST else ""
    value = ("example|" if found.from_example else "line|") + kept
    if found.asked and found.asked.reading:
        texts = found.asked.reading.candidates
        ends = {texts[0]: "lower_end", texts[-1]: "upper_end"}
        for place, text in enumerate(texts):
            settled = found.settled(text)
            if len(settled) <= LONGEST:
                told = value.partition("|")[0] + f"|{settled}"
                yield Button(wording.press(ends.get(text, "middle"), text), f"roi:range:{place}", told)
    else:
        yield from _picks(found)
    if found.missing and not found.problems:
        yield Button(wording.press("example"), "roi:example", value, "primary")
    yield Button(wording.press("adjust"), "roi:adjust", value)
    if found.roi and others:
        yield Button(wording.press("post_here"), "roi:post", value)
    if any(not piece.problem for piece in found.pieces):
        yield Button(wording.press("full_check"), "roi:check", value, label=wording.press("full_check_with"))


def _picks(found: Quick) -> Iterator[Button]:
    """What a piece that could not be read may have meant, the likeliest a press away; models the newest first."""
    for place, (shown, line) in enumerate(islice(picks(found), _PICKED)):
        if len(line) <= LONGEST:
            yield Button(shown, f"roi:pick:{place}", ("example|" if found.from_example else "line|") + line)


def dialog(found: Quick, wording: Wording, back: str) -> Modal:
    """One line a figure, filled in as it was typed; errors come back at the line. ``back`` is where the result is
    shown besides the dialog itself."""
    typed = {piece.field: piece.words[:_TYPED] for piece in found.pieces if piece.reading}
    rows = [wording.rules.question(field) for field in (*INPUTS, *OPTIONAL)]
    inputs = tuple(
        TextInput(row.id, row.ask, typed.get(row.id, ""), row.example, optional=row.id not in INPUTS, longest=_TYPED)
        for row in rows
    )
    if found.rates or any(piece.currency for piece in found.pieces):
        given = "; ".join(f"1 {code} = {plain(rate)} USD" for code, rate in found.rates.items())
        ask, hint = wording.plainly("quick", "rates"), wording.plainly("quick", "rates_hint")
        inputs = (*inputs, TextInput(_RATES, ask, given, hint, optional=True, longest=_TYPED))
    return Modal(wording.plainly("quick", "head"), inputs, "roi", submit=wording.press("work_out"), metadata=back)


class Calculator:
    """The quick calculation among people: answered to the one who asked, posted or taken further on request."""

    def __init__(
        self,
        turns: Turns,
        replies: Replies,
        conversation: Conversation,
        lookup: Lookup,
        prices: Prices = lambda: None,
    ) -> None:
        self._turns, self._replies, self._conversation, self._lookup = turns, replies, conversation, lookup
        self._prices = prices
        self._wording, self._rules = replies.wording, replies.wording.rules

    def work_out(self, request: Request, line: str) -> dict[str, Any]:
        """The answer to ``/finetune roi LINE``, the body of the ack: the caller sees it, member or not."""
        # No picture here: of an acknowledgement whose blocks Slack refuses nobody hears.
        shown = self._card(request, self._quick(line), line, drawn=False)
        return blockkit.message(shown) | {"response_type": "ephemeral"}

    def compare(self, line: str) -> dict[str, Any]:
        """The answer to ``/finetune compare ONE vs OTHER``, the body of the ack."""
        priced = as_prices(line)
        today = date.fromisoformat(self._turns.now()[:10])
        view = side_by_side(self._quick(priced), priced, today, self._wording)
        return blockkit.message(view) | {"response_type": "ephemeral"}

    def ask(self, request: Request, value: str = "") -> None:
        """Open the dialog, filled in with what was read of a line."""
        found, _ = self._again(value)
        place = f"{request.response_url}|{request.channel}|{request.thread_ts}"
        back = place if request.response_url else ""
        self._turns.take(request, lambda _: [self._replies.open_view(request, dialog(found, self._wording, back))])

    def submit(self, request: Request, back: str, values: dict[str, Any]) -> dict[str, Any]:
        """The dialog was sent: errors at their fields, or the result in the dialog itself and, with what can be done
        with it, in the message it was opened from."""
        known = {field: str(values.get(field) or "").strip() for field in (*INPUTS, *OPTIONAL)}
        typed = {field: text for field, text in known.items() if text}
        stated = str(values.get(_RATES) or "").strip()
        rates = self._quick(stated).rates
        errors = {_RATES: self._wording.plainly("quick", "rates_hint")} if stated and not rates else {}
        priced = dict[str, Quote]()
        for field, text in typed.items():
            reading = read_by(rates, field, text, prices=self._prices(), beside=priced)
            priced |= {field: reading.quote} if reading.quote else {}
            if reading.problem:
                row = self._rules.question(field)
                errors[field] = self._wording.plainly("quick", "at_field", reading, text, row)
        if errors:
            return {"response_action": "errors", "errors": errors}
        line = "; ".join([*(f"{field}={text}" for field, text in typed.items()), *filter(None, [stated])])
        found = self._quick(line)
        if back.startswith("http") and back.count("|") == 2:
            url, channel, thread_ts = back.split("|")
            here = request._replace(response_url=url, channel=channel, thread_ts=thread_ts)
            self._answer(here, self._card(here, found, line))
        further = Button(self._wording.press("full_check_with"), "roi:check", f"line|{line}")
        parts = (*card(found, line, self._wording, buttons=False).parts, Actions((further,)))
        shown = Modal(self._wording.plainly("quick", "head"), parts, "roi_result")
        return {"response_action": "update", "view": blockkit.modal(shown)}

    def with_example(self, request: Request, value: str) -> None:
        """Put the chapter's figures in place of what is missing, marked as such."""
        line = value.partition("|")[2]
        self._answer(request, self._card(request, self._quick(line, example=True), line))

    def pick(self, request: Request, value: str) -> None:
        """Read the line once more, with what was pressed in the place of what could not be read, or the end or the
        middle of a range, with the range behind it."""
        found, line = self._again(value)
        self._answer(request, self._card(request, found, line))

    def post(self, request: Request, value: str) -> None:
        """Show the result to everybody where it was asked for, unless another company may read there."""
        on_result = RoiChecked(
            user=request.user, name=request.name, channel=request.channel, thread=request.thread_ts,
            url=request.response_url, value=value, message=request.message_ts,
        )  # fmt: skip
        args = {"channel": request.channel}
        asking = self._replies.outgoing("conversations.info", args, request, lane=request.user, on_result=on_result)
        self._turns.take(request, lambda _: [asking])

    def checked(
        self, conn: Connection, outgoing: OutgoingMessage, asked: RoiChecked, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know who reads the channel, or were not told."""
        request = Request.of(outgoing)._replace(channel=asked.channel, thread_ts=asked.thread, response_url=asked.url)
        if outside(outcome):
            code = "shared_outside" if not outcome.error else _UNSEEN.get(outcome.error, "unseen")
            why = str(self._wording.say("quick", code))
            return [self._said(request, View((Text(why),), why))]
        # Pressed twice it is posted once, and once more after the figures in the same answer were adjusted.
        answer = hashlib.sha256(f"{asked.message}:{asked.value}".encode()).hexdigest()
        key = f"{request.user}:{request.channel}:{answer}"
        if not self._turns.first(conn, request.team, key):
            return []
        found, line = self._again(asked.value)
        view = card(found, line, self._wording, buttons=False, by=request.name, drawn=True)
        told = RoiPosted(
            user=request.user, name=request.name, key=key, channel=request.channel, url=request.response_url,
            value=asked.value,
        )  # fmt: skip
        return [replace(self._said(request, view, everybody=True), only_there=True, on_result=told)]

    def posted(
        self, conn: Connection, outgoing: OutgoingMessage, told: RoiPosted, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """It stands there: the answer it was posted from says so. What Slack did not take is told, and can be pressed
        again."""
        request = Request.of(outgoing)
        if not outcome.error:
            if not told.url:
                return []
            found, line = self._again(told.value)
            shown = card(found, line, self._wording, others=False)
            done = Small(str(self._wording.say("quick", "posted_here")))
            view = shown._replace(parts=(*shown.parts[:-1], done, shown.parts[-1]))
            said = self._replies.respond(request._replace(response_url=told.url), view, replaced=True)
            return [replace(said, on_result=None)]
        if outcome.error == IN_DOUBT:
            return [self._lookup.doubt(conn, request, outgoing, "", told.channel)]
        self._turns.undo_first(conn, request.team, told.key)
        why = str(self._wording.say("quick", "not_posted"))
        return [self._replies.direct(request, request.user, View((Text(why),), why))]

    def check(self, request: Request, value: str) -> None:
        """Start a full check whose answers are the figures of the line."""
        found, _ = self._again(value)
        title = self._wording.plainly("quick", "check_title")  # not the line: titles are posted, figures may not be
        shown = blockkit.message(card(found, "", self._wording, buttons=False))["blocks"]

        def work(conn: Connection) -> list[OutgoingMessage]:
            said = hashlib.sha256(value.encode(errors="replace")).hexdigest()
            if not self._turns.first(
                conn, request.team, f"{request.user}:once:{request.message_ts}:{request.view}:{said}"
            ):
                return []  # pressed twice
            begun = self._conversation.start_with(
                conn, request, title, found.answers, rates=found.rates, quotes=found.quotes, ranges=found.ranges
            )
            return [*begun, self._replies.goes_on(request, begun[0].session, resolved=True, kept=shown)]

        self._turns.take(request, work)

    def say(self, request: Request, line: str) -> None:
        """The bare words in a thread, where slash commands do not exist: the answer stands in the thread."""
        view = self._card(request, self._quick(line), line)
        self._turns.take(request, lambda _: [self._replies.post(request, view)])

    def _quick(self, line: str, *, example: bool = False) -> Quick:
        return quick(line, self._rules, example=example, prices=self._prices())

    def _card(self, request: Request, found: Quick, line: str, *, drawn: bool = True) -> View:
        return card(found, line, self._wording, others=not request.channel.startswith("D"), drawn=drawn)

    def _again(self, value: str) -> tuple[Quick, str]:
        kind, _, line = value.partition("|")
        return self._quick(line, example=kind == "example"), line

    def _answer(self, request: Request, view: View) -> None:
        self._turns.take(request, lambda _: [self._said(request, view, replaced=True)])

    def _said(
        self, request: Request, view: View, *, everybody: bool = False, replaced: bool = False
    ) -> OutgoingMessage:
        if request.response_url:
            return self._replies.respond(request, view, everybody=everybody, replaced=replaced)
        return self._replies.post(request, view) if everybody else self._replies.ephemeral_view(request, view)

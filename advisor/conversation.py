"""Which question comes next, and what an event does to a session.

``step(session, event, rules) -> (session, reply)`` is the whole conversation. The pending question is derived from
the answers; a reply is codes and numbers, and ``bot/render/wording.py`` makes sentences of it.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, assert_never, cast

from pydantic import Field, SkipValidation

from advisor.advice import in_full, stand
from advisor.asking import Offer, as_typed, gate_asked, next_question, offers, pending_question
from advisor.model import FIELDS, UNKNOWN, Ends, Frozen, Quote, Reading, Value, decimal
from advisor.pattern import pattern
from advisor.prices import PriceList, usd_today
from advisor.reading import show
from advisor.reading.by_model import about_models, priced_in
from advisor.reading.choices import named
from advisor.reading.currency import currency_in, rate_in, read_by
from advisor.reading.derived import derivation
from advisor.reading.opening import Mentioned, mentioned
from advisor.reading.placeholders import LOOKED_AT
from advisor.report import Report, Standing
from advisor.roi import RANGED
from advisor.rulebook import Rules
from advisor.session import (
    DESCRIPTION_LENGTH,
    Session,
    State,
    first_words,
    kept_calls,
    quoted,
    spanned,
    state_of,
    stored,
)

Command = Literal[
    "back", "why", "review", "change", "restart", "restore", "cancel", "continue", "help", "report", "rest", "plan",
    "poc", "checklist", "rename", "redescribe", "again", "drop", "departures", "use", "opinions",
]  # fmt: skip

# Typed instead of pressed. Matched whole, so that no answer hides behind one; case and end marks do not count.
COMMANDS: dict[str, Command] = {
    "back": "back", "go back": "back", "previous": "back", "undo": "back",
    "why": "why", "why do you ask": "why", "why that": "why", "why this question": "why", "why we ask": "why",
    "review": "review", "review all": "review", "show my answers": "review", "my answers": "review",
    "change": "change", "change an answer": "change", "edit": "change", "edit an answer": "change",
    "start over": "restart", "restart": "restart", "reset": "restart", "bring them back": "restore",
    "cancel": "cancel", "stop": "cancel", "quit": "cancel", "exit": "cancel",
    "continue": "continue", "resume": "continue", "go on": "continue", "next": "continue",
    "departures": "departures",
    "second opinion": "opinions", "second opinions": "opinions", "a second opinion": "opinions",
    "any second opinion": "opinions", "who disagrees": "opinions", "who sees it differently": "opinions",
    "help": "help", "what can you do": "help", "what do you ask": "help",
    "report": "report", "verdict": "report", "result": "report", "show the report": "report",
    "see the report": "report", "see the report now": "report",
    "answer the rest anyway": "rest", "answer the rest": "rest", "the rest": "rest", "rest": "rest",
    "check our plan": "plan", "check the plan": "plan", "check plan": "plan", "plan": "plan",
    "i have poc results": "poc", "we have poc results": "poc", "poc results": "poc", "poc": "poc",
    "i have trial results": "poc", "we have trial results": "poc", "trial results": "poc",
    "use these": "use", "use them": "use",
    "decide again": "again", "check again": "again", "drop it": "drop",
    "checklist": "checklist", "readiness checklist": "checklist",
    "rename": "rename", "title": "rename", "change the title": "rename",
    "description": "redescribe", "change the description": "redescribe",
}  # fmt: skip
STILL = "still"
SAID = "said"
_LEAD = r"(?:(?:but|and|so|ok|okay|well|hm+|wait)[, ]+)*"
_ASKING = "why|how|what|who|whose|when|where|which|is|are|do|does|can|could|should|would|will"
_ASKS = pattern(rf"{_LEAD}(?:{_ASKING})\b.*\s\S", re.IGNORECASE)
_ASKS_PLAINLY = pattern(rf"{_LEAD}(?:why|how|what)\b", re.IGNORECASE)
_ASKS_ONLY = pattern(
    rf"{_LEAD}(?:why|how|what)(?: (?:is|are|do|does|did|not|would|can|could|should|much|many|long|if|about|now|next|"
    r"else|happens|counts|makes)\b[^.:;\n]{0,120})?",
    re.IGNORECASE,
)
_TEXTS = {"rename": "title", "redescribe": "description"}
_AGREED = {"yes", "y", "yep", "yeah", "confirm", "correct", "that's right", "use it", "yes, use it"}


class Typed(Frozen):
    """Words in the thread. ``late``: written before what we said last, so it may not mean the pending question."""

    text: str
    ts: str = ""
    late: bool = False


class Clicked(Frozen):
    """A button or a choice: an answer (``field`` and ``option``; option ``confirm`` accepts the words we asked
    about, ``still`` keeps the answer there is, ``said`` answers with ``words`` of the person's own), a command, or
    ``edit`` with the field to change. ``fields`` are those ticked with ``use``, ``None`` for all. ``version`` is that
    of the card it stood on."""

    verb: Literal["answer", "edit"] | Command
    field: str = ""
    option: str = ""
    words: str = ""
    fields: tuple[str, ...] | None = None
    version: int | None = None


class Edited(Frozen):
    """A message that was sent before now reads differently."""

    text: str
    ts: str


class Attached(Frozen):
    """A file, a voice clip or an empty message: nothing we can read."""


class Filled(Frozen):
    """A form that was sent: field -> what was typed in its line, empty for nothing. What stands there already is not
    answered once more, but where it is asked again."""

    values: dict[str, str]


class Undone(Frozen):
    """The answers that the log took from ``since`` up to ``upto`` are as they were before; what was answered once more
    since stays."""

    since: int
    upto: int


Event = Typed | Clicked | Edited | Attached | Filled | Undone

NoteCode = Literal[
    "read", "misread", "why", "help", "moved_on", "restarted", "restored", "cancelled", "use_edit", "late",
    "text_only", "asked", "nothing_before", "no_such_field", "renamed", "redescribed", "taken", "dropped", "brought",
    "departures", "edition", "used", "none_used", "undone", "opinions",
]  # fmt: skip
Face = Literal["question", "text", "report", "review", "change", "ended"]


class Note(Frozen):
    """Something to say above the card, about ``field``, quoting ``text`` as typed or ``shown`` as read. ``asked`` is a
    question back, in ``text``, which is answered beside the card; ``used`` can be undone from the version ``since``."""

    code: NoteCode
    field: str = ""
    text: str = ""
    reading: Reading | None = None
    since: int = 0


class Reply(Frozen):
    """What to show next. ``pending`` is the question asked (or title, description); ``gate`` the gate it is asked
    for; ``blocked_ahead`` gates that are blocked already though a question is still pending. Where a decision of an
    earlier edition stands, ``today`` is what these rules say of its answers and ``newly_asked`` what they ask first.
    ``mentioned`` is put before the person, to be ticked: nothing of it counts yet. The fields ``from_opening`` were
    answered that way. ``quotes`` are the calls that prices of a call come from, ``derivations`` how answers were worked
    out, ``ranges`` those that answers were given with, ``written`` is what the person said in whole sentences."""

    face: Face
    version: int
    title: str
    description: str
    notes: tuple[Note, ...]
    pending: str
    gate: int | None
    answered: int
    struggling: bool
    can_go_back: bool
    blocked_ahead: tuple[int, ...]
    offers: tuple[Offer, ...]
    checklist_open: bool
    standing: Standing
    rules: SkipValidation[Rules] = Field(repr=False)
    today: Report | None = None
    newly_asked: str = ""
    mentioned: tuple[Mentioned, ...] = ()
    from_opening: tuple[str, ...] = ()
    quotes: Mapping[str, Quote] = {}
    derivations: Mapping[str, str] = {}
    ranges: Mapping[str, Ends] = {}
    written: tuple[str, ...] = ()

    @cached_property
    def report(self) -> Report:
        """All that the answers say: worked out where somebody reads it, which no question does."""
        return self.standing if isinstance(self.standing, Report) else in_full(self.standing, self.rules)


def step(session: Session, event: Event, rules: Rules, prices: PriceList | None = None) -> tuple[Session, Reply]:
    """What this event makes of the session, and what to show. Pure; every event is answered. Without ``prices`` no
    model's tokens are read."""
    turn = _Turn(session, rules, prices)
    turn.hear(event)
    return turn.session, turn.reply()


def current(session: Session, rules: Rules) -> Reply:
    """What to show when nothing happened: the card as it stands."""
    return _Turn(session, rules).reply()


def opening(text: str, prices: PriceList | None = None) -> Session:
    """A new check; the opening text becomes the description, its first words the title. A longer text, or one of
    several lines, is kept for what it mentions."""
    whole, short = text.strip()[:LOOKED_AT], " ".join(text.split())[:DESCRIPTION_LENGTH]
    calls = kept_calls(priced_in(whole, prices)) if prices else None
    session = Session().plus("describe", text=short, value=calls)
    return session if whole == short else session.plus("mention", text=whole, value=calls)


def command(text: str) -> Command | None:
    """The command these typed words are, if they are one."""
    return COMMANDS.get(folded(text))


def asked_in(text: str) -> str:
    """The question in these words, for somebody else's ears: their last line if it ends with a question mark, or one
    short line that can be nothing else; empty when there is none."""
    last = text.strip().splitlines()[-1:] or [""]
    if last[0].endswith("?"):
        return last[0].strip()
    return text.strip() if _ASKS_ONLY.fullmatch(text.strip()) else ""


class _Turn:
    """One event on one session: the log grows, notes collect, then the reply is drawn from where that leads."""

    def __init__(self, session: Session, rules: Rules, prices: PriceList | None = None) -> None:
        self.session, self.rules, self.prices = session, rules, prices
        self.notes: list[Note] = []
        self.face: Face | None = None
        self.checklist_open = False
        self._at: tuple[Session, State] | None = None

    @property
    def state(self) -> State:
        if self._at is None or self._at[0] is not self.session:
            self._at = self.session, state_of(self.session, self.rules)
        return self._at[1]

    @property
    def _computed(self) -> Standing:
        state = self.state
        state.computed = state.computed or stand(state.answers, self.rules)
        return state.computed

    @property
    def pending(self) -> str:
        state = self.state
        return state.shown.pending if state.shown else pending_question(state, self._computed, self.rules)

    def hear(self, event: Event) -> None:
        match event:
            case Typed():
                self._typed(event)
            case Clicked():
                self._clicked(event)
            case Edited():
                self._edited(event)
            case Attached():
                if not self.state.attached:
                    self.session = self.session.plus("attach")
                    self._note("text_only")
            case Filled():
                self._filled(event)
            case Undone():
                self._undone(event)
            case _:
                assert_never(event)

    # ---- what was said

    def _typed(self, event: Typed) -> None:
        pending, text = self.pending, event.text.strip()
        named = command(text)
        field = self._field_to_change(text)
        if named:
            self._command(named, pending)
        elif field:
            self._ask(field)
        elif pending in ("title", "description"):
            self._retitle(pending, text)
        elif not pending or self._asks_back(pending, text):
            self._note("asked", pending, text)
        elif event.late:
            self.session = self.session.plus("offer", field=pending, text=text[:DESCRIPTION_LENGTH], ts=event.ts)
            self._note("late", pending, text)
        elif (owed := self._currency_owed(pending)) and (rate := rate_in(text, owed)):
            # The words that were in it are read once more, now that they can be.
            self.session = self.session.plus("rate", field=owed, value=stored(rate), text=text[:DESCRIPTION_LENGTH])
            self._answer(pending, self.state.words[pending])
        elif folded(text) in _AGREED and self._confirmable(pending):
            self._answer(pending, self.state.words[pending], confirmed=True)
        elif folded(text) in _AGREED and (offered := self._worked_out_for(pending)):
            self._answer(pending, offered, ts=event.ts)
        else:
            self._answer(pending, text, ts=event.ts)

    def _clicked(self, event: Clicked) -> None:
        state, pending = self.state, self.pending
        confirms = event.verb == "answer" and event.option == "confirm"
        if self._just_taken(event):
            pass
        elif confirms and event.field in state.words and (event.field in state.offered or event.field == pending):
            self._answer(event.field, state.words[event.field], confirmed=True)
        elif confirms or event.version not in (None, self.session.version):
            self._note("moved_on")
        elif event.verb == "answer":
            if event.field == pending and event.option == STILL and event.field in state.values:
                self._still(event.field, state)
            elif event.field == pending and event.option == SAID and event.field in FIELDS:
                self._answer(event.field, event.words)
            elif event.field == pending and event.field in FIELDS:
                self._answer(event.field, event.option, echo=event.option != UNKNOWN)
            else:
                self._note("moved_on")
        elif event.verb == "edit":
            self._ask(event.field)
        elif event.verb == "use":
            self._use(event.fields)
        else:
            self._command(event.verb, pending)

    def _just_taken(self, event: Clicked) -> bool:
        """Whether this click is what happened last, once more: a double click, or another device. Taken on the card it
        stood on it leads exactly here; then it changes nothing, and what was noted stays on the card."""
        if event.version is None or not 0 < event.version < self.session.version:
            return False
        first = _Turn(self.session.upto(event.version), self.rules, self.prices)
        first.hear(event)
        if first.session.entries != self.session.entries:
            return False
        self.notes, self.face, self.checklist_open = first.notes, first.face, first.checklist_open
        return True

    def _edited(self, event: Edited) -> None:
        entry = next((entry for entry in reversed(self.session.entries) if event.ts and entry.ts == event.ts), None)
        text = event.text.strip()[:DESCRIPTION_LENGTH]
        if entry is None or text in ("", entry.text[:DESCRIPTION_LENGTH]):
            return
        if not entry.field:
            self._retitle("description", text)
            return
        reading = self._read(entry.field, text, confirmed=True)
        if reading.value is None:
            self._note("misread", entry.field, text, reading)
            return
        self.session = self.session.plus("offer", field=entry.field, text=text, ts=event.ts)
        self._note("use_edit", entry.field, text, reading)

    def _filled(self, event: Filled) -> None:
        decided = self.state.decided
        if self.state.ended:
            self.session = self.session.plus("continue")
        for field, text in event.values.items():
            state, said = self.state, text.strip()
            if not said:
                continue
            reading = self._read(field, said)
            same = reading.value is not None and stored(reading.value) == state.values.get(field)
            stands = field in state.values and (
                said == as_typed(self.rules.question(field), state.answers)
                or (same and reading.ends in (None, state.told.get(field)))
            )
            if not stands:
                self._answer(field, said)
            elif field == state.asked or field in state.again:
                self._still(field, state)
        if decided and self.state.decided is None:
            self._note("edition", self._newly_asked(), decided.rules_version)

    def _undone(self, event: Undone) -> None:
        then, now = state_of(self.session.upto(event.since), self.rules), self.state.values
        before = then.values
        given = {
            e.field: e.value for e in self.session.entries[event.since : event.upto] if e.verb in ("answer", "use")
        }
        back = [field for field, value in given.items() if now.get(field) == value != before.get(field)]
        for field in back:
            self.session = self.session.plus("undo", field=field, value=before.get(field))
            self._keep_range(field, then.ranges.get(field))
        self._note("undone" if back else "moved_on")

    # ---- what that means

    def _use(self, fields: tuple[str, ...] | None) -> None:
        """What a text mentions becomes answers, those that are ticked, with the words it came from."""
        since = self.session.version
        chosen = [one for one in _to_tick(self.state) if fields is None or one.field in fields]
        for one in chosen:
            self.session = self.session.plus("use", field=one.field, value=stored(one.value), text=one.words)
            self._keep_range(one.field, one.ends)
            if one.quote:
                self.session = self.session.and_then(*quoted(one.field, one.quote, self.prices))
            elif one.derived:
                self.session = self.session.plus("derive", field=one.field, value=one.derived)
        self.notes.append(Note(code="used" if chosen else "none_used", text=str(len(chosen)), since=since))

    def _answer(self, field: str, text: str, *, ts: str = "", confirmed: bool = False, echo: bool = True) -> None:
        reading = self._read(field, text, confirmed=confirmed)
        by_its_model = about_models(reading)
        also = () if confirmed or not ts or by_its_model else _besides(field, text, self.state)
        if len(also) > 1 and reading.value is None:  # a paragraph, no answer
            self._mention(text, ts)
            return
        if reading.value is None:
            self.session = self.session.plus("misread", field=field, text=text[:DESCRIPTION_LENGTH], ts=ts)
            self._note("misread", field, text, reading)
            return
        reading = self._worked_out(field, self.state.words.get(field, ""), reading)
        self._take(field, text, reading, ts=ts, echo=echo)
        for other, more in reading.also if by_its_model else ():  # an arrow between two calls gives both
            if more.value is None:
                self.session = self.session.plus("misread", field=other, text=more.shown, ts=ts)
                self._note("misread", other, more.shown, more)
            else:
                self._take(other, text, more, ts=ts, echo=echo)
        if also:
            self._mention(text, ts)

    def _mention(self, text: str, ts: str) -> None:
        whole = text[:LOOKED_AT]
        calls = kept_calls(priced_in(whole, self.prices)) if self.prices else None
        self.session = self.session.plus("mention", text=whole, ts=ts, value=calls)

    def _take(self, field: str, text: str, reading: Reading, *, ts: str, echo: bool) -> None:
        value, ends = stored(cast("Value", reading.value)), self._range_of(field, reading)
        reading = reading.model_copy(update={"ends": ends})
        self.session = self.session.plus("answer", field=field, value=value, text=text[:DESCRIPTION_LENGTH], ts=ts)
        self._keep_range(field, ends)
        if reading.quote:
            self.session = self.session.and_then(*quoted(field, reading.quote, self.prices))
        elif reading.derived:
            self.session = self.session.plus("derive", field=field, value=reading.derived[0])
        self._note("read", field, text if echo else "", reading)

    def _worked_out_for(self, field: str) -> str:
        """The one sum that was worked out of the words just typed, and is asked about."""
        reading = self._read(field, self.state.words.get(field, ""))
        return reading.candidates[0] if reading.derived and len(reading.candidates) == 1 else ""

    def _worked_out(self, field: str, before: str, reading: Reading) -> Reading:
        """The answer with how it was worked out of the words ``before`` that it was offered for."""
        how = "" if reading.quote else derivation(field, before, reading.value, self.state.answers)
        return reading.model_copy(update={"derived": (how,)}) if how else reading

    def _range_of(self, field: str, reading: Reading) -> Ends | None:
        """The range an answer lies in: it was told with it, or typed before and asked about."""
        words = self.state.words.get(field)
        if field not in RANGED or reading.value == UNKNOWN:
            return None
        ends = reading.ends or (self._read(field, words).ends if words else None)
        return ends if ends and ends[0] <= cast("Any", reading.value) <= ends[1] else None

    def _keep_range(self, field: str, ends: Ends | None) -> None:
        if ends and field in RANGED:
            self.session = self.session.plus("range", field=field, value=spanned(ends))

    def _read(self, field: str, text: str, *, confirmed: bool = False) -> Reading:
        """What was typed for a field, by what is known: the answers so far, other currencies in dollars, prices of
        models, and the words before that could not be read."""
        state = self.state
        return read_by(
            state.rates, field, named(field, text), confirmed, state.answers,
            prices=self.prices, before=state.words.get(field, ""), beside=state.quotes,
        )  # fmt: skip

    def _currency_owed(self, field: str) -> str:
        """The currency of the words just typed for a field whose rate we have asked for; empty when there is none."""
        currency = currency_in(self.state.words.get(field, ""))
        return "" if currency in self.state.rates else currency

    def _still(self, field: str, state: State) -> None:
        """The answer as it was given, whatever its words would be read as today."""
        known = getattr(state.answers, field)
        ends = state.ranges.get(field)
        self.session = self.session.plus("answer", field=field, value=state.values[field])
        self._keep_range(field, ends)
        self._note("read", field, "", Reading(value=known, shown=show(field, known), ends=ends))

    def _asks_back(self, pending: str, text: str) -> bool:
        """Whether somebody asks instead of answering: "how do you count those?" is no number."""
        if not (_ASKS.match(text) and (text.endswith("?") or _ASKS_PLAINLY.match(text))):
            return False
        return FIELDS[pending].kind == "name" or self._read(pending, text).value is None

    def _confirmable(self, field: str) -> bool:
        """Whether "yes" agrees to the words we asked about; to a yes-or-no question it is the answer."""
        words = self.state.words.get(field)
        by_word = FIELDS[field].kind in ("yes_no", "choice")
        return words is not None and not by_word and self._read(field, words, confirmed=True).value is not None

    def _field_to_change(self, text: str) -> str:
        """The field of "change eval pairs" or "edit the price of a label"; what follows those words is never taken
        for an answer, so an unknown or ambiguous one is returned as it is."""
        found = re.fullmatch(r"(?:edit|change)(?: the| my| our)? (.+)", folded(text))
        if not found:
            return ""
        wanted = found[1]
        if wanted in ("title", "description"):
            return wanted
        rows = [row for row in self.rules.questions if row.id in self.state.values]
        names = {row.id: (folded(row.short), row.id, row.id.replace("_", " ")) for row in rows}
        exact = [field for field, known in names.items() if wanted in known]
        near = [field for field, known in names.items() if set(wanted.split()) <= set(" ".join(known).split())]
        return next((fields[0] for fields in (exact, near) if len(fields) == 1), wanted)

    def _retitle(self, what: str, text: str) -> None:
        if not text:
            return
        if what == "title":
            self.session = self.session.plus("title", text=first_words(text[:DESCRIPTION_LENGTH]))
        else:
            self.session = self.session.plus("describe", text=text[:DESCRIPTION_LENGTH])
        self._note("renamed" if what == "title" else "redescribed")

    def _ask(self, field: str) -> None:
        if field in ("title", "description") or (field in FIELDS and field in self.state.values):
            self.session = self.session.plus("ask", field=field)
        else:
            self._note("no_such_field", field)

    def _command(self, named: Command, pending: str) -> None:
        match named:
            case "back":
                self._back()
            case "why":
                if pending:
                    self._note("why" if pending in FIELDS else "help", pending)
                else:
                    self._note("asked", text="why this verdict?")
            case "help" | "departures" | "opinions":
                self._note(named)
            case "review" | "change":
                self.face = named
            case "checklist":
                self.checklist_open = True
                self.session = self.session.plus("report") if pending or self.state.ended else self.session
            case "rename" | "redescribe":
                self._ask(_TEXTS[named])
            case "drop":
                self.session = self.session.plus("describe", text="").plus("title", text="")
                self._note("dropped")
            case "restart":
                self.session = self.session.plus("restart")
                self._note("restarted")
            case "restore":
                if self.state.set_aside:
                    self.session = self.session.plus("restore")
                    self._note("restored")
                else:
                    self._note("nothing_before")
            case "cancel":
                self.session = self.session.plus("cancel")
                self._note("cancelled")
            case "use":
                self._use(None)
            case "continue" | "rest" | "plan" | "poc" | "report" | "again":
                decided = self.state.decided
                self.session = self.session.plus(named)
                if decided and self.state.decided is None:
                    self._note("edition", self._newly_asked(), decided.rules_version)
            case _:
                assert_never(named)

    def _newly_asked(self) -> str:
        """The first question that these rules ask and a decision of an earlier edition has no answer to."""
        return next_question(self._computed, self.rules) or ""

    def _back(self) -> None:
        """To the answer given before the pending question, however often it is pressed."""
        before = _answered_before(self.state)
        if before:
            self.session = self.session.plus("ask", field=before[-1])
        else:
            self._note("nothing_before")

    def _note(self, code: NoteCode, field: str = "", text: str = "", reading: Reading | None = None) -> None:
        self.notes.append(Note(code=code, field=field, text=text[:DESCRIPTION_LENGTH], reading=reading))

    # ---- what to show

    def reply(self) -> Reply:
        """Where the log leads, and what this event has to say about it."""
        state = self.state
        stands: Reply = state.shown or self._standing()
        state.shown = stands
        if not (self.notes or self.face or self.checklist_open):
            return stands
        said: dict[str, Any] = {"notes": tuple(self.notes), "checklist_open": self.checklist_open}
        return stands.model_copy(update=said | ({"face": self.face, "mentioned": ()} if self.face else {}))

    def _standing(self) -> Reply:
        state, rules = self.state, self.rules
        today = self._computed
        standing = state.decided or today
        pending = pending_question(state, standing, rules)
        face: Face = "question" if pending in FIELDS else "text" if pending else "report"
        if state.ended:
            face = "ended"
        gate = gate_asked(pending, standing, rules)
        ahead = (g.number for g in standing.gates if g.status == "blocked" and gate is not None and g.number > gate)
        return Reply(
            face=face,
            version=self.session.version,
            title=state.title,
            description=state.description,
            notes=(),
            pending=pending,
            gate=gate,
            answered=len(state.values),
            struggling=state.misreads >= 2,
            can_go_back=bool(_answered_before(state)),
            blocked_ahead=tuple(ahead) if face == "question" and not state.rest else (),
            offers=tuple(offers(state, standing, rules)) if face == "report" else (),
            checklist_open=False,
            standing=standing,
            rules=rules,
            today=in_full(today, rules) if state.decided else None,
            newly_asked=self._newly_asked() if state.decided else "",
            from_opening=tuple(state.sources),
            quotes=state.quotes,
            derivations=state.derivations,
            ranges=state.ranges,
            written=state.written,
            mentioned=_shown(state, pending) if face == "question" else (),
        )


def _answered_before(state: State) -> list[str]:
    """The answers given before the question being gone back to, or before the pending one, in order."""
    given = [field for field in state.values if field != "poc_run" or state.track == "plan"]
    return given[: given.index(state.asked)] if state.asked in given else given


def _to_tick(state: State) -> tuple[Mentioned, ...]:
    """What the text before the person mentions and nobody has answered."""
    calls = {field: _by_its_model(field, words, quote) for field, words, quote in state.mentioned_calls}
    said = [calls.pop(one.field, one) for one in mentioned(state.mentioning)]
    return tuple(one for one in (*said, *calls.values()) if one.field not in state.values)


def _by_its_model(field: str, words: str, quote: Quote) -> Mentioned:
    value = decimal(usd_today(quote) or Fraction(0))
    return Mentioned(field, value, show(field, value), words, quote=quote)


def _shown(state: State, pending: str) -> tuple[Mentioned, ...]:
    """All of it right after the text, later what is just asked about."""
    return tuple(one for one in _to_tick(state) if state.fresh or one.field == pending)


def _besides(field: str, text: str, state: State) -> tuple[Mentioned, ...]:
    """What an answer says of other questions, if it does; then with what it says of its own."""
    found = tuple(one for one in mentioned(text) if one.field not in state.values)
    return found if any(one.field != field for one in found) else ()


def folded(text: str) -> str:
    """A text as commands are compared: in lower case, without what ends a sentence."""
    return " ".join(text.casefold().split()).rstrip(".!?… ")

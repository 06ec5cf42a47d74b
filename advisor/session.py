"""A check as its log: what was said, in order, and where that leaves us.

Nothing is stored but the entries. The answers, the pending question and every mode are replayed from them, so a
correction is one more entry and a new release in the middle of a conversation is safe.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal, assert_never

from pydantic import PrivateAttr, TypeAdapter

from advisor.model import FIELDS, Answers, Ends, Frozen, Quote, Value, plain
from advisor.poc import trial_question
from advisor.prices import PriceList, next_cheaper
from advisor.report import Report, Standing
from advisor.roi import PRICES
from advisor.rulebook import Rules, availability_in

Verb = Literal[
    "describe", "title", "answer", "misread", "ask", "rest", "plan", "poc", "report", "continue", "restart",
    "restore", "cancel", "offer", "attach", "again", "mention", "use", "undo", "rate", "quote",
    "derive",
    "range",
]  # fmt: skip
CHEAPER = "cheaper"
"""What the quote of the next cheaper model is kept as, beside that of what runs today."""
TITLE_LENGTH = 60
DESCRIPTION_LENGTH = 1000


class Entry(Frozen):
    """One thing that happened. ``value`` is JSON-ready (decimals as plain text); ``text`` the words as typed; ``ts``
    the Slack message they stood in, empty for a click. An ``undo`` has the answer there was before, ``None`` for none;
    a ``quote`` the call that the answer just given is the price of, as JSON: the log says the same when prices move,
    and a ``describe`` or a ``mention`` has those that its text prices; a ``derive`` how that answer was worked out of
    what was typed before. A ``range`` has the ends between which that answer
    lies, as "700000..1300000".
    """

    verb: Verb
    field: str = ""
    value: bool | int | str | None = None
    text: str = ""
    ts: str = ""


class Kept(Frozen):
    """A decision as it was kept: the version of the log it was computed from, and its report."""

    version: int
    report: Report


class Session(Frozen):
    """A check's log, oldest first. ``kept`` is its last decision where an earlier edition of the rules computed it: it
    stands as it was decided until somebody decides again."""

    entries: tuple[Entry, ...] = ()
    kept: Kept | None = None
    _replayed: "list[tuple[Rules, State]]" = PrivateAttr(default_factory=list)
    """Where it leaves us, once somebody has asked: a longer log goes on from there."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Session) and (self.entries, self.kept) == (other.entries, other.kept)

    __hash__ = None  # type: ignore[assignment]

    def plus(self, verb: Verb, **parts: Any) -> "Session":
        return self.and_then(Entry(verb=verb, **parts))

    def and_then(self, *entries: Entry) -> "Session":
        """The log with these at its end."""
        after = Session(entries=(*self.entries, *entries), kept=self.kept)
        after._replayed.extend((rules, state.after(entries, rules)) for rules, state in self._replayed)
        return after

    def upto(self, version: int) -> "Session":
        """The log as it was then."""
        kept = self.kept if self.kept and self.kept.version <= version else None
        return Session(entries=self.entries[:version], kept=kept)

    @property
    def version(self) -> int:
        """How many things have happened: what a card was drawn from."""
        return len(self.entries)


@dataclass(slots=True)
class State:
    """Where the log leaves us."""

    title: str = ""
    description: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    asked: str = ""
    track: Literal["gates", "plan", "poc"] = "gates"
    rest: bool = False
    paused: bool = False
    ended: bool = False
    attached: bool = False
    again: list[str] = field(default_factory=list)
    """What is still to be asked once more, since it may have changed."""
    misreads: int = 0
    words: dict[str, str] = field(default_factory=dict)
    """Field -> the last words offered or misread for it: what a confirmation confirms."""
    offered: set[str] = field(default_factory=set)
    set_aside: dict[str, Any] = field(default_factory=dict)
    mentioning: str = ""
    mentioned_calls: tuple[tuple[str, str, Quote], ...] = ()
    """The calls that this text prices by a model and its tokens: field, words, quote."""
    """The text whose mentions are put before the person: the opening, or what was pasted since."""
    fresh: bool = False
    """Whether nothing was answered since that text: then all it mentions is shown, later only what is asked."""
    rates: dict[str, Decimal] = field(default_factory=dict)
    """Currency -> dollars for one, as the person stated it."""
    sources: dict[str, str] = field(default_factory=dict)
    """Field -> the words of a text it was taken from; an answer of its own has none."""
    priced: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Field and answer -> the quote it came from, as it is kept."""
    derived: dict[tuple[str, Any], str] = field(default_factory=dict)
    """Field and answer -> how it was worked out."""
    told: dict[str, Ends] = field(default_factory=dict)
    """Field -> the range its answer was given with; another answer to it drops that."""
    told_before: dict[str, Ends] = field(default_factory=dict)
    """The same of the answers that are set aside."""
    decided: Report | None = None
    """What was decided under an earlier edition of the rules and stands."""
    computed: Standing | None = field(default=None, compare=False)
    """Where these rules see the answers, once somebody has asked."""
    known: Answers | None = field(default=None, compare=False)
    """The answers, once somebody has asked."""
    shown: Any = field(default=None, compare=False)
    """The reply that shows it (advisor/conversation.py), the same."""
    wrote: list[str] = field(default_factory=list)
    """What the person wrote in whole sentences beside the description: texts that were pasted, answers as typed."""

    @property
    def written(self) -> tuple[str, ...]:
        return (self.description, *self.wrote) if self.description else tuple(self.wrote)

    @property
    def answers(self) -> Answers:
        self.known = self.known or Answers(**self.values)
        return self.known

    @property
    def quotes(self) -> dict[str, Quote]:
        """The calls that answers are the prices of, by field. An answer that comes back brings its own along."""
        kept = {name: self.priced.get((name, self.values.get(name))) for name in PRICES}
        found = {name: Quote.model_validate_json(text) for name, text in kept.items() if text}
        now, cheaper = PRICES[0], self.priced.get((CHEAPER, self.values.get(PRICES[0])))
        if now in found and cheaper:
            found[now] = found[now].model_copy(update={"cheaper": Quote.model_validate_json(cheaper)})
        return found

    @property
    def derivations(self) -> dict[str, str]:
        """How answers were worked out, by field."""
        return {name: self.derived[name, value] for name, value in self.values.items() if (name, value) in self.derived}

    @property
    def ranges(self) -> dict[str, Ends]:
        """The ranges that answers were given with, by field."""
        return {name: ends for name, ends in self.told.items() if name in self.values}

    def after(self, entries: Iterable[Entry], rules: Rules) -> "State":
        """Where these lead from here; this one stays as it is."""
        state = replace(
            self, shown=None, values=dict(self.values), words=dict(self.words), offered=set(self.offered),
            rates=dict(self.rates), sources=dict(self.sources), priced=dict(self.priced),
            derived=dict(self.derived),
            told=dict(self.told),
        )  # fmt: skip
        for entry in entries:
            _apply(state, entry, rules)
            if state.decided and _goes_on(entry):
                state.decided = None
        if state.values != self.values:
            state.known = state.computed = None
        return state


def stored(value: Value) -> bool | int | str:
    """A value as an entry keeps it; ``Answers`` reads it back exactly."""
    return value if isinstance(value, bool | int | str) else plain(value)


def spanned(ends: Ends) -> str:
    """A range as an entry keeps it."""
    return "..".join(str(stored(end)) for end in ends)


def _ends(field: str, text: str) -> Ends:
    low, high = (int(end) if FIELDS[field].kind == "count" else Decimal(end) for end in text.split(".."))
    return low, high


def state_of(session: Session, rules: Rules) -> State:
    """Replay the log; what is returned is not to be changed."""
    for by, known in session._replayed:  # noqa: SLF001 - ours
        if by is rules:
            return known
    kept = session.kept
    state = State().after(session.entries[: kept.version] if kept else session.entries, rules)
    if kept:
        state.decided = kept.report
        state = state.after(session.entries[kept.version :], rules)
    session._replayed.append((rules, state))  # noqa: SLF001 - ours
    return state


def _goes_on(entry: Entry) -> bool:
    """Whether this leaves a decision that stood: looking at it and naming it do not."""
    text = entry.field in ("", "title", "description")
    looking = ("describe", "title", "report", "attach", "misread", "offer", "continue", "cancel")
    return entry.verb not in looking and not (entry.verb == "ask" and text)


def _apply(state: State, entry: Entry, rules: Rules) -> None:
    if entry.verb in ("mention", "answer", "misread") and " " in entry.text:
        state.wrote.append(entry.text)
    match entry.verb:
        case "describe":
            if not state.description:
                state.mentioning, state.fresh = entry.text, True
            state.description, state.asked = entry.text, ""
            state.mentioned_calls = calls_in(entry)
            state.mentioning = state.mentioning if entry.text else ""
            if not entry.text:
                state.wrote.clear()
            state.title = state.title or first_words(entry.text)
        case "title":
            state.title, state.asked = entry.text, ""
        case "answer":
            _answered(state, entry)
            state.fresh = False
            state.again = [name for name in state.again if name != entry.field]
            state.offered.discard(entry.field)
            state.words.pop(entry.field, None)
        case "mention":
            state.mentioning, state.fresh = entry.text, True
            state.mentioned_calls = calls_in(entry)
        case "use":
            state.fresh = False
            _answered(state, entry)
            state.sources[entry.field] = entry.text
        case "quote":
            priced = PRICES[0] if entry.field == CHEAPER else entry.field
            state.priced[entry.field, state.values.get(priced)] = str(entry.value)
        case "derive":
            state.derived[entry.field, state.values.get(entry.field)] = str(entry.value)
        case "range":
            state.told[entry.field] = _ends(entry.field, str(entry.value))
        case "rate":
            state.rates[entry.field] = Decimal(str(entry.value))
        case "undo":
            _forget(state, entry.field)
            if entry.value is not None:
                state.values[entry.field] = entry.value
            state.asked, state.misreads, state.fresh = "", 0, True
        case "misread":
            state.misreads += 1
            state.words[entry.field] = entry.text
        case "offer":
            state.words[entry.field] = entry.text
            state.offered.add(entry.field)
        case "ask":
            state.asked, state.misreads, state.ended = entry.field, 0, False
        case "rest":
            state.rest, state.track = True, "gates"
            _go_on(state)
        case "plan":
            state.track = "plan"
            _go_on(state)
        case "poc":
            state.values["poc_run"] = True
            state.track = "poc"
            # Said again with nothing left to ask, it is about another trial.
            if trial_question(Answers(**state.values), rules) is None:
                trial = {row.id for row in rules.questions if row.asked_for == "poc"}
                state.values = {name: value for name, value in state.values.items() if name not in trial}
            _go_on(state)
        case "again":
            state.again = [row.id for row in rules.questions if row.changes and row.id in state.values]
            state.track = "gates"
            _go_on(state)
        case "report":
            _go_on(state)
            state.paused = True
        case "continue" if state.asked and not state.ended:
            state.asked, state.misreads = "", 0  # the edit is dropped; where it was asked for, one goes on
        case "continue":
            _go_on(state)
        case "restart":
            state.wrote.clear()
            # Said twice, the first answers are still what "bring them back" brings.
            if state.values:
                state.told_before = state.ranges
            state.set_aside, state.values, state.told = state.values or state.set_aside, {}, {}
            state.fresh = True
            state.again = []
            state.track, state.rest = "gates", False
            state.words.clear()
            state.offered.clear()
            _go_on(state)
        case "restore":
            # Copies: what was set aside is the earlier state's as well.
            state.values, state.set_aside = dict(state.set_aside), {}
            state.told, state.told_before = dict(state.told_before), {}
            _go_on(state)
        case "cancel":
            state.ended = True
        case "attach":
            state.attached = True
        case _:
            assert_never(entry.verb)


def quoted(field: str, quote: Quote, prices: PriceList | None) -> tuple[Entry, ...]:
    """What the log keeps of where a price came from, with the next cheaper model of what runs today."""
    kept, cheaper = Entry(verb="quote", field=field, value=quote.model_dump_json()), None
    if field == PRICES[0] and prices:
        cheaper = next_cheaper(quote, {id for row in availability_in().vendor for id in row.current}, prices)
    return (kept, Entry(verb="quote", field=CHEAPER, value=cheaper.model_dump_json())) if cheaper else (kept,)


_Calls = tuple[tuple[str, str, Quote], ...]


def kept_calls(calls: _Calls) -> str | None:
    """The calls that a text prices, as its entry keeps them."""
    return _adapter().dump_json(calls).decode() if calls else None


def calls_in(entry: Entry) -> _Calls:
    return _adapter().validate_json(str(entry.value)) if entry.value else ()


@cache
def _adapter() -> TypeAdapter[_Calls]:
    return TypeAdapter(_Calls)  # built at first use, as models are


def _answered(state: State, entry: Entry) -> None:
    # Taken out first, so that "back" goes through the answers in the order they were last given.
    _forget(state, entry.field)
    state.values[entry.field] = entry.value
    state.asked, state.misreads = "", 0


def _forget(state: State, name: str) -> None:
    """An answer, with all that was said about it."""
    for kept in (state.values, state.sources, state.told):
        kept.pop(name, None)


def _go_on(state: State) -> None:
    state.paused, state.ended, state.asked, state.misreads = False, False, "", 0


def first_words(text: str) -> str:
    """A title from an opening: its first words, at most 60 characters."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[: TITLE_LENGTH - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(",;:.-") + "…"

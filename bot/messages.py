"""Who said what where; what is to be said to Slack, until when it is tried, and what it carries for the turn that hears
what became of it.

Nothing but types. A message is a row of the table ``outbox`` from the turn that wrote it until Slack has taken it, so
that what stands here is also what an earlier release may have left in a file: ``restored`` reads both.
"""

import json
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache, lru_cache
from math import inf
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

DECORATION = "beside:"
"""How a lane begins in which only what nobody waits for is said: it never holds a card up."""
IN_DOUBT = "in_doubt"
"""The outcome of a post that may stand in a channel we can't read: whoever wanted it is asked."""


# ---- until when


class End(NamedTuple):
    """Until when a row is tried: so many seconds after it was written, so many times (0: as often as it takes), with
    these waits in seconds between the tries, the last one again and again. ``waited_for``: whoever caused it is told
    when it takes longer than a minute."""

    seconds: float = inf
    tries: int = 0
    waits: tuple[float, ...] = (0.5, 1, 2, 4, 8, 16, 32, 60)
    waited_for: bool = False


_UNTIL_IT_IS_SAID = End(waited_for=True)
ENDS = {
    "card": _UNTIL_IT_IS_SAID,
    "chat.postMessage": _UNTIL_IT_IS_SAID,  # an answer, a record, a reminder
    "chat.postEphemeral": _UNTIL_IT_IS_SAID,
    "chat.update": _UNTIL_IT_IS_SAID,
    "chat.delete": _UNTIL_IT_IS_SAID,
    "conversations.info": _UNTIL_IT_IS_SAID,  # the look before a record is posted or edited
    "users.conversations": End(10.0, tries=2, waits=(1,)),  # then a list is without what others posted
    "upload": End(10 * 60.0, tries=5, waits=(2, 15, 60, 120), waited_for=True),  # then it is said as text
    "": End(),  # a turn of our own, to be run in its lane's order
    "views.publish": End(),
    "views.open": End(3.0),  # so long Slack takes a trigger
    "views.update": End(3.0),
    "response_url": End(30 * 60.0, tries=5, waits=(2, 15, 90, 600), waited_for=True),  # Slack's own limits
    "model": End(30.0, tries=1),
    DECORATION: End(60.0, tries=3, waits=(1, 8)),
}
"""A row's method, or the lane of decoration -> its end. What a newer row says as well ends at once."""


# ---- what the turn that hears of it needs


class _Told(BaseModel):
    """``form`` counts the shapes a kind has had in released rows."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore")
    form: Literal[1] = 1
    user: str = ""
    name: str = ""


class Opened(_Told):
    """A dialog was to open, or, being ``open`` already, to be drawn anew."""

    kind: Literal["opened"] = "opened"
    open: bool = False
    channel: str
    thread: str
    url: str


class Responded(_Told):
    """The answer to a press was sent to the address the press came with."""

    kind: Literal["responded"] = "responded"


class Offered(_Told):
    """A check was offered to somebody."""

    kind: Literal["offered"] = "offered"
    check: str
    offer: str


class OfferNoted(_Told):
    """Its owner was told that they were asked, with a way to take the offer back."""

    kind: Literal["offer_noted"] = "offer_noted"
    check: str
    offer: str


class Leading(_Told):
    """Something was pressed that leads to a check's card elsewhere; ``code`` says what became of it. The rest is where
    it was pressed, and when (UTC): ``resolved`` in place of that message, of which the blocks ``kept`` stay."""

    check: str
    code: str
    resolved: bool
    kept: tuple[dict[str, Any], ...]
    channel: str
    thread: str
    message: str
    ephemeral: bool
    url: str
    trigger: str
    view: str
    at: str


class GoesOn(Leading):
    """That card stands by now."""

    kind: Literal["goes_on"] = "goes_on"


class Pointed(Leading):
    """We have asked for its address."""

    kind: Literal["pointed"] = "pointed"


class Wanted(_Told):
    """A record somebody wants posted; ``share`` is the id it will have, ``pressed`` the question in their DM whose
    answer this is, if it is one."""

    check: str
    version: int
    channel: str
    thread: str = ""
    costs: bool
    external: bool
    title: str
    note: str
    share: str
    pressed: str = ""


class ShareChecked(Wanted):
    """We have looked what kind of channel it is."""

    kind: Literal["share_checked"] = "share_checked"


class Shared(Wanted):
    """The record was posted."""

    kind: Literal["shared"] = "shared"
    private: bool
    public: bool = False  # so in rows from before it was looked at


class Linked(Wanted):
    """We have asked for its address."""

    kind: Literal["linked"] = "linked"


class HomeDue(_Told):
    """It is time to draw somebody's Home tab."""

    kind: Literal["home_due"] = "home_due"
    person: str


class InChannels(_Told):
    """Slack was asked in which public channels somebody is; those ``found`` on the pages before this one."""

    found: tuple[str, ...] = ()
    page: int = 0


class HomeIn(InChannels):
    """For their Home tab."""

    kind: Literal["home_in"] = "home_in"


class Listing(InChannels):
    """For the list of posted decisions with a ``word``, to be answered at ``url``."""

    kind: Literal["listing"] = "listing"
    word: str
    url: str


class Published(_Told):
    """Somebody's Home tab was published; so often Slack had another one by then."""

    kind: Literal["published"] = "published"
    person: str
    conflicts: int = 0


class Decided(_Told):
    """The card of a new report stands; ``drawn`` is what it lets one read, ``notes`` what stands above it."""

    kind: Literal["decided"] = "decided"
    check: str
    version: int
    notes: tuple[dict[str, Any], ...]
    drawn: str


class Worded(_Told):
    """The model was asked for the reasons of that report in other words; counted on ``day``."""

    kind: Literal["worded"] = "worded"
    check: str
    version: int
    notes: tuple[dict[str, Any], ...]
    drawn: str
    day: str


class Followed(_Told):
    """Our own answer to a question about a report stands."""

    kind: Literal["followed"] = "followed"
    check: str
    version: int
    question: str


class Selected(_Told):
    """The model was asked to choose better; our answer stands at ``ts`` in ``channel``."""

    kind: Literal["selected"] = "selected"
    check: str
    version: int
    question: str
    channel: str
    ts: str
    day: str


class Exported(_Told):
    """A decision was sent as files."""

    kind: Literal["exported"] = "exported"
    check: str
    version: int


class CostsChecked(_Told):
    """We have looked who reads the channel of a record with figures; then it is edited to ``version``, or, without
    one, shown to who asked in ``channel``."""

    kind: Literal["costs_checked"] = "costs_checked"
    share: str
    channel: str
    thread: str
    version: int | None = None
    told: bool = False
    watched: bool = False


class Asked(_Told):
    """We have looked who reads the channel of a record with figures, about which somebody has a ``question``."""

    kind: Literal["asked"] = "asked"
    share: str
    channel: str
    thread: str
    question: str


class Drawn(_Told):
    """A record was edited to ``version``; ``replaced`` is the one it showed before, ``told`` whether its owner wanted
    to hear of it, ``watched`` that its figures were taken out, since another company reads along."""

    kind: Literal["drawn"] = "drawn"
    share: str
    check: str
    channel: str
    link: str
    version: int
    replaced: int
    updated_at: str
    answered_by: str
    title: str
    told: bool
    watched: bool = False


class Turned(_Told):
    """A record's thread was told that its verdict is another one now: rather not at all than twice."""

    kind: Literal["turned"] = "turned"
    check: str


class TakenDown(_Told):
    """The minute is over in which a record that was taken down can be put back."""

    kind: Literal["taken_down"] = "taken_down"
    share: str


class Withdrawn(_Told):
    """A record was taken out of its channel, since its owner deleted what is behind it."""

    kind: Literal["withdrawn"] = "withdrawn"
    channel: str
    ts: str
    link: str


class RoiChecked(_Told):
    """We have looked who reads the channel a quick calculation is to be posted in."""

    kind: Literal["roi_checked"] = "roi_checked"
    channel: str
    thread: str
    url: str
    value: str
    message: str


class RoiPosted(_Told):
    """A quick calculation was posted; ``key`` keeps it from being posted twice. The answer it was posted from is at
    ``url``, of the line ``value``."""

    kind: Literal["roi_posted"] = "roi_posted"
    key: str
    channel: str = ""
    url: str = ""
    value: str = ""


class Reminded(_Told):
    """Somebody was reminded to decide again; ``when`` says how often that is."""

    kind: Literal["reminded"] = "reminded"
    check: str
    when: str


OnResult = Annotated[
    Opened | Responded | Offered | OfferNoted | GoesOn | Pointed | ShareChecked | Shared | Linked | HomeDue | Published
    | Decided | Worded | Followed | Selected | Exported | CostsChecked | Asked | Drawn | Turned | TakenDown | Withdrawn
    | RoiChecked | RoiPosted | Reminded | HomeIn | Listing,
    Field(discriminator="kind"),
]  # fmt: skip


@cache
def _on_results() -> TypeAdapter[OnResult]:
    """Built when the first one is read: it costs as much as a fifth of all imports."""
    return TypeAdapter(OnResult)


_ASKED = {"shared", "roi_posted"}  # posts of which a double is worse than a question
_ONCE = _ASKED | {"turned"}  # or worse than none


# ---- the message itself


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One thing to say.

    ``method`` is a Web API method, empty for nothing (``on_result`` is then all), ``model`` for a question to the
    model, ``upload`` for files, ``response_url``, or ``card``: the session's live card, edited in place, or with
    ``below`` posted anew while the old one is cut down to the line ``collapse`` (left alone when that is empty). ``to``
    is a person to open a DM with first, ``person`` whose act it answers. ``key`` finds it again when its answer was
    lost. ``at`` is when it was written (Unix seconds); not said before ``due`` (ISO 8601, UTC). ``on_result`` goes to
    the turn that hears the outcome. ``only_there``: not at top level either when the thread is gone. ``unsure``: an
    earlier try may have got through. ``instead_of``: older rows that it says as well. A card is not drawn before it is
    said: most that are typed on end under a newer one. ``shows`` is what it is drawn from, as the table keeps it, and
    ``draw`` gives what ``args`` lack then.
    """

    method: str
    args: dict[str, Any]
    lane: str
    session: str = ""
    card_ts: str = ""
    below: bool = False
    collapse: str = ""
    to: str = ""
    person: str = ""
    enterprise: str = ""
    team: str = ""
    key: str = ""
    at: float = 0.0
    due: str = ""
    only_there: bool = False
    on_result: OnResult | None = None
    shows: str = ""
    draw: Callable[[], dict[str, Any]] | None = field(default=None, compare=False, repr=False)
    unsure: bool = field(default=False, compare=False)
    instead_of: tuple[int, ...] = ()
    id: int = 0

    @property
    def about(self) -> str:
        """The check it is about, if any: what is deleted is not said any more."""
        return self.session or str(getattr(self.on_result, "check", ""))

    @property
    def end(self) -> End:
        """Until when it is tried."""
        return ENDS[DECORATION] if self.lane.startswith(DECORATION) else ENDS.get(self.method, _UNTIL_IT_IS_SAID)

    @property
    def until(self) -> float:
        """The same in Unix seconds."""
        return self.at + self.end.seconds

    @property
    def asked(self) -> bool:
        """Whether somebody is asked then, so that its row is still needed."""
        return self.on_result is not None and self.on_result.kind in _ASKED

    @property
    def once(self) -> bool:
        """Whether it is not said again when it may stand where we can't look."""
        return self.on_result is not None and self.on_result.kind in _ONCE

    def drawn(self) -> "OutgoingMessage":
        """With all that is said."""
        return replace(self, args=self.args | self.draw(), draw=None) if self.draw else self

    def stored(self, **more: Any) -> str:
        """As the table has it, with ``more`` that it gets as it is written."""
        row = {name: getattr(self, name) for name in _STORED} | more
        row["on_result"] = self.on_result.model_dump(mode="json") if self.on_result else None
        return json.dumps(row)


_NOT_STORED = ("id", "unsure", "instead_of", "draw")
_STORED = tuple(one.name for one in fields(OutgoingMessage) if one.name not in _NOT_STORED)


_NOT_TEXT: dict[str, type | tuple[type, ...]] = {
    "args": dict, "at": (int, float), "below": bool, "only_there": bool, "on_result": object,
}  # fmt: skip
_KINDS: dict[str, type | tuple[type, ...]] = {name: _NOT_TEXT.get(name, str) for name in _STORED}


class Unreadable(Exception):
    """A stored row is none of ours, or of a release that knew more."""


def restored(said: str, **more: Any) -> OutgoingMessage:
    """A stored row as a message; ``more`` is what the table has beside it.

    Raises:
        Unreadable: it can't be read.
    """
    try:
        row = json.loads(said)
        after = row.pop("after", "")  # the first release had a name and, apart, what went with it
        context = row.pop("context", None) or {}
        told = row.get("on_result") or ({"kind": after} | context if after else None)
        parts = {name: row[name] for name in _STORED if name in row} | more
        person = parts.get("person") or context.get("user") or parts.get("to") or ""
        parts |= {"on_result": _on_results().validate_python(told) if told else None, "person": person}
        outgoing = OutgoingMessage(**parts)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
        raise Unreadable(type(error).__name__) from None
    if not all(isinstance(getattr(outgoing, name), kind) for name, kind in _KINDS.items()):
        raise Unreadable("a field of another kind")
    return outgoing


class Outcome(NamedTuple):
    """What Slack made of a message: its answer, or its error code."""

    said: dict[str, Any]
    error: str = ""


# ---- time, as rows carry it


def unix(at: str) -> float:
    """An ISO 8601 time in UTC as Unix seconds."""
    return datetime.fromisoformat(at).timestamp()


def stamp(seconds: float) -> str:
    """Unix seconds as rows carry them: UTC, ISO 8601, to the second."""
    return _stamp(int(seconds // 1))


@lru_cache(16)  # a turn asks for the same second several times
def _stamp(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


# ---- what went wrong, as the log has it


def frames(error: BaseException) -> str:
    """Where an exception came from, and never its text: that can quote what a person wrote."""
    return "".join(traceback.format_tb(error.__traceback__))


# ---- what was heard

NAMELESS = "a colleague"
"""Whom Slack names by an id alone."""


class Request(NamedTuple):
    """Who said what where, from a signed payload. ``thread_ts`` is the root of the thread, ``ts`` the message's own
    (empty for a click), ``message_ts`` the one that was clicked, ``ephemeral`` when only they see it, ``view`` the
    dialog instead; ``key`` tells a repeated delivery; ``name`` is the person's handle where the payload has it;
    ``under_ours`` whether a message of the bot's begins the thread."""

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
    message_ts: str = ""
    ephemeral: bool = False
    view: str = ""
    under_ours: bool = False

    @property
    def within(self) -> str:
        """The thread they have before them; none when what was pressed stands in the channel itself."""
        return "" if self.thread_ts == self.message_ts else self.thread_ts

    @property
    def lane(self) -> str:
        """What is said in a person's DM keeps one order, wherever it was asked for; a channel has its own."""
        return self.user if self.channel.startswith("D") else self.channel

    @classmethod
    def of(cls, outgoing: OutgoingMessage) -> "Request":
        """Whose turn a message's outcome goes on."""
        asked = outgoing.on_result
        user, name = (asked.user, asked.name) if asked else ("", "")
        return cls("", outgoing.team, user or outgoing.person, "", enterprise=outgoing.enterprise, name=name)

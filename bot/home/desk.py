"""What lies on the desk that Home is: what is open, what was decided, what others posted last, what can be set."""

from collections.abc import Iterator
from typing import NamedTuple

from advisor.report import Report
from bot.render.view import Actions, Button, Confirm, Divider, Header, Menu, Option, Part, Small, Text, View
from bot.render.wording import Wording, lines

PAGE = 20
RECORDS_TOO = "records"
"""In the value of what deletes: it says that records go as well. Buttons of an earlier release said that they stay."""
_PLACES = 5  # named of those a decision is posted in: a line stays a line


class Open(NamedTuple):
    """A check that is not decided yet: where it stands is words already, ``days`` are since its last change."""

    id: str
    title: str
    where: str
    days: int
    report: Report


class Place(NamedTuple):
    """A channel a decision is posted in; ``outdated`` when it was decided again since."""

    channel: str
    outdated: bool


class Decided(NamedTuple):
    """A decision: its headline is words already; ``again_at`` is when it is decided again (empty for never),
    ``edition`` names the rules it was decided by where others are in force by now. Dates are UTC, ISO 8601."""

    id: str
    title: str
    headline: str
    report: Report
    at: str
    again_at: str
    places: tuple[Place, ...]
    edition: str = ""

    @property
    def outdated(self) -> bool:
        return any(place.outdated for place in self.places)

    @property
    def more(self) -> int:
        """In how many channels beside the first few it is posted."""
        return max(0, len(self.places) - _PLACES)


class ByOthers(NamedTuple):
    """A record that somebody else posted where the whole workspace reads: what it shows there, and no more."""

    title: str
    headline: str
    channel: str
    link: str
    owner: str
    at: str


class HomePage(NamedTuple):
    """One page of all that the Home tab shows of a person's own, and what others posted last; ``wording`` is ``None``
    where there is no model.

    So many decisions are of an ``earlier`` edition of the rules, and so many of these ``turning`` by today's.
    """

    retention_days: int
    checks: tuple[Open, ...] = ()
    decisions: tuple[Decided, ...] = ()
    others: tuple[ByOthers, ...] = ()
    earlier: int = 0
    turning: int = 0
    reminders: bool = True
    wording: bool | None = None
    page: int = 0
    pages: int = 1


def tab(desk: HomePage, wording: Wording) -> View:
    """The desk; one that is empty says in two lines what this is, beside the button that starts."""
    return View(tuple(_parts(desk, wording)), str(wording.say("home", "summary")))


def _parts(desk: HomePage, wording: Wording) -> Iterator[Part]:
    say = wording.say
    yield Header(wording.plainly("home", "head"))
    start = Button(wording.press("start"), "session:start", style="primary")
    empty = not (desk.checks or desk.decisions)
    if empty:
        yield Text(str(say("home", "promise", desk.retention_days)))
        yield Actions((start,))
    else:
        yield Actions((start, Button(wording.press("quick_roi"), "roi:open")))
        yield from _checks(desk, wording)
        yield from _decisions(desk, wording)
        yield from _turning(desk, wording)
    if desk.others:
        yield Divider()
        yield Text(lines(say("home", "others_head"), *(say("home", "by_other", one) for one in desk.others)))
    yield from _settings(desk, wording, empty=empty)


def _checks(desk: HomePage, wording: Wording) -> Iterator[Part]:
    if desk.checks:
        yield Divider()
        yield Text(str(wording.say("home", "checks_head")))
    for place, check in enumerate(desk.checks):
        marks = wording.say("cards", "progress", check.report)
        yield Text(lines(wording.say("home", "check", check), marks))
        name = wording.press("resume_that", check.title)
        resume = Button(wording.press("resume"), f"home:resume:{place}", check.id, label=name)
        yield Actions((resume, _more(wording, place, check, "delete")))


def _decisions(desk: HomePage, wording: Wording) -> Iterator[Part]:
    if desk.decisions:
        yield Divider()
        yield Text(str(wording.say("home", "decisions_head")))
        if desk.earlier:
            yield Text(str(wording.say("home", "editions", desk, wording.rules.version)))
    for place, decision in enumerate(desk.decisions, start=PAGE):
        yield Text(str(wording.say("home", "decision", decision, decision.places[:_PLACES])))
        name = wording.press("open_that", decision.title)
        show = Button(wording.press("open"), f"home:open:{place}", decision.id, label=name)
        acts = ("revise", "update", "delete") if decision.outdated else ("revise", "delete")
        yield Actions((show, _more(wording, place, decision, *acts)))


def _more(wording: Wording, place: int, check: Open | Decided, *acts: str) -> Menu:
    """What is rarely pressed. Slack gives the three dots no name of their own, so that the lines behind them say of
    which check they are; and a question before one of them would be asked before all: deleting has a dialog."""
    options = (Option(wording.press(f"{act}_that", check.title), f"{act}:{check.id}") for act in acts)
    return Menu(f"home:more:{place}", wording.press("more"), tuple(options))


def _turning(desk: HomePage, wording: Wording) -> Iterator[Part]:
    if desk.pages == 1:
        return
    yield Small(str(wording.say("home", "page", desk.page + 1, desk.pages)))
    newer = Button(wording.press("newer"), "home:page:newer", str(desk.page - 1))
    older = Button(wording.press("older"), "home:page:older", str(desk.page + 1))
    yield Actions((newer,) * (desk.page > 0) + (older,) * (desk.page + 1 < desk.pages))


def _settings(desk: HomePage, wording: Wording, *, empty: bool) -> Iterator[Part]:
    """What can be set; on an empty desk whether a model may word things, before anything is there for it."""
    told = [] if empty else [wording.say("home", "reminders", desk.reminders)]
    buttons = [] if empty else [_switch(wording, "reminders", desk.reminders)]
    if desk.wording is not None:
        told.append(wording.say("home", "wording", desk.wording))
        buttons.append(_switch(wording, "wording", desk.wording))
    if not told:
        return
    yield Divider()
    yield Text(lines(wording.say("home", "settings_head"), *told))
    yield Actions((*buttons, *(() if empty else (delete_all(wording),))))
    if not empty:
        yield Small(f"{wording.say('home', 'stored', desk.retention_days)} {wording.say('home', 'deleting')}")


def _switch(wording: Wording, what: str, on: bool) -> Button:
    return Button(wording.press("turn", what, not on), f"home:{what}", "off" if on else "on")


def delete_all(wording: Wording) -> Button:
    """The button that deletes all there is of a person, once they are sure."""
    sure = Confirm(*wording.press("sure_delete_all").split("\n"))
    return Button(wording.press("delete_all"), "home:forget", RECORDS_TOO, style="danger", confirm=sure)

"""The Home tab: what is open, what was decided, what can be set. Pure; the turns gather the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.view import Actions, Button, Confirm, Divider, Header, Part, Small, Text, View
from bot.wording import Wording

PAGE = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A check in the list: where it stands is words already."""

    id: str
    title: str
    where: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted decision in the list."""

    check_id: str
    title: str
    headline: str
    money: str
    at: str
    places: str


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the Home tab shows of a person's own."""

    checks: tuple[Listed, ...]
    decisions: tuple[Posted, ...]
    reminders: bool
    retention_days: int
    page: int = 0


def tab(desk: Desk, wording: Wording) -> View:
    """First the promise and how to start; then, when there is something, what is open and what was decided."""
    return View(tuple(_parts(desk, wording)), str(wording.say("home", "summary")))


def _parts(desk: Desk, wording: Wording) -> Iterator[Part]:
    say = wording.say
    yield Header(wording.plainly("home", "head"))
    if not desk.checks:
        yield Text(str(say("home", "promise")))
    yield Actions((Button("Start a check", "session:start", style="primary"), Button("Quick ROI", "roi:open")))
    if desk.checks:
        yield Divider()
        yield from _checks(desk, wording)
    if desk.decisions:
        yield Divider()
        yield Text(str(say("home", "decisions_head")))
        for place, decision in enumerate(desk.decisions[:PAGE]):
            yield Text(str(say("home", "decision", decision)))
            yield Actions(
                (
                    Button("Open", f"home:open:{place}", decision.check_id),
                    Button("Revise", f"home:revise:{place}", decision.check_id),
                )
            )
    yield Divider()
    yield Text(str(say("home", "settings_head")))
    yield Text(str(say("home", "reminders", desk.reminders)))
    switch = "Turn reminders off" if desk.reminders else "Turn reminders on"
    yield Actions((Button(switch, "home:reminders", "off" if desk.reminders else "on"), _delete_all()))
    yield Small(f"{say('home', 'stored', desk.retention_days)} {say('home', 'deleting')}")


def _checks(desk: Desk, wording: Wording) -> Iterator[Part]:
    first = desk.page * PAGE
    shown = desk.checks[first : first + PAGE]
    yield Text(str(wording.say("home", "checks_head")))
    for place, check in enumerate(shown):
        yield Text(str(wording.say("home", "check", check)))
        yield Actions(
            (
                Button("Resume", f"home:resume:{place}", check.id, label=f"Resume {check.title}"),
                Button("Delete", f"home:delete:{place}", check.id, "danger", f"Delete {check.title}", _sure_one()),
            )
        )
    if len(desk.checks) > PAGE:
        turns = []
        if desk.page:
            turns.append(Button("Newer", "home:page:newer", str(desk.page - 1)))
        if first + PAGE < len(desk.checks):
            turns.append(Button("Older", "home:page:older", str(desk.page + 1)))
        yield Small(str(wording.say("home", "page", first + 1, first + len(shown), len(desk.checks))))
        yield Actions(tuple(turns))


def _sure_one() -> Confirm:
    return Confirm("Delete this check?", "Its answers are gone for good. Posted records stay.", "Delete", "Keep")


def _delete_all() -> Button:
    sure = Confirm(
        "Delete all your data?",
        "All your checks, answers and feedback are gone for good. Posted records stay in their channels.",
        "Delete everything",
        "Keep it",
    )
    return Button("Delete my data", "home:forget", style="danger", confirm=sure)

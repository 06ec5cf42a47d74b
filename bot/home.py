"""The Home tab: what is open, what was decided, what can be set, and how to leave."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from advisor.advice import decide
from advisor.figures import usd
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.messages import HomeDue, Outcome, OutgoingMessage, Published, Request
from bot.render import blockkit
from bot.render.view import Actions, Button, Confirm, Divider, Header, Part, Small, Text, View
from bot.render.wording import Wording, times
from bot.store import checks, decisions, people, queue, retention
from bot.store.checks import Damaged, Listed, any_check, own_check, state
from bot.store.database import Connection
from bot.store.people import Person

PAGE = 20
_MOST_LOOKED_AT = 200
_MOST_CONFLICTS = 3  # then the tab is published over whatever Slack has


@dataclass(frozen=True, slots=True)
class Open:
    """A check that is not decided yet: where it stands is words already, ``days`` are since its last change."""

    id: str
    title: str
    where: str
    days: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: its headline and money are words already, ``places`` the channels it is posted in, ``edition`` the
    rules it was decided by where others are in force by now."""

    id: str
    title: str
    headline: str
    money: str
    at: str
    places: str
    edition: str = ""


@dataclass(frozen=True, slots=True)
class HomePage:
    """One page of all that the Home tab shows of a person's own; ``wording`` is ``None`` where there is no model.

    So many decisions are of an ``earlier`` edition of the rules, and so many of these ``turning`` by today's.
    """

    retention_days: int
    checks: tuple[Open, ...] = ()
    decisions: tuple[Decided, ...] = ()
    earlier: int = 0
    turning: int = 0
    reminders: bool = True
    wording: bool | None = None
    page: int = 0
    pages: int = 1


def tab(desk: HomePage, wording: Wording) -> View:
    """First the promise and how to start; then, when there is something, what is open and what was decided."""
    return View(tuple(_parts(desk, wording)), str(wording.say("home", "summary")))


def _parts(desk: HomePage, wording: Wording) -> Iterator[Part]:
    say = wording.say
    yield Header(wording.plainly("home", "head"))
    first = not (desk.checks or desk.decisions)
    if first:
        yield Text(str(say("home", "promise")))
    start = Button(wording.press("start"), "session:start", style="primary")
    yield Actions((start, Button(wording.press("quick_roi"), "roi:open")))
    if first:
        yield Small(str(say("home", "stored", desk.retention_days)))
        if desk.wording is not None:
            yield Text(str(say("home", "wording", desk.wording)))
            yield Actions((_switch(wording, "wording", desk.wording),))
        return
    if desk.checks:
        yield Divider()
        yield Text(str(say("home", "checks_head")))
    for place, check in enumerate(desk.checks):
        yield Text(str(say("home", "check", check)))
        name = wording.press("resume_that", check.title)
        resume = Button(wording.press("resume"), f"home:resume:{place}", check.id, label=name)
        yield Actions((resume, _delete_one(wording, place, check)))
    if desk.decisions:
        yield Divider()
        yield Text(str(say("home", "decisions_head")))
        if desk.earlier:
            yield Text(str(say("home", "editions", desk, wording.rules.version)))
    for place, decision in enumerate(desk.decisions, start=PAGE):
        yield Text(str(say("home", "decision", decision)))
        name = wording.press("open_that", decision.title)
        show = Button(wording.press("open"), f"home:open:{place}", decision.id, label=name)
        name = wording.press("revise_that", decision.title)
        revise = Button(wording.press("revise"), f"home:revise:{place}", decision.id, label=name)
        yield Actions((show, revise, _delete_one(wording, place, decision)))
    if desk.pages > 1:
        yield Small(str(say("home", "page", desk.page + 1, desk.pages)))
        newer = Button(wording.press("newer"), "home:page:newer", str(desk.page - 1))
        older = Button(wording.press("older"), "home:page:older", str(desk.page + 1))
        yield Actions((newer,) * (desk.page > 0) + (older,) * (desk.page + 1 < desk.pages))
    yield Divider()
    yield Text(str(say("home", "settings_head")))
    yield Text(str(say("home", "reminders", desk.reminders)))
    buttons = [_switch(wording, "reminders", desk.reminders)]
    if desk.wording is not None:
        yield Text(str(say("home", "wording", desk.wording)))
        buttons.append(_switch(wording, "wording", desk.wording))
    yield Actions((*buttons, _delete_all(wording)))
    yield Small(f"{say('home', 'stored', desk.retention_days)} {say('home', 'deleting')}")


def _switch(wording: Wording, what: str, on: bool) -> Button:
    return Button(wording.press("turn", what, not on), f"home:{what}", "off" if on else "on")


def _delete_one(wording: Wording, place: int, check: Open | Decided) -> Button:
    sure = Confirm(*wording.press("sure_delete").split("\n"))
    name = wording.press("delete_that", check.title)
    return Button(wording.press("delete"), f"home:delete:{place}", check.id, "danger", name, sure)


def _delete_all(wording: Wording) -> Button:
    sure = Confirm(*wording.press("sure_delete_all").split("\n"))
    return Button(wording.press("delete_all"), "home:forget", style="danger", confirm=sure)


Line = TypeVar("Line")


def _readable(line: Callable[[Listed], Line], checks: list[Listed]) -> tuple[Line, ...]:
    """A line for each check; one that is damaged is told to its owner where they turn to it."""
    lines = []
    for check in checks:
        with suppress(Damaged):
            lines.append(line(check))
    return tuple(lines)


class Home:
    """Keeps the Home tab true for people who have opened it."""

    def __init__(self, turns: Turns, replies: Replies, retention_days: int, *, model: bool = False) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._days, self._model = retention_days, model
        turns.afterwards.append(self._follow)

    def opened(self, request: Request) -> None:
        """Somebody opened the tab: from now on it is kept up to date for them."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            people.opened_home(conn, request, self._turns.now())
            return []

        self._turns.take(replace(request, channel=""), work)

    def turn_page(self, request: Request, page: str) -> None:
        """Show another page."""
        number = min(int(page), 10_000) if page.isdecimal() else 0

        def work(conn: Connection) -> list[OutgoingMessage]:
            people.turn_to(conn, request, self._turns.now(), number)
            return []

        self._turns.take(request, work)

    def set_reminders(self, request: Request, on: bool) -> None:
        """Reminders to decide again, on or off; off also takes back those that are waiting."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            people.want_reminders(conn, request, self._turns.now(), on=on)
            if not on:
                queue.drop_reminders(conn, request.team, request.user)
            return []

        self._turns.take(request, work)

    def set_wording(self, request: Request, on: bool) -> None:
        """Whether a model may word things for this person; off also takes back what it was to be asked."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            people.want_wording(conn, request, self._turns.now(), on=on)
            if not on:
                queue.drop_questions(conn, request.team, request.user)
            return []

        self._turns.take(request, work)

    # ---- deleting

    def delete(self, request: Request, check_id: str) -> None:
        """Delete one check of one's own, with its answers and reports; posted records are told."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            if check_id and own_check(conn, request, check_id):
                return self._delete(conn, request, check_id)
            return [self._replies.ephemeral(request, "not_found")]

        self._turns.take(request, work)

    def ask_to_forget(self, request: Request) -> None:
        """The words "delete my data": what that means, and the button that does it."""
        told = str(self._wording.say("home", "deleting"))
        self._turns.take(
            request,
            lambda _: [self._replies.post(request, View((Text(told), Actions((_delete_all(self._wording),))), told))],
        )

    def forget(self, request: Request) -> None:
        """Delete all that is kept of a person, list what is still posted, and confirm."""
        team, user = request.team, request.user

        def work(conn: Connection) -> list[OutgoingMessage]:
            to_send = self._delete(conn, request)
            to_send += self._replies.resolve(request, str(self._wording.say("home", "forgotten")))
            opened = retention.person(conn, team, user, f"{team}:{request.key}")
            first = HomePage(self._days, wording=True if self._model else None)
            return to_send + ([self._publish(request, first)] if opened else [])

        self._turns.take(request, work)

    def _delete(self, conn: Connection, request: Request, check_id: str = "") -> list[OutgoingMessage]:
        """Delete the person's check, or all of them."""
        mine = checks.listed(conn, request, check_id)
        posted = [record for check in mine for record in decisions.records_of(conn, check.id)]
        links = [record.link or f"<#{record.channel}>" for record in posted]
        gone = str(self._wording.say("home", "gone"))
        to_send = [
            self._replies.outgoing(
                "chat.update",
                blockkit.message(View((Small(gone),), gone)) | {"channel": check.channel, "ts": check.card_ts},
                request,
                lane=request.user,
            )
            for check in mine
            if check.card_ts
        ]
        over = View.of(str(self._wording.say("record", "handover_over")))
        for offer in (offer for check in mine for offer in decisions.offers_of(conn, check.id)):
            there = replace(request, user=offer.offered_to)
            to_send += self._replies.redrawn(there, offer.channel, offer.ts, over)
        self._turns.say_no_more([check.id for check in mine])
        deleted = retention.checks_of(conn, request.team, request.user, check_id)
        self._turns.scrub(conn)
        said = str(self._wording.say("home", "deleted", deleted))
        parts = [Text(said)]
        if links:
            parts.append(Text(str(self._wording.say("home", "deleted_posts", links))))
        return [*to_send, self._replies.direct(request, request.user, View(tuple(parts), said))]

    # ---- drawing it

    def _follow(self, conn: Connection, request: Request) -> list[OutgoingMessage]:
        """After a turn of somebody who has opened the tab: draw it anew, at once while they look at it or at a dialog;
        what they do in a conversation is gathered for a second."""
        lane = f"home:{request.user}"
        person = people.person(conn, request.team, request.user)
        if person is None:
            return []
        due = self._turns.later(1 / retention.DAY_SECONDS) if request.channel and person.hash else ""
        if due and queue.waits_in(conn, request.team, lane, due=True):
            return []
        return [self._replies.outgoing("", {}, request, lane=lane, due=due, on_result=HomeDue(person=request.user))]

    def draw(
        self, conn: Connection, outgoing: OutgoingMessage, told: HomeDue | Published, _outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Publish the tab as it is by now, unless it is to be drawn once more anyway."""
        team, user = outgoing.team, told.person
        person = people.person(conn, team, user)
        if person is None or queue.waits_in(conn, team, outgoing.lane, due=False, after=outgoing.id):
            return []
        request = Request("", team, user, "", enterprise=outgoing.enterprise)
        conflicts = told.conflicts + 1 if isinstance(told, Published) else 0
        known = person.hash if conflicts < _MOST_CONFLICTS else ""
        published = Published(person=user, conflicts=conflicts)
        return [self._publish(request, self._desk(conn, request, person), known, published)]

    def _publish(
        self, request: Request, desk: HomePage, known: str = "", on_result: Published | None = None
    ) -> OutgoingMessage:
        args: dict[str, Any] = {"user_id": request.user, "view": blockkit.home(tab(desk, self._wording))}
        args |= {"hash": known} if known else {}
        return self._replies.outgoing("views.publish", args, request, lane=f"home:{request.user}", on_result=on_result)

    def published(
        self, conn: Connection, outgoing: OutgoingMessage, told: Published, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """Slack has the tab now, under a new hash; when it had another one, the tab is drawn again over it."""
        new = str((outcome.said.get("view") or {}).get("hash") or "")
        people.published(conn, outgoing.team, told.person, new)
        again = outcome.error == "hash_conflict" and told.conflicts < _MOST_CONFLICTS
        return self.draw(conn, outgoing, told, outcome) if again else []

    def _desk(self, conn: Connection, request: Request, person: Person) -> HomePage:
        """The page to show; of the other pages nothing is read but how many there are."""
        done = checks.how_many_decided(conn, request)
        pages = max(1, -(-max(done, checks.how_many(conn, request) - done) // PAGE))
        page = min(person.page, pages - 1)
        opened = checks.page_of(conn, request, decided=False, page=page, size=PAGE)
        decided = checks.page_of(conn, request, decided=True, page=page, size=PAGE)
        waiting = queue.has_reminders(conn, request.team, request.user)
        return HomePage(
            retention_days=self._days,
            checks=_readable(lambda check: self._open(conn, request, check), opened),
            decisions=_readable(lambda check: self._decided(conn, request, check), decided),
            reminders=person.reminders or waiting,  # who asks for one has turned them on again
            wording=person.wording if self._model else None,
            page=page,
            pages=pages,
            **self._editions(conn, request),
        )

    def _editions(self, conn: Connection, request: Request) -> dict[str, int]:
        """How many of a person's decisions an earlier edition of the rules made, and how many these would turn."""
        rules = self._wording.rules
        reports = checks.of_earlier_rules(conn, request, rules.version, _MOST_LOOKED_AT)
        today = [self._wording.headline(decide(report.answers, rules)) for report in reports]
        turning = sum(self._wording.headline(report) != now for report, now in zip(reports, today, strict=True))
        return {"earlier": len(reports), "turning": turning}

    def _open(self, conn: Connection, request: Request, check: Listed) -> Open:
        reply = state(any_check(conn, request.team, check.id), self._wording.rules)
        where = self._wording.say("home", "at_gate", reply.gate) if reply.gate else self._wording.say("home", "begun")
        if reply.face == "ended":
            where = self._wording.say("home", "at_stop")
        days = datetime.fromisoformat(self._turns.now()) - datetime.fromisoformat(check.changed_at)
        return Open(check.id, reply.title, where, days.days)

    def _decided(self, conn: Connection, request: Request, check: Listed) -> Decided:
        report, at = checks.decided_at(conn, check.id, max(checks.versions_of(conn, check.id)))
        channels = dict.fromkeys(record.channel for record in decisions.records_of(conn, check.id))
        money = ""
        if report.roi and report.roi.ratio is not None:
            money = f"ROI {times(report.roi.ratio, self._wording.rules)}, net {usd(report.roi.net_usd)}"
        return Decided(
            check.id,
            state(any_check(conn, request.team, check.id), self._wording.rules).title,
            self._wording.headline(report),
            money,
            at,
            ", ".join(f"<#{channel}>" for channel in channels),
            "" if report.rules_version == self._wording.rules.version else report.rules_version,
        )

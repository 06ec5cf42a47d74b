"""Home kept true for those who have opened it: what lies on their desk is looked up, drawn and published."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from advisor.advice import decide
from bot.delivery.membership import Membership
from bot.delivery.replies import Replies
from bot.delivery.turn import Turns
from bot.home.desk import PAGE, ByOthers, Decided, HomePage, Open, Place, tab
from bot.messages import DECORATION, HomeDue, HomeIn, Outcome, OutgoingMessage, Published, Request
from bot.render import blockkit
from bot.store import checks, decisions, people, queue, retention
from bot.store.checks import Damaged, Listed, any_check, state
from bot.store.database import Connection
from bot.store.decisions import Record
from bot.store.people import Person

_MOST_LOOKED_AT = 200
_MOST_CONFLICTS = 3  # then the tab is published over whatever Slack has
_BY_OTHERS = 5

Line = TypeVar("Line")


Found = TypeVar("Found")


def _readable(line: Callable[[Found], Line], found: list[Found]) -> tuple[Line, ...]:
    """A line for each check; one that is damaged is told to its owner where they turn to it."""
    lines = []
    for one in found:
        with suppress(Damaged):
            lines.append(line(one))
    return tuple(lines)


class Home:
    """Keeps the Home tab true for people who have opened it."""

    def __init__(
        self, turns: Turns, replies: Replies, membership: Membership, retention_days: int, *, model: bool = False
    ) -> None:
        self._turns, self._replies, self._wording = turns, replies, replies.wording
        self._membership, self._days, self._model = membership, retention_days, model
        turns.afterwards.append(self._follow)

    def opened(self, request: Request) -> None:
        """Somebody opened the tab: from now on it is kept up to date for them. It is shown at once, and once more where
        a look says that they are in other channels by now."""

        def work(conn: Connection) -> list[OutgoingMessage]:
            people.opened_home(conn, request, self._turns.now())
            if not decisions.open_channels(conn, request.team, request.user):
                return []
            return [self._membership.ask(request, HomeIn(), f"{DECORATION}{request.user}")]

        self._turns.take(request._replace(channel=""), work)

    def looked(
        self, conn: Connection, outgoing: OutgoingMessage, told: HomeIn, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We know in which channels they are, or were not told."""
        further, changed = self._membership.heard(conn, outgoing, told, outcome)
        return further or (self._follow(conn, Request.of(outgoing)) if changed else [])

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

    def first_day(self, conn: Connection, request: Request) -> OutgoingMessage:
        """The tab of somebody of whom nothing is kept."""
        return self._publish(request, self._desk(conn, request, Person(page=0, hash="", reminders=True, wording=True)))

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
        others = decisions.of_others(conn, request.team, request.user, _BY_OTHERS)
        waiting = queue.has_reminders(conn, request.team, request.user)
        return HomePage(
            retention_days=self._days,
            checks=_readable(lambda check: self._open(conn, request, check), opened),
            decisions=_readable(lambda check: self._decided(conn, request, check), decided),
            others=_readable(lambda record: self._by_other(conn, *record), others),
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
        return Open(check.id, self._wording.titled(reply), where, days.days, reply.report)

    def _decided(self, conn: Connection, request: Request, check: Listed) -> Decided:
        version = max(checks.versions_of(conn, check.id))
        report, at = checks.decided_at(conn, check.id, version)
        outdated = dict[str, bool]()
        for record in decisions.records_of(conn, check.id):
            if not record.down_at:
                outdated[record.channel] = outdated.get(record.channel, False) or record.version < version
        return Decided(
            id=check.id,
            title=self._wording.titled(state(any_check(conn, request.team, check.id), self._wording.rules)),
            headline=str(self._wording.headline(report)),
            report=report,
            at=at,
            again_at=queue.remind_at(conn, check.id),
            places=tuple(Place(channel, old) for channel, old in outdated.items()),
            edition="" if report.rules_version == self._wording.rules.version else report.rules_version,
        )

    def _by_other(self, conn: Connection, record: Record, owner: str) -> ByOthers:
        """As it stands in its channel, and not as it was decided since."""
        report, _ = checks.decided_at(conn, record.check, record.version)
        at = record.updated_at or record.posted_at
        return ByOthers(
            record.title, str(self._wording.headline(report)), record.channel, record.link, f"<@{owner}>", at
        )

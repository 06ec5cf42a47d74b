"""The Home tab: what is open, what was decided, what can be set, and how to leave."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from advisor.report import Report
from bot import blocks
from bot.outbox import Outcome, Saying
from bot.turn import Check, Heard, Turns
from bot.view import Actions, Button, Confirm, Divider, Header, Part, Small, Text, View
from bot.wording import Wording, times, usd

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


class Home:
    """Keeps the Home tab true for people who have opened it."""

    def __init__(self, turns: Turns, retention_days: int) -> None:
        self._turns, self._wording, self._days = turns, turns.wording, retention_days
        turns.changed.append(self._refresh)
        turns.outcomes["published"] = self._published

    def opened(self, heard: Heard) -> None:
        """Somebody opened the tab: from now on it is kept up to date for them."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            conn.execute(
                "INSERT OR IGNORE INTO people (enterprise, team, person, at) VALUES (?,?,?,?)",
                (heard.enterprise, heard.team, heard.user, self._turns.now()),
            )
            return self._refresh(conn, heard)

        self._turns.take(heard, work)

    def turn_page(self, heard: Heard, page: int) -> None:
        """Show another twenty checks."""
        self._set(heard, "page", max(0, page))

    def set_reminders(self, heard: Heard, on: bool) -> None:
        """Reminders to decide again, on or off; off also takes back those that are waiting."""
        self._set(heard, "reminders", int(on))

    def _set(self, heard: Heard, column: str, value: int) -> None:
        def work(conn: sqlite3.Connection) -> list[Saying]:
            conn.execute(
                f"UPDATE people SET {column}=? WHERE team=? AND person=?",  # noqa: S608 - a name of ours
                (value, heard.team, heard.user),
            )
            if column == "reminders" and not value:
                conn.execute(
                    "DELETE FROM outbox WHERE due != ''"
                    " AND session IN (SELECT id FROM sessions WHERE team=? AND owner=?)",
                    (heard.team, heard.user),
                )
            return self._refresh(conn, heard)

        self._turns.take(heard, work)

    def delete(self, heard: Heard, check_id: str) -> None:
        """Delete one check of one's own, with its answers and reports; posted records are told."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            check = self._turns.own(conn, heard, check_id)
            if check is None:
                return [self._turns.ephemeral(heard, "not_found")]
            return [*self._delete(conn, heard, [check]), *self._refresh(conn, heard)]

        self._turns.take(heard, work)

    def ask_to_forget(self, heard: Heard) -> None:
        """The words "delete my data": what that means, and the button that does it."""
        told = str(self._wording.say("home", "deleting"))
        self._turns.take(
            heard, lambda _: [self._turns.post(heard, View((Text(told), Actions((_delete_all(),))), told))]
        )

    def forget(self, heard: Heard) -> None:
        """Delete all of a person's checks, answers and feedback, list what is still posted, and confirm."""

        def work(conn: sqlite3.Connection) -> list[Saying]:
            sayings = self._delete(conn, heard, self._turns.all_own(conn, heard))
            conn.execute("DELETE FROM feedback WHERE person=?", (f"{heard.team}:{heard.user}",))
            conn.execute("DELETE FROM handovers WHERE team=? AND ? IN (owner, offered_to)", (heard.team, heard.user))
            sayings += self._refresh(conn, heard)
            conn.execute("DELETE FROM people WHERE team=? AND person=?", (heard.team, heard.user))
            return sayings

        self._turns.take(heard, work)

    def _delete(self, conn: sqlite3.Connection, heard: Heard, checks: list[Check]) -> list[Saying]:
        links: list[str] = []
        sayings = []
        gone = str(self._wording.say("home", "gone"))
        for check in checks:
            rows = conn.execute("SELECT link, channel FROM shares WHERE session=?", (check.id,))
            links += [row["link"] or f"<#{row['channel']}>" for row in rows]
            if check.card_ts:
                args = blocks.message(View((Small(gone),), gone)) | {"channel": check.channel, "ts": check.card_ts}
                sayings.append(self._turns.saying("chat.update", args, heard, lane=check.owner))
            conn.execute("DELETE FROM sessions WHERE id=?", (check.id,))
        said = str(self._wording.say("home", "deleted", len(checks)))
        parts = [Text(said)]
        if links:
            parts.append(Text(str(self._wording.say("home", "deleted_posts", links))))
        return [*sayings, self._turns.direct(heard, heard.user, View(tuple(parts), said))]

    # ---- drawing it

    def _refresh(self, conn: sqlite3.Connection, heard: Heard) -> list[Saying]:
        """The tab anew, for somebody who has opened it; several in a row are sent as one."""
        row = conn.execute(
            "SELECT page, reminders, hash FROM people WHERE team=? AND person=?", (heard.team, heard.user)
        ).fetchone()
        if row is None:
            return []
        checks = self._turns.all_own(conn, heard)
        desk = Desk(
            checks=tuple(self._listed(conn, check) for check in checks),
            decisions=tuple(self._posted(conn, heard)),
            reminders=bool(row["reminders"]),
            retention_days=self._days,
            page=min(row["page"], max(0, len(checks) - 1) // PAGE),
        )
        args = {"user_id": heard.user, "view": blocks.home(tab(desk, self._wording))}
        args |= {"hash": row["hash"]} if row["hash"] else {}
        context = {"user": heard.user}
        return [
            self._turns.saying(
                "views.publish", args, heard, lane=f"home:{heard.user}", after="published", context=context
            )
        ]

    def _published(self, conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """Slack has the tab now, under a new hash; when it had another one, the tab is drawn again over it."""
        told = str((outcome.said.get("view") or {}).get("hash") or "")
        conn.execute("UPDATE people SET hash=? WHERE team=? AND person=?", (told, saying.team, saying.context["user"]))
        heard = Heard("", saying.team, saying.context["user"], "", enterprise=saying.enterprise)
        return self._refresh(conn, heard) if outcome.error == "hash_conflict" else []

    def _listed(self, conn: sqlite3.Connection, check: Check) -> Listed:
        reply = self._turns.state(check)
        changed = conn.execute("SELECT changed_at FROM sessions WHERE id=?", (check.id,)).fetchone()[0]
        if reply.face == "ended":
            where = self._wording.say("home", "at_stop")
        elif reply.gate:
            where = self._wording.say("home", "at_gate", reply.gate)
        else:
            where = self._wording.say("home", "at_report", self._wording.headline(reply.report))
        return Listed(check.id, reply.title, str(where), changed)

    def _posted(self, conn: sqlite3.Connection, heard: Heard) -> Iterator[Posted]:
        rows = conn.execute(
            "SELECT shares.session, max(shares.posted_at) AS at, group_concat(DISTINCT shares.channel) AS channels,"
            " reports.body"
            " FROM shares JOIN sessions ON sessions.id = shares.session"
            " JOIN reports ON reports.session = shares.session AND reports.version = shares.version"
            " WHERE sessions.team=? AND sessions.owner=? GROUP BY shares.session ORDER BY at DESC LIMIT ?",
            (heard.team, heard.user, PAGE),
        ).fetchall()
        for row in rows:
            check = self._turns.any_check(conn, heard.team, row["session"])
            report = Report.model_validate_json(row["body"])
            places = ", ".join(f"<#{channel}>" for channel in row["channels"].split(","))
            money = f"ROI {times(report.roi.ratio)}" if report.roi and report.roi.ratio is not None else ""
            money = f"{money}, net {usd(report.roi.net_usd)}" if report.roi and money else money
            yield Posted(
                row["session"],
                self._turns.state(check).title,
                str(self._wording.headline(report)),
                money,
                row["at"],
                places,
            )

"""What is still to be said: rows from the turn that wrote them until Slack has taken them."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

from bot.messages import OutgoingMessage, Unreadable, frames, restored, stamp, unix
from bot.store.database import Connection, Row

log = logging.getLogger(__name__)


def write(conn: Connection, outgoing: OutgoingMessage, now: float) -> OutgoingMessage:
    """Put a message into the outbox, inside a turn's transaction at ``now`` (Unix seconds); returns it with its key and
    id. One that was put there already stays as it is."""
    if outgoing.id:
        return outgoing
    key = str(uuid4())
    columns = ("enterprise", "team", "lane", "due", "person", "about")
    row: dict[str, Any] = {name: getattr(outgoing, name) for name in columns}
    row |= {"said": outgoing.stored(key=key, at=now), "at": stamp(now)}
    # A row goes with the check it is about; one about a check that is gone already stands alone.
    written = conn.execute(
        "INSERT INTO outbox (enterprise, team, lane, session, said, at, due, person) VALUES"
        " (:enterprise, :team, :lane, (SELECT id FROM sessions WHERE id=:about), :said, :at, :due, :person)"
        " RETURNING id",
        row,
    ).fetchone()
    return replace(outgoing, id=written["id"], key=key, at=now)


def row_of(row: Row) -> OutgoingMessage:
    """A row of the table as a message.

    Raises:
        Unreadable: it is damaged, or of a release that knew more.
    """
    outgoing = restored(row["said"], id=row["id"], due=row["due"])
    if not outgoing.team:
        outgoing = replace(outgoing, team=row["team"], enterprise=row["enterprise"])
    try:
        return outgoing if outgoing.at else replace(outgoing, at=unix(row["at"]))
    except ValueError:
        raise Unreadable("no time") from None


def left_over(conn: Connection, team: str, now: float) -> list[OutgoingMessage]:
    """What an earlier process left, each card with the place it has had since it was drawn. The first of a lane may
    have been on its way when that process ended."""
    rows = conn.execute(f"{_WITH_CARD} WHERE outbox.team=:team AND doubt < 2 ORDER BY outbox.id", {"team": team})
    return _read(conn, rows.fetchall(), now, inherited=True)


def of_lane(conn: Connection, team: str, lane: str, now: float, *, inherited: bool) -> list[OutgoingMessage]:
    """What is due in a lane, in order; ``inherited`` from a process that has died, the first may be on its way. It ends
    before what this release can't read: a newer one beside it may, and says what comes behind it too."""
    which = {"team": team, "lane": lane, "now": stamp(now)}
    query = f"{_WITH_CARD} WHERE outbox.team=:team AND lane=:lane AND due <= :now AND doubt < 2 ORDER BY outbox.id"
    return _read(conn, conn.execute(query, which).fetchall(), now, inherited=inherited, left_for=_OTHERS_SECONDS)


_WITH_CARD = "SELECT outbox.*, sessions.card_ts FROM outbox LEFT JOIN sessions ON sessions.id = session"


_OTHERS_SECONDS = 3600.0
"""So long what can't be read is left for a process of a newer release; then it counts as damaged."""


def _read(
    conn: Connection, rows: list[Row], now: float, *, inherited: bool, left_for: float | None = None
) -> list[OutgoingMessage]:
    read = list[tuple[Row, OutgoingMessage]]()
    for row in rows:
        try:
            read.append((row, row_of(row)))
        except Unreadable as error:
            if left_for is not None and max(row["at"], row["due"]) > stamp(now - left_for):
                break
            could_not_be_noted(row["id"], error)
            conn.execute("DELETE FROM outbox WHERE id=:id", {"id": row["id"]})
    last = {(one.lane, one.session): one.id for _, one in read if one.method == "card"}
    found, begun = list[OutgoingMessage](), set[str]()
    for row, outgoing in read:
        if not row["person"]:  # of the first release, which had no such column
            whose = {"person": outgoing.person, "id": outgoing.id}
            conn.execute("UPDATE outbox SET person=:person WHERE id=:id", whose)
        unsure = bool(row["doubt"])
        if inherited and not outgoing.once and outgoing.due <= stamp(now):
            unsure = outgoing.lane not in begun or bool(outgoing.due)
            # A card that a later one replaces may have been left out: then what stands behind it was on its way.
            if last.get((outgoing.lane, outgoing.session), outgoing.id) == outgoing.id:
                begun.add(outgoing.lane)
        found.append(replace(outgoing, unsure=unsure, card_ts=row["card_ts"] or outgoing.card_ts))
    return found


def faults(conn: Any) -> Iterator[str]:
    """Which rows can't be read, a line each."""
    for number, said in conn.execute("SELECT id, CAST(said AS BLOB) FROM outbox ORDER BY id"):
        try:
            restored(bytes(said).decode(errors="replace"), id=number, due="")
        except Unreadable:
            yield f"outbox: row {number} can't be read"


def organisation(conn: Connection, team: str) -> str:
    """The organisation of a workspace for which something waits, empty outside of one."""
    row = conn.execute("SELECT max(enterprise) AS e FROM outbox WHERE team=:team", {"team": team}).fetchone()
    return str(row["e"] or "")


def whose(conn: Connection) -> list[tuple[str, str]]:
    """Organisation and workspace of all that waits."""
    rows = conn.execute("SELECT DISTINCT enterprise, team FROM outbox").fetchall()
    return [(row["enterprise"], row["team"]) for row in rows]


def could_not_be_noted(row_id: int, error: Exception) -> None:
    log.error("outbox row %d: sent, could not be noted (%s)\n%s", row_id, type(error).__name__, frames(error))


def stands(conn: Connection, row: int) -> bool:
    """Whether it is still to be said: it may have been taken back."""
    return conn.execute("SELECT 1 FROM outbox WHERE id=:id", {"id": row}).fetchone() is not None


def tried(conn: Connection, row: int) -> None:
    """From now on it may be posted."""
    conn.execute("UPDATE outbox SET doubt=1 WHERE id=:id AND doubt=0", {"id": row})


def asked_about(conn: Connection, row: int) -> None:
    """It may be posted, and whoever wanted it is asked."""
    conn.execute("UPDATE outbox SET doubt=2 WHERE id=:id", {"id": row})


def over(conn: Connection, rows: Iterable[int]) -> None:
    """These are not said any more."""
    conn.executemany("DELETE FROM outbox WHERE id=:id", [{"id": row} for row in rows])


# ---- looked for by what it is about


def one_asked_about(conn: Connection, team: str, person: str, row: str) -> OutgoingMessage | None:
    """The post this person is asked about, out of the queue with the question; a foreign or unknown id is ``None``."""
    which = {"id": int(row) if row.isdecimal() and len(row) < 18 else 0, "team": team, "person": person}
    query = "SELECT * FROM outbox WHERE id=:id AND team=:team AND person=:person AND doubt=2"
    found = conn.execute(query, which).fetchone()
    if found is None:
        return None
    over(conn, [found["id"]])
    with suppress(Unreadable):
        return row_of(found)
    return None


def mentions(conn: Connection, check_id: str, words: str) -> bool:
    """Whether something about the check is on its way that has these words in it."""
    rows = conn.execute("SELECT said FROM outbox WHERE session=:check", {"check": check_id}).fetchall()
    return any(words in row["said"] for row in rows)


def waits_in(conn: Connection, team: str, lane: str, *, due: bool, after: int = 0) -> bool:
    """Whether a row waits in a lane, one for later (``due``) or one for now, newer than ``after``."""
    query = f"SELECT 1 FROM outbox WHERE team=:team AND lane=:lane AND due {'!=' if due else '='} '' AND id > :after"  # noqa: S608 - ours
    return conn.execute(query, {"team": team, "lane": lane, "after": after}).fetchone() is not None


def drop_questions(conn: Connection, team: str, person: str) -> None:
    """What a person's questions wait for of the model is not asked."""
    waits = "DELETE FROM outbox WHERE team=:team AND person=:person AND lane LIKE 'model:%'"
    conn.execute(waits, {"team": team, "person": person})


def drop_of(conn: Connection, team: str, person: str) -> None:
    """All that waits for a person, or because of them."""
    conn.execute("DELETE FROM outbox WHERE team=:team AND :person IN (person, lane)", {"team": team, "person": person})


# ---- reminders: rows about a check that are not due yet


def remind_at(conn: Connection, check_id: str) -> str:
    """When a check's reminder is due; empty without one."""
    query = "SELECT min(due) FROM outbox WHERE session=:check AND due != ''"
    return conn.execute(query, {"check": check_id}).fetchone()[0] or ""


def take_reminders(conn: Connection, check_id: str) -> list[OutgoingMessage]:
    """A check's reminder, taken out; one that can't be read is gone as well."""
    its = {"check": check_id}
    rows = conn.execute("SELECT * FROM outbox WHERE session=:check AND due != ''", its).fetchall()
    conn.execute("DELETE FROM outbox WHERE session=:check AND due != ''", its)
    taken = []
    for row in rows:
        with suppress(Unreadable):
            taken.append(row_of(row))
    return taken


def has_reminders(conn: Connection, team: str, owner: str) -> bool:
    """Whether a person is to be reminded of anything."""
    query = f"SELECT 1 FROM outbox WHERE {_REMINDERS}"  # noqa: S608 - ours
    return conn.execute(query, {"team": team, "owner": owner}).fetchone() is not None


def drop_reminders(conn: Connection, team: str, owner: str) -> None:
    """All a person's reminders are taken back."""
    conn.execute(f"DELETE FROM outbox WHERE {_REMINDERS}", {"team": team, "owner": owner})  # noqa: S608 - ours


def reminded_too_early(conn: Connection, team: str, owner: str) -> list[str]:
    """A person's checks that were decided again since their reminder was arranged."""
    rows = conn.execute(
        f"SELECT session FROM outbox WHERE {_REMINDERS}"  # noqa: S608 - ours
        " AND at < (SELECT max(at) FROM reports WHERE reports.session = outbox.session)",
        {"team": team, "owner": owner},
    )
    return [row["session"] for row in rows.fetchall()]


_REMINDERS = "due != '' AND session IN (SELECT id FROM sessions WHERE team=:team AND owner=:owner)"

"""A check as it is kept: its row, its log, its versions, and the threads that lead to it."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from advisor import load_rules
from advisor.conversation import Reply, current, opening
from advisor.report import Report
from advisor.rulebook import Rules
from advisor.session import Entry, Kept, Session
from bot.messages import Request


class Damaged(Exception):
    """What is kept of a check can't be read; the message names the kind of fault and quotes nothing of it."""

    def __init__(self, check_id: str, why: str) -> None:
        super().__init__(why)
        self.check_id = check_id


@contextmanager
def readable(check_id: str) -> Iterator[None]:
    """What is read inside is a check's own.

    Raises:
        Damaged: it is not what was written.
    """
    try:
        yield
    except (ValueError, KeyError) as error:
        raise Damaged(check_id, type(error).__name__) from None
    except sqlite3.OperationalError as error:
        # SQLite has no code for bytes that are no text, and its message quotes them.
        if not str(error).startswith("Could not decode"):
            raise
        raise Damaged(check_id, "no text") from None


_TOLD = {"answer", "title", "describe"}  # what makes another decision of a log


@dataclass(frozen=True, slots=True)
class Check:
    """A session's row and its log."""

    id: str
    owner: str
    channel: str
    thread_ts: str
    card_ts: str
    heard_ts: str
    session: Session


# ---- looking it up


def _checks(conn: sqlite3.Connection, query: str, *values: str | int) -> list[Check]:
    return [
        Check(
            row["id"], row["owner"], row["channel"], row["thread_ts"], row["card_ts"], row["heard_ts"],
            log_of(conn, row["id"]),
        )
        for row in conn.execute(query, values).fetchall()
    ]  # fmt: skip


def check_by_id(conn: sqlite3.Connection, team: str, check_id: str) -> Check | None:
    found = _checks(conn, "SELECT * FROM sessions WHERE team=? AND id=?", team, check_id)
    return found[0] if found else None


def own_checks(conn: sqlite3.Connection, request: Request, check_id: str = "", *, most: int) -> list[Check]:
    """The person's checks, the last one first; with an id only that one."""
    query = (
        "SELECT * FROM sessions WHERE team=? AND owner=? AND ? IN ('', id) ORDER BY changed_at DESC, rowid DESC LIMIT ?"
    )
    return _checks(conn, query, request.team, request.user, check_id, most)


def own_check(conn: sqlite3.Connection, request: Request, check_id: str) -> Check | None:
    """The check, if it is this person's; a foreign or unknown id is the same ``None``."""
    found = own_checks(conn, request, check_id, most=1) if check_id else []
    return found[0] if found else None


def any_check(conn: sqlite3.Connection, team: str, check_id: str) -> Check:
    """A check of the workspace, whoever asks: only for what its owner has posted."""
    return _checks(conn, "SELECT * FROM sessions WHERE team=? AND id=?", team, check_id)[0]


def check_in_thread(conn: sqlite3.Connection, team: str, channel: str, thread_ts: str) -> Check | None:
    query = (
        "SELECT sessions.* FROM sessions JOIN threads ON threads.session = sessions.id"
        " WHERE threads.team=? AND threads.channel=? AND threads.thread_ts=?"
    )
    found = _checks(conn, query, team, channel, thread_ts)
    return found[0] if found else None


def has_one(conn: sqlite3.Connection, request: Request) -> bool:
    """Whether the person has a check."""
    found = conn.execute("SELECT 1 FROM sessions WHERE team=? AND owner=? LIMIT 1", (request.team, request.user))
    return found.fetchone() is not None


def how_many(conn: sqlite3.Connection, request: Request) -> int:
    """How many checks the person has."""
    owned = conn.execute("SELECT count(*) FROM sessions WHERE team=? AND owner=?", (request.team, request.user))
    return int(owned.fetchone()[0])


def state(check: Check, rules: Rules, version: int | None = None) -> Reply:
    """Where a check stands, or stood in a version of its log."""
    return current(check.session if version is None else check.session.upto(version), rules)


def log_of(conn: sqlite3.Connection, check_id: str) -> Session:
    """A check's log, and its last decision if an earlier edition of the rules made it."""
    query = "SELECT verb, field, value, text, ts FROM answers WHERE session=:id ORDER BY n"
    with readable(check_id):
        entries = tuple(
            Entry(verb=verb, field=field, value=json.loads(value), text=text, ts=ts)
            for verb, field, value, text, ts in conn.execute(query, {"id": check_id})
        )
        return Session(entries=entries, kept=_kept(conn, check_id))


def _kept(conn: sqlite3.Connection, check_id: str) -> Kept | None:
    query = "SELECT version, rules_version, body FROM reports WHERE session=? ORDER BY version DESC LIMIT 1"
    last = conn.execute(query, (check_id,)).fetchone()
    if last is None or last["rules_version"] == load_rules().version:
        return None
    return Kept(version=last["version"], report=Report.model_validate_json(last["body"]))


def versions_of(conn: sqlite3.Connection, check_id: str) -> set[int]:
    return {row[0] for row in conn.execute("SELECT version FROM reports WHERE session=?", (check_id,))}


def report_of(conn: sqlite3.Connection, check_id: str, version: int) -> Report:
    with readable(check_id):
        row = conn.execute("SELECT body FROM reports WHERE session=? AND version=?", (check_id, version)).fetchone()
        return Report.model_validate_json(row["body"])


# ---- writing it down


def begin(conn: sqlite3.Connection, request: Request, title: str, at: str, *, channel: str, thread_ts: str) -> Check:
    """A new check; without a thread as long as its card is not posted."""
    check_id = secrets.token_hex(16)
    conn.execute(
        "INSERT INTO sessions"
        " (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at, changed_at)"
        " VALUES (?,?,?,?,?,?,'',?,?,?)",
        (check_id, request.enterprise, request.team, request.user, channel, thread_ts, request.ts, at, at),
    )
    if thread_ts:
        leads_to(conn, request.team, channel, thread_ts, check_id)
    session = opening(title)
    session = Session(entries=tuple(e.model_copy(update={"ts": request.ts}) for e in session.entries))
    append(conn, check_id, Session(), session, at)
    return Check(check_id, request.user, channel, thread_ts, "", request.ts, session)


def keep_origin(conn: sqlite3.Connection, request: Request, check_id: str) -> None:
    """A check was asked for in a channel's thread, and can be posted back there."""
    conn.execute(
        "UPDATE sessions SET origin_channel=?, origin_thread=? WHERE id=?",
        (request.channel, request.thread_ts, check_id),
    )


def go_on(conn: sqlite3.Connection, request: Request, check: Check, session: Session, at: str) -> None:
    """A step of a check that is (or from now on will be) where ``check`` says."""
    append(conn, check.id, check.session, session, at)
    conn.execute(
        "UPDATE sessions SET channel=?, thread_ts=?, card_ts=?, heard_ts=?, changed_at=? WHERE id=?",
        (check.channel, check.thread_ts, check.card_ts, max(check.heard_ts, request.ts), at, check.id),
    )


def append(conn: sqlite3.Connection, check_id: str, before: Session, after: Session, at: str) -> None:
    """What came to the log."""
    conn.executemany(
        "INSERT INTO answers (session, n, verb, field, value, text, ts, at) VALUES (?,?,?,?,?,?,?,?)",
        [
            (check_id, n, entry.verb, entry.field, json.dumps(entry.value), entry.text, entry.ts, at)
            for n, entry in enumerate(after.entries)
            if n >= before.version
        ],
    )


def leads_to(conn: sqlite3.Connection, team: str, channel: str, thread_ts: str, check_id: str) -> None:
    """From now on this thread leads to the check; those that did before still do."""
    row = {"team": team, "channel": channel, "thread": thread_ts, "check": check_id}
    upsert = "ON CONFLICT (team, channel, thread_ts) DO UPDATE SET session=excluded.session"
    conn.execute(f"INSERT INTO threads VALUES (:team, :channel, :thread, :check) {upsert}", row)  # noqa: S608 - ours


def keep_report(conn: sqlite3.Connection, check_id: str, session: Session, reply: Reply, at: str) -> bool:
    """A decision that stands is a version, kept for good; looking at it again makes no other one. Returns whether it
    is a new one."""
    report = reply.report
    query = "SELECT version, body FROM reports WHERE session=? ORDER BY version DESC LIMIT 1"
    last, body = conn.execute(query, (check_id,)).fetchone(), report.model_dump_json()
    told = last and any(e.verb in _TOLD for e in session.entries[last["version"] :])
    # A report of an earlier release is written otherwise and may still say the same.
    if last and not told and (last["body"] == body or Report.model_validate_json(last["body"]) == report):
        return False
    # The same log under newer rules may read differently: then what was kept stays as it was decided.
    kept = conn.execute(
        "INSERT OR IGNORE INTO reports (session, version, rules_version, verdict, body, at) VALUES (?,?,?,?,?,?)",
        (check_id, reply.version, report.rules_version, report.verdict.kind, body, at),
    )
    return bool(kept.rowcount)


def card_stands(conn: sqlite3.Connection, check_id: str, team: str, owner: str, place: dict[str, str]) -> None:
    """Its card stands there now (``card``, ``channel``, ``thread``), while it is this person's."""
    where = place | {"team": team, "id": check_id, "owner": owner}
    moved = "UPDATE sessions SET card_ts=:card, channel=:channel, thread_ts=:thread WHERE id=:id AND owner=:owner"
    conn.execute(moved, where)
    thread = "SELECT :team, :channel, :thread, id FROM sessions WHERE id=:id AND owner=:owner"
    conn.execute(f"INSERT INTO threads {thread} ON CONFLICT DO NOTHING", where)

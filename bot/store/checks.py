"""A check as it is kept: its row, its log, its versions, and the threads that lead to it."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from advisor import load_rules
from advisor.conversation import Reply, current, opening
from advisor.prices import PriceList
from advisor.report import Report
from advisor.rulebook import Rules
from advisor.session import Entry, Kept, Session
from bot.messages import Request
from bot.store import sums
from bot.store.database import Connection, Row


class Damaged(Exception):
    """What is kept of a check can't be read; the message names the kind of fault and quotes nothing of it."""

    def __init__(self, check_id: str, why: str) -> None:
        super().__init__(why)
        self.check_id = check_id


@contextmanager
def readable(conn: Connection, check_id: str) -> Iterator[None]:
    """What is read inside is a check's own.

    Raises:
        Damaged: it is not what was written.
    """
    try:
        yield
    except (ValueError, KeyError) as error:
        raise Damaged(check_id, type(error).__name__) from None
    except Exception as error:
        if not conn.is_no_text(error):
            raise
        raise Damaged(check_id, "no text") from None


_TOLD = {"answer", "undo", "title", "describe"}  # what makes another decision of a log


class Check(NamedTuple):
    """A session's row and its log."""

    id: str
    owner: str
    channel: str
    thread_ts: str
    card_ts: str
    heard_ts: str
    session: Session
    origin_channel: str = ""  # the channel and thread of the mention it came from
    origin_thread: str = ""
    drawn: str = ""  # what its card lets one read (bot/check/live_card.py)


class Listed(NamedTuple):
    """A check in a list: its log was not read. ``changed_at`` is UTC, ISO 8601."""

    id: str
    channel: str
    card_ts: str
    changed_at: str


# ---- looking it up


_LAST_FIRST = "ORDER BY changed_at DESC, created_at DESC, heard_ts DESC, id"


def _checks(conn: Connection, query: str, **values: str | int) -> list[Check]:
    return [
        Check(
            row["id"], row["owner"], row["channel"], row["thread_ts"], row["card_ts"], row["heard_ts"],
            log_of(conn, row["id"]), row["origin_channel"], row["origin_thread"], row["drawn"],
        )
        for row in conn.execute(query, values).fetchall()
    ]  # fmt: skip


def check_by_id(conn: Connection, team: str, check_id: str) -> Check | None:
    found = _checks(conn, "SELECT * FROM sessions WHERE team=:team AND id=:id", team=team, id=check_id)
    return found[0] if found else None


def own_checks(conn: Connection, request: Request, check_id: str = "", *, most: int) -> list[Check]:
    """The person's checks, the last one first; with an id only that one."""
    query = f"SELECT * FROM sessions WHERE {_OWN} {_LAST_FIRST} LIMIT :most"  # noqa: S608 - texts of this module
    return _checks(conn, query, team=request.team, owner=request.user, id=check_id, most=most)


def own_check(conn: Connection, request: Request, check_id: str) -> Check | None:
    """The check, if it is this person's; a foreign or unknown id is the same ``None``."""
    found = own_checks(conn, request, check_id, most=1) if check_id else []
    return found[0] if found else None


def any_check(conn: Connection, team: str, check_id: str) -> Check:
    """A check of the workspace, whoever asks: only for what its owner has posted."""
    return _checks(conn, "SELECT * FROM sessions WHERE team=:team AND id=:id", team=team, id=check_id)[0]


def check_in_thread(conn: Connection, team: str, channel: str, thread_ts: str) -> Check | None:
    query = (
        "SELECT sessions.* FROM sessions JOIN threads ON threads.session = sessions.id"
        " WHERE threads.team=:team AND threads.channel=:channel AND threads.thread_ts=:thread"
    )
    found = _checks(conn, query, team=team, channel=channel, thread=thread_ts)
    return found[0] if found else None


def is_there(conn: Connection, team: str, check_id: str) -> bool:
    """Whether the check was not deleted; it is not read."""
    which = {"team": team, "id": check_id}
    return conn.execute("SELECT 1 FROM sessions WHERE team=:team AND id=:id", which).fetchone() is not None


def has_one(conn: Connection, request: Request) -> bool:
    """Whether the person has a check."""
    who = {"team": request.team, "owner": request.user}
    return conn.execute("SELECT 1 FROM sessions WHERE team=:team AND owner=:owner LIMIT 1", who).fetchone() is not None


def how_many(conn: Connection, request: Request) -> int:
    """How many checks the person has."""
    who = {"team": request.team, "owner": request.user}
    return int(conn.execute("SELECT count(*) FROM sessions WHERE team=:team AND owner=:owner", who).fetchone()[0])


def listed(conn: Connection, request: Request, check_id: str = "") -> list[Listed]:
    """The person's checks, or that one, none of them read."""
    return _listed(conn, f"{_OWN} {_LAST_FIRST}", team=request.team, owner=request.user, id=check_id)


def page_of(conn: Connection, request: Request, *, decided: bool, page: int, size: int) -> list[Listed]:
    """A page (from 0) of the person's checks that are decided, or of those that are not, the last one first."""
    where = f"{_OWN} AND {'' if decided else 'NOT '}{_DECIDED} {_LAST_FIRST} LIMIT :most OFFSET :first"
    who = {"team": request.team, "owner": request.user, "id": ""}
    return _listed(conn, where, **who, most=size, first=page * size)


def how_many_decided(conn: Connection, request: Request) -> int:
    """How many of the person's checks have a report."""
    query = f"SELECT count(*) FROM sessions WHERE team=:team AND owner=:owner AND {_DECIDED}"  # noqa: S608 - ours
    return int(conn.execute(query, {"team": request.team, "owner": request.user}).fetchone()[0])


def _listed(conn: Connection, where: str, **values: str | int) -> list[Listed]:
    query = f"SELECT id, channel, card_ts, changed_at FROM sessions WHERE {where}"  # noqa: S608 - texts of this module
    return [Listed(**dict(row)) for row in conn.execute(query, values).fetchall()]


_LOG = f"SELECT {', '.join((*sums.COLUMNS['answers'], 'sum'))} FROM answers WHERE session=:id AND n>=:n ORDER BY n"  # noqa: S608 - ours
_OWN = "team=:team AND owner=:owner AND :id IN ('', id)"
_DECIDED = "EXISTS (SELECT 1 FROM reports WHERE reports.session = sessions.id)"


def state(check: Check, rules: Rules, version: int | None = None) -> Reply:
    """Where a check stands, or stood in a version of its log."""
    return current(check.session if version is None else check.session.upto(version), rules)


def log_of(conn: Connection, check_id: str) -> Session:
    """A check's log, and its last decision if an earlier edition of the rules made it."""
    seen: Session | None = conn.seen.get(check_id)
    if seen is not None and conn.only_writer:
        return seen
    with readable(conn, check_id):
        kept = _kept(conn, check_id)
        if seen is None or seen.kept != kept:
            seen = Session(kept=kept)
        entries = list[Entry]()
        for *cells, given in conn.execute(_LOG, {"id": check_id, "n": seen.version}):
            _, n, verb, field, value, text, ts, _ = cells
            if sums.of(*cells) != given or n != seen.version + len(entries):
                raise Damaged(check_id, f"answers {n}")
            entries.append(Entry(verb=verb, field=field, value=json.loads(value), text=text, ts=ts))
        session = seen.and_then(*entries) if entries else seen
        conn.remember(check_id, session)
        return session


def _kept(conn: Connection, check_id: str) -> Kept | None:
    last = _last_report(conn, check_id)
    if last is None or last["rules_version"] == load_rules().version:
        return None
    return Kept(version=last["version"], report=Report.model_validate_json(last["body"]))


def _last_report(conn: Connection, check_id: str) -> Row | None:
    last: Row | None = conn.execute(_LAST_REPORT, {"id": check_id}).fetchone()
    return last and whole(last)


OF_REPORTS = ", ".join(f"reports.{name}" for name in (*sums.COLUMNS["reports"], "sum"))
_REPORT = ", ".join((*sums.COLUMNS["reports"], "sum"))
_LAST_REPORT = f"SELECT {_REPORT} FROM reports WHERE session=:id ORDER BY version DESC LIMIT 1"  # noqa: S608 - ours


def whole(report: Row) -> Row:
    """A row of the reports, all of it, as it was written.

    Raises:
        Damaged: it is not.
    """
    if sums.of(*(report[name] for name in sums.COLUMNS["reports"])) != report["sum"]:
        raise Damaged(report["session"], f"reports {report['version']}")
    return report


def versions_of(conn: Connection, check_id: str) -> set[int]:
    rows = conn.execute("SELECT version FROM reports WHERE session=:id", {"id": check_id}).fetchall()
    return {row["version"] for row in rows}


def report_of(conn: Connection, check_id: str, version: int) -> Report:
    return decided_at(conn, check_id, version)[0]


def decided_at(conn: Connection, check_id: str, version: int) -> tuple[Report, str]:
    """A version of a check that was decided, and when."""
    which = {"id": check_id, "version": version}
    with readable(conn, check_id):
        query = f"SELECT {_REPORT} FROM reports WHERE session=:id AND version=:version"  # noqa: S608 - ours
        row = whole(conn.execute(query, which).fetchone())
        return Report.model_validate_json(row["body"]), row["at"]


def when_decided(conn: Connection, check_id: str, version: int) -> str:
    """When a version of a check was decided."""
    which = {"id": check_id, "version": version}
    row = conn.execute("SELECT at FROM reports WHERE session=:id AND version=:version", which).fetchone()
    return str(row["at"])


def of_earlier_rules(conn: Connection, request: Request, rules_version: str, most: int) -> list[Report]:
    """The last reports of a person's checks that other rules than these made; what can't be read is left out."""
    rows = conn.execute(
        f"SELECT {OF_REPORTS} FROM reports JOIN sessions ON sessions.id = reports.session"  # noqa: S608 - ours
        " WHERE team=:team AND owner=:owner AND rules_version != :rules AND version ="
        " (SELECT max(version) FROM reports AS later WHERE later.session = reports.session) LIMIT :most",
        {"team": request.team, "owner": request.user, "rules": rules_version, "most": most},
    ).fetchall()
    found = list[Report]()
    for row in rows:
        with suppress(ValueError, Damaged):
            found.append(Report.model_validate_json(whole(row)["body"]))
    return found


# ---- counted, for the operator


def verdicts(conn: Connection) -> dict[str, int]:
    """How many checks stand at each verdict, the most frequent first."""
    rows = conn.execute(
        "SELECT verdict, count(*) AS n FROM reports"
        " WHERE version=(SELECT max(version) FROM reports AS later WHERE later.session = reports.session)"
        " GROUP BY verdict ORDER BY n DESC, verdict"
    ).fetchall()
    return {row["verdict"]: row["n"] for row in rows}


def logs_without_report(conn: Connection) -> Iterator[Session | None]:
    """The logs of checks that have come to no report; ``None`` for one that can't be read."""
    rows = conn.execute(f"SELECT id FROM sessions WHERE NOT {_DECIDED} ORDER BY id").fetchall()  # noqa: S608 - ours
    for row in rows:
        try:
            yield log_of(conn, row["id"])
        except Damaged:
            yield None


# ---- writing it down


def begin(
    conn: Connection,
    request: Request,
    title: str,
    at: str,
    *,
    channel: str,
    thread_ts: str,
    prices: PriceList | None = None,
) -> Check:
    """A new check; without a thread as long as its card is not posted."""
    check_id = secrets.token_hex(16)
    conn.execute(
        "INSERT INTO sessions"
        " (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at, changed_at)"
        " VALUES (:id, :enterprise, :team, :owner, :channel, :thread, '', :heard, :at, :at)",
        {
            "id": check_id, "enterprise": request.enterprise, "team": request.team, "owner": request.user,
            "channel": channel, "thread": thread_ts, "heard": request.ts, "at": at,
        },
    )  # fmt: skip
    if thread_ts:
        leads_to(conn, request.team, channel, thread_ts, check_id)
    session = opening(title, prices)
    session = Session(entries=tuple(e.model_copy(update={"ts": request.ts}) for e in session.entries))
    append(conn, check_id, Session(), session, at)
    return Check(check_id, request.user, channel, thread_ts, "", request.ts, session)


def keep_origin(conn: Connection, request: Request, check_id: str) -> None:
    """A check was asked for in a channel's thread, and can be posted back there."""
    conn.execute(
        "UPDATE sessions SET origin_channel=:channel, origin_thread=:thread WHERE id=:id",
        {"channel": request.channel, "thread": request.thread_ts, "id": check_id},
    )


def go_on(conn: Connection, request: Request, check: Check, session: Session, at: str) -> None:
    """A step of a check that is (or from now on will be) where ``check`` says."""
    append(conn, check.id, check.session, session, at)
    conn.execute(
        "UPDATE sessions SET channel=:channel, thread_ts=:thread, card_ts=:card, heard_ts=:heard, changed_at=:at"
        " WHERE id=:id",
        {
            "channel": check.channel, "thread": check.thread_ts, "card": check.card_ts,
            "heard": max(check.heard_ts, request.ts), "at": at, "id": check.id,
        },
    )  # fmt: skip


def drawn(conn: Connection, check_id: str, shown: str) -> None:
    """Its card lets one read this from now on."""
    conn.execute("UPDATE sessions SET drawn=:shown WHERE id=:id", {"shown": shown, "id": check_id})


def give_to(conn: Connection, check_id: str, person: str) -> None:
    """It is theirs from now on, with no card yet; the threads it was in don't lead to it any more."""
    query = "UPDATE sessions SET owner=:owner, channel='', thread_ts='', card_ts='', heard_ts='' WHERE id=:id"
    conn.execute(query, {"owner": person, "id": check_id})
    conn.execute("DELETE FROM threads WHERE session=:id", {"id": check_id})


_BEGUN = (
    "describe",
    "mention",
    "rate",
    "answer",
    "range",
    "quote",
    "derive",
)  # what a check is begun with, all at once


class Said(NamedTuple):
    """How an answer came to a check: the entry that has it, when, and whether the check began with it."""

    verb: str
    field: str
    text: str
    ts: str
    at: str
    n: int
    begun: bool


def said(conn: Connection, check_id: str, version: int) -> dict[str, Said]:
    """Field -> how its answer came, in a version of a check."""
    query = "SELECT verb, field, text, ts, at, n FROM answers WHERE session=:id AND n < :version ORDER BY n"
    rows = conn.execute(query, {"id": check_id, "version": version}).fetchall()
    found: dict[str, list[Said]] = {}
    begun = True
    for row in rows:
        begun = begun and row["verb"] in _BEGUN and row["at"] == rows[0]["at"]
        came = found.setdefault(row["field"], [])
        if row["verb"] in ("answer", "use"):
            came.append(Said(**dict(row), begun=begun))
        elif row["verb"] == "undo" and came:
            came.pop()
    return {field: came[-1] for field, came in found.items() if came}


def append(conn: Connection, check_id: str, before: Session, after: Session, at: str) -> None:
    """What came to the log."""
    conn.executemany(
        "INSERT INTO answers (session, n, verb, field, value, text, ts, at, sum)"
        " VALUES (:session, :n, :verb, :field, :value, :text, :ts, :at, :sum)",
        [
            _summed("answers", check_id, n, entry.verb, entry.field, json.dumps(entry.value), entry.text, entry.ts, at)
            for n, entry in enumerate(after.entries[before.version :], start=before.version)
        ],
    )
    conn.remember(check_id, after)  # with what was made of it: the next turn goes on from there


def _summed(table: str, *cells: str | int) -> dict[str, str | int]:
    """The cells of a row, in the order of its sum, by their names, with it."""
    return dict(zip(sums.COLUMNS[table], cells, strict=True)) | {"sum": sums.of(*cells)}


def leads_to(conn: Connection, team: str, channel: str, thread_ts: str, check_id: str) -> None:
    """From now on this thread leads to the check; those that did before still do."""
    row = {"team": team, "channel": channel, "thread": thread_ts, "check": check_id}
    upsert = "ON CONFLICT (team, channel, thread_ts) DO UPDATE SET session=excluded.session"
    conn.execute(f"INSERT INTO threads VALUES (:team, :channel, :thread, :check) {upsert}", row)  # noqa: S608 - ours


def keep_report(conn: Connection, check_id: str, session: Session, reply: Reply, at: str) -> bool:
    """A decision that stands is a version, kept for good; looking at it again makes no other one. Returns whether it
    is a new one."""
    report = reply.report
    with readable(conn, check_id):
        last, body = _last_report(conn, check_id), report.model_dump_json()
    told = last and any(e.verb in _TOLD for e in session.entries[last["version"] :])
    # A report of an earlier release is written otherwise and may still say the same.
    if last and not told and (last["body"] == body or Report.model_validate_json(last["body"]) == report):
        return False
    conn.seen.pop(check_id, None)  # what another edition decided stands no longer
    # The same log under newer rules may read differently: then what was kept stays as it was decided.
    kept = conn.execute(
        "INSERT INTO reports (session, version, rules_version, verdict, body, at, sum)"
        " VALUES (:session, :version, :rules_version, :verdict, :body, :at, :sum) ON CONFLICT DO NOTHING",
        _summed("reports", check_id, reply.version, report.rules_version, report.verdict.kind, body, at),
    )
    return bool(kept.rowcount)


def card_stands(
    conn: Connection, check_id: str, team: str, owner: str, place: dict[str, str], *, new_thread: bool
) -> None:
    """Its card stands there now (``card``, ``channel``, ``thread``), while it is this person's; a ``new_thread`` leads
    to it from now on."""
    where = place | {"team": team, "id": check_id, "owner": owner}
    moved = "UPDATE sessions SET card_ts=:card, channel=:channel, thread_ts=:thread WHERE id=:id AND owner=:owner"
    conn.execute(moved, where)
    if new_thread:
        thread = "SELECT :team, :channel, :thread, id FROM sessions WHERE id=:id AND owner=:owner"
        conn.execute(f"INSERT INTO threads {thread} ON CONFLICT DO NOTHING", where)

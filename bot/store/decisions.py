"""What became of decisions: records posted in channels, checks offered to somebody else, what people thought."""

from contextlib import suppress
from typing import Any, NamedTuple

from advisor.report import Report
from bot.store.checks import OF_REPORTS, Damaged, readable, whole
from bot.store.database import Connection


class Record(NamedTuple):
    """A decision posted into a channel, as it stands there. Dates are UTC, ISO 8601."""

    id: str
    enterprise: str
    team: str
    check: str
    version: int  # of the report it shows
    channel: str
    ts: str  # "" while nobody knows where it stands
    title: str  # the check may be called otherwise
    private: bool  # posted where only members read: not listed to others
    costs: bool
    note: str
    owner_name: str
    answered_by: str  # who owned the check when this version was posted
    posted_at: str
    updated_at: str = ""  # "" until it was revised
    replaced: int = 0  # the version it showed before, 0 for none
    link: str = ""
    down_at: str = ""  # "" while it stands
    public: bool = False  # known to be where the whole workspace reads, and nobody else


_COLUMNS = (
    "id, enterprise, team, session, version, channel, ts, title, private, costs, note, owner_name, answered_by,"
    " posted_at, updated_at, replaced, link, down_at, public"
)


_FLAGS = ("private", "costs", "public")


def _records(conn: Connection, where: str, **values: str) -> list[Record]:
    query = f"SELECT {_COLUMNS} FROM shares WHERE {where} ORDER BY posted_at, ts"  # noqa: S608 - texts of this module
    return [_record(dict(row)) for row in conn.execute(query, values).fetchall()]


def _record(row: dict[str, Any]) -> Record:
    row |= {name: bool(row[name]) for name in _FLAGS}
    return Record(check=row.pop("session"), **row)


def record_by_id(conn: Connection, record_id: str) -> Record | None:
    found = _records(conn, "id=:id", id=record_id)
    return found[0] if found else None


def record_in(conn: Connection, team: str, channel: str, record_id: str) -> Record | None:
    """A record, for somebody who can see that channel."""
    found = _records(conn, "id=:id AND team=:team AND channel=:channel", id=record_id, team=team, channel=channel)
    return found[0] if found else None


def records_of(conn: Connection, check_id: str) -> list[Record]:
    """Where a check is posted, in the order it was."""
    return _records(conn, "session=:check", check=check_id)


def keep_record(conn: Connection, record: Record) -> None:
    """It was posted; one that is kept already stays as it is."""
    names = ", ".join(f":{column.strip()}" for column in _COLUMNS.replace("session", "check").split(","))
    conn.execute(f"INSERT INTO shares ({_COLUMNS}) VALUES ({names}) ON CONFLICT DO NOTHING", _row(record))  # noqa: S608


def revised(conn: Connection, record: Record) -> None:
    """It shows what this says now."""
    conn.execute(
        "UPDATE shares SET version=:version, replaced=:replaced, updated_at=:updated_at, title=:title,"
        " owner_name=:owner_name, answered_by=:answered_by WHERE id=:id",
        _row(record),
    )


def _row(record: Record) -> dict[str, object]:
    return record._asdict() | {name: int(getattr(record, name)) for name in _FLAGS}


def placed(conn: Connection, record_id: str, ts: str) -> None:
    """It is known by now where it stands."""
    conn.execute("UPDATE shares SET ts=:ts WHERE id=:id", {"ts": ts, "id": record_id})


def linked(conn: Connection, record_id: str, link: str) -> None:
    conn.execute("UPDATE shares SET link=:link WHERE id=:id", {"link": link, "id": record_id})


def without_costs(conn: Connection, record_id: str) -> None:
    """From now on it shows no figures."""
    conn.execute("UPDATE shares SET costs=0 WHERE id=:id", {"id": record_id})


def not_public(conn: Connection, record_id: str) -> None:
    """Its channel is not read by the whole workspace any more, or by others too."""
    conn.execute("UPDATE shares SET public=0 WHERE id=:id", {"id": record_id})


def record_at(conn: Connection, team: str, channel: str, ts: str) -> Record | None:
    """The record whose thread this is, if it is one."""
    found = _records(conn, "team=:team AND channel=:channel AND ts=:ts AND ts != ''", team=team, channel=channel, ts=ts)
    return found[0] if found else None


def down(conn: Connection, record_id: str, at: str) -> None:
    """Its owner takes it down, or, with no time, puts it back."""
    conn.execute("UPDATE shares SET down_at=:at WHERE id=:id", {"at": at, "id": record_id})


def drop_record(conn: Connection, record_id: str) -> None:
    conn.execute("DELETE FROM shares WHERE id=:id", {"id": record_id})


def to_look_at(conn: Connection, before: str, now: str, most: int) -> list[tuple[Record, str]]:
    """Records with figures, or shown to the whole workspace, whose channels nobody has looked at since ``before``, each
    with the owner of its check; from now on they count as looked at. Those of workspaces that let go of the bot stay
    as they are."""
    rows = conn.execute(
        "SELECT shares.id, owner FROM shares JOIN sessions ON sessions.id = shares.session"
        " WHERE (costs=1 OR public=1) AND ts != '' AND down_at='' AND looked_at < :before"
        " AND shares.team NOT IN (SELECT team FROM installations) ORDER BY looked_at LIMIT :most",
        {"before": before, "most": most},
    ).fetchall()
    for row in rows:
        conn.execute("UPDATE shares SET looked_at=:now WHERE id=:id", {"now": now, "id": row["id"]})
    found = ((record_by_id(conn, row["id"]), row["owner"]) for row in rows)
    return [(record, owner) for record, owner in found if record]


_LATEST = "row_number() OVER (PARTITION BY shares.session ORDER BY posted_at DESC, ts DESC)"


_IN_IT = "shares.channel IN (SELECT channel FROM memberships WHERE memberships.team=:team AND person=:person)"


def open_channels(conn: Connection, team: str, person: str) -> set[str]:
    """The public channels with records of other people's checks."""
    rows = conn.execute(
        "SELECT DISTINCT shares.channel FROM shares JOIN sessions ON sessions.id = shares.session"
        " WHERE shares.team=:team AND private=0 AND down_at='' AND owner != :person",
        {"team": team, "person": person},
    ).fetchall()
    return {row["channel"] for row in rows}


class Posted(NamedTuple):
    """A decision in the list of those that are posted: its latest record."""

    title: str
    link: str
    at: str
    report: Report


def listed(conn: Connection, team: str, person: str, most: int) -> list[Posted]:
    """The decisions a person may be told of, each by its latest record, newest first: their own, and what is posted
    in a public channel they are in. One that is damaged is left out: its owner is told where they turn to it."""
    seen = f"shares.team=:team AND down_at='' AND (sessions.owner=:person OR (shares.private=0 AND {_IN_IT}))"
    rows = conn.execute(
        f"SELECT * FROM (SELECT {OF_REPORTS}, shares.title, link, posted_at, ts, {_LATEST} AS place"  # noqa: S608 - ours
        " FROM shares JOIN reports ON reports.session = shares.session AND reports.version = shares.version"
        f" JOIN sessions ON sessions.id = shares.session WHERE {seen}) AS latest"
        " WHERE place=1 ORDER BY posted_at DESC, ts DESC LIMIT :most",
        {"team": team, "person": person, "most": most},
    ).fetchall()
    found = list[Posted]()
    for row in rows:
        with suppress(Damaged), readable(conn, row["session"]):
            whole(row)
            found.append(Posted(row["title"], row["link"], row["posted_at"], Report.model_validate_json(row["body"])))
    return found


def of_others(conn: Connection, team: str, person: str, most: int) -> list[tuple[Record, str]]:
    """The latest records of other people's checks in channels that the whole workspace can read and this person is in,
    one a check, newest first, each with whose the check is."""
    seen = f"shares.team=:team AND shares.public=1 AND down_at='' AND sessions.owner != :person AND {_IN_IT}"
    rows = conn.execute(
        f"SELECT id, owner FROM (SELECT shares.id, owner, posted_at, ts, {_LATEST} AS place"  # noqa: S608 - ours
        f" FROM shares JOIN sessions ON sessions.id = shares.session WHERE {seen}) AS latest"
        " WHERE place=1 ORDER BY posted_at DESC, ts DESC LIMIT :most",
        {"team": team, "person": person, "most": most},
    ).fetchall()
    found = ((record_by_id(conn, row["id"]), row["owner"]) for row in rows)
    return [(record, owner) for record, owner in found if record]


def now_of(conn: Connection, check_id: str, owner_name: str) -> None:
    """The check has another owner: the records name them."""
    which = {"check": check_id, "name": owner_name}
    conn.execute("UPDATE shares SET owner_name=:name WHERE session=:check", which)


# ---- offered to somebody else


class Offer(NamedTuple):
    """A check its owner has offered to somebody."""

    id: str
    team: str
    check: str
    owner: str
    offered_to: str
    channel: str = ""  # where it stands
    ts: str = ""  # "" while that is not known
    note_ts: str = ""  # of what its owner was told, in their DM
    became: str = ""  # "accepted", "declined", "withdrawn"; "" while it stands
    owner_name: str = ""  # as they were called then
    became_at: str = ""
    version: int = 0  # of the check's log when it was accepted; 0 where that was not kept


_OFFER = "id, team, session AS 'check', owner, offered_to, channel, ts, note_ts, became, owner_name, became_at, version"


def _offers(conn: Connection, where: str, **values: str) -> list[Offer]:
    query = f"SELECT {_OFFER} FROM handovers WHERE {where} ORDER BY at"  # noqa: S608 - texts of this module
    return [Offer(**dict(row)) for row in conn.execute(query, values).fetchall()]


def offer_by_id(conn: Connection, offer_id: str) -> Offer | None:
    found = _offers(conn, "id=:id", id=offer_id)
    return found[0] if found else None


def offers_of(conn: Connection, check_id: str) -> list[Offer]:
    """Those of a check that stand."""
    return _offers(conn, "session=:check AND became=''", check=check_id)


def handed_over(conn: Connection, check_id: str, person: str) -> bool:
    """Whether a person gave the check away, to whoever has it now."""
    return bool(_offers(conn, "session=:check AND owner=:person AND became='accepted'", check=check_id, person=person))


def keep_offer(conn: Connection, offer: Offer, at: str) -> None:
    conn.execute(
        "INSERT INTO handovers (id, team, session, owner, owner_name, offered_to, at)"
        " VALUES (:id, :team, :check, :owner, :owner_name, :offered_to, :at)",
        offer._asdict() | {"at": at},
    )


def offer_stands(conn: Connection, offer_id: str, channel: str, ts: str) -> None:
    """It was sent, and stands there."""
    conn.execute(
        "UPDATE handovers SET channel=:channel, ts=:ts WHERE id=:id", {"channel": channel, "ts": ts, "id": offer_id}
    )


def offer_noted(conn: Connection, offer_id: str, ts: str) -> None:
    """Its owner was told of it there."""
    conn.execute("UPDATE handovers SET note_ts=:ts WHERE id=:id", {"ts": ts, "id": offer_id})


def offer_became(conn: Connection, offer_id: str, what: str, at: str, version: int = 0) -> None:
    """What became of it; accepted at this ``version`` of the check's log."""
    conn.execute(
        "UPDATE handovers SET became=:what, became_at=:at, version=:version WHERE id=:id",
        {"what": what, "at": at, "version": version, "id": offer_id},
    )


def drop_offer(conn: Connection, offer_id: str) -> None:
    conn.execute("DELETE FROM handovers WHERE id=:id", {"id": offer_id})


class Hand(NamedTuple):
    """Whose a check was for the entries of its log ``before`` that number, unless an earlier one has them, and until
    when. Without a name it is not known."""

    name: str
    before: int
    until: str


_FOR_GOOD = 2**31  # more than any log has


def hands_of(conn: Connection, check_id: str) -> tuple[Hand, ...]:
    """The hands a check was in before those it is in now, in order."""
    query = "SELECT known_from FROM sessions WHERE id=:check"
    known_from = conn.execute(query, {"check": check_id}).fetchone()["known_from"]
    found, before = list[Hand](), _FOR_GOOD
    for offer in reversed(_offers(conn, "session=:check AND became='accepted'", check=check_id)):
        before = offer.version or before
        found.append(Hand(offer.owner_name if offer.version else "", before, offer.became_at))
    return (*((Hand("", known_from, ""),) if known_from else ()), *reversed(found))


# ---- read by others


def follow(conn: Connection, record_id: str, team: str, person: str) -> bool:
    """A person follows a record from now on; returns whether they did not before."""
    began = conn.execute(
        "INSERT INTO readers (share, team, person, follows) VALUES (:record, :team, :person, 1)"
        " ON CONFLICT (share, person) DO UPDATE SET follows=1 WHERE readers.follows=0",
        {"record": record_id, "team": team, "person": person},
    ).rowcount
    return bool(began)


def unfollow(conn: Connection, record_id: str, team: str, person: str) -> bool:
    """A person does not follow a record any more; returns whether there is one that they did."""
    who = {"record": record_id, "team": team, "person": person}
    query = "UPDATE readers SET follows=0 WHERE share=:record AND team=:team AND person=:person"
    return bool(conn.execute(query, who).rowcount)


def followers(conn: Connection, record_id: str, before: str, now: str) -> list[str]:
    """Those who follow a record and were not told since ``before``; from now on they count as told."""
    rows = conn.execute(
        "UPDATE readers SET told_at=:now WHERE share=:record AND follows=1 AND told_at < :before RETURNING person",
        {"record": record_id, "before": before, "now": now},
    ).fetchall()
    return sorted(row["person"] for row in rows)


def differ(conn: Connection, record_id: str, team: str, person: str) -> int:
    """A person sees it differently; returns how many do."""
    conn.execute(
        "INSERT INTO readers (share, team, person, differs) VALUES (:record, :team, :person, 1)"
        " ON CONFLICT (share, person) DO UPDATE SET differs=1",
        {"record": record_id, "team": team, "person": person},
    )
    query = "SELECT count(*) AS n FROM readers WHERE share=:record AND differs=1"
    return int(conn.execute(query, {"record": record_id}).fetchone()["n"])


# ---- what people thought


def rate(conn: Connection, check_id: str, version: int, person: str, *, good: bool, note: str, at: str) -> None:
    """A person's last word on a version. A thumbs-down that is pressed again keeps the line that was written for it."""
    conn.execute(
        "INSERT INTO feedback (session, version, person, good, note, at)"
        " VALUES (:check, :version, :person, :good, :note, :at)"
        " ON CONFLICT (session, version, person) DO UPDATE SET good=excluded.good, at=excluded.at,"
        " note=CASE WHEN excluded.note='' AND excluded.good=feedback.good THEN feedback.note ELSE excluded.note END",
        {"check": check_id, "version": version, "person": person, "good": int(good), "note": note, "at": at},
    )


def thumbs(conn: Connection) -> dict[bool, int]:
    """How many found a report helpful, and how many did not; the former first."""
    rows = conn.execute("SELECT good, count(*) AS n FROM feedback GROUP BY good ORDER BY good DESC").fetchall()
    return {bool(row["good"]): row["n"] for row in rows}

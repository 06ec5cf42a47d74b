"""Workspaces and whole organisations that have installed the bot, each with its token, sealed.

Whoever changes a row counts the version up: replicas read it once a second and what stands here when it has moved.
"""

import json
import logging
from dataclasses import dataclass, field

from bot.messages import stamp, unix
from bot.store.database import Connection, Row
from bot.store.seal import Seal

log = logging.getLogger(__name__)

_LEASE_SECONDS = 60.0
"""So long one machine has for a refresh before another tries."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Who has installed the bot. ``team`` is empty for a whole organisation, ``enterprise`` outside of one; ``expires``
    is in Unix seconds, 0 for a token that does not."""

    enterprise: str
    team: str
    token: str = field(repr=False)
    bot_user: str = ""
    bot: str = ""
    scopes: frozenset[str] = frozenset()
    name: str = ""
    refresh: str = field(default="", repr=False)
    expires: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        return self.enterprise, self.team

    @property
    def id(self) -> str:
        """The id people know it by."""
        return self.team or self.enterprise


def version(conn: Connection) -> int:
    row = conn.execute("SELECT n FROM tokens_version").fetchone()
    return int(row["n"]) if row else 0


def changed(conn: Connection) -> None:
    """Whoever keeps in mind what stands here looks again."""
    row = {"one": 1}
    write = "INSERT INTO tokens_version (one, n) VALUES (:one, 1)"
    conn.execute(f"{write} ON CONFLICT (one) DO UPDATE SET n=tokens_version.n + 1", row)


def all_of_them(conn: Connection, seal: Seal) -> tuple[list[Installed], list[str]]:
    """Everybody whose token can be read, and the ids of those whose can't: they have to install it again."""
    read, unread = list[Installed](), list[str]()
    for row in conn.execute("SELECT * FROM tokens ORDER BY enterprise, team").fetchall():
        one = _of(row, seal)
        read.append(one) if one else unread.append(row["team"] or row["enterprise"])
    return read, unread


def _of(row: Row, seal: Seal) -> Installed | None:
    held = json.loads(seal.opened(row["sealed"]) or "{}")
    if held.get("of") != [row["enterprise"], row["team"]]:  # or somebody moved it to another row
        return None
    return Installed(
        enterprise=row["enterprise"], team=row["team"], token=held["token"], refresh=held["refresh"],
        bot_user=row["bot_user"], bot=row["bot"], scopes=frozenset(filter(None, row["scopes"].split(","))),
        name=row["name"], expires=unix(row["expires_at"]) if row["expires_at"] else 0.0,
    )  # fmt: skip


def seal_anew(conn: Connection, seal: Seal) -> None:
    """What an older key had shut is shut with the first, so that the older one can go."""
    for row in conn.execute("SELECT enterprise, team, sealed FROM tokens").fetchall():
        if sealed := seal.shut_anew(row["sealed"]):
            which = {"enterprise": row["enterprise"], "team": row["team"], "sealed": sealed}
            write = "UPDATE tokens SET sealed=:sealed WHERE enterprise=:enterprise AND team=:team"
            conn.execute(write, which)


def install(conn: Connection, one: Installed, seal: Seal, now: float) -> None:
    """It is there from now on, in the place of what was there before; whoever had let go of the bot has it again."""
    held = {"of": one.key, "token": one.token, "refresh": one.refresh}
    row = {
        "enterprise": one.enterprise, "team": one.team, "name": one.name, "bot_user": one.bot_user, "bot": one.bot,
        "scopes": ",".join(sorted(one.scopes)), "sealed": seal.shut(json.dumps(held)),
        "expires_at": stamp(one.expires) if one.expires else "", "installed_at": stamp(now), "refreshing_at": "",
    }  # fmt: skip
    values = ", ".join(f":{name}" for name in row)
    new = ", ".join(f"{name}=excluded.{name}" for name in row if name not in ("enterprise", "team"))
    write = f"INSERT INTO tokens ({', '.join(row)}) VALUES ({values})"  # noqa: S608 - names of ours
    conn.execute(f"{write} ON CONFLICT (enterprise, team) DO UPDATE SET {new}", row)
    conn.execute(f"DELETE FROM installations WHERE {_ITS}", {"enterprise": one.enterprise, "team": one.team})  # noqa: S608 - ours
    changed(conn)


_ITS = "((:team != '' AND team=:team) OR (:team='' AND enterprise=:enterprise))"
"""What is of a workspace, or of any workspace of an organisation."""
_IT = "((:team != '' AND team=:team) OR (:team='' AND team='' AND enterprise=:enterprise))"
"""The row of a workspace, or of an organisation. Not all that Slack sends of a workspace names its organisation."""


def remove(conn: Connection, enterprise: str, team: str, at: str) -> bool:
    """It let go of the bot at that time; whether it had it. What an install since then has written stays."""
    its = {"enterprise": enterprise, "team": team, "at": at}
    gone = conn.execute(f"DELETE FROM tokens WHERE {_IT} AND installed_at <= :at RETURNING team", its).fetchall()  # noqa: S608 - ours
    if not gone:
        return False
    # A workspace that has the bot for itself keeps it when its organisation lets go.
    conn.execute(
        "INSERT INTO installations (enterprise, team, stopped_at)"  # noqa: S608 - ours
        f" SELECT DISTINCT enterprise, team, :at FROM sessions WHERE {_ITS}"
        " AND team NOT IN (SELECT team FROM tokens) ON CONFLICT DO NOTHING",
        its,
    )
    changed(conn)
    return True


def organisations(conn: Connection) -> dict[str, str]:
    """Workspace -> its organisation, as far as anything kept tells."""
    told = "SELECT enterprise, team FROM {} WHERE enterprise != ''"
    rows = conn.execute(" UNION ".join(told.format(table) for table in ("sessions", "outbox", "people"))).fetchall()
    return {row["team"]: row["enterprise"] for row in rows}


# ---- tokens that expire


def take_to_refresh(conn: Connection, before: float, now: float) -> list[tuple[str, str]]:
    """Whose token expires before then and is refreshed by nobody else: theirs is this caller's to refresh, for a
    while."""
    row = {"before": stamp(before), "now": stamp(now), "old": stamp(now - _LEASE_SECONDS)}
    taken = conn.execute(
        "UPDATE tokens SET refreshing_at=:now WHERE expires_at != '' AND expires_at < :before"
        " AND (refreshing_at='' OR (refreshing_at != 'lost' AND refreshing_at < :old)) RETURNING enterprise, team",
        row,
    ).fetchall()
    return [(one["enterprise"], one["team"]) for one in taken]


def one_of_them(conn: Connection, key: tuple[str, str], seal: Seal) -> Installed | None:
    which = {"enterprise": key[0], "team": key[1]}
    row = conn.execute("SELECT * FROM tokens WHERE enterprise=:enterprise AND team=:team", which).fetchone()
    return _of(row, seal) if row else None


def refreshed(conn: Connection, before: Installed, after: Installed, seal: Seal) -> None:
    """Its new token stands, unless it was installed again or let go of meanwhile."""
    if one_of_them(conn, before.key, seal) != before:
        return
    held = {"of": after.key, "token": after.token, "refresh": after.refresh}
    row = {"enterprise": after.enterprise, "team": after.team, "sealed": seal.shut(json.dumps(held))}
    row |= {"expires_at": stamp(after.expires) if after.expires else ""}
    write = "UPDATE tokens SET sealed=:sealed, expires_at=:expires_at, refreshing_at=''"
    conn.execute(f"{write} WHERE enterprise=:enterprise AND team=:team", row)
    changed(conn)


def cannot_be_refreshed(conn: Connection, one: Installed) -> None:
    """Slack does not know its refresh token any more: it is not asked again until it is installed again."""
    which = {"enterprise": one.enterprise, "team": one.team}
    conn.execute("UPDATE tokens SET refreshing_at='lost' WHERE enterprise=:enterprise AND team=:team", which)

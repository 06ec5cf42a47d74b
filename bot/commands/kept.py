"""``stats`` and ``purge``: what is kept, counted without being read, and deleted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from advisor import load_rules
from advisor.conversation import current
from bot.commands.done import DONE, FOUND, Say
from bot.settings import Settings
from bot.store import checks, decisions, installations, retention
from bot.store.database import Connection
from bot.store.engines import opened


def stats(settings: Settings, say: Say) -> int:
    """Counts alone, no names and no words."""
    with closing(opened(settings.db, settings.database_url)) as store:
        for line in store.turn(lambda conn: list(_counts(conn))):
            say(line)
    return DONE


def _counts(conn: Connection) -> Iterator[str]:
    logs, decided = list(checks.logs_without_report(conn)), checks.verdicts(conn)
    done = sum(decided.values())
    yield f"checks begun: {len(logs) + done}"
    yield f"checks with a report: {done}"
    yield from (f"verdict {verdict}: {n}" for verdict, n in decided.items())
    asked = Counter(current(log, load_rules()).pending for log in logs if log)
    yield from (f"left off at {field}: {n}" for field, n in sorted(asked.items(), key=lambda one: (-one[1], one[0])))
    if damaged := logs.count(None):
        yield f"damaged: {damaged}"
    yield from (f"found {'helpful' if good else 'not helpful'}: {n}" for good, n in decisions.thumbs(conn).items())
    yield f"workspaces that let go of the bot and are not purged: {installations.how_many_let_go(conn)}"


def purge(settings: Settings, team: str, say: Say, *, dry_run: bool = False) -> int:
    """Everything of a workspace goes; on a dry run it is counted and stays."""
    with closing(opened(settings.db, settings.database_url)) as store:
        known = store.turn(retention.teams)
        if team not in known:
            there = f"There is something of {', '.join(known)}." if known else "Nothing is kept of any workspace."
            say(f"Nothing is kept of {team}. {there} Is the id right? It begins with T.")
            return FOUND

        def work(conn: Connection) -> dict[str, int]:
            gone = retention.workspace(conn, team)
            if dry_run:
                raise _OnlyLooked(gone)
            store.scrub(conn)
            return gone

        try:
            gone, what = store.turn(work), "deleted"
        except _OnlyLooked as looked:
            gone, what = looked.gone, "would be deleted (nothing was)"
    say(f"{team}: " + ", ".join(f"{count} {table}" for table, count in gone.items()) + f" {what}")
    return DONE


class _OnlyLooked(Exception):
    """Undoes the turn that counted."""

    def __init__(self, gone: dict[str, int]) -> None:
        super().__init__("a dry run")
        self.gone = gone

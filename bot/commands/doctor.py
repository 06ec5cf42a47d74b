"""``doctor``: whether all that is needed is there, a line a check, and what is lost by what is not."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from bot import settings
from bot.commands.done import DONE, FOUND, Say
from bot.delivery.clock import Clock
from bot.settings import SLACK_API, BadSettings, Settings
from bot.slack.examination import MOST_SKEW_SECONDS, Examination, Token, Unasked
from bot.slack.workspace import REQUIRED_SCOPES
from bot.store import copies
from bot.store.claim import Claimed, claimed
from bot.store.database import StoreError
from bot.store.engines import with_driver
from bot.store.schema import MIGRATIONS, m009_workspaces
from bot.store.seal import Seal
from bot.store.sqlite import Store
from bot.store.workspaces import Installed, all_of_them

LOST = {
    "assistant:write": "the DM has no suggested prompts",
    "channels:read": "before each post it asks once more, and posts show no cost figures",
    "groups:read": "the same for private channels",
    "files:write": "a decision is exported as text in the thread, not as files",
}
"""Scope that may be missing -> what is lost without it; a test compares with the manifest."""
_NOTED_SKEW_SECONDS = 60
_MOST_SHOWN = 5
_PATIENCE_SECONDS = 300.0
_OK, _NOTE, _WRONG = "ok", "note", "wrong"

Finding = tuple[str, str, str]
"""How it is, what was looked at, and what is said of it."""


def doctor(
    environ: Mapping[str, str], say: Say, *, now: Callable[[], float] = time.time, clock: Clock | None = None
) -> int:
    """Look at everything, whatever is found on the way."""
    status = DONE
    for how, what, said in _findings(environ, now, clock or Clock()):
        say(f"{how:<6} {what}: {said}")
        status = FOUND if how == _WRONG else status
    return status


def _findings(environ: Mapping[str, str], now: Callable[[], float], clock: Clock) -> Iterator[Finding]:
    chosen: Settings | None = None
    try:
        chosen = settings.load(environ)
        yield _OK, "settings", f"they are whole, and mean {_MODES[chosen.mode]}"
    except BadSettings as error:
        yield from ((_WRONG, "settings", fault) for fault in error.faults)
    with suppress(BadSettings):  # said with the settings
        if url := chosen.database_url if chosen else settings.database_url(environ):
            yield from _shared(url)
        else:
            yield from _database(chosen.db if chosen else settings.database(environ))
    if chosen is None:
        yield _NOTE, "Slack", "not asked before the settings are whole"
    elif chosen.mode == "local":
        yield _NOTE, "Slack", "not asked: there is no token, so a start opens the local page"
    elif chosen.mode == "workspaces":
        yield from _workspaces(chosen, now, clock)
    else:
        yield from _slack(chosen, Examination(chosen, now), clock)


_MODES = {
    "local": "the local page", "socket": "Socket Mode", "http": "HTTP",
    "workspaces": "HTTP, for every workspace that installs it",
}  # fmt: skip


def _database(db: Path) -> Iterator[Finding]:
    if not db.exists():
        yield _NOTE, "database", f"{db} is not there yet; the first start makes it"
        return
    try:
        with claimed(db):
            yield _OK, "bot", "none runs on this database"
    except Claimed as running:
        yield _OK, "bot", str(running).partition(" already")[0] + " and runs"
    except OSError as error:
        yield _WRONG, "database", f"{db}.pid: {error.strerror}. Give ADVISOR_DB a file this user may write."
    try:
        faults = list(copies.faults(db))
        layout = copies.release(db)
    except StoreError as error:
        yield _WRONG, "database", str(error)
        return
    yield from ((_WRONG, "database", fault) for fault in faults[:_MOST_SHOWN])
    if faults[_MOST_SHOWN:]:
        yield _WRONG, "database", f"{len(faults) - _MOST_SHOWN} more: `python -m bot verify` has them"
    if not faults:
        older = layout < MIGRATIONS[-1].__name__
        yield (
            _OK,
            "database",
            f"{db} is whole{' and of an earlier release: the next start brings it up' if older else ''}",
        )


def _shared(url: str) -> Iterator[Finding]:
    """The same of a PostgreSQL database."""
    try:
        with_driver()
        from bot.store import layout
        from bot.store.dialect import shown
        from bot.store.postgres import CONNECTIONS

        with layout.looked_at(url) as conn:
            done, at_work = layout.release(conn, shown(url)), layout.bots(conn)
            newest = done == MIGRATIONS[-1].__name__
            found = list(layout.faults(conn)) if newest else []
            there, most = layout.connections(conn)
    except StoreError as error:
        yield _WRONG, "database", str(error)
        return
    yield _OK, "bot", f"{at_work or 'none'} {'run' if at_work > 1 else 'runs'} on this database"
    room = f"{there} of the {most} connections the server takes are open; each bot opens up to {CONNECTIONS + 1}"
    yield _NOTE if there + CONNECTIONS >= most else _OK, "connections", room
    yield from ((_WRONG, "database", fault) for fault in found[:_MOST_SHOWN])
    if found[_MOST_SHOWN:]:
        yield _WRONG, "database", f"{len(found) - _MOST_SHOWN} more: `python -m bot verify` has them"
    if not done:
        yield _NOTE, "database", f"{shown(url)} is there and empty; the first start fills it"
    elif not newest:
        yield _OK, "database", f"{shown(url)} is of an earlier release: the next start brings it up"
    elif not found:
        yield _OK, "database", f"{shown(url)} is whole"


def _installed(chosen: Settings, seal: Seal) -> tuple[list[Installed], list[str]]:
    """Who has installed it, and whose token can't be read."""
    if chosen.database_url:
        from bot.store import layout
        from bot.store.dialect import shown

        with layout.looked_at(chosen.database_url) as conn:
            there = layout.release(conn, shown(chosen.database_url)) >= m009_workspaces.__name__
            return all_of_them(conn, seal) if there else ([], [])
    if not chosen.db.exists() or copies.release(chosen.db) < m009_workspaces.__name__:
        return [], []
    with closing(Store(chosen.db)) as store:
        return store.turn(lambda conn: all_of_them(conn, seal))


def _workspaces(chosen: Settings, now: Callable[[], float], clock: Clock) -> Iterator[Finding]:
    """Whether the token of each can be read and is taken; the cards are shown with the first that is."""
    page = f"{chosen.public_url}slack/install"
    try:
        installed, unread = _installed(chosen, Seal(chosen.secret_keys, now))
    except StoreError:
        return  # said of the database
    for whose in unread:
        mend = f"add the key it was sealed with to ADVISOR_SECRET_KEY, or have it installed again at {page}"
        yield _WRONG, "workspaces", f"the token of {whose} can't be read: {mend}"
    good: Examination | None = None
    for one in installed:
        slack = Examination(replace(chosen, bot_token=one.token), now)
        try:
            token = slack.bot_token()
        except Unasked as error:
            yield (
                _WRONG,
                "workspaces",
                f"the token of {one.id} is not taken ({error}): have it installed again at {page}",
            )
            continue
        good = good or slack
        if lost := sorted(LOST.keys() - token.scopes):
            yield _NOTE, "workspaces", f"{one.id} left out {', '.join(lost)}"
    many = f"{len(installed)} can be read" if installed else f"none has installed it yet; that is done at {page}"
    yield _OK if installed else _NOTE, "workspaces", many
    if good:
        where = "Slack" if chosen.api_url == SLACK_API else f"{chosen.api_url} (which is not Slack)"
        yield from _cards(good, where, clock)


def _slack(chosen: Settings, slack: Examination, clock: Clock) -> Iterator[Finding]:
    where = "Slack" if chosen.api_url == SLACK_API else f"{chosen.api_url} (which is not Slack)"
    try:
        token = slack.bot_token()
    except Unasked as error:
        mend = "Copy the token again (xoxb-…, OAuth & Permissions), or look at the network."
        yield _WRONG, "bot token", f"{where} does not take SLACK_BOT_TOKEN ({error}). {mend}"
        return
    yield _OK, "bot token", f"{where} takes it; the workspace is {token.team}"
    yield from _scopes(token)
    yield _skew(token)
    if chosen.mode == "socket":
        try:
            slack.app_token()
            yield _OK, "app token", "a line can be opened with it"
        except Unasked as error:
            mend = "It needs connections:write (xapp-…, Basic Information, App-Level Tokens)."
            yield _WRONG, "app token", f"no line can be opened with SLACK_APP_TOKEN ({error}). {mend}"
    else:
        yield _NOTE, "signing secret", "only a request of Slack's shows whether it is the app's; a wrong one gives 401"
    yield from _cards(slack, where, clock)


def _scopes(token: Token) -> Iterator[Finding]:
    if not token.scopes:
        yield _NOTE, "scopes", "it was not said which are granted"
        return
    if missing := sorted(REQUIRED_SCOPES - token.scopes):
        mend = "Add them under OAuth & Permissions (or copy manifest.yml again), reinstall, and copy the token."
        yield _WRONG, "scopes", f"{', '.join(missing)} missing: the bot does not start. {mend}"
    else:
        yield _OK, "scopes", f"all {len(REQUIRED_SCOPES)} that are needed are granted"
    yield from (
        (_NOTE, "scopes", f"without {scope} {lost}") for scope, lost in LOST.items() if scope not in token.scopes
    )


def _skew(token: Token) -> Finding:
    if token.skew_seconds is None:
        return _NOTE, "clock", "it was not said what time it is"
    off = abs(token.skew_seconds)
    said = f"this machine is {off:,.0f} s {'ahead of' if token.skew_seconds > 0 else 'behind'} Slack"
    if off > MOST_SKEW_SECONDS:
        return (
            _WRONG,
            "clock",
            f"{said}; over {MOST_SKEW_SECONDS} s no request of Slack's is taken. Set it right (NTP).",
        )
    return (_NOTE if off > _NOTED_SKEW_SECONDS else _OK), "clock", said


def _cards(slack: Examination, where: str, clock: Clock) -> Iterator[Finding]:
    from bot.commands.cards import every_card

    cards, refused, waited = every_card(), 0, 0.0
    for n, (name, payload) in enumerate(cards):
        while True:
            try:
                fault = slack.card(payload)
                break
            except Unasked as error:
                wait = error.again or 1.0
                if not error.again or waited + wait > _PATIENCE_SECONDS:
                    yield _NOTE, "cards", f"{n} of {len(cards)} shown to {where}; then it would not look ({error})"
                    return
                waited += wait
                clock.pause(wait)
        if fault:
            refused += 1
            yield _WRONG, "cards", f"{name}: {fault}"
    if not refused:
        yield _OK, "cards", f"{where} would take all {len(cards)} this release draws"

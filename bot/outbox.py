"""What is still to be said to Slack, and the one asyncio thread that says it.

Rows are written in the turn's transaction and deleted once Slack has taken them; after a crash they are read again.
What was in flight may then be said twice, never lost. A lane (a channel or a person) is said in order.
"""

import asyncio
import json
import logging
import random
import sqlite3
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from slack_sdk.errors import SlackApiError

from bot import blocks
from bot.store import Store, StoreError

if TYPE_CHECKING:  # aiohttp and what needs it cost as much to import as Bolt; only a bot that runs pays
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.phrasing import Phrasing

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
MAX_WAITING = 5_000
_CLOSING_SECONDS = 5.0
_HOUR = 3600.0
DECORATION = "beside:"
"""How a lane begins in which only what nobody waits for is said: it never holds a card up."""
DECORATION_SECONDS = 60.0
_DECORATION_TRIES = 3
_ATTEMPTS = 90  # with at most a minute between them: an outage of an hour is sat out
TOKEN_DEAD = {
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "team_access_not_granted",
}  # fmt: skip
_TOO_RICH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
_CARD_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "streaming_state_conflict"}
_THREAD_GONE = {"thread_not_found", "cannot_reply_to_message"}
_FORMS = {"conversations.info", "chat.getPermalink"}  # Slack's reading methods take no JSON
_PASSING = {"ratelimited", "fatal_error", "internal_error", "service_unavailable", "request_timeout", "rollup_error"}


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing to say.

    ``method`` is a Web API method, empty for nothing (``after`` is then all), ``model`` for a question to the model, or
    ``card``: the session's live card, edited in place, or with ``below`` posted anew while the old one is cut down to
    the line ``collapse`` (left alone when that is empty). ``to`` is a person to open a DM with first. ``key`` makes a
    repeated post the same post. Not said before ``due`` (ISO 8601, UTC) nor after ``until`` (Unix seconds). ``after``
    names the turn that hears the outcome, with ``context`` of its own. ``only_there``: not at top level either when the
    thread is gone.
    """

    method: str
    args: dict[str, Any]
    lane: str
    session: str = ""
    card_ts: str = ""
    below: bool = False
    collapse: str = ""
    to: str = ""
    enterprise: str = ""
    team: str = ""
    key: str = ""
    due: str = ""
    until: float = 0.0
    after: str = ""
    only_there: bool = False
    context: dict[str, Any] = field(default_factory=dict)
    id: int = 0

    @property
    def about(self) -> str:
        """The check it is about, if any: what is deleted is not said any more."""
        return self.session or str(self.context.get("check") or "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Slack made of a saying: its answer, or its error code."""

    said: dict[str, Any]
    error: str = ""


After = Callable[[sqlite3.Connection, Saying, Outcome], list[Saying]]


def write(conn: sqlite3.Connection, saying: Saying, at: str) -> Saying:
    """Put a saying into the outbox, inside a turn's transaction; returns it with its key and id. One that was put
    there already stays as it is."""
    if saying.id:
        return saying
    saying = replace(saying, key=str(uuid4()))
    # A row goes with the check it is about; one about a check that is gone already stands alone.
    row = (saying.enterprise, saying.team, saying.lane, saying.about, json.dumps(asdict(saying)), at, saying.due)
    columns = "(enterprise, team, lane, session, said, at, due)"
    cursor = conn.execute(f"INSERT INTO outbox {columns} VALUES (?,?,?,{_ITS_CHECK},?,?,?)", row)  # noqa: S608 - names of ours
    return replace(saying, id=int(cursor.lastrowid or 0))


_ITS_CHECK = "(SELECT id FROM sessions WHERE id=?)"
_PARTS = {part.name for part in fields(Saying)}


def _unsaid(conn: sqlite3.Connection, team: str) -> list[Saying]:
    """What an earlier process left, each card with the place it has had since it was drawn."""
    conn.execute("DELETE FROM installations WHERE team=?", (team,))
    rows = conn.execute(
        "SELECT outbox.id, said, sessions.card_ts FROM outbox LEFT JOIN sessions ON sessions.id = session"
        " WHERE outbox.team=? ORDER BY outbox.id",
        (team,),
    ).fetchall()
    found = []
    for row_id, said, card_ts in rows:
        parts = {name: part for name, part in json.loads(said).items() if name in _PARTS}
        saying = Saying(**parts | {"id": row_id})
        found.append(replace(saying, card_ts=card_ts or saying.card_ts))
    return found


@dataclass(slots=True)
class _Lane:
    waiting: deque[Saying] = field(default_factory=deque)
    cards: dict[str, str] = field(default_factory=dict)
    """Session -> ts of its live card: newer than what the turns that wait here saw."""
    task: "asyncio.Task[None] | None" = None


class _Deleted(Exception):
    """The check a saying is about was deleted while it waited."""


class _TooLate(Exception):
    """Slack would not take it before it is too late."""


class Outbox:
    """Says what was committed. ``push`` may be called from any thread."""

    def __init__(
        self,
        store: Store,
        client: "AsyncWebClient",
        clock: Callable[[], float] = time.time,
        *,
        model: "Phrasing | None" = None,
    ) -> None:
        self._store, self._client, self._clock, self._model = store, client, clock, model
        self._after: After = _nothing_after
        self._hourly: Callable[[], None]
        self._stopped: set[str] = set()
        self._gone: set[str] = set()
        self._lanes: dict[str, _Lane] = {}
        self._waiting = 0
        self._lock = threading.Lock()
        self._dead = ""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self, after: After, team: str, hourly: Callable[[], None]) -> None:
        """Start saying for a workspace, first what an earlier process left unsaid; ``after`` is the turn that hears
        outcomes. That its token is good means that it has the bot, whatever it said before."""
        self._after, self._hourly = after, hourly
        self._thread.start()
        self._store.turn(lambda conn: _unsaid(conn, team), self.push)

    def forget(self, checks: list[str]) -> None:
        """Say nothing more about checks that were deleted: not what waits, nor what Slack has made us repeat."""
        self._gone |= set(checks)

    def stop_team(self, team: str) -> None:
        """Say nothing more to a workspace that let go of the bot; its rows stay."""
        self._stopped.add(team)

    @property
    def full(self) -> bool:
        """Whether so much waits that new turns should be turned away until Slack takes it."""
        return self._waiting > MAX_WAITING

    @property
    def fault(self) -> str | None:
        """Why nothing can be said for now, if so."""
        if self._dead:
            return f"Slack refuses the bot token ({self._dead})"
        return "too much waits to be said to Slack" if self.full else None

    def push(self, sayings: list[Saying]) -> None:
        """Say these, in order, after their commit."""
        if not sayings:
            return
        now = stamp(self._clock)
        with self._lock:
            self._waiting += sum(saying.due <= now for saying in sayings)
        with suppress(RuntimeError):  # the loop is closed: they stay in the table for the next start
            self._loop.call_soon_threadsafe(self._enqueue, sayings)

    def close(self, seconds: float = _CLOSING_SECONDS + 5) -> None:
        """Say what waits for a few seconds, then stop; the rest stays in the table for the next start."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(seconds)
        elif not self._loop.is_closed():
            self._loop.close()

    # ---- the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        import aiohttp

        async with aiohttp.ClientSession() as session:
            self._client.session = session
            while not self._stop.is_set():
                with suppress(StoreError):
                    self._hourly()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _HOUR)
            if self._model:
                await self._model.close()  # first: nobody waits for words at a stop
            try:
                async with asyncio.timeout(_CLOSING_SECONDS):
                    while tasks := self._tasks():
                        await asyncio.wait(tasks)
            except TimeoutError:
                log.info("%d rows stay unsaid until the next start", self._waiting)
            for task in self._tasks():
                task.cancel()
            await asyncio.gather(*self._tasks(), return_exceptions=True)

    def _tasks(self) -> "list[asyncio.Task[None]]":
        return [lane.task for lane in self._lanes.values() if lane.task]

    def _enqueue(self, sayings: list[Saying]) -> None:
        for saying in sayings:
            if saying.due > stamp(self._clock):
                self._later(saying)
                continue
            lane = self._lanes.setdefault(saying.lane, _Lane())
            lane.waiting.append(saying)
            if lane.task is None:
                lane.task = self._loop.create_task(self._drain(saying.lane, lane))

    def _later(self, saying: Saying) -> None:
        """Wake up when it is due (an hour at most at a time: clocks move), and say it if its row still stands."""
        seconds = min(_HOUR, max(0.1, unix(saying.due) - self._clock()))

        def stands(conn: sqlite3.Connection) -> list[Saying]:
            row = conn.execute("SELECT 1 FROM outbox WHERE id=?", (saying.id,)).fetchone()
            return [saying] if row else []

        def wake() -> None:
            with suppress(StoreError):
                self._store.hand_in(stands, self.push)

        self._loop.call_later(seconds, wake)

    async def _drain(self, name: str, lane: _Lane) -> None:
        while lane.waiting:
            saying = lane.waiting.popleft()
            try:
                await self._say(saying, lane)
            except Exception as error:  # one saying must not stop its lane; what it was stays in the table
                # Frames and type only: the text of an exception can quote what a person wrote.
                frames = "".join(traceback.format_tb(error.__traceback__))
                what = (saying.method, saying.id, type(error).__name__, frames)
                log.error("could not say %s (outbox row %d, %s); it stays for the next start\n%s", *what)  # noqa: TRY400
            finally:
                with self._lock:
                    self._waiting -= 1
        # Nothing waits between the look at the empty lane and this: a saying that comes now makes a new one.
        self._lanes.pop(name, None)

    async def _say(self, saying: Saying, lane: _Lane) -> None:
        if self._dead or saying.team in self._stopped:
            return
        if saying.about in self._gone:
            await self._settle(saying, {}, Outcome({}, "check_deleted"))
            return
        outcome, beside = Outcome({}), list[Saying]()
        try:
            if saying.method == "card":
                said, beside = await self._card(saying, lane)
            else:
                said, outcome = {}, Outcome(await self._plain(saying))
        except _Deleted:
            said, outcome = {}, Outcome({}, "check_deleted")
        except _TooLate:
            log.info("%s came too late and is dropped", saying.method)
            said, outcome = {}, Outcome({}, "too_late")
        except SlackApiError as error:
            code = _code(error)
            if code in TOKEN_DEAD:
                if not self._dead:
                    log.error("Slack refuses the bot token (%s): nothing is sent until a start with a valid one", code)  # noqa: TRY400
                self._dead = code
                return
            heard_of = saying.after and saying.method != "card"  # then somebody says what became of it
            told = (logging.INFO, "") if heard_of else (logging.WARNING, "; dropped")
            log.log(told[0], "Slack refused %s with %s%s", saying.method, code, told[1])
            said, outcome = {}, Outcome({}, code)
        await self._settle(saying, said, outcome, beside)

    async def _settle(
        self, saying: Saying, said: dict[str, str], outcome: Outcome, beside: "list[Saying] | None" = None
    ) -> None:
        """Forget what was said, in one transaction with what its outcome leads to and what is to be done beside it."""

        def forget(conn: sqlite3.Connection) -> list[Saying]:
            if said:
                where = said | {"team": saying.team, "id": saying.session}
                place = "card_ts=:card, channel=:channel, thread_ts=:thread"
                conn.execute(f"UPDATE sessions SET {place} WHERE id=:id", where)  # noqa: S608 - no value in it
                thread = "SELECT :team, :channel, :thread, id FROM sessions WHERE id=:id"
                conn.execute(f"INSERT OR IGNORE INTO threads {thread}", where)
            conn.execute("DELETE FROM outbox WHERE id=?", (saying.id,))
            more = self._after(conn, saying, outcome) if saying.after else []
            return [write(conn, one, stamp(self._clock)) for one in [*more, *(beside or ())]]

        while True:
            try:
                await asyncio.wrap_future(self._store.hand_in(forget, self.push))
            except sqlite3.Error as error:
                log.warning("what was said could not be noted (%s); trying again", type(error).__name__)
                await asyncio.sleep(1)
            except StoreError:
                return  # closed meanwhile; said again at the next start, as the same post
            else:
                return

    # ---- one thing said

    async def _plain(self, saying: Saying) -> dict[str, Any]:
        args = saying.args
        if not saying.method:
            return {}
        if saying.until and self._clock() > saying.until:
            raise _TooLate
        if saying.method == "model":
            return await self._model.ask(args) if self._model and await self._stands(saying) else {}
        if saying.to:
            opened = await self._call("conversations.open", {"users": saying.to})
            args = args | {"channel": opened["channel"]["id"]}
        if saying.method == "chat.postMessage":
            return (await self._post(args, saying))[0]
        if saying.method == "response_url":
            return await self._respond(args["url"], args["body"])
        if saying.method == "upload":
            return await self._upload(args)
        tries = _DECORATION_TRIES if saying.lane.startswith(DECORATION) else _ATTEMPTS
        return await self._call(saying.method, args, form=saying.method in _FORMS, until=saying.until, tries=tries)

    async def _stands(self, saying: Saying) -> bool:
        """Whether its row is still there: a question to the model that was taken back is not asked."""
        look = self._store.hand_in(
            lambda conn: conn.execute("SELECT 1 FROM outbox WHERE id=?", (saying.id,)).fetchone() is not None
        )
        return await asyncio.wrap_future(look)

    async def _upload(self, args: dict[str, Any]) -> dict[str, Any]:
        """Several texts as files in one message: an address for each, its bytes, then the message."""
        from aiohttp import ClientError

        assert self._client.session is not None  # noqa: S101 - set before the first saying
        done = []
        for name, text in args["files"].items():
            data = text.encode()
            place = await self._call("files.getUploadURLExternal", {"filename": name, "length": len(data)}, form=True)
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    answer = await self._client.session.post(place["upload_url"], data=data)
                    answer.raise_for_status()
            except (ClientError, OSError, TimeoutError) as error:
                raise _refused("upload_failed", f"a file did not go through ({type(error).__name__})") from None
            done.append({"id": place["file_id"], "title": name})
        rest = {key: value for key, value in args.items() if key != "files"}
        return await self._call("files.completeUploadExternal", rest | {"files": done})

    async def _respond(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """To the address a command or click came with; it works where the bot is no member."""
        assert self._client.session is not None  # noqa: S101 - set before the first saying
        async with asyncio.timeout(CALL_SECONDS), self._client.session.post(url, json=body) as response:
            if response.status != 200:
                raise _refused("url_refused", f"it was answered with {response.status}")
        return {}

    async def _card(self, saying: Saying, lane: _Lane) -> tuple[dict[str, str], list[Saying]]:
        """Show a session's card; returns where it now is, nothing when it is where it was, and what is left to do about
        the card above it."""
        args = dict(saying.args)
        live = lane.cards.get(saying.session, saying.card_ts)
        if saying.to:
            opened = await self._call("conversations.open", {"users": saying.to})
            args["channel"] = opened["channel"]["id"]
        if live and not saying.below:
            try:
                await self._call("chat.update", args | {"ts": live})
            except SlackApiError as error:
                if _code(error) not in _CARD_GONE:
                    raise
            else:
                return {}, []
        posted, thread = await self._post(args, saying)
        lane.cards[saying.session] = ts = str(posted["ts"])
        cut = [self._cut_down(saying, args["channel"], live)] if live and saying.collapse and saying.below else []
        return {"card": ts, "channel": str(posted["channel"]), "thread": thread or ts}, cut

    async def _post(self, args: dict[str, Any], saying: Saying) -> tuple[dict[str, Any], str]:
        """Post, at top level if the thread is gone; returns Slack's answer and the thread it stands in, if one."""
        args = args | {"client_msg_id": saying.key, "unfurl_links": False, "unfurl_media": False}
        try:
            return await self._call("chat.postMessage", args, about=saying.about), args.get("thread_ts", "")
        except SlackApiError as error:
            if _code(error) not in _THREAD_GONE or "thread_ts" not in args or saying.only_there:
                raise
        args.pop("thread_ts")
        return await self._call("chat.postMessage", args), ""

    def _cut_down(self, saying: Saying, channel: str, ts: str) -> Saying:
        """The card above, cut down to a line: where it fails, that one stays as it is."""
        line = {"type": "context", "elements": [{"type": "mrkdwn", "text": saying.collapse}]}
        args = {"channel": channel, "ts": ts, "text": blocks.plain(saying.collapse), "blocks": [line]}
        return Saying(
            "chat.update", args, f"{DECORATION}{saying.lane}", session=saying.session, enterprise=saying.enterprise,
            team=saying.team, until=self._clock() + DECORATION_SECONDS,
        )  # fmt: skip

    async def _call(
        self,
        method: str,
        args: dict[str, Any],
        *,
        form: bool = False,
        about: str = "",
        until: float = 0.0,
        tries: int = _ATTEMPTS,
    ) -> dict[str, Any]:
        """One Web API call with our own retry policy; a few methods take forms only. Given up when the check it is
        ``about`` is deleted meanwhile, or when the next try would come after ``until`` (Unix seconds)."""
        from aiohttp import ClientError

        simpler = False
        for attempt in range(tries):
            if about in self._gone:
                raise _Deleted
            wait = min(60.0, 0.5 * 2 ** min(attempt, 8)) * (0.5 + random.random())  # noqa: S311 - jitter, not a secret
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    given = (args, None) if form else (None, args)
                    response = await self._client.api_call(method, params=given[0], json=given[1])
                return response.data if isinstance(response.data, dict) else {}
            except SlackApiError as error:
                code = _code(error)
                if code in _TOO_RICH and "blocks" in args and not simpler:
                    log.warning("Slack refused the blocks of %s (%s); sent again with basic ones", method, code)
                    args = args | {"blocks": blocks.basic(args["blocks"]), "text": args["text"][:2000]}
                    simpler, wait = True, 0.0
                elif not code or code in _PASSING or _status(error) >= 429:
                    wait = max(wait, _retry_after(error))
                    log.info("Slack did not take %s (%s); again in %.1f s", method, code or _status(error), wait)
                else:
                    raise
            # The last two are what the SDK makes of a body that is not what its type says.
            except (ClientError, OSError, TimeoutError, ValueError, AttributeError) as error:
                log.info("%s did not go through (%s); again in %.1f s", method, type(error).__name__, wait)
            if until and self._clock() + wait > until:
                raise _TooLate
            if until and attempt + 1 == tries:
                raise _TooLate
            await asyncio.sleep(wait)
        raise ConnectionError(f"Slack did not take {method} in {_ATTEMPTS} tries")


def _refused(code: str, words: str) -> SlackApiError:
    """What is not a Web API call and failed, as if it were one."""
    answer = SimpleNamespace(data={"error": code}, headers={}, status_code=0)
    return SlackApiError(words, answer)  # type: ignore[no-untyped-call]


def _code(error: SlackApiError) -> str:
    """Slack's error code; empty when the answer was none of Slack's. (The SDK hangs several types on the error.)"""
    data = getattr(error.response, "data", None)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))


def _retry_after(error: SlackApiError) -> float:
    given = str(error.response.headers.get("Retry-After") or "")
    return min(_HOUR, float(given)) if given.isdecimal() else 0.0  # whoever asks for more is asked again


def _nothing_after(_conn: sqlite3.Connection, _saying: Saying, _outcome: Outcome) -> list[Saying]:
    return []


def unix(at: str) -> float:
    """An ISO 8601 time in UTC as Unix seconds."""
    return datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()


def stamp(clock: Callable[[], float] = time.time) -> str:
    """Now, as rows carry it: UTC, ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock()))

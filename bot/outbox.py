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
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import blocks
from bot.store import Store

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
MAX_WAITING = 5_000
_ATTEMPTS = 90  # with at most a minute between them: an outage of an hour is sat out
_TOKEN_DEAD = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "team_access_not_granted"}
_TOO_RICH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
_CARD_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "streaming_state_conflict"}
_THREAD_GONE = {"thread_not_found", "cannot_reply_to_message"}
_PASSING = {"ratelimited", "fatal_error", "internal_error", "service_unavailable", "request_timeout", "rollup_error"}


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing to say.

    ``method`` is a Web API method, or ``card``: the session's live card, edited in place, or with ``below`` posted
    anew while the old one is cut down to the line ``collapse`` (left alone when that is empty). ``to`` is a person to open a DM with first.
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
    id: int = 0


def write(conn: sqlite3.Connection, saying: Saying, at: str) -> Saying:
    """Put a saying into the outbox, inside a turn's transaction; returns it with its id."""
    row = (saying.enterprise, saying.team, saying.lane, saying.session or None, json.dumps(asdict(saying)), at)
    cursor = conn.execute("INSERT INTO outbox (enterprise, team, lane, session, said, at) VALUES (?,?,?,?,?,?)", row)
    return _with_id(saying, int(cursor.lastrowid or 0))


def _with_id(saying: Saying, row_id: int) -> Saying:
    return Saying(**(asdict(saying) | {"id": row_id}))


def _unsaid(conn: sqlite3.Connection) -> list[Saying]:
    return [_with_id(Saying(**json.loads(row["said"])), row["id"]) for row in conn.execute("SELECT * FROM outbox ORDER BY id")]


@dataclass(slots=True)
class _Lane:
    waiting: deque[Saying] = field(default_factory=deque)
    task: "asyncio.Task[None] | None" = None


class Outbox:
    """Says what was committed. ``push`` may be called from any thread."""

    def __init__(self, store: Store, token: str, api_url: str) -> None:
        self._store = store
        self._client = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        self._lanes: dict[str, _Lane] = {}
        self._cards: dict[str, str] = {}  # session -> ts of its live card: newer than what a turn saw
        self._waiting = 0
        self._lock = threading.Lock()
        self._dead = False
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start saying, first what an earlier process left unsaid."""
        self._thread.start()
        self.push(self._store.turn(_unsaid))

    @property
    def full(self) -> bool:
        """Whether so much waits that new turns should be turned away until Slack takes it."""
        return self._waiting > MAX_WAITING

    def push(self, sayings: list[Saying]) -> None:
        """Say these, in order, after their commit."""
        if sayings:
            with self._lock:
                self._waiting += len(sayings)
            self._loop.call_soon_threadsafe(self._enqueue, sayings)

    def close(self, seconds: float = 10.0) -> None:
        """Say what waits for at most ``seconds``, then stop; the rest stays in the table for the next start."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(seconds)

    # ---- the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with aiohttp.ClientSession() as session:
            self._client.session = session
            await self._stop.wait()
            tasks = [lane.task for lane in self._lanes.values() if lane.task]
            if tasks:
                await asyncio.wait(tasks, timeout=5)
                for task in tasks:
                    task.cancel()

    def _enqueue(self, sayings: list[Saying]) -> None:
        for saying in sayings:
            lane = self._lanes.setdefault(saying.lane, _Lane())
            lane.waiting.append(saying)
            if lane.task is None:
                lane.task = self._loop.create_task(self._drain(saying.lane, lane))

    async def _drain(self, name: str, lane: _Lane) -> None:
        while lane.waiting:
            saying = lane.waiting.popleft()
            with self._lock:
                self._waiting -= 1
            try:
                await self._say(saying)
            except Exception:  # one saying must not stop its lane; what it was stays in the table
                log.exception("could not say %s (outbox row %s); it stays for the next start", saying.method, saying.id)
        lane.task = None
        self._lanes.pop(name, None)

    async def _say(self, saying: Saying) -> None:
        if self._dead:
            return
        try:
            said = await (self._card(saying) if saying.method == "card" else self._plain(saying))
        except SlackApiError as error:
            code = _code(error)
            if code in _TOKEN_DEAD:
                self._dead = True
                log.error("Slack refused the bot token (%s): nothing is sent until a start with a valid one", code)
                return
            log.warning("Slack refused %s with %s; dropped", saying.method, code)
            said = {}
        await self._settle(saying, said)

    async def _settle(self, saying: Saying, said: dict[str, str]) -> None:
        def forget(conn: sqlite3.Connection) -> None:
            if said:
                where = said | {"team": saying.team}
                conn.execute("UPDATE sessions SET card_ts=:card, channel=:channel, thread_ts=:thread WHERE id=:session", where)
                conn.execute("INSERT OR IGNORE INTO threads VALUES (:team, :channel, :thread, :session)", where)
            conn.execute("DELETE FROM outbox WHERE id=?", (saying.id,))

        await asyncio.to_thread(self._store.turn, forget)

    # ---- one thing said

    async def _plain(self, saying: Saying) -> dict[str, str]:
        await self._call(saying.method, saying.args, saying.id)
        return {}

    async def _card(self, saying: Saying) -> dict[str, str]:
        """Show a session's card; returns where it now is."""
        args = dict(saying.args)
        live = self._cards.get(saying.session, saying.card_ts)
        if saying.to:
            opened = await self._call("conversations.open", {"users": saying.to}, saying.id)
            args["channel"] = opened["channel"]["id"]
        if live and not saying.below:
            try:
                await self._call("chat.update", args | {"ts": live}, saying.id)
                return {}
            except SlackApiError as error:
                if _code(error) not in _CARD_GONE:
                    raise
        try:
            posted = await self._call("chat.postMessage", args, saying.id)
        except SlackApiError as error:
            if _code(error) not in _THREAD_GONE:
                raise
            args.pop("thread_ts", None)
            posted = await self._call("chat.postMessage", args, saying.id)
        ts, channel = str(posted["ts"]), str(posted["channel"])
        self._cards[saying.session] = ts
        if live and saying.collapse and saying.below:
            await self._collapse(channel, live, saying)
        return {"session": saying.session, "card": ts, "channel": channel, "thread": args.get("thread_ts") or ts}

    async def _collapse(self, channel: str, ts: str, saying: Saying) -> None:
        line = {"type": "context", "elements": [{"type": "mrkdwn", "text": saying.collapse}]}
        args = {"channel": channel, "ts": ts, "text": blocks.plain(saying.collapse), "blocks": [line]}
        try:
            await self._call("chat.update", args, saying.id)
        except SlackApiError as error:
            log.info("the card above could not be cut down (%s); it stays as it is", _code(error))

    async def _call(self, method: str, args: dict[str, Any], row_id: int) -> dict[str, Any]:
        """One Web API call with our own retry policy; ``client_msg_id`` makes a repeated post the same post."""
        if method == "chat.postMessage":
            args = args | {"client_msg_id": str(uuid5(NAMESPACE_URL, f"outbox:{row_id}")), "unfurl_links": False,
                           "unfurl_media": False}  # fmt: skip
        simpler = False
        for attempt in range(_ATTEMPTS):
            wait = min(60.0, 0.5 * 2 ** min(attempt, 8)) * (0.5 + random.random())  # noqa: S311 - jitter, not a secret
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    response = await self._client.api_call(method, json=args)
                return dict(response.data)
            except SlackApiError as error:
                code = _code(error)
                if code in _TOO_RICH and "blocks" in args and not simpler:
                    log.warning("Slack refused the blocks of %s (%s); sent again with basic ones", method, code)
                    args = args | {"blocks": blocks.basic(args["blocks"]), "text": args["text"][:2000]}
                    simpler, wait = True, 0.0
                elif not code or code in _PASSING or error.response.status_code >= 429:
                    wait = max(wait, float(error.response.headers.get("Retry-After") or 0))
                    log.info("Slack asked for patience with %s (%s); again in %.1f s", method, code, wait)
                else:
                    raise
            except (aiohttp.ClientError, TimeoutError, json.JSONDecodeError, OSError) as error:
                log.info("%s did not go through (%s); again in %.1f s", method, type(error).__name__, wait)
            await asyncio.sleep(wait)
        raise ConnectionError(f"Slack did not take {method} in {_ATTEMPTS} tries")


def _code(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def stamp(clock: Callable[[], float] = time.time) -> str:
    """Now, as rows carry it: UTC, ISO 8601, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock()))

"""Brings things to the bot: over Socket Mode if it is connected, else as signed HTTP requests; and again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.local.links import NOBODY, Answer, Links
from bot.local.payloads import addressed
from bot.local.workspace import Delivery, Workspace

Payload = dict[str, Any]
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


class Courier:
    """Delivers events (with retries) and interactions (once). Lives on the server's loop."""

    def __init__(
        self,
        workspace: Workspace,
        links: Links,
        signing_secret: str,
        bot_url: str | None,
        ack_timeout: float,
        retry_waits: tuple[float, ...],
    ) -> None:
        self.bot_url = bot_url
        self.in_flight = 0  # changed under the workspace's lock, so that tests can wait for none
        self._workspace = workspace
        self._links = links
        self._secret = signing_secret
        self._ack_timeout = ack_timeout
        self._retry_waits = retry_waits
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._patience: set[asyncio.Timeout] = set()  # of what is not acknowledged yet
        # No proxy from the environment, and a fresh connection each time: a restarted bot is a new bot.
        self._http = aiohttp.ClientSession(trust_env=False, connector=aiohttp.TCPConnector(force_close=True, limit=0))

    def post(self, payload: Payload, said: tuple[str, str] | None = None) -> None:
        """Deliver an event in the background. `said` is the message to mark if it never arrives. Any thread."""
        with self._workspace.changed:
            self.in_flight += 1
        self._loop.call_soon_threadsafe(self._begin, self._addressed(payload), said)

    async def bring(
        self,
        kind: str,
        payload: Payload,
        *,
        retry: tuple[int, str] | None = None,
        secret: str | None = None,
        timestamp: int | None = None,
    ) -> Answer:
        """Deliver anything once, and log it. `secret` and `timestamp` forge the signature, for tests."""
        payload = self._addressed(payload)
        with self._workspace.changed:
            self.in_flight += 1
        try:
            answer = await self._attempt(kind, payload, retry, secret, timestamp)
            self._workspace.log(Delivery(kind, payload, 1, answer.status, answer.body))
            return answer
        finally:
            self._landed()

    def give_up(self) -> None:
        """Wait no longer for what is not acknowledged by now. Any thread."""
        self._loop.call_soon_threadsafe(self._run_out)

    async def watch(self, seconds: float) -> None:
        """Keep looking whether the bot is there, for the pages to show. Only asks while a page is open."""
        while True:
            if self._workspace.feeds:
                await self.look()
            await asyncio.sleep(seconds)

    async def look(self) -> None:
        """See whether the bot is there now."""
        if not self._links.any:
            self._see(await self._listens())

    async def close(self) -> None:
        """Drop what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()

    def _addressed(self, payload: Payload) -> Payload:
        its = self._workspace
        return addressed(payload, its.team, its.enterprise, whole=its.org_wide)

    def _begin(self, payload: Payload, said: tuple[str, str] | None) -> None:
        if self._http.closed:
            self._landed()
            return
        task = self._loop.create_task(self._deliver(payload, said))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, payload: Payload, said: tuple[str, str] | None) -> None:
        try:
            answer, attempts = await self._attempt("events_api", payload), 1
            while not answer.ok and attempts <= len(self._retry_waits) and answer.reason != "no_retry":
                await self._links.arrival(self._retry_waits[attempts - 1])
                answer = await self._attempt("events_api", payload, (attempts, answer.reason))
                attempts += 1
            self._workspace.log(Delivery("events_api", payload, attempts, answer.status, answer.body))
            if said is not None and not answer.ok:
                self._workspace.trouble(*said, undelivered(answer.status))
        finally:
            self._landed()

    def _run_out(self) -> None:
        for patience in self._patience:
            if not patience.expired():
                patience.reschedule(self._loop.time())

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        async with asyncio.timeout(self._ack_timeout) as patience:
            self._patience.add(patience)
            try:
                yield
            finally:
                self._patience.discard(patience)

    def _landed(self) -> None:
        with self._workspace.changed:
            self.in_flight -= 1
            self._workspace.changed.notify_all()

    async def _attempt(
        self,
        kind: str,
        payload: Payload,
        retry: tuple[int, str] | None = None,
        secret: str | None = None,
        timestamp: int | None = None,
    ) -> Answer:
        if self._links.any:
            try:
                async with self._in_time():
                    return await self._links.send(kind, payload, retry)
            except TimeoutError:
                return Answer(408, reason="timeout")
        if self.bot_url is None:
            return NOBODY
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content_type = urlencode(form), "application/x-www-form-urlencoded"
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT}
        headers |= signature(secret or self._secret, body, timestamp)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return await self._request(self.bot_url, body, headers)

    async def _request(self, url: str, body: str, headers: dict[str, str]) -> Answer:
        try:
            async with (
                self._in_time(),
                self._http.post(url, data=body.encode(), headers=headers, allow_redirects=False) as got,
            ):
                text = await got.text()
        except TimeoutError:
            return Answer(408, reason="http_timeout")
        except aiohttp.ClientConnectorError:
            self._see(up=False)
            return NOBODY
        except aiohttp.ClientError:
            return Answer(0, reason="http_error")
        self._see(up=True)
        reason = "" if got.status == 200 else "http_error"
        if got.status != 200 and got.headers.get("X-Slack-No-Retry") == "1":
            reason = "no_retry"
        return Answer(got.status, _body(text, got.content_type), reason)

    async def _listens(self) -> bool:
        if self.bot_url is None:
            return False
        to = urlsplit(self.bot_url)
        try:
            async with asyncio.timeout(1):
                _, writer = await asyncio.open_connection(to.hostname, to.port or 80)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    def _see(self, up: bool) -> None:
        if self._workspace.bot_up is not up:
            self._workspace.bot_up = up
            self._workspace.tell(kind="bot", up=up)


def signature(secret: str, body: str, timestamp: int | None = None) -> dict[str, str]:
    """The headers that prove a request comes from Slack."""
    at = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


def undelivered(status: int) -> str:
    """What the page says about a typed message the bot never took."""
    match status:
        case 0:
            return "The bot is not connected, so it did not get this. Send it again when it is."
        case 408:
            return "The bot did not answer in 3 seconds, four times. Send this again."
        case 404:
            return "The bot does not listen to this kind of message (404)."
        case _:
            return f"The bot answered with an error ({status}). Look at its log, then send this again."


def _body(text: str, content_type: str) -> dict[str, Any]:
    if content_type == "application/json":
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            return parsed
    return {"text": text} if text else {}

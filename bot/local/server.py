"""The web server: Slack's addresses for the bot and the page's for the browser, on loopback only."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.local.acts import Acts, Offered
from bot.local.courier import Courier
from bot.local.dialogs import Dialogs
from bot.local.faults import Fault
from bot.local.files import Files
from bot.local.links import Links
from bot.local.oauth import Slack
from bot.local.pageapi import PageApi
from bot.local.refusals import Refused
from bot.local.screen import Screen
from bot.local.views import Views
from bot.local.webapi import WebApi, decoded
from bot.local.workspace import Call, Workspace

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MOST_BYTES = 4 * 2**20
WATCH_SECONDS = 2.0
PLAIN = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
READ = PLAIN | {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
HTML = "<!doctype html><title>Service unavailable</title><p>The service is unavailable.</p>"

pause = asyncio.sleep  # of a scripted delay; tests put a clock of their own here
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Setup:
    """How the server was asked to be."""

    signing_secret: str
    bot_token: str
    app_token: str
    offered: Offered
    ack_timeout: float
    retry_waits: tuple[float, ...]
    own_events: bool
    slack: Slack


class Server:
    """One running server. Made and used on its own loop; what has no underscore is for the door."""

    def __init__(
        self, workspace: Workspace, setup: Setup, url: str, bot_url: str | None, pages: Mapping[str, str]
    ) -> None:
        self.workspace, self._pages = workspace, pages
        self.slack, self._bot_token = setup.slack, setup.bot_token
        self.links = Links(workspace)
        self.courier = Courier(
            workspace, self.links, setup.signing_secret, bot_url, setup.ack_timeout, setup.retry_waits
        )
        self.views = Views(workspace)
        self.acts = Acts(workspace, self.courier, lambda key: f"{url}response/{key}", setup.offered)
        self.dialogs = Dialogs(workspace, self.views, self.courier)
        self._files = Files(workspace, url)
        screen = Screen(workspace, self.views, setup.offered)
        self._page = PageApi(workspace, self.acts, self.dialogs, self.views, screen, self.courier)
        tokens = (setup.bot_token, setup.app_token)
        self._api = WebApi(workspace, self.views, self._files, self.courier, url, tokens, setup.own_events)
        app = web.Application(middlewares=[_loopback_only], client_max_size=MOST_BYTES)
        app.add_routes(self._page.routes())
        app.add_routes(self.slack.routes())
        app.add_routes(
            [
                web.post("/api/{method}", self._call),
                web.get("/api/{method}", self._call),
                web.post("/response/{key}", self._respond),
                web.post("/upload/{key}", self._upload),
                web.get("/file/{id}", self._download),
                web.get("/link/", self.links.serve),
                web.get("/read/{name}", self._read),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        self._site: web.SockSite | None = None
        self._watch: asyncio.Task[None] | None = None
        self.hanging = 0

    async def start(self, listening: socket.socket) -> None:
        """Serve on a socket that listens already."""
        await self._runner.setup()
        self._site = web.SockSite(self._runner, listening)
        await self._site.start()
        self._watch = asyncio.create_task(self.courier.watch(WATCH_SECONDS))

    async def stop(self) -> None:
        """End every connection and close the server."""
        if self._watch is not None:
            self._watch.cancel()
        self._page.close()
        if self._site is not None:
            await self._site.stop()  # first: a bot whose line is closed comes back at once
        await self.links.close()
        await self._runner.cleanup()
        await self.courier.close()

    async def _read(self, request: web.Request) -> web.StreamResponse:
        page = self._pages.get(request.match_info["name"])
        if page is None:
            raise web.HTTPNotFound
        return web.Response(text=page, content_type="text/html", charset="utf-8", headers=READ)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            args, token = await _arguments(request)
            if method == "oauth.v2.access":
                return await self._access(request, args)
            there = self.slack.whose(token)
        except Refused as refused:
            return web.json_response(refused.body())
        if there:  # each is asked at one address, whatever workspace its token is of
            return await there(request, method, args)
        return await self.called(request, method, args, token)

    async def _access(self, request: web.Request, args: dict[str, Any]) -> web.StreamResponse:
        fault = self.workspace.faults.take("oauth.v2.access") or {}
        said: dict[str, Any] = {}
        if not fault or fault.get("reset") == "after":
            said = {"ok": True} | self.slack.access(args, request.headers.get("Authorization", ""))
        if fault:
            return await self._wrong(request, "oauth.v2.access", {}, fault)
        self.workspace.log(Call("oauth.v2.access", {}, {"ok": True}))  # neither a code nor a token
        return web.json_response(said)

    async def called(
        self, request: web.Request, method: str, args: dict[str, Any], token: str | None = None
    ) -> web.StreamResponse:
        """Answer a call with a token of this workspace."""
        token = self._bot_token if token is None and request.headers.get("Authorization") else token
        fault = self.workspace.faults.take(method) or {}
        if "delay" in fault:
            await pause(fault["delay"])
        while "until" in fault and not fault["until"].is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.005)  # an event of a thread, which no task can wait for
        if set(fault) - {"delay", "until"}:
            if fault.get("reset") == "after":
                self._api.call(method, args, token)
            return await self._wrong(request, method, args, fault)
        reply = self._api.call(method, args, token)
        self.workspace.log(Call(method, _shown(args), reply))
        headers = {"x-oauth-scopes": ",".join(sorted(self.workspace.scopes))} if method == "auth.test" else {}
        return web.json_response(reply, headers=headers)

    async def _wrong(self, request: web.Request, method: str, args: dict[str, Any], fault: Fault) -> web.StreamResponse:
        body: dict[str, Any] | None = None
        status, headers = fault.get("status", 200), {}
        if "error" in fault:
            body = {"ok": False, "error": fault["error"]}
        elif status == 429:
            body = {"ok": False, "error": "ratelimited"}
            headers["Retry-After"] = str(fault.get("retry_after", 1))
        self.workspace.log(Call(method, _shown(args), body, 0 if {"reset", "hang"} & set(fault) else status))
        if "reset" in fault and request.transport is not None:
            request.transport.abort()
        if fault.get("hang"):
            self.hanging += 1
            while not (request.transport is None or request.transport.is_closing()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # nobody tells of a caller that hangs up
            self.hanging -= 1
        if fault.get("html"):
            status = fault.get("status", 503)
            return web.Response(status=status, text=HTML, content_type="text/html")
        if body is None:
            return web.Response(status=status, text="")
        return web.json_response(body, status=status, headers=headers)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        fault = self.workspace.faults.take("response_url") or {}
        if fault and fault.get("reset") != "after":
            return await self._wrong(request, "response_url", {}, fault)
        try:
            body = decoded(json.loads((await request.text()) or "{}"))
            self.acts.respond(request.match_info["key"], body)
        except Refused as refused:
            gone = refused.code in ("used_url", "expired_url", "invalid_url")
            return web.json_response(refused.body(), status=404 if gone else 400)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        if fault:
            return await self._wrong(request, "response_url", {}, fault)
        self.workspace.log(Call("response_url", body, {"ok": True}))
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if fault := self.workspace.faults.take("upload"):
            return await self._wrong(request, "upload", {}, fault)
        if not self._files.take(request.match_info["key"], body):
            return web.Response(status=404, text="no such upload, or too much of it")
        return web.Response(text=f"OK - {len(body)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            name, body = self.workspace.file(request.match_info["id"])
        except Refused:
            return web.Response(status=404, text="This file is gone.\n")
        # Whatever a bot uploads is saved, never shown: it would run on the page's own address.
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", **PLAIN}
        return web.Response(body=body, content_type="application/octet-stream", headers=headers)


@web.middleware
async def _loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A name that somebody else's DNS points at 127.0.0.1 must not reach what people typed here.
    host = request.host
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in LOOPBACK:
        return web.Response(status=403, text="This server answers to 127.0.0.1 and localhost only.\n")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return web.Response(status=403, text="This server answers to its own page only.\n")
    return await handler(request)


async def _arguments(request: web.Request) -> tuple[dict[str, Any], str | None]:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        args |= body
    elif request.method == "POST":
        args |= dict(await request.post())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return args, (token if scheme == "Bearer" else args.get("token"))


def _shown(args: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in args.items() if key != "token"}
    try:
        return decoded(shown)
    except Refused:
        return shown

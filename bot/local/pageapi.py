"""What the page in the browser talks to: the conversation as JSON, live changes, and what a person does."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.local.acts import Acts, unanswered
from bot.local.courier import Courier
from bot.local.dialogs import Dialogs
from bot.local.elements import Settings
from bot.local.forms import Incomplete
from bot.local.links import Answer
from bot.local.people import PEOPLE
from bot.local.refusals import Refused
from bot.local.screen import Screen
from bot.local.views import Views
from bot.local.workspace import Change, Workspace

HERE = Path(__file__).parent
FILES = {
    "page.html": "text/html",
    **{path.name: "text/css" for path in HERE.glob("*.css")},
    **{path.name: "text/javascript" for path in HERE.glob("*.js")},
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HEARTBEAT = 15.0


class PageApi:
    """The routes under `/` and `/api.local/`."""

    def __init__(
        self, workspace: Workspace, acts: Acts, dialogs: Dialogs, views: Views, screen: Screen, courier: Courier
    ) -> None:
        self._workspace = workspace
        self._courier = courier
        self._acts = acts
        self._dialogs = dialogs
        self._views = views
        self._screen = screen
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Everything the page asks for."""
        return [
            web.get("/", self._file),
            web.get("/assets/{name}", self._file),
            web.get("/api.local/state", self._state),
            web.get("/api.local/changes", self._changes),
            web.post("/api.local/say", self._act(self._say)),
            web.post("/api.local/click", self._act(self._click)),
            web.post("/api.local/command", self._act(self._command)),
            web.post("/api.local/edit", self._act(self._edit)),
            web.post("/api.local/delete", self._act(self._delete)),
            web.post("/api.local/open", self._act(self._open)),
            web.post("/api.local/use", self._act(self._use)),
            web.post("/api.local/submit", self._act(self._submit)),
            web.post("/api.local/close", self._act(self._close)),
            web.post("/api.local/shortcut", self._act(self._shortcut)),
        ]

    def close(self) -> None:
        """Let the open streams of changes end."""
        self._closing.set()

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "page.html")
        if name not in FILES:
            raise web.HTTPNotFound
        text = (HERE / name).read_text("utf-8")
        if name == "page.html":  # whose name is in its heading and title
            text = text.replace("Local workspace", html.escape(self._workspace.name))
        return web.Response(text=text, content_type=FILES[name], charset="utf-8", headers=HEADERS)

    async def _state(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("as") not in PEOPLE:
            return web.Response(status=404, text="no such person\n")
        return web.json_response(self._screen.state(_user(request.query)))

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("as") not in PEOPLE:
            return web.Response(status=404, text="no such person\n")
        user = _user(request.query)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        await self._courier.look()
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Change]()

        def feed(change: Change) -> None:
            if self._screen.concerns(user, change):
                loop.call_soon_threadsafe(queue.put_nowait, change)

        with self._workspace.changed:
            self._workspace.feeds.append(feed)
            first = self._screen.state(user)  # under the same lock: nothing is missed, nothing comes twice
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            # `retry` is how soon the browser comes back after the connection breaks.
            await stream.write(f"retry: 1000\ndata: {json.dumps(first)}\n\n".encode())
            while not closing.done():
                change = asyncio.ensure_future(queue.get())
                done, _ = await asyncio.wait({change, closing}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                if change in done:
                    await stream.write(f"data: {json.dumps(change.result())}\n\n".encode())
                else:
                    change.cancel()
                    await stream.write(b": still here\n\n")
        except ConnectionError:
            pass  # the browser has gone
        finally:
            closing.cancel()
            with self._workspace.changed:
                self._workspace.feeds.remove(feed)
        return stream

    def _act(
        self, act: Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            # A form or image on some other site can reach loopback, but cannot set this header.
            if request.headers.get("X-Local-Page") != "1":
                return web.json_response({"ok": False, "say": "Only the page may do this."}, status=403)
            try:
                body = _fields(await request.json())
                return web.json_response({"ok": True, **await act(_user(body), body)})
            except ValueError:
                return web.json_response({"ok": False, "say": "That is nothing this page sends."}, status=400)
            except Refused as refused:
                words = REFUSED.get(refused.code, f"That was refused: {refused.code}.")
                return web.json_response({"ok": False, "say": words})
            except LookupError as missing:
                return web.json_response({"ok": False, "say": str(missing.args[0])})

        return handler

    async def _say(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        text, key = _typed(body), body.get("client_msg_id")
        return {"ts": self._acts.say(user, text, body.get("thread_ts"), body.get("channel"), key)}

    async def _click(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        ts, action_id, channel = str(body["ts"]), str(body["action_id"]), body.get("channel")
        act = self._acts.click(user, ts, action_id, channel, body.get("option"), body.get("block_id"), _settings(body))
        return _told(await act)

    async def _use(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        view_id, action_id, option = str(body["view_id"]), str(body["action_id"]), body.get("option")
        act = self._dialogs.click(user, view_id, action_id, option, body.get("block_id"), _settings(body))
        return _told(await act, "button", "Press the button")

    async def _submit(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._dialogs.submit(user, _settings(body), str(body["view_id"]))
        except Incomplete as incomplete:
            return {"ok": False, "errors": incomplete.errors}
        if answer.ok and answer.body.get("response_action") == "errors":
            return {"ok": False, "errors": answer.body["errors"]}
        if answer.status == 422:
            return {"ok": False, "say": f"The bot answered with something Slack would refuse: {answer.reason}"}
        return _told(answer, "form", "Send it")

    async def _close(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        self._views.close(user, str(body["view_id"]))
        return {}

    async def _command(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        name, text = str(body["command"]), str(body.get("text") or "")
        return _told(await self._acts.command(user, name, text, body.get("channel")))

    async def _shortcut(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        callback_id, channel = str(body["callback_id"]), body.get("channel")
        if body.get("ts"):
            act = self._acts.message_shortcut(user, callback_id, str(channel), str(body["ts"]))
        else:
            act = self._acts.shortcut(user, callback_id, channel)
        return _told(await act, "shortcut", "Choose it")

    async def _edit(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        self._acts.edit(user, str(body["ts"]), _typed(body), body.get("channel"))
        return {}

    async def _delete(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        self._acts.delete(user, str(body["ts"]), body.get("channel"))
        return {}

    async def _open(self, user: str, body: dict[str, Any]) -> dict[str, Any]:
        tab = "home" if body.get("tab") == "home" else "messages"
        self._acts.open(user, tab, self._screen.home(user) if tab == "home" else None)
        return {}


REFUSED = {
    "no_text": "There is nothing to send yet. Type something first.",
    "message_not_found": "That message is gone. Reload the page.",
    "thread_not_found": "That conversation is gone. Start a new one.",
    "cant_update_message": "You can change only your own messages.",
    "cant_delete_message": "You can delete only your own messages.",
    "is_archived": "This channel is archived. Nobody can write here any more.",
}


def _typed(body: dict[str, Any]) -> str:
    text = str(body.get("text") or "").strip()
    if not text:
        raise Refused("no_text")
    return text


def _fields(body: Any) -> dict[str, Any]:
    """What the page sends: texts, and in a list what a person has set.

    Raises:
        ValueError: it is nothing of the kind.
    """
    rows = body.get("state", []) if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and _SET.issubset(row) for row in rows):
        raise ValueError("nothing the page sends")
    texts = [value for name, value in body.items() if name != "state"]
    for row in rows:
        value = row["value"]
        texts += [row["block_id"], row["action_id"], *(value if isinstance(value, list) else [value])]
    if not all(text is None or isinstance(text, str | bool) for text in texts):
        raise ValueError("nothing the page sends")
    return dict(body)


_SET = {"block_id", "action_id", "value"}


def _settings(body: dict[str, Any]) -> Settings:
    return {(s["block_id"], s["action_id"]): s["value"] for s in body.get("state", [])}


def _told(answer: Answer, what: str = "", again: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"ok": answer.ok, "status": answer.status}
    if what and not answer.ok:  # of the others the workspace tells the page by itself
        told["say"] = unanswered(answer.status, what, again)
    return told


def _user(fields: Any) -> str:
    user = fields.get("as") if hasattr(fields, "get") else None
    if user not in PEOPLE:
        raise LookupError(f"no such person: {user}")
    return str(user)

"""Socket Mode: the websocket connections of the bot, and what is sent over them."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.local.people import APP
from bot.local.workspace import Workspace


@dataclass(frozen=True)
class Answer:
    """What the bot said to one delivery: an HTTP status (0: nobody there, 408: not in time) and a body."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the delivery was acknowledged."""
        return self.status == 200


NOBODY = Answer(0, reason="connection_failed")


class Links:
    """Open websockets to the bot. Every payload goes to one of them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Answer]]] = {}
        self._arrival = asyncio.Event()
        self._closed = False
        self.pieces = 1
        """In how many frames an envelope is sent, as a proxy on the way may do it."""

    @property
    def any(self) -> bool:
        """Whether somebody is connected."""
        return bool(self._open)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its hello to its end."""
        if self._closed:
            return web.Response(status=503, text="this workspace is closing")
        with self._workspace.changed:
            if not self._workspace.tickets.use_socket(request.query.get("ticket", "")):
                return web.Response(status=403, text="this ticket was used before, or never handed out")
        socket = web.WebSocketResponse(max_msg_size=2**22)
        await socket.prepare(request)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._open) + 1,
                "connection_info": {"app_id": APP},
                "debug_info": {"host": "local", "started": time.strftime("%Y-%m-%d %H:%M:%S")},
            }
        )
        if self._workspace.faults.take("socket"):  # a line that is open and says nothing, nor answers a ping
            while not (self._closed or request.transport is None or request.transport.is_closing()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            return socket
        self._open.append(socket)
        self._arrival.set()
        self._up()
        try:
            async for received in socket:
                if received.type is WSMsgType.TEXT:
                    self._acknowledge(received.data)
        finally:
            self._open.remove(socket)
            for link, future in list(self._waiting.values()):
                if link is socket and not future.done():
                    future.set_result(NOBODY)
            if not self._open:
                self._arrival.clear()
            self._up()
        return socket

    async def send(self, kind: str, payload: dict[str, Any], retry: tuple[int, str] | None = None) -> Answer:
        """Send one envelope over a random connection and wait for its acknowledgement, however long that takes."""
        link = secrets.choice(self._open)
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope["retry_attempt"], envelope["retry_reason"] = retry or (0, "")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = (link, future)
        try:
            await self._hand_over(link, json.dumps(envelope))
            return await future
        except ConnectionError:
            return NOBODY
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def _hand_over(self, link: web.WebSocketResponse, text: str) -> None:
        transport = link._req.transport if self.pieces > 1 and link._req else None  # noqa: SLF001 - below the frames
        if transport is None:
            await link.send_str(text)
            return
        data = text.encode()
        size = -(-len(data) // self.pieces)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            first, last = start == 0, start + size >= len(data)
            head = bytes([(0x80 if last else 0) | (1 if first else 0), 127]) + len(piece).to_bytes(8, "big")
            transport.write(head + piece)

    async def arrival(self, seconds: float) -> None:
        """Wait this long, or until somebody connects if nobody is."""
        if self._open:
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._arrival.wait()
        except TimeoutError:
            pass

    async def refresh(self) -> None:
        """Ask every connection to come again, as Slack does from time to time, and close it."""
        for link in list(self._open):
            await link.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await link.close()

    async def close(self) -> None:
        """Close every connection, and take no new one."""
        self._closed = True
        for link in list(self._open):
            await link.close()

    def _acknowledge(self, data: str) -> None:
        try:
            ack = json.loads(data)
        except ValueError:
            return
        _, future = self._waiting.get(str(ack.get("envelope_id")), (None, None))
        if future is not None and not future.done():
            future.set_result(Answer(200, ack.get("payload") or {}))

    def _up(self) -> None:
        self._workspace.bot_up = bool(self._open)
        self._workspace.tell(kind="bot", up=self._workspace.bot_up)

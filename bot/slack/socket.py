"""The line to Slack in Socket Mode: a WebSocket on a loop of its own, whose envelopes become turns in their order."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot.delivery.telemetry import Metrics
from bot.delivery.turn import PATIENCE_SECONDS, waited

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

PING_SECONDS = 4.0
"""A line that says nothing is asked so often, given up when it does not answer for half of it, and opened anew after as
long again: silence is noticed within ten seconds (the SDK's own figure makes it forty)."""
_HANG_UP_SECONDS = 5.0
_DIAL_SECONDS = 10.0


def connect(app: App, app_token: str, url: str, client: "AsyncWebClient", metrics: Metrics) -> Callable[[], None]:
    """Connect to the address that apps.connections.open gave; what is returned ends it, once what was heard is
    acknowledged."""
    loop = asyncio.new_event_loop()
    connected = threading.Event()
    thread = threading.Thread(target=_run, args=(loop,), name="socket", daemon=True)
    thread.start()
    line = asyncio.run_coroutine_threadsafe(_open(app, app_token, url, client, connected, metrics), loop).result()
    if not connected.wait(_DIAL_SECONDS):
        log.warning("the line to Slack is not open yet; it is dialled until it is")

    def end() -> None:
        ending = asyncio.run_coroutine_threadsafe(_hang_up(*line), loop)
        with suppress(TimeoutError):  # a line that says nothing more: a stop does not wait with it
            ending.result(_HANG_UP_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_HANG_UP_SECONDS)

    return end


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


async def _open(
    app: App, app_token: str, url: str, client: "AsyncWebClient", connected: threading.Event, metrics: Metrics
) -> tuple[Any, "set[asyncio.Task[None]]"]:
    from slack_bolt.adapter.socket_mode.async_internals import send_async_response
    from slack_bolt.adapter.socket_mode.internals import run_bolt_app
    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    # One at a time keeps a person's messages in order, and a turn that waits for the disk does not silence the line.
    turns = ThreadPoolExecutor(1, thread_name_prefix="turns")
    under_way: set[asyncio.Task[None]] = set()
    line = SocketModeClient(
        app_token, logging.getLogger("slack_sdk.socket_mode"), client, ping_interval=PING_SECONDS, proxy=client.proxy
    )
    line.proxy = client.proxy  # given none, it takes one from the environment

    async def take(_line: Any, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the SDK makes one an envelope
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        begun = perf_counter()

        def turn() -> Any:
            since = perf_counter() - begun
            if since > PATIENCE_SECONDS:
                return None
            with waited(since):
                return run_bolt_app(app, request)

        answer = await asyncio.get_running_loop().run_in_executor(turns, turn)
        metrics.acked(answer.status if answer else 503, perf_counter() - begun)
        if answer:
            await send_async_response(line, request, answer, 0.0)
        else:  # not acknowledged: Slack sends an event again
            metrics.refused("front")

    line.socket_mode_request_listeners.append(take)
    line.aiohttp_client_session = _Dialled(line, line.aiohttp_client_session)  # type: ignore[assignment]
    line.wss_uri = url

    async def dial() -> None:
        await line.connect()  # type: ignore[no-untyped-call]
        connected.set()

    line.dialling = asyncio.ensure_future(dial())  # type: ignore[attr-defined]
    return line, under_way


class _Dialled:
    """The SDK's session, whose addresses are used once: by itself it would dial one that has died for ever."""

    def __init__(self, line: Any, session: Any) -> None:
        self._line, self._session = line, session

    @property
    def closed(self) -> bool:
        return bool(self._session.closed)

    async def ws_connect(self, *args: Any, **more: Any) -> Any:
        self._line.wss_uri = None  # after this dial a new one is asked for, however it ends
        async with asyncio.timeout(_DIAL_SECONDS):
            return await self._session.ws_connect(*args, **more)

    async def close(self) -> None:
        await self._session.close()


async def _hang_up(line: Any, under_way: "set[asyncio.Task[None]]") -> None:
    line.auto_reconnect_enabled = line.default_auto_reconnect_enabled = False
    for task in (line.message_receiver, line.current_session_monitor):
        if task:
            task.cancel()
    if under_way:
        await asyncio.wait(under_way)
    await line.close()

"""A small Slack workspace on this computer, for trying the bot with no Slack account, and for tests.

    slack = LocalSlack(port=8765)
    slack.bot_url = "http://127.0.0.1:3000/slack/events"   # or let the bot connect in Socket Mode
    slack.start()                                          # then open slack.url in a browser

The bot reaches it as `WebClient(token=slack.bot_token, base_url=slack.api_url)`. In here `workspace` is the
state, `kit` what is emulated of Block Kit, `refusals` what is refused, `webapi` what the bot calls, `courier` and
`links` how the bot is reached, `acts` and `dialogs` what people do, `pageapi` and the `page.*` files the page.
Nothing in it knows the bot but for the names of its commands and shortcuts.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.local import payloads
from bot.local.acts import Offered
from bot.local.faults import Fault, Faults
from bot.local.forms import Incomplete
from bot.local.links import Answer
from bot.local.oauth import Slack
from bot.local.people import BOT_ID, BOT_NAME, BOT_USER, TEAM
from bot.local.scopes import GRANTED
from bot.local.server import Server, Setup
from bot.local.workspace import Call, Delivery, Workspace

__all__ = ["Answer", "Call", "Delivery", "Fault", "Faults", "Incomplete", "LocalSlack", "NotAcknowledged"]

T = TypeVar("T")
COMMANDS = ("/finetune",)
SHORTCUTS = {"start_check": "Should we fine-tune?"}
MESSAGE_SHORTCUTS = {"check_message": "Check this proposal"}


class NotAcknowledged(Exception):
    """The bot did not take a command or a form in time, answered with an error or with what Slack would refuse."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status} ({answer.reason or 'no reason'})")
        self.answer = answer


class LocalSlack:
    """A workspace with a bot and two people, `U0ADA` and `U0LIN`. Every method may be called from any thread."""

    bot_user_id, bot_id, bot_name = BOT_USER, BOT_ID, BOT_NAME

    def __init__(
        self,
        port: int = 0,
        store: str | Path | None = None,
        *,
        scopes: Iterable[str] = GRANTED,
        ack_timeout: float = 3.0,
        retry_waits: tuple[float, ...] = (0.0, 1.0, 3.0),
        own_events: bool = True,
        team: str = TEAM,
        enterprise: str = "",
        name: str = "Local workspace",
        beside: LocalSlack | None = None,
    ) -> None:
        """Port 0 takes a free one; `store` None keeps nothing.

        `scopes` is what the bot was granted (`slack.scopes` changes it).
        `retry_waits` are the seconds before each new delivery of an event. `own_events` also tells the bot of
        its own messages in direct conversations, as Slack does.
        `team`, `enterprise` and `name` are of a workspace `beside` another one: see `another`.
        """
        self.team_id = team
        self.signing_secret: str = beside.signing_secret if beside else secrets.token_hex(16)
        self.bot_token = f"xoxb-local-{secrets.token_hex(12)}"
        self.app_token = f"xapp-local-{secrets.token_hex(12)}"
        self.workspace = Workspace(store, team, enterprise, name)
        self.app: Slack = beside.app if beside else Slack()
        self._others: list[Self] = []
        self.workspace.scopes = frozenset(scopes)
        self._setup = Setup(
            self.signing_secret,
            self.bot_token,
            self.app_token,
            Offered(COMMANDS, SHORTCUTS, MESSAGE_SHORTCUTS),
            ack_timeout,
            tuple(retry_waits),
            own_events,
            self.app,
        )
        self._same: dict[str, Any] = {"ack_timeout": ack_timeout, "retry_waits": retry_waits, "own_events": own_events}
        self.pages: dict[str, str] = {}
        """Name -> an HTML page that is shown at ``read/<name>``."""
        self._port = port
        self._bot_url: str | None = None
        self._running: tuple[Server, asyncio.AbstractEventLoop, threading.Thread] | None = None

    # --- life ---------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Listen; returns when the server does. OSError if the port is taken."""
        if self._running is not None:
            return self
        listening = socket.create_server(("127.0.0.1", self._port), backlog=256)
        self._port = listening.getsockname()[1]
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop,), name="local-slack", daemon=True)
        thread.start()

        async def begin() -> Server:
            server = Server(self.workspace, self._setup, self.url, self._bot_url, self.pages)
            await server.start(listening)
            return server

        try:
            server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        except BaseException:
            listening.close()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            raise
        self._running = (server, loop, thread)
        self.app.workspaces[self.team_id], self.app.called[self.team_id] = self.workspace, server.called
        return self

    def another(self, team: str, name: str, *, enterprise: str = "") -> Self:
        """Another workspace with the same people, which has a page of its own and knows the same app. The bot calls
        all of them at this one's address; it is in none before somebody has allowed it."""
        made = type(self)(team=team, name=name, enterprise=enterprise, scopes=(), beside=self, **self._same)
        made.workspace.clock, made.bot_url = self.workspace.clock, self._bot_url
        self._others.append(made.start())
        return made

    def stop(self) -> None:
        """Stop the server and close the store. Stopping twice is fine; starting again is not meant."""
        for other in self._others:
            other.stop()
        if self._running is not None:
            server, loop, thread = self._running
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            self._running = None
        self.workspace.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def api_url(self) -> str:
        """The base address of the Web API."""
        return f"{self.url}api/"

    @property
    def bot_url(self) -> str | None:
        """Where the bot listens for signed HTTP requests, if it does."""
        return self._bot_url

    @bot_url.setter
    def bot_url(self, url: str | None) -> None:
        self._bot_url = url
        for other in self._others:
            other.bot_url = url
        if self._running is not None:
            self._running[0].courier.bot_url = url

    # --- what people do -----------------------------------------------------------------------------------

    def say(
        self,
        user: str,
        text: str,
        thread_ts: str | None = None,
        channel: str | None = None,
        client_msg_id: str | None = None,
    ) -> str:
        """Type a message (in the person's conversation with the bot unless `channel` is given); its `ts`."""
        return self._server.acts.say(user, text, thread_ts, channel, client_msg_id)

    def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Name the bot in a channel; the message's `ts`."""
        return self.say(user, f"<@{BOT_USER}> {text}", thread_ts, channel)

    def click(
        self,
        user: str,
        message_ts: str | None = None,
        action_id: str = "",
        channel: str | None = None,
        option: Any = None,
        *,
        block_id: str | None = None,
        settings: dict[tuple[str, str], Any] | None = None,
        view_id: str | None = None,
    ) -> int:
        """Use an element of a message or of a view; the bot's status (200; 408: not in time; 0: not connected).

        A message is named by `message_ts` (and `channel`), the modal or the Home tab by `view_id`.
        `option` is the value of the option to choose, a list of them for checkboxes, a conversation's id, or the
        text typed into an input. `settings` are other inputs beside it, by (block_id, action_id). LookupError if
        there is no such element or option.
        """
        if view_id is not None:
            on_view = self._server.dialogs.click(user, view_id, action_id, option, block_id, settings)
            return self._wait(on_view).status
        if message_ts is None:
            raise TypeError("click what: a message (message_ts) or a view (view_id)?")
        click = self._server.acts.click(user, message_ts, action_id, channel, option, block_id, settings)
        return self._wait(click).status

    def submit(self, user: str, values: Mapping[Any, Any] | None = None, view_id: str | None = None) -> dict[str, Any]:
        """Fill in the modal and send it off; the bot's answer ({}: it closed), which has been followed.

        `values` by block id: typed text, the value of an option or a list of them, a conversation's id; None
        clears. What is left out stays as it was. Incomplete (with `errors`) if Slack's form would not let it go,
        LookupError for what is not there, NotAcknowledged if the bot did not answer as it should.
        """
        answer = self._wait(self._server.dialogs.submit(user, values or {}, view_id))
        if not answer.ok:
            raise NotAcknowledged(answer)
        return answer.body

    def close_view(self, user: str, view_id: str | None = None, *, everything: bool = False) -> None:
        """Close the modal (`everything`: whichever it is) without sending it off."""
        self._server.views.close(user, None if everything else view_id)

    def shortcut(self, user: str, callback_id: str, channel: str | None = None) -> int:
        """Choose a global shortcut (looking at `channel`); the bot's status, as of a click."""
        return self._wait(self._server.acts.shortcut(user, callback_id, channel)).status

    def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> int:
        """Choose a shortcut from a message's menu; the bot's status, as of a click."""
        return self._wait(self._server.acts.message_shortcut(user, callback_id, channel, ts)).status

    def command(self, user: str, name: str, text: str = "", channel: str | None = None) -> dict[str, Any]:
        """Run a slash command; the body of the acknowledgement ({} if empty, plain text as {"text": …})."""
        answer = self._wait(self._server.acts.command(user, name, text, channel))
        if not answer.ok:
            raise NotAcknowledged(answer)
        return answer.body

    def edit(self, user: str, ts: str, text: str, channel: str | None = None) -> None:
        """Change one's own message."""
        self._server.acts.edit(user, ts, text, channel)

    def delete(self, user: str, ts: str, channel: str | None = None) -> None:
        """Delete one's own message."""
        self._server.acts.delete(user, ts, channel)

    def open(self, user: str, tab: str = "messages") -> None:
        """Open the app's Messages or Home tab (app_home_opened)."""
        self._server.acts.open(user, tab, self.home(user) if tab == "home" else None)

    def deliver(
        self,
        payload: dict[str, Any],
        kind: str | None = None,
        *,
        retry: tuple[int, str] | None = None,
        secret: str | None = None,
        timestamp: int | None = None,
    ) -> Answer:
        """Bring any payload to the bot once. `kind`: events_api, interactive or slash_commands (guessed).

        `retry` is the number and reason of a redelivery; `secret` and `timestamp` forge the HTTP signature.
        """
        bring = self._server.courier.bring(
            kind or payloads.kind_of(payload), payload, retry=retry, secret=secret, timestamp=timestamp
        )
        return self._wait(bring)

    def give_up(self) -> None:
        """Wait no longer for what the bot has not acknowledged by now (408), as when `ack_timeout` seconds are over."""
        self._server.courier.give_up()

    # --- what an administrator does ------------------------------------------------------------------------

    @property
    def scopes(self) -> frozenset[str]:
        """What the bot was granted; calls that need more are answered missing_scope."""
        return self.workspace.scopes

    @scopes.setter
    def scopes(self, granted: Iterable[str]) -> None:
        self.workspace.scopes = frozenset(granted)

    def arrange(self, channel: str, **flags: bool) -> None:
        """Change a channel's bot_is_member, is_archived, is_ext_shared, is_private or is_restricted."""
        self.workspace.arrange(self.workspace.channel_of(channel), **flags)

    def uninstall(self) -> None:
        """Take the app out: app_uninstalled, and from now on every call is answered account_inactive."""
        self.workspace.inactive = True
        self.app.take_back(self.team_id, "account_inactive")
        self._server.courier.post(payloads.uninstalled())

    def revoke(self) -> None:
        """Take the bot's token back: tokens_revoked, and from now on every call is answered account_inactive."""
        self.workspace.inactive = True
        self.app.take_back(self.team_id, "token_revoked")
        self._server.courier.post(payloads.revoked())

    def refresh_sockets(self) -> None:
        """Close the bot's websockets with the notice Slack gives when it refreshes them."""
        self._wait(self._server.links.refresh())

    # --- what can be seen ---------------------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        """What should go wrong next."""
        return self.workspace.faults

    @property
    def hanging(self) -> int:
        """How many calls are left without an answer just now."""
        return self._server.hanging

    def messages(self, channel: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """A channel's messages (all of them), or one thread's, in order."""
        return self.workspace.messages(self.workspace.channel_of(channel), thread_ts)

    def ephemerals(self, user: str) -> list[dict[str, Any]]:
        """What only this person sees, in order; each has its `channel`."""
        with self.workspace.changed:
            return [dict(message) for message in self.workspace.ephemerals[user]]

    def modals(self, user: str) -> list[dict[str, Any]]:
        """The view open on a person's screen, if one is."""
        with self.workspace.changed:
            return [view for owner, view in self._server.views.modals.items() if owner == user]

    def home(self, user: str) -> dict[str, Any] | None:
        """What the bot has published on a person's Home tab."""
        with self.workspace.changed:
            return self._server.views.homes.get(user)

    def file(self, file_id: str) -> bytes:
        """The contents of a file the bot has uploaded."""
        return self.workspace.file(file_id)[1]

    def trouble(self, channel: str, ts: str) -> str | None:
        """The error mark on a message, in words."""
        with self.workspace.changed:
            return self.workspace.troubles.get((channel, ts))

    def calls(self, method: str | None = None) -> list[Call]:
        """The Web API calls so far, oldest first (the last few thousand)."""
        with self.workspace.changed:
            return [call for call in self.workspace.calls if method in (None, call.method)]

    def deliveries(self, kind: str | None = None) -> list[Delivery]:
        """What was brought to the bot so far, with the attempts it took and the last status."""
        with self.workspace.changed:
            return [each for each in self.workspace.deliveries if kind in (None, each.kind)]

    def wait_for(self, predicate: Callable[[], T | None], timeout: float = 60) -> T:
        """Wait until `predicate()` is true and return what it returned; it is asked again on every change, and ten
        times a second for what changes elsewhere."""
        until = time.monotonic() + timeout
        with self.workspace.changed:
            while not (value := self.workspace.changed.wait_for(predicate, 0.1)):
                if time.monotonic() > until:
                    last = [(call.method, call.response) for call in list(self.workspace.calls)[-5:]]
                    raise TimeoutError(f"not true after {timeout} s; the last calls of the bot: {last}")
            return value

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait until nothing is on its way to the bot."""
        self.wait_for(lambda: self._server.courier.in_flight == 0, timeout)

    @property
    def _server(self) -> Server:
        if self._running is None:
            raise RuntimeError("not running: call start() first")
        return self._running[0]

    def _wait(self, what: Coroutine[Any, Any, T]) -> T:
        assert self._running is not None  # noqa: S101 - `_server` was asked for before
        return asyncio.run_coroutine_threadsafe(what, self._running[1]).result()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

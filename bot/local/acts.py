"""What a person can do: say, click, run a command, edit, delete, open the conversation."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from bot.local import elements, payloads
from bot.local.courier import Courier
from bot.local.links import Answer
from bot.local.people import BOT_USER, PEOPLE
from bot.local.refusals import Refused, check_message
from bot.local.workspace import Message, Workspace


class Acts:
    """People's hands: each act changes the workspace and tells the bot, as Slack would."""

    def __init__(
        self, workspace: Workspace, courier: Courier, response_url: Callable[[str], str], commands: tuple[str, ...]
    ) -> None:
        self._workspace = workspace
        self._courier = courier
        self._response_url = response_url
        self._commands = commands

    def say(
        self,
        user: str,
        text: str,
        thread_ts: str | None = None,
        channel: str | None = None,
        client_msg_id: str | None = None,
    ) -> str:
        """Type a message. In a channel the bot hears of it only if it is named. Returns its `ts`."""
        where = self._where(user, channel)
        key = client_msg_id or _uuid()
        said, new = self._workspace.post(where, user, payloads.as_sent(text), thread_ts=thread_ts, client_msg_id=key)
        if not new:
            return str(said["ts"])
        if payloads.is_dm(where):
            self._courier.post(payloads.message(where, said), (where, said["ts"]))
        elif f"<@{BOT_USER}>" in said["text"]:
            self._courier.post(payloads.mention(where, said), (where, said["ts"]))
        return str(said["ts"])

    def edit(self, user: str, ts: str, text: str, channel: str | None = None) -> None:
        """Change one's own message."""
        where = self._where(user, channel)
        now, before = self._workspace.edit(where, ts, user, payloads.as_sent(text))
        if payloads.is_dm(where):
            self._courier.post(payloads.changed(where, now, before, self._workspace.next_ts()))

    def delete(self, user: str, ts: str, channel: str | None = None) -> None:
        """Delete one's own message."""
        where = self._where(user, channel)
        before = self._workspace.message(where, ts)
        stone = self._workspace.delete(where, ts, user)
        if payloads.is_dm(where):
            at = self._workspace.next_ts()
            gone = payloads.changed(where, stone, before, at) if stone else payloads.deleted(where, before, at)
            self._courier.post(gone)

    def open(self, user: str, tab: str = "messages") -> None:
        """Open the app's Messages or Home tab."""
        self._courier.post(payloads.opened(user, tab, self._workspace.next_ts()))

    async def click(
        self,
        user: str,
        message_ts: str,
        action_id: str,
        channel: str | None = None,
        option: Any = None,
        block_id: str | None = None,
        settings: dict[tuple[str, str], Any] | None = None,
    ) -> Answer:
        """Use an element of a message; LookupError if there is no such element or option to use."""
        where = self._where(user, channel)
        clicked = self._visible(user, where, message_ts)
        blocks = clicked.get("blocks", [])
        block, element = elements.find(blocks, action_id, block_id)
        set_to = dict(settings or {})
        if element["type"] in elements.STATEFUL:
            set_to[block["block_id"], action_id] = option
        with self._workspace.changed:
            tickets = self._workspace.tickets
            thread_ts = clicked.get("thread_ts")
            payload = payloads.click(
                user,
                where,
                clicked,
                elements.action(block, element, option, self._workspace.next_ts()),
                elements.state(blocks, set_to),
                tickets.trigger(user),
                self._response_url(tickets.response(where, user, message_ts, thread_ts)),
            )
            self._workspace.trouble(where, message_ts, "")
        answer = await self._courier.bring("interactive", payload)
        if not answer.ok:
            self._workspace.trouble(where, message_ts, unanswered(answer.status))
        return answer

    async def command(self, user: str, name: str, text: str = "", channel: str | None = None) -> Answer:
        """Run a slash command. What the bot says in its acknowledgement is shown, mostly to the caller only."""
        where = self._where(user, channel)
        if name not in self._commands:
            known = ", ".join(self._commands)
            raise LookupError(f"{name} is not a command here. Known: {known}.")
        with self._workspace.changed:
            tickets = self._workspace.tickets
            url = self._response_url(tickets.response(where, user))
            payload = payloads.command(user, where, name, text, tickets.trigger(user), url)
        answer = await self._courier.bring("slash_commands", payload)
        if not answer.ok:
            words = unanswered(answer.status).replace("Press the button", "Type the command")
            self._workspace.whisper(where, user, f"`{name}` did not work. {words}")
        elif answer.body.get("text") or answer.body.get("blocks"):
            try:
                self.show(where, user, answer.body)
            except Refused as refused:
                self._workspace.whisper(where, user, f"The bot's answer was refused: `{refused.code}`")
        return answer

    def respond(self, key: str, body: dict[str, Any]) -> None:
        """The bot has used a response address."""
        with self._workspace.changed:
            to = self._workspace.tickets.use_response(key)
            whispered = any(m["ts"] == to.message_ts for m in self._workspace.ephemerals[to.user])
            if body.get("delete_original") and to.message_ts:
                if whispered:
                    self._workspace.hush(to.user, to.message_ts)
                else:
                    self._workspace.delete(to.channel, to.message_ts, BOT_USER)
            elif body.get("replace_original") and to.message_ts and not whispered:
                text, blocks = body.get("text"), body.get("blocks")
                check_message(text, blocks)
                self._workspace.edit(to.channel, to.message_ts, BOT_USER, text or "", blocks=blocks)
            else:
                replaced = to.message_ts if whispered and body.get("replace_original") else None
                self.show(to.channel, to.user, body, replaced)

    def show(self, channel: str, user: str, body: dict[str, Any], ts: str | None = None) -> None:
        """Show what the bot answered to an interaction: to everybody if it says so, else to this person."""
        text, blocks, thread_ts = body.get("text"), body.get("blocks"), body.get("thread_ts")
        check_message(text, blocks)
        if body.get("response_type") == "in_channel":
            self._workspace.post(channel, BOT_USER, text or "", blocks=blocks, thread_ts=thread_ts)
        else:
            self._workspace.whisper(channel, user, text or "", blocks, thread_ts, ts)

    def _where(self, user: str, channel: str | None) -> str:
        if user not in PEOPLE:
            raise LookupError(f"no {user!r} here; there is: {', '.join(PEOPLE)}")
        where = self._workspace.channel_of(channel or PEOPLE[user].dm)
        if payloads.is_dm(where) and where != PEOPLE[user].dm:
            raise LookupError(f"{user} cannot see {where}: it is somebody else's direct conversation")
        return where

    def _visible(self, user: str, channel: str, ts: str) -> Message:
        for whispered in self._workspace.ephemerals[user]:
            if whispered["ts"] == ts and whispered["channel"] == channel:
                return {key: value for key, value in whispered.items() if key != "channel"}
        return self._workspace.message(channel, ts)


def unanswered(status: int) -> str:
    """What the page says about a click the bot did not take."""
    match status:
        case 0:
            return "The bot is not connected. Press the button again when it is."
        case 408:
            return "The bot did not answer in 3 seconds. Press the button again."
        case 404:
            return "The bot does not know this button (404). Start a new conversation to go on."
        case _:
            return f"The bot answered with an error ({status}). Press the button again, or look at its log."


def _uuid() -> str:
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

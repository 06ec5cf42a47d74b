"""What a person can do with messages: say, click, edit, delete, run a command or a shortcut, open a tab."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.local import elements, interactions, payloads
from bot.local.channels import Channel
from bot.local.courier import Courier
from bot.local.links import Answer
from bot.local.people import BOT_NAME, BOT_USER, PEOPLE
from bot.local.refusals import Refused, check_answer, check_message
from bot.local.typed import as_command, as_sent
from bot.local.workspace import Message, Workspace

INVITE = "/invite"  # Slack's own command, not the bot's


@dataclass(frozen=True)
class Offered:
    """What the app has put into Slack's own menus: commands, and shortcuts by callback id with their names."""

    commands: tuple[str, ...]
    shortcuts: Mapping[str, str]
    message_shortcuts: Mapping[str, str]


class Acts:
    """People's hands: each act changes the workspace and tells the bot, as Slack would."""

    def __init__(
        self, workspace: Workspace, courier: Courier, response_url: Callable[[str], str], offered: Offered
    ) -> None:
        self._workspace = workspace
        self._courier = courier
        self._response_url = response_url
        self.offered = offered

    def say(
        self,
        user: str,
        text: str,
        thread_ts: str | None = None,
        channel: str | None = None,
        client_msg_id: str | None = None,
    ) -> str:
        """Type a message. In a channel the bot hears of it only if it is in there and named. Returns its `ts`."""
        where = self._open_to(user, channel)
        key = client_msg_id or _uuid()
        said, new = self._workspace.post(where.id, user, as_sent(text), thread_ts=thread_ts, client_msg_id=key)
        if not new:
            return str(said["ts"])
        if where.is_im:
            self._courier.post(payloads.message(where.id, said), (where.id, said["ts"]))
        elif where.bot_is_member and f"<@{BOT_USER}>" in said["text"]:
            self._courier.post(payloads.mention(where, said), (where.id, said["ts"]))
        return str(said["ts"])

    def edit(self, user: str, ts: str, text: str, channel: str | None = None) -> None:
        """Change one's own message."""
        where = self._open_to(user, channel)
        now, before = self._workspace.edit(where.id, ts, user, as_sent(text))
        if where.is_im:
            self._courier.post(payloads.changed(where.id, now, before, self._workspace.next_ts()))

    def delete(self, user: str, ts: str, channel: str | None = None) -> None:
        """Delete one's own message."""
        where = self._open_to(user, channel)
        before = self._workspace.message(where.id, ts)
        stone = self._workspace.delete(where.id, ts, user)
        if where.is_im:
            at = self._workspace.next_ts()
            gone = payloads.changed(where.id, stone, before, at) if stone else payloads.deleted(where.id, before, at)
            self._courier.post(gone)

    def open(self, user: str, tab: str, view: dict[str, Any] | None) -> None:
        """Open the app's Messages or Home tab; `view` is what the Home tab shows."""
        self._courier.post(payloads.opened(user, tab, self._workspace.next_ts(), view))

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
        clicked = self._visible(user, where.id, message_ts)
        blocks = clicked.get("blocks", [])
        block, element = elements.find(blocks, action_id, block_id)
        set_to = dict(settings or {})
        if element["type"] in elements.STATEFUL:
            set_to[block["block_id"], action_id] = option
        with self._workspace.changed:
            tickets = self._workspace.tickets
            thread_ts = clicked.get("thread_ts")
            payload = interactions.click(
                user,
                where,
                clicked,
                elements.action(block, element, option, self._workspace.next_ts()),
                elements.state(blocks, set_to),
                tickets.trigger(user, where.id),
                self._response_url(tickets.response(where.id, user, message_ts, thread_ts)),
            )
            self._workspace.trouble(where.id, message_ts, "")
        answer = await self._courier.bring("interactive", payload)
        if not answer.ok:
            self._workspace.trouble(where.id, message_ts, unanswered(answer.status))
        return answer

    async def command(self, user: str, name: str, text: str = "", channel: str | None = None) -> Answer:
        """Run a slash command. What the bot says in its acknowledgement is shown, mostly to the caller only."""
        where = self._open_to(user, channel)
        if name == INVITE:
            return self._invite(user, where, text)
        if name not in self.offered.commands:
            known = ", ".join(self.offered.commands)
            raise LookupError(f"{name} is not a command here. Known: {known}.")
        with self._workspace.changed:
            tickets = self._workspace.tickets
            url = self._response_url(tickets.response(where.id, user))
            payload = interactions.command(user, where, name, as_command(text), tickets.trigger(user, where.id), url)
        answer = await self._courier.bring("slash_commands", payload)
        if not answer.ok:
            words = unanswered(answer.status, "command", "Type the command")
            self._workspace.whisper(where.id, user, f"`{name}` did not work. {words}")
        elif answer.body.get("text") or answer.body.get("blocks"):
            try:
                self.show(where.id, user, answer.body)
            except Refused as refused:
                self._workspace.whisper(where.id, user, f"The bot's answer was refused: `{refused.code}`")
        return answer

    async def shortcut(self, user: str, callback_id: str, channel: str | None = None) -> Answer:
        """Choose a global shortcut, while looking at a channel."""
        where = self._where(user, channel)
        if callback_id not in self.offered.shortcuts:
            raise LookupError(f"no shortcut {callback_id!r}; there is: {', '.join(self.offered.shortcuts)}")
        with self._workspace.changed:
            trigger = self._workspace.tickets.trigger(user, where.id)
            payload = interactions.shortcut(user, callback_id, self._workspace.next_ts(), trigger)
        return await self._courier.bring("interactive", payload)

    async def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Answer:
        """Choose a shortcut from a message's menu. Slack offers none on what only one person sees."""
        where = self._where(user, channel)
        if callback_id not in self.offered.message_shortcuts:
            raise LookupError(f"no shortcut {callback_id!r}; there is: {', '.join(self.offered.message_shortcuts)}")
        message = self._workspace.message(where.id, ts)
        with self._workspace.changed:
            tickets = self._workspace.tickets
            url = self._response_url(tickets.response(where.id, user, None, message.get("thread_ts")))
            trigger = tickets.trigger(user, where.id)
            at = self._workspace.next_ts()
            payload = interactions.message_shortcut(user, callback_id, where, message, at, trigger, url)
        return await self._courier.bring("interactive", payload)

    def respond(self, key: str, body: dict[str, Any]) -> None:
        """The bot has used a response address."""
        with self._workspace.changed:
            to = self._workspace.tickets.use_response(key)
            whispered = any(m["ts"] == to.message_ts for m in self._workspace.ephemerals[to.user])
            if body.get("replace_original") and to.message_ts and not whispered:
                check_answer(body)
                text, blocks = body.get("text"), body.get("blocks")
                check_message(text, blocks)
                self._workspace.edit(to.channel, to.message_ts, BOT_USER, text or "", blocks=blocks)
            else:
                replaced = to.message_ts if whispered and body.get("replace_original") else None
                self.show(to.channel, to.user, body, replaced)

    def show(self, channel: str, user: str, body: dict[str, Any], ts: str | None = None) -> None:
        """Show what the bot answered to an interaction: to everybody if it says so, else to this person."""
        check_answer(body)
        text, blocks, thread_ts = body.get("text"), body.get("blocks"), body.get("thread_ts")
        check_message(text, blocks)
        if body.get("response_type") == "in_channel":
            self._workspace.post(channel, BOT_USER, text or "", blocks=blocks, thread_ts=thread_ts)
        else:
            self._workspace.whisper(channel, user, text or "", blocks, thread_ts, ts)

    def _invite(self, user: str, where: Channel, text: str) -> Answer:
        if BOT_NAME not in text and BOT_USER not in text:
            raise LookupError(f"Only the bot can be invited here: {INVITE} @{BOT_NAME}")
        if where.is_im:
            raise LookupError(f"{INVITE} works in channels only.")
        was = "was already in" if where.bot_is_member else "is now in"
        self._workspace.arrange(where.id, bot_is_member=True)
        self._workspace.whisper(where.id, user, f"{BOT_NAME} {was} #{where.name}.", author="USLACKBOT")
        return Answer(200)

    def _where(self, user: str, channel: str | None) -> Channel:
        if user not in PEOPLE:
            raise LookupError(f"no {user!r} here; there is: {', '.join(PEOPLE)}")
        where = self._workspace.channels[self._workspace.channel_of(channel or PEOPLE[user].dm)]
        if user not in where.people:
            why = "it is somebody else's direct conversation" if where.is_im else f"{user} is not in #{where.name}"
            raise LookupError(f"{user} cannot see {where.id}: {why}")
        return where

    def _open_to(self, user: str, channel: str | None) -> Channel:
        where = self._where(user, channel)
        if where.is_archived:
            raise Refused("is_archived")
        return where

    def _visible(self, user: str, channel: str, ts: str) -> Message:
        for whispered in self._workspace.ephemerals[user]:
            if whispered["ts"] == ts and whispered["channel"] == channel:
                return {key: value for key, value in whispered.items() if key != "channel"}
        return self._workspace.message(channel, ts)


def unanswered(status: int, what: str = "button", again: str = "Press the button") -> str:
    """What the page says about something the bot did not take."""
    match status:
        case 0:
            return f"The bot is not connected. {again} again when it is."
        case 408:
            return f"The bot did not answer in 3 seconds. {again} again."
        case 404:
            onward = " Start a new conversation to go on." if what == "button" else ""
            return f"The bot does not know this {what} (404).{onward}"
        case _:
            return f"The bot answered with an error ({status}). {again} again, or look at its log."


def _uuid() -> str:
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

"""Where a thing is said: in the thread somebody is in, to them alone, in a DM, as a dialog, to a check's owner."""

import sqlite3
from dataclasses import replace
from typing import Any

from bot.delivery.turn import Turns
from bot.messages import DECORATION, Heard, Opened, Outcome, Responded, Saying
from bot.render import blockkit
from bot.render.view import Actions, Button, Modal, Text, View
from bot.render.wording import Wording
from bot.store.checks import check_by_id


class Speech:
    """Makes sayings of views. Nothing is said by it: what a turn returns is."""

    def __init__(self, turns: Turns, wording: Wording) -> None:
        self._turns, self.wording = turns, wording
        turns.damaged = lambda heard: self.ephemeral(heard, "damaged")

    def saying(self, method: str, args: dict[str, Any], heard: Heard, *, lane: str, **more: Any) -> Saying:
        return Saying(method, args, lane, person=heard.user, enterprise=heard.enterprise, team=heard.team, **more)

    def beside(self, method: str, args: dict[str, Any], heard: Heard, **more: Any) -> Saying:
        """Something nobody waits for, which holds up nothing that somebody does."""
        return self.saying(method, args, heard, lane=f"{DECORATION}{heard.user}", **more)

    def post(self, heard: Heard, view: View) -> Saying:
        """A message where the person is, in the thread they are in."""
        args = blockkit.message(view) | {"channel": heard.channel}
        args |= {"thread_ts": heard.thread_ts or heard.ts} if heard.thread_ts or heard.ts else {}
        return self.saying("chat.postMessage", args, heard, lane=heard.lane)

    def ephemeral(self, heard: Heard, code: str, *facts: Any) -> Saying:
        """A short note that only this person sees, where they are."""
        text = str(self.wording.say("chrome", code, *facts))
        parts: tuple[Any, ...] = (Text(text),)
        if code == "stale":
            parts += (Actions((Button("Show my current check", "session:resume"),)),)
        return self.ephemeral_view(heard, View(parts, text))

    def ephemeral_view(self, heard: Heard, view: View) -> Saying:
        """The same with a whole view. In a modal or on Home there is no channel: then it goes to the DM."""
        if not heard.channel:
            return self.direct(heard, heard.user, view)
        args = blockkit.message(view) | {"channel": heard.channel, "user": heard.user}
        args |= {"thread_ts": heard.within} if heard.within else {}
        return self.saying("chat.postEphemeral", args, heard, lane=heard.lane)

    def direct(self, heard: Heard, to: str, view: View) -> Saying:
        """A message in a person's DM."""
        return self.saying("chat.postMessage", blockkit.message(view), heard, lane=to, to=to)

    def open_view(self, heard: Heard, dialog: Modal) -> Saying:
        """A dialog; Slack takes it for three seconds after the click."""
        args = {"trigger_id": heard.trigger_id, "view": blockkit.modal(dialog)}
        return self.saying("views.open", args, heard, lane=f"view:{heard.user}", on_result=_opening(heard))

    def update_view(self, heard: Heard, view_id: str, dialog: Modal) -> Saying:
        """An open dialog drawn anew."""
        args = {"view_id": view_id, "view": blockkit.modal(dialog)}
        return self.saying("views.update", args, heard, lane=f"view:{heard.user}", on_result=_opening(heard))

    def opened(self, _conn: sqlite3.Connection, saying: Saying, asked: Opened, outcome: Outcome) -> list[Saying]:
        """A dialog that did not open is told, where there is nothing else to see of the click."""
        if not outcome.error:
            return []
        heard = Heard("", saying.team, asked.user, asked.channel, saying.enterprise, thread_ts=asked.thread)
        heard = replace(heard, response_url=asked.url)
        if not asked.url:
            return [self.ephemeral(heard, "not_opened")]
        return [self.respond(heard, View.of(str(self.wording.say("chrome", "not_opened"))))]  # the bot may be no member

    def respond(
        self, heard: Heard, view: View, *, everybody: bool = False, replaced: bool = False, **more: Any
    ) -> Saying:
        """An answer at the address a press came with; when Slack takes it for half an hour not at all, it is told."""
        body = blockkit.message(view) | {"response_type": "in_channel" if everybody else "ephemeral"}
        body |= {"replace_original": replaced} | ({"thread_ts": heard.thread_ts} if heard.thread_ts else {})
        on_result = more.pop("on_result", None) or Responded(user=heard.user, name=heard.name)
        args = {"url": heard.response_url, "body": body}
        return self.saying("response_url", args, heard, lane=f"url:{heard.user}", on_result=on_result, **more)

    def responded(self, _conn: sqlite3.Connection, saying: Saying, _told: Responded, outcome: Outcome) -> list[Saying]:
        """What could not be said there is told in the DM, where it can be pressed again from."""
        heard = Heard.of(saying)
        note = View.of(str(self.wording.say("chrome", "not_answered")))
        return [self.direct(heard, heard.user, note)] if outcome.error else []

    def resolve(self, heard: Heard, text: str) -> list[Saying]:
        """The message that was pressed, with what came of it in place of its buttons."""
        if not (heard.channel and heard.message_ts):
            return []
        args = blockkit.message(View.of(text)) | {"channel": heard.channel, "ts": heard.message_ts}
        return [self.saying("chat.update", args, heard, lane=heard.lane)]

    def to_owner(self, conn: sqlite3.Connection, heard: Heard, check_id: str, view: View) -> Saying:
        """A message in the thread of a check, or in its owner's DM while it has none."""
        check = check_by_id(conn, heard.team, check_id)
        if check is None or not check.thread_ts:
            return self.direct(heard, check.owner if check else heard.user, view)
        args = blockkit.message(view) | {"channel": check.channel, "thread_ts": check.thread_ts}
        return self.saying("chat.postMessage", args, heard, lane=check.owner)


def _opening(heard: Heard) -> Opened:
    return Opened(user=heard.user, channel=heard.channel, thread=heard.thread_ts, url=heard.response_url)

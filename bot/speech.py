"""Where a thing is said: in the thread somebody is in, to them alone, in a DM, as a dialog, to a check's owner."""

import sqlite3
from typing import Any

from bot import blocks
from bot.check import check_by_id
from bot.heard import Heard
from bot.outbox import DECORATION, DECORATION_SECONDS, Outcome, Saying
from bot.turn import Turns
from bot.view import Actions, Button, Modal, Text, View
from bot.wording import Wording

VIEW_SECONDS = 3.0


class Speech:
    """Makes sayings of views. Nothing is said by it: what a turn returns is."""

    def __init__(self, turns: Turns, wording: Wording) -> None:
        self._turns, self.wording = turns, wording
        turns.outcomes |= {"opened": self._opened}

    def saying(self, method: str, args: dict[str, Any], heard: Heard, *, lane: str, **more: Any) -> Saying:
        return Saying(method, args, lane, enterprise=heard.enterprise, team=heard.team, **more)

    def beside(self, method: str, args: dict[str, Any], heard: Heard, **more: Any) -> Saying:
        """Something nobody waits for, which holds up nothing that somebody does."""
        until = self._turns.until(DECORATION_SECONDS)
        return self.saying(method, args, heard, lane=f"{DECORATION}{heard.user}", until=until, **more)

    def post(self, heard: Heard, view: View) -> Saying:
        """A message where the person is, in the thread they are in."""
        args = blocks.message(view) | {"channel": heard.channel}
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
        args = blocks.message(view) | {"channel": heard.channel, "user": heard.user}
        args |= {"thread_ts": heard.thread_ts} if heard.thread_ts else {}
        return self.saying("chat.postEphemeral", args, heard, lane=heard.lane)

    def direct(self, heard: Heard, to: str, view: View) -> Saying:
        """A message in a person's DM."""
        return self.saying("chat.postMessage", blocks.message(view), heard, lane=to, to=to)

    def open_view(self, heard: Heard, dialog: Modal) -> Saying:
        """A dialog; Slack takes it for three seconds after the click."""
        args = {"trigger_id": heard.trigger_id, "view": blocks.modal(dialog)}
        context = {"user": heard.user, "channel": heard.channel, "thread": heard.thread_ts, "url": heard.response_url}
        return self.saying(
            "views.open", args, heard, lane=f"view:{heard.user}", until=self._turns.until(VIEW_SECONDS),
            after="opened", context=context,
        )  # fmt: skip

    def update_view(self, heard: Heard, view_id: str, dialog: Modal) -> Saying:
        """An open dialog drawn anew."""
        args = {"view_id": view_id, "view": blocks.modal(dialog)}
        return self.saying("views.update", args, heard, lane=f"view:{heard.user}")

    def _opened(self, _conn: sqlite3.Connection, saying: Saying, outcome: Outcome) -> list[Saying]:
        """A dialog that did not open is told, where there is nothing else to see of the click."""
        if not outcome.error:
            return []
        asked, text = saying.context, str(self.wording.say("chrome", "not_opened"))
        heard = Heard("", saying.team, asked["user"], asked["channel"], saying.enterprise, thread_ts=asked["thread"])
        if asked["url"]:  # works where the bot is no member
            body = blocks.message(View.of(text)) | {"response_type": "ephemeral", "replace_original": False}
            return [self.saying("response_url", {"url": asked["url"], "body": body}, heard, lane=heard.user)]
        return [self.ephemeral(heard, "not_opened")]

    def to_owner(self, conn: sqlite3.Connection, heard: Heard, check_id: str, view: View) -> Saying:
        """A message in the thread of a check, or in its owner's DM while it has none."""
        check = check_by_id(conn, heard.team, check_id)
        if check is None or not check.thread_ts:
            return self.direct(heard, check.owner if check else heard.user, view)
        args = blocks.message(view) | {"channel": check.channel, "thread_ts": check.thread_ts}
        return self.saying("chat.postMessage", args, heard, lane=check.owner)

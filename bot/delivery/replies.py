"""Where a thing is said: in the thread somebody is in, to them alone, in a DM, as a dialog, to a check's owner.

A message somebody acted on loses its buttons and says what became of it (``resolve``); who pressed something that goes
on elsewhere is told where, with a link (``goes_on``).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.delivery.turn import Turns
from bot.messages import (
    DECORATION,
    ENDS,
    GoesOn,
    Opened,
    Outcome,
    OutgoingMessage,
    Pointed,
    Request,
    Responded,
    unix,
)
from bot.render import blockkit
from bot.render.view import Actions, Button, Modal, Text, View
from bot.render.wording import Wording
from bot.store.checks import check_by_id, state
from bot.store.database import Connection

_CLOSED = {"not_found", "view_not_found"}


class Replies:
    """Makes messages of views. Nothing is said by it: what a turn returns is."""

    def __init__(self, turns: Turns, wording: Wording) -> None:
        self._turns, self.wording = turns, wording
        turns.damaged = lambda request, shared: self.ephemeral(request, "damaged", shared)

    def outgoing(
        self, method: str, args: dict[str, Any], request: Request, *, lane: str, **more: Any
    ) -> OutgoingMessage:
        return OutgoingMessage(
            method, args, lane, person=request.user, enterprise=request.enterprise, team=request.team, **more
        )

    def beside(self, method: str, args: dict[str, Any], request: Request, **more: Any) -> OutgoingMessage:
        """Something nobody waits for, which holds up nothing that somebody does."""
        return self.outgoing(method, args, request, lane=f"{DECORATION}{request.user}", **more)

    def post(self, request: Request, view: View) -> OutgoingMessage:
        """A message where the person is, in the thread they are in."""
        args = blockkit.message(view) | {"channel": request.channel}
        args |= {"thread_ts": request.thread_ts or request.ts} if request.thread_ts or request.ts else {}
        return self.outgoing("chat.postMessage", args, request, lane=request.lane)

    def ephemeral(self, request: Request, code: str, *facts: Any) -> OutgoingMessage:
        """A short note that only this person sees, where they are."""
        text = str(self.wording.say("chrome", code, *facts))
        parts: tuple[Any, ...] = (Text(text),)
        if code == "stale":
            parts += (Actions((Button(self.wording.press("show_current"), "session:resume:once"),)),)
        return self.ephemeral_view(request, View(parts, text))

    def ephemeral_view(self, request: Request, view: View) -> OutgoingMessage:
        """The same with a whole view. In a modal or on Home there is no channel: then it goes to the DM."""
        if not request.channel:
            return self.direct(request, request.user, view)
        args = blockkit.message(view) | {"channel": request.channel, "user": request.user}
        args |= {"thread_ts": request.within} if request.within else {}
        return self.outgoing("chat.postEphemeral", args, request, lane=request.lane)

    def direct(self, request: Request, to: str, view: View, key: str = "0") -> OutgoingMessage:
        """A message in a person's DM."""
        return self.outgoing("chat.postMessage", blockkit.message(view, key), request, lane=to, to=to)

    def open_view(self, request: Request, dialog: Modal) -> OutgoingMessage:
        """A dialog; Slack takes it for three seconds after the click."""
        args = {"trigger_id": request.trigger_id, "view": blockkit.modal(dialog)}
        return self.outgoing("views.open", args, request, lane=f"view:{request.user}", on_result=_opening(request))

    def update_view(self, request: Request, view_id: str, dialog: Modal) -> OutgoingMessage:
        """An open dialog drawn anew."""
        args = {"view_id": view_id, "view": blockkit.modal(dialog)}
        on_result = _opening(request).model_copy(update={"open": True})
        return self.outgoing("views.update", args, request, lane=f"view:{request.user}", on_result=on_result)

    def opened(
        self, _conn: Connection, outgoing: OutgoingMessage, asked: Opened, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """A dialog that did not open, or shows what it showed before, is told; one that was closed meanwhile is not."""
        if not outcome.error or (asked.open and outcome.error in _CLOSED):
            return []
        request = Request("", outgoing.team, asked.user, asked.channel, outgoing.enterprise, thread_ts=asked.thread)
        code = "not_redrawn" if asked.open else "not_opened"
        if not asked.url:
            return [self.ephemeral(request, code)]
        told = View.of(str(self.wording.say("chrome", code)))
        return [self.respond(request._replace(response_url=asked.url), told)]  # the bot may be no member

    def respond(
        self, request: Request, view: View, *, everybody: bool = False, replaced: bool = False, **more: Any
    ) -> OutgoingMessage:
        """An answer at the address a press came with; when Slack takes it for half an hour not at all, it is told."""
        body = blockkit.message(view) | {"response_type": "in_channel" if everybody else "ephemeral"}
        body |= {"replace_original": replaced} | ({"thread_ts": request.thread_ts} if request.thread_ts else {})
        on_result = more.pop("on_result", None) or Responded(user=request.user, name=request.name)
        args = {"url": request.response_url, "body": body}
        return self.outgoing("response_url", args, request, lane=f"url:{request.user}", on_result=on_result, **more)

    def responded(
        self, _conn: Connection, outgoing: OutgoingMessage, _told: Responded, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """What could not be said there is told in the DM, where it can be pressed again from."""
        request = Request.of(outgoing)
        note = View.of(str(self.wording.say("chrome", "not_answered")))
        return [self.direct(request, request.user, note)] if outcome.error else []

    # ---- what was acted on

    def resolve(self, request: Request, text: str) -> list[OutgoingMessage]:
        """The message that was pressed, with what came of it in place of its buttons."""
        return self.in_place(request, View.of(text))

    def in_place(self, request: Request, view: View, key: str = "0") -> list[OutgoingMessage]:
        """The message that was pressed, drawn anew. One that only they see is known by the press alone."""
        if request.ephemeral:
            return [self.respond(request, view, replaced=True)] if request.response_url else []
        return self.redrawn(request, request.channel, request.message_ts, view, key)

    def redrawn(self, request: Request, channel: str, ts: str, view: View, key: str = "0") -> list[OutgoingMessage]:
        """A message of ours, wherever it stands, drawn anew; none where that is not known."""
        if not (channel and ts):
            return []
        args = blockkit.message(view, key) | {"channel": channel, "ts": ts}
        return [self.outgoing("chat.update", args, request, lane=request._replace(channel=channel).lane)]

    # ---- what goes on elsewhere

    def goes_on(
        self,
        request: Request,
        check_id: str,
        code: str = "goes_on",
        *,
        resolved: bool = False,
        kept: Iterable[dict[str, Any]] = (),
    ) -> OutgoingMessage:
        """Tell whoever pressed something where it goes on; to be said behind the card it leads to. ``resolved``: in
        place of the message that was pressed."""
        on_result = GoesOn(
            user=request.user, name=request.name, check=check_id, code=code, resolved=resolved, kept=tuple(kept),
            channel=request.channel, thread=request.thread_ts, message=request.message_ts,
            ephemeral=request.ephemeral, url=request.response_url, trigger=request.trigger_id, view=request.view,
            at=self._turns.now(),
        )  # fmt: skip
        return self.outgoing("", {}, request, lane=request.user, on_result=on_result)

    def stands(
        self, conn: Connection, outgoing: OutgoingMessage, told: GoesOn, _outcome: Outcome
    ) -> list[OutgoingMessage]:
        """The card stands, or nobody knows where: then it is told in words."""
        check = check_by_id(conn, outgoing.team, told.check)
        if check is None:
            return []
        pointed = Pointed(**told.model_dump(exclude={"kind"}))
        if not check.card_ts:
            return self.pointed(conn, outgoing, pointed, Outcome({}))
        args = {"channel": check.channel, "message_ts": check.card_ts}
        return [self.beside("chat.getPermalink", args, Request.of(outgoing), on_result=pointed)]

    def pointed(
        self, conn: Connection, outgoing: OutgoingMessage, told: Pointed, outcome: Outcome
    ) -> list[OutgoingMessage]:
        """We have the card's address, or do without: told where it was pressed."""
        check = check_by_id(conn, outgoing.team, told.check)
        link = str(outcome.said.get("permalink") or "")
        if check is None or (told.code == "here" and not link):  # in words it was told at once
            return []
        title = self.wording.titled(state(check, self.wording.rules))
        text = str(self.wording.say("chrome", told.code, title, link))
        request = Request.of(outgoing)._replace(
            channel=told.channel, thread_ts=told.thread, message_ts=told.message,
            ephemeral=told.ephemeral, response_url=told.url, trigger_id=told.trigger, view=told.view,
        )  # fmt: skip
        if unix(self._turns.now()) - unix(told.at) >= ENDS["views.open"].seconds:
            request = request._replace(trigger_id="")  # Slack takes it no more, and the card has come by itself
        said = self._where_pressed(request, View.of(text), resolved=told.resolved)
        return [replace(one, args=_after(told.kept, one.args), on_result=None) for one in said]

    def _where_pressed(self, request: Request, view: View, *, resolved: bool) -> list[OutgoingMessage]:
        dialog = Modal(self.wording.plainly("chrome", "goes_on_title"), view.parts, "goes_on")
        if request.view:
            return [self.update_view(request, request.view, dialog)]
        if resolved:
            return self.in_place(request, view)
        if request.response_url:
            return [self.respond(request, view)]  # the bot may be no member
        if request.channel:
            return [self.ephemeral_view(request, view)]
        return [self.open_view(request, dialog)] if request.trigger_id else []

    def to_owner(
        self, conn: Connection, request: Request, check_id: str, view: View, key: str = "0"
    ) -> OutgoingMessage:
        """A message in the thread of a check, or in its owner's DM while it has none."""
        check = check_by_id(conn, request.team, check_id)
        if check is None or not check.thread_ts:
            return self.direct(request, check.owner if check else request.user, view, key)
        args = blockkit.message(view, key) | {"channel": check.channel, "thread_ts": check.thread_ts}
        return self.outgoing("chat.postMessage", args, request, lane=check.owner)


def _after(kept: tuple[dict[str, Any], ...], args: dict[str, Any]) -> dict[str, Any]:
    """What is said, below the blocks that stay."""
    if not kept:
        return args
    kept = tuple({name: held for name, held in block.items() if name != "block_id"} for block in kept)
    for holder in ("view", "body"):
        if holder in args:
            return args | {holder: args[holder] | {"blocks": [*kept, *args[holder]["blocks"]]}}
    return args | {"blocks": [*kept, *args["blocks"]]}


def _opening(request: Request) -> Opened:
    return Opened(user=request.user, channel=request.channel, thread=request.thread_ts, url=request.response_url)

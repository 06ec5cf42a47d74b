"""What is listened to: one ``register_…`` a surface, and who takes what as literal tables. Listeners only translate;
what a thing means is ``advisor.conversation``'s.

The manifest declares exactly what is listened to here: commands, events and shortcuts; a test compares the two.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from zlib import crc32

from slack_bolt import Ack, App, BoltContext

from advisor.conversation import SAID, Clicked
from bot.calculator import Calculator
from bot.check.conversation import Conversation
from bot.check.form import Form
from bot.check.menus import ONCE
from bot.decision.export import Export
from bot.decision.feedback import Feedback
from bot.decision.handover import Handover
from bot.decision.lookup import Lookup
from bot.decision.readers import Readers
from bot.decision.reminders import Reminders
from bot.decision.revise import Revise
from bot.decision.share import Share
from bot.home.deletion import Deletion
from bot.home.tab import Home
from bot.messages import Request
from bot.render.blockkit import message
from bot.render.view import View
from bot.slack.leaving import Operator
from bot.slack.payloads import Click, caller, click, clicker, from_a_bot, heard, inner, typed, values_of, when

COMMAND = "/finetune"
_SAID = {None, "file_share", "thread_broadcast", "me_message"}  # subtypes of what a person says themselves


class Handlers(NamedTuple):
    """Who takes what is heard."""

    conversation: Conversation
    form: Form
    lookup: Lookup
    share: Share
    revise: Revise
    handover: Handover
    reminders: Reminders
    export: Export
    feedback: Feedback
    home: Home
    deletion: Deletion
    calculator: Calculator
    operator: Operator
    readers: Readers


Acts = Mapping[str, Callable[[Handlers, Click], None]]

_MORE: Mapping[str, str] = {
    "differ": "record:differ", "take_down": "record:take_down", "start_own": "session:start",
    "revise": "home:revise", "update": "home:update", "delete": "home:ask_delete",
}  # fmt: skip
"""What can be picked behind *More* on a record, or on a line of Home -> who takes it."""


def _picked(to: Handlers, it: Click) -> None:
    """What was picked behind *More*, as if it had been pressed; its value is "what:record", or "what:check"."""
    what, _, value = it.picked.partition(":")
    if act := _MORE.get(what):
        ACTS[act](to, it._replace(value="" if what == "start_own" else value))
    else:
        to.conversation.strayed(it.request)


def _from_more(to: Handlers, it: Click) -> None:
    """What was picked behind *More* on a card, as if it had been pressed: an action id, "report:remind:30"."""
    family, _, rest = it.picked.partition(":")
    verb, _, picked = rest.partition(":")
    what = f"{family}:{verb}"
    if family in ("report", "session", "feedback") and what not in ("report:more", "session:more", "feedback:thumb"):
        take(to, it._replace(what=what, how="", picked=picked))
    else:
        to.conversation.strayed(it.request)


def _start(to: Handlers, it: Click) -> None:
    """A check, begun where something is offered once, under a mention (of whom goes on the id), or anywhere else."""
    how, _, by = it.how.partition(":")
    to.conversation.start(it.request, it.value, once=how == ONCE, mentioned=by if how == "mention" else None)


CARDS: Acts = {
    "session:start": _start,
    "session:mentioned": lambda *_: None,  # what is ticked counts when *Use these* is pressed
    "session:resume": lambda to, it: to.conversation.resume(it.request, it.value, once=it.how == ONCE),
    "session:form": lambda to, it: to.form.ask(it.request, it.check_id),
    "session:keep": lambda to, it: to.form.keep(it.request, it.check_id, it.version, it.value),
    "session:undo": lambda to, it: to.form.undo(it.request, it.check_id, it.version, it.value),
    "report:try": lambda to, it: to.form.try_others(it.request, it.check_id, it.value),
    "report:more": _from_more,
    "session:more": _from_more,
    "feedback:thumb": lambda to, it: _from_more(to, it._replace(picked=it.value)),
    "report:plan": lambda to, it: to.form.ask_plan(it.request, it.check_id),
    "report:share": lambda to, it: to.share.ask(it.request, it.check_id),
    "report:post_back": lambda to, it: to.share.post_back(it.request, it.check_id),
    "report:update": lambda to, it: to.revise.update(it.request, it.check_id),
    "report:export": lambda to, it: to.export.export(it.request, it.check_id),
    "report:hand_over": lambda to, it: to.handover.ask(it.request, it.check_id),
    "report:remind": lambda to, it: to.reminders.remind(it.request, it.check_id, it.picked),
    "report:forget_reminder": lambda to, it: to.reminders.forget(it.request, it.check_id),
    "report:versions": lambda to, it: to.lookup.versions(it.request, it.check_id),
    "feedback:up": lambda to, it: to.feedback.rate(it.request, it.check_id, True),
    "feedback:down": lambda to, it: to.feedback.rate(it.request, it.check_id, False),
}
"""On a check's card. What else begins with "session:", "report:", "answer:" or "ask:" is a step of the conversation."""

RECORDS: Acts = {
    "record:version": lambda to, it: to.lookup.version(it.request, it.value),
    "record:how": lambda to, it: to.revise.how(it.request, it.value),
    "record:ask": lambda to, it: to.readers.ask(it.request, it.value),
    "record:follow": lambda to, it: to.readers.follow(it.request, it.value),
    "record:unfollow": lambda to, it: to.readers.unfollow(it.request, it.value),
    "record:differ": lambda to, it: to.readers.differ(it.request, it.value),
    "record:take_down": lambda to, it: to.readers.take_down(it.request, it.value),
    "record:keep": lambda to, it: to.readers.keep(it.request, it.value),
    "record:more": _picked,
    "record:outside": lambda to, it: to.share.post_outside(it.request, it.value),
    "record:was_posted": lambda to, it: to.lookup.was_posted(it.request, it.value, posted=True),
    "record:post_again": lambda to, it: to.lookup.was_posted(it.request, it.value, posted=False),
    "record:accept": lambda to, it: to.handover.answer(it.request, it.value, accept=True),
    "record:decline": lambda to, it: to.handover.answer(it.request, it.value, accept=False),
    "record:withdraw": lambda to, it: to.handover.withdraw(it.request, it.value),
    "record:again": lambda to, it: to.conversation.act(it.request, "again", it.value, once=True),
}
"""On posted records, and on what is said about them."""

ROI: Acts = {
    "roi:open": lambda to, it: to.calculator.ask(it.request),
    "roi:adjust": lambda to, it: to.calculator.ask(it.request, it.value),
    "roi:example": lambda to, it: to.calculator.with_example(it.request, it.value),
    "roi:range": lambda to, it: to.calculator.pick(it.request, it.value),
    "roi:post": lambda to, it: to.calculator.post(it.request, it.value),
    "roi:pick": lambda to, it: to.calculator.pick(it.request, it.value),
    "roi:check": lambda to, it: to.calculator.check(it.request, it.value),
}
"""On the quick calculation."""

HOME: Acts = {
    "home:resume": lambda to, it: to.conversation.resume(it.request, it.value),
    "home:open": lambda to, it: to.conversation.resume(it.request, it.value),
    "home:revise": lambda to, it: to.conversation.act(it.request, "change", it.value),
    "home:update": lambda to, it: to.revise.update(it.request, it.value),
    "home:more": _picked,
    "home:ask_delete": lambda to, it: to.deletion.ask_to_delete(it.request, it.value),
    "home:delete": lambda to, it: to.deletion.delete(it.request, it.value, it.dialog),
    "home:page": lambda to, it: to.home.turn_page(it.request, it.value),
    "home:reminders": lambda to, it: to.home.set_reminders(it.request, it.value == "on"),
    "home:wording": lambda to, it: to.home.set_wording(it.request, it.value == "on"),
    "home:forget": lambda to, it: to.deletion.forget(it.request, it.value),
}
"""On the Home tab."""

ACTS: Acts = CARDS | RECORDS | ROI | HOME  # type: ignore[operator]
"""Family and verb of an action id -> who takes it. Ids are for ever: cards that are posted carry them."""

Dialog = Callable[[Handlers, Request, str, dict[str, Any]], dict[str, Any] | None]

DIALOGS: Mapping[str, Dialog] = {
    "form": lambda to, request, about, values: to.form.submit(request, about, values),
    "share": lambda to, request, about, values: to.share.submit(request, about, values),
    "share_back": lambda to, request, about, values: to.share.submit(request, about, values, back=True),
    "roi": lambda to, request, about, values: to.calculator.submit(request, about, values),
    "import": lambda to, request, _, values: to.export.bring(request, str(values.get("json") or "")),
    "hand_over": lambda to, request, about, values: to.handover.offer(request, about, str(values.get("person") or "")),
    "record_question": lambda to, request, about, values: to.readers.answer(
        request, about, str(values.get("line") or "")
    ),
    "record_differs": lambda to, request, about, values: to.readers.differs(
        request, about, str(values.get("line") or "")
    ),
    "feedback": lambda to, request, about, values: to.feedback.why_not(request, about, str(values.get("note") or "")),
}
"""Callback id -> who takes a dialog that was sent, with what it is about and its values; what its ack says, if
anything."""


def _whispered(view: View | None) -> dict[str, Any] | None:
    return message(view) | {"response_type": "ephemeral"} if view else None


COMMANDS: Mapping[str, Callable[[Handlers, Request, str], dict[str, Any] | None]] = {
    "roi": lambda to, request, line: to.calculator.work_out(request, line) if line else to.calculator.ask(request),
    "compare": lambda to, _, line: to.calculator.compare(line),
    "import": lambda to, request, _: to.export.ask_import(request),
    "decisions": lambda to, request, word: _whispered(to.lookup.listed(request, word)),
}
"""The words of the slash command that the conversation does not take itself; what the ack says, if anything."""


def register(app: App, handlers: Handlers) -> None:
    """Every surface. The catch-all comes last: an action nobody takes shows the person a warning sign."""
    register_messages(app, handlers)
    register_workspace(app, handlers)
    register_commands(app, handlers)
    register_dialogs(app, handlers)
    register_buttons(app, handlers)


def register_messages(app: App, handlers: Handlers) -> None:
    """What people write, in a DM or to the bot in a channel."""

    @app.event("message")
    def said(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event.get("channel_type") == "im" and not from_a_bot(event, context):
            _dm(handlers, body, event, context)

    @app.event("app_mention")
    def mention(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if not (from_a_bot(event, context) or str(event.get("channel")).startswith("D")):
            handlers.readers.mentioned(heard(body, event, context))


def register_workspace(app: App, handlers: Handlers) -> None:
    """The app's own tabs, and whether it is there at all."""

    @app.event("app_home_opened")
    def opened(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        request = heard(body, event, context)
        if event.get("tab") == "messages":
            handlers.conversation.opened(request)
        else:
            handlers.home.opened(request)

    @app.event("app_uninstalled")
    @app.event("tokens_revoked")
    def left(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event["type"] == "app_uninstalled" or inner(event, "tokens").get("bot"):
            handlers.operator.left(heard(body, event, context), when(body))


def register_commands(app: App, handlers: Handlers) -> None:
    """The slash command and the shortcuts."""
    others = {word: partial(take, handlers) for word, take in COMMANDS.items()}

    @app.command(COMMAND)
    def finetune(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack(handlers.conversation.command(caller(body, context), others))

    @app.shortcut("start_check")
    @app.shortcut("check_message")
    def shortcut(ack: Ack, shortcut: dict[str, Any], context: BoltContext) -> None:
        said = typed(str((shortcut.get("message") or {}).get("text") or ""), context.bot_user_id)
        request = clicker(shortcut, shortcut | {"action_id": "shortcut"})
        handlers.conversation.start(request, said, taken=bool(said))
        ack()


def register_dialogs(app: App, handlers: Handlers) -> None:
    """Dialogs that are sent, and the one that is drawn anew while it is filled in."""

    @app.view(re.compile(rf"^({'|'.join(DIALOGS)})$"))
    def sent(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        # Not its hash: a dialog is sent once, also when it was drawn anew between two clicks.
        request = clicker(body, {"action_id": "view"})._replace(key=f"view:{view.get('id')}")
        about = str(view.get("private_metadata") or "")
        answer = DIALOGS[view["callback_id"]](handlers, request, about, values_of(view))
        ack(**answer) if answer else ack()

    @app.action("options")
    def ticked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        view = body.get("view") or {}
        shown = (str(view.get("private_metadata") or ""), values_of(view), str(view.get("id") or ""))
        handlers.share.preview(clicker(body, action), *shown)
        ack()


def register_buttons(app: App, handlers: Handlers) -> None:
    """Buttons and choices on cards, records, the quick calculation and Home."""

    @app.action(re.compile(r".*"))
    def clicked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        take(handlers, click(body, action))
        ack()


def take(to: Handlers, it: Click) -> None:
    """A click, to whoever takes it."""
    family, _, verb = it.what.partition(":")
    if act := ACTS.get(it.what):
        act(to, it)
    elif family == "ask":
        to.conversation.asked(it.request, it.check_id, verb)
    elif event := _step(family, verb, it):
        to.conversation.clicked(it.request, event, it.request.message_ts, it.check_id)
    else:
        to.conversation.strayed(it.request)


def _step(family: str, verb: str, it: Click) -> Clicked | None:
    """A click as a step of the conversation; a button that this release does not know reads as one that has moved
    on, and what was never one as nothing."""
    if family == "answer":
        said = re.fullmatch(rf"{SAID}\d+", it.how)
        chosen = it.picked if it.how == "pick" else SAID if said else it.how
        words = it.value if said else ""
        return Clicked(verb="answer", field=verb, option=chosen, words=words, version=it.version)
    if family not in ("session", "report"):
        return None
    if verb == "use":
        return Clicked(verb="use", fields=it.ticked, version=it.version)
    if verb == "edit":
        return Clicked(verb="edit", field=it.picked, version=it.version)
    try:
        return Clicked.model_validate({"verb": verb, "version": it.version})
    except ValueError:
        return Clicked(verb="answer", version=-1)


def _dm(handlers: Handlers, body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
    if event.get("subtype") == "message_changed":
        now, before = event.get("message") or {}, event.get("previous_message") or {}
        if now.get("text") != before.get("text"):
            handlers.conversation.edited(heard(body, event | now, context))
    elif event.get("subtype") in _SAID:
        request = heard(body, event, context)
        # Slack may deliver one message under two event ids.
        request = request._replace(key=f"{request.user}:{request.channel}:{request.ts}:{crc32(request.text.encode())}")
        line = re.fullmatch(r"(?:quick )?roi(?:[ :\n]+(.*))?", request.text, re.IGNORECASE | re.DOTALL)
        if line:  # slash commands do not exist in threads: there the bare words do the same
            handlers.calculator.say(request, line[1] or "")
        elif request.text.casefold().rstrip(".!") == "delete my data":
            handlers.deletion.ask_to_forget(request)
        elif request.text:
            handlers.conversation.message(request)
        else:
            handlers.conversation.attached(request)

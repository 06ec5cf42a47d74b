"""Bolt payloads in, turns out. Listeners only translate; what a thing means is ``advisor.conversation``'s.

The manifest declares exactly what is listened to here: commands, events and shortcuts; a test compares the two.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from slack_bolt import Ack, App, BoltContext

from advisor.conversation import SAID, Clicked
from bot.calculator import Calculator
from bot.check.conversation import Conversation
from bot.check.live_card import card_of
from bot.decision.export import Export
from bot.decision.feedback import Feedback
from bot.decision.handover import Handover
from bot.decision.lookup import Lookup
from bot.decision.reminders import Reminders
from bot.decision.revise import Revise
from bot.decision.share import Share
from bot.home import Home
from bot.messages import NAMELESS, Request
from bot.operator import Operator
from bot.render.blockkit import message

COMMAND = "/finetune"
_DECISIONS = "share|post_back|update|export|hand_over|remind|forget_reminder|versions"
_SAID = {None, "file_share", "thread_broadcast", "me_message"}  # subtypes of what a person says themselves


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who takes what is heard."""

    conversation: Conversation
    decisions: Lookup
    sharing: Share
    posted: Revise
    handover: Handover
    reminders: Reminders
    export: Export
    feedback: Feedback
    home: Home
    calculator: Calculator
    leaving: Operator


def listen(app: App, handlers: Handlers) -> None:
    """Register every listener. The catch-all comes last: an action nobody takes shows the person a warning sign."""
    conversation, home = handlers.conversation, handlers.home

    @app.event("message")
    def said(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event.get("channel_type") == "im" and not _from_a_bot(event, context):
            _dm(handlers, body, event, context)

    @app.event("app_mention")
    def mention(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if not (_from_a_bot(event, context) or str(event.get("channel")).startswith("D")):
            conversation.mentioned(_heard(body, event, context))

    @app.event("app_home_opened")
    def opened(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        request = _heard(body, event, context)
        if event.get("tab") == "messages":
            conversation.opened(request)
        else:
            home.opened(request)

    @app.event("app_uninstalled")
    @app.event("tokens_revoked")
    def left(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event["type"] == "app_uninstalled" or _inner(event, "tokens").get("bot"):
            handlers.leaving.left(_heard(body, event, context))

    @app.command(COMMAND)
    def finetune(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack(conversation.command(_caller(body, context), _commands(handlers)))

    @app.shortcut("start_check")
    @app.shortcut("check_message")
    def shortcut(ack: Ack, shortcut: dict[str, Any], context: BoltContext) -> None:
        said = _typed(str((shortcut.get("message") or {}).get("text") or ""), context.bot_user_id)
        conversation.start(_clicker(shortcut, shortcut | {"action_id": "shortcut"}), said, taken=bool(said))
        ack()

    @app.view(re.compile(r"^(share|roi|import|hand_over|feedback)$"))
    def sent(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        answer = _sent(handlers, _clicker(body, {"action_id": "view"}), view)
        ack(**answer) if answer else ack()

    @app.action(re.compile(rf"^(record|home|roi|feedback):|^report:({_DECISIONS})$"))
    def on_decision(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        _decided(handlers, _clicker(body, action), action)
        ack()

    @app.action(re.compile(r"^ask:"))
    def on_question(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        check_id, _ = card_of(str(action.get("block_id") or ""))
        conversation.asked(_clicker(body, action), check_id, str(action["action_id"]).partition(":")[2])
        ack()

    @app.action("options")
    def ticked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        view = body.get("view") or {}
        shown = (str(view.get("private_metadata") or ""), _values(view), str(view.get("id") or ""))
        handlers.sharing.preview(_clicker(body, action), *shown)
        ack()

    @app.action(re.compile(r"^(answer|report):"))
    def on_card(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        _click(conversation, body, action)
        ack()

    @app.action(re.compile(r"^session:"))
    def on_session(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        verb, _, how = str(action["action_id"]).partition(":")[2].partition(":")
        if verb == "start":
            conversation.start(_clicker(body, action), str(action.get("value") or ""), from_mention=how == "mention")
        elif verb == "resume":
            conversation.resume(_clicker(body, action), str(action.get("value") or ""))
        else:
            _click(conversation, body, action)
        ack()

    @app.action(re.compile(r".*"))
    def stray(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        conversation.strayed(_clicker(body, action))
        ack()


def _dm(handlers: Handlers, body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
    if event.get("subtype") == "message_changed":
        now, before = event.get("message") or {}, event.get("previous_message") or {}
        if now.get("text") != before.get("text"):
            handlers.conversation.edited(_heard(body, event | now, context))
    elif event.get("subtype") in _SAID:
        request = _heard(body, event, context)
        # Slack may deliver one message under two event ids.
        request = replace(request, key=f"{request.user}:{request.channel}:{request.ts}:{crc32(request.text.encode())}")
        line = re.fullmatch(r"(?:quick )?roi(?:[ :\n]+(.*))?", request.text, re.IGNORECASE | re.DOTALL)
        if line:  # slash commands do not exist in threads: there the bare words do the same
            handlers.calculator.say(request, line[1] or "")
        elif request.text.casefold().rstrip(".!") == "delete my data":
            handlers.home.ask_to_forget(request)
        elif request.text:
            handlers.conversation.message(request)
        else:
            handlers.conversation.attached(request)


def _from_a_bot(event: dict[str, Any], context: BoltContext) -> bool:
    """Our own echo, another bot, or Slackbot: answering any of them could go on for ever."""
    inner = event.get("message") or event
    ours = (context.bot_user_id, "USLACKBOT", None)
    return bool(inner.get("bot_id") or inner.get("bot_profile") or inner.get("user") in ours)


_MARKED = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def _typed(text: str, bot_user: str | None) -> str:
    """Words as they were typed: Slack's links and entities undone, a mention of the bot left out."""

    def words(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):  # people stay as they are: a mention can be the answer to "who?"
            return " " if target == f"@{bot_user}" else found[0]
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        return label or re.sub(r"^(?:!|mailto:|tel:)", "", target)

    text = _MARKED.sub(words, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.encode(errors="replace").decode().strip()  # half a surrogate pair is no text that can be kept


def _heard(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> Request:
    return Request(
        key=str(body.get("event_id")),
        team=str(context.team_id),  # the installation's: in a shared channel ``body`` may name another
        enterprise=str(body.get("enterprise_id") or ""),
        user=str(event.get("user")),
        channel=str(event.get("channel")),
        ts=str(event.get("ts") or ""),
        thread_ts=str(event.get("thread_ts") or ""),
        text=_typed(str(event.get("text") or ""), context.bot_user_id),
    )


def _caller(body: dict[str, Any], context: BoltContext) -> Request:
    """Who typed a slash command where."""
    return Request(
        key=str(body.get("trigger_id")),
        team=str(body.get("team_id")),
        enterprise=str(body.get("enterprise_id") or ""),
        user=str(body.get("user_id")),
        channel=str(body.get("channel_id")),
        text=_typed(str(body.get("text") or ""), context.bot_user_id),
        name=str(body.get("user_name") or NAMELESS),
        trigger_id=str(body.get("trigger_id")),
        response_url=str(body.get("response_url") or ""),
    )


def _clicker(body: dict[str, Any], action: dict[str, Any]) -> Request:
    """Who clicked where. Team and person come from the signed payload, never from the button."""
    container, message, view = _inner(body, "container"), _inner(body, "message"), _inner(body, "view")
    user, team = _inner(body, "user"), _inner(body, "team")
    return Request(
        key=f"{user.get('id')}:{action.get('action_ts')}:{action.get('action_id')}",
        team=str(view.get("app_installed_team_id") or team.get("id") or user.get("team_id") or ""),
        enterprise=str(team.get("enterprise_id") or ""),
        user=str(user.get("id")),
        channel=str(container.get("channel_id") or _inner(body, "channel").get("id") or ""),
        thread_ts=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        name=str(user.get("name") or user.get("username") or NAMELESS),
        trigger_id=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
        message_ts=str(container.get("message_ts") or message.get("ts") or ""),
    )


def _commands(handlers: Handlers) -> dict[str, Callable[[Request, str], dict[str, Any]]]:
    """The words of the slash command that other rooms answer."""

    def roi(request: Request, line: str) -> dict[str, Any]:
        if line:
            return handlers.calculator.work_out(request, line)
        handlers.calculator.ask(request)
        return {}

    def bring(request: Request, _line: str) -> dict[str, Any]:
        handlers.export.ask_import(request)
        return {}

    def decisions(request: Request, word: str) -> dict[str, Any]:
        return message(handlers.decisions.listed(request, word)) | {"response_type": "ephemeral"}

    return {"roi": roi, "import": bring, "decisions": decisions}


def _decided(handlers: Handlers, request: Request, action: dict[str, Any]) -> None:
    """A button that is about a decision, the quick calculation or the Home tab."""
    verb, _, rest = str(action["action_id"]).partition(":")
    what, value = rest.partition(":")[0], str(action.get("value") or "")
    picked = str(_inner(action, "selected_option").get("value") or "")
    check_id, _ = card_of(str(action.get("block_id") or ""))
    sharing, reminders, home, roi = handlers.sharing, handlers.reminders, handlers.home, handlers.calculator
    acts: dict[tuple[str, str], Callable[[], None]] = {
        ("report", "share"): lambda: sharing.ask(request, check_id),
        ("report", "post_back"): lambda: sharing.post_back(request, check_id),
        ("report", "update"): lambda: handlers.posted.update(request, check_id),
        ("report", "export"): lambda: handlers.export.export(request, check_id),
        ("report", "hand_over"): lambda: handlers.handover.ask(request, check_id),
        ("report", "remind"): lambda: reminders.remind(request, check_id, picked),
        ("report", "forget_reminder"): lambda: reminders.forget(request, check_id),
        ("report", "versions"): lambda: handlers.decisions.versions(request, check_id),
        ("record", "version"): lambda: handlers.decisions.version(request, value),
        ("record", "how"): lambda: handlers.posted.how(request, value),
        ("record", "outside"): lambda: sharing.post_outside(request, value),
        ("record", "was_posted"): lambda: handlers.decisions.was_posted(request, value, posted=True),
        ("record", "post_again"): lambda: handlers.decisions.was_posted(request, value, posted=False),
        ("record", "accept"): lambda: handlers.handover.answer(request, value, accept=True),
        ("record", "decline"): lambda: handlers.handover.answer(request, value, accept=False),
        ("record", "again"): lambda: handlers.conversation.act(request, "again", value),
        ("feedback", "up"): lambda: handlers.feedback.rate(request, check_id, True),
        ("feedback", "down"): lambda: handlers.feedback.rate(request, check_id, False),
        ("roi", "open"): lambda: roi.ask(request),
        ("roi", "adjust"): lambda: roi.ask(request, value),
        ("roi", "example"): lambda: roi.with_example(request, value),
        ("roi", "post"): lambda: roi.post(request, value),
        ("roi", "check"): lambda: roi.check(request, value),
        ("home", "resume"): lambda: handlers.conversation.resume(request, value),
        ("home", "open"): lambda: handlers.conversation.resume(request, value),
        ("home", "revise"): lambda: handlers.conversation.act(request, "change", value),
        ("home", "delete"): lambda: home.delete(request, value),
        ("home", "page"): lambda: home.turn_page(request, value),
        ("home", "reminders"): lambda: home.set_reminders(request, value == "on"),
        ("home", "wording"): lambda: home.set_wording(request, value == "on"),
        ("home", "forget"): lambda: home.forget(request),
    }
    acts.get((verb, what), lambda: handlers.conversation.strayed(request))()


def _sent(handlers: Handlers, request: Request, view: dict[str, Any]) -> dict[str, Any]:
    """A dialog that was sent; returns what its ack says."""
    values = _values(view)
    metadata = str(view.get("private_metadata") or "")
    # Not its hash: a dialog is sent once, also when it was drawn anew between two clicks.
    request = replace(request, key=f"view:{view.get('id')}")
    match view["callback_id"]:
        case "share":
            return handlers.sharing.submit(request, metadata, values)
        case "roi":
            return handlers.calculator.submit(request, metadata, values)
        case "import":
            return handlers.export.bring(request, str(values.get("json") or ""))
        case "hand_over":
            return handlers.handover.offer(request, metadata, str(values.get("person") or ""))
        case _:
            handlers.feedback.why_not(request, metadata, str(values.get("note") or ""))
    return {}


def _values(view: dict[str, Any]) -> dict[str, Any]:
    """What stands in a view's inputs; what has not the shape of an input's value is not there."""
    held = _inner(_inner(view, "state"), "values")
    return {block: _value(next(iter(inputs.values()))) for block in held if (inputs := _inner(held, block))}


def _value(held: Any) -> Any:
    if not isinstance(held, dict):
        return None
    if isinstance(ticked := held.get("selected_options"), list):
        return [str(option.get("value")) for option in ticked if isinstance(option, dict)]
    return held.get("value") or held.get("selected_conversation") or held.get("selected_user")


def _inner(holder: dict[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _click(conversation: Conversation, body: dict[str, Any], action: dict[str, Any]) -> None:
    request = _clicker(body, action)
    verb, _, rest = str(action["action_id"]).partition(":")
    field, _, option = rest.partition(":")
    picked = _inner(action, "selected_option").get("value")
    check_id, version = card_of(str(action.get("block_id") or ""))
    if verb == "answer":
        said = re.fullmatch(rf"{SAID}\d+", option)
        chosen = str(picked) if option == "pick" else SAID if said else option
        words = str(action.get("value") or "") if said else ""
        event = Clicked(verb="answer", field=field, option=chosen, words=words, version=version)
    elif field == "edit":
        event = Clicked(verb="edit", field=str(picked), version=version)
    else:
        event = _command(field, version)
    conversation.clicked(request, event, request.message_ts, check_id)


def _command(name: str, version: int | None) -> Clicked:
    """A card's command button; one that this release does not know reads as a step that has moved on."""
    try:
        return Clicked.model_validate({"verb": name, "version": version})
    except ValueError:
        return Clicked(verb="answer", version=-1)

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
from bot.decision.lookup import Decisions
from bot.decision.reminders import Reminders
from bot.decision.revise import Posted
from bot.decision.share import Sharing
from bot.home import Home
from bot.messages import NAMELESS, Heard
from bot.operator import Leaving
from bot.render.blockkit import message

COMMAND = "/finetune"
_DECISIONS = "share|post_back|update|export|hand_over|remind|forget_reminder|versions"
_SAID = {None, "file_share", "thread_broadcast", "me_message"}  # subtypes of what a person says themselves


@dataclass(frozen=True, slots=True)
class Rooms:
    """Who takes what is heard."""

    conversation: Conversation
    decisions: Decisions
    sharing: Sharing
    posted: Posted
    handover: Handover
    reminders: Reminders
    export: Export
    feedback: Feedback
    home: Home
    calculator: Calculator
    leaving: Leaving


def listen(app: App, rooms: Rooms) -> None:
    """Register every listener. The catch-all comes last: an action nobody takes shows the person a warning sign."""
    conversation, home = rooms.conversation, rooms.home

    @app.event("message")
    def said(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event.get("channel_type") == "im" and not _from_a_bot(event, context):
            _dm(rooms, body, event, context)

    @app.event("app_mention")
    def mention(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if not (_from_a_bot(event, context) or str(event.get("channel")).startswith("D")):
            conversation.mentioned(_heard(body, event, context))

    @app.event("app_home_opened")
    def opened(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        heard = _heard(body, event, context)
        if event.get("tab") == "messages":
            conversation.opened(heard)
        else:
            home.opened(heard)

    @app.event("app_uninstalled")
    @app.event("tokens_revoked")
    def left(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event["type"] == "app_uninstalled" or (event.get("tokens") or {}).get("bot"):
            rooms.leaving.left(_heard(body, event, context))

    @app.command(COMMAND)
    def finetune(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack(conversation.command(_caller(body, context), _commands(rooms)))

    @app.shortcut("start_check")
    @app.shortcut("check_message")
    def shortcut(ack: Ack, shortcut: dict[str, Any], context: BoltContext) -> None:
        said = _typed(str((shortcut.get("message") or {}).get("text") or ""), context.bot_user_id)
        conversation.start(_clicker(shortcut, shortcut | {"action_id": "shortcut"}), said, taken=bool(said))
        ack()

    @app.view(re.compile(r"^(share|roi|import|hand_over|feedback)$"))
    def sent(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        answer = _sent(rooms, _clicker(body, {"action_id": "view"}), view)
        ack(**answer) if answer else ack()

    @app.action(re.compile(rf"^(record|home|roi|feedback):|^report:({_DECISIONS})$"))
    def on_decision(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        _decided(rooms, _clicker(body, action), action)
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
        rooms.sharing.preview(_clicker(body, action), *shown)
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


def _dm(rooms: Rooms, body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
    if event.get("subtype") == "message_changed":
        now, before = event.get("message") or {}, event.get("previous_message") or {}
        if now.get("text") != before.get("text"):
            rooms.conversation.edited(_heard(body, event | now, context))
    elif event.get("subtype") in _SAID:
        heard = _heard(body, event, context)
        # Slack may deliver one message under two event ids.
        heard = replace(heard, key=f"{heard.user}:{heard.channel}:{heard.ts}:{crc32(heard.text.encode())}")
        line = re.fullmatch(r"(?:quick )?roi(?:[ :\n]+(.*))?", heard.text, re.IGNORECASE | re.DOTALL)
        if line:  # slash commands do not exist in threads: there the bare words do the same
            rooms.calculator.say(heard, line[1] or "")
        elif heard.text.casefold().rstrip(".!") == "delete my data":
            rooms.home.ask_to_forget(heard)
        elif heard.text:
            rooms.conversation.message(heard)
        else:
            rooms.conversation.attached(heard)


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


def _heard(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> Heard:
    return Heard(
        key=str(body.get("event_id")),
        team=str(context.team_id),  # the installation's: in a shared channel ``body`` may name another
        enterprise=str(body.get("enterprise_id") or ""),
        user=str(event.get("user")),
        channel=str(event.get("channel")),
        ts=str(event.get("ts") or ""),
        thread_ts=str(event.get("thread_ts") or ""),
        text=_typed(str(event.get("text") or ""), context.bot_user_id),
    )


def _caller(body: dict[str, Any], context: BoltContext) -> Heard:
    """Who typed a slash command where."""
    return Heard(
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


def _clicker(body: dict[str, Any], action: dict[str, Any]) -> Heard:
    """Who clicked where. Team and person come from the signed payload, never from the button."""
    container, message, view = _inner(body, "container"), _inner(body, "message"), _inner(body, "view")
    user, team = _inner(body, "user"), _inner(body, "team")
    return Heard(
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


def _commands(rooms: Rooms) -> dict[str, Callable[[Heard, str], dict[str, Any]]]:
    """The words of the slash command that other rooms answer."""

    def roi(heard: Heard, line: str) -> dict[str, Any]:
        if line:
            return rooms.calculator.work_out(heard, line)
        rooms.calculator.ask(heard)
        return {}

    def bring(heard: Heard, _line: str) -> dict[str, Any]:
        rooms.export.ask_import(heard)
        return {}

    def decisions(heard: Heard, word: str) -> dict[str, Any]:
        return message(rooms.decisions.listed(heard, word)) | {"response_type": "ephemeral"}

    return {"roi": roi, "import": bring, "decisions": decisions}


def _decided(rooms: Rooms, heard: Heard, action: dict[str, Any]) -> None:
    """A button that is about a decision, the quick calculation or the Home tab."""
    verb, _, rest = str(action["action_id"]).partition(":")
    what, value = rest.partition(":")[0], str(action.get("value") or "")
    picked = str(_inner(action, "selected_option").get("value") or "")
    check_id, _ = card_of(str(action.get("block_id") or ""))
    sharing, reminders, home, roi = rooms.sharing, rooms.reminders, rooms.home, rooms.calculator
    acts: dict[tuple[str, str], Callable[[], None]] = {
        ("report", "share"): lambda: sharing.ask(heard, check_id),
        ("report", "post_back"): lambda: sharing.post_back(heard, check_id),
        ("report", "update"): lambda: rooms.posted.update(heard, check_id),
        ("report", "export"): lambda: rooms.export.export(heard, check_id),
        ("report", "hand_over"): lambda: rooms.handover.ask(heard, check_id),
        ("report", "remind"): lambda: reminders.remind(heard, check_id, picked),
        ("report", "forget_reminder"): lambda: reminders.forget(heard, check_id),
        ("report", "versions"): lambda: rooms.decisions.versions(heard, check_id),
        ("record", "version"): lambda: rooms.decisions.version(heard, value),
        ("record", "how"): lambda: rooms.posted.how(heard, value),
        ("record", "outside"): lambda: sharing.post_outside(heard, value),
        ("record", "was_posted"): lambda: rooms.decisions.was_posted(heard, value, posted=True),
        ("record", "post_again"): lambda: rooms.decisions.was_posted(heard, value, posted=False),
        ("record", "accept"): lambda: rooms.handover.answer(heard, value, accept=True),
        ("record", "decline"): lambda: rooms.handover.answer(heard, value, accept=False),
        ("record", "again"): lambda: rooms.conversation.act(heard, "again", value),
        ("feedback", "up"): lambda: rooms.feedback.rate(heard, check_id, True),
        ("feedback", "down"): lambda: rooms.feedback.rate(heard, check_id, False),
        ("roi", "open"): lambda: roi.ask(heard),
        ("roi", "adjust"): lambda: roi.ask(heard, value),
        ("roi", "example"): lambda: roi.with_example(heard, value),
        ("roi", "post"): lambda: roi.post(heard, value),
        ("roi", "check"): lambda: roi.check(heard, value),
        ("home", "resume"): lambda: rooms.conversation.resume(heard, value),
        ("home", "open"): lambda: rooms.conversation.resume(heard, value),
        ("home", "revise"): lambda: rooms.conversation.act(heard, "change", value),
        ("home", "delete"): lambda: home.delete(heard, value),
        ("home", "page"): lambda: home.turn_page(heard, value),
        ("home", "reminders"): lambda: home.set_reminders(heard, value == "on"),
        ("home", "wording"): lambda: home.set_wording(heard, value == "on"),
        ("home", "forget"): lambda: home.forget(heard),
    }
    acts.get((verb, what), lambda: rooms.conversation.strayed(heard))()


def _sent(rooms: Rooms, heard: Heard, view: dict[str, Any]) -> dict[str, Any]:
    """A dialog that was sent; returns what its ack says."""
    values = _values(view)
    metadata = str(view.get("private_metadata") or "")
    # Not its hash: a dialog is sent once, also when it was drawn anew between two clicks.
    heard = replace(heard, key=f"view:{view.get('id')}")
    match view["callback_id"]:
        case "share":
            return rooms.sharing.submit(heard, metadata, values)
        case "roi":
            return rooms.calculator.submit(heard, metadata, values)
        case "import":
            return rooms.export.bring(heard, str(values.get("json") or ""))
        case "hand_over":
            return rooms.handover.offer(heard, metadata, str(values.get("person") or ""))
        case _:
            rooms.feedback.why_not(heard, metadata, str(values.get("note") or ""))
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
    heard = _clicker(body, action)
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
    conversation.clicked(heard, event, heard.message_ts, check_id)


def _command(name: str, version: int | None) -> Clicked:
    """A card's command button; one that this release does not know reads as a step that has moved on."""
    try:
        return Clicked.model_validate({"verb": name, "version": version})
    except ValueError:
        return Clicked(verb="answer", version=-1)

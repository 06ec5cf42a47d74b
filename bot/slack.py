"""Bolt payloads in, turns out. Listeners only translate; what a thing means is ``advisor.conversation``'s.

The manifest declares exactly what is listened to here: commands, events and shortcuts; a test compares the two.
"""

import re
from typing import Any

from slack_bolt import Ack, App, BoltContext

from advisor.conversation import Clicked
from bot.turn import Heard, Turns, card_of

COMMAND = "/finetune"
_SAID = {None, "file_share", "thread_broadcast", "me_message"}  # subtypes of what a person says themselves


def listen(app: App, turns: Turns) -> None:
    """Register every listener. The catch-all comes last: an action nobody takes shows the person a warning sign."""

    @app.event("message")
    def message(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event.get("channel_type") == "im" and not _from_a_bot(event, context):
            _dm(turns, body, event, context)

    @app.event("app_mention")
    def mention(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if not (_from_a_bot(event, context) or str(event.get("channel")).startswith("D")):
            turns.mentioned(_heard(body, event, context))

    @app.event("app_home_opened")
    def opened(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
        if event.get("tab") == "messages":
            turns.opened(_heard(body, event, context))

    @app.command(COMMAND)
    def finetune(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        heard = Heard(
            key=str(body.get("trigger_id")),
            team=str(body.get("team_id")),
            enterprise=str(body.get("enterprise_id") or ""),
            user=str(body.get("user_id")),
            channel=str(body.get("channel_id")),
            text=_typed(str(body.get("text") or ""), context.bot_user_id),
        )
        ack(turns.command(heard))

    @app.action(re.compile(r"^(answer|report):"))
    def on_card(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        _click(turns, body, action)
        ack()

    @app.action(re.compile(r"^session:"))
    def on_session(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        verb = action["action_id"].split(":")[1]
        if verb == "start":
            turns.start(_clicker(body, action), str(action.get("value") or ""))
        elif verb == "resume":
            turns.resume(_clicker(body, action), str(action.get("value") or ""))
        else:
            _click(turns, body, action)
        ack()

    @app.action(re.compile(r".*"))
    def stray(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        turns.strayed(_clicker(body, action))
        ack()


def _dm(turns: Turns, body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> None:
    if event.get("subtype") == "message_changed":
        now, before = event.get("message") or {}, event.get("previous_message") or {}
        if now.get("text") != before.get("text"):
            turns.edited(_heard(body, event | now, context))
    elif event.get("subtype") in _SAID:
        heard = _heard(body, event, context)
        if heard.text:
            turns.message(heard)
        else:
            turns.attached(heard)


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
        team=str(body.get("team_id")),
        enterprise=str(body.get("enterprise_id") or ""),
        user=str(event.get("user")),
        channel=str(event.get("channel")),
        ts=str(event.get("ts") or ""),
        thread_ts=str(event.get("thread_ts") or ""),
        text=_typed(str(event.get("text") or ""), context.bot_user_id),
    )


def _clicker(body: dict[str, Any], action: dict[str, Any]) -> Heard:
    """Who clicked where. Team and person come from the signed payload, never from the button."""
    container, message = body.get("container") or {}, body.get("message") or {}
    user, team = body.get("user") or {}, body.get("team") or {}
    return Heard(
        key=f"{user.get('id')}:{action.get('action_ts')}:{action.get('action_id')}",
        team=str(team.get("id") or user.get("team_id") or ""),
        enterprise=str(team.get("enterprise_id") or ""),
        user=str(user.get("id")),
        channel=str(container.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        thread_ts=str(container.get("thread_ts") or message.get("thread_ts") or ""),
    )


def _click(turns: Turns, body: dict[str, Any], action: dict[str, Any]) -> None:
    heard = _clicker(body, action)
    verb, _, rest = str(action["action_id"]).partition(":")
    field, _, option = rest.partition(":")
    picked = (action.get("selected_option") or {}).get("value")
    check_id, version = card_of(str(action.get("block_id") or ""))
    card_ts = str((body.get("container") or {}).get("message_ts") or (body.get("message") or {}).get("ts") or "")
    if verb == "answer":
        event = Clicked(verb="answer", field=field, option=str(picked) if option == "pick" else option, version=version)
    elif field == "edit":
        event = Clicked(verb="edit", field=str(picked), version=version)
    else:
        event = _command(field, version)
    turns.clicked(heard, event, card_ts, check_id)


def _command(name: str, version: int | None) -> Clicked:
    """A card's command button; one that this release does not know reads as a step that has moved on."""
    try:
        return Clicked.model_validate({"verb": name, "version": version})
    except ValueError:
        return Clicked(verb="answer", version=-1)

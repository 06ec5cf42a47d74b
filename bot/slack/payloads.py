"""Bolt payloads, as what the rest of the bot takes: a ``Request``, and what was clicked or sent."""

import re
from typing import Any, NamedTuple

from slack_bolt import BoltContext

from advisor.pattern import pattern
from bot.check.live_card import card_of
from bot.messages import NAMELESS, Request


class Click(NamedTuple):
    """A button pressed or a choice made: ``what`` it does, as "report:share", ``how``, as its id goes on, its own
    ``value`` or the one ``picked``, what is ``ticked`` beside it, the check and version its card was drawn from, and
    the id of the ``dialog`` it was pressed in, if any."""

    request: Request
    what: str
    how: str
    value: str
    picked: str
    ticked: tuple[str, ...]
    check_id: str
    version: int | None
    dialog: str = ""


def click(body: dict[str, Any], action: dict[str, Any]) -> Click:
    """What was clicked."""
    family, _, rest = str(action["action_id"]).partition(":")
    verb, _, how = rest.partition(":")
    check_id, version = card_of(str(action.get("block_id") or ""))
    picked = str(inner(action, "selected_option").get("value") or "")
    value = str(action.get("value") or "")
    what, view = f"{family}:{verb}", inner(body, "view")
    dialog = str(view.get("id") or "") if view.get("type") == "modal" else ""
    return Click(clicker(body, action), what, how, value, picked, _ticked(body), check_id, version, dialog)


def _ticked(body: dict[str, Any]) -> tuple[str, ...]:
    """What is ticked in the message's boxes."""
    held = inner(inner(body, "state"), "values")
    inputs = (one for block in held for one in inner(held, block).values() if isinstance(one, dict))
    options = (option for one in inputs for option in one.get("selected_options") or ())
    return tuple(str(option.get("value")) for option in options if isinstance(option, dict))


def from_a_bot(event: dict[str, Any], context: BoltContext) -> bool:
    """Our own echo, another bot, or Slackbot: answering any of them could go on for ever."""
    inner = event.get("message") or event
    ours = (context.bot_user_id, "USLACKBOT", None)
    return bool(inner.get("bot_id") or inner.get("bot_profile") or inner.get("user") in ours)


_MARKED = pattern(r"<([^<>|]+)(?:\|([^<>]*))?>")


def typed(text: str, bot_user: str | None) -> str:
    """Words as they were typed: Slack's links and entities undone, a mention of the bot left out."""

    def words(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):  # people stay as they are: a mention can be the answer to "who?"
            return " " if target == f"@{bot_user}" else found[0]
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        return label or re.sub(r"^(?:!|mailto:|tel:)", "", target)

    text = _MARKED.sub(words, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.encode(errors="replace").decode().replace("\0", "").strip()  # what is no text in every database


def whose(body: dict[str, Any], context: BoltContext) -> tuple[str, str]:
    """The workspace a payload is of, and its organisation ("" outside of one, or where that is not said). An event of
    an installation for a whole organisation may name its workspace beside the installation alone."""
    beside = body.get("context_team_id") or body.get("team_id") or inner(body, "user").get("team_id")
    team = str(context.team_id or beside or "")
    return team, "" if _from_elsewhere(body, team) else str(context.enterprise_id or "")


def _from_elsewhere(body: dict[str, Any], team: str) -> bool:
    """Whether a dialog was sent by somebody of another workspace than the one it was opened in: all else that its
    payload names is theirs."""
    theirs = str(inner(body, "team").get("id") or inner(body, "user").get("team_id") or team)
    return bool(inner(body, "view").get("app_installed_team_id")) and theirs != team


def heard(body: dict[str, Any], event: dict[str, Any], context: BoltContext) -> Request:
    return Request(
        key=str(body.get("event_id")),
        team=str(context.team_id),  # the installation's: in a shared channel ``body`` may name another
        enterprise=str(context.enterprise_id or ""),
        user=str(event.get("user")),
        channel=str(event.get("channel")),
        ts=str(event.get("ts") or ""),
        thread_ts=str(event.get("thread_ts") or ""),
        text=typed(str(event.get("text") or ""), context.bot_user_id),
        under_ours=bool(context.bot_user_id) and event.get("parent_user_id") == context.bot_user_id,
    )


def when(body: dict[str, Any]) -> float:
    """When an event happened, Unix seconds; 0 where it does not say."""
    at = body.get("event_time")
    return float(at) if isinstance(at, int) else 0.0


def caller(body: dict[str, Any], context: BoltContext) -> Request:
    """Who typed a slash command where."""
    return Request(
        key=str(body.get("trigger_id")),
        team=str(body.get("team_id")),
        enterprise=str(context.enterprise_id or ""),
        user=str(body.get("user_id")),
        channel=str(body.get("channel_id")),
        text=typed(str(body.get("text") or ""), context.bot_user_id),
        name=str(body.get("user_name") or NAMELESS),
        trigger_id=str(body.get("trigger_id")),
        response_url=str(body.get("response_url") or ""),
    )


def clicker(body: dict[str, Any], action: dict[str, Any]) -> Request:
    """Who clicked where. Team and person come from the signed payload, never from the button."""
    container, message, view = inner(body, "container"), inner(body, "message"), inner(body, "view")
    user, team = inner(body, "user"), inner(body, "team")
    installed = str(view.get("app_installed_team_id") or team.get("id") or user.get("team_id") or "")
    enterprise = inner(body, "enterprise").get("id") or team.get("enterprise_id") or ""
    return Request(
        key=f"{user.get('id')}:{action.get('action_ts')}:{action.get('action_id')}",
        team=installed,
        enterprise="" if _from_elsewhere(body, installed) else str(enterprise),
        user=str(user.get("id")),
        channel=str(container.get("channel_id") or inner(body, "channel").get("id") or ""),
        thread_ts=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        name=str(user.get("name") or user.get("username") or NAMELESS),
        trigger_id=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
        message_ts=str(container.get("message_ts") or message.get("ts") or ""),
        ephemeral=container.get("is_ephemeral") is True,
        view=str(view.get("id") or "") if view.get("type") == "modal" else "",
    )


def values_of(view: dict[str, Any]) -> dict[str, Any]:
    """What stands in a view's inputs; what has not the shape of an input's value is not there."""
    held = inner(inner(view, "state"), "values")
    return {block: _value(next(iter(inputs.values()))) for block in held if (inputs := inner(held, block))}


def _value(held: Any) -> Any:
    if not isinstance(held, dict):
        return None
    if isinstance(ticked := held.get("selected_options"), list):
        return [str(option.get("value")) for option in ticked if isinstance(option, dict)]
    if isinstance(picked := held.get("selected_option"), dict):
        return str(picked.get("value"))
    return held.get("value") or held.get("selected_conversation") or held.get("selected_user")


def inner(holder: dict[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}

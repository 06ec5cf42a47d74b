"""The Web API methods the bot calls: each takes arguments and gives the answer Slack would give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from bot.local import payloads, scopes
from bot.local.channels import Channel, may_post, seen_by_bot
from bot.local.courier import Courier
from bot.local.files import Files
from bot.local.kit import words
from bot.local.limits import foreign
from bot.local.people import BOT_ID, BOT_NAME, BOT_USER, PEOPLE
from bot.local.refusals import UPDATE_TEXT, Refused, check_message, check_view
from bot.local.views import Views
from bot.local.workspace import Workspace

Args = dict[str, Any]
Reply = dict[str, Any]
JSON_ARGS = ("blocks", "view", "metadata", "prompts", "files", "message")


class WebApi:
    """`call` is the whole of it; `own_events` also tells the bot of its own messages, as Slack does."""

    def __init__(
        self,
        workspace: Workspace,
        views: Views,
        files: Files,
        courier: Courier,
        url: str,
        tokens: tuple[str, str],
        own_events: bool,
    ) -> None:
        self._workspace = workspace
        self._views = views
        self._files = files
        self._courier = courier
        self._url = url
        self._bot_token, self._app_token = tokens
        self._own_events = own_events

    def call(self, method: str, args: Args, token: str | None) -> Reply:
        """Answer one call. Every refusal is an answer too: `{"ok": false, "error": …}`."""
        try:
            return {"ok": True, **self._allowed(method, args, token)(self, decoded(args))}
        except Refused as refused:
            return refused.body()

    def _allowed(self, method: str, args: Args, token: str | None) -> Callable[[WebApi, Args], Reply]:
        if method not in METHODS:
            raise Refused("unknown_method", foreign(f"the method {method}"))
        handler, known = METHODS[method]
        wanted = self._app_token if method == "apps.connections.open" else self._bot_token
        if token != wanted:
            raise Refused("invalid_auth" if token else "not_authed")
        if wanted == self._bot_token:
            if self._workspace.inactive:
                raise Refused("account_inactive")
            scopes.need(method, self._workspace.scopes)
        if more := sorted(set(args) - known - {"token"}):
            raise Refused("invalid_arguments", *(foreign(f"{name!r} of {method}", f"/{name}") for name in more))
        return handler

    def _whoami(self, args: Args) -> Reply:
        its = self._workspace
        who = {"team": its.name, "user": BOT_NAME, "team_id": its.team, "user_id": BOT_USER}
        who |= {"enterprise_id": its.enterprise} if its.enterprise else {}
        return {"url": self._url, **who, "bot_id": BOT_ID, "is_enterprise_install": self._workspace.org_wide}

    def _connect(self, args: Args) -> Reply:
        with self._workspace.changed:
            ticket = self._workspace.tickets.socket()
        return {"url": f"{self._url.replace('http', 'ws', 1)}link/?ticket={ticket}"}

    def _post(self, args: Args) -> Reply:
        channel = self._to(args)
        may_post(channel)
        text, blocks, metadata = args.get("text"), args.get("blocks"), args.get("metadata")
        check_message(text, blocks, metadata)
        said, _ = self._workspace.post(
            channel.id,
            BOT_USER,
            text or "",
            blocks=blocks,
            thread_ts=args.get("thread_ts") or None,
            metadata=metadata,  # no client_msg_id: Slack documents none, so that a repeated post is seen twice here
        )
        self._own(channel.id, payloads.message(channel.id, said))
        return {"channel": channel.id, "ts": said["ts"], "message": said}

    def _update(self, args: Args) -> Reply:
        channel = self._to(args)
        if channel.is_archived:
            raise Refused("is_archived")
        text, blocks = args.get("text"), args.get("blocks")
        check_message(text, blocks, most_text=UPDATE_TEXT)
        now, before = self._workspace.edit(channel.id, args.get("ts"), BOT_USER, text or "", blocks=blocks)
        self._own(channel.id, payloads.changed(channel.id, now, before, self._workspace.next_ts()))
        return {"channel": channel.id, "ts": now["ts"], "text": now["text"], "message": now}

    def _delete(self, args: Args) -> Reply:
        channel = self._to(args).id
        before = self._workspace.message(channel, args.get("ts"))
        self._workspace.delete(channel, args.get("ts"), BOT_USER)
        self._own(channel, payloads.deleted(channel, before, self._workspace.next_ts()))
        return {"channel": channel, "ts": args["ts"]}

    def _whisper(self, args: Args) -> Reply:
        channel, user = self._to(args), _known(args.get("user"))
        may_post(channel)
        if user not in channel.people:
            raise Refused("user_not_in_channel")
        text, blocks = args.get("text"), args.get("blocks")
        check_message(text, blocks)
        said = self._workspace.whisper(channel.id, user, text or "", blocks, args.get("thread_ts") or None)
        return {"message_ts": said["ts"]}

    def _permalink(self, args: Args) -> Reply:
        channel = self._to(args)
        seen_by_bot(channel)
        message = self._workspace.message(channel.id, args.get("message_ts"))
        root, ts = message.get("thread_ts", message["ts"]), message["ts"]
        within = f"{root}/{ts}" if root != ts else ts
        return {"channel": channel.id, "permalink": f"{self._url}#{channel.id}/{within}"}

    def _complete_upload(self, args: Args) -> Reply:
        reply, channel, said = self._files.complete(args)
        if channel is not None and said is not None:
            self._own(channel, payloads.message(channel, said))
        return reply

    def _validate(self, args: Args) -> Reply:
        """What these checks would refuse; Slack's own know more."""
        given = [name for name in ("blocks", "message", "view") if args.get(name) is not None]
        if len(given) != 1:
            raise Refused("invalid_arguments", "[ERROR] exactly one of blocks, message and view")
        (what,), card = given, args[given[0]]
        try:
            if what == "view":
                check_view(card, str((card or {}).get("type")))
            else:
                check_message("said", card if what == "blocks" else card.get("blocks"))
        except Refused as refused:
            raise Refused(
                f"invalid_{what}", *refused.details, errors=[pointed(one) for one in refused.details]
            ) from None
        return {}

    def _to(self, args: Args) -> Channel:
        return self._workspace.channels[self._workspace.channel_of(args.get("channel"))]

    def _own(self, channel: str, event: payloads.Payload) -> None:
        if self._own_events and self._workspace.channels[channel].is_im:
            self._courier.post(event)

    def _open(self, args: Args) -> Reply:
        channel = self._workspace.channels[PEOPLE[_known(args.get("users"))].dm]
        whole = str(args.get("return_im")).lower() in ("1", "true")
        return {"channel": channel.info if whole else {"id": channel.id}}

    def _channel(self, args: Args) -> Reply:
        channel = self._to(args)
        if not channel.is_im:
            scopes.have("groups:read" if channel.is_private else "channels:read", self._workspace.scopes)
        seen_by_bot(channel)
        return {"channel": channel.info}

    def _memberships(self, args: Args) -> Reply:
        """The channels that the bot and a person are both in, one a page: Slack gives as few as it likes."""
        user, kinds = _known(args.get("user")), str(args.get("types") or "public_channel").split(",")
        scopes.have("channels:read", self._workspace.scopes)
        if set(kinds) - {"public_channel"}:
            raise Refused("invalid_types")
        both = [c for c in self._workspace.channels.values() if c.kind == "public" and c.bot_is_member]
        theirs = [channel.info for channel in both if user in channel.people]
        place = int(args.get("cursor") or 0)
        further = str(place + 1) if place + 1 < len(theirs) else ""
        return {"channels": theirs[place : place + 1], "response_metadata": {"next_cursor": further}}

    def _history(self, args: Args) -> Reply:
        channel = self._readable(args)
        top = [m for m in self._workspace.messages(channel.id) if m.get("thread_ts", m["ts"]) == m["ts"]]
        return {"messages": _read(args, reversed(top)), "has_more": False}

    def _replies(self, args: Args) -> Reply:
        channel = self._readable(args)
        root = self._workspace.message(channel.id, args.get("ts"))
        return {"messages": _read(args, self._workspace.messages(channel.id, root["ts"])), "has_more": False}

    def _readable(self, args: Args) -> Channel:
        """A channel whose messages the bot may read: only its own conversations with people."""
        channel = self._to(args)
        if not channel.is_im:
            scopes.have("groups:history" if channel.is_private else "channels:history", self._workspace.scopes)
        return channel

    def _promise(self, args: Args) -> Reply:
        return self._files.promise(args)

    def _open_view(self, args: Args) -> Reply:
        with self._workspace.changed:
            trigger = self._workspace.tickets.use_trigger(args.get("trigger_id"))
        return {"view": self._views.open(trigger.user, args.get("view"), trigger.channel)}

    def _update_view(self, args: Args) -> Reply:
        return {"view": self._views.update(args.get("view"), args.get("view_id"))}

    def _publish(self, args: Args) -> Reply:
        return {"view": self._views.publish(_known(args.get("user_id")), args.get("view"), args.get("hash"))}

    def _prompts(self, args: Args) -> Reply:
        channel, prompts = self._workspace.channel_of(args.get("channel_id")), args.get("prompts")
        good = isinstance(prompts, list) and all({"title", "message"} <= set(p) for p in prompts)
        if not good or not isinstance(prompts, list) or len(prompts) > 4:
            raise Refused("invalid_arguments", "[ERROR] 1 to 4 prompts with title and message")
        with self._workspace.changed:
            shown = {"title": args.get("title") or "", "prompts": prompts}
            self._workspace.prompts[channel] = shown
            self._workspace.tell(kind="prompts", channel=channel, **shown)
        return {}


def pointed(detail: str) -> dict[str, str]:
    """A detail as ``blocks.validate`` tells it."""
    message, _, pointer = detail.removeprefix("[ERROR] ").rpartition(" [json-pointer:")
    return {"pointer": pointer.removesuffix("]"), "code": "failed_constraint", "message": message}


METHODS: dict[str, tuple[Callable[[WebApi, Args], Reply], frozenset[str]]] = {
    "auth.test": (WebApi._whoami, words("")),
    "apps.connections.open": (WebApi._connect, words("")),
    "chat.postMessage": (
        WebApi._post,
        words("channel text blocks thread_ts metadata client_msg_id unfurl_links unfurl_media"),
    ),
    "chat.update": (WebApi._update, words("channel ts text blocks thread_ts")),
    "chat.delete": (WebApi._delete, words("channel ts")),
    "chat.postEphemeral": (WebApi._whisper, words("channel user text blocks thread_ts")),
    "chat.getPermalink": (WebApi._permalink, words("channel message_ts")),
    "conversations.open": (WebApi._open, words("users return_im")),
    "conversations.info": (WebApi._channel, words("channel")),
    "users.conversations": (WebApi._memberships, words("user team_id types limit cursor")),
    "conversations.history": (WebApi._history, words("channel oldest limit include_all_metadata")),
    "conversations.replies": (WebApi._replies, words("channel ts oldest limit include_all_metadata")),
    "files.getUploadURLExternal": (WebApi._promise, words("filename length")),
    "files.completeUploadExternal": (WebApi._complete_upload, words("files channel_id thread_ts initial_comment")),
    "views.open": (WebApi._open_view, words("trigger_id view")),
    "views.update": (WebApi._update_view, words("view_id view")),
    "views.publish": (WebApi._publish, words("user_id view hash")),
    "blocks.validate": (WebApi._validate, words("blocks message view")),
    "assistant.threads.setSuggestedPrompts": (WebApi._prompts, words("channel_id prompts title")),
}
"""What is emulated: method -> who answers it, and the arguments it takes. Any other is refused and logged."""


def decoded(args: Args) -> Args:
    """Arguments of a form call carry lists and objects as JSON text."""
    whole = dict(args)
    for key in JSON_ARGS:
        if isinstance(whole.get(key), str) and whole[key]:
            try:
                whole[key] = json.loads(whole[key])
            except ValueError:
                raise Refused(f"invalid_{key}_format" if key == "blocks" else "invalid_arguments") from None
    return whole


def _read(args: Args, messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a look into a channel gives of these messages; metadata only where it is asked for."""
    oldest, most = str(args.get("oldest") or "0"), int(args.get("limit") or 100)
    whole = str(args.get("include_all_metadata")).lower() in ("1", "true")
    found = [message for message in messages if str(message["ts"]) > oldest or message.get("reply_count")][:most]
    return found if whole else [{k: v for k, v in message.items() if k != "metadata"} for message in found]


def _known(user: Any) -> str:
    if user not in PEOPLE:
        raise Refused("user_not_found")
    return str(user)

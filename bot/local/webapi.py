"""The Web API methods the bot may call: each takes arguments and gives the answer Slack would give."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from bot.local import payloads, scopes
from bot.local.channels import Channel, may_post, seen_by_bot
from bot.local.courier import Courier
from bot.local.files import Files
from bot.local.people import BOT_ID, BOT_NAME, BOT_USER, PEOPLE, TEAM
from bot.local.refusals import UPDATE_TEXT, Refused, check_message
from bot.local.views import Views
from bot.local.workspace import Workspace

Args = dict[str, Any]
Reply = dict[str, Any]
JSON_ARGS = ("blocks", "attachments", "view", "metadata", "prompts", "loading_messages", "files")
SESSION_STATUSES = ("active", "processing", "suspended", "closed")


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
        self._methods: dict[str, Callable[[Args], Reply]] = {
            "api.test": lambda args: {"args": args},
            "auth.test": self._whoami,
            "apps.connections.open": self._connect,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.postEphemeral": self._whisper,
            "chat.getPermalink": self._permalink,
            "conversations.open": self._open,
            "conversations.info": self._channel,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "users.info": self._person,
            "files.getUploadURLExternal": files.promise,
            "files.completeUploadExternal": self._complete_upload,
            "views.open": self._open_view,
            "views.push": lambda args: self._open_view(args, push=True),
            "views.update": self._update_view,
            "views.publish": self._publish,
            "assistant.threads.setSuggestedPrompts": self._prompts,
            "assistant.threads.setStatus": self._status,
            "assistant.threads.setTitle": self._title,
            "agents.sessions.setStatus": self._session,
            "agents.sessions.rename": self._title,
        }

    def call(self, method: str, args: Args, token: str | None) -> Reply:
        """Answer one call. Every refusal is an answer too: `{"ok": false, "error": …}`."""
        try:
            return {"ok": True, **self._allowed(method, token)(decoded(args))}
        except Refused as refused:
            return refused.body()

    def _allowed(self, method: str, token: str | None) -> Callable[[Args], Reply]:
        handler = self._methods.get(method)
        if handler is None:
            raise Refused("unknown_method")
        wanted = self._app_token if method == "apps.connections.open" else self._bot_token
        if method != "api.test" and token != wanted:
            raise Refused("invalid_auth" if token else "not_authed")
        if wanted == self._bot_token and method != "api.test":
            if self._workspace.inactive:
                raise Refused("account_inactive")
            scopes.need(method, self._workspace.scopes)
        return handler

    def _whoami(self, args: Args) -> Reply:
        who = {"team": "Local workspace", "user": BOT_NAME, "team_id": TEAM, "user_id": BOT_USER}
        return {"url": self._url, **who, "bot_id": BOT_ID, "is_enterprise_install": self._workspace.org_wide}

    def _connect(self, args: Args) -> Reply:
        with self._workspace.changed:
            ticket = self._workspace.tickets.socket()
        return {"url": f"{self._url.replace('http', 'ws', 1)}link/?ticket={ticket}"}

    def _post(self, args: Args) -> Reply:
        channel = self._to(args)
        may_post(channel, self._workspace.scopes)
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
        text, blocks, metadata = args.get("text"), args.get("blocks"), args.get("metadata")
        check_message(text, blocks, metadata, most_text=UPDATE_TEXT)
        now, before = self._workspace.edit(
            channel.id, args.get("ts"), BOT_USER, text or "", blocks=blocks, metadata=metadata
        )
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
        may_post(channel, self._workspace.scopes, ephemeral=True)
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

    def _to(self, args: Args) -> Channel:
        return self._workspace.channels[self._workspace.channel_of(args.get("channel"))]

    def _own(self, channel: str, event: payloads.Payload) -> None:
        if self._own_events and self._workspace.channels[channel].is_im:
            self._courier.post(event)

    def _open(self, args: Args) -> Reply:
        if args.get("channel"):
            return {"channel": {"id": self._workspace.channel_of(args["channel"])}}
        channel = self._workspace.channels[PEOPLE[_known(args.get("users"))].dm]
        whole = str(args.get("return_im")).lower() in ("1", "true")
        return {"channel": channel.info if whole else {"id": channel.id}}

    def _channel(self, args: Args) -> Reply:
        channel = self._to(args)
        if not channel.is_im:
            scopes.have("groups:read" if channel.is_private else "channels:read", self._workspace.scopes)
        seen_by_bot(channel)
        return {"channel": channel.info}

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

    def _person(self, args: Args) -> Reply:
        if args.get("user") == BOT_USER:
            bot = {"id": BOT_USER, "team_id": TEAM, "name": BOT_NAME, "is_bot": True, "deleted": False}
            return {"user": {**bot, "real_name": BOT_NAME, "profile": {"bot_id": BOT_ID}}}
        person = PEOPLE[_known(args.get("user"))]
        info: Reply = {"id": person.id, "team_id": TEAM, "name": person.name, "real_name": person.real_name}
        info |= {"is_bot": False, "deleted": False, "tz": "Etc/UTC", "tz_offset": 0}
        info["profile"] = {"real_name": person.real_name, "display_name": person.name}
        if str(args.get("include_locale")).lower() in ("1", "true"):
            info["locale"] = "en-US"
        return {"user": info}

    def _open_view(self, args: Args, *, push: bool = False) -> Reply:
        with self._workspace.changed:
            trigger = self._workspace.tickets.use_trigger(args.get("trigger_id"))
        view = self._views.open(trigger.user, args.get("view"), push=push, origin=trigger.channel)
        return {"view": view}

    def _update_view(self, args: Args) -> Reply:
        keys = (args.get("view_id"), args.get("external_id"), args.get("hash"))
        return {"view": self._views.update(args.get("view"), *keys)}

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

    def _status(self, args: Args) -> Reply:
        channel, thread_ts = self._thread(args)
        status = args.get("status")
        if not isinstance(status, str):
            raise Refused("invalid_arguments", "[ERROR] missing required field: status")
        with self._workspace.changed:
            key = (channel, thread_ts)
            shown = {"status": status, "loading_messages": args.get("loading_messages") or []}
            self._workspace.statuses.pop(key, None)
            if status:
                self._workspace.statuses[key] = shown
            self._workspace.tell(kind="status", channel=channel, thread_ts=thread_ts, **shown)
        return {}

    def _title(self, args: Args) -> Reply:
        channel, thread_ts = self._thread(args)
        title = args.get("title")
        if not isinstance(title, str) or not title or len(title) > 200:
            raise Refused("invalid_arguments", "[ERROR] title must have 1 to 200 characters")
        self._workspace.entitle(channel, thread_ts, title)
        return {}

    def _session(self, args: Args) -> Reply:
        if args.get("status") not in SESSION_STATUSES:
            raise Refused("invalid_arguments", f"[ERROR] status must be one of {', '.join(SESSION_STATUSES)}")
        if not args.get("thread_ts"):
            self._workspace.channel_of(args.get("channel_id"))
            return {}
        self._thread(args)
        return self._title(args) if args.get("title") else {}

    def _thread(self, args: Args) -> tuple[str, str]:
        channel = self._workspace.channel_of(args.get("channel_id"))
        message = self._workspace.message(channel, args.get("thread_ts"))
        return channel, str(message.get("thread_ts", message["ts"]))


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

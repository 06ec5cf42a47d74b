"""One try to say one thing to Slack, and what came of it: said, not yet, never, or nobody knows.

Slack documents no key that makes a repeated post the same post (``client_msg_id`` is no argument of chat.postMessage).
So a post carries its row's key as metadata, and after an answer that was lost the bot looks for it before it posts
again. Where it may not look, the one who wanted it is asked.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.delivery.clock import Clock
from bot.delivery.telemetry import Metrics
from bot.messages import DECORATION, Offered, OutgoingMessage
from bot.render import blockkit, fallback
from bot.render.texts import Block
from bot.store.database import Closed

if TYPE_CHECKING:  # aiohttp and what needs it cost as much to import as Bolt; only a bot that runs pays
    from aiohttp import ClientSession
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.answering.client import ModelClient

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
_AT_ONCE_SECONDS = 1.0
"""So long a lane waits for the card above to be cut down; then that has a row and a lane of its own."""
EVENT_TYPE = "finetune_advisor_post"
"""What our posts' metadata is called."""
LONGEST_WAIT = 3600.0
REFUSED_SECONDS = 86_400.0
"""So long a workspace that refused new blocks gets none."""
_LOOKED_THROUGH = 200  # messages
_LOOKED_BACK_SECONDS = 600  # clocks differ; by more than five minutes Slack would not be heard

TOKEN_DEAD = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
_TOO_RICH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
_CARD_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "streaming_state_conflict"}
_THREAD_GONE = {"thread_not_found", "cannot_reply_to_message"}
# Slack says of the first two that some of it may have succeeded. The last two name client_msg_id: look first.
_MAYBE = {"fatal_error", "internal_error", "duplicate_message_not_found", "duplicate_channel_not_found"}
_FORMS = {  # take no JSON
    "conversations.info", "conversations.history", "conversations.replies", "chat.getPermalink", "users.conversations",
}  # fmt: skip
# What is not among these is tried again until its row's end: a new code of Slack's silences nobody.
FINAL = _TOO_RICH | _CARD_GONE | _THREAD_GONE | {
    "access_denied", "as_user_not_supported", "blocked_file_type", "cannot_dm_bot", "cant_delete_message",
    "channel_is_limited_access", "channel_not_found", "channel_type_not_supported",
    "compliance_exports_prevent_deletion", "deprecated_endpoint", "duplicate_external_id", "ekm_access_denied",
    "enterprise_is_restricted", "exchanged_trigger_id", "expired_trigger_id", "expired_url", "file_not_found",
    "file_type_not_allowed", "file_uploads_disabled", "file_uploads_except_images_disabled", "hash_conflict",
    "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_channel", "invalid_charset",
    "invalid_form_data", "invalid_metadata_format", "invalid_metadata_schema", "invalid_post_type",
    "invalid_scheduled_message_id", "invalid_thread_ts", "invalid_trigger_id", "invalid_ts_latest",
    "invalid_ts_oldest", "invalid_user_combination", "invalid_user_id", "is_archived", "is_inactive",
    "malware_detected", "message_too_long", "messages_tab_disabled", "metadata_must_be_sent_from_app",
    "metadata_too_large", "method_deprecated", "method_not_supported_for_channel_type", "missing_argument",
    "missing_post_type", "missing_scope", "no_channel", "no_permission", "no_user", "not_allowed_token_type",
    "not_enabled", "not_found", "not_in_channel", "not_supported", "permission_denied", "plan_upgrade_required",
    "posting_to_channel_denied", "push_limit_reached", "restricted_action",
    "restricted_action_non_threadable_channel", "restricted_action_read_only_channel",
    "restricted_action_thread_locked", "restricted_action_thread_only_channel", "slack_connect_blocked_file_type",
    "slack_connect_canvas_sharing_blocked", "slack_connect_file_link_sharing_blocked",
    "slack_connect_file_upload_sharing_blocked", "team_access_not_granted", "thread_locked", "too_many_attachments",
    "too_many_contact_cards", "trigger_exchanged", "trigger_expired", "two_factor_setup_required", "unknown_method",
    "used_url", "user_disabled", "user_not_found", "user_not_in_channel", "user_not_visible",
    "users_list_not_supplied", "users_not_found", "view_not_found", "view_too_large",
}  # fmt: skip


class Refused(Exception):
    """Slack will not take it, now or later."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotYet(Exception):
    """This try did not get through; ``wait`` is how long Slack wants to be left alone, ``maybe`` that it may have had
    its effect all the same."""

    def __init__(self, why: str, wait: float = 0.0, *, maybe: bool = False) -> None:
        super().__init__(why)
        self.wait, self.maybe = wait, maybe


class TokenRefused(Exception):
    """Slack does not know the token (any more)."""


class NotThere(Exception):
    """We have looked: it was not posted. Whether it is still to be said may have changed meanwhile."""


class InDoubt(Exception):
    """It may stand in a channel we can't read."""


@dataclass(slots=True)
class Attempts:
    """What the tries of one message have led to: how much simpler it was made, whether a workspace has refused the new
    blocks in it, whether it may stand already, and what is done of it. ``token`` is what it is tried with."""

    simpler: int = 0
    refused: bool = False
    unsure: bool = False
    marked: bool = False
    files: tuple[str, ...] = ()
    token: str = field(default="", repr=False)


@dataclass(slots=True)
class Sent:
    """Slack has taken it: its answer, where the card now is (nothing when it is where it was), and what is left to do
    about the card above it."""

    answer: dict[str, Any] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)
    beside: list[OutgoingMessage] = field(default_factory=list)


class Sender:
    """Says things. ``mark`` notes in a row that it was tried, ``stands`` is whether a row is still there, ``refusing``
    notes that its workspace refuses new blocks; ``refused`` is when each last did."""

    def __init__(
        self,
        client: "AsyncWebClient",
        clock: Clock,
        model: "ModelClient | None",
        mark: Callable[[OutgoingMessage], Awaitable[None]],
        stands: Callable[[OutgoingMessage], Awaitable[bool]],
        refusing: Callable[[OutgoingMessage], Awaitable[None]],
        metrics: Metrics,
    ) -> None:
        self._client, self._clock, self._model, self._mark, self._stands = client, clock, model, mark, stands
        self._refusing, self._metrics = refusing, metrics
        self.refused: dict[str, float] = {}

    async def send(self, outgoing: OutgoingMessage, tried: Attempts, card_ts: str) -> Sent:
        """One try; ``card_ts`` is where the session's card is by now.

        Raises:
            Refused, NotYet, NotThere, TokenRefused, InDoubt: as they say.
        """
        ways = _ways(outgoing.args)
        since = self._clock.time() - self.refused.get(outgoing.team, 0.0)
        if tried.simpler == 0 and _OLD in ways and since < REFUSED_SECONDS:
            tried.simpler = _OLD
        args = _simpler(outgoing.args, tried.simpler)
        try:
            sent = await self._once(args, outgoing, tried, card_ts)
        except Refused as refused:
            simpler = [way for way in ways if way > tried.simpler]
            if not simpler or not _too_rich(refused.code, outgoing.args):
                raise
            tried.refused = tried.refused or (simpler[0] == _OLD and refused.code in _NOT_KNOWN)
            tried.simpler = simpler[0]
            log.warning(
                "Slack refused the blocks of %s (%s); sent again in %s",
                outgoing.method, refused.code, _IN[tried.simpler],
            )  # fmt: skip
            return await self.send(outgoing, tried, card_ts)
        if tried.refused and tried.simpler == _OLD:  # so it was the new ones
            self.refused[outgoing.team] = self._clock.time()
            await self._refusing(outgoing)
        return sent

    async def _once(self, args: dict[str, Any], outgoing: OutgoingMessage, tried: Attempts, card_ts: str) -> Sent:
        match outgoing.method:
            case "":
                return Sent()
            case "model":
                if self._model is None or not await self._stands(outgoing):
                    return Sent()
                said = await self._model.ask(args)
                self._metrics.count("model_calls", str(said.get("fault", "ok")).replace(" ", "_"))
                return Sent(said)
            case "response_url":
                return await self._respond(args, outgoing, tried)
            case "upload":
                return await self._upload(args, outgoing, tried)
        if outgoing.to:
            args = args | {"channel": await self._dm_with(outgoing, tried)}
        if outgoing.method == "card":
            return await self._card(args, outgoing, tried, card_ts)
        if outgoing.method == "chat.postMessage":
            return Sent((await self._post(args, outgoing, tried))[0])
        seconds = outgoing.until - self._clock.time()
        return Sent(await self.call(outgoing.method, args, tried.token, seconds))

    async def _dm_with(self, outgoing: OutgoingMessage, tried: Attempts) -> str:
        """The DM of the person it goes to; nothing is offered to whoever works elsewhere and could not take it."""
        args = {"users": outgoing.to, "return_im": True}
        opened = await self.call("conversations.open", args, tried.token)
        if isinstance(outgoing.on_result, Offered) and opened["channel"].get("is_ext_shared"):
            raise Refused("external")
        return str(opened["channel"]["id"])

    async def _card(self, args: dict[str, Any], outgoing: OutgoingMessage, tried: Attempts, live: str) -> Sent:
        if live and not outgoing.below:
            try:
                return Sent(await self.call("chat.update", args | {"ts": live}, tried.token))
            except Refused as refused:
                if refused.code not in _CARD_GONE:
                    raise
        posted, thread = await self._post(args, outgoing, tried)
        ts = str(posted["ts"])
        place = {"card": ts, "channel": str(posted["channel"]), "thread": thread or ts}
        cut = live and live != ts and outgoing.collapse and outgoing.below
        return Sent(posted, place, await self._cut_down(outgoing, place["channel"], live, tried.token) if cut else [])

    async def _post(
        self, args: dict[str, Any], outgoing: OutgoingMessage, tried: Attempts
    ) -> tuple[dict[str, Any], str]:
        """Post, at top level if the thread is gone; returns Slack's answer and the thread it stands in, if one."""
        places = [args]
        if "thread_ts" in args and not outgoing.only_there:
            places.append({name: value for name, value in args.items() if name != "thread_ts"})
        if tried.unsure and outgoing.once and not _in_a_dm(args):
            raise InDoubt
        if tried.unsure and outgoing.key and _in_a_dm(args):
            for place in places:
                found = await self._look(place, lambda message: _key_of(message) == outgoing.key, outgoing, tried)
                if found:
                    return found, str(place.get("thread_ts", ""))
            tried.unsure = False
            raise NotThere
        tried.unsure = False
        if outgoing.once and not tried.marked:
            await self._mark(outgoing)
            tried.marked = True
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": outgoing.key}}
        more = {"client_msg_id": outgoing.key, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}
        for place in places:
            try:
                return await self.call("chat.postMessage", place | more, tried.token), str(place.get("thread_ts", ""))
            except Refused as refused:
                if refused.code not in _THREAD_GONE or place is places[-1]:
                    raise
            except NotYet as not_yet:
                tried.unsure = not_yet.maybe
                if tried.unsure and outgoing.once and not _in_a_dm(args):
                    raise InDoubt from None
                raise
        raise AssertionError("no place to post to")

    async def _look(
        self,
        args: dict[str, Any],
        ours: Callable[[dict[str, Any]], bool],
        outgoing: OutgoingMessage,
        tried: Attempts,
    ) -> dict[str, Any] | None:
        channel, thread = args.get("channel") or args.get("channel_id"), args.get("thread_ts")
        where = {"channel": channel, "limit": _LOOKED_THROUGH, "include_all_metadata": True}
        where |= {"oldest": f"{outgoing.at - _LOOKED_BACK_SECONDS:.6f}"} | ({"ts": thread} if thread else {})
        try:
            answer = await self.call("conversations.replies" if thread else "conversations.history", where, tried.token)
        except Refused as refused:
            if refused.code in _THREAD_GONE:
                return None
            log.warning("can't look whether %s was posted (%s); it is posted again", outgoing.method, refused.code)
            return None
        messages = [message for message in answer.get("messages") or () if isinstance(message, dict)]
        found = next((message for message in messages if ours(message)), None)
        return found and {"ok": True, "channel": channel, "ts": str(found["ts"]), "message": found}

    async def _cut_down(self, outgoing: OutgoingMessage, channel: str, ts: str, token: str) -> list[OutgoingMessage]:
        """The card above, cut down to a line: where it fails, that one stays as it is. Mostly it goes through at once,
        and needs no row of its own; what is returned is still to be said."""
        line = {"type": "context", "elements": [{"type": "mrkdwn", "text": outgoing.collapse}]}
        args = {"channel": channel, "ts": ts, "text": blockkit.plain(outgoing.collapse), "blocks": [line]}
        try:
            await self.call("chat.update", args, token, _AT_ONCE_SECONDS)
        except Refused as refused:
            log.warning("Slack refused to cut down a card (%s)", refused.code)
        except (NotYet, TokenRefused):
            beside = OutgoingMessage(
                "chat.update", args, f"{DECORATION}{outgoing.lane}", session=outgoing.session, person=outgoing.person,
                enterprise=outgoing.enterprise, team=outgoing.team,
            )  # fmt: skip
            return [beside]
        return []

    async def _respond(self, args: dict[str, Any], outgoing: OutgoingMessage, tried: Attempts) -> Sent:
        """To the address a command or click came with; it works where the bot is no member."""
        from aiohttp import ClientError

        session = self._session()
        public = args["body"].get("response_type") == "in_channel"
        if tried.unsure and public:
            raise InDoubt
        if public and outgoing.once and not tried.marked:
            await self._mark(outgoing)
            tried.marked = True
        try:
            async with self._clock.timeout(CALL_SECONDS):
                response = await session.post(args["url"], json=args["body"], proxy=self._client.proxy)
                words = (await response.text())[:1000].strip()
        except (ClientError, OSError, TimeoutError) as error:
            maybe = not _never_left(error)
            if maybe and public:
                raise InDoubt from None
            raise NotYet(type(error).__name__, maybe=maybe) from None
        code, maybe = _refusal(response.status, words)
        if code in FINAL:
            raise Refused(code)
        if code and maybe and public:
            raise InDoubt
        if code:
            raise NotYet(code, _seconds(response.headers))
        return Sent()

    async def _upload(self, args: dict[str, Any], outgoing: OutgoingMessage, tried: Attempts) -> Sent:
        """Several texts as files in one message: an address for each, its bytes, then the message."""
        from aiohttp import ClientError, ClientResponseError

        session = self._session()
        if tried.unsure and tried.files:
            there = await self._look(args, lambda message: _has_file(message, tried.files), outgoing, tried)
            if there:
                return Sent(there)
        done = []
        for name, text in args["files"].items():
            data = text.encode()
            what = {"filename": name, "length": len(data)}
            place = await self.call("files.getUploadURLExternal", what, tried.token, form=True)
            try:
                async with self._clock.timeout(CALL_SECONDS):
                    answer = await session.post(place["upload_url"], data=data, proxy=self._client.proxy)
                    answer.raise_for_status()
            except ClientResponseError as error:
                if error.status >= 500 or error.status == 429:
                    raise NotYet(f"a file did not go through: {error.status}") from None
                raise Refused("upload_failed") from None
            except (ClientError, OSError, TimeoutError) as error:
                raise NotYet(f"a file did not go through: {type(error).__name__}") from None
            done.append({"id": place["file_id"], "title": name})
        tried.files = tuple(str(one["id"]) for one in done)
        rest = {key: value for key, value in args.items() if key != "files"}
        try:
            return Sent(await self.call("files.completeUploadExternal", rest | {"files": done}, tried.token))
        except NotYet as not_yet:
            tried.unsure = not_yet.maybe
            raise

    async def call(
        self, method: str, args: dict[str, Any], token: str, seconds: float = CALL_SECONDS, *, form: bool = False
    ) -> dict[str, Any]:
        """One Web API call with a token (empty: with none), given up after so many seconds at the latest; a few methods
        take forms only.

        Raises:
            Refused, NotYet, TokenRefused: as they say.
        """
        result = "ok"
        try:
            return await self._call(method, args, token, seconds, form=form)
        except (Refused, NotYet, TokenRefused) as error:
            result = str(error)
            raise
        finally:
            self._metrics.count("slack_calls", method, result)

    def _session(self) -> "ClientSession":
        """The connections; at an end they are closed while something may still be on its way to them.

        Raises:
            Closed: what is to be said stays for the next start.
        """
        session: ClientSession | None = self._client.session
        if session is None or session.closed:
            raise Closed("the bot has ended")
        return session

    async def _call(
        self, method: str, args: dict[str, Any], token: str, seconds: float, *, form: bool
    ) -> dict[str, Any]:
        # Not through the SDK's own api_call: between a message and its bytes it costs as much again as the network.
        from aiohttp import ClientError

        session = self._session()
        given: dict[str, Any] = {"params": _as_form(args)} if form or method in _FORMS else {"json": args}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with (
                self._clock.timeout(max(0.0, min(CALL_SECONDS, seconds))),
                session.post(self._client.base_url + method, headers=headers, proxy=self._client.proxy, **given) as got,
            ):
                status, answered, body = got.status, got.headers, await got.read()
        except (ClientError, OSError, TimeoutError) as error:
            raise NotYet(type(error).__name__, maybe=not _never_left(error)) from None
        said = _parsed(body)
        if status == 200 and said.get("ok") is True:
            return said
        code = str(said.get("error") or "")
        if code in TOKEN_DEAD:
            raise TokenRefused(code)
        if code in FINAL and status < 429:
            raise Refused(code)
        maybe = code in _MAYBE or status >= 500 or (not code and status < 400)
        raise NotYet(code or str(status), _seconds(answered), maybe=maybe)


_OLD, _BASIC, _WORDS = 1, 2, 3
_IN = {_OLD: "old ones", _BASIC: "basic ones", _WORDS: "words alone"}
_NOT_KNOWN = {"invalid_blocks", "invalid_arguments"}


def _ways(args: dict[str, Any]) -> list[int]:
    """The simpler ways to say it, one after the other. A view keeps what it is for: it has but the first."""
    _, blocks = _holder(args)
    old = [_OLD] if fallback.has_new(blocks) else []
    return old + ([_BASIC, _WORDS] if "blocks" in args else [])


def _holder(args: dict[str, Any]) -> tuple[str, list[Block]]:
    """What of the arguments holds the blocks (empty: the arguments do), and the blocks."""
    for name in ("view", "body"):
        if isinstance(args.get(name), dict):
            return name, args[name].get("blocks") or []
    return "", args.get("blocks") or []


def _too_rich(code: str, args: dict[str, Any]) -> bool:
    return code in _TOO_RICH or (code == "invalid_arguments" and "view" in args)


def _simpler(args: dict[str, Any], way: int) -> dict[str, Any]:
    """A message whose blocks were refused: without new blocks, in basic ones, then in words alone."""
    holder, blocks = _holder(args)
    if way == _OLD:
        less = {"blocks": fallback.known(blocks)}
        return args | ({holder: args[holder] | less} if holder else less)
    if way:
        return args | {"blocks": fallback.basic(blocks) if way == _BASIC else [], "text": args["text"][:2000]}
    return args


def _refusal(status: int, words: str) -> tuple[str, bool]:
    """What was said at a response_url, as a code (empty when it was taken), and whether it may have been taken all the
    same: a page of somebody's proxy, a server in trouble."""
    if words.startswith("{"):
        with suppress(ValueError):
            said = json.loads(words)
            return ("", False) if said.get("ok") else (str(said.get("error")), said.get("error") in _MAYBE)
    if status == 200:
        return ("a page", True) if words.startswith("<") else ("", False)
    return words if words in FINAL else str(status), status >= 500


def _in_a_dm(args: dict[str, Any]) -> bool:
    return str(args.get("channel") or args.get("channel_id")).startswith("D")


def _key_of(message: dict[str, Any]) -> str:
    metadata = message.get("metadata") or {}
    return str((metadata.get("event_payload") or {}).get("key")) if metadata.get("event_type") == EVENT_TYPE else ""


def _has_file(message: dict[str, Any], ids: tuple[str, ...]) -> bool:
    return any(one.get("id") in ids for one in message.get("files") or ())


def _never_left(error: Exception) -> bool:
    """Whether a connection was never there, so that nothing can have arrived."""
    from aiohttp import ClientConnectorError

    return isinstance(error, ClientConnectorError)


def _parsed(body: bytes) -> dict[str, Any]:
    """An answer of Slack's; empty when it is none, but a page of somebody's proxy."""
    with suppress(ValueError):
        said = json.loads(body)
        if isinstance(said, dict):
            return said
    return {}


def _as_form(args: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) if isinstance(value, bool) else value for name, value in args.items()}


def _seconds(headers: Any) -> float:
    given = str(headers.get("Retry-After") or "")
    return min(LONGEST_WAIT, float(given)) if given.isdecimal() else 0.0  # whoever asks for more is asked again

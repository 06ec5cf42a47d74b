"""Files the bot hands over: an address to upload to, the upload, and the message that shows it."""

from __future__ import annotations

import mimetypes
import secrets
import time
from typing import Any

from bot.local.channels import may_post
from bot.local.people import BOT_USER
from bot.local.refusals import Refused
from bot.local.workspace import Message, Workspace

MOST_BYTES = 1_000_000


class Files:
    """What was promised to come, and what has come. The contents are kept by the workspace."""

    def __init__(self, workspace: Workspace, url: str) -> None:
        self._workspace = workspace
        self._url = url
        self._promised: dict[str, tuple[str, str]] = {}  # the secret of an upload -> (file id, name)

    def promise(self, args: dict[str, Any]) -> dict[str, Any]:
        """files.getUploadURLExternal"""
        name, length = args.get("filename"), str(args.get("length") or "")
        if not isinstance(name, str) or not name or not length.isdigit():
            raise Refused("invalid_arguments", "[ERROR] filename and length are needed")
        if not 0 < int(length) <= MOST_BYTES:
            raise Refused("file_upload_size_restricted")
        with self._workspace.changed:
            key, file_id = secrets.token_urlsafe(18), f"F0{secrets.token_hex(4).upper()}"
            self._promised[key] = (file_id, name)
        return {"upload_url": f"{self._url}upload/{key}", "file_id": file_id}

    def take(self, key: str, body: bytes) -> bool:
        """The upload itself; whether it was promised."""
        with self._workspace.changed:
            if key not in self._promised or len(body) > MOST_BYTES:
                return False
            file_id, name = self._promised.pop(key)
            self._workspace.keep_file(file_id, name, body)
            return True

    def complete(self, args: dict[str, Any]) -> tuple[dict[str, Any], str | None, Message | None]:
        """files.completeUploadExternal: the answer, and the message that was posted, with its channel."""
        wanted = args.get("files")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
            raise Refused("invalid_arguments", "[ERROR] missing required field: files")
        with self._workspace.changed:
            channel = self._workspace.channel_of(args["channel_id"]) if args.get("channel_id") else None
            if channel is not None:
                may_post(self._workspace.channels[channel])
            files = [self._described(one) for one in wanted]
            said = None
            if channel is not None:
                thread_ts = args.get("thread_ts") or None
                comment = str(args.get("initial_comment") or "")
                said, _ = self._workspace.post(channel, BOT_USER, comment, thread_ts=thread_ts, files=files)
            return {"files": files}, channel, said

    def _described(self, wanted: dict[str, Any]) -> dict[str, Any]:
        file_id = str(wanted.get("id"))
        name, body = self._workspace.file(file_id)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        address = f"{self._url}file/{file_id}"
        return {
            "id": file_id,
            "created": int(time.time()),
            "name": name,
            "title": wanted.get("title") or name,
            "mimetype": kind,
            "filetype": name.rpartition(".")[2],
            "user": BOT_USER,
            "size": len(body),
            "mode": "hosted",
            "is_external": False,
            "url_private": address,
            "url_private_download": address,
            "permalink": address,
        }

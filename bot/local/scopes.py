"""What the bot was granted, and which calls need it. Pure."""

from __future__ import annotations

from bot.local.refusals import Refused

# What the manifest asks for, and what an admin may leave out.
BASE = ("app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:write")
GRANTED = frozenset((*BASE, "channels:read", "groups:read", "files:write"))
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "conversations.replies": "im:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
}


def need(method: str, granted: frozenset[str]) -> None:
    """Refuse a method the bot has no scope for."""
    if method in NEEDED:
        have(NEEDED[method], granted)


def have(scope: str, granted: frozenset[str]) -> None:
    """Refuse what needs a scope the bot has not got."""
    if scope not in granted:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(granted)))

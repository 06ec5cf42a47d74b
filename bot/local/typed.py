"""Typed text as Slack passes it on: escaped, addresses linked, people and channels as their ids. Pure."""

from __future__ import annotations

import html
import re

from bot.local.channels import all_channels
from bot.local.people import BOT_NAME, BOT_USER, PEOPLE

HOST = re.compile(r"\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|co|edu|gov|app|de|uk|eu))(/[^\s<>|]*)?", re.IGNORECASE)
URL = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
USERS = {BOT_NAME: BOT_USER, **{person.name: person.id for person in PEOPLE.values()}}
CHANNELS = {channel.name: channel.id for channel in all_channels().values() if not channel.is_im}
NAMED = re.compile(rf"(?<![\w/@#<.])(?:@({'|'.join(USERS)})|#({'|'.join(CHANNELS)}))(?![\w-])", re.IGNORECASE)
KNOWN = re.compile(rf"<(?:@(?:{'|'.join(USERS.values())})|#(?:{'|'.join(CHANNELS.values())}))(?:\|[^<>]*)?>")


def as_sent(text: str) -> str:
    """A message: `& < >` escaped, addresses linked, @names and #channels brought into angle brackets."""
    parts, last = [], 0
    text = NAMED.sub(lambda found: _named(found, with_user=False), text)
    for known in KNOWN.finditer(text):
        parts += [_linked(html.escape(text[last : known.start()], quote=False)), known.group()]
        last = known.end()
    return "".join([*parts, _linked(html.escape(text[last:], quote=False))])


def as_command(text: str) -> str:
    """What follows a command that was declared with `should_escape`."""
    return NAMED.sub(lambda found: _named(found, with_user=True), text)


def _named(found: re.Match[str], *, with_user: bool) -> str:
    user, channel = ((part or "").lower() for part in found.groups())
    if channel:
        return f"<#{CHANNELS[channel]}|{channel}>"
    return f"<@{USERS[user]}|{user}>" if with_user else f"<@{USERS[user]}>"


def _linked(escaped: str) -> str:
    def host(match: re.Match[str]) -> str:
        return f"<http://{match.group()}|{match.group()}>"

    parts, last = [], 0
    for url in URL.finditer(escaped):
        parts += [HOST.sub(host, escaped[last : url.start()]), f"<{url.group()}>"]
        last = url.end()
    return "".join([*parts, HOST.sub(host, escaped[last:])])

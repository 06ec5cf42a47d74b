"""The words for what is wrong with one thing in a message or view: too long, too many, none of what is emulated.

Pure, but that the latter is logged: the bot may quietly do without what was refused.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import Any

from bot.local import kit

log = logging.getLogger(__name__)

PLAIN = frozenset({"plain_text"})
MARKED = frozenset({"mrkdwn"})


def foreign(what: str, where: str = "") -> str:
    """The words for what the bot is not known to send, which the log says as well."""
    words = f"the local workspace does not emulate {what}"
    log.warning("%s; it was refused%s", words, where and f" at {where}")
    return fault(words, where)


def text_object(text: Any, at: str, most: int, kinds: frozenset[str] = PLAIN) -> Iterator[str]:
    if not isinstance(text, dict):
        yield fault("missing required field: a text object", at)
    elif text.get("type") not in kinds:
        yield foreign(f"a text of the type {text.get('type')!r}", f"{at}/type")
    else:
        yield from only_fields(text, kit.TEXTS[text["type"]], at, "a text")
        yield from length_of(text.get("text"), f"{at}/text", most, least=1)


def only_fields(thing: dict[str, Any], known: frozenset[str], at: str, what: str) -> Iterator[str]:
    for name in sorted(thing.keys() - known - {"type"}):
        yield foreign(f"{name!r} of {what}", f"{at}/{name}")


def one_of(value: Any, known: Collection[str], at: str) -> Iterator[str]:
    if value not in known:
        yield fault(f"no such value: {value}", at)


def items_of(items: Any, at: str, most: int) -> Iterator[str]:
    if not isinstance(items, list) or not items:
        yield fault("must have at least 1 item", at)
    elif len(items) > most:
        yield fault(f"no more than {most} items allowed", at)


def longest(thing: dict[str, Any], at: str, **limits: int) -> Iterator[str]:
    for key, most in limits.items():
        if thing.get(key) is not None:
            yield from length_of(thing[key], f"{at}/{key}", most)


def length_of(text: Any, at: str, most: int, *, least: int = 0) -> Iterator[str]:
    if not isinstance(text, str):
        yield fault("must be a string", at)
    elif len(text) < least:
        yield fault(f"must be more than {least - 1} characters", at)
    elif len(text) > most:
        yield fault(f"must be less than {most + 1} characters", at)


def fault(what: str, where: str) -> str:
    return f"[ERROR] {what} [json-pointer:{where}]"

"""Text objects of Block Kit, and making a text as long as Slack takes it.

Lengths are counted after escaping, in characters. Ids and values are ours and are never cut: one too long is a
ValueError.
"""

from collections.abc import Iterator
from typing import Any

from advisor.pattern import pattern
from bot.render.view import clean

Block = dict[str, Any]

# Slack refuses blocks from about 13,200 characters on, and documents no number: 12,000 leaves room.
BLOCKS, TOTAL = 50, 12_000
SECTION, FIELD, HEADER, LABEL = 3_000, 2_000, 150, 75

_ENTITY = pattern(r"&(?:amp|lt|gt);")
TOKEN = pattern(r"<[^<>\n]{1,1998}>")
"""A mention or a link. A longer one would fit no block whole: it counts as ordinary text."""
_ENDS = (("\n\n",), ("\n",), (". ", "! ", "? ", "。"), (" ",))


def mrkdwn(text: str) -> Block:
    # verbatim: otherwise Slack makes links and mentions of bare words, "@here" typed by a person among them.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_text(text: str, limit: int = LABEL) -> Block:
    if len(text) > limit or not text.isprintable():
        text = shorten(one_line(text), limit)
    return {"type": "plain_text", "text": text.strip() or "…"}


def one_line(text: str) -> str:
    """One line of it, without what is not seen."""
    return (text if text.isprintable() else " ".join(clean(text).split())).strip()


def ours(text: str, limit: int) -> str:
    if not 1 <= len(text) <= limit:
        raise ValueError(f"an id or value must have 1 to {limit} characters: {text[:80]!r}")
    return text


def split(text: str, limit: int) -> list[str]:
    if len(text) <= limit:
        return [text] if text and not text.isspace() else []
    pieces = []
    while len(text) > limit:
        at = _cut(text, limit)
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: _cut(text, limit - 1)].rstrip() + "…"


def fair_length(lengths: list[int], room: int) -> int:
    """The length to cut the longest down to, so that all of them together take no more than `room`."""
    for i, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - i)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def text_objects(node: Any, *kinds: str) -> Iterator[Block]:
    """Every text object in `node` of these kinds; a picture has none, and its many numbers are not looked through."""
    left = [node]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
        elif node.get("type") in kinds:
            yield node
        elif node.get("type") != "data_visualization":
            left += [inner for inner in node.values() if isinstance(inner, dict | list)]


def size(blocks: list[Block]) -> int:
    """How much can be read in them."""
    return sum(len(text["text"]) for text in text_objects(blocks, "mrkdwn", "plain_text", "raw_text"))


def _cut(text: str, limit: int) -> int:
    """Where to end the first piece of a longer text: after a paragraph, line, sentence or word, else at `limit`."""
    for ends in _ENDS:
        found = 0
        for end in ends:
            kept = len(end.rstrip())
            found = max(found, text.rfind(end, limit // 2, limit + len(end) - kept) + kept)
        if at := _whole(text, found):
            return at
    return _whole(text, limit)


def _whole(text: str, at: int) -> int:
    """`at`, or the start of the entity or <...> token that it would cut in two."""
    amp = text.rfind("&", max(0, at - 4), at)
    if amp >= 0 and (entity := _ENTITY.match(text, amp)) and entity.end() > at:
        at = amp
    opening = text.rfind("<", max(0, at - FIELD), at)
    if opening >= 0 and (token := TOKEN.match(text, opening)) and token.end() > at:
        at = opening
    return at

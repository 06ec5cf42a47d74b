"""The same message with less in it, for a workspace that refuses it as it is."""

from bot.render.pictures import in_words
from bot.render.texts import BLOCKS, HEADER, TOTAL, Block, mrkdwn, plain_text, size
from bot.render.view import escape

NEW = frozenset({"container", "data_visualization", "table", "context_actions", "alert"})
"""Blocks that reach workspaces one after the other."""
TYPED = "Type your answer here in the thread."


def has_new(blocks: list[Block]) -> bool:
    return any(block["type"] in NEW for block in blocks)


def how_many(blocks: list[Block]) -> int:
    """How many blocks they are without the new ones (`known`)."""
    many = len(blocks)
    for block in blocks:
        match block["type"]:
            case "container":
                many += ("subtitle" in block) + how_many(block["child_blocks"])
            case "context_actions":
                many += 2 * len(block["elements"]) - 1
    return many


def known(blocks: list[Block]) -> list[Block]:
    """The same message without the new blocks: what is folded stands under its title, a picture is words."""
    out: list[Block] = []
    for block in blocks:
        name = {"block_id": block["block_id"]} if "block_id" in block else {}
        match block["type"]:
            case "container":
                out.append({"type": "header", **name, "text": plain_text(block["title"]["text"], HEADER)})
                if "subtitle" in block:
                    out.append({"type": "context", "elements": [mrkdwn(escape(block["subtitle"]["text"]))]})
                out += known(block["child_blocks"])
            case "data_visualization" | "table":
                if words := in_words(block):
                    out.append({"type": "section", **name, "text": mrkdwn(words)})
            case "alert":
                out.append({"type": "section", **name, "text": block["text"]})
            case "context_actions":
                out += _thumbs(block, name)
            case _:
                out.append(block)
    return out


def _thumbs(block: Block, name: Block) -> list[Block]:
    """Two buttons that say the same. They have one action_id, so each has a block of its own; both blocks' names begin
    alike, by which a card's check is found."""
    sides = [
        (element, element[side]) for element in block["elements"] for side in ("positive_button", "negative_button")
    ]
    out: list[Block] = []
    for n, (element, side) in enumerate(sides):
        named = {"block_id": f"{name['block_id']}.{n}"} if name else {}
        button = {"type": "button", "action_id": element["action_id"], **side}
        out.append({"type": "actions", **named, "elements": [button]})
    return out


def basic(blocks: list[Block]) -> list[Block]:
    """The same message with texts and buttons alone, to send once more after `invalid_blocks`."""
    out: list[Block] = []
    hint: Block | None = None
    for block in known(blocks):
        match block["type"]:
            case "section":
                section = {k: v for k, v in block.items() if k in ("type", "block_id", "text", "fields")}
                if section.get("text") or section.get("fields"):
                    out.append(section)
            case "header" | "divider":
                out.append(block)
            case "context":
                if texts := [e for e in block["elements"] if e["type"] in ("mrkdwn", "plain_text")]:
                    out.append({**block, "elements": texts})
            case "actions":
                buttons = [e for e in block["elements"] if e["type"] == "button"]
                if buttons:
                    out.append({**block, "elements": buttons})
                if len(buttons) < len(block["elements"]) and hint is None:
                    hint = {"type": "context", "elements": [mrkdwn(TYPED)]}
                    out.append(hint)
    if hint and (len(out) > BLOCKS or size(out) > TOTAL):
        out.remove(hint)
    return out

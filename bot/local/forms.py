"""What a modal must have entered before it goes off, and what its reader may choose. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.local import elements
from bot.local.channels import Channel, passes
from bot.local.elements import Block, Settings


class Incomplete(ValueError):
    """A form that cannot go off as it is. `errors`: block id -> what is missing, in words."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{block}: {words}" for block, words in errors.items()))
        self.errors = errors


def settings(blocks: list[Block], values: Mapping[Any, Any]) -> Settings:
    """Values by block id (or by block and action id, where a block has several inputs) as settings."""
    there = [(block["block_id"], element["action_id"]) for block, element in elements.inputs(blocks)]
    found: Settings = {}
    for name, value in values.items():
        keys = [key for key in there if name in (key, key[0])]
        if len(keys) != 1:
            offered = ", ".join(dict.fromkeys(block_id for block_id, _ in there)) or "nothing to fill in"
            raise LookupError(f"{'no' if not keys else 'more than one'} input {name!r} here; there is: {offered}")
        found[keys[0]] = value
    return found


def check(blocks: list[Block], state: dict[str, Any]) -> None:
    """Refuse a form with something missing, or with too much typed, as Slack's own form does."""
    errors: dict[str, str] = {}
    for block, element in elements.inputs(blocks):
        if block["type"] != "input":
            continue
        entry = state["values"][block["block_id"]][element["action_id"]]
        now = next(value for key, value in entry.items() if key != "type")
        if words := _fault(element, now, optional=block.get("optional", False)):
            errors[block["block_id"]] = words
    if errors:
        raise Incomplete(errors)


def check_choices(blocks: list[Block], state: dict[str, Any], channels: Mapping[str, Channel], user: str) -> None:
    """LookupError if a conversation is chosen that this person is not offered."""
    for block, element in elements.inputs(blocks):
        if element["type"] != "conversations_select":
            continue
        chosen = state["values"][block["block_id"]][element["action_id"]]["selected_conversation"]
        offered = [c.id for c in channels.values() if user in c.people and passes(c, element.get("filter"))]
        if chosen and chosen not in offered:  # archived ones count: they may have been archived meanwhile
            raise LookupError(f"no conversation {chosen!r}; there is: {', '.join(offered) or 'none'}")


def _fault(element: dict[str, Any], now: Any, *, optional: bool) -> str:
    if now is None or now == [] or (isinstance(now, str) and not now.strip()):
        chosen = "select" in element["type"] or element["type"] == "checkboxes"
        return "" if optional else "Please choose something." if chosen else "Please fill this in."
    most = element.get("max_length") or 3000
    if element["type"] == "plain_text_input" and len(now) > most:
        return f"Please type no more than {most:,} characters."
    return ""

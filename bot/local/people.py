"""Who is in the workspace: one bot and two people, each with a conversation of their own with the bot."""

from __future__ import annotations

from dataclasses import dataclass

TEAM = "T0LOCAL"
DOMAIN = "local"
APP = "A0LOCAL"
BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
BOT_NAME = "finetune-advisor"


@dataclass(frozen=True)
class Person:
    """Somebody you can be."""

    id: str
    name: str
    real_name: str
    dm: str


PEOPLE = {
    "U0ADA": Person("U0ADA", "ada", "Ada", "D0ADA"),
    "U0LIN": Person("U0LIN", "lin", "Lin", "D0LIN"),
}
OWNERS = {p.dm: p.id for p in PEOPLE.values()}

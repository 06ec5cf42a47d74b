"""Who is in the workspace, and where they can talk: one bot, two people, their conversations, a channel."""

from __future__ import annotations

from dataclasses import dataclass

TEAM = "T0LOCAL"
DOMAIN = "local"
APP = "A0LOCAL"
BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
BOT_NAME = "finetune-advisor"
GENERAL = "C0GENERAL"


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
CHANNELS = {**{p.dm: "directmessage" for p in PEOPLE.values()}, GENERAL: "general"}
OWNERS = {p.dm: p.id for p in PEOPLE.values()}

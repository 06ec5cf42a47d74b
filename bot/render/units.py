"""What a message has room for, and a card's parts, a block or so each, for when there is more of them than that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from bot.render.pictures import CHARTS, TABLES, drawn, in_words, picture
from bot.render.texts import FIELD, Block, shorten
from bot.render.view import Alert, Chart, Divider, Facts, Feedback, Folded, Part, Pie, Small, Table, Text, clean

FIELDS = 10


@dataclass(slots=True)
class Room:
    """What is still left of what Slack takes few of; a dialog and Home take nothing of it but alerts."""

    charts: int = 0
    tables: int = 0
    feedback: bool = False
    alerts: bool = False
    around: "Room | None" = None
    """Of what is folded: where it stands, which its tables count for."""
    new: bool = False
    """Whether anything was laid out that a workspace may refuse."""

    @classmethod
    def of_a_message(cls) -> Self:
        return cls(CHARTS, TABLES, feedback=True)

    def inside(self) -> "Room":
        """The room of what is folded here."""
        return Room(around=self)

    def takes(self, part: Chart | Pie | Table | Feedback | Alert, made: Block) -> bool:
        """Whether it, made a block, has its place, which is then taken."""
        if isinstance(part, Feedback):
            return self.feedback
        if isinstance(part, Alert):
            return self.alerts
        if isinstance(part, Table) and self.around:
            return self.around.takes(part, made)
        if isinstance(part, Table):
            taken = self.tables > 0
            self.tables -= taken
            return taken
        taken = self.charts > 0 and drawn(made)
        self.charts -= taken
        return taken


def in_units(parts: Iterable[Part], room: Room) -> Iterator[Part]:
    """The same parts, a block or so each: texts cleaned and the blank left out, facts whole and ten at a time, a
    picture that has no place in words."""
    for part in (_or_text(part, room) for part in parts):
        if isinstance(part, Text | Small):
            if text := clean(part.text).strip():
                yield type(part)(text)
        elif isinstance(part, Facts):
            for some in batches(field_texts(part), FIELDS):
                yield Facts(tuple(("", field) for field in some))
        elif isinstance(part, Folded):
            yield part._replace(parts=tuple(in_units(part.parts, room.inside())))
        else:
            yield part


def _or_text(part: Part, room: Room) -> Part:
    if isinstance(part, Alert):
        return part if room.alerts else Text(part.text)
    if isinstance(part, Chart | Pie | Table) and not room.takes(part, made := picture(part)):
        return Text(in_words(made))
    return part


def weight(units: Iterable[Part]) -> int:
    """How many blocks they are in all, without the new ones."""
    return sum(2 + weight(unit.parts) if isinstance(unit, Folded) else 1 for unit in units)


def joined(units: Iterable[Part]) -> Iterator[Part]:
    for kind, run in groupby((unit for unit in units if not isinstance(unit, Divider)), type):
        if kind is Text:
            yield Text("\n\n".join(text for unit in run for text in soft_texts(unit)))
        else:
            yield from (u._replace(parts=tuple(joined(u.parts))) if isinstance(u, Folded) else u for u in run)


def spared(units: list[Part], many: int) -> list[Part]:
    """Without so many texts, if there are as many; the last go first, and what they leave empty goes with them."""
    left: list[Part] = []
    for unit in reversed(units):
        if many > 0 and isinstance(unit, Text | Small | Facts):
            many -= 1
        elif many > 0 and isinstance(unit, Folded):
            inside = unit._replace(parts=tuple(spared(list(unit.parts), many)))
            many -= weight([unit]) - (weight([inside]) if inside.parts else 0)
            left += [inside] if inside.parts else []
        else:
            left.append(unit)
    return left[::-1]


def soft_texts(unit: Part) -> list[str]:
    if isinstance(unit, Facts):
        return [field for _, field in unit.rows]
    if isinstance(unit, Folded):
        return [text for inner in unit.parts for text in soft_texts(inner)]
    return [unit.text] if isinstance(unit, Text | Small) else []


def capped(unit: Part, level: int) -> Part:
    if isinstance(unit, Facts):
        return Facts(tuple((label, shorten(field, level)) for label, field in unit.rows))
    if isinstance(unit, Folded):
        return unit._replace(parts=tuple(capped(inner, level) for inner in unit.parts))
    return type(unit)(shorten(unit.text, level)) if isinstance(unit, Text | Small) else unit


def field_texts(facts: Facts) -> list[str]:
    rows = ((clean(label).strip(), clean(value).strip()) for label, value in facts.rows)
    texts = (f"*{label}*\n{value}".strip() if label else value for label, value in rows)
    return [shorten(text, FIELD) for text in texts if text]


def batches(items: list[Any], most: int) -> Iterator[list[Any]]:
    return (items[i : i + most] for i in range(0, len(items), most))

"""What a card is, before Slack: parts in reading order and one sentence that stands for them all.

Nothing here knows a limit of Slack's (`bot/render/blockkit.py` does) or a sentence (`prompts/say` does). `Text`,
`Small`, `Facts`, `Alert` and the summary are mrkdwn: what a person typed passes through `escape` on its way in. The
rest is plain.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from unicodedata import category

from advisor.pattern import pattern

Style = Literal["", "primary", "danger"]

# A zero-width joiner holds an emoji together (a family, a flag); anywhere else it only hides things.
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff"
_LOOSE_JOINER = pattern(f"\u200d(?:(?<![{_EMOJI}\ufe0f]\u200d)|(?![{_EMOJI}]))")


@dataclass(frozen=True, slots=True)
class Confirm:
    """The question asked before a button does what cannot be undone."""

    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `label` is what a screen reader says when `text` is too terse."""

    text: str
    action_id: str
    value: str = ""
    style: Style = ""
    label: str = ""
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a `Select` or `Radio`."""

    text: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """A drop-down list; `chosen` is the value of the option already picked."""

    action_id: str
    placeholder: str
    options: tuple[Option, ...]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Radio:
    """A few options, all in sight."""

    action_id: str
    options: tuple[Option, ...]
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class TickList:
    """Boxes to tick in a message, a few of them; those `chosen` are ticked already."""

    action_id: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """What is rarely pressed, behind one button of three dots; `placeholder` is for where there are too many for it."""

    action_id: str
    placeholder: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a page; who presses it is told of like of any other."""

    text: str
    action_id: str
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """A heading, plain."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph or several, mrkdwn."""

    text: str


@dataclass(frozen=True, slots=True)
class Small:
    """A line in small print, mrkdwn."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and value pairs in two columns, mrkdwn."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A thin line."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What can be clicked."""

    elements: tuple[Button | Link | Select | Radio | TickList | Menu, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """Two thumbs below a card; of each the `description` is what a screen reader says."""

    action_id: str
    good: Option
    bad: Option


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows, all as long as the `head`; the columns `right` hold figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or the bars of one kind: a value for each of the chart's categories."""

    name: str
    values: tuple[int | Decimal, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars or lines over `categories`; `x` and `y` say what the axes measure. The message's text says them."""

    kind: Literal["bar", "line"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    x: str = ""
    y: str = ""


@dataclass(frozen=True, slots=True)
class Pie:
    """Parts of a whole, each a label and its share."""

    title: str
    shares: tuple[tuple[str, int | Decimal], ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """A line in a dialog that is not overlooked. Its words say what its `level` says: not everybody sees the colour."""

    text: str
    level: Literal["info", "warning", "error", "success"]


@dataclass(frozen=True, slots=True)
class Folded:
    """Parts behind their title, in sight once it is pressed. No inputs: what is folded is not filled in."""

    title: str
    parts: tuple["Part", ...]
    note: str = ""
    opened: bool = False


@dataclass(frozen=True, slots=True)
class TextInput:
    """A line (or several) to type in a modal; `name` is the key of its value and of an error shown at it. In another
    `edition` of a dialog that is drawn anew it shows its `value` again, and not what was typed in it before."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    lines: bool = False
    longest: int = 3000
    edition: str = ""


@dataclass(frozen=True, slots=True)
class PickInput:
    """One of several to pick in a modal, or none; `chosen` is picked already. For `edition` see `TextInput`."""

    name: str
    label: str
    options: tuple[Option, ...]
    chosen: str = ""
    hint: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class ChannelInput:
    """A public or private channel to pick in a modal."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PersonInput:
    """A person to pick in a modal."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to tick in a modal; `chosen` are the values ticked already. `live` ones are told of at once."""

    name: str
    label: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...] = ()
    live: bool = False


Part = (
    Header | Text | Small | Facts | Divider | Actions | Feedback | Table | Chart | Pie | Alert | Folded
    | TextInput | PickInput | ChannelInput | PersonInput | Ticks
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A card; `summary` (mrkdwn) is all that a notification shows and a screen reader says of it."""

    parts: tuple[Part, ...]
    summary: str

    @classmethod
    def of(cls, text: str) -> "View":
        """A card of one text."""
        return cls((Text(text),), text)


@dataclass(frozen=True, slots=True)
class Modal:
    """A dialog; without `submit` it only tells. `metadata` comes back with the submission, ids only."""

    title: str
    parts: tuple[Part, ...]
    callback_id: str
    submit: str = ""
    close: str = "Close"
    metadata: str = ""


def clean(text: str) -> str:
    """`text` without what is not seen: controls, direction overrides, zero-width characters, lone surrogates.

    Newlines stay, a tab becomes a space, a joiner stays inside an emoji.
    """
    if text.isprintable() or text.replace("\n", "").isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    hidden = {c for c in set(text) - {"\n", "\u200d"} if category(c)[0] == "C"}
    return _LOOSE_JOINER.sub("", text.translate(dict.fromkeys(map(ord, hidden))))


def escape(text: str) -> str:
    """A person's own text made safe inside mrkdwn: cleaned, and none of it a mention, a link or an entity."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""What a card is, before Slack: parts in reading order and one sentence that stands for them all.

Nothing here knows a limit of Slack's (`bot/render/blockkit.py` does) or a sentence (`prompts/say` does). `Text`,
`Small`, `Facts`, `Alert` and the summary are mrkdwn: what a person typed passes through `escape` on its way in. The
rest is plain. (Named tuples: so many dataclasses cost a tenth of a start. Two of different kinds with the same words
are equal, so what a part is is asked of its class.)
"""

from decimal import Decimal
from typing import Literal, NamedTuple
from unicodedata import category

from advisor.pattern import pattern

Style = Literal["", "primary", "danger"]

# A zero-width joiner holds an emoji together (a family, a flag); anywhere else it only hides things.
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff"
_LOOSE_JOINER = pattern(f"\u200d(?:(?<![{_EMOJI}\ufe0f]\u200d)|(?![{_EMOJI}]))")


class Confirm(NamedTuple):
    """The question asked before a button does what cannot be undone."""

    title: str
    text: str
    yes: str
    no: str


class Button(NamedTuple):
    """A button; `label` is what a screen reader says when `text` is too terse."""

    text: str
    action_id: str
    value: str = ""
    style: Style = ""
    label: str = ""
    confirm: Confirm | None = None


class Option(NamedTuple):
    """One line of a `Select` or `Radio`."""

    text: str
    value: str
    description: str = ""


class Select(NamedTuple):
    """A drop-down list; `chosen` is the value of the option already picked."""

    action_id: str
    placeholder: str
    options: tuple[Option, ...]
    chosen: str = ""


class Radio(NamedTuple):
    """A few options, all in sight."""

    action_id: str
    options: tuple[Option, ...]
    chosen: str = ""


class TickList(NamedTuple):
    """Boxes to tick in a message, a few of them; those `chosen` are ticked already."""

    action_id: str
    options: tuple[Option, ...]
    chosen: tuple[str, ...] = ()


class Menu(NamedTuple):
    """What is rarely pressed, behind one button of three dots; `placeholder` is for where there are too many for it."""

    action_id: str
    placeholder: str
    options: tuple[Option, ...]


class Link(NamedTuple):
    """A button that opens a page; who presses it is told of like of any other."""

    text: str
    action_id: str
    url: str
    label: str = ""


class Header(NamedTuple):
    """A heading, plain."""

    text: str


class Text(NamedTuple):
    """A paragraph or several, mrkdwn."""

    text: str


class Small(NamedTuple):
    """A line in small print, mrkdwn."""

    text: str


class Facts(NamedTuple):
    """Label and value pairs in two columns, mrkdwn."""

    rows: tuple[tuple[str, str], ...]


class Divider(NamedTuple):
    """A thin line."""


class Actions(NamedTuple):
    """What can be clicked."""

    elements: tuple[Button | Link | Select | Radio | TickList | Menu, ...]


class Feedback(NamedTuple):
    """Two thumbs below a card; of each the `description` is what a screen reader says."""

    action_id: str
    good: Option
    bad: Option


class Table(NamedTuple):
    """Cells in rows, all as long as the `head`; the columns `right` hold figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()


class Series(NamedTuple):
    """One line, or the bars of one kind: a value for each of the chart's categories."""

    name: str
    values: tuple[int | Decimal, ...]


class Chart(NamedTuple):
    """Bars or lines over `categories`; `x` and `y` say what the axes measure. The message's text says them."""

    kind: Literal["bar", "line"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    x: str = ""
    y: str = ""


class Pie(NamedTuple):
    """Parts of a whole, each a label and its share."""

    title: str
    shares: tuple[tuple[str, int | Decimal], ...]


class Alert(NamedTuple):
    """A line in a dialog that is not overlooked. Its words say what its `level` says: not everybody sees the colour."""

    text: str
    level: Literal["info", "warning", "error", "success"]


class Folded(NamedTuple):
    """Parts behind their title, in sight once it is pressed. No inputs: what is folded is not filled in."""

    title: str
    parts: tuple["Part", ...]
    note: str = ""
    opened: bool = False


class TextInput(NamedTuple):
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


class PickInput(NamedTuple):
    """One of several to pick in a modal, or none; `chosen` is picked already. For `edition` see `TextInput`."""

    name: str
    label: str
    options: tuple[Option, ...]
    chosen: str = ""
    hint: str = ""
    edition: str = ""


class ChannelInput(NamedTuple):
    """A public or private channel to pick in a modal."""

    name: str
    label: str
    hint: str = ""


class PersonInput(NamedTuple):
    """A person to pick in a modal."""

    name: str
    label: str


class Ticks(NamedTuple):
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


class View(NamedTuple):
    """A card; `summary` (mrkdwn) is all that a notification shows and a screen reader says of it."""

    parts: tuple[Part, ...]
    summary: str

    @classmethod
    def of(cls, text: str) -> "View":
        """A card of one text."""
        return cls((Text(text),), text)


class Modal(NamedTuple):
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

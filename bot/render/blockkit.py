"""A `View` as Block Kit dicts, always within Slack's limits.

`message` lays the parts out; only a card over the budget takes the slow way through `_fit`. What fits is measured on
the same message with less in it too (`bot/render/fallback.py`), so that this one is never refused for its length.
"""

import re
from collections.abc import Iterable
from typing import Any, assert_never

from advisor.pattern import pattern
from bot.render.fallback import has_new, how_many, known
from bot.render.pictures import in_words, picture
from bot.render.texts import (
    BLOCKS,
    FIELD,
    HEADER,
    LABEL,
    SECTION,
    TOKEN,
    TOTAL,
    Block,
    fair_length,
    mrkdwn,
    one_line,
    ours,
    plain_text,
    shorten,
    size,
    split,
    text_objects,
)
from bot.render.units import FIELDS, Room, batches, capped, field_texts, in_units, joined, soft_texts, spared, weight
from bot.render.view import (
    Actions,
    Alert,
    Button,
    ChannelInput,
    Chart,
    Divider,
    Facts,
    Feedback,
    Folded,
    Header,
    Link,
    Menu,
    Modal,
    Option,
    Part,
    PersonInput,
    PickInput,
    Pie,
    Radio,
    Select,
    Small,
    Table,
    Text,
    TextInput,
    TickList,
    Ticks,
    View,
    clean,
)

FALLBACK = 3_900
VIEW_BLOCKS, INPUT, URL = 100, 3_000, 3_000
ELEMENTS, OPTIONS, RADIOS, MENU, CHILDREN = 25, 100, 10, 5, 10
ALERT, THUMBS = 200, 2_000
LABELS = 9_000  # of TOTAL, what headings and everything clickable may take before they are shortened too
_MOST_ON_A_BUTTON = LABEL + 100 + 300 + 2 * 30  # its text and what it asks once more; its label is not read
CUT, PICK = "(shortened)", "Choose one"

_LOOSE = pattern(r"&(?!(?:amp|lt|gt);)")
_MARKED = pattern(r"[<>&*_~`]")
_QUOTE = pattern(r"^> ?", re.MULTILINE)
_PAIRS = [pattern(rf"(?<!\w){m}(?=\S)([^{m}\n]+)(?<=\S){m}(?!\w)") for m in (r"\*", "_", "~")]


def message(view: View, key: str = "0") -> dict[str, Any]:
    """`text` and `blocks` for chat.postMessage or chat.update; a new `key` for each edition of a card.

    Long text runs on into further blocks. Over 50 blocks, neighbouring texts are joined and dividers left out; over
    12,000 characters the longest texts are shortened first, and the last line says so. What can be clicked stays.
    """
    room = Room.of_a_message()
    blocks, most = _lay(view.parts, room)
    if how_many(blocks) > BLOCKS or (most > TOTAL and _size(blocks) > TOTAL):
        blocks = _fit(view.parts, blocks)
    key = key[:240]
    for i, block in enumerate(blocks):
        block["block_id"] = f"{key}.{i}"
        if room.new and block["type"] == "container":
            for j, child in enumerate(block["child_blocks"]):
                child["block_id"] = f"{key}.{i}.{j}"
    return {"text": _fallback(view, blocks if room.new else []), "blocks": blocks}


def _size(blocks: list[Block]) -> int:
    """How much can be read in them, as they are or without the new ones."""
    return max(size(blocks), size(known(blocks)))


def plain(text: str) -> str:
    """Mrkdwn as plain text. `&amp; &lt; &gt;` stay, since Slack reads them in `text` too, and nothing in it pings."""
    text = clean(text)
    if _MARKED.search(text):
        text = TOKEN.sub(_words, _QUOTE.sub("", text)).replace("`", "")
        for pair in _PAIRS:
            text = pair.sub(r"\1", text)
        text = _LOOSE.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return text.strip()


def fenced(text: str) -> list[str]:
    """Escaped text to copy, as code blocks that each fit into a section; a break is at the end of a line."""
    return [f"```{piece}```" for piece in split(text.replace("```", "'''"), SECTION - 6)]


def _words(token: re.Match[str]) -> str:
    body, _, label = token[0][1:-1].partition("|")
    return label or body.lstrip("@#!")


def _fallback(view: View, blocks: list[Block]) -> str:
    """What stands for the card where no blocks are shown: its summary, and what its pictures say."""
    pictures = "".join(f"\n{plain(in_words(block))}" for block in blocks if block["type"] == "data_visualization")
    limit = FALLBACK - len(pictures)
    if text := plain(view.summary):
        return shorten(text, limit) + pictures
    texts = (plain(p.text) for p in view.parts if isinstance(p, Header | Text | Small))
    return next((shorten(text, limit) for text in texts if text), "…") + pictures


# Parts to blocks


def _lay(parts: Iterable[Part], room: Room) -> tuple[list[Block], int]:
    """The blocks, and the most characters that can be in them, or in the same without new ones."""
    blocks: list[Block] = []
    most = 0
    for part in parts:
        if isinstance(part, Text):
            text = clean(part.text)
            most += len(text)
            blocks += ({"type": "section", "text": mrkdwn(piece)} for piece in split(text, SECTION))
        elif isinstance(part, Actions):
            elements = _elements(part)
            most += sum(_MOST_ON_A_BUTTON if "options" not in e else 151 * len(e["options"]) + 300 for e in elements)
            blocks += ({"type": "actions", "elements": some} for some in batches(elements, ELEMENTS))
        elif isinstance(part, Small):
            text = clean(part.text)
            most += len(text)
            said = [mrkdwn(piece) for piece in split(text, FIELD)]
            blocks += ({"type": "context", "elements": some} for some in batches(said, FIELDS))
        elif isinstance(part, Facts):
            fields = field_texts(part)
            most += sum(map(len, fields))
            said = [mrkdwn(field) for field in fields]
            blocks += ({"type": "section", "fields": some} for some in batches(said, FIELDS))
        elif isinstance(part, Header):
            if text := one_line(part.text):
                most += HEADER
                blocks.append({"type": "header", "text": plain_text(text, HEADER)})
        elif isinstance(part, Divider):
            blocks.append({"type": "divider"})
        elif isinstance(part, TextInput | PickInput | ChannelInput | PersonInput | Ticks):
            blocks.append(_input(part))
        else:
            made, longest = _new(part, room)
            blocks += made
            room.new = room.new or has_new(made)
            most += longest
    return blocks, most


def _new(part: Folded | Chart | Pie | Table | Feedback | Alert, room: Room) -> tuple[list[Block], int]:
    """What not every workspace has yet, and the most characters in it; where this one has no place at all, the same in
    known blocks."""
    if isinstance(part, Folded):
        return _folded(part, room)
    if isinstance(part, Chart | Pie | Table):
        made, longest = [picture(part)], SECTION
    elif isinstance(part, Feedback):
        made, longest = [{"type": "context_actions", "elements": [_thumbs(part)]}], 2 * LABEL
    elif isinstance(part, Alert):
        longest = len(part.text)
        first, *rest = split(clean(part.text), ALERT) or ["…"]
        made = [{"type": "alert", "text": mrkdwn(first), "level": part.level}]
        made += ({"type": "section", "text": mrkdwn(piece)} for piece in split(" ".join(rest), SECTION))
    else:
        assert_never(part)
    return (made if room.takes(part, made[0]) else known(made)), longest


def _folded(part: Folded, room: Room) -> tuple[list[Block], int]:
    """Ten to a container; what finds no place in one goes on in a further one of the same title."""
    inside = room.inside()
    children, longest = _lay(part.parts, inside)
    if inside.new:
        children = [child for block in children for child in ([block] if block["type"] == "table" else known([block]))]
    if any(child["type"] == "input" for child in children):
        raise ValueError(f"an input is folded under {part.title!r}: nobody would fill it in")
    made: list[Block] = []
    for some in batches(children, CHILDREN):
        title = f"{shorten(one_line(part.title), HEADER - 10)} ({len(made) + 1})" if made else part.title
        block: Block = {"type": "container", "title": plain_text(title, HEADER), "child_blocks": some}
        if not made and one_line(part.note):
            block["subtitle"] = plain_text(part.note, HEADER)
        made.append(block | {"is_collapsible": True, "default_collapsed": not part.opened})
    return made, longest + HEADER * (len(made) + 1)


def _thumbs(part: Feedback) -> Block:
    sides = {"positive_button": part.good, "negative_button": part.bad}
    made: Block = {"type": "feedback_buttons", "action_id": ours(part.action_id, 255)}
    for name, option in sides.items():
        made[name] = {"text": plain_text(option.text), "value": ours(option.value, THUMBS)}
        if label := one_line(option.description):
            made[name]["accessibility_label"] = shorten(label, LABEL)
    return made


def _input(part: TextInput | PickInput | ChannelInput | PersonInput | Ticks) -> Block:
    """An input of a modal. Its ids stay the same when it is drawn anew: Slack then keeps what was typed, unless this is
    another edition of it."""
    element: Block
    optional = True
    if isinstance(part, TextInput):
        optional = part.optional
        element = {"type": "plain_text_input", "multiline": part.lines, "max_length": min(part.longest, INPUT)}
        if part.value:
            element["initial_value"] = part.value[: element["max_length"]]
    elif isinstance(part, PickInput):
        element = _choice(Select(part.name, "", part.options, part.chosen))
    elif isinstance(part, ChannelInput):
        optional = False
        kinds = {"include": ["public", "private"], "exclude_bot_users": True}
        element = {"type": "conversations_select", "default_to_current_conversation": True, "filter": kinds}
    elif isinstance(part, PersonInput):
        optional, element = False, {"type": "users_select"}
    else:
        element = _boxes(part.options, part.chosen)
    edition = getattr(part, "edition", "")
    element["action_id"] = f"{part.name}:{edition}" if edition else part.name
    block: Block = {"type": "input", "block_id": part.name, "label": plain_text(part.label, 2_000), "element": element}
    block["optional"] = optional
    if isinstance(part, Ticks) and part.live:
        block["dispatch_action"] = True
    if hint := getattr(part, "hint", ""):
        block["hint"] = plain_text(hint, 2_000)
    return block


def modal(dialog: Modal) -> dict[str, Any]:
    """A dialog for views.open, or for the answer to a submission."""
    blocks, _ = _lay(dialog.parts, Room(alerts=True))
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": ours(dialog.callback_id, 255),
        "title": plain_text(dialog.title, 24),
        "close": plain_text(dialog.close, 24),
        "blocks": _first(blocks),
    }
    if dialog.metadata:
        view["private_metadata"] = ours(dialog.metadata, INPUT)
    if dialog.submit:
        view["submit"] = plain_text(dialog.submit, 24)
    return view


def home(view: View) -> dict[str, Any]:
    """The Home tab for views.publish; what does not fit into its 100 blocks is left out."""
    blocks, _ = _lay(view.parts, Room())
    return {"type": "home", "blocks": _first(blocks)}


def _first(blocks: list[Block]) -> list[Block]:
    """As many as a view holds, also without the new blocks."""
    while how_many(blocks) > VIEW_BLOCKS:
        blocks = blocks[:-1]
    return blocks


def _elements(part: Actions) -> list[Block]:
    out: list[Block] = []
    seen: set[str] = set()
    primary = False
    for element in part.elements:
        if element.action_id in seen:
            raise ValueError(f"two elements of one Actions have the action_id {element.action_id!r}")
        seen.add(ours(element.action_id, 255))
        if isinstance(element, Link):
            made = _button(Button(element.text, element.action_id, label=element.label)) | {
                "url": _address(element.url)
            }
        elif isinstance(element, Button):
            made = _button(element)
            if element.style and not (primary and element.style == "primary"):
                made["style"] = element.style
                primary = primary or element.style == "primary"
        elif isinstance(element, TickList):
            made = _boxes(element.options, element.chosen) | {"action_id": element.action_id}
        else:
            made = _choice(element)
        out.append(made)
    return out


def _button(button: Button) -> Block:
    made: Block = {"type": "button", "text": plain_text(button.text), "action_id": button.action_id}
    if button.value:
        made["value"] = ours(button.value, 2_000)
    if button.label and (label := one_line(button.label)):
        made["accessibility_label"] = shorten(label, LABEL)
    if ask := button.confirm:
        made["confirm"] = {"title": plain_text(ask.title, 100), "text": plain_text(ask.text, 300)}
        made["confirm"] |= {"confirm": plain_text(ask.yes, 30), "deny": plain_text(ask.no, 30)}
        if button.style == "danger":  # without a style Slack draws the yes in green
            made["confirm"]["style"] = "danger"
    return made


def _address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"no address of a page: {url[:80]!r}")
    return ours(url, URL)


def _boxes(given: tuple[Option, ...], chosen: tuple[str, ...]) -> Block:
    options = [_option(option) for option in given]
    ticked = [option for option in options if option["value"] in chosen]
    return {"type": "checkboxes", "options": options} | ({"initial_options": ticked} if ticked else {})


def _choice(choice: Select | Radio | Menu) -> Block:
    """Of more than 100 options the first 100 stay, the chosen one among them: any answer can also be typed."""
    options = [_option(option) for option in choice.options]
    if not options:
        raise ValueError(f"{choice.action_id!r} has no options")
    if isinstance(choice, Menu) and len(options) <= MENU:
        return {"type": "overflow", "action_id": choice.action_id, "options": options}
    wanted = "" if isinstance(choice, Menu) else choice.chosen
    chosen = [option for option in options if option["value"] == wanted][:1]
    if len(options) > OPTIONS:
        kept = options[:OPTIONS]
        options = kept if not chosen or chosen[0] in kept else [*kept[:-1], *chosen]
    made: Block = {"type": "radio_buttons", "action_id": choice.action_id, "options": options}
    if not isinstance(choice, Radio) or len(options) > RADIOS:
        made["type"] = "static_select"
        made["placeholder"] = plain_text((not isinstance(choice, Radio) and choice.placeholder) or PICK, 150)
    if chosen:
        made["initial_option"] = chosen[0]
    return made


def _option(option: Option) -> Block:
    made: Block = {"text": plain_text(option.text), "value": ours(option.value, 150)}
    if option.description and (description := one_line(option.description)):
        made["description"] = plain_text(description)
    return made


# Over the budget


def _fit(parts: Iterable[Part], blocks: list[Block]) -> list[Block]:
    """The parts laid out again within BLOCKS and TOTAL; `blocks` is how they came out the first time."""
    kept = units = list(in_units(parts, Room.of_a_message()))
    if weight(units) > BLOCKS - 10:  # ten: what a long text adds when it runs on
        units = list(joined(units))
        kept = spared(units, weight(units) - (BLOCKS - 1))
    labels = [len(label["text"]) for label in _labels(blocks)]
    lengths = [len(text) for unit in kept for text in soft_texts(unit)]
    room = over = TOTAL - len(CUT)
    while over > 0 and room > 0:  # a second time where pictures take of the room, which are not shortened
        top = fair_length(labels, max(min(LABELS, room), room - sum(lengths)))
        level = fair_length(lengths, room - sum(min(n, top) for n in labels))
        blocks, _ = _lay((capped(unit, level) for unit in kept), Room.of_a_message())
        for label in _labels(blocks):
            label["text"] = shorten(label["text"], top)
        over = _size(blocks) - (TOTAL - len(CUT))
        room -= over
    cut = weight(kept) < weight(units) or level < max(lengths, default=0) or top < max(labels, default=0)
    if how_many(blocks) + cut > BLOCKS:
        cut = True
        blocks = _left_out(blocks, how_many(blocks) - (BLOCKS - 1))
    if how_many(blocks) > BLOCKS or over > 0 or (labels and not top):
        raise ValueError(f"{how_many(blocks)} blocks, {len(labels)} labels: more than a message can hold")
    if cut and how_many(blocks) < BLOCKS:
        blocks.append({"type": "context", "elements": [mrkdwn(CUT)]})
    return blocks


def _left_out(blocks: list[Block], many: int) -> list[Block]:
    """The same of blocks: headings and what can be clicked stay."""
    left: list[Block] = []
    for block in reversed(blocks):
        weighs = how_many([block])
        if many > 0 and block["type"] == "container":
            children = _left_out(block["child_blocks"], many)
            inside = [block | {"child_blocks": children}] if children else []
            many -= weighs - how_many(inside)
            left += inside
        elif many > 0 and block["type"] not in ("header", "actions", "context_actions"):
            many -= weighs
        else:
            left.append(block)
    return left[::-1]


def _labels(blocks: list[Block]) -> list[Block]:
    return list(text_objects(blocks, "plain_text", "raw_text"))

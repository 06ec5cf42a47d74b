"""A `View` as Block Kit dicts, always within Slack's limits.

`message` lays the parts out; only a card over the budget takes the slow way through `_fit`. Lengths are counted
after escaping, in characters. Ids and values are ours and are never cut: one too long is a ValueError.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, assert_never

from advisor.pattern import pattern
from bot.render.view import (
    Actions,
    Button,
    ChannelInput,
    Divider,
    Facts,
    Header,
    Modal,
    Option,
    Part,
    PersonInput,
    Radio,
    Select,
    Small,
    Text,
    TextInput,
    TickList,
    Ticks,
    View,
    clean,
)

Block = dict[str, Any]

# Slack refuses blocks from about 13,200 characters on, and documents no number: 12,000 leaves room.
BLOCKS, TOTAL, FALLBACK = 50, 12_000, 3_900
VIEW_BLOCKS, INPUT = 100, 3_000
SECTION, FIELD, HEADER, LABEL = 3_000, 2_000, 150, 75
FIELDS, ELEMENTS, OPTIONS, RADIOS = 10, 25, 100, 10
LABELS = 9_000  # of TOTAL, what headings and everything clickable may take before they are shortened too
CUT, TYPED, PICK = "(shortened)", "Type your answer here in the thread.", "Choose one"

_ENTITY = pattern(r"&(?:amp|lt|gt);")
# A longer one would fit no block whole: it counts as ordinary text.
_TOKEN = pattern(r"<[^<>\n]{1,1998}>")
_ENDS = (("\n\n",), ("\n",), (". ", "! ", "? ", "。"), (" ",))
_LOOSE = pattern(r"&(?!(?:amp|lt|gt);)")
_MARKED = pattern(r"[<>&*_~`]")
_QUOTE = pattern(r"^> ?", re.MULTILINE)
_PAIRS = [pattern(rf"(?<!\w){m}(?=\S)([^{m}\n]+)(?<=\S){m}(?!\w)") for m in (r"\*", "_", "~")]


def message(view: View, key: str = "0") -> dict[str, Any]:
    """`text` and `blocks` for chat.postMessage or chat.update; a new `key` for each edition of a card.

    Long text runs on into further blocks. Over 50 blocks, neighbouring texts are joined and dividers left out; over
    12,000 characters the longest texts are shortened first, and the last line says so. What can be clicked stays.
    """
    blocks, most = _lay(view.parts)
    if len(blocks) > BLOCKS or (most > TOTAL and _size(blocks) > TOTAL):
        blocks = _fit(view.parts, blocks)
    key = key[:250]
    for i, block in enumerate(blocks):
        block["block_id"] = f"{key}.{i}"
    return {"text": _fallback(view), "blocks": blocks}


def basic(blocks: list[Block]) -> list[Block]:
    """The same message with only what every workspace knows, to send once more after `invalid_blocks`."""
    out: list[Block] = []
    hint: Block | None = None
    for block in blocks:
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
                    hint = {"type": "context", "elements": [_mrkdwn(TYPED)]}
                    out.append(hint)
    if hint and (len(out) > BLOCKS or _size(out) > TOTAL):
        out.remove(hint)
    return out


def plain(text: str) -> str:
    """Mrkdwn as plain text. `&amp; &lt; &gt;` stay, since Slack reads them in `text` too, and nothing in it pings."""
    text = clean(text)
    if _MARKED.search(text):
        text = _TOKEN.sub(_words, _QUOTE.sub("", text)).replace("`", "")
        for pair in _PAIRS:
            text = pair.sub(r"\1", text)
        text = _LOOSE.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return text.strip()


def fenced(text: str) -> list[str]:
    """Escaped text to copy, as code blocks that each fit into a section; a break is at the end of a line."""
    return [f"```{piece}```" for piece in _split(text.replace("```", "'''"), SECTION - 6)]


def _words(token: re.Match[str]) -> str:
    body, _, label = token[0][1:-1].partition("|")
    return label or body.lstrip("@#!")


def _fallback(view: View) -> str:
    if text := plain(view.summary):
        return _shorten(text, FALLBACK)
    texts = (plain(p.text) for p in view.parts if isinstance(p, Header | Text | Small))
    return next((_shorten(text, FALLBACK) for text in texts if text), "…")


# Parts to blocks


def _lay(parts: Iterable[Part]) -> tuple[list[Block], int]:
    """The blocks, and the most characters that can be in them (exact only when there is nothing to click)."""
    blocks: list[Block] = []
    most = 0
    for part in parts:
        if isinstance(part, Text):
            text = clean(part.text)
            most += len(text)
            blocks += ({"type": "section", "text": _mrkdwn(piece)} for piece in _split(text, SECTION))
        elif isinstance(part, Actions):
            elements = _elements(part)
            most += sum(600 if e["type"] == "button" else 151 * len(e["options"]) + 300 for e in elements)
            blocks += ({"type": "actions", "elements": some} for some in _by(elements, ELEMENTS))
        elif isinstance(part, Small):
            text = clean(part.text)
            most += len(text)
            said = [_mrkdwn(piece) for piece in _split(text, FIELD)]
            blocks += ({"type": "context", "elements": some} for some in _by(said, FIELDS))
        elif isinstance(part, Facts):
            fields = _fields(part)
            most += sum(map(len, fields))
            said = [_mrkdwn(field) for field in fields]
            blocks += ({"type": "section", "fields": some} for some in _by(said, FIELDS))
        elif isinstance(part, Header):
            if text := _line(part.text):
                most += HEADER
                blocks.append({"type": "header", "text": _label(text, HEADER)})
        elif isinstance(part, Divider):
            blocks.append({"type": "divider"})
        elif isinstance(part, TextInput | ChannelInput | PersonInput | Ticks):
            blocks.append(_input(part))
        else:
            assert_never(part)
    return blocks, most


def _input(part: TextInput | ChannelInput | PersonInput | Ticks) -> Block:
    """An input of a modal. Its ids stay the same when it is drawn anew: Slack then keeps what was typed, unless this is
    another edition of it."""
    element: Block
    optional = True
    if isinstance(part, TextInput):
        optional = part.optional
        element = {"type": "plain_text_input", "multiline": part.lines, "max_length": min(part.longest, INPUT)}
        if part.value:
            element["initial_value"] = part.value[: element["max_length"]]
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
    block: Block = {"type": "input", "block_id": part.name, "label": _label(part.label, 2_000), "element": element}
    block["optional"] = optional
    if isinstance(part, Ticks) and part.live:
        block["dispatch_action"] = True
    if hint := getattr(part, "hint", ""):
        block["hint"] = _label(hint, 2_000)
    return block


def modal(dialog: Modal) -> dict[str, Any]:
    """A dialog for views.open, or for the answer to a submission."""
    blocks, _ = _lay(dialog.parts)
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": _ours(dialog.callback_id, 255),
        "title": _label(dialog.title, 24),
        "close": _label(dialog.close, 24),
        "blocks": blocks[:VIEW_BLOCKS],
    }
    if dialog.metadata:
        view["private_metadata"] = _ours(dialog.metadata, INPUT)
    if dialog.submit:
        view["submit"] = _label(dialog.submit, 24)
    return view


def home(view: View) -> dict[str, Any]:
    """The Home tab for views.publish; what does not fit into its 100 blocks is left out."""
    blocks, _ = _lay(view.parts)
    return {"type": "home", "blocks": blocks[:VIEW_BLOCKS]}


def _elements(part: Actions) -> list[Block]:
    out: list[Block] = []
    seen: set[str] = set()
    primary = False
    for element in part.elements:
        if element.action_id in seen:
            raise ValueError(f"two elements of one Actions have the action_id {element.action_id!r}")
        seen.add(_ours(element.action_id, 255))
        if isinstance(element, Button):
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
    made: Block = {"type": "button", "text": _label(button.text), "action_id": button.action_id}
    if button.value:
        made["value"] = _ours(button.value, 2_000)
    if button.label and (label := _line(button.label)):
        made["accessibility_label"] = _shorten(label, LABEL)
    if ask := button.confirm:
        made["confirm"] = {"title": _label(ask.title, 100), "text": _label(ask.text, 300)}
        made["confirm"] |= {"confirm": _label(ask.yes, 30), "deny": _label(ask.no, 30)}
    return made


def _boxes(given: tuple[Option, ...], chosen: tuple[str, ...]) -> Block:
    options = [_option(option) for option in given]
    ticked = [option for option in options if option["value"] in chosen]
    return {"type": "checkboxes", "options": options} | ({"initial_options": ticked} if ticked else {})


def _choice(choice: Select | Radio) -> Block:
    """Of more than 100 options the first 100 stay, the chosen one among them: any answer can also be typed."""
    options = [_option(option) for option in choice.options]
    chosen = [option for option in options if option["value"] == choice.chosen][:1]
    if not options:
        raise ValueError(f"{choice.action_id!r} has no options")
    if len(options) > OPTIONS:
        kept = options[:OPTIONS]
        options = kept if not chosen or chosen[0] in kept else [*kept[:-1], *chosen]
    made: Block = {"type": "radio_buttons", "action_id": choice.action_id, "options": options}
    if isinstance(choice, Select) or len(options) > RADIOS:
        made["type"] = "static_select"
        made["placeholder"] = _label((isinstance(choice, Select) and choice.placeholder) or PICK, 150)
    if chosen:
        made["initial_option"] = chosen[0]
    return made


def _option(option: Option) -> Block:
    made: Block = {"text": _label(option.text), "value": _ours(option.value, 150)}
    if option.description and (description := _line(option.description)):
        made["description"] = _label(description)
    return made


def _fields(facts: Facts) -> list[str]:
    rows = ((clean(label).strip(), clean(value).strip()) for label, value in facts.rows)
    texts = (f"*{label}*\n{value}".strip() if label else value for label, value in rows)
    return [_shorten(text, FIELD) for text in texts if text]


def _mrkdwn(text: str) -> Block:
    # verbatim: otherwise Slack makes links and mentions of bare words, "@here" typed by a person among them.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _label(text: str, limit: int = LABEL) -> Block:
    if len(text) > limit or not text.isprintable():
        text = _shorten(_line(text), limit)
    return {"type": "plain_text", "text": text.strip() or "…"}


def _line(text: str) -> str:
    return (text if text.isprintable() else " ".join(clean(text).split())).strip()


def _ours(text: str, limit: int) -> str:
    if not 1 <= len(text) <= limit:
        raise ValueError(f"an id or value must have 1 to {limit} characters: {text[:80]!r}")
    return text


# Cutting


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
    if opening >= 0 and (token := _TOKEN.match(text, opening)) and token.end() > at:
        at = opening
    return at


def _split(text: str, limit: int) -> list[str]:
    if len(text) <= limit:
        return [text] if text and not text.isspace() else []
    pieces = []
    while len(text) > limit:
        at = _cut(text, limit)
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: _cut(text, limit - 1)].rstrip() + "…"


def _by(items: list[Any], most: int) -> Iterator[list[Any]]:
    return (items[i : i + most] for i in range(0, len(items), most))


# Over the budget


def _fit(parts: Iterable[Part], blocks: list[Block]) -> list[Block]:
    """The parts laid out again within BLOCKS and TOTAL; `blocks` is how they came out the first time."""
    kept = units = list(_units(parts))
    if len(units) > BLOCKS - 10:  # ten: what a long text adds when it runs on
        units = list(_joined(units))
        kept = _trim(units, lambda unit: isinstance(unit, Text | Small | Facts), BLOCKS - 1)
    labels = [len(label["text"]) for label in _texts(blocks, "plain_text")]
    lengths = [len(text) for unit in kept for text in _soft(unit)]
    room = TOTAL - len(CUT)
    top = _level(labels, max(LABELS, room - sum(lengths)))
    level = _level(lengths, room - sum(min(n, top) for n in labels))
    blocks, _ = _lay(_capped(unit, level) for unit in kept)
    for label in _texts(blocks, "plain_text"):
        label["text"] = _shorten(label["text"], top)
    cut = len(kept) < len(units) or level < max(lengths, default=0) or top < max(labels, default=0)
    if len(blocks) + cut > BLOCKS:
        cut = True
        blocks = _trim(blocks, lambda block: block["type"] not in ("header", "actions"), BLOCKS - 1)
    if len(blocks) > BLOCKS or (labels and not top):
        raise ValueError(f"{len(blocks)} blocks, {len(labels)} labels: more than a message can hold")
    if cut and len(blocks) < BLOCKS:
        blocks.append({"type": "context", "elements": [_mrkdwn(CUT)]})
    return blocks


def _units(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts, a block or so each: texts cleaned and the blank left out, facts whole and ten at a time."""
    for part in parts:
        if isinstance(part, Text | Small):
            if text := clean(part.text).strip():
                yield type(part)(text)
        elif isinstance(part, Facts):
            for some in _by(_fields(part), FIELDS):
                yield Facts(tuple(("", field) for field in some))
        else:
            yield part


def _joined(units: Iterable[Part]) -> Iterator[Part]:
    for kind, run in groupby((unit for unit in units if not isinstance(unit, Divider)), type):
        if kind is Text:
            yield Text("\n\n".join(text for unit in run for text in _soft(unit)))
        else:
            yield from run


def _trim(items: list[Any], spare: Callable[[Any], bool], most: int) -> list[Any]:
    """At most `most` of them, if enough can be spared; the last go first."""
    spared = [i for i, item in enumerate(items) if spare(item)]
    gone = set(spared[-(len(items) - most) :]) if len(items) > most else set()
    return [item for i, item in enumerate(items) if i not in gone]


def _soft(unit: Part) -> list[str]:
    if isinstance(unit, Facts):
        return [field for _, field in unit.rows]
    return [unit.text] if isinstance(unit, Text | Small) else []


def _capped(unit: Part, level: int) -> Part:
    if isinstance(unit, Facts):
        return Facts(tuple((label, _shorten(field, level)) for label, field in unit.rows))
    return type(unit)(_shorten(unit.text, level)) if isinstance(unit, Text | Small) else unit


def _level(lengths: list[int], room: int) -> int:
    """The length to cut the longest down to, so that all of them together take no more than `room`."""
    for i, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - i)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def _texts(node: Any, *kinds: str) -> Iterator[Block]:
    """Every text object in `node` of these kinds."""
    if isinstance(node, dict):
        if node.get("type") in kinds:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _texts(inner, *kinds)


def _size(blocks: list[Block]) -> int:
    return sum(len(text["text"]) for text in _texts(blocks, "mrkdwn", "plain_text"))

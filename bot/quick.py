"""The quick calculation as a card and as a dialog."""

from collections.abc import Iterator

from markupsafe import Markup

from advisor.quick import INPUTS, LONGEST, OPTIONAL, PRICES, Quick
from advisor.reading import show
from advisor.roi import COST_INPUTS, SAVINGS_INPUTS
from bot.view import Actions, Button, Divider, Header, Modal, Part, Small, Text, TextInput, View
from bot.wording import Wording, lines

# Line of the answer -> the inputs it stands on: one of them from the example, and the line says so.
_MONEY = {
    "ratio": INPUTS,
    "cost": COST_INPUTS,
    "savings": SAVINGS_INPUTS,
    "net": INPUTS,
    "break_even": (*PRICES, *COST_INPUTS),
    "payback": INPUTS,
    "hosting": INPUTS,
    "zero": (),
}


def card(found: Quick, line: str, wording: Wording, *, buttons: bool = True, by: str = "") -> View:
    """The money first, then what was read, or what is missing or unclear; ``line`` is what it was worked out from.

    ``by`` is the id of the person who posts it for others to see.
    """
    parts = list(_parts(found, wording))
    if by:
        parts.insert(1, Text(str(wording.say("quick", "posted", Markup(f"<@{by}>")))))  # noqa: S704 - an id of Slack's
    if buttons:
        parts.append(Actions(tuple(_buttons(found, line))))
    return View(tuple(parts), str(wording.say("quick", "summary", found)))


def _parts(found: Quick, wording: Wording) -> Iterator[Part]:
    yield Header(wording.plainly("quick", "head"))
    for piece in found.problems:
        row = wording.rules.question(piece.field) if piece.field else None
        yield Text(str(wording.say("quick", piece.problem, piece, row)))
    if found.missing and not found.problems:
        yield Text(str(wording.say("quick", "missing", found.missing)))
    if found.roi:
        yield Text(lines(*_money(found, wording)))
        changes = (str(wording.say("quick", "what_if", one.change, one.value, one.ratio)) for one in found.what_if)
        mark = _mark(found, INPUTS, wording)
        yield Text(f"{wording.say('quick', 'what_if_head')}{mark} {' · '.join(changes)}")
        yield Divider()
    read = list(_read(found, wording))
    if read:
        yield Text(lines(wording.say("quick", "read_head"), *(f"• {each}" for each in read)))
    if not found.pieces:
        yield Text(str(wording.say("quick", "how")))
    yield Small(str(wording.say("quick", "quality")))


def _money(found: Quick, wording: Wording) -> Iterator[str]:
    for part, inputs in _MONEY.items():
        said = str(wording.say("quick", part, found))
        if said:
            yield f"{said}{_mark(found, inputs, wording)}"


def _mark(found: Quick, inputs: tuple[str, ...], wording: Wording) -> str:
    return f" {wording.say('quick', 'mark')}" if set(inputs) & set(found.from_example) else ""


def _read(found: Quick, wording: Wording) -> Iterator[str]:
    for piece in found.pieces:
        if not piece.problem:
            yield str(wording.say("quick", "piece", piece, wording.rules.question(piece.field)))
    for field in found.from_example:
        value = show(field, getattr(found.answers, field))
        yield str(wording.say("quick", "example", wording.rules.question(field), value))


def _buttons(found: Quick, line: str) -> Iterator[Button]:
    # The line itself travels in the value: it is the person's own words, read again when it comes back. Cut off it
    # would say something else.
    kept = line if len(line) <= LONGEST else ""
    value = ("example|" if found.from_example else "line|") + kept
    if found.missing and not found.problems:
        yield Button("Use the chapter's example for these", "roi:example", value, "primary")
    yield Button("Adjust", "roi:adjust", value)
    if found.roi:
        yield Button("Post here", "roi:post", value)
    if any(not piece.problem for piece in found.pieces):
        yield Button("Start a full check", "roi:check", value, label="Start a full check with these numbers")


def dialog(found: Quick, wording: Wording, metadata: str = "") -> Modal:
    """One line a figure, filled in as it was typed; errors come back at the line."""
    typed = {piece.field: piece.words[:200] for piece in found.pieces if piece.reading}
    rows = [wording.rules.question(field) for field in (*INPUTS, *OPTIONAL)]
    inputs = tuple(
        TextInput(row.id, row.ask, typed.get(row.id, ""), row.example, optional=row.id not in INPUTS, longest=200)
        for row in rows
    )
    return Modal(wording.plainly("quick", "head"), inputs, "roi", submit="Work it out", metadata=metadata)

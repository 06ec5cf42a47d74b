"""The quick calculation as a card and as a dialog."""

from collections.abc import Iterator

from advisor.quick import INPUTS, OPTIONAL, Quick
from advisor.reading import show
from bot.view import Actions, Button, Divider, Header, Modal, Part, Small, Text, TextInput, View
from bot.wording import Wording, lines


def card(found: Quick, line: str, wording: Wording, *, buttons: bool = True) -> View:
    """What was read, what is missing or unclear, and the money; ``line`` is what it was worked out from."""
    parts = list(_parts(found, wording))
    if buttons:
        parts.append(Actions(tuple(_buttons(found, line))))
    return View(tuple(parts), str(wording.say("quick", "summary", found)))


def _parts(found: Quick, wording: Wording) -> Iterator[Part]:
    rules = wording.rules
    yield Header(wording.plainly("quick", "head"))
    for piece in found.problems:
        row = rules.question(piece.field) if piece.field else None
        yield Text(str(wording.say("quick", piece.problem, piece, row)))
    if found.missing and not found.problems:
        yield Text(str(wording.say("quick", "missing", found.missing)))
    if found.roi:
        yield Text(lines(*wording.money(found)))
        changes = " · ".join(
            str(wording.say("quick", "what_if", one.change, one.value, one.ratio)) for one in found.what_if
        )
        yield Text(f"{wording.say('quick', 'what_if_head')} {changes}")
        yield Divider()
    read = [
        f"• {wording.say('quick', 'piece', piece, rules.question(piece.field))}"
        for piece in found.pieces
        if not piece.problem
    ]
    read += [
        f"• {wording.say('quick', 'example', rules.question(field), show(field, getattr(found.answers, field)))}"
        for field in found.from_example
    ]
    if read:
        yield Text(lines(*read))
    if found.from_example:
        yield Text(str(wording.say("quick", "by_example", len(found.from_example))))
    if not found.pieces:
        yield Text(str(wording.say("quick", "how")))
    yield Small(str(wording.say("quick", "quality")))


def _buttons(found: Quick, line: str) -> Iterator[Button]:
    # The line itself travels in the value: it is the person's own words, read again when it comes back.
    value = ("example|" if found.from_example else "line|") + line[:1900]
    if found.missing and not found.problems:
        yield Button("Use the chapter's example for these", "roi:example", value, "primary")
    yield Button("Adjust", "roi:adjust", value)
    if found.roi:
        yield Button("Post here", "roi:post", value)
    if any(not piece.problem for piece in found.pieces):
        yield Button("Start a full check with these numbers", "roi:check", value)


def dialog(found: Quick, wording: Wording, metadata: str = "") -> Modal:
    """One line a figure, filled in as it was typed; errors come back at the line."""
    typed = {piece.field: piece.reading.shown or piece.text for piece in found.pieces if piece.reading}
    rows = [wording.rules.question(field) for field in (*INPUTS, *OPTIONAL)]
    inputs = tuple(
        TextInput(row.id, row.ask, typed.get(row.id, ""), row.example, optional=row.id not in INPUTS, longest=200)
        for row in rows
    )
    return Modal(wording.plainly("quick", "head"), inputs, "roi", submit="Work it out", metadata=metadata)

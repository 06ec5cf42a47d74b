"""What is said around a check: the menu, the way into the DM, what one can begin with."""

from typing import Any

from bot.render.view import Actions, Button, Folded, Text, View
from bot.render.wording import Wording
from bot.store.checks import Check, state

_VALUE = 2_000  # characters a button may carry
ONCE = "once"
"""How the id of a button ends whose message says, once it was pressed, what became of it."""


def menu(wording: Wording, code: str, *facts: Any) -> View:
    """A sentence, and what one can begin with. It can be used again; what is offered once is ``begin``."""
    text = str(wording.say("chrome", code, *facts))
    buttons = (
        Button(wording.press("start"), "session:start", style="primary"),
        Button(wording.press("resume_last"), "session:resume"),
        Button(wording.press("quick_roi"), "roi:open"),
    )
    more = (words_that_work(wording),) if code == "dm_help" else ()
    return View((Text(text), Actions(buttons), *more), text)


def words_that_work(wording: Wording) -> Folded:
    """What can be typed, and what becomes of it: folded, since nobody needs it to begin."""
    said = (Text(str(wording.say("chrome", "words_that_work"))),)
    return Folded(wording.plainly("chrome", "words_head"), said)


def begin(wording: Wording, code: str, said: str = "", *, resume: bool = False) -> View:
    """A sentence, and a check to begin with what was ``said``, or the last one to ``resume``."""
    text = str(wording.say("chrome", code))
    start = Button(wording.press("start"), f"session:start:{ONCE}", value=said[:_VALUE], style="primary")
    last = Button(wording.press("resume_last"), f"session:resume:{ONCE}")
    return View((Text(text), Actions((start, last) if resume else (start,))), text)


def mention(wording: Wording, said: str, by: str) -> View:
    """The answer to a mention: a way to the DM that takes what was ``said`` along. Whoever reads it may press; it is
    resolved for ``by`` whom it was said."""
    sentence = str(wording.say("chrome", "mention"))
    button = Button(wording.press("in_dm"), f"session:start:mention:{by}", value=said[:_VALUE], style="primary")
    return View((Text(sentence), Actions((button,))), sentence)


def prompts(wording: Wording, *, resume: bool) -> list[dict[str, str]]:
    """What the DM suggests to say; to ``resume`` only where there is a check."""
    codes = ["prompt_start", *(["prompt_resume"] if resume else []), "prompt_roi", "prompt_help"]
    return [
        dict(zip(("title", "message"), wording.plainly("chrome", code).split(" | "), strict=True)) for code in codes
    ]


def others(wording: Wording, more: int, shown: list[Check]) -> View:
    """How many more checks a person has, with a button for each of the ``shown`` ones."""
    text = str(wording.say("chrome", "others", more))
    buttons = tuple(
        Button(wording.press("resume_other", state(c, wording.rules).title), f"session:resume:{n}", c.id)
        for n, c in enumerate(shown)
    )
    return View((Text(text), Actions(buttons)), text)

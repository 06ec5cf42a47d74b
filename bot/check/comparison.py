"""Two verdicts side by side: on the answers as they are, and with other numbers in their place. Pure.

The numbers travel in the buttons' value as they were typed, and are read again when they come back.
"""

from collections.abc import Iterable, Iterator, Mapping

from advisor.advice import decide
from advisor.asking import next_question
from advisor.model import FIELDS, Answers
from advisor.report import Report
from bot.answering.search import MOST
from bot.answering.sentences import moved
from bot.render.view import Actions, Button, Facts, Part, Small, Text, View
from bot.render.wording import Wording, lines

LONGEST = 80
"""How much of a number is typed at most: all of them together fit into a button's value of 2,000."""


def comparison(
    before: Answers, after: Answers, tried: Mapping[str, str], wording: Wording, *, again: bool = False
) -> View:
    """What the numbers ``tried`` would make of the answers; ``again`` when those have changed since they were tried."""
    was, then = decide(before, wording.rules), decide(after, wording.rules)
    sides = {"yours": was, "others": then}
    heads = {code: wording.headline(report) for code, report in sides.items()}
    facts = tuple(
        (str(wording.say("form", code)), str(wording.say("form", "side", heads[code], report)))
        for code, report in sides.items()
    )
    value = "\n".join(f"{field}={text}" for field, text in tried.items())
    parts: list[Part] = [Text(str(wording.say("form", "tried_again")))] if again else []
    parts.append(Text(lines(wording.say("form", "tried_head"), *_changed(before, after, tried, wording))))
    parts.append(Facts(facts))
    reads = [f"• {one.said}" for one in moved(was, then, wording) if one.id != "money_ratio"][:MOST]
    if more := [*reads, *_open(then, wording)]:
        parts.append(Text(lines(*more)))
    keep = Button(wording.press("keep_numbers"), "session:keep", value, "primary")
    parts.append(Actions((keep, Button(wording.press("try"), "report:try", value))))
    parts.append(Small(str(wording.say("form", "only_tried", then))))
    return View(tuple(parts), str(wording.say("form", "summary", *heads.values())))


def tried_in(value: str) -> dict[str, str]:
    """The numbers that a button's value holds."""
    pairs = (line.partition("=") for line in value.split("\n"))
    return {field: text for field, _, text in pairs if field in FIELDS}


def kept(before: Answers, after: Answers, fields: Iterable[str], wording: Wording, since: int) -> View:
    """Numbers that were kept, and a way back to the answers of the version ``since``."""
    report = decide(after, wording.rules)
    said = [*_changed(before, after, fields, wording), wording.say("form", "kept", wording.headline(report))]
    text = lines(wording.say("form", "kept_head"), *said, *_open(report, wording))
    return View((Text(text), Actions((Button(wording.press("undo"), "session:undo", str(since)),))), text)


def undone(before: Answers, after: Answers, fields: Iterable[str], wording: Wording) -> View:
    """What became of them when they were undone."""
    return View.of(lines(wording.say("form", "undone_head"), *_changed(before, after, fields, wording)))


def _open(report: Report, wording: Wording) -> Iterator[str]:
    """What is still to be asked, if the verdict is not the last word."""
    if field := next_question(report, wording.rules):
        yield str(wording.say("form", "still_asked", wording.rules.question(field)))


def _changed(before: Answers, after: Answers, fields: Iterable[str], wording: Wording) -> Iterator[str]:
    for field in fields:
        both = getattr(before, field), getattr(after, field)
        yield f"• {wording.say('form', 'tried', wording.rules.question(field), *both)}"

"""Two models side by side, a year of calls each way: what `/finetune compare` says. Pure."""

from datetime import date

from advisor.reading.line import Quick
from advisor.rulebook import Rules
from bot.check.beyond import named, table
from bot.render.view import Actions, Button, Header, Part, Small, Text, View
from bot.render.wording import Wording, lines


def side_by_side(found: Quick, line: str, today: date, wording: Wording) -> View:
    """The table of what was ``found`` in a line; without two models, or calls, what was not understood and how to say
    it. The ``line`` goes along to a full check."""
    from advisor.beyond import Quotes  # where it is used: a start does not pay for it
    from advisor.beyond.rivals import rivals

    rules: Rules = wording.rules
    one, other = (found.quotes.get(field) for field in ("usd_per_call_now", "usd_per_call_after"))
    told = None
    if one and other and not found.problems:
        quotes = Quotes(now=one, cheaper=(other,))
        told = rivals(found.answers.model_copy(update={"usd_per_call_after": None}), quotes, today, rules)
    parts: list[Part] = [Header(wording.plainly("quick", "compare_head"))]
    if told is None:
        said = [str(wording.say("quick", one.problem, one, _row(one.field, wording))) for one in found.problems]
        how = str(wording.say("quick", "compare_how"))
        return View((*parts, Text(lines(*said, how))), how)
    names = named(found.quotes)
    first, last = (names[quote.model] for quote in (one, other) if quote)
    summary = str(wording.say("quick", "compared", first, last, told.rows))
    parts += [
        Text(summary),
        table(told, names, wording),
        Small(str(wording.say("beyond", "priced_by", told.priced_by))),
    ]
    further = Button(wording.press("full_check"), "roi:check", f"line|{line}", label=wording.press("full_check_with"))
    return View((*parts, Actions((further,))), summary)


def _row(field: str, wording: Wording) -> object:
    return wording.rules.question(field) if field else None

"""Figures as people read them, and those of the rules in the rules' own sentences.

``{poc.points:words}`` in a rule file is "five" with today's rules: a threshold has one owner, the row that the core
compares with, and every sentence about it follows.
"""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from advisor.model import FIELDS, UNKNOWN, Value, plain
from advisor.pattern import pattern

_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)
_WORDS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PLACE = pattern(r"\{([^{}:]*)(?::([^{}]*))?\}")


def show(field: str, value: Value) -> str:
    """Write a field's value for people, without the question's unit: ``1200`` -> ``"1,200"``.

    Args:
        field: A field of ``Answers``.
        value: Its value; a rate (fraction) or money (dollars) may also be a plain decimal string, as stored.

    Returns:
        "1,200", "3 months", "$0.02", "82.5 %", "yes", "company voice", a name; "nobody" for the empty name, "not known"
        for unknown. Sums above a dollar are rounded to cents, smaller ones and rates to six digits.

    Raises:
        KeyError: no such field.
        decimal.InvalidOperation: a rate or money field with a text that is no number.
    """
    kind = FIELDS[field].kind
    if value == UNKNOWN:
        return "not known"
    if kind == "name":
        return str(value) or "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "choice":
        return str(value).replace("_", " ")
    number = Decimal(value)
    if kind == "count":
        of = FIELDS[field].of
        return f"{number:,f} {of}{'s' * (number != 1)}" if of else f"{number:,f}"
    return f"{_six_digits(number * 100)} %" if kind == "rate" else usd(number, to_the_cent=True)


def usd(amount: Decimal | int, *, to_the_cent: bool = False) -> str:
    """US dollars, a minus before the sign: up to six digits below a dollar, to the cent below a hundred (or always),
    whole from there."""
    amount = Decimal(amount)
    size = abs(amount)
    if size < 1:
        text = _six_digits(size)
        text += "0" if len(text.partition(".")[2]) == 1 else ""
    else:
        text = f"{round(size, 2 if to_the_cent or size < 100 else 0):,.2f}".removesuffix(".00")
    return f"{'−' if amount < 0 else ''}${text}"


def _six_digits(number: Decimal) -> str:
    short = _SIX.plus(number)
    # 99.99999 % is not all of them.
    return plain(number if short in (1, 100) else short)


def digits(number: int | Decimal) -> str:
    """With thousands separators: 5000 -> "5,000", 1.50 -> "1.5"."""
    text = f"{Decimal(number):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_words(number: int | Decimal) -> str:
    """Up to twelve as a word, as people write it, and in digits from there."""
    return _WORDS[int(number)] if number in range(len(_WORDS)) else digits(number)


def short(number: int | Decimal) -> str:
    """As people type it: 5000 -> "5k", 1000000 -> "1M"; what is not round stays whole."""
    for size, letter in ((10**6, "M"), (10**3, "k")):
        if number >= size and number % (size // 10) == 0:
            return f"{digits(Decimal(number) / size)}{letter}"
    return digits(number)


_FORMS: Mapping[str, Callable[[Any], str]] = {
    "": digits,
    "usd": lambda number: show("usd_per_label", number),
    "words": in_words,
    "Words": lambda number: in_words(number).capitalize(),
    "hundredths": lambda share: in_words(100 * share),
    "short": short,
}


def filled(text: str, rows: Mapping[str, Any]) -> str:
    """A sentence with its figures put in; ``rows`` are the rows that own them, by name.

    Raises:
        LookupError: no row has such a figure, or there is no such form.
    """

    def figure(place: re.Match[str]) -> str:
        row, _, key = place[1].partition(".")
        number, form = getattr(rows.get(row), key, None), _FORMS.get(place[2] or "")
        if form is None or not isinstance(number, int | Decimal):
            raise LookupError(place[0])
        return form(number)

    return _PLACE.sub(figure, text)

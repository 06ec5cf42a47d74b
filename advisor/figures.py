"""A figure of the rules as it stands in a sentence: ``{poc.points:words}`` in a rule file is "five" with today's rules.

So a threshold has one owner, the row that the core compares with, and every sentence about it follows.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from advisor.reading import show

_WORDS = (
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_PLACE = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")


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

"""Other currencies, by a rate the person states once: what stands in pounds is read in dollars, and both are shown."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from advisor.model import decimal, plain
from advisor.pattern import pattern
from advisor.reading.tokens import placed, tidy

NAMES: Mapping[str, str] = {
    "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP", "sterling": "GBP",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR", "rupee": "INR", "rupees": "INR",
    "chf": "CHF", "francs": "CHF", "cad": "CAD", "aud": "AUD", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "pln": "PLN",
    "brl": "BRL", "reais": "BRL", "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "krw": "KRW",
}  # fmt: skip
"""What people write -> the currency's code."""
_DEAREST = 5
"""Dollars. None of these is worth more."""
SIGNS: Mapping[str, str] = {"GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹"}
_UNITS = frozenset(NAMES) | {"usd"}
_RATE = pattern(
    r"(?:(?:it's|its|about|one|an?|1) )*(?:1? ?[£€¥₹]|(?:1 )?[a-z]{3,8})?(?: ?1)?"
    r"(?: ?(?:=|is|are|:|->|~|about|at)(?![a-z]))*"
    r" ?\$? ?(?P<rate>\d+(?:[.,]\d+)?)(?: ?(?:\$|usd|us dollars?|dollars?))?"
)


def currency_in(text: str) -> str:
    """The code of the currency a text speaks of, if it is one."""
    words, _, _ = placed(tidy(text).lower(), _UNITS)
    found = {NAMES[word] for word in words if word in NAMES}
    return found.pop() if len(found) == 1 else ""


def rate_in(text: str) -> Decimal | None:
    """Dollars for one, of an answer such as "1.27", "$1.27" or "£1 = $1.27"."""
    match = _RATE.fullmatch(tidy(text).lower().strip(" ."))
    rate = Decimal(match["rate"].replace(",", ".")) if match else Decimal(0)
    return rate if 0 < rate <= _DEAREST else None  # "300" is an amount in dollars, and no rate


def in_dollars(text: str, rates: Mapping[str, Decimal]) -> str:
    """The text with its sums in dollars, where their rate is known; else as it is."""
    low = tidy(text).lower()
    words, numbers, spans = placed(low, _UNITS)
    left, pieces, at = list(numbers), list[str](), 0
    for place, word in enumerate(words):
        numeral = left.pop(0) if word == "N" else None
        before, after = (words[place - 1] if place else ""), (words[place + 1] if place + 1 < len(words) else "")
        rate = rates.get(NAMES.get(before) or NAMES.get(after) or "")
        if numeral is None or rate is None:
            continue
        start = spans[place - 1][0] if NAMES.get(before) else spans[place][0]
        end = spans[place + 1][1] if NAMES.get(after) and not NAMES.get(before) else spans[place][1]
        pieces += [low[at:start], f"${plain(decimal(numeral.values[0] * Fraction(rate)))}"]
        at = end
    return "".join([*pieces, low[at:]]) if pieces else text

"""Other currencies, by a rate the person states once: what stands in pounds is read in dollars, and both are shown."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from advisor.model import Answers, Quote, Reading, decimal, plain
from advisor.pattern import pattern
from advisor.prices import PriceList
from advisor.reading.by_model import by_model
from advisor.reading.quantities import quantities
from advisor.reading.read import read
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
_NAMED = pattern("|".join(map(re.escape, NAMES)))
_EQUALS = pattern(r" ?(?:=|:|~|is|are|equals?|makes?|buys?)(?: ?(?:~|about|around|roughly))? ?")
_SAID = pattern(r"^(?:(?:it's|its|it is|that's|about|around|roughly|at|currently|today|(?:one|1)? ?(?:is|=)) ?)+")
_RATE_OF = pattern(r"^(?:(?:fx|exchange|the|our|at) )*rate ?(?:[:=]|is|of)? ?| ?(?:today|now|currently)$")
_FOR_ONE = pattern(rf"^(.+?) ?(?:/|per|to the|for (?:an?|one|1)) ?({'|'.join(map(re.escape, NAMES))})$")


def currency_in(text: str) -> str:
    """The code of the currency a text speaks of, if it is one."""
    low = tidy(text).lower()
    words = placed(low, _UNITS)[0] if _NAMED.search(low) else []
    found = {NAMES[word] for word in words if word in NAMES}
    return found.pop() if len(found) == 1 else ""


def rate_in(text: str, currency: str) -> Decimal | None:
    """Dollars for one of a currency, of an answer such as "1.27" or "£1 = $1.27"; "300" is an amount, and no rate."""
    low = tidy(text).lower().strip(" .")
    code, rate = stated(low) or stated(f"1 {currency.lower()} = {_SAID.sub('', low)}") or ("", None)
    return rate if code == currency else None


def stated(text: str) -> tuple[str, Decimal] | None:
    """The currency and its rate where that is all a text says, from either side: "£1 = $1.27", "1 USD is 0.93 EUR",
    "$1.08 per euro". An arrow states none: it may stand between two prices."""
    code = currency_in(text)
    if not code:
        return None
    low = _FOR_ONE.sub(r"\2 = \1", re.sub("^an? ", "1 ", tidy(text).lower()))
    low = re.sub(r"^(?=(?:[a-z]+|[£€¥₹]) ?[=:])", "1 ", _RATE_OF.sub("", low))
    found = quantities(low)
    if len(found) != 2 or any(one.per or len(one.values) > 1 or not any(one.values) for one in found):
        return None
    first, last = found
    alone = (first.start, last.end) == (0, len(low)) and _EQUALS.fullmatch(low, first.end, last.start)
    units = (first.unit, last.unit)
    if not alone or (units not in (("€", "$"), ("$", "€")) and (units != ("€", "") or first.values[0] != 1)):
        return None
    rate = last.values[0] / first.values[0] if first.unit == "€" else first.values[0] / last.values[0]
    return (code, decimal(rate)) if rate <= _DEAREST else None


def in_dollars(text: str, rates: Mapping[str, Decimal]) -> str:
    """The text with its sums in dollars, where their rate is known; else as it is. So is a number of two readings,
    such as "€1.200"."""
    low, pieces, at = tidy(text).lower(), list[str](), 0
    for one in quantities(low) if rates else ():
        words, numbers, spans = placed(low[one.start : one.end], _UNITS)
        code = next((NAMES[word] for word in words if word in NAMES), "")
        ends = len({one.values[0], one.values[-1]})
        if one.unit != "€" or code not in rates or any(len(number.values) > 1 for number in numbers[:ends]):
            continue
        last = [place for place, word in enumerate(words) if word == "N"][ends - 1]
        while words[last + 1 : last + 2] and words[last + 1] in NAMES:  # "500 pounds sterling"
            last += 1
        sums = [_dollars(value * Fraction(rates[code])) for value in (one.values[0], one.values[-1])[-ends:]]
        pieces += [low[at : one.start], "-".join(sums)]
        at = one.start + spans[last][1]
    return "".join([*pieces, low[at:]]) if pieces else text


def _dollars(value: Fraction) -> str:
    text = plain(decimal(value))
    return f"${text}0" if len(text.partition(".")[2]) == 3 else f"${text}"  # "$1.296" could be thousands


def read_by(
    rates: Mapping[str, Decimal],
    field: str,
    text: str,
    confirmed: bool = False,  # noqa: FBT002 - as read has it
    known: Answers | None = None,
    *,
    prices: PriceList | None = None,
    before: str = "",
    beside: Mapping[str, Quote] | None = None,
) -> Reading:
    """Read what was typed for a field, its sums by the rates a person stated, and a model's tokens by the prices there
    are, with what was typed ``before`` and the calls ``beside`` that were priced so."""
    if prices and (priced := by_model(field, text, prices, before=before, beside=beside)):
        return priced
    reading = read(field, in_dollars(text, rates), confirmed, known)
    # Its rate is known, so it is its number that can't be read.
    again = reading.problem == "other_currency" and currency_in(text) in rates
    return Reading(problem="ambiguous") if again else reading

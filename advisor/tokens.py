"""The price of one call from its tokens: "4,500 in 600 out at $4/$20 per M" is $0.03.

Engineers know tokens and dollars a million; the rules want dollars a call (departure D4).
"""

import re
from decimal import Decimal
from fractions import Fraction

from advisor.model import Reading, decimal
from advisor.numerals import scan, tidy

_NUMBER = r"\$?\s*[\d][\d,.\s]*(?:k|m|thousand|million)?"
_TOKENS = re.compile(
    rf"(?P<tin>{_NUMBER})\s*(?:tokens?|tok)?\s*(?:in|input)(?:\s*tokens?)?\s*(?:,|/|\+|and|&)?\s*"
    rf"(?P<tout>{_NUMBER})\s*(?:tokens?|tok)?\s*(?:out|output)(?:\s*tokens?)?\s*(?:at|@|,|for|x|×)\s*"
    rf"(?P<pin>{_NUMBER})\s*(?:in|input)?\s*(?:/|,|and|\+)\s*(?P<pout>{_NUMBER})\s*(?:out|output)?\s*"
    r"(?:per|/|a)\s*(?:1\s*)?(?P<per>m(?:illion)?|mtok|m\s*tok(?:en)?s?|k|1k|thousand|1,?000)?(?:\s*tok(?:en)?s?)?",
    re.IGNORECASE,
)
_PER = {"m": 1_000_000, "k": 1_000, "t": 1_000, "1": 1_000}


def usd_per_call(text: str) -> Reading | None:
    """Read tokens in and out and their two prices as dollars a call; ``None`` when the text is not of that form.

    Prices are per million tokens unless it says thousand. The reading shows the sum it made.
    """
    if len(text) > 300:
        return None
    found = _TOKENS.fullmatch(" ".join(tidy(text).split()).strip(" ."))
    if not found:
        return None
    numbers = [_one(found[name]) for name in ("tin", "tout", "pin", "pout")]
    if found["per"] is None or any(number is None for number in numbers):
        return Reading(problem="per_token")
    tokens_in, tokens_out, price_in, price_out = (number or Fraction(0) for number in numbers)
    per = _PER[found["per"][0].casefold()]
    price = decimal((tokens_in * price_in + tokens_out * price_out) / per)
    if price > 10**12 or price.as_tuple().exponent < -60:  # type: ignore[operator]  # finite: an int
        return Reading(problem="out_of_range")
    return Reading(value=price, shown=f"${_short(price)}")


def _one(text: str) -> Fraction | None:
    """The one number a piece holds, or ``None`` when it can be read in more than one way."""
    _, numerals = scan(text.replace("$", "").strip().casefold(), frozenset())
    values = [value for numeral in numerals for value in numeral.values]
    return values[0] if len(values) == 1 else None


def _short(price: Decimal) -> str:
    return f"{price:.6g}" if price >= Decimal("0.000001") else format(price, "f")

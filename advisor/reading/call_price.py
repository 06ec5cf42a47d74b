"""The price of one call from its tokens: "4,500 in 600 out at $4/$20 per M" is $0.03.

Engineers know tokens and dollars a million; the rules want dollars a call (departure D4).
"""

import re
from decimal import Decimal
from fractions import Fraction

from advisor.model import Reading, decimal
from advisor.pattern import pattern
from advisor.reading.tokens import scan, tidy

_LONGEST = 300
_COUNT = r"\d[\d,.' ]*(?:k|m|thousand|million)?"
_DOLLARS = r"\$? ?[\d.][\d,.']*"
_TOK = r"(?: ?(?:tokens?|tok))?"
_IN = rf"{_TOK} ?(?:input|in){_TOK}"
_OUT = rf"{_TOK} ?(?:output|out){_TOK}"
PER = r" ?(?:per|/|a) ?(?:1 ?)?(?:million|mtoks?|mtokens?|m|1,000,000|ktoks?|k|1,?000|thousand|(?=tok))(?![\w,.])"
"""How many tokens a price is for; no amount is one token."""
_FOR = rf"(?:{PER}{_TOK}|{PER.replace('|(?=tok)', '')}|(?: ?per| ?/) ?token)"
_PRICED = pattern(
    rf"(?P<tin>{_COUNT}){_IN} ?(?:,|/|\+|and|&)? ?(?P<tout>{_COUNT}){_OUT} ?(?:at|@|,|for|x|×) ?"
    rf"(?P<pin>{_DOLLARS})(?P<per_in>{_FOR})?(?: ?in(?:put)?)? ?(?:/|,|and|\+|&) ?"
    rf"(?P<pout>{_DOLLARS})(?P<per_out>{_FOR})?(?: ?out(?:put)?)?(?P<per_both>{_FOR})?"
)
# The first that fits: "1,000,000" starts with "1" too.
_AMOUNTS = {"1,000,000": 10**6, "k": 1000, "1": 1000, "thousand": 1000, "m": 10**6, "token": 1}


def usd_per_call(text: str) -> Reading | None:
    """Read tokens in and out and their two prices as dollars a call; ``None`` when the text is not of that form.

    The text says how many tokens a price is for (a million, a thousand, one); without that it is a problem.
    """
    if len(text) > _LONGEST:
        return None
    found = _PRICED.fullmatch(tidy(text).casefold().strip(" ,;").rstrip("."))
    if not found:
        return None
    numbers = [_one(found[name]) for name in ("tin", "tout", "pin", "pout")]
    amounts = {_amount(found[name]) for name in ("per_in", "per_out", "per_both") if found[name]}
    if len(amounts) != 1 or None in numbers:
        return Reading(problem="per_token")
    tokens_in, tokens_out, price_in, price_out = (number or Fraction(0) for number in numbers)
    price = decimal((tokens_in * price_in + tokens_out * price_out) / amounts.pop())
    exponent = price.as_tuple().exponent
    if price > 10**12 or not isinstance(exponent, int) or exponent < -60:
        return Reading(problem="out_of_range")
    return Reading(value=price, shown=f"${_short(price)}")


def _amount(per: str) -> int:
    said = re.sub(r"^ ?(?:per|/|a) ?(?:1 ?(?=[a-z]))?", "", per)
    return next(amount for start, amount in _AMOUNTS.items() if said.startswith(start))


def _one(text: str) -> Fraction | None:
    """The one number a piece holds, or ``None`` when it can be read in more than one way."""
    _, numerals = scan(text.replace("$", "").strip(" ,"), frozenset())
    values = [value for numeral in numerals for value in numeral.values]
    return values[0] if len(values) == 1 else None


def _short(price: Decimal) -> str:
    return f"{price:.6g}" if price >= Decimal("0.000001") else format(price, "f")

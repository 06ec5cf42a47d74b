"""Numbers that are estimates: computed in floats, and rounded so that every machine writes the same bytes."""

from decimal import Decimal
from statistics import NormalDist

NORMAL = NormalDist()
"""The standard normal distribution."""

_PLACES = 6


def estimate(number: float) -> Decimal:
    """A float as it leaves: six decimals, no minus zero. What libraries of mathematics disagree on is far below."""
    return Decimal(f"{number:.{_PLACES}f}") + 0


def two_sided(confidence: float) -> float:
    """The normal quantile that leaves half of the rest on either side: 0.95 -> 1.959964.

    Args:
        confidence: Above 0 and below 1.
    """
    return NORMAL.inv_cdf((1 + confidence) / 2)

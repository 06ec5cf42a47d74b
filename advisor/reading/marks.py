"""The former name of what :mod:`advisor.reading.quantities` has."""

from advisor.reading.quantities import GLUED, PERIODS

__all__ = ["GLUED", "PERIODS"]

"""The former name of :mod:`advisor.reading.quantities`."""

from advisor.reading.quantities import A_YEAR, Quantity, quantities

__all__ = ["A_YEAR", "Quantity", "quantities"]

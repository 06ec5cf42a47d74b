"""What people write, as values: text in, one direction, nothing guessed."""

from advisor.reading.read import read, show

__all__ = ["read", "show"]

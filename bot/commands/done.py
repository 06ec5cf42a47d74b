"""How an operator's command ends, and how it speaks."""

from collections.abc import Callable

DONE, FOUND, WRONG = 0, 1, 2
"""Done; something was found; wrong usage or configuration."""

Say = Callable[[str], None]
"""Takes a line for the operator."""

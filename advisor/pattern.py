"""Patterns that are compiled when they are first used: all of them at once would be a third of a start."""

import re
from typing import Any, cast


class _Later:
    """Stands for a pattern; its methods are found here once they were asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self.pattern, self._given = text, (text, flags)

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """``re.compile`` for a module's own patterns. A text that is none is told when it is first used; a test uses them
    all."""
    return cast("re.Pattern[str]", _Later(text, flags))

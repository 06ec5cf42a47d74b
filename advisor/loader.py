"""The rules as everybody gets them: loaded, checked against each other, and what they give as answers read.

Above the rulebook and the reader, which takes people's words from it.
"""

from functools import cache
from pathlib import Path

from advisor.reading.read import read
from advisor.rulebook import RuleError, Rules, rules_in


def load_rules(folder: Path | None = None) -> Rules:
    """Load the rules that ship with the package, or those in ``folder``.

    Raises:
        RuleError: a file is missing, malformed, or disagrees with another, or what it gives as an answer can't be read;
            the message names file, key and mend.
    """
    return _shipped() if folder is None else _checked(rules_in(folder))


@cache
def _shipped() -> Rules:
    return _checked(rules_in())


def _checked(rules: Rules) -> Rules:
    for row in rules.questions:
        for text in (*row.typical, *((row.example,) if row.kind in ("yes_no", "name") else ())):
            if read(row.id, text).problem:
                place = f"rules/questions.toml: question ({row.id})"
                raise RuleError(f"{place}: {text!r} does not read cleanly. Write it as a person would answer.")
    return rules

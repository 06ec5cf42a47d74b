"""The words people use, as they stand in the rules: of a yes-or-no question those that answer it by themselves."""

from collections.abc import Mapping
from functools import cache

from advisor.rulebook import Question, rules_in


def row_of(field: str) -> Question:
    """The question of a field, with the words its row has for yes, no and each option."""
    return _rows()[field]


@cache
def _rows() -> Mapping[str, Question]:
    return {row.id: row for row in rules_in().questions}

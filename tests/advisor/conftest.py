"""The shipped rules, once."""

import random

import pytest

from advisor import Report, Rules, decide, load_rules
from advisor.model import FIELDS, UNKNOWN
from tests.advisor.strategies import STARTS, boundary_values, changed


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()


@pytest.fixture(scope="session")
def some_reports(rules: Rules) -> list[Report]:
    """Reports of a few thousand boundary cases, the same ones every time."""
    dice = random.Random(32)
    fields = sorted(FIELDS)
    reports = []
    for start in STARTS:
        for _ in range(240):
            picked = dice.sample(fields, dice.randint(1, 8))
            more = [(field, dice.choice([None, UNKNOWN, *boundary_values(field)])) for field in picked]
            reports.append(decide(changed(start, *more), rules))
    return reports

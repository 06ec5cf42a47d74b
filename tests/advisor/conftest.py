"""The shipped rules, once."""

import pytest

from advisor import Rules, load_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules()

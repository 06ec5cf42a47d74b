"""What every test can count on: an environment that says nothing about Slack, databases or ports."""

import os

import pytest


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SLACK_", "ADVISOR_", "ANTHROPIC_")) or name in ("HOST", "PORT", "LOG_LEVEL"):
            monkeypatch.delenv(name)

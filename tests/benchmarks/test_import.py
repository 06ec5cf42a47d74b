"""Starting is quick: importing the bot costs no more than half as much again as what it stands on."""

import os
import subprocess
import sys
from statistics import median

import pytest

BASE = "import slack_bolt, pydantic, jinja2, sqlite3; pydantic.BaseModel"
BOT = "import bot.app"
MEASURE = """
import sys, time
began = time.process_time()
{}
print(time.process_time() - began)
assert not [name for name in ("anthropic", "numpy", "cryptography") if name in sys.modules]
"""


KEEPS_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As an installed bot does; without it what is ours would be compiled each time, and what it stands on would not."""


def seconds(statement: str) -> float:
    command = [sys.executable, "-c", MEASURE.format(statement)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=KEEPS_BYTECODE)
    return float(run.stdout)


def test_the_bot_imports_without_the_models_client_and_without_numpy() -> None:
    assert seconds(BOT) > 0


def test_the_bot_costs_at_most_half_as_much_again_as_what_it_stands_on(
    request: pytest.FixtureRequest,
) -> None:
    if not request.config.getoption("--benchmark-enable"):
        pytest.skip("a ratio is measured only with --benchmark-enable")
    seconds(BASE), seconds(BOT)  # the first writes the bytecode
    pairs = [(seconds(BASE), seconds(BOT)) for _ in range(7)]
    base, bot = (median(each) for each in zip(*pairs, strict=True))
    assert bot <= 1.5 * base, f"{bot:.3f} s against {base:.3f} s"

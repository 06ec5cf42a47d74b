"""Starting is quick: importing the bot costs no more than twice what it stands on."""

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
assert not [name for name in ("anthropic", "numpy") if name in sys.modules]
"""


def seconds(statement: str) -> float:
    run = subprocess.run([sys.executable, "-c", MEASURE.format(statement)], capture_output=True, text=True, check=True)
    return float(run.stdout)


def test_the_bot_imports_without_the_models_client_and_without_numpy() -> None:
    assert seconds(BOT) > 0


def test_importing_the_bot_costs_at_most_twice_what_it_stands_on(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--benchmark-enable"):
        pytest.skip("a ratio is measured only with --benchmark-enable")
    seconds(BASE), seconds(BOT)  # the first writes the bytecode
    pairs = [(seconds(BASE), seconds(BOT)) for _ in range(7)]
    base, bot = (median(each) for each in zip(*pairs, strict=True))
    assert bot <= 2 * base, f"{bot:.3f} s against {base:.3f} s"

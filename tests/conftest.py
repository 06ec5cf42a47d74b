"""What every test can count on: an environment that says nothing about Slack, databases or ports; and a Chromium."""

import os
import shutil
import signal
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

import bot.render.wording

if TYPE_CHECKING:
    from playwright.sync_api import Browser

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so, and bots that are started here would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every run, so that green means the same everywhere; a busy machine is no reason to fail a property.
# `make explore` draws new ones: what it finds becomes an @example or a case.
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("suite", derandomize=True, database=None, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("explore", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.load_profile("suite")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Compiled(BytecodeCache):
    """Templates as they were compiled for an earlier bot of this process: hundreds are started, at 0.7 s each."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def pytest_configure() -> None:
    bot.render.wording.Environment = partial(Environment, bytecode_cache=Compiled())  # type: ignore[attr-defined,assignment]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SLACK_", "ADVISOR_", "ANTHROPIC_")) or name in ("HOST", "PORT", "LOG_LEVEL"):
            monkeypatch.delenv(name)


WITNESSES: dict[str, dict[str, str]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "witnesses.toml").read_text(encoding="utf-8")
)
"""Family -> code -> the test that hears it said."""


@pytest.fixture
def sentences_said(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Family and code of every sentence said from here on."""
    heard: set[tuple[str, str]] = set()
    say = bot.render.wording.Wording.say

    def listened(wording: bot.render.wording.Wording, family: str, code: str, *facts: Any) -> Any:
        text = say(wording, family, code, *facts)
        heard.add((family, code))
        return text

    monkeypatch.setattr(bot.render.wording.Wording, "say", listened)
    return heard


@pytest.fixture(autouse=True)
def _bears_witness(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that ``witnesses.toml`` names for a sentence makes the bot say it."""
    run = request.node.nodeid
    sworn = {
        (family, code) for family, rows in WITNESSES.items() for code, test in rows.items() if _is_run_of(run, test)
    }
    heard = request.getfixturevalue("sentences_said") if sworn else set()
    yield
    silent = ", ".join(f"{family}.{code}" for family, code in sorted(sworn - heard))
    assert not silent, f"{run} does not say {silent}: name a test that does in tests/cases/witnesses.toml"


def _is_run_of(run: str, test: str) -> bool:
    name, _, words = test.removesuffix("]").partition("[")
    return run.split("[", maxsplit=1)[0] == name and words in run


def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path:
        return path
    missing = "no Chromium: install Debian's `chromium` package, or name a Chromium in CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


# Playwright keeps an asyncio loop running in the thread of the tests while it is up, and other tests of the same
# worker may want a loop of their own there: so a module, not the session, is how long it lives.
@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    path = _chromium()
    from playwright.sync_api import expect, sync_playwright  # slow, and few tests need it

    expect.set_options(timeout=60_000)  # ms; seconds are little on a busy machine

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(autouse=True)
def _patient(request: pytest.FixtureRequest) -> None:
    """On a slow machine a turn may wait for longer than Slack would: what is refused then is for test_overload.py. And
    a card is on its way before the next answer comes, whoever types it how soon."""
    if request.path.parent.name in ("bot", "browser"):
        monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        for module in ("bot.delivery.turn", "bot.slack.gate", "bot.slack.socket"):
            monkeypatch.setattr(f"{module}.PATIENCE_SECONDS", 60.0)
        monkeypatch.setattr("bot.delivery.outbox._DRAWN_AFTER_SECONDS", 0.0)
        monkeypatch.setattr("bot.delivery.outbox._DRAWN_WITHIN_SECONDS", 0.0)

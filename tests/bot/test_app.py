"""What is wired at the start, and what stops a start."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot import settings
from bot.app import build
from bot.delivery.muted import _Mute
from bot.local import Fault, LocalSlack
from bot.settings import Settings
from bot.slack.workspace import CannotStart, SlackAway
from bot.store.database import StoreError
from tests.bot.conftest import Fetch, HandClock, Workspace


@pytest.fixture
def chosen(slack: LocalSlack, tmp_path: Path) -> Settings:
    return settings.load(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "ADVISOR_DB": str(tmp_path / "advisor.db"),
        }
    )


def test_a_refused_bot_token_says_so_and_where_to_copy_it(chosen: Settings) -> None:
    with pytest.raises(CannotStart, match=r"does not accept SLACK_BOT_TOKEN \(invalid_auth\)\. Copy"):
        build(replace(chosen, bot_token="xoxb-wrong"))


def test_a_refused_app_token_says_so_and_where_to_copy_it(chosen: Settings) -> None:
    bot = build(replace(chosen, app_token="xapp-wrong"))
    with pytest.raises(CannotStart, match=r"does not accept SLACK_APP_TOKEN \(invalid_auth\)\. Copy"):
        bot.connect()
    bot.close()


@pytest.mark.parametrize(
    "fault",
    [{"status": 503, "html": True}, {"status": 429}, {"status": 200, "html": True}, {"error": "fatal_error"}],
    ids=["html", "429", "200 in html", "fatal_error"],
)
def test_a_slack_in_trouble_is_not_blamed_on_the_token(slack: LocalSlack, chosen: Settings, fault: Fault) -> None:
    slack.faults.add("auth.test", fault, times=300)
    clock = HandClock()
    began = clock.time()
    with pytest.raises(SlackAway, match="cannot be reached at http://127") as told:
        build(chosen, clock)
    assert "<" not in str(told.value)
    assert 240 < clock.time() - began <= 301, "it was tried for five minutes"
    slack.faults.clear()
    slack.faults.add("auth.test", fault, times=3)
    slack.faults.add("apps.connections.open", fault, times=3)
    bot = build(chosen, clock)
    end = bot.connect()
    slack.wait_for(lambda: slack.workspace.bot_up)  # what passes is waited for
    slack.stop()
    end()
    bot.close()


def test_a_slack_that_is_not_there_is_named_with_its_address(chosen: Settings) -> None:
    with pytest.raises(CannotStart, match=r"cannot be reached at http://127\.0\.0\.1:9/"):
        build(replace(chosen, api_url="http://127.0.0.1:9/api/"), HandClock())


def test_a_failed_start_leaves_the_database_alone(chosen: Settings) -> None:
    with pytest.raises(CannotStart):
        build(replace(chosen, bot_token="xoxb-wrong"))
    assert not chosen.db.exists()


def test_a_database_that_cannot_be_used_stops_the_start(chosen: Settings) -> None:
    chosen.db.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        build(chosen)


def test_variables_bolt_would_read_by_itself_make_no_difference(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-another")
    bot = build(chosen)
    assert bot.app.oauth_flow is None
    bot.close()


def test_a_proxy_in_the_environment_is_not_asked_for_what_is_on_this_machine(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch, slack: LocalSlack
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "internal.example")
    bot = build(chosen)
    end = bot.connect()
    slack.say("U0ADA", "help")
    slack.wait_for(lambda: slack.calls("chat.postMessage"))
    assert "internal.example" in os.environ["no_proxy"]
    slack.wait_idle()
    slack.stop()
    end()
    bot.close()


def test_the_models_client_is_not_loaded_for_a_bot_without_a_key(over_http: Workspace) -> None:
    assert "anthropic" not in sys.modules


def test_a_healthy_bot_has_no_fault(workspace: Workspace) -> None:
    assert workspace.bot.fault() is None


def test_a_closed_bot_says_what_is_wrong(chosen: Settings) -> None:
    bot = build(chosen)
    bot.close()
    assert "database cannot be written" in (bot.fault() or "")


def test_health_is_asked_over_http(over_http: Workspace, fetch: Fetch) -> None:
    address = over_http.address + "/healthz"
    assert fetch(address) == (200, "ok")
    muted = over_http.bot.outbox._muted._mutes
    muted["", "T0LOCAL"] = _Mute("token_revoked")
    assert fetch(address) == (200, "ok"), "the process works; its job it can't do"
    ready = address.replace("healthz", "readyz")
    assert fetch(ready) == (503, "Slack refuses the bot token (token_revoked)")
    muted.clear()
    assert fetch(ready) == (200, "ok")

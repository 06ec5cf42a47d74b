"""Taking the app out of the workspace, or its token back: one last event, and nothing more is allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import LocalSlack
from tests.local.conftest import Inbox


@pytest.mark.parametrize(
    ("take", "kind"), [(LocalSlack.uninstall, "app_uninstalled"), (LocalSlack.revoke, "tokens_revoked")]
)
def test_the_bot_is_told_once_and_then_refused(
    slack: LocalSlack, client: WebClient, inbox: Inbox, take: Callable[[LocalSlack], None], kind: str
) -> None:
    take(slack)
    slack.wait_idle()
    (told,) = inbox.events
    assert (told["event"]["type"], told["team_id"]) == (kind, "T0LOCAL")
    for call in (client.auth_test, lambda: client.chat_postMessage(channel="D0ADA", text="x")):
        with pytest.raises(SlackApiError, match="account_inactive"):
            call()
    assert slack.messages("D0ADA") == []


def test_a_revocation_names_the_bots_token(slack: LocalSlack, inbox: Inbox) -> None:
    slack.revoke()
    slack.wait_idle()
    assert inbox.events[0]["event"]["tokens"] == {"oauth": [], "bot": ["U0BOT"]}


def test_both_may_come_and_the_socket_can_still_be_opened(slack: LocalSlack, client: WebClient, inbox: Inbox) -> None:
    slack.uninstall()
    slack.revoke()
    slack.wait_idle()
    assert {body["event"]["type"] for body in inbox.events} == {"app_uninstalled", "tokens_revoked"}
    assert client.apps_connections_open(app_token=slack.app_token)["ok"]

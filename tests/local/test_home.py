"""The Home tab: what the bot puts there, and what comes back from it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import LocalSlack
from tests.local.conftest import Inbox

START = {"type": "button", "action_id": "start", "text": {"type": "plain_text", "text": "Start"}, "value": "s"}
HOME = {"type": "home", "blocks": [{"type": "actions", "elements": [START]}]}


def test_opening_it_is_told_with_what_it_shows(slack: LocalSlack, client: WebClient, inbox: Inbox) -> None:
    slack.open("U0ADA", "home")
    slack.wait_idle()
    first = inbox.events[-1]["event"]
    assert (first["type"], first["tab"], first["channel"], "view" in first) == (
        "app_home_opened",
        "home",
        "D0ADA",
        False,
    )
    published = client.views_publish(user_id="U0ADA", view=HOME)["view"]
    slack.open("U0ADA", "home")
    slack.wait_idle()
    assert inbox.events[-1]["event"]["view"] == published
    slack.open("U0ADA")
    slack.wait_idle()
    assert "view" not in inbox.events[-1]["event"]


def test_each_person_has_one_and_an_old_hash_is_refused(slack: LocalSlack, client: WebClient) -> None:
    first = client.views_publish(user_id="U0ADA", view=HOME)["view"]
    second = client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])["view"]
    assert (second["id"], slack.home("U0ADA"), slack.home("U0LIN")) == (first["id"], second, None)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])


def test_a_button_on_it_carries_the_view_and_opens_a_modal(
    slack: LocalSlack, client: WebClient, inbox: Inbox, form: dict[str, Any]
) -> None:
    home = client.views_publish(user_id="U0ADA", view=HOME)["view"]
    assert slack.click("U0ADA", view_id=home["id"], action_id="start") == 200
    sent = inbox.last
    assert sent["container"] == {"type": "view", "view_id": home["id"]}
    assert (sent["view"]["type"], sent["actions"][0]["value"]) == ("home", "s")
    client.views_open(trigger_id=sent["trigger_id"], view=form)
    assert len(slack.modals("U0ADA")) == 1
    with pytest.raises(LookupError, match="sees no view"):
        slack.click("U0LIN", view_id=home["id"], action_id="start")

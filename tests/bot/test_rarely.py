"""What is said on the rarer ways: a record that is nowhere, a word nobody knows, checks left where they were."""

from typing import Any

import pytest

from tests.bot.conftest import ADA


def test_an_update_that_is_pressed_again_after_the_record_is_gone_says_so(over_http: Any, decided: Any) -> None:
    """The first press found it deleted in the channel; the second was under way by then."""
    check = decided(over_http)
    check.share()
    check.change("eval pairs", "900")
    over_http.slack.faults.add("chat.update", {"error": "message_not_found"})
    check.press("report:update")
    pressed = over_http.slack.deliveries("interactive")[-1].payload
    again = pressed["actions"][0] | {"action_ts": "9.1"}
    assert over_http.slack.deliver(pressed | {"actions": [again]}).ok
    check.settle()
    assert "not posted anywhere" in str(over_http.slack.messages("D0ADA"))


@pytest.mark.parametrize(("word", "told"), [("help", "opens a check in our DM"), ("nonsense", "I don't know")])
def test_a_command_that_begins_nothing_says_what_there_is(over_http: Any, word: str, told: str) -> None:
    assert told in over_http.slack.command(ADA, "/finetune", word)["text"]


def test_checks_that_wait_outside_the_gates_are_listed_with_where_they_stand(over_http: Any) -> None:
    """One whose title is being asked for, and one that was stopped."""
    slack = over_http.slack
    over_http.open("Our own tone").type("rename")
    over_http.open("Their tone").type("cancel")
    slack.open(ADA, "home")
    slack.wait_for(lambda: "begun" in str(slack.home(ADA)))
    assert "stopped" in str(slack.home(ADA))

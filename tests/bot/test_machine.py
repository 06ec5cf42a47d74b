"""Whatever people do, however it is delivered, whatever Slack makes of it and wherever the bot dies: no acknowledged
answer is lost, nothing is said twice, nothing of one is shown to the other, and every check goes on."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.bot.machine import Conversations


@pytest.mark.slow
@pytest.mark.hypothesis
@pytest.mark.timeout(600)
def test_in_any_order_nothing_is_lost_doubled_or_shown_to_others() -> None:
    """`make soak` plays more of them, and others each time."""
    played = settings(max_examples=20, stateful_step_count=50, phases=(Phase.explicit, Phase.generate))
    run_state_machine_as_test(Conversations, settings=played)

"""What a released version has left in its file opens: its checks, its records, and what it had still to say.

``release_0_2.sql`` is the file of release 0.2.0 with a decision that is posted and to be reminded of, a check in the
middle, and a card that was written and not yet said when the process ended.
"""

from pathlib import Path

import pytest

from bot.store.database import sqlite3
from tests.bot.conftest import ADA, Workspace, buttons

DM = "D0ADA"


@pytest.fixture
def opened(over_http: Workspace) -> Workspace:
    """The bot on that file."""
    over_http.stop()
    over_http.db.unlink()
    with sqlite3.connect(over_http.db) as file:
        file.executescript((Path(__file__).parent / "release_0_2.sql").read_text(encoding="utf-8"))
    file.close()
    over_http.start()
    over_http.quiet()
    return over_http


def test_a_card_that_was_not_said_yet_is_said(opened: Workspace) -> None:
    (card,) = [m for m in opened.slack.messages(DM) if "answer:measured_pass_rate:unknown" in buttons(m)]
    assert opened.talk(ADA, card["ts"]).type("82 %").pending == "target_pass_rate"


def test_its_check_in_the_middle_can_be_filled_in(opened: Workspace) -> None:
    (card,) = [m for m in opened.slack.messages(DM) if "answer:measured_pass_rate:unknown" in buttons(m)]
    talk = opened.talk(ADA, card["ts"]).type("why")
    assert opened.slack.click(ADA, talk.card["ts"], "session:form", DM) == 200
    opened.slack.wait_for(lambda: opened.slack.modals(ADA))
    assert "errors" not in opened.slack.submit(ADA, {"measured_pass_rate": "82 %", "target_pass_rate": "90 %"})
    opened.quiet()
    assert talk.pending not in ("measured_pass_rate", "target_pass_rate")


def test_its_reminder_is_said_on_its_day(opened: Workspace) -> None:
    opened.clock.move(32 * 86_400)
    opened.wait_for(lambda: "You asked me to remind you" in str(opened.slack.messages(DM)))
    opened.wait_for(lambda: not opened.rows("SELECT 1 FROM outbox WHERE session IS NOT NULL AND due != ''"))


def test_its_decision_and_its_record_are_there(opened: Workspace) -> None:
    listed = opened.slack.command(ADA, "/finetune", "decisions")
    assert "Our support tone: Yes, start small: run a trial" in str(listed)
    opened.slack.open(ADA, "home")
    opened.quiet()
    assert "Another idea" in str(opened.slack.home(ADA))
    assert "Our support tone" in str(opened.slack.home(ADA))

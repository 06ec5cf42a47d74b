"""What an opening says, as lines to tick on the first card: with Bolt's payloads, a workspace and a real file."""

from typing import Any

from tests.bot.conftest import Workspace

ADA = "U0ADA"
OPENING = "Should we tune? We have 620 eval pairs and pass 82 %. We ship at 90 %."


def boxes(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The lists of boxes of a card by action id."""
    rows = (element for block in card["blocks"] if block["type"] == "actions" for element in block["elements"])
    return {element["action_id"]: element for element in rows if element["type"] == "checkboxes"}


def test_what_an_opening_says_stands_ticked_above_the_first_question(workspace: Workspace) -> None:
    """Each with the words it came from; the value of a box is its field."""
    talk = workspace.open(OPENING)
    (list_of,) = boxes(talk.card).values()
    assert list_of["action_id"] == "session:mentioned"
    assert list_of["options"] == list_of["initial_options"]
    assert {option["value"] for option in list_of["options"]} == {
        "eval_pairs",
        "measured_pass_rate",
        "target_pass_rate",
    }
    assert all(option["description"]["text"].startswith("from ") for option in list_of["options"])
    assert talk.pending == "goal"


def test_a_tick_alone_changes_nothing_and_what_is_unticked_does_not_count(workspace: Workspace) -> None:
    talk = workspace.open(OPENING)
    before = workspace.slack.messages(f"D{ADA[1:]}")
    kept = ["measured_pass_rate", "target_pass_rate"]
    assert workspace.slack.click(ADA, talk.card["ts"], "session:mentioned", option=kept) == 200
    workspace.quiet()
    assert workspace.slack.messages(f"D{ADA[1:]}") == before
    place = next(iter(block["block_id"] for block in talk.card["blocks"] if "checkboxes" in str(block)))
    settings = {(place, "session:mentioned"): kept}
    assert workspace.slack.click(ADA, talk.card["ts"], "session:use", settings=settings) == 200
    workspace.quiet()
    given = workspace.rows("SELECT verb, field FROM answers WHERE verb = 'use' ORDER BY field")
    assert [field for _, field in given] == kept


def test_used_by_mistake_it_is_taken_back(workspace: Workspace) -> None:
    talk = workspace.open(OPENING).click("session:use")
    assert "Taken from your words: 3 answers" in talk.text
    talk.click("session:undo")
    assert "Undone: the answers before are back" in talk.text
    assert boxes(talk.card)

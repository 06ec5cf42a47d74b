"""A workspace that does not know a block yet gets the message without it, and for a day all others too."""

from typing import Any

import pytest

from bot.local.faults import Fault
from bot.messages import OutgoingMessage
from bot.render import blockkit
from bot.render.view import Actions, Alert, Folded, Modal, Option, Select, Text, TextInput, View
from bot.store.database import Connection
from bot.store.queue import write
from tests.bot.conftest import ADA, Workspace

DM, DAY = "D0ADA", 86_400.0
PICK = Actions((Select("report:more", "More", (Option("One", "one"), Option("Two", "two"))),))
NEW = View((Folded("Why", (Text("The prompt was never tried."),)), PICK), "Why")
OLD = View((Text("Nothing new in here."), PICK), "Old")
REFUSAL: Fault = {"error": "invalid_blocks"}


def say(workspace: Workspace, view: View, times_refused: int = 0) -> list[str]:
    """Say it; the kinds of the blocks that stand in the DM then."""
    workspace.slack.faults.add("chat.postMessage", REFUSAL, times=times_refused)
    put(workspace, OutgoingMessage("chat.postMessage", blockkit.message(view) | {"channel": DM}, ADA, team="T0LOCAL"))
    workspace.quiet()
    return [block["type"] for block in workspace.slack.messages(DM)[-1].get("blocks", [])]


def put(workspace: Workspace, outgoing: OutgoingMessage) -> None:
    def work(conn: Connection) -> list[OutgoingMessage]:
        return [write(conn, outgoing, workspace.clock.time())]

    workspace.bot.store.turn(work, workspace.bot.outbox.push)
    workspace.quiet()


def tries(workspace: Workspace) -> int:
    return len(workspace.slack.calls("chat.postMessage"))


def test_what_is_refused_is_sent_once_more_without_new_blocks_and_with_all_there_is_to_choose(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    assert say(over_http, NEW) == ["container", "actions"]
    assert say(over_http, NEW, times_refused=1) == ["header", "section", "actions"]
    said = over_http.slack.messages(DM)[-1]
    assert said["blocks"][2]["elements"][0]["type"] == "static_select"
    assert said["text"] == "Why"
    assert "sent again in old ones" in caplog.text


def test_for_a_day_such_a_workspace_gets_no_new_blocks_after_a_restart_too(over_http: Workspace) -> None:
    say(over_http, NEW, times_refused=1)
    assert (say(over_http, NEW)[0], tries(over_http)) == ("header", 3)
    over_http.restart()
    assert (say(over_http, NEW)[0], tries(over_http)) == ("header", 4)
    over_http.clock.move(DAY - 60)
    assert (say(over_http, NEW)[0], tries(over_http)) == ("header", 5)
    over_http.clock.move(120)
    assert (say(over_http, NEW)[0], tries(over_http)) == ("container", 6)


def test_it_is_one_workspace_alone(over_http: Workspace) -> None:
    say(over_http, NEW, times_refused=1)
    assert over_http.rows("SELECT team FROM refusals") == [("T0LOCAL",)]
    assert over_http.bot.outbox._sender.refused.keys() == {"T0LOCAL"}


def test_a_message_refused_for_something_else_teaches_nothing(over_http: Workspace) -> None:
    """Nothing new was in it, or it was refused without that too."""
    assert say(over_http, OLD, times_refused=1) == ["section", "context"]
    assert say(over_http, NEW, times_refused=2) == ["header", "section", "context"]
    assert say(over_http, NEW, times_refused=3) == []
    over_http.slack.faults.add("chat.postMessage", {"error": "msg_blocks_too_long"})
    assert say(over_http, NEW) == ["header", "section", "actions"]
    assert over_http.rows("SELECT * FROM refusals") == []
    assert say(over_http, NEW) == ["container", "actions"]


def test_a_dialog_with_an_alert_is_opened_without_it(over_http: Workspace) -> None:
    """A view is refused with `invalid_arguments`; its inputs stay."""
    over_http.slack.faults.add("views.open", {"error": "invalid_arguments"})
    dialog = Modal("Change", (Alert("Gate 2 is decided again.", "warning"), TextInput("t", "Pairs")), "form", "Save")
    for _ in range(2):
        trigger = over_http.slack.workspace.tickets.trigger(ADA, DM)
        args: dict[str, Any] = {"trigger_id": trigger, "view": blockkit.modal(dialog)}
        put(over_http, OutgoingMessage("views.open", args, ADA, team="T0LOCAL"))
        (shown,) = over_http.slack.modals(ADA)
        assert [block["type"] for block in shown["blocks"]] == ["section", "input"]
    assert len(over_http.slack.calls("views.open")) == 3


def test_an_answer_to_a_press_is_given_without_them_as_well(over_http: Workspace) -> None:
    ticket = over_http.slack.workspace.tickets.response(DM, ADA)
    over_http.slack.faults.add("response_url", REFUSAL)
    body = blockkit.message(NEW) | {"response_type": "ephemeral"}
    args: dict[str, Any] = {"url": over_http.slack.api_url.replace("/api/", f"/response/{ticket}"), "body": body}
    put(over_http, OutgoingMessage("response_url", args, ADA, team="T0LOCAL"))
    (said,) = over_http.slack.ephemerals(ADA)
    assert [block["type"] for block in said["blocks"]] == ["header", "section", "actions"]
    assert say(over_http, NEW)[0] == "header"

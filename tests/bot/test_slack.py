"""Payloads are read for what they say, never for more; and no words of people reach the log."""

import ast
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.local import Fault
from bot.slack import listeners, payloads
from tests.bot.conftest import Decide, Workspace

ADA = "U0ADA"


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("1.2k", "1.2k"),
        ("  <@U0BOT> 1.2k ", "1.2k"),
        ("<@U0BOT|advisor>1.2k", "1.2k"),
        ("<@U0LIN>", "<@U0LIN>"),
        ("R&amp;D &lt;b&gt;", "R&D <b>"),
        ("&amp;lt;", "&lt;"),
        ("see <http://x.example|x.example> and <https://y.example>", "see x.example and https://y.example"),
        ("call <tel:1200|1200>, <mailto:a@b.example|a@b.example>", "call 1200, a@b.example"),
        ("<#C0GENERAL|general> <!here> <!subteam^S1|@ml>", "#general here @ml"),
        ("under &lt;1000, over &gt;500", "under <1000, over >500"),
        ("half a pair \ud83d", "half a pair ?"),
        ("", ""),
    ],
)
def test_words_are_as_they_were_typed(sent: str, typed: str) -> None:
    assert payloads.typed(sent, "U0BOT") == typed


def test_every_listener_only_translates() -> None:
    tree = ast.parse(Path(listeners.__file__).read_text())
    surfaces = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("register_")]
    found = [node for surface in surfaces for node in surface.body if isinstance(node, ast.FunctionDef)]
    assert len(found) >= 5
    for listener in found:
        length = (listener.end_lineno or 0) - listener.lineno + 1
        assert length <= 10, f"{listener.name} has {length} lines"


def test_no_words_of_people_and_no_token_are_logged(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    canaries = ["CANARYidea", "CANARYowner", "CANARYnumber", "CANARYcommand", "CANARYmention", "CANARYfault"]
    slack_ = workspace.slack
    talk = workspace.open("CANARYidea for tone").up_to("eval_pairs").type("CANARYnumber 12")
    slack_.command(ADA, "/finetune", "CANARYcommand")
    slack_.mention(ADA, "C0GENERAL", "CANARYmention")
    faults: list[Fault] = [
        {"error": "invalid_blocks"},
        {"reset": "after"},
        {"error": "fatal_error"},
        {"error": "is_archived"},
    ]
    for fault in faults:
        slack_.faults.add("chat.postMessage", fault)
        slack_.say(ADA, "CANARYowner", thread_ts=talk.root)
        workspace.quiet()

    def fail(*_: Any) -> None:
        if workspace.transport == "socket":
            slack_.give_up()
        raise ValueError(canaries[-1])

    monkeypatch.setattr("bot.check.conversation.step", fail)
    slack_.say(ADA, "CANARYowner", thread_ts=talk.root)
    slack_.wait_idle()
    workspace.wait_for(lambda: caplog.text.count("a turn failed and was undone (ValueError)") == 4)
    workspace.impatient()
    slack_.deliver(workspace.first_said() | {"event_id": "EvOTHER", "team_id": "T0OTHER", "authorizations": []})
    found = [canary for canary in canaries if canary in caplog.text]
    tokens = [t for t in (slack_.bot_token, slack_.app_token, slack_.signing_secret) if t in caplog.text]
    assert (found, tokens) == ([], [])
    monkeypatch.undo()
    workspace.refused = list  # type: ignore[method-assign]  # some were asked for above


def test_an_unread_kind_of_request_is_not_taken(workspace: Workspace) -> None:
    workspace.open().type("why")
    workspace.slack.click(ADA, workspace.slack.messages("D0ADA")[-1]["ts"], "session:help")
    workspace.quiet()
    seen = workspace.slack.deliveries("interactive")[-1].payload
    closed = {name: seen[name] for name in ("user", "team", "api_app_id", "token", "trigger_id")}
    workspace.impatient()
    answer = workspace.slack.deliver(closed | {"type": "shortcut", "callback_id": "unknown", "action_ts": "1.1"})
    assert answer.status in (404, 408)


NOTHING: list[Any] = [
    None, {}, {"values": None}, {"values": {}}, {"values": {"channel": None, "json": [], "person": {}, "options": "x"}},
    {"values": {name: {name: None} for name in ("channel", "json", "person", "note", "calls_per_year")}},
    {"values": {name: {name: {"value": None}} for name in ("channel", "json", "person", "note", "calls_per_year")}},
    {"values": {"options": {"options": {"selected_options": [None, {}]}}, "person": {"person": {"selected_user": []}}}},
    {"values": {"no_field": {"no_field": {"value": "1"}}}},
]  # fmt: skip


@pytest.mark.parametrize("callback_id", ["share", "roi", "import", "hand_over", "feedback"])
def test_a_forged_dialog_without_its_values_is_answered_in_words(
    workspace: Workspace, decided: Decide, callback_id: str
) -> None:
    """At a field, or by closing; never by an error of ours, and nothing is posted, offered or begun."""
    check = decided(workspace)
    seen = workspace.slack.deliveries("interactive")[-1].payload
    for n, state in enumerate(NOTHING):
        for metadata in (f"{check.id}:22", check.id, "", "http://x"):
            view = {**seen["view"], "callback_id": callback_id, "state": state, "id": f"V{n}{metadata[-3:]}"}
            answer = workspace.slack.deliver(seen | {"view": view | {"private_metadata": metadata}})
            assert answer.ok
            if "response_action" in answer.body:
                assert answer.body.get("errors") or answer.body["view"]
    check.settle()
    assert workspace.rows("SELECT count(*) FROM sessions") == [(1,)]
    assert workspace.rows("SELECT id FROM handovers UNION SELECT id FROM shares") == []


def test_a_forged_tick_in_a_dialog_without_its_values_is_taken(workspace: Workspace, decided: Decide) -> None:
    check = decided(workspace)
    check.press("report:share")
    (view,) = workspace.slack.modals(ADA)
    workspace.slack.click(ADA, action_id="options", view_id=view["id"], option=["costs"])
    seen = workspace.slack.deliveries("interactive")[-1].payload
    for n, state in enumerate(NOTHING):
        action = seen["actions"][0] | {"action_ts": f"7.{n}"}
        assert workspace.slack.deliver(seen | {"view": {**seen["view"], "state": state}, "actions": [action]}).ok


def test_one_message_under_two_event_ids_makes_one_check(workspace: Workspace) -> None:
    workspace.open("Is it worth it?")
    workspace.quiet()
    seen = next(d.payload for d in workspace.slack.deliveries("events_api") if d.payload["event"].get("text"))
    assert workspace.slack.deliver(seen | {"event_id": "Ev0AGAIN"}).ok
    workspace.quiet()
    assert workspace.rows("SELECT count(*) FROM sessions") == [(1,)]


def test_a_kind_of_event_nobody_asked_for_is_taken(workspace: Workspace) -> None:
    """Slack sends what is not taken three times more."""
    workspace.open("Is it worth it?")
    workspace.quiet()
    seen = next(d.payload for d in workspace.slack.deliveries("events_api") if d.payload["event"].get("text"))
    event = {"type": "reaction_added", "user": ADA, "reaction": "eyes", "event_ts": "1.1", "item": {}}
    assert workspace.slack.deliver(seen | {"event_id": "Ev0OTHER", "event": event}).ok


def test_a_click_without_a_name_names_a_colleague(over_http: Workspace, decided: Decide) -> None:
    check = decided(over_http)
    check.press("report:share")
    seen = over_http.slack.deliveries("interactive")[-1].payload
    (view,) = over_http.slack.modals(ADA)
    nameless = {"id": ADA, "team_id": "T0LOCAL"}
    assert over_http.slack.submit(ADA, {"channel": "C0GENERAL"}) == {} or view
    check.settle()
    sent = over_http.slack.deliveries("interactive")[-1].payload
    again = sent | {"user": nameless, "view": sent["view"] | {"id": "V0NAMELESS"}}
    assert over_http.slack.deliver(again).ok
    check.settle()
    assert seen
    assert ("a colleague",) in over_http.rows("SELECT owner_name FROM shares")

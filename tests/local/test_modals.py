"""Modals as a bot meets them: what opens them, what a submission carries, and what each answer does."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.local import Incomplete, LocalSlack, NotAcknowledged
from bot.local.tickets import Tickets
from tests.local.conftest import Inbox, Show

Form = dict[str, Any]


def titles(slack: LocalSlack) -> list[str]:
    return [view["title"]["text"] for view in slack.modals("U0ADA")]


def values(inbox: Inbox) -> dict[str, Any]:
    return {block: next(iter(actions.values())) for block, actions in inbox.last["view"]["state"]["values"].items()}


def named(form: Form, title: str, **more: Any) -> Form:
    return {**copy.deepcopy(form), "title": {"type": "plain_text", "text": title}, **more}


# --- opening ----------------------------------------------------------------------------------------------


def test_a_trigger_opens_one_modal_and_only_within_three_seconds(
    slack: LocalSlack, client: WebClient, inbox: Inbox, form: Form
) -> None:
    now = [0.0]
    slack.workspace.tickets = Tickets(clock=lambda: now[0])
    slack.shortcut("U0ADA", "start_check")
    trigger = inbox.last["trigger_id"]
    client.views_open(trigger_id=trigger, view=form)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=trigger, view=form)
    slack.shortcut("U0ADA", "start_check")
    now[0] = 3.5
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client.views_open(trigger_id=inbox.last["trigger_id"], view=form)


def test_an_open_modal_has_what_slack_adds_to_a_view(slack: LocalSlack, show: Show, form: Form) -> None:
    opened = show(form)
    (seen,) = slack.modals("U0ADA")
    assert seen == opened
    assert (seen["team_id"], seen["app_installed_team_id"], seen["bot_id"]) == ("T0LOCAL", "T0LOCAL", "B0BOT")
    assert (seen["root_view_id"], seen["previous_view_id"]) == (seen["id"], None)
    assert (seen["callback_id"], seen["private_metadata"], seen["clear_on_close"]) == ("share", "decision 7", False)
    assert slack.modals("U0LIN") == []


# --- what is entered --------------------------------------------------------------------------------------


def test_a_submission_carries_what_slack_sends(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    opened = show(form, channel="#general")
    entered = {"note": "For Monday", "parts": ["steps"], ("more", "how"): "line", "who": "U0LIN"}
    assert slack.submit("U0ADA", entered) == {}
    sent = inbox.last
    assert (sent["type"], sent["response_urls"]) == ("view_submission", [])
    assert (sent["team"]["id"], sent["user"]["id"], sent["user"]["team_id"]) == ("T0LOCAL", "U0ADA", "T0LOCAL")
    assert sent["trigger_id"]
    view = sent["view"]
    assert {key: view[key] for key in opened if key != "state"} == {k: v for k, v in opened.items() if k != "state"}
    assert view["hash"] == opened["hash"]
    assert values(inbox)["where"] == {"type": "conversations_select", "selected_conversation": "C0GENERAL"}
    assert values(inbox)["title"] == {"type": "plain_text_input", "value": "Our tone"}
    assert values(inbox)["note"] == {"type": "plain_text_input", "value": "For Monday"}
    assert [option["value"] for option in values(inbox)["parts"]["selected_options"]] == ["steps"]
    assert values(inbox)["who"] == {"type": "users_select", "selected_user": "U0LIN"}
    used = view["state"]["values"]["more"]
    assert used["how"]["selected_option"]["text"]["text"] == "Line"
    assert used["currency"] == {"type": "static_select", "selected_option": None}


def test_a_field_left_empty_is_null_and_one_cleared_too(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    show(form, channel="#general")
    slack.submit("U0ADA", {"note": ""})
    assert values(inbox)["note"]["value"] is None
    assert values(inbox)["parts"]["selected_options"] == []
    assert values(inbox)["who"]["selected_user"] is None


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"title": "  "}, {"title": "Please fill this in."}),
        ({"title": "x" * 21}, {"title": "Please type no more than 20 characters."}),
        ({"where": None}, {"where": "Please choose something."}),
        ({"title": None, "where": None}, {"where": "Please choose something.", "title": "Please fill this in."}),
    ],
)
def test_what_the_form_itself_will_not_let_go_never_reaches_the_bot(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form, entered: Any, words: dict[str, str]
) -> None:
    show(form, channel="#general")
    with pytest.raises(Incomplete) as caught:
        slack.submit("U0ADA", entered)
    assert caught.value.errors == words
    assert inbox.interactions("view_submission") == []
    assert titles(slack) == ["Share"]


def test_only_what_is_there_can_be_entered(slack: LocalSlack, show: Show, form: Form) -> None:
    show(form, channel="#general")
    with pytest.raises(LookupError, match="there is: where, title"):
        slack.submit("U0ADA", {"colour": "red"})
    with pytest.raises(LookupError, match="money, steps"):
        slack.submit("U0ADA", {"parts": ["gates"]})
    with pytest.raises(LookupError, match="C0ROUTER"):
        slack.submit("U0ADA", {"where": "D0ADA"})
    with pytest.raises(LookupError, match="no modal"):
        slack.submit("U0LIN", {})


@pytest.mark.parametrize(("channel", "chosen"), [("#proj-router", "C0ROUTER"), ("D0ADA", None), (None, None)])
def test_a_menu_starts_at_the_channel_the_modal_was_opened_from_if_it_is_on_offer(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form, channel: str | None, chosen: str | None
) -> None:
    form["blocks"][1]["optional"] = True
    show(form, channel=channel)
    slack.submit("U0ADA")
    assert values(inbox)["where"]["selected_conversation"] == chosen


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ({"include": ["private"]}, {"C0ROUTER"}),
        ({"include": ["public"]}, {"C0GENERAL", "C0ELSEWHERE", "C0ARCHIVE", "C0PARTNERS"}),
        ({"include": ["im"]}, {"D0ADA"}),
        ({"include": ["im"], "exclude_bot_users": True}, set()),
    ],
)
def test_a_menus_filter_decides_what_can_be_chosen(
    slack: LocalSlack, show: Show, form: Form, wanted: dict[str, Any], offered: set[str]
) -> None:
    form["blocks"][1]["element"]["filter"] = wanted
    taken = set()
    for channel in slack.workspace.channels:
        show(form)
        try:
            slack.submit("U0ADA", {"where": channel})
            taken.add(channel)
        except LookupError:
            pass
    assert taken == offered


def test_nobody_chooses_a_channel_they_are_not_in(slack: LocalSlack, show: Show, form: Form) -> None:
    show(form, user="U0LIN")
    with pytest.raises(LookupError, match="no conversation 'C0PARTNERS'"):
        slack.submit("U0LIN", {"where": "C0PARTNERS"})


# --- the answer -------------------------------------------------------------------------------------------


def test_errors_keep_the_modal_and_what_was_entered(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    show(form, channel="#general")
    inbox.answer(response_action="errors", errors={"title": "Taken."})
    assert slack.submit("U0ADA", {"title": "A", "note": "kept"})["errors"] == {"title": "Taken."}
    assert titles(slack) == ["Share"]
    assert slack.submit("U0ADA", {"title": "B"}) == {}
    assert (values(inbox)["title"]["value"], values(inbox)["note"]["value"]) == ("B", "kept")
    assert slack.modals("U0ADA") == []


def test_an_update_replaces_the_view_and_keeps_what_has_the_same_ids(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    first = show(form, channel="#general")
    changed = named(form, "Again")
    changed["blocks"][3]["block_id"] = "remark"
    inbox.answer(response_action="update", view=changed)
    slack.submit("U0ADA", {"title": "Mine", "note": "gone"})
    (now,) = slack.modals("U0ADA")
    assert (now["id"], now["title"]["text"]) == (first["id"], "Again")
    assert now["hash"] != first["hash"]
    slack.submit("U0ADA")
    assert (values(inbox)["title"]["value"], values(inbox)["remark"]["value"]) == ("Mine", None)


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"about": "not an input"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "push", "view": {"type": "modal"}},
        {"response_action": "dance"},
    ],
)
def test_an_answer_slack_would_refuse_leaves_the_modal_and_is_told(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form, answer: dict[str, Any]
) -> None:
    show(form, channel="#general")
    inbox.answer(**answer)
    with pytest.raises(NotAcknowledged, match="422"):
        slack.submit("U0ADA")
    assert titles(slack) == ["Share"]


def test_a_submission_the_bot_fails_on_leaves_the_modal(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    show(form, channel="#general")
    inbox.statuses = [500]
    with pytest.raises(NotAcknowledged, match="500"):
        slack.submit("U0ADA")
    assert titles(slack) == ["Share"]


# --- closing and using ------------------------------------------------------------------------------------


def test_closing_is_not_told_and_happens_once(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    show(form, channel="#general")
    slack.close_view("U0ADA")
    assert slack.modals("U0ADA") == []
    assert len(inbox.requests) == 1  # the shortcut that opened it
    with pytest.raises(LookupError, match="no view"):
        slack.close_view("U0ADA")


def test_a_button_in_a_modal_carries_the_view_and_what_is_entered_so_far(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    opened = show(form, channel="#general")
    slack.click(
        "U0ADA", view_id=opened["id"], action_id="currency", option="eur", settings={("title", "title_in"): "X"}
    )
    assert slack.click("U0ADA", view_id=opened["id"], action_id="preview") == 200
    sent = inbox.last
    assert (sent["type"], sent["container"]) == ("block_actions", {"type": "view", "view_id": opened["id"]})
    assert (sent["actions"][0]["action_id"], sent["actions"][0]["value"]) == ("preview", "p")
    assert {"message", "channel", "response_url"}.isdisjoint(sent)
    assert sent["view"]["hash"] == opened["hash"]
    assert values(inbox)["title"]["value"] == "X"
    assert sent["view"]["state"]["values"]["more"]["currency"]["selected_option"]["value"] == "eur"


def test_an_input_tells_the_bot_only_if_it_is_to_dispatch(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    form["blocks"][2]["dispatch_action"] = True
    opened = show(form)
    slack.click("U0ADA", view_id=opened["id"], action_id="title_in", option="1.2k")
    assert inbox.last["actions"][0]["value"] == "1.2k"
    with pytest.raises(LookupError, match="dispatch_action"):
        slack.click("U0ADA", view_id=opened["id"], action_id="note_in", option="x")


def test_a_view_that_was_replaced_cannot_be_used(slack: LocalSlack, show: Show, form: Form) -> None:
    first = show(form, channel="#general")
    second = show(named(form, "Instead"))
    assert titles(slack) == ["Instead"]
    with pytest.raises(LookupError, match=f"there is: {second['id']}"):
        slack.click("U0ADA", view_id=first["id"], action_id="preview")


def test_what_a_person_entered_survives_an_update_by_the_bot_if_it_is_still_on_offer(
    slack: LocalSlack, client: WebClient, inbox: Inbox, show: Show, form: Form
) -> None:
    opened = show(form, channel="#general")
    slack.click("U0ADA", view_id=opened["id"], action_id="preview", settings={("parts", "parts_in"): ["steps"]})
    fewer = copy.deepcopy(form)
    fewer["blocks"][4]["element"]["options"].pop()  # "steps" is no longer on offer
    client.views_update(view_id=opened["id"], view=fewer)
    slack.submit("U0ADA", {"who": "U0LIN"})
    assert values(inbox)["parts"]["selected_options"] == []
    assert json.dumps(slack.modals("U0ADA")) == "[]"

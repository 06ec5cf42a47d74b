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
        client.views_push(trigger_id=inbox.last["trigger_id"], view=form)


def test_an_open_modal_has_what_slack_adds_to_a_view(slack: LocalSlack, show: Show, form: Form) -> None:
    opened = show(form)
    (seen,) = slack.modals("U0ADA")
    assert seen == opened
    assert (seen["team_id"], seen["app_installed_team_id"], seen["bot_id"]) == ("T0LOCAL", "T0LOCAL", "B0BOT")
    assert (seen["root_view_id"], seen["previous_view_id"]) == (seen["id"], None)
    assert (seen["callback_id"], seen["private_metadata"], seen["clear_on_close"]) == ("share", "decision 7", False)
    assert slack.modals("U0LIN") == []


def test_no_more_than_three_modals_lie_above_each_other(
    slack: LocalSlack, client: WebClient, inbox: Inbox, show: Show, form: Form
) -> None:
    show(form)
    for title in ("Two", "Three"):
        slack.click("U0ADA", view_id=slack.modals("U0ADA")[-1]["id"], action_id="preview")
        pushed = client.views_push(trigger_id=inbox.last["trigger_id"], view=named(form, title))["view"]
        assert pushed["root_view_id"] == slack.modals("U0ADA")[0]["id"]
    slack.click("U0ADA", view_id=slack.modals("U0ADA")[-1]["id"], action_id="preview")
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        client.views_push(trigger_id=inbox.last["trigger_id"], view=form)
    assert titles(slack) == ["Share", "Two", "Three"]


def test_an_external_id_belongs_to_one_open_view(client: WebClient, show: Show, form: Form) -> None:
    show({**form, "external_id": "one"})
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        show({**form, "external_id": "one"})
    assert client.views_update(external_id="one", view=named(form, "Found"))["view"]["title"]["text"] == "Found"


# --- what is entered --------------------------------------------------------------------------------------


def test_a_submission_carries_what_slack_sends(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    opened = show(form, channel="#general")
    assert slack.submit("U0ADA", {"note": "For Monday", "parts": ["steps"], "how": "line", "when": "later"}) == {}
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
    assert values(inbox)["how"]["selected_option"]["value"] == "line"
    assert values(inbox)["when"]["selected_option"]["text"]["text"] == "Later"
    assert view["state"]["values"]["more"]["currency"] == {"type": "static_select", "selected_option": None}


def test_a_field_left_empty_is_null_and_one_cleared_too(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    show(form, channel="#general")
    slack.submit("U0ADA", {"note": ""})
    assert values(inbox)["note"]["value"] is None
    assert values(inbox)["parts"]["selected_options"] == []
    assert values(inbox)["when"]["selected_option"] is None


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"title": "  "}, {"title": "Please fill this in."}),
        ({"title": "x" * 21}, {"title": "Please type no more than 20 characters."}),
        ({"note": "xy"}, {"note": "Please type at least 3 characters."}),
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
        ({"include": ["public"], "exclude_external_shared_channels": True}, {"C0GENERAL", "C0ELSEWHERE", "C0ARCHIVE"}),
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


def test_a_menu_may_hand_out_an_address_to_answer_at(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    form["blocks"][1]["element"]["response_url_enabled"] = True
    show(form)
    slack.submit("U0ADA", {"where": "C0ELSEWHERE"})
    (address,) = inbox.last["response_urls"]
    assert (address["block_id"], address["action_id"], address["channel_id"]) == ("where", "where_in", "C0ELSEWHERE")
    assert address["response_url"].startswith(slack.url)


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


def test_a_push_lies_above_and_an_empty_answer_closes_only_it(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form
) -> None:
    show(form, channel="#general")
    inbox.answer(response_action="push", view=named(form, "Above"))
    slack.submit("U0ADA")
    assert titles(slack) == ["Share", "Above"]
    assert slack.submit("U0ADA") == {}
    assert titles(slack) == ["Share"]


def test_clear_closes_all_of_them(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    show(form, channel="#general")
    inbox.answer(response_action="push", view=named(form, "Above"))
    slack.submit("U0ADA")
    inbox.answer(response_action="clear")
    assert slack.submit("U0ADA") == {"response_action": "clear"}
    assert slack.modals("U0ADA") == []
    assert inbox.interactions("view_closed") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"about": "not an input"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
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


def test_closing_is_told_to_a_bot_that_asked_for_it(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    opened = show(form, channel="#general")
    slack.close_view("U0ADA")
    (told,) = inbox.interactions("view_closed")
    assert (told["view"]["id"], told["is_cleared"], told["user"]["id"]) == (opened["id"], False, "U0ADA")
    show({**form, "notify_on_close": False})
    slack.close_view("U0ADA")
    assert len(inbox.interactions("view_closed")) == 1
    with pytest.raises(LookupError, match="none"):
        slack.close_view("U0ADA")


@pytest.mark.parametrize("clears_itself", [True, False])
def test_closing_everything_tells_of_each_from_the_top(
    slack: LocalSlack, inbox: Inbox, show: Show, form: Form, clears_itself: bool
) -> None:
    show(form, channel="#general")
    inbox.answer(response_action="push", view=named(form, "Above", clear_on_close=clears_itself))
    slack.submit("U0ADA")
    slack.close_view("U0ADA", everything=not clears_itself)
    told = inbox.interactions("view_closed")
    assert [(one["view"]["title"]["text"], one["is_cleared"]) for one in told] == [("Above", True), ("Share", True)]
    assert slack.modals("U0ADA") == []


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


def test_a_view_that_is_not_on_top_cannot_be_used(slack: LocalSlack, inbox: Inbox, show: Show, form: Form) -> None:
    below = show(form, channel="#general")
    inbox.answer(response_action="push", view=named(form, "Above"))
    slack.submit("U0ADA")
    with pytest.raises(LookupError, match="on top is"):
        slack.click("U0ADA", view_id=below["id"], action_id="preview")


def test_what_a_person_entered_survives_an_update_by_the_bot(
    slack: LocalSlack, client: WebClient, inbox: Inbox, show: Show, form: Form
) -> None:
    opened = show(form, channel="#general")
    slack.click("U0ADA", view_id=opened["id"], action_id="preview", settings={("when", "when_in"): "later"})
    fewer = copy.deepcopy(form)
    fewer["blocks"][6]["element"]["options"].pop()  # "later" is no longer on offer
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=fewer)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=opened["id"], hash=opened["hash"], view=fewer)
    slack.submit("U0ADA")
    assert values(inbox)["when"]["selected_option"] is None
    assert json.dumps(slack.modals("U0ADA")) == "[]"

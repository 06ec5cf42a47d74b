"""The quick calculation among people: asked for by command, words or button; adjusted, posted, taken further."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.local import Fault, LocalSlack
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import Pressable, Words, Workspace

ADA, LIN, DM = "U0ADA", "U0LIN", "D0ADA"
LINE = "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
REST = {
    "goal": "company_voice", "prompt_tried": "yes", "rag_tried": "not_needed", "failure_cause": "tone",
    "eval_pairs": str(PAIRS), "measured_pass_rate": "82 %", "target_pass_rate": "90%",
    "large_model_meets_target": "yes",
}  # fmt: skip
"""What the figures leave open."""


def asked(workspace: Workspace, line: str = LINE, channel: str = "C0GENERAL", user: str = ADA) -> dict[str, Any]:
    """``/finetune roi LINE``: the ephemeral answer as the person sees it."""
    workspace.slack.command(user, "/finetune", f"roi {line}".strip(), channel=channel)
    return workspace.slack.ephemerals(user)[-1]


def pressed_again(slack: LocalSlack, at: str) -> None:
    """A second press that was on its way when the first one was answered."""
    seen = slack.deliveries("interactive")[-1].payload
    assert slack.deliver(seen | {"actions": [seen["actions"][0] | {"action_ts": at}]}).ok


def dialog(workspace: Workspace) -> dict[str, Any]:
    return workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))[-1]


def typed(view: dict[str, Any]) -> dict[str, str]:
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return {block["block_id"]: block["element"].get("initial_value", "") for block in inputs}


def in_dm(workspace: Workspace) -> list[dict[str, Any]]:
    return [message for message in workspace.slack.messages(DM) if message.get("bot_id")]


@pytest.mark.parametrize("channel", ["C0GENERAL", "C0ELSEWHERE", DM])
def test_the_command_is_answered_to_the_caller_alone_also_where_the_bot_is_no_member(
    workspace: Workspace, words: Words, channel: str
) -> None:
    answer = workspace.slack.command(ADA, "/finetune", f"roi {LINE}", channel=channel)
    assert answer["response_type"] == "ephemeral"
    assert "3.67x" in words(answer)
    assert "$21,100" in answer["text"]
    assert not [message for message in workspace.slack.messages(channel) if message.get("bot_id")]
    assert workspace.slack.ephemerals(LIN) == []


def test_what_is_missing_is_filled_from_the_example_on_request_and_marked(
    workspace: Workspace, pressable: Pressable, words: Words
) -> None:
    card = asked(workspace, "1M calls/yr, $0.03 -> $0.001")
    assert "roi:post" not in pressable(card)
    assert workspace.slack.click(ADA, card["ts"], "roi:example", channel="C0GENERAL") == 200
    now = workspace.slack.wait_for(
        lambda: next((m for m in workspace.slack.ephemerals(ADA) if "3.67x" in words(m)), None)
    )
    assert now["ts"] == card["ts"], "the answer changes in place"
    assert "chapter" in words(now)
    assert pressable(now)["roi:post"]["value"].startswith("example|")


@pytest.mark.parametrize("channel", ["C0GENERAL", "C0ELSEWHERE"])
def test_post_here_shows_it_to_everybody_and_names_nobody_with_a_mention(
    workspace: Workspace, pressable: Pressable, words: Words, channel: str
) -> None:
    card = asked(workspace, channel=channel)
    assert workspace.slack.click(ADA, card["ts"], "roi:post", channel=channel) == 200
    (posted,) = workspace.slack.wait_for(lambda: [m for m in workspace.slack.messages(channel) if m.get("bot_id")])
    assert "3.67x" in words(posted)
    assert "ada worked this out" in words(posted)
    assert "<@" not in json.dumps(posted["blocks"])
    assert pressable(posted) == {}
    assert card["ts"] in [m["ts"] for m in workspace.slack.ephemerals(ADA)]


@pytest.mark.parametrize("channel", ["C0GENERAL", "C0ELSEWHERE"])
def test_pressed_twice_it_is_posted_once_and_once_more_when_the_figures_changed(
    over_http: Workspace, words: Words, channel: str
) -> None:
    slack = over_http.slack
    card = asked(over_http, channel=channel)
    assert slack.click(ADA, card["ts"], "roi:post", channel=channel) == 200
    pressed_again(slack, "9.1")
    over_http.quiet()
    pressed_again(slack, "9.2")
    over_http.quiet()
    assert [m for m in slack.messages(channel) if m.get("bot_id")][1:] == []
    slack.click(ADA, card["ts"], "roi:adjust", channel=channel)
    dialog(over_http)
    slack.submit(ADA, {"training_usd": "$1,600"})
    over_http.quiet()
    assert slack.click(ADA, card["ts"], "roi:post", channel=channel) == 200
    over_http.quiet()
    posted = [words(m) for m in slack.messages(channel) if m.get("bot_id")]
    assert [ratio in text for ratio, text in zip(("3.67x", "3.22x"), posted, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("channel", "flags", "without", "told"),
    [
        ("C0PARTNERS", {}, set(), "shared with another company, and cost figures never go there"),
        ("C0PARTNERS", {"bot_is_member": False}, set(), "shared with another company, and cost figures never go there"),
        ("C0GENERAL", {}, {"channels:read"}, "I may not see whether"),
        ("C0ROUTER", {"bot_is_member": False}, set(), "/invite @finetune-advisor"),
    ],
)
def test_figures_never_go_where_another_company_reads_or_may_read(
    over_http: Workspace, words: Words, channel: str, flags: dict[str, bool], without: set[str], told: str
) -> None:
    """It is answered to the caller all the same; pressed again, it is explained again."""
    slack = over_http.slack
    slack.arrange(channel, **flags)
    slack.scopes -= without
    card = asked(over_http, channel=channel)
    assert "3.67x" in words(card)
    for times in (1, 2):
        assert slack.click(ADA, card["ts"], "roi:post", channel=channel) == 200
        over_http.quiet()
        assert [m for m in slack.messages(channel) if m.get("bot_id")] == []
        assert sum(told in words(m) for m in slack.ephemerals(ADA)) == times
    slack.arrange(channel, bot_is_member=True, is_ext_shared=False)
    slack.scopes |= without
    assert slack.click(ADA, card["ts"], "roi:post", channel=channel) == 200
    over_http.quiet()
    assert len([m for m in slack.messages(channel) if m.get("bot_id")]) == 1


def test_what_slack_did_not_take_is_told_and_can_be_pressed_again(over_http: Workspace, words: Words) -> None:
    slack = over_http.slack
    card = asked(over_http)
    slack.faults.add("response_url", {"status": 404}, times=5)
    over_http.hurry()
    assert slack.click(ADA, card["ts"], "roi:post", channel="C0GENERAL") == 200
    over_http.quiet()
    over_http.hurry(on=False)
    assert not over_http.rows("SELECT * FROM outbox"), "and nothing of it is posted at a restart"
    assert "Please press Post here once more" in words(in_dm(over_http)[-1]).replace("*", "")
    assert slack.click(ADA, card["ts"], "roi:post", channel="C0GENERAL") == 200
    over_http.quiet()
    pressed_again(slack, "9.1")
    over_http.quiet()
    assert len([m for m in slack.messages("C0GENERAL") if m.get("bot_id")]) == 1


def test_nothing_can_be_posted_in_a_dm_where_nobody_else_reads(workspace: Workspace, pressable: Pressable) -> None:
    assert "roi:post" not in pressable(asked(workspace, channel=DM))


class TestDialog:
    def test_the_command_alone_opens_it_empty(self, workspace: Workspace) -> None:
        assert workspace.slack.command(ADA, "/finetune", "roi", channel="C0ELSEWHERE") == {}
        assert not any(typed(dialog(workspace)).values())

    def test_adjust_fills_in_what_was_read(self, workspace: Workspace) -> None:
        card = asked(workspace)
        workspace.slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL")
        fields = typed(dialog(workspace))
        assert fields["calls_per_year"].startswith("1m")
        assert fields["usd_per_label"] == "$1"
        assert fields["hosting_usd_per_month"] == ""

    def test_what_cannot_be_read_is_told_at_its_field(self, workspace: Workspace) -> None:
        card = asked(workspace)
        workspace.slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL")
        dialog(workspace)
        answer = workspace.slack.submit(ADA, {"training_usd": "a lot", "usd_per_label": "$5-6"})
        assert answer["response_action"] == "errors"
        assert answer["errors"].keys() == {"training_usd", "usd_per_label"}
        assert "a lot" in answer["errors"]["training_usd"]
        assert len(workspace.slack.modals(ADA)) == 1

    def test_the_result_is_shown_in_it_and_in_the_message_it_came_from(
        self, workspace: Workspace, words: Words
    ) -> None:
        card = asked(workspace)
        workspace.slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL")
        dialog(workspace)
        answer = workspace.slack.submit(ADA, {"training_usd": "$1,600"})
        assert answer["response_action"] == "update"
        assert "3.22x" in words(workspace.slack.modals(ADA)[-1])
        changed = workspace.slack.wait_for(
            lambda: next((m for m in workspace.slack.ephemerals(ADA) if "3.22x" in words(m)), None)
        )
        assert changed["ts"] == card["ts"]
        workspace.slack.click(ADA, changed["ts"], "roi:post", channel="C0GENERAL")
        workspace.slack.wait_for(lambda: "3.22x" in json.dumps(workspace.slack.messages("C0GENERAL")))

    def test_errors_then_a_right_figure_work_it_out(self, workspace: Workspace, words: Words) -> None:
        workspace.slack.command(ADA, "/finetune", f"roi {LINE}", channel=DM)
        workspace.slack.click(ADA, workspace.slack.ephemerals(ADA)[-1]["ts"], "roi:adjust", channel=DM)
        dialog(workspace)
        assert workspace.slack.submit(ADA, {"training_usd": "a lot"})["response_action"] == "errors"
        assert workspace.slack.submit(ADA, {"training_usd": "500"})["response_action"] == "update"
        assert "3.67x" in words(workspace.slack.modals(ADA)[-1])

    def test_a_rate_is_kept_and_read_by(self, workspace: Workspace, words: Words) -> None:
        card = asked(workspace, f"{LINE}; £1 = $1.27")
        workspace.slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL")
        assert typed(dialog(workspace))["rates"] == "1 GBP = 1.27 USD"
        assert workspace.slack.submit(ADA, {"rates": "no idea"})["errors"].keys() == {"rates"}
        answer = workspace.slack.submit(ADA, {"rates": "£1 = $2", "training_usd": "£250"})
        assert answer["response_action"] == "update"
        assert "3.67x" in words(workspace.slack.modals(ADA)[-1])

    @pytest.mark.parametrize("fault", [{"status": 429, "retry_after": 30}, {"error": "expired_trigger_id"}])
    @pytest.mark.parametrize("place", ["C0GENERAL", "C0ELSEWHERE", DM, "home"])
    def test_one_that_slack_does_not_open_in_time_is_told_to_the_person_alone(
        self, over_http: Workspace, words: Words, fault: Fault, place: str
    ) -> None:
        slack = over_http.slack
        if place == "home":
            slack.say(ADA, "our tone")  # a first Home has one button, which is another
            over_http.quiet()
            slack.open(ADA, "home")
            slack.wait_for(lambda: slack.home(ADA))
        slack.faults.add("views.open", fault)
        if place == "home":
            assert slack.click(ADA, action_id="roi:open", view_id=over_http.home(ADA)["id"]) == 200
        else:
            slack.command(ADA, "/finetune", "roi", channel=place)
        over_http.quiet()
        told = slack.messages(DM) if place == "home" else slack.ephemerals(ADA)
        assert "Slack did not open the form" in words(told[-1])
        assert slack.ephemerals(LIN) == []
        assert len(slack.calls("views.open")) == 1

    def test_one_that_slack_opens_at_the_second_try_is_not_told(self, over_http: Workspace) -> None:
        over_http.slack.faults.add("views.open", {"status": 429, "retry_after": 1})
        over_http.slack.command(ADA, "/finetune", "roi", channel="C0GENERAL")
        dialog(over_http)
        over_http.quiet()
        assert over_http.slack.ephemerals(ADA) == []

    def test_the_longest_answers_fit(self, workspace: Workspace) -> None:
        workspace.slack.command(ADA, "/finetune", "roi", channel=DM)
        fields = typed(dialog(workspace))
        values = dict.fromkeys(fields, "1" + " " * 120 + "." + "0" * 20)
        assert workspace.slack.submit(ADA, values)["response_action"] in ("update", "errors")

    def test_home_opens_it_too_and_the_result_starts_a_check(self, workspace: Workspace, words: Words) -> None:
        workspace.slack.say(ADA, "our tone")
        workspace.quiet()
        workspace.slack.open(ADA, "home")
        home = workspace.slack.wait_for(lambda: workspace.slack.home(ADA))
        workspace.slack.click(ADA, action_id="roi:open", view_id=home["id"])
        fields = dict.fromkeys(typed(dialog(workspace)), "$1")
        fields |= {"calls_per_year": "1M", "training_pairs": "5000", "labeled_pairs": "0", "go_live_months": ""}
        workspace.slack.submit(ADA, fields)
        view = workspace.slack.modals(ADA)[-1]
        workspace.slack.click(ADA, action_id="roi:check", view_id=view["id"])
        said = "Taken over as your answers"
        assert workspace.slack.wait_for(lambda: [card for card in in_dm(workspace) if said in words(card)])


def test_a_full_check_begins_with_the_figures_as_answers_and_echoes_them(workspace: Workspace, words: Words) -> None:
    card = asked(workspace, channel="C0ELSEWHERE")
    assert workspace.slack.click(ADA, card["ts"], "roi:check", channel="C0ELSEWHERE") == 200
    begun = workspace.slack.wait_for(lambda: in_dm(workspace))[-1]
    for told in ("calls a year: *1,000,000*", "price of a call without tuning: *$0.03*", "training cost: *$500*"):
        assert told in words(begun), words(begun)
    talk = workspace.talk(ADA, begun["ts"])
    seen = []
    while talk.pending:
        seen.append(talk.pending)
        talk.answer(REST.get(talk.pending, "unknown"))
    assert not {"calls_per_year", "usd_per_call_now", "usd_per_call_after", "usd_per_label", "training_usd"} & set(seen)
    assert "3.67x" in talk.text


def test_a_full_check_goes_on_in_the_currency_of_the_line(workspace: Workspace, words: Words) -> None:
    card = asked(workspace, "£1 = $1.27, gpu £500, 1M calls/yr, £0.03 -> £0.001, 5k labels at £1")
    assert workspace.slack.click(ADA, card["ts"], "roi:check", channel="C0GENERAL") == 200
    begun = workspace.slack.wait_for(lambda: in_dm(workspace))[-1]
    assert "training cost: *$635*" in words(begun), words(begun)
    assert workspace.rows("SELECT field, value FROM answers WHERE verb='rate'") == [("GBP", '"1.27"')]
    talk = workspace.talk(ADA, begun["ts"])
    while talk.pending != "upkeep_usd_per_month":
        talk.answer(REST.get(talk.pending, "unknown"))
    talk.answer("£300 a month")
    assert "*$381*" in talk.text


def test_pressed_twice_one_check_begins(workspace: Workspace) -> None:
    card = asked(workspace)
    workspace.slack.click(ADA, card["ts"], "roi:check", channel="C0GENERAL")
    seen = workspace.slack.deliveries("interactive")[-1].payload
    assert workspace.slack.deliver(seen).ok
    workspace.quiet()
    assert len(in_dm(workspace)) == 1


class TestWords:
    """Slash commands do not exist in threads: there the bare words do the same."""

    @pytest.mark.parametrize("said", [f"roi {LINE}", f"ROI: {LINE}", f"quick roi {LINE}", f"roi\n{LINE}"])
    def test_they_are_answered_at_the_top_level_in_the_thread_of_the_message(
        self, workspace: Workspace, words: Words, said: str
    ) -> None:
        root = workspace.slack.say(ADA, said)
        (answer,) = workspace.slack.wait_for(lambda: workspace.slack.messages(DM, root)[1:])
        assert "3.67x" in words(answer)
        assert workspace.rows("SELECT id FROM sessions") == [], "no check is begun by it"

    def test_in_a_checks_thread_they_answer_no_question(self, workspace: Workspace) -> None:
        talk = workspace.open()
        pending = talk.pending
        workspace.slack.say(ADA, f"roi {LINE}", thread_ts=talk.root)
        workspace.slack.wait_for(lambda: "3.67x" in json.dumps(talk.said_by_bot()))
        workspace.quiet()
        assert workspace.rows("SELECT count(*) FROM answers WHERE verb='answer'") == [(0,)]
        assert pending == "goal"

    def test_alone_they_say_how_and_offer_the_dialog(
        self, workspace: Workspace, pressable: Pressable, words: Words
    ) -> None:
        root = workspace.slack.say(ADA, "roi")
        (answer,) = workspace.slack.wait_for(lambda: workspace.slack.messages(DM, root)[1:])
        assert "in any order" in words(answer)
        assert "roi:post" not in pressable(answer), "nobody else reads a DM"
        workspace.slack.click(ADA, answer["ts"], "roi:adjust")
        fields = dict.fromkeys(typed(dialog(workspace)), "$1")
        fields |= {"calls_per_year": "1M", "training_pairs": "5000", "labeled_pairs": "", "go_live_months": ""}
        assert workspace.slack.submit(ADA, fields)["response_action"] == "update"

        def answered() -> dict[str, Any]:
            return workspace.slack.messages(DM, root)[1]

        workspace.slack.wait_for(lambda: re.search(r"ROI \*", words(answered())))
        assert answered()["ts"] == answer["ts"]
        assert "roi:check" in pressable(answered())

    def test_other_words_with_roi_in_them_begin_a_check(self, workspace: Workspace) -> None:
        assert workspace.open("roi-driven support tool, worth it?").pending == "goal"


@pytest.mark.parametrize("line", ["x" * 3000, "1M calls/yr, " * 200, "🙂 <!channel> &", "=;=;=", "roi roi"])
def test_no_line_breaks_it(workspace: Workspace, line: str) -> None:
    card = asked(workspace, line)
    assert card["blocks"]
    assert workspace.slack.click(ADA, card["ts"], "roi:adjust", channel="C0GENERAL") == 200
    assert dialog(workspace)


def test_every_line_of_the_evidence_is_answered_as_a_real_slash_command(over_http: Workspace) -> None:
    """No error, no silence, and nothing refused: the readings themselves are tests/advisor/test_quick.py's."""
    path = Path(__file__).parents[1] / "advisor" / "lines.json"
    lines = [row[0] for row in json.loads(path.read_text(encoding="utf-8"))]
    assert len(lines) >= 300
    for line in lines:
        if not line.strip() or any("\ud800" <= char <= "\udfff" for char in line):
            continue  # alone it opens the dialog; half a surrogate pair is no JSON of Slack's
        answered = over_http.slack.command(ADA, "/finetune", f"roi {line}", "C0GENERAL")
        assert answered["response_type"] == "ephemeral", line
        assert answered["blocks"], line
    over_http.quiet()
    assert [call for call in over_http.slack.calls() if not (call.response or {}).get("ok", True)] == []

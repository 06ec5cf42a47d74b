"""Whole conversations, as people have them: through Slack's own payloads, over both transports."""

import json
import re
from typing import Any

import pytest

from advisor.model import FIELDS
from bot.local import LocalSlack
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import AtOnce, Pressable, Workspace, buttons

ADA = "U0ADA"
DM = "D0ADA"


def verdicts(workspace: Workspace) -> list[str]:
    return [verdict for (verdict,) in workspace.rows("SELECT verdict FROM reports ORDER BY session, version")]


class TestWholeConversations:
    def test_typing_every_answer_leads_to_a_trial_in_fewer_than_25_moves(self, workspace: Workspace) -> None:
        talk = workspace.open().until_report(typed=True)
        assert 1 + talk.moves < 25
        assert "Yes, start small: run a trial" in talk.text
        assert "3.67x" in talk.text
        assert "$21,100" in talk.text
        assert verdicts(workspace) == ["run_poc"]

    def test_clicking_alone_leads_to_a_hold(self, workspace: Workspace) -> None:
        clicks = {"goal": "company_voice", "prompt_tried": "yes", "rag_tried": "yes", "failure_cause": "tone"}
        talk = workspace.open().until_report(clicks | {"eval_overlaps_training": "yes", "retrain_pipeline": "no"})
        [(body,)] = workspace.rows("SELECT body FROM reports")
        assert json.loads(body)["verdict"]["hold"] is True
        assert len(talk.said_by_bot()) == 1, "clicking edits the card in place"

    def test_a_blocked_gate_gives_the_report_and_the_rest_can_be_answered_anyway(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("prompt_tried").answer("no")
        assert talk.pending == ""
        before = verdicts(workspace)
        talk.click("report:rest")
        assert talk.pending
        talk.until_report()
        assert verdicts(workspace)[0] == before[0] == verdicts(workspace)[-1]

    def test_the_trials_result_is_asked_after_the_verdict(self, workspace: Workspace) -> None:
        talk = workspace.open().until_report().click("report:poc")
        trial = {
            "poc_training_examples": "300", "poc_baseline_pass_rate": "82%", "poc_tuned_pass_rate": "91%",
            "poc_eval_items": "1200", "poc_gained": "128", "poc_lost": "20", "quality_parity": "yes",
        }  # fmt: skip
        talk.until_report(trial)
        assert "+9 points" in talk.text
        assert verdicts(workspace)[-1] == "scale_up"

    def test_the_plan_is_asked_after_the_verdict(self, workspace: Workspace) -> None:
        talk = workspace.open().until_report().type("check our plan")
        assert "question 1 of 15" in talk.text
        plan = {"labelers": "2", "prompt_pass_rate": "80%", "synthetic_share": "20%", "label_noise": "3%"}
        plan |= {"engineering_usd": "$6,000", "go_live_months": "3 months"}
        plan["base_kind"] = "instruct"
        talk.until_report(dict.fromkeys(FIELDS, "yes") | plan)
        assert "Training data" in talk.text
        assert "Ready for operation?" in talk.text

    def test_the_checklist_opens_on_the_report(self, workspace: Workspace) -> None:
        talk = workspace.open().until_report().type("checklist")
        assert "Readiness checklist" in talk.text


class TestChangingOnesMind:
    def test_an_answer_is_changed_from_the_report_and_the_report_follows(self, workspace: Workspace) -> None:
        talk = workspace.open().until_report().click("report:change").click("session:edit", "calls_per_year")
        assert talk.pending == "calls_per_year"
        talk.type("10M").until_report()
        assert "$290,000" in talk.text

    def test_an_answer_is_changed_by_name(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("measured_pass_rate").type("change eval pairs")
        assert talk.pending == "eval_pairs"
        talk.type("300")
        assert talk.pending == "measured_pass_rate"

    def test_back_goes_to_the_question_before(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried").click("session:back")
        assert talk.pending == "prompt_tried"
        assert talk.type("back").pending == "goal"

    def test_review_shows_every_answer_and_leads_back(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("measured_pass_rate").click("session:review")
        assert f"{PAIRS + 200:,}" in talk.text
        assert talk.click("session:continue").pending == "measured_pass_rate"

    def test_what_was_started_over_can_be_brought_back(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried").type("start over")
        assert talk.pending == "goal"
        assert talk.click("session:restore").pending == "rag_tried"

    def test_a_cancelled_check_goes_on_where_it_stopped(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried").type("cancel")
        assert talk.pending == ""
        assert talk.click("session:continue").pending == "rag_tried"

    def test_the_report_can_be_seen_early_and_the_questions_go_on(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried").type("report")
        assert talk.pending == ""
        assert talk.click("session:continue").pending == "rag_tried"

    def test_why_and_help_keep_the_question(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs").click("session:why")
        assert "Why we ask" in talk.text
        assert talk.click("session:help").pending == talk.type("why").pending == "eval_pairs"


class TestReading:
    @pytest.mark.parametrize(("text", "first"), [("I think they are disjoint", "no"), ("it leaks, maybe", "yes")])
    def test_what_a_hedged_word_leans_to_is_the_first_button(self, workspace: Workspace, text: str, first: str) -> None:
        talk = workspace.open().up_to("eval_overlaps_training").type(text)
        assert talk.pending == "eval_overlaps_training"
        assert re.findall(r"answer:eval_overlaps_training:(yes|no|unknown)", str(talk.card["blocks"]))[0] == first

    def test_a_person_s_words_are_no_ids_of_ours(self, workspace: Workspace) -> None:
        """What is offered of a name travels as a value: "still?" is not the button that keeps the answer."""
        talk = workspace.open().until_report().type("change retraining owner")
        assert talk.pending == "retrain_owner"
        talk.type("still?")
        assert talk.pending == "retrain_owner"
        assert re.findall(r"answer:retrain_owner:said\d", str(talk.card)) == ["answer:retrain_owner:said0"]
        talk.type("Anna and Bob").click("answer:retrain_owner:said1")
        assert workspace.rows("SELECT value FROM answers ORDER BY n DESC LIMIT 1") == [('"Bob"',)]

    def test_a_number_is_echoed_as_it_was_read(self, workspace: Workspace) -> None:
        assert '"1.2k" as *1,200*' in workspace.open().up_to("eval_pairs").type("1.2k").text

    def test_a_dear_call_is_asked_about_and_stands_once_confirmed(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("usd_per_call_now").type("$30")
        assert talk.pending == "usd_per_call_now"
        talk.click("answer:usd_per_call_now:confirm")
        assert talk.pending == "usd_per_call_after"

    def test_a_team_as_owner_is_asked_about_and_stands_once_confirmed(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("retrain_owner").type("the ML team")
        assert talk.pending == "retrain_owner"
        talk.click("answer:retrain_owner:confirm")
        assert talk.pending == ""

    def test_me_is_whoever_says_it(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("retrain_owner").type("Me!")
        assert talk.pending == ""
        assert over_http.rows("SELECT value FROM answers WHERE field='retrain_owner'") == [('"<@U0ADA>"',)]

    def test_after_two_failed_readings_three_typical_answers_are_offered(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        talk = workspace.open().up_to("eval_pairs").type("quite a few").type("enough")
        offered = [name for name in pressable(talk.card) if name.startswith("answer:") and "unknown" not in name]
        assert offered == [f"answer:eval_pairs:{text}" for text in ("0", "200", "1,000")]
        assert talk.click(offered[2]).pending == "measured_pass_rate"

    def test_signs_slack_escapes_are_shown_as_they_were_typed(self, workspace: Workspace) -> None:
        talk = workspace.open("R&D <b>bots</b>, see example.com").up_to("eval_pairs").type("R&D says <5")
        assert "R&amp;D says &lt;5" in talk.text
        talk.click("session:review")
        assert "R&amp;D &lt;b&gt;bots&lt;/b&gt;, see example.com" in talk.text
        assert "&amp;amp;" not in str(talk.card)
        assert "&amp;lt;" not in str(talk.card)

    def test_a_mention_of_the_bot_is_no_part_of_an_answer(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs").type("<@U0BOT> 1.2k")
        assert '"1.2k" as *1,200*' in talk.text

    def test_a_channel_ping_in_an_opening_pings_nobody(self, workspace: Workspace) -> None:
        talk = workspace.open("tune <!channel> @here <!here|now>").type("review")
        mrkdwn = [block["text"]["text"] for block in talk.card["blocks"] if block["type"] == "section"]
        assert "tune &lt;!channel&gt; @here" in " ".join(mrkdwn)
        assert "<!" not in " ".join([talk.card["text"], *mrkdwn]), "plain text pings nobody"


class TestEntryPoints:
    def test_resume_at_top_level_brings_the_card_there_and_the_old_one_points_to_it(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        old = workspace.open().up_to("rag_tried")
        new = workspace.open("resume")
        assert new.pending == "rag_tried"
        workspace.quiet()
        assert [m for m in old.said_by_bot() if pressable(m)] == []
        assert "newer thread" in old.said_by_bot()[-1]["text"]

    def test_the_old_thread_still_works_after_a_resume_elsewhere(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        old = workspace.open().up_to("eval_pairs")
        new = workspace.open("resume")
        workspace.quiet()
        old.type("1.2k")
        assert old.pending == "measured_pass_rate"
        workspace.quiet()
        assert [m for m in new.said_by_bot() if pressable(m)] == [], "one live card"

    def test_resume_with_nothing_begun_says_so(self, workspace: Workspace) -> None:
        assert "no check yet" in workspace.open("resume").text
        assert workspace.rows("SELECT id FROM sessions") == []

    def test_of_several_checks_the_last_resumes_and_the_others_have_a_button(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        workspace.open("First idea").up_to("prompt_tried")
        workspace.open("Second idea").up_to("rag_tried")
        root = workspace.slack.say(ADA, "resume")
        talk = workspace.talk(ADA, root)
        workspace.slack.wait_for(lambda: len(talk.said_by_bot()) == 2)
        card, others = talk.said_by_bot()
        assert "answer:rag_tried:unknown" in pressable(card)
        [button] = pressable(others).values()
        assert "First idea" in button["text"]["text"]
        assert workspace.slack.click(ADA, others["ts"], button["action_id"]) == 200
        workspace.quiet()
        top = workspace.slack.messages(DM)[-1]
        assert "answer:prompt_tried:unknown" in pressable(top)

    def test_an_answer_typed_at_top_level_is_asked_about_not_guessed(self, workspace: Workspace) -> None:
        workspace.open().up_to("eval_pairs")
        talk = workspace.open("1.2k")
        assert talk.pending == "eval_pairs"
        assert talk.click("answer:eval_pairs:confirm").pending == "measured_pass_rate"
        assert len(workspace.rows("SELECT id FROM sessions")) == 1

    def test_a_command_word_at_top_level_is_meant_for_the_last_check(self, workspace: Workspace) -> None:
        workspace.open().up_to("rag_tried")
        assert workspace.open("back").pending == "prompt_tried"
        assert len(workspace.rows("SELECT id FROM sessions")) == 1

    def test_help_at_top_level_opens_no_check(self, workspace: Workspace) -> None:
        assert "Tell me what it is about" in workspace.open("help").text
        assert workspace.rows("SELECT id FROM sessions") == []

    @pytest.mark.parametrize("word", ["start", "New check", "start a check"])
    def test_start_at_top_level_opens_a_check_without_a_description(self, workspace: Workspace, word: str) -> None:
        talk = workspace.open(word).click("session:help")
        assert talk.pending == "goal"
        assert workspace.rows("SELECT text FROM answers WHERE n=0") == [("Should we fine-tune?",)]

    @pytest.mark.parametrize("text", ["", "help", "HELP me", "nonsense words"])
    def test_the_slash_command_answers_only_its_caller(
        self, workspace: Workspace, text: str, pressable: Pressable
    ) -> None:
        body = workspace.slack.command(ADA, "/finetune", text)
        assert body["response_type"] == "ephemeral"
        assert "/finetune start" in body["text"]
        assert "session:start" in pressable(body)
        assert "nonsense" not in text or 'I don\'t know "nonsense words"' in body["text"]
        assert workspace.slack.messages(DM) == []

    def test_the_slash_command_starts_a_check_in_the_dm_and_resumes_it(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        def top() -> dict[str, Any]:
            workspace.quiet()
            found: dict[str, Any] = workspace.slack.messages(DM)[-1]
            return found

        assert "waiting in our DM" in workspace.slack.command(ADA, "/finetune", "start", "C0GENERAL")["text"]
        first = top()
        talk = workspace.talk(ADA, first["ts"]).click("answer:goal:pick", "classification")
        talk.type("yes")
        assert talk.pending == "rag_tried"
        assert "waiting in our DM" in workspace.slack.command(ADA, "/finetune", "Resume")["text"]
        assert top()["ts"] > first["ts"]
        assert "answer:rag_tried:unknown" in pressable(top())

    def test_the_slash_command_takes_a_description(self, workspace: Workspace) -> None:
        workspace.slack.command(ADA, "/finetune", "start our R&D bot")
        assert workspace.rows("SELECT text FROM answers WHERE n=0") == [("our R&D bot",)]

    def test_a_slash_commands_buttons_work(self, workspace: Workspace, pressable: Pressable) -> None:
        workspace.slack.command(ADA, "/finetune", "")
        [menu] = workspace.slack.ephemerals(ADA)
        assert workspace.slack.click(ADA, menu["ts"], "session:start", DM) == 200
        workspace.quiet()
        assert "answer:goal:unknown" in pressable(workspace.slack.messages(DM)[-1])

    def test_a_mention_is_answered_once_in_its_thread_and_leads_to_the_dm(
        self, workspace: Workspace, pressable: Pressable
    ) -> None:
        root = workspace.slack.mention(ADA, "C0GENERAL", "should we fine-tune our triage?")
        workspace.quiet()
        [_, answer] = workspace.slack.messages("C0GENERAL", root)
        assert "answer:" not in str(answer), "no questions in a channel"
        assert workspace.slack.click(ADA, answer["ts"], "session:start:mention:U0ADA", "C0GENERAL") == 200
        workspace.quiet()
        assert "answer:goal:unknown" in pressable(workspace.slack.messages(DM)[-1])
        assert workspace.rows("SELECT text FROM answers WHERE n=0") == [("should we fine-tune our triage?",)]
        assert len(workspace.slack.messages("C0GENERAL")) == 2

    def test_opening_the_dm_offers_prompts_and_resume_only_once_there_is_something(self, workspace: Workspace) -> None:
        def offered() -> list[str]:
            workspace.slack.open(ADA)
            workspace.quiet()
            calls = workspace.slack.calls("assistant.threads.setSuggestedPrompts")
            return [prompt["message"] for prompt in calls[-1].args["prompts"]]

        assert "resume" not in offered()
        workspace.open()
        assert "resume" in offered()
        for message in offered():
            assert workspace.open(message).text, f"the prompt {message!r} is answered"

    def test_the_home_tab_asks_for_no_prompts(self, workspace: Workspace) -> None:
        workspace.slack.open(ADA, "home")
        workspace.quiet()
        assert workspace.slack.calls("assistant.threads.setSuggestedPrompts") == []


class TestOddMessages:
    def test_an_edited_answer_is_offered_and_not_taken_silently(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs").type("1.2k")
        said = next(m for m in reversed(talk.messages()) if m["user"] == ADA)
        before = talk.card["ts"]
        workspace.slack.edit(ADA, said["ts"], "300")
        workspace.slack.wait_for(lambda: talk.card["ts"] > before)
        assert talk.pending == "measured_pass_rate"
        talk.click("answer:eval_pairs:confirm")
        assert "*300*" in talk.text
        assert talk.pending == "measured_pass_rate"

    def test_an_edited_opening_changes_the_description(self, workspace: Workspace) -> None:
        talk = workspace.open("We want tone")
        before = talk.card["ts"]
        workspace.slack.edit(ADA, talk.root, "We want our tone & style")
        workspace.slack.wait_for(lambda: talk.card["ts"] > before)
        assert "our tone &amp; style" in talk.type("review").text

    def test_an_edit_that_changes_no_answer_is_passed_over(self, workspace: Workspace) -> None:
        talk = workspace.open().type("why")
        said = next(m for m in reversed(talk.messages()) if m["user"] == ADA)
        workspace.quiet()
        before = len(talk.messages())
        workspace.slack.edit(ADA, said["ts"], "why?!")
        workspace.quiet()
        assert len(talk.messages()) == before

    def test_a_deleted_message_takes_no_answer_back(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs").type("1.2k")
        said = next(m for m in reversed(talk.messages()) if m["user"] == ADA)
        workspace.slack.delete(ADA, said["ts"])
        workspace.slack.delete(ADA, talk.root)
        workspace.quiet()
        assert talk.click("session:back").pending == "eval_pairs"

    def test_words_written_before_the_question_was_up_are_asked_about(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs")
        early = f"{float(talk.root) - 1:.6f}"
        talk.type("1.2k")
        workspace.quiet()
        delivered = workspace.first_said("1.2k")
        late = delivered | {"event_id": "EvLATE", "event": delivered["event"] | {"ts": early, "text": "77%"}}
        before = talk.card["ts"]
        assert workspace.slack.deliver(late).ok
        workspace.slack.wait_for(lambda: talk.card["ts"] > before)
        assert talk.pending == "measured_pass_rate"
        assert "77%" in talk.text
        assert talk.click("answer:measured_pass_rate:confirm").pending == "target_pass_rate"

    @pytest.mark.parametrize(
        "change",
        [
            {"bot_id": "B0OTHER", "user": "U0OTHER"},
            {"subtype": "bot_message", "bot_id": "B0OTHER", "user": None},
            {"user": "USLACKBOT"},
            {"user": "U0BOT"},
            {"bot_profile": {"id": "B0APP"}},
            {"subtype": "channel_join"},
            {"subtype": "message_deleted"},
            {"channel_type": "channel", "channel": "C0GENERAL"},
        ],
        ids=["another bot", "a bot message", "Slackbot", "ourselves", "an app", "a join", "a deletion", "a channel"],
    )
    def test_what_no_person_said_to_us_is_passed_over(self, workspace: Workspace, change: dict[str, Any]) -> None:
        talk = workspace.open()
        workspace.quiet()
        said = workspace.first_said()
        calls = len(workspace.slack.calls())
        odd = said | {"event_id": "EvODD", "event": said["event"] | {"ts": "1.5", "thread_ts": talk.root} | change}
        assert workspace.slack.deliver(odd).ok
        workspace.quiet()
        assert len(workspace.slack.calls()) == calls

    def test_a_file_is_answered_once_that_only_text_can_be_read(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs")
        said = workspace.first_said()
        for n in (1, 2):
            event = said["event"] | {"subtype": "file_share", "files": [{"id": "F1"}], "text": ""}
            event |= {"ts": f"{float(talk.card['ts']) + 1:.6f}", "thread_ts": talk.root}
            assert workspace.slack.deliver(said | {"event_id": f"EvFILE{n}", "event": event}).ok
        workspace.quiet()
        told = [m for m in talk.said_by_bot() if "text only" in str(m)]
        assert len(told) == 1
        assert talk.pending == "eval_pairs"

    def test_the_words_beside_a_file_are_an_answer(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs")
        workspace.quiet()
        said = workspace.first_said()
        event = said["event"] | {"subtype": "file_share", "files": [{"id": "F1"}], "text": "1.2k"}
        event |= {"ts": f"{float(talk.card['ts']) + 1:.6f}", "thread_ts": talk.root}
        assert workspace.slack.deliver(said | {"event_id": "EvFILE", "event": event}).ok
        workspace.quiet()
        assert talk.pending == "measured_pass_rate"

    def test_a_file_at_top_level_is_answered_with_what_to_do(self, workspace: Workspace) -> None:
        workspace.open()
        said = workspace.first_said()
        root = workspace.slack.say(ADA, "help")
        event = said["event"] | {"subtype": "file_share", "files": [{"id": "F1"}], "text": "", "ts": root}
        event.pop("thread_ts", None)
        assert workspace.slack.deliver(said | {"event_id": "EvFILE", "event": event}).ok
        workspace.quiet()
        assert len(workspace.talk(ADA, root).said_by_bot()) == 2
        assert len(workspace.rows("SELECT id FROM sessions")) == 1

    def test_a_long_text_is_kept_short_and_nothing_is_refused(self, workspace: Workspace) -> None:
        talk = workspace.open("<&> word " * 4_000).up_to("eval_pairs").type("why " * 3_000)
        assert talk.pending == "eval_pairs"
        talk.click("session:review")


class TestStaleButtons:
    def test_a_button_of_a_past_step_changes_nothing_and_shows_where_we_are(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried")
        workspace.quiet()
        seen = next(d for d in workspace.slack.deliveries("interactive"))
        assert workspace.slack.deliver(_again(seen.payload, "1.000001")).ok
        workspace.slack.wait_for(lambda: "moved on" in talk.text)
        assert talk.pending == "rag_tried"

    def test_two_presses_of_one_button_count_once(self, workspace: Workspace, pressable: Pressable) -> None:
        talk = workspace.open().click("answer:goal:pick", "classification")
        click = workspace.slack.deliveries("interactive")[-1].payload
        action = pressable(talk.card)["answer:prompt_tried:yes"]
        block_id = next(block["block_id"] for block in talk.card["blocks"] if action in block.get("elements", []))
        for ts in ("2.000001", "2.000002"):
            pressed = {**action, "block_id": block_id, "action_ts": ts}
            assert workspace.slack.deliver(click | {"message": talk.card, "actions": [pressed]}).ok
        workspace.quiet()
        given = workspace.rows("SELECT field FROM answers WHERE verb='answer'")
        assert given == [("goal",), ("prompt_tried",)]
        assert "Noted, careful prompt tried" in talk.text
        assert "moved on" not in talk.text

    def test_a_card_of_a_forgotten_check_says_that_it_is_gone(self, workspace: Workspace) -> None:
        talk = workspace.open()
        workspace.quiet()
        workspace.bot.store.turn(lambda conn: conn.execute("DELETE FROM sessions").rowcount)
        assert workspace.slack.click(ADA, talk.card["ts"], "session:help") == 200
        workspace.quiet()
        [told] = workspace.slack.ephemerals(ADA)
        assert "This check is gone" in told["text"]

    @pytest.mark.parametrize("action_id", ["home:publish", "answer:no_field:yes", "session:fly", "report:", "x" * 255])
    def test_a_button_of_another_release_is_taken_and_answered(self, workspace: Workspace, action_id: str) -> None:
        talk = workspace.open()
        workspace.slack.click(ADA, talk.card["ts"], "session:help")
        workspace.quiet()
        seen = workspace.slack.deliveries("interactive")[-1].payload
        odd = seen | {"actions": [seen["actions"][0] | {"action_id": action_id, "action_ts": "3.000001"}]}
        assert workspace.slack.deliver(odd).ok
        workspace.quiet()
        told = str(workspace.slack.ephemerals(ADA)) + talk.text
        assert "moved on" in told
        assert workspace.rows("SELECT n FROM answers WHERE verb='answer'") == []

    def test_the_stale_notes_button_shows_the_current_check(self, workspace: Workspace, pressable: Pressable) -> None:
        talk = workspace.open().up_to("rag_tried")
        seen = workspace.slack.deliveries("interactive")[-1].payload
        workspace.slack.deliver(seen | {"actions": [seen["actions"][0] | {"action_id": "gone", "action_ts": "4.1"}]})
        workspace.quiet()
        [told] = workspace.slack.ephemerals(ADA)
        assert workspace.slack.click(ADA, told["ts"], "session:resume:once") == 200
        workspace.quiet()
        assert "answer:rag_tried:unknown" in pressable(workspace.slack.messages(DM)[-1])
        assert talk.pending == ""


class TestRepeats:
    @pytest.mark.parametrize("parallel", [False, True], ids=["one after the other", "at once"])
    def test_an_event_delivered_four_times_has_one_effect(
        self, workspace: Workspace, parallel: bool, at_once: AtOnce
    ) -> None:
        talk = workspace.open().up_to("eval_pairs").type("1.2k")
        workspace.quiet()
        seen = workspace.first_said("1.2k")
        before = (talk.messages(), workspace.rows("SELECT * FROM answers"))
        answers = at_once(lambda n: workspace.slack.deliver(seen, retry=(n, "timeout")), 4, parallel=parallel)
        assert all(answer.ok for answer in answers)
        workspace.quiet()
        assert (talk.messages(), workspace.rows("SELECT * FROM answers")) == before

    @pytest.mark.parametrize("parallel", [False, True], ids=["one after the other", "at once"])
    def test_an_opening_delivered_four_times_opens_one_check(
        self, workspace: Workspace, parallel: bool, at_once: AtOnce
    ) -> None:
        workspace.open()
        workspace.quiet()
        first = workspace.first_said()
        root = workspace.slack.say(ADA, "help")
        again = first | {"event_id": "EvNEW", "event": first["event"] | {"ts": root, "text": "another idea"}}
        at_once(lambda n: workspace.slack.deliver(again, retry=(n, "timeout")), 4, parallel=parallel)
        workspace.quiet()
        assert len(workspace.rows("SELECT id FROM sessions")) == 2

    @pytest.mark.parametrize("parallel", [False, True], ids=["one after the other", "at once"])
    def test_a_click_delivered_four_times_has_one_effect(
        self, workspace: Workspace, parallel: bool, at_once: AtOnce
    ) -> None:
        talk = workspace.open().click("answer:goal:pick", "classification")
        workspace.quiet()
        [seen] = workspace.slack.deliveries("interactive")
        calls = len(workspace.slack.calls())
        answers = at_once(lambda _: workspace.slack.deliver(seen.payload), 4, parallel=parallel)
        assert all(answer.ok for answer in answers)
        workspace.quiet()
        assert len(workspace.slack.calls()) == calls
        assert talk.pending == "prompt_tried"

    def test_a_command_delivered_four_times_starts_one_check(self, workspace: Workspace, at_once: AtOnce) -> None:
        workspace.slack.command(ADA, "/finetune", "start")
        [seen] = workspace.slack.deliveries("slash_commands")
        assert all(answer.ok for answer in at_once(lambda _: workspace.slack.deliver(seen.payload), 4))
        assert len(workspace.rows("SELECT id FROM sessions")) == 1

    def test_messages_at_once_are_all_counted_and_the_card_shows_the_last_state(
        self, workspace: Workspace, at_once: AtOnce
    ) -> None:
        talk = workspace.open().up_to("eval_pairs")
        at_once(lambda _: workspace.slack.say(ADA, "why", thread_ts=talk.root), 6)
        workspace.quiet()
        [(version,)] = workspace.rows("SELECT count(*) FROM answers")
        drawn = {int(re.match(r"[0-9a-f]{32}-(\d+)-", block["block_id"])[1]) for block in talk.card["blocks"]}  # type: ignore[index]
        assert drawn == {version}
        assert talk.click("session:back").pending == "failure_cause"


class TestRestart:
    def test_a_restart_shows_the_same_card_and_the_next_answer_counts(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("eval_pairs")
        workspace.quiet()
        before = talk.said_by_bot()
        workspace.restart()
        workspace.quiet()
        assert talk.said_by_bot() == before
        assert talk.type("1.2k").pending == "measured_pass_rate"
        assert talk.click("session:back").pending == "eval_pairs"

    def test_what_was_said_while_the_bot_was_away_is_answered_when_it_is_back(
        self, slack: LocalSlack, workspace: Workspace
    ) -> None:
        talk = workspace.open().up_to("eval_pairs")
        workspace.quiet()
        workspace.bot.outbox.close()  # Slack cannot be told any more, but the turn is taken
        slack.say(ADA, "1.2k", thread_ts=talk.root)
        slack.wait_idle()
        assert talk.pending == "eval_pairs"
        workspace.restart()
        slack.wait_for(lambda: talk.pending == "measured_pass_rate")


def _again(payload: dict[str, Any], action_ts: str) -> dict[str, Any]:
    """The same press at another moment: a second finger, not a second delivery."""
    return payload | {"actions": [payload["actions"][0] | {"action_ts": action_ts}]}


class TestSayingWhichOptionInOnesOwnWords:
    def test_two_that_are_named_stand_above_the_list_and_one_of_them_is_pressed(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("failure_cause").type("tone and format")
        offered = [code for code in buttons(talk.card) if code.startswith("answer:failure_cause:")]
        assert offered[:3] == ["answer:failure_cause:tone", "answer:failure_cause:format", "answer:failure_cause:pick"]
        assert "means here: *Wrong tone or style* or *Broken format*?" in talk.text
        assert talk.click("answer:failure_cause:format").pending == "eval_pairs"
        assert "Broken format" in talk.text

    def test_what_nobody_named_is_offered_by_its_meaning(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("goal").type("bananas for the win")
        assert [code for code in buttons(talk.card) if code.startswith("answer:goal:")][-2:] == [
            "answer:goal:pick", "answer:goal:unknown",
        ]  # fmt: skip
        talk.type("quality")
        offered = [code for code in buttons(talk.card) if code.startswith("answer:goal:")]
        assert offered[2:] == ["answer:goal:pick", "answer:goal:unknown"]
        assert "Nearest in meaning:" in talk.text

    def test_of_three_the_likeliest_is_the_first_button(self, workspace: Workspace) -> None:
        talk = workspace.open().up_to("rag_tried").type("not needed, but nice")
        offered = [code for code in buttons(talk.card) if code.startswith("answer:rag_tried:")]
        assert offered[:3] == ["answer:rag_tried:not_needed", "answer:rag_tried:yes", "answer:rag_tried:no"]

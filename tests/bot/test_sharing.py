"""Decisions among people: posted where the owner says, kept true, shown from behind, once and never lost."""

import json
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from advisor import load_rules
from advisor.conversation import COMMANDS
from bot.check import menus
from bot.check.conversation import _SMALL_TALK, _START
from bot.decision.title import is_stock
from bot.local import Fault, LocalSlack
from bot.render.changes import tells_figures
from bot.render.fallback import known
from bot.render.wording import Wording
from bot.store.database import Connection
from bot.store.sqlite import sqlite3
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import Decide, Decided, Pressable, Words, Workspace, as_written, decisions

ADA, LIN = "U0ADA", "U0LIN"
CHANNELS = ("C0GENERAL", "C0ROUTER", "C0ELSEWHERE", "C0ARCHIVE", "C0PARTNERS")
COSTS = re.compile(r"\$\d|\d(?:\.\d+)?x\b|1,000,000|1M|\d calls")
"""A dollar amount, a ratio, a call volume."""


def posted(slack: LocalSlack) -> list[dict[str, Any]]:
    """The records; what is said below one is none."""
    said = [m for channel in CHANNELS for m in slack.messages(channel) if m.get("bot_id")]
    return [message for message in said if "was decided again" not in message["text"]]


def whispered(slack: LocalSlack, user: str, words: Words) -> str:
    return words(slack.ephemerals(user)[-1])


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    """The words of blocks that are neither inputs nor buttons, a picture's among them."""
    said = [known([block])[0] if block["type"] == "data_visualization" else block for block in blocks]
    inner = [block["text"] for block in said if "text" in block]
    inner += [element for block in blocks if block["type"] == "context" for element in block["elements"]]
    return [text["text"] for text in inner]


class TestPosting:
    def test_nothing_is_posted_by_itself(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:share")
        over_http.slack.close_view(ADA)
        check.change("eval pairs", "900")
        check.press("report:export")
        assert posted(over_http.slack) == []

    def test_what_the_dialog_shows_is_what_is_posted(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:share")
        (view,) = over_http.slack.modals(ADA)
        shown = texts(view["blocks"])
        assert "*This is what will be posted*" in shown[0]
        over_http.slack.submit(ADA, {"channel": "C0GENERAL"})
        check.settle()
        assert texts(check.record()["blocks"]) == shown[1:]

    def test_a_version_made_while_the_dialog_is_open_is_not_posted_instead(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        check.change("eval pairs", "900")
        over_http.slack.submit(ADA, {"channel": "C0GENERAL"})
        check.settle()
        assert "run a trial" in str(check.record()["blocks"])
        check.press("report:update")
        assert "build the eval set first" in str(check.record()["blocks"])

    def test_ticking_costs_shows_them_in_the_preview_and_keeps_what_was_typed(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        (view,) = over_http.slack.modals(ADA)
        typed = {("note", "note"): "for the board", ("channel", "channel"): "C0GENERAL"}
        over_http.slack.click(ADA, action_id="options", view_id=view["id"], option=["costs"], settings=typed)
        check.settle()
        (view,) = over_http.slack.modals(ADA)
        shown = texts(view["blocks"])
        assert "3.67x" in str(shown)
        assert "for the board" in str(shown)
        over_http.slack.submit(ADA)
        check.settle()
        assert texts(check.record()["blocks"]) == shown[1:]
        assert "costs = 7,900; savings = 29,000" in str(shown)

    def test_a_record_is_complete_and_without_costs_unless_they_are_ticked(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = words(check.share(note="see the thread"))
        assert not COSTS.search(record), record
        for part in ("Our support tone", "Owner ada", "decided", "Yes, start small", "see the thread"):
            assert part in record
        assert re.search(r"from \d+ answers", record)
        for part in (*(f"gate {n}: " for n in (1, 2, 3, 4)), "First steps", "1. ", "ada decides again"):
            assert part in record
        assert "3.67x" in words(check.share("C0GENERAL", "costs"))

    def test_a_record_pings_nobody(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http, title="<!channel> and <@U0LIN>", retrain_owner="<@U0LIN>")
        record = check.share(note="<!here> @channel\n<!subteam^S1>")
        check.change("eval pairs", "900")
        check.press("report:update")
        assert not re.search(r"<[@!]", json.dumps([record, check.record()]))

    def test_the_owner_is_told_where_it_stands_and_the_card_counts_it(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share()
        assert "Posted in <#C0GENERAL>" in check.told
        assert "open it" in check.told
        assert "Posted in 1 place" in words(check.card)

    @pytest.mark.parametrize("in_a_thread", [True, False])
    def test_it_goes_back_to_the_thread_it_was_asked_for_in(
        self, over_http: Workspace, pressable: Pressable, words: Words, in_a_thread: bool
    ) -> None:
        """One whole mention: asked for in a channel, answered in the DM, posted where it was asked for."""
        slack = over_http.slack
        root = slack.say(LIN, "The support answers sound like a robot", channel="C0GENERAL")
        asked = slack.mention(ADA, "C0GENERAL", "shall we tune?", root if in_a_thread else None)
        thread = root if in_a_thread else asked
        answer = slack.wait_for(lambda: [m for m in slack.messages("C0GENERAL", thread) if m.get("bot_id")])[0]
        slack.click(ADA, answer["ts"], "session:start:mention:U0ADA", "C0GENERAL")
        card = slack.wait_for(lambda: [m for m in slack.messages("D0ADA") if pressable(m)])[0]
        over_http.quiet()
        check = over_http.talk(ADA, card["ts"]).until_report()
        assert "shall we tune?" in words(check.card)
        assert slack.click(ADA, check.card["ts"], "report:post_back", "D0ADA") == 200
        over_http.quiet()
        record = slack.messages("C0GENERAL", thread)[-1]
        assert "shall we tune?" in words(record)
        assert record["thread_ts"] == thread
        assert not COSTS.search(str(record["blocks"]))
        assert len(posted(slack)) == 2
        assert "Posted in <#C0GENERAL>" in str(slack.messages("D0ADA"))
        assert over_http.rows("SELECT channel, ts FROM shares") == [("C0GENERAL", record["ts"])]

    @pytest.mark.parametrize(
        ("channel", "flags", "fault", "way_out"),
        [
            ("C0ELSEWHERE", {}, "", "/invite @finetune-advisor"),
            ("C0ROUTER", {"bot_is_member": False}, "", "/invite @finetune-advisor"),
            ("C0ARCHIVE", {}, "", "is archived"),
            ("C0GENERAL", {"is_restricted": True}, "", "Ask somebody who runs that channel"),
            ("C0GENERAL", {}, "restricted_action_thread_locked", "is locked"),
            ("C0GENERAL", {}, "ekm_access_denied", "Pick another channel"),
        ],
    )
    def test_what_cannot_be_posted_is_explained_with_a_way_out_and_a_text_to_copy(
        self, over_http: Workspace, decided: Decide, channel: str, flags: dict[str, bool], fault: str, way_out: str
    ) -> None:
        check = decided(over_http)
        over_http.slack.arrange(channel, **flags)
        if fault:
            over_http.slack.faults.add("chat.postMessage", {"error": fault})
        assert check.share(channel, note="a note") == {}
        assert way_out in check.told
        assert "Our support tone\n" in check.told
        assert "a note" in check.told

    def test_a_locked_thread_is_not_left_for_the_whole_channel(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        over_http.bot.store.turn(
            lambda conn: conn.execute("UPDATE sessions SET origin_channel='C0GENERAL', origin_thread='1.2'")
        )
        check.change("eval pairs", str(PAIRS + 300))
        check.press("report:post_back")
        assert posted(over_http.slack) == []
        assert "locked or gone" in check.told

    def test_back_into_the_thread_figures_in_the_title_are_asked_about_first(
        self, over_http: Workspace, decided: Decide, pressable: Pressable
    ) -> None:
        """It has no dialog: the button itself asks."""
        check = decided(over_http)
        over_http.bot.store.turn(
            lambda conn: conn.execute("UPDATE sessions SET origin_channel='C0GENERAL', origin_thread='1.2'")
        )
        check.change("title", "Our support tone")
        assert "confirm" not in pressable(check.card)["report:post_back"]
        check.change("title", "Support tone, $40k a year")
        asked = pressable(check.card)["report:post_back"]["confirm"]
        assert "money or volumes" in asked["text"]["text"]


class TestStockTitles:
    """A record is called by what it is about: what any check could be called is asked about before it is posted."""

    STOCK = "Should we fine-tune a model for our use case?"

    def test_what_says_nothing_of_what_it_is_about(self) -> None:
        wording = Wording(load_rules())
        ours = [wording.plainly("chrome", "untitled"), wording.plainly("quick", "check_title")]
        for one in menus.prompts(wording, resume=True):
            ours += one.values()
        stock = ["", "?", "1.", "Should we finetune?", "help me decide please", "Is it worth fine-tuning?", "OUR MODEL"]
        stock += ["Can I fine-tune an LLM", "new check", "Hi there!", "a test", *COMMANDS, *_START, *_SMALL_TALK]
        assert [title for title in (*ours, *stock) if not is_stock(title)] == []
        real = ["Our support tone", "Should we fine-tune GPT-4?", "Fine-tune for claims", "Routing", "客服语气", "Nein"]
        assert [title for title in real if is_stock(title)] == []

    def title_of(self, workspace: Workspace) -> dict[str, Any]:
        (view,) = workspace.slack.modals(ADA)
        (block,) = [block for block in view["blocks"] if block.get("block_id") == "title"]
        return dict(block)

    def test_a_real_title_is_filled_in_and_may_stay(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.press("report:share")
        asked = self.title_of(over_http)
        assert (asked["element"]["initial_value"], asked["optional"]) == ("Our support tone", True)
        assert "hint" not in asked

    def test_a_stock_title_is_asked_for_and_never_posted(
        self, workspace: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(workspace, title=self.STOCK)
        check.press("report:share")
        asked = self.title_of(workspace)
        assert "initial_value" not in asked["element"]
        assert not asked["optional"]
        assert "What is it about" in asked["hint"]["text"]
        (view,) = workspace.slack.modals(ADA)
        assert self.STOCK not in json.dumps(view)
        told = workspace.slack.submit(ADA, {"channel": "C0GENERAL", "title": "Should we fine-tune?"})
        assert told["errors"].keys() == {"title"}
        assert workspace.slack.submit(ADA, {"channel": "C0GENERAL", "title": "Claims triage"}) == {}
        check.settle()
        assert "Claims triage" in words(check.record())
        assert self.STOCK not in json.dumps(workspace.slack.messages("C0GENERAL"))

    def test_back_into_the_thread_it_is_asked_for_as_well(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http, title=self.STOCK)
        ts = over_http.slack.say(LIN, "Do we tune?", channel="C0GENERAL")
        over_http.bot.store.turn(
            lambda conn: conn.execute("UPDATE sessions SET origin_channel='C0GENERAL', origin_thread=:ts", {"ts": ts})
        )
        check.change("eval pairs", str(PAIRS + 300))
        check.press("report:post_back")
        assert posted(over_http.slack) == []
        assert self.title_of(over_http)["optional"] is False
        assert "errors" in over_http.slack.submit(ADA, {"title": "fine-tuning!"})
        assert over_http.slack.submit(ADA, {"title": "Claims, $40k"})["response_action"] == "update", "it is warned of"
        assert over_http.slack.submit(ADA, {"title": "Claims triage"}) == {}
        check.settle()
        (record,) = posted(over_http.slack)
        assert "Claims triage" in words(record)
        assert record["thread_ts"] == ts


class TestSharedWithAnotherCompany:
    def test_it_is_posted_only_when_confirmed_and_never_with_costs(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        assert check.share("C0PARTNERS", "costs", note='"quoted" \\ ' + "\N{GRINNING FACE}" * 480) == {}
        assert "shared with another company" in check.told
        check.press_told("record:outside")
        record = check.record("C0PARTNERS")
        assert "quoted" in str(record)
        assert not COSTS.search(str(record["blocks"]))

    def test_both_ticked_is_an_error_at_the_field_whose_correction_works(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        both = {"channel": "C0PARTNERS", "options": ["costs", "external"]}
        answer = over_http.slack.submit(ADA, both)
        assert "Cost figures never" in answer["errors"]["options"]
        assert over_http.slack.submit(ADA, {"options": ["external"]}) == {}
        check.settle()
        assert "Our support tone" in str(check.record("C0PARTNERS"))

    def test_a_channel_whose_kind_cannot_be_seen_counts_as_shared(self, over_http: Workspace, decided: Decide) -> None:
        over_http.slack.scopes -= {"channels:read", "groups:read"}
        check = decided(over_http)
        assert check.share("C0GENERAL", "costs") == {}
        assert "can't see whether" in check.told
        check.press_told("record:outside")
        assert not COSTS.search(str(check.record()["blocks"]))


class TestFiguresInOnesOwnWords:
    """Leaving out cost figures leaves out ours: what a person typed into a title or a note is theirs to decide."""

    TITLE = "Save $30k a year on 2M calls"

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("Save $30k", True), ("2M tickets", True), ("a million calls", True), ("£5 a label", True),
            ("40 thousand a month", True), ("1,200,000 tickets", True), ("20 USD each", True), ("which calls?", True),
            ("Our support tone", False), ("GPT-4 or a small model", False), ("Route 12 queues in 2026", False),
            ("recall, k-means", False), ("95 % of tickets", False), ("", False),
        ],
    )  # fmt: skip
    def test_what_looks_like_money_or_a_volume(self, words: str, told: bool) -> None:
        assert tells_figures(words) == told

    def warned(self, workspace: Workspace) -> bool:
        (view,) = workspace.slack.modals(ADA)
        return "as if there were money or volumes in it" in str(view["blocks"])

    def test_the_dialog_warns_of_a_title_with_figures_and_takes_another_for_the_record(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http, title=self.TITLE)
        check.press("report:share")
        assert self.warned(over_http)
        assert over_http.slack.submit(ADA, {"channel": "C0GENERAL", "title": "Our support answers"}) == {}
        check.settle()
        record = check.record()
        assert "Our support answers" in words(record)
        over_http.slack.click(LIN, record["ts"], "record:how", "C0GENERAL")
        check.settle()
        assert "Our support answers" in whispered(over_http.slack, LIN, words)
        check.change("eval pairs", "900")
        check.press("report:update")
        listed = str(decisions(over_http, LIN))
        assert "Our support answers" in listed
        seen = json.dumps(posted(over_http.slack) + over_http.slack.ephemerals(LIN)) + listed
        assert not re.search("30k|2M", seen)
        assert self.TITLE in words(check.card), "the check is called what it was called"

    def test_posted_as_it_is_when_its_owner_says_so(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        assert self.TITLE in words(decided(over_http, title=self.TITLE).share())

    def test_a_title_that_was_not_changed_follows_the_checks(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share()
        check.change("the title", "Another name")
        check.press("report:update")
        assert "Another name" in words(check.record())

    def test_a_note_with_figures_is_shown_once_with_the_warning_before_it_is_posted(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        assert not self.warned(over_http)
        sent = {"channel": "C0GENERAL", "note": "it saves us $30k"}
        assert over_http.slack.submit(ADA, sent)["response_action"] == "update"
        assert self.warned(over_http)
        check.settle()
        assert posted(over_http.slack) == []
        assert over_http.slack.submit(ADA, {"note": "it saves us $40k"})["response_action"] == "update"
        assert over_http.slack.submit(ADA) == {}
        check.settle()
        assert "it saves us $40k" in words(check.record())

    def test_with_cost_figures_ticked_there_is_nothing_to_warn_of(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http, title=self.TITLE)
        check.press("report:share")
        (view,) = over_http.slack.modals(ADA)
        over_http.slack.click(ADA, action_id="options", view_id=view["id"], option=["costs"])
        check.settle()
        assert not self.warned(over_http)
        assert over_http.slack.submit(ADA, {"channel": "C0GENERAL", "note": "$30k"}) == {}

    def test_the_second_confirmation_for_another_company_warns_too(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http, title=self.TITLE)
        check.share("C0PARTNERS", "costs")
        assert "money or volumes in it, and people outside yours would read that" in check.told
        check.press("report:share")
        over_http.slack.submit(ADA, {"channel": "C0PARTNERS", "title": "Our support answers"})
        check.settle()
        assert "money or volumes" not in check.told
        check.press_told("record:outside")
        assert "Our support answers" in str(check.record("C0PARTNERS")["blocks"])
        assert not COSTS.search(str(check.record("C0PARTNERS")["blocks"]))


class TestKeptTrue:
    def test_an_update_edits_the_record_in_place_and_says_what_changed(
        self, over_http: Workspace, decided: Decide, words: Words, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        before = check.share()
        assert "report:update" not in pressable(check.card)
        check.change("eval pairs", "900")
        assert check.record() == before
        check.press("report:update")
        after = check.record()
        assert (after["ts"], len(posted(over_http.slack))) == (before["ts"], 1)
        for part in (
            "revised on", "version 2", f"eval pairs: {PAIRS + 200:,} → 900", "gate 2: ✅ Passed → ⛔ Blocked",
            '"Yes, start small: run a trial" → "Not yet: build the eval set first"',
        ):  # fmt: skip
            assert part in words(after)
        assert "up to date" in check.told
        assert "report:update" not in pressable(check.card)

    def test_changed_costs_are_counted_not_told(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http, other_savings_usd_per_year="0", usd_per_failure="0")
        check.share()
        check.change("calls a year", "100k")
        check.press("report:update")
        assert "1 cost figure changed as well" in words(check.record())
        assert "gate 3: ✅ Passed → ⛔ Blocked" in words(check.record())
        assert not COSTS.search(words(check.record()))
        assert "100,000" not in words(check.record())

    def test_looking_at_a_decision_again_makes_no_new_version(
        self, over_http: Workspace, decided: Decide, pressable: Pressable
    ) -> None:
        check = decided(over_http)
        check.share()
        over_http.slack.say(ADA, "resume")
        over_http.slack.wait_idle()
        check.settle()
        over_http.slack.say(ADA, "checklist", thread_ts=check.root)
        over_http.slack.wait_idle()
        check.settle()
        assert over_http.rows("SELECT count(*) FROM reports") == [(1,)]
        assert "report:update" not in pressable(check.card)

    def test_an_earlier_version_reads_as_it_did(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)

        def first() -> str:
            check.press("report:versions")
            listed = [m for m in over_http.slack.messages("D0ADA") if "record:version:0" in str(m.get("blocks"))][-1]
            last = re.findall(r"record:version:\d+", str(listed["blocks"]))[-1]
            over_http.slack.click(ADA, listed["ts"], last, "D0ADA")
            check.settle()
            return whispered(over_http.slack, ADA, words)

        check.change("eval pairs", str(PAIRS + 300))
        before = first()
        assert f"{PAIRS + 200:,}" in before
        assert "3.67x" in before
        check.change("the title", "Another name")
        check.press("report:remind", "30")
        check.change("eval pairs", "900")
        assert first() == before

    def test_a_record_that_was_deleted_in_the_channel_is_said_to_be_gone(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.share()
        check.change("eval pairs", "900")
        over_http.slack.faults.add("chat.update", {"error": "message_not_found"})
        check.press("report:update")
        assert "was deleted there" in str(over_http.slack.messages("D0ADA"))
        assert over_http.rows("SELECT * FROM shares") == []

    def test_one_that_slack_does_not_let_us_edit_is_not_said_to_be_deleted(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.share()
        check.change("eval pairs", "900")
        over_http.slack.faults.add("chat.update", {"error": "edit_window_closed"})
        check.press("report:update")
        assert "could not be edited" in str(over_http.slack.messages("D0ADA"))
        assert len(over_http.rows("SELECT * FROM shares")) == 1

    def test_a_refusal_to_look_at_the_channel_changes_no_record_and_is_told(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        """Not knowing who reads along is no reason to take figures out for good, nor to say that all is up to date."""
        check = decided(over_http)
        check.share("C0GENERAL", "costs")
        before = words(check.record())
        check.change("eval pairs", "900")
        over_http.slack.faults.add("conversations.info", {"error": "missing_scope"})
        check.press("report:update")
        assert "did not let me see" in check.told or "did not let me see" in str(over_http.slack.messages("D0ADA"))
        assert words(check.record()) == before
        check.press("report:update")
        assert "900" in words(check.record())
        assert COSTS.search(words(check.record()).replace("\N{NO-BREAK SPACE}", " "))

    def test_a_check_deleted_while_it_is_being_posted_holds_nothing_up(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        deleted = threading.Event()
        over_http.slack.faults.add("chat.postMessage", {"until": deleted})
        over_http.slack.submit(ADA, {"channel": "C0GENERAL"})
        over_http.slack.wait_for(lambda: over_http.slack.calls("conversations.info"))
        over_http.bot.store.turn(lambda conn: conn.execute("DELETE FROM sessions"))
        deleted.set()
        check.settle()
        decided(over_http, LIN).share()


class TestBehindARecord:
    @pytest.mark.parametrize("costs", [False, True])
    def test_anyone_in_the_channel_sees_how_it_was_decided(
        self, over_http: Workspace, decided: Decide, words: Words, costs: bool
    ) -> None:
        check = decided(over_http)
        record = check.share("C0GENERAL", *["costs"] * costs)
        over_http.slack.click(LIN, record["ts"], "record:how", "C0GENERAL")
        check.settle()
        seen = whispered(over_http.slack, LIN, words).replace("\N{NO-BREAK SPACE}", " ")
        pairs = f"eval pairs: {PAIRS + 200:,}"
        for part in ("Answered by ada", "gate 4", "R. Okafor", pairs, "§1 ②", "Chapter 32", "Yes, start"):
            assert part in seen
        assert bool(COSTS.search(seen)) == costs
        assert ("$0.03" in seen) == costs

    def test_anyone_in_the_channel_can_start_their_own(self, over_http: Workspace, decided: Decide) -> None:
        record = decided(over_http).share()
        over_http.slack.click(LIN, record["ts"], "record:start_own", "C0GENERAL")
        over_http.slack.wait_for(lambda: over_http.slack.messages("D0LIN"))
        over_http.quiet()
        assert over_http.rows("SELECT owner FROM sessions ORDER BY created_at, heard_ts") == [(ADA,), (LIN,)]
        assert "Okafor" not in str(over_http.slack.messages("D0LIN"))

    def test_a_record_is_looked_up_in_its_own_channel_only(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        record = check.share("C0ROUTER")
        over_http.slack.click(LIN, record["ts"], "record:how", "C0ROUTER")
        check.settle()
        seen = over_http.slack.deliveries("interactive")[-1].payload
        elsewhere = {"id": "C0GENERAL", "name": "general"}
        container = seen["container"] | {"channel_id": "C0GENERAL"}
        action = seen["actions"][0] | {"action_ts": "9.1"}
        over_http.slack.deliver(seen | {"channel": elsewhere, "container": container, "actions": [action]})
        check.settle()
        assert whispered(over_http.slack, LIN, words).startswith("Not found")

    def test_a_private_channels_decision_is_listed_to_its_owner_only(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        decided(over_http, title="Open to all").share()
        decided(over_http, title="Behind doors").share("C0ROUTER")
        hers = decisions(over_http, ADA)
        theirs = decisions(over_http, LIN)
        assert "Open to all" in str(hers)
        assert "Behind doors" in str(hers)
        assert "Open to all" in str(theirs)
        assert "Behind doors" not in str(theirs)
        assert "Open to all" not in str(decisions(over_http, LIN, "zebra"))


ACTIONS = [
    *(f"report:{verb}" for verb in ("share", "post_back", "update", "export", "hand_over", "forget_reminder")),
    "report:versions", "feedback:up", "feedback:down", "report:remind", "record:version:0", "record:outside",
    "record:again", "record:how", "record:accept", "record:decline",
]  # fmt: skip
DIALOGS = ["share", "hand_over", "feedback"]


def forged(workspace: Workspace, user: str, action_id: str, check: str, value: str) -> bool:
    """A click on a card that names this check and a button with this value, as Slack would sign it."""
    clicks = [d.payload for d in workspace.slack.deliveries("interactive") if "actions" in d.payload]
    seen = next(payload for payload in reversed(clicks) if payload["user"]["id"] == user)
    action = {
        "type": "button",
        "action_id": action_id,
        "action_ts": f"9.{len(workspace.slack.deliveries())}",
        "block_id": f"{check}-3-abc123.1",
        "value": value,
        "selected_option": {"value": "30"},
    }
    return bool(workspace.slack.deliver(seen | {"actions": [action]}).ok)


def sent(workspace: Workspace, user: str, callback_id: str, metadata: str) -> bool:
    """A dialog with this metadata, as Slack would sign it."""
    workspace.slack.command(user, "/finetune", "import")
    workspace.slack.wait_for(lambda: workspace.slack.modals(user))
    workspace.slack.submit(user, {"json": "{"})
    seen = workspace.slack.deliveries("interactive")[-1].payload
    values = {
        "channel": {"channel": {"selected_conversation": "C0GENERAL"}}, "note": {"note": {"value": "x"}},
        "options": {"options": {"selected_options": []}},
        "person": {"person": {"selected_user": ADA if user == LIN else LIN}},
    }  # fmt: skip
    view = seen["view"] | {"callback_id": callback_id, "private_metadata": metadata, "state": {"values": values}}
    return bool(workspace.slack.deliver(seen | {"view": view}).ok)


class TestNotFound:
    """Somebody else's, another workspace's and unknown ids are the same: not found, and nothing happens."""

    @pytest.fixture
    def met(self, over_http: Workspace, decided: Decide) -> Decided:
        """A posted check of Ada's; Lin has none. Both have clicked on something."""
        check = decided(over_http, title="Ada's secret")
        check.share()
        over_http.slack.say(LIN, "help")
        over_http.slack.wait_for(lambda: over_http.slack.messages("D0LIN")[1:])
        over_http.slack.click(LIN, over_http.slack.messages("D0LIN")[-1]["ts"], "session:resume", "D0LIN")
        check.settle()
        return check

    def unchanged(self, check: Decided, user: str, act: Callable[[], bool]) -> None:
        tables = ("sessions", "answers", "reports", "shares", "handovers", "feedback")

        def state() -> list[Any]:
            kept = [check.workspace.rows(f"SELECT * FROM {table}") for table in tables]  # noqa: S608
            return [*kept, posted(check.slack), check.slack.modals(user)]

        def not_found() -> int:
            seen = check.slack.ephemerals(user) + check.slack.messages(f"D{user[1:]}")
            return sum(m["text"].startswith("Not found") for m in seen)

        before, refused = state(), not_found()
        assert act()
        check.settle()
        check.slack.wait_idle()
        assert not_found() > refused
        now = state()
        assert now[:-1] == before[:-1]
        assert [view["callback_id"] for view in now[-1]] in ([], ["import"])

    @pytest.mark.parametrize("action_id", ACTIONS)
    def test_a_forged_click_on_somebody_elses(self, over_http: Workspace, met: Decided, action_id: str) -> None:
        outside = {"check": met.id, "version": 23, "channel": "C0GENERAL", "thread": "", "note": ""}
        value = {"record:version:0": f"{met.id}:23", "record:outside": json.dumps(outside)}.get(action_id, met.id)
        self.unchanged(met, LIN, lambda: forged(over_http, LIN, action_id, met.id, value))
        assert "secret" not in str(over_http.slack.messages("D0LIN")) + str(over_http.slack.ephemerals(LIN))

    @pytest.mark.parametrize("callback_id", DIALOGS)
    def test_a_forged_dialog_on_somebody_elses(self, over_http: Workspace, met: Decided, callback_id: str) -> None:
        metadata = f"{met.id}:23" if callback_id == "share" else met.id
        self.unchanged(met, LIN, lambda: sent(over_http, LIN, callback_id, metadata))
        assert "secret" not in str(over_http.slack.messages("D0LIN")) + str(over_http.slack.ephemerals(LIN))

    def test_a_click_on_another_workspaces(self, over_http: Workspace, met: Decided) -> None:
        over_http.rows("UPDATE sessions SET team='T0OTHER'")
        over_http.rows("UPDATE shares SET team='T0OTHER'")
        for action_id in ACTIONS:
            self.unchanged(met, ADA, partial(forged, over_http, ADA, action_id, met.id, met.id))

    @pytest.mark.parametrize("action_id", ["record:version:0", "record:outside", "record:how", "record:accept"])
    def test_a_value_that_is_none_of_ours(self, over_http: Workspace, met: Decided, action_id: str) -> None:
        nobody = "0" * 32
        junk = ["", "x", ":", "{}", "[]", "null", nobody, f"{nobody}:9", f"{nobody}:{'9' * 30}", '{"check": 1}']
        for value in junk:
            self.unchanged(met, ADA, partial(forged, over_http, ADA, action_id, nobody, value))

    def test_a_version_that_never_was(self, over_http: Workspace, met: Decided, words: Words) -> None:
        over_http.slack.click(ADA, met.card["ts"], "feedback:up", "D0ADA")
        seen = over_http.slack.deliveries("interactive")[-1].payload
        action = seen["actions"][0] | {"action_id": "record:version:0", "value": f"{met.id}:{10**30}"}
        assert over_http.slack.deliver(seen | {"actions": [action | {"action_ts": "9.1"}]}).ok
        met.settle()
        assert whispered(over_http.slack, ADA, words).startswith("Not found")


class TestOnceAndNeverLost:
    def press_twice(self, check: Decided, message: dict[str, Any], action_id: str) -> None:
        """A double click, and one more when all is done."""
        over = check.slack
        both = threading.Event()
        over.faults.add("conversations.info", {"until": both})
        for _ in range(2):
            assert over.click(ADA, message["ts"], action_id, "D0ADA") == 200
        both.set()
        check.settle()
        seen = over.deliveries("interactive")[-1].payload
        assert over.deliver(seen | {"actions": [seen["actions"][0] | {"action_ts": "9.1"}]}).ok
        check.settle()

    def test_confirmed_twice_for_another_company_it_is_posted_once(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.share("C0PARTNERS")
        asked = over_http.slack.messages("D0ADA")[-1]
        self.press_twice(check, asked, "record:outside")
        assert len(posted(over_http.slack)) == 1
        assert "posted in <#C0PARTNERS> already" in check.told
        check.share("C0PARTNERS")
        check.press_told("record:outside")
        assert len(posted(over_http.slack)) == 2, "another wish is another record"
        now = next(m for m in over_http.slack.messages("D0ADA") if m["ts"] == asked["ts"])
        assert "record:outside" not in str(now), "it is resolved"
        assert "You had it posted in <#C0PARTNERS>" in str(now)

    def test_what_failed_can_be_pressed_again(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        over_http.slack.arrange("C0PARTNERS", bot_is_member=False)
        check.share("C0PARTNERS")
        check.press_told("record:outside")
        assert "/invite" in check.told
        over_http.slack.arrange("C0PARTNERS", bot_is_member=True)
        check.press_told("record:outside")
        assert len(posted(over_http.slack)) == 1

    def test_posted_back_twice_it_stands_there_once_a_version(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        thread = over_http.slack.say(LIN, "shall we?", channel="C0GENERAL")
        origin = "UPDATE sessions SET origin_channel='C0GENERAL', origin_thread=:thread"
        over_http.bot.store.turn(lambda conn: conn.execute(origin, {"thread": thread}))
        check.change("eval pairs", str(PAIRS + 300))
        self.press_twice(check, check.card, "report:post_back")
        assert len(posted(over_http.slack)) == 1
        assert "already" in check.told
        check.change("eval pairs", "1,400")
        check.press("report:post_back")
        assert len(posted(over_http.slack)) == 2

    def test_a_dialog_sent_twice_posts_once_also_when_it_was_drawn_anew_meanwhile(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.share()
        sent = over_http.slack.deliveries("interactive")[-1].payload
        assert sent["type"] == "view_submission"
        again = sent | {"view": sent["view"] | {"hash": "1.redrawn"}, "trigger_id": "1.2.3"}
        assert over_http.slack.deliver(again).ok
        check.settle()
        assert len(posted(over_http.slack)) == 1

    def test_a_dialog_and_a_click_that_are_delivered_twice_have_one_effect(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.share()
        submission = over_http.slack.deliveries("interactive")[-1].payload
        assert over_http.slack.deliver(submission).ok
        check.settle()
        check.change("eval pairs", "900")
        check.press("report:update")
        calls = len(over_http.slack.calls())
        assert over_http.slack.deliver(over_http.slack.deliveries("interactive")[-1].payload).ok
        check.settle()
        assert len(posted(over_http.slack)) == 1
        assert len(over_http.slack.calls()) == calls

    @pytest.mark.parametrize("there", [True, False], ids=["it is there", "it is not"])
    def test_a_post_whose_answer_was_lost_is_asked_about_and_stands_once(
        self, over_http: Workspace, decided: Decide, there: bool
    ) -> None:
        check = decided(over_http)
        fault: Fault = {"reset": "after"} if there else {"status": 500}
        over_http.slack.faults.add("chat.postMessage", fault)
        check.share()
        assert "Is it there?" in check.told
        over_http.restart()
        check.settle()
        assert len(posted(over_http.slack)) == there, "not even a restart posts it again"
        check.press_told("record:was_posted" if there else "record:post_again")
        (record,) = posted(over_http.slack)
        assert "record:post_again" not in str(over_http.slack.messages("D0ADA")), "the question is answered"
        assert len(over_http.rows("SELECT * FROM shares")) == 1
        assert "Posted in <#C0GENERAL>" in str(over_http.slack.messages("D0ADA"))
        if there:  # where it stands is known once somebody has pressed it
            check.change("eval pairs", "900")
            check.press("report:update")
            assert "Press *Ask about this* on it once" in check.told
            assert over_http.slack.click(LIN, record["ts"], "record:how", "C0GENERAL") == 200
            check.settle()
        assert over_http.rows("SELECT ts FROM shares") == [(record["ts"],)]

    def test_only_who_wanted_the_post_can_say_that_it_is_there(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        over_http.slack.faults.add("chat.postMessage", {"reset": "after"})
        check.share()
        pressed = over_http.slack.deliveries("interactive")[-1].payload
        ((row,),) = over_http.rows("SELECT id FROM outbox WHERE doubt=2")
        action = {"type": "button", "action_id": "record:post_again", "value": str(row), "action_ts": "77.1"}
        forged = pressed | {"type": "block_actions", "user": {"id": LIN, "name": "lin"}, "actions": [action]}
        assert over_http.slack.deliver(forged | {"team": {"id": "T0LOCAL"}}).ok
        over_http.slack.wait_idle()
        assert over_http.rows("SELECT doubt FROM outbox WHERE doubt > 0") == [(2,)]

    def test_a_crash_between_post_and_note_asks_and_posts_nothing_twice(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        over_http.bot.store.turn(
            lambda conn: conn.execute(
                "CREATE TRIGGER keep AFTER DELETE ON outbox WHEN OLD.said LIKE '%\"shared\"%' BEGIN"
                " INSERT INTO seen VALUES ('row:' || OLD.doubt || OLD.said, ''); END"
            )
        )
        record = check.share()
        over_http.stop()
        with sqlite3.connect(over_http.db) as conn:  # as it was before the note
            conn.execute("DROP TRIGGER keep")
            conn.execute("DELETE FROM shares")
            (said,) = conn.execute("SELECT substr(key, 6) FROM seen WHERE key LIKE 'row:1%'").fetchone()
            row = ("", "T0LOCAL", "C0GENERAL", said, "2026-01-01T00:00:00Z", ADA, 1)
            columns = "(enterprise, team, lane, said, at, person, doubt)"
            conn.execute(f"INSERT INTO outbox {columns} VALUES (?,?,?,?,?,?,?)", row)  # noqa: S608 - names of ours
        conn.close()
        over_http.start()
        over_http.quiet()
        assert posted(over_http.slack) == [record]
        assert "Is it there?" in check.told


def test_the_list_of_decisions_says_how_many_there_are_and_pages(over_http: Workspace, decided: Decide) -> None:
    check = decided(over_http, title="Number 0")
    check.share()

    def more(conn: Connection) -> None:
        row = dict(conn.execute("SELECT * FROM shares").fetchone())
        session = dict(conn.execute("SELECT * FROM sessions").fetchone())
        report = dict(conn.execute("SELECT * FROM reports").fetchone())
        for n in range(1, 23):
            id = f"{n:032x}"
            for table, kept in (
                ("sessions", session | {"id": id, "thread_ts": ""}),
                ("reports", report | {"session": id}),
                (
                    "shares",
                    row | {"id": f"s{id}", "session": id, "title": f"Number {n}", "posted_at": f"2026-01-{n:02}"},
                ),
            ):
                names = ", ".join(kept)
                marks = ", ".join(f":{name}" for name in kept)
                conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", kept)  # noqa: S608
        as_written(conn)

    over_http.bot.store.turn(more)
    first = str(decisions(over_http, ADA))
    assert "(1 to 20 of 23)" in first
    assert "`/finetune decisions page 2` shows older ones." in first
    second = str(decisions(over_http, ADA, "page 2"))
    assert "(21 to 23 of 23)" in second
    assert "Number 1:" in second
    assert "older ones" not in second
    assert "(21 to 23 of 23)" in str(decisions(over_http, ADA, "number page 9"))

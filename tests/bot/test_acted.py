"""A message somebody acted on says what became of it; who pressed what goes on elsewhere is told where."""

from typing import Any

import pytest

from bot.local import LocalSlack
from bot.local.faults import Fault
from tests.bot.conftest import Decide, Pressable, Words, Workspace

ADA, LIN = "U0ADA", "U0LIN"
GENERAL, DM = "C0GENERAL", "D0ADA"
LINE = "1M calls/yr, $0.03 -> $0.001, 5k labels at $1, gpu $500, $200/mo"
CHECKS = "SELECT id FROM sessions"


def link_to(workspace: Workspace, user: str = ADA) -> str:
    """How the address of the card that stands last in a person's DM ends."""
    card = [m for m in workspace.slack.messages(f"D{user[1:]}") if m.get("bot_id")][-1]
    root = card.get("thread_ts", card["ts"])
    return f"#D{user[1:]}/{root}/{card['ts']}" if root != card["ts"] else f"#D{user[1:]}/{card['ts']}"


def said_to(slack: LocalSlack, user: str, words: Words) -> str:
    return words(slack.ephemerals(user)[-1])


def pressed_again(slack: LocalSlack, at: str = "9.1") -> None:
    """A second press that was on its way when the first one was answered."""
    seen = slack.deliveries("interactive")[-1].payload
    assert slack.deliver(seen | {"actions": [seen["actions"][0] | {"action_ts": at}]}).ok


@pytest.fixture
def answered(over_http: Workspace) -> dict[str, Any]:
    """The answer to Ada's mention in #general."""
    root = over_http.slack.mention(ADA, GENERAL, "should we fine-tune our triage?")
    over_http.quiet()
    return over_http.slack.messages(GENERAL, root)[-1]


class TestAnswerInADm:
    def press(self, workspace: Workspace, message: dict[str, Any], user: str = ADA) -> dict[str, Any]:
        assert workspace.slack.click(user, message["ts"], "session:start:mention:U0ADA", GENERAL) == 200
        workspace.quiet()
        return next(m for m in workspace.slack.messages(GENERAL, message["thread_ts"]) if m["ts"] == message["ts"])

    def test_who_asked_is_told_where_it_goes_on_and_the_thread_that_it_does(
        self, over_http: Workspace, answered: dict[str, Any], pressable: Pressable, words: Words
    ) -> None:
        now = self.press(over_http, answered)
        assert pressable(now) == {}
        assert "ada goes on with me in a DM" in words(now)
        assert "D0ADA" not in str(now["blocks"]), "the address of a DM is for its owner alone"
        assert link_to(over_http) in said_to(over_http.slack, ADA, words)
        assert "should we fine-tune our triage?" in said_to(over_http.slack, ADA, words)

    def test_who_only_reads_along_begins_their_own_and_takes_it_from_nobody(
        self, over_http: Workspace, answered: dict[str, Any], pressable: Pressable, words: Words
    ) -> None:
        now = self.press(over_http, answered, LIN)
        assert list(pressable(now)) == ["session:start:mention:U0ADA"]
        assert link_to(over_http, LIN) in said_to(over_http.slack, LIN, words)
        self.press(over_http, answered)
        assert len(over_http.rows(CHECKS)) == 2

    def test_pressed_twice_it_is_one_check(self, over_http: Workspace, answered: dict[str, Any]) -> None:
        self.press(over_http, answered)
        pressed_again(over_http.slack)
        over_http.quiet()
        assert len(over_http.rows(CHECKS)) == 1

    def test_a_button_of_an_earlier_release_is_still_heard(
        self, over_http: Workspace, answered: dict[str, Any]
    ) -> None:
        self.press(over_http, answered, LIN)
        seen = over_http.slack.deliveries("interactive")[-1].payload
        earlier = seen["actions"][0] | {"action_id": "session:start:mention", "action_ts": "9.2"}
        assert over_http.slack.deliver(seen | {"actions": [earlier]}).ok
        over_http.quiet()
        assert len(over_http.rows("SELECT id FROM sessions WHERE origin_channel='C0GENERAL'")) == 2

    @pytest.mark.parametrize("fault", [{"error": "message_not_found"}, {"status": 500}])
    def test_without_an_address_it_is_told_in_words(
        self, over_http: Workspace, answered: dict[str, Any], words: Words, fault: Fault
    ) -> None:
        over_http.slack.faults.add("chat.getPermalink", fault, times=9)
        over_http.hurry()
        self.press(over_http, answered)
        told = said_to(over_http.slack, ADA, words)
        over_http.hurry(on=False)
        assert "goes on in our DM." in told
        assert "open it" not in told


class TestWherever:
    def test_a_record_s_start_my_own(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        record = decided(over_http).share()
        menu = next(e for b in record["blocks"] for e in b.get("elements", ()) if e.get("action_id") == "record:more")
        (own,) = (each["value"] for each in menu["options"] if each["value"].startswith("start_own"))
        assert over_http.slack.click(LIN, record["ts"], "record:more", GENERAL, option=own) == 200
        over_http.quiet()
        assert link_to(over_http, LIN) in said_to(over_http.slack, LIN, words)
        assert over_http.slack.ephemerals(LIN)[-1]["channel"] == GENERAL
        now = next(m for m in over_http.slack.messages(GENERAL) if m["ts"] == record["ts"])
        assert "record:more" in str(now), "others read it too"

    def test_the_command_s_start_and_resume(self, over_http: Workspace, words: Words) -> None:
        for word in ("start", "resume"):
            ack = over_http.slack.command(ADA, "/finetune", word, channel=GENERAL)
            assert "waiting in our DM" in str(ack), "at once, and in words"
            over_http.quiet()
            assert link_to(over_http) in said_to(over_http.slack, ADA, words)

    def test_the_command_s_menu_stays_and_its_press_is_answered_beside_it(
        self, over_http: Workspace, pressable: Pressable, words: Words
    ) -> None:
        over_http.slack.command(ADA, "/finetune", "", channel=GENERAL)
        (menu,) = over_http.slack.ephemerals(ADA)
        assert over_http.slack.click(ADA, menu["ts"], "session:start", GENERAL) == 200
        over_http.quiet()
        assert link_to(over_http) in said_to(over_http.slack, ADA, words)
        assert pressable(over_http.slack.ephemerals(ADA)[0]) == pressable(menu)

    @pytest.mark.parametrize("action_id", ["home:open:20", "home:more:20"])
    def test_from_home_a_dialog_says_it(
        self, over_http: Workspace, decided: Decide, words: Words, action_id: str
    ) -> None:
        decided(over_http)
        over_http.slack.open(ADA, "home")
        over_http.quiet()
        view = over_http.slack.wait_for(lambda: over_http.slack.home(ADA))
        elements = [e for block in view["blocks"] for e in (*block.get("elements", ()), block.get("accessory") or {})]
        picks = [each["value"] for e in elements for each in e.get("options", ()) if "revise" in each["value"]]
        pick = {"option": picks[0]} if "more" in action_id else {}
        assert over_http.slack.click(ADA, action_id=action_id, view_id=view["id"], **pick) == 200
        over_http.quiet()
        (dialog,) = over_http.slack.modals(ADA)
        assert link_to(over_http) in words(dialog)
        assert "Our support tone" in words(dialog)

    def test_the_shortcut_of_the_workspace(self, over_http: Workspace, words: Words) -> None:
        assert over_http.slack.shortcut(ADA, "start_check") == 200
        over_http.quiet()
        (dialog,) = over_http.slack.modals(ADA)
        assert link_to(over_http) in words(dialog)

    @pytest.mark.parametrize("channel", [GENERAL, "C0ELSEWHERE"])
    def test_the_shortcut_on_a_message_also_where_the_bot_is_no_member(
        self, over_http: Workspace, words: Words, channel: str
    ) -> None:
        said = over_http.slack.say(LIN, "let us tune the triage model", channel=channel)
        assert over_http.slack.message_shortcut(ADA, "check_message", channel, said) == 200
        over_http.quiet()
        told = over_http.slack.ephemerals(ADA)[-1]
        assert link_to(over_http) in words(told)
        assert told["channel"] == channel
        assert over_http.slack.messages(channel)[-1]["text"] == "let us tune the triage model"

    def test_a_reminder_s_decide_again(
        self, over_http: Workspace, decided: Decide, pressable: Pressable, words: Words
    ) -> None:
        check = decided(over_http)
        check.press("report:remind", "30")
        over_http.clock.move(30 * 86_400 + 60)
        asked = check.slack.wait_for(lambda: [m for m in check.slack.messages(DM) if "record:again" in pressable(m)])[
            -1
        ]
        over_http.quiet()
        assert check.slack.click(ADA, asked["ts"], "record:again", DM) == 200
        over_http.quiet()
        now = next(m for m in check.slack.messages(DM) if m["ts"] == asked["ts"])
        assert pressable(now) == {}
        assert link_to(over_http) in words(now)


class TestQuickRoi:
    @pytest.fixture
    def card(self, over_http: Workspace) -> dict[str, Any]:
        over_http.slack.command(ADA, "/finetune", f"roi {LINE}", channel=GENERAL)
        return over_http.slack.ephemerals(ADA)[-1]

    def now(self, workspace: Workspace, card: dict[str, Any]) -> dict[str, Any]:
        return next(m for m in workspace.slack.ephemerals(ADA) if m["ts"] == card["ts"])

    def test_a_full_check_is_told_below_the_figures_it_begins_with(
        self, over_http: Workspace, card: dict[str, Any], pressable: Pressable, words: Words
    ) -> None:
        assert over_http.slack.click(ADA, card["ts"], "roi:check", GENERAL) == 200
        over_http.quiet()
        now = self.now(over_http, card)
        assert pressable(now) == {}
        assert link_to(over_http) in words(now)
        assert "3.67x" in words(now)
        pressed_again(over_http.slack)
        over_http.quiet()
        assert len(over_http.rows(CHECKS)) == 1, "pressed twice it is one check"

    def test_from_its_dialog_the_dialog_says_it(self, over_http: Workspace, pressable: Pressable, words: Words) -> None:
        over_http.slack.command(ADA, "/finetune", "roi", channel=GENERAL)
        over_http.slack.wait_for(lambda: over_http.slack.modals(ADA))
        over_http.slack.submit(ADA, {
            "calls_per_year": "1M", "usd_per_call_now": "0.03", "usd_per_call_after": "0.001", "labeled_pairs": "0",
            "training_pairs": "5k", "usd_per_label": "1", "training_usd": "500", "upkeep_usd_per_month": "200",
        })  # fmt: skip
        over_http.quiet()
        (view,) = over_http.slack.modals(ADA)
        assert over_http.slack.click(ADA, action_id="roi:check", view_id=view["id"]) == 200
        over_http.quiet()
        (view,) = over_http.slack.modals(ADA)
        assert pressable(view) == {}
        assert link_to(over_http) in words(view)

    def test_posted_it_says_so_and_can_be_adjusted_still(
        self, over_http: Workspace, card: dict[str, Any], pressable: Pressable, words: Words
    ) -> None:
        assert over_http.slack.click(ADA, card["ts"], "roi:post", GENERAL) == 200
        over_http.quiet()
        now = self.now(over_http, card)
        assert "Posted here for everybody" in words(now)
        assert list(pressable(now)) == ["roi:adjust", "roi:check"]


class TestUnderOurMessages:
    """What is said under a note of the bot's may be meant for it: no check begins by itself."""

    @pytest.fixture
    def note(self, over_http: Workspace) -> dict[str, Any]:
        """A line of the bot's at the top of Ada's DM."""
        over_http.slack.command(ADA, "/finetune", "start", channel=GENERAL)
        over_http.quiet()
        over_http.slack.open(ADA, "home")
        view = over_http.slack.wait_for(lambda: over_http.slack.home(ADA))
        over_http.quiet()
        over_http.slack.click(ADA, action_id="home:forget", view_id=over_http.home(ADA)["id"] or view["id"])
        over_http.quiet()
        return over_http.slack.messages(DM)[-1]

    def test_a_reply_begins_no_check_and_can_on_request(
        self, over_http: Workspace, note: dict[str, Any], pressable: Pressable, words: Words
    ) -> None:
        over_http.slack.say(ADA, "our summaries are too long", thread_ts=note["ts"])
        over_http.quiet()
        assert over_http.rows(CHECKS) == []
        asked = over_http.slack.messages(DM, note["ts"])[-1]
        assert list(pressable(asked)) == ["session:start:once"], "there is no check to resume"
        assert over_http.slack.click(ADA, asked["ts"], "session:start:once", DM) == 200
        over_http.quiet()
        assert over_http.rows("SELECT text FROM answers WHERE n=0") == [("our summaries are too long",)]
        now = over_http.slack.messages(DM, note["ts"])[-1]
        assert pressable(now) == {}
        assert link_to(over_http) in words(now)

    def test_under_one_s_own_words_it_does(self, over_http: Workspace) -> None:
        root = over_http.slack.say(ADA, "help")
        over_http.quiet()
        over_http.slack.say(ADA, "our summaries are too long", thread_ts=root)
        over_http.quiet()
        assert len(over_http.rows(CHECKS)) == 1

    def test_a_check_whose_card_we_posted_goes_on_in_its_thread(self, over_http: Workspace) -> None:
        over_http.slack.command(ADA, "/finetune", "start", channel=GENERAL)
        over_http.quiet()
        card = over_http.slack.messages(DM)[-1]
        over_http.slack.say(ADA, "classification", thread_ts=card["ts"])
        over_http.quiet()
        assert over_http.rows("SELECT field FROM answers WHERE verb='answer'") == [("goal",)]

    def test_a_comment_below_a_report_is_thanked_for_where_it_was_asked_and_begins_no_conversation(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        before = [m["ts"] for m in check.slack.messages(DM)]
        check.press("feedback:down")
        check.slack.submit(ADA, {"note": "no word on latency"})
        check.settle()
        assert said_to(check.slack, ADA, words) == "Thank you."
        assert [m["ts"] for m in check.slack.messages(DM)] == before
        assert len(over_http.rows(CHECKS)) == 1


class TestTrueReasons:
    def test_an_offer_to_show_the_current_check_is_resolved(
        self, over_http: Workspace, decided: Decide, pressable: Pressable, words: Words
    ) -> None:
        check = decided(over_http)
        check.press("feedback:up")
        seen = check.slack.deliveries("interactive")[-1].payload
        odd = seen["actions"][0] | {"action_id": "session:fly", "block_id": "x", "action_ts": "3.1"}
        gone = {name: value for name, value in seen.items() if name != "message"}
        gone |= {"container": seen["container"] | {"message_ts": "1.000001", "thread_ts": "1.000001"}}
        assert check.slack.deliver(gone | {"actions": [odd]}).ok
        over_http.quiet()
        stale = check.slack.ephemerals(ADA)[-1]
        assert "moved on" in words(stale)
        check.slack.click(ADA, stale["ts"], "session:resume:once", DM)
        over_http.quiet()
        now = next(m for m in check.slack.ephemerals(ADA) if m["ts"] == stale["ts"])
        assert pressable(now) == {}
        assert link_to(over_http) in words(now)

    def test_an_undo_that_comes_too_late_says_so(self, over_http: Workspace, decided: Decide, words: Words) -> None:
        check = decided(over_http)
        record = check.share()
        check.slack.click(ADA, record["ts"], "record:take_down", GENERAL)
        check.settle()
        note = check.slack.ephemerals(ADA)[-1]
        over_http.clock.move(61)
        over_http.wait_for(lambda: not over_http.rows("SELECT 1 FROM shares"))
        check.slack.click(ADA, note["ts"], "record:keep", GENERAL)
        over_http.quiet()
        assert "too late" in words(check.slack.ephemerals(ADA)[-1])
        assert check.slack.ephemerals(ADA)[-1]["ts"] == note["ts"]

    def test_a_check_without_a_report_is_not_said_to_be_somebody_else_s(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.press("feedback:up")
        over_http.rows("DELETE FROM reports")
        pressed_again(check.slack)
        over_http.quiet()
        assert "no report yet" in said_to(check.slack, ADA, words)

    def test_a_check_that_was_asked_for_in_no_thread_can_be_posted_in_none(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.press("feedback:up")
        seen = check.slack.deliveries("interactive")[-1].payload
        forged = seen["actions"][0] | {"type": "button", "action_id": "report:post_back", "action_ts": "9.4"}
        assert check.slack.deliver(seen | {"actions": [forged]}).ok
        over_http.quiet()
        assert "was not asked for in a thread" in said_to(check.slack, ADA, words)

    def test_a_card_of_a_deleted_check_says_that_it_is_gone(self, over_http: Workspace, words: Words) -> None:
        talk = over_http.open()
        over_http.quiet()
        over_http.rows("DELETE FROM sessions")
        assert over_http.slack.click(ADA, talk.card["ts"], "session:help") == 200
        over_http.quiet()
        assert "This check is gone" in said_to(over_http.slack, ADA, words)

    def test_a_record_whose_check_was_deleted_says_that_and_blames_nobody_else(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        record = decided(over_http).share()
        over_http.rows("DELETE FROM sessions")
        over_http.slack.click(LIN, record["ts"], "record:follow", GENERAL)
        over_http.quiet()
        assert "was deleted by its owner, or is not kept any longer" in said_to(over_http.slack, LIN, words)

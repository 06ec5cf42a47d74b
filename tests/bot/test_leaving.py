"""Leaving: a workspace lets go of the bot, a person deletes their data, time passes."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.check.conversation import Conversation
from bot.local import payloads
from bot.messages import OutgoingMessage, Request
from bot.slack.workspace import CannotStart
from bot.store.database import Connection
from bot.store.retention import DAY_SECONDS
from tests.bot.conftest import ON_A_FILE, Decide, Pressable, Words, Workspace

ADA, LIN, TEAM = "U0ADA", "U0LIN", "T0LOCAL"


def left(workspace: Workspace, *events: dict[str, Any]) -> None:
    """Bring these events; unlike ``uninstall`` the token stays good, so that silence is the bot's own."""
    for event in events:
        assert workspace.slack.deliver(event).ok


def kept(workspace: Workspace) -> list[int]:
    counts = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM answers), (SELECT count(*) FROM reports)"
    return list(workspace.rows(counts)[0])


class TestWorkspace:
    @pytest.mark.parametrize(
        "events",
        [("uninstalled",), ("revoked",), ("uninstalled", "revoked"), ("revoked", "uninstalled", "revoked")],
        ids=" then ".join,
    )
    def test_nothing_more_is_said_and_the_data_stays(
        self, workspace: Workspace, events: tuple[str, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        talk = workspace.open().up_to("eval_pairs")
        workspace.quiet()
        before, calls = kept(workspace), len(workspace.slack.calls())
        left(workspace, *(getattr(payloads, name)() for name in events))
        workspace.slack.click(ADA, talk.card["ts"], "session:help")
        workspace.slack.say(ADA, "900", thread_ts=talk.root)
        workspace.slack.wait_idle()
        assert len(workspace.slack.calls()) == calls
        assert kept(workspace)[0] == before[0]
        assert kept(workspace)[1] >= before[1]
        assert f"python -m bot purge {TEAM}" in caplog.text
        assert "Our own tone" not in caplog.text
        assert workspace.rows("SELECT team FROM installations") == [(TEAM,)]
        workspace.bot.store.turn(lambda conn: conn.execute("DELETE FROM outbox"))

    def test_a_persons_own_token_taken_back_is_no_goodbye(self, workspace: Workspace) -> None:
        event = payloads.revoked()
        event["event"]["tokens"] = {"oauth": [ADA], "bot": []}
        left(workspace, event)
        assert workspace.open().pending == "goal"
        assert workspace.rows("SELECT team FROM installations") == []

    @pytest.mark.parametrize("order", ["uninstall revoke", "revoke uninstall"])
    def test_after_a_real_one_a_start_is_refused_until_a_reinstall_which_says_what_waited(
        self, over_http: Workspace, order: str
    ) -> None:
        talk = over_http.open().up_to("eval_pairs")
        over_http.quiet()
        for what in order.split():
            getattr(over_http.slack, what)()
        over_http.until("SELECT 1 FROM installations")
        over_http.slack.click(ADA, talk.card["ts"], "answer:eval_pairs:unknown")
        over_http.slack.wait_idle()
        before = kept(over_http)
        over_http.stop()
        with pytest.raises(CannotStart, match="account_inactive"):
            over_http.start()
        over_http.slack.workspace.inactive = False
        over_http.start()
        over_http.quiet()
        assert over_http.rows("SELECT team FROM installations") == []
        assert kept(over_http) == before
        asked = talk.pending
        assert asked not in ("", "eval_pairs"), "the card that was not said is said now"
        assert talk.answer("unknown").pending != asked

    def test_a_start_for_another_workspace_says_nothing_for_the_one_that_left(self, over_http: Workspace) -> None:
        outbox, conversation = over_http.bot.outbox, over_http.bot.handlers.conversation
        outbox.stop_team("T0OTHER")
        conversation.strayed(Request("late", "T0OTHER", ADA, "D0ADA"))
        goodbye = "INSERT INTO installations VALUES ('', 'T0OTHER', '2026-01-01T00:00:00Z')"
        over_http.bot.store.turn(lambda conn: conn.execute(goodbye))
        over_http.stop()
        over_http.start()
        over_http.slack.say(LIN, "help")
        over_http.slack.wait_for(lambda: over_http.slack.messages("D0LIN")[1:])
        assert over_http.slack.calls("chat.postEphemeral") == []
        assert over_http.rows("SELECT count(*) FROM outbox WHERE team='T0OTHER'") == [(1,)]
        assert over_http.rows("SELECT team FROM installations") == [("T0OTHER",)]


MANY_PAIRS = "171700717"  # four digits stand in a file's random ids by chance
CANARIES = ("zibeline", "quokka", "V. Haltavuori", MANY_PAIRS, "0.0371", "nudibranch", "ocelot", "tapir")


def posts(workspace: Workspace) -> list[dict[str, Any]]:
    return [message for message in workspace.slack.messages("C0GENERAL") if message.get("bot_id")]


class TestPerson:
    @pytest.fixture
    def full(self, over_http: Workspace, answers: dict[str, str]) -> Workspace:
        """Ada has said, decided, posted, rated, offered and arranged all there is; Lin has a check of her own."""
        slack = over_http.slack
        said = answers | {
            "retrain_owner": "V. Haltavuori",
            "eval_pairs": MANY_PAIRS,
            "usd_per_call_now": "$0.0371",
        }
        talk = over_http.open("The zibeline project for the quokka team").until_report(said, typed=True)
        slack.click(ADA, talk.card["ts"], "report:share")
        slack.wait_for(lambda: slack.modals(ADA))
        slack.submit(ADA, {"channel": "C0GENERAL", "note": "nudibranch"})
        over_http.until("SELECT 1 FROM shares WHERE link != ''")
        slack.click(ADA, talk.card["ts"], "report:remind", option="90")
        over_http.until("SELECT 1 FROM outbox WHERE due != '' AND session IS NOT NULL")
        slack.click(ADA, talk.card["ts"], "feedback:down")
        note = slack.wait_for(lambda: [v for v in slack.modals(ADA) if v["callback_id"] == "feedback"])[-1]
        slack.submit(ADA, {"note": "ocelot"}, view_id=note["id"])
        slack.click(ADA, talk.card["ts"], "report:hand_over")
        slack.wait_for(lambda: [v for v in slack.modals(ADA) if v["callback_id"] == "hand_over"])
        slack.submit(ADA, {"person": LIN})
        for n in range(8):
            over_http.open(f"tapir {n} " + "tapir " * 60).answer("company_voice").type("tapir")
        over_http.open("Lin keeps this", LIN).up_to("eval_pairs")
        return over_http

    def traces(self, db: Path) -> list[str]:
        files = [path for path in db.parent.glob(f"{db.name}*") if path.is_file()]
        held = b"".join(path.read_bytes() for path in files)
        return [canary for canary in CANARIES if canary.encode() in held]

    @ON_A_FILE
    def test_typed_it_asks_to_be_confirmed_and_then_leaves_no_byte_of_the_answers(
        self, full: Workspace, pressable: Pressable, words: Words
    ) -> None:
        assert set(self.traces(full.db)) == set(CANARIES), "they are there to be found"
        root = full.slack.say(ADA, "Delete my data.")
        (ask,) = full.slack.wait_for(lambda: full.slack.messages("D0ADA", root)[1:])
        assert pressable(ask)["home:forget"]["confirm"]
        assert kept(full)[0] == 10, "nothing is deleted before it is confirmed"
        full.slack.click(ADA, ask["ts"], "home:forget")
        (confirmed,) = full.slack.wait_for(
            lambda: [m for m in full.slack.messages("D0ADA") if "Deleted: 9 checks" in words(m)]
        )
        assert "taken out of <#C0GENERAL>" in words(confirmed), "what is deleted does not stay posted"
        full.quiet()
        assert not posts(full), "their record is gone from its channel"
        assert full.rows("SELECT owner FROM sessions") == [(LIN,)]
        for table in ("shares", "feedback", "handovers", "people", "reports"):
            assert full.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608
        assert full.rows("SELECT 1 FROM outbox WHERE lane='U0ADA'") == []
        full.scrubbed()
        assert self.traces(full.db) == []
        assert b"Lin keeps this" in full.db.read_bytes()

    @ON_A_FILE
    def test_pressed_on_home_the_tab_is_as_on_the_first_day(self, full: Workspace, words: Words) -> None:
        full.slack.open(ADA, "home")
        view = full.slack.wait_for(lambda: full.slack.home(ADA))
        full.slack.click(ADA, action_id="home:forget", view_id=view["id"])
        full.slack.wait_for(lambda: "three minutes" in words(full.home(ADA)))
        full.quiet()
        assert "tapir" not in words(full.home(ADA))
        full.scrubbed()
        assert self.traces(full.db) == []
        assert full.rows("SELECT * FROM people") == []

    def test_twice_is_as_good_as_once(self, full: Workspace, words: Words) -> None:
        def said(told: str) -> bool:
            return any(told in words(message) for message in full.slack.messages("D0ADA"))

        root = full.slack.say(ADA, "delete my data")
        (ask,) = full.slack.wait_for(lambda: full.slack.messages("D0ADA", root)[1:])
        full.slack.click(ADA, ask["ts"], "home:forget")
        full.slack.wait_for(partial(said, "Deleted: 9 check"))
        full.quiet()
        now = full.slack.messages("D0ADA", root)[1]
        assert "home:forget" not in str(now), "it is resolved"
        assert "You had your data deleted" in words(now)
        seen = full.slack.deliveries("interactive")[-1].payload
        assert full.slack.deliver(seen | {"actions": [seen["actions"][0] | {"action_ts": "9.1"}]}).ok
        full.slack.wait_for(partial(said, "Deleted: 0 check"))
        full.quiet()
        assert full.rows("SELECT owner FROM sessions") == [(LIN,)]

    def forget(self, workspace: Workspace) -> dict[str, Any]:
        """Press *Delete my data* on Home; what was pressed, as it was brought to the bot."""
        workspace.slack.open(ADA, "home")
        view = workspace.slack.wait_for(lambda: workspace.slack.home(ADA))
        workspace.slack.click(ADA, action_id="home:forget", view_id=view["id"])
        workspace.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM shares)")
        workspace.quiet()
        return workspace.slack.deliveries("interactive")[-1].payload

    def test_before_the_press_it_says_what_goes_from_channels_and_what_stays(
        self, full: Workspace, pressable: Pressable
    ) -> None:
        full.slack.open(ADA, "home")
        view = full.slack.wait_for(lambda: full.slack.home(ADA))
        asked = pressable(view)["home:forget"]["confirm"]["text"]["text"]
        for said in ("taken out of their channels", "threads below them stays", "quick results", "hand over first"):
            assert said in asked

    @pytest.mark.parametrize("refused", ["cant_delete_message", "compliance_exports_prevent_deletion"])
    def test_a_record_that_may_not_be_deleted_loses_its_words(
        self, full: Workspace, words: Words, refused: str
    ) -> None:
        full.slack.faults.add("chat.delete", {"error": refused})
        self.forget(full)
        (left,) = posts(full)
        assert "The owner of this record took it down." in words(left)
        assert "zibeline" not in str(left), "no word of theirs"
        assert "Still posted" not in words(full.slack.messages("D0ADA")[-1])

    def test_one_that_slack_will_not_let_us_touch_is_told_with_its_link(self, full: Workspace, words: Words) -> None:
        full.slack.faults.add("chat.delete", {"error": "is_archived"})
        full.slack.arrange("C0GENERAL", is_archived=True)
        self.forget(full)
        told = [words(message) for message in full.slack.messages("D0ADA") if "Still posted" in words(message)]
        assert len(told) == 1
        assert "/#C0GENERAL/" in told[0]

    def test_a_button_that_said_that_records_stay_leaves_them_and_lists_them(
        self, full: Workspace, words: Words
    ) -> None:
        """Of an earlier release; what stays tells nothing more."""
        record = posts(full)[0]
        full.slack.open(ADA, "home")
        view = full.slack.wait_for(lambda: full.slack.home(ADA))
        full.slack.click(ADA, action_id="home:reminders", view_id=view["id"])
        full.quiet()
        pressed = full.slack.deliveries("interactive")[-1].payload
        action = {"type": "button", "action_id": "home:forget", "block_id": "b", "action_ts": "1999999999.2"}
        assert full.slack.deliver(pressed | {"actions": [action]}).ok
        full.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM shares)")
        full.quiet()
        assert posts(full) == [record]
        assert any("/#C0GENERAL/" in words(message) for message in full.slack.messages("D0ADA"))
        full.slack.click(LIN, record["ts"], "record:how", channel="C0GENERAL")
        full.quiet()
        assert "Not found" in words(full.slack.ephemerals(LIN)[-1])

    def test_one_check_takes_its_own_records_along_and_says_so_before(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share()
        other = decided(over_http, LIN, "Another one")
        other.share()
        slack = over_http.slack
        slack.open(ADA, "home")
        view = slack.wait_for(lambda: slack.home(ADA))
        menu = next(e for b in view["blocks"] for e in b.get("elements", ()) if e["action_id"].startswith("home:more"))
        value = next(each["value"] for each in menu["options"] if each["value"].startswith("delete:"))
        slack.click(ADA, action_id=menu["action_id"], view_id=view["id"], option=value)
        (asked,) = slack.wait_for(lambda: slack.modals(ADA))
        assert "taken out of <#C0GENERAL>" in words(asked)
        slack.click(ADA, action_id="home:delete", view_id=asked["id"])
        over_http.until("SELECT 1 FROM shares GROUP BY team HAVING count(*) = 1")
        over_http.quiet()
        (left,) = posts(over_http)
        assert "Another one" in words(left)

    def test_a_deleted_check_whose_record_is_just_being_posted_holds_up_nobody(self, over_http: Workspace) -> None:
        def gone(conn: Connection) -> list[OutgoingMessage]:
            conn.execute("DELETE FROM sessions")
            return []

        talk = over_http.open().until_report()
        slack = over_http.slack
        slack.click(ADA, talk.card["ts"], "report:share")
        slack.wait_for(lambda: slack.modals(ADA))
        answered = threading.Event()
        slack.faults.add("chat.postMessage", {"until": answered})
        slack.submit(ADA, {"channel": "C0GENERAL"})
        posting = "SELECT 1 FROM outbox WHERE lane='C0GENERAL' AND said LIKE '%chat.postMessage%'"
        over_http.until(posting)
        over_http.bot.turns.take(Request("gone", TEAM, ADA, ""), gone)
        answered.set()
        over_http.quiet()
        assert over_http.rows("SELECT * FROM shares") == []


class TestTime:
    @ON_A_FILE
    def test_a_check_nobody_touched_for_so_long_is_gone_without_a_word_or_a_trace(
        self, over_http: Workspace, conversation: Conversation, days_pass: Callable[[int], None]
    ) -> None:
        conversation.start(Request("a", TEAM, ADA, "D0ADA"), "the zibeline idea")
        days_pass(29)
        conversation.start(Request("b", TEAM, ADA, "D0ADA"), "a younger idea")
        over_http.quiet()
        calls = len(over_http.slack.calls())
        days_pass(3)  # one of them is grace
        assert over_http.rows("SELECT text FROM answers") == [("a younger idea",)]
        over_http.scrubbed()
        assert b"zibeline" not in over_http.db.read_bytes()
        assert len(over_http.slack.calls()) == calls

    @ON_A_FILE
    @pytest.mark.parametrize("leap", [31, 366, 36_500])
    def test_a_leap_of_the_clock_deletes_nothing_that_was_touched_in_the_file_s_own_time(
        self,
        over_http: Workspace,
        conversation: Conversation,
        days_pass: Callable[[int], None],
        clock: list[float],
        caplog: pytest.LogCaptureFixture,
        leap: int,
    ) -> None:
        """Nor at the first look, nor an hour or a day later; and time that was lived counts as before."""
        conversation.start(Request("a", TEAM, ADA, "D0ADA"), "the zibeline idea")
        days_pass(20)
        clock[0] += leap * DAY_SECONDS
        days_pass(2)  # the first of them is the first look after it
        conversation.start(Request("b", TEAM, ADA, "D0ADA"), "after the leap")
        assert len(over_http.rows("SELECT id FROM sessions")) == 2
        assert f"is {leap + 1} days ago; that time ages nothing" in caplog.text
        days_pass(12)
        assert over_http.rows("SELECT text FROM answers") == [("after the leap",)]

    def test_a_file_nobody_has_looked_at_is_as_old_as_its_newest_check(
        self, over_http: Workspace, conversation: Conversation, days_pass: Callable[[int], None], clock: list[float]
    ) -> None:
        """A start of this release on a file of an earlier one, with the clock a year ahead."""
        conversation.start(Request("a", TEAM, ADA, "D0ADA"), "the zibeline idea")
        over_http.bot.store.turn(lambda conn: conn.execute("DELETE FROM looks"))
        clock[0] += 366 * DAY_SECONDS
        days_pass(3)
        assert over_http.rows("SELECT text FROM answers") == [("the zibeline idea",)]

    def test_the_card_and_home_announce_it(self, over_http: Workspace, words: Words) -> None:
        talk = over_http.open().until_report()
        assert "Kept for 365 days after your last change" in talk.text
        over_http.slack.open(ADA, "home")
        view = over_http.slack.wait_for(lambda: over_http.slack.home(ADA))
        assert "365 days" in words(view)

    def test_it_happens_though_nobody_says_anything(
        self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over_http.open("the zibeline idea")
        over_http.quiet()
        over_http.bot.store.turn(lambda conn: conn.execute("UPDATE sessions SET changed_at='2020-01-01T00:00:00Z'"))
        monkeypatch.setattr("bot.delivery.outbox._HOUR", 0.05)
        over_http.restart()
        over_http.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sessions)")


def test_the_log_of_a_goodbye_is_a_warning(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    left(workspace, payloads.uninstalled())
    assert [record.levelno for record in caplog.records if "let go" in record.message] == [logging.WARNING]

"""The Home tab: true for those who have opened it, a page at a time, and published no more often than it must."""

import json
import sqlite3
import threading
from typing import Any

import pytest

from advisor.conversation import opening
from advisor.session import Session
from bot.store.checks import state
from tests.bot.conftest import Talk, Words, Workspace, as_written, buttons, text_of

ADA, LIN = "U0ADA", "U0LIN"


class Tab:
    """What a person sees on their Home tab, and their hands on it."""

    def __init__(self, workspace: Workspace, user: str = ADA) -> None:
        self.workspace, self.slack, self.user = workspace, workspace.slack, user

    def open(self) -> "Tab":
        before = (self.slack.home(self.user) or {}).get("hash")
        self.slack.open(self.user, "home")
        self.slack.wait_for(lambda: (self.slack.home(self.user) or {}).get("hash") != before)
        return self

    @property
    def text(self) -> str:
        return text_of(self.slack.home(self.user) or {})

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        return buttons(self.slack.home(self.user) or {})

    def shows(self, text: str) -> "Tab":
        self.slack.wait_for(lambda: text in self.text)
        return self

    def press(self, action_id: str) -> "Tab":
        view = self.workspace.home(self.user)
        assert self.slack.click(self.user, action_id=action_id, view_id=view["id"]) == 200
        return self

    @property
    def published(self) -> int:
        return len(self.slack.calls("views.publish"))


def checks(workspace: Workspace, number: int, owner: str = ADA, team: str = "T0LOCAL") -> None:
    """So many checks, the first the oldest; every other one is decided, like the first that is there."""

    def work(conn: sqlite3.Connection) -> None:
        body = conn.execute("SELECT body FROM reports LIMIT 1").fetchone()
        for n in range(number):
            check = f"{n:032x}"
            at = f"2026-01-{1 + n // 24:02}T{n % 24:02}:00:00Z"
            conn.execute(
                "INSERT INTO sessions (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at,"
                " changed_at) VALUES (?,'',?,?,'','','','',?,?)",
                (check, team, owner, at, "2026-" + at[5:]),
            )
            log: Session = opening(f"idea {n} of many")
            for place, entry in enumerate(log.entries):
                row = (check, place, entry.verb, entry.field, "null", entry.text, "", at)
                conn.execute("INSERT INTO answers VALUES (?,?,?,?,?,?,?,?,'')", row)
            if body and n % 2:
                conn.execute("INSERT INTO reports VALUES (?,1,'1.0','prototype',?,?,'')", (check, body[0], at))
        as_written(conn)

    workspace.bot.store.turn(work)


class TestWhatItShows:
    def test_opened_first_it_promises_in_three_lines_says_what_is_stored_and_starts_a_check(
        self, workspace: Workspace
    ) -> None:
        tab = Tab(workspace).open()
        promise = next(b for b in workspace.home(ADA)["blocks"] if b["type"] == "section")["text"]["text"]
        assert len(promise.splitlines()) == 3
        assert "Stored: your answers" in tab.text
        assert "365 days" in tab.text
        assert tab.buttons["session:start"]["style"] == "primary"
        tab.press("session:start").shows("Your open checks").shows("at gate 1 of 4 · last change today")
        assert any(m.get("bot_id") for m in workspace.slack.messages("D0ADA"))

    def test_a_check_is_listed_with_the_gate_it_has_reached_and_goes_on_from_here(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        talk = workspace.open("Our own tone").up_to("eval_overlaps_training")
        tab.shows("Our own tone").shows("at gate 2 of 4")
        tab.press("home:resume:0")

        def last() -> dict[str, Any]:
            return [m for m in workspace.slack.messages("D0ADA") if m.get("bot_id")][-1]

        workspace.slack.wait_for(lambda: last()["ts"] > talk.root and "thread_ts" not in last())
        assert workspace.talk(ADA, last()["ts"]).pending == "eval_overlaps_training"

    def test_a_decision_is_listed_with_its_verdict_money_date_and_where_it_is_posted(
        self, workspace: Workspace
    ) -> None:
        tab = Tab(workspace).open()
        talk = workspace.open("Our own tone").until_report()
        tab.shows("Your decisions").shows("ROI 3.67x, net $21,100").shows("not posted")
        assert "Your open checks" not in tab.text
        talk.slack.click(ADA, talk.card["ts"], "report:share")
        workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
        assert workspace.slack.submit(ADA, {"channel": "C0GENERAL"}) == {}
        tab.shows("posted in <#C0GENERAL>")

    def test_a_decision_is_opened_and_revised_from_here(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open("Our own tone").until_report()
        tab.shows("Your decisions").press("home:open:20")

        def newest() -> Talk:
            said = [m for m in workspace.slack.messages("D0ADA") if m.get("bot_id") and "thread_ts" not in m]
            return workspace.talk(ADA, said[-1]["ts"])

        workspace.slack.wait_for(lambda: any("thread_ts" not in m for m in workspace.slack.messages("D0ADA")[1:]))
        assert "3.67x" in newest().text
        tab.press("home:revise:20")
        workspace.slack.wait_for(lambda: "session:edit" in json.dumps(newest().card))

    def test_a_title_is_shown_as_typed_and_marks_nothing(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open("5 < 6 & <!channel> *bold*")
        tab.shows("&lt;")
        assert "<!channel>" not in tab.text
        assert "&amp;lt;" not in tab.text


class TestPages:
    @pytest.mark.parametrize("number", [20, 21, 60])
    def test_twenty_a_page_within_a_hundred_blocks(self, workspace: Workspace, number: int) -> None:
        checks(workspace, number)
        tab = Tab(workspace).open()
        assert len(workspace.home(ADA)["blocks"]) <= 100
        assert sum(name.startswith("home:resume") for name in tab.buttons) == 20
        assert f"idea {number - 1} of many" in tab.text
        assert ("home:page:older" in tab.buttons) == (number > 20)
        assert "home:page:newer" not in tab.buttons

    def test_turning_to_the_last_page_and_back_shows_every_check_once(self, workspace: Workspace) -> None:
        checks(workspace, 45)
        tab = Tab(workspace).open().shows("Page 1 of 3")
        seen = []
        for page in (1, 2, 3):
            tab.shows(f"Page {page} of 3")
            seen += [line for line in tab.text.splitlines() if "of many" in line]
            if page < 3:
                tab.press("home:page:older")
        assert len(seen) == len(set(seen)) == 45
        tab.press("home:page:newer").shows("Page 2 of 3")

    def test_open_checks_and_decisions_turn_together_within_a_hundred_blocks(self, workspace: Workspace) -> None:
        workspace.open("Our own tone").until_report()
        workspace.quiet()
        checks(workspace, 60)
        tab = Tab(workspace).open().shows("Page 1 of 2")
        assert len(workspace.home(ADA)["blocks"]) <= 100
        assert sum(name.startswith("home:resume") for name in tab.buttons) == 20
        assert sum(name.startswith("home:open") for name in tab.buttons) == 20
        tab.press("home:page:older").shows("Page 2 of 2")
        assert sum(name.startswith("home:open") for name in tab.buttons) == 11

    def test_a_page_that_is_gone_becomes_the_last_one(self, workspace: Workspace) -> None:
        checks(workspace, 21)
        tab = Tab(workspace).open().press("home:page:older").shows("Page 2 of 2")
        tab.press("home:delete:0")
        workspace.slack.wait_for(lambda: "Page" not in tab.text and "idea 20 of many" in tab.text)

    def test_only_the_page_that_is_shown_is_replayed_and_by_a_turn_none(
        self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checks(over_http, 60)
        tab = Tab(over_http).open()
        over_http.quiet()
        replayed: list[int] = []
        monkeypatch.setattr("bot.home.state", lambda *a, **k: replayed.append(1) or state(*a, **k))
        tab.open()
        over_http.quiet()
        assert len(replayed) == 20


class TestPublishing:
    def test_nothing_is_published_for_people_who_never_opened_it(self, workspace: Workspace) -> None:
        workspace.open().up_to("eval_pairs")
        workspace.quiet()
        assert workspace.slack.calls("views.publish") == []

    def test_several_quick_changes_are_few_publishes_and_the_last_one_is_true(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.quiet()
        before = tab.published
        workspace.open("Our own tone").until_report()
        tab.shows("ROI 3.67x")
        workspace.quiet()
        moves = workspace.rows("SELECT count(*) FROM answers")[0][0]
        assert tab.published - before < moves / 2, (tab.published, moves)
        assert not [call for call in workspace.refused() if call.method == "views.publish"], "no hash was out of date"

    def test_what_is_pressed_on_it_while_slack_is_slow_is_published_once_more_only(self, over_http: Workspace) -> None:
        tab = Tab(over_http).open()
        over_http.open()
        tab.shows("Your open checks")
        over_http.quiet()
        before = tab.published
        answered = threading.Event()
        over_http.slack.faults.add("views.publish", {"until": answered})
        for n in range(7):
            tab.press("home:reminders")
            if n == 0:
                over_http.slack.wait_for(
                    lambda: over_http.rows("SELECT 1 FROM outbox WHERE said LIKE '%views.publish%'")
                )
        over_http.slack.wait_idle()
        answered.set()
        over_http.quiet()
        assert tab.published - before <= 3
        assert "Reminders to decide again: *off*" in tab.text

    def test_a_tab_changed_behind_our_back_is_drawn_over(self, over_http: Workspace) -> None:
        tab = Tab(over_http).open()
        over_http.quiet()
        over_http.bot.store.turn(lambda conn: conn.execute("UPDATE people SET hash='not this one'"))
        over_http.open("Our own tone")
        tab.shows("Our own tone")
        over_http.quiet()
        assert [call.response["error"] for call in over_http.refused()] == ["hash_conflict"]
        before = tab.published
        tab.open()
        over_http.quiet()
        assert tab.published == before + 1, "the hash is known again"

    def test_it_is_drawn_after_a_restart_too(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.restart()
        workspace.open("Our own tone")
        tab.shows("Our own tone")

    def test_a_check_that_changes_hands_moves_from_one_tab_to_the_other(self, workspace: Workspace) -> None:
        hers, his = Tab(workspace).open(), Tab(workspace, LIN).open()
        talk = workspace.open("Our own tone").until_report()
        hers.shows("Our own tone")
        talk.slack.click(ADA, talk.card["ts"], "report:hand_over")
        workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
        workspace.slack.submit(ADA, {"person": LIN})
        offer = workspace.slack.wait_for(lambda: workspace.slack.messages("D0LIN"))[-1]
        workspace.slack.click(LIN, offer["ts"], "record:accept")
        his.shows("Our own tone")
        workspace.slack.wait_for(lambda: "Our own tone" not in hers.text)


class TestSettings:
    def test_reminders_off_takes_back_those_that_wait(self, over_http: Workspace) -> None:
        talk = over_http.open("Our own tone").until_report()
        tab = Tab(over_http).open().shows("Reminders to decide again: *on*")
        over_http.slack.click(ADA, talk.card["ts"], "report:remind", option="90")
        waits = "SELECT count(*) FROM outbox WHERE session IS NOT NULL AND due != ''"
        over_http.until(f"SELECT 1 WHERE ({waits}) = 1")
        tab.press("home:reminders").shows("Reminders to decide again: *off*")
        assert over_http.rows(waits) == [(0,)]
        tab.press("home:reminders").shows("Reminders to decide again: *on*")

    def test_who_asks_for_a_reminder_has_turned_them_on_again(self, over_http: Workspace) -> None:
        talk = over_http.open("Our own tone").until_report()
        tab = Tab(over_http).open().shows("*on*").press("home:reminders").shows("*off*")
        over_http.slack.click(ADA, talk.card["ts"], "report:remind", option="90")
        tab.shows("Reminders to decide again: *on*")

    def test_one_check_is_deleted_and_its_card_says_so(self, workspace: Workspace, words: Words) -> None:
        tab = Tab(workspace).open()
        talk = workspace.open("Our own tone").up_to("eval_pairs")
        tab.shows("Our own tone").press("home:delete:0")
        workspace.slack.wait_for(lambda: "three minutes" in tab.text)
        workspace.slack.wait_for(lambda: "deleted" in words(talk.said_by_bot()[-1]))
        workspace.quiet()
        assert workspace.rows("SELECT id FROM sessions UNION SELECT session FROM answers") == []

    def test_deleting_asks_first(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open()
        tab.shows("Your open checks")
        for name in ("home:delete:0", "home:forget"):
            assert tab.buttons[name]["confirm"]["text"]["text"]


class TestDecisions:
    """``/finetune decisions [word]``."""

    def post(self, workspace: Workspace, talk: Talk, channel: str) -> None:
        workspace.slack.click(talk.user, talk.card["ts"], "report:share")
        workspace.slack.wait_for(lambda: workspace.slack.modals(talk.user))
        assert workspace.slack.submit(talk.user, {"channel": channel}) == {}
        workspace.slack.wait_for(lambda: [m for m in workspace.slack.messages(channel) if m.get("bot_id")])
        workspace.quiet()

    def listed(self, workspace: Workspace, words: Words, user: str, word: str = "") -> str:
        answer = workspace.slack.command(user, "/finetune", f"decisions {word}".strip(), channel="C0ELSEWHERE")
        assert answer["response_type"] == "ephemeral"
        return words(answer)

    def test_what_was_posted_openly_is_for_everybody_newest_first_and_searchable(
        self, workspace: Workspace, words: Words
    ) -> None:
        assert len(self.listed(workspace, words, LIN).splitlines()) == 1, "nothing yet is told in a line"
        self.post(workspace, workspace.open("Our own tone").until_report(), "C0GENERAL")
        workspace.bot.store.turn(lambda conn: conn.execute("UPDATE shares SET posted_at='2026-01-01T00:00:00Z'"))
        self.post(workspace, workspace.open("Ticket routing", LIN).until_report(), "C0GENERAL")
        for user in (ADA, LIN):
            text = self.listed(workspace, words, user)
            assert 0 < text.index("Ticket routing") < text.index("Our own tone")
        found = self.listed(workspace, words, LIN, "TONE")
        assert "Our own tone" in found
        assert "Ticket routing" not in found
        assert "Our own tone" not in self.listed(workspace, words, LIN, "zebra")

    def test_what_was_posted_in_private_is_for_its_owner_only(self, workspace: Workspace, words: Words) -> None:
        self.post(workspace, workspace.open("Our own tone").until_report(), "C0ROUTER")
        assert "Our own tone" in self.listed(workspace, words, ADA)
        assert "Our own tone" not in self.listed(workspace, words, LIN)
        assert "Our own tone" not in self.listed(workspace, words, LIN, "tone")


class TestShortcuts:
    def test_a_message_becomes_the_description_shown_and_droppable(self, workspace: Workspace, words: Words) -> None:
        proposal = workspace.slack.say(LIN, "Let us fine-tune the router, it is slow", channel="C0ELSEWHERE")
        assert workspace.slack.message_shortcut(ADA, "check_message", "C0ELSEWHERE", proposal) == 200
        card = workspace.slack.wait_for(lambda: [m for m in workspace.slack.messages("D0ADA") if m.get("bot_id")])[-1]
        assert 'the description: "Let us fine-tune the router, it is slow"' in words(card)
        talk = workspace.talk(ADA, card["ts"])
        talk.click("session:drop")
        assert "dropped" in talk.text
        assert "router" not in talk.text
        assert [m for m in workspace.slack.messages("C0ELSEWHERE") if m.get("bot_id")] == []

    def test_the_global_one_starts_a_check_each_time(self, workspace: Workspace) -> None:
        for n in (1, 2, 3):
            assert workspace.slack.shortcut(ADA, "start_check") == 200
            assert len(workspace.rows("SELECT id FROM sessions")) == n

    def test_two_messages_are_two_checks(self, workspace: Workspace) -> None:
        for text in ("one idea", "another idea"):
            ts = workspace.slack.say(LIN, text, channel="C0GENERAL")
            assert workspace.slack.message_shortcut(ADA, "check_message", "C0GENERAL", ts) == 200
        assert [text for (text,) in workspace.rows("SELECT text FROM answers ORDER BY text")] == [
            "another idea",
            "one idea",
        ]

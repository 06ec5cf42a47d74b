"""The Home tab: true for those who have opened it, a page at a time, and published no more often than it must."""

import json
import re
import threading
from dataclasses import replace
from typing import Any

import pytest

from advisor import load_rules
from advisor.advice import decide
from advisor.conversation import opening
from advisor.model import Answers
from advisor.session import Session
from bot.home.desk import PAGE, ByOthers, Decided, HomePage, Open, Place, tab
from bot.local.faults import Fault
from bot.render import blockkit
from bot.render.wording import Wording
from bot.store.checks import state
from bot.store.database import Connection
from tests.bot.conftest import ON_A_FILE, Talk, Words, Workspace, as_written, buttons, decisions, text_of

ADA, LIN = "U0ADA", "U0LIN"


class Tab:
    """What a person sees on their Home tab, and their hands on it."""

    def __init__(self, workspace: Workspace, user: str = ADA) -> None:
        self.workspace, self.slack, self.user = workspace, workspace.slack, user

    def open(self) -> "Tab":
        before = (self.slack.home(self.user) or {}).get("hash")
        self.slack.open(self.user, "home")
        self.slack.wait_for(lambda: (self.slack.home(self.user) or {}).get("hash") != before)
        new = self.workspace.home(self.user)["hash"]
        self.workspace.until(f"SELECT 1 FROM people WHERE person='{self.user}' AND hash='{new}'")  # noqa: S608
        return self

    def rest(self) -> "Tab":
        """Once all is said: what Slack had to be asked about first stands there as well."""
        self.workspace.quiet()
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

    def pick(self, place: int, what: str) -> "Tab":
        """Pick it behind the three dots of a line: open checks count from 0, decisions from 20."""
        menu, view = self.buttons[f"home:more:{place}"], self.workspace.home(self.user)
        value = next(o["value"] for o in menu["options"] if o["value"].startswith(f"{what}:"))
        assert self.slack.click(self.user, action_id=menu["action_id"], view_id=view["id"], option=value) == 200
        return self

    def delete(self, place: int) -> dict[str, Any]:
        """Pick *Delete* and say yes in the dialog that asks; what the dialog says then."""
        self.pick(place, "delete")
        asked = self.slack.wait_for(lambda: self.slack.modals(self.user))[-1]
        assert self.slack.click(self.user, action_id="home:delete", view_id=asked["id"]) == 200
        self.slack.wait_for(lambda: not buttons(self.slack.modals(self.user)[-1]))
        return self.slack.modals(self.user)[-1]

    def share(self, talk: Talk, channel: str, **more: Any) -> "Tab":
        """Post the decision of one's own check, and wait until it stands there."""
        before = len(self.slack.messages(channel))
        self.slack.click(talk.user, talk.card["ts"], "report:share")
        self.slack.wait_for(lambda: self.slack.modals(talk.user))
        assert self.slack.submit(talk.user, {"channel": channel} | more) == {}
        self.slack.wait_for(lambda: len(self.slack.messages(channel)) > before)
        self.workspace.quiet()
        return self

    @property
    def published(self) -> int:
        return len(self.slack.calls("views.publish"))


def checks(workspace: Workspace, number: int, owner: str = ADA, team: str = "T0LOCAL") -> None:
    """So many checks, the first the oldest; every other one is decided, like the first that is there."""

    def work(conn: Connection) -> None:
        body = conn.execute("SELECT body FROM reports LIMIT 1").fetchone()
        for n in range(number):
            check = f"{n:032x}"
            at = f"2026-01-{1 + n // 24:02}T{n % 24:02}:00:00Z"
            conn.execute(
                "INSERT INTO sessions (id, enterprise, team, owner, channel, thread_ts, card_ts, heard_ts, created_at,"
                " changed_at) VALUES (:id, '', :team, :owner, '', '', '', '', :at, :changed)",
                {"id": check, "team": team, "owner": owner, "at": at, "changed": "2026-" + at[5:]},
            )
            log: Session = opening(f"idea {n} of many")
            for place, entry in enumerate(log.entries):
                row = {"id": check, "n": place, "verb": entry.verb, "field": entry.field, "text": entry.text, "at": at}
                conn.execute("INSERT INTO answers VALUES (:id, :n, :verb, :field, 'null', :text, '', :at, '')", row)
            if body and n % 2:
                row = {"id": check, "body": body[0], "at": at}
                conn.execute("INSERT INTO reports VALUES (:id, 1, '1.0', 'prototype', :body, :at, '')", row)
        as_written(conn)

    workspace.bot.store.turn(work)


class TestWhatItShows:
    def test_an_empty_desk_is_two_lines_and_one_button_that_starts_a_check(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        head, promise, button = workspace.home(ADA)["blocks"]
        assert (head["type"], button["type"]) == ("header", "actions")
        first, second = promise["text"]["text"].splitlines()
        assert "three minutes" in first
        assert "Stored: your answers" in second
        assert "365 days" in second
        assert {name: made.get("style") for name, made in tab.buttons.items()} == {"session:start": "primary"}
        tab.press("session:start").shows("Your open checks").shows("at gate 1 of 4 · last change today")
        workspace.quiet()
        assert any(m.get("bot_id") for m in workspace.slack.messages("D0ADA"))

    def test_a_check_is_listed_with_the_gate_it_has_reached_and_goes_on_from_here(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        talk = workspace.open("Our own tone").up_to("eval_overlaps_training")
        tab.shows("Our own tone").shows("at gate 2 of 4")
        marks = "✅ 2 eval set passed~⬜ 3 the year's money open".replace(" ", "\u00a0").replace("~", "\u00a0· ")
        assert marks in tab.text, "a mark never stands alone, nor at the end of a line"
        assert set(tab.buttons) >= {"home:resume:0", "home:more:0"}
        assert "style" not in tab.buttons["home:resume:0"]
        assert tab.buttons["home:resume:0"]["accessibility_label"] == "Resume Our own tone"
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
        assert "decide again on" not in tab.text
        talk.slack.click(ADA, talk.card["ts"], "report:remind", option="90")
        tab.shows("decide again on ")

    def test_an_outdated_record_says_so_and_is_brought_up_to_date_from_here(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        talk = workspace.open("Our own tone").until_report()
        tab.share(talk, "C0GENERAL").shows("posted in <#C0GENERAL>")
        assert [o["value"].partition(":")[0] for o in tab.buttons["home:more:20"]["options"]] == ["revise", "delete"]
        talk.type("edit training cost").type("700")
        tab.shows("posted in <#C0GENERAL> (shows an earlier decision)").pick(20, "update")
        workspace.slack.wait_for(lambda: "earlier decision" not in tab.text and "posted in <#C0GENERAL>" in tab.text)
        workspace.quiet()
        assert "revised on" in str(next(m for m in workspace.slack.messages("C0GENERAL") if m.get("bot_id")))

    def test_what_is_picked_is_named_with_its_check(self, workspace: Workspace) -> None:
        """Slack gives three dots no name of their own."""
        tab = Tab(workspace).open()
        workspace.open("Our own tone").until_report()
        tab.shows("Your decisions")
        texts = [option["text"]["text"] for option in tab.buttons["home:more:20"]["options"]]
        assert texts == ["Revise Our own tone", "Delete Our own tone"]
        assert tab.buttons["home:open:20"]["accessibility_label"] == "Open Our own tone"

    def test_there_is_one_primary_button_and_a_line_has_two_controls(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open("Our own tone").until_report()
        workspace.open("Ticket routing")
        tab.shows("Your decisions").shows("Ticket routing")
        assert [name for name, made in tab.buttons.items() if made.get("style") == "primary"] == ["session:start"]
        rows = [b["elements"] for b in workspace.home(ADA)["blocks"] if b["type"] == "actions"]
        assert all(len(row) <= 3 for row in rows)
        assert [len(row) for row in rows if row[0]["action_id"].startswith(("home:resume", "home:open"))] == [2, 2]

    def test_a_decision_is_opened_and_revised_from_here(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open("Our own tone").until_report()
        tab.shows("Your decisions").press("home:open:20")

        def newest() -> Talk:
            said = [m for m in workspace.slack.messages("D0ADA") if m.get("bot_id") and "thread_ts" not in m]
            return workspace.talk(ADA, said[-1]["ts"])

        workspace.slack.wait_for(lambda: any("thread_ts" not in m for m in workspace.slack.messages("D0ADA")[1:]))
        assert "3.67x" in newest().text
        tab.pick(20, "revise")
        workspace.slack.wait_for(lambda: "session:edit" in json.dumps(newest().card))

    def test_a_title_is_shown_as_typed_and_marks_nothing(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open("5 < 6 & <!channel> *bold*")
        tab.shows("&lt;")
        assert "<!channel>" not in tab.text
        assert "&amp;lt;" not in tab.text


def leave(workspace: Workspace, channel: str, user: str) -> None:
    """Somebody is not in a channel any more."""
    there = workspace.slack.workspace.channels
    there[channel] = replace(there[channel], people=there[channel].people - {user})


class TestPostedByOthers:
    """What somebody else posted where the whole workspace is known to read, as it stands there."""

    HEAD = "What others posted last"

    def posted(self, workspace: Workspace, channel: str = "C0GENERAL", **more: Any) -> Talk:
        talk = workspace.open("Our own tone").until_report()
        Tab(workspace).share(talk, channel, **more)
        return talk

    def test_title_verdict_owner_channel_and_link_and_no_costs(self, workspace: Workspace) -> None:
        self.posted(workspace, options=["costs"])
        tab = Tab(workspace, LIN).open().shows(self.HEAD)
        line = next(line for line in tab.text.splitlines() if "Our own tone" in line)
        assert re.fullmatch(
            r"• <http\S+\|Our own tone>: Yes, start small: run a trial · <@U0ADA> in <#C0GENERAL>, \d+ \w{3} \d{4}",
            line,
        )
        assert "$" not in tab.text
        assert "session:start" in tab.buttons
        assert not [name for name in tab.buttons if name.startswith("home:")], "it is not theirs"

    def test_who_is_not_in_the_channel_is_told_nothing_of_it(self, workspace: Workspace) -> None:
        """A guest may not know what is said there, and the bot can't tell a guest from a member."""
        leave(workspace, "C0GENERAL", LIN)
        self.posted(workspace)
        assert "Our own tone" not in Tab(workspace, LIN).open().rest().text
        assert "Our own tone" not in text_of(decisions(workspace, LIN))
        assert workspace.rows("SELECT * FROM memberships") == []

    def test_of_several_channels_they_read_what_stands_in_their_own(self, workspace: Workspace) -> None:
        workspace.slack.arrange("C0ELSEWHERE", bot_is_member=True)
        leave(workspace, "C0GENERAL", LIN)
        self.posted(workspace, channel="C0ELSEWHERE")
        talk = workspace.open("Ticket routing").until_report()
        Tab(workspace).share(talk, "C0GENERAL")
        tab = Tab(workspace, LIN).open().shows("Our own tone")
        assert "Ticket routing" not in tab.text
        assert workspace.rows("SELECT person, channel FROM memberships") == [(LIN, "C0ELSEWHERE")]

    def test_who_leaves_the_channel_reads_nothing_of_it_when_they_look_again(self, workspace: Workspace) -> None:
        self.posted(workspace)
        tab = Tab(workspace, LIN).open().shows(self.HEAD)
        leave(workspace, "C0GENERAL", LIN)
        workspace.slack.open(LIN, "home")
        workspace.slack.wait_for(lambda: "Our own tone" not in tab.text)
        workspace.quiet()

    @pytest.mark.parametrize("fault", [{"error": "missing_scope"}, {"error": "user_not_found"}, {"status": 500}])
    def test_where_slack_does_not_say_nothing_is_told(self, over_http: Workspace, fault: Fault) -> None:
        self.posted(over_http)
        over_http.slack.faults.add("users.conversations", fault, times=9)
        over_http.hurry()
        tab = Tab(over_http, LIN).open()
        over_http.quiet()
        over_http.hurry(on=False)
        assert self.HEAD not in tab.text

    @ON_A_FILE
    def test_what_is_known_of_them_is_known_for_a_day(self, workspace: Workspace) -> None:
        self.posted(workspace)
        Tab(workspace, LIN).open().shows(self.HEAD).rest()
        workspace.clock.move(90_000)
        workspace.bot.turns.sweep()
        workspace.bot.turns.reading(lambda _: None)
        assert workspace.rows("SELECT * FROM memberships") == []

    def test_an_empty_desk_stays_two_lines_and_one_button_above_it(self, workspace: Workspace) -> None:
        self.posted(workspace)
        tab = Tab(workspace, LIN).open().shows(self.HEAD)
        assert list(tab.buttons) == ["session:start"]

    def test_ones_own_are_not_among_them(self, workspace: Workspace) -> None:
        self.posted(workspace)
        assert self.HEAD not in Tab(workspace).open().rest().text

    def test_what_is_posted_in_a_private_channel_is_not_told(self, workspace: Workspace) -> None:
        self.posted(workspace, channel="C0ROUTER")
        assert "Our own tone" not in Tab(workspace, LIN).open().rest().text
        assert workspace.rows("SELECT public FROM shares") == [(0,)]

    def test_what_another_company_reads_is_not_told(self, workspace: Workspace) -> None:
        self.posted(workspace, channel="C0PARTNERS", options=["external"])
        assert "Our own tone" not in Tab(workspace, LIN).open().rest().text
        assert workspace.rows("SELECT public FROM shares") == [(0,)]

    def test_a_channel_whose_kind_cannot_be_seen_is_not_told(self, over_http: Workspace) -> None:
        over_http.slack.faults.add("conversations.info", {"error": "missing_scope"})
        talk = over_http.open("Our own tone").until_report()
        over_http.slack.click(ADA, talk.card["ts"], "report:share")
        over_http.slack.wait_for(lambda: over_http.slack.modals(ADA))
        over_http.slack.faults.add("conversations.info", {"error": "missing_scope"})
        assert over_http.slack.submit(ADA, {"channel": "C0GENERAL", "options": ["external"]}) == {}
        over_http.until("SELECT 1 FROM shares")
        over_http.quiet()
        assert over_http.rows("SELECT public FROM shares") == [(0,)]
        assert "Our own tone" not in Tab(over_http, LIN).open().rest().text

    def test_a_record_from_before_this_was_known_is_not_told(self, workspace: Workspace) -> None:
        self.posted(workspace)
        workspace.bot.store.turn(lambda conn: conn.execute("UPDATE shares SET public=0, private=0"))
        assert self.HEAD not in Tab(workspace, LIN).open().rest().text

    def test_another_workspaces_is_never_told(self, workspace: Workspace) -> None:
        self.posted(workspace)
        workspace.bot.store.turn(lambda conn: conn.execute("UPDATE shares SET team='T0OTHER'"))
        workspace.bot.store.turn(lambda conn: conn.execute("UPDATE sessions SET team='T0OTHER'"))
        assert "Our own tone" not in Tab(workspace, LIN).open().rest().text

    def test_what_is_taken_down_is_gone_at_once_and_kept_it_is_back(self, workspace: Workspace) -> None:
        self.posted(workspace)
        tab = Tab(workspace, LIN).open().shows(self.HEAD)
        (record,) = [m for m in workspace.slack.messages("C0GENERAL") if m.get("bot_id")]
        workspace.slack.click(ADA, record["ts"], "record:take_down", "C0GENERAL")
        workspace.until("SELECT 1 FROM shares WHERE down_at != ''")
        assert self.HEAD not in tab.open().text
        assert "Our own tone" not in text_of(decisions(workspace, LIN))
        undo = workspace.slack.wait_for(lambda: workspace.slack.ephemerals(ADA))[-1]
        workspace.slack.click(ADA, undo["ts"], "record:keep", "C0GENERAL")
        workspace.until("SELECT 1 FROM shares WHERE down_at = ''")
        tab.open().shows(self.HEAD)
        workspace.clock.move(61)

    def test_with_its_check_it_is_gone(self, workspace: Workspace) -> None:
        self.posted(workspace)
        hers, his = Tab(workspace).open(), Tab(workspace, LIN).open().shows(self.HEAD)
        hers.delete(20)
        workspace.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM shares)")
        assert self.HEAD not in his.open().rest().text

    def test_handed_over_it_is_told_to_who_gave_it_and_no_more_to_who_took_it(self, workspace: Workspace) -> None:
        talk = self.posted(workspace)
        his = Tab(workspace, LIN).open().shows(self.HEAD)
        workspace.slack.click(ADA, talk.card["ts"], "report:hand_over")
        workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
        workspace.slack.submit(ADA, {"person": LIN})
        offer = workspace.slack.wait_for(lambda: workspace.slack.messages("D0LIN"))[-1]
        workspace.slack.click(LIN, offer["ts"], "record:accept")
        his.shows("Your decisions")
        assert self.HEAD not in his.text
        assert "<@U0LIN> in <#C0GENERAL>" in Tab(workspace).open().rest().text

    def test_it_says_what_the_record_says_and_not_what_was_decided_since(self, workspace: Workspace) -> None:
        talk = self.posted(workspace)
        talk.type("edit eval pairs").type("300")
        workspace.quiet()
        told = Tab(workspace, LIN).open().shows(self.HEAD).text
        assert "Yes, start small: run a trial" in told
        assert "build the eval set first" not in told

    def test_five_are_told_the_newest_first_and_of_a_check_the_last_record_only(self, workspace: Workspace) -> None:
        self.posted(workspace)

        def more(conn: Connection) -> None:
            for n in range(7):
                check = f"{n:032x}"
                for table in ("sessions", "reports", "shares"):
                    columns = list(conn.execute(f"SELECT * FROM {table}").fetchall()[0].keys())  # noqa: S608
                    key = "id" if table == "sessions" else "session"
                    new = {key: f"'{check}'"}
                    if table == "shares":
                        new |= {
                            "id": f"'{check}'",
                            "title": f"'idea {n}'",
                            "posted_at": f"'2027-01-0{n + 1}T00:00:00Z'",
                        }
                    values = ", ".join(new.get(column, column) for column in columns)
                    conn.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {key} NOT LIKE '000%'")  # noqa: S608
            columns = list(conn.execute("SELECT * FROM shares").fetchall()[0].keys())
            again = {"id": "'ffff'", "title": "'idea 6 once more'", "posted_at": "'2027-01-08T00:00:00Z'"}
            values = ", ".join(again.get(column, column) for column in columns)
            conn.execute(f"INSERT INTO shares SELECT {values} FROM shares WHERE title='idea 6'")  # noqa: S608
            as_written(conn)

        workspace.bot.store.turn(more)
        told = Tab(workspace, LIN).open().shows(self.HEAD).text
        titles = re.findall(r"\|([^>]+)>: ", told)
        assert titles == ["idea 6 once more", "idea 5", "idea 4", "idea 3", "idea 2"]

    def test_a_damaged_one_keeps_nobody_from_their_home(self, workspace: Workspace) -> None:
        self.posted(workspace)
        workspace.bot.store.turn(lambda conn: conn.execute("UPDATE reports SET body='{'"))
        assert self.HEAD not in Tab(workspace, LIN).open().rest().text

    def test_a_hostile_title_names_nobody_and_keeps_its_link(self, workspace: Workspace) -> None:
        talk = workspace.open("Our own tone").until_report()
        Tab(workspace).share(talk, "C0GENERAL", title="<!channel> |a> <@U0ADA> & b")
        told = Tab(workspace, LIN).open().shows(self.HEAD).text
        assert "<!channel>" not in told
        assert "&lt;!channel&gt; |a&gt; &lt;@U0ADA&gt; &amp; b>: " in told

    def test_a_channel_that_is_private_by_now_is_looked_at_once_a_day(self, over_http: Workspace) -> None:
        self.posted(over_http)
        over_http.slack.arrange("C0GENERAL", is_private=True)
        over_http.clock.move(2 * 86_400)
        over_http.bot.turns.sweep()
        over_http.until("SELECT 1 FROM shares WHERE public=0")
        over_http.quiet()
        assert self.HEAD not in Tab(over_http, LIN).open().rest().text
        assert "figures" not in str(over_http.slack.messages("D0ADA")[-1]["text"]), "there were none to take out"

    def test_somebody_elses_new_record_is_there_when_the_tab_is_opened_again(self, workspace: Workspace) -> None:
        his = Tab(workspace, LIN).open()
        self.posted(workspace)
        assert self.HEAD not in his.text, "it is not drawn by what others do"
        assert self.HEAD in his.open().rest().text


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
        tab.delete(0)
        workspace.slack.wait_for(lambda: "Page" not in tab.text and "idea 20 of many" in tab.text)

    def test_only_the_page_that_is_shown_is_replayed_and_by_a_turn_none(
        self, over_http: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checks(over_http, 60)
        tab = Tab(over_http).open()
        over_http.quiet()
        replayed: list[int] = []
        monkeypatch.setattr("bot.home.tab.state", lambda *a, **k: replayed.append(1) or state(*a, **k))
        tab.open()
        over_http.quiet()
        assert len(replayed) == 20


def test_with_hostile_words_all_lines_and_settings_are_within_a_hundred_blocks() -> None:
    """Titles, verdicts and links as long as they get, on the fullest page there is."""
    rules = load_rules()
    report = decide(Answers(), rules)
    places = (Place("C" * 11, outdated=True),) * 90
    title, link = "&<" * 30, "https://example.com/" + "p" * 280
    desk = HomePage(
        retention_days=365,
        checks=(Open("a" * 32, title, "at gate 4 of 4", 364, report),) * PAGE,
        decisions=(Decided("b" * 32, title, "&" * 150, report, "2026-11-29", "2027-02-27", places, "1.0"),) * PAGE,
        others=(ByOthers("&" * 80, "&" * 150, "C" * 11, link, "<@U0ADA>", "2026-11-29"),) * 5,
        earlier=200,
        turning=199,
        wording=True,
        page=1,
        pages=3,
    )
    view = blockkit.home(tab(desk, Wording(rules, "model")))
    assert len(view["blocks"]) <= 100
    assert {"home:forget", "home:wording", "home:page:older", f"home:more:{2 * PAGE - 1}"} <= buttons(view).keys()
    assert [b for b in view["blocks"] if b["type"] == "section" and len(b["text"]["text"]) > 3_000] == []
    assert text_of(view).count(link) == 5


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
        assert "This check was deleted" in words(tab.shows("Our own tone").delete(0)), "answered where it was pressed"
        workspace.slack.wait_for(lambda: "three minutes" in tab.text)
        workspace.slack.wait_for(lambda: "deleted" in words(talk.said_by_bot()[-1]))
        workspace.quiet()
        assert workspace.rows("SELECT id FROM sessions UNION SELECT session FROM answers") == []

    def test_deleting_asks_first(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open()
        tab.shows("Your open checks").pick(0, "delete")
        (asked,) = workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
        assert "own tone" in text_of(asked)
        assert "gone for good" in text_of(asked)
        assert asked["submit"] is None, "which Slack draws in green"
        assert buttons(asked)["home:delete"]["style"] == "danger"
        assert tab.buttons["home:forget"]["confirm"]["text"]["text"]
        assert tab.buttons["home:forget"]["style"] == tab.buttons["home:forget"]["confirm"]["style"] == "danger"
        assert workspace.rows("SELECT count(*) FROM sessions") == [(1,)], "nothing is deleted before it is confirmed"

    def test_what_is_gone_meanwhile_is_said_in_the_dialog(self, workspace: Workspace, words: Words) -> None:
        tab = Tab(workspace).open()
        workspace.open()
        tab.shows("Your open checks").pick(0, "delete")
        (asked,) = workspace.slack.wait_for(lambda: workspace.slack.modals(ADA))
        workspace.bot.store.turn(lambda conn: conn.execute("DELETE FROM sessions"))
        workspace.slack.click(ADA, action_id="home:delete", view_id=asked["id"])
        workspace.slack.wait_for(lambda: "Not found" in words(workspace.slack.modals(ADA)[-1]))

    def test_the_delete_of_a_tab_from_before_still_deletes(self, workspace: Workspace) -> None:
        tab = Tab(workspace).open()
        workspace.open()
        tab.shows("Your open checks").press("home:resume:0")
        workspace.quiet()
        pressed = workspace.slack.deliveries("interactive")[-1].payload
        action = pressed["actions"][0] | {"action_id": "home:delete:0", "action_ts": "1999999999.1"}
        assert workspace.slack.deliver(pressed | {"actions": [action]}).ok
        workspace.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sessions)")


class TestDecisions:
    """``/finetune decisions [word]``."""

    def post(self, workspace: Workspace, talk: Talk, channel: str) -> None:
        workspace.slack.click(talk.user, talk.card["ts"], "report:share")
        workspace.slack.wait_for(lambda: workspace.slack.modals(talk.user))
        assert workspace.slack.submit(talk.user, {"channel": channel}) == {}
        workspace.slack.wait_for(lambda: [m for m in workspace.slack.messages(channel) if m.get("bot_id")])
        workspace.quiet()

    def listed(self, workspace: Workspace, words: Words, user: str, word: str = "") -> str:
        return words(decisions(workspace, user, word))

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

    def test_where_slack_does_not_say_who_is_in_a_channel_one_s_own_are_listed_and_it_is_said(
        self, over_http: Workspace, words: Words
    ) -> None:
        self.post(over_http, over_http.open("Our own tone").until_report(), "C0GENERAL")
        self.post(over_http, over_http.open("Ticket routing", LIN).until_report(), "C0GENERAL")
        over_http.slack.faults.add("users.conversations", {"error": "missing_scope"})
        text = self.listed(over_http, words, LIN)
        assert "Ticket routing" in text
        assert "Our own tone" not in text
        assert "what others posted may be missing" in text


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

    def test_what_was_dropped_is_called_what_a_check_without_a_title_is_called(self, workspace: Workspace) -> None:
        ts = workspace.slack.say(LIN, "Let us fine-tune the router, it is slow", channel="C0ELSEWHERE")
        assert workspace.slack.message_shortcut(ADA, "check_message", "C0ELSEWHERE", ts) == 200
        card = workspace.slack.wait_for(lambda: [m for m in workspace.slack.messages("D0ADA") if m.get("bot_id")])[-1]
        talk = workspace.talk(ADA, card["ts"])
        talk.click("session:drop")
        home = Tab(workspace).open()
        assert "*Should we fine-tune?*" in home.text
        assert home.buttons["home:resume:0"]["accessibility_label"] == "Resume Should we fine-tune?"
        for said, shown in (("review", "*Should we fine-tune?*"), ("rename", "Now: Should we fine-tune?")):
            assert shown in talk.type(said).text
            assert "**" not in talk.text
        assert "*Should we fine-tune?* waits" in talk.type("cancel").text

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

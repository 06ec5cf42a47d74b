"""What hostile hands, damage and bad days found: each kind is kept here as a test."""

import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import run
from bot.app import build
from bot.delivery.turn import Turns
from bot.local import LocalSlack, NotAcknowledged
from bot.messages import OutgoingMessage, Published
from bot.settings import load
from bot.slack.workspace import CannotStart
from bot.store.database import Connection
from bot.store.queue import write
from bot.store.sqlite import Store, sqlite3
from tests.bot.conftest import Decide, Fetch, Words, Workspace, decisions

ADA, LIN, DM = "U0ADA", "U0LIN", "D0ADA"


def asked(workspace: Workspace, fetch: Fetch, path: str) -> tuple[int, str]:
    return fetch(workspace.address + path)


class TestAfterAnOutage:
    def test_what_waited_is_said_in_its_order_once_slack_is_back_without_a_restart(self, over_http: Workspace) -> None:
        """Longer than any number of tries: two hundred refusals, with up to a minute between them."""
        over_http.hurry()
        talk = over_http.open()
        over_http.quiet()
        for method in ("chat.postMessage", "chat.update"):
            over_http.slack.faults.add(method, {"status": 503}, times=200)
        began = over_http.clock.time()
        for text in ("classification", "yes", "yes"):
            over_http.slack.say(ADA, text, thread_ts=talk.root)
            over_http.slack.wait_idle()
        over_http.wait_for(lambda: over_http.clock.time() > began + 2 * 3600)
        over_http.slack.faults.clear()
        over_http.quiet()
        over_http.hurry(on=False)
        assert talk.pending == "failure_cause"
        said = [message["ts"] for message in talk.said_by_bot()]
        over_http.restart()
        over_http.quiet()
        assert [message["ts"] for message in talk.said_by_bot()] == said, "the restart says nothing over it"
        assert talk.pending == "failure_cause"


class TestHealth:
    def test_a_file_that_is_gone_is_a_process_that_does_not_work(
        self, over_http: Workspace, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.sqlite._FRESH", 0.0)
        assert asked(over_http, fetch, "/healthz") == (200, "ok")
        kept = over_http.db.rename(over_http.db.with_suffix(".moved"))
        status, why = asked(over_http, fetch, "/healthz")
        assert (status, "is not the file it was opened as" in why) == (503, True)
        kept.rename(over_http.db)
        assert asked(over_http, fetch, "/healthz") == (200, "ok")

    def test_a_file_that_cannot_be_written_is_told(
        self, over_http: Workspace, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.store.sqlite._FRESH", 0.0)
        other = sqlite3.connect(over_http.db, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        status, why = asked(over_http, fetch, "/healthz")
        other.close()
        assert (status, why.startswith("the database cannot be written")) == (503, True)
        assert asked(over_http, fetch, "/readyz") == (200, "ok")

    def test_a_loop_that_does_not_turn_is_told(
        self, over_http: Workspace, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import threading

        monkeypatch.setattr("bot.app._ALIVE_SECONDS", 0.1)
        stuck, go_on = threading.Event(), threading.Event()
        over_http.bot.outbox._loop.call_soon_threadsafe(lambda: (stuck.set(), go_on.wait(60)))
        stuck.wait(60)
        status, why = asked(over_http, fetch, "/healthz")
        go_on.set()
        assert (status, why) == (503, "the loop that sends does not turn")

    def test_a_workspace_that_let_go_of_the_bot_makes_it_unready_and_is_told_to_who_asks(
        self, over_http: Workspace, fetch: Fetch
    ) -> None:
        event = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": "EvGONE", "api_app_id": "A0LOCAL"}
        assert over_http.slack.deliver(event | {"event": {"type": "app_uninstalled"}}).ok
        assert asked(over_http, fetch, "/healthz") == (200, "ok")
        assert asked(over_http, fetch, "/readyz") == (503, "the workspace has removed the bot")
        said = over_http.slack.command(ADA, "/finetune", "start")["text"]
        assert "I can't write messages here just now: the workspace has removed the bot" in said

    def test_what_waits_for_long_makes_it_unready(self, over_http: Workspace, fetch: Fetch) -> None:
        over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 3600})
        late = OutgoingMessage("chat.postMessage", {"channel": DM, "text": "late"}, ADA, person=ADA, team="T0LOCAL")
        push = over_http.bot.outbox.push
        over_http.bot.store.turn(lambda conn: [write(conn, late, over_http.clock.time())], push)
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        assert asked(over_http, fetch, "/readyz") == (200, "ok")
        over_http.clock.move(400)
        status, why = asked(over_http, fetch, "/readyz")
        assert (status, why[:22]) == (503, "something has waited f")
        over_http.clock.move(3600)
        over_http.quiet()
        assert asked(over_http, fetch, "/readyz") == (200, "ok")


class TestDamage:
    DAMAGES = (
        "value='{', text='4'",
        "value='\"x', text=CAST(x'ff61' AS TEXT)",
        "verb='sing', value='1'",
        "value='1300'",
        "text=''",
        "n=n+1",
    )

    @pytest.mark.parametrize("damage", DAMAGES)
    def test_a_damaged_check_is_set_aside_told_to_its_owner_and_quoted_nowhere(
        self, over_http: Workspace, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        hurt = over_http.open("The hurt one").up_to("eval_pairs")
        hurt.type("4,321")
        over_http.quiet()
        well = over_http.open("The other one")
        over_http.quiet()
        over_http.slack.open(ADA, "home")
        over_http.quiet()
        where = (
            "WHERE n=(SELECT max(n) FROM answers a WHERE a.session=answers.session) AND session=(SELECT session FROM"
        )
        first = f"UPDATE answers SET {damage} {where} threads WHERE thread_ts=?)"  # noqa: S608 - ours
        with closing(sqlite3.connect(over_http.db, isolation_level=None)) as other:  # not by the bot, which would know
            assert other.execute(first, (hurt.root,)).rowcount == 1
        over_http.slack.say(ADA, "82%", thread_ts=hurt.root)
        over_http.quiet()
        assert "can't be read any more" in over_http.slack.ephemerals(ADA)[-1]["text"]
        assert caplog.text.count("it is set aside") == 1
        assert "4,321" not in caplog.text
        assert well.answer("classification").pending == "prompt_tried", "her other check goes on"
        over_http.quiet()
        assert "The other one" in str(over_http.slack.home(ADA))
        assert over_http.slack.command(ADA, "/finetune", "resume")

    def test_one_that_is_damaged_behind_an_open_dialog_is_told_too(self, over_http: Workspace, decided: Decide) -> None:
        """What is only read for an answer is no turn; whoever asked is told all the same."""
        check = decided(over_http)
        check.press("report:share")
        hurt = "UPDATE reports SET verdict='hold' WHERE session=:id"
        over_http.bot.store.turn(lambda conn: conn.execute(hurt, {"id": check.id}).rowcount)
        with pytest.raises(NotAcknowledged):  # the dialog shows that it did not work
            over_http.slack.submit(ADA, {"channel": "C0GENERAL"})
        over_http.quiet()
        assert "can't be read any more" in check.told
        assert not check.record()

    def test_what_others_posted_is_listed_without_the_one_that_is_damaged(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        hurt, well = decided(over_http, title="The hurt one"), decided(over_http, title="The other one")
        for check in (hurt, well):
            check.share()
        spoil = "UPDATE reports SET body=replace(body, '0.82', '0.83') WHERE session=:id"
        over_http.bot.store.turn(lambda conn: conn.execute(spoil, {"id": hurt.id}).rowcount)
        told = str(decisions(over_http, LIN))
        assert "The other one" in told
        assert "The hurt one" not in told


class TestHome:
    def test_a_tab_slack_always_has_another_one_of_is_published_over_it_after_a_few_tries(
        self, over_http: Workspace
    ) -> None:
        over_http.slack.open(ADA, "home")
        over_http.quiet()
        over_http.slack.faults.add("views.publish", {"error": "hash_conflict"}, times=500)
        before = len(over_http.slack.calls("views.publish"))
        over_http.slack.open(ADA, "home")
        over_http.quiet()
        assert len(over_http.slack.calls("views.publish")) - before == 4
        assert "hash" not in over_http.slack.calls("views.publish")[-1].args
        assert Published(person=ADA).conflicts == 0

    def test_settings_of_people_who_have_nothing_here_any_more_go_as_their_checks_do(
        self, over_http: Workspace, turns: Turns, days_pass: Callable[[int], None]
    ) -> None:
        def people(conn: Connection) -> list[str]:
            return [person for (person,) in conn.execute("SELECT person FROM people")]

        insert = "INSERT INTO people (enterprise, team, person, at) VALUES ('', 'T0LOCAL', :lin, :at)"
        over_http.bot.store.turn(lambda conn: conn.execute(insert, {"lin": LIN, "at": turns.now()}).rowcount)
        days_pass(29)
        assert turns.reading(people) == [LIN]
        days_pass(4)  # the first look counts for nothing, and one of them is grace
        assert turns.reading(people) == []


class TestOffers:
    def test_so_many_offers_a_day_are_enough_and_only_the_last_one_stands(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        for n in range(11):
            check.press("report:hand_over")
            answer = over_http.slack.submit(ADA, {"person": LIN})
            check.settle()
            assert bool(answer) == (n == 10), answer
        assert "enough checks for today" in str(answer)
        assert len(over_http.slack.messages("D0LIN")) == 10
        assert over_http.rows("SELECT count(*) FROM handovers WHERE became=''") == [(1,)]
        last = over_http.slack.messages("D0LIN")[-1]
        over_http.slack.click(LIN, last["ts"], "record:accept", "D0LIN")
        over_http.quiet()
        texts = [message["text"] for message in over_http.slack.messages("D0LIN")]
        assert texts[:9] == ['ada took the offer of "Our support tone" back.'] * 9
        assert texts[9].startswith('You took over "Our support tone" (open it')

    def test_somebody_of_another_company_is_offered_nothing(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        over_http.slack.arrange("D0LIN", is_ext_shared=True)
        check.press("report:hand_over")
        assert over_http.slack.submit(ADA, {"person": LIN}) == {}
        check.settle()
        assert over_http.slack.messages("D0LIN") == []
        assert "work for another company" in check.told
        assert 'so nothing was offered. "Our support tone" stays yours.' in check.told


class TestAnotherCompany:
    def test_their_click_is_acknowledged_and_told_and_shows_nothing(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        record = check.share()
        over_http.slack.click(LIN, record["ts"], "record:how", "C0GENERAL")
        check.settle()
        pressed = over_http.slack.deliveries("interactive")[-1].payload
        theirs = pressed | {"team": {"id": "T0OTHER"}, "user": {"id": "U0THEIRS", "team_id": "T0OTHER"}}
        theirs["actions"] = [pressed["actions"][0] | {"action_ts": "55.5"}]
        theirs["trigger_id"] = "5.5.5"
        assert over_http.slack.deliver(theirs).ok
        over_http.quiet()
        assert "another company's workspace" in str(over_http.slack.ephemerals(LIN)[-1])

    def test_figures_leave_a_record_within_a_day_of_its_channel_being_shared(
        self, over_http: Workspace, decided: Decide, words: Words
    ) -> None:
        check = decided(over_http)
        check.share("C0GENERAL", "costs")
        assert "$" in words(check.record())
        looked = len(over_http.slack.calls("conversations.info"))
        over_http.bot.turns.sweep()
        check.settle()
        edits = len(over_http.slack.calls("chat.update"))
        assert len(over_http.slack.calls("conversations.info")) == looked + 1
        over_http.slack.arrange("C0GENERAL", is_ext_shared=True)
        over_http.bot.turns.sweep()
        check.settle()
        assert "$" in words(check.record()), "once a day is enough"
        over_http.clock.move(90_000)
        over_http.bot.turns.sweep()
        check.settle()
        assert "$" not in words(check.record())
        assert "I took the cost figures out of your record" in check.told
        assert len(over_http.slack.calls("chat.update")) > edits

    def test_a_look_that_finds_nothing_new_edits_nothing(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.share("C0GENERAL", "costs")
        before = len(over_http.slack.calls("chat.update"))
        for scope in (True, False):
            if not scope:
                over_http.slack.faults.add("conversations.info", {"error": "missing_scope"})
            over_http.clock.move(90_000)
            over_http.bot.turns.sweep()
            check.settle()
        assert len(over_http.slack.calls("chat.update")) == before
        assert over_http.rows("SELECT costs FROM shares") == [(1,)]


GARBLED: list[Any] = [[], "x", 7, None, {"id": []}, {"id": {"x": 1}}]


@pytest.mark.parametrize("part", ["container", "user", "team", "channel", "message", "view", "actions", "state"])
def test_a_signed_but_garbled_click_is_no_fault_of_ours(
    over_http: Workspace, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    talk = over_http.open()
    talk.answer("classification")
    over_http.quiet()
    pressed = over_http.slack.deliveries("interactive")[-1].payload
    for n, value in enumerate(GARBLED):
        sent = pressed | {part: value}
        if part != "actions":
            sent["actions"] = [pressed["actions"][0] | {"action_ts": f"66.{n}"}]
        assert over_http.slack.deliver(sent).status != 500
    over_http.quiet()
    assert "Traceback" not in caplog.text
    assert "a turn failed" not in caplog.text
    assert talk.pending == "prompt_tried"


@pytest.mark.parametrize("tokens", [[], "x", 7, None, {"bot": None}, ["bot"]])
def test_a_garbled_event_about_tokens_stops_nothing(over_http: Workspace, tokens: Any) -> None:
    event = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": f"Ev{tokens}", "api_app_id": "A0LOCAL"}
    assert over_http.slack.deliver(event | {"event": {"type": "tokens_revoked", "tokens": tokens}}).status < 500
    assert over_http.bot.fault() is None


def test_refused_requests_are_counted_and_not_logged_one_by_one(
    over_http: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    caplog.set_level(logging.INFO, "bot.slack.gate")
    host = urlsplit(over_http.address)
    for _ in range(300):
        connection = HTTPConnection(host.hostname or "", host.port, timeout=10)
        connection.request("POST", "/slack/events", b"{}", {"Content-Type": "application/json"})
        assert connection.getresponse().status == 401
        connection.close()
    assert caplog.text.count("refused a request") == 1


class TestStart:
    @pytest.fixture
    def environ(self, slack: LocalSlack, tmp_path: Path) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url,
            "ADVISOR_DB": str(tmp_path / "advisor.db"),
        }  # fmt: skip

    def test_scopes_nothing_works_without_are_named_and_stop_the_start(
        self, slack: LocalSlack, environ: dict[str, str]
    ) -> None:
        slack.workspace.scopes = frozenset({"commands", "app_mentions:read"})
        with pytest.raises(CannotStart, match=r"lacks chat:write, im:history, im:write\. Add what is missing"):
            build(load(environ))

    def test_where_slack_does_not_say_what_was_granted_nothing_is_said(
        self, slack: LocalSlack, environ: dict[str, str]
    ) -> None:
        slack.workspace.scopes = frozenset()
        build(load(environ)).close()

    def test_a_token_of_a_whole_organisation_is_told_that_it_cannot_be_used_yet(
        self, slack: LocalSlack, environ: dict[str, str]
    ) -> None:
        slack.workspace.org_wide = True
        with pytest.raises(CannotStart, match="for a whole organisation"):
            build(load(environ))

    def test_a_slack_that_stays_away_is_exit_status_3_and_a_refusal_2(
        self, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.slack.workspace._START_SECONDS", 0.0)
        monkeypatch.setattr("bot.__main__.Shutdown", lambda: None)
        monkeypatch.setattr("sys.argv", ["bot"])
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
        assert run() == 3
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
        assert run() == 2


class TestSweep:
    def test_twenty_thousand_old_checks_go_in_slices_each_found_by_an_index(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "advisor.db")

        def plans(conn: Connection) -> list[str]:
            found = []
            for table in ("threads", "outbox", "shares", "handovers", "answers", "reports", "feedback"):
                query = f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE session='x'"  # noqa: S608 - ours
                found += [str(row["detail"]) for row in conn.execute(query)]
            found += [
                str(row["detail"])
                for row in conn.execute("EXPLAIN QUERY PLAN SELECT id FROM sessions WHERE changed_at < 'x'")
            ]
            return found

        steps = store.turn(plans)
        store.close()
        assert all(step.startswith("SEARCH") for step in steps), steps


class TestSeenWhereItBelongs:
    def test_how_it_was_decided_is_shown_where_the_record_stands_also_when_it_has_replies(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        record = check.share()
        over_http.slack.say(LIN, "why not?", channel="C0GENERAL", thread_ts=record["ts"])
        over_http.slack.click(LIN, record["ts"], "record:how", "C0GENERAL")
        check.settle()
        shown = over_http.slack.ephemerals(LIN)[-1]
        assert "How it was decided" in str(shown)
        assert "thread_ts" not in shown, "a thread nobody has open would hide it"

    def test_a_verdict_that_became_another_one_is_said_in_the_record_s_thread_once(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        record = check.share()
        check.change("eval pairs", "900")
        check.press("report:update")
        replies = over_http.slack.messages("C0GENERAL", record["ts"])[1:]
        assert len(replies) == 1
        assert 'it was "Yes, start small: run a trial" and is now "Not yet' in replies[0]["text"]
        check.change("eval pairs", "950")
        check.press("report:update")
        assert len(over_http.slack.messages("C0GENERAL", record["ts"])) == 2, "the verdict is the same"

    def test_a_line_about_what_was_not_helpful_is_thanked_for_where_the_thumb_was_pressed(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.type("report")  # its card stands in a thread now
        threads = {m.get("thread_ts", m["ts"]) for m in over_http.slack.messages(DM)}
        check.press("feedback:down")
        assert over_http.slack.submit(ADA, {"note": "too long"}) == {}
        check.settle()
        thanks = over_http.slack.ephemerals(ADA)[-1]
        assert (thanks["text"], thanks.get("thread_ts")) == ("Thank you.", check.root)
        assert {m.get("thread_ts", m["ts"]) for m in over_http.slack.messages(DM)} == threads, "no conversation begins"


@pytest.mark.parametrize("text", ["<@" * 19_000, "<@U" + "A" * 39_000, "a<@" * 13_000 + ">"])
def test_a_long_message_that_looks_like_mentions_is_answered_like_any_other(over_http: Workspace, text: str) -> None:
    """The quadratic pattern took 4 s for it, and everybody waited."""
    talk = over_http.open(text)
    assert talk.pending == "goal"

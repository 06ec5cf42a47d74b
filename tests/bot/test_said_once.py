"""What a reader of the code found about saying things once: each kind stays here as a test."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot import settings
from bot.app import build
from bot.delivery.sending import NotYet
from bot.delivery.telemetry import Metrics
from bot.local import Fault, LocalSlack
from bot.messages import OutgoingMessage, Request, stamp
from bot.slack import socket as socket_mode
from bot.slack.workspace import SlackAway
from bot.store.database import Unwritten
from bot.store.queue import write
from bot.store.sqlite import Store, sqlite3
from tests.bot.conftest import ADA, LIN, Decide, HandClock, Workspace, buttons
from tests.bot.test_outbox import RELEASED, put

DM = "D0ADA"


def post(text: str, lane: str = ADA, channel: str = DM, **more: Any) -> OutgoingMessage:
    return OutgoingMessage("chat.postMessage", {"channel": channel, "text": text}, lane, team="T0LOCAL", **more)


def give(workspace: Workspace, *sayings: OutgoingMessage) -> None:
    now = workspace.clock.time()
    workspace.bot.store.turn(lambda conn: [write(conn, one, now) for one in sayings], workspace.bot.outbox.push)


def texts(workspace: Workspace, channel: str = DM) -> list[str]:
    return [message["text"] for message in workspace.slack.messages(channel)]


def heard(user: str = ADA, key: str = "k1") -> Request:
    return Request(key, "T0LOCAL", user, "")


Hurry = Callable[[], None]


@pytest.fixture
def hurry(over_http: Workspace) -> Iterator[Hurry]:
    """Call it, and from then on nothing waits to be tried again."""
    yield over_http.hurry
    over_http.hurry(on=False)


class TestNothingHoldsUpALane:
    @pytest.mark.parametrize("status", [403, 500])
    def test_files_slack_does_not_take_are_said_as_text(
        self, over_http: Workspace, decided: Decide, hurry: Hurry, status: int
    ) -> None:
        check = decided(over_http)
        over_http.slack.faults.add("upload", {"status": status}, times=1_000)
        hurry()
        check.press("report:export")
        assert "```" in str(over_http.slack.messages(DM)[-1])

    def test_a_broken_response_url_mutes_no_dm(self, over_http: Workspace, hurry: Hurry) -> None:
        talk = over_http.open()
        over_http.quiet()
        over_http.slack.faults.add("response_url", {"status": 404, "html": True}, times=100)
        url = over_http.slack.api_url.replace("/api/", "/response/x")
        there = Request("k10", "T0LOCAL", ADA, "C0GENERAL", response_url=url)
        over_http.bot.handlers.calculator.with_example(there, "line|1M calls")
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        over_http.slack.say(ADA, "classification", thread_ts=talk.root)
        over_http.wait_for(lambda: talk.pending == "prompt_tried")
        hurry()
        over_http.quiet()
        assert any("press it again" in text for text in texts(over_http)), "in the end it is told"


class TestNotTwice:
    @pytest.fixture(autouse=True)
    def _stops_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is still unsaid at a stop would be tried for seconds more."""
        monkeypatch.setattr("bot.delivery.outbox._CLOSING_SECONDS", 0.1)

    def test_a_card_that_was_folded_and_in_flight_at_a_crash_is_looked_for(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("measured_pass_rate")
        over_http.quiet()
        faults = over_http.slack.faults
        answered = threading.Event()
        faults.add("chat.postMessage", {"until": answered})
        faults.add("chat.postMessage", {"reset": "after"})
        for method in ("conversations.replies", "conversations.history"):
            faults.add(method, {"status": 503}, times=1_000)
        for text in ("82 %", "90%", "yes"):
            over_http.slack.say(ADA, text, thread_ts=talk.root)
            over_http.slack.wait_idle()
        answered.set()
        over_http.wait_for(lambda: over_http.slack.calls("conversations.replies"))
        before = len(talk.said_by_bot())
        over_http.stop()  # the look never got through: the rows stay
        faults.clear()
        over_http.start()
        over_http.quiet()
        assert len(talk.said_by_bot()) == before

    def test_a_card_that_stood_at_a_crash_with_the_one_above_it_still_whole_is_found_and_that_one_cut_down(
        self, over_http: Workspace
    ) -> None:
        talk = over_http.open().up_to("measured_pass_rate")
        over_http.quiet()
        above = talk.card["ts"]
        over_http.hurry(on=False)
        over_http.slack.faults.add("chat.update", {"hang": True})
        over_http.slack.say(ADA, "82 %", thread_ts=talk.root)
        over_http.wait_for(lambda: above in str(over_http.slack.calls("chat.update")[-1:]))
        before = len(talk.said_by_bot())
        over_http.stop()
        over_http.slack.faults.clear()
        over_http.start()
        over_http.quiet()
        assert len(talk.said_by_bot()) == before
        assert talk.card["ts"] != above
        assert not buttons(next(one for one in talk.said_by_bot() if one["ts"] == above))

    def test_what_stood_behind_a_folded_card_is_looked_for_as_well(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("measured_pass_rate")
        over_http.quiet()
        faults = over_http.slack.faults
        answered = threading.Event()
        faults.add("chat.postMessage", {"until": answered})
        for text in ("82 %", "90%"):  # the first is on its way, the second will be left out
            over_http.slack.say(ADA, text, thread_ts=talk.root)
            over_http.slack.wait_idle()
        give(over_http, post("plain"))
        faults.add("chat.postMessage", {"reset": "after"})
        for method in ("conversations.replies", "conversations.history"):
            faults.add(method, {"status": 503}, times=1_000)
        over_http.slack.say(ADA, "yes", thread_ts=talk.root)
        over_http.slack.wait_idle()
        answered.set()
        over_http.wait_for(lambda: over_http.slack.calls("conversations.history"))
        over_http.stop()
        faults.clear()
        over_http.start()
        over_http.quiet()
        assert texts(over_http).count("plain") == 1

    def test_a_post_that_went_to_the_top_level_instead_stands_once(self, over_http: Workspace, hurry: Hurry) -> None:
        hurry()
        talk = over_http.open()
        over_http.quiet()
        faults: list[Fault] = [{"error": "thread_not_found"}, {"reset": "after"}, {"error": "thread_not_found"}]
        for fault in faults:
            over_http.slack.faults.add("chat.postMessage", fault)
        over_http.slack.say(ADA, "classification", thread_ts=talk.root)
        over_http.quiet()
        said = [m for m in over_http.slack.messages(DM) if m.get("bot_id") and "thread_ts" not in m]
        assert len(said) == 1

    def test_a_note_in_somebody_s_dm_stands_once(self, over_http: Workspace, hurry: Hurry) -> None:
        over_http.slack.faults.add("chat.postMessage", {"reset": "after"})
        over_http.bot.handlers.conversation.resume(heard())
        hurry()
        over_http.quiet()
        assert len(texts(over_http)) == 1

    def test_that_slack_is_slow_is_said_once_however_lossy_the_line_is(
        self, over_http: Workspace, hurry: Hurry
    ) -> None:
        faults = over_http.slack.faults
        for method in ("chat.postMessage", "chat.postEphemeral"):
            faults.add(method, {"reset": "after"}, times=60)
        for method in ("conversations.history", "conversations.replies"):
            faults.add(method, {"status": 503}, times=12)
        give(over_http, post("x", person=ADA))
        hurry()
        over_http.quiet()
        slow = [text for text in texts(over_http) if "Slack is slow" in text]
        assert len(slow) + len(over_http.slack.ephemerals(ADA)) <= 1

    def test_a_locked_file_while_a_record_is_marked_loses_no_record(
        self, over_http: Workspace, decided: Decide, hurry: Hurry
    ) -> None:
        check = decided(over_http)
        sender, locked = over_http.bot.outbox._sender, list[sqlite3.Connection]()
        mark = sender._mark

        async def mark_a_locked_file(saying: OutgoingMessage) -> None:
            if not locked:
                locked.append(sqlite3.connect(over_http.db, isolation_level=None, check_same_thread=False))
                locked[0].execute("BEGIN IMMEDIATE")
                try:
                    await mark(saying)
                finally:
                    locked[0].close()
            await mark(saying)

        sender._mark = mark_a_locked_file
        check.press("report:share")
        assert over_http.slack.submit(ADA, {"channel": "C0GENERAL"}) == {}
        hurry()
        over_http.slack.wait_for(check.record)  # once the lock is gone
        check.settle()
        assert len(over_http.rows("SELECT * FROM shares")) == 1


class TestTakenBack:
    def test_what_waits_for_the_token_is_not_said_after_its_check_was_deleted(self, over_http: Workspace) -> None:
        talk = over_http.open("A secret title").up_to("prompt_tried")
        over_http.quiet()
        over_http.slack.faults.add("*", {"error": "invalid_auth"})
        over_http.slack.say(ADA, "yes", thread_ts=talk.root)
        over_http.wait_for(lambda: over_http.bot.outbox.cut_off("T0LOCAL"))
        lins = over_http.slack.say(LIN, "Lin's secret idea")
        over_http.slack.wait_idle()
        over_http.bot.handlers.deletion.forget(heard(LIN))
        over_http.wait_for(lambda: over_http.clock.sleeping("until_good"))
        over_http.clock.move(61)
        over_http.quiet()
        assert [m for m in over_http.slack.messages("D0LIN", lins) if m.get("bot_id")] == []

    def test_what_waits_is_not_said_after_all_was_deleted(self, over_http: Workspace, hurry: Hurry) -> None:
        over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 60})
        root = over_http.slack.say(ADA, "roi 1M calls, 0.03 now, 0.001 after, 1000 pairs, $777 training")
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        over_http.bot.handlers.deletion.forget(heard())
        hurry()
        over_http.quiet()
        assert "777" not in str([m for m in over_http.slack.messages(DM, root) if m.get("bot_id")])

    def test_a_reminder_that_was_moved_while_it_was_tried_is_not_said_and_there_is_one(
        self, over_http: Workspace, decided: Decide, hurry: Hurry
    ) -> None:
        check = decided(over_http)
        check.press("report:remind", option="quarterly")
        over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 3600})
        over_http.clock.move(92 * 86_400)
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        over_http.slack.click(ADA, check.card["ts"], "report:remind", DM, option="quarterly")
        hurry()
        over_http.wait_for(lambda: not over_http.bot.outbox._lanes)
        assert len(over_http.rows("SELECT id FROM outbox WHERE due != '' AND session IS NOT NULL")) == 1
        assert "You asked me to remind you" not in str(texts(over_http))

    def test_a_deletion_that_was_not_committed_mutes_no_check(self, over_http: Workspace) -> None:
        talk = over_http.open().up_to("prompt_tried")
        over_http.quiet()
        ((check,),) = over_http.rows("SELECT id FROM sessions")
        if over_http.rows("PRAGMA journal_mode") == [("wal",)]:
            pytest.skip("with WAL a reader holds up no commit")
        reader = sqlite3.connect(over_http.db, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sessions").fetchone()
        with pytest.raises(Unwritten):
            over_http.bot.handlers.deletion.delete(heard(), check)
        reader.close()
        assert over_http.rows("SELECT id FROM sessions") == [(check,)]
        over_http.slack.say(ADA, "yes", thread_ts=talk.root)
        over_http.quiet()
        assert talk.pending == "rag_tried"

    def test_a_line_that_may_stand_below_a_record_leaves_nothing_behind(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http, title="Quite secret")
        check.share()
        check.change("eval pairs", "900")
        sender = over_http.bot.outbox._sender
        call = sender.call

        async def lose_it(method: str, args: Any, *rest: Any, **more: Any) -> Any:
            if method == "chat.postMessage" and args.get("channel") == "C0GENERAL":
                raise NotYet("lost", maybe=True)
            return await call(method, args, *rest, **more)

        sender.call = lose_it  # type: ignore[method-assign]
        check.press("report:update")
        assert over_http.rows("SELECT id FROM outbox") == []


class TestInDoubt:
    def test_a_record_the_first_release_left_can_be_answered_for(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        ((version,),) = over_http.rows("SELECT version FROM reports")
        said = [json.loads(row["said"]) for row in RELEASED]
        old = next(row for row in said if row["after"] == "shared")
        old["context"] |= {"check": check.id, "version": version, "user": ADA}
        row = {"check": check.id, "said": json.dumps(old)}
        insert = (  # as the migration leaves it
            "INSERT INTO outbox (enterprise, team, lane, session, said, at, due, doubt)"
            " VALUES ('', 'T0LOCAL', 'C0GENERAL', :check, :said, '2026-01-01T00:00:00Z', '', 1)"
        )
        over_http.bot.store.turn(lambda conn: conn.execute(insert, row).rowcount)
        over_http.restart()
        over_http.quiet()
        check.press_told("record:was_posted")
        assert len(over_http.rows("SELECT * FROM shares")) == 1

    def test_who_wanted_the_post_is_asked_though_the_check_is_somebody_else_s_by_now(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        check.press("report:hand_over")
        over_http.slack.submit(ADA, {"person": LIN})
        check.settle()
        over_http.slack.click(ADA, check.card["ts"], "report:share", DM)
        over_http.slack.wait_for(lambda: over_http.slack.modals(ADA))
        over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 30})
        over_http.slack.submit(ADA, {"channel": "C0GENERAL", "options": [], "note": ""})
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        offer = [m for m in over_http.slack.messages("D0LIN") if "record:accept" in buttons(m)][-1]
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        over_http.wait_for(lambda: len(over_http.rows("SELECT id FROM outbox WHERE due=''")) == 1)
        over_http.slack.faults.add("chat.postMessage", {"reset": "after"})
        over_http.clock.move(40)
        over_http.quiet()
        asked = [m for m in over_http.slack.messages(DM) if "record:was_posted" in buttons(m)]
        over_http.slack.click(ADA, asked[-1]["ts"], "record:was_posted", DM)
        over_http.quiet()
        assert over_http.rows("SELECT id FROM outbox WHERE doubt=2") == []

    def test_a_card_said_after_a_hand_over_does_not_take_the_check_back(
        self, over_http: Workspace, decided: Decide
    ) -> None:
        check = decided(over_http)
        root = check.root
        check.press("report:hand_over")
        over_http.slack.submit(ADA, {"person": LIN})
        check.settle()
        over_http.slack.faults.add("chat.postMessage", {"status": 429, "retry_after": 30})
        over_http.slack.say(ADA, "change eval pairs", thread_ts=root)
        over_http.wait_for(lambda: over_http.clock.sleeping("_drain"))
        offer = [m for m in over_http.slack.messages("D0LIN") if "record:accept" in buttons(m)][-1]
        over_http.slack.click(LIN, offer["ts"], "record:accept", "D0LIN")
        over_http.wait_for(lambda: over_http.rows("SELECT channel FROM sessions WHERE channel='D0LIN'"))
        over_http.clock.move(40)
        over_http.quiet()
        assert over_http.rows("SELECT owner, channel FROM sessions") == [(LIN, "D0LIN")]


class TestTheRest:
    @pytest.mark.parametrize("wrong", ['"lane": ["x"]', '"lane": "x", "person": ["p"]', '"lane": "x", "at": "then"'])
    def test_a_row_with_a_field_of_another_kind_is_gone_and_holds_up_nothing(
        self, over_http: Workspace, wrong: str
    ) -> None:
        put(over_http, '{"method": "chat.postMessage", "args": {"channel": "D0ADA", "text": "bad"}, ' + wrong + "}")
        put(over_http, post("next").stored())
        over_http.restart()
        over_http.quiet()
        assert texts(over_http) == ["next"]

    @pytest.mark.parametrize("damage", ["{", '{"method": 7}'])
    def test_a_reminder_that_cannot_be_read_keeps_nobody_from_arranging_another(
        self, over_http: Workspace, decided: Decide, damage: str
    ) -> None:
        check = decided(over_http)
        check.press("report:remind", "30")
        spoil = "UPDATE outbox SET said=:said WHERE due != ''"
        over_http.bot.store.turn(lambda conn: conn.execute(spoil, {"said": damage}).rowcount)
        check.press("report:remind", "90")
        assert len(over_http.rows("SELECT id FROM outbox WHERE due != ''")) == 1
        assert "I will remind you on" in check.told

    @pytest.mark.parametrize(("error", "told"), [("not_found", False), ("internal_error", True)])
    def test_a_form_that_could_not_be_drawn_anew_is_told_as_that_and_a_closed_one_not_at_all(
        self, over_http: Workspace, decided: Decide, hurry: Hurry, error: str, told: bool
    ) -> None:
        check = decided(over_http)
        check.press("report:share")
        (view,) = over_http.slack.modals(ADA)
        over_http.slack.faults.add("views.update", {"error": error}, times=50)
        hurry()
        over_http.slack.click(ADA, action_id="options", view_id=view["id"], option="costs")
        over_http.quiet()
        said = str(over_http.slack.messages(DM)) + str(over_http.slack.ephemerals(ADA))
        assert "did not open" not in said
        assert ("still shows what it showed before" in said) == told

    def test_a_workspace_that_left_gets_no_new_rows(self, over_http: Workspace, decided: Decide) -> None:
        check = decided(over_http)
        check.share("C0GENERAL", "costs")
        over_http.bot.handlers.operator.left(heard(key="gone"))
        before = over_http.rows("SELECT id FROM outbox")
        for _ in range(3):
            over_http.clock.move(90_000)
            over_http.bot.turns.sweep()
            assert over_http.rows("SELECT id FROM outbox") == before

    def test_what_waits_is_counted_right_across_the_edge_of_a_second(self, over_http: Workspace) -> None:
        outbox, now = over_http.bot.outbox, [1_900_000_010.0]
        over_http.quiet()
        over_http.wait_for(lambda: outbox._waiting == 0)

        class Edge(HandClock):
            def time(self) -> float:
                return now[0]

        outbox._clock = Edge()
        edge = over_http.bot.store.turn(lambda conn: write(conn, post("edge", due=stamp(now[0] + 1)), now[0]))
        stuck, go_on = threading.Event(), threading.Event()
        outbox._loop.call_soon_threadsafe(lambda: (stuck.set(), go_on.wait(60)))
        stuck.wait(60)
        outbox.push([edge])
        now[0] += 1
        go_on.set()
        over_http.wait_for(lambda: "edge" in texts(over_http) and not outbox._lanes)
        assert outbox._waiting == 0

    def test_a_wait_that_is_given_up_leaves_the_writer_alive(self, tmp_path: Path) -> None:
        store, go_on = Store(tmp_path / "a.db"), threading.Event()
        store.hand_in(lambda _: go_on.wait(60))

        async def give_up() -> None:
            waiting = asyncio.wrap_future(store.hand_in(lambda conn: conn.execute("SELECT 1").fetchone()))
            task = asyncio.ensure_future(asyncio.wait_for(waiting, 0.05))
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(give_up())
        go_on.set()
        assert store.turn(lambda conn: conn.execute("SELECT 2").fetchone()[0]) == 2
        store.close()

    def test_a_garbled_answer_at_the_start_is_a_slack_in_trouble(
        self, tmp_path: Path, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.slack.workspace._START_SECONDS", 0.0)
        server = socket.create_server(("127.0.0.1", 0))

        def garble() -> None:
            line, _ = server.accept()
            line.recv(65_536)
            line.sendall(b"garbage\r\n\r\n")
            line.close()

        thread = threading.Thread(target=garble)
        thread.start()
        environ = {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": "s" * 32, "ADVISOR_DB": str(tmp_path / "a.db"),
            "SLACK_API_URL": f"http://127.0.0.1:{server.getsockname()[1]}/api/",
        }  # fmt: skip
        with pytest.raises(SlackAway):
            build(settings.load(environ))
        thread.join()
        server.close()


def test_an_address_of_socket_mode_that_has_died_is_not_dialled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_mode, "PING_SECONDS", 0.1)
    dialled, ready, stop = list[str](), threading.Event(), asyncio.Event()
    place: list[Any] = []

    async def stale(request: web.Request) -> web.Response:
        dialled.append(request.path)
        return web.Response(status=408)

    async def fresh(request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        dialled.append(request.path)
        async for _ in line:
            pass
        return line

    async def opened(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{place[0]}/fresh"})

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/stale", stale)
        app.router.add_get("/fresh", fresh)
        app.router.add_post("/api/apps.connections.open", opened)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        place.extend([runner.addresses[0][1], asyncio.get_running_loop()])
        ready.set()
        await stop.wait()
        await runner.cleanup()

    server = threading.Thread(target=lambda: asyncio.run(serve()))
    server.start()
    ready.wait(60)
    client = AsyncWebClient(base_url=f"http://127.0.0.1:{place[0]}/api/")
    client.proxy = None
    end = socket_mode.connect(object(), "xapp-1", f"ws://127.0.0.1:{place[0]}/stale", client, Metrics())  # type: ignore[arg-type]
    end()
    place[1].call_soon_threadsafe(stop.set)
    server.join()
    assert dialled == ["/stale", "/fresh"]

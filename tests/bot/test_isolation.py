"""Nobody sees or does anything of somebody else's, whatever ids their payloads carry; nor does a workspace."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, get_args

import pytest

from advisor import load_rules
from advisor.conversation import Clicked, Command
from bot.app import make_handlers
from bot.delivery.clock import Clock
from bot.delivery.turn import Turns
from bot.messages import Outcome, OutgoingMessage, Request
from bot.render.wording import Wording
from bot.slack import listeners
from bot.slack.listeners import Handlers
from bot.slack.payloads import click, values_of
from bot.store.checks import any_check, state
from bot.store.database import Connection
from bot.store.queue import write
from bot.store.sqlite import Store
from tests.advisor.strategies import PAIRS
from tests.bot.conftest import Talk, Workspace, decisions

ADA, LIN, TEAM = "U0ADA", "U0LIN", "T0LOCAL"
PEOPLE = {
    ADA: ({"eval_pairs": f"{PAIRS + 717:,}", "usd_per_call_now": "$0.0371", "usd_per_label": "$1.37",
           "retrain_owner": "Ostrava"},
          ("Zibeline", "Quokka")),
    LIN: ({"eval_pairs": f"{PAIRS + 919:,}", "usd_per_call_now": "$0.0419", "usd_per_label": "$1.49",
           "retrain_owner": "Okonkwo"},
          ("Nudibranch", "Ocelot")),
}  # fmt: skip
COMMANDS = get_args(Command)
RULES = load_rules()


def canaries(user: str) -> list[str]:
    said, ideas = PEOPLE[user]
    return [*said.values(), *ideas, *(f"{idea} in its own words" for idea in ideas)]


def action_ids() -> Iterator[str]:
    """Everything a listener of bot/slack/listeners.py takes, and something none does."""
    yield from listeners.ACTS
    yield from (f"{family}:{name}" for family in ("session", "report") for name in COMMANDS)
    yield from ("session:start", "session:start:mention", "session:resume", "session:edit", "options", "no:such")
    yield from ("ask:why", "ask:change")
    yield from ("answer:goal:pick", "answer:eval_pairs:unknown", "answer:eval_pairs:confirm", "answer:prompt_tried:yes")


ACTIONS = sorted(set(action_ids()))
ON_CARDS = ("answer:", "ask:", "report:", "feedback:", "no:")  # what these are about is the block's id, not their value
OWN_ONLY = {"home:forget"}  # says nothing of an id, and would leave nothing to be seen
CALLBACKS = tuple(listeners.DIALOGS)
WORDS = ("start", "resume", "roi", "decisions", "import", "help", "delete", "")


def entered(user: str, callback_id: str = "") -> dict[str, Any]:
    """The state of a dialog with everything in it."""
    if callback_id == "roi":
        return {"calls_per_year": {"calls_per_year": {"type": "plain_text_input", "value": "1M"}}}
    return {
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": "C0GENERAL"}},
        "options": {"options": {"type": "checkboxes", "selected_options": [{"value": "costs"}]}},
        "note": {"note": {"type": "plain_text_input", "value": "a note"}},
        "person": {"person": {"type": "users_select", "selected_user": user}},
        "json": {"json": {"type": "plain_text_input", "value": "{}"}},
        "calls_per_year": {"calls_per_year": {"type": "plain_text_input", "value": "7M"}},
    }


class House:
    """Two people with two checks each: one decided, posted in private, revised, reminded and offered; one open."""

    def __init__(self, workspace: Workspace, answers: dict[str, str]) -> None:
        self.workspace, self.slack, self._n = workspace, workspace.slack, count(1)
        self.clicks: dict[str, dict[str, Any]] = {}
        for user, (said, (decided, still_open)) in PEOPLE.items():
            talk = workspace.open(f"{decided} in its own words", user).until_report(answers | said)
            self._press(user, talk, "report:share")
            self.slack.wait_for(partial(self.slack.modals, user))
            self.slack.submit(user, {"channel": "C0ROUTER", "options": ["costs"], "note": decided})
            posted = f"SELECT 1 FROM shares JOIN sessions s ON s.id = session WHERE owner='{user}' AND link != ''"  # noqa: S608
            workspace.until(posted)
            self._revise(user, talk)
            self._press(user, talk, "report:remind", "90")
            workspace.open(f"{still_open} in its own words", user).up_to("eval_pairs").type(said["eval_pairs"])
            self.slack.open(user, "home")
            self.slack.wait_for(partial(self.slack.home, user))
            self.slack.close_view(user, everything=True) if self.slack.modals(user) else None
            self.clicks[user] = next(
                d.payload for d in reversed(self.slack.deliveries("interactive"))
                if d.payload["type"] == "block_actions" and d.payload["user"]["id"] == user and d.payload.get("message")
            )  # fmt: skip

        def offered(conn: Connection) -> None:
            conn.execute(
                "INSERT INTO handovers (id, team, session, owner, offered_to, at)"
                " SELECT substr(id, 2) || 'e', team, id, owner, 'U0EVE', '' FROM sessions"
            )

        workspace.bot.store.turn(offered)

    def _revise(self, user: str, talk: Talk) -> None:
        self.slack.say(user, "edit training cost", thread_ts=talk.root)
        self.slack.wait_for(lambda: talk.pending == "training_usd")
        self.slack.say(user, "$733", thread_ts=talk.root)
        self.slack.wait_for(lambda: talk.card and not talk.pending)

    def _press(self, user: str, talk: Talk, action_id: str, option: str | None = None) -> None:
        assert self.slack.click(user, talk.card["ts"], action_id, option=option) == 200

    def ids(self, owner: str) -> list[str]:
        """Every id that names something of a person's."""
        mine = f"SELECT id FROM sessions WHERE owner='{owner}'"  # noqa: S608
        checks = [check for (check,) in self.workspace.rows(mine)]
        where = {"channel": "C0GENERAL", "thread": "", "note": ""}
        found = [*checks, *(json.dumps({"check": check, "version": 20} | where) for check in checks)]
        for table in ("shares", "handovers"):
            found += [one for (one,) in self.workspace.rows(f"SELECT id FROM {table} WHERE session IN ({mine})")]  # noqa: S608
        versions = f"SELECT session || ':' || version FROM reports WHERE session IN ({mine})"  # noqa: S608
        return found + [one for (one,) in self.workspace.rows(versions)]

    def cards(self, owner: str) -> list[dict[str, str]]:
        """Where a person's cards stand and what their blocks are called."""
        rows = self.workspace.rows(f"SELECT thread_ts, card_ts, id FROM sessions WHERE owner='{owner}'")  # noqa: S608
        return [
            {"thread_ts": thread, "message_ts": card, "block_id": f"{check}-3-abc.1"} for thread, card, check in rows
        ]

    def press(self, user: str, action_id: str, value: str, **at: str) -> dict[str, Any]:
        """A click of a person that carries this value; what the bot acknowledged it with."""
        seen = self.clicks[user]
        action = {
            "type": "button",
            "action_id": action_id,
            "action_ts": f"77.{next(self._n):06d}",
            "block_id": at.pop("block_id", "b1"),
            "value": value,
            "selected_option": {"value": value[:150]},
        }
        payload = seen | {"actions": [action], "container": seen["container"] | at, "message": seen["message"] | at}
        return self._bring(payload)

    def submit(self, user: str, callback_id: str, metadata: str) -> dict[str, Any]:
        view = {
            "type": "modal",
            "id": f"V{next(self._n)}",
            "hash": "1.a",
            "callback_id": callback_id,
            "private_metadata": metadata,
            "state": {"values": entered(user, callback_id)},
            "app_installed_team_id": TEAM,
        }
        kept = {name: self.clicks[user][name] for name in ("user", "team", "api_app_id", "token", "trigger_id")}
        return self._bring(kept | {"type": "view_submission", "view": view})

    def _bring(self, payload: dict[str, Any]) -> dict[str, Any]:
        answer = self.slack.deliver(payload)
        assert answer.ok, (payload, answer)
        return dict(answer.body)

    def seen_by(self, user: str) -> str:
        """All that a person can see of the bot: their DM, what only they see, dialogs, Home and the open channel."""
        places = [self.slack.messages(f"D{user[1:]}"), self.slack.messages("C0GENERAL"), self.slack.ephemerals(user)]
        return json.dumps([*places, self.slack.modals(user), self.slack.home(user)], ensure_ascii=False)

    def kept_of(self, owner: str) -> list[Any]:
        mine = f"SELECT id FROM sessions WHERE owner='{owner}'"  # noqa: S608
        tables = ("answers", "reports", "shares", "handovers", "feedback")
        rows = [self.workspace.rows(f"SELECT * FROM {table} WHERE session IN ({mine})") for table in tables]  # noqa: S608
        return [*rows, self.workspace.rows(mine)]


def look(turns: Turns, query: str) -> list[Any]:
    """What stands in the file."""
    return turns.reading(lambda conn: conn.execute(query).fetchall())


def nothing_of(owner: str, told: Any, where: str) -> None:
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    assert [canary for canary in canaries(owner) if canary in text] == [], where


@pytest.fixture
def house(over_http: Workspace, answers: dict[str, str]) -> House:
    return House(over_http, answers)


@pytest.mark.parametrize(("thief", "owner"), [(ADA, LIN), (LIN, ADA)])
class TestPeople:
    def test_no_button_with_somebody_elses_id_shows_or_changes_anything(
        self, house: House, thief: str, owner: str
    ) -> None:
        assert all(canary in house.seen_by(owner) for canary in canaries(owner)), "they are there to be seen"
        nothing_of(owner, house.seen_by(thief), "before")
        before, ids, cards = house.kept_of(owner), house.ids(owner), house.cards(owner)
        for action_id in ACTIONS:
            if action_id in OWN_ONLY:
                continue
            for value in () if action_id.startswith(ON_CARDS) else ids:
                nothing_of(owner, house.press(thief, action_id, value), f"{action_id} {value}")
            for card in cards:
                nothing_of(owner, house.press(thief, action_id, "yes", **card), f"{action_id} on {card}")
        house.workspace.quiet()
        nothing_of(owner, house.seen_by(thief), "after")
        assert house.kept_of(owner) == before

    def test_no_dialog_with_somebody_elses_id_shows_or_changes_anything(
        self, house: House, thief: str, owner: str
    ) -> None:
        before = house.kept_of(owner)
        for callback_id in CALLBACKS:
            for value in house.ids(owner):
                nothing_of(owner, house.submit(thief, callback_id, value), f"{callback_id} {value}")
        house.workspace.quiet()
        nothing_of(owner, house.seen_by(thief), "after")
        assert house.kept_of(owner) == before

    def test_no_command_with_somebody_elses_id_or_words_shows_or_changes_anything(
        self, house: House, thief: str, owner: str
    ) -> None:
        before = house.kept_of(owner)
        for word in WORDS:
            for rest in house.ids(owner):
                body = house.slack.command(thief, "/finetune", f"{word} {rest}", channel="C0GENERAL")
                nothing_of(owner, body, f"{word} {rest}")
        for idea in PEOPLE[owner][1]:
            assert idea not in json.dumps(decisions(house.workspace, thief, idea[:4])["blocks"])
        house.workspace.quiet()
        nothing_of(owner, house.seen_by(thief), "after")
        assert house.kept_of(owner) == before

    def test_no_words_in_somebody_elses_thread_show_or_change_anything(
        self, house: House, thief: str, owner: str
    ) -> None:
        before = house.kept_of(owner)
        said = house.workspace.first_said(f"{PEOPLE[thief][1][0]} in its own")
        for place in (f"D{thief[1:]}", f"D{owner[1:]}"):
            for card in house.cards(owner):
                for n, text in enumerate(("review", "report", "resume", "42", "roi 1M", *house.ids(owner)[:2])):
                    event = said["event"] | {"text": text, "channel": place, "thread_ts": card["thread_ts"]}
                    event |= {"ts": f"1999999999.{n:06d}"}
                    forged = said | {"event": event, "event_id": f"Ev{place}{card['thread_ts']}{n}"}
                    assert house.slack.deliver(forged).ok
        house.workspace.quiet()
        nothing_of(owner, house.seen_by(thief), "after")
        assert house.kept_of(owner) == before

    def test_somebody_elses_id_reads_like_one_that_never_was(self, house: House, thief: str, owner: str) -> None:
        def answered(action_id: str, value: str) -> list[str]:
            before = len(house.slack.ephemerals(thief)), len(house.slack.messages(f"D{thief[1:]}"))
            house.press(thief, action_id, value, block_id=f"{value}-3-abc.1")
            house.workspace.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE due='')")
            told = house.slack.ephemerals(thief)[before[0] :] + house.slack.messages(f"D{thief[1:]}")[before[1] :]
            return [message["text"] for message in told]

        check = house.ids(owner)[0]
        for action_id in ("home:resume:0", "home:open:20", "home:revise:20", "home:delete:0", "record:how",
                          "record:accept", "record:decline", "record:again", "record:version:0"):  # fmt: skip
            told = answered(action_id, check)
            assert told == answered(action_id, "f" * 32), action_id
            assert "Not found" in told[0], action_id

    def test_deleting_ones_own_data_leaves_the_other_person_everything(
        self, house: House, thief: str, owner: str
    ) -> None:
        before = house.kept_of(owner)
        house.press(thief, "home:forget", house.ids(owner)[0])
        house.workspace.quiet()
        assert house.kept_of(owner) == before
        assert house.kept_of(thief)[-1] == []


class TestAnotherWorkspaceOverSlack:
    """The bot has one token: requests of another workspace are turned away before anything is read."""

    def test_every_kind_of_request_is_turned_away(self, house: House) -> None:
        other = {"id": "T0OTHER", "domain": "other"}
        before = house.workspace.rows("SELECT * FROM answers"), len(house.slack.calls())
        click = house.clicks[ADA]
        person = click["user"] | {"team_id": "T0OTHER"}
        view = {"type": "modal", "id": "V1", "hash": "1.a", "callback_id": "share", "state": {"values": entered(ADA)}}
        view |= {"private_metadata": house.ids(ADA)[0], "app_installed_team_id": "T0OTHER"}
        said = house.workspace.first_said("Zibeline")
        event = {name: part for name, part in said.items() if name != "authorizations"} | {"team_id": "T0OTHER"}
        command = {"team_id": "T0OTHER", "user_id": ADA, "channel_id": "D0ADA", "command": "/finetune",
                   "text": "resume", "trigger_id": "1.2.3", "api_app_id": "A0LOCAL", "token": "x"}  # fmt: skip
        for payload in (
            click | {"team": other, "user": person, "actions": [click["actions"][0] | {"action_ts": "88.1"}]},
            {"type": "view_submission", "team": other, "user": person, "view": view, "trigger_id": "1.2.3"},
            {"type": "shortcut", "team": other, "user": person, "callback_id": "start_check", "action_ts": "88.2"},
            event | {"event_id": "EvOTHER"},
            event | {"event_id": "EvGONE", "event": {"type": "app_uninstalled"}},
            command,
        ):
            answer = house.slack.deliver(payload)
            pressed = payload.get("type") in ("block_actions", "view_submission", "shortcut")
            assert answer.ok == pressed, "who pressed something is told, the rest is refused"
            nothing_of(ADA, answer.body, str(payload))
        house.slack.wait_idle()
        assert house.workspace.rows("SELECT * FROM answers") == before[0]
        assert house.workspace.rows("SELECT * FROM installations") == []


class Ear:
    """Stands in for the outbox: keeps what would be said, and tells the turns that Slack took it."""

    full = False

    def __init__(self, store: Store) -> None:
        self.store = store
        self.said: list[OutgoingMessage] = []
        self.turns: Turns

    def push(self, sayings: list[OutgoingMessage]) -> None:
        self.said += sayings

    def acknowledging(self) -> AbstractContextManager[None]:
        return nullcontext()

    def cut_off(self, team: str) -> tuple[str, ...]:
        return ()

    def stop_team(self, team: str) -> None:
        self.said.append(OutgoingMessage("stopped", {}, "", team=team))

    def forget(self, checks: list[str]) -> None:
        self.said = [saying for saying in self.said if saying.about not in checks]

    def drain(self) -> None:
        """Let every outcome be heard, and what that leads to."""
        done = 0
        while done < len(self.said):
            saying, done = self.said[done], done + 1
            if saying.on_result:
                self.store.turn(partial(self._after, saying), self.push)

    def _after(self, saying: OutgoingMessage, conn: Connection) -> list[OutgoingMessage]:
        answer = {"ts": "9.9", "channel": {"id": "C1"}, "permalink": "https://x/1", "view": {"hash": "1.a"}}
        conn.execute("DELETE FROM outbox WHERE id=:id", {"id": saying.id})
        return [write(conn, each, 1_800_000_000.0) for each in self.turns.after(conn, saying, Outcome(answer))]


class TestTwoWorkspacesOnOneDatabase:
    """The same person id, channel and thread in two workspaces, and the turns without the door before them."""

    @pytest.fixture
    def handlers(self, tmp_path: Path) -> Iterator[tuple[Handlers, Ear]]:
        store = Store(tmp_path / "two.db")
        ear = Ear(store)
        ear.turns = Turns(store, ear, clock=Clock())  # type: ignore[arg-type]
        yield make_handlers(ear.turns, ear, Wording(RULES), lambda _: frozenset(), keep_days=365), ear  # type: ignore[arg-type]
        store.close()

    def heard(self, team: str, **parts: Any) -> Request:
        given: dict[str, Any] = {"channel": "D0ADA", "name": "ada", "trigger_id": "1.2.3"} | parts
        return Request(key=str(next(_KEYS)), team=team, user=ADA, **given)

    def settle_in(self, handlers: Handlers, ear: Ear, answers: dict[str, str]) -> str:
        """In workspace T1: a decided check, posted, rated, reminded and offered; Home is open."""
        conversation, turns = handlers.conversation, ear.turns
        conversation.message(self.heard("T1", text="Zibeline in its own words", ts="100.1"))
        (check,) = look(turns, "SELECT id FROM sessions")[0]
        for _ in range(40):
            reply = turns._store.turn(lambda conn: state(any_check(conn, "T1", check), RULES))
            if not reply.pending:
                break
            said = (answers | PEOPLE[ADA][0]).get(reply.pending, "unknown")
            conversation.clicked(
                self.heard("T1"), Clicked(verb="answer", field=reply.pending, option=said), "100.2", check
            )
        handlers.home.opened(self.heard("T1"))
        wanted = {name: next(iter(held.values())) for name, held in entered(ADA).items()}
        values = {"channel": "C1", "options": ["costs"], "note": "Zibeline", "person": wanted["person"]}
        (version,) = look(turns, "SELECT max(version) FROM reports")[0]
        handlers.share.submit(self.heard("T1"), f"{check}:{version}", values)
        ear.drain()
        handlers.feedback.rate(self.heard("T1"), check, True)
        handlers.reminders.remind(self.heard("T1"), check, "90")
        handlers.handover.offer(self.heard("T1"), check, LIN)
        ear.drain()
        for table in ("reports", "shares", "feedback", "handovers", "people"):
            assert look(turns, f"SELECT * FROM {table}"), table  # noqa: S608
        return str(check)

    def test_nothing_of_one_is_ever_said_to_or_changed_by_the_other(
        self, handlers: tuple[Handlers, Ear], answers: dict[str, str]
    ) -> None:
        room, ear = handlers
        check = self.settle_in(room, ear, answers)
        conversation, turns = room.conversation, ear.turns
        tables = ("sessions", "threads", "answers", "reports", "shares", "feedback", "handovers", "people")

        def kept() -> list[Any]:
            mine = {"sessions": "team='T1'", "threads": "team='T1'", "people": "team='T1'"}
            queries = (f"SELECT * FROM {table} WHERE {mine.get(table, f'session={check!r}')}" for table in tables)  # noqa: S608
            return [[tuple(row) for row in look(turns, query)] for query in queries]

        before = kept()
        ear.said.clear()
        (version,) = look(turns, "SELECT max(version) FROM reports")[0]
        ids = [
            check,
            f"{check}:{version}",
            f"{check}:{version}:3",
            json.dumps({"check": check, "version": version, "channel": "C1"}),
        ]
        ids += [row["id"] for table in ("shares", "handovers") for row in look(turns, f"SELECT id FROM {table}")]  # noqa: S608
        room.home.opened(self.heard("T2"))
        for text in ("review", "resume", "report", "42", "decide again"):
            conversation.message(self.heard("T2", text=text, ts="200.1", thread_ts="100.1"))
            conversation.message(self.heard("T2", text=text, ts="100.1"))
            conversation.edited(self.heard("T2", text=text, ts="100.1"))
        conversation.attached(self.heard("T2", thread_ts="100.1"))
        conversation.mentioned(self.heard("T2", text="hello", ts="3.1"))
        conversation.opened(self.heard("T2"))
        conversation.resume(self.heard("T2"))
        for action_id in ACTIONS:
            for value in ids:
                action = {"action_id": action_id, "value": value, "selected_option": {"value": value}}
                action |= {"block_id": f"{check}-3-abc.1"}
                for channel in ("D0ADA", "C1"):
                    heard = self.heard("T2", channel=channel, thread_ts="100.1")
                    if action_id.startswith(("answer:", "session:")) or action_id.partition(":")[2] in COMMANDS:
                        verb = action_id.split(":")[1]
                        event = Clicked(verb=verb if verb in COMMANDS else "answer", field="goal", option="unknown")
                        conversation.clicked(heard, event, "100.2", check)
                    else:
                        listeners.take(room, click({}, action)._replace(request=heard))
        for callback_id in CALLBACKS:
            for value in ids:
                values = values_of({"state": {"values": entered(ADA, callback_id)}})
                told = listeners.DIALOGS[callback_id](room, self.heard("T2"), value, values)
                nothing_of(ADA, told, callback_id)
        for words in (*ids, "ibel", ""):
            nothing_of(ADA, repr(room.lookup.listed(self.heard("T2"), words)), words)
            told = listeners.COMMANDS["decisions"](room, self.heard("T2"), words)
            nothing_of(ADA, told, words)
        room.operator.left(self.heard("T2"))
        ear.drain()
        assert {saying.team for saying in ear.said} == {"T2"}
        nothing_of(ADA, json.dumps([saying.args for saying in ear.said], ensure_ascii=False), "said to T2")
        assert kept() == before

    def test_each_is_answered_in_its_own_thread_of_the_same_name(self, handlers: tuple[Handlers, Ear]) -> None:
        room, ear = handlers
        for team, idea in (("T1", "Zibeline"), ("T2", "Nudibranch")):
            room.conversation.message(self.heard(team, text=idea, ts="100.1"))
        for team in ("T1", "T2"):
            room.conversation.message(self.heard(team, text="company voice", ts="100.2", thread_ts="100.1"))
        rows = look(ear.turns, "SELECT team, count(*) FROM answers JOIN sessions ON id = session GROUP BY team")
        assert [tuple(row) for row in rows] == [("T1", 2), ("T2", 2)]

    def test_the_same_delivery_key_in_both_counts_in_both(self, handlers: tuple[Handlers, Ear]) -> None:
        room, ear = handlers
        for team in ("T1", "T2", "T1"):
            room.conversation.start(Request("Ev1", team, ADA, "D0ADA"))
        assert len(look(ear.turns, "SELECT id FROM sessions")) == 2


_KEYS = count(1)

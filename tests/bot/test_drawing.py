"""A card is drawn when it is said, by whichever process says it, and its blocks name the check they were drawn from."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.check.card import Cards
from bot.check.live_card import card_key, card_of
from bot.messages import OutgoingMessage
from bot.store import queue
from bot.store.database import Connection
from tests.bot.conftest import ADA, ANSWERS, Workspace, text_of

SAID = (
    "why?", "hm", "what would change it?", "review", "continue", "checklist", "undo", "1200", "change the title",
    "Ours",
)  # fmt: skip
"""What notes stand above a card for, and what makes it another one than the question."""


def _shown(part: Any) -> Any:
    """Without what is another one each time."""
    if isinstance(part, list):
        return [_shown(each) for each in part]
    if isinstance(part, dict):
        return {name: _shown(held) for name, held in part.items() if name != "block_id"}
    return part


@pytest.mark.parametrize("says", [SAID, tuple(ANSWERS.values()), (*tuple(ANSWERS.values())[:9], *SAID)])
def test_a_card_that_another_process_left_is_drawn_as_that_one_would_have_drawn_it(
    over_http: Workspace, says: tuple[str, ...]
) -> None:
    slack, store, outbox = over_http.slack, over_http.bot.store, over_http.bot.outbox

    def left_over(conn: Connection) -> list[OutgoingMessage]:
        rows = queue.left_over(conn, "T0LOCAL", over_http.clock.time())
        return [outbox.picture(conn, one) for one in rows]

    talk = over_http.open()
    over_http.quiet()
    compared = 0
    for said in says:
        slack.faults.add("*", {"status": 500}, times=1_000_000)
        slack.say(ADA, said, thread_ts=talk.root)
        slack.wait_idle()
        left = [one for one in store.turn(left_over) if one.shows]
        assert all(one.draw and "blocks" not in one.args for one in left)
        slack.faults.clear()
        over_http.hurry()
        over_http.quiet()
        over_http.hurry(on=False)
        compared += bool(left)
        if left:  # a question is answered beside a report, which stays
            (card,) = [m for m in slack.messages("D0ADA") if m["ts"] == talk.card["ts"]]
            assert _shown(left[-1].drawn().args["blocks"]) == _shown(card["blocks"]), said
            assert left[-1].drawn().args["text"] == card["text"]
    assert compared > len(says) / 2


def test_while_others_are_to_be_acknowledged_no_card_is_drawn_and_the_last_one_says_it_all(
    over_http: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.outbox._DRAWN_AFTER_SECONDS", 0.005)
    monkeypatch.setattr("bot.delivery.outbox._DRAWN_WITHIN_SECONDS", 600.0)
    slack, outbox = over_http.slack, over_http.bot.outbox
    talk = over_http.open("We want our support answers in our own tone")
    before = talk.said_by_bot()
    with outbox.acknowledging():
        for said in ("company voice", "yes", "not needed", "tone"):
            slack.say(ADA, said, thread_ts=talk.root)
            slack.wait_idle()  # over HTTP two at once may change places
        assert not slack.workspace.troubles, "all four are acknowledged"
        assert outbox.waiting == 4
        assert talk.said_by_bot() == before
    over_http.quiet()
    assert len(talk.said_by_bot()) == len(before) + 1
    assert "gold-answer pairs are in your eval set" in text_of(talk.card)


def test_a_card_comes_though_there_is_always_somebody_to_acknowledge(
    over_http: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.outbox._DRAWN_WITHIN_SECONDS", 0.02)
    with over_http.bot.outbox.acknowledging():
        talk = over_http.open("We want our support answers in our own tone")
        over_http.quiet()
        assert "What should the model do better?" in text_of(talk.card)


def test_a_fault_in_drawing_keeps_the_answer_and_says_so(
    over_http: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    talk = over_http.open("We want our support answers in our own tone")

    def broken(*_: object) -> None:
        raise ZeroDivisionError(ANSWERS["goal"])

    monkeypatch.setattr(Cards, "view", broken)
    over_http.slack.say(ADA, "classification", thread_ts=talk.root)
    over_http.quiet()
    assert "what you said is kept" in text_of(talk.said_by_bot()[-1])
    assert "ZeroDivisionError" in caplog.text
    assert ANSWERS["goal"] not in caplog.text
    monkeypatch.undo()
    over_http.slack.say(ADA, "review", thread_ts=talk.root)
    over_http.quiet()
    assert "Sort or label text" in text_of(talk.card)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE answers SET value='{'", "its file is damaged"),
        ("""UPDATE answers SET value='"x"' WHERE n=(SELECT max(n) FROM answers)""", "its file is damaged"),
        ("DELETE FROM answers WHERE n=0", "its file is damaged"),
        ("""UPDATE outbox SET said=replace(said, 'face\\":\\"', 'face\\":\\"hologram of a ')""", "a fault of mine"),
        ("""UPDATE outbox SET said=replace(said, '\\"face', '\\"mood\\": 1, \\"face')""", "a fault of mine"),
    ],
)
def test_a_card_that_was_left_and_can_t_be_read_keeps_no_bot_from_starting(
    over_http: Workspace, damage: str, told: str
) -> None:
    """Damage, or what a newer release has left: each is told as what it is, in the place of the card."""
    talk = over_http.open("We want our support answers in our own tone")
    over_http.quiet()
    over_http.slack.faults.add("*", {"status": 500}, times=1_000_000)
    over_http.slack.say(ADA, ANSWERS["goal"], thread_ts=talk.root)
    over_http.slack.wait_idle()
    over_http.stop()
    with closing(sqlite3.connect(over_http.db, isolation_level=None)) as other:
        before = other.execute("SELECT said FROM outbox").fetchall()
        assert other.execute(damage).rowcount
        assert ("outbox" in damage) is (before != other.execute("SELECT said FROM outbox").fetchall())
    over_http.slack.faults.clear()
    over_http.start()
    over_http.quiet()
    assert told in text_of(talk.said_by_bot()[-1])


def test_a_block_id_names_its_check_and_version_and_differs_every_time() -> None:
    key = card_key("0" * 32, 12)
    assert card_of(f"{key}.3") == ("0" * 32, 12)
    assert key != card_key("0" * 32, 12)


@pytest.mark.parametrize(
    "block_id", ["", "b001", "x" * 255, f"{'0' * 32}-", f"{'0' * 31}-1-aa.0", f"{'0' * 32}-{'9' * 30}-a"]
)
def test_a_block_id_of_somebody_else_names_nothing(block_id: str) -> None:
    assert card_of(block_id) == ("", None)

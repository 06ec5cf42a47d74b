"""The line to Slack in Socket Mode: silence is noticed, frames are put together, and nothing of them is logged."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.local import LocalSlack
from bot.slack import gate
from bot.slack import socket as socket_mode
from tests.bot.conftest import ADA, Workspace


@pytest.fixture
def over_socket(slack: LocalSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(socket_mode, "PING_SECONDS", 0.2)  # all waits of the line are multiples of it
    made = Workspace(slack, tmp_path / "advisor.db", "socket")
    yield made
    slack.stop()
    made.stop()


def test_a_line_that_says_nothing_is_given_up_and_opened_anew(over_socket: Workspace) -> None:
    over_socket.slack.faults.add("socket", {"hang": True})
    over_socket.start()
    assert len(over_socket.slack.calls("apps.connections.open")) >= 2
    assert over_socket.open().pending == "goal"


def test_an_envelope_in_several_frames_is_put_together(
    over_socket: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    over_socket.start()
    over_socket.slack._server.links.pieces = 7
    talk = over_socket.open("A canary in a coal mine")
    assert talk.click("answer:goal:pick", "classification").pending == "prompt_tried"
    assert talk.type("yes").pending == "rag_tried"
    assert "canary" not in caplog.text


def test_no_logger_quotes_what_people_write_whatever_level_is_asked_for(
    over_socket: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    over_socket.start()
    talk = over_socket.open("A canary in a coal mine").up_to("retrain_owner")
    talk.type("Otis Canary")
    over_socket.slack.command(ADA, "/finetune", "roi canary")
    over_socket.quiet()
    assert "canary" not in caplog.text.casefold()


def test_what_waited_too_long_is_refused_and_counts_when_slack_brings_it_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP with a 503, in Socket Mode by not acknowledging it."""
    with monkeypatch.context() as now:
        now.setattr(socket_mode, "PATIENCE_SECONDS", -1.0)
        now.setattr(gate, "PATIENCE_SECONDS", -1.0)
        now.setattr(workspace.slack._server.courier, "_ack_timeout", 0.5)  # silence is only known by waiting
        workspace.slack.say(ADA, "We want our support answers in our own tone")
        workspace.wait_for(lambda: b'refused_total{where="front"}' in _page(workspace))
        assert workspace.rows("SELECT * FROM seen") == []
    assert workspace.slack.deliver(workspace.first_said(), retry=(1, "http_error")).status == 200
    workspace.quiet()
    assert len(workspace.rows("SELECT * FROM sessions")) == 1


def _page(workspace: Workspace) -> bytes:
    return workspace.bot.metrics.page(workspace.bot.gauges())

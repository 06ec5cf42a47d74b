"""What the process tells whoever runs it: health and numbers in every mode, a log for machines; no names, no words."""

import json
import logging
import re
import signal
from pathlib import Path

import pytest

from bot.delivery.telemetry import COUNTED, READ, TIMED, Metrics
from bot.local import LocalSlack
from tests.bot.conftest import ADA, LIN, Fetch, Process, RunBot, Workspace
from tests.bot.test_main import ready, tokens
from tests.ports import free_port

WORDS = ("zibeline", "Okafor", ADA, LIN, "D0ADA", "T0LOCAL", "C0GENERAL", "xoxb")


def numbers(page: str) -> dict[str, float]:
    """Series -> value, the prefix left out."""
    lines = [line.removeprefix("finetune_advisor_") for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_it_counts_turns_acks_calls_and_decisions_and_tells_nothing_of_anybody(
    over_http: Workspace, fetch: Fetch
) -> None:
    talk = over_http.open("The zibeline project").until_report()
    over_http.quiet()
    status, page = fetch(f"{over_http.address}/metrics")
    assert status == 200
    found = numbers(page)
    acks = found['acks_total{status="200"}']
    assert acks == found["ack_seconds_count"] >= talk.moves
    assert found['turns_total{result="written"}'] == found["turn_seconds_count"] >= talk.moves
    assert found['reports_total{verdict="run_poc"}'] == 1
    calls = [call.method for call in over_http.slack.calls()]
    assert found['slack_calls_total{method="chat.update",result="ok"}'] == calls.count("chat.update")
    assert found["outbox_waiting"] == 0
    assert found["ready"] == 1
    for word in WORDS:
        assert word not in page
    labels = set(re.findall(r'(\w+)="', page))
    assert labels == {"status", "result", "method", "verdict", "le"}


def test_what_goes_wrong_is_counted_by_its_code(over_http: Workspace, fetch: Fetch) -> None:
    over_http.hurry()
    over_http.slack.faults.add("chat.postMessage", {"status": 503}, times=2)
    over_http.open("The zibeline project")
    over_http.quiet()
    over_http.hurry(on=False)
    found = numbers(fetch(f"{over_http.address}/metrics")[1])
    assert found['slack_calls_total{method="chat.postMessage",result="503"}'] == 2
    fetch(f"{over_http.address}/slack/events")
    assert numbers(fetch(f"{over_http.address}/metrics")[1])['acks_total{status="405"}'] == 1


def test_a_label_that_is_no_code_is_other() -> None:
    """An error may be a page of somebody's proxy."""
    metrics = Metrics()
    metrics.count("slack_calls", "chat.update", "<html>zibeline")
    metrics.count("slack_calls", "chat.update", "x" * 1000)
    page = metrics.page(dict.fromkeys(READ, 0.0)).decode()
    assert numbers(page)['slack_calls_total{method="chat.update",result="other"}'] == 2


def test_every_number_says_what_it_is() -> None:
    page = Metrics().page(dict.fromkeys(READ, 0.0)).decode()
    told = dict(re.findall(r"^# HELP finetune_advisor_(\w+?)(?:_total)? (.+)$", page, re.MULTILINE))
    assert told == {name: what for name, (what, _) in COUNTED.items()} | dict(TIMED) | dict(READ)


def listening(process: Process) -> set[int]:
    """The TCP ports a process listens on."""
    sockets = {path.readlink().name for path in Path(f"/proc/{process.popen.pid}/fd").iterdir() if path.is_symlink()}
    rows = [line.split() for line in Path(f"/proc/{process.popen.pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


@pytest.mark.parametrize("mode", ["local", "socket", "http"])
def test_on_a_port_of_its_own_it_tells_in_every_mode(
    run_bot: RunBot, slack: LocalSlack, fetch: Fetch, mode: str
) -> None:
    health = free_port()
    environ = {"PORT": str(free_port())} if mode == "local" else tokens(slack, mode)
    process = run_bot(**environ, HEALTH_PORT=str(health))
    process.wait_for("ready")
    for path, said in (("healthz", "ok"), ("readyz", "ok"), ("metrics", "# HELP finetune_advisor_turns_total")):
        status, page = fetch(f"http://127.0.0.1:{health}/{path}")
        assert status == 200
        assert said in page
    assert fetch(f"http://127.0.0.1:{health}/slack/events")[0] == 404
    assert process.end(signal.SIGTERM) == 0


def test_without_one_nothing_listens_in_socket_mode(run_bot: RunBot, slack: LocalSlack) -> None:
    process = run_bot(**tokens(slack, "socket"))
    process.wait_for("ready")
    assert listening(process) == set()
    process.end(signal.SIGTERM)
    with_one = run_bot(**tokens(slack, "socket"), HEALTH_PORT=str(port := free_port()))
    with_one.wait_for("ready")
    assert listening(with_one) == {port}


def test_a_taken_port_is_told_by_its_name(run_bot: RunBot, slack: LocalSlack) -> None:
    first = run_bot(**tokens(slack, "socket"), HEALTH_PORT=str(port := free_port()))
    first.wait_for("ready")
    second = run_bot(**tokens(slack, "socket"), HEALTH_PORT=str(port), ADVISOR_DB=f"{first.popen.pid}.db")
    assert second.end() == 2
    assert f"HEALTH_PORT {port}" in second.output


def test_the_json_log_is_a_line_an_event_and_has_each_turn_without_a_word_of_anybody(
    run_bot: RunBot, slack: LocalSlack
) -> None:
    environ = tokens(slack, "http")
    process = run_bot(**environ, LOG_FORMAT="json", LOG_LEVEL="DEBUG")
    ready(slack, process, environ)
    root = slack.say(ADA, "The zibeline project")
    slack.wait_for(lambda: len(slack.messages("D0ADA", root)) == 2)
    slack.wait_idle()
    assert process.end(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in process.lines if line]
    assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
    turns = [line for line in lines if line["logger"] == "bot.turns"]
    assert turns
    for turn in turns:
        assert re.fullmatch(r"[0-9a-f]{12}", turn["request"])
        assert turn["team"] == "T0LOCAL"
        assert turn["result"] == "written"
        assert 0 < turn["turn_ms"] < 30_000
    for word in ("zibeline", ADA, "D0ADA", "xoxb"):
        assert word not in process.output


def test_an_exception_in_the_json_log_has_its_place_and_not_its_text() -> None:
    from bot.delivery.telemetry import _AsJson

    try:
        int("zibeline")
    except ValueError:
        record = logging.getLogger("bot").makeRecord(
            "bot", logging.ERROR, "f", 1, "it fell", (), __import__("sys").exc_info()
        )
    line = json.loads(_AsJson().format(record))
    assert line["error"] == "ValueError"
    assert "in test_an_exception" in line["frames"]
    assert "zibeline" not in json.dumps({**line, "frames": ""})

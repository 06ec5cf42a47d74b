"""How long Slack waits for its acknowledgement at 20 turns a second, with a model that hangs and a Slack that is slow.

pytest tests/benchmarks/test_ack.py -p no:xdist --benchmark-enable -s
"""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

import pytest

from bot.local import LocalSlack
from tests.ports import free_port
from tests.wording.model import ScriptedModel, hang

TURNS_A_SECOND, SECONDS, ROUNDS = 20, 8, 3
GOAL = 1.5
PORT = free_port()
NUMBERS = count(1_800_000_000)


def acks(tmp_path: Path, model_url: str) -> list[float]:
    """Seconds from when each turn was due to its acknowledgement; half of the turns make a report."""
    with LocalSlack(own_events=False) as slack:
        slack.faults.add("*", {"delay": 0.1}, times=10_000)
        environ = {**os.environ, "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret}
        environ |= {"SLACK_API_URL": slack.api_url, "ADVISOR_DB": str(tmp_path / f"{next(NUMBERS)}.db")}
        environ |= {"HOST": "127.0.0.1", "PORT": str(PORT), "LOG_LEVEL": "INFO"}
        if model_url:
            environ |= {"ANTHROPIC_API_KEY": "sk-test", "ANTHROPIC_BASE_URL": model_url}
        command = [sys.executable, "-m", "bot"]
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr
            while "ready" not in process.stderr.readline():
                assert process.poll() is None
            try:
                return _offer(slack)
            finally:
                process.send_signal(signal.SIGTERM)
                process.stderr.close()


def _offer(slack: LocalSlack) -> list[float]:
    begin = time.perf_counter() + 0.5

    def turn(n: int) -> float:
        due = begin + n / TURNS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))  # the pace of an open loop, not a wait for a result
        person = ("ADA", "LIN")[n // 2 % 2]
        root = f"{1_800_000_000 + n // 2}.000100"
        event = {"type": "message", "channel_type": "im", "channel": f"D0{person}", "user": f"U0{person}"}
        opening, answer = {"text": "our tone", "ts": root}, {"text": "live data", "thread_ts": root}
        event |= answer | {"ts": f"{root[:-1]}1"} if n % 2 else opening
        body = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": f"Ev{next(NUMBERS)}", "event": event}
        assert _post(slack, json.dumps(body).encode()) == 200
        return time.perf_counter() - due

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(turn, range(TURNS_A_SECOND * SECONDS)))


def _post(slack: LocalSlack, body: bytes) -> int:
    stamp = str(int(time.time()))
    signed = hmac.new(slack.signing_secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp}
    headers |= {"X-Slack-Signature": f"v0={signed}"}
    connection = HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request("POST", "/slack/events", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_model_that_hangs_costs_the_acknowledgement_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """p99 with a hanging model over p99 without one, in turn, the median of three."""
    if not request.config.getoption("--benchmark-enable"):
        pytest.skip("a ratio is measured only with --benchmark-enable")
    with ScriptedModel().up() as model:
        model.behave = hang
        pairs = [[_p99(acks(tmp_path, url)) for url in ("", model.url)] for _ in range(ROUNDS)]
        asked = len(model.requests)
    ratio = sorted(with_model / without for without, with_model in pairs)[ROUNDS // 2]
    with capsys.disabled():
        told = ", ".join(f"{1000 * without:.1f} -> {1000 * with_model:.1f} ms" for without, with_model in pairs)
        print(f"\nack p99 at {TURNS_A_SECOND}/s, Slack 100 ms, model hanging ({asked} asked): {told}; {ratio:.2f}x")
    assert asked > 0
    assert ratio <= GOAL


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.99 * len(seconds))]

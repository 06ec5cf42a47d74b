"""The door of the local workspace: starting, stopping, waiting, and what it may lean on."""

from __future__ import annotations

import ast
import json
import random
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient

import bot.local
from bot.local import LocalSlack

SOURCES = sorted(Path(bot.local.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_it_knows_nothing_of_the_bot_or_slacks_sdk(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        for name in names:
            known = name.split(".")[0] in sys.stdlib_module_names | {"aiohttp"} or name.startswith("bot.local")
            assert known, f"{source.name} imports {name}: the workspace is the other side of the network"


def test_every_act_asks_for_a_start_first() -> None:
    slack = LocalSlack()
    with pytest.raises(RuntimeError, match="start"):
        slack.say("U0ADA", "hello")
    slack.stop()


def test_the_tokens_are_made_up_anew_for_each_workspace() -> None:
    one, other = LocalSlack(), LocalSlack()
    assert one.bot_token.startswith("xoxb-")
    assert one.app_token.startswith("xapp-")
    assert len({one.bot_token, other.bot_token, one.signing_secret, other.signing_secret}) == 4


def test_stopping_twice_and_a_taken_port_are_told_apart() -> None:
    with LocalSlack() as slack:
        port = int(slack.url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(OSError, match="in use"):
            LocalSlack(port=port).start()
    slack.stop()


def test_waiting_ends_with_the_last_calls_in_the_message() -> None:
    with LocalSlack() as slack:
        WebClient(token=slack.bot_token, base_url=slack.api_url).auth_test()
        with pytest.raises(TimeoutError, match=r"auth\.test"):
            slack.wait_for(lambda: False, timeout=0.01)


def test_garbage_to_the_page_s_own_interface_is_a_refusal_and_no_fault(slack: LocalSlack) -> None:
    """Three hundred requests of odd shapes at each thing the page can do."""
    dice, host = random.Random(7), urlsplit(slack.url)
    odd: list[Any] = [None, [], {}, "x", 7, True, {"a": []}, [{"block_id": 1}]]
    odd += ["U0ADA", "D0ADA", "\x00", "/finetune", "V1"]
    names = ["as", "text", "channel", "ts", "thread_ts", "action_id", "block_id", "option", "state", "view_id",
             "command", "callback_id", "tab", "everything", "client_msg_id"]  # fmt: skip
    connection = HTTPConnection(host.hostname or "", host.port, timeout=10)
    for place in ("say", "click", "command", "edit", "delete", "open", "use", "submit", "close", "shortcut"):
        for _ in range(30):
            body = {"as": "U0ADA"} | {name: dice.choice(odd) for name in dice.sample(names, 6)}
            sent = dice.choice([json.dumps(body), json.dumps(body), "[]", "7", "{", "null"])
            headers = {"Content-Type": "application/json", "X-Local-Page": "1"}
            connection.request("POST", f"/api.local/{place}", sent, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 500, (place, sent)
    for place in ("state", "changes", "state?as=nobody"):
        connection.request("GET", f"/api.local/{place}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 404
    connection.close()

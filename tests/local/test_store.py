"""What was said is there again after a restart, what only one person saw is not; and one module knows the file."""

from __future__ import annotations

import ast
import re
import stat
from pathlib import Path

import pytest
from slack_sdk import WebClient

import bot.local
from bot.local import LocalSlack

SQL = re.compile(
    r"\s*(select\s.*\sfrom|insert\s+(or\s+\w+\s+)?into|update\s+\w+\s+set|delete\s+from|(create|alter|drop)\s+table|pragma\s)",
    re.IGNORECASE | re.DOTALL,
)


def test_conversations_outlive_the_server(tmp_path: Path) -> None:
    file = tmp_path / "state" / "slack.db"
    with LocalSlack(store=file, retry_waits=()) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        root = slack.say("U0ADA", "hello", client_msg_id="once")
        gone = slack.say("U0ADA", "to be deleted")
        reply = client.chat_postMessage(channel="D0ADA", thread_ts=root, text="first")["ts"]
        client.chat_update(channel="D0ADA", ts=reply, text="second")
        client.chat_postEphemeral(channel="D0ADA", user="U0ADA", text="psst")
        slack.delete("U0ADA", gone)
        before = slack.messages("D0ADA")
    with LocalSlack(store=file, retry_waits=()) as again:
        assert again.messages("D0ADA") == before
        assert [m["text"] for m in before] == ["hello", "second"]
        assert again.ephemerals("U0ADA") == []
        assert again.say("U0ADA", "hello", client_msg_id="once") == root
        assert again.say("U0ADA", "new") > reply


def test_the_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "slack.db"
    with LocalSlack(store=file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with LocalSlack(retry_waits=()) as slack:
        slack.say("U0ADA", "hello")
    assert list(tmp_path.iterdir()) == []


def test_sql_stands_in_the_archive_and_nowhere_else() -> None:
    for path in Path(bot.local.__file__).parent.glob("*.py"):
        found = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Import(names) if any(one.name == "sqlite3" for one in names):
                    found.add("the import of sqlite3")
                case ast.ImportFrom(module="sqlite3"):
                    found.add("the import of sqlite3")
                case ast.Call(func=ast.Attribute(attr="execute" | "executemany" | "executescript" as call)):
                    found.add(call)
                case ast.Constant(str(text)) if SQL.match(text):
                    found.add(text)
        assert bool(found) == (path.name == "archive.py"), f"{path.name}: move {found or 'SQL'} to archive.py"

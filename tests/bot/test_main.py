"""``python -m bot`` as people start it: from the environment alone, in its own process."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.local import LocalSlack, NotAcknowledged
from bot.store.sqlite import sqlite3
from tests.bot.conftest import ROOT, Fetch, Process, RunBot
from tests.ports import free_port

ADA, DM = "U0ADA", "D0ADA"


def tokens(slack: LocalSlack, transport: str) -> dict[str, str]:
    given = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url, "HOST": "127.0.0.1"}
    if transport == "socket":
        return given | {"SLACK_APP_TOKEN": slack.app_token}
    return given | {"SLACK_SIGNING_SECRET": slack.signing_secret, "PORT": str(free_port())}


def ready(slack: LocalSlack, process: Process, environ: dict[str, str]) -> None:
    process.wait_for("ready: ")
    if "PORT" in environ:
        slack.bot_url = f"http://127.0.0.1:{environ['PORT']}/slack/events"


class TestLocal:
    def test_with_nothing_set_it_prints_an_address_and_the_page_answers(self, run_bot: RunBot, fetch: Fetch) -> None:
        process = run_bot(PORT=str(free_port()))
        address = process.wait_for(r"http://127\.0\.0\.1:\d+/")[0]
        status, page = fetch(address)
        assert status == 200
        assert "<html" in page
        assert process.end(signal.SIGTERM) == 0
        assert "Traceback" not in process.output

    def test_it_listens_on_this_machine_only_whatever_host_says(self, run_bot: RunBot) -> None:
        process = run_bot(PORT=str(free_port()), HOST="0.0.0.0")  # noqa: S104
        assert "127.0.0.1" in process.wait_for("http://[^ ]+")[0]
        assert process.end(signal.SIGINT) == 0

    def test_a_taken_port_is_told_with_what_to_do(self, run_bot: RunBot) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            process = run_bot(PORT=str(taken.getsockname()[1]))
            assert process.end() == 2
        assert "Set PORT to a free one" in process.output
        assert "Traceback" not in process.output

    def test_a_damaged_workspace_file_is_told_without_a_traceback(self, run_bot: RunBot, tmp_path: Path) -> None:
        (tmp_path / "advisor.workspace.db").write_bytes(b"nothing like a database" * 100)
        process = run_bot(PORT=str(free_port()))
        assert process.end() == 2
        assert "Cannot start" in process.output
        assert "Traceback" not in process.output


class TestRefusals:
    def test_a_second_bot_on_one_file_is_refused_with_the_pid_of_the_first(self, run_bot: RunBot) -> None:
        """Two would say everything twice. A killed one leaves nothing that stands in the way."""
        first = run_bot(PORT=str(free_port()))
        first.wait_for("http://[^ ]+")
        second = run_bot(PORT=str(free_port()))
        assert second.end() == 2
        assert f"Process {first.popen.pid} is the bot of" in second.output
        assert "ADVISOR_DB" in second.output
        first.end(signal.SIGKILL)
        third = run_bot(PORT=str(free_port()))
        third.wait_for("http://[^ ]+")
        assert third.end(signal.SIGTERM) == 0

    def test_half_a_configuration_is_told_with_every_fault_at_once(self, run_bot: RunBot) -> None:
        process = run_bot(SLACK_BOT_TOKEN="xoxp-1234567890123456789", PORT="0", LOG_LEVEL="LOUD")
        assert process.end() == 2
        for name in ("SLACK_BOT_TOKEN", "PORT", "LOG_LEVEL"):
            assert name in process.output
        assert "Traceback" not in process.output
        assert "1234567890123456789" not in process.output

    def test_a_bot_token_alone_is_told_what_else_is_needed(self, run_bot: RunBot) -> None:
        process = run_bot(SLACK_BOT_TOKEN="xoxb-1")
        assert process.end() == 2
        assert "SLACK_APP_TOKEN" in process.output

    def test_a_database_that_cannot_be_written_is_told(self, run_bot: RunBot, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        process = run_bot(ADVISOR_DB=str(tmp_path / "file" / "advisor.db"))
        assert process.end() == 2
        assert "ADVISOR_DB" in process.output
        assert "Traceback" not in process.output

    @pytest.mark.parametrize("damage", ["text", "torn", "newer", "held"])
    def test_a_database_that_cannot_be_used_is_told(
        self, run_bot: RunBot, slack: LocalSlack, tmp_path: Path, damage: str
    ) -> None:
        path = tmp_path / "advisor.db"
        environ = tokens(slack, "socket")
        first = run_bot(**environ)
        ready(slack, first, environ)
        assert first.end(signal.SIGTERM) == 0
        other = sqlite3.connect(path, isolation_level=None)
        if damage == "text":
            path.write_text("not a database at all" * 50)
        elif damage == "torn":
            path.write_bytes(path.read_bytes()[:4096] + bytes(4096) + path.read_bytes()[8192:])
        elif damage == "newer":
            other.execute("UPDATE _sqlite_migrations SET name = 'm999_x' WHERE name = 'm001_checks'")
        else:
            other.execute("BEGIN EXCLUSIVE")
        process = run_bot(**environ)
        assert process.end() == 2
        assert "Cannot start" in process.output or "ADVISOR_DB" in process.output
        assert str(path) in process.output
        assert "Traceback" not in process.output
        other.close()

    @pytest.mark.parametrize("wrong", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
    def test_a_token_slack_refuses_is_told(self, run_bot: RunBot, slack: LocalSlack, wrong: str) -> None:
        environ = tokens(slack, "socket")
        process = run_bot(**environ | {wrong: environ[wrong] + "x"})
        assert process.end() == 2
        assert f"does not accept {wrong}" in process.output
        assert "Traceback" not in process.output

    def test_a_taken_port_is_told_in_http_mode_too(self, run_bot: RunBot, slack: LocalSlack) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            process = run_bot(**tokens(slack, "http") | {"PORT": str(taken.getsockname()[1])})
            assert process.end() == 2
        assert "Set PORT to a free one" in process.output


class TestManyWorkspaces:
    def test_a_key_from_the_command_starts_it_and_the_page_is_there(self, run_bot: RunBot, slack: LocalSlack) -> None:
        command = [sys.executable, "-m", "bot", "key"]
        key = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        process = run_bot(
            SLACK_CLIENT_ID=slack.app.client_id, SLACK_CLIENT_SECRET=slack.app.client_secret,
            SLACK_SIGNING_SECRET=slack.signing_secret, ADVISOR_SECRET_KEY=key.stdout.strip(),
            PUBLIC_URL="https://advisor.example.com", SLACK_API_URL=slack.api_url, HOST="127.0.0.1",
            PORT=str(free_port()),
        )  # fmt: skip
        process.wait_for("it is installed at https://advisor.example.com/slack/install")
        assert process.end(signal.SIGTERM) == 0
        assert "Traceback" not in process.output

    def test_a_token_for_one_workspace_and_an_id_for_many_are_refused_together(
        self, run_bot: RunBot, slack: LocalSlack
    ) -> None:
        process = run_bot(**tokens(slack, "http") | {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s" * 32})
        assert process.end() == 2
        assert (
            "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for many" in process.output
        )


@pytest.mark.parametrize("transport", ["http", "socket"])
class TestWithSlack:
    def test_it_runs_from_the_environment_alone_and_ends_when_told(
        self, run_bot: RunBot, slack: LocalSlack, transport: str, tmp_path: Path
    ) -> None:
        environ = tokens(slack, transport)
        process = run_bot(**environ)
        ready(slack, process, environ)
        root = slack.say(ADA, "Our own tone, please")
        slack.wait_for(lambda: len(slack.messages(DM, root)) == 2)
        slack.wait_idle()
        assert process.end(signal.SIGTERM) == 0
        assert "Traceback" not in process.output
        assert slack.bot_token not in process.output
        assert "Our own tone" not in process.output
        kept = {each.name for each in tmp_path.iterdir()}
        journals = {"advisor.db-journal", "advisor.db-wal", "advisor.db-shm"}
        assert kept <= {"advisor.db", "advisor.db.pid", *journals}, "no other file is made"

    def test_killed_in_the_middle_it_goes_on_with_the_same_card(
        self, run_bot: RunBot, slack: LocalSlack, transport: str
    ) -> None:
        environ = tokens(slack, transport)
        process = run_bot(**environ)
        ready(slack, process, environ)
        root = slack.say(ADA, "Our own tone, please")
        card = slack.wait_for(lambda: slack.messages(DM, root)[1:])[0]
        assert slack.click(ADA, card["ts"], "answer:goal:pick", option="classification") == 200
        process.end(signal.SIGKILL)
        again = run_bot(**environ)
        ready(slack, again, environ)

        def asked() -> str:
            found = re.search(r"answer:(\w+):unknown", str(slack.messages(DM, root)[1]))
            return found[1] if found else ""

        slack.wait_for(lambda: asked() == "prompt_tried")
        assert len(slack.messages(DM, root)) == 2
        assert slack.click(ADA, card["ts"], "answer:prompt_tried:yes") == 200
        slack.wait_for(lambda: asked() == "rag_tried")
        assert again.end(signal.SIGTERM) == 0


def test_what_is_under_way_when_it_is_told_to_end_is_finished(run_bot: RunBot, slack: LocalSlack) -> None:
    environ = tokens(slack, "http")
    process = run_bot(**environ)
    ready(slack, process, environ)
    ending = threading.Event()
    slack.faults.add("chat.postMessage", {"until": ending})
    root = slack.say(ADA, "Our own tone, please")
    slack.wait_idle()
    process.popen.send_signal(signal.SIGTERM)
    ending.set()
    assert process.end(signal.SIGTERM) == 0
    assert len(slack.messages(DM, root)) == 2


Start = Callable[[str, str], bool]


def by_page(address: str) -> Start:
    """Have somebody start a check on the local page; whether the bot took it."""
    host = urlsplit(address)

    def start(user: str, idea: str) -> bool:
        body = json.dumps({"as": user, "command": "/finetune", "text": f"start {idea}"})
        headers = {"Content-Type": "application/json", "X-Local-Page": "1"}
        with closing(HTTPConnection(host.hostname or "", host.port, timeout=10)) as page:
            try:
                page.request("POST", "/api.local/command", body, headers)
                return json.loads(page.getresponse().read()).get("ok") is True
            except (OSError, HTTPException, ValueError):
                return False

    return start


def by_slack(slack: LocalSlack) -> Start:
    def start(user: str, idea: str) -> bool:
        with suppress(NotAcknowledged):
            slack.command(user, "/finetune", f"start {idea}")
            return True
        return False

    return start


@pytest.mark.parametrize("mode", ["http", "socket", "local"])
def test_told_to_end_under_load_it_ends_well_and_keeps_what_it_acknowledged(
    run_bot: RunBot, slack: LocalSlack, tmp_path: Path, mode: str
) -> None:
    """Each check that was begun is in the file, and its card is posted, or kept to be."""
    if mode == "local":
        process = run_bot(PORT=str(free_port()))
        start = by_page(process.wait_for("http://[^ ]+")[0])
    else:
        environ = tokens(slack, mode)
        process = run_bot(**environ)
        ready(slack, process, environ)
        slack.faults.add("*", {"delay": 0.05}, times=100_000)
        start = by_slack(slack)
    taken, over, many = list[str](), threading.Event(), threading.Event()

    def person(user: str, n: int) -> None:
        while not over.is_set():
            idea = f"{user} {n}"
            if start(user, idea):
                taken.append(idea)
            n += 4
            if len(taken) > 30:
                many.set()

    people = [threading.Thread(target=person, args=(user, n)) for user in (ADA, "U0LIN") for n in range(4)]
    for each in people:
        each.start()
    many.wait(60)
    process.popen.send_signal(signal.SIGTERM)
    try:
        assert process.end() == 0
    finally:
        over.set()
        for each in people:
            each.join()
    assert "Traceback" not in process.output
    with closing(sqlite3.connect(tmp_path / "advisor.db")) as kept:
        begun = {text for (text,) in kept.execute("SELECT text FROM answers WHERE n=0")}
        silent = "SELECT id FROM sessions s WHERE card_ts='' AND NOT EXISTS (SELECT 1 FROM outbox WHERE session=s.id)"
        assert kept.execute(silent).fetchall() == []
    assert len(taken) > 30
    assert set(taken) <= begun

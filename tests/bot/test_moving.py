"""From a file to PostgreSQL and back while somebody is in the middle of a conversation, beside 20,000 others."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.commands import run as command
from bot.local import LocalSlack
from bot.store.sqlite import Store
from tests.benchmarks import kept
from tests.bot.conftest import Hands, Process, RunBot
from tests.bot.postgres import cluster, database
from tests.bot.test_replicas import up
from tests.ports import free_port

CHECKS = 20_000
ADA, DM = "U0ADA", "D0ADA"


@pytest.fixture
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("postgres")) as server:
        yield database(server, "moved")


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with Hands(retry_waits=(0.2,) * 60) as running:
        yield running


def asked(*words: str, **environ: str) -> tuple[int, str]:
    """A command's status, and what it says."""
    lines: list[str] = []
    return command([*words], environ, lines.append, lines.append), "\n".join(lines)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_conversation_goes_on_where_it_was_on_postgresql_and_again_on_a_file(
    url: str, slack: LocalSlack, run_bot: RunBot, tmp_path: Path
) -> None:
    """Either way only with no bot at work; every row is compared, and nothing that was said is said once more."""
    file, back = tmp_path / "advisor.db", tmp_path / "back.db"
    with closing(Store(file)) as store:
        kept.fill(store, CHECKS)

    def start(**where: str) -> Process:
        port = free_port()
        given = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret, **where}
        process = run_bot(SLACK_API_URL=slack.api_url, HOST="127.0.0.1", PORT=str(port), **given)
        slack.wait_for(lambda: up(port), timeout=60)
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        return process

    def says(text: str, then: str, thread: str = "") -> str:
        ts = slack.say(ADA, text, **({"thread_ts": thread} if thread else {}))
        slack.wait_for(lambda: f"answer:{then}:unknown" in str(slack.messages(DM)[-1]), timeout=30)
        slack.wait_idle()
        return ts

    bot = start(ADVISOR_DB=str(file))
    root = says("The quokka project", "goal")
    says("company voice", "prompt_tried", root)
    status, told = asked("copy", f"sqlite:{file}", url)
    assert (status, "is the bot of" in told) == (2, True), told
    assert bot.end(signal.SIGTERM) == 0

    status, told = asked("copy", f"sqlite:{file}", url)
    assert status == 0, told
    assert f"sessions: {CHECKS + 1:,} rows, the same" in told
    bot = start(DATABASE_URL=url, ADVISOR_DB="")
    says("yes", "rag_tried", root)
    status, told = asked("copy", url, f"sqlite:{back}")
    assert (status, "1 bot runs on it" in told) == (2, True), told
    assert bot.end(signal.SIGTERM) == 0
    assert asked("verify", DATABASE_URL=url)[0] == 0

    status, told = asked("copy", url, f"sqlite:{back}")
    assert status == 0, told
    assert f"sessions: {CHECKS + 1:,} rows, the same" in told
    bot = start(ADVISOR_DB=str(back))
    says("yes", "failure_cause", root)
    assert bot.end(signal.SIGTERM) == 0
    assert asked("verify", ADVISOR_DB=str(back))[0] == 0
    keys = [one["metadata"]["event_payload"]["key"] for one in slack.messages(DM) if one.get("bot_id")]
    assert len(keys) == len(set(keys))

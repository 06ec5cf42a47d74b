"""What the operator can do: count without reading, and delete a workspace."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import __main__ as bot
from bot.messages import Request
from bot.store.sqlite import Store, sqlite3
from tests.bot.conftest import Workspace

ADA, LIN, TEAM = "U0ADA", "U0LIN", "T0LOCAL"
Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``python -m bot …`` on a database; what it prints."""

    def do(db: Path, *words: str, status: int = 0) -> str:
        for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("ADVISOR_DB", str(db))
        monkeypatch.setattr(sys, "argv", ["bot", *words])
        assert bot.run() == status
        said = capsys.readouterr()
        return said.out + said.err

    return do


@pytest.fixture
def busy(over_http: Workspace) -> Workspace:
    """Checks of two people, decided and not, posted, rated, offered, with Home open and something left to say."""
    slack = over_http.slack
    slack.open(ADA, "home")
    talk = over_http.open("The zibeline project").until_report()
    report = talk.card["ts"]
    slack.click(ADA, report, "report:share")
    slack.wait_for(lambda: slack.modals(ADA))
    slack.submit(ADA, {"channel": "C0GENERAL", "note": "quokka"})
    over_http.until("SELECT 1 FROM shares WHERE link != ''")
    slack.click(ADA, report, "feedback:up")
    slack.click(ADA, report, "report:hand_over")
    slack.wait_for(lambda: [v for v in slack.modals(ADA) if v["callback_id"] == "hand_over"])
    slack.submit(ADA, {"person": LIN})
    over_http.open("A second one").up_to("eval_pairs")
    over_http.open("Lin's nudibranch", LIN).up_to("eval_pairs")
    over_http.open("Lin's other", LIN)
    over_http.quiet()
    slack.click(ADA, report, "report:remind", option="90")
    over_http.until("SELECT 1 FROM outbox WHERE session IS NOT NULL AND due != ''")
    return over_http


def tables(db: Path) -> dict[str, int]:
    with sqlite3.connect(db) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        ours = [name for name in names if not name.startswith(("sqlite_", "_sqlite"))]
        found = {name: conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ours}  # noqa: S608
    conn.close()
    return found


class TestStats:
    def test_it_counts_what_was_begun_finished_decided_left_off_and_thought_of_it(
        self, busy: Workspace, run: Run
    ) -> None:
        lines = run(busy.db, "stats").splitlines()
        for line in (
            "checks begun: 4",
            "checks with a report: 1",
            "verdict run_poc: 1",
            "left off at eval_pairs: 2",
            "left off at goal: 1",
            "found helpful: 1",
        ):
            assert line in lines

    def test_it_tells_no_name_no_id_and_no_word_of_anybody(self, busy: Workspace, run: Run) -> None:
        said = run(busy.db, "stats")
        for word in ("zibeline", "nudibranch", "quokka", "Okafor", ADA, LIN, "ada", TEAM, "C0GENERAL"):
            assert word not in said
        assert all(re.fullmatch(r"[a-z_ ]+: \d+", line) for line in said.splitlines())

    def test_of_an_empty_database_it_counts_nothing(self, run: Run, tmp_path: Path) -> None:
        assert "checks begun: 0" in run(tmp_path / "new.db", "stats")

    def test_it_may_be_asked_while_the_bot_runs(self, busy: Workspace, run: Run) -> None:
        run(busy.db, "stats")
        assert busy.open("Still there").pending == "goal"


class TestPurge:
    def test_no_row_of_the_workspace_is_left_in_any_table_and_no_byte_in_the_file(
        self, busy: Workspace, run: Run
    ) -> None:
        assert all(tables(busy.db)[name] for name in ("sessions", "answers", "reports", "shares", "feedback", "people"))
        busy.stop()
        said = run(busy.db, "purge", TEAM)
        assert "4 sessions" in said
        of_nobody = {"looks": 1}  # when the bot last looked for what is too old
        assert {table: rows for table, rows in tables(busy.db).items() if rows} == of_nobody
        for canary in (b"zibeline", b"nudibranch", b"quokka", b"Okafor"):
            assert canary not in busy.db.read_bytes()
        busy.start()

    def test_another_workspace_keeps_everything(self, busy: Workspace, run: Run) -> None:
        before = busy.rows("SELECT * FROM answers")
        busy.bot.handlers.conversation.start(Request("k", TEAM + "2", ADA, "D0ADA"), "another house")
        busy.bot.store.turn(lambda conn: conn.execute("INSERT INTO feedback SELECT id, 1, 'T0LOCAL2:U0ADA', 1, '', ''"
                                                      " FROM sessions WHERE team='T0LOCAL2'"))  # fmt: skip
        busy.stop()
        run(busy.db, "purge", TEAM + "2")
        store = Store(busy.db)
        assert store.turn(lambda conn: [tuple(row) for row in conn.execute("SELECT * FROM answers")]) == before
        assert store.turn(lambda conn: conn.execute("SELECT count(*) FROM feedback").fetchone()[0]) == 1
        store.close()
        busy.start()

    def test_a_dry_run_counts_what_would_go_and_leaves_it(self, busy: Workspace, run: Run) -> None:
        busy.stop()
        before = tables(busy.db)
        said = run(busy.db, "purge", TEAM, "--dry-run")
        assert "4 sessions" in said
        assert "would be deleted (nothing was)" in said
        assert tables(busy.db) == before
        busy.start()

    def test_for_a_team_nobody_knows_it_deletes_nothing_and_says_which_there_are(
        self, busy: Workspace, run: Run
    ) -> None:
        before = tables(busy.db)
        said = run(busy.db, "purge", "T0NOBODY", status=1)
        assert "Nothing is kept of T0NOBODY. There is something of T0LOCAL." in said
        # The running bot goes on saying what waits, the Home tab for one.
        assert tables(busy.db) | {"outbox": 0} == before | {"outbox": 0}


@pytest.mark.parametrize(
    "words",
    [
        ("purge",),
        ("help",),
        ("stats", "now"),
        ("purge", "T1", "T2"),
        ("backup",),
        ("restore",),
        ("verify", "it"),
        ("doctor", "please"),
    ],
    ids=" ".join,
)
def test_anything_else_is_answered_with_what_there_is(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    db = tmp_path / "untouched.db"
    assert "Usage: python -m bot [COMMAND]" in run(db, *words, status=2)
    assert not db.exists()


@pytest.mark.parametrize(("word", "said"), [("--help", "Usage: python -m bot"), ("-h", "purge TEAM"),
                                            ("--version", "finetune-advisor 0.")])  # fmt: skip
def test_help_and_version_are_answered_whatever_is_configured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, said: str
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    assert said in run(tmp_path / "untouched.db", word)
    assert not (tmp_path / "untouched.db").exists()

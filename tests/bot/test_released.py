"""What a released version has left in its file opens: its checks, its records, and what it had still to say.

``release_0_2.sql`` is the file of release 0.2.0 with a decision that is posted and to be reminded of, a check in the
middle, and a card that was written and not yet said when the process ended.
"""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from bot.commands import run as command
from bot.store.schema import MIGRATIONS
from bot.store.sqlite import Store, sqlite3
from tests.bot.conftest import ADA, Workspace, buttons

DM = "D0ADA"


LAYOUT = 3
"""How many migrations that file had seen."""


def released(file: Path) -> None:
    with closing(sqlite3.connect(file)) as made:
        made.executescript((Path(__file__).parent / "release_0_2.sql").read_text(encoding="utf-8"))


@pytest.fixture
def opened(over_http: Workspace) -> Workspace:
    """The bot on that file."""
    over_http.stop()
    over_http.db.unlink()
    released(over_http.db)
    over_http.start()
    over_http.quiet()
    return over_http


def test_a_card_that_was_not_said_yet_is_said(opened: Workspace) -> None:
    (card,) = [m for m in opened.slack.messages(DM) if "answer:measured_pass_rate:unknown" in buttons(m)]
    assert opened.talk(ADA, card["ts"]).type("82 %").pending == "target_pass_rate"


def test_its_check_in_the_middle_can_be_filled_in(opened: Workspace) -> None:
    (card,) = [m for m in opened.slack.messages(DM) if "answer:measured_pass_rate:unknown" in buttons(m)]
    talk = opened.talk(ADA, card["ts"]).type("why")
    assert opened.slack.click(ADA, talk.card["ts"], "session:form", DM) == 200
    opened.slack.wait_for(lambda: opened.slack.modals(ADA))
    assert "errors" not in opened.slack.submit(ADA, {"measured_pass_rate": "82 %", "target_pass_rate": "90 %"})
    opened.quiet()
    assert talk.pending not in ("measured_pass_rate", "target_pass_rate")


def test_its_reminder_is_said_on_its_day(opened: Workspace) -> None:
    opened.clock.move(32 * 86_400)
    opened.wait_for(lambda: "You asked me to remind you" in str(opened.slack.messages(DM)))
    opened.wait_for(lambda: not opened.rows("SELECT 1 FROM outbox WHERE session IS NOT NULL AND due != ''"))


def test_its_decision_and_its_record_are_there(opened: Workspace) -> None:
    listed = opened.slack.command(ADA, "/finetune", "decisions")
    assert "Our support tone: Yes, start small: run a trial" in str(listed)
    opened.slack.open(ADA, "home")
    opened.quiet()
    assert "Another idea" in str(opened.slack.home(ADA))
    assert "Our support tone" in str(opened.slack.home(ADA))


def rows_of(file: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(file)) as kept:
        kept.row_factory = sqlite3.Row
        names = [name for (name,) in kept.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {name: [dict(row) for row in kept.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608


@pytest.mark.parametrize("layout", range(LAYOUT, len(MIGRATIONS) + 1), ids=lambda n: MIGRATIONS[n - 1].__name__)
def test_a_file_of_every_layout_since_opens_with_all_that_was_in_it(tmp_path: Path, layout: int) -> None:
    """One that a bot of that day left behind, also one that never was a release; and it is whole afterwards."""
    file = tmp_path / "advisor.db"
    released(file)
    migrations = sqlite_utils.Migrations("advisor")
    for migration in MIGRATIONS[:layout]:
        migrations()(migration)
    with closing(sqlite_utils.Database(file)) as db:
        migrations.apply(db)
    before = rows_of(file)
    assert len(before["_sqlite_migrations"]) == layout
    Store(file).close()
    after = rows_of(file)
    assert len(after.pop("_sqlite_migrations")) == len(MIGRATIONS)
    for name, rows in before.items():
        for row, now in zip(rows, after.get(name, ()), strict=name in after):
            assert row.items() <= now.items(), f"{name} has lost something"
    said: list[str] = []
    assert command(["verify"], {"ADVISOR_DB": str(file)}, said.append, said.append) == 0, said

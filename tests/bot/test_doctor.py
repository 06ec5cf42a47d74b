"""``python -m bot doctor``: a line a check, and what is wrong by its name.

Here the cards are shown to the local workspace, which knows Slack's documented limits; what Slack's own look finds is
seen where it runs against Slack.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from advisor.model import FIELDS
from advisor.report import VerdictKind
from bot.commands import cards
from bot.commands.doctor import LOST, doctor
from bot.delivery.clock import Clock
from bot.local import LocalSlack
from bot.slack.workspace import REQUIRED_SCOPES
from bot.store.claim import claimed
from bot.store.sqlite import Store, sqlite3

ROOT = Path(__file__).resolve().parents[2]
Card = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def drawn() -> list[Card]:
    """All that a rehearsal draws."""
    return list(cards.rehearsed())


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[Card]:
    """Two cards stand for all where the cards are not what is looked at."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "A card."}}]
    view = {"type": "home", "blocks": blocks}
    two: list[Card] = [("a card", {"blocks": blocks}), ("Home", {"view": view})]
    monkeypatch.setattr(cards, "every_card", lambda: two)
    return two


class NoWait(Clock):
    def pause(self, seconds: float) -> None:
        pass


Look = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def look(slack: LocalSlack, tmp_path: Path) -> Look:
    """Have the doctor look at a Socket Mode installation with a database, changed as told."""
    db = tmp_path / "advisor.db"
    Store(db).close()

    def do(ahead: float = 0.0, **changed: str | None) -> tuple[int, list[str]]:
        environ = {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url,
            "ADVISOR_DB": str(db),
        } | changed  # fmt: skip
        said: list[str] = []
        given = {name: value for name, value in environ.items() if value is not None}
        clock = NoWait()
        return doctor(given, said.append, now=lambda: clock.time() + ahead, clock=clock), said

    return do


def wrong(said: list[str]) -> list[str]:
    return [line.removeprefix("wrong").strip() for line in said if line.startswith("wrong")]


def test_of_a_whole_installation_every_line_is_well(look: Look, few: list[Card], slack: LocalSlack) -> None:
    status, said = look()
    assert status == 0, said
    assert [line.split(":")[0].split(maxsplit=1) for line in said] == [
        ["ok", name] for name in ("settings", "bot", "database", "bot token", "scopes", "clock", "app token", "cards")
    ]
    assert "(which is not Slack) would take all 2" in said[-1]
    assert slack.bot_token not in str(said)
    assert slack.app_token not in str(said)


class TestWrongConfigurations:
    def test_half_a_configuration(self, look: Look, tmp_path: Path) -> None:
        status, said = look(SLACK_APP_TOKEN=None, LOG_LEVEL="LOUD")
        assert status == 1
        assert [line.split()[1] for line in wrong(said)] == ["SLACK_BOT_TOKEN", "LOG_LEVEL"]
        assert any("database" in line and line.startswith("ok") for line in said), "what can be looked at is"

    def test_a_token_slack_does_not_take(self, look: Look, few: list[Card]) -> None:
        status, said = look(SLACK_BOT_TOKEN="xoxb-of-another-life")
        assert status == 1
        (line,) = wrong(said)
        assert "SLACK_BOT_TOKEN (invalid_auth)" in line

    def test_an_app_token_no_line_opens_with(self, look: Look, few: list[Card]) -> None:
        status, said = look(SLACK_APP_TOKEN="xapp-of-another-life")
        assert status == 1
        (line,) = wrong(said)
        assert "SLACK_APP_TOKEN (invalid_auth)" in line
        assert "connections:write" in line

    def test_scopes_that_are_needed_and_scopes_that_may_be_missing(
        self, look: Look, few: list[Card], slack: LocalSlack
    ) -> None:
        slack.workspace.scopes = frozenset(slack.workspace.scopes - {"im:history", "commands", "files:write"})
        status, said = look()
        assert status == 1
        (line,) = wrong(said)
        assert line.startswith("scopes: commands, im:history missing")
        assert f"note   scopes: without files:write {LOST['files:write']}" in said

    @pytest.mark.parametrize(("seconds", "how"), [(30, "ok"), (120, "note"), (900, "wrong"), (-900, "wrong")])
    def test_a_clock_that_is_off(self, look: Look, few: list[Card], seconds: int, how: str) -> None:
        status, said = look(ahead=seconds)
        (line,) = [line for line in said if " clock: " in line]
        assert line.startswith(how)
        assert ("behind" in line) == (seconds < 0)
        assert status == (how == "wrong")

    def test_a_damaged_database(self, look: Look, few: list[Card], tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "advisor.db") as conn:
            conn.execute("INSERT INTO answers VALUES ('x', 0, 'answer', 'goal', '', 'zibeline', '', '', 'no sum')")
        conn.close()
        status, said = look()
        assert status == 1
        assert any(line.startswith("database: answers: 0 of check") for line in wrong(said))
        assert "zibeline" not in str(said)

    def test_slack_that_cannot_be_reached(self, look: Look, few: list[Card]) -> None:
        status, said = look(SLACK_API_URL="http://127.0.0.1:9/api/")
        assert status == 1
        assert "look at the network" in wrong(said)[0]


def test_a_running_bot_and_a_file_that_is_not_there_are_no_faults(look: Look, few: list[Card], tmp_path: Path) -> None:
    with claimed(tmp_path / "advisor.db"):
        status, said = look()
    assert status == 0
    assert "and runs" in said[1]
    status, said = look(ADVISOR_DB=str(tmp_path / "new.db"))
    assert status == 0
    assert said[1].startswith("note   database: ")
    assert not (tmp_path / "new.db").exists()


def test_without_tokens_slack_is_not_asked(tmp_path: Path) -> None:
    said: list[str] = []
    assert doctor({"ADVISOR_DB": str(tmp_path / "a.db")}, said.append) == 0
    assert "there is no token" in said[-1]


class TestCards:
    @pytest.mark.slow
    @pytest.mark.timeout(400)
    def test_slack_s_documented_limits_hold_for_all(self, look: Look, drawn: list[Card], monkeypatch: Any) -> None:
        monkeypatch.setattr(cards, "rehearsed", lambda: drawn)
        status, said = look()
        assert status == 0, wrong(said)
        assert re.search(r"would take all [1-9]\d\d? this release draws", said[-1])

    @pytest.mark.slow
    @pytest.mark.timeout(400)
    def test_every_question_and_every_verdict_is_among_them(self, drawn: list[Card]) -> None:
        """As are every dialog, Home, the records and the calculation."""
        asked = set(re.findall(r"answer:(\w+):unknown", str(drawn)))
        assert asked == set(FIELDS)
        callbacks = set(re.findall(r"'callback_id': '(\w+)'", str(drawn)))
        assert callbacks >= {
            "form",
            "share",
            "roi",
            "import",
            "hand_over",
            "feedback",
            "record_question",
            "record_differs",
        }
        pressed = set(re.findall(r"'action_id': '(\w+:\w+)", str(drawn)))
        assert pressed >= {"record:ask", "record:accept", "roi:post", "report:share", "home:forget", "session:form"}
        kinds = {cards.verdict(changes) for changes in cards.SITUATIONS}
        assert kinds == set(get_args(VerdictKind))

    def test_what_slack_would_refuse_is_told_with_where_it_stands(self, look: Look, few: list[Card]) -> None:
        few[0][1]["blocks"][0]["text"]["text"] = "x" * 3001
        status, said = look()
        assert status == 1
        assert [line.split(":")[:2] for line in wrong(said)] == [["cards", " a card"], ["cards", " Home"]]
        assert "/blocks/0/text" in wrong(said)[0]

    def test_a_busy_slack_is_waited_for_and_one_that_has_no_look_is_noted(
        self, look: Look, few: list[Card], slack: LocalSlack
    ) -> None:
        slack.faults.add("blocks.validate", {"status": 429, "retry_after": 30}, times=3)
        assert look()[0] == 0
        slack.faults.add("blocks.validate", {"error": "unknown_method"}, times=99)
        status, said = look()
        assert status == 0
        assert said[-1].startswith("note   cards: 0 of 2")


def test_every_scope_of_the_manifest_is_needed_or_its_loss_is_told() -> None:
    asked = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))["oauth_config"]["scopes"]
    assert set(LOST) == {*asked["bot"], *asked["bot_optional"]} - REQUIRED_SCOPES

"""A decision of an earlier edition of the rules stands as it was decided, says so, and turns only when decided again.

``edition_1.json`` holds two reports as release 0.1.0 wrote them: one that edition 2 leaves as it is, one it turns.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.store.database import Connection
from tests.advisor.strategies import PAIRS, RULES
from tests.bot.conftest import Decide, Decided, Words, Workspace, as_written

ADA = "U0ADA"
WRITTEN = json.loads((Path(__file__).parent / "edition_1.json").read_text(encoding="utf-8"))
for report in WRITTEN.values():
    report["answers"]["eval_pairs"] = PAIRS + 200  # whatever today's rules want of them
ANSWERS = {
    name: {field: value for field, value in report["answers"].items() if value is not None}
    for name, report in WRITTEN.items()
}


Kept = Callable[[str], Decided]


@pytest.fixture
def kept(over_http: Workspace, decided: Decide) -> Kept:
    """A decision as the release before this one has left it in the database."""

    def make(name: str) -> Decided:
        check = decided(over_http, large_model_meets_target=False)
        body = json.dumps(WRITTEN[name])
        log = [("attach", "", "null")] if name == "stays" else [("answer", "usd_per_failure", '"1"')]

        def work(conn: Connection) -> None:
            told = "UPDATE reports SET rules_version='1.0', verdict='run_poc', body=:body WHERE session=:id"
            conn.execute(told, {"body": body, "id": check.id})
            answered = "UPDATE answers SET verb=:verb, field=:field, value=:value WHERE session=:id AND field=:was"
            row = dict(zip(("verb", "field", "value"), log[0], strict=True))
            conn.execute(answered, row | {"id": check.id, "was": "pass_rate_without_tuning"})
            if name == "turns":
                calls = {"verb": "answer", "field": "calls_per_year", "value": "100000"}
                conn.execute(answered, calls | {"id": check.id, "was": "calls_per_year"})
            as_written(conn)

        over_http.bot.store.turn(work)
        return check

    return make


def test_it_is_drawn_as_it_was_decided_and_says_what_today_s_rules_would_say(kept: Kept, words: Words) -> None:
    check = kept("turns")
    check.press("report:remind", "30")
    card = words(check.card)
    assert "Yes, start small: run a trial" in card
    assert f"Decided by rules 1.0; rules {RULES.version} are in force by now." in card
    assert "they also ask: *pass rate without tuning*" in card
    assert "would be *Not decided yet: one of four gates still open*" in card
    assert "by rules 1.0 (Chapter 32" in card


def test_where_the_verdict_stays_it_says_that(kept: Kept, words: Words) -> None:
    check = kept("stays")
    check.press("report:remind", "30")
    assert "On the answers you gave the verdict stays." in words(check.card)


def test_looking_and_asking_do_not_turn_it(kept: Kept, over_http: Workspace, words: Words) -> None:
    check = kept("turns")
    before = over_http.rows("SELECT version, body FROM reports")
    check.slack.say(ADA, "why gate 3?", thread_ts=check.root)
    check.settle()
    check.type("checklist")
    assert "Yes, start small: run a trial" in words(check.card)
    assert over_http.rows("SELECT version, body FROM reports") == before


def test_decided_again_it_says_which_rules_count_what_they_ask_and_asks_it(kept: Kept, words: Words) -> None:
    check = kept("turns")
    check.press("report:remind", "30")
    check.press("report:again")
    asked = _card(check)
    assert f"This was decided by rules 1.0; from here on rules {RULES.version} count." in words(asked)
    assert "They also ask: *pass rate without tuning*" in words(asked)
    seen = []
    while pending := next((a.split(":")[1] for a in _buttons(_card(check)) if a.endswith(":unknown")), ""):
        seen.append(pending)
        said = {"pass_rate_without_tuning": "90%"}.get(pending) or str(ANSWERS["turns"].get(pending, "0"))
        card = _card(check)
        check.slack.say(ADA, said, thread_ts=card.get("thread_ts") or card["ts"])
        check.slack.wait_idle()
        check.settle()
        assert len(seen) < 20
    assert "pass_rate_without_tuning" in seen
    versions = check.workspace.rows("SELECT rules_version FROM reports ORDER BY version")
    assert [version for (version,) in versions] == ["1.0", RULES.version]


def _buttons(message: dict[str, Any]) -> list[str]:
    return [e["action_id"] for block in message["blocks"] for e in block.get("elements", []) if "action_id" in e]


def _card(check: Decided) -> dict[str, Any]:
    """The check's live card: the last message with a question's or a report's buttons."""
    card: dict[str, Any] = [
        message
        for message in check.slack.messages(check.channel)
        if message.get("bot_id") and any(a.startswith(("answer:", "report:")) for a in _buttons(message))
    ][-1]
    return card


def test_a_posted_record_and_how_it_was_decided_stay_with_their_edition(
    kept: Kept, over_http: Workspace, words: Words
) -> None:
    check = kept("turns")
    check.share()
    assert "Yes, start small: run a trial" in words(check.record())
    assert over_http.rows("SELECT rules_version FROM reports") == [("1.0",)]


def test_home_says_in_one_line_how_many_decisions_would_turn(kept: Kept, over_http: Workspace, words: Words) -> None:
    for name in ("turns", "stays"):
        kept(name)
    over_http.slack.open(ADA, "home")
    line = "2 of your decisions were made by an earlier edition of the rules."
    line += f" Under rules {RULES.version} 1 would"
    over_http.slack.wait_for(lambda: line in words(over_http.slack.home(ADA) or {}))
    assert words(over_http.home(ADA)).count("earlier edition") == 1
    assert words(over_http.home(ADA)).count("by rules 1.0") == 2


def test_the_measured_rate_is_offered_for_what_would_run_without_tuning(over_http: Workspace) -> None:
    """One press; it may be the model one would tune."""
    talk = over_http.open().up_to("pass_rate_without_tuning")
    talk.click("answer:pass_rate_without_tuning:82%")
    assert "82\u00a0%* passes on what would run without tuning" in talk.text
    assert talk.pending == "training_pairs"

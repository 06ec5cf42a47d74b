"""Everything beyond the verdict, put together."""

from datetime import date
from decimal import Decimal

from advisor import Answers, Rules, decide
from advisor.beyond import Findings, Quotes, beyond
from tests.advisor.beyond.quotes import quote
from tests.advisor.beyond.situations import situations
from tests.advisor.strategies import COUNTS, PASSING, TRIAL, changed

TODAY = date(2026, 11, 29)
QUOTES = Quotes(now=quote("claude-opus-5-5"), cheaper=(quote("claude-haiku-5-5"),))
KEYS = {
    "rivals", "ranges", "flips", "find_out_next", "trial", "eval_power", "availability", "motives", "second_opinions",
}  # fmt: skip


def test_nothing_answered_nothing_to_say(rules: Rules) -> None:
    """But what to find out first."""
    found = beyond(Answers(), {}, Quotes(), TODAY, rules)
    assert set(found.model_dump()) == KEYS
    assert {key for key in KEYS if getattr(found, key)} == {"find_out_next"}


def test_all_of_it_says_something_where_there_is_something_to_say(rules: Rules) -> None:
    answers = changed({**PASSING, **TRIAL, **COUNTS, "engineering_usd": "5000", "go_live_months": 2})
    found = beyond(
        answers,
        {"usd_per_label": (Decimal(1), Decimal(9))},
        QUOTES,
        TODAY,
        rules,
        mentioned=["latency"],
    )
    assert {key for key in KEYS if not getattr(found, key)} == {"find_out_next"}
    assert found.rivals
    assert found.rivals.first_year
    assert found.rivals.first_year.engineering_usd == 5_000


def test_it_is_told_of_every_answer_and_moves_no_gate(rules: Rules) -> None:
    """Total: it raises on no answers; the same input gives the same bytes; the report knows nothing of it."""
    for answers, _ in situations(11, 150):
        report = decide(answers, rules).model_dump_json()
        once = beyond(answers, {"calls_per_year": (0, 10**12)}, QUOTES, TODAY, rules).model_dump_json()
        again = Answers(**answers.model_dump(exclude_none=True))
        assert beyond(again, {"calls_per_year": (0, 10**12)}, QUOTES, TODAY, rules).model_dump_json() == once
        assert decide(answers, rules).model_dump_json() == report
        assert Findings.model_validate_json(once).model_dump_json() == once

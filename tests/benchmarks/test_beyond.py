"""What stands beside the verdict costs, in verdicts: at most 100 of them at worst, 25 for the report in the middle.

pytest tests/benchmarks/test_beyond.py -p no:xdist --benchmark-enable -s
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median
from time import process_time
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from advisor import Answers, decide, load_rules
from advisor.beyond import Quotes, beyond
from advisor.model import FIELDS
from advisor.report import Report
from bot.check.beyond import Beside, found
from bot.check.pictures import beside as seen_beside
from bot.render.wording import Wording
from tests.advisor.beyond.quotes import quote
from tests.advisor.beyond.situations import situations
from tests.advisor.strategies import COUNTS, PASSING, TRIAL, changed

RULES = load_rules()
QUOTES = Quotes(now=quote("claude-opus-5-5"), cheaper=(quote("claude-haiku-5-5"), quote("claude-sonnet-5-5")))
TODAY = date(2026, 11, 29)


@pytest.fixture(autouse=True)
def _only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a timing is no test: --benchmark-enable")


def spans(answers: Answers) -> dict[str, Any]:
    """Half to twice of every sum of money and of the calls."""
    fields = [field for field, asked in FIELDS.items() if asked.kind == "money" or field == "calls_per_year"]
    told = {field: value for field in fields if (value := answers.known(field))}
    return {field: (value * Decimal("0.5"), 2 * value) for field, value in told.items()}


def cost(call: Callable[[], object], times: int) -> float:
    """Seconds of this process, the least of some goes."""
    took = []
    for _ in range(5):
        start = process_time()
        for _ in range(times):
            call()
        took.append((process_time() - start) / times)
    return min(took)


def test_beyond_costs_so_many_verdicts() -> None:
    ratios = []
    for answers, _ in situations(2026, 150):
        given = spans(answers)
        whole = cost(lambda answers=answers, given=given: beyond(answers, given, QUOTES, TODAY, RULES), 1)  # type: ignore[misc]
        verdict = cost(lambda answers=answers: decide(answers, RULES), 10)  # type: ignore[misc]
        ratios.append(whole / verdict)
    print(f"\nbeyond over decide: median {median(ratios):.1f}x, dearest {max(ratios):.1f}x of {len(ratios)} situations")
    assert median(ratios) <= 25
    assert max(ratios) <= 100


def test_what_a_report_shows_beside_its_verdict_costs_so_many() -> None:
    """Found in the answers and in what was written, and put into words and pictures."""
    wording, ratios = Wording(RULES), []
    written = ("Our GPT-4.1 is too slow, and data may not leave the house: should we tune a small model?",)

    def shown(report: Report) -> object:
        findings = found(report, written, {}, "2026-11-29", RULES, {})
        beside = Beside(report, findings, {}, wording)
        parts = [*beside.in_sight(), *beside.what_would_turn_it(), *beside.folds()]
        return [*parts, *beside.evidence(), *seen_beside(report, findings, {}, wording)]

    for answers, _ in situations(2026, 100):
        report = decide(answers, RULES)
        whole = cost(lambda report=report: shown(report), 1)  # type: ignore[misc]
        verdict = cost(lambda answers=answers: decide(answers, RULES), 10)  # type: ignore[misc]
        ratios.append(whole / verdict)
    print(f"\nshown over decide: median {median(ratios):.1f}x, dearest {max(ratios):.1f}x of {len(ratios)} situations")
    assert median(ratios) <= 25


def test_a_report_with_everything(benchmark: BenchmarkFixture) -> None:
    answers = changed({**PASSING, **TRIAL, **COUNTS})
    found = benchmark(beyond, answers, spans(answers), QUOTES, TODAY, RULES)
    assert found.trial
    assert found.ranges

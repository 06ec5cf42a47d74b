"""The picture a report has: one, of what decides it, from the same numbers as its sentences."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from advisor.report import Report
from advisor.roi import by_month
from bot.render.view import Chart, Series
from bot.render.wording import Wording

_EVAL_GATE, _MONEY_GATE = 2, 3


def pictures(report: Report, wording: Wording) -> Iterator[Chart]:
    """Eval pairs against those wanted where they decide, the trial where there is one, else the year's money."""
    gate = report.gates[_EVAL_GATE - 1]

    def say(code: str) -> str:
        return wording.plainly("cards", f"chart_{code}")

    def bars(code: str, values: dict[str, int | Decimal], unit: str) -> Chart:
        series = (Series(say(unit), tuple(values.values())),)
        return Chart("bar", say(code), tuple(map(say, values)), series, y=say(unit))

    if report.verdict.blocked_at == _EVAL_GATE and gate.reason == "too_few_pairs":
        yield bars("pairs", {"have": report.answers.known("eval_pairs"), "wanted": gate.threshold or 0}, "pairs_unit")
    elif report.poc and report.verdict.blocked_at is None:
        known = {
            "untuned": report.answers.known("poc_baseline_pass_rate"),
            "tuned": report.answers.known("poc_tuned_pass_rate"),
            "target": report.answers.known("target_pass_rate"),
        }
        yield bars("trial", {name: 100 * rate for name, rate in known.items() if rate is not None}, "passes")
    elif report.roi and report.roi.payback_months is not None and report.roi.payback_months <= 12:
        months = by_month(report.roi)
        series = (
            Series(say("costs"), _dollars(months.costs_usd)),
            Series(say("savings"), _dollars(months.savings_usd)),
        )
        names = tuple(str(month) for month in range(len(months.costs_usd)))
        yield Chart("line", say("year"), names, series, say("months"), say("usd"))
    elif report.roi:
        yield bars(
            "money",
            dict(zip(("costs", "savings"), _dollars((report.roi.cost_usd, report.roi.savings_usd)), strict=True)),
            "usd",
        )


def _dollars(values: Iterable[Decimal]) -> tuple[int, ...]:
    """A picture is looked at: cents say nothing in it."""
    return tuple(round(value) for value in values)

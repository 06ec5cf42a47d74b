"""The pictures a report has: one of what decides it, and one of what stands beside it where there is anything to see;
from the same numbers as its sentences."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from advisor.report import Report, Roi
from advisor.roi import by_month
from bot.render.view import Chart, Series
from bot.render.wording import Wording

if TYPE_CHECKING:
    from advisor.beyond import Findings

_EVAL_GATE, _MONEY_GATE = 2, 3
_BARS, _NAME = 6, 11
_VOLUMES = (Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal(2))
"""Of the calls at which the year breaks even."""


def pictures(
    report: Report, wording: Wording, found: "Findings | None" = None, models: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Chart]:
    """Two at most: eval pairs against those wanted where they decide, the trial where there is one, else the year's
    money; and of what was ``found`` beside it how sure the trial is, the rivals (``models`` by id), or what moves the
    year."""
    yield from _deciding(report, wording)
    if found:
        yield from list(_beside(report, found, models, wording))[:1]


def _deciding(report: Report, wording: Wording) -> Iterator[Chart]:
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
    elif report.roi and (even := report.roi.break_even_calls):
        yield _break_even(report.roi, even, report.answers.known("calls_per_year"), wording)
    elif report.roi:
        yield bars(
            "money",
            dict(zip(("costs", "savings"), _dollars((report.roi.cost_usd, report.roi.savings_usd)), strict=True)),
            "usd",
        )


def _break_even(roi: Roi, even: int, now: int, wording: Wording) -> Chart:
    """What the year costs and saves by its calls, those of today among them: they meet where it breaks even."""

    def say(code: str, *facts: int) -> str:
        return wording.plainly("beyond", f"chart_{code}", *facts)

    calls = sorted({0, now, *(round(even * part) for part in _VOLUMES)})
    fixed = roi.lines.other_savings_usd
    a_call = (roi.savings_usd - fixed) / now if now else (roi.cost_usd - fixed) / even
    saved = _dollars(fixed + a_call * many for many in calls)
    costs = _dollars([roi.cost_usd] * len(calls))
    series = (Series(say("costs"), costs), Series(say("savings"), saved))
    named = {even: "even", now: "now"}
    names = tuple(say(named[many], many) if many in named else f"{many:,}" for many in calls)
    return Chart("line", say("break_even"), names, series, say("calls"), say("usd"))


def _beside(report: Report, found: "Findings", models: Mapping[str, str], wording: Wording) -> Iterator[Chart]:
    def say(code: str, *facts: object) -> str:
        return wording.plainly("beyond", code, *facts)

    if trial := found.trial:
        values = {
            "at_least": trial.low_points,
            "measured": trial.gain_points,
            "at_most": trial.high_points,
            "wanted": wording.rules.poc.points,
        }
        series = (Series(say("chart_points"), tuple(round(value, 1) for value in values.values())),)
        names = tuple(say(f"chart_{code}") for code in values)
        yield Chart("bar", say("chart_interval"), names, series, y=say("chart_points"))
    if found.rivals and found.rivals.cautions:
        rows = found.rivals.rows
        years = (row.usd_per_year + _on_top(row.id, report.roi) for row in rows)
        series = (Series(say("chart_usd"), _dollars(years)),)
        yield Chart(
            "bar",
            say("chart_rivals"),
            tuple(say("bar_name", row, _short(models.get(row.model, row.model))) for row in rows),
            series,
            y=say("chart_usd"),
        )
    if found.ranges and not found.ranges.robust:
        bars = found.ranges.bars[:_BARS]
        ends = (
            Series(say("chart_low_end"), tuple(round(bar.ratio_at_low, 2) for bar in bars)),
            Series(say("chart_high_end"), tuple(round(bar.ratio_at_high, 2) for bar in bars)),
        )
        names = tuple(wording.row(bar.field).short for bar in bars)
        yield Chart("bar", say("chart_tornado"), names, ends, y=say("chart_ratio"))


def _short(name: str) -> str:
    """A model's name that leaves room for a word: "Claude Haiku 5.5" -> "Haiku 5.5"."""
    return name if len(name) <= _NAME else " ".join(name.split()[-2:])


def _on_top(id: str, roi: Roi | None) -> Decimal:
    """What tuning costs beside the calls of the tuned model."""
    if roi is None or not id.startswith("tuned"):
        return Decimal(0)
    return roi.cost_usd if id == "tuned" else roi.cost_usd - roi.lines.hosting_usd


def _dollars(values: Iterable[Decimal]) -> tuple[int, ...]:
    """A picture is looked at: cents say nothing in it."""
    return tuple(round(value) for value in values)

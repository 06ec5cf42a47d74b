"""The pictures of a report, from the same numbers as its sentences; the one of what decides it stands in sight."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from advisor.report import Report, Roi
from advisor.roi import by_month as months_of
from bot.render.view import Chart, Series
from bot.render.wording import Wording

_EVAL_GATE, _MONTHS = 2, 12


def pictures(report: Report, wording: Wording, *, costs: bool = True, by_month: bool = True) -> Iterator[Chart]:
    """Eval pairs against those wanted where they decide, the trial where there is one, else the year's money if its
    ``costs`` may be told; ``by_month`` for who has time to look."""
    few = report.verdict.blocked_at == _EVAL_GATE and report.gates[_EVAL_GATE - 1].reason == "too_few_pairs"
    if few:
        yield charts(report, wording)["pairs"]
    elif report.poc and report.verdict.blocked_at is None:
        yield charts(report, wording)["trial"]
    elif costs and report.roi:
        yield money(report.roi, wording) if by_month else costs_against_savings(report.roi, wording)


def charts(report: Report, wording: Wording) -> dict[str, Chart]:
    """All that its numbers can be drawn as."""
    answers, found = report.answers, dict[str, Chart]()
    have = answers.known("eval_pairs")
    if have is not None:
        wanted = wording.rules.gate(_EVAL_GATE).threshold or 0
        found["pairs"] = _bars("pairs", {"have": have, "wanted": wanted}, "pairs_unit", wording)
    if report.poc:
        rates = {
            "untuned": answers.known("poc_baseline_pass_rate"),
            "tuned": answers.known("poc_tuned_pass_rate"),
            "target": answers.known("target_pass_rate"),
        }
        known = {name: 100 * rate for name, rate in rates.items() if rate is not None}
        found["trial"] = _bars("trial", known, "passes", wording)
    if report.roi:
        found["money"] = costs_against_savings(report.roi, wording)
    if report.roi and _pays_back(report.roi):
        found["year"] = _year(report.roi, wording)
    return found


def money(roi: Roi, wording: Wording) -> Chart:
    """The year's money: month by month where it pays back within the year, else costs against savings."""
    return (_year if _pays_back(roi) else costs_against_savings)(roi, wording)


def _pays_back(roi: Roi) -> bool:
    return roi.payback_months is not None and roi.payback_months <= _MONTHS


def costs_against_savings(roi: Roi, wording: Wording) -> Chart:
    """The year's two sums, as bars."""
    both = dict(zip(("costs", "savings"), _dollars((roi.cost_usd, roi.savings_usd)), strict=True))
    return _bars("money", both, "usd", wording)


def _year(roi: Roi, wording: Wording) -> Chart:
    months = months_of(roi)
    series = (
        Series(wording.plainly("cards", "chart_costs"), _dollars(months.costs_usd)),
        Series(wording.plainly("cards", "chart_savings"), _dollars(months.savings_usd)),
    )
    title = wording.plainly("cards", "chart_year", roi)
    names = tuple(str(month) for month in range(len(months.costs_usd)))
    axes = (wording.plainly("cards", f"chart_{axis}") for axis in ("months", "usd"))
    return Chart("line", title, names, series, *axes)


def _bars(code: str, values: Mapping[str, int | Decimal], unit: str, wording: Wording) -> Chart:
    title, of = wording.plainly("cards", f"chart_{code}"), wording.plainly("cards", f"chart_{unit}")
    names = tuple(wording.plainly("cards", f"chart_{name}") for name in values)
    return Chart("bar", title, names, (Series(of, tuple(values.values())),), y=of)


def _dollars(values: Iterable[Decimal]) -> tuple[int, ...]:
    """A picture is looked at: cents say nothing in it."""
    return tuple(round(value) for value in values)

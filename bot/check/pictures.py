"""The pictures of a report, from the same numbers as its sentences; the one of what decides it stands in sight, and one
of what was found beside it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Literal

from advisor.report import Report, Roi
from advisor.roi import by_month as months_of
from bot.render.view import Chart, Series
from bot.render.wording import Wording

if TYPE_CHECKING:
    from advisor.beyond import Findings

_EVAL_GATE, _MONTHS = 2, 12
_BARS = 4  # on a telephone more have no room for their figures
_RIVALS, _NAME = 2, 11
_VOLUMES = (Decimal(1), Decimal("1.5"), Decimal(2))
"""Of the calls at which the year breaks even."""
_THREE = Context(prec=3)  # digits of calls on an axis


def pictures(report: Report, wording: Wording, *, costs: bool = True, by_month: bool = True) -> Iterator[Chart]:
    """Eval pairs against those wanted where they decide, the trial where there is one, else the year's money if its
    ``costs`` may be told; ``by_month`` for who has time to look."""
    few = report.verdict.blocked_at == _EVAL_GATE and report.gates[_EVAL_GATE - 1].reason == "too_few_pairs"
    if few:
        yield charts(report, wording)["pairs"]
    elif report.poc and report.verdict.blocked_at is None:
        yield charts(report, wording)["trial"]
    elif costs and report.roi:
        yield _looked_at(report.roi, report, wording) if by_month else costs_against_savings(report.roi, wording)


def _looked_at(roi: Roi, report: Report, wording: Wording) -> Chart:
    """The year's money, or by how many calls it would pay where it does not pay back within the year."""
    if _pays_back(roi) or not roi.break_even_calls:
        return money(roi, wording)
    return _break_even(roi, roi.break_even_calls, report.answers.known("calls_per_year"), wording)


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


# ---- what was found beside the verdict (advisor.beyond)


def beside(report: Report, found: "Findings", models: Mapping[str, str], wording: Wording) -> Iterator[Chart]:
    """One of it: how sure the trial is, else the rivals (``models`` by id) if one is cheaper, else what moves the year
    most if its ranges turn anything."""
    if found.trial:
        values = {
            "at_least": found.trial.low_points,
            "measured": found.trial.gain_points,
            "at_most": found.trial.high_points,
            "wanted": wording.rules.poc.points,
        }
        names = tuple(_said(f"chart_{code}", wording) for code in values)
        gains = tuple(round(value, 1) for value in values.values())
        yield _beyond("bar", "interval", names, {"points": gains}, wording, y="points")
    elif found.rivals and found.rivals.cautions:
        first = found.rivals.test_first[:_RIVALS]
        rows = [row for row in found.rivals.rows if row.id in ("as_is", "tuned") or (row.id, row.model) in first]
        years = _dollars(row.usd_per_year + _on_top(row.id, report.roi) for row in rows)
        names = tuple(_said("bar_name", wording, row, _short(models.get(row.model, row.model))) for row in rows)
        yield _beyond("bar", "rivals", names, {"usd": years}, wording, y="usd")
    elif found.ranges and not found.ranges.robust:
        bars = found.ranges.bars[:_BARS]
        ends = {
            "low_end": tuple(round(bar.ratio_at_low, 2) for bar in bars),
            "high_end": tuple(round(bar.ratio_at_high, 2) for bar in bars),
        }
        names = tuple(_said("driver", wording, bar.field) for bar in bars)
        yield _beyond("bar", "tornado", names, ends, wording, y="ratio")


def _break_even(roi: Roi, even: int, now: int, wording: Wording) -> Chart:
    """What the year costs and saves by its calls, those of today among them: they meet where it breaks even."""
    calls = sorted({0, now, *(round(even * part) for part in _VOLUMES)})
    fixed = roi.lines.other_savings_usd
    a_call = (roi.savings_usd - fixed) / now if now else (roi.cost_usd - fixed) / even
    named = {even: "even", now: "now"}
    names = tuple(
        _said(f"chart_{named.get(many, 'many')}", wording, int(_THREE.create_decimal(many))) for many in calls
    )
    both = {
        "costs": _dollars([roi.cost_usd] * len(calls)),
        "savings": _dollars(fixed + a_call * many for many in calls),
    }
    return _beyond("line", "break_even", names, both, wording, x="calls", y="usd")


def _beyond(
    kind: Literal["bar", "line"],
    code: str,
    names: tuple[str, ...],
    values: Mapping[str, tuple[int | Decimal, ...]],
    wording: Wording,
    *,
    x: str = "",
    y: str,
) -> Chart:
    series = tuple(Series(_said(f"chart_{of}", wording), told) for of, told in values.items())
    across = _said(f"chart_{x}", wording) if x else ""
    return Chart(kind, _said(f"chart_{code}", wording), names, series, across, _said(f"chart_{y}", wording))


def _said(code: str, wording: Wording, *facts: object) -> str:
    return wording.plainly("beyond", code, *facts)


def _short(name: str) -> str:
    """A model's name that leaves room for a word: "Claude Haiku 5.5" -> "Haiku 5.5"."""
    return name if len(name) <= _NAME else " ".join(name.split()[-2:])


def _on_top(id: str, roi: Roi | None) -> Decimal:
    """What tuning costs beside the calls of the tuned model."""
    return roi.cost_usd if roi and id == "tuned" else Decimal(0)

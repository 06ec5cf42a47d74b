"""The pictures of a report say what its numbers say: each is worked out again here."""

from decimal import Decimal
from itertools import pairwise
from math import ceil
from typing import Any

import pytest

from advisor import decide, load_rules
from advisor.conversation import current
from advisor.report import Report
from bot.check.card import Cards
from bot.check.pictures import charts, pictures
from bot.render import blockkit
from bot.render.pictures import gist, picture
from bot.render.view import Chart
from bot.render.wording import Wording
from tests.advisor.cases import CASES, answers_of
from tests.advisor.strategies import given
from tests.test_words import check_of

RULES = load_rules()
WORDING = Wording(RULES)
REPORTS: list[tuple[str, Report]] = [(case["title"], decide(answers_of(case), RULES)) for case in CASES]


def values(chart: Chart) -> list[list[Decimal]]:
    return [[Decimal(value) for value in series.values] for series in chart.series]


def test_costs_and_savings_are_the_report_s_to_the_dollar() -> None:
    for title, report in REPORTS:
        drawn = charts(report, WORDING)
        assert ("money" in drawn) == (report.roi is not None)
        if report.roi:
            (bars,) = values(drawn["money"])
            assert bars == [round(report.roi.cost_usd), round(report.roi.savings_usd)], title


def test_the_year_runs_from_what_is_paid_once_to_the_year_s_sums_and_crosses_at_the_payback() -> None:
    seen = 0
    for title, report in REPORTS:
        roi, drawn = report.roi, charts(report, WORDING).get("year")
        assert (drawn is not None) == bool(roi and roi.payback_months is not None and roi.payback_months <= 12), title
        if not (roi and drawn):
            continue
        seen += 1
        costs, savings = values(drawn)
        lines = roi.lines
        assert costs[0] == round(lines.labelling_usd + lines.training_usd)
        monthly = (lines.upkeep_usd + lines.hosting_usd) / 12
        for month, (cost, saved) in enumerate(zip(costs, savings, strict=True)):
            assert abs(cost - (lines.labelling_usd + lines.training_usd + month * monthly)) <= 1, title
            assert abs(saved - month * roi.savings_usd / 12) <= 1, title
        assert [costs[12], savings[12]] == [round(roi.cost_usd), round(roi.savings_usd)]
        assert all(later >= earlier for series in (costs, savings) for earlier, later in pairwise(series))
        paid = next(month for month, (cost, saved) in enumerate(zip(costs, savings, strict=True)) if saved + 1 >= cost)
        assert paid == ceil(roi.payback_months or 0), title
        assert "pays back" in drawn.title
        assert len(drawn.title) <= 50
    assert seen


def test_eval_pairs_stand_beside_those_wanted_and_the_trial_beside_the_target() -> None:
    for title, report in REPORTS:
        drawn, answers = charts(report, WORDING), report.answers
        if "pairs" in drawn:
            assert values(drawn["pairs"]) == [[answers.eval_pairs, RULES.gate(2).threshold]], title
        assert ("trial" in drawn) == (report.poc is not None)
        if report.poc:
            rates = [answers.poc_baseline_pass_rate, answers.poc_tuned_pass_rate, answers.known("target_pass_rate")]
            (bars,) = values(drawn["trial"])
            assert bars == [100 * Decimal(rate) for rate in rates if rate is not None], title
            assert bars[1] - bars[0] == report.poc.delta_points, title


def test_each_is_in_sight_on_some_report() -> None:
    """Pairs, trial, costs against savings, the year by month, and the calls at which it breaks even."""
    shown = {chart.title.partition(":")[0] for _, report in REPORTS for chart in pictures(report, WORDING)}
    lines = {chart.kind for _, report in REPORTS for chart in pictures(report, WORDING)}
    assert lines == {"bar", "line"}
    assert len({*shown}) == 5, shown


def test_what_is_told_without_costs_is_drawn_without_them() -> None:
    for _, report in REPORTS:
        for chart in pictures(report, WORDING, costs=False):
            assert chart in (charts(report, WORDING).get(name) for name in ("pairs", "trial"))


@pytest.mark.parametrize(("title", "report"), REPORTS, ids=[title for title, _ in REPORTS])
def test_a_message_has_at_most_two_in_no_container_and_says_them_in_its_text(title: str, report: Report) -> None:
    reply = current(check_of(given(report.answers)).plus("report"), RULES)
    sent = blockkit.message(Cards(WORDING).view(reply), key="k")
    drawn = [block for block in sent["blocks"] if block["type"] == "data_visualization"]
    assert len(drawn) <= 2
    folded: list[dict[str, Any]] = [b for block in sent["blocks"] for b in block.get("child_blocks", [])]
    assert not [block for block in folded if block["type"] == "data_visualization"]
    for chart in pictures(reply.report, WORDING):
        assert blockkit.plain(gist(picture(chart))) in sent["text"]

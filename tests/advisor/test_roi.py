"""One year of money: exact inside, rounded once on the way out, and its limits are where they say they are."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from advisor import Answers, Rules, decide
from advisor.report import Roi
from advisor.roi import by_month, pays_only_through_fewer_failures, roi, usd_per_failure_needed
from advisor.roi import pays as year_pays
from tests.advisor import strategies
from tests.advisor.strategies import PASSING, TRIAL, answers, changed

CHAPTER = {
    "training_pairs": 5000,
    "usd_per_label": "1",
    "training_usd": "500",
    "upkeep_usd_per_month": "200",
    "calls_per_year": 1_000_000,
    "usd_per_call_now": "0.030",
    "usd_per_call_after": "0.001",
}


def year(rules: Rules, **changes: Any) -> dict[str, Any]:
    money = roi(changed(CHAPTER, *changes.items()), rules)
    assert money is not None
    return money.model_dump(mode="json")


def test_the_chapters_year(rules: Rules) -> None:
    """5,000 labels at $1, $500 to train, $200 a month; $0.030 to $0.001 a call, a million calls."""
    assert year(rules) == {
        "cost_usd": "7900",
        "savings_usd": "29000",
        "ratio": "3.670886075949367088607594937",
        "net_usd": "21100",
        "net_roi": "2.670886075949367088607594937",
        "band": "safe",
        "break_even_calls": 272_414,
        "safe_calls": 408_621,
        "payback_months": "2.481203007518796992481203008",
        "hosting_headroom_usd_per_month": "1758.333333333333333333333333",
        "counted_as_zero": [
            "hosting_usd_per_month", "labeled_pairs", "usd_per_failure", "other_savings_usd_per_year",
        ],
        "lines": {
            "labelling_usd": "5000",
            "training_usd": "500",
            "upkeep_usd": "2400",
            "hosting_usd": "0",
            "api_savings_usd": "29000",
            "fewer_failures_usd": "0",
            "other_savings_usd": "0",
        },
    }  # fmt: skip


def test_a_tenth_of_the_calls_loses_money(rules: Rules) -> None:
    """The chapter's third exercise."""
    small = year(rules, calls_per_year=100_000)
    assert small["ratio"] == "0.3670886075949367088607594937"
    assert (small["net_usd"], small["payback_months"], small["band"]) == ("-5000", "132", "no")
    assert (small["break_even_calls"], small["safe_calls"]) == (272_414, 408_621)


@pytest.mark.parametrize(("price", "ratio"), [("2", "2.25"), ("3", "1.62"), ("4", "1.27"), ("5", "1.04")])
def test_the_price_of_a_label_moves_the_ratio(rules: Rules, price: str, ratio: str) -> None:
    assert f"{Decimal(year(rules, usd_per_label=price)['ratio']):.2f}" == ratio


def test_hosting_can_turn_a_good_year_into_a_loss(rules: Rules) -> None:
    hosted = year(rules, hosting_usd_per_month="2000")
    assert (f"{Decimal(hosted['ratio']):.2f}", hosted["band"]) == ("0.91", "no")
    assert hosted["lines"]["hosting_usd"] == "24000"
    assert hosted["hosting_headroom_usd_per_month"] == "1758.333333333333333333333333"
    assert "hosting_usd_per_month" not in hosted["counted_as_zero"]


def test_labels_already_there_cost_nothing(rules: Rules) -> None:
    assert year(rules, labeled_pairs=4000)["lines"]["labelling_usd"] == "1000"
    assert year(rules, labeled_pairs=6000)["lines"]["labelling_usd"] == "0"


@pytest.mark.parametrize(
    ("changes", "fewer"),
    [
        ({}, "50000"),
        ({"failure_cause": "other"}, "0"),
        ({"failure_cause": "facts"}, "0"),
        ({"failure_cause": None}, "0"),
        ({"large_model_meets_target": True}, "50000"),
        ({"large_model_meets_target": "unknown"}, "50000"),
        ({"target_pass_rate": "unknown"}, "0"),
        ({"target_pass_rate": "0.8"}, "0"),
        ({"target_pass_rate": "0.7"}, "-50000"),
        ({"target_pass_rate": "0.7", "failure_cause": "facts"}, "-50000"),
        ({"usd_per_failure": "unknown"}, "0"),
        ({"pass_rate_without_tuning": "0.9"}, "0"),
        ({"pass_rate_without_tuning": "0.95"}, "-25000"),
        ({"pass_rate_without_tuning": None}, "0"),
        ({"pass_rate_without_tuning": None, "usd_per_call_after": "0.03"}, "50000"),
        ({"pass_rate_without_tuning": None, "usd_per_call_after": "0.03", "large_model_meets_target": True}, "0"),
        (TRIAL | {"poc_tuned_pass_rate": "0.85"}, "25000"),
    ],
)
def test_failures_are_counted_against_what_would_run_without_tuning(
    rules: Rules, changes: dict[str, Any], fewer: str
) -> None:
    """Fewer of them only where tuning is for behaviour; more of them always (D18, D20)."""
    behaviour = {
        "failure_cause": "tone", "measured_pass_rate": "0.8", "target_pass_rate": "0.9", "usd_per_failure": "0.5",
        "pass_rate_without_tuning": "0.8",
    }  # fmt: skip
    assert year(rules, **(behaviour | changes))["lines"]["fewer_failures_usd"] == fewer


@pytest.mark.parametrize(("labelled", "cost"), [(5000, "2900"), (6000, "2900"), (4999, None), ("unknown", None)])
def test_no_price_of_a_label_is_needed_once_all_are_labelled(rules: Rules, labelled: Any, cost: str | None) -> None:
    money = roi(changed(CHAPTER, ("labeled_pairs", labelled), ("usd_per_label", "unknown")), rules)
    assert (money and str(money.cost_usd)) == cost


def test_a_year_that_costs_nothing_has_no_ratio(rules: Rules) -> None:
    free = year(rules, usd_per_label="0", training_usd="0", upkeep_usd_per_month="0")
    assert (free["ratio"], free["net_roi"], free["band"]) == (None, None, None)
    assert (free["break_even_calls"], free["payback_months"]) == (1, "0")


def test_nothing_saved_a_call_has_no_volume_that_pays(rules: Rules) -> None:
    dear = year(rules, usd_per_call_after="0.03")
    assert (dear["break_even_calls"], dear["safe_calls"], dear["payback_months"]) == (None, None, None)
    assert (dear["savings_usd"], dear["ratio"], dear["net_usd"]) == ("0", "0", "-7900")


def test_other_savings_alone_can_pay(rules: Rules) -> None:
    paid = year(rules, other_savings_usd_per_year="20000")
    assert (paid["break_even_calls"], paid["safe_calls"]) == (0, 0)


def test_the_payback_counts_what_hosting_leaves_of_a_month(rules: Rules) -> None:
    """$5,500 once; of $2,900 a month, upkeep takes $200 and hosting $1,700."""
    assert year(rules, calls_per_year=1_200_000, hosting_usd_per_month="1700")["payback_months"] == "5.5"
    barely = year(rules, calls_per_year=100_000, upkeep_usd_per_month="241.5")
    assert Decimal(barely["payback_months"]) == 33_000
    even = year(rules, calls_per_year=96_000, usd_per_call_now="0.026")
    assert (even["savings_usd"], even["payback_months"]) == ("2400", None)


def test_a_year_runs_from_what_is_paid_once_to_its_sums(rules: Rules) -> None:
    money = roi(changed(CHAPTER, ("hosting_usd_per_month", "100"), ("other_savings_usd_per_year", "1000")), rules)
    assert money is not None
    months = by_month(money)
    assert [str(usd) for usd in months.costs_usd] == [str(5500 + month * 300) for month in range(13)]
    assert [str(usd) for usd in months.savings_usd] == [str(month * 2500) for month in range(13)]
    assert (months.costs_usd[12], months.savings_usd[12]) == (money.cost_usd, money.savings_usd)


def test_a_year_pays_above_its_cost_and_is_not_judged_while_an_input_is_open() -> None:
    def said(**changes: Any) -> bool | None:
        return year_pays(changed(CHAPTER, *changes.items()))

    assert (said(), said(calls_per_year=272_414), said(calls_per_year=272_413)) == (True, True, False)
    assert said(calls_per_year=0, other_savings_usd_per_year="7900") is False
    for field in CHAPTER:
        assert said(**{field: None}) is None, field
    assert said(usd_per_label="unknown", labeled_pairs=5000) is True


@pytest.mark.parametrize(
    ("changes", "only"),
    [
        ({}, False),
        ({"usd_per_failure": "0"}, False),
        ({"calls_per_year": 200_000}, True),
        ({"calls_per_year": 200_000, "usd_per_failure": "0"}, False),
        ({"calls_per_year": 200_000, "usd_per_failure": "0.000001"}, True),
        ({"calls_per_year": 0, "other_savings_usd_per_year": "20000"}, False),
        ({"calls_per_year": 200_000, "other_savings_usd_per_year": "2100"}, True),
        ({"calls_per_year": 200_000, "other_savings_usd_per_year": "2100.01"}, False),
    ],
)
def test_a_year_pays_only_through_fewer_failures_that_without_them_stays_at_its_cost(
    changes: dict[str, Any], only: bool
) -> None:
    """Calls alone save $0.029 each; a failure costs $0.50 and a tenth of the calls fail less."""
    failing = CHAPTER | {
        "failure_cause": "tone", "pass_rate_without_tuning": "0.8", "target_pass_rate": "0.9", "usd_per_failure": "0.5",
    }  # fmt: skip
    assert pays_only_through_fewer_failures(changed(failing, *changes.items())) is only


@pytest.mark.parametrize("field", sorted(CHAPTER))
@pytest.mark.parametrize("value", [None, "unknown"])
def test_there_is_no_year_while_an_input_is_not_known(rules: Rules, field: str, value: str | None) -> None:
    assert roi(changed(CHAPTER, (field, value)), rules) is None


def test_the_year_is_computed_whatever_the_gates_say(rules: Rules) -> None:
    assert decide(changed(CHAPTER, ("goal", "live_facts"), ("retrain_owner", "")), rules).roi is not None


def pays(held: Answers, rules: Rules, **changes: Any) -> bool:
    money = roi(changed(strategies.given(held), *changes.items()), rules)
    assert money is not None
    return money.net_usd > 0


paying = st.builds(lambda more: changed(CHAPTER | {"failure_cause": "tone"}, *more), strategies.changes)


@given(held=paying)
def test_break_even_and_safe_are_the_least_calls_that_pay_and_pay_safely(rules: Rules, held: Answers) -> None:
    money = roi(held, rules)
    assume(money is not None and money.break_even_calls is not None)
    assert money is not None
    assert money.break_even_calls is not None
    assert money.safe_calls is not None

    def at(calls: int) -> Roi:
        there = roi(held.model_copy(update={"calls_per_year": calls}), rules)
        assert there is not None
        return there

    assert at(money.break_even_calls).net_usd > 0
    assert money.break_even_calls == 0 or at(money.break_even_calls - 1).net_usd <= 0
    if money.cost_usd:
        assert at(money.safe_calls).band == "safe"
        assert money.safe_calls == 0 or at(money.safe_calls - 1).band != "safe"


@given(held=paying, more=st.integers(0, 10**9))
def test_while_a_call_saves_money_more_calls_never_lower_the_ratio(rules: Rules, held: Answers, more: int) -> None:
    money = roi(held, rules)
    assume(money is not None and money.ratio is not None and money.break_even_calls is not None)
    assert money is not None
    assert money.ratio is not None
    fuller = roi(held.model_copy(update={"calls_per_year": held.calls_per_year + more}), rules)  # type: ignore[operator]
    assert fuller is not None
    assert fuller.ratio is not None
    assert fuller.ratio >= money.ratio


@given(held=paying)
def test_the_headroom_is_the_hosting_that_makes_the_ratio_one(rules: Rules, held: Answers) -> None:
    money = roi(held, rules)
    assume(money is not None and 1 <= money.hosting_headroom_usd_per_month < 10**11)
    assert money is not None
    headroom = money.hosting_headroom_usd_per_month
    assert pays(held, rules, hosting_usd_per_month=headroom * Decimal("0.999"))
    assert not pays(held, rules, hosting_usd_per_month=headroom * Decimal("1.001"))


@given(held=st.builds(lambda more: changed({**PASSING, "usd_per_call_now": "0.001"}, *more), strategies.changes))
def test_the_failure_price_named_is_where_the_year_starts_to_pay(rules: Rules, held: Answers) -> None:
    needed = decide(held, rules).gates[2].usd_per_failure_needed
    assume(needed is not None and 0 < needed < 10**11 and held.known("failure_cause") is not None)
    assert needed is not None
    assert pays(held, rules, usd_per_failure=needed * Decimal("1.001"))
    assert not pays(held, rules, usd_per_failure=needed * Decimal("0.999"))


def test_the_failure_price_named_is_what_calls_and_other_savings_leave_of_the_cost() -> None:
    """$7,900 a year, a call saves nothing, a tenth of the calls fail less."""
    for calls, other, needed in ((1_000_000, "0", "0.079"), (1_000_000, "900", "0.07"), (5, "0", "15800")):
        open_price = changed(
            PASSING, ("usd_per_call_now", "0.001"), ("calls_per_year", calls), ("other_savings_usd_per_year", other)
        )
        assert str(usd_per_failure_needed(open_price)) == needed


def test_safe_calls_count_the_failures_each_call_avoids(rules: Rules) -> None:
    """A call saves $0.029 and a tenth of a failure at $0.50; $11,850 is one and a half times the cost."""
    failing = {"failure_cause": "tone", "pass_rate_without_tuning": "0.8", "target_pass_rate": "0.9"}
    assert year(rules, **failing, usd_per_failure="0.5")["safe_calls"] == 150_000


def test_no_failure_price_is_named_where_no_failure_is_avoided() -> None:
    assert usd_per_failure_needed(changed(PASSING, ("calls_per_year", 0))) is None
    assert usd_per_failure_needed(changed(PASSING, ("target_pass_rate", "0.5"))) is None


@given(held=answers())
def test_the_lines_add_up(rules: Rules, held: Answers) -> None:
    """To the last of 28 digits."""
    money = roi(held, rules)
    assume(money is not None)
    assert money is not None
    lines = {name: Fraction(value) for name, value in money.lines}
    cost = sum(lines[name] for name in ("labelling_usd", "training_usd", "upkeep_usd", "hosting_usd"))
    saved = sum(lines[name] for name in ("api_savings_usd", "fewer_failures_usd", "other_savings_usd"))
    for total, shown in ((cost, money.cost_usd), (saved, money.savings_usd), (saved - cost, money.net_usd)):
        assert abs(total - Fraction(shown)) <= Fraction(1, 10**3)

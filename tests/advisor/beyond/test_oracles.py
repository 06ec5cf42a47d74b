"""The statistics of the core against scipy's and statsmodels' (the dependency group ``oracles``)."""

from math import sqrt

import pytest

from advisor.beyond.trials import items_needed_apart, mcnemar_exact, mcnemar_midp, power_of, tango, wilson

_WHY = "an oracle is not installed: pip install --group oracles"
stats = pytest.importorskip("scipy.stats", reason=_WHY)
optimize = pytest.importorskip("scipy.optimize", reason=_WHY)
proportion = pytest.importorskip("statsmodels.stats.proportion", reason=_WHY)
tables = pytest.importorskip("statsmodels.stats.contingency_tables", reason=_WHY)


def test_1600_mcnemar_tables() -> None:
    for gained in range(40):
        for lost in range(40):
            theirs = tables.mcnemar([[7, gained], [lost, 9]], exact=True).pvalue if gained + lost else 1.0
            assert mcnemar_exact(gained, lost) == pytest.approx(theirs, abs=1e-8)
            differ, fewer = gained + lost, min(gained, lost)
            mid = 2 * stats.binom.cdf(fewer, differ, 0.5) - stats.binom.pmf(fewer, differ, 0.5)
            assert mcnemar_midp(gained, lost) == pytest.approx(1.0 if gained == lost else mid, abs=1e-8)


def test_wilson_s_interval() -> None:
    for items in (1, 7, 100, 999, 5000):
        for passed in {0, 1, items // 3, items // 2, items - 1, items}:
            theirs = proportion.proportion_confint(passed, items, method="wilson")
            other = stats.binomtest(passed, items).proportion_ci(method="wilson")
            assert wilson(passed / items, items) == pytest.approx(theirs, abs=1e-8)
            assert wilson(passed / items, items) == pytest.approx((other.low, other.high), abs=1e-8)


def constrained(gained: int, lost: int, items: int, bound: str) -> float:
    """Tango's bound from its definition: the gain at which the score, with the likelihood's maximum under that gain
    found by search, is just the normal quantile away."""
    z, same = stats.norm.ppf(0.975), items - gained - lost

    def score(delta: float) -> float:
        def slope(alone: float) -> float:
            return gained / (alone + delta) + lost / alone - 2 * same / (1 - 2 * alone - delta)

        least, most = max(0.0, -delta), (1 - delta) / 2
        edge = (most - least) * 1e-9
        alone = optimize.brentq(slope, least + edge, most - edge, xtol=1e-16, rtol=1e-15)
        return float((gained - lost - items * delta) / sqrt(items * (2 * alone + delta - delta * delta)))

    gain = (gained - lost) / items
    ends = (-0.999, gain) if bound == "low" else (gain, 0.999)
    return float(optimize.brentq(lambda delta: score(delta) - (z if bound == "low" else -z), *ends, xtol=1e-13))


@pytest.mark.parametrize("items", [20, 100, 500, 1000])
def test_tango_s_interval(items: int) -> None:
    for gained in (1, 3, items // 10, items // 3):
        for lost in (1, 2, items // 20, items // 4):
            low, high = tango(gained, lost, items)
            assert low == pytest.approx(constrained(gained, lost, items, "low"), abs=1e-8)
            assert high == pytest.approx(constrained(gained, lost, items, "high"), abs=1e-8)


def test_the_normal_curve_beyond_ten_thousand_disagreements() -> None:
    for gained, lost in ((5_100, 4_950), (50_300, 49_700), (500_800, 500_000)):
        mid = 2 * stats.binom.cdf(lost, gained + lost, 0.5) - stats.binom.pmf(lost, gained + lost, 0.5)
        assert mcnemar_midp(gained, lost) == pytest.approx(mid, abs=2e-5)


@pytest.mark.parametrize(("items", "gain", "discordance"), [(60, 0.1, 0.3), (100, 0.05, 0.15), (100, 0.0, 0.2)])
def test_power(items: int, gain: float, discordance: float) -> None:
    """Every table of the trinomial distribution, weighed by scipy."""
    cells = [(discordance + gain) / 2, (discordance - gain) / 2, 1 - discordance]
    total = 0.0
    for gained in range(items + 1):
        for lost in range(min(gained, items - gained + 1)):
            if mcnemar_midp(gained, lost) <= 0.05:
                total += float(stats.multinomial.pmf([gained, lost, items - gained - lost], items, cells))
    assert power_of(items, gain, discordance) == pytest.approx(total, abs=1e-8)


@pytest.mark.parametrize(("rate", "other"), [(0.6, 0.65), (0.8, 0.85), (0.9, 0.95)])
def test_items_for_each_model(rate: float, other: float) -> None:
    theirs = proportion.samplesize_proportions_2indep_onetail(other - rate, rate, 0.8, alpha=0.05)
    assert items_needed_apart(rate, other) == pytest.approx(theirs, rel=0.01)

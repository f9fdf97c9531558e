"""Sizes, power and non-inferiority, by hand and against published numbers."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats import proportion
from statsmodels.stats.power import NormalIndPower

from stepdown import survival
from stepdown.errors import EstimateError


def test_size_for_risks_is_that_of_power_prop_test():
    # R's help page of power.prop.test: p1 0.50, p2 0.75, power 0.90 gives n = 76.7.
    assert survival.size_for_risks(0.5, 0.25, power=0.9).n == 77
    # n = 50 there has a power of 0.740.
    assert survival.size_for_risks(0.5, 0.25, n=50).power == pytest.approx(0.740, abs=5e-4)


def test_loss_divides_the_size():
    whole, half = survival.size_for_risks(0.3, -0.1), survival.size_for_risks(0.3, -0.1, followed=0.5)
    assert half.n in (2 * whole.n, 2 * whole.n - 1)
    assert whole.power >= 0.8 > survival.size_for_risks(0.3, -0.1, n=whole.n - 1).power


def test_means_and_log_rank_by_hand():
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert survival.size_for_means(5, (20, 30)).n == math.ceil(z**2 * 1300 / 25)
    events = 4 * z**2 / math.log(0.7) ** 2
    assert survival.size_for_logrank(0.5, 0.7).n == math.ceil(events / (0.5 + 1 - 0.5**0.7))


@pytest.mark.parametrize(
    ("risk", "difference"), [(0.5, 0.25), (0.3, -0.1), (0.31, -0.1), (0.08, 0.1), (0.6, -0.05)]
)
def test_sizes_and_power_for_risks_are_those_of_statsmodels(risk, difference):
    # An independent source: pooled variance without a difference, as power.prop.test has it.
    planned = survival.size_for_risks(risk, difference)
    power = [
        proportion.power_proportions_2indep(difference, risk, n).power for n in (planned.n - 1, planned.n)
    ]
    assert power[0] < 0.8 <= power[1]
    assert planned.power == pytest.approx(power[1], abs=1e-4)


def test_sizes_for_means_are_those_of_statsmodels():
    for difference, spread in ((5, 30.0), (2, 13.0), (-8, 21.0)):
        n = NormalIndPower().solve_power(abs(difference) / spread, alpha=0.05, power=0.8)
        assert survival.size_for_means(difference, (spread, spread)).n == math.ceil(n)


def test_log_rank_sizes_are_schoenfelds():
    # Schoenfeld's number of events for equal arms, 5% and 90%.
    planned = survival.size_for_logrank(0.5, 0.57, power=0.9)
    events = planned.n * (0.5 + 1 - 0.5**0.57)
    assert events == pytest.approx(4 * (1.959964 + 1.281552) ** 2 / math.log(0.57) ** 2, abs=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: survival.size_for_risks(0.5, 0),
        lambda: survival.size_for_risks(0.5, 0.6),
        lambda: survival.size_for_risks("x", 0.1),
        lambda: survival.size_for_risks(0.5, 0.1, n=0),
        lambda: survival.size_for_risks(0.5, 0.1, power=1),
        lambda: survival.size_for_risks(0.5, 0.1, followed=0),
        lambda: survival.size_for_means(5, (0, 1)),
        lambda: survival.size_for_logrank(0.5, 1),
        lambda: survival.non_inferiority(None, 0.1),
    ],
)
def test_refused(call):
    with pytest.raises(EstimateError):
        call()


def test_non_inferior_where_the_limit_is_inside_the_margin():
    days = np.array([90.0] * 400)
    event = np.r_[np.ones(40), np.zeros(160), np.ones(42), np.zeros(158)].astype(int)
    risks = survival.risk(survival.kaplan_meier(days, event, ["a"] * 200 + ["b"] * 200), 90)
    contrasts = survival.contrast(risks, reference="b")
    high = contrasts.table["conf_high"][0]
    for margin, met in ((high + 1e-6, True), (high - 1e-6, False)):
        found = survival.non_inferiority(contrasts, margin)
        assert found["limit"].tolist() == [high]
        assert found["non_inferior"].tolist() == [met]
    low = contrasts.table["conf_low"][0]
    assert survival.non_inferiority(contrasts, 1e-6 - low, worse="lower")["non_inferior"].tolist() == [True]

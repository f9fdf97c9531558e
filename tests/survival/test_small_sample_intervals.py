"""Intervals in small arms: exact binomial sums, published limits, and something where nothing happened."""

import numpy as np
import pytest
from scipy import optimize, stats

from stepdown.errors import EstimateError
from stepdown.survival import (
    aalen_johansen,
    contrast,
    gray,
    kaplan_meier,
    logrank,
    pairwise,
    risk,
    rmst,
    rmtl,
    window_hazard,
    window_risk,
)
from stepdown.survival.core.effective_size import size_interval
from stepdown.survival.core.mover import difference_limits

Z = stats.norm.ppf(0.975)
FEW = "fewer than 10 at risk on the last day with an event"


def arm_of(n, events, day=40.0, end=90.0):
    return np.array([day] * events + [end] * (n - events)), np.array([1] * events + [0] * (n - events))


def mid_p(n, x):
    """Binomial mid-p limits, by their definition."""

    def below(p):
        return stats.binom.cdf(x - 1, n, p) + stats.binom.pmf(x, n, p) / 2 - 0.025

    def above(p):
        return stats.binom.sf(x, n, p) + stats.binom.pmf(x, n, p) / 2 - 0.025

    low = 0.0 if x == 0 else optimize.brentq(above, 1e-12, 1 - 1e-12, xtol=1e-14)
    high = 1.0 if x == n else optimize.brentq(below, 1e-12, 1 - 1e-12, xtol=1e-14)
    return low, high


@pytest.mark.parametrize(
    ("n", "x"), [(25, 0), (25, 3), (25, 25), (1, 0), (1, 1), (60, 3), (140, 84), (400, 12)]
)
def test_without_loss_limits_are_the_binomial_mid_p_ones(n, x):
    days, event = arm_of(n, x)
    curves = kaplan_meier(days, event)
    found = risk(curves, 90).table.iloc[0]
    np.testing.assert_allclose(
        found[["conf_low", "conf_high"]].astype(float), mid_p(n, x), rtol=1e-9, atol=1e-14
    )
    # The curve and its table say the same.
    at = curves.at(90).iloc[0]
    expected = [1 - found["conf_high"], 1 - found["conf_low"]]
    np.testing.assert_allclose(at[["conf_low", "conf_high"]].astype(float), expected, rtol=1e-12, atol=1e-14)
    if x < n:
        row = curves.table.iloc[-1]
        np.testing.assert_allclose(
            row[["conf_low", "conf_high"]].astype(float), expected, rtol=1e-12, atol=1e-14
        )


def test_exact_limits_are_clopper_and_pearsons():
    # 3 of 25: 2.5% and 31.2%; 0 of 25: 0 and 1 - 0.025^(1/25).
    for x, expected in (
        (3, stats.beta.ppf([0.025, 0.975], [3, 4], [23, 22])),
        (0, [0, 1 - 0.025 ** (1 / 25)]),
    ):
        found = risk(kaplan_meier(*arm_of(25, x), conf="exact"), 90).table.iloc[0]
        np.testing.assert_allclose(found[["conf_low", "conf_high"]].astype(float), expected, rtol=1e-10)


def test_beta_product_with_loss_by_hand():
    # Event on day 1 of 3, loss on day 2, event on day 3 of 1. Day 1: W+ = Beta(3, 1), W- = Beta(2, 2). Day 3: W+ =
    # Beta(3, 1) Beta(1, 1), mean 3/4 1/2 = 3/8, mean square 3/5 1/3 = 1/5: Beta(a, b) with a + b = 15/64 / (19/320)
    # - 1; W- is 0, as nobody is left.
    curves = kaplan_meier([1, 2, 3], [1, 0, 1], conf="exact")
    table = curves.table.set_index("time")
    assert table.loc[1, "conf_low"] == pytest.approx(stats.beta.ppf(0.025, 2, 2))
    assert table.loc[1, "conf_high"] == pytest.approx(0.975 ** (1 / 3))
    size = (3 / 8 * 5 / 8) / (1 / 5 - 9 / 64) - 1
    assert table.loc[3, "conf_low"] == 0
    assert table.loc[3, "conf_high"] == pytest.approx(stats.beta.ppf(0.975, 3 / 8 * size, 5 / 8 * size))
    # Day 2: one fewer is left than on day 1 from then on, but that day itself is seen by both.
    assert curves.at(2)["conf_low"].item() == pytest.approx(table.loc[1, "conf_low"])
    later = curves.at(2.5)["conf_low"].item()
    assert later < table.loc[2, "conf_low"]


def test_a_risk_given_no_event_before_is_that_of_those_left():
    # 5 of 30 have it by day 20, 4 of the other 25 by day 60.
    days = np.array([10.0] * 5 + [40.0] * 4 + [90.0] * 21)
    table = window_risk(kaplan_meier(days, days < 90), 20, 60).table.set_index("measure")
    found = table.loc["conditional_risk", ["conf_low", "conf_high"]].astype(float)
    np.testing.assert_allclose(found, mid_p(25, 4), rtol=1e-9)
    # The risk in the window has Wilson's limits on all 30.
    low, high = size_interval(np.array(4 / 30), np.array(30.0), Z)
    np.testing.assert_allclose(table.loc["window_risk", ["conf_low", "conf_high"]].astype(float), [low, high])


def test_wilson_as_published():
    # 3 of 10: 0.1078 to 0.6032 (Wilson's limits, as in any table of them), here with a competing event.
    days, event = np.arange(1.0, 11), np.array([1, 1, 1, 2, 2, 0, 0, 0, 0, 0])
    days[5:] = 90
    found = risk(aalen_johansen(days, event), 90, cause=1).table.iloc[0]
    assert found[["conf_low", "conf_high"]].astype(float).round(4).tolist() == [0.1078, 0.6032]


def test_difference_as_published():
    # Newcombe (1998), 56 of 70 against 48 of 80: 0.0524 to 0.3339.
    one, other = (size_interval(np.array(x / n), np.array(n), Z) for x, n in ((56, 70), (48, 80)))
    found = difference_limits(0.8, 0.6, one, other, 0.0)
    np.testing.assert_allclose(found, [0.0524, 0.3339], atol=5e-5)
    # A correlation narrows it, all the way to the difference where both errors are the same.
    closer = difference_limits(0.8, 0.6, one, other, 0.5)
    assert found[0] < closer[0] < closer[1] < found[1]
    assert difference_limits(0.8, 0.6, (0.7, 0.9), (0.5, 0.7), -1.0) == pytest.approx((0.0, 0.4))


@pytest.mark.parametrize("x", range(0, 16))
def test_ratio_excludes_1_where_the_difference_excludes_0(x):
    days, event = zip(arm_of(20, x), arm_of(15, 6), strict=True)
    arm = ["a"] * 20 + ["b"] * 15
    curves = kaplan_meier(np.concatenate(days), np.concatenate(event), arm)
    difference, ratio = contrast(risk(curves, 90), exact=False).table.to_dict("records")
    outside = difference["conf_low"] > 0 or difference["conf_high"] < 0
    assert outside == (ratio["conf_low"] > 1 or ratio["conf_high"] < 1)
    assert outside == (difference["p"] < 0.05)
    assert ratio["p"] == difference["p"]
    assert ratio["conf_low"] <= ratio["estimate"] <= ratio["conf_high"]


def test_an_arm_without_events_has_intervals():
    days, event = zip(arm_of(25, 0), arm_of(25, 3), strict=True)
    arm = ["a"] * 25 + ["b"] * 25
    given = (np.concatenate(days), np.concatenate(event), arm)
    risks = risk(kaplan_meier(*given), 90)
    assert risks.table["conf_high"].iloc[0] == pytest.approx(1 - 0.05 ** (1 / 25))
    assert risks.table["note"].iloc[0] == "no events"
    difference, ratio = contrast(risks).table.to_dict("records")
    low, high = mid_p(25, 3)
    expected = -0.12 + np.hypot(1 - 0.05 ** (1 / 25), 0.12 - low)
    assert (difference["conf_low"], difference["conf_high"]) == pytest.approx((-high, expected))
    assert ratio["estimate"] == 0
    assert (ratio["conf_low"], np.isfinite(ratio["conf_high"])) == (0, True)
    # The other way round the ratio has no estimate, and a lower limit.
    other = contrast(risks, reference="a", measures=["ratio"]).table.iloc[0]
    assert np.isnan(other["estimate"])
    assert other["conf_low"] == pytest.approx(1 / ratio["conf_high"])
    assert other["conf_high"] == np.inf
    # Days lost: none by anyone, at most all of them by those who may have had it.
    lost = rmtl(*given, tau=90).table
    assert (lost["estimate"].iloc[0], lost["conf_low"].iloc[0]) == (0, 0)
    assert 0 < lost["conf_high"].iloc[0] < 90
    means = contrast(rmst(*given, tau=90), measures=["difference"]).table.iloc[0]
    assert means["conf_low"] < means["estimate"] < means["conf_high"]
    rates = contrast(window_hazard(*given, cuts=[0, 90])).table
    assert np.isfinite(rates.loc[rates["contrast"] == "difference", ["conf_low", "conf_high"]]).all(axis=None)


@pytest.mark.parametrize(
    "given",
    [{"weights": np.tile([1.0, 2.0], 25)}, {"cluster": np.arange(50) // 2}, {"entry": np.full(50, 1.0)}],
)
def test_weights_clusters_and_entry_have_intervals_without_events_too(given):
    days = np.full(50, 90.0)
    event = np.array([0] * 25 + [1] * 3 + [0] * 22)
    days[25:28] = 40
    arm = ["a"] * 25 + ["b"] * 25
    for competing in (0, 1):
        codes = np.where((np.arange(50) == 49) & (competing == 1), 2, event)
        curves = aalen_johansen(days, codes, arm, **given)
        table = contrast(risk(curves, 90, cause=1), measures=["difference"]).table
        assert np.isfinite(table[["conf_low", "conf_high"]]).all(axis=None)
        alone = curves.at(90).query("cause == 1").iloc[0]
        assert alone["note"].startswith("no events by then")
        assert 0.05 < alone["conf_high"] < 0.5
    rates = window_hazard(days, event, arm, cuts=[0, 90], **given).table
    assert np.isfinite(rates[["conf_low", "conf_high"]]).all(axis=None)


def test_mean_days_are_symmetric_on_the_log_of_days_lost():
    days, event = np.array([10.0, 20, 30, 90, 90, 90]), [1, 1, 1, 0, 0, 0]
    row = rmst(days, event, tau=90, conf="log").table.iloc[0]
    lost, se = 90 - row["estimate"], row["std_error"]
    assert 90 - row["conf_high"] == pytest.approx(lost * np.exp(-Z * se / lost))
    assert 90 - row["conf_low"] == pytest.approx(lost * np.exp(Z * se / lost))


def _upper(lost: float, se: float, step: float) -> float:
    """Fay and Feuer's upper limit, with what one more event adds."""
    mean, variance = lost + step, se**2 + step**2
    return stats.gamma.ppf(0.975, mean**2 / variance, scale=variance / mean)


def test_mean_days_have_the_limits_of_as_many_events():
    # 3 of 60 lose 30 days each: 90 days lost, as uncertain as that of D events.
    days, event = np.array([60.0] * 3 + [90.0] * 57), [1] * 3 + [0] * 57
    row = rmst(days, event, tau=90).table.iloc[0]
    lost, se = 90 - row["estimate"], row["std_error"]
    assert lost == pytest.approx(1.5)
    size = (lost / se) ** 2
    assert size == pytest.approx(3 / (1 - 3 / 60))
    assert 90 - row["conf_high"] == pytest.approx(lost * stats.gamma.ppf(0.025, size) / size)
    # One event more in the middle of the stretch would lose 45 of 60 days, more than the events seen did.
    assert 90 - row["conf_low"] == pytest.approx(_upper(lost, se, 0.75))
    early = rmst(np.where(days == 60, 10, 90), event, tau=90).table.iloc[0]
    lost, se = 90 - early["estimate"], early["std_error"]
    size = (lost / se) ** 2
    assert 90 - early["conf_low"] == pytest.approx(lost * stats.gamma.ppf(0.975, size + 1) / size)
    assert 90 - early["conf_low"] == pytest.approx(_upper(lost, se, se**2 / lost))


def test_what_rests_on_few_says_so():
    days, event = arm_of(12, 7)
    curves = kaplan_meier(np.concatenate([days, [50.0]]), np.concatenate([event, [1]]))
    assert risk(curves, 30).table["note"].item() == "no events"
    assert risk(curves, 45).table["note"].item() == ""
    assert risk(curves, 90).table["note"].item() == FEW
    assert curves.quantile(0.5)["note"].item() == ""
    assert curves.quantile(0.6)["note"].item() == FEW


def test_one_person_against_many():
    # One person with an event on the first of 293 days: 1 of 293 ways.
    given = ([1, *range(2, 294)], [1] * 293, [1] + [0] * 292)
    assert logrank(*given).p == pytest.approx(1 / 293)
    assert logrank(*given, exact=False).p < 1e-60
    assert gray(*given).p <= 0.02


def test_exact_logrank_by_hand():
    # Day 3: 1/2, day 5: 2/5, day 8: 1/3 for an event of a. Three of a: 1/15; none: 1/2 3/5 2/3 = 1/5.
    given = ([3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb"))
    test = logrank(*given)
    assert test.p == pytest.approx(1 / 15)
    assert test.note == "exact p: fewer than 5 expected events in an arm"
    assert pairwise(*given).table["p"].item() == pytest.approx(1 / 15)
    # In two strata of the same cohort the events of both add up: 6 of 6 has 1/225.
    strata = logrank(*(list(column) * 2 for column in given), strata=[0] * 6 + [1] * 6, exact=True)
    assert strata.p == pytest.approx(1 / 225)


def test_permutation_of_three_arms_by_enumeration():
    # Nobody is lost: 6 people, 2 an arm; scores are Savage's. All 90 arrangements.
    from itertools import permutations

    arm = np.array([0, 0, 1, 1, 2, 2])
    hazard = np.cumsum(1 / np.arange(6, 0, -1))
    scores = 1 - hazard

    def statistic(labels):
        return sum(scores[np.array(labels) == one].sum() ** 2 / 2 for one in range(3))

    every = [statistic(labels) for labels in set(permutations(arm.tolist()))]
    expected = np.mean([value >= statistic(arm) * (1 - 1e-9) for value in every])
    test = logrank(np.arange(1, 7), np.ones(6), arm)
    assert test.p == pytest.approx(expected, abs=0.03)
    assert test.note == "p by permutation of arms: fewer than 5 expected events in an arm"
    assert logrank(np.arange(1, 7), np.ones(6), arm).p == test.p


def test_exact_is_refused_where_it_has_no_meaning():
    with pytest.raises(EstimateError, match="exact takes no weights"):
        logrank([1, 2], [1, 1], [0, 1], weights=[1, 2], exact=True)

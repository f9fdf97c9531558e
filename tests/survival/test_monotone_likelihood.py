"""Infinite coefficients are those of a monotone likelihood and no others; Firth's penalty makes them finite."""

from itertools import product
from math import log

import numpy as np
import pytest
from scipy import optimize

from stepdown.errors import EstimateError
from stepdown.survival import cox, fine_gray, proportional_hazards, window_hazard_ratios
from stepdown.survival.cox_model.partial_likelihood import evaluate

pytestmark = pytest.mark.slow


def rare(seed):
    """3,000 people; of the first 900, two have an event, late, when few others are left."""
    rng = np.random.default_rng(seed)
    arm = np.arange(3000) < 900
    event = np.where(arm, False, rng.random(3000) < 0.8)
    days = np.where(event, rng.integers(1, 91, 3000), rng.integers(30, 366, 3000)).astype(float)
    chosen = rng.choice(900, 2, replace=False)
    event[chosen], days[chosen] = True, rng.integers(60, 400, 2)
    return days, event, arm.astype(float)


def profile_gain(days, event, arm, fit):
    """Log likelihood at the estimate less that one and three units further out, where it must be lower."""
    return [
        fit.loglik
        - cox(days, event, np.arange(len(days)) % 7, offset=arm * (fit.coef[0] - step), ridge=1e12).loglik
        for step in (1.0, 3.0)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_two_late_events_in_an_arm_have_a_finite_hazard_ratio(seed):
    days, event, arm = rare(seed)
    fit = cox(days, event, arm)
    assert np.isfinite(fit.summary.loc["x1"]).all()
    assert fit.warnings == ()
    assert min(profile_gain(days, event, arm, fit)) > 0
    assert np.isfinite(fine_gray(days, event, arm, cause=1).summary.loc["x1"]).all()


def test_two_late_events_by_hand():
    # Two events of x = 0, then one of x = 1. Risk sets: 5, 4 and 3 of x = 0 beside M + 1 of x = 1, so with
    # r = (M + 1) exp(b) the score is 1 - r / (5 + r) - r / (4 + r) - r / (3 + r).
    many = 200_000
    days = np.array([1.0, 2.0, 3.0, *[9.0] * (many + 3)])
    event = np.array([1, 1, 1, *[0] * (many + 3)])
    x = np.array([0.0, 0, 1, 0, 0, 0, *[1.0] * many])
    fit = cox(days, event, x)

    def slope(b):
        r = (many + 1) * np.exp(b)
        return 1 - sum(r / (left + r) for left in (5, 4, 3))

    assert fit.summary.loc["x1", "coef"] == pytest.approx(optimize.brentq(slope, -40, 0), rel=1e-9)


def test_a_code_left_in_a_covariate_is_no_infinity():
    # A 500 among values near 0: the search swings, but the likelihood has a maximum.
    rng = np.random.default_rng(4)
    x = rng.normal(size=140)
    x[17] = 500.0
    days, event = rng.integers(1, 90, 140), rng.integers(0, 2, 140)
    fit = cox(days, event, x)
    assert np.isfinite(fit.summary.loc["x1", ["coef", "std_error"]].astype(float)).all()


def brute_force(x, days, event, entry, stratum):
    """Whether each term takes part in a direction of all pairs of an event and a person at risk with it."""
    pairs = [
        x[one] - x[other]
        for one, other in product(np.flatnonzero(event), range(len(days)))
        if stratum[one] == stratum[other] and entry[other] < days[one] <= days[other]
    ]
    found = np.zeros(x.shape[1], dtype=bool)
    for term, sign in product(range(x.shape[1]), (1, -1)):
        goal = np.zeros(x.shape[1])
        goal[term] = -sign
        solution = optimize.linprog(goal, A_ub=-np.array(pairs), b_ub=np.zeros(len(pairs)), bounds=(-1, 1))
        found[term] |= solution.fun < -1e-6
    return found


def test_infinite_exactly_where_every_pair_allows_it():
    rng = np.random.default_rng(20261128)
    infinite = 0
    for number in range(150):
        n, p = int(rng.integers(6, 16)), int(rng.integers(1, 4))
        x = np.where(rng.random((n, p)) < 0.5, rng.integers(0, 2, (n, p)), rng.normal(size=(n, p)).round(1))
        days, event, stratum = rng.integers(1, 8, n), rng.integers(0, 2, n), rng.integers(0, 2, n)
        entry = np.minimum(rng.integers(0, 4, n), days - 1) * (number % 2)
        try:
            fit = cox(days, event, x, entry=entry, strata=stratum)
        except EstimateError:
            continue
        expected = brute_force(x, days, event, entry, stratum)
        np.testing.assert_array_equal(np.isinf(fit.summary["coef"]), expected)
        infinite += expected.any()
    assert infinite > 20


def test_firth_of_one_event():
    # 3 with x = 0, one of them with the event, 2 with x = 1: r = 3 / (3 * 2).
    given = ([5, 9, 9, 9, 9], [1, 0, 0, 0, 0], [0, 0, 0, 1, 1])
    fit = cox(*given, firth=True)
    assert fit.coef[0] == pytest.approx(log(1 / 2), rel=1e-8)
    # Information pi (1 - pi) at pi = 1/4.
    assert fit.summary.loc["x1", "std_error"] == pytest.approx((3 / 16) ** -0.5, rel=1e-8)
    # log L* = 3/2 log(1 - pi) + 1/2 log pi, at r = 1 where pi = 2/5, less than at 1/4.
    rise = 1.5 * log(0.75 / 0.6) + 0.5 * log(0.25 / 0.4)
    assert fit.tests.loc["likelihood_ratio", "statistic"] == pytest.approx(2 * rise, rel=1e-7)
    for limit in fit.profile().loc["x1", ["conf_low", "conf_high"]]:
        r = 2 / 3 * np.exp(limit)
        pi = r / (1 + r)
        fall = 1.5 * log(0.75 / (1 - pi)) + 0.5 * log(0.25 / pi)
        assert 2 * fall == pytest.approx(3.841458820694124, rel=1e-6)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_firth_is_the_highest_of_the_penalized_likelihood(ties):
    rng = np.random.default_rng(8)
    x = np.column_stack([np.repeat([0.0, 1.0], 30), rng.normal(size=60)])
    days, event = rng.integers(1, 30, 60), (rng.random(60) < 0.4) & (x[:, 0] == 0)
    fit = cox(days, event, x, ties=ties, firth=True)
    grid, best = fit.grid, fit.optimum.state.beta

    def height(beta):
        state = evaluate(grid, beta)
        return state.loglik + np.linalg.slogdet(state.information)[1] / 2

    found = optimize.minimize(
        lambda beta: -height(beta), best + 0.3, method="Nelder-Mead", options={"xatol": 1e-7}
    )
    np.testing.assert_allclose(best, found.x, rtol=1e-5)
    assert fit.optimum.converged
    weighted = cox(days, event, x, ties=ties, firth=True, weights=np.full(60, 7.0))
    np.testing.assert_allclose(weighted.coef, fit.coef, rtol=1e-7)


def test_firth_refuses_what_it_does_not_have():
    given = ([5, 9, 9, 9, 9], [1, 0, 0, 0, 0], [0, 0, 0, 1, 1])
    with pytest.raises(EstimateError, match="two penalties"):
        cox(*given, firth=True, ridge=1.0)
    with pytest.raises(EstimateError, match="penalty"):
        proportional_hazards(cox(*given, firth=True))


def test_windows_of_a_rare_arm_have_finite_ratios():
    days, event, arm = rare(3)
    last = window_hazard_ratios(days, event, arm, cuts=[0, 30, 400]).table.iloc[1]
    assert np.isfinite(last["coef"])
    assert last["note"] == ""

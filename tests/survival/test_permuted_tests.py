"""Tests by permutation of arms: against all permutations by hand, and what may not change them."""

from functools import partial
from itertools import combinations, permutations, product

import numpy as np
import pytest
from scipy import stats

from stepdown import survival
from stepdown.errors import EstimateError

RNG = np.random.default_rng(11)
N = 24
DAYS = RNG.permutation(N) * 4.0 + 3
EVENT = (RNG.random(N) < 0.5).astype(int)
ARM = np.array(list("ab" * 12))
SITE = np.repeat(np.arange(6), 4)


def p_of_risks(order=slice(None), arm=ARM, **given):
    curves = survival.kaplan_meier(DAYS[order], EVENT[order], arm[order], **given)
    return survival.contrast(survival.risk(curves, 60)).table["p"].iloc[0]


def test_of_shares_of_one_day_it_is_fishers():
    # 6 of 8 against 1 of 8, all on day 5, nobody lost: as far apart or further in 8 * 28 + 8 and as many the other way,
    # of 16! / (7! 9!) ways to draw the 7 with the event.
    days, event = np.where([1, 0] * 8, 9, 9), np.r_[[1] * 6, [0] * 2, [1], [0] * 7]
    curves = survival.kaplan_meier(np.where(event, 5, days), event, np.repeat(["a", "b"], 8))
    found = survival.contrast(survival.risk(curves, 9)).table
    exact = 2 * (28 * 8 + 8) / 11440
    assert found["p"].iloc[0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 2000))
    assert found["p"].nunique() == 1


def test_of_person_time_it_is_that_of_all_ways_to_choose_an_arm():
    days, event, arm = (
        np.array([3, 9, 4, 8, 2, 7, 12, 5.0]),
        np.array([1, 0, 1, 1, 1, 0, 0, 0]),
        [1, 0, 1, 0, 1, 0, 0, 1],
    )
    rate = event.sum() / days.sum()
    score = event - rate * days
    observed = abs(score[np.array(arm) == 1].sum())
    ways = [abs(score[list(chosen)].sum()) for chosen in combinations(range(8), 4)]
    exact = np.mean(np.array(ways) >= observed - 1e-9)
    rates = survival.window_hazard(days, event, arm, cuts=[0, 12])
    p = survival.contrast(rates, exact=True).table["p"].iloc[0]
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 2000))


def test_within_pairs_it_is_that_of_all_signs():
    days, event = RNG.permutation(12) + 1.0, np.ones(12, dtype=int)
    arm, pair = np.tile([0, 1], 6), np.repeat(np.arange(6), 2)
    order = np.argsort(days)
    spent = np.empty(12)
    spent[order] = np.cumsum(1 / (12 - np.arange(12)))
    score = event - spent
    apart = (score[arm == 1] - score[arm == 0]) / 6

    def squared_t(values):
        return values.sum() ** 2 / ((values - values.mean()) ** 2).sum()

    ways = np.array([squared_t(apart * np.array(signs)) for signs in product([1, -1], repeat=6)])
    exact = np.mean(ways >= squared_t(apart) - 1e-9)
    found = survival.logrank(days, event, arm, cluster=pair)
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 2000))
    assert found.note == "p by permutation of arms: under 100 people an arm"


def test_whole_clusters_are_permuted_from_forty_arrangements_on():
    event = np.where(SITE < 3, 1, 0)
    days = np.where(event, 5, 9)
    arm, pairs = np.where(SITE < 3, "a", "b"), np.repeat(np.arange(12), 2)
    # Of the 924 ways to choose 6 of 12 clusters 2 are as extreme.
    assert survival.logrank(days, event, arm, cluster=pairs).p == pytest.approx(2 / 924, abs=0.005)
    means = survival.rmst(days, event, arm, tau=9, cluster=pairs)
    assert survival.curve_test(means).p == pytest.approx(2 / 924, abs=0.005)
    # 3 of 6 can be chosen in 20 ways, so that p could not be below 10%.
    assert survival.logrank(DAYS, event, arm, cluster=SITE).note == ""


@pytest.mark.parametrize("clustered", [False, True])
def test_order_of_rows_and_names_change_nothing(clustered):
    # Arms of 8 and 16, so that their names are not the same by symmetry.
    uneven = np.where(np.arange(N) % 3 == 0, "a", "b")
    order = RNG.permutation(N)
    named = np.array(list("qwerty"))
    given = ({"cluster": SITE}, {"cluster": named[SITE][order]}) if clustered else ({}, {})
    first = p_of_risks(arm=uneven, **given[0])
    assert p_of_risks(order, uneven, **given[1]) == first
    assert p_of_risks(arm=np.where(uneven == "a", "z", "y"), **given[0]) == first


def test_the_plain_forms_stay_reachable():
    curves = survival.kaplan_meier(DAYS, EVENT, ARM)
    risks = survival.risk(curves, 20, 60)
    by_interval = survival.contrast(risks, exact=False).table
    at = survival.kaplan_meier(DAYS, EVENT, ARM, level=1 - by_interval["p"].iloc[2])
    limits = survival.contrast(survival.risk(at, 60)).table[["conf_low", "conf_high"]].iloc[0]
    assert limits.abs().min() == pytest.approx(0, abs=1e-6)
    assert survival.curve_test(risks, exact=False).note == ""
    plain = survival.curve_test(
        survival.risk(survival.kaplan_meier(DAYS, EVENT, ARM, conf="log-log"), 20, 60)
    )
    assert plain.p == survival.curve_test(risks, exact=False).p
    # One of six clusters is in both arms.
    few = np.where(SITE == 0, ARM, np.where(SITE < 3, "a", "b"))
    crossed = survival.risk(survival.kaplan_meier(DAYS, EVENT, few, cluster=SITE), 60)
    assert survival.contrast(crossed).table.equals(survival.contrast(crossed, exact=False).table)
    with pytest.raises(
        EstimateError, match=r"^exact takes clusters only where arms can be permuted within 6 of them"
    ):
        survival.contrast(crossed, exact=True)


def test_weights_go_with_their_people_and_their_scale_does_not_matter():
    weight = RNG.uniform(0.5, 3, N)
    first, scaled = (survival.logrank(DAYS, EVENT, ARM, weights=w) for w in (weight, 1000 * weight))
    assert first.p == scaled.p
    assert first.note == "p by permutation of arms: under 100 people an arm"
    assert first.p == pytest.approx(
        survival.logrank(DAYS, EVENT, ARM, weights=weight, exact=False).p, abs=0.1
    )
    assert survival.logrank(DAYS, EVENT, ARM, weights=np.ones(N)).p == pytest.approx(
        survival.logrank(DAYS, EVENT, ARM, exact=False).p, abs=0.05
    )


@pytest.mark.parametrize("name", ["fine_gray", "accelerated_failure", "piecewise_exponential"])
def test_of_one_covariate_it_is_that_of_all_orders(name):
    days, event = np.array([2.0, 3, 5, 7, 8, 9]), np.array([1, 1, 0, 1, 1, 0])
    x = np.array([0, 0, 1, 0, 1, 1.0])
    if name == "fine_gray":
        fitted = partial(survival.fine_gray, days, event, cause=1)
        # Without a competing event: events less those expected, as in the log-rank test.
        score = event - np.cumsum(event / (6 - np.arange(6)))
    elif name == "piecewise_exponential":
        fitted = partial(survival.piecewise_exponential, days, np.where(event, days, np.inf), cuts=[0])
        # One rate: events less rate times days.
        score = event - event.sum() / days.sum() * days
    else:
        high = np.where(event, days, np.inf)
        fitted = partial(survival.accelerated_failure, days, high)
        null = survival.parametric(days, high, models=["weibull"]).params["estimate"]
        # With z = rho (log t - log lambda) the slope in the location is (e^z - event) rho.
        score = (days / null[0]) ** null[1] - event
    observed = abs(score @ x)
    exact = np.mean([abs(score @ x[list(order)]) >= observed - 1e-4 for order in permutations(range(6))])
    p = fitted(X=x, exact=True).summary["p"].item()
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 2000))
    assert fitted(X=x).summary["p"].item() == p
    with pytest.raises(EstimateError, match=r"^exact takes one term"):
        fitted(X=np.column_stack([x, days % 2]), exact=True)


def test_equal_hazard_ratios_in_windows_have_a_score_test():
    # By the terms of each window at the ratio of both together.
    given = DAYS, EVENT, (ARM == "a") * 1.0
    tests = survival.window_hazard_ratios(*given, cuts=[0, 40, 99]).tests
    beta = survival.cox(*given).coef[0]
    score, information = np.zeros(2), np.zeros(2)
    for day in DAYS[EVENT == 1]:
        there = day <= DAYS
        risk = np.where(ARM == "a", np.exp(beta), 1.0)[there]
        share = risk[(ARM == "a")[there]].sum() / risk.sum()
        score[int(day > 40)] += float((ARM == "a")[day == DAYS][0]) - share
        information[int(day > 40)] += share * (1 - share)
    assert tests["statistic"].item() == pytest.approx((score**2 / information).sum(), rel=1e-6)
    wald = survival.window_hazard_ratios(*given, cuts=[0, 40, 99], test="wald").tests
    assert wald["statistic"].item() != tests["statistic"].item()


def test_independent_pseudo_values_have_t_on_rows_less_coefficients():
    found, plain = (
        survival.pseudo_regression(DAYS, EVENT, (ARM == "a") * 1.0, time=60, correction=c).summary.iloc[1]
        for c in ("t", "none")
    )
    assert found["std_error"] == pytest.approx(plain["std_error"] * np.sqrt(N / (N - 2)))
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(found["z"]), N - 2))


def test_an_arm_without_events_has_a_joint_test():
    event = np.where(ARM == "a", EVENT, 0)
    found = survival.curve_test(survival.risk(survival.kaplan_meier(DAYS, event, ARM), 30, 60))
    assert np.isnan(found.statistic)
    assert 0 < found.p < 1
    assert found.note == "p by permutation of arms: under 100 people an arm; no events"


def test_large_arms_are_tested_by_their_intervals():
    days, event, arm = np.tile(DAYS, 10), np.tile(EVENT, 10), np.tile(ARM, 10)
    risks = survival.risk(survival.kaplan_meier(days, event, arm), 60)
    assert survival.contrast(risks).table.equals(survival.contrast(risks, exact=False).table)
    assert survival.curve_test(risks).note == ""

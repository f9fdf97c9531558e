"""p of coefficients by score tests, joined limits by mid-p, and resampling that is done in batches."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import mid_p_poisson_interval
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.curve_tests import exact_tests

RNG = np.random.default_rng(8)
N = 40
DAYS = RNG.permutation(N) + 1.0
EVENT = (RNG.random(N) < 0.6).astype(int)
X = np.column_stack([RNG.integers(0, 2, N), RNG.normal(size=N)]).astype(float)


def partial(beta):
    """Log partial likelihood without ties, in the simplest way."""
    eta = X @ beta
    return sum(eta[i] - np.log(np.exp(eta[DAYS[i] <= DAYS]).sum()) for i in np.flatnonzero(EVENT))


def derivatives(beta, h=1e-4):
    unit = np.eye(2) * h
    slope = np.array([(partial(beta + u) - partial(beta - u)) / (2 * h) for u in unit])
    bend = [
        [partial(beta + u + v) - partial(beta + u - v) - partial(beta - u + v) + partial(beta - u - v) for v in unit]
        for u in unit
    ]  # fmt: skip
    return slope, -np.array(bend) / (4 * h * h)


def test_z_is_that_of_the_score_with_the_term_held_at_zero():
    summary = survival.cox(DAYS, EVENT, X).summary
    for term in (0, 1):
        other = 1 - term
        held = np.zeros(2)
        held[other] = optimize.minimize_scalar(lambda b, o=other: -partial(b * np.eye(2)[o])).x
        slope, bend = derivatives(held)
        z = slope[term] / np.sqrt(bend[term, term] - bend[term, other] ** 2 / bend[other, other])
        assert summary["z"].iloc[term] == pytest.approx(z, rel=1e-4)
        assert summary["p"].iloc[term] == pytest.approx(2 * special.ndtr(-abs(z)), rel=1e-3)


def test_of_one_term_it_is_the_score_test_of_all():
    fit = survival.cox(DAYS, EVENT, X[:, 0])
    assert fit.summary["z"].iloc[0] ** 2 == pytest.approx(fit.tests["statistic"]["score"], rel=1e-8)
    assert fit.summary["p"].iloc[0] == pytest.approx(fit.tests["p"]["score"], rel=1e-8)


def test_wald_stays_reachable_and_is_the_default_with_many_events_and_weights():
    wald = survival.cox(DAYS, EVENT, X, test="wald").summary
    np.testing.assert_allclose(wald["z"], wald["coef"] / wald["std_error"])
    many = survival.cox(np.r_[DAYS, DAYS + 0.5], np.ones(2 * N), np.r_[X, X]).summary
    np.testing.assert_allclose(many["z"], many["coef"] / many["std_error"])
    weighted = survival.cox(DAYS, EVENT, X, weights=np.linspace(1, 2, N)).summary
    np.testing.assert_allclose(weighted["z"], weighted["coef"] / weighted["std_error"])
    with pytest.raises(EstimateError, match=r"^Score tests take no weights"):
        survival.cox(DAYS, EVENT, X, weights=np.linspace(1, 2, N), test="score")
    with pytest.raises(EstimateError, match=r"^test must be"):
        survival.cox(DAYS, EVENT, X, test="lr")


def test_an_infinite_term_has_the_p_of_its_score_and_leaves_the_other_its_own():
    perfect = (EVENT == 0).astype(float)
    summary = survival.cox(DAYS, EVENT, pd.DataFrame({"never": perfect, "z": X[:, 1]})).summary
    assert np.isinf(summary["coef"].iloc[0])
    assert summary["std_error"].isna().tolist() == [True, False]
    assert summary["p"].iloc[0] < 0.01 < summary["p"].iloc[1]


def test_a_term_with_two_values_and_few_events_has_the_exact_p_of_the_log_rank_test():
    days, event, arm = (
        np.arange(1.0, 21),
        np.array([1, 1, 1, 1] + [0] * 16),
        np.array([1, 1, 1, 1] + [0] * 16),
    )
    # All four events in the arm of four among 20: each in turn by chance 4/20, 3/19, 2/18 and 1/17.
    with quiet():
        fit = survival.cox(days, event, arm)
        window = survival.window_hazard_ratios(days, event, arm, cuts=[0, 30]).table
        score = survival.cox(days, event, arm, test="score")
    assert np.isinf(fit.summary["coef"].item())
    assert fit.summary["p"].item() == pytest.approx(24 / (20 * 19 * 18 * 17))
    assert window["p"].item() == fit.summary["p"].item() == survival.logrank(days, event, arm).p
    assert score.summary["p"].item() == pytest.approx(score.tests["p"]["score"])


def test_window_ratios_take_the_score_test_of_the_window():
    ratios = survival.window_hazard_ratios(DAYS, EVENT, X[:, 0], cuts=[0, 20, 40]).table
    early = survival.cox(np.minimum(DAYS, 20), EVENT * (DAYS <= 20), X[:, 0])
    assert ratios["p"].iloc[0] == pytest.approx(early.tests["p"]["score"], rel=1e-6)
    wald = survival.window_hazard_ratios(DAYS, EVENT, X[:, 0], cuts=[0, 20, 40], test="wald").table
    np.testing.assert_allclose(wald["z"], wald["coef"] / wald["std_error"])
    np.testing.assert_allclose(wald["conf_low"], ratios["conf_low"])


@pytest.mark.parametrize(("events", "tail"), [(0, 0.025), (1, 0.025), (7, 0.1), (300, 1e-9)])
def test_mid_p_limits_leave_half_of_the_count_itself_beyond(events, tail):
    low, high = mid_p_poisson_interval(events, tail)
    assert stats.poisson.cdf(events - 1, high) + stats.poisson.pmf(events, high) / 2 == pytest.approx(tail)
    if events:
        assert stats.poisson.sf(events, low) + stats.poisson.pmf(events, low) / 2 == pytest.approx(tail)


def test_contrasts_of_rates_and_mean_days_are_narrower_than_from_exact_limits():
    arm = X[:, 0]
    rates = survival.window_hazard(DAYS, EVENT, arm, cuts=[0, 40])
    row = survival.contrast(rates, measures=["difference"]).table.iloc[0]
    outer = np.hypot(
        rates.table["rate"].iloc[0] - rates.table["conf_low"].iloc[0],
        rates.table["conf_high"].iloc[1] - rates.table["rate"].iloc[1],
    )
    assert 0.8 * outer < row["estimate"] - row["conf_low"] < outer
    means = survival.rmst(DAYS, EVENT, arm, tau=30)
    apart = survival.contrast(means, measures=["difference"], exact=False).table.iloc[0]
    table = means.table
    wide = np.hypot(
        table["estimate"].iloc[0] - table["conf_low"].iloc[0],
        table["conf_high"].iloc[1] - table["estimate"].iloc[1],
    )
    assert 0.8 * wide < apart["estimate"] - apart["conf_low"] < wide
    # p is where the interval just reaches no difference.
    at = survival.contrast(
        survival.rmst(DAYS, EVENT, arm, tau=30, level=1 - apart["p"]), measures=["difference"]
    ).table.iloc[0]
    assert min(abs(at["conf_low"]), abs(at["conf_high"])) == pytest.approx(0, abs=1e-6)


def test_a_share_of_no_events_may_be_anything():
    curves = survival.kaplan_meier(
        [90] * 10 + [20, 50] + [90] * 8, [0] * 10 + [1, 1] + [0] * 8, list("a" * 10 + "b" * 10)
    )
    share = survival.window_risk(curves, 0, 30, horizon=90).table.query("measure == 'share'")
    assert share[["conf_low", "conf_high"]].iloc[0].tolist() == [0.0, 1.0]
    assert np.isnan(share["estimate"].iloc[0])
    assert share["note"].iloc[0] == "no events by the horizon: no share"


def test_replicates_are_those_of_rows_drawn_one_by_one():
    low = RNG.integers(0, 20, 12).astype(float)
    high = np.where(RNG.random(12) < 0.3, np.inf, low + RNG.integers(0, 9, 12))
    found = survival.turnbull_limits(low, high, times=[5, 15], seed=3, replicates=100)
    rng = np.random.default_rng(3)
    draws = []
    for _ in range(100):
        rows = rng.integers(0, 12, 12)
        at = survival.turnbull(low[rows], high[rows]).at(5, 15)
        draws.append(at[["conf_low", "conf_high"]].to_numpy().T)
    expected = (
        np.quantile(np.array(draws)[:, 0], 0.025, axis=0),
        np.quantile(np.array(draws)[:, 1], 0.975, axis=0),
    )
    np.testing.assert_allclose(found["conf_low"], expected[0], atol=1e-8)
    np.testing.assert_allclose(found["conf_high"], expected[1], atol=1e-8)


def test_permutations_in_batches_give_the_p_of_one_at_a_time(monkeypatch):
    monkeypatch.setattr(exact_tests, "PERMUTATIONS", 99)
    days, arm = np.arange(1.0, 25), np.array(list("abbb" * 6))
    event = np.array([1, 2, 0, 1, 1, 0] * 4)
    strata = np.repeat([0, 1], 12)
    found = survival.gray(days, event, arm, strata=strata, exact=True)
    plain = survival.gray(days, event, arm, strata=strata, exact=False)
    # Arms are permuted among people ordered by arm, cause and day.
    code = (arm == "b").astype(int)
    groups = [rows[np.lexsort((code[rows], event[rows], days[rows]))] for rows in np.split(np.arange(24), 2)]
    groups = [rows[np.lexsort((code[rows], event[rows], np.zeros(12), days[rows]))] for rows in groups]
    rng, extreme = np.random.default_rng(1), 0
    for _ in range(99):
        labels = code.copy()
        for rows in groups:
            labels[rows] = rng.permutation(code[rows])
        extreme += (
            survival.gray(days, event, labels, strata=strata, exact=False).statistic >= plain.statistic - 1e-9
        )
    assert found.p == pytest.approx((1 + extreme) / 100)
    monkeypatch.setattr(exact_tests, "MOST_CELLS", 1)
    assert survival.gray(days, event, arm, strata=strata, exact=True).p == found.p

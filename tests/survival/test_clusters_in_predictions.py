"""Few clusters in predictions, bands, shares of states and smoothed hazards; fits that stop early; ranks of tests."""

import numpy as np
import pytest
from scipy import stats

from stepdown import survival

RNG = np.random.default_rng(12)
N, G = 120, 5
SITE = np.arange(N) % G
DAYS, EVENT, X = RNG.integers(1, 60, N), RNG.integers(0, 2, N), RNG.normal(size=N)
NOTE = "5 clusters: by t on 4 degrees of freedom"
FACTOR = np.sqrt(G / (G - 1))


def test_predictions_have_the_factor_and_t():
    for fit in (survival.cox, lambda *given, **options: survival.fine_gray(*given, cause=1, **options)):
        ours, plain = (
            fit(DAYS, EVENT, X, cluster=SITE, correction=correction).predict([[0.0]], [30], conf="plain")
            for correction in ("t", "none")
        )
        row = ours.iloc[0]
        assert row["std_error"] == pytest.approx(FACTOR * plain["std_error"].iloc[0])
        width = (row["conf_high"] - row["conf_low"]) / 2
        assert width == pytest.approx(stats.t.ppf(0.975, G - 1) * row["std_error"])
        assert row["note"] == NOTE


def test_shares_of_states_and_smoothed_hazards_have_the_factor():
    states = ["in"] * N, np.where(EVENT > 0, "out", None), np.arange(N)
    ours, plain = (
        survival.multi_state(np.zeros(N), DAYS, *states, cluster=SITE, correction=correction)
        for correction in ("t", "none")
    )
    np.testing.assert_allclose(ours.at(30)["std_error"], FACTOR * plain.at(30)["std_error"])
    assert ours.at(30)["note"].tolist() == [NOTE] * 2
    np.testing.assert_allclose(ours.mean_time(30)["std_error"], FACTOR * plain.mean_time(30)["std_error"])
    one, two = (
        survival.smooth_hazard(DAYS, EVENT, bandwidth=15, cluster=SITE, correction=correction).table
        for correction in ("t", "none")
    )
    np.testing.assert_allclose(one["std_error"], FACTOR * two["std_error"])
    assert one["note"].iloc[5] == NOTE


def test_a_band_with_few_clusters_is_that_of_t():
    wide, narrow = (
        survival.confidence_band(
            survival.kaplan_meier(DAYS, EVENT, cluster=SITE, correction=correction), 10, 40, seed=1
        ).table
        for correction in ("t", "none")
    )
    assert wide["critical"].iloc[0] > max(narrow["critical"].iloc[0], stats.t.ppf(0.975, G - 1))
    assert wide["note"].iloc[0] == NOTE


def test_the_global_test_has_the_rank_of_its_changes():
    # Two terms, but only one day with an event after the first: g takes two values, the score one direction.
    days, event = [5, 5, 5, 9, 9, 9, 9, 9], [1, 1, 1, 0, 0, 0, 0, 1]
    x = np.array([[0, 1, 0, 1, 0, 1, 1, 0], [1, 1, 0, 0, 1, 0, 1, 0]]).T
    table = survival.proportional_hazards(survival.cox(days, event, x, ties="breslow")).table
    last = table.loc["GLOBAL"]
    rank = int(last["df"])
    assert rank <= 2
    if rank == 1:
        assert last["note"] == "only 1 of 2 changes can be distinguished"
    assert np.isfinite(last["statistic"])


def test_the_exponential_fit_reaches_its_maximum():
    # Most were detected by the first visit: lifelines' own start ends far below the maximum.
    high = np.array([30.0, 45, 90, 22, 17, np.inf, 70, 33, 18, 25, 60, 80, np.inf, 40, 12, 21, 90, 31])
    low = np.where(np.arange(18) == 16, 66.0, 0.0)
    found = survival.parametric(low, high, models=["exponential"])
    scale = found.params["estimate"].item()

    def loglik(mean):
        after = np.where(np.isfinite(high), np.exp(-np.minimum(high, 1e9) / mean), 0.0)
        return float(np.log(np.exp(-low / mean) - after).sum())

    grid = [loglik(mean) for mean in np.geomspace(1, 200, 400)]
    assert found.summary["loglik"].item() >= max(grid) - 1e-6
    assert loglik(scale) == pytest.approx(found.summary["loglik"].item(), abs=1e-6)


def test_nobody_left_at_the_start_of_a_window_has_no_conditional_risk():
    low, high = [0.0] * 7 + [21.0], [75.0, 63, 29, 26, 68, 74, 67, np.inf]
    risks = survival.parametric(low, high, weights=[2, 3, 2, 1, 1, 2, 1, 2]).risk(30, 90)
    lost = risks[(risks["measure"] == "conditional_risk") & risks["estimate"].isna() & (risks["note"] != "")]
    assert set(risks["measure"]) == {"window_risk", "conditional_risk"}
    assert lost["std_error"].isna().all()

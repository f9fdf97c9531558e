"""Numbers that the data do not support: refused, or reported with a note."""

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import (
    confidence_band,
    contrast,
    cox,
    fine_gray,
    gray,
    kaplan_meier,
    logrank,
    multi_state,
    parametric,
    piecewise_exponential,
    pool_fits,
    pool_numbers,
    pool_tests,
    pseudo_values,
    risk,
    rmst,
    smooth_hazard,
    total_incidence,
    turnbull,
    window_hazard,
    window_hazard_ratios,
)

pytestmark = pytest.mark.slow

DAYS, EVENT = np.array([3.0, 5, 6, 8, 9, 12]), np.array([1, 0, 2, 1, 2, 1])
ONE, X = np.array([1, 0, 0, 1, 1, 1]), np.array([0.3, 1.0, 0.2, 0.9, 1.2, 0.7])
DATES = pd.Series(pd.date_range("2026-01-01", periods=6))
FIT = cox(DAYS, ONE, X)
FIRST, SECOND = (fine_gray(DAYS, EVENT, X, cause=cause) for cause in (1, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier(DATES, ONE), "days holds dates or spans of time, not numbers. Count days from time zero."),
        (lambda: kaplan_meier(DATES - DATES[0], ONE), "days holds dates or spans of time, not numbers. Count days from time zero."),
        (lambda: turnbull(DATES.to_numpy(), DAYS), "low holds dates or spans of time, not numbers. Count days from time zero."),
        (lambda: kaplan_meier(DAYS + 1j, ONE), "days holds something that is not a number. Convert it to numbers first."),
        (lambda: kaplan_meier(np.ma.array(DAYS, mask=ONE == 0), ONE), "days is missing: 2 rows, at positions 1, 2. Find their day; to drop these rows assumes that they are like the others."),
        (lambda: kaplan_meier(DAYS, ONE, weights=DAYS * 1e200), "weights is below 1e-50 or above 1e50: 6 rows, first at positions 0, 1, 2, 3, 4. Only ratios of weights matter: divide all by their mean."),
        (lambda: turnbull(DAYS, DAYS, weights=DAYS * 1e-200), "weights is below 1e-50 or above 1e50: 6 rows, first at positions 0, 1, 2, 3, 4. Only ratios of weights matter: divide all by their mean."),
        (lambda: cox(DAYS, ONE, DATES.to_numpy()), "X holds dates or spans of time, not numbers. Turn it into numbers first."),
        (lambda: cox(DAYS, ONE, X * 1e200), "X[x1] varies by less than 1e-50 or more than 1e50. Change its unit."),
        (lambda: piecewise_exponential(DAYS, DAYS, X=X * 1e-200), "X[x1] varies by less than 1e-50 or more than 1e50. Change its unit."),
        (lambda: cox(DAYS, ONE, X, strata="site"), "strata names a column, but no data is given. Add data= with the frame that holds the column."),
        (lambda: cox(DAYS, ONE, X, offset=np.c_[X, X]), "offset has 2 dimensions. Give one value per row."),
        (lambda: cox(DAYS, ONE, X, offset=["a"] * 6), "offset holds something that is not a number. Convert it to numbers first."),
        (lambda: fine_gray(DAYS, EVENT, X, cause=np.nan), "cause must be a whole number from 1 up. Use the code of the event compared."),
        (lambda: gray(DAYS, EVENT, ONE, cause="relapse"), "cause must be a whole number from 1 up. Use the code of the event compared."),
        (lambda: pseudo_values(DAYS, EVENT, times=5, cause=1.5), "cause must be one of the codes 1 to 2. Name one of them."),
        (lambda: pseudo_values(DAYS, EVENT, times="5th", cause=1), "times must be one or more days, zero or above. Check the days requested."),
        (lambda: kaplan_meier(DAYS, ONE).at("5th"), "times must be one or more days, zero or above. Check the days requested."),
        (lambda: window_hazard(DAYS, ONE, cuts=30), "cuts must hold at least two days, ascending. [0, 30, 90] gives two bands."),
        (lambda: window_hazard_ratios(DAYS, ONE, X, cuts=["a", "b"]), "cuts must be numbers, in a list or an array."),
        (lambda: FIT.predict([[1e6]], [5]), "X is so far from the rows of the fit that it has no curve. Check its units."),
        (lambda: FIRST.predict([[1]], [5], offset=["a"]), "offset holds something that is not a number. Convert it to numbers first."),
        (lambda: pool_fits([FIT, FIRST]), "The fits are of different kinds or causes. Pool one regression at a time."),
        (lambda: pool_fits([FIRST, SECOND]), "The fits are of different kinds or causes. Pool one regression at a time."),
        (lambda: pool_numbers([[0.1], [0.2]], [[-0.1], [0.1]], scale="log"), "errors must not be negative. Give standard errors."),
        (lambda: pool_numbers([[0.1], [0.2]], [[0.1], [0.1]], scale="log", df_complete=-1), "df_complete must be above 0. Leave it out for large samples."),
        (lambda: pool_numbers([[0.1], [0.2]], [[0.1], [0.1]], scale="logit"), "scale must be one of risk, survival, log, plain. State what the numbers are."),
        (lambda: pool_numbers([["a"], ["b"]], [[0.1], [0.1]], scale="log"), "estimates must be numbers, in a list or an array."),
        (lambda: pool_tests(["a", "b"], 1), "statistics must be numbers, in a list or an array."),
        (lambda: pool_tests([1, 2], 1.5), "statistics must be finite and not negative, and df a whole number from 1 up."),
        (lambda: total_incidence([FIRST, fine_gray(DAYS[:5], EVENT[:5], X[:5], cause=2)], [[1]], [5]), "fits must be of the same rows and terms. Fit every cause to the same data."),
        (lambda: multi_state(DAYS * 0, DAYS, ["a"] * 6, ["b"] * 6, range(6), states=["a", "b", "a"]), "states names a state twice. Name each state once."),
        (lambda: multi_state(DAYS, DAYS, ["a"] * 6, ["b"] * 6, range(6)), "start is not before stop: 6 rows, first at positions 0, 1, 2, 3, 4. People are at risk on (start, stop]: drop rows that add no time, or leave start out."),
        (lambda: piecewise_exponential([0, 0, 0], [0, 0, np.inf], cuts=[0, 5], X=[1, 2, 4]), "All events are on day 0, so there are no rates to compare. Leave X out, or check the days."),
    ],
)  # fmt: skip
def test_refused(call, message):
    with pytest.raises(EstimateError) as refused:
        call()
    assert str(refused.value) == message


@pytest.mark.parametrize("measure", ["risk", "rmst", "rate"])
def test_arms_that_share_the_fate_of_their_clusters_have_no_certain_difference(measure):
    twice = {"arm": np.repeat(["a", "b"], 6), "cluster": np.tile(np.arange(6), 2)}
    days, event = np.tile(DAYS, 2), np.tile(ONE, 2)
    estimands = {
        "risk": lambda: risk(kaplan_meier(days, event, **twice), 8),
        "rmst": lambda: rmst(days, event, tau=9, **twice),
        "rate": lambda: window_hazard(days, event, cuts=[0, 12], **twice),
    }
    table = contrast(estimands[measure]()).table
    assert table["estimate"].tolist() == pytest.approx([0, 1])
    assert table[["std_error", "conf_low", "conf_high", "z", "p"]].isna().all(axis=None)
    assert {note.split(";")[0] for note in table["note"]} == {"no variation"}


def test_a_smooth_hazard_without_spread_has_no_band_and_no_certain_peak():
    fit = smooth_hazard(np.full(40, 4.0), np.ones(40), weights=np.linspace(1, 2, 40))
    table = fit.table[fit.table["estimate"] > 0]
    assert table[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert set(table["note"]) == {"no variation"}
    peak = fit.peak(seed=1).iloc[0]
    assert peak["day"] == 4
    assert np.isnan(peak["conf_low"])
    assert peak["note"] == "no variation"


def test_a_share_of_one_has_no_standard_error():
    # Three of four move on day 2, the last on day 3: rounding leaves a variance that is none.
    found = multi_state([0] * 7, [1, 2, 2, 3, 3, 3, 3], ["in"] * 7, ["out"] * 7, range(7)).at(3)
    assert found["estimate"].tolist() == [0, 1]
    assert found["std_error"].isna().all()
    assert set(found["note"]) == {"no variation"}


def test_a_band_does_not_carry_a_curve_past_its_end():
    table = confidence_band(kaplan_meier([1, 2, 3], [1, 1, 0]), 5, 9, seed=1).table
    assert table["estimate"].isna().all()


def test_a_shape_at_the_boundary_is_no_fit():
    fit = parametric(np.full(20, 4.0), np.full(20, 4.0), models=["weibull", "lognormal", "loglogistic"])
    assert fit.summary["aic"].isna().all()
    assert fit.best == ""


def test_events_on_day_0_alone_have_no_rate():
    table = piecewise_exponential([0, 0, 4, 0], [0, np.inf, 4, 0], cuts=[0, 5], arm=list("aabb")).rates
    assert table.set_index("arm").loc["a", "note"] == "no person-time"
    both = piecewise_exponential([0, 3, 4, 9], [0, 3, np.inf, np.inf], cuts=[0, 5]).rates
    assert both["events"].tolist() == [2, 0]
    assert both["rate"].iloc[0] == pytest.approx(2 / 12)


def test_a_test_at_the_edge_of_possible_weights_is_that_of_ones():
    arm = [0, 1, 0, 1, 0, 1]
    one = logrank(DAYS, ONE, arm, weights=np.ones(6))
    for scale in (2e-50, 5e49):
        assert logrank(DAYS, ONE, arm, weights=np.full(6, scale)).statistic == pytest.approx(one.statistic)


def test_a_perfect_ordering_found_slowly_has_no_coefficients():
    # The maximum lies far out along a shallow direction: there sums of squares leave the range of floats, and the
    # search once stopped on its way with an information of rounding, and p = 0.
    days = [6, 8, 4, 9, 1, 3, 4, 6, 6, 4, 3, 4, 1, 9, 6, 1]
    event = [0, 1, 2, 2, 2, 2, 1, 2, 0, 1, 0, 2, 0, 2, 0, 2]
    one = [-1.5, 1.3, -0.3, -1.7, -0.4, -1.2, -0.1, -0.1, -0.5, -0.4, -1.1, 1.3, 0, 0.3, -0.9, -0.4]
    two = [1, -1.5, 0.1, 0.1, 1.8, -0.3, -0.6, 0, 0.7, -1.1, 1.9, -0.3, -0.3, 1, 1.7, -0.1]
    strata = [0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1]
    fit = fine_gray(days, event, np.column_stack([one, two]), cause=1, strata=strata)
    assert fit.summary["coef"].tolist() == [-np.inf, -np.inf]
    assert fit.summary[["std_error", "p"]].isna().all(axis=None)
    assert len(fit.warnings) == 2


def test_a_search_that_does_not_converge_gives_no_standard_errors(monkeypatch):
    monkeypatch.setattr("stepdown.survival.cox_model.partial_likelihood.MOST_STEPS", 1)
    monkeypatch.setattr("stepdown.survival.cox_model.partial_likelihood.PATIENT", 1)
    fit = cox(DAYS, ONE, X)
    assert fit.summary[["std_error", "conf_low", "conf_high", "z", "p", "se_model"]].isna().all(axis=None)
    assert "did not converge" in fit.warnings[0]


@pytest.mark.parametrize("strata", [2, 40])
def test_a_stratum_does_not_drown_in_another(strata):
    # Fitted with b fixed by an offset, each stratum adds its own likelihood, however far apart they lie.
    rng = np.random.default_rng(20260107)
    stratum = np.repeat(np.arange(strata), 400 // strata)
    days, event, z = rng.integers(1, 20, 400), rng.integers(0, 2, 400), rng.normal(size=400)
    offset = 55.0 * (stratum % 2) + rng.normal(size=400)
    whole = cox(days, event, z, strata=stratum, offset=offset, ridge=1e12)
    parts = [
        cox(days[mine], event[mine], z[mine], offset=offset[mine], ridge=1e12).loglik
        for mine in (stratum == code for code in range(strata))
    ]
    assert whole.loglik == pytest.approx(sum(parts), rel=1e-12)


def test_numbers_that_never_vary_have_a_note():
    table = pool_numbers([[0.2], [0.2]], [[0], [0]], scale="risk").table
    assert table["estimate"].item() == pytest.approx(0.2)
    assert table["note"].item() == "no variation"


def test_a_term_that_only_the_separated_have_cannot_be_estimated():
    # Only people without the event have b, and only some of them a: with b at minus infinity nobody has a.
    days, event = [2, 2, 5, 1, 3, 2, 4, 1, 1, 3], [1, 0, 1, 0, 0, 1, 0, 1, 0, 1]
    a, b = [0, 0, 0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    weights = [1000, 0.1, 0.01, 1, 0.001, 100, 0.001, 1, 0.001, 1000]
    for given in ({}, {"weights": weights}):
        fit = cox(days, event, pd.DataFrame({"b": b, "a": a}), **given)
        assert fit.summary.loc["b", "coef"] == -np.inf
        assert fit.summary[["std_error", "se_model"]].isna().all(axis=None)
        # Only b has a score, without weights.
        assert fit.summary["p"].isna().tolist() == [bool(given), True]
        assert len(fit.warnings) == 2
    # What others have too keeps its number.
    c = [0.3, 1.1, 0.2, 0.9, 0.5, 1.5, 0.1, 0.8, 1.2, 0.4]
    fit = cox(days, event, pd.DataFrame({"b": b, "a": a, "c": c}))
    rest = np.flatnonzero(np.array(b) == 0)
    alone = cox(np.array(days)[rest], np.array(event)[rest], pd.DataFrame({"c": np.array(c)[rest]}))
    np.testing.assert_allclose(fit.summary.loc["c"], alone.summary.loc["c"], rtol=1e-8)


def test_weights_far_apart_do_not_overflow_where_coefficients_diverge():
    # The search comes by squares of 1e300, which weights would take past the largest float.
    days, event = [3, 4, 1, 4, 4, 3, 5, 5, 1, 4], [1, 0, 1, 1, 1, 0, 0, 1, 0, 1]
    x = np.array(
        [
            [-1.4, 2.3, -0.7], [1.4, -1, -0.4], [1.5, 1.3, 1.1], [-0.7, 0, 1.5], [-0.3, 0.2, 0.6],
            [-0.1, 1, -0.9], [0.5, 0, -1.5], [-0.9, 1.4, -1], [0.2, 0.1, -0.4], [-1.7, -1.7, -0.8],
        ]
    )  # fmt: skip
    given = {"strata": [0, 1, 0, 0, 2, 2, 0, 0, 2, 1], "entry": [0, 0, 0, 0, 0, 2, 0, 1, 0, 0]}
    weights = [1e-3, 1, 1, 1e-2, 100, 0.1, 1e-2, 1, 100, 10]
    fit = cox(days, event, x, weights=weights, ties="breslow", **given)
    assert np.isinf(fit.summary["coef"]).all()

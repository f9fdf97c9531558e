"""What Cox regression refuses or flags, in exact words."""

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import cox

R = np.random.default_rng(5)
N = 60
DAYS = R.integers(1, 20, N).astype(float)
EVENT = (R.random(N) < 0.6).astype(int)
X = pd.DataFrame({"age": R.normal(40, 9, N), "arm": R.integers(0, 2, N)})


def refused(*arguments, **keys):
    with pytest.raises(EstimateError) as caught:
        cox(*arguments, **keys)
    return str(caught.value)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X.assign(site="a"), "X[site] is the same for everyone. Leave it out: there is nothing to compare."),
        (["a"] * N, "X holds something that is not a number. Code categories as 0/1 columns first."),
        (
            np.zeros((N, 2, 2)),
            "X is not a table of rows and covariates. Give one row per person, one column per covariate.",
        ),
        (pd.DataFrame(index=range(N)), "X has no columns. Give at least one covariate."),
        (X.iloc[1:], "X has 59 rows where days has 60. Give one row per person."),
        (X.set_axis(["a", "a"], axis=1), "X has columns of the same name. Give each term its own name."),
        (X.assign(k=0.1), "X[k] is the same for everyone. Leave it out: there is nothing to compare."),
        (
            X.assign(other=1 - X["arm"]),
            "X[other] is a combination of the terms before it. Leave one of them out, or use a ridge.",
        ),
        (
            X.assign(age=np.r_[np.nan, np.inf, X["age"][2:]]),
            "X[age] is missing or infinite: 2 rows, at positions 0, 1. "
            "Impute, or add a column that marks them; to drop these rows assumes that they are like the others.",
        ),
    ],
)
def test_covariates(x, message):
    assert refused(DAYS, EVENT, x) == message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"ties": "exact"}, 'ties must be "efron" or "breslow". The default is efron.'),
        ({"ridge": -1}, "ridge must be zero or a positive number. Use 0 for no penalty."),
        ({"level": 95}, "level must lie between 0 and 1. Use 0.95 for a 95% interval."),
        ({"offset": [0] * 3}, "offset has 3 rows where days has 60. Give one row per person."),
        (
            {"offset": np.r_[np.nan, DAYS[1:]]},
            "offset is missing or infinite: 1 row, at position 0. Drop or repair these rows.",
        ),
        (
            {"offset": DAYS * 1e4},
            "The partial likelihood cannot be computed at the start: offset or weights span too wide a range. "
            "Check both.",
        ),
        (
            {"strata": np.where(DAYS > 18, np.nan, 1.0)},
            f"strata is missing: {(DAYS > 18).sum()} rows, at positions "
            f"{', '.join(map(str, np.flatnonzero(DAYS > 18)))}. State where they belong; to drop these rows assumes that they are like the others.",
        ),
        (
            {"strata": X["arm"]},
            "X[arm] does not vary among those at risk together (within strata). Leave it out.",
        ),
    ],
)
def test_other_arguments(keys, message):
    assert refused(DAYS, EVENT, X, **keys) == message


def test_events():
    none = "event has no events, so there is no hazard to compare. Check the coding: 1 is an event."
    assert refused(DAYS, 0 * EVENT, X) == none
    few = "There are 2 terms and 1 events. Use fewer terms, or a ridge."
    assert refused(DAYS, np.arange(N) == DAYS.argmin(), X) == few
    assert "event is above 1" in refused(DAYS, EVENT * 2, X)
    assert cox(DAYS, np.arange(N) == DAYS.argmin(), X, ridge=1).summary["std_error"].notna().all()


def test_names_of_terms_and_untouched_input():
    frame, array = X.copy(), X.to_numpy(copy=True)
    assert cox(DAYS, EVENT, X).terms == ("age", "arm")
    assert cox(DAYS, EVENT, array).terms == ("x1", "x2")
    assert cox(DAYS, EVENT, X["age"]).terms == ("age",)
    assert cox(DAYS, EVENT, X.astype({"arm": bool})).coef.tolist() == cox(DAYS, EVENT, X).coef.tolist()
    pd.testing.assert_frame_equal(X, frame)
    np.testing.assert_array_equal(array, X.to_numpy())


def test_an_arm_without_events():
    event = EVENT * (X["arm"] == 0)
    fit = cox(DAYS, event, X)
    assert fit.warnings == (
        "arm has no finite estimate: the likelihood never falls as its coefficient grows "
        "(an arm without events, or a perfect ordering). Use firth=True, profile limits or a ridge.",
    )
    assert fit.summary.loc["arm", "coef"] == -np.inf
    assert fit.summary.loc["arm"].drop(["coef", "hazard_ratio", "z", "p"]).isna().all()
    assert 0 < fit.summary.loc["arm", "p"] < 1e-3
    # The other term is estimated as if the arm were not there: its hazard is 0.
    rest = X["arm"] == 0
    alone = cox(DAYS[rest], event[rest], X.loc[rest, "age"])
    np.testing.assert_allclose(
        fit.summary.loc["age"].astype(float), alone.summary.loc["age"].astype(float), rtol=1e-8
    )
    np.testing.assert_allclose(fit.profile().loc["age"], alone.profile().loc["age"], rtol=1e-6)
    limits = fit.profile().loc["arm"]
    assert limits["conf_low"] == -np.inf
    held = cox(DAYS, event, X["age"], offset=X["arm"] * limits["conf_high"])
    assert 2 * (fit.loglik - held.loglik) == pytest.approx(3.841458820694124, rel=1e-6)
    assert fit.tests.loc["wald", "note"] == "a term has no finite estimate"
    table = fit.predict(X.iloc[:2], [10])
    assert table["note"].eq("the coefficients have no finite variance").all()
    assert table[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_few_clusters():
    sites = np.arange(N) % 3
    found = cox(DAYS, EVENT, X, cluster=sites)
    assert found.warnings == (
        "There are 3 clusters: limits are by t on 2 degrees of freedom, p values are missing.",
    )
    assert found.correction == "md"
    assert found.summary["p"].isna().all()
    assert found.summary["std_error"].notna().all()
    assert cox(DAYS, EVENT, X, cluster=sites, correction="none").warnings == (
        'There are 3 clusters: the robust standard errors are likely to be too small. Use correction="md".',
    )
    fit = cox(DAYS, EVENT, X, cluster=np.zeros(N))
    assert fit.warnings == ("There is 1 cluster: no robust standard error.",)
    assert fit.summary[["std_error", "conf_low", "conf_high", "z", "p"]].isna().all(axis=None)
    assert fit.tests["note"].tolist() == [
        "assumes independent rows of weight 1",
        "assumes independent rows of weight 1",
        "not more clusters than terms",
        "not more clusters than terms",
    ]
    assert fit.tests["statistic"].isna().all()
    assert cox(DAYS, EVENT, X, cluster=np.arange(N)).warnings == ()


def test_lost_digits_are_flagged():
    days, event, x, entry = [2, 3, 9, 9], [1, 1, 1, 0], [0.0, 1, 1, 0], [0, 0, 5, 5]
    lost = "Some risk sets are tiny compared with entries and exits: digits are lost there."
    # Two people of weight 1e-12 are at risk before two of weight 1 enter, or after.
    assert lost in cox(days, event, x, entry=entry, weights=[1e-12, 1e-12, 1, 1]).warnings
    assert lost not in cox(days, event, x, entry=entry, weights=[1, 1, 1e-12, 1e-12]).warnings


def test_profile_needs_a_likelihood():
    message = "profile limits need a fit without a ridge. Use the limits in summary."
    with pytest.raises(EstimateError, match=message):
        cox(DAYS, EVENT, X, ridge=1).profile()


def test_profile_limits_with_weights_and_clusters():
    # The scale of weights cancels; far from the edge the limits are close to Wald's robust ones.
    weights, sites = np.linspace(0.5, 2, N), np.arange(N) // 2
    fit = cox(DAYS, EVENT, X, weights=weights, cluster=sites)
    limits = fit.profile()
    scaled = cox(DAYS, EVENT, X, weights=100 * weights, cluster=sites).profile()
    np.testing.assert_allclose(limits, scaled, rtol=1e-7)
    wald = fit.summary.loc["age", ["conf_low", "conf_high"]].astype(float)
    np.testing.assert_allclose(limits.loc["age", ["conf_low", "conf_high"]], wald, rtol=0.1)
    # An arm without events has one limit, never narrower than that of the likelihood itself.
    event = EVENT * (X["arm"] == 0)
    robust = cox(DAYS, event, X, cluster=sites).profile().loc["arm"]
    plain = cox(DAYS, event, X).profile().loc["arm"]
    assert robust["conf_low"] == -np.inf
    assert plain["conf_high"] <= robust["conf_high"] < np.inf


def test_predictions_that_cannot_be_read():
    fit = cox([3, 4, 5, 9, 10, 12], [1, 0, 1, 1, 1, 0], [0.0, 1, 1, 0, 1, 0.5], entry=[1, 1, 2, 7, 7, 7])
    found = fit.predict([[0.5]], [0, 1, 2, 3, 5, 6, 9, 12, 13])
    assert found["note"].tolist() == [
        "before the first entry",
        *["no events by then"] * 2,
        *[""] * 2,
        *["after a day that left nobody at risk"] * 3,
        "beyond the last follow-up",
    ]
    assert found["estimate"].notna().tolist() == [False, True, True, True, True, False, False, False, False]
    assert found["std_error"].notna().tolist() == [
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("x", "keys", "message"),
    [
        (X[["age"]], {}, "X lacks the columns arm. Give every term of the fit."),
        ([[1.0]], {}, "X has 1 columns where the fit has 2 terms. Give one per term."),
        ([[1.0, np.nan]], {}, "X[x2] is missing or infinite: 1 row, at position 0. Impute, or add a column that marks them; to drop these rows assumes that they are like the others."),
        ([[1.0, 1]], {"offset": [1, 2]}, "offset must hold one finite number for each row of X."),
        ([[1.0, 1]], {"conf": "wald"}, "conf must be one of log-log, log, plain. The default is log-log."),
        ([[1.0, 1]], {"strata": ["x"]}, "strata must hold, for each row of X, a stratum of the fit."),
    ],
)  # fmt: skip
def test_new_rows(x, keys, message):
    with pytest.raises(EstimateError) as caught:
        cox(DAYS, EVENT, X).predict(x, [5], **keys)
    assert str(caught.value) == message


def test_new_rows_of_a_stratified_fit():
    fit = cox(DAYS, EVENT, X, strata=np.arange(N) % 2)
    message = r"The fit has strata, each with its own baseline\. Give strata for the rows of X\."
    with pytest.raises(EstimateError, match=message):
        fit.predict([[40, 1]], [5])
    assert len(fit.predict([[40, 1]], [5, 8], strata=[1])) == 2


def test_unknown_residuals():
    with pytest.raises(EstimateError, match=r"kind must be one of martingale, score, schoenfeld\."):
        cox(DAYS, EVENT, X).residuals("deviance")

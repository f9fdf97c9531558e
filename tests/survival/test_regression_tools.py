"""Split effects, nested tests, pseudo-value and accelerated failure regressions, limits of Turnbull's estimate."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stepdown import survival
from stepdown.errors import EstimateError

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "accelerated_reference.json").read_text())
RNG = np.random.default_rng(3)
N = 150
X = pd.DataFrame({"arm": np.arange(N) % 2, "age": RNG.normal(40, 10, N)})
FREE = np.ceil(RNG.exponential(60 * np.exp(-0.5 * X["arm"])))
END = RNG.integers(20, 150, N)
EVENT, DAYS = (END >= FREE).astype(int), np.minimum(FREE, END)


def test_split_effect_of_one_term_is_that_of_its_windows():
    # With one term the windows share nothing.
    split = survival.split_at(DAYS, EVENT, X[["arm"]], term="arm", cuts=30)
    windows = survival.window_hazard_ratios(DAYS, EVENT, X[["arm"]], cuts=[0, 30, 200]).table
    assert list(split.terms) == ["arm to 30", "arm after 30"]
    np.testing.assert_allclose(split.summary["coef"], windows["coef"], rtol=1e-6)


def test_split_with_the_rest_constant_is_a_fit_of_rows_split_by_hand():
    early = pd.DataFrame({"start": 0, "stop": np.minimum(DAYS, 30), "event": EVENT * (DAYS <= 30), **X})
    late = pd.DataFrame({"start": 30, "stop": DAYS, "event": EVENT, **X})[DAYS > 30]
    rows = pd.concat([early.assign(a=early["arm"], b=0), late.assign(a=0, b=late["arm"])])
    rows = rows.reset_index(drop=True)
    expected = survival.cox(rows["stop"], rows["event"], rows[["a", "b", "age"]], entry=rows["start"])
    found = survival.split_at(DAYS, EVENT, X, term="arm", cuts=30)
    np.testing.assert_allclose(found.summary["coef"], expected.summary["coef"], rtol=1e-7)
    np.testing.assert_allclose(found.summary["std_error"], expected.summary["std_error"], rtol=1e-7)
    assert found.loglik == pytest.approx(expected.loglik)


def test_nested_test_is_the_fall_of_the_likelihood():
    one, two = survival.cox(DAYS, EVENT, X[["arm"]]), survival.cox(DAYS, EVENT, X)
    row = survival.nested_test(one, two).iloc[0]
    assert row["statistic"] == pytest.approx(2 * (two.loglik - one.loglik))
    assert row["p"] == pytest.approx(stats.chi2.sf(row["statistic"], 1))
    assert row["added"] == "age"


@pytest.mark.parametrize(
    ("smaller", "larger", "text"),
    [
        (lambda: survival.cox(DAYS, EVENT, X), lambda: survival.cox(DAYS, EVENT, X[["arm"]]), "not nested"),
        (lambda: survival.cox(DAYS, EVENT, X[["arm"]]), lambda: survival.cox(DAYS[1:], EVENT[1:], X[1:]), "rows"),
        (lambda: survival.cox(DAYS, EVENT, X[["arm"]], weights=DAYS), lambda: survival.cox(DAYS, EVENT, X), "Wald"),
        (lambda: None, lambda: survival.cox(DAYS, EVENT, X), "not a result of cox"),
    ],
)  # fmt: skip
def test_no_nested_test(smaller, larger, text):
    with pytest.raises(EstimateError, match=text):
        survival.nested_test(smaller(), larger())


def test_regression_on_one_arm_is_the_difference_of_the_curves():
    # Leaving out within arms makes means of pseudo-values the arms' own risks; nearly so, with the sandwich.
    found = survival.pseudo_regression(DAYS, EVENT, X["arm"], time=60, strata=X["arm"]).summary
    risks = survival.risk(survival.kaplan_meier(DAYS, EVENT, X["arm"]), 60)
    difference = survival.contrast(risks, reference=0).table.iloc[0]
    assert found["estimate"].iloc[1] == pytest.approx(difference["estimate"], abs=2e-3)
    assert found["std_error"].iloc[1] == pytest.approx(difference["std_error"], rel=0.03)
    ratio = survival.pseudo_regression(DAYS, EVENT, X["arm"], time=60, strata=X["arm"], link="log").summary
    share = risks.table["estimate"].tolist()
    assert ratio["ratio"].iloc[1] == pytest.approx(share[1] / share[0], rel=5e-3)


def test_restricted_means_and_clusters():
    few = survival.pseudo_regression(DAYS, EVENT, X, time=60, estimand="rmst", cluster=np.arange(N) % 5)
    assert few.warnings == ("5 clusters: by t on 4 degrees of freedom.",)
    assert few.summary["p"].isna().all()
    assert few.summary["std_error"].notna().all()


def test_time_ratio_of_an_arm_without_loss_is_that_of_the_geometric_means():
    found = survival.accelerated_failure(FREE, FREE, X["arm"], model="lognormal").summary
    log = np.log(FREE)
    assert found["estimate"].item() == pytest.approx(
        log[X["arm"] == 1].mean() - log[X["arm"] == 0].mean(), abs=1e-6
    )


@pytest.mark.parametrize("model", ["weibull", "lognormal", "loglogistic"])
@pytest.mark.parametrize("weighted", ["", "_weighted"])
def test_accelerated_failure_of_days_and_of_intervals_is_r(model, weighted):
    # survreg was run to 1e-14; the differences of the search leave 1e-6.
    cohort, between = pd.read_csv(HERE / "cohort.csv"), pd.read_csv(HERE / "intervals.csv")
    between = between.replace("Inf", np.inf).astype(float)
    between = between[(between["low"] > 0) | np.isfinite(between["high"])]
    place = np.arange(1, len(between) + 1)
    for kind, rows, x, count in (
        (
            "right",
            (cohort["day"], np.where(cohort["cause"] > 0, cohort["day"], np.inf)),
            {"b": cohort["arm"] == "B", "c": cohort["arm"] == "C", "z": ((cohort["id"] * 37) % 101) / 25},
            1 + cohort["id"] % 3,
        ),
        (
            "interval",
            (between["low"], between["high"]),
            {"x": place % 2, "z": ((place * 37) % 101) / 25},
            1 + place % 3,
        ),
    ):
        found = survival.accelerated_failure(
            *(np.asarray(end, dtype=float) for end in rows), pd.DataFrame(x).astype(float), model=model,
            weights=np.asarray(count) if weighted else None,
        )  # fmt: skip
        expected = R[kind + weighted][model]
        assert found.loglik == pytest.approx(expected["loglik"], rel=1e-12)
        np.testing.assert_allclose(found.summary["estimate"], expected["coef"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(found.summary["std_error"], expected["std_error"], rtol=1e-6)


def test_limits_of_turnbull_without_doubt_are_those_of_the_share():
    # Known days: the bootstrap of a plain proportion.
    days = np.array([5.0] * 12 + [20.0] * 28)
    found = survival.turnbull_limits(days, days, times=10, seed=2, replicates=400)
    assert found[["lowest", "highest"]].values.tolist() == [[0.3, 0.3]]
    expected = stats.binom.ppf([0.025, 0.975], 40, 0.3) / 40
    np.testing.assert_allclose(found[["conf_low", "conf_high"]].iloc[0], expected, atol=0.03)
    assert found["note"].tolist() == [""]
    few = survival.turnbull_limits(days[::5], days[::5], times=10, seed=2, replicates=100)
    assert few["note"].tolist() == ["fewer than 10 at risk at the start of the last interval with an event"]
    again = survival.turnbull_limits(days, days, times=10, seed=2, replicates=400)
    pd.testing.assert_frame_equal(found, again)

"""Piecewise-exponential regression: by hand, against R, degenerate input."""

import json
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import contrast, window_hazard
from support_survival import draw
from tools.agreement.plain_forms import piecewise_exponential

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "piecewise_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
DATA = pd.read_csv(HERE / "piecewise.csv").replace("Inf", math.inf).astype(float)
INF = math.inf


def parameters(fit):
    """Log rates and coefficients, with their standard errors, in one row each."""
    share = fit.rates["std_error"] / fit.rates["rate"]
    return (
        np.concatenate([np.log(fit.rates["rate"]), fit.summary["coef"]]),
        np.concatenate([share, fit.summary["std_error"]]),
    )


@pytest.mark.parametrize(("weighted", "case"), [(False, "poisson"), (True, "poisson_weighted")])
@pytest.mark.parametrize("cluster", ["id", "site"])
def test_exact_and_censored_days_are_poisson_regression(weighted, case, cluster):
    event = COHORT["cause"] > 0
    x = pd.DataFrame(
        {"b": COHORT["arm"] == "B", "c": COHORT["arm"] == "C", "stratum": COHORT["stratum"]}, dtype=float
    )
    fit = piecewise_exponential(
        COHORT["day"], np.where(event, COHORT["day"], INF), cuts=[0, 9, 24, 60], X=x, entry=COHORT["entry"],
        weights=COHORT["weight"] if weighted else None, cluster=COHORT[cluster],
    )  # fmt: skip
    coef, se = parameters(fit)
    np.testing.assert_allclose(coef, R[case]["coef"], rtol=1e-10)
    np.testing.assert_allclose(se, R[case][f"se_{cluster}"], rtol=1e-8)
    if not weighted:
        np.testing.assert_allclose(fit.summary["se_model"], R[case]["se_model"][3:], rtol=1e-8)
        alone = piecewise_exponential(
            COHORT["day"],
            np.where(event, COHORT["day"], INF),
            cuts=[0, 9, 24, 60],
            X=x,
            entry=COHORT["entry"],
        )
        np.testing.assert_allclose(parameters(alone)[1], R[case]["se_model"], rtol=1e-8)


def test_one_band_is_the_exponential_model_of_survreg():
    data = DATA[DATA["entry"] == 0]
    fit = piecewise_exponential(data["low"], data["high"], X=data[["age", "early"]])
    coef, se = parameters(fit)
    expected = R["exponential"]
    np.testing.assert_allclose(coef, expected["coef"], rtol=1e-10)
    np.testing.assert_allclose(se, expected["se_model"], rtol=1e-8)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    assert fit.aic == pytest.approx(2 * 3 - 2 * expected["loglik"])


CASES = [
    ("bands", [], None),
    ("covariates", ["age", "early"], None),
    ("weighted", ["age", "early"], "weight"),
]


@pytest.mark.parametrize(("case", "columns", "weight"), CASES)
def test_intervals_in_several_bands_equal_a_direct_search(case, columns, weight):
    expected = R[case]
    options = {
        "X": DATA[columns] if columns else None,
        "entry": DATA["entry"],
        "weights": DATA[weight] if weight else None,
    }
    fit = piecewise_exponential(DATA["low"], DATA["high"], cuts=[0, 30, 90], **options)
    coef, se = parameters(fit)
    # R's maximum comes from numerical derivatives, good to about 10 digits.
    np.testing.assert_allclose(coef, expected["coef"], rtol=1e-10)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-12)
    np.testing.assert_allclose(se, expected["se_id" if weight else "se_model"], rtol=1e-8)
    if columns:
        np.testing.assert_allclose(fit.summary["se_model"], expected["se_model"][3:], rtol=1e-8)
    else:
        window = fit.window_risk(30, 90).table.iloc[0]
        assert window["estimate"] == pytest.approx(expected["window"], rel=1e-10)
        assert window["std_error"] == pytest.approx(expected["window_se"], rel=1e-8)
    by_site = piecewise_exponential(
        DATA["low"], DATA["high"], cuts=[0, 30, 90], cluster=DATA["site"], **options
    )
    np.testing.assert_allclose(parameters(by_site)[1], expected["se_site"], rtol=1e-8)
    assert by_site.robust


def test_the_window_of_a_person_with_covariates_equals_a_direct_search():
    fit = piecewise_exponential(
        DATA["low"], DATA["high"], cuts=[0, 30, 90], X=DATA[["age", "early"]], entry=DATA["entry"]
    )
    row = fit.window_risk(30, 90, at=(1, 0)).table.iloc[0]
    assert row["estimate"] == pytest.approx(R["covariates"]["window"], rel=1e-10)
    assert row["std_error"] == pytest.approx(R["covariates"]["window_se"], rel=1e-8)


def test_one_contact_by_hand():
    # 3 of 10 relapsed by a contact on day 30: S(30) = 0.7, whatever day it was.
    fit = piecewise_exponential([0] * 3 + [30] * 7, [30] * 3 + [INF] * 7)
    assert fit.rates["rate"].item() == pytest.approx(-np.log(0.7) / 30)
    found = fit.risk(15, 30).table
    assert found["estimate"].tolist() == pytest.approx([1 - 0.7**0.5, 0.3])
    # Binomial variance of S(30), carried to the rate: var(log S) = (1 - S) / (n S).
    assert found["std_error"].iloc[1] == pytest.approx(np.sqrt(0.3 * 0.7 / 10))
    assert fit.rates["std_error"].item() == pytest.approx(np.sqrt(0.3 / (10 * 0.7)) / 30)
    assert found["events"].tolist() == [0, 3]
    assert fit.rates[["events", "possible"]].iloc[0].tolist() == [3, 3]


def test_two_contacts_by_hand():
    # 10 by day 30 of 100; 20 of the 80 seen again by day 90; 10 lost: conditional chances 0.1 and 0.25.
    low = [0] * 10 + [30] * 20 + [90] * 60 + [30] * 10
    high = [30] * 10 + [90] * 20 + [INF] * 70
    fit = piecewise_exponential(low, high, cuts=[0, 30, 90])
    rates = fit.rates["rate"].tolist()
    assert rates == pytest.approx([-np.log(0.9) / 30, -np.log(0.75) / 60])
    table = fit.window_risk(30, 90, horizon=90).table.set_index("measure")
    assert table.loc["window_risk", "estimate"] == pytest.approx(0.9 * 0.25)
    assert table.loc["conditional_risk", "estimate"] == pytest.approx(0.25)
    assert table.loc["conditional_risk", "std_error"] == pytest.approx(np.sqrt(0.25 * 0.75 / 80))
    assert table.loc["share", "estimate"] == pytest.approx(1)
    assert fit.aic == pytest.approx(4 - 2 * fit.loglik)
    assert fit.loglik == pytest.approx(
        10 * np.log(0.1) + 90 * np.log(0.9) + 20 * np.log(0.25) + 60 * np.log(0.75)
    )


def test_exact_days_give_the_rates_of_window_hazard_day_zero_included():
    cohort = draw("0 2 5 6+ 9+ 12")
    fit = piecewise_exponential(
        cohort.days, np.where(cohort.event, cohort.days, INF), cuts=[0, 3, 9], per=100
    )
    bands = window_hazard(cohort.days, cohort.event, cuts=[0, 3, 9, 12], per=100).table
    assert fit.rates["end"].tolist() == [3, 9, INF]
    for name in ("rate", "std_error", "events"):
        np.testing.assert_allclose(fit.rates[name], bands[name])


def test_arms_can_be_contrasted_and_clusters_span_them():
    arm = np.where(DATA["early"] == 1, "early", "late")
    given = {"arm": arm, "cluster": DATA["site"], "entry": DATA["entry"]}
    fit = piecewise_exponential(DATA["low"], DATA["high"], cuts=[0, 30, 90], **given)
    for estimands in (fit.window_risk(30, 90), fit.hazard(), fit.risk(90)):
        table = contrast(estimands).table
        people = estimands.influence[:, 0] * np.where(arm == "early", 1, -1)
        sums = np.bincount(DATA["site"].astype(int), weights=people)
        assert table.loc[table["contrast"] == "difference", "std_error"].iloc[0] == pytest.approx(
            np.sqrt(sums @ sums)
        )
    alone = piecewise_exponential(
        *(DATA.loc[arm == "late", name] for name in ("low", "high")), cuts=[0, 30, 90],
        cluster=DATA.loc[arm == "late", "site"], entry=DATA.loc[arm == "late", "entry"],
    )  # fmt: skip
    mine = fit.rates[fit.rates["arm"] == "late"].drop(columns="arm").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.rates.drop(columns="arm"))


def test_causes_combined_leave_out_competing_events():
    # With constant rates by hand: 0.02 and 0.01 a day; 0.02 / 0.03 of those with an event by day 50.
    first = piecewise_exponential([50, 50], [50, INF])
    second = piecewise_exponential([50, 50], [INF, 50])
    together = first.risk(40, others=[second]).table["estimate"].item()
    assert together == pytest.approx(0.5 * (1 - np.exp(-0.02 * 40)))


def test_influence_is_the_slope_in_each_weight():
    # Two causes, intervals for the first: nudge each person's weight, and see what the risk does.
    rng = np.random.default_rng(3)
    data = DATA.assign(died=(rng.random(len(DATA)) < 0.3) & np.isinf(DATA["high"]) & (DATA["low"] > 0)).head(
        30
    )

    def estimated(weights):
        given = {"cuts": [0, 30, 90], "entry": data["entry"], "weights": weights}
        relapse = piecewise_exponential(data["low"], data["high"], **given)
        last = np.where(np.isfinite(data["high"]), data["high"], data["low"])
        death = piecewise_exponential(last, np.where(data["died"], last, INF), **given)
        return relapse.window_risk(30, 90, horizon=150, others=[death])

    assert data["died"].sum() > 2
    weights = data["weight"].to_numpy()
    influence = estimated(weights).influence
    for person in (0, 3, 8, 17, 29):
        nudge = np.where(np.arange(30) == person, 1e-5, 0)
        up, down = (estimated(weights * (1 + sign * nudge)).table["estimate"].to_numpy() for sign in (1, -1))
        np.testing.assert_allclose((up - down) / 2e-5, influence[person], rtol=1e-6, atol=1e-9)


def test_what_is_not_identifiable_has_a_note():
    # One contact on day 90 does not identify the risk by day 30; that by day 90 is known.
    fit = piecewise_exponential([0] * 5 + [90] * 5, [90] * 5 + [INF] * 5, cuts=[0, 30, 90])
    unidentified = "not identifiable from these data"
    assert fit.rates["note"].tolist() == [unidentified] * 2
    assert fit.rates[["rate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    table = fit.risk(30, 90, 91).table
    assert table["note"].tolist() == [unidentified, "", "beyond the last follow-up"]
    assert table["estimate"].iloc[1] == pytest.approx(0.5)
    assert table["std_error"].iloc[1] == pytest.approx(np.sqrt(0.25 / 10))


def test_bands_without_events_or_time():
    # Nobody can have had it in (0, 6] or (9, 20]; nobody is there in (20, 30].
    fit = piecewise_exponential([6, 9, 7, 40], [9, 9, INF, 40], cuts=[0, 6, 9, 20, 30], entry=[0, 0, 0, 35])
    none, empty = "no events", "no person-time"
    assert fit.rates["note"].tolist()[:4] == [none, "", empty, empty]
    assert fit.rates["rate"].tolist()[0] == 0
    assert fit.risk(6, 9, 15).table["note"].tolist() == [none, "", empty]
    late = piecewise_exponential([6, 9, 7, 40], [9, 9, INF, 40], cuts=[6, 9, 20])
    assert late.rates[["start", "end"]].to_numpy().tolist() == [[0, 6], [6, 9], [9, 20], [20, INF]]
    late = piecewise_exponential([20, 30], [25, INF], cuts=[14, 30], entry=[14, 14])
    assert late.rates["start"].tolist() == [14]
    assert late.window_risk(10, 20).table["note"].tolist() == ["before the first entry"] * 2
    assert late.risk(20).table["start"].tolist() == [14]
    nobody = piecewise_exponential([6, 9], [INF, INF], cuts=[0, 5]).risk(5).table.iloc[0]
    assert (nobody["estimate"], nobody["note"]) == (0, none)


def test_a_rate_that_runs_off_is_flagged():
    # All ten free on day 30, the eleventh relapsed by day 90: after day 30 at once, before it never.
    fit = piecewise_exponential([0] + [30] * 10, [90] + [INF] * 10, cuts=[0, 30])
    assert fit.rates["rate"].tolist() == [0, INF]
    assert fit.rates["note"].tolist() == ["no events", "no finite estimate"]
    assert fit.rates["std_error"].isna().all()


@pytest.mark.parametrize("free", [[30, 30, 30, 30], [60, 60, 30, 60]])
def test_separation_is_flagged(free):
    low, high = [0, 0, 0, 0, *free], [30] * 4 + [INF] * 4
    fit = piecewise_exponential(low, high, X=pd.DataFrame({"early": [1, 1, 1, 1, 0, 0, 0, 0.0]}))
    row = fit.summary.loc["early"]
    assert row["coef"] == INF
    assert row[["std_error", "conf_low", "p"]].isna().all()
    said = "early has no finite estimate: it separates those with the event from those without."
    assert fit.warnings == (said,)
    assert fit.fits["converged"].item()


def test_one_cluster_has_no_standard_error():
    fit = piecewise_exponential([0, 30, 30], [30, INF, INF], cluster=[4, 4, 4])
    assert fit.rates["note"].item() == "only one cluster"
    assert fit.risk(10).table["note"].item() == "only one cluster"


ONE = ([0, 0, 30], [30, 30, INF])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cuts": [0, 30, 20]}, "cuts must ascend. [0, 30, 90] gives (0, 30], (30, 90] and, if needed, (90, inf]."),
        ({"per": 0}, "per must be a positive number of person-days. Use 1 for a daily rate."),
        ({"level": 1}, "level must lie between 0 and 1. Use 0.95 for a 95% interval."),
        ({"entry": [0, 5, 0]}, "entry is missing, negative or after low: 1 row, at position 1. People are at risk after entry."),
        ({"X": [1, 2, 3], "arm": [1, 1, 2]}, "Give arm or X, not both: put the arm into X, or fit each arm separately."),
        ({"X": [1, 2]}, "X has 2 rows where low has 3. Give one row per person."),
        ({"X": [1, math.nan, 3]}, "X[x1] is missing or infinite: 1 row, at position 1. Impute, or add a column that marks them; to drop these rows assumes that they are like the others."),
        ({"X": [1, 1, 1]}, "X[x1] is the same for everyone. Leave it out: there is nothing to compare."),
        ({"X": [[1, 2], [2, 4], [4, 8]]}, "X[x2] is a combination of the terms before it. Leave one of them out."),
        ({"X": np.eye(3)}, "There are 3 terms and 2 events. Use fewer terms."),
        ({"weights": [1, 0, 1]}, "weights is not a positive finite number: 1 row, at position 1. Drop rows of weight zero."),
        ({"cluster": [1, None, 1]}, "cluster is missing: 1 row, at position 1. State where they belong; to drop these rows assumes that they are like the others."),
    ],
)  # fmt: skip
def test_faulty_input_is_refused(given, message):
    with pytest.raises(EstimateError) as caught:
        piecewise_exponential(*ONE, **given)
    assert str(caught.value) == message


def test_faulty_requests_are_refused():
    fit = piecewise_exponential(*ONE, X=[1, 0, 1], cuts=[0, 30])
    for ask, message in (
        (lambda: fit.risk(30), "at must hold 1 numbers, one per term. Give the covariate values."),
        (lambda: fit.window_risk(30, 30, at=[1]), "a must be before b. The window is (a, b]."),
        (
            lambda: fit.window_risk(0, 30, horizon=20, at=[1]),
            "horizon must not be before b. Use the last day of the study's times.",
        ),
        (
            lambda: fit.risk(30, at=[1], others=[piecewise_exponential(*ONE, cuts=[0, 20])]),
            "others must be fitted to the same rows, arms, weights, clusters and cuts.",
        ),
        (
            lambda: fit.risk(30, at=[1], others=[fit]),
            "others names a fit twice, or the fit itself. Give each other cause once.",
        ),
    ):
        with pytest.raises(EstimateError) as caught:
            ask()
        assert str(caught.value) == message
    with pytest.raises(EstimateError, match="No event was detected, so there is nothing to compare"):
        piecewise_exponential([3, 4], [INF, INF], X=[0, 1])


def test_forty_thousand_rows_with_covariates_take_a_moment():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40_000, 11))
    day = rng.exponential(100 * np.exp(-0.1 * x.sum(axis=1)))
    low, high = np.zeros(40_000), np.full(40_000, INF)
    for center in (30, 90, 180):
        contact, seen = center + rng.integers(-5, 10, 40_000), rng.random(40_000) < 0.8
        hit = seen & (day <= contact) & np.isinf(high)
        high[hit] = contact[hit]
        low = np.where(seen & (day > contact), contact, low)
    began = time.process_time()
    fit = piecewise_exponential(
        low, high, cuts=[0, 30, 90, 180], X=x, cluster=rng.integers(0, 20_000, 40_000)
    )
    assert time.process_time() - began < 3
    assert (np.abs(fit.summary["coef"] - 0.1) < 0.03).all()

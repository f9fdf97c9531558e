"""Recurrent relapse gives R's numbers: mean cumulative function and Andersen-Gill."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.agreement.plain_forms import andersen_gill, cox, mean_cumulative

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "recurrent_reference.json").read_text())
ROWS = pd.read_csv(HERE / "recurrent.csv")
X = pd.DataFrame({"a": (ROWS["arm"] == "A").astype(int), "z": ROWS["z"]})
MEANS = {
    "plain": {},
    "weight": {"weights": "weight"},
    "site": {"weights": "weight", "cluster": "site"},
    "dead": {"terminal": "dead"},
    "dead_weight": {"weights": "weight", "terminal": "dead"},
    "dead_site": {"weights": "weight", "cluster": "site", "terminal": "dead"},
}
FITS = {"plain": {}, "weight": {"weights": "weight"}, "site": {"cluster": "site"}}


def columns(names):
    return {name: ROWS[column] for name, column in names.items()}


@pytest.mark.parametrize("arm", ["A", "B"])
@pytest.mark.parametrize("case", MEANS)
def test_mean_cumulative_function(case, arm):
    mean = mean_cumulative(
        ROWS["day"],
        ROWS["event"],
        id=ROWS["id"],
        entry=ROWS["entry"],
        arm=ROWS["arm"],
        **columns(MEANS[case]),
    )
    found = mean.table[mean.table["arm"] == arm].iloc[1:]
    expected = {name: np.array(values, float) for name, values in R[case][arm].items()}
    np.testing.assert_array_equal(found["time"], expected["time"])
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-10)
    np.testing.assert_allclose(found["std_error"], expected["std_error"], rtol=1e-8)
    assert len(found) > 15
    # The influence of rows, added up within people or sites, squares to the same variance.
    rows = (ROWS["arm"] == arm).to_numpy()
    group = ROWS["site" if "cluster" in MEANS[case] else "id"][rows]
    sums = pd.Series(mean.influence_at(63)[rows, 0]).groupby(group.to_numpy()).sum()
    at = found.loc[found["time"] == 63, "std_error"].item()
    assert np.sqrt((sums**2).sum()) == pytest.approx(at, rel=1e-9)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("case", FITS)
def test_andersen_gill(case, ties):
    fit = andersen_gill(
        ROWS["day"], ROWS["event"], X, id=ROWS["id"], entry=ROWS["entry"], ties=ties, **columns(FITS[case])
    )
    assert_same_fit(fit, R["andersen_gill"][ties][case])


def test_andersen_gill_by_days_since_the_last_event():
    rows = ROWS["id"].isin(R["whole"])
    given = (ROWS["day"][rows], ROWS["event"][rows], X[rows])
    assert 60 < len(R["whole"]) < ROWS["id"].nunique()
    assert_same_fit(
        andersen_gill(*given, id=ROWS["id"][rows], entry=ROWS["entry"][rows], clock="gap"), R["gap"]
    )


def test_andersen_gill_is_cox_with_a_cluster_a_person():
    one = andersen_gill(ROWS["day"], ROWS["event"], X, id=ROWS["id"], entry=ROWS["entry"])
    two = cox(ROWS["day"], ROWS["event"], X, entry=ROWS["entry"], cluster=ROWS["id"])
    pd.testing.assert_frame_equal(one.summary, two.summary)
    assert one.robust
    few = {"entry": ROWS["entry"], "cluster": ROWS["site"], "correction": "kc"}
    one, two = (
        andersen_gill(ROWS["day"], ROWS["event"], X, id=ROWS["id"], **few),
        cox(ROWS["day"], ROWS["event"], X, **few),
    )
    pd.testing.assert_frame_equal(one.summary, two.summary)


def assert_same_fit(fit, expected):
    np.testing.assert_allclose(fit.summary["coef"], expected["coef"], rtol=1e-10)
    np.testing.assert_allclose(fit.summary["std_error"], expected["std_error"], rtol=1e-8)
    np.testing.assert_allclose(fit.summary["se_model"], expected["se_model"], rtol=1e-8)
    np.testing.assert_allclose([fit.loglik_null, fit.loglik], expected["loglik"], rtol=1e-10)

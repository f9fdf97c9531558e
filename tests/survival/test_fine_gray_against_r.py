"""Fine-Gray regression gives the numbers of cmprsk::crr, and of coxph on expanded rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support_numbers import same
from tools.agreement.plain_forms import fine_gray

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "fine_gray_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
X = pd.DataFrame(
    {
        "b": (COHORT["arm"] == "B").astype(int),
        "c": (COHORT["arm"] == "C").astype(int),
        "z": ((COHORT["id"] * 37) % 101) / 25,
    }
)
NEW = pd.DataFrame({"z": [1, 3], "b": [0, 1], "c": 0})
APART = COHORT["day"] + np.where(COHORT["cause"] == 0, 0.5, 0)
CASES = {
    "plain": {},
    "entry": {"entry": "entry"},
    "strata": {"strata": "stratum"},
    "both": {"entry": "entry", "strata": "stratum"},
    "weight": {"weights": "weight"},
    "all": {"entry": "entry", "strata": "stratum", "weights": "weight"},
    "wide": {"weights": "wide"},
}


def everything(source):
    cases = [(ties, case) for ties in ("efron", "breslow") for case in R[source][ties]]
    return pytest.mark.parametrize(("ties", "case"), cases)


def fitted(ties, case, **more):
    columns = {name: COHORT[column] for name, column in CASES[case].items()}
    return fine_gray(COHORT["day"], COHORT["cause"], X, cause=1, ties=ties, **columns, **more)


def size(influence):
    return np.sqrt((influence**2).sum(axis=0))


@pytest.mark.parametrize("cause", [1, 2])
def test_crr_with_its_own_convention(cause):
    expected = R["crr"]["tied"][cause - 1]
    fit = fine_gray(COHORT["day"], COHORT["cause"], X, cause=cause, convention="crr")
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["std_error"], expected["std_error"], 1e-8)
    same(fit.summary["se_model"], expected["se_model"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)
    same(fit.baseline["hazard"], expected["hazard"], 1e-10)
    table = fit.predict(NEW, [9, 18, 27])
    same(table["estimate"].to_numpy().reshape(2, 3), expected["incidence"], 1e-10)


def test_crr_where_no_day_holds_both_an_event_and_a_loss():
    expected = R["crr"]["apart"]
    fit = fine_gray(APART, COHORT["cause"], X, cause=1)
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["se_model"], expected["se_model"], 1e-8)
    same(fit.baseline["hazard"], expected["hazard"], 1e-10)
    like = fine_gray(APART, COHORT["cause"], X, cause=1, convention="crr")
    same(like.summary["std_error"], expected["std_error"], 1e-8)
    # crr's psi takes 1 / Y for 1 / (Y - losses): a difference where many are lost on one day, and a small one.
    same(fit.summary["std_error"], expected["std_error"], 2e-3)
    assert np.abs(fit.summary["std_error"] / expected["std_error"] - 1).max() > 1e-5


@everything("finegray")
def test_finegray_and_coxph(ties, case):
    fit, expected = fitted(ties, case), R["finegray"][ties][case]
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["se_model"], expected["se_model"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)
    # Their robust variance takes the weights of competing events as known.
    same(size(fit.influence(curves=False)), expected["std_error"], 1e-8)


@everything("direct")
def test_weights_and_the_known_part_of_the_variance(ties, case):
    expected = R["direct"][ties][case]
    expected = expected.get("known", expected)
    fit = fitted(ties, case)
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["se_model"], expected["se_model"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)
    same(size(fit.influence(curves=False)), expected["std_error"], 1e-8)


@pytest.mark.parametrize(
    ("ties", "case"), [(t, c) for t in ("efron", "breslow") for c in ("plain", "weight", "entry", "all")]
)
def test_the_whole_variance_is_that_of_numerical_derivatives(ties, case):
    expected = R["direct"][ties][case]
    fit, clustered = fitted(ties, case), fitted(ties, case, cluster=COHORT["site"])
    # Steps of 1e-4: derivatives good to 1e-8 of the largest.
    for column, values in enumerate(expected["influence"]):
        same(fit.influence()[:, column], values, 0, 1e-8 * np.abs(values).max())
    same(fit.summary["std_error"], expected["person"], 1e-8)
    same(clustered.summary["std_error"], expected["site"], 1e-8)
    same(size(clustered.influence("cluster", curves=False)), expected["known_site"], 1e-8)

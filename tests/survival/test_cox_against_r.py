"""Cox regression gives the numbers of R survival: coefficients 1e-10, standard errors 1e-8, likelihood 1e-10."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_rossi

from stepdown.survival import proportional_hazards
from support_numbers import same
from tools.agreement.plain_forms import cox

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "cox_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
X = pd.DataFrame(
    {
        "b": (COHORT["arm"] == "B").astype(int),
        "c": (COHORT["arm"] == "C").astype(int),
        "z": ((COHORT["id"] * 37) % 101) / 25,
        "year": 2000 + (COHORT["id"] * 17) % 23,
    }
)
CASES = {
    "plain": {},
    "entry": {"entry": "entry"},
    "strata": {"entry": "entry", "strata": "stratum"},
    "weight": {"weights": "weight"},
    "wide": {"entry": "entry", "weights": "wide"},
    "cluster": {"cluster": "site"},
    "all": {"entry": "entry", "weights": "weight", "cluster": "site", "strata": "stratum"},
}
everything = pytest.mark.parametrize(
    ("ties", "case"), [(ties, case) for ties in ("efron", "breslow") for case in CASES]
)


def fitted(ties, case):
    columns = {name: COHORT[column] for name, column in CASES[case].items()}
    return cox(COHORT["day"], COHORT["cause"] == 1, X, ties=ties, **columns)


@everything
def test_coefficients_errors_and_likelihood(ties, case):
    fit, expected = fitted(ties, case), R[ties][case]
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["std_error"], expected["std_error"], 1e-8)
    same(fit.summary["se_model"], expected["se_model"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)


@everything
def test_tests_of_all_terms(ties, case):
    fit, expected = fitted(ties, case), R[ties][case]
    same(fit.tests["statistic"]["wald"], expected["wald"], 1e-8)
    if fit.robust:
        same(fit.tests["statistic"]["robust_score"], expected["rscore"], 1e-8)
        assert fit.tests["statistic"][["likelihood_ratio", "score"]].isna().all()
    else:
        same(fit.tests["statistic"]["score"], expected["score"], 1e-8)
        same(fit.tests["statistic"]["likelihood_ratio"], 2 * np.diff(expected["loglik"])[0], 1e-8)


@everything
def test_proportional_hazards(ties, case):
    fit, expected = fitted(ties, case), R[ties][case]["zph"]
    for transform, chi_squares in expected.items():
        found = proportional_hazards(fit, transform=transform, robust=False)
        same(found.table["statistic"], chi_squares, 1e-8)
        assert found.table["df"].tolist() == [1, 1, 1, 1, 4]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("case", ["plain", "wide", "all"])
def test_residuals_and_influence(ties, case):
    fit, expected = fitted(ties, case), R[ties][case]
    same(fit.residuals("martingale")["residual"], expected["martingale"], 1e-8, 1e-12)
    for column, name in enumerate(X):
        same(fit.influence()[:, column], expected["dfbeta"][column], 1e-8, 1e-14)
        same(fit.residuals("score")[name], expected["score_residuals"][column], 1e-8, 1e-9)
        # R orders the events of one day by its own sort.
        same(sorted(fit.residuals("schoenfeld")[name]), sorted(expected["schoenfeld"][column]), 1e-8, 1e-9)


@everything
def test_concordance(ties, case):
    found, expected = fitted(ties, case).concordance, R[ties][case]["concordance"]
    same([found.concordant, found.discordant, found.tied, found.estimate], expected, 1e-10)


@everything
def test_baseline(ties, case):
    fit, expected = fitted(ties, case), R[ties][case]
    theirs = pd.Series(expected["base"], index=[expected["base_stratum"], expected["base_time"]])
    stratum = fit.baseline["stratum"] if "strata" in CASES[case] else [1] * len(fit.baseline)
    same(fit.baseline["cumulative"], theirs[list(zip(stratum, fit.baseline["time"], strict=True))], 1e-10)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("case", ["plain", "strata"])
def test_predicted_curves(ties, case):
    new = pd.DataFrame({"year": [2005, 2019], "b": [0, 1], "c": 0, "z": [1, 3]})
    strata = [1, 3] if case == "strata" else None
    table = fitted(ties, case).predict(new, [9, 18, 27], strata=strata)
    for row, expected in enumerate(R[ties][case]["curves"]):
        found = table[table["row"] == row]
        assert found["time"].tolist() == [9, 18, 27]
        same(found["estimate"], expected["estimate"], 1e-10)
        for name in ("std_error", "conf_low", "conf_high"):
            same(found[name], expected[name], 1e-8)


def test_offset():
    fit = cox(
        COHORT["day"], COHORT["cause"] == 1, X[["b", "c", "z"]], entry=COHORT["entry"], offset=X["year"] / 10
    )
    same(fit.summary["coef"], R["offset"]["coef"], 1e-10)
    same(fit.summary["std_error"], R["offset"]["std_error"], 1e-8)
    same([fit.loglik_null, fit.loglik], R["offset"]["loglik"], 1e-10)


def test_ridge():
    fit = cox(COHORT["day"], COHORT["cause"] == 1, X[["b", "c", "z"]], entry=COHORT["entry"], ridge=5)
    same(fit.summary["coef"], R["ridge"]["coef"], 1e-10)
    same(fit.summary["std_error"], R["ridge"]["std_error"], 1e-8)


def test_rossi():
    rossi, expected = load_rossi(), R["rossi"]
    fit = cox(rossi["week"], rossi["arrest"], rossi.drop(columns=["week", "arrest"]))
    same(fit.summary["coef"], expected["coef"], 1e-10)
    same(fit.summary["std_error"], expected["std_error"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)
    same(fit.concordance.estimate, expected["concordance"][-1], 1e-10)
    same(proportional_hazards(fit).table["statistic"], expected["zph"]["km"], 1e-8)
    same(fit.profile().loc["fin", ["conf_low", "conf_high"]], expected["profile_fin"], 1e-8)

"""Log-rank, Gray and pairwise tests against R survival and cmprsk (relative 1e-8 and closer)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support_real import real_data
from tools.agreement.plain_forms import gray, logrank, pairwise

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "tests_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv").assign(
    any=lambda d: d["cause"] > 0, week=lambda d: np.ceil(d["day"] / 7)
)
DATA = COHORT["day"], COHORT["any"], COHORT["arm"]


@pytest.mark.parametrize("case", R["rho"], ids=lambda case: f"rho {case['rho']}")
def test_days_weighted_by_survival(case):
    found = logrank(*DATA, rho=case["rho"])
    assert found.statistic == pytest.approx(case["statistic"], rel=1e-10)
    for name in ("observed", "expected"):
        np.testing.assert_allclose(found.table[name], case[name], rtol=1e-10)


def test_days_weighted_within_strata():
    found = logrank(COHORT["week"], COHORT["any"], COHORT["arm"], strata=COHORT["stratum"], rho=1)
    assert found.statistic == pytest.approx(R["rho_strata"]["statistic"], rel=1e-10)
    np.testing.assert_allclose(found.table["expected"], R["rho_strata"]["expected"], rtol=1e-10)


@pytest.mark.parametrize("case", R["gamma"], ids=lambda case: f"{case['rho']}, {case['gamma']}")
def test_late_days_weighted_up(case):
    found = logrank(*DATA, rho=case["rho"], gamma=case["gamma"])
    assert found.statistic == pytest.approx(case["statistic"], rel=1e-10)


@pytest.mark.parametrize("case", ["weights", "wide", "cluster", "all"])
def test_robust_form_is_the_robust_score_test_of_cox(case):
    given = {
        "weights": {"weights": COHORT["weight"]},
        "wide": {"weights": COHORT["wide"]},
        "cluster": {"cluster": COHORT["site"]},
        "all": {
            "weights": COHORT["weight"],
            "cluster": COHORT["site"],
            "entry": COHORT["entry"],
            "strata": COHORT["stratum"],
        },
    }[case]
    found = logrank(*DATA, **given)
    assert found.df == 2
    assert found.statistic == pytest.approx(R["robust"][case], rel=1e-10)


@pytest.mark.parametrize("time", ["day", "week"])
@pytest.mark.parametrize("form", ["plain", "strata"])
def test_gray_on_the_cohort(time, form):
    strata = COHORT["stratum"] if form == "strata" else None
    check_gray(COHORT[time], COHORT["cause"], COHORT["arm"], strata, R["gray"][f"cohort_{time}"][form])


@pytest.mark.real
@pytest.mark.parametrize(("time", "stratum"), [("time", "site"), ("week", "hercoc")])
@pytest.mark.parametrize("form", ["plain", "strata"])
def test_gray_on_uis(time, stratum, form):
    uis = pd.read_csv(real_data() / "uis" / "uis_628.csv").dropna(subset=["race", "hercoc"])
    uis = uis.assign(week=np.ceil(uis["time"] / 7), code=uis["censor"] * (1 + (uis["race"] == 1)))
    strata = uis[stratum] if form == "strata" else None
    check_gray(uis[time], uis["code"], uis["treat"], strata, R["gray"][f"uis_{time}"][form])


def check_gray(days, event, arm, strata, expected):
    for case in expected:
        for cause in (1, 2):
            found = gray(days, event, arm, cause=cause, strata=strata, rho=case["rho"])
            assert found.statistic == pytest.approx(case["statistic"][cause - 1], rel=1e-8)
            assert found.df == len(set(arm)) - 1


@pytest.mark.real
def test_weighted_days_on_uis():
    uis = pd.read_csv(real_data() / "uis" / "uis_628.csv")
    found = logrank(uis["time"], uis["censor"], uis["treat"], rho=1)
    assert found.statistic == pytest.approx(R["rho_uis"]["statistic"], rel=1e-10)


def test_pairs_with_holm():
    found = pairwise(*DATA).table
    assert list(zip(found["arm"], found["other"], strict=True)) == [("A", "B"), ("A", "C"), ("B", "C")]
    np.testing.assert_allclose(found["p"], R["pairs"]["p"], rtol=1e-10)
    np.testing.assert_allclose(found["p_holm"], R["pairs"]["holm"], rtol=1e-10)
    assert found["df"].tolist() == [1, 1, 1]


def test_pairs_by_gray_with_holm():
    found = pairwise(COHORT["day"], COHORT["cause"], COHORT["arm"], cause=2).table
    np.testing.assert_allclose(found["p"], R["pairs"]["gray"], rtol=1e-8)
    np.testing.assert_allclose(found["p_holm"], R["pairs"]["gray_holm"], rtol=1e-8)

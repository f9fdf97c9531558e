"""R's numbers for an arm without events, one site, and cohorts of the world (UIS, rossi) for late estimators."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_rossi

from stepdown.survival import pseudo_values, window_hazard
from support_numbers import same, same_where_known
from support_real import real_data
from tools.agreement.plain_forms import (
    aalen_johansen,
    andersen_gill,
    cox,
    fine_gray,
    gray,
    kaplan_meier,
    logrank,
    mean_cumulative,
    nelson_aalen,
    piecewise_exponential,
    rmst,
)

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "edge_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
EMPTY = COHORT.assign(
    cause=COHORT["cause"].where(COHORT["arm"] != "C", 0),
    b=(COHORT["arm"] == "B").astype(int),
    c=(COHORT["arm"] == "C").astype(int),
    z=((COHORT["id"] * 37) % 101) / 25,
)
ANY = EMPTY["cause"] > 0
ARMS = ["A", "B", "C"]


@pytest.mark.parametrize("arm", ARMS)
def test_curves_with_an_arm_without_events(arm):
    zero = R["zero"]
    curves = kaplan_meier(EMPTY["day"], ANY, arm=EMPTY["arm"]).table
    found = curves[curves["arm"] == arm].iloc[1:]
    same(found["estimate"], zero["km"][arm]["estimate"], 1e-10)
    known = same_where_known(found["std_error"], zero["km"][arm]["std_error"])
    for limit in ("conf_low", "conf_high"):
        same(found[limit][known], np.array(zero["km"][arm][limit], float)[known], 1e-8)
    hazard = nelson_aalen(EMPTY["day"], ANY, entry=EMPTY["entry"], arm=EMPTY["arm"]).table
    found = hazard[hazard["arm"] == arm].iloc[1:]
    same(found["estimate"], zero["na"][arm]["estimate"], 1e-10)
    same_where_known(found["std_error"], zero["na"][arm]["std_error"])
    curves = aalen_johansen(EMPTY["day"], EMPTY["cause"], arm=EMPTY["arm"]).table
    for cause in (1, 2):
        found = curves[(curves["arm"] == arm) & (curves["cause"] == cause)].iloc[1:]
        same(found["estimate"], zero["aj"][arm]["estimate"][str(cause)], 1e-10)
        if arm == "C":
            assert found["std_error"].isna().all()
        else:
            same_where_known(found["std_error"], zero["aj"][arm]["std_error"][str(cause)])


def test_means_and_rates_with_an_arm_without_events():
    found = rmst(EMPTY["day"], ANY, tau=24, arm=EMPTY["arm"]).table
    expected = np.array([R["zero"]["rmst"][arm] for arm in ARMS], float)
    same(found["estimate"], expected[:, 0], 1e-10)
    assert same_where_known(found["std_error"], expected[:, 1]).tolist() == [True, True, False]
    found = window_hazard(EMPTY["day"], ANY, cuts=[0, 9, 60], arm=EMPTY["arm"], entry=EMPTY["entry"]).table
    expected = np.array(R["zero"]["rates"]).reshape(6, 4)
    same(found[["events", "person_days", "conf_low", "conf_high"]], expected, 1e-10)


def test_tests_with_an_arm_without_events():
    zero, days, arm = R["zero"], EMPTY["day"], EMPTY["arm"]
    found = logrank(days, ANY, arm)
    same(found.statistic, zero["logrank"]["statistic"], 1e-10)
    same(found.table["expected"], zero["logrank"]["expected"], 1e-10)
    found = logrank(days, ANY, arm, strata=EMPTY["stratum"], rho=1)
    same(found.statistic, zero["logrank_strata"]["statistic"], 1e-10)
    same(logrank(days, ANY, arm, weights=EMPTY["wide"]).statistic, zero["logrank_robust"], 1e-10)
    found = logrank(days, ANY, arm, weights=EMPTY["weight"], cluster=EMPTY["site"])
    same(found.statistic, zero["logrank_site"], 1e-10)
    for cause in (1, 2):
        same(gray(days, EMPTY["cause"], arm, cause=cause).statistic, zero["gray"][cause - 1], 1e-10)
        found = gray(days, EMPTY["cause"], arm, cause=cause, strata=EMPTY["stratum"])
        same(found.statistic, zero["gray_strata"][cause - 1], 1e-10)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_regressions_with_an_arm_without_events(ties):
    terms = EMPTY[["b", "z", "c"]]
    given = {"weights": EMPTY["wide"], "cluster": EMPTY["site"], "entry": EMPTY["entry"]}
    fit = cox(EMPTY["day"], ANY, terms, ties=ties, **given)
    expected = R["zero"]["cox"][ties]
    assert fit.summary.loc["c", "coef"] == -np.inf
    assert "c has no finite estimate" in " ".join(fit.warnings)
    same(fit.summary["coef"][:2], expected["coef"], 1e-10)
    same(fit.summary["std_error"][:2], expected["std_error"], 1e-8)
    same(fit.loglik, expected["loglik"], 1e-10)
    fit = fine_gray(EMPTY["day"], EMPTY["cause"], terms, cause=1, ties=ties)
    expected = R["zero"]["fine_gray"][ties]
    assert fit.summary.loc["c", "coef"] == -np.inf
    same(fit.summary["coef"][:2], expected["coef"], 1e-10)
    same(fit.summary["se_model"][:2], expected["se_model"], 1e-8)
    same(fit.loglik, expected["loglik"], 1e-10)


def test_one_site_has_estimates_and_no_robust_standard_error():
    given = {"weights": COHORT["weight"], "cluster": np.ones(len(COHORT))}
    curve = kaplan_meier(COHORT["day"], COHORT["cause"] > 0, entry=COHORT["entry"], **given).table.iloc[1:]
    same(curve["estimate"], R["one"]["km"]["estimate"], 1e-10)
    assert curve["std_error"].isna().all()
    assert np.nanmax(np.array(R["one"]["km"]["std_error"], float)) < 1e-12
    x = pd.DataFrame({name: (COHORT["arm"] == name.upper()).astype(int) for name in "bc"})
    fit = cox(COHORT["day"], COHORT["cause"] > 0, x, **given)
    same(fit.summary["coef"], R["one"]["cox"]["coef"], 1e-10)
    same(fit.summary["se_model"], R["one"]["cox"]["se_model"], 1e-8)
    assert fit.summary["std_error"].isna().all()
    assert max(R["one"]["cox"]["std_error"]) < 1e-12


def test_a_site_by_itself():
    site = COHORT[COHORT["site"] == 3]
    curve = kaplan_meier(site["day"], site["cause"] > 0).table.iloc[1:]
    same(curve["estimate"], R["one"]["alone"]["estimate"], 1e-10)
    same_where_known(curve["std_error"], R["one"]["alone"]["std_error"])
    fit = cox(site["day"], site["cause"] > 0, (site["arm"] == "B").to_frame("b"))
    expected = R["one"]["alone_cox"]
    same(fit.summary["coef"], [expected["coef"]], 1e-10)
    same(fit.summary["std_error"], [expected["std_error"]], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["loglik"], 1e-10)


def uis(weeks):
    rows = pd.read_csv(real_data() / "uis" / "uis_628.csv").dropna(subset=["race", "age", "ndrugtx"])
    rows = rows.assign(
        event=rows["censor"], code=rows["censor"] * (1 + (rows["race"] == 1)), arm=rows["treat"]
    )
    return rows.assign(time=np.ceil(rows["time"] / 7)) if weeks else rows


def rossi():
    rows = load_rossi()
    code = rows["arrest"] * (1 + (rows["prio"] > 3))
    return rows.assign(
        id=np.arange(len(rows)), time=rows["week"], event=rows["arrest"], code=code, arm=rows["fin"]
    )


UIS_TERMS = ["treat", "age", "ndrugtx", "site"]
WORLD = {
    "rossi": (rossi, ["fin", "age", "prio"], [13, 26, 50], [13, 26]),
    "uis": (lambda: uis(weeks=False), UIS_TERMS, [30, 60, 90], [30, 90, 365]),
    "uis_week": (lambda: uis(weeks=True), UIS_TERMS, [4, 9, 13], [4, 13, 52]),
}
world = pytest.mark.parametrize(
    "name", ["rossi", *(pytest.param(name, marks=pytest.mark.real) for name in ("uis", "uis_week"))]
)


@world
def test_fine_gray(name):
    make, terms, _, _ = WORLD[name]
    rows, expected = make(), R[name]
    assert len(rows) == expected["n"]
    fit = fine_gray(rows["time"], rows["code"], rows[terms], cause=1, convention="crr")
    same(fit.summary["coef"], expected["crr"]["coef"], 1e-10)
    same(fit.summary["std_error"], expected["crr"]["std_error"], 1e-8)
    same([fit.loglik_null, fit.loglik], expected["crr"]["loglik"], 1e-10)
    for ties in ("efron", "breslow"):
        fit, theirs = (
            fine_gray(rows["time"], rows["code"], rows[terms], cause=1, ties=ties),
            expected["finegray"][ties],
        )
        same(fit.summary["coef"], theirs["coef"], 1e-10)
        same(fit.summary["se_model"], theirs["se_model"], 1e-8)
        same(np.sqrt((fit.influence(curves=False) ** 2).sum(axis=0)), theirs["known"], 1e-8)
        same([fit.loglik_null, fit.loglik], theirs["loglik"], 1e-10)


@world
def test_recurrent_estimators_of_people_cut_into_rows(name):
    make, terms, times, cuts = WORLD[name]
    rows, expected = make(), R[name]
    # The person's time cut at a day: equivalent rows.
    later = rows[rows["time"] > cuts[0]].assign(entry=cuts[0])
    first = rows.assign(
        entry=0,
        event=np.where(rows["time"] > cuts[0], 0, rows["event"]),
        time=np.minimum(rows["time"], cuts[0]),
    )
    cut = pd.concat([later, first])
    given = {"entry": cut["entry"]}
    table = mean_cumulative(cut["time"], cut["event"], id=cut["id"], arm=cut["arm"], **given).at(*times)
    for arm, theirs in zip((0, 1), expected["mean"], strict=True):
        found = table[table["arm"] == arm]
        same(found["estimate"], theirs["estimate"], 1e-10)
        same(found["std_error"], theirs["std_error"], 1e-8)
    fit, theirs = (
        andersen_gill(cut["time"], cut["event"], cut[terms], id=cut["id"], **given),
        expected["andersen_gill"],
    )
    same(fit.summary["coef"], theirs["coef"], 1e-10)
    same(fit.summary["std_error"], theirs["std_error"], 1e-8)
    same(fit.summary["se_model"], theirs["se_model"], 1e-8)
    same([fit.loglik_null, fit.loglik], theirs["loglik"], 1e-10)


@world
def test_piecewise_exponential(name):
    make, terms, _, cuts = WORLD[name]
    rows, theirs = make(), R[name]["piecewise"]
    given = (rows["time"], np.where(rows["event"] > 0, rows["time"], np.inf))
    for cluster, errors in ((None, "std_error"), (rows["id"], "robust")):
        fit = piecewise_exponential(*given, cuts=[0, *cuts], X=rows[terms], cluster=cluster)
        rates = fit.rates
        bands = len(rates)
        same(np.log(rates["rate"]), theirs["coef"][:bands], 1e-10)
        same(fit.summary["coef"], theirs["coef"][bands:], 1e-10)
        same(rates["std_error"] / rates["rate"], theirs[errors][:bands], 1e-8)
        same(fit.summary["std_error"], theirs[errors][bands:], 1e-8)


@world
def test_pseudo_values(name):
    make, _, times, _ = WORLD[name]
    rows = make()
    design = np.column_stack([np.ones(len(rows)), rows["arm"]])
    bread = np.linalg.inv(design.T @ design)
    for estimand, cause in (("survival", None), ("rmst", None), ("risk", 1)):
        theirs = R[name]["pseudo"][estimand]
        event = rows["code"] if cause else rows["event"]
        found = pseudo_values(rows["time"], event, times=times[2], estimand=estimand, cause=cause).values[
            :, 0
        ]
        coef = bread @ (design.T @ found)
        scores = design * (found - design @ coef)[:, None]
        same([found.mean(), found.std(ddof=1)], [theirs["mean"], theirs["sd"]], 1e-10)
        same(coef, theirs["coef"], 1e-10)
        same(np.sqrt(np.diag(bread @ scores.T @ scores @ bread)), theirs["std_error"], 1e-8)

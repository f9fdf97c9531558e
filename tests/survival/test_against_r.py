"""The same numbers as R survival: estimates within 1e-10, standard errors within 1e-8 (relative)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.survival import contrast, risk, window_hazard, window_risk
from support_numbers import same, same_where_known
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier, logrank, rmst, rmtl

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "cohort_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
ARMS = ["A", "B", "C"]


def arguments(case):
    parts = {"entry": ["entry"], "weight": ["weights"], "wide": ["weights"], "cluster": ["cluster"]}
    parts["all"] = ["entry", "weights", "cluster"]
    columns = {"entry": "entry", "weights": "wide" if case == "wide" else "weight", "cluster": "site"}
    return {name: COHORT[columns[name]] for name in parts.get(case, [])} | {"arm": COHORT["arm"]}


def rows(table, arm, **keys):
    for name, value in {"arm": arm, **keys}.items():
        table = table[table[name] == value]
    return table


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("case", ["", "entry", "weight", "wide", "cluster", "all"])
def test_kaplan_meier(case, arm):
    expected = R["km_" + case if case else "km"][arm]
    curves = kaplan_meier(COHORT["day"], COHORT["cause"] > 0, **arguments(case))
    found = rows(curves.table, arm).iloc[1:]
    for name in ("time", "at_risk", "events", "censored", "estimate"):
        same(found[name], expected[name], relative=1e-10)
    same_where_known(found["std_error"], expected["std_error"], relative=1e-8)
    known = found["std_error"].notna().to_numpy()
    for name in ("conf_low", "conf_high"):
        same(found[name][known], np.array(expected[name], float)[known], relative=1e-8)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("scale", ["plain", "log"])
def test_other_interval_scales(scale, arm):
    expected = R[f"km_{scale}"][arm]
    found = rows(kaplan_meier(COHORT["day"], COHORT["cause"] > 0, arm=COHORT["arm"], conf=scale).table, arm)
    found = found.iloc[1:]
    known = found["std_error"].notna().to_numpy()
    for name in ("conf_low", "conf_high"):
        same(found[name][known], np.array(expected[name], float)[known], relative=1e-8)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("case", ["", "entry", "weight", "wide", "cluster", "all"])
def test_aalen_johansen(case, cause, arm):
    expected = R["aj_" + case if case else "aj"][arm]
    curves = aalen_johansen(COHORT["day"], COHORT["cause"], **arguments(case))
    found = rows(curves.table, arm, cause=cause).iloc[1:]
    same(found["time"], expected["time"], relative=1e-10)
    same(found["estimate"], expected["estimate"][str(cause)], relative=1e-10)
    same_where_known(found["std_error"], expected["std_error"][str(cause)], relative=1e-8)


@pytest.mark.parametrize("arm", ARMS)
def test_quantiles(arm):
    curves = kaplan_meier(COHORT["day"], COHORT["cause"] > 0, arm=COHORT["arm"])
    for position, p in enumerate(R["quantile"][arm]["p"]):
        found = rows(curves.quantile(p), arm).iloc[0]
        for name in ("estimate", "conf_low", "conf_high"):
            assert found[name] == pytest.approx(R["quantile"][arm][name][position] or np.nan, nan_ok=True)


@pytest.mark.parametrize("case", ["", "entry", "all"])
def test_restricted_mean(case):
    given = arguments(case)
    if case == "all":
        del given["entry"]
    found = rmst(COHORT["day"], COHORT["cause"] > 0, tau=24, **given).table
    expected = np.array([R["rmst24_" + case if case else "rmst24"][arm] for arm in ARMS])
    same(found["estimate"], expected[:, 0], relative=1e-10)
    same(found["std_error"], expected[:, 1], relative=1e-8)


def test_time_lost_to_each_cause():
    found = rmtl(COHORT["day"], COHORT["cause"], tau=24, arm=COHORT["arm"]).table
    for arm in ARMS:
        same(rows(found, arm)["estimate"], R["rmtl24"][arm]["estimate"], relative=1e-10)
        same(rows(found, arm)["std_error"], R["rmtl24"][arm]["std_error"], relative=1e-8)


@pytest.mark.parametrize("measure", ["window_risk", "conditional_risk", "share"])
def test_window_measures(measure):
    curves = aalen_johansen(COHORT["day"], COHORT["cause"], arm=COHORT["arm"])
    spans = {"share": window_risk(curves, 2, 9, horizon=24)}
    table = spans.get(measure, window_risk(curves, 9, 24)).table
    for arm in ARMS:
        row = rows(table, arm, measure=measure, cause=1).iloc[0]
        estimate, se = R["window"][arm][measure]
        assert row["estimate"] == pytest.approx(estimate, rel=1e-10)
        assert row["std_error"] == pytest.approx(se, rel=1e-8)


def test_risk_difference_with_sites_that_span_arms():
    curves = kaplan_meier(
        COHORT["day"],
        COHORT["cause"] > 0,
        arm=COHORT["arm"],
        weights=COHORT["weight"],
        cluster=COHORT["site"],
    )
    table = contrast(risk(curves, 24), reference="B", measures=["difference"]).table
    estimate, se = R["risk_difference"]
    row = rows(table, "A").iloc[0]
    assert row["estimate"] == pytest.approx(estimate, rel=1e-10)
    assert row["std_error"] == pytest.approx(se, rel=1e-8)


@pytest.mark.parametrize(
    ("case", "column"), [("logrank", None), ("logrank_strata", "strata"), ("logrank_entry", "entry")]
)
def test_logrank(case, column):
    given = {"strata": COHORT["stratum"], "entry": COHORT["entry"]}
    chosen = {column: given[column]} if column else {}
    found = logrank(COHORT["day"], COHORT["cause"] > 0, COHORT["arm"], **chosen)
    assert found.df == 2
    assert found.statistic == pytest.approx(R[case]["statistic"], rel=1e-10)
    same(found.table["expected"], R[case]["expected"], relative=1e-10)


def test_rates_with_exact_limits():
    found = window_hazard(
        COHORT["day"], COHORT["cause"] > 0, cuts=[0, 9, 24, 60], entry=COHORT["entry"]
    ).table
    for name in ("start", "end", "events", "person_days", "conf_low", "conf_high"):
        same(found[name], [band[name] for band in R["rates"]], relative=1e-10)

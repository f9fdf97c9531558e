"""Tests and regressions compared with R survival, cmprsk and lifelines."""

import warnings
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pandas as pd

from stepdown.survival.cox_model.design_matrix import Ties
from tools.agreement import plain_forms as survival
from tools.agreement.agreement_line import Line
from tools.agreement.reference_data import WORDS, Reference

COX: dict[str, dict[str, str]] = {
    "plain": {},
    "entry": {"entry": "entry"},
    "strata": {"entry": "entry", "strata": "stratum"},
    "weight": {"weights": "weight"},
    "wide": {"entry": "entry", "weights": "wide"},
    "cluster": {"cluster": "site"},
    "all": {"entry": "entry", "weights": "weight", "cluster": "site", "strata": "stratum"},
}
COX_WORDS = WORDS | {
    "wide": "delayed entry, weights over six orders of magnitude",
    "all": "delayed entry, strata, weights, sites as clusters",
}


def covariates(cohort: pd.DataFrame) -> pd.DataFrame:
    """Return the covariates of the scripts."""
    return pd.DataFrame(
        {
            "b": (cohort["arm"] == "B").astype(int),
            "c": (cohort["arm"] == "C").astype(int),
            "z": ((cohort["id"] * 37) % 101) / 25,
            "year": 2000 + (cohort["id"] * 17) % 23,
        }
    )


def test_lines(reference: Reference) -> Iterator[Line]:
    """Yield the tests of arms."""
    cohort, r, tests = reference.cohort, reference.r("cohort"), reference.r("tests")
    data = cohort["day"], cohort["cause"] > 0, cohort["arm"]
    for words, key, names in (
        ("log-rank", "logrank", {}),
        ("log-rank, stratified", "logrank_strata", {"strata": "stratum"}),
        ("log-rank, delayed entry", "logrank_entry", {"entry": "entry"}),
    ):
        peer = _lifelines_logrank(cohort) if not names else None
        yield Line(
            name=words,
            ours=[survival.logrank(*data, **columns(cohort, names)).statistic],
            r=[r[key]["statistic"]],
            lifelines=peer,
        )
    yield Line(
        name="log-rank weighted by S^rho (G-rho family)",
        ours=[survival.logrank(*data, rho=case["rho"]).statistic for case in tests["rho"]],
        r=[case["statistic"] for case in tests["rho"]],
    )
    yield Line(
        name="Fleming-Harrington weights",
        ours=[
            survival.logrank(*data, rho=case["rho"], gamma=case["gamma"]).statistic for case in tests["gamma"]
        ],
        r=[case["statistic"] for case in tests["gamma"]],
    )
    robust: dict[str, dict[str, str]] = {
        "weights": {"weights": "weight"},
        "wide": {"weights": "wide"},
        "cluster": {"cluster": "site"},
        "all": {"weights": "weight", "cluster": "site", "entry": "entry", "strata": "stratum"},
    }
    yield Line(
        name="log-rank, robust form (weights; sites; all together)",
        ours=[survival.logrank(*data, **columns(cohort, given)).statistic for given in robust.values()],
        r=[tests["robust"][name] for name in robust],
    )
    gray = tests["gray"]["cohort_day"]
    for form, strata in (("plain", None), ("strata", cohort["stratum"])):
        yield Line(
            name="Gray's test" + (", stratified" if form == "strata" else ""),
            ours=[
                survival.gray(
                    cohort["day"], cohort["cause"], cohort["arm"], cause=cause, strata=strata, rho=case["rho"]
                ).statistic
                for case in gray[form]
                for cause in (1, 2)
            ],
            r=[value for case in gray[form] for value in case["statistic"]],
        )


def cox_lines(reference: Reference) -> Iterator[Line]:
    """Yield Cox regression in every case, by both rules for ties, and its test of proportional hazards."""
    cohort, r = reference.cohort, reference.r("cox")
    x = covariates(cohort)
    for ties in get_args(Ties):
        for case, names in COX.items():
            given = columns(cohort, names)
            fit = survival.cox(cohort["day"], cohort["cause"] == 1, x, ties=ties, **given)
            theirs = r[ties][case]
            peer = _lifelines_cox(cohort, x, given) if ties == "efron" else (None, None)
            yield Line(
                name=f"Cox ({ties.capitalize()}), {COX_WORDS[case]}",
                ours=fit.summary["coef"], r=theirs["coef"], lifelines=peer[0],
            )  # fmt: skip
            yield Line(
                name="its standard error",
                ours=fit.summary["std_error"],
                r=theirs["std_error"],
                lifelines=peer[1],
            )
    for ties in get_args(Ties):
        for case, names in COX.items():
            given = columns(cohort, names)
            fit = survival.cox(cohort["day"], cohort["cause"] == 1, x, ties=ties, **given)
            tests = r[ties][case]["zph"]
            ours = [
                survival.proportional_hazards(fit, transform=transform, robust=False).table["statistic"]
                for transform in tests
            ]
            zph = _lifelines_zph(cohort, x) if (ties, case) == ("efron", "plain") else None
            yield Line(
                name=f"test of proportional hazards ({ties.capitalize()}), {COX_WORDS[case]}",
                ours=np.concatenate(ours), r=np.concatenate(list(tests.values())), lifelines=zph,
            )  # fmt: skip
    from lifelines.datasets import load_rossi

    rossi = load_rossi()
    fit = survival.cox(rossi["week"], rossi["arrest"], rossi.drop(columns=["week", "arrest"]))
    peer = _lifelines(rossi, "week", "arrest", {})
    yield Line(name="Cox (Efron), rossi", ours=fit.summary["coef"], r=r["rossi"]["coef"], lifelines=peer[0])
    yield Line(
        name="its standard error",
        ours=fit.summary["std_error"],
        r=r["rossi"]["std_error"],
        lifelines=peer[1],
    )


def columns(cohort: pd.DataFrame, names: dict[str, str]) -> dict[str, Any]:
    """Return the columns that a case passes."""
    return {name: cohort[column] for name, column in names.items()}


def _lifelines_logrank(cohort: pd.DataFrame) -> float:
    from lifelines.statistics import multivariate_logrank_test

    return float(multivariate_logrank_test(cohort["day"], cohort["arm"], cohort["cause"] > 0).test_statistic)


def _lifelines_cox(
    cohort: pd.DataFrame, x: pd.DataFrame, given: dict[str, Any]
) -> tuple[float | None, float | None]:
    frame = x.assign(days=cohort["day"], event=(cohort["cause"] == 1).astype(int))
    named: dict[str, Any] = {}
    for name, column in given.items():
        frame[name] = column
        named[{"entry": "entry_col", "weights": "weights_col", "cluster": "cluster_col"}.get(name, name)] = (
            name
        )
    if "strata" in named:
        named["strata"] = ["strata"]
    return _lifelines(frame, "days", "event", named, robust="weights" in given or "cluster" in given)


def _lifelines(
    frame: pd.DataFrame, days: str, event: str, named: dict[str, Any], *, robust: bool = False
) -> tuple[float, float]:
    from lifelines import CoxPHFitter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = CoxPHFitter().fit(frame, days, event, robust=robust, fit_options={"precision": 1e-12}, **named)
    return float(fit.params_.iloc[0]), float(fit.standard_errors_.iloc[0])


def _lifelines_zph(cohort: pd.DataFrame, x: pd.DataFrame) -> float:
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    frame = x.assign(days=cohort["day"], event=(cohort["cause"] == 1).astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = CoxPHFitter().fit(frame, "days", "event", fit_options={"precision": 1e-12})
        return float(
            proportional_hazard_test(fit, frame, time_transform="km").summary["test_statistic"].iloc[0]
        )

"""Multi-state shares and interval-censored times compared with R survival and lifelines.

Fine-Gray, recurrent relapse, pseudo-values and pooling compared with R's cmprsk, survival, prodlim and mice.
"""

import math
import warnings
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pandas as pd

from stepdown.survival.cox_model.design_matrix import Ties
from tools.agreement import plain_forms as survival
from tools.agreement.agreement_line import Line
from tools.agreement.reference_data import Reference
from tools.agreement.regression_agreement import columns, covariates

MULTI_STATE: dict[str, dict[str, str]] = {
    "plain": {},
    "weighted": {"weights": "weight"},
    "sites": {"weights": "weight", "cluster": "site"},
}
MULTI_STATE_WORDS = {"plain": "", "weighted": ", weights", "sites": ", weights, sites as clusters"}


def state_lines(reference: Reference) -> Iterator[Line]:
    """Yield shares in each state and mean times."""
    rows = pd.read_csv(reference.folder / "multi_state.csv")
    r = reference.r("multi_state")
    columns = [rows[name] for name in ("start", "stop", "from", "to", "id")]
    for case, names in MULTI_STATE.items():
        theirs = r[case]
        given: dict[str, Any] = {name: rows[column] for name, column in names.items()}
        found = survival.multi_state(*columns, states=theirs["states"], correction="none", **given)
        at, mean = found.at(*r["days"]), found.mean_time(63)
        words = MULTI_STATE_WORDS[case]
        yield Line(name=f"share in each state{words}", ours=at["estimate"], r=np.ravel(theirs["estimate"]))
        yield Line(name="its standard error", ours=at["std_error"], r=np.ravel(theirs["std_error"]))
        yield Line(name=f"mean time in each state{words}", ours=mean["estimate"], r=theirs["mean"])
        yield Line(name="its standard error", ours=mean["std_error"], r=theirs["mean_se"])


def interval_lines(reference: Reference) -> Iterator[Line]:
    """Yield Turnbull's curve."""
    data, r = _intervals(reference), reference.r("turnbull")
    for case, weights in (("plain", None), ("weights", data["weight"])):
        found = survival.turnbull(data["low"], data["high"], weights=weights)
        at = found.at(*r[case]["time"])
        words = "" if weights is None else ", weights"
        yield Line(
            name=f"risk by Turnbull's method{words}", ours=at["estimate"], r=1 - np.array(r[case]["survival"])
        )


def parametric_lines(reference: Reference) -> Iterator[Line]:
    """Yield parametric models and accelerated failure time regressions beside those of R and lifelines."""
    cohort, r = reference.cohort, reference.r("parametric")
    data, accelerated = _intervals(reference), reference.r("accelerated")
    right = pd.DataFrame(
        {"low": cohort["day"], "high": cohort["day"].where(cohort["cause"] > 0, math.inf)}
    ).astype(float)
    for kind, words, rows in (("right", "days", right), ("interval", "intervals", data)):
        for model, theirs in r[kind].items():
            fit = survival.parametric(rows["low"], rows["high"], models=(model,))
            yield Line(
                name=f"log likelihood, {model}, {words}",
                ours=[fit.summary.loc[model, "loglik"]], r=[theirs["loglik"]],
                lifelines=_univariate(FITTERS[model], rows),
            )  # fmt: skip
            risks = fit.risk(30, 90).query("measure == 'window_risk'")
            yield Line(name="risk over (30, 90]", ours=risks["estimate"], r=[theirs["risk"]])
    seen = data[(data["low"] > 0) | np.isfinite(data["high"])].reset_index(drop=True)
    place = np.arange(1, len(seen) + 1)
    for kind, words, rows, x in (
        ("right", "days", right, covariates(cohort)[["b", "c", "z"]]),
        ("interval", "intervals", seen, pd.DataFrame({"x": place % 2, "z": (place * 37) % 101 / 25})),
    ):
        for model, theirs in accelerated[kind].items():
            found = survival.accelerated_failure(rows["low"], rows["high"], x, model=model)
            name = f"accelerated failure time, {model}, {words}"
            yield Line(name=name, ours=found.summary["estimate"], r=theirs["coef"])
            yield Line(name="its standard error", ours=found.summary["std_error"], r=theirs["std_error"])
            yield Line(
                name="its log likelihood", ours=[found.loglik], r=[theirs["loglik"]],
                lifelines=_accelerated(FITTERS[model], rows, x),
            )  # fmt: skip


FITTERS = {
    "exponential": "Exponential", "weibull": "Weibull", "lognormal": "LogNormal",
    "loglogistic": "LogLogistic",
}  # fmt: skip


def _intervals(reference: Reference) -> pd.DataFrame:
    return pd.read_csv(reference.folder / "intervals.csv").replace("Inf", math.inf).astype(float)


def _right(rows: pd.DataFrame) -> bool:
    return bool(((rows["low"] == rows["high"]) | np.isinf(rows["high"])).all())


def _univariate(name: str, rows: pd.DataFrame) -> float:
    import lifelines

    fitter = getattr(lifelines, f"{name}Fitter")()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if _right(rows):
            fitter.fit(rows["low"], np.isfinite(rows["high"]))
        else:
            fitter.fit_interval_censoring(rows["low"], rows["high"])
    return float(fitter.log_likelihood_)


def _accelerated(name: str, rows: pd.DataFrame, x: pd.DataFrame) -> float | None:
    """Return the log likelihood of lifelines; None where its search fails."""
    import lifelines
    from lifelines.exceptions import ConvergenceError

    fitter, frame = getattr(lifelines, f"{name}AFTFitter")(), rows[["low", "high"]].join(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if _right(rows):
            event = np.isfinite(frame.pop("high")).astype(int)
            fitter.fit(frame.assign(event=event), "low", "event")
        else:
            try:
                fitter.fit_interval_censoring(frame, "low", "high")
            except ConvergenceError:
                return None
    return float(fitter.log_likelihood_)


EXPANDED: dict[str, tuple[str, dict[str, str]]] = {
    "plain": ("plain", {}),
    "entry": ("delayed entry", {"entry": "entry"}),
    "strata": ("strata", {"strata": "stratum"}),
    "both": ("delayed entry and strata", {"entry": "entry", "strata": "stratum"}),
}
MEANS: dict[str, tuple[str, dict[str, str]]] = {
    "plain": ("no death", {}),
    "weight": ("no death, weights", {"weights": "weight"}),
    "site": ("no death, weights, sites as clusters", {"weights": "weight", "cluster": "site"}),
    "dead": ("with death", {"terminal": "dead"}),
    "dead_site": (
        "with death, weights, sites as clusters",
        {"weights": "weight", "cluster": "site", "terminal": "dead"},
    ),
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "risk1": ("risk", {"estimand": "risk", "cause": 1}),
    "survival": ("survival", {"estimand": "survival"}),
    "rmst": ("restricted mean", {"estimand": "rmst"}),
    "rmtl": ("time lost", {"estimand": "rmtl", "cause": 1}),
}


def fine_gray_lines(reference: Reference) -> Iterator[Line]:
    """Yield Fine-Gray regression compared with crr and with coxph on expanded rows."""
    cohort, r = reference.cohort, reference.r("fine_gray")
    x = covariates(cohort)[["b", "c", "z"]]
    for cause in (1, 2):
        fit = survival.fine_gray(cohort["day"], cohort["cause"], x, cause=cause, convention="crr")
        theirs = r["crr"]["tied"][cause - 1]
        yield Line(name=f"crr, cause {cause}", ours=fit.summary["coef"], r=theirs["coef"])
        yield Line(name="its standard error", ours=fit.summary["std_error"], r=theirs["std_error"])
    for ties in get_args(Ties):
        for case, (words, names) in EXPANDED.items():
            fit = survival.fine_gray(
                cohort["day"], cohort["cause"], x, cause=1, ties=ties, **columns(cohort, names)
            )
            theirs = r["finegray"][ties][case]
            name = f"finegray with coxph ({ties.capitalize()}), {words}"
            yield Line(name=name, ours=fit.summary["coef"], r=theirs["coef"])
            known = np.sqrt((fit.influence(curves=False) ** 2).sum(axis=0))
            yield Line(
                name="its standard error, weights of competing events known",
                ours=known,
                r=theirs["std_error"],
            )


def recurrent_lines(reference: Reference) -> Iterator[Line]:
    """Yield the mean cumulative function and Andersen-Gill regression."""
    rows, r = pd.read_csv(reference.folder / "recurrent.csv"), reference.r("recurrent")
    for case, (words, names) in MEANS.items():
        found = survival.mean_cumulative(
            rows["day"],
            rows["event"],
            id=rows["id"],
            entry=rows["entry"],
            arm=rows["arm"],
            **columns(rows, names),
        ).table
        table, theirs = found[found["time"] > 0], [r[case][arm] for arm in ("A", "B")]
        for column, name in (
            ("estimate", f"mean number of relapses, {words}"),
            ("std_error", "its standard error"),
        ):
            yield Line(name=name, ours=table[column], r=[value for part in theirs for value in part[column]])
    x = pd.DataFrame({"a": (rows["arm"] == "A").astype(int), "z": rows["z"]})
    for ties in get_args(Ties):
        fit = survival.andersen_gill(
            rows["day"], rows["event"], x, id=rows["id"], entry=rows["entry"], cluster=rows["site"], ties=ties
        )
        theirs = r["andersen_gill"][ties]["site"]
        name = f"Andersen-Gill ({ties.capitalize()}), sites as clusters"
        yield Line(name=name, ours=fit.summary["coef"], r=theirs["coef"])
        yield Line(name="its standard error", ours=fit.summary["std_error"], r=theirs["std_error"])


def pseudo_lines(reference: Reference) -> Iterator[Line]:
    """Yield pseudo-values of all people, and estimates pooled over imputations."""
    cohort, r, pooled = reference.cohort, reference.r("pseudo"), reference.r("pool")
    for kind, (words, given) in KINDS.items():
        found = survival.pseudo_values(cohort["day"], cohort["cause"], times=r["times"], **given)
        yield Line(name=f"pseudo-values, {words}", ours=found.values, r=np.transpose(r[kind]), shown=2)
    parts = [cohort[cohort["id"] % 5 != k] for k in range(5)]
    curves = [survival.kaplan_meier(part["day"], part["cause"] > 0, arm=part["arm"]) for part in parts]
    table = survival.pool_curves(curves, 9, 18, 25, df_complete=120).table
    theirs = pd.DataFrame([row for arm in pooled["curves"] for row in arm])
    for column, name in (
        ("estimate", "pooled survival"),
        ("conf_low", "its lower limit"),
        ("df", "its degrees of freedom"),
    ):
        yield Line(name=name, ours=table[column], r=theirs[column])

"""The same jobs by other packages and by R, where they can do them.

survival (Rust) and greenwood are in the extra `bench`; without them their columns are empty.
"""

import shutil
import subprocess
import sys
from functools import partial
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tools.bench.engine_data import COVARIATES, Rows
from tools.bench.engine_jobs import Call

_COVARIATES = [f"x{number + 1}" for number in range(COVARIATES)]
_FORMULA = f"Surv(days, event) ~ {' + '.join(_COVARIATES)}"
REPLICATES = 20
"""Replicates that lifelines and R are timed on; the time is scaled to 1,000."""


def lifelines_cox(rows: Rows) -> Call:
    """Fit lifelines' Cox regression with weights and clusters."""
    from lifelines import CoxPHFitter

    frame = _frame(rows).assign(weight=rows.weight, cluster=rows.cluster)
    fitter = CoxPHFitter()
    return partial(
        fitter.fit, frame, "days", "event", weights_col="weight", cluster_col="cluster", robust=True
    )


def lifelines_incidence(rows: Rows) -> Call:
    """Fit lifelines' Aalen-Johansen estimator by arm, with its variance, without weights or clusters."""
    from lifelines import AalenJohansenFitter

    def work() -> object:
        return [
            AalenJohansenFitter(seed=1).fit(
                rows.days[rows.arm == arm], rows.cause[rows.arm == arm], event_of_interest=1
            )
            for arm in range(4)
        ]

    return work


def lifelines_arms(rows: Rows) -> Call:
    """Compute lifelines' log-rank test, curves and restricted means; it has no Gray's test."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import restricted_mean_survival_time

    def work() -> object:
        test = multivariate_logrank_test(rows.days, rows.arm, rows.cause > 0)
        means = []
        for arm in range(4):
            mine = rows.arm == arm
            curve = KaplanMeierFitter().fit(rows.days[mine], rows.cause[mine] > 0)
            means.append(restricted_mean_survival_time(curve, t=90, return_variance=True)[0])
        return test, means

    return work


def lifelines_bootstrap(rows: Rows) -> Call:
    """Fit lifelines' weighted curve anew for each replicate."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    _, person = np.unique(rows.cluster, return_inverse=True)

    def work() -> object:
        rng = np.random.default_rng(1)
        means = []
        for _ in range(REPLICATES):
            drawn = rng.integers(0, person.max() + 1, person.max() + 1)
            times = np.bincount(drawn, minlength=person.max() + 1)[person]
            for arm in range(4):
                mine = (rows.arm == arm) & (times > 0)
                curve = KaplanMeierFitter().fit(
                    rows.days[mine], rows.cause[mine] > 0, weights=(times * rows.weight)[mine]
                )
                means.append(restricted_mean_survival_time(curve, t=90))
        return np.reshape(means, (REPLICATES, 4))

    return work


def lifelines_ph_test(rows: Rows) -> Call:
    """Compute lifelines' test of proportional hazards, the (plain) fit not counted."""
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    frame = _frame(rows)
    fit = CoxPHFitter().fit(frame, "days", "event")
    return partial(proportional_hazard_test, fit, frame, time_transform="km")


def rust_cox(rows: Rows) -> Call:
    """Fit survival's Cox regression with weights and clusters."""
    import survival

    return partial(
        survival.coxph, _FORMULA, _frame(rows), weights=rows.weight, cluster=rows.cluster, robust=True
    )


def rust_fine_gray(rows: Rows) -> Call:
    """Fit survival's Fine-Gray regression: `finegray` expands the rows, `coxph` takes them with clusters."""
    import survival

    frame = _frame(rows).assign(state=_states(rows), weight=rows.weight, cluster=rows.cluster)

    def work() -> object:
        formula = _FORMULA.replace("event", "state") + " + cluster"
        risk = survival.finegray(formula, frame, weights=frame["weight"], etype="one")
        model = _FORMULA.replace("days, event", "fgstart, fgstop, fgstatus")
        return survival.coxph(model, risk, weights="fgwt", cluster="cluster", robust=True)

    return work


def rust_incidence(rows: Rows) -> Call:
    """Fit survival's multi-state curves by arm, with weights and clusters."""
    import survival

    frame = pd.DataFrame({"days": rows.days.astype(float), "state": _states(rows), "arm": rows.arm})
    person = np.arange(len(frame))
    return partial(
        survival.survfit,
        "Surv(days, state) ~ arm",
        frame,
        weights=rows.weight,
        cluster=rows.cluster,
        id=person,
    )


def rust_ph_test(rows: Rows) -> Call:
    """Compute survival's test of proportional hazards, the (plain) fit not counted."""
    import survival

    return partial(survival.cox_zph, survival.coxph(_FORMULA, _frame(rows)))


def greenwood_cox(rows: Rows) -> Call:
    """Fit greenwood's Cox regression with weights and clusters; at ties it weights otherwise than R."""
    import greenwood

    response = greenwood.Surv(rows.days.astype(float), (rows.cause == 1).astype(int))
    x = _frame(rows)[_COVARIATES]
    return partial(greenwood.CoxPH().fit, response, x, weights=rows.weight, cluster=rows.cluster, robust=True)


def greenwood_incidence(rows: Rows) -> Call:
    """Fit greenwood's Aalen-Johansen estimator by arm; it takes neither weights nor clusters."""
    import greenwood

    response = greenwood.Surv(rows.days.astype(float), _states(rows))
    return partial(greenwood.AalenJohansen().fit, response, by=rows.arm)


def greenwood_arms(rows: Rows) -> Call:
    """Compute greenwood's log-rank and Gray's test and its curves by arm."""
    import greenwood

    event = greenwood.Surv(rows.days.astype(float), (rows.cause > 0).astype(int))
    cause = greenwood.Surv(rows.days.astype(float), _states(rows))

    def work() -> object:
        return (
            greenwood.logrank_test(event, rows.arm),
            greenwood.grays_test(cause, rows.arm, cause="one"),
            greenwood.AalenJohansen().fit(cause, by=rows.arm),
        )

    return work


def greenwood_ph_test(rows: Rows) -> Call:
    """Compute greenwood's test of proportional hazards, the (plain) fit not counted."""
    import greenwood

    response = greenwood.Surv(rows.days.astype(float), (rows.cause == 1).astype(int))
    return greenwood.CoxPH().fit(response, _frame(rows)[_COVARIATES]).cox_zph


def installed(package: str) -> bool:
    """Say whether a package can be imported."""
    return package in sys.modules or find_spec(package) is not None


def with_r(folder: Path, job: str) -> float:
    """Run one job of `rivals.R` on the rows that a folder holds as CSV; return its seconds."""
    with as_file(files("tools.bench") / "rivals.R") as script:
        command = ["Rscript", "--vanilla", str(script), str(folder / "engine.csv"), job, str(REPLICATES)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(said.split()[-1])


def has_r() -> bool:
    """Tell whether R with survival and cmprsk is there."""
    if shutil.which("Rscript") is None:
        return False
    asked = 'q(status = !all(sapply(c("survival", "cmprsk"), requireNamespace, quietly = TRUE)))'
    return subprocess.run(["Rscript", "--vanilla", "-e", asked], capture_output=True).returncode == 0


def _states(rows: Rows) -> Any:
    return pd.Categorical.from_codes(rows.cause, categories=pd.Index(["censored", "one", "two"]))


def _frame(rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows.x, columns=_COVARIATES)
    return frame.assign(days=rows.days, event=(rows.cause == 1).astype(int))

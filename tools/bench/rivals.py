"""The same jobs by lifelines and by R survival, where they can do them."""

import shutil
import subprocess
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from tools.bench.engine_data import COVARIATES, Rows
from tools.bench.engine_jobs import Call

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


def _frame(rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows.x, columns=[f"x{number + 1}" for number in range(COVARIATES)])
    return frame.assign(days=rows.days, event=(rows.cause == 1).astype(int))

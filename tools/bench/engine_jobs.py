"""The engine's jobs: each prepares what is not timed, and returns the call that is."""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.bench.engine_data import Rows, head, read

Done = Callable[[str], None]
Call = Callable[[], object]
MANY, FEW, LARGE = 5, 3, 500_000
"""Runs of a job below and from so many rows; the fastest counts, for the first has memory to fetch."""


def cox(rows: Rows) -> Call:
    """Cox regression with weights and clusters; rows of one person where covariates change."""
    from stepdown import survival

    entry = rows.entry if rows.entry.any() else None
    return partial(
        survival.cox,
        rows.days,
        rows.cause == 1,
        rows.x,
        entry=entry,
        weights=rows.weight,
        cluster=rows.cluster,
    )


def fine_gray(rows: Rows) -> Call:
    """Fine-Gray regression with weights and clusters."""
    from stepdown import survival

    return partial(
        survival.fine_gray, rows.days, rows.cause, rows.x, cause=1, weights=rows.weight, cluster=rows.cluster
    )


def incidence(rows: Rows) -> Call:
    """Aalen-Johansen curves of 4 arms with their variance, weights and clusters."""
    from stepdown import survival

    def work() -> object:
        return survival.aalen_johansen(
            rows.days, rows.cause, arm=rows.arm, weights=rows.weight, cluster=rows.cluster
        ).table

    return work


def arms(rows: Rows) -> Call:
    """Log-rank and Gray's test, restricted means and window measures of 4 arms."""
    from stepdown import survival

    def work() -> object:
        curves = survival.aalen_johansen(rows.days, rows.cause, arm=rows.arm)
        return (
            survival.logrank(rows.days, rows.cause > 0, rows.arm),
            survival.gray(rows.days, rows.cause, rows.arm),
            survival.rmst(rows.days, rows.cause > 0, tau=90, arm=rows.arm).table,
            survival.window_risk(curves, 30, 90, horizon=365).table,
            survival.window_hazard(rows.days, rows.cause == 1, cuts=[0, 30, 60, 90], arm=rows.arm).table,
        )

    return work


def bootstrap(rows: Rows) -> Call:
    """1,000 replicates of weighted curves and restricted means, by client."""
    from stepdown import survival

    def work() -> object:
        curves = survival.kaplan_meier(
            rows.days, rows.cause > 0, arm=rows.arm, weights=rows.weight, cluster=rows.cluster
        )
        return survival.bootstrap(curves, times=(30, 60, 90), tau=90, replicates=1000, seed=1)

    return work


def ph_test(rows: Rows) -> Call:
    """Test of proportional hazards, the fit not counted."""
    from stepdown import survival

    fit = survival.cox(rows.days, rows.cause == 1, rows.x, weights=rows.weight, cluster=rows.cluster)
    return partial(survival.proportional_hazards, fit)


def timed(job: Callable[[Rows], Call], folder: Path, done: Done, *, once: bool = False) -> None:
    """Do a job on the rows of a folder, after a small one that loads all code."""
    if once:
        # A rival's warnings are about its own methods: jittered ties, variances that do not hold.
        warnings.simplefilter("ignore")
    rows = read(folder)
    job(head(rows, 2_000))()
    call = job(rows)
    done("prepare")
    repeats = 1 if once else MANY if len(rows.days) < LARGE else FEW
    for number in range(repeats):
        call()
        done(f"run {number}")

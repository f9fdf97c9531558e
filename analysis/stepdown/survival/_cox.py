"""Cox regression: ties, weights, clusters, strata, delayed entry, rows that change over time.

The partial likelihood and its ties are those of `_cox_likelihood`; residuals and the robust variance those
of `_cox_influence`; all sums by day with an event, those of `_cox_grid`. Each row is at risk on (entry,
days]; a person whose covariates change has several rows and one cluster.

References
----------
Cox DR (1972), JRSS B 34:187-220. Andersen PK, Gill RD (1982), Ann Stat 10:1100-1120. Lin DY, Wei LJ (1989),
JASA 84:1074-1078.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival._cox_grid import Grid, build_grid, gram
from stepdown.survival._cox_influence import score_residuals
from stepdown.survival._cox_input import CoxInput, Ties, check_cox
from stepdown.survival._cox_newton import Optimum, maximise, solve
from stepdown.survival._cox_result import CoxFit, coded_clusters, summarise
from stepdown.survival._input import Bools, Floats, check_level
from stepdown.survival._intervals import SMALLEST_SE

FEW_CLUSTERS = 40
"""Clusters below which the robust variance is too small, as a rule."""
CANCELLED = 1e-8
"""Share of what ever was at risk below which a risk set, found by subtraction, has lost digits."""


def cox(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    offset: ArrayLike | None = None,
    ridge: float = 0.0,
    level: float = 0.95,
) -> CoxFit:
    """Fit a Cox proportional-hazards regression.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day at risk.
    event : array-like, shape (n,)
        1 event on that day, 0 censored. For one of several causes pass `event == cause`.
    X : DataFrame or array-like, shape (n, p) or (n,)
        Covariates, numbers; a frame's columns name the terms (x1, x2, ... otherwise).
    entry : array-like, shape (n,), optional
        At risk on (entry, days]; from the start where not given.
    weights : array-like, shape (n,), optional
        Positive weights, taken as known. Their scale changes neither `coef` nor the robust `se`.
    cluster : array-like, shape (n,), optional
        Rows that belong together (a person, a site).
    strata : array-like, shape (n,), optional
        Each stratum has its own baseline hazard.
    ties : {"efron", "breslow"}
        Tie rule. With weights, Efron's terms take the mean weight of the tied events, as R's coxph.
    offset : array-like, shape (n,), optional
        Added to the linear predictor.
    ridge : float
        Penalty: ridge / 2 times the sum of squared coefficients, in the covariates' own units, is taken
        off the log likelihood. `se_model` is then from the inverse of the penalised information.
    level : float
        Confidence level.

    Returns
    -------
    CoxFit
        With `.warnings` where a term has no finite estimate, the search did not settle, clusters are few,
        or risk sets lost digits.

    Raises
    ------
    EstimateError
        Where input is missing or impossible; there are no events, or fewer than terms; a term is constant,
        does not vary among those at risk together, or is a combination of others (the last two and too
        few events are allowed with a ridge).
    """
    check_level(level)
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=offset,
        ridge=ridge, ties=ties,
    )  # fmt: skip
    grid = build_grid(given)
    best = maximise(grid, given.x.terms, given.ridge / given.x.scale**2)
    robust = not given.sample.independent
    bread, spread, clusters = _variances(given, grid, best, robust)
    units = np.outer(given.x.scale, given.x.scale)
    covariance, model = spread / units, bread / units
    coef = best.state.beta / given.x.scale
    se, se_model = (np.sqrt(np.maximum(np.diag(matrix), 0)) for matrix in (covariance, model))
    # Influence that cancels within clusters adds up to rounding, which is no standard error.
    cancelled = ~best.runaway & (se <= SMALLEST_SE * se_model)
    summary = summarise(
        given.x.terms,
        np.where(best.runaway, np.copysign(np.inf, coef), coef),
        np.where(best.runaway | cancelled, np.nan, se),
        np.where(best.runaway, np.nan, se_model),
        level,
    )
    warnings = (*_warnings(given, grid, best, clusters), *_spreadless(given, cancelled, clusters))
    return CoxFit(
        summary=summary, covariance=covariance, model_covariance=model, loglik=best.state.loglik,
        loglik_null=best.null.loglik, n=given.sample.size, events=int(grid.count.sum()), steps=best.steps,
        robust=robust, level=level, warnings=warnings, given=given, grid=grid,
        optimum=best,
    )  # fmt: skip


def _variances(given: CoxInput, grid: Grid, best: Optimum, robust: bool) -> tuple[Floats, Floats, int]:
    """Model and (robust) variance in standardised units, and the number of clusters."""
    penalty = np.diag(given.ridge / given.x.scale**2)
    # In the limit, terms without a finite estimate take no part in the variance of the others.
    kept = np.ix_(~best.runaway, ~best.runaway)
    bread = np.zeros_like(penalty)
    bread[kept] = solve((best.state.information + penalty)[kept], np.eye(int((~best.runaway).sum())))
    if not robust:
        return bread, bread, given.sample.size
    cluster, clusters = coded_clusters(given, grid)
    rows = score_residuals(grid, best.state, cluster=cluster, clusters=clusters)
    return bread, bread @ gram(rows) @ bread, clusters or given.sample.size


def _warnings(given: CoxInput, grid: Grid, best: Optimum, clusters: int) -> tuple[str, ...]:
    found = []
    for name in np.array(given.x.terms)[best.runaway]:
        found.append(
            f"{name} has no finite estimate: the likelihood keeps rising as its coefficient grows "
            "(an arm without events, or a perfect ordering). Use profile limits or a ridge."
        )
    if not best.settled:
        found.append("The search did not settle. Check for covariates on extreme scales.")
    if given.sample.cluster is not None and clusters < FEW_CLUSTERS:
        many = f"There are {clusters} clusters: the robust standard errors are likely to be too small."
        found.append("There is 1 cluster: no robust standard error." if clusters == 1 else many)
    if grid.late and _cancelled(grid, best):
        found.append("Some risk sets are tiny beside what entered and left: digits are lost there.")
    return tuple(found)


def _spreadless(given: CoxInput, cancelled: Bools, clusters: int) -> list[str]:
    if clusters == 1:
        return []
    why = "influence cancels within every cluster" if not given.sample.independent else "digits are lost"
    kind = "robust standard error" if not given.sample.independent else "standard error"
    return [f"{name} has no {kind}: {why}." for name in np.array(given.x.terms)[cancelled]]


def _cancelled(grid: Grid, best: Optimum) -> bool:
    theta = best.state.theta
    ever = grid.from_end(np.bincount(grid.last, theta, grid.slots).astype(float))
    busy = grid.count > 0
    return bool(np.any(best.state.s0[busy] < CANCELLED * ever[busy]))

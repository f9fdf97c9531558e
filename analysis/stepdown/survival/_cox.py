"""Cox regression: ties, weights, clusters, strata, delayed entry, rows that change over time.

The partial likelihood and its ties are those of `_cox_likelihood`; residuals and the robust variance those
of `_cox_influence`. Each row is at risk on (entry, days]; a person whose covariates change has several rows
and one cluster.

A term whose coefficient the likelihood pushes to infinity (an arm without events, a perfect ordering) is told
as infinite, without a standard error; the others are those of the limit, and missing where only rows that it
takes out have them. Where the search does not settle no standard error is given.

References
----------
Cox DR (1972), JRSS B 34:187-220. Andersen PK, Gill RD (1982), Ann Stat 10:1100-1120. Lin DY, Wei LJ (1989),
JASA 84:1074-1078.
"""

import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival._cox_grid import build_grid
from stepdown.survival._cox_influence import score_residuals
from stepdown.survival._cox_input import Ties, check_cox
from stepdown.survival._cox_newton import maximise
from stepdown.survival._cox_result import CoxFit
from stepdown.survival._cox_summary import coded_clusters, conclude
from stepdown.survival._few_clusters import Correction, check_correction
from stepdown.survival._input import check_level


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
    correction: Correction | None = None,
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
    correction : {"kc", "md"}, optional
        For few clusters (under 40 or so): the robust variance is enlarged by each cluster's leverage, and
        limits and p values come from t on clusters - 1 (`_few_clusters`). "md" keeps tests closest to
        their level, "kc" is the smaller of the two. Counts in `summary`, `covariance` and the Wald test;
        not in `predict`.
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
    check_correction(correction, cluster)
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=offset,
        ridge=ridge, ties=ties,
    )  # fmt: skip
    grid = build_grid(given)
    best = maximise(grid, given.x.terms, given.ridge / given.x.scale**2)
    robust = not given.sample.independent
    scores = None
    if robust:
        cluster, clusters = coded_clusters(given, grid)
        scores = score_residuals(grid, best.state, cluster=cluster, clusters=clusters)
    found = conclude(given, grid, best, scores, correction, level)
    return CoxFit(
        summary=found.summary, covariance=found.covariance, model_covariance=found.model_covariance,
        loglik=best.state.loglik, loglik_null=best.null.loglik, n=given.sample.size,
        events=int(grid.count.sum()), steps=best.steps, robust=robust, correction=correction, level=level,
        warnings=found.warnings, given=given, grid=grid, optimum=best,
    )  # fmt: skip

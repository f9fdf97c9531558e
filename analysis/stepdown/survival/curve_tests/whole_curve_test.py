"""A test that curves are the same in all arms, from influence functions: weights and clusters are allowed.

With theta_j the estimates of arm j (the area under its curve over a stretch of days, or its risk on several
days) and D the differences of every arm to the last, the statistic is

    (D theta)' (D V D')^- (D theta),     V = sum_g u_g u_g'

on as many degrees of freedom as differences. u_g holds the influence of cluster g (a person, where none are
given) on the estimates of all arms, so clusters may span arms. The area test detects any difference that
has one sign for most of the stretch and needs no proportional hazards; curves that cross can have the same
area. The estimates are exact with ties. Weights are treated as known. With G clusters V is times G / (G - c),
with c = 1 where a cluster is in several arms and the number of arms where none is, and p is Hotelling's;
under 6 clusters there is no test. With fewer than 100 people an arm p is by permutation of
arms (*Tests in small samples by permutation of arms*), and the note says so.

References
----------
Pepe MS, Fleming TR (1989), Biometrics 45:497-507 (area between curves). Zhao L, Claggett B, Tian L et al.
(2016), Biometrics 72:215-221 (areas and influence).
"""

from __future__ import annotations

import numpy as np

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.sample import Floats, Ints, check_result
from stepdown.survival.curve_tests.log_rank_test import (
    FEW_CLUSTERS,
    TestResult,
    cluster_terms,
    full_rank,
    p_value,
    two_arms,
    untestable,
)
from stepdown.survival.curve_tests.permuted_influence import PERMUTED, by_permutation, permuted_p

NO_SPREAD_LEFT = "no variance of the differences: no test"


@checks_arguments
def curve_test(estimands: Estimands, *, cause: int | None = None, exact: bool | None = None) -> TestResult:
    """Test that what is estimated is the same in every arm.

    Parameters
    ----------
    estimands : Estimands
        `rmst(...)` or `rmtl(...)` for the area under the curves over a stretch of days; `risk(curves, ...)`
        for the curves on those days together.
    cause : int, optional
        The cause that is tested; all causes together if not given.
    exact : bool, optional
        Whether p is by permutation of arms. By default with fewer than 100 people an arm, where estimates
        have the default intervals; False gives chi-square, or Hotelling's p with clusters.

    Returns
    -------
    TestResult
        With the estimates as its table; no statistic, with a note, where an arm has no estimate or no
        standard error, or where there are too few clusters for the number of differences.

    Raises
    ------
    EstimateError
        Where there is one arm, or no estimate of that cause.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> risks = survival.risk(survival.kaplan_meier(days, relapsed, plan), 3, 8)
    >>> survival.curve_test(risks).df
    2
    """
    check_result("estimands", estimands, Estimands, "risk, rmst or rmtl")
    two_arms(estimands.sample)
    table, arms = estimands.table, len(estimands.arms)
    if cause is not None:
        table = table[table["cause"] == cause] if "cause" in table else table.iloc[:0]
        if table.empty:
            raise EstimateError("cause is not one of those estimated. Give the code of one of them.")
    terms = table.index.to_numpy()[::arms] // arms
    df = (arms - 1) * len(terms)
    missing = table["estimate"].isna() | table["std_error"].isna()
    notes = [note for note in dict.fromkeys(table.loc[missing, "note"]) if note]
    if missing.any():
        # Permutation needs no variance of each arm, which one without events does not have.
        p = np.nan if table["estimate"].isna().any() else _permuted(estimands, terms, exact)
        return TestResult(table, np.nan, df, p, "; ".join([*([PERMUTED] if np.isfinite(p) else []), *notes]))
    cluster = estimands.sample.cluster
    if cluster is not None and len(np.unique(cluster)) <= df:
        return TestResult(table, np.nan, df, np.nan, FEW_CLUSTERS)
    factor, degrees = cluster_terms(estimands.sample)
    if degrees and (reason := untestable(estimands.sample)):
        return TestResult(table, np.nan, df, np.nan, reason)
    spread = factor * _spread(estimands, terms)
    differences = np.hstack([np.eye(arms - 1), -np.ones((arms - 1, 1))])
    contrast = np.kron(differences, np.eye(len(terms)))
    variance: Floats = contrast @ spread @ contrast.T
    gross: Floats = np.asarray((contrast**2) @ np.diag(spread), dtype=np.float64)
    if not full_rank(variance, gross):
        return TestResult(table, np.nan, df, np.nan, NO_SPREAD_LEFT)
    score = contrast @ table["estimate"].to_numpy(dtype=float).reshape(len(terms), arms).T.ravel()
    statistic = float(score @ np.linalg.solve(variance, score))
    p = _permuted(estimands, terms, exact)
    if np.isfinite(p):
        return TestResult(table, statistic, df, p, PERMUTED)
    return TestResult(table, statistic, df, p_value(statistic, df, degrees))


def _permuted(estimands: Estimands, terms: Ints, exact: bool | None) -> float:
    """Return p by permutation; missing where that is not the test."""
    sample = estimands.sample
    if estimands.pooled is None or not estimands.limits or not by_permutation(sample, exact):
        return np.nan
    if untestable(sample):
        return np.nan
    return permuted_p(estimands.pooled(sample)[:, terms], sample)


def _spread(estimands: Estimands, terms: Ints) -> Floats:
    """Return the covariance of all estimates, arm by arm and term by term within an arm."""
    sample, arms = estimands.sample, len(estimands.arms)
    people = estimands.influence[:, terms]
    if sample.cluster is None:
        spread = np.zeros((arms * len(terms),) * 2)
        for arm in range(arms):
            mine = people[sample.arm == arm]
            block = slice(arm * len(terms), (arm + 1) * len(terms))
            spread[block, block] = mine.T @ mine
        return spread
    clusters, place = int(sample.cluster.max()) + 1, sample.cluster * arms + sample.arm
    sums = [np.bincount(place, column, clusters * arms).reshape(clusters, arms) for column in people.T]
    by_cluster = np.stack(sums, axis=2).reshape(clusters, -1)
    return np.asarray(by_cluster.T @ by_cluster, dtype=float)

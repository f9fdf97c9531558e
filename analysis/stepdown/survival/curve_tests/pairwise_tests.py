"""Tests of every pair of arms, with Holm's correction for their number.

Each pair is tested on its own people alone. Holm's p of the k-th smallest of m is the largest of
(m - i + 1) p_(i) over i <= k, at most 1: valid whatever the dependence between the tests. Pairs that cannot
be tested do not count in m.

References
----------
Holm S (1979), Scand J Stat 6:65-70.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import ClusterCorrection, Floats, check, check_strata
from stepdown.survival.curve_tests.gray_test import gray
from stepdown.survival.curve_tests.log_rank_test import TestResult, logrank, two_arms


@dataclass(frozen=True, eq=False, repr=False)
class Pairwise(Presented):
    """Tests of pairs of arms.

    Attributes
    ----------
    table : DataFrame
        `arm`, `other`, `statistic`, `df`, `p`, `p_holm`, `note`; one row per pair, in the order of arms.
    """

    table: pd.DataFrame


@reads_columns
def pairwise(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    cause: int | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    exact: bool | None = None,
    data: pd.DataFrame | None = None,
) -> Pairwise:
    """Test every pair of arms, by the log-rank test or, where a cause is named, by Gray's.

    Parameters
    ----------
    days, event, arm, entry, strata, rho, gamma, weights, cluster, correction, exact, data
        As in `logrank`, or in `gray`.
    cause : int, optional
        Gray's test of this cause, which takes no entry, gamma, weights or clusters.

    Returns
    -------
    Pairwise
        One row per pair, with p before and after Holm's correction.

    Raises
    ------
    EstimateError
        As in `logrank` and `gray`, or where Gray's test is given an argument that it does not take.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.pairwise(days, relapsed, plan).table["p_holm"].round(3).tolist()
    [0.067]
    """
    if cause is not None and (gamma or any(given is not None for given in (entry, weights, cluster))):
        raise EstimateError(
            "Gray's test takes no entry, gamma, weights or cluster. Leave them out, or leave cause out."
        )
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=cause is None
    )
    stratum = check_strata(strata, sample.size)
    two_arms(sample)
    start = None if sample.start is None else sample.entry

    def tested(one: int, other: int) -> TestResult:
        rows = (sample.arm == one) | (sample.arm == other)

        def part(column: ArrayLike | None) -> ArrayLike | None:
            return None if column is None else np.asarray(column)[rows]

        data = sample.grid[sample.stop[rows]], sample.cause[rows], sample.arm[rows]
        if cause is not None:
            return gray(*data, cause=cause, strata=part(stratum), rho=rho, exact=exact)
        return logrank(
            *data, entry=part(start), strata=part(stratum), rho=rho, gamma=gamma,
            weights=part(sample.weight), cluster=part(sample.cluster), correction=correction, exact=exact,
        )  # fmt: skip

    pairs = list(itertools.combinations(range(len(sample.labels)), 2))
    results = [tested(*pair) for pair in pairs]
    adjusted = holm(np.array([result.p for result in results]))
    rows = [
        {"arm": sample.labels[one], "other": sample.labels[other], "statistic": result.statistic,
         "df": result.df, "p": result.p, "p_holm": p_holm, "note": result.note}
        for (one, other), result, p_holm in zip(pairs, results, adjusted, strict=True)
    ]  # fmt: skip
    return Pairwise(pd.DataFrame(rows))


def holm(p: Floats) -> Floats:
    """Return Holm's adjusted p-values; missing ones stay missing and do not count."""
    adjusted = np.full_like(p, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps * p[order]))
    return adjusted

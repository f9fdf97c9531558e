"""Bootstrap limits of Turnbull's estimate.

Each replicate draws as many rows of an arm as there are, with replacement, and is estimated anew. The share
by a day is only known to lie between two bounds; the lower limit is the percentile of the lower bounds, the
upper one that of the upper bounds, so that the interval covers whichever share inside is true. Turnbull's
estimate may converge more slowly than the root of n, where the bootstrap is not guaranteed to hold its
level; where contacts are few fixed days it does.

With clusters, G of them in the arm, the variance of the drawn bounds is times G / (G - 1) and the limits are
Wilson's on the effective size, by t on G - 1 degrees of freedom as for curves: percentiles of few clusters
are too narrow. A bound of 0 or 1 in every replicate has Wilson's limit on the number of those known to be
free of the event on the day or to have had it by then.

References
----------
Efron B, Tibshirani RJ (1993), An Introduction to the Bootstrap, ch. 13. Sen B, Xu G (2015), Comput Stat Data
Anal 81:121-129 (limits of the bootstrap here).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import tail_quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import ONE_CLUSTER, few_clusters
from stepdown.survival.core.effective_size import effective_size, few_clusters_share, kish, size_interval
from stepdown.survival.core.sample import (
    Faults,
    Floats,
    Ints,
    check_count,
    check_level,
    check_seed,
    check_times,
    code_labels,
    several,
)
from stepdown.survival.interval_censored.interval_times import check_intervals
from stepdown.survival.interval_censored.npmle import bounds_by, turnbull

ROUNDING = 1e-12
"""Range of the drawn bounds that is rounding error."""


@reads_columns
def turnbull_limits(
    low: ArrayLike,
    high: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    times: ArrayLike,
    seed: int,
    replicates: int = 500,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return Turnbull's bounds of the share with the event by given days, with bootstrap limits.

    Parameters
    ----------
    low, high, arm
        As in `turnbull`.
    times : float or array-like
        Days.
    seed : int
        Seed of the draws.
    replicates : int
        Number of replicates, at least 100.
    cluster : array-like, shape (n,), optional
        Rows that belong together; drawn whole.
    level, data
        As in `kaplan_meier`.

    Returns
    -------
    DataFrame
        `arm`, `time`, `lowest` and `highest` (the bounds of the estimate), `conf_low`, `conf_high`, `note`
        (as of `Turnbull.at`, and the number of clusters under 40; with one cluster there are no limits).

    Raises
    ------
    EstimateError
        As `turnbull`; where the numbers are impossible.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> limits = survival.turnbull_limits([0, 5, 10] * 4, [7, 15, float("inf")] * 4, times=7, seed=1)
    >>> limits[["lowest", "highest"]].round(3).values.tolist()
    [[0.5, 0.5]]
    """
    check_level(level)
    check_count("replicates", replicates, 100)
    rng = np.random.default_rng(check_seed(seed))
    days = check_times("times", *several(times))
    given = check_intervals(low, high, arm=arm)
    rows = len(given.low)
    if cluster is not None and np.shape(cluster) != (rows,):
        raise EstimateError("cluster must have as many rows as low. Give one value per row.")
    faults = Faults()
    codes = np.arange(rows) if cluster is None else code_labels("cluster", cluster, rows, faults)[0]
    faults.stop()
    frames = []
    for position, label in enumerate(given.labels):
        mine = np.flatnonzero(given.arm == position)
        pair = np.stack([given.low[mine], given.high[mine]])
        kinds, kind = np.unique(pair, axis=1, return_inverse=True)
        member = np.unique(codes[mine], return_inverse=True)[1]
        found = turnbull(*pair).at(*days)
        draws = _drawn_bounds(kinds, np.ravel(kind), np.ravel(member), days, replicates, rng)
        groups = None if cluster is None else np.ravel(member)
        ends = [found["conf_low"].to_numpy(), found["conf_high"].to_numpy()]
        limits = [
            _limits(end, draws[:, side], pair, days, groups, level)[side] for side, end in enumerate(ends)
        ]
        clusters = 0 if groups is None else int(groups.max()) + 1
        said = ONE_CLUSTER if clusters == 1 else few_clusters(clusters, clusters - 1)
        frames.append(pd.DataFrame({
            "arm": pd.Series([label] * len(days)), "time": days, "lowest": ends[0], "highest": ends[1],
            "conf_low": limits[0], "conf_high": limits[1],
            "note": ["; ".join(filter(None, [note, said])) for note in found["note"]],
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _limits(
    value: Floats, draws: Floats, pair: Floats, days: Floats, groups: Ints | None, level: float
) -> tuple[Floats, Floats]:
    """Limits of one bound on every day, from its replicates; missing where all is one cluster."""
    clusters, tail = 0 if groups is None else int(groups.max()) + 1, (1 - level) / 2
    if clusters == 1:
        return np.full(len(days), np.nan), np.full(len(days), np.nan)
    shrink = few_clusters_share(tail, max(clusters - 1, 0))
    known = (pair[0] >= days[:, None]) | (pair[1] <= days[:, None])
    spare = np.array([
        kish(np.ones(int(rows.sum())), None if groups is None else groups[rows]) for rows in known
    ])  # fmt: skip
    steady = np.ptp(draws, axis=0) <= ROUNDING
    inflation = clusters / (clusters - 1) if clusters else 1.0
    variance = np.where(steady, 0.0, inflation * draws.var(axis=0, ddof=1))
    size = effective_size(value, variance, float(pair.shape[1]), spare, shrink=shrink)
    sized = size_interval(value, size, tail_quantile(tail))
    if clusters:
        return sized
    drawn = np.quantile(draws, [tail, 1 - tail], axis=0)
    return np.where(steady, sized[0], drawn[0]), np.where(steady, sized[1], drawn[1])


def _drawn_bounds(
    kinds: Floats, kind: Ints, member: Ints, days: Floats, replicates: int, rng: np.random.Generator
) -> Floats:
    """Bounds in every replicate, shape (replicates, 2, days); those drawn alike are estimated once.

    `kinds` has shape (2, distinct intervals); each row has its `kind` and belongs to a `member`.
    """
    members = int(member.max()) + 1
    known: dict[bytes, Floats] = {}
    draws = np.empty((replicates, 2, len(days)))
    for one in range(replicates):
        times = np.bincount(rng.integers(0, members, members), minlength=members)
        weight: Floats = np.bincount(kind, times[member]).astype(float)
        key = weight.tobytes()
        if key not in known:
            drawn = weight > 0
            known[key] = np.stack(bounds_by(kinds[0, drawn], kinds[1, drawn], weight[drawn], days))
        draws[one] = known[key]
    return draws

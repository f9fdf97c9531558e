"""Bootstrap limits of Turnbull's estimate.

Each replicate draws as many rows of an arm as there are, with replacement, and is estimated anew. The share
by a day is only known to lie between two bounds; the lower limit is the percentile of the lower bounds, the
upper one that of the upper bounds, so that the interval covers whichever share inside is true. Turnbull's
estimate may converge more slowly than the root of n, where the bootstrap is not guaranteed to hold its
level; where contacts are few fixed days it does.

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
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.sample import (
    Floats,
    Ints,
    check_count,
    check_level,
    check_seed,
    check_times,
    several,
)
from stepdown.survival.interval_censored.interval_times import check_intervals
from stepdown.survival.interval_censored.npmle import bounds_by, turnbull


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
        (as of `Turnbull.at`).

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
    codes = np.arange(rows) if cluster is None else pd.factorize(np.asarray(cluster))[0]
    frames = []
    for position, label in enumerate(given.labels):
        mine = np.flatnonzero(given.arm == position)
        pair = np.stack([given.low[mine], given.high[mine]])
        kinds, kind = np.unique(pair, axis=1, return_inverse=True)
        member = np.unique(codes[mine], return_inverse=True)[1]
        found = turnbull(*pair).at(*days)
        draws = _drawn_bounds(kinds, np.ravel(kind), np.ravel(member), days, replicates, rng)
        tail = (1 - level) / 2
        frames.append(pd.DataFrame({
            "arm": pd.Series([label] * len(days)), "time": days,
            "lowest": found["conf_low"], "highest": found["conf_high"],
            "conf_low": np.quantile(draws[:, 0], tail, axis=0),
            "conf_high": np.quantile(draws[:, 1], 1 - tail, axis=0), "note": found["note"],
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


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

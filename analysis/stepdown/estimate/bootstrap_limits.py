"""Bootstrap intervals of an adjusted comparison: clusters are drawn, and the whole comparison is made again.

Each replicate draws as many clusters (clients or sites) as there are, with replacement; all discharges of a
cluster that is drawn k times count k times. Matches, weights and every model are then found anew (full
chain), as in the comparison itself; without matching, models are fitted to people who count k times, from
the estimates of the comparison on. The limits are percentiles of the replicates, the standard error their
standard deviation. Clusters are numbered in the order of their names and each replicate has its own seed, so
that neither the order of the rows nor the number of replicates changes a draw.

A replicate in which the comparison cannot be made (a group is empty, nobody is followed to the end of the
window) has no estimate; with more than a tenth of these there is no interval. Where the comparison itself
rests on too few people for an interval, the bootstrap gives none either. Where no replicate differs, such as
in a group without events, the limits are those of the comparison without the bootstrap.

References
----------
Davison AC, Hinkley DV (1997), Bootstrap Methods and their Application, 3.8 (clusters). Austin PC, Small DS
(2014), Stat Med 33:4306-4319 (matching without replacement; drawing before matching is a little wide).
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare import ArmComparison, CloneCensorWeight
from stepdown.compare.covariates import drawn_covariates
from stepdown.errors import DesignError, EstimateError
from stepdown.estimate.replicates import BootstrapRun, replicated
from stepdown.study import Study
from stepdown.survival.core.day_grid import NO_SPREAD
from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.curves.resampling import ROUNDING, USABLE

Found = TypeVar("Found", ArmComparison, CloneCensorWeight)
ROW = ["estimator", "estimand", "time", "window_start", "strategy", "reference", "statistic"]
"""What names a number of a comparison."""
FORMAT = 1
"""To be raised where kept replicates would no longer be those that are made."""
_LEVEL = 0.95


def drawn_rows(cluster: pd.Series, *, seed: int, replicate: int) -> Ints:
    """Return the rows of one replicate.

    Parameters
    ----------
    cluster : Series (n,)
        The cluster of each row.
    seed, replicate : int
        Seed of the study, and number of the replicate.

    Returns
    -------
    array of int
        Positions, those of a cluster together, as often as it is drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> drawn_rows(pd.Series(["b", "a", "b"]), seed=1, replicate=0).tolist()
    [1, 0, 2]
    >>> drawn_rows(pd.Series(["b", "a", "b"]), seed=1, replicate=3).tolist()
    [1, 1]
    """
    code, names = pd.factorize(cluster, sort=True, use_na_sentinel=False)
    rows = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1])
    rng = np.random.default_rng([seed, replicate])
    return np.concatenate([rows[one] for one in np.sort(rng.integers(len(names), size=len(names)))])


def with_bootstrap(
    found: Found,
    people: People,
    remade: Callable[[People], Found],
    *,
    cluster: pd.Series,
    replicates: int,
    seed: int,
    key: str = "",
    run: BootstrapRun | None = None,
) -> Found:
    """Return a comparison with the standard errors and limits of its bootstrap.

    Parameters
    ----------
    found : ArmComparison or CloneCensorWeight
        The comparison. Where it has `again`, that fits its models to people who count several times.
    people : People
        The discharges that it was made from.
    remade : callable
        Makes it from other discharges, where it has no `again`; a DesignError means that it cannot be made.
    cluster : Series
        The cluster of each discharge.
    replicates, seed : int
        Number of replicates, and seed of their draws.
    key : str
        Name under which replicates are kept.
    run : BootstrapRun, optional
        How replicates are made.
    """
    rows = pd.MultiIndex.from_frame(found.table[ROW])

    def one(number: int) -> Floats:
        drawn = drawn_rows(cluster, seed=seed, replicate=number)
        try:
            if found.again is not None:
                return found.again(np.bincount(drawn, minlength=len(cluster)).astype(float))
            table = remade(people.take(drawn)).table
        except (DesignError, EstimateError):
            return np.full(len(rows), np.nan)
        return table.set_index(ROW)["estimate"].reindex(rows).to_numpy(dtype=float)

    made = (run or BootstrapRun()).of(found, key)
    draws = replicated(one, len(rows), count=replicates, key=key, run=made)
    return replace(found, table=_limited(found.table, draws), again=None)


def _limited(table: pd.DataFrame, draws: np.ndarray) -> pd.DataFrame:
    """Return the table with the spread and the percentiles of the replicates, one column each a row."""
    known = np.isfinite(draws)
    enough = known.sum(axis=0) >= max(USABLE * len(draws), 2)
    shown = enough & (table["note"] == "").to_numpy()
    error, low, high = (np.full(len(table), np.nan) for _ in range(3))
    alike = np.zeros(len(table), dtype=bool)
    for row in np.flatnonzero(shown):
        values = draws[known[:, row], row]
        alike[row] = np.ptp(values) <= ROUNDING * np.abs(values).max()
        error[row] = values.std(ddof=1)
        low[row], high[row] = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    if alike.any():
        error[alike] = np.nan
        low[alike], high[alike] = table["conf_low"][alike], table["conf_high"][alike]
    # Percentiles of few clusters are too narrow: those keep their interval by t.
    by_t = table["few_clusters"].notna().to_numpy()
    for made, own in ((error, "std_error"), (low, "conf_low"), (high, "conf_high")):
        made[by_t] = table[own][by_t]
    size = f"of {len(draws):,} bootstrap replicates have an estimate"
    few = pd.Series([f"only {count:,} {size}" for count in known.sum(axis=0)], index=table.index)
    note = table["note"].where((table["note"] != "") | enough, few).mask(alike, NO_SPREAD)
    return table.assign(std_error=error, conf_low=low, conf_high=high, note=note)


def bootstrapped(
    people: People,
    study: Study,
    compare: Callable[[People], Found],
    *,
    name: str,
    run: BootstrapRun | None = None,
) -> Found:
    """Make a comparison, with the intervals that the study asks for; `name` is its own in the study.

    Raises
    ------
    DesignError
        The comparison cannot be made, or is to be bootstrapped where days are drawn.
    """
    found = compare(people)
    asked = study.analysis.interval if study.analysis else None
    if asked is None or not asked.drawn:
        return replace(found, again=None)
    return with_bootstrap(
        found, people, compare, cluster=people.table[asked.cluster], replicates=asked.drawn,
        seed=study.seed, key=_key(people, study, name), run=run,
    )  # fmt: skip


def _key(people: People, study: Study, name: str) -> str:
    """Return what is the same for the same discharges, study and comparison alone."""
    made = hashlib.sha256(f"{FORMAT} {name} {study.model_dump_json()}".encode())
    tables = [
        people.table,
        pd.DataFrame(people.first_care),
        *(one for one in (people.scores, people.care) if one is not None),
    ]
    for table in tables:
        made.update(pd.util.hash_pandas_object(table.astype(str), index=False).to_numpy().tobytes())
    return made.hexdigest()


def refuse_drawn_days(people: People, study: Study) -> None:
    """Raise where a study asks for the bootstrap and for days or covariates that are drawn.

    Raises
    ------
    DesignError
        With the remedy.
    """
    asked = study.analysis.interval if study.analysis else None
    if asked is None or not asked.drawn:
        return
    if drawn_covariates(people, study):
        raise DesignError(
            "Bootstrap intervals and drawn covariates do not go together. Set analysis.interval.method = "
            '"influence", or analysis.adjust.missing = "indicator".'
        )
    if people.uncertain is not None:
        raise DesignError(
            f"Bootstrap intervals need one day for each {study.outcome.word}, and outcome.interval = "
            '"imputed" draws days. Set analysis.interval.method = "influence", or outcome.interval = '
            '"detected" or "midpoint".'
        )

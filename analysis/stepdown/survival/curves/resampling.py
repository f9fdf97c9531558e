"""The bootstrap of weighted curves and restricted means, by person or by cluster.

Each replicate draws as many clusters (people, where none are given) as there are, with replacement, from
all arms together; a cluster drawn k times counts k times in every arm in which it has people. Weights are not
re-estimated. So a replicate is one vector of multiplicities, its sums by arm, day and outcome are one sparse
product with it, and curves follow as cumulative products and sums over the day grid, S(t) = prod (1 - d / Y)
and F_c(t) = sum S(s-) d_c / Y, exact with ties. The variance is that of the replicates (divided by their
number less 1), with clusters times G / (G - 1), with G those of the arm.

Percentiles of few people or clusters are too narrow (of mean days of 30 people with weights they contain the
truth in 89 of 100 cohorts, with 4 clusters in 77), so limits take the variance of the replicates in the forms
of *Estimates by arm*: of a probability Wilson's on its effective size, of a mean the gamma limits of the time
lost, by t on G - 1 degrees of freedom with clusters. Where no replicate differs, such as of an arm without
events, and of probabilities of 0 and 1, the limits are those of `risk`, `rmst` and `rmtl`. Curves with Wald's
intervals (`conf` "log-log", "log" or "plain") or with `correction="none"` have percentiles.

References
----------
Efron B (1981), JASA 76:312-319 (censored data). Davison AC, Hinkley DV (1997), Bootstrap Methods and their
Application, 3.8 (clusters). Cameron AC, Gelbach JB, Miller DL (2008), Rev Econ Stat 90:414-427 (few
clusters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import WALD, tail_quantile
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, ArmDays, few_clusters
from stepdown.survival.core.effective_size import effective_size, few_clusters_share, kish, size_interval
from stepdown.survival.core.estimands import log_distances
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    Floats,
    Ints,
    Sample,
    check_count,
    check_level,
    check_result,
    check_seed,
    check_times,
    several,
)
from stepdown.survival.curves.curve_estimates import SPREAD, Curves
from stepdown.survival.curves.window_measures import mean_times, risk

CELLS_AT_ONCE = 4_000_000
USABLE = 0.9
"""Share of replicates that must hold an estimate for it to get a standard error."""
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap(Plotted):
    """Bootstrapped estimates by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `measure` (`survival` and `rmst`, or `risk` and `rmtl` by `cause`), `time`, `estimate` (of the
        data themselves), `std_error`, `conf_low`, `conf_high`, `replicates` (those with an estimate), `note`.
    draws : ndarray, shape (replicates, rows of the table)
        The replicates, as drawn: the difference of two columns gives the bootstrap of a contrast.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    draws: Floats = field(repr=False)
    level: float


@checks_arguments
def bootstrap(
    curves: Curves,
    *,
    times: Sequence[float] = (),
    tau: float | None = None,
    replicates: int = 1000,
    seed: int,
    level: float = 0.95,
) -> Bootstrap:
    """Bootstrap curves at given days, and the mean time up to tau.

    Parameters
    ----------
    curves : Curves
        Of `kaplan_meier` or `aalen_johansen`, without delayed entry; with the weights and clusters given
        there.
    times : sequence of float
        Days at which the curves are evaluated.
    tau : float, optional
        Day up to which the mean time free of the event (or lost to each cause) is taken.
    replicates : int
        Number of replicates, at least 100.
    seed : int
        Seed of the draws.
    level : float
        Confidence level.

    Returns
    -------
    Bootstrap
        Replicates whose follow-up in an arm ends too early are left out and counted in the note; with
        more than a tenth of them left out there is no standard error.

    Raises
    ------
    EstimateError
        Where nothing is requested, the numbers are impossible, or people enter late.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> curves = survival.kaplan_meier(days, relapsed)
    >>> survival.bootstrap(curves, times=[5], seed=1).draws.shape[0]
    1000
    """
    check_result("curves", curves, Curves, "kaplan_meier or aalen_johansen")
    check_level(level)
    requested = _requested(times, tau)
    check_count("replicates", replicates, 100)
    sample = curves.sample
    if sample.start is not None and (sample.grid[sample.start] > 0).any():
        raise EstimateError("Some people enter after day 0. Use the influence standard error of the curves.")
    cells = _Cells.of(sample)
    rng = np.random.default_rng(check_seed(seed))
    estimate = _estimated(
        curves, cells, np.asarray(cells.by_cluster.sum(axis=1), dtype=float)[None, :], requested
    )[0]
    at_once = max(1, CELLS_AT_ONCE // cells.size)
    parts = []
    for begun in range(0, replicates, at_once):
        sums = np.empty((min(at_once, replicates - begun), len(cells.place)))
        for row in range(len(sums)):
            drawn = rng.integers(0, cells.clusters, cells.clusters)
            sums[row] = cells.by_cluster @ np.bincount(drawn, minlength=cells.clusters)
        parts.append(_estimated(curves, cells, sums, requested))
    draws = np.concatenate(parts)
    spread = [_spread(column, level) for column in draws.T]
    numbers = pd.DataFrame(spread, columns=[*SPREAD, "replicates", "note"])
    table = pd.concat([pd.DataFrame(_named(curves, requested)).assign(estimate=estimate), numbers], axis=1)
    percentiles = curves.conf in WALD
    sure = ~table["measure"].str.startswith("rm") & table["estimate"].isin([0.0, 1.0]) & (not percentiles)
    for place in np.flatnonzero(sure | table["note"].str.endswith(NO_SPREAD)):
        of_arm, which = divmod(int(place), len(requested))
        arm, cause = divmod(of_arm, max(len(curves.causes), 1))
        limits = _without_spread(curves, *requested[which], arm, cause, level)
        table.loc[place, ["conf_low", "conf_high"]] = limits
    for label, fit in zip(curves.arms, curves.fits, strict=True):
        mine = table["arm"] == label
        if fit.one_cluster:
            table.loc[mine, [*SPREAD, "note"]] = (np.nan, np.nan, np.nan, ONE_CLUSTER)
        elif not percentiles and (fit.degrees or fit.cluster is None):
            for at, found in table[mine & ~sure & table["std_error"].notna()].iterrows():
                given = found["measure"], found["time"], found["estimate"], found["std_error"]
                table.loc[at, [*SPREAD]] = _small_sample(fit, *given, level)
        if few := few_clusters(fit.clusters, fit.degrees):
            table.loc[mine, "note"] = [f"{few}; {note}" if note else few for note in table.loc[mine, "note"]]
        notes = zip(table.loc[mine, "time"], table.loc[mine, "note"], strict=True)
        table.loc[mine, "note"] = [fit.undefined_reason(time) or note for time, note in notes]
    return Bootstrap(table if curves.causes else table.drop(columns="cause"), draws, level)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Weights by arm, day and outcome (rows; only those that occur) and cluster (columns)."""

    shape: tuple[int, int, int]
    place: Ints
    by_cluster: sparse.csr_array

    @classmethod
    def of(cls, sample: Sample) -> _Cells:
        days, exits = len(sample.grid), sample.causes + 1
        code = (sample.arm * days + sample.stop) * exits + sample.cause
        place, row = np.unique(code, return_inverse=True)
        cluster = np.arange(sample.size) if sample.cluster is None else sample.cluster
        shape = (len(place), int(cluster.max()) + 1)
        held = sparse.coo_array((sample.full_weight, (row, cluster)), shape=shape)
        return cls((len(sample.labels), days, exits), place, held.tocsr())

    @property
    def clusters(self) -> int:
        return int(self.by_cluster.shape[1])

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def full(self, sums: Floats) -> Floats:
        """Lay sums out by replicate, arm, day and outcome."""
        result = np.zeros((len(sums), self.size))
        result[:, self.place] = sums
        return result.reshape(len(sums), *self.shape)


def _requested(times: Sequence[float], tau: float | None) -> list[tuple[bool, float]]:
    """Return what is requested: whether a mean, and the day."""
    days = several(times)
    requested = [(False, float(day)) for day in (check_times("times", *days) if days else ())]
    if tau is not None:
        requested.append((True, float(check_times("tau", tau)[0])))
    if not requested:
        raise EstimateError("Nothing to bootstrap. Give times, or tau, or both.")
    return requested


def _named(curves: Curves, requested: list[tuple[bool, float]]) -> list[dict[str, object]]:
    names = ("survival", "rmst") if curves.kind == "survival" else ("risk", "rmtl")
    return [
        {"arm": label, "cause": cause, "measure": names[mean], "time": day}
        for label in curves.arms
        for cause in curves.causes or (1,)
        for mean, day in requested
    ]


def _estimated(curves: Curves, cells: _Cells, sums: Floats, requested: list[tuple[bool, float]]) -> Floats:
    """Estimate everything requested, shape (replicates, rows of the table)."""
    grid = curves.sample.grid
    columns = []
    for position, exits in enumerate(np.moveaxis(cells.full(sums), 1, 0)):
        leaving = exits.sum(axis=2)
        at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
        share = exits[:, :, 1:] / np.where(at_risk > 0, at_risk, 1.0)[:, :, None]
        staying = 1 - share.sum(axis=2)
        staying[staying < ROUNDING] = 0.0
        survival = np.cumprod(staying, axis=1)
        before = np.concatenate([np.ones((len(sums), 1)), survival[:, :-1]], axis=1)
        seen = leaving > 0
        end = np.where(seen.any(axis=1), len(grid) - 1 - np.argmax(seen[:, ::-1], axis=1), -1)
        snapped = [(mean, curves.fits[position].snap(day)) for mean, day in requested]
        for cause in curves.causes or (0,):
            curve = np.cumsum(before * share[:, :, cause - 1], axis=1) if cause else survival
            for mean, day in snapped:
                last = int(np.searchsorted(grid, day, side="right")) - 1
                opening = 0.0 if cause else 1.0
                value = _area(grid, curve, opening, day) if mean else _at(curve, last, opening)
                known = (end >= 0) & ((day <= grid[end]) | (survival[:, -1] == 0))
                columns.append(np.where(known, value, np.nan))
    return np.stack(columns, axis=1)


def _at(curve: Floats, last: int, opening: float) -> Floats:
    return curve[:, last] if last >= 0 else np.full(len(curve), opening)


def _area(grid: Floats, curve: Floats, opening: float, end: float) -> Floats:
    edges = np.minimum(np.append(grid, np.inf), end)
    result: Floats = opening * edges[0] + curve @ np.diff(edges)
    return result


def _spread(draws: Floats, level: float) -> tuple[float, float, float, int, str]:
    known = draws[np.isfinite(draws)]
    missing = len(draws) - len(known)
    note = f"{missing:,} of {len(draws):,} replicates end before this day" if missing else ""
    if len(known) < USABLE * len(draws):
        return np.nan, np.nan, np.nan, len(known), note
    se = float(known.std(ddof=1))
    if se <= ROUNDING * max(abs(float(known.mean())), ROUNDING):
        note = f"{note}; {NO_SPREAD}" if note else NO_SPREAD
        return np.nan, np.nan, np.nan, len(known), note
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return se, float(low), float(high), len(known), note


def _without_spread(
    curves: Curves, mean: bool, day: float, arm: int, cause: int, level: float
) -> tuple[float, float]:
    """Return the limits that an estimate has without the bootstrap."""
    if mean:
        found = mean_times(curves.sample, curves.kind == "survival", (0.0, day), level=level)
    else:
        found = risk(replace(curves, conf="small-sample", level=level), day)
    row = found.records[cause * len(curves.arms) + arm]
    low, high = float(row["conf_low"]), float(row["conf_high"])
    return (1 - high, 1 - low) if curves.kind == "survival" and not mean else (low, high)


def _small_sample(
    fit: ArmDays, measure: str, day: float, value: float, drawn: float, level: float
) -> tuple[float, float, float]:
    """Return standard error and limits of an estimate from the deviation of its replicates."""
    se, tail = drawn * np.sqrt(fit.inflation), (1 - level) / 2
    if measure in ("survival", "risk"):
        shrink = few_clusters_share(tail, fit.degrees)
        size = effective_size(np.array(value), np.array(se**2), len(fit.rows), 0.0, shrink=shrink)
        low, high = (float(limit) for limit in size_interval(np.array(value), size, tail_quantile(tail)))
        return se, low, high
    lost = day - value if measure == "rmst" else value
    following = day / 2 / kish(fit.weight, None)
    down, up = log_distances(lost, se, tail, tail_quantile(tail, fit.degrees), following)
    low, high = lost * float(np.exp(-down)), min(lost * float(np.exp(up)), day)
    return (se, day - high, day - low) if measure == "rmst" else (se, low, high)

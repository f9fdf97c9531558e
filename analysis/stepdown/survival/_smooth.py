"""The hazard as a smooth curve, per person-day, and the day on which it is highest.

Events D_d and person-days P_d are counted by day, (d - 1, d], so ties are the rule and nothing is
jittered (`_smooth_cells`); a day's hazard is read at its middle.

Kernel: lambda(t) = sum_d a_d(t) D_d / P_d, where a_d(t) is the integral over day d of Epanechnikov's kernel
of half-width b, K((t - u) / b) / b, with Mueller and Wang's kernel in its place within b of either end:
K_q(z) = 12 (1 + z) / (1 + q)^4 [(1 - 2 q) z + (3 q^2 - 2 q + 1) / 2], -1 <= z <= q. The shares a_d add up to
1, so a constant rate stays as it is up to both ends. Where the estimate is not above 0 it is 0, without
a band. Bandwidth, where none is given: the one of 12, spaced evenly in ratio between a twentieth and a
half of the longest arm, with the least sum over arms of

    sum_d lambda(d)^2 - 2 sum over events of w / P lambda_without_that_event(its day),

one for all arms, so that arms differ by more than their smoothing; no arm's is wider than half of it.

Spline: log lambda(d) is a natural cubic spline in d with `df` columns besides the constant, knots at the
first and last day and at equal shares of the events; Poisson regression of D_d with offset log P_d.

Variance of log lambda: of unweighted, unclustered rows the Poisson one, sum_d a_d^2 D_d / P_d^2 /
lambda^2, or the inverse information of the regression; else influence, summed within clusters: of a
person with weight w, w [event a / P - sum over own days of a D / P^2] / lambda, or the regression's
sandwich from the scores w [event B - sum over own days of B lambda]. Bands: lambda exp(+-z se), for each day
by itself. They hold for the smoothed curve; a sharp peak is flattened by more than they show.

References
----------
Ramlau-Hansen H (1983), Ann Stat 11:453-466. Mueller HG, Wang JL (1994), Biometrics 50:61-76. Royston P,
Parmar MKB (2002), Stat Med 21:2175-2197 (natural splines). Durrleman S, Simon R (1989), Stat Med 8:551-561.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._days import NO_SPREAD, ONE_CLUSTER, by_arm, one_cluster
from stepdown.survival._input import Floats, Sample, check, check_level, check_times
from stepdown.survival._intervals import SMALLEST_SE, normal_quantile
from stepdown.survival._kinds import symmetric_root
from stepdown.survival._smooth_cells import Cells
from stepdown.survival._smooth_fit import Fitted, choose_bandwidth, kernel, nothing, spline, too_few

METHODS = ("kernel", "spline")
OUTSIDE = "outside the days with enough people at risk"
NOT_POSITIVE = "the estimate is not above 0: no band"


@dataclass(frozen=True, eq=False)
class SmoothHazard:
    """Smooth hazards by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `day` (the stretch (day - 1, day]), `at_risk`, `events` (people, that day; missing outside),
        `estimate` (events a person-day), `se`, `low`, `high`, `note`. Missing numbers carry a note.
    method, level : str, float
        As asked for.
    arms : tuple
        Arms in order; ("all",) where none were given.
    bandwidth : tuple of float
        Half-width of the kernel in each arm, days; missing for splines.
    """

    table: pd.DataFrame
    method: str
    level: float
    arms: tuple[object, ...]
    bandwidth: tuple[float, ...]
    fits: tuple[Fitted, ...] = field(repr=False)
    cells: tuple[Cells, ...] = field(repr=False)

    def peak(self, *, seed: int, draws: int = 2000) -> pd.DataFrame:
        """Return the day of the highest hazard with its interval, by arm.

        The interval is the span of the middle `level` of the highest days of `draws` curves drawn from
        the normal law around the estimate, with the covariance behind the bands, all days together: of
        the hazard for a kernel, of the coefficients for a spline. Both the estimate and the draws vary, so
        it is rather wide; that of a flat hazard spans the curve. It tells of the smoothed hazard's peak.

        Parameters
        ----------
        seed : int
            Seed of the draws.
        draws : int
            Number of curves drawn.

        Returns
        -------
        DataFrame
            `arm`, `day`, `low`, `high` (days), `hazard`, `note`.
        """
        rng = np.random.default_rng(seed)
        rows = []
        for label, fit, cells in zip(self.arms, self.fits, self.cells, strict=True):
            row = {"arm": label, "day": np.nan, "low": np.nan, "high": np.nan, "hazard": np.nan}
            note = fit.note
            if not note:
                top = int(np.argmax(fit.hazard))
                row |= {"day": cells.opening + top + 1.0, "hazard": fit.hazard[top]}
                spread = np.diag(fit.covariance).max()
                note = ONE_CLUSTER if np.isnan(spread) else NO_SPREAD if spread <= SMALLEST_SE**2 else ""
                if not note:
                    tops = _highest(fit, rng, draws)
                    tail = (1 - self.level) / 2
                    low, high = np.quantile(tops, [tail, 1 - tail], method="inverted_cdf")
                    row |= {"low": cells.opening + low + 1.0, "high": cells.opening + high + 1.0}
            rows.append(row | {"note": note})
        return pd.DataFrame(rows)


def smooth_hazard(
    days: ArrayLike,
    event: ArrayLike,
    *,
    arm: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    method: str = "kernel",
    bandwidth: float | None = None,
    df: int = 6,
    days_grid: Sequence[float] | None = None,
    level: float = 0.95,
) -> SmoothHazard:
    """Return the smooth hazard, events a person-day, by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster : array-like, shape (n,)
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    method : {"kernel", "spline"}
        How it is smoothed.
    bandwidth : float, optional
        Half-width of the kernel in days; chosen by cross-validation if not given.
    df : int
        Columns of the spline besides the constant, at least 2; fewer than 5 flatten an early peak.
    days_grid : sequence of float, optional
        Whole days to show, from 1 up; all of the first stretch with 10 people at risk or more if not given.
    level : float
        Confidence level of each day's band.

    Returns
    -------
    SmoothHazard
        An arm without 10 people at risk, or without 10 events, has notes only.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty.
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=True)
    check_level(level)
    shown = _check(method, bandwidth, df, days_grid)
    every = [Cells.of(fit) for fit in by_arm(sample)]
    if method == "kernel" and bandwidth is None:
        bandwidth = choose_bandwidth(every)
    fits = tuple(_fit(sample, cells, bandwidth if method == "kernel" else None, df) for cells in every)
    frames = [
        _table(label, fit, cells, shown, level)
        for label, fit, cells in zip(sample.labels, fits, every, strict=True)
    ]
    table = pd.concat(frames, ignore_index=True)
    widths = tuple(fit.bandwidth for fit in fits)
    return SmoothHazard(table, method, level, sample.labels, widths, fits, tuple(every))


def _check(method: str, bandwidth: float | None, df: int, days_grid: Sequence[float] | None) -> Floats | None:
    if method not in METHODS:
        raise EstimateError(f"method must be one of {', '.join(METHODS)}. The default is kernel.")
    if bandwidth is not None and not (np.isfinite(bandwidth) and bandwidth > 0):
        raise EstimateError("bandwidth must be a positive number of days. Leave it out to have one chosen.")
    if df < 2:
        raise EstimateError("df must be at least 2. The default is 6.")
    if days_grid is None:
        return None
    shown = check_times("days_grid", *days_grid)
    if np.any((shown < 1) | (shown != np.floor(shown))):
        raise EstimateError("days_grid must hold whole days from 1 up. Day 1 is the first day at risk.")
    return shown


def _fit(sample: Sample, cells: Cells, bandwidth: float | None, df: int) -> Fitted:
    note = too_few(cells)
    if note:
        return nothing(note)
    cluster = None if sample.cluster is None else sample.cluster[cells.arm.rows]
    robust = not sample.independent
    if bandwidth is None:
        fit = spline(cells, df, cluster, robust)
    else:
        fit = kernel(cells, bandwidth, cluster, robust)
    if one_cluster(sample, cells.arm):
        return Fitted(fit.hazard, np.full_like(fit.covariance, np.nan), fit.bandwidth, fit.note)
    return fit


def _table(label: object, fit: Fitted, cells: Cells, asked: Floats | None, level: float) -> pd.DataFrame:
    shown = asked if asked is not None else cells.opening + 1.0 + cells.middle.astype(np.int64)
    if not len(shown):
        shown = np.array([np.nan])
    place = np.nan_to_num(shown - cells.opening - 1, nan=-1).astype(np.int64)
    inside = (place >= 0) & (place < cells.size)
    at = place[inside]
    estimate, spread, people = (np.full((width, len(shown)), np.nan) for width in (1, 1, 2))
    people[:, inside] = cells.n_at_risk[at], cells.n_events[at]
    note = np.where(inside, fit.note, fit.note or OUTSIDE).astype(object)
    if not fit.note:
        estimate[0, inside] = fit.hazard[at]
        spread[0, inside] = np.sqrt(np.diag(fit.covariance)[at])
        note[inside & np.isnan(spread[0])] = ONE_CLUSTER
        # Where all people of a day's hazard have the event together, influence leaves no spread.
        same = inside & (spread[0] <= SMALLEST_SE) & (estimate[0] > 0)
        spread[0, same], note[same] = np.nan, NO_SPREAD
        void = inside & (estimate[0] == 0)
        spread[0, void], note[void] = np.nan, NOT_POSITIVE
    value = estimate[0]
    reach = np.exp(normal_quantile(level) * spread[0])
    columns = {"at_risk": people[0], "events": people[1], "estimate": value, "se": value * spread[0]}
    columns |= {"low": value / reach, "high": value * reach}
    table = pd.DataFrame({"day": shown, **columns, "note": note})
    table.insert(0, "arm", pd.Series([label] * len(shown)))
    return table


def _highest(fit: Fitted, rng: np.random.Generator, draws: int) -> Floats:
    """Draw curves and return the place of each one's highest day."""
    noise = rng.standard_normal((draws, len(fit.hazard))) @ symmetric_root(fit.covariance)
    # On the log scale a kernel's noise has no bound where the estimate nears 0.
    linear = np.isfinite(fit.bandwidth)
    curves = fit.hazard * (1 + noise) if linear else np.log(fit.hazard) + noise
    return np.asarray(np.argmax(curves, axis=1), dtype=float)

"""The hazard as a smooth curve, per person-day, and the day on which it is highest.

Events D_d and person-days P_d are counted by day, (d - 1, d], and nothing is jittered; an event on day 0
counts on day 1, as in `window_hazard`, and a day's hazard is that of its middle. Only the days with 10 people
at risk or more are used: from the first such day, for as long as it stays so.

Kernel: lambda(t) = sum_d a_d(t) D_d / P_d, where a_d(t) is the integral over day d of Epanechnikov's kernel
of half-width b, K((t - u) / b) / b, replaced by Mueller and Wang's kernel within b of either end:
K_q(z) = 12 (1 + z) / (1 + q)^4 [(1 - 2 q) z + (3 q^2 - 2 q + 1) / 2], -1 <= z <= q. The sum of the shares a_d
is 1, so a constant rate is unchanged up to both ends. Where the estimate is not above 0 it is 0, without a
band. Bandwidth, where none is given: the one of 12, geometrically spaced between a twentieth and a half of
the longest arm, with the smallest sum over arms of

    sum_d lambda(d)^2 - 2 sum over events of w / P lambda_without_that_event(its day),

one for all arms, so that all are smoothed equally; no arm's is wider than half its length.

Spline: log lambda(d) is a natural cubic spline in d with `df` columns besides the constant, knots at the
first and last day and at equal shares of the events; Poisson regression of D_d with offset log P_d.

Variance of log lambda: of unweighted, unclustered rows the Poisson one, sum_d a_d^2 D_d / P_d^2 / lambda^2,
or the inverse information of the regression; else influence, summed within clusters: of a person with
weight w, w [event a / P - sum over own days of a D / P^2] / lambda, or the regression's sandwich from the
scores w [event B - sum over own days of B lambda], with clusters times G / (G - 1). Bands: lambda exp(+-q
se), pointwise, with q of t on G - 1 degrees of freedom with clusters, for the smoothed curve; the bias from
smoothing a sharp peak is not included.

References
----------
Ramlau-Hansen H (1983), Ann Stat 11:453-466. Mueller HG, Wang JL (1994), Biometrics 50:61-76. Royston P,
Parmar MKB (2002), Stat Med 21:2175-2197 (natural splines). Durrleman S, Simon R (1989), Stat Med 8:551-561.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import SMALLEST_SE, quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, ArmDays, by_arm
from stepdown.survival.core.influence_functions import kinds, products, symmetric_root
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    ClusterCorrection,
    Floats,
    Ints,
    Sample,
    check,
    check_count,
    check_level,
    check_seed,
    check_times,
    is_number,
    several,
)

ENOUGH = 10
LONGEST = 1_000_000
"""Days beyond which there is no array of days."""
"""People at risk, and events, below which no smooth hazard is estimated."""


@dataclass(frozen=True, eq=False)
class Cells:
    """One arm by day, days `opening` + 1 to `opening` + M.

    Attributes
    ----------
    opening : int
        Whole days before the first day used.
    events, squares, person_days : ndarray, shape (M,)
        Weighted events, squared weights of events, weighted person-days.
    n_at_risk, n_events : ndarray of int, shape (M,)
        People.
    """

    arm: ArmDays
    opening: int
    events: Floats
    squares: Floats
    person_days: Floats
    n_at_risk: Ints
    n_events: Ints

    @property
    def size(self) -> int:
        """Number of days used."""
        return len(self.events)

    @property
    def middle(self) -> Floats:
        """Middle of each day, counted from the opening, shape (M,)."""
        return np.asarray(np.arange(self.size) + 0.5, dtype=float)

    @classmethod
    def of(cls, arm: ArmDays) -> Cells:
        """Group one arm."""
        last, first = arm.last * (1 - TIE_TOLERANCE), arm.first * (1 + TIE_TOLERANCE)
        cell = np.maximum(np.ceil(last).astype(np.int64) - 1, 0)
        size = int(cell.max()) + 1
        happened = arm.cause > 0
        weight = arm.weight
        entered = np.minimum(np.floor(first).astype(np.int64), size)
        n_at_risk = _later(cell + 1, size) - _later(entered, size)
        start, end = _run(n_at_risk >= ENOUGH)
        used = slice(start, end)
        sums = [
            np.bincount(cell[happened], weights=values[happened], minlength=size)[used].astype(float)
            for values in (weight, weight**2, np.ones(len(weight)))
        ]
        spent = _spent(arm.last, weight, size) - _spent(arm.first, weight, size)
        return cls(
            arm=arm, opening=start, events=sums[0], squares=sums[1], person_days=spent[used],
            n_at_risk=n_at_risk[used], n_events=np.rint(sums[2]).astype(np.int64),
        )  # fmt: skip

    def squared_influence(self, own: Floats, spent: Floats) -> Floats:
        """Return sum_g U_g' U_g, shape (P, P), over clusters g (people, where none are given).

        Parameters
        ----------
        own : ndarray, shape (M, P)
            Influence of an event on each day, for a weight of 1.
        spent : ndarray, shape (M, P)
            Influence of a day at risk, to be subtracted.
        """
        where, kind = kinds(self.arm)
        last, first, event = self.arm.last[where], self.arm.first[where], self.arm.cause[where] > 0
        values = self._influence(own, spent, last, first, event)
        return products(values, kind, self.arm.weight, self.arm.cluster)

    def _influence(self, own: Floats, spent: Floats, last: Floats, first: Floats, event: Bools) -> Floats:
        running = np.concatenate([np.zeros((1, spent.shape[1])), np.cumsum(spent, axis=0)])
        result = -(self._until(running, spent, last) - self._until(running, spent, first))
        cell = np.maximum(np.ceil(last * (1 - TIE_TOLERANCE)).astype(np.int64) - 1, 0) - self.opening
        here = event & (cell >= 0) & (cell < self.size)
        result[here] += own[cell[here]]
        return np.asarray(result)

    def _until(self, running: Floats, spent: Floats, time: Floats) -> Floats:
        at = np.clip(time - self.opening, 0, self.size)
        cell = np.minimum(at.astype(np.int64), self.size - 1)
        return running[cell] + (at - cell)[:, None] * spent[cell]


def _later(cell: Ints, size: int) -> Ints:
    """Count people by day whose cell is later."""
    counts = np.bincount(cell, minlength=size + 1)
    return np.asarray(np.cumsum(counts[::-1])[::-1][1:], dtype=np.int64)


def _spent(time: Floats, weight: Floats, size: int) -> Floats:
    """Weighted days spent in each day by people followed from 0 to `time`."""
    whole = np.minimum(time.astype(np.int64), size)
    full = np.bincount(whole, weights=weight, minlength=size + 1)
    part = np.bincount(whole, weights=weight * (time - whole), minlength=size + 1)
    return np.asarray(np.cumsum(full[::-1])[::-1][1:] + part[:size], dtype=float)


def _run(enough: Bools) -> tuple[int, int]:
    """First run of days with enough people at risk."""
    held = np.flatnonzero(enough)
    if not len(held):
        return 0, 0
    start = int(held[0])
    short = np.flatnonzero(~enough[start:])
    return start, start + int(short[0]) if len(short) else len(enough)


CANDIDATES = 12
NOT_FITTED = "the spline could not be fitted"
FEW_DAYS = "too few different days with events for the spline"
FEW_PEOPLE = f"fewer than {ENOUGH} people at risk on every day"
FEW_EVENTS = f"fewer than {ENOUGH} events"


@dataclass(frozen=True, eq=False)
class Fitted:
    """Hazard on M days and the covariance of its logarithm; only a note where there is none."""

    hazard: Floats
    covariance: Floats
    bandwidth: float
    note: str = ""


def nothing(note: str) -> Fitted:
    """Return the fit with a note on why there is none."""
    return Fitted(np.empty(0), np.empty((0, 0)), np.nan, note)


def too_few(cells: Cells) -> str:
    """Return why an arm cannot be smoothed; empty where it can."""
    if not cells.size:
        return FEW_PEOPLE
    return FEW_EVENTS if cells.n_events.sum() < ENOUGH else ""


def shares(size: int, middle: Floats, bandwidth: float) -> Floats:
    """Share of each day in the kernel estimate at each time, shape (times, days); the sum of a row is 1.

    The kernel of Mueller and Wang, integrated over each day, on the stretch from 0 to `size`.
    """
    edges = np.arange(size + 1)[None, :]
    at = middle[:, None]
    left, right = np.minimum(at / bandwidth, 1.0), np.minimum((size - at) / bandwidth, 1.0)
    at_right = right < left
    q = np.minimum(left, right)
    z = np.clip(np.where(at_right, edges - at, at - edges) / bandwidth, -1.0, q)
    slope, level = 1 - 2 * q, (3 * q**2 - 2 * q + 1) / 2
    integral = 12 / (1 + q) ** 4 * (slope * z**3 / 3 + (slope + level) * z**2 / 2 + level * z)
    steps = np.diff(integral, axis=1)
    return np.asarray(np.where(at_right, steps, -steps))


def choose_bandwidth(every: list[Cells]) -> float:
    """Return the bandwidth with the smallest cross-validated squared error over all arms."""
    used = [cells for cells in every if not too_few(cells)]
    if not used:
        return float("nan")
    longest = max(cells.size for cells in used)
    tried = np.geomspace(max(longest / 20, 1.0), max(longest / 2, 1.0), CANDIDATES)
    loss = [sum(_loss(cells, float(b)) for cells in used) for b in tried]
    return float(tried[int(np.argmin(loss))])


def _loss(cells: Cells, bandwidth: float) -> float:
    """Integral of the squared estimate less twice its mean at each event, that event left out."""
    share = shares(cells.size, cells.middle, _held(cells, bandwidth))
    hazard = share @ (cells.events / cells.person_days)
    others = (cells.events * hazard - np.diag(share) * cells.squares / cells.person_days) / cells.person_days
    return float((hazard**2).sum() - 2 * others.sum())


def _held(cells: Cells, bandwidth: float) -> float:
    return max(min(bandwidth, cells.size / 2), 0.5)


def kernel(cells: Cells, bandwidth: float, robust: bool) -> Fitted:
    """Smooth the daily rates of one arm."""
    bandwidth = _held(cells, bandwidth)
    share = shares(cells.size, cells.middle, bandwidth)
    hazard = share @ (cells.events / cells.person_days)
    seen = hazard > 0
    scaled = share.T / cells.person_days[:, None]
    if robust:
        rate = (cells.events / cells.person_days)[:, None]
        covariance = cells.squared_influence(scaled, scaled * rate)
    else:
        covariance = (scaled * cells.events[:, None]).T @ scaled
    hazard = np.where(seen, hazard, 0.0)
    inverse = np.divide(1.0, hazard, out=np.zeros(len(hazard)), where=seen)
    return Fitted(hazard, covariance * np.outer(inverse, inverse), bandwidth)


def spline(cells: Cells, df: int, robust: bool) -> Fitted:
    """Fit a natural cubic spline of the log hazard of one arm by Poisson regression."""
    x = cells.middle / cells.size
    knots = _knots(cells, x, df)
    if len(np.unique(knots)) < df + 1:
        return nothing(FEW_DAYS)
    basis = natural_spline(x, knots)
    scale = cells.n_events.sum() / cells.events.sum()
    coefficients = _poisson(cells.events * scale, basis, cells.person_days * scale)
    if coefficients is None:
        return nothing(NOT_FITTED)
    hazard = np.exp(basis @ coefficients)
    inverse = np.linalg.inv((basis * (hazard * cells.person_days)[:, None]).T @ basis)
    if robust:
        spread = cells.squared_influence(basis, basis * hazard[:, None])
        inverse = inverse @ spread @ inverse
    return Fitted(hazard, basis @ inverse @ basis.T, np.nan)


def _poisson(counts: Floats, basis: Floats, exposure: Floats) -> Floats | None:
    # Imported here because it loads slowly and only splines need it.
    api: Any = importlib.import_module("statsmodels.api")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a note states that a fit did not converge
        model = api.GLM(counts, basis, family=api.families.Poisson(), offset=np.log(exposure))
        found = model.fit(tol=1e-10, tol_criterion="params", maxiter=100)
    converged = found.converged and np.isfinite(found.params).all()
    return np.asarray(found.params, dtype=float) if converged else None


def _knots(cells: Cells, x: Floats, df: int) -> Floats:
    share = np.cumsum(cells.events) / cells.events.sum()
    inner = [x[np.searchsorted(share, p * (1 - 1e-12))] for p in np.arange(1, df) / df]
    return np.array([x[0], *inner, x[-1]])


def natural_spline(x: Floats, knots: Floats) -> Floats:
    """Basis of cubic splines that are linear beyond the outer knots; it includes the constant."""
    last, before = knots[-1], knots[-2]
    cubes = np.maximum(x[:, None] - knots, 0.0) ** 3
    bends = [
        cubes[:, place]
        - cubes[:, -2] * (last - knot) / (last - before)
        + cubes[:, -1] * (before - knot) / (last - before)
        for place, knot in enumerate(knots[:-2])
    ]
    # Made orthogonal, because powers of late days are nearly collinear.
    return np.asarray(np.linalg.qr(np.column_stack([np.ones(len(x)), x, *bends]))[0] * np.sqrt(len(x)))


METHODS = ("kernel", "spline")
OUTSIDE = "outside the days with enough people at risk"
NOT_POSITIVE = "the estimate is not above 0: no band"


@dataclass(frozen=True, eq=False, repr=False)
class SmoothHazard(Plotted):
    """Smooth hazards by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `day` (the stretch (day - 1, day]), `at_risk`, `events` (people, that day; missing outside),
        `estimate` (events per person-day), `std_error`, `conf_low`, `conf_high`, `note`.
    method, level : str, float
        As requested.
    arms : tuple
        Arms in order; ("all",) where none were given.
    bandwidth : tuple of float
        Half-width of the kernel in each arm, days; missing for splines.
    """

    _line = "smooth"
    _axis = "Hazard per day"

    table: pd.DataFrame
    method: str
    level: float
    arms: tuple[object, ...]
    bandwidth: tuple[float, ...]
    fits: tuple[Fitted, ...] = field(repr=False)
    cells: tuple[Cells, ...] = field(repr=False)

    @checks_arguments
    def peak(self, *, seed: int, draws: int = 2000) -> pd.DataFrame:
        """Return the day of the highest hazard with its interval, by arm.

        The interval spans the middle `level` of the highest days of `draws` curves drawn from the normal
        distribution around the estimate, with the covariance of the bands: of the hazard for a kernel, of the
        coefficients for a spline. Both the estimate and the draws vary, so it is rather wide; that of a flat
        hazard spans the curve. It is an interval for the peak of the smoothed hazard.

        Parameters
        ----------
        seed : int
            Seed of the draws.
        draws : int
            Number of curves drawn.

        Returns
        -------
        DataFrame
            `arm`, `day`, `conf_low`, `conf_high` (days), `hazard`, `note`.
        """
        check_count("draws", draws, 1)
        rng = np.random.default_rng(check_seed(seed))
        rows = []
        for label, fit, cells in zip(self.arms, self.fits, self.cells, strict=True):
            row = {"arm": label, "day": np.nan, "conf_low": np.nan, "conf_high": np.nan, "hazard": np.nan}
            note = fit.note
            if not note:
                top = int(np.argmax(fit.hazard))
                row |= {"day": cells.opening + top + 1.0, "hazard": fit.hazard[top]}
                spread = np.diag(fit.covariance).max()
                note = ONE_CLUSTER if np.isnan(spread) else NO_SPREAD if spread <= SMALLEST_SE**2 else ""
                if not note:
                    tops = _highest(fit, rng, draws, cells.arm.degrees)
                    tail = (1 - self.level) / 2
                    low, high = np.quantile(tops, [tail, 1 - tail], method="inverted_cdf")
                    row |= {"conf_low": cells.opening + low + 1.0, "conf_high": cells.opening + high + 1.0}
            rows.append(row | {"note": "; ".join([*([note] if note else []), *cells.arm.cautions])})
        return pd.DataFrame(rows)


@reads_columns
def smooth_hazard(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    method: str = "kernel",
    bandwidth: float | None = None,
    df: int = 6,
    days_grid: Sequence[float] | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> SmoothHazard:
    """Return the smooth hazard, events per person-day, by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, correction, data
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    method : {"kernel", "spline"}
        Smoother.
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
        With notes only for an arm without 10 people at risk, or without 10 events.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> found = survival.smooth_hazard(range(1, 41), [1, 0] * 20, bandwidth=10)
    >>> list(found.table)[:3]
    ['arm', 'day', 'at_risk']
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    if sample.grid[-1] > LONGEST:
        raise EstimateError(f"days is above {LONGEST:,}. Count time in days.")
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
    if bandwidth is not None and not (is_number(bandwidth) and bandwidth > 0):
        raise EstimateError("bandwidth must be a positive number of days. Leave it out to have one chosen.")
    check_count("df", df, 2)
    if days_grid is None:
        return None
    shown = check_times("days_grid", *several(days_grid))
    if np.any((shown < 1) | (shown != np.floor(shown))):
        raise EstimateError("days_grid must hold whole days from 1 up. Day 1 is the first day at risk.")
    return shown


def _fit(sample: Sample, cells: Cells, bandwidth: float | None, df: int) -> Fitted:
    note = too_few(cells)
    if note:
        return nothing(note)
    robust = not sample.independent
    fit = spline(cells, df, robust) if bandwidth is None else kernel(cells, bandwidth, robust)
    if cells.arm.one_cluster:
        return Fitted(fit.hazard, np.full_like(fit.covariance, np.nan), fit.bandwidth, fit.note)
    return replace(fit, covariance=fit.covariance * cells.arm.inflation)


def _table(label: object, fit: Fitted, cells: Cells, requested: Floats | None, level: float) -> pd.DataFrame:
    shown = requested if requested is not None else cells.opening + 1.0 + cells.middle.astype(np.int64)
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
        # Where all people of a day's hazard have the event together, influence has no variance.
        same = inside & (spread[0] <= SMALLEST_SE) & (estimate[0] > 0)
        spread[0, same], note[same] = np.nan, NO_SPREAD
        void = inside & (estimate[0] == 0)
        spread[0, void], note[void] = np.nan, NOT_POSITIVE
    value = estimate[0]
    # A standard error that overflows gives an interval from 0 to infinity.
    with np.errstate(over="ignore"):
        factor = np.exp(quantile(level, cells.arm.degrees) * spread[0])
    if cells.arm.cautions:
        note[inside] = ["; ".join([*([text] if text else []), *cells.arm.cautions]) for text in note[inside]]
    return pd.DataFrame({
        "arm": pd.Series([label] * len(shown)), "day": shown, "at_risk": people[0], "events": people[1],
        "estimate": value, "std_error": value * spread[0], "conf_low": value / factor,
        "conf_high": value * factor, "note": note,
    })  # fmt: skip


def _highest(fit: Fitted, rng: np.random.Generator, draws: int, degrees: int) -> Floats:
    """Draw curves and return the place of each one's highest day."""
    noise = rng.standard_normal((draws, len(fit.hazard))) @ symmetric_root(fit.covariance)
    if degrees:
        noise /= np.sqrt(rng.chisquare(degrees, (draws, 1)) / degrees)
    # On the log scale a kernel's noise is unbounded where the estimate is near 0.
    linear = np.isfinite(fit.bandwidth)
    curves = fit.hazard * (1 + noise) if linear else np.log(fit.hazard) + noise
    return np.asarray(np.argmax(curves, axis=1), dtype=float)

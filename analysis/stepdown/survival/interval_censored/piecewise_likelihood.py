"""The likelihood of a hazard that is constant within bands, from exact, censored and interval-censored times.

A row is at risk from its entry e on, free of the event up to l, and has it in (l, h] (at h exactly where
l = h; never found where h is infinite). With the hazard exp(gamma_b + x'beta) in band b, r = exp(x'beta), and
a_b, d_b the days of (e, l] and of (l, h] in band b,

    A = r sum_b a_b exp(gamma_b),   D = r sum_b d_b exp(gamma_b),
    log L = -A + [exact: gamma_b(h) + x'beta | interval: log(1 - exp(-D)) | censored: 0].

With q = 1 / (exp(D) - 1), A_b and D_b the terms of A and D:

    d log L / d gamma_b = s_b = 1(exact in b) - A_b + q D_b,      d log L / d beta = x sum_b s_b,
    -d2 log L = z z' summed with A_b - q D_b over bands, plus q (1 + q) (sum_b D_b z_b)(sum_b D_b z_b)',

where z_b holds 1 at band b, and x. An event on day 0 counts in the first band and adds no time.

The maximum is found by Newton's method on log rates and coefficients with step halving, with a small multiple
of the expected events of each parameter added to the information where the likelihood is not concave. At the
end, directions with almost no information (a millionth of an event) are separated: a parameter that still
moved there has no finite estimate (a rate of 0, a separated covariate), one that did not is not identifiable
(two bands that every interval covers together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import linalg

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    Faults,
    Floats,
    Ints,
    Sample,
    check,
    check_times,
    several,
)
from stepdown.survival.cox_model.design_matrix import (
    Covariates,
    check_combinations,
    check_constant,
    check_events,
    check_finite,
    coded_matrix,
    standardized,
)
from stepdown.survival.interval_censored.interval_times import check_entry, check_intervals

NO_BAND = -1


@dataclass(frozen=True, eq=False)
class Spent:
    """Rows in terms of bands; n rows, K bands, p terms.

    Attributes
    ----------
    ahead, inside : ndarray, shape (n, K)
        Days before, and between, the ends of each interval. `inside` is 0 where there is no such interval.
    exact : ndarray of int, shape (n,)
        Band of an exact time; -1 where there is none.
    closed : ndarray of bool, shape (n,)
        Rows with an interval that ends.
    weight : ndarray, shape (n,)
        Their mean is 1.
    x : ndarray, shape (n, p)
        Covariates, centered and scaled.
    """

    ahead: Floats
    inside: Floats
    exact: Ints
    closed: Bools
    weight: Floats
    x: Floats

    def possible(self, band: int) -> Bools:
        """Rows whose event is, or may be, in a band."""
        result: Bools = (self.exact == band) | (self.inside[:, band] > 0)
        return result


@dataclass(frozen=True, eq=False)
class State:
    """The likelihood at one parameter vector: value, slope, information, and a scale for each parameter."""

    theta: Floats
    loglik: float
    slope: Floats
    information: Floats
    scale: Floats


def days_in(start: Floats, end: Floats, bounds: Floats) -> Floats:
    """Days of (start, end] in each band, shape (n, K); bounds has K + 1 days, the last may be infinite."""
    inner = np.minimum(end[:, None], bounds[1:]) - np.maximum(start[:, None], bounds[:-1])
    result: Floats = np.clip(inner, 0.0, None)
    return result


def value(spent: Spent, theta: Floats) -> float:
    """Log likelihood alone; minus infinity where it cannot be computed."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _, inside, rate, effect = _terms(spent, theta)
        total = -(spent.ahead @ rate) * np.exp(effect)
        total[spent.closed] += np.log(-np.expm1(-inside[spent.closed].sum(axis=1)))
        found = spent.exact >= 0
        total[found] += theta[spent.exact[found]] + effect[found]
        result = float(spent.weight @ total)
    return result if np.isfinite(result) else -np.inf


def evaluate(spent: Spent, theta: Floats) -> State:
    """Log likelihood with its first and second derivatives."""
    net, inside, odds, size = _net(spent, theta)
    bands = net.shape[1]
    weight, curvature = spent.weight, spent.weight * odds * (1 + odds)
    whole, total = inside.sum(axis=1), net.sum(axis=1)
    found = spent.exact >= 0
    slope = -(weight @ net) + np.bincount(spent.exact[found], weight[found], bands)
    slope = np.concatenate([slope, (weight * (found - total)) @ spent.x])
    information = np.empty((len(slope), len(slope)))
    information[:bands, :bands] = np.diag(weight @ net) + (inside * curvature[:, None]).T @ inside
    across = net * weight[:, None] + inside * (curvature * whole)[:, None]
    information[:bands, bands:] = across.T @ spent.x
    information[bands:, :bands] = information[:bands, bands:].T
    both = weight * total + curvature * whole**2
    information[bands:, bands:] = (spent.x * both[:, None]).T @ spent.x
    scale = np.concatenate([weight @ size, (weight * size.sum(axis=1)) @ spent.x**2])
    return State(theta, value(spent, theta), slope, information, scale)


def scores(spent: Spent, theta: Floats) -> Floats:
    """Weighted score of each row, shape (n, K + p)."""
    result = -_net(spent, theta)[0]
    found = np.flatnonzero(spent.exact >= 0)
    result[found, spent.exact[found]] += 1.0
    return np.hstack([result, result.sum(axis=1)[:, None] * spent.x]) * spent.weight[:, None]


def _net(spent: Spent, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A_b - q D_b, D_b, q and A_b + D_b of each row."""
    ahead, inside, _, _ = _terms(spent, theta)
    whole = inside[spent.closed].sum(axis=1)
    odds = np.zeros(len(inside))
    # exp(-D) / (1 - exp(-D)) keeps its digits, and ends at 0, where D is large.
    odds[spent.closed] = np.exp(-whole) / -np.expm1(-whole)
    return ahead - odds[:, None] * inside, inside, odds, ahead + inside


def _terms(spent: Spent, theta: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """A_b and D_b of each row, the rates, and x'beta."""
    bands = spent.ahead.shape[1]
    rate, effect = np.exp(theta[:bands]), spent.x @ theta[bands:]
    factor = np.exp(effect)[:, None] * rate
    return spent.ahead * factor, spent.inside * factor, rate, effect


@dataclass(frozen=True, eq=False)
class PiecewiseInput:
    """Checked input; n rows, K bands.

    Attributes
    ----------
    sample : Sample
        Arms, weights and clusters; days are the last ones known.
    low, high, entry : ndarray, shape (n,)
        The event is in (low, high], exact where both are the same; at risk after entry.
    x : Covariates or None
        All rows.
    bounds : ndarray, shape (K + 1,)
        Bounds of the bands; the last may be infinite.
    """

    sample: Sample
    low: Floats
    high: Floats
    entry: Floats
    x: Covariates | None
    bounds: Floats

    def spent(self, rows: Bools) -> Spent:
        """Return some rows in terms of the bands."""
        low, high, entry = self.low[rows], self.high[rows], self.entry[rows]
        exact, ends = low == high, np.isfinite(high)
        closed = ends & ~exact
        inside = np.zeros((len(low), len(self.bounds) - 1))
        inside[closed] = days_in(low[closed], high[closed], self.bounds)
        band = np.clip(np.searchsorted(self.bounds, low, side="left") - 1, 0, None)
        weight = self.sample.full_weight[rows]
        x = np.empty((len(low), 0)) if self.x is None else self.x.values[rows]
        ahead = days_in(entry, low, self.bounds)
        return Spent(ahead, inside, np.where(exact, band, NO_BAND), closed, weight / weight.mean(), x)


def check_piecewise(
    low: ArrayLike,
    high: ArrayLike,
    cuts: Sequence[float],
    x: ArrayLike | pd.DataFrame | None,
    *,
    arm: ArrayLike | None,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> PiecewiseInput:
    """Return the checked input, or raise one error that lists every fault of a kind."""
    if x is not None and arm is not None:
        raise EstimateError("Give arm or X, not both: put the arm into X, or fit each arm separately.")
    given = check_intervals(low, high, arm=arm, weights=weights)
    faults = Faults()
    first = check_entry(entry, given, faults)
    faults.stop()
    ends = np.isfinite(given.high)
    days = np.where(ends, given.high, given.low)
    sample = check(days, ends, arm=arm, weights=weights, cluster=cluster, single_cause=True)
    bounds = _bounds(cuts, given.low, given.high, first)
    near = bounds[np.isfinite(bounds)]
    begin, end, enter = (_snapped(values, near) for values in (given.low, given.high, first))
    covariates = None if x is None else _covariates(x, sample)
    return PiecewiseInput(sample, begin, end, enter, covariates, bounds)


def _bounds(cuts: Sequence[float], low: Floats, high: Floats, entry: Floats) -> Floats:
    """Return the bands' bounds, with a band before and one after the cuts where anyone is at risk."""
    bounds = check_times("cuts", *several(cuts))
    if not np.all(np.diff(bounds) > 0):
        raise EstimateError(
            "cuts must ascend. [0, 30, 90] gives (0, 30], (30, 90] and, if needed, (90, inf]."
        )
    latest = np.where(np.isfinite(high), high, low)
    if (latest > bounds[-1] * (1 + TIE_TOLERANCE)).any() or len(bounds) == 1:
        bounds = np.append(bounds, np.inf)
    if bounds[0] > 0 and (entry < bounds[0] * (1 - TIE_TOLERANCE)).any():
        bounds = np.insert(bounds, 0, 0.0)
    return bounds


def _snapped(values: Floats, cuts: Floats) -> Floats:
    """Return days, those within rounding of a cut set to it."""
    result = values.copy()
    for cut in cuts:
        result[np.abs(values - cut) <= TIE_TOLERANCE * cut] = cut
    return result


def _covariates(given: ArrayLike | pd.DataFrame, sample: Sample) -> Covariates:
    faults = Faults()
    terms, values, coding = coded_matrix(given, faults)
    if len(set(terms)) < len(terms):
        faults.add("X", "has columns of the same name", "Give each term its own name.")
    faults.stop()
    faults.lengths("low", sample.size, {"X": values[:, 0]}, "Give one row per person.")
    check_finite(terms, values, faults)
    check_constant(terms, values, faults)
    faults.stop()
    events = int(sample.cause.sum())
    if not events:
        raise EstimateError(
            "No event was detected, so there is nothing to compare. Check high: infinity means never."
        )
    check_events(terms, events, "Use fewer terms.")
    x = standardized(terms, values, coding)
    check_combinations(x.values.T @ x.values / len(x.values), terms, "Leave one of them out.")
    return x


CONVERGED = 1e-20
"""Squared length of the next step, in standard errors, at which the search ends."""
FLAT = 1e-11
"""Relative gain in log likelihood below which, three times in a row, the search ends."""
MOVING = 1e-3
"""Step that counts as still moving."""
EMPTY = 1e-6
"""Information, in events, at or below which a direction is not identifiable."""
INVOLVED = 1e-3
"""Part of such a direction at which a parameter is not identifiable."""
MOST_STEPS, FURTHEST = 100, 3.0


@dataclass(frozen=True, eq=False)
class Peak:
    """Where the search ended; P parameters.

    Attributes
    ----------
    state : State
        Likelihood and derivatives.
    scores : ndarray, shape (n, P)
        Weighted score of each row.
    inverse : ndarray, shape (P, P)
        Inverse information, over the identifiable directions.
    unknown : ndarray, shape (P, U)
        The other directions, as columns.
    lost : ndarray of bool, shape (P,)
        Parameters with a part in these.
    drift : ndarray, shape (P,)
        Sign of the direction in which a lost parameter still moved; 0 where it did not move.
    steps : int
        Newton steps.
    converged : bool
        Whether the search converged.
    """

    state: State
    scores: Floats
    inverse: Floats
    unknown: Floats
    lost: Bools
    drift: Floats
    steps: int
    converged: bool


def climb(spent: Spent, start: Floats) -> Peak:
    """Maximize from a start."""
    state = evaluate(spent, start)
    converged, steps, flat, step = len(start) == 0, 0, 0, np.zeros_like(start)
    while not converged and steps < MOST_STEPS:
        step = _step(state)
        least = FLAT * (abs(state.loglik) + 1)
        length = float(state.slope @ step)
        theta = _halved(spent, state, step)
        if length <= CONVERGED * len(spent.weight) or theta is None:
            converged = length <= least
            break
        before = state.loglik
        state, steps = evaluate(spent, theta), steps + 1
        flat = flat + 1 if state.loglik - before <= least else 0
        converged = flat == 3
    return _peak(spent, state, step, steps, converged)


def _step(state: State) -> Floats:
    held = 1e-10
    while True:
        try:
            factor = linalg.cho_factor(state.information + np.diag(held * state.scale))
        except linalg.LinAlgError:
            held *= 100
            continue
        step: Floats = linalg.cho_solve(factor, state.slope)
        return step * min(1.0, FURTHEST / max(float(np.abs(step).max()), 1e-300))


def _halved(spent: Spent, state: State, step: Floats) -> Floats | None:
    floor = state.loglik - 1e-15 * abs(state.loglik)
    for halving in range(40):
        theta: Floats = state.theta + step * 0.5**halving
        if value(spent, theta) >= floor:
            return theta
    return None


def _peak(spent: Spent, state: State, step: Floats, steps: int, converged: bool) -> Peak:
    rows = scores(spent, state.theta)
    if not len(step):
        none = np.empty((0, 0))
        return Peak(state, rows, none, none, np.zeros(0, bool), step, steps, converged)
    values, vectors = np.linalg.eigh(state.information)
    empty = values <= EMPTY + 1e-11 * abs(state.loglik)
    unknown = vectors[:, empty]
    known = vectors[:, ~empty]
    inverse: Floats = (known / values[~empty]) @ known.T
    lost = np.sqrt((unknown**2).sum(axis=1)) > INVOLVED
    drift = np.where(lost & (np.abs(step) > MOVING), np.sign(step), 0.0)
    return Peak(state, rows, inverse, unknown, lost, drift, steps, converged)

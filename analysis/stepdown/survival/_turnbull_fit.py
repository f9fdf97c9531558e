"""The non-parametric maximum likelihood estimate of a distribution from intervals.

Only masses p_j of the innermost intervals (a left end followed at once by a right end, in the order of all
ends) can be told apart. With A_ij = 1 where observed interval i covers innermost interval j, the estimate
maximises sum_i w_i log P_i, P = A p, over p >= 0 with sum p = 1. Written with sum w as the price of mass
(sum_i w_i log P_i - W sum_j p_j) the sum to 1 takes care of itself. With D_j = sum_i w_i A_ij / P_i the
solution is where D_j = W for every p_j > 0 and D_j <= W otherwise (Karush, Kuhn, Tucker); the residual
returned is the largest breach of that, over W, and bounds the log-likelihood still to be gained per unit of
weight. Steps: where everything is exact or open to the right, Kaplan-Meier; otherwise rounds of one
self-consistency (EM) and one iterative convex minorant step, then, while the residual is too large, Newton
steps projected on p >= 0 in between.

References
----------
Turnbull BW (1976), JRSS B 38:290-295. Gentleman R, Geyer CJ (1994), Biometrika 81:618-623. Wellner JA,
Zhan Y (1997), JASA 92:945-959 (both steps in turn). Bertsekas DP (1982), SIAM J Control Optim 20:221-246.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from stepdown.survival._input import Bools, Floats, Ints

TOLERANCE = 1e-9
"""Residual of the Karush-Kuhn-Tucker conditions at which the fit stops."""

BEGIN, BETWEEN, MOST = 60, 10, 300
"""Rounds of cheap steps to begin with and between Newton steps, and most Newton steps."""

SMALL = 1e-10
"""Mass at or below which one that the likelihood pulls down is set to 0."""


@dataclass(frozen=True, eq=False)
class Cover:
    """Innermost intervals, m of them, and the distinct observed ones in terms of them.

    Attributes
    ----------
    start, end : ndarray, shape (m,)
        Innermost intervals (start, end]; exact times where both are the same.
    first, last : ndarray of int, shape (d,)
        Each distinct observed interval covers first, ..., last.
    weight : ndarray, shape (d,)
        Summed weights.
    """

    start: Floats
    end: Floats
    first: Ints
    last: Ints
    weight: Floats


@dataclass(frozen=True, eq=False)
class Masses:
    """The estimate: masses, D / W, log-likelihood, residual and number of steps."""

    mass: Floats
    slope: Floats
    loglik: float
    residual: float
    steps: int


def cover(low: Floats, high: Floats, weight: Floats) -> Cover:
    """Group the intervals, and find the innermost ones."""
    times, place = np.unique(np.concatenate([low, high]), return_inverse=True)
    opening, closing = place[: len(low)], place[len(low) :]
    # At one time: an exact time begins, then intervals end, then the next ones begin just after.
    left = 3 * opening + np.where(opening == closing, 0, 2)
    right = 3 * closing + 1
    ends = np.unique(np.concatenate([left, right]))
    inner = np.flatnonzero((ends[:-1] % 3 != 1) & (ends[1:] % 3 == 1))
    first = np.searchsorted(ends[inner], left)
    last = np.searchsorted(ends[inner + 1], right, side="right") - 1
    key, group = np.unique(first * len(inner) + last, return_inverse=True)
    summed = np.bincount(group, weights=weight).astype(float)
    return Cover(
        times[ends[inner] // 3], times[ends[inner + 1] // 3], key // len(inner), key % len(inner), summed
    )


def masses(cover: Cover) -> Masses:
    """Maximise the likelihood."""
    whole = float(cover.weight.sum())
    alone = cover.first == cover.last
    if np.all(alone | (cover.last == len(cover.start) - 1)):
        mass = _product_limit(cover, alone)
    else:
        mass = np.full(len(cover.start), 1 / len(cover.start))
        mass = _approached(cover, mass, BEGIN)
    steps = 0
    while steps < MOST and _residual(cover, mass) > TOLERANCE / 2:
        mass = _newton(cover, _approached(cover, mass, BETWEEN))
        steps += 1
    mass = mass / mass.sum()
    slope = _slope(cover, mass) / whole
    loglik = float(cover.weight @ np.log(_chance(cover, mass)))
    return Masses(mass, slope, loglik, _residual(cover, mass), steps)


def _product_limit(cover: Cover, alone: Bools) -> Floats:
    """Kaplan-Meier, where everything is exact or open to the right."""
    size = len(cover.start)
    events = np.bincount(cover.first[alone], weights=cover.weight[alone], minlength=size)
    lost = np.bincount(cover.first[~alone], weights=cover.weight[~alone], minlength=size)
    beyond = np.cumsum(lost[::-1])[::-1] - lost
    hazard = events / (np.cumsum(events[::-1])[::-1] + beyond)
    before = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    result: Floats = before * hazard
    return result


def _chance(cover: Cover, mass: Floats) -> Floats:
    """P, shape (d,)."""
    running = np.concatenate([[0.0], np.cumsum(mass)])
    several = running[cover.last + 1] - running[cover.first]
    return np.where(cover.first == cover.last, mass[cover.first], several)


def _slope(cover: Cover, mass: Floats) -> Floats:
    """D, shape (m,)."""
    pull = cover.weight / _chance(cover, mass)
    size = len(mass) + 1
    change = np.bincount(cover.first, weights=pull, minlength=size)
    change -= np.bincount(cover.last + 1, weights=pull, minlength=size)
    result: Floats = np.cumsum(change)[:-1].astype(float)
    return result


def _residual(cover: Cover, mass: Floats) -> float:
    gap = _slope(cover, mass) / cover.weight.sum() - 1
    return float(np.max(np.where(mass > 0, np.abs(gap), np.maximum(gap, 0.0))))


def _gain(cover: Cover, mass: Floats) -> float:
    chance = _chance(cover, mass)
    if chance.min() <= 0:
        return -np.inf
    return float(cover.weight @ np.log(chance) - cover.weight.sum() * mass.sum())


def _approached(cover: Cover, mass: Floats, rounds: int) -> Floats:
    """Do rounds of a self-consistency step and an iterative convex minorant step."""
    whole, size = cover.weight.sum(), len(mass) + 1
    for _ in range(rounds):
        mass = mass * _slope(cover, mass) / whole
        pull = cover.weight / _chance(cover, mass)
        bend = cover.weight / _chance(cover, mass) ** 2
        slope = np.bincount(cover.last + 1, pull, size) - np.bincount(cover.first, pull, size)
        curve = np.bincount(cover.last + 1, bend, size) + np.bincount(cover.first, bend, size)
        inside = slice(1, size - 1)
        curve_now = np.cumsum(mass)[:-1]
        aim = curve_now + slope[inside] / curve[inside]
        if len(aim):
            aim = np.clip(optimize.isotonic_regression(aim, weights=curve[inside]).x, 0.0, 1.0)
        wanted = np.diff(aim, prepend=0.0, append=1.0)
        start = _gain(cover, mass)
        for halving in range(6):
            tried = mass + (wanted - mass) * 0.5**halving
            if _gain(cover, tried) > start:
                mass = tried
                break
    return mass


def _newton(cover: Cover, mass: Floats) -> Floats:
    """One step: projected Newton where it climbs, self-consistency otherwise."""
    whole = cover.weight.sum()
    gradient = _slope(cover, mass) - whole
    free = np.flatnonzero((mass > SMALL) | (gradient > 0))
    start = _gain(cover, mass)
    residual = _residual(cover, mass)
    hessian = _hessian(cover, mass, free)
    for ridge in (1e-11, 1e-8, 1e-5, 1e-2):
        move = np.zeros_like(mass)
        move[free] = _solve(hessian, gradient[free], ridge)
        for halving in range(8):
            tried = np.maximum(mass + move * 0.5**halving, 0.0)
            tried[(mass <= SMALL) & (gradient <= 0)] = 0.0
            found = _gain(cover, tried)
            if found > start + 1e-4 * float(gradient @ (tried - mass)) + 1e-11 * abs(start):
                return tried
            # Close to the top the likelihood is flat to rounding; its slope is not.
            if found > start - 1e-11 * abs(start) and _residual(cover, tried) < 0.7 * residual:
                return tried
    woken = np.where((mass == 0) & (gradient > 0), 1e-8, mass)
    result: Floats = woken * _slope(cover, woken) / whole
    return result


def _hessian(cover: Cover, mass: Floats, free: Ints) -> Floats:
    """Return A' diag(w / P^2) A over the free masses.

    Its entry of j <= k is the sum over the observed intervals that begin by j and end from k on.
    """
    size = len(free)
    first = np.searchsorted(free, cover.first)
    last = np.searchsorted(free, cover.last, side="right") - 1
    curve = cover.weight / _chance(cover, mass) ** 2
    cells = np.bincount(first * size + last, weights=curve, minlength=size * size).astype(float)
    upper: Floats = np.triu(np.cumsum(np.cumsum(cells.reshape(size, size), axis=0)[:, ::-1], axis=1)[:, ::-1])
    result: Floats = upper + np.triu(upper, 1).T
    return result


def _solve(hessian: Floats, gradient: Floats, ridge: float) -> Floats:
    scale = 1 / np.sqrt(np.diag(hessian))
    scaled = hessian * np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += ridge
    try:
        factor = linalg.cho_factor(scaled, check_finite=False)
    except linalg.LinAlgError:
        return np.zeros_like(gradient)
    result: Floats = scale * linalg.cho_solve(factor, scale * gradient, check_finite=False)
    return result

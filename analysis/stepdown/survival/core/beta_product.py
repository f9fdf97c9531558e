"""The beta-product interval of a Kaplan-Meier curve, exact or mid-p, of unweighted people without entry.

With Y at risk and d events on each day s <= t, and n(t) people observed free of the event to the end of day
t,

    W+ = prod_s Beta(Y - d + 1, d),      W- = W+ Beta(n(t), 1)

(products of independent variables) the exact limits of S(t) are the lower quantile of W- and the upper one
of W+; the mid-p limits are quantiles of the mixture of both, half each. W+ is 1 while there is no event, W-
is 0 where nobody is left. Products are taken as the beta distribution of the same mean and variance, which
is exact where nobody is lost before t: the limits are then Clopper and Pearson's, or the binomial mid-p
ones. S(t) / S(a) is the same product over a < s <= t.

References
----------
Fay MP, Brittain EH, Proschan MA (2013), Biostatistics 14:723-736. Fay MP, Brittain EH (2016), Stat Med
35:2726-2740 (mid-p).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from stepdown.survival.core.day_grid import ArmDays
from stepdown.survival.core.sample import Floats

MOST_STEPS = 100
CLOSE = 1e-10
"""Relative step below which the next one, whose error is its square, is rounding error."""
EXACT = 1e-13
"""Relative error of a probability that is rounding error."""
Shapes = tuple[Floats, Floats]
"""Both parameters of beta distributions."""


@dataclass(frozen=True, eq=False)
class BetaProduct:
    """Parameters of W+ and W- on some days, shape (days,) each.

    Attributes
    ----------
    above, below : tuple of ndarray
        Both parameters of the beta distributions of W+ and of W-.
    sure, empty : ndarray of bool
        Where W+ is 1 (no event), and where W- is 0 (nobody left).
    """

    above: tuple[Floats, Floats]
    below: tuple[Floats, Floats]
    sure: np.ndarray
    empty: np.ndarray

    def limits(self, tail: float, *, exact: bool = False) -> tuple[Floats, Floats]:
        """Lower and upper limit of S with probability `tail` beyond each."""
        if exact:
            low = np.where(self.empty, 0.0, special.betaincinv(*self.below, tail))
            high = np.where(self.sure, 1.0, special.betaincinv(*self.above, 1 - tail))
            return low, high
        low = self._mixed(np.full(len(self.sure), tail))
        high = self._mixed(np.full(len(self.sure), 1 - tail))
        return np.where(self.empty, 0.0, low), np.where(self.sure, 1.0, high)

    def _mixed(self, target: Floats) -> Floats:
        """Quantile of the mixture, found by Newton's method within a bracket that shrinks."""
        # Where one half is a point the other has twice the distance to go.
        goal = np.where(self.sure, np.minimum(2 * target, 1.0), target)
        goal = np.where(self.empty, np.maximum(2 * target - 1, 0.0), goal)
        below = _either(self.empty, self.above, self.below)
        above = _either(self.sure, below, self.above)
        done = (self.sure & self.empty) | (goal >= 1) | (goal <= 0)
        x = np.full(len(goal), 0.5)
        open_ = np.flatnonzero(~done)
        x[open_] = _quantile(_only(below, open_), _only(above, open_), goal[open_])
        return x


def _quantile(below: Shapes, above: Shapes, goal: Floats) -> Floats:
    """Quantiles of even mixtures of two beta distributions; each is left alone once it is found."""
    (one, spread), (other, apart) = _moments(below), _moments(above)
    spread = np.sqrt((spread + apart) / 2 + ((one - other) / 2) ** 2)
    start = (one + other) / 2 + special.ndtri(np.clip(goal, 1e-300, 1 - 1e-16)) * spread
    found = np.clip(start, 1e-12, 1 - 1e-12)
    left = np.arange(len(goal))
    low, high = np.zeros(len(goal)), np.ones(len(goal))
    lows, highs = _logs(below), _logs(above)
    for _ in range(MOST_STEPS):
        x = found[left]
        gap = (special.betainc(*below, x) + special.betainc(*above, x)) / 2 - goal
        low, high = np.where(gap < 0, x, low), np.where(gap > 0, x, high)
        slope = (_density(below, lows, x) + _density(above, highs, x)) / 2
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            moved = x - gap / slope
        near = np.abs(gap) <= EXACT * np.minimum(goal, 1 - goal)
        moved = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        moved = np.where(near, x, moved)
        found[left] = moved
        more = (np.abs(moved - x) > CLOSE * moved * (1 - moved)) & ~near
        if not more.any():
            break
        if not more.all():
            left, low, high, goal = left[more], low[more], high[more], goal[more]
            lows, highs = lows[more], highs[more]
            below, above = _only(below, more), _only(above, more)
    return found


def of_days(arm: ArmDays, start: float = 0.0) -> BetaProduct:
    """Return the product of S(t) / S(start) on every day of the arm's table, at the end of that day."""
    after = (arm.n_at_risk - arm.n_events.sum(axis=1)).astype(float)
    return _product(arm, start, np.arange(len(arm.times)), after)


def of_day(arm: ArmDays, time: float, start: float = 0.0) -> BetaProduct:
    """Return the product of S(time) / S(start), shape (1,)."""
    last = arm.position(time)
    free = (arm.last > time) | ((arm.last >= arm.snap(time)) & (arm.cause == 0))
    return _product(arm, start, np.array([last]), np.array([float(free.sum())]))


def _product(arm: ArmDays, start: float, places: np.ndarray, after: Floats) -> BetaProduct:
    events = arm.n_events.sum(axis=1).astype(float)
    if start:
        events[: arm.position(start) + 1] = 0.0
    left = arm.n_at_risk - events
    with np.errstate(invalid="ignore"):
        mean = np.cumprod(np.where(events > 0, (left + 1) / (arm.n_at_risk + 1), 1.0))
        square = np.cumprod(
            np.where(events > 0, (left + 1) * (left + 2) / ((arm.n_at_risk + 1) * (arm.n_at_risk + 2)), 1.0)
        )
    seen = np.cumsum(events)
    since, here = places < 0, np.maximum(places, 0)
    first: Floats = np.where(since, 1.0, mean[here]).astype(float)
    second: Floats = np.where(since, 1.0, square[here]).astype(float)
    seen = np.where(since, 0.0, seen[here])
    sure, empty = seen == 0, after == 0
    count: Floats = np.where(empty, 1.0, after).astype(float)
    return BetaProduct(
        _beta(first, second, sure),
        _beta(first * count / (count + 1), second * count / (count + 2), np.zeros_like(sure)),
        sure,
        empty,
    )


def _beta(mean: Floats, square: Floats, sure: np.ndarray) -> tuple[Floats, Floats]:
    """Parameters of the beta distribution with this mean and mean square; ones where it is a point."""
    variance = np.where(sure, 1.0, square - mean**2)
    size = np.maximum(mean * (1 - mean) / np.maximum(variance, 1e-300) - 1, 1e-8)
    return np.where(sure, 1.0, mean * size), np.where(sure, 1.0, (1 - mean) * size)


def _either(
    where: np.ndarray, one: tuple[Floats, Floats], other: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    return np.where(where, one[0], other[0]), np.where(where, one[1], other[1])


def _moments(beta: Shapes) -> tuple[Floats, Floats]:
    """Return the mean and the variance of beta distributions."""
    size = beta[0] + beta[1]
    return beta[0] / size, beta[0] * beta[1] / (size * size * (size + 1))


def _only(beta: Shapes, where: np.ndarray) -> Shapes:
    return beta[0][where], beta[1][where]


def _logs(beta: Shapes) -> Floats:
    """Log of the beta functions that scale the densities."""
    return np.asarray(special.betaln(beta[0], beta[1]))


def _density(beta: Shapes, scale: Floats, x: Floats) -> Floats:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        found = np.exp(special.xlogy(beta[0] - 1, x) + special.xlog1py(beta[1] - 1, -x) - scale)
    return np.where(np.isfinite(found), found, 0.0)

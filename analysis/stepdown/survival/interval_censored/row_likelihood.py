"""Log likelihoods of times that may be exact, right-censored or in (low, high], by their distribution.

With x = log t and z = (x - location) / scale, log S and the log density of z are

    weibull        -e^z                        z - e^z
    lognormal      log Phi(-z)                 -z^2 / 2 - log(2 pi) / 2
    loglogistic    -log(1 + e^z)               z - 2 log(1 + e^z)
    generalized_gamma, shape k, q = 1 / k^2:   log of the incomplete gamma function at q e^(k z), and
                   -log(2 pi) / 2 - s(q) - q (e^(k z) - 1 - k z),   s the remainder of Stirling's formula
    spline, on log t                           -e^g(x), and log g'(x) + g(x) - e^g(x)

A row adds its weight times log f(t), log S(low), or log [S(low) - S(high)], each less log S(entry).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from stepdown.survival.core.sample import Bools, Floats, Ints

HALF_LOG_2_PI = 0.5 * float(np.log(2 * np.pi))
ALMOST_LOGNORMAL = 1e-6
"""Shape of the generalized gamma distribution below which it is the lognormal one."""
LARGE_GAMMA = 30.0
SHIFT = 1e-5
"""Half-width of differences in the location."""
OfRows = Callable[[Floats, Ints], Floats]
"""A function of log days and of the rows that they are of."""
Law = tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]
"""log S and the log density of z."""

WEIBULL: Law = (lambda z: -np.exp(z), lambda z: z - np.exp(z))
LOGNORMAL: Law = (lambda z: special.log_ndtr(-z), lambda z: -z * z / 2 - HALF_LOG_2_PI)
LOGLOGISTIC: Law = (lambda z: -np.logaddexp(0, z), lambda z: z - 2 * np.logaddexp(0, z))


def generalized_gamma(shape: float) -> Law:
    """Return the law of a shape."""
    if abs(shape) < ALMOST_LOGNORMAL:
        return LOGNORMAL
    q = 1 / shape**2
    tail = special.gammaincc if shape > 0 else special.gammainc
    if q > LARGE_GAMMA:
        remainder = 1 / (12 * q) - 1 / (360 * q**3)
    else:
        remainder = float(special.gammaln(q)) - (q - 0.5) * np.log(q) + q - HALF_LOG_2_PI

    def density(z: Floats) -> Floats:
        return np.asarray(-HALF_LOG_2_PI - remainder - q * _beyond_linear(shape * z))

    return lambda z: np.log(tail(q, q * np.exp(shape * z))), density


def _beyond_linear(u: Floats) -> Floats:
    """Return e^u - 1 - u, with all digits near 0."""
    near = np.abs(u) < 1e-2
    small = np.where(near, u, 0.0)
    series = small**2 / 2 * (1 + small / 3 * (1 + small / 4 * (1 + small / 5 * (1 + small / 6))))
    return np.where(near, series, np.expm1(np.where(near, 0.0, u)) - np.where(near, 0.0, u))


@dataclass(frozen=True, eq=False)
class TimeRows:
    """Rows by what is known of their time, on the log scale.

    Attributes
    ----------
    exact, lost, between, late : ndarray of int
        Positions of rows with an exact day, right-censored after a day above 0, in an interval, and with
        entry after day 0.
    low, high, entry : ndarray, shape (n,)
        Logs; -inf for day 0.
    weight : ndarray, shape (n,)
        Weights.
    """

    exact: Ints
    lost: Ints
    between: Ints
    late: Ints
    low: Floats
    high: Floats
    entry: Floats
    weight: Floats

    @classmethod
    def of(cls, low: Floats, high: Floats, entry: Floats, weight: Floats) -> TimeRows:
        """Group rows; times are days."""
        exact: Bools = low == high
        open_: Bools = np.isinf(high)
        with np.errstate(divide="ignore"):
            logs = (np.log(np.where(np.isinf(days), 1.0, days)) for days in (low, high, entry))
            first, last, entered = logs
        return cls(
            np.flatnonzero(exact), np.flatnonzero(open_ & (low > 0)), np.flatnonzero(~exact & ~open_),
            np.flatnonzero(entry > 0), first, last, entered, weight,
        )  # fmt: skip

    def by_row(self, survival: OfRows, density: OfRows) -> Floats:
        """Return the log likelihood of each row, weighted; log S and log f take log days and their rows."""
        found = np.zeros(len(self.weight))
        with np.errstate(all="ignore"):
            found[self.exact] = density(self.low[self.exact], self.exact)
            found[self.lost] = survival(self.low[self.lost], self.lost)
            if len(self.between):
                before, after = (survival(part[self.between], self.between) for part in (self.low, self.high))
                before = np.where(np.isneginf(self.low[self.between]), 0.0, before)
                found[self.between] = before + np.log(-np.expm1(after - before))
            found[self.late] -= survival(self.entry[self.late], self.late)
        return self.weight * found

    def loglik(self, survival: OfRows, density: OfRows) -> float:
        """Return the log likelihood; minus infinity where it cannot be."""
        total = float(self.by_row(survival, density).sum())
        return total if np.isfinite(total) else -np.inf

    def of_law(self, law: Law, location: Floats, log_scale: float) -> float:
        """Return the log likelihood of a location and scale family; location of each row, shape (n,)."""
        return self.loglik(*_of_family(law, location, log_scale))

    def scores(self, law: Law, location: Floats, log_scale: float) -> Floats:
        """Return the derivative of each row's log likelihood in its location, shape (n,)."""
        up, down = (self.by_row(*_of_family(law, location + step, log_scale)) for step in (SHIFT, -SHIFT))
        return (up - down) / (2 * SHIFT)


def _of_family(law: Law, location: Floats, log_scale: float) -> tuple[OfRows, OfRows]:
    log_s, log_f = law
    scale = np.exp(log_scale)
    return (
        lambda x, rows: log_s((x - location[rows]) / scale),
        lambda x, rows: log_f((x - location[rows]) / scale) - log_scale - x,
    )

"""What a fitted piecewise-exponential model says of a day or a window, with influence.

With the hazards l_c(t) of one or more causes, each constant within bands, and l = sum_c l_c,

    S(t) = exp(- int l),      F_c(b) - F_c(a) = sum over bands of (l_c / l) [S(start) - S(end)]

over the parts of the bands in (a, b]. Gradients in the parameters are taken by complex steps, which are exact
to rounding: f(x + i h) / h for a tiny h.

References
----------
Squire W, Trapp G (1998), SIAM Rev 40:110-112 (complex steps).
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.survival._input import Bools, Floats
from stepdown.survival._piecewise_fit import Peak

TINY = 1e-100
Numbers = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Part:
    """One arm's fit; m rows, P parameters: log rates of the bands in `free`, then coefficients.

    Attributes
    ----------
    rows : ndarray of bool, shape (n,)
        Rows of the arm.
    bounds : ndarray, shape (K + 1,)
        Bounds of the bands.
    free : ndarray of bool, shape (K,)
        Bands in which an event is possible; elsewhere the rate is 0.
    seen : ndarray of bool, shape (K,)
        Bands in which anyone spends time.
    opened, last : float
        Earliest entry, and last day that the data tell of.
    unit : float
        Mean weight.
    center, scale : ndarray, shape (p,)
        Of the covariates.
    peak : Peak
        Of the likelihood.
    """

    rows: Bools
    bounds: Floats
    free: Bools
    seen: Bools
    opened: float
    last: float
    unit: float
    center: Floats
    scale: Floats
    peak: Peak

    @property
    def theta(self) -> Floats:
        """Parameters, of covariates centred and scaled."""
        return self.peak.state.theta

    @property
    def influence(self) -> Floats:
        """Influence of each row on the parameters, shape (m, P)."""
        result: Floats = self.peak.scores @ self.peak.inverse
        return result

    def rates(self, theta: Numbers, at: Floats) -> Numbers:
        """Rates of all bands, for given covariates."""
        bands = int(self.free.sum())
        effect = ((at - self.center) / self.scale) @ theta[bands:] if len(at) else 0.0
        result = np.zeros(len(self.free), dtype=complex)
        result[self.free] = np.exp(theta[:bands] + effect)
        return result

    def unknown(self, gradient: Floats) -> bool:
        """Whether a quantity changes along a direction that the data do not tell."""
        return bool(np.abs(gradient @ self.peak.unknown).max(initial=0.0) > 1e-6)

    def model_variance(self, gradient: Floats) -> float:
        """Variance by the inverse information, of rows without weights."""
        return float(gradient @ self.peak.inverse @ gradient)


def gradients(value: Callable[[list[Numbers]], complex], places: list[Floats]) -> tuple[float, list[Floats]]:
    """Return a function of several parameter vectors at a place, and its gradient in each of them."""
    start = [place.astype(complex) for place in places]
    found = float(value(start).real)
    slopes = []
    for number, place in enumerate(places):
        slope = np.empty(len(place))
        for column in range(len(place)):
            moved = [one.copy() for one in start]
            moved[number][column] += 1j * TINY
            slope[column] = value(moved).imag / TINY
        slopes.append(slope)
    return found, slopes


def window(
    rates: list[Numbers], bounds: Floats, opened: float, a: float, b: float
) -> tuple[complex, complex]:
    """Return F_c(b) - F_c(a) of the first cause, and S(a), everyone free of events on the day `opened`."""
    total = np.sum(rates, axis=0)
    left = np.exp(-_held(total, bounds, opened, a))
    risk = 0j
    before = left
    for band, (start, end) in enumerate(itertools.pairwise(bounds)):
        begin, stop = max(start, a), min(end, b)
        if stop <= begin or total[band] == 0:
            continue
        after = before * np.exp(-total[band] * (stop - begin))
        risk += rates[0][band] / total[band] * (before - after)
        before = after
    return risk, left


def _held(total: Numbers, bounds: Floats, start: float, end: float) -> complex:
    days = np.clip(np.minimum(bounds[1:], end) - np.maximum(bounds[:-1], start), 0.0, None)
    return complex(total @ days)

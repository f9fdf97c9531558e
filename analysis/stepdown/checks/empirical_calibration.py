"""An interval that allows for the systematic error that negative controls show.

Of each control, whose true ratio is 1, x is the logarithm of its estimate and s the standard error. What
the design adds to it is taken to come from one normal distribution: x ~ N(mean, spread^2 + s^2), fitted by
maximum likelihood with spread >= 0. An estimate y with standard error t, whose systematic error has that
distribution whatever its true value, has the calibrated interval

    exp(y - mean +- 1.96 sqrt(t^2 + spread^2)),     and p = 2 Phi(-|y - mean| / sqrt(t^2 + spread^2)).

The uncertainty of mean and spread is left out: with few controls that is most of it, so none is given for
fewer than 20.

Schuemie MJ et al. (2014), Stat Med 33:209-218; Schuemie MJ et al. (2018), PNAS 115:2571-2577.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from stepdown.checks.gate_verdicts import TWO_SIDED
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, as_floats

FEWEST = 20
"""Controls below which no interval is calibrated."""


@dataclass(frozen=True, kw_only=True)
class SystematicError:
    """Distribution of what a design adds to the logarithm of a ratio.

    Attributes
    ----------
    mean, spread : float
        Its mean and standard deviation.
    controls : int
        Controls that it is estimated from.
    """

    mean: float
    spread: float
    controls: int


@dataclass(frozen=True, kw_only=True)
class CalibratedRatio:
    """A ratio with the systematic error taken out: estimate, 95% limits, and two-sided p."""

    ratio: float
    low: float
    high: float
    p: float


def systematic_error(log_ratio: ArrayLike, std_error: ArrayLike) -> SystematicError:
    """Return the distribution of the systematic error by maximum likelihood.

    Parameters
    ----------
    log_ratio, std_error : array_like (k,)
        Of each negative control the logarithm of its ratio, and the standard error of that.

    Raises
    ------
    EstimateError
        Fewer than 20 controls.

    Examples
    --------
    >>> found = systematic_error(np.tile([0.1, 0.3], 10), np.full(20, 0.06))
    >>> round(found.mean, 3), round(found.spread, 3)
    (0.2, 0.08)
    """
    x, s = as_floats(log_ratio), as_floats(std_error)
    if len(x) < FEWEST:
        raise EstimateError(f"{len(x):,} negative controls: an interval is calibrated from {FEWEST} on.")

    def mean_of(spread: float) -> float:
        weight = 1 / (spread**2 + s**2)
        return float((weight * x).sum() / weight.sum())

    def loss(spread: float) -> float:
        variance = spread**2 + s**2
        return float((np.log(variance) + (x - mean_of(spread)) ** 2 / variance).sum())

    most = float(np.ptp(x)) + 1e-6
    # The likelihood may have two tops: the best of a grid, made exact.
    grid: Floats = np.linspace(0.0, most, 200)
    best = int(np.argmin([loss(one) for one in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    spread = 0.0 if loss(0.0) <= loss(float(found.x)) + 1e-12 else float(found.x)
    return SystematicError(mean=mean_of(spread), spread=spread, controls=len(x))


def calibrated(log_ratio: float, std_error: float, error: SystematicError) -> CalibratedRatio:
    """Return a ratio with its systematic error taken out.

    Examples
    --------
    The published example of the method (the R package EmpiricalCalibration): p = 0.839.

    >>> null = SystematicError(mean=0.7920, spread=0.2835, controls=45)
    >>> round(calibrated(0.7326235, 0.07371708, null).p, 3)
    0.839
    """
    center, wide = log_ratio - error.mean, math.hypot(std_error, error.spread)
    return CalibratedRatio(
        ratio=math.exp(center),
        low=math.exp(center - TWO_SIDED * wide),
        high=math.exp(center + TWO_SIDED * wide),
        p=float(2 * special.ndtr(-abs(center) / wide)),
    )

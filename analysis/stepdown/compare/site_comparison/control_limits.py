"""Control limits of a funnel plot: between which observed over expected lies where a site is like the others.

**Poisson.** With r the smallest count with P(R <= r) >= p for R Poisson with mean E, and
a = (P(R <= r) - p) / P(R = r), the lower limit is (r - a) / E, at least 0, and the upper one (r + 1 - a) / E:
a site lies beyond exactly where P(R <= O) or P(R >= O) is below its tail, and so where its exact confidence
interval excludes 1. (Spiegelhalter's upper limit, (r - a) / E, is beyond its share by one count.)

**Over-dispersion.** Sites differ by more than chance and the covariates explain. With z = sqrt(E) log(O / E)
of each site and the highest and lowest tenth of sites left out, of the I that remain

    phi = mean z^2,   tau^2 = max(0, (I phi - (I - 1)) / (sum E - sum E^2 / sum E))

is the variance of the sites' true log ratios, and limits are exp(+-q sqrt(1 / E + tau^2)). A site without
events has no z and is left out.

References
----------
Spiegelhalter DJ (2005), Stat Med 24:1185-1202 (funnel plots, exact limits); Qual Saf Health Care 14:347-351
(over-dispersion). NHS Digital, Summary Hospital-level Mortality Indicator (log scale, truncated).
DerSimonian R, Laird N (1986), Control Clin Trials 7:177-188.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stepdown.survival.core.sample import Floats

TRIMMED = 0.1
"""Share of sites that is left out at either end before the over-dispersion is estimated."""

_LOWEST = -1e9


@dataclass(frozen=True, kw_only=True)
class OverDispersion:
    """How much more sites differ than chance explains.

    Attributes
    ----------
    ratio : float
        phi: about 1 where chance explains all.
    variance : float
        tau^2: variance between sites of the log of observed over expected; 0 where chance explains all.
    """

    ratio: float
    variance: float


def poisson_limits(expected: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the exact limits of observed over expected where only chance is at work.

    Parameters
    ----------
    expected : array_like (k,)
        Expected events, above 0.
    level : float
        Share of sites like the others that lie between the limits at least, such as 0.95.

    Examples
    --------
    Of mean 10, P(R <= 3) = 0.0103 and P(R <= 4) = 0.0293, so a = 0.0043 / 0.0189 = 0.22 at 0.025.

    >>> low, high = poisson_limits([10.0], 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.378, 1.716)
    """
    mean = np.asarray(expected, dtype=float)
    low, high = (_quantile(mean, p) for p in ((1 - level) / 2, (1 + level) / 2))
    return np.maximum(low, 0.0) / mean, (high + 1) / mean


def _quantile(mean: Floats, p: float) -> Floats:
    # The inverse in real numbers may lie a rounding error above the count.
    count = np.maximum(np.ceil(special.pdtrik(p, mean)), 0.0)
    count = np.where((count > 0) & (special.pdtr(np.maximum(count - 1, 0), mean) >= p), count - 1, count)
    over = (special.pdtr(count, mean) - p) / np.exp(
        special.xlogy(count, mean) - mean - special.gammaln(count + 1)
    )
    return np.asarray(count - over)


def over_dispersion(observed: ArrayLike, expected: ArrayLike) -> OverDispersion:
    """Return how much more sites differ than chance explains.

    Parameters
    ----------
    observed, expected : array_like (k,)
        Events of each site.

    Examples
    --------
    Of ten sites the two in the middle of the tenths lie apart by more than chance.

    >>> found = over_dispersion([70, 80, 80, 80, 80, 120, 120, 120, 120, 130], [100.0] * 10)
    >>> round(found.ratio, 2), found.variance > 0
    (4.15, True)
    """
    events, mean = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    # The lowest score of all stands for that of a site without events, which is minus infinity.
    score = np.where(events > 0, np.sqrt(mean) * np.log(np.maximum(events, 1) / mean), _LOWEST)
    low, high = np.quantile(score, [TRIMMED, 1 - TRIMMED])
    kept = (score > low) & (score < high) & (events > 0)
    size, weight = int(kept.sum()), mean[kept]
    if size < 2:
        return OverDispersion(ratio=float("nan"), variance=0.0)
    ratio = float(np.mean(score[kept] ** 2))
    spread = float(weight.sum() - (weight**2).sum() / weight.sum())
    return OverDispersion(ratio=ratio, variance=max(0.0, (size * ratio - (size - 1)) / spread))


def funnel_limits(expected: ArrayLike, level: float, *, variance: float = 0.0) -> tuple[Floats, Floats]:
    """Return the control limits of observed over expected, with the variance between sites.

    Parameters
    ----------
    expected : array_like (k,)
        Expected events, above 0.
    level : float
        Such as 0.95 or 0.998.
    variance : float
        tau^2 of `over_dispersion`; 0 for the exact limits of chance alone.

    Examples
    --------
    >>> low, high = funnel_limits([25.0], 0.95, variance=0.05)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.555, 1.8)
    """
    if not variance:
        return poisson_limits(expected, level)
    half = special.ndtri((1 + level) / 2) * np.sqrt(1 / np.asarray(expected, dtype=float) + variance)
    return np.exp(-half), np.exp(half)

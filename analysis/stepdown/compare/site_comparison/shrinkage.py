"""Empirical-Bayes ratios of sites, and how uncertain their ranks are.

**Shrinkage.** The true ratio of a site is drawn from a gamma distribution with mean m and shape a, and its
events are Poisson with that ratio times E. m and a maximize the negative binomial likelihood of all sites.
The mean of a site given its events is (a + O) / (a / m + E), between O / E and m and nearer to m the fewer
events are expected. Where sites differ by no more than chance, a is infinite and all ratios are m.

**Ranks.** Ratios of all sites are drawn from gamma distributions with shape O + 1/2 and rate E (Jeffreys),
each site alone, and ranked in each draw; the limits of a rank are the 2.5% and 97.5% quantiles. Rank 1 is the
lowest ratio.

References
----------
Clayton D, Kaldor J (1987), Biometrics 43:671-681. Goldstein H, Spiegelhalter DJ (1996), JRSS A 159:385-443.
Marshall EC, Spiegelhalter DJ (1998), BMJ 316:1701-1704.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from stepdown.survival.core.sample import Floats

MOST_SHAPE = 1e6
"""Shape from which sites count as alike."""
DRAWS = 4000


@dataclass(frozen=True, eq=False, kw_only=True)
class ShrunkenRatios:
    """Ratios of sites drawn toward that of all.

    Attributes
    ----------
    mean, shape : float
        Of the distribution of true ratios; the shape is infinite where sites are alike.
    estimate : array (k,)
        The mean of each site given its events.
    """

    mean: float
    shape: float
    estimate: Floats


def shrunken_ratios(observed: ArrayLike, expected: ArrayLike) -> ShrunkenRatios:
    """Return empirical-Bayes ratios of observed over expected.

    Parameters
    ----------
    observed, expected : array_like (k,)
        Events of each site; all expected numbers above 0, and at least one observed event.

    Examples
    --------
    Ratios that chance explains are all the same.

    >>> shrunken_ratios([9, 10, 11], [10.0, 10.0, 10.0]).estimate.tolist()
    [1.0, 1.0, 1.0]
    """
    events, mean = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    ratio, shape = _most_likely(events, mean)
    drawn = (shape + events) / (shape / ratio + mean) if np.isfinite(shape) else np.full(len(events), ratio)
    return ShrunkenRatios(mean=ratio, shape=shape, estimate=drawn)


def _most_likely(events: Floats, mean: Floats) -> tuple[float, float]:
    """Return the mean and the shape that maximize the negative binomial likelihood."""

    def mean_at(shape: float) -> float:
        """Return the best mean: its score is sum (O - m E) / (m (1 + m E / a)) = 0."""

        def score(ratio: float) -> float:
            return float(((events - ratio * mean) / (1 + ratio * mean / shape)).sum())

        ratios = events / mean
        if ratios.min() == ratios.max():
            return float(ratios[0])
        return float(optimize.brentq(score, ratios.min(), ratios.max(), xtol=1e-14))

    def loss(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        at = mean_at(shape) * mean
        terms = (
            special.gammaln(shape + events) - special.gammaln(shape)
            - shape * np.log1p(at / shape) + events * (np.log(at) - np.log(shape + at))
        )  # fmt: skip
        return -float(terms.sum())

    pooled = float(events.sum() / mean.sum())
    # The likelihood rises toward an infinite shape where the variance is no larger than the mean.
    excess = ((events - pooled * mean) ** 2 - events).sum()
    if excess <= 0:
        return pooled, float("inf")
    found = optimize.minimize_scalar(
        loss, bounds=(np.log(1e-3), np.log(MOST_SHAPE)), method="bounded", options={"xatol": 1e-10}
    )
    shape = float(np.exp(found.x))
    return (pooled, float("inf")) if shape > 0.99 * MOST_SHAPE else (mean_at(shape), shape)


def rank_limits(observed: ArrayLike, expected: ArrayLike, *, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the rank of each site by observed over expected, and its 95% limits.

    Parameters
    ----------
    observed, expected : array_like (k,)
        Events of each site.
    seed : int
        Of the draws.

    Returns
    -------
    rank, low, high : ndarray (k,)
        1 is the lowest ratio; sites with the same ratio share the mean of their ranks.

    Examples
    --------
    >>> rank, low, high = rank_limits([5, 10, 60], [20.0, 10.0, 20.0], seed=1)
    >>> rank.tolist(), low.tolist(), high.tolist()
    ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    """
    events, mean = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    ratio = events / mean
    rank = (ratio[:, None] > ratio).sum(axis=1) + ((ratio[:, None] == ratio).sum(axis=1) + 1) / 2
    drawn = np.random.default_rng(seed).gamma(events + 0.5, size=(DRAWS, len(events))) / mean
    ranks = drawn.argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="inverted_cdf")
    return rank.astype(float), low.astype(float), high.astype(float)

"""Ratios of two estimated shares, from their estimates and standard errors.

The engine gives risks, and their difference and ratio. Where a claim is about abstinence, the ratio is that
of 1 - risk, and where an odds ratio is asked for, that of the odds. With x and y the shares, v and w their
variances and c their covariance, (v + w - variance of the difference) / 2, the variance of log(x / y) is
v / x^2 + w / y^2 - 2 c / (x y), and that of the log odds ratio the same with x (1 - x) and y (1 - y).
"""

import math

from scipy import special

from stepdown.replicate.claim_precision import LEVEL

Limits = tuple[float, float, float]
_Z = float(special.ndtri(0.5 + LEVEL / 2))


def ratio_of_shares(
    first: tuple[float, float], second: tuple[float, float], *, difference_error: float | None = None
) -> Limits:
    """Return the ratio of two shares with its 95% limits.

    Parameters
    ----------
    first, second : tuple of float
        A share and its standard error.
    difference_error : float, optional
        Standard error of their difference; independent shares where left out.

    Examples
    --------
    57% and 30%, with standard errors of 0.02.

    >>> [round(one, 3) for one in ratio_of_shares((0.57, 0.02), (0.30, 0.02))]
    [1.9, 1.639, 2.202]
    """
    return _ratio(first, second, first[0], second[0], first[0] / second[0], difference_error)


def odds_ratio_of_shares(first: tuple[float, float], second: tuple[float, float]) -> Limits:
    """Return the odds ratio of two independent shares with its 95% limits.

    Examples
    --------
    >>> [round(one, 2) for one in odds_ratio_of_shares((0.8, 0.01), (0.3, 0.01))]
    [9.33, 8.0, 10.89]
    """
    x, y = first[0], second[0]
    return _ratio(first, second, x * (1 - x), y * (1 - y), x * (1 - y) / (y * (1 - x)), None)


def _ratio(
    first: tuple[float, float], second: tuple[float, float], x: float, y: float, value: float,
    difference_error: float | None,
) -> Limits:  # fmt: skip
    v, w = first[1] ** 2, second[1] ** 2
    covariance = 0.0 if difference_error is None else (v + w - difference_error**2) / 2
    variance = v / x**2 + w / y**2 - 2 * covariance / (x * y)
    wide = math.exp(_Z * math.sqrt(max(variance, 0.0)))
    return value, value / wide, value * wide

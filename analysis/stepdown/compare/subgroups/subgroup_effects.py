"""Whether effects in subgroups differ, and what each is worth once chance is allowed for.

Effects d_k of K subgroups without a person in common, with standard errors s_k and w_k = 1 / s_k^2.

**Interaction.** With D = sum w d / sum w, Q = sum w (d - D)^2 is chi-square on K - 1 degrees of freedom where
the effects are equal. **Holm**: of m tests, the i-th smallest p times m - i + 1, made to rise, at most 1.

**Shrinkage.** The variance of the true effects is tau^2 = max(0, (Q - (K - 1)) / (sum w - sum w^2 / sum w))
(DerSimonian and Laird), their mean M the average with weights 1 / (s^2 + tau^2), and the shrunken effect
M + (d - M) tau^2 / (s^2 + tau^2).

References
----------
DerSimonian R, Laird N (1986), Control Clin Trials 7:177-188. Holm S (1979), Scand J Stat 6:65-70. Jones HE,
Ohlssen DI, Neuenschwander B, Racine A, Branson M (2011), Clin Trials 8:129-143 (shrinkage).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from stepdown.survival.core.sample import Floats


@dataclass(frozen=True, kw_only=True)
class Heterogeneity:
    """Test that the effects in subgroups are equal.

    Attributes
    ----------
    statistic : float
        Q.
    degrees : int
        K - 1; 0 where fewer than two effects are known.
    p : float
        Missing where fewer than two effects are known.
    variance : float
        tau^2.
    """

    statistic: float
    degrees: int
    p: float
    variance: float


def heterogeneity(estimate: ArrayLike, std_error: ArrayLike) -> Heterogeneity:
    """Return the test that the effects are equal, and the variance of the true ones.

    Parameters
    ----------
    estimate, std_error : array_like (K,)
        Effects of subgroups without a person in common.

    Examples
    --------
    Two effects 0.2 apart with standard errors 0.06 and 0.08: (0.2 / 0.1)^2 = 4.

    >>> found = heterogeneity([-0.2, 0.0], [0.06, 0.08])
    >>> round(found.statistic, 6), found.degrees, round(found.p, 4)
    (4.0, 1, 0.0455)
    """
    effect, weight = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float) ** -2.0
    degrees = len(effect) - 1
    if degrees < 1:
        return Heterogeneity(statistic=np.nan, degrees=0, p=np.nan, variance=0.0)
    mean = float((weight * effect).sum() / weight.sum())
    statistic = float((weight * (effect - mean) ** 2).sum())
    spread = float(weight.sum() - (weight**2).sum() / weight.sum())
    return Heterogeneity(
        statistic=statistic,
        degrees=degrees,
        p=float(special.chdtrc(degrees, statistic)),
        variance=max(0.0, (statistic - degrees) / spread),
    )


def holm(p: ArrayLike) -> Floats:
    """Return p values adjusted for their number; missing ones stay missing and do not count.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p, dtype=float)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    found = np.full(len(given), np.nan)
    found[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)), 1.0)
    return found


def shrunken_effects(estimate: ArrayLike, std_error: ArrayLike) -> Floats:
    """Return the effects drawn toward their mean.

    Parameters
    ----------
    estimate, std_error : array_like (K,)
        As for `heterogeneity`.

    Examples
    --------
    Q is 2 and tau^2 = 1 / (200 - 100) = 0.01, as large as s^2: half way to the mean, which is -0.1.

    >>> shrunken_effects([-0.2, 0.0], [0.1, 0.1]).round(4).tolist()
    [-0.15, -0.05]
    """
    effect, variance = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float) ** 2
    between = heterogeneity(effect, np.sqrt(variance)).variance
    weight = 1 / (variance + between)
    mean = (weight * effect).sum() / weight.sum()
    return np.asarray(mean + between / (variance + between) * (effect - mean))

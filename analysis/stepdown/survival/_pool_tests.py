"""Chi-square tests pooled over imputations, where only their statistics are known (rule D2).

With statistics d_1 ... d_m on k degrees of freedom, the square roots of which vary by s^2,

    r = (1 + 1/m) s^2,      D = (mean d / k - (m + 1) / (m - 1) r) / (1 + r),

and D is F on k and k^(-3/m) (m - 1) (1 + 1/r)^2 degrees of freedom. Where all imputations agree, r is 0 and
the test is that of complete data. A D below 0 counts as 0. It needs no estimates, and is rough for it: where
much is missing it can reject too often or too seldom.

References
----------
Li KH, Meng XL, Raghunathan TE, Rubin DB (1991), Statistica Sinica 1:65-92.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.errors import EstimateError


@dataclass(frozen=True)
class PooledTest:
    """A pooled chi-square test.

    Attributes
    ----------
    statistic : float
        D, of the F distribution.
    df, df_other : float
        Its degrees of freedom: those of the test, and those that the spread between imputations leaves
        (infinite where there is none).
    p : float
        P-value.
    m : int
        Imputations.
    """

    statistic: float
    df: int
    df_other: float
    p: float
    m: int


def pool_tests(statistics: ArrayLike, df: int) -> PooledTest:
    """Pool the statistics of one chi-square test from every imputation.

    Parameters
    ----------
    statistics : array-like, shape (m,)
        One an imputation.
    df : int
        Degrees of freedom of the test.

    Returns
    -------
    PooledTest

    Raises
    ------
    EstimateError
        Where there are fewer than two, or one is missing, infinite or negative.
    """
    try:
        found = np.asarray(statistics, dtype=float)
    except (TypeError, ValueError) as error:
        raise EstimateError("statistics must be numbers, one an imputation.") from error
    if found.ndim != 1 or len(found) < 2:
        raise EstimateError("There are fewer than two tests to pool. Give one an imputation.")
    if not (np.isfinite(found) & (found >= 0)).all() or df < 1 or df != int(df):
        raise EstimateError("statistics must be finite and not negative, and df a whole number from 1 up.")
    m = len(found)
    spread = (1 + 1 / m) * float(np.sqrt(found).var(ddof=1))
    mean = float(found.mean()) / df
    if spread <= 1e-14 * mean or not mean:
        return PooledTest(mean, df, np.inf, float(stats.chi2.sf(mean * df, df)), m)
    value = max((mean - (m + 1) / (m - 1) * spread) / (1 + spread), 0.0)
    other = df ** (-3 / m) * (m - 1) * (1 + 1 / spread) ** 2
    return PooledTest(value, df, other, float(stats.f.sf(value, df, other)), m)

"""Rubin's rules: one estimate, or one test, from the same analysis of m imputed data sets.

With estimates Q_k and variances U_k from the m data sets,

    Q = mean Q_k,   T = U + (1 + 1/m) B,   U = mean U_k,   B = sum (Q_k - Q)^2 / (m - 1)

and (Q - truth) / sqrt(T) has a t distribution with Barnard and Rubin's degrees of freedom

    1 / df = lambda^2 / (m - 1) + 1 / df_obs,   df_obs = (1 - lambda) df_com (df_com + 1) / (df_com + 3)

lambda = (1 + 1/m) B / T being the share of the variance due to missing data, and df_com the degrees of
freedom of complete data (infinite if not given: Rubin's own df). Where all imputations agree, lambda is 0 and
the result is that of complete data. (R's mice keeps lambda at 0.0001 or more; that is the only difference.)
With `riv` = (1 + 1/m) B / U, the relative increase in variance, fmi = (riv + 2 / (df + 3)) / (riv + 1) is the
fraction of missing information. Imputations must be proper (with parameters of the imputation model drawn
for each, and the outcome, event and cumulative hazard, among its covariates).

Tests (rule D2): with chi-square statistics d_1 ... d_m on k degrees of freedom, whose square roots have
variance s^2,

    r = (1 + 1/m) s^2,      D = (mean d / k - (m + 1) / (m - 1) r) / (1 + r),

and D is F on k and k^(-3/m) (m - 1) (1 + 1/r)^2 degrees of freedom. Where all imputations agree, r is 0 and
the test is that of complete data. A D below 0 counts as 0. The rule needs no estimates, and is approximate:
with many missing data it can reject too often or too rarely.

References
----------
Rubin DB (1987), Multiple Imputation for Nonresponse in Surveys, ch. 3. Barnard J, Rubin DB (1999),
Biometrika 86:948-955. Li KH, Meng XL, Raghunathan TE, Rubin DB (1991), Statistica Sinica 1:65-92 (D2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS, NO_SPREAD
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Faults, Floats, check_level, check_results, is_number
from stepdown.survival.cox_model.cox_fit import CoxFit
from stepdown.survival.fine_gray_model.fine_gray_fit import FineGrayFit


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Plotted):
    """Pooled estimates of p terms.

    Attributes
    ----------
    table : DataFrame
        Indexed by `term`: `estimate`, `std_error`, `df` (of t; infinite: the normal distribution),
        `conf_low`, `conf_high`, `t`, `p` (two-sided, that the truth is 0), `within` (U), `between` (B),
        `riv`, `lambda`, `fmi`, `note`.
    covariance : ndarray, shape (p, p), or None
        T as a matrix; None where only variances were given.
    m : int
        Imputations.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    covariance: Floats | None = field(repr=False)
    m: int
    level: float


@checks_arguments
def pool(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    df_complete: float | None = None,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
) -> Pooled:
    """Pool estimates by Rubin's rules with Barnard and Rubin's degrees of freedom.

    Parameters
    ----------
    estimates : array-like, shape (m,) or (m, p)
        One row per imputation, on a scale with about normal errors (log hazard ratios, not ratios).
    variances : array-like, shape of estimates, or (m, p, p)
        Squared standard errors, or covariance matrices.
    df_complete : float, optional
        Degrees of freedom of the analysis of complete data: people less terms, or clusters less 1. Infinite
        if not given.
    terms : sequence of str, optional
        Names; q1, q2, ... if not given.
    level : float
        Confidence level.

    Returns
    -------
    Pooled
        No standard error, with a note, where there is no variance within or between imputations.

    Raises
    ------
    EstimateError
        Where there is one imputation only, shapes differ, or an estimate or variance is missing, infinite
        or negative.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> pooled = survival.pool([0.1, 0.3, 0.2], [0.04, 0.05, 0.04])
    >>> pooled.table["estimate"].round(3).tolist()
    [0.2]
    """
    check_level(level)
    values, spread, full = _checked(estimates, variances, df_complete)
    m, size = values.shape
    names = tuple(f"q{k}" for k in range(1, size + 1)) if terms is None else tuple(terms)
    if len(names) != size:
        raise EstimateError(f"terms has {len(names)} names for {size} estimates. Give one per term.")
    covariance = None
    if full is not None:
        apart = values - values.mean(axis=0)
        covariance = full.mean(axis=0) + (1 + 1 / m) * apart.T @ apart / (m - 1)
    table = rubin(values, spread, checked_df(df_complete), level)
    return Pooled(table.set_axis(pd.Index(names, name="term")), covariance, m, level)


@checks_arguments
def pool_fits(
    fits: Sequence[CoxFit | FineGrayFit], *, df_complete: float | None = None, level: float = 0.95
) -> Pooled:
    """Pool the coefficients of the same regression in every imputation.

    Parameters
    ----------
    fits : sequence of CoxFit or FineGrayFit
        Of `cox`, `andersen_gill` or `fine_gray`, one per imputation, with the same terms.
    df_complete, level
        As in `pool`; where left out, with a correction for few clusters, clusters less 1.

    Returns
    -------
    Pooled
        Log hazard ratios; the limits of ratios are the exponentials of these.

    Raises
    ------
    EstimateError
        As `pool`; and where fits are of different kinds, causes or terms, or one has no finite estimate or
        no standard error in some.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> fits = [survival.cox([3, 5, 6, 8], [1, 1, 0, 1], x) for x in ([1, 0, 1, 0], [1, 0, 0, 1])]
    >>> survival.pool_fits(fits).table["estimate"].round(3).tolist()
    [0.347]
    """
    check_results("fits", fits, (CoxFit, FineGrayFit), "cox, andersen_gill or fine_gray")
    if not fits:
        raise EstimateError("There are no fits to pool. Give one per imputation.")
    if len({(type(fit), getattr(fit, "cause", 1)) for fit in fits}) > 1:
        raise EstimateError("The fits are of different kinds or causes. Pool one regression at a time.")
    if len({fit.terms for fit in fits}) > 1:
        raise EstimateError("The fits have different terms. Fit the same regression in every imputation.")
    lost = sum(bool(fit.summary["std_error"].isna().any()) for fit in fits)
    if lost:
        raise EstimateError(
            f"A term has no finite estimate, or no standard error, in {lost} of {len(fits)} fits, so it "
            "cannot be pooled. See the warnings of these fits; leave the term out, or use a ridge in all."
        )
    values, spread = np.stack([fit.coef for fit in fits]), np.stack([fit.covariance for fit in fits])
    degrees = fits[0].degrees
    full = float(degrees) if df_complete is None and degrees else df_complete
    found = pool(values, spread, df_complete=full, terms=fits[0].terms, level=level)
    if 0 < degrees < FEWEST_CLUSTERS - 1:
        found.table["p"] = np.nan
    return found


def checked_df(df_complete: float | None) -> float:
    """Return the degrees of freedom of complete data, or raise where they are not positive."""
    infinite = isinstance(df_complete, float) and df_complete == np.inf
    if df_complete is not None and not infinite and not (is_number(df_complete) and df_complete > 0):
        raise EstimateError("df_complete must be above 0. Leave it out for large samples.")
    return np.inf if df_complete is None else float(df_complete)


def rubin(values: Floats, spread: Floats, df_complete: float | Floats, level: float) -> pd.DataFrame:
    """Return the pooled table of p estimates; values and variances of shape (m, p)."""
    m = len(values)
    mean, within = values.mean(axis=0), spread.mean(axis=0)
    apart = values - mean
    # Rounding errors of equal estimates are not variance.
    apart[np.abs(apart) <= 1e-14 * np.abs(mean)] = 0.0
    between = (apart**2).sum(axis=0) / (m - 1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (1 + 1 / m) * between / total
        riv = (1 + 1 / m) * between / within
        df = _degrees(m, share, df_complete)
        fmi = np.where(np.isinf(riv), 1.0, (riv + 2 / (df + 3)) / (riv + 1))
        se = np.where(total > 0, np.sqrt(total), np.nan)
        t = mean / se
    margin = special.stdtrit(df, (1 + level) / 2) * se
    columns = {
        "estimate": mean, "std_error": se, "df": df, "conf_low": mean - margin, "conf_high": mean + margin,
        "t": t, "p": 2 * special.stdtr(df, -np.abs(t)), "within": within, "between": between, "riv": riv,
        "lambda": share, "fmi": fmi,
    }  # fmt: skip
    return pd.DataFrame(columns).assign(note=np.where(total > 0, "", NO_SPREAD))


def _degrees(m: int, share: Floats, df_complete: float | Floats) -> Floats:
    """Barnard and Rubin's degrees of freedom; infinite where nothing limits them."""
    full = np.broadcast_to(np.asarray(df_complete, dtype=float), share.shape)
    limited = np.isfinite(full)
    some = np.where(limited, full, 1.0)
    seen = np.where(limited, (1 - share) * some * (some + 1) / (some + 3), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = 1 / (share**2 / (m - 1) + 1 / seen)
    return result


def _checked(
    estimates: ArrayLike, variances: ArrayLike, df_complete: float | None
) -> tuple[Floats, Floats, Floats | None]:
    try:
        values, spread = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise EstimateError(
            "estimates and variances must be numbers, one row of the same length per imputation."
        ) from error
    if values.ndim == 1 and spread.ndim == 1:
        values, spread = values[:, None], spread[:, None]
    if values.ndim != 2 or not values.size:
        raise EstimateError("estimates must hold one number, or one row of terms, per imputation.")
    if len(values) < 2:
        raise EstimateError(
            "There is only one imputation, so what is missing has no variance. Give two or more."
        )
    m, size = values.shape
    if spread.shape not in ((m, size), (m, size, size)):
        raise EstimateError(
            "variances must have the shape of estimates, or hold one covariance matrix per imputation."
        )
    checked_df(df_complete)
    full = spread if spread.ndim == 3 else None
    alone = spread if full is None else np.diagonal(full, axis1=1, axis2=2)
    faults = Faults()
    lost = ~np.isfinite(values).all(axis=1)
    faults.where("estimates", lost, "is missing or infinite", "Pool only what every imputation has.")
    whole = np.isfinite(spread).reshape(m, -1).all(axis=1) & (alone >= 0).all(axis=1)
    faults.where("variances", ~whole, "is missing, infinite or negative", "Give squared standard errors.")
    faults.stop()
    return values, alone, full


@dataclass(frozen=True)
class PooledTest:
    """A pooled chi-square test.

    Attributes
    ----------
    statistic : float
        D, of the F distribution.
    df, df_other : float
        Its degrees of freedom: those of the test, and those from the variance between imputations (infinite
        where there is none).
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


@checks_arguments
def pool_tests(statistics: ArrayLike, df: int) -> PooledTest:
    """Pool the statistics of one chi-square test from every imputation.

    Parameters
    ----------
    statistics : array-like, shape (m,)
        One per imputation.
    df : int
        Degrees of freedom of the test.

    Returns
    -------
    PooledTest

    Raises
    ------
    EstimateError
        Where there are fewer than two, or one is missing, infinite or negative.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> round(survival.pool_tests([3.1, 4.2, 3.6], df=1).p, 3)
    0.062
    """
    try:
        found = np.asarray(statistics, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise EstimateError("statistics must be numbers, one per imputation.") from error
    if found.ndim != 1 or len(found) < 2:
        raise EstimateError("There are fewer than two tests to pool. Give one per imputation.")
    if not (np.isfinite(found) & (found >= 0)).all() or not is_number(df) or df < 1 or df != int(df):
        raise EstimateError("statistics must be finite and not negative, and df a whole number from 1 up.")
    m = len(found)
    spread = (1 + 1 / m) * float(np.sqrt(found).var(ddof=1))
    mean = float(found.mean()) / df
    if spread <= 1e-14 * mean or not mean:
        return PooledTest(mean, df, np.inf, float(special.chdtrc(df, mean * df)), m)
    value = max((mean - (m + 1) / (m - 1) * spread) / (1 + spread), 0.0)
    other = df ** (-3 / m) * (m - 1) * (1 + 1 / spread) ** 2
    return PooledTest(value, df, other, float(special.fdtrc(df, other, value)), m)

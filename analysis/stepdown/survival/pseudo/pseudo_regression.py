"""Regression of risks or mean days on covariates, by pseudo-values.

With v_i the pseudo-value of person i (*Pseudo-values*), g(E v_i) = b0 + x_i b is fitted by generalized
estimating equations with independence: sum_i x_i mu'(eta_i) (v_i - mu_i) = 0. Link identity gives
differences of risks (or days), "log" ratios of them. The variance is the sandwich, summed in clusters; with
clusters it is times G / (G - 1), and limits are by t on G - 1 degrees of freedom; of n independent rows and p
coefficients times n / (n - p), by t on n - p. correction "none" gives the plain sandwich.

References
----------
Andersen PK, Klein JP, Rosthoj S (2003), Biometrika 90:15-27. Klein JP, Andersen PK
(2005), Biometrics 61:223-229.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.clusters import LONE, whole_clusters
from stepdown.survival.core.confidence_intervals import quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS, few_clusters
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    ClusterCorrection,
    Faults,
    check_correction,
    check_level,
    code_labels,
)
from stepdown.survival.cox_model.design_matrix import check_finite, coded_matrix
from stepdown.survival.pseudo.pseudo_observations import Estimand, pseudo_values

LINKS = ("identity", "log")


@dataclass(frozen=True, eq=False, repr=False)
class PseudoRegression(Plotted):
    """Coefficients of a regression of pseudo-values.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term` (Intercept first): `estimate` (a difference or log ratio), `std_error`,
        `conf_low`, `conf_high`, `z`, `p`; with link log also `ratio`, `ratio_low`, `ratio_high`.
    estimand, link : str
        As requested.
    n : int
        Rows.
    level : float
        Confidence level.
    warnings : tuple of str
        Limitations of the estimates.
    """

    summary: pd.DataFrame
    estimand: str
    link: str
    n: int
    level: float
    warnings: tuple[str, ...]


@reads_columns
def pseudo_regression(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    time: float,
    estimand: Estimand = "risk",
    cause: int | None = None,
    link: str = "identity",
    strata: ArrayLike | None = None,
    loss: ArrayLike | pd.DataFrame | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> PseudoRegression:
    """Regress risks by a day, or mean days up to it, on covariates.

    Parameters
    ----------
    days, event, estimand, cause, strata, loss
        As in `pseudo_values`.
    X : DataFrame or array-like, shape (n, p) or (n,)
        Covariates, numbers.
    time : float
        Day.
    link : {"identity", "log"}
        Differences, or ratios.
    cluster : array-like, shape (n,), optional
        Rows that belong together.
    correction, level, data
        As in `kaplan_meier`.

    Returns
    -------
    PseudoRegression

    Raises
    ------
    EstimateError
        As `pseudo_values`; where covariates are not numbers, or the regression cannot be fitted.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event, x = [3, 5, 6, 8, 9, 12], [1, 1, 0, 1, 0, 0], [1, 0, 1, 0, 1, 0]
    >>> survival.pseudo_regression(days, event, x, time=5).summary["estimate"].round(3).tolist()
    [0.333, 0.0]
    """
    check_level(level)
    check_correction(correction)
    if link not in LINKS:
        raise EstimateError('link must be "identity" or "log". The default is identity.')
    values = pseudo_values(days, event, times=time, estimand=estimand, cause=cause, strata=strata, loss=loss)
    faults = Faults()
    terms, x, _ = coded_matrix(X, faults)
    faults.stop()
    size = len(values.values)
    faults.lengths("days", size, {"X": x[:, 0], "cluster": cluster})
    check_finite(terms, x, faults)
    groups = np.arange(size) if cluster is None else code_labels("cluster", cluster, size, faults)[0]
    faults.stop()
    if not np.ptp(values.values[:, 0]) > 0:
        raise EstimateError("All pseudo-values are the same, as where nobody has the event: nothing to fit.")
    coef, covariance = _fitted(values.values[:, 0], np.column_stack([np.ones(size), x]), groups, link)
    count = 0 if cluster is None else len(np.unique(groups))
    terms_fitted = x.shape[1] + 1
    degrees = 0 if correction == "none" else max(count - 1, 0) if count else max(size - terms_fitted, 0)
    found = covariance * ((count or size) / degrees if degrees > 0 else 1.0)
    spread = np.where(count == 1, np.nan, np.diag(found))
    se = np.sqrt(np.where(spread > 0, spread, np.nan))
    lone = whole_clusters(x, groups) if count else np.zeros(len(terms), dtype=bool)
    se[1:][lone] = np.nan
    alone = [f"{name} has {LONE}" for name in np.array(terms)[lone]]
    caution = few_clusters(count, degrees)
    notes = tuple(f"{text}." for text in (caution, *alone, *values.warnings) if text)
    testable = not count or not 0 < degrees < FEWEST_CLUSTERS - 1
    summary = _summary((("Intercept", *terms)), coef, se, degrees, testable, link, level)
    return PseudoRegression(summary, estimand, link, size, level, notes)


def _fitted(
    values: np.ndarray, x: np.ndarray, groups: np.ndarray, link: str
) -> tuple[np.ndarray, np.ndarray]:
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise EstimateError("A term of X is constant, or a combination of others. Leave it out.")
    # Imported here because it loads slowly.
    api: Any = importlib.import_module("statsmodels.api")
    chosen = api.families.links.Identity() if link == "identity" else api.families.links.Log()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what did not converge is refused below
        start = np.zeros(x.shape[1])
        start[0] = values.mean() if link == "identity" else np.log(max(values.mean(), 1e-8))
        model = api.GEE(values, x, groups, family=api.families.Gaussian(chosen))
        fit = model.fit(start_params=start, maxiter=200)
    coef, covariance = np.asarray(fit.params), np.asarray(fit.cov_params())
    if not (fit.converged and np.isfinite(coef).all() and np.isfinite(covariance).all()):
        raise EstimateError(
            'The regression did not converge. Use link = "identity", or join rare values of X.'
        )
    return coef, covariance


def _summary(
    terms: tuple[str, ...],
    coef: np.ndarray,
    se: np.ndarray,
    degrees: int,
    testable: bool,
    link: str,
    level: float,
) -> pd.DataFrame:
    width = quantile(level, degrees)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = coef / se
    tails = special.stdtr(degrees, -np.abs(z)) if degrees else special.ndtr(-np.abs(z))
    columns = {
        "estimate": coef, "std_error": se, "conf_low": coef - width * se, "conf_high": coef + width * se,
        "z": z, "p": 2 * tails if testable else np.full(len(coef), np.nan),
    }  # fmt: skip
    table = pd.DataFrame(columns, index=pd.Index(terms, name="term"))
    if link == "log":
        with np.errstate(over="ignore"):
            for name, of in (("ratio", "estimate"), ("ratio_low", "conf_low"), ("ratio_high", "conf_high")):
                table[name] = np.exp(table[of])
    return table

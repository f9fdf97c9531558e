"""Accelerated failure time regression: covariates stretch or shrink time.

log T = x b + b0 + sigma e with e of the extreme value (Weibull), normal (lognormal) or logistic
(loglogistic) distribution: a person with x has the times of another with x = 0, times exp(x b), the time
ratio. Times may be exact, right-censored or known to be in (low, high]. The likelihood is maximized by
Newton's method from two starts (*The maximum of a log likelihood*), with the covariates centered and divided
by their standard deviations; the variance is the inverse observed information. The fit is refused where the
search does not converge. Weights are numbers of people.

References
----------
Kalbfleisch JD, Prentice RL (2002), 2.3 and ch. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import normal_quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Faults, Floats, check_level
from stepdown.survival.cox_model.design_matrix import check_finite, coded_matrix
from stepdown.survival.cox_model.score_tests import FEW_EVENTS
from stepdown.survival.curve_tests.permuted_influence import permuted_term
from stepdown.survival.interval_censored.highest_likelihood import LikelihoodMaximum, highest
from stepdown.survival.interval_censored.interval_times import Intervals, check_intervals
from stepdown.survival.interval_censored.row_likelihood import LOGLOGISTIC, LOGNORMAL, WEIBULL, TimeRows

LAWS = {"weibull": WEIBULL, "lognormal": LOGNORMAL, "loglogistic": LOGLOGISTIC}


@dataclass(frozen=True, eq=False, repr=False)
class AcceleratedFailure(Plotted):
    """A fitted accelerated failure time regression.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term`: `estimate` (log time ratio), `std_error`, `conf_low`, `conf_high`, `time_ratio`,
        `time_ratio_low`, `time_ratio_high`, `z`, `p`.
    model : str
        As requested.
    loglik, aic : float
        Log likelihood at the estimate, and 2 k - 2 log L.
    n : int
        Rows.
    level : float
        Confidence level.
    """

    summary: pd.DataFrame
    model: str
    loglik: float
    aic: float
    n: int
    level: float


@reads_columns
def accelerated_failure(
    low: ArrayLike,
    high: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    model: str = "weibull",
    weights: ArrayLike | None = None,
    exact: bool | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> AcceleratedFailure:
    """Fit an accelerated failure time regression.

    Parameters
    ----------
    low, high, weights
        As in `parametric`. For days and events give `days` and `np.where(event, days, np.inf)`.
    X : DataFrame or array-like, shape (n, p) or (n,)
        Covariates, numbers.
    model : {"weibull", "lognormal", "loglogistic"}
        Distribution of times.
    exact : bool, optional
        Whether p is by permutation of the values of X: possible for one term without weights, and then the
        default under 50 events, where Wald's p is too large.
    level, data
        As in `kaplan_meier`.

    Returns
    -------
    AcceleratedFailure

    Raises
    ------
    EstimateError
        Where input is missing or impossible, a day is an exact 0, or the model cannot be fitted.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, x = [3, 5, 8, 9, 12, 15, 20, 4], [1, 0, 1, 0, 0, 1, 0, 1]
    >>> fit = survival.accelerated_failure(days, days, x)
    >>> list(fit.summary.index)
    ['x1']
    """
    check_level(level)
    if model not in LAWS:
        raise EstimateError(f"model must be one of {', '.join(LAWS)}. The default is weibull.")
    given = check_intervals(low, high, weights=weights)
    faults = Faults()
    terms, x, _ = coded_matrix(X, faults)
    faults.stop()
    faults.lengths("low", len(given.low), {"X": x[:, 0]})
    check_finite(terms, x, faults)
    remedy = "Day 0 has probability 0 in these models: give the row as an interval, or leave it out."
    faults.where("low", (given.low == 0) & (given.high == 0), "is an exact day 0", remedy)
    faults.stop()
    if not np.isfinite(given.high).any():
        raise EstimateError("No row has an event. There is nothing to fit.")
    if np.linalg.matrix_rank(np.column_stack([np.ones(len(x)), x])) <= x.shape[1]:
        raise EstimateError("A term of X is constant, or a combination of others. Leave it out.")
    permuted = _permuted(exact, x.shape[1], weights is None, int(np.isfinite(given.high).sum()))
    center, scale = x.mean(axis=0), x.std(axis=0)
    standard = (x - center) / scale
    peak = _peak(model, given, standard)
    if peak is None or not peak.converged:
        raise EstimateError(
            "The search did not converge: a term may predict who has the event. Join its rare values."
        )
    if peak.flat:
        raise EstimateError(
            "The model has no usable variance: a term may predict who has the event. Join its rare values."
        )
    se = np.sqrt(np.linalg.inv(-peak.curvature).diagonal())
    summary = _summary(terms, peak.at[1:-1] / scale, se[1:-1] / scale, level)
    if permuted and (none := _peak(model, given, standard[:, :0])) is not None:
        rows = TimeRows.of(given.low, given.high, np.zeros(len(x)), given.weight)
        scores = rows.scores(LAWS[model], np.full(len(x), none.at[0]), float(none.at[1]))
        p = permuted_term(standard[:, 0], scores)
        summary = summary.assign(z=np.copysign(special.ndtri(p / 2), summary["estimate"]), p=p)
    aic = 2 * len(peak.at) - 2 * peak.value
    return AcceleratedFailure(summary, model, peak.value, aic, len(x), level)


def _permuted(exact: bool | None, terms: int, plain: bool, events: int) -> bool:
    if exact and not (plain and terms == 1):
        raise EstimateError("exact takes one term and no weights. Leave out these, or exact.")
    return plain and terms == 1 and (events < FEW_EVENTS if exact is None else exact)


def _peak(model: str, given: Intervals, x: Floats) -> LikelihoodMaximum | None:
    """Return the maximum over intercept, coefficients of standardized terms, and log of the scale."""
    rows = TimeRows.of(given.low, given.high, np.zeros(len(x)), given.weight)
    columns = np.column_stack([np.ones(len(x)), x])
    nothing = np.zeros(x.shape[1])
    known = np.where(np.isfinite(rows.low), rows.low, rows.high - np.log(2))[np.isfinite(given.high)]
    middle, spread = float(known.mean()), float(max(known.std(), 0.1))
    starts = [np.array([middle + shift * spread, *nothing, np.log(spread)]) for shift in (0.0, 2.0)]
    return highest(lambda at: rows.of_law(LAWS[model], columns @ at[:-1], float(at[-1])), starts)


def _summary(terms: tuple[str, ...], coef: np.ndarray, se: np.ndarray, level: float) -> pd.DataFrame:
    margin, z = normal_quantile(level) * se, coef / se
    columns = {"estimate": coef, "std_error": se, "conf_low": coef - margin, "conf_high": coef + margin}
    ratios = {"time_ratio": coef, "time_ratio_low": coef - margin, "time_ratio_high": coef + margin}
    with np.errstate(over="ignore"):
        columns |= {name: np.exp(value) for name, value in ratios.items()}
    columns |= {"z": z, "p": 2 * special.ndtr(-np.abs(z))}
    return pd.DataFrame(columns, index=pd.Index(terms, name="term"))

"""Simultaneous confidence bands of a curve over a stretch of days.

With z(t) = u(t) / se(t) the standardized influence on the curve at t, summed within clusters, the law of
the largest |estimate(t) - truth(t)| / se(t) over the stretch is that of max |Z(t)|, where Z is normal with
the correlations of z; its `level` quantile c, found by simulation, replaces 1.96 in the interval of each
day, on the curve's own scale (`conf`; log-log where the curve's intervals are not by standard errors). This
is the multiplier resampling of Lin, Fleming and Wei: with standard normal multipliers of the clusters'
influence, Z has exactly that normal distribution given the data, so it is drawn from the days' covariance
and costs the same for any number of people. The shape is that of Nair's equal-precision bands: a fixed
multiple of the day's own standard error. With clusters Z is divided by the root of a chi-square on G - 1
degrees of freedom over G - 1, so that c is that of t and not of the normal distribution. A curve changes
only on the days of its table, so these days suffice.

Limit the stretch to days with a fair number of events before and of people after: near 0 and 1 a curve's
error is not normal.

References
----------
Lin DY, Fleming TR, Wei LJ (1994), Biometrika 81:73-81. Nair VN (1984), Technometrics 26:265-275.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import WALD, incidence_interval, survival_interval
from stepdown.survival.core.day_grid import ArmDays
from stepdown.survival.core.influence_functions import influence, kinds, products, symmetric_root
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    Floats,
    check_count,
    check_level,
    check_result,
    check_seed,
    check_times,
)
from stepdown.survival.curves import gradients
from stepdown.survival.curves.curve_estimates import Curves, Line, labeled

FEWEST_DRAWS = 1000
NOT_READ = "the curve or its standard error is missing on some of these days: no band"


@dataclass(frozen=True, eq=False, repr=False)
class Band(Plotted):
    """Simultaneous band of curves.

    Attributes
    ----------
    table : DataFrame
        `arm`, `cause` (incidence only), `time` (`first`, then every later day up to `last` with an event or
        a censoring; the band is a step function), `estimate`, `conf_low`, `conf_high`, `critical` (the value
        that replaces the normal quantile), `note`.
    first, last, level : float
        As requested.
    """

    _line = "step"
    _axis = "Probability"

    table: pd.DataFrame
    first: float
    last: float
    level: float


@checks_arguments
def confidence_band(
    curves: Curves, first: float, last: float, *, seed: int, draws: int = 10_000, level: float = 0.95
) -> Band:
    """Return bands that contain each curve on all days from `first` to `last` simultaneously.

    Each arm's (and cause's) curve has a band of its own; the level is not simultaneous over curves.

    Parameters
    ----------
    curves : Curves
        Of `kaplan_meier` or `aalen_johansen`.
    first, last : float
        Stretch of days, first < last. Choose it before seeing the data.
    seed : int
        Seed of the draws.
    draws : int
        Number of draws, at least 1,000.
    level : float
        Probability that the whole curve is inside.

    Returns
    -------
    Band
        Missing with a note where a curve has no standard error on a day of the stretch: before its
        first event, once everyone had it, past the last follow-up, or with one cluster.

    Raises
    ------
    EstimateError
        Where the stretch, the draws or the level are impossible.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> curves = survival.kaplan_meier(days, relapsed)
    >>> survival.confidence_band(curves, 3, 8, seed=1).table["time"].tolist()
    [3.0, 5.0, 8.0]
    """
    check_result("curves", curves, Curves, "kaplan_meier or aalen_johansen")
    check_times("first, last", first, last)
    check_level(level)
    if not first < last:
        raise EstimateError("first must be before last. The band covers the days from first to last.")
    check_count("draws", draws, FEWEST_DRAWS)
    rng = np.random.default_rng(check_seed(seed))
    frames = [_one(curves, line, (first, last), rng, draws, level) for line in curves.lines]
    return Band(pd.concat(frames, ignore_index=True), float(first), float(last), level)


def _one(
    curves: Curves, line: Line, span: tuple[float, float], rng: np.random.Generator, draws: int, level: float
) -> pd.DataFrame:
    fit, first, last = curves.fits[line.arm], curves.fits[line.arm].snap(span[0]), span[1]
    days = line.columns["time"]
    start = max(int(np.searchsorted(days, first, side="right")) - 1, 0)
    shown = slice(start, max(int(np.searchsorted(days, fit.snap(last), side="right")), start + 1))
    time = np.maximum(days[shown], first)
    value, se = line.columns["estimate"][shown], line.columns["std_error"][shown]
    value = np.where([bool(fit.undefined_reason(float(day))) for day in time], np.nan, value)
    critical, note = np.nan, NOT_READ
    if not fit.undefined_reason(first) and not fit.undefined_reason(last) and np.all(se > 0):
        covariance = _covariance(fit, line.cause, time)
        critical, note = _critical(covariance, rng, draws, level, fit.degrees), ""
    limits = survival_interval if curves.kind == "survival" else incidence_interval
    # Beyond this level the normal quantile cannot be had from a level in floating point.
    pointwise = min(float(2 * special.ndtr(critical) - 1), 1 - 1e-12)
    scale = curves.conf if curves.conf in WALD else "log-log"
    low, high = limits(value, np.full(len(se), np.nan) if note else se, scale, pointwise)
    columns = {"time": time, "estimate": value, "conf_low": low, "conf_high": high}
    table = labeled(curves.sample, curves.causes, line, columns)
    note = "; ".join([*([note] if note else []), *fit.cautions])
    return table.assign(critical=critical, note=note)


def _covariance(fit: ArmDays, cause: int, days: Floats) -> Floats:
    """Return the covariance of the curve between days, by influence, shape (days, days)."""
    where, kind = kinds(fit)
    one_each = replace(
        fit, stop=fit.stop[where], start=fit.start[where], cause=fit.cause[where], weight=np.ones(len(where))
    )
    slopes = (gradients.incidence(fit, cause, float(day))[1] for day in days)
    values = np.stack([influence(one_each, slope) for slope in slopes], axis=1)
    return products(values, kind, fit.weight, fit.cluster)


def _critical(covariance: Floats, rng: np.random.Generator, draws: int, level: float, degrees: int) -> float:
    se = np.sqrt(np.diag(covariance))
    root = symmetric_root(covariance / np.outer(se, se))
    largest = np.abs(rng.standard_normal((draws, len(se))) @ root).max(axis=1)
    if degrees:
        largest /= np.sqrt(rng.chisquare(degrees, draws) / degrees)
    return float(np.quantile(largest, level))

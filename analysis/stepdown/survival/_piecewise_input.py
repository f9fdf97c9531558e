"""What piecewise-exponential regression is given, checked, and cut into bands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._cox_input import (
    RANK_TOLERANCE,
    Covariates,
    as_matrix,
    check_constant,
    check_finite,
    standardised,
)
from stepdown.survival._input import TIE_TOLERANCE, Bools, Faults, Floats, Sample, check, check_times, several
from stepdown.survival._interval_input import check_entry, check_intervals
from stepdown.survival._piecewise_likelihood import NO_BAND, Spent, days_in


@dataclass(frozen=True, eq=False)
class PiecewiseInput:
    """Checked input; n rows, K bands.

    Attributes
    ----------
    sample : Sample
        Arms, weights and clusters; days are the last ones known.
    low, high, entry : ndarray, shape (n,)
        In (low, high], exact where both are the same; at risk after entry.
    x : Covariates or None
        All rows.
    bounds : ndarray, shape (K + 1,)
        Bounds of the bands; the last may be infinite.
    """

    sample: Sample
    low: Floats
    high: Floats
    entry: Floats
    x: Covariates | None
    bounds: Floats

    def spent(self, rows: Bools) -> Spent:
        """Return some rows in terms of the bands."""
        low, high, entry = self.low[rows], self.high[rows], self.entry[rows]
        exact, ends = low == high, np.isfinite(high)
        closed = ends & ~exact
        inside = np.zeros((len(low), len(self.bounds) - 1))
        inside[closed] = days_in(low[closed], high[closed], self.bounds)
        band = np.clip(np.searchsorted(self.bounds, low, side="left") - 1, 0, None)
        weight = np.ones(len(low)) if self.sample.weight is None else self.sample.weight[rows]
        x = np.empty((len(low), 0)) if self.x is None else self.x.values[rows]
        ahead = days_in(entry, low, self.bounds)
        return Spent(ahead, inside, np.where(exact, band, NO_BAND), closed, weight / weight.mean(), x)


def check_piecewise(
    low: ArrayLike,
    high: ArrayLike,
    cuts: Sequence[float],
    x: ArrayLike | pd.DataFrame | None,
    *,
    arm: ArrayLike | None,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: ArrayLike | None,
) -> PiecewiseInput:
    """Return the checked input, or raise one error that lists every fault of a kind."""
    if x is not None and arm is not None:
        raise EstimateError("Give arm or X, not both: put the arm into X, or fit each arm by itself.")
    given = check_intervals(low, high, arm=arm, weights=weights)
    faults = Faults()
    first = check_entry(entry, given, faults)
    faults.stop()
    ends = np.isfinite(given.high)
    days = np.where(ends, given.high, given.low)
    sample = check(days, ends, arm=arm, weights=weights, cluster=cluster, single_cause=True)
    bounds = _bounds(cuts, given.low, given.high, first)
    near = bounds[np.isfinite(bounds)]
    begin, end, enter = (_snapped(values, near) for values in (given.low, given.high, first))
    covariates = None if x is None else _covariates(x, sample)
    return PiecewiseInput(sample, begin, end, enter, covariates, bounds)


def _bounds(cuts: Sequence[float], low: Floats, high: Floats, entry: Floats) -> Floats:
    """Return the bands' bounds, with a band before and one after the cuts where anyone is there."""
    asked = check_times("cuts", *several(cuts))
    if not np.all(np.diff(asked) > 0):
        raise EstimateError(
            "cuts must ascend. [0, 30, 90] gives (0, 30], (30, 90] and, if needed, (90, inf]."
        )
    latest = np.where(np.isfinite(high), high, low)
    if (latest > asked[-1] * (1 + TIE_TOLERANCE)).any() or len(asked) == 1:
        asked = np.append(asked, np.inf)
    if asked[0] > 0 and (entry < asked[0] * (1 - TIE_TOLERANCE)).any():
        asked = np.insert(asked, 0, 0.0)
    return asked


def _snapped(values: Floats, cuts: Floats) -> Floats:
    """Return days, those within rounding of a cut put on it."""
    result = values.copy()
    for cut in cuts:
        result[np.abs(values - cut) <= TIE_TOLERANCE * cut] = cut
    return result


def _covariates(x: ArrayLike | pd.DataFrame, sample: Sample) -> Covariates:
    faults = Faults()
    terms, values = as_matrix(x, faults)
    if len(set(terms)) < len(terms):
        faults.say("X", "has columns of the same name", "Give each term its own name.")
    faults.stop()
    if len(values) != sample.size:
        faults.say("X", f"has {len(values):,} rows where low has {sample.size:,}", "Give one row a person.")
    faults.stop()
    check_finite(terms, values, faults)
    check_constant(terms, values, faults)
    faults.stop()
    events = int(sample.cause.sum())
    if not events:
        raise EstimateError(
            "No event was ever found, so there is nothing to compare. Check high: infinity is never."
        )
    if len(terms) > events:
        raise EstimateError(f"There are {len(terms):,} terms and {events:,} events. Use fewer terms.")
    covariates = standardised(terms, values)
    _refuse_combinations(covariates)
    return covariates


def _refuse_combinations(x: Covariates) -> None:
    gram = x.values.T @ x.values / len(x.values)
    for column in range(1, len(gram)):
        before, own = gram[:column, :column], gram[:column, column]
        if 1 - own @ np.linalg.solve(before, own) <= RANK_TOLERANCE:
            raise EstimateError(
                f"X[{x.terms[column]}] is a combination of the terms before it. Leave one of them out."
            )

"""A Cox regression in which one term has an effect of its own in each window, and the others are constant.

Every row is split at the cuts; within a window the term stands in a column of that window, which is 0 in the
others. Splitting changes no risk set, so the likelihood is that of the term times indicators of the windows.
`window_hazard_ratios` lets every term change instead.

References
----------
Therneau TM, Grambsch PM (2000), Modeling Survival Data, 6.5.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.clusters import LONE, Correction, whole_clusters
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.sample import check_times, several
from stepdown.survival.cox_model.cox_fit import CoxFit, cox
from stepdown.survival.cox_model.design_matrix import Ties, check_cox

NUMBERS = ["std_error", "conf_low", "conf_high", "hazard_ratio_low", "hazard_ratio_high", "z", "p"]


@reads_columns
def split_at(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    term: str,
    cuts: ArrayLike,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    correction: Correction | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> CoxFit:
    """Fit a Cox regression with one coefficient of a term in each window of follow-up.

    Parameters
    ----------
    days, event, X, entry, weights, cluster, strata, ties, correction, level, data
        As in `cox`.
    term : str
        Name of the term (the column of a frame, or x1, x2, ...) whose effect changes.
    cuts : float or array-like
        Days at which it may change: 365 gives the windows up to day 365 and after it.

    Returns
    -------
    CoxFit
        With a term for each window, such as "x to 365" and "x after 365", in the place of the one.

    Raises
    ------
    EstimateError
        As `cox`; where the term is unknown, or an event is on day 0 (a row that cannot be split).

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event, x = [3, 5, 5, 8, 9, 12], [1, 1, 1, 1, 1, 0], [1, 0, 1, 0, 1, 0]
    >>> list(survival.split_at(days, event, x, term="x1", cuts=6).terms)
    ['x1 to 6', 'x1 after 6']
    """
    inner = check_times("cuts", *several(cuts))
    if not np.all(np.diff(inner) > 0) or inner[0] <= 0:
        raise EstimateError("cuts must be days above 0, ascending. 365 gives two windows.")
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=None, ridge=0.0,
        ties=ties,
    )  # fmt: skip
    sample, terms = given.sample, list(given.x.terms)
    if term not in terms:
        raise EstimateError("term is not one of the terms of X. Give its name, x1 for the first of an array.")
    last, first = sample.grid[sample.stop], sample.entry
    if early := int((last <= 0).sum()):
        raise EstimateError(
            f"{early:,} rows end on day 0, before the first window begins. Count their days from the "
            "start of follow-up, so that each ends after day 0."
        )
    bounds = np.concatenate([[0.0], inner, [np.inf]])
    window, row = np.nonzero((last > bounds[:-1, None]) & (first < bounds[1:, None]))
    stop = np.minimum(last[row], bounds[window + 1])
    happened = (sample.cause[row] > 0) & (last[row] <= bounds[window + 1])
    values, place = (given.x.values * given.x.scale)[row], terms.index(term)
    own = values[:, [place]] * (window[:, None] == np.arange(len(bounds) - 1))
    columns = np.column_stack([values[:, :place], own, values[:, place + 1 :]])
    names = [*terms[:place], *_windows(term, inner), *terms[place + 1 :]]
    fit = cox(
        stop, happened, pd.DataFrame(columns, columns=names), entry=np.maximum(first[row], bounds[window]),
        weights=None if sample.weight is None else sample.weight[row],
        cluster=None if sample.cluster is None else sample.cluster[row],
        strata=given.stratum[row], ties=ties, correction=correction, level=level,
    )  # fmt: skip
    if sample.cluster is None or not whole_clusters(given.x.values, sample.cluster)[place]:
        return fit
    # One value of the term is one cluster: its parts in the windows are no clusters of their own.
    mine = _windows(term, inner)
    summary = fit.summary.copy()
    summary.loc[mine, NUMBERS] = np.nan
    return replace(fit, summary=summary, warnings=(*fit.warnings, *(f"{name} has {LONE}." for name in mine)))


def _windows(term: str, cuts: np.ndarray) -> list[str]:
    days = [f"{day:g}" for day in cuts]
    between = [f"{term} {start}-{end}" for start, end in itertools.pairwise(days)]
    return [f"{term} to {days[0]}", *between, f"{term} after {days[-1]}"]

"""Hazard ratios by window of follow-up: one coefficient for each window (a, b], from a Cox regression.

Follow-up is split at the cuts. A risk set lies in one window, so the likelihood is a product over windows and
each window is fitted by itself, with entry at its start. Windows share people: influence on the coefficients
is added up within clusters (people) over all windows, which gives the covariances between them that the test
of equality needs.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival._cox import cox
from stepdown.survival._cox_input import CoxInput, Ties, check_cox
from stepdown.survival._cox_newton import solve
from stepdown.survival._days import NO_SPREAD
from stepdown.survival._input import Floats, Ints, check_level, check_times, several

NUMBERS = ["coef", "se", "low", "high", "z", "p"]
ONE_WINDOW = "only one window"
NOBODY = "nobody is at risk in this window"
NO_EVENTS = "no events in this window"
NOT_FINITE = "no finite estimate in this window (an arm without events, or one cluster)"
UNSETTLED = "the search did not settle in this window"
NOT_ALL = "not every window has an estimate"


@dataclass(frozen=True, eq=False)
class WindowRatios:
    """Log hazard ratios by window.

    Attributes
    ----------
    table : DataFrame
        `term, start, end` (the window is (start, end]), `at_risk` (people, or rows, with time in it),
        `events`, `coef, se, low, high, z, p, note`. `se` is robust.
    tests : DataFrame
        By `term`: `statistic, df, p, note` of the Wald test that the coefficient is the same in all windows.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    level: float


def window_hazard_ratios(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    cuts: Sequence[float],
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> WindowRatios:
    """Estimate a hazard ratio of each term in each window of follow-up.

    Parameters
    ----------
    days, event, X, entry, weights, cluster, strata, ties, level
        As in `cox`.
    cuts : sequence of float
        Bounds of the windows in days, ascending: [0, 30, 90] gives (0, 30] and (30, 90].

    Returns
    -------
    WindowRatios
        A window that cannot be fitted has missing numbers and says why.
    """
    check_level(level)
    bounds = check_times("cuts", *several(cuts))
    if len(bounds) < 2 or not np.all(np.diff(bounds) > 0):
        raise EstimateError("cuts must hold at least two days, ascending. [0, 30, 90] gives two windows.")
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=None,
        ridge=0.0, ties=ties,
    )  # fmt: skip
    groups = np.arange(given.sample.size) if given.sample.cluster is None else given.sample.cluster
    frames, fits = [], []
    for start, end in itertools.pairwise(bounds.tolist()):
        frame, found = _one_window(given, groups, start, end, level)
        frames.append(frame)
        fits.append(found)
    table = pd.concat(frames, ignore_index=True)
    order = np.arange(len(table)).reshape(len(frames), -1).T.ravel()
    tests = _equality(given.x.terms, fits)
    return WindowRatios(table.iloc[order].reset_index(drop=True), tests, level)


def _one_window(
    given: CoxInput, groups: Ints, start: float, end: float, level: float
) -> tuple[pd.DataFrame, tuple[Floats, Floats]]:
    """Return the rows of the table, and (coefficients or missing, influence by cluster)."""
    sample = given.sample
    last = sample.grid[sample.stop]
    first = np.full(sample.size, -1.0) if sample.start is None else sample.grid[sample.start]
    # Day 0 belongs to a window that begins there, where everyone is at risk from the start.
    from_start = start == 0 and sample.start is None
    rows = np.flatnonzero(((last > start) | from_start) & (first < end))
    happened = (sample.cause[rows] > 0) & (last[rows] <= end)
    columns = {"term": list(given.x.terms), "start": start, "end": end, "at_risk": len(rows)}
    head = pd.DataFrame(columns | {"events": int(happened.sum())})
    note = NOBODY if not len(rows) else "" if happened.any() else NO_EVENTS
    try:
        if note:
            raise EstimateError(note)
        fit = cox(
            np.minimum(last[rows], end), happened, _frame(given, rows),
            entry=None if from_start else np.maximum(first[rows], start),
            weights=None if sample.weight is None else sample.weight[rows],
            cluster=groups[rows], strata=given.stratum[rows], ties=given.ties, level=level,
        )  # fmt: skip
    except EstimateError as error:
        missing = np.full(len(given.x.terms), np.nan)
        return head.assign(**dict.fromkeys(NUMBERS, np.nan), note=str(error)), (missing, np.empty(0))
    scale = given.x.scale
    summary = fit.summary.reset_index(drop=True)
    for name in ("coef", "se", "low", "high"):
        summary[name] /= scale
    known = summary["se"].notna().to_numpy()
    frame = pd.concat([head, summary[NUMBERS]], axis=1).assign(
        note=np.select([known, np.isfinite(summary["coef"])], ["", NO_SPREAD], NOT_FINITE)
    )
    if not fit.optimum.settled:
        frame["note"] = UNSETTLED
    people, own = fit.influence() / scale, groups[rows]
    clusters = int(groups.max()) + 1
    influence = np.column_stack([np.bincount(own, column, clusters).astype(float) for column in people.T])
    return frame, (np.where(known, fit.coef / scale, np.nan), influence)


def _equality(terms: tuple[str, ...], fits: Sequence[tuple[Floats, Floats]]) -> pd.DataFrame:
    df = len(fits) - 1
    rows = []
    for column in range(len(terms)):
        change = np.diff([coef[column] for coef, _ in fits])
        note = ONE_WINDOW if not df else NOT_ALL if np.isnan(change).any() else ""
        statistic = np.nan
        if not note:
            influence = np.diff(np.column_stack([summed[:, column] for _, summed in fits]), axis=1)
            statistic = float(change @ solve(influence.T @ influence, change))
        rows.append({"statistic": statistic, "df": df, "p": stats.chi2.sf(statistic, df), "note": note})
    return pd.DataFrame(rows, index=pd.Index(terms, name="term"))


def _frame(given: CoxInput, rows: Ints) -> pd.DataFrame:
    return pd.DataFrame(given.x.values[rows], columns=list(given.x.terms))

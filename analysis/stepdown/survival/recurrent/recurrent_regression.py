"""Andersen-Gill regression: Cox regression of an event that may happen more than once.

    rate of person i on day s = Y_i(s) exp(x_i(s) b) h_0(s)

Y_i(s) being 1 while the person is under observation, whatever happened before; every relapse of every person
counts. exp(b) is the ratio of relapse rates. The partial likelihood, its ties and its residuals are those of
`cox`; the variance sums each person's (or cluster's) score residuals before they are squared (Lin, Wei, Yang
and Ying), so b requires only a correct mean, not independence of a person's relapses. Death ends observation:
the rate is that among the living. For the number of relapses that accounts for death see `mean_cumulative`.

Time. "total": days since time zero, so the baseline is by day after discharge. "gap": days since the person's
last relapse (before the first, since time zero), so the baseline restarts at every relapse; the robust
variance then also accounts for the correlation of a person's gaps. With `strata` the number of relapses so
far, both become the conditional models of Prentice, Williams and Peterson.

References
----------
Andersen PK, Gill RD (1982), Ann Stat 10:1100-1120. Lin DY, Wei LJ, Yang I, Ying Z (2000), JRSS B 62:711-730.
Prentice RL, Williams BJ, Peterson AV (1981), Biometrika 68:373-379.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.clusters import Correction
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.sample import Faults, Floats
from stepdown.survival.cox_model.cox_fit import CoxFit, cox
from stepdown.survival.cox_model.design_matrix import Ties
from stepdown.survival.recurrent.person_rows import PersonRows, check_people

Clock = Literal["total", "gap"]


@reads_columns
def andersen_gill(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    id: ArrayLike,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    clock: Clock = "total",
    ties: Ties = "efron",
    offset: ArrayLike | None = None,
    ridge: float = 0.0,
    correction: Correction | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> CoxFit:
    """Fit an Andersen-Gill regression: Cox regression on all events of each person.

    It is `cox` with one cluster per person, after a check of each person's rows.

    Parameters
    ----------
    days, event, X, entry, weights, strata, ties, offset, ridge, correction, level, data
        As in `cox`; one row per stretch (entry, days] of a person, event 1 where it ends with one.
    id : array-like, shape (n,)
        Person of each row. Rows of a person may have gaps (the person is then not at risk) but no overlap.
    cluster : array-like, shape (n,), optional
        Groups of people (sites) for the variance; people where not given.
    clock : {"total", "gap"}
        Days since time zero, or since the person's last event.

    Returns
    -------
    CoxFit
        With robust standard errors.

    Raises
    ------
    EstimateError
        As `cox`; and where rows of a person overlap or belong to several clusters; with the gap clock also
        where a person is not observed from time zero without gaps, as the last event is then unknown.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> rows = {"entry": [0, 4, 0, 0], "id": [1, 1, 2, 3]}
    >>> fit = survival.andersen_gill([4, 9, 6, 8], [1, 0, 1, 1], [1, 1, 0, 1], **rows)
    >>> fit.summary["coef"].round(3).tolist()
    [-0.693]
    """
    if clock not in get_args(Clock):
        raise EstimateError('clock must be "total" or "gap". The default is total.')
    rows = check_people(days, event, id, entry=entry, arm=None, weights=weights, cluster=cluster)
    last, first = np.asarray(days, dtype=float), None if entry is None else np.asarray(entry, dtype=float)
    if clock == "gap" and first is not None:
        origin = _last_event(rows)
        last = rows.sample.grid[rows.sample.stop] - origin
        first = rows.sample.entry - origin
    return cox(
        last, event, X, entry=first, weights=weights, cluster=rows.sample.cluster, strata=strata, ties=ties,
        offset=offset, ridge=ridge, correction=correction, level=level,
    )  # fmt: skip


def _last_event(rows: PersonRows) -> Floats:
    """Day of the person's last event before each row; 0 before the first."""
    sample, order = rows.sample, rows.order
    first = np.ones(sample.size, dtype=bool)
    first[order[1:]] = rows.person[order[1:]] != rows.person[order[:-1]]
    faults = Faults()
    what = "is not the end of the person's previous row (or, for the first row, 0)"
    remedy = (
        "Days since the last event are unknown there: use the total clock, or drop the person's later rows."
    )
    faults.where("entry", ~np.where(first, sample.entry == 0, rows.joined), what, remedy)
    faults.stop()
    # Days that reset the clock grow along a person, so the last one is the largest so far.
    reset = np.zeros(sample.size)
    follows = order[1:][~first[order[1:]]]
    before = order[:-1][~first[order[1:]]]
    reset[follows] = np.where(sample.cause[before] == 1, sample.grid[sample.stop[before]], 0.0)
    held = pd.Series(reset[order]).groupby(rows.person[order]).cummax().to_numpy()
    result = np.empty(sample.size)
    result[order] = held
    return result

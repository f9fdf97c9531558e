"""Spans of care seen from an admission: what ended shortly before it.

Stays are the rows of the discharges; one without a level counts as residential, as the table says. One
without a day of admission counts as begun long ago.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._attended import attended_care
from stepdown.cohort._link import floats, link
from stepdown.cohort.endpoints._given import Given

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

INPATIENT = ("withdrawal", "residential")
STEP_DOWN = ("php", "iop", "outpatient")


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of care by discharge, in days since time zero."""

    at: Ints
    start: Floats
    end: Floats


def stays(given: Given, levels: tuple[str, ...]) -> Spans:
    """Return the stays of each discharge's client, its own among them, at some levels."""
    table = given.cohort.discharges
    level = table["level"].astype("object").fillna("residential")
    pairs = link(given.table, table)
    use = level.isin(levels).to_numpy(dtype=bool)[pairs.row]
    row, at = pairs.row[use], pairs.at[use]
    start, end = floats(table["admit_day"])[row], floats(table["discharge_day"])[row]
    ended = ~np.isnan(end)
    start = np.where(np.isnan(start), -np.inf, start)
    zero = given.zero[at]
    return Spans(at[ended], (start - zero)[ended], (end - zero)[ended])


def sessions(given: Given, levels: tuple[str, ...]) -> Spans:
    """Return the attended care of each discharge's client at some levels."""
    table = given.cohort.services
    came = attended_care(table)
    use = came & table["level"].isin(levels).to_numpy(dtype=bool)
    pairs = link(given.table, table)
    kept = use[pairs.row]
    row, at = pairs.row[kept], pairs.at[kept]
    zero = given.zero[at]
    return Spans(at, floats(table["start_day"])[row] - zero, floats(table["end_day"])[row] - zero)


def together(*spans: Spans) -> Spans:
    """Return all spans as one."""
    return Spans(
        np.concatenate([one.at for one in spans]),
        np.concatenate([one.start for one in spans]),
        np.concatenate([one.end for one in spans]),
    )


def last_end(spans: Spans, at: Ints, day: Floats, *, before: bool) -> Floats:
    """Return the last day of any span that had begun on (or, with `before`, before) a day.

    Parameters
    ----------
    spans : Spans
        Spans of care.
    at, day : arrays (asked,)
        Discharge and day since time zero.
    before : bool
        Leave out spans that begin on the day itself.

    Returns
    -------
    array of float (asked,)
        Minus infinity where there is no such span.
    """
    asked = len(at)
    order = np.lexsort(
        (
            # Of one day, what counts must come first.
            np.r_[np.full(asked, 0 if before else 1), np.full(len(spans.at), 1 if before else 0)],
            np.r_[day, spans.start],
            np.r_[at, spans.at],
        )
    )
    ends = pd.Series(np.r_[np.full(asked, -np.inf), spans.end][order])
    reach = ends.groupby(np.r_[at, spans.at][order], sort=False).cummax().to_numpy()
    found = np.empty(len(order))
    found[order] = reach
    return found[:asked]

"""Attended care: which rows of services count as care received, and spans of care by discharge.

Every part of the package that asks who received which care when uses these rules.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.schema import NOT_CARE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CareSpans:
    """Spans of care of some discharges or events.

    Attributes
    ----------
    at : array of int (spans,)
        Row of the discharges or events.
    start, end : array of float (spans,)
        First and last day since their day 0.
    """

    at: Ints
    start: Floats
    end: Floats

    def within(self, first: Floats | float, last: Floats | float) -> "CareSpans":
        """Return the parts of the spans between two days, both included; arrays are by discharge or event."""
        low = first[self.at] if isinstance(first, np.ndarray) else first
        high = last[self.at] if isinstance(last, np.ndarray) else last
        start, end = np.maximum(self.start, low), np.minimum(self.end, high)
        keep = start <= end
        return CareSpans(self.at[keep], start[keep], end[keep])

    def latest_end(self) -> Floats:
        """Return the last day covered by the earlier spans of the same row; minus infinity before the first.

        The spans must be sorted by row, then by first day.
        """
        return latest_end_before(self.at, self.end)


def latest_end_before(group: NDArray[np.generic], end: Floats) -> Floats:
    """Return the latest end of the earlier spans of each span's group; minus infinity where none."""
    ends = pd.Series(end).groupby(group, sort=False)
    return np.asarray(ends.cummax().groupby(group, sort=False).shift(fill_value=-np.inf), dtype=np.float64)


def attended(services: pd.DataFrame) -> Bools:
    """Return which rows of services were attended; a row without the flag counts as attended."""
    return np.asarray(services["attended"].fillna(True).to_numpy(dtype=bool), dtype=bool)


def attended_care(services: pd.DataFrame) -> Bools:
    """Return which rows of services were attended and are care at a level.

    A drug test or a mutual-help meeting is not care at the level under which it is recorded: it would count
    a client as in IOP who never attended a session.
    """
    care = attended(services)
    return care & ~services["kind"].isin(NOT_CARE).to_numpy(dtype=bool) if "kind" in services else care

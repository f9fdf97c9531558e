"""Care of each discharge up to a landmark: weeks with care, or hours."""

import numpy as np
import pandas as pd

from stepdown.schema import LEVELS
from stepdown.survival.core.sample import Floats

WEEK = 7


def care_dose(
    care: pd.DataFrame, *, size: int, landmark: int, measure: str, levels: tuple[str, ...]
) -> Floats:
    """Return the dose of each discharge, of what was known at the landmark.

    Parameters
    ----------
    care : DataFrame
        `row` (of the discharge), `level` (place in `LEVELS`), `start`, `end` (days since time zero), `hours`.
    size : int
        Number of discharges.
    landmark : int
        Last day that counts.
    measure : {"weeks", "hours"}
        Weeks since time zero (days 0-6, 7-13, ...) with a day of care; or hours of rows that ended by then.
    levels : tuple of str
        Levels that count.

    Examples
    --------
    Sessions on days 3 and 5 of one week and 8 of the next, of 3 hours each.

    >>> import pandas as pd
    >>> from stepdown.schema import LEVELS
    >>> days = [3, 5, 8, 40]
    >>> care = pd.DataFrame({"start": days, "end": days}).assign(row=0, level=LEVELS.index("iop"), hours=3.0)
    >>> care_dose(care, size=2, landmark=28, measure="weeks", levels=("iop",)).tolist()
    [2.0, 0.0]
    >>> care_dose(care, size=2, landmark=28, measure="hours", levels=("iop",)).tolist()
    [9.0, 0.0]
    """
    mine = care[care["level"].isin([LEVELS.index(level) for level in levels]) & (care["start"] <= landmark)]
    if measure == "hours":
        mine = mine[mine["end"] <= landmark]
        return np.asarray(np.bincount(mine["row"], mine["hours"].fillna(0.0), minlength=size), dtype=float)
    weeks = landmark // WEEK + 1
    attended = np.zeros((size, weeks), dtype=bool)
    first = np.maximum(mine["start"].to_numpy(), 0).astype(np.int64) // WEEK
    last = np.minimum(mine["end"].to_numpy(), landmark).astype(np.int64) // WEEK
    for row, begin, end in zip(mine["row"], first, last, strict=True):
        attended[row, begin : end + 1] = True
    return np.asarray(attended.sum(axis=1), dtype=float)

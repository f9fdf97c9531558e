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
    by_week = weekly_dose(care, size=size, until=landmark, measure=measure, levels=levels)
    return np.asarray(by_week.sum(axis=1))


def weekly_dose(
    care: pd.DataFrame, *, size: int, until: int, measure: str, levels: tuple[str, ...]
) -> Floats:
    """Return the dose of each discharge in each week since time zero, up to a day.

    Parameters
    ----------
    care, size, measure, levels
        As for `care_dose`.
    until : int
        Last day that counts.

    Returns
    -------
    array (size, weeks)
        Of weeks 1 or 0; of hours those of the rows that ended in the week, before which they are not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from stepdown.schema import LEVELS
    >>> days = [3, 5, 8, 40]
    >>> care = pd.DataFrame({"start": days, "end": days}).assign(row=0, level=LEVELS.index("iop"), hours=3.0)
    >>> weekly_dose(care, size=1, until=20, measure="hours", levels=("iop",)).tolist()
    [[6.0, 3.0, 0.0]]
    """
    mine = care[care["level"].isin([LEVELS.index(level) for level in levels]) & (care["start"] <= until)]
    found = np.zeros((size, until // WEEK + 1))
    first, last = (np.maximum(mine[end].to_numpy(), 0).astype(np.int64) for end in ("start", "end"))
    if measure == "hours":
        known = last <= until
        np.add.at(
            found,
            (mine["row"].to_numpy()[known], last[known] // WEEK),
            mine["hours"].fillna(0.0).to_numpy()[known],
        )
        return found
    for row, begin, end in zip(mine["row"], first // WEEK, np.minimum(last, until) // WEEK, strict=True):
        found[row, begin : end + 1] = 1.0
    return found

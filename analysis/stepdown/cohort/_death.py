"""The day of death, from whichever table tells it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import floats, link, smallest
from stepdown.schema import Cohort

# A death is told by a finding, or by the reason why a span of follow-up ended.
DEATHS = (("observations", "finding", "death", "day"), ("followup", "reason", "died", "end_day"))


def first_death(cohort: Cohort, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the day on which the client of each row died, on the own clock; infinity for none known.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    rows : DataFrame
        With `client_id`.

    Returns
    -------
    array of float (rows,)
    """
    found = np.full(len(rows), np.inf)
    for table, column, code, day in DEATHS:
        frame = getattr(cohort, table)
        deaths = frame[(frame[column] == code).to_numpy(dtype=bool, na_value=False)]
        pairs = link(rows, deaths)
        found = np.minimum(found, smallest(pairs.at, floats(deaths[day])[pairs.row], len(rows)))
    return found

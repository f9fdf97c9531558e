"""Up to which day the data could show something about a client."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import Link, floats, link
from stepdown.schema import Cohort


def data_end(cohort: Cohort, rows: pd.DataFrame, *, data_cut: int | None = None) -> NDArray[np.float64]:
    """Return the last day that the data could show about the client of each row, on the own clock.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    rows : DataFrame
        With `client_id`.
    data_cut : int, optional
        The data cut; that of the cohort if left out.

    Returns
    -------
    array of float (rows,)
        The data cut. Where none is stated (days need not be dates), the end of the client's last follow-up
        that the data cut ended; infinity for clients without such an end: nobody knows.
    """
    cut = cohort.data_cut if data_cut is None else data_cut
    if cut is not None:
        return np.full(len(rows), float(cut))
    ended = (cohort.followup["reason"] == "data_cut").to_numpy(dtype=bool, na_value=False)
    spans = cohort.followup[ended]
    pairs = link(rows, spans)
    end = np.full(len(rows), -np.inf)
    np.maximum.at(end, pairs.at, floats(spans["end_day"])[pairs.row])
    return np.where(np.isfinite(end), end, np.inf)


def due_until(cohort: Cohort, spans: Link, zero: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last day since time zero by which a contact can have been due.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    spans : Link
        Follow-up by discharge.
    zero : array of float (discharges,)
        Time zero on the own clock.

    Returns
    -------
    array of float (discharges,)
        The end of the client's last follow-up that the data cut ended, where that is before the data cut
        of the cohort: what would have come later cannot be in the data. Infinity where nothing tells.
    """
    ended = (cohort.followup["reason"] == "data_cut").to_numpy(dtype=bool, na_value=False)
    use = ended[spans.row]
    cut = np.full(len(zero), -np.inf)
    np.maximum.at(cut, spans.at[use], floats(cohort.followup["end_day"])[spans.row[use]])
    cut[np.isinf(cut)] = np.inf
    if cohort.data_cut is not None:
        cut = np.minimum(cut, cohort.data_cut)
    return np.asarray(cut - zero, dtype=np.float64)

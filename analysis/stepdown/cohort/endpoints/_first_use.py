"""Endpoint `first_use@1`: the first positive finding after time zero, from any source.

A finding with `since_day` happened in (since_day, day]; one without happened on its day. Over all
positive findings of a discharge the relapse lies between

    earliest = min over findings of max(since_day + 1, 1), or of the day itself
    latest   = min over findings of the day

in days since time zero. An interval that began before time zero is cut to begin there. The two are
equal where the first finding is dated. Missing, refused and inconclusive findings say nothing.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import Link, floats, smallest
from stepdown.cohort.endpoints._onset import Onset

Floats = NDArray[np.float64]


def first_use(observations: pd.DataFrame, pairs: Link, zero: Floats) -> Onset:
    """Return when each discharge was followed by its first positive finding.

    Parameters
    ----------
    observations : DataFrame
        Canonical observations.
    pairs : Link
        Observations by discharge.
    zero : array (discharges,)
        Time zero on the own clock.

    Returns
    -------
    Onset
        Arrays (discharges,).
    """
    size = len(zero)
    positive = (observations["finding"] == "positive").to_numpy(dtype=bool, na_value=False)[pairs.row]
    row, at = pairs.row[positive], pairs.at[positive]
    day = floats(observations["day"])[row] - zero[at]
    since = floats(observations["since_day"])[row] - zero[at]
    after = day >= 0
    day, since, at = day[after], since[after], at[after]
    begin = np.where(np.isnan(since), day, np.minimum(np.maximum(since + 1, 1), np.maximum(day, 0)))
    latest = smallest(at, day, size)
    return Onset(earliest=smallest(at, begin, size), latest=latest, confirmed=latest)


def used_during_stay(
    observations: pd.DataFrame, pairs: Link, zero: Floats, admit: Floats
) -> NDArray[np.bool_]:
    """Tell which discharges have a positive finding after the day of admission and before time zero.

    A positive finding on the day of admission, or earlier, is why people come; one without a known
    day of admission cannot be told apart from it, and is not counted.
    """
    positive = (observations["finding"] == "positive").to_numpy(dtype=bool, na_value=False)[pairs.row]
    row, at = pairs.row[positive], pairs.at[positive]
    day = floats(observations["day"])[row]
    during = (day > admit[at]) & (day < zero[at])
    found = np.zeros(len(zero), dtype=bool)
    found[at[during]] = True
    return found

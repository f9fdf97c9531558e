"""Strata: checked, coded, and turned into rows."""

import numpy as np
from numpy.typing import ArrayLike

from stepdown.survival._input import Faults, Ints, code_labels


def check_strata(strata: ArrayLike | None, size: int) -> Ints | None:
    """Return the strata as codes, None where none were given; raise where one is missing."""
    if strata is None:
        return None
    faults = Faults()
    if np.shape(strata) != (size,):
        found = np.shape(strata)[0] if np.ndim(strata) else 1
        faults.say("strata", f"has {found:,} rows where days has {size:,}", "Give one value a row.")
    faults.stop()
    codes, _ = code_labels("strata", strata, size, faults)
    faults.stop()
    return codes


def rows_of(stratum: Ints | None, size: int) -> list[Ints]:
    """Rows of each stratum; all rows where there are none."""
    if stratum is None:
        return [np.arange(size)]
    return np.split(np.argsort(stratum, kind="stable"), np.cumsum(np.bincount(stratum))[:-1])

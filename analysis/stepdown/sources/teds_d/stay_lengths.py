"""Length of stay of TEDS-D: days up to 30, and ranges of days after."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXACT = 30
BINS = ((31, 45), (46, 60), (61, 90), (91, 120), (121, 180), (181, 365), (366, np.inf))
"""Days of codes 31 to 37."""


def stay_bounds(codes: pd.Series) -> tuple[Floats, Floats]:
    """Return the shortest and the longest stay, in days, that each code allows.

    Parameters
    ----------
    codes : Series
        LOS of TEDS-D: 1 to 30 are days, 31 to 37 ranges.

    Returns
    -------
    array, array (n,)
        Both missing where the code is; infinity as the longest of more than a year.

    Examples
    --------
    >>> import pandas as pd
    >>> low, high = stay_bounds(pd.Series([7, 31, 37]))
    >>> low.tolist(), high.tolist()
    ([7.0, 31.0, 366.0], [7.0, 45.0, inf])
    """
    code = codes.to_numpy(dtype=float, na_value=np.nan)
    inside = (code >= 1) & (code <= EXACT + len(BINS))
    place = np.where(inside & (code > EXACT), code - EXACT - 1, 0).astype(np.int64)
    ends = np.array(BINS, dtype=float)
    low = np.where(code > EXACT, ends[place, 0], code)
    high = np.where(code > EXACT, ends[place, 1], code)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def stays_longer_than(codes: pd.Series) -> pd.DataFrame:
    """Return the share of stays longer than each day at which it is known.

    No stay is censored: a share is a proportion of all stays with a length, exact on days 1 to 30 and at the
    ends of the ranges (45, 60, 90, 120, 180 and 365). Inside a range it is not known, and not interpolated.

    Parameters
    ----------
    codes : Series
        LOS of TEDS-D.

    Returns
    -------
    DataFrame
        `day`, `longer` (discharges), `n` and `share`.

    Examples
    --------
    >>> import pandas as pd
    >>> found = stays_longer_than(pd.Series([7, 31, 37, 2])).set_index("day")["share"]
    >>> float(found[7]), float(found[30]), float(found[45])
    (0.5, 0.5, 0.25)
    """
    _, high = stay_bounds(codes)
    known = np.sort(high[~np.isnan(high)])
    days = np.array([*range(1, EXACT + 1), *(int(end) for _, end in BINS[:-1])])
    longer = len(known) - np.searchsorted(known, days, side="right")
    frame = pd.DataFrame({"day": days, "longer": longer, "n": len(known)})
    return frame.assign(share=frame["longer"] / max(len(known), 1))

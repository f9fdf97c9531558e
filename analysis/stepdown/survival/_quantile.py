"""Where a rising curve reaches a level: R's convention."""

import math

import numpy as np

from stepdown.survival._input import Floats

TOLERANCE = math.sqrt(np.finfo(float).eps)


def first_time(times: Floats, rising: Floats, p: float) -> float:
    """Return the first time at which `rising` is at least `p`; missing where it never is.

    Where the curve stands at `p` itself (within rounding), the middle between that time and the next
    rise, or the last time. Missing values are stepped over.
    """
    seen = np.isfinite(rising)
    x, y = times[seen], rising[seen]
    reached = np.flatnonzero(y >= p - TOLERANCE)
    if not len(reached):
        return math.nan
    left = x[reached[0]]
    above = np.flatnonzero(y > p + TOLERANCE)
    if abs(y[reached[0]] - p) >= TOLERANCE:
        return float(left)
    if len(above):
        return float((left + x[above[0]]) / 2)
    return float((left + x[-1]) / 2) if seen[-1] else math.nan

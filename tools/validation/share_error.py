"""The Monte-Carlo error of a share of draws, in percentage points."""

import math


def share_error(share: float, draws: float) -> float:
    """Return the standard error of a share of so many draws, in points.

    With x of n draws it is that of (x + 1) / (n + 2) in n + 2, so that none, or all, of a few draws has one.

    Parameters
    ----------
    share : float
        Share of the draws, 0 to 1.
    draws : float
        How many there are.

    Examples
    --------
    >>> round(share_error(0.05, 398), 2), round(share_error(1.0, 98), 2)
    (1.11, 0.99)
    """
    near = (share * draws + 1) / (draws + 2)
    return 100 * math.sqrt(near * (1 - near) / (draws + 2))

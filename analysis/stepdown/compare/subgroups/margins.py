"""Whether two arms are alike within a margin, or one is not worse than the other by it.

Two one-sided tests, each at 2.5%: the arms are equivalent where the 95% confidence interval lies within the
margins on both sides, and the first arm is non-inferior where it lies within the margin on the worse side.
The margin m of a ratio is 1 / m on the other side.

References
----------
Schuirmann DJ (1987), J Pharmacokinet Biopharm 15:657-680. Piaggio G et al. (2012), JAMA 308:2594-2604.
"""

from typing import Literal

import numpy as np

Scale = Literal["difference", "ratio"]


def within_margin(
    conf_low: float, conf_high: float, margin: float, *, scale: Scale, worse: str = ""
) -> bool | None:
    """Return whether an interval lies within a margin; None without an interval.

    Parameters
    ----------
    conf_low, conf_high : float
        95% confidence interval of the difference or ratio.
    margin : float
        Above 0; of a ratio above 1.
    scale : {"difference", "ratio"}
        What the interval is of.
    worse : str
        "higher" or "lower" for non-inferiority: which values are worse; empty for equivalence.

    Examples
    --------
    >>> within_margin(-0.03, 0.04, 0.05, scale="difference")
    True
    >>> within_margin(0.7, 1.1, 1.25, scale="ratio")
    False
    >>> within_margin(0.7, 1.1, 1.25, scale="ratio", worse="higher")
    True
    """
    if not np.isfinite([conf_low, conf_high]).all():
        return None
    lower, upper = (1 / margin, margin) if scale == "ratio" else (-margin, margin)
    above, below = conf_low > lower, conf_high < upper
    return bool(below if worse == "higher" else above if worse == "lower" else above and below)

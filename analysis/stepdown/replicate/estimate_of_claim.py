"""A number of a claim, as an estimator gives it."""

import math
from dataclasses import dataclass

from stepdown.replicate.ratio_limits import Limits

FIGURE = "figure"
"""Name of the quantity that is the figure itself."""


@dataclass(frozen=True, kw_only=True)
class ClaimEstimate:
    """A number of a claim.

    Attributes
    ----------
    quantity : str
        "figure", or the name of a number beside it.
    value, low, high : float
        Estimate with 95% limits; missing where it has none.
    n : int
        Discharges that it rests on.
    note : str
        Why there is no number.
    """

    quantity: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    note: str = ""


def estimate_of(quantity: str, limits: Limits, size: int) -> ClaimEstimate:
    """Return a number with its limits."""
    return ClaimEstimate(quantity=quantity, value=limits[0], low=limits[1], high=limits[2], n=size)

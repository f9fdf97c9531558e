"""E-values: how strong an unmeasured cause of both care and relapse would have to be.

For a risk ratio RR of at least 1 (below 1, its inverse), a cause that is RR_EU times as frequent in one arm
and makes relapse RR_UD times as likely can at most divide it by

    B = RR_EU RR_UD / (RR_EU + RR_UD - 1)

whatever else is assumed. RR / B = 1 where RR_UD = RR (RR_EU - 1) / (RR_EU - RR), for RR_EU above RR; with
both equal, at the E-value RR + sqrt(RR (RR - 1)). A hazard ratio of a common event is first taken to a risk
ratio, (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)).

*References*: Ding P, VanderWeele TJ (2016), Epidemiology 27:368-377. VanderWeele TJ, Ding P (2017), Ann
Intern Med 167:268-274.
"""

import math
from dataclasses import dataclass

from stepdown.errors import EstimateError


@dataclass(frozen=True, kw_only=True)
class EValue:
    """The E-value of a ratio, and of its confidence limit nearer to 1.

    Attributes
    ----------
    estimate : float
        Of the ratio itself.
    limit : float
        Of the limit nearer to 1; 1 where the interval holds 1, missing where there is none.
    """

    estimate: float
    limit: float


def risk_ratio_of(hazard_ratio: float) -> float:
    """Return the risk ratio that a hazard ratio of a common event amounts to.

    Parameters
    ----------
    hazard_ratio : float
        Above 0.

    Returns
    -------
    float

    Raises
    ------
    EstimateError
        The ratio is not above 0.

    Examples
    --------
    >>> round(risk_ratio_of(0.56), 6)
    0.670084
    """
    _check(hazard_ratio)
    return float((1 - 0.5 ** math.sqrt(hazard_ratio)) / (1 - 0.5 ** math.sqrt(1 / hazard_ratio)))


def e_value(ratio: float, low: float = math.nan, high: float = math.nan) -> EValue:
    """Return the E-value of a risk ratio and of its limit nearer to 1.

    Parameters
    ----------
    ratio : float
        The risk ratio.
    low, high : float
        Its confidence limits; missing for none.

    Returns
    -------
    EValue

    Raises
    ------
    EstimateError
        The ratio, or a limit on its side of 1, is not above 0; or the ratio lies outside of its limits.

    Examples
    --------
    >>> found = e_value(0.80, 0.71, 0.91)
    >>> round(found.estimate, 2), round(found.limit, 2)
    (1.81, 1.43)
    """
    _check(ratio)
    if math.isnan(low) or math.isnan(high):
        return EValue(estimate=_strength(ratio), limit=math.nan)
    if not low <= ratio <= high:
        raise EstimateError("A ratio lies between its limits. Correct low and high.")
    nearer = low if ratio >= 1 else high
    return EValue(estimate=_strength(ratio), limit=1.0 if low <= 1 <= high else _strength(nearer))


def strength_needed(ratio: float, other: float) -> float:
    """Return the second strength with which a cause explains a ratio away, given the first.

    Parameters
    ----------
    ratio : float
        The risk ratio.
    other : float
        How many times as frequent the cause is in one arm (or, the formula being symmetric, how many times
        as likely it makes relapse); at least 1.

    Returns
    -------
    float
        Infinity where no second strength is enough: where `other` is at most the ratio. 1 for a ratio of 1.

    Examples
    --------
    >>> strength_needed(2.0, 4.0)
    3.0
    """
    _check(ratio)
    size = max(ratio, 1 / ratio)
    if size == 1:
        return 1.0
    return size * (other - 1) / (other - size) if other > size else math.inf


def explained_away(exposure: float, outcome: float) -> float:
    """Return by how much a cause of these two strengths can at most divide a risk ratio.

    Parameters
    ----------
    exposure, outcome : float
        How many times as frequent the cause is in one arm, and how many times as likely it makes relapse;
        at least 1.

    Returns
    -------
    float

    Examples
    --------
    >>> explained_away(4.0, 3.0)
    2.0
    """
    return exposure * outcome / (exposure + outcome - 1)


def _strength(ratio: float) -> float:
    _check(ratio)
    size = max(ratio, 1 / ratio)
    return size + math.sqrt(size * (size - 1))


def _check(ratio: float) -> None:
    if not (math.isfinite(ratio) and ratio > 0):
        raise EstimateError("A ratio of risks or hazards is above 0. Nothing can be said of another number.")

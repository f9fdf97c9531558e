"""People needed in each of two equal arms, or the power that a number of people gives.

With z_a and z_b the normal quantiles of (1 + level) / 2 and of the power, and n the people in each arm,

    risks      n = [z_a sqrt(2 m (1 - m)) + z_b sqrt(p (1 - p) + q (1 - q))]^2 / (p - q)^2,   m = (p + q) / 2
    means      n = (z_a + z_b)^2 (s^2 + t^2) / d^2
    log-rank   n = 4 (z_a + z_b)^2 / [(log HR)^2 (p + q)],   q = 1 - (1 - p)^HR

with risks p (reference) and q, a difference of means d with standard deviations s and t of one person, and
a hazard ratio HR. Where a share `followed` of the information is left after loss to follow-up, n is divided
by it. The power is that of the same formulas solved for z_b: the other tail is left out.

References
----------
Fleiss JL, Levin B, Paik MC (2003), Statistical Methods for Rates and Proportions, ch.
4. Schoenfeld DA (1983), Biometrics 39:499-503 (log-rank).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import normal_quantile
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import LARGEST, SMALLEST, check_level, is_number


@dataclass(frozen=True, eq=False, repr=False)
class SampleSize(Presented):
    """People in each arm, and power.

    Attributes
    ----------
    table : DataFrame
        One row: `test`, `effect` (what is to be found), `n` (people in each arm, rounded up), `power` (with
        that n), `level`.
    n : int
        People in each arm.
    power : float
        Probability of a difference that excludes none, with n people in each arm.
    """

    table: pd.DataFrame
    n: int
    power: float


@checks_arguments
def size_for_risks(
    risk: float,
    difference: float,
    *,
    n: int | None = None,
    power: float = 0.8,
    followed: float = 1.0,
    level: float = 0.95,
) -> SampleSize:
    """Return the people in each arm that show a difference of two risks, or the power of n people.

    Parameters
    ----------
    risk : float
        Risk in the reference arm.
    difference : float
        Difference to be found, as a probability; below 0 for a lower risk.
    n : int, optional
        People in each arm; then the power is returned.
    power : float
        Wanted power; not used with n.
    followed : float
        Share of the information left after loss to follow-up: effective size over size.
    level : float
        Confidence level of the interval that is to exclude no difference.

    Returns
    -------
    SampleSize

    Raises
    ------
    EstimateError
        Where a number is impossible.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> survival.size_for_risks(0.5, 0.25, power=0.9).n
    77
    """
    other = _probability("risk", risk) + _effect(difference)
    if not 0 <= other <= 1:
        raise EstimateError("risk and difference lead to a risk outside 0 and 1. Choose another.")
    middle = (risk + other) / 2
    none, some = 2 * middle * (1 - middle), risk * (1 - risk) + other * (1 - other)
    return _planned("difference of risks", difference, none, some, difference**2, n, power, followed, level)


@checks_arguments
def size_for_means(
    difference: float,
    spread: tuple[float, float],
    *,
    n: int | None = None,
    power: float = 0.8,
    level: float = 0.95,
) -> SampleSize:
    """Return the people in each arm that show a difference of mean days (RMST), or the power of n people.

    Parameters
    ----------
    difference : float
        Difference to be found, in days.
    spread : tuple of float
        Standard deviation of one person in each arm: the standard error of the arm's mean times the root of
        its size, which includes its loss to follow-up.
    n, power, level
        As in `size_for_risks`.

    Returns
    -------
    SampleSize

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> survival.size_for_means(5, (30, 30)).n
    566
    """
    if np.shape(spread) != (2,) or not all(is_number(one) and one > 0 for one in spread):
        raise EstimateError("spread must hold two positive numbers of days, one for each arm.")
    total = float(spread[0] ** 2 + spread[1] ** 2)
    square = _effect(difference) ** 2
    return _planned("difference of mean days", difference, total, total, square, n, power, 1.0, level)


@checks_arguments
def size_for_logrank(
    risk: float,
    hazard_ratio: float,
    *,
    n: int | None = None,
    power: float = 0.8,
    followed: float = 1.0,
    level: float = 0.95,
) -> SampleSize:
    """Return the people in each arm that show a hazard ratio by the log-rank test, or the power of n people.

    Parameters
    ----------
    risk : float
        Risk in the reference arm by the end of follow-up.
    hazard_ratio : float
        Hazard ratio to be found.
    n, power, followed, level
        As in `size_for_risks`.

    Returns
    -------
    SampleSize

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> survival.size_for_logrank(0.5, 0.7).n
    280
    """
    _probability("risk", risk)
    if not (is_number(hazard_ratio) and hazard_ratio > 0 and hazard_ratio != 1 and risk > 0):
        raise EstimateError("hazard_ratio must be a positive number other than 1, and risk above 0.")
    events = (risk + 1 - (1 - risk) ** hazard_ratio) / 4
    square = float(np.log(hazard_ratio)) ** 2 * events
    return _planned("log-rank test", hazard_ratio, 1.0, 1.0, square, n, power, followed, level)


def _planned(
    test: str,
    effect: float,
    none: float,
    some: float,
    square: float,
    n: int | None,
    power: float,
    followed: float,
    level: float,
) -> SampleSize:
    """Solve n square = (z_a sqrt(none) + z_b sqrt(some))^2 for n, or for the power."""
    check_level(level)
    if not (is_number(followed) and 0 < followed <= 1):
        raise EstimateError("followed must be above 0 and at most 1. Use 1 where nobody is lost.")
    z = normal_quantile(level)
    if n is None:
        if not (is_number(power) and 0 < power < 1):
            raise EstimateError("power must lie between 0 and 1. The default is 0.8.")
        wanted = (z * np.sqrt(none) + float(special.ndtri(power)) * np.sqrt(some)) ** 2 / square / followed
        size = max(int(np.ceil(wanted - 1e-9)), 1)
    elif not (is_number(n) and n >= 1 and n == int(n)):
        raise EstimateError("n must be a whole number of people from 1 up.")
    else:
        size = int(n)
    reached = (np.sqrt(size * followed * square) - z * np.sqrt(none)) / np.sqrt(some) if some else np.inf
    found = float(special.ndtr(reached))
    columns = {"test": [test], "effect": [effect], "n": [size], "power": [found], "level": [level]}
    return SampleSize(pd.DataFrame(columns), size, found)


def _probability(name: str, value: float) -> float:
    if not (is_number(value) and 0 <= value < 1):
        raise EstimateError(f"{name} must be a probability below 1.")
    return float(value)


def _effect(difference: float) -> float:
    if not (is_number(difference) and SMALLEST < abs(difference) < LARGEST):
        raise EstimateError("difference must be a number other than 0. No number of people shows none.")
    return float(difference)

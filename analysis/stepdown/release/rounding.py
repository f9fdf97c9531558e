"""Released numbers: shares of rounded people, and steps that are worth as many people as the base."""

import math

from stepdown.disclosure import round_to, wilson
from stepdown.survival.core.confidence_intervals import normal_quantile

Z = normal_quantile(0.95)
# An effective size this near to the size of the group is the size of the group.
_SAME = 0.02
# An interval this many times as wide as by its standard error shows that the standard error is too small.
_WIDER = 1.2
_P_STEPS = (0.0001, 0.001, *(step / 100 for step in range(1, 100)))
Interval = tuple[float, float, float, float]
"""Estimate, standard error and the two limits; nan where there is none."""


def coarse(step: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... (and 0.5, 0.2, 0.1, ...) that is no finer than a step.

    Examples
    --------
    >>> coarse(0.0125), coarse(3), coarse(5), coarse(0.05)
    (0.02, 5.0, 5.0, 0.05)
    """
    if not (math.isfinite(step) and step > 0):
        return math.nan
    power = math.floor(math.log10(step) + 1e-9)
    for first in (1, 2, 5, 10):
        found = float(f"{first}e{power}")
        if found >= step * (1 - 1e-9):
            return found
    return float(f"1e{power + 2}")


def to_step(value: float, step: float) -> float:
    """Round to multiples of a step, without the noise of binary fractions.

    Examples
    --------
    >>> to_step(0.2865, 0.01), to_step(23.4, 5), to_step(-0.064, 0.02)
    (0.29, 25.0, -0.06)
    """
    if not (math.isfinite(value) and math.isfinite(step)):
        return math.nan
    return float(f"{float(round_to(value, step)):.10g}")


def shown_count(value: float, *, threshold: int, base: int) -> float:
    """Return a count as a curve shows it: 0 while it is below the threshold, else rounded to the base.

    Examples
    --------
    >>> [shown_count(value, threshold=11, base=5) for value in (4, 11, 13)]
    [0.0, 15.0, 15.0]
    """
    first = -(-threshold // base) * base
    return 0.0 if value < threshold else max(float(round_to(value, base)), float(first))


def effective_size(share: float, std_error: float, conf_low: float, conf_high: float, size: float) -> float:
    """Return on how many people an interval rests; the size of the group where nothing makes it smaller.

    Taken from the standard error, or from the width of a Wilson interval where there is none or where the
    interval is much wider: a standard error does not show that hardly anybody was followed so long.

    Examples
    --------
    >>> low, high = wilson(40, 140)
    >>> effective_size(40 / 140, math.nan, float(low), float(high), 138)
    138
    >>> round(effective_size(0.5, 0.05, math.nan, math.nan, 140))
    100
    >>> round(effective_size(0.378, 0.06, 0.262, 0.943, 118))
    4
    """
    by_width = by_error = math.nan
    if math.isfinite(conf_low) and math.isfinite(conf_high) and conf_high > conf_low:
        by_width = _size_of_width(share, conf_high - conf_low)
    if math.isfinite(std_error) and std_error > 0:
        by_error = share * (1 - share) / std_error**2
        low, high = wilson(share * by_error, by_error)
        if not conf_high - conf_low > _WIDER * (high - low):
            by_width = math.nan
    sizes = [one for one in (by_error, by_width) if math.isfinite(one)]
    if not sizes:
        return math.nan
    found = min(sizes)
    return size if abs(found - size) < _SAME * size else min(found, size)


def _size_of_width(share: float, width: float) -> float:
    """Return on how many people a Wilson interval of this width rests."""
    few, many = 1.0, 1e9
    for _ in range(80):
        middle = math.sqrt(few * many)
        low, high = wilson(share * middle, middle)
        few, many = (middle, many) if high - low > width else (few, middle)
    return few


def released_share(
    share: float, effective: float, size: float, *, people: float, threshold: int, base: int
) -> Interval | None:
    """Return a risk or share as so many rounded people of a rounded group, with its interval.

    The interval is the Wilson interval of the released share with an effective size that is rounded to the
    base: censoring and clusters make it smaller than the group.

    Parameters
    ----------
    share, effective : float
        Of the true counts; no interval where `effective` is nan.
    size : float
        Published size of the group.
    people : float
        The share as people: events where nobody is censored, else the share of `size`.
    threshold, base : int

    Returns
    -------
    tuple or None
        None where the rounded people with, or without, the event are fewer than the threshold.

    Examples
    --------
    >>> found = released_share(41 / 138, 138, 140, people=41, threshold=11, base=5)
    >>> [round(number, 3) for number in found]
    [0.286, 0.038, 0.217, 0.365]
    >>> released_share(8 / 138, 138, 140, people=8, threshold=11, base=5) is None
    True
    """
    if not (math.isfinite(share) and math.isfinite(size) and math.isfinite(people)):
        return None
    rounded = float(round_to(people, base))
    if not threshold <= rounded <= size - threshold:
        return None
    released = rounded / size
    known = min(float(round_to(effective, base)), size) if math.isfinite(effective) else 0.0
    if known < threshold:
        return released, math.nan, math.nan, math.nan
    low, high = wilson(released * known, known)
    return released, math.sqrt(released * (1 - released) / known), float(low), float(high)


def limits_about(value: float, low: float, high: float, step: float) -> tuple[float, float]:
    """Return limits at whole steps about a released number, no nearer to it than the true ones.

    Examples
    --------
    >>> limits_about(-0.1, -0.148, -0.061, 0.02)
    (-0.16, -0.04)
    """
    if not math.isfinite(high - low):
        return math.nan, math.nan
    half = math.ceil((high - low) / 2 / step - 1e-9) * step
    return to_step(value - half, step / 10), to_step(value + half, step / 10)


def limits_of_ratio(value: float, low: float, high: float, base: int) -> tuple[float, float]:
    """Return limits of a released ratio or rate: as those of so many events, rounded to the base.

    Examples
    --------
    >>> [round(limit, 2) for limit in limits_of_ratio(0.6, 0.48, 0.76, 5)]
    [0.48, 0.75]
    """
    if not (value > 0 and low > 0 and high > low and math.isfinite(high)):
        return math.nan, math.nan
    events = max(float(round_to((2 * Z / math.log(high / low)) ** 2, base)), float(base))
    spread = math.exp(Z / math.sqrt(events))
    return value / spread, value * spread


def released_difference(first: Interval, second: Interval) -> Interval:
    """Return the difference of two released shares, with the interval that follows from theirs.

    Examples
    --------
    >>> found = released_difference((0.3, 0.04, 0.2, 0.4), (0.2, 0.03, 0.1, 0.3))
    >>> [round(number, 3) for number in found]
    [0.1, 0.05, 0.002, 0.198]
    """
    error = math.hypot(first[1], second[1])
    value = first[0] - second[0]
    return value, error, value - Z * error, value + Z * error


def released_ratio(first: Interval, second: Interval) -> Interval:
    """Return the ratio of two released shares, with the interval that follows from theirs.

    Examples
    --------
    >>> found = released_ratio((0.3, 0.04, 0.2, 0.4), (0.2, 0.03, 0.1, 0.3))
    >>> [round(number, 3) for number in found]
    [1.5, 0.301, 1.012, 2.223]
    """
    value = first[0] / second[0]
    error = math.hypot(first[1] / first[0], second[1] / second[0])
    return value, value * error, value * math.exp(-Z * error), value * math.exp(Z * error)


def released_p_value(value: float) -> float:
    """Return the next step above a p-value: 0.0001, 0.001, 0.01, 0.02 and so on.

    Examples
    --------
    >>> [released_p_value(p) for p in (3e-12, 0.0004, 0.013, 0.5, 0.998)]
    [0.0001, 0.001, 0.02, 0.5, 1.0]
    """
    if not math.isfinite(value):
        return math.nan
    return next((step for step in _P_STEPS if value <= step), 1.0)

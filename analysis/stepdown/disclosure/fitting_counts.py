"""Which counts a published number can come from: risks, intervals and tests are functions of counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from stepdown.disclosure.count_tables import DEFAULT_THRESHOLD, check_threshold
from stepdown.errors import DisclosureError

Floats = NDArray[np.float64]
Pairs = NDArray[np.int64]
_Z = 1.959963984540054
_NOISE = 1e-9
STEPS = (0.001, 0.01, 0.02, 0.05, 0.1)
"""Steps to which `finest_step` rounds a risk: one decimal of a percentage first."""


@dataclass(frozen=True)
class PrintedNumber:
    """A number as it is printed.

    Attributes
    ----------
    quantity : str
        One of `QUANTITIES`, or of `CONTRASTS` where two groups are compared.
    value : float
        The printed value; of a percentage the proportion, 0.286 for 28.6%.
    step : float
        What it is rounded to: 0.001 for one decimal of a percentage, 5 for a count rounded to 5, else 1.
    """

    quantity: str
    value: float
    step: float


def wilson(events: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return the Wilson 95% interval of a proportion, as two arrays.

    Examples
    --------
    >>> low, high = wilson(40, 140)
    >>> f"{low:.1%} to {high:.1%}"
    '21.7% to 36.5%'
    """
    count, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    share = count / size
    center = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z * np.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2)) / (1 + _Z**2 / size)
    return np.maximum(center - half, 0.0), np.minimum(center + half, 1.0)


def _risk(events: Floats, n: Floats) -> Floats:
    return events / n


def _error(events: Floats, n: Floats) -> Floats:
    return np.asarray(np.sqrt(events / n * (1 - events / n) / n))


QUANTITIES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "events": lambda events, n: events,
    "without_event": lambda events, n: n - events,
    "n": lambda events, n: n,
    "risk": _risk,
    "conf_low": lambda events, n: wilson(events, n)[0],
    "conf_high": lambda events, n: wilson(events, n)[1],
    "std_error": _error,
}
"""What can be printed of one group: its counts, its risk with Wilson 95% limits and its standard error."""


def _p_value(first: Floats, n: Floats, second: Floats, other_n: Floats) -> Floats:
    share = (first + second) / (n + other_n)
    error = np.sqrt(share * (1 - share) * (1 / n + 1 / other_n))
    difference = first / n - second / other_n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, 2 * ndtr(-np.abs(difference) / error), 1.0)


def _ratio(first: Floats, n: Floats, second: Floats, other_n: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((first / n) / (second / other_n))


CONTRASTS: Mapping[str, Callable[[Floats, Floats, Floats, Floats], Floats]] = {
    "difference": lambda first, n, second, other_n: first / n - second / other_n,
    "ratio": _ratio,
    "std_error_of_difference": lambda first, n, second, other_n: np.hypot(
        _error(first, n), _error(second, other_n)
    ),
    "p_value": _p_value,
}
"""What can be printed of two groups: risk difference with its standard error, risk ratio, p of the z test."""


def round_to(value: ArrayLike, step: float) -> Floats:
    """Round to multiples of a step, halves upward.

    Examples
    --------
    >>> round_to([2, 3, 7, 8], 5).tolist()
    [0.0, 5.0, 5.0, 10.0]
    """
    return np.asarray(_multiple(np.asarray(value, dtype=float), step) * step)


def _multiple(value: Floats, step: float) -> Floats:
    # The noise of 0.2865 / 0.001 must not decide how a half is rounded.
    with np.errstate(invalid="ignore"):
        return np.asarray(np.floor(value / step + 0.5 + _NOISE))


def fits(printed: Sequence[PrintedNumber], *, most: int = 1_000) -> Pairs:
    """Return every count of events and size of a group that give the numbers printed of it.

    Parameters
    ----------
    printed : sequence of PrintedNumber
        Rounded by `round_to`.
    most : int
        Largest size of a group that a reader would think of.

    Returns
    -------
    (k, 2) array of int
        Events and size, by size and then events.

    Raises
    ------
    DisclosureError
        Where a quantity is not one of `QUANTITIES`.

    Examples
    --------
    28.6% with its interval at one decimal comes from 40 of 140 alone (at whole percentages from 25 pairs):

    >>> numbers = [("risk", 0.286), ("conf_low", 0.217), ("conf_high", 0.365)]
    >>> fits([PrintedNumber(name, value, 0.001) for name, value in numbers]).tolist()
    [[40, 140]]
    """
    _check(printed, QUANTITIES)
    size = np.repeat(np.arange(1, most + 1), np.arange(2, most + 2)).astype(float)
    events = np.concatenate([np.arange(count + 1) for count in range(1, most + 1)]).astype(float)
    for one in printed:
        same = _same(QUANTITIES[one.quantity](events, size), one)
        events, size = events[same], size[same]
    return np.column_stack((events, size)).astype(np.int64)


def fits_contrast(printed: Sequence[PrintedNumber], first: Pairs, second: Pairs) -> Pairs:
    """Return which counts of two groups also give the numbers that compare them.

    Parameters
    ----------
    printed : sequence of PrintedNumber
    first, second : (k, 2) arrays of int
        What fits each group alone, as `fits` returns it.

    Returns
    -------
    (k, 4) array of int
        Events and size of the first group, then of the second.

    Examples
    --------
    >>> first, second = fits([PrintedNumber("n", 20, 1)]), fits([PrintedNumber("n", 30, 1)])
    >>> numbers = [PrintedNumber("difference", 0.367, 0.001), PrintedNumber("ratio", 2.1, 0.01)]
    >>> fits_contrast(numbers, first, second).tolist()
    [[14, 20, 10, 30]]
    """
    _check(printed, CONTRASTS)
    left, right = np.repeat(np.arange(len(first)), len(second)), np.tile(np.arange(len(second)), len(first))
    for one in printed:
        counts = np.hstack((first[left], second[right])).astype(float)
        same = _same(CONTRASTS[one.quantity](*counts.T), one)
        left, right = left[same], right[same]
    return np.hstack((first[left], second[right]))


def _check(printed: Sequence[PrintedNumber], known: Mapping[str, object]) -> None:
    unknown = sorted({one.quantity for one in printed} - known.keys())
    if unknown:
        raise DisclosureError(
            f"{unknown[0]!r} is not a quantity that can be searched for. Give one of {', '.join(known)}."
        )


def _same(values: Floats, one: PrintedNumber) -> NDArray[np.bool_]:
    return np.asarray(_multiple(values, one.step) == _multiple(np.asarray(one.value), one.step))


def leaves_open(pairs: Pairs, events: int, n: int, threshold: int = DEFAULT_THRESHOLD) -> bool:
    """Return whether what is printed leaves at least `threshold` values of each small count.

    Small are the events, those without the event, and the size of the group where they are below the
    threshold, 0 (a share of 0% or 100%) included.

    Parameters
    ----------
    pairs : (k, 2) array of int
        What fits, as `fits` returns it.
    events, n : int
        The true counts.
    threshold : int

    Examples
    --------
    >>> pairs = fits([PrintedNumber("risk", 0.02, 0.01), PrintedNumber("n", 400, 5)])
    >>> sorted(set(pairs[:, 0].tolist()))
    [6, 7, 8, 9, 10]
    >>> leaves_open(pairs, 8, 400), leaves_open(pairs, 8, 400, threshold=5)
    (False, True)
    """
    check_threshold(threshold)
    found = ((events, pairs[:, 0]), (n - events, pairs[:, 1] - pairs[:, 0]), (n, pairs[:, 1]))
    return all(true >= threshold or len(np.unique(values)) >= threshold for true, values in found)


def finest_step(
    events: Sequence[int], n: Sequence[int], *, threshold: int = DEFAULT_THRESHOLD, base: int = 5
) -> float | None:
    """Return the finest rounding of the risks of a table that leaves all of its small counts open.

    The step is one for the whole table, as a step chosen for each group would itself give its count away.
    Sizes are printed rounded to `base`.

    Parameters
    ----------
    events, n : sequences of int
        Counts of each group.
    threshold, base : int

    Returns
    -------
    float or None
        One of `STEPS`, or None where none is coarse enough: then the small counts must be hidden with their
        risks, and the others computed from rounded counts.

    Examples
    --------
    >>> finest_step([400, 900], [1500, 2000])
    0.001
    >>> finest_step([8, 900], [400, 2000])
    0.05
    >>> finest_step([8, 40], [60, 140]) is None
    True
    """
    for step in STEPS:
        if all(
            _open(int(count), int(size), step, threshold, base) for count, size in zip(events, n, strict=True)
        ):
            return step
    return None


def _open(events: int, n: int, step: float, threshold: int, base: int) -> bool:
    printed = [
        PrintedNumber("n", float(round_to(n, base)), base),
        PrintedNumber("risk", float(round_to(events / n, step)), step),
    ]
    return leaves_open(fits(printed, most=n + base), events, n, threshold)

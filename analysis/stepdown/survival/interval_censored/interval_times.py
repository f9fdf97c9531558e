"""Checks and codes times known only to lie in (low, high].

Conventions: low == high is a time known exactly; high = infinity is right-censored after low; anything else
is in (low, high], so a relapse detected at day 30 and absent at day 0 is (0, 30]. In whole days (4, 5] and 5
itself are the same day. Times within 1e-9 (relative) are one time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stepdown.survival.core.sample import (
    Faults,
    Floats,
    Ints,
    check_weights,
    code_labels,
    merge_ties,
    numbers,
)


@dataclass(frozen=True, eq=False)
class Intervals:
    """Checked intervals; n rows.

    Attributes
    ----------
    low, high : ndarray, shape (n,)
        Ends, ties merged.
    arm : ndarray of int, shape (n,)
        Position of each row's arm in `labels`.
    labels : tuple
        Arms in order.
    weight : ndarray, shape (n,)
        Ones where none were given.
    """

    low: Floats
    high: Floats
    arm: Ints
    labels: tuple[object, ...]
    weight: Floats


def check_intervals(
    low: ArrayLike, high: ArrayLike, *, arm: ArrayLike | None = None, weights: ArrayLike | None = None
) -> Intervals:
    """Return the checked intervals, or raise one error that lists every fault."""
    faults = Faults()
    first, last = numbers("low", low, faults), numbers("high", high, faults)
    weight = np.ones(first.size) if weights is None else numbers("weights", weights, faults)
    faults.stop()
    faults.lengths("low", len(first), {"high": last, "weights": weight, "arm": arm})
    faults.where("low", np.isnan(first), "is missing", "Use 0 where nothing was known before.")
    faults.where("low", np.isinf(first), "is infinite", "Use the last day known to be free of the event.")
    faults.where("low", first < 0, "is negative", "Count days from time zero.")
    faults.where("high", np.isnan(last), "is missing", "Use infinity where the event was never detected.")
    exact = "The event is in (low, high]; give the same low and high if exact."
    faults.where("high", last < first, "is below low", exact)
    check_weights(weight, "Drop rows of weight zero.", faults)
    groups, labels = code_labels("arm", arm, len(first), faults)
    faults.stop()
    known = np.isfinite(last)
    grid, start, stop = merge_ties(first, np.where(known, last, first))
    end = grid[start if stop is None else stop]
    return Intervals(grid[start], np.where(known, end, np.inf), groups, labels, weight)


def check_entry(entry: ArrayLike | None, given: Intervals, faults: Faults) -> Floats:
    """Return the day after which each row is at risk (0 where none was given); record its faults."""
    first = np.zeros(len(given.low)) if entry is None else numbers("entry", entry, faults)
    if first.shape != given.low.shape:
        faults.add("entry", "does not have as many rows as low", "Give one value per row.")
    elif entry is not None:
        bad = ~((first >= 0) & (first <= given.low) & (first < given.high))
        faults.where("entry", bad, "is missing, negative or after low", "People are at risk after entry.")
    return first

"""Bounds of counts that follow from one sum after another, without linear programming.

They are valid, and seldom the tightest: what they settle needs no program.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stepdown.disclosure.outside_knowledge import Knowledge

Floats = NDArray[np.float64]
_SWEEPS = 20


def implied_bounds(known: Knowledge) -> tuple[Floats, Floats]:
    """Return a lower and an upper bound of each count.

    In each relation a count is what the total leaves beside the smallest and the largest of all others.

    Parameters
    ----------
    known : Knowledge

    Returns
    -------
    lower, upper : (n,) arrays

    Examples
    --------
    Of 60 people in two sites, one has 38 to 42:

    >>> from scipy import sparse
    >>> lower, upper = np.array([38.0, 0.0]), np.array([42.0, np.inf])
    >>> sites = Knowledge(sparse.csr_array([[1.0, 1.0]]), np.array([60.0]), lower, upper)
    >>> [bounds.tolist() for bounds in implied_bounds(sites)]
    [[38.0, 18.0], [42.0, 22.0]]
    """
    lines = sparse.coo_array(known.relations)
    used = lines.data != 0
    row, column = (np.asarray(one[used], dtype=np.int64) for one in (lines.row, lines.col))
    weight = lines.data[used]
    lower, upper = known.lower.copy(), known.upper.copy()
    many = lines.shape[0]
    for _ in range(_SWEEPS):
        ends = (
            np.where(weight > 0, weight * lower[column], weight * upper[column]),
            np.where(weight > 0, weight * upper[column], weight * lower[column]),
        )
        least, most = (_beside(one, row, many) for one in ends)
        total = known.totals[row]
        below, above = (total - most) / weight, (total - least) / weight
        low, high = np.minimum(below, above), np.maximum(below, above)
        before = lower.copy(), upper.copy()
        np.maximum.at(lower, column, low)
        np.minimum.at(upper, column, high)
        if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
            break
    return lower, upper


def _beside(ends: Floats, row: NDArray[np.int64], many: int) -> Floats:
    """Return the sum of all other ends of the relation of each; infinite where one of them is."""
    finite = np.isfinite(ends)
    sums = np.bincount(row, np.where(finite, ends, 0.0), minlength=many)
    unbounded = np.bincount(row, ~finite, minlength=many)
    others = unbounded[row] - ~finite
    sign = np.sign(np.where(finite, 0.0, ends))
    infinite = np.bincount(row, sign, minlength=many)[row] - sign
    return np.where(
        others > 0, np.where(infinite < 0, -np.inf, np.inf), sums[row] - np.where(finite, ends, 0.0)
    )

"""Runs above and below the center line: the longest one and the number of crossings, with their limits.

Points on the center line are left out; k are left. Where each is above or below with probability 1/2,
whatever came before, a run may be as long as

    round(log2(k) + 3)

and the line is crossed at least as often as the smallest c with P(C <= c) >= 0.05, C binomial on k - 1 trials
of probability 1/2. A longer run, or fewer crossings, signal a shift that lasts.

References
----------
Anhoej J, Olesen AV (2014), PLoS ONE 9:e113825. Anhoej J (2015), PLoS ONE 10:e0121349 (both limits). Schilling
MF (2012), Mathematics Magazine 85:141-149 (longest run). Chen Z (2010), Journal of Modern Applied Statistical
Methods 9:257-264 (crossings).
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

RUNS_FROM = 10
"""Points off the center line below which the rules for runs are not applied."""
_TAIL = Fraction(1, 20)


@dataclass(frozen=True, kw_only=True)
class RunLengths:
    """Runs of a series about its center line.

    Attributes
    ----------
    useful : int
        Points off the center line.
    longest, longest_limit : int
        Length of the longest run, and the longest that chance explains.
    crossings, crossings_limit : int
        How often the line is crossed, and the fewest that chance explains.
    """

    useful: int
    longest: int
    longest_limit: int
    crossings: int
    crossings_limit: int

    @property
    def long_run(self) -> bool:
        """Whether a run is longer than chance explains."""
        return self.useful >= RUNS_FROM and self.longest > self.longest_limit

    @property
    def few_crossings(self) -> bool:
        """Whether the line is crossed less often than chance explains."""
        return self.useful >= RUNS_FROM and self.crossings < self.crossings_limit


def run_lengths(value: ArrayLike, center: ArrayLike) -> RunLengths:
    """Return the runs of a series about a center line.

    Parameters
    ----------
    value, center : array_like (k,)
        Missing values are left out.

    Examples
    --------
    Thirteen points that cross the line five times, the longest run three: chance explains both.

    >>> found = run_lengths([1, 1, 1, -1, -1, -1, 1, -1, -1, 1, -1, -1, -1], [0.0] * 13)
    >>> found.crossings, found.crossings_limit, found.longest, found.longest_limit
    (5, 3, 3, 7)
    """
    side = np.sign(np.asarray(value, dtype=float) - np.asarray(center, dtype=float))
    side = side[np.isfinite(side) & (side != 0)]
    size = len(side)
    if not size:
        return RunLengths(useful=0, longest=0, longest_limit=0, crossings=0, crossings_limit=0)
    ends = np.append(np.flatnonzero(side[1:] != side[:-1]) + 1, size)
    return RunLengths(
        useful=size,
        longest=int(np.diff(ends, prepend=0).max()),
        longest_limit=round(math.log2(size) + 3),
        crossings=len(ends) - 1,
        crossings_limit=_fewest_crossings(size - 1),
    )


def _fewest_crossings(trials: int) -> int:
    """Return the smallest c with P(C <= c) >= 0.05, C binomial with probability 1/2, in whole numbers."""
    below = 0
    for count in range(trials + 1):
        below += math.comb(trials, count)
        if Fraction(below, 2**trials) >= _TAIL:
            return count
    raise AssertionError("a distribution adds up to 1")

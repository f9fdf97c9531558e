"""Which points of a control chart are more than chance: two published sets of rules.

**three_sigma**: a point beyond the limits; a run about the center line longer than chance explains; fewer
crossings of it than chance explains (`stepdown.control_charts.run_lengths`).

**making_data_count**: a point beyond the limits; seven or more points in a row on one side of the center
line; seven or more in a row that rise, or fall, all the way; two of three points in a row beyond two thirds
of the way to the same limit, all three on that side of the center line.

References
----------
Mohammed MA, Worthington P, Woodall WH (2008), Qual Saf Health Care 17:137-145 (3 sigma). Anhoej J, Olesen AV
(2014), PLoS ONE 9:e113825 (runs). NHS England, Making Data Count: Strengthening your decisions (the numbers
of points are those of the NHS-R Community's package NHSRplotthedots).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.control_charts.run_lengths import run_lengths

Floats = NDArray[np.float64]
IN_A_ROW = 7
"""Points that make a shift, or a trend, in the rules of Making Data Count."""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """Points that break a rule.

    Attributes
    ----------
    rule : str
        "beyond_limits", "long_run", "few_crossings", "shift", "trend" or "two_of_three".
    points : tuple of int
        Positions in the series.
    """

    rule: str
    points: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Counted:
    """The points of one part of a chart that count: positions, values, center and standard errors."""

    place: NDArray[np.int64]
    value: Floats
    center: Floats
    low: Floats
    high: Floats
    sigma: Floats

    @property
    def side(self) -> Floats:
        """Return 1 above the center line, -1 below it, 0 on it."""
        return np.sign(self.value - self.center)


def three_sigma(given: Counted) -> Iterator[Signal]:
    """Yield the points beyond the limits, the runs that are too long, and crossings that are too few."""
    yield from _beyond(given)
    found = run_lengths(given.value, given.center)
    off = np.flatnonzero(given.side)
    if found.long_run:
        for run in _runs(given.side[off], found.longest_limit + 1):
            yield Signal(rule="long_run", points=_points(given, off[run]))
    if found.few_crossings:
        yield Signal(rule="few_crossings", points=_points(given, off))


def making_data_count(given: Counted) -> Iterator[Signal]:
    """Yield the points that break the rules of Making Data Count."""
    yield from _beyond(given)
    for run in _runs(given.side, IN_A_ROW):
        if given.side[run[0]]:
            yield Signal(rule="shift", points=_points(given, run))
    step = np.sign(np.diff(given.value))
    for run in _runs(step, IN_A_ROW - 1):
        if step[run[0]]:
            yield Signal(rule="trend", points=_points(given, np.append(run, run[-1] + 1)))
    near = _near_limits(given)
    if len(near):
        yield Signal(rule="two_of_three", points=_points(given, near))


RULE_SETS: Mapping[str, Callable[[Counted], Iterator[Signal]]] = {
    "three_sigma": three_sigma,
    "making_data_count": making_data_count,
}
"""Sets of rules by name."""


def _beyond(given: Counted) -> Iterator[Signal]:
    outside = np.flatnonzero((given.value < given.low) | (given.value > given.high))
    if len(outside):
        yield Signal(rule="beyond_limits", points=_points(given, outside))


def _near_limits(given: Counted) -> NDArray[np.int64]:
    """Return the points near a limit, but within it, that are two of three in a row on that side."""
    away = np.abs(given.value - given.center)
    inside = (given.value >= given.low) & (given.value <= given.high)
    near = (away > 2 * given.sigma) & inside
    found: set[int] = set()
    for first in range(len(near) - 2):
        three = np.arange(first, first + 3)
        if abs(given.side[three].sum()) == 3 and near[three].sum() >= 2:
            found.update(three[near[three]].tolist())
    return np.array(sorted(found), dtype=np.int64)


def _runs(side: Floats, least: int) -> Iterator[NDArray[np.int64]]:
    """Yield the positions of each run of equal values of at least some length."""
    if not len(side):
        return
    starts = np.flatnonzero(np.append(True, side[1:] != side[:-1]))
    for start, end in zip(starts, np.append(starts[1:], len(side)), strict=True):
        if end - start >= least:
            yield np.arange(start, end)


def _points(given: Counted, chosen: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(place) for place in given.place[chosen])

"""Limits of control charts: shares of a count, estimates with a standard error, and single values.

A part of a chart is the points between two days on which the limits start anew. Only points that are counted
enter its center and its limits; the others are drawn against them. With m_i the size of point i and c the
center of its part, sum m_i x_i / sum m_i over the points counted,

    share (p chart):           c +- 3 s sqrt(c (1 - c) / m_i)
    rate by person-time:       c +- 3 s sqrt(c / m_i)
    single values (XmR):       c +- 3 MR / 1.128,  MR the mean moving range, m_i = 1

cut to [0, 1], and at 0. s is 1; in a p' chart, with z_i = (x_i - c) / sqrt(c (1 - c) / m_i), it is the mean
moving range of z over 1.128 (Laney). A share is charted with s where that is above what chance explains in
95% of series of k points, 1 + 1.645 sqrt(0.8264 k - 1.082) / (k - 1): s of few points varies much, and limits
that followed it would hide or invent signals.

Of an estimate that rests on people followed for different times m_i is the number of people whose plain
share would be as certain, x_i (1 - x_i) / se_i^2, or the person-time x_i / se_i^2. Each point so has the
limits of its own standard error, carried over to the center: the standard error of a low estimate is itself
too low, and weights of 1 / se^2 would draw the center down. Where nobody is lost the chart is the p chart.

References
----------
Montgomery DC (2013), Introduction to Statistical Quality Control, 7th ed., ch. 6 and 7. Laney DB (2002),
Quality Engineering 14:531-537. Cryer JD, Ryan TP (1990), Journal of Quality Technology 22:187-192 (variance
of the mean moving range). Nelson LS (1982), Journal of Quality Technology 14:172-173 (individuals).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stepdown.control_charts.chart_rules import RULE_SETS, Counted, Floats, Signal
from stepdown.control_charts.run_lengths import RunLengths, run_lengths
from stepdown.errors import EstimateError

FEWEST = {"p": 6, "p_prime": 6, "standard_error": 6, "xmr": 12}
"""Points that must count in a part of a chart before it has limits."""
SIGMA = 3.0
_MOVING_RANGE = 1.128  # mean of the range of two standard normal values
_UPPER = 1.645
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ControlChart:
    """A series with its center line, limits and signals.

    Attributes
    ----------
    kind : str
        "p", "p_prime", "standard_error" or "xmr".
    value, center, low, high : array of float (k,)
        The points, the center line and the limits; missing where a part has too few points, limits also where
        all its points are the same and nothing shows how much they vary.
    part : array of int (k,)
        Number of the part of each point, from 0.
    counted : array of bool (k,)
        Which points enter limits and rules.
    widening : tuple of float
        By part, s of the limits; 1 where chance explains how much the points vary.
    rules : str
        Name of the set of rules.
    signals : tuple of Signal
        Points that break them.
    """

    kind: str
    value: Floats
    center: Floats
    low: Floats
    high: Floats
    part: Ints
    counted: Bools
    widening: tuple[float, ...]
    rules: str
    signals: tuple[Signal, ...]

    @property
    def needed(self) -> int:
        """How many points must count in a part before it has limits."""
        return FEWEST[self.kind]

    def held(self, part: int) -> int:
        """Return how many points of a part count."""
        return int((self.counted & (self.part == part)).sum())

    def runs(self, part: int) -> RunLengths:
        """Return the runs of the counted points of a part about its center line."""
        mine = self.counted & (self.part == part)
        return run_lengths(self.value[mine], self.center[mine])


def p_chart(
    events: ArrayLike,
    n: ArrayLike,
    *,
    counted: ArrayLike | None = None,
    starts: Sequence[int] = (),
    rules: str = "three_sigma",
    over_dispersion: Literal["tested", "always", "never"] = "tested",
) -> ControlChart:
    """Return the control chart of a share.

    Parameters
    ----------
    events, n : array_like (k,)
        Counts, and of how many; a point of nobody has no value.
    counted : array_like of bool (k,), optional
        Which points enter limits and rules; all if left out.
    starts : sequence of int
        Positions at which a new part starts, with limits of its own.
    rules : str
        A key of `RULE_SETS`.
    over_dispersion : str
        Whether limits follow how much the points vary (p' chart): "tested", where it is more than chance
        explains.

    Raises
    ------
    EstimateError
        Arrays of different lengths, counts that are no counts, or an unknown set of rules.

    Examples
    --------
    Of 50 cans each; the limits are 0.2 +- 3 sqrt(0.2 * 0.8 / 50).

    >>> chart = p_chart([10, 9, 11, 10, 8, 12, 20], [50] * 7, counted=[True] * 6 + [False])
    >>> round(float(chart.low[0]), 4), round(float(chart.high[0]), 4), chart.signals
    (0.0303, 0.3697, ())
    """
    count, size = _floats(events), _floats(n)
    _same_length(count, size)
    if (count < 0).any() or (size < 0).any() or (count > size).any():
        raise EstimateError("A point of a p chart needs 0 to n events of n. Give counts.")
    value = np.divide(count, size, out=np.full(len(size), np.nan), where=size > 0)
    return _chart("p", value, size, _of_share, counted, starts, rules, widen=over_dispersion)


def standard_error_chart(
    estimate: ArrayLike,
    std_error: ArrayLike,
    size: ArrayLike,
    *,
    scale: Literal["share", "rate"] = "share",
    counted: ArrayLike | None = None,
    starts: Sequence[int] = (),
    rules: str = "three_sigma",
) -> ControlChart:
    """Return the control chart of estimates that each have a standard error, such as censored risks.

    Parameters
    ----------
    estimate, std_error : array_like (k,)
        Missing values make no point.
    size : array_like (k,)
        People, or person-time of a rate: used where the standard error carries no information (no event, or
        an event of everybody), and the most that a point can weigh.
    scale : str
        "share" for a risk, "rate" for events by person-time.
    counted, starts, rules
        As in `p_chart`.

    Examples
    --------
    Where nobody is lost, the chart is that of the counts.

    >>> import numpy as np
    >>> events, n = np.array([10.0, 9, 11, 10, 8, 12]), np.full(6, 50.0)
    >>> risk = events / n
    >>> chart = standard_error_chart(risk, np.sqrt(risk * (1 - risk) / n), n)
    >>> bool(np.allclose(chart.high, p_chart(events, n).high))
    True
    """
    value, error, most = _floats(estimate), _floats(std_error), _floats(size)
    _same_length(value, error, most)
    spread = value * (1 - value) if scale == "share" else value
    usable = np.isfinite(error) & (error > 0) & (spread > 0)
    own = np.divide(spread, error**2, out=most.copy(), where=usable)
    # A rounding error must not let a point of few people weigh more than they are.
    weight = np.minimum(own, most)
    return _chart(
        "standard_error", value, weight, _of_share if scale == "share" else _of_rate, counted, starts, rules
    )


def xmr_chart(
    value: ArrayLike,
    *,
    counted: ArrayLike | None = None,
    starts: Sequence[int] = (),
    rules: str = "three_sigma",
) -> ControlChart:
    """Return the control chart of single values that have neither a denominator nor a standard error.

    Parameters
    ----------
    value : array_like (k,)
        Missing values make no point.
    counted, starts, rules
        As in `p_chart`.

    Examples
    --------
    Values that step by 2 each time: 9 +- 3 * 2 / 1.128.

    >>> chart = xmr_chart([8, 10] * 6)
    >>> round(float(chart.low[0]), 2), round(float(chart.high[0]), 2)
    (3.68, 14.32)
    """
    values = _floats(value)
    return _chart("xmr", values, np.ones(len(values)), _of_values, counted, starts, rules)


Spread = Callable[[Floats, Floats, float, Bools], tuple[Floats, float, float]]
"""From values, sizes, center and who counts: standard error of each point, lowest and highest value."""


def _of_share(value: Floats, size: Floats, center: float, counted: Bools) -> tuple[Floats, float, float]:
    return _over(center * (1 - center), size), 0.0, 1.0


def _of_rate(value: Floats, size: Floats, center: float, counted: Bools) -> tuple[Floats, float, float]:
    return _over(center, size), 0.0, np.inf


def _of_values(value: Floats, size: Floats, center: float, counted: Bools) -> tuple[Floats, float, float]:
    moved = np.abs(np.diff(value[counted])).mean() / _MOVING_RANGE
    return np.full(len(value), moved), -np.inf, np.inf


def _over(spread: float, size: Floats) -> Floats:
    share = np.divide(spread, size, out=np.full(len(size), np.nan), where=size > 0)
    return np.asarray(np.sqrt(share))


def _chart(
    kind: str,
    value: Floats,
    size: Floats,
    spread: Spread,
    counted: ArrayLike | None,
    starts: Sequence[int],
    rules: str,
    *,
    widen: str = "never",
) -> ControlChart:
    if rules not in RULE_SETS:
        raise EstimateError(f"rules must be one of {', '.join(RULE_SETS)}.")
    asked = np.ones(len(value), dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    _same_length(value, asked)
    enters = asked & np.isfinite(value) & (size > 0)
    part = np.searchsorted(np.array(sorted(set(starts)), dtype=np.int64), np.arange(len(value)), side="right")
    part = np.unique(part, return_inverse=True)[1].astype(np.int64)
    center, low, high, sigma = (np.full(len(value), np.nan) for _ in range(4))
    widening: list[float] = []
    for number in range(int(part.max(initial=-1)) + 1):
        mine = part == number
        use = mine & enters
        widening.append(1.0)
        if use.sum() < FEWEST[kind]:
            continue
        middle = float((size[use] * value[use]).sum() / size[use].sum())
        error, lowest, highest = spread(value, size, middle, use)
        if widen != "never" and (error[use] > 0).all():
            widening[-1] = _widening((value[use] - middle) / error[use], always=widen == "always")
        own = error[mine] * widening[-1]
        if not (error[use] > 0).all():
            # All points at 0, or at 1, or the same: nothing shows how much they vary.
            center[mine] = middle
            continue
        center[mine], sigma[mine] = middle, own
        low[mine] = np.maximum(middle - SIGMA * own, lowest)
        high[mine] = np.minimum(middle + SIGMA * own, highest)
    widened = widen == "always" or any(one != 1.0 for one in widening)
    signals = []
    for number in range(len(widening)):
        place = np.flatnonzero(enters & (part == number) & np.isfinite(center))
        given = Counted(place, *(each[place] for each in (value, center, low, high, sigma)))
        signals += list(RULE_SETS[rules](given))
    return ControlChart(
        kind="p_prime" if kind == "p" and widened else kind,
        value=value,
        center=center,
        low=low,
        high=high,
        part=part,
        counted=enters,
        widening=tuple(widening),
        rules=rules,
        signals=tuple(signals),
    )


def _widening(z: Floats, *, always: bool) -> float:
    """Return how much more the points vary than chance explains; 1 where they do not."""
    found = float(np.abs(np.diff(z)).mean() / _MOVING_RANGE)
    size = len(z)
    chance = 1 + _UPPER * np.sqrt(0.8264 * size - 1.082) / (size - 1)
    if not np.isfinite(found):
        return 1.0
    return found if always or found > chance else 1.0


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _same_length(*arrays: NDArray[np.generic]) -> None:
    if len({len(one) for one in arrays}) > 1:
        raise EstimateError("The arrays of a control chart must have one entry for each point.")

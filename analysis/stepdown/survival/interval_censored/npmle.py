"""Turnbull's estimate: nonparametric maximum likelihood of a time known to be in (low, high].

Only masses p_j of the innermost intervals (a left end followed immediately by a right end, in the order of
all ends) are identifiable. With A_ij = 1 where observed interval i covers innermost interval j, the estimate
maximizes sum_i w_i log P_i, P = A p, over p >= 0 with sum p = 1, or equivalently sum_i w_i log P_i - W sum_j
p_j with W = sum w. With D_j = sum_i w_i A_ij / P_i the solution is where D_j = W for every p_j > 0 and
D_j <= W otherwise (Karush, Kuhn, Tucker); the residual returned is the largest violation, over W, and bounds
the log-likelihood still to be gained per unit of weight. Steps: where all times are exact or right-censored,
Kaplan-Meier; otherwise rounds of one self-consistency (EM) and one iterative convex minorant step, then,
while the residual is too large, Newton steps projected on p >= 0 in between.

The estimate is a set of masses on intervals (start, end]. The masses are unique: every maximum gives each
observed interval the same probability (the likelihood is strictly concave in these), and since an observed
interval ends where an innermost one does, those probabilities determine the sum of the first 1, 2, ... masses
in turn. The distribution of a mass within (start, end] is not identifiable. So the share with the event by a
day is known on some days only; on the others it is given as the lowest and the highest value that fit the
data equally well. These are not confidence limits. For those, bootstrap the people: the usual standard errors
are not valid here (for continuous times the estimate converges at the rate of a cube root).

Competing events are given as censored, on their day. The masses p_j are then those without competing events;
with G, the Kaplan-Meier curve of the competing events, the share that has the event before any of them is

    F(t) = sum over masses by day t of p_j G(u-),      u the day of the mass in (start, end],

which for exact days is Aalen-Johansen's estimate. It assumes the same rate of competing events before and
after an event that is not yet detected. Its bounds put each mass where F(t) is lowest, or highest.

References
----------
Turnbull BW (1976), JRSS B 38:290-295. Gentleman R, Geyer CJ (1994), Biometrika 81:618-623. Wellner JA,
Zhan Y (1997), JASA 92:945-959 (both steps in turn). Bertsekas DP (1982), SIAM J Control Optim 20:221-246.
Groeneboom P, Wellner JA (1992), Information Bounds and Nonparametric Maximum Likelihood Estimation, II.
Gentleman R, Vandal AC (2002), Can J Stat 30:557-571 (which parts of the estimate are unique).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import linalg, optimize

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import FEW_AT_RISK, ArmDays
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import TIE_TOLERANCE, Bools, Floats, Ints, check_times
from stepdown.survival.curves.curve_estimates import Curves
from stepdown.survival.interval_censored.interval_times import check_intervals

TOLERANCE = 1e-9
"""Residual of the Karush-Kuhn-Tucker conditions at which the fit stops."""

FEW_MASSES, MOST = 200, 300
"""Masses up to which a Newton step costs less than ten rounds of fast steps, and most Newton steps."""

ROUNDS, ROUNDS_OF_FEW = (60, 10), (5, 3)
"""Rounds of fast steps at first, and between Newton steps."""

SMALL = 1e-10
"""Mass at or below which a mass with a negative gradient is set to 0."""


@dataclass(frozen=True, eq=False)
class Cover:
    """Innermost intervals, m of them, and the distinct observed ones in terms of them.

    Attributes
    ----------
    start, end : ndarray, shape (m,)
        Innermost intervals (start, end]; exact times where both are the same.
    first, last : ndarray of int, shape (d,)
        Each distinct observed interval covers first, ..., last.
    weight : ndarray, shape (d,)
        Summed weights.
    """

    start: Floats
    end: Floats
    first: Ints
    last: Ints
    weight: Floats


@dataclass(frozen=True, eq=False)
class Masses:
    """The estimate: masses, D / W, log-likelihood, residual and number of steps."""

    mass: Floats
    slope: Floats
    loglik: float
    residual: float
    steps: int


def cover(low: Floats, high: Floats, weight: Floats) -> Cover:
    """Group the intervals, and find the innermost ones."""
    times, place = np.unique(np.concatenate([low, high]), return_inverse=True)
    opening, closing = place[: len(low)], place[len(low) :]
    # At one time: an exact time begins, then intervals end, then the next ones begin just after.
    left = 3 * opening + np.where(opening == closing, 0, 2)
    right = 3 * closing + 1
    ends = np.unique(np.concatenate([left, right]))
    inner = np.flatnonzero((ends[:-1] % 3 != 1) & (ends[1:] % 3 == 1))
    first = np.searchsorted(ends[inner], left)
    last = np.searchsorted(ends[inner + 1], right, side="right") - 1
    key, group = np.unique(first * len(inner) + last, return_inverse=True)
    summed = np.bincount(group, weights=weight).astype(float)
    return Cover(
        times[ends[inner] // 3], times[ends[inner + 1] // 3], key // len(inner), key % len(inner), summed
    )


def masses(cover: Cover) -> Masses:
    """Maximize the likelihood."""
    whole = float(cover.weight.sum())
    begin, between = ROUNDS_OF_FEW if len(cover.start) <= FEW_MASSES else ROUNDS
    alone = cover.first == cover.last
    if np.all(alone | (cover.last == len(cover.start) - 1)):
        mass = _product_limit(cover, alone)
    else:
        mass = np.full(len(cover.start), 1 / len(cover.start))
        mass = _approached(cover, mass, begin)
    steps = 0
    while steps < MOST and _residual(cover, mass) > TOLERANCE / 2:
        mass = _newton(cover, _approached(cover, mass, between))
        steps += 1
    mass = mass / mass.sum()
    slope = _slope(cover, mass) / whole
    loglik = float(cover.weight @ np.log(_chance(cover, mass)))
    return Masses(mass, slope, loglik, _residual(cover, mass), steps)


def _product_limit(cover: Cover, alone: Bools) -> Floats:
    """Kaplan-Meier, where everything is exact or open to the right."""
    size = len(cover.start)
    events = np.bincount(cover.first[alone], weights=cover.weight[alone], minlength=size)
    lost = np.bincount(cover.first[~alone], weights=cover.weight[~alone], minlength=size)
    beyond = np.cumsum(lost[::-1])[::-1] - lost
    hazard = events / (np.cumsum(events[::-1])[::-1] + beyond)
    before = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return before * hazard


def _chance(cover: Cover, mass: Floats) -> Floats:
    """P, shape (d,)."""
    running = np.concatenate([[0.0], np.cumsum(mass)])
    several = running[cover.last + 1] - running[cover.first]
    return np.where(cover.first == cover.last, mass[cover.first], several)


def _slope(cover: Cover, mass: Floats) -> Floats:
    """D, shape (m,)."""
    pull = cover.weight / _chance(cover, mass)
    size = len(mass) + 1
    change = np.bincount(cover.first, weights=pull, minlength=size)
    change -= np.bincount(cover.last + 1, weights=pull, minlength=size)
    return np.cumsum(change)[:-1].astype(float)


def _residual(cover: Cover, mass: Floats) -> float:
    gap = _slope(cover, mass) / cover.weight.sum() - 1
    return float(np.max(np.where(mass > 0, np.abs(gap), np.maximum(gap, 0.0))))


def _gain(cover: Cover, mass: Floats) -> float:
    chance = _chance(cover, mass)
    if chance.min() <= 0:
        return -np.inf
    return float(cover.weight @ np.log(chance) - cover.weight.sum() * mass.sum())


def _approached(cover: Cover, mass: Floats, rounds: int) -> Floats:
    """Do rounds of a self-consistency step and an iterative convex minorant step."""
    whole, size = cover.weight.sum(), len(mass) + 1
    for _ in range(rounds):
        mass = mass * _slope(cover, mass) / whole
        pull = cover.weight / _chance(cover, mass)
        bend = cover.weight / _chance(cover, mass) ** 2
        slope = np.bincount(cover.last + 1, pull, size) - np.bincount(cover.first, pull, size)
        curve = np.bincount(cover.last + 1, bend, size) + np.bincount(cover.first, bend, size)
        inside = slice(1, size - 1)
        curve_now = np.cumsum(mass)[:-1]
        aim = curve_now + slope[inside] / curve[inside]
        if len(aim):
            aim = np.clip(optimize.isotonic_regression(aim, weights=curve[inside]).x, 0.0, 1.0)
        wanted = np.diff(aim, prepend=0.0, append=1.0)
        start = _gain(cover, mass)
        for halving in range(6):
            tried = mass + (wanted - mass) * 0.5**halving
            if _gain(cover, tried) > start:
                mass = tried
                break
    return mass


def _newton(cover: Cover, mass: Floats) -> Floats:
    """One step: projected Newton where it climbs, self-consistency otherwise."""
    whole = cover.weight.sum()
    gradient = _slope(cover, mass) - whole
    free = np.flatnonzero((mass > SMALL) | (gradient > 0))
    start = _gain(cover, mass)
    residual = _residual(cover, mass)
    hessian = _hessian(cover, mass, free)
    for ridge in (1e-11, 1e-8, 1e-5, 1e-2):
        move = np.zeros_like(mass)
        move[free] = _solve(hessian, gradient[free], ridge)
        for halving in range(8):
            tried = np.maximum(mass + move * 0.5**halving, 0.0)
            tried[(mass <= SMALL) & (gradient <= 0)] = 0.0
            found = _gain(cover, tried)
            if found > start + 1e-4 * float(gradient @ (tried - mass)) + 1e-11 * abs(start):
                return tried
            # Near the maximum the likelihood is flat up to rounding; its slope is not.
            if found > start - 1e-11 * abs(start) and _residual(cover, tried) < 0.7 * residual:
                return tried
    woken = np.where((mass == 0) & (gradient > 0), 1e-8, mass)
    result: Floats = woken * _slope(cover, woken) / whole
    return result


def _hessian(cover: Cover, mass: Floats, free: Ints) -> Floats:
    """Return A' diag(w / P^2) A over the free masses.

    Its entry of j <= k is the sum over the observed intervals that begin by j and end from k on.
    """
    size = len(free)
    first = np.searchsorted(free, cover.first)
    last = np.searchsorted(free, cover.last, side="right") - 1
    curve = cover.weight / _chance(cover, mass) ** 2
    cells = np.bincount(first * size + last, weights=curve, minlength=size * size).astype(float)
    upper: Floats = np.triu(np.cumsum(np.cumsum(cells.reshape(size, size), axis=0)[:, ::-1], axis=1)[:, ::-1])
    return upper + np.triu(upper, 1).T


def _solve(hessian: Floats, gradient: Floats, ridge: float) -> Floats:
    scale = 1 / np.sqrt(np.diag(hessian))
    scaled = hessian * np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += ridge
    try:
        factor = linalg.cho_factor(scaled, check_finite=False)
    except linalg.LinAlgError:
        return np.zeros_like(gradient)
    return scale * linalg.cho_solve(factor, scale * gradient, check_finite=False)


SAME = 1e-9
"""Distance between the bounds of a probability within which it is known."""

INSIDE = "not identified: the day is inside an interval with mass"
BEYOND = "not identified: beyond the last day on which anyone was known to be free of the event"
RESTS_ON_FEW = "fewer than 10 at risk at the start of the last interval with an event"


@dataclass(frozen=True, eq=False, repr=False)
class Turnbull(Plotted):
    """Estimated distribution of interval-censored times.

    Attributes
    ----------
    table : DataFrame
        `arm`, `start`, `end`, `mass`: mass in (start, end], at exactly `end` where both are the same, and
        never by `start` where `end` is infinite. Intervals without mass are left out.
    curve : DataFrame
        `arm`, `time`, `conf_low`, `conf_high`: bounds of the share with the event by each day on which a mass
        interval starts or ends. Between two rows the lower bound is that of the earlier one and the upper
        bound that of the later one; after the last row the lower bound stays, and the upper bound is 1.
    fits : DataFrame
        `arm`, `n`, `intervals` (distinct sets of mass intervals observed), `loglik`, `kkt` (residual of
        the Karush-Kuhn-Tucker conditions), `note` (where that is above 1e-9).
    arms : tuple
        Arms in order.
    warnings : tuple of str
        Arms whose search did not converge.
    """

    _line = "smooth"
    _axis = "Share with the event (bounds)"

    table: pd.DataFrame
    curve: pd.DataFrame
    fits: pd.DataFrame
    arms: tuple[object, ...]
    warnings: tuple[str, ...]
    parts: tuple[_Part, ...] = field(repr=False)

    @checks_arguments
    def at(self, *times: float) -> pd.DataFrame:
        """Return the share with the event by each day.

        Parameters
        ----------
        *times : float
            Days.

        Returns
        -------
        DataFrame
            `arm`, `time`, `estimate` (missing where it is not identified), `conf_low`, `conf_high` (bounds,
            not confidence limits), `identified`, `note` (why a share is not identified; where the last
            interval that may hold an event by then began with fewer than 10 at risk).
        """
        days = check_times("times", *times)
        return _stacked(self.arms, [part.at(days) for part in self.parts])

    @checks_arguments
    def risk(self, *times: float, others: Curves) -> pd.DataFrame:
        """Return the share that has the event by each day, and before any competing event.

        Parameters
        ----------
        *times : float
            Days.
        others : Curves
            `kaplan_meier` of the competing events, whose people are at risk until the event was detected (if
            exact, until just before its day), by the same arms.

        Returns
        -------
        DataFrame
            As `at`.
        """
        if others.kind != "survival" or others.arms != self.arms:
            raise EstimateError(
                "others must be a Kaplan-Meier curve of the competing events, by the same arms."
            )
        days = check_times("times", *times)
        parts = zip(self.parts, others.fits, strict=True)
        return _stacked(self.arms, [part.at(days, fit) for part, fit in parts])

    def _numbers(self) -> pd.DataFrame:
        return self.curve

    def _drawn(self) -> pd.DataFrame:
        return self.at(*np.linspace(0, float(self.curve["time"].max()), 200))


@dataclass(frozen=True, eq=False)
class _Part:
    """One arm: its mass intervals, the sums of the first 0, 1, ... masses, and the people of each interval.

    `at_risk`, shape (m,), counts those known to be free of the event at the start of each innermost interval.
    """

    cover: Cover
    found: Masses
    n: int
    at_risk: Ints

    @classmethod
    def of(cls, low: Floats, high: Floats, weight: Floats) -> _Part:
        shape = cover(low, high, weight)
        exact = np.sort(low[low == high])
        before, over = (np.searchsorted(exact, shape.start, side=side) for side in ("left", "right"))
        # An event on the day itself is at risk of that day, and not of an interval that begins there.
        gone = np.where(shape.start == shape.end, 0, over - before)
        at_risk = len(low) - np.searchsorted(np.sort(low), shape.start, side="left") - gone
        return cls(shape, masses(shape), len(low), at_risk)

    @property
    def total(self) -> Floats:
        result: Floats = np.concatenate([[0.0], np.cumsum(self.found.mass)])
        result[-1] = 1.0
        return result

    def bounds(self, days: Floats) -> tuple[Floats, Floats]:
        """Bounds of the share with the event by each day."""
        done, begun = self.counted(days)
        return self.total[done], self.total[begun]

    def counted(self, days: Floats) -> tuple[Ints, Ints]:
        """Count the masses that are certainly by each day, and those that may be."""
        done = np.searchsorted(self.cover.end, days * (1 + TIE_TOLERANCE), side="right")
        # Begun: an exact time from its day on, any other interval only after its start.
        begun = np.searchsorted(self.cover.start, days * (1 - TIE_TOLERANCE), side="left")
        return done, np.maximum(begun, done)

    def bounds_with(self, days: Floats, others: ArmDays) -> tuple[Floats, Floats]:
        """Bounds with each mass multiplied by the share free of competing events by then."""
        start, end = self.cover.start, self.cover.end
        alone = start == end
        curve = np.concatenate([[1.0], others.survival])
        before_end = curve[np.searchsorted(others.times, end * (1 - TIE_TOLERANCE), side="left")]
        after_start = curve[np.searchsorted(others.times, start * (1 + TIE_TOLERANCE), side="right")]
        soonest = np.where(alone, before_end, after_start)
        done, begun = self.counted(days)
        latest, first = (
            np.concatenate([[0.0], np.cumsum(self.found.mass * g)]) for g in (before_end, soonest)
        )
        return latest[done], first[begun]

    def at(self, days: Floats, others: ArmDays | None = None) -> pd.DataFrame:
        low, high = self.bounds(days) if others is None else self.bounds_with(days, others)
        known = high - low <= SAME
        beyond = np.isinf(self.cover.end[-1]) & (days > self.cover.start[-1] * (1 + TIE_TOLERANCE))
        reason = np.select([known, beyond], ["", BEYOND], INSIDE)
        note = [
            "; ".join(filter(None, [why, few])) for why, few in zip(reason, self._cautions(days), strict=True)
        ]
        columns = {"time": days, "estimate": np.where(known, (low + high) / 2, np.nan), "conf_low": low}
        return pd.DataFrame(columns | {"conf_high": high, "identified": known, "note": note})

    def _cautions(self, days: Floats) -> list[str]:
        """Say on which days the last interval that may hold an event by then has few people."""
        held = (self.found.mass > 0) & np.isfinite(self.cover.end)
        last = np.maximum.accumulate(np.where(held, np.arange(len(held)), -1))
        place = np.concatenate([[-1], last])[self.counted(days)[1]]
        few = (place >= 0) & (self.at_risk[place] < FEW_AT_RISK)
        return [RESTS_ON_FEW if one else "" for one in few]

    def table(self) -> pd.DataFrame:
        columns = {"start": self.cover.start, "end": self.cover.end, "mass": self.found.mass}
        return pd.DataFrame(columns)[self.found.mass > 0]

    def curve(self) -> pd.DataFrame:
        held = self.table()
        edges = np.concatenate([[0.0], held["start"], held["end"]])
        days = np.unique(edges[np.isfinite(edges)])
        return self.at(days)[["time", "conf_low", "conf_high"]]


def bounds_by(low: Floats, high: Floats, weight: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Bounds of the share with the event by each day, of checked intervals with these weights."""
    return _Part.of(low, high, weight).bounds(days)


@reads_columns
def turnbull(
    low: ArrayLike,
    high: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    weights: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> Turnbull:
    """Estimate the distribution of times known to be in (low, high].

    Parameters
    ----------
    low : array-like, shape (n,)
        Last day on which the person was known to be free of the event; 0 where there is none.
    high : array-like, shape (n,)
        First day by which the event was known to have occurred: the same as `low` where the day itself is
        known, infinite where it was never detected.
    arm, weights, data
        As in `kaplan_meier`.

    Returns
    -------
    Turnbull
        Masses, bounds of the curve, and how well the conditions of a maximum are met.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, with every fault in one message.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> survival.turnbull([0, 5, 10], [7, 15, float("inf")]).table[["start", "end"]].values.tolist()
    [[5.0, 7.0], [10.0, 15.0]]
    """
    given = check_intervals(low, high, arm=arm, weights=weights)
    parts = []
    for position in range(len(given.labels)):
        rows = given.arm == position
        parts.append(_Part.of(given.low[rows], given.high[rows], given.weight[rows]))
    rows = [
        {"arm": label, "n": part.n, "intervals": len(part.cover.first), "loglik": part.found.loglik,
         "kkt": part.found.residual, "note": "" if part.found.residual <= TOLERANCE else "not converged"}
        for label, part in zip(given.labels, parts, strict=True)
    ]  # fmt: skip
    slow = ", ".join(str(row["arm"]) for row in rows if row["note"])
    warnings = (f"The search did not converge (arm {slow}): do not use these numbers.",) if slow else ()
    issue(warnings)
    table, curve = (
        _stacked(given.labels, frames)
        for frames in ([part.table() for part in parts], [part.curve() for part in parts])
    )
    return Turnbull(table, curve, pd.DataFrame(rows), given.labels, warnings, tuple(parts))


def _stacked(labels: tuple[object, ...], frames: list[pd.DataFrame]) -> pd.DataFrame:
    arms = [label for label, frame in zip(labels, frames, strict=True) for _ in range(len(frame))]
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "arm", arms)
    return table

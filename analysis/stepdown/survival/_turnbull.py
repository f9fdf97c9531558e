"""Turnbull's estimate: the distribution of a time known only to lie in (low, high].

Formulas and steps: `_turnbull_fit`. The estimate is a set of masses on intervals (start, end]. The masses
are unique: every maximum gives each observed interval the same chance (the likelihood is strictly concave
in these), and since an observed interval ends where an innermost one does, those chances fix the sum of the
first 1, 2, ... masses in turn. Where in (start, end] its mass lies, nothing says. So the share with
the event by a day is known on some days only; on the others it is given as the lowest and the highest value
that fit the data equally well. These are no confidence limits. For those, bootstrap the people: the usual
standard errors do not hold here (where times are continuous the estimate converges at the rate of a cube
root). Exact and right-censored times alone give 1 - Kaplan-Meier.

Competing events are given as censored, on their day. The masses p_j are then those of a world without them;
with G, the Kaplan-Meier curve of the competing events, the share that has the event before any of them is

    F(t) = sum over masses by day t of p_j G(u-),      u the day in (start, end] on which the mass lies,

which for exact days is Aalen-Johansen's estimate. It takes the rate of competing events to be the same before
and after an event that is not found yet. Its bounds put each mass where F(t) is lowest, or highest.

References
----------
Turnbull BW (1976), JRSS B 38:290-295. Groeneboom P, Wellner JA (1992), Information Bounds and
Nonparametric Maximum Likelihood Estimation, II. Gentleman R, Vandal AC (2002), Can J Stat 30:557-571 (which
parts of the estimate are unique).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._days import ArmDays
from stepdown.survival._input import TIE_TOLERANCE, Floats, Ints, check_times
from stepdown.survival._interval_input import check_intervals
from stepdown.survival._result import Curves
from stepdown.survival._turnbull_fit import TOLERANCE, Cover, Masses, cover, masses

SAME = 1e-9
"""Distance between the bounds of a probability within which it is known."""

INSIDE = "not identified: the day lies inside an interval that holds mass"
BEYOND = "not identified: beyond the last day on which anyone was known to be free of the event"


@dataclass(frozen=True, eq=False)
class Turnbull:
    """Estimated distribution of interval-censored times.

    Attributes
    ----------
    table : DataFrame
        `arm`, `start`, `end`, `mass`: mass in (start, end], at exactly `end` where both are the same, and
        never by `start` where `end` is infinite. Intervals without mass are left out.
    curve : DataFrame
        `arm`, `time`, `low`, `high`: bounds of the share with the event by each day on which a mass
        interval starts or ends. Between two rows `low` is that of the earlier one and `high` that of the
        later one; after the last row `low` stays, and `high` is 1.
    fits : DataFrame
        `arm`, `n`, `intervals` (distinct sets of mass intervals observed), `loglik`, `kkt` (residual of
        the Karush-Kuhn-Tucker conditions), `note` (where that is above 1e-9).
    arms : tuple
        Arms in order.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    fits: pd.DataFrame
    arms: tuple[object, ...]
    parts: tuple["_Part", ...] = field(repr=False)

    def at(self, *times: float) -> pd.DataFrame:
        """Return the share with the event by each day.

        Parameters
        ----------
        *times : float
            Days.

        Returns
        -------
        DataFrame
            `arm`, `time`, `estimate` (missing where it is not identified), `low`, `high` (bounds, not
            confidence limits), `identified`, `note`.
        """
        days = check_times("times", *times)
        return _stacked(self.arms, [part.at(days) for part in self.parts])

    def risk(self, *times: float, others: Curves) -> pd.DataFrame:
        """Return the share that has the event by each day, and before any competing event.

        Parameters
        ----------
        *times : float
            Days.
        others : Curves
            `kaplan_meier` of the competing events, whose people are at risk until the event was found (or,
            found exactly, until just before its day), by the same arms.

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


@dataclass(frozen=True, eq=False)
class _Part:
    """One arm: its mass intervals, and the sums of the first 0, 1, ... masses."""

    cover: Cover
    found: Masses
    n: int

    @property
    def total(self) -> Floats:
        result: Floats = np.concatenate([[0.0], np.cumsum(self.found.mass)])
        result[-1] = 1.0
        return result

    def reached(self, days: Floats) -> tuple[Floats, Floats]:
        """Bounds of the share with the event by each day."""
        done, begun = self.counted(days)
        return self.total[done], self.total[begun]

    def counted(self, days: Floats) -> tuple[Ints, Ints]:
        """Count the masses that lie by each day for certain, and those that may."""
        done = np.searchsorted(self.cover.end, days * (1 + TIE_TOLERANCE), side="right")
        # Begun: an exact time from its day on, any other interval only after its start.
        begun = np.searchsorted(self.cover.start, days * (1 - TIE_TOLERANCE), side="left")
        return done, np.maximum(begun, done)

    def lowest_and_highest(self, days: Floats, others: ArmDays) -> tuple[Floats, Floats]:
        """Do the same, with each mass multiplied by the share that no competing event has taken by then."""
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
        low, high = self.reached(days) if others is None else self.lowest_and_highest(days, others)
        known = high - low <= SAME
        beyond = np.isinf(self.cover.end[-1]) & (days > self.cover.start[-1] * (1 + TIE_TOLERANCE))
        note = np.select([known, beyond], ["", BEYOND], INSIDE)
        middle = np.where(known, (low + high) / 2, np.nan)
        return pd.DataFrame(
            {"time": days, "estimate": middle, "low": low, "high": high, "identified": known, "note": note}
        )

    def table(self) -> pd.DataFrame:
        held = self.found.mass > 0
        shape = self.cover
        return pd.DataFrame(
            {"start": shape.start[held], "end": shape.end[held], "mass": self.found.mass[held]}
        )

    def curve(self) -> pd.DataFrame:
        held = self.table()
        edges = np.concatenate([[0.0], held["start"], held["end"]])
        days = np.unique(edges[np.isfinite(edges)])
        return self.at(days)[["time", "low", "high"]]


def turnbull(
    low: ArrayLike, high: ArrayLike, *, arm: ArrayLike | None = None, weights: ArrayLike | None = None
) -> Turnbull:
    """Estimate the distribution of times known to lie in (low, high].

    Parameters
    ----------
    low : array-like, shape (n,)
        Last day on which the person was known to be free of the event; 0 where there is none.
    high : array-like, shape (n,)
        First day by which the event was known to have happened: the same as `low` where the day itself is
        known, infinite where it was never found.
    arm : array-like, shape (n,), optional
        Group of each person.
    weights : array-like, shape (n,), optional
        Positive weights; only their ratios matter.

    Returns
    -------
    Turnbull
        Masses, bounds of the curve, and how well the conditions of a maximum are met.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; every fault at once.
    """
    given = check_intervals(low, high, arm=arm, weights=weights)
    parts = []
    for position in range(len(given.labels)):
        rows = given.arm == position
        shape = cover(given.low[rows], given.high[rows], given.weight[rows])
        parts.append(_Part(shape, masses(shape), int(rows.sum())))
    fits = pd.DataFrame(
        {
            "arm": list(given.labels),
            "n": [part.n for part in parts],
            "intervals": [len(part.cover.first) for part in parts],
            "loglik": [part.found.loglik for part in parts],
            "kkt": [part.found.residual for part in parts],
            "note": ["" if part.found.residual <= TOLERANCE else "not converged" for part in parts],
        }
    )
    return Turnbull(
        table=_stacked(given.labels, [part.table() for part in parts]),
        curve=_stacked(given.labels, [part.curve() for part in parts]),
        fits=fits,
        arms=given.labels,
        parts=tuple(parts),
    )


def _stacked(labels: tuple[object, ...], frames: list[pd.DataFrame]) -> pd.DataFrame:
    arms = [label for label, frame in zip(labels, frames, strict=True) for _ in range(len(frame))]
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "arm", arms)
    return table

"""Events and person-days by day of one arm, and what one person adds to them.

Day d is the stretch (d - 1, d]; an event on day 0 counts on day 1, as in `window_hazard`. A person who
leaves on a whole day spends all of it. Only the days with 10 people at risk or more are used: from
the first such day, for as long as it stays so.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival._days import ArmDays
from stepdown.survival._input import TIE_TOLERANCE, Bools, Floats, Ints
from stepdown.survival._kinds import kinds, products

ENOUGH = 10
"""People at risk, and events, below which no smooth hazard is read."""


@dataclass(frozen=True, eq=False)
class Cells:
    """One arm by day, days `opening` + 1 to `opening` + M.

    Attributes
    ----------
    opening : int
        Whole days before the first day used.
    events, squares, person_days : ndarray, shape (M,)
        Weighted events, squared weights of events, weighted person-days.
    n_at_risk, n_events : ndarray of int, shape (M,)
        People.
    """

    arm: ArmDays
    opening: int
    events: Floats
    squares: Floats
    person_days: Floats
    n_at_risk: Ints
    n_events: Ints

    @property
    def size(self) -> int:
        """Number of days used."""
        return len(self.events)

    @property
    def middle(self) -> Floats:
        """Middle of each day, counted from the opening, shape (M,)."""
        return np.asarray(np.arange(self.size) + 0.5, dtype=float)

    @classmethod
    def of(cls, arm: ArmDays) -> "Cells":
        """Group one arm."""
        last, first = arm.last * (1 - TIE_TOLERANCE), arm.first * (1 + TIE_TOLERANCE)
        cell = np.maximum(np.ceil(last).astype(np.int64) - 1, 0)
        size = int(cell.max()) + 1
        happened = arm.cause > 0
        weight = arm.weight
        entered = np.minimum(np.floor(first).astype(np.int64), size)
        n_at_risk = _reached(cell + 1, size) - _reached(entered, size)
        start, end = _run(n_at_risk >= ENOUGH)
        used = slice(start, end)
        sums = [
            np.bincount(cell[happened], weights=values[happened], minlength=size)[used].astype(float)
            for values in (weight, weight**2, np.ones(len(weight)))
        ]
        spent = _spent(arm.last, weight, size) - _spent(arm.first, weight, size)
        return cls(
            arm=arm, opening=start, events=sums[0], squares=sums[1], person_days=spent[used],
            n_at_risk=n_at_risk[used], n_events=np.rint(sums[2]).astype(np.int64),
        )  # fmt: skip

    def squared_influence(self, own: Floats, spent: Floats, cluster: Ints | None) -> Floats:
        """Return sum_g U_g' U_g, shape (P, P), over clusters g (people, where none are given).

        Parameters
        ----------
        own : ndarray, shape (M, P)
            What an event on each day adds, a unit of weight.
        spent : ndarray, shape (M, P)
            What a day at risk takes away.
        cluster : ndarray of int or None
            Clusters of the arm's rows.
        """
        where, kind = kinds(self.arm)
        last, first, event = self.arm.last[where], self.arm.first[where], self.arm.cause[where] > 0
        values = self._influence(own, spent, last, first, event)
        return products(values, kind, self.arm.weight, cluster)

    def _influence(self, own: Floats, spent: Floats, last: Floats, first: Floats, event: Bools) -> Floats:
        running = np.concatenate([np.zeros((1, spent.shape[1])), np.cumsum(spent, axis=0)])
        result = -(self._until(running, spent, last) - self._until(running, spent, first))
        cell = np.maximum(np.ceil(last * (1 - TIE_TOLERANCE)).astype(np.int64) - 1, 0) - self.opening
        here = event & (cell >= 0) & (cell < self.size)
        result[here] += own[cell[here]]
        return np.asarray(result)

    def _until(self, running: Floats, spent: Floats, time: Floats) -> Floats:
        at = np.clip(time - self.opening, 0, self.size)
        cell = np.minimum(at.astype(np.int64), self.size - 1)
        result: Floats = running[cell] + (at - cell)[:, None] * spent[cell]
        return result


def _reached(cell: Ints, size: int) -> Ints:
    """Count people who reach each day."""
    counts = np.bincount(cell, minlength=size + 1)
    return np.asarray(np.cumsum(counts[::-1])[::-1][1:], dtype=np.int64)


def _spent(time: Floats, weight: Floats, size: int) -> Floats:
    """Weighted days spent in each day by people followed from 0 to `time`."""
    whole = np.minimum(time.astype(np.int64), size)
    full = np.bincount(whole, weights=weight, minlength=size + 1)
    part = np.bincount(whole, weights=weight * (time - whole), minlength=size + 1)
    return np.asarray(np.cumsum(full[::-1])[::-1][1:] + part[:size], dtype=float)


def _run(enough: Bools) -> tuple[int, int]:
    """First run of days that hold enough."""
    held = np.flatnonzero(enough)
    if not len(held):
        return 0, 0
    start = int(held[0])
    short = np.flatnonzero(~enough[start:])
    return start, start + int(short[0]) if len(short) else len(enough)

"""Risk sets of the subdistribution hazard: people with a competing event stay in, with falling weight.

Their weights come from the censoring and entry curves by stratum. Cells are the days of a stratum with an
entry or exit. With c, d and n the weighted rows lost, with an event of any cause, and entering on a day,

    G(t-) = prod_{s < t} (1 - c(s) / Y(s)),      Y(s) = those with entry < s <= days, less d(s)
    H(t-) = prod_{s >= t} (1 - n(s) / R(s)),     R(s) = those with entry <= s < days

so that A(t) = G(t-) H(t-) is proportional to the probability of being under observation on day t. On one day
events come first, so those with an event are not at risk of being lost (as in R's finegray). With the
convention of cmprsk::crr they are: d is not subtracted from Y. On a slot of day t a row with a competing
event on an earlier day s has weight A(t) / A(s), so that

    S0(t) = sum_{at risk} theta_i + A(t) C0(t),    C0(t) = sum_{competing, s_i < t} theta_i / A(s_i)

and S1 likewise: one more cumulative sum, no further rows.

References
----------
Fine JP, Gray RJ (1999), JASA 94:496-509. Geskus RB (2011), Biometrics 67:39-49 (both curves).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError
from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Bools, Floats, Ints
from stepdown.survival.cox_model.design_matrix import CoxInput
from stepdown.survival.cox_model.risk_sets import BLOCK, Grid, build_grid, scatter, sums_within

Convention = Literal["day", "crr"]


@dataclass(frozen=True, eq=False)
class Cells:
    """J cells, in order of stratum and day.

    Attributes
    ----------
    key : ndarray of int, shape (J,)
        stratum * days + position of the day in the sample's grid.
    days : int
        Number of days in the sample's grid.
    bounds : ndarray of int, shape (strata + 1,)
        Where each stratum begins.
    stop, start : ndarray of int, shape (n,)
        Cell of each row's last day and entry (None without entry).
    lost, at_risk : ndarray, shape (J,)
        c and Y; left is Y - c, exactly 0 where all are lost.
    left : ndarray, shape (J,)
        See above.
    entered, inside : ndarray, shape (J,), or None
        n and R - n, the latter exactly 0 where all have just entered.
    curve : ndarray, shape (J,)
        G(t-).
    observed : ndarray, shape (J,)
        A.
    """

    key: Ints
    days: int
    bounds: Ints
    stop: Ints
    start: Ints | None
    lost: Floats
    at_risk: Floats
    left: Floats
    entered: Floats | None
    inside: Floats | None
    curve: Floats
    observed: Floats

    def so_far(self, values: Floats) -> Floats:
        """Cumulative sum within strata, that cell included."""
        return sums_within(values, self.bounds)


def build_cells(given: CoxInput, convention: Convention) -> Cells:
    """Estimate the censoring and entry curves."""
    sample, days = given.sample, len(given.sample.grid)
    base = given.stratum * days
    keys = base + sample.stop
    if sample.start is not None:
        keys = np.concatenate([keys, base + sample.start])
    key, cell = _coded(keys, len(given.strata) * days)
    stop = cell[: sample.size]
    start = None if sample.start is None else cell[sample.size :]
    bounds = np.searchsorted(key, np.arange(len(given.strata) + 1) * days)
    weight, event = sample.full_weight, (sample.cause > 0) | given.competing
    sums = _sums(bounds, stop, start, weight, event, convention)
    counts = (
        sums if sample.weight is None else _sums(bounds, stop, start, np.ones_like(weight), event, convention)
    )
    lost, at_risk, entered, inside = sums
    # Weighted sums leave a rounding error where everyone is lost, or has just entered; counts do not.
    at_risk = np.where(counts[1] == 0, 0.0, at_risk)
    left = np.where(counts[0] == counts[1], 0.0, at_risk - lost)
    stay = left * inverse(at_risk)
    stay[counts[1] == 0] = 1.0
    curve = _product_before(bounds, stay)
    observed = curve
    if entered is not None and inside is not None and counts[3] is not None:
        inside = np.where(counts[3] == 0, 0.0, inside)
        total = inside + entered
        there = inside * inverse(total)
        there[(counts[3] == 0) & (entered == 0)] = 1.0
        observed = curve * _product_after(bounds, there)
    return Cells(
        key=key, days=days, bounds=bounds, stop=stop, start=start, lost=lost, at_risk=at_risk, left=left,
        entered=entered, inside=inside, curve=curve, observed=observed,
    )  # fmt: skip


def check_carried(cells: Cells, rows: Ints) -> None:
    """Raise where a row with a competing event had probability 0 of being observed."""
    bad = rows[cells.observed[cells.stop[rows]] <= 0]
    if len(bad):
        raise EstimateError(
            f"{len(bad):,} competing events occurred before a day on which everyone at risk was lost, or had "
            "just entered, while others are at risk later: their weights cannot be estimated. Begin where "
            "enough people have entered, or merge small strata."
        )


def curve_table(given: CoxInput, cells: Cells) -> pd.DataFrame:
    """Return the censoring curve just after each day with a loss, by stratum."""
    shown = cells.lost > 0
    stratum = cells.key[shown] // cells.days
    stay = cells.left[shown] * inverse(cells.at_risk[shown])
    return pd.DataFrame({
        "stratum": [given.strata[code] for code in stratum],
        "time": given.sample.grid[cells.key[shown] % cells.days], "at_risk": cells.at_risk[shown],
        "lost": cells.lost[shown], "estimate": cells.curve[shown] * stay,
    })  # fmt: skip


def _coded(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Return sorted unique keys, and the position of each among them."""
    if size > 4 * len(keys):
        unique, code = np.unique(keys, return_inverse=True)
        return unique, code
    present = np.bincount(keys, minlength=size) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def _sums(
    bounds: Ints, stop: Ints, start: Ints | None, weight: Floats, event: Bools, convention: Convention
) -> tuple[Floats, Floats, Floats | None, Floats | None]:
    """Return c, Y, n and R - n."""
    size = int(bounds[-1])
    leaving = np.bincount(stop, weight, size).astype(float)
    lost = np.bincount(stop[~event], weight[~event], size).astype(float)
    entered = None if start is None else np.bincount(start, weight, size).astype(float)
    # Those inside: entered before, and leaving later.
    inside = _later(bounds, leaving if entered is None else leaving - entered)
    if entered is not None:
        inside = np.maximum(inside - entered, 0.0)
    at_risk = inside + (lost if convention == "day" else leaving)
    return lost, at_risk, entered, None if entered is None else inside


def _later(bounds: Ints, values: Floats) -> Floats:
    """Return sums over the later cells of each stratum."""
    total = np.append(np.cumsum(values[::-1], dtype=np.longdouble)[::-1], 0.0)
    result: Floats = (total[1:] - np.repeat(total[bounds[1:]], np.diff(bounds))).astype(float)
    return result


def _product_before(bounds: Ints, stay: Floats) -> Floats:
    result = np.ones(len(stay))
    for begin, end in pairwise(bounds.tolist()):
        result[begin + 1 : end] = np.cumprod(stay[begin:end][:-1])
    return result


def _product_after(bounds: Ints, there: Floats) -> Floats:
    result = np.empty(len(there))
    for begin, end in pairwise(bounds.tolist()):
        result[begin:end] = np.cumprod(there[begin:end][::-1])[::-1]
    return result


@dataclass(frozen=True, eq=False)
class CarriedGrid(Grid):
    """A grid with M rows kept at risk after a competing event.

    Attributes
    ----------
    carried : ndarray of int, shape (M,)
        Rows (of the grid) with a competing event before a slot of their stratum.
    since : ndarray of int, shape (M,)
        The first such slot.
    skip : ndarray of int, shape (m + 1,)
        Number of carried rows before each row.
    lift : ndarray, shape (M,)
        1 / A on the day of the competing event.
    kept : ndarray, shape (K,)
        A on the day of each slot.
    """

    carried: Ints
    since: Ints
    skip: Ints
    lift: Floats
    kept: Floats

    def at_risk(self, theta: Floats) -> tuple[Floats, Floats]:
        """S0 and S1, shapes (K,) and (K, p)."""
        s0, s1 = super().at_risk(theta)
        if len(self.carried):
            own = theta[self.carried] * self.lift
            c0 = self.so_far(np.bincount(self.since, own, self.slots).astype(float))
            c1 = self.so_far(scatter(own, self.since, self.skip, self.slots) @ self.x)
            s0 = s0 + self.kept * c0
            s1 = s1 + self.kept[:, None] * c1
        return s0, s1

    def while_at_risk(self, values: Floats) -> Floats:
        """Return the sum of the slots' values while each row counts, shape (m,)."""
        gained = super().while_at_risk(values)
        gained[self.carried] += self.lift * self.from_end(self.kept * values)[self.since]
        return gained

    def add_while_at_risk(self, rows: Floats, values: Floats, theta: Floats) -> None:
        """Add to `rows` the sum of the slots' values, shape (K, p), while rows count, times theta."""
        super().add_while_at_risk(rows, values, theta)
        to_come = self.from_end(self.kept[:, None] * values)
        for start in range(0, len(self.carried), BLOCK):
            block = slice(start, start + BLOCK)
            carried = self.carried[block]
            rows[carried] += to_come[self.since[block]] * (theta[carried] * self.lift[block])[:, None]


def build_carried(given: CoxInput, cells: Cells) -> CarriedGrid:
    """Group the rows once, those with a competing event among them."""
    grid = build_grid(given)
    everyone = grid.positions
    competing = np.flatnonzero(given.competing[everyone])
    since = grid.last[competing] + 1
    own = given.stratum[everyone[competing]]
    later = np.append(grid.stratum, -1)[since] == own
    carried, since = competing[later], since[later]
    check_carried(cells, everyone[carried])
    skip = np.zeros(len(everyone) + 1, dtype=np.int64)
    skip[carried + 1] = 1
    slot_key = grid.stratum * cells.days + grid.day
    kept = np.where(
        grid.day >= 0, cells.observed[np.searchsorted(cells.key, slot_key).clip(max=len(cells.key) - 1)], 0
    )
    return CarriedGrid(
        **vars(grid), carried=carried, since=since, skip=np.cumsum(skip),
        lift=1 / cells.observed[cells.stop[everyone[carried]]], kept=kept,
    )  # fmt: skip

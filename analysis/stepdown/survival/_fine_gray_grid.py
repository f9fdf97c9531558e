"""Risk sets of the subdistribution hazard: those who had a competing event stay in, with falling weight.

On a slot of day t a row with a competing event on an earlier day s counts A(t) / A(s) of itself (A the
chance of being observed, `_fine_gray_curves`), so that

    S0(t) = sum_{at risk} theta_i + A(t) C0(t),    C0(t) = sum_{competing, s_i < t} theta_i / A(s_i)

and S1 likewise: one more cumulative sum, no further rows.

References
----------
Fine JP, Gray RJ (1999), JASA 94:496-509.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival._cox_grid import BLOCK, Grid, build_grid, scatter
from stepdown.survival._cox_input import CoxInput
from stepdown.survival._fine_gray_curves import Cells, check_carried
from stepdown.survival._input import Floats, Ints


@dataclass(frozen=True, eq=False)
class CarriedGrid(Grid):
    """A grid with M rows carried on after a competing event.

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

    def gone_through(self, values: Floats) -> Floats:
        """Return what values of slots add up to while each row counts, shape (m,)."""
        gained = super().gone_through(values)
        gained[self.carried] += self.lift * self.from_end(self.kept * values)[self.since]
        return gained

    def add_gone_through(self, rows: Floats, values: Floats, theta: Floats) -> None:
        """Add to `rows` what values of slots, shape (K, p), add up to while rows count, times theta."""
        super().add_gone_through(rows, values, theta)
        to_come = self.from_end(self.kept[:, None] * values)
        for start in range(0, len(self.carried), BLOCK):
            block = slice(start, start + BLOCK)
            carried = self.carried[block]
            rows[carried] += to_come[self.since[block]] * (theta[carried] * self.lift[block])[:, None]


def build_carried(given: CoxInput, cells: Cells) -> CarriedGrid:
    """Group the rows once, those with a competing event among them."""
    grid = build_grid(given)
    everyone = np.arange(given.sample.size) if grid.rows is None else grid.rows
    others = np.zeros(given.sample.size, dtype=bool) if given.others is None else given.others
    competing = np.flatnonzero(others[everyone])
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

"""The part of influence functions that comes from the estimation of the censoring and entry curves.

Let an estimate depend on the carried part of the risk sets through dE = -sum_slots [p_s dB1(s) - q_s dB0(s)]
with B = A C (`fine_gray_model.carried_risk_sets`). A loss (or an entry) on day u changes A(t) / A(s) for all
s <= u < t, so

    k(u) = C1(u) sum_{t > u} A p - C0(u) sum_{t > u} A q
    C0(u), C1(u) = sum_{competing, s_i <= u} theta_i / A(s_i) (1, x_i)

and the part of row i is, with the symbols of `fine_gray_model.carried_risk_sets`,

    psi_i = w_i { [lost] k(T_i) / (Y - c) - sum_{entry < u <= T_i} k c / [Y (Y - c)] }
          - w_i { k(entry) / (R - n) - sum_{entry <= u < T_i} k n / [R (R - n)] }

the first sum without an own event's day. This is w_i times the derivative by w_i through both curves. For the
score p = h and q = sum_l wbar a_l xbar_l; for sum g h, p = 0 and q = -g wbar sum_l a_l^2.

Convention "crr": k / Y instead of k / (Y - c) (Fine and Gray's form, equal where no two are lost on a day);
C(u) without competing events on day u, and sums from t = u on; own event's day included.

References
----------
Fine JP, Gray RJ (1999), JASA 94:496-509 (psi). Geskus RB (2011), Biometrics 67:39-49.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Floats
from stepdown.survival.cox_model.design_matrix import CoxInput
from stepdown.survival.cox_model.partial_likelihood import State
from stepdown.survival.cox_model.residuals import score_residuals
from stepdown.survival.cox_model.risk_sets import BLOCK, scatter
from stepdown.survival.fine_gray_model.carried_risk_sets import CarriedGrid, Cells, Convention


@dataclass(frozen=True, eq=False)
class Carried:
    """The parts of a fit that influence functions need."""

    given: CoxInput
    grid: CarriedGrid
    cells: Cells
    convention: Convention


def total_scores(fit: Carried, state: State, *, curves: bool) -> Floats:
    """Score residuals of all n rows, shape (n, p), with the estimation of the curves where requested."""
    rows = fit.grid.all_rows(score_residuals(fit.grid, state))
    if curves:
        add_curves(fit, state, rows, state.hazard, state.drift)
    return rows


def add_curves(fit: Carried, state: State, rows: Floats, p: Floats | None, q: Floats) -> None:
    """Add psi to `rows`, shape (n, r), in place.

    Parameters
    ----------
    p : ndarray, shape (K,), or None
        0 where None.
    q : ndarray, shape (K, r)
    """
    if not len(fit.grid.carried):
        return
    k = _curve_effect(fit, state, p, q)
    cells, sample = fit.cells, fit.given.sample
    event = (sample.cause > 0) | fit.given.competing
    at_stop, at_event, at_start = _by_cell(fit, k)
    for begin in range(0, sample.size, BLOCK):
        block = slice(begin, begin + BLOCK)
        found = np.where(event[block, None], at_event[cells.stop[block]], at_stop[cells.stop[block]])
        if cells.start is not None and at_start is not None:
            found += at_start[cells.start[block]]
        rows[block] += found if sample.weight is None else found * sample.weight[block, None]


def _curve_effect(fit: Carried, state: State, p: Floats | None, q: Floats) -> Floats:
    """Return k on every cell, shape (J, r)."""
    grid, cells = fit.grid, fit.cells
    strict = fit.convention == "day"
    own = state.theta[grid.carried] * grid.lift
    where = cells.stop[grid.positions[grid.carried]]
    # The slots after each cell: those whose day is later (crr: no earlier).
    busy = np.flatnonzero(grid.day >= 0)
    slot_key = grid.stratum[busy] * cells.days + grid.day[busy]
    after = np.searchsorted(slot_key, cells.key, side="right" if strict else "left")
    exists = np.append(slot_key // cells.days, -1)[after] == cells.key // cells.days
    slot = np.append(busy, 0)[after]

    def to_come(values: Floats) -> Floats:
        found: Floats = grid.from_end(values)[slot]
        found[~exists] = 0.0
        return found

    def held(sums: Floats) -> Floats:
        return cells.so_far(sums) - (0.0 if strict else sums)

    size = len(cells.key)
    k = -held(np.bincount(where, own, size).astype(float))[:, None] * to_come(grid.kept[:, None] * q)
    if p is not None:
        sums: Floats = scatter(own, where, grid.skip, size) @ grid.x
        k += held(sums) * to_come(grid.kept * p)[:, None]
    return k


def _by_cell(fit: Carried, k: Floats) -> tuple[Floats, Floats, Floats | None]:
    """Return the parts of psi / w from the last day, if lost and if with an event, and from the entry."""
    cells = fit.cells
    chance = (cells.lost * inverse(cells.at_risk))[:, None]
    own = k * inverse(cells.left if fit.convention == "day" else cells.at_risk)[:, None]
    spent = cells.so_far(own * chance)
    at_stop = own - spent
    at_event = own * chance - spent if fit.convention == "day" else -spent
    if cells.entered is None or cells.inside is None:
        return at_stop, at_event, None
    entry = k * inverse(cells.inside)[:, None]
    paid = entry * (cells.entered * inverse(cells.entered + cells.inside))[:, None]
    before = cells.so_far(paid) - paid
    return at_stop + before, at_event + before, spent - entry - before

"""Whether a partial likelihood is monotone: a direction in which it never falls, found exactly.

Along beta + s v the log partial likelihood never falls, for any beta, exactly where on every day with an
event the events have the largest x v of all at risk:

    x_e v >= x_j v    for every event e and every j at risk with it

(each term of the likelihood is then the share of those with the largest x v, which grows with s). Weights,
offset and tie rule do not enter. A term has no finite estimate exactly where such a v has v_k other than 0.
The largest and the smallest v_k, with all |v| at most 1, are two linear programs; their constraints, one for
every pair of an event and a person at risk, are added only as they are violated.

References
----------
Heinze G, Schemper M (2001), Biometrics 57:114-119 (monotone likelihood). Albert A, Anderson JA (1984),
Biometrika 71:1-10 (separation). Rockafellar RT (1970), Convex Analysis, 8 (directions of recession).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.cox_model.risk_sets import Grid

VIOLATED = 1e-8
"""Cosine between v and a constraint below which the constraint is violated."""
MOVES = 1e-6
"""Share of the largest |v| from which a term takes part in a direction."""
AT_ONCE = 200
"""Violated constraints added in one round."""


def infinite_signs(grid: Grid) -> Floats:
    """Return -1 or 1 for each term that goes to minus or plus infinity, 0 for a finite one, shape (p,).

    Missing for a term that may go either way: the cone of directions holds both.
    """
    terms = grid.x.shape[1]
    constraints: Floats = np.empty((0, terms))
    signs = np.zeros(terms)
    stay = _stays(grid)
    for term in range(terms):
        up, constraints = _farthest(grid, term, 1.0, constraints, stay)
        down, constraints = _farthest(grid, term, -1.0, constraints, stay)
        signs[term] = np.nan if up and down else float(up) - float(down)
    return signs


def _farthest(
    grid: Grid, term: int, sign: float, constraints: Floats, stay: tuple[Ints, Ints, Ints]
) -> tuple[bool, Floats]:
    """Whether a direction moves the term towards the sign; and all constraints found so far."""
    goal = np.zeros(grid.x.shape[1])
    goal[term] = -sign
    while True:
        limits = np.zeros(len(constraints)) if len(constraints) else None
        found = optimize.linprog(
            goal, A_ub=-constraints if len(constraints) else None, b_ub=limits, bounds=(-1, 1),
            method="highs", options={"primal_feasibility_tolerance": 1e-10},
        )  # fmt: skip
        direction: Floats = np.asarray(found.x, dtype=float) if found.success else np.zeros(len(goal))
        if sign * direction[term] <= MOVES:
            return False, constraints
        new = _violated(grid, direction, stay)
        if not len(new):
            return True, constraints
        constraints = np.unique(np.concatenate([constraints, new]), axis=0)


def _violated(grid: Grid, direction: Floats, stay: tuple[Ints, Ints, Ints]) -> Floats:
    """Return the constraints of the slots where someone at risk lies ahead of an event, unit rows."""
    along = grid.x @ direction
    order = np.argsort(along[grid.event], kind="stable")[::-1]
    behind = np.zeros(grid.slots, dtype=np.int64)
    behind[grid.event_slot[order]] = grid.event[order]  # the last written is the smallest
    ahead = _largest(along, stay, grid.slots)
    slots = grid.busy
    gaps = grid.x[behind[slots]] - grid.x[ahead[slots]]
    size = np.linalg.norm(gaps, axis=1)
    cosine = np.divide(gaps @ direction, size, out=np.zeros(len(size)), where=size > 0)
    bad = np.flatnonzero(cosine < -VIOLATED * np.linalg.norm(direction))
    bad = bad[np.argsort(cosine[bad])[:AT_ONCE]]
    return np.asarray(gaps[bad] / size[bad, None])


def _stays(grid: Grid) -> tuple[Ints, Ints, Ints]:
    """Rows, and the first and the last slot of each of their stays at risk."""
    rows, first, last = np.arange(len(grid.last)), grid.first + 1, grid.last
    carried = getattr(grid, "carried", np.empty(0, dtype=np.int64))
    if len(carried):
        # Those with a competing event stay until nobody can be followed any longer.
        known = np.where(grid.kept > 0, np.arange(grid.slots), -1)  # type: ignore[attr-defined]
        until = np.maximum.reduceat(known, grid.base)[grid.stratum[grid.since]]  # type: ignore[attr-defined]
        rows, first = np.append(rows, carried), np.append(first, grid.since)  # type: ignore[attr-defined]
        last = np.append(last, until)
    held = last >= first
    return rows[held], first[held], last[held]


def _largest(values: Floats, stay: tuple[Ints, Ints, Ints], slots: int) -> Ints:
    """Return on every slot the row at risk with the largest value.

    A stay is the union of two stretches of 2^k slots, marked in row k of a table; each row of the table is
    then handed down to the one below it.
    """
    rows, first, last = stay
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    power = np.log2(last - first + 1).astype(np.int64)
    best = np.full((int(power.max(initial=0)) + 1, slots), -1, dtype=np.int64)
    np.maximum.at(best, (power, first), rank[rows])
    np.maximum.at(best, (power, last - 2**power + 1), rank[rows])
    for level in range(len(best) - 1, 0, -1):
        half = 2 ** (level - 1)
        np.maximum(best[level - 1], best[level], out=best[level - 1])
        np.maximum(best[level - 1][half:], best[level][:-half], out=best[level - 1][half:])
    found: Ints = order[np.maximum(best[0], 0)]
    return found

"""What someone who knows everything published can work out of a hidden count, by integer programming."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from stepdown.errors import DisclosureError

Floats = NDArray[np.float64]
_TINY = 1e-7
# From so many counts that are possible others are looked for.
_STARTS = 8
# A solution for many cells at once need not be the best.
_NEAR, _NODES = 0.1, 20
# The stubs of scipy know no sparse matrices here.
linear_program: Any = linprog
# A hidden count is protected where it may be at most this, and may be at least the threshold.
LEAST = 1


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything published: linear relations between counts, and bounds of each.

    Attributes
    ----------
    relations : (m, n) sparse array
    totals : (m,) array
        `relations @ counts` equals this.
    lower, upper : (n,) arrays
        Bounds of each count: equal for a published count, 0 and infinity for a hidden one.
    """

    relations: sparse.csr_array
    totals: Floats
    lower: Floats
    upper: Floats

    def holds(self, counts: Floats) -> bool:
        """Return whether whole numbers are possible counts, without any tolerance."""
        return bool(
            np.all(self.relations @ counts == self.totals)
            and np.all(counts >= self.lower)
            and np.all(counts <= self.upper)
        )


@dataclass(frozen=True, eq=False)
class Breach:
    """A hidden count that is known too well.

    Attributes
    ----------
    cell : int
    side : 1 or -1
        1 where it cannot be large, -1 where it cannot be small.
    multipliers : (m,) array
        How the relations are combined to show it; empty where only whole numbers show it.
    """

    cell: int
    side: int
    multipliers: Floats


class TriedCounts:
    """Whole counts that were possible once: those that still are show again what is open, at no cost."""

    def __init__(self) -> None:
        self._found: list[Floats] = []

    def add(self, counts: Floats) -> None:
        """Keep counts that agree with what is known."""
        self._found.append(counts)

    def left(self, known: Knowledge, cells: NDArray[np.int64], side: int, goal: int) -> NDArray[np.int64]:
        """Return the cells that none of them brings to the goal."""
        for counts in reversed(self._found):
            if not len(cells):
                break
            if len(counts) == len(known.lower):
                there = side * counts[cells] >= side * goal
                if there.any() and known.holds(counts):
                    cells = cells[~there]
        return cells

    def start(self, known: Knowledge) -> Floats | None:
        """Return the first counts that agree with what is known."""
        return next(self.starts(known), None)

    def starts(self, known: Knowledge) -> Iterator[Floats]:
        """Yield the first counts that agree with what is known, and the latest ones."""
        left = _STARTS
        for counts in (*self._found[:1], *reversed(self._found[1:])):
            if left and len(counts) == len(known.lower) and known.holds(counts):
                left -= 1
                yield counts


def breaches(
    known: Knowledge,
    hidden: NDArray[np.int64],
    threshold: int,
    *,
    sides: Sequence[int] = (1, -1),
    whole: bool = True,
    tried: TriedCounts | None = None,
    least: int = LEAST,
) -> Iterator[Breach]:
    """Yield every hidden count that may not be both at most 1 and at least the threshold.

    Parameters
    ----------
    known : Knowledge
    hidden : (k,) array of int
        Cells to protect.
    threshold : int
    sides : sequence of int
        1 to look for cells that cannot be large, -1 for those that cannot be small.
    whole : bool
        Whether counts are whole numbers. Looking for fractions is much faster, and leaves open the few counts
        that only whole numbers give away.
    tried : TriedCounts, optional
        Counts of the same cells that were possible with other cells hidden; those that are found are added.
    least : int
        What a count must be able to be at most.

    Yields
    ------
    Breach
        In the order of the cells, those that cannot be large first.
    """
    kept = TriedCounts() if tried is None else tried
    for side in sides:
        goal = threshold if side == 1 else least
        open_cells = kept.left(known, hidden, side, goal)
        before = len(open_cells) + 1
        # A few solutions for many cells at once are cheaper than one for each cell.
        while 1 < len(open_cells) < before:
            before = len(open_cells)
            open_cells = _left_by_one_solution(known, open_cells, side, goal, whole, kept)
        for cell in open_cells:
            if len(kept.left(known, np.array([cell]), side, goal)):
                breach = _breach(known, int(cell), side, goal, whole, kept)
                if breach is not None:
                    yield breach


def bound(known: Knowledge, cell: int, side: int, goal: int) -> tuple[float, Floats]:
    """Return how large (or small) a count may be on its way to a goal, fractions allowed, and the proof.

    Parameters
    ----------
    known : Knowledge
    cell : int
    side : 1 or -1
        Whether the largest or the smallest value is wanted.
    goal : int
        A value that is large, or small, enough.

    Returns
    -------
    float
        Infinite (with the sign of the side) where all possible values are beyond the goal.
    (m,) array
        How the relations are combined in the proof.
    """
    solved = _towards(known, cell, side, goal)
    if solved.x is None:
        check_possible(known)
        return np.inf, np.zeros(0)
    return float(solved.x[cell]), np.asarray(solved.eqlin.marginals) * -side


def first_counts(known: Knowledge, cell: int, tried: TriedCounts) -> None:
    """Add counts that are possible, with as large a value of one cell as is soon found."""
    cost = np.zeros(len(known.lower))
    cost[cell] = -1.0
    solved = milp(
        cost,
        constraints=_equations(known),
        bounds=Bounds(known.lower, known.upper),
        integrality=np.ones(len(cost), dtype=np.int64),
        options={"mip_rel_gap": _NEAR, "node_limit": _NODES},
    )
    if solved.x is not None and known.holds(counts := np.round(solved.x)):
        tried.add(counts)


def extreme(known: Knowledge, cell: int, side: int) -> float:
    """Return the largest (side 1) or smallest (side -1) whole number that a count may be.

    Infinite where nothing bounds it.
    """
    cost = np.zeros(len(known.lower))
    cost[cell] = -side
    solved = milp(
        cost,
        constraints=_equations(known),
        bounds=Bounds(known.lower, known.upper),
        integrality=np.ones(len(cost), dtype=np.int64),
    )
    if solved.status in (3, 4) or solved.x is None:  # unbounded
        check_possible(known)
        return side * np.inf
    return float(np.round(solved.x[cell]))


def check_possible(known: Knowledge) -> None:
    """Raise where no counts at all agree with what is published."""
    if lowest(known, np.zeros(len(known.lower))).x is None:
        raise DisclosureError(
            "No counts agree with everything published: two numbers contradict each other. Check that the "
            "sums hold, and that a corrected count belongs to a release of its own."
        )


def _equations(known: Knowledge) -> list[LinearConstraint]:
    if not known.relations.shape[0]:
        return []
    return [LinearConstraint(known.relations, known.totals, known.totals)]


def lowest(known: Knowledge, cost: Floats, upper: Floats | None = None) -> Any:
    """Return the solution of lowest cost, fractions allowed; its `x` is None where there is none."""
    bounds = np.column_stack((known.lower, known.upper if upper is None else upper))
    return linear_program(cost, A_eq=known.relations, b_eq=known.totals, bounds=bounds, method="highs-ds")


def _left_by_one_solution(
    known: Knowledge, hidden: NDArray[np.int64], side: int, goal: int, whole: bool, tried: TriedCounts
) -> NDArray[np.int64]:
    """Return the cells that one set of counts, which is good for as many as possible, leaves open."""
    size, many = len(known.lower), len(hidden)
    if not many:
        return hidden
    # An extra variable a cell: how far it comes towards the goal.
    pick = sparse.csr_array((np.ones(many), (np.arange(many), hidden)), shape=(many, size))
    enough = sparse.csr_array(sparse.hstack([-side * pick, side * sparse.eye_array(many)]))
    matrix = sparse.hstack([known.relations, sparse.csr_array((known.relations.shape[0], many))]).tocsr()
    ends = (0.0, goal) if side == 1 else (goal, np.inf)
    cost = np.concatenate([np.zeros(size), np.full(many, -float(side))])
    bounds = [*zip(known.lower, known.upper, strict=True), *[ends] * many]
    solved = linear_program(
        cost,
        A_ub=enough,
        b_ub=np.zeros(many),
        A_eq=matrix,
        b_eq=known.totals,
        bounds=bounds,
        method="highs-ds",
    )
    if solved.x is None:
        check_possible(known)
        return hidden
    short: NDArray[np.bool_]
    counts = np.round(solved.x[:size])
    holds = known.holds(counts)
    if holds:
        tried.add(counts)
    if not whole:
        short = side * solved.x[hidden] < side * goal - _TINY
        return hidden[short]
    if not holds:
        # Whole numbers that come as far towards all goals.
        rounded = milp(
            cost,
            constraints=[
                LinearConstraint(matrix, known.totals, known.totals),
                LinearConstraint(enough, -np.inf, 0.0),
            ],
            bounds=Bounds(*np.array(bounds, dtype=float).T),
            integrality=np.append(np.ones(size), np.zeros(many)),
            options={"mip_rel_gap": _NEAR, "node_limit": _NODES},
        )
        if rounded.x is None or not known.holds(counts := np.round(rounded.x[:size])):
            return hidden
        tried.add(counts)
    short = side * counts[hidden] < side * goal
    return hidden[short]


def _towards(known: Knowledge, cell: int, side: int, goal: int) -> Any:
    cost = np.zeros(len(known.lower))
    cost[cell] = -side
    upper = known.upper.copy()
    if side == 1:
        upper[cell] = min(upper[cell], goal)
    return lowest(known, cost, upper=upper)


def _breach(
    known: Knowledge, cell: int, side: int, goal: int, whole: bool, tried: TriedCounts
) -> Breach | None:
    """Return how a count is bounded short of its goal, or None where it is attained."""
    solved = _towards(known, cell, side, goal)
    if solved.x is None:
        # Every possible count is larger than the goal.
        check_possible(known)
        return None if side == 1 else Breach(cell, side, np.zeros(0))
    counts = np.round(solved.x)
    if side * counts[cell] >= side * goal and known.holds(counts):
        tried.add(counts)
        return None
    if side * solved.x[cell] < side * goal - _TINY:
        return Breach(cell, side, np.asarray(solved.eqlin.marginals) * -side)
    attained = (
        not whole
        or _moved_to(known, cell, side, goal, tried)
        or _whole_numbers(known, cell, side, goal, tried)
    )
    return None if attained else Breach(cell, side, np.zeros(0))


def _moved_to(known: Knowledge, cell: int, side: int, goal: int, tried: TriedCounts) -> bool:
    """Return whether counts that are possible become so with as few changes as bring a count to its goal.

    As few changes are mostly whole ones, since the rest stays as it is.
    """
    return any(_moved_from(start, known, cell, side, goal, tried) for start in tried.starts(known))


def _moved_from(start: Floats, known: Knowledge, cell: int, side: int, goal: int, tried: TriedCounts) -> bool:
    size = len(start)
    most = np.concatenate([known.upper - start, start - known.lower])
    least = np.zeros(2 * size)
    place, back = (cell, size + cell) if side == 1 else (size + cell, cell)
    least[place], most[back] = side * (goal - start[cell]), 0.0
    if least[place] > most[place]:
        return False
    solved = linear_program(
        np.ones(2 * size),
        A_eq=sparse.csr_array(sparse.hstack([known.relations, -known.relations])),
        b_eq=np.zeros(known.relations.shape[0]),
        bounds=np.column_stack((least, most)),
        method="highs-ds",
    )
    if solved.x is None:
        return False
    counts = start + np.round(solved.x[:size] - solved.x[size:])
    if side * counts[cell] < side * goal or not known.holds(counts):
        return False
    tried.add(counts)
    return True


def _whole_numbers(known: Knowledge, cell: int, side: int, goal: int, tried: TriedCounts) -> bool:
    lower, upper = known.lower.copy(), known.upper.copy()
    if side == 1:
        lower[cell] = max(lower[cell], goal)
    else:
        upper[cell] = min(upper[cell], goal)
    size = len(lower)
    solved = milp(
        np.zeros(size),
        constraints=_equations(known),
        bounds=Bounds(lower, upper),
        integrality=np.ones(size, dtype=np.int64),
    )
    if solved.x is None or not known.holds(counts := np.round(solved.x)):
        return False
    tried.add(counts)
    return True

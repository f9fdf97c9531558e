"""Which further cells to hide, at least cost, so that every hidden count stays unknown.

Each round asks what someone can still work out. The proof of it names the published cells that it rests
on, which gives a condition on what has to be hidden. The cheapest cells that meet all conditions so far are
found, first as fractions by linear programming, then whole by integer programming. When nothing can be worked
out any more they are optimal, since each condition is necessary. After Fischetti M, Salazar JJ (2001),
Management Science 47:1008-1027.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from stepdown.disclosure.outside_knowledge import (
    LEAST,
    Breach,
    Knowledge,
    TriedCounts,
    bound,
    breaches,
    linear_program,
)
from stepdown.errors import DisclosureError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Cells = NDArray[np.int64]
_CLEAN = 1e-9
_SLACK = 1e-6
# The fractions are improved for so many rounds, or until the bound has risen by less than this for so many.
_ROUNDS = 60
_STALLED = 4
_STALL = 1e-4
# Gap at which the search stops, as a part of all that is hidden; well inside the 5% that is promised.
_GAP = 0.04
# With so few cells to choose from it does not stop short of the optimum.
_EXACT = 60
_NODES = 20_000
# Integer programs that are solved at most; the bound says what was not proven by then.
_SOLVED = 60
# Small tables are done after as many of them; for others the conditions are strengthened.
_PLAIN = 5
# With more counts than this, earlier releases included, fractions choose the cells.
_LARGE = 600


@dataclass(frozen=True, eq=False)
class Program:
    """One view of what is published, and what must stay unknown in it.

    Attributes
    ----------
    known : Knowledge
        With all cells published that may be.
    protect : (k,) array of int
        Cells that are hidden already, and must be protected.
    places : (f,) array of int
        Where each of the cells that may be hidden is in `known`.
    sides : tuple of int
        1 where cells must be able to be large, -1 where they must be able to be small.
    tried : TriedCounts
        Counts that were possible in it.
    """

    known: Knowledge
    protect: Cells
    places: Cells
    sides: tuple[int, ...] = (1, -1)
    tried: TriedCounts = field(default_factory=TriedCounts)


@dataclass(frozen=True, eq=False)
class Choice:
    """The cells to hide.

    Attributes
    ----------
    hidden : (f,) array of bool
        Which of the cells that may be hidden.
    cost : float
        Their cost.
    bound : float
        No choice costs less.
    """

    hidden: Flags
    cost: float
    bound: float


def cheapest(
    programs: Sequence[Program], costs: Floats, threshold: int, *, spent: float = 0.0, whole: bool = True
) -> Choice:
    """Return the cheapest cells to hide so that every cell that needs it is protected in every program.

    Parameters
    ----------
    programs : sequence of Program
    costs : (f,) array
        Cost of each cell that may be hidden.
    threshold : int
    spent : float
        Cost of what is hidden already, of which the search may leave a small part unsaved.
    whole : bool
        Whether the cells must protect in whole numbers. In large programs the caller may look at that itself:
        what fractions protect, whole numbers hardly ever give away.

    Raises
    ------
    DisclosureError
        Where no choice protects them all.
    """
    search = _CoverSearch(programs, costs, threshold, spent)
    found = search.by_fractions(whole) if search.is_large else None
    best, least = found or search.best()
    return Choice(hidden=best, cost=float(costs[best].sum()), bound=least)


def without(known: Knowledge, hidden: Cells | Flags) -> Knowledge:
    """Return what is known where some cells are hidden: any count from 0."""
    lower, upper = known.lower.copy(), known.upper.copy()
    lower[hidden], upper[hidden] = 0.0, np.inf
    return replace(known, lower=lower, upper=upper)


class _CoverSearch:
    """The search for the cheapest cells: `row @ hidden >= 1` of each row of `rows` is a condition."""

    def __init__(self, programs: Sequence[Program], costs: Floats, threshold: int, spent: float) -> None:
        self.programs, self.costs, self.threshold, self.spent = programs, costs, threshold, spent
        self.gap = 0.0 if len(costs) <= _EXACT else _GAP
        self.rows: list[Floats] = []

    def best(self) -> tuple[Flags, float]:
        """Return the cheapest cells, and a bound of their cost."""
        chosen = np.zeros(len(self.costs), dtype=bool)
        if not self.breached(chosen):
            return chosen, 0.0
        best, least = np.ones(len(self.costs), dtype=bool), 0.0
        for solved in range(_SOLVED):
            if solved >= _PLAIN:
                self.strengthen()
            chosen, bound_now = self.cover()
            least = max(least, bound_now)
            if not self.breached(chosen):
                return chosen, least
            if solved >= _PLAIN:
                best = min(best, self.repaired(chosen), key=lambda cells: float(self.costs[cells].sum()))
            if self.costs[best].sum() - least <= self.gap * (self.spent + least) + _SLACK:
                break
        return self.repaired(best), least

    @property
    def is_large(self) -> bool:
        """Whether fractions are looked at first."""
        return max(len(one.known.lower) for one in self.programs) > _LARGE

    def by_fractions(self, whole: bool) -> tuple[Flags, float] | None:
        """Return the cheapest cells by the conditions of fractions; None where whole numbers are needed."""
        chosen, least = np.zeros(len(self.costs), dtype=bool), 0.0
        for _ in range(_SOLVED):
            if not self.breached(chosen, whole=False):
                done = chosen.any() if not whole else not self.breached(chosen)
                return (chosen, least) if done else None
            chosen, bound_now = self.cover()
            least = max(least, bound_now)
        if whole:
            return None
        while self.breached(chosen, whole=False):
            chosen |= self.cover()[0]
        return chosen, least

    def breached(self, chosen: Flags, *, whole: bool = True) -> bool:
        """Return whether a count is known too well where some cells are hidden, and learn from it."""
        rows, stuck = [], set()
        for number, program in enumerate(self.programs):
            known = without(program.known, program.places[chosen])
            for one in breaches(
                known,
                program.protect,
                self.threshold,
                sides=program.sides,
                whole=whole,
                tried=program.tried,
            ):
                rows.append(self.row(program, one, chosen))
                if not rows[-1].any():
                    stuck.add((number, one.cell))
        if stuck:
            noun = "hidden count follows" if len(stuck) == 1 else "hidden counts follow"
            raise DisclosureError(
                f"{len(stuck)} {noun} from cells that must stay published. Let more cells be hidden, "
                "or publish no table that they are in."
            )
        self.rows += rows
        return bool(rows)

    def row(self, program: Program, one: Breach, chosen: Flags) -> Floats:
        """Return how much each cell, once hidden, helps against a breach; 1 in all is needed."""
        if not len(one.multipliers):
            # A proof by whole numbers: something that is not hidden yet has to be.
            return np.where(chosen, 0.0, 1.0)
        known, places = program.known, program.places
        own = np.zeros(len(known.lower))
        own[one.cell] = 1.0
        weights = one.side * (own - known.relations.T @ one.multipliers)
        weights[np.abs(weights) < _CLEAN] = 0.0
        # Of the cells that are hidden anyway only the count itself may have a weight above 0, up to its goal.
        limits = np.where(np.isfinite(known.upper), known.upper, self.threshold)
        up, down = np.maximum(weights, 0), np.maximum(-weights, 0)
        most = up @ limits - down @ known.lower + one.side * float(one.multipliers @ known.totals)
        need = (self.threshold if one.side == 1 else -LEAST) - most
        if need <= _SLACK:
            return np.where(chosen, 0.0, 1.0)
        return np.where(up[places] > 0, 1.0, np.minimum(down[places] * known.lower[places] / need, 1.0))

    def repaired(self, chosen: Flags) -> Flags:
        """Return cells that protect: more than those chosen, without any that is not needed."""
        chosen = chosen.copy()
        while self.breached(chosen):
            for row in self.rows:
                if row @ chosen < 1 - _SLACK:
                    worth = np.where((row > 0) & ~chosen, self.costs / np.maximum(row, _CLEAN), np.inf)
                    chosen[int(np.argmin(worth))] = True
        for cell in sorted(np.flatnonzero(chosen), key=lambda cell: (-self.costs[cell], cell)):
            chosen[cell] = False
            if any(row @ chosen < 1 - _SLACK for row in self.rows) or self.breached(chosen):
                chosen[cell] = True
        return chosen

    def strengthen(self) -> None:
        """Add the conditions that the cheapest fractions of cells violate, until they meet all."""
        best, stalled = 0.0, 0
        for _ in range(_ROUNDS):
            matrix = -sparse.csr_array(np.array(self.rows))
            solved = linear_program(self.costs, A_ub=matrix, b_ub=-np.ones(len(self.rows)), bounds=(0, 1))
            if solved.x is None:
                raise DisclosureError(
                    "Hidden counts follow from cells that must stay published, whatever else is hidden. "
                    "Let more cells be hidden, or publish no table that they are in."
                )
            found = list(self.violated(np.clip(solved.x, 0, 1)))
            stalled = 0 if solved.fun > best * (1 + _STALL) else stalled + 1
            best = max(best, solved.fun)
            self.rows += found
            if not found or stalled > _STALLED:
                return

    def violated(self, part: Floats) -> Iterator[Floats]:
        """Yield conditions that cells hidden in part do not meet."""
        nothing = np.zeros(len(part), dtype=bool)
        for program in self.programs:
            lower, upper = program.known.lower.copy(), program.known.upper.copy()
            lower[program.places] *= 1 - part
            upper[program.places] += part * self.threshold
            eased = replace(program.known, lower=lower, upper=upper)
            for cell, side in product(program.protect, program.sides):
                goal = self.threshold if side == 1 else LEAST
                value, multipliers = bound(eased, int(cell), side, goal)
                if side * value < side * goal - _SLACK:
                    row = self.row(program, Breach(int(cell), side, multipliers), nothing)
                    if row @ part < 1 - _SLACK:
                        yield row

    def cover(self) -> tuple[Flags, float]:
        """Return the cheapest cells that meet all conditions so far, and a bound of their cost."""
        solved = milp(
            self.costs,
            constraints=LinearConstraint(sparse.csr_array(np.array(self.rows)), lb=1.0 - _CLEAN),
            bounds=Bounds(0, 1),
            integrality=np.ones(len(self.costs), dtype=np.int64),
            options={"mip_rel_gap": self.gap / 2, "node_limit": _NODES},
        )
        if solved.x is None:
            return np.asarray(np.any(self.rows, axis=0), dtype=np.bool_), 0.0
        return np.asarray(solved.x > 0.5), float(solved.mip_dual_bound)

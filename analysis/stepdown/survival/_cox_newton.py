"""Newton's method with step halving on the (ridged) partial likelihood, and what keeps it from an answer."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from stepdown.errors import EstimateError
from stepdown.survival._cox_grid import Grid
from stepdown.survival._cox_input import RANK_TOLERANCE
from stepdown.survival._cox_likelihood import State, evaluate
from stepdown.survival._days import inverse
from stepdown.survival._input import Bools, Floats

CONVERGED = 1e-24
"""Squared length of the next step, in standard errors, at which the search ends."""
ROUNDED = 1e-14
"""The same, where rounding keeps it from shrinking further."""
FLAT = 1e-12
"""Relative gain in log likelihood below which a term that still moves has no finite estimate."""
MOVING = 1e-6
"""Step, in standard deviations of the covariate's effect, that counts as still moving."""
EMPTY = 1e-11
"""Share of what it is a difference from, below which a term's information is rounding."""
FAR = 200.0
"""Log hazards between rows that no data hold: the search is on its way to infinity."""
MOST_STEPS = 60
NO_START = (
    "The partial likelihood cannot be computed at the start: offset or weights span too wide a range. "
    "Check both."
)


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    state, null : State
        At the estimate and at zero.
    steps : int
        Newton steps.
    runaway : ndarray of bool, shape (p,)
        Terms without a finite estimate.
    settled : bool
        Whether the search ended by converging.
    """

    state: State
    null: State
    steps: int
    runaway: Bools
    settled: bool


def maximise(grid: Grid, terms: tuple[str, ...], ridge: Floats) -> Optimum:
    """Maximise from zero, after a check that the terms can be told apart."""
    null = evaluate(grid, np.zeros(grid.x.shape[1]))
    if null is None:
        raise EstimateError(NO_START)
    if not ridge.any():
        check_rank(null, terms)
        _check_events(grid, terms)
    state, steps, runaway, settled = climb(grid, null, ridge, np.ones(len(ridge), dtype=bool))
    return Optimum(state, null, steps, runaway, settled)


def climb(grid: Grid, state: State, ridge: Floats, free: Bools) -> tuple[State, int, Bools, bool]:
    """Maximise over the free coefficients; return the state, steps, who runs away, whether it settled."""
    moving = np.zeros(len(free), dtype=bool)
    unit = grid.weighted.sum() / grid.count.sum()
    length = np.inf
    for steps in range(MOST_STEPS):
        slope = (state.score - ridge * state.beta)[free]
        step = np.zeros(len(free))
        step[free] = solve(state.information[np.ix_(free, free)] + np.diag(ridge[free]), slope)
        before, length = length, float(slope @ step[free])
        moving = np.abs(step) > MOVING * np.maximum(1, np.abs(state.beta))
        empty = free & (ridge == 0) & (np.diag(state.information) <= EMPTY * state.spread)
        if empty.any():
            return state, steps, moving | empty, True
        if length <= CONVERGED * unit or before / 4 <= length <= ROUNDED * unit:
            return state, steps, moving & (ridge == 0), True
        flat = FLAT * (abs(state.loglik) + unit)
        better = _halved(grid, state, step, ridge)
        if better is None:
            gone = bool(moving.any()) and (length <= flat or _far(grid, state))
            return state, steps, moving & gone, gone or length <= ROUNDED * unit
        gained = better.loglik - state.loglik
        state = better
        if steps > 8 and moving.any() and gained <= flat:
            return state, steps + 1, moving, True
    gone = bool(moving.any()) and _far(grid, state)
    return state, MOST_STEPS, moving & gone, gone


def _far(grid: Grid, state: State) -> bool:
    return bool(np.ptp(state.eta - grid.offset) > FAR)


def solve(matrix: Floats, right: Floats) -> Floats:
    """Solve with a symmetric positive matrix, scaled to a unit diagonal first; 0 where it says nothing."""
    scale = np.sqrt(inverse(np.diag(matrix)))
    unit = matrix * scale[:, None] * scale
    other = scale[:, None] if right.ndim == 2 else scale
    try:
        result: Floats = other * linalg.cho_solve(linalg.cho_factor(unit), other * right)
    except linalg.LinAlgError:
        result = other * (np.linalg.pinv(unit, hermitian=True) @ (other * right))
    return result


def check_rank(null: State, terms: tuple[str, ...]) -> None:
    """Raise where a term says nothing beyond strata and the terms before it."""
    information, spread = null.information, null.spread
    flat = np.diag(information) <= RANK_TOLERANCE * spread
    if flat.any():
        names = ", ".join(np.array(terms)[flat])
        raise EstimateError(
            f"X[{names}] does not vary among those at risk together (within strata). Leave it out."
        )
    scale = 1 / np.sqrt(np.diag(information))
    unit = information * scale[:, None] * scale
    for column in range(1, len(unit)):
        before, own = unit[:column, :column], unit[:column, column]
        if 1 - own @ np.linalg.solve(before, own) <= RANK_TOLERANCE:
            raise EstimateError(
                f"X[{terms[column]}] is a combination of the terms before it. "
                "Leave one of them out, or use a ridge."
            )


def _check_events(grid: Grid, terms: tuple[str, ...]) -> None:
    events = int(grid.count.sum())
    if len(terms) > events:
        raise EstimateError(
            f"There are {len(terms):,} terms and {events:,} events. Use fewer terms, or a ridge."
        )


def _halved(grid: Grid, state: State, step: Floats, ridge: Floats) -> State | None:
    def value(at: State) -> float:
        return at.loglik - float(ridge @ at.beta**2) / 2

    floor = value(state) - 1e-13 * abs(state.loglik)
    for _ in range(40):
        found = evaluate(grid, state.beta + step)
        if found is not None and value(found) >= floor:
            return found
        step = step / 2
    return None

"""The partial likelihood: score, information, maximum and profile limits.

A slot s (a stratum's day with m events, weights w_i) has terms l = 0, ..., m - 1 with f = l / m (Efron) or
one term with f = 0 (Breslow); with wbar the mean (Breslow: summed) weight of its events, S and D sums of
theta = w exp(x b) over those at risk and over the events,

    a_l  = 1 / (S0 - f D0),    xbar_l = a_l (S1 - f D1)
    logL = sum_events w eta + sum_s wbar sum_l log a_l
    U    = sum_events w x   - sum_s wbar sum_l xbar_l
    I    = sum_s wbar sum_l [ a_l (S2 - f D2) - xbar_l xbar_l' ]

The sums over l are scalars a slot: h = wbar sum a, h' = wbar sum f a, and A, B, C = wbar sum (1, f, f^2) a^2.
So the first part of I is X' diag(theta (H - h')) X with H the sum of h while at risk, and no p x p matrix is
kept for any day. The maximum is found by Newton's method with step halving on the (ridged) partial
likelihood. Profile limits are where 2 [logL(estimate) - max over the others of logL(b_j)] equals the
chi-square quantile on one degree of freedom; a limit is infinite where the likelihood never falls that far
(separation). A search whose coefficients still move at its end is either on its way to infinity, which
`cox_model.monotone_likelihood` decides, or continued until it has converged.

References
----------
Efron B (1977), JASA 72:557-565. Breslow N (1974), Biometrics 30:89-99. Therneau TM, Grambsch PM (2000),
Modeling Survival Data, ch. 3 and 7 (weights: Efron's terms take the mean weight of the tied events).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, optimize

from stepdown.errors import EstimateError
from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Bools, Floats
from stepdown.survival.cox_model.design_matrix import (
    RANK_TOLERANCE,
    Covariates,
    check_combinations,
    check_events,
)
from stepdown.survival.cox_model.monotone_likelihood import infinite_signs
from stepdown.survival.cox_model.risk_sets import Grid, gram

TINY, HUGE = float(np.finfo(float).tiny), 1e200
"""Below the first, floats lose digits; above the second, they overflow when multiplied by weights."""


@dataclass(frozen=True, eq=False)
class State:
    """The likelihood and its parts at one coefficient vector (standardized units).

    Attributes
    ----------
    beta : ndarray, shape (p,)
        Coefficients.
    loglik : float
        Log partial likelihood; minus infinity where it cannot be computed.
    score, information : ndarray, shape (p,), (p, p)
        First derivative, minus the second.
    spread : ndarray, shape (p,)
        Diagonal of the first part of the information, from which the second is subtracted.
    eta, theta : ndarray, shape (m,)
        Linear predictor (offset included) and weight times its exponential.
    s0, s1, d0, d1 : ndarray
        Sums over those at risk and over the events, by slot.
    hazard, tied_hazard, squares, tied_squares, tied_twice : ndarray, shape (K,)
        h, h', A, B, C.
    """

    beta: Floats
    loglik: float
    score: Floats
    information: Floats
    spread: Floats
    eta: Floats
    theta: Floats
    s0: Floats
    s1: Floats
    d0: Floats
    d1: Floats
    hazard: Floats
    tied_hazard: Floats
    squares: Floats
    tied_squares: Floats
    tied_twice: Floats

    @property
    def drift(self) -> Floats:
        """Sum over l of wbar a_l xbar_l, shape (K, p)."""
        return self.squares[:, None] * self.s1 - self.tied_squares[:, None] * self.d1

    @property
    def tied_drift(self) -> Floats:
        """Sum over l of wbar f a_l xbar_l, shape (K, p)."""
        return self.tied_squares[:, None] * self.s1 - self.tied_twice[:, None] * self.d1

    @property
    def expected(self) -> Floats:
        """Sum over l of wbar xbar_l, shape (K, p)."""
        return self.hazard[:, None] * self.s1 - self.tied_hazard[:, None] * self.d1


def evaluate(grid: Grid, beta: Floats) -> State | None:
    """Return the state at `beta`; None where sums leave the range of floats or a risk set vanishes."""
    eta = np.einsum("ij,j->i", grid.x, beta)  # as fast as BLAS here, without its threads
    eta += grid.offset
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        theta = np.exp(eta)
        theta *= grid.weight
        s0, s1 = grid.at_risk(theta)
        d0, d1 = grid.tied(theta)
        left = s0[grid.term_slot] - grid.fraction * d0[grid.term_slot]
    if not (np.all(left > 0) and np.all(np.isfinite(left)) and np.all(np.isfinite(s1))):
        return None
    f = grid.fraction
    busy, begins = grid.busy, grid.begins

    def by_slot(values: Floats) -> Floats:
        sums = np.zeros(grid.slots)
        sums[busy] = np.add.reduceat(values, begins)
        sums *= grid.mean_weight
        return sums

    with np.errstate(over="ignore", under="ignore"):
        a = 1 / left
        squares = a * a
    if not np.all((squares >= TINY) & (squares <= HUGE)):
        return None
    hazard, tied_hazard = by_slot(a), by_slot(f * a)
    loglik = grid.weight[grid.event] @ eta[grid.event] - by_slot(np.log(left)).sum()
    state = State(
        beta=beta, loglik=float(loglik), score=np.empty(0), information=np.empty(0), spread=np.empty(0),
        eta=eta, theta=theta, s0=s0, s1=s1, d0=d0, d1=d1, hazard=hazard, tied_hazard=tied_hazard,
        squares=by_slot(squares), tied_squares=by_slot(f * squares), tied_twice=by_slot(f * f * squares),
    )  # fmt: skip
    score = weighted_score(grid, state, None)
    first, second = information_parts(grid, state, None)
    return State(**(vars(state) | {"score": score, "information": first - second, "spread": np.diag(first)}))


def weighted_score(grid: Grid, state: State, g: Floats | None) -> Floats:
    """Score with each slot's part multiplied by g (shape (K,)), shape (p,)."""
    parts = grid.event_x - state.expected
    return parts.sum(axis=0) if g is None else g @ parts


def information_parts(grid: Grid, state: State, g: Floats | None) -> tuple[Floats, Floats]:
    """Both parts of the information with each slot's part multiplied by g, shapes (p, p)."""
    one = np.ones(grid.slots) if g is None else g
    exposure = grid.while_at_risk(one * state.hazard)
    exposure[grid.event] -= (one * state.tied_hazard)[grid.event_slot]
    first = gram(grid.x, state.theta * exposure)
    crossed = state.s1.T @ ((one * state.tied_squares)[:, None] * state.d1)
    second = state.s1.T @ ((one * state.squares)[:, None] * state.s1) - crossed - crossed.T
    second += state.d1.T @ ((one * state.tied_twice)[:, None] * state.d1)
    return first, second


CONVERGED = 1e-24
"""Squared length of the next step, in standard errors, at which the search ends."""
ROUNDED = 1e-14
"""The same, where rounding error stops it from shrinking further."""
FLAT = 1e-12
"""Relative gain in log likelihood below which a term that still moves may have no finite estimate."""
MOVING = 1e-6
"""Step, in standard deviations of the covariate's effect, that counts as still moving."""
EMPTY = 1e-11
"""Share of its first part below which a term's information is rounding error."""
FAR = 200.0
"""Range of log hazards over rows beyond which the search is diverging."""
MOST_STEPS = 60
PATIENT = 4
"""Factor on the steps of a search that is known to have a finite maximum."""
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
    signs : ndarray, shape (p,)
        -1 or 1 for a term whose estimate is minus or plus infinity, 0 for a finite one.
    converged : bool
        Whether the search converged.
    """

    state: State
    null: State
    steps: int
    signs: Floats
    converged: bool

    @property
    def monotone(self) -> Bools:
        """Terms without a finite estimate, shape (p,)."""
        return np.asarray(self.signs != 0)


def maximize(grid: Grid, terms: tuple[str, ...], ridge: Floats) -> Optimum:
    """Maximize from zero, after a check that the terms are identifiable."""
    null = evaluate(grid, np.zeros(grid.x.shape[1]))
    if null is None:
        raise EstimateError(NO_START)
    if not ridge.any():
        check_rank(null, terms)
        check_events(terms, int(grid.count.sum()), "Use fewer terms, or a ridge.")
    every = np.ones(len(ridge), dtype=bool)
    state, steps, moving, converged = climb(grid, null, ridge, every)
    signs = np.zeros(len(ridge))
    if (moving.any() or not converged) and not ridge.any():
        signs = infinite_signs(grid)
        # Where a term may go either way, it goes where the search went.
        signs = np.where(np.isnan(signs), np.copysign(1.0, state.beta), signs)
        if not signs.any():
            state, more, _, converged = climb(grid, state, ridge, every, patient=True)
            steps += more
        converged = converged or bool(signs.any())
    return Optimum(state, null, steps, signs, converged)


def climb(
    grid: Grid, state: State, ridge: Floats, free: Bools, *, patient: bool = False
) -> tuple[State, int, Bools, bool]:
    """Maximize over the free coefficients; return state, steps, which still move, whether it converged.

    A `patient` search knows that the maximum is finite: it does not stop because the likelihood is flat.
    """
    moving = np.zeros(len(free), dtype=bool)
    unit = grid.weighted.sum() / grid.count.sum()
    length = np.inf
    most = MOST_STEPS * PATIENT if patient else MOST_STEPS
    for steps in range(most):
        slope = (state.score - ridge * state.beta)[free]
        step = np.zeros(len(free))
        step[free] = solve(state.information[np.ix_(free, free)] + np.diag(ridge[free]), slope)
        before, length = length, float(slope @ step[free])
        moving = np.abs(step) > MOVING * np.maximum(1, np.abs(state.beta))
        empty = free & (ridge == 0) & (np.diag(state.information) <= EMPTY * state.spread)
        if empty.any():
            return state, steps, moving | empty, not patient
        if length <= CONVERGED * unit or before / 4 <= length <= ROUNDED * unit:
            return state, steps, moving & (ridge == 0), True
        flat = FLAT * (abs(state.loglik) + unit)
        better = _halved(grid, state, step, ridge)
        if better is None:
            diverging = bool(moving.any()) and (length <= flat or _far(grid, state))
            return state, steps, moving & diverging, diverging or length <= ROUNDED * unit
        gained = better.loglik - state.loglik
        state = better
        if steps > 8 and moving.any() and gained <= flat and not patient:
            return state, steps + 1, moving, True
    diverging = bool(moving.any()) and _far(grid, state)
    return state, most, moving & diverging, diverging


def _far(grid: Grid, state: State) -> bool:
    return bool(np.ptp(state.eta - grid.offset) > FAR)


def solve(matrix: Floats, right: Floats) -> Floats:
    """Solve with a symmetric positive matrix, scaled to a unit diagonal first; 0 where its diagonal is 0."""
    scale = np.sqrt(inverse(np.diag(matrix)))
    unit = matrix * scale[:, None] * scale
    other = scale[:, None] if right.ndim == 2 else scale
    try:
        result: Floats = other * linalg.cho_solve(linalg.cho_factor(unit), other * right)
    except linalg.LinAlgError:
        result = other * (np.linalg.pinv(unit, hermitian=True) @ (other * right))
    return result


def check_rank(null: State, terms: tuple[str, ...]) -> None:
    """Raise where a term does not vary beyond strata and the terms before it."""
    information, spread = null.information, null.spread
    flat = np.diag(information) <= RANK_TOLERANCE * spread
    if flat.any():
        names = ", ".join(np.array(terms)[flat])
        raise EstimateError(
            f"X[{names}] does not vary among those at risk together (within strata). Leave it out."
        )
    scale = 1 / np.sqrt(np.diag(information))
    check_combinations(information * scale[:, None] * scale, terms, "Leave one of them out, or use a ridge.")


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


FARTHEST = 40.0
"""Distance from the estimate, in log hazard ratios a standard deviation, beyond which a limit is infinite."""


def profile_table(
    grid: Grid, best: Optimum, x: Covariates, widths: Floats, highest: Callable[[State, Bools], State]
) -> pd.DataFrame:
    """Limits of all terms, in the units of the caller's covariates.

    `widths` are the roots of the fall in twice the log likelihood that a limit stands for, by term; `highest`
    maximizes over the free coefficients from a state, and returns the log likelihood it has reached.
    """
    rows = [
        [_limit(grid, best, column, side, float(widths[column]), highest) for side in (-1, 1)]
        for column in range(len(x.terms))
    ]
    limits = np.array(rows) / x.scale[:, None]
    coef = np.where(best.monotone, np.copysign(np.inf, best.signs), best.state.beta / x.scale)
    table = {"coef": coef, "conf_low": limits[:, 0], "conf_high": limits[:, 1]}
    return pd.DataFrame(table, index=pd.Index(x.terms, name="term"))


def plain_highest(grid: Grid) -> Callable[[State, Bools], State]:
    """Return the function that maximizes the partial likelihood over free coefficients."""

    def highest(start: State, free: Bools) -> State:
        return climb(grid, start, np.zeros(len(free)), free)[0] if free.any() else start

    return highest


def _limit(
    grid: Grid, best: Optimum, column: int, side: int, z: float, highest: Callable[[State, Bools], State]
) -> float:
    distance = _distance(grid, best, column, side, highest)
    far = 1.0
    if best.monotone[column]:
        if side == best.signs[column]:
            return side * np.inf
    else:
        far = min(z / float(np.sqrt(best.state.information[column, column])), FARTHEST)
    near = 0.0
    while distance(far) < z:
        if far >= FARTHEST:
            return side * np.inf
        near, far = far, min(far * 1.5, FARTHEST)
    root = optimize.brentq(lambda step: distance(step) - z, near, far, xtol=1e-12, rtol=1e-12)
    return float(best.state.beta[column] + side * root)


def _distance(
    grid: Grid, best: Optimum, column: int, side: int, highest: Callable[[State, Bools], State]
) -> Callable[[float], float]:
    """Root of the likelihood ratio at a step from the estimate, maximized over the other coefficients."""
    free = np.ones(len(best.state.beta), dtype=bool)
    free[column] = False

    def distance(step: float) -> float:
        beta = best.state.beta.copy()
        beta[column] += side * step
        start = evaluate(grid, beta)
        if start is None:
            return np.inf
        return float(np.sqrt(max(0.0, 2 * (best.state.loglik - highest(start, free).loglik))))

    return distance

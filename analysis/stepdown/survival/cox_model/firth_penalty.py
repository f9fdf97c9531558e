"""Firth's penalized partial likelihood: finite estimates where the likelihood is monotone.

    log L*(beta) = log L(beta) + (c / 2) log det I(beta)

with I the information and c the mean weight of the events, so that the scale of weights changes nothing (1
without weights). Its score is U_k + (c / 2) trace(I^-1 dI / dbeta_k), with dI / dbeta_k by central
differences of fourth order. The search takes steps I^-1 U*, halved until log L* rises. The penalty removes
the bias of first order in 1 / events, and keeps every coefficient finite. Standard errors come from I at
the estimate; limits of the penalized profile likelihood are the better ones, because log L* is far from
quadratic there.

One event on which n0 people with x = 0 (the event among them) and n1 with x = 1 are at risk: with pi = n1 r /
(n0 + n1 r), log L* = 3/2 log(1 - pi) + 1/2 log pi, highest at pi = 1/4, so that r = n0 / (3 n1).

References
----------
Firth D (1993), Biometrika 80:27-38. Heinze G, Schemper M (2001), Biometrics 57:114-119.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Bools, Floats
from stepdown.survival.cox_model.design_matrix import check_events
from stepdown.survival.cox_model.partial_likelihood import (
    NO_START,
    Optimum,
    State,
    check_rank,
    evaluate,
    solve,
)
from stepdown.survival.cox_model.risk_sets import Grid

STEP = 1e-3
"""Step of the differences, in standardized units: their error is its fourth power."""
MOST_STEPS = 200
CLOSE = 1e-4
"""Promised gain, per unit of weight, below which a step is judged by the next one: values are rounded."""
CONVERGED = 1e-20
"""Gain promised by a whole step, per unit of weight, at which the search ends."""
RISE = 0.2
"""Share of the promised gain that a step must bring."""


def penalized(grid: Grid, state: State) -> float:
    """Return the penalized log likelihood; minus infinity where the information is singular."""
    sign, size = np.linalg.slogdet(state.information)
    return state.loglik + _unit(grid) * size / 2 if sign > 0 else -np.inf


def maximize_penalized(grid: Grid, terms: tuple[str, ...]) -> Optimum:
    """Maximize from zero, after a check that the terms are identifiable."""
    null = evaluate(grid, np.zeros(grid.x.shape[1]))
    if null is None:
        raise EstimateError(NO_START)
    check_rank(null, terms)
    check_events(terms, int(grid.count.sum()), "Use fewer terms, or a ridge.")
    state, steps, converged = climb_penalized(grid, null, np.ones(len(terms), dtype=bool))
    return Optimum(state, null, steps, np.zeros(len(terms)), converged)


def climb_penalized(grid: Grid, state: State, free: Bools) -> tuple[State, int, bool]:
    """Maximize over the free coefficients; return state, steps and whether the search converged."""
    unit = _unit(grid)
    step, promised = _step(grid, state, free)
    for steps in range(MOST_STEPS):
        if promised <= CONVERGED * unit:
            return state, steps, True
        # The penalty bends more than the likelihood: a full step can reach as high on the other side.
        for share in 0.5 ** np.arange(40):
            found = evaluate(grid, state.beta + share * step)
            if found is None:
                continue
            ahead = _step(grid, found, free)
            rise = penalized(grid, found) - penalized(grid, state)
            if ahead[1] <= promised / 2 if promised < CLOSE * unit else rise >= RISE * share * promised:
                state, (step, promised) = found, ahead
                break
        else:
            break
    return state, MOST_STEPS, promised <= np.sqrt(CONVERGED) * unit


def _step(grid: Grid, state: State, free: Bools) -> tuple[Floats, float]:
    """Return the step of the free coefficients, and the gain that it promises."""
    slope = _score(grid, state)[free]
    step = np.zeros(len(free))
    step[free] = solve(state.information[np.ix_(free, free)], slope)
    promised = float(slope @ step[free])
    return step, promised if np.isfinite(promised) else np.inf


def penalized_state(grid: Grid, state: State) -> State:
    """Return the state with the penalized log likelihood in the place of the plain one."""
    return replace(state, loglik=penalized(grid, state))


def _unit(grid: Grid) -> float:
    return float(grid.weighted.sum() / grid.count.sum())


def _score(grid: Grid, state: State) -> Floats:
    pull = np.zeros(len(state.beta))
    for column in range(len(pull)):
        slope = np.zeros_like(state.information)
        for far, factor in ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12)):
            beta = state.beta.copy()
            beta[column] += far * STEP
            found = evaluate(grid, beta)
            if found is None:
                return np.full(len(pull), np.nan)
            slope += factor * found.information / STEP
        pull[column] = np.trace(solve(state.information, slope))
    result: Floats = state.score + _unit(grid) * pull / 2
    return result

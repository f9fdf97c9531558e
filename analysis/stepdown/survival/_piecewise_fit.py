"""Maximum of the piecewise-exponential likelihood, and what the data cannot tell of it.

Newton's method on log rates and coefficients, held back by a small multiple of the expected events of each
parameter where the likelihood is not concave, with step halving. At the end, directions in which the
information is next to nothing (a millionth of an event) are set apart: a parameter that still moved there
has no finite estimate (a rate of 0, a separated covariate), one that did not cannot be told from others (two
bands that every interval covers together).
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from stepdown.survival._input import Bools, Floats
from stepdown.survival._piecewise_likelihood import Spent, State, evaluate, scores, value

CONVERGED = 1e-20
"""Squared length of the next step, in standard errors, at which the search ends."""
FLAT = 1e-11
"""Relative gain in log likelihood below which, three times running, nothing is left to gain."""
MOVING = 1e-3
"""Step that counts as still moving."""
EMPTY = 1e-6
"""Information, in events, at or below which a direction is unknown."""
INVOLVED = 1e-3
"""Part of an unknown direction that makes a parameter unknown."""
MOST_STEPS, FURTHEST = 100, 3.0


@dataclass(frozen=True, eq=False)
class Peak:
    """Where the search ended; P parameters.

    Attributes
    ----------
    state : State
        Likelihood and derivatives.
    scores : ndarray, shape (n, P)
        Weighted score of each row.
    inverse : ndarray, shape (P, P)
        Inverse information, over the directions that are known.
    unknown : ndarray, shape (P, U)
        The other directions, as columns.
    lost : ndarray of bool, shape (P,)
        Parameters with a part in these.
    drift : ndarray, shape (P,)
        Sign of the way in which a lost parameter still moved; 0 where it stood still.
    steps : int
        Newton steps.
    settled : bool
        Whether the search ended by converging.
    """

    state: State
    scores: Floats
    inverse: Floats
    unknown: Floats
    lost: Bools
    drift: Floats
    steps: int
    settled: bool


def climb(spent: Spent, start: Floats) -> Peak:
    """Maximise from a start."""
    state = evaluate(spent, start)
    settled, steps, flat, step = len(start) == 0, 0, 0, np.zeros_like(start)
    while not settled and steps < MOST_STEPS:
        step = _step(state)
        least = FLAT * (abs(state.loglik) + 1)
        length = float(state.slope @ step)
        theta = _halved(spent, state, step)
        if length <= CONVERGED * len(spent.weight) or theta is None:
            settled = length <= least
            break
        before = state.loglik
        state, steps = evaluate(spent, theta), steps + 1
        flat = flat + 1 if state.loglik - before <= least else 0
        settled = flat == 3
    return _told(spent, state, step, steps, settled)


def _step(state: State) -> Floats:
    held = 1e-10
    while True:
        try:
            factor = linalg.cho_factor(state.information + np.diag(held * state.scale))
        except linalg.LinAlgError:
            held *= 100
            continue
        step: Floats = linalg.cho_solve(factor, state.slope)
        return step * min(1.0, FURTHEST / max(float(np.abs(step).max()), 1e-300))


def _halved(spent: Spent, state: State, step: Floats) -> Floats | None:
    floor = state.loglik - 1e-15 * abs(state.loglik)
    for halving in range(40):
        theta: Floats = state.theta + step * 0.5**halving
        if value(spent, theta) >= floor:
            return theta
    return None


def _told(spent: Spent, state: State, step: Floats, steps: int, settled: bool) -> Peak:
    size = len(step)
    rows = scores(spent, state.theta)
    if not size:
        return Peak(state, rows, np.empty((0, 0)), np.empty((0, 0)), np.zeros(0, bool), step, steps, settled)
    values, vectors = np.linalg.eigh(state.information)
    empty = values <= EMPTY + 1e-11 * abs(state.loglik)
    unknown = vectors[:, empty]
    known = vectors[:, ~empty]
    inverse: Floats = (known / values[~empty]) @ known.T
    lost = np.sqrt((unknown**2).sum(axis=1)) > INVOLVED
    drift = np.where(lost & (np.abs(step) > MOVING), np.sign(step), 0.0)
    return Peak(state, rows, inverse, unknown, lost, drift, steps, settled)

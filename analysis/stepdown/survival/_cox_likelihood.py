"""The partial likelihood, its score and its information at one coefficient vector.

A slot s (a stratum's day with m events, weights w_i) has terms l = 0, ..., m - 1 with f = l / m (Efron) or
one term with f = 0 (Breslow); with wbar the mean (Breslow: summed) weight of its events, S and D sums of
theta = w exp(x b) over those at risk and over the events,

    a_l  = 1 / (S0 - f D0),    xbar_l = a_l (S1 - f D1)
    logL = sum_events w eta + sum_s wbar sum_l log a_l
    U    = sum_events w x   - sum_s wbar sum_l xbar_l
    I    = sum_s wbar sum_l [ a_l (S2 - f D2) - xbar_l xbar_l' ]

The sums over l are scalars a slot: h = wbar sum a, h' = wbar sum f a, and A, B, C = wbar sum (1, f, f^2) a^2.
So the first part of I is X' diag(theta (H - h')) X with H the h gone through while at risk, and no p x p
matrix is kept for any day.

References
----------
Efron B (1977), JASA 72:557-565. Breslow N (1974), Biometrics 30:89-99. Therneau TM, Grambsch PM (2000),
Modeling Survival Data, ch. 3 and 7 (weights: Efron's terms take the mean weight of the tied events).
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival._cox_grid import Grid, gram
from stepdown.survival._input import Floats

TINY, HUGE = float(np.finfo(float).tiny), 1e200
"""Below one floats lose digits; above the other they overflow where weights multiply them."""


@dataclass(frozen=True, eq=False)
class State:
    """Everything at one coefficient vector (standardised units).

    Attributes
    ----------
    beta : ndarray, shape (p,)
        Coefficients.
    loglik : float
        Log partial likelihood; minus infinity where it cannot be computed.
    score, information : ndarray, shape (p,), (p, p)
        First derivative, minus the second.
    spread : ndarray, shape (p,)
        Diagonal of the first part of the information: what it is a difference from.
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
        result: Floats = self.squares[:, None] * self.s1 - self.tied_squares[:, None] * self.d1
        return result

    @property
    def tied_drift(self) -> Floats:
        """Sum over l of wbar f a_l xbar_l, shape (K, p)."""
        result: Floats = self.tied_squares[:, None] * self.s1 - self.tied_twice[:, None] * self.d1
        return result

    @property
    def expected(self) -> Floats:
        """Sum over l of wbar xbar_l, shape (K, p)."""
        result: Floats = self.hazard[:, None] * self.s1 - self.tied_hazard[:, None] * self.d1
        return result


def evaluate(grid: Grid, beta: Floats) -> State | None:
    """Return the state at `beta`; None where sums leave the range of floats or a risk set is lost."""
    eta = np.einsum("ij,j->i", grid.x, beta)  # as fast as BLAS here, and no wait for its threads
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
    result: Floats = parts.sum(axis=0) if g is None else g @ parts
    return result


def information_parts(grid: Grid, state: State, g: Floats | None) -> tuple[Floats, Floats]:
    """Both parts of the information with each slot's part multiplied by g, shapes (p, p)."""
    one = np.ones(grid.slots) if g is None else g
    gone_through = grid.gone_through(one * state.hazard)
    gone_through[grid.event] -= (one * state.tied_hazard)[grid.event_slot]
    first = gram(grid.x, state.theta * gone_through)
    crossed = state.s1.T @ ((one * state.tied_squares)[:, None] * state.d1)
    second = state.s1.T @ ((one * state.squares)[:, None] * state.s1) - crossed - crossed.T
    second += state.d1.T @ ((one * state.tied_twice)[:, None] * state.d1)
    return first, second

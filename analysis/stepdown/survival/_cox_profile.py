"""Profile-likelihood limits of a coefficient.

The limits are where 2 [logL(estimate) - max over the others of logL(b_j)] equals the chi-square quantile on
one degree of freedom; a limit the likelihood never falls to (separation) is infinite.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from stepdown.survival._cox_grid import Grid
from stepdown.survival._cox_input import Covariates
from stepdown.survival._cox_likelihood import evaluate
from stepdown.survival._cox_newton import Optimum, climb
from stepdown.survival._input import Floats
from stepdown.survival._intervals import normal_quantile

FARTHEST = 40.0
"""Distance from the estimate, in log hazard ratios a standard deviation, beyond which a limit is infinite."""


def profile_table(grid: Grid, best: Optimum, x: Covariates, level: float) -> pd.DataFrame:
    """Limits of all terms, in the units of the caller's covariates."""
    z = normal_quantile(level)
    rows = [[_limit(grid, best, column, side, z) for side in (-1, 1)] for column in range(len(x.terms))]
    limits = np.array(rows) / x.scale[:, None]
    coef = np.where(best.runaway, np.copysign(np.inf, best.state.beta), best.state.beta / x.scale)
    table = {"coef": coef, "low": limits[:, 0], "high": limits[:, 1]}
    return pd.DataFrame(table, index=pd.Index(x.terms, name="term"))


def _limit(grid: Grid, best: Optimum, column: int, side: int, z: float) -> float:
    distance = _distance(grid, best, column, side)
    far = 1.0
    if best.runaway[column]:
        if side == np.sign(best.state.beta[column]):
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


def _distance(grid: Grid, best: Optimum, column: int, side: int) -> Callable[[float], float]:
    """Signed root of the likelihood ratio at a step from the estimate, others at their best."""
    free = np.ones(len(best.state.beta), dtype=bool)
    free[column] = False
    none: Floats = np.zeros(len(free))

    def distance(step: float) -> float:
        beta = best.state.beta.copy()
        beta[column] += side * step
        start = evaluate(grid, beta)
        if start is None:
            return np.inf
        state = climb(grid, start, none, free)[0] if free.any() else start
        return float(np.sqrt(max(0.0, 2 * (best.state.loglik - state.loglik))))

    return distance

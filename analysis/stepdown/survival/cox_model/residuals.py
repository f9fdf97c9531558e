"""Residuals of a Cox regression, and the influence of people on its coefficients.

Row i (weight w_i, event d_i on slot s_i) has weighted martingale residual and score residual

    c_i = w_i d_i - theta_i (H_i - d_i h'(s_i))
    u_i = c_i x_i - w_i d_i xbar(s_i) + theta_i (Z_i - d_i z'(s_i))

with H_i and Z_i the sums of h and of wbar sum_l a_l xbar_l while at risk, z' the same with f, and xbar(s)
the mean of the xbar_l of a slot. This is w_i times the derivative of the score with respect to w_i (ties
included, as in R's coxph). Influence on the coefficients is u_i I^-1; the robust variance is the sum of
squares over clusters (rows, where none are given), without a factor G / (G - 1). Weights are treated as
known.

References
----------
Lin DY, Wei LJ (1989), JASA 84:1074-1078. Binder DA (1992), Biometrika 79:139-147. Therneau TM, Grambsch PM
(2000), Modeling Survival Data, ch. 4 and 7.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.cox_model.partial_likelihood import State
from stepdown.survival.cox_model.risk_sets import BLOCK, Grid


def martingale(grid: Grid, state: State, g: Floats | None = None) -> Floats:
    """Weighted martingale residuals c, shape (m,); each slot's part multiplied by g where given."""
    one = np.ones(grid.slots) if g is None else g
    spent = grid.while_at_risk(one * state.hazard)
    spent *= -state.theta
    own = grid.event_slot
    spent[grid.event] += state.theta[grid.event] * (one * state.tied_hazard)[own]
    spent[grid.event] += grid.weight[grid.event] * one[own]
    return spent


def score_residuals(
    grid: Grid, state: State, *, cluster: Ints | None = None, clusters: int = 0, g: Floats | None = None
) -> Floats:
    """Score residuals u, summed within clusters where given: shape (clusters, p), or (m, p)."""
    one = np.ones(grid.slots) if g is None else g
    c = martingale(grid, state, g)
    mean = one[:, None] * state.expected * inverse(grid.weighted)[:, None]
    tied = one[:, None] * state.tied_drift
    rows = grid.x * c[:, None]
    grid.add_while_at_risk(rows, one[:, None] * state.drift, state.theta)
    for start in range(0, len(grid.event), BLOCK):
        event, slot = grid.event[start : start + BLOCK], grid.event_slot[start : start + BLOCK]
        rows[event] -= grid.weight[event, None] * mean[slot] + state.theta[event, None] * tied[slot]
    return rows if cluster is None else by_cluster(rows, cluster, clusters)


def by_cluster(rows: Floats, cluster: Ints, clusters: int) -> Floats:
    """Return sums of rows within clusters, shape (clusters, p)."""
    bounds = np.arange(len(rows) + 1, dtype=np.int32)
    parts = (np.ones(len(rows)), cluster.astype(np.int32), bounds)
    return np.asarray(sparse.csc_array(parts, shape=(clusters, len(rows))) @ rows)


def schoenfeld(grid: Grid, state: State) -> Floats:
    """Covariates less their mean over those at risk, shape (events, p), in the order of `grid.event`."""
    mean = state.expected * inverse(grid.weighted)[:, None]
    return grid.x[grid.event] - mean[grid.event_slot]

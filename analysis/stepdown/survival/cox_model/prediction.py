"""Baseline hazard and predicted survival curves of a Cox regression.

With h(s) = wbar sum_l a_l (the Breslow estimator, or its form with Efron's terms) a row x has
L(t) = exp(x b) sum_{s <= t} h(s) and S(t) = exp(-L(t)). With q = exp(x b) [x sum h - sum_s wbar sum_l a_l
xbar_l],

    plain    Var L = exp(2 x b) sum_{s <= t} sum_l a_l^2 + q' I^-1 q                             (Tsiatis)
    robust   Var L = sum_clusters (exp(x b) v_i + q' I^-1 u_i)^2,
             v_i = w_i d_i h(s_i) / d(s_i) - theta_i (sum A over time at risk - d_i B(s_i))

summed over G clusters it is times G / (G - 1), with limits by t on G - 1 degrees of freedom (unless the fit's
correction is "none"); v_i being w_i times the derivative of sum h with respect to w_i, d(s) the weighted
events of a slot, A and B those of `cox_model.partial_likelihood`.

References
----------
Tsiatis AA (1981), Ann Stat 9:93-108. Reid N, Crepeau H (1985), Biometrika 72:1-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import known_se, survival_interval
from stepdown.survival.core.data_frames import check_indexes
from stepdown.survival.core.day_grid import BEFORE, BEYOND, BROKEN, inverse
from stepdown.survival.core.sample import TIE_TOLERANCE, Faults, Floats, Ints, check_times, numbers, several
from stepdown.survival.cox_model.design_matrix import CoxInput, as_matrix, check_finite
from stepdown.survival.cox_model.partial_likelihood import State
from stepdown.survival.cox_model.risk_sets import Grid

NO_VARIANCE = "the coefficients have no finite variance"
NO_EVENTS = "no events by then"
FARTHEST = 300.0
"""Log hazard ratio to the mean of the fitted rows beyond which squares overflow."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """The parts of a fit that a prediction needs.

    `inverse` is I^-1 and `rows` the influence on the coefficients (clusters or rows x p; None where the fit
    is not robust), both in standardized units; `hazard` gives the influence of rows on sum g h for values g
    of the slots; `cluster` is that of those rows; `lost` where coefficients have no (finite) variance;
    `degrees` those of t with clusters, 0 for the normal distribution; `caution` what to say of few clusters.
    """

    given: CoxInput
    grid: Grid
    state: State
    inverse: Floats
    rows: Floats | None
    hazard: Callable[[Floats], Floats]
    cluster: Ints | None
    level: float
    lost: bool
    degrees: int = 0
    caution: str = ""


def baseline_table(given: CoxInput, grid: Grid, state: State) -> pd.DataFrame:
    """Hazard at X = 0 and offset 0 by stratum and day with an event."""
    moved = float(given.x.place(np.zeros(len(given.x.terms))) @ state.beta) - _mean_offset(given)
    hazard = state.hazard * np.exp(moved)
    shown = grid.day >= 0
    stratum, time = [given.strata[code] for code in grid.stratum[shown]], given.sample.grid[grid.day[shown]]
    columns = {"stratum": stratum, "time": time, "hazard": hazard[shown]}
    return pd.DataFrame(columns | {"cumulative": grid.so_far(hazard)[shown]})


def predicted(
    fit: Fitted,
    x: ArrayLike | pd.DataFrame,
    times: ArrayLike,
    strata: ArrayLike | None,
    offset: ArrayLike | None,
    conf: str,
) -> pd.DataFrame:
    """Survival of new rows at given days."""
    given, state = fit.given, fit.state
    check_indexes({"X": x, "strata": strata, "offset": offset})
    values = new_rows(given, x)
    days = check_times("times", *several(times))
    stratum = _new_strata(given, strata, len(values))
    faults = Faults()
    shift = np.zeros(len(values)) if offset is None else numbers("offset", offset, faults)
    faults.stop()
    if shift.shape != (len(values),) or not np.all(np.isfinite(shift)):
        raise EstimateError("offset must hold one finite number for each row of X.")
    place = given.x.place(values)
    predictor = place @ state.beta + shift - _mean_offset(given)
    if not np.all(np.abs(predictor) < FARTHEST):
        raise EstimateError("X is so far from the rows of the fit that it has no curve. Check its units.")
    risk = np.exp(predictor)
    parts = []
    for code in np.unique(stratum):
        rows = np.flatnonzero(stratum == code)
        parts += [_at_day(fit, int(code), float(day), rows, place[rows], risk[rows]) for day in days]
    if not parts:
        raise EstimateError("X has no rows. Give one row for each person to be predicted.")
    table = pd.concat(parts).sort_values(["row", "time"], kind="stable", ignore_index=True)
    low, high = survival_interval(
        table["estimate"].to_numpy(), table["std_error"].to_numpy(), conf, fit.level, fit.degrees
    )
    table.insert(4, "conf_low", low)
    table.insert(5, "conf_high", high)
    return table


def new_rows(given: CoxInput, x: ArrayLike | pd.DataFrame) -> Floats:
    """Return new rows as a matrix in the order of the fit's terms."""
    if isinstance(x, pd.Series) and len(given.x.coding.columns) == 1:
        x = x.to_frame(given.x.coding.columns[0])
    if isinstance(x, pd.DataFrame):
        missing = [name for name in given.x.terms if name not in set(map(str, x.columns))]
        if missing and given.x.coding.columns:
            x, missing = given.x.coding.apply(x), []
        if missing:
            raise EstimateError(f"X lacks the columns {', '.join(missing)}. Give every term of the fit.")
        x = x.set_axis([str(name) for name in x.columns], axis=1)[list(given.x.terms)]
    faults = Faults()
    terms, values = as_matrix(x, faults)
    faults.stop()
    if values.shape[1] != len(given.x.terms):
        found = f"X has {values.shape[1]} columns where the fit has {len(given.x.terms)} terms"
        raise EstimateError(f"{found}. Give one per term.")
    check_finite(terms, values, faults)
    faults.stop()
    return values


def hazard_influence(fit: Fitted, upto: Ints) -> Floats:
    """Influence on sum h over the slots in `upto`, by cluster or row (v in the module docstring)."""
    g = np.zeros(fit.grid.slots)
    g[upto] = 1.0
    values = fit.hazard(g)
    if fit.cluster is None or fit.rows is None:
        return values
    return np.bincount(fit.cluster, values, len(fit.rows)).astype(float)


def row_hazard_influence(grid: Grid, state: State, g: Floats) -> Floats:
    """Influence of each row on sum g h over all slots, with b fixed; g of shape (K,)."""
    own, event = grid.event_slot, grid.event
    values = -state.theta * grid.while_at_risk(g * state.squares)
    direct = grid.weight[event] * (state.hazard * inverse(grid.weighted))[own]
    values[event] += g[own] * (direct + state.theta[event] * state.tied_squares[own])
    return values


def undefined_reason(given: CoxInput, stratum: int, day: float) -> str:
    """Return why a stratum's curve is not defined on a day; empty where it is."""
    own, sample = given.stratum == stratum, given.sample
    left = np.cumsum(np.bincount(sample.stop[own], minlength=len(sample.grid)))
    slack = 1 + TIE_TOLERANCE
    if day > sample.grid[sample.stop[own].max()] * slack:
        return BEYOND
    if sample.start is None:
        return ""
    entered = np.cumsum(np.bincount(sample.start[own], minlength=len(sample.grid)))
    opened = sample.start[own].min()
    if day * slack < sample.grid[opened]:
        return BEFORE
    empty = np.flatnonzero(entered[opened:] == left[opened:])
    return BROKEN if day > sample.grid[opened + empty[0]] * slack else ""


def _at_day(fit: Fitted, stratum: int, day: float, rows: Ints, place: Floats, risk: Floats) -> pd.DataFrame:
    grid, state = fit.grid, fit.state
    own = np.flatnonzero((grid.stratum == stratum) & (grid.day >= 0))
    held = fit.given.sample.grid[grid.day[own]]
    upto = own[held <= day * (1 + TIE_TOLERANCE)]
    total = float(state.hazard[upto].sum())
    estimate = np.exp(-risk * total)
    note = undefined_reason(fit.given, stratum, day)
    if note:
        estimate = np.full(len(rows), np.nan)
    elif not len(upto):
        note = NO_EVENTS
    elif fit.lost:
        note = NO_VARIANCE
    q = risk[:, None] * (place * total - state.drift[upto].sum(axis=0))
    if fit.rows is None:
        variance = risk**2 * state.squares[upto].sum()
        variance = variance + np.einsum("ij,jk,ik->i", q, fit.inverse, q)
    else:
        own_part = hazard_influence(fit, upto)
        variance = risk**2 * (own_part @ own_part) + 2 * risk * (q @ (fit.rows.T @ own_part))
        variance = variance + np.einsum("ij,jk,ik->i", q, fit.rows.T @ fit.rows, q)
    inflation = (fit.degrees + 1) / fit.degrees if fit.degrees else 1.0
    se = known_se(estimate, estimate**2 * np.maximum(inflation * variance, 0))
    if note:
        se = np.full(len(rows), np.nan)
    note = "; ".join(text for text in (note, fit.caution) if text)
    return pd.DataFrame({"row": rows, "time": day, "estimate": estimate, "std_error": se, "note": note})


def _new_strata(given: CoxInput, strata: ArrayLike | None, size: int) -> Ints:
    if len(given.strata) == 1 and strata is None:
        return np.zeros(size, dtype=np.int64)
    if strata is None:
        raise EstimateError("The fit has strata, each with its own baseline. Give strata for the rows of X.")
    codes = pd.Index(given.strata).get_indexer(pd.Index(np.atleast_1d(np.asarray(strata))))
    if len(codes) != size or np.any(codes < 0):
        raise EstimateError("strata must hold, for each row of X, a stratum of the fit.")
    return codes.astype(np.int64)


def _mean_offset(given: CoxInput) -> float:
    return 0.0 if given.offset is None else float(given.offset.mean())

"""Influence functions and the variances computed from them.

All estimates are functions of the hazards h_c(s) = d_c(s) / Y(s). With the gradient
D_c(s) of an estimate with respect to them, the influence of person i (weight w_i, event of cause c_i on
day T_i, entry e_i) is

    u_i = w_i [ D_{c_i}(T_i) / Y(T_i) - sum_{e_i < s <= T_i} sum_c D_c(s) h_c(s) / Y(s) ]

the infinitesimal jackknife: w_i times the derivative of the estimate with respect to w_i. It is linear
in people, and costs O(people + days) for each estimate. The variance is sum_g (sum_{i in g} u_i)^2 over
clusters g (people, where none are given), without the factor G / (G - 1), as R's survfit has it.
Weights are treated as known.

People of an arm who share first day, last day and outcome share their influence except for the weight. So
sums of products over people, or over clusters of people, are sums over these kinds, and their cost depends
on days, not on people.

References
----------
Therneau TM, Crowson C, Atkinson E (2024), survival vignette "Methods and multi-state variance".
Andersen PK, Borgan O, Gill RD, Keiding N (1993), Statistical Models Based on Counting Processes, IV.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from stepdown.survival.core.day_grid import ArmDays, inverse
from stepdown.survival.core.sample import Bools, Floats, Ints

ROUNDING = 1e-14
"""Share of all squares added and subtracted below which a variance is rounding error."""


def influence(arm: ArmDays, gradient: Floats) -> Floats:
    """Return each row's influence on an estimate, shape (m,), from its gradient, shape (K, C)."""
    scaled = gradient * inverse(arm.at_risk)[:, None]
    spent = np.concatenate([[0.0], np.cumsum((scaled * arm.hazard).sum(axis=1))])
    own = np.zeros(len(arm.stop))
    event = arm.cause > 0
    own[event] = scaled[arm.stop[event], arm.cause[event] - 1]
    result: Floats = arm.weight * (own - (spent[arm.stop + 1] - spent[arm.start]))
    return result


def increments_variance(arm: ArmDays, gradient: Floats) -> float:
    """Variance by independent increments (Greenwood): sum_s [sum_c D_c^2 h_c - (sum_c D_c h_c)^2] / Y."""
    hazard = arm.hazard
    spread = (gradient**2 * hazard).sum(axis=1) - (gradient * hazard).sum(axis=1) ** 2
    return float((spread * inverse(arm.at_risk)).sum())


def clustered_variance(values: Floats, cluster: Ints | None) -> float:
    """Sum of squared influence, summed within clusters first."""
    if cluster is None:
        return float(values @ values)
    sums = np.bincount(cluster, weights=values)
    return float(sums @ sums)


def greenwood(arm: ArmDays) -> Floats:
    """Greenwood's variance of S on every day, shape (K,): S^2 sum d / (Y (Y - d)); 0 where S is 0."""
    return arm.survival**2 * _spent(arm)[0]


def survival_variance(arm: ArmDays) -> Floats:
    """Influence-function variance of S on every day, shape (K,), in O(rows log rows).

    The influence of a person on S(t) is -S(t) (x + y A(t)), with A and the method of
    `incidence_variance`. Separate from 1 - F because it stays exact where S is close to 0.
    """
    return arm.survival**2 * _squares_by_day(arm, *_spent(arm))


def hazard_variance(arm: ArmDays) -> Floats:
    """Influence-function variance of H = sum d / Y on every day, shape (K,), in O(rows log rows).

    The influence on H(t) is w [event / Y(T) - sum_{e < s <= min(T, t)} d / Y^2]: that on S with 1 / Y in
    the place of 1 / (Y - d), without the factor -S(t).
    """
    leaving = inverse(arm.at_risk)
    spent: Floats = np.cumsum(arm.events.sum(axis=1) * leaving**2)
    return _squares_by_day(arm, spent, leaving)


def _squares_by_day(arm: ArmDays, spent: Floats, leaving: Floats) -> Floats:
    at_entry = np.concatenate([[0.0], spent])[arm.start]
    own = leaving[arm.stop] * (arm.cause > 0)
    walk = _Walk.of(arm.stop, arm.start, arm.cluster, len(arm.times))
    level = walk.states(arm.weight * at_entry, arm.weight * (own - spent[arm.stop]))
    held = walk.states(-arm.weight, arm.weight)
    squares = walk.total(level, level) + 2 * spent * walk.total_held(level, held)
    squares += spent**2 * walk.total_held(held, held)
    gross = walk.gross(level) + spent**2 * walk.gross(held, from_end=True)
    return _without_rounding(squares, gross)


def incidence_variance(arm: ArmDays) -> Floats:
    """Influence-function variance of every F_c on every day, shape (K, C), in O(rows log rows)."""
    causes = range(arm.events.shape[1])
    return growth_variance(arm, Ends.of(arm), [(arm.hazard[:, c], arm.cause == c + 1) for c in causes])


@dataclass(frozen=True, eq=False)
class Ends:
    """Terminal events, with d their number by day and S their survival curve.

    Attributes
    ----------
    before : ndarray, shape (K,)
        S(s-).
    spent, leaving : ndarray, shape (K,)
        A(t) = sum_{s<=t} d / (Y (Y - d)), and 1 / (Y - d).
    rows : ndarray of bool, shape (m,)
        Rows that end with one.
    """

    before: Floats
    spent: Floats
    leaving: Floats
    rows: Bools

    @classmethod
    def of(cls, arm: ArmDays) -> Ends:
        """Take all events of an arm as terminal."""
        return cls(arm.before, *_spent(arm), arm.cause > 0)


def growth_variance(arm: ArmDays, ends: Ends, counted: Sequence[tuple[Floats, Bools]]) -> Floats:
    """Influence-function variance of F(t) = sum_{s <= t} S(s-) h(s) on every day, shape (K, counted).

    With A of `Ends`, G(t) = F(t) - F(end) and V(t) = sum_{s<=t} [A(s-) - 1 / Y(s)] dF(s), the influence of
    a person on F(t) is x + y G(t) + z V(t), where x, y and z change only at entry and at exit. So the
    squares summed over clusters, on all days, are six sums of jumps for each F. (G is counted from the end
    because A grows as G falls: their products stay small.) `counted` holds, of each F, the hazard h, shape
    (K,), and the rows that end with its event, shape (m,).
    """
    stop, start, weight, spent = arm.stop, arm.start, arm.weight, ends.spent
    at_entry = np.concatenate([[0.0], spent])[start]
    own = ends.leaving[stop] * ends.rows
    walk = _Walk.of(stop, start, arm.cluster, len(arm.times))
    slope = walk.states(-weight * at_entry, weight * (spent[stop] - own))
    held = walk.states(weight, -weight)
    slope_size, held_size = walk.gross(slope), walk.gross(held, from_end=True)
    shared = (walk.total(slope, slope), walk.total_held(slope, held), walk.total_held(held, held))
    result = np.empty((len(arm.times), len(counted)))
    for column, (hazard, events) in enumerate(counted):
        jump = ends.before * hazard
        to_come = np.cumsum(jump[::-1])[::-1]
        curve = np.append(-to_come[1:], 0.0)
        drift = np.cumsum((np.concatenate([[0.0], spent[:-1]]) - inverse(arm.at_risk)) * jump)
        curve_in, drift_in = np.append(-to_come, 0.0)[start], np.concatenate([[0.0], drift])[start]
        direct = (ends.before * inverse(arm.at_risk))[stop] * events
        leave = drift[stop] - (spent[stop] - own) * curve[stop] + direct
        level = walk.states(weight * (at_entry * curve_in - drift_in), weight * leave)
        squares = (
            walk.total(level, level)
            + 2 * curve * walk.total(level, slope)
            + 2 * drift * walk.total_held(level, held)
            + curve**2 * shared[0]
            + 2 * curve * drift * shared[1]
            + drift**2 * shared[2]
        )
        gross = walk.gross(level) + curve**2 * slope_size + drift**2 * held_size
        result[:, column] = _without_rounding(squares, gross)
    return result


def _without_rounding(variance: Floats, gross: Floats) -> Floats:
    """Return the variance; 0 where it is no more than rounding error of the squares that make it up."""
    return np.where(variance > ROUNDING * gross, variance, 0.0)


def _spent(arm: ArmDays) -> tuple[Floats, Floats]:
    """A(t) = sum_{s<=t} d / (Y (Y - d)) and 1 / (Y - d) on every day, shape (K,)."""
    leaving = inverse(arm.at_risk * arm.staying)
    spent: Floats = np.cumsum(arm.events.sum(axis=1) * inverse(arm.at_risk) * leaving)
    return spent, leaving


@dataclass(frozen=True, eq=False)
class _Walk:
    """The entries and exits of all people, in order of cluster and day."""

    day: Ints
    days: int
    order: Ints | None
    opening: Ints | None
    size: Ints | None

    @classmethod
    def of(cls, stop: Ints, start: Ints, cluster: Ints | None, days: int) -> _Walk:
        day = np.concatenate([start, stop])
        if cluster is None:
            return cls(day, days, None, None, None)
        key = np.concatenate([cluster, cluster]) * days + day
        order = np.argsort(key, kind="stable")
        group = key[order] // days
        opening = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
        return cls(day[order], days, order, opening, np.diff(np.append(opening, len(day))))

    def states(self, entering: Floats, leaving: Floats) -> tuple[Floats, Floats]:
        """State of the cluster before and after each entry and exit."""
        if self.order is None or self.opening is None or self.size is None:
            nothing = np.zeros_like(entering)
            return np.concatenate([nothing, entering]), np.concatenate([entering, entering + leaving])
        jump = np.concatenate([entering, leaving])[self.order]
        after = np.cumsum(jump)
        carried = np.concatenate([[0.0], after])[self.opening]
        after -= np.repeat(carried, self.size)
        return after - jump, after

    def total(self, one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
        """Products of two states, summed over clusters, on every day."""
        return np.cumsum(self._changes(one, other))

    def total_held(self, one: tuple[Floats, Floats], held: tuple[Floats, Floats]) -> Floats:
        """Sum products of a state and one that ends at 0, from the end: late days keep their digits."""
        later = np.cumsum(self._changes(one, held)[::-1])[::-1]
        return np.append(-later[1:], 0.0)

    def gross(self, state: tuple[Floats, Floats], *, from_end: bool = False) -> Floats:
        """Sum of the squares that the running total of a state has added and subtracted."""
        squares = np.bincount(self.day, weights=state[0] ** 2 + state[1] ** 2, minlength=self.days)
        if from_end:
            return np.cumsum(squares[::-1])[::-1].astype(float)
        return np.cumsum(squares).astype(float)

    def _changes(self, one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
        change = one[1] * other[1] - one[0] * other[0]
        return np.bincount(self.day, weights=change, minlength=self.days).astype(float)


def kinds(arm: ArmDays) -> tuple[Ints, Ints]:
    """Return one row of each kind, and the kind of each row."""
    keys = (arm.stop * (len(arm.times) + 1) + arm.start) * (arm.events.shape[1] + 1) + arm.cause
    _, where, kind = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(where), np.asarray(kind)


def products(values: Floats, kind: Ints, weight: Floats, cluster: Ints | None) -> Floats:
    """Return sum_g U_g' U_g over clusters g (people, where none are given), shape (P, P).

    Parameters
    ----------
    values : ndarray, shape (kinds, P)
        Influence of a person of each kind and of weight 1.
    kind, weight, cluster : ndarray, shape (m,)
        Kind, weight and cluster of each row.
    """
    if cluster is None:
        held = np.bincount(kind, weights=weight**2)
        return np.asarray((values * held[:, None]).T @ values)
    by_cluster = sparse.coo_array((weight, (cluster, kind))).tocsr()
    return np.asarray(values.T @ ((by_cluster.T @ by_cluster) @ values))


def symmetric_root(covariance: Floats) -> Floats:
    """Return R = R' with R R = covariance: the one root whose signs rounding cannot change."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T)

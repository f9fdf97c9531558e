"""The risk under one strategy: values by backward recursion, one step of correction, derivatives by a sweep.

A person who has not started care by day t - 1, or started after the grace period, is in state U = K + 1; one
who started on day s <= K is in state s from day s + 1. With h1 and h2 the hazards of relapse and of competing
events in a state, h = h1 + h2, and a functional that counts `relapse` for a relapse and `survived` for each
day without an event (risk: 1 and 0; event-free days: 0 and 1),

    V_t = relapse h1_t + (1 - h_t) N_t,   N_t = survived + V_{t+1} in the next state,

where under a strategy that makes people start the next state of U on day t <= K is t with chance q_t. The
plug-in estimate is the mean of V_0 (the g-formula), and

    phi_i = V_0i + sum_t A_it,   A_it = W_it { relapse (dN1 - h1) - N (dN - h) }

is what the doubly robust estimate averages (W: weights on the scale of probabilities). `StrategyValues` also
holds the derivatives of sum phi in the two hazards' coefficients and in q, by one sweep from day 0 on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.compare.clone_censor_weight.daily_hazard import DailyHazard

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CHUNK = 1500


@dataclass(frozen=True, kw_only=True)
class Functional:
    """What is counted: `relapse` for a relapse by the last day, `survived` for every day without an event.

    `constant` is added to the mean: the day 0 that everybody has.
    """

    last: int
    relapse: float
    survived: float
    constant: float = 0.0


def risk_by(day: int) -> Functional:
    """Return the functional of the risk of relapse by a day."""
    return Functional(last=day, relapse=1.0, survived=0.0)


def event_free_days(day: int) -> Functional:
    """Return the functional of the mean event-free days up to a day: the area under the curve."""
    return Functional(last=day - 1, relapse=0.0, survived=1.0, constant=1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class CourseByDay:
    """What happened to each person, by day.

    Attributes
    ----------
    group : array of int (n,)
        Day of start, or K + 1 for those who did not start by day K.
    grace : int
        Last day of the grace period, K.
    at_risk : array of bool (n, horizon + 1)
        At risk of an event on each day; never on day 0.
    relapse, competing : array of bool (n, horizon + 1)
        What happened on each day.
    """

    group: Ints
    grace: int
    at_risk: Bools
    relapse: Bools
    competing: Bools

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.group)

    def chunks(self) -> list[slice]:
        """Return pieces of the people that are computed together."""
        return [slice(first, min(first + CHUNK, self.size)) for first in range(0, self.size, CHUNK)]

    def state(self, rows: slice, last: int) -> Ints:
        """Return the state of some people at the start of days 1 to `last`, shape (rows, last)."""
        days, group = np.arange(1, last + 1)[None], self.group[rows][:, None]
        return np.where((days > group) & (group <= self.grace), group, self.grace + 1)


def expected_at_risk(
    course: CourseByDay, hazards: tuple[DailyHazard, DailyHazard], start: Floats | None
) -> Floats:
    """Return how many people the strategy would have at risk on each day, by the model.

    Parameters
    ----------
    course : CourseByDay
        The people.
    hazards : tuple of DailyHazard
        Of relapse and of competing events, by group.
    start : array (n, K + 1) or None
        Chance to start on each day that the strategy gives those who have not; None where it keeps all from
        starting.
    """
    horizon, grace = course.at_risk.shape[1] - 1, course.grace
    out = np.zeros(horizon + 1)
    for rows in course.chunks():
        stay = 1 - hazards[0].in_every_group(rows) - hazards[1].in_every_group(rows)
        there = np.zeros(stay.shape[1:])
        there[-1] = 1.0
        _move(there, None if start is None else start[rows, 0], 0)
        for day in range(1, horizon + 1):
            out[day] += there.sum()
            there *= stay[day]
            _move(there, None if start is None or day > grace else start[rows, day], day)
    return out


def _move(there: Floats, start: Floats | None, day: int) -> None:
    """Move those who start on a day from the last state to that of the day."""
    if start is not None:
        there[day] += there[-1] * start
        there[-1] = there[-1] * (1 - start)


@dataclass(frozen=True, eq=False, kw_only=True)
class StrategyValues:
    """Contributions to a functional under a strategy, and their derivatives.

    Attributes
    ----------
    plug_in : array (n,)
        Values by the hazards alone.
    correction : array (n, horizon + 1)
        What each day adds to the plug-in value.
    coefficients : tuple of array
        Derivative of the sum in the coefficients of each hazard.
    own : tuple of array (n,)
        For each hazard, the derivative of each person's contribution along that person's influence.
    start : array (n, K + 1)
        Derivative of each person's plug-in value in the chances to start.
    """

    plug_in: Floats
    correction: Floats
    coefficients: tuple[Floats, Floats]
    own: tuple[Floats, Floats]
    start: Floats


def strategy_values(
    course: CourseByDay,
    hazards: tuple[DailyHazard, DailyHazard],
    functional: Functional,
    *,
    start: Floats | None,
    weights: Floats,
) -> StrategyValues:
    """Return the contributions to a functional under a strategy.

    Parameters
    ----------
    course : CourseByDay
        The people.
    hazards : tuple of DailyHazard
        Of relapse and of competing events, by group.
    functional : Functional
        What is counted.
    start : array (n, K + 1) or None
        As for `expected_at_risk`.
    weights : array (n, horizon + 1)
        Weights on the scale of probabilities; 0 where not at risk.
    """
    n = course.size
    plug_in, correction = np.empty(n), np.zeros(weights.shape)
    by_start = np.zeros((n, course.grace + 1))
    totals = tuple(np.zeros(one.predictor.size) for one in hazards)
    own = (np.zeros(n), np.zeros(n))
    for rows in course.chunks():
        piece = _Chunk(course, hazards, functional, rows, start, weights)
        plug_in[rows] = piece.plug_in
        correction[rows, 1 : functional.last + 1] = piece.correction
        by_start[rows], effects = piece.adjoints()
        for total, mine, hazard, effect in zip(totals, own, hazards, effects, strict=True):
            predictor = hazard.predictor
            a, z, _ = predictor.parts
            shared = np.einsum("tgm,gtp->mp", effect, predictor.basis[:, : functional.last + 1])
            alone = effect.sum(axis=(0, 1))
            total[a] += shared.sum(axis=0)
            total[z] += alone @ predictor.covariates[rows]
            influence = hazard.influence[rows]
            mine[rows] = (shared * influence[:, a]).sum(axis=1)
            mine[rows] += alone * (predictor.covariates[rows] * influence[:, z]).sum(axis=1)
    return StrategyValues(
        plug_in=plug_in, correction=correction, coefficients=(totals[0], totals[1]), own=own, start=by_start
    )


class _Chunk:
    """One chunk of people: arrays (days, states, people), days 0 to the last."""

    def __init__(
        self,
        course: CourseByDay,
        hazards: tuple[DailyHazard, DailyHazard],
        functional: Functional,
        rows: slice,
        start: Floats | None,
        weights: Floats,
    ) -> None:
        last = functional.last
        self.counts, self.last, self.grace = functional, last, course.grace
        self.start = None if start is None else start[rows].T
        self.h1, self.h2 = (one.in_every_group(rows)[: last + 1] for one in hazards)
        self.stay = 1 - self.h1 - self.h2
        self.states, self.people = self.h1.shape[1], self.h1.shape[2]
        self._values()
        self.state = course.state(rows, last)
        self.at = (np.arange(1, last + 1)[None], self.state, np.arange(self.people)[:, None])
        self.weights = weights[rows, 1 : last + 1]
        relapse = course.relapse[rows, 1 : last + 1]
        self.excess = (relapse | course.competing[rows, 1 : last + 1]) - self.h1[self.at] - self.h2[self.at]
        first = functional.relapse * (relapse - self.h1[self.at])
        self.correction = self.weights * (first - self.next[self.at] * self.excess)

    def _starts(self, day: int) -> Floats | None:
        return None if self.start is None or day > self.grace else self.start[day]

    def _values(self) -> None:
        """Find the values of all states, from the last day back."""
        value = np.zeros((self.last + 2, self.states, self.people))
        self.next = np.zeros_like(self.h1)
        for day in range(self.last, 0, -1):
            later = value[day + 1] + self.counts.survived
            starts = self._starts(day)
            if starts is not None:
                later[-1] = starts * later[day] + (1 - starts) * later[-1]
            self.next[day] = later
            value[day] = self.counts.relapse * self.h1[day] + self.stay[day] * later
        self.value = value
        starts = self._starts(0)
        self.plug_in = value[1, -1] if starts is None else starts * value[1, 0] + (1 - starts) * value[1, -1]

    def adjoints(self) -> tuple[Floats, tuple[Floats, Floats]]:
        """Return derivatives of the contributions in the chances to start and the logits of the hazards."""
        adjoint = np.zeros((self.last + 2, self.states, self.people))
        by_start = np.zeros((self.grace + 1, self.people))
        people = np.arange(self.people)
        adjoint[1, -1] = 1.0
        self._start_adjoint(adjoint, by_start, 0, adjoint[1].copy())
        for day in range(1, self.last + 1):
            mine = adjoint[day] * self.stay[day]
            mine[self.state[:, day - 1], people] -= self.weights[:, day - 1] * self.excess[:, day - 1]
            self._start_adjoint(adjoint, by_start, day, mine)
        adjoint = adjoint[:-1]
        effects = []
        for number, hazard in enumerate((self.h1, self.h2)):
            reward = self.counts.relapse if number == 0 else 0.0
            effect = adjoint * (reward - self.next)
            effect[self.at] -= self.weights * (reward - self.next[self.at])
            effect *= hazard * (1 - hazard)
            effect[0] = 0.0
            effects.append(effect)
        return by_start.T, (effects[0], effects[1])

    def _start_adjoint(self, adjoint: Floats, by_start: Floats, day: int, mine: Floats) -> None:
        """Carry derivatives from the value after a day's event to those of the next day."""
        starts = self._starts(day)
        if starts is not None:
            unstarted = mine[-1].copy()
            by_start[day] = unstarted * (self.value[day + 1, day] - self.value[day + 1, -1])
            mine[day] += unstarted * starts
            mine[-1] = unstarted * (1 - starts)
        adjoint[day + 1] = mine

"""Estimating equations under a strategy: weighted Aalen-Johansen, and doubly robust from weights and hazards.

A target is a sum over days at risk: 1 for an event (risk), or 1 for each event-free day (restricted mean).
Its value V at the start of a day follows backward from hazards of the event (h1) and of all events (h):

    V(t) = d + e h1(t) + (1 - h(t)) V+(t),    V+(t) the value once the events of day t are over.

V+ is the value of the next day in the same state; an unstarted person of a strategy that starts has
V+ = q_t V_t + (1 - q_t) V_u, with V_t the value of one started on day t. Each person's residual on day t is

    r_it = e (dN1_it - h1_it) - V+_it (dN_it - h_it),

and the estimate is the mean of V_i0 + sum_t omega_t W_it r_it, with omega_t the expected number at risk under
the strategy over the sum of weights. With hazards of everyone alike, equal to the weighted share with an
event on the day, all residuals sum to zero and the estimate is that of Aalen and Johansen with weights.

Robins JM, Rotnitzky A, Zhao LP (1994), JASA 89:846-866; Bang H, Robins JM (2005), Biometrics 61:962-973.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.compare.grace_period.weight_sums import WeightSums
from stepdown.survival.core.sample import Floats, Ints

SMALLEST = 1e-200  # below the share still free after any follow-up: no division by zero


@dataclass(frozen=True)
class RiskTarget:
    """What is estimated: the risk of the event by a day, or the mean event-free days up to it."""

    estimand: Literal["risk", "rmst"]
    day: int

    @property
    def per_event(self) -> float:
        """Value of an event."""
        return float(self.estimand == "risk")

    @property
    def per_day(self) -> float:
        """Value of an event-free day."""
        return float(self.estimand == "rmst")


@dataclass(frozen=True, eq=False)
class PooledHazards:
    """Hazards of everyone alike: the weighted shares with an event of those at risk, by day.

    Attributes
    ----------
    event, every : array (H + 1,)
        Hazard of the event and of both events.
    ratio : array (H + 1,)
        omega: expected number at risk over the sum of weights.
    """

    event: Floats
    every: Floats
    ratio: Floats

    def value(self, target: RiskTarget) -> tuple[float, Floats]:
        """Return the estimate and V+ of each day up to the target's."""
        after, value = np.zeros(len(self.event)), 0.0
        for day in range(target.day, 0, -1):
            after[day] = value
            value = target.per_day + target.per_event * self.event[day] + (1 - self.every[day]) * after[day]
        return float(value), after


def pooled_hazards(sums: WeightSums, size: float) -> PooledHazards:
    """Return the weighted hazards of each day."""
    some = sums.total > 0
    zero = np.zeros_like(sums.total)
    event = np.divide(sums.event, sums.total, out=zero.copy(), where=some)
    every = event + np.divide(sums.competing, sums.total, out=zero.copy(), where=some)
    free = np.r_[1.0, np.cumprod(1 - every)[:-1]]
    return PooledHazards(event, every, np.divide(size * free, sums.total, out=zero.copy(), where=some))


@dataclass(frozen=True, eq=False)
class StateHazards:
    """Hazards by state of a block under a strategy; states: 0 unstarted, 1 + s started on day s.

    Attributes
    ----------
    strategy : StartStrategy
        The strategy.
    q : array (K + 1, people)
        Chance of a start by day.
    event, competing : array (H + 1, states, people)
        Hazards.
    """

    strategy: StartStrategy
    q: Floats
    event: Floats
    competing: Floats

    def reached(self, day: int) -> slice:
        """Return the states that the strategy can reach at the start of a day."""
        if not self.strategy.starts:
            return slice(0, 1)
        return slice(0, day + 1) if day <= self.strategy.within else slice(1, self.event.shape[1])

    def occupancy(self, count: Floats) -> Floats:
        """Return the expected number at risk at the start of each day, shape (H + 1,).

        Parameters
        ----------
        count : array (people,)
            How often each person counts.
        """
        adjoint, _ = self.forward(None, np.zeros(len(self.event), dtype=np.int64))
        return np.asarray(adjoint[: len(self.event)].sum(axis=1) @ count)

    def backward(self, target: RiskTarget, later: "LaterValues") -> tuple[Floats, Floats, Floats]:
        """Return V_0 (people,), V+ of the grace period and the gain of a start (K + 1, people).

        V+ has shape (K + 1, states, people); what comes after the grace period is in `later`.
        """
        strategy, within = self.strategy, self.strategy.within
        gain, value = np.zeros_like(self.q), later.at_first(target)
        if not strategy.starts:
            return value[0], np.zeros((1, *self.event.shape[1:])), gain
        after = np.zeros((within + 1, *self.event.shape[1:]))
        for day in range(min(target.day, within), 0, -1):
            states, behind = self.reached(day), after[day]
            behind[states] = value[states]
            gain[day] = value[day + 1] - value[0]
            behind[0] = value[0] + self.q[day] * gain[day]
            event, here = self.event[day, states], behind[states]
            value[states] = target.per_day + target.per_event * event
            value[states] += (1 - event - self.competing[day, states]) * here
        gain[0] = value[1] - value[0]
        return value[0] + self.q[0] * gain[0], after, gain

    def forward(self, source: Floats | None, own: Ints) -> tuple[Floats, Floats]:
        """Return the adjoint of V at the start of each day, and that of the value at a start decision.

        Without a source these are the chances of each state and of a decision under the strategy.

        Parameters
        ----------
        source : array (days, people) or None
            Derivative with respect to V+ in the own state, from the residuals.
        own : array of int (H + 1,)
            The own state of the block by day.
        """
        strategy, within = self.strategy, self.strategy.within
        days, states, size = self.event.shape
        adjoint, decision = np.zeros((days + 1, states, size)), np.zeros_like(self.q)
        adjoint[1, 0] = 1 - self.q[0]
        if strategy.starts:
            adjoint[1, 1] = self.q[0]
        decision[0] = 1.0
        for day in range(1, days):
            reached, later = self.reached(day), adjoint[day + 1]
            stay = 1 - self.event[day, reached] - self.competing[day, reached]
            np.multiply(adjoint[day, reached], stay, out=later[reached])
            if source is not None and day < len(source):
                later[own[day]] += source[day]
            if strategy.starts and day <= within:
                decision[day] = later[0]
                later[day + 1] = later[0] * self.q[day]
                later[0] *= 1 - self.q[day]
        return adjoint, decision


class LaterValues:
    """Values once nobody changes state: from the day after the grace period, or day 1 without a start.

    With S the product of 1 - h from that day to the end of day u, and G the sum of S(u-1) (d + e h1(u)) over
    the days to u, the value of a target on day T is V+(u) = (G(T) - G(u)) / S(u), for all targets at once.
    """

    def __init__(self, hazards: StateHazards, targets: Sequence[RiskTarget]) -> None:
        starts = hazards.strategy.starts
        self.first = hazards.strategy.within + 1 if starts else 1
        self.states = slice(1, None) if starts else slice(0, 1)
        event = hazards.event[self.first :, self.states]
        stay = _running(np.multiply, 1 - event - hazards.competing[self.first :, self.states])
        self.free = np.maximum(stay, SMALLEST)
        before = np.concatenate([np.ones_like(stay[:1]), stay[:-1]])
        self.shape = hazards.event.shape[1:]
        self.sums: dict[str, Floats] = {
            one.estimand: _running(np.add, before * event if one.per_event else before.copy())
            for one in {one.estimand: one for one in targets}.values()
        }

    def total(self, target: RiskTarget) -> Floats:
        """Return G(T) by state and person; zero for a target before the first of these days."""
        sums = self.sums[target.estimand]
        place = target.day - self.first
        return np.asarray(sums[place]) if place >= 0 else np.zeros_like(sums[0])

    def at_first(self, target: RiskTarget) -> Floats:
        """Return the value at the start of the first of these days, shape (states, people)."""
        found = np.zeros(self.shape)
        found[self.states] = self.total(target)
        return found

    def own(self, target: RiskTarget, state: int, *, until: int) -> Floats:
        """Return V+ of one state on these days up to `until` (at most the target's), shape (days, people)."""
        days, place = max(until - self.first + 1, 0), state - (self.states.start or 0)
        if place < 0:
            return np.zeros((days, self.shape[1]))
        sums = self.sums[target.estimand][:days, place]
        return np.asarray((self.total(target)[place] - sums) / self.free[:days, place])

    def gradients(
        self, adjoint: Floats, columns: Floats, targets: Sequence[RiskTarget], *, per_event: bool
    ) -> list[Floats]:
        """Return, for each target, the sum over these days and states of adjoint (e - V+) columns.

        Parameters
        ----------
        adjoint : array (H + 1, states, people)
            Derivative with respect to a hazard's predictor, but for the factor e - V+.
        columns : array (H + 1, states, a)
            Columns of the hazard's model.
        targets : sequence of RiskTarget
            The days rise.
        per_event : bool
            Whether e counts: for the hazard of the event, and not for that of competing events.
        """
        adjoint = adjoint[self.first :, self.states]
        weights = adjoint / self.free
        plain = {
            name: weights * sums + (adjoint if per_event and name == "risk" else 0.0)
            for name, sums in self.sums.items()
        }
        columns = np.ascontiguousarray(columns[self.first :, self.states].transpose(1, 0, 2))
        size = (adjoint.shape[1], adjoint.shape[2], columns.shape[2])
        by_weight, by_name = np.zeros(size), {name: np.zeros(size) for name in plain}
        found, done = [], 0
        for target in targets:
            until = max(target.day - self.first + 1, 0)
            if until > done:
                days = slice(done, until)
                by_weight += _over_days(weights[days], columns[:, days])
                for name, values in plain.items():
                    by_name[name] += _over_days(values[days], columns[:, days])
                done = until
            total = self.total(target)[:, :, None]
            found.append((by_name[target.estimand] - total * by_weight).sum(axis=0))
        return found


def _running(combine: np.ufunc, values: Floats) -> Floats:
    """Replace values (days, ...) by running sums or products, faster than `accumulate` on the first axis."""
    for day in range(1, len(values)):
        combine(values[day - 1], values[day], out=values[day])
    return values


def _over_days(values: Floats, columns: Floats) -> Floats:
    """Sum values (days, states, people) times columns (states, days, a) over the days."""
    return np.asarray(np.matmul(values.transpose(1, 2, 0), columns))


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedHazards:
    """Fitted hazards.

    Attributes
    ----------
    event, competing : DayModel
        Of the event and of competing events.
    """

    event: DayModel
    competing: DayModel


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeModels(FittedHazards):
    """Fitted hazards of the event and of competing events, with their odds and columns by day and state.

    Attributes
    ----------
    odds : tuple of array (H + 1, states)
        Factor of the odds by day and state, of each.
    person : tuple of array (n,)
        Factor of the odds by person, of each.
    columns : tuple of array (H + 1, states, a)
        Terms of the day by state, of each.
    """

    odds: tuple[Floats, Floats]
    person: tuple[Floats, Floats]
    columns: tuple[Floats, Floats]

    def hazards(self, block: PeopleBlock, q: Floats, strategy: StartStrategy) -> StateHazards:
        """Return the hazards of a block in the states of a strategy; q has shape (people, K + 1)."""
        states = self.odds[0].shape[1] if strategy.starts else 1
        found = []
        for odds, person in zip(self.odds, self.person, strict=True):
            ratio = odds[:, :states, None] * person[block.rows]
            found.append(ratio / (1 + ratio))
        return StateHazards(strategy, np.ascontiguousarray(q.T), found[0], found[1])


def outcome_models(event: DayModel, competing: DayModel) -> OutcomeModels:
    """Arrange two fits by state: the unstarted (the last start group) first."""
    odds, person, columns = [], [], []
    for model in (event, competing):
        by_group, by_person = model.odds()
        odds.append(np.ascontiguousarray(np.roll(by_group, 1, axis=0).T))
        person.append(by_person)
        columns.append(np.ascontiguousarray(np.roll(model.terms.by_group, 1, axis=0).transpose(1, 0, 2)))
    return OutcomeModels(
        event=event,
        competing=competing,
        odds=(odds[0], odds[1]),
        person=(person[0], person[1]),
        columns=(columns[0], columns[1]),
    )


def own_states(block: PeopleBlock, strategy: StartStrategy, horizon: int) -> Ints:
    """Return the state of the members of a block at the start of each day, shape (H + 1,)."""
    day = np.arange(horizon + 1)
    in_time = block.group <= strategy.within
    return np.where(in_time & (day > block.group), block.group + 1, 0)

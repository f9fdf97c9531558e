"""Each person's influence on an estimate, the fitted models included, with a correction for leverage.

With phi_i a person's contribution, psi its mean, b_im the influence on the parameters of model m and
G_m = sum_i d phi_i / d theta_m, the influence is [phi_i - psi + sum_m b_im' G_m] / n. It is too small for
people who pull the weights and the models towards themselves. With c = 1

    [ phi_i - psi + sum_t A_it ((1 - pi_it)^-c - 1) + sum_m b_im' G_m
      + c sum_m (b_im' H_im u_m - g_im' b_im) ] / n

is the change when the person is left out (A the weighted residual, pi the share of the day's weight, H_im
and g_im the person's information and gradient, u_m = H_m^-1 G_m), to first order in their leverage. c = 1/2
gives about unbiased variances, as HC2 does in linear models (c = 1 is like HC3); Kauermann G, Carroll RJ
(2001), JASA 96:1387-1396. Members of a cluster count as one: their b, pi, H and g are those of the cluster.

The dependence of omega on the models is left out: it multiplies a mean residual near 0.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import pairwise

import numpy as np

from stepdown.compare.grace_period.estimating_equations import (
    FittedHazards,
    LaterValues,
    OutcomeModels,
    RiskTarget,
    StateHazards,
    own_states,
    pooled_hazards,
)
from stepdown.compare.grace_period.model_gradients import ModelGradients
from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays, happened
from stepdown.compare.grace_period.start_laws import StartLaw, start_chance_gradient
from stepdown.compare.grace_period.start_weights import (
    BlockWeights,
    Decisions,
    ObservedDecisions,
    StartModels,
    block_weights,
)
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.compare.grace_period.weight_sums import WeightSums, WeightTally, leverage_gain
from stepdown.compare.processes import in_processes
from stepdown.survival.core.sample import Bools, Floats, Ints

PARTS, IN_PARTS_FROM = 8, 20_000
"""Parts of a large cohort, and its people: always as many, so that no number depends on the processors."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StrategyEstimate:
    """Estimates of one strategy, one per target.

    Attributes
    ----------
    estimate, g_formula, uncapped, augmentation : array (targets,)
        The estimate; from the hazards alone; without the cap; and the mean weighted residual.
    influence : array (n, targets)
        Influence of each person, sorted as the person-days.
    sums : WeightSums
        Sums of weights.
    ratio : array (H + 1,)
        omega by day; 1 for the weighted estimator.
    after_grace : array (n,)
        Weight of each person, sorted as the person-days, on the day after the grace period, if any.
    """

    estimate: Floats
    g_formula: Floats
    uncapped: Floats
    augmentation: Floats
    influence: Floats
    sums: WeightSums
    ratio: Floats
    after_grace: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False, kw_only=True)
class EstimateSetting(ABC):
    """What an estimate of one strategy is computed from, whatever its decisions are.

    Attributes
    ----------
    people : PersonDays
        Follow-up.
    outcome : FittedHazards or None
        Hazards; None for the weighted Aalen-Johansen estimator.
    strategy : StartStrategy
        The strategy, as far as the start of care goes.
    targets : tuple of RiskTarget
        What is estimated.
    cap : float
        Largest product of the factors of decisions.
    leverage : float
        c of the correction: 0 none, 1 the jackknife.
    owner : array of int (n,) or None
        Cluster of each person.
    many : array (n,) or None
        In a replicate, how often each person counts: estimates without any influence.
    """

    people: PersonDays
    outcome: FittedHazards | None
    strategy: StartStrategy
    targets: tuple[RiskTarget, ...]
    cap: float
    leverage: float
    owner: Ints | None
    many: Floats | None = None

    @property
    def count(self) -> Floats:
        """How often each person counts."""
        return np.ones(len(self.people.order)) if self.many is None else self.many

    @property
    @abstractmethod
    def loss(self) -> DayModel | None:
        """Daily chance to be lost; None where nobody is."""

    @abstractmethod
    def decided(self, number: int, block: PeopleBlock) -> ObservedDecisions:
        """Return the decisions of a block, as observed."""

    @abstractmethod
    def weights(self, decisions: ObservedDecisions) -> BlockWeights:
        """Return the weights of a block."""

    @abstractmethod
    def decision_models(self) -> tuple[dict[str, DayModel], dict[str, Ints]]:
        """Return the models of decisions, and the person of each row of those that have other rows."""

    @abstractmethod
    def gradients(
        self,
        block: PeopleBlock,
        made: ObservedDecisions,
        q: Floats,
        weighted: Floats,
        direct: Floats | None,
    ) -> Iterator[tuple[str, PeopleBlock, Floats]]:
        """Yield derivatives with respect to the predictors of the models of decisions.

        Parameters
        ----------
        block : PeopleBlock
            People.
        made : ObservedDecisions
            Their decisions.
        q : array (people, K + 1)
            Chance of a start under the strategy.
        weighted : array (targets, people, days)
            Weighted residuals on days whose weight is below the cap.
        direct : array (targets, people, K + 1) or None
            Gradients of V_0 with respect to q.
        """


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting(EstimateSetting):
    """What an estimate of one start of care is computed from.

    Attributes
    ----------
    models : StartModels
        Models of start and loss.
    decisions : sequence of Decisions
        Their chances by block.
    law : StartLaw
        Start law.
    """

    models: StartModels
    decisions: Sequence[Decisions]
    law: StartLaw

    @property
    def loss(self) -> DayModel | None:
        """Daily chance to be lost."""
        return self.models.loss

    def decided(self, number: int, block: PeopleBlock) -> Decisions:
        """Return the decisions of a block."""
        return self.decisions[number]

    def weights(self, decisions: ObservedDecisions) -> BlockWeights:
        """Return the weights of a block."""
        assert isinstance(decisions, Decisions)
        return block_weights(decisions, self.strategy, law=self.law, cap=self.cap)

    def decision_models(self) -> tuple[dict[str, DayModel], dict[str, Ints]]:
        """Return the models of start and start law."""
        fitted: dict[str, DayModel] = {"start": self.models.start}
        if self.strategy.starts and self.law != "uniform":
            fitted["law"] = self.models.law
        return fitted, {}

    def gradients(
        self,
        block: PeopleBlock,
        made: ObservedDecisions,
        q: Floats,
        weighted: Floats,
        direct: Floats | None,
    ) -> Iterator[tuple[str, PeopleBlock, Floats]]:
        """Yield derivatives with respect to the predictors of start and start law."""
        assert isinstance(made, Decisions)
        later = sums_after(weighted, made.chance.shape[1])
        by_start = later * np.where(made.waited, made.chance, made.chance - 1)
        by_start *= made.started | made.waited
        yield "start", block, by_start
        if self.strategy.starts and self.law != "uniform":
            by_q = by_chance_of_strategy(later, q, made.started, made.waited)
            by_q = by_q if direct is None else by_q + direct
            yield "law", block, start_chance_gradient(self.law, made.law, by_q)


def estimated(setting: EstimateSetting) -> StrategyEstimate:
    """Return the estimates of a setting."""
    sums, expected = weight_sums(setting)
    some = sums.total > 0
    if setting.outcome is None:
        ratio = pooled_hazards(sums, float(setting.count.sum())).ratio
    else:
        ratio = np.divide(expected, sums.total, out=np.zeros_like(expected), where=some)
    gathered = Contributions(setting, sums, ratio, expected)
    gathered.add_all()
    return gathered.result()


def weight_sums(setting: EstimateSetting) -> tuple[WeightSums, Floats]:
    """Return the sums of weights, and the expected number at risk by day (0 without hazards)."""
    tally, count = WeightTally(setting.people, setting.owner, setting.many), setting.count
    expected = np.zeros(setting.people.horizon + 1)
    for number, block in enumerate(setting.people.blocks):
        weights = setting.weights(setting.decided(number, block))
        capped = int((~weights.free & (weights.weight > 0)).any(axis=1).sum())
        tally.add(block, weights.weight, weights.uncapped, capped=capped)
        if isinstance(setting.outcome, OutcomeModels):
            hazards = setting.outcome.hazards(block, weights.q, setting.strategy)
            expected += hazards.occupancy(count[block.rows])
    return tally.result(), expected


class Contributions:
    """Contributions phi of each person and gradients by model, added up block by block."""

    def __init__(self, setting: EstimateSetting, sums: WeightSums, ratio: Floats, expected: Floats) -> None:
        self.setting, self.sums, self.ratio = setting, sums, ratio
        size, targets = len(setting.people.order), len(setting.targets)
        self.phi, self.plain = np.zeros((2, size, targets))
        self.uncapped, self.after_grace = np.zeros(targets), np.zeros(size)
        zero = np.zeros_like(ratio)
        self.ratio_uncapped = np.divide(expected, sums.uncapped, out=zero, where=sums.uncapped > 0)
        outcome = setting.outcome
        fitted, person = setting.decision_models()
        if setting.loss is not None:
            fitted["loss"] = setting.loss
        if outcome is not None:
            fitted |= {"event": outcome.event, "competing": outcome.competing}
        self.through = ModelGradients(
            fitted, size=size, targets=targets, leverage=setting.leverage, person=person
        )
        if outcome is None:
            self.pooled = pooled_hazards(sums, float(setting.count.sum()))
            self.values = [self.pooled.value(target) for target in setting.targets]
            # All that is asked for of people who count several times: their residuals add up to 0.
            self.phi[:] = self.plain[:] = [estimate for estimate, _ in self.values]

    def add_all(self) -> None:
        """Add all blocks; those of a large cohort in parts, by several processes."""
        blocks, size = self.setting.people.blocks, len(self.phi)
        whole = self.setting.many is not None or size < IN_PARTS_FROM or bool(self.through.person)
        ends = np.linspace(0, len(blocks), 2 if whole else PARTS + 1).astype(np.int64)
        parts = [range(first, last) for first, last in pairwise(ends.tolist()) if last > first]
        found = in_processes([partial(self._part, part) for part in parts], people=size)
        self.uncapped = reduce(np.add, [one.uncapped for one in found])
        for one in found:
            self.phi[one.rows], self.plain[one.rows] = one.phi, one.plain
            self.after_grace[one.rows], self.through.own[one.rows] = one.after_grace, one.own
        for name in self.through.gradient:
            self.through.gradient[name] = reduce(np.add, [one.gradient[name] for one in found])

    def _part(self, numbers: range) -> "_Part":
        """Add some blocks alone, and return what they come to."""
        blocks = self.setting.people.blocks
        self.uncapped = np.zeros_like(self.uncapped)
        self.through.gradient = {name: np.zeros_like(one) for name, one in self.through.gradient.items()}
        for number in numbers:
            self.add(blocks[number], self.setting.decided(number, blocks[number]))
        rows = slice(blocks[numbers[0]].rows.start, blocks[numbers[-1]].rows.stop)
        return _Part(
            rows=rows, phi=self.phi[rows], plain=self.plain[rows], after_grace=self.after_grace[rows],
            own=self.through.own[rows], uncapped=self.uncapped, gradient=self.through.gradient,
        )  # fmt: skip

    def add(self, block: PeopleBlock, made: ObservedDecisions) -> None:
        """Add a block."""
        weights = self.setting.weights(made)
        self.after_grace[block.rows] = weights.weight[:, self.setting.strategy.within + 1]
        outcome = self.setting.outcome
        if not isinstance(outcome, OutcomeModels):
            if self.setting.many is None:
                self._add_weighted(block, made, weights)
        elif self.setting.many is not None:
            self._add_estimates(block, weights, outcome)
        else:
            self._add_doubly_robust(block, made, weights, outcome)

    def _last(self, block: PeopleBlock) -> int:
        """Return the last day on which anybody in a block has a weight."""
        return min(block.last, self.setting.strategy.last_compatible(block, self.setting.people.horizon))

    def _add_weighted(self, block: PeopleBlock, made: ObservedDecisions, weights: BlockWeights) -> None:
        people, pooled, targets = self.setting.people, self.pooled, self.setting.targets
        days = slice(0, self._last(block) + 1)
        weight = pooled.ratio[days] * weights.weight[:, days]
        estimates = np.array([estimate for estimate, _ in self.values])
        after = np.array([by_day for _, by_day in self.values])
        # 1 for an event that counts, on the days up to the target's.
        event = np.array([one.per_event * (np.arange(len(pooled.event)) <= one.day) for one in targets])
        rest = after * pooled.every - event * pooled.event
        weighted = weight * rest[:, None, days]
        last, code = people.last_day[block.rows], people.event[block.rows]
        row = np.flatnonzero((code > 0) & (last < days.stop))
        day = last[row]
        weighted[:, row, day] += weight[row, day] * (event[:, day] * (code[row] == 1) - after[:, day])
        self.plain[block.rows] = estimates
        self._add_residuals(block, made, weights, weighted, None)

    def _add_estimates(self, block: PeopleBlock, weights: BlockWeights, outcome: OutcomeModels) -> None:
        """Add what the doubly robust estimate alone is made of."""
        setting, rows = self.setting, block.rows
        happening = _Happening.of(setting, block, weights, outcome)
        weight, last = (self.ratio * weights.weight).T, self._last(block)
        later, count = LaterValues(happening.hazards, setting.targets), setting.count[rows]
        for number, target in enumerate(setting.targets):
            start_value, after, _ = happening.hazards.backward(target, later)
            residual, _ = happening.residual(target, later, after, last=last)
            here = slice(0, len(residual))
            self.plain[rows, number] = start_value
            self.phi[rows, number] = start_value + (weight[here] * residual).sum(axis=0)
            uncapped = self.ratio_uncapped[here] * weights.uncapped[:, here]
            self.uncapped[number] += count @ ((uncapped * residual.T).sum(axis=1) + start_value)

    def _add_doubly_robust(
        self, block: PeopleBlock, made: ObservedDecisions, weights: BlockWeights, outcome: OutcomeModels
    ) -> None:
        setting, rows = self.setting, block.rows
        happening = _Happening.of(setting, block, weights, outcome)
        hazards, own, every = happening.hazards, happening.own, happening.every
        h1, h2, days = happening.h1, happening.h2, np.arange(len(own))
        weight = (self.ratio * weights.weight).T
        last = self._last(block)
        adjoint, decision = hazards.forward(-(weight * (every - h1 - h2))[: last + 1], own)
        adjoint = adjoint[: len(own)]
        adjoint1 = adjoint * (hazards.event * (1 - hazards.event))
        adjoint2 = adjoint * (hazards.competing * (1 - hazards.competing))
        later = LaterValues(hazards, setting.targets)
        rising = sorted(setting.targets, key=lambda target: target.day)
        far = {
            name: dict(zip(rising, later.gradients(*given, rising, per_event=of_event), strict=True))
            for name, given, of_event in (
                ("event", (adjoint1, outcome.columns[0]), True),
                ("competing", (adjoint2, outcome.columns[1]), False),
            )
        }
        slope1, slope2 = h1 * (1 - h1), h2 * (1 - h2)
        weighted = np.zeros((len(setting.targets), h1.shape[1], last + 1))
        direct: list[Floats] = []
        rows_of: dict[str, list[Floats]] = {"event": [], "competing": []}
        for number, target in enumerate(setting.targets):
            start_value, after, gain = hazards.backward(target, later)
            # Nobody has a weight after `last`: their own days end there.
            end = min(target.day, last)
            until, near = slice(1, end + 1), slice(1, min(later.first, target.day + 1))
            here = slice(0, end + 1)
            residual, own_after = happening.residual(target, later, after, last=last)
            own1 = weight[until] * (own_after[until] - target.per_event) * slope1[until]
            own2 = weight[until] * own_after[until] * slope2[until]
            rest = np.subtract(target.per_event, after[near])
            for name, model, by_state, by_own in (
                ("event", 0, adjoint1[near] * rest, own1),
                ("competing", 1, -adjoint2[near] * after[near], own2),
            ):
                by_day = _over_states(outcome.columns[model], by_state, near)
                by_day += by_own.T @ outcome.columns[model][days[until], own[until]]
                by_day += far[name][target]
                fitted = (outcome.event, outcome.competing)[model]
                people = by_day[:, :1] * fitted.terms.people[rows]
                rows_of[name].append(np.concatenate([by_day, people], axis=1))
            self.plain[rows, number] = start_value
            uncapped = self.ratio_uncapped[here] * weights.uncapped[:, here]
            self.uncapped[number] += float((uncapped * residual.T).sum() + start_value.sum())
            weighted[number, :, here] = (weight[here] * residual).T
            direct.append((decision * gain).T)
        for name, gradients in rows_of.items():
            self.through.add(name, block, np.stack(gradients))
        self._add_residuals(block, made, weights, weighted, np.stack(direct))

    def _add_residuals(
        self,
        block: PeopleBlock,
        made: ObservedDecisions,
        weights: BlockWeights,
        weighted: Floats,
        direct: Floats | None,
    ) -> None:
        """Add weighted residuals (targets, people, days), and the gradients of V_0 with respect to q."""
        setting, rows, until = self.setting, block.rows, weighted.shape[2]
        self.phi[rows] = self.plain[rows] + weighted.sum(axis=2).T
        gain = leverage_gain(
            self.sums, block, weights.weight[:, :until], owner=setting.owner, leverage=setting.leverage
        )
        if gain is not None:
            self.through.own[rows] += np.einsum("qmt,mt->mq", weighted, gain)
        free = weighted if weights.free.all() else weighted * weights.free[:, :until]
        for name, where, values in setting.gradients(block, made, weights.q, free, direct):
            self.through.add(name, where, self.through.fitted[name].terms.gather(where, values))
        if made.loss is not None:
            # A loss on the last of these days, or later, takes nothing away.
            by_loss = made.loss[:, : until - 1] * sums_after(weighted, until - 1)
            self.through.add("loss", block, self.through.fitted["loss"].terms.gather(block, by_loss))

    def result(self) -> StrategyEstimate:
        """Return the estimates with influence functions, once all blocks are added."""
        count = self.setting.count
        size, weighted = count.sum(), self.setting.outcome is None
        estimate = count @ self.phi / size
        influence = np.zeros((0, len(estimate)))
        if self.setting.many is None:
            influence = self.phi - estimate + self.through.influence()
        return StrategyEstimate(
            estimate=estimate,
            g_formula=np.full(len(estimate), np.nan) if weighted else count @ self.plain / size,
            uncapped=estimate if weighted else self.uncapped / size,
            augmentation=count @ (self.phi - self.plain) / size,
            influence=influence / size,
            sums=self.sums,
            ratio=np.ones_like(self.ratio) if weighted else self.ratio,
            after_grace=self.after_grace,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Part:
    """What some of the blocks come to: their people's rows, and sums over them."""

    rows: slice
    phi: Floats
    plain: Floats
    after_grace: Floats
    own: Floats
    uncapped: Floats
    gradient: dict[str, Floats]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Happening:
    """What happens to a block by day, and its hazards; arrays (H + 1, people).

    Attributes
    ----------
    event, every : array
        dN1 and dN.
    hazards : StateHazards
        By state.
    own : array of int (H + 1,)
        Own state.
    h1, h2 : array
        Hazards of the event and of competing events in it.
    """

    event: Floats
    every: Floats
    hazards: StateHazards
    own: Ints
    h1: Floats
    h2: Floats

    @classmethod
    def of(
        cls, setting: EstimateSetting, block: PeopleBlock, weights: BlockWeights, outcome: OutcomeModels
    ) -> "_Happening":
        """Return it under the strategy of a setting."""
        event, every = (array.T for array in happened(setting.people, block))
        hazards = outcome.hazards(block, weights.q, setting.strategy)
        own = own_states(block, setting.strategy, setting.people.horizon)
        own = own if setting.strategy.starts else np.zeros_like(own)
        days = np.arange(len(own))
        h1, h2 = hazards.event[days, own], hazards.competing[days, own]
        return cls(event=event, every=every, hazards=hazards, own=own, h1=h1, h2=h2)

    def residual(
        self, target: RiskTarget, later: LaterValues, after: Floats, *, last: int
    ) -> tuple[Floats, Floats]:
        """Return r and V+ in the own state, of the days up to the target's or the `last` with a weight."""
        end = min(target.day, last)
        own_after = np.zeros((end + 1, self.h1.shape[1]))
        known = np.arange(1, min(later.first, end + 1))
        own_after[known] = after[known, self.own[known]]
        own_after[later.first :] = later.own(target, int(self.own[-1]), until=end)
        here = slice(0, end + 1)
        residual = target.per_event * (self.event[here] - self.h1[here])
        residual -= own_after * (self.every[here] - self.h1[here] - self.h2[here])
        return residual, own_after


def _over_states(columns: Floats, by_state: Floats, days: slice) -> Floats:
    """Sum values (days, states, people) times columns over days and states, shape (people, a)."""
    states = by_state.shape[1]
    chosen = columns[days, :states]
    return np.asarray(by_state.reshape(-1, by_state.shape[2]).T @ chosen.reshape(-1, chosen.shape[2]))


def by_chance_of_strategy(later: Floats, q: Floats, met: Bools, waited: Bools) -> Floats:
    """Return derivatives with respect to q, from the sums of the weighted residuals of all later days."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(met, later / q, 0.0)
        found -= np.where(waited & (q < 1), later / (1 - q), 0.0)
    return found


def sums_after(values: Floats, days: int) -> Floats:
    """Return for each of the first days the sum of the values of all later ones, (targets, people, days)."""
    found = np.zeros((*values.shape[:2], days))
    until = min(days, values.shape[2])
    before = np.cumsum(values[..., :until], axis=2)
    np.subtract(values.sum(axis=2)[..., None], before, out=found[..., :until])
    return found


def degrees_of_freedom(influence: Floats) -> float:
    """Return the degrees of freedom of a sum of squared influences.

    2 / (sum IF^4 / (sum IF^2)^2 - 1/n): Satterthwaite, with the variance of the sum from fourth powers. None
    where an influence is not finite, as with a weight that is one over nothing.
    """
    largest = float(np.abs(influence).max(initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return 0.0
    square = (influence / largest) ** 2
    total = float(square.sum())
    return 2 / max(float((square**2).sum()) / total**2 - 1 / len(square), 1e-6)

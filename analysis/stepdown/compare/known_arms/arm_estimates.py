"""Estimates had everybody of a population been in one arm, with each person's influence.

With g the tilt of the population (`populations`), V_a(x) the value in arm a by the outcome hazards, W the
weight of a person in arm a times that of being still followed, and r the residual of a day (`grace_period`'s
estimating equations),

    weighting         Aalen-Johansen with weights W
    standardization   sum_i g_i V_a(x_i) / sum_i g_i
    doubly robust     standardization + mean_i sum_t omega_t W_it r_it

The influence counts the propensity, loss and outcome models, and the tilt where it is a function of the
propensity; half the leverage is added as in `grace_period.person_influence`.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.estimating_equations import (
    PooledHazards,
    RiskTarget,
    pooled_hazards,
)
from stepdown.compare.grace_period.model_gradients import ModelGradients
from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays, happened
from stepdown.compare.grace_period.person_influence import StrategyEstimate, sums_of_later_days
from stepdown.compare.grace_period.weight_sums import WeightSums, WeightTally, leverage_gain
from stepdown.compare.known_arms.populations import Method, PopulationWeights
from stepdown.compare.known_arms.propensity import Propensity
from stepdown.survival.core.sample import Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmModels:
    """Fitted models, everything sorted as the person-days.

    Attributes
    ----------
    propensity : Propensity or None
        Chance of each arm; None where the weights are known.
    censoring : dict of DayModel
        Daily chance to be lost ("loss") and to leave the arm ("switch"), of those that occur.
    event, competing : DayModel or None
        Hazards; None where only weights are used.
    """

    propensity: Propensity | None
    censoring: dict[str, DayModel]
    event: DayModel | None
    competing: DayModel | None


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmSetting:
    """What the estimates of all arms are computed from.

    Attributes
    ----------
    people, arm, models, weights, targets
        Follow-up, arm of each person, fitted models, population weights, and what to estimate.
    method : {"weighting", "standardization", "doubly_robust"}
        Estimator.
    cap : float
        Largest population weight g / p.
    leverage : float
        Strength of the correction of the influence.
    owner : array of int (n,) or None
        Cluster of each person.
    kept : list of array (people, H + 1)
        For each block 1 over the chance of being still followed; 0 when not at risk.
    chance_lost : dict of list of array (people, H)
        The daily chance of each kind of censoring, for each block.
    """

    people: PersonDays
    arm: Ints
    models: ArmModels
    weights: PopulationWeights
    targets: tuple[RiskTarget, ...]
    method: Method
    cap: float
    leverage: float
    owner: Ints | None
    kept: list[Floats]
    chance_lost: dict[str, list[Floats]]


def still_followed(
    people: PersonDays, censoring: dict[str, DayModel]
) -> tuple[list[Floats], dict[str, list[Floats]]]:
    """Return for each block 1 over the chance of being still followed, and the daily chances of censoring."""
    kept: list[Floats] = []
    lost: dict[str, list[Floats]] = {name: [] for name in censoring}
    for block in people.blocks:
        factor = np.ones((block.rows.stop - block.rows.start, people.horizon + 1))
        for name, model in censoring.items():
            chance = model.chance(block, people.horizon) * model.rows.within(block.rows, people.horizon)
            factor[:, 1:] *= np.cumprod(1 / (1 - chance), axis=1)
            lost[name].append(chance)
        kept.append(factor * people.at_risk(0).within(block.rows, people.horizon + 1))
    return kept, lost


def weight_sums(setting: ArmSetting, number: int) -> WeightSums:
    """Return the sums of weights of an arm by day; of standardization, which weighs nobody, those at risk."""
    tally = WeightTally(setting.people, setting.owner)
    for place, block in enumerate(setting.people.blocks):
        if block.group == number:
            full, kept = _factor(setting, block), setting.kept[place]
            weight = np.minimum(full, setting.cap)[:, None] * kept
            tally.add(block, weight, full[:, None] * kept, capped=int((full > setting.cap).sum()))
    return tally.result()


def _factor(setting: ArmSetting, block: PeopleBlock) -> Floats:
    rows = block.rows
    if setting.method == "standardization":
        return np.ones(rows.stop - rows.start)
    return setting.weights.weight[rows]


def estimate_arm(setting: ArmSetting, number: int) -> StrategyEstimate:
    """Estimate all targets had everybody of the population been in an arm."""
    gathered = _ArmContributions(setting, number)
    for place, block in enumerate(setting.people.blocks):
        gathered.add(place, block)
    return gathered.result()


class _ArmContributions:
    """Values and weighted residuals of each person, and gradients by model."""

    def __init__(self, setting: ArmSetting, number: int) -> None:
        self.setting, self.number = setting, number
        self.sums = weight_sums(setting, number)
        size, targets = len(setting.people.order), len(setting.targets)
        self.value, self.residual, self.free = np.zeros((3, size, targets))
        self.uncapped = np.zeros(targets)
        self.tilt = setting.weights.tilt / setting.weights.tilt.mean()
        models = setting.models
        fitted = dict(models.censoring) if setting.method != "standardization" else {}
        self.pooled: PooledHazards | None = None
        if models.event is not None and models.competing is not None and setting.method != "weighting":
            fitted |= {"event": models.event, "competing": models.competing}
            self.odds = [model.odds() for model in (models.event, models.competing)]
            expected = self._expected()
        else:
            self.pooled = pooled_hazards(self.sums, size)
            self.values = [self.pooled.value(target) for target in setting.targets]
            expected = self.pooled.ratio * self.sums.total
        zero = np.zeros_like(self.sums.total)
        self.ratio, self.ratio_uncapped = (
            np.divide(expected, total, out=zero.copy(), where=total > 0)
            for total in (self.sums.total, self.sums.uncapped)
        )
        if setting.method == "standardization":
            self.ratio = self.ratio_uncapped = zero
        self.through = ModelGradients(fitted, size=size, targets=targets, leverage=setting.leverage)

    def _expected(self) -> Floats:
        """Return the number at risk on each day had everybody been in the arm, by the hazards."""
        total = np.zeros(self.setting.people.horizon + 1)
        for block in self.setting.people.blocks:
            event, competing = self._hazards(block)
            free = np.cumprod(1 - event - competing, axis=1)
            total[1:] += self.tilt[block.rows] @ np.concatenate(
                [np.ones((len(free), 1)), free[:, 1:-1]], axis=1
            )
        total[0] = self.tilt.sum()
        return total

    def _hazards(self, block: PeopleBlock) -> tuple[Floats, Floats]:
        """Return the hazards of a block in the arm, shape (people, H + 1); none on day 0."""
        found = []
        for by_group, person in self.odds:
            odds = person[block.rows][:, None] * by_group[self.number]
            odds[:, 0] = 0.0
            found.append(odds / (1 + odds))
        return found[0], found[1]

    def add(self, place: int, block: PeopleBlock) -> None:
        """Add a block: those in the arm by their residuals, and everybody by their value."""
        mine = block.group == self.number
        if self.pooled is not None:
            if mine:
                self._add_weighted(place, block, self.pooled)
            return
        event, competing = self._hazards(block)
        every, rows = event + competing, block.rows
        weight = self._weight(place, block) if mine else np.zeros_like(event)
        dn1, dn = happened(self.setting.people, block)
        adjoint = self._adjoint(block, every, -weight * (dn - every))
        slope1, slope2 = event * (1 - event), competing * (1 - competing)
        for number, target in enumerate(self.setting.targets):
            value, after = _backward(target, event, every)
            self.value[rows, number] = value
            e, until = target.per_event, slice(1, target.day + 1)
            by1 = (adjoint * (e - after) + weight * (after - e))[:, until] * slope1[:, until]
            by2 = (weight * after - adjoint * after)[:, until] * slope2[:, until]
            for name, by in (("event", by1), ("competing", by2)):
                self.through.add(name, block, number, self._in_arm(name, block, by))
            if mine:
                residual = e * (dn1 - event) - after * (dn - every)
                residual[:, target.day + 1 :] = 0
                self._add_residual(place, block, number, residual)

    def _adjoint(self, block: PeopleBlock, every: Floats, source: Floats) -> Floats:
        """Return the derivative of the sum with respect to the value at the start of each day."""
        found = np.zeros_like(every)
        found[:, 1] = self.tilt[block.rows]
        for day in range(1, every.shape[1] - 1):
            found[:, day + 1] = found[:, day] * (1 - every[:, day]) + source[:, day]
        return found

    def _in_arm(self, name: str, block: PeopleBlock, by: Floats) -> Floats:
        """Return each person's gradient from derivatives by day 1 and on, in the columns of the arm."""
        terms = self.through.fitted[name].terms
        columns = terms.by_group[self.number][1 : by.shape[1] + 1]
        people = terms.people[block.rows] * by.sum(axis=1)[:, None]
        return np.concatenate([by @ columns, people], axis=1)

    def _weight(self, place: int, block: PeopleBlock) -> Floats:
        factor = np.minimum(_factor(self.setting, block), self.setting.cap)
        return np.asarray(self.ratio * factor[:, None] * self.setting.kept[place])

    def _add_weighted(self, place: int, block: PeopleBlock, pooled: PooledHazards) -> None:
        dn1, dn = happened(self.setting.people, block)
        for number, target in enumerate(self.setting.targets):
            _, after = self.values[number]
            residual = target.per_event * (dn1 - pooled.event) - after * (dn - pooled.every)
            residual[:, target.day + 1 :] = 0
            self._add_residual(place, block, number, residual)

    def _add_residual(self, place: int, block: PeopleBlock, number: int, residual: Floats) -> None:
        setting, rows = self.setting, block.rows
        weighted = self._weight(place, block) * residual
        full = _factor(setting, block)
        self.residual[rows, number] = weighted.sum(axis=1)
        self.free[rows, number] = np.where(full <= setting.cap, self.residual[rows, number], 0.0)
        uncapped = self.ratio_uncapped * full[:, None] * setting.kept[place] * residual
        self.uncapped[number] += float(uncapped.sum())
        if setting.method == "standardization":
            return
        of_day = np.minimum(full, setting.cap)[:, None] * setting.kept[place]
        gain = leverage_gain(self.sums, block, of_day, owner=setting.owner, leverage=setting.leverage)
        self.through.add_gain(block, number, weighted, gain)
        later = sums_of_later_days(weighted)[:, : setting.people.horizon]
        for name, chances in setting.chance_lost.items():
            gradient = self.through.fitted[name].terms.gather(block, chances[place] * later)
            self.through.add(name, block, number, gradient)

    def result(self) -> StrategyEstimate:
        """Return the estimates with influence functions, once all blocks are added."""
        size = len(self.residual)
        if self.pooled is not None:
            centre = np.array([value for value, _ in self.values])
            self.value += centre
        centre = (self.tilt[:, None] * self.value).mean(axis=0)
        added = self.residual.mean(axis=0)
        influence = self.tilt[:, None] * (self.value - centre) + self.residual - added
        influence += self.through.influence()
        influence += self._through_propensity(centre)
        weighted = self.pooled is not None
        return StrategyEstimate(
            estimate=centre + added,
            g_formula=np.full(len(centre), np.nan) if weighted else centre,
            uncapped=centre + self.uncapped / size,
            augmentation=added,
            influence=influence / size,
            sums=self.sums,
            ratio=np.ones_like(self.ratio) if weighted else self.ratio,
        )

    def _through_propensity(self, centre: Floats) -> Floats:
        """Return the influence through the propensity model: by the weights, and by the tilt."""
        setting, model = self.setting, self.setting.models.propensity
        found = np.zeros_like(self.residual)
        if model is None:
            return found
        shared = model.influence
        if setting.owner is not None:
            by_owner = np.zeros((int(setting.owner.max()) + 1, shared.shape[1]))
            np.add.at(by_owner, setting.owner, shared)
            shared = by_owner[setting.owner]
        curved = model.own_information(shared)
        for number in range(found.shape[1]):
            by_arm = self.free[:, number, None] * setting.weights.weight_slope
            gap = (self.value[:, number] - centre[number]) / setting.weights.tilt.mean()
            by_arm = by_arm + gap[:, None] * setting.weights.tilt_slope
            gradient = model.gather(by_arm)
            total = gradient.sum(axis=0)
            found[:, number] = model.influence @ total
            if setting.leverage:
                more = curved @ np.linalg.solve(model.information, total) - (gradient * shared).sum(axis=1)
                found[:, number] += setting.leverage * more
        return found


def _backward(target: RiskTarget, event: Floats, every: Floats) -> tuple[Floats, Floats]:
    """Return the value at the start of day 1 (people,), and once the events of each day are over."""
    after, value = np.zeros_like(event), np.zeros(len(event))
    for day in range(target.day, 0, -1):
        after[:, day] = value
        value = target.per_day + target.per_event * event[:, day] + (1 - every[:, day]) * value
    return value, after

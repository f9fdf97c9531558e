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

from stepdown.compare.grace_period.estimating_equations import RiskTarget, pooled_hazards
from stepdown.compare.grace_period.model_gradients import ModelGradients
from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays, happened
from stepdown.compare.grace_period.person_influence import StrategyEstimate
from stepdown.compare.grace_period.target_sums import TargetSums, products_to, sums_to
from stepdown.compare.grace_period.weight_sums import WeightSums, WeightTally, leverage_gain
from stepdown.compare.known_arms.arm_regressions import ArmRegressions
from stepdown.compare.known_arms.entropy_balancing import BalancingWeights
from stepdown.compare.known_arms.populations import Method, PopulationWeights
from stepdown.compare.known_arms.propensity import Propensity
from stepdown.compare.owner_sums import owner_sums
from stepdown.survival.core.sample import Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmModels:
    """Fitted models, everything sorted as the person-days.

    Attributes
    ----------
    propensity : Propensity, BalancingWeights or None
        What the weights were fitted by; None where they are known.
    censoring : dict of DayModel
        Daily chance to be lost ("loss") and to leave the arm ("switch"), of those that occur.
    event, competing : DayModel or None
        Hazards; None where only weights are used.
    modifiers : array (n, c) or None
        What the effect of the first arm on the hazard of the event depends on (`arm_event_terms`).
    regressions : ArmRegressions or None
        Of Cox or Fine-Gray models, in the place of the hazards.
    """

    propensity: Propensity | BalancingWeights | None
    censoring: dict[str, DayModel]
    event: DayModel | None
    competing: DayModel | None
    modifiers: Floats | None = None
    regressions: ArmRegressions | None = None

    def people_in(self, number: int) -> dict[str, Floats]:
        """Return the person's columns of both hazards had everybody been in an arm."""
        found = {
            name: model.terms.people
            for name, model in (("event", self.event), ("competing", self.competing))
            if model is not None
        }
        if self.modifiers is not None and "event" in found:
            own = found["event"][:, : -self.modifiers.shape[1]]
            found["event"] = np.concatenate([own, self.modifiers * (number == 0)], axis=1)
        return found


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
    many : array (n,) or None
        In a replicate, how often each person counts: estimates without any influence.
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
    many: Floats | None = None

    @property
    def count(self) -> Floats:
        """How often each person counts."""
        return np.ones(len(self.people.order)) if self.many is None else self.many

    def followed(self, block: PeopleBlock) -> tuple[Floats, dict[str, Floats]]:
        """Return 1 over the chance of a block to be still followed, and the daily chances of each censoring.

        Up to the last day of the block, (people, days), and the day before; 0 when not at risk.
        """
        days, rows = block.last + 1, block.rows
        kept = self.people.at_risk(0).within(rows, days).astype(float)
        lost = {}
        for name, model in self.models.censoring.items():
            chance = model.chance(block, days - 1) * model.rows.within(rows, days - 1)
            kept[:, 1:] /= np.cumprod(1 - chance, axis=1)
            lost[name] = chance
        return kept, lost


def weight_sums(setting: ArmSetting, number: int) -> WeightSums:
    """Return the sums of weights of an arm by day; of standardization, which weighs nobody, those at risk."""
    tally = WeightTally(setting.people, setting.owner, setting.many)
    if setting.many is not None and not setting.models.censoring:
        mine = setting.arm == number
        full = np.ones(len(mine)) if setting.method == "standardization" else setting.weights.weight
        tally.add_constant(np.where(mine, np.minimum(full, setting.cap), 0.0), np.where(mine, full, 0.0))
        return tally.result()
    for block in setting.people.blocks:
        if block.group == number:
            full, kept = _factor(setting, block), setting.followed(block)[0]
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
    # Of people who count several times the estimate alone is asked for, and the weighted one has no residual.
    if not (gathered.alone and gathered.pooled is not None):
        for block in setting.people.blocks:
            gathered.add(block)
    return gathered.result()


class _ArmContributions:
    """Values and weighted residuals of each person, and gradients by model."""

    def __init__(self, setting: ArmSetting, number: int) -> None:
        self.setting, self.number = setting, number
        self.sums = weight_sums(setting, number)
        size, targets = len(setting.people.order), len(setting.targets)
        self.value, self.residual, self.free = np.zeros((3, size, targets))
        self.uncapped = np.zeros(targets)
        self.tilt = setting.weights.tilt / np.average(setting.weights.tilt, weights=setting.count)
        models = setting.models
        fitted = dict(models.censoring) if setting.method != "standardization" else {}
        self.pooled: TargetSums | None = None
        if models.event is not None and models.competing is not None and setting.method != "weighting":
            fitted |= {"event": models.event, "competing": models.competing}
            self.columns = models.people_in(number)
            self.odds = [
                (model.odds()[0], np.exp(self.columns[name] @ model.theta[model.terms.by_group.shape[2] :]))
                for name, model in (("event", models.event), ("competing", models.competing))
            ]
            expected = self._expected()
        else:
            pooled = pooled_hazards(self.sums, float(setting.count.sum()))
            self.pooled = TargetSums(pooled.event[None], pooled.every[None], setting.targets)
            expected = pooled.ratio * self.sums.total
        zero = np.zeros_like(self.sums.total)
        self.ratio, self.ratio_uncapped = (
            np.divide(expected, total, out=zero.copy(), where=total > 0)
            for total in (self.sums.total, self.sums.uncapped)
        )
        if setting.method == "standardization":
            self.ratio = self.ratio_uncapped = zero
        self.alone = setting.many is not None
        """Whether the estimate is all that is asked for."""
        self.through = ModelGradients(fitted, size=size, targets=targets, leverage=setting.leverage)

    def _expected(self) -> Floats:
        """Return the number at risk on each day had everybody been in the arm, by the hazards."""
        total, tilt = np.zeros(self.setting.people.horizon + 1), self.tilt * self.setting.count
        for block in self.setting.people.blocks:
            event, competing = self._hazards(block)
            free = np.cumprod(1 - event - competing, axis=1)
            total[1:] += tilt[block.rows] @ free[:, :-1]
        total[0] = tilt.sum()
        return total

    def _hazards(self, block: PeopleBlock) -> tuple[Floats, Floats]:
        """Return the hazards of a block in the arm, shape (people, H + 1); none on day 0."""
        found = []
        for by_group, person in self.odds:
            odds = person[block.rows][:, None] * by_group[self.number]
            odds[:, 0] = 0.0
            found.append(np.divide(odds, 1 + odds, out=odds))
        return found[0], found[1]

    def add(self, block: PeopleBlock) -> None:
        """Add a block: those in the arm by their residuals, and everybody by their value."""
        mine = block.group == self.number
        if self.pooled is not None:
            if mine:
                self._add_residuals(block, self.pooled, *self.setting.followed(block))
            return
        event, competing = self._hazards(block)
        values = TargetSums(event, event + competing, self.setting.targets)
        self.value[block.rows] = values.value.T
        source = np.zeros_like(event)
        if mine and self.setting.method != "standardization":
            kept, lost = self.setting.followed(block)
            weight = (self.ratio[: kept.shape[1]] * self._factor(block)[:, None]) * kept
            _, every = happened(self.setting.people, block)
            source[:, : kept.shape[1]] = -weight * (every - values.every)[:, : kept.shape[1]]
            self._add_residuals(block, values, kept, lost)
        if self.alone:
            return
        change = values.adjoint(self.tilt[block.rows], source)
        if mine and self.setting.method != "standardization":
            change[:, : kept.shape[1]] -= weight
        for name, hazard in (("event", event), ("competing", competing)):
            slope = change * hazard
            slope *= 1 - hazard
            self._add_hazard(name, block, values, slope)

    def _add_hazard(self, name: str, block: PeopleBlock, values: TargetSums, slope: Floats) -> None:
        """Add each person's gradient from derivatives by day, in the columns of the arm."""
        columns = self.through.fitted[name].terms.by_group[self.number]
        parts = values.parts(slope, slope if name == "event" else None)
        by_day = values.until(parts, lambda by, ends: products_to(by, columns, ends))
        people = by_day[..., :1] * self.columns[name][block.rows]
        self.through.add(name, block, np.concatenate([by_day, people], axis=-1))

    def _factor(self, block: PeopleBlock) -> Floats:
        return np.minimum(_factor(self.setting, block), self.setting.cap)

    def _add_residuals(
        self, block: PeopleBlock, values: TargetSums, kept: Floats, lost: dict[str, Floats]
    ) -> None:
        """Add the weighted residuals of people in the arm, and what they gain by leverage and by loss."""
        setting, rows, days = self.setting, block.rows, kept.shape[1]
        event, every = (array[:, :days] for array in happened(setting.people, block))
        parts = values.parts(kept * (every - values.every[:, :days]), kept * (event - values.event[:, :days]))
        ratios = np.stack([self.ratio, self.ratio_uncapped], axis=1)
        sums = values.until(parts, lambda by, ends: products_to(by, ratios, ends))
        full, factor = _factor(setting, block), self._factor(block)
        residual = factor * sums[..., 0]
        self.residual[rows] = residual.T
        self.free[rows] = np.where(full <= setting.cap, residual, 0.0).T
        self.uncapped += sums[..., 1] @ (full * setting.count[rows])
        if self.alone:
            return
        weight = self.ratio[:days] * factor[:, None]
        by_estimand, over = parts
        weighted = {name: weight * by for name, by in by_estimand.items()}, weight * over
        gain = leverage_gain(
            self.sums, block, factor[:, None] * kept, owner=setting.owner, leverage=setting.leverage
        )
        if gain is not None:
            self.through.own[rows] += values.until(weighted, lambda by, ends: sums_to(by * gain, ends)).T
        if lost:
            later = values.later(weighted, residual)
            for name, chance in lost.items():
                terms = self.through.fitted[name].terms
                gradient = [
                    terms.gather(block, chance[:, : by.shape[1]] * by[:, : chance.shape[1]]) for by in later
                ]
                self.through.add(name, block, np.stack(gradient))

    def result(self) -> StrategyEstimate:
        """Return the estimates with influence functions, once all blocks are added."""
        count = self.setting.count
        size = count.sum()
        if self.pooled is not None:
            self.value += self.pooled.value[:, 0]
        centre, added = count @ (self.tilt[:, None] * self.value) / size, count @ self.residual / size
        influence = np.zeros((0, len(centre)))
        if not self.alone:
            influence = self.tilt[:, None] * (self.value - centre) + self.residual - added
            influence += self.through.influence()
            influence += through_propensity(self.setting, self.value, centre, self.free)
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


def through_propensity(setting: ArmSetting, value: Floats, centre: Floats, free: Floats) -> Floats:
    """Return the influence through what the weights were fitted by: the weights, and the tilt.

    Parameters
    ----------
    setting : ArmSetting
        With the models.
    value, free : array (n, targets)
        Value of each person in the arm, and weighted residuals that move with the weight.
    centre : array (targets,)
        Mean value in the population.
    """
    model, found = setting.models.propensity, np.zeros_like(value)
    if model is None:
        return found
    shared = model.influence
    if setting.owner is not None:
        shared = owner_sums(shared, setting.owner)[setting.owner]
    moved = model.along(shared)
    curved = model.informed(moved)
    for number in range(found.shape[1]):
        by_arm = free[:, number, None] * setting.weights.weight_slope
        gap = (value[:, number] - centre[number]) / setting.weights.tilt.mean()
        by_arm = by_arm + gap[:, None] * setting.weights.tilt_slope
        total = model.total(by_arm)
        found[:, number] = model.influence @ total
        if setting.leverage:
            step = model.along(np.asarray(np.linalg.solve(model.information, total), dtype=float))
            found[:, number] += setting.leverage * (curved * step - by_arm * moved).sum(axis=1)
    return found

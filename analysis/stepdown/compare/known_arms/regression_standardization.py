"""Standardization over Cox and Fine-Gray models: everybody's incidence in an arm, averaged over a population.

With l1 and l2 a person's hazards of a day (`arm_regressions`),

    cox        q = 1 - exp(-l1 - l2) have an event on the day, a share l1 / (l1 + l2) of them the event
    fine_gray  F_j(t) = 1 - exp(-sum_{s <= t} l_j(s)), each j by its own model; event-free 1 - F_1 - F_2

Cox: the shares of a person add up to 1, and without covariates the risk is that of Aalen and Johansen, a day
with d of Y taken as d events one after the other, up to the square of a day's share. Fine-Gray: F_1 + F_2 can
be above 1 for a person, as the models know nothing of each other; the risk needs the first alone.

The influence goes through the models (`prediction_influence`), and the tilt of the population; half of the
leverage as in `arm_estimates`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.person_influence import StrategyEstimate
from stepdown.compare.grace_period.target_sums import TargetSums
from stepdown.compare.known_arms.arm_estimates import ArmSetting, through_propensity, weight_sums
from stepdown.compare.known_arms.arm_regressions import ArmRegressions, Leverage
from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import Bools, Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class _Curves:
    """Values by one set of curves, for which targets they count, and how they move with the hazards.

    `slopes`: by hazard, derivatives of a day's shares of the event and of any event, (people, H + 1).
    """

    values: TargetSums
    counted: Bools
    slopes: tuple[tuple[int, Floats, Floats], ...]


def standardize_arm(setting: ArmSetting, number: int, regressions: ArmRegressions) -> StrategyEstimate:
    """Estimate all targets had everybody of the population been in an arm.

    Parameters
    ----------
    setting : ArmSetting
        Follow-up, population, and targets.
    number : int
        The arm.
    regressions : ArmRegressions
        Its models.
    """
    hazards = regressions.hazards[number]
    size, targets, days = len(setting.arm), setting.targets, setting.people.horizon + 1
    tilt = setting.weights.tilt / np.average(setting.weights.tilt, weights=setting.count)
    value, own = np.zeros((2, size, len(targets)))
    by_day = [np.zeros((days, len(targets))) for _ in hazards]
    by_coefficient = [np.zeros((one.place.shape[1] if one else 0, len(targets))) for one in hazards]
    alone = setting.many is not None
    gains = [
        Leverage.of(one, setting.owner, days - 1) if one and setting.leverage and not alone else None
        for one in hazards
    ]
    ratios = [one.ratio if one else np.ones(size) for one in hazards]
    for block in setting.people.blocks:
        rows = block.rows
        daily = [
            np.outer(ratio[rows], one.daily) if one else np.zeros((rows.stop - rows.start, days))
            for ratio, one in zip(ratios, hazards, strict=True)
        ]
        for curves in _curves(regressions.model, daily, setting):
            value[rows] += curves.counted * curves.values.value.T
            if alone:
                continue
            for place, at, moved in _moved(curves):
                one, gain = hazards[place], gains[place]
                if one is None:
                    continue
                moved = moved * tilt[rows, None]
                last = moved.shape[1]
                by_day[place][:last, at] += ratios[place][rows] @ moved
                moved = moved * daily[place][:, :last]
                by_coefficient[place][:, at] += moved.sum(axis=1) @ one.place[rows]
                if gain is not None:
                    own[rows, at] -= (moved * gain.shift[rows, :last]).sum(axis=1)
    if regressions.model == "fine_gray":
        value -= np.array([one.per_day * one.day for one in targets])
    centre = setting.count @ (tilt[:, None] * value) / setting.count.sum()
    influence = np.zeros((0, len(targets)))
    if not alone:
        influence = tilt[:, None] * (value - centre) + setting.leverage * own
        influence += through_propensity(setting, value, centre, np.zeros_like(value))
        for one, gain, days_by, slopes_by in zip(hazards, gains, by_day, by_coefficient, strict=True):
            influence += one.influence(days_by, slopes_by) if one else 0.0
            influence += setting.leverage * gain.curvature(days_by, slopes_by) if gain else 0.0
    sums = weight_sums(setting, number)
    return StrategyEstimate(
        estimate=centre,
        g_formula=centre,
        uncapped=centre,
        augmentation=np.zeros_like(centre),
        influence=influence / setting.count.sum(),
        sums=sums,
        ratio=np.zeros_like(sums.total),
    )


def _curves(model: str, daily: list[Floats], setting: ArmSetting) -> Iterator[_Curves]:
    """Yield what values are made of, from the hazards of a block by day."""
    targets = setting.targets
    every = np.ones(len(targets), dtype=bool)
    if model == "cox":
        total = daily[0] + daily[1]
        share, stay = daily[0] * inverse(total), np.exp(-total)
        happens = -np.expm1(-total)
        values = TargetSums(happens * share, happens, targets)
        spread = np.where(total > 0, happens * inverse(total), 1.0)
        slopes = (0, share * stay + spread * (1 - share), stay), (1, share * (stay - spread), stay)
        yield _Curves(values=values, counted=every, slopes=slopes)
        return
    for cause, hazard in enumerate(daily):
        happens, stay = -np.expm1(-hazard), np.exp(-hazard)
        counted = every if cause == 0 else np.array([one.per_day > 0 for one in targets])
        values = TargetSums(happens, happens, targets)
        yield _Curves(values=values, counted=counted, slopes=((cause, stay, stay),))


def _moved(curves: _Curves) -> Iterator[tuple[int, int, Floats]]:
    """Yield hazard, target, and derivatives of each person's value by the hazard of each day to the last."""
    values = curves.values
    for place, of_event, of_every in curves.slopes:
        by_estimand, over = values.parts(values.before * of_every, values.before * of_event)
        for at in np.flatnonzero(curves.counted):
            target = values.targets[at]
            days = slice(0, target.day + 1)
            yield (
                place,
                int(at),
                by_estimand[target.estimand][:, days] - values.value[at][:, None] * over[:, days],
            )

"""Three cited effects once more, without the package: worlds solved on a plain grid of the trait.

A ratio of abstinence with care after discharge (C04), a ratio of attendance (C07) and an odds ratio of
completion (C11), each with the number that is solved and what the same comparison gives without any effect.
A test holds them against those of `stepdown.replicate.builders` (tests/replicate/test_worlds.py).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fsolve

Floats = NDArray[np.float64]
TRAIT = np.linspace(-6, 6, 1201)
WEIGHT = np.exp(-(TRAIT**2) / 2) / np.exp(-(TRAIT**2) / 2).sum()
SHAPE = np.log(np.log(1 - 0.59 * 0.5) / np.log(0.5)) / np.log(90 / 365)
"""Of a hazard of which 59% of the relapses of half of the people come by day 90."""


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))


def completed_care(select: float, *, share: float, other: float, ratio: float) -> tuple[float, float]:
    """Return the hazard ratio of eight weeks of care, and the ratio of abstinence for a year without any."""
    starts = np.arange(1, 15)

    def found(wish: float, year: float, effect: float) -> tuple[float, float, float]:
        hazard = np.exp(year) * (np.arange(366) / 365) ** SHAPE
        wants, risk = _chance(wish - select * TRAIT) * WEIGHT, np.exp(select * TRAIT)
        exposed = kept = 0.0
        for start in starts:
            for day in (start + 49, 365):
                free = np.exp(-risk * (hazard[start] + np.exp(effect) * (hazard[day] - hazard[start])))
                part = float((wants * free).sum()) / len(starts)
                exposed, kept = (exposed + part, kept) if day < 365 else (exposed, kept + part)
        rest = float(((WEIGHT - wants) * np.exp(-risk * hazard[365])).sum())
        return exposed, kept / exposed, rest / (1 - exposed)

    def margins(numbers: Floats) -> list[float]:
        one, with_it, without = found(*numbers)
        return [one - share, without - other, with_it / without - ratio]

    wish, year, effect = fsolve(margins, [0.3, 0.0, -0.1], xtol=1e-12)
    _, with_it, without = found(wish, year, 0.0)
    return float(np.exp(effect)), with_it / without


def appointment(select: float, *, share: float, other: float, ratio: float) -> tuple[float, float]:
    """Return the odds ratio of an appointment, and the ratio of attendance by day 30 without any effect."""
    days = np.arange(1, 31)[:, None]
    free = np.exp(-np.exp(select * TRAIT) * np.log(2) * (days / 365) ** SHAPE).mean(axis=0)
    return _two_groups(select, -1, share, other, ratio, free=free, odds=False)


def residential(select: float, *, share: float, other: float, ratio: float) -> tuple[float, float]:
    """Return the odds ratio of completion in residential treatment, and that without any effect."""
    return _two_groups(select, 1, share, other, ratio, free=np.ones_like(TRAIT), odds=True)


def _two_groups(
    select: float, sign: int, share: float, other: float, ratio: float, *, free: Floats, odds: bool
) -> tuple[float, float]:
    def found(chosen: float, base: float, effect: float) -> tuple[float, float, float]:
        mine = WEIGHT * _chance(chosen + sign * select * TRAIT)
        rest, drive = WEIGHT - mine, base + sign * select * TRAIT
        with_it = float((mine * _chance(drive + effect) * free).sum() / mine.sum())
        without = float((rest * _chance(drive) * free).sum() / rest.sum())
        both = with_it / without
        return float(mine.sum()), without, both * (1 - without) / (1 - with_it) if odds else both

    def margins(numbers: Floats) -> list[float]:
        one, without, both = found(*numbers)
        return [one - share, without - other, both - ratio]

    chosen, base, effect = fsolve(margins, [0.0, -0.3, 1.5], xtol=1e-12)
    return float(np.exp(effect)), found(chosen, base, 0.0)[2]

"""Whom an adjusted number is about, and the weights that make each arm look like them.

With p_a the chance of arm a given covariates, the weight of a person in arm a is g / p_a:

everyone   g = 1: average effect in all (ATE)
treated    g = p of the first arm: effect in the people of that arm (ATT), whose own weight is 1
overlap    g = 1 / sum_a (1 / p_a), with two arms p (1 - p): among those who could have gone either way (ATO)
matched    g = the smallest p_a: as pairs matched within the overlap (ATM)

Li F, Morgan KL, Zaslavsky AM (2018), JASA 113:390-400; Li F, Li F (2019), Ann Appl Stat 13:2389-2415 (three
arms or more); Li L, Greene T (2013), Int J Biostat 9:215-234 (matching weights).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.survival.core.sample import Floats, Ints

Population = Literal["everyone", "treated", "overlap", "matched"]
POPULATIONS: tuple[Population, ...] = ("everyone", "treated", "overlap", "matched")
Method = Literal["weighting", "standardization", "doubly_robust"]
METHODS: tuple[Method, ...] = ("weighting", "standardization", "doubly_robust")


@dataclass(frozen=True, eq=False, kw_only=True)
class PopulationWeights:
    """Weights of a population.

    Attributes
    ----------
    weight : array (n,)
        g / p of the own arm.
    weight_slope : array (n, K - 1)
        Derivative of its logarithm with respect to the linear predictors of the arms.
    tilt : array (n,)
        How much each person counts in an average over the population; for the treated 1 in the first arm,
        else 0.
    tilt_slope : array (n, K - 1)
        Derivative of the tilt.
    """

    weight: Floats
    weight_slope: Floats
    tilt: Floats
    tilt_slope: Floats


def population_weights(arm: Ints, chance: Floats, population: Population) -> PopulationWeights:
    """Return the weights of each person.

    Parameters
    ----------
    arm : array of int (n,)
        Arm of each person.
    chance : array (n, K)
        Chance of each arm.
    population : {"everyone", "treated", "overlap", "matched"}
        Whom the numbers are about.

    Examples
    --------
    >>> arm, chance = np.array([0, 1]), np.array([[0.2, 0.8], [0.2, 0.8]])
    >>> population_weights(arm, chance, "everyone").weight.tolist()
    [5.0, 1.25]
    >>> population_weights(arm, chance, "treated").weight.tolist()
    [1.0, 0.25]
    >>> population_weights(arm, chance, "overlap").weight.round(2).tolist()
    [0.8, 0.2]
    """
    others = np.arange(chance.shape[1] - 1)
    first = chance[:, :-1]
    own = (arm[:, None] == others) - first
    own_chance = chance[np.arange(len(arm)), arm]
    nothing = np.zeros_like(first)
    if population == "everyone":
        g, slope = np.ones(len(arm)), nothing
    elif population == "treated":
        g, slope = chance[:, 0], (others == 0) - first
    elif population == "overlap":
        g = 1 / (1 / chance).sum(axis=1)
        slope = g[:, None] / first - first
    else:
        least = chance.argmin(axis=1)
        g, slope = chance.min(axis=1), (least[:, None] == others) - first
    if population == "treated":
        tilt, tilt_slope = (arm == 0).astype(float), nothing
    else:
        tilt, tilt_slope = g, g[:, None] * slope
    return PopulationWeights(
        weight=g / own_chance, weight_slope=slope - own, tilt=tilt, tilt_slope=tilt_slope
    )

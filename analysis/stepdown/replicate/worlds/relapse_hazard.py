"""The hazard of relapse of rebuilt cohorts: high at first, then falling, with a trait that multiplies it.

The cumulative hazard by day t of a person with the trait u (standard normal) is exp(a u) (t / scale)^shape.
Margins over u are sums over the nodes of Gauss and Hermite.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival.core.sample import Floats, Ints

YEAR, QUARTER = 365, 90
_NODES = 40


def trait_nodes() -> tuple[Floats, Floats]:
    """Return values of a standard normal trait, and their weights, for means over it.

    Examples
    --------
    >>> value, weight = trait_nodes()
    >>> round(float(weight.sum()), 9), round(float((weight * value**2).sum()), 9)
    (1.0, 1.0)
    """
    value, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    return value, weight / weight.sum()


def shape_of(early_share: float, year_risk: float) -> float:
    """Return the shape for which a share of the relapses of a year comes by day 90, without a trait.

    Examples
    --------
    Of 50% who relapse in a year, 59% do so by day 90: hazards -log(1 - 0.295) and -log(1 - 0.5).

    >>> round(shape_of(0.59, 0.5), 4)
    0.489
    """
    early, year = -np.log1p(-early_share * year_risk), -np.log1p(-year_risk)
    return float(np.log(early / year) / np.log(QUARTER / YEAR))


@dataclass(frozen=True, kw_only=True)
class RelapseHazard:
    """Cumulative hazard of relapse of a person without the trait.

    Attributes
    ----------
    shape : float
        Below 1: the hazard falls.
    scale : float
        Day by which it is 1.
    """

    shape: float
    scale: float

    @classmethod
    def of_year(cls, *, shape: float, year_hazard: float) -> "RelapseHazard":
        """Return the hazard whose sum over a year is given."""
        return cls(shape=shape, scale=YEAR * year_hazard ** (-1 / shape))

    def by(self, day: Floats | Ints | float) -> Floats:
        """Return the cumulative hazard by a day."""
        return np.asarray((np.asarray(day, dtype=float) / self.scale) ** self.shape)

    def day(self, hazard: Floats) -> Floats:
        """Return the day by which the cumulative hazard is given."""
        return np.asarray(self.scale * hazard ** (1 / self.shape))

"""People who relapse, or do not, and nothing else: the world of claims about one share.

The hazard is (t / scale)^shape in sum by day t, the same for everybody. Two numbers are solved: the share who
relapse by a day, and the share of the relapses of a year that come by day 90.
"""

from dataclasses import dataclass, field

import numpy as np

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import QUARTER, YEAR, RelapseHazard
from stepdown.replicate.worlds.solving import solved
from stepdown.survival.core.sample import Floats


@dataclass(frozen=True, kw_only=True)
class RelapseWorld:
    """A world of relapse.

    Attributes
    ----------
    hazard : RelapseHazard
        Of everybody.
    discharges : mapping of str to str
        What is the same in every row of the discharges.
    """

    hazard: RelapseHazard
    discharges: dict[str, str] = field(default_factory=dict)

    def risk(self, day: float) -> float:
        """Return the share who relapse by a day."""
        return float(-np.expm1(-self.hazard.by(day)))

    @property
    def rate_ratio(self) -> float:
        """Mean hazard of the first 90 days divided by that of the rest of the year."""
        early, year = float(self.hazard.by(QUARTER)), float(self.hazard.by(YEAR))
        return (early / QUARTER) / ((year - early) / (YEAR - QUARTER))

    def constant(self) -> "RelapseWorld":
        """Return a world in which as many relapse within a year, at a constant hazard."""
        year = float(self.hazard.by(YEAR))
        return RelapseWorld(
            hazard=RelapseHazard.of_year(shape=1.0, year_hazard=year), discharges=self.discharges
        )

    def draw(self, size: int, rng: np.random.Generator, *, day: int, regained: float) -> RebuiltPeople:
        """Return people of this world, each seen on a last day."""
        relapse = whole_days(self.hazard.day(rng.exponential(size=size)))
        never = np.full(size, np.inf)
        return RebuiltPeople(
            relapse=np.where(relapse <= day, relapse, np.inf),
            trait=np.zeros(size),
            start=never,
            end=never,
            regained=rng.random(size) < regained,
            discharges={name: np.repeat(value, size) for name, value in self.discharges.items()},
            last=day,
        )


def relapse_world(
    *, risk: float, day: int, early_share: float, discharges: dict[str, str] | None = None
) -> RelapseWorld:
    """Return the world in which a share relapse by a day, and a share of those of a year by day 90.

    Parameters
    ----------
    risk : float
        Share who relapse by `day`.
    day : int
        Day of that share.
    early_share : float
        Share of the relapses of a year that come by day 90.
    discharges : dict of str to str, optional
        What is the same in every row of the discharges.

    Examples
    --------
    >>> world = relapse_world(risk=0.5, day=365, early_share=0.59)
    >>> round(world.risk(365), 4), round(world.risk(90) / world.risk(365), 4)
    (0.5, 0.59)
    """

    def world(numbers: Floats) -> RelapseWorld:
        shape, year = (float(np.exp(np.clip(one, -4, 3))) for one in numbers)
        return RelapseWorld(
            hazard=RelapseHazard.of_year(shape=shape, year_hazard=year), discharges=discharges or {}
        )

    def margins(numbers: Floats) -> Floats:
        one = world(numbers)
        return np.array([one.risk(day), one.risk(QUARTER) / one.risk(YEAR)])

    return world(solved(margins, (risk, early_share), (-0.7, -0.4), what="relapse"))


def timing_world(ratio: float, *, year_risk: float) -> RelapseWorld:
    """Return the world whose mean hazard of 90 days is so many times that of the rest of the year.

    Examples
    --------
    >>> round(timing_world(3.0, year_risk=0.5).rate_ratio, 4)
    3.0
    """
    year = float(-np.log1p(-year_risk))

    def world(numbers: Floats) -> RelapseWorld:
        shape = float(np.exp(np.clip(numbers[0], -4, 3)))
        return RelapseWorld(hazard=RelapseHazard.of_year(shape=shape, year_hazard=year))

    def margins(numbers: Floats) -> Floats:
        return np.array([world(numbers).rate_ratio])

    return world(solved(margins, (ratio,), (-0.7,), what="the timing of relapse"))

"""People who stay in care for weeks, drop out or relapse: the world of claims on longer treatment.

A person wants care with a chance whose log odds are -a u, starts on one of the days 1 to `within`, all as
likely, and would stay for 1 to 16 weeks: a logistic number, shifted by -a u, is turned into a share of 16
weeks, so that all lengths are as likely for a trait of 0. Care ends at a relapse, and does nothing. What
total weeks of care then have to do with relapse is made by the relapse that ended them, and by selection.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of
from stepdown.survival.core.sample import Floats

WEEK, MOST_WEEKS = 7, 16


@dataclass(frozen=True, kw_only=True)
class DoseWorld:
    """A world of care that goes on for weeks and does nothing.

    Attributes
    ----------
    hazard : RelapseHazard
        Of a person with a trait of 0.
    selection : float
        The number a.
    within : int
        Last day of a start.
    """

    hazard: RelapseHazard
    selection: float
    within: int

    @classmethod
    def of(cls, *, year_risk: float, early_share: float, selection: float, within: int) -> "DoseWorld":
        """Return the world in which a person with a trait of 0 relapses within a year with the risk given."""
        hazard = RelapseHazard.of_year(
            shape=shape_of(early_share, year_risk), year_hazard=float(-np.log1p(-year_risk))
        )
        return cls(hazard=hazard, selection=selection, within=within)

    def draw(self, size: int, rng: np.random.Generator, *, day: int) -> RebuiltPeople:
        """Return people of this world, each seen on a last day."""
        trait = rng.standard_normal(size)
        relapse = self._relapse(trait, rng, day)
        wants = rng.random(size) < expit(-self.selection * trait)
        start = rng.integers(1, self.within + 1, size).astype(float)
        share = expit(rng.logistic(size=size) - self.selection * trait)
        weeks = np.minimum(1 + np.floor(MOST_WEEKS * share), MOST_WEEKS)
        came = wants & (relapse > start)
        end = np.minimum(start + WEEK * weeks - 1, np.minimum(relapse - 1, float(day)))
        return RebuiltPeople(
            relapse=relapse,
            trait=trait,
            start=np.where(came, start, np.inf),
            end=np.where(came, end, np.inf),
            last=day,
        )

    def _relapse(self, trait: Floats, rng: np.random.Generator, day: int) -> Floats:
        level = rng.exponential(size=len(trait)) / np.exp(self.selection * trait)
        relapse = whole_days(self.hazard.day(level))
        return np.asarray(np.where(relapse <= day, relapse, np.inf))

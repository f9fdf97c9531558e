"""People with several characteristics that drive relapse: the world of claims about the strongest predictor.

Each characteristic is there in a share of the people, one independently of the others, and multiplies the
hazard of relapse. Its standardized effect is the standard deviation of its part of the log hazard, the
log hazard ratio times sqrt(p (1 - p)). The claimed one is given `strongest`, all others `other`. In a
world of step-down care half of the people would start it on one of the days 1 to `within`, if they have
not relapsed by then; with care by that day the claimed characteristic is as strong as the others. Care
itself does nothing.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of
from stepdown.survival.core.sample import Bools

CODES: dict[str, tuple[str, str] | None] = {
    "prior_relapse": None, "cooccurring": None, "trauma_history": None, "severity": ("moderate", "severe"),
    "home_environment": ("stable", "unstable"),
}  # fmt: skip
"""Columns of the data model, with their codes without and with the characteristic; None for a flag."""


def _coded(name: str, there: Bools) -> np.ndarray:
    codes = CODES[name]
    return there if codes is None else np.where(there, codes[1], codes[0]).astype(object)


@dataclass(frozen=True, kw_only=True)
class PredictorWorld:
    """A world of predictors.

    Attributes
    ----------
    claimed : str
        Column of the claimed predictor.
    others : tuple of str
        Columns of the others.
    strongest, other : float
        Standardized effect of the claimed one, and of each other.
    share : float
        Share of the people with a characteristic.
    within : int
        Last day on which step-down care starts; 0 for a world without it.
    """

    claimed: str
    others: tuple[str, ...]
    strongest: float
    other: float
    share: float = 0.4
    within: int = 0

    def without_effect(self) -> "PredictorWorld":
        """Return a world in which the claimed predictor is as strong as the others."""
        return PredictorWorld(
            claimed=self.claimed, others=self.others, strongest=self.other, other=self.other,
            share=self.share, within=self.within,
        )  # fmt: skip

    def draw(self, size: int, rng: np.random.Generator, *, day: int) -> RebuiltPeople:
        """Return people of this world; about half of them relapse within a year."""
        names = (self.claimed, *self.others)
        there = rng.random((size, len(names))) < self.share
        scale = np.sqrt(self.share * (1 - self.share))
        effects = np.array([self.strongest, *([self.other] * len(self.others))]) / scale
        ratio = np.exp((there - self.share) @ effects)
        wants = (rng.random(size) < 0.5) & (self.within > 0)
        weaker = np.exp((there[:, 0] - self.share) * (self.other - self.strongest) / scale)
        ratio = np.where(wants, ratio * weaker, ratio)
        start = rng.integers(1, max(self.within, 1) + 1, size).astype(float)
        hazard = RelapseHazard.of_year(shape=shape_of(0.59, 0.5), year_hazard=float(np.log(2.0)))
        relapse = whole_days(hazard.day(rng.exponential(size=size) / ratio))
        start = np.where(wants & (relapse > start), start, np.inf)
        return RebuiltPeople(
            relapse=np.where(relapse <= day, relapse, np.inf),
            trait=np.zeros(size),
            start=start,
            end=start,
            discharges={
                name: _coded(name, there[:, place]) for place, name in enumerate(names) if name in CODES
            },
            covariates={
                name: there[:, place].astype(float) for place, name in enumerate(names) if name not in CODES
            },
            last=day,
        )

"""People who may start care after discharge: the world of claims whose exposure comes after time zero.

A person wants the care with a chance whose log odds are c - a u, and would start it on one of the days 1 to
`within`, each as likely. Who has relapsed by then does not start. Care goes on for `weeks` weeks or until
relapse, and the exposure is there on the first day of its last week; of no weeks, care goes on for a
year, and the exposure is there on the day of the start. From the start on the hazard of relapse is
multiplied by the effect, 1 for none.

Three numbers are solved: c, the hazard of a year, and the effect, so that the share with the exposure, the
outcome of the others and the ratio are those wanted. A comparison of the exposed with all others then gives
the figure as cited, whatever the effect is.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import YEAR, RelapseHazard, shape_of, trait_nodes
from stepdown.replicate.worlds.solving import solved
from stepdown.survival.core.sample import Floats

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class CareMargins:
    """What a world has to give.

    Attributes
    ----------
    exposed_share : float
        Share with the exposure.
    reference : float
        Share of the others with the outcome.
    ratio : float or None
        Outcome of the exposed divided by that of the others; None where the effect is given.
    effect : float or None
        Hazard ratio of care, where it is given and not solved.
    day : int
        Day of the outcome.
    abstinence : bool
        Whether the outcome is to stay abstinent; else relapse.
    """

    exposed_share: float
    reference: float
    day: int
    abstinence: bool
    ratio: float | None = None
    effect: float | None = None


@dataclass(frozen=True, kw_only=True)
class CareWorld:
    """A world of care after discharge.

    Attributes
    ----------
    wish : float
        Log odds c.
    hazard : RelapseHazard
        Of a person without the trait and without care.
    effect : float
        Hazard ratio of care, from its start on.
    selection : float
        The number a.
    within, weeks : int
        Last day of a start, and weeks of care until the exposure is there.
    level, kind : str
        Level and kind of the care.
    """

    wish: float
    hazard: RelapseHazard
    effect: float
    selection: float
    within: int
    weeks: int
    level: str = "iop"
    kind: str = ""

    @property
    def days_of_care(self) -> int:
        """Days from the start to the exposure."""
        return max(self.weeks - 1, 0) * WEEK

    def free(self, day: float, trait: Floats) -> Floats:
        """Return the chance without care to have no relapse by a day, for each trait."""
        return np.asarray(np.exp(-np.exp(self.selection * trait) * self.hazard.by(day)))

    def free_with_care(self, day: Floats, start: Floats, trait: Floats) -> Floats:
        """Return the chance to have no relapse by a day, with care from a day before it."""
        before, after = self.hazard.by(start), self.hazard.by(day) - self.hazard.by(start)
        return np.asarray(np.exp(-np.exp(self.selection * trait) * (before + self.effect * after)))

    def shares(self, day: int) -> tuple[float, float, float]:
        """Return the share with the exposure, and of those and of the others the share without relapse."""
        trait, weight = trait_nodes()
        start = np.arange(1.0, self.within + 1)[:, None]
        wish = expit(self.wish - self.selection * trait)
        exposed = self.free_with_care(start + self.days_of_care, start, trait).mean(axis=0) * wish
        kept = self.free_with_care(np.array(float(day)), start, trait).mean(axis=0) * wish
        other = self.free(day, trait) * (1 - wish)
        share = float(weight @ exposed)
        return share, float(weight @ kept) / share, float(weight @ other) / (1 - share)

    def ever_ratio(self, day: int, *, abstinence: bool) -> float:
        """Return the outcome of those ever exposed, divided by that of all others."""
        _, exposed, other = self.shares(day)
        return exposed / other if abstinence else (1 - exposed) / (1 - other)

    def true_ratio(self, day: int, *, abstinence: bool) -> float:
        """Return the outcome if everyone started care, divided by that if nobody did."""
        trait, weight = trait_nodes()
        start = np.arange(1.0, self.within + 1)[:, None]
        every = float(weight @ self.free_with_care(np.array(float(day)), start, trait).mean(axis=0))
        nobody = float(weight @ self.free(day, trait))
        return every / nobody if abstinence else (1 - every) / (1 - nobody)

    def without_effect(self) -> "CareWorld":
        """Return the same world with care that does nothing."""
        return replace(self, effect=1.0)

    def draw(self, size: int, rng: np.random.Generator, *, day: int, regained: float) -> RebuiltPeople:
        """Return people of this world, each seen on the day of the outcome."""
        trait = rng.standard_normal(size)
        wants = rng.random(size) < expit(self.wish - self.selection * trait)
        start = rng.integers(1, self.within + 1, size).astype(float)
        level = rng.exponential(size=size) / np.exp(self.selection * trait)
        before = self.hazard.by(start)
        with_care = wants & (level > before)
        level = np.where(with_care, before + (level - before) / self.effect, level)
        relapse = whole_days(self.hazard.day(level))
        relapse = np.where(relapse <= day, relapse, np.inf)
        came = wants & (relapse > start)
        goes_on = self.weeks * WEEK - 1 if self.weeks else YEAR
        end = np.minimum(start + goes_on, relapse - 1)
        return RebuiltPeople(
            relapse=relapse,
            trait=trait,
            start=np.where(came, start, np.inf),
            end=np.where(came, np.minimum(end, day), np.inf),
            level=self.level,
            kind=self.kind,
            regained=rng.random(size) < regained,
            last=day,
        )


def care_world(
    wanted: CareMargins,
    *,
    selection: float,
    within: int,
    weeks: int,
    early_share: float,
    level: str = "iop",
    kind: str = "",
) -> CareWorld:
    """Return the world with the wanted margins.

    Parameters
    ----------
    wanted : CareMargins
        Of a comparison of the exposed with all others.
    selection : float
        Of `SELECTION`.
    within, weeks, level, kind
        As in `CareWorld`.
    early_share : float
        Share of the relapses of a year that come by day 90, of half who relapse.

    Raises
    ------
    EstimateError
        There is none.

    Examples
    --------
    >>> figure = CareMargins(exposed_share=0.5, reference=0.3, ratio=1.9, day=365, abstinence=True)
    >>> world = care_world(figure, selection=0.56, within=14, weeks=8, early_share=0.59)
    >>> share, exposed, other = world.shares(365)
    >>> round(share, 4), round(other, 4), round(exposed / other, 4)
    (0.5, 0.3, 1.9)
    """
    shape = shape_of(early_share, 0.5)

    def world(numbers: Floats) -> CareWorld:
        wish, year = numbers[:2]
        effect = np.log(wanted.effect) if wanted.effect is not None else numbers[2]
        return CareWorld(
            wish=float(wish),
            hazard=RelapseHazard.of_year(shape=shape, year_hazard=float(np.exp(np.clip(year, -8, 4)))),
            effect=float(np.exp(np.clip(effect, -8, 4))),
            selection=selection,
            within=within,
            weeks=weeks,
            level=level,
            kind=kind,
        )

    def margins(numbers: Floats) -> Floats:
        share, exposed, other = world(numbers).shares(wanted.day)
        if not wanted.abstinence:
            exposed, other = 1 - exposed, 1 - other
        return np.array([share, other, exposed / other][: len(goal)])

    goal = [wanted.exposed_share, wanted.reference, *([] if wanted.ratio is None else [wanted.ratio])]
    return world(solved(margins, goal, (0.5, 0.2, -0.3)[: len(goal)], what="care after discharge"))

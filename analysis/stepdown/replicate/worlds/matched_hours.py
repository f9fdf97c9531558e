"""People who rehearse skills, and the hours of their sessions: the world of a claim on matched groups.

Everyone attends 3, 6 or 9 hours of sessions in the first days. The log hazard of relapse falls by 0.2 for
every 3 hours and rises by a u with the trait u; the log odds of rehearsing rise by 0.5 for every 3 hours
and fall by a u. Rehearsal starts on one of the days 1 to `within`, all as likely, unless relapse comes
first, and multiplies the hazard from then on.

The comparison is that of the claim: those who rehearsed by the last of these days, each with one of the
others who attended as many hours, both free of relapse by then. Without chance a matched group has the
hours of the exposed, so that the margins are sums over hours and trait. Three numbers are solved: the log
odds, the hazard of a year and the effect, so that the share with the exposure, the risk of the matched
others and the ratio of risks are those wanted.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, RebuiltSessions, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of, trait_nodes
from stepdown.replicate.worlds.solving import solved
from stepdown.survival.core.sample import Floats

HOURS = (3.0, 6.0, 9.0)
LESS_RELAPSE, MORE_REHEARSAL = 0.2, 0.5
KIND = "skills_rehearsal"


@dataclass(frozen=True, kw_only=True)
class MatchedHoursWorld:
    """A world of sessions with and without rehearsal.

    Attributes
    ----------
    wish : float
        Log odds of rehearsing at 6 hours and a trait of 0.
    hazard : RelapseHazard
        Of a person with 6 hours, a trait of 0 and no rehearsal.
    effect : float
        Hazard ratio of rehearsal, from its start on.
    selection : float
        The number a.
    within : int
        Last day of a start, and the landmark.
    """

    wish: float
    hazard: RelapseHazard
    effect: float
    selection: float
    within: int

    def shares(self, day: int) -> tuple[float, float, float]:
        """Return the share exposed of those free at the landmark, and the risks of the matched by a day."""
        trait, weight = trait_nodes()
        exposed = risk = matched = every = 0.0
        for hours in HOURS:
            step = (hours - HOURS[1]) / 3
            ratio = np.exp(self.selection * trait - LESS_RELAPSE * step)
            wish = weight / len(HOURS) * expit(self.wish + MORE_REHEARSAL * step - self.selection * trait)
            start = np.arange(1.0, self.within + 1)[:, None]
            mine = wish * self._free(float(self.within), ratio, start).mean(axis=0)
            late = wish * self._free(float(day), ratio, start).mean(axis=0)
            others = (weight / len(HOURS) - wish) * np.exp(-ratio * self.hazard.by(self.within))
            relapsed = others - (weight / len(HOURS) - wish) * np.exp(-ratio * self.hazard.by(day))
            exposed, every = exposed + float(mine.sum()), every + float(mine.sum() + others.sum())
            risk += float((mine - late).sum())
            matched += float(mine.sum() * relapsed.sum() / others.sum())
        return exposed / every, risk / exposed, matched / exposed

    def _free(self, day: float, ratio: Floats, start: Floats) -> Floats:
        before, after = self.hazard.by(start), self.hazard.by(day) - self.hazard.by(start)
        return np.asarray(np.exp(-ratio * (before + self.effect * after)))

    def true_ratio(self, day: int) -> float:
        """Return the risk after the landmark had everyone rehearsed, divided by that had nobody."""
        trait, weight = trait_nodes()
        start = np.arange(1.0, self.within + 1)[:, None]
        every = free = nobody = clear = 0.0
        for hours in HOURS:
            ratio = np.exp(self.selection * trait - LESS_RELAPSE * (hours - HOURS[1]) / 3)
            early, late = (self._free(float(one), ratio, start).mean(axis=0) for one in (self.within, day))
            every, free = every + float(weight @ (early - late)), free + float(weight @ early)
            early, late = (np.exp(-ratio * self.hazard.by(one)) for one in (self.within, day))
            nobody, clear = nobody + float(weight @ (early - late)), clear + float(weight @ early)
        return (every / free) / (nobody / clear)

    def without_effect(self) -> "MatchedHoursWorld":
        """Return the same world with rehearsal that does nothing."""
        return replace(self, effect=1.0)

    def draw(self, size: int, rng: np.random.Generator, *, day: int) -> RebuiltPeople:
        """Return people of this world, each seen on the day of the outcome."""
        trait, hours = rng.standard_normal(size), rng.choice(HOURS, size)
        step = (hours - HOURS[1]) / 3
        wants = rng.random(size) < expit(self.wish + MORE_REHEARSAL * step - self.selection * trait)
        start = rng.integers(1, self.within + 1, size).astype(float)
        ratio = np.exp(self.selection * trait - LESS_RELAPSE * step)
        level = rng.exponential(size=size) / ratio
        before = self.hazard.by(start)
        level = np.where(wants & (level > before), before + (level - before) / self.effect, level)
        relapse = whole_days(self.hazard.day(level))
        relapse = np.where(relapse <= day, relapse, np.inf)
        came = np.flatnonzero(wants & (relapse > start))
        person = np.concatenate([np.arange(size), came])
        never = np.full(size, np.inf)
        return RebuiltPeople(
            relapse=relapse,
            trait=trait,
            start=never,
            end=never,
            covariates={"planned_hours": hours},
            sessions=RebuiltSessions(
                person=person,
                # All hours on the first day, which nobody misses by a relapse.
                day=np.concatenate([np.ones(size), start[came]]),
                kind=np.array(["group"] * size + [KIND] * len(came), dtype=object),
                peer=np.zeros(len(person), dtype=bool),
                hours=np.concatenate([hours, np.ones(len(came))]),
            ),
            last=day,
        )


def matched_hours_world(
    *, share: float, reference: float, ratio: float, day: int, selection: float, within: int
) -> MatchedHoursWorld:
    """Return the world in which the matched comparison gives a ratio.

    Parameters
    ----------
    share, reference, ratio : float
        Share with the exposure, risk of the matched others by the day, and that of the exposed divided by it.
    day : int
        Of the risks.
    selection : float
        Of `SELECTION`.
    within : int
        Last day of a start, and the landmark.

    Raises
    ------
    EstimateError
        There is none.

    Examples
    --------
    >>> world = matched_hours_world(share=0.3, reference=0.5, ratio=0.66, day=180, selection=0.56, within=7)
    >>> [round(one, 3) for one in world.shares(180)]
    [0.3, 0.33, 0.5]
    """

    def world(numbers: Floats) -> MatchedHoursWorld:
        wish, year, effect = (float(np.clip(one, -8, 8)) for one in numbers)
        hazard = RelapseHazard.of_year(shape=shape_of(0.59, 0.5), year_hazard=float(np.exp(year)))
        return MatchedHoursWorld(
            wish=wish, hazard=hazard, effect=float(np.exp(effect)), selection=selection, within=within
        )

    def margins(numbers: Floats) -> Floats:
        found = world(numbers).shares(day)
        return np.array([found[0], found[2], found[1] / found[2]])

    return world(solved(margins, (share, reference, ratio), (-0.8, 0.1, -0.3), what="matched groups"))

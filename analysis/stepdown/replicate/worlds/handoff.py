"""People with and without an appointment, and who attends: the world of claims about the handoff.

The appointment is scheduled with log odds d - a u, and a person would attend with log odds c - a u, plus
the effect where there is an appointment. The day of the first session is one of 1 to `within`, each as
likely, and relapse before it keeps the person away. Three numbers are solved: d, c and the effect, so
that the share with an appointment, the attendance without one and the ratio are those wanted.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from stepdown.replicate.worlds.rebuilt_people import STAY, RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of, trait_nodes
from stepdown.replicate.worlds.solving import solved
from stepdown.survival.core.sample import Floats

SOON, LATE = 3, 14
"""Days from discharge to an appointment without and with a gap."""


@dataclass(frozen=True, kw_only=True)
class HandoffWorld:
    """A world of handoffs.

    Attributes
    ----------
    scheduled, attends : float
        Log odds d and c.
    effect : float
        Log odds ratio of attending with an appointment.
    hazard : RelapseHazard
        Of a person without the trait.
    selection : float
        The number a.
    within : int
        Last day of a first session.
    """

    scheduled: float
    attends: float
    effect: float
    hazard: RelapseHazard
    selection: float
    within: int

    def shares(self) -> tuple[float, float, float]:
        """Return the share with an appointment, and who attends of those with and without one."""
        trait, weight = trait_nodes()
        day = np.arange(1.0, self.within + 1)[:, None]
        free = np.exp(-np.exp(self.selection * trait) * self.hazard.by(day)).mean(axis=0)
        appointed = weight * expit(self.scheduled - self.selection * trait)
        without = weight - appointed
        with_it = expit(self.attends + self.effect - self.selection * trait) * free
        alone = expit(self.attends - self.selection * trait) * free
        share = float(appointed.sum())
        return share, float(appointed @ with_it) / share, float(without @ alone) / (1 - share)

    def without_effect(self) -> "HandoffWorld":
        """Return the same world with appointments that do nothing."""
        return replace(self, effect=0.0)

    def draw(self, size: int, rng: np.random.Generator, *, day: int, gaps: bool = False) -> RebuiltPeople:
        """Return people of this world, followed to a day.

        Where the claim is about gaps, everybody has an appointment, in 3 days or in 14.
        """
        trait = rng.standard_normal(size)
        appointed = rng.random(size) < expit(self.scheduled - self.selection * trait)
        odds = self.attends + self.effect * appointed - self.selection * trait
        comes = rng.random(size) < expit(odds)
        session = rng.integers(1, self.within + 1, size).astype(float)
        level = rng.exponential(size=size) / np.exp(self.selection * trait)
        relapse = whole_days(self.hazard.day(level))
        relapse = np.where(relapse <= day, relapse, np.inf)
        start = np.where(comes & (relapse > session), session, np.inf)
        return RebuiltPeople(
            relapse=relapse,
            trait=trait,
            start=start,
            end=start,
            discharges={"appointment_day": STAY + np.where(appointed, SOON, LATE)}
            if gaps
            else {"appointment_scheduled": appointed},
            last=day,
        )


def handoff_world(
    *,
    exposed_share: float,
    reference: float,
    ratio: float,
    selection: float,
    within: int,
    early_share: float,
    year_risk: float,
) -> HandoffWorld:
    """Return the world with the wanted margins.

    Parameters
    ----------
    exposed_share, reference, ratio : float
        Share with an appointment, attendance without one, and attendance with one divided by it.
    selection : float
        Of `SELECTION`.
    within : int
        Last day of a first session.
    early_share, year_risk : float
        Of relapse, as in `shape_of`.

    Raises
    ------
    EstimateError
        There is none.

    Examples
    --------
    >>> world = handoff_world(
    ...     exposed_share=0.5, reference=0.3, ratio=2.7, selection=0.56, within=30, early_share=0.59,
    ...     year_risk=0.5,
    ... )
    >>> [round(one, 3) for one in world.shares()]
    [0.5, 0.81, 0.3]
    """
    hazard = RelapseHazard.of_year(
        shape=shape_of(early_share, year_risk), year_hazard=float(-np.log1p(-year_risk))
    )

    def world(numbers: Floats) -> HandoffWorld:
        scheduled, attends, effect = (float(np.clip(one, -30, 30)) for one in numbers)
        return HandoffWorld(
            scheduled=scheduled, attends=attends, effect=effect, hazard=hazard, selection=selection,
            within=within,
        )  # fmt: skip

    def margins(numbers: Floats) -> Floats:
        share, with_it, alone = world(numbers).shares()
        return np.array([share, alone, with_it / alone])

    return world(solved(margins, (exposed_share, reference, ratio), (0.1, -0.5, 1.5), what="a handoff"))

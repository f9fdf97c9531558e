"""People discharged from two levels of care: the world of claims that their outcomes are alike.

A person leaves IOP rather than residential treatment with log odds d - a u, and the trait u multiplies
the hazard of relapse by exp(a u). The level does nothing, so that the outcomes of the two differ by
selection alone. To rebuild the claim, the hazard of those from IOP is multiplied by an effect that is
solved so that the risks are equal.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of, trait_nodes
from stepdown.replicate.worlds.solving import solved
from stepdown.survival.core.sample import Floats


@dataclass(frozen=True, kw_only=True)
class SettingsWorld:
    """A world of two levels of care.

    Attributes
    ----------
    wish : float
        Log odds d of IOP.
    hazard : RelapseHazard
        Of a person without the trait from residential treatment.
    effect : float
        Hazard ratio of IOP.
    selection : float
        The number a.
    """

    wish: float
    hazard: RelapseHazard
    effect: float
    selection: float

    def shares(self, day: int) -> tuple[float, float, float]:
        """Return the share from IOP, and the risk by a day of those and of the others."""
        trait, weight = trait_nodes()
        level = np.exp(self.selection * trait) * self.hazard.by(day)
        iop = weight * expit(self.wish - self.selection * trait)
        other = weight - iop
        share = float(iop.sum())
        risk = float(iop @ -np.expm1(-self.effect * level)) / share
        return share, risk, float(other @ -np.expm1(-level)) / (1 - share)

    def without_effect(self) -> "SettingsWorld":
        """Return the same world in which the level does nothing."""
        return replace(self, effect=1.0)

    def draw(
        self, size: int, rng: np.random.Generator, *, day: int, reason: str | None = None
    ) -> RebuiltPeople:
        """Return people of this world, with the reason for discharge where one is given."""
        trait = rng.standard_normal(size)
        iop = rng.random(size) < expit(self.wish - self.selection * trait)
        ratio = np.exp(self.selection * trait) * np.where(iop, self.effect, 1.0)
        relapse = whole_days(self.hazard.day(rng.exponential(size=size) / ratio))
        never = np.full(size, np.inf)
        # The trait that decides the level is recorded in three steps, as severity is.
        severity = np.array(["mild", "moderate", "severe"], dtype=object)[np.digitize(trait, [-0.43, 0.43])]
        discharges = {"level": np.where(iop, "iop", "residential"), "severity": severity}
        if reason is not None:
            discharges["discharge_reason"] = np.repeat(reason, size)
        return RebuiltPeople(
            relapse=np.where(relapse <= day, relapse, np.inf),
            trait=trait,
            start=never,
            end=never,
            discharges=discharges,
            last=day,
        )


def settings_world(*, share: float, risk: float, day: int, selection: float) -> SettingsWorld:
    """Return the world in which a share comes from IOP, and both groups have the same risk by a day.

    Examples
    --------
    >>> world = settings_world(share=0.5, risk=0.5, day=180, selection=0.56)
    >>> [round(one, 3) for one in world.shares(180)]
    [0.5, 0.5, 0.5]
    """

    def world(numbers: Floats) -> SettingsWorld:
        wish, year, effect = (float(np.clip(one, -8, 8)) for one in numbers)
        hazard = RelapseHazard.of_year(shape=shape_of(0.59, 0.5), year_hazard=float(np.exp(year)))
        return SettingsWorld(wish=wish, hazard=hazard, effect=float(np.exp(effect)), selection=selection)

    def margins(numbers: Floats) -> Floats:
        return np.array(world(numbers).shares(day))

    return world(solved(margins, (share, risk, risk), (0.1, -0.1, 0.1), what="two levels of care"))

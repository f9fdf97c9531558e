"""Which world a claim is rebuilt in: a builder a kind of claim, named in the claim file."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stepdown.errors import DesignError
from stepdown.replicate.claim import Assumed, Claim
from stepdown.replicate.worlds.care_after_discharge import CareMargins, care_world
from stepdown.replicate.worlds.handoff import handoff_world
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople
from stepdown.replicate.worlds.selection import SELECTION

Draw = Callable[[int, np.random.Generator], RebuiltPeople]
YEAR = 365


@dataclass(frozen=True, eq=False, kw_only=True)
class BuiltWorld:
    """A world whose margins were solved to a cited figure.

    Attributes
    ----------
    draw, draw_without_effect : callable
        From a number of people and a generator to people, as solved and without any effect of the exposure.
    solved : mapping of str to float
        Numbers that were solved, by name.
    true_ratio : float or None
        Outcome if everyone had the care, divided by that if nobody had it.
    """

    draw: Draw
    draw_without_effect: Draw | None
    solved: dict[str, float]
    true_ratio: float | None = None


def built(claim: Claim, selection: str) -> BuiltWorld:
    """Return the world of a claim under a strength of selection.

    Parameters
    ----------
    claim : Claim
        With a builder.
    selection : str
        A key of `SELECTION`.

    Raises
    ------
    DesignError
        The claim has no builder.
    EstimateError
        No world has the margins that the claim states.
    """
    if claim.builder is None:
        raise DesignError(f"{claim.id} names no builder, so no cohort is built for it.")
    return _BUILDERS[claim.builder](claim, SELECTION[selection])


def _care(claim: Claim, selection: float) -> BuiltWorld:
    assumed, given, day = claim.assumed or Assumed(), claim.world, claim.day or YEAR
    wanted = CareMargins(
        exposed_share=assumed.exposed_share, reference=assumed.reference, ratio=claim.target, day=day,
        abstinence=claim.outcome == "abstinence",
    )  # fmt: skip
    world = care_world(
        wanted, selection=selection, within=given.within, weeks=given.weeks, early_share=given.early_share,
        level=given.level, kind=given.kind,
    )  # fmt: skip
    null = world.without_effect()
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day, regained=given.regained),
        draw_without_effect=lambda size, rng: null.draw(size, rng, day=day, regained=given.regained),
        solved={"hazard_ratio_of_care": world.effect},
        true_ratio=world.true_ratio(day, abstinence=wanted.abstinence),
    )


def _handoff(claim: Claim, selection: float) -> BuiltWorld:
    assumed, given, day = claim.assumed or Assumed(), claim.world, claim.day or 30
    world = handoff_world(
        exposed_share=assumed.exposed_share, reference=assumed.reference, ratio=claim.target,
        selection=selection, within=min(given.within, day), early_share=given.early_share,
        year_risk=given.year_risk,
    )  # fmt: skip
    null = world.without_effect()
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day),
        draw_without_effect=lambda size, rng: null.draw(size, rng, day=day),
        solved={"odds_ratio_of_appointment": float(np.exp(world.effect))},
    )


_BUILDERS: dict[str, Callable[[Claim, float], BuiltWorld]] = {
    "care_after_discharge": _care,
    "handoff": _handoff,
}

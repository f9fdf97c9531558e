"""Which world a claim is rebuilt in: a builder a kind of claim, named in the claim file."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from stepdown.replicate.claim import Assumed, Claim
from stepdown.replicate.completed_stays import drawn_discharges, log_odds
from stepdown.replicate.session_counts import SESSIONS
from stepdown.replicate.worlds.care_after_discharge import CareMargins, care_world
from stepdown.replicate.worlds.dose import DoseWorld
from stepdown.replicate.worlds.handoff import handoff_world
from stepdown.replicate.worlds.matched_hours import matched_hours_world
from stepdown.replicate.worlds.predictors import PredictorWorld
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople
from stepdown.replicate.worlds.relapse_alone import RelapseWorld, relapse_world, timing_world
from stepdown.replicate.worlds.relapse_hazard import trait_nodes
from stepdown.replicate.worlds.selection import SELECTION, TEDS_LIKE
from stepdown.replicate.worlds.sessions import SessionWorld
from stepdown.replicate.worlds.solving import solved
from stepdown.replicate.worlds.two_settings import settings_world
from stepdown.sources.teds_d import TedsDischarges
from stepdown.survival.core.sample import Floats

Draw = Callable[[int, np.random.Generator], RebuiltPeople | TedsDischarges]
YEAR = 365
YEAR_RISKS = (0.4, 0.5, 0.6)
"""Shares who relapse within a year, for a constant hazard: the ends and the middle of the range of C01."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BuiltWorld:
    """A world whose margins were solved to a cited figure.

    Attributes
    ----------
    draw : callable
        From a number of people and a generator to people.
    solved : mapping of str to float
        Numbers that were solved, by name.
    without_effect : BuiltWorld or None
        The same world without any effect of the exposure; None where there is none.
    true_ratio : float or None
        Outcome if everyone had the care, divided by that if nobody had it.
    figure : float or None
        What the comparison of the claim gives in this world without chance; None where it has no closed form.
    """

    draw: Draw
    solved: dict[str, float] = field(default_factory=dict)
    without_effect: "BuiltWorld | None" = None
    true_ratio: float | None = None
    figure: float | None = None


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
    EstimateError
        No world has the margins that the claim states.
    """
    assert claim.builder is not None, "a claim without a builder has no rebuilt column"
    return _BUILDERS[claim.builder](claim, SELECTION[selection])


def null_worlds(claim: Claim) -> dict[str, BuiltWorld]:
    """Return the worlds of a claim without any effect, by what they assume."""
    if claim.builder == "relapse_alone":
        return _constant_hazards(claim)
    if claim.builder == "predictors":
        null = built(claim, TEDS_LIKE).without_effect
        return {} if null is None else {"all predictors alike": null}
    found = {name: built(claim, name) for name in SELECTION}
    return {name: one.without_effect for name, one in found.items() if one.without_effect is not None}


def _constant_hazards(claim: Claim) -> dict[str, BuiltWorld]:
    if claim.measure not in ("share_of_events", "timing"):
        return {}
    worlds = {
        f"constant hazard, {share:.0%} a year": relapse_world(risk=share, day=YEAR, early_share=0.5)
        for share in YEAR_RISKS
    }
    return {name: BuiltWorld(draw=_alone(claim, one.constant(), YEAR)) for name, one in worlds.items()}


def _care(claim: Claim, selection: float) -> BuiltWorld:
    assumed, given, day = claim.assumed or Assumed(), claim.world, claim.day or YEAR
    ratio = claim.target
    wanted = CareMargins(
        exposed_share=assumed.exposed_share, reference=assumed.reference, day=day,
        ratio=None if claim.measure == "time_varying_ratio" else ratio,
        effect=ratio if claim.measure == "time_varying_ratio" else None,
        abstinence=claim.outcome == "abstinence",
    )  # fmt: skip
    world = care_world(
        wanted, selection=selection, within=given.within, weeks=given.weeks, early_share=given.early_share,
        level=given.level, kind="" if given.kind == "mutual_help" else given.kind,
    )  # fmt: skip
    null = world.without_effect()
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day, regained=given.regained),
        solved={"hazard_ratio_of_care": world.effect},
        true_ratio=None if wanted.ratio is None else world.true_ratio(day, abstinence=wanted.abstinence),
        without_effect=BuiltWorld(
            draw=lambda size, rng: null.draw(size, rng, day=day, regained=given.regained),
            figure=None if wanted.ratio is None else null.ever_ratio(day, abstinence=wanted.abstinence),
        ),
    )


def _handoff(claim: Claim, selection: float) -> BuiltWorld:
    assumed, given, day = claim.assumed or Assumed(), claim.world, claim.day or 30
    ratio = claim.target
    if claim.measure == "attributable_share":
        ratio = _ratio_of_attendance(claim.target, assumed.exposed_share, assumed.reference)
    world = handoff_world(
        exposed_share=assumed.exposed_share, reference=assumed.reference, ratio=ratio, selection=selection,
        within=min(given.within, day), early_share=given.early_share, year_risk=given.year_risk,
    )  # fmt: skip
    null = world.without_effect()
    gaps = claim.measure == "attributable_share"
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day, gaps=gaps),
        solved={"odds_ratio_of_appointment": float(np.exp(world.effect))},
        without_effect=BuiltWorld(
            draw=lambda size, rng: null.draw(size, rng, day=day, gaps=gaps),
            figure=_share_of_gap(*null.shares()) if gaps else null.shares()[1] / null.shares()[2],
        ),
    )


def _share_of_gap(without_gap: float, come: float, come_late: float) -> float:
    """Return the share of the dropout that goes with the gap: 1 - x / (w x + (1 - w) y)."""
    x, y = 1 - come, 1 - come_late
    return 1 - x / (without_gap * x + (1 - without_gap) * y)


def _ratio_of_attendance(share: float, exposed: float, attendance: float) -> float:
    """Return the ratio of attendance for which closing the gap removes a share of the dropout of all.

    With x and y the dropout without and with a gap, and w the share without one: share = 1 - x / (w x +
    (1 - w) y), so x = (1 - share) (1 - w) y / (1 - (1 - share) w).
    """
    other = 1 - attendance
    best = (1 - share) * (1 - exposed) * other / (1 - (1 - share) * exposed)
    return (1 - best) / attendance


def _alone(claim: Claim, world: RelapseWorld, day: int) -> Draw:
    regained = claim.world.regained
    return lambda size, rng: world.draw(size, rng, day=day, regained=regained)


def _relapse(claim: Claim, selection: float) -> BuiltWorld:
    """Return a world without comparison, in which selection has no place."""
    del selection
    given, day = claim.world, claim.day or YEAR
    same = {} if not claim.world.stays else dict(claim.world.stays)
    if claim.measure == "timing":
        return BuiltWorld(draw=_alone(claim, timing_world(claim.target, year_risk=given.year_risk), YEAR))
    if claim.measure == "share_of_events":
        risk = claim.assumed.events_share if claim.assumed else given.year_risk
        world = relapse_world(risk=risk, day=YEAR, early_share=claim.target, discharges=same)
        return BuiltWorld(draw=_alone(claim, world, YEAR))
    risk = 1 - claim.target if claim.outcome == "abstinence" else claim.target
    world = relapse_world(risk=risk, day=day, early_share=given.early_share, discharges=same)
    return BuiltWorld(draw=_alone(claim, world, day))


def _settings(claim: Claim, selection: float) -> BuiltWorld:
    assumed, day = claim.assumed or Assumed(), claim.day or 180
    world = settings_world(share=assumed.exposed_share, risk=assumed.reference, day=day, selection=selection)
    null = world.without_effect()
    reason = dict(claim.world.stays).get("discharge_reason")
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day, reason=reason),
        solved={"hazard_ratio_of_iop": world.effect},
        without_effect=BuiltWorld(
            draw=lambda size, rng: null.draw(size, rng, day=day, reason=reason),
            figure=null.shares(day)[1] - null.shares(day)[2],
        ),
    )


def _matched(claim: Claim, selection: float) -> BuiltWorld:
    assumed, given, day = claim.assumed or Assumed(), claim.world, claim.day or 180
    world = matched_hours_world(
        share=given.exposed_before_matching, reference=assumed.reference, ratio=claim.target, day=day,
        selection=selection, within=given.within,
    )  # fmt: skip
    null = world.without_effect()
    _, risk, other = null.shares(day)
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day),
        solved={"hazard_ratio_of_rehearsal": world.effect},
        true_ratio=world.true_ratio(day),
        without_effect=BuiltWorld(draw=lambda size, rng: null.draw(size, rng, day=day), figure=risk / other),
    )


def _dose(claim: Claim, selection: float) -> BuiltWorld:
    """Return a world in which care does nothing; without a figure there is no other to solve."""
    given, day = claim.world, claim.day or YEAR
    world = DoseWorld.of(
        year_risk=given.year_risk, early_share=given.early_share, selection=selection, within=given.within
    )
    null = BuiltWorld(draw=lambda size, rng: world.draw(size, rng, day=day))
    return BuiltWorld(draw=null.draw, without_effect=null)


def _predictors(claim: Claim, selection: float) -> BuiltWorld:
    del selection
    given, day = claim.world, claim.day or YEAR
    first, *others = given.predictors
    world: PredictorWorld | SessionWorld
    if first in SESSIONS:
        world = SessionWorld(
            kinds=given.predictors, strongest=given.strongest, other=given.other, until=given.landmark
        )
    else:
        within = given.landmark if given.by_step_down else 0
        world = PredictorWorld(
            claimed=first, others=tuple(others), strongest=given.strongest, other=given.other, within=within
        )
    null = world.without_effect()
    return BuiltWorld(
        draw=lambda size, rng: world.draw(size, rng, day=day),
        solved={"standardized_effect": given.strongest},
        without_effect=BuiltWorld(draw=lambda size, rng: null.draw(size, rng, day=day)),
    )


def _completion(claim: Claim, selection: float) -> BuiltWorld:
    """Return discharges whose odds ratio, or share, of completion is that of the figure."""
    assumed = claim.assumed or Assumed()
    if claim.measure == "proportion":
        base = log_odds(claim.target)
        return BuiltWorld(
            draw=lambda size, rng: drawn_discharges(
                size, rng, share=0.0, odds=0.0, base=base, selection=0.0, transfers=0.35
            )
        )
    goal = (assumed.exposed_share, assumed.reference, math.log(claim.target))

    def margins(numbers: Floats) -> Floats:
        trait, weight = trait_nodes()
        residential = weight / (1 + np.exp(-(numbers[0] + selection * trait)))
        base = numbers[1] + selection * trait
        first = residential @ (1 / (1 + np.exp(-(base + numbers[2])))) / residential.sum()
        second = (weight - residential) @ (1 / (1 + np.exp(-base))) / (1 - residential.sum())
        odds = np.log(first / (1 - first)) - np.log(second / (1 - second))
        return np.array([residential.sum(), second, odds])

    share, base, odds = map(float, solved(margins, goal, (0.0, 0.1, 0.8), what="completion of treatment"))

    def drawn(effect: float) -> Draw:
        return lambda size, rng: drawn_discharges(
            size, rng, share=share, odds=effect, base=base, selection=selection
        )

    return BuiltWorld(
        draw=drawn(odds),
        solved={"odds_ratio_of_setting": math.exp(odds)},
        without_effect=BuiltWorld(
            draw=drawn(0.0), figure=float(np.exp(margins(np.array([share, base, 0.0]))[2]))
        ),
    )


_BUILDERS: dict[str, Callable[[Claim, float], BuiltWorld]] = {
    "care_after_discharge": _care,
    "handoff": _handoff,
    "relapse_alone": _relapse,
    "two_settings": _settings,
    "predictors": _predictors,
    "completion": _completion,
    "matched_hours": _matched,
    "dose": _dose,
}

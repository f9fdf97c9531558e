"""Rebuilt worlds: by hand where there is no trait, their margins, and what they give without any effect."""

import math

import numpy as np
import pytest

from stepdown.errors import EstimateError
from stepdown.replicate.builders import built
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_studies import study_of
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.registry import claims
from stepdown.replicate.worlds.care_after_discharge import CareMargins, CareWorld, care_world
from stepdown.replicate.worlds.handoff import handoff_world
from stepdown.replicate.worlds.rebuilt_people import as_cohort
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard
from stepdown.replicate.worlds.selection import SELECTION, TEDS_LIKE
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Sites, linear
from stepdown.synthetic.parameters import course
from tools.validation.claims_by_integration import appointment, completed_care, residential

CONTINUUM = CareMargins(exposed_share=0.25, reference=0.3, ratio=1.9, day=365, abstinence=True)


def claim(name: str):
    return next(one for one in claims() if one.id == name)


def plain(effect: float = 1.0, within: int = 1, weeks: int = 0) -> CareWorld:
    """Return a world with a constant hazard of 0.002 a day, no trait, and half who want care."""
    hazard = RelapseHazard(shape=1.0, scale=500.0)
    return CareWorld(wish=0.0, hazard=hazard, effect=effect, selection=0.0, within=within, weeks=weeks)


def test_shares_by_hand() -> None:
    # Half want care and start on day 1, if free of relapse then; it halves the hazard.
    share, exposed, other = plain(effect=0.5).shares(101)
    free = math.exp(-0.002)
    assert share == pytest.approx(0.5 * free)
    assert exposed == pytest.approx(math.exp(-0.002 * 0.5 * 100))
    assert other == pytest.approx(0.5 * math.exp(-0.202) / (1 - 0.5 * free))


def test_immortal_time_alone_makes_a_ratio() -> None:
    # Eight weeks of care that does nothing: who completes has been free of relapse for 50 days.
    share, exposed, other = plain(weeks=8).shares(365)
    assert share == pytest.approx(0.5 * math.exp(-0.002 * 50))
    assert exposed == pytest.approx(math.exp(-0.002 * 315))
    # 0.5326 over 0.5 * 0.4819 / (1 - 0.4524).
    assert exposed / other == pytest.approx(1.2103, abs=1e-4)


@pytest.mark.parametrize("selection", SELECTION.values())
def test_a_world_has_the_margins_of_its_figure(selection: float) -> None:
    world = care_world(CONTINUUM, selection=selection, within=14, weeks=8, early_share=0.59)
    share, exposed, other = world.shares(365)
    assert (share, other, exposed / other) == pytest.approx((0.25, 0.3, 1.9), abs=1e-4)
    handoff = handoff_world(
        exposed_share=0.5,
        reference=0.3,
        ratio=2.7,
        selection=selection,
        within=30,
        early_share=0.59,
        year_risk=0.5,
    )
    assert handoff.shares() == pytest.approx((0.5, 0.81, 0.3), abs=1e-4)


def test_a_figure_that_no_world_has_is_refused() -> None:
    with pytest.raises(EstimateError) as error:
        handoff_world(
            exposed_share=0.5,
            reference=0.4,
            ratio=2.7,
            selection=0.5,
            within=30,
            early_share=0.59,
            year_risk=0.5,
        )
    assert str(error.value) == (
        "No world of a handoff has the margins 0.5, 0.4, 2.7 to within 0.0001. Change what the claim file assumes."
    )


def test_people_have_the_shares_of_their_world() -> None:
    world = care_world(CONTINUUM, selection=0.56, within=14, weeks=8, early_share=0.59)
    people = world.draw(60_000, np.random.default_rng(1), day=365, regained=0.5)
    share, exposed, other = world.shares(365)
    done = np.isfinite(people.start) & (people.end >= people.start + 49)
    free = ~np.isfinite(people.relapse)
    assert done.mean() == pytest.approx(share, abs=0.005)
    assert free[done].mean() == pytest.approx(exposed, abs=0.01)
    assert free[~done].mean() == pytest.approx(other, abs=0.01)


def test_the_middle_strength_is_that_of_the_synthetic_programs() -> None:
    uniforms = np.random.default_rng(1).random((5_000, len(DIMENSIONS)))
    clients = draw(uniforms, sites=Sites.draw(20, seed=20241001))
    by = course().coefficients
    relapse = linear(clients, by["relapse"], site=clients.sites.outcome)
    start = linear(clients, by["start"], site=clients.sites.access)
    assert math.sqrt(-np.cov(relapse, start)[0, 1]) == pytest.approx(SELECTION[TEDS_LIKE], abs=0.02)


@pytest.mark.parametrize("name", ["C04", "C07", "C18"])
def test_the_pipeline_estimates_the_figure_blind(name: str) -> None:
    one = claim(name)
    world = built(one, TEDS_LIKE)
    drawn = [world.draw(8_000, np.random.default_rng([1, 2]))]
    found = claim_estimates(one, DerivedClaim.of(as_cohort(drawn), study_of(one)))
    assert found[0].quantity == "figure"
    assert found[0].value == pytest.approx(one.target, rel=0.08)
    assert found[0].low < one.target < found[0].high


def test_a_replicate_does_not_depend_on_those_beside_it() -> None:
    one = claim("C18")
    draw_people = built(one, TEDS_LIKE).draw
    drawn = [draw_people(275, np.random.default_rng([3, number])) for number in range(3)]
    together = list(DerivedClaim.of(as_cohort(drawn), study_of(one)).replicates())
    alone = DerivedClaim.of(as_cohort(drawn[2:]), study_of(one))
    assert claim_estimates(one, together[2]) == claim_estimates(one, alone)


@pytest.mark.parametrize("strength", SELECTION)
def test_worlds_and_artifacts_agree_with_an_integration_of_their_own(strength: str) -> None:
    for name, other in (("C04", completed_care), ("C07", appointment), ("C11", residential)):
        one = claim(name)
        mine = built(one, strength)
        share, reference = one.assumed.exposed_share, one.assumed.reference
        effect, artifact = other(SELECTION[strength], share=share, other=reference, ratio=one.target)
        assert next(iter(mine.solved.values())) == pytest.approx(effect, rel=1e-3)
        assert mine.without_effect.figure == pytest.approx(artifact, rel=1e-3)

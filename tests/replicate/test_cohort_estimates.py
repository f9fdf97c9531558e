"""Figures of whole cohorts, gaps, levels and ranks: known worlds, and cohorts worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import DesignError
from stepdown.replicate.builders import built, null_worlds
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_studies import for_own_cohort, of_one_kind, study_of
from stepdown.replicate.completed_stays import completion_estimates, in_teds_codes
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.own_groups import groups_of
from stepdown.replicate.registry import claims
from stepdown.replicate.verdict import RealEstimate, judge
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, as_cohort
from stepdown.replicate.worlds.relapse_alone import relapse_world, timing_world
from stepdown.replicate.worlds.selection import TEDS_LIKE
from stepdown.replicate.worlds.two_settings import settings_world
from stepdown.schema import Cohort
from stepdown.sources import bundled, from_frames

CLAIMS = {one.id: one for one in claims()}
PROGRAMS = OwnCohort.read(bundled("synthetic") / "programs" / "cohort.toml")


def cohort_of(name: str, size: int, *, null: bool = False) -> Cohort:
    world = list(null_worlds(CLAIMS[name]).values())[1] if null else built(CLAIMS[name], TEDS_LIKE)
    people = world.draw(size, np.random.default_rng([5, 6]))
    assert isinstance(people, RebuiltPeople)
    return as_cohort([people])


def figure(name: str, cohort: Cohort) -> dict[str, float]:
    one = CLAIMS[name]
    return {
        found.quantity: found.value for found in claim_estimates(one, DerivedClaim.of(cohort, study_of(one)))
    }


@pytest.mark.parametrize("name", ["C01", "C02", "C03", "C06", "C09", "C14", "C22"])
def test_the_pipeline_estimates_each_figure_blind(name: str) -> None:
    found = figure(name, cohort_of(name, 4_000))
    assert found["figure"] == pytest.approx(CLAIMS[name].target, rel=0.12)


def test_days_in_mutual_help_have_the_hazard_ratio_of_the_world() -> None:
    found = figure("C19", cohort_of("C19", 1_500))
    assert found["figure"] == pytest.approx(0.75, rel=0.2)
    assert found["unadjusted"] < found["figure"]


def test_a_constant_hazard_gives_a_third_of_the_relapses_in_a_quarter_of_the_year() -> None:
    # (1 - 0.5^(90 / 365)) / 0.5 = 0.314.
    assert figure("C03", cohort_of("C03", 6_000, null=True))["figure"] == pytest.approx(0.314, abs=0.02)


def test_levels_that_do_nothing_differ_by_selection() -> None:
    world = settings_world(share=0.5, risk=0.5, day=180, selection=0.56)
    assert world.shares(180) == pytest.approx((0.5, 0.5, 0.5), abs=1e-4)
    _, iop, residential = world.without_effect().shares(180)
    assert iop < residential - 0.05
    found = figure("C10", cohort_of("C10", 6_000, null=True))
    assert found["figure"] == pytest.approx(iop - residential, abs=0.03)


def test_worlds_of_relapse_by_hand() -> None:
    world = relapse_world(risk=0.5, day=365, early_share=0.59)
    assert world.constant().risk(365) == pytest.approx(0.5, abs=1e-4)
    # Constant: the first 90 days have the rate of all others.
    assert world.constant().rate_ratio == pytest.approx(1.0)
    assert timing_world(3.0, year_risk=0.5).rate_ratio == pytest.approx(3.0, abs=1e-4)


def test_the_share_of_a_gap_by_hand() -> None:
    # Two of four without a gap come, none of two with one: 1 - 0.5 / (4/6 * 0.5 + 2/6 * 1) = 0.25.
    names = list("abcdef")
    cohort = from_frames(
        discharges=pd.DataFrame(
            {"client_id": names, "admit_day": 0, "discharge_day": 28, "level": "residential",
             "appointment_day": [30, 31, 32, 33, 48, None]}
        ),
        services=pd.DataFrame(
            {"client_id": ["a", "b"], "level": "iop", "start_day": [30, 31], "attended": True}
        ),
        observations=pd.DataFrame({"client_id": ["a"], "day": [200], "finding": ["positive"], "source": ["urine"]}),
        followup=pd.DataFrame({"client_id": names, "start_day": 28, "end_day": 300}),
        basis="synthetic",
        clock="day",
    )  # fmt: skip
    found = figure("C14", cohort)
    assert found["figure"] == pytest.approx(0.25)
    assert (found["dropout_without_gap"], found["dropout_with_gap"]) == (0.5, 1.0)


def test_the_strongest_predictor_is_ranked_first() -> None:
    one = CLAIMS["C08"]
    # A replicate has no interval of the rank, which takes 200 fits.
    cohort = cohort_of("C08", 6_000)
    (part,) = DerivedClaim.of(cohort, study_of(one)).replicates()
    found = {each.quantity: each for each in claim_estimates(one, part)}
    assert (found["figure"].value, math.isnan(found["figure"].low)) == (1, True)
    assert found["standardized_effect_prior_relapse"].value == pytest.approx(0.25, abs=0.06)
    # Those without care by day 14 alone; with it the claimed predictor is as strong as the others.
    came = (cohort.services["start_day"] <= 28 + 14).sum()
    assert found["figure"].n + found["rank_with_step_down"].n == found["rank_of_everyone"].n < 6_000
    assert found["rank_with_step_down"].n == pytest.approx(came, rel=0.1)
    lost = {name: each.value for name, each in found.items() if name.startswith("explained_variation")}
    assert max(lost, key=lost.__getitem__) == "explained_variation_prior_relapse"


def test_a_predictor_that_is_not_there_is_named() -> None:
    with pytest.raises(DesignError) as error:
        figure("C08", cohort_of("C01", 300))
    assert str(error.value) == (
        "The discharges have no prior_relapse, severity, cooccurring, trauma_history, home_environment. Map each as a "
        "covariate that is known by discharge."
    )


def test_a_claim_of_one_kind_of_session_sees_no_others() -> None:
    cohort = from_frames(
        discharges=pd.DataFrame({"client_id": ["a"], "admit_day": [0], "discharge_day": [28]}),
        services=pd.DataFrame(
            {
                "client_id": "a",
                "level": ["iop", "outpatient"],
                "start_day": [30, 31],
                "kind": ["group", "mutual_help"],
            }
        ),
        basis="synthetic",
        clock="day",
    )
    held = of_one_kind(cohort, "mutual_help").services
    assert (held["start_day"].tolist(), held["level"].tolist(), held["kind"].tolist()) == (
        [31],
        ["outpatient"],
        ["group"],
    )
    assert of_one_kind(cohort, "") is cohort


def test_completion_of_a_cohort_by_hand() -> None:
    reasons = ["completed"] * 3 + ["transferred"] * 2 + ["left_against_advice"] * 3
    cohort = from_frames(
        discharges=pd.DataFrame(
            {"client_id": [str(n) for n in range(8)], "admit_day": 0, "discharge_day": 28, "level": "residential",
             "discharge_reason": reasons, "site_id": "1"}
        ),
        basis="synthetic",
        clock="day",
    )  # fmt: skip
    found = completion_estimates(CLAIMS["C12"], in_teds_codes(cohort))
    assert [(one.quantity, one.value, one.n) for one in found] == [
        ("figure", 3 / 8, 8),
        ("without_transfers", 0.5, 6),
    ]


def test_discharges_are_drawn_with_the_odds_ratio_of_the_figure() -> None:
    table = built(CLAIMS["C11"], TEDS_LIKE).draw(20_000, np.random.default_rng(1))
    assert not isinstance(table, RebuiltPeople)
    found = {one.quantity: one for one in completion_estimates(CLAIMS["C11"], table)}
    assert found["figure"].low < 3 < found["figure"].high
    # 76.5% against 52%: three times the odds is half again the chance.
    assert found["risk_ratio"].value == pytest.approx(0.765 / 0.52, abs=0.05)


def equality(low: float, high: float) -> str:
    found = RealEstimate(value=(low + high) / 2, low=low, high=high, source="own cohort")
    return judge(CLAIMS["C10"], found).verdict


def test_verdicts_on_equality() -> None:
    assert equality(-0.04, 0.05) == "agrees"
    assert equality(-0.04, 0.15) == "too imprecise"
    assert equality(0.11, 0.15) == "differs"
    reason = judge(CLAIMS["C10"], RealEstimate(value=0.05, low=-0.04, high=0.15, source="own cohort")).reason
    assert reason == (
        "own cohort: difference 0.05 (95% CI -0.04 to 0.15); the margin is 0.10. The interval crosses it: no "
        "difference shown is not equivalence."
    )


def test_verdicts_on_ranks() -> None:
    def rank(value: float, low: float, high: float) -> str:
        return judge(CLAIMS["C08"], RealEstimate(value=value, low=low, high=high, source="own cohort")).reason

    assert rank(1, 1, 1).endswith(
        "rank 1 (95% CI 1 to 1); the figure is rank 1. The interval lies within it."
    )
    assert rank(2, 1, 4).endswith("The ranking is not determined at this n.")
    assert rank(3, 2, 4).endswith("The interval excludes it.")


def test_an_open_range_has_no_middle() -> None:
    assert math.isnan(CLAIMS["C19"].model_copy(update={"world": CLAIMS["C01"].world}).target)
    assert (CLAIMS["C02"].figure, CLAIMS["C19"].figure, CLAIMS["C05"].figure) == (
        "above 1.00",
        "under 1.00",
        "rank 1",
    )


def own(name: str) -> dict[str, tuple[float, int]]:
    one = CLAIMS[name]
    study = for_own_cohort(study_of(one), PROGRAMS.cohort)
    return {row.variant: (row.estimate, row.n) for row in groups_of(one, study, PROGRAMS)}


def test_effects_in_groups_of_a_cohort_of_ones_own() -> None:
    found = own("C21")
    effect, people = found["own cohort (synthetic), Home environment: stable"]
    assert (effect < 0, people) == (True, 1433)


def test_completion_by_severity_of_a_cohort_of_ones_own() -> None:
    held = PROGRAMS.cohort.discharges
    mild = held[held["severity"] == "mild"]
    found = own("C20")["own cohort (synthetic), completed residential, severity mild"]
    assert found == (pytest.approx((mild["discharge_reason"] == "completed").mean()), len(mild))


def test_weeks_of_care_of_a_cohort_of_ones_own() -> None:
    found = own("C13")
    assert len(found) == 3
    assert all("weeks of care by day 28 against none" in name for name in found)

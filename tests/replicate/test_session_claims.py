"""Claims on sessions: counts by hand, ranks, matched groups and total dose, each against its world or by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from stepdown.errors import DesignError
from stepdown.replicate.builders import built, null_worlds
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_columns import AT_LANDMARK, NOTHING_TO_BUILD, column_of
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_finding import DONE_RIGHT, REBUILT
from stepdown.replicate.claim_studies import study_of
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.registry import claims
from stepdown.replicate.worlds.matched_hours import MatchedHoursWorld
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, as_cohort
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard
from stepdown.replicate.worlds.selection import TEDS_LIKE
from stepdown.schema import Cohort
from stepdown.sources import from_frames

CLAIMS = {one.id: one for one in claims()}
DISCHARGE = 28


def of_sessions(sessions: list[tuple[str, int, str, bool, float]], relapses: dict[str, int]) -> Cohort:
    """Return clients with sessions of (client, day after discharge, kind, peer accountability, hours)."""
    names = sorted({one[0] for one in sessions} | set(relapses))
    frame = pd.DataFrame(sessions, columns=["client_id", "start_day", "kind", "peer_accountability", "hours"])
    return from_frames(
        discharges=pd.DataFrame(
            {"client_id": names, "admit_day": 0, "discharge_day": DISCHARGE, "level": "residential"}
        ),
        services=frame.assign(level="outpatient", attended=True, start_day=frame["start_day"] + DISCHARGE),
        observations=pd.DataFrame(
            {"client_id": list(relapses), "day": [DISCHARGE + day for day in relapses.values()],
             "finding": "positive", "source": "urine"}
        ),
        followup=pd.DataFrame({"client_id": names, "start_day": DISCHARGE, "end_day": DISCHARGE + 400}),
        basis="synthetic",
        clock="day",
    )  # fmt: skip


def drawn(name: str, size: int, *, null: bool = False) -> Cohort:
    world = list(null_worlds(CLAIMS[name]).values())[1] if null else built(CLAIMS[name], TEDS_LIKE)
    people = world.draw(size, np.random.default_rng([7, 8]))
    assert isinstance(people, RebuiltPeople)
    return as_cohort([people])


def estimates(one: Claim, cohort: Cohort) -> dict[str, float]:
    (part,) = DerivedClaim.of(cohort, study_of(one)).replicates()
    return {found.quantity: found.value for found in claim_estimates(one, part)}


def test_sessions_are_counted_by_kind_and_day_by_hand() -> None:
    cohort = of_sessions(
        [("a", 1, "group", True, 2.0), ("a", 30, "group", False, 1.5), ("a", 31, "group", True, 2.0),
         ("b", 3, "individual", False, 1.0), ("b", 4, "skills_rehearsal", False, 1.0)],
        {"c": 50},
    )  # fmt: skip
    derived = DerivedClaim.of(cohort, study_of(CLAIMS["C05"]))
    counts = {name: derived.session_counts(name, 30).tolist() for name in CLAIMS["C05"].world.predictors}
    assert counts == {
        "peer_accountability": [1.0, 0.0, 0.0],
        "individual_sessions": [0.0, 1.0, 0.0],
        "group_sessions": [1.0, 0.0, 0.0],
        "family_sessions": [0.0, 0.0, 0.0],
    }
    there, hours = derived.sessions_of_kind("skills_rehearsal", 7)
    assert (there.tolist(), hours.tolist()) == ([False, True, False], [2.0, 1.0, 0.0])


def test_the_kind_of_session_that_helps_most_is_ranked_first() -> None:
    one = CLAIMS["C05"]
    world = one.world.model_copy(update={"strongest": 0.3, "other": 0.1})
    people = built(one.model_copy(update={"world": world}), TEDS_LIKE).draw(
        5_000, np.random.default_rng([7, 8])
    )
    assert isinstance(people, RebuiltPeople)
    found = estimates(one, as_cohort([people]))
    assert found["figure"] == 1
    assert found["standardized_effect_peer_accountability"] == pytest.approx(0.3, abs=0.05)
    assert found["standardized_effect_family_sessions"] == pytest.approx(0.1, abs=0.05)


def test_a_ranking_by_landmark_says_so() -> None:
    (found,) = column_of(CLAIMS["C05"], study_of(CLAIMS["C05"]), DONE_RIGHT, replicates=1)
    assert found.note == AT_LANDMARK.format(day=30)


def test_few_relapses_give_no_rank() -> None:
    cohort = of_sessions([("a", 1, "group", True, 2.0), ("b", 2, "group", False, 2.0)], {"a": 50})
    with pytest.raises(DesignError) as error:
        list(claim_estimates(CLAIMS["C05"], DerivedClaim.of(cohort, study_of(CLAIMS["C05"]))))
    assert str(error.value) == "Fewer than 20 of these people relapse."


def test_margins_of_matched_groups_by_hand() -> None:
    # No selection, a constant hazard of 0.002 a day at 6 hours, and half who rehearse from day 1: halved hazard.
    world = MatchedHoursWorld(
        wish=0.0, hazard=RelapseHazard(shape=1.0, scale=500.0), effect=0.5, selection=0.0, within=1
    )
    share = risk = matched = every = 0.0
    for step in (-1, 0, 1):
        rate, wants = 0.002 * math.exp(-0.2 * step), 1 / (1 + math.exp(-0.5 * step)) / 3
        mine, others = wants * math.exp(-rate), (1 / 3 - wants) * math.exp(-rate)
        share, every = share + mine, every + mine + others
        risk += mine * (1 - math.exp(-rate * 0.5 * 100))
        matched += mine * (1 - math.exp(-rate * 100))
    assert world.shares(101) == pytest.approx((share / every, risk / share, matched / share))


def test_matched_groups_have_the_ratio_of_their_world() -> None:
    found = estimates(CLAIMS["C06"], drawn("C06", 6_000))
    assert found["figure"] == pytest.approx(0.66, abs=0.06)
    assert found["outcome_others"] == pytest.approx(0.5, abs=0.03)
    null = list(null_worlds(CLAIMS["C06"]).values())[1]
    assert null.figure == pytest.approx(
        estimates(CLAIMS["C06"], drawn("C06", 6_000, null=True))["figure"], abs=0.08
    )


def test_matching_needs_both_groups() -> None:
    cohort = of_sessions([("a", 1, "group", True, 2.0), ("b", 2, "group", False, 3.0)], {"a": 50})
    with pytest.raises(DesignError) as error:
        list(claim_estimates(CLAIMS["C06"], DerivedClaim.of(cohort, study_of(CLAIMS["C06"]))))
    assert str(error.value) == (
        "Too few people with the kind of session, or without it, to match them on hours."
    )


def test_total_weeks_make_a_ratio_where_care_does_nothing() -> None:
    one = CLAIMS["C13"]
    found = estimates(one, drawn("C13", 2_000))
    assert found["figure"] > 1.3
    assert found["hazard_ratio_of_total"] < 0.85
    # Weeks known by the landmark, adjusted for what drives selection, and relapse after it.
    rows = [row for row in column_of(one, study_of(one), DONE_RIGHT, replicates=1) if row.shown]
    assert len(rows) == 3
    assert all(row.low < 1 < row.high and row.variant.endswith("by day 28 against none") for row in rows)
    assert column_of(one, study_of(one), REBUILT, replicates=1)[0].note == NOTHING_TO_BUILD


def test_ninety_days_of_care_by_hand() -> None:
    # a and b have 90 days, c and d fewer; of these c relapses. Abstinent: 2 of 2 against 1 of 2, a ratio of 2.
    spans = {"a": (1, 90), "b": (5, 120), "c": (1, 40), "d": (1, 60)}
    names = list(spans)
    cohort = from_frames(
        discharges=pd.DataFrame(
            {"client_id": names, "admit_day": 0, "discharge_day": DISCHARGE, "level": "residential"}
        ),
        services=pd.DataFrame(
            {"client_id": names, "level": "iop", "attended": True,
             "start_day": [DISCHARGE + first for first, _ in spans.values()],
             "end_day": [DISCHARGE + last for _, last in spans.values()]}
        ),
        observations=pd.DataFrame({"client_id": ["c"], "day": [DISCHARGE + 41], "finding": ["positive"],
                                   "source": ["urine"]}),
        followup=pd.DataFrame({"client_id": names, "start_day": DISCHARGE, "end_day": DISCHARGE + 400}),
        basis="synthetic",
        clock="day",
    )  # fmt: skip
    found = next(iter(claim_estimates(CLAIMS["C13"], DerivedClaim.of(cohort, study_of(CLAIMS["C13"])))))
    assert (found.quantity, found.value, found.n) == ("figure", pytest.approx(2.0), 4)

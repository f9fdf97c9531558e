"""The day on which an exposure is there, by hand, and ratios from shares."""

import math

import numpy as np
import pandas as pd
import pytest

from stepdown.replicate.claim_studies import study_of, without_weeks
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.exposure_days import ever_exposed
from stepdown.replicate.ratio_limits import odds_ratio_of_shares, ratio_of_shares
from stepdown.replicate.registry import claims
from stepdown.sources import from_frames

CONTINUUM = study_of(next(one for one in claims() if one.id == "C04"))


def derived(sessions: dict[str, list[int]], relapse: dict[str, int]) -> DerivedClaim:
    """Return clients by the days of their IOP sessions and of their relapse, followed for 400 days."""
    names = list(sessions)
    return DerivedClaim.of(
        from_frames(
            discharges=pd.DataFrame(
                {"client_id": names, "admit_day": 0, "discharge_day": 28, "level": "residential"}
            ),
            services=pd.DataFrame(
                [(name, "iop", 28 + day, True) for name in names for day in sessions[name]],
                columns=["client_id", "level", "start_day", "attended"],
            ),
            observations=pd.DataFrame(
                [(name, 28 + day, "positive", "self_report") for name, day in relapse.items()],
                columns=["client_id", "day", "finding", "source"],
            ),
            followup=pd.DataFrame({"client_id": names, "start_day": 28, "end_day": 428}),
            basis="synthetic",
            clock="day",
        ),
        CONTINUUM,
    )


def test_eight_weeks_are_complete_in_the_eighth_week_with_care() -> None:
    weekly = [5 + 7 * week for week in range(8)]
    sessions = {
        "eight": weekly,
        "seven": weekly[:7],
        "twice": sorted(weekly[:7] + [day + 2 for day in weekly[:7]]),
        "gap": [day + 7 * (place > 3) for place, day in enumerate(weekly)],
        "relapse": weekly,
    }
    course = ever_exposed(derived(sessions, {"relapse": 40}).people, CONTINUUM)
    assert course.started.tolist() == [54.0, math.inf, math.inf, 61.0, math.inf]
    assert course.event.tolist() == [0, 0, 0, 0, 1]


def test_without_weeks_the_first_session_is_the_exposure() -> None:
    plain = without_weeks(CONTINUUM, landmark=14)
    people = derived({"day 5": [5], "day 15": [15], "both": [3]}, {"both": 90}).people
    assert ever_exposed(people, plain).started.tolist() == [5.0, math.inf, 3.0]


def test_ratios_by_hand() -> None:
    # Woolf's interval of 30 of 50 against 15 of 50, from shares with binomial errors.
    shares = [(p, math.sqrt(p * (1 - p) / 50)) for p in (0.6, 0.3)]
    value, low, high = odds_ratio_of_shares(*shares)
    wide = 1.959964 * math.sqrt(1 / 30 + 1 / 20 + 1 / 15 + 1 / 35)
    assert (value, low, high) == pytest.approx((3.5, 3.5 * math.exp(-wide), 3.5 * math.exp(wide)), rel=1e-6)
    value, low, high = ratio_of_shares(*shares)
    wide = 1.959964 * math.sqrt(0.4 / 30 + 0.7 / 15)
    assert (value, low, high) == pytest.approx((2.0, 2 * math.exp(-wide), 2 * math.exp(wide)), rel=1e-6)


def test_shares_that_move_together_have_a_narrower_ratio() -> None:
    alike = ratio_of_shares((0.6, 0.05), (0.3, 0.05), difference_error=0.02)
    # Covariance by hand: (0.0025 + 0.0025 - 0.0004) / 2 = 0.0023.
    variance = 0.0025 / 0.36 + 0.0025 / 0.09 - 2 * 0.0023 / 0.18
    assert np.log(alike[2] / 2) == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-6)

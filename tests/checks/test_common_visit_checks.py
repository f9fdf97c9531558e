"""Common visits: the ratio of two risk ratios by hand, its words, and a drawn cohort that tests care more often."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import stepdown as sd
from stepdown.checks import GateWords, common_visit_checks
from stepdown.checks.common_visit_checks import RatioChange, _judged, ratio_changes
from stepdown.cohort import eligible, with_outcome
from stepdown.compare import ArmComparison, compare_known_arms
from stepdown.study import Study
from stepdown.synthetic import generate
from tools.validation.check_rates import study_with_landmark

WORDS = GateWords(day=90)
SIZE = 100


def compared(
    events: int, other: int = 20, *, before: int = 0, days: tuple[int, ...] = (90,)
) -> ArmComparison:
    """Return 100 people an arm with so many events, `before` of each on day 10, the others on day 90."""
    number = np.arange(2 * SIZE)
    event = np.where(number < SIZE, number < events, number < SIZE + other)
    found = compare_known_arms(
        np.where(number % SIZE < before, 10, 90), event, (number >= SIZE).astype(int), pd.DataFrame(index=number),
        labels=("a", "b"), method="weighting", leverage=0.0, times=days, window=None, rmst=None,
    )  # fmt: skip
    return replace(found, rows=number)


def test_the_ratio_of_ratios_by_hand() -> None:
    # 40 events by all findings, of which visits find 30, and the same 20 in the other arm: 2.0 and 1.5. One count
    # is part of the other, so that the variance of log(40 / 30) is 1 / 30 - 1 / 40; the second arm adds nothing.
    everything, visits = compared(40), compared(30)
    (found,) = ratio_changes(everything, visits, np.arange(2 * SIZE), day=90)
    assert (found.by_all, found.by_visits, found.ratio) == pytest.approx((2.0, 1.5, 4 / 3))
    error = math.sqrt(1 / 30 - 1 / 40)
    assert math.log(found.high / found.ratio) / error == pytest.approx(1.99, abs=0.05)
    assert found.p == pytest.approx(0.0025, abs=0.001)
    # Each person twice: the variance is twice as large.
    (doubled,) = ratio_changes(everything, visits, np.arange(2 * SIZE) // 2, day=90)
    assert math.log(doubled.high / doubled.ratio) > 1.35 * math.log(found.high / found.ratio)
    # The same findings, or five clusters, have no interval.
    assert not list(ratio_changes(everything, everything, np.arange(2 * SIZE), day=90))
    assert not list(ratio_changes(everything, visits, np.arange(2 * SIZE) % 5, day=90))


def test_the_ratio_is_that_of_the_days_after_the_decision() -> None:
    # 10 events by day 14 in each arm count in both. After it 30 and 10 by all findings: 3.0; visits find half of
    # each: 3.0 too, though by day 90 the ratios are 40 / 20 and 25 / 15.
    everything = compared(40, before=10, days=(14, 90))
    visits = compared(25, 15, before=10, days=(14, 90))
    (found,) = ratio_changes(everything, visits, np.arange(2 * SIZE), day=90, after=14)
    assert (found.by_all, found.by_visits) == pytest.approx((3.0, 3.0))
    assert found.p == pytest.approx(1.0)
    (since_zero,) = ratio_changes(everything, visits, np.arange(2 * SIZE), day=90)
    assert (since_zero.by_all, since_zero.by_visits) == pytest.approx((2.0, 5 / 3))


@pytest.mark.parametrize(
    ("p", "verdict", "end"),
    [
        (0.2, "passed", " Chance explains that."),
        (
            0.01,
            "warning",
            " The two differ by more than chance: relapses of one group are found more completely than those of the "
            "other. Rely rather on what scheduled visits find.",
        ),
        (
            0.0001,
            "failed",
            " The two differ by more than chance: relapses of one group are found more completely than those of the "
            "other. Rely rather on what scheduled visits find.",
        ),
    ],
)
def test_the_words_of_common_visits(p: float, verdict: str, end: str) -> None:
    found = RatioChange(
        arm="A", reference="B", by_all=0.8, by_visits=0.72, ratio=1.11, low=1.02, high=1.2, p=p
    )
    assert _judged(found, WORDS, 14, since_zero=False) == (
        verdict,
        "By one finding of each scheduled visit after day 14 the risk ratio of “A” by day 90 is 0.72; by all findings "
        f"it is 0.80, 1.11 times as high (95% CI 1.02 to 1.20).{end}",
    )
    assert _judged(found, WORDS, 0, since_zero=False)[1].startswith(
        "By one finding of each scheduled visit the risk ratio of “A” by day 90 is"
    )
    assert _judged(found, WORDS, 14, since_zero=True)[1].startswith(
        "By one finding of each scheduled visit after day 14 the risk ratio of “A” over days 15-90 is"
    )


def test_care_that_is_tested_more_often_is_found_out() -> None:
    frames = generate(800, seed=0, world="detection", effect="none", sites=8)
    cohort = sd.from_frames(
        discharges=frames["discharges"], services=frames["services"], followup=frames["followup"],
        observations=frames["observations"].query("due_day.isna()").drop(columns="due_day"),
        basis="synthetic", clock="day", schedule={"visits": [30, 60, 90], "before": 5, "after": 9},
    )  # fmt: skip
    study = study_with_landmark("detection")
    chosen = eligible(cohort, study)
    people = with_outcome(chosen, study)
    (row,) = common_visit_checks(chosen, people, study, "landmark_14", WORDS)
    assert (row["term"], row["analysis"]) == ("common_visits", "landmark_14")
    assert row["estimate"] > 1
    assert row["statistic"] in ("warning", "failed")
    # Without scheduled visits there is nothing to compare, and with events too few for the gate nothing is.
    plain = chosen.observing(replace(cohort, schedule=None))
    assert not list(common_visit_checks(plain, people, study, "landmark_14", WORDS))
    raw = study.model_dump(exclude_none=True) | {"gates": {"events": {"warn": 900, "withhold": 800}}}
    assert not list(common_visit_checks(chosen, people, Study.parse(raw), "landmark_14", WORDS))

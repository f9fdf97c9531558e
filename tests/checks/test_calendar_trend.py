"""A trend over calendar quarters, by hand and by simulation."""

import math

import numpy as np
import pytest

from stepdown.checks.calendar_trend import CalendarTrend, calendar_trend, trend_verdict


def test_by_hand() -> None:
    # Day 1: quarters 1, 1, 2, 2, mean 1.5, variance 1/4: U = -1/2, V = 1/4. Day 2: 1, 2, 2, mean 5/3, variance 2/9:
    # U = -2/3, V = 2/9. z = -1.1667 / sqrt(0.4722) = -1.698.
    found = calendar_trend(
        np.array([1.0, 2, 3, 3]),
        np.array([True, True, False, False]),
        np.array([1.0, 1, 2, 2]),
        np.zeros(4, int),
    )
    assert found.hazard_ratio == pytest.approx(math.exp(-(7 / 6) / (17 / 36)))
    assert found.p == pytest.approx(math.erfc((7 / 6) / math.sqrt(2 * 17 / 36)))


def test_without_events_there_is_no_test() -> None:
    found = calendar_trend(np.ones(3), np.zeros(3, bool), np.arange(3.0), np.zeros(3, int))
    assert math.isnan(found.p)


def drawn(rng: np.random.Generator, slope: float) -> float:
    quarter = rng.integers(0, 8, 300).astype(float)
    group = rng.integers(0, 2, 300)
    event = np.ceil(rng.exponential(150 / np.exp(slope * quarter + 0.7 * group)))
    end = np.minimum(rng.integers(20, 90, 300), 90)
    return calendar_trend(np.minimum(event, end), event <= end, quarter, group).p


def test_size_and_power_over_drawn_cohorts() -> None:
    rng = np.random.default_rng(20261129)
    none = np.array([drawn(rng, 0.0) for _ in range(150)])
    # 0.05 within three standard errors of 150 draws.
    assert abs((none < 0.05).mean() - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 150)
    assert np.mean([drawn(rng, 0.15) < 0.01 for _ in range(30)]) > 0.6


def test_words() -> None:
    assert trend_verdict(CalendarTrend(hazard_ratio=1.03, p=0.0851), "relapse", grouped=False) == (
        "passed",
        "By quarter of discharge, the hazard ratio of relapse of everybody is 1.03 per quarter (p = 0.085).",
    )
    assert trend_verdict(CalendarTrend(hazard_ratio=0.8, p=0.0002), "relapse", grouped=True) == (
        "warning",
        "By quarter of discharge, the hazard ratio of relapse within the groups is 0.80 per quarter (p < 0.001). "
        "Relapses became less frequent. If more people started care in some quarters than in others, that is part of "
        "the difference: compare quarters of one kind.",
    )

"""Intervals cover a known truth: 400 draws of 200 people, seeds fixed."""

import numpy as np
import pytest

from stepdown.survival import aalen_johansen, contrast, kaplan_meier, risk, rmst, window_risk

pytestmark = pytest.mark.slow

DRAWS, PEOPLE = 400, 200
RELAPSE, DEATH = 1 / 120, 1 / 400


def weekly(rng, rate, size):
    """Times in whole weeks, so that ties are the rule; at least one week."""
    return 7.0 * np.ceil(rng.exponential(1 / (7 * rate), size))


def free(rate, day):
    """Survival of a weekly time."""
    return np.exp(-rate * 7 * np.floor(day / 7))


def covered(low, high, truth):
    hits = [one <= truth <= other for one, other in zip(low, high, strict=True)]
    return np.mean(hits)


def observe(rng, time):
    loss = rng.uniform(60, 180, len(time))
    return np.minimum(time, loss), time <= loss


def test_risk_window_and_competing_death():
    rng = np.random.default_rng(11)
    limits = {"risk": [], "window_risk": [], "conditional_risk": []}
    for _ in range(DRAWS):
        relapse, death = weekly(rng, RELAPSE, PEOPLE), weekly(rng, DEATH, PEOPLE)
        days, seen = observe(rng, np.minimum(relapse, death))
        curves = aalen_johansen(days, seen * np.where(relapse <= death, 1, 2))
        found = risk(curves, 91).table.query("cause == 1")
        limits["risk"].append((found["conf_low"].iloc[0], found["conf_high"].iloc[0]))
        for name, row in (
            window_risk(curves, 28, 91).table.query("cause == 1").set_index("measure").iterrows()
        ):
            limits[name].append((row["conf_low"], row["conf_high"]))
    weeks = np.arange(1, 14)
    both = free(RELAPSE + DEATH, 7 * (weeks - 1))
    by_week = np.cumsum(both * (1 - free(RELAPSE, 7)))
    truth = {"risk": by_week[12], "window_risk": by_week[12] - by_week[3]}
    truth["conditional_risk"] = truth["window_risk"] / free(RELAPSE + DEATH, 28)
    for name, values in limits.items():
        assert 0.92 <= covered(*zip(*values, strict=True), truth[name]) <= 0.98, name


def test_difference_of_restricted_means():
    rng = np.random.default_rng(12)
    low, high = [], []
    arm = np.repeat(["care", "usual"], PEOPLE // 2)
    rates = np.where(arm == "care", RELAPSE / 2, RELAPSE)
    for _ in range(DRAWS):
        days, seen = observe(rng, weekly(rng, rates, PEOPLE))
        row = contrast(rmst(days, seen, tau=91, arm=arm), measures=["difference"]).table.iloc[0]
        low.append(row["conf_low"])
        high.append(row["conf_high"])
    weeks = 7 * np.arange(13)
    truth = 7 * (free(RELAPSE / 2, weeks).sum() - free(RELAPSE, weeks).sum())
    assert 0.92 <= covered(low, high, truth) <= 0.98


@pytest.mark.parametrize("clustered", [False, True])
def test_weighted_risk(clustered):
    # Severe people are over-sampled and relapse faster; weights restore the half and half of the truth.
    # Clustered: everyone is in the file twice, which must not narrow the interval.
    rng = np.random.default_rng(13)
    low, high = [], []
    people = np.arange(PEOPLE)
    for _ in range(DRAWS):
        severe = rng.random(PEOPLE) < 0.8
        days, seen = observe(rng, weekly(rng, np.where(severe, 2 * RELAPSE, RELAPSE / 2), PEOPLE))
        weights = np.where(severe, 0.5 / 0.8, 0.5 / 0.2)
        rows = np.tile(people, 2) if clustered else people
        cluster = rows if clustered else None
        curves = kaplan_meier(days[rows], seen[rows], weights=weights[rows], cluster=cluster)
        row = risk(curves, 91).table.iloc[0]
        low.append(row["conf_low"])
        high.append(row["conf_high"])
    truth = 1 - (free(2 * RELAPSE, 91) + free(RELAPSE / 2, 91)) / 2
    assert 0.92 <= covered(low, high, truth) <= 0.98

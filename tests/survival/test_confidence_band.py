"""Bands over a stretch of days: special cases, laws, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import confidence_band
from stepdown.survival.curves.simultaneous_bands import _covariance
from support_size import quick_or_long
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier

pytestmark = pytest.mark.slow


def observe(rng, size):
    """Days in whole weeks with two causes, and loss from day 60."""
    first, other = (7 * np.ceil(rng.exponential(mean / 7, size)) for mean in (120, 400))
    loss = rng.uniform(60, 240, size)
    days = np.minimum(np.minimum(first, other), loss)
    return days, np.where(days == loss, 0, np.where(first <= other, 1, 2))


def test_one_day_is_the_interval_of_that_day():
    days, event = observe(np.random.default_rng(1), 300)
    curves = kaplan_meier(days, event > 0)
    band = confidence_band(curves, 28, 29, seed=1, draws=200_000).table.iloc[0]
    row = curves.at(28).iloc[0]
    assert band["time"] == 28
    assert band["critical"] == pytest.approx(1.96, abs=0.015)
    assert (band["conf_low"], band["conf_high"]) == pytest.approx(
        (row["conf_low"], row["conf_high"]), abs=1e-3
    )


def test_two_days_by_hand():
    # Without censoring S(t) is a share: S(1) = 3/4, S(2) = 1/2, covariance proportional to S(2) (1 - S(1)),
    # correlation (1/2 * 1/4) / sqrt(3/16 * 1/4) = 1 / sqrt(3).
    days = np.repeat([1, 2, 3], [10, 10, 20])
    found = confidence_band(kaplan_meier(days, np.ones(40)), 1, 2.5, seed=3, draws=100_000)
    rng = np.random.default_rng(9)
    one, two = rng.standard_normal((2, 400_000))
    largest = np.maximum(np.abs(one), np.abs(one / np.sqrt(3) + two * np.sqrt(2 / 3)))
    assert found.table["critical"].iloc[0] == pytest.approx(np.quantile(largest, 0.95), abs=0.015)
    assert found.table["time"].tolist() == [1, 2]


def test_table_of_arms_and_causes():
    days, event = observe(np.random.default_rng(2), 200)
    curves = aalen_johansen(days, event, arm=np.arange(200) % 2)
    found = confidence_band(curves, 30, 90, seed=1, draws=1000)
    assert (found.first, found.last, found.level) == (30, 90, 0.95)
    assert found.table.columns.tolist() == [
        "arm", "cause", "time", "estimate", "conf_low", "conf_high", "critical", "note"
    ]  # fmt: skip
    assert found.table.groupby(["arm", "cause"])["time"].min().tolist() == [30] * 4
    assert found.table["time"].max() <= 90
    assert found.table.groupby(["arm", "cause"])["critical"].nunique().tolist() == [1] * 4
    at_start = found.table.groupby(["arm", "cause"])["estimate"].first()
    np.testing.assert_allclose(at_start, curves.at(30)["estimate"])


@pytest.mark.parametrize(
    ("options", "span"),
    [({}, (0.5, 3)), ({}, (2, 9)), ({"cluster": [1] * 6}, (2, 4)), ({"entry": [1] * 6}, (0, 3))],
)
def test_what_has_no_standard_error_has_no_band(options, span):
    curves = kaplan_meier([2, 3, 4, 5, 6, 7], [1, 1, 1, 0, 0, 0], **options)
    table = confidence_band(curves, *span, seed=1, draws=1000).table
    assert table["note"].unique().tolist() == [
        "the curve or its standard error is missing on some of these days: no band"
    ]
    assert table[["conf_low", "conf_high", "critical"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("span", "draws", "message"),
    [
        ((5, 5), 1000, "first must be before last. The band covers the days from first to last."),
        ((1, 5), 10, "draws must be a whole number from 1,000 up."),
    ],
)
def test_refusals(span, draws, message):
    with pytest.raises(EstimateError) as caught:
        confidence_band(kaplan_meier([1, 2], [1, 0]), *span, seed=1, draws=draws)
    assert str(caught.value) == message


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["log-log", "log", "plain"]))
def test_bands_are_wider_than_intervals_and_grow_with_the_stretch(seed, conf):
    rng = np.random.default_rng(seed)
    days, event = observe(rng, 150)
    options = {"weights": rng.choice([0.5, 1.0, 3.0], 150), "cluster": rng.integers(0, 30, 150)}
    curves = kaplan_meier(days, event > 0, conf=conf, **options)
    short, long = (confidence_band(curves, a, b, seed=5, draws=4000).table for a, b in ((21, 42), (21, 70)))
    assert short["critical"].iloc[0] <= long["critical"].iloc[0] + 0.08
    inside = curves.table[(curves.table["time"] >= 21) & (curves.table["time"] <= 70)]
    both = long.merge(inside, on="time", suffixes=("", "_day"))
    assert len(both) > 3
    assert (both["conf_low"] <= both["conf_low_day"] + 1e-12).all()
    assert (both["conf_high"] >= both["conf_high_day"] - 1e-12).all()
    again = confidence_band(curves, 21, 70, seed=5, draws=4000).table
    assert again.equals(long)
    scaled = kaplan_meier(
        days, event > 0, conf=conf, cluster=options["cluster"], weights=options["weights"] * 1e5
    )
    np.testing.assert_allclose(
        confidence_band(scaled, 21, 70, seed=5, draws=4000).table["critical"], long["critical"], rtol=1e-3
    )


@pytest.mark.parametrize("clustered", [False, True])
def test_coverage_of_the_whole_curve(clustered):
    # 250 draws: 0.95 +- 3 * 0.0138. Pointwise intervals hold the whole curve much less often.
    rng = np.random.default_rng(31)
    weeks = 7.0 * np.arange(2, 14)
    truth = np.exp(-weeks * (1 / 120 + 1 / 400))
    held, by_day = [], []
    for _ in range(250):
        days, event = observe(rng, 250)
        groups = None
        if clustered:
            days, event, groups = np.tile(days, 2), np.tile(event, 2), np.tile(np.arange(250), 2)
        curves = kaplan_meier(days, event > 0, cluster=groups)
        table = confidence_band(curves, 14, 97, seed=1, draws=1000).table
        place = np.searchsorted(table["time"], weeks, side="right") - 1
        rows = table.iloc[place]
        held.append(((rows["conf_low"].to_numpy() <= truth) & (truth <= rows["conf_high"].to_numpy())).all())
        place = np.searchsorted(curves.table["time"], weeks, side="right") - 1
        rows = curves.table.iloc[place]
        by_day.append(
            ((rows["conf_low"].to_numpy() <= truth) & (truth <= rows["conf_high"].to_numpy())).all()
        )
    assert 0.91 <= np.mean(held) <= 0.99
    assert np.mean(by_day) < 0.88


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_covariance_of_days_is_that_of_peoples_influence(seed, clustered):
    rng = np.random.default_rng(seed)
    days, event = observe(rng, 80)
    weights, groups = rng.choice([0.5, 1.0, 3.0], 80), rng.integers(0, 9, 80)
    entry = np.minimum(rng.choice([0.0, 7.0, 14.0], 80), days - 1)
    given_groups = groups if clustered else None
    curves = aalen_johansen(days, event, weights=weights, entry=entry, cluster=given_groups)
    shown = np.array([20.0, 35.0, 60.0])
    people = curves.influence_at(*shown, cause=2)
    sums = np.array([np.bincount(groups, weights=column) for column in people.T]).T if clustered else people
    found = _covariance(curves.fits[0], 2, shown)
    if np.isfinite(people).all():
        np.testing.assert_allclose(found, sums.T @ sums, rtol=1e-9, atol=1e-15)

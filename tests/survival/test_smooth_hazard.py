"""Smooth hazards: by hand, laws, recovery of known shapes."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import smooth_hazard, window_hazard
from stepdown.survival.smooth.hazard_smoothing import natural_spline, shares
from support_numbers import columns_agree
from support_size import quick_or_long

pytestmark = pytest.mark.slow

LAST = 180
MIDDLE = np.arange(LAST) + 0.5
FLAT = np.full(LAST, 0.004)
EARLY = 0.003 + 0.012 * np.exp(-((MIDDLE - 20.5) ** 2) / (2 * 12**2))
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]


def observe(rng, hazard, size):
    """Whole days, so that ties are the rule: the hazard is constant within each day."""
    time = np.searchsorted(np.cumsum(hazard), rng.exponential(size=size)) + 1
    end = np.minimum(np.ceil(rng.uniform(60, 2 * LAST, size)), LAST)
    return np.minimum(time, end), (time <= end).astype(int)


def test_kernel_shares_add_up_and_keep_a_straight_line():
    # Epanechnikov inside, its boundary form at both ends: moments 1 and 0.
    for bandwidth in (1.0, 7.3, 30.0):
        share = shares(60, np.arange(60) + 0.5, bandwidth)
        np.testing.assert_allclose(share.sum(axis=1), 1, atol=1e-12)
    fine = shares(600, np.arange(600) + 0.5, 200.0)
    np.testing.assert_allclose(fine @ (np.arange(600) + 0.5), np.arange(600) + 0.5, atol=0.01)
    np.testing.assert_allclose(fine, fine[::-1, ::-1], atol=1e-12)


def test_a_day_inside_is_epanechnikovs_average():
    # Half-width 1 around the middle of day 2: 3/4 (z - z^3 / 3) from -1/2 to 1/2 is 11/16, 5/32 each side.
    assert shares(3, np.array([1.5]), 1.0)[0] == pytest.approx([5 / 32, 11 / 16, 5 / 32])


def test_natural_spline_is_straight_outside_its_knots():
    x = np.linspace(0, 1, 101)
    basis = natural_spline(x, np.array([0.2, 0.5, 0.6, 0.8]))
    second = np.diff(basis, n=2, axis=0)
    np.testing.assert_allclose(second[:18], 0, atol=1e-9)
    np.testing.assert_allclose(second[-18:], 0, atol=1e-9)
    assert np.abs(second[40:60]).max() > 1e-4
    assert np.linalg.matrix_rank(basis) == 4


def test_narrowest_kernel_and_poisson_error_by_hand():
    # 40 people, 4 events on day 1, 6 on day 2, none on day 3; half a day wide each day is its own rate.
    days = np.repeat([1, 2, 3], [4, 6, 30])
    event = np.repeat([1, 1, 0], [4, 6, 30])
    table = smooth_hazard(days, event, bandwidth=0.5).table
    assert table["day"].tolist() == [1, 2, 3]
    assert table["at_risk"].tolist() == [40, 36, 30]
    assert table["estimate"].tolist() == pytest.approx([4 / 40, 6 / 36, 0])
    assert table["std_error"].tolist() == pytest.approx([2 / 40, np.sqrt(6) / 36, np.nan], nan_ok=True)
    assert table["conf_high"][0] == pytest.approx(0.1 * np.exp(1.959963984540054 / 2))
    assert table["note"].tolist() == ["", "", "the estimate is not above 0: no band"]


@pytest.mark.parametrize("method", ["kernel", "spline"])
def test_too_little_to_smooth_has_a_note(method):
    few = smooth_hazard([1, 2, 3], [1, 1, 1], method=method)
    assert few.table["note"].tolist() == ["fewer than 10 people at risk on every day"]
    quiet = smooth_hazard([5] * 30, [0] * 25 + [1] * 5, method=method, days_grid=[2, 9])
    assert quiet.table["note"].tolist() == ["fewer than 10 events"] * 2
    assert quiet.table["estimate"].isna().all()
    assert quiet.peak(seed=1)["note"].tolist() == ["fewer than 10 events"]


def test_days_outside_one_cluster_and_one_event_day_have_notes():
    days, event = observe(np.random.default_rng(5), FLAT, 300)
    found = smooth_hazard(days, event, days_grid=[LAST, LAST + 1]).table
    assert found["note"].tolist() == ["", "outside the days with enough people at risk"]
    alone = smooth_hazard(days, event, cluster=np.zeros(300))
    assert alone.table["note"].unique().tolist() == ["only one cluster"]
    assert alone.table["estimate"].notna().all()
    assert alone.peak(seed=1)["conf_low"].isna().all()
    once = smooth_hazard([4] * 20 + [9] * 30, [1] * 20 + [0] * 30, method="spline").table
    assert once["note"].tolist() == ["too few different days with events for the spline"] * 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "loess"}, "method must be one of kernel, spline. The default is kernel."),
        ({"bandwidth": 0}, "bandwidth must be a positive number of days. Leave it out to have one chosen."),
        ({"df": 1}, "df must be a whole number from 2 up."),
        ({"days_grid": [0.5]}, "days_grid must hold whole days from 1 up. Day 1 is the first day at risk."),
    ],
)
def test_refusals(options, message):
    with pytest.raises(EstimateError) as caught:
        smooth_hazard([1, 2], [1, 0], **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("method", ["kernel", "spline"])
@pytest.mark.parametrize("clustered", [False, True])
def test_bands_hold_a_constant_hazard_and_an_early_peak(method, clustered):
    # Mean coverage over days 1 to 150 of 16 draws of 800 (days of one draw are not independent).
    rng = np.random.default_rng(20)
    shares_, peaks, widths = {"flat": [], "early": []}, [], []
    for _ in range(16):
        for name, hazard in (("flat", FLAT), ("early", EARLY)):
            days, event = observe(rng, hazard, 800)
            groups = np.arange(800)
            if clustered:  # everyone twice: the band must not narrow
                days, event, groups = (np.tile(values, 2) for values in (days, event, groups))
            found = smooth_hazard(days, event, method=method, cluster=groups if clustered else None,
                                  bandwidth=14 if method == "kernel" else None)  # fmt: skip
            table = found.table[:150]
            shares_[name].append(
                ((table["conf_low"] <= hazard[:150]) & (hazard[:150] <= table["conf_high"])).mean()
            )
            if name == "early":
                row = found.peak(seed=1, draws=300).iloc[0]
                peaks.append(row["conf_low"] <= 21 <= row["conf_high"])
                widths.append(row["conf_high"] - row["conf_low"])
    for name, hits in shares_.items():
        assert 0.88 <= np.mean(hits) <= 0.985, name
    assert np.mean(peaks) >= 0.83
    assert np.median(widths) < 30


def test_chosen_bandwidth_is_wide_for_a_flat_hazard_and_narrow_for_a_peak():
    rng = np.random.default_rng(21)
    flat = [smooth_hazard(*observe(rng, FLAT, 800)).bandwidth[0] for _ in range(9)]
    early = [smooth_hazard(*observe(rng, EARLY, 800)).bandwidth[0] for _ in range(9)]
    assert np.median(flat) == LAST / 2
    assert 7 <= np.median(early) <= 20
    days, event = observe(rng, EARLY, 800)
    two = smooth_hazard(days, event, arm=np.arange(800) % 2)
    assert two.bandwidth[0] == two.bandwidth[1]


law = settings(max_examples=quick_or_long(10, 25), deadline=None)
seeds = st.integers(0, 10**6)


def drawn(seed):
    rng = np.random.default_rng(seed)
    days, event = observe(rng, EARLY * 3, 150)
    return rng, days, event, rng.choice([0.5, 1.0, 2.0, 4.0], 150), rng.integers(0, 40, 150)


close = partial(columns_agree, columns=NUMBERS, relative=1e-6, absolute=1e-12)


@law
@given(seeds, st.sampled_from(["kernel", "spline"]))
def test_weight_two_is_two_rows_and_scale_means_nothing(seed, method):
    _, days, event, weights, cluster = drawn(seed)
    options = {"method": method, "bandwidth": 12.0, "days_grid": range(1, 60)}
    twice = np.repeat(np.arange(150), 1 + (weights > 1))
    one = smooth_hazard(days, event, weights=1.0 + (weights > 1), cluster=cluster, **options).table
    two = smooth_hazard(days[twice], event[twice], cluster=cluster[twice], **options).table
    # Two rows are two people at risk, which may keep the last days in: compared where both do.
    if method == "kernel":
        one, two = one[one["day"] < 25], two[two["day"] < 25]
        close(one, two)
    scaled = smooth_hazard(days, event, weights=1e4 * (1 + (weights > 1)), cluster=cluster, **options).table
    close(smooth_hazard(days, event, weights=1.0 + (weights > 1), cluster=cluster, **options).table, scaled)


@law
@given(seeds, st.sampled_from(["kernel", "spline"]), st.integers(3, 50))
def test_rows_cut_in_two_change_nothing(seed, method, cut):
    _, days, event, weights, cluster = drawn(seed)
    options = {"method": method, "bandwidth": 12.0}
    whole = smooth_hazard(days, event, weights=weights, cluster=cluster, **options).table
    later = days > cut
    rows = np.concatenate([np.arange(150), np.flatnonzero(later)])
    stop = np.concatenate([np.minimum(days, cut), days[later]])
    happened = np.concatenate([event * ~later, event[later]])
    entry = np.concatenate([np.zeros(150), np.full(later.sum(), cut)])
    parts = smooth_hazard(
        stop, happened, entry=entry, weights=weights[rows], cluster=cluster[rows], **options
    )
    close(whole, parts.table)


@law
@given(seeds)
def test_spline_expects_as_many_events_as_happened_in_merged_bands(seed):
    _, days, event, _, _ = drawn(seed)
    table = smooth_hazard(days, event, method="spline").table
    last = table["day"].iloc[-1]
    band = window_hazard(days, event, cuts=[0, last]).table.iloc[0]
    if not table["note"].any():
        assert (table["estimate"] * table["at_risk"]).sum() == pytest.approx(band["events"], rel=1e-8)
        assert table["at_risk"].sum() == band["person_days"]


@law
@given(seeds)
def test_kernel_variance_by_hand_from_people(seed):
    # The sum over people of squared influence, written out person by person and day by day.
    _, days, event, weights, cluster = drawn(seed)
    found = smooth_hazard(days, event, weights=weights, cluster=cluster, bandwidth=10.0, correction="none")
    size = len(found.table)
    day = np.arange(1, size + 1)
    present, happened = days[:, None] >= day, (days[:, None] == day) & (event[:, None] == 1)
    risk, events = weights @ present, weights @ happened
    people = weights[:, None] * (happened / risk - present * events / risk**2)
    share = shares(size, day - 0.5, found.bandwidth[0])
    sums = np.array([np.bincount(cluster, weights=column) for column in share @ people.T])
    np.testing.assert_allclose(found.table["estimate"], np.maximum(share @ (events / risk), 0), atol=1e-14)
    known = found.table["std_error"].notna()
    np.testing.assert_allclose(
        found.table["std_error"][known], np.sqrt((sums**2).sum(axis=1))[known], rtol=1e-8
    )


def test_peak_is_the_same_for_the_same_seed():
    days, event = observe(np.random.default_rng(8), EARLY, 400)
    one, two = (smooth_hazard(days, event).peak(seed=4) for _ in range(2))
    assert one.equals(two)
    assert one["conf_low"].iloc[0] <= one["day"].iloc[0] <= one["conf_high"].iloc[0]

"""Cumulative hazards and mean numbers without events, or with all events on one day: an interval always."""

import numpy as np
import pytest
from scipy import stats

from stepdown import survival

NOBODY = np.zeros(20, dtype=int)
LAST = np.full(20, 9.0)
MOST = -np.log(0.025)
"""Garwood's upper limit of a mean after no events."""


@pytest.mark.parametrize("name", ["nelson_aalen", "mean_cumulative"])
def test_without_events_the_upper_limit_is_that_of_those_followed(name):
    given = {"id": np.arange(20)} if name == "mean_cumulative" else {}
    made = getattr(survival, name)
    row = made(LAST, NOBODY, **given).at(5).iloc[0]
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((0, 0, MOST / 20))
    assert row["note"] == "no events by then"
    table = made(LAST, NOBODY, **given).table.iloc[-1]
    assert (table["conf_low"], table["conf_high"]) == pytest.approx((0, MOST / 20))
    # Half are lost before: they do not show that nothing happens on day 5.
    lost = np.where(np.arange(20) < 10, 3.0, 9.0)
    assert made(lost, NOBODY, **given).at(5)["conf_high"].item() == pytest.approx(MOST / 10)
    plain = made(LAST, NOBODY, conf="log", **given).at(5).iloc[0]
    assert plain[["conf_low", "conf_high"]].isna().all()


def test_weights_and_clusters_count_as_their_effective_number():
    weight = np.tile([1.0, 3.0], 10)
    row = survival.nelson_aalen(LAST, NOBODY, weights=weight).at(5).iloc[0]
    assert row["conf_high"] == pytest.approx(MOST / (40**2 / 100))
    one = survival.nelson_aalen(LAST, NOBODY, cluster=np.ones(20)).at(5).iloc[0]
    assert np.isnan(one["conf_high"])
    assert one["note"] == "only one cluster"
    # Ten pairs: as few as ten people at least, at a correlation of 1, with t on 9.
    pairs = survival.nelson_aalen(LAST, NOBODY, cluster=np.repeat(np.arange(10), 2)).at(5)["conf_high"].item()
    share = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 9)) ** 2
    assert MOST / 20 / share <= pairs <= MOST / 10 / share


def test_where_everybody_has_the_event_on_one_day_it_is_garwoods_of_all():
    weight = np.tile([1.0, 3.0], 10)
    row = survival.nelson_aalen(LAST, NOBODY + 1, weights=weight).at(9).iloc[0]
    size = 40**2 / 100
    low, high = stats.gamma.ppf(0.025, size) / size, stats.gamma.ppf(0.975, size + 1) / size
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((1, low, high))
    mean = survival.mean_cumulative(LAST, NOBODY + 1, id=np.arange(20)).at(9).iloc[0]
    low, high = stats.gamma.ppf(0.025, 20) / 20, stats.gamma.ppf(0.975, 21) / 20
    assert (mean["estimate"], mean["conf_low"], mean["conf_high"]) == pytest.approx((1, low, high))


def test_a_contrast_with_an_arm_without_events_has_an_interval():
    event, arm = np.r_[NOBODY, np.tile([0, 1], 10)], np.repeat(["none", "some"], 20)
    means = survival.mean_cumulative(np.r_[LAST, LAST], event, arm, id=np.arange(40)).estimands(9)
    row = survival.contrast(means).table.iloc[0]
    assert row["estimate"] == pytest.approx(-0.5)
    assert row["conf_low"] < -0.5 < row["conf_high"] < 0
    assert 0 < row["p"] < 0.01


def test_a_quantile_that_is_not_in_the_curve_says_so():
    found = survival.kaplan_meier(LAST, np.r_[1, NOBODY[1:]]).quantile(0.5).iloc[0]
    assert np.isnan(found["estimate"])
    assert found["note"] == "the share with the event stays below this to the end of follow-up"

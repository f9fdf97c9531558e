"""Curves computed by hand: the fractions are given with the cohorts."""

import numpy as np
import pandas as pd
import pytest

from support_survival import draw
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier


def curve(text, times):
    cohort = draw(text)
    return kaplan_meier(cohort.days, cohort.event, entry=cohort.entry).at(*times)


@pytest.mark.parametrize(
    ("text", "times", "values"),
    [
        ("1 2 3", (0, 1, 2, 3), (1, 2 / 3, 1 / 3, 0)),
        # Four at risk on 3; three on 5, where the event comes before the censoring; one left on 8.
        ("3 5+ 5 8+", (2, 3, 5, 8), (1, 3 / 4, 1 / 2, 1 / 2)),
        # Two of four have the event on day 0 itself.
        ("0 0 2 4+", (0, 1, 2, 4), (1 / 2, 1 / 2, 1 / 4, 1 / 4)),
        # Censored on day 0, after that day's event: one of three, then one of one.
        ("0 0+ 3", (0, 3), (2 / 3, 0)),
        # The second enters after day 2, so it is not at risk there; on 4 two are.
        ("2 2>4 1>6+", (2, 4), (1 / 2, 1 / 4)),
        # Entering on day 4 itself is too late for the event of day 4.
        ("1>4 1>5+ 4>9", (4, 9), (1 / 2, 0)),
    ],
)
def test_survival(text, times, values):
    assert curve(text, times)["estimate"].to_numpy() == pytest.approx(values, abs=1e-15)


def test_greenwood_and_log_log_limits():
    # S = 3/4 * 2/3; variance S^2 (1 / (4 * 3) + 1 / (3 * 2)) = 1/4 * 1/4.
    row = curve("3 5+ 5 8+", (5,)).iloc[0]
    assert row["std_error"] == pytest.approx(1 / 4)
    width = np.exp(1.959963984540054 * (1 / 4) / (0.5 * np.log(2)))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((0.5**width, 0.5 ** (1 / width)))


def test_causes_on_one_day_share_one_risk_set():
    # Day 1: six at risk, one of each cause; day 3: one of three, after S = 4/6; day 4: one of two.
    cohort = draw("1:1 1:2 2+ 3:1 4+ 4:2")
    found = aalen_johansen(cohort.days, cohort.event)
    estimates = {cause: rows["estimate"].tolist() for cause, rows in found.at(1, 3, 4).groupby("cause")}
    assert estimates[1] == pytest.approx([1 / 6, 1 / 6 + 2 / 9, 7 / 18])
    assert estimates[2] == pytest.approx([1 / 6, 1 / 6, 1 / 6 + 4 / 9 * 1 / 2])


def test_variance_without_censoring_is_the_binomial_one():
    # F = 2/8 by day 2 whatever the order of causes: sqrt(1/4 * 3/4 / 8).
    cohort = draw("1 2 2:2 2:2 5 6 7:2 8")
    row = aalen_johansen(cohort.days, cohort.event).at(2).iloc[0]
    assert row["std_error"] == pytest.approx(np.sqrt(1 / 4 * 3 / 4 / 8))


def test_table_lists_every_day_and_its_counts():
    cohort = draw("3 5+ 5 8+")
    table = kaplan_meier(cohort.days, cohort.event).table
    assert table[["time", "at_risk", "events", "censored"]].to_numpy().tolist() == [
        [0, 4, 0, 0],
        [3, 4, 1, 0],
        [5, 3, 1, 1],
        [8, 1, 0, 1],
    ]
    assert table.columns.tolist() == [
        "arm", "time", "at_risk", "events", "censored", "estimate", "std_error", "conf_low", "conf_high"
    ]  # fmt: skip


def test_counts_under_a_figure_add_up():
    found = aalen_johansen(*(getattr(draw("1:1 1:2 2+ 3:1 4+ 4:2 9+"), k) for k in ("days", "event"))).at(
        0, 1, 3, 8
    )
    one, two = (found[found["cause"] == cause] for cause in (1, 2))
    assert one["at_risk"].tolist() == [7, 7, 4, 1]
    assert one["remaining"].tolist() == [7, 5, 3, 1]
    assert one["events"].tolist() == [0, 1, 2, 2]
    assert two["events"].tolist() == [0, 1, 1, 2]
    assert one["censored"].tolist() == [0, 0, 1, 2]
    total = one["remaining"].to_numpy() + one["events"].to_numpy() + two["events"].to_numpy()
    assert (total + one["censored"].to_numpy()).tolist() == [7, 7, 7, 7]


def test_weighted_counts_keep_numbers_of_people():
    cohort = draw("1 2+ 3 4+")
    found = kaplan_meier(cohort.days, cohort.event, weights=[1.0, 2.0, 0.5, 4.0])
    row = found.at(3).iloc[0]
    assert (row["at_risk"], row["n_at_risk"]) == (4.5, 2)
    assert (row["events"], row["n_events"], row["censored"], row["n_censored"]) == (1.5, 2, 2.0, 1)
    assert (row["remaining"], row["n_remaining"]) == (4.0, 1)
    assert found.table["n_at_risk"].tolist() == [4, 4, 3, 2, 1]
    assert row["estimate"] == pytest.approx(6.5 / 7.5 * 4 / 4.5)


FEW = "fewer than 10 at risk on the last day with an event"


@pytest.mark.parametrize(
    ("text", "day", "estimate", "note"),
    [
        ("1 5+", 6, np.nan, "beyond the last follow-up"),
        ("1 5", 6, 0.0, "everyone left had the event; " + FEW),
        ("4 5+", 3, 1.0, "no events by then"),
        ("4>6 4>9+", 3, np.nan, "before the first entry"),
        ("1>3 5>9 5>7", 6, np.nan, "after a day that left nobody at risk"),
        ("1>3 3>7 3>9+", 7, np.nan, "after a day that left nobody at risk"),
        ("1 5+", 5.000000000001, 0.5, FEW),
    ],
)
def test_what_is_undefined_has_a_note(text, day, estimate, note):
    row = curve(text, (day,)).iloc[0]
    assert row["note"] == note
    assert row["estimate"] == pytest.approx(estimate, nan_ok=True)
    assert np.isnan(row["std_error"]) == (note not in ("", FEW))


def test_competing_curve_stays_when_nobody_is_left():
    found = aalen_johansen([1, 2, 3, 4], [1, 2, 1, 2]).at(9)
    assert found["estimate"].tolist() == pytest.approx([0.5, 0.5])
    assert found["std_error"].tolist() == pytest.approx([0.25, 0.25])
    assert found["note"].tolist() == [FEW, FEW]


def test_landmark_curve_opens_at_the_landmark():
    found = kaplan_meier([20, 30, 40], [1, 0, 1], entry=[14, 14, 14])
    assert found.table["time"].tolist() == [14, 20, 30, 40]
    row = found.at(14).iloc[0]
    assert (row["at_risk"], row["remaining"], row["estimate"], row["note"]) == (3, 3, 1.0, "")


def test_one_cluster_has_no_standard_error():
    found = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 1], cluster=["s"] * 4).at(2).iloc[0]
    assert found["estimate"] == 0.5
    assert np.isnan(found["std_error"])
    assert found["note"] == "only one cluster; " + FEW


@pytest.mark.parametrize(("p", "day"), [(0.25, 1.5), (0.5, 3.0), (0.75, np.nan), (0.3, 2.0)])
def test_quantile_takes_the_middle_of_a_flat_stretch(p, day):
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]).quantile(p)["estimate"].tolist() == pytest.approx(
        [day], nan_ok=True
    )


def test_arms_keep_their_order_and_labels():
    arm = pd.Categorical(["short", "long", "short"], categories=["short", "long"])
    assert kaplan_meier([1, 2, 3], [1, 1, 1], arm=arm).arms == ("short", "long")
    assert kaplan_meier([1, 2, 3], [1, 1, 1], arm=[2, 1, 2]).arms == (1, 2)
    assert kaplan_meier([1, 2, 3], [1, 1, 1]).table["arm"].unique().tolist() == ["all"]


def test_a_weighted_curve_ends_at_exactly_zero():
    # At risk on day 2 is 0.1 alone, in floating point 0.6 - 0.5 = 0.09999999999999998; then two enter.
    found = kaplan_meier([2, 9, 8], [1, 0, 0], entry=[0, 2, 2], weights=[0.1, 0.2, 0.3])
    assert found.at(2)["estimate"].tolist() == [0]
    assert found.at(8)["note"].tolist() == ["after a day that left nobody at risk"]


def test_a_new_cluster_each_day_has_no_variation_either():
    # Each day's people enter the day before, leave that day and are one cluster: influence adds up to 0.
    days = np.array([4, 4, 3, 1, 2, 2, 3, 1, 1, 3])
    event = [1, 1, 2, 0, 2, 1, 2, 2, 2, 2]
    weights = [0.25, 7.5, 1.0, 7.5, 0.25, 1.0, 7.5, 1.0, 0.25, 2.0]
    table = aalen_johansen(days, event, weights=weights, cluster=days, entry=days - 1).table
    assert table.loc[table["time"] > 0, "std_error"].isna().all()


def test_no_variation_between_clusters_is_no_certainty():
    # On day 2 only people of cluster 2 are left, and nothing happened before: influence adds up to 0.
    days, cluster = [1, 1, 1, 2, 1, 1, 2, 1, 2], [0, 0, 0, 2, 0, 0, 2, 0, 2]
    weights = [0.25, 0.1, 0.3, 0.25, 0.7, 0.25, 1.1, 0.25, 0.3]
    for found in (
        kaplan_meier(days, np.arange(9) == 8, weights=weights, cluster=cluster),
        aalen_johansen(days, (np.arange(9) == 8) * 2, weights=weights, cluster=cluster),
    ):
        row = found.at(2).iloc[-1]
        assert row["note"] == f"no variation; 2 clusters: the standard error is likely to be too small; {FEW}"
        assert np.isnan(row[["std_error", "conf_low", "conf_high"]].astype(float)).all()


def test_counts_on_a_day_on_which_people_enter():
    # Day 4: two are under observation, the one who enters on that day only after it.
    row = curve("1>4 1>9 4>7", (4,)).iloc[0]
    assert (row["at_risk"], row["events"], row["remaining"]) == (2, 1, 2)


def test_table_is_missing_once_nobody_was_left():
    cohort = draw("1>3 5>9 5>7")
    table = kaplan_meier(cohort.days, cohort.event, entry=cohort.entry).table
    assert table["time"].tolist() == [1, 3, 7, 9]
    assert table["estimate"].isna().tolist() == [False, False, True, True]


def test_influence_of_each_person():
    # Without loss S(2) is the mean of "still free on day 2": 1/2, each person's (own - mean) / n.
    days, event = [1, 2, 3, 4], [1, 1, 1, 1]
    influence = kaplan_meier(days, event).influence_at(2, 9)
    assert influence[:, 0] == pytest.approx(np.array([-1, -1, 1, 1]) / 8)
    assert influence[:, 1] == pytest.approx(0)
    assert aalen_johansen(days, event).influence_at(2)[:, 0] == pytest.approx(np.array([1, 1, -1, -1]) / 8)
    assert np.isnan(kaplan_meier([1, 2], [1, 0]).influence_at(9)).all()

"""Windows, restricted means, contrasts, rates and tests, by hand."""

import numpy as np
import pytest

from stepdown.errors import EstimateError
from stepdown.survival import DAYS_PER_MONTH, contrast, risk, window_hazard, window_risk
from support_survival import draw
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier, logrank, rmst, rmtl


def test_window_of_one_cause_among_those_free_of_every_cause():
    # 8 people, nobody lost: F1(3) = 2/8, F2(3) = 1/8, F1(6) = 4/8, F1(9) = 5/8.
    cohort = draw("1 2 3:2 4 5 6:2 7 9:2")
    table = window_risk(aalen_johansen(cohort.days, cohort.event), 3, 6, horizon=9).table
    ours = table[table["cause"] == 1].set_index("measure")
    assert ours["estimate"].to_dict() == pytest.approx(
        {"window_risk": 2 / 8, "conditional_risk": 2 / 5, "share": 4 / 5}
    )
    # Nobody is lost, so these are proportions: of 8, of the 5 still free, of the 5 with the event.
    assert ours["std_error"].to_dict() == pytest.approx(
        {
            "window_risk": np.sqrt(2 / 8 * 6 / 8 / 8),
            "conditional_risk": np.sqrt(2 / 5 * 3 / 5 / 5),
            "share": np.sqrt(4 / 5 * 1 / 5 / 5),
        }
    )
    assert ours["events"].to_dict() == {"window_risk": 2, "conditional_risk": 2, "share": 4}


def test_window_intervals_are_complementary_log_log():
    cohort = draw("1 2 3:2 4 5 6:2 7 9:2")
    row = window_risk(aalen_johansen(cohort.days, cohort.event), 3, 6).table.iloc[0]
    free, se = 1 - row["estimate"], row["std_error"]
    width = np.exp(1.959963984540054 * se / (free * -np.log(free)))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((1 - free ** (1 / width), 1 - free**width))


def test_restricted_mean_and_its_greenwood_error():
    # S = 3/4 on [3, 5), 1/2 from 5: area over (0, 7] = 3 + 2 * 3/4 + 2 * 1/2 = 11/2.
    cohort = draw("3 5+ 5 8+")
    row = rmst(cohort.days, cohort.event, tau=7).table.iloc[0]
    assert row["estimate"] == pytest.approx(11 / 2)
    # Areas after 3 and 5: 5/2 and 1; d / (Y (Y - d)) = 1/12 and 1/6.
    assert row["std_error"] == pytest.approx(np.sqrt((5 / 2) ** 2 / 12 + 1 / 6))
    assert rmst(cohort.days, cohort.event, tau=7, start=4).table["estimate"].tolist() == [3 / 4 + 1]


def test_days_lost_to_each_cause():
    # Lost by day 6 (nobody is lost from view): the cause's people times the days left after their event.
    cohort = draw("1 2:2 4 6+")
    table = rmtl(cohort.days, cohort.event, tau=6).table
    assert table["estimate"].tolist() == pytest.approx([(5 + 2) / 4, 4 / 4])
    assert table["std_error"].tolist() == pytest.approx([np.std([5, 0, 2, 0]) / 2, np.std([0, 4, 0, 0]) / 2])


def test_means_over_a_later_stretch():
    # Nobody is lost: means and their errors are those of each person's own days in (3, 8].
    days = np.array([1, 4, 6, 6, 9])
    spent = np.clip(days, 3, 8) - 3
    for found, own in (
        (rmst(days, days > 0, tau=8, start=3), spent),
        (rmtl(days, days > 0, tau=8, start=3), 5 - spent),
    ):
        row = found.table.iloc[0]
        assert row["estimate"] == pytest.approx(own.mean())
        assert row["std_error"] == pytest.approx(np.std(own) / np.sqrt(5))
        assert found.influence[:, 0] == pytest.approx((own - own.mean()) / 5)


@pytest.mark.parametrize(("a", "b"), [(0, 9), (3, 9), (8, 9)])
def test_window_beyond_follow_up_is_missing(a, b):
    table = window_risk(kaplan_meier([1, 4, 6], [1, 1, 0]), a, b, horizon=b).table
    assert table["estimate"].isna().all()
    assert set(table["note"]) == {"beyond the last follow-up"}


@pytest.mark.parametrize(
    ("text", "given", "note"),
    [
        ("3 5+", {"tau": 9}, "beyond the last follow-up"),
        ("20>25 20>40+", {"tau": 30}, "before the first entry"),
        ("1>3 5>9 5>7", {"tau": 8, "start": 2}, "after a day that left nobody at risk"),
    ],
)
def test_restricted_mean_is_missing_where_it_is_not_known(text, given, note):
    cohort = draw(text)
    row = rmst(cohort.days, cohort.event, entry=cohort.entry, **given).table.iloc[0]
    assert np.isnan(row["estimate"])
    assert row["note"] == note


def test_restricted_mean_past_the_last_day_where_nobody_is_left():
    assert rmst([3, 5], [1, 1], tau=9).table["estimate"].tolist() == [4]


@pytest.mark.parametrize(
    ("text", "measure", "note"),
    [
        ("4 5+ 9+", "window_risk", "no events"),
        ("1 2 7 9", "conditional_risk", "everyone left had the event"),
        ("1 2 3 8+", "share", "all events on one side of the day"),
        ("1+ 9+", "share", "no events by the horizon: no share"),
        ("1 2 3", "conditional_risk", "nobody is left at the start of the window"),
    ],
)
def test_windows_without_variance_have_a_note(text, measure, note):
    cohort = draw(text)
    bounds = (6, 8) if "4" in text else (3, 9) if measure == "conditional_risk" else (3, 6)
    table = window_risk(kaplan_meier(cohort.days, cohort.event), *bounds, horizon=max(8, bounds[1])).table
    row = table[table["measure"] == measure].iloc[0]
    assert row["note"].split("; fewer than 10 at risk")[0] == note
    assert np.isnan(row["std_error"])
    assert np.isnan(row["conf_low"])


def test_a_window_that_holds_every_event_has_no_spread():
    """Rounding would make an error of 2e-17 of it, and a ratio that is 1.000 for certain."""
    days = [15, 17, 19, 21, 23, 25, 27, 29]
    curves = kaplan_meier(days * 2, np.ones(16), arm=["a"] * 8 + ["b"] * 8, entry=[14] * 16)
    found = window_risk(curves, 14, 30)
    few = "fewer than 10 at risk on the last day with an event"
    assert set(found.table["note"]) == {f"everyone left had the event; {few}"}
    assert found.table["std_error"].isna().all()
    assert contrast(found).table[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def two_arms(**given):
    days = np.array([1, 2, 3, 4, 5, 6, 2, 4, 6, 8, 10, 12.0])
    return kaplan_meier(days, np.ones(12), arm=["a"] * 6 + ["b"] * 6, **given)


def test_difference_and_ratio_of_independent_arms():
    # By day 4: 4 of 6 against 2 of 6.
    table = contrast(risk(two_arms(), 4)).table.set_index("contrast")
    variance = 4 / 6 * 2 / 6 / 6
    difference, ratio = table.loc["difference"], table.loc["ratio"]
    assert difference["estimate"] == pytest.approx(1 / 3)
    assert difference["std_error"] == pytest.approx(np.sqrt(2 * variance))
    assert difference["conf_high"] - difference["conf_low"] == pytest.approx(
        2 * 1.959963984540054 * difference["std_error"]
    )
    log_se = np.sqrt(variance / (4 / 6) ** 2 + variance / (2 / 6) ** 2)
    assert ratio["estimate"] == pytest.approx(2)
    assert ratio["std_error"] == pytest.approx(2 * log_se)
    assert (ratio["conf_low"], ratio["conf_high"]) == pytest.approx(
        (2 * np.exp(-1.959963984540054 * log_se), 2 * np.exp(1.959963984540054 * log_se))
    )
    assert ratio["z"] == pytest.approx(np.log(2) / log_se)
    assert (difference["arm"], difference["reference"]) == ("a", "b")
    flipped = contrast(risk(two_arms(), 4), reference="a").table["estimate"]
    assert flipped.tolist() == pytest.approx([-1 / 3, 1 / 2])


def test_clusters_across_arms_share_their_error():
    # Person k of arm a and person k of arm b are one cluster: influence is subtracted before squaring.
    table = contrast(risk(two_arms(cluster=list(range(6)) * 2), 4), measures=["difference"]).table
    a = (np.array([1, 1, 1, 1, 0, 0]) - 4 / 6) / 6
    b = (np.array([1, 1, 0, 0, 0, 0]) - 2 / 6) / 6
    assert table["std_error"].iloc[0] == pytest.approx(np.sqrt(((a - b) ** 2).sum()))


def test_clusters_within_arms_leave_them_independent():
    alone = contrast(risk(two_arms(), 4)).table["std_error"]
    grouped = contrast(risk(two_arms(cluster=range(12)), 4)).table["std_error"]
    assert grouped.tolist() == pytest.approx(alone.tolist())


def test_contrast_with_an_arm_without_events_keeps_the_difference_only():
    curves = kaplan_meier([1, 2, 3, 9, 9, 9], [1, 0, 1, 0, 0, 0], arm=list("aaabbb"))
    difference, ratio = contrast(risk(curves, 2)).table.to_dict("records")
    assert difference["estimate"] == pytest.approx(1 / 3)
    assert np.isnan(difference["std_error"])
    assert np.isnan(difference["p"])
    assert difference["note"] == "fewer than 10 at risk on the last day with an event; no events"
    assert np.isnan(ratio["estimate"])
    assert np.isnan(ratio["conf_low"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reference": "c"}, "reference is not one of the arms. Name an arm as it was given."),
        ({"measures": ["odds"]}, "measures may hold difference and ratio. Check their spelling."),
    ],
)
def test_contrast_refuses(given, message):
    with pytest.raises(EstimateError) as caught:
        contrast(risk(two_arms(), 4), **given)
    assert str(caught.value) == message


def test_contrast_needs_two_arms():
    with pytest.raises(EstimateError, match="only one arm"):
        contrast(risk(kaplan_meier([1, 2], [1, 0]), 1))


def test_rates_count_day_zero_and_split_person_time():
    # (0, 3]: two events, one of them on day 0; 3 + 3 + 3 + 2 days. (3, 9]: one event on 5; 2 + 3 + 6 days.
    cohort = draw("0 2 5 6+ 9+")
    found = window_hazard(cohort.days, cohort.event, cuts=[0, 3, 9], per=100)
    assert found.table["events"].tolist() == [2, 1]
    assert found.table["person_days"].tolist() == [11, 11]
    assert found.table["at_risk"].tolist() == [5, 3]
    assert found.table["rate"].tolist() == pytest.approx([200 / 11, 100 / 11])
    # Garwood's interval for a count of 2 is 0.2422 to 7.2247 in every table of it.
    assert found.table["conf_low"].iloc[0] * 11 / 100 == pytest.approx(0.2422, abs=5e-5)
    assert found.table["conf_high"].iloc[0] * 11 / 100 == pytest.approx(7.2247, abs=5e-5)


def test_rates_with_entry_and_empty_bands():
    cohort = draw("2>4 3>8+")
    found = window_hazard(cohort.days, cohort.event, cuts=[0, 1, 3, 6], entry=cohort.entry).table
    assert found["person_days"].tolist() == [0, 1, 4]
    assert found["events"].tolist() == [0, 0, 1]
    assert found["note"].tolist() == ["no person-time", "", ""]
    assert np.isnan(found[["rate", "conf_low", "conf_high"]].iloc[0]).all()
    # No events in one person-day: 0 to -log(0.025).
    assert found[["rate", "conf_low", "conf_high"]].iloc[1].tolist() == pytest.approx([0, 0, -np.log(0.025)])


def test_a_month_is_a_twelfth_of_a_year():
    assert DAYS_PER_MONTH * 12 == 365.25


def test_logrank_by_hand():
    # Day 1: a of {a, a, b, b}; day 2: b of {a, b, b}; day 3: a of {a, b}; day 4: b alone.
    found = logrank([1, 3, 2, 4], [1, 1, 1, 1], list("aabb"))
    expected = 2 / 4 + 1 / 3 + 1 / 2
    variance = 1 / 4 + 2 / 9 + 1 / 4
    assert found.table["observed"].tolist() == [2, 2]
    assert found.table["expected"].tolist() == pytest.approx([expected, 4 - expected])
    assert found.statistic == pytest.approx((2 - expected) ** 2 / variance)
    assert found.df == 1


def test_logrank_without_events_is_flagged():
    found = logrank([1, 2, 3], [0, 0, 0], list("aab"))
    assert np.isnan(found.statistic)
    assert np.isnan(found.p)
    assert found.note == "no events"


def test_logrank_leaves_out_an_arm_that_was_never_there():
    # Arm c left before the first event.
    found = logrank([1, 3, 2, 4, 0.5], [1, 1, 1, 1, 0], list("aabbc"))
    assert found.df == 1
    assert found.statistic == pytest.approx(logrank([1, 3, 2, 4], [1, 1, 1, 1], list("aabb")).statistic)

"""Differences, bounds, follow-up time, maturity, surveillance and common visits, by hand and by law."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import People, derive, follow
from stepdown.cohort.followup import (
    common_visits,
    completeness,
    contacted_differences,
    follow_up_time,
    loss_bounds,
    maturity,
    observable,
    rates_of_testing,
    standardized_differences,
    visit_findings,
)
from stepdown.errors import DesignError
from stepdown.schema import Cohort
from support_cohort import draw
from support_size import quick_or_long
from support_study import described


def both(text: str, **given: object) -> tuple[Cohort, People]:
    cohort = draw(text, **given)
    return cohort, derive(cohort, described(time_zero__episode="all"))


def differences(group: list[int], **values: list[object]) -> dict[tuple[str, str], float]:
    table = standardized_differences(pd.DataFrame(values), np.array(group, dtype=bool))
    return {(row.covariate, row.level): row.difference for row in table.itertuples()}


def test_differences_by_hand() -> None:
    # Means 3 and 1, variances 2 and 2: 2 / sqrt 2.
    assert differences([1, 1, 0, 0], x=[2.0, 4.0, 0.0, 2.0])["x", ""] == pytest.approx(np.sqrt(2))
    # Shares 3/4 and 1/4: 0.5 / sqrt(3/16).
    flags = pd.array([True, True, True, False, True, False, False, False], dtype="boolean")
    got = differences([1, 1, 1, 1, 0, 0, 0, 0], x=flags)
    assert got["x", ""] == pytest.approx(0.5 / np.sqrt(3 / 16))
    assert (got["x", "true"], got["x", "false"]) == (
        pytest.approx(got["x", ""]),
        pytest.approx(-got["x", ""]),
    )


def test_differences_without_spread_are_infinite_or_none() -> None:
    assert differences([1, 1, 0, 0], x=["a", "a", "b", "b"])["x", ""] == np.inf
    assert differences([1, 1, 0, 0], x=[1.0, 1.0, 2.0, 2.0])["x", ""] == -np.inf
    assert differences([1, 1, 0, 0], x=[1.0, 1.0, 1.0, 1.0])["x", ""] == 0
    assert differences([1, 1, 0, 0], x=["a"] * 4) == {("x", ""): 0.0, ("x", "a"): 0.0}
    assert np.isnan(differences([1, 1], x=["a", "b"])["x", ""])
    assert np.isnan(differences([1, 0, 0], x=[1.0, 2.0, 3.0])["x", ""])


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=2, max_size=30))
def test_the_difference_of_a_category_does_not_depend_on_names_and_turns_with_the_groups(
    rows: list[tuple[str, bool]],
) -> None:
    levels, group = [level for level, _ in rows], np.array([one for _, one in rows])
    one = standardized_differences(pd.DataFrame({"x": levels}), group)["difference"].iloc[0]
    renamed = pd.DataFrame({"x": [{"a": "z", "b": "b", "c": "a"}[level] for level in levels]})
    other = standardized_differences(renamed, ~group)["difference"].iloc[0]
    assert one == pytest.approx(other, rel=1e-6, abs=1e-9, nan_ok=True)


REACHED = """
a: stay -28..0 | - 30 | age 20 | sex female
b: stay -28..0 | - 30 | age 30 | sex male
c: stay -28..0 | ? 30 | age 40 | sex male
d: stay -28..0 | age 60 | sex male
e: stay -28..0 | death 5 | age 89
"""


def test_reached_are_compared_with_those_not_reached() -> None:
    cohort, people = both(REACHED, visits=(30,), data_cut=100)
    found = completeness(cohort, people)
    table = contacted_differences(people, found).set_index(["covariate", "level"])
    assert table.loc[("age", ""), ["n1", "n0", "value1", "value0"]].tolist() == [2, 2, 25, 50]
    # Variances 50 and 200.
    assert table.loc[("age", ""), "difference"] == pytest.approx(-25 / np.sqrt(125))
    assert table.loc[("sex", "female"), ["value1", "value0"]].tolist() == [0.5, 0.0]
    assert set(table.index.get_level_values(0)) == {"age", "sex"}
    assert (table["visit"] == 30).all()
    with pytest.raises(DesignError) as caught:
        contacted_differences(people, found, columns=("days",))
    assert str(caught.value) == (
        "`days` is not known by time zero for everyone, so it is no baseline covariate. Leave it out."
    )


LOST = """
a: stay -28..0 | follow 0..90 | + 10
b: stay -28..0 | follow 0..20 lost
c: stay -28..0 | follow 0..90
d: stay -28..0 | follow 0..90
"""


def test_bounds_by_hand() -> None:
    cohort, people = both(LOST, data_cut=90)
    until = observable(cohort, people)
    assert until.tolist() == [90, 90, 90, 90]
    (reading,) = follow(people, horizon=90, contacts=())
    table = loss_bounds(people, reading, until=until, times=(20, 21, 90)).table
    # b relapses on day 21, or not at all; on day 20 its state is still known.
    assert table["lost"].tolist() == [0, 1, 1]
    assert table["estimate"].tolist() == pytest.approx([0.25, 0.25, 0.25])
    assert table["none"].tolist() == pytest.approx([0.25, 0.25, 0.25])
    assert table["all"].tolist() == pytest.approx([0.25, 0.5, 0.5])


def test_the_data_cut_and_a_death_are_no_loss() -> None:
    text = "a: stay -28..0 | follow 0..40\nb: stay -28..0 | follow 0..40 died\nc: stay 20..40 | follow 40..60 lost"
    cohort = draw(text, data_cut=60)
    people = derive(cohort, described(outcome__competing=[]))
    (reading,) = follow(people, horizon=90, contacts=())
    # a could be seen until day 60 and was lost; b died; c was seen to the data cut.
    found = loss_bounds(people, reading, until=observable(cohort, people), times=(60,))
    assert found.lost.tolist() == [True, False, False]
    # Without a known end of the data nobody can tell, so all but the dead count as lost.
    unknown = observable(replace(cohort, data_cut=None), people)
    assert unknown.tolist() == [40, np.inf, np.inf]
    assert loss_bounds(people, reading, until=unknown, times=(60,)).lost.tolist() == [False, False, True]


def test_bounds_after_a_landmark_count_those_still_there() -> None:
    cohort, people = both(LOST.replace("0..20 lost", "0..14 lost"), data_cut=90)
    (reading,) = follow(people, horizon=90, contacts=())
    later = reading.after(14, reading.days > 14)
    table = loss_bounds(people, later, until=observable(cohort, people), times=(90,)).table
    assert table[["n", "lost"]].values.tolist() == [[2, 0]]
    earlier = reading.after(13, reading.days > 13)
    table = loss_bounds(people, earlier, until=observable(cohort, people), times=(90,)).table
    assert table[["n", "lost", "all"]].values.tolist() == [[3, 1, pytest.approx(1 / 3)]]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from([0, 0, 1, 2])), min_size=1, max_size=12))
def test_the_bounds_hold_the_risk_and_every_reading_of_the_lost(rows: list[tuple[int, int]]) -> None:
    words = {0: "follow 0..{d} lost", 1: "follow 0..400 | + {d}", 2: "follow 0..{d} died"}
    lines = [
        f"c{number}: stay -28..0 | {words[event]}".replace("{d}", str(day))
        for number, (day, event) in enumerate(rows)
    ]
    cohort, people = both("\n".join(lines), data_cut=400)
    (reading,) = follow(people, horizon=365, contacts=())
    table = loss_bounds(people, reading, until=observable(cohort, people), times=(30, 61)).table
    assert ((table["none"] <= table["estimate"] + 1e-12) | table["estimate"].isna()).all()
    assert ((table["estimate"] <= table["all"] + 1e-12) | table["estimate"].isna()).all()
    # With everyone accounted for, the bounds are plain shares.
    seen = np.array([day for day, event in rows if event == 1])
    lost = np.array([day + 1 for day, event in rows if event == 0])
    for row in table.itertuples():
        least = (seen <= row.time).sum()
        assert row.none == pytest.approx(least / len(rows))
        assert row.all == pytest.approx((least + (lost <= row.time).sum()) / len(rows))


def test_follow_up_time_by_hand() -> None:
    # Censored on 10, 20, 30; an event on 5 leaves before. Share followed: 2/3, 1/3, 0.
    table = follow_up_time([5, 10, 20, 30], [1, 0, 0, 0]).table.iloc[0]
    assert table[["lower_quartile", "median", "upper_quartile"]].tolist() == [10, 20, 30]
    assert (table["n"], table["person_months"]) == (4, pytest.approx(65 / 30.4375))
    assert table["note"] == "fewer than 10 at risk on the last day with an event"
    # A censoring and an event on one day: the censoring counts first, with the other still there.
    assert follow_up_time([10, 10, 20], [0, 1, 0]).table["lower_quartile"].iloc[0] == 10


def test_maturity_of_quarters() -> None:
    quarter = pd.Series(["2026Q2", "2026Q2", "2026Q1", None], dtype="string")
    table = maturity(quarter, until=np.array([90.0, 89.0, 200.0, 91.0]), days=90)
    assert table.values.tolist() == [["2026Q1", 1, 1, 1.0], ["2026Q2", 2, 1, 0.5], ["not known", 1, 1, 1.0]]
    with pytest.raises(DesignError, match="The last day that the data cover is unknown"):
        maturity(quarter, until=np.full(4, np.inf), days=90)


def test_testing_rates_counts_while_at_risk() -> None:
    text = """
    a: stay -28..0 | follow 0..90 | - 0 urine | - 1 urine | - 40 urine | + 40 | - 41 urine | ? 2 urine
    b: stay -28..0 | follow 0..60 | - 60 urine | - 30 | - 20 collateral
    """
    cohort, people = both(text, data_cut=90)
    (reading,) = follow(people, horizon=90, contacts=())
    table = rates_of_testing(cohort, people, reading).table
    assert table[["what", "findings", "person_days"]].values.tolist() == [
        ["urine", 3, 100],
        ["contact", 5, 100],
    ]
    assert table["rate"].tolist() == pytest.approx([3 / 100 * 3043.75, 5 / 100 * 3043.75])
    # Urine of a: 2 in 40 days, b: 1 in 60: u = (2 - 1.2, 1 - 1.8), so var log r = 2 * 0.64 / 9.
    spread = np.exp(1.959964 * np.sqrt(1.28) / 3)
    assert [table["conf_low"][0], table["conf_high"][0]] == pytest.approx(
        [91.3125 / spread, 91.3125 * spread], rel=1e-6
    )
    later = rates_of_testing(cohort, people, reading.after(30, reading.days > 30)).table
    assert later[["findings", "person_days"]].values.tolist() == [[2, 40], [3, 40]]
    none = rates_of_testing(
        cohort, people, reading.after(50, reading.days > 50), arm=[1], labels=("A", "B")
    ).table
    assert none["n"].tolist() == [0, 1, 0, 1]
    assert none.loc[none["arm"] == "A", ["rate", "conf_low", "conf_high"]].isna().all(axis=None)


def test_each_visit_has_one_finding_and_all_findings_stay_up_to_a_day() -> None:
    # Tests in the window of visit 30 (days 25 to 39): the nearest with a result counts, and of two as near the
    # earlier; what was refused only where nothing else is there. Day 10 is before the last day of decisions.
    often = """
    a: stay -28..0 | follow 0..100 | - 10 | - 26 | + 29 | - 31 | + 37
    b: stay -28..0 | follow 0..100 | + 10 | ? 30 | - 33
    c: stay -28..0 | follow 0..100 | + 14 | - 30 | + 60
    """
    cohort, people = both(often, visits=(30,), before=5, after=9, data_cut=400)
    kept = visit_findings(cohort, people, after=14).observations
    found = {key: sorted(rows["day"].tolist()) for key, rows in kept.groupby("client_id")}
    assert found == {"a": [10, 29], "b": [10, 33], "c": [14, 30]}
    early = visit_findings(cohort, people, after=9).observations
    assert {key: rows["day"].tolist() for key, rows in early.groupby("client_id")} == {
        "a": [29], "b": [33], "c": [30],
    }  # fmt: skip
    # What a contact that was due reports of an earlier day belongs to its visit.
    recall = "a: stay -28..0 | follow 0..100 | + 20 due 30 | - 45 | + 60"
    kept = visit_findings(*both(recall, visits=(30,), data_cut=400), after=14).observations
    assert kept["day"].tolist() == [20]
    with pytest.raises(DesignError) as error:
        visit_findings(
            *both(recall.replace(" due 30", "").replace("45", "30 due 30"), data_cut=400), after=14
        )
    assert str(error.value).startswith(
        "No scheduled visit found any use, although other findings did, so the outcome cannot be read at common "
        "visits with these data."
    )


COMMON = """
a: stay -28..0 | follow 0..400 | + 10 | + 33 due 30
b: stay -28..0 | follow 0..400 | + 40 | - 30 due 30
c: stay -28..0 | follow 0..400 | + 60 due 30 | death 300
d: stay -28..0 | follow 0..400 | + 0
e: stay -28..0 | follow 0..400 | + -3
f: stay -28..0 | follow 0..400 | + -3
f: stay 100..128
"""


def test_common_visits_keep_scheduled_findings_deaths_and_who_is_eligible() -> None:
    cohort, people = both(COMMON, visits=(30,), before=5, after=9, data_cut=400)
    assert people.table["days"].tolist() == [10, 40, 60, 272]
    fewer = common_visits(cohort, people)
    again = derive(fewer, described(time_zero__episode="all"))
    # a is found at the visit; b between visits, c outside the window: not counted. Who is in stays the same.
    assert list(zip(again.table["days"], again.table["event"], strict=True)) == [
        (33, 1),
        (400, 0),
        (300, 2),
        (272, 0),
    ]
    assert again.flow == people.flow
    assert len(cohort.observations) == 9
    with pytest.raises(DesignError, match="No scheduled visit found any use, although other findings did"):
        common_visits(*both(COMMON.replace("33 due 30", "60 due 30"), visits=(30,), data_cut=400))

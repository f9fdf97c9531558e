"""Counting-process rows: cut by hand, against each day asked by itself, and fitted as R fits them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.care import OCCUPANCY, care_rows, occupancy, state_rows
from stepdown.survival import cox
from support_care import care, levels_of, table_of
from support_size import quick_or_long

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "cohort_care"


def rows_of(line: str, days: int, event: int, **options) -> list[str]:
    """Return the rows as `0-5 none`, with the event at the end of the last."""
    found = care_rows(table_of([("a", 0, days, event)]), *care(f"a: {line}"), **options).table
    return [
        f"{row.start}-{row.stop} {row.state}" + (f" event {row.event}" if row.event else "")
        for row in found.itertuples()
    ]


@pytest.mark.parametrize(
    ("line", "days", "event", "expected"),
    [
        ("RES -28..0", 90, 0, ["0-90 none"]),
        # A session on day 10 acts from day 11 on; an event on day 10 is not in IOP.
        ("RES -28..0 | iop 10", 10, 1, ["0-10 none event 1"]),
        ("RES -28..0 | iop 10", 11, 1, ["0-10 none", "10-11 iop event 1"]),
        ("RES -28..0 | iop 9", 10, 1, ["0-9 none", "9-10 iop event 1"]),
        # A session on day 0 acts from day 1 on: all of (0, days].
        ("RES -28..0 | iop 0", 1, 1, ["0-1 iop event 1"]),
        ("RES -28..0 | iop 0", 90, 0, ["0-15 iop", "15-90 none"]),
        # Given up only when the gap has passed: nobody knew it on the day of the last session.
        ("RES -28..0 | iop 5", 20, 1, ["0-5 none", "5-20 iop event 1"]),
        ("RES -28..0 | iop 5", 21, 1, ["0-5 none", "5-20 iop", "20-21 none event 1"]),
        # Death and incarceration; censoring has no event.
        ("RES -28..0 | op 3", 5, 2, ["0-3 none", "3-5 outpatient event 2"]),
        ("RES -28..0 | op 3", 5, 3, ["0-3 none", "3-5 outpatient event 3"]),
        ("RES -28..0 | op 3", 5, 0, ["0-3 none", "3-5 outpatient"]),
        # What comes after the end is not told.
        ("RES -28..0 | op 3 | php 40", 5, 1, ["0-3 none", "3-5 outpatient event 1"]),
        ("RES -28..0 | WM 20..25", 30, 0, ["0-20 none", "20-25 withdrawal", "25-30 none"]),
    ],
)
def test_rows_by_hand(line, days, event, expected):
    assert rows_of(line, days, event) == expected


def test_the_horizon_cuts_days_and_events():
    line = "RES -28..0 | iop 10"
    assert rows_of(line, 30, 1, horizon=20) == ["0-10 none", "10-20 iop"]
    assert rows_of(line, 20, 1, horizon=20) == ["0-10 none", "10-20 iop event 1"]


def test_cuts_are_days_on_which_rows_are_told_anew():
    found = care_rows(
        table_of([("a", 0, 20, 1)]), *care("a: iop 0 | iop 3 | iop 7 | iop 20"), cuts=(7, 3, 7, 0, 20, 99)
    ).table
    assert found[["start", "stop", "sessions", "event"]].to_numpy().tolist() == [
        [0, 3, 1, 0],
        [3, 7, 2, 0],
        [7, 20, 3, 1],
    ]


def test_who_left_on_day_0_has_no_row_and_is_counted():
    table = table_of([("a", 0, 0, 1), ("b", 0, 5, 1), ("c", 0, 0, 0)])
    found = care_rows(table, *care("a: iop 0\nb: iop 0\nc: iop 0"))
    assert found.table["at"].tolist() == [1]
    assert found.on_day_zero == 2


def test_several_discharges_of_a_client_have_rows_from_their_own_time_zero():
    text = "a: RES 100..128 | iop 130 | RES 200..220 | op 225"
    table = table_of([("b", 0, 9, 0), ("a", 220, 10, 1), ("a", 128, 80, 1)], site=["n", "s", "t"])
    found = care_rows(table, *care(text), covariates=["site"]).table
    assert found[["at", "client_id", "start", "stop", "state", "event", "site"]].to_numpy().tolist() == [
        [0, "b", 0, 9, "none", 0, "n"],
        [1, "a", 0, 5, "none", 0, "s"],
        [1, "a", 5, 10, "outpatient", 1, "s"],
        [2, "a", 0, 2, "none", 0, "t"],
        [2, "a", 2, 17, "iop", 0, "t"],
        [2, "a", 17, 72, "none", 0, "t"],
        [2, "a", 72, 80, "residential", 1, "t"],
    ]


def test_sessions_and_levels_so_far():
    text = "a: RES -28..0 | php -3 | op 0 | iop 5 | iop 5 missed | iop 7 | php 30 | op 45"
    found = care_rows(table_of([("a", 0, 60, 0)]), *care(text)).table
    assert found[["start", "state", "sessions", "most_intensive"]].to_numpy().tolist() == [
        [0, "outpatient", 1, "outpatient"],
        [5, "iop", 2, "iop"],
        [22, "none", 3, "iop"],
        [30, "php", 4, "php"],
        [45, "outpatient", 5, "php"],
    ]


def test_a_stay_at_a_level_is_no_session():
    found = care_rows(
        table_of([("a", 0, 30, 0)]), *care("a: RES -28..0 | IOP 2..20 | iop 2"), cuts=[10]
    ).table
    assert found["sessions"].tolist() == [0, 1, 1]


def test_levels_of_one_discharge_are_not_those_of_the_one_before():
    table = table_of([("a", 0, 9, 0), ("b", 0, 9, 0)])
    found = care_rows(table, *care("a: php 0\nb: op 0")).table
    assert found["most_intensive"].tolist() == ["php", "outpatient"]


ITEM = st.tuples(
    st.sampled_from(["RES", "php", "iop", "op"]), st.integers(-20, 60), st.sampled_from([0, 0, 3])
)


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(st.lists(ITEM, max_size=7), st.integers(0, 70), st.integers(0, 3), st.lists(st.integers(0, 80)))
def test_each_day_at_risk_has_the_level_of_the_day_before(items, days, event, cuts):
    drawn = care(
        "a: " + " | ".join(f"{level} {start}..{start + more}" for level, start, more in items) + "\n"
    )
    found = care_rows(table_of([("a", 0, days, event)]), *drawn, cuts=cuts).table
    told = [row.state for row in found.itertuples() for _ in range(row.start + 1, row.stop + 1)]
    assert told == (levels_of(drawn, "a", range(days)) if days else [])
    assert found["event"].sum() == (event if days else 0)
    assert set(cuts) & set(range(1, days)) <= set(found["start"])


def test_multi_state_rows_by_hand():
    text = """a: RES -28..0 | php 0 | iop 7
    b: RES -28..0 | WM 3..5 | RES 5..6
    c: RES -28..0
    d: RES -28..0 | op 2
    e: RES -28..0"""
    table = table_of(
        [("a", 0, 9, 1), ("b", 0, 8, 0), ("c", 0, 4, 3), ("d", 0, 6, 2), ("e", 0, 9, 0)],
        died=[False, False, False, False, True],
    )
    found = state_rows(table, *care(text))
    assert [tuple(row) for row in found.drop(columns="client_id").astype(object).to_numpy()] == [
        (0, 0, 7, "php", "iop"),
        (0, 7, 9, "iop", "relapsed"),
        (1, 0, 3, "none", "residential"),
        (1, 3, 5, "residential", "residential"),
        (1, 5, 6, "residential", "none"),
        (1, 6, 8, "none", None),
        (2, 0, 4, "none", "incarcerated"),
        (3, 0, 2, "none", "outpatient"),
        (3, 2, 6, "outpatient", "dead"),
        (4, 0, 9, "none", "dead"),
    ]


def test_a_death_after_the_horizon_is_not_told():
    table = table_of([("a", 0, 9, 0)], died=[True])
    assert state_rows(table, *care("a: RES -28..0"), horizon=8)["state_to"].tolist() == [None]
    assert state_rows(table, *care("a: RES -28..0"), horizon=9)["state_to"].tolist() == ["dead"]


def test_occupancy_without_censoring_is_the_share_in_each_state():
    text = "a: RES -28..0 | php 0 | iop 7\nb: RES -28..0 | op 2\nc: RES -28..0\nd: RES -28..0 | iop 3"
    table = table_of([("a", 0, 9, 1), ("b", 0, 30, 0), ("c", 0, 8, 2), ("d", 0, 30, 0)])
    told = occupancy(state_rows(table, *care(text), horizon=30)).at(0, 2, 8, 29)
    shares = told.pivot(index="time", columns="state", values="estimate")[list(OCCUPANCY)]
    # residential, php, iop, outpatient, none, relapsed, incarcerated, dead
    assert shares.to_numpy().tolist() == [
        [0, 0.25, 0, 0, 0.75, 0, 0, 0],
        [0, 0.25, 0, 0.25, 0.5, 0, 0, 0],
        [0, 0, 0.5, 0.25, 0, 0, 0, 0.25],
        [0, 0, 0, 0.25, 0.25, 0.25, 0, 0.25],
    ]


def test_who_left_on_day_0_is_one_of_everyone():
    text = "a: RES -28..0 | php 0\nb: RES -28..0\nc: RES -28..0 | php 0\nd: RES -28..0 | php 0\ne: RES -28..0"
    table = table_of([("a", 0, 0, 1), ("b", 0, 0, 0), ("c", 0, 4, 1), ("d", 0, 30, 0), ("e", 0, 0, 0)])
    rows = state_rows(table.assign(died=[False, False, False, False, True]), *care(text), horizon=30)
    early = rows[rows["stop"] == 0.5]
    assert early[["at", "state_from", "state_to"]].to_numpy().tolist() == [
        [0, "relapsed", None], [1, "none", None], [4, "dead", None],
    ]  # fmt: skip
    found = occupancy(rows)
    assert (found.table["time"] % 1 == 0).all()
    told = found.at(0, 4, 29)
    shares = told.pivot(index="time", columns="state", values="estimate")[["php", "none", "relapsed", "dead"]]
    # Of five, one relapsed and one died on day 0; b was lost and counts as the two who stayed, both in PHP.
    np.testing.assert_allclose(shares.iloc[:2], [[0.6, 0, 0.2, 0.2], [0.3, 0, 0.5, 0.2]], atol=1e-12)
    again = pd.concat([rows.assign(plan="x"), rows.assign(plan="y", at=rows["at"] + 9)])
    np.testing.assert_allclose(
        occupancy(again, arm="plan").at(4)["estimate"], np.tile(found.at(4)["estimate"], 2)
    )
    alone = occupancy(rows[rows["stop"] == 0.5])
    np.testing.assert_allclose(alone.at(0)["estimate"], [0, 0, 0, 0, 1 / 3, 1 / 3, 0, 1 / 3])


def test_clients_who_count_twice_count_once_for_the_variance():
    text = "a: RES -28..0 | iop 3 | RES 372..400 | iop 403\nb: RES -28..0 | RES 372..400\nc: RES -28..0"
    twice = [
        ("a", 0, 9, 0),
        ("a", 400, 9, 0),
        ("b", 0, 9, 0),
        ("b", 400, 9, 0),
        ("c", 0, 9, 0),
        ("c", 0, 9, 0),
    ]
    told = [
        occupancy(state_rows(table_of(rows), *care(text))).at(5).set_index("state")["std_error"]["iop"]
        for rows in (twice, twice[::2])
    ]
    assert told[0] == pytest.approx(told[1])


def test_occupancy_by_arm():
    table = table_of([("a", 0, 9, 1), ("b", 0, 30, 0)], plan=["x", "y"])
    rows = state_rows(table, *care("a: RES -28..0\nb: RES -28..0"), covariates=["plan"])
    told = occupancy(rows, arm="plan").at(9)
    assert told[told["state"] == "relapsed"][["arm", "estimate"]].to_numpy().tolist() == [["x", 1], ["y", 0]]


# Twelve clients whose rows were cut by hand into expanded.csv; R's fit of that file is in cox.json.
COHORT = """
a: RES -28..0 | iop 2 | iop 4 | iop 9
b: RES -28..0
c: RES -28..0 | iop 6
d: RES -28..0 | php 0 | php 2 | iop 8 | iop 10 | iop 20
e: RES -28..0 | iop 12
f: RES -28..0 | op 3 | op 10 | op 17
g: RES -28..0
h: RES -28..0 | php 1 | php 5
i: RES -28..0 | iop 1 | iop 30
j: RES -28..0
k: RES -28..0 | iop 0 | iop 7 | iop 14 | iop 21
l: RES -28..0 | iop 15 | RES 18..22 | iop 24
"""
ENDS = [
    ("a", 0, 40, 1), ("b", 0, 6, 1), ("c", 0, 6, 1), ("d", 0, 60, 0), ("e", 0, 30, 1), ("f", 0, 25, 1),
    ("g", 0, 12, 1), ("h", 0, 15, 1), ("i", 0, 35, 2), ("j", 0, 50, 1), ("k", 0, 60, 0), ("l", 0, 26, 1),
]  # fmt: skip
AGES = [34, 25, 41, 52, 29, 38, 22, 47, 31, 60, 44, 27]


def test_rows_are_those_cut_by_hand_and_cox_is_r():
    made = care_rows(table_of(ENDS, age=AGES), *care(COHORT), horizon=60, covariates=["age"]).table
    by_hand = pd.read_csv(REFERENCE / "expanded.csv")
    found = made.assign(state=made["state"].astype(str))[list(by_hand)]
    pd.testing.assert_frame_equal(found, by_hand, check_dtype=False)
    x = pd.DataFrame(
        {
            "intensive": made["state"].isin(["php", "iop"]).astype(float),
            "outpatient": (made["state"] == "outpatient").astype(float),
            "age": made["age"].astype(float),
        }
    )
    fit = cox(
        made["stop"], made["event"] == 1, x, entry=made["start"], cluster=made["client_id"], correction="none"
    )
    expected = json.loads((REFERENCE / "cox.json").read_text(encoding="utf-8"))
    np.testing.assert_allclose(fit.summary["coef"], expected["coef"], rtol=1e-8)
    np.testing.assert_allclose(fit.summary["se_model"], expected["se_model"], rtol=1e-7)
    np.testing.assert_allclose(fit.summary["std_error"], expected["std_error"], rtol=1e-7)

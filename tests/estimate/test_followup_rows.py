"""Follow-up in the results: one drawn cohort, every number worked out by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from stepdown.results import Results
from support_cohort import draw
from support_run import ARMS, analyzed

pytestmark = pytest.mark.slow

# Relapse on day 20; lost on day 40; died on day 60; refused and missed the visit on day 90; too recent for it.
EIGHT = """
a: stay -28..0 | age 30 | follow 0..150 | - 30 urine | - 90 urine
b: stay -28..0 | age 50 | follow 0..150 | - 30 urine | - 90 urine
c: stay -28..0 | age 20 | follow 0..150 | + 20
d: stay -28..0 | age 20 | follow 0..40 lost | - 30
e: stay -28..0 | age 60 | follow 0..60 died | - 30 | death 60
f: stay -28..0 | age 40 | follow 0..150 | - 30 | refused 90
g: stay -28..0 | age 40 | follow 0..150 | - 30
h: stay 62..90 | age 35 | follow 90..150 | - 120
"""
TIMES = "[outcome]\ntimes = [30, 90]\n"
MONTHS = 30.4375
NOT_COMMON = (
    "No scheduled visit found any use, although other findings did, so the outcome cannot be read at "
    "common visits with these data."
)


def told(folder: Path, text: str = EIGHT, *, more: str = TIMES, **given: object) -> Results:
    cut = {"data_cut": 150, "visits": (30, 90), "after": 10} | given
    quarter = ["2026Q1"] * 7 + ["2026Q2"] if text.count("stay") == 8 else ["2026Q1"] * text.count("stay")
    return analyzed(draw(text, quarter=quarter, **cut), folder, more=more).results  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return told(tmp_path_factory.mktemp("reach"))


def test_states_at_each_visit(found: Results) -> None:
    def states(day: int) -> dict[str, float]:
        rows = found.where(estimand="visit", time=day).table
        return {row["term"]: row["estimate"] for _, row in rows.iterrows() if row["estimate"]}

    assert states(30) == {"contacted": 7, "relapsed": 1}
    once = {"dead": 1, "lost": 1, "refused": 1, "missed": 1, "relapsed": 1, "not_due": 1}
    assert states(90) == {"contacted": 2} | once


def test_rates_of_those_who_could_be_contacted(found: Results) -> None:
    # On day 90 the dead one and the one not due could not.
    for day, (reached, of) in {30: (7, 8), 90: (2, 6)}.items():
        one = found.one(estimand="follow_up_rate", time=day)
        assert (one["events"], one["n"], one["estimate"]) == (reached, of, reached / of)
        assert one["conf_low"] < one["estimate"] < one["conf_high"]
    # Reached, relapsed and dead: known of 4 of the 7 due.
    known = found.one(analysis="", estimand="outcome_known", time=90)
    assert (known["estimate"], known["n"]) == (pytest.approx(4 / 7), 7)


def test_how_those_reached_differ_at_the_end_of_the_window(found: Results) -> None:
    rows = found.where(estimand="contact_difference", term="age", level="")
    assert set(rows.table["time"]) == {90}
    # Ages 30, 50 against 20, 20, 40, 40: means 40 and 30, variances 200 and 400/3.
    expected = 10 / math.sqrt((200 + 400 / 3) / 2)
    assert rows.one(statistic="standardized")["estimate"] == pytest.approx(expected)
    means = [rows.one(statistic=name)[["estimate", "n"]].tolist() for name in ("contacted", "not_contacted")]
    assert means == [[40, 2], [30, 4]]


def test_bounds_if_none_or_all_of_those_lost_relapsed(found: Results) -> None:
    # Only d is lost: e died, and the data cut ended h. If d relapsed on day 41, 7/8 of 1/7 is added.
    rows = found.where(estimand="risk_bound", time=90)
    values = {name: rows.one(statistic=name)["estimate"] for name in ("lost", "none", "all")}
    assert values == {"lost": 1, "none": pytest.approx(1 / 8), "all": pytest.approx(1 / 4)}
    assert found.where(estimand="risk_bound", time=30).one(statistic="lost")["estimate"] == 0


def test_length_of_follow_up(found: Results) -> None:
    rows = found.where(estimand="followup_length")
    values = {row["statistic"]: row["estimate"] for _, row in rows.table.iterrows()}
    # 6/7 after day 40, 5/7 after day 60, none after day 150.
    assert values == {
        "median": 150,
        "lower_quartile": 60,
        "upper_quartile": 150,
        "person_months": pytest.approx((4 * 150 + 20 + 40 + 60 + 60) / MONTHS),
    }


def test_maturity_by_quarter(found: Results) -> None:
    rows = found.where(estimand="observable").table
    assert rows[["quarter", "events", "n", "estimate"]].to_numpy().tolist() == [
        ["2026Q1", 7, 7, 1],
        ["2026Q2", 0, 1, 0],
    ]


def test_how_often_people_were_tested(found: Results) -> None:
    # 4 tests in 4 * 90 + 20 + 40 + 60 + 60 days at risk.
    one = found.one(estimand="testing_rate", term="urine", statistic="estimate")
    assert (one["events"], one["n"]) == (4, 8)
    assert one["estimate"] == pytest.approx(4 / 540 * 100 * MONTHS)


def test_only_scheduled_visits_may_find_use(tmp_path: Path, found: Results) -> None:
    refused = found.one(estimand="common_visits")
    assert (refused["statistic"], refused["note"]) == ("not_estimated", NOT_COMMON)
    # c is found again on day 33, inside a visit; g on day 60 is not.
    text = EIGHT.replace("+ 20", "+ 20 | + 33").replace("150 | - 30\nh", "150 | - 30 | + 60\nh")
    told_all = told(tmp_path, text)
    risk = {"estimand": "risk", "cause": "relapse", "statistic": "estimate", "time": 90}
    own = told_all.one(analysis="whole_cohort", **risk)["estimate"]  # type: ignore[arg-type]
    common = told_all.one(analysis="common_visits", **risk)["estimate"]  # type: ignore[arg-type]
    # Day 60: six at risk after one of eight relapsed.
    assert own == pytest.approx(1 / 8 + 7 / 8 / 6)
    assert common == pytest.approx(1 / 8)


def test_arms_have_bounds_and_testing_of_their_own(tmp_path: Path) -> None:
    text = EIGHT.replace("age 30", "iop 3 | age 30").replace("age 20 | follow 0..40", "iop 5 | follow 0..40")
    rows = told(tmp_path, text, more=TIMES + ARMS).where(analysis="landmark_14")
    early = rows.where(estimand="risk_bound", arm="Step-down", time=90)
    # a and d: d relapses on day 41, one of two.
    assert [early.one(statistic=name)["estimate"] for name in ("lost", "none", "all")] == [1, 0, 0.5]
    tests = rows.where(estimand="testing_rate", term="urine", statistic="estimate")
    # a: 2 tests in 76 days after day 14, and d 26 days; b: 2 in 76, c 6, e 46, f and g 76, h 46.
    values = [tests.one(arm=arm)["estimate"] for arm in ("Step-down", "No step-down")]
    assert values == pytest.approx([2 / 102 * 100 * MONTHS, 2 / 326 * 100 * MONTHS])
    ratio = rows.one(estimand="testing_rate", term="urine", statistic="ratio")
    assert ratio["estimate"] == pytest.approx(326 / 102)
    assert (ratio["arm"], ratio["reference"]) == ("Step-down", "No step-down")


def test_without_a_schedule_or_an_end_of_the_data_the_reasons_stand(tmp_path: Path) -> None:
    text = EIGHT.replace("..150", "..150 lost")
    rows = told(tmp_path, text, visits=(), data_cut=None).where(statistic="not_estimated", analysis="").table
    reasons = dict(zip(rows["estimand"], rows["note"], strict=True))
    assert reasons["visit"] == (
        "No visit schedule is defined. State [schedule] in the cohort file, or map due_day."
    )
    assert reasons["observable"] == (
        "The last day that the data cover is unknown. State data_cut in the cohort file."
    )
    assert reasons["common_visits"] == reasons["visit"]


def test_a_range_is_widened_at_its_own_end(tmp_path: Path) -> None:
    text = """
    a: stay -28..0 | follow 0..90 | + (30,90]
    b: stay -28..0 | follow 0..30 lost
    c: stay -28..0 | follow 0..90
    """
    found = told(tmp_path, text, data_cut=90, after=0)
    rows = found.where(analysis="whole_cohort", estimand="risk_bound", time=90).table
    ends = rows[rows["statistic"] != "lost"]
    assert list(zip(ends["statistic"], ends["bound"], strict=True)) == [
        ("none", "lowest"),
        ("all", "highest"),
    ]
    # b is lost: 1 of 3 if it stayed free, 2 of 3 if it did not.
    assert ends["estimate"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert pd.notna(ends["estimate"]).all()

"""Quarters beside each other: numbers worked out by hand, and parts of a change that add up to it."""

from dataclasses import replace

import numpy as np
import pytest

import stepdown as sd
from stepdown.cohort import People, eligible
from stepdown.compare.quarter_comparison import Periods, change_parts, quarter_series
from stepdown.compare.quarter_comparison.change_parts import NOT_BALANCED
from stepdown.compare.quarter_comparison.periods import last_day
from stepdown.schema import Cohort
from support_cohort import draw
from support_study import described, study

# Day 0 is 1970-01-01: 1970Q1 ends on day 89, 1970Q2 on day 180.
FIRST, SECOND = "1970Q1", "1970Q2"


def people(lines: list[str], *, cut: int = 1000, **columns: list[object]) -> tuple[Cohort, People]:
    cohort = draw(
        "\n".join(f"c{k}: {line}" for k, line in enumerate(lines)), data_cut=cut, visits=(90,), **columns
    )
    cohort = replace(cohort, clock="date", basis="own_operations")
    return cohort, sd.derive(cohort, described())


def stay(day: int, quarter: str, *, relapse: int | None = None, until: int = 200, more: str = "") -> str:
    """A stay that ended on a day, with a relapse so many days later."""
    found = f" | + {day + relapse}" if relapse is not None else ""
    return f"stay {day - 20}..{day} | follow {day}..{day + until} | quarter {quarter}{found}{more}"


def group(size: int, relapses: int, day: int, quarter: str, *, at: int = 50) -> list[str]:
    return [stay(day, quarter, relapse=at if k < relapses else None) for k in range(size)]


def parts(lines: list[str], *, cut: int = 1000, mature: bool = True, **columns: list[object]):  # type: ignore[no-untyped-def]
    cohort, found = people(lines, cut=cut, **columns)
    periods = Periods.of(found, cohort)
    return change_parts(found, described(), periods, quarter=SECOND, before=FIRST, mature=mature)


def test_the_parts_of_a_change_by_hand() -> None:
    # 1970Q1: 10 women, 4 relapse, 10 men, 1 relapses: 5 / 20. 1970Q2: 15 women, 9 relapse, 5 men, 1 relapses: 10 / 20.
    # With as many women as men, 1970Q2 would be 0.5 * 9/15 + 0.5 * 1/5 = 0.4.
    lines = [
        *group(10, 4, 10, FIRST),
        *group(10, 1, 10, FIRST),
        *group(15, 9, 100, SECOND),
        *group(5, 1, 100, SECOND),
    ]
    sex = ["female"] * 10 + ["male"] * 10 + ["female"] * 15 + ["male"] * 5
    found = parts(lines, sex=sex)
    assert found.covariates == ("sex",)
    assert found.case_mix == pytest.approx(0.5 - 0.4)
    assert found.follow_up == 0
    assert found.rest == pytest.approx(0.4 - 0.25)
    assert found.change == pytest.approx(0.25)


def test_follow_up_that_is_not_complete_is_a_part_of_its_own() -> None:
    # At the data cut, day 240, those discharged on day 170 could be followed for 70 days, those of day 100 for 140.
    # So long after its end the quarter before was known for those of day 79 up to day 70, of day 9 up to day 140.
    # Its 4 relapses of day 80 are then 4 of 10 at risk, not 4 of 20: 0.4 in place of 0.2. Now 6 of 20 relapsed.
    lines = [
        *group(10, 4, 9, FIRST, at=80), *group(10, 0, 79, FIRST),
        *group(10, 5, 100, SECOND), *[stay(170, SECOND, relapse=50 if k < 1 else None, until=70) for k in range(10)],
    ]  # fmt: skip
    found = parts(lines, cut=240, mature=False)
    assert found.follow_up == pytest.approx(0.4 - 0.2)
    assert found.rest == pytest.approx(0.3 - 0.4)
    assert np.isnan(found.case_mix)
    assert found.note == "nothing known at admission differs between the discharges"
    assert found.change == pytest.approx(0.3 - 0.2)
    assert parts(lines, cut=240, mature=True).follow_up == 0


def test_a_case_mix_that_cannot_be_balanced_is_said_to_be_so() -> None:
    # Everybody of 1970Q2 is older than everybody of 1970Q1: no weights give it that mean.
    lines = [*group(10, 4, 10, FIRST), *group(10, 5, 100, SECOND)]
    found = parts(lines, age=[20.0 + k for k in range(10)] + [60.0 + k for k in range(10)])
    assert np.isnan(found.case_mix)
    assert found.note == NOT_BALANCED
    assert found.change == pytest.approx(0.1) == found.rest


def test_no_parts_where_a_risk_is_not_known() -> None:
    lines = [*group(10, 4, 10, FIRST), *[stay(170, SECOND, until=60) for _ in range(10)]]
    assert parts(lines, cut=230, mature=False) is None


def test_the_site_and_what_comes_later_are_no_case_mix() -> None:
    lines = [*group(10, 4, 10, FIRST), *group(10, 5, 100, SECOND)]
    cohort, found = people(
        lines, site_id=["A", "B"] * 10, warm_handoff=[True, False] * 10, sex=["female", "male"] * 10
    )
    asked = study(analysis__adjust={"covariates": ["site_id", "warm_handoff", "sex"]})
    made = change_parts(found, asked, Periods.of(found, cohort), quarter=SECOND, before=FIRST, mature=True)
    assert made is not None
    assert made.covariates == ("sex",)


def test_a_period_is_complete_when_it_is_over_and_all_could_be_followed() -> None:
    lines = [stay(10, FIRST), stay(85, FIRST, until=5), stay(100, SECOND)]
    cohort, found = people(lines, cut=175)
    periods = Periods.of(found, cohort)
    assert periods.names() == [FIRST, SECOND]
    assert periods.names(by_month=True) == ["1970-01", "1970-03", "1970-04"]
    # The client lost after 5 days could have been followed: the data cut lies 90 days after the discharge.
    assert periods.until.tolist() == [165, 90, 75]
    assert periods.followed(90).tolist() == [True, True, False]
    assert periods.over(FIRST)
    assert not periods.over(SECOND)
    assert last_day("1972-02") - last_day("1972-01") == 29
    (risk, *_) = quarter_series(found, cohort, described(), periods)
    assert risk.mature == {FIRST: True, SECOND: False}
    assert risk.complete == {FIRST: 1.0, SECOND: 0.0}
    # 30 days later the second quarter is over, and its one discharge was followed long enough.
    cohort = replace(cohort, data_cut=205)
    assert quarter_series(found, cohort, described(), Periods.of(found, cohort))[0].mature[SECOND]


def test_without_a_data_cut_the_last_recorded_day_is_taken() -> None:
    lost = "stay 0..20 | follow 20..50 lost | quarter 1970Q1"
    cohort, found = people([stay(10, FIRST, until=100), lost])
    periods = Periods.of(found, replace(cohort, data_cut=None))
    assert periods.cut == 110
    assert periods.until.tolist() == [100, 90]


def test_the_series_by_hand() -> None:
    lines = [
        # A relapse on day 10 and one on day 60 of four; one starts IOP on day 14, one on day 15; one is not found.
        stay(10, FIRST, relapse=10), stay(10, FIRST, relapse=60, more=" | iop 24"),
        stay(10, FIRST, more=" | iop 25 | - 100"), stay(10, FIRST),
        stay(100, SECOND, relapse=31), stay(100, SECOND, more=" | - 190"),
    ]  # fmt: skip
    cohort, found = people(lines)
    every = quarter_series(found, cohort, described(), Periods.of(found, cohort), pairs=[(SECOND, FIRST)])
    series = {one.name: one for one in every}
    assert list(series) == ["risk", "early_risk", "hazard", "started_care", "outcome_known"]
    values = {name: one.table["estimate"].tolist() for name, one in series.items()}
    assert values["risk"] == pytest.approx([2 / 4, 1 / 2])
    assert values["early_risk"] == pytest.approx([1 / 4, 0])
    # Days at risk in 31-90: 30 + 60 + 60, and 1 + 60.
    assert values["hazard"] == pytest.approx([100 * 30.4375 / 150, 100 * 30.4375 / 61])
    assert values["started_care"] == pytest.approx([1 / 4, 0])
    assert values["outcome_known"] == pytest.approx([3 / 4, 1])
    assert series["risk"].table["n"].tolist() == [4, 2]
    assert series["risk"].table["events"].tolist() == [2, 1]
    (change,) = series["started_care"].changes.to_dict("records")
    assert (change["period"], change["reference"], change["estimate"]) == (
        SECOND,
        FIRST,
        pytest.approx(-1 / 4),
    )
    (change,) = series["risk"].changes.to_dict("records")
    assert change["estimate"] == pytest.approx(0)
    assert change["conf_low"] < 0 < change["conf_high"]


def test_a_client_counts_once_in_each_quarter() -> None:
    text = "\n".join([
        "a: stay -20..10 | follow 10..60 | quarter 1970Q1", "a: stay 30..60 | follow 60..150 | quarter 1970Q1",
        "a: stay 80..110 | follow 110..300 | quarter 1970Q2", "b: stay 0..100 | follow 100..300 | quarter 1970Q2",
    ])  # fmt: skip
    cohort = draw(text, data_cut=1000)
    first = eligible(cohort, described())
    each = eligible(cohort, described(), each_quarter=True)
    assert first.given.table["discharge_day"].tolist() == [10, 100]
    assert each.given.table["discharge_day"].tolist() == [10, 110, 100]
    assert each.flow[-1].name == "First eligible discharge of each client and quarter"
    # As each quarter alone would be selected.
    alone = eligible(cohort, described(), quarter=SECOND)
    assert alone.given.table["discharge_day"].tolist() == [110, 100]

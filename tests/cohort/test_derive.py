"""Follow-up by hand: when each discharge relapsed, or until when it was observed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.errors import DesignError
from support_cohort import draw
from support_study import described

pytestmark = pytest.mark.slow


def outcomes(text: str, **study: object) -> list[tuple[float, int]]:
    people = derive(draw(text), described(**study)).table
    return list(zip(people["days"], people["event"], strict=True))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("stay -28..0 | follow 0..90", (90, 0)),
        ("stay -28..0 | follow 0..90 | + 30", (30, 1)),
        ("stay -28..0 | follow 0..90 | - 10 | + 60 | + 30", (30, 1)),
        # Days count from time zero, whatever the own clock says.
        ("stay 100..128 | follow 128..218 | + 158", (30, 1)),
        # What was found before this stay, or on the day of admission, is why people come.
        ("stay -28..0 | follow 0..90 | + -28 | + -100", (90, 0)),
        # Nothing is known after observation ended.
        ("stay -28..0 | follow 0..20 lost | + 30", (20, 0)),
        ("stay -28..0 | follow 0..30 lost | + 30", (30, 1)),
        # A gap ends observation; the day after is no gap.
        ("stay -28..0 | follow 0..20 | follow 22..90 | + 60", (20, 0)),
        ("stay -28..0 | follow 0..20 | follow 21..90 | + 60", (60, 1)),
        ("stay -28..0 | follow 0..20 | follow 30..40 | follow 41..90 | + 60", (20, 0)),
        ("stay -28..0 | follow 0..50 | follow 10..20 | + 40", (40, 1)),
        # No span over time zero: observed on day 0 only.
        ("stay -28..0 | + 30", (0, 0)),
        ("stay -28..0 | follow 5..90 | + 30", (0, 0)),
        ("stay -28..0 | follow -28..-1 | follow 0..90 | + 30", (30, 1)),
        # Competing events.
        ("stay -28..0 | follow 0..40 died", (40, 2)),
        ("stay -28..0 | follow 0..40 lost | death 40", (40, 2)),
        ("stay -28..0 | follow 0..90 | jail 50 | + 60", (50, 3)),
        # Within a day relapse comes first, then death.
        ("stay -28..0 | follow 0..40 died | + 40", (40, 1)),
        ("stay -28..0 | follow 0..40 died | jail 40", (40, 2)),
        # Missing observations say nothing.
        ("stay -28..0 | follow 0..90 | ? 30", (90, 0)),
    ],
)
def test_by_hand(line: str, expected: tuple[float, int]) -> None:
    assert outcomes(f"a: {line}") == [expected]


def test_competing_events_only_where_the_study_says_so() -> None:
    text = "a: stay -28..0 | follow 0..90 | jail 50 | + 60\nb: stay -28..0 | follow 0..40 died"
    assert outcomes(text, outcome__competing=["death"]) == [(60, 1), (40, 2)]
    # A death that does not compete still ends observation.
    assert outcomes(text, outcome__competing=[]) == [(60, 1), (40, 0)]


@pytest.mark.parametrize(
    ("line", "earliest", "latest"),
    [
        ("+ (0,30]", (1, 1), (30, 1)),
        ("+ (30,90]", (31, 1), (90, 1)),
        # An interval from before time zero is cut to begin there.
        ("+ (-5,30]", (1, 1), (30, 1)),
        # A dated finding inside the interval bounds it from above.
        ("+ (0,30] | + 10", (1, 1), (10, 1)),
        ("+ 10 | + (30,90]", (10, 1), (10, 1)),
        # An interval of one day is a date.
        ("+ (29,30]", (30, 1), (30, 1)),
        # What happened in between competes: on the latest reading jail came first.
        ("+ (0,30] | jail 20", (1, 1), (20, 3)),
        # Found only after observation ended.
        ("+ (60,100]", (90, 0), (90, 0)),
    ],
)
def test_intervals_keep_both_ends(line: str, earliest: tuple[int, int], latest: tuple[int, int]) -> None:
    people = derive(draw(f"a: stay -28..0 | follow 0..90 | {line}"), described())
    row = people.table.iloc[0]
    assert (row["days_earliest"], row["event_earliest"]) == earliest
    assert (row["days"], row["event"]) == latest
    assert people.exact == (earliest == latest)


def flow_of(text: str, **study: object) -> list[tuple[str, int, int, int]]:
    people = derive(draw(text), described(**study))
    return [(step.name, step.discharges, step.clients, step.removed) for step in people.flow]


STAYS = """
a: stay -28..0 | follow 0..90 | age 17
b: stay -28..0 | follow 0..90 | + 0 | age 30
c: stay -28..0 | follow 0..90 | + -3 | age 40
d: stay -28..0 | follow 0..90 | discharge_reason died | age 40
e: stay -28..0 | follow 0..200 | + 100 | age 50
e: stay 40..70 | age 51
"""


def test_every_one_who_leaves_is_counted() -> None:
    adults = [{"name": "Adults", "keep": {"column": "age", "at_least": 18}}]
    assert flow_of(STAYS, eligibility=adults) == [
        ("All discharges in the data", 6, 5, 0),
        ("Adults", 5, 4, 1),
        ("First eligible discharge of each client", 4, 4, 1),
        ("Alive and not in custody at discharge", 3, 3, 1),
        ("No return to use during the stay", 2, 2, 1),
        ("No relapse on day 0", 1, 1, 1),
    ]


def test_a_death_on_the_day_of_discharge_is_no_start() -> None:
    text = "a: stay -28..0 | follow 0..90\nb: stay -28..0 | follow 0..0 lost | death 0\nc: stay -28..0 | follow 0..1 | death 1"
    assert flow_of(text)[-1] == ("Alive and not in custody at discharge", 2, 2, 1)
    # A span of follow-up that ended by death says the same as a finding.
    assert flow_of(text.replace("0..0 lost | death 0", "0..0 died")) == flow_of(text)


def test_day_zero_as_an_event_keeps_the_discharge() -> None:
    text = "b: stay -28..0 | follow 0..90 | + 0"
    assert outcomes(text, time_zero__day_zero="event") == [(0, 1)]


def test_all_discharges_of_a_client_each_see_the_relapse_from_their_own_day() -> None:
    text = "e: stay -28..0 | follow 0..200 | + 100\ne: stay 40..70"
    assert outcomes(text, time_zero__episode="all") == [(100, 1), (30, 1)]
    assert outcomes(text, time_zero__episode="first") == [(100, 1)]


def test_time_zero_at_admission_counts_the_stay() -> None:
    text = "a: stay 0..28 | follow 0..90 | + 28"
    assert outcomes(text, time_zero__event="admission") == [(28, 1)]
    assert outcomes(text, time_zero__event="discharge", time_zero__day_zero="event") == [(0, 1)]


def test_a_quarter_is_a_step() -> None:
    cohort = draw(
        "a: stay -28..0 | follow 0..90\nb: stay -28..0 | follow 0..90", quarter=["2026Q2", "2026Q3"]
    )
    people = derive(cohort, described(), quarter="2026Q3")
    assert list(people.table["client_id"]) == ["b"]
    assert people.flow[1].name == "Discharged in 2026Q3"
    with pytest.raises(DesignError) as caught:
        derive(cohort, described(), quarter="2025Q1")
    assert str(caught.value) == (
        "No eligible discharge falls in the quarter asked for. Quarters held: 2026Q2, 2026Q3."
    )
    with pytest.raises(DesignError) as caught:
        derive(draw("a: stay -28..0 | follow 0..90"), described(), quarter="2025Q1")
    assert str(caught.value) == (
        "No discharge has a quarter, so none can be chosen. Map `quarter` in the cohort file, or leave the choice out."
    )


def test_the_quarter_of_a_discharge_is_not_known_at_admission() -> None:
    cohort = draw("a: stay 0..28 | follow 0..90\nb: stay 0..0 | follow 0..90", quarter=["2026Q2", "2026Q2"])
    with pytest.raises(DesignError) as caught:
        derive(cohort, described(time_zero__event="admission"), quarter="2026Q2")
    assert str(caught.value).startswith(
        "`quarter` cannot be used for the choice of a quarter: its value becomes known after time zero for 1 of "
        '2 discharges (declared known = "discharge").'
    )


def test_nobody_left_says_after_which_step() -> None:
    step = [{"name": "Old", "keep": {"column": "age", "at_least": 90}}]
    with pytest.raises(DesignError) as caught:
        derive(draw("a: stay -28..0 | follow 0..90 | age 30"), described(eligibility=step))
    assert str(caught.value) == (
        "No discharge is left to analyze. Left after each step: All discharges in the data: 1; Old: 0; First "
        "eligible discharge of each client: 0. Widen the eligibility."
    )


def test_row_order_and_a_shift_of_days_change_nothing() -> None:
    lines = [f"c{n}: stay -9..0 | follow 0..{30 + n} | + {10 + n}" for n in range(5)]
    moved = [f"c{n}: stay 91..100 | follow 100..{130 + n} | + {110 + n}" for n in range(5)]
    straight, turned = (outcomes("\n".join(text)) for text in (lines, lines[::-1]))
    assert straight == turned[::-1] == outcomes("\n".join(moved))
    assert [day for day, _ in straight] == [10, 11, 12, 13, 14]


def test_the_order_of_event_rows_changes_nothing() -> None:
    text = "\n".join(f"c{n}: stay -9..0 | follow 0..{30 + n} | + {10 + n} | iop {n} | - 3" for n in range(9))
    cohort = draw(text)
    events = {name: getattr(cohort, name) for name in ("services", "observations", "followup")}
    turned = {
        name: frame.sample(frac=1, random_state=2).reset_index(drop=True) for name, frame in events.items()
    }
    straight, mixed = derive(cohort, described()), derive(replace(cohort, **turned), described())
    pd.testing.assert_frame_equal(straight.table, mixed.table)
    assert (straight.first_care == mixed.first_care).all()
    assert list(straight.table["days"]) == list(range(10, 19))


def test_the_cohort_is_left_as_it_was() -> None:
    cohort = draw(STAYS)
    before = {
        name: getattr(cohort, name).copy() for name in ("discharges", "services", "observations", "followup")
    }
    derive(cohort, described())
    for name, frame in before.items():
        pd.testing.assert_frame_equal(getattr(cohort, name), frame)


def test_a_quarter_that_is_not_complete_at_the_cut_is_flagged() -> None:
    text = "a: stay -28..0 | follow 0..90\nb: stay -27..1 | follow 1..90"
    people = derive(draw(text, data_cut=90), described())
    assert np.array_equal(people.table["complete"], [True, False])

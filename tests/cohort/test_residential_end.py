"""The end of residential care: discharges that another stay follows are no time zero."""

import pytest

from stepdown.cohort import derive
from stepdown.errors import StudyError
from stepdown.study import Study
from support_cohort import draw
from support_study import described, raw

# a is transferred overnight; b stays on at another site; c comes back after two days; d steps down to PHP.
STAYS = """
a: stay -5..0 | level withdrawal | follow -5..90
a: stay 1..28 | follow 28..118
b: stay -10..0 | follow -10..90
b: stay 0..20 | follow 20..110
c: stay -28..0 | follow 0..90
c: stay 2..30 | follow 30..120
d: stay -28..0 | follow 0..90
d: stay 0..20 | level php | follow 20..110
"""


def flow_of(**study: object) -> list[tuple[str, int, int]]:
    people = derive(draw(STAYS), described(**study))
    return [(step.name, step.discharges, step.removed) for step in people.flow]


def test_stays_that_go_on_leave_by_a_counted_step_before_the_first_is_chosen() -> None:
    assert flow_of() == [
        ("All discharges in the data", 8, 0),
        ("Left residential care or withdrawal management", 7, 1),
        ("Not followed by another stay within 1 day", 5, 2),
        ("First eligible discharge of each client", 4, 1),
    ]
    table = derive(draw(STAYS), described()).table
    assert table[["client_id", "zero"]].to_numpy().tolist() == [["a", 28], ["b", 20], ["c", 0], ["d", 0]]


@pytest.mark.parametrize(("gap", "removed"), [(0, 1), (1, 2), (2, 3)])
def test_the_study_states_the_gap(gap: int, removed: int) -> None:
    name, _, found = flow_of(time_zero__max_gap_days=gap)[2]
    assert found == removed
    assert name == f"Not followed by another stay within {gap} day{'' if gap == 1 else 's'}"


def test_the_end_of_a_stay_in_step_down_care_is_no_time_zero_unless_the_study_says_so() -> None:
    drawn = draw("a: stay -28..0 | follow 0..90\na: stay 5..40 | level iop | follow 40..130")
    everyone = derive(drawn, described(time_zero__episode="all"))
    assert everyone.table["zero"].tolist() == [0]
    assert everyone.flow[1].name == "Left residential care or withdrawal management"
    own = [{"name": "IOP", "keep": {"column": "level", "is_in": ["iop"]}}]
    asked = derive(drawn, described(time_zero__episode="all", eligibility=own))
    assert asked.table["zero"].tolist() == [40]
    assert [step.name for step in asked.flow] == ["All discharges in the data", "IOP"]


def test_a_discharge_that_is_no_time_zero_need_not_end_anything() -> None:
    names = [name for name, _, _ in flow_of(time_zero__event="admission")]
    assert names == ["All discharges in the data", "First eligible discharge of each client"]


def test_no_step_where_nobody_leaves_by_it() -> None:
    people = derive(draw("a: stay -28..0 | follow 0..90"), described())
    assert [step.name for step in people.flow][1] == "First eligible discharge of each client"


def test_a_gap_is_a_whole_number_of_days() -> None:
    with pytest.raises(
        StudyError, match=r"time_zero.max_gap_days is too small. Write a number of at least 0"
    ):
        Study.parse(raw(time_zero__max_gap_days=-1))

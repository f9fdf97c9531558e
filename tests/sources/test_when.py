"""`when` picks rows as people expect, and says so where it picks none."""

import pytest

from stepdown.sources import check_cohort, load
from support_sources import HEAD, said, write

pytestmark = pytest.mark.slow

FLAT = """
[flat]
file = "d.csv"
[flat.discharges]
client_id = "id"
discharge_day = "out"
[[flat.observations]]
finding = {{ value = "positive" }}
day = "day"
when = {{ used = {0} }}
[[flat.followup]]
start_day = "out"
end_day = {{ value = 90 }}
"""


def config(tmp_path, cells, value):
    rows = "\n".join(f"{number} 0 {number + 10} {cell}" for number, cell in enumerate(cells))
    return write(tmp_path, HEAD + FLAT.format(value), d=f"id out day used\n{rows}")


SAME = [
    ("TRUE", "FALSE", "true"),
    ("True", "false", '"TRUE"'),
    ("Yes", "NO", "true"),
    ("Yes", "NO", '"yes"'),
    ("1.0", "0.0", "true"),
    ("1.0", "0.0", "1"),
    ("1.0", "0.0", '"1"'),
    ("1", "0", '["x", true]'),
]


@pytest.mark.parametrize(("cell", "other", "value"), SAME)
def test_a_value_is_compared_as_people_write_it(tmp_path, cell, other, value):
    cohort = load(config(tmp_path, [cell, other, other], value))
    assert cohort.observations["day"].tolist() == [10]


@pytest.mark.parametrize("value", ["false", "0", '"0"'])
def test_false_picks_the_others(tmp_path, value):
    assert load(config(tmp_path, ["1.0", "0.0", "0"], value)).observations["day"].tolist() == [11, 12]


@pytest.mark.parametrize("value", ["3", '"relapsed"', '["x", 7]'])
def test_a_condition_that_no_row_meets_is_a_problem(tmp_path, value):
    assert said(check_cohort(config(tmp_path, ["TRUE", "FALSE"], value))) == [
        "d.csv.used has no row that meets when. Write the value of when as the file has it, or remove the block."
    ]

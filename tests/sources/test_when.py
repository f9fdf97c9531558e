"""`when` picks rows as people expect, and says so where it picks none."""

import pytest

from stepdown.sources import check_cohort, load
from support_sources import DISCHARGES, HEAD, said, write

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


ROWS = "id in out used day last\n1 0 0 1 30 180\n2 0 0 0 NA 180\n3 0 0 1 NA 170\n"
KNOWN = """
[flat]
file = "d.csv"
[flat.discharges]
client_id = "id"
discharge_day = "out"
[[flat.observations]]
finding = { value = "positive" }
day = "day"
when = { used = 1 }
unless = { day = "" }
[[flat.observations]]
finding = { value = "positive" }
day = "last"
since_day = "out"
when = { used = 1, day = "" }
[[flat.followup]]
start_day = "out"
end_day = "last"
"""


def test_an_empty_cell_picks_and_leaves_out_rows(tmp_path):
    cohort = load(write(tmp_path, HEAD + KNOWN, d=ROWS))
    found = cohort.observations.sort_values("client_id")
    assert found["client_id"].tolist() == ["1", "3"]
    assert found["day"].tolist() == [30, 170]
    assert found["since_day"].isna().tolist() == [True, False]


def test_rows_of_a_table_are_picked_too(tmp_path):
    events = "id event in out\n1 baseline 0 NA\n1 discharge NA 30\n2 discharge NA 20\n"
    config = (
        HEAD
        + DISCHARGES.replace('admit_day = "in"\n', "")
        + '[tables.discharges.when]\nevent = "discharge"\n'
    )
    frame = load(write(tmp_path, config, discharges=events)).discharges
    assert frame["discharge_day"].tolist() == [30, 20]


def test_unless_that_leaves_no_row_is_an_error(tmp_path):
    config = HEAD + KNOWN.replace('unless = { day = "" }', "unless = { used = 1 }")
    assert said(check_cohort(write(tmp_path, config, d=ROWS))) == [
        "d.csv.used has no row that meets when and unless. Write the value of when and unless as the file has it, "
        "or remove the block."
    ]


def test_words_become_the_numbers_of_a_rating(tmp_path):
    config = HEAD + DISCHARGES + 'asam_dim1 = {{ from = "dim", codes = {{ "No" = 0, "Extreme" = 4 }}{0} }}\n'
    rows = "id in out dim\n1 0 9 No\n2 0 9 Extreme\n3 0 9 2\n4 0 9 Unable\n"
    path = write(tmp_path, config.format(', unknown = "missing"'), discharges=rows)
    assert load(path).discharges["asam_dim1"].fillna(-1).tolist() == [0, 4, 2, -1]
    assert said(check_cohort(write(tmp_path, config.format(""), discharges=rows))) == [
        'discharges.asam_dim1 is not a whole number: 1 row, at position 3 (row 5 of the file). Correct column "dim" '
        "of the file, or add the text to missing."
    ]


DRINKS = KNOWN.replace(
    'finding = { value = "positive" }\nday = "day"\nwhen = { used = 1 }\nunless = { day = "" }',
    'finding = { from = "drinks", at_least = 5 }\nday = "last"\nunless = { drinks = "" }',
).partition("[[flat.observations]]\nfinding = { value")


def test_a_threshold_makes_findings_of_numbers(tmp_path):
    config = HEAD + DRINKS[0] + '[[flat.followup]]\nstart_day = "out"\nend_day = "last"\n'
    rows = "id in out last drinks\n1 0 0 180 0\n2 0 0 180 5\n3 0 0 170 4.5\n4 0 0 170 NA\n"
    found = load(write(tmp_path, config, d=rows)).observations
    assert found["finding"].tolist() == ["negative", "positive", "negative"]
    rows = rows.replace("4.5", "many")
    first = check_cohort(write(tmp_path, config, d=rows))[0]
    assert (first.column, first.what) == ("finding", "is not a number")


def test_a_threshold_makes_yes_and_no_of_numbers(tmp_path):
    config = HEAD + DISCHARGES + 'employed = { from = "hours", at_least = 20 }\n'
    path = write(tmp_path, config, discharges="id in out hours\n1 0 9 40\n2 0 9 19\n3 0 9 NA\n")
    frame = load(path).discharges
    assert frame["employed"].astype(object).where(frame["employed"].notna(), None).tolist() == [
        True,
        False,
        None,
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'age = { from = "hours", at_least = 20 }',
            "age.at_least cannot be used for age. It makes yes and no, or a finding, of a number: remove it.",
        ),
        (
            'employed = { from = "hours", at_least = 20, codes = { "a" = true } }',
            "employed.at_least cannot be used with codes. Remove one of the two.",
        ),
    ],
)
def test_a_threshold_that_does_not_fit_is_an_error(tmp_path, line, problem):
    path = write(tmp_path, HEAD + DISCHARGES + line, discharges="id in out hours\n1 0 9 40\n")
    assert said(check_cohort(path)) == [f"cohort.toml.tables.discharges.columns.{problem}"]

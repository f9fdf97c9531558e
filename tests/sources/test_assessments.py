"""Scores over time: loaded, checked, from wide weekly columns and from frames."""

import pandas as pd
import pytest

import stepdown as sd
from stepdown.schema import ASSESSMENTS, instruments
from stepdown.sources import check_cohort, load
from support_sources import DISCHARGES, HEAD, write

LONG = (
    HEAD
    + DISCHARGES
    + """
[tables.assessments]
file = "scores.csv"
[tables.assessments.columns]
client_id = "id"
day = "day"
instrument = "what"
value = "score"
item = "item"
"""
)
WIDE = (
    HEAD
    + """
[flat]
file = "d.csv"
[flat.discharges]
client_id = "id"
discharge_day = "out"
[[flat.assessments]]
instrument = { value = "craving" }
day = { from = "out", add_days = 7 }
due_day = { from = "out", add_days = 7 }
value = "craving_w1"
[[flat.assessments]]
instrument = { value = "craving" }
day = { from = "out", add_days = 14 }
due_day = { from = "out", add_days = 14 }
value = "craving_w2"
"""
)
STAYS = "id in out\n1 0 28\n2 0 30"


def problems(tmp_path, scores):
    path = write(tmp_path, LONG, discharges=STAYS, scores=f"id day what score item\n{scores}")
    return [str(problem) for problem in check_cohort(path)]


def test_wide_weekly_scores_become_a_row_a_score(tmp_path):
    path = write(tmp_path, WIDE, d="id out craving_w1 craving_w2\n1 28 7 4\n2 30 NA 3")
    found = load(path).assessments
    assert found[["client_id", "day", "due_day", "instrument", "value"]].to_numpy().tolist() == [
        ["1", 35, 35, "craving", 7.0],
        ["1", 42, 42, "craving", 4.0],
        ["2", 44, 44, "craving", 3.0],
    ]


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ("1 35 craving 7 NA", []),
        ("1 35 phq9 27 NA\n1 35 phq9 3 q9", []),
        ("1 35 our_own 700 NA", []),
        (
            "1 35 craving 11 NA",
            [
                "assessments.value is outside the range of craving (0 to 10; an item 0 to 10): 1 row, at position 0 "
                "(row 2 of the file). Correct the cells, list their code under missing, or give the instrument its "
                "own name."
            ],
        ),
        (
            "1 35 PHQ9 28 NA\n2 35 phq9 4 q9",
            [
                "assessments.value is outside the range of phq9 (0 to 27; an item 0 to 3): 2 rows, at positions 0, 1 "
                "(rows 2, 3 of the file). Correct the cells, list their code under missing, or give the instrument "
                "its own name."
            ],
        ),
        (
            "1 35 craving 4 NA\n1 35 craving 5 NA",
            [
                "assessments.day is the day of another score of the same client, instrument and item: 1 row, at "
                "position 1 (row 3 of the file). Keep one score a day."
            ],
        ),
        (
            "3 35 craving 4 NA",
            [
                "assessments.client_id is not a client of discharges: 1 row, at position 0 (row 2 of the file). "
                "Correct the ids, or add the discharges; only rows of people outside the program may be removed."
            ],
        ),
    ],
)
def test_what_cannot_be_is_said(tmp_path, scores, said):
    assert problems(tmp_path, scores) == said


def test_from_frames_and_without_any():
    stays = pd.DataFrame({"client_id": [1, 2], "admit_day": [0, 0], "discharge_day": [28, 30]})
    scores = pd.DataFrame({"client_id": [1], "day": [35], "instrument": ["craving"], "value": [7]})
    cohort = sd.from_frames(discharges=stays, assessments=scores, basis="synthetic", clock="day")
    assert cohort.assessments["value"].tolist() == [7.0]
    assert "1 assessments" in repr(cohort)
    none = sd.from_frames(discharges=stays, basis="synthetic", clock="day")
    assert list(none.assessments) == [column.name for column in ASSESSMENTS.core]
    assert len(none.assessments) == 0
    assert "assessments" not in repr(none)


def test_an_item_is_never_more_than_its_total():
    assert all(one.item <= one.high and one.low <= one.high for one in instruments().values())

"""Exact words in which numbers that are not in the results, or are there twice, are refused."""

import pandas as pd
import pytest

from stepdown.errors import ResultError
from stepdown.results import COLUMNS, Results, rows

HELD = rows(
    [
        {"estimand": "risk", "time": time, "arm": arm, "estimate": 0.2}
        for time in (30, 90)
        for arm in ("", "A")
    ]
)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"estimand": "risk"}, "4 results match. Also give arm, time."),
        ({"estimand": "risk", "time": 90}, "2 results match. Also give arm."),
        (
            {"estimand": "rmst", "time": 90},
            "No result has all of these keys. `results.table` shows the keys that exist.",
        ),
    ],
)  # fmt: skip
def test_words_about_a_number_that_is_not_there_once(asked, words):
    with pytest.raises(ResultError) as caught:
        HELD.one(**asked)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            {"estimand": ["risk", "risk"], "time": [90, 90], "estimate": [0.2, 0.3]},
            '2 rows of the results have the same keys as another row, first: estimand="risk", time=90. Keep one row of '
            "each.",
        ),
        (
            {"estimand": ["risk"], "share": [0.2]},
            f"Results have no column share. Columns are: {', '.join(COLUMNS)}.",
        ),
    ],
)
def test_words_about_a_table_that_is_no_table_of_results(columns, words):
    with pytest.raises(ResultError) as caught:
        Results(pd.DataFrame(columns))
    assert str(caught.value) == words

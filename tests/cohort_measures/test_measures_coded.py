"""Measures for many at once number the clients first: nothing changes by that."""

import pandas as pd

from stepdown.cohort.linkage import coded, link
from stepdown.cohort.measures import measure, measure_all
from stepdown.schema import read_measures
from support_cohort import draw

MANY = """
b: stay -28..0 | iop 3 | age 30
a: stay -28..0 | outpatient 5 | outpatient 7 | outpatient 9 | age 40
b: stay 20..40 | php 41 | age 30
c: stay -5..0 withdrawal | death 25 | age 50
"""


def test_all_at_once_are_as_one_by_one() -> None:
    cohort = draw(MANY, data_cut=400)
    results, _ = measure_all(cohort, read_measures())
    assert len(results) > 5
    for result in results:
        alone = measure(cohort, result.measure)
        pd.testing.assert_frame_equal(result.table, alone.table)
        pd.testing.assert_frame_equal(result.exclusions, alone.exclusions)
        assert result.notes == alone.notes


def test_numbers_go_by_name_and_join_alike() -> None:
    cohort = draw(MANY)
    numbered = coded(cohort)
    assert numbered.discharges["client_id"].tolist() == [1, 0, 1, 2]
    assert cohort.discharges["client_id"].tolist() == ["b", "a", "b", "c"]
    # A client of the events who is not among the discharges joins nobody.
    few = [one.discharges.iloc[[1, 2]] for one in (cohort, numbered)]
    pairs = [link(part, one.services) for part, one in zip(few, (cohort, numbered), strict=True)]
    assert pairs[0].at.tolist() == pairs[1].at.tolist() == [0, 0, 0, 1, 1]
    days = [
        one.services["start_day"].to_numpy()[pair.row].tolist()
        for pair, one in zip(pairs, (cohort, numbered), strict=True)
    ]
    assert days[0] == days[1] == [5, 7, 9, 3, 41]
    # The rows of each client stand together, in their own order.
    assert numbered.services["start_day"].tolist() == [5, 7, 9, 3, 41]
    assert cohort.services["start_day"].tolist() == [3, 5, 7, 9, 41]

"""Released shares, sizes and curves by hand."""

import math

import numpy as np
import pytest

from stepdown.release.published_sizes import published_sizes
from stepdown.release.released_curves import released_curves
from stepdown.release.rounding import released_share, shown_count
from stepdown.results.table import COLUMNS, FLOATS

RULES = {"threshold": 11, "base": 5}


def test_counts_that_would_be_printed_as_less_than_the_threshold_are_not_shown() -> None:
    sizes = published_sizes([((), 12), ((), 13)], **RULES)
    assert [sizes.published((), size) for size in (12, 13)] == [None, 15]


def test_sizes_within_eleven_of_each_other_are_one() -> None:
    sizes = published_sizes([((), size) for size in (1000, 995, 990, 989, 988, 985)], **RULES)
    # 988 differs from 1,000 by 12: a new size, with which 985 is published.
    assert [sizes.published((), size) for size in (1000, 995, 989, 988, 985)] == [1000, 1000, 1000, 990, 990]


def test_of_sizes_of_small_groups_that_of_most_rows_is_published() -> None:
    # 121 and 110 may be one size: 110 would change by a tenth. In 120 and 109 the more frequent one is shown,
    # or the larger.
    one = published_sizes([((), 121), ((), 110)], **RULES)
    assert [one.published((), size) for size in (121, 110)] == [120, 120]
    of_three = published_sizes([((), 58), ((), 60), ((), 58), ((), 69)], **RULES)
    assert [of_three.published((), size) for size in (60, 58, 69)] == [None, 60, 70]
    tied = published_sizes([((), 30), ((), 22)], **RULES)
    assert [tied.published((), size) for size in (30, 22)] == [30, None]


@pytest.mark.parametrize(
    ("people", "counted", "printed"),
    [
        # 154 would change 143 by 8%, 150 by less than 5%.
        ([145, 143], [154], [145, 145, None]),
        ([145, 143], [150], [150, 150, 150]),
        # Once 154 is gone, 148 is what the others are printed as.
        ([145], [154, 148], [150, None, 150]),
        # One that is as many as a group of people is a size of people.
        ([145, 154], [154], [155, 155, 155]),
        ([1095], [1101], [1100, 1100]),
    ],
)
def test_a_count_of_treatment_events_changes_no_number_of_people_by_more_than_a_twentieth(
    people: list[int], counted: list[int], printed: list[int | None]
) -> None:
    sizes = published_sizes([((), one) for one in people], counted=[((), one) for one in counted], **RULES)
    assert [sizes.published((), one) for one in [*people, *counted]] == printed


def test_sizes_of_different_arms_are_not_compared() -> None:
    sizes = published_sizes([(("A",), 300), (("B",), 297)], **RULES)
    assert (sizes.published(("A",), 300), sizes.published(("B",), 297)) == (300, 295)


@pytest.mark.parametrize("events", range(38, 43))
@pytest.mark.parametrize("n", range(138, 143))
def test_all_counts_that_round_alike_are_released_alike(events: int, n: int) -> None:
    found = released_share(events / n, n, 140, people=events, **RULES)
    assert found is not None
    assert found[0] == 40 / 140
    # Wilson limits of 40 of 140: (0.2857143 + 0.0137195 -+ 0.0760792) / 1.0274390.
    assert found[2:] == pytest.approx((0.2173896, 0.3654844), abs=2e-6)


@pytest.mark.parametrize(("people", "size"), [(12, 140), (128, 140), (0, 140), (140, 140)])
def test_few_with_or_without_the_event_are_not_released(people: int, size: int) -> None:
    assert released_share(people / size, size, size, people=people, **RULES) is None


def curve_rows(deaths: list[tuple[int, int, int]]) -> list[dict[str, object]]:
    """Return rows of a curve from (day, at risk, relapses)."""
    empty: dict[str, object] = {name: math.nan if name in FLOATS else "" for name in COLUMNS}
    fixed = {"analysis": "whole_cohort", "estimand": "risk", "statistic": "curve", "cause": "relapse"}
    return [
        empty | fixed | {"time": float(day), "n": float(n), "events": float(events), "window_start": 0.0}
        for day, n, events in deaths
    ]


def test_a_curve_has_the_days_alone_on_which_a_rounded_number_changes() -> None:
    # 121 people; 4 relapse on day 1, 9 on day 2, 2 on day 3, 16 on day 4: cumulative 4, 13, 15, 31.
    rows = curve_rows([(0, 121, 0), (1, 121, 4), (2, 117, 9), (3, 108, 2), (4, 106, 16), (5, 90, 0)])
    sizes = published_sizes([(("", "", ""), 121)], **RULES)
    (curve,) = released_curves(rows, sizes, **RULES).values()
    assert curve.table["relapse"].tolist() == [0, 15, 15, 30, 30]
    assert curve.table.index.tolist() == [0, 2, 3, 4, 5]
    # Day 3 is there because 105 are at risk on it, day 5 because 90 are. Nothing happens on day 1.
    assert curve.table["at_risk"].tolist() == [120, 120, 105, 105, 90]
    assert curve.table["event_free"].round(6).tolist() == [1.0, 0.875, 0.875, 0.75, 0.75]


def test_limits_of_a_curve_are_those_of_its_rounded_counts() -> None:
    rows = curve_rows([(0, 121, 0), (1, 121, 14), (2, 107, 16), (3, 91, 0)])
    sizes = published_sizes([(("", "", ""), 121)], **RULES)
    (curve,) = released_curves(rows, sizes, **RULES).values()
    # Nobody is censored: Greenwood's variance of 30 of 120 is 0.25 * 0.75 / 120.
    limits = curve.limits["relapse"].loc[2]
    assert limits["std_error"] == pytest.approx(math.sqrt(0.25 * 0.75 / 120))
    assert np.isnan(curve.limits["relapse"].loc[0]).all()


def test_no_curve_of_fewer_than_a_hundred() -> None:
    sizes = published_sizes([(("", "", ""), 99)], **RULES)
    assert released_curves(curve_rows([(0, 99, 0), (1, 99, 20)]), sizes, **RULES) == {}


def test_counts_of_a_curve_are_0_until_the_threshold() -> None:
    assert [shown_count(value, **RULES) for value in (10, 11, 17, 18)] == [0, 15, 15, 20]

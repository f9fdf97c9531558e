"""Stays into episodes, drawn by hand, and the laws of joining."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.care import gap_sensitivity, join_stays, still_in_care
from stepdown.schema import DTYPES, LEVELS
from support_care import care, episodes
from support_size import quick_or_long

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RES 0..10", ["a1 RES 0..10 (1 stays)"]),
        # In again on the day itself, and the day after: one stay. Two days after: another episode.
        ("RES 0..10 | RES 10..20", ["a1 RES 0..20 (1 stays)"]),
        ("RES 0..10 | RES 11..20", ["a1 RES 0..20 (1 stays)"]),
        ("RES 0..10 | RES 12..20", ["a1 RES 0..10 (1 stays)", "a2 RES 12..20 (1 stays)"]),
        # A transfer continues the episode; its stays stay apart.
        ("WM 0..5 | RES 5..33 | PHP 34..50", ["a1 WM>RES>PHP 0..50 (3 stays)"]),
        ("WM 0..5 | RES 7..33", ["a1 WM 0..5 (1 stays)", "a2 RES 7..33 (1 stays)"]),
        # Back at the first level after another: a stay of its own, told in the path.
        ("RES 0..10 | WM 10..15 | RES 15..30", ["a1 RES>WM>RES 0..30 (3 stays)"]),
        # A visit to withdrawal in the midst of a stay: the gap counts from the longest so far.
        ("RES 0..30 | WM 5..8 | RES 31..40", ["a1 RES>WM 0..40 (2 stays)"]),
        # Overlapping stays have no gap, whatever the order of their ends.
        ("RES 0..30 | RES 5..8 | RES 20..25", ["a1 RES 0..30 (1 stays)"]),
        # A level that follows itself stands once in the path.
        ("PHP 0..40 | RES 5..10 | RES 20..30", ["a1 PHP>RES 0..40 (3 stays)"]),
        # Still there: no end, and what comes later belongs to it.
        ("RES 0..?", ["a1 RES 0..? (1 stays)"]),
        ("RES 0..? | RES 100..120 | PHP 200..210", ["a1 RES>PHP 0..? (2 stays)"]),
        # Admission unknown: only the last day is known to lie in the stay.
        ("RES ?..10 | RES 11..20", ["a1 RES 10..20 (1 stays)"]),
        ("RES 0..8 | RES ?..10", ["a1 RES 0..8 (1 stays)", "a2 RES 10..10 (1 stays)"]),
        # A row without any day is left out.
        ("RES ?..? | RES 0..10", ["a1 RES 0..10 (1 stays)"]),
    ],
)
def test_episodes_by_hand(line, expected):
    assert episodes(f"a: {line}") == expected


def test_a_longer_gap_joins_more():
    line = "a: RES 0..10 | RES 13..20 | PHP 27..40"
    assert episodes(line, max_gap_days=0) == [
        "a1 RES 0..10 (1 stays)",
        "a2 RES 13..20 (1 stays)",
        "a3 PHP 27..40 (1 stays)",
    ]
    assert episodes(line, max_gap_days=3) == ["a1 RES 0..20 (1 stays)", "a2 PHP 27..40 (1 stays)"]
    assert episodes(line, max_gap_days=7) == ["a1 RES>PHP 0..40 (2 stays)"]


def test_a_gap_of_zero_days_is_the_same_day():
    line = "a: RES 0..10 | RES 10..20 | RES 21..30"
    assert episodes(line, max_gap_days=0) == ["a1 RES 0..20 (1 stays)", "a2 RES 21..30 (1 stays)"]


def test_clients_are_kept_apart_and_rows_find_their_stay():
    discharges = care("b: RES 11..20 | RES ?..?\na: RES 0..10 | PHP 10..15\nb: RES 2..10").discharges
    found = join_stays(discharges)
    assert found.stay_of_row.tolist() == [2, -1, 0, 1, 2]
    assert found.stays["client_id"].tolist() == ["a", "a", "b"]
    assert found.stays[["episode", "stay"]].to_numpy().tolist() == [[1, 1], [1, 2], [1, 1]]
    assert found.stays["admit_day"].tolist() == [0, 10, 2]
    assert found.stays["discharge_day"].tolist() == [10, 15, 20]
    assert found.stays["level"].tolist() == ["residential", "php", "residential"]


def test_a_missing_level_is_residential():
    discharges = care("a: RES 0..10").discharges
    discharges["level"] = pd.Categorical([None], categories=list(LEVELS))
    assert join_stays(discharges).stays["level"].tolist() == ["residential"]


def test_nobody_has_no_episodes():
    found = join_stays(care("").discharges)
    assert len(found.stays) == len(found.episodes) == len(found.stay_of_row) == 0


def test_sensitivity_by_hand():
    text = "a: RES 0..10 | RES 10..20 | RES 23..30 | RES 44..50\nb: WM 0..4 | RES 5..30 | RES 38..40 | IOP 38..60"
    found = gap_sensitivity(care(text).discharges)
    assert found["max_gap_days"].tolist() == [0, 1, 3, 7, 14]
    assert found["discharges"].tolist() == [8] * 5
    assert found["clients"].tolist() == [2] * 5
    # a has gaps of 0, 3 and 14 days; b of 1 and 8, then a stay at IOP level beside another.
    assert found["stays"].tolist() == [3 + 4, 3 + 4, 2 + 4, 2 + 4, 1 + 3]
    assert found["episodes"].tolist() == [3 + 3, 3 + 2, 2 + 2, 2 + 2, 1 + 1]
    assert found["continued"].tolist() == [1, 1 + 1, 2 + 1, 2 + 1, 3 + 2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RES -28..0", False),
        # The day itself, the day after, and two days after.
        ("RES -28..0 | RES 0..10", True),
        ("RES -28..0 | RES 1..10", True),
        ("RES -28..0 | RES 2..10", False),
        # A transfer to withdrawal management, or the other way round, is no end of care around the clock.
        ("RES -28..0 | WM 1..5", True),
        ("WM -5..0 | RES 0..28", True),
        # The step down is the end that the study asks about.
        ("RES -28..0 | PHP 0..20", False),
        ("RES -28..0 | IOP 1..60 | OP 1..90", False),
        # Another stay that goes on beyond the day; one that ends with it, or before.
        ("RES -28..0 | RES -10..5", True),
        ("RES -28..0 | RES -10..0", False),
        ("RES -28..0 | WM -28..-20", False),
        # Still there, or known only to end later.
        ("RES -28..0 | RES -10..?", True),
        ("RES -28..0 | RES ?..1", True),
        ("RES -28..0 | RES ?..2", False),
        ("RES -28..0 | RES ?..?", False),
        ("RES -28..? | RES -20..0", False),
    ],
)
def test_still_in_care(line, expected):
    discharges = care(f"a: {line}\nb: RES -28..1 | RES 2..5").discharges
    assert still_in_care(discharges, np.array([0])).tolist() == [expected]


def test_still_in_care_takes_positions_a_gap_and_levels():
    discharges = care("a: RES 0..10 | RES 13..20\nb: RES 0..10 | PHP 10..20").discharges
    assert still_in_care(discharges, np.array([2, 0])).tolist() == [False, False]
    assert still_in_care(discharges, np.array([2, 0]), max_gap_days=3).tolist() == [False, True]
    assert still_in_care(discharges, np.array([2]), levels=("php",)).tolist() == [True]


DAYS = st.one_of(st.none(), st.integers(0, 60))


@st.composite
def stays(draw):
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.sampled_from(LEVELS), DAYS, st.integers(0, 30) | st.none()),
            max_size=12,
        )
    )
    admit = [row[2] for row in rows]
    leave = [None if row[3] is None else (row[2] or 0) + row[3] for row in rows]
    return pd.DataFrame(
        {
            "client_id": pd.Series([row[0] for row in rows]).astype(DTYPES["id"]),
            "level": pd.Categorical([row[1] for row in rows], categories=list(LEVELS)),
            "admit_day": pd.Series(admit, dtype="Int64"),
            "discharge_day": pd.Series(leave, dtype="Int64"),
        }
    )


GAP = st.integers(0, 14)


@settings(max_examples=quick_or_long(10, 60), deadline=None)
@given(stays(), GAP)
def test_stitching_twice_changes_nothing(discharges, gap):
    once = join_stays(discharges, max_gap_days=gap)
    twice = join_stays(once.stays, max_gap_days=gap)
    pd.testing.assert_frame_equal(twice.stays, once.stays)
    pd.testing.assert_frame_equal(twice.episodes, once.episodes)
    assert twice.stay_of_row.tolist() == list(range(len(once.stays)))


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(stays(), GAP, st.randoms(use_true_random=False), st.integers(-900, 900))
def test_row_order_and_day_shifts_change_nothing(discharges, gap, random, shift):
    order = list(range(len(discharges)))
    random.shuffle(order)
    moved = discharges.iloc[order].reset_index(drop=True)
    moved["admit_day"] += shift
    moved["discharge_day"] += shift
    plain, found = join_stays(discharges, max_gap_days=gap), join_stays(moved, max_gap_days=gap)
    back = found.stays.assign(
        admit_day=found.stays["admit_day"] - shift, discharge_day=found.stays["discharge_day"] - shift
    )
    pd.testing.assert_frame_equal(back, plain.stays)
    assert found.episodes["path"].tolist() == plain.episodes["path"].tolist()
    assert found.stay_of_row.tolist() == plain.stay_of_row[order].tolist()
    rows = np.arange(len(order))
    asked = still_in_care(discharges, rows, max_gap_days=gap)
    assert still_in_care(moved, rows, max_gap_days=gap).tolist() == asked[order].tolist()


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(stays(), GAP)
def test_a_longer_gap_never_makes_more_of_them(discharges, gap):
    less, more = join_stays(discharges, max_gap_days=gap), join_stays(discharges, max_gap_days=gap + 1)
    assert len(more.stays) <= len(less.stays)
    assert len(more.episodes) <= len(less.episodes)
    rows = np.arange(len(discharges))
    assert (
        still_in_care(discharges, rows, max_gap_days=gap)
        <= still_in_care(discharges, rows, max_gap_days=gap + 1)
    ).all()

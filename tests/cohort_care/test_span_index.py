"""Spans near a window, against a loop over all of them."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.care.span_index import SpanIndex
from support_size import quick_or_long

SPAN = st.tuples(st.integers(0, 2), st.integers(-30, 30), st.sampled_from([0, 0, 3, 40, math.inf]))
WINDOW = st.tuples(st.integers(0, 3), st.integers(-60, 60), st.sampled_from([-1, 0, 7, 30, math.nan]))


@settings(max_examples=quick_or_long(10, 200), deadline=None)
@given(st.lists(SPAN, max_size=8), st.lists(WINDOW, max_size=5))
def test_pairs_and_latest_ends(
    drawn: list[tuple[int, int, float]], asked: list[tuple[int, int, float]]
) -> None:
    client, start, end = (np.array([row[0] for row in drawn], dtype=np.int64), *days(drawn))
    index, order = SpanIndex.of(client, start, end)
    who, first, last = (np.array([row[0] for row in asked], dtype=np.int64), *days(asked))
    at, place = index.overlapping(who, first, last)
    assert sorted(zip(at.tolist(), order[place].tolist(), strict=True)) == [
        (window, span)
        for window in range(len(asked))
        for span in range(len(drawn))
        if who[window] == client[span] and start[span] <= last[window] and end[span] >= first[window]
    ]
    assert index.latest_end_before(who, first).tolist() == [
        max(
            (end[span] for span in range(len(drawn)) if client[span] == name and start[span] < day),
            default=-math.inf,
        )
        for name, day in zip(who, first, strict=True)
    ]


def days(rows: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray]:
    start = np.array([row[1] for row in rows], dtype=float)
    return start, start + np.array([row[2] for row in rows], dtype=float)

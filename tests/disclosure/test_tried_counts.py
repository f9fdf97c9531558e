"""Counts that were possible once are tried again, and are used where they still agree with what is known."""

import numpy as np
import pytest
from scipy import sparse

from stepdown.disclosure import outside_knowledge
from stepdown.disclosure.outside_knowledge import Knowledge, TriedCounts, breaches, first_counts


def known(lower: list[float], upper: list[float]) -> Knowledge:
    """Return what is known of three parts of 30, and of one of them by a sum of its own: a + b + c = 30."""
    return Knowledge(
        sparse.csr_array(np.array([[1.0, 1.0, 1.0]])), np.array([30.0]), np.array(lower), np.array(upper)
    )


def cells_of(found: Knowledge, tried: TriedCounts | None = None) -> set[int]:
    return {one.cell for one in breaches(found, np.array([0, 1]), 11, tried=tried)}


def test_tried_counts_are_used_only_where_they_still_agree() -> None:
    tried = TriedCounts()
    tried.add(np.array([15.0, 0.0, 15.0]))
    everything = np.array([0, 1, 2])
    hidden = known([0, 0, 0], [np.inf] * 3)
    assert tried.left(hidden, everything, 1, 11).tolist() == [1]
    # With c printed as 20 they are no longer possible.
    printed = known([0, 0, 20], [np.inf, np.inf, 20])
    assert tried.left(printed, everything, 1, 11).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("c", "cells"), [(20, {0, 1}), (19, set()), (30, {0, 1})])
def test_the_same_counts_are_known_whether_others_were_tried_or_not(c: int, cells: set[int]) -> None:
    tried = TriedCounts()
    assert cells_of(known([0, 0, 0], [np.inf] * 3), tried) == set()
    printed = known([0, 0, c], [np.inf, np.inf, c])
    assert cells_of(printed) == cells_of(printed, tried) == cells


def test_whole_numbers_are_had_by_moving_counts_that_are_possible() -> None:
    tried = TriedCounts()
    open_ = known([0, 0, 0], [np.inf] * 3)
    first_counts(open_, 2, tried)
    start = tried.start(open_)
    assert start is not None
    assert start.tolist() == [0, 0, 30]
    moved = outside_knowledge._moved_to
    assert moved(open_, 0, 1, 11, tried)
    assert tried.left(open_, np.array([0]), 1, 11).tolist() == []
    # A printed count does not move.
    assert not moved(known([0, 0, 30], [np.inf, np.inf, 30]), 0, 1, 11, tried)
